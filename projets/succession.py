"""A person leaves: the post goes to somebody else with what was pending, and what was done keeps the name of who did it.

Nothing already written is touched: voices, opinions, decisions and the journal point to the former account, which is
closed, never erased. The new person starts with the same roles, the same routing, and fresh links for what is awaited.
"""

from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from correspondants.enums import AUTORITES, PILOTES, Role
from correspondants.models import Correspondant, Invitation, RegleRoutage, Succession, Suppleance, Utilisateur

from . import invitations, suppleances
from . import notifications_comptes as notifications
from .demandes_avis import changer_de_lien
from .enums import Fait, Statut
from .journal import consigner
from .models import AvisIEN, Projet
from .notifications import avis_demande
from .transmissions import changer_de_porteur

FINIS = [statut for statut in Statut if statut.est_final]


class SuccessionImpossible(Exception):
    """``obstacles`` are the sentences that say why. Nothing was written."""

    def __init__(self, *obstacles: str) -> None:
        self.obstacles = obstacles
        super().__init__(" ".join(obstacles))


@dataclass(frozen=True)
class Reprise:
    """Who takes over, and what is chosen. ``ligne``: somebody already in the directory; without ``ligne`` nor ``courriel``
    the post stays to be filled."""

    ligne: Correspondant | None = None
    nom: str = ""
    courriel: str = ""
    telephone: str = ""
    motif: str = ""
    garder_compte: bool = False
    reprendre_projets: bool = False
    inviter: bool = True

    @property
    def vacante(self) -> bool:
        return self.ligne is None and not self.courriel

    @property
    def adresse(self) -> str:
        """The address of the account that takes over, as it is known."""
        if self.ligne:
            return self.ligne.utilisateur.email if self.ligne.utilisateur_id else self.ligne.courriel
        return self.courriel.strip().lower()


@dataclass(frozen=True)
class Apercu:
    """What a post holds today, and would move."""

    roles: tuple[str, ...]
    regles: tuple[str, ...]
    avis: tuple[AvisIEN, ...]
    absences: tuple[Suppleance, ...]
    suppleances: tuple[Suppleance, ...]
    invitations: tuple[Invitation, ...]
    projets: tuple[Projet, ...] = field(default=())


def apercu(poste: Correspondant) -> Apercu:
    a_venir = Suppleance.objects.a_venir().select_related("absent", "suppleant")
    return Apercu(
        roles=tuple(sorted(Role(role).label for role in poste.roles)),
        regles=tuple(
            regle.get_nature_display() for regle in RegleRoutage.objects.filter(correspondants=poste).order_by("nature")
        ),
        avis=tuple(_avis_attendus(poste)),
        absences=tuple(a_venir.filter(absent=poste)),
        suppleances=tuple(a_venir.filter(suppleant=poste)),
        invitations=tuple(Invitation.objects.ouvertes().filter(correspondant=poste)),
        projets=tuple(_projets_en_cours(poste)),
    )


def _avis_attendus(poste: Correspondant) -> list[AvisIEN]:
    attendus = AvisIEN.objects.attendus().filter(autorite__in=AUTORITES & poste.roles)
    return list(attendus.select_related("projet__appel", "projet__structure").order_by("pk"))


def _projets_en_cours(poste: Correspondant) -> list[Projet]:
    if not poste.utilisateur_id:
        return []
    projets = Projet.objects.filter(porteur=poste.utilisateur_id).exclude(statut__in=FINIS)
    return list(projets.select_related("appel").order_by("pk"))


