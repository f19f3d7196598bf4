"""Image rights: nothing is public without an authorisation in force for each person, and a consent of the porteur."""

import io
from datetime import date, timedelta

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import Role
from projets import prises_de_vues as registre
from projets.documents.autorisation import autorisation, texte_autorisation
from projets.enums import Statut
from projets.images import ImageRefusee
from projets.models import Photo, PriseDeVues
from projets.models.images import apres
from projets.workflow import ActionImpossible, ActionInterdite

from . import fabriques
from .test_communication import image, photo_situee

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.fixture
def projet(appel):
    return fabriques.projet_en(Statut.VALIDE)


@pytest.fixture
def prise(projet):
    neuve = PriseDeVues(
        projet=projet,
        intitule="Restitution",
        date=timezone.localdate(),
        lieu="Salle des fêtes",
        usage="Journal de l’école",
    )
    return registre.enregistrer(neuve, par=projet.porteur)


def compter(prise, personnes, autorisations):
    registre.compter(
        prise, personnes=personnes, autorisations=autorisations, gardees_par="direction", par=prise.projet.porteur
    )
    prise.refresh_from_db()


@pytest.fixture
def publie(prise):
    """A project shown to everybody, with one photo of two people who signed."""
    projet = prise.projet
    compter(prise, 2, 2)
    registre.ajouter_photo(prise, photo_situee(), "Deux enfants plantent un arbre", par=projet.porteur)
    vitrine = registre.consentir(projet, "Une mare pour la classe.", par=projet.porteur)
    assert registre.publier(vitrine, par=fabriques.coordinateur_de(projet), vu=vitrine.resume) == 1
    return vitrine


def publiques():
    return Photo.objects.publiees().count()


@pytest.mark.parametrize(
    ("jour", "fin"), [(date(2026, 3, 2), date(2031, 3, 2)), (date(2028, 2, 29), date(2033, 2, 28))]
)
def test_l_autorisation_vaut_cinq_ans(jour, fin):
    assert apres(jour, 5) == fin


def test_la_feuille_dit_la_prise_de_vues_et_rien_d_autre(client, prise):
    texte = texte_autorisation(prise)
    avant, _, apres_ = prise.projet.appel.autorisation_image.partition("…… / …… / 202…")
    assert apres_, "the text of the call leaves a date to be written"
    assert texte.startswith(avant)
    assert texte.endswith(apres_)
    client.force_login(prise.projet.porteur)
    url = [prise.projet.numero, prise.pk]
    pdf = client.get(reverse("autorisation_image", args=[*url, "pdf"]))
    assert pdf.content.startswith(b"%PDF")
    word = docx.Document(io.BytesIO(client.get(reverse("autorisation_image", args=[*url, "docx"])).content))
    lu = " ".join(p.text for p in word.paragraphs) + " ".join(
        c.text for t in word.tables for r in t.rows for c in r.cells
    )
    for attendu in ("Salle des fêtes", "Journal de l’école", "Second responsable légal"):
        assert attendu in lu
    assert client.get(reverse("autorisation_image", args=[*url, "exe"])).status_code == 404
    assert autorisation(prise).blocs


@pytest.mark.parametrize(
    ("personnes", "autorisations", "retraits", "couverte"),
    [(None, 5, 0, False), (2, 1, 0, False), (2, 2, 0, True), (2, 3, 1, True), (2, 2, 1, False), (0, 0, 0, True)],
)
def test_une_prise_est_en_regle_quand_chacun_a_signe(prise, personnes, autorisations, retraits, couverte):
    compter(prise, personnes, autorisations)
    if retraits:
        registre.retirer(prise, recu_le=timezone.localdate(), nombre=retraits, par=prise.projet.porteur)
    assert prise.est_couverte is couverte
    assert PriseDeVues.objects.couvertes().filter(pk=prise.pk).exists() is couverte


