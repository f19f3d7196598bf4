"""How templates write our values: amounts, dates, statuts. Formatting only, no decision."""

import re
from datetime import date, datetime
from decimal import Decimal

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from .. import valeurs
from ..enums import SensAvis, SensDecision, Statut, Voix
from ..presentation import Reponse
from .composants import pastille

register = template.Library()

_ADRESSES = re.compile(
    r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+(?:\s*(?:/|,|;|et|ou)\s*[\w.+-]+@[\w-]+(?:\.[\w-]+)+)*"
)


@register.filter
def euros(montant: Decimal | None) -> str:
    """« 1 234,50 € »; a dash when there is none."""
    return "—" if montant is None else valeurs.euros(montant)


@register.filter
def nombre(valeur: int | Decimal | None) -> str:
    return "—" if valeur is None else valeurs.nombre(valeur)


@register.filter
def minuscule(texte: str) -> str:
    """A label inside a sentence: « la coordination ville », its proper nouns kept."""
    return texte[:1].lower() + texte[1:]


@register.filter
def date_longue(jour: date | datetime | None) -> str:
    """« 12 mars 2026 », in local time for a moment."""
    if jour is None:
        return "—"
    return valeurs.date_longue(timezone.localtime(jour).date() if isinstance(jour, datetime) else jour)


@register.filter
def pourcentage(valeur: Decimal | None) -> str:
    """« +12,5 % » of a gap; a dash when nothing was planned."""
    return "—" if valeur is None else f"{valeur:+.1f}".replace(".", ",").replace("-", "−") + "\u00a0%"


@register.filter
def libelle_statut(statut: str, pour_porteur: bool = False) -> str:
    return Statut(statut).libelle_porteur if pour_porteur else Statut(statut).label


@register.simple_tag
def badge_statut(statut: str, pour_porteur: bool = False) -> SafeString:
    """Badge of a statut: icon, tone and words, in the wording of who reads."""
    valeur = Statut(statut)
    return pastille(libelle_statut(statut, pour_porteur), valeur.ton, valeur.icone)


@register.filter
def alignees(valeurs_: tuple[object, ...], autres: tuple[object, ...]) -> list[tuple[object, object]]:
    """Two rows read side by side: each value with the one of the same rank."""
    return list(zip(valeurs_, autres, strict=False))


@register.filter
def cellules(ligne: tuple[str, ...], reponse: Reponse) -> list[tuple[str, str, bool]]:
    """Each cell of a row of a Reponse with the title of its column and whether it holds numbers."""
    return list(zip(reponse.colonnes, ligne, reponse.numeriques, strict=False))


@register.filter
def jours_depuis(moment: datetime | date | None) -> str:
    """« aujourd’hui », « depuis 1 jour », « depuis 12 jours »: whole days of the calendar."""
    if moment is None:
        return ""
    jour = timezone.localtime(moment).date() if isinstance(moment, datetime) else moment
    jours = (timezone.localdate() - jour).days
    if jours < 1:
        return "aujourd’hui"
    return f"depuis {jours}\u00a0jour{'s' if jours > 1 else ''}"


@register.simple_tag
def periode(debut: date | None, fin: date | None) -> str:
    """« du 2 mars 2026 au 10 avril 2026 », « le 2 mars 2026 », « dates non précisées »."""
    if debut and fin and debut != fin:
        return f"du {valeurs.date_longue(debut)} au {valeurs.date_longue(fin)}"
    if debut or fin:
        return f"le {valeurs.date_longue(debut or fin)}"
    return "dates non précisées"


_TONS_SENS = {
    SensAvis.FAVORABLE: ("succes", "coche-cercle"),
    SensAvis.RESERVE: ("attente", "attention"),
    SensAvis.DEFAVORABLE: ("alerte", "croix-cercle"),
    Voix.POUR: ("succes", "coche-cercle"),
    Voix.RESERVES: ("attente", "attention"),
    Voix.AJOURNER: ("attente", "pause"),
    Voix.CONTRE: ("alerte", "croix-cercle"),
    SensDecision.VALIDE: ("succes", "coche-cercle"),
    SensDecision.AJOURNE: ("attente", "pause"),
    SensDecision.REFUSE: ("alerte", "croix-cercle"),
}  # « reserves » is the same word, tone and icon for a voice and for a decision


def _badge_sens(sens: SensAvis | Voix | SensDecision) -> SafeString:
    ton, icone = _TONS_SENS[sens]
    return pastille(sens.label, ton, icone)


@register.simple_tag
def badge_avis(sens: str) -> SafeString:
    return _badge_sens(SensAvis(sens))


@register.simple_tag
def badge_voix(voix: str) -> SafeString:
    return _badge_sens(Voix(voix))


@register.simple_tag
def badge_decision(sens: str) -> SafeString:
    return _badge_sens(SensDecision(sens))


@register.filter
def part(valeur: Decimal | None) -> str:
    """« 12,5 % » of a share; a dash when it means nothing."""
    return "—" if valeur is None else f"{valeurs.nombre(valeur)}\u00a0%"


@register.filter
def pour_script(valeur: Decimal) -> str:
    """A number as a script reads it, in a data-attribute: a point, no spaces."""
    return f"{valeur:f}"


@register.filter
def egal(valeur: object, autre: object) -> bool:
    """Whether two values are the same, to give to an included piece."""
    return valeur == autre


@register.filter
def poids(octets: int) -> str:
    """« 50 Ko », « 2,4 Mo » of a file."""
    if octets < 1_000_000:
        return f"{max(1, round(octets / 1000))}\u00a0Ko"
    return f"{valeurs.nombre(Decimal(octets) / 1_000_000, decimales=1)}\u00a0Mo"


@register.filter
def adresses_protegees(texte: str) -> SafeString:
    """A text of the call for everybody: each mail address, or run of them, becomes a link to the directory."""

    def renvoi(trouvees: re.Match[str]) -> str:
        mots = "adresses dans l’annuaire" if trouvees[0].count("@") > 1 else "adresse dans l’annuaire"
        return format_html('<a href="{}#liste">{}</a>', reverse("correspondants"), mots)

    return mark_safe(_ADRESSES.sub(renvoi, conditional_escape(texte)))
