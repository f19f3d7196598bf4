"""Every page, for each of its readers, on a desk and on a phone: nothing for axe to say, nothing that overflows, a
title of its own, and no complaint of the browser (console, network, content security policy: see `Surveillance`).

The phone is set to dark, so that both themes are looked at.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from correspondants.enums import Role
from correspondants.models import Utilisateur
from projets import bilans, demandes_avis, prises_de_vues
from projets.bilans_word import recevoir_bilan
from projets.demonstration import conduite
from projets.enums import Statut
from projets.liens_avis import jeton_avis
from projets.models import AvisIEN, PriseDeVues, Projet, SeanceTroika
from projets.permissions import LienAvis
from projets.word.ecriture import ecrire
from tests import fabriques
from tests.bilans_word import fichier
from tests.test_communication import image as une_image

from .conftest import Surveillance, remarques_axe

VISITEUR = "visiteur"
PORTEUR = "porteur"
NUMEROTES = (Statut.DEPOSE, Statut.A_COMPLETER, Statut.AVIS_IEN, Statut.PRET, Statut.VALIDE)

# Who opens what. Names in braces are those of `Monde.adresses`.
PAGES: dict[str, tuple[str, ...]] = {
    VISITEUR: (
        "/",
        "/appel/",
        "/appel/?mots=parents",
        "/recherche/?q=parents",
        "/deposer/",
        "/correspondants/",
        "/communication/",
        "/exemples/",
        "/accessibilite/",
        "/mentions-legales/",
        "/donnees-personnelles/",
        "/plan-du-site/",
        "/comptes/login/",
        "/comptes/login/code/",
        "/comptes/password/reset/",
        "/avis/{jeton}/",
        "/avis/{jeton}/transmettre/",
        "/avis/{jeton}/reprendre/{delegation}/",
        "/avis/lien-perime/",
        "/cette-page-n-existe-pas/",
    ),
    PORTEUR: (
        "/suivi/",
        "/deposer/{brouillon}/",
        "/deposer/{brouillon}/deposer/",
        "/deposer/{brouillon}/tout/",
        "/deposer/{brouillon}/plus-tard/",
        "/deposer/{brouillon}/a-plusieurs/",
        "/deposer/{brouillon}/sections/porteur/",
        "/deposer/{brouillon}/sections/objectifs/",
        "/deposer/{brouillon}/sections/budget/",
        "/projets/{depose}/",
        "/projets/{depose}/depose/",
        "/projets/{depose}/actions/retirer/",
        "/projets/{a_completer}/",
        "/projets/{a_completer}/modifier/",
        "/projets/{a_completer}/redeposer/",
        "/projets/{valide}/",
        "/projets/{valide}/communication/",
        "/projets/{valide}/versements/",
        "/projets/{valide}/budget/2026/",
        "/projets/{valide}/budget/2026/proposer/",
        "/projets/{valide}/images/",
        "/projets/{valide}/images/nouvelle/",
        "/projets/{valide}/images/{prise}/",
        "/projets/{valide}/exemple/",
        "/projets/{valide}/bilans/2026/",
        "/projets/{valide}/bilans/2027/",
        "/projets/{valide}/bilans/2027/modifier/",
        "/projets/{valide}/bilans/2027/word/",
        "/projets/{valide}/bilans/2027/deposer/",
        "/projets/{depose}/transmettre/",
        "/bilans/",
        "/mon-compte/",
        "/comptes/email/",
        "/comptes/2fa/",
        "/comptes/2fa/totp/activate/",
        "/comptes/2fa/webauthn/",
        "/comptes/2fa/webauthn/add/",
        "/comptes/logout/",
    ),
    Role.COORDINATEUR_EN: (
        "/mon-compte/",
        "/mon-compte/absence/",
        "/coordination/",
        "/coordination/?q=introuvable",
        "/coordination/?statut=depose&statut=pret&enjeu=0",
        "/projets/{depose}/",
        "/projets/{depose}/actions/demander_complements/",
        "/projets/{depose}/actions/declarer_complet/",
        "/projets/{pret}/",
        "/projets/{pret}/actions/inscrire/",
        "/projets/{valide}/",
        "/projets/{valide}/actions/clore/",
        "/projets/{valide}/versements/",
        "/projets/{valide}/versements/2026/verser/",
        "/projets/{valide}/versements/2026/conditions/",
        "/projets/{valide}/budget/2026/",
        "/projets/{valide}/bilans/2026/",
        "/projets/{valide}/bilans/2026/accepter/",
        "/projets/{valide}/bilans/2026/renvoyer/",
        "/bilans/",
    ),
    Role.COORDINATEUR_VILLE: (
        "/troika/",
        "/troika/nouvelle/",
        "/troika/{seance}/",
        "/troika/{seance}/modifier/",
        "/troika/{seance}/publier/",
        "/troika/{publiee}/",
        "/pilotage/",
        "/pilotage/versements/",
        "/suivi/",
    ),
    Role.IEN: (
        "/avis/",
        "/avis/{avis}/",
        "/avis/{avis}/transmettre/",
        "/avis/{avis_rendu}/",
        "/avis/{avis_rendu}/?modifier=1",
        "/projets/{avis_ien}/",
    ),
    Role.PILOTE_PREFECTURE: ("/troika/", "/troika/{seance}/", "/troika/{publiee}/", "/projets/{valide}/", "/pilotage/"),
    Role.OBSERVATEUR: ("/coordination/", "/projets/{valide}/", "/bilans/", "/projets/{valide}/bilans/2026/"),
    Role.ADMIN: ("/pilotage/", "/coordination/", "/troika/", "/bilans/"),
}
INTROUVABLES = ("/avis/lien-perime/", "/cette-page-n-existe-pas/")


@dataclass(frozen=True)
class Monde:
    """Projects in every state that a page can show, and where they are."""

    adresses: dict[str, object]
    porteur: Utilisateur

    def personne(self, qui: str) -> Utilisateur | None:
        if qui == VISITEUR:
            return None
        return self.porteur if qui == PORTEUR else fabriques.de_role(qui)


def bilan_remis(projet: Projet) -> None:
    """The first civil year reported, waiting for the coordination; the second filled in Word, not quite well."""
    premier, second = projet.exercices.order_by("annee")
    conduite.remettre_bilan(premier)
    bilan = bilans.preparer(second, projet.porteur)
    recevoir_bilan(bilan, "bilan.docx", fichier(bilan, filles=-1, titre="Un autre titre"), projet.porteur)


def exemple_public(projet: Projet) -> PriseDeVues:
    """A shooting in order, and a project that everybody reads of."""
    prise = PriseDeVues(projet=projet, intitule="Restitution", date=timezone.localdate(), lieu="Parc", usage="Site")
    prises_de_vues.enregistrer(prise, par=projet.porteur)
    prises_de_vues.compter(prise, personnes=0, autorisations=2, gardees_par="mairie", par=projet.porteur)
    prises_de_vues.ajouter_photo(prise, une_image(), "Un arbre", par=projet.porteur)
    vitrine = prises_de_vues.consentir(projet, "Une mare.", par=projet.porteur)
    prises_de_vues.publier(vitrine, par=fabriques.coordinateur_de(projet), vu="Une mare.")
    return prise


@pytest.fixture
def monde(live_server: object) -> Monde:
    porteur = fabriques.utilisateur(nom="Camille Martin")
    projets = {statut: fabriques.projet_en(statut, fabriques.dossier_deux_ans(), porteur) for statut in NUMEROTES}
    inscrit = fabriques.projet_en(Statut.INSCRIT, porteur=porteur)
    bilan_remis(projets[Statut.VALIDE])
    publiee = projets[Statut.VALIDE].seances.get()
    SeanceTroika.objects.filter(pk=publiee.pk).update(date=timezone.now() - timedelta(days=30))
    prise = exemple_public(projets[Statut.VALIDE])
    attendu = AvisIEN.objects.attendus().get(projet=projets[Statut.AVIS_IEN])
    delegation = demandes_avis.transmettre(
        attendu, par=LienAvis(attendu), nom="Une collègue", courriel="collegue@example.org"
    )
    return Monde(
        {statut.value: projet.numero for statut, projet in projets.items()}
        | {
            "brouillon": fabriques.brouillon(fabriques.dossier_deux_ans(), porteur).jeton,
            "seance": inscrit.seances.get().pk,
            "publiee": publiee.pk,
            "avis": attendu.pk,
            "avis_rendu": projets[Statut.PRET].avis_ien.exclude(rendu_le=None).get().pk,
            "prise": prise.pk,
            "jeton": jeton_avis(attendu),
            "delegation": delegation.pk,
        },
        porteur,
    )


def deborde(page: Page) -> int:
    """How many pixels of the page are out of sight on the right."""
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def regarder(page: Page, adresses: list[str]) -> Iterator[str]:
    """What is wrong with these pages, one sentence each; titles must differ from one page to the next."""
    titres: dict[str, str] = {}
    for adresse in adresses:
        reponse = page.goto(adresse)
        attendu = 404 if adresse in INTROUVABLES else 200
        if reponse.status != attendu:
            yield f"{adresse} : réponse {reponse.status}"
            continue
        chemin, titre = adresse.partition("?")[0], page.title()
        if not titre or titres.setdefault(titre, chemin) != chemin:
            yield f"{adresse} : titre « {titre} », déjà porté par {titres.get(titre)}"
        if page.locator("h1").count() != 1:
            yield f"{adresse} : {page.locator('h1').count()} titres de premier niveau"
        if (trop := deborde(page)) > 0:
            yield f"{adresse} : déborde de {trop} px"
        yield from (f"{adresse} : {remarque}" for remarque in remarques_axe(page))


@pytest.mark.une_seule_base
@pytest.mark.parametrize("qui", PAGES)
def test_pages_sont_accessibles(
    qui: str,
    monde: Monde,
    ouvrir_page: Callable[..., Page],
    connecter: Callable[[Page, object], None],
    surveillance: Surveillance,
) -> None:
    surveillance.tolerer("status of 404")
    adresses = [adresse.format(**monde.adresses) for adresse in PAGES[qui]]
    remarques = []
    for options in ({"largeur": 1280}, {"largeur": 390, "color_scheme": "dark"}):
        page = ouvrir_page(**options)
        if personne := monde.personne(qui):
            connecter(page, personne)
        remarques += [f"[{options['largeur']} px] {remarque}" for remarque in regarder(page, adresses)]
    assert not remarques, "\n".join(remarques)


@pytest.mark.une_seule_base
def test_depot_au_clavier_seul(live_server: object, appel: object, page: Page, tmp_path: Path) -> None:
    """From the home page to the check of one's file: Tab, Enter, Space, and a focus that is always to be seen."""
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
    section = page.locator("details.section-dossier").last
    aller_au_clavier(page, section.locator("summary"))
    ouverte = section.evaluate("section => section.open")
    page.keyboard.press("Space")
    assert section.evaluate("section => section.open") is not ouverte
    aller_au_clavier(page, page.get_by_role("button", name="Déposer", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmez votre adresse")
    adresse = page.get_by_label("Votre adresse électronique")
    aller_au_clavier(page, adresse)
    page.keyboard.type("clavier@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("code")


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
