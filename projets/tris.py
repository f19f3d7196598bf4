"""The orders of the list of projects: each is read in an index, one way or the other."""

from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy, RawSQL
from django.db.models.functions import Lower
from django.http import QueryDict

from .models import FaitExercice, Projet
from .models.ordres import RangStatut, TitreTrie

_FAITS = FaitExercice._meta.db_table
TRIS = {
    "numero": F("numero"),
    "titre": TitreTrie("titre"),
    "structure": Lower("structure__nom"),
    "statut": RangStatut("statut"),
    "demande": F("montant_demande"),
    "accorde": F("montant_accorde"),
    "depose_le": F("depose_le"),
}
TRI_PAR_DEFAUT = "-depose_le"


def tri_demande(donnees: QueryDict) -> str:
    """The order asked for, or the latest deposits first when it is not one of ours."""
    tri = donnees.get("tri", "")
    return tri if tri.removeprefix("-") in TRIS else TRI_PAR_DEFAUT


# Never empty for a deposited project: saying « nulls last » of them would only keep the indexes from serving.
JAMAIS_VIDES = {"numero", "titre", "structure", "statut", "demande", "depose_le"}


def ordre_de(tri: str, *, dans_l_annee: bool = False) -> tuple[OrderBy, OrderBy]:
    """The order of the list, ended by the primary key: two rows are never equal. Both go the same way, so that one index
    serves an order and its reverse. ``dans_l_annee``: the order of the deposits, as ``de_l_annee`` gives it."""
    if dans_l_annee:
        return tuple(
            OrderBy(RawSQL(f"{_FAITS}.{un}", []), descending=tri.startswith("-"))  # noqa: S611
            for un in ("depose_le", "projet")
        )
    nom, recule = tri.removeprefix("-"), tri.startswith("-")
    derniers = None if nom in JAMAIS_VIDES else True
    cle = OrderBy(TRIS[nom], descending=recule, nulls_last=derniers)
    return cle, OrderBy(F("pk"), descending=recule)


def de_l_annee(projets: QuerySet[Projet], annee: int | str) -> QuerySet[Projet]:
    """Those deposited with a budget in that civil year, each once, joined to the kept fact that says so: an index gives
    them in the order of the deposits. Only once ``cumuls.a_jour`` has said yes."""
    # No field leads from one to the other: a fact must outlive its project.
    return projets.extra(  # noqa: S610
        tables=[_FAITS],
        where=[f"{_FAITS}.projet = projets_projet.id", f"{_FAITS}.annee = %s", f"{_FAITS}.depose_le IS NOT NULL"],
        params=[int(annee)],
    )


def trier(projets: QuerySet[Projet], tri: str) -> QuerySet[Projet]:
    return projets.order_by(*ordre_de(tri))
