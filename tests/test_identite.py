"""The look of a cité: colours that can be read, a logo that is only pixels, and nothing seen before it is published."""

import io
import itertools
import re

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from correspondants.enums import Role
from projets import couleurs, envoi
from projets.couleurs import FONDS_CLAIRS, FONDS_SOMBRES, MINIMUM, CouleurIllisible, Palette, contraste
from projets.documents import pdf
from projets.identite import OCTETS_LOGO
from projets.models import Courriel, Identite, IdentitePubliee, Passage

from . import fabriques

pytestmark = pytest.mark.une_seule_base
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def image(largeur=900, hauteur=300, format_="PNG") -> bytes:
    """A picture that does not compress: every pixel its own."""
    sortie = io.BytesIO()
    Image.effect_noise((largeur, hauteur), 90).convert("RGB").save(sortie, format_)
    return sortie.getvalue()


def jetons_du_portail() -> list[dict[str, str]]:
    """Tokens of portail.css: light, dark, dark without JavaScript."""
    feuille = (settings.BASE_DIR / "static" / "css" / "portail.css").read_text()
    blocs = re.findall(r"color-scheme: (?:light|dark);(.*?)\}", feuille.split("2. Socle")[0], re.DOTALL)
    return [dict(re.findall(r"--ce-([\w-]+): (#[0-9a-f]{3,6});", bloc)) for bloc in blocs]


def test_les_fonds_sont_ceux_de_la_feuille_du_portail():
    clair, sombre, sans_script = jetons_du_portail()
    assert sombre == sans_script
    for attendus, jetons in ((FONDS_CLAIRS, clair), (FONDS_SOMBRES, sombre)):
        assert {nom: couleurs.lire(jetons[nom]) for nom in attendus} == attendus


def test_les_couleurs_du_portail_se_lisent():
    clair, sombre, _ = jetons_du_portail()
    assert not list(Palette(clair["primaire"], clair["accent"], sombre["primaire"], sombre["accent"]).refus())


COULEURS = [f"#{r:02x}{v:02x}{b:02x}" for r, v, b in itertools.product((0, 128, 255), repeat=3)]


@pytest.mark.parametrize("couleur", COULEURS)
def test_toute_couleur_a_une_voisine_qui_se_lit(couleur):
    """Nine surfaces a theme, and white on the button: the colour proposed passes where it was refused."""
    for fonds, theme in ((FONDS_CLAIRS, "clair"), (FONDS_SOMBRES, "sombre")):
        voisine = couleurs.la_plus_proche(couleur, fonds)
        assert min(contraste(voisine, fond) for fond in fonds.values()) >= MINIMUM
        if couleurs.se_lit(couleur, fonds):
            assert voisine == couleur
            continue
        with pytest.raises(CouleurIllisible, match=voisine):
            couleurs.verifier(couleur, fonds, theme)
    clairs, sombres = Palette(couleurs.la_plus_proche(couleur, FONDS_CLAIRS), "#a8481f").jetons()
    for jetons in (clairs, sombres):
        for texte, fond in (
            ("sur-primaire", "primaire"),
            ("sur-primaire", "primaire-fort"),
            ("sur-entete", "entete-fort"),
        ):
            assert contraste(jetons[texte], jetons[fond]) >= MINIMUM, (texte, fond)


