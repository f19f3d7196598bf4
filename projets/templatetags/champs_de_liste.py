"""The fields of a form of filters, written without a template each: there are thirteen of them above a list, read at each opening.

The same HTML as the fields of the other forms; a field with an error is drawn by theirs.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django import forms, template
from django.forms import BoundField
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
_echappe = lru_cache(maxsize=2000)(lambda texte: str(escape(texte)))


@register.filter
def champ_de_liste(champ: BoundField) -> SafeString:
    widget = champ.field.widget
    if champ.errors or champ.help_text or champ.field.required or type(widget) not in (forms.Select, forms.TextInput):
        return as_crispy_field(champ)
    plus = "".join(f' {nom}="{_echappe(str(valeur))}"' for nom, valeur in widget.attrs.items())
    nom, identifiant = champ.html_name, champ.id_for_label
    valeur = champ.value()
    if isinstance(widget, forms.Select):
        options = "".join(_options(widget.choices, "" if valeur is None else str(valeur)))
        saisie = f'<select name="{nom}" class="select form-select"{plus} id="{identifiant}">{options}</select>'
    else:
        rempli = f' value="{_echappe(str(valeur))}"' if valeur not in (None, "") else ""
        saisie = f'<input type="text" name="{nom}"{rempli} {plus} class="textinput form-control" id="{identifiant}">'
    libelle = f'<label for="{identifiant}" class="form-label">{_echappe(str(champ.label))}</label>'
    return mark_safe(f'<div id="div_{identifiant}" class="mb-3">{libelle}{saisie}</div>')


def _options(choix: Iterable[tuple[object, object]], choisie: str) -> Iterator[str]:
    for valeur, libelle in choix:
        code = str(valeur)
        yield f'<option value="{_echappe(code)}"{" selected" if code == choisie else ""}>{_echappe(str(libelle))}</option>'


@register.filter
def puces_de_liste(champ: BoundField) -> SafeString:
    """The boxes of a field of several choices, one chip each."""
    return mark_safe("".join(_puces(champ)))


def _puces(champ: BoundField) -> Iterator[str]:
    cochees = set(champ.value() or ())
    fautif = ' aria-invalid="true"' if champ.errors else ""
    for rang, (code, libelle) in enumerate(champ.field.choices):
        identifiant, coche = f"{champ.auto_id}_{rang}", " checked" if str(code) in cochees else ""
        yield (
            f'<label class="puce" for="{identifiant}"><input type="checkbox" name="{champ.html_name}"'
            f' value="{_echappe(str(code))}" id="{identifiant}"{fautif}{coche}><span>{_echappe(str(libelle))}</span></label>'
        )
