"""How many queries each page asks for on a first read, and that no page asks for more when there are more rows.

Every address of the surface, every file and every page of the administration × those who open it, in a process that
remembers nothing: first on the prepared worlds, then on the same with four times the projects and four times what hangs
on each. The failure names the page and prints the queries that came again.
"""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
import weasyprint
from django.contrib import admin
from django.core.cache import caches
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse

from correspondants.enums import Role
from projets import cumuls
from projets.enums import Statut
from projets.messagerie import ecrire_message
from projets.models import Projet

from . import fabriques
from .absurde import HTMLDejaCompose
from .monde import adresses as adresses_nommees
from .monde import monde as monde_nomme
from .multiplication import multiplier
from .navigateur.lecteurs import apres, clients, demander, du_brouillon
from .navigateur.monde import Monde, construire
from .navigateur.surface import ADRESSES, APRES, ENVOIS, PORTEUR, REGLAGES, SANS_PAGE, VISITEUR
from .test_droits import lire as lire_les_droits

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.une_seule_base,
    pytest.mark.filterwarnings("ignore:Duplicate name"),  # copies of a letter have its name
]

LISTE, PAGE = 12, 25  # queries
LISTES = (
    "/coordination/", "/coordination/?q=introuvable", "/coordination/?statut=depose&statut=pret&enjeu=0", "/avis/", "/bilans/",
    "/courriels/", "/journal/", "/troika/", "/troika/{seance}/", "/troika/{publiee}/", "troika_etat", "/suivi/",
    "/exemples/", "/structures/", "/pilotage/exports/", "/pilotage/versements/", "/recherche/?q=parents",
    "/recherche/?q=introuvable", "/structures/{structure}/", "/pilotage/donnees-ouvertes/2026/",
)  # fmt: skip
# What asks for more, each with its reason.
PERMIS: dict[str, tuple[int, str]] = {}
REPETEE = 3  # times that one page may ask the same thing of other values
# Pages read in slices: one query more for each slice, not for each row.
PAR_TRANCHES = ("journal_export", "coordination_export")
# What the library asks several times, whatever the rows.
DES_BIBLIOTHEQUES = ("/comptes/reauthenticate/", "/comptes/2fa/reauthenticate/")
# One reader of each kind: the others of the same kind are given the same pages.
SERVICES = (Role.COORDINATEUR_EN, Role.PILOTE_EN, Role.IEN)
GROUPES = {"porteurs": (VISITEUR, PORTEUR), "services": SERVICES, "administration": (Role.ADMIN,)}


@dataclass(frozen=True)
class Cible:
    nom: str
    qui: str
    demander: Callable[[], HttpResponse]

    @property
    def borne(self) -> int:
        if self.nom in PERMIS:
            return PERMIS[self.nom][0]
        return LISTE if self.nom in LISTES else PAGE


@dataclass
class Lecture:
    """What one request asked of the database, the values apart."""

    code: int = 0
    requetes: list[str] = field(default_factory=list)

    @property
    def formes(self) -> Counter[str]:
        return Counter(map(forme, self.requetes))


def forme(sql: str) -> str:
    """A query without the number of its values nor the names of its savepoints."""
    return re.sub(r"\((?:%s, )*%s\)", "(…)", re.sub(r"\bs\d+_x\d+", "s", re.sub(r"LIMIT \d+", "LIMIT", sql)))


def lire(cible: Cible) -> Lecture:
    """A first read: no process has kept anything, and what the page writes is undone."""
    for cache in caches.all():
        cache.clear()
    lecture = Lecture()

    def noter(execute: Callable[..., Any], sql: str, *reste: Any) -> Any:
        lecture.requetes.append(sql)
        return execute(sql, *reste)

    with transaction.atomic():
        with connection.execute_wrapper(noter):
            reponse = cible.demander()
            if reponse.streaming:
                b"".join(reponse)
        transaction.set_rollback(True)
    lecture.code = reponse.status_code
    return lecture


# --- what is asked ----------------------------------------------------------------------------------------------------


def _avec(reglages: dict[str, object], envoi: Callable[[], HttpResponse]) -> HttpResponse:
    with override_settings(**reglages):
        return envoi()


def _surface(monde: Monde, ouverts: dict[str, Client], lecteurs: tuple[str, ...]) -> Iterator[Cible]:
    for modele in ADRESSES:
        siens: dict[str, Client] = {qui: ouverts[qui] for qui in lecteurs}
        if modele in APRES:
            siens = {VISITEUR: apres(*APRES[modele])} if VISITEUR in lecteurs else {}
        elif "{anonyme}" in modele:
            siens = {VISITEUR: du_brouillon(monde.adresses["anonyme"])} if VISITEUR in lecteurs else {}
        for qui, client in siens.items():
            envoi = partial(demander, client, modele, monde)
            yield Cible(modele, qui, partial(_avec, REGLAGES[modele], envoi) if modele in REGLAGES else envoi)


