"""The guided deposit: the list of sections, one page at a time, the answers checked, without losing nor reproaching anything."""

import re
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from correspondants.models import Utilisateur
from projets.dossier import QUESTIONS, MaterielPrevu
from projets.forms.dossier import ranger
from projets.models import Appel, Projet

from .. import fabriques
from ..formulaires import postees
from .parcours import adresse, brouillon_en_ligne, connecte

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


def section(projet: Projet, code: str, rang: int = 1) -> str:
    if rang == 1:
        return reverse("deposer_section", args=[projet.jeton, code])
    return reverse("deposer_section_page", args=[projet.jeton, code, rang])


def lisible(reponse) -> str:
    return reponse.content.decode().replace("\u00a0", " ").replace("\u202f", " ")


def test_un_dossier_entier_page_par_page(client: Client, appel: Appel) -> None:
    """From an empty draft to the check of the answers, by the only button « Enregistrer et continuer »."""
    modele = fabriques.dossier_complet()
    source = fabriques.brouillon(modele, fichier=False)
    projet = brouillon_en_ligne(client)
    liste = lisible(client.get(adresse(projet, "deposer_verification")))
    assert "Il reste" in liste
    assert "erreur" not in liste
    url, vues = section(projet, "porteur"), []
    while "/sections/" in url:
        vide = client.get(url)
        assert "constat-" not in lisible(vide), "rien n’est reproché avant d’avoir répondu"
        pleine = connecte(source.porteur).get(url.replace(str(projet.jeton), str(source.jeton)))
        saisie = postees(pleine.content) | {
            nom: postees(vide.content)[nom]
            for nom in ("version", "vu", "preuve", "csrfmiddlewaretoken")
            if nom in postees(vide.content)
        }
        vues.append(url)
        assert len(vues) <= 15, vues
        url = client.post(url, saisie).url
    assert len(vues) == len(set(vues)) == 15
    assert url == adresse(projet, "deposer_finaliser")
    projet.refresh_from_db()
    assert projet.contenu == ranger(modele, appel.referentiel())
    page = lisible(client.get(url))
    assert "Le dossier est prêt" in page
    for une in QUESTIONS:
        assert f'<span class="visually-hidden"> : {une.libelle}</span>' in page, une.identifiant
    for adresse_du_champ in re.findall(r'href="(/deposer/[^"]+/sections/[^"]+#id_[^"]+)"', page):
        chemin, _, ancre = adresse_du_champ.partition("#")
        if "porteur" in chemin or "budget" in chemin:
            assert f'id="{ancre}"' in lisible(client.get(chemin)), adresse_du_champ


def test_une_page_n_efface_pas_les_autres(porteur: Utilisateur) -> None:
    projet = fabriques.brouillon()
    client, avant = connecte(porteur), ranger(projet.contenu, projet.appel.referentiel())
    saisie = postees(client.get(section(projet, "objectifs", 2)).content, parcours=None)
    client.post(section(projet, "objectifs", 2), saisie | {"titre": "Volé", "liste": "1"})
    projet.refresh_from_db()
    assert ranger(projet.contenu, projet.appel.referentiel()) == avant.remplacer(parcours=())


def test_une_erreur_se_dit_une_fois_et_laisse_continuer(porteur: Utilisateur) -> None:
    projet = fabriques.brouillon(fabriques.dossier_complet(materiels=(MaterielPrevu("Robot", 1, Decimal(501), 2026),)))
    client, url = connecte(porteur), section(projet, "materiel")
    assert "1 erreur" in lisible(client.get(adresse(projet, "deposer_verification")))
    page = client.get(url)
    assert "data-erreurs" not in lisible(page)
    suite = client.post(url, postees(page.content) | {"continuer": "1"})
    assert suite.url == f"{url}?verifier=1"
    page = client.get(suite.url)
    assert 'href="#id_materiels-0-prix_unitaire_ht"' in lisible(page)
    assert "data-erreurs" in lisible(page)
    assert client.post(url, postees(page.content) | {"continuer": "quand-meme"}).url == adresse(
        projet, "deposer_finaliser"
    )
    url = section(projet, "calendrier")
    illisible = client.post(url, postees(client.get(url).content, date_debut="un jour"))
    assert illisible.status_code == 422
    assert 'href="#id_date_debut"' in lisible(illisible)


def test_un_numero_mal_ecrit_se_dit_avant_de_changer_de_page(porteur: Utilisateur) -> None:
    """The script says it once the field is left; whoever clicks at once, or has no script, is told by the same page."""
    projet = fabriques.brouillon()
    client, url = connecte(porteur), section(projet, "porteur")
    saisie = postees(client.get(url).content, structure_siret="123 456 789 00011", structure_code_postal="628")
    suite = client.post(url, saisie | {"continuer": "1"})
    assert suite.url == f"{url}?verifier=1"
    page = lisible(client.get(suite.url))
    assert "Ce SIRET n’est pas valide" in page
    assert "Un code postal a 5 chiffres." in page
    assert "continuez si c’est juste" in page
    # Told already: it stands, and the page is left.
    saisie = postees(client.get(url).content) | {"continuer": "1"}
    assert client.post(url, saisie).url == section(projet, "porteur", 2)


def test_page_qui_n_existe_pas(porteur: Utilisateur) -> None:
    projet = fabriques.brouillon()
    for code, rang in (("n-existe-pas", 1), ("porteur", 3), ("budget", 2)):
        assert connecte(porteur).get(section(projet, code, rang)).status_code == 404
    assert Client().get(section(projet, "budget")).url.startswith(reverse("account_login"))
    assert connecte(fabriques.utilisateur("autre@example.org")).get(section(projet, "budget")).status_code == 404


def test_saisie_d_une_session_finie_revient_sur_sa_page(porteur: Utilisateur) -> None:
    projet = fabriques.brouillon()
    saisie = postees(connecte(porteur).get(section(projet, "projet")).content, titre="Écrit pendant deux heures")
    revenu = Client()
    assert revenu.post(section(projet, "projet"), saisie).status_code == 302
    revenu.force_login(porteur)
    assert "Votre saisie est retrouvée" not in lisible(revenu.get(section(projet, "budget")))
    assert "Écrit pendant deux heures" in lisible(revenu.get(section(projet, "projet")))


def test_un_montant_illisible_est_nomme_par_son_compte_et_son_annee(client: Client, appel: Appel) -> None:
    """Far from its cell, « Année N+1 » names nothing in a table of sixty rows; beside it, the name is not said again."""
    projet = brouillon_en_ligne(client)
    url = section(projet, "budget")
    saisie = postees(client.get(url).content, annee="2026") | {"charges-62-DEPLACEMENTS-montant_n1": "mille"}
    assert "Déplacements, missions, 2027 : Ce n’est pas un nombre" in lisible(client.post(url, saisie))
    reponse = client.post(url, saisie, headers={"X-Enregistrement": "automatique"}).json()
    assert [un["message"].startswith("Ce n’est pas") for un in reponse["illisibles"]] == [True]


def test_la_derniere_section_laissee_vide_ne_dit_pas_que_tout_est_rempli(client: Client, appel: Appel) -> None:
    modele = fabriques.dossier_complet().remplacer(signataire_nom="", engagement_exactitude=False)
    projet = fabriques.brouillon(modele, fichier=False)
    porteur = connecte(projet.porteur)
    url = section(projet, "engagement")
    page = lisible(porteur.post(url, postees(porteur.get(url).content), follow=True))
    assert "À compléter avant de déposer (2)" in page
    assert "Toutes les réponses attendues y sont" not in page
