"""Random years: database, page, workbook, csv, PDF and open data say the same totals, to the cent.

Projects are written straight into the tables: the workflow has its own tests, and this one is about sums.
"""

import csv
import io
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from pathlib import Path

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from correspondants.enums import NaturePorteur, Role
from correspondants.models import Quartier, Structure
from projets.documents.bilans_annuels import exporter
from projets.documents.feuilles_enveloppes import COLONNES_ENVELOPPES
from projets.enums import Financeur, GenreBilan, SensDecision, Statut, StatutBilan
from projets.models import (
    Appel,
    Bilan,
    Compte,
    Decision,
    DepassementEnveloppe,
    Enveloppe,
    Exercice,
    GenreMouvement,
    LigneBilan,
    MontantAccorde,
    MouvementEnveloppe,
    Objectif,
    Parcours,
    PointOrdreDuJour,
    Projet,
    SeanceTroika,
)
from projets.mouvements import mouvementer
from projets.publication import Preparation
from projets.statistiques import annee_civile

from . import fabriques
from .test_commande_exporter_bilans import recalculer, sans_valeurs, totaux_de

pytestmark = pytest.mark.django_db(transaction=False)
ANNEE = 2026
ZERO = Decimal("0.00")
EUROS = st.decimals(min_value=0, max_value=99_999, places=2)
NUMEROS = count(1)


@dataclass(frozen=True)
class Tirage:
    """One project: asked, granted by funder, charges planned and done (None: no bilan), and where it counts."""

    nature: str
    objectif: int | None
    parcours: frozenset[int]
    quartiers: frozenset[int]
    annee: int
    demande: Decimal
    accordes: tuple[Decimal, Decimal]
    bilan: tuple[Decimal, Decimal] | None
    enfants: int


TIRAGES = st.builds(
    Tirage,
    nature=st.sampled_from(["", *NaturePorteur.values]),
    objectif=st.none() | st.integers(0, 21),
    parcours=st.frozensets(st.integers(0, 5), max_size=3),
    quartiers=st.frozensets(st.integers(0, 2)),
    annee=st.sampled_from([ANNEE, ANNEE, ANNEE - 1]),
    demande=EUROS,
    accordes=st.tuples(EUROS, EUROS),
    bilan=st.none() | st.tuples(EUROS, EUROS),
    enfants=st.integers(0, 500),
)


def ecrire(tirages: list[Tirage]) -> None:
    appel = Appel.objects.courant()
    par, maintenant = fabriques.de_role(Role.ADMIN), timezone.now()
    objectifs = list(Objectif.objects.all())
    parcours, quartiers = list(Parcours.objects.all()), list(Quartier.objects.all())
    charge = Compte.objects.filter(sens=Compte.Sens.CHARGE, code__startswith="60").first()
    seance = SeanceTroika.objects.create(appel=appel, date=maintenant, publiee_le=maintenant, publiee_par=par)
    for tirage in tirages:
        projet = Projet.objects.create(
            appel=appel, numero=f"{tirage.annee}-{next(NUMEROS):05d}", statut=Statut.VALIDE, depose_le=maintenant,
            titre="=1+1 <b>Une mare</b> & cie", nature=tirage.nature, nombre_enfants=tirage.enfants,
            structure=Structure.objects.create(nom="École", nature="ecole"),
            objectif_principal=None if tirage.objectif is None else objectifs[tirage.objectif],
        )  # fmt: skip
        projet.parcours.set([parcours[rang] for rang in tirage.parcours])
        projet.quartiers.set([quartiers[rang] for rang in tirage.quartiers])
        exercice = Exercice.objects.create(projet=projet, annee=tirage.annee, montant_demande=tirage.demande)
        point = PointOrdreDuJour.objects.create(seance=seance, projet=projet)
        decision = Decision.objects.create(point=point, sens=SensDecision.VALIDE, publiee=True, par=par)
        for financeur, montant in zip((Financeur.ETAT, Financeur.VILLE), tirage.accordes, strict=True):
            MontantAccorde.objects.create(decision=decision, exercice=exercice, financeur=financeur, montant=montant)
        if tirage.bilan:
            bilan = Bilan.objects.create(
                exercice=exercice, genre=GenreBilan.DEFINITIF, statut=StatutBilan.DEPOSE, depose_le=maintenant
            )
            prevu, realise = tirage.bilan
            LigneBilan.objects.create(bilan=bilan, compte=charge, sens="charge", prevu=prevu, realise=realise)


