"""The way back: an archive checked from end to end, then the database and the files put in place, or nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.management import call_command

from .. import integrite
from ..enums_portail import EtatCourriel
from ..models import Courriel
from . import cibles, fichiers
from .archive import Lecteur, Manifeste
from .cibles import RestaurationRefusee
from .sauver import cles
from .scelle import lecture

RETENU = "Retenu par la restauration d’une sauvegarde : il est peut-être déjà parti."


@dataclass
class Restauration:
    """What was done. ``fautes``: what the journal has that it should not; everything was restored all the same."""

    manifeste: Manifeste
    fichiers_ecrits: int = 0
    fichiers_effaces: int = 0
    courriels_retenus: int = 0
    migree: bool = False
    passages: int = 0
    fautes: list[str] = field(default_factory=list)


def restaurer(
    chemin: Path,
    *,
    remplacer: bool = False,
    en_clair: bool = False,
    envoyer: bool = False,
    dire: Callable[[str], None] = lambda _: None,
) -> Restauration:
    """Restores an archive in the database and the storage of the settings.

    Raises ArchiveRefusee or RestaurationRefusee with nothing changed. ``envoyer``: the mails that were waiting leave; they
    are held otherwise, since most of them left after the backup was made, and a copy must not write to anybody.
    """
    with cibles.seule(), chemin.open("rb") as fichier:
        dire("Lecture de la sauvegarde, de bout en bout…")
        lecteur = Lecteur(lecture(fichier, cles(), accepter_en_clair=en_clair))
        collisions = _lire(lecteur)
        manifeste = lecteur.manifeste
        _permettre(manifeste, collisions, remplacer)
        anciens = cibles.anciens_fichiers() if remplacer else set()
        faite = Restauration(manifeste)
        fichier.seek(0)
        dire("Restauration de la base et des fichiers…")
        remis, gardes = _remettre(
            Lecteur(lecture(fichier, cles(), accepter_en_clair=en_clair)), faite, envoyer=envoyer, dire=dire
        )
    faite.fichiers_ecrits = len(remis)
    for nom in anciens - gardes:
        default_storage.delete(nom)
        faite.fichiers_effaces += 1
    call_command("createcachetable", verbosity=0)
    cache.clear()
    return faite


def _lire(lecteur: Lecteur) -> list[str]:
    """The first reading, which writes nothing: the files that would take the place of another of the same name."""
    collisions = []
    for membre in lecteur:
        if membre.table:
            membre.decomprimer()
        elif fichiers.deja_la(membre):
            collisions.append(membre.fichier)
    return collisions


def _permettre(manifeste: Manifeste, collisions: list[str], remplacer: bool) -> None:
    cibles.refuser_l_inconnu(manifeste)
    if remplacer:
        return
    if occupees := cibles.tables_occupees():
        raise RestaurationRefusee(
            f"La base n’est pas vide ({', '.join(occupees[:3])}…). Ajoutez --remplacer pour effacer ce qu’elle contient."
        )
    if collisions:
        raise RestaurationRefusee(
            f"Le stockage contient déjà un autre fichier nommé « {collisions[0]} ». "
            "Ajoutez --remplacer pour le remplacer."
        )


def _remettre(
    lecteur: Lecteur, faite: Restauration, *, envoyer: bool, dire: Callable[[str], None]
) -> tuple[list[str], set[str]]:
    """The second reading. Returns the files written, and all those of the archive; takes back what it wrote when it fails."""
    ecrits: list[str] = []
    tous: set[str] = set()
    try:
        with cibles.ouvrir(faite.manifeste) as cible:
            recue = False
            for membre in lecteur:
                if membre.table:
                    cible.recevoir(membre)
                    continue
                if not recue:
                    cible.base_recue()
                    recue = True
                tous.add(membre.fichier)
                if fichiers.remettre(membre):
                    ecrits.append(membre.fichier)
            if not recue:
                cible.base_recue()
            ContentType.objects.clear_cache()
            dire("Comparaison, mise à jour et vérification du journal…")
            cible.compter()
            faite.migree = cible.mettre_a_jour()
            bilan = integrite.examiner(faite.manifeste.sceau)
            faite.passages = bilan.passages
            faite.fautes = [str(faute) for faute in bilan.fautes] + bilan.remarques
            if not envoyer:
                faite.courriels_retenus = _retenir()
    except BaseException:
        for nom in ecrits:
            default_storage.delete(nom)
        raise
    return ecrits, tous


def _retenir() -> int:
    """The mails that were waiting, digests included, wait for somebody to send them from the administration."""
    en_suspens = (EtatCourriel.A_ENVOYER, EtatCourriel.EN_COURS, EtatCourriel.A_REGROUPER)
    return Courriel.objects.filter(etat__in=en_suspens).update(etat=EtatCourriel.RETENU, erreur=RETENU)
