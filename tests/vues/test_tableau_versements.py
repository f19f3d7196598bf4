"""The payments over all projects: totals that add up, filters that keep the right rows, who reads, the exported sheet."""

import csv
import io
from decimal import Decimal
from io import BytesIO
from itertools import product

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import Role
from projets import tableau_versements, versements
from projets.models import DemandeReversement, Exercice, MontantAccorde
from projets.suivi_financier import suivre
from projets.tableau_versements import (
    EtatPaiement,
    Filtre,
    Recherche,
    Sommes,
    annees_financees,
    cles_tenues,
    exercices_de,
    lire,
    resumer,
    total_a_rendre,
    totaux,
)

from .. import fabriques
from ..versements import ETAT, VILLE, accorder, bilan_accepte, confirme, saisie

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]
ADRESSE = reverse("pilotage_versements")


def entrer(role: str) -> Client:
    client = Client()
    client.force_login(fabriques.de_role(role))
    return client


def payer(exercice: Exercice, montant: str, financeur: str) -> None:
    versements.enregistrer(exercice, saisie(montant, financeur), par=fabriques.coordinateur_de(exercice.projet))


@pytest.fixture
def annee():
    """One that waits for its budget, one half paid, one settled, one that owes 150 €."""
    attendu, entame, solde, doit = accorder(), confirme(), confirme(), confirme()
    payer(entame, "250.50", ETAT)
    for exercice in (solde, doit):
        payer(exercice, "400.00", ETAT)
        payer(exercice, "200.00", VILLE)
    bilan_accepte(doit, "950.00")
    return {"attendu": attendu, "entame": entame, "solde": solde, "doit": doit}


def gardes(annee, **filtre) -> set[str]:
    pks = set(exercices_de(Filtre(annee=2026, **filtre)).values_list("pk", flat=True))
    return {nom for nom, exercice in annee.items() if exercice.pk in pks}


@pytest.mark.parametrize(
    ("filtre", "attendus"),
    [
        ({}, {"attendu", "entame", "solde", "doit"}),
        ({"etat": EtatPaiement.A_PAYER}, {"attendu", "entame"}),
        ({"etat": EtatPaiement.SOLDE}, {"solde", "doit"}),
        ({"etat": EtatPaiement.A_RENDRE}, {"doit"}),
        ({"etat": EtatPaiement.BUDGET}, {"attendu"}),
        ({"financeur": VILLE}, {"attendu", "entame", "solde", "doit"}),
        ({"financeur": "autre"}, set()),
        ({"mots": "introuvable"}, set()),
    ],
)
def test_les_filtres_gardent_ce_qu_ils_disent(annee, filtre, attendus):
    assert gardes(annee, **filtre) == attendus


def test_les_rangees_disent_ce_que_dit_chaque_projet_et_les_totaux_leur_somme(annee):
    exercices = exercices_de(Filtre())
    rangees = list(lire(exercices.values_list("pk", flat=True)))
    for rangee in rangees:
        suivi = suivre(rangee.exercice)
        assert [(p.accorde, p.paye, p.reste, p.a_rendre) for p in rangee.parts] == [
            (ligne.accorde, ligne.paye, ligne.reste, ligne.a_rendre) for ligne in suivi.lignes
        ]
        assert rangee.budget is suivi.budget
    sommes = {total.financeur: total for total in totaux(exercices)}
    for financeur in (ETAT, VILLE):
        parts = [part for rangee in rangees for part in rangee.parts if part.financeur == financeur]
        assert sommes[financeur].accorde == sum(part.accorde for part in parts)
        assert sommes[financeur].paye == sum(part.paye for part in parts)
    assert (sommes[ETAT].paye, sommes[VILLE].paye) == (Decimal("1050.50"), Decimal("400.00"))
    assert total_a_rendre(exercices) == Decimal("150.00")


@pytest.mark.parametrize(
    ("role", "statut", "export"),
    [
        (Role.COORDINATEUR_EN, 200, 200), (Role.PILOTE_VILLE, 200, 403), (Role.ADMIN, 200, 200),
        (Role.OBSERVATEUR, 403, 403), (Role.IEN, 403, 403),
    ],
)  # fmt: skip
def test_qui_lit_et_qui_exporte(role, statut, export):
    client = entrer(role)
    assert client.get(ADRESSE).status_code == statut
    fichier = client.get(reverse("pilotage_versements_export", args=["csv"]))
    assert fichier.status_code == export
    assert fichier.getvalue()  # read to its end, as a browser does: the file behind it is then closed


