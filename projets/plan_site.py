"""The plan of the site: every page that opens without knowing a number, and who may open it.

A page that is not here fails a test, unless ``HORS_PLAN`` says why: nobody should have to guess an address.
"""

from dataclasses import dataclass

from correspondants.enums import AUTORITES
from correspondants.models import Utilisateur

from .contexte import Entree
from .exports import peut_faire_preparer
from .permissions import (
    est_des_services,
    peut_lire_journal,
    peut_tenir_seance,
    peut_voir_boite_d_envoi,
    peut_voir_pilotage,
    peut_voir_seances,
)


def _tous(_: Utilisateur | None) -> bool:
    return True


def _visiteur(qui: Utilisateur | None) -> bool:
    return qui is None


def _compte(qui: Utilisateur | None) -> bool:
    return qui is not None


@dataclass(frozen=True)
class Rubrique:
    titre: str
    entrees: tuple[Entree, ...]


PLAN = (
    Rubrique(
        "Déposer un projet",
        (
            Entree("accueil", "Accueil", _tous),
            Entree("appel", "L’appel à projets : objectifs, parcours, règles, calendrier", _tous),
            Entree("deposer", "Déposer un projet", _tous),
            Entree("modele_word", "Le formulaire Word (.docx)", _tous),
            Entree("suivi", "Mes projets", _tous),
            Entree("structures", "Mes structures", _compte),
            Entree("exemples", "Des exemples de projets financés", _tous),
            Entree("communication", "Communiquer sur un projet", _tous),
            Entree("correspondants", "Les correspondants : à qui envoyer mon projet ?", _tous),
        ),
    ),
    Rubrique(
        "Suivre et décider",
        (
            Entree("coordination", "La coordination : les dossiers déposés", lambda qui: qui and est_des_services(qui)),
            Entree("avis", "Les avis demandés", lambda qui: qui and qui.a_role(*AUTORITES)),
            Entree("troika", "La troïka : les séances", lambda qui: qui and peut_voir_seances(qui)),
            Entree("troika_nouvelle", "Prévoir une séance", lambda qui: qui and peut_tenir_seance(qui)),
            Entree("bilans", "Les bilans", lambda qui: qui is not None),
            Entree("courriels", "La boîte d’envoi des courriels", lambda qui: qui and peut_voir_boite_d_envoi(qui)),
        ),
    ),
    Rubrique(
        "Piloter",
        (
            Entree(
                "pilotage", "Le pilotage : argent, couverture, graphiques", lambda qui: qui and peut_voir_pilotage(qui)
            ),
            Entree("enveloppes", "Les enveloppes", lambda qui: qui and peut_voir_pilotage(qui)),
            Entree("pilotage_versements", "Les versements", lambda qui: qui and peut_voir_pilotage(qui)),
            Entree("exports", "Les fichiers préparés", lambda qui: qui and peut_faire_preparer(qui)),
            Entree("journal", "Le journal", lambda qui: qui and peut_lire_journal(qui)),
            Entree("admin:index", "L’administration", lambda qui: qui and qui.is_staff),
        ),
    ),
    Rubrique(
        "Mon compte",
        (
            Entree("account_login", "Se connecter", _visiteur),
            Entree("account_signup", "Créer un compte", _visiteur),
            Entree("account_reset_password", "Mot de passe oublié", _visiteur),
            Entree("mon_compte", "Mon compte et sa sécurité", _compte),
            Entree("mes_courriels", "Mes courriels", _compte),
            Entree("mes_donnees", "Mes données", _compte),
            Entree("mon_compte_agenda", "Mon agenda", _compte),
            Entree("account_email", "Mes adresses électroniques", _compte),
            Entree("mfa_index", "Mon second facteur", _compte),
        ),
    ),
    Rubrique(
        "Le portail",
        (
            Entree("recherche", "Chercher sur le portail", _tous),
            Entree("aide", "L’aide : les guides", _tous),
            Entree("accessibilite", "Accessibilité", _tous),
            Entree("mentions_legales", "Mentions légales", _tous),
            Entree("donnees_personnelles", "Données personnelles", _tous),
        ),
    ),
)


def rubriques_pour(utilisateur: Utilisateur | None) -> list[Rubrique]:
    """What a person may open; None stands for a visitor. A rubrique without a page is left out."""
    siennes = [Rubrique(une.titre, tuple(e for e in une.entrees if e.pour(utilisateur))) for une in PLAN]
    return [une for une in siennes if une.entrees]
