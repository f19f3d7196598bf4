"""The daily digest of the services: what somebody chose not to receive one by one, in a single mail a working day.

The rows are in the outbox already, written with what they tell (``notifications.ecrire``); they wait in the state
``A_REGROUPER``. ``regrouper`` makes one mail per person out of them, at the hour of each, and ties them to it. A person whose
choices have changed meanwhile still receives what was waiting, in that mail: no row is ever left behind.
"""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from .enums import Statut, StatutBilan
from .enums_portail import EtatCourriel, FamilleCourriel
from .jours import est_ouvre
from .models import Appel, Bilan, Courriel
from .models.reception import HEURE_PAR_DEFAUT
from .notifications import FAMILLES, composer, lien, receptions

LIGNES_PAR_PARTIE = 15
GABARIT = "recapitulatif"


@dataclass(frozen=True)
class Entree:
    """One line: what happened to which project, and where to go."""

    quoi: str
    lien: str


@dataclass(frozen=True)
class Partie:
    """Lines that ask for the same thing; ``autres`` is how many are not written out, ``suite`` where they all are."""

    titre: str
    entrees: tuple[Entree, ...]
    autres: int
    suite: str


def regrouper(maintenant: datetime | None = None) -> int:
    """Writes the digests that are due: the number written. On working days only, from each person's hour, once a day."""
    local = timezone.localtime(maintenant)
    if not est_ouvre(local.date()):
        return 0
    en_attente = Courriel.objects.filter(etat=EtatCourriel.A_REGROUPER).order_by()
    adresses = sorted(en_attente.values_list("destinataire", flat=True).distinct())
    heures = {adresse: reception.heure for adresse, reception in receptions(adresses).items()}
    dues = [adresse for adresse in adresses if local.hour >= heures.get(adresse, HEURE_PAR_DEFAUT)]
    return sum(_regrouper(adresse, local) for adresse in dues)


@transaction.atomic
def _regrouper(adresse: str, local: datetime) -> bool:
    """One person's digest of the day. The rows are held: a second worker then finds none left, or the mail already there."""
    cle = f"{GABARIT}:{local:%Y-%m-%d}:{adresse}"[:200]
    if Courriel.objects.filter(cle=cle).exists():
        return False
    lignes = list(
        Courriel.objects.select_for_update(of=("self",))
        .filter(etat=EtatCourriel.A_REGROUPER, destinataire=adresse)
        .select_related("projet")
        .order_by("pk")
    )
    if not lignes:
        return False
    parties = composer_parties(lignes)
    objet, texte = composer(GABARIT, {"parties": parties, "nombre": len(lignes), "appel": _appel(lignes)})
    recapitulatif = Courriel.objects.create(
        cle=cle, gabarit=GABARIT, destinataire=adresse, pour_services=True, objet=objet, texte=texte
    )
    Courriel.objects.filter(pk__in=[ligne.pk for ligne in lignes]).update(
        etat=EtatCourriel.REGROUPE, recapitulatif=recapitulatif
    )
    return True


def _appel(lignes: Iterable[Courriel]) -> Appel | None:
    return (
        next((ligne.projet.appel for ligne in lignes if ligne.projet), None)
        or Appel.objects.filter(courant=True).first()
    )


# --- what it says ---------------------------------------------------------------------------------------------------

# Title of each part, in the order of what asks for something first; where all of it is found.
TITRES = {
    "avis_demandes": ("Votre avis est attendu", lambda: reverse("avis")),
    "verifier": ("À vérifier : projets déposés", lambda: reverse("coordination") + "?a_faire=nouveaux"),
    "bilans": ("À examiner : bilans déposés", lambda: reverse("coordination") + "?a_faire=bilans"),
    "messages": ("Messages à lire", lambda: reverse("coordination")),
    "avis_rendus": ("Pour information : avis rendus", lambda: reverse("coordination")),
    "information": ("Pour information : déjà traité ou retiré", lambda: reverse("coordination")),
}
PARTIE_DE = {
    FamilleCourriel.AVIS_DEMANDES: "avis_demandes",
    FamilleCourriel.DEPOTS: "verifier",
    FamilleCourriel.BILANS: "bilans",
    FamilleCourriel.MESSAGES: "messages",
    FamilleCourriel.AVIS_RENDUS: "avis_rendus",
}


def composer_parties(lignes: list[Courriel]) -> list[Partie]:
    """The rows, grouped by what they ask now: a project already taken in hand since is no more than information."""
    a_examiner = set(
        Bilan.objects.filter(
            exercice__projet__in=[ligne.projet_id for ligne in lignes if ligne.gabarit == "bilan_depose"],
            statut=StatutBilan.DEPOSE,
        ).values_list("exercice__projet", flat=True)
    )
    groupes: dict[str, dict[tuple, Courriel]] = {nom: {} for nom in TITRES}
    for ligne in lignes:
        # The same thing said twice of the same project (a new version, a reminder) is said once, by the last row.
        groupe = groupes[_partie(ligne, a_examiner)]
        cle = (ligne.projet_id, ligne.gabarit) if ligne.gabarit == "nouveau_depot" else (ligne.projet_id, ligne.objet)
        groupe.pop(cle, None)
        groupe[cle] = ligne
    return [
        Partie(
            TITRES[nom][0],
            tuple(_entree(ligne) for ligne in list(groupe.values())[:LIGNES_PAR_PARTIE]),
            max(0, len(groupe) - LIGNES_PAR_PARTIE),
            lien(TITRES[nom][1]()),
        )
        for nom, groupe in groupes.items()
        if groupe
    ]


def _partie(ligne: Courriel, a_examiner: set[int]) -> str:
    if ligne.gabarit == "nouveau_depot" and ligne.projet and ligne.projet.statut != Statut.DEPOSE:
        return "information"
    if ligne.gabarit == "projet_retire" or (ligne.gabarit == "bilan_depose" and ligne.projet_id not in a_examiner):
        return "information"
    return PARTIE_DE.get(FAMILLES.get(ligne.gabarit), "information")


_DISENT_LE_TITRE = frozenset({"nouveau_depot"})


def _entree(ligne: Courriel) -> Entree:
    projet, quoi = ligne.projet, ligne.objet
    if projet is None:
        return Entree(quoi, "")
    if ligne.gabarit not in _DISENT_LE_TITRE and projet.titre:
        quoi = f"{quoi} – {textwrap.shorten(projet.titre, 80, placeholder='…')}"
    demande = FAMILLES.get(ligne.gabarit) == FamilleCourriel.AVIS_DEMANDES
    return Entree(quoi, lien(reverse("avis") if demande else projet.get_absolute_url()))
