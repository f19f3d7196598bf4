"""What changed in a project file: requests for complements and their answers, deposits compared. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import prefetch_related_objects

from cite_educative.preparees import Objets

from .dossier import Dossier, differences, question
from .enums import EtatEchange
from .models import ChampACompleter, DemandeComplements, Depot, Projet
from .presentation import Reponse, reponse
from .questionnaire import Referentiel


@dataclass(frozen=True)
class Changement:
    """One question before and after; ``apres`` is None when nothing changed, and ``mention`` says so.

    ``champ`` is the question as the coordination asked it, ``etat`` where the exchange on it stands.
    """

    libelle: str
    avant: Reponse
    apres: Reponse | None
    mention: str = ""
    champ: ChampACompleter | None = None
    etat: EtatEchange | None = None


@dataclass(frozen=True)
class Complements:
    """One request of the coordination, with what the porteur changed since."""

    le: datetime
    message: str
    ouverte: bool
    champs: tuple[Changement, ...]
    autres: tuple[Changement, ...]
    attendue_le: date | None = None

    @property
    def a_relire(self) -> int:
        return sum(champ.etat is EtatEchange.A_RELIRE for champ in self.champs)

    @property
    def resume(self) -> str:
        """Where a request that was answered stands, in a few words."""
        return f"{self.a_relire} à relire" if self.a_relire else "Close"

    @property
    def ton(self) -> str:
        return "info" if self.a_relire else "succes"

    @property
    def icone(self) -> str:
        return "oeil" if self.a_relire else "coche"


@dataclass(frozen=True)
class Version:
    depot: Depot
    changements: tuple[Changement, ...]


def _changement(
    champ: str, avant: Dossier, apres: Dossier | None, referentiel: Referentiel, mention: str = ""
) -> Changement:
    une = question(champ)
    lue_avant = reponse(avant, une, referentiel)
    lue_apres = reponse(apres, une, referentiel) if apres else None
    if lue_apres == lue_avant:
        lue_apres = None
    return Changement(une.libelle, lue_avant, lue_apres, "" if lue_apres else mention)


def changements(
    avant: Dossier, apres: Dossier, referentiel: Referentiel, sauf: Iterable[str] = ()
) -> tuple[Changement, ...]:
    """Every question whose answer differs between two versions of one file, but those of ``sauf``.

    Rows of a table put in another order say the same thing: the form on line sorts the accounts.
    """
    exclus = set(sauf)
    return tuple(
        _changement(une.identifiant, avant, apres, referentiel)
        for une, ancienne, nouvelle in differences(avant, apres)
        if une.identifiant not in exclus and not _memes_lignes(ancienne, nouvelle)
    )


def _memes_lignes(avant: object, apres: object) -> bool:
    return (
        isinstance(avant, tuple) and isinstance(apres, tuple) and sorted(map(repr, avant)) == sorted(map(repr, apres))
    )


_DEMANDES = Objets(lambda projet: DemandeComplements.objects.filter(projet=projet).order_by("-pk"), 1)


def _demandes(projet: Projet) -> list[DemandeComplements]:
    demandes = _DEMANDES.lire(projet.pk, projet=projet)
    prefetch_related_objects(demandes, "champs")
    return demandes


def complements(
    projet: Projet, depots: list[Depot], referentiel: Referentiel, *, en_cours: bool
) -> tuple[Complements, ...]:
    """Requests, the latest first. The answer is the deposit that closed a request.

    Before that deposit, what is being written is shown only if ``en_cours`` (to the porteur).
    """
    liste = []
    redemandes: set[str] = set()
    for demande in _demandes(projet):
        avant = Dossier.depuis_json(demande.donnees_avant)
        apres = None
        if demande.close_le is None:
            apres = projet.contenu if en_cours else None
        else:
            reponse_faite = next((depot for depot in depots if depot.cree_le >= demande.close_le), None)
            apres = reponse_faite.dossier if reponse_faite else None
        mention = "Pas encore corrigé" if demande.close_le is None else "Réponse inchangée"
        noms = {champ.champ.partition(".")[0]: champ for champ in demande.champs.all()}
        liste.append(
            Complements(
                demande.cree_le,
                demande.message,
                demande.close_le is None,
                tuple(
                    replace(
                        _changement(nom, avant, apres, referentiel, mention), champ=champ, etat=champ.etat(redemandes)
                    )
                    for nom, champ in noms.items()
                ),
                changements(avant, apres, referentiel, sauf=noms) if apres else (),
                demande.attendue_le,
            )
        )
        redemandes |= {champ.champ for champ in demande.champs.all()}
    return tuple(liste)


def versions(depots: list[Depot], referentiel: Referentiel) -> tuple[Version, ...]:
    """Deposits, the latest first, each with what it changed from the one before."""
    dossiers = [depot.dossier for depot in depots]
    toutes = [
        Version(depot, changements(dossiers[rang - 1], dossiers[rang], referentiel) if rang else ())
        for rang, depot in enumerate(depots)
    ]
    return tuple(reversed(toutes))
