"""One entry per courriel, and the outbox: rows written in the transaction of the event, never a mail sent from here.

Each mail is a folder of ``templates/projets/courriels/<gabarit>/`` with ``objet.txt`` and ``corps.txt``.
"""

import re
import textwrap
from collections.abc import Iterable

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Lower
from django.template.loader import render_to_string
from django.urls import reverse

from correspondants.enums import COORDINATEURS, PILOTES, Role
from correspondants.models import Correspondant, Suppleance

from .enums_portail import EtatCourriel, FamilleCourriel, Rythme
from .liens_avis import jeton_avis, jeton_delegation
from .liens_signes import A_UNE_ADRESSE_CHOISIE, desarmer
from .models import Appel, AvisIEN, Courriel, DelegationAvis, Message, Projet, ReceptionCourriels, SeanceTroika
from .models.reception import PAR_DEFAUT
from .temps_scolaire import DELAI_AVIS
from .valeurs import insecables

# The mails whose pace the services set, each for oneself. A gabarit that is not here always leaves at once.
FAMILLES = {
    "nouveau_depot": FamilleCourriel.DEPOTS,
    "projet_retire": FamilleCourriel.DEPOTS,
    "retrait_seance": FamilleCourriel.DEPOTS,
    "retrait_avis": FamilleCourriel.AVIS_DEMANDES,
    "avis_demande": FamilleCourriel.AVIS_DEMANDES,
    "relance_avis": FamilleCourriel.AVIS_DEMANDES,
    "avis_rendu": FamilleCourriel.AVIS_RENDUS,
    "bilan_depose": FamilleCourriel.BILANS,
    "budget_revise_confirme": FamilleCourriel.BILANS,
    "message_recu": FamilleCourriel.MESSAGES,
    "message_interne": FamilleCourriel.MESSAGES,
}
_ETATS = {
    Rythme.IMMEDIAT: EtatCourriel.A_ENVOYER,
    Rythme.QUOTIDIEN: EtatCourriel.A_REGROUPER,
    Rythme.JAMAIS: EtatCourriel.NON_VOULU,
}


def ecrire(
    gabarit: str,
    destinataires: Iterable[str],
    evenement: str,
    *,
    projet: Projet | None = None,
    pour_services: bool = False,
    **contexte: object,
) -> None:
    """Puts one mail per address into the outbox. The same event never writes twice to the same address.

    ``evenement`` names what happened (``depot:12:3``); addresses may repeat or be empty. A mail for the services follows the
    choice of its reader: at once, in the digest of the day, or kept on the project's page only.
    """
    adresses = list(dict.fromkeys(adresse.strip().lower() for adresse in destinataires if adresse and adresse.strip()))
    if not adresses:
        return
    appel = projet.appel if projet else Appel.objects.filter(courant=True).first()
    contexte = {"projet": projet, "appel": appel, **contexte}
    if projet and projet.numero:
        contexte["lien"] = lien(projet.get_absolute_url())
    objet, texte = composer(gabarit, contexte)
    etats = _etats(gabarit, adresses) if pour_services else {}
    Courriel.objects.bulk_create(
        (
            Courriel(
                cle=f"{evenement}:{gabarit}:{adresse}"[:200],
                gabarit=gabarit,
                projet=projet,
                destinataire=adresse,
                pour_services=pour_services,
                objet=objet,
                texte=texte,
                etat=etats.get(adresse, EtatCourriel.A_ENVOYER),
            )
            for adresse in adresses
        ),
        ignore_conflicts=True,
    )


def composer(gabarit: str, contexte: dict[str, object]) -> tuple[str, str]:
    """Subject and text of one mail, as it will be read."""
    dossier = f"projets/courriels/{gabarit}"
    contexte = {"url_publique": settings.URL_PUBLIQUE, **contexte}
    objet = " ".join(render_to_string(f"{dossier}/objet.txt", contexte).split())
    texte = insecables(re.sub(r"\n{3,}", "\n\n", render_to_string(f"{dossier}/corps.txt", contexte).strip())) + "\n"
    if gabarit in A_UNE_ADRESSE_CHOISIE:
        objet, texte = (desarmer(morceau, settings.URL_PUBLIQUE) for morceau in (objet, texte))
    return textwrap.shorten(objet, 240, placeholder="…"), texte


def receptions(adresses: Iterable[str]) -> dict[str, ReceptionCourriels]:
    """The choices behind addresses: of the account, or of the account of the directory line that has this address."""
    adresses = list(adresses)
    trouvees = (
        ReceptionCourriels.objects.annotate(
            compte=Lower("utilisateur__email"), annuaire=Lower("utilisateur__correspondant__courriel")
        )
        .filter(Q(compte__in=adresses) | Q(annuaire__in=adresses))
        .order_by("pk")
    )
    par_adresse: dict[str, ReceptionCourriels] = {}
    for reception in trouvees:
        for adresse in (reception.annuaire, reception.compte):
            if adresse in adresses:
                par_adresse[adresse] = reception
    return par_adresse