def test_l_exemple_se_lit_sans_compte(client, publie):
    page = client.get(reverse("exemples")).content.decode()
    assert "Une mare pour la classe." in page
    photo = Photo.objects.get()
    octets = client.get(reverse("exemple_photo", args=[photo.jeton])).content
    assert octets.startswith(b"\xff\xd8")
    assert b"Appareil secret" not in octets


def depublier_par_porteur(vitrine, prise):
    registre.depublier(vitrine, par=vitrine.projet.porteur)


def depublier_par_coordination(vitrine, prise):
    registre.depublier(vitrine, par=fabriques.coordinateur_de(vitrine.projet))


def retirer_une_autorisation(vitrine, prise):
    registre.retirer(prise, recu_le=timezone.localdate(), nombre=1, par=vitrine.projet.porteur)


def laisser_expirer(vitrine, prise):
    PriseDeVues.objects.update(expire_le=timezone.localdate())


def voir_une_personne_de_plus(vitrine, prise):
    compter(prise, 3, 2)


@pytest.mark.parametrize(
    ("geste", "reste"),
    [
        (depublier_par_porteur, False),
        (depublier_par_coordination, False),
        (retirer_une_autorisation, True),
        (laisser_expirer, True),
        (voir_une_personne_de_plus, True),
    ],
)
def test_ce_qui_ote_la_photo_du_public(client, publie, prise, geste, reste):
    adresse = reverse("exemple_photo", args=[Photo.objects.get().jeton])
    assert client.get(adresse).status_code == 200
    geste(publie, prise)
    assert client.get(adresse).status_code == 404
    page = client.get(reverse("exemples")).content.decode()
    assert adresse not in page
    assert ("Une mare pour la classe." in page) is reste


def test_apres_un_retrait_rien_ne_revient_sans_la_coordination(publie, prise):
    retirer_une_autorisation(publie, prise)
    compter(prise, 1, 2)
    assert publiques() == 0
    registre.publier(publie, par=fabriques.coordinateur_de(publie.projet), vu=publie.resume)
    assert publiques() == 1


def test_un_texte_change_attend_d_etre_relu(client, publie):
    registre.consentir(publie.projet, "Un autre texte.", par=publie.projet.porteur)
    assert "texte." not in client.get(reverse("exemples")).content.decode()
    with pytest.raises(ActionImpossible, match="changé son texte"):
        registre.publier(publie, par=fabriques.coordinateur_de(publie.projet), vu="Une mare pour la classe.")


def test_on_n_annonce_pas_plus_de_retraits_que_d_autorisations(prise):
    compter(prise, 2, 2)
    qui = {"par": prise.projet.porteur, "recu_le": timezone.localdate()}
    with pytest.raises(ActionImpossible, match="en vigueur"):
        registre.retirer(prise, nombre=3, **qui)
    registre.retirer(prise, nombre=2, **qui)
    with pytest.raises(ActionImpossible, match="déjà été retirées"):
        compter(prise, 2, 1)
    with pytest.raises(ActionImpossible, match="à venir"):
        registre.retirer(prise, nombre=1, par=prise.projet.porteur, recu_le=timezone.localdate() + timedelta(1))


def test_une_autorisation_signee_ne_change_ni_de_jour_ni_d_usage(client, prise):
    compter(prise, 1, 1)
    client.force_login(prise.projet.porteur)
    adresse = reverse("prise_de_vues_modifier", args=[prise.projet.numero, prise.pk])
    champs = {"intitule": "Fête", "date": prise.date.isoformat(), "lieu": prise.lieu, "usage": "Affiches"}
    reponse = client.post(adresse, champs)
    assert reponse.status_code == 422
    assert "Affiches" in reponse.content.decode()
    assert client.post(adresse, {**champs, "usage": prise.usage}).status_code == 302
    prise.refresh_from_db()
    assert (prise.intitule, prise.usage) == ("Fête", "Journal de l’école")


