"""Open data of grants (SCDL « subventions » 2.1.1): one row per grant of one funder for one civil year, and what it lacks.

A grant is never shown incomplete: ``manques`` says in French what to complete, and where. Natural persons are left out.
Reads only, by chunks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any

from django.db.models import Count, Max, QuerySet, Sum
from django.utils import timezone

from cite_educative.preparees import Preparee
from correspondants.enums import NaturePorteur

from .enums import ConditionsVersement, Financeur
from .identifiants import rna_valide, siret_valide
from .models import Attribuant, Convention, MontantAccorde
from .valeurs import au_centime, insecables

LOT = 500
OBJET_MAX = 256


@dataclass(frozen=True)
class Manque:
    """What one row lacks. ``champ`` is the name of the field in the schema."""

    champ: str
    phrase: str


@dataclass(frozen=True)
class Subvention:
    """One row of the file, as far as it is known."""

    exercice: int
    numero: str
    titre: str
    structure: str
    financeur: str
    nom_attribuant: str
    siret_attribuant: str
    date_convention: date | None
    reference: str
    nom_beneficiaire: str
    siret: str
    rna: str
    objet: str
    montant: Decimal
    versement: str
    verse_du: date
    verse_au: date | None
    manques: tuple[Manque, ...]

    @property
    def est_publiable(self) -> bool:
        return not self.manques

    @property
    def periode(self) -> str:
        """``AAAA-MM-JJ`` or ``AAAA-MM-JJ/AAAA-MM-JJ``."""
        fin = f"/{self.verse_au.isoformat()}" if self.verse_au else ""
        return f"{self.verse_du.isoformat()}{fin}"


_CHAMPS = (
    "exercice", "exercice__annee", "financeur", "exercice__projet", "exercice__projet__numero", "exercice__projet__titre",
    "exercice__projet__appel", "exercice__projet__structure__nom", "exercice__projet__structure__nature",
    "exercice__projet__structure__siret", "exercice__projet__structure__rna",
)  # fmt: skip


def subventions_de(annee: int, numero: str = "") -> Iterator[Subvention]:
    """Every published grant of a civil year, by project and funder; of one project when ``numero`` is given."""
    attribuants = _attribuants()
    juger = _juge(attribuants)
    lignes = (
        _publiables(annee)
        .values(*_CHAMPS)
        .annotate(total=Sum("montant"), publiee_le=Max("decision__point__seance__publiee_le"))
        .filter(total__gt=0)
    )
    if numero:
        lignes = lignes.filter(exercice__projet__numero=numero)
    lignes = lignes.iterator(chunk_size=LOT)
    while lot := list(islice(lignes, LOT)):
        conventions = {
            (une.exercice_id, une.financeur): une
            for une in Convention.objects.filter(exercice__in={ligne["exercice"] for ligne in lot}).order_by()
        }
        for ligne in lot:
            yield _subvention(ligne, attribuants, conventions.get((ligne["exercice"], ligne["financeur"])), juger)


def _publiables(annee: int) -> QuerySet[MontantAccorde]:
    """What is granted to others than natural persons, to be added up by civil year of a project and funder."""
    return (
        MontantAccorde.objects.publies()
        .filter(exercice__annee=annee)
        .exclude(exercice__projet__structure__personne_physique=True)
        .order_by("exercice__projet__numero", "financeur")
    )


def _attribuants() -> "Attribuants":
    return {(un.appel_id, un.financeur): un for un in Attribuant.objects.order_by()}


def personnes_physiques(annee: int) -> int:
    """How many grants are left out because their beneficiary is a natural person."""
    return len(_de_personnes().lire(annee))


@cache
def _de_personnes() -> Preparee:
    return Preparee(
        lambda annee: (
            MontantAccorde.objects.publies()
            .filter(exercice__annee=annee, exercice__projet__structure__personne_physique=True, montant__gt=0)
            .order_by()
            .values_list("exercice", "financeur")
            .distinct()
        ),
        2000,
    )


def _subvention(
    ligne: dict[str, Any], attribuants: "Attribuants", convention: Convention | None, juger: "Juge"
) -> Subvention:
    attribuant = attribuants.get((ligne["exercice__projet__appel"], ligne["financeur"]))
    annee = ligne["exercice__annee"]
    publiee = timezone.localtime(ligne["publiee_le"]).date() if ligne["publiee_le"] else None
    signee = convention.signee_le if convention and convention.signee_le else publiee
    du = convention.verse_du if convention else None
    au = convention.verse_au if convention and du else None
    rna = ligne["exercice__projet__structure__rna"] or ""
    siret = ligne["exercice__projet__structure__siret"] or ""
    nom = ligne["exercice__projet__structure__nom"] or ""
    objet = " ".join((ligne["exercice__projet__titre"] or "").split())
    return Subvention(
        exercice=ligne["exercice"],
        numero=ligne["exercice__projet__numero"],
        titre=ligne["exercice__projet__titre"],
        structure=nom,
        financeur=ligne["financeur"],
        nom_attribuant=attribuant.nom if attribuant else "",
        siret_attribuant=attribuant.siret if attribuant else "",
        date_convention=signee,
        reference=(convention.reference if convention else "") or f"{ligne['exercice__projet__numero']}-{annee}",
        nom_beneficiaire=" ".join(nom.split()),
        siret=siret if siret_valide(siret) else "",
        rna=rna if rna_valide(rna) else "",
        objet=objet if len(objet) <= OBJET_MAX else f"{objet[: OBJET_MAX - 1].rstrip()}…",
        montant=au_centime(ligne["total"]),
        versement=_versement(convention),
        verse_du=du or date(annee, 1, 1),
        verse_au=(au if au != du else None) if du else date(annee, 12, 31),
        manques=juger(
            ligne["exercice__projet__appel"], ligne["financeur"], signee is not None, bool(nom), siret, rna, bool(objet),
            ligne["exercice__projet__structure__nature"],
        ),
    )  # fmt: skip


def _versement(convention: Convention | None) -> str:
    if convention is None:
        return ConditionsVersement.UNIQUE.value
    autre = convention.versement == ConditionsVersement.AUTRE and convention.modalites
    return " ".join(convention.modalites.split())[:OBJET_MAX] if autre else convention.versement


Attribuants = dict[tuple[int, str], Attribuant]
# Call, funder, whether there is a date and a name, SIRET, RNA, whether there is a title, nature of the structure.
Juge = Callable[[int, str, bool, bool, str, str, bool, str | None], tuple[Manque, ...]]


def _juge(attribuants: Attribuants) -> Juge:
    """What a row lacks, worked out once for all those that are alike."""

    @cache
    def juger(
        appel: int, financeur: str, datee: bool, nommee: bool, siret: str, rna: str, objet: bool, nature: str | None
    ) -> tuple[Manque, ...]:
        manques = _manques(attribuants.get((appel, financeur)), financeur, datee, nommee, siret, rna, objet, nature)
        return tuple(Manque(manque.champ, insecables(manque.phrase)) for manque in manques)

    return juger


def _manques(
    attribuant: Attribuant | None, financeur: str, datee: bool, nommee: bool, siret: str, rna: str, objet: bool,
    nature: str | None,
) -> Iterator[Manque]:  # fmt: skip
    qui = Financeur(financeur).label
    if attribuant is None:
        yield Manque("idAttribuant", f"Le nom officiel et le SIRET du financeur « {qui} »")
    elif not siret_valide(attribuant.siret):
        yield Manque("idAttribuant", f"Un SIRET valide pour le financeur « {qui} »")
    if not datee:
        yield Manque("dateConvention", "La date de la convention")
    if not nommee:
        yield Manque("nomBeneficiaire", "Le nom de la structure")
    if not objet:
        yield Manque("objet", "Le titre du projet")
    if siret and not siret_valide(siret):
        yield Manque("idBeneficiaire", f"Un SIRET valide pour la structure (« {siret} » n’en est pas un)")
    elif not siret and not (nature == NaturePorteur.ASSOCIATION and rna_valide(rna)):
        ou_rna = ", ou son numéro RNA" if nature == NaturePorteur.ASSOCIATION else ""
        yield Manque("idBeneficiaire", f"Le SIRET de la structure{ou_rna}")


@dataclass(frozen=True)
class ProjetIncomplet:
    """One project with what its grants lack, each thing said once."""

    numero: str
    titre: str
    structure: str
    montant: Decimal
    manques: tuple[Manque, ...]


@dataclass(frozen=True)
class Preparation:
    """How far a civil year is from being published."""

    annee: int
    pretes: int
    montant_pret: Decimal
    incompletes: int
    montant_incomplet: Decimal
    personnes_physiques: int
    financeurs: tuple[str, ...]  # those without an Attribuant, said once for all
    projets: tuple[ProjetIncomplet, ...]

    @property
    def nombre(self) -> int:
        return self.pretes + self.incompletes

    @property
    def est_complete(self) -> bool:
        return not self.incompletes

    @classmethod
    def de(cls, annee: int) -> "Preparation":
        juger, signees = _juge(_attribuants()), cache(lambda: _conventions_signees(annee))
        pretes, montant_pret, incompletes, montant_incomplet = 0, Decimal("0.00"), 0, Decimal("0.00")
        financeurs: dict[str, None] = {}
        projets: dict[str, list[tuple[str, str, Decimal, tuple[Manque, ...]]]] = {}
        for exercice, financeur, numero, titre, appel, nom, nature, siret, rna, total, publiees in _a_preparer().lire(
            annee
        ):
            datee = publiees > 0 or (exercice, financeur) in signees()
            objet = bool(titre and titre.strip())
            manques = juger(appel, financeur, datee, bool(nom), siret or "", rna or "", objet, nature)
            montant = au_centime(total)
            if not manques:
                pretes, montant_pret = pretes + 1, montant_pret + montant
                continue
            incompletes, montant_incomplet = incompletes + 1, montant_incomplet + montant
            if any(manque.champ == "idAttribuant" for manque in manques):
                financeurs[Financeur(financeur).label] = None
            projets.setdefault(numero, []).append((titre, nom or "", montant, manques))
        return cls(
            annee, pretes, montant_pret, incompletes, montant_incomplet, personnes_physiques(annee), tuple(financeurs),
            tuple(
                ProjetIncomplet(
                    numero, siennes[0][0], siennes[0][1], sum((montant for *_, montant, _ in siennes), Decimal("0.00")),
                    tuple(dict.fromkeys(manque for *_, manques in siennes for manque in manques)),
                )
                for numero, siennes in projets.items()
            ),
        )  # fmt: skip


@cache
def _a_preparer() -> Preparee:
    """One row for each that ``subventions_de`` gives, with what tells what it lacks: how many of its decisions have a day."""
    debut = "exercice__projet"
    return Preparee(
        lambda annee: (
            _publiables(annee)
            .values_list(
                "exercice", "financeur", f"{debut}__numero", f"{debut}__titre", f"{debut}__appel",
                f"{debut}__structure__nom", f"{debut}__structure__nature", f"{debut}__structure__siret",
                f"{debut}__structure__rna",
            )
            .annotate(total=Sum("montant"), publiees=Count("decision__point__seance__publiee_le"))
            .filter(total__gt=0)
        ),
        2000,
    )  # fmt: skip


def _conventions_signees(annee: int) -> frozenset[tuple[int, str]]:
    """Read only when a decision has no day of publication: a signed convention has one."""
    signees = Convention.objects.filter(exercice__annee=annee).exclude(signee_le=None).order_by()
    return frozenset(signees.values_list("exercice", "financeur"))
