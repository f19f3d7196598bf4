"""Files of the storage that no row names: what a process killed between the file and its row leaves behind.

A file is always kept before the row that names it, so that no row is ever without its file; the price is a file without a row,
now and then. It may hold somebody's data: it is to be found, and erased.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.apps import apps
from django.core.files.storage import default_storage
from django.db.models import FileField
from django.utils import timezone

ATTENTE = timedelta(days=1)  # a deposit being made has its file already, and not yet its row


def nommes() -> set[str]:
    """Every file that a row names, whatever its model: a new kind of file is known without a line here."""
    champs = [
        (modele, champ.attname)
        for modele in apps.get_models()
        for champ in modele._meta.local_concrete_fields
        if isinstance(champ, FileField) and champ.storage == default_storage
    ]
    return {
        nom
        for modele, champ in champs
        for nom in modele._base_manager.order_by().values_list(champ, flat=True).iterator()
        if nom
    }


def trouver() -> list[str]:
    """The files that nobody names, older than ``ATTENTE``. What is there is listed before what is named is read."""
    limite = timezone.now() - ATTENTE
    presents = [nom for nom in _parcourir("") if default_storage.get_modified_time(nom) < limite]
    connus = nommes()
    return sorted(nom for nom in presents if nom not in connus)


def _parcourir(dossier: str) -> Iterator[str]:
    try:
        dossiers, fichiers = default_storage.listdir(dossier)
    except FileNotFoundError:  # nothing was ever kept
        return
    prefixe = f"{dossier}/" if dossier else ""
    yield from (prefixe + nom for nom in fichiers if nom)
    for sous_dossier in dossiers:
        yield from _parcourir(prefixe + sous_dossier)