def obstacles(poste: Correspondant, reprise: Reprise, par: Utilisateur) -> list[str]:
    """What stands in the way, in French; nothing when the post can go to the other person."""
    phrases = []
    compte = poste.utilisateur
    if not poste.actif:
        phrases.append("Cette ligne de l’annuaire n’est plus active : il n’y a plus rien à transmettre.")
    if compte and compte.pk == par.pk:
        phrases.append("Vous ne pouvez pas vous remplacer vous-même : demandez-le à un autre administrateur.")
    if compte and compte.is_superuser and not par.is_superuser:
        phrases.append(
            "Le compte de cette personne administre la machine : seul un autre superutilisateur la remplace."
        )
    if reprise.reprendre_projets and not reprise.adresse:
        phrases.append("Ses projets ne peuvent pas passer à un poste à pourvoir : nommez la personne qui les reprend.")
    if not (reprise.garder_compte or reprise.reprendre_projets) and (n := len(_projets_en_cours(poste))):
        phrases.append(
            f"Cette personne porte {n} projet{'s' if n > 1 else ''} en cours : transmettez-les aussi, ou gardez son compte "
            "de porteur."
        )
    return phrases + (_ligne_refusee(poste, reprise.ligne) if reprise.ligne else _adresse_refusee(poste, reprise))


def _ligne_refusee(poste: Correspondant, ligne: Correspondant) -> list[str]:
    if ligne.pk == poste.pk:
        return ["Cette personne tient déjà ce poste."]
    if not ligne.actif:
        return [f"{ligne} n’est plus dans l’annuaire."]
    if ligne.utilisateur_id and not ligne.utilisateur.is_active:
        return [f"Le compte de {ligne} est fermé : rouvrez-le d’abord."]
    voix = (ligne.roles | poste.roles) & PILOTES
    if len(voix) > 1 and ligne.roles & PILOTES and poste.roles & PILOTES:
        return [f"{ligne} est déjà pilote : une même personne ne donne pas deux voix à la troïka."]
    return []


def _adresse_refusee(poste: Correspondant, reprise: Reprise) -> list[str]:
    if reprise.vacante:
        return []
    if reprise.adresse == poste.courriel.strip().lower() and reprise.nom.strip() == poste.nom:
        return ["Cette personne tient déjà ce poste."]
    compte = Utilisateur.objects.filter(email__iexact=reprise.adresse).first()
    if compte is None:
        return []
    if compte.pk == poste.utilisateur_id:
        phrase = (
            "Cette adresse est celle du compte de la personne qui part. Donnez l’adresse de la nouvelle personne : "
        )
        return [phrase + "une adresse commune à un service n’ouvre pas un compte personnel."]
    if not compte.is_active:
        return ["Le compte de cette adresse est fermé : rouvrez-le d’abord."]
    autre = Correspondant.objects.filter(utilisateur=compte).first()
    return [f"Cette adresse est déjà celle de {autre} : choisissez cette personne dans la liste."] if autre else []


@transaction.atomic
def remplacer(poste: Correspondant, reprise: Reprise, *, par: Utilisateur) -> Succession:
    """Moves the post, all or nothing. Raises SuccessionImpossible, or ModificationConcurrente for a project that moved."""
    poste = Correspondant.objects.select_for_update(of=("self",)).get(pk=poste.pk)
    if phrases := obstacles(poste, reprise, par):
        raise SuccessionImpossible(*phrases)
    avant, ancien_compte, ancien_roles = apercu(poste), poste.utilisateur, sorted(poste.roles)
    ancien_nom, ancien_courriel = poste.nom or (ancien_compte.nom if ancien_compte else ""), poste.courriel
    for suppleance in (*avant.absences, *avant.suppleances):
        suppleances.annuler(suppleance)
    invitations.revoquer(poste)
    poste.utilisateur = None
    arrivee = _rejoindre(poste, reprise.ligne) if reprise.ligne else _occuper(poste, reprise)
    succession = Succession.objects.create(
        poste=poste,
        repris_par=arrivee,
        ancien_nom=ancien_nom,
        ancien_courriel=ancien_courriel,
        ancien_compte=ancien_compte,
        compte_ferme=ancien_compte is not None and not reprise.garder_compte,
        nouveau_nom=arrivee.nom,
        nouveau_courriel=reprise.adresse,
        roles=ancien_roles,
        mouvements="\n".join(_phrases(avant, reprise)),
        motif=reprise.motif.strip(),
        par=par,
    )
    if reprise.reprendre_projets:
        _reprendre_les_projets(avant.projets, reprise.adresse, succession)
    if ancien_compte:
        _fermer(ancien_compte, garder=reprise.garder_compte)
    _prevenir(succession, avant, inviter=reprise.inviter)
    return succession


