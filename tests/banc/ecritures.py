"""What is not a page: exports against the bare library writing the same cells, one deposit, a search, a PDF, the memory."""

import csv
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from projets.models import Projet

from .mesure import Mesure, comparer

RACINE = Path(__file__).resolve().parent.parent.parent


def mesurer_les_exports(nombre: int, groupe: str) -> list[Mesure]:
    """The list of ``nombre`` projects as a sheet; the witness writes the same cells, already read, with the bare library."""
    from projets.documents import liste_projets
    from projets.filtres import avec_avis

    lignes = avec_avis(Projet.objects.avec_montants()).defer("donnees", "recherche")
    cles = Projet.objects.filter(
        pk__in=list(Projet.objects.deposes().order_by("-pk").values_list("pk", flat=True)[:nombre])
    )
    cellules = [list(rangee) for rangee in liste_projets.feuille(cles.order_by("pk"), lignes).lignes]
    nombre = len(cellules)
    mesures = []
    for format_, nu in (("csv", csv_nu), ("xlsx", xlsx_nu)):

        def essai(format_: str = format_) -> None:
            with tempfile.TemporaryFile() as sortie:
                liste_projets.exporter(cles.order_by("pk"), lignes, format_, sortie)

        mesures.append(
            comparer(
                f"exporter {nombre} projets en {format_}", essai, "bibliothèque nue, mêmes cellules",
                lambda nu=nu: nu(cellules), 3, base=True, groupe=groupe, objectif=1.5 if format_ == "xlsx" else None,
            )
        )  # fmt: skip
    return mesures


def csv_nu(cellules: list[list]) -> None:
    with tempfile.TemporaryFile("w+", newline="", encoding="utf-8") as sortie:
        csv.writer(sortie, delimiter=";").writerows(cellules)


def xlsx_nu(cellules: list[list]) -> None:
    import xlsxwriter

    with tempfile.TemporaryFile() as sortie, xlsxwriter.Workbook(sortie, {"constant_memory": True}) as classeur:
        feuille = classeur.add_worksheet()
        jour = classeur.add_format({"num_format": "dd/mm/yyyy"})
        for rang, ligne in enumerate(cellules):
            for colonne, valeur in enumerate(ligne):
                if isinstance(valeur, str):
                    feuille.write_string(rang, colonne, valeur)
                elif hasattr(valeur, "year"):
                    feuille.write_datetime(rang, colonne, valeur, jour)
                elif valeur is not None:
                    feuille.write_number(rang, colonne, float(valeur))


EXPORT_SEUL = """
import json, os, resource, sys
import django; django.setup()
from django.db import connection
from django.test.utils import CaptureQueriesContext
from projets.documents import liste_projets, bilans_annuels
from projets.filtres import avec_avis
from projets.models import Projet
nombre, format_ = int(sys.argv[1]), sys.argv[2]
lignes = avec_avis(Projet.objects.avec_montants()).defer("donnees", "recherche")
limite = Projet.objects.deposes().order_by("-pk").values_list("pk", flat=True)[nombre - 1:nombre]
cles = Projet.objects.deposes().order_by("pk")
cles = cles.filter(pk__gte=limite[0]) if limite else cles
liste_projets.exporter(cles[:1], lignes, format_, open(os.devnull, "wb") if format_ == "csv" else __import__("io").BytesIO())
pic = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
avant = pic()
import tempfile
with CaptureQueriesContext(connection) as requetes, tempfile.TemporaryFile() as sortie:
    connection.force_debug_cursor = False
    liste_projets.exporter(cles, lignes, format_, sortie)
print(json.dumps([avant, pic()]))
"""


def memoire_des_exports(nombre: int, groupe: str) -> list[Mesure]:
    """Peak of a process that exports, against itself once it has written one project."""
    mesures = []
    for format_ in ("csv", "xlsx"):
        # Through a shell: a process born of this one would count its memory as its own.
        lancement = ["sh", "-c", '"$0" -c "$1" "$2" "$3"; exit $?', sys.executable, EXPORT_SEUL, str(nombre), format_]
        fini = subprocess.run(lancement, capture_output=True, check=True, text=True, cwd=RACINE)
        avant, apres = json.loads(fini.stdout.splitlines()[-1])
        mesures.append(
            Mesure(
                f"mémoire, exporter {nombre} projets en {format_}", apres, "le processus au repos (Mio)", avant, "Mio",
                groupe=groupe, objectif=(avant + 60) / avant,
            )
        )  # fmt: skip
    return mesures


