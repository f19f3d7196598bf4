"""The revised budget: when it is awaited, what is proposed, what may be confirmed and by whom, what bilans take of it."""

import dataclasses
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from correspondants.enums import Role
from projets import bilans, budgets_revises
from projets.budgets_revises import Equilibre, LigneVoulue, Methode, calculer, empreinte_de, lignes_du_budget
from projets.enums import Fait, StatutBilan
from projets.models import BudgetRevise, Courriel, Exercice, ModificationConcurrente, Passage
from projets.models.versements import EtatBudget
from projets.relances import relancer_budgets
from projets.suivi_financier import budgets_attendus, etat_du_budget, exigences
from projets.workflow import ActionImpossible, ActionInterdite, publier_seance

from . import fabriques
from .versements import ETAT, accorder, changer_l_accord, confirme, relire

pytestmark = pytest.mark.django_db
CENT = Decimal("0.01")
montants = st.integers(0, 10_000_000).map(lambda cents: cents * CENT)


def etat(exercice: Exercice) -> EtatBudget:
    frais = relire(exercice)
    lu = etat_du_budget(frais, frais.montant_accorde)
    attendus = budgets_attendus(Exercice.objects.filter(pk=exercice.pk))
    assert attendus.exists() == (lu in (EtatBudget.ATTENDU, EtatBudget.A_RECONFIRMER))  # one rule, said twice
    return lu


def courriels(gabarit: str) -> list[Courriel]:
    return list(Courriel.objects.filter(gabarit=gabarit).order_by("pk"))


# --- the proposal -----------------------------------------------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # the machine may be busy
@given(
    charges=st.lists(montants, min_size=1, max_size=6),
    autres=st.lists(montants, max_size=4),
    volontaires=st.lists(montants, max_size=2),
    accorde=montants,
)
@pytest.mark.une_seule_base
def test_la_proposition_au_prorata_est_toujours_equilibree_au_centime(charges, autres, volontaires, accorde):
    demandees = [
        *(LigneVoulue("60-MATIERES", "charge", str(n), m) for n, m in enumerate(charges)),
        *(LigneVoulue("86-864", "charge", "", m) for m in volontaires),
        LigneVoulue("74-CITE", "produit", "", Decimal(1000)),
        *(LigneVoulue("74-COMMUNE", "produit", str(n), m) for n, m in enumerate(autres)),
    ]
    lignes = calculer(demandees, accorde)
    equilibre = Equilibre.de(lignes)
    if any(charges):
        assert equilibre.ecart == 0
    assert all(x.montant >= 0 and x.montant == x.montant.quantize(CENT) for x in lignes)
    assert [x.montant for x in lignes if x.est_volontaire] == volontaires
    assert [x.montant for x in lignes if x.est_subvention] == [accorde]
    assert equilibre.produits == accorde + sum(autres)
    inchangees = calculer(demandees, accorde, Methode.INCHANGE)
    assert [x.montant for x in inchangees if x.sens == "charge"] == [x.montant for x in demandees if x.sens == "charge"]


def test_la_proposition_remplace_le_demande_par_l_accorde():
    exercice = accorder()
    budget = budgets_revises.proposer(exercice, par=exercice.projet.porteur)
    lignes = {x.compte: x.montant for x in lignes_du_budget(budget)}
    assert lignes == {
        "60-MATIERES": Decimal("660.00"), "60-PRESTATIONS": Decimal("440.00"),
        "74-CITE": Decimal("600.00"), "74-COMMUNE": Decimal("500.00"),
    }  # fmt: skip
    budgets_revises.proposer(exercice, par=exercice.projet.porteur, methode=Methode.INCHANGE)
    assert Equilibre.de(lignes_du_budget(budget)).ecart == Decimal("-400.00")


# --- when it is awaited -----------------------------------------------------------------------------------------------


def test_il_est_attendu_quand_moins_est_accorde_et_le_porteur_le_sait():
    exercice = accorder()
    assert etat(exercice) is EtatBudget.ATTENDU
    (courriel,) = courriels("budget_revise_attendu")
    assert courriel.destinataire == exercice.projet.porteur.email
    assert "600,00\u00a0€" in courriel.texte
    assert "1\u202f000,00\u00a0€" in courriel.texte
    assert f"/projets/{exercice.projet.numero}/budget/2026/" in courriel.texte
    assert exigences(exercice) == ["Le budget révisé 2026 n’est pas encore confirmé par le porteur."]


