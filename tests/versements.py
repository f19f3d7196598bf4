"""What the tests of the revised budgets and of the payments share: granted projects, what people would type."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from projets import bilans, budgets_revises
from projets.demonstration import conduite
from projets.enums import Financeur, SensDecision, Statut
from projets.models import Exercice, MontantAccorde
from projets.versements import Saisie
from projets.workflow import publier_seance

from . import fabriques
from .deja_fait import retenu

ETAT, VILLE = Financeur.ETAT, Financeur.VILLE


def accorder(montants: dict[tuple[int, str], str] | None = None, **changements: object) -> Exercice:
    """A published project of 1 000 € asked, and its Exercice: by default 600 € granted, by the State and the town."""
    montants = montants or {(2026, ETAT): "400.00", (2026, VILLE): "200.00"}
    return relire(_accorde(tuple(montants.items()), **changements))


@retenu
def _accorde(montants: tuple[tuple[tuple[int, str], str], ...], **changements: object) -> Exercice:
    projet = fabriques.brouillon(fabriques.dossier_complet(**changements))
    fabriques.enveloppes()
    conduite.mener(projet, Statut.INSCRIT, fabriques.de_role, fabriques.seance)
    fabriques.decider(projet, SensDecision.VALIDE, montants={cle: Decimal(m) for cle, m in montants})
    publier_seance(projet.seances.get(), par=fabriques.coordinateur_de(projet))
    return projet.exercices.get(annee=2026)


def relire(exercice: Exercice) -> Exercice:
    return Exercice.objects.select_related("projet__porteur", "projet__appel", "projet__structure").get(pk=exercice.pk)


def confirme(**options: object) -> Exercice:
    """The same, its revised budget proposed then confirmed."""
    exercice = accorder(**options)
    _confirmer(exercice)
    return relire(exercice)


@retenu
def _confirmer(exercice: Exercice) -> None:
    porteur = exercice.projet.porteur
    budgets_revises.proposer(exercice, par=porteur)
    budgets_revises.confirmer(exercice, empreinte=budgets_revises.empreinte_de(exercice), par=porteur)


def changer_l_accord(exercice: Exercice, montant: str) -> None:
    """Another decision on what the State grants."""
    MontantAccorde.objects.filter(exercice=exercice, financeur=ETAT).update(montant=Decimal(montant))


def saisie(montant: str = "100.00", financeur: str = ETAT, **champs: object) -> Saisie:
    jour = timezone.localdate() - timedelta(days=1)
    return Saisie(**{"financeur": financeur, "montant": Decimal(montant), "date": jour, **champs})


def bilan_accepte(exercice: Exercice, charges: str, autres: str = "500.00") -> None:
    """The bilan of an Exercice, done charges and other resources as told, accepted."""
    bilan = bilans.preparer(exercice, exercice.projet.porteur)
    premiere = {"charge": True, "produit": True}
    for ligne in bilan.lignes.order_by("rang", "pk"):
        if ligne.est_subvention_cite:
            ligne.realise = ligne.prevu
        elif premiere[ligne.sens]:
            ligne.realise, premiere[ligne.sens] = Decimal(charges if ligne.sens == "charge" else autres), False
        else:
            ligne.realise = Decimal(0)
        ligne.save(update_fields=["realise"])
    bilan.realisation, bilan.explication_ecarts, bilan.certifie = "Fait.", "Le bus était offert.", True
    bilan.signataire, bilan.statut = "La direction", "depose"
    bilan.depose_le = timezone.now()
    bilan.save()
    bilans.accepter(bilan, par=fabriques.coordinateur_de(exercice.projet))
