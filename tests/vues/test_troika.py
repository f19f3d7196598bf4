"""The troïka room: who enters, the agenda, voices, decisions with every refusal, publication, minutes."""

import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pikepdf
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import COORDINATEURS, PILOTES, Role
from projets.documents import compte_rendu
from projets.enregistrement import enregistrer
from projets.enums import Action, Financeur, SensAvis, SensDecision, Statut, Voix
from projets.models import (
    AvisIEN,
    AvisTroika,
    Courriel,
    Decision,
    Enveloppe,
    Passage,
    PointOrdreDuJour,
    Projet,
    SeanceTroika,
)
from projets.workflow import ActionImpossible, executer, publier_seance

from .. import fabriques
from ..fabriques import de_role, dossier_complet, dossier_deux_ans, hors_temps_scolaire, projet_en

pytestmark = pytest.mark.django_db

COORDINATION = Role.COORDINATEUR_VILLE
LECTEURS = [*sorted(COORDINATEURS), *sorted(PILOTES), Role.OBSERVATEUR, Role.ADMIN]
SANS_SEANCE = [Role.OBSERVATEUR, Role.ADMIN, Role.IEN, Role.AUTORITE_EN]


def client_de(personne: object) -> Client:
    client = Client()
    client.force_login(personne, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def coordination() -> Client:
    fabriques.charger_appel()
    return client_de(de_role(COORDINATION))


@pytest.fixture
def projet() -> Projet:
    """A project of 700 € in 2026 and 400 € in 2027, on the agenda of an open meeting."""
    return projet_en(Statut.INSCRIT, dossier_deux_ans(titre="Ateliers théâtre"))


@pytest.fixture
def point(projet: Projet) -> PointOrdreDuJour:
    return projet.points.get()


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


def publier(client: Client, seance: SeanceTroika):
    adresse = reverse("troika_publier", args=[seance.pk])
    vue = re.search(r'name="vue" value="([^"]*)"', client.get(adresse).content.decode())
    return client.post(adresse, {"vue": vue[1] if vue else ""})


def empreinte() -> tuple:
    """Everything a refused request must leave as it is."""
    return (
        list(Projet.objects.order_by("pk").values_list("pk", "statut", "version")),
        list(SeanceTroika.objects.order_by("pk").values_list("pk", "date", "lieu", "publiee_le")),
        list(PointOrdreDuJour.objects.order_by("pk").values_list("pk", "rang", "notes")),
        list(AvisTroika.objects.order_by("pk").values_list("pk", "voix", "motif")),
        list(Decision.objects.order_by("pk").values_list("pk", "sens", "publiee")),
        Passage.objects.count(),
        Courriel.objects.count(),
    )


# --- who ------------------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("nombre", [1, 3])
def test_seance_coute_le_meme_nombre_de_requetes(coordination: Client, nombre: int, django_assert_num_queries):
    projet = projet_en(Statut.INSCRIT, dossier_complet(titre="Premier"))
    seance = projet.points.get().seance
    fabriques.decider(projet)
    for rang in range(nombre - 1):
        fabriques.decider(inscrire(f"Suivant {rang}", seance).projet)
    with django_assert_num_queries(27):
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


# --- voices ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pilote", sorted(PILOTES))
def test_pilote_donne_sa_voix_et_seulement_la_sienne(pilote: str, point: PointOrdreDuJour):
    saisies = {f"voix_{autre}": Voix.RESERVES for autre in PILOTES}
    reponse = voter(client_de(de_role(pilote)), point, **saisies, notes="Glissé de force")
    assert reponse.status_code == 302
    assert list(AvisTroika.objects.values_list("pilote", "voix")) == [(pilote, Voix.RESERVES)]
    point.refresh_from_db()
    assert point.notes == ""


def test_coordination_enregistre_les_trois_voix_et_les_notes(coordination: Client, point: PointOrdreDuJour):
    saisies = {f"voix_{pilote}": Voix.POUR for pilote in PILOTES}
    voter(coordination, point, **saisies, motif_pilote_ville="Bravo 🙂", notes="Ligne 1\r\nLigne 2")
    assert AvisTroika.objects.count() == 3
    assert AvisTroika.objects.get(pilote=Role.PILOTE_VILLE).motif == "Bravo 🙂"
    point.refresh_from_db()
    assert point.notes == "Ligne 1\nLigne 2"
    assert "Voix : 3 sur 3" in coordination.get(page_de(point)).content.decode().replace("\u00a0", " ")


@pytest.mark.parametrize("voix", ["oui", "POUR", "\x00", "x" * 500])
def test_voix_inconnue_garde_la_saisie(coordination: Client, point: PointOrdreDuJour, voix: str):
    reponse = voter(coordination, point, voix_pilote_ville=voix, motif_pilote_ville="Mon motif")
    assert reponse.status_code == 200
    assert "Mon motif" in reponse.content.decode()
    assert not AvisTroika.objects.exists()


def test_motif_sans_voix_est_dit(coordination: Client, point: PointOrdreDuJour):
    page = voter(coordination, point, motif_pilote_ville="Seulement un motif").content.decode()
    assert "Choisissez la voix" in page
    assert "Seulement un motif" in page


def test_voix_changee_par_un_autre_n_est_pas_ecrasee(coordination: Client, point: PointOrdreDuJour):
    """The coordinator's page was opened before the pilot spoke: both values are shown, sending again keeps one."""
    voter(client_de(de_role(Role.PILOTE_VILLE)), point, voix_pilote_ville=Voix.CONTRE, motif_pilote_ville="Trop cher.")
    perimee = {
        "voix_pilote_ville": Voix.POUR,
        "motif_pilote_ville": "Bon projet.",
        "voix_pilote_en": Voix.POUR,
        "motif_pilote_en": "",
    }
    reponse = voter(coordination, point, **perimee)
    page = reponse.content.decode()
    assert reponse.status_code == 409
    assert "Trop cher." in page
    assert "Bon projet." in page
    assert AvisTroika.objects.get().voix == Voix.CONTRE
    caches = dict(re.findall(r'name="initial-(voix-\d+-\w+)" value="([^"]*)"', page))
    assert caches[f"voix-{point.pk}-voix_pilote_ville"] == Voix.CONTRE
    suite = {f"voix-{point.pk}-{champ}": valeur for champ, valeur in perimee.items()}
    # The browser sends back the hidden values of the page it was shown (textareas included).
    suite |= {f"initial-{champ}": valeur for champ, valeur in caches.items()}
    suite[f"initial-voix-{point.pk}-motif_pilote_ville"] = "Trop cher."
    assert coordination.post(reverse("troika_voix", args=[point.seance_id, point.pk]), suite).status_code == 302
    assert set(AvisTroika.objects.values_list("pilote", "voix")) == {
        (Role.PILOTE_VILLE, Voix.POUR),
        (Role.PILOTE_EN, Voix.POUR),
    }


def test_voix_non_touchee_ne_s_ecrase_pas(coordination: Client, projet: Projet, point: PointOrdreDuJour):
    """What the coordinator did not change is left to the pilot who changed it meanwhile."""
    fabriques.donner_les_voix(projet)
    vues = {f"voix_{pilote}": Voix.POUR for pilote in PILOTES} | {f"motif_{pilote}": "" for pilote in PILOTES}
    AvisTroika.objects.filter(pilote=Role.PILOTE_VILLE).update(voix=Voix.CONTRE)
    donnees = {f"voix-{point.pk}-{champ}": valeur for champ, valeur in vues.items()}
    donnees |= {f"initial-{champ}": valeur for champ, valeur in donnees.items()}
    donnees[f"voix-{point.pk}-voix_{Role.PILOTE_EN}"] = Voix.AJOURNER
    reponse = coordination.post(reverse("troika_voix", args=[point.seance_id, point.pk]), donnees)
    assert reponse.status_code == 302
    assert AvisTroika.objects.get(pilote=Role.PILOTE_VILLE).voix == Voix.CONTRE
    assert AvisTroika.objects.get(pilote=Role.PILOTE_EN).voix == Voix.AJOURNER


def test_saisie_apres_le_retrait_du_projet_est_rendue(coordination: Client, projet: Projet, point: PointOrdreDuJour):
    executer(projet, Action.DESINSCRIRE, par=de_role(COORDINATION))
    for reponse in (
        voter(coordination, point, voix_pilote_ville=Voix.POUR, motif_pilote_ville="Un long motif"),
        decider(coordination, point, motif="Un long motif"),
    ):
        assert reponse.status_code == 409
        assert "Un long motif" in reponse.content.decode()


def test_saisie_apres_la_publication_est_rendue(coordination: Client):
    point = projet_en(Statut.VALIDE).points.get()
    for reponse in (
        voter(coordination, point, voix_pilote_ville=Voix.CONTRE, motif_pilote_ville="Un long motif"),
        decider(coordination, point, motif="Un long motif"),
    ):
        assert reponse.status_code == 409
        assert "Un long motif" in reponse.content.decode()
    assert not AvisTroika.objects.filter(voix=Voix.CONTRE).exists()


def test_point_d_une_autre_seance_ne_se_touche_pas(coordination: Client, point: PointOrdreDuJour):
    autre = fabriques.seance()
    donnees = {f"voix-{point.pk}-voix_pilote_ville": Voix.POUR}
    assert coordination.post(reverse("troika_voix", args=[autre.pk, point.pk]), donnees).status_code == 409
    assert coordination.post(reverse("troika_decision", args=[autre.pk, point.pk]), saisie(point)).status_code == 409
    assert coordination.post(reverse("troika_voix", args=[999999, point.pk]), donnees).status_code == 404
    assert not AvisTroika.objects.exists()


# --- decisions ------------------------------------------------------------------------------------------------------


def test_decision_enregistree_reste_en_attente(coordination: Client, projet: Projet, point: PointOrdreDuJour):
    fabriques.donner_les_voix(projet)
    assert decider(coordination, point, montant_2026_etat="500", montant_2026_ville="1 00,5").status_code == 200
    assert decider(coordination, point, montant_2026_etat="500,25", montant_2026_ville="100 €").status_code == 302
    decision = Decision.objects.get()
    assert not decision.publiee
    assert {(m.exercice.annee, m.financeur): m.montant for m in decision.montants.all()} == {
        (2026, Financeur.ETAT): Decimal("500.25"),
        (2026, Financeur.VILLE): Decimal("100"),
        (2027, Financeur.ETAT): Decimal("400"),
    }
    projet.refresh_from_db()
    assert projet.statut == Statut.INSCRIT
    assert not Courriel.objects.filter(gabarit="decision_publiee").exists()


def test_decision_attend_les_trois_voix(coordination: Client, point: PointOrdreDuJour):
    AvisTroika.objects.create(point=point, pilote=Role.PILOTE_EN, voix=Voix.POUR, par=de_role(Role.PILOTE_EN))
    page = decider(coordination, point).content.decode()
    assert "Il manque la voix de" in page
    assert "Pilote préfecture, Pilote ville" in page
    assert 'value="700,00"' in page
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("changements", "phrase"),
    [
        ({"sens": ""}, "Choisissez une décision"),
        ({"sens": "peut-être"}, "Choisissez une des décisions"),
        ({"sens": SensDecision.RESERVES}, "Écrivez les réserves"),
        ({"sens": SensDecision.REFUSE, "montant_2026_etat": "", "montant_2027_etat": ""}, "Écrivez le motif"),
        ({"sens": SensDecision.AJOURNE, "motif": "À revoir"}, "ne reçoit aucun montant"),
        ({"montant_2026_etat": "700,01"}, "accordés pour"),
        ({"montant_2026_etat": "600", "montant_2026_ville": "200"}, "accordés pour"),
        ({"montant_2026_etat": "-5"}, "ne peut pas être négatif"),
        ({"montant_2026_etat": "beaucoup"}, "Ce n’est pas un nombre"),
        ({"montant_2026_etat": "1" * 39}, "beaucoup trop grand"),
        ({"montant_2026_etat": "9" * 100}, "Ce n’est pas un montant"),
        ({"montant_2026_etat": "NaN"}, "Ce n’est pas un nombre"),
        ({"montant_2026_etat": "", "montant_2027_etat": ""}, "Indiquez le montant accordé"),
        ({"montant_2026_etat": "", "montant_2026_autre": "100"}, "Enveloppe dépassée"),
        ({"motif": "x" * 6000}, "signes"),
    ],
)
def test_decision_refusee_le_dit_et_garde_la_saisie(
    coordination: Client, projet: Projet, point: PointOrdreDuJour, changements: dict[str, str], phrase: str
):
    fabriques.donner_les_voix(projet)
    reponse = decider(coordination, point, justification_depassement="", **{"reserves": "", **changements})
    page = reponse.content.decode()
    assert reponse.status_code == 200
    assert phrase in page
    assert "Rien n’est perdu" in page
    for champ, valeur in changements.items():
        if valeur and champ != "sens":
            assert valeur in page
    assert not Decision.objects.exists()


