"""Closed vocabularies of what the portal does around the projects: mails, retention, exports, indicators."""

from django.db import models


class EtatCourriel(models.TextChoices):
    A_ENVOYER = "a_envoyer", "À envoyer"
    EN_COURS = "en_cours", "En cours d’envoi"
    ENVOYE = "envoye", "Envoyé"
    A_REGROUPER = "a_regrouper", "Pour le prochain récapitulatif"
    REGROUPE = "regroupe", "Mis dans un récapitulatif"
    NON_VOULU = "non_voulu", "Non envoyé, au choix du destinataire"
    RETENU = "retenu", "Retenu"
    ECHEC = "echec", "Échec"


class Conservation(models.TextChoices):
    """What the portal does not keep for ever; how many days each is kept is a setting (``DureeConservation``)."""

    BROUILLON = "brouillon", "Brouillons jamais déposés"
    PROJET_SANS_SUITE = "projet_sans_suite", "Projets refusés, ajournés ou retirés"
    PROJET_CLOS = "projet_clos", "Projets financés, après leur clôture"
    COURRIEL = "courriel", "Texte des courriels envoyés"
    LIEN = "lien", "Liens expirés : invitations, transmissions, délégations"
    TRACE = "trace", "Traces des gestes dans l’administration"
    COMPTE = "compte", "Comptes que plus personne n’ouvre"

    @property
    def jours_par_defaut(self) -> int:
        """As the page « Vos données personnelles » always said, and the CNIL's usual lengths for the rest."""
        return {
            "brouillon": 183,
            "projet_sans_suite": 2 * 365,
            "projet_clos": 10 * 365 + 3,
            "courriel": 365,
            "lien": 365,
            "trace": 365,
            "compte": 3 * 365,
        }[self.value]

    @property
    def depuis(self) -> str:
        """From when the days are counted."""
        return {
            "brouillon": "leur dernière modification",
            "projet_sans_suite": "la décision, ou le retrait",
            "projet_clos": "la clôture",
            "courriel": "leur envoi",
            "lien": "leur expiration",
            "trace": "le geste",
            "compte": "la dernière connexion",
        }[self.value]


class RaisonEchec(models.TextChoices):
    """Why a mail did not leave, in words for the coordination; the server's own stay beside."""

    ADRESSE = "adresse", "adresse refusée par le serveur de messagerie"
    MESSAGE = "message", "message refusé par le serveur de messagerie"
    PLUS_TARD = "plus_tard", "serveur de messagerie momentanément indisponible"
    COUPURE = "coupure", "connexion coupée pendant l’envoi"
    SERVEUR = "serveur", "serveur de messagerie injoignable"
    AUTRE = "autre", "erreur inattendue"


class FamilleCourriel(models.TextChoices):
    """The kinds of mail that a person of the services sets the pace of."""

    DEPOTS = "depots", "Dépôts et retraits de projets"
    AVIS_DEMANDES = "avis_demandes", "Demandes d’avis et rappels"
    AVIS_RENDUS = "avis_rendus", "Avis rendus"
    BILANS = "bilans", "Bilans déposés"
    MESSAGES = "messages", "Messages"


class Rythme(models.TextChoices):
    """When a mail of one family reaches a person."""

    IMMEDIAT = "immediat", "Tout de suite"
    QUOTIDIEN = "quotidien", "Dans un récapitulatif par jour"
    JAMAIS = "jamais", "Jamais"


class MesureANCT(models.TextChoices):
    """What an indicator of the « revue de projets » may count, over the projects of one civil year."""

    PROJETS_DEPOSES = "projets_deposes", "Projets déposés"
    PROJETS_VALIDES = "projets_valides", "Projets validés"
    STRUCTURES = "structures", "Structures financées"
    PARTENAIRES = "partenaires", "Partenaires des projets validés"
    ENFANTS_PREVUS = "enfants_prevus", "Enfants et jeunes prévus"
    ENFANTS_TOUCHES = "enfants_touches", "Enfants et jeunes touchés (bilans déposés)"
    PARENTS_PREVUS = "parents_prevus", "Parents prévus"
    PARENTS_TOUCHES = "parents_touches", "Parents touchés (bilans déposés)"
    PROFESSIONNELS_TOUCHES = "professionnels_touches", "Professionnels touchés (bilans déposés)"
    MONTANT_DEMANDE = "montant_demande", "Montant demandé"
    MONTANT_ACCORDE = "montant_accorde", "Montant accordé"
    MONTANT_DEPENSE = "montant_depense", "Dépenses réalisées (bilans déposés)"
    COUT_PAR_ENFANT = "cout_par_enfant", "Montant accordé par enfant prévu"
    PART_QPV = "part_qpv", "Part des projets validés qui concernent un QPV"
    PART_SCOLAIRE = "part_scolaire", "Part des projets validés sur le temps scolaire"

    @property
    def unite(self) -> str:
        """« euros », « part » (a fraction) or « nombre »."""
        if self in (self.MONTANT_DEMANDE, self.MONTANT_ACCORDE, self.MONTANT_DEPENSE, self.COUT_PAR_ENFANT):
            return "euros"
        return "part" if self in (self.PART_QPV, self.PART_SCOLAIRE) else "nombre"


class EtatExport(models.TextChoices):
    """Where an export in the background stands."""

    DEMANDE = "demande", "En attente"
    EN_COURS = "en_cours", "En préparation"
    PRET = "pret", "Prêt"
    ECHEC = "echec", "Échec"
    EXPIRE = "expire", "Expiré"

    @property
    def ton(self) -> str:
        return {"pret": "succes", "echec": "alerte", "expire": "neutre", "en_cours": "info"}.get(self.value, "attente")

    @property
    def icone(self) -> str:
        return {"pret": "coche-cercle", "echec": "croix-cercle", "expire": "archive"}.get(self.value, "horloge")
