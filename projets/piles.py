# ruff: noqa: S608 -- the SQL is put together from what the ORM wrote and from constants of this file
"""The piles of the desk as one person reads them: how much waits, the first of it, and the gesture that settles it.

One query counts them all and finds what each shows first, whatever the number of projects; it is written once per process for
those who hold the same roles on the same day (``preparees``).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from django.db.models import Exists, F, IntegerField, OuterRef, Q, QuerySet, Value
from django.urls import reverse
from django.utils import timezone

from cite_educative.preparees import Preparee, executer
from correspondants.enums import COORDINATEURS
from correspondants.models import Structure, Utilisateur

from .bilans_tenus import retardes
from .bureau import FILES, MEMOIRE_MESSAGES, File, Perimetre, avis_tardifs, non_lus
from .echeances import DatesAppel, bilans_retardes, dates_des_appels
from .enums import GenreBilan, Statut, StatutBilan
from .fraicheur import retenir
from .models import (
    Appel,
    ARecompter,
    Bilan,
    Courriel,
    Exercice,
    FaitExercice,
    Projet,
    SeanceTroika,
    echeance,
    echeance_prolongee,
)
from .permissions import est_coordinateur
from .temps_scolaire import DELAI_AVIS

LIGNES = 3  # rows of each pile on the desk
COMPTE_MAX = 200  # beyond it, a pile says « 200 et plus »: counting further would only be slow
PAR_LIGNE = 20  # awaited opinions that are looked at for each row: a project asks for a few
SONDES = 2 * COMPTE_MAX  # messages, or late bilans, that are looked at: a project may have several
_PAR_CODE = {file.code: file for file in FILES}
_RIEN = "CAST(NULL AS timestamp with time zone)"
# The first of what a part names: of each project its oldest, or each for itself, the oldest civil year first.
_PAR_PROJET = "SELECT projet, 0 AS annee, 0 AS exercice, MIN(depuis) AS depuis FROM {} GROUP BY projet ORDER BY 4, 1"
_PAR_ANNEE = f"SELECT projet, annee, exercice, {_RIEN} AS depuis FROM {{}} ORDER BY annee, exercice"
# What a row of the query tells: how many, one of the first, a mail that did not leave, kept facts that are late.
_COMPTE, _TETE, _ECHEC, _ATTEND = 0, 1, 2, 3


@dataclass(frozen=True)
class Attente:
    """One thing that waits. ``lot`` is the code of the action in lot behind the button; empty: the button is a link."""

    numero: str
    titre: str
    structure: str
    depuis: datetime | date
    url: str
    jeton: str
    lot: str = ""


@dataclass(frozen=True)
class Pile:
    file: File
    nombre: int
    lignes: tuple[Attente, ...]
    url: str
    actif: bool

    @property
    def nombre_en_mots(self) -> str:
        return f"{COMPTE_MAX} et plus" if self.nombre >= COMPTE_MAX else str(self.nombre)


@dataclass(frozen=True)
class Suite:
    """What comes next, when nothing waits."""

    seance: SeanceTroika | None
    echeance: date | None


def piles(
    utilisateur: Utilisateur,
    courante: str,
    vue: str,
    appels: tuple[DatesAppel, ...] | None = None,
    *,
    tenus: bool = True,
) -> tuple[list[Pile], bool]:
    """Every pile of a person, empty or not, and whether a mail of the portal did not leave.

    For a coordinator, what is in one's charge and not one's own project; for the other services, everything. Read again
    as soon as something happened (``vue``, a ``fraicheur.marque``). ``appels``, ``tenus``: as ``lire_les_piles`` takes them.
    """
    quoi = f"piles:{utilisateur.pk}:{','.join(sorted(utilisateur.roles))}"
    lues, echec = retenir(vue, quoi, lambda: lire_les_piles(utilisateur, appels, tenus=tenus))
    return [Pile(_PAR_CODE[code], nombre, lignes, url, code == courante) for code, nombre, lignes, url in lues], echec


def lire_les_piles(
    utilisateur: Utilisateur, appels: tuple[DatesAppel, ...] | None = None, *, tenus: bool = True
) -> tuple[list[tuple[str, int, tuple[Attente, ...], str]], bool]:
    """(code, number, first rows, address) of each pile, and whether a mail did not leave: as things are now.

    ``appels``: the due dates of every edition, when they were read already. ``tenus``: the kept facts tell of the bilans, unless
    something waits to be folded into them.
    """
    maintenant = timezone.now()
    appels = dates_des_appels() if appels is None else appels
    roles, jour = frozenset(utilisateur.roles), timezone.localdate(maintenant)
    lues = _lecture(roles, jour, appels, tenus=True).lire(utilisateur, maintenant) if tenus else [(_ATTEND,)]
    if any(ligne[0] == _ATTEND for ligne in lues):
        lues = _lecture(roles, jour, appels, tenus=False).lire(utilisateur, maintenant)
    nombres: dict[int, int] = {}
    tetes: dict[int, list[tuple[Any, ...]]] = {rang: [] for rang in range(len(FILES))}
    echec = False
    for quoi, rang, projet, annee, exercice, depuis, *dit in lues:
        if quoi == _COMPTE:
            nombres[rang] = projet
        elif quoi == _ECHEC:
            echec = True
        else:
            tetes[rang].append((_moment(depuis), annee, exercice, projet, dit))
    par_pk = {appel.pk: appel for appel in appels}
    attentes = [list(_de_la_file(file, tetes[rang], par_pk)) for rang, file in enumerate(FILES)]
    miennes = _charge(utilisateur)
    liste = []
    for rang, file in enumerate(FILES):
        tout = file.commune or miennes is None
        url = f"?a_faire={file.code}{'' if tout else '&coordination=miens'}"
        liste.append((file.code, nombres[rang], tuple(attentes[rang]), url))
    return liste, echec


def _charge(utilisateur: Utilisateur) -> frozenset[str] | None:
    return COORDINATEURS & utilisateur.roles if est_coordinateur(utilisateur) else None


def _moment(valeur: datetime | str | None) -> datetime | None:
    """A moment read by hand: SQLite keeps them as words."""
    return datetime.fromisoformat(valeur).replace(tzinfo=UTC) if isinstance(valeur, str) else valeur


def _jour(valeur: date | str | None) -> date | None:
    return date.fromisoformat(valeur) if isinstance(valeur, str) else valeur


# --- the query ----------------------------------------------------------------------------------------------------------


class _Lecture:
    """The one query of those who hold some roles, some day. Its rows: what, rank of the pile, project (or number), civil
    year, exercice, since when; then what is shown of the project."""

    def __init__(self, roles: frozenset[str], jour: date, appels: tuple[DatesAppel, ...], *, tenus: bool) -> None:
        self.roles, self.jour, self.appels = roles, jour, appels
        self.avec: list[str] = []  # what is looked for once, counted and shown
        self.lignes: list[str] = []
        self.morceaux: list[tuple[Preparee, tuple[str, ...]]] = []  # in the order of their parameters
        # Those that name what they find come first in the text: « WITH » opens it.
        for rang, file in enumerate(FILES):
            if file.code == "reponses":
                self._nommer(rang, "redeposes_", self._redeposes, ("compte",), _PAR_PROJET)
            elif file.code == "messages":
                self._nommer(rang, "non_lus_", self._messages, ("compte", "inscrit", "messages"), _PAR_PROJET)
            elif file.code == "avis_en_retard":
                self._nommer(rang, "tardifs_", self._tardifs, ("compte", "avis"), _PAR_PROJET, compter=False)
            elif file.code == "bilans_en_retard":
                retards = self._retards_tenus if tenus else self._retards
                self._nommer(rang, "retards_", retards, ("compte",), _PAR_ANNEE)
        for rang, file in enumerate(FILES):
            if file.code == "avis_en_retard":
                self._compter(rang, self._en_attente_d_avis, ("compte", "avis"))
            elif file.code == "bilans":
                self._compter(rang, self._bilans_tenus if tenus else self._bilans_par_projet, ("compte",))
                self._montrer(rang, self._premiers_bilans_tenus if tenus else self._premiers_bilans, ("compte",))
            elif file.depuis and file.code != "reponses":
                self._compter(rang, lambda compte, file=file: self._choisis(file, compte), ("compte",))
                self._montrer(rang, lambda compte, file=file: self._premiers(file, compte), ("compte",))
        self._ajouter(f"SELECT {_ECHEC}, 0, 1, 0, 0, {_RIEN} FROM ({{}}) echec", _echecs, ())
        if tenus:
            self._ajouter(f"SELECT {_ATTEND}, 0, 1, 0, 0, {_RIEN} FROM ({{}}) attend", _marques, ())
        avec = f"WITH {', '.join(self.avec)} " if self.avec else ""
        nommee = (
            f"SELECT {_TETE} AS quoi, 0 AS rang, 0 AS projet, 0 AS annee, 0 AS exercice, {_RIEN} AS depuis WHERE 1 = 0"
        )
        reunies = " UNION ALL ".join([nommee, *self.lignes])
        projet, structure, exercice, bilan = (
            modele._meta.db_table for modele in (Projet, Structure, Exercice, Bilan)
        )  # fmt: skip
        self.sql = (
            f"{avec}SELECT q.*, p.numero, p.titre, p.version, s.nom, p.appel_id,"
            f" EXISTS(SELECT 1 FROM {exercice} e WHERE e.projet_id = q.projet AND e.annee > q.annee), b.prolonge_au"
            f" FROM ({reunies}) q LEFT JOIN {bilan} b ON q.quoi = {_TETE} AND b.exercice_id = q.exercice"
            f" LEFT JOIN {projet} p ON q.quoi = {_TETE} AND p.id = q.projet LEFT JOIN {structure} s ON s.id = p.structure_id"
        )

    def lire(self, utilisateur: Utilisateur, a: datetime) -> list[tuple[Any, ...]]:
        valeurs = {
            "compte": utilisateur.pk,
            "inscrit": utilisateur.date_joined,
            "avis": a - DELAI_AVIS,
            "messages": a - MEMOIRE_MESSAGES,
        }
        parametres = [
            un for preparee, noms in self.morceaux for un in preparee.texte(*(valeurs[nom] for nom in noms))[1]
        ]
        return executer(self.sql, parametres)

    def _ajouter(self, texte: str, construire: Callable[..., QuerySet], noms: tuple[str, ...]) -> str:
        """The SQL of a part, in its place; empty when it can never find anything."""
        exemples = [1 if nom == "compte" else timezone.now() for nom in noms]
        preparee = Preparee(construire, *exemples)
        if not preparee.sql:
            return ""
        self.morceaux.append((preparee, noms))
        self.lignes.append(texte.format(preparee.sql))
        return preparee.sql

    def _nommer(
        self, rang: int, nom: str, construire: Callable[..., QuerySet], noms: tuple[str, ...], tete: str, *,
        compter: bool = True,
    ) -> None:  # fmt: skip
        """What is looked for once, and gives the first ones (``tete``) and, of each project, one of the number."""
        if not (sql := self._ajouter("", construire, noms)):
            return
        self.lignes.pop()
        self.avec.append(f"{nom} AS ({sql})")
        if compter:
            self.lignes.append(f"SELECT {_COMPTE}, {rang}, COUNT(DISTINCT projet), 0, 0, {_RIEN} FROM {nom}")
        self.lignes.append(f"SELECT {_TETE}, {rang}, t.* FROM ({tete.format(nom)} LIMIT {LIGNES}) t")

    def _compter(self, rang: int, construire: Callable[..., QuerySet], noms: tuple[str, ...]) -> None:
        self._ajouter(f"SELECT {_COMPTE}, {rang}, COUNT(*), 0, 0, {_RIEN} FROM ({{}}) compte_{rang}", construire, noms)

    def _montrer(self, rang: int, construire: Callable[..., QuerySet], noms: tuple[str, ...]) -> None:
        self._ajouter(f"SELECT {_TETE}, {rang}, tete_{rang}.* FROM ({{}}) tete_{rang}", construire, noms)

    # --- what each part looks for; a value that is not of the query is part of its text ---

    def _ou(self, file: File | None, compte: int, inscrit: datetime | None = None) -> Perimetre:
        """Somebody who holds these roles."""
        quelqu_un = Utilisateur.doublure(compte, inscrit, self.roles)
        return Perimetre(quelqu_un, None if file is None or file.commune else _charge(quelqu_un))

    def _choisis(self, file: File, compte: int) -> QuerySet:
        ou = self._ou(file, compte)
        return file.choisir(ou.projets(), ou.utilisateur, timezone.now()).order_by().values_list("pk")[:COMPTE_MAX]

    def _premiers(self, file: File, compte: int) -> QuerySet:
        ou = self._ou(file, compte)
        choisis = file.choisir(ou.projets(), ou.utilisateur, timezone.now()).annotate(
            depuis=file.depuis(), zero=_ZERO, rien=_ZERO
        )
        return choisis.order_by("depuis", "pk").values_list("pk", "zero", "rien", "depuis")[:LIGNES]

    def _redeposes(self, compte: int) -> QuerySet:
        file = _PAR_CODE["reponses"]
        ou = self._ou(file, compte)
        choisis = file.choisir(ou.projets(), ou.utilisateur, timezone.now()).annotate(depuis=file.depuis())
        return choisis.order_by().annotate(projet=F("pk")).values_list("projet", "depuis")

    # Opinions awaited for too long: the projects counted no further than needed, the oldest requests found by their index.
    def _en_attente_d_avis(self, compte: int, avis: datetime) -> QuerySet:
        ou = self._ou(_PAR_CODE["avis_en_retard"], compte)
        siens = avis_tardifs(avis + DELAI_AVIS).filter(projet=OuterRef("pk")).order_by()
        return ou.projets().filter(Exists(siens), statut=Statut.AVIS_IEN).order_by().values_list("pk")[:COMPTE_MAX]

    def _tardifs(self, compte: int, avis: datetime) -> QuerySet:
        ou = self._ou(_PAR_CODE["avis_en_retard"], compte)
        projets = ou.projets().filter(pk=OuterRef("projet"), statut=Statut.AVIS_IEN).order_by()
        tardifs = avis_tardifs(avis + DELAI_AVIS).filter(Exists(projets)).order_by("demande_le")
        return tardifs.annotate(depuis=F("demande_le")).values_list("projet", "depuis")[: LIGNES * PAR_LIGNE]

    # From the bilans: few are deposited, and an index knows which.
    def _bilans(self, compte: int) -> QuerySet:
        ou = self._ou(_PAR_CODE["bilans"], compte)
        return Bilan.objects.filter(ou.par("exercice__projet__"), statut=StatutBilan.DEPOSE)

    def _bilans_par_projet(self, compte: int) -> QuerySet:
        return self._bilans(compte).order_by().values_list("exercice__projet").distinct()[:COMPTE_MAX]

    def _bilans_tenus(self, compte: int) -> QuerySet:
        """The same: the kept fact of each says whose it is, one row to read where there were two."""
        deposes = Bilan.objects.filter(statut=StatutBilan.DEPOSE).order_by().values("exercice")
        suivis = FaitExercice.objects.filter(self._suivis(compte), exercice__in=deposes, depose_le__isnull=False)
        return suivis.order_by().values_list("projet").distinct()[:COMPTE_MAX]

    def _premiers_bilans_tenus(self, compte: int) -> QuerySet:
        suivis = FaitExercice.objects.filter(
            self._suivis(compte), exercice=OuterRef("exercice"), depose_le__isnull=False
        ).order_by()
        champs = ("exercice__projet", "exercice__annee", "exercice", "depose_le")
        deposes = Bilan.objects.filter(Exists(suivis), statut=StatutBilan.DEPOSE)
        return deposes.order_by("depose_le", "exercice").values_list(*champs)[:LIGNES]

    def _suivis(self, compte: int) -> Q:
        """Condition on a FaitExercice: its project is of those whose bilans one looks at, and not one's own."""
        # « Not in » would have PostgreSQL count this list again for each bilan, and read all the facts rather than do so.
        siens = ~Q(Exists(Projet.objects.filter(porteur=compte, pk=OuterRef("projet")).order_by()))
        charge = _charge(Utilisateur.doublure(compte, None, self.roles))
        return siens if charge is None else siens & Q(coordination__in=sorted(charge))

    def _premiers_bilans(self, compte: int) -> QuerySet:
        champs = ("exercice__projet", "exercice__annee", "exercice", "depose_le")
        return self._bilans(compte).order_by("depose_le", "exercice").values_list(*champs)[:LIGNES]

    def _messages(self, compte: int, inscrit: datetime, messages: datetime) -> QuerySet:
        """Unread messages in the order of time, that an index gives."""
        ou = self._ou(None, compte, inscrit)
        trouves = non_lus(ou.utilisateur, messages + MEMOIRE_MESSAGES).filter(ou.par("projet__"))
        trouves = trouves.order_by("cree_le").annotate(depuis=F("cree_le"))
        return trouves.values_list("projet", "depuis")[:SONDES]

    def _retards(self, compte: int) -> QuerySet:
        """Late bilans, the oldest civil year first."""
        ou = self._ou(_PAR_CODE["bilans_en_retard"], compte)
        retards = bilans_retardes(self.jour, self.appels).filter(ou.par("projet__")).annotate(exercice=F("pk"))
        return retards.order_by("annee", "pk").values_list("projet", "annee", "exercice")[:SONDES]

    def _retards_tenus(self, compte: int) -> QuerySet:
        """The same, of the kept facts: an index holds all that is asked of them."""
        siens = Projet.objects.filter(porteur=compte).order_by().values("pk")
        retards = retardes(self.jour, self.appels).exclude(projet__in=siens)
        charge = _charge(Utilisateur.doublure(compte, None, self.roles))
        if charge is not None:
            retards = retards.filter(coordination__in=sorted(charge))
        return retards.order_by("annee", "exercice").values_list("projet", "annee", "exercice")[:SONDES]


