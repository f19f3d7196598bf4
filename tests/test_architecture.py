"""The house style, checked over the syntax tree and the templates: it says which convention was broken, and where."""

import ast
import fnmatch
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.template.utils import get_app_template_dirs

RACINE = Path(settings.BASE_DIR)
PAQUETS = ("correspondants", "projets", "cite_educative")
GABARITS = RACINE / "templates"

# From the ground up: a module imports from its own floor or from those below, and never in a circle.
# « paquet.* » is every module of a package, present and to come.
ETAGES: tuple[tuple[str, ...], ...] = (
    (
        "correspondants.enums",
        "correspondants.geometrie",
        "projets.enums_portail",
        "projets.ensembles",
    ),
    ("projets.enums",),
    ("projets.questionnaire", "projets.identifiants", "projets.chaine", "projets.jours", "projets.convertisseurs"),
    ("projets.declencheurs", "projets.declencheurs_cumuls", "projets.index_recherche"),
    ("projets.valeurs", "projets.dossier", "projets.dossier_bilan", "projets.liens_signes", "projets.noms_de_fichiers"),
    ("projets.blocs", "projets.mots_cles", "projets.lettres_types"),
    ("projets.budget", "projets.images", "projets.presentation", "projets.constats"),
    ("projets.etalement", "projets.regles", "projets.regles_bilan", "projets.regles_budget", "projets.renouvellement"),
    ("projets.couleurs", "projets.surlignage"),
    ("projets.etapes", "projets.fusion"),
    ("projets.souche.*",),
    ("projets.word.*",),
    ("projets.collage", "projets.rangement"),
    ("projets.pieces_jointes.*",),
    ("correspondants.models", "correspondants.lieux", "correspondants.mouvements"),
    (
        "correspondants.adresses",
        "correspondants.comptes",
        "correspondants.contexte",
        "correspondants.second_facteur",
        "correspondants.orientation",
        "correspondants.suppleances",
    ),
    ("correspondants.forms",),
    ("projets.models", "projets.models.*"),
    (
        "projets.accessibilite",
        "projets.guides",
        "projets.permissions",
        "projets.liens_agenda",
        "projets.liens_avis",
        "projets.lecture_seance",
        "projets.temps_scolaire",
    ),
    ("projets.fraicheur", "projets.pagination"),
    ("projets.faits",),
    ("projets.cumuls",),
    ("projets.cellules_enveloppes",),
    ("projets.justifications", "projets.enveloppes_tenues"),
    ("projets.interlocuteurs",),
    ("projets.notifications", "projets.enregistrement", "projets.envoi", "projets.versions"),
    (
        "projets.antivirus",
        "projets.journal",
        "projets.mentions",
        "projets.notifications_bilans",
        "projets.notifications_comptes",
        "projets.notifications_versements",
        "projets.recapitulatif",
        "projets.renvois",
        "projets.sceaux",
    ),
    ("projets.enveloppes", "projets.identite", "projets.integrite", "projets.sante"),
    ("projets.depassements",),
    ("projets.sauvegarde.*",),
    ("projets.metriques", "projets.orphelins"),
    ("projets.invitations", "projets.suppleances", "projets.transmissions", "projets.membres"),
    ("projets.partages", "projets.reprises"),
    ("projets.mouvements",),
    (
        "projets.gardes",
        "projets.contexte",
        "projets.chronologie",
        "projets.echeances",
        "projets.argent",
        "projets.suivi_financier",
        "projets.bilans_manquants",
        "projets.communication",
    ),
    ("projets.bilans_tenus", "projets.carte", "projets.ouverture"),
    ("projets.appel_public", "projets.recherche", "projets.territoire"),
    ("projets.lettres",),
    ("projets.effets", "projets.relances"),
    ("projets.workflow",),
    ("projets.complements",),
    (
        "projets.agenda",
        "projets.avis",
        "projets.bilans",
        "projets.bilans_word",
        "projets.lettres_reversement",
        "projets.budgets_revises",
        "projets.demandes_avis",
        "projets.messagerie",
        "projets.publication",
        "projets.rapprochement",
        "projets.indicateurs",
        "projets.annees_en_direct",
        "projets.annees_tenues",
        "projets.controle_cumuls",
        "projets.reception",
        "projets.repartitions",
        "projets.retours_bilan",
        "projets.seances",
        "projets.statistiques",
        "projets.tableau_versements",
        "projets.succession",
        "projets.versements",
    ),
    ("projets.effacement", "projets.file_attente"),
    ("projets.purge",),
    ("projets.prises_de_vues",),
    ("projets.comparaison", "projets.salle", "projets.simulation"),
    ("projets.reconduction", "projets.page_structure"),
    ("projets.suivi_porteur",),
    ("projets.bureau", "projets.tris"),
    ("projets.piles", "projets.liste_avis"),
    ("projets.lots",),
    ("projets.documents.*", "projets.templatetags.*", "projets.demonstration.*", "projets.generation.*"),
    ("projets.personne",),
    ("projets.boutons", "projets.exports", "projets.suivi_avis"),
    ("projets.choix_filtres",),
    ("projets.fiche", "projets.filtres", "projets.forms.*", "projets.plan_site"),
    ("correspondants.views", "projets.views.*"),
    ("correspondants.urls", "projets.urls"),
    ("correspondants.admin", "correspondants.apps", "correspondants.management.*"),
    ("projets.admin", "projets.admin.*", "projets.apps", "projets.management.*"),
)
SANS_DJANGO = (
    "blocs",
    "budget",
    "images",
    "chaine",
    "collage",
    "constats",
    "couleurs",
    "dossier",
    "dossier_bilan",
    "etalement",
    "etapes",
    "fusion",
    "identifiants",
    "jours",
    "mots_cles",
    "pieces_jointes.*",
    "presentation",
    "questionnaire",
    "rangement",
    "regles",
    "regles_bilan",
    "regles_budget",
    "renouvellement",
    "souche.*",
    "valeurs",
    "word.*",
)
# Imports that wait for their function, each with its reason.
IMPORTS_DIFFERES = {
    ("projets.documents.pdf", "weasyprint"),  # half a second and 40 MB, for the processes that print only
    # python-docx, python-pptx, xlsxwriter and icalendar, 16 MB in all, for the processes that make such a file.
    ("projets.documents.docx", "docx"),
    ("projets.documents.docx", "projets"),
    ("projets.documents.ical", "icalendar"),
    ("projets.documents.tableur", "projets"),
    ("projets.views.communication", "projets"),
    ("projets.word.ecriture", "docx"),
    ("projets.word.ecriture", "projets"),
}
LIGNES_MAX = {"tests": 550}  # about 400 elsewhere; a test file says the same thing more at length
PLUS_LONGS = {
    "static/css/portail.css",  # one sheet, in sections: the order of the rules matters, and one request is enough
}
PAGES_DE_DJANGO = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html", "503.html"}


