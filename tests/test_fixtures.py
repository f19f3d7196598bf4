"""The call as data: ``fixtures/*.json`` load, load again without effect, and say what the printed call says.

``tests/sources/appel.txt`` is the call as it was received (part of it scanned), ``dispositifs.txt`` the passages of
the other documents that name a dispositif, ``budget.txt`` the plan comptable. Two texts are the same when ``mots``
gives the same words once ``CORRECTIONS`` has mended the source: what is not in that table must be in the source, word
for word.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

from correspondants.enums import NaturePorteur, Role
from correspondants.models import Correspondant, Etablissement, Habilitation, Quartier, RegleRoutage
from projets.dossier import CLASSES_VOLONTAIRES, COMPTE_DEMANDE
from projets.models import (
    Appel,
    Compte,
    Dispositif,
    Enjeu,
    Enveloppe,
    Objectif,
    Orientation,
    Parcours,
    Thematique,
    TrancheAge,
    Transversalite,
)

from .fabriques import charger_appel

pytestmark = pytest.mark.une_seule_base

SOURCES = Path(__file__).parent / "sources"
FIXTURES = Path(settings.BASE_DIR) / "fixtures"

# Scan errors that follow a rule: « I'ambition », « 1’excellence », « 1’ Agence », « I’enfant » are all « l’ ».
L_APOSTROPHE = re.compile(r"\b[I1][’'] ?(?=\w)")

# What the source prints -> what it says. Accents, case and punctuation need no entry: ``mots`` ignores them.
CORRECTIONS = [
    # scan
    ("a 'insertion", "à l’insertion"),
    ("Valoriser ’engagement", "Valoriser l’engagement"),
    ("réaliséesle", "réalisées le"),
    ("et 4 la loi", "et à la loi"),
    ("Libert¢", "Libertés"),
    (  # one line was read twice
        "diffuser des photographies me représentant a utiliser et diffuser a titre gratuit et des photographies",
        "diffuser à titre gratuit des photographies me représentant et des photographies",
    ),
    ("Agence nationale de la cohésion CITE", "Agence nationale de la cohésion des territoires CITE"),  # cut short
    # spelling
    ("péri-scolaires et extra-scolaires", "périscolaires et extrascolaires"),
    ("partenariat stricte avec la C.A.F", "partenariat strict avec la CAF"),
    ("territoires que composent", "territoires qui composent"),
    ("seront travaillés dans", "seront travaillées dans"),
    ("seront privilégiés dans", "seront privilégiées dans"),
    ("savoirs-faire", "savoir-faire"),
    ("afin d’obtenir d’un environnement", "d’obtenir un environnement"),
    ("au fil de l’eau. Les ·", "au fil de l’eau. ·"),  # an unfinished sentence
    # this edition is not the one of 2024, and the sentence is a field of its own
    ("en décembre 2024", "en décembre de l’année N"),
    ("Il faudra insérer la phrase «", "Il faudra insérer la phrase ci-dessous «"),
]


def mots(texte: str) -> str:
    """The words of a text, in order: no accent, case, punctuation nor line break."""
    decompose = unicodedata.normalize("NFKD", texte.replace("œ", "oe").replace("’", "'"))
    return " ".join(re.findall(r"[a-z0-9]+", "".join(c for c in decompose if not unicodedata.combining(c)).lower()))


def source(nom: str) -> str:
    """A source text, mended, on one line."""
    texte = " ".join((SOURCES / nom).read_text(encoding="utf-8").split())
    texte = L_APOSTROPHE.sub("l’", texte)
    for imprime, dit in CORRECTIONS:
        texte = texte.replace(imprime, dit)
    return texte


APPEL, DISPOSITIFS = mots(source("appel.txt")), mots(source("dispositifs.txt"))


def est_dans(texte: str, source: str) -> bool:
    """Whole words: « 1 1 1 … » is not found inside « 11 1 1 … »."""
    return f" {mots(texte)} " in f" {source} "


def chaines(valeur: object) -> Iterator[str]:
    """Every text of a JSON value."""
    if isinstance(valeur, str):
        yield valeur
    elif isinstance(valeur, dict):
        for partie in valeur.values():
            yield from chaines(partie)
    elif isinstance(valeur, list):
        for partie in valeur:
            yield from chaines(partie)


def etat_de_la_base() -> dict[str, list[tuple]]:
    """Every row of the domain, keys included, and the links between them."""
    modeles = [
        m
        for nom in ("correspondants", "projets")
        for m in apps.get_app_config(nom).get_models(include_auto_created=True)
    ]
    return {modele._meta.label: sorted(modele.objects.values_list(), key=str) for modele in modeles}


@pytest.fixture
def lievin(db) -> Appel:
    return charger_appel()


@pytest.fixture
def base_vide(db) -> None:
    """As after ``migrate``: no call, nobody, no school, no account of the budget."""
    for modele in (Appel, Compte, Correspondant, RegleRoutage, Etablissement, Quartier):
        modele.objects.all().delete()


# --- the source is understood ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("imprime", [imprime for imprime, _ in CORRECTIONS])
def test_each_correction_mends_something(imprime):
    bruts = (
        L_APOSTROPHE.sub("l’", " ".join((SOURCES / nom).read_text(encoding="utf-8").split()))
        for nom in ("appel.txt", "dispositifs.txt")
    )
    assert any(imprime in brut for brut in bruts)


# --- the files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nom", ["lievin", "comptes"])
def test_fixture_has_no_pk_and_only_natural_keys(nom):
    for objet in json.loads((FIXTURES / f"{nom}.json").read_text(encoding="utf-8")):
        assert set(objet) == {"model", "fields"}
        assert hasattr(apps.get_model(objet["model"]), "natural_key")


@pytest.mark.parametrize("nom", ["lievin", "comptes"])
def test_fixture_is_well_typeset(nom):
    """No straight apostrophe, nothing left of the scan, composed accents, no stray space."""
    brut = (FIXTURES / f"{nom}.json").read_text(encoding="utf-8")
    objets = json.loads(brut)
    assert "\\u" not in brut
    for objet in objets:
        for champ in ("phrase_communication", "phrase_avec_partenaires", "phrase_sans_partenaires"):
            objet["fields"].pop(champ, None)  # character for character as printed
    for texte in chaines(objets):
        assert "'" not in texte
        assert not re.search(
            r"[¢|]|\b[I1]’|’ |(?<!\w)’| {2}|\.\.\.|^\s|\s$|bien- |étre|éléve|réglement|créche|Collége", texte
        ), texte
        assert unicodedata.is_normalized("NFC", texte)


def test_loading_twice_changes_nothing(base_vide):
    call_command("loaddata", "comptes", "lievin", verbosity=0)
    avant = etat_de_la_base()
    assert len(avant["projets.Objectif"]) == 22
    call_command("loaddata", "comptes", "lievin", verbosity=0)
    assert etat_de_la_base() == avant


# --- the tree --------------------------------------------------------------------------------------------------------


def test_tree_has_three_thematiques_nine_enjeux_and_twenty_two_objectifs(lievin):
    assert (Thematique.objects.count(), Enjeu.objects.count(), Objectif.objects.count()) == (3, 9, 22)
    assert all(
        enjeu.code.startswith(f"{enjeu.thematique.code}.") for enjeu in Enjeu.objects.select_related("thematique")
    )
    assert all(o.code.startswith(f"{o.enjeu.code}.") for o in Objectif.objects.select_related("enjeu"))


def test_objectif_1_1_3_belongs_to_1_1(lievin):
    assert list(Enjeu.objects.get(code="1.1").objectifs.values_list("code", flat=True)) == ["1.1.1", "1.1.2", "1.1.3"]


def test_every_objectif_of_the_source_is_there_with_its_words(lievin):
    codes = set(re.findall(r"\b\d\.\d\.\d\b", source("appel.txt")))
    assert set(Objectif.objects.values_list("code", flat=True)) == codes
    for objectif in Objectif.objects.all():
        assert est_dans(str(objectif), APPEL), objectif


def test_every_enjeu_is_in_the_source_and_is_one_of_the_great_stakes(lievin):
    for enjeu in Enjeu.objects.all():
        assert est_dans(str(enjeu), APPEL), enjeu
        assert enjeu.libelle == lievin.grands_enjeux[int(enjeu.code[-1]) - 1]


def test_every_thematique_is_in_the_source_with_its_description(lievin):
    for une in Thematique.objects.all():
        assert est_dans(f"{une.code} - {une.libelle} : {une.description}", APPEL), une


# --- parcours, orientations, transversalités, dispositifs, ages ------------------------------------------------------


def test_parcours_are_the_six_of_the_source(lievin):
    assert Parcours.objects.count() == 6 == source("appel.txt").count("· Le parcours")
    for parcours in Parcours.objects.all():
        assert est_dans(f"Le {parcours.libelle} : {parcours.description}", APPEL), parcours


def test_orientations_are_printed_under_their_parcours(lievin):
    attendu = {
        1: {"citoyen", "avenir"},
        2: {"citoyen", "avenir"},
        3: {"citoyen", "avenir"},
        4: {"sport-sante"},
        5: {"artistique", "scientifique"},
        6: {"artistique", "scientifique"},
        7: {"artistique", "scientifique"},
        8: {"co-education"},
    }
    assert {
        o.ordre: {p.code for p in o.parcours.all()} for o in Orientation.objects.prefetch_related("parcours")
    } == attendu
    assert all(est_dans(o.libelle, APPEL) for o in Orientation.objects.all())


def test_orientations_together_say_everything_that_the_source_prints(lievin):
    imprimees = re.findall(r"Orientations : (.*?)(?: ·|Le dépôt des projets)", source("appel.txt"))
    assert mots(" ".join(imprimees)) == mots(" ".join(o.libelle for o in Orientation.objects.order_by("ordre")))


def test_transversalites_are_three(lievin):
    assert list(Transversalite.objects.values_list("code", flat=True)) == ["mobilite", "discriminations", "egalite"]
    assert "La mobilité, la lutte contre les discriminations ou encore l’égalité homme-femme" in lievin.presentation


@pytest.mark.parametrize(
    ("code", "imprime"),
    [
        ("pedt", "le Projet éducatif territorial"),
        ("plan-mercredi", "le Plan mercredi"),
        ("pre", "le Contrat de ville dans son volet éducatif (le PRE)"),
        ("ctg", "la Convention Territoriale Globale (en partenariat strict avec la CAF"),
        ("clas", "le contrat local d’accompagnement à la scolarité"),
        ("cohesion-sociale", "plan de cohésion sociale"),
        ("cls", "contrat local santé"),
        ("clea", "contrat local d’éducation artistique"),
        ("erbm", "l’Engagement pour le renouveau du bassin minier (ERBM)"),
        ("micro-lycee", "un micro-lycée, rattaché au lycée Henri Darras de Liévin"),
        ("micro-college", "Le micro-collège de Lens, rattaché au collège Jean Zay"),
        ("cla", "contrats locaux d’accompagnement (CLA)"),
        ("erasmus", "Erasmus+"),
        ("etwinning", "Le dispositif e-Twinning, animé par Canopé"),
        ("rep", "les réseaux d’éducation prioritaire"),
    ],
)
def test_dispositif_is_named_by_the_sources(lievin, code, imprime):
    assert est_dans(imprime, f"{APPEL} {DISPOSITIFS}")
    dispositif = Dispositif.objects.get(code=code)
    if dispositif.sigle:
        assert dispositif.sigle in dispositif.libelle


def test_no_other_dispositif(lievin):
    assert Dispositif.objects.count() == 15


@pytest.mark.parametrize(("code", "nombre"), [("pre", 5), ("erbm", 4), ("micro-lycee", 2), ("micro-college", 2)])
def test_dispositif_objectifs_are_those_of_its_text(lievin, code, nombre):
    objectifs = Dispositif.objects.get(code=code).objectifs
    assert len(objectifs) == nombre
    assert all(est_dans(objectif, DISPOSITIFS) for objectif in objectifs)


def test_dispositif_ages_are_those_of_its_text(lievin):
    ages = {d.code: (d.age_min, d.age_max) for d in Dispositif.objects.exclude(age_min=None)}
    assert ages == {"pre": (2, 16), "micro-lycee": (16, 25)}


def test_age_bands_cover_0_to_25_without_gap(lievin):
    bandes = list(TrancheAge.objects.values_list("age_min", "age_max"))
    assert bandes[0][0] == 0
    assert bandes[-1][1] == 25
    assert all(suivante[0] == precedente[1] + 1 for precedente, suivante in pairwise(bandes))


# --- texts and rules -------------------------------------------------------------------------------------------------


def test_communication_sentence_is_word_for_word(lievin):
    """Down to the character: it is meant to be copied."""
    assert f"« {lievin.phrase_communication} »" in (SOURCES / "appel.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "champ",
    ["presentation", "convergences", "texte_depot", "texte_financement", "texte_communication", "autorisation_image"],
)
def test_every_line_of_a_text_is_in_the_source(lievin, champ):
    for ligne in filter(None, getattr(lievin, champ).splitlines()):
        assert est_dans(ligne, APPEL), ligne


def test_deposit_and_money_texts_are_complete(lievin):
    """Nothing that the source prints between two headings is missing."""
    texte = source("appel.txt")
    depot = texte[texte.index("· Le dépôt des projets se fera") : texte.index("Le financement :")]
    financement = texte[
        texte.index("· La cité éducative sera financée") : texte.index("La communication de vos actions")
    ]
    assert mots(lievin.texte_depot) == mots(depot)
    assert mots(lievin.texte_financement) == mots(financement)


def test_image_authorisation_is_complete(lievin):
    texte = source("appel.txt")
    imprimee = texte[texte.index("AUTORISATION DE CAPTATION ET") : texte.index("CITE EDUCATIVE [ Niveau 1")]
    assert mots(lievin.autorisation_image) == mots(imprimee)
    assert "hors affichage" in lievin.autorisation_image
    assert f"durée de {lievin.autorisation_image_annees} ans" in lievin.autorisation_image
    assert lievin.adresses_retrait == ["citeseducatives@anct.gouv.fr", "lievin@lievin.fr"]
    assert all(adresse in lievin.autorisation_image for adresse in lievin.adresses_retrait)


def test_rules_of_the_call(lievin):
    assert lievin.code == "lievin-2026"
    assert lievin.plafond_materiel_ht == Decimal(500)
    assert (lievin.bilan_intermediaire_mois, lievin.bilan_definitif_mois, lievin.autorisation_image_annees) == (
        12,
        6,
        5,
    )
    assert len(lievin.logos) == 4
    lievin.full_clean()


def test_no_envelope_is_invented(lievin):
    assert not Enveloppe.objects.exists()


# --- people and places -----------------------------------------------------------------------------------------------


def lignes_du_tableau() -> list[list[str]]:
    """Rows of the correspondents' table: name, functions, contact."""
    texte = (SOURCES / "appel.txt").read_text(encoding="utf-8")
    tableau = texte[texte.index("COORDONNEES") : texte.index("Rappel de l’autorisation")]
    cellules = [cellule.strip() for cellule in tableau.split("\n\t")[1:]]
    return [cellules[i : i + 3] for i in range(0, len(cellules), 3)]


