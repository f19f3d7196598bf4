"""The digest of the services: who chose what, when it comes, what it says, and that nothing is ever left behind."""

import threading
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection

from correspondants.enums import Role
from projets import notifications, recapitulatif
from projets.enums import Statut
from projets.enums_portail import EtatCourriel, FamilleCourriel, Rythme
from projets.jours import est_ouvre, paques
from projets.models import Courriel, ReceptionCourriels
from projets.workflow import executer

from . import fabriques

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")
LUNDI = datetime(2026, 3, 2, 12, tzinfo=PARIS)
MARDI_TOT, MARDI = datetime(2026, 3, 3, 7, 59, tzinfo=PARIS), datetime(2026, 3, 3, 8, 0, tzinfo=PARIS)
EN = Role.COORDINATEUR_EN


@pytest.fixture
def coordination(appel):
    """Only our account receives: the people of the call are given no mail."""
    fabriques.Correspondant.objects.update(courriel="")
    return fabriques.de_role(EN)


@pytest.fixture
def projet(coordination):
    with time_machine.travel(LUNDI):
        return fabriques.projet_en(Statut.DEPOSE)


def du(gabarit: str) -> Courriel:
    return Courriel.objects.get(gabarit=gabarit)


def choisir(compte, heure: int = 8, **rythmes: str) -> None:
    ReceptionCourriels.objects.update_or_create(utilisateur=compte, defaults={"heure": heure, "rythmes": rythmes})


def test_par_defaut_un_depot_attend_le_recapitulatif_et_le_porteur_n_attend_pas(projet):
    assert du("nouveau_depot").etat == EtatCourriel.A_REGROUPER
    assert du("accuse_reception").etat == EtatCourriel.A_ENVOYER


def test_une_demande_d_avis_part_tout_de_suite(projet, coordination):
    fabriques.de_role(Role.IEN)
    executer(projet, "declarer_complet", par=coordination)
    assert du("avis_demande").etat == EtatCourriel.A_ENVOYER


@pytest.mark.parametrize(
    ("rythme", "etat"),
    [
        (Rythme.IMMEDIAT, EtatCourriel.A_ENVOYER),
        (Rythme.QUOTIDIEN, EtatCourriel.A_REGROUPER),
        (Rythme.JAMAIS, EtatCourriel.NON_VOULU),
        ("n’importe quoi", EtatCourriel.A_REGROUPER),
    ],
)
def test_chacun_choisit(coordination, rythme, etat):
    choisir(coordination, depots=rythme)
    projet = fabriques.projet_en(Statut.DEPOSE)
    assert du("nouveau_depot").etat == etat
    assert projet.courriels.count() == 2, "le courriel se relit sur la page, même non envoyé"


def test_une_autorite_ne_peut_pas_ne_rien_recevoir(coordination, projet):
    ien = fabriques.de_role(Role.IEN)
    choisir(ien, avis_demandes=Rythme.JAMAIS)
    executer(projet, "declarer_complet", par=coordination)
    assert du("avis_demande").etat == EtatCourriel.A_ENVOYER


def test_le_choix_se_retrouve_par_l_adresse_de_l_annuaire(coordination):
    fabriques.Correspondant.objects.filter(utilisateur=coordination).update(courriel="Fonction@Example.org")
    choisir(coordination, depots=Rythme.IMMEDIAT)
    fabriques.projet_en(Statut.DEPOSE)
    assert (du("nouveau_depot").destinataire, du("nouveau_depot").etat) == ("fonction@example.org", "a_envoyer")


def test_un_recapitulatif_par_jour_a_l_heure_de_chacun(projet, coordination):
    choisir(coordination, heure=8)
    assert recapitulatif.regrouper(MARDI_TOT) == 0
    assert recapitulatif.regrouper(MARDI) == 1
    assert recapitulatif.regrouper(MARDI) == 0
    courriel, resume = du("nouveau_depot"), du("recapitulatif")
    assert (courriel.etat, courriel.recapitulatif) == (EtatCourriel.REGROUPE, resume)
    assert (resume.etat, resume.destinataire) == (EtatCourriel.A_ENVOYER, coordination.email)
    assert resume.objet == "Votre récapitulatif du jour : 1 nouveauté"
    assert "À VÉRIFIER" in resume.texte
    assert projet.numero in resume.texte
    assert notifications.lien(projet.get_absolute_url()) in resume.texte
    fabriques.projet_en(Statut.DEPOSE, fabriques.dossier_complet(titre="Un deuxième"))
    assert recapitulatif.regrouper(MARDI.replace(hour=18)) == 0, "un seul par jour"
    assert recapitulatif.regrouper(MARDI.replace(day=4)) == 1
    assert not Courriel.objects.filter(etat=EtatCourriel.A_REGROUPER).exists()


