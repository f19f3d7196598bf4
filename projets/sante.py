"""Is this deployment well? One function per question, each a ``Controle`` in French; none of them changes or sends anything."""

import hashlib
import os
import smtplib
import uuid
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from . import declencheurs, declencheurs_cumuls, integrite
from .enums_portail import EtatCourriel
from .models import ARecompter, Courriel, FaitExercice, Piece, Pouls
from .valeurs import insecables

BIEN, ATTENTION, FAUTE = 0, 1, 2
DITES = 10  # details given
ECHANTILLON = 100  # files read when not all are
SOMMES_EN_ATTENTE = 5_000  # marks
DELAI_WORKER = timedelta(minutes=10)
DELAI_COURRIEL = timedelta(hours=1)
DELAI_RECAPITULATIF = timedelta(days=5)  # a long weekend


@dataclass(frozen=True)
class Controle:
    """One answer: ``gravite`` is BIEN, ATTENTION or FAUTE, and the exit code; ``details`` are the first faults."""

    nom: str
    gravite: int
    message: str
    details: tuple[str, ...] = ()
    mesures: dict[str, Any] = field(default_factory=dict)

    def en_json(self) -> dict[str, Any]:
        return asdict(self) | {"gravite": ("bien", "attention", "faute")[self.gravite]}


def _s(nombre: int, mot: str) -> str:
    """« 1 courriel », « 12 courriels »; every word of the phrase agrees."""
    return f"{nombre} " + " ".join(f"{un}s" if nombre > 1 else un for un in mot.split())


# --- settings and database ------------------------------------------------------------------------------------------


# Django's own findings that one setting of ours answers: said once, in its words. The rest is said as Django says it.
_SANS_HTTPS = frozenset({"security.W004", "security.W008", "security.W012", "security.W016"})
_EN_FRANCAIS = {
    "security.W009": "SECRET_KEY est trop courte ou trop simple.",
    "security.W018": "DEBUG est activé : les erreurs montreraient le code et les réglages à tout le monde.",
    "security.W020": "ALLOWED_HOSTS est vide.",
}


def reglages() -> Controle:
    """What ``check --deploy`` says, and settings that only a demonstration may keep."""
    trouvailles = [m for m in checks.run_checks(include_deployment_checks=True) if not m.is_silenced()]
    dits = [
        _EN_FRANCAIS.get(m.id, str(m.msg).splitlines()[0]) + (f" ({m.id})" if m.id else "")
        for m in trouvailles
        if settings.HTTPS or m.id not in _SANS_HTTPS
    ]
    if not settings.HTTPS and not settings.DEMO:
        dits.append(
            "HTTPS n’est pas activé : mots de passe et cookies circulent en clair. Réglez URL_PUBLIQUE en https://."
        )
    fautes = [m for m in trouvailles if m.level >= checks.ERROR]
    if (settings.VAR_DIR / "cle_secrete").exists() and not settings.DEMO:
        dits.append(
            "SECRET_KEY n’est pas réglée : la clé est celle que le portail a faite lui-même dans VAR_DIR. "
            "Gardez-en une copie hors du serveur, ou réglez SECRET_KEY."
        )
    if not settings.DEMO and settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith("@example.org"):
        dits.append("DEFAULT_FROM_EMAIL n’est pas réglée : les courriels partiraient d’example.org.")
    if not dits:
        return Controle("Réglages", BIEN, "rien à redire.")
    gravite = FAUTE if fautes else ATTENTION
    return Controle("Réglages", gravite, f"{_s(len(dits), 'point')} à voir.", tuple(dits[:DITES]))


def base() -> Controle:
    try:
        executeur = MigrationExecutor(connection)
        plan = executeur.migration_plan(executeur.loader.graph.leaf_nodes())
    except Exception as erreur:  # whatever the driver says
        return Controle("Base de données", FAUTE, "elle ne répond pas.", (f"{type(erreur).__name__} : {erreur}",))
    if plan:
        noms = tuple(str(migration) for migration, _ in plan[:DITES])
        return Controle("Base de données", FAUTE, f"{_s(len(plan), 'migration')} à appliquer.", noms)
    return Controle(
        "Base de données", BIEN, f"elle répond ({connection.vendor}), toutes les migrations sont appliquées."
    )


@cache
def _migrations_appliquees() -> None:
    """Raises RuntimeError while the database is behind the code. Asked once: a process never becomes behind again."""
    if base().gravite == FAUTE:
        raise RuntimeError("la base est en retard sur le code")


def _s_ecrit(curseur: CursorWrapper) -> bool:
    """Whether the database takes what is written: not a standby server, nor a file given to another account."""
    if connection.vendor == "postgresql":
        curseur.execute("SHOW transaction_read_only")
        return curseur.fetchone()[0] == "off"
    chemin = str(connection.settings_dict["NAME"])
    return ":memory:" in chemin or all(os.access(un, os.W_OK) for un in (chemin, Path(chemin).parent))


