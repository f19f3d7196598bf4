"""Messages about a project: writing one, the threads a person reads, what is new for that person.

Two threads that never mix: with the porteur, and between the services only. Nothing is edited or erased.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from cite_educative.preparees import Objets
from correspondants.enums import COORDINATEURS, PILOTES, Role
from correspondants.models import Utilisateur

from . import notifications
from .enums import Fait
from .journal import consigner
from .models import LectureMessages, Message, Projet
from .permissions import (
    est_porteur,
    peut_ecrire_au_porteur,
    peut_ecrire_entre_services,
    peut_voir_deliberations,
)
from .valeurs import insecables

LONGUEUR_MAX = 5_000
PAR_HEURE = 20  # messages of a porteur on one project: an exchange, not a flood
DERNIERS = 10  # shown unfolded

AU_PORTEUR, DU_PORTEUR, ENTRE_SERVICES = "Au porteur", "Du porteur", "Entre services"


class MessageRefuse(Exception):
    """The message was not written; ``str()`` says why, in French."""

    def __init__(self, phrase: str) -> None:
        super().__init__(insecables(phrase))


class MessageInterdit(MessageRefuse):
    """The person may not write in this thread."""


@transaction.atomic
def ecrire_message(
    projet: Projet, *, par: Utilisateur, texte: str, interne: bool, jeton: uuid.UUID | None = None
) -> tuple[Message, bool]:
    """Writes a message, its line in the journal (without the text) and its mails; whether it is new.

    The same ``jeton`` of the same author writes once. Raises MessageInterdit, or MessageRefuse beyond ``PAR_HEURE``.
    """
    peut_ecrire = peut_ecrire_entre_services if interne else peut_ecrire_au_porteur
    if not peut_ecrire(par, projet):
        raise MessageInterdit("Vous ne pouvez pas écrire dans cet échange.")
    # One writer at a time per project: numbers then follow the order in which messages appear to readers.
    Projet.objects.select_for_update().only("pk").get(pk=projet.pk)
    jeton = jeton or uuid.uuid4()
    if deja := Message.objects.filter(jeton=jeton).first():
        if (deja.auteur_id, deja.projet_id, deja.interne) != (par.pk, projet.pk, interne):
            raise MessageInterdit("Ce formulaire n’est pas le vôtre : rechargez la page.")
        return deja, False
    if est_porteur(par, projet):
        _moderer(projet, par)
    message = Message.objects.create(
        projet=projet, auteur=par, au_titre_de=titre_de(par, projet), texte=texte, interne=interne, jeton=jeton
    )
    sens = ENTRE_SERVICES if interne else DU_PORTEUR if est_porteur(par, projet) else AU_PORTEUR
    consigner(projet, Fait.MESSAGE, par=par, au_titre_de=message.au_titre_de, motif=sens)
    {
        ENTRE_SERVICES: notifications.message_interne,
        DU_PORTEUR: notifications.message_recu,
        AU_PORTEUR: notifications.message_porteur,
    }[sens](message)
    return message, True


def _moderer(projet: Projet, par: Utilisateur) -> None:
    depuis = timezone.now() - timedelta(hours=1)
    recents = Message.objects.filter(projet=projet, auteur=par, cree_le__gt=depuis).order_by("cree_le")
    moments = list(recents.values_list("cree_le", flat=True)[:PAR_HEURE])
    if len(moments) >= PAR_HEURE:
        libre = timezone.localtime(moments[0] + timedelta(hours=1, minutes=1))
        raise MessageRefuse(
            f"Vous avez déjà envoyé {PAR_HEURE} messages sur ce projet en une heure. Votre texte est gardé ci-dessous : "
            f"regroupez ce que vous avez à dire, puis envoyez-le à partir de {libre:%H} h {libre:%M}."
        )


_TITRES = (*sorted(COORDINATEURS), *sorted(PILOTES), Role.ADMIN)


def titre_de(par: Utilisateur, projet: Projet) -> str:
    """For whom the person writes: the coordination in charge first, then the first of their roles."""
    if est_porteur(par, projet):
        return "Le porteur"
    tenus = [role for role in (projet.coordination, *_TITRES) if role and role in par.roles]
    return Role(tenus[0]).label if tenus else "Les services"


# --- reading --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MessageLu:
    """One message as one person reads it: the porteur reads the service, not the name of the agent."""

    message: Message
    auteur: str
    de_moi: bool
    nouveau: bool


@dataclass(frozen=True)
class Fil:
    """One thread: the older messages, folded, then the last ones; whether the person may write in it."""

    interne: bool
    anciens: tuple[MessageLu, ...]
    derniers: tuple[MessageLu, ...]
    peut_ecrire: bool

    @property
    def code(self) -> str:
        return "interne" if self.interne else "porteur"

    @property
    def messages(self) -> tuple[MessageLu, ...]:
        return (*self.anciens, *self.derniers)

    @property
    def nouveaux(self) -> int:
        return sum(lu.nouveau for lu in self.messages)


_MESSAGES = Objets(lambda projet: Message.objects.filter(projet=projet).select_related("auteur").order_by("pk"), 1)


def fils(projet: Projet, acteur: Utilisateur) -> tuple[Fil, ...]:
    """The threads of a project that a person reads: none, the porteur's, or both. Two queries."""
    porteur, services = est_porteur(acteur, projet), peut_voir_deliberations(acteur, projet)
    if not projet.numero or not (porteur or services):
        return ()
    # What ``visibles_par`` says of one project that was found by right: the internal thread is for the services alone.
    ecrits = _MESSAGES.lire(projet.pk, projet=projet)
    messages = ecrits if services else [message for message in ecrits if not message.interne]
    lectures = LectureMessages.objects.filter(projet=projet.pk, utilisateur=acteur.pk).order_by()
    lu = next(iter(lectures.values_list("lu_jusqu_a", flat=True)[:1]), None) if messages else None
    lus = [_lu(message, acteur, lu or 0, nommer=services) for message in messages]
    partage = _fil(False, lus, peut_ecrire_au_porteur(acteur, projet))
    if not services:
        return (partage,)
    return (partage, _fil(True, lus, peut_ecrire_entre_services(acteur, projet)))