def test_tout_accorde_rien_n_est_attendu_sauf_si_le_porteur_le_souhaite():
    exercice = fabriques.projet_en("valide").exercices.get()
    assert etat(exercice) is EtatBudget.LIBRE
    assert not courriels("budget_revise_attendu")
    assert exigences(exercice) == []
    budgets_revises.proposer(exercice, par=exercice.projet.porteur)
    assert etat(exercice) is EtatBudget.ATTENDU
    budgets_revises.abandonner(exercice, par=exercice.projet.porteur)
    assert etat(exercice) is EtatBudget.LIBRE
    exige = accorder()
    budgets_revises.proposer(exige, par=exige.projet.porteur)
    with pytest.raises(ActionImpossible, match="nécessaire"):
        budgets_revises.abandonner(exige, par=exige.projet.porteur)


def test_une_decision_qui_change_le_montant_oblige_a_confirmer_de_nouveau():
    exercice = confirme()
    assert etat(exercice) is EtatBudget.CONFIRME
    changer_l_accord(exercice, "350.00")
    assert etat(exercice) is EtatBudget.A_RECONFIRMER
    assert "à confirmer de nouveau" in exigences(exercice)[0]
    porteur = exercice.projet.porteur
    with pytest.raises(ActionImpossible, match="550,00"):
        budgets_revises.confirmer(exercice, empreinte=empreinte_de(exercice), par=porteur)
    budgets_revises.proposer(exercice, par=porteur)
    budgets_revises.confirmer(exercice, empreinte=empreinte_de(exercice), par=porteur)
    assert etat(exercice) is EtatBudget.CONFIRME
    changer_l_accord(exercice, "800.00")  # everything is granted now: the confirmed budget is still not the right one
    assert etat(exercice) is EtatBudget.A_RECONFIRMER


# --- the draft and the confirmation -----------------------------------------------------------------------------------


def lignes_avec(exercice: Exercice, **montants: str) -> list[LigneVoulue]:
    budget = BudgetRevise.objects.get(exercice=exercice)
    return [
        dataclasses.replace(x, montant=Decimal(montants.get(x.compte.replace("-", "_"), x.montant)))
        for x in lignes_du_budget(budget)
    ]


@pytest.mark.parametrize(
    ("changement", "phrase"),
    [
        ({"60_MATIERES": "660.01"}, "Les charges dépassent les produits de 0,01"),
        ({"60_MATIERES": "659.99"}, "Les produits dépassent les charges de 0,01"),
        ({"74_COMMUNE": "0"}, "Les charges dépassent les produits de 500,00"),
    ],
)
def test_un_budget_desequilibre_se_garde_mais_ne_se_confirme_pas(changement, phrase):
    exercice = accorder()
    porteur = exercice.projet.porteur
    budgets_revises.proposer(exercice, par=porteur)
    lignes = lignes_avec(exercice, **changement)
    budgets_revises.enregistrer(exercice, lignes, empreinte=empreinte_de(exercice), par=porteur)
    with pytest.raises(ActionImpossible, match=phrase):
        budgets_revises.confirmer(exercice, empreinte=empreinte_de(exercice), par=porteur)
    assert etat(exercice) is EtatBudget.ATTENDU


def test_les_contributions_volontaires_s_equilibrent_a_part():
    exercice = accorder()
    porteur = exercice.projet.porteur
    budgets_revises.proposer(exercice, par=porteur)
    volontaire = LigneVoulue("86-864", "charge", "", Decimal("80.00"))
    lignes = [*lignes_avec(exercice), volontaire]
    budgets_revises.enregistrer(exercice, lignes, empreinte=empreinte_de(exercice), par=porteur)
    with pytest.raises(ActionImpossible, match="contributions volontaires"):
        budgets_revises.confirmer(exercice, empreinte=empreinte_de(exercice), par=porteur)
    lignes.append(LigneVoulue("87-875", "produit", "", Decimal("80.00")))
    budgets_revises.enregistrer(exercice, lignes, empreinte=empreinte_de(exercice), par=porteur)
    budgets_revises.confirmer(exercice, empreinte=empreinte_de(exercice), par=porteur)
    assert etat(exercice) is EtatBudget.CONFIRME


def test_la_ligne_de_la_subvention_dit_toujours_ce_qui_est_accorde():
    exercice = accorder()
    porteur = exercice.projet.porteur
    budgets_revises.proposer(exercice, par=porteur)
    triche = lignes_avec(exercice, **{"74_CITE": "1000.00", "60_MATIERES": "1060.00"})
    budget = budgets_revises.enregistrer(exercice, triche, empreinte=empreinte_de(exercice), par=porteur)
    assert [x.montant for x in lignes_du_budget(budget) if x.est_subvention] == [Decimal("600.00")]
    for fautives in ([x for x in triche if not x.est_subvention], [*triche, triche[-2]]):
        with pytest.raises(ActionImpossible, match="seule ligne"):
            budgets_revises.enregistrer(exercice, fautives, empreinte=empreinte_de(exercice), par=porteur)


