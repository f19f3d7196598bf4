"""What is written about a project, beside its file: with the porteur, or between the services only. Append-only."""

import uuid
from typing import NoReturn

from django.conf import settings
from django.db import models
from django.db.models import BigIntegerField, Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from correspondants.enums import COORDINATEURS, PILOTES, Role
from correspondants.models import Utilisateur

from .projet import Projet


class MessageQuerySet(models.QuerySet["Message"]):
    def visibles_par(self, utilisateur: Utilisateur) -> "MessageQuerySet":
        """The porteur reads what is exchanged with the porteur; the services, both threads, but never the internal one
        of a project of their own."""
        if not utilisateur.is_authenticated:
            return self.none()
        siens = Q(projet__porteur=utilisateur, interne=False)
        if utilisateur.a_role(*COORDINATEURS, *PILOTES, Role.OBSERVATEUR, Role.ADMIN):
            # A draft without a porteur has no message; « != » alone would drop a project whose porteur is gone.
            autres = Q(projet__porteur=None) | ~Q(projet__porteur=utilisateur)
            return self.filter(siens | (~Q(projet__depose_le=None) & autres))
        return self.filter(siens)

    def non_lus_par(self, utilisateur: Utilisateur) -> "MessageQuerySet":
        """Visible messages of others that the person has not seen on the page of the project.

        What was written before the account existed is history, not news.
        """
        lu = LectureMessages.objects.filter(projet=OuterRef("projet"), utilisateur=utilisateur)
        lu = lu.order_by().values("lu_jusqu_a")
        return (
            self.visibles_par(utilisateur)
            .exclude(auteur=utilisateur)
            .filter(cree_le__gte=utilisateur.date_joined)
            .filter(pk__gt=Coalesce(Subquery(lu), Value(0), output_field=BigIntegerField()))
        )


class Message(models.Model):
    """One message of one thread. ``jeton`` comes with the form: the same one, sent twice, is written once."""

    projet = models.ForeignKey(Projet, models.CASCADE, related_name="messages")
    auteur = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="messages", verbose_name="auteur")
    au_titre_de = models.CharField("au titre de", max_length=100)
    texte = models.TextField("message")
    interne = models.BooleanField("entre services", default=False)
    jeton = models.UUIDField("jeton d’envoi", default=uuid.uuid4, unique=True, editable=False)
    cree_le = models.DateTimeField("écrit le", auto_now_add=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["projet", "pk"]
        indexes = [
            models.Index(fields=["projet", "interne", "id"], name="message_fil"),
            models.Index(fields=["cree_le"], name="message_recent"),
        ]
        constraints = [models.CheckConstraint(condition=~Q(texte=""), name="message_non_vide")]

    def __str__(self) -> str:
        return f"{self.projet} · {self.au_titre_de}"

    def save(self, *args: object, **kwargs: object) -> None:
        if self.pk:
            raise MessageImmuable("Un message envoyé ne se modifie pas.")
        super().save(*args, **kwargs)

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise MessageImmuable("Un message envoyé ne s’efface pas.")


class MessageImmuable(Exception):
    """Somebody tried to change or erase what was written to others."""


class LectureMessages(models.Model):
    """How far one person has read the messages of one project."""

    projet = models.ForeignKey(Projet, models.CASCADE, related_name="+")
    utilisateur = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    lu_jusqu_a = models.BigIntegerField("dernier message lu")

    class Meta:
        verbose_name = "lecture de messages"
        verbose_name_plural = "lectures de messages"
        ordering = ["utilisateur", "projet"]
        constraints = [models.UniqueConstraint(fields=["utilisateur", "projet"], name="lecture_unique")]

    def __str__(self) -> str:
        return f"{self.utilisateur} · {self.projet} : {self.lu_jusqu_a}"


def avec_non_lus(projets: QuerySet[Projet], utilisateur: Utilisateur) -> QuerySet[Projet]:
    """Adds ``non_lus``: how many messages of each project the person has not read yet."""
    messages = Message.objects.non_lus_par(utilisateur).filter(projet=OuterRef("pk")).order_by().values("projet")
    return projets.annotate(non_lus=Coalesce(Subquery(messages.annotate(n=Count("pk")).values("n")), 0))