def test_directory_is_the_table_line_by_line(lievin):
    lignes = lignes_du_tableau()
    annuaire = list(Correspondant.objects.annuaire())
    assert len(annuaire) == len(lignes) == 10
    for (nom, fonction, coordonnees), correspondant in zip(lignes, annuaire, strict=True):
        assert correspondant.nom == nom
        assert mots(correspondant.fonction) == mots(fonction)
        assert [c for c in (correspondant.telephone, correspondant.courriel) if c] == coordonnees.split()


def test_ien_has_a_line_without_name_nor_address(lievin):
    ien = Correspondant.objects.get(code="ien")
    assert (ien.nom, ien.courriel, ien.telephone) == ("", "", "")
    assert str(ien) == "IEN – 1er degré circonscription de Liévin"


def test_roles_are_those_of_the_call(lievin):
    roles = {role: set(Correspondant.objects.ayant_role(role).values_list("code", flat=True)) for role in Role}
    assert roles == {
        Role.COORDINATEUR_EN: {"dulieux"},
        Role.COORDINATEUR_VILLE: {"talaga", "marcq"},
        Role.IEN: {"ien"},
        Role.AUTORITE_EN: {"picheta"},
        Role.PILOTE_EN: {"picheta"},
        Role.PILOTE_PREFECTURE: {"guedouar"},
        Role.PILOTE_VILLE: {"lefebvre"},
        Role.OBSERVATEUR: {"bricard", "salingue", "richard"},
        Role.ADMIN: set(),
    }
    assert Habilitation.objects.count() == 11


