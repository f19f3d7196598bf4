"""Reception of a file: what a porteur sends becomes a Projet, or corrects one; the original is kept as it came.

Reading, saving, keeping the Word file and depositing, for the pages and for ``manage.py deposer`` alike. The statut
changes through ``workflow.executer`` only.
"""

import dataclasses
import hashlib
import logging
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from correspondants.models import Utilisateur

from . import complements
from .antivirus import examiner
from .constats import Constat, Gravite
from .dossier import Dossier, differences
from .enregistrement import enregistrer
from .enums import Action, GenrePiece, Statut
from .etapes import est_sans_reponse
from .models import Appel, Auteur, Modification, ModificationConcurrente, Passage, Piece, Projet
from .questionnaire import Referentiel, normaliser
from .rangement import Rangement, garder, tout_ecarter
from .regles import constater
from .valeurs import insecables
from .word.ecriture import ecrire
from .word.formulaire import Formulaire
from .word.formulaires import DOSSIER, FORMULAIRES
from .word.protege import lire_protege
from .word.refus import TAILLE_MAXIMALE, FichierRefuse
from .word.resultats import Lecture, constat_vers_json
from .workflow import executer

MIME_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

logger = logging.getLogger(__name__)


def lire(octets: bytes, referentiel: Referentiel, formulaire: Formulaire = DOSSIER) -> Lecture:
    """What a Word file that arrives says, once the antivirus has let it through.

    Raises FichierRefuse, for another form of the portal too; the refusal goes to the log with the sha256, the file nowhere.
    """
    if len(octets) <= TAILLE_MAXIMALE:  # a heavier one is refused on its weight, and told so
        examiner(octets)
    return relire(octets, referentiel, formulaire)


def relire(octets: bytes, referentiel: Referentiel, formulaire: Formulaire = DOSSIER) -> Lecture:
    """Same as ``lire``, for a file that is already kept: the antivirus saw it when it arrived."""
    try:
        return comprendre(octets, referentiel, formulaire)
    except FichierRefuse as refus:
        empreinte = hashlib.sha256(octets).hexdigest()
        logger.warning("fichier refusé motif=%s sha256=%s taille=%d", refus.code, empreinte, len(octets))
        raise


def comprendre(octets: bytes, referentiel: Referentiel, formulaire: Formulaire = DOSSIER) -> Lecture:
    """What a file says, for who looks at it without receiving it: no log. Raises FichierRefuse, for another form too."""
    lue = lire_protege(octets, referentiel, formulaire)
    _refuser_un_autre_formulaire(lue)
    return lue


def _refuser_un_autre_formulaire(lue: Lecture) -> None:
    """A bilan given for a project file, or the reverse, becomes no draft: it has its own page."""
    phrases = {insecables(formulaire.pris_pour_un_autre) for formulaire in FORMULAIRES.values()}
    for anomalie in lue.anomalies:
        if not anomalie.champ and anomalie.message in phrases:
            raise FichierRefuse("autre_formulaire", anomalie.message)


def recevoir(appel: Appel, nom: str, octets: bytes, par: Utilisateur | None = None) -> Projet:
    """A draft made from a Word file, with the file itself. Raises FichierRefuse: nothing is then stored."""
    return creer(appel, lire(octets, appel.referentiel()), nom, octets, par)


def creer(appel: Appel, lue: Lecture, nom: str, octets: bytes, par: Utilisateur | None = None) -> Projet:
    """A draft made from what was read, with the bytes it was read from."""
    projet = Projet(appel=appel, porteur=par, lecture=_remarques(lue))
    with transaction.atomic():
        enregistrer(projet, normaliser(lue.dossier))
        projet.garder_piece(GenrePiece.DOSSIER, nom, octets, par, MIME_DOCX)
    return projet


def est_etranger(projet: Projet) -> bool:
    """Whether the Word file of a draft is no form of the portal: it answered nothing, all its words wait for a place."""
    return any(
        _dit_etranger(anomalie["champ"], anomalie["message"]) for anomalie in projet.lecture.get("anomalies", ())
    )


def _dit_etranger(champ: str, message: str) -> bool:
    return not champ and message == insecables(DOSSIER.non_reconnu)


def recevoir_correction(projet: Projet, nom: str, octets: bytes, par: Utilisateur) -> None:
    """A corrected Word file on a project that came back: only the reopened questions change, the others are listed.

    Raises FichierRefuse (for a file that is no form too: it would empty every answer) or ModificationConcurrente: nothing is
    then stored.
    """
    lue = lire(octets, projet.appel.referentiel())
    if any(_dit_etranger(anomalie.champ, anomalie.message) for anomalie in lue.anomalies):
        raise FichierRefuse("etranger")
    avant, apres, remarques = projet.contenu, normaliser(lue.dossier), _remarques(lue)
    ouverts = champs_rouverts(projet)
    if ouverts is not None:
        changes = [une.identifiant for une, _, _ in differences(avant, apres)]
        remarques["ignores"] = [nom_question for nom_question in changes if nom_question not in ouverts]
        remarques["anomalies"] = [a for a in remarques["anomalies"] if _racine(a["champ"]) in ouverts]
        apres = avant.remplacer(**{nom_question: getattr(apres, nom_question) for nom_question in ouverts})
    with transaction.atomic():
        enregistrer(projet, apres)
        _garder_remarques(projet, remarques)
        projet.garder_piece(GenrePiece.DOSSIER, nom, octets, par, MIME_DOCX)


