"""Migrations that the running code survives: the new database serves the old code, before and after an upgrade.

« Une migration ne retire ni ne renomme rien, et toute colonne nouvelle est facultative ou a une valeur en base. »
"""

from collections.abc import Iterator

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

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
    chargeur = MigrationLoader(None)
    etat, trouvees, vues = ProjectState(), [], set()
    for app, nom in (cle for feuille in chargeur.graph.leaf_nodes() for cle in chargeur.graph.forwards_plan(feuille)):
        if (app, nom) in vues:
            continue
        vues.add((app, nom))
        migration = chargeur.graph.nodes[app, nom]
        if app in ORIGINE:
            trouvees += fautes(app, nom, migration, etat)
        else:
            migration.mutate_state(etat, preserve=False)
    assert not trouvees, "\n".join(trouvees)
    assert {app for app, _ in vues} >= set(ORIGINE)


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
