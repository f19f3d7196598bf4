"""The tables of a new installation at once, as the migrations named in ``replaces`` leave them one after the other.

An installation that already ran some of these goes on with them, and Django then writes this one down as done. No row is moved:
there is none yet. The order of the columns is theirs too: on SQLite, those that follow a long one are reached through it.
"""

import logging
import uuid
from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import DatabaseError, migrations, models, transaction
from django.db.migrations.operations.base import Operation

import cite_educative.journalisation
import projets.enums
import projets.models.agenda
import projets.models.communication
import projets.models.exports
import projets.models.identite
import projets.models.images
import projets.models.instruction
import projets.models.ordres
import projets.models.projet
import projets.models.publication
import projets.models.transmission
from projets import declencheurs


class Tables(Operation):
    """Seventy ``CreateModel`` in one: each of them, alone, has Django draw every model that is linked to it anew, which is
    nearly all the time that a new database takes. In and out: the same state, the same tables."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, modeles: list[migrations.CreateModel]) -> None:
        self.modeles = modeles

    def state_forwards(self, app_label, state):
        state.__dict__.pop("apps", None)  # drawn again, once, by whoever asks
        for modele in self.modeles:
            modele.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for modele in self.modeles:
            modele.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for modele in reversed(self.modeles):
            modele.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self):
        return f"Create {len(self.modeles)} models at once"


def indexer_la_recherche(apps, schema_editor):
    """A trigram index for the search of the desk, on PostgreSQL. ``pg_trgm`` is a trusted extension: the owner of the
    database may create it. Where the server refuses or does not have it, the search works all the same, only slower."""
    connexion = schema_editor.connection
    if connexion.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=connexion.alias), connexion.cursor() as curseur:
            curseur.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            curseur.execute(
                "CREATE INDEX IF NOT EXISTS projet_recherche_trgm ON projets_projet USING gin (recherche gin_trgm_ops)"
            )
    except DatabaseError as refus:
        logging.getLogger(__name__).warning("Recherche sans index (pg_trgm) : %s", refus)


def indexer_les_derniers(apps, schema_editor):
    """PostgreSQL reads no index « nulls last » the other way round: this order has one of its own there."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX IF NOT EXISTS projet_par_accorde_recul ON projets_projet"
            " (montant_accorde DESC NULLS LAST, id DESC) WHERE depose_le IS NOT NULL"
        )


def fermer(apps, schema_editor):
    """The journal only grows: SQL too refuses to change it."""
    declencheurs.poser(schema_editor.connection)


def rouvrir(apps, schema_editor):
    """Indexes go with their tables; the function of the triggers would stay on PostgreSQL."""
    declencheurs.lever(schema_editor.connection)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION IF EXISTS journal_inalterable()")