@dataclass(frozen=True)
class Attendu:
    """The same totals, worked out from what was drawn."""

    projets: int
    demande: Decimal
    accorde: Decimal
    etat: Decimal
    ville: Decimal
    finances: int
    prevu: Decimal
    realise: Decimal
    enfants: int
    precedent: Decimal

    @classmethod
    def de(cls, tirages: list[Tirage]) -> "Attendu":
        siens = [t for t in tirages if t.annee == ANNEE]
        finances = [t for t in siens if sum(t.accordes)]
        bilans = [t.bilan for t in finances if t.bilan]
        return cls(
            projets=len(siens),
            demande=sum((t.demande for t in siens), ZERO),
            accorde=sum((sum(t.accordes) for t in siens), ZERO),
            etat=sum((t.accordes[0] for t in siens), ZERO),
            ville=sum((t.accordes[1] for t in siens), ZERO),
            finances=len(finances),
            prevu=sum((prevu for prevu, _ in bilans), ZERO),
            realise=sum((realise for _, realise in bilans), ZERO),
            enfants=sum(t.enfants for t in siens),
            precedent=sum((sum(t.accordes) for t in tirages if t.annee == ANNEE - 1), ZERO),
        )


@dataclass(frozen=True)
class Mouvements:
    """What changed the envelopes of the year: added to the State's, transferred from it to the town of the next year."""

    vote: Decimal
    ajout: Decimal
    transfert: Decimal

    def ecrire(self) -> None:
        appel, par = Appel.objects.courant(), fabriques.de_role(Role.ADMIN)
        etat, suite = (ANNEE, Financeur.ETAT), (ANNEE + 1, Financeur.VILLE)
        for financeur in (Financeur.ETAT, Financeur.VILLE):
            Enveloppe.objects.create(appel=appel, annee=ANNEE, financeur=financeur, montant=self.vote)
        commun = {"date": timezone.localdate().replace(year=ANNEE, month=1, day=1), "motif": "Accord.", "par": par}
        mouvementer(appel, GenreMouvement.AJOUT, self.ajout, vers=etat, **commun)
        mouvementer(
            appel, GenreMouvement.TRANSFERT, self.transfert, de=etat, vers=suite, motif_depassement="Assumé.", **commun
        )

    @property
    def dotation(self) -> Decimal:
        return 2 * self.vote + self.ajout - self.transfert


POSITIFS = st.decimals(min_value=Decimal("0.01"), max_value=99_999, places=2)
MOUVEMENTS = st.builds(Mouvements, vote=POSITIFS, ajout=POSITIFS, transfert=POSITIFS).filter(
    lambda m: m.transfert <= m.vote + m.ajout
)


def verifier_les_enveloppes(attendu: Attendu, mouvements: Mouvements, fichier: Path) -> None:
    """Page and workbook say the same envelopes, additions and transfers included."""
    total = annee_civile(ANNEE).financement_total
    reste = mouvements.dotation - attendu.accorde
    assert (total.dotation, total.engage, total.reste) == (mouvements.dotation, attendu.accorde, reste)
    client = Client()
    client.force_login(fabriques.de_role(Role.COORDINATEUR_EN))
    page = sans_espaces(client.get(reverse("enveloppes"), {"annee": ANNEE}).content.decode())
    for montant in (mouvements.dotation, attendu.accorde, reste, mouvements.ajout, mouvements.transfert):
        assert en_euros(montant) in page
    feuille = openpyxl.load_workbook(fichier, data_only=True)["Enveloppes"]
    total = [cellule.value for cellule in feuille[feuille.max_row]]
    lu = {c.cle: au_centime(v) for c, v in zip(COLONNES_ENVELOPPES, total, strict=False) if isinstance(v, int | float)}
    assert (lu["vote"], lu["ajouts"], lu["transferts"]) == (
        2 * mouvements.vote, mouvements.ajout, -mouvements.transfert,
    )  # fmt: skip
    assert (lu["dotation"], lu["engage"], lu["reste"]) == (mouvements.dotation, attendu.accorde, reste)


