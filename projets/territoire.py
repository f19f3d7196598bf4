"""The plan of the cité: its levels and its quartiers, with the funded projects of each, from the database only.

The plan is a scheme and says so: nothing is placed where it might not be. Its table says the same. A map stands beside it as
soon as the database holds coordinates (``carte.py``).
Lengths are whole units of the drawing, about one pixel of a telephone.
"""

from collections import defaultdict
from dataclasses import dataclass
from math import sqrt
from textwrap import wrap

from django.db.models import Count, QuerySet

from correspondants.models import Etablissement, Quartier

from .carte import Carte, carte
from .fraicheur import retenir
from .models import MONTRES, Appel, Projet

FRAICHEUR = 60  # seconds: numbers that move a few times a year
LARGEUR = 360
MARGE = 8
INTERLIGNE = 16
RAYON = (9, 21)
SIGNES_DU_NOM = 46
# What has no level: the other schools of the call, and the places that are no school of the cité.
TITRES = {"autre": ("Autres établissements", "Autres"), "": ("Autres lieux", "Ailleurs")}
SIGNES_D_UNE_COLONNE = 56  # over the number of columns of a plan, by line


@dataclass(frozen=True)
class Colonne:
    """A level of the call with its schools, or what has none; ``court`` is its title on the drawing."""

    titre: str
    court: str
    noms: tuple[str, ...]
    lignes: tuple[str, ...]
    x: int


@dataclass(frozen=True)
class Case:
    """Funded projects of one quartier at one level; a disc as large as they are many."""

    colonne: Colonne
    nombre: int
    rayon: int
    y: int


@dataclass(frozen=True)
class Ligne:
    nom: str
    lignes: tuple[str, ...]
    precision: str
    total: int
    cases: tuple[Case, ...]
    haut: int
    hauteur: int

    @property
    def textes(self) -> list[tuple[int, str]]:
        """Each line of the name with where it is written."""
        return [(self.haut + 20 + rang * INTERLIGNE, texte) for rang, texte in enumerate(self.lignes)]

    @property
    def y_precision(self) -> int:
        return self.haut + 20 + len(self.lignes) * INTERLIGNE

    @property
    def centre(self) -> int:
        return self.haut + self.hauteur - RAYON[1] - 8


@dataclass(frozen=True)
class Plan:
    colonnes: tuple[Colonne, ...]
    lignes: tuple[Ligne, ...]
    total: int
    tete: int
    hauteur: int
    carte: Carte | None

    @property
    def largeur(self) -> int:
        return LARGEUR

    @property
    def nombre_quartiers(self) -> int:
        return sum(1 for ligne in self.lignes if ligne.precision)


def plan(appel: Appel) -> Plan | None:
    """The plan of the current call; None when the database knows neither level nor quartier."""
    return retenir("", f"territoire:{appel.pk}", lambda: (_dessiner(appel),), FRAICHEUR)[0]


def a_un_plan() -> bool:
    """Whether there is one to draw, without counting any project."""
    return Quartier.objects.exists() or Etablissement.objects.filter(niveau__gt=0).exists()


def finances(appel: Appel) -> QuerySet[Projet]:
    """The projects of a call that were granted: what the public may count."""
    return Projet.objects.filter(appel=appel, statut__in=MONTRES)


def _dessiner(appel: Appel) -> Plan | None:
    etablissements, quartiers = (
        list(Etablissement.objects.order_by("niveau", "ordre", "nom")),
        list(Quartier.objects.all()),
    )
    if not quartiers and not any(un.niveau for un in etablissements):  # as ``a_un_plan``
        return None
    projets = finances(appel).order_by()
    nombres: dict[tuple[str | None, object], int] = defaultdict(int)
    for quartier, niveau, degre, n in projets.values_list(
        "quartiers__code", "etablissements__niveau", "etablissements__degre"
    ).annotate(n=Count("pk", distinct=True)):
        nombres[quartier, _cle(niveau, degre)] += n
    totaux = dict(projets.values_list("quartiers__code").annotate(n=Count("pk", distinct=True)))
    sans_ecole = any(n for (_, cle), n in nombres.items() if cle == "")
    colonnes = _colonnes(etablissements, sans_ecole)
    plus_grand = max(nombres.values(), default=0)
    tete = 34 + max(len(colonne.lignes) for colonne, _ in colonnes) * INTERLIGNE
    lignes, haut = [], tete
    noms = [(q.code, q.nom, _geographie(q)) for q in quartiers]
    if totaux.get(None):
        noms.append((None, "Ailleurs, ou dans toute la commune", ""))
    for code, nom, precision in noms:
        lignes_du_nom = tuple(wrap(nom, SIGNES_DU_NOM)[:3])
        hauteur = 20 + len(lignes_du_nom) * INTERLIGNE + (INTERLIGNE if precision else 0) + 2 * RAYON[1] + 6
        centre = haut + hauteur - RAYON[1] - 8
        cases = tuple(
            Case(colonne, n := nombres[code, cle], _rayon(n, plus_grand), centre) for colonne, cle in colonnes
        )
        lignes.append(Ligne(nom, lignes_du_nom, precision, totaux.get(code, 0), cases, haut, hauteur))
        haut += hauteur + 8
    return Plan(
        tuple(colonne for colonne, _ in colonnes),
        tuple(lignes),
        projets.count(),
        tete,
        haut,
        carte(quartiers, etablissements),
    )


def _cle(niveau: int | None, degre: str | None) -> object:
    """A level; « autre » for a school that has none, nothing for a place that is no school of the cité."""
    return niveau if niveau is not None else ("autre" if degre else "")


def _pas(nombre: int) -> int:
    return (LARGEUR - 2 * MARGE) // max(nombre, 1)


def _colonnes(etablissements: list[Etablissement], sans_ecole: bool) -> list[tuple[Colonne, object]]:
    par_niveau: dict[object, list[str]] = defaultdict(list)
    for un in sorted(etablissements, key=lambda un: (un.niveau is None, un.niveau or 0)):
        par_niveau[_cle(un.niveau, un.degre)].append(un.nom)
    if sans_ecole or not par_niveau:
        par_niveau[""] = []
    pas = _pas(len(par_niveau))
    signes = max(8, SIGNES_D_UNE_COLONNE // len(par_niveau))
    colonnes = []
    for rang, (cle, noms) in enumerate(par_niveau.items()):
        titre, court = TITRES.get(cle, (f"Niveau {cle}", f"Niveau {cle}"))
        lignes = wrap(noms[0], signes)[:3] if len(noms) == 1 else [f"{len(noms)} lieux"] * bool(noms)
        colonnes.append((Colonne(titre, court, tuple(noms), tuple(lignes), MARGE + pas * rang + pas // 2), cle))
    return colonnes


def _rayon(nombre: int, plus_grand: int) -> int:
    """The area, not the width, says the number."""
    petit, grand = RAYON
    return round(petit + (grand - petit) * sqrt(nombre / plus_grand)) if nombre else 3


def _geographie(quartier: Quartier) -> str:
    """Which maps of the State list it."""
    cartes = [
        nom
        for nom, dedans in (("2014", quartier.geographie_2014), ("quartiers 2030", quartier.geographie_2030))
        if dedans
    ]
    return f"Quartier prioritaire, géographie {' et '.join(cartes)}" if cartes else "Quartier de la cité"
