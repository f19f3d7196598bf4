"""« Comparer avec l’an dernier »: which project stands beside which, and what is said of each."""

from datetime import date
from decimal import Decimal

import pytest

from projets import comparaison
from projets.demonstration import conduite
from projets.dossier import Charge, Dossier, Effectif, InterventionPrevue, Produit
from projets.enums import Financeur, SensDecision, Statut
from projets.models import Appel, Bilan, Enveloppe, Projet

from . import fabriques
from .fabriques import dossier_complet, projet_en

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _enveloppe_de_l_an_dernier(appel: Appel) -> None:
    Enveloppe.objects.create(appel=appel, annee=2025, financeur=Financeur.ETAT, montant=10_000)


def an_dernier(titre: str = "Ateliers théâtre", **changements: object) -> Dossier:
    valeurs = {
        "titre": titre,
        "annee": 2025,
        "date_debut": date(2025, 3, 3),
        "date_fin": date(2025, 6, 27),
        "interventions": (
            InterventionPrevue("Ateliers", date(2025, 3, 3), None, "", "", "", None, "", "periscolaire"),
        ),
        "charges": (Charge("60-MATIERES", "", Decimal(800)),),
        "produits": (Produit("74-CITE", "", Decimal(600)), Produit("74-COMMUNE", "", Decimal(200))),
        "effectifs": (Effectif("6-10", 20, 20),),
        "materiels": (),
    }
    return dossier_complet(**valeurs | changements)


def comparer(**changements: object) -> comparaison.Comparaison:
    projet = projet_en(Statut.PRET, dossier_complet(**changements))
    return comparaison.comparer(Projet.objects.get(pk=projet.pk))


def test_nouveau_projet_quand_rien_ne_precede():
    projet_en(Statut.PRET, dossier_complet(titre="La même année"))
    projet_en(Statut.RETIRE, an_dernier())
    projet_en(Statut.PRET, an_dernier(structure_nom="Une autre école"))
    assert comparer(titre="Ateliers théâtre") == comparaison.Comparaison(
        comparaison.comparer(Projet.objects.latest("pk")).actuel, None
    )


def test_titre_proche_de_la_meme_structure():
    precedent = projet_en(Statut.VALIDE, an_dernier())
    autre = projet_en(Statut.PRET, an_dernier("Sorties au musée"))
    trouvee = comparer(titre="Ateliers de théâtre, deuxième année")
    assert trouvee.precedent.projet == precedent
    assert trouvee.autres == (autre,)
    assert trouvee.lien == "Même structure, titre proche."


@pytest.mark.parametrize("cite", ["{numero}", "n° {numero} de l’an dernier", "Sorties au musée"])
def test_projet_designe_par_le_dossier(cite: str):
    projet_en(Statut.PRET, an_dernier())
    precedent = projet_en(Statut.VALIDE, an_dernier("Sorties au musée"))
    cite = cite.format(numero=precedent.numero)
    trouvee = comparer(titre="Ateliers théâtre", reconduction="reconduction", projet_precedent=cite)
    assert trouvee.precedent.projet == precedent
    assert "Le dossier le désigne" in trouvee.lien


def test_titre_sans_rapport_ne_se_compare_que_si_le_dossier_se_dit_reconduit():
    precedent = projet_en(Statut.VALIDE, an_dernier("Sorties au musée"))
    assert comparer(titre="Une mare pédagogique").precedent is None
    trouvee = comparer(titre="Une mare pédagogique", reconduction="reconduction", projet_precedent="zzz")
    assert trouvee.precedent.projet == precedent


def test_chiffres_de_l_an_dernier(django_assert_num_queries):
    precedent = projet_en(Statut.VALIDE, an_dernier())
    conduite.remettre_bilan(precedent.exercices.get(), taux=Decimal("0.75"))
    Bilan.objects.update(filles=15, garcons=17)
    projet_en(Statut.PRET, an_dernier("Ateliers théâtre bis"))
    projet = Projet.objects.get(pk=projet_en(Statut.PRET, dossier_complet(titre="Ateliers théâtre")).pk)
    with django_assert_num_queries(12):
        trouvee = comparaison.comparer(projet)
    colonne = trouvee.precedent
    assert (colonne.demande, colonne.accorde, colonne.depense) == (Decimal(600), Decimal(600), Decimal(600))
    assert (colonne.enfants_prevus, colonne.enfants_touches) == (40, 32)
    assert colonne.decision.sens == SensDecision.VALIDE
    assert trouvee.ecart_en_mots.replace("\u00a0", " ") == "400,00 € de plus"


def test_ce_qui_n_est_pas_public_ne_se_compare_pas():
    """A pending decision of the other project, a bilan that is not deposited: nothing."""
    precedent = projet_en(Statut.INSCRIT, an_dernier())
    fabriques.decider(precedent)
    colonne = comparer(titre="Ateliers théâtre").precedent
    assert colonne.projet == precedent
    assert (colonne.accorde, colonne.decision, colonne.depense, colonne.bilans) == (None, None, None, ())
