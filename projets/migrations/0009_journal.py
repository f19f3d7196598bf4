"""Chains the lines of the journal and seals them; gives mails their digest and each person a say in what is received.

Lines written before are numbered and chained in the order of their keys; where they came from was not noted.
"""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import projets.enums
import projets.enums_portail
from projets import chaine, declencheurs

LOT = 2000


def ouvrir(apps, schema_editor):
    """Takes away the trigger of 0002, and ours if they are there: the rows have to be filled."""
    connexion = schema_editor.connection
    ancien = "DROP TRIGGER IF EXISTS journal_inalterable" + (
        " ON projets_passage" if connexion.vendor == "postgresql" else ""
    )
    schema_editor.execute(ancien)
    declencheurs.lever(connexion)


def enchainer(apps, schema_editor):
    Passage = apps.get_model("projets", "Passage")
    connexion, tetes, dernier = schema_editor.connection, {}, 0
    champs = [champ for champ in chaine.CHAMPS_DU_PASSAGE if champ not in ("rang", "precedente")]
    while lignes := list(Passage.objects.filter(pk__gt=dernier).order_by("pk").values("pk", *champs)[:LOT]):
        ecritures = []
        for ligne in lignes:
            rang, precedente = tetes.get(ligne["projet_id"], (0, ""))
            ligne |= {"rang": rang + 1, "precedente": precedente}
            empreinte = chaine.empreinte_du_passage(ligne)
            tetes[ligne["projet_id"]] = (rang + 1, empreinte)
            ecritures.append((rang + 1, precedente, empreinte, ligne["pk"]))
        with connexion.cursor() as curseur:
            curseur.executemany(
                "UPDATE projets_passage SET rang = %s, precedente = %s, empreinte = %s WHERE id = %s", ecritures
            )
        dernier = lignes[-1]["pk"]


def fermer(apps, schema_editor):
    declencheurs.poser(schema_editor.connection)


def refermer_comme_avant(apps, schema_editor):
    """The one trigger that 0002 had put."""
    quoi = "UPDATE OR DELETE" if schema_editor.connection.vendor == "postgresql" else "UPDATE"
    corps = (
        "FOR EACH ROW EXECUTE FUNCTION journal_inalterable()"
        if schema_editor.connection.vendor == "postgresql"
        else "BEGIN SELECT RAISE(ABORT, 'Le journal ne se modifie pas.'); END"
    )
    schema_editor.execute(f"CREATE TRIGGER journal_inalterable BEFORE {quoi} ON projets_passage {corps}")


class Migration(migrations.Migration):
    dependencies = [
        ("projets", "0008_ien"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(ouvrir, refermer_comme_avant),
        migrations.AlterField(
            "passage",
            "projet",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="passages",
                to="projets.projet",
            ),
        ),
        migrations.AlterField(
            "passage",
            "de",
            models.CharField(blank=True, choices=projets.enums.Statut, max_length=20, verbose_name="de"),
        ),
        migrations.AlterField(
            "passage",
            "vers",
            models.CharField(blank=True, choices=projets.enums.Statut, max_length=20, verbose_name="vers"),
        ),
        migrations.AlterField(
            "passage",
            "le",
            models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="le"),
        ),
        migrations.AddField(
            "passage",
            "rang",
            models.PositiveIntegerField(default=0, editable=False, verbose_name="rang dans sa chaîne"),
            preserve_default=False,
        ),
        migrations.AddField(
            "passage",
            "voie",
            models.CharField(
                blank=True,
                choices=projets.enums.Voie,
                editable=False,
                max_length=20,
                default="",
                verbose_name="origine",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "passage",
            "reperage",
            models.CharField(blank=True, default="", editable=False, max_length=64, verbose_name="requête ou commande"),
            preserve_default=False,
        ),
        migrations.AddField(
            "passage",
            "adresse",
            models.CharField(blank=True, default="", editable=False, max_length=50, verbose_name="réseau"),
            preserve_default=False,
        ),
        migrations.AddField(
            "passage",
            "precedente",
            models.CharField(
                blank=True, default="", editable=False, max_length=64, verbose_name="empreinte précédente"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "passage",
            "empreinte",
            models.CharField(default="", editable=False, max_length=64, verbose_name="empreinte"),
            preserve_default=False,
        ),
        migrations.RunPython(enchainer, migrations.RunPython.noop),
        migrations.AddConstraint(
            "passage", models.UniqueConstraint(fields=("projet", "rang"), name="passage_rang_unique")
        ),
        migrations.AddConstraint(
            "passage",
            models.UniqueConstraint(
                condition=models.Q(("projet", None)), fields=("rang",), name="passage_rang_du_portail"
            ),
        ),
        migrations.CreateModel(
            name="Sceau",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rang", models.PositiveIntegerField(editable=False, unique=True, verbose_name="rang")),
                (
                    "le",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="le"),
                ),
                ("passages", models.PositiveBigIntegerField(editable=False, verbose_name="passages")),
                ("dernier", models.PositiveBigIntegerField(editable=False, verbose_name="dernier passage")),
                ("tetes", models.JSONField(default=list, editable=False, verbose_name="têtes des chaînes")),
                (
                    "precedente",
                    models.CharField(blank=True, editable=False, max_length=64, verbose_name="empreinte précédente"),
                ),
                ("empreinte", models.CharField(editable=False, max_length=64, verbose_name="empreinte")),
                ("signature", models.CharField(editable=False, max_length=64, verbose_name="signature")),
            ],
            options={"verbose_name_plural": "sceaux", "ordering": ["rang"]},
        ),
        migrations.CreateModel(
            name="Pouls",
            fields=[
                ("nom", models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="tâche")),
                ("le", models.DateTimeField(verbose_name="dernier passage")),
                ("detail", models.JSONField(blank=True, default=dict, verbose_name="détail")),
            ],
            options={"verbose_name_plural": "pouls", "ordering": ["nom"]},
        ),
        migrations.CreateModel(
            name="ReceptionCourriels",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "heure",
                    models.PositiveSmallIntegerField(
                        default=8,
                        validators=[django.core.validators.MaxValueValidator(23)],
                        verbose_name="heure du récapitulatif",
                    ),
                ),
                ("rythmes", models.JSONField(blank=True, default=dict, verbose_name="rythmes")),
                (
                    "utilisateur",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reception_courriels",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "réception des courriels",
                "verbose_name_plural": "réceptions des courriels",
                "ordering": ["utilisateur"],
            },
        ),
        migrations.AlterField(
            "courriel",
            "etat",
            models.CharField(
                choices=projets.enums_portail.EtatCourriel, default="a_envoyer", max_length=20, verbose_name="état"
            ),
        ),
        migrations.AddField(
            "courriel",
            "raison",
            models.CharField(
                blank=True, choices=projets.enums_portail.RaisonEchec, default="", max_length=20, verbose_name="raison"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "courriel",
            "recapitulatif",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="regroupes",
                to="projets.courriel",
                verbose_name="récapitulatif",
            ),
        ),
        migrations.AddField(
            "courriel",
            "renvoi_de",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="renvois",
                to="projets.courriel",
                verbose_name="renvoi de",
            ),
        ),
        migrations.AddIndex(
            "courriel",
            models.Index(
                condition=models.Q(("etat", "a_regrouper")), fields=["destinataire"], name="courriel_a_regrouper"
            ),
        ),
        migrations.RunPython(fermer, ouvrir),
    ]
