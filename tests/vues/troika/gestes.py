"""What the tests of the troïka room do in a browser's place, and what a refusal must leave untouched."""

import re

from django.test import Client
from django.urls import reverse

from correspondants.enums import Role
from projets.enums import Action, SensDecision, Statut
from projets.models import (
    AvisTroika,
    Courriel,
    Decision,
    Deport,
    Passage,
    PointOrdreDuJour,
    PresenceSeance,
    Projet,
    SeanceTroika,
)
from projets.workflow import executer

from ...fabriques import de_role, dossier_complet, projet_en

COORDINATION = Role.COORDINATEUR_VILLE


def client_de(personne: object) -> Client:
    client = Client()
    client.force_login(personne, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def page_de(point: PointOrdreDuJour) -> str:
    return reverse("troika_seance", args=[point.seance_id])


def inscrire(titre: str, seance: SeanceTroika) -> PointOrdreDuJour:
    autre = projet_en(Statut.PRET, dossier_complet(titre=titre))
    executer(autre, Action.INSCRIRE, par=de_role(COORDINATION), seance=seance)
    return autre.points.get()


def saisie(point: PointOrdreDuJour, **changements: object) -> dict[str, object]:
    """What the decision form sends for a grant of 700 € and 400 € by the State."""
    valeurs = {
        "version": Projet.objects.get(pk=point.projet_id).version,
        "sens": SensDecision.VALIDE,
        "montant_2026_etat": "700,00",
        "montant_2027_etat": "400",
        **changements,
    }
    return {f"decision-{point.pk}-{champ}": valeur for champ, valeur in valeurs.items()}


def decider(client: Client, point: PointOrdreDuJour, **changements: object):
    return client.post(reverse("troika_decision", args=[point.seance_id, point.pk]), saisie(point, **changements))


def voter(client: Client, point: PointOrdreDuJour, **voix: str):
    donnees = {f"voix-{point.pk}-{champ}": valeur for champ, valeur in voix.items()}
    return client.post(reverse("troika_voix", args=[point.seance_id, point.pk]), donnees)


def noter(client: Client, point: PointOrdreDuJour, notes: str, vue: str = "", **boutons: str):
    """Sends the notes of a point as a page that showed ``vue`` does."""
    champ = f"notes-{point.pk}-notes"
    donnees = {champ: notes, f"initial-{champ}": vue, **boutons}
    return client.post(reverse("troika_notes", args=[point.seance_id, point.pk]), donnees)


def deporter(client: Client, point: PointOrdreDuJour, pilote: str, motif: str = "Membre du bureau."):
    donnees = {f"deport-{point.pk}-pilote": pilote, f"deport-{point.pk}-motif": motif}
    return client.post(reverse("troika_deport", args=[point.seance_id, point.pk]), donnees)


def lever(client: Client, point: PointOrdreDuJour, pilote: str):
    return client.post(reverse("troika_deport", args=[point.seance_id, point.pk]), {"lever": pilote})


def publier(client: Client, seance: SeanceTroika):
    adresse = reverse("troika_publier", args=[seance.pk])
    vue = re.search(r'name="vue" value="([^"]*)"', client.get(adresse).content.decode())
    return client.post(adresse, {"vue": vue[1] if vue else ""})


def empreinte() -> tuple:
    """Everything a refused request must leave as it is."""
    return (
        list(Projet.objects.order_by("pk").values_list("pk", "statut", "version")),
        list(SeanceTroika.objects.order_by("pk").values_list("pk", "date", "lieu", "publiee_le")),
        list(SeanceTroika.objects.order_by("pk").values_list("pk", "autres_presents")),
        list(PointOrdreDuJour.objects.order_by("pk").values_list("pk", "rang", "notes", "duree_minutes")),
        list(Deport.objects.order_by("pk").values_list("pk", "pilote", "motif")),
        list(PresenceSeance.objects.order_by("pk").values_list("pk", "pilote", "etat")),
        list(AvisTroika.objects.order_by("pk").values_list("pk", "voix", "motif")),
        list(Decision.objects.order_by("pk").values_list("pk", "sens", "publiee")),
        Passage.objects.count(),
        Courriel.objects.count(),
    )
