"""Mails looked at again: sending one anew, queuing again what failed. A new row each time; what left is never changed."""

from django.db import transaction

from .enums import Fait
from .enums_portail import EtatCourriel
from .journal import consigner
from .models import Courriel
from .permissions import Acteur

RENVOYABLES = frozenset(
    {EtatCourriel.ENVOYE, EtatCourriel.ECHEC, EtatCourriel.REGROUPE, EtatCourriel.NON_VOULU, EtatCourriel.A_REGROUPER}
)


def est_renvoyable(courriel: Courriel) -> bool:
    """Whether sending it again means something: not while it is about to leave by itself."""
    return courriel.etat in RENVOYABLES


@transaction.atomic
def renvoyer(courriel: Courriel, rang: int, *, par: Acteur) -> bool:
    """Writes the same mail to the same person in the outbox, to leave at once; False when that was done already.

    ``rang`` is how many times it had been sent again when the person confirmed: a double click sends one.
    """
    _, cree = Courriel.objects.get_or_create(
        cle=f"renvoi:{courriel.pk}:{rang}",
        defaults={
            "gabarit": courriel.gabarit,
            "projet": courriel.projet,
            "destinataire": courriel.destinataire,
            "pour_services": courriel.pour_services,
            "objet": courriel.objet,
            "texte": courriel.texte,
            "html": courriel.html,
            "renvoi_de": courriel,
        },
    )
    if cree and courriel.projet:
        consigner(
            courriel.projet,
            Fait.COURRIEL_RENVOYE,
            par=par,
            motif=f"« {courriel.objet} »",
            vise=courriel,
        )
    return cree
