"""Bilans on the web: who sees what, filling without losing a word, depositing, examining."""

from decimal import Decimal

import pytest
from django.urls import reverse

from correspondants.enums import Role
from projets import bilans
from projets.enums import StatutBilan
from projets.models import Bilan, Courriel

from .. import annee_connue, fabriques
from ..bilans_web import adresse, saisie

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.fixture
def projet():
    return fabriques.projet_en("valide")


@pytest.fixture
def porteur(client, projet):
    client.force_login(projet.porteur)
    return client


def ligne(projet, compte):
    return Bilan.objects.get(exercice__projet=projet, exercice__annee=2026).lignes.get(compte=compte)


# --- who sees ---------------------------------------------------------------------------------------------------------


def test_un_inconnu_est_prie_de_se_connecter(client, projet):
    assert client.get(adresse(projet)).status_code == 302
    assert client.get(reverse("bilans")).status_code == 302


@pytest.mark.parametrize("nom", ["bilan", "bilan_modifier", "bilan_pdf"])
def test_le_projet_d_un_autre_n_existe_pas(client, projet, nom):
    client.force_login(fabriques.utilisateur("autre@example.org"))
    assert client.get(adresse(projet, nom)).status_code == 404


def test_une_autorite_consultee_ne_lit_pas_les_bilans(client, projet):
    client.force_login(fabriques.de_role(Role.IEN))
    assert client.get(adresse(projet)).status_code == 404


def test_un_exercice_sans_financement_n_a_pas_de_bilan(client):
    projet = fabriques.projet_en("depose")
    client.force_login(projet.porteur)
    assert client.get(adresse(projet)).status_code == 404
    for annee in (99999, 10**20):
        assert client.get(adresse(projet, annee=annee)).status_code == 404


def test_une_decision_en_attente_ne_se_devine_pas(client):
    projet = fabriques.projet_en("inscrit")
    fabriques.decider(projet)
    client.force_login(projet.porteur)
    assert client.get(adresse(projet)).status_code == 404
    assert "Vous n’avez aucun bilan à remettre" in client.get(reverse("bilans")).content.decode()


@pytest.mark.une_seule_base
@pytest.mark.parametrize("role", [Role.COORDINATEUR_EN, Role.PILOTE_VILLE, Role.OBSERVATEUR, Role.ADMIN])
def test_les_services_ne_lisent_un_bilan_que_depose(client, projet, role):
    bilan = annee_connue.remplir(projet, 2026, {}, realisation="Texte encore privé")
    client.force_login(fabriques.de_role(role))
    page = client.get(adresse(projet)).content.decode()
    assert "pas encore déposé" in page
    assert "Texte encore privé" not in page
    assert client.get(adresse(projet, "bilan_pdf")).status_code == 404
    bilans.deposer(bilan, par=projet.porteur)
    assert "Texte encore privé" in client.get(adresse(projet)).content.decode()
    assert client.get(adresse(projet, "bilan_pdf")).content.startswith(b"%PDF-")
    assert client.get(adresse(projet, "bilan_modifier")).status_code == 403


# --- filling ----------------------------------------------------------------------------------------------------------


def test_le_bilan_est_prerempli_avec_ce_qui_a_ete_accorde(client):
    projet = fabriques.projet_en("pret")
    annee_connue.accorder(projet, {(2026, "ville"): Decimal("640.50")})
    client.force_login(projet.porteur)
    page = client.get(adresse(projet, "bilan_modifier")).content.decode()
    assert "640,50" in page.replace("\u202f", "")
    assert ligne(projet, "74-CITE").prevu == Decimal("640.50")
    assert "Séances d’observation" in page


def test_un_brouillon_s_enregistre_incomplet(porteur, projet):
    reponse = porteur.post(
        adresse(projet, "bilan_modifier"), saisie(porteur, projet, realisation="", filles="12 filles")
    )
    assert reponse.status_code == 302
    bilan = Bilan.objects.get()
    assert (bilan.statut, bilan.realisation, bilan.filles) == ("brouillon", "", 12)
    assert ligne(projet, "60-PRESTATIONS").realise == Decimal(500)


