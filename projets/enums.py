"""The closed vocabularies of the portal, with one label per audience. Imports nothing of ours."""

from django.db import models


class Statut(models.TextChoices):
    """Where a project stands. The label is the coordinator's; ``libelle_porteur`` is what the porteur reads."""

    BROUILLON = "brouillon", "Brouillon"
    DEPOSE = "depose", "Déposé"
    A_COMPLETER = "a_completer", "À compléter"
    AVIS_IEN = "avis_ien", "En attente d’avis"
    PRET = "pret", "Prêt pour la troïka"
    INSCRIT = "inscrit", "Inscrit en troïka"
    VALIDE = "valide", "Validé"
    AJOURNE = "ajourne", "Ajourné"
    REFUSE = "refuse", "Refusé"
    RETIRE = "retire", "Retiré"
    CLOS = "clos", "Clos"

    @property
    def libelle_porteur(self) -> str:
        return _LIBELLES_PORTEUR.get(self, self.label)

    @property
    def ton(self) -> str:
        """Tone of the badge, always shown with its icon and label."""
        return _TONS[self][0]

    @property
    def icone(self) -> str:
        return _TONS[self][1]

    @property
    def est_final(self) -> bool:
        return self in (Statut.REFUSE, Statut.RETIRE, Statut.CLOS)


_LIBELLES_PORTEUR = {
    Statut.DEPOSE: "Déposé, en cours de vérification",
    Statut.A_COMPLETER: "À compléter par vos soins",
    Statut.AVIS_IEN: "Avis de l’Éducation nationale demandé",
    Statut.PRET: "Complet, en attente de la troïka",
    Statut.INSCRIT: "À l’ordre du jour de la troïka",
    Statut.CLOS: "Terminé",
}
_TONS = {
    Statut.BROUILLON: ("neutre", "crayon"),
    Statut.DEPOSE: ("info", "deposer"),
    Statut.A_COMPLETER: ("attente", "retour"),
    Statut.AVIS_IEN: ("attente", "horloge"),
    Statut.PRET: ("prune", "coche"),
    Statut.INSCRIT: ("prune", "calendrier"),
    Statut.VALIDE: ("succes", "coche-cercle"),
    Statut.AJOURNE: ("attente", "pause"),
    Statut.REFUSE: ("alerte", "croix-cercle"),
    Statut.RETIRE: ("neutre", "archive"),
    Statut.CLOS: ("succes", "drapeau"),
}


class Action(models.TextChoices):
    """What can be done to a project; the label is the verb on the button."""

    DEPOSER = "deposer", "Déposer"
    DEMANDER_COMPLEMENTS = "demander_complements", "Demander des compléments"
    DECLARER_COMPLET = "declarer_complet", "Déclarer complet"
    RENDRE_AVIS = "rendre_avis", "Rendre l’avis"
    CORRIGER_AVIS = "corriger_avis", "Modifier l’avis"
    INSCRIRE = "inscrire", "Inscrire à l’ordre du jour"
    DESINSCRIRE = "desinscrire", "Retirer de l’ordre du jour"
    DECIDER = "decider", "Enregistrer la décision"
    PUBLIER = "publier", "Publier les décisions"
    RETIRER = "retirer", "Retirer le projet"
    CLORE = "clore", "Clore le projet"


