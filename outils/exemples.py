"""Makes the six example files of ``fixtures/exemples``: each .json is the truth, its .docx is written from it.

Three of them are then saved again by LibreOffice, as many porteurs will do. Run from the root of the project, after any
change to the form: ``.venv/bin/python outils/exemples.py``.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

RACINE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(RACINE))

from projets.dossier import Dossier  # noqa: E402
from projets.word.ecriture import ecrire  # noqa: E402
from projets.word.lecture import lire  # noqa: E402
from tests.referentiels import referentiel  # noqa: E402

EXEMPLES = RACINE / "fixtures" / "exemples"
PAR_LIBREOFFICE = frozenset({"ateliers-theatre", "forums-emploi", "aventures-au-refuge"})


def enregistrer_par_libreoffice(octets: bytes) -> bytes:
    """The same document opened and saved by LibreOffice Writer."""
    with tempfile.TemporaryDirectory() as dossier:
        entree = Path(dossier) / "entree.docx"
        entree.write_bytes(octets)
        subprocess.run(
            ["soffice", f"-env:UserInstallation=file://{dossier}/profil", "--headless", "--convert-to", "docx",
             "--outdir", f"{dossier}/sortie", str(entree)],
            check=True, capture_output=True, timeout=180,
        )  # fmt: skip
        return (Path(dossier) / "sortie" / "entree.docx").read_bytes()


def main() -> None:
    for verite in sorted(EXEMPLES.glob("*.json")):
        dossier = Dossier.depuis_json(json.loads(verite.read_text(encoding="utf-8")))
        octets = ecrire(dossier, referentiel())
        if verite.stem in PAR_LIBREOFFICE:
            octets = enregistrer_par_libreoffice(octets)
        if lire(octets, referentiel()).dossier != dossier:
            raise SystemExit(f"{verite.stem} : le fichier Word relu n’est pas le dossier.")
        (EXEMPLES / f"{verite.stem}.docx").write_bytes(octets)
        print(f"{verite.stem}.docx : {len(octets)} octets")


if __name__ == "__main__":
    main()
