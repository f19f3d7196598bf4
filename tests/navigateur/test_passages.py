"""Words of a Word file that answer no question: put where they belong, in the browser, without leaving the page."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from projets.models import Appel, Projet
from projets.word.ecriture import ecrire
from projets.word.noms import W
from tests import fabriques
from tests.word.deformations import cellule_de, element, modifier

from .conftest import Surveillance
from .gestes import champ, choisir_fichier, titre

LIBRE = "Nous l’avons déjà fait en 2024."
DATE = "Plutôt en mars, ou en avril"
RESUME = "Résumé (obligatoire)"


def avec_paragraphes(appel: Appel) -> dict[str, object]:
    """A filled form in which somebody wrote between the tables."""

    def ecrire_entre_les_tableaux(racine: Any) -> None:
        for nom, texte in (("description", LIBRE), ("date_debut", DATE)):
            tableau = next(cellule_de(racine, nom).iterancestors(f"{W}tbl"))
            tableau.addnext(element(f"<w:p><w:r><w:t>{texte}</w:t></w:r></w:p>"))

    octets = modifier(ecrire(fabriques.dossier_complet(), appel.referentiel()), ecrire_entre_les_tableaux)
    return {"name": "dossier.docx", "mimeType": "application/octet-stream", "buffer": octets}


def passage(page: Page, texte: str) -> Locator:
    return page.get_by_role("listitem").filter(has_text=texte).filter(has=page.locator("blockquote"))


@pytest.mark.une_seule_base
@pytest.mark.parametrize("largeur", [1280, 390])
def test_passage_trouve_sa_place(
    live_server: object,
    appel: Appel,
    largeur: int,
    ouvrir_page: Callable[..., Page],
    verifier_axe: Callable[[Page], None],
    surveillance: Surveillance,
) -> None:
    page = ouvrir_page(largeur=largeur, color_scheme="light" if largeur == 1280 else "dark")
    choisir_fichier(page, avec_paragraphes(appel))
    titre(page, "Voici ce que nous avons compris")
    page.get_by_role("link", name="Ce que nous n’avons pas su ranger").click()
    titre(page, "Tout le dossier sur une page")
    verifier_axe(page)
    libre, rendez_vous = passage(page, LIBRE), passage(page, DATE)
    destination = libre.get_by_label("Ranger dans…")
    expect(destination.locator("option:checked")).to_have_text("Description de l’action")

    # Enter in a field saves; what was typed goes along with the passage.
    champ(page, "Titre du projet (obligatoire)").fill("La mare")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Tout est enregistré")
    expect(libre.get_by_role("button", name="Ranger")).to_be_visible()
    champ(page, RESUME).fill("Tapé, pas encore enregistré.")
    destination.select_option(label="Résumé")
    rendez_vous.get_by_label("Ranger dans…").select_option(label="Date de début")
    destination.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(libre).to_contain_text("Ajouté à la ligne, à la fin de «\u00a0Résumé\u00a0».")
    expect(libre).to_be_focused()
    expect(libre).to_be_in_viewport()
    expect(champ(page, RESUME)).to_have_value(f"Tapé, pas encore enregistré.\n{LIBRE}")
    expect(rendez_vous.locator("option:checked")).to_have_text("Date de début")
    verifier_axe(page)

    surveillance.tolerer("status of 422")
    rendez_vous.get_by_role("button", name="Ranger").click()
    erreurs = page.get_by_role("alert")
    expect(erreurs).to_be_focused()
    erreurs.get_by_role("link").click()
    expect(rendez_vous.get_by_label("Ranger dans…")).to_be_focused()
    expect(rendez_vous).to_contain_text("Écrivez une seule date ici")
    verifier_axe(page)
    rendez_vous.get_by_role("button", name="Ne pas garder").click()
    expect(page.get_by_role("group").filter(has_text="Passages rangés ou écartés (2)")).to_be_visible()
    expect(rendez_vous).to_be_focused()

    libre.get_by_role("button", name="Annuler").click()
    expect(libre.get_by_label("Ranger dans…")).to_be_visible()
    expect(champ(page, RESUME)).to_have_value("Tapé, pas encore enregistré.")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    projet = Projet.objects.get()
    assert [f["texte"] for f in projet.lecture["non_reconnu"]] == [LIBRE]
    assert (projet.titre, projet.contenu.resume) == ("La mare", "Tapé, pas encore enregistré.")
