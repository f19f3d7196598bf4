"""What a browser would post: the successful controls of a form, read from the HTML that was sent to it."""

from urllib.parse import urlencode

from django.http import QueryDict
from lxml import html


def controles(page: str | bytes, formulaire: str = "dossier") -> list[tuple[str, str]]:
    """Names and values of the form of that id, as they would be posted without touching anything."""
    texte = page.decode() if isinstance(page, bytes) else page
    arbre = html.fromstring(f"<div>{texte}</div>" if "<html" not in texte else texte)
    for modele in arbre.xpath("//template"):
        modele.drop_tree()
    return list(arbre.get_element_by_id(formulaire).form_values())


def postees(page: str | bytes, formulaire: str = "dossier", **changements: object) -> dict[str, list[str]]:
    """The same as a dict for the test client; ``changements`` replace answers (``-`` is written ``__``), None drops one."""
    donnees: dict[str, list[str]] = {}
    for nom, valeur in controles(page, formulaire):
        donnees.setdefault(nom, []).append(valeur)
    for nom, valeur in changements.items():
        cle = nom.replace("__", "-")
        if valeur is None:
            donnees.pop(cle, None)
        else:
            donnees[cle] = [str(v) for v in valeur] if isinstance(valeur, (list, tuple)) else [str(valeur)]
    return donnees


def requete(donnees: dict[str, list[str]]) -> QueryDict:
    return QueryDict(urlencode(donnees, doseq=True))
