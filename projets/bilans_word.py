"""The bilan as a Word file: the pre-filled form that is given, and the filled one that comes back as a draft.

``rapprochement`` says what a file changes; here it is checked to be the right file, written, and what is left to look at is
kept until the person has seen it. Remarks that are kept speak of the fields of the page: ``realisation``, ``ligne_12``,
``ajouts-0-realise``, ``indicateur_3``, ``charges``.
"""

import dataclasses
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.utils import timezone

from . import reception, retours_bilan
from .bilans import SaisieRefusee, empreinte_de, manques, prendre_la_main
from .communication import communication_faite
from .constats import Constat, Gravite
from .dossier import COMPTE_DEMANDE
from .dossier_bilan import SUBVENTION, DossierBilan
from .enums import GenrePiece
from .models import Appel, Bilan, IndicateurBilan, LigneBilan, ModificationConcurrente, Piece
from .models.bilan import CHAMPS_SAISIS
from .permissions import Acteur
from .presentation import reponse
from .questionnaire import Option, Referentiel, normaliser, texte_propre
from .rapprochement import SENS, Cible, Rapprochement, numeros_ecrits, rapprocher
from .regles_bilan import TABLEAUX, constater_bilan
from .valeurs import date_longue
from .versions import Changement
from .word.ecriture import ecrire
from .word.formulaires import BILAN
from .word.protege import annoter_protege
from .word.resultats import Lecture, constat_vers_json
from .workflow import ActionInterdite

_AJOUTS = "ajouts"  # prefix of the lines that nobody planned, on the page


# --- the form that is given -----------------------------------------------------------------------------------------


def referentiel_du_bilan(appel: Appel) -> Referentiel:
    """Options of the Word form of a bilan: those of the call, with the account of the grant under its name."""
    referentiel = appel.referentiel()
    comptes = {nom: tuple(map(_accordee, referentiel.options(nom))) for nom in ("comptes", "comptes_produits")}
    return dataclasses.replace(referentiel, listes={**referentiel.listes, **comptes}, index={})


def _accordee(compte: Option) -> Option:
    return dataclasses.replace(compte, libelle=SUBVENTION) if compte.code == COMPTE_DEMANDE else compte


def contenu_word(bilan: Bilan) -> DossierBilan:
    """What the Word form of a bilan says: what was planned and granted, and what is written so far."""
    return normaliser(dataclasses.replace(bilan.contenu, communication_faite=communication_faite(bilan)))


def ecrire_bilan(bilan: Bilan) -> bytes:
    """The pre-filled Word form of a bilan; what the coordination asks to complete is in it as comments, in their place."""
    referentiel = referentiel_du_bilan(bilan.exercice.projet.appel)
    _lire_les_lignes(bilan)
    octets, demandes = ecrire(contenu_word(bilan), referentiel, BILAN), _demandes(bilan)
    return annoter_protege(octets, demandes, referentiel, BILAN) if demandes else octets


def _demandes(bilan: Bilan) -> list[Constat]:
    """What the coordination asks, on the cells of the Word form; on the table when the line is none of its rows."""
    cellules = {
        **{
            f"ligne_{x.pk}": f"{nom}.{rang}.realise"
            for nom in TABLEAUX
            for rang, x in enumerate(bilan.lignes_de(SENS[nom]))
        },
        **{f"indicateur_{i.pk}": f"indicateurs.{rang}.resultat" for rang, i in enumerate(bilan.indicateurs.all())},
        **{nom: nom for nom in CHAMPS_SAISIS},
        retours_bilan.AJOUTS: "charges",
    }
    return [
        Constat(
            cellules.get(retour.champ, ""),
            Gravite.BLOQUANT,
            f"La coordination vous demande, pour « {retour.libelle} » : {retour.demande}",
            source=f"Demande du {date_longue(timezone.localtime(retour.cree_le).date())}",
        )
        for retour in retours_bilan.ouverts(bilan)
    ]


def nom_word(bilan: Bilan) -> str:
    """Name of the Word file that the portal writes."""
    return f"bilan-{bilan.exercice.annee}-{bilan.exercice.projet.numero}.docx"


# --- the file that comes back ---------------------------------------------------------------------------------------


