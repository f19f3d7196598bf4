"""How French people write numbers, amounts, dates and ticks, and how the portal writes them.

Framework-free. The ``lire_*`` functions take what somebody typed, in Word or in the web form, and give a value, None for
nothing, or raise ``ValeurIllisible`` with a French sentence that says what to write instead. They never guess: what can be
read in two ways is a question to the person who wrote it. Whether a value is *right* is the business of ``regles.py``.
"""

import re
import unicodedata
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from .questionnaire import texte_propre

FINE = "\u202f"  # narrow no-break space: between thousands
INSECABLE = "\u00a0"  # no-break space: before a unit and inside « »
ZERO = Decimal("0.00")

MOIS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


class ValeurIllisible(ValueError):
    """A text that is not the value asked for; ``message`` says in French what to write instead."""

    def __init__(self, message: str):
        self.message = insecables(message)
        super().__init__(self.message)


# --- writing --------------------------------------------------------------------------------------------------------


def nombre(valeur: Decimal | int | None, *, decimales: int | None = None) -> str:
    """« 1 234,5 »: comma, narrow spaces between thousands; ``decimales`` fixes their number, None drops useless zeros."""
    if valeur is None:
        return ""
    exact = Decimal(valeur)
    if decimales is not None:
        exact = exact.quantize(Decimal(1).scaleb(-decimales), ROUND_HALF_UP)
    texte = f"{exact:,f}"
    if decimales is None and "." in texte:
        texte = texte.rstrip("0").rstrip(".")
    return texte.replace(",", FINE).replace(".", ",").replace("-", "−")


def au_centime(montant: Decimal | int | None) -> Decimal:
    """A sum to the cent: SQLite adds amounts up as floating point numbers."""
    return Decimal(montant or 0).quantize(ZERO)


def euros(montant: Decimal | int | None) -> str:
    """« 1 234,50 € », to the cent; nothing for None."""
    return "" if montant is None else f"{nombre(montant, decimales=2)}{INSECABLE}€"


def date_longue(jour: date | None) -> str:
    """« 12 mars 2026 », « 1er mars 2026 »."""
    if jour is None:
        return ""
    quantieme = "1er" if jour.day == 1 else str(jour.day)
    return f"{quantieme}{INSECABLE}{MOIS[jour.month - 1]} {jour.year}"


def date_courte(jour: date | None) -> str:
    """« 12/03/2026 »."""
    return "" if jour is None else f"{jour.day:02d}/{jour.month:02d}/{jour.year:04d}"


def insecables(texte: str) -> str:
    """The same sentence with the no-break spaces of French typography: « mot », « : », « ; », « ? », « ! », « € », « % »."""
    return re.sub(r"(?<=«) | (?=[»:;?!€%](?:\W|$))", INSECABLE, texte)


# --- reading: what every value shares -------------------------------------------------------------------------------

LONGUEUR_MAXIMALE = 300  # characters of what may be a number, a date, a tick
_APOSTROPHES = dict.fromkeys(map(ord, "’ʼ´`′‘ʹ＇"), "'")
_TIRETS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_APOSTROPHES_ET_TIRETS = _APOSTROPHES | _TIRETS
_RIEN = frozenset(
    {"", "-", "--", "---", "/", "//", ".", "..", "...", "…", "_", "neant", "sans objet", "so", "s.o", "s.o.", "s/o",
     "n/a", "na", "nc", "n.c.", "aucun", "aucune", "rien", "vide"}
)  # fmt: skip


def simplifier(texte: str) -> str:
    """One line, plain spaces, apostrophes, hyphens and digits, no accents, lower case: the form in which values are compared."""
    texte = texte_propre(texte)
    if texte.isascii():
        return texte.lower().replace("`", "'")
    texte = texte.translate(_APOSTROPHES_ET_TIRETS)
    texte = unicodedata.normalize("NFKD", texte)
    return "".join(c for c in texte if not unicodedata.combining(c)).casefold().strip()


def _a_lire(texte: str) -> str:
    """The simplified text of a value. Raises ValeurIllisible for what is too long to be one."""
    if len(texte) > LONGUEUR_MAXIMALE:
        raise ValeurIllisible("Ce texte est trop long pour cette case : écrivez seulement la valeur demandée.")
    return simplifier(texte)


def ne_dit_rien(texte: str) -> bool:
    """Whether a cell holds only a dash, « néant », « sans objet », dots to write on…"""
    return _ne_dit_rien(simplifier(texte))


def _ne_dit_rien(simple: str) -> bool:
    return simple in _RIEN or not simple.strip(" ._-…")


# --- numbers --------------------------------------------------------------------------------------------------------

_GROUPES = re.compile(r"\d{1,3}(?:[ '.,]\d{3})+")
_PLUSIEURS = re.compile(r"\d\s*(?:a|ou|et|[-/+x*×])\s*\d")
_UN_NOMBRE = "Écrivez un seul nombre, sans calcul ni commentaire"


