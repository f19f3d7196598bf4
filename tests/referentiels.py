"""The Referentiel of the call in the fixtures, built without a database: what ``Appel.referentiel()`` gives, for pure tests."""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from correspondants.enums import NaturePorteur
from projets.enums import AppreciationIndicateur, IssueAction, Reconduction, Temps
from projets.questionnaire import Option, Referentiel

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"


def _fiches(fichier: str, modele: str) -> list[dict[str, Any]]:
    """Fields of every object of one model in a fixture file, in the order of the call."""
    objets = json.loads((FIXTURES / fichier).read_text(encoding="utf-8"))
    fiches = [objet["fields"] for objet in objets if objet["model"] == modele]
    return sorted(fiches, key=lambda fiche: fiche.get("ordre", 0))


def _options(modele: str, nom: str = "libelle") -> tuple[Option, ...]:
    return tuple(Option(f["code"], f[nom], aide=f.get("description", "")) for f in _fiches("lievin.json", modele))


def _comptes(sens: str) -> tuple[Option, ...]:
    return tuple(
        Option(f["code"], f["libelle"], (f"{f['classe']} {f['titre_classe']}".strip(),))
        for f in _fiches("comptes.json", "projets.compte")
        if f["sens"] == sens
    )


def _objectifs() -> tuple[Option, ...]:
    thematiques = {f["code"]: f"{f['code']}. {f['libelle']}" for f in _fiches("lievin.json", "projets.thematique")}
    enjeux = {
        f["code"]: (thematiques[f["thematique"][1]], f"{f['code']} {f['libelle']}")
        for f in _fiches("lievin.json", "projets.enjeu")
    }
    fiches = sorted(_fiches("lievin.json", "projets.objectif"), key=lambda fiche: fiche["code"])
    return tuple(Option(f["code"], f["libelle"], enjeux[f["enjeu"][1]]) for f in fiches)


@cache
def referentiel() -> Referentiel:
    """The current call of ``fixtures/lievin.json``, with the accounts of ``fixtures/comptes.json``."""
    appel = next(f for f in _fiches("lievin.json", "projets.appel") if f["courant"])
    charges, produits = _comptes("charge"), _comptes("produit")
    return Referentiel(
        appel=appel["code"],
        titre=appel["titre"],
        cite=appel["cite"],
        version=appel["version_formulaire"],
        plafond_materiel_ht=Decimal(appel["plafond_materiel_ht"]),
        phrase_communication=appel["phrase_communication"],
        texte_logos=", ".join(appel["logos"]),
        degres={f["code"]: f["degre"] for f in _fiches("lievin.json", "correspondants.etablissement")},
        listes={
            "natures": tuple(Option(nature.value, nature.label) for nature in NaturePorteur),
            "reconductions": tuple(Option(choix.value, choix.label) for choix in Reconduction),
            "temps": tuple(Option(temps.value, temps.label) for temps in Temps),
            "issues": tuple(Option(issue.value, issue.label) for issue in IssueAction),
            "appreciations": tuple(Option(choix.value, choix.label) for choix in AppreciationIndicateur),
            "objectifs": _objectifs(),
            "parcours": _options("projets.parcours"),
            "orientations": _options("projets.orientation"),
            "transversalites": _options("projets.transversalite"),
            "dispositifs": _options("projets.dispositif"),
            "tranches_age": _options("projets.trancheage"),
            "quartiers": _options("correspondants.quartier", "nom"),
            "etablissements": _options("correspondants.etablissement", "nom"),
            "comptes_charges": charges,
            "comptes_produits": produits,
            "comptes": (*charges, *produits),
        },
    )
