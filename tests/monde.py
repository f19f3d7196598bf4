"""One prepared world for the tests of the whole surface: its people, its projects, and every address with its arguments."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils import timezone

from correspondants.enums import Role
from correspondants.models import Correspondant, Utilisateur
from projets import (
    communication,
    exports,
    invitations,
    liens_agenda,
    membres,
    partages,
    reprises,
    suppleances,
    transmissions,
)  # fmt: skip
from projets.demonstration import conduite
from projets.enums import Action, Statut
from projets.identite import publier
from projets.liens_avis import jeton_avis
from projets.models import (
    AvisIEN,
    Courriel,
    DelegationAvis,
    DemandeReversement,
    FiltreEnregistre,
    GenreMouvement,
    Identite,
    LogoCommunication,
    Photo,
    Projet,
    SeanceTroika,
)  # fmt: skip
from projets.pieces_jointes.verdict import Nettoyee
from projets.workflow import executer

from . import fabriques
from .navigateur.monde import argent, exemple_public
from .test_communication import image as une_image

# Who knocks, in the order of the table of rights.
PERSONNES = ("visiteur", "etranger", "porteur", "autre_porteur", "autre_ien", *Role.values)
# What only a published meeting gives.
PUBLIES = ("lettre_pdf", "lettre_word", "troika_lettres", "troika_projets_de_lettres", "troika_compte_rendu_word")


@dataclass
class Monde:
    projet: Projet  # on the agenda of a meeting, of `porteur`, asked of one IEN by name
    publie: (
        Projet  # of the same porteur, granted for two years by a published meeting; the bilan of the first is deposited
    )
    brouillon: Projet  # of the same porteur
    autre: Projet  # of another porteur and another structure, sent back to be completed
    repondu: Projet  # of the same, deposited again since
    avis: AvisIEN
    delegation: DelegationAvis
    seance: SeanceTroika
    personnes: dict[str, Utilisateur | None]
    liens: dict[str, str]
    membre: int
    pk: dict[str, Any]  # by the beginning of a name: the row that its number says


def monde() -> Monde:
    """Made by the real actions; to be called once for many requests."""
    projet = fabriques.projet_en(Statut.INSCRIT)
    fabriques.decider(projet)
    publie = fabriques.projet_en(Statut.VALIDE, fabriques.dossier_deux_ans())
    autre_porteur = fabriques.utilisateur("autre@example.org")
    dossier = fabriques.dossier_complet(
        structure_nom="Compagnie du Terril", structure_nature="association", porteur_courriel="autre@example.org"
    )
    autre = fabriques.projet_en(Statut.A_COMPLETER, dossier, autre_porteur)
    repondu = fabriques.projet_en(Statut.A_COMPLETER, dossier, autre_porteur)
    executer(repondu, Action.DEPOSER, par=autre_porteur)
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
    ligne = Correspondant.objects.create(code="conviee", fonction="Conviée", courriel="conviee@example.org")
    invitation = invitations.inviter(ligne, par=personnes[Role.ADMIN])
    transmission = transmissions.proposer(projet, "collegue@example.org", par=projet.porteur)
    brouillon = fabriques.brouillon()
    pk = _lignes(publie, personnes[Role.COORDINATEUR_EN])
    absence = suppleances.declarer(
        absent=absent.correspondant,
        suppleant=suppleant.correspondant,
        du=jour + timedelta(9),
        au=jour + timedelta(9),
        par=absent,
    )
    partage = partages.inviter(brouillon, "collegue@example.org", par=projet.porteur)
    membre = membres.inviter(projet.structure, "nouvelle@example.org", par=projet.porteur)
    return Monde(
        projet=projet,
        publie=publie,
        brouillon=brouillon,
        membre=membre.pk,
        autre=autre,
        repondu=repondu,
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
            "exemple_photo": Photo.objects.publiees().get(prise__projet=publie).jeton,
            "agenda": liens_agenda.jeton(liens_agenda.creer(projet.porteur)),
        },
        pk={
            **pk,
            "mes_donnees": exports.demander_personne(projet.porteur, par=projet.porteur).jeton,
            "mon_compte_absence": absence.pk,
            "deposer_partage": partage.pk,
            "courriel": Courriel.objects.filter(projet=projet).first().pk,
            "piece": projet.pieces.first().pk,
            "complement": repondu.demandes_complements.get().champs.first().pk,
            "structure": projet.structure_id,
            "avis": avis.pk,
            "mfa": 10**6,  # nobody has a key
            "troika": projet.seances.get().pk,
        },
    )


def _lignes(publie: Projet, coordination: Utilisateur) -> dict[str, Any]:
    """What hangs on a granted project, and what a coordinator has: the rows that addresses name."""
    prise, appel = exemple_public(publie), publie.appel
    exercice = publie.exercices.get(annee=2026)
    bilan = conduite.remettre_bilan(exercice)
    annexes = argent(publie)
    logo = LogoCommunication(appel=appel, nom="Logo")
    logo.fichier.save("logo.png", ContentFile(une_image()))
    identite = Identite.objects.create(
        appel=appel, primaire="#0e5360", accent="#a8481f", logo=ContentFile(une_image(), "logo.png")
    )
    publiee = publier(identite, par=coordination)
    affiche = Nettoyee(une_image(), "image/png", "png")
    filtre = FiltreEnregistre.objects.create(utilisateur=coordination, nom="Mes collèges", parametres="q=mare")
    assert bilan.statut == "depose"
    DemandeReversement.objects.create(
        exercice=exercice,
        montant=Decimal(1),
        motif="Non dépensé.",
        avant_le=timezone.localdate(),
        demandee_par=coordination,
    )
    return {
        "support": communication.joindre_support(publie, "affiche.png", affiche, par=publie.porteur).pk,
        "photo": prise.photos.get().pk,
        "prise_de_vues": prise.pk,
        "autorisation_image": prise.pk,
        "logo_communication": logo.pk,
        "versement": annexes["versement"],
        "enveloppe": annexes["mouvement"],
        "coordination_filtre": filtre.pk,
        "export": exports.demander(coordination, 2026, "csv").jeton,
        "identite_feuille": publiee.palette.empreinte(),
        "identite_logo": Path(publiee.logo.name).name,
    }


def noms() -> dict[str, list[list[str]]]:
    """Every named address of the URLconf: name -> the parameters of each of its forms. Namespaces are the libraries'."""
    return {
        nom: [formes[0][0][1] for formes in variantes]
        for nom, variantes in get_resolver().reverse_dict.lists()
        if isinstance(nom, str)
    }