@pytest.mark.parametrize("version", ["", "-1", "abc", "9" * 30, str(2**31)])
def test_version_contrefaite_ne_passe_pas(coordination: Client, projet: Projet, point: PointOrdreDuJour, version: str):
    fabriques.donner_les_voix(projet)
    assert decider(coordination, point, version=version).status_code in (200, 409)
    assert not Decision.objects.exists()


def test_depassement_d_enveloppe_se_justifie(coordination: Client, projet: Projet, point: PointOrdreDuJour):
    Enveloppe.objects.filter(annee=2026, financeur=Financeur.ETAT).update(montant=500)
    fabriques.donner_les_voix(projet)
    page = decider(coordination, point).content.decode()
    assert "Enveloppe dépassée" in page
    assert not Decision.objects.exists()
    assert decider(coordination, point, justification_depassement="Reliquat attendu.").status_code == 302
    page = coordination.get(page_de(point)).content.decode()
    assert "Enveloppe dépassée" in page  # said in words in the simulation
    assert "Reliquat attendu." in page


def test_avis_defavorable_ne_se_valide_qu_hors_temps_scolaire(coordination: Client):
    projet = projet_en(Statut.AVIS_IEN, dossier_deux_ans())
    fabriques.rendre_les_avis(projet, SensAvis.DEFAVORABLE, "Trop d’heures sur le temps de classe.")
    seance = fabriques.seance()
    fabriques.enveloppes()
    executer(projet, Action.INSCRIRE, par=de_role(COORDINATION), seance=seance)
    fabriques.donner_les_voix(projet)
    point = projet.points.get()
    assert "Trop d’heures sur le temps de classe." in coordination.get(page_de(point)).content.decode()
    assert "Un avis est défavorable" in decider(coordination, point).content.decode()
    assert decider(coordination, point, hors_temps_scolaire="on").status_code == 302
    assert Decision.objects.get().hors_temps_scolaire