def test_la_page_et_ses_fichiers(annee):
    client = entrer(Role.COORDINATEUR_EN)
    page = client.get(ADRESSE, {"annee": "2026", "etat": "a_rendre"}).content.decode()
    assert annee["doit"].projet.numero in page
    assert annee["solde"].projet.numero not in page
    for absurde in (
        {"annee": "9" * 30},
        {"annee": "\x00"},
        {"page": "zzz", "q": "\x00'%"},
        {"etat": "rien", "financeur": "x"},
    ):
        assert client.get(ADRESSE, absurde).status_code == 200
    assert client.get(reverse("pilotage_versements_export", args=["exe"])).status_code == 404
    fichier = client.get(reverse("pilotage_versements_export", args=["csv"]), {"annee": "2026"})
    lignes = list(csv.reader(io.StringIO(b"".join(fichier).decode("utf-8-sig")), delimiter=";"))
    assert len(lignes) >= 9
    classeur = client.get(reverse("pilotage_versements_export", args=["xlsx"]), {"annee": "2026", "financeur": "ville"})
    feuille = openpyxl.load_workbook(BytesIO(b"".join(classeur)), data_only=True).active
    colonne = [cellule.value for cellule in feuille["F"]]
    assert colonne[0] == "Accordé"
    assert sum(colonne[1:5]) == colonne[5] == 800


def test_les_sommes_tenues_disent_ce_que_les_projets_additionnent(annee):
    """To the cent, with what a funder gave up, what was paid without being granted any more, and nothing granted at all."""
    doit, entame = annee["doit"], annee["entame"]
    qui = fabriques.de_role(Role.ADMIN)
    DemandeReversement.objects.create(
        exercice=doit,
        montant=150,
        montant_remis=Decimal("33.33"),
        motif_remise="Peu.",
        remise_le=timezone.now(),
        avant_le=doit.projet.depose_le,
        demandee_par=qui,
    )
    Exercice.objects.filter(pk=accorder({(2026, ETAT): "7.77"}).pk).update(annee=2027)
    MontantAccorde.objects.filter(exercice=annee["solde"], financeur=VILLE).update(montant=0)
    MontantAccorde.objects.filter(exercice=entame).update(montant=0)  # 250,50 € paid for nothing
    assert Sommes.tenues() is not None  # folded by who reads
    for annees, financeur, etat in product((None, 2026, 2027, 1999), ("", ETAT, VILLE, "autre"), ("", *EtatPaiement)):
        filtre, tenues = Filtre(annees, financeur, etat), Sommes.tenues(etats=True)
        assert tenues.resume(filtre) == resumer(exercices_de(filtre), financeur), filtre
        vraies = list(exercices_de(filtre).values_list("pk", flat=True))
        assert cles_tenues(filtre, tenues.par_annee(filtre), 0, 25) == vraies, filtre
        assert cles_tenues(filtre, tenues.par_annee(filtre), 1, 3) == vraies[1:3], filtre
    assert Sommes.tenues().resume(Filtre()).a_rendre == Decimal("116.67")
    assert Sommes.tenues().annees == annees_financees() == [2027, 2026]


@pytest.mark.parametrize("borne", [2, 100])
def test_une_recherche_trouve_la_meme_chose_bornee_ou_non(annee, monkeypatch, borne):
    monkeypatch.setattr(tableau_versements, "COMPTE_MAX", borne)
    assert Sommes.tenues() is not None
    mot = annee["doit"].projet.titre.split()[0]
    for financeur, etat, mots in product(("", VILLE), ("", *EtatPaiement), (mot, "introuvable")):
        filtre = Filtre(2026, financeur, etat, mots)
        vraies = list(exercices_de(filtre).values_list("pk", flat=True))
        recherche = Recherche(filtre, [2027, 2026])
        assert recherche.en_partie == (len(vraies) > borne)
        assert recherche.cles(0, borne) == vraies[:borne], filtre
        if not recherche.en_partie:
            assert recherche.resume() == resumer(exercices_de(filtre), financeur), filtre
    page = entrer(Role.COORDINATEUR_EN).get(ADRESSE, {"annee": "", "q": mot}).content.decode()
    assert ("elles ne sont pas additionnées" in page) == (borne == 2)
    assert ("Par financeur" in page) == (borne != 2)


def test_ce_que_montre_une_page_attend_que_quelque_chose_se_passe(annee):
    client = entrer(Role.COORDINATEUR_EN)
    assert "400,50\xa0€" not in client.get(ADRESSE).content.decode()
    payer(annee["entame"], "149.50", ETAT)
    assert "1\u202f200,00" in client.get(ADRESSE).content.decode()


def test_sans_rien_d_accorde_la_page_le_dit(appel):
    assert "Rien n’est encore accordé" in entrer(Role.COORDINATEUR_EN).get(ADRESSE).content.decode()
