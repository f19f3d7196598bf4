"""The address of a person's calendar: made, renewed, removed, opened. It is signed and holds nobody's name.

A dot and not a colon separates its parts: some calendar programs cut an address at a colon.
"""

import time
from datetime import timedelta

from django.core import signing
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from correspondants.models import Utilisateur

from .models import FluxAgenda
from .models.agenda import nouveau_secret

SEL = "projets.agenda"
LECTURES_PAR_HEURE = 120  # a telephone and two computers that ask every five minutes are 36
ENTRE_DEUX_TRACES = timedelta(hours=1)  # « lue pour la dernière fois » is told to the hour: a reading rarely writes


def _signataire() -> signing.Signer:
    return signing.Signer(salt=SEL, sep=".")


def jeton(flux: FluxAgenda) -> str:
    return _signataire().sign(f"{flux.pk}.{flux.secret}")


def flux_de(utilisateur: Utilisateur) -> FluxAgenda | None:
    """The open address of a person, None when there is none."""
    return FluxAgenda.objects.ouverts().filter(utilisateur=utilisateur).first()


@transaction.atomic
def creer(utilisateur: Utilisateur) -> FluxAgenda:
    """The person's address; the one there is when it is open, so that two clicks give one address."""
    FluxAgenda.objects.get_or_create(utilisateur=utilisateur)
    flux = FluxAgenda.objects.select_for_update().get(utilisateur=utilisateur)
    if flux.revoque_le:
        _changer(flux)
    return flux


@transaction.atomic
def renouveler(utilisateur: Utilisateur) -> FluxAgenda | None:
    """Another address: the former one opens nothing from now on. None when there was none to renew."""
    flux = FluxAgenda.objects.select_for_update().filter(utilisateur=utilisateur, revoque_le=None).first()
    if flux:
        _changer(flux)
    return flux


def _changer(flux: FluxAgenda) -> None:
    flux.secret, flux.cree_le = nouveau_secret(), timezone.now()
    flux.lu_le = flux.revoque_le = None
    flux.save(update_fields=["secret", "cree_le", "lu_le", "revoque_le"])


def supprimer(utilisateur: Utilisateur) -> bool:
    """Whether there was an address; it opens nothing more, and will not when another one is made."""
    ouverts = FluxAgenda.objects.filter(utilisateur=utilisateur, revoque_le=None)
    return bool(ouverts.update(revoque_le=timezone.now(), secret=nouveau_secret()))


def ouvrir(jeton: str) -> FluxAgenda | None:
    """What an address opens now; None when it was forged, renewed, removed, or when the account is closed."""
    try:
        pk, _, secret = _signataire().unsign(jeton).partition(".")
    except signing.BadSignature:
        return None
    flux = FluxAgenda.objects.ouverts().select_related("utilisateur").filter(pk=pk).first()
    return flux if flux and constant_time_compare(flux.secret, secret) else None


def est_trop_lu(flux: FluxAgenda) -> bool:
    """Counts one more reading of this hour; whether there were too many."""
    cle = f"agenda:{flux.pk}:{int(time.time() // 3600)}"
    if cache.add(cle, 1, timeout=3600):
        return False
    try:
        return cache.incr(cle) > LECTURES_PAR_HEURE
    except ValueError:  # the hour ended in between
        return False


def noter_lecture(flux: FluxAgenda, empreinte: str) -> None:
    """Remembers that the address was read, and since when it gives this very content (``flux.change_le``)."""
    maintenant, champs = timezone.now(), []
    if flux.empreinte != empreinte:
        flux.empreinte, flux.change_le = empreinte, maintenant
        champs += ["empreinte", "change_le"]
    if flux.lu_le is None or flux.lu_le < maintenant - ENTRE_DEUX_TRACES:
        flux.lu_le = maintenant
        champs.append("lu_le")
    if champs:  # never the secret: an address renewed meanwhile stays renewed
        FluxAgenda.objects.filter(pk=flux.pk, secret=flux.secret).update(**{nom: getattr(flux, nom) for nom in champs})
