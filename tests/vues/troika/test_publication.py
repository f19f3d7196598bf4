"""The troïka room: publishing together or not at all, and the minutes."""

import re
from decimal import Decimal
from io import BytesIO

import pikepdf
import pytest
from django.test import Client
from django.urls import reverse

from correspondants.enums import Role
from projets.documents import compte_rendu
from projets.enregistrement import enregistrer
from projets.enums import Action, Financeur, SensDecision, Statut
from projets.models import (
    AvisTroika,
    Courriel,
    PointOrdreDuJour,
    Projet,
    SeanceTroika,
)
from projets.workflow import executer, publier_seance

from ... import fabriques
from ...fabriques import de_role, dossier_complet, projet_en
from .gestes import COORDINATION, inscrire, page_de, publier

pytestmark = pytest.mark.django_db


# --- publication ----------------------------------------------------------------------------------------------------


def test_publication_liste_ce_qui_manque(coordination: Client, projet: Projet, point: PointOrdreDuJour):
    fabriques.decider(projet)
    manquant = inscrire("Sans décision", point.seance)
    page = coordination.get(reverse("troika_publier", args=[point.seance_id])).content.decode()
    assert f"{manquant.projet.numero}, Sans décision : pas encore de décision." in page.replace("\u00a0", " ")
    assert publier(coordination, point.seance).status_code == 409
    assert SeanceTroika.objects.get().est_ouverte


def test_publication_d_un_ordre_du_jour_vide(coordination: Client):
    seance = fabriques.seance()
    assert "L’ordre du jour est vide" in coordination.get(reverse("troika_publier", args=[seance.pk])).content.decode()
    assert publier(coordination, seance).status_code == 409


def test_publication_rend_la_seance_definitive(coordination: Client, projet: Projet, point: PointOrdreDuJour):
    fabriques.decider(projet)
    assert publier(coordination, point.seance).status_code == 302
    projet.refresh_from_db()
    assert projet.statut == Statut.VALIDE
    page = coordination.get(page_de(point)).content.decode()
    assert "Compte rendu\u00a0:" in page
    for bouton in ("Enregistrer la décision", "Enregistrer les voix", ">Retirer<", "Publier les décisions"):
        assert bouton not in page
    assert coordination.get(reverse("troika_publier", args=[point.seance_id])).status_code == 302
    assert publier(coordination, point.seance).status_code == 302
    assert Courriel.objects.filter(gabarit="decision_publiee").count() == 1


def test_publication_refuse_ce_qui_n_a_pas_ete_relu(coordination: Client, projet: Projet, point: PointOrdreDuJour):
    fabriques.decider(projet)
    adresse = reverse("troika_publier", args=[point.seance_id])
    vue = re.search(r'name="vue" value="([^"]*)"', coordination.get(adresse).content.decode())[1]
    fabriques.decider(projet, SensDecision.REFUSE)
    reponse = coordination.post(adresse, {"vue": vue})
    assert reponse.status_code == 409
    assert "a changé depuis" in reponse.content.decode()
    projet.refresh_from_db()
    assert projet.statut == Statut.INSCRIT
    assert SeanceTroika.objects.get().est_ouverte
    assert not Courriel.objects.filter(gabarit="decision_publiee").exists()


def test_publication_revient_a_qui_ne_porte_aucun_des_projets(coordination: Client, point: PointOrdreDuJour):
    """Nobody judges one's own project: the page says so before the click, and the request is refused all the same."""
    Projet.objects.filter(pk=point.projet_id).update(porteur=de_role(COORDINATION))
    fabriques.donner_les_voix(point.projet)
    executer(
        Projet.objects.get(pk=point.projet_id),
        Action.DECIDER,
        par=de_role(Role.COORDINATEUR_EN),
        sens=SensDecision.REFUSE,
        motif="Hors de l’appel.",
    )
    page = coordination.get(reverse("troika_publier", args=[point.seance_id])).content.decode()
    assert "Vous portez le projet" in page
    assert "Hors de l’appel." not in page
    assert publier(coordination, point.seance).status_code == 409
    assert SeanceTroika.objects.get().est_ouverte


# --- minutes --------------------------------------------------------------------------------------------------------


def test_compte_rendu_dit_tout_et_se_lit_a_l_oreille(coordination: Client, projet: Projet, point: PointOrdreDuJour):
    fabriques.donner_les_voix(projet)
    AvisTroika.objects.filter(pilote=Role.PILOTE_VILLE).update(motif="Un très beau projet.")
    executer(
        projet,
        Action.DECIDER,
        par=de_role(COORDINATION),
        sens=SensDecision.RESERVES,
        reserves="Inviter les familles.",
        montants={(2026, Financeur.ETAT): Decimal("650.50")},
    )
    publier_seance(point.seance, par=de_role(COORDINATION))
    # What the porteur writes afterwards does not rewrite the minutes.
    projet.refresh_from_db()
    enregistrer(projet, projet.contenu.remplacer(titre="Un titre d’après"))
    rapport = compte_rendu.CompteRendu.de(SeanceTroika.objects.get(), de_role(COORDINATION))
    assert rapport.points[0].titre == "Ateliers théâtre"
    assert rapport.totaux == ((2026, Financeur.ETAT.label, Decimal("650.50")),)
    assert rapport.presences[0][2].startswith("1 voix sur 1 projet")
    reponse = coordination.get(reverse("troika_compte_rendu", args=[point.seance_id]))
    assert reponse.headers["Content-Type"] == "application/pdf"
    with pikepdf.open(BytesIO(reponse.content)) as pdf:
        assert str(pdf.Root.Lang) == "fr"
        assert "Compte rendu de la troïka" in str(pdf.docinfo["/Title"])
        assert pdf.Root.MarkInfo.Marked


def test_compte_rendu_tait_les_voix_a_qui_porte_le_projet():
    porteur = de_role(Role.OBSERVATEUR)
    mien = projet_en(Statut.VALIDE, dossier_complet(titre="Le mien"), porteur=porteur)
    rapport = compte_rendu.CompteRendu.de(mien.points.get().seance, porteur)
    assert rapport.points[0].voix == ()
    assert compte_rendu.CompteRendu.de(mien.points.get().seance, de_role(Role.PILOTE_EN)).points[0].voix
