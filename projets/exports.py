"""Long exports in the background: asked for by a page, prepared by the worker, kept some days.

The worker's side follows the outbox: a row is claimed by a conditional UPDATE, its lease is renewed while it works, and a
row whose worker died is taken again once the lease is over. ``tentatives`` tells attempts apart: one that lost its lease
writes nothing more.
"""

import logging
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO

from django.conf import settings
from django.core.files import File
from django.db import connection
from django.db.models import F, Q
from django.utils import timezone

from cite_educative.journalisation import au_nom_de
from correspondants.models import Utilisateur

from . import personne
from .annees_tenues import nombre_de_budgets
from .documents import bilans_annuels, dossier_seance
from .documents.pdf import rendre_blocs
from .echeances import bilans_dus
from .enums_portail import EtatExport
from .envoi import HORLOGE
from .models import Bilan, ExportDemande, SeanceTroika
from .permissions import peut_exporter, peut_voir_seances
from .repartitions import exercices_de

journal = logging.getLogger(__name__)

BAIL = timedelta(seconds=90)
BATTEMENT = 20.0  # seconds between two renewals of the lease
ATTENTE = timedelta(minutes=1)  # before another attempt
ESSAIS = 3
TRACE = timedelta(days=60)  # a link answers that long, even once its file is gone
_EN_SUSPENS = (EtatExport.DEMANDE, EtatExport.EN_COURS)

DOSSIER_DE_SEANCE = "dossier_de_seance"
POINTS_EN_LIGNE = 12  # projects on an agenda, whose pack then answers a click: a second and a half
PAGES_PAR_POINT = 2  # of the pack, about: only its progress depends on it
Progres = Callable[[int], None]  # called with a percentage, now and then; raises to give up


@dataclass(frozen=True)
class Genre:
    """One kind of file. ``permis``: who may have it made and, as long as they still may, take it."""

    libelle: str
    type_mime: str
    permis: Callable[[Utilisateur], bool]
    ecrire: Callable[[ExportDemande, BinaryIO, Progres], None]


def genre_de(code: str) -> Genre | None:
    """What can be made under this name, None when nothing can."""
    if code == DOSSIER_DE_SEANCE:
        return Genre("Dossier de séance (PDF)", "application/pdf", peut_voir_seances, _ecrire_dossier)
    if code == personne.GENRE:  # its own page looks at whose data it is
        return Genre("Copie des données d’une personne (zip)", "application/zip", lambda _: True, _ecrire_personne)
    choisi = bilans_annuels.FORMATS.get(code)
    return Genre(choisi.libelle, choisi.type_mime, peut_exporter, _ecrire_annee) if choisi else None


def peut_faire_preparer(utilisateur: Utilisateur) -> bool:
    """Whether the person may have some kind of file made."""
    return peut_exporter(utilisateur) or peut_voir_seances(utilisateur)


class ExportAbandonne(Exception):
    """The lease was lost: another worker has taken this export."""


def demander(par: Utilisateur, annee: int, genre: str) -> ExportDemande:
    """The export of one year in one format; the one already asked for when it is not finished yet.

    KeyError for a format that does not exist.
    """
    choisi = bilans_annuels.FORMATS[genre]
    return _demander(par, genre, {"annee": annee}, f"bilan-{annee}.{choisi.extension}")


def demander_dossier(par: Utilisateur, seance: SeanceTroika) -> ExportDemande:
    """The opening pack of a meeting, as this person reads it; the one already asked for when it is not finished yet."""
    jour = timezone.localtime(seance.date).date().isoformat()
    return _demander(par, DOSSIER_DE_SEANCE, {"seance": seance.pk}, f"dossier-de-seance-{jour}.pdf")


def demander_personne(compte: Utilisateur, *, par: Utilisateur) -> ExportDemande:
    """A copy of the data of ``compte``, for ``par``: made at once when it is short, else by the worker."""
    nom = personne.NOM if compte == par else f"donnees-compte-{compte.pk}.zip"
    demande = _demander(par, personne.GENRE, {"compte": compte.pk}, nom)
    if personne.poids(compte) <= personne.EN_LIGNE and (reservee := reclamer(demande.pk)):
        preparer(reservee)
        demande.refresh_from_db()
    return demande