def nom_de(fichier: Path) -> str:
    parties = list(fichier.relative_to(RACINE).with_suffix("").parts)
    return ".".join(parties[:-1] if parties[-1] == "__init__" else parties)


@cache
def modules() -> dict[str, Path]:
    """Our modules by their dotted name; migrations, made by Django, are left out."""
    fichiers = sorted(fichier for paquet in PAQUETS for fichier in (RACINE / paquet).rglob("*.py"))
    return {nom_de(fichier): fichier for fichier in fichiers if "migrations" not in fichier.parts}


@cache
def arbre(nom: str) -> ast.Module:
    return ast.parse(modules()[nom].read_text(encoding="utf-8"))


@cache
def noeuds(nom: str) -> tuple[ast.AST, ...]:
    """Every node of a module: walked once for all the tests."""
    return tuple(ast.walk(arbre(nom)))


def cibles(nom: str, noeud: ast.AST) -> Iterator[str]:
    """Dotted names that an import statement of a module brings in, relative ones made whole."""
    if isinstance(noeud, ast.Import):
        yield from (alias.name for alias in noeud.names)
    elif isinstance(noeud, ast.ImportFrom):
        base = noeud.module or ""
        if noeud.level:
            paquet = nom.split(".") if modules()[nom].name == "__init__.py" else nom.split(".")[:-1]
            base = ".".join([*paquet[: len(paquet) - noeud.level + 1], *([base] if base else [])])
        for alias in noeud.names:
            entier = f"{base}.{alias.name}"
            yield entier if entier in modules() else base


