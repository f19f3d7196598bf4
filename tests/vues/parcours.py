"""The gestures of a porteur in the tests: logging in, sending a file, opening the pages of a draft."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from correspondants.models import Utilisateur
from projets.dossier import Dossier
from projets.enregistrement import enregistrer
from projets.models import Piece, Projet


def connecte(utilisateur: Utilisateur) -> Client:
    client = Client()
    client.force_login(utilisateur)
    return client


def televerser(
    client: Client, octets: bytes, nom: str = "dossier.docx", url: str = "/deposer/", follow: bool = False
) -> HttpResponse:
    return client.post(url, {"fichier": SimpleUploadedFile(nom, octets)}, follow=follow)


def brouillon_en_ligne(client: Client) -> Projet:
    client.post(reverse("deposer_en_ligne"))
    return Projet.objects.latest("pk")


def remplir(client: Client, projet: Projet, dossier: Dossier) -> None:
    projet.refresh_from_db()
    enregistrer(projet, dossier)


def octets_de(piece: Piece) -> bytes:
    with piece.fichier.open("rb") as fichier:
        return fichier.read()


def adresse(projet: Projet, nom: str = "deposer_tout") -> str:
    return reverse(nom, args=[projet.jeton])