def dernier_dossier(par: Utilisateur, seance: SeanceTroika) -> ExportDemande | None:
    """The last pack of a meeting that this person had made and that is still there, or being made."""
    siens = ExportDemande.objects.visibles_par(par).filter(genre=DOSSIER_DE_SEANCE, parametres={"seance": seance.pk})
    return siens.filter(etat__in=[*_EN_SUSPENS, EtatExport.PRET]).first()


def _demander(par: Utilisateur, genre: str, parametres: dict[str, int], nom: str) -> ExportDemande:
    deja = ExportDemande.objects.filter(par=par, genre=genre, parametres=parametres, etat__in=_EN_SUSPENS).first()
    return deja or ExportDemande.objects.create(par=par, genre=genre, parametres=parametres, nom=nom)


def est_long(annee: int, genre: str) -> bool:
    """Whether a format of a year is too long to answer a click."""
    limite = bilans_annuels.FORMATS[genre].en_ligne
    return limite is not None and nombre_de_budgets(annee) > limite


def dossier_est_long(seance: SeanceTroika) -> bool:
    """Whether the pack of a meeting is too long to answer a click."""
    return seance.points.count() > POINTS_EN_LIGNE


# --- the worker's side ------------------------------------------------------------------------------------------------


def preparer_tout() -> int:
    """Prepares every export that waits, one after the other; returns how many were tried."""
    nettoyer()
    essayes = 0
    while demande := reclamer():
        with au_nom_de(demande.requete):
            preparer(demande)
        essayes += 1
    return essayes


def reclamer(pk: int | None = None) -> ExportDemande | None:
    """The oldest export that waits, or whose worker died, for this worker alone; with ``pk``, that one or nothing."""
    maintenant = timezone.now()
    echu = (
        Q(reserve_jusqu_a=None)
        | Q(reserve_jusqu_a__lte=maintenant)
        | Q(
            reserve_jusqu_a__gt=maintenant + BAIL + HORLOGE
        )  # no worker of ours promises that long: its clock was wrong
    )
    ExportDemande.objects.filter(echu, etat=EtatExport.EN_COURS, tentatives__gte=ESSAIS).update(
        etat=EtatExport.ECHEC, fini_le=maintenant, erreur="La préparation a été interrompue plusieurs fois."
    )
    attendus = ExportDemande.objects.filter(echu, etat__in=_EN_SUSPENS)
    for demande in (attendus if pk is None else attendus.filter(pk=pk)).order_by("pk")[:20]:
        prise = ExportDemande.objects.filter(pk=demande.pk, etat=demande.etat, tentatives=demande.tentatives).update(
            etat=EtatExport.EN_COURS,
            tentatives=F("tentatives") + 1,
            progression=0,
            reserve_jusqu_a=maintenant + BAIL,
        )
        if prise:
            demande.refresh_from_db()
            return demande
    return None


def preparer(demande: ExportDemande) -> None:
    """Writes the file of a claimed export and notes what became of it. Raises nothing: a failure is in the row."""
    try:
        with _bail(demande), tempfile.TemporaryFile() as sortie:
            genre_de(demande.genre).ecrire(demande, sortie, lambda part: avancer(demande, min(95, part)))
            taille = sortie.tell()
            sortie.seek(0)
            avancer(demande, 97)
            demande.fichier.save(demande.nom, File(sortie), save=False)
    except ExportAbandonne:
        journal.warning("export %s repris par un autre processus", demande.pk)
    except Exception as erreur:  # whatever goes wrong, the row says so and the worker goes on
        journal.exception("export %s en échec (essai %s)", demande.pk, demande.tentatives)
        _echouer(demande, erreur)
    else:
        maintenant = timezone.now()
        journal.info("export %s préparé (%s octets)", demande.pk, taille)
        if not _noter(
            demande,
            etat=EtatExport.PRET,
            progression=100,
            fichier=demande.fichier.name,
            taille=taille,
            erreur="",
            fini_le=maintenant,
            expire_le=maintenant + timedelta(days=settings.JOURS_DES_EXPORTS),
        ):
            demande.fichier.delete(save=False)


