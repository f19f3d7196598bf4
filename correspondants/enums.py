"""Closed vocabularies of people and organisations."""

from django.db import models


class Role(models.TextChoices):
    """What a person of the directory does for the cité éducative; one person may hold several."""

    COORDINATEUR_EN = "coordinateur_en", "Coordination Éducation nationale"
    COORDINATEUR_VILLE = "coordinateur_ville", "Coordination ville"
    IEN = "ien", "IEN (1er degré)"
    AUTORITE_EN = "autorite_en", "Éducation nationale (2nd degré)"
    PILOTE_EN = "pilote_en", "Pilote Éducation nationale"
    PILOTE_PREFECTURE = "pilote_prefecture", "Pilote préfecture"
    PILOTE_VILLE = "pilote_ville", "Pilote ville"
    OBSERVATEUR = "observateur", "Observateur"
    ADMIN = "admin", "Administration du portail"


COORDINATEURS = frozenset({Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE})
PILOTES = frozenset({Role.PILOTE_EN, Role.PILOTE_PREFECTURE, Role.PILOTE_VILLE})
AUTORITES = frozenset({Role.IEN, Role.AUTORITE_EN})


class NaturePorteur(models.TextChoices):
    """Kind of structure; ``RegleRoutage`` says which coordinator receives it."""

    ECOLE = "ecole", "École (1er degré public)"
    ETABLISSEMENT = "etablissement", "Collège, lycée ou autre service de l’Éducation nationale"
    SERVICE_VILLE = "service_ville", "Service de la ville"
    ASSOCIATION = "association", "Association"
    PARTENAIRE = "partenaire", "Structure partenaire"
    PRIVE = "prive", "Secteur privé"


class Degre(models.TextChoices):
    """School level: it decides which authority gives its opinion on school time."""

    PREMIER = "premier", "1er degré"
    SECOND = "second", "2nd degré"

    @property
    def autorite(self) -> Role:
        return Role.IEN if self is Degre.PREMIER else Role.AUTORITE_EN
