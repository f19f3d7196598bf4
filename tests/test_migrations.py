"""Migrations that the running code survives: the new database serves the old code, before and after an upgrade.

« Une migration ne retire ni ne renomme rien, et toute colonne nouvelle est facultative ou a une valeur en base. »
"""

from collections.abc import Callable, Iterable, Iterator

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from projets.sauvegarde import cibles
from projets.sauvegarde.archive import Manifeste

# Before the first installation, nobody ran the old code.
ORIGINE = {"projets": 15, "correspondants": 4}
# (app, migration, model or field) -> why the old code does not mind.
PERMIS: dict[tuple[str, str, str], str] = {}


def numero(nom: str) -> int:
    return int(nom[:4])


def griefs(operation: Operation, app: str, avant: ProjectState) -> Iterator[tuple[str, str]]:
    """What the old code would trip on: the name concerned, and the sentence."""
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        for interne in operation.database_operations:
            yield from griefs(interne, app, avant)
    elif isinstance(operation, migrations.RemoveField | migrations.DeleteModel):
        yield operation.name, "retire ce que l’ancien code lit encore : à faire une version plus tard"
    elif isinstance(operation, migrations.RenameField | migrations.RenameModel | migrations.AlterModelTable):
        yield getattr(operation, "new_name", operation.name), "renomme : ajoutez, copiez, puis retirez plus tard"
    elif isinstance(operation, migrations.AddField):
        champ = operation.field
        if not (champ.null or champ.many_to_many or champ.has_db_default()):
            yield operation.name, "ajoute une colonne obligatoire sans valeur en base : null=True, ou db_default"
    elif isinstance(operation, migrations.AlterField):
        ancien = avant.models[app, operation.model_name_lower].fields[operation.name]
        champ = operation.field
        if ancien.null and not champ.null and not champ.has_db_default():
            yield operation.name, "rend obligatoire une colonne que l’ancien code laisse vide"
        if (getattr(ancien, "max_length", None) or 0) > (getattr(champ, "max_length", None) or 10**9):
            yield operation.name, "raccourcit une colonne"
    elif isinstance(operation, migrations.RunPython | migrations.RunSQL) and not operation.reversible:
        yield "", "ne sait pas se défaire"


def fautes(app: str, nom: str, migration: migrations.Migration, etat: ProjectState) -> list[str]:
    """Plays a migration on ``etat``, and says what is wrong with it."""
    trouvees, neufs = [], set()
    for operation in migration.operations:
        if numero(nom) > ORIGINE[app]:
            for quoi, phrase in griefs(operation, app, etat):
                if getattr(operation, "model_name_lower", "") not in neufs and (app, nom, quoi) not in PERMIS:
                    trouvees.append(f"{app}.{nom} : {operation.describe()} ({quoi}) {phrase}.")
        if isinstance(operation, migrations.CreateModel):
            neufs.add(operation.name_lower)  # the old code knows nothing of a table it has never seen
        operation.state_forwards(app, etat)
    return trouvees


def test_les_migrations_laissent_vivre_l_ancien_code() -> None:
    chargeur = MigrationLoader(None, replace_migrations=False)  # what installations run that are there already
    etat, trouvees, vues = ProjectState(), [], set()
    for app, nom in (cle for feuille in chargeur.graph.leaf_nodes() for cle in chargeur.graph.forwards_plan(feuille)):
        if (app, nom) in vues:
            continue
        vues.add((app, nom))
        migration = chargeur.graph.nodes[app, nom]
        if migration.replaces:
            continue
        if app in ORIGINE:
            trouvees += fautes(app, nom, migration, etat)
        else:
            migration.mutate_state(etat, preserve=False)
    assert not trouvees, "\n".join(trouvees)
    assert {app for app, _ in vues} >= set(ORIGINE)