def _decimal(texte: str, exemple: str) -> Decimal:
    """The number of a simplified text without its unit, of any precision. Raises ValeurIllisible."""
    signe = -1 if texte.startswith("-") else 1
    corps = texte.lstrip("+-").strip()
    corps = re.sub(r"\s*([.,])\s*", r"\1", corps)
    corps = re.sub(r"[.,]-*$", "", corps)  # « 1500,- »
    if not re.fullmatch(r"[\d .,']+", corps) or not any(c.isdigit() for c in corps):
        if _PLUSIEURS.search(texte):
            raise ValeurIllisible(f"{_UN_NOMBRE} : par exemple {exemple}.")
        raise ValeurIllisible(f"Ce n’est pas un nombre : écrivez par exemple {exemple}.")
    return signe * _sans_groupes(corps, exemple)


def _sans_groupes(corps: str, exemple: str) -> Decimal:
    """Digits with their thousands and decimal marks -> number; « 1.234 » is refused because it can be read in two ways."""
    entiere, decimales = corps, ""
    if trouve := re.fullmatch(r"(.*)([.,])(\d+)", corps, re.DOTALL):
        entiere, marque, decimales = trouve.groups()
        autre = "," if marque == "." else "."
        if marque in entiere:  # « 1.234.567 »: the same mark twice cannot be decimal
            entiere, decimales = corps, ""
        elif len(decimales) == 3 and entiere != "0" and len(entiere) <= 3 and entiere.isdecimal():
            sans, avec = f"{entiere}{decimales}", f"{entiere},{decimales[:2]}"
            raise ValeurIllisible(
                f"« {corps} » peut se lire de deux façons : écrivez {sans} ou {avec}, sans point entre les milliers."
            )
        elif autre in decimales:
            raise ValeurIllisible(f"Ce n’est pas un nombre : écrivez par exemple {exemple}.")
    chiffres = re.sub(r"[ '.,]", "", entiere) or "0"
    if not entiere.isdecimal() and entiere and not _GROUPES.fullmatch(entiere):
        raise ValeurIllisible(f"{_UN_NOMBRE} : par exemple {exemple}.")
    if len({c for c in entiere if c in " '.,"}) > 1:
        raise ValeurIllisible(f"Ce n’est pas un nombre : écrivez par exemple {exemple}.")
    return Decimal(f"{chiffres}.{decimales}" if decimales else chiffres)


def _au_centieme(valeur: Decimal, message: str) -> Decimal:
    if len(valeur.as_tuple().digits) > 20:
        raise ValeurIllisible("Ce nombre est beaucoup trop grand.")
    arrondi = valeur.quantize(Decimal("0.01"))
    if arrondi != valeur:
        raise ValeurIllisible(message)
    return arrondi


_EURO = re.compile(r"(?:€|\beuros?\b|\beur\b|(?<=\d)euros?\b|(?<=\d)eur\b)\.?")
_TAXES = re.compile(r"[\s(]*\b(h\.?t\.?|t\.?t\.?c\.?|hors taxes?|toutes taxes comprises)[)\s.]*$")


def lire_montant(texte: str, *, taxes: str = "TTC") -> Decimal | None:
    """Euros to the cent: « 1 234,50 € », « 1234.5 EUR », « 12€50 », « 2 k€ », « 1'200 ». Negative ones are kept.

    ``taxes`` is what the question asks for, "HT" or "TTC": the other one, when it is written, is refused.
    """
    simple = _a_lire(texte)
    if _ne_dit_rien(simple):
        return None
    if trouve := _TAXES.search(simple):
        ecrites = "HT" if trouve[1].startswith("h") else "TTC"
        if ecrites != taxes:
            raise ValeurIllisible(f"Ce montant est écrit {ecrites} : indiquez le montant {taxes}.")
        simple = simple[: trouve.start()].strip()
    if trouve := re.fullmatch(r"(-?\s*[\d ']+?)\s*(?:€|euros?|eur)\s*(\d{2})(?:\s*c(?:ents?|entimes?)?\.?)?", simple):
        simple = f"{trouve[1]},{trouve[2]}"  # « 12€50 »
    simple = re.sub(r"(?<=\d) ?e$", "", simple.removeprefix("=")).strip()  # « = 1 234 », « 1 234 e »
    facteur = 1
    if trouve := re.fullmatch(r"(.*\d)\s*k\s*(?:€|euros?|eur)", simple):
        simple, facteur = trouve[1], 1000  # « 2 k€ »
    simple = _EURO.sub(" ", simple).strip()
    valeur = _decimal(simple, "1 234,50") * facteur
    return _au_centieme(valeur, "Écrivez le montant en euros et en centimes : deux chiffres au plus après la virgule.")


