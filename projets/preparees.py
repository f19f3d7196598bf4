"""``cite_educative.preparees``, by the name that the domain knows it under."""

from cite_educative.preparees import Objets, Preparee, RequeteInstable, Valeur, completer, reunir

__all__ = ["Objets", "Preparee", "RequeteInstable", "Valeur", "completer", "reunir"]