def etat_final(*, une_par_une: bool) -> dict[tuple[str, str], tuple]:
    """What each model is once all is run: its fields in order, and all that makes tables, indexes and constraints."""
    chargeur = MigrationLoader(None, replace_migrations=not une_par_une)
    resumes = {cle for cle, migration in chargeur.disk_migrations.items() if migration.replaces}
    feuilles = [cle for cle in chargeur.graph.leaf_nodes() if not (une_par_une and cle in resumes)]
    modeles = chargeur.graph.make_state(feuilles, real_apps=chargeur.unmigrated_apps).models
    return {
        cle: (
            [(nom, champ.deconstruct()[1:]) for nom, champ in modele.fields.items()],
            {nom: {un.name: un for un in modele.options.get(nom, ())} for nom in ("indexes", "constraints")},
            {nom: valeur for nom, valeur in modele.options.items() if nom not in ("indexes", "constraints")},
        )
        for cle, modele in modeles.items()
    }


def test_une_base_neuve_est_celle_des_migrations_une_par_une() -> None:
    """The migration that sums up the first ones leaves what they leave, the order of the columns included."""
    neuve, ancienne = etat_final(une_par_une=False), etat_final(une_par_une=True)
    assert neuve.keys() == ancienne.keys()
    for cle, modele in neuve.items():
        assert modele == ancienne[cle], cle


def manifeste_de(passees: Iterable[tuple[str, str]]) -> Manifeste:
    return Manifeste("postgresql", "15", "2026-01-01", "5.2", [list(une) for une in passees])


def toutes() -> list[tuple[str, str]]:
    return sorted(MigrationLoader(None).disk_migrations)


@pytest.mark.parametrize(
    ("sauf", "tables"),
    [
        # Nothing but the summary is missing: the base had run, one by one, all that it sums up.
        (lambda nom: "_squashed_" in nom, "0001_squashed_0036_cumuls"),
        (lambda nom: "_squashed_" in nom or nom >= "0035", "0034_ordre_des_titres"),
        (lambda nom: "_squashed_" in nom or nom >= "0003", "0002_journal_inalterable"),
    ],
)
def test_une_archive_d_avant_le_resume_retrouve_ses_tables(sauf: Callable[[str], bool], tables: str) -> None:
    passees = [(app, nom) for app, nom in toutes() if app != "projets" or not (sauf(nom) or nom > "0036_z")]
    chargeur = MigrationLoader(None)
    trouvees = cibles.dernieres(chargeur, manifeste_de(passees))
    assert [nom for app, nom in trouvees if app == "projets"] == [tables]
    a_jouer = {nom for cle in trouvees for app, nom in chargeur.graph.forwards_plan(cle) if app == "projets"}
    assert a_jouer == ({tables} if "_squashed_" in tables else {nom for app, nom in passees if app == "projets"})


def avec(*champs: tuple[str, models.Field]) -> ProjectState:
    etat = ProjectState()
    migrations.CreateModel("Chose", [("id", models.BigAutoField(primary_key=True)), *champs]).state_forwards(
        "projets", etat
    )
    return etat


@pytest.mark.parametrize(
    ("operation", "phrase"),
    [
        (migrations.RemoveField("chose", "nom"), "retire"),
        (migrations.DeleteModel("Chose"), "retire"),
        (migrations.RenameField("chose", "nom", "titre"), "renomme"),
        (migrations.AddField("chose", "age", models.IntegerField(default=3)), "obligatoire sans valeur en base"),
        (migrations.AddField("chose", "age", models.IntegerField(db_default=3)), ""),
        (migrations.AddField("chose", "age", models.IntegerField(null=True)), ""),
        (migrations.AlterField("chose", "nom", models.CharField(max_length=50)), "rend obligatoire"),
        (migrations.AlterField("chose", "nom", models.CharField(max_length=10, null=True)), "raccourcit"),
        (migrations.AlterField("chose", "nom", models.TextField(null=True)), ""),
        (migrations.RunSQL("SELECT 1"), "se défaire"),
        (migrations.RunPython(print, migrations.RunPython.noop), ""),
        (migrations.SeparateDatabaseAndState([migrations.RemoveField("chose", "nom")]), "retire"),
    ],
)
def test_chaque_faute_est_reconnue(operation: Operation, phrase: str) -> None:
    etat = avec(("nom", models.CharField(max_length=50, null=True)))
    dites = [dite for _, dite in griefs(operation, "projets", etat)]
    assert bool(dites) is bool(phrase)
    assert all(phrase in dite for dite in dites)
