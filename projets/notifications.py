"""One entry per courriel, and the outbox: rows written in the transaction of the event, never a mail sent from here.

Each mail is a folder of ``templates/projets/courriels/<gabarit>/`` with ``objet.txt`` and ``corps.txt``.
"""

import re
import textwrap
from collections.abc import Iterable

from django.conf import settings
from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse

from correspondants.models import Correspondant

from .models import AvisIEN, Courriel, Projet
from .valeurs import insecables

SEL_AVIS = "projets.avis"


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

    ``evenement`` names what happened (``depot:12:3``); addresses may repeat or be empty.
    """
    adresses = list(dict.fromkeys(adresse.strip().lower() for adresse in destinataires if adresse and adresse.strip()))
    if not adresses:
        return
    contexte = {
        "projet": projet,
        "appel": projet.appel if projet else None,
        "url_publique": settings.URL_PUBLIQUE,
        **contexte,
    }
    if projet and projet.numero:
        contexte["lien"] = lien(projet.get_absolute_url())
    dossier = f"projets/courriels/{gabarit}"
    objet = " ".join(render_to_string(f"{dossier}/objet.txt", contexte).split())
    texte = insecables(re.sub(r"\n{3,}", "\n\n", render_to_string(f"{dossier}/corps.txt", contexte).strip())) + "\n"
    Courriel.objects.bulk_create(
        (
            Courriel(
                cle=f"{evenement}:{gabarit}:{adresse}"[:200],
                gabarit=gabarit,
                projet=projet,
                destinataire=adresse,
                pour_services=pour_services,
                objet=textwrap.shorten(objet, 240, placeholder="…"),
                texte=texte,
            )
            for adresse in adresses
        ),
        ignore_conflicts=True,
    )


def lien(chemin: str) -> str:
    return settings.URL_PUBLIQUE.rstrip("/") + chemin


def courriels_du_porteur(projet: Projet) -> list[str]:
    return [projet.porteur.email] if projet.porteur else []


def courriels_de_role(*roles: str) -> list[str]:
    return list(Correspondant.objects.ayant_role(*roles).exclude(courriel="").values_list("courriel", flat=True))


# --- one function per mail --------------------------------------------------------------------------------------------


def accuse_reception(projet: Projet, rang: int) -> None:
    """To the porteur: your file arrived, its number, who follows it."""
    ecrire("accuse_reception", courriels_du_porteur(projet), f"depot:{projet.pk}:{rang}", projet=projet, rang=rang)


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


def avis_demande(avis: AvisIEN) -> None:
    """To the authority: the link opens the school-time part only, and asks for no account."""
    ecrire(
        "avis_demande",
        courriels_de_role(avis.autorite),
        f"avis:{avis.pk}",
        projet=avis.projet,
        pour_services=True,
        avis=avis,
        lien_avis=lien(reverse("avis_lien", args=[jeton_avis(avis)])),
    )


def avis_rendu(avis: AvisIEN) -> None:
    ecrire(
        "avis_rendu",
        courriels_de_role(avis.projet.coordination),
        f"avis-rendu:{avis.pk}",
        projet=avis.projet,
        pour_services=True,
        avis=avis,
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


def projet_retire(projet: Projet) -> None:
    ecrire(
        "projet_retire",
        courriels_de_role(projet.coordination),
        f"retrait:{projet.pk}",
        projet=projet,
        pour_services=True,
    )


def projet_clos(projet: Projet) -> None:
    ecrire("projet_clos", courriels_du_porteur(projet), f"cloture:{projet.pk}", projet=projet)


def bilan_depose(bilan: object) -> None:
    projet = bilan.exercice.projet
    ecrire(
        "bilan_depose",
        courriels_de_role(projet.coordination),
        f"bilan:{bilan.pk}:{bilan.depose_le:%s}",
        projet=projet,
        pour_services=True,
        bilan=bilan,
    )


def bilan_renvoye(bilan: object) -> None:
    projet = bilan.exercice.projet
    ecrire(
        "bilan_renvoye",
        courriels_du_porteur(projet),
        f"bilan-renvoye:{bilan.pk}:{bilan.depose_le:%s}",
        projet=projet,
        bilan=bilan,
    )


def bilan_accepte(bilan: object) -> None:
    projet = bilan.exercice.projet
    ecrire("bilan_accepte", courriels_du_porteur(projet), f"bilan-accepte:{bilan.pk}", projet=projet, bilan=bilan)


def relance_bilan(exercice: object, echeance: object, moment: str) -> None:
    """To the porteur, once per moment (before, on the day, after)."""
    ecrire(
        "relance_bilan",
        courriels_du_porteur(exercice.projet),
        f"relance-bilan:{exercice.pk}:{moment}",
        projet=exercice.projet,
        exercice=exercice,
        echeance=echeance,
        moment=moment,
    )


def relance_avis(avis: AvisIEN, rang: int) -> None:
    ecrire(
        "relance_avis",
        courriels_de_role(avis.autorite),
        f"relance-avis:{avis.pk}:{rang}",
        projet=avis.projet,
        pour_services=True,
        avis=avis,
        lien_avis=lien(reverse("avis_lien", args=[jeton_avis(avis)])),
    )


# --- the signed link of an opinion --------------------------------------------------------------------------------------


def jeton_avis(avis: AvisIEN) -> str:
    """Token of one opinion: signed and dated; it dies with the secret of its row, the opinion given, or its age."""
    return signing.dumps([avis.pk, avis.secret], salt=SEL_AVIS)


def avis_du_jeton(jeton: str) -> AvisIEN | None:
    """The opinion a token opens; None when it was forged, has expired or was revoked."""
    try:
        pk, secret = signing.loads(jeton, salt=SEL_AVIS, max_age=settings.DUREE_LIEN_AVIS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return AvisIEN.objects.en_vigueur().filter(pk=pk, secret=secret).select_related("projet__appel").first()


def est_signe(jeton: str) -> bool:
    """Whether a token was once ours, even if it no longer opens anything: what tells « expired » from « never existed »."""
    try:
        signing.loads(jeton, salt=SEL_AVIS)
    except (signing.BadSignature, ValueError):
        return False
    return True
