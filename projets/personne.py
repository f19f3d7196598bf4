"""Everything the portal holds about one person, in a zip that the person can read: a JSON file, and the files sent.

What others wrote for the services only is not in it, nor the secret of any link: the right of access gives one's own data
(article 15 of the RGPD), in a form that another tool reads (article 20).
"""

import json
import zipfile
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet
from django.utils.text import slugify

from correspondants.models import Correspondant, Invitation, Utilisateur

from .liens_signes import masquer
from .models import (
    AvisIEN,
    AvisTroika,
    Bilan,
    Courriel,
    DelegationAvis,
    FiltreEnregistre,
    MembreStructure,
    Message,
    Partage,
    Passage,
    Piece,
    Projet,
    ReceptionCourriels,
    Transmission,
)
from .noms_de_fichiers import nom_garde
from .permissions import peut_voir_piece

GENRE = "personne"
NOM = "mes-donnees.zip"
EN_LIGNE = 20 * 1024 * 1024  # bytes of files above which the worker prepares it
LISEZ_MOI = """Vos données dans le portail

donnees.json : tout ce que le portail sait de vous, en texte, rangé par rubriques.
projets/ : les fichiers de vos projets, par numéro.

Les adresses secrètes des liens reçus par courriel sont remplacées par « … » : elles agissent sans mot de passe.
"""


def pieces_de(compte: Utilisateur) -> QuerySet[Piece]:
    """The files of the person's projects, and those the person sent to others'."""
    concernees = Piece.objects.filter(Q(projet__porteur=compte) | Q(par=compte))
    return concernees.select_related("projet").order_by("pk")


def poids(compte: Utilisateur) -> int:
    """Bytes of the files of the export."""
    return sum(pieces_de(compte).values_list("taille", flat=True))


