"""The tools of the budget editor without JavaScript: paste, share in two; and the bilans that are said before depositing."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from correspondants.models import Utilisateur
from projets import workflow
from projets.dossier import Charge, Produit
from projets.enums import Action, Statut
from projets.models import Appel, Projet

from .. import fabriques
from ..formulaires import postees
from .parcours import adresse, brouillon_en_ligne, connecte, remplir

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]
D = Decimal
APRES = datetime(2027, 9, 1, 12, tzinfo=UTC)


def lisible(reponse) -> str:
    return reponse.content.decode().replace("\u00a0", " ").replace("\u202f", " ")


def en_texte(reponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", lisible(reponse)))


# --- paste ------------------------------------------------------------------------------------------------------------


def test_le_formulaire_enregistre_puis_ouvre_l_outil(client: Client, appel: Appel) -> None:
    projet = brouillon_en_ligne(client)
    donnees = postees(client.get(adresse(projet)).content, titre="Écrit juste avant", outil="coller")
    reponse = client.post(adresse(projet), donnees)
    assert reponse.url == adresse(projet, "brouillon_coller") + "?tout=1"
    assert adresse(projet) in lisible(client.get(reponse.url)), "on revient d’où l’on vient"
    projet.refresh_from_db()
    assert projet.titre == "Écrit juste avant"


def test_coller_montre_puis_inscrit_et_ne_perd_rien(client: Client, appel: Appel) -> None:
    projet = brouillon_en_ligne(client)
    dossier = fabriques.dossier_deux_ans(titre="Gardé")
    remplir(client, projet, dossier)
    url = adresse(projet, "brouillon_coller")
    texte = "Compte\t2026\t2027\nPrestations de services\t1 000,50 €\t\nDivers\t12\t8\nLocations\t1.234\t\nTotal\t1\t2"
    page = client.post(url, {"texte": texte, "lire": "1"})
    lue = en_texte(page)
    assert "2 lignes sans compte" not in lue
    assert "1 ligne sans compte reconnu" in lue
    assert "Remplace 900,00 €" in lue
    assert "deux façons" in lue
    assert "Lignes laissées de côté" in lue
    projet.refresh_from_db()
    assert projet.contenu == dossier  # nothing is written before the gesture

    donnees = postees(page.content, "collage", inscrire="1")
    refus = client.post(url, donnees)
    assert refus.status_code == 422
    assert "Choisissez le compte de cette ligne" in lisible(refus)
    assert "1 000,50" in lisible(refus)
    donnees = postees(refus.content, "collage", inscrire="1")
    suite = client.post(url, donnees | {"lignes-1-compte": "61-ASSURANCE", "lignes-2-montant_n": "1234"})
    assert suite.url == f"{reverse('deposer_section', args=[projet.jeton, 'budget'])}#id_charges"
    projet.refresh_from_db()
    assert projet.contenu.charges == (
        Charge("60-PRESTATIONS", "", D("1000.50"), D("500.00")),
        Charge("61-LOCATIONS", "", D("1234.00")),
        Charge("61-ASSURANCE", "", D("12.00"), D("8.00")),
    )
    assert projet.contenu.produits == dossier.produits
    assert projet.titre == "Gardé"


def test_coller_rien_se_dit(client: Client, appel: Appel) -> None:
    url = adresse(brouillon_en_ligne(client), "brouillon_coller")
    assert "Collez d’abord" in lisible(client.post(url, {"texte": "", "lire": "1"}))
    reponse = client.post(url, {"texte": "Bonjour", "lire": "1"})
    assert reponse.status_code == 422
    assert "Aucun montant" in lisible(reponse)
    assert "Bonjour" in lisible(reponse)


def test_le_script_recoit_ce_qui_est_compris_et_rien_n_est_ecrit(client: Client, appel: Appel) -> None:
    projet = brouillon_en_ligne(client)
    texte = "Locations\t1 234,5\nTruc\t3\nTotal\t9"
    lu = client.post(adresse(projet, "brouillon_coller"), {"texte": texte}, headers={"X-Lecture": "automatique"}).json()
    ligne = {"champ": "charges", "compte": "61-LOCATIONS", "montants": ["1\u202f234,50", None], "detail": ""}
    assert lu == {
        "lignes": [ligne | {"texte": "Locations\t1 234,5"}],
        "a_voir": ["Truc\t3"],
        "laissees": 1,
    }
    projet.refresh_from_db()
    assert not projet.contenu.charges


def test_outils_fermes_aux_autres_et_aux_questions_non_rouvertes(appel: Appel, porteur: Utilisateur) -> None:
    projet = fabriques.projet_en(Statut.A_COMPLETER, porteur=porteur)
    client, curieux = connecte(porteur), connecte(fabriques.utilisateur("curieux@example.org"))
    for nom in ("projet_coller", "projet_repartir"):
        url = reverse(nom, args=[projet.numero])
        assert curieux.get(url).status_code == 404
        assert Client().get(url).status_code == 302
        assert "Aucune question du budget n’est rouverte" in lisible(client.get(url))
    lignes = {"lignes-TOTAL_FORMS": 1, "lignes-INITIAL_FORMS": 1, "lignes-0-compte": "60-MATIERES", "inscrire": 1}
    avant = projet.contenu
    client.post(reverse("projet_coller", args=[projet.numero]), lignes | {"lignes-0-montant_n": "5"})
    projet.refresh_from_db()
    assert projet.contenu == avant


# --- share ------------------------------------------------------------------------------------------------------------


def annee_scolaire(client: Client) -> Projet:
    """A file whose whole school year stands in its first column."""
    projet = brouillon_en_ligne(client)
    charges = (Charge("60-PRESTATIONS", "", D("1000.00")), Charge("60-MATIERES", "", D("0.01")))
    produits = (Produit("74-CITE", "", D("1000.01")),)
    remplir(client, projet, fabriques.dossier_deux_ans().remplacer(charges=charges, produits=produits))
    return projet


def test_repartir_explique_propose_et_n_ecrit_qu_au_geste(client: Client, appel: Appel) -> None:
    projet = annee_scolaire(client)
    url, avant = adresse(projet, "brouillon_repartir"), projet.contenu
    page = client.get(url)
    assert "17 semaines en 2026 et 25 semaines en 2027" in lisible(page)
    donnees = postees(page.content, "repartition", calculer="1")
    assert donnees["charges-0"] == ["404,76"]
    calcul = client.post(url, donnees | {"charges-0": "400"})
    assert "600,00 €" in lisible(calcul)
    projet.refresh_from_db()
    assert projet.contenu == avant

    suite = client.post(url, postees(calcul.content, "repartition", inscrire="1", produits__0="400,00"))
    assert suite.url == f"{reverse('deposer_section', args=[projet.jeton, 'budget'])}#id_charges"
    projet.refresh_from_db()
    lus = projet.contenu
    assert [(c.montant_n, c.montant_n1) for c in lus.charges] == [(D("400.00"), D("600.00")), (D("0.01"), D("0.00"))]
    assert lus.produits[0].montant_n1 == D("600.01")
    assert lus.annees == (2026, 2027)


def test_repartir_compte_les_semaines_de_classe_quand_l_appel_a_ses_vacances(client: Client, appel: Appel) -> None:
    Appel.objects.filter(pk=appel.pk).update(
        vacances_scolaires=["17/10/2026 au 01/11/2026", "19/12/2026 au 03/01/2027"]
    )
    page = lisible(client.get(adresse(annee_scolaire(client), "brouillon_repartir")))
    assert "13 semaines de classe en 2026 et 25 semaines de classe en 2027" in page
    appel.vacances_scolaires = ["17/10/2026"]
    with pytest.raises(ValidationError, match="deux dates"):
        appel.clean()


def test_repartir_refuse_plus_que_le_total_et_garde_la_saisie(client: Client, appel: Appel) -> None:
    projet = annee_scolaire(client)
    url = adresse(projet, "brouillon_repartir")
    donnees = postees(client.get(url).content, "repartition", inscrire="1", charges__0="1000,01", produits__0="x")
    refus = client.post(url, donnees)
    assert refus.status_code == 422
    assert "entre 0 et 1 000,00 €" in lisible(refus)
    assert 'value="1000,01"' in lisible(refus)
    projet.refresh_from_db()
    assert projet.contenu.annees == (2026,)


@pytest.mark.parametrize(
    ("changements", "phrase"),
    [
        ({"date_fin": date(2026, 12, 1)}, "Rien à répartir"),
        ({"charges": (), "produits": ()}, "Aucun montant à répartir"),
        ({"annee": 2025}, "n’est pas celle du début"),
    ],
)
def test_repartir_dit_pourquoi_il_n_y_a_rien(client: Client, appel: Appel, changements: dict, phrase: str) -> None:
    projet = annee_scolaire(client)
    remplir(client, projet, projet.contenu.remplacer(**changements))
    assert phrase in lisible(client.get(adresse(projet, "brouillon_repartir")))


# --- totals where they are read -----------------------------------------------------------------------------------------


def test_la_synthese_se_lit_au_depot_et_sur_la_page_du_projet(appel: Appel, porteur: Utilisateur) -> None:
    brouillon = fabriques.brouillon(fabriques.dossier_deux_ans(nombre_professionnels=5), porteur)
    client = connecte(porteur)
    depot = en_texte(client.get(adresse(brouillon, "deposer_finaliser")))
    assert "Charges 900,00 € 500,00 € 1 400,00 €" in depot
    assert "Part de la cité éducative dans les produits 77,8 % 80,0 % 78,6 %" in depot
    assert "2026 : charges et produits sont équilibrés." in depot
    client.post(adresse(brouillon, "deposer_finaliser"))
    brouillon.refresh_from_db()
    page = en_texte(client.get(brouillon.get_absolute_url()))
    assert "Le budget prévu" in page
    assert "Coût par bénéficiaire 22,50 € 12,50 € 35,00 €" in page


# --- bilans of the structure --------------------------------------------------------------------------------------------


@pytest.fixture
def en_retard(appel: Appel, porteur: Utilisateur) -> Projet:
    """A granted project of the same structure whose bilan was due on 30 June 2027."""
    return fabriques.projet_en(Statut.VALIDE, porteur=porteur)


@time_machine.travel(APRES)
def test_un_bilan_manquant_se_dit_avant_le_depot_sans_l_empecher(en_retard: Projet, porteur: Utilisateur) -> None:
    client = connecte(porteur)
    lien = reverse("bilan_modifier", args=[en_retard.numero, 2026])
    accueil = lisible(client.get("/deposer/"))
    assert lien in accueil
    assert "attendu depuis le 30 juin 2027" in accueil
    neuf = fabriques.brouillon(porteur=porteur)
    for nom in ("deposer_verification", "deposer_finaliser"):
        assert lien in lisible(client.get(adresse(neuf, nom))), nom
    assert client.post(adresse(neuf, "deposer_finaliser")).status_code == 302
    neuf.refresh_from_db()
    assert neuf.statut == Statut.DEPOSE
    assert Action.DEPOSER not in workflow.actions_possibles(neuf, porteur)


@time_machine.travel(APRES)
def test_un_bilan_manquant_ne_se_dit_ni_a_un_visiteur_ni_avec_le_projet_d_un_autre(
    client: Client, en_retard: Projet
) -> None:
    assert "en retard" not in lisible(client.get("/deposer/"))
    anonyme = brouillon_en_ligne(client)
    remplir(client, anonyme, fabriques.dossier_complet())
    assert en_retard.numero not in lisible(client.get(adresse(anonyme)))
    assert "bilan de votre structure" not in lisible(client.get(adresse(anonyme)))
    collegue = fabriques.utilisateur("collegue@example.org")
    page = lisible(connecte(collegue).get(adresse(fabriques.brouillon(porteur=collegue))))
    assert "une personne de votre structure" in page
    assert en_retard.numero not in page


def test_un_bilan_pas_encore_du_ou_remis_ne_se_dit_pas(en_retard: Projet, porteur: Utilisateur) -> None:
    client = connecte(porteur)
    with time_machine.travel(datetime(2027, 6, 30, 12, tzinfo=UTC)):
        assert "en retard" not in lisible(client.get("/deposer/"))
    fabriques.remettre_les_bilans(en_retard)
    with time_machine.travel(APRES):
        assert "en retard" not in lisible(client.get("/deposer/"))
