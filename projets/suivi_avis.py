"""Where each opinion of a project stands, for one reader: what was said, to whom the request went, what its link still opens.

The porteur knows that an opinion was asked and given; sense and motive are not for the porteur.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, prefetch_related_objects
from django.urls import reverse

from cite_educative.preparees import Objets

from .demandes_avis import peut_renvoyer, peut_revoquer
from .models import AvisIEN, Courriel, DelegationAvis, Projet
from .permissions import Acteur, est_porteur, peut_gerer_demande, peut_voir_deliberations

_GABARITS = ("avis_demande", "relance_avis")


@dataclass(frozen=True)
class Geste:
    libelle: str
    url: str
    danger: bool = False


@dataclass(frozen=True)
class AvisLu:
    autorite: str
    demande_le: datetime
    rendu_le: datetime | None
    remplace: bool
    corrige_le: datetime | None = None
    sens: str = ""
    motif: str = ""
    par: str = ""
    envois: tuple[Courriel, ...] = ()  # the last mail to each address
    etat_du_lien: str = ""
    lien_expire_le: datetime | None = None
    delegations: tuple[DelegationAvis, ...] = ()
    gestes: tuple[Geste, ...] = ()


def _de_ce_projet(projet: int) -> QuerySet[AvisIEN]:
    avis = AvisIEN.objects.filter(projet=projet).select_related("par", "correspondant", "delegation")
    return avis.order_by("remplace", "pk")


_AVIS = Objets(_de_ce_projet, 1)


def avis_lus(projet: Projet, acteur: Acteur, courriels: Iterable[Courriel] | None = None) -> tuple[AvisLu, ...]:
    """Opinions of a project as one person may read them, those in force first.

    ``courriels``: those of the project in their order, when they have been read already.
    """
    if not est_porteur(acteur, projet) and not peut_voir_deliberations(acteur, projet):
        siens = _de_ce_projet(projet.pk).visibles_par(acteur)
        return tuple(_dit(un) for un in siens)
    lus = _AVIS.lire(projet.pk, projet=projet)
    if est_porteur(acteur, projet):
        return tuple(
            AvisLu(un.get_autorite_display(), un.demande_le, un.rendu_le, False) for un in lus if not un.remplace
        )
    attendus = [un for un in lus if not un.remplace and not un.est_rendu]
    prefetch_related_objects(attendus, "delegations")
    envois = _envois(projet, courriels) if attendus else {}
    return tuple(_suivi(un, envois.get(un.pk, ()), acteur) for un in lus)


def _dit(un: AvisIEN, **suivi: object) -> AvisLu:
    return AvisLu(
        un.nom_autorite,
        un.demande_le,
        un.rendu_le,
        un.remplace,
        un.corrige_le,
        un.sens,
        un.motif,
        un.rendu_par,
        **suivi,
    )


def _suivi(un: AvisIEN, envois: tuple[Courriel, ...], acteur: Acteur) -> AvisLu:
    if un.remplace:
        return _dit(un)
    en_cours = tuple(une for une in un.delegations.all() if une.revoquee_le is None) if not un.est_rendu else ()
    return _dit(
        un,
        envois=() if un.est_rendu else envois,
        etat_du_lien=_etat_du_lien(un),
        lien_expire_le=un.lien_expire_le,
        delegations=en_cours,
        gestes=tuple(_gestes(un)) if peut_gerer_demande(acteur, un) else (),
    )


def _etat_du_lien(un: AvisIEN) -> str:
    if un.lien_revoque_le:
        return "revoque"
    return "ouvert" if un.lien_ouvert else "expire"


def _gestes(un: AvisIEN) -> list[Geste]:
    gestes = []
    if peut_renvoyer(un):
        gestes.append(Geste("Renvoyer la demande", _adresse(un, "renvoyer")))
    if peut_revoquer(un):
        gestes.append(Geste("Révoquer le lien", _adresse(un, "revoquer"), danger=True))
    return gestes


def _adresse(un: AvisIEN, geste: str) -> str:
    return reverse("avis_gerer", args=[un.projet.numero, un.pk, geste])


def _envois(projet: Projet, courriels: Iterable[Courriel] | None) -> dict[int, tuple[Courriel, ...]]:
    """The last mail of each request to each address. The key of a mail names its event: « avis:12:… »."""
    derniers: dict[int, dict[str, Courriel]] = {}
    if courriels is None:
        courriels = projet.courriels.filter(gabarit__in=_GABARITS).order_by("pk")
    for courriel in courriels:
        if courriel.gabarit not in _GABARITS:
            continue
        pk = courriel.cle.split(":")[1]
        derniers.setdefault(int(pk), {})[courriel.destinataire] = courriel
    return {pk: tuple(par_adresse.values()) for pk, par_adresse in derniers.items()}


__all__ = ["AvisLu", "Geste", "avis_lus"]