def test_qui_a_vu_autre_chose_n_ecrase_ni_ne_confirme_rien():
    exercice = accorder()
    porteur = exercice.projet.porteur
    budgets_revises.proposer(exercice, par=porteur)
    vue = empreinte_de(exercice)
    budgets_revises.enregistrer(exercice, lignes_avec(exercice, **{"60_MATIERES": "1"}), empreinte=vue, par=porteur)
    for geste in (
        lambda: budgets_revises.enregistrer(exercice, lignes_avec(exercice), empreinte=vue, par=porteur),
        lambda: budgets_revises.confirmer(exercice, empreinte=vue, par=porteur),
    ):
        with pytest.raises(ModificationConcurrente):
            geste()
    vue = empreinte_de(exercice)
    changer_l_accord(exercice, "399.00")  # the grant is part of what was seen
    with pytest.raises(ModificationConcurrente):
        budgets_revises.enregistrer(exercice, lignes_avec(exercice), empreinte=vue, par=porteur)


def test_confirmer_previent_la_coordination_et_le_journal_le_garde():
    exercice = confirme()
    destinataires = {courriel.destinataire for courriel in courriels("budget_revise_confirme")}
    assert fabriques.coordinateur_de(exercice.projet).email in destinataires
    assert exercice.projet.porteur.email not in destinataires
    passage = Passage.objects.get(action=Fait.BUDGET_CONFIRME)
    assert passage.par == exercice.projet.porteur
    assert "1\u202f100,00\u00a0€" in passage.motif
    budget = exercice.budget_revise
    assert budget.confirme_par == exercice.projet.porteur
    assert budget.accorde == Decimal("600.00")
    assert exigences(exercice) == []


def test_la_coordination_rouvre_avec_une_raison():
    exercice = confirme()
    coordination = fabriques.coordinateur_de(exercice.projet)
    with pytest.raises(ActionImpossible, match="pourquoi"):
        budgets_revises.rouvrir(exercice, motif=" ", par=coordination)
    budgets_revises.rouvrir(exercice, motif="Le bus est compté deux fois.", par=coordination)
    assert etat(exercice) is EtatBudget.ATTENDU
    assert "deux fois" in courriels("budget_revise_rouvert")[0].texte
    with pytest.raises(ActionImpossible, match="pas confirmé"):
        budgets_revises.rouvrir(exercice, motif="Encore.", par=coordination)


ROLES = [
    "porteur",
    "autre_porteur",
    "coordination",
    "autre_coordination",
    Role.PILOTE_VILLE,
    Role.OBSERVATEUR,
    Role.IEN,
]


def personne(qui: str, exercice: Exercice):
    projet = exercice.projet
    autre = {Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE} - {projet.coordination}
    return {
        "porteur": lambda: projet.porteur,
        "autre_porteur": lambda: fabriques.utilisateur("autre@example.org"),
        "coordination": lambda: fabriques.coordinateur_de(projet),
        "autre_coordination": lambda: fabriques.de_role(autre.pop()),
    }.get(qui, lambda: fabriques.de_role(qui))()


@pytest.mark.parametrize("qui", ROLES)
def test_qui_peut_quoi_sur_un_budget_attendu_puis_confirme(qui):
    exercice = accorder()
    par = personne(qui, exercice)
    gestes = {
        "proposer": lambda: budgets_revises.proposer(exercice, par=par),
        "enregistrer": lambda: budgets_revises.enregistrer(
            exercice, lignes_avec(exercice), empreinte=empreinte_de(exercice), par=par
        ),
        "confirmer": lambda: budgets_revises.confirmer(exercice, empreinte=empreinte_de(exercice), par=par),
        "rouvrir": lambda: budgets_revises.rouvrir(exercice, motif="À revoir.", par=par),
    }
    budgets_revises.proposer(exercice, par=exercice.projet.porteur)

    def permis(nom: str) -> bool:
        try:
            gestes[nom]()
        except ActionInterdite:
            return False
        except ActionImpossible:
            pass
        return True

    du_porteur = {nom for nom in ("proposer", "enregistrer", "confirmer") if permis(nom)}
    assert du_porteur == ({"proposer", "enregistrer", "confirmer"} if qui == "porteur" else set())
    if qui != "porteur":
        budgets_revises.confirmer(exercice, empreinte=empreinte_de(exercice), par=exercice.projet.porteur)
    assert permis("rouvrir") == (qui == "coordination")
    if qui == "porteur":  # confirmed: no longer hers to write
        for nom in ("proposer", "enregistrer", "confirmer"):
            with pytest.raises(ActionImpossible, match="est confirmé"):
                gestes[nom]()


