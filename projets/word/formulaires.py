"""The two Word forms of the portal: the project file, and the bilan of one civil year.

Former and usual labels are kept here: they only locate an answer, and are never written.
"""

from collections.abc import Mapping

from ..dossier import SECTIONS, Dossier
from ..dossier_bilan import SECTIONS_BILAN, DossierBilan
from .formulaire import Formulaire

_AJOUTER = "Pour ajouter une ligne à un tableau : touche Tabulation dans la dernière cellule, ou copiez une ligne."
_COCHER = "Pour cocher une case, cliquez dessus ; si votre logiciel ne le permet pas, écrivez un X à côté."
_AUCUN_NOM = "Aucun nom d’enfant n’est demandé : n’en écrivez pas."

# Labels of former versions of the form and usual ways of retyping ours; they only locate an answer.
_AUTRES_LIBELLES: Mapping[str, tuple[str, ...]] = {
    "structure_nom": ("Structure", "Nom de l’association", "Raison sociale", "Nom de l’organisme", "Dénomination"),
    "structure_nature": ("Nature juridique", "Type de structure", "Statut juridique"),
    "structure_siret": ("N° SIRET", "Numéro SIRET", "N° de SIRET", "SIRET de la structure"),
    "structure_rna": ("RNA", "N° RNA", "Numéro RNA"),
    "structure_uai": ("UAI", "N° UAI", "Code UAI", "RNE", "Code RNE"),
    "structure_adresse": ("Adresse de la structure", "Adresse postale", "Siège social"),
    "structure_code_postal": ("CP",),
    "structure_commune": ("Ville",),
    "representant_nom": ("Nom du représentant légal", "Nom et prénom du représentant légal"),
    "representant_fonction": ("Qualité du représentant légal",),
    "porteur_nom": ("Contact", "Nom du contact", "Personne à joindre", "Porteur du projet", "Nom du porteur de projet"),
    "porteur_fonction": ("Fonction du contact", "Fonction du porteur de projet"),
    "porteur_courriel": ("E-mail", "Mail", "Adresse électronique", "Adresse mail", "Adresse e-mail", "Mél"),
    "porteur_telephone": ("Tél", "Numéro de téléphone", "N° de téléphone"),
    "titre": ("Intitulé du projet", "Nom du projet", "Titre de l’action", "Intitulé de l’action"),
    "projet_precedent": ("Projet précédent", "Titre ou numéro du projet précédent"),
    "resume": ("Résumé du projet",),
    "contexte": ("Contexte", "Diagnostic", "Contexte du projet", "Besoins"),
    "description": ("Description du projet", "Description de l’action ou du projet", "Descriptif de l’action"),
    "objectif_principal": ("Objectif principal",),
    "objectifs_secondaires": ("Objectifs secondaires", "Autres objectifs"),
    "orientations": ("Orientations",),
    "transversalites": ("Transversalités",),
    "dispositifs": ("Dispositifs", "Dispositifs liés"),
    "nombre_parents": ("Nombre de parents",),
    "nombre_professionnels": ("Nombre de professionnels",),
    "quartiers": ("Quartiers", "Quartiers prioritaires", "QPV", "QPV concernés"),
    "etablissements": ("Établissements", "Établissements scolaires concernés"),
    "autres_lieux": ("Autres lieux",),
    "date_debut": ("Début du projet", "Début", "Date de début du projet"),
    "date_fin": ("Fin du projet", "Fin", "Date de fin du projet"),
    "annee": ("Année civile", "Année du budget", "Année N"),
    "communication_plan": ("Communication", "Actions de communication"),
    "signature_lieu": ("Lieu de signature",),
    "signature_date": ("Date de signature", "Date"),
    "signataire_qualite": ("Fonction du signataire",),
}

_BUDGET = {
    "detail": ("Précision", "Détail", "Détails"),
    "montant_n": ("Montant", "Montant (€)", "Montant en €", "Montant en euros", "Montant TTC", "Prévision", "Année N"),
    "montant_n1": ("Année N+1",),
}
_AUTRES_COLONNES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "partenaires": {"nom": ("Nom du partenaire", "Structure partenaire", "Partenaires"), "role": ("Rôle", "Rôle du partenaire")},
    "effectifs": {
        "tranche": ("Tranche d’âge", "Âge", "Tranches d’âge"),
        "filles": ("Nombre de filles",),
        "garcons": ("Nombre de garçons",),
    },
    "interventions": {
        "intitule": ("Intitulé", "Action", "Séance", "Interventions"),
        "debut": ("Du", "Date de début", "Début", "Date"),
        "fin": ("Au", "Date de fin", "Fin"),
        "etablissement": ("École", "Établissement", "École ou collège"),
        "classe": ("Classe", "Groupe", "Niveau"),
        "duree_heures": ("Durée", "Durée (heures)", "Durée en heures", "Heures", "Durée totale"),
        "intervenants": ("Intervenant", "Qui"),
        "temps": ("Temps de l’enfant", "Temps scolaire, périscolaire ou extrascolaire"),
    },
    "materiels": {
        "designation": ("Matériel", "Équipement", "Objet"),
        "quantite": ("Qté", "Nombre", "Quantités"),
        "prix_unitaire_ht": ("Prix unitaire HT", "PU HT", "Prix HT", "Prix unitaire"),
        "annee": ("Année",),
    },
    "indicateurs": {
        "libelle": ("Indicateurs",),
        "cible": ("Cible", "Objectif chiffré"),
        "mesure": ("Mesure", "Mode de mesure", "Outil de mesure"),
    },
    "charges": {"compte": ("Charges", "Comptes", "Dépenses", "Poste de dépenses"), **_BUDGET},
    "produits": {"compte": ("Produits", "Comptes", "Recettes", "Financeurs", "Ressources"), **_BUDGET},
}  # fmt: skip

