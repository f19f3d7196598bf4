"""Erasing what speaks of a person: in one project, or everywhere for one account. The only place where it is done.

The journal is never touched: a line names its author by the number of the account, which stays, so that its fingerprint and
the chain stay true; the account itself then says « Compte effacé 42 » and nothing else. What a duty to keep covers stays until
its term: the file of a funded project (public money), minutes and letters, messages of an instruction.
"""

from dataclasses import dataclass, field
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from correspondants.models import Correspondant, Invitation, Succession, Utilisateur

from .dossier import Dossier
from .enregistrement import texte_de_recherche
from .enums import Fait, Statut
from .enums_portail import EtatCourriel
from .journal import consigner
from .models import (
    AvisIEN,
    Bilan,
    ChampACompleter,
    Courriel,
    DelegationAvis,
    DemandeComplements,
    Depot,
    ExportDemande,
    FiltreEnregistre,
    FluxAgenda,
    Intervention,
    LectureMessages,
    Lettre,
    MembreStructure,
    Message,
    Partage,
    Passage,
    Piece,
    PriseDeVues,
    Projet,
    ReceptionCourriels,
    Transmission,
)

EFFACE = "[effacé]"
TEXTE_EFFACE = "Texte effacé au terme de sa durée de conservation."
# The answers of a file that speak of people. The name of an organisation is none.
REPONSES = (
    "representant_nom",
    "representant_fonction",
    "porteur_nom",
    "porteur_fonction",
    "porteur_courriel",
    "porteur_telephone",
    "signataire_nom",
    "signataire_qualite",
)
# Those that name a person too, when the organisation is one (« personne physique »).
IDENTITE = ("structure_nom", "structure_siret", "structure_rna", "structure_adresse")
DOMAINE = "anonyme.invalid"  # reserved (RFC 2606): no mail will ever leave for it
# Those that will not leave any more: what is written in them is nobody's news.
COURRIELS_FINIS = (
    EtatCourriel.ENVOYE,
    EtatCourriel.REGROUPE,
    EtatCourriel.NON_VOULU,
    EtatCourriel.ECHEC,
    EtatCourriel.RETENU,
)
SANS_SUITE = (Statut.REFUSE, Statut.RETIRE, Statut.AJOURNE)


def est_efface(compte: Utilisateur) -> bool:
    return compte.email.endswith(f"@{DOMAINE}")


# --- one project ------------------------------------------------------------------------------------------------------


def sans_personne(donnees: dict[str, Any]) -> dict[str, Any]:
    """The content of a file without the people it names; the rest as it was."""
    propres = donnees | {champ: EFFACE if donnees.get(champ) else "" for champ in REPONSES if champ in donnees}
    if propres.get("porteur_courriel"):
        propres["porteur_courriel"] = ""
    if isinstance(donnees.get("interventions"), list):
        propres["interventions"] = _sans_intervenants(donnees["interventions"])
    return propres


def _sans_intervenants(lignes: list[Any]) -> list[Any]:
    return [
        ligne | {"intervenants": EFFACE} if isinstance(ligne, dict) and ligne.get("intervenants") else ligne
        for ligne in lignes
    ]


def sans_entrepreneur(donnees: dict[str, Any]) -> dict[str, Any]:
    """The content of the file of a sole trader without what names the business: it names its owner."""
    return donnees | {champ: EFFACE if donnees.get(champ) else "" for champ in IDENTITE if champ in donnees}


@transaction.atomic
def supprimer_brouillon(projet: Projet) -> bool:
    """A draft never deposited goes whole, with its files; False when it was deposited or changed meanwhile."""
    tenu = Projet.objects.select_for_update().filter(
        pk=projet.pk, statut=Statut.BROUILLON, depose_le=None, version=projet.version, modifie_le=projet.modifie_le
    )
    if not tenu.exists() or Passage.objects.filter(projet=projet).exists():
        return False
    _oublier_les_fichiers(projet.pieces.all())
    projet.delete()
    return True


