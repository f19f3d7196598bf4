"""Reads the Word form of a bilan and says what it holds: exit 0 complete, 1 with anomalies, 2 refused."""

from projets.management.formulaires_lus import BILAN_LU

from . import lire_word


class Command(lire_word.Command):
    help = "Lit un bilan Word : 0 complet, 1 lu avec des anomalies, 2 refusé. Données sur la sortie, anomalies sur l’erreur."
    lu = BILAN_LU