DOSSIER = Formulaire(
    code="dossier",
    classe=Dossier,
    sections=SECTIONS,
    titre="Dossier de projet",
    consignes=(
        "Comment remplir ce dossier",
        "Écrivez à droite de chaque question. Les questions marquées d’une étoile (*) sont obligatoires pour déposer.",
        _AJOUTER,
        _COCHER,
        _AUCUN_NOM,
    ),
    non_reconnu="Nous n’avons pas reconnu le formulaire de la cité éducative dans ce document. Téléchargez le formulaire "
    "vierge, copiez-y vos réponses, puis déposez-le ; ou remplissez le formulaire en ligne.",
    pris_pour_un_autre="Ce document est un dossier de projet, pas un bilan. Téléchargez le bilan pré-rempli de ce projet, "
    "remplissez-le, puis déposez-le ; un dossier se dépose à la page « Déposer un projet ».",
    prefixe="cel_",
    prefixe_option="opt_",
    autres_libelles=_AUTRES_LIBELLES,
    autres_colonnes=_AUTRES_COLONNES,
)

_LIBELLES_DU_BILAN: Mapping[str, tuple[str, ...]] = {
    "numero": ("N° du projet", "Projet n°", "Numéro de projet"),
    "annee": ("Année", "Année du bilan", "Exercice"),
    "issue": ("Réalisation de l’action", "L’action a-t-elle été réalisée ?"),
    "nouveau_debut": ("Nouveau début", "Nouvelles dates : début"),
    "nouvelle_fin": ("Nouvelles dates : fin",),
    "realisation": ("Description de l’action réalisée", "Bilan qualitatif", "Action réalisée"),
    "dates_et_lieux": ("Dates et lieux de réalisation", "Lieux et dates"),
    "resultats": ("Résultats", "Objectifs atteints", "Résultats obtenus"),
    "difficultes": ("Difficultés", "Difficultés rencontrées"),
    "filles": ("Nombre de filles",),
    "garcons": ("Nombre de garçons",),
    "parents": ("Nombre de parents",),
    "professionnels": ("Nombre de professionnels",),
    "explication_ecarts": ("Écarts", "Explication des écarts significatifs"),
    "observations": ("Remarques", "Autres observations"),
    "signataire": ("Signataire", "Nom du signataire"),
}
_MONTANTS_DU_BILAN = {
    "prevu": ("Prévu", "Prévision", "Prévisionnel", "Budget prévu"),
    "realise": ("Réalisé", "Réalisation", "Montant réalisé", "Dépensé", "Réel"),
}

BILAN = Formulaire(
    code="bilan",
    classe=DossierBilan,
    sections=SECTIONS_BILAN,
    titre="Bilan de l’année civile",
    consignes=(
        "Comment remplir ce bilan",
        "Écrivez à droite de chaque question. Les questions marquées d’une étoile (*) sont obligatoires pour déposer.",
        (
            "La colonne « Prévu » vient de votre budget et du montant accordé : ne la changez pas. Dans « Réalisé », écrivez ce "
            "qui a été réellement dépensé ou reçu, et 0 s’il n’y a rien. Le portail calcule les écarts."
        ),
        "Pour une dépense ou une recette qui n’était pas prévue, remplissez une ligne vide à la fin du tableau.",
        _COCHER,
        _AUCUN_NOM,
    ),
    non_reconnu="Nous n’avons pas reconnu le formulaire de bilan dans ce document. Téléchargez le bilan pré-rempli de ce "
    "projet, copiez-y vos réponses, puis déposez-le ; ou remplissez le bilan en ligne.",
    pris_pour_un_autre="Ce document est un bilan, pas un dossier de projet. Un bilan se dépose depuis la page du projet, "
    "à l’année dont il rend compte.",
    prefixe="bil_",
    prefixe_option="bop_",
    prefixe_etiquette="bilan-",
    hauteur_texte=1500,
    autres_libelles=_LIBELLES_DU_BILAN,
    autres_colonnes={
        "indicateurs": {
            "libelle": ("Indicateurs",),
            "cible": ("Cible", "Objectif chiffré"),
            "resultat": ("Résultat", "Résultats", "Atteint"),
            "appreciation": ("Cible atteinte", "Cible atteinte ?"),
        },
        "charges": _AUTRES_COLONNES["charges"] | _MONTANTS_DU_BILAN,
        "produits": _AUTRES_COLONNES["produits"] | _MONTANTS_DU_BILAN,
    },
)

FORMULAIRES: Mapping[str, Formulaire] = {formulaire.code: formulaire for formulaire in (DOSSIER, BILAN)}
