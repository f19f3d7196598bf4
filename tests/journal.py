"""What the tests of the journal share: a project with a few lines, and what somebody who owns the database can do."""

from contextlib import contextmanager

import pytest
from django.db import connection

from projets import declencheurs
from projets.enums import Fait, Statut
from projets.journal import consigner
from projets.models import Passage, Projet

from . import fabriques


@contextmanager
def sans_declencheurs():
    """What somebody who owns the database can do: take the triggers away, write, put them back."""
    declencheurs.lever(connection)
    try:
        with connection.cursor() as curseur:
            yield curseur
    finally:
        declencheurs.poser(connection)


@pytest.fixture
def projet(appel) -> Projet:
    projet = fabriques.projet_en(Statut.PRET)
    for rang in range(3):
        consigner(projet, Fait.MESSAGE, par=projet.porteur, motif=f"Message {rang}")
    return projet


def lignes(projet: Projet) -> list[Passage]:
    return list(Passage.objects.filter(projet=projet).order_by("rang"))
