"""The kept facts say too in whose charge a project is: the piles of the desk find the bilans by them. Everything is to be
counted again, by the worker; the pages read the projects themselves meanwhile.
"""

from django.db import migrations, models


def recompter(apps, schema_editor):
    """Both ways: what the other version kept is not what this one does."""
    if apps.get_model("projets", "FaitExercice").objects.exists():
        apps.get_model("projets", "ARecompter").objects.create(genre="tout", cle=1)


class Migration(migrations.Migration):
    dependencies = [
        ("projets", "0039_versements_tenus"),
    ]

    operations = [
        migrations.RunPython(recompter, recompter),
        migrations.RemoveIndex(
            model_name="projet",
            name="projet_bureau",
        ),
        migrations.AddField(
            model_name="faitexercice",
            name="coordination",
            field=models.CharField(blank=True, db_default="", default="", max_length=30, verbose_name="coordination"),
        ),
        migrations.AddField(
            model_name="faitexercice",
            name="statut",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=20, verbose_name="statut du projet"
            ),
        ),
        migrations.AddIndex(
            model_name="faitexercice",
            index=models.Index(
                fields=[
                    "bilan",
                    "coordination",
                    "statut",
                    "annee",
                    "exercice",
                    "projet",
                    "appel",
                    "suivi",
                    "prolonge_au",
                ],
                name="fait_bureau",
            ),
        ),
        migrations.AddIndex(
            model_name="projet",
            index=models.Index(
                fields=["coordination", "statut", "depose_le", "porteur", "appel", "id"], name="projet_bureau"
            ),
        ),
    ]