def test_every_nature_is_routed_as_the_call_says(lievin):
    regles = {
        regle.nature: (regle.role, {c.courriel for c in regle.correspondants.all()})
        for regle in RegleRoutage.objects.prefetch_related("correspondants")
    }
    education = (Role.COORDINATEUR_EN, {"chloe.dulieux@ac-lille.fr"})
    ville = (Role.COORDINATEUR_VILLE, {"f.talaga@lievin.fr", "l.marcq@lievin.fr"})
    assert regles == {
        nature: education if nature in (NaturePorteur.ECOLE, NaturePorteur.ETABLISSEMENT) else ville
        for nature in NaturePorteur
    }


def test_etablissements_have_the_level_of_the_plan(lievin):
    niveaux = dict(re.findall(r"Niveau (\d) : Coll[èé]ge (\w+)", (SOURCES / "appel.txt").read_text(encoding="utf-8")))
    assert niveaux == {
        str(e.niveau): e.nom.removeprefix("Collège ") for e in Etablissement.objects.exclude(niveau=None)
    }
    assert set(Etablissement.objects.filter(niveau=None).values_list("code", flat=True)) == {
        "lycee-henri-darras",
        "micro-lycee",
    }
    assert set(Etablissement.objects.values_list("degre", "commune")) == {("second", "Liévin")}


