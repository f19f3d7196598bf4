"""The report on one civil year (compte rendu financier, Cerfa 15059): worked out once, for the page and for the PDF."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone

from ..bilans import ecarts_a_expliquer
from ..communication import communication_faite
from ..dossier_bilan import limite_legale, pourcentage
from ..echeances import delai_en_mots
from ..enums import IssueAction, StatutBilan
from ..models import Bilan, Compte, LigneBilan
from ..regles_bilan import phrase_des_ecarts
from ..valeurs import insecables
from .pdf import rendre

CHARGES_INDIRECTES = "Charges indirectes"  # title of the accounts whose allocation the annexe shows


@dataclass(frozen=True)
class LigneRendue:
    """One account: planned and done in euros, gap in euros and in % of what was planned (None: nothing to compare)."""

    pk: int
    libelle: str
    classe: str
    detail: str
    prevu: Decimal
    realise: Decimal | None
    ecart: Decimal | None
    pourcentage: Decimal | None
    a_expliquer: bool
    est_subvention: bool

    @classmethod
    def de(cls, ligne: LigneBilan, a_expliquer: bool) -> "LigneRendue":
        return cls(
            pk=ligne.pk,
            libelle=ligne.libelle,
            classe=f"{ligne.compte.classe} {ligne.compte.titre_classe}".strip(),
            detail=ligne.detail,
            prevu=ligne.prevu,
            realise=ligne.realise,
            ecart=ligne.ecart,
            pourcentage=ligne.ecart_pourcentage,
            a_expliquer=a_expliquer,
            est_subvention=ligne.est_subvention_cite,
        )


class Totaux:
    """Sums over ``lignes``: planned, done, gap in euros and in %."""

    lignes: tuple[LigneRendue, ...]

    @property
    def prevu(self) -> Decimal:
        return sum((ligne.prevu for ligne in self.lignes), Decimal("0.00"))

    @property
    def realise(self) -> Decimal | None:
        """Sum of what is written so far, None as long as nothing is."""
        ecrits = [ligne.realise for ligne in self.lignes if ligne.realise is not None]
        return sum(ecrits, Decimal("0.00")) if ecrits or not self.lignes else None

    @property
    def ecart(self) -> Decimal | None:
        """None until every line is written: half a sum would say a gap that is none."""
        if any(ligne.realise is None for ligne in self.lignes):
            return None
        return self.realise - self.prevu

    @property
    def pourcentage(self) -> Decimal | None:
        return None if self.ecart is None else pourcentage(self.ecart, self.prevu)


@dataclass(frozen=True)
class Groupe(Totaux):
    """The accounts of one class (« 60 Achats »), in the order of the accounts."""

    titre: str
    lignes: tuple[LigneRendue, ...]


@dataclass(frozen=True)
class Partie(Totaux):
    """Charges, produits, or one side of the voluntary contributions, with its totals."""

    code: str
    titre: str
    lignes: tuple[LigneRendue, ...]

    @property
    def groupes(self) -> tuple[Groupe, ...]:
        """The lines by class, as the table of the Cerfa shows them."""
        par_classe = groupby(self.lignes, key=lambda ligne: ligne.classe)
        return tuple(Groupe(titre or "Hors classe", tuple(lignes)) for titre, lignes in par_classe)


@dataclass(frozen=True)
class Public:
    """One kind of people: planned by the project (None: it does not say), reached according to the bilan."""

    champ: str
    libelle: str
    prevu: int | None
    touche: int | None

    @property
    def ecart(self) -> int | None:
        return None if self.prevu is None or self.touche is None else self.touche - self.prevu

    @property
    def pourcentage(self) -> Decimal | None:
        return None if self.ecart is None else pourcentage(Decimal(self.ecart), Decimal(self.prevu))


@dataclass(frozen=True)
class IndicateurAffiche:
    libelle: str
    cible: str
    resultat: str
    appreciation: str


@dataclass(frozen=True)
class CompteFinancier:
    """Everything the page and the PDF of a bilan say. Amounts in euros."""

    cite: str
    appel_titre: str
    numero: str
    titre: str
    structure: str
    annee: int
    genre: str
    statut: str
    echeance: date
    delai: str
    depose_le: date | None
    accepte_le: date | None
    issue: str
    code_issue: str
    demande: tuple[date | None, date | None]  # the new dates asked
    prolonge: tuple[date | None, date | None]  # the new dates accepted
    textes: tuple[tuple[str, str], ...]
    publics: tuple[Public, ...]
    enfants_prevus: int
    indicateurs: tuple[IndicateurAffiche, ...]
    charges: Partie
    produits: Partie
    emplois: Partie
    ressources: Partie
    accorde: Decimal
    est_complet: bool
    reste_a_rendre: Decimal
    seuil: Decimal
    plancher: Decimal
    explication: str
    observations: str
    communication_faite: bool
    certifie: bool
    signataire: str
    justificatifs: tuple[str, ...]

    @property
    def part_subvention(self) -> Decimal | None:
        """The grant in % of the total of produits (done once they are all written, else planned), one decimal."""
        total = self.produits.realise if self.est_complet else self.produits.prevu
        return (self.accorde * 100 / total).quantize(Decimal("0.1")) if total else None

    @property
    def parties(self) -> tuple[Partie, ...]:
        return (self.charges, self.produits)

    @property
    def volontaires(self) -> tuple[Partie, ...]:
        return tuple(partie for partie in (self.emplois, self.ressources) if partie.lignes)

    @property
    def indirectes(self) -> tuple[LigneRendue, ...]:
        return tuple(ligne for ligne in self.charges.lignes if ligne.classe == CHARGES_INDIRECTES)

    @property
    def a_expliquer(self) -> tuple[LigneRendue, ...]:
        toutes = (*self.charges.lignes, *self.produits.lignes, *self.emplois.lignes, *self.ressources.lignes)
        return tuple(ligne for ligne in toutes if ligne.a_expliquer)

    @property
    def reste_est_connu(self) -> bool:
        """Whether ``reste_a_rendre`` can be said: every amount is written, or none is needed to know."""
        return self.est_complet or self.code_issue in (IssueAction.NON_REALISEE, IssueAction.REPORTEE)

    @property
    def limite(self) -> date:
        return limite_legale(self.annee)

    @property
    def regle_des_ecarts(self) -> str:
        return insecables(phrase_des_ecarts(self.seuil, self.plancher))

    @classmethod
    def de(cls, bilan: Bilan, jour: date | None = None) -> "CompteFinancier":
        """Reads a bilan once: its lines, indicators, grant and proofs."""
        exercice, projet = bilan.exercice, bilan.exercice.projet
        dans_l_ordre = LigneBilan.objects.select_related("compte").order_by("sens", "compte__ordre", "rang", "pk")
        prefetch_related_objects([bilan], Prefetch("lignes", dans_l_ordre), "indicateurs")
        lignes, accorde = list(bilan.lignes.all()), exercice.montant_accorde
        explicables = {ligne.pk for ligne in ecarts_a_expliquer(bilan)}

        def partie(code: str, titre: str, sens: str, volontaire: bool) -> Partie:
            choisies = (ligne for ligne in lignes if ligne.sens == sens and ligne.est_volontaire == volontaire)
            return Partie(code, titre, tuple(LigneRendue.de(ligne, ligne.pk in explicables) for ligne in choisies))

        return cls(
            cite=projet.appel.cite,
            appel_titre=projet.appel.titre,
            numero=projet.numero,
            titre=projet.titre or "Projet sans titre",
            structure=str(projet.structure or ""),
            annee=exercice.annee,
            genre=bilan.get_genre_display(),
            statut=bilan.get_statut_display(),
            echeance=bilan.echeance,
            delai=_delai(bilan, jour or timezone.localdate()),
            depose_le=_jour(bilan.depose_le),
            accepte_le=_jour(bilan.accepte_le),
            issue=bilan.get_issue_display(),
            code_issue=bilan.issue,
            demande=(bilan.nouveau_debut, bilan.nouvelle_fin) if bilan.issue == IssueAction.REPORTEE else (None, None),
            prolonge=(bilan.prolonge_debut, bilan.prolonge_fin),
            textes=(
                ("Ce qui a été fait", bilan.realisation),
                ("Dates et lieux", bilan.dates_et_lieux),
                ("Objectifs atteints et résultats", bilan.resultats),
                ("Difficultés rencontrées et suites", bilan.difficultes),
            ),
            publics=_publics(bilan),
            enfants_prevus=projet.nombre_enfants,
            indicateurs=tuple(
                IndicateurAffiche(i.libelle, i.cible, i.resultat, i.get_appreciation_display())
                for i in bilan.indicateurs.all()
            ),
            charges=partie("charges", "Charges", Compte.Sens.CHARGE, False),
            produits=partie("produits", "Produits", Compte.Sens.PRODUIT, False),
            emplois=partie("emplois", "Emplois des contributions volontaires", Compte.Sens.CHARGE, True),
            ressources=partie("ressources", "Contributions volontaires en nature", Compte.Sens.PRODUIT, True),
            accorde=accorde,
            est_complet=all(ligne.realise is not None for ligne in lignes),
            reste_a_rendre=bilan.reste_a_rendre_sur(accorde),
            seuil=projet.appel.seuil_ecart,
            plancher=projet.appel.seuil_ecart_euros,
            explication=bilan.explication_ecarts,
            observations=bilan.observations,
            communication_faite=communication_faite(bilan),
            certifie=bilan.certifie,
            signataire=bilan.signataire,
            justificatifs=tuple(exercice.justificatifs.values_list("nom", flat=True)),
        )


def _publics(bilan: Bilan) -> tuple[Public, ...]:
    """People planned by the whole project beside those reached that year."""
    contenu = bilan.exercice.projet.contenu

    def prevus(genre: str) -> int | None:
        ecrits = [n for ligne in contenu.effectifs if (n := getattr(ligne, genre)) is not None]
        return sum(ecrits) if ecrits else None

    return (
        Public("filles", "Filles", prevus("filles"), bilan.filles),
        Public("garcons", "Garçons", prevus("garcons"), bilan.garcons),
        Public("parents", "Parents", contenu.nombre_parents, bilan.parents),
        Public("professionnels", "Professionnels", contenu.nombre_professionnels, bilan.professionnels),
    )


def _jour(instant: datetime | None) -> date | None:
    return timezone.localtime(instant).date() if instant else None


def _delai(bilan: Bilan, jour: date) -> str:
    """Late or not, in words; nothing once the bilan has been deposited."""
    if bilan.statut in (StatutBilan.DEPOSE, StatutBilan.ACCEPTE):
        return ""
    return delai_en_mots(bilan.echeance, jour)


def bilan_pdf(rendu: CompteFinancier) -> bytes:
    """The three parts of the Cerfa 15059: qualitative report, figures, annexe."""
    contexte = {
        "rendu": rendu,
        "cite": rendu.cite,
        "appel_titre": rendu.appel_titre,
        "reference": f"Projet {rendu.numero}, bilan {rendu.annee}",
    }
    return rendre("projets/documents/bilan.html", contexte, titre=f"Bilan {rendu.annee} du projet {rendu.numero}")
