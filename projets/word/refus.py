"""Why a file is refused: one code, one French sentence that says what to do. And what a file that is not a .docx is."""

from ..valeurs import insecables

MO = 1_000_000
TAILLE_MAXIMALE = 10 * MO

_ENREGISTRER = (
    "Ouvrez-le dans votre traitement de texte, choisissez Enregistrer sous › Document Word (.docx), puis déposez-le à "
    "nouveau."
)
_PROPRE = (
    "Ouvrez-le dans Word, copiez tout le texte dans le formulaire vierge de la cité éducative, enregistrez, puis déposez ce "
    "nouveau document."
)

MESSAGES = {
    "vide": "Ce fichier est vide. Vérifiez que vous avez choisi le bon document, puis déposez-le à nouveau.",
    "trop_lourd": "Ce document pèse plus de 10 Mo. Réduisez ou retirez les images (dans Word : Format de l’image › "
    "Compresser les images), enregistrez, puis déposez-le à nouveau.",
    "protege": "Ce document est protégé par un mot de passe à l’ouverture. Retirez le mot de passe dans Word (Fichier › "
    "Informations › Protéger), enregistrez et déposez-le à nouveau.",
    "doc": "Ce fichier est un ancien document Word (.doc). Ouvrez-le puis choisissez Enregistrer sous › Document Word (.docx).",
    "odt": "Ce fichier est un document LibreOffice (.odt). Ouvrez-le, choisissez Fichier › Enregistrer sous › Word 2007-365 "
    "(.docx), puis déposez le nouveau fichier.",
    "pdf": "Ce fichier est un PDF. Le dossier se dépose au format Word : déposez le document .docx dont ce PDF est tiré.",
    "rtf": f"Ce fichier est un document RTF. {_ENREGISTRER}",
    "image": "Ce fichier est une image. Le dossier se dépose au format Word : recopiez les réponses dans le formulaire .docx.",
    "page_web": f"Ce fichier est une page web, pas un document Word. {_ENREGISTRER}",
    "xml": f"Ce fichier est au format XML. {_ENREGISTRER}",
    "texte": "Ce fichier est du texte simple. Copiez-le dans le formulaire Word (.docx) de la cité éducative, puis déposez-le.",
    "tableur": "Ce fichier est un classeur (Excel ou Calc). Déposez le formulaire Word (.docx), avec le budget recopié dans ses "
    "tableaux.",
    "presentation": "Ce fichier est une présentation. Déposez le formulaire Word (.docx) de la cité éducative.",
    "pages": "Ce fichier est un document Pages. Dans Pages, choisissez Fichier › Exporter vers › Word (.docx), puis déposez-le.",
    "archive": "Ce fichier est une archive compressée. Ouvrez-la (clic droit › Extraire), puis déposez le document Word (.docx) "
    "qu’elle contient.",
    "modele": f"Ce fichier est un modèle Word (.dotx), pas un document. {_ENREGISTRER}",
    "macros": "Ce document contient des macros, ce que le portail n’accepte pas. Dans Word, choisissez Enregistrer sous › "
    "Document Word (.docx), sans macros, puis déposez-le à nouveau.",
    "objet": "Ce document contient un objet incorporé (classeur, dessin ou programme d’un autre logiciel). Remplacez-le par un "
    "tableau ou une image, enregistrez et déposez-le à nouveau.",
    "activex": "Ce document contient un contrôle ActiveX, ce que le portail n’accepte pas. Supprimez-le dans Word (onglet "
    "Développeur), enregistrez et déposez-le à nouveau.",
    "lien": f"Ce document va chercher une partie de son contenu sur un autre ordinateur (modèle ou objet lié). {_PROPRE}",
    "champ": f"Ce document contient un champ qui lance un autre programme ou va chercher un autre fichier (DDE, LINK, "
    f"INCLUDETEXT…), ce que le portail n’accepte pas. {_PROPRE}",
    "abime": "Ce fichier est incomplet ou abîmé : il n’a peut-être pas été envoyé en entier. Ouvrez-le dans Word, enregistrez-le "
    "à nouveau, puis déposez-le.",
    "suspect": f"Ce fichier n’est pas construit comme un document Word ordinaire : par prudence, nous ne l’ouvrons pas. {_PROPRE}",
    "trop_complexe": "Ce document est trop volumineux ou trop compliqué pour être lu (trop de tableaux, de parties ou de texte). "
    "Copiez vos réponses dans le formulaire vierge, puis déposez-le.",
    "trop_long": "La lecture de ce document prend trop de temps ou de mémoire. Copiez vos réponses dans le formulaire vierge, "
    "puis déposez-le ; si cela se reproduit, écrivez à la coordination.",
    "illisible": "Nous n’avons pas réussi à lire ce document. Copiez vos réponses dans le formulaire vierge, puis déposez-le ; si "
    "cela se reproduit, écrivez à la coordination.",
    "virus": "L’antivirus a reconnu un programme malveillant dans ce fichier : nous l’avons refusé et n’en avons rien gardé. "
    "Faites vérifier votre ordinateur, au besoin par votre service informatique, puis envoyez un fichier sain ; si vous pensez "
    "que c’est une erreur, écrivez à la coordination.",
    "antivirus": "L’antivirus du portail ne répond pas : par prudence, nous n’avons pas gardé votre fichier. Il n’est pas perdu, "
    "vous l’avez toujours chez vous : réessayez dans quelques minutes ; si cela se reproduit, écrivez à la coordination.",
    "etranger": "Ce fichier ne ressemble pas au formulaire de la cité éducative : rien n’a été changé dans votre dossier. "
    "Déposez le document Word que vous aviez envoyé, corrigé, ou corrigez vos réponses en ligne.",
    "sans_annotation": "Ce document ne peut pas recevoir de commentaires : corrigez-le d’après la liste affichée.",
    "inconnu": "Ce fichier n’est pas un document Word (.docx). Déposez le formulaire de la cité éducative, enregistré en .docx.",
}