# --- bilans -----------------------------------------------------------------------------------------------------------


def prevus(exercice: Exercice) -> dict[str, Decimal]:
    bilan = bilans.preparer(exercice, exercice.projet.porteur)
    return {ligne.compte_id: ligne.prevu for ligne in bilan.lignes.all()}


def test_le_bilan_se_prepare_sur_le_budget_confirme():
    assert prevus(confirme())["60-MATIERES"] == Decimal("660.00")
    attendu = prevus(accorder())
    assert (attendu["60-MATIERES"], attendu["74-CITE"]) == (Decimal("900.00"), Decimal("600.00"))


def test_un_bilan_commence_prend_les_nouveaux_montants_prevus_sans_perdre_ce_qui_est_ecrit():
    exercice = accorder()
    porteur = exercice.projet.porteur
    bilan = bilans.preparer(exercice, porteur)
    bilan.lignes.filter(compte_id="60-MATIERES").update(realise=Decimal("123.45"))
    bilan.lignes.filter(compte_id="74-COMMUNE").update(realise=Decimal("77.00"))
    budgets_revises.proposer(exercice, par=porteur)
    lignes = [
        dataclasses.replace(x, montant=Decimal(0)) if x.compte == "74-COMMUNE" else x for x in lignes_avec(exercice)
    ]
    lignes.append(LigneVoulue("74-DEPARTEMENT", "produit", "", Decimal("500.00")))
    budgets_revises.enregistrer(exercice, lignes, empreinte=empreinte_de(exercice), par=porteur)
    budgets_revises.confirmer(exercice, empreinte=empreinte_de(exercice), par=porteur)
    lues = {x.compte_id: (x.prevu, x.realise) for x in bilan.lignes.all()}
    assert lues["60-MATIERES"] == (Decimal("660.00"), Decimal("123.45"))
    assert lues["74-COMMUNE"] == (Decimal(0), Decimal("77.00"))
    assert lues["74-DEPARTEMENT"] == (Decimal("500.00"), None)


def test_un_budget_ne_se_rouvre_pas_sous_un_bilan_remis():
    exercice = confirme()
    bilan = bilans.preparer(exercice, exercice.projet.porteur)
    type(bilan).objects.filter(pk=bilan.pk).update(statut=StatutBilan.DEPOSE)
    with pytest.raises(ActionImpossible, match="déjà remis"):
        budgets_revises.rouvrir(exercice, motif="À revoir.", par=fabriques.coordinateur_de(exercice.projet))


# --- reminders --------------------------------------------------------------------------------------------------------


def test_le_porteur_est_relance_tant_que_le_budget_n_est_pas_confirme():
    exercice = accorder()
    jour = timezone.localdate()
    comptes = {n: relancer_budgets(jour + timedelta(days=n)) for n in (1, 9, 10, 11, 30, 60)}
    assert comptes == {1: 0, 9: 0, 10: 1, 11: 0, 30: 1, 60: 1}
    assert relancer_budgets(jour + timedelta(days=10)) == 0
    assert "600,00" in courriels("relance_budget_revise")[0].texte
    porteur = exercice.projet.porteur
    budgets_revises.proposer(exercice, par=porteur)
    budgets_revises.confirmer(exercice, empreinte=empreinte_de(exercice), par=porteur)
    Courriel.objects.filter(gabarit="relance_budget_revise").delete()
    assert relancer_budgets(jour + timedelta(days=10)) == 0


def test_deux_annees_deux_budgets():
    projet = fabriques.projet_en("inscrit", fabriques.dossier_deux_ans())
    fabriques.decider(
        projet, "valide", montants={(2026, ETAT): Decimal("500.00"), (2027, ETAT): Decimal("400.00")}
    )  # fmt: skip

    publier_seance(projet.seances.get(), par=fabriques.coordinateur_de(projet))
    etats = {exercice.annee: etat(exercice) for exercice in projet.exercices.all()}
    assert etats == {2026: EtatBudget.ATTENDU, 2027: EtatBudget.LIBRE}
    assert len(courriels("budget_revise_attendu")) == 1
