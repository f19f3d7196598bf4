"""The icon, drawn once: a page includes it a hundred times, and each inclusion would cost as much as a row of a list.

Built into every template (``OPTIONS["builtins"]``): ``{% include "composants/_icone.html" with … %}`` is written as ever, and
the template itself stays the one place that says what an icon is.
"""

from functools import lru_cache

from django import template
from django.template.base import FilterExpression, Node, Parser, Token
from django.template.context import Context
from django.template.loader import get_template
from django.template.loader_tags import IncludeNode, do_include
from django.utils.safestring import SafeString

register = template.Library()
ICONE = "composants/_icone.html"
BADGE = "composants/_badge.html"


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


@register.tag("include")
def inclure(parser: Parser, token: Token) -> Node:
    noeud = do_include(parser, token)
    if isinstance(noeud, IncludeNode) and noeud.template.token == f'"{ICONE}"':
        return Icone(noeud.extra_context)
    return noeud