class Migration(migrations.Migration):
    replaces = [
        ("projets", "0001_initial"),
        ("projets", "0002_journal_inalterable"),
        ("projets", "0003_piece_exercice"),
        ("projets", "0004_remarques_de_lecture"),
        ("projets", "0005_bilan_en_word"),
        ("projets", "0006_faits_du_journal"),
        ("projets", "0007_reponses_aux_complements"),
        ("projets", "0008_ien"),
        ("projets", "0009_journal"),
        ("projets", "0010_comptes"),
        ("projets", "0011_bureau"),
        ("projets", "0012_salle"),
        ("projets", "0013_pieces"),
        ("projets", "0014_annee"),
        ("projets", "0015_versements"),
        ("projets", "0016_agenda"),
        ("projets", "0017_bilans"),
        ("projets", "0018_communication"),
        ("projets", "0019_suivi_des_versements"),
        ("projets", "0020_conservation"),
        ("projets", "0021_requete_des_envois"),
        ("projets", "0022_vacances"),
        ("projets", "0023_enveloppes"),
        ("projets", "0024_images"),
        ("projets", "0025_courriel_etat"),
        ("projets", "0026_reconduction"),
        ("projets", "0027_identite"),
        ("projets", "0028_modifications"),
        ("projets", "0029_membres"),
        ("projets", "0030_appel_public"),
        ("projets", "0031_supports"),
        ("projets", "0032_partages"),
        ("projets", "0033_dernier_jour_de_depot"),
        ("projets", "0034_ordre_des_titres"),
        ("projets", "0035_listes"),
        ("projets", "0036_cumuls"),
    ]

    initial = True

    dependencies = [
        ("correspondants", "0006_structures_par_nom"),
        ("correspondants", "__first__"),
    ]

    operations = [
        Tables(
            [
                migrations.CreateModel(
                    name="Appel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(unique=True, verbose_name="code")),
                        ("titre", models.CharField(max_length=200, verbose_name="titre")),
                        ("cite", models.CharField(max_length=200, verbose_name="nom de la cité éducative")),
                        ("commune", models.CharField(blank=True, max_length=100, verbose_name="commune")),
                        (
                            "courant",
                            models.BooleanField(
                                default=False,
                                help_text="Un seul appel reçoit les dépôts.",
                                verbose_name="appel courant",
                            ),
                        ),
                        ("presentation", models.TextField(verbose_name="présentation")),
                        ("grands_enjeux", models.JSONField(blank=True, default=list, verbose_name="grands enjeux")),
                        ("convergences", models.TextField(blank=True, verbose_name="dispositifs convergents")),
                        ("texte_depot", models.TextField(verbose_name="le dépôt des projets")),
                        ("texte_financement", models.TextField(verbose_name="le financement")),
                        ("texte_communication", models.TextField(verbose_name="la communication")),
                        (
                            "plafond_materiel_ht",
                            models.DecimalField(
                                decimal_places=2, max_digits=10, verbose_name="plafond du matériel (€ HT l’unité)"
                            ),
                        ),
                        ("phrase_communication", models.TextField(verbose_name="phrase de communication")),
                        ("logos", models.JSONField(blank=True, default=list, verbose_name="logos demandés")),
                        (
                            "autorisation_image",
                            models.TextField(
                                blank=True, verbose_name="autorisation de captation et d’utilisation de l’image"
                            ),
                        ),
                        (
                            "autorisation_image_annees",
                            models.PositiveSmallIntegerField(
                                default=5, verbose_name="durée de l’autorisation (années)"
                            ),
                        ),
                        (
                            "adresses_retrait",
                            models.JSONField(
                                blank=True, default=list, verbose_name="adresses pour retirer son autorisation"
                            ),
                        ),
                        (
                            "bilan_intermediaire_mois",
                            models.PositiveSmallIntegerField(
                                default=12, verbose_name="mois du bilan intermédiaire (année N)"
                            ),
                        ),
                        (
                            "bilan_intermediaire_jour",
                            models.PositiveSmallIntegerField(default=15, verbose_name="jour du bilan intermédiaire"),
                        ),
                        (
                            "bilan_definitif_mois",
                            models.PositiveSmallIntegerField(
                                default=6,
                                help_text="Après la fin de l’exercice : six mois par la loi (arrêté du 11 octobre 2006).",
                                verbose_name="délai du bilan définitif (mois)",
                            ),
                        ),
                        (
                            "seuil_ecart",
                            models.DecimalField(
                                decimal_places=2,
                                default=Decimal("10"),
                                max_digits=5,
                                verbose_name="écart à expliquer dans un bilan (%)",
                            ),
                        ),
                        (
                            "version_formulaire",
                            models.CharField(default="1", max_length=20, verbose_name="version du formulaire Word"),
                        ),
                        (
                            "logo",
                            models.FileField(
                                blank=True, editable=False, upload_to="identite/", verbose_name="logo de la cité"
                            ),
                        ),
                        (
                            "seuil_ecart_euros",
                            models.DecimalField(
                                db_default=Decimal("0"),
                                decimal_places=2,
                                default=Decimal("0"),
                                help_text="Un écart s’explique quand il dépasse les deux seuils. 0 : le pourcentage seul compte.",
                                max_digits=10,
                                verbose_name="… et, en plus, au-delà de (€)",
                            ),
                        ),
                        (
                            "phrase_avec_partenaires",
                            models.TextField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="« {partenaires} » est remplacé par leurs noms. Vide : la phrase de communication sert telle quelle.",
                                verbose_name="la même phrase, avec les partenaires du projet",
                            ),
                        ),
                        (
                            "phrase_sans_partenaires",
                            models.TextField(
                                blank=True,
                                db_default="",
                                default="",
                                verbose_name="la même phrase, pour un projet sans partenaire",
                            ),
                        ),
                        (
                            "vacances_scolaires",
                            models.JSONField(
                                blank=True,
                                help_text="Une période par ligne, premier et dernier jours sans classe : 17/10/2026 au 01/11/2026. Elles servent à répartir un budget d’année scolaire au prorata des semaines de classe ; sans elles, toutes les semaines comptent.",
                                null=True,
                                verbose_name="vacances scolaires",
                            ),
                        ),
                        (
                            "depots_jusqu_au",
                            models.DateField(
                                blank=True,
                                help_text="Dit au public ; passé ce jour, un brouillon ne se dépose plus. Vide : toute l’année, au fil de l’eau.",
                                null=True,
                                verbose_name="dernier jour de dépôt",
                            ),
                        ),
                        (
                            "finance_non",
                            models.JSONField(
                                blank=True,
                                help_text="De même. Le plafond du matériel s’y ajoute de lui-même.",
                                null=True,
                                verbose_name="ce qui ne l’est pas",
                            ),
                        ),
                        (
                            "finance_oui",
                            models.JSONField(
                                blank=True,
                                help_text="Une phrase par ligne, pour la page de l’appel.",
                                null=True,
                                verbose_name="ce qui est financé",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "appel à projets",
                        "verbose_name_plural": "appels à projets",
                        "ordering": ["-courant", "code"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("courant", True)), fields=("courant",), name="un_seul_appel_courant"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("plafond_materiel_ht__gt", 0)), name="plafond_materiel_positif"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("seuil_ecart_euros__gte", 0)), name="seuil_ecart_euros_positif"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ARecompter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "genre",
                            models.CharField(
                                choices=[
                                    ("projet", "Projet"),
                                    ("exercice", "Exercice"),
                                    ("bilan", "Bilan"),
                                    ("decision", "Decision"),
                                    ("tout", "Tout"),
                                ],
                                max_length=10,
                                verbose_name="genre",
                            ),
                        ),
                        ("cle", models.BigIntegerField(default=0, verbose_name="clé")),
                    ],
                    options={
                        "verbose_name": "somme à recompter",
                        "verbose_name_plural": "sommes à recompter",
                        "ordering": ["pk"],
                    },
                ),
                migrations.CreateModel(
                    name="Compte",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=30, unique=True, verbose_name="code")),
                        (
                            "classe",
                            models.CharField(
                                blank=True,
                                help_text="60 à 69, 86, 70 à 79, 87 ; vide hors plan comptable.",
                                max_length=10,
                                verbose_name="classe",
                            ),
                        ),
                        ("titre_classe", models.CharField(max_length=200, verbose_name="titre de la classe")),
                        ("libelle", models.CharField(max_length=200, verbose_name="libellé")),
                        (
                            "sens",
                            models.CharField(
                                choices=[("charge", "Charges"), ("produit", "Produits")],
                                max_length=10,
                                verbose_name="sens",
                            ),
                        ),
                        ("ordre", models.PositiveSmallIntegerField(verbose_name="ordre")),
                    ],
                    options={
                        "verbose_name": "compte",
                        "ordering": ["sens", "ordre"],
                    },
                ),
                migrations.CreateModel(
                    name="Compteur",
                    fields=[
                        (
                            "annee",
                            models.PositiveSmallIntegerField(primary_key=True, serialize=False, verbose_name="année"),
                        ),
                        ("dernier", models.PositiveIntegerField(default=0, verbose_name="dernier numéro")),
                    ],
                ),
                migrations.CreateModel(
                    name="Cumul",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("annee", models.PositiveSmallIntegerField(verbose_name="année civile")),
                        ("portee", models.CharField(blank=True, max_length=60, verbose_name="portée")),
                        ("axe", models.CharField(max_length=20, verbose_name="axe")),
                        ("cle", models.CharField(blank=True, max_length=80, verbose_name="clé")),
                        ("projets", models.BigIntegerField(default=0)),
                        ("valides", models.BigIntegerField(default=0)),
                        ("demande", models.BigIntegerField(default=0)),
                        ("accorde", models.BigIntegerField(default=0)),
                        ("enfants", models.BigIntegerField(default=0)),
                        ("parents", models.BigIntegerField(default=0)),
                        ("partenaires", models.BigIntegerField(default=0)),
                        ("en_qpv", models.BigIntegerField(default=0)),
                        ("scolaire", models.BigIntegerField(default=0)),
                        ("filles", models.BigIntegerField(default=0)),
                        ("garcons", models.BigIntegerField(default=0)),
                        ("parents_touches", models.BigIntegerField(default=0)),
                        ("professionnels", models.BigIntegerField(default=0)),
                        ("depense", models.BigIntegerField(default=0)),
                        ("en_attente", models.BigIntegerField(default=0)),
                        ("paye", models.BigIntegerField(default=0)),
                        ("justifiable", models.BigIntegerField(default=0)),
                        ("rendu", models.BigIntegerField(default=0)),
                    ],
                    options={
                        "ordering": ["portee", "axe", "annee", "cle"],
                        "constraints": [
                            models.UniqueConstraint(fields=("portee", "axe", "annee", "cle"), name="cumul_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DureeConservation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "categorie",
                            models.CharField(
                                choices=[
                                    ("brouillon", "Brouillons jamais déposés"),
                                    ("projet_sans_suite", "Projets refusés, ajournés ou retirés"),
                                    ("projet_clos", "Projets financés, après leur clôture"),
                                    ("courriel", "Texte des courriels envoyés"),
                                    ("lien", "Liens expirés : invitations, transmissions, délégations"),
                                    ("trace", "Traces des gestes dans l’administration"),
                                    ("compte", "Comptes que plus personne n’ouvre"),
                                ],
                                max_length=30,
                                unique=True,
                                verbose_name="données",
                            ),
                        ),
                        (
                            "jours",
                            models.PositiveIntegerField(
                                validators=[django.core.validators.MinValueValidator(30)],
                                verbose_name="gardées (jours)",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "durée de conservation",
                        "verbose_name_plural": "durées de conservation",
                        "ordering": ["categorie"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("jours__gte", 30)), name="conservation_un_mois_au_moins"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExportDemande",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "jeton",
                            models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="jeton"),
                        ),
                        ("genre", models.CharField(max_length=30, verbose_name="genre")),
                        ("parametres", models.JSONField(default=dict, verbose_name="paramètres")),
                        ("nom", models.CharField(max_length=150, verbose_name="nom du fichier")),
                        (
                            "etat",
                            models.CharField(
                                choices=[
                                    ("demande", "En attente"),
                                    ("en_cours", "En préparation"),
                                    ("pret", "Prêt"),
                                    ("echec", "Échec"),
                                    ("expire", "Expiré"),
                                ],
                                default="demande",
                                max_length=20,
                                verbose_name="état",
                            ),
                        ),
                        ("progression", models.PositiveSmallIntegerField(default=0, verbose_name="progression (%)")),
                        ("tentatives", models.PositiveSmallIntegerField(default=0, verbose_name="tentatives")),
                        (
                            "reserve_jusqu_a",
                            models.DateTimeField(blank=True, null=True, verbose_name="réservé jusqu’à"),
                        ),
                        (
                            "fichier",
                            models.FileField(
                                blank=True, upload_to=projets.models.exports.chemin_export, verbose_name="fichier"
                            ),
                        ),
                        ("taille", models.PositiveBigIntegerField(default=0, verbose_name="taille (octets)")),
                        ("erreur", models.TextField(blank=True, verbose_name="erreur")),
                        ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="demandé le")),
                        ("fini_le", models.DateTimeField(blank=True, null=True, verbose_name="fini le")),
                        ("expire_le", models.DateTimeField(blank=True, null=True, verbose_name="gardé jusqu’au")),
                        (
                            "par",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="exports",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "requete",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default=cite_educative.journalisation.requete_a_retenir,
                                editable=False,
                                max_length=64,
                                verbose_name="requête d’origine",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "export demandé",
                        "verbose_name_plural": "exports demandés",
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("etat__in", ["demande", "en_cours"])),
                                fields=["etat", "reserve_jusqu_a"],
                                name="export_a_faire",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("etat", "pret"), _negated=True),
                                    models.Q(("fichier", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="export_pret_a_un_fichier",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FaitExercice",
                    fields=[
                        (
                            "exercice",
                            models.BigIntegerField(primary_key=True, serialize=False, verbose_name="exercice"),
                        ),
                        ("projet", models.BigIntegerField(db_index=True, verbose_name="projet")),
                        ("contenu", models.TextField(verbose_name="ce qu’il compte")),
                    ],
                    options={
                        "verbose_name": "fait d’un exercice",
                        "verbose_name_plural": "faits des exercices",
                        "ordering": ["exercice"],
                    },
                ),
                migrations.CreateModel(
                    name="FiltreEnregistre",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("nom", models.CharField(max_length=60, verbose_name="nom du filtre")),
                        ("parametres", models.CharField(blank=True, max_length=2000, verbose_name="paramètres")),
                        ("ordre", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                        ("par_defaut", models.BooleanField(default=False, verbose_name="appliqué à l’ouverture")),
                        ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="créé le")),
                        (
                            "utilisateur",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="filtres",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "filtre enregistré",
                        "verbose_name_plural": "filtres enregistrés",
                        "ordering": ["utilisateur", "ordre", "pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("utilisateur", "nom"), name="filtre_nom_unique"),
                            models.UniqueConstraint(
                                condition=models.Q(("par_defaut", True)),
                                fields=("utilisateur",),
                                name="filtre_par_defaut_unique",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FluxAgenda",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "secret",
                            models.CharField(
                                default=projets.models.agenda.nouveau_secret,
                                editable=False,
                                max_length=64,
                                verbose_name="secret de l’adresse",
                            ),
                        ),
                        (
                            "cree_le",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="adresse créée le"),
                        ),
                        (
                            "lu_le",
                            models.DateTimeField(blank=True, null=True, verbose_name="lue pour la dernière fois le"),
                        ),
                        ("revoque_le", models.DateTimeField(blank=True, null=True, verbose_name="supprimée le")),
                        (
                            "empreinte",
                            models.CharField(
                                blank=True, editable=False, max_length=64, verbose_name="empreinte du contenu"
                            ),
                        ),
                        (
                            "change_le",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="contenu changé le"
                            ),
                        ),
                        (
                            "utilisateur",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="flux_agenda",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "adresse d’agenda",
                        "verbose_name_plural": "adresses d’agenda",
                        "ordering": ["utilisateur"],
                    },
                ),
                migrations.CreateModel(
                    name="MembreStructure",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("courriel", models.EmailField(max_length=254, verbose_name="courriel")),
                        (
                            "secret",
                            models.CharField(
                                default=projets.models.transmission.nouveau_secret,
                                editable=False,
                                max_length=64,
                                verbose_name="secret du lien",
                            ),
                        ),
                        ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="invité le")),
                        ("accepte_le", models.DateTimeField(blank=True, null=True, verbose_name="membre depuis le")),
                        ("retire_le", models.DateTimeField(blank=True, null=True, verbose_name="retiré le")),
                        (
                            "invite_par",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="invité par",
                            ),
                        ),
                        (
                            "structure",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="membres",
                                to="correspondants.structure",
                            ),
                        ),
                        (
                            "utilisateur",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="appartenances",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "membre d’une structure",
                        "verbose_name_plural": "membres des structures",
                        "ordering": ["structure", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("structure"),
                                django.db.models.functions.text.Lower("courriel"),
                                condition=models.Q(("retire_le", None)),
                                name="membre_une_fois_par_structure",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("accepte_le", None), ("utilisateur__isnull", False), _connector="OR"
                                ),
                                name="membre_accepte_a_un_compte",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Pouls",
                    fields=[
                        (
                            "nom",
                            models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="tâche"),
                        ),
                        ("le", models.DateTimeField(verbose_name="dernier passage")),
                        ("detail", models.JSONField(blank=True, default=dict, verbose_name="détail")),
                    ],
                    options={
                        "verbose_name_plural": "pouls",
                        "ordering": ["nom"],
                    },
                ),
                migrations.CreateModel(
                    name="ReceptionCourriels",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                migrations.CreateModel(
                    name="Sceau",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                            models.CharField(
                                blank=True, editable=False, max_length=64, verbose_name="empreinte précédente"
                            ),
                        ),
                        ("empreinte", models.CharField(editable=False, max_length=64, verbose_name="empreinte")),
                        ("signature", models.CharField(editable=False, max_length=64, verbose_name="signature")),
                    ],
                    options={
                        "verbose_name_plural": "sceaux",
                        "ordering": ["rang"],
                    },
                ),
                migrations.CreateModel(
                    name="Attribuant",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                        (
                            "nom",
                            models.CharField(
                                help_text="Tel que le répertoire Sirene l’écrit.",
                                max_length=200,
                                verbose_name="nom officiel",
                            ),
                        ),
                        (
                            "siret",
                            models.CharField(
                                max_length=14,
                                validators=[projets.models.publication.verifier_siret],
                                verbose_name="SIRET",
                            ),
                        ),
                        (
                            "appel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="attribuants",
                                to="projets.appel",
                                verbose_name="appel à projets",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "attribuant",
                        "verbose_name_plural": "attribuants (données ouvertes)",
                        "ordering": ["appel", "financeur"],
                        "constraints": [
                            models.UniqueConstraint(fields=("appel", "financeur"), name="attribuant_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Dispositif",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(verbose_name="code")),
                        ("libelle", models.CharField(max_length=300, verbose_name="libellé")),
                        ("description", models.TextField(blank=True, verbose_name="description")),
                        ("ordre", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                        ("sigle", models.CharField(blank=True, max_length=30, verbose_name="sigle")),
                        (
                            "age_min",
                            models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="âge minimum"),
                        ),
                        (
                            "age_max",
                            models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="âge maximum"),
                        ),
                        (
                            "objectifs",
                            models.JSONField(blank=True, default=list, verbose_name="objectifs du dispositif"),
                        ),
                        (
                            "appel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="%(class)ss",
                                to="projets.appel",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["appel", "ordre", "code"],
                        "abstract": False,
                        "constraints": [
                            models.UniqueConstraint(fields=("appel", "code"), name="dispositif_code_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Enveloppe",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                        (
                            "montant",
                            models.DecimalField(decimal_places=2, max_digits=12, verbose_name="montant voté (€)"),
                        ),
                        (
                            "appel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="enveloppes",
                                to="projets.appel",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-annee", "financeur"],
                        "constraints": [
                            models.UniqueConstraint(fields=("appel", "annee", "financeur"), name="enveloppe_unique"),
                            models.CheckConstraint(condition=models.Q(("montant__gte", 0)), name="enveloppe_positive"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Identite",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "primaire",
                            projets.models.identite.CouleurField(
                                help_text="En-tête, boutons, liens. Exemple\xa0: #0e5360.",
                                verbose_name="couleur principale",
                            ),
                        ),
                        (
                            "accent",
                            projets.models.identite.CouleurField(
                                help_text="Surtitres et repères. Exemple\xa0: #a8481f.", verbose_name="couleur d’accent"
                            ),
                        ),
                        (
                            "primaire_sombre",
                            projets.models.identite.CouleurField(
                                blank=True,
                                help_text="Vide\xa0: le portail éclaircit la couleur principale juste assez pour qu’elle se lise.",
                                verbose_name="couleur principale, en affichage sombre",
                            ),
                        ),
                        (
                            "accent_sombre",
                            projets.models.identite.CouleurField(
                                blank=True,
                                help_text="Vide\xa0: de même, d’après l’accent.",
                                verbose_name="couleur d’accent, en affichage sombre",
                            ),
                        ),
                        (
                            "logo",
                            models.FileField(
                                blank=True,
                                help_text="Image PNG ou JPEG. Elle est redessinée et réduite\xa0; le SVG, qui peut contenir un programme, est refusé.",
                                upload_to=projets.models.identite.chemin_logo_cite,
                                verbose_name="logo",
                            ),
                        ),
                        ("logo_largeur", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("logo_hauteur", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("modifie_le", models.DateTimeField(auto_now=True, verbose_name="modifiée le")),
                        (
                            "appel",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="identite",
                                to="projets.appel",
                                verbose_name="appel",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "identité visuelle",
                        "verbose_name_plural": "identités visuelles",
                        "ordering": ["appel"],
                    },
                ),
                migrations.CreateModel(
                    name="IdentitePubliee",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "primaire",
                            projets.models.identite.CouleurField(
                                help_text="En-tête, boutons, liens. Exemple\xa0: #0e5360.",
                                verbose_name="couleur principale",
                            ),
                        ),
                        (
                            "accent",
                            projets.models.identite.CouleurField(
                                help_text="Surtitres et repères. Exemple\xa0: #a8481f.", verbose_name="couleur d’accent"
                            ),
                        ),
                        (
                            "primaire_sombre",
                            projets.models.identite.CouleurField(
                                blank=True,
                                help_text="Vide\xa0: le portail éclaircit la couleur principale juste assez pour qu’elle se lise.",
                                verbose_name="couleur principale, en affichage sombre",
                            ),
                        ),
                        (
                            "accent_sombre",
                            projets.models.identite.CouleurField(
                                blank=True,
                                help_text="Vide\xa0: de même, d’après l’accent.",
                                verbose_name="couleur d’accent, en affichage sombre",
                            ),
                        ),
                        (
                            "logo",
                            models.FileField(
                                blank=True,
                                help_text="Image PNG ou JPEG. Elle est redessinée et réduite\xa0; le SVG, qui peut contenir un programme, est refusé.",
                                upload_to=projets.models.identite.chemin_logo_cite,
                                verbose_name="logo",
                            ),
                        ),
                        ("logo_largeur", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("logo_hauteur", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("publiee_le", models.DateTimeField(auto_now=True, verbose_name="publiée le")),
                        (
                            "appel",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="identite_publiee",
                                to="projets.appel",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["appel"],
                    },
                ),
                migrations.CreateModel(
                    name="LogoCommunication",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "nom",
                            models.CharField(
                                help_text="Écrit comme dans la liste des logos demandés.",
                                max_length=200,
                                verbose_name="nom",
                            ),
                        ),
                        (
                            "fichier",
                            models.FileField(
                                upload_to=projets.models.communication.chemin_logo, verbose_name="image (PNG ou JPEG)"
                            ),
                        ),
                        ("modifie_le", models.DateTimeField(auto_now=True, verbose_name="modifié le")),
                        (
                            "appel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="fichiers_logos",
                                to="projets.appel",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "logo à faire figurer",
                        "verbose_name_plural": "logos à faire figurer",
                        "ordering": ["appel", "pk"],
                        "constraints": [models.UniqueConstraint(fields=("appel", "nom"), name="logo_unique")],
                    },
                ),
                migrations.CreateModel(
                    name="ModeleLettre",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "sens",
                            models.CharField(
                                choices=[
                                    ("valide", "Validé"),
                                    ("reserves", "Validé sous réserves"),
                                    ("ajourne", "Ajourné"),
                                    ("refuse", "Refusé"),
                                ],
                                max_length=20,
                                verbose_name="décision",
                            ),
                        ),
                        ("objet", models.CharField(max_length=300, verbose_name="objet")),
                        ("corps", models.TextField(verbose_name="corps de la lettre")),
                        (
                            "appel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="modeles_lettres",
                                to="projets.appel",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "modèle de lettre",
                        "verbose_name_plural": "modèles de lettres",
                        "ordering": ["appel", "sens"],
                        "constraints": [models.UniqueConstraint(fields=("appel", "sens"), name="modele_lettre_unique")],
                    },
                ),
                migrations.CreateModel(
                    name="PapierEnTete",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "institutions",
                            models.TextField(
                                blank=True,
                                help_text="Sous le nom de la cité éducative, une par ligne.",
                                verbose_name="institutions",
                            ),
                        ),
                        (
                            "adresse",
                            models.TextField(
                                blank=True,
                                help_text="L’adresse postale, telle que sur une enveloppe.",
                                verbose_name="adresse",
                            ),
                        ),
                        (
                            "contact",
                            models.TextField(
                                blank=True,
                                help_text="Téléphone, courriel, horaires : une ligne chacun.",
                                verbose_name="contact",
                            ),
                        ),
                        ("lieu", models.CharField(blank=True, max_length=100, verbose_name="fait à")),
                        (
                            "signataires",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text="Une qualité par ligne, sans nom : « Pour la ville ». Chacune a sa place pour signer.",
                                verbose_name="signataires",
                            ),
                        ),
                        (
                            "recours",
                            models.TextField(
                                blank=True,
                                help_text="Imprimés sur tout refus, et sur toute décision qui n’accorde pas ce qui était demandé. Un paragraphe par ligne ; une ligne qui commence par un tiret devient un point de liste. Vide : le texte général du portail.",
                                verbose_name="voies et délais de recours",
                            ),
                        ),
                        (
                            "appel",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE, related_name="papier", to="projets.appel"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "papier à en-tête",
                        "verbose_name_plural": "papiers à en-tête",
                        "ordering": ["appel"],
                    },
                ),
                migrations.CreateModel(
                    name="Parcours",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(verbose_name="code")),
                        ("libelle", models.CharField(max_length=300, verbose_name="libellé")),
                        ("description", models.TextField(blank=True, verbose_name="description")),
                        ("ordre", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                        (
                            "appel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="parcours", to="projets.appel"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "parcours",
                        "ordering": ["appel", "ordre", "code"],
                        "abstract": False,
                        "constraints": [models.UniqueConstraint(fields=("appel", "code"), name="parcours_code_unique")],
                    },
                ),
                migrations.CreateModel(
                    name="Thematique",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=10, verbose_name="code")),
                        ("libelle", models.CharField(max_length=300, verbose_name="libellé")),
                        ("description", models.TextField(blank=True, verbose_name="description")),
                        (
                            "appel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="thematiques",
                                to="projets.appel",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "thématique",
                        "ordering": ["appel", "code"],
                        "constraints": [
                            models.UniqueConstraint(fields=("appel", "code"), name="thematique_code_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TrancheAge",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(verbose_name="code")),
                        ("libelle", models.CharField(max_length=300, verbose_name="libellé")),
                        ("description", models.TextField(blank=True, verbose_name="description")),
                        ("ordre", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                        (
                            "age_min",
                            models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="âge minimum"),
                        ),
                        (
                            "age_max",
                            models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="âge maximum"),
                        ),
                        (
                            "appel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="%(class)ss",
                                to="projets.appel",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "tranche d’âge",
                        "verbose_name_plural": "tranches d’âge",
                        "ordering": ["appel", "ordre", "code"],
                        "abstract": False,
                        "constraints": [
                            models.UniqueConstraint(fields=("appel", "code"), name="trancheage_code_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Transversalite",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(verbose_name="code")),
                        ("libelle", models.CharField(max_length=300, verbose_name="libellé")),
                        ("description", models.TextField(blank=True, verbose_name="description")),
                        ("ordre", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                        (
                            "appel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="%(class)ss",
                                to="projets.appel",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "enjeu transversal",
                        "verbose_name_plural": "enjeux transversaux",
                        "ordering": ["appel", "ordre", "code"],
                        "abstract": False,
                        "constraints": [
                            models.UniqueConstraint(fields=("appel", "code"), name="transversalite_code_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Enjeu",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=10, verbose_name="code")),
                        ("libelle", models.CharField(max_length=300, verbose_name="libellé")),
                        (
                            "thematique",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="enjeux",
                                to="projets.thematique",
                                verbose_name="thématique",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "enjeux",
                        "ordering": ["thematique", "code"],
                        "constraints": [
                            models.UniqueConstraint(fields=("thematique", "code"), name="enjeu_code_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IndicateurANCT",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(verbose_name="code")),
                        ("libelle", models.CharField(max_length=300, verbose_name="libellé")),
                        ("description", models.TextField(blank=True, verbose_name="description")),
                        ("ordre", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                        (
                            "mesure",
                            models.CharField(
                                choices=[
                                    ("projets_deposes", "Projets déposés"),
                                    ("projets_valides", "Projets validés"),
                                    ("structures", "Structures financées"),
                                    ("partenaires", "Partenaires des projets validés"),
                                    ("enfants_prevus", "Enfants et jeunes prévus"),
                                    ("enfants_touches", "Enfants et jeunes touchés (bilans déposés)"),
                                    ("parents_prevus", "Parents prévus"),
                                    ("parents_touches", "Parents touchés (bilans déposés)"),
                                    ("professionnels_touches", "Professionnels touchés (bilans déposés)"),
                                    ("montant_demande", "Montant demandé"),
                                    ("montant_accorde", "Montant accordé"),
                                    ("montant_depense", "Dépenses réalisées (bilans déposés)"),
                                    ("cout_par_enfant", "Montant accordé par enfant prévu"),
                                    ("part_qpv", "Part des projets validés qui concernent un QPV"),
                                    ("part_scolaire", "Part des projets validés sur le temps scolaire"),
                                ],
                                max_length=30,
                                verbose_name="mesure",
                            ),
                        ),
                        ("actif", models.BooleanField(default=True, verbose_name="affiché")),
                        (
                            "appel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="%(class)ss",
                                to="projets.appel",
                            ),
                        ),
                        (
                            "parcours",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="projets.parcours",
                                verbose_name="seulement le parcours",
                            ),
                        ),
                        (
                            "thematique",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="projets.thematique",
                                verbose_name="seulement la thématique",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "indicateur de la revue de projets",
                        "verbose_name_plural": "indicateurs de la revue de projets (ANCT)",
                        "ordering": ["appel", "ordre", "code"],
                        "abstract": False,
                        "constraints": [
                            models.UniqueConstraint(fields=("appel", "code"), name="indicateuranct_code_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MouvementEnveloppe",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                            models.DateTimeField(
                                default=django.utils.timezone.now, editable=False, verbose_name="saisi le"
                            ),
                        ),
                        (
                            "annule_le",
                            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="annulé le"),
                        ),
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
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("montant__gt", 0)), name="mouvement_positif"),
                            models.CheckConstraint(
                                condition=models.Q(("motif", ""), _negated=True), name="mouvement_a_un_motif"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("destination__isnull", False), ("genre", "ajout"), ("source__isnull", True)
                                    ),
                                    models.Q(
                                        ("destination__isnull", True), ("genre", "retrait"), ("source__isnull", False)
                                    ),
                                    models.Q(
                                        ("destination__isnull", False),
                                        ("genre", "transfert"),
                                        ("source__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="mouvement_a_ses_bouts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("source", models.F("destination")), _negated=True),
                                name="mouvement_entre_deux_enveloppes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("annule_le__isnull", True),
                                        ("annule_par__isnull", True),
                                        ("motif_annulation", ""),
                                    ),
                                    models.Q(
                                        ("annule_le__isnull", False),
                                        ("annule_par__isnull", False),
                                        models.Q(("motif_annulation", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="mouvement_annule_avec_motif",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Orientation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(verbose_name="code")),
                        ("libelle", models.CharField(max_length=300, verbose_name="libellé")),
                        ("description", models.TextField(blank=True, verbose_name="description")),
                        ("ordre", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                        (
                            "appel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="%(class)ss",
                                to="projets.appel",
                            ),
                        ),
                        (
                            "parcours",
                            models.ManyToManyField(blank=True, related_name="orientations", to="projets.parcours"),
                        ),
                    ],
                    options={
                        "ordering": ["appel", "ordre", "code"],
                        "abstract": False,
                        "constraints": [
                            models.UniqueConstraint(fields=("appel", "code"), name="orientation_code_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Objectif",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=10, verbose_name="code")),
                        ("libelle", models.CharField(max_length=400, verbose_name="libellé")),
                        (
                            "enjeu",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="objectifs",
                                to="projets.enjeu",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "objectif stratégique",
                        "verbose_name_plural": "objectifs stratégiques",
                        "ordering": ["enjeu__thematique", "enjeu__code", "code"],
                        "constraints": [models.UniqueConstraint(fields=("enjeu", "code"), name="objectif_code_unique")],
                    },
                ),
                migrations.CreateModel(
                    name="ContributionDispositif",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "rang",
                            models.PositiveSmallIntegerField(
                                help_text="1 pour le premier objectif que le dispositif énumère.",
                                verbose_name="rang de l’objectif du dispositif",
                            ),
                        ),
                        (
                            "dispositif",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="contributions",
                                to="projets.dispositif",
                            ),
                        ),
                        (
                            "objectifs",
                            models.ManyToManyField(
                                blank=True,
                                related_name="+",
                                to="projets.objectif",
                                verbose_name="objectifs stratégiques qui y contribuent",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "contribution à un dispositif",
                        "verbose_name_plural": "contributions aux dispositifs",
                        "ordering": ["dispositif", "rang"],
                        "constraints": [
                            models.UniqueConstraint(fields=("dispositif", "rang"), name="contribution_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Projet",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "numero",
                            models.CharField(
                                blank=True, editable=False, max_length=12, null=True, unique=True, verbose_name="numéro"
                            ),
                        ),
                        (
                            "jeton",
                            models.UUIDField(
                                default=uuid.uuid4, editable=False, unique=True, verbose_name="jeton du brouillon"
                            ),
                        ),
                        (
                            "statut",
                            models.CharField(
                                choices=[
                                    ("brouillon", "Brouillon"),
                                    ("depose", "Déposé"),
                                    ("a_completer", "À compléter"),
                                    ("avis_ien", "En attente d’avis"),
                                    ("pret", "Prêt pour la troïka"),
                                    ("inscrit", "Inscrit en troïka"),
                                    ("valide", "Validé"),
                                    ("ajourne", "Ajourné"),
                                    ("refuse", "Refusé"),
                                    ("retire", "Retiré"),
                                    ("clos", "Clos"),
                                ],
                                default="brouillon",
                                editable=False,
                                max_length=20,
                                verbose_name="statut",
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=0, editable=False, verbose_name="version")),
                        ("titre", models.TextField(blank=True, verbose_name="titre")),
                        (
                            "nature",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("ecole", "École (1er degré public)"),
                                    ("etablissement", "Collège, lycée ou autre service de l’Éducation nationale"),
                                    ("service_ville", "Service de la ville"),
                                    ("association", "Association"),
                                    ("partenaire", "Structure partenaire"),
                                    ("prive", "Secteur privé"),
                                ],
                                max_length=20,
                                verbose_name="nature du porteur",
                            ),
                        ),
                        (
                            "coordination",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("coordinateur_en", "Coordination Éducation nationale"),
                                    ("coordinateur_ville", "Coordination ville"),
                                    ("ien", "IEN (1er degré)"),
                                    ("autorite_en", "Éducation nationale (2nd degré)"),
                                    ("pilote_en", "Pilote Éducation nationale"),
                                    ("pilote_prefecture", "Pilote préfecture"),
                                    ("pilote_ville", "Pilote ville"),
                                    ("observateur", "Observateur"),
                                    ("admin", "Administration du portail"),
                                ],
                                max_length=30,
                                verbose_name="coordination",
                            ),
                        ),
                        ("date_debut", models.DateField(blank=True, null=True, verbose_name="début")),
                        ("date_fin", models.DateField(blank=True, null=True, verbose_name="fin")),
                        ("temps_scolaire", models.BooleanField(default=False, verbose_name="sur le temps scolaire")),
                        ("nombre_enfants", models.PositiveIntegerField(default=0, verbose_name="enfants et jeunes")),
                        ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="créé le")),
                        ("modifie_le", models.DateTimeField(auto_now=True, verbose_name="modifié le")),
                        (
                            "depose_le",
                            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="déposé le"),
                        ),
                        (
                            "appel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="projets", to="projets.appel"
                            ),
                        ),
                        (
                            "etablissements",
                            models.ManyToManyField(
                                blank=True, related_name="projets", to="correspondants.etablissement"
                            ),
                        ),
                        (
                            "objectif_principal",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="projets_principaux",
                                to="projets.objectif",
                            ),
                        ),
                        (
                            "objectifs_secondaires",
                            models.ManyToManyField(
                                blank=True, related_name="projets_secondaires", to="projets.objectif"
                            ),
                        ),
                        ("parcours", models.ManyToManyField(blank=True, related_name="projets", to="projets.parcours")),
                        (
                            "porteur",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="projets",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="porteur",
                            ),
                        ),
                        (
                            "quartiers",
                            models.ManyToManyField(blank=True, related_name="projets", to="correspondants.quartier"),
                        ),
                        (
                            "structure",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="projets",
                                to="correspondants.structure",
                            ),
                        ),
                        (
                            "dispositifs",
                            models.ManyToManyField(blank=True, related_name="projets", to="projets.dispositif"),
                        ),
                        ("nombre_parents", models.PositiveIntegerField(default=0, verbose_name="parents")),
                        ("nombre_partenaires", models.PositiveIntegerField(default=0, verbose_name="partenaires")),
                        (
                            "anonymise_le",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="données personnelles effacées le"
                            ),
                        ),
                        (
                            "reconduit_de",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="reconductions",
                                to="projets.projet",
                                verbose_name="reconduction du projet",
                            ),
                        ),
                        (
                            "montant_demande",
                            models.DecimalField(
                                db_default=Decimal("0"),
                                decimal_places=2,
                                default=Decimal("0"),
                                editable=False,
                                max_digits=14,
                                verbose_name="montant demandé",
                            ),
                        ),
                        (
                            "montant_accorde",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                editable=False,
                                max_digits=14,
                                null=True,
                                verbose_name="montant accordé",
                            ),
                        ),
                        (
                            "statut_depuis",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                default=django.utils.timezone.now,
                                editable=False,
                                verbose_name="dans ce statut depuis",
                            ),
                        ),
                        ("donnees", models.JSONField(default=dict, verbose_name="contenu du dossier")),
                        (
                            "lecture",
                            models.JSONField(
                                blank=True, default=dict, editable=False, verbose_name="remarques de lecture"
                            ),
                        ),
                        ("recherche", models.TextField(blank=True, editable=False, verbose_name="texte de recherche")),
                    ],
                    options={
                        "ordering": ["-cree_le", "-pk"],
                        "indexes": [
                            models.Index(fields=["statut", "-depose_le"], name="projet_statut_depot"),
                            models.Index(fields=["-depose_le", "-id"], name="projet_depot"),
                            models.Index(
                                fields=["coordination", "statut", "depose_le", "porteur", "appel"], name="projet_bureau"
                            ),
                            models.Index(
                                projets.models.ordres.TitreTrie("titre"),
                                models.F("id"),
                                condition=models.Q(("depose_le__isnull", False)),
                                name="projet_par_titre",
                            ),
                            models.Index(
                                projets.models.ordres.RangStatut("statut"),
                                models.F("id"),
                                condition=models.Q(("depose_le__isnull", False)),
                                name="projet_par_statut",
                            ),
                            models.Index(
                                condition=models.Q(("depose_le__isnull", False)),
                                fields=["montant_demande", "id"],
                                name="projet_par_demande",
                            ),
                            models.Index(
                                condition=models.Q(("depose_le__isnull", False)),
                                fields=["montant_accorde", "id"],
                                name="projet_par_accorde",
                            ),
                            models.Index(fields=["statut", "statut_depuis", "id"], name="projet_statut_depuis"),
                            models.Index(
                                fields=["objectif_principal", "-depose_le", "-id"], name="projet_objectif_depot"
                            ),
                            models.Index(fields=["nature", "-depose_le", "-id"], name="projet_nature_depot"),
                            models.Index(fields=["temps_scolaire", "-depose_le", "-id"], name="projet_temps_depot"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("statut", "brouillon"),
                                    models.Q(("depose_le__isnull", False), ("numero__isnull", False)),
                                    ("statut", "retire"),
                                    _connector="OR",
                                ),
                                name="projet_depose_a_un_numero",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("statut", "brouillon")),
                                fields=("reconduit_de", "porteur"),
                                name="projet_une_reconduction_en_brouillon",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Courriel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("cle", models.CharField(editable=False, max_length=200, unique=True, verbose_name="clé")),
                        ("gabarit", models.CharField(max_length=60, verbose_name="gabarit")),
                        ("destinataire", models.EmailField(max_length=254, verbose_name="destinataire")),
                        ("pour_services", models.BooleanField(default=False, verbose_name="réservé aux services")),
                        ("objet", models.CharField(max_length=250, verbose_name="objet")),
                        ("texte", models.TextField(verbose_name="texte")),
                        ("html", models.TextField(blank=True, verbose_name="html")),
                        (
                            "etat",
                            models.CharField(
                                choices=[
                                    ("a_envoyer", "À envoyer"),
                                    ("en_cours", "En cours d’envoi"),
                                    ("envoye", "Envoyé"),
                                    ("a_regrouper", "Pour le prochain récapitulatif"),
                                    ("regroupe", "Mis dans un récapitulatif"),
                                    ("non_voulu", "Non envoyé, au choix du destinataire"),
                                    ("retenu", "Retenu"),
                                    ("echec", "Échec"),
                                ],
                                default="a_envoyer",
                                max_length=20,
                                verbose_name="état",
                            ),
                        ),
                        ("tentatives", models.PositiveSmallIntegerField(default=0, verbose_name="tentatives")),
                        (
                            "prochain_essai_le",
                            models.DateTimeField(blank=True, null=True, verbose_name="prochain essai le"),
                        ),
                        ("envoye_le", models.DateTimeField(blank=True, null=True, verbose_name="envoyé le")),
                        ("erreur", models.TextField(blank=True, verbose_name="dernière erreur")),
                        ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="créé le")),
                        (
                            "projet",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="courriels",
                                to="projets.projet",
                            ),
                        ),
                        (
                            "raison",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("adresse", "adresse refusée par le serveur de messagerie"),
                                    ("message", "message refusé par le serveur de messagerie"),
                                    ("plus_tard", "serveur de messagerie momentanément indisponible"),
                                    ("coupure", "connexion coupée pendant l’envoi"),
                                    ("serveur", "serveur de messagerie injoignable"),
                                    ("autre", "erreur inattendue"),
                                ],
                                max_length=20,
                                verbose_name="raison",
                            ),
                        ),
                        (
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
                        (
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
                        (
                            "requete",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default=cite_educative.journalisation.requete_a_retenir,
                                editable=False,
                                max_length=64,
                                verbose_name="requête d’origine",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("etat", "a_envoyer")),
                                fields=["prochain_essai_le"],
                                name="courriel_a_envoyer",
                            ),
                            models.Index(
                                condition=models.Q(("etat", "a_regrouper")),
                                fields=["destinataire"],
                                name="courriel_a_regrouper",
                            ),
                            models.Index(fields=["etat", "-id"], name="courriel_etat"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DemandeComplements",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("message", models.TextField(blank=True, verbose_name="message")),
                        ("donnees_avant", models.JSONField(verbose_name="contenu au moment de la demande")),
                        ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="demandée le")),
                        ("close_le", models.DateTimeField(blank=True, null=True, verbose_name="close le")),
                        (
                            "par",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "projet",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="demandes_complements",
                                to="projets.projet",
                            ),
                        ),
                        (
                            "attendue_le",
                            models.DateField(blank=True, null=True, verbose_name="réponse souhaitée avant le"),
                        ),
                    ],
                    options={
                        "verbose_name": "demande de compléments",
                        "verbose_name_plural": "demandes de compléments",
                        "ordering": ["projet", "-pk"],
                    },
                ),
                migrations.CreateModel(
                    name="Exercice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("annee", models.PositiveSmallIntegerField(verbose_name="année civile")),
                        (
                            "montant_demande",
                            models.DecimalField(
                                decimal_places=2,
                                default=Decimal("0"),
                                max_digits=12,
                                verbose_name="montant demandé (€)",
                            ),
                        ),
                        (
                            "projet",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="exercices",
                                to="projets.projet",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["projet", "annee"],
                        "indexes": [models.Index(fields=["annee"], name="exercice_annee")],
                        "constraints": [models.UniqueConstraint(fields=("projet", "annee"), name="exercice_unique")],
                    },
                ),
                migrations.CreateModel(
                    name="Intervention",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("rang", models.PositiveSmallIntegerField(verbose_name="rang")),
                        ("intitule", models.TextField(verbose_name="intervention")),
                        ("debut", models.DateField(null=True, verbose_name="du")),
                        ("fin", models.DateField(null=True, verbose_name="au")),
                        (
                            "nom_etablissement",
                            models.TextField(blank=True, verbose_name="école ou établissement, comme écrit"),
                        ),
                        ("classe", models.TextField(blank=True, verbose_name="classe ou groupe")),
                        ("lieu", models.TextField(blank=True, verbose_name="lieu")),
                        (
                            "duree_heures",
                            models.DecimalField(
                                decimal_places=2, max_digits=12, null=True, verbose_name="durée (heures)"
                            ),
                        ),
                        ("intervenants", models.TextField(blank=True, verbose_name="intervenants")),
                        (
                            "temps",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("scolaire", "Scolaire"),
                                    ("periscolaire", "Périscolaire"),
                                    ("extrascolaire", "Extrascolaire"),
                                ],
                                max_length=20,
                                verbose_name="temps",
                            ),
                        ),
                        (
                            "etablissement",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="interventions",
                                to="correspondants.etablissement",
                            ),
                        ),
                        (
                            "projet",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="interventions",
                                to="projets.projet",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["projet", "rang"],
                    },
                ),
                migrations.CreateModel(
                    name="LectureMessages",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("lu_jusqu_a", models.BigIntegerField(verbose_name="dernier message lu")),
                        (
                            "projet",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="projets.projet"
                            ),
                        ),
                        (
                            "utilisateur",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "lecture de messages",
                        "verbose_name_plural": "lectures de messages",
                        "ordering": ["utilisateur", "projet"],
                        "constraints": [
                            models.UniqueConstraint(fields=("utilisateur", "projet"), name="lecture_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Materiel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("designation", models.TextField(blank=True, verbose_name="désignation")),
                        ("quantite", models.PositiveIntegerField(null=True, verbose_name="quantité")),
                        (
                            "prix_unitaire_ht",
                            models.DecimalField(
                                decimal_places=2, max_digits=12, null=True, verbose_name="prix unitaire HT (€)"
                            ),
                        ),
                        ("annee", models.PositiveSmallIntegerField(null=True, verbose_name="année d’achat")),
                        (
                            "projet",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="materiels",
                                to="projets.projet",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "matériel",
                        "ordering": ["projet", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="Message",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("au_titre_de", models.CharField(max_length=100, verbose_name="au titre de")),
                        ("texte", models.TextField(verbose_name="message")),
                        ("interne", models.BooleanField(default=False, verbose_name="entre services")),
                        (
                            "jeton",
                            models.UUIDField(
                                default=uuid.uuid4, editable=False, unique=True, verbose_name="jeton d’envoi"
                            ),
                        ),
                        ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="écrit le")),
                        (
                            "auteur",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="auteur",
                            ),
                        ),
                        (
                            "projet",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="messages",
                                to="projets.projet",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["projet", "pk"],
                        "indexes": [
                            models.Index(fields=["projet", "interne", "id"], name="message_fil"),
                            models.Index(fields=["cree_le"], name="message_recent"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("texte", ""), _negated=True), name="message_non_vide"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Modification",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("champ", models.CharField(max_length=60, verbose_name="question")),
                        ("auteur", models.CharField(max_length=40, verbose_name="auteur")),
                        ("le", models.DateTimeField(default=django.utils.timezone.now, verbose_name="le")),
                        (
                            "par",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="par",
                            ),
                        ),
                        (
                            "projet",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="modifications",
                                to="projets.projet",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "modification d’une réponse",
                        "verbose_name_plural": "modifications des réponses",
                        "constraints": [
                            models.UniqueConstraint(fields=("projet", "champ"), name="modification_une_par_question")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Partage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("courriel", models.EmailField(max_length=254, verbose_name="proposé à")),
                        (
                            "secret",
                            models.CharField(
                                default=projets.models.transmission.nouveau_secret,
                                editable=False,
                                max_length=64,
                                verbose_name="secret du lien",
                            ),
                        ),
                        ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="proposé le")),
                        ("accepte_le", models.DateTimeField(blank=True, null=True, verbose_name="accepté le")),
                        ("retire_le", models.DateTimeField(blank=True, null=True, verbose_name="retiré le")),
                        (
                            "accepte_par",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="accepté par",
                            ),
                        ),
                        (
                            "par",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="proposé par",
                            ),
                        ),
                        (
                            "projet",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="partages",
                                to="projets.projet",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "partage d’un brouillon",
                        "verbose_name_plural": "partages de brouillons",
                        "ordering": ["pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("retire_le", None)),
                                fields=("projet", "courriel"),
                                name="partage_un_par_adresse",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Passage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "action",
                            models.CharField(
                                choices=projets.enums.libelles_du_journal, max_length=30, verbose_name="action"
                            ),
                        ),
                        (
                            "de",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("brouillon", "Brouillon"),
                                    ("depose", "Déposé"),
                                    ("a_completer", "À compléter"),
                                    ("avis_ien", "En attente d’avis"),
                                    ("pret", "Prêt pour la troïka"),
                                    ("inscrit", "Inscrit en troïka"),
                                    ("valide", "Validé"),
                                    ("ajourne", "Ajourné"),
                                    ("refuse", "Refusé"),
                                    ("retire", "Retiré"),
                                    ("clos", "Clos"),
                                ],
                                max_length=20,
                                verbose_name="de",
                            ),
                        ),
                        (
                            "vers",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("brouillon", "Brouillon"),
                                    ("depose", "Déposé"),
                                    ("a_completer", "À compléter"),
                                    ("avis_ien", "En attente d’avis"),
                                    ("pret", "Prêt pour la troïka"),
                                    ("inscrit", "Inscrit en troïka"),
                                    ("valide", "Validé"),
                                    ("ajourne", "Ajourné"),
                                    ("refuse", "Refusé"),
                                    ("retire", "Retiré"),
                                    ("clos", "Clos"),
                                ],
                                max_length=20,
                                verbose_name="vers",
                            ),
                        ),
                        ("au_titre_de", models.CharField(blank=True, max_length=100, verbose_name="au titre de")),
                        ("motif", models.TextField(blank=True, verbose_name="motif")),
                        ("pour_services", models.BooleanField(default=False, verbose_name="réservé aux services")),
                        (
                            "le",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="le"),
                        ),
                        (
                            "par",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "projet",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="passages",
                                to="projets.projet",
                            ),
                        ),
                        ("rang", models.PositiveIntegerField(editable=False, verbose_name="rang dans sa chaîne")),
                        (
                            "voie",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("web", "Page du portail"),
                                    ("lien", "Lien du courriel"),
                                    ("commande", "Commande"),
                                    ("administration", "Administration"),
                                ],
                                editable=False,
                                max_length=20,
                                verbose_name="origine",
                            ),
                        ),
                        (
                            "reperage",
                            models.CharField(
                                blank=True, editable=False, max_length=64, verbose_name="requête ou commande"
                            ),
                        ),
                        ("adresse", models.CharField(blank=True, editable=False, max_length=50, verbose_name="réseau")),
                        (
                            "precedente",
                            models.CharField(
                                blank=True, editable=False, max_length=64, verbose_name="empreinte précédente"
                            ),
                        ),
                        ("empreinte", models.CharField(editable=False, max_length=64, verbose_name="empreinte")),
                    ],
                    options={
                        "verbose_name_plural": "passages",
                        "ordering": ["projet", "pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("projet", "rang"), name="passage_rang_unique"),
                            models.UniqueConstraint(
                                condition=models.Q(("projet", None)), fields=("rang",), name="passage_rang_du_portail"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PriseDeVues",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("intitule", models.CharField(max_length=200, verbose_name="ce qui est photographié ou filmé")),
                        ("date", models.DateField(verbose_name="date")),
                        ("lieu", models.CharField(max_length=200, verbose_name="lieu")),
                        ("usage", models.TextField(max_length=1000, verbose_name="usage prévu")),
                        ("expire_le", models.DateField(editable=False, verbose_name="fin de l’autorisation")),
                        (
                            "personnes",
                            models.PositiveIntegerField(
                                blank=True, null=True, verbose_name="personnes reconnaissables"
                            ),
                        ),
                        ("autorisations", models.PositiveIntegerField(default=0, verbose_name="autorisations signées")),
                        (
                            "gardees_par",
                            models.CharField(
                                blank=True, max_length=200, verbose_name="qui garde les autorisations signées"
                            ),
                        ),
                        ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="enregistrée le")),
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
                            "projet",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="prises_de_vues",
                                to="projets.projet",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "prise de vues",
                        "verbose_name_plural": "prises de vues",
                        "ordering": ["-date", "-pk"],
                    },
                ),
                migrations.CreateModel(
                    name="SeanceTroika",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("date", models.DateTimeField(verbose_name="date et heure")),
                        ("lieu", models.CharField(blank=True, max_length=200, verbose_name="lieu")),
                        ("notes", models.TextField(blank=True, verbose_name="notes")),
                        (
                            "publiee_le",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="décisions publiées le"
                            ),
                        ),
                        (
                            "appel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="seances", to="projets.appel"
                            ),
                        ),
                        (
                            "projets",
                            models.ManyToManyField(
                                related_name="seances", through="projets.PointOrdreDuJour", to="projets.projet"
                            ),
                        ),
                        (
                            "publiee_par",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("autres_presents", models.TextField(blank=True, verbose_name="autres présents")),
                        (
                            "modifiee_le",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                default=django.utils.timezone.now,
                                editable=False,
                                verbose_name="date ou lieu modifiés le",
                            ),
                        ),
                        (
                            "sequence",
                            models.PositiveSmallIntegerField(
                                db_default=0, default=0, editable=False, verbose_name="fois déplacée"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "séance de la troïka",
                        "verbose_name_plural": "séances de la troïka",
                        "ordering": ["-date", "-pk"],
                    },
                ),
                migrations.CreateModel(
                    name="Transmission",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("courriel", models.EmailField(max_length=254, verbose_name="proposée à")),
                        ("message", models.TextField(blank=True, verbose_name="message")),
                        (
                            "secret",
                            models.CharField(
                                default=projets.models.transmission.nouveau_secret,
                                editable=False,
                                max_length=64,
                                verbose_name="secret du lien",
                            ),
                        ),
                        ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="proposée le")),
                        ("acceptee_le", models.DateTimeField(blank=True, null=True, verbose_name="acceptée le")),
                        (
                            "retiree_le",
                            models.DateTimeField(blank=True, null=True, verbose_name="retirée ou refusée le"),
                        ),
                        (
                            "acceptee_par",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="acceptée par",
                            ),
                        ),
                        (
                            "de",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="proposée par",
                            ),
                        ),
                        (
                            "projet",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="transmissions",
                                to="projets.projet",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "transmission d’un projet",
                        "verbose_name_plural": "transmissions de projets",
                        "ordering": ["-pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("acceptee_le", None), ("retiree_le", None)),
                                fields=("projet",),
                                name="transmission_une_seule_en_attente",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Vitrine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("resume", models.TextField(max_length=800, verbose_name="le projet en quelques phrases")),
                        (
                            "consenti_le",
                            models.DateTimeField(editable=False, null=True, verbose_name="consentement donné le"),
                        ),
                        ("publiee_le", models.DateTimeField(editable=False, null=True, verbose_name="publiée le")),
                        (
                            "consenti_par",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "projet",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE, related_name="vitrine", to="projets.projet"
                            ),
                        ),
                        (
                            "publiee_par",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "recherche",
                            models.TextField(
                                blank=True, db_default="", default="", editable=False, verbose_name="texte de recherche"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "présentation publique",
                        "verbose_name_plural": "présentations publiques",
                        "ordering": ["-publiee_le", "-pk"],
                        "indexes": [models.Index(fields=["-publiee_le", "-projet"], name="vitrine_publiee")],
                    },
                ),
                migrations.CreateModel(
                    name="Bilan",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "genre",
                            models.CharField(
                                choices=[
                                    ("intermediaire", "Bilan intermédiaire (mi-parcours)"),
                                    ("definitif", "Bilan définitif"),
                                ],
                                max_length=20,
                                verbose_name="genre",
                            ),
                        ),
                        (
                            "statut",
                            models.CharField(
                                choices=[
                                    ("brouillon", "En préparation"),
                                    ("depose", "Déposé"),
                                    ("a_completer", "À compléter"),
                                    ("accepte", "Accepté"),
                                ],
                                default="brouillon",
                                editable=False,
                                max_length=20,
                                verbose_name="statut",
                            ),
                        ),
                        (
                            "issue",
                            models.CharField(
                                choices=[
                                    ("realisee", "Réalisée"),
                                    ("partielle", "Réalisée en partie"),
                                    ("non_realisee", "Non réalisée"),
                                    ("reportee", "Nouvelles dates demandées"),
                                ],
                                default="realisee",
                                max_length=20,
                                verbose_name="l’action a été",
                            ),
                        ),
                        ("realisation", models.TextField(blank=True, verbose_name="ce qui a été fait")),
                        ("dates_et_lieux", models.TextField(blank=True, verbose_name="dates et lieux")),
                        ("resultats", models.TextField(blank=True, verbose_name="objectifs atteints et résultats")),
                        ("difficultes", models.TextField(blank=True, verbose_name="difficultés rencontrées et suites")),
                        ("filles", models.PositiveIntegerField(blank=True, null=True, verbose_name="filles")),
                        ("garcons", models.PositiveIntegerField(blank=True, null=True, verbose_name="garçons")),
                        ("parents", models.PositiveIntegerField(blank=True, null=True, verbose_name="parents")),
                        (
                            "professionnels",
                            models.PositiveIntegerField(blank=True, null=True, verbose_name="professionnels"),
                        ),
                        ("explication_ecarts", models.TextField(blank=True, verbose_name="explication des écarts")),
                        ("observations", models.TextField(blank=True, verbose_name="observations")),
                        (
                            "communication_faite",
                            models.BooleanField(
                                default=False, verbose_name="les logos et la phrase demandés figurent sur les supports"
                            ),
                        ),
                        (
                            "certifie",
                            models.BooleanField(
                                default=False, verbose_name="je certifie exactes les informations de ce bilan"
                            ),
                        ),
                        (
                            "signataire",
                            models.CharField(blank=True, max_length=200, verbose_name="nom et qualité du signataire"),
                        ),
                        (
                            "motif_retour",
                            models.TextField(blank=True, editable=False, verbose_name="ce qu’il faut compléter"),
                        ),
                        ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="créé le")),
                        (
                            "depose_le",
                            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="déposé le"),
                        ),
                        (
                            "accepte_le",
                            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="accepté le"),
                        ),
                        (
                            "accepte_par",
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
                            "exercice",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE, related_name="bilan", to="projets.exercice"
                            ),
                        ),
                        (
                            "lecture",
                            models.JSONField(
                                blank=True, default=dict, editable=False, verbose_name="remarques de lecture"
                            ),
                        ),
                        (
                            "nouveau_debut",
                            models.DateField(blank=True, null=True, verbose_name="nouvelle date de début"),
                        ),
                        ("nouvelle_fin", models.DateField(blank=True, null=True, verbose_name="nouvelle date de fin")),
                        (
                            "prolonge_au",
                            models.DateField(
                                blank=True, editable=False, null=True, verbose_name="bilan à remettre désormais le"
                            ),
                        ),
                        (
                            "prolonge_debut",
                            models.DateField(
                                blank=True, editable=False, null=True, verbose_name="nouvelles dates acceptées, début"
                            ),
                        ),
                        (
                            "prolonge_fin",
                            models.DateField(
                                blank=True, editable=False, null=True, verbose_name="nouvelles dates acceptées, fin"
                            ),
                        ),
                        (
                            "prolonge_le",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="nouvelles dates acceptées le"
                            ),
                        ),
                        (
                            "prolonge_par",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-exercice__annee", "-pk"],
                        "indexes": [models.Index(fields=["statut", "depose_le"], name="bilan_statut_depot")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("prolonge_au", None),
                                        ("prolonge_debut", None),
                                        ("prolonge_fin", None),
                                        ("prolonge_le", None),
                                    ),
                                    models.Q(
                                        ("prolonge_au__gte", models.F("prolonge_fin")),
                                        ("prolonge_debut__isnull", False),
                                        ("prolonge_fin__gte", models.F("prolonge_debut")),
                                        ("prolonge_le__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="bilan_prolonge_en_entier",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BudgetRevise",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="proposé le")),
                        ("modifie_le", models.DateTimeField(auto_now=True, verbose_name="modifié le")),
                        (
                            "confirme_le",
                            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="confirmé le"),
                        ),
                        (
                            "confirme_par",
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
                            "exercice",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="budget_revise",
                                to="projets.exercice",
                            ),
                        ),
                        (
                            "accorde",
                            models.DecimalField(
                                decimal_places=2,
                                editable=False,
                                max_digits=12,
                                null=True,
                                verbose_name="montant accordé à la confirmation (€)",
                            ),
                        ),
                        (
                            "motif_reouverture",
                            models.TextField(
                                blank=True, db_default="", editable=False, verbose_name="motif de la réouverture"
                            ),
                        ),
                        (
                            "rouvert_le",
                            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="rouvert le"),
                        ),
                    ],
                    options={
                        "verbose_name": "budget révisé",
                        "verbose_name_plural": "budgets révisés",
                        "ordering": ["exercice"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("confirme_le", None), ("accorde__isnull", False), _connector="OR"),
                                name="budget_confirme_pour_un_montant",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChampACompleter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("champ", models.CharField(max_length=60, verbose_name="question")),
                        ("motif", models.TextField(verbose_name="ce qu’il faut corriger")),
                        (
                            "demande",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="champs",
                                to="projets.demandecomplements",
                            ),
                        ),
                        ("reponse", models.TextField(blank=True, verbose_name="réponse du porteur")),
                        ("resolu_le", models.DateTimeField(blank=True, null=True, verbose_name="close le")),
                        (
                            "resolu_par",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "champ à compléter",
                        "verbose_name_plural": "champs à compléter",
                        "ordering": ["demande", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="Convention",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                        ("signee_le", models.DateField(blank=True, null=True, verbose_name="date de la convention")),
                        (
                            "reference",
                            models.CharField(blank=True, max_length=100, verbose_name="référence de la décision"),
                        ),
                        (
                            "versement",
                            models.CharField(
                                choices=[
                                    ("unique", "En une fois"),
                                    ("échelonné", "En plusieurs fois"),
                                    ("autre", "Autrement"),
                                ],
                                default="unique",
                                max_length=20,
                                verbose_name="versement",
                            ),
                        ),
                        (
                            "modalites",
                            models.CharField(blank=True, max_length=256, verbose_name="autres modalités de versement"),
                        ),
                        ("verse_du", models.DateField(blank=True, null=True, verbose_name="versé le, ou à partir du")),
                        ("verse_au", models.DateField(blank=True, null=True, verbose_name="versé jusqu’au")),
                        (
                            "exercice",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="conventions",
                                to="projets.exercice",
                            ),
                        ),
                        (
                            "a_signer",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                verbose_name="rien n’est versé avant la signature de la convention",
                            ),
                        ),
                        (
                            "avance",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                null=True,
                                validators=[django.core.validators.MaxValueValidator(100)],
                                verbose_name="part versée avant le bilan (%)",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["exercice", "financeur"],
                        "constraints": [
                            models.UniqueConstraint(fields=("exercice", "financeur"), name="convention_unique"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("verse_au", None),
                                    models.Q(("verse_au__gte", models.F("verse_du")), ("verse_du__isnull", False)),
                                    _connector="OR",
                                ),
                                name="convention_periode_dans_l_ordre",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("versement", "autre"), _negated=True),
                                    models.Q(("modalites", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="convention_autre_versement_dit",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("avance", None), ("avance__lte", 100), _connector="OR"),
                                name="convention_avance_en_part",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DemandeReversement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "montant",
                            models.DecimalField(decimal_places=2, max_digits=12, verbose_name="somme demandée (€)"),
                        ),
                        ("motif", models.TextField(verbose_name="raison")),
                        ("avant_le", models.DateField(verbose_name="à rendre avant le")),
                        ("demandee_le", models.DateTimeField(auto_now_add=True, verbose_name="demandée le")),
                        (
                            "remise_le",
                            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="remise le"),
                        ),
                        (
                            "montant_remis",
                            models.DecimalField(
                                decimal_places=2,
                                default=Decimal("0"),
                                editable=False,
                                max_digits=12,
                                verbose_name="somme à laquelle on renonce (€)",
                            ),
                        ),
                        (
                            "motif_remise",
                            models.TextField(blank=True, editable=False, verbose_name="pourquoi on y renonce"),
                        ),
                        (
                            "demandee_par",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "exercice",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="demandes_reversement",
                                to="projets.exercice",
                            ),
                        ),
                        (
                            "remise_par",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "somme à rendre demandée",
                        "verbose_name_plural": "sommes à rendre demandées",
                        "ordering": ["exercice", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("montant__gt", 0)), name="somme_demandee_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("montant_remis", 0), ("remise_le", None)),
                                    models.Q(
                                        ("montant_remis__gt", 0),
                                        ("remise_le__isnull", False),
                                        models.Q(("motif_remise", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="somme_remise_avec_motif",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("remise_le", None)),
                                fields=("exercice",),
                                name="une_demande_de_reversement",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LigneBudget",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "sens",
                            models.CharField(
                                choices=[("charge", "Charges"), ("produit", "Produits")],
                                max_length=10,
                                verbose_name="sens",
                            ),
                        ),
                        ("detail", models.TextField(blank=True, verbose_name="précisions")),
                        ("montant", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="montant (€)")),
                        ("rang", models.PositiveSmallIntegerField(verbose_name="rang")),
                        (
                            "compte",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="projets.compte",
                                to_field="code",
                                verbose_name="compte",
                            ),
                        ),
                        (
                            "exercice",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lignes",
                                to="projets.exercice",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "ligne de budget",
                        "verbose_name_plural": "lignes de budget",
                        "ordering": ["exercice", "sens", "rang"],
                    },
                ),
                migrations.CreateModel(
                    name="Photo",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("jeton", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "fichier",
                            models.FileField(upload_to=projets.models.images.chemin_photo, verbose_name="image"),
                        ),
                        ("texte_alternatif", models.CharField(max_length=250, verbose_name="ce que montre la photo")),
                        ("largeur", models.PositiveIntegerField()),
                        ("hauteur", models.PositiveIntegerField()),
                        ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="ajoutée le")),
                        ("publiee_le", models.DateTimeField(editable=False, null=True, verbose_name="publiée le")),
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
                            "prise",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="photos",
                                to="projets.prisedevues",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["prise", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="Piece",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "genre",
                            models.CharField(
                                choices=[
                                    ("dossier", "Dossier Word du porteur"),
                                    ("bilan", "Bilan Word du porteur"),
                                    ("justificatif", "Justificatif"),
                                    ("courrier", "Courrier"),
                                    ("support", "Support de communication"),
                                ],
                                max_length=20,
                                verbose_name="genre",
                            ),
                        ),
                        ("nom", models.CharField(max_length=200, verbose_name="nom du fichier")),
                        (
                            "fichier",
                            models.FileField(upload_to=projets.models.projet.chemin_piece, verbose_name="fichier"),
                        ),
                        ("sha256", models.CharField(max_length=64, verbose_name="empreinte sha256")),
                        ("taille", models.PositiveIntegerField(verbose_name="taille (octets)")),
                        ("type_mime", models.CharField(blank=True, max_length=100, verbose_name="type")),
                        ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="reçue le")),
                        (
                            "par",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "projet",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="pieces", to="projets.projet"
                            ),
                        ),
                        (
                            "exercice",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="pieces",
                                to="projets.exercice",
                                verbose_name="exercice justifié",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "pièce",
                        "ordering": ["projet", "-pk"],
                    },
                ),
                migrations.CreateModel(
                    name="PointOrdreDuJour",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("rang", models.PositiveSmallIntegerField(default=0, verbose_name="rang")),
                        ("notes", models.TextField(blank=True, verbose_name="notes de séance")),
                        (
                            "projet",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="points", to="projets.projet"
                            ),
                        ),
                        (
                            "seance",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="points",
                                to="projets.seancetroika",
                            ),
                        ),
                        (
                            "duree_minutes",
                            models.PositiveSmallIntegerField(default=10, verbose_name="durée prévue, en minutes"),
                        ),
                        (
                            "notes_le",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="notes modifiées le"
                            ),
                        ),
                        (
                            "notes_par",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "point de l’ordre du jour",
                        "verbose_name_plural": "points de l’ordre du jour",
                        "ordering": ["seance", "rang", "pk"],
                        "constraints": [models.UniqueConstraint(fields=("seance", "projet"), name="point_unique")],
                    },
                ),
                migrations.CreateModel(
                    name="PresenceSeance",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pilote",
                            models.CharField(
                                choices=[
                                    ("pilote_en", "Pilote Éducation nationale"),
                                    ("pilote_prefecture", "Pilote préfecture"),
                                    ("pilote_ville", "Pilote ville"),
                                ],
                                max_length=30,
                                verbose_name="pilote",
                            ),
                        ),
                        (
                            "etat",
                            models.CharField(
                                choices=[("present", "Présent"), ("excuse", "Excusé"), ("absent", "Absent")],
                                max_length=20,
                                verbose_name="présence",
                            ),
                        ),
                        ("nom", models.CharField(blank=True, max_length=200, verbose_name="qui siège")),
                        ("represente_par", models.CharField(blank=True, max_length=200, verbose_name="représenté par")),
                        ("modifie_le", models.DateTimeField(auto_now=True, verbose_name="notée le")),
                        (
                            "par",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "seance",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="presences",
                                to="projets.seancetroika",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "présence à une séance",
                        "verbose_name_plural": "présences aux séances",
                        "ordering": ["seance", "pilote"],
                        "constraints": [
                            models.UniqueConstraint(fields=("seance", "pilote"), name="presence_unique"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("etat", "present"), _negated=True),
                                    ("represente_par", ""),
                                    _connector="OR",
                                ),
                                name="present_n_est_pas_represente",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RetraitAutorisation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("recu_le", models.DateField(verbose_name="reçu le")),
                        ("nombre", models.PositiveSmallIntegerField(default=1, verbose_name="autorisations retirées")),
                        (
                            "precisions",
                            models.CharField(blank=True, max_length=300, verbose_name="précisions, sans nom"),
                        ),
                        ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="enregistré le")),
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
                            "prise",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="retraits",
                                to="projets.prisedevues",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "retrait d’autorisation",
                        "verbose_name_plural": "retraits d’autorisation",
                        "ordering": ["prise", "-recu_le", "-pk"],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("nombre__gt", 0)), name="retrait_positif")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Versement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                        (
                            "sens",
                            models.CharField(
                                choices=[
                                    ("versement", "Versement au porteur"),
                                    ("reversement", "Somme rendue par le porteur"),
                                ],
                                default="versement",
                                max_length=20,
                                verbose_name="sens",
                            ),
                        ),
                        ("montant", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="montant (€)")),
                        ("date", models.DateField(verbose_name="date du paiement")),
                        (
                            "reference",
                            models.CharField(blank=True, max_length=100, verbose_name="référence (mandat, virement)"),
                        ),
                        ("observation", models.TextField(blank=True, verbose_name="observation")),
                        ("saisi_le", models.DateTimeField(auto_now_add=True, verbose_name="saisi le")),
                        (
                            "annule_le",
                            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="annulé le"),
                        ),
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
                            "exercice",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versements",
                                to="projets.exercice",
                            ),
                        ),
                        (
                            "saisi_par",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("cle", models.UUIDField(editable=False, null=True, unique=True, verbose_name="clé de saisie")),
                        (
                            "derogation",
                            models.TextField(
                                blank=True, db_default="", editable=False, verbose_name="raison du versement anticipé"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["exercice", "date", "pk"],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("montant__gt", 0)), name="versement_positif"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("annule_le", None),
                                    models.Q(("motif_annulation", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="versement_annule_avec_motif",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AvisTroika",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pilote",
                            models.CharField(
                                choices=[
                                    ("pilote_en", "Pilote Éducation nationale"),
                                    ("pilote_prefecture", "Pilote préfecture"),
                                    ("pilote_ville", "Pilote ville"),
                                ],
                                max_length=30,
                                verbose_name="pilote",
                            ),
                        ),
                        (
                            "voix",
                            models.CharField(
                                choices=[
                                    ("pour", "Pour"),
                                    ("reserves", "Pour, avec réserves"),
                                    ("ajourner", "Ajourner"),
                                    ("contre", "Contre"),
                                ],
                                max_length=20,
                                verbose_name="voix",
                            ),
                        ),
                        ("motif", models.TextField(blank=True, verbose_name="motif")),
                        ("modifie_le", models.DateTimeField(auto_now=True, verbose_name="donnée le")),
                        (
                            "par",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "point",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="voix",
                                to="projets.pointordredujour",
                            ),
                        ),
                        (
                            "saisie_pour",
                            models.BooleanField(default=False, verbose_name="saisie par un autre que le pilote"),
                        ),
                    ],
                    options={
                        "verbose_name": "voix de la troïka",
                        "verbose_name_plural": "voix de la troïka",
                        "ordering": ["point", "pilote"],
                        "constraints": [models.UniqueConstraint(fields=("point", "pilote"), name="voix_unique")],
                    },
                ),
                migrations.CreateModel(
                    name="Decision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "sens",
                            models.CharField(
                                choices=[
                                    ("valide", "Validé"),
                                    ("reserves", "Validé sous réserves"),
                                    ("ajourne", "Ajourné"),
                                    ("refuse", "Refusé"),
                                ],
                                max_length=20,
                                verbose_name="décision",
                            ),
                        ),
                        (
                            "motif",
                            models.TextField(
                                blank=True,
                                help_text="Obligatoire pour un ajournement ou un refus.",
                                verbose_name="motif",
                            ),
                        ),
                        ("reserves", models.TextField(blank=True, verbose_name="réserves")),
                        (
                            "hors_temps_scolaire",
                            models.BooleanField(default=False, verbose_name="validé hors temps scolaire seulement"),
                        ),
                        (
                            "justification_depassement",
                            models.TextField(blank=True, verbose_name="justification du dépassement d’une enveloppe"),
                        ),
                        ("publiee", models.BooleanField(default=False, editable=False, verbose_name="publiée")),
                        ("modifiee_le", models.DateTimeField(auto_now=True, verbose_name="enregistrée le")),
                        (
                            "par",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "point",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="decision",
                                to="projets.pointordredujour",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "décision",
                        "ordering": ["point"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sens__in", ["ajourne", "refuse"]), _negated=True),
                                    models.Q(("motif", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="decision_negative_a_un_motif",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sens", "reserves"), _negated=True),
                                    models.Q(("reserves", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="decision_reserves_ecrites",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Deport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pilote",
                            models.CharField(
                                choices=[
                                    ("pilote_en", "Pilote Éducation nationale"),
                                    ("pilote_prefecture", "Pilote préfecture"),
                                    ("pilote_ville", "Pilote ville"),
                                ],
                                max_length=30,
                                verbose_name="pilote",
                            ),
                        ),
                        ("motif", models.TextField(verbose_name="motif")),
                        ("le", models.DateTimeField(auto_now_add=True, verbose_name="enregistré le")),
                        (
                            "par",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "point",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="deports",
                                to="projets.pointordredujour",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "déport",
                        "ordering": ["point", "pilote"],
                        "constraints": [models.UniqueConstraint(fields=("point", "pilote"), name="deport_unique")],
                    },
                ),
                migrations.CreateModel(
                    name="Depot",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("rang", models.PositiveSmallIntegerField(verbose_name="rang")),
                        ("donnees", models.JSONField(verbose_name="contenu")),
                        ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="déposé le")),
                        (
                            "piece",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="projets.piece",
                            ),
                        ),
                        (
                            "projet",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="depots", to="projets.projet"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "dépôt",
                        "ordering": ["projet", "-rang"],
                        "constraints": [models.UniqueConstraint(fields=("projet", "rang"), name="depot_unique")],
                    },
                ),
                migrations.CreateModel(
                    name="IndicateurBilan",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("libelle", models.TextField(verbose_name="indicateur")),
                        ("cible", models.TextField(blank=True, verbose_name="cible")),
                        ("resultat", models.TextField(blank=True, verbose_name="résultat")),
                        ("rang", models.PositiveSmallIntegerField(default=0, verbose_name="rang")),
                        (
                            "bilan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="indicateurs",
                                to="projets.bilan",
                            ),
                        ),
                        (
                            "appreciation",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("atteint", "Atteint"),
                                    ("partiel", "Partiellement atteint"),
                                    ("non_atteint", "Non atteint"),
                                    ("sans_objet", "Sans objet"),
                                ],
                                db_default="",
                                max_length=20,
                                verbose_name="appréciation",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "indicateur de bilan",
                        "verbose_name_plural": "indicateurs de bilan",
                        "ordering": ["bilan", "rang", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="LigneBilan",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "sens",
                            models.CharField(
                                choices=[("charge", "Charges"), ("produit", "Produits")],
                                max_length=10,
                                verbose_name="sens",
                            ),
                        ),
                        ("detail", models.TextField(blank=True, verbose_name="précisions")),
                        (
                            "prevu",
                            models.DecimalField(
                                decimal_places=2, default=Decimal("0"), max_digits=12, verbose_name="prévu (€)"
                            ),
                        ),
                        (
                            "realise",
                            models.DecimalField(
                                blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="réalisé (€)"
                            ),
                        ),
                        ("rang", models.PositiveSmallIntegerField(default=0, verbose_name="rang")),
                        (
                            "bilan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="lignes", to="projets.bilan"
                            ),
                        ),
                        (
                            "compte",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="projets.compte",
                                to_field="code",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "ligne de bilan",
                        "verbose_name_plural": "lignes de bilan",
                        "ordering": ["bilan", "sens", "rang", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("realise", None), ("realise__gte", 0), _connector="OR"),
                                name="realise_positif",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LigneRevisee",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "sens",
                            models.CharField(
                                choices=[("charge", "Charges"), ("produit", "Produits")],
                                max_length=10,
                                verbose_name="sens",
                            ),
                        ),
                        ("detail", models.TextField(blank=True, verbose_name="précisions")),
                        ("montant", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="montant (€)")),
                        ("rang", models.PositiveSmallIntegerField(verbose_name="rang")),
                        (
                            "budget",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lignes",
                                to="projets.budgetrevise",
                            ),
                        ),
                        (
                            "compte",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="projets.compte",
                                to_field="code",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "ligne de budget révisé",
                        "verbose_name_plural": "lignes de budget révisé",
                        "ordering": ["budget", "sens", "rang", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("montant__gte", 0)), name="ligne_revisee_positive"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RetourBilan",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("champ", models.CharField(max_length=60, verbose_name="réponse")),
                        ("libelle", models.CharField(max_length=400, verbose_name="intitulé")),
                        ("demande", models.TextField(verbose_name="ce qu’il faut compléter")),
                        ("reponse", models.TextField(blank=True, verbose_name="réponse du porteur")),
                        ("avant", models.TextField(blank=True, verbose_name="ce que disait le bilan")),
                        ("apres", models.TextField(blank=True, verbose_name="ce qu’il dit depuis")),
                        ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="demandé le")),
                        ("regle_le", models.DateTimeField(blank=True, null=True, verbose_name="déposé à nouveau le")),
                        (
                            "bilan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="retours", to="projets.bilan"
                            ),
                        ),
                        (
                            "par",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "point à compléter d’un bilan",
                        "verbose_name_plural": "points à compléter des bilans",
                        "ordering": ["bilan", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("regle_le", None)),
                                fields=("bilan", "champ"),
                                name="retour_ouvert_unique",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("demande", ""), _negated=True), name="retour_a_une_demande"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SupportCommunication",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("phrase", models.BooleanField(default=False, verbose_name="la phrase demandée y figure")),
                        ("logos", models.BooleanField(default=False, verbose_name="les logos demandés y figurent")),
                        ("modifie_le", models.DateTimeField(auto_now=True, verbose_name="modifié le")),
                        (
                            "piece",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE, related_name="support", to="projets.piece"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "support de communication",
                        "verbose_name_plural": "supports de communication",
                        "ordering": ["piece"],
                    },
                ),
                migrations.CreateModel(
                    name="DepassementEnveloppe",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                        (
                            "montant",
                            models.DecimalField(decimal_places=2, max_digits=12, verbose_name="dépassement (€)"),
                        ),
                        ("motif", models.TextField(verbose_name="motif")),
                        (
                            "le",
                            models.DateTimeField(
                                default=django.utils.timezone.now, editable=False, verbose_name="motivé le"
                            ),
                        ),
                        (
                            "appel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="depassements",
                                to="projets.appel",
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
                        "indexes": [models.Index(fields=["appel", "annee", "financeur"], name="depassement_enveloppe")],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("montant__gt", 0)), name="depassement_positif"),
                            models.CheckConstraint(
                                condition=models.Q(("motif", ""), _negated=True), name="depassement_a_un_motif"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decision__isnull", False),
                                        ("mouvement__isnull", True),
                                        ("seance__isnull", True),
                                    ),
                                    models.Q(
                                        ("decision__isnull", True),
                                        ("mouvement__isnull", False),
                                        ("seance__isnull", True),
                                    ),
                                    models.Q(
                                        ("decision__isnull", True),
                                        ("mouvement__isnull", True),
                                        ("seance__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="depassement_a_une_cause",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Lettre",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reference", models.CharField(max_length=30, unique=True, verbose_name="référence")),
                        ("donnees", models.JSONField(verbose_name="contenu")),
                        ("creee_le", models.DateTimeField(auto_now_add=True, verbose_name="écrite le")),
                        (
                            "decision",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lettre",
                                to="projets.decision",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-creee_le", "-pk"],
                    },
                ),
                migrations.CreateModel(
                    name="MontantAccorde",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                        (
                            "montant",
                            models.DecimalField(decimal_places=2, max_digits=12, verbose_name="montant accordé (€)"),
                        ),
                        (
                            "decision",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="montants",
                                to="projets.decision",
                            ),
                        ),
                        (
                            "exercice",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="montants_accordes",
                                to="projets.exercice",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "montant accordé",
                        "verbose_name_plural": "montants accordés",
                        "ordering": ["exercice", "financeur"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("decision", "exercice", "financeur"), name="montant_accorde_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("montant__gte", 0)), name="montant_accorde_positif"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AvisIEN",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "autorite",
                            models.CharField(
                                choices=[
                                    ("ien", "IEN (1er degré)"),
                                    ("autorite_en", "Éducation nationale (2nd degré)"),
                                ],
                                max_length=20,
                                verbose_name="autorité",
                            ),
                        ),
                        ("empreinte", models.CharField(max_length=64, verbose_name="empreinte de la partie scolaire")),
                        (
                            "demande_le",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="demandé le"),
                        ),
                        ("rendu_le", models.DateTimeField(blank=True, null=True, verbose_name="rendu le")),
                        (
                            "sens",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("favorable", "Favorable"),
                                    ("reserve", "Favorable avec réserves"),
                                    ("defavorable", "Défavorable"),
                                ],
                                max_length=20,
                                verbose_name="avis",
                            ),
                        ),
                        ("motif", models.TextField(blank=True, verbose_name="motif")),
                        ("par_lien", models.BooleanField(default=False, verbose_name="rendu par le lien du courriel")),
                        (
                            "secret",
                            models.CharField(
                                default=projets.models.instruction.nouveau_secret,
                                editable=False,
                                max_length=64,
                                verbose_name="secret du lien",
                            ),
                        ),
                        ("remplace", models.BooleanField(default=False, verbose_name="remplacé")),
                        (
                            "par",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "projet",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="avis_ien",
                                to="projets.projet",
                            ),
                        ),
                        (
                            "correspondant",
                            models.ForeignKey(
                                blank=True,
                                help_text="Vide : à toutes les personnes qui ont ce rôle.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="correspondants.correspondant",
                                verbose_name="adressé à",
                            ),
                        ),
                        (
                            "corrige_le",
                            models.DateTimeField(
                                blank=True,
                                help_text="Cet avis remplacé l’a été par une correction.",
                                null=True,
                                verbose_name="corrigé par son auteur le",
                            ),
                        ),
                        (
                            "depot",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="projets.depot",
                                verbose_name="version du dossier lue",
                            ),
                        ),
                        (
                            "lien_envoye_le",
                            models.DateTimeField(
                                default=django.utils.timezone.now, editable=False, verbose_name="lien envoyé le"
                            ),
                        ),
                        (
                            "lien_expire_le",
                            models.DateTimeField(
                                default=projets.models.instruction.fin_du_lien,
                                editable=False,
                                verbose_name="lien valable jusqu’au",
                            ),
                        ),
                        (
                            "lien_revoque_le",
                            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="lien révoqué le"),
                        ),
                        (
                            "partie",
                            models.JSONField(
                                blank=True, default=list, editable=False, verbose_name="partie scolaire demandée"
                            ),
                        ),
                        (
                            "delegation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="projets.delegationavis",
                                verbose_name="rendu sur délégation",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "avis sur le temps scolaire",
                        "verbose_name_plural": "avis sur le temps scolaire",
                        "ordering": ["projet", "pk"],
                        "indexes": [
                            models.Index(fields=["autorite", "rendu_le"], name="avis_autorite"),
                            models.Index(
                                condition=models.Q(("remplace", False), ("rendu_le", None)),
                                fields=["demande_le"],
                                name="avis_attendu",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("rendu_le", None), ("sens", "")),
                                    models.Q(
                                        ("rendu_le__isnull", False),
                                        ("sens__in", ["favorable", "reserve", "defavorable"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="avis_rendu_a_un_sens",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sens__in", ["reserve", "defavorable"]), _negated=True),
                                    models.Q(("motif", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="avis_reserve_a_un_motif",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("correspondant", None), ("remplace", False)),
                                fields=("projet", "autorite"),
                                name="avis_unique",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("correspondant__isnull", False), ("remplace", False)),
                                fields=("projet", "autorite", "correspondant"),
                                name="avis_unique_par_correspondant",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DelegationAvis",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("nom", models.CharField(max_length=80, verbose_name="prénom et nom")),
                        ("courriel", models.EmailField(max_length=254, verbose_name="adresse électronique")),
                        ("message", models.TextField(blank=True, verbose_name="message")),
                        (
                            "par_lien",
                            models.BooleanField(default=False, verbose_name="transmis par le lien du courriel"),
                        ),
                        (
                            "secret",
                            models.CharField(
                                default=projets.models.instruction.nouveau_secret,
                                editable=False,
                                max_length=64,
                                verbose_name="secret du lien",
                            ),
                        ),
                        ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="transmis le")),
                        (
                            "lien_expire_le",
                            models.DateTimeField(
                                default=projets.models.instruction.fin_du_lien,
                                editable=False,
                                verbose_name="lien valable jusqu’au",
                            ),
                        ),
                        ("revoquee_le", models.DateTimeField(blank=True, null=True, verbose_name="reprise le")),
                        (
                            "avis",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="delegations",
                                to="projets.avisien",
                            ),
                        ),
                        (
                            "par",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "délégation d’avis",
                        "verbose_name_plural": "délégations d’avis",
                        "ordering": ["avis", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("revoquee_le", None)),
                                fields=("avis", "courriel"),
                                name="delegation_unique",
                            )
                        ],
                    },
                ),
            ]
        ),
        migrations.RunPython(indexer_la_recherche, migrations.RunPython.noop),
        migrations.RunPython(indexer_les_derniers, migrations.RunPython.noop),
        migrations.RunPython(fermer, rouvrir),
    ]
