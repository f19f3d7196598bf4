"""What happens to a request for an opinion beside its answer: sent again, link revoked, handed on, taken back.

Nothing here changes a statut. Each gesture holds the row of the project, as an answer does: they never cross.
"""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from . import notifications
from .effets import prolonger
from .enums import Fait, Statut
from .journal import consigner
from .models import AvisIEN, DelegationAvis, Projet
from .models.instruction import nouveau_secret
from .permissions import Acteur, LienAvis, est_consulte, peut_gerer_demande, peut_transmettre_avis
from .workflow import ActionImpossible, ActionInterdite

DELEGATIONS_ACTIVES = 3  # a leaked link must not write to the whole world
DELEGATIONS_PAR_JOUR = 5
DELEGATIONS_EN_TOUT = 10
ENTRE_DEUX_LIENS = timedelta(hours=1)
LIENS_REDEMANDES_PAR_JOUR = 3


def _tenir(avis: AvisIEN) -> AvisIEN:
    """The request as it is now, its project held to the end of the transaction."""
    Projet.objects.select_for_update(no_key=True).get(pk=avis.projet_id)
    return AvisIEN.objects.select_related("projet__appel", "projet__porteur", "projet__structure", "correspondant").get(
        pk=avis.pk
    )


def _titre(par: Acteur) -> str:
    return par.au_titre_de if isinstance(par, LienAvis) else ""


# --- by the coordination in charge ------------------------------------------------------------------------------------


def peut_renvoyer(avis: AvisIEN) -> bool:
    return not avis.est_rendu and not avis.remplace and avis.projet.statut == Statut.AVIS_IEN


def peut_revoquer(avis: AvisIEN) -> bool:
    return not avis.remplace and avis.lien_ouvert


@transaction.atomic
def renvoyer(avis: AvisIEN, *, par: Acteur) -> list[str]:
    """A new link to the address of the directory; the old one dies. Where it went. Raises ActionImpossible."""
    avis = _tenir(avis)
    if not peut_gerer_demande(par, avis):
        raise ActionInterdite("Renvoyer une demande revient à la coordination en charge.")
    if not peut_renvoyer(avis):
        raise ActionImpossible("Cet avis n’est plus attendu : il n’y a rien à renvoyer.")
    adresses = notifications.adresses_de(avis)
    if not adresses:
        raise ActionImpossible("L’annuaire n’a aucune adresse pour cette autorité : faites-le d’abord compléter.")
    passage = consigner(avis.projet, Fait.AVIS_RENVOYE, par=par, vise=avis)
    changer_de_lien(avis)
    notifications.avis_demande(avis, f"renvoi-{passage.pk}")
    return adresses


def changer_de_lien(avis: AvisIEN) -> None:
    """A new link for an opinion awaited; the one written before no longer opens anything."""
    avis.secret, avis.lien_revoque_le = nouveau_secret(), None
    avis.save(update_fields=["secret", "lien_revoque_le"])
    prolonger(avis)


@transaction.atomic
def revoquer(avis: AvisIEN, *, par: Acteur, motif: str = "") -> None:
    """The link dies, and those of the delegates; the opinion can still be given with an account."""
    avis = _tenir(avis)
    if not peut_gerer_demande(par, avis):
        raise ActionInterdite("Révoquer un lien revient à la coordination en charge.")
    if not peut_revoquer(avis):
        raise ActionImpossible("Ce lien n’ouvre déjà plus rien.")
    maintenant = timezone.now()
    avis.secret, avis.lien_revoque_le = nouveau_secret(), maintenant
    avis.save(update_fields=["secret", "lien_revoque_le"])
    avis.delegations.filter(revoquee_le=None).update(revoquee_le=maintenant)
    consigner(avis.projet, Fait.LIEN_REVOQUE, par=par, motif=motif, vise=avis)


# --- by whoever holds an expired link ---------------------------------------------------------------------------------


@transaction.atomic
def redemander_un_lien(avis: AvisIEN) -> bool:
    """A link to the address of the directory, and only there, at most once an hour. Whether one left; never said on a page.

    A link that is still open is written again as it is: an old link cannot be used to kill it. One that the coordination
    revoked stays so.
    """
    avis = _tenir(avis)
    if not peut_renvoyer(avis) or avis.lien_revoque_le or timezone.now() < avis.lien_envoye_le + ENTRE_DEUX_LIENS:
        return False
    if not notifications.adresses_de(avis) or _redemandes(avis) >= LIENS_REDEMANDES_PAR_JOUR:
        return False
    passage = consigner(
        avis.projet,
        Fait.AVIS_RENVOYE,
        par=LienAvis(avis),
        au_titre_de=avis.nom_autorite[:100],
        motif="Demandé depuis un ancien lien.",
    )
    if avis.lien_ouvert:
        prolonger(avis)
    else:
        changer_de_lien(avis)
    notifications.avis_demande(avis, f"renvoi-{passage.pk}")
    return True


