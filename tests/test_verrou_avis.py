"""Until the last opinion is in, no one puts the project on an agenda: every door tried, by every role."""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command, get_commands
from django.test import Client
from django.urls import reverse

from correspondants.enums import Role
from projets.enums import Action, Statut
from projets.models import AvisIEN, PointOrdreDuJour, Projet, SeanceTroika
from projets.workflow import TRANSITIONS, ActionImpossible, executer

from . import fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture
def projet() -> Projet:
    return fabriques.projet_en(Statut.AVIS_IEN)


@pytest.fixture
def seance(projet: Projet) -> SeanceTroika:
    return fabriques.seance()


def client_de(personne) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(personne, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def portes(projet: Projet, seance: SeanceTroika, avis: AvisIEN) -> list[tuple[str, dict[str, object]]]:
    """Every address that could write an agenda, a statut or an opinion, with a POST that would do it."""
    jeton = f"{projet.numero}:{projet.version}"
    tout = {
        "version": projet.version,
        "statut": Statut.PRET,
        "seance": seance.pk,
        "projet": projet.pk,
        "projets": [jeton, projet.pk],
        "confirmer": "oui",
        "point": projet.pk,
        "inscrire": projet.numero,
        "ajouter": projet.numero,
        "rendu_le": "2026-01-01",
        "rendu_le_0": "2026-01-01",
        "rendu_le_1": "10:00:00",
        "autorite": Role.IEN,
        "remplace": "on",
        "points-TOTAL_FORMS": 1,
        "points-INITIAL_FORMS": 0,
        "points-0-projet": projet.pk,
        "points-0-rang": 1,
        "avis_ien-TOTAL_FORMS": 1,
        "avis_ien-INITIAL_FORMS": 1,
        "avis_ien-0-id": avis.pk,
        "avis_ien-0-remplace": "on",
    }
    adresses = [
        *(
            reverse("projet_action", args=[projet.numero, action])
            for action in (Action.INSCRIRE, Action.DECIDER, Action.PUBLIER)
        ),
        reverse("coordination"),
        reverse("troika_nouvelle"),
        reverse("troika_ordre", args=[seance.pk]),
        reverse("troika_modifier", args=[seance.pk]),
        reverse("troika_publier", args=[seance.pk]),
        reverse("troika_voix", args=[seance.pk, projet.pk]),
        reverse("troika_decision", args=[seance.pk, projet.pk]),
        reverse("admin:projets_projet_change", args=[projet.pk]),
        reverse("admin:projets_projet_add"),
        reverse("admin:projets_seancetroika_add"),
        reverse("admin:projets_seancetroika_change", args=[seance.pk]),
        reverse("admin:projets_decision_add"),
        "/admin/projets/pointordredujour/add/",
        "/admin/projets/avisien/add/",
        f"/admin/projets/avisien/{avis.pk}/change/",
        f"/admin/projets/avisien/{avis.pk}/delete/",
    ]
    return [(adresse, tout) for adresse in adresses]


@pytest.mark.parametrize("qui", ["visiteur", "porteur", "superutilisateur", *Role.values])
def test_aucune_porte_ne_mene_a_l_ordre_du_jour(projet: Projet, seance: SeanceTroika, qui: str):
    personnes = {"porteur": projet.porteur}
    if qui == "superutilisateur":
        personnes[qui] = fabriques.Utilisateur.objects.create_superuser("super@example.org")
    client = (
        Client(raise_request_exception=False)
        if qui == "visiteur"
        else client_de(personnes.get(qui) or fabriques.de_role(qui))
    )
    if qui == Role.ADMIN:
        fabriques.Utilisateur.objects.filter(email="admin@example.org").update(is_staff=True)
    avis = projet.avis_ien.get()
    for adresse, envoi in portes(projet, seance, avis):
        assert client.post(adresse, envoi).status_code < 500, adresse
        assert client.get(adresse, envoi).status_code < 500, adresse
    assert not PointOrdreDuJour.objects.exists()
    assert Projet.objects.get(pk=projet.pk).statut == Statut.AVIS_IEN
    relu = AvisIEN.objects.get()
    assert (relu.rendu_le, relu.sens, relu.remplace) == (None, "", False)


def test_le_workflow_lui_meme_refuse_chaque_statut_sans_l_avis(projet: Projet, seance: SeanceTroika):
    """Even a statut written by hand in the database does not open the door: the guard looks at the opinions."""
    for role in Role:
        with pytest.raises(ActionImpossible):
            executer(projet, Action.INSCRIRE, par=fabriques.de_role(role), seance=seance)
    Projet.objects.filter(pk=projet.pk).update(statut=Statut.PRET)
    force = Projet.objects.get(pk=projet.pk)
    with pytest.raises(ActionImpossible, match="avant le retour de tous les avis"):
        executer(force, Action.INSCRIRE, par=fabriques.de_role(projet.coordination), seance=seance)
    with pytest.raises(ValidationError, match="avant le retour de tous les avis"):
        PointOrdreDuJour(seance=seance, projet=projet).full_clean()
    assert not PointOrdreDuJour.objects.exists()


def test_une_seule_action_mene_a_inscrit():
    arrivees = {
        action for action, une in TRANSITIONS.items() if Statut.INSCRIT in une.vers and Statut.INSCRIT not in une.depuis
    }
    assert arrivees == {Action.INSCRIRE}
    assert TRANSITIONS[Action.INSCRIRE].depuis == {Statut.PRET}


def test_aucune_commande_ne_touche_a_l_attente(projet: Projet, seance: SeanceTroika):
    connues = {nom for nom, app in get_commands().items() if app == "projets"}
    assert not {nom for nom in connues if "inscri" in nom or "troika" in nom or "avis" in nom}
    call_command("relances")
    call_command("courriels")
    assert not PointOrdreDuJour.objects.exists()
    assert Projet.objects.get(pk=projet.pk).statut == Statut.AVIS_IEN


@pytest.mark.une_seule_base
def test_un_point_et_un_avis_ne_se_creent_qu_en_un_endroit():
    """In the code, rows of an agenda and of opinions are made by the effects of the workflow, nowhere else."""
    faiseurs = {"create", "get_or_create", "update_or_create", "bulk_create"}
    trouves = set()
    for fichier in (Path(settings.BASE_DIR) / "projets").rglob("*.py"):
        if "migrations" in fichier.parts:
            continue
        for noeud in ast.walk(ast.parse(fichier.read_text(encoding="utf-8"))):
            if not isinstance(noeud, ast.Call):
                continue
            texte = ast.unparse(noeud.func)
            nom, _, geste = texte.rpartition(".")
            if texte in ("PointOrdreDuJour", "AvisIEN") or (
                geste in faiseurs
                and nom in ("PointOrdreDuJour.objects", "AvisIEN.objects", "seance.points", "projet.points")
            ):
                trouves.add(fichier.name)
    assert trouves == {"effets.py"}