_UNITES = re.compile(
    r"(?<=[\d ])\s*(?:eleves?|enfants?|jeunes?|filles?|garcons?|parents?|professionnel(?:le)?s?|personnes?|adultes?|"
    r"pers|familles?|unites?|pieces?|exemplaires?|ex|u)\.?$"
)


def lire_entier(texte: str) -> int | None:
    """Whole number, with or without the word of what is counted: « 25 », « 1 200 », « 25 élèves »."""
    simple = _a_lire(texte)
    if _ne_dit_rien(simple):
        return None
    simple = _UNITES.sub("", simple.removeprefix("total").lstrip(" :=")).strip()
    valeur = _decimal(simple, "25")
    if len(valeur.as_tuple().digits) > 12:
        raise ValeurIllisible("Ce nombre est beaucoup trop grand.")
    if valeur != int(valeur):
        raise ValeurIllisible("Écrivez un nombre entier, sans virgule.")
    return int(valeur)


_HEURES = re.compile(r"(\d+)\s*(?:h|heures?|:)\s*(\d{1,2})?\s*(?:m|mn|min|minutes?)?\.?")
_MINUTES = re.compile(r"(\d+)\s*(?:mn|min|minutes?)\.?")


def lire_nombre(texte: str) -> Decimal | None:
    """Decimal number to the hundredth; hours may be written « 1,5 », « 1 h 30 », « 90 min »."""
    simple = _a_lire(texte)
    if _ne_dit_rien(simple):
        return None
    if trouve := _HEURES.fullmatch(simple):
        heures, minutes = int(trouve[1][:9]), int(trouve[2] or 0)
        if minutes > 59:
            raise ValeurIllisible("Les minutes vont de 0 à 59 : écrivez par exemple 1 h 30.")
        return (Decimal(heures) + Decimal(minutes) / 60).quantize(Decimal("0.01"))
    if trouve := _MINUTES.fullmatch(simple):
        return (Decimal(trouve[1][:9]) / 60).quantize(Decimal("0.01"))
    simple = re.sub(r"(?<=\d)\s*(?:h|heures?)\.?$", "", simple)
    if not re.fullmatch(r"[-+]?[\d .,']+", simple) and re.search(r"\d\s*h", simple):
        raise ValeurIllisible("Écrivez la durée totale, en heures : par exemple 1,5 ou 1 h 30.")
    return _au_centieme(_decimal(simple, "1,5"), "Écrivez deux chiffres au plus après la virgule.")


def lire_annee(texte: str) -> int | None:
    """Civil year: « 2026 », « année 2026 », « 26 ». A school year is refused: the budget is by civil year."""
    simple = _a_lire(texte)
    if _ne_dit_rien(simple):
        return None
    simple = re.sub(r"^(?:(?:l')?annee(?: civile)?|exercice)?\s*(?:n\b)?\s*[:=]?\s*", "", simple)
    simple = re.sub(r"\s*\(\s*(?:annee )?n\s*\)$", "", simple).strip(" .")
    if re.fullmatch(r"\d{4}\s*[-/]\s*(?:\d{2}|\d{4})", simple):
        raise ValeurIllisible("Écrivez une seule année civile, la première : par exemple 2026.")
    if re.fullmatch(r"[1-9]\d{3}", simple):
        return int(simple)
    if re.fullmatch(r"\d{2}", simple):
        return 2000 + int(simple)
    raise ValeurIllisible("Écrivez une année civile en quatre chiffres, par exemple 2026.")


# --- dates ----------------------------------------------------------------------------------------------------------

_NOMS_MOIS = {
    "janvier": 1, "janv": 1, "jan": 1, "fevrier": 2, "fevr": 2, "fev": 2, "mars": 3, "mar": 3, "avril": 4, "avr": 4,
    "mai": 5, "juin": 6, "jun": 6, "juillet": 7, "juil": 7, "jul": 7, "aout": 8, "aou": 8, "septembre": 9, "sept": 9,
    "sep": 9, "octobre": 10, "oct": 10, "novembre": 11, "nov": 11, "decembre": 12, "dec": 12,
}  # fmt: skip
_MOT_MOIS = "(" + "|".join(sorted(_NOMS_MOIS, key=len, reverse=True)) + r")\.?"
_JOUR = re.compile(
    r"^(?:le\s+)?(?:(?:(lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)|(?:lun|mar|mer|jeu|ven|sam|dim)\.?)\s*,?\s+)?(?:le\s+)?"
)
_CHIFFRES = re.compile(r"(\d{1,2})\s*([/.-])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})")
_ESPACES = re.compile(r"(\d{1,2})( )(\d{1,2}) (\d{4})")
_ISO = re.compile(r"(\d{4})([/.-])(\d{1,2})\2(\d{1,2})(?:[t ]00:00(?::00(?:\.0+)?)?z?)?")
_LETTRES = re.compile(rf"(\d{{1,2}})\s*(?:er|eme|e)?[\s/.-]*{_MOT_MOIS}[\s/.,-]*(\d{{4}}|\d{{2}})")
_SANS_ANNEE = re.compile(rf"\d{{1,2}}\s*(?:er?)?[\s/.-]*{_MOT_MOIS}|\d{{1,2}}\s*[/.-]\s*\d{{1,2}}")
_SANS_JOUR = re.compile(
    rf"(?:(?:debut|fin|mi|courant)[ -])?{_MOT_MOIS}[\s/.-]*\d{{2,4}}|\d{{1,2}}\s*[/.-]\s*\d{{4}}|\d{{4}}"
)
_EXEMPLE = "Écrivez une date complète, par exemple 12/03/2026"