def _redemandes(avis: AvisIEN) -> int:
    hier = timezone.now() - timedelta(days=1)
    return avis.projet.passages.filter(action=Fait.AVIS_RENVOYE, par=None, le__gte=hier).count()


# --- by the authority ---------------------------------------------------------------------------------------------------


@transaction.atomic
def transmettre(avis: AvisIEN, *, par: Acteur, nom: str, courriel: str, message: str = "") -> DelegationAvis:
    """Hands a request on: the colleague receives a link of one's own, the authority a copy. Raises ActionImpossible."""
    avis = _tenir(avis)
    if not peut_transmettre_avis(par, avis):
        raise ActionInterdite("Cette demande d’avis ne peut pas être transmise d’ici.")
    if avis.projet.statut != Statut.AVIS_IEN:
        raise ActionImpossible("Cet avis n’est pas attendu pour l’instant : il n’y a rien à transmettre.")
    avis.delegations.filter(revoquee_le=None, lien_expire_le__lte=timezone.now()).update(revoquee_le=timezone.now())
    courriel = courriel.strip().lower()
    if phrase := _adresse_refusee(avis, courriel) or _trop_de_transmissions(avis):
        raise ActionImpossible(phrase)
    delegation = DelegationAvis.objects.create(
        avis=avis,
        nom=nom,
        courriel=courriel,
        message=message,
        par=par if par.pk else None,
        par_lien=isinstance(par, LienAvis),
    )
    consigner(avis.projet, Fait.AVIS_TRANSMIS, par=par, au_titre_de=_titre(par), vise=delegation)
    notifications.avis_transmis(delegation)
    notifications.avis_transmis_copie(delegation)
    return delegation


def _adresse_refusee(avis: AvisIEN, courriel: str) -> str:
    cle, porteur = _cle(courriel), avis.projet.porteur
    dossier = avis.projet.contenu
    siennes = {dossier.porteur_courriel, *notifications.courriels_du_porteur(avis.projet)}
    if porteur:
        siennes |= set(EmailAddress.objects.filter(user=porteur).values_list("email", flat=True))
    if cle in {_cle(adresse) for adresse in siennes if adresse}:
        return "Cette adresse est celle du porteur du projet : l’avis ne peut pas lui être confié."
    if cle in {_cle(adresse) for adresse in notifications.adresses_de(avis)}:
        return "Cette adresse a déjà reçu la demande : elle peut répondre par son propre lien."
    if courriel in avis.delegations.filter(revoquee_le=None).values_list("courriel", flat=True):
        return "Vous avez déjà transmis cette demande à cette adresse."
    domaines = settings.DELEGATIONS_DOMAINES
    if domaines and courriel.rpartition("@")[2] not in domaines:
        return f"La demande ne peut être transmise qu’à une adresse professionnelle : {', '.join(sorted(domaines))}."
    return ""


def _cle(adresse: str) -> str:
    """One mailbox under one writing: « nom+projet@ecole.fr » is « nom@ecole.fr »."""
    boite, _, domaine = adresse.strip().lower().rpartition("@")
    return f"{boite.partition('+')[0]}@{domaine}"


def _trop_de_transmissions(avis: AvisIEN) -> str:
    hier = timezone.now() - timedelta(days=1)
    toutes = list(avis.delegations.values_list("revoquee_le", "cree_le"))
    if sum(revoquee is None for revoquee, _ in toutes) >= DELEGATIONS_ACTIVES:
        return f"La demande est déjà transmise à {DELEGATIONS_ACTIVES} personnes : reprenez-en une avant d’en ajouter."
    if len(toutes) >= DELEGATIONS_EN_TOUT or sum(cree > hier for _, cree in toutes) >= DELEGATIONS_PAR_JOUR:
        return "Cette demande a été transmise trop de fois : écrivez à la coordination si besoin."
    return ""


@transaction.atomic
def reprendre(delegation: DelegationAvis, *, par: Acteur) -> None:
    """Takes a delegation back: its link dies. Also open to the coordination in charge. Raises ActionImpossible."""
    avis = _tenir(delegation.avis)
    delegue = isinstance(par, LienAvis) and par.delegation is not None
    if delegue or not (est_consulte(par, avis) or peut_gerer_demande(par, avis)):
        raise ActionInterdite("Reprendre une demande revient à l’autorité qui l’a transmise.")
    if not avis.delegations.filter(pk=delegation.pk, revoquee_le=None).update(revoquee_le=timezone.now()):
        raise ActionImpossible("Cette demande est déjà reprise.")
    consigner(
        avis.projet,
        Fait.LIEN_REVOQUE,
        par=par,
        au_titre_de=_titre(par),
        motif="Demande reprise.",
        vise=delegation,
    )


def delegations_de(avis: AvisIEN) -> list[DelegationAvis]:
    """Those in force, and the one through which the opinion was given."""
    return list(avis.delegations.filter(Q(revoquee_le=None) | Q(pk=avis.delegation_id)).order_by("pk"))
