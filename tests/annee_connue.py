"""A civil year built by hand, whose totals are worked out on paper and written here: nothing is read from the code.

2026: three granted projects.
  A  over two years, 700 € for 2026 (State): bilan deposited, charges 900 planned, 720,10 done, produits 900 done.
  B  1 000 € (600 State, 400 town), accepted, charges 1 500 planned and done; 12 girls, 13 boys.
  C  850,55 € of 1 000 asked (town), no bilan yet.
A fourth one (D) was refused. Titles are hostile to spreadsheets and to file names.
"""

from decimal import Decimal

from django.utils import timezone

from projets import bilans
from projets.enums import Action, Financeur, SensDecision
from projets.models import Bilan, Projet
from projets.workflow import executer, publier_seance

from . import fabriques
from .deja_fait import retenu

ACCORDE = Decimal("2550.55")
ACCORDE_ETAT = Decimal("1300.00")
ACCORDE_VILLE = Decimal("1250.55")
DEMANDE_FINANCES = Decimal("2700.00")
CHARGES_PREVUES = Decimal("2400.00")
CHARGES_REALISEES = Decimal("2220.10")
PRODUITS_REALISES = Decimal("2400.00")
ECART = Decimal("-179.90")
A_RENDRE = Decimal("179.90")
JUSTIFIE = Decimal("1000.00")
ENFANTS_PREVUS = 75
ENFANTS_TOUCHES = 25

TITRE_A = '=HYPERLINK("http://example.org";"piège")'
TITRE_B = "../../etc/passwd\u202e & <b>Ateliers</b>"
TITRE_C = "@SUM(1+1)*cmd|' /C calc'!A0"


def accorder(projet: Projet, montants: dict[tuple[int, str], Decimal]) -> None:
    """Brings a project that is ready to a published grant."""
    fabriques.enveloppes()
    reunion = fabriques.seance()
    executer(projet, Action.INSCRIRE, par=fabriques.coordinateur_de(projet), seance=reunion)
    fabriques.decider(projet, SensDecision.VALIDE, montants=montants)
    publier_seance(reunion, par=fabriques.coordinateur_de(projet))
    projet.refresh_from_db()


def remplir(projet: Projet, annee: int, realises: dict[str, Decimal], **champs: object) -> Bilan:
    """A complete bilan: what was planned, but for some accounts."""
    bilan = bilans.preparer(projet.exercices.get(annee=annee), projet.porteur)
    for ligne in bilan.lignes.all():
        ligne.realise = realises.get(ligne.compte_id, ligne.prevu)
        ligne.save()
    bilan.indicateurs.update(appreciation="atteint")
    valeurs = {"realisation": "Fait.", "explication_ecarts": "Moins cher.", "certifie": True, **champs}
    for nom, valeur in valeurs.items():
        setattr(bilan, nom, valeur)
    bilan.save()
    return bilan


@retenu
def construire() -> tuple[Projet, Projet, Projet]:
    """A, B and C; « today » is the day of the test."""
    a = fabriques.projet_en("pret", fabriques.dossier_deux_ans(titre=TITRE_A))
    accorder(a, {(2026, Financeur.ETAT): Decimal(700), (2027, Financeur.ETAT): Decimal(400)})
    bilans.deposer(remplir(a, 2026, {"60-PRESTATIONS": Decimal("720.10")}), par=a.porteur)
    b = fabriques.projet_en("pret", fabriques.dossier_complet(titre=TITRE_B))
    accorder(b, {(2026, Financeur.ETAT): Decimal(600), (2026, Financeur.VILLE): Decimal(400)})
    bilan = remplir(b, 2026, {}, filles=12, garcons=13)
    bilans.deposer(bilan, par=b.porteur)
    bilans.accepter(bilan, par=fabriques.coordinateur_de(b))
    c = fabriques.projet_en("pret", fabriques.dossier_complet(titre=TITRE_C))
    accorder(c, {(2026, Financeur.VILLE): Decimal("850.55")})
    fabriques.projet_en("refuse")
    assert timezone.localdate().year >= 2026
    return a, b, c
