"""How many queries the desk asks for, whatever is looked for in it."""

from itertools import product

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from correspondants.enums import Role
from correspondants.models import Etablissement, Quartier
from projets import cumuls, index_recherche
from projets.enums import Statut
from projets.models import Parcours
from projets.views import coordination

from .. import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


def test_aucun_filtre_ni_ordre_ni_page_ne_demande_plus_de_douze_requetes(client, monkeypatch):
    """First readings in a process that remembers nothing, of a list of several pages, and with every filter at once."""
    projets = [fabriques.projet_en(statut) for statut in (Statut.DEPOSE, Statut.DEPOSE, Statut.PRET)]
    quartier, parcours, etablissement = (modele.objects.first() for modele in (Quartier, Parcours, Etablissement))
    for projet in projets:
        projet.quartiers.add(quartier)
        projet.parcours.add(parcours)
        projet.etablissements.add(etablissement)
    cumuls.tenir_a_jour()
    index_recherche.est_en_service(connection)  # asked once per process
    monkeypatch.setattr(coordination, "PAR_PAGE", 1)
    client.force_login(fabriques.de_role(Role.COORDINATEUR_EN))
    objectif = projets[0].objectif_principal
    choix = {
        "q": projets[0].titre[:6], "statut": ["depose", "pret"], "nature": projets[0].nature,
        "thematique": objectif.enjeu.thematique_id, "enjeu": objectif.enjeu_id, "parcours": parcours.pk,
        "quartier": quartier.pk, "etablissement": etablissement.pk, "montant_min": "1", "montant_max": "900000",
        "annee": projets[0].exercices.first().annee,
        "temps_scolaire": "oui" if projets[0].temps_scolaire else "non",
    }  # fmt: skip
    filtres = [{}, choix, {"a_faire": "bilans_en_retard"}, *({nom: valeur} for nom, valeur in choix.items())]
    fautes = []
    for filtre, tri, page in product(filtres, ("", "structure"), (1, 2)):
        for cache in caches.all():
            cache.clear()
        with transaction.atomic(), CaptureQueriesContext(connection) as lues:
            reponse = client.get(reverse("coordination"), {**filtre, "tri": tri, "page": page})
            transaction.set_rollback(True)
        requetes = [une["sql"] for une in lues.captured_queries if "SAVEPOINT" not in une["sql"]]
        assert reponse.context["page_obj"].paginator.count == (0 if "a_faire" in filtre else 3), filtre
        if len(requetes) > 12:
            fautes.append(f"{filtre} {tri} {page} : {len(requetes)}\n" + "\n".join(une[:160] for une in requetes))
    assert not fautes, "\n\n".join(fautes)
