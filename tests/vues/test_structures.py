"""The page of a structure: who reads which of its projects, its people, its bilans and its money."""

import re
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import Role
from correspondants.models import Structure
from projets import membres, page_structure
from projets.enums import Statut
from projets.models import Courriel, MembreStructure, Passage, Projet

from .. import fabriques
from .parcours import connecte

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.fixture
def collegue(appel):
    return fabriques.utilisateur("collegue@example.org")


@pytest.fixture
def projet(appel):
    """The first of its structure: its porteur is the first member."""
    return fabriques.projet_en(Statut.VALIDE)


def autre_projet(porteur, **changements):
    """A second one under the same name of structure, by somebody else."""
    dossier = fabriques.dossier_complet(titre="Un jardin partagé", porteur_courriel=porteur.email, **changements)
    return fabriques.projet_en(Statut.DEPOSE, dossier, porteur)


def page(structure):
    return reverse("structure", args=[structure.pk])


def lit(qui, structure):
    return connecte(qui).get(page(structure)).content.decode()


def inviter_et_accepter(structure, courriel, par):
    return membres.accepter(membres.inviter(structure, courriel, par=par))


# --- who reads what --------------------------------------------------------------------------------------------------


def test_le_premier_a_deposer_est_membre_le_suivant_ne_lit_que_le_sien(projet, collegue):
    second = autre_projet(collegue)
    structure = projet.structure
    assert second.structure == structure
    assert membres.est_membre(projet.porteur, structure)
    assert not membres.est_membre(collegue, structure)
    for lecteur, sien, autre in ((collegue, second, projet), (projet.porteur, projet, second)):
        html = lit(lecteur, structure)
        assert sien.numero in html
        assert autre.numero not in html
        assert "Un autre projet porte le nom de cette structure" in html
        adresse = reverse("structure_projet", args=[structure.pk, autre.numero])
        assert connecte(lecteur).get(adresse).status_code == 404
        assert connecte(lecteur).get(autre.get_absolute_url()).status_code == 404
    assert "Les membres" not in lit(collegue, structure)


def test_deux_membres_se_lisent_sans_rien_pouvoir_changer(projet, collegue):
    second, structure = autre_projet(collegue), projet.structure
    inviter_et_accepter(structure, collegue.email, projet.porteur)
    client = connecte(collegue)
    html = client.get(page(structure)).content.decode()
    assert projet.numero in html
    assert second.numero in html
    lu = client.get(reverse("structure_projet", args=[structure.pk, projet.numero]))
    assert "vous le lisez, vous ne le modifiez pas" in lu.content.decode()
    assert "Projet validé par la troïka" in lu.content.decode()
    assert "<form" not in lu.content.decode().split("<main")[1].split("</main>")[0]
    # The address that a colleague passes on leads there; every other address of the project stays shut.
    assert client.get(projet.get_absolute_url()).url == reverse("structure_projet", args=[structure.pk, projet.numero])
    for nom in ("projet_modifier", "projet_pdf", "accuse_pdf", "projet_reconduire", "versements", "images"):
        assert client.get(reverse(nom, args=[projet.numero])).status_code == 404, nom
    assert client.get(reverse("structure_projet", args=[structure.pk, second.numero])).url == second.get_absolute_url()


@pytest.mark.les_deux_bases
def test_la_premiere_page_et_les_comptes_sont_ceux_de_la_liste(projet, collegue):
    autre_projet(collegue)
    fabriques.projet_en(Statut.CLOS)
    services, structure = fabriques.de_role(Role.PILOTE_EN), projet.structure
    lus = []
    for membre in (False, True):
        if membre:
            inviter_et_accepter(structure, collegue.email, projet.porteur)
        for lecteur in (services, projet.porteur, collegue):
            lecture = page_structure.Lecture(structure, lecteur)
            composee, liste = lecture.composer(), list(lecture.projets())
            assert {un.pk for un in liste} == {un.pk for un in membres.projets_de_la_structure(structure, lecteur)}
            montres = [[(un.pk, un.titre, un.demande, un.accorde) for un in lus] for lus in (liste, lecture.premiers())]
            assert montres[0] == montres[1]
            assert composee.nombre == len(liste)
            assert composee.annees == {un.pk: [ex.annee for ex in un.exercices.order_by("annee")] for un in liste}
            lus.append((len(liste), composee.caches))
    assert lus == [(3, 0), (2, 1), (1, 2), (3, 0), (3, 0), (3, 0)]


def test_le_collegue_ne_lit_aucune_deliberation(projet, collegue):
    projet.avis_ien.update(motif="Motif d’avis réservé", sens="reserve")
    projet.points.update(notes="Notes de séance")
    inviter_et_accepter(projet.structure, collegue.email, projet.porteur)
    adresse = reverse("structure_projet", args=[projet.structure_id, projet.numero])
    html = connecte(collegue).get(adresse).content.decode()
    assert "Motif d’avis réservé" not in html
    assert "Notes de séance" not in html
    assert "par vous" not in html


