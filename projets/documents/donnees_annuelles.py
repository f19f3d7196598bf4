"""The figures of every bilan owed for one civil year, one row each, by chunks of ``LOT``."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import Q, Sum
from django.utils import timezone

from correspondants.enums import NaturePorteur

from ..dossier import CLASSES_VOLONTAIRES, COMPTE_DEMANDE
from ..echeances import EtatBilan, bilans_dus
from ..enums import Financeur, GenreBilan, IssueAction
from ..models import Appel, Bilan, Compte, LigneBilan, MontantAccorde, Objectif, Projet, echeance, echeance_prolongee
from ..valeurs import au_centime

LOT = 500


@dataclass(frozen=True, slots=True)
class BilanAnnuel:
    """One granted Exercice, with the figures of its bilan once it has been deposited (None before). Euros."""

    numero: str
    titre: str
    structure: str
    nature: str
    thematique: str
    enjeu: str
    objectif: str
    parcours: str
    genre: str
    etat: str
    echeance: date
    depose_le: date | None
    accepte_le: date | None
    demande: Decimal
    par_financeur: tuple[Decimal, ...]
    accorde: Decimal
    charges_prevues: Decimal | None
    charges_realisees: Decimal | None
    produits_prevus: Decimal | None
    produits_realises: Decimal | None
    a_rendre: Decimal | None
    enfants_prevus: int
    enfants: int | None

    @property
    def ecart(self) -> Decimal | None:
        """Done less planned charges."""
        return None if self.charges_realisees is None else self.charges_realisees - self.charges_prevues

    @property
    def part_ecart(self) -> Decimal | None:
        return part(self.ecart, self.charges_prevues)


def part(ecart: Decimal | None, prevu: Decimal | None) -> Decimal | None:
    """Gap as a fraction of what was planned; None when nothing was."""
    return ecart / prevu if ecart is not None and prevu else None


def bilans_de_l_annee(annee: int, jour: date) -> Iterator[BilanAnnuel]:
    """Every granted Exercice of a civil year by project number, late and expected ones included."""
    objectifs = {
        objectif.pk: (str(objectif.enjeu.thematique), str(objectif.enjeu), str(objectif))
        for objectif in Objectif.objects.select_related("enjeu__thematique")
    }
    appels = {appel.pk: appel for appel in Appel.objects.all()}
    dus = bilans_dus(jour).filter(annee=annee).order_by("projet__numero").values_list(*_CHAMPS, named=True)
    lignes = dus.iterator(chunk_size=LOT)
    while lot := list(islice(lignes, LOT)):
        complements = _Complements.lire(lot)
        for ligne in lot:
            yield _bilan_annuel(ligne, annee, appels, objectifs, complements)


_CHAMPS = (
    "pk", "projet_id", "projet__numero", "projet__titre", "projet__structure__nom", "projet__nature", "projet__appel_id",
    "projet__objectif_principal_id", "projet__nombre_enfants", "montant_demande", "accorde", "suivi", "etat",
    "bilan__pk", "bilan__depose_le", "bilan__accepte_le", "bilan__filles", "bilan__garcons", "bilan__issue",
    "bilan__prolonge_au",
)  # fmt: skip


@dataclass(frozen=True)
class _Complements:
    """What a chunk of Exercices needs beside its own columns: three queries."""

    financeurs: dict[tuple[int, str], Decimal]
    sommes: dict[int, dict[str, Decimal]]
    parcours: dict[int, list[str]]

    @classmethod
    def lire(cls, lot: list[Any]) -> "_Complements":
        montants = (
            MontantAccorde.objects.publies()
            .filter(exercice__in=[ligne.pk for ligne in lot])
            .order_by()
            .values_list("exercice", "financeur")
            .annotate(total=Sum("montant"))
        )
        deposes = [ligne.bilan__pk for ligne in lot if ligne.bilan__depose_le]
        parcours: dict[int, list[str]] = {}
        liens = Projet.parcours.through.objects.filter(projet__in=[ligne.projet_id for ligne in lot])
        for projet, libelle in liens.order_by("parcours__ordre").values_list("projet", "parcours__libelle"):
            parcours.setdefault(projet, []).append(libelle)
        return cls(
            financeurs={(exercice, financeur): au_centime(total) for exercice, financeur, total in montants},
            sommes={ligne["bilan"]: ligne for ligne in _sommes(deposes)},
            parcours=parcours,
        )


def _sommes(bilans: list[int]) -> Iterable[dict[str, Any]]:
    """Cash totals of the lines of some bilans, voluntary contributions left out."""
    volontaire = Q()
    for classe in CLASSES_VOLONTAIRES:
        volontaire |= Q(compte__code__startswith=classe)
    charges, produits = ~volontaire & Q(sens=Compte.Sens.CHARGE), ~volontaire & Q(sens=Compte.Sens.PRODUIT)
    return (
        LigneBilan.objects.filter(bilan__in=bilans)
        .order_by()
        .values("bilan")
        .annotate(
            charges_prevues=Sum("prevu", filter=charges, default=Decimal(0)),
            charges_realisees=Sum("realise", filter=charges, default=Decimal(0)),
            produits_prevus=Sum("prevu", filter=produits, default=Decimal(0)),
            produits_realises=Sum("realise", filter=produits, default=Decimal(0)),
            autres=Sum("realise", filter=produits & ~Q(compte_id=COMPTE_DEMANDE), default=Decimal(0)),
        )
    )


def _bilan_annuel(
    ligne: Any, annee: int, appels: dict[int, Appel], objectifs: dict[int, tuple[str, str, str]], plus: _Complements
) -> BilanAnnuel:
    genre = GenreBilan.INTERMEDIAIRE if ligne.suivi else GenreBilan.DEFINITIF
    thematique, enjeu, objectif = objectifs.get(ligne.projet__objectif_principal_id, ("", "", ""))
    accorde = au_centime(ligne.accorde)
    depose = ligne.bilan__depose_le is not None
    sommes = plus.sommes.get(ligne.bilan__pk) or dict.fromkeys(_SOMMES, Decimal(0))
    chiffres = {nom: au_centime(sommes[nom]) if depose else None for nom in _SOMMES}
    autres = chiffres.pop("autres")
    return BilanAnnuel(
        numero=ligne.projet__numero,
        titre=ligne.projet__titre,
        structure=ligne.projet__structure__nom or "",
        nature=NaturePorteur(ligne.projet__nature).label if ligne.projet__nature else "",
        thematique=thematique,
        enjeu=enjeu,
        objectif=objectif,
        parcours=", ".join(plus.parcours.get(ligne.projet_id, ())),
        genre=genre.label,
        etat=EtatBilan(ligne.etat).label,
        echeance=echeance_prolongee(echeance(appels[ligne.projet__appel_id], annee, genre), ligne.bilan__prolonge_au),
        depose_le=_jour(ligne.bilan__depose_le),
        accepte_le=_jour(ligne.bilan__accepte_le),
        demande=au_centime(ligne.montant_demande),
        par_financeur=tuple(plus.financeurs.get((ligne.pk, f.value), Decimal("0.00")) for f in Financeur),
        accorde=accorde,
        a_rendre=_a_rendre(ligne.bilan__issue, accorde, autres, chiffres["charges_realisees"]) if depose else None,
        enfants_prevus=ligne.projet__nombre_enfants,
        enfants=(ligne.bilan__filles or 0) + (ligne.bilan__garcons or 0) if depose else None,
        **chiffres,
    )


def _a_rendre(issue: str, accorde: Decimal, autres: Decimal, charges: Decimal) -> Decimal:
    """As ``Bilan.reste_a_rendre`` says it."""
    if issue in (IssueAction.NON_REALISEE, IssueAction.REPORTEE):
        return accorde if issue == IssueAction.NON_REALISEE else Decimal("0.00")
    return min(accorde, max(Decimal("0.00"), accorde + autres - charges))


_SOMMES = ("charges_prevues", "charges_realisees", "produits_prevus", "produits_realises", "autres")


def _jour(instant: Any) -> date | None:
    return timezone.localtime(instant).date() if instant else None


def lignes_de_l_annee(annee: int) -> Iterator[list[Any]]:
    """Lines of the deposited bilans: number, title, sens, class, account, detail, voluntary, planned, done, gap, part."""
    comptes = {compte.code: compte for compte in Compte.objects.all()}
    bilans = (
        Bilan.objects.deposes()
        .filter(exercice__annee=annee)
        .order_by("exercice__projet__numero")
        .values_list("pk", "exercice__projet__numero", "exercice__projet__titre")
        .iterator(chunk_size=LOT)
    )
    while lot := list(islice(bilans, LOT)):
        lignes: dict[int, list[Any]] = {}
        for ligne in (
            LigneBilan.objects.filter(bilan__in=[pk for pk, _, _ in lot])
            .order_by("bilan", "sens", "rang", "pk")
            .values_list("bilan", "compte", "detail", "prevu", "realise")
        ):
            lignes.setdefault(ligne[0], []).append(ligne[1:])
        for pk, numero, titre in lot:
            for code, detail, prevu, realise in lignes.get(pk, ()):
                compte, ecart = comptes[code], None if realise is None else realise - prevu
                volontaire = "oui" if code.startswith(CLASSES_VOLONTAIRES) else ""
                yield [numero, titre, compte.get_sens_display(), compte.classe, compte.libelle, detail, volontaire,
                       prevu, realise, ecart, part(ecart, prevu)]  # fmt: skip
