"""Reading the words of a call as plain frozen data, and remembering them for a moment."""

from decimal import Decimal
from typing import Protocol
from uuid import uuid4

from django.core.cache import caches
from django.db.models.signals import post_delete, post_save

from correspondants.enums import NaturePorteur
from correspondants.models import Etablissement, Quartier

from ..enums import AppreciationIndicateur, IssueAction, Reconduction, Temps
from ..etalement import Periode
from ..questionnaire import Option, Referentiel
from .comptes import Compte
from .elements import (
    Dispositif,
    ElementAppel,
    Enjeu,
    Objectif,
    Orientation,
    Parcours,
    Thematique,
    TrancheAge,
    Transversalite,
)

FRAICHEUR = 30  # seconds, for what another process changed
TOUR = "referentiel:tour"  # changes with whatever a Referentiel is made of


class TermesAppel(Protocol):
    """What is read of the row of the call itself (``Appel``)."""

    pk: int | None
    code: str
    titre: str
    cite: str
    version_formulaire: str
    plafond_materiel_ht: Decimal
    phrase_communication: str
    logos: list[str]
    vacances: tuple[Periode, ...]


def de_l_appel(appel: TermesAppel) -> Referentiel:
    """The Referentiel of this row of the call; read again when the row says something else, or after ``FRAICHEUR``.

    ``oublier`` is called by whatever changes the call from this process.
    """
    cle, dit = f"referentiel:{appel.pk}", (caches["memoire"].get(TOUR), *_dit(appel))
    connu = caches["memoire"].get(cle) if appel.pk else None
    if connu is None or connu[0] != dit:
        connu = (dit, _lire(appel))
        caches["memoire"].set(cle, connu, FRAICHEUR)
    return connu[1]


def _dit(appel: TermesAppel) -> tuple[object, ...]:
    """What the Referentiel says of this very row: another one is read again."""
    return (
        appel.code,
        appel.titre,
        appel.cite,
        appel.version_formulaire,
        appel.plafond_materiel_ht,
        appel.phrase_communication,
        tuple(appel.logos),
    )


def _lire(appel: TermesAppel) -> Referentiel:
    comptes = list(Compte.objects.all())
    return Referentiel(
        appel=appel.code,
        titre=appel.titre,
        cite=appel.cite,
        version=appel.version_formulaire,
        plafond_materiel_ht=appel.plafond_materiel_ht,
        vacances=appel.vacances,
        phrase_communication=appel.phrase_communication,
        texte_logos=", ".join(appel.logos),
        degres=dict(Etablissement.objects.values_list("code", "degre")),
        listes={
            "natures": tuple(Option(nature.value, nature.label) for nature in NaturePorteur),
            "reconductions": tuple(Option(choix.value, choix.label) for choix in Reconduction),
            "temps": tuple(Option(temps.value, temps.label) for temps in Temps),
            "issues": tuple(Option(issue.value, issue.label) for issue in IssueAction),
            "appreciations": tuple(Option(choix.value, choix.label) for choix in AppreciationIndicateur),
            "objectifs": tuple(
                Option(o.code, o.libelle, (str(o.enjeu.thematique), str(o.enjeu)))
                for o in Objectif.objects.filter(enjeu__thematique__appel=appel).select_related("enjeu__thematique")
            ),
            "parcours": _options(appel, Parcours),
            "orientations": _options(appel, Orientation),
            "transversalites": _options(appel, Transversalite),
            "dispositifs": _options(appel, Dispositif),
            "tranches_age": _options(appel, TrancheAge),
            "quartiers": tuple(Option(q.code, q.nom) for q in Quartier.objects.all()),
            "etablissements": tuple(Option(e.code, e.nom) for e in Etablissement.objects.all()),
            "comptes_charges": tuple(c.option for c in comptes if c.sens == Compte.Sens.CHARGE),
            "comptes_produits": tuple(c.option for c in comptes if c.sens == Compte.Sens.PRODUIT),
            "comptes": tuple(c.option for c in comptes),
        },
    )


def _options(appel: TermesAppel, modele: type[ElementAppel]) -> tuple[Option, ...]:
    return tuple(
        Option(element.code, element.libelle, aide=element.description)
        for element in modele.objects.filter(appel=appel)
    )


def oublier(**_: object) -> None:
    """Receiver of whatever saves or deletes a row that a Referentiel is made of: those of every call are read again."""
    caches["memoire"].set(TOUR, uuid4().hex, None)


SOURCES = (
    Compte, Objectif, Enjeu, Thematique, Parcours, Orientation, Transversalite, Dispositif, TrancheAge, Quartier,
    Etablissement,
)  # fmt: skip
for _modele in SOURCES:
    post_save.connect(oublier, sender=_modele)
    post_delete.connect(oublier, sender=_modele)
