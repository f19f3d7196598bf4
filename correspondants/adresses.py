"""The account of somebody who followed a link received at an address."""

from allauth.account.models import EmailAddress

from .models import Utilisateur


class CompteFerme(Exception):
    """The account of this address is closed. Nothing was written."""

    def __str__(self) -> str:
        return "Le compte de cette adresse est fermé : écrivez à la coordination."


def compte_du_lien(courriel: str) -> Utilisateur:
    """The account of an address, opened if need be, and its address proven: the link came there, as a code does.

    In the caller's transaction. Raises CompteFerme.
    """
    compte = Utilisateur.objects.filter(email__iexact=courriel).first()
    if compte is None:
        compte = Utilisateur.objects.create_user(courriel)
    if not compte.is_active:
        raise CompteFerme
    prouver(compte)
    return compte


def prouver(compte: Utilisateur) -> None:
    """Holds the account's address for proven."""
    adresse, _ = EmailAddress.objects.get_or_create(user=compte, email=compte.email, defaults={"primary": True})
    if not adresse.verified:
        EmailAddress.objects.filter(pk=adresse.pk).update(verified=True)


def est_confirmee(compte: Utilisateur) -> bool:
    """Whether the person proved to read the mails of an address of hers: nothing is deposited before."""
    return EmailAddress.objects.filter(user=compte, verified=True).exists()
