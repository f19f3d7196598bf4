"""The content of one project file, and the one description of every question it answers.

Framework-free: no Django import, so that it can be tested, fuzzed and timed alone. The Word form, the web form, the
project page and the PDF are all made from ``SECTIONS`` and ``QUESTIONS``; the words of the call (tree, accounts,
schools…) come in a ``Referentiel``. A ``Dossier`` says what the porteur wrote, never whether it is right (``regles.py``).
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Self

from .questionnaire import Genre, Question, Section, depuis_json, questions_de, vers_json
from .questionnaire import champ_question as _question

SECTIONS = (
    Section("porteur", "1. Le porteur du projet", "Qui porte le projet, et qui peut-on joindre ?"),
    Section("projet", "2. Le projet", "Ce que vous voulez faire, pourquoi, et avec qui."),
    Section("objectifs", "3. Les objectifs", "Ce que votre projet sert dans la stratégie de la cité éducative."),
    Section("public", "4. Le public et les lieux", "Des nombres seulement : aucun nom d’enfant n’est demandé."),
    Section("calendrier", "5. Le calendrier et les interventions", "Ce qui est prévu, quand, où et avec qui."),
    Section(
        "budget",
        "6. Le budget par année civile",
        "La cité éducative est financée par année civile : un projet qui dure une année scolaire a un budget pour "
        "l’année N et un budget pour l’année N+1. Charges et produits s’équilibrent pour chaque année.",
    ),
    Section("materiel", "7. Le matériel", "Prix unitaires hors taxes (HT)."),
    Section("evaluation", "8. L’évaluation", "À quoi verrez-vous que le projet a réussi ?"),
    Section("communication", "9. La communication", ""),
    Section("engagement", "10. L’engagement du porteur", ""),
)


@dataclass(frozen=True)
class Partenaire:
    nom: str = _question("Partenaire", maximum=200)
    role: str = _question("Rôle dans le projet", maximum=500)


@dataclass(frozen=True)
class Effectif:
    """Number of children or young people of one age band; never a name (RGPD)."""

    tranche: str = _question("Tranche d’âge", Genre.CHOIX, options="tranches_age")
    filles: int | None = _question("Filles", Genre.ENTIER, maximum=100_000)
    garcons: int | None = _question("Garçons", Genre.ENTIER, maximum=100_000)


@dataclass(frozen=True)
class InterventionPrevue:
    """Something planned with children: when, where, how long, in which time of the child's day."""

    intitule: str = _question("Intervention", maximum=300)
    debut: date | None = _question("Du (date)", Genre.DATE)
    fin: date | None = _question("Au (date)", Genre.DATE)
    etablissement: str = _question("École ou établissement", maximum=200)
    classe: str = _question("Classe ou groupe", maximum=200)
    lieu: str = _question("Lieu", maximum=200)
    duree_heures: Decimal | None = _question("Durée totale (heures)", Genre.NOMBRE, maximum=10_000)
    intervenants: str = _question("Intervenants", maximum=300)
    temps: str = _question("Temps", Genre.CHOIX, options="temps")


@dataclass(frozen=True)
class LigneBudgetPrevue:
    """One account over the two civil years of the file, in euros TTC; ``None`` is an empty cell, not zero."""

    compte: str = _question("Compte", Genre.CHOIX, options="comptes")
    detail: str = _question("Précisions", maximum=300)
    montant_n: Decimal | None = _question("Année N (€)", Genre.MONTANT, maximum=100_000_000, annee=0)
    montant_n1: Decimal | None = _question("Année N+1 (€)", Genre.MONTANT, maximum=100_000_000, annee=1)


@dataclass(frozen=True)
class Charge(LigneBudgetPrevue):
    compte: str = _question("Compte", Genre.CHOIX, options="comptes_charges")


@dataclass(frozen=True)
class Produit(LigneBudgetPrevue):
    compte: str = _question("Compte", Genre.CHOIX, options="comptes_produits")


