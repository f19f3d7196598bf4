"""Filters kept under a name: saved clean, found again, renamed, applied at opening, removed; nobody else's."""

import pytest
from django.urls import reverse

from correspondants.enums import Role
from projets.enums import Statut
from projets.models import FiltreEnregistre

from .. import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]

EN, VILLE = Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE


@pytest.fixture
def en(client, appel):
    client.force_login(fabriques.de_role(EN))
    return client


def garder(client, nom, parametres):
    return client.post(reverse("coordination_filtres"), {"nom": nom, "parametres": parametres})


def adresse(filtre, quoi="coordination_filtre"):
    return reverse(quoi, args=[filtre.pk])


def test_filtre_se_garde_et_se_retrouve(en):
    reponse = garder(en, "  À  traiter ", "statut=depose&statut=pret&tri=titre")

    assert reponse.url == f"{reverse('coordination')}?statut=depose&statut=pret&tri=titre#projets"
    html = en.get(reverse("coordination"), {"tri": "titre", "statut": ["depose", "pret"]}).content.decode()
    assert "À traiter" in html
    assert 'btn-primary" aria-current="true" href="?statut=depose&amp;statut=pret&amp;tri=titre#projets"' in html


def test_filtre_ne_garde_que_ce_qui_est_connu(en):
    garder(en, "Mêlé", "statut=depose&inconnu=1&page=3&csrfmiddlewaretoken=x&tri=-pk;drop&montant_min=abc&enjeu=999999")

    assert FiltreEnregistre.objects.get().parametres == "statut=depose"


def test_filtre_perime_est_ignore_et_le_dit(en):
    fabriques.projet_en(Statut.DEPOSE)
    moi = fabriques.de_role(EN)
    FiltreEnregistre.objects.create(utilisateur=moi, nom="Ancien", parametres="enjeu=999999&statut=depose")

    html = en.get(f"{reverse('coordination')}?enjeu=999999&statut=depose").content.decode()

    assert "n’existe plus" in html
    assert "Enjeu principal" in html
    assert "<strong>1</strong> projet" in html


@pytest.mark.parametrize(
    ("nom", "parametres"),
    [("", "statut=depose"), (" \t", "statut=depose"), ("x" * 61, "statut=depose"), ("\x00", "statut=depose"),
     ("Vide", ""), ("Vide", "tri=depose_le&zut=1&page=2") , ("Vide", "%00"), ("x" * 100_000, "q=a")],
)  # fmt: skip
def test_filtre_refuse_garde_le_nom_tape(en, nom, parametres):
    reponse = garder(en, nom, parametres)

    if parametres.startswith("tri=depose_le"):  # an order is worth keeping too
        assert reponse.status_code == 302
        return
    assert reponse.status_code == 422
    assert nom.strip("\x00 \t") in reponse.content.decode()
    assert not FiltreEnregistre.objects.exists()


def test_filtre_de_meme_nom_prend_les_nouveaux_filtres(en):
    garder(en, "Mien", "statut=depose")
    garder(en, "Mien", "statut=pret")

    assert FiltreEnregistre.objects.get().parametres == "statut=pret"


def test_filtres_sont_vingt_au_plus(en):
    for rang in range(FiltreEnregistre.MAXIMUM):
        assert garder(en, f"Filtre {rang}", "statut=depose").status_code == 302

    assert "20 filtres enregistrés" in garder(en, "Un de trop", "statut=pret").content.decode()
    assert garder(en, "Filtre 3", "statut=pret").status_code == 302  # changing one stays possible


def test_filtre_par_defaut_s_applique_a_l_ouverture(en):
    garder(en, "Un", "statut=depose")
    garder(en, "Deux", "statut=pret")
    un, deux = FiltreEnregistre.objects.order_by("pk")
    assert en.get(reverse("coordination")).status_code == 200

    for filtre in (un, deux):  # one at a time
        en.post(adresse(filtre), {"nom": filtre.nom, "par_defaut": "on"})
        assert en.get(reverse("coordination")).url == f"{reverse('coordination')}?{filtre.parametres}"
    assert FiltreEnregistre.objects.filter(par_defaut=True).count() == 1
    assert en.get(reverse("coordination"), {"tout": "1"}).status_code == 200


def test_filtre_se_renomme_sans_prendre_un_nom_pris(en):
    garder(en, "Un", "statut=depose")
    garder(en, "Deux", "statut=pret")
    un = FiltreEnregistre.objects.get(nom="Un")

    assert en.post(adresse(un), {"nom": "Deux"}).status_code == 422
    assert en.post(adresse(un), {"nom": "Trois <b>"}).status_code == 302
    html = en.get(reverse("coordination"), {"tout": 1}).content.decode()
    assert "Trois &lt;b&gt;" in html
    assert en.get(adresse(un)).status_code == 200


def test_filtre_se_supprime_apres_confirmation(en):
    garder(en, "Un", "statut=depose")
    un = FiltreEnregistre.objects.get()

    assert "Supprimer ce filtre" in en.get(adresse(un, "coordination_filtre_supprimer")).content.decode()
    assert FiltreEnregistre.objects.exists()
    en.post(adresse(un, "coordination_filtre_supprimer"))
    assert not FiltreEnregistre.objects.exists()


@pytest.mark.parametrize("role", [VILLE, Role.OBSERVATEUR, Role.IEN, None])
def test_filtre_n_est_qu_a_soi(client, appel, role):
    sien = FiltreEnregistre.objects.create(utilisateur=fabriques.de_role(EN), nom="Le mien", parametres="q=secret")
    client.force_login(fabriques.de_role(role) if role else fabriques.utilisateur())

    for quoi in ("coordination_filtre", "coordination_filtre_supprimer"):
        for envoi in (client.get, client.post):
            assert envoi(adresse(sien, quoi)).status_code in (403, 404)
    sien.refresh_from_db()
    if role in (VILLE, Role.OBSERVATEUR):
        assert "Le mien" not in client.get(reverse("coordination")).content.decode()
