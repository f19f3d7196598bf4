"""The troïka room: who enters, its meetings, its agenda, and no way in before the opinions."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import COORDINATEURS, PILOTES, Role
from projets.enums import Action, SensDecision, Statut, Voix
from projets.models import (
    AvisIEN,
    AvisTroika,
    Decision,
    PointOrdreDuJour,
    Projet,
    SeanceTroika,
)
from projets.workflow import ActionImpossible, executer

from ... import fabriques
from ...fabriques import de_role, dossier_complet, projet_en
from .gestes import COORDINATION, client_de, decider, empreinte, inscrire, page_de, publier, voter

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]

LECTEURS = [*sorted(COORDINATEURS), *sorted(PILOTES), Role.OBSERVATEUR, Role.ADMIN]
SANS_SEANCE = [Role.OBSERVATEUR, Role.ADMIN, Role.IEN, Role.AUTORITE_EN]


# --- who ------------------------------------------------------------------------------------------------------------


@pytest.mark.une_seule_base
@pytest.mark.parametrize("role", LECTEURS)
def test_lecture_ouverte_aux_services(role: str, point: PointOrdreDuJour):
    client = client_de(de_role(role))
    assert client.get(reverse("troika")).status_code == 200
    page = client.get(page_de(point)).content.decode()
    assert "Ateliers théâtre" in page
    assert ("Enregistrer la décision" in page) == (role in COORDINATEURS)
    assert ("Publier les décisions" in page) == (role in COORDINATEURS)
    assert (">Retirer<" in page) == (role in COORDINATEURS)
    assert ("Enregistrer ma voix" in page) == (role in PILOTES)


@pytest.mark.parametrize("role", [Role.IEN, Role.AUTORITE_EN])
def test_lecture_fermee_aux_autorites(role: str, point: PointOrdreDuJour):
    client = client_de(de_role(role))
    for adresse in (reverse("troika"), page_de(point), reverse("troika_compte_rendu", args=[point.seance_id])):
        assert client.get(adresse).status_code == 403


def test_lecture_fermee_au_porteur_et_au_visiteur(projet: Projet, point: PointOrdreDuJour, client: Client):
    porteur = client_de(projet.porteur)
    for adresse in (reverse("troika"), page_de(point), reverse("troika_compte_rendu", args=[point.seance_id])):
        assert porteur.get(adresse).status_code == 403
        assert client.get(adresse).status_code == 302


@pytest.mark.parametrize("role", ["porteur", *SANS_SEANCE, *sorted(PILOTES)])
def test_envois_contrefaits_refuses(role: str, projet: Projet, point: PointOrdreDuJour):
    """Every gesture of the coordination, forged by every other role."""
    fabriques.donner_les_voix(projet)
    pret = projet_en(Statut.PRET, dossier_complet(titre="Un autre"))
    client = client_de(projet.porteur if role == "porteur" else de_role(role))
    avant = empreinte()
    ordre = reverse("troika_ordre", args=[point.seance_id])
    quand = {"date": "2026-12-01T10:00", "lieu": "Ailleurs"}
    reponses = [
        decider(client, point),
        client.post(ordre, {"inscrire": "oui", "projets": [pret.pk]}),
        client.post(ordre, {"retirer": point.pk, "confirme": "oui"}),
        client.post(ordre, {"monter": point.pk}),
        client.post(reverse("troika_publier", args=[point.seance_id]), {"vue": ""}),
        client.post(reverse("troika_nouvelle"), quand),
        client.post(reverse("troika_modifier", args=[point.seance_id]), quand),
    ]
    assert {reponse.status_code for reponse in reponses} == {403}
    assert empreinte() == avant


@pytest.mark.parametrize("role", ["porteur", *SANS_SEANCE])
def test_voix_contrefaites_refusees(role: str, projet: Projet, point: PointOrdreDuJour):
    client = client_de(projet.porteur if role == "porteur" else de_role(role))
    assert voter(client, point, voix_pilote_ville=Voix.POUR).status_code == 403
    assert not AvisTroika.objects.exists()


def test_visiteur_ne_peut_rien_envoyer(client: Client, point: PointOrdreDuJour):
    avant = empreinte()
    assert decider(client, point).status_code == 302
    assert voter(client, point, voix_pilote_ville=Voix.POUR).status_code == 302
    assert empreinte() == avant


def test_coordinateur_porteur_ne_voit_ni_ne_decide_son_projet(coordination: Client):
    mien = projet_en(Statut.INSCRIT, dossier_complet(titre="Le mien"), porteur=de_role(COORDINATION))
    point = mien.points.get()
    fabriques.donner_les_voix(mien, Voix.CONTRE)
    page = coordination.get(page_de(point)).content.decode()
    assert "Vous portez ce projet" in page
    assert "Contre" not in page
    assert decider(coordination, point).status_code == 403
    assert voter(coordination, point, voix_pilote_ville=Voix.POUR).status_code == 403


# --- meetings -------------------------------------------------------------------------------------------------------


def test_nouvelle_seance(coordination: Client):
    reponse = coordination.post(
        reverse("troika_nouvelle"), {"date": "2030-03-12T14:30", "lieu": "  Salle du   conseil "}, follow=True
    )
    seance = SeanceTroika.objects.get()
    assert timezone.localtime(seance.date).strftime("%d/%m/%Y %H:%M") == "12/03/2030 14:30"
    assert seance.lieu == "Salle du conseil"
    assert "date est passée" not in reponse.content.decode()


def test_date_passee_est_dite_mais_permise(coordination: Client):
    reponse = coordination.post(reverse("troika_nouvelle"), {"date": "2020-03-12T14:30", "lieu": ""}, follow=True)
    assert "cette date est passée" in reponse.content.decode()
    assert SeanceTroika.objects.count() == 1


@pytest.mark.parametrize(
    "quand", ["", "demain", "2026-13-45T99:99", "0001-01-01T00:00", "9999-12-31T23:59", "\x00", "🙂"]
)
def test_date_illisible_garde_la_saisie(coordination: Client, quand: str):
    reponse = coordination.post(reverse("troika_nouvelle"), {"date": quand, "lieu": "Hôtel de ville"})
    assert reponse.status_code == 200
    assert "Hôtel de ville" in reponse.content.decode()
    assert not SeanceTroika.objects.exists()


def test_modifier_une_seance_publiee_est_refuse(coordination: Client):
    seance = projet_en(Statut.VALIDE).points.get().seance
    adresse = reverse("troika_modifier", args=[seance.pk])
    assert coordination.get(adresse).status_code == 302
    coordination.post(adresse, {"date": "2030-03-12T14:30", "lieu": "Ailleurs"})
    relue = SeanceTroika.objects.get()
    assert (relue.lieu, relue.est_ouverte) == (seance.lieu, False)


def test_liste_range_les_seances_et_montre_les_projets_prets(coordination: Client):
    projet_en(Statut.VALIDE, dossier_complet(titre="Publié"))
    projet_en(Statut.PRET, dossier_complet(titre="Tout prêt"))
    projet_en(Statut.AVIS_IEN, dossier_complet(titre="Pas encore prêt"))
    fabriques.seance(date=timezone.now() - timedelta(days=2))
    page = coordination.get(reverse("troika")).content.decode()
    assert "À publier" in page
    assert "Tout prêt" in page
    assert "Pas encore prêt" not in page


def test_liste_vide_le_dit(coordination: Client):
    page = coordination.get(reverse("troika")).content.decode()
    for phrase in ("Aucune séance n’est prévue", "Aucun projet n’attend", "Aucune séance n’a encore été publiée"):
        assert phrase in page


@pytest.mark.parametrize("nombre", [1, 3])
def test_liste_coute_le_meme_nombre_de_requetes(coordination: Client, nombre: int, django_assert_num_queries):
    for rang in range(nombre):
        projet_en(Statut.VALIDE, dossier_complet(titre=f"Publié {rang}"))
        projet_en(Statut.PRET, dossier_complet(titre=f"Prêt {rang}"))
        fabriques.seance()
    with django_assert_num_queries(9):
        coordination.get(reverse("troika"))
    with django_assert_num_queries(5):  # what was read is kept until something happens
        coordination.get(reverse("troika"))


@pytest.mark.parametrize("nombre", [1, 3])
def test_seance_coute_le_meme_nombre_de_requetes(coordination: Client, nombre: int, django_assert_num_queries):
    projet = projet_en(Statut.INSCRIT, dossier_complet(titre="Premier"))
    seance = projet.points.get().seance
    fabriques.decider(projet)
    for rang in range(nombre - 1):
        fabriques.decider(inscrire(f"Suivant {rang}", seance).projet)
    for point in seance.points.select_related("projet"):  # each is the third edition of a project of its own
        deuxieme = fabriques.brouillon()
        Projet.objects.filter(pk=deuxieme.pk).update(reconduit_de=fabriques.brouillon())
        Projet.objects.filter(pk=point.projet_id).update(reconduit_de=deuxieme)
    with django_assert_num_queries(20):  # eight of them bring the kept sums up to date
        page = coordination.get(reverse("troika_seance", args=[seance.pk])).content.decode()
    assert page.count("3e année") == nombre
    with django_assert_num_queries(7):
        coordination.get(reverse("troika_seance", args=[seance.pk]))


# --- agenda ---------------------------------------------------------------------------------------------------------


def test_inscrire_les_projets_coches(coordination: Client):
    seance = fabriques.seance()
    prets = [projet_en(Statut.PRET, dossier_complet(titre=t)) for t in ("Un", "Deux")]
    reponse = coordination.post(
        reverse("troika_ordre", args=[seance.pk]), {"inscrire": "oui", "projets": [p.pk for p in prets]}, follow=True
    )
    assert "2 projets sont inscrits" in reponse.content.decode()
    assert list(seance.points.values_list("projet__titre", flat=True)) == ["Un", "Deux"]


def test_inscrire_dit_ce_qui_est_refuse_et_inscrit_le_reste(coordination: Client):
    seance = fabriques.seance()
    pret, attendu = projet_en(Statut.PRET), projet_en(Statut.AVIS_IEN, dossier_complet(titre="Avis attendu"))
    reponse = coordination.post(
        reverse("troika_ordre", args=[seance.pk]), {"inscrire": "oui", "projets": [pret.pk, attendu.pk]}, follow=True
    )
    assert f"Projet {attendu.numero}" in reponse.content.decode()
    assert list(seance.points.values_list("projet", flat=True)) == [pret.pk]


@pytest.mark.parametrize("projets", [[], ["0"], ["x"], ["9" * 50], ["-1"], [""]])
def test_inscrire_rien_est_explique(coordination: Client, projets: list[str]):
    seance = fabriques.seance()
    reponse = coordination.post(
        reverse("troika_ordre", args=[seance.pk]), {"inscrire": "oui", "projets": projets}, follow=True
    )
    assert "Cochez au moins un projet" in reponse.content.decode()


def test_avant_l_avis_de_l_ien_aucun_chemin_ne_mene_a_la_troika(coordination: Client):
    """« Le traitement des dossiers en troïka ne se fera donc qu’après retour de ces avis. »"""
    attendu = projet_en(Statut.AVIS_IEN)
    seance = fabriques.seance()
    fabriques.enveloppes()
    page = coordination.get(reverse("troika_seance", args=[seance.pk])).content.decode()
    assert attendu.numero not in page
    assert attendu.numero not in coordination.get(reverse("troika")).content.decode()
    coordination.post(reverse("troika_ordre", args=[seance.pk]), {"inscrire": "oui", "projets": [attendu.pk]})
    coordination.post(
        reverse("projet_action", args=[attendu.numero, Action.INSCRIRE]), {"seance": seance.pk, "confirmer": "oui"}
    )
    for role in Role:
        for action in (Action.INSCRIRE, Action.DECIDER, Action.PUBLIER):
            with pytest.raises(ActionImpossible):
                executer(attendu, action, par=de_role(role), seance=seance, sens=SensDecision.VALIDE)
    attendu.refresh_from_db()
    assert attendu.statut == Statut.AVIS_IEN
    assert not PointOrdreDuJour.objects.exists()


def test_point_force_en_base_ne_se_decide_ni_ne_se_publie_avant_l_avis(coordination: Client):
    """Even with a row written behind the workflow's back, the missing opinion stops the decision and the publication."""
    attendu = projet_en(Statut.AVIS_IEN)
    seance = fabriques.seance()
    point = PointOrdreDuJour.objects.create(seance=seance, projet=attendu, rang=1)
    fabriques.donner_les_voix(attendu)
    reponse = decider(coordination, point, montant_2026_etat="100", montant_2027_etat="")
    assert "En attente d’avis" in reponse.content.decode()
    assert publier(coordination, seance).status_code == 409
    Projet.objects.filter(pk=attendu.pk).update(statut=Statut.INSCRIT)  # worse: the statut itself was forced
    reponse = decider(coordination, point, montant_2026_etat="100", montant_2027_etat="")
    assert "avant le retour de tous les avis" in reponse.content.decode()
    assert not Decision.objects.exists()
    assert AvisIEN.objects.attendus().count() == 1


