"""One prepared world for the tests of the whole surface: its people, its projects, and every address with its arguments."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils import timezone

from correspondants.enums import Role
from correspondants.models import Correspondant, Utilisateur
from projets import invitations, liens_agenda, membres, partages, reprises, suppleances, transmissions
from projets.enums import Statut
from projets.liens_avis import jeton_avis
from projets.models import AvisIEN, DelegationAvis, ExportDemande, Projet, SeanceTroika

from . import fabriques

# Who knocks, in the order of the table of rights.
PERSONNES = ("visiteur", "etranger", "porteur", "autre_porteur", "autre_ien", *Role.values)
# What only a published meeting gives.
PUBLIES = ("lettre_pdf", "lettre_word", "troika_lettres", "troika_projets_de_lettres", "troika_compte_rendu_word")


@dataclass
class Monde:
    projet: Projet  # on the agenda of a meeting, of `porteur`, asked of one IEN by name
    publie: Projet  # of the same porteur, granted by a published meeting
    brouillon: Projet  # of the same porteur
    autre: Projet  # of another porteur and another structure, sent back to be completed
    avis: AvisIEN
    delegation: DelegationAvis
    seance: SeanceTroika
    personnes: dict[str, Utilisateur | None]
    liens: dict[str, str]
    demande: Any
    membre: int


def monde() -> Monde:
    """Made by the real actions; to be called once for many requests."""
    projet = fabriques.projet_en(Statut.INSCRIT)
    publie = fabriques.projet_en(Statut.VALIDE)
    autre_porteur = fabriques.utilisateur("autre@example.org")
    dossier = fabriques.dossier_complet(
        structure_nom="Compagnie du Terril", structure_nature="association", porteur_courriel="autre@example.org"
    )
    autre = fabriques.projet_en(Statut.A_COMPLETER, dossier, autre_porteur)
    absent, suppleant = fabriques.de_role(Role.PILOTE_VILLE), fabriques.de_role(Role.COORDINATEUR_VILLE)
    jour = timezone.localdate()
    suppleances.declarer(
        absent=absent.correspondant, suppleant=suppleant.correspondant, du=jour, au=jour, par=absent
    )  # fmt: skip
    avis = projet.avis_ien.get()
    AvisIEN.objects.filter(pk=avis.pk).update(correspondant=fabriques.de_role(Role.IEN).correspondant)
    AvisIEN.objects.filter(projet=publie).update(correspondant=fabriques.de_role(Role.IEN).correspondant)
    avis.refresh_from_db()
    personnes: dict[str, Utilisateur | None] = {
        "visiteur": None,
        "etranger": fabriques.utilisateur("etranger@example.org"),
        "porteur": projet.porteur,
        "autre_porteur": autre_porteur,
        "autre_ien": fabriques.utilisateur("autre-ien@example.org", Role.IEN),
    }
    personnes |= {role: fabriques.de_role(role) for role in Role.values}
    ligne = Correspondant.objects.create(code="invitee", fonction="Invitée", courriel="invitee@example.org")
    invitation = invitations.inviter(ligne, par=personnes[Role.ADMIN])
    transmission = transmissions.proposer(projet, "collegue@example.org", par=projet.porteur)
    brouillon = fabriques.brouillon()
    partage = partages.inviter(brouillon, "collegue@example.org", par=projet.porteur)
    membre = membres.inviter(projet.structure, "nouvelle@example.org", par=projet.porteur)
    return Monde(
        projet=projet,
        publie=publie,
        brouillon=brouillon,
        membre=membre.pk,
        autre=autre,
        avis=avis,
        delegation=DelegationAvis.objects.create(avis=avis, nom="Collègue", courriel="collegue@example.org"),
        seance=projet.seances.get(),
        personnes=personnes,
        liens={
            "invitation": invitations.jeton(invitation),
            "transmission": transmissions.jeton(transmission),
            "brouillon_partage": partages.jeton(partage),
            "brouillon_reprendre": reprises.jeton(brouillon),
            "structure_rejoindre": membres.jeton(membre),
            "agenda": liens_agenda.jeton(liens_agenda.creer(projet.porteur)),
        },
        demande=ExportDemande.objects.create(par=projet.porteur, genre="csv", nom="x.csv").jeton,
    )


def noms() -> dict[str, list[list[str]]]:
    """Every named address of the URLconf: name -> the parameters of each of its forms. Namespaces are the libraries'."""
    return {
        nom: [formes[0][0][1] for formes in variantes]
        for nom, variantes in get_resolver().reverse_dict.lists()
        if isinstance(nom, str)
    }


