"""How many queries what is sent asks for by row: a meeting published, a lot, the reminders of the night.

Each gesture is made on one row, then on four, in a process that remembers nothing. What one row more may ask is bounded, with its
reason; a reading made for all at once is not asked again by row.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import Role
from projets import relances
from projets.dossier import Charge
from projets.enums import Action, Statut
from projets.messagerie import ecrire_message
from projets.models import AvisIEN, DemandeComplements, Exercice, Projet
from projets.workflow import executer

from . import fabriques
from .bilans_web import adresse, saisie
from .test_requetes import dire, forme

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]

# One line of the journal: its savepoint, the project held, the line before it, itself.
JOURNAL = 5
# One transition: its savepoint, the compare and set, the statut, and its line of the journal.
TRANSITION = 4 + JOURNAL


@dataclass(frozen=True)
class Envoi:
    """``preparer(nombre)`` makes the rows, ``envoyer`` the gesture; ``par_ligne`` queries at most for one row more."""

    nom: str
    par_ligne: int
    preparer: Callable[[int], Any]
    envoyer: Callable[[Any], object]

    def __str__(self) -> str:
        return self.nom


def _projets(statut: str, nombre: int) -> list[Projet]:
    return [fabriques.projet_en(statut, fabriques.dossier_complet(titre=f"Projet {rang}")) for rang in range(nombre)]


def _client(qui: str) -> Client:
    client = Client()
    client.force_login(fabriques.de_role(qui))
    return client


def _seance(nombre: int) -> tuple[Client, str, str]:
    seance, coordination = fabriques.seance(), fabriques.de_role(Role.COORDINATEUR_EN)
    for projet in _projets(Statut.PRET, nombre):
        executer(projet, Action.INSCRIRE, par=coordination, seance=seance)
        fabriques.decider(projet)
    client, adresse = _client(Role.COORDINATEUR_EN), reverse("troika_publier", args=[seance.pk])
    return client, adresse, client.get(adresse).context["vue"]


def _publier(prepare: tuple[Client, str, str]) -> HttpResponse:
    client, adresse, vue = prepare
    return client.post(adresse, {"vue": vue})


def _lot(action: str, statut: str, par_ligne: int, **donnees: object) -> Envoi:
    def preparer(nombre: int) -> tuple[Client, dict[str, object]]:
        projets = _projets(statut, nombre)
        if statut == Statut.VALIDE:  # whose bilan is late
            Exercice.objects.filter(projet__in=projets).update(annee=2024)
        envoi = {"action": action, "confirmer": "oui", "jeton": uuid.uuid4(), **donnees}
        if action == "inscrire":
            envoi["seance"] = fabriques.seance().pk
        jetons = [f"{projet.numero}:{projet.version}" for projet in projets]
        return _client(projets[0].coordination), envoi | {"projets": jetons}

    def envoyer(prepare: tuple[Client, dict[str, object]]) -> HttpResponse:
        reponse = prepare[0].post(reverse("coordination_lot"), prepare[1])
        assert not reponse.context["rapport"].refuses
        return reponse

    return Envoi(action, par_ligne, preparer, envoyer)


def _avis(nombre: int) -> tuple[Client, list[int]]:
    projets = _projets(Statut.AVIS_IEN, nombre)
    return _client(Role.IEN), list(AvisIEN.objects.filter(projet__in=projets).values_list("pk", flat=True))


def _rendre(prepare: tuple[Client, list[int]]) -> HttpResponse:
    return prepare[0].post(reverse("avis_lot"), {"avis": prepare[1], "confirmer": "oui", "sens": "favorable"})


def _demandes(jours: int) -> Callable[[int], int]:
    def preparer(nombre: int) -> int:
        fabriques.de_role(Role.IEN)
        _projets(Statut.AVIS_IEN, nombre)
        AvisIEN.objects.update(demande_le=timezone.now() - timedelta(jours))
        return nombre if jours % 7 == 0 else 0

    return preparer


def _relancer_avis(attendus: int) -> None:
    assert relances.relancer_avis(timezone.localdate()) == attendus


def _complements(nombre: int) -> int:
    _projets(Statut.A_COMPLETER, nombre)
    DemandeComplements.objects.update(cree_le=timezone.now() - timedelta(10))
    return nombre


def _relancer_complements(attendus: int) -> None:
    assert relances.relancer_complements(timezone.localdate()) == attendus


def _messages(nombre: int) -> tuple[Client, str]:
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    for rang in range(nombre):
        ecrire_message(projet, par=fabriques.coordinateur_de(projet), texte=f"Un {rang}", interne=False)
        ecrire_message(projet, par=fabriques.coordinateur_de(projet), texte=f"Deux {rang}", interne=True)
        ecrire_message(projet, par=projet.porteur, texte=f"Trois {rang}", interne=False)
    return _client(Role.PILOTE_VILLE), projet.get_absolute_url()


def _bilan(nombre: int) -> tuple[Client, str, dict[str, object]]:
    charges = tuple(Charge("60-MATIERES", f"Ligne {rang}", Decimal(1500) / nombre) for rang in range(nombre))
    projet = fabriques.projet_en(Statut.VALIDE, fabriques.dossier_complet(charges=charges))
    client = Client()
    client.force_login(projet.porteur)
    return client, adresse(projet, "bilan_modifier"), saisie(client, projet)


ENVOIS = (
    # Beside its transition: its letter and the mail that tells of it.
    Envoi("publier", TRANSITION + 2, _seance, _publier),
    # The guards asked twice, before and after the project is held (4), the transaction of each (2), its place (2).
    _lot("inscrire", Statut.PRET, TRANSITION + 8),
    # The school-time part and the requests of each project, its transaction.
    _lot("declarer_complet", Statut.DEPOSE, TRANSITION + 9),
    _lot("ecrire", Statut.DEPOSE, JOURNAL + 8, texte="Bonjour"),
    _lot("relancer_bilans", Statut.VALIDE, JOURNAL + 9),
    # The opinion is read again at each of its guards, before and after the project is held (5); whom to tell, and how (3).
    Envoi("avis", TRANSITION + 12, _avis, _rendre),
    # One mail: its addresses, the choices of their readers, itself, and the time of the link.
    Envoi("rappels d’avis", 6, _demandes(7), _relancer_avis),
    Envoi("avis sans rappel ce jour", 0, _demandes(8), _relancer_avis),
    Envoi("rappels de compléments", 1, _complements, _relancer_complements),
    # The lines of a bilan are written together.
    Envoi("bilan", 0, _bilan, lambda prepare: prepare[0].post(prepare[1], prepare[2])),
    Envoi("messages", 0, _messages, lambda prepare: prepare[0].get(prepare[1])),
)  # fmt: skip


def _compter(envoi: Envoi, nombre: int) -> list[str]:
    """What the gesture asks for; everything it needed is undone."""
    requetes: list[str] = []

    def noter(execute: Callable[..., Any], sql: str, *reste: Any) -> Any:
        requetes.append(sql)
        return execute(sql, *reste)

    with transaction.atomic():
        prepare = envoi.preparer(nombre)
        for cache in caches.all():
            cache.clear()
        with connection.execute_wrapper(noter):
            reponse = envoi.envoyer(prepare)
        assert reponse is None or reponse.status_code in (200, 302)
        transaction.set_rollback(True)
    return requetes


@pytest.mark.parametrize("envoi", ENVOIS, ids=str)
def test_une_ligne_de_plus_ne_demande_que_ce_qui_lui_revient(appel: object, envoi: Envoi) -> None:
    une, quatre = _compter(envoi, 1), _compter(envoi, 4)
    formes = [Counter(map(forme, requetes)) for requetes in (quatre, une)]
    assert len(quatre) - len(une) <= 3 * envoi.par_ligne, dire(*formes)
