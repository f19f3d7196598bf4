"""The whole life of one project, played in a browser by each of its people: from a Word file to the export of the year."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from correspondants.enums import Role
from projets import envoi, integrite, recapitulatif, sceaux
from projets.enums import Financeur, Statut, Voie
from projets.enums_portail import EtatCourriel
from projets.jours import est_ouvre
from projets.models import Appel, Courriel, Enveloppe, Passage, Projet
from projets.valeurs import euros
from projets.workflow import TRANSITIONS

from .gestes import (
    agent,
    champ,
    choisir_fichier,
    confirmer_adresse,
    courriel_a,
    dit,
    exemple,
    lien_du_courriel,
    montant_lu,
    se_connecter,
    titre,
)

PORTEUR = "porteur@example.org"
NOUVEAU_TITRE = "Ateliers théâtre : du conte à la scène"
ECONOMIES = {2026: Decimal(0), 2027: Decimal(50)}  # what was not spent of each civil year
Ouvrir = Callable[..., Page]


@pytest.fixture
def enveloppes(transactional_db: None, appel: Appel) -> None:
    for annee in (2026, 2027):
        for financeur in (Financeur.ETAT, Financeur.VILLE):
            Enveloppe.objects.create(appel=appel, annee=annee, financeur=financeur, montant=Decimal(20_000))


def test_vie_d_un_projet(ouvrir_page: Ouvrir, enveloppes: None, tmp_path: Path) -> None:
    comptes = {role: agent(role) for role in Role}
    porteur = ouvrir_page()

    numero = depose_son_dossier(porteur)
    projet = Projet.objects.get(numero=numero)
    adresse, coordination = f"/projets/{numero}/", comptes[Role(projet.coordination)]

    bureau = ouvrir_page()
    verifie_le_dossier(bureau, coordination, projet)
    donne_son_avis_par_le_lien(ouvrir_page(largeur=390), comptes[Role.IEN].email)
    bureau.reload()
    dit(bureau, "En attente d’avis")  # the second degree is concerned too
    un_autre_poste = ouvrir_page()  # where people come one after the other, each from the door
    donne_son_avis(un_autre_poste, comptes[Role.AUTORITE_EN])
    prepare_la_seance(bureau, projet)
    seance = bureau.url
    for rang, pilote in enumerate((Role.PILOTE_EN, Role.PILOTE_PREFECTURE, Role.PILOTE_VILLE), 1):
        un_autre_poste.context.clear_cookies()
        donne_sa_voix(un_autre_poste, comptes[pilote], rang)
    accordes = decide(bureau, seance, projet)

    porteur.goto(adresse)
    expect(porteur.get_by_role("heading", name="La décision de la troïka")).to_have_count(0)
    publie(bureau, seance)
    lit_la_decision(porteur, projet, accordes)

    for annee, economie in ECONOMIES.items():
        remet_son_bilan(porteur, projet, annee, economie)
        accepte_le_bilan(bureau, numero, annee)
    clot_le_projet(bureau, adresse)
    porteur.goto(adresse)
    dit(porteur, Statut.CLOS.libelle_porteur)

    un_autre_poste.context.clear_cookies()
    se_connecter(un_autre_poste, comptes[Role.ADMIN], "/pilotage/")
    for annee, montants in accordes.items():
        exporte_l_annee(un_autre_poste, projet, annee, montants, tmp_path)
    envoi.vider()
    assert recapitulatif.regrouper(prochain_jour_ouvre(apres=7)) >= 1
    envoi.vider()
    assert set(Courriel.objects.values_list("etat", flat=True)) == {EtatCourriel.ENVOYE, EtatCourriel.REGROUPE}
    sceaux.sceller()
    assert integrite.examiner().est_intact
    assert set(Passage.objects.values_list("voie", flat=True)) >= {Voie.WEB, Voie.LIEN}


def prochain_jour_ouvre(apres: int = 1) -> datetime:
    jour = timezone.localtime().replace(hour=12) + timedelta(days=apres)
    while not est_ouvre(jour.date()):
        jour += timedelta(days=1)
    return jour


def depose_son_dossier(page: Page) -> str:
    """The porteur, without an account: a Word file, one correction, a code, a number."""
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Déposer un projet").click()
    titre(page, "Déposer un projet")
    choisir_fichier(page, exemple("theatre"))
    titre(page, "Voici ce que nous avons compris")
    dit(page, "Le dossier peut être déposé")
    page.get_by_role("link", name="2. Le projet").click()
    titre(page, "L’idée")
    champ(page, "Titre du projet (obligatoire)").fill(NOUVEAU_TITRE)
    page.get_by_role("button", name="Enregistrer et revenir à la liste").click()
    dit(page, "Tout est enregistré.")
    page.get_by_role("link", name="Vérifier et déposer", exact=True).click()
    dit(page, NOUVEAU_TITRE)
    page.get_by_role("button", name="Confirmer mon adresse").click()
    confirmer_adresse(page, PORTEUR)
    dit(page, NOUVEAU_TITRE)
    dit(page, "Demandé pour 2026")
    dit(page, "Demandé pour 2027")
    page.get_by_role("button", name="Déposer le dossier").click()
    titre(page, "Votre dossier est déposé")
    numero = page.get_by_text(re.compile(r"^\d{4}-\d{4}$")).first.inner_text()
    assert re.fullmatch(r"20\d\d-0001", numero)
    assert numero in courriel_a(PORTEUR, numero)
    return numero


def la_barre_oblique_cherche_dans_la_liste(page: Page) -> None:
    """« / » leads to the search of the desk, not to that of the header, until the shortcuts are switched off there."""
    recherche = page.get_by_role("main").get_by_role("search").locator("[name=q]")
    page.keyboard.press("/")
    expect(recherche).to_be_focused()
    page.locator("h1").click()
    page.keyboard.press("?")
    page.get_by_label("Raccourcis d’une touche actifs").uncheck()
    page.get_by_role("button", name="Fermer").click()
    page.reload()
    page.keyboard.press("/")
    expect(page.locator("input:focus")).to_have_count(0)


def verifie_le_dossier(page: Page, coordination: object, projet: Projet) -> None:
    """The coordinator in charge, told by the digest of the day, finds the project on her desk, declares it complete."""
    assert recapitulatif.regrouper(prochain_jour_ouvre()) >= 1
    chemin = lien_du_courriel(courriel_a(coordination.email, "récapitulatif"), projet.numero)
    assert chemin == projet.get_absolute_url()
    se_connecter(page, coordination, "/coordination/")
    expect(page.get_by_role("row").filter(has_text=projet.numero)).to_contain_text(NOUVEAU_TITRE)
    la_barre_oblique_cherche_dans_la_liste(page)
    page.get_by_role("link", name=projet.numero, exact=True).click()
    titre(page, NOUVEAU_TITRE)
    # The troïka is closed to it as long as the opinion is missing.
    expect(page.get_by_role("link", name=TRANSITIONS["inscrire"].action.label)).to_have_count(0)
    page.get_by_role("link", name="Déclarer complet").click()
    page.get_by_role("button", name="Déclarer complet").click()
    dit(page, "Le dossier est déclaré complet.")
    dit(page, "En attente d’avis")


def donne_son_avis_par_le_lien(page: Page, courriel: str) -> None:
    """The IEN, from a phone and without an account, by the link of the mail."""
    page.goto(lien_du_courriel(courriel_a(courriel, "vis"), "/avis/"))
    titre(page, NOUVEAU_TITRE)
    dit(page, "Sur le temps scolaire")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="Favorable", exact=True).tap()
    titre(page, "Votre avis est rendu")
    dit(page, "Favorable")


def donne_son_avis(page: Page, autorite: object) -> None:
    """The authority of the second degree, from its account."""
    se_connecter(page, autorite, "/avis/")
    page.get_by_role("link", name="Donner mon avis").click()
    titre(page, NOUVEAU_TITRE)
    page.get_by_role("button", name="Favorable", exact=True).click()
    dit(page, "Aucun avis n’est attendu de vous")


def prepare_la_seance(page: Page, projet: Projet) -> None:
    """The coordinator makes a meeting and puts the project on its agenda."""
    page.goto(projet.get_absolute_url())
    dit(page, "Prêt pour la troïka")
    page.get_by_role("navigation", name="Menu principal").get_by_role("link", name="Troïka").click()
    page.get_by_role("link", name="Nouvelle séance").click()
    page.get_by_label("Date et heure").fill("2026-03-12T14:30")
    page.get_by_label("Lieu").fill("Salle du conseil")
    page.get_by_role("button", name="Créer la séance").click()
    titre(page, "Séance du 12 mars 2026")
    dit(page, "L’ordre du jour est vide")
    page.get_by_role("checkbox", name=projet.numero).check()
    page.get_by_role("button", name="Inscrire les projets cochés").click()
    dit(page, "1 projet est inscrit.")
    expect(page.get_by_role("article")).to_contain_text(NOUVEAU_TITRE)


def donne_sa_voix(page: Page, pilote: object, rang: int) -> None:
    """One pilot, from one's own account; `rang` voices are then given."""
    se_connecter(page, pilote, "/troika/")
    page.get_by_role("link", name="Séance du 12 mars 2026").click()
    page.get_by_text(f"Voix : {rang - 1} sur 3").click()
    page.get_by_label("Voix", exact=True).select_option(label="Pour")
    page.get_by_role("button", name="Enregistrer ma voix").click()
    dit(page, "est enregistrée")
    expect(page.get_by_text(f"Voix : {rang} sur 3")).to_be_visible()
    expect(page.get_by_role("button", name="Enregistrer la décision")).to_have_count(0)


