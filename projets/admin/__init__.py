"""Administration of the call. What happens to projects is only read here: ``workflow.py`` is the one door."""

from . import appel, courriers, instruction

__all__ = ["appel", "courriers", "instruction"]
