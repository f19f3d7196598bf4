"""A seeded mutation fuzzer over real forms: bytes, zip entries, XML nodes, words. Only a Lecture or FichierRefuse may come out.

``make fuzz`` runs it for long. What it finds is written to ``var/fuzz/`` with its seed: a file that once found something is
kept in ``regressions/``, where the tests read it again.
"""

import io
import os
import random
import sys
import time
import traceback
import zipfile
from pathlib import Path
from typing import Any

from lxml import etree

from projets.regles import constater
from projets.word.annotation import annoter
from projets.word.formulaires import BILAN
from projets.word.lecture import lire
from projets.word.noms import W
from projets.word.refus import FichierRefuse
from tests.referentiels import FIXTURES, referentiel

ICI = Path(__file__).parent
REGRESSIONS = tuple(sorted((ICI / "regressions").iterdir()))
SOURCES = tuple(sorted([*(FIXTURES / "exemples").glob("*.docx"), *(ICI / "anciens").glob("*.docx")]))
LENT = 2.0  # seconds of processor beyond which a file is worth a look
_VALEURS = (
    "",
    "-1",
    "0",
    "999999999999",
    "x",
    "é",
    "true",
    "restart",
    "\u202e",
    "../..",
    "1e9",
    "NaN",
    "²",
    "F0FE",
    "٣",
)
_MOTS = (
    *"0123456789 .,-/:;()[]{}xX☐☒✓€%°«»’'\n\t\u00a0\u202f\u200b\u0301\u202e²٣",
    "1 234", "1.234,5", "31/12/2026", "mars", "1er ", "h", " à ", "Total", "60 Achats", "1.1.1", "oui", "non", "n/a", "W123", "k€",
    "Titre du projet", "Année 2026 (€)", "🎭", "ﬁ", "ß", "İ",
)  # fmt: skip


def muter(graine: int) -> bytes:
    """One mutated file, the same for the same seed."""
    hasard = random.Random(graine)
    octets = hasard.choice(SOURCES).read_bytes()
    return hasard.choice((_octets, _entrees, _xml, _xml, _xml, _mots))(octets, hasard)


def _octets(octets: bytes, hasard: random.Random) -> bytes:
    tableau = bytearray(octets)
    for _ in range(hasard.randint(1, 20)):
        place = hasard.randrange(len(tableau))
        geste = hasard.randrange(3)
        if geste == 0:
            tableau[place] = hasard.randrange(256)
        elif geste == 1:
            del tableau[place : place + hasard.randint(1, 200)]
        else:
            tableau[place:place] = tableau[: hasard.randint(1, 100)]
    return bytes(tableau)


def _entrees(octets: bytes, hasard: random.Random) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(octets)) as entree, zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as ecrite:
        noms = entree.namelist()
        choisie = hasard.choice(noms)
        for nom in noms:
            contenu = entree.read(nom)
            if nom == choisie:
                geste = hasard.randrange(4)
                if geste == 0:
                    continue
                if geste == 1:
                    nom = f"x/{nom}"
                elif geste == 2:
                    contenu = contenu[: hasard.randrange(len(contenu) + 1)]
                else:
                    contenu = entree.read(hasard.choice(noms))
            ecrite.writestr(nom, contenu)
    return sortie.getvalue()


def _mots(octets: bytes, hasard: random.Random) -> bytes:
    """Words that reading has to take apart, in place of those of the form."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(octets)) as entree, zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as ecrite:
        for nom in entree.namelist():
            contenu = entree.read(nom)
            if nom == "word/document.xml":
                racine = etree.fromstring(contenu)
                textes = list(racine.iter(f"{W}t"))
                for texte in hasard.sample(textes, min(len(textes), hasard.choice((3, 30, 300)))):
                    texte.text = "".join(hasard.choice(_MOTS) for _ in range(hasard.choice((1, 2, 5, 2000))))
                contenu = etree.tostring(racine)
            ecrite.writestr(nom, contenu)
    return sortie.getvalue()


def _xml(octets: bytes, hasard: random.Random) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(octets)) as entree, zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as ecrite:
        noms = [nom for nom in entree.namelist() if nom.endswith((".xml", ".rels"))]
        choisie = "word/document.xml" if hasard.random() < 0.8 else hasard.choice(noms)
        for nom in entree.namelist():
            contenu = entree.read(nom)
            ecrite.writestr(nom, _noeuds(contenu, hasard) if nom == choisie else contenu)
    return sortie.getvalue()


def _noeuds(contenu: bytes, hasard: random.Random) -> bytes:
    racine = etree.fromstring(contenu)
    noeuds = list(racine.iter("*"))
    for _ in range(hasard.choice((1, 3, 10, 60))):
        noeud = hasard.choice(noeuds)
        _un_noeud(noeud, noeuds, hasard)
    return etree.tostring(racine)


def _un_noeud(noeud: Any, noeuds: list[Any], hasard: random.Random) -> None:
    parent, geste = noeud.getparent(), hasard.randrange(7)
    if geste == 0 and parent is not None:
        parent.remove(noeud)
    elif geste == 1 and parent is not None:
        autre = hasard.choice(noeuds)
        if noeud not in set(autre.iterancestors()) and autre is not noeud:
            autre.append(noeud)
    elif geste == 2 and noeud.attrib:
        noeud.set(hasard.choice(list(noeud.attrib)), hasard.choice(_VALEURS))
    elif geste == 3:
        noeud.text = hasard.choice(_VALEURS) * hasard.choice((1, 50))
    elif geste == 4:
        noeud.tag = hasard.choice(noeuds).tag
    elif geste == 5:
        noeud.append(etree.fromstring(etree.tostring(hasard.choice(noeuds[:2000]))))
    else:
        noeud.append(
            noeud.makeelement(
                f"{W}{hasard.choice(('tbl', 'tr', 'tc', 'p', 'r', 't', 'sdt', 'del', 'vMerge', 'gridSpan'))}"
            )
        )


def essayer(octets: bytes, *, annote: bool = True) -> str:
    """What reading a file made that is neither a Lecture nor a refusal; empty when all is well."""
    appel = referentiel()
    try:
        lue = lire(octets, appel)
        lire(octets, appel, BILAN)
        if annote:
            annoter(octets, (*lue.anomalies, *constater(lue.dossier, appel)), appel)
    except FichierRefuse:
        return ""
    except Exception:
        return traceback.format_exc()
    return ""


def chercher(secondes: float, depart: int) -> int:
    """Tries one seed after another; prints and keeps what it finds. Returns how many."""
    dossier = Path(os.environ.get("VAR_DIR", "var")) / "fuzz"
    fin, trouvees, graine = time.monotonic() + secondes, 0, depart
    while time.monotonic() < fin:
        octets, debut = muter(graine), time.process_time()
        trace = essayer(octets)
        duree = time.process_time() - debut
        if trace or duree > LENT:
            trouvees += 1
            dossier.mkdir(parents=True, exist_ok=True)
            (dossier / f"{graine}.docx").write_bytes(octets)
            print(f"graine {graine}, {duree:.1f} s\n{trace}", flush=True)
        graine += 1
    print(f"{graine - depart} fichiers essayés depuis la graine {depart}, {trouvees} à regarder.", flush=True)
    return trouvees


if __name__ == "__main__":
    sys.exit(bool(chercher(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time()))))