@cache
def imports(nom: str) -> set[str]:
    return {cible for noeud in noeuds(nom) for cible in cibles(nom, noeud)}


def dans(nom: str, motifs: tuple[str, ...]) -> bool:
    return any(nom == motif or (motif.endswith(".*") and f"{nom}.".startswith(motif[:-1])) for motif in motifs)


@cache
def etage(nom: str) -> int | None:
    return next((rang for rang, motifs in enumerate(ETAGES) if dans(nom, motifs)), None)


def du_domaine(nom: str) -> bool:
    """Modules that have a floor: those of the two apps, except the empty root of each."""
    return nom.startswith(("correspondants.", "projets."))


# --- imports --------------------------------------------------------------------------------------------------------


def test_modules_ont_tous_un_etage() -> None:
    sans_etage = [nom for nom in modules() if du_domaine(nom) and etage(nom) is None]
    assert not sans_etage, f"Donnez un étage à {', '.join(sans_etage)} dans ETAGES."


def test_etages_ne_nomment_que_des_modules_qui_existent() -> None:
    disparus = [motif for motifs in ETAGES for motif in motifs if not any(dans(nom, (motif,)) for nom in modules())]
    assert not disparus


def test_chaque_module_n_a_qu_un_etage() -> None:
    """Named twice, a module would stand on the lower floor, and the other line would say what is not so."""
    nommes = Counter(motif for motifs in ETAGES for motif in motifs)
    assert not (doubles := [motif for motif, fois in nommes.items() if fois > 1]), doubles


def test_imports_ne_montent_jamais() -> None:
    montees = [
        f"{nom} importe {cible}"
        for nom in modules()
        if du_domaine(nom) and etage(nom) is not None
        for cible in sorted(imports(nom))
        if du_domaine(cible) and etage(cible) is not None and etage(cible) > etage(nom)
    ]
    assert not montees, "\n".join(montees)


def test_imports_ne_tournent_pas_en_rond() -> None:
    # A package's __init__ that gathers its modules is no circle: they never import it back.
    graphe = {nom: {cible for cible in imports(nom) if cible in modules() and cible != nom} for nom in modules()}
    try:
        TopologicalSorter(graphe).prepare()
    except CycleError as erreur:
        pytest.fail(" → ".join(erreur.args[1]))


@pytest.mark.parametrize("nom", ["correspondants.models", "projets.forms", "projets.models"])
def test_un_paquet_donne_tout_ce_qu_il_annonce(nom: str) -> None:
    paquet = import_module(nom)
    assert [un for un in getattr(paquet, "__all__", ()) if not hasattr(paquet, un)] == []


def test_correspondants_ne_sait_rien_de_projets() -> None:
    fautifs = [
        f"{nom} importe {cible}"
        for nom in modules()
        if nom.split(".")[0] in ("correspondants", "cite_educative")
        for cible in imports(nom)
        if cible.split(".")[0] == "projets"
    ]
    assert not fautifs


def test_coeur_pur_n_importe_pas_django() -> None:
    purs = tuple(f"projets.{motif}" for motif in SANS_DJANGO)
    fautifs = [
        f"{nom} importe {cible}"
        for nom in modules()
        if dans(nom, purs)
        for cible in imports(nom)
        if cible.split(".")[0] in ("django", "correspondants", "cite_educative") or dans(cible, ("projets.models.*",))
    ]
    assert not fautifs


def test_imports_sont_en_tete_de_module() -> None:
    differes = {
        (nom, cible.split(".")[0])
        for nom in modules()
        for fonction in noeuds(nom)
        if isinstance(fonction, ast.FunctionDef | ast.AsyncFunctionDef)
        for noeud in ast.walk(fonction)
        for cible in cibles(nom, noeud)
    }
    assert differes == IMPORTS_DIFFERES


# --- one question, one place ----------------------------------------------------------------------------------------


