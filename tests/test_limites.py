"""What is limited stays limited when its trace is deleted."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from projets import partages, reprises
from projets.models import Appel, Courriel

from . import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]
ADRESSE = "quelqu-un@example.org"


def test_jeter_le_brouillon_ne_rend_pas_de_liens(appel: Appel) -> None:
    partis = 0
    for _ in range(reprises.PAR_ADRESSE + 2):
        brouillon = fabriques.brouillon(fichier=False)
        partis += reprises.envoyer(brouillon, ADRESSE)
        brouillon.delete()
    assert partis == reprises.PAR_ADRESSE
    assert not Courriel.objects.filter(destinataire=ADRESSE).exists()
    with time_machine.travel(timezone.now() + timedelta(hours=1, minutes=1)):
        assert reprises.envoyer(fabriques.brouillon(fichier=False), ADRESSE)


def test_inviter_et_retirer_sans_fin_s_arrete(appel: Appel) -> None:
    porteur = fabriques.utilisateur()
    brouillon = fabriques.brouillon(porteur=porteur, fichier=False)
    for _ in range(partages.INVITATIONS_PAR_JOUR):
        partage = partages.inviter(brouillon, ADRESSE, par=porteur)
        partages.retirer(brouillon, partage.pk, par=porteur)
    with pytest.raises(partages.PartageImpossible, match="reprenez demain"):
        partages.inviter(brouillon, ADRESSE, par=porteur)
