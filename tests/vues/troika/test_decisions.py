"""The troïka room: voices and pending decisions, with every refusal and every conflict."""

import re
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from correspondants.enums import PILOTES, Role
from projets.enums import Action, Financeur, SensAvis, SensDecision, Statut, Voix
from projets.models import (
    AvisTroika,
    Courriel,
    Decision,
    Enveloppe,
    PointOrdreDuJour,
    Projet,
)
from projets.workflow import executer, publier_seance

from ... import fabriques
from ...fabriques import de_role, dossier_complet, dossier_deux_ans, hors_temps_scolaire, projet_en
from .gestes import COORDINATION, client_de, decider, noter, page_de, saisie, voter

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


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
    voter(coordination, point, **saisies, motif_pilote_ville="Bravo 🙂")
    noter(coordination, point, "Ligne 1\r\nLigne 2")
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


@pytest.mark.une_seule_base
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
    etat = simulation[2026].lignes[0]
    assert (etat.vote, etat.engage, etat.propose, etat.reste) == (1000, 0, 700, 300)
    publier_seance(point.seance, par=de_role(COORDINATION))
    etat = coordination.get(page_de(point)).context["simulation"][2026].lignes[0]
    assert (etat.vote, etat.engage, etat.propose, etat.reste) == (1000, 0, 700, 300)