@pytest.mark.une_seule_base
@pytest.mark.parametrize(
    "tape", ["beaucoup", "-5", "1e9", "99 999 999 999 999", "12,345", "1.234", "NaN", "x" * 5000, "١٢٣ abc"]
)
def test_un_montant_illisible_garde_le_texte_et_le_reste(porteur, projet, tape):
    donnees = saisie(porteur, projet)
    champ = f"ligne_{ligne(projet, '60-PRESTATIONS').pk}"
    reponse = porteur.post(adresse(projet, "bilan_modifier"), donnees | {champ: tape, "observations": "À garder"})
    assert reponse.status_code == 200
    form = reponse.context["form"]
    assert form[champ].errors
    assert form[champ].value() == tape
    bilan = Bilan.objects.get()
    assert bilan.observations == "À garder"
    assert ligne(projet, "60-MATIERES").realise == Decimal(500)
    assert ligne(projet, "60-PRESTATIONS").realise is None


def test_un_texte_trop_long_n_est_pas_coupe(porteur, projet):
    reponse = porteur.post(adresse(projet, "bilan_modifier"), saisie(porteur, projet, resultats="é" * 10_001))
    assert reponse.status_code == 200
    assert reponse.context["form"]["resultats"].value() == "é" * 10_001
    assert Bilan.objects.get().realisation == "Quatre séances, une sortie."


def test_des_lignes_imprevues_s_ajoutent_se_gardent_et_se_retirent(porteur, projet):
    ajouts = {
        "ajouts-TOTAL_FORMS": "3", "ajouts-0-compte": "62-DEPLACEMENTS", "ajouts-0-detail": "Bus", "ajouts-0-realise": "80,50",
        "ajouts-1-compte": "", "ajouts-1-detail": "", "ajouts-1-realise": "",
        "ajouts-2-compte": "75-758", "ajouts-2-detail": "Don", "ajouts-2-realise": "trop",
    }  # fmt: skip
    reponse = porteur.post(adresse(projet, "bilan_modifier"), saisie(porteur, projet, **ajouts))
    assert reponse.status_code == 200, "une ligne est à corriger"
    assert "trop" in reponse.content.decode()
    assert ligne(projet, "62-DEPLACEMENTS").realise == Decimal("80.50")
    assert ligne(projet, "75-758").realise is None
    page = porteur.get(adresse(projet, "bilan_modifier"))
    assert page.context["ajouts"].initial_form_count() == 2
    ajouts |= {"ajouts-2-realise": "10", "ajouts-0-DELETE": "on", "ajouts-INITIAL_FORMS": "2"}
    assert porteur.post(adresse(projet, "bilan_modifier"), saisie(porteur, projet, **ajouts)).status_code == 302
    assert list(Bilan.objects.get().lignes.filter(prevu=0).values_list("compte", "realise")) == [
        ("75-758", Decimal(10))
    ]


@pytest.mark.parametrize(
    "ajouts",
    [
        {"ajouts-TOTAL_FORMS": "x"},
        {"ajouts-TOTAL_FORMS": "100000"},
        {"ajouts-TOTAL_FORMS": "1", "ajouts-0-compte": "99-INCONNU", "ajouts-0-realise": "5"},
        {"ajouts-TOTAL_FORMS": "1", "ajouts-0-compte": "74-CITE", "ajouts-0-realise": "5"},
        {"ajouts-TOTAL_FORMS": "1", "ajouts-0-realise": "5"},
    ],
)
def test_des_lignes_forgees_ne_cassent_rien(porteur, projet, ajouts):
    reponse = porteur.post(adresse(projet, "bilan_modifier"), saisie(porteur, projet, **ajouts))
    assert reponse.status_code == 200
    assert Bilan.objects.get().lignes.filter(prevu=0).count() == 0
    assert Bilan.objects.get().realisation == "Quatre séances, une sortie."


