from django.apps import AppConfig
from django.core.checks import register
from django.db.models.signals import post_migrate

from cite_educative import observation
from cite_educative.clamd import verifier_presence, verifier_reglage

from . import declencheurs, declencheurs_cumuls, index_recherche


class ProjetsConfig(AppConfig):
    name = "projets"
    verbose_name = "Projets"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(verifier_reglage)
        register(verifier_presence, deploy=True)
        register(observation.verifier_reglage)
        observation.brancher()
        post_migrate.connect(declencheurs.apres_migration, sender=self)
        post_migrate.connect(declencheurs_cumuls.apres_migration, sender=self)
        post_migrate.connect(index_recherche.apres_migration, sender=self)
