# ruff: noqa: S608 -- our own tables and columns, never a value
"""What the desk has to know before anything else, read in one query: the mark that tells whether something happened, whether the
kept facts say everything, the filters that the person keeps, and what the due dates of each edition are worked out from."""

from dataclasses import dataclass
from functools import cache

from cite_educative.preparees import executer
from correspondants.models import Utilisateur

from .echeances import DatesAppel
from .fraicheur import dire_la_marque, requete_de_la_marque
from .models import Appel, ARecompter, FiltreEnregistre

_FILTRE, _APPEL = 0, 1


@dataclass(frozen=True)
class Ouverture:
    """``marque``: see ``fraicheur.marque``. ``a_jour``: nothing waits to be folded into the kept facts (``cumuls``)."""

    marque: str
    a_jour: bool
    filtres: list[FiltreEnregistre]
    appels: tuple[DatesAppel, ...]


def ouvrir(utilisateur: Utilisateur) -> Ouverture:
    """What holds now, for this person; her filters in her order, the editions by their keys."""
    lignes = executer(_requete(), [utilisateur.pk, utilisateur.pk])
    *marque, attend = lignes[0][:-8]
    filtres, appels = [], []
    for genre, ordre, pk, un, deux, trois, nom, parametres in (ligne[-8:] for ligne in lignes):
        if genre == _FILTRE:
            filtres.append(
                FiltreEnregistre(
                    pk=pk, utilisateur=utilisateur, ordre=ordre, par_defaut=bool(un), nom=nom, parametres=parametres
                )
            )
        elif genre == _APPEL:
            appels.append(DatesAppel(pk, un, deux, trois))
    filtres.sort(key=lambda filtre: (filtre.ordre, filtre.pk))
    return Ouverture(dire_la_marque(marque), not attend, filtres, tuple(sorted(appels)))


@cache
def _requete() -> str:
    """One row for each filter and each edition, or one with neither; the mark is said again on each."""
    filtres, appels, attente = (modele._meta.db_table for modele in (FiltreEnregistre, Appel, ARecompter))
    attend = f"(SELECT CASE WHEN EXISTS(SELECT 1 FROM {attente}) THEN 1 ELSE 0 END)"
    return (
        f"SELECT m.*, l.* FROM (SELECT marque.*, {attend} FROM ({requete_de_la_marque()}) marque) m LEFT JOIN ("
        f"SELECT {_FILTRE}, ordre, id, CASE WHEN par_defaut THEN 1 ELSE 0 END, 0, 0, nom, parametres FROM {filtres}"
        f" WHERE utilisateur_id = %s UNION ALL SELECT {_APPEL}, 0, id, {', '.join(DatesAppel._fields[1:])}, '', ''"
        f" FROM {appels}) l ON 1 = 1"
    )
