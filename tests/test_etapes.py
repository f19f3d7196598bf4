"""The guided path: every question has its page, and the state of a section is what its porteur would say of it."""

from decimal import Decimal

import pytest

from projets.dossier import QUESTIONS, SECTIONS, Dossier, InterventionPrevue, MaterielPrevu
from projets.etapes import Avancement, page_de, pages, reste, situer, suivante
from projets.regles import constater

from .fabriques import dossier_complet
from .referentiels import referentiel


def etats(dossier):
    return {etat.section.code: etat for etat in situer(dossier, constater(dossier, referentiel()))}


def test_chaque_question_a_sa_page_et_une_seule():
    toutes = [une.identifiant for section in SECTIONS for page in pages(section.code) for une in page.questions]
    assert toutes == [une.identifiant for une in QUESTIONS]
    assert max(len(page.questions) for section in SECTIONS for page in pages(section.code)) <= 8
    assert (page_de("interventions.3.lieu").section.code, page_de("parcours").rang) == ("calendrier", 2)
    with pytest.raises(KeyError):
        pages("n-existe-pas")


def test_rien_n_est_reproche_a_qui_n_a_pas_commence():
    debut = etats(Dossier())
    assert {etat.avancement for etat in debut.values()} == {Avancement.A_COMMENCER, Avancement.FACULTATIVE}
    assert debut["materiel"].texte == "Facultatif"
    assert sum(etat.erreurs for etat in debut.values()) == 0
    commence = etats(Dossier(titre="La mare"))["projet"]
    assert (commence.texte, commence.erreurs, commence.manquantes) == ("Commencé", 0, 3)


def test_ce_qui_est_ecrit_et_faux_est_une_erreur():
    faux = dossier_complet(
        materiels=(MaterielPrevu("Robot", 1, Decimal(501), 2026),),
        porteur_courriel="pas une adresse",
        interventions=(InterventionPrevue("Sortie"), InterventionPrevue("Visite")),
    )
    lus = etats(faux)
    assert lus["materiel"].texte == "1 erreur"
    assert lus["porteur"].avancement is Avancement.ERREURS
    assert lus["calendrier"].texte == "2 erreurs"
    assert {etat.texte for etat in etats(dossier_complet()).values()} <= {"Complet", "Facultatif"}


def test_ce_qui_reste_se_compte_et_finit_a_zero():
    ref = referentiel()
    plein, vide = dossier_complet(), Dossier()
    assert not reste(plein, constater(plein, ref))
    debut = reste(vide, constater(vide, ref))
    assert 15 <= debut.reponses <= 30
    assert 10 <= debut.minutes <= 25
    presque = plein.remplacer(titre="", porteur_courriel="x")
    fin = reste(presque, constater(presque, ref))
    assert (fin.reponses, fin.erreurs, fin.minutes) == (1, 1, 2)


def test_la_suite_va_de_l_avant_puis_revient_sur_ce_qui_manque():
    lus = situer(Dossier(titre="La mare"), constater(Dossier(titre="La mare"), referentiel()))
    assert suivante(lus, "porteur").section.code == "projet"
    assert suivante(lus, "budget").section.code == "materiel", "une section facultative se propose en passant"
    assert suivante(lus, "engagement").section.code == "porteur"
    finis = situer(dossier_complet(), constater(dossier_complet(), referentiel()))
    assert suivante(finis, "engagement") is None
