"""What is done in the administration, written in the journal of the portal: one line saying what changed, and by whom."""

from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, DELETION
from django.db import models
from django.dispatch import receiver
from django.http import HttpRequest

from correspondants.admin import reglage_modifie

from ..enums import Fait
from ..journal import consigner

FAITS = {ADDITION: Fait.REGLAGE_AJOUTE, CHANGE: Fait.REGLAGE_MODIFIE, DELETION: Fait.REGLAGE_SUPPRIME}


@receiver(reglage_modifie)
def noter(
    sender: type[models.Model], request: HttpRequest, objet: models.Model, geste: int, quoi: str, **_: Any
) -> None:
    """« Enveloppe « 2026 · État » : montant : 1000 → 2000 »."""
    genre = str(sender._meta.verbose_name).capitalize()
    motif = f"{genre} « {objet} » (no {objet.pk})" + (f" : {quoi}" if quoi else "")
    consigner(None, FAITS[geste], par=request.user, motif=motif[:2000])