def test_un_onglet_perime_est_refuse_et_garde_la_saisie(porteur, projet):
    ancienne = saisie(porteur, projet, resultats="Écrit dans le vieil onglet")
    porteur.post(adresse(projet, "bilan_modifier"), saisie(porteur, projet, resultats="Écrit ailleurs"))
    reponse = porteur.post(adresse(projet, "bilan_modifier"), ancienne)
    assert reponse.status_code == 409
    assert "Écrit dans le vieil onglet" in reponse.content.decode()
    assert Bilan.objects.get().resultats == "Écrit ailleurs"
    nouvelle = ancienne | {"empreinte": reponse.context["empreinte"]}
    assert porteur.post(adresse(projet, "bilan_modifier"), nouvelle).status_code == 302
    assert Bilan.objects.get().resultats == "Écrit dans le vieil onglet"


def test_apres_le_depot_rien_ne_change_et_rien_ne_se_perd(porteur, projet):
    donnees = saisie(porteur, projet, resultats="Écrit trop tard")
    bilans.deposer(annee_connue.remplir(projet, 2026, {}), par=projet.porteur)
    reponse = porteur.post(adresse(projet, "bilan_modifier"), donnees)
    assert reponse.status_code == 409
    assert "Écrit trop tard" in reponse.content.decode()
    assert Bilan.objects.get().resultats == ""
    assert porteur.get(adresse(projet, "bilan_modifier")).status_code == 302


def test_les_lignes_d_un_autre_bilan_ne_se_touchent_pas(porteur, projet):
    autre = annee_connue.remplir(
        fabriques.projet_en("valide", porteur=fabriques.utilisateur("autre@example.org")), 2026, {}
    )
    cible = autre.lignes.first()
    porteur.post(adresse(projet, "bilan_modifier"), saisie(porteur, projet, **{f"ligne_{cible.pk}": "1"}))
    cible.refresh_from_db()
    assert cible.realise == cible.prevu


# --- deposit, acceptance ----------------------------------------------------------------------------------------------


def test_du_brouillon_a_l_acceptation(client, projet):
    client.force_login(projet.porteur)
    reponse = client.post(adresse(projet, "bilan_modifier"), saisie(client, projet, deposer="oui"))
    assert reponse.url == adresse(projet, "bilan_action", "deposer")
    page = client.get(reponse.url).content.decode()
    assert "Déposer le bilan" in page
    assert Bilan.objects.get().statut == StatutBilan.BROUILLON, "un GET ne fait rien"
    assert client.post(reponse.url).url == adresse(projet)
    assert Bilan.objects.get().statut == StatutBilan.DEPOSE
    assert Courriel.objects.filter(gabarit="bilan_depose").exists() or not fabriques.coordinateur_de(projet)

    client.force_login(fabriques.coordinateur_de(projet))
    assert client.get(adresse(projet, "bilan_action", "accepter")).status_code == 200
    assert Bilan.objects.get().statut == StatutBilan.DEPOSE
    vide = client.post(adresse(projet, "bilan_action", "renvoyer"), {"motif": "  "})
    assert vide.status_code == 200
    assert Bilan.objects.get().statut == StatutBilan.DEPOSE
    client.post(adresse(projet, "bilan_action", "renvoyer"), {"motif": "Joignez la facture du bus."})
    assert Bilan.objects.get().statut == StatutBilan.A_COMPLETER

    client.force_login(projet.porteur)
    assert "Joignez la facture du bus." in client.get(adresse(projet)).content.decode()
    client.post(adresse(projet, "bilan_action", "deposer"))
    client.force_login(fabriques.coordinateur_de(projet))
    client.post(adresse(projet, "bilan_action", "accepter"))
    assert Bilan.objects.get().statut == StatutBilan.ACCEPTE


def test_un_bilan_incomplet_dit_ce_qui_manque(porteur, projet):
    bilans.preparer(projet.exercices.get(), projet.porteur)
    page = porteur.get(adresse(projet, "bilan_action", "deposer")).content.decode()
    assert "Écrivez le montant réalisé" in page
    porteur.post(adresse(projet, "bilan_action", "deposer"))
    assert Bilan.objects.get().statut == StatutBilan.BROUILLON


