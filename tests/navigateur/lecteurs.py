"""Who asks for the pages of `surface.ADRESSES`, without a browser: one session for each reader."""

import time

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from django.http import HttpResponse
from django.test import Client

from projets.views.acces import CLE_BROUILLONS

from .monde import Monde
from .surface import ENVOIS, QUI


def clients(monde: Monde) -> dict[str, Client]:
    """One session per reader; whoever has an account has just proved who it is."""
    ouverts = {}
    for qui in QUI:
        client = ouverts[qui] = Client(raise_request_exception=False)
        if personne := monde.personnes[qui]:
            client.force_login(personne)
            session = client.session
            session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(personne.pk)
            session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "type": "totp", "at": time.time()}]
            session.save()
    return ouverts


def apres(formulaire: str, reponses: dict[str, str]) -> Client:
    """A visitor who has just sent a form."""
    client = Client()
    client.post(formulaire, reponses)
    return client


def du_brouillon(jeton: object) -> Client:
    """A visitor whose browser made a draft."""
    client = Client()
    session = client.session
    session[CLE_BROUILLONS] = [str(jeton)]
    session.save()
    return client


def demander(client: Client, modele: str, monde: Monde) -> HttpResponse:
    adresse = modele.format(**monde.adresses)
    if modele not in ENVOIS:
        return client.get(adresse)
    return client.post(adresse, {nom: valeur.format(**monde.adresses) for nom, valeur in ENVOIS[modele][1].items()})
