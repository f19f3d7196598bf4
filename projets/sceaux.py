"""Sealing the journal: from time to time, what every chain has come to is written down, chained and signed.

A seal takes little: only the lines written since the one before are looked at. Two workers never make two at once, and
nothing new means no seal.
"""

import logging
from collections.abc import Iterable

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from .models import Passage, Pouls, Sceau

journal = logging.getLogger(__name__)

LIGNES_PAR_SCEAU = 10_000
SEL = "projets.sceau"


def sceller() -> int:
    """Seals what is not yet; the number of seals made, none when nothing is new."""
    nombre = 0
    while _a_sceller():
        try:
            sceau = _sceller()
        except OperationalError as erreur:  # a long transaction is writing: the next pass will do it
            journal.warning("journal pas scellé cette fois : %s", erreur)
            break
        if sceau is None:  # another worker has just done it
            break
        nombre += 1
        # The log usually goes elsewhere: whoever rewrites the database has that copy to reckon with.
        journal.info("sceau du journal %s, %s passages : %s", sceau.rang, sceau.passages, sceau.empreinte)
    return nombre


def _a_sceller() -> bool:
    dernier = Sceau.objects.dernier()
    return Passage.objects.filter(pk__gt=dernier.dernier if dernier else 0).exists()


@transaction.atomic
def _sceller() -> Sceau | None:
    """One seal over the next lines, in the order of their keys.

    On PostgreSQL the table is held against writers for that moment: a line whose key was given before and whose transaction
    ends after would otherwise fall between two seals. On SQLite the transaction holds everything already.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as curseur:
            curseur.execute("SET LOCAL lock_timeout = '3s'")  # those who write behind us never wait longer
            curseur.execute("LOCK TABLE projets_passage IN SHARE ROW EXCLUSIVE MODE")
    precedent = Sceau.objects.dernier()
    depuis = precedent.dernier if precedent else 0
    nouvelles = Passage.objects.filter(pk__gt=depuis).order_by("pk")
    lignes = list(nouvelles.values_list("projet", "rang", "pk", "empreinte")[:LIGNES_PAR_SCEAU])
    if not lignes:
        return None
    tetes = {projet: [projet, rang, pk, empreinte] for projet, rang, pk, empreinte in lignes}
    sceau = Sceau(
        rang=precedent.rang + 1 if precedent else 1,
        le=timezone.now(),
        passages=(precedent.passages if precedent else 0) + len(lignes),
        dernier=lignes[-1][2],
        tetes=sorted(tetes.values(), key=lambda tete: tete[2]),
        precedente=precedent.empreinte if precedent else "",
    )
    sceau.empreinte = sceau.calculer()
    sceau.signature = signer(sceau.empreinte, settings.SECRET_KEY)
    sceau.save(force_insert=True)
    Pouls.battre("sceau", rang=sceau.rang, empreinte=sceau.empreinte)
    return sceau


def signer(empreinte: str, cle: str) -> str:
    return salted_hmac(SEL, empreinte, secret=cle, algorithm="sha256").hexdigest()


def est_signe(sceau: Sceau, cles: Iterable[str]) -> bool:
    """Whether one of the keys that the portal holds made this seal."""
    return any(constant_time_compare(sceau.signature, signer(sceau.empreinte, cle)) for cle in cles)
