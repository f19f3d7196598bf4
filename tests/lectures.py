"""What a reader finds in the documents of the portal: the words of a PDF and of a Word file, in order."""

import re
import subprocess
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def simple(texte: str) -> str:
    """One kind of space, one at a time; the thin ones of thousands, which a PDF may or may not give back, are dropped."""
    return re.sub(r"\s+", " ", texte.replace("\u202f", "")).strip()


def lire_pdf(octets: bytes) -> str:
    with tempfile.TemporaryDirectory() as dossier:
        fichier = Path(dossier) / "document.pdf"
        fichier.write_bytes(octets)
        lu = subprocess.run(["pdftotext", "-raw", fichier, "-"], check=True, capture_output=True)
    return simple(lu.stdout.decode())


def corps_word(octets: bytes) -> etree._Element:
    with zipfile.ZipFile(BytesIO(octets)) as archive:
        return etree.fromstring(archive.read("word/document.xml"))


def lire_word(octets: bytes) -> str:
    """The body, paragraph by paragraph."""
    paragraphes = ("".join(t.text or "" for t in p.iter(f"{W}t")) for p in corps_word(octets).iter(f"{W}p"))
    return simple("\n".join(paragraphes))


def mots(texte: str) -> set[str]:
    """The words of a text, whatever broke them into lines."""
    return set(re.findall(r"\w+", texte.lower()))


def convertir_en_pdf(octets: bytes, dossier: Path) -> bytes:
    """What LibreOffice makes of a Word file."""
    fichier = dossier / "document.docx"
    fichier.write_bytes(octets)
    commande = ["soffice", f"-env:UserInstallation=file://{dossier}/profil", "--headless", "--convert-to", "pdf"]
    subprocess.run([*commande, "--outdir", dossier, fichier], check=True, capture_output=True, timeout=120)
    return (dossier / "document.pdf").read_bytes()