@pytest.mark.parametrize("role", [Role.COORDINATEUR_EN, Role.PILOTE_VILLE, Role.OBSERVATEUR, Role.ADMIN])
def test_les_services_ouvrent_toute_structure(projet, role):
    client = connecte(fabriques.de_role(role))
    assert projet.structure.nom in client.get(reverse("structures")).content.decode()
    assert projet.numero in client.get(page(projet.structure)).content.decode()
    invite = client.get(reverse("structure_inviter", args=[projet.structure_id]))
    assert invite.status_code == (200 if role == Role.COORDINATEUR_EN else 403)


@pytest.mark.parametrize("qui", ["etranger", "ien"])
def test_une_structure_n_existe_pas_pour_les_autres(projet, qui):
    membre = MembreStructure.objects.get(structure=projet.structure)
    client = connecte(fabriques.utilisateur("autre@example.org", *([Role.IEN] if qui == "ien" else [])))
    for nom, *reste in (
        ("structure",), ("structure_projet", projet.numero), ("structure_inviter",),
        ("structure_membre_retirer", membre.pk), ("structure_reconnaitre", projet.porteur_id),
    ):  # fmt: skip
        adresse = reverse(nom, args=[projet.structure_id, *reste])
        assert {client.get(adresse).status_code, client.post(adresse).status_code} <= {404, 405}, nom
    assert projet.structure.nom not in client.get(reverse("structures")).content.decode()
    assert Client().get(page(projet.structure)).status_code == 302


def test_un_membre_ne_touche_pas_aux_membres_d_une_autre_structure(projet, collegue):
    ailleurs = autre_projet(collegue, structure_nom="Une autre école")
    vise = MembreStructure.objects.get(structure=ailleurs.structure)
    client = connecte(projet.porteur)
    for structure in (projet.structure_id, ailleurs.structure_id):
        adresse = reverse("structure_membre_retirer", args=[structure, vise.pk])
        assert client.post(adresse).status_code == 404
    adresse = reverse("structure_projet", args=[projet.structure_id, ailleurs.numero])
    assert client.get(adresse).status_code == 404
    vise.refresh_from_db()
    assert vise.retire_le is None


# --- its people ------------------------------------------------------------------------------------------------------


def test_inviter_puis_rejoindre_par_le_lien(projet):
    client = connecte(projet.porteur)
    adresse = reverse("structure_inviter", args=[projet.structure_id])
    assert client.post(adresse, {"courriel": "pas une adresse"}).status_code == 422
    assert client.post(adresse, {"courriel": "Nouvelle@example.org"}).url == page(projet.structure)
    assert "déjà partie" in client.post(adresse, {"courriel": "nouvelle@example.org"}).content.decode()
    courriel = Courriel.objects.get(gabarit="membre_invite")
    lien = re.search(r"/rejoindre/\S+/", courriel.texte)[0]
    visiteur = Client()
    assert "vous invite à rejoindre" in visiteur.get(lien).content.decode()
    assert not MembreStructure.objects.actifs().filter(courriel="nouvelle@example.org").exists()  # opening shows only
    assert "Ce courriel est pour" in connecte(fabriques.utilisateur("autre@example.org")).post(lien).content.decode()
    assert visiteur.post(lien).url == page(projet.structure)
    porte = visiteur.get(page(projet.structure), follow=True).content.decode()
    assert 'value="nouvelle@example.org"' in porte  # not to be typed again
    assert "Demandez un code par courriel" in porte
    membre = MembreStructure.objects.actifs().get(courriel="nouvelle@example.org")
    assert "Ma structure" in connecte(membre.utilisateur).get(reverse("suivi")).content.decode()
    assert membre.utilisateur.emailaddress_set.get().verified
    assert visiteur.get(lien).status_code == 410
    assert Courriel.objects.filter(gabarit="membre_ajoute").count() == 2
    assert Passage.objects.filter(action="membre_ajoute").exists()


def test_un_lien_meurt_avec_l_invitation_ou_le_depart_de_son_auteur(projet, collegue):
    invitation = membres.inviter(projet.structure, "nouvelle@example.org", par=projet.porteur)
    lien = reverse("structure_rejoindre", args=[membres.jeton(invitation)])
    membres.retirer(MembreStructure.objects.get(utilisateur=projet.porteur), par=projet.porteur)
    assert Client().get(lien).status_code == 410
    membres.reconnaitre(projet.structure, projet.porteur, par=fabriques.de_role(Role.COORDINATEUR_VILLE))
    assert Client().get(lien).status_code == 200
    membres.retirer(invitation, par=projet.porteur)
    assert Client().post(lien).status_code == 410


