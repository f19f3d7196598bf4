"""The bilans of the demonstration that are not simply handed in: one sent back point by point, one that asks for new dates."""

from datetime import timedelta

from django.utils import timezone

from .. import bilans
from ..dossier_bilan import limite_legale
from ..enums import IssueAction, StatutBilan
from ..models import Bilan, Exercice
from .comptes import Agents


def renvoyer_un_bilan(agents: Agents) -> None:
    """Of the first bilan handed in, the coordination points at an answer, a line and a missing proof."""
    bilan = Bilan.objects.filter(statut=StatutBilan.DEPOSE).order_by("pk").first()
    ligne = bilan.lignes.filter(sens="charge").order_by("rang").first()
    demandes = {
        "filles": "Combien de filles ont participé\u00a0? Un nombre suffit.",
        f"ligne_{ligne.pk}": "Ce montant ne correspond pas à la facture citée dans vos observations.",
        "justificatifs": "Joignez la facture de cette dépense.",
    }
    bilans.renvoyer(
        bilan, par=agents(bilan.exercice.projet.coordination), motif="Presque complet\u00a0!", demandes=demandes
    )


def demander_de_nouvelles_dates() -> None:
    """For the last grant of this year without a bilan, the porteur asks for new dates, within what the law leaves."""
    annee = timezone.localdate().year
    exercice = Exercice.objects.finances().filter(annee=annee, bilan=None).order_by("pk").last()
    if exercice is None:
        return
    porteur, demain = exercice.projet.porteur, timezone.localdate() + timedelta(days=1)
    bilan = bilans.preparer(exercice, porteur)
    bilan.issue = IssueAction.REPORTEE
    bilan.nouvelle_fin = limite_legale(exercice.annee) - timedelta(days=33)
    bilan.nouveau_debut = min(demain, bilan.nouvelle_fin)
    bilan.explication_ecarts = (
        "L’intervenante est en congé jusqu’au printemps\u00a0: les séances ont lieu à son retour."
    )
    bilan.certifie = True
    bilan.save()
    if not bilans.obstacles(bilan):  # late in the year after, there is no time left
        bilans.deposer(bilan, par=porteur)
