"""Absences: who may stand in for whom, and recording it. Mails are for ``projets``, which has the outbox."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from .enums import PILOTES
from .models import Correspondant, Suppleance, Utilisateur
from .mouvements import NON_SUPPLEES

DUREE_MAX = timedelta(days=366)


class SuppleanceImpossible(Exception):
    """An absence was refused; ``obstacles`` are the sentences that say why. Nothing was written."""

    def __init__(self, *obstacles: str) -> None:
        self.obstacles = obstacles
        super().__init__(" ".join(obstacles))


def suppleants_possibles(absent: Correspondant | None = None) -> QuerySet[Correspondant]:
    """Colleagues of the directory who have a role and an open account; the conflicts are said by ``obstacles``."""
    possibles = Correspondant.objects.actifs().filter(utilisateur__is_active=True, habilitations__isnull=False)
    return (possibles.exclude(pk=absent.pk) if absent else possibles).distinct()


def a_des_roles_a_confier(correspondant: Correspondant | None) -> bool:
    return correspondant is not None and correspondant.actif and bool(correspondant.roles - NON_SUPPLEES)


def obstacles(absent: Correspondant, suppleant: Correspondant, du: date, au: date) -> list[str]:
    """What stands in the way of an absence, in French; nothing when it can be recorded."""
    phrases = _dates(du, au)
    if not a_des_roles_a_confier(absent):
        phrases.append(f"{absent} n’exerce aucun rôle qui puisse être confié.")
    if not suppleants_possibles(absent).filter(pk=suppleant.pk).exists():
        phrases.append(f"{suppleant} ne peut pas suppléer : il faut un compte ouvert et un rôle dans l’annuaire.")
    if phrases:
        return phrases
    if Suppleance.objects.pendant(du, au).filter(absent=absent).exists():
        phrases.append("Une absence est déjà enregistrée pendant ces jours : annulez-la d’abord.")
    if Suppleance.objects.pendant(du, au).filter(absent=suppleant).exists():
        phrases.append(f"{suppleant} sera aussi en congé pendant ces jours : choisissez quelqu’un d’autre.")
    for autre in Suppleance.objects.pendant(du, au).filter(suppleant=absent).select_related("absent"):
        phrases.append(
            f"{absent} supplée {autre.absent} pendant ces jours : il faut d’abord lui trouver un remplaçant."
        )
    return phrases + _deux_voix(absent, suppleant, du, au)


def _dates(du: date, au: date) -> list[str]:
    if au < du:
        return ["Le dernier jour vient avant le premier."]
    if au < timezone.localdate():
        return ["Cette absence est déjà passée."]
    if au - du > DUREE_MAX:
        return ["Au-delà d’un an, ce n’est plus une absence : demandez à l’administration un remplacement."]
    return []


def _deux_voix(absent: Correspondant, suppleant: Correspondant, du: date, au: date) -> list[str]:
    """Each of the three pilots speaks by a different mouth."""
    if not absent.roles & PILOTES:
        return []
    if suppleant.roles & PILOTES:
        return [f"{suppleant} siège déjà à la troïka : une même personne ne donne pas deux voix."]
    autres = Suppleance.objects.pendant(du, au).filter(suppleant=suppleant, absent__habilitations__role__in=PILOTES)
    if autres.exists():
        return [
            f"{suppleant} supplée déjà un autre pilote pendant ces jours : une même personne ne donne pas deux voix."
        ]
    return []


@transaction.atomic
def enregistrer(
    *, absent: Correspondant, suppleant: Correspondant, du: date, au: date, par: Utilisateur, motif: str = ""
) -> Suppleance:
    """Records an absence. Raises SuppleanceImpossible; two people who record at once see each other's."""
    list(Correspondant.objects.select_for_update().filter(pk__in=[absent.pk, suppleant.pk]).order_by("pk"))
    if phrases := obstacles(absent, suppleant, du, au):
        raise SuppleanceImpossible(*phrases)
    return Suppleance.objects.create(
        absent=absent, suppleant=suppleant, du=du, au=au, motif=motif.strip(), cree_par=par
    )


def annuler(suppleance: Suppleance) -> bool:
    """Ends an absence now: the substitute loses the roles at once. False when it was over or cancelled already."""
    faites = Suppleance.objects.a_venir().filter(pk=suppleance.pk).update(annulee_le=timezone.now())
    suppleance.refresh_from_db(fields=["annulee_le"])
    return bool(faites)
