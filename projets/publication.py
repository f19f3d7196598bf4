"""Open data of grants (SCDL « subventions » 2.1.1): one row per grant of one funder for one civil year, and what it lacks.

A grant is never shown incomplete: ``manques`` says in French what to complete, and where. Natural persons are left out.
Reads only, by chunks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import Max, Sum
from django.utils import timezone

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
    attribuants = {(un.appel_id, un.financeur): un for un in Attribuant.objects.all()}
    lignes = (
        MontantAccorde.objects.publies()
        .filter(exercice__annee=annee)
        .exclude(exercice__projet__structure__personne_physique=True)
        .order_by("exercice__projet__numero", "financeur")
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
            for une in Convention.objects.filter(exercice__in={ligne["exercice"] for ligne in lot})
        }
        for ligne in lot:
            yield _subvention(ligne, attribuants, conventions.get((ligne["exercice"], ligne["financeur"])))


def personnes_physiques(annee: int) -> int:
    """How many grants are left out because their beneficiary is a natural person."""
    return (
        MontantAccorde.objects.publies()
        .filter(exercice__annee=annee, exercice__projet__structure__personne_physique=True, montant__gt=0)
        .values("exercice", "financeur")
        .distinct()
        .count()
    )


def _subvention(ligne: dict[str, Any], attribuants: dict[Any, Attribuant], convention: Convention | None) -> Subvention:
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
        manques=tuple(
            Manque(manque.champ, insecables(manque.phrase))
            for manque in _manques(attribuant, ligne["financeur"], signee, nom, siret, rna, objet,
                     ligne["exercice__projet__structure__nature"])
        ),
    )  # fmt: skip


def _versement(convention: Convention | None) -> str:
    if convention is None:
        return ConditionsVersement.UNIQUE.value
    autre = convention.versement == ConditionsVersement.AUTRE and convention.modalites
    return " ".join(convention.modalites.split())[:OBJET_MAX] if autre else convention.versement


def _manques(
    attribuant: Attribuant | None, financeur: str, signee: date | None, nom: str, siret: str, rna: str, objet: str,
    nature: str,
) -> Iterator[Manque]:  # fmt: skip
    qui = Financeur(financeur).label
    if attribuant is None:
        yield Manque("idAttribuant", f"Le nom officiel et le SIRET du financeur « {qui} »")
    elif not siret_valide(attribuant.siret):
        yield Manque("idAttribuant", f"Un SIRET valide pour le financeur « {qui} »")
    if signee is None:
        yield Manque("dateConvention", "La date de la convention")
    if not nom:
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
        pretes, montant_pret, incompletes, montant_incomplet = 0, Decimal("0.00"), 0, Decimal("0.00")
        financeurs: dict[str, None] = {}
        projets: dict[str, list[Subvention]] = {}
        for subvention in subventions_de(annee):
            if subvention.est_publiable:
                pretes, montant_pret = pretes + 1, montant_pret + subvention.montant
                continue
            incompletes, montant_incomplet = incompletes + 1, montant_incomplet + subvention.montant
            if any(manque.champ == "idAttribuant" for manque in subvention.manques):
                financeurs[Financeur(subvention.financeur).label] = None
            projets.setdefault(subvention.numero, []).append(subvention)
        return cls(
            annee, pretes, montant_pret, incompletes, montant_incomplet, personnes_physiques(annee), tuple(financeurs),
            tuple(
                ProjetIncomplet(
                    numero, siennes[0].titre, siennes[0].structure, sum((s.montant for s in siennes), Decimal("0.00")),
                    tuple(dict.fromkeys(manque for s in siennes for manque in s.manques)),
                )
                for numero, siennes in projets.items()
            ),
        )  # fmt: skip
