from django.apps import AppConfig


class CorrespondantsConfig(AppConfig):
    name = "correspondants"
    verbose_name = "Correspondants"
    default_auto_field = "django.db.models.BigAutoField"
