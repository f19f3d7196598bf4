"""The communication kit of a project: the sentence with its partners, the logos, the supports it made.

« Vous devrez faire apparaître les logos suivants sur vos différents supports et médias » ; « Il faudra insérer la phrase » ;
« N’oubliez pas les logos de vos partenaires » (La communication de vos actions).
"""

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import slugify

from .enums import Fait, GenrePiece
from .journal import consigner
from .models import Appel, Bilan, LogoCommunication, Piece, Projet, SupportCommunication
from .permissions import Acteur, peut_joindre_support
from .pieces_jointes.verdict import Nettoyee

PARTENAIRES = "{partenaires}"
SUPPORTS_MAX = 30
_ENTREE = (2026, 1, 1, 0, 0, 0)  # the same logos always give the same archive


class SupportRefuse(Exception):
    """A support was not kept; ``str()`` says why, in French."""


def enumerer(noms: Iterable[str]) -> str:
    """« A », « A et B », « A, B et C »; names said twice count once."""
    liste = list(dict.fromkeys(" ".join(nom.split()) for nom in noms if nom.strip()))
    return " et ".join([", ".join(liste[:-1]), liste[-1]] if len(liste) > 1 else liste)


def phrase_du_projet(appel: Appel, partenaires: Iterable[str]) -> str:
    """The exact sentence to print, with the partners of the project where the call leaves room for them.

    Without partners, or when the call does not say where they go, it is the call's own sentence, unchanged.
    """
    noms = enumerer(partenaires)
    if noms and PARTENAIRES in appel.phrase_avec_partenaires:
        return appel.phrase_avec_partenaires.replace(PARTENAIRES, noms)
    return appel.phrase_sans_partenaires or appel.phrase_communication


@dataclass(frozen=True)
class LogoDemande:
    """A logo that the call requires, with its file once the cité has given it."""

    nom: str
    logo: LogoCommunication | None

    def octets(self) -> bytes | None:
        """The picture, None when it was not given or is gone."""
        if self.logo is None:
            return None
        try:
            with self.logo.fichier.open("rb") as fichier:
                return fichier.read()
        except FileNotFoundError:
            return None


def logos_demandes(appel: Appel) -> tuple[LogoDemande, ...]:
    """Every logo of the call, in its order; those given beyond the list come last."""
    fournis = {logo.nom: logo for logo in appel.fichiers_logos.all()}
    demandes = [LogoDemande(nom, fournis.pop(nom, None)) for nom in appel.logos]
    return (*demandes, *(LogoDemande(nom, logo) for nom, logo in fournis.items()))


def archive_des_logos(appel: Appel, phrase: str) -> bytes:
    """A zip of the logos with a text: the sentence, what is in the archive, what has to be asked for."""
    tampon = io.BytesIO()
    presents, absents = [], []
    with zipfile.ZipFile(tampon, "w") as archive:
        for rang, demande in enumerate(logos_demandes(appel), 1):
            octets = demande.octets()
            if octets is None:
                absents.append(demande.nom)
                continue
            extension = "png" if octets.startswith(b"\x89PNG") else "jpg"
            nom = f"{rang}-{slugify(demande.nom)[:80] or 'logo'}.{extension}"
            archive.writestr(zipfile.ZipInfo(nom, _ENTREE), octets)
            presents.append(f"{nom} : {demande.nom}")
        archive.writestr(zipfile.ZipInfo("LISEZ-MOI.txt", _ENTREE), _notice(appel, phrase, presents, absents))
    return tampon.getvalue()


def _notice(appel: Appel, phrase: str, presents: list[str], absents: list[str]) -> str:
    lignes = [appel.cite, "", "La phrase à faire figurer :", f"« {phrase} »", ""]
    if presents:
        lignes += ["Les logos de cette archive :", *(f"- {nom}" for nom in presents), ""]
    if absents:
        lignes += ["À demander à la coordination, car le portail ne les a pas :", *(f"- {nom}" for nom in absents), ""]
    lignes.append("N’oubliez pas les logos de vos partenaires.")
    return "\ufeff" + "\r\n".join(lignes) + "\r\n"


@dataclass(frozen=True)
class Kit:
    """What the page of the kit shows."""

    phrase: str
    partenaires: tuple[str, ...]
    logos: tuple[LogoDemande, ...]
    supports: tuple[Piece, ...]

    @classmethod
    def de(cls, projet: Projet) -> "Kit":
        noms = tuple(partenaire.nom for partenaire in projet.contenu.partenaires if partenaire.nom.strip())
        return cls(
            phrase=phrase_du_projet(projet.appel, noms),
            partenaires=noms,
            logos=logos_demandes(projet.appel),
            supports=tuple(supports_de(projet)),
        )

    @property
    def manquants(self) -> tuple[str, ...]:
        return tuple(demande.nom for demande in self.logos if demande.logo is None)


