"""Files given back: each to those who may read it, in the state they may read."""

import pytest
from django.test import Client
from django.urls import reverse

from correspondants.enums import Role
from projets.enregistrement import enregistrer
from projets.enums import GenrePiece, Statut
from projets.word.lecture import lire

from .. import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


def client_de(utilisateur):
    client = Client()
    client.force_login(utilisateur)
    return client


def adresses(projet):
    return [
        reverse("projet_word", args=[projet.numero]),
        reverse("projet_pdf", args=[projet.numero]),
        reverse("piece", args=[projet.numero, projet.piece_dossier.pk]),
    ]


@pytest.mark.parametrize(
    ("role", "code"),
    [
        (Role.IEN, 403),
        (Role.COORDINATEUR_EN, 200),
        (Role.COORDINATEUR_VILLE, 200),
        (Role.PILOTE_PREFECTURE, 200),
        (Role.OBSERVATEUR, 200),
        (None, 404),
    ],
)
def test_le_dossier_entier_est_aux_services_pas_a_l_ien(role, code):
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    personne = fabriques.de_role(role) if role else fabriques.utilisateur("inconnu@example.org")
    assert [client_de(personne).get(adresse).status_code for adresse in adresses(projet)] == [code] * 3


def test_les_services_lisent_ce_qui_est_depose_le_porteur_ce_qu_il_ecrit():
    projet = fabriques.projet_en(Statut.A_COMPLETER)
    enregistrer(projet, projet.contenu.remplacer(resume="Un résumé pas encore déposé."))
    adresse, referentiel = adresses(projet)[0], projet.appel.referentiel()

    def resume(personne):
        return lire(client_de(personne).get(adresse).content, referentiel).dossier.resume

    assert resume(projet.porteur) == "Un résumé pas encore déposé."
    assert resume(fabriques.de_role(Role.COORDINATEUR_EN)) == fabriques.dossier_complet().resume


def test_telecharger_ne_laisse_ni_cache_ni_devinette():
    projet = fabriques.projet_en(Statut.DEPOSE)
    for adresse in adresses(projet):
        reponse = client_de(projet.porteur).get(adresse)
        assert reponse["X-Content-Type-Options"] == "nosniff"
        assert reponse["Content-Disposition"].startswith("attachment")
        assert reponse["Cache-Control"] == "private, no-store"


def test_les_justificatifs_sont_au_porteur_jusqu_au_depot_du_bilan():
    projet = fabriques.projet_en(Statut.VALIDE)
    preuve = projet.garder_piece(GenrePiece.JUSTIFICATIF, "facture.pdf", b"%PDF", projet.porteur, "application/pdf")
    preuve.exercice = projet.exercices.get()
    preuve.save(update_fields=["exercice"])
    adresse = reverse("piece", args=[projet.numero, preuve.pk])
    coordination = client_de(fabriques.de_role(Role.COORDINATEUR_EN))
    assert client_de(projet.porteur).get(adresse).status_code == 200
    assert coordination.get(adresse).status_code == 403
    fabriques.remettre_les_bilans(projet)
    assert coordination.get(adresse).status_code == 200


def test_un_fichier_qui_ne_peut_etre_commente_ramene_a_la_page_avec_une_phrase():
    projet = fabriques.projet_en(Statut.DEPOSE)
    projet.garder_piece(GenrePiece.DOSSIER, "coupé.docx", b"PK\x03\x04coup", projet.porteur)
    client = client_de(projet.porteur)
    reponse = client.get(reverse("piece", args=[projet.numero, projet.piece_dossier.pk]) + "?annote=1", follow=True)
    assert reponse.redirect_chain == [(projet.get_absolute_url(), 302)]
    assert "Ce fichier est incomplet ou abîmé" in reponse.content.decode()
