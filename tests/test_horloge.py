"""A clock that was wrong, then put right: what it wrote ahead of time neither waits nor leaves twice."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from correspondants.enums import Role
from projets import envoi, exports, sante
from projets.enums_portail import EtatCourriel, EtatExport
from projets.models import Courriel, ExportDemande, Pouls

from . import fabriques
from .test_envoi import ecrire, facteur  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


def test_un_courriel_reserve_par_une_horloge_en_avance_part_une_fois(facteur):  # noqa: F811
    (courriel,) = ecrire()
    with time_machine.travel(timezone.now() + timedelta(days=300)):
        assert envoi._reserver(courriel)  # then killed, and the clock put right
    assert envoi.vider() == 1
    assert envoi.vider() == 0
    assert len(facteur.recus) == 1


def test_un_essai_remis_par_une_horloge_en_avance_n_attend_pas_un_an(facteur):  # noqa: F811
    (courriel,) = ecrire()
    facteur.humeur = "refuse"
    with time_machine.travel(timezone.now() + timedelta(days=300)):
        assert envoi.vider() == 1
    facteur.humeur = "accepte"
    assert envoi.vider() == 1
    courriel.refresh_from_db()
    assert (courriel.etat, len(facteur.recus)) == (EtatCourriel.ENVOYE, 1)


@pytest.mark.parametrize("ecart", [timedelta(minutes=-5), timedelta(minutes=30)])
def test_deux_horloges_qui_different_un_peu_ne_se_volent_rien(facteur, ecart):  # noqa: F811
    """A row that another worker holds now stays its own, even half an hour apart; half an hour late, it would be abandoned."""
    (courriel,) = ecrire()
    with time_machine.travel(timezone.now() + ecart):
        assert envoi._reserver(courriel)
    assert envoi.vider() == 0
    assert Courriel.objects.get().etat == EtatCourriel.EN_COURS


def test_un_export_reserve_par_une_horloge_en_avance_est_repris(appel):
    demande = exports.demander(fabriques.de_role(Role.COORDINATEUR_VILLE), 2026, "csv")
    with time_machine.travel(timezone.now() + timedelta(days=300)):
        assert exports.reclamer()
    assert exports.preparer_tout() == 1
    assert ExportDemande.objects.get(pk=demande.pk).etat == EtatExport.PRET


@pytest.mark.une_seule_base
def test_un_pouls_venu_de_l_avenir_n_est_pas_un_worker_vivant():
    Pouls.battre("courriels")
    assert sante.boite_d_envoi().gravite == sante.BIEN
    Pouls.objects.update(le=timezone.now() + timedelta(days=300))
    assert "personne ne la vide" in sante.boite_d_envoi().message