def test_hors_temps_scolaire_n_est_propose_qu_a_bon_escient(coordination: Client):
    point = projet_en(Statut.PRET, hors_temps_scolaire(dossier_complet()))
    seance = fabriques.seance()
    executer(point, Action.INSCRIRE, par=de_role(COORDINATION), seance=seance)
    assert (
        "hors temps scolaire seulement"
        not in coordination.get(reverse("troika_seance", args=[seance.pk])).content.decode()
    )


def test_decision_perimee_montre_les_deux_saisies(coordination: Client, projet: Projet, point: PointOrdreDuJour):
    """Two coordinators have the page open; the first one recorded a refusal."""
    fabriques.donner_les_voix(projet)
    perimee = saisie(point, reserves="Inviter les familles.", sens=SensDecision.RESERVES)
    decider(
        client_de(de_role(Role.COORDINATEUR_EN)),
        point,
        sens=SensDecision.REFUSE,
        motif="Hors de l’appel.",
        montant_2026_etat="",
        montant_2027_etat="",
    )
    adresse = reverse("troika_decision", args=[point.seance_id, point.pk])
    reponse = coordination.post(adresse, perimee)
    page = reponse.content.decode()
    assert reponse.status_code == 409
    assert "modifié par quelqu’un d’autre" in page
    assert "Hors de l’appel." in page
    assert "Inviter les familles." in page
    assert 'value="700,00"' in page
    assert Decision.objects.get().sens == SensDecision.REFUSE
    version = re.search(rf'name="decision-{point.pk}-version" value="(\d+)"', page)[1]
    assert coordination.post(adresse, {**perimee, f"decision-{point.pk}-version": version}).status_code == 302
    assert Decision.objects.get().sens == SensDecision.RESERVES


