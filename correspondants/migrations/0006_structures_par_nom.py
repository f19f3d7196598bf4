from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    dependencies = [("correspondants", "0005_lieux")]

    operations = [
        migrations.AddIndex(model_name="structure", index=models.Index(Lower("nom"), name="structure_par_nom")),
    ]
