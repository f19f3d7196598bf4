"""The table of transitions, role by role and statut by statut; guards; journal; what is written together or not at all."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from correspondants.enums import Role
from projets import reception
from projets.dossier import MaterielPrevu, Produit
from projets.enregistrement import enregistrer
from projets.enums import Action, Financeur, GenrePiece, SensAvis, SensDecision, Statut
from projets.models import Appel, Courriel, Enveloppe, JournalImmuable, ModificationConcurrente, Passage, Projet
from projets.workflow import (
    TRANSITIONS,
    ActionImpossible,
    ActionInterdite,
    actions_possibles,
    est_permise,
    executer,
    obstacles,
    publier_seance,
)

from . import fabriques

pytestmark = pytest.mark.django_db

EN, VILLE = Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE
# Who may do what to the project of an école (hence of the EN coordinator) whose school time answers to the IEN.
ACTEURS = {
    Action.DEPOSER: {"porteur"},
    Action.DEMANDER_COMPLEMENTS: {EN},
    Action.DECLARER_COMPLET: {EN},
    Action.RENDRE_AVIS: {Role.IEN},
    Action.CORRIGER_AVIS: {Role.IEN},
    Action.INSCRIRE: {EN, VILLE},
    Action.DESINSCRIRE: {EN, VILLE},
    Action.DECIDER: {EN, VILLE},
    Action.PUBLIER: {EN, VILLE},
    Action.RETIRER: {"porteur"},
    Action.CLORE: {EN},
}
DEPUIS = {
    Action.DEPOSER: {Statut.BROUILLON, Statut.A_COMPLETER, Statut.AJOURNE},
    Action.DEMANDER_COMPLEMENTS: {Statut.DEPOSE, Statut.AVIS_IEN, Statut.PRET},
    Action.DECLARER_COMPLET: {Statut.DEPOSE},
    Action.RENDRE_AVIS: {Statut.AVIS_IEN},
    Action.CORRIGER_AVIS: {Statut.PRET},  # and from avis_ien when another authority has not answered yet
    Action.INSCRIRE: {Statut.PRET},
    Action.DESINSCRIRE: {Statut.INSCRIT},
    Action.DECIDER: {Statut.INSCRIT},
    Action.PUBLIER: {Statut.INSCRIT},
    Action.RETIRER: {
        Statut.BROUILLON, Statut.DEPOSE, Statut.A_COMPLETER, Statut.AVIS_IEN, Statut.PRET, Statut.INSCRIT, Statut.AJOURNE,
    },
    Action.CLORE: {Statut.VALIDE},
}  # fmt: skip


@pytest.mark.une_seule_base
def test_table_est_complete():
    assert set(TRANSITIONS) == set(Action) == set(DEPUIS)


@pytest.mark.parametrize("statut", Statut)
@pytest.mark.une_seule_base
def test_chaque_role_ne_peut_que_ce_que_dit_la_table(statut):
    projet = fabriques.projet_en(statut)
    personnes = {role: fabriques.de_role(role) for role in Role}
    personnes |= {"porteur": projet.porteur, "inconnu": fabriques.utilisateur("inconnu@example.org")}
    passages = Passage.objects.count()
    for action in Action:
        for role, personne in personnes.items():
            attendu = statut in DEPUIS[action] and role in ACTEURS[action]
            assert est_permise(projet, action, personne) == attendu, (statut, action, role)
            assert (action in actions_possibles(projet, personne)) == attendu
            if not attendu:
                with pytest.raises(ActionImpossible):
                    executer(projet, action, par=personne)
    projet.refresh_from_db()
    assert projet.statut == statut
    assert Passage.objects.count() == passages


def test_le_bon_statut_mais_pas_la_bonne_personne_est_interdit():
    projet = fabriques.projet_en(Statut.DEPOSE)
    with pytest.raises(ActionInterdite, match="coordination en charge"):
        executer(projet, Action.DECLARER_COMPLET, par=fabriques.de_role(VILLE))


def test_deposer_donne_numero_accuse_et_avis_a_la_coordination():
    projet = fabriques.projet_en(Statut.DEPOSE)
    autre = fabriques.projet_en(Statut.DEPOSE)
    assert projet.numero.endswith("-0001")
    assert autre.numero.endswith("-0002")
    assert projet.coordination == EN
    gabarits = Courriel.objects.filter(projet=projet).values_list("gabarit", "destinataire")
    assert ("accuse_reception", "porteur@example.org") in gabarits
    assert any(gabarit == "nouveau_depot" for gabarit, _ in gabarits)
    assert projet.depots.get().piece.genre == GenrePiece.DOSSIER


def test_un_service_de_la_ville_va_a_la_coordination_ville():
    dossier = fabriques.dossier_complet(structure_nature="association")
    assert fabriques.projet_en(Statut.DEPOSE, dossier).coordination == VILLE


@pytest.mark.parametrize(
    ("changements", "phrase"),
    [
        ({"titre": ""}, "Titre du projet"),
        ({"materiels": (MaterielPrevu("Tablette", 1, Decimal("501.00"), 2026),)}, "plafonné"),
        ({"produits": (Produit("74-CITE", "", Decimal("1000.00")),)}, "équilibré"),
        ({"date_fin": date(2026, 1, 1)}, "avant la date de début"),
    ],
)
def test_deposer_refuse_ce_que_les_regles_bloquent(changements, phrase):
    projet = fabriques.brouillon(fabriques.dossier_complet(**changements))
    with pytest.raises(ActionImpossible, match=phrase):
        executer(projet, Action.DEPOSER, par=projet.porteur)
    projet.refresh_from_db()
    assert (projet.statut, projet.numero) == (Statut.BROUILLON, None)
    assert not Courriel.objects.exists()


def test_500_euros_passe():
    materiels = (MaterielPrevu("Tablette", 1, Decimal("500.00"), 2026),)
    assert fabriques.projet_en(Statut.DEPOSE, fabriques.dossier_complet(materiels=materiels)).numero


def test_deposer_demande_une_adresse_verifiee_et_un_fichier():
    porteur = fabriques.utilisateur("nouveau@example.org", verifie=False)
    projet = fabriques.brouillon(porteur=porteur, fichier=False)
    phrases = obstacles(projet, Action.DEPOSER, porteur)
    assert len(phrases) == 2
    assert "code" in phrases[0]
    assert "Word" in phrases[1]


def test_hors_temps_scolaire_pas_d_avis():
    dossier = fabriques.hors_temps_scolaire(fabriques.dossier_complet())
    projet = fabriques.projet_en(Statut.PRET, dossier)
    assert not projet.avis_ien.exists()


def test_un_avis_par_autorite_et_pret_au_dernier():
    prevue = fabriques.dossier_complet().interventions[0]
    au_college = type(prevue)(**{**vars(prevue), "etablissement": "Collège Curie"})
    projet = fabriques.projet_en(Statut.AVIS_IEN, fabriques.dossier_complet(interventions=(prevue, au_college)))
    avis = {a.autorite: a for a in projet.avis_ien.all()}
    assert set(avis) == {Role.IEN, Role.AUTORITE_EN}
    with pytest.raises(ActionInterdite, match="autre autorité"):
        executer(
            projet, Action.RENDRE_AVIS, par=fabriques.de_role(Role.IEN), avis=avis[Role.AUTORITE_EN], sens="favorable"
        )
    executer(projet, Action.RENDRE_AVIS, par=fabriques.de_role(Role.IEN), avis=avis[Role.IEN], sens="favorable")
    assert projet.statut == Statut.AVIS_IEN
    executer(
        projet,
        Action.RENDRE_AVIS,
        par=fabriques.de_role(Role.AUTORITE_EN),
        avis=avis[Role.AUTORITE_EN],
        sens="favorable",
    )
    assert projet.statut == Statut.PRET


@pytest.mark.parametrize("sens", [SensAvis.RESERVE, SensAvis.DEFAVORABLE])
def test_un_avis_reserve_ou_defavorable_a_un_motif(sens):
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    with pytest.raises(ActionImpossible, match="motif"):
        fabriques.rendre_les_avis(projet, sens, motif="  ")
    fabriques.rendre_les_avis(projet, sens, motif="Trop de séances.")
    assert projet.statut == Statut.PRET


def test_la_troika_attend_le_dernier_avis_meme_si_le_statut_ment():
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    seance = fabriques.seance()
    for personne in (fabriques.de_role(EN), fabriques.de_role(Role.ADMIN)):
        with pytest.raises(ActionImpossible):
            executer(projet, Action.INSCRIRE, par=personne, seance=seance)
    Projet.objects.filter(pk=projet.pk).update(statut=Statut.PRET)
    projet.refresh_from_db()
    with pytest.raises(ActionImpossible, match="avant le retour"):
        executer(projet, Action.INSCRIRE, par=fabriques.de_role(EN), seance=seance)


def test_inscrire_refuse_une_seance_publiee():
    close = fabriques.projet_en(Statut.VALIDE).seances.get()
    projet = fabriques.projet_en(Statut.PRET)
    with pytest.raises(ActionImpossible, match="close"):
        executer(projet, Action.INSCRIRE, par=fabriques.de_role(EN), seance=close)


def inscrit():
    projet = fabriques.projet_en(Statut.INSCRIT)
    fabriques.donner_les_voix(projet)
    return projet


def decider(projet, **donnees):
    return executer(projet, Action.DECIDER, par=fabriques.de_role(EN), **donnees)


def test_decider_demande_les_trois_voix():
    projet = fabriques.projet_en(Statut.INSCRIT)
    with pytest.raises(ActionImpossible, match="préfecture"):
        decider(projet, sens=SensDecision.VALIDE, montants={(2026, Financeur.ETAT): Decimal(1)})


@pytest.mark.parametrize(
    ("donnees", "phrase"),
    [
        ({"sens": "peut-etre"}, "Choisissez une décision"),
        ({"sens": SensDecision.REFUSE}, "motif"),
        ({"sens": SensDecision.RESERVES, "montants": {(2026, Financeur.ETAT): Decimal(1)}}, "réserves"),
        ({"sens": SensDecision.VALIDE}, "montant accordé"),
        ({"sens": SensDecision.VALIDE, "montants": {(2026, Financeur.ETAT): Decimal("-1")}}, "négatif"),
        ({"sens": SensDecision.VALIDE, "montants": {(2026, Financeur.ETAT): Decimal("1000.01")}}, "demandés"),
        ({"sens": SensDecision.VALIDE, "montants": {(2027, Financeur.ETAT): Decimal(1)}}, "pas de budget pour 2027"),
        ({"sens": SensDecision.VALIDE, "montants": {(2026, Financeur.AUTRE): Decimal(1)}}, "Enveloppe dépassée"),
        (
            {"sens": SensDecision.AJOURNE, "motif": "x", "montants": {(2026, Financeur.ETAT): Decimal(1)}},
            "aucun montant",
        ),
    ],
)
def test_decider_refuse(donnees, phrase):
    with pytest.raises(ActionImpossible, match=phrase):
        decider(inscrit(), **donnees)


def test_decider_au_dela_de_l_enveloppe_se_justifie():
    projet = inscrit()
    Enveloppe.objects.all().update(montant=Decimal(10))
    montants = {(2026, Financeur.ETAT): Decimal(500)}
    with pytest.raises(ActionImpossible, match="Enveloppe dépassée"):
        decider(projet, sens=SensDecision.VALIDE, montants=montants)
    decider(projet, sens=SensDecision.VALIDE, montants=montants, justification_depassement="Crédits de fin d’année.")
    assert projet.points.get().decision.total_accorde == 500


def test_un_avis_defavorable_ne_laisse_que_hors_temps_scolaire():
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    fabriques.rendre_les_avis(projet, SensAvis.DEFAVORABLE, "Non.")
    fabriques.enveloppes()
    executer(projet, Action.INSCRIRE, par=fabriques.de_role(EN), seance=fabriques.seance())
    with pytest.raises(ActionImpossible, match="hors temps scolaire"):
        fabriques.decider(projet)
    fabriques.decider(projet, hors_temps_scolaire=True)


def test_une_decision_reste_en_attente_jusqu_a_la_publication():
    projet = inscrit()
    decider(projet, sens=SensDecision.VALIDE, montants={(2026, Financeur.ETAT): Decimal(800)})
    assert projet.statut == Statut.INSCRIT
    assert not Courriel.objects.filter(gabarit="decision_publiee").exists()
    assert projet.exercices.get().montant_accorde == 0
    publier_seance(projet.seances.get(), par=fabriques.de_role(VILLE))
    projet.refresh_from_db()
    assert projet.statut == Statut.VALIDE
    assert projet.exercices.get().montant_accorde == 800
    assert Courriel.objects.filter(gabarit="decision_publiee").count() == 1


def test_publier_tout_ou_rien():
    premier, second = inscrit(), fabriques.projet_en(Statut.PRET)
    seance = premier.seances.get()
    executer(second, Action.INSCRIRE, par=fabriques.de_role(EN), seance=seance)
    fabriques.decider(premier)
    with pytest.raises(ActionImpossible, match="Chaque projet"):
        publier_seance(seance, par=fabriques.de_role(EN))
    seance.refresh_from_db()
    premier.refresh_from_db()
    assert seance.est_ouverte
    assert premier.statut == Statut.INSCRIT
    assert not Courriel.objects.filter(gabarit="decision_publiee").exists()


def test_publier_un_projet_seul_est_refuse_meme_decide():
    projet = inscrit()
    fabriques.decider(projet)
    with pytest.raises(ActionImpossible, match="toutes ensemble"):
        executer(projet, Action.PUBLIER, par=fabriques.de_role(EN))


def test_publier_deux_fois_est_refuse():
    seance = fabriques.projet_en(Statut.VALIDE).seances.get()
    with pytest.raises(ActionImpossible, match="déjà publiées"):
        publier_seance(seance, par=fabriques.de_role(EN))


def test_apres_ajournement_l_avis_inchange_est_garde_et_l_autre_redemande():
    projet = fabriques.projet_en(Statut.AJOURNE)
    executer(projet, Action.DEPOSER, par=projet.porteur)
    executer(projet, Action.DECLARER_COMPLET, par=fabriques.de_role(EN))
    assert projet.statut == Statut.PRET
    assert projet.avis_ien.count() == 1

    executer(projet, Action.DEMANDER_COMPLEMENTS, par=fabriques.de_role(EN), champs={"interventions": "Précisez."})
    prevue = projet.contenu.interventions[0]
    changee = type(prevue)(**{**vars(prevue), "classe": "CM2"})
    enregistrer(projet, projet.contenu.remplacer(interventions=(changee,)))
    executer(projet, Action.DEPOSER, par=projet.porteur)
    executer(projet, Action.DECLARER_COMPLET, par=fabriques.de_role(EN))
    assert projet.statut == Statut.AVIS_IEN
    assert projet.avis_ien.count() == 2
    assert projet.avis_ien.en_vigueur().count() == 1


def test_un_bilan_en_retard_de_la_structure_bloque_une_nouvelle_decision():
    ancien = fabriques.projet_en(Statut.VALIDE)
    projet = inscrit()
    assert ancien.structure == projet.structure
    ancien.exercices.update(annee=2024)
    with pytest.raises(ActionImpossible, match="bilan en retard"):
        decider(projet, sens=SensDecision.VALIDE, montants={(2026, Financeur.ETAT): Decimal(1)})
    decider(projet, sens=SensDecision.REFUSE, motif="Bilan manquant.")


def test_clore_attend_les_bilans():
    projet = fabriques.projet_en(Statut.VALIDE, fabriques.dossier_deux_ans())
    with pytest.raises(ActionImpossible, match="2026, 2027"):
        executer(projet, Action.CLORE, par=fabriques.de_role(EN))
    fabriques.remettre_les_bilans(projet)
    executer(projet, Action.CLORE, par=fabriques.de_role(EN))
    assert projet.statut == Statut.CLOS


def test_un_ecrivain_en_retard_est_refuse():
    projet = fabriques.projet_en(Statut.DEPOSE)
    meme = Projet.objects.get(pk=projet.pk)
    executer(projet, Action.DECLARER_COMPLET, par=fabriques.de_role(EN))
    with pytest.raises(ModificationConcurrente):
        executer(meme, Action.DEMANDER_COMPLEMENTS, par=fabriques.de_role(EN), champs={"titre": "x"})
    with pytest.raises(ModificationConcurrente):
        enregistrer(meme, fabriques.dossier_complet(titre="Un autre"))
    projet.refresh_from_db()
    assert projet.statut == Statut.AVIS_IEN
    assert projet.titre == "Une mare pédagogique"
    assert not projet.demandes_complements.exists()


def test_le_journal_ne_se_modifie_ni_ne_s_efface():
    passage = fabriques.projet_en(Statut.DEPOSE).passages.get()
    for tentative in (
        passage.save,
        passage.delete,
        Passage.objects.all().delete,
        lambda: Passage.objects.update(motif=""),
    ):
        with pytest.raises(JournalImmuable):
            tentative()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as curseur:
        curseur.execute("UPDATE projets_passage SET motif = 'autre'")


def test_aucun_autre_module_n_ecrit_un_statut():
    ecrivains = [
        fichier.name
        for fichier in Path(__file__).parent.parent.joinpath("projets").rglob("*.py")
        if "migrations" not in fichier.parts and "update(statut=" in fichier.read_text(encoding="utf-8")
    ]
    assert sorted(ecrivains) == ["bilans.py", "workflow.py"]


def test_personne_n_instruit_son_propre_projet():
    coordinatrice = fabriques.de_role(EN)
    projet = fabriques.brouillon(porteur=coordinatrice)
    executer(projet, Action.DEPOSER, par=coordinatrice)
    for action in (Action.DECLARER_COMPLET, Action.DEMANDER_COMPLEMENTS):
        with pytest.raises(ActionInterdite):
            executer(projet, action, par=coordinatrice, champs={"titre": "x"})


@pytest.mark.parametrize(("statut", "permis"), [(Statut.BROUILLON, False), (Statut.A_COMPLETER, True)])
def test_le_dernier_jour_de_depot_vaut_pour_un_premier_depot(appel: Appel, statut: Statut, permis: bool) -> None:
    projet = fabriques.projet_en(statut)
    hier = timezone.localdate() - timedelta(days=1)
    Appel.objects.filter(pk=projet.appel_id).update(depots_jusqu_au=hier)
    projet.refresh_from_db()
    if permis:
        reception.deposer(projet, projet.porteur)
    else:
        with pytest.raises(ActionImpossible, match="Les dépôts sont clos"):
            reception.deposer(projet, projet.porteur)
    projet.refresh_from_db()
    assert projet.statut == (Statut.DEPOSE if permis else statut)