class Fait(models.TextChoices):
    """What the journal keeps beside the actions of the workflow: nothing here changes a statut."""

    VOIX = "voix", "Donner sa voix"
    DEPORT = "deport", "Se déporter"
    AVIS_TRANSMIS = "avis_transmis", "Transmettre la demande d’avis"
    AVIS_RENVOYE = "avis_renvoye", "Renvoyer la demande d’avis"
    LIEN_REVOQUE = "lien_revoque", "Révoquer le lien d’avis"
    CHAMP_RESOLU = "champ_resolu", "Clore une question à compléter"
    CHAMP_ROUVERT = "champ_rouvert", "Rouvrir une question close"
    MESSAGE = "message", "Écrire un message"
    CONVENTION = "convention", "Compléter les données ouvertes"
    RELANCE = "relance", "Relancer"
    BILAN_DEPOSE = "bilan_depose", "Déposer un bilan"
    BILAN_RENVOYE = "bilan_renvoye", "Renvoyer un bilan à compléter"
    BILAN_ACCEPTE = "bilan_accepte", "Accepter un bilan"
    BILAN_ROUVERT = "bilan_rouvert", "Rouvrir un bilan accepté"
    BILAN_PROLONGE = "bilan_prolonge", "Accepter de nouvelles dates"
    TRANSMISSION_PROPOSEE = "transmission_proposee", "Proposer la transmission du projet"
    TRANSMISSION_RETIREE = "transmission_retiree", "Retirer la proposition de transmission"
    TRANSMISSION_REFUSEE = "transmission_refusee", "Refuser la transmission"
    TRANSMIS = "transmis", "Transmettre le projet"
    COURRIEL_RENVOYE = "courriel_renvoye", "Renvoyer un courriel"
    SUPPORT_JOINT = "support_joint", "Joindre un support de communication"
    PRISE_DE_VUES = "prise_de_vues", "Enregistrer une prise de vues"
    PRISE_SUPPRIMEE = "prise_supprimee", "Supprimer une prise de vues"
    AUTORISATIONS_COMPTEES = "autorisations_comptees", "Compter les autorisations d’image"
    AUTORISATION_RETIREE = "autorisation_retiree", "Retirer une autorisation d’image"
    PHOTO_AJOUTEE = "photo_ajoutee", "Ajouter une photo"
    PHOTO_RETIREE = "photo_retiree", "Retirer une photo"
    VITRINE_CONSENTIE = "vitrine_consentie", "Consentir à montrer le projet"
    VITRINE_PUBLIEE = "vitrine_publiee", "Publier comme exemple"
    VITRINE_RETIREE = "vitrine_retiree", "Retirer des exemples"
    SUPPORT_RETIRE = "support_retire", "Retirer un support de communication"
    BUDGET_CONFIRME = "budget_confirme", "Confirmer le budget révisé"
    BUDGET_ROUVERT = "budget_rouvert", "Rouvrir le budget révisé"
    VERSEMENT = "versement", "Enregistrer un versement"
    VERSEMENT_ANNULE = "versement_annule", "Annuler un versement"
    REVERSEMENT = "reversement", "Enregistrer une somme rendue"
    CONDITIONS_VERSEMENT = "conditions_versement", "Fixer les conditions de versement"
    SOMME_DEMANDEE = "somme_demandee", "Demander une somme à rendre"
    SOMME_REMISE = "somme_remise", "Renoncer à une somme à rendre"
    REGLAGE_AJOUTE = "reglage_ajoute", "Ajouter un réglage"
    REGLAGE_MODIFIE = "reglage_modifie", "Modifier un réglage"
    REGLAGE_SUPPRIME = "reglage_supprime", "Supprimer un réglage"
    EXPORT_RELANCE = "export_relance", "Relancer un export"
    ANONYMISE = "anonymise", "Effacer les données personnelles"
    COMPTE_EFFACE = "compte_efface", "Effacer un compte"
    ENVELOPPE = "enveloppe", "Modifier une enveloppe"
    ENVELOPPE_ANNULEE = "enveloppe_annulee", "Annuler un mouvement d’enveloppe"
    MEMBRE_INVITE = "membre_invite", "Inviter dans une structure"
    MEMBRE_AJOUTE = "membre_ajoute", "Devenir membre d’une structure"
    MEMBRE_RETIRE = "membre_retire", "Retirer un accès à une structure"
    DEPASSEMENT = "depassement", "Motiver un dépassement d’enveloppe"


class Voie(models.TextChoices):
    """From where something was done. The values are those of ``cite_educative.origine``."""

    WEB = "web", "Page du portail"
    LIEN = "lien", "Lien du courriel"
    COMMANDE = "commande", "Commande"
    ADMINISTRATION = "administration", "Administration"


def libelles_du_journal() -> list[tuple[str, str]]:
    """Every ``Passage.action``: the actions of the workflow, then the other facts."""
    return [*Action.choices, *Fait.choices]


class SensAvis(models.TextChoices):
    """Opinion on the school-time part of a project (IEN, Éducation nationale)."""

    FAVORABLE = "favorable", "Favorable"
    RESERVE = "reserve", "Favorable avec réserves"
    DEFAVORABLE = "defavorable", "Défavorable"


class Voix(models.TextChoices):
    """Voice of one pilot in the troïka."""

    POUR = "pour", "Pour"
    RESERVES = "reserves", "Pour, avec réserves"
    AJOURNER = "ajourner", "Ajourner"
    CONTRE = "contre", "Contre"


