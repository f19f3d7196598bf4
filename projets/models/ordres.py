"""What rows are put in order by, as expressions that an index can hold."""

from django.db import models

from ..enums import Statut


class TitreTrie(models.Func):
    """What puts titles in order. Cut, for an index holds no more than a page of text; written without a parameter, for SQLite
    would not know its index again."""

    template = "LOWER(SUBSTR(%(expressions)s, 1, 200))"
    output_field = models.TextField()


class RangStatut(models.Func):
    """What puts statuts in the order of the workflow, written without a parameter for the same reason."""

    template = "CASE %(expressions)s {} END".format(
        " ".join(f"WHEN '{statut.value}' THEN {rang}" for rang, statut in enumerate(Statut))
    )
    output_field = models.IntegerField()
