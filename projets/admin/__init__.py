"""Administration of the call. What happens to projects is only read here: ``workflow.py`` is the one door."""

from . import appel, courriels, instruction, reglages

__all__ = ["appel", "courriels", "instruction", "reglages"]
