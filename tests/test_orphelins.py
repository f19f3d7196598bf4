"""Files without a row: found and erased once old enough; what a row names is never touched."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db.models import FileField
from django.utils import timezone

from correspondants.enums import Role
from projets import exports, orphelins
from projets.enums import Statut
from projets.models import ExportDemande, Piece

from . import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.fixture(autouse=True)
def _reserve_a_soi(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "cite_educative.stockage.StockagePrive", "OPTIONS": {"location": tmp_path / "fichiers"}}
    }


def test_seul_un_vieux_fichier_sans_ligne_est_efface(appel, capsys):
    assert orphelins.trouver() == [], "une réserve vide n’est pas une panne"
    projet = fabriques.projet_en(Statut.DEPOSE)
    exports.demander(fabriques.de_role(Role.ADMIN), 2026, "csv")
    exports.preparer_tout()
    perdu = default_storage.save("pieces/perdu.docx", ContentFile(b"x"))
    assert orphelins.trouver() == [], "un dépôt en cours n’a pas encore sa ligne"
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        call_command("orphelins")
        assert capsys.readouterr().out.split() == [perdu]
        assert default_storage.exists(perdu)
        call_command("orphelins", "--effacer")
        assert orphelins.trouver() == []
    assert not default_storage.exists(perdu)
    for nom in [
        *Piece.objects.values_list("fichier", flat=True),
        *ExportDemande.objects.values_list("fichier", flat=True),
    ]:
        assert default_storage.exists(nom), nom
    assert projet.pieces.exists()


def test_chaque_champ_de_fichier_est_regarde():
    """Those that exist today: a new one is found by itself, whatever its model."""
    from django.apps import apps

    modeles = {m for m in apps.get_models() for c in m._meta.local_concrete_fields if isinstance(c, FileField)}
    assert {Piece, ExportDemande} <= modeles
    assert all(
        champ.storage == default_storage
        for modele in modeles
        for champ in modele._meta.local_concrete_fields
        if isinstance(champ, FileField)
    ), "un champ qui range ailleurs a besoin de son propre ménage"
