"""Every page, for each of its readers, on a desk and on a phone: nothing for axe to say, nothing that overflows, a
title of its own, and no complaint of the browser (console, network, content security policy: see `Surveillance`).

Each address is asked for by each role, and the answer is read as a tree (headings, identifiers, labels). A browser then
opens those answers that show something not seen yet: two roles that are given the same page are looked at once. The phone
is set to dark, so that both themes are looked at; 320 px and 640 px (200 % of a desk) must not scroll sideways.
"""

import fcntl
import logging
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from django.test import Client, override_settings
from django.urls import Resolver404, get_resolver, resolve
from lxml import html
from playwright.sync_api import Locator, Page, expect

from projets.word.ecriture import ecrire
from tests import fabriques

from .axe import remarques_axe
from .conftest import Surveillance
from .lecteurs import apres, clients, demander, du_brouillon
from .monde import Monde, construire
from .surface import ADRESSES, APRES, ENVOIS, INTROUVABLES, PORTEUR, REGLAGES, SANS_PAGE, VISITEUR

PARTS = 3  # so that the processes share the work; each pays for its world, and looks again at what all pages have
Element = html.HtmlElement
Formes = frozenset[tuple[object, ...]]


def _nom_de(adresse: str) -> str | None:
    """Name of the view behind an address of the surface, whatever stands in its braces."""
    chemin = adresse.partition("?")[0]
    valeurs = ("x",) if "{jeton}" in chemin else ("1", "00000000-0000-0000-0000-000000000000", "x")
    for valeur in valeurs:
        for noms in ((), ("{delegation}",)):  # a link of mail, then a number
            essai = chemin
            for nom in noms:
                essai = essai.replace(nom, "1")
            try:
                return str(resolve(re.sub(r"{\w+}", valeur, essai)).view_name)
            except Resolver404:
                continue
    return None


def test_chaque_adresse_est_une_page_ou_dit_pourquoi() -> None:
    noms = {nom for nom in get_resolver().reverse_dict if isinstance(nom, str)}
    pages = {_nom_de(adresse) for adresse in ADRESSES}
    assert not (nouveaux := noms - pages - set(SANS_PAGE)), (
        f"{nouveaux} à regarder : donnez-leur une adresse dans surface.ADRESSES"
    )
    assert not (doubles := set(SANS_PAGE) & pages), f"{doubles} ont une page : ôtez-les de SANS_PAGE"
    assert not (disparus := set(SANS_PAGE) - noms), f"{disparus} n’existent plus"


# --- what an answer shows, read without a browser -------------------------------------------------------------------


def formes(element: Element) -> Formes:
    """The kinds of elements of a piece of page: what could break on one is what these are, not the words."""
    return frozenset(
        (
            parent.tag if (parent := un.getparent()) is not None else "",
            parent.get("class") if parent is not None else "",
            un.tag,
            un.get("class"),
            un.get("role"),
            un.get("type"),
            tuple(sorted(nom for nom in un.attrib if nom.startswith("aria-"))),
        )
        for un in element.iter()
        if isinstance(un.tag, str)
    )


def relire(page: Element) -> Iterator[str]:
    """What is wrong in the tree of a page: headings, identifiers, references, names of fields."""
    niveaux = [int(titre.tag[1]) for titre in page.iter("h1", "h2", "h3", "h4", "h5", "h6") if not _hors(titre)]
    if niveaux.count(1) != 1:
        yield f"{niveaux.count(1)} titres de premier niveau"
    for avant, suivant in pairwise(niveaux):
        if suivant > avant + 1:
            yield f"un titre de niveau {suivant} suit un titre de niveau {avant}"
    noms = [un.get("id") for un in page.iter() if isinstance(un.tag, str) and un.get("id")]
    for double in {nom for nom in noms if noms.count(nom) > 1}:
        yield f"deux éléments s’appellent « {double} »"
    for un in page.iter():
        for attribut in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
            for cible in (un.get(attribut) or "").split() if isinstance(un.tag, str) else ():
                if cible not in noms:
                    yield f"{attribut} nomme « {cible} », qui n’existe pas"
    for image in page.iter("img"):
        if image.get("alt") is None:
            yield f"image sans texte de remplacement : {image.get('src')}"
    for tableau in page.iter("table"):
        if tableau.find("caption") is None and not tableau.get("aria-label") and not tableau.get("aria-labelledby"):
            yield f"tableau sans titre : {' '.join(tableau.text_content().split())[:60]}"
        for entete in tableau.iter("th"):
            if not entete.get("scope"):
                yield f"en-tête sans portée : {' '.join(entete.text_content().split())[:60]}"


def _hors(titre: Element) -> bool:
    return any(parent.tag in ("dialog", "template") for parent in titre.iterancestors())


