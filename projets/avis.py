"""One opinion on school time: what its authority may read, where it stands, and giving it."""

from collections.abc import Callable
from dataclasses import dataclass

from .enums import Action, Statut
from .models import AvisIEN, Intervention, ModificationConcurrente, Objectif
from .permissions import Acteur
from .workflow import executer

ESSAIS = 3  # two authorities answering at once is ordinary: the second one does not have to know


@dataclass(frozen=True)
class PartieScolaire:
    """What one authority reads of a project: its own school-time interventions, and nothing of the money."""

    numero: str
    titre: str
    structure: str
    resume: str
    objectif: Objectif | None
    autres_objectifs: tuple[Objectif, ...]
    interventions: tuple[Intervention, ...]

    @classmethod
    def de(cls, avis: AvisIEN) -> "PartieScolaire":
        projet = avis.projet
        dossier = projet.contenu
        return cls(
            numero=projet.numero or "",
            titre=projet.titre,
            structure=dossier.structure_nom,
            resume=dossier.resume,
            objectif=projet.objectif_principal,
            autres_objectifs=tuple(projet.objectifs_secondaires.order_by("code")),
            interventions=tuple(
                intervention
                for intervention in projet.interventions.select_related("etablissement")
                if intervention.est_scolaire and intervention.autorite == avis.autorite
            ),
        )


def est_attendu(avis: AvisIEN) -> bool:
    """Whether the opinion can be given now: asked, not given, and the project still waits for it."""
    return not avis.est_rendu and not avis.remplace and avis.projet.statut == Statut.AVIS_IEN


def pourquoi_pas_attendu(avis: AvisIEN) -> str:
    """In French, why nothing is asked any more of an authority that has not answered."""
    if avis.remplace:
        return "La partie scolaire du projet a changé depuis : une nouvelle demande d’avis a remplacé celle-ci."
    if avis.projet.statut == Statut.RETIRE:
        return "Le porteur a retiré son projet : votre avis n’est plus nécessaire."
    if avis.projet.statut == Statut.A_COMPLETER or avis.projet.statut == Statut.DEPOSE:
        return (
            "Le projet est revenu à son porteur pour être complété : votre avis n’est pas attendu pour l’instant. "
            "Vous serez prévenu quand il sera de nouveau complet."
        )
    return "L’instruction de ce projet est allée plus loin : votre avis n’est plus attendu."


def rendre(avis: AvisIEN, acteur_de: Callable[[AvisIEN], Acteur], *, sens: str, motif: str) -> AvisIEN:
    """Gives the opinion through the workflow, again on fresh rows when the other authority answered at the same moment.

    ``acteur_de`` says who gives it. Raises ActionInterdite, ActionImpossible or, beyond three tries, ModificationConcurrente.
    """
    for essai in range(1, ESSAIS + 1):
        try:
            executer(avis.projet, Action.RENDRE_AVIS, par=acteur_de(avis), avis=avis, sens=sens, motif=motif)
        except ModificationConcurrente:
            if essai == ESSAIS:
                raise
            avis = relire(avis)
        else:
            break
    return avis


def relire(avis: AvisIEN) -> AvisIEN:
    return AvisIEN.objects.select_related("projet__appel", "projet__objectif_principal").get(pk=avis.pk)
