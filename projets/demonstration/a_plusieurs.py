"""A draft of the demonstration that two people write: invited, accepted, and one answer changed by the colleague."""

from correspondants.models import Utilisateur

from .. import partages, reception
from ..models import Auteur, Projet


def ecrire_a_deux(projet: Projet, collegue: Utilisateur) -> None:
    partages.accepter(partages.inviter(projet, collegue.email, par=projet.porteur))
    dossier = projet.contenu.remplacer(
        public_precisions="Les enfants du centre de loisirs, et leurs familles pour l’émission de fin d’année."
    )
    auteur = Auteur(collegue, f"compte:{collegue.pk}")
    reception.enregistrer_saisie(projet, dossier, projet.version, auteur=auteur)
