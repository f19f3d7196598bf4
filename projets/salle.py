"""The meeting while it is held: who withdraws from a project, and what tells that something changed on the page.

Voices and notes are written by their forms, decisions by ``workflow``; each write here holds the project first.
"""

import hashlib

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import MD5

from correspondants.enums import Role
from correspondants.models import Utilisateur

from .enums import Fait
from .fraicheur import retenir
from .journal import consigner
from .models import (
    AvisTroika,
    DepassementEnveloppe,
    Deport,
    Enveloppe,
    MontantAccorde,
    MouvementEnveloppe,
    PointOrdreDuJour,
    PresenceSeance,
    SeanceTroika,
)
from .seances import prendre_point
from .workflow import ActionImpossible


@transaction.atomic
def deporter(point: PointOrdreDuJour, pilote: Role, motif: str, par: Utilisateur) -> bool:
    """Withdraws one pilot from one point: True when a voice was erased with it. Raises ActionImpossible."""
    prendre_point(point)
    _, nouveau = Deport.objects.get_or_create(point=point, pilote=pilote, defaults={"motif": motif, "par": par})
    if not nouveau:
        raise ActionImpossible(f"Le déport est déjà enregistré : {pilote.label}.")
    voix = AvisTroika.objects.filter(point=point, pilote=pilote).first()
    if voix:
        voix.delete()
        motif = f"{motif}\nVoix effacée : {voix.get_voix_display()}. {voix.motif}"
    consigner(point.projet, Fait.DEPORT, par=par, motif=motif, au_titre_de=pilote.label)
    return voix is not None


@transaction.atomic
def lever_deport(point: PointOrdreDuJour, pilote: Role, par: Utilisateur) -> None:
    """The pilot may speak again; the voice has to be given anew. Raises ActionImpossible."""
    prendre_point(point)
    leves, _ = Deport.objects.filter(point=point, pilote=pilote).delete()
    if not leves:
        raise ActionImpossible(f"Ce déport n’est plus enregistré : {pilote.label}.")
    consigner(point.projet, Fait.DEPORT, par=par, motif="Déport levé.", au_titre_de=pilote.label)


def etat_vu(seance: SeanceTroika, lecteur: Utilisateur, vue: str) -> str:
    """What a page of the meeting has seen: another value as soon as anything it shows changed, for this reader.

    Made of a few narrow queries, always the same number, so that asking often costs little: what is left of the envelopes,
    which everything granted by the call makes, is added up again only when something happened (``vue``, a mark).
    """
    points = seance.points.order_by("rang", "pk").values_list(
        "pk", "rang", "duree_minutes", MD5("notes"), "projet__statut", "projet__version", "decision__modifiee_le"
    )
    voix = AvisTroika.objects.filter(point__seance=seance).order_by("pk")
    deports = Deport.objects.filter(point__seance=seance).order_by("pk")
    presences = PresenceSeance.objects.filter(seance=seance).order_by("pk")
    vu = (
        lecteur.pk,
        sorted(lecteur.roles),
        (seance.date, seance.lieu, seance.publiee_le, seance.autres_presents),
        list(points),
        list(voix.values_list("pk", "voix", MD5("motif"), "modifie_le")),
        list(deports.values_list("pk", "pilote")),
        list(presences.values_list("pk", "etat", "modifie_le")),
        retenir(vue, f"enveloppes:{seance.appel_id}", lambda: _enveloppes(seance)),
    )
    return hashlib.sha256(repr(vu).encode()).hexdigest()[:32]


def _enveloppes(seance: SeanceTroika) -> tuple[object, ...]:
    montants = MontantAccorde.objects.filter(exercice__projet__appel=seance.appel_id).order_by()
    votes = Enveloppe.objects.filter(appel=seance.appel_id).order_by()
    mouvements = MouvementEnveloppe.objects.en_vigueur().order_by("pk")
    depassements = DepassementEnveloppe.objects.filter(appel=seance.appel_id).order_by("pk")
    return (
        sorted(
            montants.values_list("exercice__annee", "financeur", "decision__publiee").annotate(total=Sum("montant"))
        ),
        sorted(votes.values_list("annee", "financeur", "montant")),
        list(mouvements.values_list("pk", flat=True)),
        list(depassements.values_list("pk", flat=True)),
    )