def test_simulation_dit_ce_qui_reste(coordination: Client, projet: Projet, point: PointOrdreDuJour):
    Enveloppe.objects.update(montant=1000)
    fabriques.decider(projet)
    simulation = coordination.get(page_de(point)).context["simulation"]
    etat = simulation[2026][0]
    assert (etat.vote, etat.engage, etat.propose, etat.reste) == (1000, 0, 700, 300)
    publier_seance(point.seance, par=de_role(COORDINATION))
    etat = coordination.get(page_de(point)).context["simulation"][2026][0]
    assert (etat.vote, etat.engage, etat.propose, etat.reste) == (1000, 0, 700, 300)


# --- publication ----------------------------------------------------------------------------------------------------


def test_publication_liste_ce_qui_manque(coordination: Client, projet: Projet, point: PointOrdreDuJour):
    fabriques.decider(projet)
    manquant = inscrire("Sans décision", point.seance)
    page = coordination.get(reverse("troika_publier", args=[point.seance_id])).content.decode()
    assert f"{manquant.projet.numero}, « Sans décision »" in page.replace("\u00a0", " ")
    assert publier(coordination, point.seance).status_code == 409
    assert SeanceTroika.objects.get().est_ouverte


def test_publication_d_un_ordre_du_jour_vide(coordination: Client):
    seance = fabriques.seance()
    assert "L’ordre du jour est vide" in coordination.get(reverse("troika_publier", args=[seance.pk])).content.decode()
    assert publier(coordination, seance).status_code == 409


