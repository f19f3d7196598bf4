"""What the tests of the porteur's pages share: a Word file to send, a porteur, a reading without another process."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from correspondants.models import Etablissement, Quartier, Utilisateur
from projets import reception
from projets.enums import Statut
from projets.models import Appel, Parcours, Projet
from projets.word.ecriture import ecrire
from projets.word.lecture import lire

from .. import fabriques


@pytest.fixture(autouse=True)
def _lecture_dans_le_processus(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reading in a process of its own is tested with the Word engine, and once here."""
    if "separate_process" not in request.node.name:
        monkeypatch.setattr(reception, "lire_protege", lire)


@pytest.fixture
def word(appel: Appel) -> Callable[..., bytes]:
    return lambda dossier=None: ecrire(dossier or fabriques.dossier_complet(), appel.referentiel())


@pytest.fixture
def porteur(appel: Appel) -> Utilisateur:
    return fabriques.utilisateur()


@pytest.fixture
def deux_projets(db: None) -> tuple:
    """One of an école on a first-degree theme, one of an association on another, twice as expensive."""
    fabriques.charger_appel()
    etablissements, quartiers = list(Etablissement.objects.all()[:2]), list(Quartier.objects.all()[:2])
    parcours = list(Parcours.objects.all()[:2])
    ecole = fabriques.dossier_complet(
        titre="Élèves à l’œuvre", parcours=(parcours[0].code,), quartiers=(quartiers[0].code,),
        etablissements=(etablissements[0].code,),
    )  # fmt: skip
    association = fabriques.hors_temps_scolaire(
        fabriques.dossier_deux_ans(
            titre="Théâtre au collège",
            structure_nom="Compagnie du Terril",
            structure_nature="association",
            objectif_principal="3.1.1",
            objectifs_secondaires=("1.1.2",),
            parcours=(parcours[1].code,),
            quartiers=(quartiers[1].code,),
            etablissements=(etablissements[1].code,),
        )
    )
    premier = fabriques.projet_en(Statut.AVIS_IEN, ecole)
    second = fabriques.projet_en(Statut.DEPOSE, association, fabriques.utilisateur("compagnie@example.org"))
    Projet.objects.filter(pk=second.pk).update(depose_le=timezone.now() + timedelta(minutes=1))
    return premier, second, parcours, quartiers, etablissements