def ecrire(compte: Utilisateur, sortie: BinaryIO, progres: Callable[[int], None] = lambda _: None) -> None:
    """Writes the zip. ``progres`` is told, from 0 to 100, how far it is."""
    pieces = [piece for piece in pieces_de(compte) if peut_voir_piece(compte, piece) or piece.par_id == compte.pk]
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("LISEZ-MOI.txt", LISEZ_MOI)
        contenu = donnees(compte)
        contenu["fichiers"], noms = [], {}
        for piece in pieces:
            noms[piece.pk] = _nom(piece)
            contenu["fichiers"].append(
                {"nom": piece.nom, "dans_le_zip": noms[piece.pk], "recu_le": piece.cree_le, "sha256": piece.sha256}
            )
        texte = json.dumps(contenu, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        archive.writestr("donnees.json", texte)
        for rang, piece in enumerate(pieces, 1):
            _ajouter(archive, piece, noms[piece.pk])
            progres(rang * 100 // len(pieces))


def _ajouter(archive: zipfile.ZipFile, piece: Piece, nom: str) -> None:
    try:
        source = piece.fichier.open("rb")
    except FileNotFoundError:
        archive.writestr(f"{nom}.absent.txt", "Ce fichier n’est plus dans la réserve du portail.")
        return
    with source, archive.open(nom, "w", force_zip64=True) as destination:
        for morceau in source.chunks():
            destination.write(morceau)


def _nom(piece: Piece) -> str:
    """A name that opens everywhere: the folder of the project, the number of the file, letters and digits."""
    base, _, suffixe = nom_garde(piece.nom, piece.type_attendu).rpartition(".")
    propre = slugify(base)[:60] or "fichier"
    dossier = piece.projet.numero or f"brouillon-{piece.projet_id}"
    return f"projets/{dossier}/{piece.pk}-{propre}.{suffixe}"


def donnees(compte: Utilisateur) -> dict[str, Any]:
    """The content of ``donnees.json``, heading by heading."""
    ligne = Correspondant.objects.filter(utilisateur=compte).prefetch_related("habilitations").first()
    adresse = {"courriel__iexact": compte.email}
    return {
        "compte": {
            "adresse": compte.email,
            "nom": compte.nom,
            "ouvert_le": compte.date_joined,
            "derniere_connexion": compte.last_login,
            "adresses": list(EmailAddress.objects.filter(user=compte).values("email", "verified", "primary")),
            "second_facteur": list(Authenticator.objects.filter(user=compte).values("type", "created_at")),
        },
        "annuaire": ligne
        and {
            "nom": ligne.nom,
            "fonction": ligne.fonction,
            "telephone": ligne.telephone,
            "courriel": ligne.courriel,
            "roles": [une.get_role_display() for une in ligne.habilitations.all()],
        },
        "reglages": {
            "courriels": list(ReceptionCourriels.objects.filter(utilisateur=compte).values("heure", "rythmes")),
            "filtres": list(FiltreEnregistre.objects.filter(utilisateur=compte).values("nom", "parametres")),
        },
        "projets": [_projet(projet) for projet in Projet.objects.filter(porteur=compte).order_by("pk")],
        "bilans": [
            {
                "projet": bilan.exercice.projet.numero,
                "annee": bilan.exercice.annee,
                "contenu": bilan.contenu.vers_json(),
            }
            for bilan in Bilan.objects.filter(exercice__projet__porteur=compte).select_related("exercice__projet")
        ],
        "messages_ecrits": _lignes(Message.objects.filter(auteur=compte), "projet__numero", "cree_le", "texte"),
        "messages_recus": _lignes(
            Message.objects.filter(projet__porteur=compte, interne=False).exclude(auteur=compte),
            "projet__numero",
            "cree_le",
            "au_titre_de",
            "texte",
        ),
        "courriels_recus": [
            {**courriel, "texte": masquer(courriel["texte"])}
            for courriel in _lignes(
                Courriel.objects.filter(destinataire__iexact=compte.email),
                "projet__numero",
                "cree_le",
                "envoye_le",
                "objet",
                "texte",
            )
        ],
        "avis_rendus": _lignes(AvisIEN.objects.filter(par=compte), "projet__numero", "rendu_le", "sens", "motif"),
        "voix_donnees": _lignes(AvisTroika.objects.filter(par=compte), "point__projet__numero", "pilote", "voix"),
        "delegations_recues": _lignes(
            DelegationAvis.objects.filter(**adresse), "avis__projet__numero", "cree_le", "nom"
        ),
        "invitations_recues": _lignes(Invitation.objects.filter(**adresse), "cree_le", "acceptee_le"),
        "transmissions": _lignes(
            Transmission.objects.filter(Q(de=compte) | Q(**adresse)),
            "projet__numero",
            "courriel",
            "cree_le",
            "acceptee_le",
        ),
        "structures": _lignes(
            MembreStructure.objects.filter(Q(utilisateur=compte) | Q(**adresse)),
            "structure__nom",
            "cree_le",
            "accepte_le",
            "retire_le",
        ),
        "dossiers_a_plusieurs": _lignes(
            Partage.objects.filter(Q(par=compte) | Q(**adresse)), "projet__titre", "courriel", "cree_le", "accepte_le"
        ),
        "journal": _lignes(
            Passage.objects.filter(par=compte),
            "projet__numero",
            "le",
            "action",
            "au_titre_de",
            "motif",
            "voie",
            "adresse",
        ),
    }


def _projet(projet: Projet) -> dict[str, Any]:
    return {
        "numero": projet.numero,
        "statut": projet.get_statut_display(),
        "cree_le": projet.cree_le,
        "depose_le": projet.depose_le,
        "dossier": projet.donnees,
        "depots": list(projet.depots.order_by("rang").values("rang", "cree_le", "donnees")),
    }


def _lignes(objets: QuerySet, *champs: str) -> list[dict[str, Any]]:
    lignes: Iterable[dict[str, Any]] = objets.order_by("pk").values(*champs)
    return [{champ.replace("__", "_"): valeur for champ, valeur in ligne.items()} for ligne in lignes]
