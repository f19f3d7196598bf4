"""relances: who is reminded of what on which day, once."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from projets import bilans
from projets.enums import Action, Statut
from projets.models import Courriel
from projets.relances import relancer_avis, relancer_bilans, relancer_complements
from projets.workflow import executer

from . import annee_connue, fabriques

pytestmark = pytest.mark.django_db


def rappels(gabarit: str) -> list[Courriel]:
    return list(Courriel.objects.filter(gabarit=gabarit).order_by("pk"))


@pytest.fixture
def exercice():
    return fabriques.projet_en("valide").exercices.get()


@pytest.mark.parametrize("jours", [-30, -7, 0, 7, 30])
def test_le_porteur_est_prevenu_autour_de_l_echeance(exercice, jours):
    assert relancer_bilans(exercice.echeance_bilan + timedelta(days=jours)) == 1
    (courriel,) = rappels("relance_bilan")
    assert courriel.destinataire == exercice.projet.porteur.email
    assert ("en retard" in courriel.objet) == (jours > 0)


@pytest.mark.parametrize("jours", [-60, -29, -8, -1, 1, 8, 29, 31, 200])
def test_aucun_rappel_les_autres_jours(exercice, jours):
    assert relancer_bilans(exercice.echeance_bilan + timedelta(days=jours)) == 0


def test_deux_passages_le_meme_jour_n_ecrivent_qu_un_rappel(exercice):
    jour = exercice.echeance_bilan.isoformat()
    call_command("relances", date=jour)
    call_command("relances", date=jour)
    assert len(rappels("relance_bilan")) == 1


def test_un_bilan_remis_ne_se_rappelle_plus(exercice):
    bilan = annee_connue.remplir(exercice.projet, exercice.annee, {})
    bilans.deposer(bilan, par=exercice.projet.porteur)
    assert relancer_bilans(exercice.echeance_bilan) == 0
    bilans.renvoyer(bilan, par=fabriques.coordinateur_de(exercice.projet), motif="Joignez la facture.")
    assert relancer_bilans(exercice.echeance_bilan) == 1


def test_un_projet_sur_deux_ans_a_un_rappel_par_exercice():
    projet = fabriques.projet_en("valide", fabriques.dossier_deux_ans())
    premier, second = projet.exercices.order_by("annee")
    assert (premier.echeance_bilan, second.echeance_bilan) == (date(2026, 12, 15), date(2028, 6, 30))
    assert relancer_bilans(premier.echeance_bilan) == 1
    assert relancer_bilans(second.echeance_bilan) == 1


def test_un_projet_sans_financement_ne_recoit_rien():
    projet = fabriques.projet_en("inscrit")
    fabriques.decider(projet)  # pending: the porteur does not know yet
    assert relancer_bilans(projet.exercices.get().echeance_bilan) == 0


def test_l_autorite_est_rappelee_tous_les_sept_jours():
    projet = fabriques.projet_en("avis_ien")
    avis = projet.avis_ien.get()
    fabriques.de_role(avis.autorite)
    demande = timezone.localtime(avis.demande_le).date()
    avant = len(rappels("relance_avis"))
    assert relancer_avis(demande) == 0
    assert relancer_avis(demande + timedelta(days=6)) == 0
    assert relancer_avis(demande + timedelta(days=7)) > 0
    assert relancer_avis(demande + timedelta(days=7)) == 0
    assert relancer_avis(demande + timedelta(days=14)) > 0
    assert all("/avis/" in courriel.texte for courriel in rappels("relance_avis")[avant:])


def test_un_avis_rendu_ne_se_rappelle_plus():
    projet = fabriques.projet_en("pret")
    demande = timezone.localtime(projet.avis_ien.get().demande_le).date()
    assert relancer_avis(demande + timedelta(days=7)) == 0


def test_sans_date_c_est_aujourd_hui(exercice, capsys):
    with time_machine.travel(exercice.echeance_bilan, tick=False):
        call_command("relances")
    assert len(rappels("relance_bilan")) == 1
    assert capsys.readouterr().out.startswith("1 rappel")


def test_une_date_illisible_est_refusee():
    with pytest.raises(CommandError) as refus:
        call_command("relances", date="15/12/2026")
    assert refus.value.returncode == 2


@pytest.mark.parametrize(("jours", "attendus"), [(-3, 1), (0, 1), (7, 1), (-4, 0), (1, 0), (30, 0)])
def test_le_porteur_est_relance_autour_du_jour_souhaite(jours, attendus):
    projet = fabriques.projet_en(Statut.A_COMPLETER)
    jour = timezone.localdate() + timedelta(days=20)
    projet.demandes_complements.update(attendue_le=jour)

    assert relancer_complements(jour + timedelta(days=jours)) == attendus
    assert relancer_complements(jour + timedelta(days=jours)) == 0
    for courriel in rappels("relance_complements"):
        assert courriel.destinataire == projet.porteur.email
        assert "Dites en une phrase ce que feront les enfants." in courriel.texte


@pytest.mark.parametrize(("jours", "attendus"), [(9, 0), (10, 1), (30, 1), (31, 0)])
def test_sans_jour_souhaite_le_porteur_est_relance_deux_fois(jours, attendus):
    fabriques.projet_en(Statut.A_COMPLETER)

    assert relancer_complements(timezone.localdate() + timedelta(days=jours)) == attendus


def test_un_dossier_redepose_ou_retire_n_est_plus_relance():
    redepose, retire = fabriques.projet_en(Statut.A_COMPLETER), fabriques.projet_en(Statut.A_COMPLETER)
    executer(redepose, Action.DEPOSER, par=redepose.porteur)
    executer(retire, Action.RETIRER, par=retire.porteur)

    assert relancer_complements(timezone.localdate() + timedelta(days=10)) == 0
