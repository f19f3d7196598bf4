"""Renewing last year's project: the draft, the link between editions, who reads what, and what stands in the way."""

from datetime import date

import pytest
from django.urls import reverse

from correspondants.enums import Role
from projets import comparaison, reconduction
from projets.demonstration import conduite
from projets.enums import Action, Statut
from projets.models import Appel, Projet
from projets.workflow import executer

from .. import fabriques
from .parcours import connecte

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.fixture
def clos(appel):
    return fabriques.projet_en(Statut.CLOS)


def page(projet):
    return reverse("projet_reconduire", args=[projet.numero])


def test_la_page_montre_les_resultats_puis_prepare_un_brouillon_une_seule_fois(clos):
    client = connecte(clos.porteur)
    html = client.get(page(clos)).content.decode()
    for dit in ("Comme prévu", "Séances d’observation", "1\u202f000,00\u00a0€", "Préparer le nouveau dossier"):
        assert dit in html
    premier, second = client.post(page(clos)), client.post(page(clos))
    assert premier.url == second.url
    suivant = Projet.objects.get(reconduit_de=clos)
    assert (suivant.statut, suivant.numero, suivant.contenu.annee) == (Statut.BROUILLON, None, 2027)
    assert suivant.exercices.get().annee == 2027
    assert suivant.contenu.porteur_courriel == clos.porteur.email
    formulaire = client.get(reverse("deposer_tout", args=[suivant.jeton])).content.decode()
    assert "À revoir\u00a0: ces montants sont ceux de l’édition précédente." in formulaire
    assert "Reprendre le brouillon" in client.get(page(clos)).content.decode()


def test_le_lien_entre_editions_se_lit_par_les_services_et_la_troika(clos):
    suivant = reconduction.reconduire(clos, par=clos.porteur)
    dossier = suivant.contenu.remplacer(
        communication_engagement=True,
        engagement_bilan=True,
        engagement_exactitude=True,
        signature_date=date(2027, 1, 5),
    )
    fabriques.enregistrer(suivant, dossier)
    suivant.garder_piece("dossier", "dossier.docx", b"PK", suivant.porteur)
    conduite.mener(suivant, Statut.DEPOSE, fabriques.de_role)
    coordination = connecte(fabriques.coordinateur_de(suivant))
    html = coordination.get(suivant.get_absolute_url()).content.decode()
    assert "2e année" in html
    assert clos.numero in html
    assert "Reconduit par" in coordination.get(clos.get_absolute_url()).content.decode()
    trouvee = comparaison.comparer(Projet.objects.get(pk=suivant.pk))
    assert trouvee.precedent.projet == clos
    assert "2e année" in trouvee.lien
    assert "déjà reconduit" in connecte(clos.porteur).get(page(clos)).content.decode()
    # The authority reads the school-time part only.
    executer(suivant, Action.DECLARER_COMPLET, par=fabriques.coordinateur_de(suivant))
    assert "2e année" not in connecte(fabriques.de_role(Role.IEN)).get(suivant.get_absolute_url()).content.decode()


@pytest.mark.parametrize("statut", [Statut.DEPOSE, Statut.REFUSE, Statut.AJOURNE])
def test_seul_un_projet_valide_se_reconduit(appel, statut):
    projet = fabriques.projet_en(statut)
    client = connecte(projet.porteur)
    assert "Ce n’est pas possible aujourd’hui" in client.get(page(projet)).content.decode()
    assert client.post(page(projet)).status_code == 409
    assert not Projet.objects.filter(reconduit_de=projet).exists()


@pytest.mark.parametrize(
    ("fermeture", "phrase"),
    [
        ({"courant": False}, "Aucun appel à projets n’est ouvert"),
        ({"depots_jusqu_au": date(2026, 1, 31)}, "clos depuis le 31"),
    ],
)
def test_sans_appel_ouvert_la_page_dit_pourquoi(clos, fermeture, phrase):
    Appel.objects.update(**fermeture)
    client = connecte(clos.porteur)
    assert phrase in client.get(page(clos)).content.decode()
    assert client.post(page(clos)).status_code == 409


def test_un_bilan_en_retard_est_dit_avant(appel):
    projet = fabriques.projet_en(Statut.VALIDE)
    projet.exercices.update(annee=2020)
    html = connecte(projet.porteur).get(page(projet)).content.decode()
    assert "Un bilan de votre structure est en retard" in html
    assert "Préparer le nouveau dossier" in html


def test_ce_n_est_ni_a_l_etranger_ni_aux_services(clos):
    for methode in ("get", "post"):
        assert getattr(connecte(fabriques.utilisateur("autre@example.org")), methode)(page(clos)).status_code == 404
        assert getattr(connecte(fabriques.coordinateur_de(clos)), methode)(page(clos)).status_code == 403


def test_un_projet_retire_se_reprend_sans_rien_retaper(appel):
    projet = fabriques.projet_en(Statut.RETIRE)
    adresse = reverse("projet_reprendre", args=[projet.numero])
    client = connecte(projet.porteur)
    premier, second = client.post(adresse), client.post(adresse)
    assert premier.url == second.url
    repris = Projet.objects.get(statut=Statut.BROUILLON)
    assert (repris.contenu, repris.numero) == (projet.contenu, None)
    projet.refresh_from_db()
    assert projet.statut == Statut.RETIRE
    assert connecte(fabriques.coordinateur_de(projet)).post(adresse).status_code == 403
    assert connecte(fabriques.utilisateur("autre@example.org")).post(adresse).status_code == 404
    valide = fabriques.projet_en(Statut.DEPOSE)
    client.post(reverse("projet_reprendre", args=[valide.numero]))
    assert Projet.objects.filter(statut=Statut.BROUILLON).count() == 1