def test_quartiers_are_in_both_geographies(lievin):
    assert list(Quartier.objects.values_list("code", "geographie_2014", "geographie_2030")) == [
        ("blum-salengro-109", True, True),
        ("calonne-marichelles-vent-de-bise", True, True),
        ("hauts-de-lievin", True, True),
    ]


# --- accounts --------------------------------------------------------------------------------------------------------


def plan_comptable() -> dict[str, list[tuple[str, str, list[str]]]]:
    """``budget.txt`` as sens -> [(class, title, lines)]; a class without lines is its own line."""
    plan = {}
    for bloc, sens in zip(
        (SOURCES / "budget.txt").read_text(encoding="utf-8").split("**Produits**"), Compte.Sens, strict=True
    ):
        plan[sens] = []
        for ligne in re.findall(r"^- (.*)$", bloc, re.MULTILINE):
            classe, titre, comptes = re.match(r"(\d\d)? ?([^:]+)(?:: (.*))?$", ligne.partition(" — ")[0]).groups()
            plan[sens].append((classe or "", titre, comptes.split(" · ") if comptes else [titre]))
    return plan


@pytest.mark.parametrize("sens", Compte.Sens)
def test_comptes_are_the_plan_comptable_line_by_line(lievin, sens):
    attendu = [(classe, mots(compte)) for classe, _, comptes in plan_comptable()[sens] for compte in comptes]
    comptes = Compte.objects.filter(sens=sens).exclude(code=COMPTE_DEMANDE)
    assert [(compte.classe, mots(compte.libelle)) for compte in comptes] == attendu
    for classe, titre, _ in plan_comptable()[sens]:
        titres = comptes.filter(classe=classe).values_list("titre_classe", flat=True)
        assert any(est_dans(un, mots(titre)) for un in titres), titre