def mesurer_un_depot(groupe: str) -> Mesure:
    """From the bytes of a Word file to the acknowledgement in the outbox; the child process that reads is counted."""
    from allauth.account.models import EmailAddress
    from docx import Document

    from correspondants.models import Utilisateur
    from projets import reception
    from projets.models import Appel

    octets = next((RACINE / "fixtures" / "exemples").glob("*theatre*.docx")).read_bytes()
    porteur, _ = Utilisateur.objects.get_or_create(email="banc@example.org")
    EmailAddress.objects.get_or_create(user=porteur, email=porteur.email, defaults={"verified": True, "primary": True})

    def deposer() -> None:
        appel = Appel.objects.courant()
        lue = reception.lire(octets, appel.referentiel())
        reception.deposer(reception.creer(appel, lue, "dossier.docx", octets, porteur), porteur)

    def nu() -> None:
        document = Document(io.BytesIO(octets))
        sum(len(c.text) for table in document.tables for ligne in table.rows for c in ligne.cells)

    return comparer(
        "un dépôt, du fichier à l’accusé de réception", deposer, "python-docx nu, même fichier", nu, 30,
        enfants=True, base=True, groupe=groupe,
    )  # fmt: skip


def mesurer_la_recherche(groupe: str) -> list[Mesure]:
    """Without regard to accents, words that are found and words that are not, against fifty rows read by key."""

    def chercher(texte: str) -> Callable[[], None]:
        return lambda: list(Projet.objects.deposes().recents_qui_contiennent(texte).values_list("pk", "titre")[:50])

    def nu() -> None:
        list(Projet.objects.order_by("-pk").values_list("pk", "titre")[:50])

    mots = {"fréquents": "théâtre élèves", "rares": "fablab belvédère cité 3", "absents": "zzyzx hurluberlu"}
    return [
        comparer(f"chercher des mots {nom}", chercher(mot), "cinquante lignes par la clé", nu, base=True, groupe=groupe)
        for nom, mot in mots.items()
    ]


def mesurer_un_pdf(groupe: str) -> list[Mesure]:
    """The fiche of a project, made and made again, against WeasyPrint on as many blank pages, then on the same words bare."""
    import pikepdf
    from django.utils.html import strip_tags
    from weasyprint import HTML

    from projets.documents import pdf

    projet = Projet.objects.exclude(numero=None).order_by("-pk").first()
    with pikepdf.open(io.BytesIO(pdf.fiche_projet(projet))) as lu:
        pages = len(lu.pages)
    vide = "<html lang=fr><title>Vide</title>" + "<p style='page-break-after:always'>Page" * pages
    contexte, titre = pdf.contexte_de_la_fiche(projet, projet.contenu)
    mots = strip_tags(pdf._texte(pdf.FICHE, contexte, titre)).split("\n")
    memes_mots = "<html lang=fr><title>Mots</title>" + "".join(f"<p>{mot}" for mot in mots if mot.strip())

    def ecrire() -> None:
        pdf._ecrit.cache_clear()
        pdf.fiche_projet(projet)

    def nu(html: str) -> Callable[[], object]:
        return lambda: HTML(string=html).write_pdf(pdf_variant=pdf.VARIANTE)

    nom = "la fiche d’un projet en PDF"
    return [
        comparer(nom, ecrire, f"WeasyPrint, {pages} pages vides", nu(vide), 5, groupe=groupe),
        comparer(nom, ecrire, "WeasyPrint, les mêmes mots sans mise en page", nu(memes_mots), 5, groupe=groupe),
        comparer(
            f"{nom}, redemandée", lambda: pdf.fiche_projet(projet), f"{pages} pages vides", nu(vide), 5, groupe=groupe
        ),
    ]
