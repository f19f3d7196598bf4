"""Making a backup: a snapshot of the database, the files it names, one archive put in place at one stroke; and the old ones."""

import fcntl
import os
from collections.abc import Iterable
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import django
from django.conf import settings
from django.utils import timezone

from . import fichiers
from .archive import Ecrivain, Lecteur, Manifeste
from .bases import est_abandonne, fichiers_nommes, instantane
from .retention import a_garder, date_d_archive, nom_d_archive
from .scelle import ecriture, lecture

PARTIEL = ".sauvegarde-"


@dataclass(frozen=True)
class Sauvegarde:
    chemin: Path
    manifeste: Manifeste
    fautes: list[str]


def sauver(dossier: Path) -> Sauvegarde:
    """Writes one archive in ``dossier``, encrypted when SAUVEGARDE_CLE is set; OSError when the disk says no.

    Its name appears only once everything is on the disk. Killed in the middle, what is left has a hidden name and goes at
    the next backup.
    """
    dossier.mkdir(mode=0o700, parents=True, exist_ok=True)
    balayer(dossier)
    debut = timezone.now()
    nom = nom_d_archive(debut, bool(settings.SAUVEGARDE_CLE))
    with _a_sa_place(dossier, nom) as fichier:
        sortie = ecriture(fichier, settings.SAUVEGARDE_CLE)
        with closing(Ecrivain(sortie)) as ecrivain:
            with instantane() as vu:
                manifeste = Manifeste(
                    moteur=vu.moteur,
                    serveur=vu.serveur,
                    le=debut.isoformat(),
                    django=django.get_version(),
                    migrations=vu.migrations(),
                    sceau=vu.dernier_sceau(),
                    sequences=vu.sequences(),
                )
                for table, rang, octets in vu.parts():
                    ecrivain.ajouter_part(table, rang, octets)
                manifeste.tables = vu.tables
                noms = fichiers_nommes(vu.curseur)
            fautes = fichiers.copier(noms, ecrivain, manifeste)
            ecrivain.finir(manifeste)
    return Sauvegarde(dossier / nom, manifeste, fautes)


@contextmanager
def _a_sa_place(dossier: Path, nom: str) -> Iterable[BinaryIO]:
    """A hidden file that takes its name when all went well; it never takes the place of another."""
    partiel = dossier / f"{PARTIEL}{os.getpid()}-{nom}.partiel"
    try:
        with open(os.open(partiel, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as fichier:
            fcntl.flock(fichier, fcntl.LOCK_EX)
            yield fichier
            fichier.flush()
            os.fsync(fichier.fileno())
            os.link(partiel, dossier / nom)
    finally:
        partiel.unlink(missing_ok=True)
    descripteur = os.open(dossier, os.O_RDONLY)
    try:
        os.fsync(descripteur)
    finally:
        os.close(descripteur)


def balayer(dossier: Path) -> None:
    """Erases what killed backups left behind; one that is running holds its file, and keeps it."""
    for partiel in dossier.glob(f"{PARTIEL}*.partiel"):
        if est_abandonne(partiel):
            partiel.unlink(missing_ok=True)


def verifier(chemin: Path, *, en_clair: bool = False) -> Manifeste:
    """Reads an archive from end to end and writes nothing. Raises ArchiveRefusee, or OSError."""
    with chemin.open("rb") as fichier:
        lecteur = Lecteur(lecture(fichier, cles(), accepter_en_clair=en_clair))
        for membre in lecteur:
            if membre.table:
                membre.decomprimer()
        return lecteur.manifeste


def cles() -> list[str]:
    return [settings.SAUVEGARDE_CLE, *settings.SAUVEGARDE_CLES_ANCIENNES]


def elaguer(dossier: Path, *, jours: int, semaines: int, mois: int, essai: bool = False) -> tuple[list[Path], int]:
    """Erases the archives that no rule keeps: those erased (or that would be, with ``essai``), and how many stay."""
    archives = {chemin: date for chemin in dossier.iterdir() if (date := date_d_archive(chemin.name))}
    gardees = a_garder(archives.values(), jours=jours, semaines=semaines, mois=mois)
    en_trop = sorted(chemin for chemin, date in archives.items() if date not in gardees)
    if not essai:
        for chemin in en_trop:
            chemin.unlink(missing_ok=True)
    return en_trop, len(archives) - len(en_trop)