def test_le_registre_se_tient_par_ses_pages(client, projet):
    client.force_login(projet.porteur)
    adresse = reverse("prise_de_vues_nouvelle", args=[projet.numero])
    assert "Dites quel jour" in client.post(adresse, {"intitule": "Sortie"}).content.decode()
    client.post(adresse, {"intitule": "Sortie", "date": "2026-05-04", "lieu": "Parc", "usage": "Site"})
    prise = projet.prises_de_vues.get()

    def geste(nom, **champs):
        return client.post(reverse("prise_de_vues_geste", args=[projet.numero, prise.pk, nom]), champs)

    assert geste("compter", personnes="1", autorisations="1", gardees_par="mairie").status_code == 302
    photo = SimpleUploadedFile("p.png", image())
    assert geste("photo", photo=photo, texte_alternatif="").status_code == 422
    photo.seek(0)
    assert geste("photo", photo=photo, texte_alternatif="Un arbre").status_code == 302
    faux = SimpleUploadedFile("p.png", b"\x89PNG\r\n\x1a\n0000")
    assert geste("photo", photo=faux, texte_alternatif="Rien").status_code == 422
    assert geste("retirer", recu_le="2026-05-05", nombre="9").status_code == 422
    assert geste("supprimer").status_code == 302
    assert projet.prises_de_vues.count() == 1, "photos rest on it"
    (gardee,) = prise.photos.all()
    assert client.get(reverse("photo", args=[projet.numero, gardee.pk])).status_code == 200
    assert client.post(reverse("photo_retirer", args=[projet.numero, gardee.pk])).status_code == 302
    assert not prise.photos.exists()


def test_une_prise_vide_se_supprime(prise):
    registre.supprimer(prise, par=prise.projet.porteur)
    assert not PriseDeVues.objects.exists()


@pytest.mark.parametrize("qui", [Role.PILOTE_VILLE, Role.OBSERVATEUR, Role.IEN, "etranger", "visiteur"])
def test_les_autres_ne_tiennent_pas_le_registre(client, publie, prise, qui):
    if qui != "visiteur":
        client.force_login(
            fabriques.utilisateur("etranger@example.org") if qui == "etranger" else fabriques.de_role(qui)
        )
    base = [prise.projet.numero, prise.pk]
    for nom, arguments in (
        ("prise_de_vues_geste", [*base, "compter"]),
        ("photo_retirer", [prise.projet.numero, Photo.objects.get().pk]),
    ):
        assert client.post(reverse(nom, args=arguments), {"autorisations": "0"}).status_code in (302, 403, 404)
    for voulu in ("consentir", "publier", "depublier"):
        client.post(reverse("vitrine", args=[prise.projet.numero]), {"geste": voulu, "resume": "x", "accord": "on"})
    prise.refresh_from_db()
    publie.refresh_from_db()
    assert (prise.autorisations, publiques(), publie.resume) == (2, 1, "Une mare pour la classe.")


def test_le_porteur_ne_se_publie_pas_lui_meme(projet):
    vitrine = registre.consentir(projet, "Texte", par=projet.porteur)
    with pytest.raises(ActionInterdite):
        registre.publier(vitrine, par=projet.porteur, vu="Texte")


def test_un_projet_qui_n_est_pas_valide_ne_se_montre_pas(appel):
    projet = fabriques.projet_en(Statut.DEPOSE)
    vitrine = registre.consentir(projet, "Texte", par=projet.porteur)
    with pytest.raises(ActionInterdite):
        registre.publier(vitrine, par=fabriques.coordinateur_de(projet), vu="Texte")


def test_une_photo_abimee_ou_un_pdf_est_refuse_hors_du_processus_du_web(prise, monkeypatch):
    def jamais(*_, **__):
        raise AssertionError("le web lit les octets reçus")

    monkeypatch.setattr("projets.pieces_jointes.peinture.repeindre", jamais)
    for octets in (b"\x89PNG\r\n\x1a\n" + b"x" * 200, b"%PDF-1.7 rien", b"GIF89a"):
        with pytest.raises(ImageRefusee):
            registre.ajouter_photo(prise, octets, "Rien", par=prise.projet.porteur)
    assert not prise.photos.exists()