def recevoir_bilan(bilan: Bilan, nom: str, octets: bytes, par: Acteur, empreinte: str | None = None) -> list[Constat]:
    """Keeps as a draft what a Word file says, with the file; gives what is wrong, on the fields of the page.

    ``empreinte`` is what the person saw of the bilan when choosing the file (None: what it is now). Raises FichierRefuse
    for a file that cannot be read, SaisieRefusee for one that is not taken: nothing is then stored.
    """
    empreinte = empreinte_de(bilan) if empreinte is None else empreinte
    lue = reception.lire(octets, referentiel_du_bilan(bilan.exercice.projet.appel), BILAN)
    _verifier_le_document(bilan, lue)
    with transaction.atomic():
        _prendre_la_main(bilan, empreinte, par)
        bilan.refresh_from_db()
        _lire_les_lignes(bilan)
        avant, rapproche = contenu_word(bilan), rapprocher(bilan, lue)
        _appliquer(bilan, rapproche)
        _lire_les_lignes(bilan)
        bilan.lecture = {
            "anomalies": [constat_vers_json(constat) for constat in _sur_la_page(bilan, rapproche)],
            "non_reconnu": [{"texte": p.texte, "pres_de": p.pres_de} for p in rapproche.passages],
            "avant": avant.vers_json(),
            "apres": contenu_word(bilan).vers_json(),
        }
        bilan.save(update_fields=["lecture"])
        nom = texte_propre(nom) or nom_word(bilan)
        piece = bilan.exercice.projet.garder_piece(GenrePiece.BILAN, nom, octets, par, reception.MIME_DOCX)
        Piece.objects.filter(pk=piece.pk).update(exercice=bilan.exercice)
    dits = constats(bilan)
    bilan._prefetched_objects_cache = {}  # whoever goes on with it may write its lines
    return dits


def _lire_les_lignes(bilan: Bilan) -> None:
    """Every line and indicator as they are now, for all that is about to be said of them."""
    bilan._prefetched_objects_cache = {}
    prefetch_related_objects([bilan], Prefetch("lignes", LigneBilan.objects.select_related("compte")), "indicateurs")


def _prendre_la_main(bilan: Bilan, empreinte: str, par: Acteur) -> None:
    try:
        prendre_la_main(bilan, empreinte, par)
    except ActionInterdite as ferme:
        raise SaisieRefusee(f"{ferme} Votre fichier n’est pas pris.") from ferme
    except ModificationConcurrente as change:
        raise SaisieRefusee(
            "Ce bilan a été modifié depuis que vous avez ouvert cette page, peut-être dans un autre onglet. Votre fichier "
            "n’est pas pris : vérifiez le bilan, puis déposez votre fichier à nouveau."
        ) from change


def _verifier_le_document(bilan: Bilan, lue: Lecture[DossierBilan]) -> None:
    """Refuses a file that is no bilan, or that is written as another one's. What it does not say is only remarked."""
    for anomalie in lue.anomalies:
        if anomalie.est_bloquant and not anomalie.champ:
            raise SaisieRefusee(anomalie.message)
    numero, annee = bilan.exercice.projet.numero, bilan.exercice.annee
    ecrits = numeros_ecrits(lue.dossier.numero)
    ecrit, an = next((autre for autre in ecrits if autre != numero), numero), lue.dossier.annee or annee
    if (ecrit, an) != (numero, annee):
        raise SaisieRefusee(
            f"Ce document est le bilan {an} du projet {ecrit}, pas celui de {annee} du projet {numero}. Déposez-le sur sa "
            "propre page, ou corrigez ces deux lignes dans votre fichier."
        )


def _appliquer(bilan: Bilan, rapproche: Rapprochement) -> None:
    for nom, valeur in rapproche.valeurs.items():
        setattr(bilan, nom, valeur)
    bilan.save(update_fields=[*rapproche.valeurs, "lecture"])
    _ecrire(bilan.lignes.all(), realise=rapproche.realises, detail=rapproche.details)
    _ecrire(bilan.indicateurs.all(), resultat=rapproche.resultats, appreciation=rapproche.appreciations)
    LigneBilan.objects.bulk_create(rapproche.ajouts)


