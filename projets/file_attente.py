"""What waits in the background, in a few queries: long exports, the outbox, and whether somebody empties them."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from correspondants.models import Utilisateur

from .enums import Fait
from .enums_portail import EtatCourriel, EtatExport
from .journal import consigner
from .models import Courriel, ExportDemande, Pouls

MONTRES = 50
ENDORMI = timedelta(minutes=15)  # without a beat, nobody empties the queue
EN_SUSPENS = (EtatCourriel.A_ENVOYER, EtatCourriel.EN_COURS, EtatCourriel.A_REGROUPER)
ARRETES = (EtatCourriel.ECHEC, EtatCourriel.RETENU)
TACHES = {"courriels": "Boîte d’envoi", "sceau": "Sceau du journal", "relances": "Relances", "exports": "Exports"}


@dataclass(frozen=True)
class Etat:
    """The page of the administration. ``courriels``: (state, how many, oldest); ``exports`` likewise."""

    battements: tuple[tuple[str, object, bool], ...]
    exports: tuple[tuple[EtatExport, int, object], ...]
    courriels: tuple[tuple[EtatCourriel, int, object], ...]
    travaux: tuple[ExportDemande, ...]
    arretes: tuple[Courriel, ...]
    plus_ancien: object
    echecs: int
    retenus: int


def etat() -> Etat:
    """How things stand now: seven queries, however long the queue."""
    maintenant = timezone.now()
    battements = tuple(
        (TACHES.get(pouls.nom, pouls.nom), pouls.le, pouls.nom == "courriels" and pouls.le < maintenant - ENDORMI)
        for pouls in Pouls.objects.order_by("nom")
    )
    if not any(nom == TACHES["courriels"] for nom, _, _ in battements):
        battements = ((TACHES["courriels"], None, True), *battements)
    exports = _compter(ExportDemande.objects.all(), EtatExport)
    courriels = _compter(Courriel.objects.all(), EtatCourriel)
    nombres = {une: nombre for une, nombre, _ in courriels}
    attentes = [le for une, _, le in (*exports, *courriels) if une in (*EN_SUSPENS, EtatExport.DEMANDE)]
    travaux = ExportDemande.objects.filter(etat__in=[EtatExport.DEMANDE, EtatExport.EN_COURS, EtatExport.ECHEC])
    arretes = Courriel.objects.filter(etat__in=ARRETES).select_related("projet").defer("texte", "html")
    return Etat(
        battements=battements,
        exports=exports,
        courriels=courriels,
        travaux=tuple(travaux.select_related("par").order_by("pk")[:MONTRES]),
        arretes=tuple(arretes.order_by("-pk")[:MONTRES]),
        plus_ancien=min(attentes, default=None),
        echecs=nombres.get(EtatCourriel.ECHEC, 0),
        retenus=nombres.get(EtatCourriel.RETENU, 0),
    )


def _compter(lignes: QuerySet, etats: type) -> tuple:
    comptes = lignes.order_by().values("etat").annotate(n=Count("pk"), depuis=Min("cree_le"))
    trouves = {compte["etat"]: (compte["n"], compte["depuis"]) for compte in comptes}
    return tuple((une, *trouves[une.value]) for une in etats if une.value in trouves)


@transaction.atomic
def relancer_export(pk: int, *, par: Utilisateur) -> bool:
    """An export that failed is prepared again, with all its attempts; False when it had not failed."""
    relance = ExportDemande.objects.filter(pk=pk, etat=EtatExport.ECHEC).update(
        etat=EtatExport.DEMANDE, tentatives=0, progression=0, reserve_jusqu_a=None, fini_le=None, erreur=""
    )
    if relance:
        consigner(None, Fait.EXPORT_RELANCE, par=par, motif=f"Export no {pk}")
    return bool(relance)


@transaction.atomic
def remettre_a_envoyer(courriels: QuerySet[Courriel], *, par: Utilisateur) -> list[Courriel]:
    """Queues again, among these mails, those that failed or were held: one that left never leaves twice."""
    choisis = courriels.order_by().values("pk")
    remis = list(Courriel.objects.filter(pk__in=choisis, etat__in=ARRETES).select_for_update().order_by("pk"))
    Courriel.objects.filter(pk__in=[courriel.pk for courriel in remis], etat__in=ARRETES).update(
        etat=EtatCourriel.A_ENVOYER, tentatives=0, prochain_essai_le=None, raison="", erreur=""
    )
    if remis:
        numeros = ", ".join(str(courriel.pk) for courriel in remis)[:2000]
        consigner(None, Fait.COURRIEL_RENVOYE, par=par, motif=f"Remis à envoyer : no {numeros}")
    return remis
