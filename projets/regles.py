"""The call's rules: each a small function from a Dossier to the Constats it deserves, with the sentence it comes from.

Framework-free: what depends on other projects (a bilan that is missing) is in ``gardes.py``. The rules of the money are in
``regles_budget.py``. To add a rule, write one function and its name in ``REGLES``.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from .constats import Constat, Gravite
from .dossier import QUESTIONS, TEMPS_SCOLAIRE, Dossier, reponses
from .identifiants import (
    code_postal_valide,
    courriel_plausible,
    rna_valide,
    siret_valide,
    telephone_plausible,
    uai_valide,
)
from .questionnaire import Genre, Referentiel
from .regles_budget import REGLES_BUDGET, SOURCE_ANNEE_CIVILE, Regle
from .valeurs import date_courte, nombre

SOURCE_TEMPS_SCOLAIRE = (
    "« Les interventions durant les temps scolaires devront recevoir l’aval de l’IEN ou de l’Éducation nationale. »"
)


def champs_obligatoires(dossier: Dossier, referentiel: Referentiel) -> Iterator[Constat]:
    for une in QUESTIONS:
        if une.obligatoire and getattr(dossier, une.identifiant) == une.vide:
            message = f"Cochez « {une.libelle} »." if une.genre is Genre.COCHE else f"Répondez à « {une.libelle} »."
            yield Constat(une.identifiant, Gravite.BLOQUANT, message)


def _ecrit(valeur: object) -> str:
    """A value as its author would write it, to quote it."""
    return date_courte(valeur) if isinstance(valeur, date) else nombre(valeur)


def longueurs(dossier: Dossier, referentiel: Referentiel) -> Iterator[Constat]:
    """Texts within the length of their question: the rest is kept, and said."""
    for champ, une, valeur in reponses(dossier):
        if une.maximum and isinstance(valeur, str) and len(valeur) > une.maximum:
            yield Constat(
                champ,
                Gravite.BLOQUANT,
                f"« {une.libelle} » fait {len(valeur)} caractères ; {une.maximum} au plus. Raccourcissez le texte.",
                extrait=valeur[:80] + "…",
            )


def nombres_plausibles(dossier: Dossier, referentiel: Referentiel) -> Iterator[Constat]:
    """No negative number, none beyond what its question can mean."""
    for champ, une, valeur in reponses(dossier):
        if isinstance(valeur, bool) or not isinstance(valeur, (int, Decimal)) or une.genre is Genre.ANNEE:
            continue
        if valeur < 0:
            yield Constat(
                champ, Gravite.BLOQUANT, f"« {une.libelle} » ne peut pas être négatif.", extrait=_ecrit(valeur)
            )
        elif une.maximum and valeur > une.maximum:
            yield Constat(
                champ,
                Gravite.BLOQUANT,
                f"« {une.libelle} » paraît beaucoup trop grand : vérifiez.",
                extrait=_ecrit(valeur),
            )


def options_connues(dossier: Dossier, referentiel: Referentiel) -> Iterator[Constat]:
    """Choices belong to the lists of this call (a code of another edition is said, not dropped)."""
    for champ, une, valeur in reponses(dossier):
        if not une.options or une.genre not in (Genre.CHOIX, Genre.CHOIX_MULTIPLE) or not valeur:
            continue
        codes = referentiel.codes(une.options)
        for code in (valeur,) if isinstance(valeur, str) else valeur:
            if code not in codes:
                yield Constat(
                    champ,
                    Gravite.BLOQUANT,
                    f"« {code} » n’est pas un choix de « {une.libelle} » dans cet appel : choisissez dans la liste.",
                    extrait=str(code),
                )


FORMES = (
    (
        "structure_siret",
        siret_valide,
        Gravite.A_VERIFIER,
        "Ce SIRET n’est pas valide : il a 14 chiffres, et le dernier est une clé de contrôle.",
    ),
    ("structure_rna", rna_valide, Gravite.A_VERIFIER, "Un numéro RNA s’écrit W et 9 chiffres, comme W621000001."),
    (
        "structure_uai",
        uai_valide,
        Gravite.A_VERIFIER,
        "Un UAI s’écrit 7 chiffres suivis d’une lettre de contrôle : vérifiez-le auprès de l’établissement.",
    ),
    ("structure_code_postal", code_postal_valide, Gravite.A_VERIFIER, "Un code postal a 5 chiffres."),
    (
        "porteur_courriel",
        courriel_plausible,
        Gravite.BLOQUANT,
        "Cette adresse n’a pas la forme nom@domaine.fr : corrigez-la, nous y envoyons l’accusé de réception.",
    ),
    (
        "porteur_telephone",
        telephone_plausible,
        Gravite.CONSEIL,
        "Ce numéro de téléphone paraît incomplet (10 chiffres en France).",
    ),
)


CHAMPS_A_FORME = frozenset(champ for champ, *_ in FORMES)


def identifiants_officiels(dossier: Dossier, referentiel: Referentiel) -> Iterator[Constat]:
    """SIRET, RNA, UAI, postcode, e-mail and telephone have their usual form; only the e-mail blocks."""
    for champ, est_bien_forme, gravite, message in FORMES:
        valeur = getattr(dossier, champ)
        if valeur and not est_bien_forme(valeur):
            yield Constat(champ, gravite, message, extrait=valeur)


def dates_coherentes(dossier: Dossier, referentiel: Referentiel) -> Iterator[Constat]:
    """End after beginning; interventions inside the project; years that can be meant."""
    debut, fin = dossier.date_debut, dossier.date_fin
    for champ, une, valeur in reponses(dossier):
        if isinstance(valeur, date) and not 2015 <= valeur.year <= 2100:
            yield Constat(
                champ,
                Gravite.BLOQUANT,
                f"« {une.libelle} » : l’année {valeur.year} est hors de propos.",
                extrait=_ecrit(valeur),
            )
    if debut and fin:
        if fin < debut:
            yield Constat(
                "date_fin", Gravite.BLOQUANT, "La date de fin est avant la date de début.", extrait=_ecrit(fin)
            )
        elif fin.year - debut.year > 1:
            yield Constat(
                "date_fin",
                Gravite.BLOQUANT,
                "Un projet couvre deux années civiles au plus : déposez une suite pour les années suivantes.",
                SOURCE_ANNEE_CIVILE,
                _ecrit(fin),
            )
    for rang, intervention in enumerate(dossier.interventions):
        champ = f"interventions.{rang}"
        if intervention.debut and intervention.fin and intervention.fin < intervention.debut:
            yield Constat(f"{champ}.fin", Gravite.BLOQUANT, "L’intervention finit avant de commencer.")
        for nom, jour in (("debut", intervention.debut), ("fin", intervention.fin)):
            if jour and debut and fin and debut <= fin and not debut <= jour <= fin:
                yield Constat(
                    f"{champ}.{nom}",
                    Gravite.A_VERIFIER,
                    "Cette date est hors de la période du projet.",
                    extrait=_ecrit(jour),
                )


def interventions_scolaires(dossier: Dossier, referentiel: Referentiel) -> Iterator[Constat]:
    """School time asks for an opinion, hence for the école or établissement that says whose."""
    for rang, intervention in enumerate(dossier.interventions):
        champ = f"interventions.{rang}"
        if not intervention.intitule:
            yield Constat(f"{champ}.intitule", Gravite.BLOQUANT, "Dites en quelques mots ce qu’est cette intervention.")
        if not intervention.temps:
            yield Constat(
                f"{champ}.temps",
                Gravite.BLOQUANT,
                "Indiquez le temps de l’enfant : scolaire, périscolaire ou extrascolaire.",
                SOURCE_TEMPS_SCOLAIRE,
            )
        elif intervention.temps == TEMPS_SCOLAIRE and not intervention.etablissement:
            yield Constat(
                f"{champ}.etablissement",
                Gravite.BLOQUANT,
                f"« {intervention.intitule} » a lieu sur le temps scolaire : nommez l’école ou l’établissement, pour que "
                "l’avis soit demandé à la bonne personne.",
                SOURCE_TEMPS_SCOLAIRE,
            )
        if intervention.intitule and not intervention.debut:
            yield Constat(
                f"{champ}.debut", Gravite.A_VERIFIER, "Indiquez la date, même approximative, de cette intervention."
            )
    if not dossier.interventions:
        yield Constat(
            "interventions",
            Gravite.BLOQUANT,
            "Décrivez au moins une intervention : quoi, quand, où, et sur quel temps de l’enfant.",
            SOURCE_TEMPS_SCOLAIRE,
        )


def objectifs_distincts(dossier: Dossier, referentiel: Referentiel) -> Iterator[Constat]:
    if dossier.objectif_principal and dossier.objectif_principal in dossier.objectifs_secondaires:
        yield Constat(
            "objectifs_secondaires",
            Gravite.CONSEIL,
            "L’objectif principal est aussi coché parmi les autres : une fois suffit.",
        )


def reconduction_precisee(dossier: Dossier, referentiel: Referentiel) -> Iterator[Constat]:
    if dossier.reconduction == "reconduction" and not dossier.projet_precedent:
        yield Constat(
            "projet_precedent", Gravite.A_VERIFIER, "Donnez le titre ou le numéro du projet que vous reconduisez."
        )


def public_renseigne(dossier: Dossier, referentiel: Referentiel) -> Iterator[Constat]:
    if not dossier.nombre_enfants and not dossier.nombre_parents and not dossier.nombre_professionnels:
        yield Constat("effectifs", Gravite.A_VERIFIER, "Indiquez combien de personnes le projet touchera.")
    if not dossier.indicateurs:
        yield Constat("indicateurs", Gravite.CONSEIL, "Un ou deux indicateurs avec leur cible faciliteront le bilan.")


REGLES: tuple[Regle, ...] = (
    champs_obligatoires,
    longueurs,
    nombres_plausibles,
    options_connues,
    identifiants_officiels,
    dates_coherentes,
    interventions_scolaires,
    *REGLES_BUDGET,
    objectifs_distincts,
    reconduction_precisee,
    public_renseigne,
)

_ORDRE = {une.identifiant: rang for rang, une in enumerate(QUESTIONS)}
_GRAVITES = {gravite: rang for rang, gravite in enumerate(Gravite)}


def constater(dossier: Dossier, referentiel: Referentiel) -> tuple[Constat, ...]:
    """Everything the rules say of a file, in the order of the form, the gravest first for each question."""
    constats = [constat for regle in REGLES for constat in regle(dossier, referentiel)]
    return tuple(sorted(constats, key=lambda c: (_ORDRE.get(c.champ.split(".")[0], -1), c.champ, _GRAVITES[c.gravite])))