def verifier_la_base(attendu: Attendu) -> None:
    annee = annee_civile(ANNEE)
    assert (annee.total.projets, annee.total.demande, annee.total.accorde, annee.total.enfants) == (
        attendu.projets, attendu.demande, attendu.accorde, attendu.enfants,
    )  # fmt: skip
    assert annee.precedente.accorde == attendu.precedent
    for tableau in annee.tableaux:
        if tableau.additif:
            assert tableau.total.accorde == attendu.accorde, tableau.code
            assert tableau.total_precedent.accorde == attendu.precedent, tableau.code
        if tableau.additif and not tableau.accorde_seul:
            assert (tableau.total.projets, tableau.total.demande) == (attendu.projets, attendu.demande), tableau.code
    preparation = Preparation.de(ANNEE)
    assert preparation.montant_pret + preparation.montant_incomplet == attendu.accorde


def verifier_la_page(attendu: Attendu) -> None:
    client = Client()
    client.force_login(fabriques.de_role(Role.COORDINATEUR_EN))
    page = sans_espaces(client.get(reverse("pilotage"), {"annee": ANNEE}).content.decode())
    for montant in (attendu.demande, attendu.accorde):
        assert f">{en_euros(montant)}<" in page


def verifier_le_csv(attendu: Attendu, dossier: Path) -> None:
    sortie = io.BytesIO()
    exporter(ANNEE, "csv", sortie)
    total = list(csv.DictReader(io.StringIO(sortie.getvalue().decode("utf-8-sig")), delimiter=";"))[-1]
    assert Decimal(total["Accordé total (€)"].replace(",", ".")) == attendu.accorde
    assert Decimal(total["Charges réalisées (€)"].replace(",", ".")) == attendu.realise


def verifier_le_pdf(attendu: Attendu, dossier: Path) -> None:
    fichier = dossier / "annee.pdf"
    with fichier.open("wb") as sortie:
        exporter(ANNEE, "pdf", sortie)
    texte = sans_espaces(
        subprocess.run(["pdftotext", "-layout", fichier, "-"], check=True, capture_output=True).stdout.decode()
    )
    if attendu.finances:
        ecart = en_euros(attendu.realise - attendu.prevu)
        lu = next(ligne for ligne in texte.splitlines() if ligne.startswith("TOTAL"))
        assert lu == f"TOTAL{en_euros(attendu.accorde)}{en_euros(attendu.prevu)}{en_euros(attendu.realise)}{ecart}"
    assert en_euros(attendu.demande) in texte


def classeur(dossier: Path, code: str) -> Path:
    fichier = dossier / f"annee.{code}"
    with fichier.open("wb") as sortie:
        exporter(ANNEE, code, sortie)
    return fichier


