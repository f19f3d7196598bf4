"""« À qui dois-je envoyer mon projet ? »: two questions, one answer, from the routing rules of the call."""

from dataclasses import dataclass
from typing import Self

from django.db.models import TextChoices

from .enums import Degre, NaturePorteur
from .models import Correspondant, RegleRoutage


class TempsScolaire(TextChoices):
    """Second question, from « Les interventions durant les temps scolaires devront recevoir l’aval de l’IEN »."""

    NON = "non", "Non, toujours en dehors du temps scolaire"
    PREMIER = "premier", "Oui, à l’école maternelle ou élémentaire"
    SECOND = "second", "Oui, au collège ou au lycée"

    @property
    def degre(self) -> Degre | None:
        return None if self is TempsScolaire.NON else Degre(self.value)


@dataclass(frozen=True)
class Destination:
    """Who follows the project, and who gives an opinion on it (``autorite`` is empty when nobody has to).

    A rule of the call names people; where it names none, the holders of the coordination's role are given.
    """

    nature: NaturePorteur
    temps: TempsScolaire
    coordination: str
    coordinateurs: tuple[Correspondant, ...]
    autorite: str
    donneurs_d_avis: tuple[Correspondant, ...]

    @classmethod
    def de(cls, nature: NaturePorteur, temps: TempsScolaire) -> Self | None:
        """The destination of a project; None when no rule of the directory covers this kind of porteur."""
        regle = RegleRoutage.objects.prefetch_related("correspondants").filter(nature=nature).first()
        if regle is None:
            return None
        nommes = [ligne for ligne in regle.correspondants.all() if ligne.actif]
        autorite = temps.degre.autorite if temps.degre else None
        return cls(
            nature=nature,
            temps=temps,
            coordination=regle.get_role_display(),
            coordinateurs=tuple(nommes or Correspondant.objects.joignables_pour(regle.role)),
            autorite=autorite.label if autorite else "",
            donneurs_d_avis=tuple(Correspondant.objects.joignables_pour(autorite)) if autorite else (),
        )