def _fichiers(ouverts: dict[str, Client], lecteurs: tuple[str, ...]) -> Iterator[Cible]:
    """Files, and what machines read."""
    droits = lire_les_droits()
    for nom, adresse in adresses_nommees(monde_nomme()):
        if nom in SANS_PAGE and (nom, "GET") in droits:
            for qui in lecteurs:
                if droits[nom, "GET"].get(qui) == 200:
                    yield Cible(nom, qui, partial(ouverts[qui].get, adresse))


def _administration(client: Client) -> Iterator[Cible]:
    yield Cible("admin", Role.ADMIN, partial(client.get, reverse("admin:index")))
    for modele in admin.site._registry:
        debut = f"admin:{modele._meta.app_label}_{modele._meta.model_name}"
        liste = reverse(f"{debut}_changelist")
        adresses = [liste, f"{liste}?q=a&o=-1", reverse(f"{debut}_add")]
        if une := modele._base_manager.order_by("pk").first():
            adresses += [reverse(f"{debut}_{page}", args=[une.pk]) for page in ("change", "history", "delete")]
        for adresse in adresses:
            yield Cible(re.sub(r"/\d+/", "/…/", adresse), Role.ADMIN, partial(client.get, adresse))


def _echanger() -> None:
    """Messages of both threads that nobody has read: a page that shows them notes that they are read."""
    for projet in Projet.objects.filter(statut__in=[Statut.AVIS_IEN, Statut.VALIDE, Statut.A_COMPLETER]):
        coordination = fabriques.coordinateur_de(projet)
        for par, interne in ((coordination, False), (coordination, True), (projet.porteur, False)):
            ecrire_message(projet, par=par, texte="Un message.", interne=interne)


@pytest.fixture
def cibles(appel: object, request: pytest.FixtureRequest) -> list[Cible]:
    lecteurs = GROUPES[request.param]
    monde = construire()
    _echanger()
    ouverts = clients(monde)
    cibles = [*_surface(monde, ouverts, lecteurs), *_fichiers(ouverts, lecteurs)]
    if Role.ADMIN in lecteurs:
        administratrice = monde.personnes[Role.ADMIN]
        administratrice.is_staff = True
        administratrice.save()
        cibles += _administration(ouverts[Role.ADMIN])
    return cibles


@pytest.mark.parametrize("cibles", GROUPES, indirect=True)
def test_les_requetes_sont_comptees_et_ne_suivent_pas_les_lignes(
    cibles: list[Cible], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(weasyprint, "HTML", HTMLDejaCompose)
    logging.disable(logging.CRITICAL)  # a refusal is expected, and the log of each costs more than the refusal
    request.addfinalizer(lambda: logging.disable(logging.NOTSET))
    cumuls.tenir_a_jour()  # as the worker does
    avant = [(cible, lue) for cible in cibles if (lue := lire(cible)).code in (200, 409, 422) or cible.nom in ENVOIS]
    multiplier(projets=3)
    cumuls.tenir_a_jour()
    fautes = [faute for cible, lue in avant for faute in _fautes(cible, lue, lire(cible))]
    assert not fautes, "\n\n".join(fautes)


def _fautes(cible: Cible, avant: Lecture, apres_: Lecture) -> Iterator[str]:
    page = f"{cible.nom} ({cible.qui})"
    if apres_.code != avant.code:
        yield f"{page} : réponse {avant.code}, puis {apres_.code}"
        return
    nombre = max(len(avant.requetes), len(apres_.requetes))
    if nombre > cible.borne:
        yield f"{page} : {nombre} requêtes, {cible.borne} au plus\n" + dire(apres_.formes, Counter())
    venues = {f: n for f, n in apres_.formes.items() if n > max(REPETEE, avant.formes[f]) or (n > REPETEE + 1)}
    if venues and cible.nom not in (*PAR_TRANCHES, *DES_BIBLIOTHEQUES):
        yield f"{page} : suit le nombre de lignes\n" + dire(Counter(venues), avant.formes)


def dire(formes: Counter[str], avant: Counter[str]) -> str:
    return "\n".join(
        f"  {f'{avant[une]} puis ' if avant else ''}{nombre} × {une[:60]} …{une[une.find(' FROM') :][:160]}"
        for une, nombre in formes.most_common(40)
    )