def _etats(gabarit: str, adresses: list[str]) -> dict[str, EtatCourriel]:
    famille = FAMILLES.get(gabarit)
    if famille is None:
        return {}
    choix = receptions(adresses)
    return {
        adresse: _ETATS[choix[adresse].rythme(famille) if adresse in choix else PAR_DEFAUT[famille]]
        for adresse in adresses
    }


def lien(chemin: str) -> str:
    return settings.URL_PUBLIQUE.rstrip("/") + chemin


def courriels_du_porteur(projet: Projet) -> list[str]:
    return [projet.porteur.email] if projet.porteur else []


def courriels_de_role(*roles: str) -> list[str]:
    """Those who hold one of the roles, and today's substitutes of those who are away."""
    joignables = Correspondant.objects.joignables_pour(*roles).exclude(courriel="")
    return list(joignables.values_list("courriel", flat=True))


# --- one function per mail --------------------------------------------------------------------------------------------


def accuse_reception(projet: Projet, rang: int) -> None:
    """To the porteur: your file arrived, its number, who follows it."""
    ecrire(
        "accuse_reception",
        courriels_du_porteur(projet),
        f"depot:{projet.pk}:{rang}",
        projet=projet,
        rang=rang,
        lien_accuse=lien(reverse("accuse_pdf", args=[projet.numero])),
    )


def nouveau_depot(projet: Projet, rang: int) -> None:
    """To the coordination in charge: a file arrived, or came back."""
    ecrire(
        "nouveau_depot",
        courriels_de_role(projet.coordination),
        f"depot:{projet.pk}:{rang}",
        projet=projet,
        pour_services=True,
        rang=rang,
    )


def complements_demandes(projet: Projet, demande: object) -> None:
    ecrire(
        "complements_demandes",
        courriels_du_porteur(projet),
        f"complements:{demande.pk}",
        projet=projet,
        demande=demande,
    )


def relance_complements(demande: object, moment: str) -> None:
    """To the porteur, once per moment: the questions are still open."""
    ecrire(
        "relance_complements",
        courriels_du_porteur(demande.projet),
        f"relance-complements:{demande.pk}:{moment}",
        projet=demande.projet,
        demande=demande,
    )


def adresses_consultees(autorite: str, correspondant: Correspondant | None, projet: Projet) -> list[str]:
    """Where a request for an opinion goes: the person named by the schools and her substitutes of today, else all who hold
    the role. Never the porteur."""
    if correspondant and correspondant.actif:
        suppleants = Suppleance.objects.en_cours().filter(absent=correspondant, suppleant__actif=True)
        adresses = [correspondant.courriel, *suppleants.values_list("suppleant__courriel", flat=True)]
    else:
        adresses = courriels_de_role(autorite)
    siennes = {adresse.lower() for adresse in courriels_du_porteur(projet)}
    return [adresse for adresse in adresses if adresse and adresse.lower() not in siennes]


def adresses_de(avis: AvisIEN) -> list[str]:
    return adresses_consultees(avis.autorite, avis.correspondant, avis.projet)


def avis_demande(avis: AvisIEN, envoi: str = "") -> None:
    """To the authority: the link opens the school-time part only, and asks for no account. ``envoi`` names a new sending."""
    ecrire(
        "avis_demande",
        adresses_de(avis),
        f"avis:{avis.pk}{f':{envoi}' if envoi else ''}",
        projet=avis.projet,
        pour_services=True,
        avis=avis,
        delai=DELAI_AVIS.days,
        nouvel_envoi=bool(envoi),
        lien_avis=lien_de(avis),
    )


def avis_transmis(delegation: DelegationAvis) -> None:
    """To the colleague the request was handed to: a link of one's own, and the words of who handed it on."""
    ecrire(
        "avis_transmis",
        [delegation.courriel],
        f"delegation:{delegation.avis_id}:{delegation.pk}",
        projet=delegation.avis.projet,
        pour_services=True,
        avis=delegation.avis,
        delegation=delegation,
        lien_avis=lien_de(delegation),
    )


def avis_transmis_copie(delegation: DelegationAvis) -> None:
    """To the authority, at its address of the directory: whoever held the link, it knows to whom the request went."""
    ecrire(
        "avis_transmis_copie",
        adresses_de(delegation.avis),
        f"delegation:{delegation.avis_id}:{delegation.pk}",
        projet=delegation.avis.projet,
        pour_services=True,
        avis=delegation.avis,
        delegation=delegation,
        lien_avis=lien_de(delegation.avis),
    )


def avis_rendu(avis: AvisIEN, *, corrige: bool = False) -> None:
    """To the coordination in charge; to the authority too when a delegate answered for it."""
    ecrire(
        "avis_rendu",
        [*courriels_de_role(avis.projet.coordination), *(adresses_de(avis) if avis.delegation_id else [])],
        f"avis-rendu:{avis.pk}{f':{avis.rendu_le:%s%f}' if corrige else ''}",
        projet=avis.projet,
        pour_services=True,
        avis=avis,
        corrige=corrige,
    )


