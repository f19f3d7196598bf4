"""What is read in the kept sums is what is added up live, to the cent: whatever the projects, for every filter."""

from datetime import date
from decimal import Decimal
from itertools import cycle, product

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from correspondants.enums import Role
from correspondants.models import Etablissement, Quartier, Structure
from projets import annees_tenues, cumuls, indicateurs
from projets.annees_tenues import nombre_de_budgets
from projets.cellules_enveloppes import cellules_tenues
from projets.echeances import bilans_dus, comptes_par_etat, comptes_tenus
from projets.enums import Financeur, IssueAction, SensDecision, Statut, StatutBilan
from projets.enums_portail import MesureANCT
from projets.enveloppes import situations
from projets.models import (
    Appel,
    Bilan,
    Compte,
    Decision,
    Dispositif,
    Exercice,
    IndicateurANCT,
    LigneBilan,
    MontantAccorde,
    Objectif,
    Parcours,
    PointOrdreDuJour,
    Projet,
    SeanceTroika,
    Thematique,
    Versement,
)
from projets.repartitions import Filtre, exercices_de
from projets.statistiques import annee_civile

from . import annee_connue, fabriques

pytestmark = pytest.mark.django_db
EUROS = st.decimals(min_value=0, max_value=99_999, places=2)
JOURS = (date(2026, 12, 20), date(2027, 12, 31))


def comparer(lecteur: object = None, *, filtres: int = 2) -> None:
    """Every figure of some years, filters and perimeters, and the envelopes."""
    choisis = indicateurs.choisis()
    thematiques = [None, *Thematique.objects.order_by("pk")[: filtres - 1]]
    quartiers = [None, *Quartier.objects.order_by("pk")[: filtres - 1]]
    tous = [(2026, une, un) for une, un in product(thematiques, quartiers)] + [
        (2025, None, None),
        (2027, None, quartiers[-1]),
    ]
    for rang, (annee, thematique, quartier) in enumerate(tous):
        filtre, jour = Filtre(thematique, quartier), JOURS[rang % 2]
        tenues = annees_tenues.lire(annee, filtre, **indicateurs.a_lire(choisis))
        assert tenues is not None
        dites = annee_civile(annee, jour, filtre, lecteur=lecteur, tenues=tenues)
        assert dites == annee_civile(annee, jour, filtre, lecteur=lecteur), (annee, filtre)
        if annee == 2026 and not quartier:
            assert indicateurs.indicateurs_de(annee, choisis, tenues) == indicateurs.indicateurs_de(annee, choisis)
    appels = list(Appel.objects.all())
    assert situations(appels, lecteur=lecteur, tenues=cellules_tenues()) == situations(appels, lecteur=lecteur)
    for jour in JOURS:
        assert comptes_tenus(jour) == sorted(comptes_par_etat(bilans_dus(jour)))
    assert nombre_de_budgets(2026) == exercices_de([2026]).count()


@pytest.fixture
def tous_les_indicateurs(appel):
    """Each measure, over all, over a thématique, over a parcours, over both, in turn."""
    IndicateurANCT.objects.all().delete()
    thematique, parcours = appel.thematiques.first(), appel.parcours.first()
    perimetres = cycle([(None, None), (thematique, None), (None, parcours), (thematique, parcours)])
    for rang, (mesure, (une, un)) in enumerate(zip([*MesureANCT, MesureANCT.STRUCTURES], perimetres, strict=False)):
        IndicateurANCT.objects.create(
            appel=appel, code=f"i{rang}", libelle=mesure.label, mesure=mesure, ordre=rang, thematique=une, parcours=un
        )
    return appel


def test_l_annee_connue(tous_les_indicateurs):
    _, b, c = annee_connue.construire()
    c.quartiers.set(Quartier.objects.all()[:2])
    c.etablissements.set(Etablissement.objects.exclude(niveau=None)[:2])
    attend = fabriques.projet_en(Statut.INSCRIT)
    fabriques.decider(attend)
    comparer()
    comparer(lecteur=attend.porteur)
    b.exercices.update(annee=2025)
    comparer()


PROJETS = st.fixed_dictionaries(
    {
        "statut": st.sampled_from(
            [Statut.VALIDE, Statut.VALIDE, Statut.CLOS, Statut.DEPOSE, Statut.RETIRE, Statut.BROUILLON]
        ),
        "nature": st.sampled_from(["", "ecole", "association"]),
        "objectif": st.none() | st.integers(0, 21),
        "secondaires": st.frozensets(st.integers(0, 21), max_size=2),
        "parcours": st.frozensets(st.integers(0, 2), max_size=2),
        "quartiers": st.frozensets(st.integers(0, 1)),
        "etablissements": st.frozensets(st.integers(0, 5), max_size=3),
        "dispositif": st.booleans(),
        "structure": st.none() | st.integers(0, 1),
        "scolaire": st.booleans(),
        "personnes": st.integers(0, 300),
        "annees": st.sampled_from([(2026,), (2025,), (2025, 2026), (2026, 2027)]),
        "demande": EUROS,
        "accordes": st.tuples(EUROS, EUROS),
        "publiee": st.sampled_from([True, True, False]),
        "bilan": st.none() | st.sampled_from(StatutBilan.values),
        "issue": st.sampled_from(IssueAction.values),
        "motif": st.sampled_from(["", "Il manque une facture."]),
        "prolonge": st.none() | st.sampled_from(JOURS),
        "realise": EUROS,
        "verse": st.none() | st.decimals(min_value=Decimal("0.01"), max_value=999, places=2),
    }
)