def pret() -> bool:
    """Whether this process can serve people: the database answers, can be written, and has every table the code wants."""
    try:
        with connection.cursor() as curseur:
            # A row of ours, and not « 1 »: a file put in the place of the base answers too.
            curseur.execute("SELECT 1 FROM django_migrations LIMIT 1")
            if curseur.fetchone() is None or not _s_ecrit(curseur):
                return False
        _migrations_appliquees()
    except Exception:  # whatever the driver says, the answer is the same
        return False
    return True


def protections() -> Controle:
    absents = declencheurs.manquants(connection)
    if absents:
        return Controle("Protection du journal", FAUTE, "des déclencheurs manquent en base.", tuple(absents))
    return Controle("Protection du journal", BIEN, "la base refuse de le modifier et de l’effacer.")


def sommes() -> Controle:
    """The kept sums are told of every change, are folded, and were found right the last time they were checked."""
    absents = declencheurs_cumuls.manquants(connection)
    if absents:
        details = ("Lancez « cumuls » : elle les remet et recompte tout.", *absents[: DITES - 1])
        return Controle("Sommes tenues", FAUTE, "des déclencheurs manquent en base.", details)
    attente = ARecompter.objects.count()
    mesures = {"en_attente": attente, "exercices": FaitExercice.objects.count()}
    pouls = Pouls.objects.filter(nom="cumuls").first()
    if pouls and pouls.detail.get("ecarts"):
        message = f"{_s(pouls.detail['ecarts'], 'différence')} avec les projets, le {_quand(pouls.le)}."
        return Controle("Sommes tenues", ATTENTION, message, tuple(pouls.detail.get("premiers", ())), mesures)
    if attente > SOMMES_EN_ATTENTE or ARecompter.objects.filter(genre=ARecompter.Genre.TOUT).exists():
        message = (
            "elles attendent d’être recomptées, les pages additionnent (lancez « courriels --continu » ou « cumuls »)."
        )
        return Controle("Sommes tenues", ATTENTION, message, (), mesures)
    return Controle("Sommes tenues", BIEN, f"{_s(mesures['exercices'], 'exercice compté')}.", (), mesures)


# --- files ----------------------------------------------------------------------------------------------------------


def fichiers(tous: bool = False) -> Controle:
    """The storage can be written, and the files of the projects are there, byte for byte. Without ``tous``, the last ones."""
    try:
        nom = default_storage.save(f"verification/{uuid.uuid4().hex}", ContentFile(b"essai"))
        default_storage.delete(nom)
    except Exception as erreur:  # a disk, a bucket: each has its own exceptions
        return Controle("Fichiers", FAUTE, "on ne peut pas y écrire.", (f"{type(erreur).__name__} : {erreur}",))
    pieces = Piece.objects.order_by("-pk").select_related("projet").only("fichier", "sha256", "nom", "projet__numero")
    lus, fautes = 0, []
    for piece in pieces.iterator(chunk_size=500) if tous else pieces[:ECHANTILLON]:
        lus += 1
        if defaut := _defaut(piece):
            fautes.append(f"Projet {piece.projet.numero or 'en brouillon'}, « {piece.nom} » : {defaut}.")
    mesures = {"lus": lus, "fautes": len(fautes)}
    if fautes:
        message = f"{_s(len(fautes), 'fichier')} en défaut sur {lus}."
        return Controle("Fichiers", FAUTE, message, tuple(fautes[:DITES]), mesures)
    lesquels = "tous relus" if tous else "les derniers relus (--fichiers les relit tous)"
    return Controle("Fichiers", BIEN, f"{_s(lus, 'fichier')}, {lesquels}, intacts.", (), mesures)


def _defaut(piece: Piece) -> str:
    empreinte = hashlib.sha256()
    try:
        with piece.fichier.open("rb") as fichier:
            for morceau in fichier.chunks():
                empreinte.update(morceau)
    except FileNotFoundError:
        return "absent"
    except Exception as erreur:  # as above
        return f"illisible ({type(erreur).__name__})"
    return "" if empreinte.hexdigest() == piece.sha256 else "modifié depuis son arrivée"


# --- mails ----------------------------------------------------------------------------------------------------------


def messagerie() -> Controle:
    """The mail server answers and lets the portal in. Says hello and leaves: nothing is sent."""
    connexion = get_connection()
    if not isinstance(connexion, EmailBackend):
        gravite = BIEN if settings.DEMO else ATTENTION
        return Controle(
            "Messagerie", gravite, "aucun serveur réglé : les courriels sont écrits dans VAR_DIR, rien ne part."
        )
    serveur = f"{connexion.host}:{connexion.port}"
    try:
        connexion.open()
        connexion.connection.ehlo_or_helo_if_needed()
    except (OSError, smtplib.SMTPException) as erreur:
        return Controle("Messagerie", FAUTE, f"{serveur} ne répond pas.", (f"{type(erreur).__name__} : {erreur}",))
    finally:
        connexion.close()
    return Controle("Messagerie", BIEN, f"{serveur} répond.")


