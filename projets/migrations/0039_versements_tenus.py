from django.db import migrations, models


def recompter(apps, schema_editor):
    """What is kept was counted by another rule: it is thrown away and made again."""
    marque, exercice = apps.get_model("projets", "ARecompter"), apps.get_model("projets", "Exercice")
    if exercice.objects.exists():
        marque.objects.create(genre="tout", cle=1)


class Migration(migrations.Migration):
    dependencies = [
        ("projets", "0038_faits_des_listes"),
    ]

    operations = [
        migrations.AddField(
            model_name="cumul",
            name="du",
            field=models.BigIntegerField(default=0, db_default=0),
        ),
        migrations.RunPython(recompter, recompter),
    ]
