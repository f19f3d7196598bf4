"""The page of the queue and the outbox: for administrators only, in few queries, and what stopped starts again once."""

import pytest
from django.urls import reverse

from correspondants.enums import Role
from projets import file_attente
from projets.enums import Fait, Statut
from projets.enums_portail import EtatCourriel, EtatExport
from projets.models import Courriel, ExportDemande, Passage, Pouls

from . import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.fixture
def client_admin(client, db):
    """Role of the directory and is_staff."""
    compte = fabriques.de_role(Role.ADMIN)
    compte.is_staff = True
    compte.save()
    client.force_login(compte, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def adresse():
    return reverse("admin:projets_courriel_file")


@pytest.fixture
def scene(appel):
    fabriques.projet_en(Statut.DEPOSE)
    un, deux = Courriel.objects.order_by("pk")[:2]
    Courriel.objects.filter(pk=un.pk).update(etat=EtatCourriel.ECHEC, raison="adresse", tentatives=3)
    Courriel.objects.filter(pk=deux.pk).update(etat=EtatCourriel.RETENU, erreur="Retenu par la restauration")
    export = ExportDemande.objects.create(
        par=fabriques.utilisateur(), genre="pdf", nom="bilan-2026.pdf", etat=EtatExport.ECHEC, erreur="Disque plein"
    )
    return un, deux, export


@pytest.mark.parametrize("qui", [None, "", *sorted(set(Role) - {Role.ADMIN})])
def test_page_est_fermee_aux_autres(client, appel, adresse, scene, qui):
    if qui is not None:
        client.force_login(fabriques.de_role(qui) if qui else fabriques.utilisateur())
    for methode in (client.get, client.post):
        assert methode(adresse, {"quoi": "echec", "confirme": "oui"}).status_code in (302, 403)
    assert Courriel.objects.filter(etat=EtatCourriel.ECHEC).count() == 1


def test_page_dit_ce_qui_attend_et_ce_qui_a_echoue(client_admin, adresse, scene, django_assert_max_num_queries):
    Pouls.battre("courriels")
    with django_assert_max_num_queries(16):
        page = client_admin.get(adresse).content.decode()
    for texte in ("bilan-2026.pdf", "Disque plein", "adresse refusée", "Retenu par la restauration", "Boîte d’envoi"):
        assert texte in page
    assert reverse("admin:projets_courriel_file") in client_admin.get(reverse("admin:index")).content.decode()


def test_page_vide(client_admin, adresse, db):
    page = client_admin.get(adresse).content.decode()
    assert "Rien n’attend." in page
    assert "lancez « courriels --continu »" in page.replace("\u00a0", " ")
    Pouls.battre("sceau")  # another task passed: the outbox is still nobody's
    assert "Jamais" in client_admin.get(adresse).content.decode()


def test_ce_qui_a_echoue_repart_une_fois_et_le_journal_le_dit(client_admin, adresse, scene):
    un, deux, export = scene
    client_admin.post(adresse, {"quoi": "echec"})  # the box is not ticked
    assert Courriel.objects.get(pk=un.pk).etat == EtatCourriel.ECHEC
    client_admin.post(adresse, {"quoi": "echec", "confirme": "oui"})
    client_admin.post(adresse, {"quoi": "export", "export": str(export.pk)})
    client_admin.post(adresse, {"quoi": "export", "export": str(export.pk)})
    client_admin.post(adresse, {"quoi": "export", "export": "9" * 30})
    un.refresh_from_db()
    export.refresh_from_db()
    assert (un.etat, un.tentatives, un.raison) == (EtatCourriel.A_ENVOYER, 0, "")
    assert (export.etat, export.tentatives) == (EtatExport.DEMANDE, 0)
    assert Courriel.objects.get(pk=deux.pk).etat == EtatCourriel.RETENU
    assert Passage.objects.filter(action=Fait.EXPORT_RELANCE).count() == 1
    assert Passage.objects.filter(action=Fait.COURRIEL_RENVOYE).count() == 1


def test_courriel_parti_ne_repart_jamais(scene):
    Courriel.objects.update(etat=EtatCourriel.ENVOYE)
    assert not file_attente.remettre_a_envoyer(Courriel.objects.all(), par=fabriques.de_role(Role.ADMIN))
    assert set(Courriel.objects.values_list("etat", flat=True)) == {EtatCourriel.ENVOYE}