def ecrire(rang: int, tire: dict) -> Projet:
    maintenant, par, appel = timezone.now(), fabriques.de_role(Role.ADMIN), Appel.objects.courant()
    depose = None if tire["statut"] == Statut.BROUILLON else maintenant
    structures = [Structure.objects.get_or_create(nom=nom, nature="ecole")[0] for nom in ("École A", "École B")]
    objectifs = list(Objectif.objects.order_by("pk"))
    projet = Projet.objects.create(
        appel=appel, numero=f"2026-8{rang:03}" if depose else None, statut=tire["statut"], depose_le=depose,
        porteur=fabriques.utilisateur(f"p{rang % 2}@example.org"), nature=tire["nature"],
        objectif_principal=None if tire["objectif"] is None else objectifs[tire["objectif"]],
        structure=None if tire["structure"] is None else structures[tire["structure"]], temps_scolaire=tire["scolaire"],
        nombre_enfants=tire["personnes"], nombre_parents=tire["personnes"] // 3, nombre_partenaires=tire["personnes"] // 7,
    )  # fmt: skip
    projet.objectifs_secondaires.set([objectifs[un] for un in tire["secondaires"]])
    projet.dispositifs.set(Dispositif.objects.all()[: int(tire["dispositif"])])
    for nom, modele in (("parcours", Parcours), ("quartiers", Quartier), ("etablissements", Etablissement)):
        tous = list(modele.objects.order_by("pk"))
        getattr(projet, nom).set([tous[un % len(tous)] for un in tire[nom]])
    seance = SeanceTroika.objects.create(
        appel=appel, date=maintenant, publiee_le=maintenant if tire["publiee"] else None
    )
    point = PointOrdreDuJour.objects.create(seance=seance, projet=projet)
    decision = Decision.objects.create(point=point, sens=SensDecision.VALIDE, publiee=tire["publiee"], par=par)
    for annee in tire["annees"]:
        exercice = Exercice.objects.create(projet=projet, annee=annee, montant_demande=tire["demande"])
        for financeur, montant in zip((Financeur.ETAT, Financeur.VILLE), tire["accordes"], strict=True):
            MontantAccorde.objects.create(decision=decision, exercice=exercice, financeur=financeur, montant=montant)
        if tire["verse"]:
            Versement.objects.create(
                exercice=exercice,
                financeur=Financeur.ETAT,
                montant=tire["verse"],
                date=maintenant.date(),
                saisi_par=par,
            )
        if tire["bilan"]:
            _ecrire_bilan(exercice, tire)
    return projet


def _ecrire_bilan(exercice: Exercice, tire: dict) -> None:
    prolonge = tire["prolonge"]
    bilan = Bilan.objects.create(
        exercice=exercice, genre="definitif", statut=tire["bilan"], issue=tire["issue"], motif_retour=tire["motif"],
        depose_le=None if tire["bilan"] == StatutBilan.BROUILLON else timezone.now(), filles=tire["personnes"], parents=3,
        prolonge_au=prolonge, prolonge_debut=prolonge, prolonge_fin=prolonge, prolonge_le=prolonge and timezone.now(),
    )  # fmt: skip
    for code, sens in (
        ("60-PRESTATIONS", "charge"),
        ("74-COMMUNE", "produit"),
        ("74-CITE", "produit"),
        ("86-DONS", "charge"),
    ):
        compte = Compte.objects.filter(code__startswith=code[:2] if code[:2] == "86" else code, sens=sens).first()
        LigneBilan.objects.create(bilan=bilan, compte=compte, sens=sens, realise=tire["realise"])


@settings(
    max_examples=6 if connection.vendor == "sqlite" else 3, deadline=None, derandomize=True,
    phases=[Phase.generate],  # long to play: the first that fails is told as it is
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(tires=st.lists(PROJETS, min_size=1, max_size=5), suite=st.data())
def test_des_projets_au_hasard(tous_les_indicateurs, tires, suite):

    with transaction.atomic():
        projets = [ecrire(rang, tire) for rang, tire in enumerate(tires)]
        comparer()  # what is waiting is folded by it
        lecteur = projets[0].porteur
        quoi = suite.draw(st.sampled_from(["statut", "montant", "bilan", "départ"]), label="puis")
        if quoi == "statut":
            Projet.objects.filter(pk=projets[-1].pk).update(
                statut=Statut.RETIRE, depose_le=timezone.now(), numero="2026-7777"
            )
        elif quoi == "montant":
            MontantAccorde.objects.update(montant=Decimal("33.33"))
        elif quoi == "bilan":
            Bilan.objects.update(statut=StatutBilan.ACCEPTE, issue=IssueAction.REALISEE)
        else:
            LigneBilan.objects.all().delete()
            MontantAccorde.objects.filter(exercice__projet=projets[0]).delete()
        comparer(lecteur)
        assert cumuls.ecarts() == []
        transaction.set_rollback(True)