def _courriel(courriel: Courriel) -> str:
    pourquoi = courriel.get_raison_display() or courriel.get_etat_display().lower()
    return f"« {courriel.objet} » : {pourquoi}, depuis le {_quand(courriel.cree_le)}."


def _quand(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%d/%m/%Y à %H:%M}"


def boite_d_envoi() -> Controle:
    """Mails that failed, that wait for too long, digests left behind; and whether somebody empties the outbox."""
    maintenant = timezone.now()
    etats = Courriel.objects.order_by("-pk")
    echecs = etats.en_echec()
    retard = etats.filter(
        etat__in=[EtatCourriel.A_ENVOYER, EtatCourriel.EN_COURS], cree_le__lt=maintenant - DELAI_COURRIEL
    )
    oublies = etats.filter(etat=EtatCourriel.A_REGROUPER, cree_le__lt=maintenant - DELAI_RECAPITULATIF)
    pouls = Pouls.objects.filter(nom="courriels").first()
    mort = pouls is None or abs(maintenant - pouls.le) > DELAI_WORKER  # a beat from the future: a clock was put right
    mesures = {"echecs": echecs.count(), "en_retard": retard.count(), "recapitulatifs_oublies": oublies.count()}
    details = [_courriel(courriel) for courriel in [*echecs[:DITES], *retard[:DITES], *oublies[:DITES]]]
    phrases = []
    if mort:
        quand = f"depuis le {_quand(pouls.le)}" if pouls else "depuis toujours"
        phrases.append(f"personne ne la vide {quand} (lancez « courriels --continu »)")
    if mesures["echecs"]:
        phrases.append(f"{_s(mesures['echecs'], 'courriel')} en échec")
    if mesures["en_retard"]:
        phrases.append(f"{_s(mesures['en_retard'], 'courriel')} en attente depuis plus d’une heure")
    if mesures["recapitulatifs_oublies"]:
        phrases.append(f"{_s(mesures['recapitulatifs_oublies'], 'courriel')} qui attendent un récapitulatif")
    if not phrases:
        return Controle("Boîte d’envoi", BIEN, "elle se vide.", (), mesures)
    en_attente = mesures["en_retard"] or mesures["recapitulatifs_oublies"] or Courriel.objects.en_attente().exists()
    gravite = FAUTE if mort and en_attente else ATTENTION
    return Controle("Boîte d’envoi", gravite, " ; ".join(phrases) + ".", tuple(details[:DITES]), mesures)


# --- the journal ----------------------------------------------------------------------------------------------------


def journal(sceau: str = "") -> Controle:
    bilan = integrite.examiner(sceau)
    mesures = {
        "passages": bilan.passages,
        "chaines": bilan.chaines,
        "sceaux": bilan.sceaux,
        "non_scelles": bilan.non_scelles,
        "fautes": bilan.nombre_de_fautes,
        "dernier_sceau": bilan.dernier_sceau,
    }
    if not bilan.est_intact:
        details = tuple(str(faute) for faute in bilan.fautes[:DITES])
        return Controle("Journal", FAUTE, f"il a été touché : {_s(bilan.nombre_de_fautes, 'faute')}.", details, mesures)
    sceaux = f"{bilan.sceaux} sceau{'x' if bilan.sceaux > 1 else ''}"
    message = f"{_s(bilan.passages, 'passage')}, {_s(bilan.chaines, 'chaîne')}, {sceaux}, intact."
    if bilan.remarques:
        return Controle("Journal", ATTENTION, message, tuple(bilan.remarques), mesures)
    if bilan.passages and not bilan.sceaux:
        return Controle(
            "Journal", ATTENTION, f"{message} Il n’a jamais été scellé : lancez « courriels ».", (), mesures
        )
    if bilan.dernier_sceau:
        message += f" Dernier sceau : {bilan.dernier_sceau[:16]}."
    return Controle("Journal", BIEN, message, (), mesures)


def verifier(*, fichiers_tous: bool = False, sceau: str = "") -> Iterable[Controle]:
    """Every check, one after the other; those that need the database are left out when it is not there."""
    yield reglages()
    etat = base()
    yield etat
    yield messagerie()
    if etat.gravite != FAUTE:
        questions: tuple[Callable[[], Controle], ...] = (
            protections,
            sommes,
            lambda: fichiers(fichiers_tous),
            boite_d_envoi,
            lambda: journal(sceau),
        )
        for question in questions:
            yield question()


def phrase(controle: Controle) -> str:
    return insecables(f"{controle.nom} : {controle.message}")
