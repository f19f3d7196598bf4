"""What the portal refuses, in the browser: each time a sentence where it is needed, and nothing typed is lost."""

import io
import re
import uuid
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from correspondants.enums import Role
from projets.dossier import Dossier, MaterielPrevu
from projets.enums import Action, Statut
from projets.models import Passage, Projet
from projets.word.ecriture import ecrire
from tests import fabriques

from .conftest import Surveillance
from .gestes import champ, choisir_fichier, dit, titre

Connecter = Callable[[Page, object], None]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "WordDocument".encode("utf-16-le") + bytes(2048)
POSTER = """async ([adresse, champs, fois]) => {
    const corps = new URLSearchParams(champs);
    corps.append("csrfmiddlewaretoken", document.querySelector("[name='csrfmiddlewaretoken']").value);
    const envoi = () => fetch(adresse, {method: "POST", body: corps}).then(async (r) => [r.status, r.url, await r.text()]);
    return Promise.all(Array.from({length: fois}, envoi));
}"""


def poster(page: Page, adresse: str, champs: list[tuple[str, str]], *, fois: int = 1) -> list[tuple[int, str, str]]:
    """What a page sends by itself, past its buttons: status, last address and text of each answer."""
    return page.evaluate(POSTER, [adresse, champs, fois])


def en_word(dossier: Dossier) -> dict[str, object]:
    octets = ecrire(dossier, fabriques.charger_appel().referentiel())
    return {"name": "dossier.docx", "mimeType": "application/octet-stream", "buffer": octets}


def zip_quelconque() -> bytes:
    memoire = io.BytesIO()
    with zipfile.ZipFile(memoire, "w") as archive:
        archive.writestr("budget.csv", "compte;montant\n60;100\n")
    return memoire.getvalue()


@pytest.mark.une_seule_base
def test_troika_attend_l_avis(
    live_server: object, page: Page, connecter: Connecter, surveillance: Surveillance
) -> None:
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    seance = fabriques.seance()
    connecter(page, fabriques.coordinateur_de(projet))
    inscrire = f"{projet.get_absolute_url()}actions/{Action.INSCRIRE}/"

    page.goto(projet.get_absolute_url())
    expect(page.get_by_role("link", name=Action.INSCRIRE.label)).to_have_count(0)
    page.goto(f"/troika/{seance.pk}/")
    expect(page.get_by_role("checkbox", name=projet.numero)).to_have_count(0)
    page.goto(inscrire)
    dit(page, "n’est pas possible : le projet est « En attente d’avis »")

    page.goto(f"/troika/{seance.pk}/modifier/")  # any page with a form: the forged requests carry its token
    surveillance.tolerer("status of 409")
    version = str(projet.version)
    [(statut, _, texte)] = poster(page, inscrire, [("version", version), ("seance", str(seance.pk))])
    assert statut == 409
    assert "En attente d’avis" in texte
    [(_, _, texte)] = poster(page, f"/troika/{seance.pk}/ordre/", [("projets", str(projet.pk)), ("inscrire", "oui")])
    assert f"Projet {projet.numero}" in texte
    lot = [("projets", f"{projet.numero}:{version}"), ("seance", str(seance.pk)), ("confirmer", "oui")]
    poster(page, "/coordination/lots/", [("action", Action.INSCRIRE), ("jeton", str(uuid.uuid4())), *lot])
    projet.refresh_from_db()
    assert projet.statut == Statut.AVIS_IEN
    assert not seance.points.exists()


@pytest.mark.une_seule_base
def test_projet_d_autrui_est_introuvable(
    live_server: object, page: Page, connecter: Connecter, surveillance: Surveillance
) -> None:
    projet = fabriques.projet_en(Statut.DEPOSE)
    adresse = projet.get_absolute_url()
    page.goto(adresse)
    titre(page, "Bienvenue")  # a visitor is asked to log in, and learns nothing
    connecter(page, fabriques.utilisateur("curieux@example.org"))
    surveillance.tolerer("status of 404")
    suites = ("", "modifier/", "depose/", "actions/retirer/", "bilans/2026/", "dossier.docx", "fiche.pdf")
    for suite in (*suites, f"pieces/{projet.piece_dossier.pk}/"):
        assert page.goto(adresse + suite).status == 404, suite
        expect(page.get_by_role("main")).not_to_contain_text(projet.titre)
    assert page.goto(f"/deposer/{projet.jeton}/").status == 404
    titre(page, "Cette page n’existe pas, ou n’est pas à vous")


@pytest.mark.une_seule_base
def test_materiel_a_501_euros(live_server: object, page: Page) -> None:
    dossier = fabriques.dossier_complet(materiels=(MaterielPrevu("Loupe binoculaire", 1, Decimal(501), 2026),))
    choisir_fichier(page, en_word(dossier))
    titre(page, "Voici ce que nous avons compris")
    expect(page.get_by_role("listitem").filter(has_text="7. Le matériel")).to_contain_text("1 erreur")
    page.get_by_role("link", name="7. Le matériel").click()
    titre(page, "Le matériel")
    prix = champ(page, re.compile("Prix unitaire.*ligne 1"))
    expect(prix).to_have_value("501,00")
    expect(page.get_by_role("cell").filter(has=prix)).to_contain_text("Le matériel est plafonné à 500,00 € HT l’unité")

    page.get_by_role("button", name="Enregistrer et continuer").click()
    resume = page.locator("[data-erreurs]")
    expect(resume).to_be_focused()
    projet = Projet.objects.get()
    page.goto(f"/deposer/{projet.jeton}/deposer/")  # nor by typing the address of the last page
    dit(page, "Le dépôt attend encore")
    expect(page.get_by_role("button", name="Confirmer mon adresse")).to_have_count(0)

    page.get_by_role("link", name=re.compile("^Modifier.*Matériel")).click()
    champ(page, re.compile("Prix unitaire.*ligne 1")).fill("500")
    page.get_by_role("button", name="Enregistrer et revenir à la liste").click()
    page.get_by_role("link", name="Vérifier et déposer", exact=True).click()
    page.get_by_role("button", name="Confirmer mon adresse").click()
    titre(page, "Confirmez votre adresse")


