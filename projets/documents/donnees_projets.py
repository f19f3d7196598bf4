"""Every project of one civil year, one row each, and the indicators of its bilans, by chunks of ``LOT``."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import models
from django.db.models import Sum
from django.utils import timezone

from correspondants.enums import NaturePorteur

from ..enums import AppreciationIndicateur, Financeur, Statut
from ..models import Exercice, IndicateurBilan, MontantAccorde, Objectif, Projet
from ..repartitions import VALIDES, exercices_de
from ..valeurs import au_centime

LOT = 500
NON_PRECISE = "Non précisé"


@dataclass(frozen=True, slots=True)
class ProjetAnnuel:
    """One deposited project that has a budget for the year. Euros of the year, then of all its years."""

    numero: str
    titre: str
    structure: str
    nature: str
    thematique: str
    enjeu: str
    objectif: str
    parcours: str
    quartiers: str
    etablissements: str
    dispositifs: str
    statut: str
    depose_le: date
    scolaire: str
    valide: int
    demande: Decimal
    par_financeur: tuple[Decimal, ...]
    accorde: Decimal
    demande_total: Decimal
    accorde_total: Decimal
    enfants: int
    parents: int
    partenaires: int


_CHAMPS = (
    "pk", "projet_id", "projet__numero", "projet__titre", "projet__structure__nom", "projet__nature", "projet__statut",
    "projet__objectif_principal_id", "projet__depose_le", "projet__temps_scolaire", "projet__nombre_enfants",
    "projet__nombre_parents", "projet__nombre_partenaires", "montant_demande", "accorde",
)  # fmt: skip


def projets_de_l_annee(annee: int) -> Iterator[ProjetAnnuel]:
    """By number. The same projects, and the same sums, as ``/pilotage/``."""
    objectifs = {
        objectif.pk: (str(objectif.enjeu.thematique), str(objectif.enjeu), str(objectif))
        for objectif in Objectif.objects.select_related("enjeu__thematique")
    }
    lignes = exercices_de([annee]).order_by("projet__numero").values_list(*_CHAMPS, named=True)
    lignes = lignes.iterator(chunk_size=LOT)
    while lot := list(islice(lignes, LOT)):
        plus = _Complements.lire(lot)
        for ligne in lot:
            yield _projet_annuel(ligne, objectifs, plus)


@dataclass(frozen=True)
class _Complements:
    """What a chunk needs beside its own columns: seven queries."""

    financeurs: dict[tuple[int, str], Decimal]
    demandes: dict[int, Decimal]
    accordes: dict[int, Decimal]
    parcours: dict[int, list[str]]
    quartiers: dict[int, list[str]]
    etablissements: dict[int, list[str]]
    dispositifs: dict[int, list[str]]

    @classmethod
    def lire(cls, lot: list[Any]) -> "_Complements":
        projets = [ligne.projet_id for ligne in lot]
        publies = MontantAccorde.objects.publies().order_by()
        financeurs = (
            publies.filter(exercice__in=[ligne.pk for ligne in lot])
            .values_list("exercice", "financeur")
            .annotate(total=Sum("montant"))
        )
        demandes = Exercice.objects.filter(projet__in=projets).order_by().values_list("projet")
        accordes = publies.filter(exercice__projet__in=projets).values_list("exercice__projet")
        return cls(
            {(exercice, financeur): au_centime(total) for exercice, financeur, total in financeurs},
            dict(demandes.annotate(total=Sum("montant_demande"))),
            dict(accordes.annotate(total=Sum("montant"))),
            _noms(Projet.parcours.through, projets, "parcours__libelle", "parcours__ordre"),
            _noms(Projet.quartiers.through, projets, "quartier__nom", "quartier__ordre"),
            _noms(Projet.etablissements.through, projets, "etablissement__nom", "etablissement__ordre"),
            _noms(Projet.dispositifs.through, projets, "dispositif__libelle", "dispositif__ordre"),
        )


def _noms(liens: type[models.Model], projets: list[int], champ: str, ordre: str) -> dict[int, list[str]]:
    noms: dict[int, list[str]] = {}
    for projet, nom in liens.objects.filter(projet__in=projets).order_by(ordre, champ).values_list("projet", champ):
        noms.setdefault(projet, []).append(nom)
    return noms


def _projet_annuel(ligne: Any, objectifs: dict[int, tuple[str, str, str]], plus: _Complements) -> ProjetAnnuel:
    pk = ligne.projet_id
    thematique, enjeu, objectif = objectifs.get(ligne.projet__objectif_principal_id, (NON_PRECISE,) * 3)
    nature = ligne.projet__nature
    return ProjetAnnuel(
        numero=ligne.projet__numero,
        titre=ligne.projet__titre,
        structure=ligne.projet__structure__nom or "",
        nature=NaturePorteur(nature).label if nature else NON_PRECISE,
        thematique=thematique,
        enjeu=enjeu,
        objectif=objectif,
        parcours=", ".join(plus.parcours.get(pk, ())),
        quartiers=", ".join(plus.quartiers.get(pk, ())),
        etablissements=", ".join(plus.etablissements.get(pk, ())),
        dispositifs=", ".join(plus.dispositifs.get(pk, ())),
        statut=Statut(ligne.projet__statut).label,
        depose_le=timezone.localtime(ligne.projet__depose_le).date(),
        scolaire="oui" if ligne.projet__temps_scolaire else "non",
        valide=int(ligne.projet__statut in VALIDES),
        demande=au_centime(ligne.montant_demande),
        par_financeur=tuple(plus.financeurs.get((ligne.pk, f.value), Decimal("0.00")) for f in Financeur),
        accorde=au_centime(ligne.accorde),
        demande_total=au_centime(plus.demandes.get(pk)),
        accorde_total=au_centime(plus.accordes.get(pk)),
        enfants=ligne.projet__nombre_enfants,
        parents=ligne.projet__nombre_parents,
        partenaires=ligne.projet__nombre_partenaires,
    )


def indicateurs_de_l_annee(annee: int) -> Iterator[list[Any]]:
    """Indicators of the deposited bilans: number, title, structure, indicator, target, result, judgment."""
    mots = dict([*AppreciationIndicateur.choices, ("", "")])
    yield from (
        [*ligne[:-1], mots[ligne[-1]]]
        for ligne in IndicateurBilan.objects.filter(bilan__exercice__annee=annee, bilan__depose_le__isnull=False)
        .order_by("bilan__exercice__projet__numero", "rang", "pk")
        .values_list(
            "bilan__exercice__projet__numero",
            "bilan__exercice__projet__titre",
            "bilan__exercice__projet__structure__nom",
            "libelle",
            "cible",
            "resultat",
            "appreciation",
        )
        .iterator(chunk_size=LOT)
    )
