"""Mails about accounts, absences, projects handed over and people who come and go: rows of the outbox, as in ``notifications``."""

from datetime import datetime

from django.urls import reverse

from correspondants.enums import Role
from correspondants.models import Invitation, Succession, Suppleance, Utilisateur
from correspondants.mouvements import NON_SUPPLEES

from .models import MembreStructure, Partage, Projet, Transmission
from .notifications import courriels_de_role, ecrire, lien


def invitation(invitation: Invitation, jeton: str) -> None:
    """To a person of the directory: the link that opens an account. Never a password."""
    ecrire(
        "invitation",
        [invitation.courriel],
        f"invitation:{invitation.pk}",
        pour_services=True,
        invitation=invitation,
        roles=[une.get_role_display() for une in invitation.correspondant.habilitations.all()],
        lien_invitation=lien(reverse("invitation", args=[jeton])),
    )


def suppleance_declaree(suppleance: Suppleance) -> None:
    """To the substitute, and to the absent person who may not have recorded it."""
    _suppleance("suppleance_declaree", suppleance)


def suppleance_annulee(suppleance: Suppleance) -> None:
    _suppleance("suppleance_annulee", suppleance)


def _suppleance(gabarit: str, suppleance: Suppleance) -> None:
    ecrire(
        gabarit,
        [suppleance.suppleant.courriel, suppleance.absent.courriel],
        f"suppleance:{suppleance.pk}",
        pour_services=True,
        suppleance=suppleance,
        roles=[une.get_role_display() for une in suppleance.absent.habilitations.exclude(role__in=NON_SUPPLEES)],
    )


def transmission_proposee(transmission: Transmission, jeton: str) -> None:
    """To the colleague: what is proposed, and the link that accepts or refuses it."""
    ecrire(
        "transmission_proposee",
        [transmission.courriel],
        f"transmission:{transmission.pk}",
        projet=transmission.projet,
        transmission=transmission,
        lien_transmission=lien(reverse("transmission", args=[jeton])),
    )


def reprise_brouillon(projet: Projet, adresse: str, jeton: str, expire_le: datetime, evenement: str) -> None:
    """To the address that somebody typed: the link that opens a draft on another device."""
    ecrire(
        "reprise_brouillon",
        [adresse],
        evenement,
        projet=projet,
        expire_le=expire_le,
        lien_reprise=lien(reverse("brouillon_reprendre", args=[jeton])),
    )


def partage_propose(partage: Partage, jeton: str) -> None:
    """To the colleague: the link by which a draft is written together."""
    ecrire(
        "partage_propose",
        [partage.courriel],
        f"partage:{partage.pk}",
        projet=partage.projet,
        partage=partage,
        lien_partage=lien(reverse("brouillon_partage", args=[jeton])),
    )


def transmission_acceptee(transmission: Transmission) -> None:
    """To both, and to the coordination in charge: who follows the project from now on."""
    projet, evenement = transmission.projet, f"transmission-acceptee:{transmission.pk}"
    ecrire(
        "transmission_acceptee",
        [transmission.de.email, projet.porteur.email],
        evenement,
        projet=projet,
        transmission=transmission,
    )
    ecrire(
        "transmission_services",
        courriels_de_role(projet.coordination),
        evenement,
        projet=projet,
        pour_services=True,
        transmission=transmission,
    )


def transmission_refusee(transmission: Transmission) -> None:
    ecrire(
        "transmission_refusee",
        [transmission.de.email],
        f"transmission-refusee:{transmission.pk}",
        projet=transmission.projet,
        transmission=transmission,
    )


def succession_faite(succession: Succession) -> None:
    """To the person who takes over: what the post holds. An invitation follows by itself when there is no account yet."""
    ecrire(
        "succession_faite",
        [succession.nouveau_courriel],
        f"succession:{succession.pk}",
        pour_services=True,
        succession=succession,
        roles=[Role(role).label for role in succession.roles],
        a_un_compte=bool(succession.repris_par.utilisateur_id),
    )


def compte_inactif(compte: Utilisateur, evenement: str, jours: int) -> None:
    """To somebody who has not come for years: opening the account keeps it."""
    ecrire(
        "compte_inactif",
        [compte.email],
        evenement,
        compte=compte,
        jours=jours,
        lien_compte=lien(reverse("mon_compte")),
    )


def membre_invite(membre: MembreStructure, jeton: str) -> None:
    """To the colleague: the link that lets into the structure. Never a password."""
    ecrire(
        "membre_invite",
        [membre.courriel],
        f"membre:{membre.pk}",
        membre=membre,
        lien_rejoindre=lien(reverse("structure_rejoindre", args=[jeton])),
    )


def membre_ajoute(membre: MembreStructure, autres: list[str]) -> None:
    """To the new member and to the others: who reads the projects of the structure from now on."""
    ecrire(
        "membre_ajoute",
        [membre.courriel, *autres],
        f"membre-ajoute:{membre.pk}",
        membre=membre,
        lien_structure=lien(reverse("structure", args=[membre.structure_id])),
    )


def membre_retire(membre: MembreStructure, par: Utilisateur) -> None:
    """To the person who is taken out."""
    ecrire("membre_retire", [membre.courriel], f"membre-retire:{membre.pk}", membre=membre, par=par)
