"""Mails on screen: choosing what one receives, the outbox, sending one again, and whose each of them is."""

import pytest
from django.urls import reverse

from correspondants.enums import Role
from projets import renvois
from projets.enums import Fait, Statut
from projets.enums_portail import EtatCourriel, FamilleCourriel, RaisonEchec, Rythme
from projets.mentions import eclaircir
from projets.models import Courriel, ReceptionCourriels

from .. import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.fixture
def projet(appel):
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    Courriel.objects.update(etat=EtatCourriel.ENVOYE)
    return projet


@pytest.fixture
def entrer(client):
    def _entrer(qui):
        client.force_login(qui if hasattr(qui, "pk") else fabriques.de_role(qui))
        return client

    return _entrer


def courriel(projet, gabarit: str = "accuse_reception") -> Courriel:
    return projet.courriels.filter(gabarit=gabarit).first()


def adresse(projet, gabarit: str = "accuse_reception") -> str:
    return reverse("courriel_renvoyer", args=[projet.numero, courriel(projet, gabarit).pk])


# --- what one receives ------------------------------------------------------------------------------------------------


def choix(**changements: object) -> dict:
    return {famille.value: Rythme.QUOTIDIEN for famille in FamilleCourriel} | {"heure": "9"} | changements


def test_chacun_regle_ses_courriels(entrer, appel):
    client, url = entrer(Role.COORDINATEUR_EN), reverse("mes_courriels")
    form = client.get(url).context["form"]
    assert form["depots"].value() == Rythme.QUOTIDIEN
    assert "avis_demandes" not in form.fields, "on ne lui en envoie pas"
    assert client.post(url, choix(depots=Rythme.JAMAIS), follow=True).status_code == 200
    reception = ReceptionCourriels.objects.get(utilisateur__email="coordinateur-en@example.org")
    assert (reception.heure, reception.rythme(FamilleCourriel.DEPOTS)) == (9, Rythme.JAMAIS)
    client.post(url, choix())
    assert ReceptionCourriels.objects.count() == 1
    assert client.get(url).context["form"]["heure"].value() == 9


@pytest.mark.parametrize(
    "faute",
    [{"avis_demandes": Rythme.JAMAIS}, {"depots": "parfois"}, {"heure": "3"}, {"heure": "\x00"}, {"bilans": ""}],
)
def test_un_choix_qui_n_existe_pas_est_refuse(entrer, appel, faute):
    compte = fabriques.utilisateur("deux-roles@example.org", Role.IEN, Role.COORDINATEUR_EN)
    reponse = entrer(compte).post(reverse("mes_courriels"), choix(**faute))
    assert reponse.status_code == 200
    assert set(reponse.context["form"].errors) == set(faute)
    assert not ReceptionCourriels.objects.exists()


def test_un_porteur_n_a_rien_a_regler(entrer, projet):
    client = entrer(projet.porteur)
    assert "il n’y a rien à régler" in client.get(reverse("mes_courriels")).content.decode()
    client.post(reverse("mes_courriels"), choix())
    assert not ReceptionCourriels.objects.exists()


# --- sent again -------------------------------------------------------------------------------------------------------


def test_renvoyer_ecrit_une_nouvelle_ligne_et_le_dit_au_journal(entrer, projet):
    client = entrer(projet.coordination)
    page = client.get(projet.get_absolute_url()).content.decode()
    assert adresse(projet) in page
    assert "Renvoyer ce courriel" in client.get(adresse(projet)).content.decode()
    assert Courriel.objects.filter(renvoi_de=courriel(projet)).count() == 0, "un GET ne renvoie rien"
    premier = projet.courriels.filter(gabarit="accuse_reception").get()
    url = adresse(projet)
    for _ in range(2):  # a double click
        client.post(url, {"rang": "0"})
    nouveau = Courriel.objects.get(renvoi_de=premier)
    assert (nouveau.etat, nouveau.texte, nouveau.destinataire) == ("a_envoyer", premier.texte, premier.destinataire)
    passage = projet.passages.get(action=Fait.COURRIEL_RENVOYE)
    assert premier.destinataire not in passage.motif
    assert eclaircir([passage])[0].mention == premier.destinataire
    assert passage.pour_services
    client.post(url, {"rang": "1"})
    assert Courriel.objects.filter(renvoi_de=premier).count() == 2


