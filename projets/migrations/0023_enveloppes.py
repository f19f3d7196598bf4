import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def motiver_les_depassements(apps, schema_editor):
    """What decisions justified until now becomes the reason of each envelope they hold that is overrun."""
    Decision = apps.get_model("projets", "Decision")
    Enveloppe = apps.get_model("projets", "Enveloppe")
    Montant = apps.get_model("projets", "MontantAccorde")
    Depassement = apps.get_model("projets", "DepassementEnveloppe")
    champs = ("exercice__projet__appel", "exercice__annee", "financeur")
    pris = Montant.objects.order_by().values_list(*champs).annotate(total=models.Sum("montant"))
    restes = {tuple(cle): -total for *cle, total in pris}
    for *cle, montant in Enveloppe.objects.values_list("appel", "annee", "financeur", "montant"):
        restes[tuple(cle)] = restes.get(tuple(cle), 0) + montant
    for decision in Decision.objects.exclude(justification_depassement="").order_by("pk"):
        for appel, annee, financeur in decision.montants.order_by("pk").values_list(*champs):
            reste = restes[appel, annee, financeur]
            if reste < 0:
                Depassement.objects.create(
                    appel_id=appel,
                    annee=annee,
                    financeur=financeur,
                    montant=-reste,
                    motif=decision.justification_depassement,
                    decision=decision,
                    le=decision.modifiee_le,
                    par_id=decision.par_id,
                )


class Migration(migrations.Migration):
    dependencies = [
        ("projets", "0022_vacances"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MouvementEnveloppe",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "genre",
                    models.CharField(
                        choices=[("ajout", "Ajout"), ("retrait", "Retrait"), ("transfert", "Transfert")],
                        max_length=20,
                        verbose_name="mouvement",
                    ),
                ),
                ("montant", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="montant (€)")),
                ("date", models.DateField(verbose_name="date")),
                ("motif", models.TextField(verbose_name="motif")),
                (
                    "jeton",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="jeton du formulaire"
                    ),
                ),
                (
                    "saisi_le",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="saisi le"),
                ),
                ("annule_le", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="annulé le")),
                (
                    "motif_annulation",
                    models.TextField(blank=True, editable=False, verbose_name="motif de l’annulation"),
                ),
                (
                    "annule_par",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "destination",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entrees",
                        to="projets.enveloppe",
                        verbose_name="vers",
                    ),
                ),
                (
                    "par",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sorties",
                        to="projets.enveloppe",
                        verbose_name="depuis",
                    ),
                ),
            ],
            options={
                "verbose_name": "mouvement d’enveloppe",
                "verbose_name_plural": "mouvements d’enveloppes",
                "ordering": ["date", "pk"],
            },
        ),
        migrations.CreateModel(
            name="DepassementEnveloppe",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("annee", models.PositiveSmallIntegerField(verbose_name="année civile")),
                (
                    "financeur",
                    models.CharField(
                        choices=[
                            ("etat", "État (préfecture)"),
                            ("education_nationale", "Éducation nationale"),
                            ("ville", "Ville"),
                            ("autre", "Autres financeurs"),
                        ],
                        max_length=30,
                        verbose_name="financeur",
                    ),
                ),
                ("montant", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="dépassement (€)")),
                ("motif", models.TextField(verbose_name="motif")),
                (
                    "le",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="motivé le"),
                ),
                (
                    "appel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="depassements", to="projets.appel"
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="depassements",
                        to="projets.decision",
                    ),
                ),
                (
                    "par",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "seance",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="depassements",
                        to="projets.seancetroika",
                    ),
                ),
                (
                    "mouvement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="depassements",
                        to="projets.mouvementenveloppe",
                    ),
                ),
            ],
            options={
                "verbose_name": "dépassement d’enveloppe",
                "verbose_name_plural": "dépassements d’enveloppes",
                "ordering": ["-le", "-pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="mouvementenveloppe",
            constraint=models.CheckConstraint(condition=models.Q(("montant__gt", 0)), name="mouvement_positif"),
        ),
        migrations.AddConstraint(
            model_name="mouvementenveloppe",
            constraint=models.CheckConstraint(
                condition=models.Q(("motif", ""), _negated=True), name="mouvement_a_un_motif"
            ),
        ),
        migrations.AddConstraint(
            model_name="mouvementenveloppe",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("destination__isnull", False), ("genre", "ajout"), ("source__isnull", True)),
                    models.Q(("destination__isnull", True), ("genre", "retrait"), ("source__isnull", False)),
                    models.Q(("destination__isnull", False), ("genre", "transfert"), ("source__isnull", False)),
                    _connector="OR",
                ),
                name="mouvement_a_ses_bouts",
            ),
        ),
        migrations.AddConstraint(
            model_name="mouvementenveloppe",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", models.F("destination")), _negated=True),
                name="mouvement_entre_deux_enveloppes",
            ),
        ),
        migrations.AddConstraint(
            model_name="mouvementenveloppe",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("annule_le__isnull", True), ("annule_par__isnull", True), ("motif_annulation", "")),
                    models.Q(
                        ("annule_le__isnull", False),
                        ("annule_par__isnull", False),
                        models.Q(("motif_annulation", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="mouvement_annule_avec_motif",
            ),
        ),
        migrations.AddIndex(
            model_name="depassementenveloppe",
            index=models.Index(fields=["appel", "annee", "financeur"], name="depassement_enveloppe"),
        ),
        migrations.AddConstraint(
            model_name="depassementenveloppe",
            constraint=models.CheckConstraint(condition=models.Q(("montant__gt", 0)), name="depassement_positif"),
        ),
        migrations.AddConstraint(
            model_name="depassementenveloppe",
            constraint=models.CheckConstraint(
                condition=models.Q(("motif", ""), _negated=True), name="depassement_a_un_motif"
            ),
        ),
        migrations.AddConstraint(
            model_name="depassementenveloppe",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decision__isnull", False), ("mouvement__isnull", True), ("seance__isnull", True)),
                    models.Q(("decision__isnull", True), ("mouvement__isnull", False), ("seance__isnull", True)),
                    models.Q(("decision__isnull", True), ("mouvement__isnull", True), ("seance__isnull", False)),
                    _connector="OR",
                ),
                name="depassement_a_une_cause",
            ),
        ),
        migrations.RunPython(motiver_les_depassements, migrations.RunPython.noop, elidable=True),
    ]
