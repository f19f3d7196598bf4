"""What people do in the pages, by what they see: labels, buttons, headings. Shared by the tests of this folder."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core import mail
from playwright.sync_api import Locator, Page, expect

from correspondants.models import Utilisateur
from projets import envoi
from tests import fabriques

EXEMPLES = Path(settings.BASE_DIR) / "fixtures" / "exemples"
MOT_DE_PASSE = "des mots pour entrer"


def exemple(mot: str) -> Path:
    """The example file whose name holds a word."""
    return next(EXEMPLES.glob(f"*{mot}*.docx"))


def agent(role: str) -> Utilisateur:
    """Someone of the services, who comes in by password."""
    compte = fabriques.de_role(role)
    compte.set_password(MOT_DE_PASSE)
    compte.save(update_fields=["password"])
    return compte


def se_connecter(page: Page, compte: Utilisateur, adresse: str) -> None:
    """Open a page that asks to log in, and log in there by password."""
    page.goto(adresse)
    porte = page.get_by_role("region", name="Mot de passe")
    porte.get_by_label("Courriel").fill(compte.email)
    porte.get_by_label("Mot de passe").fill(MOT_DE_PASSE)
    porte.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(f"**{adresse}")


def courriel_a(destinataire: str, objet: str) -> str:
    """The text of the last mail received by an address under a subject; the outbox is emptied first, as the worker does."""
    envoi.vider()
    recus = [message for message in mail.outbox if message.to == [destinataire] and objet in message.subject]
    assert recus, f"rien pour {destinataire} : {[(message.to, message.subject) for message in mail.outbox]}"
    return recus[-1].body


def lien_du_courriel(texte: str, motif: str) -> str:
    """The path of the first link of a mail that holds a word."""
    adresses = [urlsplit(adresse).path for adresse in re.findall(r"https?://\S+", texte)]
    return next(chemin for chemin in adresses if motif in chemin)


def choisir_fichier(page: Page, fichier: Path | dict[str, object]) -> None:
    page.goto("/deposer/")
    page.get_by_label("Votre dossier Word").set_input_files(fichier)
    page.get_by_role("button", name="Lire mon fichier").click()


def champ(page: Page, libelle: str) -> Locator:
    """A field of the file, its section open."""
    trouve = page.get_by_label(libelle, exact=True)
    section = page.locator("details.section-dossier").filter(has=trouve)
    if section.count() and not section.evaluate("section => section.open"):
        section.locator("summary").first.click()
    return trouve


def confirmer_adresse(page: Page, courriel: str) -> None:
    """From « Confirmez votre adresse » to the last page before the deposit, with the code of the mail."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmez votre adresse")
    page.get_by_label("Votre adresse électronique").fill(courriel)
    page.get_by_role("button", name="Recevoir le code").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("code")
    code = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", courriel_a(courriel, "ode"), re.MULTILINE)
    page.get_by_label("Code").fill(code[1])
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vérifiez vos réponses, puis déposez")


def titre(page: Page, texte: str | re.Pattern[str]) -> None:
    """The page that is shown now has this title."""
    expect(page.get_by_role("heading", level=1)).to_have_text(texte)


def dit(page: Page, texte: str) -> None:
    """A message of the portal says so."""
    expect(page.get_by_role("main")).to_contain_text(texte)


def montant_lu(texte: str) -> str:
    """« 1 234,50 € » as one types it: « 1234,50 »."""
    return re.sub(r"[^\d,]", "", texte)