_ZERO = Value(0, output_field=IntegerField())


def _echecs() -> QuerySet:
    return Courriel.objects.en_echec().order_by().values_list("pk")[:1]


def _marques() -> QuerySet:
    return ARecompter.objects.order_by().values_list("pk")[:1]


@lru_cache(maxsize=64)
def _lecture(roles: frozenset[str], jour: date, appels: tuple[DatesAppel, ...], *, tenus: bool) -> _Lecture:
    return _Lecture(roles, jour, appels, tenus=tenus)


# --- what is shown of the first ones --------------------------------------------------------------------------------------


def _de_la_file(file: File, lignes: list[tuple[Any, ...]], appels: dict[int, DatesAppel]) -> Iterator[Attente]:
    for depuis, annee, _, _, dit in sorted(lignes, key=_ordre):
        numero, titre, version, structure, appel, suivi, prolonge = dit
        moment: datetime | date = depuis
        if file.code == "bilans_en_retard":
            genre = GenreBilan.INTERMEDIAIRE if suivi else GenreBilan.DEFINITIF
            moment = echeance_prolongee(echeance(appels[appel], annee, genre), _jour(prolonge))
        url = reverse("bilan", args=[numero, annee]) if file.code == "bilans" else reverse("projet", args=[numero])
        yield Attente(numero, titre, structure or "", moment, url + file.ancre, f"{numero}:{version}", file.lot)


def _ordre(ligne: tuple[Any, ...]) -> tuple[Any, ...]:
    depuis, annee, exercice, projet, _ = ligne
    return (depuis, exercice, projet) if depuis is not None else (annee, exercice)


# --- when nothing waits ---------------------------------------------------------------------------------------------------


def suite() -> Suite:
    """The next meeting, and the next day on which bilans are due."""
    seance = SeanceTroika.objects.ouvertes().filter(date__gte=timezone.now()).order_by("date").first()
    aujourdhui = timezone.localdate()
    annees = range(aujourdhui.year - 1, aujourdhui.year + 2)
    dates = [
        echeance(appel, annee, genre)
        for appel in Appel.objects.filter(courant=True)
        for annee in annees
        for genre in GenreBilan
    ]
    return Suite(seance, min((jour for jour in dates if jour >= aujourdhui), default=None))


def suite_utile(listees: list[Pile]) -> Suite | None:
    """What comes next, read only when nothing waits."""
    return None if any(pile.nombre for pile in listees) else suite()
