"""A project beside what its structure did before: the project it renews, or the nearest of the year before. Reads only.

Everything shown is public knowledge of the services: amounts of published decisions, bilans that were deposited.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from rapidfuzz import fuzz

from correspondants.models import cle_de_nom

from .enums import Statut
from .models import Bilan, Compte, Decision, Projet
from .valeurs import euros

NUMERO = re.compile(r"\b\d{4}-\d{4,6}\b")
PROCHE = 70  # of 100: two titles that say nearly the same thing


@dataclass(frozen=True)
class Colonne:
    """One project as the comparison reads it. Amounts in euros; None when nothing says it."""

    projet: Projet
    annees: tuple[int, ...]
    demande: Decimal
    accorde: Decimal | None
    depense: Decimal | None
    enfants_prevus: int
    enfants_touches: int | None
    decision: Decision | None
    bilans: tuple[Bilan, ...]


@dataclass(frozen=True)
class Comparaison:
    """``lien`` says in French why these two projects are set side by side."""

    actuel: Colonne
    precedent: Colonne | None
    lien: str = ""
    autres: tuple[Projet, ...] = ()  # what the structure also did, the latest first

    @property
    def ecart_en_mots(self) -> str:
        """« 200,00 € de plus », « autant »: what is asked now beside what was asked then."""
        ecart = self.actuel.demande - self.precedent.demande if self.precedent else Decimal(0)
        return f"{euros(abs(ecart))} de {'plus' if ecart > 0 else 'moins'}" if ecart else "autant"


def comparer(projet: Projet) -> Comparaison:
    """In a constant number of queries."""
    dossier = projet.contenu
    numeros = NUMERO.findall(dossier.projet_precedent)
    candidats = _candidats(projet, numeros)
    precedent, lien = _reconduit(projet)
    if precedent is None:
        precedent, lien = _choisir(candidats, numeros, dossier.projet_precedent, dossier.titre, dossier.reconduction)
    lus = _lus([projet.pk, *([precedent.pk] if precedent else [])])
    return Comparaison(
        _colonne(lus[projet.pk]),
        _colonne(lus[precedent.pk]) if precedent else None,
        lien,
        tuple(p for p in candidats if precedent is None or p.pk != precedent.pk)[:5],
    )


def _reconduit(projet: Projet) -> tuple[Projet | None, str]:
    """The project this one was made from, with « 3e année »."""
    if projet.reconduit_de_id is None:
        return None, ""
    return projet.reconduit_de, f"Reconduction faite depuis le portail : {projet.edition_en_mots}."


def _candidats(projet: Projet, numeros: list[str]) -> list[Projet]:
    """Deposited projects of the same structure that began in an earlier civil year, and those the file names."""
    debut = min((exercice.annee for exercice in projet.exercices.all()), default=None)
    deposes = Projet.objects.deposes().exclude(pk=projet.pk).exclude(statut=Statut.RETIRE)
    cites = list(deposes.filter(numero__in=numeros).select_related("structure"))
    siens = deposes.filter(structure=projet.structure_id).exclude(structure=None).prefetch_related("exercices")
    anterieurs = [
        autre
        for autre in siens.recents()
        if debut is None or min((e.annee for e in autre.exercices.all()), default=debut) < debut
    ]
    connus = {autre.pk for autre in anterieurs}
    return [*(cite for cite in cites if cite.pk not in connus), *anterieurs]


def _choisir(
    candidats: list[Projet], numeros: list[str], cite: str, titre: str, reconduction: str
) -> tuple[Projet | None, str]:
    """The project to compare with: the number the file gives, then the title it gives, then the nearest title."""
    for candidat in candidats:
        if candidat.numero in numeros:
            return candidat, "Le dossier le désigne par son numéro."
    for texte, lien in ((cite, "Le dossier le désigne par son titre."), (titre, "Même structure, titre proche.")):
        proche = _plus_proche(candidats, texte)
        if proche:
            return proche, lien
    if candidats and reconduction == "reconduction":
        return candidats[0], "Même structure : le dossier se dit reconduit, sans désigner clairement lequel."
    return None, ""


def _plus_proche(candidats: Iterable[Projet], texte: str) -> Projet | None:
    """The candidate whose title says nearly the same, the latest of equals."""
    cle = cle_de_nom(texte)
    if not cle:
        return None
    notes = [
        (fuzz.token_set_ratio(cle, titre), fuzz.ratio(cle, titre), candidat)
        for candidat in candidats
        if (titre := cle_de_nom(candidat.titre))
    ]
    note, _, candidat = max(notes, key=lambda triple: triple[:2], default=(0, 0, None))
    return candidat if note >= PROCHE else None


def _lus(cles: list[int]) -> dict[int, Projet]:
    projets = Projet.objects.filter(pk__in=cles).select_related("structure")
    lus = projets.prefetch_related(
        "exercices__montants_accordes__decision", "exercices__bilan__lignes", "points__decision", "points__seance"
    )
    return {projet.pk: projet for projet in lus}


def _colonne(projet: Projet) -> Colonne:
    exercices = list(projet.exercices.all())
    montants = [m.montant for e in exercices for m in e.montants_accordes.all() if m.decision.publiee]
    bilans = [e.bilan for e in exercices if getattr(e, "bilan", None) and e.bilan.depose_le]
    touches = [(b.filles or 0) + (b.garcons or 0) for b in bilans if b.filles is not None or b.garcons is not None]
    decisions = [p.decision for p in projet.points.all() if getattr(p, "decision", None) and p.decision.publiee]
    return Colonne(
        projet,
        tuple(exercice.annee for exercice in exercices),
        sum((exercice.montant_demande for exercice in exercices), Decimal(0)),
        sum(montants, Decimal(0)) if montants else None,
        sum((bilan.total(Compte.Sens.CHARGE, "realise") for bilan in bilans), Decimal(0)) if bilans else None,
        projet.nombre_enfants,
        max(touches, default=None),
        max(decisions, key=lambda decision: decision.pk, default=None),
        tuple(bilans),
    )