def decision_publiee(projet: Projet, decision: object, lettre: object) -> None:
    """To the porteur: what was decided, and where its letter is."""
    ecrire(
        "decision_publiee",
        courriels_du_porteur(projet),
        f"decision:{decision.pk}",
        projet=projet,
        decision=decision,
        lien_lettre=lien(f"{reverse('lettre_pdf', args=[projet.numero])}?reference={lettre.reference}"),
    )


def projet_retire(projet: Projet, motif: str = "") -> None:
    """To the coordination in charge, with the porteur's words if there are any."""
    ecrire(
        "projet_retire",
        courriels_de_role(projet.coordination),
        f"retrait:{projet.pk}",
        projet=projet,
        pour_services=True,
        motif=motif.strip(),
    )


def retrait_avis(avis: AvisIEN) -> None:
    """To the authority, and to those it handed the request to: the opinion is not waited for any more."""
    delegues = [une.courriel for une in avis.delegations.all() if une.revoquee_le is None]
    ecrire(
        "retrait_avis",
        [*adresses_de(avis), *delegues],
        f"retrait-avis:{avis.pk}",
        projet=avis.projet,
        pour_services=True,
        avis=avis,
    )


def retrait_seance(projet: Projet, seance: SeanceTroika) -> None:
    """To those who prepare the meeting: one project less on its agenda. Never to the porteur."""
    siennes = {adresse.lower() for adresse in courriels_du_porteur(projet)}
    autres = sorted({*PILOTES, *COORDINATEURS} - {projet.coordination})
    ecrire(
        "retrait_seance",
        [adresse for adresse in courriels_de_role(*autres) if adresse.lower() not in siennes],
        f"retrait-seance:{projet.pk}:{seance.pk}",
        projet=projet,
        pour_services=True,
        seance=seance,
    )


def projet_clos(projet: Projet) -> None:
    ecrire("projet_clos", courriels_du_porteur(projet), f"cloture:{projet.pk}", projet=projet)


def message_porteur(message: Message) -> None:
    """To the porteur: what the coordination wrote; one answers on the portal."""
    projet = message.projet
    ecrire("message_porteur", courriels_du_porteur(projet), f"message:{message.pk}", projet=projet, message=message)


def message_recu(message: Message) -> None:
    """To the coordination in charge: the porteur wrote."""
    projet = message.projet
    ecrire(
        "message_recu",
        _adresses_des_services(message, projet.coordination),
        f"message:{message.pk}",
        projet=projet,
        pour_services=True,
        message=message,
    )


def message_interne(message: Message) -> None:
    """To both coordinations, and to those of the services who wrote in the thread; never to the porteur of the project."""
    ecrire(
        "message_interne",
        _adresses_des_services(message, *COORDINATEURS),
        f"message:{message.pk}",
        projet=message.projet,
        pour_services=True,
        message=message,
    )


def _adresses_des_services(message: Message, *roles: str) -> list[str]:
    """Addresses of these roles (and, for an internal message, of who took part), without the author and the porteur.

    The porteur may also work for the services: the line of the directory and the address are both looked at.
    """
    projet, destinataires = message.projet, Correspondant.objects.joignables_pour(*roles)
    if message.interne:
        participants = Message.objects.filter(projet=projet, interne=True).values("auteur")
        services = Correspondant.objects.ayant_role(*COORDINATEURS, *PILOTES, Role.ADMIN)
        destinataires = destinataires | services.filter(utilisateur__in=participants)
    ecartes = {compte.pk: compte.email.lower() for compte in (message.auteur, projet.porteur) if compte}
    return [
        adresse
        for adresse, compte in destinataires.exclude(courriel="").values_list("courriel", "utilisateur")
        if compte not in ecartes and adresse.lower() not in ecartes.values()
    ]


def relance_bilan(exercice: object, echeance: object, moment: str) -> None:
    """To the porteur, once per moment (before, on the day, after)."""
    ecrire(
        "relance_bilan",
        courriels_du_porteur(exercice.projet),
        # An extension moves the day: its reminders are others.
        f"relance-bilan:{exercice.pk}:{moment}{f':{echeance:%Y%m%d}' if exercice.prolonge_au else ''}",
        projet=exercice.projet,
        exercice=exercice,
        echeance=echeance,
        moment=moment,
    )


def relance_avis(avis: AvisIEN, rang: str, delegation: DelegationAvis | None = None) -> None:
    """To the authority, or to one of its delegates, through each one's own link."""
    ecrire(
        "relance_avis",
        [delegation.courriel] if delegation else adresses_de(avis),
        f"relance-avis:{avis.pk}:{rang}{f':{delegation.pk}' if delegation else ''}",
        projet=avis.projet,
        pour_services=True,
        avis=avis,
        delegation=delegation,
        lien_avis=lien_de(delegation or avis),
        expire_le=(delegation or avis).lien_expire_le,
    )


def lien_de(demande: AvisIEN | DelegationAvis) -> str:
    """The address that opens one request, for its authority or for a delegate."""
    jeton = jeton_avis(demande) if isinstance(demande, AvisIEN) else jeton_delegation(demande)
    return lien(reverse("avis_lien", args=[jeton]))
