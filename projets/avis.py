"""One opinion on school time: what its authority may read, where it stands, giving it and correcting it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from .dossier import Dossier
from .enums import Action, Statut
from .models import AvisIEN, ModificationConcurrente, Objectif
from .permissions import DELAI_CORRECTION_PAR_LIEN, Acteur, LienAvis, peut_corriger_avis
from .temps_scolaire import InterventionScolaire
from .workflow import TRANSITIONS, executer

ESSAIS = 3  # two authorities answering at once is ordinary: the second one does not have to know
_PUBLIES = frozenset({Statut.VALIDE, Statut.AJOURNE, Statut.REFUSE, Statut.CLOS, Statut.RETIRE})


@dataclass(frozen=True)
class PartieScolaire:
    """What one authority reads of a project: its own school-time interventions, and nothing of the money.

    Of an opinion that was given, it is what was read then: the part that was asked, and the version of the file.
    """

    numero: str
    titre: str
    structure: str
    resume: str
    enfants: int
    objectif: Objectif | None
    autres_objectifs: tuple[Objectif, ...]
    interventions: tuple[InterventionScolaire, ...]

    @classmethod
    def de(cls, avis: AvisIEN) -> "PartieScolaire":
        (partie,) = cls.de_plusieurs([avis])
        return partie

    @classmethod
    def de_plusieurs(cls, demandes: Iterable[AvisIEN]) -> list["PartieScolaire"]:
        """The same for a list, in one query; each must come with its project and its depot."""
        demandes = list(demandes)
        dossiers = [_dossier_lu(avis) for avis in demandes]
        codes = {code for dossier in dossiers for code in (dossier.objectif_principal, *dossier.objectifs_secondaires)}
        objectifs = {
            (objectif.enjeu.thematique.appel_id, objectif.code): objectif
            for objectif in Objectif.objects.filter(
                code__in=codes, enjeu__thematique__appel__in={avis.projet.appel_id for avis in demandes}
            ).select_related("enjeu__thematique")
        }
        return [
            cls(
                numero=avis.projet.numero or "",
                titre=dossier.titre,
                structure=dossier.structure_nom,
                resume=dossier.resume,
                enfants=dossier.nombre_enfants,
                objectif=objectifs.get((avis.projet.appel_id, dossier.objectif_principal)),
                autres_objectifs=tuple(
                    objectifs[avis.projet.appel_id, code]
                    for code in sorted(dossier.objectifs_secondaires)
                    if (avis.projet.appel_id, code) in objectifs
                ),
                interventions=tuple(map(InterventionScolaire.depuis_json, avis.partie)),
            )
            for avis, dossier in zip(demandes, dossiers, strict=True)
        ]


def _dossier_lu(avis: AvisIEN) -> Dossier:
    if avis.depot_id and (avis.est_rendu or avis.remplace):
        return Dossier.depuis_json(avis.depot.donnees)
    return avis.projet.contenu


def est_attendu(avis: AvisIEN) -> bool:
    """Whether the opinion can be given now: asked, not given, and the project still waits for it."""
    return not avis.est_rendu and not avis.remplace and avis.projet.statut == Statut.AVIS_IEN


def est_corrigeable(acteur: Acteur, avis: AvisIEN) -> bool:
    return avis.projet.statut in TRANSITIONS[Action.CORRIGER_AVIS].depuis and peut_corriger_avis(acteur, avis)


def jusqu_a_quand(acteur: Acteur, avis: AvisIEN) -> datetime | None:
    """Until when the bearer of a link may correct; an account has no date but that of the agenda."""
    return avis.rendu_le + DELAI_CORRECTION_PAR_LIEN if isinstance(acteur, LienAvis) else None


def est_le_sien(acteur: Acteur, avis: AvisIEN) -> bool:
    """Whether an opinion given is this person's to read: a delegate reads one's own only."""
    delegue = acteur.delegation if isinstance(acteur, LienAvis) else None
    return delegue is None or avis.delegation_id == delegue.pk


def pourquoi_pas_attendu(avis: AvisIEN) -> str:
    """In French, why nothing is asked any more of an authority that has not answered."""
    if avis.remplace:
        return "La partie scolaire du projet a changé depuis : une nouvelle demande d’avis a remplacé celle-ci."
    if avis.projet.statut == Statut.RETIRE:
        return "Le porteur a retiré son projet : votre avis n’est plus nécessaire."
    if avis.projet.statut == Statut.A_COMPLETER or avis.projet.statut == Statut.DEPOSE:
        return (
            "Le projet est revenu à son porteur pour être complété : votre avis n’est pas attendu pour l’instant. "
            "Vous serez prévenu quand il sera de nouveau complet."
        )
    return "L’instruction de ce projet est allée plus loin : votre avis n’est plus attendu."


def issue(avis: AvisIEN) -> str:
    """What became of the project, as everybody may know it: nothing of a decision that is not published."""
    statut = Statut(avis.projet.statut)
    return statut.label if statut in _PUBLIES else "En cours d’instruction"


def rendre(avis: AvisIEN, acteur: Acteur, *, sens: str, motif: str) -> AvisIEN:
    """Gives the opinion through the workflow, again on fresh rows when the other authority answered at the same moment.

    Raises ActionInterdite, ActionImpossible or, beyond three tries, ModificationConcurrente.
    """
    return _executer(avis, Action.RENDRE_AVIS, acteur, sens=sens, motif=motif)


def corriger(avis: AvisIEN, acteur: Acteur, *, sens: str, motif: str, vu: datetime | None) -> AvisIEN:
    """Replaces an opinion given, the one of the moment ``vu``, by another; raises as ``rendre`` does."""
    return _executer(avis, Action.CORRIGER_AVIS, acteur, sens=sens, motif=motif, vu=vu)


def _executer(avis: AvisIEN, action: Action, acteur: Acteur, **donnees: object) -> AvisIEN:
    for essai in range(1, ESSAIS + 1):
        try:
            executer(avis.projet, action, par=acteur, avis=avis, **donnees)
        except ModificationConcurrente:
            if essai == ESSAIS:
                raise
            avis = relire(avis)
        else:
            break
    return avis


def relire(avis: AvisIEN) -> AvisIEN:
    return AvisIEN.objects.select_related(
        "projet__appel", "projet__porteur", "correspondant", "delegation", "par", "depot"
    ).get(pk=avis.pk)