@pytest.mark.une_seule_base
@pytest.mark.parametrize("action", ["accepter", "renvoyer"])
@pytest.mark.parametrize("role", [Role.COORDINATEUR_VILLE, Role.PILOTE_EN, Role.OBSERVATEUR, Role.ADMIN])
def test_seule_la_coordination_en_charge_examine(client, projet, action, role):
    bilans.deposer(annee_connue.remplir(projet, 2026, {}), par=projet.porteur)
    assert fabriques.coordinateur_de(projet) != fabriques.de_role(role)
    client.force_login(fabriques.de_role(role))
    assert client.post(adresse(projet, "bilan_action", action), {"motif": "x"}).status_code == 403
    assert Bilan.objects.get().statut == StatutBilan.DEPOSE


def test_le_porteur_n_accepte_pas_son_propre_bilan(porteur, projet):
    bilans.deposer(annee_connue.remplir(projet, 2026, {}), par=projet.porteur)
    assert porteur.post(adresse(projet, "bilan_action", "accepter")).status_code == 403
    assert porteur.post(adresse(projet, "bilan_action", "deposer")).status_code == 409
    assert porteur.get(adresse(projet, "bilan_action", "inconnue")).status_code == 404


def test_un_second_clic_d_acceptation_est_dit_sans_erreur(client, projet):
    bilans.deposer(annee_connue.remplir(projet, 2026, {}), par=projet.porteur)
    client.force_login(fabriques.coordinateur_de(projet))
    client.post(adresse(projet, "bilan_action", "accepter"))
    reponse = client.post(adresse(projet, "bilan_action", "renvoyer"), {"motif": "Trop tard"})
    assert reponse.status_code == 409
    assert "Accepté" in reponse.content.decode()


# --- the list ---------------------------------------------------------------------------------------------------------


def test_la_liste_du_porteur_dit_ses_echeances(porteur, projet):
    page = porteur.get(reverse("bilans")).content.decode().replace("\u00a0", " ")
    assert "À remettre" in page
    assert "30 juin 2027" in page
    assert "Remplir" in page


def test_la_liste_des_services_compte_et_filtre(client):
    annee_connue.construire()
    client.force_login(fabriques.de_role(Role.COORDINATEUR_VILLE))
    reponse = client.get(reverse("bilans"), {"annee": "2026"})
    assert {etat.value: nombre for etat, _, nombre in reponse.context["compteurs"]} == {
        "a_examiner": 1, "en_retard": 0, "a_completer": 0, "attendu": 1, "accepte": 1,
    }  # fmt: skip
    assert [s.numero for s in reponse.context["suivis"]] == ["2026-0001", "2026-0003", "2026-0002"]
    acceptes = client.get(reverse("bilans"), {"etat": "accepte"})
    assert [s.numero for s in acceptes.context["suivis"]] == ["2026-0002"]
    trouves = client.get(reverse("bilans"), {"q": "tilleuls"})
    assert len(trouves.context["suivis"]) == 4
    assert "Aucun bilan ne correspond" in client.get(reverse("bilans"), {"q": "introuvable"}).content.decode()


@pytest.mark.parametrize(
    "requete", ["annee=x", "annee=99999999999999", "etat=zzz", "page=-1", "page=x", "q=%00", "q=%25"]
)
def test_une_adresse_bricolee_montre_la_liste(porteur, projet, requete):
    assert porteur.get(f"{reverse('bilans')}?{requete}").status_code == 200


REQUETES_LISTE = 5  # what was read is kept until something happens


@pytest.mark.parametrize("nombre", [1, 3])
def test_la_liste_ne_fait_pas_une_requete_par_ligne(client, nombre, django_assert_num_queries):
    for _ in range(nombre):
        fabriques.projet_en("clos")
    client.force_login(fabriques.de_role(Role.COORDINATEUR_VILLE))
    client.get(reverse("bilans"))
    with django_assert_num_queries(REQUETES_LISTE):
        client.get(reverse("bilans"))
