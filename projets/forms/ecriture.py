"""Fields written without a template each: the HTML of Django's own widgets, which a page of a meeting holds by hundreds.

``default_renderer`` of the forms that are drawn many times on one page. What is not written here is drawn by its template.
"""

from collections.abc import Callable
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

Widget = dict[str, Any]


class EcritureDirecte(DjangoTemplates):
    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> SafeString:
        ecrire = _ECRITURES.get(template_name)
        return mark_safe(ecrire(context["widget"])) if ecrire else super().render(template_name, context, request)


def _attributs(widget: Widget) -> str:
    return "".join(
        f" {nom}" if valeur is True else f' {nom}="{_dit(valeur)}"'
        for nom, valeur in widget["attrs"].items()
        if valeur is not False
    )


def _dit(valeur: object) -> str:
    return conditional_escape(valeur if isinstance(valeur, str) else str(valeur))


def _saisie(widget: Widget) -> str:
    valeur = "" if widget["value"] is None else f' value="{_dit(widget["value"])}"'
    return f'<input type="{widget["type"]}" name="{_dit(widget["name"])}"{valeur}{_attributs(widget)}>'


def _texte(widget: Widget) -> str:
    valeur = _dit(widget["value"]) if widget["value"] else ""
    return f'<textarea name="{_dit(widget["name"])}"{_attributs(widget)}>\n{valeur}</textarea>'


def _liste(widget: Widget) -> str:
    lignes = [f'<select name="{_dit(widget["name"])}"{_attributs(widget)}>']
    for groupe, options, _ in widget["optgroups"]:
        lignes += [f'<optgroup label="{_dit(groupe)}">'] if groupe else []
        lignes += [
            f'<option value="{_dit(option["value"])}"{_attributs(option)}>{_dit(option["label"])}</option>'
            for option in options
        ]
        lignes += ["</optgroup>"] if groupe else []
    return "\n".join([*lignes, "</select>"])


_ECRITURES: dict[str, Callable[[Widget], str]] = {
    "django/forms/widgets/textarea.html": _texte,
    "django/forms/widgets/select.html": _liste,
    **{f"django/forms/widgets/{nom}.html": _saisie for nom in ("text", "number", "hidden", "checkbox")},
}
