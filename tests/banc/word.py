"""Reading, annotating and writing Word files, against bare python-docx; no database."""

import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

from projets.dossier import Dossier, IndicateurPrevu, InterventionPrevue, Partenaire

from .mesure import Mesure, comparer

RACINE = Path(__file__).resolve().parent.parent.parent


def mesures_word() -> list[Mesure]:
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
    temoin, analyser = "python-docx nu", lambda: Analyse(document(octets), ref).lecture()
    return [
        comparer(
            "lire un dossier Word, sans le contrôle",
            analyser,
            temoin,
            nu(octets),
            21,
        ),
        comparer("lire un dossier Word, contrôle compris", lambda: lire(octets, ref), temoin, nu(octets), 21),
        comparer("plancher (zipfile et lxml, mêmes cellules)", plancher, temoin, nu(octets), 21),
        comparer("annoter un dossier Word", lambda: annoter(octets, constats, ref), temoin, nu(octets)),
        comparer("écrire un dossier Word", lambda: ecrire(dossier_complet(), ref), temoin, nu(octets), 5),
        comparer("lire 270 pages et 3 200 réponses", lambda: lire(grand, ref), temoin, nu(grand), 3),
    ]


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


def memoire_word() -> list[Mesure]:
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
    return [Mesure("mémoire pour lire 270 pages", apres, "le même processus avant (Mio)", avant, unite="Mio")]