@dataclass(frozen=True)
class MaterielPrevu:
    """Equipment line; the price is per unit and HT, as the call's cap is (« 500 € HT l’unité »)."""

    designation: str = _question("Désignation", maximum=300)
    quantite: int | None = _question("Quantité", Genre.ENTIER, maximum=100_000)
    prix_unitaire_ht: Decimal | None = _question("Prix unitaire HT (€)", Genre.MONTANT, maximum=10_000_000)
    annee: int | None = _question("Année d’achat", Genre.ANNEE)


@dataclass(frozen=True)
class IndicateurPrevu:
    libelle: str = _question("Indicateur", maximum=300)
    cible: str = _question("Cible à atteindre", maximum=200)
    mesure: str = _question("Comment on le mesure", maximum=300)


TEMPS_SCOLAIRE = "scolaire"
COMPTE_DEMANDE = "74-CITE"  # the 74 line that holds the amount asked from the cité éducative
CLASSES_VOLONTAIRES = ("86", "87")  # voluntary contributions in kind: outside the cash total (plan comptable)


@dataclass(frozen=True)
class Dossier:
    """Everything a project file says. Immutable; ``remplacer`` gives a changed copy, ``vers_json`` a plain dict."""

    # 1. Porteur
    structure_nom: str = _question("Nom de la structure", section="porteur", obligatoire=True, maximum=200)
    structure_nature: str = _question(
        "Nature de la structure",
        Genre.CHOIX,
        "porteur",
        options="natures",
        obligatoire=True,
        aide="Elle décide de la personne qui suivra votre projet.",
    )
    structure_siret: str = _question("SIRET", Genre.SIRET, "porteur", aide="14 chiffres, si la structure en a un.")
    structure_rna: str = _question("RNA (associations)", Genre.RNA, "porteur", aide="W suivi de 9 chiffres.")
    structure_uai: str = _question(
        "UAI (écoles et établissements)", Genre.UAI, "porteur", aide="7 chiffres suivis d’une lettre."
    )
    structure_adresse: str = _question("Adresse", section="porteur", maximum=300)
    structure_code_postal: str = _question("Code postal", Genre.CODE_POSTAL, "porteur")
    structure_commune: str = _question("Commune", section="porteur", maximum=100)
    representant_nom: str = _question(
        "Représentant légal",
        section="porteur",
        aide="Prénom et nom de la personne qui engage la structure.",
        maximum=150,
    )
    representant_fonction: str = _question("Fonction du représentant légal", section="porteur", maximum=150)
    porteur_nom: str = _question("Personne à contacter", section="porteur", obligatoire=True, maximum=150)
    porteur_fonction: str = _question("Fonction de la personne à contacter", section="porteur", maximum=150)
    porteur_courriel: str = _question(
        "Courriel", Genre.COURRIEL, "porteur", obligatoire=True, aide="Nous y envoyons l’accusé de réception."
    )
    porteur_telephone: str = _question("Téléphone", Genre.TELEPHONE, "porteur")

    # 2. Projet
    titre: str = _question("Titre du projet", section="projet", obligatoire=True, maximum=200)
    reconduction: str = _question(
        "Nouveau projet ou reconduction", Genre.CHOIX, "projet", options="reconductions", obligatoire=True
    )
    projet_precedent: str = _question(
        "En cas de reconduction : titre ou numéro du projet précédent", section="projet", maximum=200
    )
    resume: str = _question(
        "Résumé", Genre.TEXTE_LONG, "projet", aide="En quelques lignes, pour la troïka.", obligatoire=True, maximum=1500
    )
    contexte: str = _question(
        "Contexte et besoins", Genre.TEXTE_LONG, "projet", aide="À quel besoin repéré répond le projet ?", maximum=6000
    )
    description: str = _question(
        "Description de l’action",
        Genre.TEXTE_LONG,
        "projet",
        aide="Ce que feront les enfants, étape par étape.",
        obligatoire=True,
        maximum=10000,
    )
    partenaires: tuple[Partenaire, ...] = _question("Partenaires", Genre.TABLEAU, "projet", ligne=Partenaire)

    # 3. Objectifs
    objectif_principal: str = _question(
        "Objectif stratégique principal",
        Genre.CHOIX,
        "objectifs",
        options="objectifs",
        obligatoire=True,
        aide="Un seul : celui que votre projet sert d’abord.",
    )
    objectifs_secondaires: tuple[str, ...] = _question(
        "Autres objectifs stratégiques", Genre.CHOIX_MULTIPLE, "objectifs", options="objectifs"
    )
    parcours: tuple[str, ...] = _question(
        "Parcours", Genre.CHOIX_MULTIPLE, "objectifs", options="parcours", obligatoire=True
    )
    orientations: tuple[str, ...] = _question(
        "Orientations privilégiées",
        Genre.CHOIX_MULTIPLE,
        "objectifs",
        options="orientations",
        aide="La cité éducative privilégie ces orientations dans la validation des projets.",
    )
    transversalites: tuple[str, ...] = _question(
        "Enjeux transversaux", Genre.CHOIX_MULTIPLE, "objectifs", options="transversalites"
    )
    dispositifs: tuple[str, ...] = _question(
        "Dispositifs auxquels le projet est lié", Genre.CHOIX_MULTIPLE, "objectifs", options="dispositifs"
    )

    # 4. Public
    effectifs: tuple[Effectif, ...] = _question(
        "Enfants et jeunes", Genre.TABLEAU, "public", ligne=Effectif, options="tranches_age", preremplie=True
    )
    nombre_parents: int | None = _question("Parents", Genre.ENTIER, "public", maximum=100_000)
    nombre_professionnels: int | None = _question("Professionnels", Genre.ENTIER, "public", maximum=100_000)
    public_precisions: str = _question("Précisions sur le public", Genre.TEXTE_LONG, "public", maximum=2000)
    quartiers: tuple[str, ...] = _question(
        "Quartiers prioritaires (QPV) concernés", Genre.CHOIX_MULTIPLE, "public", options="quartiers"
    )
    etablissements: tuple[str, ...] = _question(
        "Établissements concernés", Genre.CHOIX_MULTIPLE, "public", options="etablissements"
    )
    autres_lieux: str = _question("Autres écoles, établissements ou lieux", section="public", maximum=500)

    # 5. Calendrier
    date_debut: date | None = _question("Date de début", Genre.DATE, "calendrier", obligatoire=True)
    date_fin: date | None = _question("Date de fin", Genre.DATE, "calendrier", obligatoire=True)
    interventions: tuple[InterventionPrevue, ...] = _question(
        "Interventions",
        Genre.TABLEAU,
        "calendrier",
        ligne=InterventionPrevue,
        aide="Toute intervention sur le temps scolaire demande l’avis de l’IEN ou de l’Éducation nationale : "
        "indiquez l’école ou l’établissement.",
    )

    # 6. Budget
    annee: int | None = _question(
        "Année civile N du budget",
        Genre.ANNEE,
        "budget",
        obligatoire=True,
        aide="La première année civile financée, par exemple 2026 ; N+1 est l’année suivante.",
    )
    charges: tuple[Charge, ...] = _question(
        "Charges", Genre.TABLEAU, "budget", ligne=Charge, options="comptes_charges", preremplie=True
    )
    produits: tuple[Produit, ...] = _question(
        "Produits", Genre.TABLEAU, "budget", ligne=Produit, options="comptes_produits", preremplie=True
    )
    budget_precisions: str = _question("Précisions sur le budget", Genre.TEXTE_LONG, "budget", maximum=3000)

    # 7. Matériel
    materiels: tuple[MaterielPrevu, ...] = _question("Matériel", Genre.TABLEAU, "materiel", ligne=MaterielPrevu)

    # 8. Évaluation
    indicateurs: tuple[IndicateurPrevu, ...] = _question(
        "Indicateurs", Genre.TABLEAU, "evaluation", ligne=IndicateurPrevu
    )
    resultats_attendus: str = _question("Résultats attendus", Genre.TEXTE_LONG, "evaluation", maximum=3000)

    # 9. Communication
    communication_plan: str = _question(
        "Plan de communication", Genre.TEXTE_LONG, "communication", aide="Affiches, réseaux, presse…", maximum=3000
    )
    communication_engagement: bool = _question(
        "Je ferai figurer les logos et la phrase demandés par la cité éducative sur tous les supports",
        Genre.COCHE,
        "communication",
        obligatoire=True,
    )

    # 10. Engagement
    engagement_bilan: bool = _question(
        "Je m’engage à remettre les bilans financiers par année civile", Genre.COCHE, "engagement", obligatoire=True
    )
    engagement_exactitude: bool = _question(
        "Je certifie exacts les renseignements de ce dossier", Genre.COCHE, "engagement", obligatoire=True
    )
    signataire_nom: str = _question("Nom du signataire", section="engagement", obligatoire=True, maximum=150)
    signataire_qualite: str = _question("Qualité du signataire", section="engagement", maximum=150)
    signature_lieu: str = _question("Fait à", section="engagement", maximum=100)
    signature_date: date | None = _question("Date de signature", Genre.DATE, "engagement", obligatoire=True)

    def remplacer(self, **valeurs: Any) -> Self:
        return dataclasses.replace(self, **valeurs)

    @property
    def annees(self) -> tuple[int, ...]:
        """Civil years this file asks a budget for: N, and N+1 as soon as one cell of that column is filled."""
        if self.annee is None:
            return ()
        suivante = any(ligne.montant_n1 is not None for ligne in (*self.charges, *self.produits))
        return (self.annee, self.annee + 1) if suivante else (self.annee,)

    @property
    def est_sur_temps_scolaire(self) -> bool:
        return any(intervention.temps == TEMPS_SCOLAIRE for intervention in self.interventions)

    def montant(self, ligne: LigneBudgetPrevue, annee: int) -> Decimal:
        """Euros of one line for one civil year, zero when the cell is empty or the year is not in the file."""
        montant = ligne.montant_n if annee == self.annee else ligne.montant_n1
        return (montant or Decimal(0)) if annee in self.annees else Decimal(0)

    def montant_demande(self, annee: int) -> Decimal:
        """Euros asked from the cité éducative for one civil year: the sum of the ``74-CITE`` lines."""
        return sum(
            (self.montant(ligne, annee) for ligne in self.produits if ligne.compte == COMPTE_DEMANDE), Decimal(0)
        )

    @property
    def nombre_enfants(self) -> int:
        return sum((effectif.filles or 0) + (effectif.garcons or 0) for effectif in self.effectifs)

    def vers_json(self) -> dict[str, Any]:
        """Plain dict for JSON; inverse of ``depuis_json``."""
        return vers_json(self)

    @classmethod
    def depuis_json(cls, donnees: Mapping[str, Any]) -> Self:
        """Dossier of a dict as ``vers_json`` writes it. Raises ValueError when a value is not of its question's kind."""
        return depuis_json(cls, donnees)


