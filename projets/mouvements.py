"""What changes an envelope after its vote: late additions, withdrawals, transfers; made once, cancelled with a reason.

Each holds the envelopes of the call first, so that nothing slips below zero unseen. What is left is worked out in
``enveloppes``.
"""

import uuid
from collections.abc import Iterable
from datetime import date as Date  # noqa: N812 -- « date » is a word of the domain here
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from correspondants.models import Utilisateur

from .depassements import Depassement, noter
from .enums import Fait, Financeur
from .enveloppes import Cle, situations, tenir
from .journal import consigner
from .models import Appel, Enveloppe, GenreMouvement, MouvementEnveloppe
from .permissions import peut_mouvementer_enveloppes
from .valeurs import euros, insecables


class MouvementRefuse(Exception):
    """Nothing was written; ``str()`` says why in French, ``champ`` which answer it is about (empty: the whole)."""

    def __init__(self, phrase: str, champ: str = "") -> None:
        self.champ = champ
        super().__init__(insecables(phrase))


class DepassementNonMotive(MouvementRefuse):
    """The movement would take envelopes below zero, and nobody says why."""

    def __init__(self, depassements: Iterable[Depassement]) -> None:
        self.depassements = tuple(depassements)
        liste = " ; ".join(d.phrase for d in self.depassements)
        super().__init__(f"Enveloppe dépassée ({liste}). Écrivez pourquoi, ou baissez le montant.", "motif_depassement")


INTERDIT = "Les mouvements d’enveloppes reviennent aux coordinations et à l’administration."


@transaction.atomic
def mouvementer(
    appel: Appel,
    genre: GenreMouvement,
    montant: Decimal,
    *,
    date: Date,
    motif: str,
    par: Utilisateur,
    de: Cle | None = None,
    vers: Cle | None = None,
    motif_depassement: str = "",
    jeton: uuid.UUID | None = None,
) -> MouvementEnveloppe:
    """Records a movement of some euros out of ``de``, into ``vers``; an envelope that nobody voted is opened at zero.

    The one already made when its form (``jeton``) is sent twice. Raises MouvementRefuse, or DepassementNonMotive when
    an envelope goes below zero without ``motif_depassement``.
    """
    if not peut_mouvementer_enveloppes(par):
        raise MouvementRefuse(INTERDIT)
    tenir(appel.pk)
    if jeton and (deja := MouvementEnveloppe.objects.filter(jeton=jeton).first()):
        return deja
    if montant <= 0:
        raise MouvementRefuse("Le montant est plus grand que zéro.", "montant")
    if not motif.strip():
        raise MouvementRefuse("Écrivez le motif : la délibération, l’arrêté, l’accord.", "motif")
    if date > timezone.localdate():
        raise MouvementRefuse("Cette date n’est pas encore passée : un mouvement compte dès qu’il est saisi.", "date")
    if de == vers:
        raise MouvementRefuse("Un transfert va d’une enveloppe à une autre : choisissez-en deux.", "vers")
    depassements = _verifier(appel.pk, de, montant, motif_depassement) if de else []
    mouvement = MouvementEnveloppe.objects.create(
        genre=genre,
        source=_enveloppe(appel, de),
        destination=_enveloppe(appel, vers),
        montant=montant,
        date=date,
        motif=motif.strip(),
        par=par,
        jeton=jeton or uuid.uuid4(),
    )
    _tracer(Fait.ENVELOPPE, mouvement, mouvement.motif, depassements, motif_depassement, par)
    return mouvement


@transaction.atomic
def annuler_mouvement(
    mouvement: MouvementEnveloppe, *, motif: str, par: Utilisateur, motif_depassement: str = ""
) -> MouvementEnveloppe:
    """Takes a movement back, for a reason. Raises as ``mouvementer``, and when it is cancelled already."""
    if not peut_mouvementer_enveloppes(par):
        raise MouvementRefuse(INTERDIT)
    appel = (mouvement.source or mouvement.destination).appel_id
    tenir(appel)
    tenu = MouvementEnveloppe.objects.select_related("source", "destination").get(pk=mouvement.pk)
    if tenu.est_annule:
        raise MouvementRefuse("Ce mouvement est déjà annulé.")
    if not motif.strip():
        raise MouvementRefuse("Écrivez pourquoi ce mouvement est annulé.", "motif")
    perdant = tenu.destination
    depassements = []
    if perdant:
        depassements = _verifier(appel, (perdant.annee, perdant.financeur), tenu.montant, motif_depassement)
    tenu.annule_le, tenu.annule_par, tenu.motif_annulation = timezone.now(), par, motif.strip()
    tenu.save(update_fields=["annule_le", "annule_par", "motif_annulation"])
    _tracer(Fait.ENVELOPPE_ANNULEE, tenu, tenu.motif_annulation, depassements, motif_depassement, par)
    return tenu


def _verifier(appel: int, cle: Cle, montant: Decimal, motif_depassement: str) -> list[Depassement]:
    """What taking some euros out of one envelope leads to: nobody gives what is not there, below zero is explained."""
    annee, financeur = cle[0], Financeur(cle[1])
    situation = next((s for s in situations([appel], [annee]) if s.financeur == financeur), None)
    if situation is None or situation.dotation < montant:
        dotation = situation.dotation if situation else Decimal(0)
        raise MouvementRefuse(
            f"L’enveloppe {financeur.label} {annee} est dotée de {euros(dotation)} : {euros(montant)} ne peuvent pas en "
            "sortir.",
            "montant",
        )
    if situation.reste >= montant:
        return []
    depassements = [Depassement(annee, financeur, situation.reste, situation.reste - montant)]
    if not motif_depassement.strip():
        raise DepassementNonMotive(depassements)
    return depassements


def _enveloppe(appel: Appel, cle: Cle | None) -> Enveloppe | None:
    if cle is None:
        return None
    annee, financeur = cle
    return Enveloppe.objects.get_or_create(
        appel=appel, annee=annee, financeur=financeur, defaults={"montant": Decimal(0)}
    )[0]


def _tracer(
    fait: Fait,
    mouvement: MouvementEnveloppe,
    motif: str,
    depassements: list[Depassement],
    motif_depassement: str,
    par: Utilisateur,
) -> None:
    """The reason of an overrun is kept with the movement, and all of it is written in the journal of the portal."""
    appel = (mouvement.source or mouvement.destination).appel_id
    noter(appel, depassements, motif_depassement, par, mouvement=mouvement)
    phrases = [f"{mouvement}, {euros(mouvement.montant)} (no {mouvement.pk}).\n{motif}"]
    phrases += [f"{d.phrase}.\n{motif_depassement.strip()}" for d in depassements]
    consigner(None, fait, par=par, motif="\n".join(phrases))
