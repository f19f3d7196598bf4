"""The timeline: the same facts for the porteur and the services, minus deliberations."""

from datetime import timedelta

import pytest
from django.utils import timezone

from correspondants.enums import Role
from projets import bilans
from projets.chronologie import A_VENIR, EN_COURS, FAIT, chronologie
from projets.enums import Action, AppreciationIndicateur, Statut
from projets.workflow import executer

from . import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


def titres(etapes, etat):
    return [etape.titre for etape in etapes if etape.etat == etat]


@pytest.mark.parametrize("statut", [s for s in Statut if s is not Statut.BROUILLON])
@pytest.mark.parametrize("role", ["porteur", Role.COORDINATEUR_EN, Role.IEN])
def test_chronologie_de_chaque_statut(statut, role):
    projet = fabriques.projet_en(statut)
    lecteur = projet.porteur if role == "porteur" else fabriques.de_role(role)

    etapes = chronologie(projet, lecteur)

    assert etapes[0].titre == "Dossier déposé"
    assert len(titres(etapes, EN_COURS)) == (0 if statut.est_final else 1)
    assert bool(titres(etapes, A_VENIR)) is not statut.est_final
    etats = [etape.etat for etape in etapes]
    assert etats == sorted(etats, key=[FAIT, EN_COURS, A_VENIR].index)
    dates = [etape.date for etape in etapes if etape.etat == FAIT]
    assert dates == sorted(dates)


@pytest.mark.parametrize("statut", [Statut.PRET, Statut.INSCRIT, Statut.VALIDE])
def test_chronologie_du_porteur_est_celle_des_services_moins_les_deliberations(statut):
    projet = fabriques.projet_en(statut)
    if statut is Statut.INSCRIT:
        fabriques.decider(projet)

    porteur = titres(chronologie(projet, projet.porteur), FAIT)
    services = titres(chronologie(projet, fabriques.de_role(Role.COORDINATEUR_EN)), FAIT)

    assert set(services) - set(porteur) <= {"Avis rendu sur le temps scolaire", "Décision préparée en séance"}
    assert [titre for titre in services if titre in porteur] == porteur
    assert "Décision préparée en séance" not in porteur


def test_chronologie_du_porteur_coordinateur_tait_les_deliberations():
    porteur = fabriques.utilisateur("juge@example.org", Role.COORDINATEUR_VILLE)
    projet = fabriques.projet_en(Statut.INSCRIT, porteur=porteur)
    fabriques.decider(projet)

    assert "Décision préparée en séance" not in titres(chronologie(projet, porteur), FAIT)


def test_chronologie_ne_nomme_aucun_agent_au_porteur():
    projet = fabriques.projet_en(Statut.AVIS_IEN)

    acteurs = [etape.acteur for etape in chronologie(projet, projet.porteur)]

    assert set(acteurs) == {"par vous", ""}
    assert all(etape.acteur == "" for etape in chronologie(projet, fabriques.de_role(Role.IEN)))


def test_chronologie_dit_une_decision_reecrite_une_seule_fois():
    projet = fabriques.projet_en(Statut.INSCRIT)
    fabriques.decider(projet)
    fabriques.decider(projet)

    faits = titres(chronologie(projet, fabriques.de_role(Role.COORDINATEUR_EN)), FAIT)

    assert faits.count("Décision préparée en séance") == 1


def test_chronologie_dit_au_porteur_que_c_est_a_lui():
    projet = fabriques.projet_en(Statut.A_COMPLETER)

    assert titres(chronologie(projet, projet.porteur), EN_COURS) == ["À vous\u00a0: complétez votre dossier"]
    assert titres(chronologie(projet, fabriques.de_role(Role.COORDINATEUR_EN)), EN_COURS) == ["Compléments attendus"]


def test_chronologie_hors_temps_scolaire_n_annonce_aucun_avis():
    projet = fabriques.projet_en(Statut.DEPOSE, fabriques.hors_temps_scolaire(fabriques.dossier_complet()))

    assert "Avis sur le temps scolaire" not in titres(chronologie(projet, projet.porteur), A_VENIR)


def test_chronologie_suit_les_bilans_par_annee_civile():
    projet = fabriques.projet_en(Statut.VALIDE, fabriques.dossier_deux_ans())
    etapes = chronologie(projet, projet.porteur)
    assert titres(etapes, EN_COURS) == ["Bilan intermédiaire (mi-parcours) 2026"]
    assert titres(etapes, A_VENIR) == ["Bilan définitif 2027", "Clôture du projet"]

    fabriques.remettre_les_bilans(projet)
    etapes = chronologie(projet, projet.porteur)

    assert titres(etapes, FAIT)[-4:] == [
        "Bilan 2026 déposé", "Bilan 2026 accepté", "Bilan 2027 déposé", "Bilan 2027 accepté",
    ]  # fmt: skip
    assert titres(etapes, EN_COURS) == ["Clôture du projet"]


def test_chronologie_d_un_bilan_depose_attend_la_coordination():
    projet = fabriques.projet_en(Statut.VALIDE)
    bilan = bilans.preparer(projet.exercices.get(), projet.porteur)
    bilan.lignes.update(realise=100)
    bilan.indicateurs.update(appreciation=AppreciationIndicateur.ATTEINT)
    bilan.realisation, bilan.certifie, bilan.explication_ecarts = "Fait.", True, "Moins cher."
    bilan.save()
    bilans.deposer(bilan, par=projet.porteur)

    assert titres(chronologie(projet, projet.porteur), EN_COURS) == ["Bilan 2026 en cours d’examen"]


def test_chronologie_apres_un_retrait_de_l_ordre_du_jour():
    projet = fabriques.projet_en(Statut.INSCRIT)
    executer(projet, Action.DESINSCRIRE, par=fabriques.de_role(Role.COORDINATEUR_EN), motif="Salle indisponible")

    etapes = chronologie(projet, projet.porteur)

    assert "Retiré de l’ordre du jour" not in [etape.titre for etape in etapes]
    assert titres(etapes, EN_COURS) == ["En attente d’une séance de la troïka"]
    assert all(etape.date <= timezone.now() + timedelta(seconds=1) for etape in etapes if etape.date)