QUESTIONS = questions_de(Dossier)


@cache
def question(identifiant: str) -> Question:
    """The question of an identifier such as ``titre`` or, for a cell, ``interventions.0.lieu``. KeyError if none."""
    nom, *reste = identifiant.split(".")
    trouvee = {question.identifiant: question for question in QUESTIONS}[nom]
    if len(reste) == 2:
        return {colonne.identifiant: colonne for colonne in trouvee.colonnes}[reste[1]]
    return trouvee


def questions_de_section(section: str) -> tuple[Question, ...]:
    return tuple(question for question in QUESTIONS if question.section == section)


def reponses(dossier: Dossier) -> Iterator[tuple[str, Question, Any]]:
    """Every answer of a file with its path and question: questions first, then the cells of each table."""
    for une in QUESTIONS:
        valeur = getattr(dossier, une.identifiant)
        yield une.identifiant, une, valeur
        for rang, ligne in enumerate(valeur if une.ligne else ()):
            for colonne in une.colonnes:
                yield f"{une.identifiant}.{rang}.{colonne.identifiant}", colonne, getattr(ligne, colonne.identifiant)


def differences(avant: Dossier, apres: Dossier) -> Iterator[tuple[Question, Any, Any]]:
    """Questions whose answer changed between two versions of one file, with both answers."""
    for une in QUESTIONS:
        valeur_avant, valeur_apres = getattr(avant, une.identifiant), getattr(apres, une.identifiant)
        if valeur_avant != valeur_apres:
            yield une, valeur_avant, valeur_apres