@transaction.atomic
def anonymiser_projet(projet: Projet, motif: str) -> None:
    """Takes the people out of a finished project; what was decided, granted, spent and counted stays.

    Raises ModificationConcurrente when somebody changed the project meanwhile.
    """
    projet.prendre_la_main()
    est_une_personne = bool(projet.structure and projet.structure.personne_physique)

    def propre(donnees: dict[str, Any]) -> dict[str, Any]:
        return sans_entrepreneur(sans_personne(donnees)) if est_une_personne else sans_personne(donnees)

    projet.donnees, projet.lecture = propre(projet.donnees), {}
    projet.recherche = texte_de_recherche(projet, Dossier.depuis_json(projet.donnees))
    projet.anonymise_le = timezone.now()
    projet.save(update_fields=["donnees", "lecture", "recherche", "anonymise_le"])
    for depot in Depot.objects.filter(projet=projet):
        Depot.objects.filter(pk=depot.pk).update(donnees=propre(depot.donnees))
    for demande in DemandeComplements.objects.filter(projet=projet):
        DemandeComplements.objects.filter(pk=demande.pk).update(donnees_avant=propre(demande.donnees_avant))
    # Questions about the people, and their answers: both name them.
    ChampACompleter.objects.filter(demande__projet=projet, champ__in=REPONSES).update(motif=EFFACE)
    ChampACompleter.objects.filter(demande__projet=projet, champ__in=REPONSES).exclude(reponse="").update(
        reponse=EFFACE
    )
    for avis in AvisIEN.objects.filter(projet=projet):
        AvisIEN.objects.filter(pk=avis.pk).update(partie=_sans_intervenants(avis.partie))
    PriseDeVues.objects.filter(projet=projet).exclude(gardees_par="").update(gardees_par=EFFACE)
    Intervention.objects.filter(projet=projet).exclude(intervenants="").update(intervenants=EFFACE)
    _oublier_les_fichiers(projet.pieces.all())
    Bilan.objects.filter(exercice__projet=projet).update(signataire=EFFACE, lecture={})
    Lettre.objects.filter(decision__point__projet=projet).delete()
    Message.objects.filter(projet=projet).update(texte=TEXTE_EFFACE)  # the one way past its ``save``, on purpose
    Courriel.objects.filter(projet=projet).delete()
    Transmission.objects.filter(projet=projet).delete()
    Partage.objects.filter(projet=projet).delete()
    DelegationAvis.objects.filter(avis__projet=projet).update(nom=EFFACE, courriel=f"efface@{DOMAINE}", message="")
    if est_une_personne and not projet.structure.projets.filter(anonymise_le=None).exists():
        anonyme = {"nom": f"Personne effacée {projet.structure_id}", "siret": "", "rna": "", "adresse": ""}
        for champ, valeur in anonyme.items():
            setattr(projet.structure, champ, valeur)
        projet.structure.save(update_fields=[*anonyme, "cle"])
    consigner(projet, Fait.ANONYMISE, par=None, motif=motif)


def _oublier_les_fichiers(pieces: Any) -> None:
    """Rows now, files once the transaction is committed: a file never goes before the line that names it."""
    for piece in list(pieces):
        transaction.on_commit(lambda fichier=piece.fichier: fichier.storage.delete(fichier.name))
    Piece.objects.filter(pk__in=[piece.pk for piece in pieces]).delete()


# --- one person -------------------------------------------------------------------------------------------------------


class EffacementImpossible(Exception):
    """``obstacles`` are the sentences that say why. Nothing was written."""

    def __init__(self, *obstacles: str) -> None:
        self.obstacles = obstacles
        super().__init__(" ".join(obstacles))


@dataclass(frozen=True)
class Apercu:
    """What erasing an account would do: sentences, in French."""

    obstacles: tuple[str, ...] = ()
    part: tuple[str, ...] = field(default=())
    reste: tuple[str, ...] = field(default=())


def obstacles(compte: Utilisateur) -> list[str]:
    phrases = []
    if est_efface(compte):
        phrases.append("Ce compte est déjà effacé.")
    if compte.is_superuser:
        phrases.append("Ce compte administre la machine : retirez-lui d’abord ce droit.")
    ligne = Correspondant.objects.filter(utilisateur=compte, actif=True).first()
    if ligne:
        phrases.append(
            f"Une fonction tenue dans l’annuaire ({ligne.titre}) : la personne est d’abord remplacée, et ce qui est en cours "
            "passe à son successeur."
        )
    en_cours = Projet.objects.filter(porteur=compte).exclude(depose_le=None).exclude(statut__in=_finis())
    if nombre := en_cours.count():
        accord = "doivent d’abord être transmis ou retirés" if nombre > 1 else "doit d’abord être transmis ou retiré"
        phrases.append(f"{_s(nombre, 'projet')} en cours {accord}.")
    return phrases


def _s(nombre: int, nom: str) -> str:
    """« 1 projet », « 3 projets financés »: every word of the name takes the plural."""
    return f"{nombre} " + " ".join(mot + "s" * (nombre > 1) for mot in nom.split())


def _finis() -> list[Statut]:
    return [statut for statut in Statut if statut.est_final or statut in SANS_SUITE]


def apercu(compte: Utilisateur) -> Apercu:
    siens = Projet.objects.filter(porteur=compte)
    brouillons, finances = siens.filter(depose_le=None).count(), siens.filter(statut=Statut.CLOS).count()
    sans_suite = siens.filter(statut__in=SANS_SUITE).exclude(depose_le=None).count()
    part = [
        "Le nom, l’adresse électronique, le mot de passe, le second facteur et les réglages du compte, qui ne s’ouvre plus.",
        "Les invitations, transmissions et délégations d’avis à son adresse, et le texte des courriels reçus.",
    ]
    if brouillons:
        part.append(f"{_s(brouillons, 'brouillon')}, avec les fichiers.")
    if sans_suite:
        part.append(f"Les personnes nommées dans {_s(sans_suite, 'projet')} sans suite, et les fichiers envoyés.")
    reste = [
        "Le journal : chaque ligne garde le numéro du compte, sans son nom.",
        (
            "Un motif écrit à la main au journal qui nommerait la personne : c’est la preuve d’un acte administratif "
            "(article 17.3.b du RGPD)."
        ),
        "Les avis, voix, décisions et messages déjà écrits, signés « Compte effacé » : ils appartiennent à l’instruction.",
    ]
    if finances:
        reste.append(
            f"Le dossier de {_s(finances, 'projet financé')} : c’est la justification d’une subvention publique, jusqu’au terme "
            "de sa durée de conservation."
        )
    return Apercu(tuple(obstacles(compte)), tuple(part), tuple(reste))


