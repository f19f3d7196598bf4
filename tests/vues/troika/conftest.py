"""One coordinator, and one project on the agenda of an open meeting."""

import pytest
from django.test import Client

from projets.enums import Statut
from projets.models import (
    PointOrdreDuJour,
    Projet,
)

from ... import fabriques
from ...fabriques import de_role, dossier_deux_ans, projet_en
from .gestes import COORDINATION, client_de


@pytest.fixture
def coordination() -> Client:
    fabriques.charger_appel()
    return client_de(de_role(COORDINATION))


@pytest.fixture
def projet() -> Projet:
    """A project of 700 € in 2026 and 400 € in 2027, on the agenda of an open meeting."""
    return projet_en(Statut.INSCRIT, dossier_deux_ans(titre="Ateliers théâtre"))


@pytest.fixture
def point(projet: Projet) -> PointOrdreDuJour:
    return projet.points.get()
