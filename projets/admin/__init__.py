"""Administration of the call. What happens to projects is only read here: ``workflow.py`` is the one door."""

from . import appel, instruction, personnes

__all__ = ["appel", "instruction", "personnes"]
