"""What follows a project in a demonstration: renewed by its porteur, its structure with somebody invited."""

import dataclasses

from django.utils import timezone

from .. import membres, reconduction
from ..enregistrement import enregistrer
from ..enums import GenrePiece, Statut
from ..models import Projet
from ..word.ecriture import ecrire
from .comptes import Agents
from .conduite import mener


def commencer_une_reconduction(projet: Projet) -> Projet:
    """The draft of the next edition, with its answers to look at again."""
    return reconduction.reconduire(projet, par=projet.porteur)


def deposer_la_reconduction(projet: Projet, agents: Agents) -> Projet:
    """The next edition, looked at again and deposited."""
    suivant = reconduction.reconduire(projet, par=projet.porteur)
    engagements = {
        "communication_engagement": True, "engagement_bilan": True, "engagement_exactitude": True,
        "signature_date": timezone.localdate(),
    }  # fmt: skip
    enregistrer(suivant, dataclasses.replace(suivant.contenu, **engagements))
    octets = ecrire(suivant.contenu, suivant.appel.referentiel())
    suivant.garder_piece(GenrePiece.DOSSIER, "reconduction.docx", octets, suivant.porteur)
    return mener(suivant, Statut.DEPOSE, agents)


def inviter_un_collegue(projet: Projet) -> None:
    membres.inviter(projet.structure, "collegue-invite@example.org", par=projet.porteur)
