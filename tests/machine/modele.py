"""What the stories are made of: who, which projects, what each action starts from, and what the machine knows of a project."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from hypothesis import settings

from correspondants.enums import COORDINATEURS, PILOTES, Role
from correspondants.models import Correspondant
from projets.enums import Action, Financeur, SensDecision, Statut
from projets.models import Enveloppe, ModificationConcurrente, Projet
from projets.workflow import ActionImpossible

from .. import fabriques
from ..fabriques import de_role

S, A = Statut, Action
EN, VILLE = Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE
REFUS = (ActionImpossible, ModificationConcurrente)
DEPART = datetime(2026, 4, 15, 9, tzinfo=timezone.get_default_timezone())
PROJETS = 4
AU_LARGE = settings.get_current_profile_name() == "large"  # ``make fuzz``
DOTATION = Decimal(1500)  # of each year and funder: one grant and a half
FINIS = frozenset({S.RETIRE, S.REFUSE, S.CLOS})
DEPUIS = {
    A.DEPOSER: {S.BROUILLON, S.A_COMPLETER, S.AJOURNE},
    A.DEMANDER_COMPLEMENTS: {S.DEPOSE, S.AVIS_IEN, S.PRET},
    A.DECLARER_COMPLET: {S.DEPOSE},
    A.RENDRE_AVIS: {S.AVIS_IEN},
    A.CORRIGER_AVIS: {S.AVIS_IEN, S.PRET},
    A.INSCRIRE: {S.PRET},
    A.DESINSCRIRE: {S.INSCRIT},
    A.DECIDER: {S.INSCRIT},
    A.PUBLIER: {S.INSCRIT},
    A.RETIRER: set(Statut) - {S.VALIDE, *FINIS},
    A.CLORE: {S.VALIDE},
}
# Mails that no gesture of this model tells of: their own tests say to whom they go.
AUTRES_COURRIELS = {"relance_avis", "relance_bilan", "relance_complements", "relance_budget_revise", "relance_somme_a_rendre",
                    "transmission_proposee", "transmission_acceptee", "transmission_services", "message_interne", "avis_transmis",
                    "avis_transmis_copie"}  # fmt: skip
SERVICES = (*COORDINATEURS, *PILOTES, Role.OBSERVATEUR, Role.ADMIN)
QUI = ("porteur", "inconnu", *Role)
PAGES = {
    EN: ["/coordination/", "/bilans/", "/pilotage/", "/troika/{seance}/"],
    VILLE: ["/coordination/", "/courriels/", "/pilotage/versements/", "/troika/{seance}/"],
    Role.IEN: ["/avis/"], Role.AUTORITE_EN: ["/avis/"], Role.OBSERVATEUR: ["/coordination/", "/troika/{seance}/"],
    Role.ADMIN: ["/journal/", "/pilotage/enveloppes/"], "porteur": ["/suivi/", "/bilans/"], "inconnu": ["/suivi/"],
    **{pilote: ["/troika/", "/troika/{seance}/", "/pilotage/"] for pilote in PILOTES},
}  # fmt: skip

Cle = tuple[int, str]
FAITS: Counter[str] = Counter()  # what the stories reached: a machine that is always refused proves nothing


@dataclass(repr=False)
class Connu:
    """What the machine knows of one project, by what it did."""

    pk: int
    statut: Statut = S.BROUILLON
    courriels: Counter[tuple[str, str]] = field(default_factory=Counter)
    anciens: list[Projet] = field(default_factory=list)
    en_attente: dict[Cle, Decimal] = field(default_factory=dict)  # by a decision that is not published
    accorde: dict[Cle, Decimal] = field(default_factory=dict)
    paye: Counter[Cle] = field(default_factory=Counter)
    sens: SensDecision | None = None
    secrets: set[str] = field(default_factory=set)  # never read by the porteur
    deliberes: set[str] = field(default_factory=set)  # not before the publication

    def __repr__(self) -> str:
        return f"{self.pk} ({self.statut})"

    def _repr_pretty_(self, impression: Any, cycle: bool) -> None:
        impression.text(repr(self))

    @property
    def projet(self) -> Projet:
        return Projet.objects.select_related("appel", "porteur", "structure").get(pk=self.pk)


def joignables(*roles: str) -> set[str]:
    """Addresses of those who hold a role, as the directory has them."""
    lignes = Correspondant.objects.filter(actif=True, habilitations__role__in=roles).exclude(courriel="")
    return {adresse.lower() for adresse in lignes.values_list("courriel", flat=True)}


def preparer() -> None:
    """What every story finds: accounts and envelopes."""
    appel = fabriques.charger_appel()
    for annee in (2026, 2027):
        for financeur in (Financeur.ETAT, Financeur.VILLE):
            Enveloppe.objects.create(appel=appel, annee=annee, financeur=financeur, montant=DOTATION)
    for role in Role:
        de_role(role)
    for nom in ("inconnu", "porteur-a", "porteur-b", "collegue"):
        fabriques.utilisateur(f"{nom}@example.org")


def dossier_de(genre: int) -> tuple[Any, str]:
    """Content and porteur: of one authority, of two over two years, outside school by a coordinator, of an association."""
    if genre == 0:
        return fabriques.dossier_complet(), "porteur-a@example.org"
    if genre == 1:
        dossier = fabriques.dossier_deux_ans()
        prevue = dossier.interventions[0]
        second = type(prevue)(**{**vars(prevue), "etablissement": "Collège Curie"})
        return dossier.remplacer(interventions=(prevue, second)), "porteur-b@example.org"
    association = {"structure_nature": "association", "structure_nom": "Compagnie des Tilleuls"}
    if genre == 2:
        dossier = fabriques.dossier_complet(**association)
        return fabriques.hors_temps_scolaire(dossier), de_role(EN).email
    return fabriques.dossier_deux_ans(**association), "porteur-a@example.org"
