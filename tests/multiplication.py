"""The rows of a prepared world, many times over, inside the database: what a page costs must not follow them.

Read from the models, never listed by hand: a table added tomorrow is multiplied too.
"""

import uuid
from typing import Any

from django.apps import apps
from django.db import connection, models

from projets.models import Appel, ARecompter, Compteur, Cumul, FaitExercice, Projet
from projets.models.instruction import nouveau_secret

PAS = 1_000_000  # between the keys of one copy and those of the next
SEULS = (Appel, Compteur, ARecompter, Cumul, FaitExercice)  # one for all, or made from the others
NOTRES = ("projets", "correspondants", "account", "mfa", "admin")


def _modeles() -> list[type[models.Model]]:
    tous = apps.get_models(include_auto_created=True)
    return [un for un in tous if un._meta.managed and un._meta.app_label in NOTRES and un not in SEULS]


def _d_un_projet() -> set[type[models.Model]]:
    """The tables whose rows hang on a project, at any depth."""
    trouves: set[type[models.Model]] = {Projet}
    while nouveaux := {
        un
        for un in _modeles()
        if un not in trouves
        and any(c.is_relation and c.related_model in trouves for c in un._meta.local_concrete_fields)
    }:
        trouves |= nouveaux
    return trouves


def _autre(champ: models.Field, valeur: Any, rang: int) -> Any:
    """A value that no other row has, for a column that asks for it."""
    if valeur is None or champ.is_relation or not (champ.unique or champ.name == "rang"):
        return valeur
    if champ.default is nouveau_secret:
        return nouveau_secret()
    if isinstance(champ, models.UUIDField):
        return uuid.uuid4()
    if isinstance(champ, models.IntegerField):
        return valeur + 100 * rang
    if champ.name == "numero":
        return f"2026-{rang % 100 * 100 + int(valeur[-2:]):04d}"
    return f"{rang}x{valeur}"[: champ.max_length]


def _copier(modele: type[models.Model], fois: range, suivent: set[type[models.Model]]) -> None:
    copies = []
    for source in list(modele._base_manager.all()):
        for rang in fois:
            copie = modele()
            for champ in modele._meta.local_concrete_fields:
                valeur = getattr(source, champ.attname)
                if champ.primary_key and not champ.is_relation:
                    valeur = valeur + rang * PAS if isinstance(valeur, int) else uuid.uuid4()
                elif champ.is_relation and champ.related_model in suivent and isinstance(valeur, int):
                    valeur += rang * PAS
                else:
                    valeur = _autre(champ, valeur, rang)
                setattr(copie, champ.attname, valeur)
            copies.append(copie)
    modele._base_manager.bulk_create(copies, ignore_conflicts=True, batch_size=500)


def multiplier(projets: int = 5, lignes: int = 3) -> None:
    """Each row beside a project ``lignes`` times more under the same parent, then each project ``projets`` times more."""
    d_un_projet = _d_un_projet()
    for modele in _modeles():
        if modele is not Projet:
            _copier(modele, range(1, lignes + 1), set())
    for modele in d_un_projet:
        _copier(modele, range(10, 10 + projets), d_un_projet)
    connection.check_constraints()