def test_deux_clics_un_numero(live_server: object, page: Page, connecter: Connecter) -> None:
    projets = [fabriques.brouillon(fabriques.dossier_complet(titre=titre)) for titre in ("Le clic", "Le réseau")]
    connecter(page, projets[0].porteur)
    page.goto(f"/deposer/{projets[0].jeton}/deposer/")
    page.get_by_role("button", name="Déposer le dossier").dblclick()
    titre(page, "Votre dossier est déposé")
    # Without the help of the script, both requests arrive: the second finds the number of the first.
    adresse = f"/deposer/{projets[1].jeton}/deposer/"
    page.goto(adresse)
    reponses = poster(page, adresse, [], fois=2)
    numeros = []
    for projet in projets:
        projet.refresh_from_db()
        numeros.append(projet.numero)
        assert Passage.objects.filter(projet=projet, action=Action.DEPOSER).count() == 1
        assert projet.courriels.filter(gabarit="accuse_reception").count() == 1
    assert len(set(numeros)) == 2
    assert {(statut, numeros[1] in texte) for statut, _, texte in reponses} == {(200, True)}


@pytest.mark.une_seule_base
def test_fichiers_qui_ne_sont_pas_du_word(
    live_server: object, appel: object, page: Page, surveillance: Surveillance, tmp_path: Path
) -> None:
    surveillance.tolerer("status of 422")
    lourd = tmp_path / "lourd.docx"
    lourd.write_bytes(b"PK\x03\x04" + bytes(30_000_000))
    refus = {
        "plan.pdf": (b"%PDF-1.7\n1 0 obj\n", "Ce fichier est un PDF"),
        "tout.zip": (zip_quelconque(), "archive compressée"),
        "ancien.doc": (OLE, "ancien document Word (.doc)"),
        "deguise.docx": (OLE, "ancien document Word (.doc)"),
        "vide.docx": (b"", "Ce fichier est vide"),
        "lourd.docx": (lourd, "plus de 10 Mo"),
    }
    for nom, (contenu, phrase) in refus.items():
        fichier = contenu if isinstance(contenu, Path) else {"name": nom, "mimeType": "", "buffer": contenu}
        choisir_fichier(page, fichier)
        titre(page, "Déposer un projet")
        expect(page.get_by_role("alert")).to_contain_text(phrase)
        expect(page.locator("#error_1_id_fichier, #id_fichier_error")).to_contain_text(phrase)
        assert page.title().startswith("Erreur")
    assert not Projet.objects.exists()


@pytest.mark.une_seule_base
def test_saisie_illisible_est_gardee(live_server: object, page: Page, surveillance: Surveillance) -> None:
    """What cannot be read comes back as it was typed, beside its sentence; the rest is saved."""
    surveillance.tolerer("status of 422")
    choisir_fichier(page, en_word(fabriques.dossier_complet()))
    page.get_by_role("link", name="Tout remplir sur une seule page").click()
    saisie = {
        "Titre du projet (obligatoire)": "Étangs & mares 🐸, " * 10 + "fin",
        "Date de début (obligatoire)": "31/02/2026",
        "Parents": "beaucoup",
    }
    for libelle, valeur in saisie.items():
        champ(page, libelle).fill(valeur)
    page.get_by_role("button", name="Enregistrer et vérifier").click()
    dit(page, "Ces réponses n’ont pas pu être lues")
    for libelle, valeur in saisie.items():
        expect(champ(page, libelle)).to_have_value(valeur)
    assert Projet.objects.get().titre == saisie["Titre du projet (obligatoire)"]


@pytest.mark.une_seule_base
def test_justificatif_trop_lourd_garde_le_bilan(
    live_server: object, page: Page, connecter: Connecter, surveillance: Surveillance, tmp_path: Path
) -> None:
    projet = fabriques.projet_en(Statut.VALIDE)
    connecter(page, projet.porteur)
    lourd = tmp_path / "facture.pdf"
    lourd.write_bytes(b"%PDF-1.7\n" + bytes(30_000_000))
    page.goto(f"{projet.get_absolute_url()}bilans/2026/modifier/")
    page.get_by_label("Ce qui a été fait").fill("Les séances ont eu lieu.")
    page.get_by_label("Filles").fill("plusieurs")
    page.get_by_label("Joindre des justificatifs").set_input_files(lourd)
    surveillance.tolerer("status of 422")
    page.get_by_role("button", name="Enregistrer le brouillon").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"10.Mo"))
    expect(page.get_by_label("Ce qui a été fait")).to_have_value("Les séances ont eu lieu.")
    expect(page.get_by_label("Filles")).to_have_value("plusieurs")


@pytest.mark.une_seule_base
@pytest.mark.parametrize("role", [Role.OBSERVATEUR, Role.IEN])
def test_qui_ne_decide_pas_ne_voit_pas_de_bouton(
    live_server: object, role: str, page: Page, connecter: Connecter
) -> None:
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    connecter(page, fabriques.de_role(role))
    page.goto(projet.get_absolute_url())
    for action in Action:
        if action != Action.RENDRE_AVIS:
            expect(page.get_by_role("link", name=action.label)).to_have_count(0)
