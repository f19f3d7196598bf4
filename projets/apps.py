from django.apps import AppConfig


class ProjetsConfig(AppConfig):
    name = "projets"
    verbose_name = "Projets"
    default_auto_field = "django.db.models.BigAutoField"