def enregistrer_saisie(
    projet: Projet,
    dossier: Dossier,
    version: int,
    *,
    auteur: Auteur,
    relu: bool = False,
    lecture: dict[str, Any] | None = None,
    reponses: Mapping[str, str] | None = None,
) -> None:
    """Saves what was typed on a project read in ``version``; remarks on the answers that changed are settled.

    ``relu``: the person says that the remarks of the reading have been looked at. ``lecture``: what is left of the
    reading, when the person put passages away. ``reponses``: what the porteur answers to the coordination, by question.
    ``auteur``: who is said to have changed the answers that differ. Raises ModificationConcurrente.
    """
    avant, actuelle = projet.contenu, projet.version
    lecture = projet.lecture if lecture is None else lecture
    projet.version = version
    try:
        with transaction.atomic():
            enregistrer(projet, dossier)
            complements.garder_reponses(projet, reponses or {})
            changees = {une.identifiant for une, _, _ in differences(avant, dossier)}
            Modification.noter(projet, changees, auteur)
            if lecture:
                restantes = [a for a in lecture.get("anomalies", ()) if _racine(a["champ"]) not in changees]
                lecture = tout_ecarter(lecture) if relu else lecture
                _garder_remarques(projet, lecture | {"anomalies": [] if relu else restantes})
    except ModificationConcurrente:
        projet.version = actuelle
        raise


def enregistrer_rangement(projet: Projet, rangement: Rangement, auteur: Auteur) -> None:
    """Saves passages that were put away, and the answers they went to. Raises ModificationConcurrente."""
    lecture = garder(projet.lecture, rangement.fragments)
    enregistrer_saisie(projet, rangement.dossier, projet.version, lecture=lecture, auteur=auteur)


def deposer(projet: Projet, par: Utilisateur) -> Passage:
    """Deposits a project, with the Word file written by the portal when the porteur sent none for this deposit.

    « Le dossier Word est obligatoire ». Raises what ``workflow.executer`` raises; nothing is then written.
    """
    piece = projet.piece_dossier
    ecrit = piece is None or projet.depots.filter(piece=piece).exists()
    octets = ecrire(projet.contenu, projet.appel.referentiel()) if ecrit else b""
    neuve: Piece | None = None
    try:
        with transaction.atomic():
            if ecrit:
                neuve = projet.garder_piece(GenrePiece.DOSSIER, nom_word(projet), octets, par, MIME_DOCX)
            return executer(projet, Action.DEPOSER, par=par)
    except Exception:
        if neuve is not None:
            neuve.fichier.delete(save=False)
        raise


def nom_word(projet: Projet) -> str:
    """Name of the Word file that the portal writes."""
    return f"{projet.numero or 'dossier'}-{slugify(projet.titre)[:60].strip('-') or 'projet'}.docx"


# --- what still has to be looked at ---------------------------------------------------------------------------------


def champs_rouverts(projet: Projet) -> dict[str, str] | None:
    """Questions that may change, with the reason of each; None when the whole file may.

    Those that the coordination named and, so that nobody is ever stuck, those that a rule blocks the deposit on: a new
    charge calls for a new produit.
    """
    if projet.statut != Statut.A_COMPLETER:
        return None
    bloques = {
        _racine(constat.champ): constat.message
        for constat in constater(projet.contenu, projet.appel.referentiel())
        if constat.est_bloquant and constat.champ
    }
    return bloques | {nom: champ.motif for nom, champ in complements.ouverts(projet).items()}


def constats(projet: Projet, dossier: Dossier, referentiel: Referentiel) -> list[Constat]:
    """What the rules say of a file, and what its reading said of answers that have not changed since.

    Where both speak of a missing answer, the reading speaks: it can quote what was written.
    """
    remarques = [
        Constat(a["champ"], Gravite(a["gravite"]), a["message"], a.get("source", ""), a.get("extrait", ""))
        for a in projet.lecture.get("anomalies", ())
    ]
    lus = {remarque.champ for remarque in remarques if remarque.champ}
    regles = constater(dossier, referentiel)
    manquants = {c.champ for c in regles if c.est_bloquant and c.champ in lus and est_sans_reponse(dossier, c)}
    resultat = [constat for constat in regles if constat.champ not in manquants]
    for remarque in remarques:
        gravite = remarque.gravite
        if remarque.champ in manquants:
            gravite = Gravite.BLOQUANT
        elif gravite is Gravite.BLOQUANT:  # a remark never blocks by itself: the deposit asks the rules only
            gravite = Gravite.A_VERIFIER
        resultat.append(dataclasses.replace(remarque, gravite=gravite))
    return resultat


def _racine(champ: str) -> str:
    return champ.split(".")[0]


def _remarques(lue: Lecture) -> dict[str, Any]:
    """What a reading leaves to look at, as JSON."""
    return {
        "anomalies": [constat_vers_json(anomalie) for anomalie in lue.anomalies],
        "non_reconnu": [{"texte": passage.texte, "pres_de": passage.pres_de} for passage in lue.non_reconnu],
    }


def _garder_remarques(projet: Projet, remarques: dict[str, Any]) -> None:
    projet.lecture = remarques
    projet.save(update_fields=["lecture"])
