"""``manage.py deposer``: a number on the output, reasons on the error, three exit codes."""

import io
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command

from correspondants.models import Utilisateur
from projets import reception
from projets.dossier import Dossier, MaterielPrevu
from projets.enums import Statut
from projets.models import Appel, Passage, Projet
from projets.word.ecriture import ecrire
from projets.word.lecture import lire

from . import fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture
def deposer(appel: Appel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """Runs the command on a file that says a Dossier, or on raw bytes: exit code, output, error."""
    monkeypatch.setattr(reception, "lire_protege", lire)

    def _deposer(contenu: Dossier | bytes, courriel: str = "porteur@example.org") -> tuple[int, str, str]:
        fichier = tmp_path / "dossier.docx"
        fichier.write_bytes(contenu if isinstance(contenu, bytes) else ecrire(contenu, appel.referentiel()))
        sortie, erreur, code = io.StringIO(), io.StringIO(), 0
        try:
            call_command("deposer", str(fichier), courriel=courriel, stdout=sortie, stderr=erreur)
        except SystemExit as fin:
            code = fin.code
        return code, sortie.getvalue(), erreur.getvalue()

    return _deposer


def test_deposit_prints_the_number(deposer: Callable) -> None:
    code, sortie, erreur = deposer(fabriques.dossier_complet(), "Nouveau@Example.org")
    projet = Projet.objects.get()
    assert (code, sortie.strip(), erreur) == (0, projet.numero, "")
    assert re.fullmatch(r"\d{4}-\d{4}", projet.numero)
    assert projet.statut == Statut.DEPOSE
    assert projet.porteur.email == "nouveau@example.org"
    assert EmailAddress.objects.get(email="nouveau@example.org").verified
    assert projet.depots.get().piece.nom == "dossier.docx"
    assert Passage.objects.get(projet=projet).par == projet.porteur


def test_known_account_is_used_again(deposer: Callable) -> None:
    porteur = fabriques.utilisateur(verifie=False)
    deposer(fabriques.dossier_complet(), "PORTEUR@example.org")
    deposer(fabriques.dossier_complet())
    assert Utilisateur.objects.get() == porteur
    assert porteur.projets.count() == 2
    assert EmailAddress.objects.get().verified


def test_blocking_constats_are_said_and_nothing_is_stored(deposer: Callable) -> None:
    materiels = (MaterielPrevu("Robot", 1, Decimal("501.00"), 2026),)
    code, sortie, erreur = deposer(fabriques.dossier_complet(materiels=materiels, titre=""))
    assert (code, sortie) == (1, "")
    assert "materiels.0.prix_unitaire_ht" in erreur
    assert "plafonné" in erreur
    assert "titre" in erreur
    assert not Projet.objects.exists()
    assert not Utilisateur.objects.exists()


def test_refused_file_exits_2(deposer: Callable) -> None:
    code, sortie, erreur = deposer(b"%PDF-1.7")
    assert (code, sortie) == (2, "")
    assert "PDF" in erreur
    assert not Projet.objects.exists()


@pytest.mark.parametrize("courriel", ["pas une adresse", ""])
def test_bad_address_is_a_sentence(deposer: Callable, courriel: str) -> None:
    with pytest.raises(CommandError, match="n’est pas une adresse"):
        deposer(fabriques.dossier_complet(), courriel)


def test_closed_account_is_refused(deposer: Callable) -> None:
    porteur = fabriques.utilisateur()
    porteur.is_active = False
    porteur.save()
    with pytest.raises(CommandError, match="fermé"):
        deposer(fabriques.dossier_complet())
    assert not Projet.objects.exists()


def test_missing_file_is_a_sentence(appel: Appel) -> None:
    with pytest.raises(CommandError, match="introuvable"):
        call_command("deposer", "/nulle/part.docx", courriel="porteur@example.org")
