from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projets", "0036_cumuls"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="avisien", name="avis_autorite"),
        migrations.AddIndex(
            model_name="avisien",
            index=models.Index(fields=["autorite", "rendu_le", "correspondant", "projet"], name="avis_autorite"),
        ),
    ]
