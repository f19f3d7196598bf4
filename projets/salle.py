"""The meeting while it is held: who withdraws from a project, and what tells that something changed on the page.

Voices and notes are written by their forms, decisions by ``workflow``; each write here holds the project first.
"""

import hashlib
from functools import cache, partial
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet, TextField, Value
from django.db.models.functions import MD5, Cast, Coalesce, Concat

from cite_educative.preparees import Preparee, reunir
from correspondants.enums import Role
from correspondants.models import Utilisateur

from . import enveloppes_tenues
from .enums import Fait
from .enveloppes_tenues import Argent
from .fraicheur import retenir
from .journal import consigner
from .models import (
    AvisTroika,
    Deport,
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
    vu = (
        lecteur.pk,
        sorted(lecteur.roles),
        (seance.date, seance.lieu, seance.publiee_le, seance.autres_presents),
        sorted(reunir([lecture.texte(seance.pk) for lecture in _dans_la_salle()])),
        argent(seance, lecteur, vue),
    )
    return hashlib.sha256(repr(vu).encode()).hexdigest()[:32]


def argent(seance: SeanceTroika, lecteur: Utilisateur, vue: str) -> Argent:
    """What makes what is left of the envelopes, for this reader; ``vue``: a mark, under which it is read once."""
    lire = partial(enveloppes_tenues.lire, seance.appel_id, lecteur.pk)
    return retenir(vue, f"argent:{seance.appel_id}:{lecteur.pk}", lire)


_TIRET = Value("-", output_field=TextField())


@cache
def _dans_la_salle() -> tuple[Preparee, ...]:
    """Points, voices, withdrawals and attendance of one meeting, as words of the same five columns."""
    return (
        Preparee(
            lambda seance: _en_mots(
                PointOrdreDuJour.objects.filter(seance=seance),
                Concat(_mot("rang"), _TIRET, _mot("duree_minutes"), output_field=TextField()),
                MD5("notes"),
                Concat(_mot("projet__statut"), _TIRET, _mot("projet__version"), output_field=TextField()),
                _mot("decision__modifiee_le"),
            ),
            1,
        ),
        Preparee(
            lambda seance: _en_mots(
                AvisTroika.objects.filter(point__seance=seance), F("voix"), MD5("motif"), _mot("modifie_le")
            ),
            1,
        ),
        Preparee(lambda seance: _en_mots(Deport.objects.filter(point__seance=seance), F("pilote")), 1),
        Preparee(
            lambda seance: _en_mots(PresenceSeance.objects.filter(seance=seance), F("etat"), _mot("modifie_le")), 1
        ),
    )  # fmt: skip


def _mot(nom: str) -> Coalesce:
    return Coalesce(Cast(nom, TextField()), Value(""), output_field=TextField())


def _en_mots(lignes: QuerySet, *valeurs: Any, colonnes: int = 4) -> QuerySet:
    """Key, then so many columns of words."""
    vide = Cast(Value(""), TextField())
    mots = [*(Cast(valeur, TextField()) for valeur in valeurs), *[vide] * (colonnes - len(valeurs))]
    return lignes.order_by().values_list("pk", *mots)
