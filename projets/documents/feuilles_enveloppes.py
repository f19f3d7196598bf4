"""The sheets of the envelopes of one civil year, and of what changed them. Nothing that is pending is in a file."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils import timezone

from ..enveloppes import SituationEnveloppe
from ..models import MouvementEnveloppe
from ..statistiques import appels_de, enveloppes_de
from .feuille import Colonne, Feuille, Genre

_EUROS = {"genre": Genre.EUROS, "somme": True}

COLONNES_ENVELOPPES = (
    Colonne("financeur", "Financeur", largeur=34),
    Colonne("vote", "Voté (€)", **_EUROS),
    Colonne("ajouts", "Ajouté depuis (€)", **_EUROS),
    Colonne("retraits", "Retiré depuis (€)", **_EUROS),
    Colonne("transferts", "Transferts, reçu moins donné (€)", **_EUROS),
    Colonne("dotation", "Enveloppe (€)", formule="{vote}+{ajouts}-{retraits}+{transferts}", **_EUROS),
    Colonne("engage", "Accordé, décisions publiées (€)", **_EUROS),
    Colonne("reste", "Reste, décisions publiées (€)", formule="{dotation}-{engage}", **_EUROS),
    Colonne("depassement", "Dépassement (€)", formule="MAX(0,-{reste})", **_EUROS),
    Colonne("part", "Part accordée (%)", Genre.PART, 12, formule='IF({dotation}=0,"",{engage}/{dotation})'),
    Colonne("paye", "Versé (€)", **_EUROS),
    Colonne("a_verser", "Reste à verser (€)", formule="{engage}-{paye}", **_EUROS),
    Colonne("justifie", "Justifié par un bilan accepté (€)", **_EUROS),
    Colonne("motifs", "Motifs du dépassement", largeur=60),
)


def _cellules(s: SituationEnveloppe) -> list[Any]:
    motifs = (
        "\n".join(f"{motif.texte} ({motif.signature})" for motif in s.motifs_publies) if s.depassement_publie else ""
    )
    return [
        s.libelle, s.vote, s.ajouts, s.retraits, s.transferts, s.dotation, s.engage, s.reste_publie, s.depassement_publie,
        s.engage / s.dotation if s.dotation else None, s.paye, s.engage - s.paye, s.justifie, motifs,
    ]  # fmt: skip


def feuille_enveloppes(annee: int) -> Feuille:
    return Feuille(
        "Enveloppes",
        COLONNES_ENVELOPPES,
        (_cellules(s) for s in enveloppes_de(appels_de(annee), annee)),
        si_vide=f"Aucune enveloppe n’est inscrite pour {annee}.",
        part_totale=lambda sommes: {"part": sommes["engage"] / sommes["dotation"] if sommes["dotation"] else None},
    )


COLONNES_MOUVEMENTS = (
    Colonne("genre", "Mouvement", largeur=14),
    Colonne("date", "Date", Genre.DATE, 12),
    Colonne("source", "Depuis", largeur=28),
    Colonne("destination", "Vers", largeur=28),
    Colonne("montant", "Montant (€)", Genre.EUROS),
    Colonne("motif", "Motif", largeur=50),
    Colonne("par", "Saisi par", largeur=28),
    Colonne("annule_le", "Annulé le", Genre.DATE, 12),
    Colonne("motif_annulation", "Motif de l’annulation", largeur=50),
)


def feuille_mouvements(annee: int) -> Feuille:
    """What changed the envelopes of a year, cancelled ones too; no total, for a transfer gives and takes."""
    mouvements = (
        MouvementEnveloppe.objects.filter(Q(source__annee=annee) | Q(destination__annee=annee))
        .select_related("source", "destination", "par")
        .order_by("date", "pk")
    )

    def lignes() -> Iterator[list[Any]]:
        for m in mouvements:
            annule = timezone.localtime(m.annule_le).date() if m.annule_le else None
            yield [
                m.get_genre_display(), m.date, str(m.source or ""), str(m.destination or ""), m.montant, m.motif,
                str(m.par), annule, m.motif_annulation,
            ]  # fmt: skip

    vide = f"Aucune enveloppe {annee} n’a changé depuis son vote."
    return Feuille("Mouvements", COLONNES_MOUVEMENTS, lignes(), vide, total=False)