@transaction.atomic
def effacer_compte(compte: Utilisateur, *, par: Utilisateur | None, motif: str) -> None:
    """Erases a person, all or nothing. Raises EffacementImpossible, or ModificationConcurrente for a project that moved."""
    compte = Utilisateur.objects.select_for_update(of=("self",)).get(pk=compte.pk)
    if phrases := obstacles(compte):
        raise EffacementImpossible(*phrases)
    adresse, pseudonyme = compte.email, f"Compte effacé {compte.pk}"
    neuve = f"efface-{compte.pk}@{DOMAINE}"
    for projet in Projet.objects.filter(porteur=compte, depose_le=None):
        if not supprimer_brouillon(projet):  # withdrawn before any deposit, with lines in the journal
            anonymiser_projet(projet, "Compte effacé.")
    for projet in Projet.objects.filter(porteur=compte, statut__in=SANS_SUITE, anonymise_le=None):
        anonymiser_projet(projet, "Compte effacé.")
    _effacer_l_adresse(adresse, compte.nom, neuve, pseudonyme)
    _effacer_les_reglages(compte)
    for ligne in Correspondant.objects.filter(utilisateur=compte):  # inactive: see ``obstacles``
        ligne.nom, ligne.courriel, ligne.telephone, ligne.utilisateur = "", "", "", None
        ligne.save()
    Succession.objects.filter(ancien_compte=compte).update(
        ancien_nom=pseudonyme, ancien_courriel=neuve, mouvements="", motif=""
    )
    compte.email, compte.nom, compte.last_login = neuve, pseudonyme, None
    compte.is_active = compte.is_staff = False
    compte.set_unusable_password()  # ends every session
    compte.save()
    consigner(None, Fait.COMPTE_EFFACE, par=par, motif=f"{pseudonyme}. {motif}".strip())


def _effacer_l_adresse(adresse: str, nom: str, neuve: str, pseudonyme: str) -> None:
    """Everywhere an address is written beside the account."""
    for courriel in Courriel.objects.filter(destinataire__iexact=adresse):
        Courriel.objects.filter(pk=courriel.pk).update(
            destinataire=neuve, cle=f"efface:{courriel.pk}", texte=TEXTE_EFFACE, html="", erreur=""
        )
    # What was written to others about them. Of a name, only the whole of it: half of it is many people's.
    parlent = Q(texte__icontains=adresse) | Q(html__icontains=adresse)
    if " " in nom.strip():
        parlent |= Q(texte__icontains=nom.strip())
    Courriel.objects.filter(parlent, etat__in=COURRIELS_FINIS).update(texte=TEXTE_EFFACE, html="")
    Invitation.objects.filter(courriel__iexact=adresse).update(courriel=neuve)
    Transmission.objects.filter(courriel__iexact=adresse).update(courriel=neuve, message="")
    # Its past projects stay those of the structure for the other members: the row keeps the account, without its address.
    anciens = MembreStructure.objects.filter(courriel__iexact=adresse)
    anciens.filter(accepte_le=None).delete()
    for membre in anciens:
        partie = membre.retire_le or timezone.now()
        MembreStructure.objects.filter(pk=membre.pk).update(courriel=neuve, retire_le=partie)
    Partage.objects.filter(courriel__iexact=adresse).update(courriel=neuve)
    for delegation in DelegationAvis.objects.filter(courriel__iexact=adresse):
        DelegationAvis.objects.filter(pk=delegation.pk).update(nom=pseudonyme, courriel=neuve, message="")
    Succession.objects.filter(nouveau_courriel__iexact=adresse).update(
        nouveau_nom=pseudonyme, nouveau_courriel=neuve, mouvements="", motif=""
    )


def _effacer_les_reglages(compte: Utilisateur) -> None:
    for demande in ExportDemande.objects.filter(Q(par=compte) | Q(genre="personne", parametres__compte=compte.pk)):
        if demande.fichier:
            transaction.on_commit(lambda fichier=demande.fichier: fichier.storage.delete(fichier.name))
        demande.delete()
    for modele in (ReceptionCourriels, FiltreEnregistre, FluxAgenda, LectureMessages):
        modele.objects.filter(utilisateur=compte).delete()
    for modele in (EmailAddress, Authenticator, SocialAccount):
        modele.objects.filter(user=compte).delete()
    LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Utilisateur), object_id=str(compte.pk)
    ).delete()


__all__ = [
    "Apercu",
    "EffacementImpossible",
    "anonymiser_projet",
    "apercu",
    "effacer_compte",
    "est_efface",
    "obstacles",
    "supprimer_brouillon",
]
