"""The signed links of opinions: what their token holds, and what it opens. A link says one opinion, and nobody's name.

A token is signed; it opens as long as its secret is that of the row, and until the date the row says.
"""

from typing import Any

from django.core import signing

from .models import AvisIEN, DelegationAvis
from .permissions import LienAvis

SEL_AVIS = "projets.avis"


def jeton_avis(avis: AvisIEN) -> str:
    return signing.dumps([avis.pk, avis.secret], salt=SEL_AVIS)


def jeton_delegation(delegation: DelegationAvis) -> str:
    return signing.dumps([delegation.avis_id, delegation.pk, delegation.secret], salt=SEL_AVIS)


def ouvrir(jeton: str) -> LienAvis | None:
    """What a token opens now; None when it was forged, has expired, was revoked or belongs to a replaced request."""
    lien = _lien(_lire(jeton))
    return lien if lien and lien.ouvre(lien.avis) else None


def est_signe(jeton: str) -> bool:
    """Whether a token was once ours, even if it no longer opens anything: what tells « expired » from « never existed »."""
    return _lire(jeton) is not None


def demande_du_jeton(jeton: str) -> AvisIEN | None:
    """The request in force a token was once made for, whatever became of its secret: to be told to its authority only."""
    lu = _lire(jeton)
    return _en_vigueur(lu[0]) if lu else None


def _lire(jeton: str) -> list[Any] | None:
    try:
        lu = signing.loads(jeton, salt=SEL_AVIS)
    except (signing.BadSignature, ValueError):
        return None
    return lu if isinstance(lu, list) and len(lu) in (2, 3) else None


def _lien(lu: list[Any] | None) -> LienAvis | None:
    avis = _en_vigueur(lu[0]) if lu else None
    if avis is None:
        return None
    if len(lu) == 2:
        return LienAvis(avis, secret=lu[1])
    delegation = DelegationAvis.objects.filter(pk=lu[1], avis=avis).first()
    return LienAvis(avis, delegation, lu[2]) if delegation else None


def _en_vigueur(pk: int) -> AvisIEN | None:
    demandes = AvisIEN.objects.en_vigueur().select_related(
        "projet__appel", "correspondant", "delegation", "par", "depot"
    )
    return demandes.filter(pk=pk).first()
