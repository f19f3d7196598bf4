"""What the tests of the Word engine share: the call, the example files, LibreOffice."""

import json
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from projets.dossier import Dossier
from projets.questionnaire import Referentiel
from projets.word.ecriture import ecrire
from tests.referentiels import FIXTURES
from tests.referentiels import referentiel as construire

EXEMPLES = FIXTURES / "exemples"
NOMS = sorted(fichier.stem for fichier in EXEMPLES.glob("*.json"))


@pytest.fixture(scope="session")
def referentiel() -> Referentiel:
    return construire()


@pytest.fixture(scope="session")
def verite() -> Callable[[str], Dossier]:
    """The Dossier of an example, from its JSON."""
    return lambda nom: Dossier.depuis_json(json.loads((EXEMPLES / f"{nom}.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def theatre(verite: Callable[[str], Dossier]) -> Dossier:
    """The richest example: two civil years, equipment, every table filled."""
    return verite("ateliers-theatre")


@pytest.fixture(scope="session")
def ecrits(verite: Callable[[str], Dossier], referentiel: Referentiel) -> Callable[[str], bytes]:
    """The form of each example as the portal writes it, made once."""
    return cache(lambda nom: ecrire(verite(nom), referentiel))


@pytest.fixture(scope="session")
def formulaire(theatre: Dossier, referentiel: Referentiel) -> bytes:
    """The theatre file as the portal writes it."""
    return ecrire(theatre, referentiel)


@pytest.fixture(scope="session")
def libreoffice(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[bytes]]:
    """Opens documents in LibreOffice Writer and saves them in another format; several at once cost one start."""
    racine = tmp_path_factory.mktemp("libreoffice")
    appels = iter(range(1000))

    def convertir(*documents: bytes, format_: str = "docx", filtre: str = "") -> list[bytes]:
        dossier = racine / str(next(appels))
        dossier.mkdir()
        noms = [dossier / f"document-{rang:02d}.docx" for rang in range(len(documents))]
        for nom, octets in zip(noms, documents, strict=True):
            nom.write_bytes(octets)
        subprocess.run(
            ["soffice", f"-env:UserInstallation=file://{racine}/profil", "--headless", "--convert-to",
             f"{format_}{':' + filtre if filtre else ''}", "--outdir", str(dossier / "sortie"), *map(str, noms)],
            check=True, capture_output=True, timeout=300,
        )  # fmt: skip
        return [Path(dossier / "sortie" / nom.with_suffix(f".{format_}").name).read_bytes() for nom in noms]

    return convertir
