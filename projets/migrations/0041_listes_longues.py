from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projets", "0040_faits_du_bureau"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="avisien",
            index=models.Index(fields=["sens", "autorite", "rendu_le", "correspondant", "projet"], name="avis_sens"),
        ),
        migrations.AddIndex(
            model_name="avisien",
            index=models.Index(
                condition=models.Q(("remplace", False), ("rendu_le", None)),
                fields=["autorite", "demande_le", "correspondant", "projet"],
                name="avis_attendu_de",
            ),
        ),
    ]
