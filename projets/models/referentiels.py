"""Reading the words of a call as plain frozen data, and remembering them for a moment."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any, Protocol, TypeVar
from uuid import uuid4

from django.core.cache import caches
from django.db.models import QuerySet, TextField, Value, Window
from django.db.models.functions import RowNumber
from django.db.models.signals import post_delete, post_save

from cite_educative.preparees import Preparee, reunir
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
T = TypeVar("T")
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
    lues = _listes(appel)
    comptes = [
        (sens, Option(code, libelle, (f"{classe} {titre}".strip(),)))
        for code, libelle, sens, classe, titre, *_ in lues["comptes"]
    ]
    return Referentiel(
        appel=appel.code,
        titre=appel.titre,
        cite=appel.cite,
        version=appel.version_formulaire,
        plafond_materiel_ht=appel.plafond_materiel_ht,
        vacances=appel.vacances,
        phrase_communication=appel.phrase_communication,
        texte_logos=", ".join(appel.logos),
        degres={code: degre for code, _, degre, *_ in lues["etablissements"]},
        listes={
            "natures": tuple(Option(nature.value, nature.label) for nature in NaturePorteur),
            "reconductions": tuple(Option(choix.value, choix.label) for choix in Reconduction),
            "temps": tuple(Option(temps.value, temps.label) for temps in Temps),
            "issues": tuple(Option(issue.value, issue.label) for issue in IssueAction),
            "appreciations": tuple(Option(choix.value, choix.label) for choix in AppreciationIndicateur),
            "objectifs": tuple(
                Option(code, libelle, (str(Thematique(code=t, libelle=theme)), str(Enjeu(code=e, libelle=enjeu))))
                for code, libelle, t, theme, e, enjeu, _ in lues["objectifs"]
            ),
            **{
                nom: tuple(Option(code, libelle, aide=aide) for code, libelle, aide, *_ in lues[nom])
                for nom in _ELEMENTS
            },
            **{
                nom: tuple(Option(code, libelle) for code, libelle, *_ in lues[nom])
                for nom in ("quartiers", "etablissements")
            },
            "comptes_charges": tuple(option for sens, option in comptes if sens == Compte.Sens.CHARGE),
            "comptes_produits": tuple(option for sens, option in comptes if sens == Compte.Sens.PRODUIT),
            "comptes": tuple(option for _, option in comptes),
        },
    )


_ELEMENTS: dict[str, type[ElementAppel]] = {
    "parcours": Parcours,
    "orientations": Orientation,
    "transversalites": Transversalite,
    "dispositifs": Dispositif,
    "tranches_age": TrancheAge,
}
_VIDE = Value("", output_field=TextField())


@cache
def _lectures() -> dict[str, Preparee]:
    """Each list as seven columns, of which the last is its place: only the database knows how it sorts names."""

    def lire(lignes: QuerySet, *colonnes: str, ordre: tuple[str, ...]) -> QuerySet:
        vides = {f"vide{rang}": _VIDE for rang in range(6 - len(colonnes))}
        lignes = lignes.order_by().annotate(place=Window(RowNumber(), order_by=[*ordre]), **vides)
        return lignes.values_list(*colonnes, *vides, "place")

    def d_un_appel(modele: type[ElementAppel]) -> Callable[[int], QuerySet]:
        return lambda appel: lire(
            modele.objects.filter(appel=appel), "code", "libelle", "description", ordre=("ordre", "code")
        )

    theme, enjeu = "enjeu__thematique", "enjeu"
    du_theme = (f"{theme}__code", f"{theme}__libelle", f"{enjeu}__code", f"{enjeu}__libelle")
    return {
        "comptes": Preparee(
            lambda: lire(
                Compte.objects.all(), "code", "libelle", "sens", "classe", "titre_classe", ordre=("sens", "ordre")
            )
        ),
        "quartiers": Preparee(lambda: lire(Quartier.objects.all(), "code", "nom", ordre=("ordre", "nom"))),
        "etablissements": Preparee(
            lambda: lire(Etablissement.objects.all(), "code", "nom", "degre", ordre=("ordre", "nom"))
        ),
        "objectifs": Preparee(
            lambda appel: lire(
                Objectif.objects.filter(enjeu__thematique__appel=appel), "code", "libelle", *du_theme,
                ordre=(f"{theme}__code", f"{enjeu}__code", "code"),
            ),
            1,
        ),
        **{nom: Preparee(d_un_appel(modele), 1) for nom, modele in _ELEMENTS.items()},
    }  # fmt: skip


def _listes(appel: TermesAppel) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every list, in one query."""
    lectures = _lectures()
    communes = ("comptes", "quartiers", "etablissements")
    lignes = reunir([une.texte(*(() if nom in communes else (appel.pk,))) for nom, une in lectures.items()])
    noms, lues = list(lectures), {nom: [] for nom in lectures}
    for rang, *ligne in sorted(lignes, key=lambda ligne: (ligne[0], ligne[-1])):
        lues[noms[rang]].append(tuple(ligne))
    return lues


def garder_les_mots(quoi: str, lire: Callable[[], T]) -> T:
    """What ``lire`` gives of the words of the call, kept as a Referentiel is; the value must never change."""
    cle = f"mots:{caches['memoire'].get(TOUR)}:{quoi}"
    gardes = caches["memoire"].get(cle)
    if gardes is None:
        gardes = lire()
        caches["memoire"].set(cle, gardes, FRAICHEUR)
    return gardes


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
