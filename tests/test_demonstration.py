"""The demonstration shows every statut, is made once, and writes to nobody."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from correspondants.models import Utilisateur
from projets.demonstration.comptes import COMPTES, MOT_DE_PASSE
from projets.enums import Statut
from projets.models import Convention, Courriel, Passage, Projet, SeanceTroika, Versement

# It is made on the second base too, by tests/test_generer.py.
pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


def test_demonstration_montre_chaque_statut_et_ne_se_fait_qu_une_fois(settings, appel, capsys):
    settings.DEMO = True
    call_command("demo_donnees")
    assert set(Projet.objects.values_list("statut", flat=True)) == set(Statut.values)
    assert set(Utilisateur.objects.values_list("email", flat=True)) == set(COMPTES)
    projets, passages = Projet.objects.count(), Passage.objects.count()
    les_dates_se_suivent()
    assert not Courriel.objects.filter(cree_le__lt=timezone.now() - timedelta(minutes=30)).exists()  # none is forgotten

    call_command("demo_donnees")
    assert (Projet.objects.count(), Passage.objects.count()) == (projets, passages)

    for adresse in COMPTES:
        client = Client()
        assert client.login(email=adresse, password=MOT_DE_PASSE), adresse
        assert client.get(reverse("demonstration")).status_code == 200
    call_command("demo_donnees", "--comptes")
    assert MOT_DE_PASSE in capsys.readouterr().out


def les_dates_se_suivent() -> None:
    """A project is deposited, then decided, then paid; its journal goes forward; nothing is still to come."""
    jour = timezone.localdate
    for projet in Projet.objects.exclude(depose_le=None):
        moments = list(projet.passages.order_by("rang").values_list("le", flat=True))
        assert moments == sorted(moments), projet
        assert projet.cree_le <= projet.depose_le <= timezone.now(), projet
    publies = SeanceTroika.objects.exclude(publiee_le=None)
    assert publies.exists()
    for seance in publies:
        assert jour(seance.date) <= jour(seance.publiee_le)
        for point in seance.points.select_related("projet"):
            assert jour(point.projet.depose_le) <= jour(seance.date), point.projet
    versements = Versement.objects.select_related("exercice__projet")
    assert versements.exists()
    publication = {seance.pk: jour(seance.publiee_le) for seance in publies}
    for versement in versements:
        point = versement.exercice.projet.points.filter(seance__in=publies).get()
        assert publication[point.seance_id] <= versement.date <= jour(), versement
    for convention in Convention.objects.exclude(signee_le=None):
        point = convention.exercice.projet.points.filter(seance__in=publies).get()
        assert publication[point.seance_id] <= convention.signee_le <= jour()


def test_demonstration_refuse_un_portail_veritable(settings, appel, client):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("demo_donnees")
    assert not Projet.objects.exists()
    assert client.get(reverse("demonstration")).status_code == 404
