"""A seeded mutation fuzzer over the example files: bytes, zip entries, XML nodes. Only a Lecture or FichierRefuse may come out.

``python -m tests.word.fuzz SECONDES [GRAINE]`` runs it for long and prints the seed of what it finds.
"""

import io
import random
import sys
import time
import traceback
import zipfile
from collections.abc import Iterator
from typing import Any

from lxml import etree

from projets.regles import constater
from projets.word.annotation import annoter
from projets.word.lecture import lire
from projets.word.noms import W
from projets.word.refus import FichierRefuse
from tests.referentiels import FIXTURES, referentiel

SOURCES = tuple(sorted((FIXTURES / "exemples").glob("*.docx")))
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


def muter(graine: int) -> bytes:
    """One mutated file, the same for the same seed."""
    hasard = random.Random(graine)
    octets = hasard.choice(SOURCES).read_bytes()
    return hasard.choice((_octets, _entrees, _xml, _xml, _xml))(octets, hasard)


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


def essayer(graines: Iterator[int], secondes: float) -> list[tuple[int, str]]:
    """Seeds that made something else than a Lecture or a refusal, with what they made."""
    fin, appel, trouvees = time.monotonic() + secondes, referentiel(), []
    for graine in graines:
        if time.monotonic() > fin:
            break
        octets = muter(graine)
        try:
            lue = lire(octets, appel)
            if graine % 4 == 0:
                annoter(octets, (*lue.anomalies, *constater(lue.dossier, appel)), appel)
        except FichierRefuse:
            continue
        except Exception:
            trouvees.append((graine, traceback.format_exc()))
    return trouvees


if __name__ == "__main__":
    depart = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    resultats = essayer(iter(range(depart, depart + 10**9)), float(sys.argv[1]))
    for graine, trace in resultats:
        sys.stdout.write(f"graine {graine}\n{trace}\n")
    sys.exit(bool(resultats))