def _lu(message: Message, acteur: Utilisateur, lu: int, *, nommer: bool) -> MessageLu:
    de_moi = message.auteur_id == acteur.pk
    nom = "Vous" if de_moi else f"{message.auteur}, {message.au_titre_de}" if nommer else message.au_titre_de
    nouveau = not de_moi and message.pk > lu and message.cree_le >= acteur.date_joined
    return MessageLu(message, nom, de_moi, nouveau)


def _fil(interne: bool, lus: Sequence[MessageLu], peut_ecrire: bool) -> Fil:
    du_fil = tuple(lu for lu in lus if lu.message.interne == interne)
    # A new message is never folded away.
    coupe = min([max(0, len(du_fil) - DERNIERS), *(rang for rang, lu in enumerate(du_fil) if lu.nouveau)])
    return Fil(interne, du_fil[:coupe], du_fil[coupe:], peut_ecrire)


def marquer_lus(projet: Projet, acteur: Utilisateur, lus: Sequence[Fil]) -> None:
    """Remembers that these threads were shown. Writes only when something in them was new; never goes back."""
    if not any(fil.nouveaux for fil in lus):
        return
    dernier = max(lu.message.pk for fil in lus for lu in fil.messages)
    # The page that shows a message waits for this: one query, whoever read it first.
    with connection.cursor() as curseur:
        curseur.execute(_MARQUER, [projet.pk, acteur.pk, dernier])


_MARQUER = """
INSERT INTO projets_lecturemessages (projet_id, utilisateur_id, lu_jusqu_a) VALUES (%s, %s, %s)
ON CONFLICT (projet_id, utilisateur_id) DO UPDATE SET lu_jusqu_a = excluded.lu_jusqu_a
WHERE excluded.lu_jusqu_a > projets_lecturemessages.lu_jusqu_a
"""


__all__ = [
    "DERNIERS",
    "LONGUEUR_MAX",
    "PAR_HEURE",
    "Fil",
    "MessageInterdit",
    "MessageLu",
    "MessageRefuse",
    "ecrire_message",
    "fils",
    "marquer_lus",
    "titre_de",
]
