"""What runs every night, one job after the other: what each costs per project at two sizes, and what the whole of it weighs.

A job whose cost follows the number of projects gives a ratio of one; what it costs whatever the number makes it less.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from .mesure import Compteur, Mesure

RACINE = Path(__file__).resolve().parent.parent.parent


def _commande(*arguments: str) -> Callable[[], None]:
    def lancer() -> None:
        try:
            call_command(*arguments, stdout=StringIO(), stderr=StringIO())
        except SystemExit as fin:  # « verifier » says by its code that what was generated has things to see
            if fin.code not in (0, 1):
                raise

    return lancer


def _sceller() -> None:
    from projets.sceaux import sceller

    sceller()


# In the order of the night; each leaves nothing to do for itself, so that both sizes start alike.
TACHES: dict[str, Callable[[], None]] = {
    "sceller le journal": _sceller,
    "les rappels du jour": _commande("relances"),
    "les durées de conservation (simulées)": _commande("purger", "--simuler"),
    "les fichiers orphelins": _commande("orphelins"),
    "relire le journal": _commande("verifier", "--journal"),
    "vérifier les sommes": _commande("cumuls", "--verifier"),
}


def cout_des_taches() -> dict[str, float]:
    """CPU milliseconds of each job, the database server included, on the data that is there."""
    compteur, couts = Compteur(), {}
    for nom, tache in TACHES.items():
        debut = compteur.lire() + compteur.base()
        tache()
        couts[nom] = 1000 * (compteur.lire() + compteur.base() - debut)
    return couts


def linearite(
    petites: dict[str, float], petite: int, grandes: dict[str, float], grande: int, groupe: str
) -> list[Mesure]:
    """Cost per thousand projects at the great size against the small one; the seals are those of the projects added."""
    mesures = []
    for nom, cout in grandes.items():
        nombre = grande - petite if nom == "sceller le journal" else grande
        mesures.append(
            Mesure(
                f"{nom}, pour mille projets à {grande} ({cout / 1000:.1f} s en tout)", 1000 * cout / nombre,
                f"à {petite}", 1000 * petites[nom] / petite, groupe=groupe, objectif=1.3,
            )
        )  # fmt: skip
    return mesures


NUIT_SEULE = """
import json, resource
import django; django.setup()
from tests.banc import nuit
pic = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
from projets.models import Projet
Projet.objects.first()
avant, pics = pic(), {}
for nom, tache in nuit.TACHES.items():
    tache()
    pics[nom] = pic()
print(json.dumps([avant, pics]))
"""


def memoire_de_la_nuit(groupe: str) -> Mesure:
    """Peak of a process that does all of it, against itself before."""
    # Through a shell: a process born of this one would count its memory as its own.
    lancement = ["sh", "-c", '"$0" -c "$1"; exit $?', sys.executable, NUIT_SEULE]
    fini = subprocess.run(lancement, capture_output=True, check=True, text=True, cwd=RACINE)
    avant, pics = json.loads(fini.stdout.splitlines()[-1])
    haut = max(pics.values())
    qui = next(nom for nom, pic in pics.items() if pic >= haut - 1)
    return Mesure(
        f"mémoire des tâches de nuit (au plus haut : {qui})", haut, "le processus au repos (Mio)", avant, "Mio",
        groupe=groupe, objectif=(avant + 60) / avant,
    )  # fmt: skip
