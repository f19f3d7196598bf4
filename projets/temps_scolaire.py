"""The school-time part of a project: its interventions, grouped by whom their opinion is asked of."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from decimal import Decimal

from correspondants.models import Correspondant

from .models import AvisIEN, Intervention, Projet

DELAI_AVIS = timedelta(days=15)  # within which an opinion is asked for; beyond it, it is late


@dataclass(frozen=True)
class InterventionScolaire:
    """One intervention as it is judged: what changes here asks for the opinion anew."""

    intitule: str
    debut: date | None
    fin: date | None
    nom_etablissement: str
    classe: str
    lieu: str
    duree_heures: Decimal | None
    intervenants: str

    @classmethod
    def de(cls, intervention: Intervention) -> "InterventionScolaire":
        return cls(**{champ.name: getattr(intervention, champ.name) for champ in fields(cls)})

    @classmethod
    def depuis_json(cls, donnees: dict[str, str | None]) -> "InterventionScolaire":
        dates = {nom: date.fromisoformat(donnees[nom]) if donnees[nom] else None for nom in ("debut", "fin")}
        heures = Decimal(donnees["duree_heures"]) if donnees["duree_heures"] else None
        return cls(**{**donnees, **dates, "duree_heures": heures})

    def vers_json(self) -> dict[str, str | None]:
        return {nom: None if valeur is None else str(valeur) for nom, valeur in asdict(self).items()}


@dataclass(frozen=True)
class PartieDemandee:
    """What one authority is asked about; ``correspondant`` when the schools name one, else whoever holds the role."""

    autorite: str
    correspondant: Correspondant | None
    interventions: tuple[InterventionScolaire, ...]

    @property
    def empreinte(self) -> str:
        """sha256 of the part: same part, same opinion."""
        lignes = [[str(valeur) for valeur in asdict(une).values()] for une in self.interventions]
        return hashlib.sha256(json.dumps(lignes, ensure_ascii=False).encode()).hexdigest()

    @property
    def correspondant_id(self) -> int | None:
        return self.correspondant.pk if self.correspondant else None

    def vers_json(self) -> list[dict[str, str | None]]:
        return [une.vers_json() for une in self.interventions]

    def est_jugee_par(self, avis: AvisIEN) -> bool:
        """Whether an opinion asked before still answers: given on the same part, or asked of the same person."""
        memes = avis.autorite == self.autorite and avis.empreinte == self.empreinte
        return memes and (avis.est_rendu or avis.correspondant_id == self.correspondant_id)


def parties_scolaires(projet: Projet) -> list[PartieDemandee]:
    """One part per authority concerned, in a constant order; none when nothing happens in school time."""
    groupes: dict[tuple[str, int], list[Intervention]] = {}
    designes: dict[int, Correspondant] = {}
    interventions = projet.interventions.select_related("etablissement__autorite_correspondant").prefetch_related(
        "etablissement__autorite_correspondant__habilitations"
    )
    for intervention in interventions:
        if intervention.est_scolaire:
            designe = intervention.etablissement.correspondant_designe if intervention.etablissement else None
            if designe:
                designes[designe.pk] = designe
            groupes.setdefault((intervention.autorite, designe.pk if designe else 0), []).append(intervention)
    return [
        PartieDemandee(autorite, designes.get(pk), tuple(map(InterventionScolaire.de, groupes[autorite, pk])))
        for autorite, pk in sorted(groupes)
    ]