@pytest.mark.parametrize("etat", [EtatCourriel.A_ENVOYER, EtatCourriel.EN_COURS, EtatCourriel.RETENU])
def test_ce_qui_va_partir_ne_se_renvoie_pas(entrer, projet, etat):
    Courriel.objects.update(etat=etat)
    client = entrer(projet.coordination)
    assert not renvois.est_renvoyable(courriel(projet))
    client.post(adresse(projet), {"rang": "0"})
    assert not Courriel.objects.exclude(renvoi_de=None).exists()


@pytest.mark.parametrize("qui", ["porteur", "etranger", Role.IEN, Role.OBSERVATEUR, Role.PILOTE_VILLE])
def test_renvoyer_est_a_la_coordination(entrer, projet, qui):
    personnes = {"porteur": projet.porteur, "etranger": fabriques.utilisateur("etranger@example.org")}
    reponse = entrer(personnes.get(qui, qui)).post(adresse(projet), {"rang": "0"})
    assert reponse.status_code in (403, 404)
    assert not Courriel.objects.exclude(renvoi_de=None).exists()


def test_on_ne_renvoie_rien_sur_son_propre_projet_ni_par_un_autre_numero(entrer, projet):
    coordination = fabriques.de_role(projet.coordination)
    sien = fabriques.projet_en(Statut.DEPOSE, fabriques.dossier_complet(titre="Le sien"), porteur=coordination)
    client = entrer(coordination)
    assert client.post(adresse(sien), {"rang": "0"}).status_code == 403
    ailleurs = reverse("courriel_renvoyer", args=[projet.numero, courriel(sien).pk])
    assert client.get(ailleurs).status_code == 404


# --- the outbox -------------------------------------------------------------------------------------------------------


def test_les_courriels_non_partis_se_voient_et_disent_pourquoi(entrer, projet):
    client = entrer(projet.coordination)
    assert "pas parti" not in client.get(reverse("coordination")).content.decode()
    rate = courriel(projet)
    Courriel.objects.filter(pk=rate.pk).update(etat=EtatCourriel.ECHEC, raison=RaisonEchec.ADRESSE)
    for url in (reverse("coordination"), reverse("courriels")):
        assert "1 courriel n’est pas parti" in client.get(url).content.decode()
    page = client.get(reverse("courriels"), {"etat": "echec"}).content.decode()
    assert "adresse refusée par le serveur de messagerie" in page
    assert adresse(projet) in page
    assert "adresse refusée" in client.get(projet.get_absolute_url()).content.decode()


def test_la_boite_d_envoi_ne_montre_que_ce_qu_on_peut_lire(entrer, projet):
    coordination = fabriques.de_role(projet.coordination)
    sien = fabriques.projet_en(Statut.DEPOSE, fabriques.dossier_complet(titre="Le sien"), porteur=coordination)
    Courriel.objects.create(cle="r", gabarit="recapitulatif", destinataire="x@example.org", objet="Récapitulatif")
    vus = entrer(coordination).get(reverse("courriels")).context["page_obj"].object_list
    assert {un.projet_id for un in vus} == {projet.pk, sien.pk}
    assert not [un for un in vus if un.projet_id == sien.pk and un.pour_services]
    vus = entrer(Role.ADMIN).get(reverse("courriels")).context["page_obj"].object_list
    assert "Récapitulatif" in {un.objet for un in vus}
    for role in (Role.IEN, Role.OBSERVATEUR, Role.PILOTE_EN):
        assert entrer(role).get(reverse("courriels")).status_code == 403


@pytest.mark.parametrize("requete", ["etat=zzz", "q=%00", "raison=x", "page=-1", "q=%25%27"])
def test_la_boite_d_envoi_supporte_ce_qui_n_a_pas_de_sens(entrer, projet, requete):
    assert entrer(projet.coordination).get(f"{reverse('courriels')}?{requete}").status_code == 200


def test_la_boite_d_envoi_coute_toujours_autant(entrer, projet, django_assert_max_num_queries):
    for rang in range(3):
        fabriques.projet_en(Statut.AVIS_IEN, fabriques.dossier_complet(titre=f"Projet {rang}"))
    client = entrer(projet.coordination)
    with django_assert_max_num_queries(9):
        client.get(reverse("courriels"))


def test_le_porteur_relit_les_siens_et_aucun_autre(entrer, projet):
    page = entrer(projet.porteur).get(projet.get_absolute_url()).content.decode()
    assert "est bien arrivé" in page
    assert f"Nouveau projet {projet.numero}" not in page
    assert "Renvoyer" not in page