@dataclass
class Regard:
    """What the browser has seen already, and the titles that pages bear: those of the other parts are in ``fichier``."""

    fichier: Path
    vues: dict[str, set[tuple[object, ...]]] = field(default_factory=dict)
    cadre: set[tuple[object, ...]] = field(default_factory=set)
    premieres: set[tuple[str, bool]] = field(default_factory=set)

    def a_voir(self, cle: str, page: Element) -> bool:
        corps, reste = page.find(".//main"), set()
        for un in page.body:
            if un is not corps and isinstance(un.tag, str):
                reste |= formes(un)
        vues, montre = self.vues.setdefault(cle, set()), formes(corps if corps is not None else page)
        nouveau = bool(montre - vues or reste - self.cadre)
        vues |= montre
        self.cadre |= reste
        return nouveau

    def titre(self, page: Element, chemin: str) -> str:
        """What is wrong with the title of a page."""
        chemin = chemin.replace("/avis/{jeton}/", "/avis/{avis}/")  # one page, through the link of a mail or an account
        titre = " ".join((page.findtext(".//title") or "").split())
        with self.fichier.open("a+", encoding="utf-8") as fichier:
            fcntl.flock(fichier, fcntl.LOCK_EX)
            fichier.seek(0)
            titres = dict(ligne.rstrip("\n").split("\t") for ligne in fichier)
            autre = titres.get(titre, chemin)
            if titre not in titres:
                fichier.write(f"{titre}\t{chemin}\n")
        return "" if titre and autre == chemin else f"titre « {titre} », déjà porté par {autre}"


@pytest.fixture
def regard(tmp_path_factory: pytest.TempPathFactory) -> Regard:
    """The processes of one run have a folder in common: two pages of two parts may bear one title."""
    dossier = tmp_path_factory.getbasetemp()
    return Regard((dossier.parent if "PYTEST_XDIST_WORKER" in os.environ else dossier) / "titres.txt")


@pytest.fixture
def monde(live_server: object) -> Monde:
    return construire()


ENVOYER = """([adresse, donnees]) => {
    const formulaire = document.createElement("form"), preuve = document.querySelector("[name=csrfmiddlewaretoken]");
    Object.assign(formulaire, {method: "post", action: adresse});
    if (preuve) donnees.csrfmiddlewaretoken = preuve.value;
    for (const [nom, valeur] of Object.entries(donnees)) {
        formulaire.append(Object.assign(document.createElement("input"), {type: "hidden", name: nom, value: valeur}));
    }
    document.body.append(formulaire);
    formulaire.submit();
}"""


def aller(page: Page, modele: str, monde: Monde) -> None:
    """Opens a page, or sends what it answers from the page where that is done."""
    adresse = modele.format(**monde.adresses)
    if modele not in ENVOIS:
        page.goto(adresse)
        return
    depuis, donnees = ENVOIS[modele]
    page.goto(depuis.format(**monde.adresses))
    with page.expect_navigation(url=re.compile(re.escape(adresse) + "$")):
        page.evaluate(ENVOYER, [adresse, {nom: v.format(**monde.adresses) for nom, v in donnees.items()}])


def deborde(page: Page) -> int:
    """How many pixels of the page are out of sight on the right, once it is drawn at its width."""
    return page.evaluate(
        "() => new Promise(dit => requestAnimationFrame(() => requestAnimationFrame(() =>"
        " dit(document.documentElement.scrollWidth - window.innerWidth))))"
    )


# Widths and themes that a page is seen in, and where axe reads it.
BUREAU, TELEPHONE = 1280, 390
VUES = ((BUREAU, "light"), (640, "light"), (320, "light"), (TELEPHONE, "dark"))


def regarder(page: Page, ouvrir: Callable[[], None], *, premiere: bool) -> Iterator[str]:
    """What a browser finds: on a desk, zoomed twice, at the narrowest, and on a telephone in the dark.

    ``premiere``: no porteur (or visitor), or nobody of the services, was shown this page yet; what the next
    reader has more is read once, in the dark. The window stays as the page before left it: one page is opened on the desk and
    ends on the telephone, the next one the other way; each is drawn again once less.
    """
    vues = VUES if premiere else VUES[-1:]
    if page.viewport_size["width"] == TELEPHONE:
        vues = vues[::-1]
    for rang, (largeur, theme) in enumerate(vues):
        if page.viewport_size["width"] != largeur:
            page.set_viewport_size({"width": largeur, "height": 844})
        page.emulate_media(color_scheme=theme)
        if rang == 0:
            ouvrir()
        expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
        if (trop := deborde(page)) > 0:
            yield f"[{largeur} px] déborde de {trop} px"
        if largeur in (BUREAU, TELEPHONE):
            yield from (f"[{largeur} px] {remarque}" for remarque in remarques_axe(page))


