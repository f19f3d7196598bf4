"""The budget editor in the browser: totals that follow the hands, a column and lines pasted, keys, undo, the tool after."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from projets.dossier import Charge, Produit
from projets.models import Projet
from tests import fabriques

from .gestes import dit, titre

pytestmark = pytest.mark.une_seule_base
COLLER = """(champ, texte) => {
    const presse = new DataTransfer();
    presse.setData("text/plain", texte);
    champ.dispatchEvent(new ClipboardEvent("paste", {clipboardData: presse, bubbles: true, cancelable: true}));
}"""


def case(page: Page, compte: str, colonne: str = "montant_n", tableau: str = "charges"):
    return page.locator(f"#id_{tableau}-{compte}-{colonne}")


def total(page: Page, cle: str):
    return page.locator(f'#equilibre [data-total="{cle}"]')


def ouvrir(page: Page, connecter, dossier) -> Projet:
    projet = fabriques.brouillon(dossier)
    connecter(page, projet.porteur)
    page.goto(f"/deposer/{projet.jeton}/tout/")
    section = page.locator("#section-budget")
    if not section.evaluate("section => section.open"):
        section.locator("summary").first.click()
    return projet


def test_editeur_de_budget(live_server: object, page: Page, connecter, verifier_axe) -> None:
    dossier = fabriques.dossier_deux_ans(nombre_professionnels=5)
    projet = ouvrir(page, connecter, dossier)

    # Totals follow, and are said.
    expect(total(page, "charges-2")).to_have_text(re.compile(r"1.400,00"))
    case(page, "60-PRESTATIONS").fill("1 000,50")
    expect(total(page, "charges-0")).to_have_text(re.compile(r"1.000,50"))
    expect(total(page, "cout-2")).to_have_text(re.compile(r"37,51"))
    expect(total(page, "part-0")).to_have_text(re.compile(r"77,8"))
    expect(page.locator("[data-equilibre]")).to_contain_text(re.compile(r"2026.: il manque 100,50.€ de produits"))

    # Keys go from line to line in the same column, without sending the form.
    case(page, "60-PRESTATIONS").focus()
    page.keyboard.press("Enter")
    expect(case(page, "60-MATIERES")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(case(page, "60-MATIERES")).to_be_focused()

    # A column fills the cells below it; undone, they are as before.
    case(page, "60-PRESTATIONS").evaluate(COLLER, "500,00 €\t1\u202f000,5\n\n1 200\t\n")
    expect(case(page, "60-PRESTATIONS", "montant_n1")).to_have_value("1\u202f000,5")
    expect(case(page, "60-FOURNITURES")).to_have_value("1 200")
    expect(case(page, "60-MATIERES")).to_have_value("")
    etat = page.locator('[data-budget="charges"] [data-collage]')
    expect(etat).to_contain_text("3 cases remplies")
    expect(total(page, "charges-0")).to_have_text(re.compile(r"1.700,00"))
    etat.get_by_role("button", name="Annuler le collage").click()
    expect(case(page, "60-PRESTATIONS")).to_have_value("1 000,50")
    expect(case(page, "60-FOURNITURES")).to_have_value("")

    # Lines with their account go where they belong, in both tables; the others wait for a choice.
    lignes = "Locations\t200\t100\nCommune(s)\t300,50\t200\nFrais de bouche\t12,50\nTotal\t1\t2"
    case(page, "60-PRESTATIONS").evaluate(COLLER, lignes)
    expect(case(page, "61-LOCATIONS", "montant_n1")).to_have_value("100,00")
    expect(case(page, "74-COMMUNE", tableau="produits")).to_have_value("300,50")
    expect(etat).to_contain_text("Frais de bouche 12,50")
    verifier_axe(page)
    etat.get_by_role("button", name="Choisir leur compte").click()
    titre(page, "Coller depuis un tableur")
    dit(page, "1 ligne sans compte reconnu")
    verifier_axe(page)
    page.get_by_label("Compte, ligne 1").select_option(label="Autres fournitures")
    page.get_by_role("button", name="Inscrire dans le budget").click()
    dit(page, "1 ligne inscrite dans le budget")
    projet.refresh_from_db()
    lues = {ligne.compte: (ligne.montant_n, ligne.montant_n1) for ligne in projet.contenu.charges}
    assert lues == {
        "60-PRESTATIONS": (Decimal("1000.50"), Decimal("500.00")),
        "60-FOURNITURES": (Decimal("12.50"), None),
        "61-LOCATIONS": (Decimal("200.00"), Decimal("100.00")),
    }


def test_repartir_une_annee_scolaire(live_server: object, page: Page, connecter, verifier_axe) -> None:
    charges, produits = (Charge("60-PRESTATIONS", "", Decimal(1000)),), (Produit("74-CITE", "", Decimal(1000)),)
    projet = ouvrir(page, connecter, fabriques.dossier_deux_ans().remplacer(charges=charges, produits=produits))
    page.get_by_role("button", name="Répartir une année scolaire").first.click()
    titre(page, "Répartir sur deux années civiles")
    dit(page, "17 semaines en 2026")
    verifier_axe(page)
    part = page.get_by_label("2026, Prestations de services")
    part.fill("400")
    expect(page.get_by_role("row").filter(has=part).locator("[data-reste]")).to_have_text(re.compile("600,00"))
    page.get_by_role("button", name="Inscrire cette répartition").click()
    dit(page, "Le budget est réparti entre 2026 et 2027")
    projet.refresh_from_db()
    assert projet.contenu.charges[0].montant_n1 == Decimal("600.00")
    assert projet.contenu.produits[0].montant_n == Decimal("404.76")
