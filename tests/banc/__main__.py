"""Measure the portal against bare baselines and print a table; the figures also go to ``var/banc.json``.

Each pair is run in turn (A B A B …), in CPU time of this process, and the median of the ratios is what counts: absolute
times depend on the machine. A throw-away SQLite database is made for the pages.
"""

import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

from projets.dossier import Dossier, IndicateurPrevu, InterventionPrevue, Partenaire

TOURS = 15
RACINE = Path(__file__).resolve().parent.parent.parent


def rapport(
    essai: Callable[[], object], temoin: Callable[[], object], tours: int = TOURS
) -> tuple[float, float, float]:
    """Median CPU seconds of a trial and of its baseline, and the median of their ratios, run in turn."""
    essai()
    temoin()
    couples = []
    for _ in range(tours):
        mesures = []
        for fonction in (essai, temoin):
            debut = time.process_time()
            fonction()
            mesures.append(time.process_time() - debut)
        couples.append(mesures)
    return (
        statistics.median(a for a, _ in couples),
        statistics.median(b for _, b in couples),
        statistics.median(a / b for a, b in couples if b),
    )


def mesures_word() -> dict[str, tuple[float, float, float]]:
    """Reading a filled form, with and without the gate, against python-docx opening the same file and visiting every cell.

    The floor is zipfile and lxml visiting the same cells. ``grand_formulaire`` has some 270 pages and 3,200 answers.
    """
    from lxml import etree

    from projets.word.analyse import Analyse
    from projets.word.annotation import annoter
    from projets.word.ecriture import ecrire
    from projets.word.lecture import lire
    from projets.word.noms import W
    from tests.fabriques import dossier_complet
    from tests.referentiels import referentiel

    ref = referentiel()
    octets, grand = ecrire(dossier_complet(), ref), ecrire(grand_dossier(), ref)

    def document(fichier: bytes) -> object:
        return etree.fromstring(zipfile.ZipFile(io.BytesIO(fichier)).read("word/document.xml"))

    def plancher() -> int:
        return sum(len("".join(c.itertext(f"{W}t"))) for c in document(octets).iter(f"{W}tc"))

    def nu(fichier: bytes) -> Callable[[], int]:
        return lambda: visiter(fichier)

    constats = lire(octets, ref).anomalies
    return {
        "lire un dossier Word, sans le contrôle / python-docx nu": rapport(
            lambda: Analyse(document(octets), ref).lecture(), nu(octets), 41
        ),
        "lire un dossier Word, contrôle compris / python-docx nu": rapport(lambda: lire(octets, ref), nu(octets), 41),
        "plancher (zipfile et lxml, mêmes cellules) / python-docx nu": rapport(plancher, nu(octets), 41),
        "annoter un dossier Word / python-docx nu": rapport(lambda: annoter(octets, constats, ref), nu(octets)),
        "écrire un dossier Word / le lire par python-docx nu": rapport(
            lambda: ecrire(dossier_complet(), ref), nu(octets), 5
        ),
        "lire 270 pages et 3 200 réponses / python-docx nu": rapport(lambda: lire(grand, ref), nu(grand), 5),
    }


def visiter(octets: bytes) -> int:
    """What python-docx needs to open a file and see every cell."""
    from docx import Document

    document = Document(io.BytesIO(octets))
    return sum(len(cellule.text) for table in document.tables for ligne in table.rows for cellule in ligne.cells)


def grand_dossier() -> Dossier:
    """A file of some 270 pages once written, with 3,200 answers."""
    phrase = "Les enfants observent la mare, dessinent ce qu’ils y voient et le racontent aux plus petits. "
    texte = "\n".join([phrase * 12] * 100)
    seance = InterventionPrevue(
        "Séance au bord de la mare", date(2026, 9, 1), date(2026, 12, 1), "École Curie", "CM2", "La mare", Decimal("2.5"),
        "Deux animateurs", "scolaire",
    )  # fmt: skip
    return Dossier(
        titre="Une mare", annee=2026, resume=texte, contexte=texte, description=texte, public_precisions=texte,
        resultats_attendus=texte, communication_plan=texte, interventions=(seance,) * 300,
        partenaires=(Partenaire("Un partenaire", "Prête une salle et du matériel"),) * 150,
        indicateurs=(IndicateurPrevu("Nombre de séances", "12", "Cahier de présence"),) * 60,
    )  # fmt: skip


