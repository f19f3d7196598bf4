"""The authorisation to sign before a shooting: the text of the call, filled with the date, the place and the use."""

import re

from ..blocs import Bloc, Faits, Imprime, Lignes, Paragraphe, Titre, paragraphes
from ..models import PriseDeVues
from ..valeurs import date_longue

_DATE_EN_BLANC = re.compile(r"…+\s*/\s*…+\s*/\s*\d{0,3}…*")


def texte_autorisation(prise: PriseDeVues) -> str:
    """The text of the call, word for word, with the day of the shooting where it leaves a date to be written."""
    return _DATE_EN_BLANC.sub(date_longue(prise.date), prise.projet.appel.autorisation_image)


def autorisation(prise: PriseDeVues) -> Imprime:
    """One sheet per person photographed; both holders of parental authority may sign. Names stay on paper."""
    projet, appel = prise.projet, prise.projet.appel
    titre, _, corps = texte_autorisation(prise).partition("\n")
    faits = (
        ("Projet", f"{projet.numero} · {projet.titre}"),
        ("Prise de vues", prise.intitule),
        ("Date", date_longue(prise.date)),
        ("Lieu", prise.lieu),
        ("Usage", prise.usage),
        ("Valable jusqu’au", date_longue(prise.expire_le)),
    )
    blocs: list[Bloc] = [
        Titre(titre, 1),
        Faits("La prise de vues", faits, est_detaille=True),
        Paragraphe("Le portail ne garde aucun nom : cette feuille reste chez le porteur du projet.", ton="doux"),
        Lignes("Nom et prénom de la personne photographiée ou filmée", 1, niveau=2),
        *paragraphes(corps),
        Titre("Signatures", 2),
        Lignes("Premier responsable légal : nom, date et signature", 1),
        Lignes("Second responsable légal : nom, date et signature", 1),
        Lignes("La personne photographiée, si elle est en âge de donner son avis : date et signature", 1),
    ]
    return Imprime(titre, appel.cite, appel.titre, f"Projet {projet.numero}", tuple(blocs))
