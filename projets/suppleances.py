"""Declaring and ending an absence, with the mails that tell it. The rules are in ``correspondants.suppleances``."""

from datetime import date

from django.db import transaction

from correspondants import suppleances
from correspondants.models import Correspondant, Suppleance, Utilisateur

from . import notifications_comptes as notifications


@transaction.atomic
def declarer(
    *, absent: Correspondant, suppleant: Correspondant, du: date, au: date, par: Utilisateur, motif: str = ""
) -> Suppleance:
    """Raises ``correspondants.suppleances.SuppleanceImpossible``."""
    suppleance = suppleances.enregistrer(absent=absent, suppleant=suppleant, du=du, au=au, par=par, motif=motif)
    notifications.suppleance_declaree(suppleance)
    return suppleance


@transaction.atomic
def annuler(suppleance: Suppleance) -> bool:
    """Ends it now. False when there was nothing left to end: a second click tells nobody anything."""
    if not suppleances.annuler(suppleance):
        return False
    notifications.suppleance_annulee(suppleance)
    return True
