"""Which tables a copy of projects writes, and what each of their columns becomes: read from the models, never listed by hand.

A table added tomorrow with a foreign key that leads to a project is copied without a word changed here.
"""

import uuid
from dataclasses import dataclass
from enum import Enum, auto

from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import models

from correspondants.models import Structure, Utilisateur

from ..models import Courriel, Intervention, LectureMessages, Lettre, Message, Projet, SeanceTroika
from ..models.instruction import nouveau_secret

# Mails, letters and conversations belong to the models only: a copy writes to nobody and says nothing in anybody's name.
ECARTES = (Courriel, Lettre, Message, LectureMessages)
PAR_CITE = (Utilisateur, EmailAddress, Structure)  # one copy per cité, shared by all the projects of that cité
_RACINES = (Projet, SeanceTroika)
_DATES_DU_CONTENU = (Projet, Intervention)  # days that the file itself says: they move by whole years


class Role(Enum):
    """What the value of a column becomes in a copy."""

    CONSTANT = auto()
    CLE = auto()
    LIEN = auto()  # to a row that is copied too, or else stays
    MOMENT = auto()
    JOUR = auto()  # of an event
    JOUR_DU_CONTENU = auto()
    ANNEE = auto()
    UNIQUE = auto()
    UUID = auto()
    SECRET = auto()


@dataclass(frozen=True)
class Colonne:
    nom: str
    role: Role
    cible: type[models.Model] | None = None


@dataclass(frozen=True)
class Table:
    modele: type[models.Model]
    colonnes: tuple[Colonne, ...]

    @property
    def nom(self) -> str:
        return self.modele._meta.db_table

    @property
    def par_cite(self) -> bool:
        return self.modele in PAR_CITE


def tables() -> list[Table]:
    """Every table that is copied, those that others point to first."""
    candidats = [
        modele for modele in apps.get_models(include_auto_created=True)
        if modele._meta.managed and not modele._meta.proxy and modele not in ECARTES
    ]  # fmt: skip
    copies = set(_RACINES)
    while nouveaux := {modele for modele in candidats if modele not in copies and copies & set(_parents(modele))}:
        copies |= nouveaux
    copies |= set(PAR_CITE)
    return [Table(modele, _colonnes(modele, copies)) for modele in _dans_l_ordre(copies)]


def _parents(modele: type[models.Model]) -> list[type[models.Model]]:
    return [champ.related_model for champ in modele._meta.local_concrete_fields if champ.is_relation]


def _dans_l_ordre(copies: set[type[models.Model]]) -> list[type[models.Model]]:
    """Parents first where it can be; two tables that point to each other are left to the deferred constraints."""
    restent = sorted(copies, key=lambda modele: modele._meta.db_table)
    ordre: list[type[models.Model]] = []
    while restent:
        libres = [m for m in restent if not {p for p in _parents(m) if p in restent and p is not m}]
        for modele in libres or restent[:1]:
            ordre.append(modele)
            restent.remove(modele)
    return ordre


def _colonnes(modele: type[models.Model], copies: set[type[models.Model]]) -> tuple[Colonne, ...]:
    return tuple(_colonne(modele, champ, copies) for champ in modele._meta.local_concrete_fields)


def _colonne(modele: type[models.Model], champ: models.Field, copies: set[type[models.Model]]) -> Colonne:
    if champ.is_relation:
        cible = champ.related_model
        return Colonne(champ.column, Role.LIEN, cible) if cible in copies else Colonne(champ.column, Role.CONSTANT)
    if champ.primary_key:
        role = Role.CLE
    elif isinstance(champ, models.DateTimeField):
        role = Role.MOMENT
    elif isinstance(champ, models.DateField):
        role = Role.JOUR_DU_CONTENU if modele in _DATES_DU_CONTENU else Role.JOUR
    elif champ.name == "annee":
        role = Role.ANNEE
    elif champ.default in (nouveau_secret, uuid.uuid4):
        role = Role.SECRET if champ.default is nouveau_secret else Role.UUID
    else:
        role = Role.UNIQUE if champ.unique else Role.CONSTANT
    return Colonne(champ.column, role)