# Views of a granted project, of a draft, of a project to be completed (the other porteur's).
ACCORDE = (*PUBLIES, "bilan", "budget_revise", "versement", "reversement", "projet_communication", "projet_logos",
           "projet_affiche", "projet_diapositive", "images", "prise_de_vues", "vitrine")  # fmt: skip
A_COMPLETER = ("projet_modifier", "projet_coller", "projet_repartir", "projet_redeposer", "complement")


def _projet(nom: str, monde: Monde) -> Projet:
    if nom.startswith(("deposer", "brouillon")):
        return monde.brouillon
    if nom.startswith(A_COMPLETER):
        return monde.autre
    return monde.publie if nom.startswith(ACCORDE) else monde.projet


def _pk(nom: str, monde: Monde) -> int:
    if nom.startswith("troika"):
        return monde.seance.pk
    if nom.startswith("avis"):
        return monde.avis.pk
    if nom.startswith("structure"):
        return monde.projet.structure_id
    if nom.startswith("complement"):
        return monde.autre.demandes_complements.get().pk
    if nom == "piece":
        return monde.projet.pieces.first().pk
    return 10**6


def _valeurs(nom: str, monde: Monde) -> dict[str, Any]:
    """Arguments that exist, for one name."""
    projet = _projet(nom, monde)
    jeton = jeton_avis(monde.avis) if nom.startswith("avis") else monde.liens.get(nom, projet.jeton)
    gestes = {"avis_gerer": "renvoyer", "mon_compte_agenda_geste": "renouveler"}
    return {
        "numero": projet.numero,
        "jeton": jeton,
        "delegation": monde.delegation.pk,
        "membre": monde.membre,
        "porteur": monde.autre.porteur_id,
        "geste": gestes.get(nom, "annuler"),
        "pk": monde.publie.seances.get().pk if nom in PUBLIES else _pk(nom, monde),
        "point": monde.seance.points.first().pk,
        "annee": 2026,
        "extension": "docx",
        "section": "budget",
        "rang": 1,
        "action": "accepter" if "bilan" in nom else "retirer",
        "format": "csv",
        "demande": monde.demande,
        "genre": "augmenter",
        "code": "porteur",
        "empreinte": "0" * 12,
        "nom": "logo.png",
    }


def _adresse(nom: str, parametres: list[str], valeurs: dict[str, Any]) -> str | None:
    try:
        return reverse(nom, kwargs={p: valeurs[p] for p in parametres if p in valeurs})
    except NoReverseMatch:
        return None


def adresses(monde: Monde) -> Iterator[tuple[str, str]]:
    """Name and address of every view, with arguments that exist."""
    for nom, formes in noms().items():
        if adresse := _adresse(nom, formes[0], _valeurs(nom, monde)):
            yield nom, adresse


def adresses_croisees(monde: Monde) -> Iterator[tuple[str, str]]:
    """One's own number with what belongs to another project, and the other meeting with a point of the first."""
    for nom, formes in noms().items():
        for parametres in formes:
            valeurs = _valeurs(nom, monde)
            if {"numero", "pk"} <= set(parametres):
                valeurs["numero"] = (monde.projet if nom.startswith(A_COMPLETER) else monde.autre).numero
            elif {"pk", "point"} <= set(parametres):
                valeurs["pk"] = monde.publie.seances.get().pk
            else:
                continue
            if adresse := _adresse(nom, parametres, valeurs):
                yield nom, adresse
