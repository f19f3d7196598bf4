"""Filled Word files of a bilan, for the tests of whoever receives them."""

from dataclasses import replace
from decimal import Decimal

from projets import bilans, bilans_word
from projets.dossier_bilan import DossierBilan
from projets.models import Bilan
from projets.word.ecriture import ecrire
from projets.word.formulaires import BILAN

from . import fabriques


def projet_finance():
    """900 € of bâche, 600 € of prestations; 1 000 € granted, 500 € of the town; one indicator."""
    return fabriques.projet_en("valide")


def bilan_de(projet, annee: int = 2026) -> Bilan:
    return bilans.preparer(projet.exercices.get(annee=annee), projet.porteur)


def rempli(bilan: Bilan, **changements: object) -> DossierBilan:
    """The pre-filled form of a bilan, done as planned, then changed."""
    contenu = bilans_word.contenu_word(bilan)
    fait = {
        "realisation": "Quatre séances.\nUne sortie.",
        "certifie": True,
        "signataire": "La direction de l’école",
        "charges": tuple(replace(ligne, realise=ligne.prevu) for ligne in contenu.charges),
        "indicateurs": tuple(replace(i, appreciation="atteint") for i in contenu.indicateurs),
        "produits": tuple(replace(ligne, realise=ligne.prevu) for ligne in contenu.produits),
    }
    return replace(contenu, **(fait | changements))


def fichier(bilan: Bilan, dossier: DossierBilan | None = None, **changements: object) -> bytes:
    """The bytes of a filled form."""
    referentiel = bilans_word.referentiel_du_bilan(bilan.exercice.projet.appel)
    return ecrire(dossier or rempli(bilan, **changements), referentiel, BILAN)


def ligne(bilan: Bilan, compte: str):
    return bilan.lignes.get(compte=compte)


def realise(bilan: Bilan, compte: str) -> Decimal | None:
    return ligne(bilan, compte).realise
