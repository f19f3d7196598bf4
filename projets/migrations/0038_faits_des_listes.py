"""What lists find the kept facts by: columns that say what ``contenu`` says, which now tells when a project was deposited.

Everything is to be counted again, by the worker; the pages read the projects themselves meanwhile.
"""

from django.db import migrations, models


def recompter(apps, schema_editor):
    """Both ways: what the other version kept is not what this one does."""
    if apps.get_model("projets", "FaitExercice").objects.exists():
        apps.get_model("projets", "ARecompter").objects.create(genre="tout", cle=1)


class Migration(migrations.Migration):
    dependencies = [
        ("projets", "0037_lectures"),
    ]

    operations = [
        migrations.AddField(
            model_name="faitexercice",
            name="annee",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="année civile"),
        ),
        migrations.AddField(
            model_name="faitexercice",
            name="appel",
            field=models.BigIntegerField(db_default=0, default=0, verbose_name="appel"),
        ),
        migrations.AddField(
            model_name="faitexercice",
            name="bilan",
            field=models.CharField(blank=True, db_default="", default="", max_length=20, verbose_name="bilan"),
        ),
        migrations.AddField(
            model_name="faitexercice",
            name="depose_le",
            field=models.DateTimeField(null=True, verbose_name="projet déposé le"),
        ),
        migrations.AddField(
            model_name="faitexercice",
            name="prolonge_au",
            field=models.DateField(null=True, verbose_name="bilan à remettre désormais le"),
        ),
        migrations.AddField(
            model_name="faitexercice",
            name="renvoye",
            field=models.BooleanField(db_default=False, default=False, verbose_name="renvoyé"),
        ),
        migrations.AddField(
            model_name="faitexercice",
            name="suivi",
            field=models.BooleanField(db_default=False, default=False, verbose_name="une année suit"),
        ),
        migrations.RunPython(recompter, recompter),
        migrations.AlterField(
            model_name="faitexercice", name="projet", field=models.BigIntegerField(verbose_name="projet")
        ),
        migrations.AddIndex(
            model_name="faitexercice",
            index=models.Index(
                fields=["projet", "bilan", "annee", "appel", "suivi", "renvoye", "prolonge_au"], name="fait_projet"
            ),
        ),
        migrations.AddIndex(
            model_name="faitexercice",
            index=models.Index(fields=["annee", "depose_le", "projet"], name="fait_annee_depot"),
        ),
        migrations.AddIndex(
            model_name="faitexercice",
            index=models.Index(fields=["bilan", "annee", "depose_le", "exercice"], name="fait_bilan_annee"),
        ),
    ]