def _ecrire(lignes: QuerySet, **valeurs: dict[int, Any]) -> None:
    """What a file says of rows, column by column: key -> value. One query to read them, one to write each column."""
    lues = {ligne.pk: ligne for ligne in lignes} if any(valeurs.values()) else {}
    for champ, siennes in valeurs.items():
        changees = [lues[pk] for pk in siennes if pk in lues]
        for ligne in changees:
            setattr(ligne, champ, siennes[ligne.pk])
        lignes.model.objects.bulk_update(changees, [champ], batch_size=200)


# --- the same words on the page -------------------------------------------------------------------------------------


def _sur_la_page(bilan: Bilan, rapproche: Rapprochement) -> list[Constat]:
    """Remarks on the cells of the file, moved to the fields that show the same answers."""
    ajoutees = (ligne for ligne in _dans_l_ordre(bilan) if not ligne.prevu)
    rangs = {ligne.pk: rang for rang, ligne in enumerate(ajoutees)}
    return [
        dataclasses.replace(constat, champ=_champ_de_page(constat.champ, cible, rapproche.cibles, rangs))
        for constat, cible in rapproche.constats
    ]


def _champ_de_page(champ: str, cible: Cible | None, cibles: dict[str, Cible], ajoutees: dict[int, int]) -> str:
    nom, *reste = champ.split(".")
    cible = cible or cibles.get(".".join((nom, *reste[:1])))
    if isinstance(cible, IndicateurBilan):
        return f"{'appreciation' if reste[1:] == ['appreciation'] else 'indicateur'}_{cible.pk}"
    if isinstance(cible, LigneBilan):
        if cible.prevu:
            return f"ligne_{cible.pk}"
        colonne = reste[1] if len(reste) == 2 and reste[1] in ("compte", "detail") else "realise"
        return f"{_AJOUTS}-{ajoutees[cible.pk]}-{colonne}"
    return nom if nom in (*CHAMPS_SAISIS, *TABLEAUX, "indicateurs") else ""


def _dans_l_ordre(bilan: Bilan) -> list[LigneBilan]:
    """In the order of the page."""
    return sorted(bilan.lignes_lues, key=lambda ligne: (ligne.sens, ligne.rang, ligne.pk))


def reponses(bilan: Bilan) -> dict[str, Any]:
    """What each field of the page holds now, to know later which ones changed."""
    lignes, indicateurs = _dans_l_ordre(bilan), list(bilan.indicateurs.all())
    return {
        **{nom: getattr(bilan, nom) for nom in CHAMPS_SAISIS},
        **{f"ligne_{ligne.pk}": ligne.realise for ligne in lignes},
        **{f"indicateur_{i.pk}": i.resultat for i in indicateurs},
        **{f"appreciation_{i.pk}": i.appreciation for i in indicateurs},
        **{nom: [(x.compte_id, x.detail, x.realise) for x in lignes if x.sens == SENS[nom]] for nom in TABLEAUX},
        "indicateurs": [(i.resultat, i.appreciation) for i in indicateurs],
        _AJOUTS: [(x.compte_id, x.detail, x.realise) for x in lignes if not x.prevu],
    }


def regler(bilan: Bilan, avant: dict[str, Any], *, relu: bool) -> None:
    """After something was typed: remarks on what changed since ``avant`` are settled, and all of them if they were seen."""
    if not bilan.lecture:
        return
    apres, restantes = reponses(bilan), []
    for anomalie in () if relu else bilan.lecture.get("anomalies", ()):
        champ = _encore(anomalie["champ"], avant, apres)
        if champ is not None:
            restantes.append(anomalie | {"champ": champ})
    passages = [] if relu else bilan.lecture.get("non_reconnu", [])
    bilan.lecture = {"anomalies": restantes, "non_reconnu": passages} if restantes or passages else {}
    bilan.save(update_fields=["lecture"])


def _encore(champ: str, avant: dict[str, Any], apres: dict[str, Any]) -> str | None:
    """Where an answer that did not change is now; None when it changed. Added lines move when one of them goes."""
    if champ.startswith(f"{_AJOUTS}-"):
        _, rang, colonne = champ.split("-")
        ligne = avant[_AJOUTS][int(rang)] if int(rang) < len(avant[_AJOUTS]) else None
        return f"{_AJOUTS}-{apres[_AJOUTS].index(ligne)}-{colonne}" if ligne in apres[_AJOUTS] else None
    return champ if avant.get(champ) == apres.get(champ) else None


