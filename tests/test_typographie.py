"""French as it is printed, wherever the portal speaks: the right apostrophe, « », and the spaces that do not break.

Looks at the words of the templates, of the guides, of the scripts, and at the French sentences of the code. Mails and what
the code says get their no-break spaces where they are composed (`valeurs.insecables`): only the signs are looked at there.
"""

import ast
import re
from collections.abc import Container, Iterator
from pathlib import Path

import pytest
from django.conf import settings

RACINE = Path(settings.BASE_DIR)
FAUTES = {
    "apostrophe droite": re.compile(r"(?<=[A-Za-zÀ-ÿ])'(?=[A-Za-zÀ-ÿ])"),
    "espace sécable devant une ponctuation double": re.compile(r"(?<=[\wÀ-ÿ»)%€]) [;:?!»](?=[\s<]|$)"),
    "ponctuation double sans espace": re.compile(r"(?<=[a-zà-ÿ»)])[;?!](?=\s|$)"),
    "deux-points sans espace": re.compile(r"(?<=[a-zà-ÿ»)]):(?=\s[a-zà-ÿA-ZÀ-Ÿ«])"),
    "guillemet ouvrant suivi d’une espace sécable": re.compile(r"« "),
    "guillemets droits": re.compile(r"(?<=[\s(])\"[A-Za-zÀ-ÿ][^\"\n]{0,80}\"(?=[\s.,;:)!?])"),
    "points de suspension en trois points": re.compile(r"[a-zà-ÿ]\.\.\.(?=\s|$)"),
}
FRANCAIS = re.compile(r"[à-ÿÀ-Ÿœ’«»]|\b(?:le|la|les|un|une|des|du|vous|votre|est|pour|avec|par|sur|dans|ce|cette)\b")
COMPOSES = {"espace sécable devant une ponctuation double", "guillemet ouvrant suivi d’une espace sécable"}
ENTITES = {
    "&nbsp;": "\u00a0",
    "&#8239;": "\u202f",
    "&rsquo;": "’",
    "&amp;": "&",
    "&rsaquo;": "›",
    "&lt;": "<",
    "&gt;": ">",
}


def fautes(texte: str, *, sauf: Container[str] = ()) -> Iterator[str]:
    for nom, motif in FAUTES.items():
        if nom in sauf:
            continue
        for trouvee in motif.finditer(texte):
            extrait = texte[max(0, trouvee.start() - 30) : trouvee.end() + 20].replace("\n", " ")
            yield f"{nom} : …{extrait}…"


def dires(faites: Iterator[tuple[str, str]]) -> list[str]:
    """``faites``: where words are, and the words."""
    trouvees = []
    for ou, texte in faites:
        sauf = COMPOSES if ".py:" in ou or (ou.endswith(".txt") and "projets/courriels" in ou) else ()
        trouvees += [f"{ou} : {faute}" for faute in fautes(texte, sauf=sauf)]
    return trouvees


# --- where the words are --------------------------------------------------------------------------------------------


def mots_d_un_gabarit(texte: str) -> str:
    """The words of a template, and the French strings given to what it includes; values stand as « X »."""
    texte = re.sub(
        r"{#.*?#}|{% comment .*?%}.*?{% endcomment %}|{% comment %}.*?{% endcomment %}|<!--.*?-->",
        "",
        texte,
        flags=re.S,
    )
    texte = re.sub(r"<(script|pre|code)\b.*?</\1>", "X", texte, flags=re.S)
    chaines = [c for bloc in re.findall(r"{%.*?%}", texte, flags=re.S) for c in re.findall(r'"([^"]*)"', bloc)]
    chaines += re.findall(r'(?:aria-label|title|alt|placeholder|data-confirmer[a-z-]*)="([^"{%]*)"', texte)
    texte = re.sub(r"{%.*?%}", "", re.sub(r"{{.*?}}", "X", texte, flags=re.S), flags=re.S)
    texte = re.sub(r"<[^>]*>", "", texte)
    for entite, signe in ENTITES.items():
        texte = texte.replace(entite, signe)
    return "\n".join([texte, *(chaine for chaine in chaines if " " in chaine and FRANCAIS.search(chaine))])


def gabarits() -> Iterator[tuple[str, str]]:
    for fichier in sorted((RACINE / "templates").rglob("*")):
        if fichier.suffix in (".html", ".txt"):
            yield str(fichier.relative_to(RACINE)), mots_d_un_gabarit(fichier.read_text(encoding="utf-8"))


def chaines_du_code() -> Iterator[tuple[str, str]]:
    """The French sentences of the code: what is between quotes, but docstrings, which are English."""
    for paquet in ("projets", "correspondants", "cite_educative"):
        for fichier in sorted((RACINE / paquet).rglob("*.py")):
            if "migrations" in fichier.parts:
                continue
            arbre = ast.parse(fichier.read_text(encoding="utf-8"))
            tus = {id(n.value) for n in ast.walk(arbre) if isinstance(n, ast.Expr)}
            for noeud in ast.walk(arbre):
                if isinstance(noeud, ast.JoinedStr):
                    morceaux = [str(v.value) if isinstance(v, ast.Constant) else "X" for v in noeud.values]
                    tus |= {id(v) for v in noeud.values}
                    texte = "".join(morceaux)
                elif isinstance(noeud, ast.Constant) and isinstance(noeud.value, str) and id(noeud) not in tus:
                    texte = noeud.value
                else:
                    continue
                if " " in texte and FRANCAIS.search(texte) and not re.search(r"[\\^]|\(\?|</?\w", texte):
                    yield f"{fichier.relative_to(RACINE)}:{noeud.lineno}", texte


def guides() -> Iterator[tuple[str, str]]:
    for fichier in sorted((RACINE / "docs" / "guides").glob("*.md")):
        yield fichier.name, re.sub(r"`[^`]*`", "X", fichier.read_text(encoding="utf-8"))


def chaines_des_scripts() -> Iterator[tuple[str, str]]:
    for fichier in sorted((RACINE / "static" / "js").glob("*.js")):
        texte = re.sub(r"/\*.*?\*/|//[^\n]*", "", fichier.read_text(encoding="utf-8"), flags=re.S)
        for chaine in re.findall(r'"([^"\n]*)"|`([^`]*)`', texte):
            mots = re.sub(r"\$\{[^}]*\}", "X", "".join(chaine))
            if " " in mots and FRANCAIS.search(mots):
                yield fichier.name, mots


@pytest.mark.parametrize("lire", [gabarits, chaines_du_code, guides, chaines_des_scripts], ids=lambda f: f.__name__)
def test_le_francais_est_compose(lire: object) -> None:
    trouvees = dires(lire())
    assert not trouvees, f"{len(trouvees)} fautes :\n" + "\n".join(trouvees)


def test_les_motifs_voient_les_fautes() -> None:
    for faute in (
        "l'appel",
        "Attention :",
        "Quoi ?",
        "Quoi?",
        "Voici: un",
        "« oui\u00a0»",
        'dit "oui" fort',
        "et puis...",
    ):
        assert list(fautes(faute)), faute
    assert not list(fautes("l’appel : oui ? « non » ; 10:30, https://example.org/?a=1 et puis…".replace(" ", "\u00a0")))
