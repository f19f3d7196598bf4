"""The fields of the room of a meeting, written without a template each: every project of the agenda has some twenty.

The same HTML as the templates write, for a form that nobody has sent; one that comes back is drawn by them.
"""

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django import forms, template
from django.forms import BoundField
from django.template.loader import get_template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .composants import insecables

register = template.Library()
_CLASSES = {forms.Textarea: "textarea", forms.TextInput: "textinput", forms.CheckboxInput: "checkboxinput"}


@register.filter
def champ_partage(champ: BoundField, libelle: str = "") -> SafeString:
    """``projets/troika/_champ.html``: a field with the hidden value that the page showed; under its own label by default."""
    if champ.form.is_bound:
        return get_template("projets/troika/_champ.html").render({"champ": champ, "libelle": libelle})
    return mark_safe(
        f'<div class="mb-3"><label class="form-label" for="{champ.id_for_label}">{escape(libelle or champ.label)}</label>'
        f"{_aide(champ, 'p')}{champ}</div>"
    )


@register.filter
def champ_seul(champ: BoundField) -> SafeString:
    """A field as the template pack draws it."""
    widget = champ.field.widget
    if champ.form.is_bound or type(widget) not in (*_CLASSES, forms.RadioSelect):
        return as_crispy_field(champ)
    identifiant, etiquette = champ.auto_id, escape(champ.label)
    if champ.field.required:
        etiquette += ' <span class="obligatoire">(obligatoire)</span>'
    if isinstance(widget, forms.RadioSelect):
        decrit = f' aria-describedby="{champ.aria_describedby}"' if champ.aria_describedby else ""
        corps = (
            f'<fieldset id="{identifiant}" tabindex="-1"{decrit}><legend class="form-label fs-6">{etiquette}</legend>'
            f"{_aide(champ)}<div>{''.join(map(str, _boutons(champ)))}</div></fieldset>"
        )
    elif isinstance(widget, forms.CheckboxInput):
        saisie = champ.as_widget(attrs={"class": _classes(widget, "form-check-input")})
        corps = (
            f'<div class="form-check">{saisie}<label for="{champ.id_for_label}" class="form-check-label">{etiquette}</label>'
            f"{_aide(champ)}</div>"
        )
    else:
        saisie = champ.as_widget(attrs={"class": _classes(widget, "form-control")})
        corps = f'<label for="{champ.id_for_label}" class="form-label">{etiquette}</label>{_aide(champ)}{saisie}'
    return mark_safe(f'<div id="div_{identifiant}" class="mb-3">{corps}</div>')


def _classes(widget: forms.Widget, plus: str) -> str:
    siennes = widget.attrs.get("class", "").split()
    return " ".join(dict.fromkeys([*siennes, _CLASSES[type(widget)], plus]))


def _aide(champ: BoundField, balise: str = "div") -> str:
    if not champ.help_text:
        return ""
    return (
        f'<{balise} class="form-text" id="{champ.auto_id}_helptext">{insecables(mark_safe(champ.help_text))}</{balise}>'
    )


def _boutons(champ: BoundField) -> list[str]:
    valeur, obligatoire = champ.value(), " required" if champ.field.required else ""
    choisie = "" if valeur is None else str(valeur)
    return [
        f'<div class="form-check"><input type="radio" class="form-check-input" name="{champ.html_name}" value="{escape(code)}"'
        f' id="{champ.auto_id}_{rang}"{obligatoire}{" checked" if str(code) == choisie else ""}>'
        f'<label for="{champ.auto_id}_{rang}" class="form-check-label">{escape(libelle)}</label></div>'
        for rang, (code, libelle) in enumerate(champ.field.choices)
    ]
