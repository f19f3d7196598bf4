"""Two pages open on one draft: saved by themselves, merged answer by answer; a true conflict is a person's to settle."""

import json
from functools import partial

import pytest
from django.test import Client

from correspondants.models import Utilisateur
from projets.models import Modification, Projet

from .. import fabriques
from ..formulaires import postees
from ..test_concurrence import ensemble
from .parcours import adresse, connecte
from .test_depot_guide import lisible, section

AUTO = {"x-enregistrement": "automatique"}


def silencieux(client: Client, url: str, saisie: dict) -> dict:
    reponse = client.post(url, saisie, headers=AUTO)
    assert reponse.status_code == 200, reponse.content
    return reponse.json()


@pytest.mark.django_db(transaction=True)
def test_quatre_personnes_enregistrent_au_meme_instant(transactional_db: None) -> None:
    """On both databases: each page changes its own answer, and all of them are kept."""
    projet = fabriques.brouillon()
    changements = [
        ("projet", 1, {"titre": "Le titre de l’une"}),
        ("projet", 2, {"contexte": "Le contexte de l’autre"}),
        ("porteur", 1, {"structure_commune": "Ailleurs"}),
        ("budget", 1, {"charges__60__FOURNITURES__montant_n": "12,50"}),
    ]
    gestes = []
    for code, rang, valeurs in changements:
        client, url = connecte(projet.porteur), section(projet, code, rang)
        saisie = postees(client.get(url).content, **valeurs)
        gestes.append(partial(silencieux, client, url, saisie))
    resultats = ensemble(*gestes)
    assert not [resultat for resultat in resultats if isinstance(resultat, Exception)], resultats
    projet.refresh_from_db()
    lu = projet.contenu
    assert (lu.titre, lu.contexte, lu.structure_commune) == (
        "Le titre de l’une",
        "Le contexte de l’autre",
        "Ailleurs",
    )
    assert {"60-FOURNITURES", "60-MATIERES"} <= {ligne.compte for ligne in lu.charges}
    assert projet.version == 4, "un enregistrement chacun"
    assert set(Modification.objects.values_list("champ", flat=True)) >= {"titre", "contexte", "structure_commune"}


@pytest.mark.django_db
@pytest.mark.une_seule_base
def test_conflit_montre_les_deux_reponses_et_laisse_choisir(porteur: Utilisateur) -> None:
    projet = fabriques.brouillon()
    ici, la = connecte(porteur), connecte(porteur)
    url = section(projet, "projet")
    page_ici, page_la = (postees(c.get(url).content) for c in (ici, la))
    silencieux(la, url, page_la | {"titre": ["Le titre de là"]})
    conflit = ici.post(url, page_ici | {"titre": ["Le titre d’ici"], "resume": ["Le résumé d’ici"], "continuer": "1"})
    assert conflit.status_code == 409
    texte = lisible(conflit)
    for mot in ("Le titre de là", "Le titre d’ici", "Garder ma réponse", "Garder la réponse enregistrée"):
        assert mot in texte
    projet.refresh_from_db()
    assert (projet.titre, projet.contenu.resume) == ("Le titre de là", "Le résumé d’ici"), "le reste est enregistré"

    saisie = postees(conflit.content)
    assert ici.post(url, saisie | {"choix-titre": ["autre"], "continuer": "1"}).status_code == 302
    assert Projet.objects.get().titre == "Le titre de là"
    assert ici.post(url, saisie | {"choix-titre": ["mienne"], "continuer": "1"}).status_code == 302
    assert Projet.objects.get().titre == "Le titre d’ici"


@pytest.mark.django_db
@pytest.mark.une_seule_base
def test_une_vieille_page_n_ecrase_pas_ce_qu_elle_n_a_pas_change(porteur: Utilisateur) -> None:
    projet = fabriques.brouillon()
    ici, la = connecte(porteur), connecte(porteur)
    vieille = postees(ici.get(adresse(projet)).content)
    silencieux(la, section(projet, "projet"), postees(la.get(section(projet, "projet")).content, titre="Neuf"))
    suite = silencieux(ici, adresse(projet), vieille | {"resume": ["Mon résumé"]})
    # The page still shows the former title: saving again does not bring it back.
    silencieux(ici, adresse(projet), vieille | {"resume": ["Mon résumé, suite"], "vu": suite["vu"], "version": "999"})
    projet.refresh_from_db()
    assert (projet.titre, projet.contenu.resume) == ("Neuf", "Mon résumé, suite")
    assert json.loads(suite["vu"])["titre"] == json.loads(vieille["vu"][0])["titre"]


@pytest.mark.django_db
@pytest.mark.une_seule_base
def test_l_enregistrement_dit_l_heure_les_regles_et_qui_d_autre(client: Client, appel: object) -> None:
    projet = fabriques.brouillon(fichier=False)
    Projet.objects.update(porteur=None)
    session = client.session
    session["brouillons"] = [str(projet.jeton)]
    session.save()
    url = section(projet, "porteur", 2)
    suite = silencieux(
        client, url, postees(client.get(url).content, porteur_courriel="pas une adresse", porteur_nom="")
    )
    assert suite["message"].startswith("Enregistré à ")
    assert set(suite["constats"]) == {"id_porteur_courriel", "id_porteur_nom"}, "rien des autres pages"
    assert suite["constats"]["id_porteur_courriel"][0]["gravite"] == "bloquant"
    assert suite["presence"] == ""
    autre = Client()
    session = autre.session
    session["brouillons"] = [str(projet.jeton)]
    session.save()
    page = lisible(autre.get(url))
    assert "Quelqu’un d’autre a modifié cette page à l’instant." in page
    assert "Quelqu’un d’autre a modifié cette page" not in lisible(client.get(url))
    illisible = silencieux(
        client,
        section(projet, "calendrier"),
        postees(client.get(section(projet, "calendrier")).content, date_debut="un jour"),
    )
    assert illisible["illisibles"][0]["ancre"] == "id_date_debut"