@pytest.mark.parametrize("jour", [date(2026, 3, 7), date(2026, 3, 8), date(2026, 4, 6), date(2026, 7, 14)])
def test_rien_le_week_end_ni_les_jours_feries(projet, jour):
    assert not est_ouvre(jour)
    assert recapitulatif.regrouper(datetime(jour.year, jour.month, jour.day, 12, tzinfo=PARIS)) == 0
    assert du("nouveau_depot").etat == EtatCourriel.A_REGROUPER


@pytest.mark.parametrize(("annee", "jour"), [(2024, (3, 31)), (2025, (4, 20)), (2026, (4, 5)), (2038, (4, 25))])
def test_paques(annee, jour):
    assert paques(annee) == date(annee, *jour)
    assert est_ouvre(date(2026, 3, 2))


@pytest.mark.parametrize("rythme", list(Rythme))
def test_changer_d_avis_ne_perd_rien(projet, coordination, rythme):
    choisir(coordination, depots=rythme)
    assert recapitulatif.regrouper(MARDI) == 1
    assert du("nouveau_depot").etat == EtatCourriel.REGROUPE


def test_un_compte_ferme_ne_retient_rien(projet, coordination):
    choisir(coordination, heure=20)
    ReceptionCourriels.objects.all().delete()
    assert recapitulatif.regrouper(MARDI) == 1


def test_ce_qui_est_deja_traite_n_est_qu_une_information(projet, coordination):
    executer(projet, "declarer_complet", par=coordination)
    recapitulatif.regrouper(MARDI)
    texte = du("recapitulatif").texte
    assert "À VÉRIFIER" not in texte
    assert "POUR INFORMATION : DÉJÀ TRAITÉ" in texte.replace("\u00a0", " ")


def test_un_long_recapitulatif_se_borne_et_dit_ou_est_le_reste(projet, coordination, monkeypatch):
    monkeypatch.setattr(recapitulatif, "LIGNES_PAR_PARTIE", 2)
    for rang in range(4):
        fabriques.projet_en(Statut.DEPOSE, fabriques.dossier_complet(titre=f"<b>Projet</b> {rang}\n\n\nFIN"))
    recapitulatif.regrouper(MARDI)
    resume = du("recapitulatif")
    assert resume.objet.endswith("5 nouveautés")
    assert resume.texte.count("Nouveau projet") == 2
    assert "et 3 autres" in resume.texte
    assert "<b>Projet</b> 0 FIN" in resume.texte, "le texte d’un courriel ne s’échappe pas"
    assert "/coordination/?a_faire=nouveaux" in resume.texte


def test_une_nouvelle_version_ne_se_dit_qu_une_fois(projet, coordination):
    notifications.nouveau_depot(projet, 2)
    recapitulatif.regrouper(MARDI)
    texte = du("recapitulatif").texte
    assert "Nouvelle version" in texte
    assert "Nouveau projet" not in texte


def test_un_recapitulatif_ne_contient_aucun_lien_signe(projet, coordination):
    ien = fabriques.de_role(Role.IEN)
    choisir(ien, avis_demandes=Rythme.QUOTIDIEN)
    executer(projet, "declarer_complet", par=coordination)
    recapitulatif.regrouper(MARDI)
    resume = Courriel.objects.get(gabarit="recapitulatif", destinataire=ien.email)
    assert "VOTRE AVIS EST ATTENDU" in resume.texte
    assert notifications.jeton_avis(projet.avis_ien.get()) not in resume.texte


def test_les_familles_nomment_des_courriels_et_ont_toutes_un_defaut():
    assert set(notifications.FAMILLES.values()) == set(FamilleCourriel)
    assert set(recapitulatif.PARTIE_DE) == set(FamilleCourriel)


def test_regrouper_ne_coute_pas_plus_avec_plus_de_lignes(projet, coordination, django_assert_max_num_queries):
    for rang in range(6):
        fabriques.projet_en(Statut.DEPOSE, fabriques.dossier_complet(titre=f"Projet {rang}"))
    with django_assert_max_num_queries(14):
        assert recapitulatif.regrouper(MARDI) == 1


@pytest.mark.django_db(transaction=True)
def test_deux_workers_ne_font_qu_un_recapitulatif():
    fabriques.charger_appel()
    fabriques.Correspondant.objects.update(courriel="")
    fabriques.de_role(EN)
    for rang in range(3):
        fabriques.projet_en(Statut.DEPOSE, fabriques.dossier_complet(titre=f"Projet {rang}"))
    depart, faits = threading.Barrier(2, timeout=20), []

    def un_worker() -> None:
        try:
            depart.wait()
            faits.append(recapitulatif.regrouper(MARDI))
        finally:
            connection.close()

    fils = [threading.Thread(target=un_worker) for _ in range(2)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert sorted(faits) == [0, 1]
    assert Courriel.objects.filter(recapitulatif__gabarit="recapitulatif").count() == 3
