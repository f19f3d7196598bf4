"""What happens to a deposited bilan: sent back answer by answer, accepted, extended, reopened; by whom, and what is kept."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from correspondants.enums import Role
from projets import bilans, retours_bilan
from projets.echeances import EtatBilan, bilans_dus, bilans_retardes, echeance_due
from projets.enums import Action, Fait, StatutBilan
from projets.models import Bilan, Courriel, ModificationConcurrente, Passage
from projets.relances import relancer_bilans
from projets.workflow import ActionImpossible, ActionInterdite, executer

from . import annee_connue, fabriques

pytestmark = pytest.mark.django_db
AUTOMNE = datetime(2026, 11, 20, 10, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def projet():
    return fabriques.projet_en("valide")


@pytest.fixture
def depose(projet):
    bilan = annee_connue.remplir(projet, 2026, {}, filles=12)
    bilans.deposer(bilan, par=projet.porteur)
    return bilan


@pytest.fixture
def reporte(projet):
    """Deposited in November, with new dates: spring of the next year."""
    with time_machine.travel(AUTOMNE, tick=False):
        bilan = bilans.preparer(projet.exercices.get(), projet.porteur)
        Bilan.objects.filter(pk=bilan.pk).update(
            issue="reportee", nouveau_debut=date(2027, 1, 4), nouvelle_fin=date(2027, 5, 28), certifie=True,
            explication_ecarts="L’intervenante est en congé.",
        )  # fmt: skip
        bilan.refresh_from_db()
        bilans.deposer(bilan, par=projet.porteur)
        yield bilan


def coordinatrice(bilan):
    return fabriques.coordinateur_de(bilan.exercice.projet)


def faits(projet):
    return list(projet.passages.filter(action__startswith="bilan_").order_by("pk").values_list("action", flat=True))


def ligne(bilan, compte):
    return bilan.lignes.get(compte=compte)


# --- sent back, answer by answer ----------------------------------------------------------------------------------------


def test_chaque_reponse_montree_peut_etre_renvoyee(depose):
    champs = [sujet.champ for sujet in retours_bilan.sujets(depose)]
    assert len(champs) == len(set(champs))
    assert {"realisation", "filles", "justificatifs", "ajouts", f"ligne_{ligne(depose, '74-CITE').pk}"} <= set(champs)
    assert f"indicateur_{depose.indicateurs.get().pk}" in champs
    assert {sujet.groupe for sujet in retours_bilan.sujets(depose)} == set(retours_bilan.GROUPES)


def test_renvoyer_point_par_point_garde_ce_qui_etait_dit_et_ce_qui_est_dit_depuis(depose):
    prestations = ligne(depose, "60-PRESTATIONS")
    demandes = {
        "filles": "Comptez les élèves de CM2.",
        f"ligne_{prestations.pk}": "La facture dit 580 €.",
        "realisation": "",
    }
    bilans.renvoyer(depose, par=coordinatrice(depose), demandes=demandes)
    assert depose.statut == StatutBilan.A_COMPLETER
    retours = list(depose.retours.ouverts())
    assert [(r.champ, r.avant) for r in retours] == [
        ("filles", "12"), (f"ligne_{prestations.pk}", "Réalisé\u00a0: 600,00\u00a0€ (prévu\u00a0: 600,00\u00a0€)"),
    ]  # fmt: skip
    (courriel,) = Courriel.objects.filter(gabarit="bilan_renvoye")
    assert "Comptez les élèves de CM2." in courriel.texte
    assert "- Filles" in courriel.texte
    retours_bilan.garder_reponses(depose, {retours[0].pk: "Elles étaient 15.", retours[0].pk + 999: "x"})
    Bilan.objects.filter(pk=depose.pk).update(filles=15)
    depose.refresh_from_db()
    bilans.deposer(depose, par=depose.exercice.projet.porteur)
    filles, autre = depose.retours.order_by("pk")
    assert (filles.avant, filles.apres, filles.reponse, filles.a_change) == ("12", "15", "Elles étaient 15.", True)
    assert autre.regle_le
    assert not autre.a_change
    assert retours_bilan.ouverts(depose) == []


def test_on_redemande_ce_qui_a_deja_ete_demande(depose):
    for heures, demande in enumerate(("Première fois", "Deuxième fois"), 1):
        bilans.renvoyer(depose, par=coordinatrice(depose), motif="À revoir.", demandes={"filles": demande})
        assert [r.demande for r in retours_bilan.ouverts(depose)] == [demande]
        with time_machine.travel(timezone.now() + timedelta(hours=heures)):
            bilans.deposer(depose, par=depose.exercice.projet.porteur)
    assert depose.retours.count() == 2
    assert len(Courriel.objects.filter(gabarit="bilan_renvoye")) == 2


@pytest.mark.parametrize("demandes", [{}, {"filles": "  "}, {"ligne_0": "x"}, {"n_existe_pas": "x"}])
def test_un_renvoi_dit_quoi_et_ne_vise_que_ce_qui_existe(depose, demandes):
    with pytest.raises(ActionImpossible):
        bilans.renvoyer(depose, par=coordinatrice(depose), demandes=demandes)
    depose.refresh_from_db()
    assert depose.statut == StatutBilan.DEPOSE
    assert not depose.retours.exists()


# --- who, when ----------------------------------------------------------------------------------------------------------

GESTES = {
    "renvoyer": lambda bilan, par: bilans.renvoyer(bilan, par=par, motif="À revoir."),
    "accepter": lambda bilan, par: bilans.accepter(bilan, par=par),
    "prolonger": lambda bilan, par: bilans.prolonger(bilan, par=par, echeance=date(2027, 6, 30)),
    "rouvrir": lambda bilan, par: bilans.rouvrir(bilan, par=par, motif="Une facture était fausse."),
}
PERMIS = {
    "renvoyer": [("depose", "coordination")],
    "accepter": [("depose", "coordination")],
    "prolonger": [("depose", "coordination")],
    "rouvrir": [("accepte", "coordination"), ("accepte", Role.ADMIN)],
}


@pytest.mark.une_seule_base
@pytest.mark.parametrize("geste", GESTES)
def test_qui_peut_quoi_dans_quel_etat(reporte, geste):
    projet = reporte.exercice.projet
    personnes = {"porteur": projet.porteur, "coordination": coordinatrice(reporte)}
    personnes |= {role: fabriques.de_role(role) for role in (Role.ADMIN, Role.PILOTE_VILLE, Role.OBSERVATEUR, Role.IEN)}
    issue, avant = "reportee" if geste == "prolonger" else "realisee", len(faits(projet))
    permis = []
    for statut in StatutBilan.values:
        quand = timezone.now() if statut == "accepte" else None
        for qui, par in personnes.items():
            essai = transaction.savepoint()
            Bilan.objects.filter(pk=reporte.pk).update(statut=statut, issue=issue, accepte_le=quand)
            try:
                GESTES[geste](Bilan.objects.get(pk=reporte.pk), par)
                permis.append((statut, qui))
                assert len(faits(projet)) == avant + 1
            except ActionInterdite:
                assert Bilan.objects.get(pk=reporte.pk).statut == statut
                assert len(faits(projet)) == avant
            transaction.savepoint_rollback(essai)
    assert permis == PERMIS[geste]


def test_le_journal_dit_chaque_etape(depose):
    projet = depose.exercice.projet
    bilans.renvoyer(
        depose, par=coordinatrice(depose), motif="Une facture manque.", demandes={"filles": "Combien\u00a0?"}
    )
    bilans.deposer(depose, par=projet.porteur)
    bilans.accepter(depose, par=coordinatrice(depose))
    projet.refresh_from_db()
    bilans.rouvrir(Bilan.objects.get(pk=depose.pk), par=coordinatrice(depose), motif="Une erreur.")
    assert faits(projet) == [
        Fait.BILAN_DEPOSE, Fait.BILAN_RENVOYE, Fait.BILAN_DEPOSE, Fait.BILAN_ACCEPTE, Fait.BILAN_ROUVERT,
    ]  # fmt: skip
    renvoi = Passage.objects.get(action=Fait.BILAN_RENVOYE)
    assert "Une facture manque." in renvoi.motif
    assert "Filles" in renvoi.motif


# --- accepted, then reopened --------------------------------------------------------------------------------------------


def test_un_bilan_rouvert_se_complete_et_s_accepte_de_nouveau(depose):
    bilans.accepter(depose, par=coordinatrice(depose))
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        bilans.rouvrir(depose, par=fabriques.de_role(Role.ADMIN), motif="Une facture comptée deux fois.")
        assert (depose.statut, depose.accepte_le, depose.accepte_par) == (StatutBilan.A_COMPLETER, None, None)
        assert "comptée deux fois" in Courriel.objects.get(gabarit="bilan_rouvert").texte
        bilans.deposer(depose, par=depose.exercice.projet.porteur)
        bilans.accepter(depose, par=coordinatrice(depose))
    assert Courriel.objects.filter(gabarit="bilan_accepte").count() == 2


def test_deux_gestes_de_la_meme_seconde_previennent_deux_fois(depose):
    coordination, porteur = fabriques.coordinateur_de(depose.exercice.projet), depose.exercice.projet.porteur
    with time_machine.travel(timezone.now(), tick=False) as horloge:
        for _ in range(2):
            horloge.shift(timedelta(milliseconds=1))
            bilans.renvoyer(depose, par=coordination, motif="Une facture manque.")
            bilans.deposer(depose, par=porteur)
            bilans.accepter(depose, par=coordination)
            bilans.rouvrir(depose, par=coordination, motif="Un chiffre est faux.")
            Bilan.objects.filter(pk=depose.pk).update(certifie=True)
            bilans.deposer(Bilan.objects.get(pk=depose.pk), par=porteur)
            depose = Bilan.objects.select_related("exercice__projet__porteur").get(pk=depose.pk)
    for gabarit in ("bilan_renvoye", "bilan_accepte", "bilan_rouvert"):
        assert Courriel.objects.filter(gabarit=gabarit, destinataire=porteur.email).count() == 2, gabarit
    assert (
        Courriel.objects.filter(gabarit="bilan_depose", destinataire=coordination.email).count() == 3
    )  # three moments


def test_un_projet_clos_ne_rouvre_pas_ses_bilans():
    projet = fabriques.projet_en("clos")
    bilan = projet.exercices.get().bilan
    with pytest.raises(ActionImpossible, match="clos"):
        bilans.rouvrir(bilan, par=fabriques.coordinateur_de(projet), motif="Une erreur.")
    assert Bilan.objects.get().statut == StatutBilan.ACCEPTE


def test_rouvrir_et_clore_en_meme_temps_ne_se_croisent_pas(depose):
    bilans.accepter(depose, par=coordinatrice(depose))
    projet = type(depose.exercice.projet).objects.get()  # as the other person has it
    frais = Bilan.objects.get(pk=depose.pk)
    bilans.rouvrir(frais, par=coordinatrice(depose), motif="Une erreur.")
    with pytest.raises((ActionImpossible, ModificationConcurrente)):
        executer(projet, Action.CLORE, par=coordinatrice(depose))
    perime = Bilan.objects.select_related("exercice__projet").get(pk=depose.pk)
    bilans.deposer(perime, par=projet.porteur)
    bilans.accepter(perime, par=coordinatrice(depose))
    vieux = Bilan.objects.select_related("exercice__projet").get(pk=depose.pk)
    assert vieux.exercice.projet.statut == "valide"
    projet.refresh_from_db()
    executer(projet, Action.CLORE, par=coordinatrice(depose))
    with pytest.raises(ModificationConcurrente):
        bilans.rouvrir(vieux, par=coordinatrice(depose), motif="Trop tard.")
    assert Bilan.objects.get().statut == StatutBilan.ACCEPTE


# --- not done, or later -------------------------------------------------------------------------------------------------


def test_une_action_non_realisee_rend_tout(projet):
    bilan = bilans.preparer(projet.exercices.get(), projet.porteur)
    Bilan.objects.filter(pk=bilan.pk).update(issue="non_realisee", certifie=True)
    bilan.refresh_from_db()
    (phrase,) = bilans.obstacles(bilan)
    assert phrase.startswith("Expliquez pourquoi l’action n’a pas été réalisée.")
    Bilan.objects.filter(pk=bilan.pk).update(explication_ecarts="L’intervenante est partie.")
    bilan.refresh_from_db()
    bilans.deposer(bilan, par=projet.porteur)
    assert {x.realise for x in bilan.lignes.all()} == {Decimal(0)}
    assert bilan.reste_a_rendre == bilan.exercice.montant_accorde == Decimal(1000)


def test_de_nouvelles_dates_ne_s_acceptent_pas_comme_un_bilan(reporte):
    with pytest.raises(ActionImpossible, match="nouvelles dates"):
        bilans.accepter(reporte, par=coordinatrice(reporte))
    assert reporte.reste_a_rendre == 0


@pytest.mark.parametrize("jour", [date(2027, 6, 29), date(2027, 7, 1)])
def test_la_limite_de_la_loi_reste_la_limite(reporte, jour):
    with pytest.raises(ActionImpossible, match="loi"):
        bilans.prolonger(reporte, par=coordinatrice(reporte), echeance=jour)


def test_le_porteur_est_attendu_a_la_nouvelle_echeance(reporte):
    bilans.prolonger(reporte, par=coordinatrice(reporte), echeance=date(2027, 6, 30))
    assert (reporte.statut, reporte.prolonge_fin, reporte.certifie) == (
        StatutBilan.A_COMPLETER,
        date(2027, 5, 28),
        False,
    )
    assert reporte.attend_la_suite
    courriel = Courriel.objects.get(gabarit="bilan_prolonge")
    assert "28 mai 2027" in courriel.texte.replace("\u00a0", " ")
    assert bilans_dus().get().etat == EtatBilan.ATTENDU
    assert "déjà acceptées" in " ".join(bilans.obstacles(reporte))


def test_un_bilan_de_mi_parcours_prolonge_n_est_ni_en_retard_ni_rappele_avant():
    projet = fabriques.projet_en("valide", fabriques.dossier_deux_ans())
    with time_machine.travel(AUTOMNE, tick=False):
        bilan = bilans.preparer(projet.exercices.get(annee=2026), projet.porteur)
        assert bilan.echeance == date(2026, 12, 15)
        Bilan.objects.filter(pk=bilan.pk).update(
            issue="reportee", nouveau_debut=date(2027, 1, 4), nouvelle_fin=date(2027, 2, 26), certifie=True,
            explication_ecarts="Reporté.",
        )  # fmt: skip
        bilan.refresh_from_db()
        bilans.deposer(bilan, par=projet.porteur)
        assert bilans.bornes_de_prolongation(bilan) == (date(2027, 2, 26), date(2027, 6, 30))
        bilans.prolonger(bilan, par=coordinatrice(bilan), echeance=date(2027, 3, 31))
    exercice = bilans_dus(date(2027, 1, 10)).select_related("projet__appel", "bilan").get(annee=2026)
    assert echeance_due(exercice) == exercice.echeance_bilan == bilan.echeance == date(2027, 3, 31)
    assert exercice.etat == EtatBilan.ATTENDU
    assert not bilans_retardes(date(2027, 3, 31)).filter(annee=2026).exists()
    assert bilans_retardes(date(2027, 4, 1)).filter(annee=2026).exists()
    assert relancer_bilans(date(2026, 12, 15)) == 0
    assert relancer_bilans(date(2027, 3, 31)) == 1
    assert relancer_bilans(date(2027, 4, 7)) == 1


def test_une_relance_deja_partie_ne_retient_pas_celle_de_la_nouvelle_echeance():
    projet = fabriques.projet_en("valide", fabriques.dossier_deux_ans())
    assert relancer_bilans(date(2026, 12, 15)) == 1
    bilan = bilans.preparer(projet.exercices.get(annee=2026), projet.porteur)
    Bilan.objects.filter(pk=bilan.pk).update(
        statut="a_completer", depose_le=timezone.now(), prolonge_le=timezone.now(), prolonge_debut=date(2027, 1, 4),
        prolonge_fin=date(2027, 2, 26), prolonge_au=date(2027, 3, 31),
    )  # fmt: skip
    assert relancer_bilans(date(2027, 3, 31)) == 1