# Views of a granted project, of a draft, of a project to be completed (the other porteur's).
ACCORDE = (*PUBLIES, "bilan", "budget_revise", "versement", "reversement", "projet_communication", "projet_logos",
           "projet_affiche", "projet_diapositive", "images", "prise_de_vues", "vitrine", "support", "photo", "donnees_ouvertes",
           "autorisation_image")  # fmt: skip
A_COMPLETER = ("projet_modifier", "projet_coller", "projet_repartir", "projet_redeposer", "complement")


def _projet(nom: str, monde: Monde) -> Projet:
    if nom == "complement_clore":
        return monde.repondu
    if nom.startswith(("deposer", "brouillon")):
        return monde.brouillon
    if nom.startswith(A_COMPLETER):
        return monde.autre
    return monde.publie if nom.startswith(ACCORDE) else monde.projet


def _ligne(nom: str, monde: Monde) -> Any:
    """The row that an address names: that of the longest beginning of its name."""
    return next((monde.pk[debut] for debut in sorted(monde.pk, key=len, reverse=True) if nom.startswith(debut)), None)


EN_COURS = ("bilan_modifier", "bilan_word", "budget_revise")  # of the year whose bilan is still to be written
GESTES = {
    "avis_gerer": "renvoyer", "mon_compte_agenda_geste": "renouveler", "prise_de_vues_geste": "compter",
    "versement_geste": "verser",
}  # fmt: skip


def _valeurs(nom: str, monde: Monde) -> dict[str, Any]:
    """Arguments that exist, for one name."""
    projet, ligne = _projet(nom, monde), _ligne(nom, monde)
    jeton = jeton_avis(monde.avis) if nom.startswith("avis") else monde.liens.get(nom, projet.jeton)
    return {
        "numero": projet.numero,
        "jeton": jeton,
        "delegation": monde.delegation.pk,
        "membre": monde.membre,
        "porteur": monde.autre.porteur_id,
        "geste": GESTES.get(nom),
        "pk": monde.publie.seances.get().pk if nom in PUBLIES else ligne,
        "point": monde.seance.points.first().pk,
        "annee": 2027 if nom.startswith(EN_COURS) else 2026,
        "extension": "docx",
        "section": "budget",
        "rang": 1,
        "action": "accepter" if "bilan" in nom else "proposer" if "budget" in nom else "retirer",
        "format": "csv",
        "demande": ligne,
        "genre": GenreMouvement.AJOUT.value,
        "code": "porteur",
        "empreinte": ligne,
        "nom": ligne,
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
