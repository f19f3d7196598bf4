"""What the lists of a great portal are put in order, filtered and counted by: indexes, and two sums beside each project.

On SQLite the long columns go to the end of the row: what comes after them is only reached by reading through them.
"""

from decimal import Decimal

from django.conf import settings
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from projets.models.ordres import RangStatut, TitreTrie

LONGUES = ("donnees", "lecture", "recherche")
DEPOSE = Q(depose_le__isnull=False)


class LonguesALaFin(Operation):
    """In the state too, so that whatever makes the table anew later keeps them there."""

    reversible = True

    def state_forwards(self, app_label, state):
        modele = state.models[app_label, "projet"]
        champs = modele.fields
        modele.fields = {nom: un for nom, un in champs.items() if nom not in LONGUES} | {
            un: champs[un] for un in LONGUES
        }
        state.reload_model(app_label, "projet", delay=True)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "sqlite":
            schema_editor._remake_table(to_state.apps.get_model(app_label, "projet"))

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        """Where they are changes nothing but the time it takes."""

    def describe(self):
        return "Puts the long columns of a project at the end of its row"


def additionner(apps, schema_editor):
    Projet, Exercice, Passage = (apps.get_model("projets", nom) for nom in ("Projet", "Exercice", "Passage"))
    arrivees = Passage.objects.filter(projet=models.OuterRef("pk"), vers=models.OuterRef("statut"))
    arrivee = arrivees.exclude(de=models.OuterRef("statut")).order_by("-pk").values("le")[:1]
    publies = Q(montants_accordes__decision__publiee=True)
    sommes = Exercice.objects.filter(projet=models.OuterRef("pk")).order_by().values("projet")
    Projet.objects.update(
        statut_depuis=Coalesce(models.Subquery(arrivee), "depose_le", "cree_le"),
        montant_demande=Coalesce(
            models.Subquery(sommes.annotate(total=Sum("montant_demande")).values("total")), Decimal(0)
        ),
        montant_accorde=models.Subquery(
            sommes.annotate(total=Sum("montants_accordes__montant", filter=publies)).values("total")
        ),
    )


def indexer_les_derniers(apps, schema_editor):
    """PostgreSQL reads no index « nulls last » the other way round: this order has one of its own there."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX IF NOT EXISTS projet_par_accorde_recul ON projets_projet"
            " (montant_accorde DESC NULLS LAST, id DESC) WHERE depose_le IS NOT NULL"
        )


def oublier_les_derniers(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS projet_par_accorde_recul")


class Migration(migrations.Migration):
    dependencies = [
        ("projets", "0034_ordre_des_titres"),
        ("correspondants", "0005_lieux"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="projet",
            name="montant_demande",
            field=models.DecimalField(
                db_default=Decimal(0),
                decimal_places=2,
                default=Decimal(0),
                editable=False,
                max_digits=14,
                verbose_name="montant demandé",
            ),
        ),
        migrations.AddField(
            model_name="projet",
            name="montant_accorde",
            field=models.DecimalField(
                blank=True, decimal_places=2, editable=False, max_digits=14, null=True, verbose_name="montant accordé"
            ),
        ),
        migrations.AddField(
            model_name="projet",
            name="statut_depuis",
            field=models.DateTimeField(
                db_default=Now(), default=timezone.now, editable=False, verbose_name="dans ce statut depuis"
            ),
        ),
        LonguesALaFin(),
        migrations.RunPython(additionner, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="projet", name="projet_titre"),
        *(
            migrations.AddIndex(model_name="projet", index=index)
            for index in (
                models.Index(TitreTrie("titre"), F("id"), name="projet_par_titre", condition=DEPOSE),
                models.Index(RangStatut("statut"), F("id"), name="projet_par_statut", condition=DEPOSE),
                models.Index(fields=["montant_demande", "id"], name="projet_par_demande", condition=DEPOSE),
                models.Index(fields=["montant_accorde", "id"], name="projet_par_accorde", condition=DEPOSE),
                models.Index(fields=["statut", "statut_depuis", "id"], name="projet_statut_depuis"),
                models.Index(fields=["objectif_principal", "-depose_le", "-id"], name="projet_objectif_depot"),
                models.Index(fields=["nature", "-depose_le", "-id"], name="projet_nature_depot"),
                models.Index(fields=["temps_scolaire", "-depose_le", "-id"], name="projet_temps_depot"),
            )
        ),
        migrations.RunPython(indexer_les_derniers, oublier_les_derniers),
        migrations.AddIndex(
            model_name="bilan", index=models.Index(fields=["statut", "depose_le"], name="bilan_statut_depot")
        ),
        migrations.RemoveIndex(model_name="bilan", name="bilan_statut"),
        migrations.AddIndex(
            model_name="avisien",
            index=models.Index(fields=["demande_le"], name="avis_attendu", condition=Q(rendu_le=None, remplace=False)),
        ),
    ]