class FichierRefuse(Exception):
    """A file that is not read: ``code`` for the journal, ``message`` for the person."""

    def __init__(self, code: str, message: str = ""):
        self.code = code
        self.message = insecables(message or MESSAGES[code])
        super().__init__(self.message)


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IMAGES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*", b"BM")
_ARCHIVES = (b"Rar!\x1a", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"MSCF")
_MIMES_ZIP = (
    ("opendocument.text", "odt"),
    ("opendocument.spreadsheet", "tableur"),
    ("opendocument.presentation", "presentation"),
    ("epub", "inconnu"),
)


def est_ole(octets: bytes) -> bool:
    """Whether bytes start as the old binary container of Office (and of embedded objects)."""
    return octets.startswith(_OLE)


def reconnaitre(octets: bytes) -> str:
    """Code of a file that is not a zip."""
    debut = octets[:1024]
    if est_ole(octets):
        return _dans_ole(octets)
    if b"%PDF-" in debut:
        return "pdf"
    nu = debut.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if nu.startswith(b"{\\rtf"):
        return "rtf"
    if octets.startswith(_IMAGES) or (octets[:4] == b"RIFF" and octets[8:12] == b"WEBP") or octets[4:8] == b"ftyp":
        return "image"
    if octets.startswith(_ARCHIVES):
        return "archive"
    if octets.startswith((b"PK\x05\x06", b"PK\x07\x08")):
        return "abime"
    return _texte(nu, debut)


def _texte(nu: bytes, debut: bytes) -> str:
    simple = nu.replace(b"\x00", b"")
    if simple.startswith((b"<!doctype html", b"<html")) or b"<html" in simple:
        return "page_web"
    if simple.startswith((b"<?xml", b"<w:", b"<")):
        return "xml"
    lisible = sum(32 <= octet < 127 or octet in b"\t\r\n" or octet >= 0xA0 for octet in debut)
    return "texte" if lisible >= 0.95 * len(debut) else "inconnu"


def _dans_ole(octets: bytes) -> str:
    """The streams of an OLE file are named in UTF-16."""
    for nom, code in (
        ("EncryptedPackage", "protege"),
        ("WordDocument", "doc"),
        ("Workbook", "tableur"),
        ("PowerPoint Document", "presentation"),
    ):
        if nom.encode("utf-16-le") in octets:
            return code
    return "inconnu"


def reconnaitre_zip(noms: list[str], mimetype: bytes) -> str:
    """Code of a zip that holds no Word document, from the names of its entries and its ``mimetype`` if it has one."""
    type_declare = mimetype[:200].decode("ascii", "replace")
    for morceau, code in _MIMES_ZIP:
        if morceau in type_declare:
            return code
    for prefixe, code in (("xl/", "tableur"), ("ppt/", "presentation"), ("Index/", "pages")):
        if any(nom.startswith(prefixe) for nom in noms):
            return code
    if (
        any(nom.lower().endswith((".docx", ".doc", ".odt", ".pdf")) for nom in noms)
        or "[Content_Types].xml" not in noms
    ):
        return "archive"
    return "inconnu"
