"""One figure and its baseline, measured in turn in the same process, in CPU time; and the table they make."""

import os
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from projets.souche.client import pid_de_la_souche

TOURS = 9
TICS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Mesure:
    """``essai`` and ``temoin`` in ``unite``; ``base`` is the part of ``essai`` spent in the database server."""

    nom: str
    essai: float
    nom_temoin: str
    temoin: float
    unite: str = "ms"
    requetes: int | None = None
    base: float = 0.0
    groupe: str = ""
    objectif: float | None = None  # the ratio not to go beyond

    @property
    def rapport(self) -> float:
        return self.essai / self.temoin if self.temoin else 0.0

    def vers_json(self) -> dict[str, Any]:
        return asdict(self) | {"rapport": round(self.rapport, 3)}


class Compteur:
    """CPU seconds of this process, of its children and the souche's, and of the processes that serve its PostgreSQL."""

    def __init__(self) -> None:
        self.enfants = False

    def lire(self) -> float:
        temps = os.times()
        return time.process_time() + ((temps.children_user + temps.children_system) if self.enfants else 0)

    def souche(self) -> float:
        """Of the process that reads deposited files and of those it forked; told to the tick, so to be summed over turns."""
        pid = pid_de_la_souche() if self.enfants else None
        return cpu_de(pid, enfants=True) if pid else 0.0

    def base(self) -> float:
        from django.db import connection

        if connection.vendor != "postgresql":
            return 0.0
        with connection.cursor() as curseur:
            curseur.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
            pids = [pid for (pid,) in curseur.fetchall()]
        return sum(cpu_de(pid) for pid in pids)


def cpu_de(pid: int, *, enfants: bool = False) -> float:
    """CPU seconds of a process of this machine, with those of the children it has buried; none when it is not there."""
    try:
        champs = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, champs[11 : 15 if enfants else 13])) / TICS


def comparer(
    nom: str,
    essai: Callable[[], object],
    nom_temoin: str,
    temoin: Callable[[], object],
    tours: int = TOURS,
    *,
    enfants: bool = False,
    base: bool = False,
    **champs: Any,
) -> Mesure:
    """Medians of CPU milliseconds, trial and baseline run in turn. ``base``: with what the database server spent."""
    compteur = Compteur()
    compteur.enfants = enfants
    essai()
    temoin()
    temps: tuple[list[float], list[float]] = ([], [])
    serveur, lecteur = [0.0, 0.0], [0.0, 0.0]
    for _ in range(tours):
        for rang, fonction in enumerate((essai, temoin)):
            avant = compteur.base() if base else 0.0
            avant_souche, debut = compteur.souche(), compteur.lire()
            fonction()
            temps[rang].append(compteur.lire() - debut)
            lecteur[rang] += compteur.souche() - avant_souche
            serveur[rang] += (compteur.base() if base else 0.0) - avant
    couts = [1000 * (statistics.median(temps[rang]) + (serveur[rang] + lecteur[rang]) / tours) for rang in (0, 1)]
    return Mesure(nom, couts[0], nom_temoin, couts[1], base=1000 * serveur[0] / tours, **champs)


def tableau(mesures: Iterable[Mesure]) -> str:
    """A table in plain text, one line per figure; « ! » when the ratio goes beyond its goal."""
    lignes = [("", "essai", "témoin", "rapport", "requêtes", "dont base")]
    groupe = None
    for mesure in mesures:
        if mesure.groupe != groupe:
            groupe = mesure.groupe
            lignes.append((f"— {groupe}" if groupe else "", "", "", "", "", ""))
        depasse = mesure.objectif is not None and mesure.rapport > mesure.objectif
        but = "" if mesure.objectif is None else f" ({'!' if depasse else '≤'} {mesure.objectif:g})"
        lignes.append(
            (
                f"{mesure.nom} / {mesure.nom_temoin}",
                f"{mesure.essai:.1f} {mesure.unite}",
                f"{mesure.temoin:.1f}",
                f"{mesure.rapport:.2f}{but}",
                "" if mesure.requetes is None else str(mesure.requetes),
                f"{mesure.base:.1f}" if mesure.base else "",
            )
        )
    largeurs = [max(len(ligne[rang]) for ligne in lignes) for rang in range(6)]
    return "\n".join(
        f"{ligne[0]:<{largeurs[0]}}  " + "  ".join(f"{ligne[i]:>{largeurs[i]}}" for i in range(1, 6))
        for ligne in lignes
    )