def test_publication_rend_la_seance_definitive(coordination: Client, projet: Projet, point: PointOrdreDuJour):
    fabriques.decider(projet)
    assert publier(coordination, point.seance).status_code == 302
    projet.refresh_from_db()
    assert projet.statut == Statut.VALIDE
    page = coordination.get(page_de(point)).content.decode()
    assert "Compte rendu (PDF)" in page
    for bouton in ("Enregistrer la décision", "Enregistrer les voix", ">Retirer<", "Publier les décisions"):
        assert bouton not in page
    assert coordination.get(reverse("troika_publier", args=[point.seance_id])).status_code == 302
    assert publier(coordination, point.seance).status_code == 302
    assert Courriel.objects.filter(gabarit="decision_publiee").count() == 1


def test_publication_refuse_ce_qui_n_a_pas_ete_relu(coordination: Client, projet: Projet, point: PointOrdreDuJour):
    fabriques.decider(projet)
    adresse = reverse("troika_publier", args=[point.seance_id])
    vue = re.search(r'name="vue" value="([^"]*)"', coordination.get(adresse).content.decode())[1]
    fabriques.decider(projet, SensDecision.REFUSE)
    reponse = coordination.post(adresse, {"vue": vue})
    assert reponse.status_code == 409
    assert "a changé depuis" in reponse.content.decode()
    projet.refresh_from_db()
    assert projet.statut == Statut.INSCRIT
    assert SeanceTroika.objects.get().est_ouverte
    assert not Courriel.objects.filter(gabarit="decision_publiee").exists()


# --- minutes --------------------------------------------------------------------------------------------------------


def test_compte_rendu_n_existe_qu_apres_la_publication(coordination: Client, point: PointOrdreDuJour):
    reponse = coordination.get(reverse("troika_compte_rendu", args=[point.seance_id]))
    assert (reponse.status_code, reponse.url) == (302, page_de(point))


def test_compte_rendu_dit_tout_et_se_lit_a_l_oreille(coordination: Client, projet: Projet, point: PointOrdreDuJour):
    fabriques.donner_les_voix(projet)
    AvisTroika.objects.filter(pilote=Role.PILOTE_VILLE).update(motif="Un très beau projet.")
    executer(
        projet,
        Action.DECIDER,
        par=de_role(COORDINATION),
        sens=SensDecision.RESERVES,
        reserves="Inviter les familles.",
        montants={(2026, Financeur.ETAT): Decimal("650.50")},
    )
    publier_seance(point.seance, par=de_role(COORDINATION))
    # What the porteur writes afterwards does not rewrite the minutes.
    projet.refresh_from_db()
    enregistrer(projet, projet.contenu.remplacer(titre="Un titre d’après"))
    rapport = compte_rendu.CompteRendu.de(SeanceTroika.objects.get(), de_role(COORDINATION))
    assert rapport.points[0].titre == "Ateliers théâtre"
    assert rapport.totaux == ((2026, Financeur.ETAT.label, Decimal("650.50")),)
    assert rapport.presences[0][1].startswith("1 voix sur 1 projet")
    reponse = coordination.get(reverse("troika_compte_rendu", args=[point.seance_id]))
    assert reponse.headers["Content-Type"] == "application/pdf"
    with pikepdf.open(BytesIO(reponse.content)) as pdf:
        assert str(pdf.Root.Lang) == "fr"
        assert "Compte rendu de la troïka" in str(pdf.docinfo["/Title"])
        assert pdf.Root.MarkInfo.Marked


def test_compte_rendu_tait_les_voix_a_qui_porte_le_projet():
    porteur = de_role(COORDINATION)
    mien = projet_en(Statut.VALIDE, dossier_complet(titre="Le mien"), porteur=porteur)
    rapport = compte_rendu.CompteRendu.de(mien.points.get().seance, porteur)
    assert rapport.points[0].voix == ()
    assert compte_rendu.CompteRendu.de(mien.points.get().seance, de_role(Role.PILOTE_EN)).points[0].voix
