"""The pages of the revised budget and of the payments: who reads, who writes, what is kept when it is refused."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import Role
from projets import budgets_revises, versements
from projets.budgets_revises import Equilibre, empreinte_de, lignes_du_budget
from projets.enums import Financeur
from projets.models import BudgetRevise, Convention, DemandeReversement, Versement

from .. import fabriques
from ..versements import ETAT, VILLE, accorder, bilan_accepte, changer_l_accord, confirme, saisie

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


def client_de(personne) -> Client:
    client = Client()
    client.force_login(personne)
    return client


def texte(reponse) -> str:
    """The words of a page, spaces made plain."""
    corps = re.sub(r"<[^>]+>", " ", reponse.content.decode())
    return re.sub(r"\s+", " ", corps.replace("\u00a0", " ").replace("\u202f", " "))


def budget(exercice, *suite):
    nom = "budget_revise_action" if suite else "budget_revise"
    return reverse(nom, args=[exercice.projet.numero, exercice.annee, *suite])


def page(exercice, *suite):
    if not suite:
        return reverse("versements", args=[exercice.projet.numero])
    return reverse("versement_geste", args=[exercice.projet.numero, exercice.annee, *suite])


def envoi(client, exercice, **champs) -> dict[str, str]:
    """What the page of the budget would send, read from the page itself, then changed."""
    source = client.get(budget(exercice)).content.decode()
    donnees = dict(re.findall(r'name="(empreinte|ligne_\d+)" value="([^"]*)"', source))
    assert donnees["empreinte"]
    return donnees | {"ajouts-TOTAL_FORMS": "0", "ajouts-INITIAL_FORMS": "0", "enregistrer": "oui"} | champs


# --- who reads --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("qui", "statut"),
    [
        ("porteur", 200), (Role.COORDINATEUR_EN, 200), (Role.COORDINATEUR_VILLE, 200), (Role.PILOTE_PREFECTURE, 200),
        (Role.OBSERVATEUR, 200), (Role.ADMIN, 200), (Role.IEN, 403), ("etranger", 404), ("visiteur", 302),
    ],
)  # fmt: skip
def test_qui_lit_les_versements_et_le_budget(qui, statut):
    exercice = confirme()
    personnes = {"porteur": exercice.projet.porteur, "etranger": fabriques.utilisateur("autre@example.org")}
    client = Client() if qui == "visiteur" else client_de(personnes.get(qui) or fabriques.de_role(qui))
    for adresse in (page(exercice), budget(exercice)):
        assert client.get(adresse).status_code == statut, adresse


@pytest.mark.parametrize("qui", ["porteur", Role.PILOTE_VILLE, Role.OBSERVATEUR, Role.ADMIN])
def test_seules_les_coordinations_ecrivent_des_versements(qui):
    exercice = confirme()
    ligne = versements.enregistrer(exercice, saisie("100.00"), par=fabriques.coordinateur_de(exercice.projet))
    client = client_de(exercice.projet.porteur if qui == "porteur" else fabriques.de_role(qui))
    adresses = [page(exercice, geste) for geste in ("verser", "rendu", "conditions", "demander", "renoncer")]
    adresses.append(reverse("versement_annuler", args=[exercice.projet.numero, ligne.pk]))
    for adresse in adresses:
        assert client.get(adresse).status_code == client.post(adresse).status_code == 403, adresse
        assert adresse not in client.get(page(exercice)).content.decode()


def test_une_annee_ou_un_geste_qui_n_existent_pas():
    exercice = confirme()
    client = client_de(fabriques.coordinateur_de(exercice.projet))
    numero = exercice.projet.numero
    for adresse in (
        reverse("budget_revise", args=[numero, 2031]), reverse("budget_revise", args=[numero, 10**12]),
        reverse("budget_revise_action", args=[numero, 2026, "tout"]),
        reverse("versement_geste", args=[numero, 2026, "tout"]), reverse("versement_geste", args=[numero, 2031, "verser"]),
        reverse("versement_annuler", args=[numero, 10**15]), reverse("reversement_pdf", args=[numero, 2026]),
    ):  # fmt: skip
        assert client.get(adresse).status_code == 404, adresse


# --- the revised budget -----------------------------------------------------------------------------------------------


def test_le_porteur_part_de_la_proposition_la_change_et_la_confirme():
    exercice = accorder()
    client = client_de(exercice.projet.porteur)
    lue = client.get(budget(exercice))
    assert "600,00 €" in texte(lue)
    assert not BudgetRevise.objects.exists()  # reading writes nothing
    ajout = {
        "ajouts-TOTAL_FORMS": "1", "ajouts-0-compte": "74-DEPARTEMENT", "ajouts-0-montant": "100",
        "ajouts-0-detail": "Aide à la mobilité",
    }  # fmt: skip
    reponse = client.post(budget(exercice), envoi(client, exercice, **ajout))
    assert reponse.status_code == 302
    lignes = lignes_du_budget(BudgetRevise.objects.get())
    assert Equilibre.de(lignes).ecart == Decimal("100.00")
    assert "Les produits dépassent les charges de 100,00 €" in texte(client.get(budget(exercice)))
    refusee = client.get(budget(exercice, "confirmer"))
    assert "dépassent" in texte(refusee)
    donnees = envoi(client, exercice, confirmer="oui")
    rang = next(nom for nom, valeur in donnees.items() if valeur == "660,00")
    reponse = client.post(budget(exercice), donnees | {rang: "760"})
    assert reponse.url == budget(exercice, "confirmer")
    empreinte = re.search(r'name="empreinte" value="(\w+)"', client.get(reponse.url).content.decode())[1]
    assert client.post(reponse.url, {"empreinte": empreinte}).status_code == 302
    assert BudgetRevise.objects.get().confirme_par == exercice.projet.porteur
    finale = client.get(budget(exercice))
    assert 'name="empreinte"' not in finale.content.decode()
    assert "Aide à la mobilité" in texte(finale)


@pytest.mark.parametrize("valeur", ["-5", "abc", "9" * 40, "1,234,5"])
def test_un_montant_illisible_est_dit_et_rien_n_est_perdu(valeur):
    exercice = accorder()
    client = client_de(exercice.projet.porteur)
    donnees = envoi(client, exercice)
    rang = next(nom for nom in donnees if nom.startswith("ligne_"))
    autre = [nom for nom in donnees if nom.startswith("ligne_")][1]
    reponse = client.post(budget(exercice), donnees | {rang: valeur, autre: "321,09"})
    assert reponse.status_code == 422
    source = reponse.content.decode()
    assert f'value="{valeur}"' in source
    assert 'value="321,09"' in source
    assert f'href="#id_{rang}"' in source
    assert not BudgetRevise.objects.exists()


def test_qui_a_une_vieille_page_retrouve_ce_qu_il_a_ecrit():
    exercice = accorder()
    client = client_de(exercice.projet.porteur)
    vieille = envoi(client, exercice)
    changer_l_accord(exercice, "300.00")
    rang = next(nom for nom in vieille if nom.startswith("ligne_"))
    reponse = client.post(budget(exercice), vieille | {rang: "123,45"})
    assert reponse.status_code == 409
    assert 'value="123,45"' in reponse.content.decode()
    assert "500,00 €" in texte(reponse)  # the new grant is said
    assert not BudgetRevise.objects.exists()


def test_le_brouillon_n_est_lu_que_par_son_porteur():
    exercice = accorder()
    budgets_revises.proposer(exercice, par=exercice.projet.porteur)
    client = client_de(fabriques.coordinateur_de(exercice.projet))
    lue = client.get(budget(exercice))
    assert "660,00" not in texte(lue)
    assert client.post(budget(exercice), {}).status_code == 403
    budgets_revises.confirmer(exercice, empreinte=empreinte_de(exercice), par=exercice.projet.porteur)
    assert "660,00 €" in texte(client.get(budget(exercice)))
    assert client.post(budget(exercice, "rouvrir"), {"motif": ""}).status_code == 422
    assert client.post(budget(exercice, "rouvrir"), {"motif": "Le bus compte double."}).status_code == 302
    assert "Le bus compte double." in texte(client_de(exercice.projet.porteur).get(budget(exercice)))


def test_la_page_du_projet_et_le_suivi_disent_quoi_faire():
    exercice = accorder()
    client = client_de(exercice.projet.porteur)
    for adresse in (exercice.projet.get_absolute_url(), reverse("suivi")):
        reponse = client.get(adresse)
        assert budget(exercice) in reponse.content.decode(), adresse
        assert "budget révisé" in texte(reponse).lower()
    budgets_revises.proposer(exercice, par=exercice.projet.porteur)
    budgets_revises.confirmer(exercice, empreinte=empreinte_de(exercice), par=exercice.projet.porteur)
    assert budget(exercice) not in client.get(reverse("suivi")).content.decode()


# --- payments ---------------------------------------------------------------------------------------------------------


def mouvement(**champs) -> dict[str, str]:
    jour = timezone.localdate().isoformat()
    return {"financeur": ETAT, "montant": "100", "date": jour, "cle": str(uuid.uuid4())} | champs


def test_la_coordination_enregistre_puis_annule_un_versement():
    exercice = confirme()
    client = client_de(fabriques.coordinateur_de(exercice.projet))
    donnees = mouvement(montant="100,5", reference="M-1")
    assert client.post(page(exercice, "verser"), donnees).status_code == 302
    assert client.post(page(exercice, "verser"), donnees).status_code == 302  # the second click of a double click
    ligne = Versement.objects.get()
    assert ligne.montant == Decimal("100.50")
    lue = texte(client.get(page(exercice)))
    assert "100,50 €" in lue
    assert "299,50 €" in lue
    adresse = reverse("versement_annuler", args=[exercice.projet.numero, ligne.pk])
    assert client.post(adresse, {"motif": " "}).status_code == 422
    assert client.post(adresse, {"motif": "Mauvaise année."}).status_code == 302
    assert client.post(adresse, {"motif": "Encore."}).status_code == 409
    assert "Mauvaise année." in texte(client.get(page(exercice)))


@pytest.mark.parametrize(
    ("champs", "statut", "phrase"),
    [
        ({"montant": "400,01"}, 409, "il reste 400,00 €"),
        ({"montant": "0"}, 422, "supérieur à zéro"),
        ({"montant": "cent"}, 422, "Montant (€) :"),
        ({"date": "2999-01-01"}, 422, "à venir"),
        ({"date": "0001-01-01"}, 422, "Vérifiez l’année"),
        ({"financeur": "education_nationale"}, 422, "choix"),
        ({"cle": "pas-une-cle"}, 422, "UUID"),
    ],
)
def test_un_versement_refuse_garde_ce_qui_est_saisi(champs, statut, phrase):
    exercice = confirme()
    client = client_de(fabriques.coordinateur_de(exercice.projet))
    reponse = client.post(page(exercice, "verser"), mouvement(observation="À garder", **champs))
    assert reponse.status_code == statut
    assert phrase in texte(reponse)
    assert "À garder" in texte(reponse)
    assert not Versement.objects.exists()


def test_avant_les_conditions_la_page_demande_une_raison():
    exercice = accorder()
    client = client_de(fabriques.coordinateur_de(exercice.projet))
    assert 'name="derogation"' in client.get(page(exercice, "verser")).content.decode()
    assert client.post(page(exercice, "verser"), mouvement()).status_code == 409
    assert client.post(page(exercice, "verser"), mouvement(derogation="Décidé en séance.")).status_code == 302
    porteur = texte(client_de(exercice.projet.porteur).get(page(exercice)))
    assert "Décidé en séance." not in porteur
    assert "Quand serai-je payé" in porteur
    assert "En attente" in porteur


def test_les_conditions_se_fixent_et_le_porteur_les_lit():
    exercice = confirme()
    client = client_de(fabriques.coordinateur_de(exercice.projet))
    donnees = {f"{f}-versement": "unique" for f in (ETAT, VILLE)}
    donnees |= {
        "etat-versement": "échelonné",
        "etat-avance": "70",
        "etat-verse_du": "2026-10-01",
        "etat-a_signer": "on",
    }
    mauvaises = donnees | {"etat-avance": "101", "ville-verse_au": "2026-01-01"}
    refusee = client.post(page(exercice, "conditions"), mauvaises)
    assert refusee.status_code == 422
    assert 'value="101"' in refusee.content.decode()
    assert client.post(page(exercice, "conditions"), donnees).status_code == 302
    convention = Convention.objects.get(financeur=Financeur.ETAT)
    assert (convention.avance, convention.a_signer) == (70, True)
    lue = texte(client_de(exercice.projet.porteur).get(page(exercice)))
    for mots in ("En plusieurs fois, à partir du 1 octobre 2026", "Au-delà de 70 % (280,00 €)", "Convention signée"):
        assert mots in lue.replace("1er octobre", "1 octobre"), mots


def test_une_somme_se_demande_et_sa_lettre_se_lit():
    exercice = confirme()
    par = fabriques.coordinateur_de(exercice.projet)
    versements.enregistrer(exercice, saisie("400.00"), par=par)
    versements.enregistrer(exercice, saisie("200.00", VILLE), par=par)
    bilan_accepte(exercice, "950.00")
    client, lecteur = client_de(par), client_de(exercice.projet.porteur)
    assert "150,00 € à rendre" in texte(lecteur.get(page(exercice)))
    lue = client.get(page(exercice, "demander"))
    assert "450,00 €" in texte(lue)
    jour = (timezone.localdate() + timedelta(days=30)).isoformat()
    assert client.post(page(exercice, "demander"), {"motif": "Trop.", "avant_le": "2020-01-01"}).status_code == 422
    assert client.post(page(exercice, "demander"), {"motif": "Le bus offert.", "avant_le": jour}).status_code == 302
    assert DemandeReversement.objects.get().montant == Decimal("150.00")
    assert "déjà demandée" in texte(client.get(page(exercice, "demander")))
    assert "Le bus offert." in texte(lecteur.get(page(exercice)))
    pdf = lecteur.get(reverse("reversement_pdf", args=[exercice.projet.numero, 2026]))
    assert pdf.status_code == 200
    assert b"".join(pdf)[:5] == b"%PDF-"
    assert client.post(page(exercice, "renoncer"), {"motif": "Petite somme."}).status_code == 302
    assert "renoncé à 150,00 €" in texte(client.get(page(exercice)))
