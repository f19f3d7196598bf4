"""The demonstration shows every statut, is made once, and writes to nobody."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from correspondants.models import Utilisateur
from projets.demonstration.comptes import COMPTES, MOT_DE_PASSE
from projets.enums import Statut
from projets.models import Passage, Projet

pytestmark = pytest.mark.django_db


def test_demonstration_montre_chaque_statut_et_ne_se_fait_qu_une_fois(settings, appel, capsys):
    settings.DEMO = True
    call_command("demo_donnees")
    assert set(Projet.objects.values_list("statut", flat=True)) == set(Statut.values)
    assert set(Utilisateur.objects.values_list("email", flat=True)) == set(COMPTES)
    projets, passages = Projet.objects.count(), Passage.objects.count()

    call_command("demo_donnees")
    assert (Projet.objects.count(), Passage.objects.count()) == (projets, passages)

    for adresse in COMPTES:
        client = Client()
        assert client.login(email=adresse, password=MOT_DE_PASSE), adresse
        assert client.get(reverse("demonstration")).status_code == 200
    call_command("demo_donnees", "--comptes")
    assert MOT_DE_PASSE in capsys.readouterr().out


def test_demonstration_refuse_un_portail_veritable(settings, appel, client):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("demo_donnees")
    assert not Projet.objects.exists()
    assert client.get(reverse("demonstration")).status_code == 404