def test_statut_ne_change_que_par_les_deux_portes() -> None:
    """``workflow`` for projects, ``bilans`` for bilans; elsewhere a statut is read."""

    def ecrit(noeud: ast.AST) -> bool:
        if isinstance(noeud, ast.Assign | ast.AugAssign | ast.AnnAssign):
            visees = noeud.targets if isinstance(noeud, ast.Assign) else [noeud.target]
            attributs = [cible for visee in visees for cible in ast.walk(visee) if isinstance(cible, ast.Attribute)]
            return any(
                attribut.attr == "statut" and not (isinstance(attribut.value, ast.Name) and attribut.value.id == "self")
                for attribut in attributs
            )
        return (
            isinstance(noeud, ast.Call)
            and isinstance(noeud.func, ast.Attribute)
            and noeud.func.attr in ("update", "create", "get_or_create", "update_or_create")
            and any(argument.arg == "statut" for argument in noeud.keywords)
        )

    ecrivains = {nom for nom in modules() if any(ecrit(noeud) for noeud in noeuds(nom))}
    assert ecrivains <= {"projets.workflow", "projets.bilans"}


def test_noms_fourre_tout_sont_absents() -> None:
    assert not {nom.rpartition(".")[2] for nom in modules()} & {"utils", "helpers", "common", "services", "misc"}


def test_modules_disent_ce_qu_ils_tiennent() -> None:
    muets = [
        nom
        for nom, fichier in modules().items()
        if fichier.stat().st_size and not nom.endswith(".apps") and not ast.get_docstring(arbre(nom))
    ]
    assert not muets


def test_vues_tiennent_en_trente_lignes() -> None:
    longues = [
        f"{nom}.{fonction.name} : {fonction.end_lineno - fonction.lineno + 1} lignes"
        for nom in modules()
        if nom.startswith(("projets.views.", "correspondants.views"))
        for fonction in noeuds(nom)
        if isinstance(fonction, ast.FunctionDef) and fonction.end_lineno - fonction.lineno >= 30
    ]
    assert not longues, "\n".join(longues)


def test_fichiers_restent_courts() -> None:
    dossiers = {"correspondants": "py", "projets": "py", "cite_educative": "py", "tests": "py", "outils": "*"}
    dossiers |= {"templates": "*", "static/js": "js", "static/css": "css"}
    longs = {
        str(fichier.relative_to(RACINE))
        for dossier, extension in dossiers.items()
        for fichier in (RACINE / dossier).rglob(f"*.{extension}")
        if fichier.is_file()
        and not {"migrations", "sources", "__pycache__"} & set(fichier.parts)
        and fichier.read_text(encoding="utf-8").count("\n") > LIGNES_MAX.get(dossier, 420)
    }
    assert longs <= PLUS_LONGS, f"À partager : {sorted(longs - PLUS_LONGS)}"
    assert longs >= PLUS_LONGS, f"À ôter de PLUS_LONGS : {sorted(PLUS_LONGS - longs)}"


# --- nothing local outside the fixtures -----------------------------------------------------------------------------


