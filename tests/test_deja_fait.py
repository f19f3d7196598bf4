"""What is put back row for row is what the factory wrote: nothing more, nothing less, on either database."""

import pytest
from django.db import transaction

from projets.enums import Statut

from . import deja_fait, fabriques

pytestmark = pytest.mark.django_db


def test_ce_qui_est_remis_est_ce_qui_fut_joue() -> None:
    statut = Statut.VALIDE
    avant = deja_fait.photographie()
    with transaction.atomic():
        projet = deja_fait.jouer(fabriques.projet_en, (statut,), {}, retenir=(statut, "essai"))
        joue = deja_fait.photographie()
        transaction.set_rollback(True)
    assert deja_fait.photographie() == avant != joue
    fait = deja_fait.FAITS.pop((statut, "essai"))
    deja_fait.ecrire(fait)
    assert deja_fait.photographie() == joue
    assert fait.rendu == (type(projet), projet.pk)
    assert fait.fichiers, "le fichier du porteur est retenu avec sa ligne"


def test_la_memoire_ne_sert_que_sur_une_base_intacte(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that the factories did not write, and the factory is played: its answer could depend on it."""
    joues: list[object] = []
    veritable = deja_fait.jouer
    monkeypatch.setattr(deja_fait, "jouer", lambda *args, **options: joues.append(args) or veritable(*args, **options))
    assert deja_fait.connu()
    fabriques.utilisateur("une@example.org")
    assert deja_fait.connu()
    fabriques.charger_appel().save()
    assert not deja_fait.connu()
    avant = len(joues)
    fabriques.utilisateur("deux@example.org")
    assert len(joues) == avant, "ni retenu, ni remis : la fabrique elle-même"