def supports_de(projet: Projet) -> QuerySet[Piece]:
    """Posters, articles, screenshots that the porteur kept with the project, the last first."""
    return projet.pieces.filter(genre=GenrePiece.SUPPORT).select_related("support").order_by("-pk")


@dataclass(frozen=True)
class Exigence:
    """One line of the checklist: what is asked, on how many of the supports it is."""

    libelle: str
    nombre: int
    total: int

    @property
    def est_remplie(self) -> bool:
        return self.total > 0 and self.nombre == self.total


@dataclass(frozen=True)
class Conformite:
    """The communication checklist of a project, answered from the register of its supports and typed nowhere else."""

    nombre: int
    phrase: int
    logos: int

    @classmethod
    def de(cls, projet: Projet) -> "Conformite":
        dits = list(supports_de(projet).values_list("support__phrase", "support__logos"))
        return cls(len(dits), sum(bool(phrase) for phrase, _ in dits), sum(bool(logos) for _, logos in dits))

    def __bool__(self) -> bool:
        return bool(self.nombre)

    @property
    def exigences(self) -> tuple[Exigence, ...]:
        return (
            Exigence("La phrase demandée figure sur les supports", self.phrase, self.nombre),
            Exigence("Les logos demandés figurent sur les supports", self.logos, self.nombre),
        )

    @property
    def est_complete(self) -> bool:
        """« Les logos et la phrase demandés figurent sur les supports », the question of the bilan."""
        return all(exigence.est_remplie for exigence in self.exigences)


def communication_faite(bilan: Bilan) -> bool:
    """What a bilan says of the communication: what the register says today while the porteur still writes it, then what
    was deposited. Without any support, what was ticked."""
    if bilan.se_remplit and (conformite := Conformite.de(bilan.exercice.projet)):
        return conformite.est_complete
    return bilan.communication_faite


@transaction.atomic
def declarer_supports(projet: Projet, dits: Mapping[int, tuple[bool, bool]], *, par: Acteur) -> None:
    """What the porteur says of each support: sentence, logos. Others' supports are left alone. Raises SupportRefuse."""
    if not peut_joindre_support(par, projet):
        raise SupportRefuse("Les supports sont décrits par le porteur d’un projet déposé.")
    for piece in supports_de(projet).filter(pk__in=dits):
        phrase, logos = dits[piece.pk]
        SupportCommunication.objects.update_or_create(piece=piece, defaults={"phrase": phrase, "logos": logos})


@transaction.atomic
def joindre_support(
    projet: Projet, nom: str, piece_propre: Nettoyee, *, par: Acteur, phrase: bool = False, logos: bool = False
) -> Piece:
    """Keeps one support, already cleaned (``pieces_jointes``): a PDF, or a picture, with what is on it.

    Raises SupportRefuse.
    """
    if not peut_joindre_support(par, projet):
        raise SupportRefuse("Les supports sont joints par le porteur d’un projet déposé.")
    Projet.objects.select_for_update().get(pk=projet.pk)
    if projet.pieces.filter(genre=GenrePiece.SUPPORT).count() >= SUPPORTS_MAX:
        raise SupportRefuse(f"{SUPPORTS_MAX} supports au plus : retirez-en un, ou regroupez-les dans un PDF.")
    piece = projet.garder_piece(GenrePiece.SUPPORT, nom, piece_propre.octets, par, piece_propre.type_mime)
    if projet.pieces.filter(genre=GenrePiece.SUPPORT, sha256=piece.sha256).exclude(pk=piece.pk).exists():
        raise SupportRefuse(f"« {nom} » est déjà joint.")
    SupportCommunication.objects.create(piece=piece, phrase=phrase, logos=logos)
    consigner(projet, Fait.SUPPORT_JOINT, par=par, motif=piece.nom, pour_services=False)
    return piece


@transaction.atomic
def retirer_support(piece: Piece, *, par: Acteur) -> None:
    """Takes a support away, with its file. Raises SupportRefuse."""
    if piece.genre != GenrePiece.SUPPORT or not peut_joindre_support(par, piece.projet):
        raise SupportRefuse("Ce fichier ne peut pas être retiré.")
    fichier = piece.fichier
    consigner(piece.projet, Fait.SUPPORT_RETIRE, par=par, motif=piece.nom, pour_services=False)
    piece.delete()
    transaction.on_commit(lambda: fichier.storage.delete(fichier.name))