def avancer(demande: ExportDemande, progression: int) -> None:
    """Notes the progress and renews the lease. Raises ExportAbandonne when it has been lost."""
    if not _noter(demande, progression=progression, reserve_jusqu_a=timezone.now() + BAIL):
        raise ExportAbandonne


def _noter(demande: ExportDemande, **champs: object) -> bool:
    """Writes in the row of this very attempt, if it still is this worker's."""
    sienne = ExportDemande.objects.filter(pk=demande.pk, etat=EtatExport.EN_COURS, tentatives=demande.tentatives)
    return bool(sienne.update(**champs))


def _echouer(demande: ExportDemande, erreur: Exception) -> None:
    phrase = "Le fichier n’a pas pu être préparé. Demandez-le à nouveau ; si cela se répète, prévenez l’administration."
    if demande.tentatives >= ESSAIS:
        _noter(demande, etat=EtatExport.ECHEC, fini_le=timezone.now(), erreur=phrase)
    else:
        _noter(demande, etat=EtatExport.DEMANDE, reserve_jusqu_a=timezone.now() + ATTENTE, erreur=type(erreur).__name__)


@contextmanager
def _bail(demande: ExportDemande) -> Iterator[None]:
    """Renews the lease in a thread of its own: laying out a long PDF says nothing for minutes."""
    fini = threading.Event()

    def battre() -> None:
        while not fini.wait(BATTEMENT):
            _noter(demande, reserve_jusqu_a=timezone.now() + BAIL)
        connection.close()

    coeur = threading.Thread(target=battre, daemon=True)
    coeur.start()
    try:
        yield
    finally:
        fini.set()
        coeur.join()


# --- what is written --------------------------------------------------------------------------------------------------


def _ecrire_annee(demande: ExportDemande, sortie: BinaryIO, progres: Progres) -> None:
    annee = demande.parametres["annee"]
    total = _lignes_attendues(annee, demande.genre)
    bilans_annuels.exporter(annee, demande.genre, sortie, progres=lambda lues: progres(lues * 95 // total))


def _ecrire_personne(demande: ExportDemande, sortie: BinaryIO, progres: Progres) -> None:
    personne.ecrire(Utilisateur.objects.get(pk=demande.parametres["compte"]), sortie, progres)


def _ecrire_dossier(demande: ExportDemande, sortie: BinaryIO, progres: Progres) -> None:
    """Told every five pages: a row written for each would be slower than the page."""
    seance = SeanceTroika.objects.select_related("appel").get(pk=demande.parametres["seance"])
    imprime = dossier_seance.composer(seance, demande.par)
    total, faites = PAGES_PAR_POINT * seance.points.count() + 1, 0

    def page() -> None:
        nonlocal faites
        faites += 1
        if faites % 5 == 0:
            progres(5 + faites * 85 // total)

    progres(5)
    sortie.write(rendre_blocs(imprime, page))


def _lignes_attendues(annee: int, genre: str) -> int:
    """How many rows the export will read, for its progress; never zero."""
    if genre == "zip":
        return Bilan.objects.deposes().filter(exercice__annee=annee).count() or 1
    financees = bilans_dus().filter(annee=annee).count()
    if genre == "pdf":
        return 2 * financees or 1  # the rows are read first, then laid out
    return (financees if genre == "csv" else financees + exercices_de([annee]).count()) or 1


def nettoyer() -> int:
    """Erases the files that have expired, later their rows; returns how many files."""
    maintenant = timezone.now()
    perimes = list(ExportDemande.objects.filter(etat=EtatExport.PRET, expire_le__lte=maintenant)[:200])
    for demande in perimes:
        if ExportDemande.objects.filter(pk=demande.pk, etat=EtatExport.PRET).update(etat=EtatExport.EXPIRE, fichier=""):
            demande.fichier.delete(save=False)
    ExportDemande.objects.filter(
        etat__in=[EtatExport.EXPIRE, EtatExport.ECHEC], fini_le__lte=maintenant - TRACE
    ).delete()
    return len(perimes)
