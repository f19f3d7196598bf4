"""Reads a Word form and says what it holds: exit 0 complete, 1 with anomalies, 2 refused."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from projets import reception
from projets.constats import Constat
from projets.management.formulaires_lus import DOSSIER_LU, FormulaireLu
from projets.questionnaire import Genre, Question, Referentiel
from projets.valeurs import date_longue, nombre
from projets.word.lecture import FichierRefuse, Lecture

from .modele_word import lire_fichier, trouver_appel

COMPLET, ANOMALIES, REFUSE = 0, 1, 2
_GRAVITES = {"bloquant": "À corriger", "a_verifier": "À vérifier", "conseil": "Conseil"}


class Command(BaseCommand):
    help = "Lit un formulaire Word : 0 complet, 1 lu avec des anomalies, 2 refusé. Données sur la sortie, anomalies sur l’erreur."
    requires_system_checks = ()
    lu: FormulaireLu = DOSSIER_LU

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("fichier", type=Path, metavar="FICHIER.docx", help="le fichier à lire")
        parser.add_argument("--json", action="store_true", dest="en_json", help="écrit du JSON")
        parser.add_argument("--appel", metavar="CODE", help="le code de l’appel (par défaut : l’appel courant)")

    def handle(self, *args: Any, fichier: Path, en_json: bool, appel: str | None, **options: Any) -> None:
        l_appel = trouver_appel(appel)
        referentiel = self.lu.referentiel(l_appel)
        try:
            lue = reception.comprendre(lire_fichier(fichier), referentiel, self.lu.formulaire)
        except FichierRefuse as refus:
            if en_json:
                self._json({"statut": "refuse", "motif": refus.code, "message": refus.message})
            self.stderr.write(refus.message)
            sys.exit(REFUSE)
        except CommandError as erreur:
            if en_json:
                self._json({"statut": "refuse", "motif": "introuvable", "message": str(erreur)})
            raise
        constats = self.lu.constats(lue, referentiel, l_appel)
        statut = "anomalies" if constats or lue.non_reconnu else "complet"
        if en_json:
            self._json(rapport(statut, lue, constats))
        else:
            self._texte(lue.dossier, referentiel)
        for constat in constats:
            extrait = f" [{constat.extrait}]" if constat.extrait else ""
            self.stderr.write(
                f"{_GRAVITES[constat.gravite]} – {constat.champ or 'document'} : {constat.message}{extrait}"
            )
        for fragment in lue.non_reconnu:
            self.stderr.write(f"Texte sans place (après « {fragment.pres_de} ») : {fragment.texte}")
        if statut == "anomalies":
            sys.exit(ANOMALIES)

    def _json(self, donnees: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(donnees, ensure_ascii=False, indent=2))

    def _texte(self, dossier: Any, referentiel: Referentiel) -> None:
        for question in self.lu.formulaire.questions:
            valeur = getattr(dossier, question.identifiant)
            if valeur == question.vide:
                continue
            if question.genre is not Genre.TABLEAU:
                self.stdout.write(f"{question.libelle} : {_affichee(question, valeur, referentiel)}")
                continue
            self.stdout.write(f"{question.libelle} :")
            for ligne in valeur:
                cases = (
                    _affichee(colonne, getattr(ligne, colonne.identifiant), referentiel)
                    for colonne in question.colonnes
                )
                self.stdout.write("  - " + " | ".join(cases))


def rapport(statut: str, lue: Lecture[Any], constats: tuple[Constat, ...]) -> dict[str, Any]:
    """The JSON of a reading: statut, dossier, anomalies, non_reconnu, and where each answer was found."""
    return {
        "statut": statut,
        "dossier": lue.dossier.vers_json(),
        "anomalies": [
            {"champ": c.champ, "gravite": str(c.gravite), "message": c.message, "extrait": c.extrait} for c in constats
        ],
        "non_reconnu": [{"texte": f.texte, "pres_de": f.pres_de} for f in lue.non_reconnu],
        "provenances": {champ: str(source) for champ, source in lue.provenances.items()},
        "suretes": dict(lue.suretes),
    }


def _affichee(question: Question, valeur: Any, referentiel: Referentiel) -> str:
    if question.genre is Genre.COCHE:
        return "oui" if valeur else "non"
    if question.genre is Genre.DATE:
        return date_longue(valeur)
    if question.genre is Genre.CHOIX_MULTIPLE:
        return " ; ".join(referentiel.libelle(question.options, code) for code in valeur)
    if question.genre is Genre.CHOIX:
        return referentiel.libelle(question.options, valeur)
    if question.genre in (Genre.MONTANT, Genre.NOMBRE, Genre.ENTIER):
        return nombre(valeur)
    return "" if valeur is None else str(valeur)
