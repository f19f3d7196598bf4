"""What is said of a joined file: kept and without what, or refused and why, in French sentences that say what to do."""

from dataclasses import dataclass

from ..valeurs import insecables

MESSAGES = {
    "inconnu": "ce n’est pas un fichier PDF, JPEG ou PNG : convertissez-le avant de le joindre.",
    "abime": "ce fichier est incomplet ou abîmé : ouvrez-le, enregistrez-le à nouveau, puis joignez-le.",
    "protege": "ce PDF est protégé par un mot de passe : retirez-le, ou imprimez le document en PDF, puis joignez-le.",
    "trop_complexe": "ce document est trop lourd à vérifier : imprimez-le en PDF, ou joignez seulement les pages utiles.",
    "trop_lourd": "une fois vérifiée, cette image dépasse 10 Mo : réduisez-la, puis joignez-la.",
    "actif": "ce PDF contient un programme que nous n’avons pas pu retirer : imprimez-le en PDF, puis joignez le nouveau fichier.",
}
RETRAITS = {
    "programme": "un programme",
    "fichiers": "des fichiers attachés",
    "lancement": "une commande qui ouvre un autre fichier ou envoie des données",
    "media": "un contenu animé ou sonore",
}


class PieceRefusee(Exception):
    """A file that is not kept: ``code`` for the log, ``message`` for the person (it follows the name of the file)."""

    def __init__(self, code: str, message: str = "") -> None:
        self.code = code
        self.message = insecables(message[:1].lower() + message[1:] if message else MESSAGES[code])
        super().__init__(self.message)


@dataclass(frozen=True)
class Nettoyee:
    """What is kept of a file; ``retraits`` are codes of ``RETRAITS``."""

    octets: bytes
    type_mime: str
    extension: str
    retraits: tuple[str, ...] = ()

    def mention(self, nom: str) -> str:
        """What was taken out, said to who joined it; empty when nothing was."""
        if not self.retraits:
            return ""
        choses = [RETRAITS[code] for code in self.retraits]
        liste = choses[0] if len(choses) == 1 else f"{', '.join(choses[:-1])} et {choses[-1]}"
        return insecables(
            f"« {nom} » contenait {liste} : par prudence, nous l’avons gardé sans. Ses pages restent les mêmes."
        )