def _occuper(poste: Correspondant, reprise: Reprise) -> Correspondant:
    """A new person on the same line: code, functions, order, roles and routing stay where they are."""
    poste.nom, poste.courriel, poste.telephone = reprise.nom.strip(), reprise.adresse, reprise.telephone.strip()
    # An address never proved opens nothing by itself: the invitation will prove it.
    prouvee = EmailAddress.objects.filter(email__iexact=reprise.adresse, verified=True).select_related("user").first()
    if reprise.adresse and prouvee and prouvee.user.email.lower() == reprise.adresse:
        poste.utilisateur = prouvee.user
    poste.save()
    return poste


def _rejoindre(poste: Correspondant, ligne: Correspondant) -> Correspondant:
    """Somebody already in the directory: the roles and the routing join that line, and this one is closed."""
    ligne = Correspondant.objects.select_for_update(of=("self",)).get(pk=ligne.pk)
    for role in poste.roles:
        ligne.habilitations.get_or_create(role=role)
    poste.habilitations.all().delete()
    for regle in RegleRoutage.objects.filter(correspondants=poste):
        regle.correspondants.add(ligne)
        regle.correspondants.remove(poste)
    lignes = ligne.fonction.splitlines()
    ligne.fonction = "\n".join([*lignes, *(une for une in poste.fonction.splitlines() if une not in lignes)])
    ligne.save(update_fields=["fonction"])
    poste.actif = poste.dans_annuaire = False
    poste.save()
    return ligne


def _reprendre_les_projets(projets: tuple[Projet, ...], adresse: str, succession: Succession) -> None:
    compte = Utilisateur.objects.filter(email__iexact=adresse).first() or Utilisateur.objects.create_user(adresse)
    for projet in projets:
        changer_de_porteur(projet, compte)
        consigner(projet, Fait.TRANSMIS, par=succession.par, vise=succession, pour_services=False)


def _fermer(compte: Utilisateur, *, garder: bool) -> None:
    """Ends every session at once (the password changes), and the account with it unless it stays a porteur's."""
    compte.set_unusable_password()
    compte.is_active, compte.is_staff, compte.is_superuser = garder, False, False
    compte.save(update_fields=["password", "is_active", "is_staff", "is_superuser"])
    Authenticator.objects.filter(user=compte).delete()


def _prevenir(succession: Succession, avant: Apercu, *, inviter: bool) -> None:
    """New links for the opinions awaited: those of the former person die. Then the welcome, and the invitation."""
    for avis in avant.avis:
        changer_de_lien(avis)
        if avis.projet.statut == Statut.AVIS_IEN:
            avis_demande(avis, f"succession-{succession.pk}")
    if not succession.nouveau_courriel:
        return
    notifications.succession_faite(succession)
    arrivee = succession.repris_par
    if inviter and not arrivee.utilisateur_id and not invitations.obstacle(arrivee):
        invitations.inviter(arrivee, par=succession.par)


def _phrases(avant: Apercu, reprise: Reprise) -> list[str]:
    """What moved, as the directory keeps it."""
    phrases = [f"Rôles transmis : {', '.join(avant.roles)}." if avant.roles else "Aucun rôle à transmettre."]
    if avant.regles:
        phrases.append(f"Dépôts reçus : {', '.join(avant.regles)}.")
    if avant.avis:
        numeros = ", ".join(avis.projet.numero or "" for avis in avant.avis)
        phrases.append(f"Avis attendus, redemandés par de nouveaux liens : {numeros}.")
    if nombre := len(avant.absences) + len(avant.suppleances):
        phrases.append(f"Absences et suppléances annulées : {nombre}.")
    if reprise.reprendre_projets and avant.projets:
        phrases.append(f"Projets repris comme porteur : {', '.join(str(projet) for projet in avant.projets)}.")
    return phrases


__all__ = ["Apercu", "Reprise", "SuccessionImpossible", "apercu", "obstacles", "remplacer"]