def test_contraste_est_celui_des_wcag():
    assert contraste("#000000", "#ffffff") == pytest.approx(21)
    assert contraste("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the example everybody knows


@pytest.fixture
def client_admin(client, db):
    compte = fabriques.de_role(Role.ADMIN)
    compte.is_staff = True
    compte.save()
    client.force_login(compte)
    return client


def enregistrer(client, appel, **champs):
    """The form of the administration, as a browser sends it."""
    donnees = {
        "appel": appel.pk,
        "primaire": "#5b2a86",
        "accent": "#9c2f5f",
        "primaire_sombre": "",
        "accent_sombre": "",
    }
    existante = Identite.objects.filter(appel=appel).first()
    adresse = (
        reverse("admin:projets_identite_change", args=[existante.pk])
        if existante
        else reverse("admin:projets_identite_add")
    )
    return client.post(adresse, donnees | champs)


@pytest.mark.django_db
def test_une_couleur_pale_est_refusee_avec_celle_qui_convient(client_admin, appel):
    page = enregistrer(client_admin, appel, primaire="#f5b942", accent_sombre="#222222").content.decode()
    assert not Identite.objects.exists()
    assert f"La couleur la plus proche qui convient est {couleurs.la_plus_proche('#f5b942', FONDS_CLAIRS)}." in page
    assert couleurs.la_plus_proche("#222222", FONDS_SOMBRES) in page
    assert "croisillon" in enregistrer(client_admin, appel, primaire="rouge").content.decode()


@pytest.mark.django_db
def test_le_logo_est_redessine_leger_et_le_svg_refuse(client_admin, appel):
    refus = enregistrer(client_admin, appel, logo=SimpleUploadedFile("logo.png", SVG)).content.decode()
    assert "SVG est refusé" in refus
    assert not Identite.objects.exists()
    enregistrer(client_admin, appel, logo=SimpleUploadedFile("../logo é.png", image() + b"<script>"))
    gardee = Identite.objects.get()
    with gardee.logo.open("rb") as fichier:
        octets = fichier.read()
    assert b"<script>" not in octets
    assert len(octets) <= OCTETS_LOGO
    assert Image.open(io.BytesIO(octets)).size == (gardee.logo_largeur, gardee.logo_hauteur)
    assert re.fullmatch(r"identite/[0-9a-f]{32}\.png", gardee.logo.name)


@pytest.mark.django_db
def test_rien_ne_se_voit_avant_d_etre_publie(client_admin, client, appel, django_capture_on_commit_callbacks):
    visiteur = type(client)()
    suite = enregistrer(client_admin, appel, logo=SimpleUploadedFile("logo.jpg", image(300, 300, "JPEG")), _apercu="1")
    choisie = Identite.objects.get()
    apercu = reverse("admin:projets_identite_apercu", args=[choisie.pk])
    assert suite.url == apercu
    page = client_admin.get(apercu)
    assert "no-store" in page["Cache-Control"]
    feuille = re.search(r'href="(/admin/[^"]+\.css\?[^"]+)"', page.content.decode())[1]
    assert "#5b2a86" in client_admin.get(feuille).content.decode()
    assert client_admin.get(reverse("admin:projets_identite_logo", args=[choisie.pk]))["Content-Type"] == "image/jpeg"
    for adresse in (apercu, feuille):
        assert visiteur.get(adresse).status_code == 302
    assert "/identite/" not in visiteur.get("/correspondants/").content.decode()

    assert client_admin.post(apercu, {"publier": "1"}).status_code == 302
    page = visiteur.get("/correspondants/").content.decode()
    adresse = re.search(r'href="(/identite/[0-9a-f]+\.css)"', page)[1]
    reponse = visiteur.get(adresse)
    assert "#5b2a86" in reponse.content.decode()
    assert "immutable" in reponse["Cache-Control"]
    assert '<meta name="theme-color" content="#5b2a86">' in page
    logo = re.search(r'src="(/identite/[0-9a-f]+\.jpg)"', page)[1]
    assert visiteur.get(logo)["Content-Type"] == "image/jpeg"
    assert Passage.objects.filter(motif__startswith="Identité visuelle publiée").exists()

    # A change waits in its turn; an address kept from before then gives the new colours, and is not kept.
    with django_capture_on_commit_callbacks(execute=True):
        enregistrer(client_admin, appel, primaire="#1f4d2e", logo=SimpleUploadedFile("autre.png", image(48, 48)))
    assert visiteur.get(adresse).content == reponse.content
    assert visiteur.get(logo).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        client_admin.post(apercu, {"publier": "1"})
    ancienne = visiteur.get(adresse)
    assert "#1f4d2e" in ancienne.content.decode()
    assert "immutable" not in ancienne["Cache-Control"]
    assert visiteur.get(logo).status_code == 404
    assert not choisie.logo.storage.exists(f"identite/{logo.rpartition('/')[2]}")

    fiche = reverse("admin:projets_identite_change", args=[choisie.pk])
    assert client_admin.get(fiche).status_code == 200  # with a logo that has no address
    with django_capture_on_commit_callbacks(execute=True):
        enregistrer(client_admin, appel, primaire="#1f4d2e", sans_logo="on")
    assert not Identite.objects.get().logo
    assert "apercu-logo" not in client_admin.get(apercu).content.decode()

    client_admin.post(apercu, {"retirer": "1"})
    assert "/identite/" not in visiteur.get("/correspondants/").content.decode()
    assert visiteur.get(adresse).status_code == 404
    assert Identite.objects.get().primaire == "#1f4d2e"


@pytest.mark.django_db
def test_les_pages_n_y_perdent_aucune_requete(client, appel, django_assert_num_queries):
    with django_assert_num_queries(1):  # the call, and its identity with it
        assert "/identite/" not in client.get("/mentions-legales/").content.decode()
    IdentitePubliee.objects.create(appel=appel, primaire="#5b2a86", accent="#9c2f5f")
    with django_assert_num_queries(1):
        assert "/identite/" in client.get("/mentions-legales/").content.decode()


@pytest.mark.django_db
def test_courriels_et_documents_prennent_les_couleurs(client_admin, appel):
    courriel = Courriel(cle="essai", objet="Objet", texte="Bonjour", destinataire="a@example.org")
    assert "bgcolor" not in envoi.message(courriel).alternatives[0][0]
    enregistrer(client_admin, appel, logo=SimpleUploadedFile("logo.png", image(60, 40)))
    client_admin.post(reverse("admin:projets_identite_apercu", args=[Identite.objects.get().pk]))
    html = envoi.message(courriel).alternatives[0][0]
    assert 'bgcolor="#5b2a86"' in html
    assert appel.cite in html
    fichiers = pdf._identite()
    assert b"--primaire:#5b2a86" in fichiers["identite/document.css"][0]
    assert pdf._lecteur(fichiers).fetch(f"{pdf.BASE}identite/logo").read()[:4] == b"\x89PNG"
