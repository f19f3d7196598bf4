"""The whole deposit by keyboard alone, on a telephone's width: from the home to the number, without a pointer."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from projets.models import Appel, Projet

from .conftest import Surveillance
from .gestes import courriel_a, dit, titre

pytestmark = pytest.mark.une_seule_base
TABULATIONS = 160  # more than any page holds between its top and what is looked for
PORTEUR = "porteur@example.org"


class Clavier:
    """Hands that only know Tab, Enter, Space, arrows and letters. What has the focus must be seen."""

    def __init__(self, page: Page) -> None:
        self.page, self.touche = page, page.keyboard.press

    def aller(self, cible: Locator) -> None:
        """Tab until the focus is on ``cible``."""
        attendu = cible.first.element_handle(timeout=5000)
        for _ in range(TABULATIONS):
            if attendu.evaluate("cible => cible === document.activeElement"):
                assert attendu.evaluate("cible => cible.matches(':focus-visible')"), "le focus ne se voit pas"
                return
            self.touche("Tab")
        pytest.fail(f"{cible} ne s’atteint pas au clavier sur {self.page.url}")

    def ecrire(self, libelle: str | re.Pattern[str], texte: str) -> None:
        self.aller(self.page.get_by_label(libelle, exact=isinstance(libelle, str)))
        self.page.keyboard.type(texte)

    def choisir(self, libelle: str, debut: str) -> None:
        """An option of a list, by its first letters."""
        liste = self.page.get_by_label(libelle, exact=True)
        self.aller(liste)
        self.page.keyboard.type(debut)
        expect(liste.locator("option:checked")).to_contain_text(debut)

    def cocher(self, libelle: str | re.Pattern[str]) -> None:
        self.aller(self.page.get_by_label(libelle))
        self.touche("Space")

    def activer(self, role: str, nom: str | re.Pattern[str]) -> None:
        self.aller(self.page.get_by_role(role, name=nom))
        self.touche("Enter")

    def continuer(self, titre_suivant: str) -> None:
        self.activer("button", "Enregistrer et continuer")
        titre(self.page, titre_suivant)


@pytest.fixture
def clavier(ouvrir_page: Callable[..., Page]) -> Clavier:
    page = ouvrir_page(largeur=390)
    page.add_init_script("addEventListener('mousedown', () => { throw new Error('une souris') })")
    return Clavier(page)


def test_depot_entier_au_clavier(
    live_server: object,
    appel: Appel,
    clavier: Clavier,
    surveillance: Surveillance,
    verifier_axe: Callable[[Page], None],
) -> None:
    surveillance.tolerer("status of 422")
    page = clavier.page
    page.goto("/")
    clavier.activer("link", "Déposer un projet")
    titre(page, "Déposer un projet")
    clavier.activer("button", "Commencer le dossier")
    titre(page, "Votre dossier")
    verifier_axe(page)
    clavier.activer("link", re.compile("^Commencer"))
    porteur_et_projet(clavier)
    objectifs_et_public(clavier)
    calendrier(clavier)
    budget(clavier)
    fin(clavier)
    titre(page, "Vérifiez vos réponses, puis déposez")
    dit(page, "Le dossier est prêt")
    verifier_axe(page)
    corriger_depuis_la_verification(clavier)
    clavier.activer("button", "Confirmer mon adresse")
    titre(page, "Confirmez votre adresse")
    clavier.activer("button", "Recevoir le code")
    expect(page.get_by_role("heading", level=1)).to_contain_text("code")
    code = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", courriel_a(PORTEUR, "ode"), re.MULTILINE)
    clavier.ecrire(re.compile("Code"), code[1])
    clavier.touche("Enter")
    titre(page, "Vérifiez vos réponses, puis déposez")
    clavier.activer("button", "Déposer le dossier")
    titre(page, "Votre dossier est déposé")
    numero = Projet.objects.get().numero
    dit(page, numero)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def porteur_et_projet(clavier: Clavier) -> None:
    page = clavier.page
    titre(page, "La structure")
    clavier.ecrire("Nom de la structure (obligatoire)", "Les Amis de la mare")
    clavier.choisir("Nature de la structure (obligatoire)", "Association")
    clavier.continuer("Les personnes")
    clavier.ecrire("Personne à contacter (obligatoire)", "Camille Martin")
    courriel = page.get_by_label("Courriel (obligatoire)", exact=True)
    clavier.aller(courriel)
    page.keyboard.type("porteur")
    clavier.touche("Tab")  # the rules speak once the field is left, and the page says that it is saved
    expect(page.locator("#id_porteur_courriel_constats")).to_contain_text("nom@domaine.fr")
    expect(page.locator("[data-enregistrement]")).to_contain_text(re.compile(r"Enregistré à \d{1,2} h \d\d"))
    expect(page.locator("#id_porteur_nom_constats")).to_have_count(0)
    # Once said, the error has the focus on the next page, and its link leads to its field.
    clavier.activer("button", "Enregistrer et continuer")
    resume = page.locator("[data-erreurs]")
    expect(resume).to_be_focused()
    clavier.activer("link", re.compile("Cette adresse n’a pas la forme"))
    expect(courriel).to_be_focused()
    clavier.touche("End")
    page.keyboard.type("@example.org")
    clavier.touche("Tab")
    expect(page.locator("#id_porteur_courriel_constats")).to_have_count(0)
    clavier.continuer("L’idée")
    clavier.ecrire("Titre du projet (obligatoire)", "La mare au clavier")
    clavier.choisir("Nouveau projet ou reconduction (obligatoire)", "Nouveau")
    clavier.ecrire("Résumé (obligatoire)", "Une mare, et ses habitants.")
    clavier.continuer("Le besoin et l’action")
    clavier.ecrire("Description de l’action (obligatoire)", "Creuser, planter, observer.")
    clavier.continuer("Les partenaires")
    clavier.continuer("Les objectifs de la stratégie")


def objectifs_et_public(clavier: Clavier) -> None:
    clavier.choisir("Objectif stratégique principal (obligatoire)", "1.1.2")
    clavier.continuer("Parcours et orientations")
    clavier.aller(clavier.page.get_by_role("group", name="Parcours").get_by_role("checkbox").first)
    clavier.touche("Space")
    clavier.continuer("Les personnes concernées")
    clavier.ecrire("Parents", "12")
    clavier.continuer("Les lieux")
    clavier.continuer("Le calendrier et les interventions")


def calendrier(clavier: Clavier) -> None:
    clavier.ecrire("Date de début (obligatoire)", "2/3/2026")
    clavier.ecrire("Date de fin (obligatoire)", "30/6/2026")
    clavier.ecrire("Intervention", "Sortie à la mare")
    clavier.ecrire("Du (date)", "15/4/2026")
    clavier.choisir("Temps", "Extra")
    clavier.continuer("Le budget par année civile")


def budget(clavier: Clavier) -> None:
    page = clavier.page
    clavier.ecrire("Année civile N du budget (obligatoire)", "2026")
    for tableau, compte in (("charges", "60-PRESTATIONS"), ("produits", "74-CITE")):
        clavier.aller(page.locator(f"#id_{tableau}-{compte}-montant_n"))
        page.keyboard.type("1000")
    expect(page.locator("[data-equilibre]")).to_contain_text("équilibrés")
    clavier.continuer("Le matériel")
    clavier.continuer("L’évaluation")
    clavier.continuer("La communication")


def fin(clavier: Clavier) -> None:
    clavier.cocher(re.compile("^Je ferai figurer"))
    clavier.continuer("L’engagement du porteur")
    clavier.cocher(re.compile("^Je m’engage"))
    clavier.cocher(re.compile("^Je certifie"))
    clavier.ecrire("Nom du signataire (obligatoire)", "Camille Martin")
    clavier.ecrire("Date de signature (obligatoire)", "1/3/2026")
    clavier.activer("button", "Enregistrer et continuer")


def corriger_depuis_la_verification(clavier: Clavier) -> None:
    """« Modifier » leads to the very field; offline, what is typed stays on the device, then is saved by itself."""
    page = clavier.page
    clavier.activer("link", re.compile("^Modifier.*: Titre du projet$"))
    champ = page.get_by_label("Titre du projet (obligatoire)", exact=True)
    expect(champ).to_be_focused()
    page.context.set_offline(True)
    clavier.touche("End")
    page.keyboard.type(", et au retour")
    clavier.touche("Tab")
    etat = page.locator("[data-enregistrement]")
    expect(etat).to_contain_text("Hors connexion")
    assert "et au retour" in page.evaluate("localStorage.getItem('depot:' + location.pathname)")
    page.context.set_offline(False)
    expect(etat).to_contain_text("Enregistré à")
    assert page.evaluate("localStorage.getItem('depot:' + location.pathname)") is None
    assert Projet.objects.get().titre == "La mare au clavier, et au retour"
    clavier.activer("button", "Enregistrer et revenir à la liste")
    clavier.activer("link", re.compile("^Vérifier et déposer"))
    titre(page, "Vérifiez vos réponses, puis déposez")