def test_retirer_un_membre_lui_laisse_ses_projets_et_les_garde_a_la_structure(projet, collegue):
    second = autre_projet(collegue)
    inviter_et_accepter(projet.structure, collegue.email, projet.porteur)
    membre = MembreStructure.objects.get(utilisateur=collegue)
    adresse = reverse("structure_membre_retirer", args=[projet.structure_id, membre.pk])
    client = connecte(projet.porteur)
    assert "Retirer l’accès de cette personne" in client.get(adresse).content.decode()
    assert client.post(adresse).url == page(projet.structure)
    assert Courriel.objects.filter(gabarit="membre_retire", destinataire=collegue.email).exists()
    html = lit(collegue, projet.structure)
    assert second.numero in html
    assert projet.numero not in html
    assert second.numero in lit(projet.porteur, projet.structure)


def test_la_coordination_reconnait_un_porteur_et_elle_seule(projet, collegue):
    second = autre_projet(collegue)
    adresse = reverse("structure_reconnaitre", args=[projet.structure_id, collegue.pk])
    assert connecte(projet.porteur).post(adresse).status_code == 403
    assert connecte(fabriques.de_role(Role.OBSERVATEUR)).post(adresse).status_code == 403
    coordination = connecte(fabriques.de_role(Role.COORDINATEUR_EN))
    assert "Porteurs à reconnaître" in coordination.get(page(projet.structure)).content.decode()
    coordination.post(adresse)
    assert second.numero in lit(projet.porteur, projet.structure)
    assert projet.numero in lit(collegue, projet.structure)
    etrangere = reverse("structure_reconnaitre", args=[projet.structure_id, fabriques.utilisateur("x@example.org").pk])
    coordination.post(etrangere)
    assert not MembreStructure.objects.filter(courriel="x@example.org").exists()


# --- what it says ----------------------------------------------------------------------------------------------------


def test_l_argent_d_une_annee_est_la_somme_de_ses_projets(projet):
    for _ in range(2):
        fabriques.projet_en(Statut.CLOS)
    exercice = projet.exercices.get()
    saisie = {"financeur": "etat", "date": timezone.localdate(), "saisi_par": fabriques.de_role(Role.ADMIN)}
    exercice.versements.create(montant=Decimal("400.10"), **saisie)
    exercice.versements.create(montant=Decimal("50.05"), sens="reversement", **saisie)
    (annee,) = page_structure.composer(projet.structure, projet.porteur).argent
    assert (annee.annee, annee.accorde, annee.verse) == (2026, Decimal("3000.00"), Decimal("350.05"))
    assert annee.justifie == Decimal("2000.00")  # the two whose bilan is accepted


def test_un_bilan_en_retard_et_un_siret_manquant_sont_dits(projet):
    projet.exercices.update(annee=2020)
    html = lit(projet.porteur, projet.structure)
    assert "en retard de" in html
    assert reverse("bilan_modifier", args=[projet.numero, 2020]) in html
    Structure.objects.filter(pk=projet.structure_id).update(nature="association")
    assert html.count("Il manque") < lit(projet.porteur, projet.structure).count("Il manque")
    assert "Le portail n’en garde aucun" in html


def test_ma_structure_s_ouvre_seule_et_se_dit_vide(projet):
    assert connecte(projet.porteur).get(reverse("structures")).url == page(projet.structure)
    vide = connecte(fabriques.utilisateur("autre@example.org")).get(reverse("structures")).content.decode()
    assert "Aucune structure pour l’instant" in vide
    services = connecte(fabriques.de_role(Role.COORDINATEUR_EN))
    assert "Aucune structure de ce nom" in services.get(reverse("structures"), {"q": "zzz"}).content.decode()


@pytest.mark.parametrize("nombre", [1, 3])
def test_la_page_coute_le_meme_nombre_de_requetes(appel, nombre, django_assert_num_queries):
    for _ in range(nombre):
        projet = fabriques.projet_en(Statut.VALIDE)
    client = connecte(projet.porteur)
    client.get(page(projet.structure))
    with django_assert_num_queries(REQUETES):
        client.get(page(projet.structure))


REQUETES = 11


def test_les_projets_se_tournent_page_apres_page(projet, monkeypatch):
    monkeypatch.setattr("projets.views.structures.PAR_PAGE", 1)
    fabriques.projet_en(Statut.DEPOSE)
    client = connecte(projet.porteur)
    premiere, seconde = (client.get(page(projet.structure), {"page": n}).content.decode() for n in (1, 2))
    numeros = set(Projet.objects.values_list("numero", flat=True))
    vus = [{numero for numero in numeros if f"/projets/{numero}/" in html.split('id="projets"')[1].split('id="argent"')[0]}
           for html in (premiere, seconde)]  # fmt: skip
    assert [len(une) for une in vus] == [1, 1]
    assert vus[0] != vus[1]