def lire_date(texte: str) -> date | None:
    """One day: « 12/03/2026 », « 12.3.26 », « 2026-03-12 », « jeudi 12 mars 2026 », « 1er mars 2026 »."""
    simple = _a_lire(texte)
    if _ne_dit_rien(simple):
        return None
    simple = simple.replace("\\", "/").strip(" .;,:«»\"'")
    simple = re.sub(r"^(?:a partir|a compter|des|depuis)\s+(?:du|le)?\s*", "", simple)
    simple = _JOUR.sub("", simple, count=1)
    simple = re.sub(r"\s*\((?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\)$", "", simple)
    simple = re.sub(r"\s+(?:a\s+)?(?:\d{1,2}:\d\d(?::\d\d)?|\d{1,2}\s*h(?:\s*\d\d)?)$", "", simple)
    if trouve := _ISO.fullmatch(simple):
        annee, mois, jour = trouve[1], int(trouve[3]), int(trouve[4])
    elif trouve := _CHIFFRES.fullmatch(simple) or _ESPACES.fullmatch(simple):
        jour, mois, annee = int(trouve[1]), int(trouve[3]), trouve[4]
    elif trouve := _LETTRES.fullmatch(simple):
        jour, mois, annee = int(trouve[1]), _NOMS_MOIS[trouve[2]], trouve[3]
    else:
        raise ValeurIllisible(_date_manquee(simple))
    an = int(annee) if len(annee) == 4 else int(annee) + (2000 if int(annee) < 70 else 1900)
    try:
        return date(an, mois, jour)
    except ValueError:
        raise ValeurIllisible("Cette date n’existe pas dans le calendrier : vérifiez le jour et le mois.") from None


def _date_manquee(simple: str) -> str:
    """Why a simplified text is not one day."""
    if _SANS_JOUR.fullmatch(simple):
        return f"Il manque le jour. {_EXEMPLE} ; un jour approximatif suffit."
    if _SANS_ANNEE.fullmatch(simple):
        return f"Il manque l’année. {_EXEMPLE}."
    if re.search(r"\b(?:au|et|ou)\b|->|→", simple) or len(re.findall(_MOT_MOIS, simple)) > 1:
        return "Écrivez une seule date ici, par exemple 12/03/2026."
    return f"Ce n’est pas une date. {_EXEMPLE}."


def jour_contredit(texte: str, jour: date) -> str:
    """The sentence to say when the day of the week that is written is not the one of the date; empty when all is well."""
    trouve = _JOUR.match(simplifier(texte))
    if not trouve or not trouve[1] or trouve[1] == JOURS[jour.weekday()]:
        return ""
    return f"Le {date_longue(jour)} est un {JOURS[jour.weekday()]}, pas un {trouve[1]} : vérifiez la date."


# --- ticks ----------------------------------------------------------------------------------------------------------

COCHES = frozenset("☒☑✓✔✗✘✕✖■🗹🗷🗸⊠⊗◼▪●◉✅√")
CASES_VIDES = frozenset("☐□◻▢❏❑❐❒⬜○◯")
_OUI = frozenset({"x", "xx", "xxx", "oui", "o", "ok", "vrai", "true", "yes", "coche", "1"})
_NON = frozenset({"", "non", "n", "faux", "false", "no", "0", "-", "pas coche", "non coche"})


def lire_coche(texte: str) -> bool:
    """A tick: glyph, « x », « [x] », « oui »; empty box, « non » and nothing are False.

    A written answer beside an empty box wins over the box: somebody typed it.
    """
    cochee = any(c in COCHES for c in texte)
    reste = "".join(" " if c in COCHES or c in CASES_VIDES or c in "\ufe0e\ufe0f" else c for c in texte)
    reste = simplifier(reste).strip(" .;,:!()[]{}<>|_")
    if reste in _NON and not (cochee and reste):
        return cochee
    if reste in _OUI:
        return True
    raise ValeurIllisible("Cochez la case, ou écrivez oui ou non.")