def constats(bilan: Bilan) -> list[Constat]:
    """What is left to look at after a file was read: its remarks, and what stops the deposit. Nothing for a bilan typed here."""
    dites = remarques(bilan)
    return [*dites, *manques_restants(bilan, dites)]


def remarques(bilan: Bilan) -> list[Constat]:
    """What the reading said and nobody settled. It blocks nothing by itself: where an answer stands, it is to be checked."""
    actuelles, resultat = reponses(bilan), []
    for a in bilan.lecture.get("anomalies", ()):
        gravite = Gravite(a["gravite"])
        if gravite is Gravite.BLOQUANT and actuelles.get(a["champ"], "?") not in (None, ""):
            gravite = Gravite.A_VERIFIER
        resultat.append(Constat(a["champ"], gravite, a["message"], a["source"], a["extrait"]))
    return resultat


def manques_restants(bilan: Bilan, dites: Iterable[Constat]) -> list[Constat]:
    """What stops the deposit of a bilan that a file filled, but where a remark already says what is wrong."""
    if not bilan.lecture:
        return []
    fautifs = {constat.champ for constat in dites if constat.est_bloquant}
    return [constat for constat in _manques_sur_la_page(bilan) if constat.champ not in fautifs]


def _manques_sur_la_page(bilan: Bilan) -> list[Constat]:
    cibles: dict[str, Cible] = {
        **{f"{nom}.{rang}": ligne for nom in TABLEAUX for rang, ligne in enumerate(bilan.lignes_de(SENS[nom]))},
        **{f"indicateurs.{rang}": indicateur for rang, indicateur in enumerate(bilan.indicateurs.all())},
    }
    return _sur_la_page(bilan, Rapprochement(constats=[(c, None) for c in manques(bilan)], cibles=cibles))


def changements(bilan: Bilan) -> tuple[Changement, ...]:
    """What the last file changed, question by question; of a table, only the rows that differ."""
    if "avant" not in bilan.lecture:
        return ()
    avant, apres = (DossierBilan.depuis_json(bilan.lecture[nom]) for nom in ("avant", "apres"))
    referentiel, trouves = referentiel_du_bilan(bilan.exercice.projet.appel), []
    for une in BILAN.questions:
        ancienne, nouvelle = getattr(avant, une.identifiant), getattr(apres, une.identifiant)
        if ancienne == nouvelle:
            continue
        if une.colonnes:
            seuls = (tuple(x for x in ancienne if x not in nouvelle), tuple(x for x in nouvelle if x not in ancienne))
            avant, apres = (
                dataclasses.replace(d, **{une.identifiant: x}) for d, x in zip((avant, apres), seuls, strict=True)
            )
        lues = (dataclasses.replace(reponse(d, une, referentiel), totaux=()) for d in (avant, apres))
        trouves.append(Changement(une.libelle, *lues))
    return tuple(trouves)


# --- the porteur's own file, with remarks ---------------------------------------------------------------------------


def annoter_bilan(bilan: Bilan, octets: bytes) -> bytes:
    """The file with what the rules and the reading say of what it holds, as Word comments. Raises FichierRefuse."""
    appel = bilan.exercice.projet.appel
    referentiel = referentiel_du_bilan(appel)
    lue = reception.relire(octets, referentiel, BILAN)
    dits = [constat for constat, _ in rapprocher(bilan, lue).constats]
    return annoter_protege(octets, avec_les_regles(dits, lue.dossier, referentiel, appel), referentiel, BILAN)


def avec_les_regles(
    dits: Iterable[Constat], rendu: DossierBilan, referentiel: Referentiel, appel: Appel
) -> tuple[Constat, ...]:
    """What was said of a file, then the rules, but where a cell is already said to be wrong."""
    dits = tuple(dits)
    fautifs = {constat.champ for constat in dits if constat.est_bloquant}
    libelles = {option.code: option.libelle for option in referentiel.options("comptes")}
    regles = constater_bilan(rendu, libelles, appel.seuil_ecart, appel.seuil_ecart_euros)
    return (*dits, *(constat for constat in regles if constat.champ not in fautifs and constat not in dits))
