"""The shorter ways of reading find what the plain ones find."""

import pytest
from django.http import QueryDict

from correspondants.enums import Role
from correspondants.models import Quartier
from projets import filtres
from projets.echeances import bilans_dus, comptes_des_remis, requetes_des_comptes
from projets.enums import Statut
from projets.models import Exercice, Parcours, Projet

from . import fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture
def projets():
    return [fabriques.projet_en(statut) for statut in (Statut.DEPOSE, Statut.PRET, Statut.VALIDE, Statut.CLOS)]


def test_un_filtre_trouve_les_memes_projets_qu_ils_soient_rares_ou_nombreux(projets, monkeypatch):
    qui, un = fabriques.de_role(Role.COORDINATEUR_EN), projets[0]
    un.quartiers.add(Quartier.objects.first())
    un.parcours.add(Parcours.objects.first())
    objectif = un.objectif_principal
    choix = {
        "annee": un.exercices.first().annee,
        "quartier": un.quartiers.first().pk,
        "parcours": un.parcours.first().pk,
        "enjeu": objectif.enjeu_id,
        "thematique": objectif.enjeu.thematique_id,
    }
    for nom, valeur in choix.items():
        trouves = []
        for rares in (2000, 0):
            monkeypatch.setattr(filtres, "RARES", rares)
            donnees = QueryDict(f"{nom}={valeur}")
            lus = filtres.ProjetFilterSet(donnees, Projet.objects.deposes().avec_montants(), qui).qs
            trouves.append(set(lus.values_list("pk", flat=True)))
        assert un.pk in trouves[0]
        assert trouves[0] == trouves[1]


def test_les_bilans_remis_et_les_annees_se_comptent_sans_lire_les_projets(projets):
    assert sorted(comptes_des_remis()) == sorted(requetes_des_comptes(bilans_dus())[0]) != []
    brouillon = fabriques.projet_en(Statut.BROUILLON)
    Exercice.objects.create(projet=brouillon, annee=2051)
    annees = Exercice.annees_connues()
    assert annees[0] == 2051
    assert annees == tuple(sorted(set(Exercice.objects.values_list("annee", flat=True)), reverse=True))
    assert Exercice.annees_connues(deposes=True) == annees[1:]