@pytest.mark.une_seule_base
@pytest.mark.parametrize("part", range(PARTS))
def test_pages_sont_accessibles(
    part: int, monde: Monde, regard: Regard, page: Page, entrer_avec: Callable[[Page, Client], None],
    surveillance: Surveillance, request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    logging.disable(logging.ERROR)  # a refusal is expected, and the log of each costs more than the refusal
    request.addfinalizer(lambda: logging.disable(logging.NOTSET))
    ouverts = clients(monde)
    remarques, ouvertes = [], set()
    for modele in ADRESSES[part::PARTS]:
        adresse = modele.format(**monde.adresses)
        lecteurs = ouverts
        if modele in APRES:
            lecteurs = {modele: apres(*APRES[modele])}
        elif "{anonyme}" in modele:
            lecteurs = {modele: du_brouillon(monde.adresses["anonyme"])}
        for qui, client in lecteurs.items():
            with override_settings(**REGLAGES.get(modele, {})):
                reponse = demander(client, modele, monde)
                if not reponse["Content-Type"].startswith("text/html") or reponse.status_code in (301, 302, 405):
                    continue
                attendue = reponse.status_code == 200 or adresse in INTROUVABLES
                cle = modele if attendue else f"{reponse.status_code}"
                if attendue or reponse.status_code == 410:
                    ouvertes.add(modele)
                arbre = html.fromstring(reponse.content.decode())
                fautes = list(relire(arbre))
                if reponse.status_code >= 500:
                    fautes.append(f"réponse {reponse.status_code}")
                if attendue and (faute := regard.titre(arbre, modele.partition("?")[0])):
                    fautes.append(faute)
                if regard.a_voir(cle, arbre):
                    page.context.clear_cookies()  # one window for all the readers in turn: each costs a second to open
                    entrer_avec(page, client)
                    if reponse.status_code in (401, 403, 404, 410):  # this page says no; nothing that it asks for may
                        for refusee in (adresse, *ENVOIS.get(modele, ())[:1]):
                            surveillance.tolerer(rf"status of {reponse.status_code} .*{re.escape(refusee)}\)$")
                    premiere = (cle, qui in (VISITEUR, PORTEUR))
                    ouvrir = partial(aller, page, modele, monde)
                    fautes += regarder(page, ouvrir, premiere=premiere not in regard.premieres)
                    regard.premieres.add(premiere)
                remarques += [f"{adresse} ({qui}) : {faute}" for faute in fautes]
    remarques += [f"{modele} : ne s’ouvre à personne" for modele in set(ADRESSES[part::PARTS]) - ouvertes]
    assert not remarques, "\n".join(dict.fromkeys(remarques))


@pytest.mark.une_seule_base
def test_depot_au_clavier_seul(live_server: object, appel: object, page: Page, tmp_path: Path) -> None:
    """From the home page to the sections of one's Word file: Tab, Enter, and a focus that is always to be seen."""
    fichier = tmp_path / "dossier.docx"
    fichier.write_bytes(ecrire(fabriques.dossier_complet(), appel.referentiel()))
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    aller_au_clavier(page, page.get_by_role("main").get_by_role("link", name="Déposer un projet"))
    page.keyboard.press("Enter")
    choix = page.get_by_label("Votre dossier Word")
    aller_au_clavier(page, choix)
    choix.set_input_files(fichier)  # the window that Enter opens is the system's, not the page's
    aller_au_clavier(page, page.get_by_role("button", name="Lire mon fichier"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Voici ce que nous avons compris")
    sections = page.get_by_role("main").locator("a[href*='/sections/']")
    aller_au_clavier(page, sections.last)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/sections/"))


def aller_au_clavier(page: Page, cible: Locator, limite: int = 400) -> None:
    """Press Tab until the focus is on the target, which must then be seen, with its ring."""
    expect(cible).to_be_visible()
    for _ in range(limite):
        page.keyboard.press("Tab")
        if cible.evaluate("element => element === document.activeElement"):
            break
    else:
        raise AssertionError(f"Le clavier n’atteint pas {cible}.")
    visible = cible.evaluate(
        """element => {
            const style = getComputedStyle(element), cadre = element.getBoundingClientRect();
            const milieu = document.elementFromPoint(cadre.x + cadre.width / 2, cadre.y + cadre.height / 2);
            const anneau = style.outlineStyle !== "none" || style.boxShadow !== "none";
            return anneau && milieu !== null && (element.contains(milieu) || milieu.contains(element));
        }"""
    )
    assert visible, f"{cible} : focus caché ou sans anneau"