def verifier_le_classeur(attendu: Attendu, fichier: Path) -> None:
    """Cached or recomputed, the values of every total."""
    lu = openpyxl.load_workbook(fichier, data_only=True)
    exercices = totaux_de(lu["Exercices"])
    assert (exercices["accorde"], exercices["accorde_etat"], exercices["accorde_ville"]) == (
        attendu.accorde, attendu.etat, attendu.ville,
    )  # fmt: skip
    assert (exercices["charges_prevues"], exercices["charges_realisees"]) == (attendu.prevu, attendu.realise)
    synthese = {ligne[0]: ligne for ligne in lu["Synthèse"].iter_rows(values_only=True)}
    assert synthese["Projets déposés"][1] == attendu.projets
    assert [au_centime(synthese["Projets déposés"][rang]) for rang in (2, 6)] == [attendu.accorde, attendu.demande]
    assert au_centime(synthese["TOTAL"][2]) == attendu.accorde
    assert synthese["TOTAL"][1] == attendu.finances
    totaux = [ligne for ligne in lu["Répartitions"].iter_rows(values_only=True) if ligne[1] == "TOTAL"]
    assert len(totaux) >= 4
    for ligne in totaux:
        assert au_centime(ligne[5]) == attendu.accorde, ligne[0]
        assert au_centime(ligne[7]) == attendu.precedent, ligne[0]


def au_centime(valeur: float) -> Decimal:
    return Decimal(str(round(valeur, 2))).quantize(ZERO)


def en_euros(montant: Decimal) -> str:
    return f"{montant:.2f}€".replace(".", ",").replace("-", "−")


def sans_espaces(texte: str) -> str:
    return re.sub(r"[ \t\u202f\u00a0]", "", texte)


@pytest.fixture
def dossier(appel, tmp_path) -> Iterator[Path]:
    return tmp_path


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tirages=st.lists(TIRAGES, max_size=7), mouvements=MOUVEMENTS)
def test_une_annee_au_hasard_dit_partout_les_memes_totaux(dossier, tirages, mouvements):
    vider()
    ecrire(tirages)
    mouvements.ecrire()
    attendu = Attendu.de(tirages)
    verifier_la_base(attendu)
    verifier_la_page(attendu)
    verifier_le_csv(attendu, dossier)
    fichier = classeur(dossier, "xlsx")
    verifier_le_classeur(attendu, fichier)
    verifier_les_enveloppes(attendu, mouvements, fichier)


def vider() -> None:
    modeles = (
        DepassementEnveloppe, MouvementEnveloppe, Enveloppe, MontantAccorde, Decision, PointOrdreDuJour, SeanceTroika,
        Bilan, Exercice, Projet, Structure,
    )  # fmt: skip
    for modele in modeles:
        modele.objects.all().delete()


@pytest.mark.une_seule_base
def test_une_annee_recalculee_par_libreoffice_et_imprimee(dossier):
    """One year, whose awkward sums a float would miss, in the formats that are slow to read back."""
    tirages = [
        Tirage("ecole", 0, frozenset({0, 1}), frozenset({0, 1}), ANNEE, Decimal("0.10"), (Decimal("0.10"), Decimal("0.20")),
               (Decimal("0.30"), Decimal("0.29")), 12),
        Tirage("association", 21, frozenset(), frozenset({2}), ANNEE, Decimal("99999.99"), (Decimal("33333.33"), ZERO),
               (Decimal("1.01"), Decimal("2.02")), 0),
        Tirage("association", None, frozenset({5}), frozenset(), ANNEE, Decimal("10.07"), (ZERO, Decimal("10.07")), None, 3),
        Tirage("", 3, frozenset(), frozenset(), ANNEE, Decimal("5.00"), (ZERO, ZERO), None, 9),
        Tirage("prive", 0, frozenset({0}), frozenset({0}), ANNEE - 1, Decimal("7.77"), (Decimal("7.77"), ZERO), None, 1),
    ]  # fmt: skip
    ecrire(tirages)
    mouvements = Mouvements(Decimal("20000.07"), Decimal("0.10"), Decimal("0.33"))
    mouvements.ecrire()
    attendu = Attendu.de(tirages)
    verifier_la_base(attendu)
    verifier_le_pdf(attendu, dossier)
    recalcule = recalculer(sans_valeurs(classeur(dossier, "xlsx")))
    verifier_le_classeur(attendu, recalcule)
    verifier_les_enveloppes(attendu, mouvements, recalcule)
    verifier_le_classeur(attendu, recalculer(classeur(dossier, "ods")))