def decide(page: Page, seance: str, projet: Projet) -> dict[int, dict[str, Decimal]]:
    """The coordinator writes what the troïka grants: all that is asked, two thirds by the State, the rest by the town."""
    demandes = {exercice.annee: exercice.montant_demande for exercice in projet.exercices.order_by("annee")}
    assert list(demandes) == [2026, 2027]
    accordes = {
        annee: {"État (préfecture)": demande - demande // 3, "Ville": demande // 3}
        for annee, demande in demandes.items()
    }
    page.goto(seance)
    page.get_by_text("Décision : pas encore enregistrée").click()
    page.get_by_role("radio", name="Validé", exact=True).check()
    for annee, montants in accordes.items():
        for financeur, montant in montants.items():
            page.get_by_label(f"{financeur}, {annee}").fill(montant_lu(euros(montant)))
    page.get_by_role("button", name="Enregistrer la décision").click()
    dit(page, f"La décision sur le projet {projet.numero} est enregistrée.")
    return accordes


def publie(page: Page, seance: str) -> None:
    page.goto(seance)
    page.get_by_role("link", name="Publier les décisions").click()
    dit(page, NOUVEAU_TITRE)
    page.get_by_role("button", name="Publier 1 décision").click()
    dit(page, "publiée : le porteur est prévenu")
    expect(page.get_by_role("link", name="Compte rendu (PDF)")).to_be_visible()


def lit_la_decision(page: Page, projet: Projet, accordes: dict[int, dict[str, Decimal]]) -> None:
    """The porteur reads the same amounts in the mail and on the page of the project."""
    courriel = courriel_a(PORTEUR, "est validé")
    assert lien_du_courriel(courriel, projet.numero) == f"{projet.get_absolute_url()}lettre.pdf"
    page.goto(projet.get_absolute_url())
    decision = page.get_by_role("region", name="La décision de la troïka")
    expect(decision).to_contain_text("Validé")
    with page.expect_download() as lettre:
        decision.get_by_role("link", name=re.compile("PDF de la lettre")).click()
    assert lettre.value.path().read_bytes().startswith(b"%PDF")
    for annee, montants in accordes.items():
        ligne = (
            page.get_by_role("region", name="La subvention par année civile")
            .get_by_role("row")
            .filter(has_text=str(annee))
        )
        for montant in (*montants.values(), sum(montants.values())):
            expect(ligne).to_contain_text(euros(montant))
        for montant in montants.values():
            assert euros(montant) in courriel


def remet_son_bilan(page: Page, projet: Projet, annee: int, economie: Decimal) -> None:
    """The porteur fills the bilan of one civil year, found ready with what was granted, and deposits it."""
    page.goto(projet.get_absolute_url())
    page.get_by_role("link", name=f"Ouvrir le bilan {annee}").click()
    titre(page, f"Bilan {annee}")
    page.get_by_role("link", name="Commencer le bilan").click()
    page.get_by_label("Ce qui a été fait").fill("Les ateliers ont eu lieu chaque semaine, avec les familles.")
    lignes = page.get_by_role("row").filter(has=page.get_by_label(re.compile("^Réalisé, ")))
    accorde = projet.exercices.get(annee=annee).montant_accorde
    expect(lignes.filter(has_text="Montant accordé")).to_contain_text(euros(accorde))
    for rang, ligne in enumerate(lignes.all()):
        prevu = Decimal(montant_lu(ligne.get_by_role("cell").first.inner_text()).replace(",", "."))
        ligne.get_by_role("textbox").fill(montant_lu(euros(prevu - economie if rang == 0 else prevu)))
    if economie:
        page.get_by_label("Explication des écarts").fill("Un décor a été prêté.")
    for jugement in page.get_by_label(re.compile("^La cible est-elle atteinte")).all():
        jugement.select_option("Atteint")
    page.get_by_label(re.compile("certifie")).check()
    page.get_by_role("button", name="Enregistrer et déposer…").click()
    titre(page, "Déposer le bilan")
    page.get_by_role("button", name="Déposer le bilan", exact=True).click()
    dit(page, "Le bilan est déposé. La coordination est prévenue.")
    if economie:
        dit(page, euros(economie))


def accepte_le_bilan(page: Page, numero: str, annee: int) -> None:
    page.goto("/bilans/")
    page.get_by_role("link", name=f"Ouvrir le bilan {annee} du projet {numero}").click()
    page.get_by_role("link", name="Accepter…").click()
    page.get_by_role("button", name="Accepter le bilan").click()
    dit(page, "Le bilan est accepté.")


def clot_le_projet(page: Page, adresse: str) -> None:
    page.goto(adresse)
    page.get_by_role("link", name="Clore le projet").click()
    page.get_by_role("button", name="Clore le projet").click()
    dit(page, "Le projet est clos.")


def exporte_l_annee(page: Page, projet: Projet, annee: int, accordes: dict[str, Decimal], dossier: Path) -> None:
    """The administrator downloads the year as a workbook: the project's row and the totals are what was lived."""
    accorde, economie = sum(accordes.values()), ECONOMIES[annee]
    page.goto(f"/pilotage/?annee={annee}")
    titre(page, f"Pilotage {annee}")
    dit(page, euros(accorde))
    with page.expect_download() as attente:
        page.get_by_role("link", name="Classeur Excel", exact=True).click()
    fichier = dossier / attente.value.suggested_filename
    attente.value.save_as(fichier)
    assert fichier.name == f"bilans-{annee}.xlsx"
    lignes = list(load_workbook(fichier, data_only=True)["Exercices"].values)
    rang = next(rang for rang, ligne in enumerate(lignes) if "Numéro" in ligne)
    ligne, total = (dict(zip(lignes[rang], valeurs, strict=True)) for valeurs in (lignes[rang + 1], lignes[-1]))
    assert (ligne["Numéro"], ligne["Projet"], ligne["État du bilan"]) == (projet.numero, NOUVEAU_TITRE, "Accepté")
    assert total["Numéro"] == "TOTAL"
    attendus = {f"Accordé {financeur} (€)": montant for financeur, montant in accordes.items()} | {
        "Demandé (€)": accorde,
        "Accordé total (€)": accorde,
        "Écart des charges (€)": -economie,
        "À rendre (€)": economie,
    }
    for somme in (ligne, total):
        assert {titre: Decimal(str(somme[titre])) for titre in attendus} == attendus
        assert somme["Charges réalisées (€)"] == somme["Charges prévues (€)"] - float(economie) > 0
