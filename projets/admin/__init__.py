"""Administration of the call. What happens to projects is only read here: ``workflow.py`` is the one door."""

from . import appel, comptes, conservation, courriels, courriers, identite, instruction, personnes, reglages

__all__ = [
    "appel",
    "comptes",
    "conservation",
    "courriels",
    "courriers",
    "identite",
    "instruction",
    "personnes",
    "reglages",
]