def sans_accents(texte: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", texte) if not unicodedata.combining(c)).lower()


def mots_de_la_cite() -> set[str]:
    """What only this cité says: its town, the family names and mail domains of its people, its schools, its quartiers."""
    objets = json.loads((RACINE / "fixtures" / "lievin.json").read_text(encoding="utf-8"))

    def champs(modele: str) -> list[dict[str, object]]:
        return [objet["fields"] for objet in objets if objet["model"] == modele]

    mots = {appel["commune"] for appel in champs("projets.appel")}
    for personne in champs("correspondants.correspondant"):
        mots |= {mot for mot in personne["nom"].split() if len(mot) > 2 and mot.isupper()}
        mots |= {personne["courriel"].partition("@")[2].split(".")[0]}
    for ecole in champs("correspondants.etablissement"):
        mots |= {mot.strip("()") for mot in ecole["nom"].split() if mot.strip("()")[:1].isupper()}
    mots -= {"Collège", "Lycée", "École", "Micro-lycée"}
    mots |= {quartier["nom"] for quartier in champs("correspondants.quartier")}
    return {sans_accents(mot) for mot in mots if mot}


def test_aucun_nom_de_la_cite_dans_le_code() -> None:
    mots = mots_de_la_cite()
    assert len(mots) > 15
    motif = re.compile(r"(?<![a-z])(" + "|".join(map(re.escape, sorted(mots))) + r")(?![a-z])")
    trouves = [
        f"{fichier.relative_to(RACINE)} : {trouve[0]}"
        for dossier in (*PAQUETS, "templates", "static")
        for fichier in (RACINE / dossier).rglob("*")
        if fichier.suffix in (".py", ".html", ".txt", ".js", ".css", ".svg") and "LICENCE" not in fichier.name
        for trouve in motif.finditer(sans_accents(fichier.read_text(encoding="utf-8")))
    ]
    assert not trouves, "\n".join(trouves)


# --- templates ------------------------------------------------------------------------------------------------------


@cache
def gabarits() -> dict[str, str]:
    fichiers = sorted(fichier for fichier in GABARITS.rglob("*") if fichier.is_file())
    return {str(fichier.relative_to(GABARITS)): fichier.read_text(encoding="utf-8") for fichier in fichiers}


def noms_dans_le_code() -> set[str]:
    """Template names written in the code; what is computed in an f-string stands as « * »."""
    noms = set()
    for nom in modules():
        for noeud in noeuds(nom):
            if isinstance(noeud, ast.Constant) and isinstance(noeud.value, str):
                noms.add(noeud.value)
            elif isinstance(noeud, ast.JoinedStr):
                noms.add("".join(str(v.value) if isinstance(v, ast.Constant) else "*" for v in noeud.values))
    return {nom for nom in noms if nom.endswith((".html", ".txt")) and "\n" not in nom}


def remplace_un_gabarit_de_bibliotheque(nom: str) -> bool:
    return any((Path(dossier) / nom).exists() for dossier in get_app_template_dirs("templates"))


def test_gabarits_servent_tous() -> None:
    code = noms_dans_le_code()
    atteints = {
        nom
        for nom in gabarits()
        if nom in PAGES_DE_DJANGO
        or remplace_un_gabarit_de_bibliotheque(nom)
        or any(fnmatch.fnmatchcase(nom, motif) for motif in code)
    }
    a_lire = list(atteints)
    while a_lire:
        for appele in re.findall(r"""{%-?\s*(?:include|extends)\s+["']([^"']+)["']""", gabarits()[a_lire.pop()]):
            if appele in gabarits() and appele not in atteints:
                atteints.add(appele)
                a_lire.append(appele)
    assert set(gabarits()) == atteints, f"Jamais employés : {sorted(set(gabarits()) - atteints)}"


def test_courriels_ont_chacun_leur_appel() -> None:
    dossiers = {fichier.name for fichier in (GABARITS / "projets" / "courriels").iterdir() if fichier.is_dir()}
    mots = {
        noeud.value
        for nom in modules()
        for noeud in noeuds(nom)
        if isinstance(noeud, ast.Constant) and isinstance(noeud.value, str)
    }
    assert dossiers <= mots, f"Jamais écrits : {sorted(dossiers - mots)}"


@pytest.mark.parametrize("nom", gabarits())
def test_gabarit_se_compile(nom: str) -> None:
    get_template(nom)


EN_LIGNE = {
    "un style": r"<style\b|\sstyle\s*=",
    "un script": r"<script\b(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")|javascript:",
    "un gestionnaire d’événement": r"\son[a-z]+\s*=\s*[\"']",
    "une ressource d’un autre hôte": (
        r"<(?:link|script|img|source|iframe|object|embed|video|audio|use|form)\b[^>]*\b(?:href|src|srcset|data|action)"
        r"\s*=\s*[\"']?\s*(?:https?:)?//"
    ),
}


@pytest.mark.parametrize("quoi", EN_LIGNE)
def test_gabarits_respectent_la_politique_de_securite(quoi: str) -> None:
    fautifs = [
        f"{nom}, ligne {texte[: trouve.start()].count(chr(10)) + 1} : {trouve[0].strip()}"
        for nom, texte in gabarits().items()
        if nom.endswith(".html")
        for trouve in re.finditer(
            EN_LIGNE[quoi], re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", texte, flags=re.S)
        )
    ]
    assert not fautifs, f"{quoi} : " + "\n".join(fautifs)


def test_feuilles_et_scripts_n_appellent_personne() -> None:
    fautifs = [
        f"{fichier.relative_to(RACINE)} : {trouve[0]}"
        for fichier in (RACINE / "static").rglob("*")
        if fichier.suffix in (".css", ".js", ".svg")
        for trouve in re.finditer(
            r"(?:url\(|@import|fetch\(|import\s)\s*[\"']?(?:https?:)?//[^\s\"')]*", fichier.read_text(encoding="utf-8")
        )
    ]
    assert not fautifs
