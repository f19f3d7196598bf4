"""The letter that asks a porteur for money back: same paper as the letters of the decisions, one sum, one reason, one date.

It says what the demand says, frozen in its row; drawing it is for ``documents.lettre``.
"""

from collections.abc import Iterator
from decimal import Decimal

from django.utils import timezone

from .blocs import Bloc, Paragraphe, paragraphes, tableau
from .lettres import Courrier, Papeterie, destinataire_de
from .models import DemandeReversement, Projet
from .valeurs import date_longue, euros


def reference_de(demande: DemandeReversement, projet: Projet) -> str:
    """« 2026-0001-R12 »: never the number of another demand."""
    return f"{projet.numero}-R{demande.pk}"


def courrier(
    demande: DemandeReversement, projet: Projet, parts: list[tuple[str, Decimal]], papeterie: Papeterie
) -> Courrier:
    """The letter of one demand. ``parts``: to which funder how much."""
    papier, dossier = papeterie.papier, projet.contenu
    annee, reference = demande.exercice.annee, reference_de(demande, projet)
    suivi = papeterie.suivi.get(projet.coordination, ())
    mentions = [("Nos références", reference), ("Projet", projet.numero or "")]
    if suivi:
        mentions.append(("Affaire suivie par", " ; ".join(suivi)))
    return Courrier(
        reference=reference,
        sens="reversement",
        jour=timezone.localtime(demande.demandee_le).date(),
        lieu=papier.lieu or papeterie.appel.commune,
        cite=papeterie.appel.cite,
        institutions=tuple(papier.institutions.splitlines()),
        expediteur=(*papier.adresse.splitlines(), *papier.contact.splitlines()),
        mentions=tuple(mentions),
        destinataire=tuple(destinataire_de(dossier)),
        objet=f"somme de {euros(demande.montant)} à rendre pour {annee}",
        corps=tuple(_corps(demande, projet, parts)),
        signataires=tuple(papier.signataires),
        recours=(),
    )


def _corps(demande: DemandeReversement, projet: Projet, parts: list[tuple[str, Decimal]]) -> Iterator[Bloc]:
    titre = " ".join(projet.titre.split()) or "Projet sans titre"
    annee, jour = demande.exercice.annee, date_longue(demande.avant_le)
    yield Paragraphe("Madame, Monsieur,")
    yield Paragraphe(f"La cité éducative a financé votre projet « {titre} » pour l’année {annee}.")
    yield from paragraphes(demande.motif)
    yield Paragraphe(f"Nous vous demandons de rendre {euros(demande.montant)} au plus tard le {jour}.")
    if parts:
        rangees = [(qui, euros(montant)) for qui, montant in parts]
        if len(parts) > 1:
            rangees.append(("Total", euros(sum((montant for _, montant in parts), Decimal(0)))))
        yield tableau(
            "Sommes à rendre",
            ("Financeur", "Somme à rendre"),
            rangees,
            nombres=(1,),
            parts=(5, 2),
            total=len(parts) > 1,
        )
    yield Paragraphe(
        "Si ce montant vous étonne, ou si le délai est trop court, écrivez à la coordination avant cette date : nous "
        "chercherons une solution avec vous."
    )
    yield Paragraphe("Nous vous prions d’agréer, Madame, Monsieur, l’expression de nos salutations distinguées.")