def test_asked_amount_is_one_of_the_lines_74(lievin):
    compte = Compte.objects.get(code=COMPTE_DEMANDE)
    assert (compte.classe, compte.sens, compte.libelle) == ("74", "produit", "Subvention demandée à la cité éducative")


def test_compte_codes_begin_with_their_class(lievin):
    prefixes = {compte.code.partition("-")[0] for compte in Compte.objects.filter(classe="")}
    assert prefixes == {"IND", "RP"}
    assert all(c.code.startswith(f"{c.classe}-") for c in Compte.objects.exclude(classe=""))
    for classe, nombre in zip(CLASSES_VOLONTAIRES, (4, 3), strict=True):
        assert Compte.objects.filter(classe=classe, code__startswith=classe).count() == nombre


def test_budget_has_28_charges_and_24_produits(lievin):
    assert (Compte.objects.filter(sens="charge").count(), Compte.objects.filter(sens="produit").count()) == (28, 24)


# --- what the questions receive --------------------------------------------------------------------------------------


def test_no_two_options_of_a_list_read_the_same(lievin):
    for nom, options in lievin.referentiel().listes.items():
        assert len({mots(option.libelle) for option in options}) == len(options) == len({o.code for o in options}), nom


def test_another_cite_writes_its_own_file(base_vide, tmp_path):
    """A dozen records make another cité's portal, without a line of code."""
    code = ["ailleurs-2027"]
    objets = [
        (
            "projets.appel",
            {
                "code": "ailleurs-2027",
                "titre": "Appel d’ailleurs",
                "cite": "Cité éducative d’ailleurs",
                "courant": True,
                "presentation": "…",
                "texte_depot": "…",
                "texte_financement": "…",
                "texte_communication": "…",
                "plafond_materiel_ht": "800.00",
                "phrase_communication": "Avec l’aide d’ailleurs",
            },
        ),
        ("projets.thematique", {"appel": code, "code": "1", "libelle": "Grandir"}),
        ("projets.enjeu", {"thematique": [*code, "1"], "code": "1.1", "libelle": "Lire"}),
        ("projets.objectif", {"enjeu": [*code, "1.1"], "code": "1.1.1", "libelle": "Ouvrir une bibliothèque"}),
        ("projets.parcours", {"appel": code, "code": "mer", "libelle": "Parcours de la mer"}),
        ("projets.orientation", {"appel": code, "code": "voile", "libelle": "Voile", "parcours": [[*code, "mer"]]}),
        ("correspondants.correspondant", {"code": "camille", "nom": "Camille PORT", "fonction": "Coordination"}),
        ("correspondants.habilitation", {"correspondant": ["camille"], "role": "coordinateur_ville"}),
        (
            "correspondants.regleroutage",
            {"nature": "ecole", "role": "coordinateur_ville", "correspondants": [["camille"]]},
        ),
        ("correspondants.etablissement", {"code": "ecole-du-port", "nom": "École du Port", "degre": "premier"}),
    ]
    fichier = tmp_path / "ailleurs.json"
    fichier.write_text(json.dumps([{"model": m, "fields": f} for m, f in objets]), encoding="utf-8")
    for modele in (Appel, Correspondant, RegleRoutage, Etablissement, Quartier):
        modele.objects.all().delete()  # a new portal: nothing of the embedded call
    call_command("loaddata", "comptes", str(fichier), verbosity=0)

    referentiel = Appel.objects.courant().referentiel()
    assert referentiel.cite == "Cité éducative d’ailleurs"
    assert referentiel.plafond_materiel_ht == Decimal(800)
    assert referentiel.codes("objectifs") == {"1.1.1"}
    assert referentiel.codes("orientations") == {"voile"}
    assert referentiel.codes("etablissements") == {"ecole-du-port"}
    assert "liévin" not in str(referentiel).lower()