def test_monter_et_descendre(coordination: Client, point: PointOrdreDuJour):
    deux, trois = inscrire("Deux", point.seance), inscrire("Trois", point.seance)
    adresse = reverse("troika_ordre", args=[point.seance_id])

    def ordre() -> list[int]:
        return list(point.seance.points.order_by("rang").values_list("pk", flat=True))

    coordination.post(adresse, {"monter": trois.pk})
    assert ordre() == [point.pk, trois.pk, deux.pk]
    coordination.post(adresse, {"descendre": point.pk})
    assert ordre() == [trois.pk, point.pk, deux.pk]
    coordination.post(adresse, {"monter": trois.pk})  # already first
    assert ordre() == [trois.pk, point.pk, deux.pk]
    for absurde in ("0", "x", "-5", "9" * 40, ""):
        coordination.post(adresse, {"monter": absurde})
    assert ordre() == [trois.pk, point.pk, deux.pk]


def test_retirer_se_confirme_quand_des_voix_seraient_perdues(
    coordination: Client, projet: Projet, point: PointOrdreDuJour
):
    adresse = reverse("troika_ordre", args=[point.seance_id])
    fabriques.donner_les_voix(projet)
    page = coordination.post(adresse, {"retirer": point.pk}).content.decode()
    assert "Les voix déjà données" in page
    assert PointOrdreDuJour.objects.filter(pk=point.pk).exists()
    coordination.post(adresse, {"retirer": point.pk, "confirme": "oui"})
    assert not PointOrdreDuJour.objects.filter(pk=point.pk).exists()
    projet.refresh_from_db()
    assert projet.statut == Statut.PRET
