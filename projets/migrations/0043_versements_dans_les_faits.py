"""The kept facts say where the payment of each Exercice stands: the list of payments finds them by it. Everything is to be
counted again, by the worker; the pages read the projects themselves meanwhile.
"""

from django.db import migrations, models


def recompter(apps, schema_editor):
    """Both ways: what the other version kept is not what this one does."""
    if apps.get_model("projets", "FaitExercice").objects.exists():
        apps.get_model("projets", "ARecompter").objects.create(genre="tout", cle=1)


def _booleen(nom):
    return models.BooleanField(nom, default=False, db_default=False)


class Migration(migrations.Migration):
    dependencies = [
        ("projets", "0042_derniers_depassements"),
    ]

    operations = [
        migrations.RunPython(recompter, recompter),
        migrations.AddField(model_name="faitexercice", name="finance", field=_booleen("financé")),
        migrations.AddField(model_name="faitexercice", name="a_payer", field=_booleen("à verser")),
        migrations.AddField(model_name="faitexercice", name="solde", field=_booleen("tout est versé")),
        migrations.AddField(model_name="faitexercice", name="budget", field=_booleen("budget révisé attendu")),
        migrations.AddField(model_name="faitexercice", name="a_rendre", field=_booleen("somme à rendre")),
        migrations.AddField(
            model_name="faitexercice",
            name="du",
            field=models.BigIntegerField("à rendre (centimes)", default=0, db_default=0),
        ),
        *(
            migrations.AddIndex(
                model_name="faitexercice",
                index=models.Index(
                    fields=["annee", "depose_le", "exercice"], name=f"fait_{nom}", condition=models.Q((nom, True))
                ),
            )
            for nom in ("finance", "a_payer", "solde", "budget", "a_rendre")
        ),
    ]
