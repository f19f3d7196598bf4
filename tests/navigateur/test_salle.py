"""The troïka room with three browsers open on it at once: nobody reloads, nobody writes over anybody."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from correspondants.enums import Role
from projets.enums import Fait, SensDecision, Statut
from projets.models import AvisTroika, Decision, Deport, Passage, PointOrdreDuJour, Projet
from tests import fabriques

from .conftest import Surveillance

Connecter = Callable[[Page, object], None]


def volet(page: Page, nom: str) -> Locator:
    """A part of the only point of the agenda, opened."""
    zone = page.locator(f"details[data-volet^='{nom}-']")
    if not zone.evaluate("volet => volet.open"):
        zone.locator("summary").first.click()
    return zone


def enregistrer(zone: Locator, bouton: str) -> None:
    zone.get_by_role("button", name=bouton).click()


def test_trois_navigateurs_tiennent_la_seance(
    live_server: object,
    ouvrir_page: Callable[..., Page],
    connecter: Connecter,
    surveillance: Surveillance,
    verifier_axe: Callable[[Page], None],
) -> None:
    projet = fabriques.projet_en(Statut.INSCRIT, fabriques.dossier_deux_ans(titre="Ateliers théâtre"))
    point = projet.points.get()
    prefecture, ville, coordination = pages = [ouvrir_page() for _ in range(3)]
    roles = (Role.PILOTE_PREFECTURE, Role.PILOTE_VILLE, Role.COORDINATEUR_VILLE)
    for page, role in zip(pages, roles, strict=True):
        connecter(page, fabriques.de_role(role))
        page.goto(f"/troika/{point.seance_id}/")
        page.evaluate("window.restee = true")  # gone if the page is ever loaded again

    # Each gives a voice; the two others see it arrive.
    for page, voix in ((prefecture, "Pour"), (ville, "Pour, avec réserves")):
        zone = volet(page, "voix")
        zone.get_by_label("Voix").select_option(voix)
        enregistrer(zone, "Enregistrer ma voix")
        expect(page.locator("[data-direct]")).to_contain_text("est enregistrée")
        expect(zone.get_by_role("button", name="Enregistrer ma voix")).to_be_focused()  # the keyboard keeps its place
    for page in pages:
        expect(page.get_by_text("Voix : 2 sur 3")).to_be_visible()
    expect(prefecture.locator("[data-direct]")).to_contain_text("les voix")
    zone = volet(coordination, "voix").get_by_role("group", name="Pilote Éducation nationale")
    zone.get_by_label("Voix").select_option("Pour")
    zone.get_by_label("Motif ou remarque").fill("Dit par téléphone.")
    enregistrer(volet(coordination, "voix"), "Enregistrer les voix")
    expect(volet(ville, "voix")).to_contain_text("saisie par coordinateur-ville@example.org pour le pilote")
    expect(volet(ville, "voix")).to_contain_text("donnée avant la séance")

    # Two write the notes at the same time: both texts are shown, then joined.
    notes = volet(ville, "notes").get_by_label("Notes de séance")
    notes.fill("La ville prête la salle.")
    volet(prefecture, "notes").get_by_label("Notes de séance").fill("Budget à resserrer.")
    enregistrer(volet(prefecture, "notes"), "Enregistrer les notes")
    conflit = volet(ville, "notes").locator("[data-conflit]")
    expect(conflit).to_contain_text("pilote-prefecture@example.org vient d’enregistrer")
    expect(notes).to_have_value("La ville prête la salle.")
    conflit.get_by_text("Voir les deux valeurs").click()
    expect(conflit).to_contain_text("Budget à resserrer.")
    verifier_axe(ville)
    # Without choosing, the server refuses just as well, and shows the same two values.
    surveillance.tolerer("status of 409")
    enregistrer(volet(ville, "notes"), "Enregistrer les notes")
    refus = volet(ville, "notes").locator("[data-divergence]")
    expect(refus).to_contain_text("Valeur enregistrée entre-temps par pilote-prefecture@example.org")
    expect(notes).to_have_value("La ville prête la salle.")
    refus.get_by_role("button", name="Réunir les deux textes").click()
    deux = "Budget à resserrer.\n\nLa ville prête la salle."
    expect(volet(prefecture, "notes").get_by_label("Notes de séance")).to_have_value(deux)

    # Typed amounts move the envelopes; what is being typed stays while others record.
    zone = volet(coordination, "decision")
    zone.get_by_label("État (préfecture), 2026").fill("600,50")
    enveloppe = coordination.locator("[data-enveloppe='2026-etat']")
    expect(enveloppe).to_contain_text(re.compile(r"Reste\s*99.399,50.€"))
    expect(zone.locator("[data-montant='2026-etat']")).to_contain_text(re.compile(r"Resterait 99.399,50.€"))
    zone.get_by_label("État (préfecture), 2026").fill("100 600")
    expect(enveloppe).to_contain_text("Enveloppe dépassée")
    expect(enveloppe).to_contain_text(re.compile(r"Dépassement\s*600,00.€"))
    enregistrer_deport(volet(ville, "voix"), "Membre du conseil d’administration.")
    expect(coordination.get_by_text("Voix : 2 sur 2, 1 déport")).to_be_visible()
    expect(zone.get_by_label("État (préfecture), 2026")).to_have_value("100 600")
    zone.get_by_label("État (préfecture), 2026").fill("600,50")
    zone.get_by_label("Validé", exact=True).check()
    enregistrer(zone, "Enregistrer la décision")
    for page in (prefecture, ville):
        expect(page.locator("[data-enveloppe='2026-etat']")).to_contain_text(re.compile(r"Proposé ici\s*600,50.€"))
        expect(page.locator(f"#point-{point.pk} .carte-entete")).to_contain_text("Validé")

    # The porteur learns nothing; then everybody sees the publication.
    porteur = ouvrir_page(largeur=390)
    connecter(porteur, projet.porteur)
    porteur.goto(projet.get_absolute_url())
    expect(porteur.get_by_role("main")).not_to_contain_text(re.compile("600,50|resserrer|déport"))
    assert all(page.evaluate("window.restee") for page in pages)
    publication = ouvrir_page()
    connecter(publication, fabriques.de_role(Role.COORDINATEUR_EN))
    publication.goto(f"/troika/{point.seance_id}/publier/")
    publication.get_by_role("button", name="Publier 1 décision").click()
    for page in pages:
        expect(page.get_by_text("Décisions publiées")).to_be_visible()
        expect(page.locator("[data-direct]")).to_contain_text("viennent d’être publiées")
        expect(page.get_by_role("button", name=re.compile("^Enregistrer"))).to_have_count(0)
        assert page.evaluate("window.restee")
    assert Decision.objects.get().sens == SensDecision.VALIDE
    assert PointOrdreDuJour.objects.get().notes == deux
    assert Deport.objects.get().pilote == Role.PILOTE_VILLE
    assert set(AvisTroika.objects.values_list("pilote", flat=True)) == {Role.PILOTE_EN, Role.PILOTE_PREFECTURE}
    assert Passage.objects.filter(action=Fait.VOIX).count() == 3
    assert Projet.objects.get().statut == Statut.VALIDE


def enregistrer_deport(zone: Locator, motif: str) -> None:
    zone.get_by_text("Se déporter (conflit d’intérêts)").click()
    zone.get_by_label("Motif du déport").fill(motif)
    enregistrer(zone, "Enregistrer le déport")


@pytest.mark.une_seule_base
def test_saisies_en_cours_survivent_a_ce_que_les_autres_enregistrent(
    live_server: object, ouvrir_page: Callable[..., Page], connecter: Connecter, surveillance: Surveillance
) -> None:
    """Two coordinators on one decision, question by question; a voice being typed for a pilot who withdraws."""
    projet = fabriques.projet_en(Statut.INSCRIT, fabriques.dossier_deux_ans())
    fabriques.decider(projet)
    point = projet.points.get()
    ville, nationale = pages = [ouvrir_page(), ouvrir_page(largeur=390)]
    for page, role in zip(pages, (Role.COORDINATEUR_VILLE, Role.COORDINATEUR_EN), strict=True):
        connecter(page, fabriques.de_role(role))
        page.goto(f"/troika/{point.seance_id}/?point={point.pk}")
    mienne, sienne = volet(ville, "decision"), volet(nationale, "decision")
    montant = "État (préfecture), 2026"
    mienne.get_by_label(montant).fill("250,50")
    mienne.get_by_role("textbox", name="Justification").fill("Un reliquat.")
    sienne.get_by_label(montant).fill("180")
    sienne.get_by_role("textbox", name="Motif").fill("Vu en séance.")
    enregistrer(sienne, "Enregistrer la décision")

    expect(mienne.get_by_role("textbox", name="Motif")).to_have_value("Vu en séance.")  # nobody was writing there
    expect(mienne.get_by_label(montant)).to_have_value("250,50")
    conflit = mienne.locator("[data-conflit]")
    expect(conflit).to_have_count(1)
    expect(conflit).to_contain_text("coordinateur-en@example.org vient d’enregistrer une autre valeur")
    surveillance.tolerer("status of 409")
    enregistrer(mienne, "Enregistrer la décision")  # without choosing: the server refuses, and shows both
    expect(mienne.locator("[data-divergence]")).to_contain_text(re.compile("180,00.€.*250,50.€"))
    expect(mienne.get_by_label(montant)).to_have_value("250,50")
    enregistrer(mienne, "Enregistrer la décision")
    expect(sienne.get_by_label(montant)).to_have_value("250,50")
    expect(sienne.get_by_role("textbox", name="Justification")).to_have_value("Un reliquat.")

    # Choosing in the page: mine is kept and recorded at once, the other's is taken without a trace of mine.
    sienne.get_by_label(montant).fill("300")
    mienne.get_by_label(montant).fill("200")
    enregistrer(mienne, "Enregistrer la décision")
    sienne.get_by_role("button", name="Garder ma saisie").click()
    enregistrer(sienne, "Enregistrer la décision")
    expect(mienne.get_by_label(montant)).to_have_value("300,00")
    sienne.get_by_label(montant).fill("310")
    mienne.get_by_label(montant).fill("320")
    enregistrer(mienne, "Enregistrer la décision")
    sienne.get_by_role("button", name="Prendre la valeur enregistrée").click()
    expect(sienne.get_by_label(montant)).to_have_value("320,00")

    voix = volet(ville, "voix")
    voix.get_by_role("group", name="Pilote ville").get_by_label("Motif ou remarque").fill("En cours de frappe.")
    volet(nationale, "voix").get_by_text("Se déporter (conflit d’intérêts)").click()
    volet(nationale, "voix").get_by_label("Qui se déporte").select_option("Pilote ville")
    volet(nationale, "voix").get_by_label("Motif du déport").fill("Membre du bureau.")
    enregistrer(volet(nationale, "voix"), "Enregistrer le déport")
    expect(voix.locator(".divergence")).to_contain_text("En cours de frappe.")
    expect(voix.get_by_role("group", name="Pilote ville")).to_have_count(0)
    expect(ville.get_by_text("Décision à reprendre")).to_be_visible()


@pytest.mark.une_seule_base
def test_connexion_perdue_se_dit_et_rien_ne_se_perd(
    live_server: object, page: Page, connecter: Connecter, surveillance: Surveillance
) -> None:
    point = fabriques.projet_en(Statut.INSCRIT).points.get()
    connecter(page, fabriques.de_role(Role.PILOTE_VILLE))
    page.goto(f"/troika/{point.seance_id}/")
    zone = volet(page, "notes")
    zone.get_by_label("Notes de séance").fill("Un long texte.")
    surveillance.tolerer("ERR_FAILED|réseau")
    page.route("**/troika/**", lambda route: route.abort())
    expect(page.locator("[data-direct]")).to_contain_text("Connexion perdue, nouvel essai")
    enregistrer(zone, "Enregistrer les notes")
    expect(page.locator("[data-direct]")).to_contain_text("votre saisie reste à l’écran")
    expect(zone.get_by_label("Notes de séance")).to_have_value("Un long texte.")
    page.unroute("**/troika/**")
    enregistrer(zone, "Enregistrer les notes")
    expect(page.locator("[data-direct]")).to_contain_text("sont enregistrées")
    point.refresh_from_db()
    assert point.notes == "Un long texte."


@pytest.mark.une_seule_base
def test_sans_javascript_la_seance_se_tient(
    live_server: object, ouvrir_page: Callable[..., Page], connecter: Connecter, surveillance: Surveillance
) -> None:
    point = fabriques.projet_en(Statut.INSCRIT).points.get()
    page = ouvrir_page(largeur=390, java_script_enabled=False)
    connecter(page, fabriques.de_role(Role.PILOTE_VILLE))
    page.goto(f"/troika/{point.seance_id}/?point={point.pk}")
    page.get_by_label("Voix", exact=True).select_option("Pour")
    page.get_by_role("button", name="Enregistrer ma voix").click()
    expect(page.get_by_role("main")).to_contain_text("La voix sur le projet")
    page.get_by_label("Notes de séance").fill("Écrit sans script.")
    PointOrdreDuJour.objects.filter(pk=point.pk).update(notes="Écrit par une autre.")
    surveillance.tolerer("status of 409")
    page.get_by_role("button", name="Enregistrer les notes").click()
    expect(page.get_by_label("Notes de séance")).to_have_value("Écrit sans script.")
    expect(page.locator("[data-divergence]")).to_contain_text("Écrit par une autre.")
    page.get_by_role("button", name="Réunir les deux textes").click()
    expect(page.locator(f"[data-morceau='notes-{point.pk}']")).to_contain_text("Écrit sans script.")
    point.refresh_from_db()
    assert point.notes == "Écrit par une autre.\n\nÉcrit sans script."
    page.get_by_role("link", name="Actualiser").click()
    page.get_by_text("Comparer avec l’an dernier").click()
    page.get_by_role("link", name=re.compile("avec l’an dernier")).click()
    expect(page.get_by_role("main")).to_contain_text("Nouveau projet")
