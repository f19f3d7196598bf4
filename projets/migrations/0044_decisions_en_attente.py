"""Two narrow indexes: the decisions that wait for their publication, the structures that a year finances."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projets", "0043_versements_dans_les_faits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="cumul",
            index=models.Index(
                condition=models.Q(("axe", "structure"), ("valides__gt", 0)),
                fields=["portee", "annee"],
                name="cumul_structures",
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(condition=models.Q(("publiee", False)), fields=["id"], name="decision_en_attente"),
        ),
    ]