def memoire_word() -> dict[str, int]:
    """Peak memory (MiB) of a process that reads the great file and knows nothing else, and what the reading adds to it."""
    from projets.word.ecriture import ecrire
    from projets.word.processus import coder, referentiel_vers_json
    from tests.referentiels import referentiel

    ref = referentiel()
    demande = {"geste": "lire", "formulaire": "dossier", "referentiel": referentiel_vers_json(ref)}
    commande = (
        f"import resource, sys; sys.path.insert(0, {str(RACINE)!r})\n"
        "from projets.word.__main__ import GESTES, decoder\n"
        "pic = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        "demande, appel, octets = decoder(open(sys.argv[1], 'rb').read()); avant = pic()\n"
        "GESTES[demande.pop('geste')](octets, appel, **demande); print(avant, pic())"
    )
    with tempfile.NamedTemporaryFile() as fichier:
        fichier.write(coder(demande, ecrire(grand_dossier(), ref)))
        fichier.flush()
        # Through a shell: a process born of this one would count its memory as its own.
        lancement = ["sh", "-c", '"$0" -I -c "$1" "$2"; exit $?', sys.executable, commande, fichier.name]
        fini = subprocess.run(lancement, capture_output=True, check=True, text=True)
    avant, apres = map(int, fini.stdout.split())
    return {
        "lire 270 pages : mémoire du processus (Mio)": apres,
        "lire 270 pages : dont pour la lecture (Mio)": apres - avant,
    }


def mesures_pages() -> dict[str, tuple[float, float, float]]:
    """Pages of a coordinator, against a bare view: login, one query, fifty rows, one template."""
    from django.contrib.auth.decorators import login_not_required
    from django.http import HttpResponse
    from django.template import engines
    from django.test import Client
    from django.urls import path

    from cite_educative import urls
    from correspondants.enums import Role
    from projets.enums import Statut
    from projets.models import Projet
    from tests import fabriques

    gabarit = engines["django"].from_string(
        "<!DOCTYPE html><table>{% for p in projets %}<tr><td>{{ p.numero }}<td>{{ p.titre }}<td>{{ p.statut }}"
        "<td>{{ p.depose_le }}</tr>{% endfor %}</table>"
    )

    @login_not_required
    def page_nue(request: object) -> HttpResponse:
        return HttpResponse(gabarit.render({"projets": Projet.objects.all()[:50], "user": request.user.pk}))

    urls.urlpatterns.append(path("banc/", page_nue))
    projets = [fabriques.projet_en(Statut.PRET) for _ in range(50)]
    client = Client()
    client.force_login(fabriques.de_role(Role.COORDINATEUR_EN))

    def ouvrir(adresse: str) -> Callable[[], None]:
        def requete() -> None:
            reponse = client.get(adresse)
            assert reponse.status_code == 200, (adresse, reponse.status_code)

        return requete

    nue = ouvrir("/banc/")
    return {
        f"{nom} / page nue": rapport(ouvrir(adresse), nue)
        for nom, adresse in (
            ("accueil", "/"),
            ("coordination (50 projets)", "/coordination/"),
            ("un projet", projets[0].get_absolute_url()),
            ("pilotage", "/pilotage/"),
        )
    }


def main() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    setup_test_environment()
    call_command("migrate", verbosity=0)
    from tests.fabriques import charger_appel

    charger_appel()
    resultats = mesures_word() | mesures_pages()
    largeur = max(map(len, resultats))
    print(f"{'':{largeur}}  essai (ms)  témoin (ms)  rapport")
    for nom, (essai, temoin, ratio) in resultats.items():
        print(f"{nom:{largeur}}  {essai * 1000:10.1f}  {temoin * 1000:11.1f}  {ratio:7.2f}")
    memoire = memoire_word()
    for nom, mio in memoire.items():
        print(f"{nom} : {mio}")
    sortie = Path(settings.BASE_DIR) / "var" / "banc.json"
    sortie.parent.mkdir(exist_ok=True)
    sortie.write_text(
        json.dumps({nom: ratio for nom, (_, _, ratio) in resultats.items()} | memoire, ensure_ascii=False, indent=1)
    )


if __name__ == "__main__":
    sys.path.insert(0, str(RACINE))
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="cite-banc-")
    os.environ["DJANGO_SETTINGS_MODULE"] = "cite_educative.settings.test"
    os.environ.pop("DATABASE_URL", None)
    main()
