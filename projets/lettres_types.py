"""The wording of letters when a call has none of its own: plain French, nothing local. Data, no logic.

The words in braces are those of ``mots_cles``.
"""

from .enums import SensDecision

_EXAMEN = (
    "Madame, Monsieur,\n\n"
    "Réunie le {date_seance}, la troïka de la {cite} (Éducation nationale, préfecture, ville) a examiné le projet "
    "« {titre} », présenté par {structure} sous le numéro {numero}.\n\n"
)
_POLITESSE = "Nous vous prions d’agréer, Madame, Monsieur, l’expression de notre considération distinguée."
_SUITE_FAVORABLE = (
    "{motif}\n\n"
    "En recevant ce financement, vous vous engagez à :\n"
    "{obligations}\n\n"
    "La coordination reste à votre écoute tout au long de l’action.\n\n"
)

MODELES: dict[str, tuple[str, str]] = {
    SensDecision.VALIDE: (
        "votre projet « {titre} » est validé",
        _EXAMEN
        + "Nous avons le plaisir de vous informer que la troïka a validé ce projet.\n\n"
        + "{montants}\n\n"
        + _SUITE_FAVORABLE
        + _POLITESSE,
    ),
    SensDecision.RESERVES: (
        "votre projet « {titre} » est validé sous réserves",
        _EXAMEN
        + "Nous avons le plaisir de vous informer que la troïka a validé ce projet, sous les réserves suivantes :\n"
        + "{reserves}\n\n"
        + "{montants}\n\n"
        + _SUITE_FAVORABLE
        + _POLITESSE,
    ),
    SensDecision.AJOURNE: (
        "votre projet « {titre} » est ajourné",
        _EXAMEN
        + "La troïka a décidé d’ajourner ce projet, pour le motif suivant :\n"
        + "{motif}\n\n"
        + "Un ajournement n’est pas un refus. Pour que votre projet soit examiné à une prochaine séance :\n"
        + "- modifiez votre dossier en tenant compte de ce motif, en ligne ou dans votre fichier Word ;\n"
        + "- déposez-le de nouveau depuis la page du projet, {lien} : il garde son numéro, {numero}.\n\n"
        + "La coordination vous aidera volontiers à le remanier.\n\n"
        + _POLITESSE,
    ),
    SensDecision.REFUSE: (
        "votre projet « {titre} » n’est pas retenu",
        _EXAMEN
        + "Nous avons le regret de vous informer que la troïka n’a pas retenu ce projet, pour le motif suivant :\n"
        + "{motif}\n\n"
        + "Cette décision porte sur ce seul projet : vous pouvez en présenter un autre, et demander conseil à la "
        + "coordination. Les voies et délais de recours sont rappelés à la fin de cette lettre.\n\n"
        + _POLITESSE,
    ),
}

# Code des relations entre le public et l’administration, art. L. 411-2 and L. 231-4; Code de justice administrative, R. 421-1.
RECOURS = (
    "Si vous contestez cette décision, vous pouvez, dans les deux mois qui suivent sa réception :\n"
    "- demander à ses signataires de la réexaminer (recours gracieux), par courrier à l’adresse en tête de cette lettre ;\n"
    "- saisir le tribunal administratif compétent, par courrier ou par l’application Télérecours citoyens : "
    "www.telerecours.fr.\n"
    "Un recours gracieux formé dans ce délai vous conserve celui de saisir le tribunal : vous avez pour cela deux mois à "
    "compter de la réponse. L’absence de réponse pendant deux mois vaut rejet."
)
