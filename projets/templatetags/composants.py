"""What is drawn once: the icon, that a page includes a hundred times; the rows of lists, that are opened all day long.

Built into every template (``OPTIONS["builtins"]``): ``{% include "composants/_icone.html" with … %}`` is written as ever, and
the template itself stays the one place that says what an icon is.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import ClassVar, Protocol

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django import template
from django.conf import settings
from django.core.paginator import Page
from django.forms import BaseForm
from django.template.base import FilterExpression, Node, Parser, Token
from django.template.context import Context
from django.template.loader import get_template
from django.template.loader_tags import IncludeNode, do_include
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeData, SafeString, mark_safe

from ..valeurs import insecables as composer

register = template.Library()
ICONE = "composants/_icone.html"
BADGE = "composants/_badge.html"
LIEN_MENU = "composants/_lien_menu.html"


class Icone(Node):
    """Stands for the inclusion of the icon; same words, same result."""

    def __init__(self, valeurs: dict[str, FilterExpression]) -> None:
        self.valeurs = valeurs

    def render(self, context: Context) -> SafeString:
        donnees = {nom: valeur.resolve(context) for nom, valeur in self.valeurs.items()}
        return dessiner(str(donnees.get("nom", "")), str(donnees.get("classe", "")), str(donnees.get("titre", "")))


@lru_cache(maxsize=1024)
def dessiner(nom: str, classe: str, titre: str) -> SafeString:
    return get_template(ICONE).render({"nom": nom, "classe": classe, "titre": titre})


@lru_cache(maxsize=1024)
def pastille(texte: str, ton: str, icone: str) -> SafeString:
    """A badge: its words, tone and icon."""
    return get_template(BADGE).render({"texte": texte, "ton": ton, "icone": icone})


class LienDeMenu(Node):
    """Stands for the inclusion of a link of the menu: ``nom`` of its URL, ``libelle``, ``sans_repere`` when the page being
    read is not told."""

    def __init__(self, valeurs: dict[str, FilterExpression]) -> None:
        self.valeurs = valeurs

    def render(self, context: Context) -> SafeString | str:
        donnees = {nom: valeur.resolve(context) for nom, valeur in self.valeurs.items()}
        try:
            adresse = reverse(donnees["nom"])
        except NoReverseMatch:
            return ""
        chemin = "" if donnees.get("sans_repere") else getattr(context.get("request"), "path", "")
        repere = "page" if chemin == adresse else "true" if adresse != "/" and adresse in chemin else ""
        return lien_de_menu(adresse, str(donnees["libelle"]), repere)


@lru_cache(maxsize=1024)
def lien_de_menu(adresse: str, libelle: str, repere: str) -> SafeString:
    return get_template(LIEN_MENU).render({"adresse": adresse, "libelle": libelle, "repere": repere})


_DESSINES = {ICONE: Icone, LIEN_MENU: LienDeMenu}


@register.tag("include")
def inclure(parser: Parser, token: Token) -> Node:
    noeud = do_include(parser, token)
    dessine = _DESSINES.get(noeud.template.token.strip('"')) if isinstance(noeud, IncludeNode) else None
    return dessine(noeud.extra_context) if dessine else noeud


@register.filter
def champ_dessine(form: BaseForm, nom: str) -> SafeString:
    """A field as the template pack draws it; one that nobody has filled in is drawn once."""
    if form.is_bound or form.initial.get(nom):
        return as_crispy_field(form[nom])
    cle = (type(form), form.auto_id, nom)
    if cle not in _vierges:
        _vierges[cle] = as_crispy_field(form[nom])
    return _vierges[cle]


_vierges: dict[tuple[type[BaseForm], str, str], SafeString] = {}  # as many as the code has forms and names for them


class Rangee(Protocol):
    """What a row shows, and nothing else: equal rows are drawn alike. A frozen dataclass that names its template."""

    gabarit: ClassVar[str]

    def __hash__(self) -> int: ...


@register.simple_tag
def rangees(lignes: Iterable[Rangee]) -> SafeString:
    """The rows of a table, each from its own template, that knows ``ligne`` alone: a row is drawn again only when one of its
    values changed."""
    dessiner_une = tracer if settings.DEBUG else dessinee
    return mark_safe("".join(dessiner_une(ligne) for ligne in lignes))


def tracer(ligne: Rangee) -> SafeString:
    return get_template(ligne.gabarit).render({"ligne": ligne})


dessinee = lru_cache(maxsize=1200)(tracer)  # about two kilobytes each


@register.filter
def pages_montrees(page: Page) -> list[int | None]:
    """The numbers of the pages to offer: the first, the last, two on either side of this one; None where some are left out."""
    derniere = page.paginator.num_pages
    autour = range(max(page.number - 2, 1), min(page.number + 2, derniere) + 1)
    numeros = sorted({1, derniere, *autour})
    montrees: list[int | None] = []
    for precedent, numero in zip([0, *numeros], numeros, strict=False):
        montrees += [None, numero] if numero > precedent + 1 else [numero]
    return montrees


@register.filter
def insecables(texte: object) -> str:
    """A sentence of the code as it is printed, with the spaces that do not break; what is safe stays so."""
    compose = composer(str(texte))
    return mark_safe(compose) if isinstance(str(texte), SafeData) else compose