class EtatEchange(models.TextChoices):
    """Where the exchange on one question to correct stands; derived, never stored."""

    ATTENDU = "attendu", "Réponse attendue du porteur"
    A_RELIRE = "a_relire", "Réponse à relire"
    REDEMANDE = "redemande", "Redemandé depuis"
    CLOS = "clos", "Question close"

    @property
    def ton(self) -> str:
        return {"attendu": "attente", "a_relire": "info", "clos": "succes"}.get(self.value, "neutre")

    @property
    def icone(self) -> str:
        return {"attendu": "horloge", "a_relire": "oeil", "clos": "coche-cercle"}.get(self.value, "retour")


class EtatPresence(models.TextChoices):
    """Whether a pilot sits at a meeting of the troïka."""

    PRESENT = "present", "Présent"
    EXCUSE = "excuse", "Excusé"
    ABSENT = "absent", "Absent"


class SensDecision(models.TextChoices):
    VALIDE = "valide", "Validé"
    RESERVES = "reserves", "Validé sous réserves"
    AJOURNE = "ajourne", "Ajourné"
    REFUSE = "refuse", "Refusé"

    @property
    def statut(self) -> Statut:
        return {
            SensDecision.VALIDE: Statut.VALIDE,
            SensDecision.RESERVES: Statut.VALIDE,
            SensDecision.AJOURNE: Statut.AJOURNE,
            SensDecision.REFUSE: Statut.REFUSE,
        }[self]

    @property
    def accorde(self) -> bool:
        """Whether money comes with it."""
        return self in (SensDecision.VALIDE, SensDecision.RESERVES)


class Financeur(models.TextChoices):
    """Who pays out of an envelope."""

    ETAT = "etat", "État (préfecture)"
    EDUCATION_NATIONALE = "education_nationale", "Éducation nationale"
    VILLE = "ville", "Ville"
    AUTRE = "autre", "Autres financeurs"


class Temps(models.TextChoices):
    """The time of the child's day."""

    SCOLAIRE = "scolaire", "Scolaire"
    PERISCOLAIRE = "periscolaire", "Périscolaire"
    EXTRASCOLAIRE = "extrascolaire", "Extrascolaire"


class Reconduction(models.TextChoices):
    NOUVEAU = "nouveau", "Nouveau projet"
    RECONDUCTION = "reconduction", "Reconduction d’un projet"


class GenreBilan(models.TextChoices):
    INTERMEDIAIRE = "intermediaire", "Bilan intermédiaire (mi-parcours)"
    DEFINITIF = "definitif", "Bilan définitif"


class StatutBilan(models.TextChoices):
    BROUILLON = "brouillon", "En préparation"
    DEPOSE = "depose", "Déposé"
    A_COMPLETER = "a_completer", "À compléter"
    ACCEPTE = "accepte", "Accepté"


class IssueAction(models.TextChoices):
    """What became of the action, in the bilan."""

    REALISEE = "realisee", "Réalisée"
    PARTIELLE = "partielle", "Réalisée en partie"
    NON_REALISEE = "non_realisee", "Non réalisée"
    REPORTEE = "reportee", "Nouvelles dates demandées"

    @property
    def rend_compte(self) -> bool:
        """Whether something was done of which the bilan tells."""
        return self in (IssueAction.REALISEE, IssueAction.PARTIELLE)


class AppreciationIndicateur(models.TextChoices):
    """What the porteur says of an indicator that had a target."""

    ATTEINT = "atteint", "Atteint"
    PARTIEL = "partiel", "Partiellement atteint"
    NON_ATTEINT = "non_atteint", "Non atteint"
    SANS_OBJET = "sans_objet", "Sans objet"


class GenrePiece(models.TextChoices):
    DOSSIER = "dossier", "Dossier Word du porteur"
    BILAN = "bilan", "Bilan Word du porteur"
    JUSTIFICATIF = "justificatif", "Justificatif"
    COURRIER = "courrier", "Courrier"
    SUPPORT = "support", "Support de communication"


class ConditionsVersement(models.TextChoices):
    """How a grant is paid; the values are those of the SCDL schema."""

    UNIQUE = "unique", "En une fois"
    ECHELONNE = "échelonné", "En plusieurs fois"
    AUTRE = "autre", "Autrement"


class SensVersement(models.TextChoices):
    VERSEMENT = "versement", "Versement au porteur"
    REVERSEMENT = "reversement", "Somme rendue par le porteur"
