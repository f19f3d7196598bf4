"""The page of a project read by its porteur and by the coordination: the same facts, minus deliberations."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import Role
from projets import messagerie
from projets.enums import Action, Fait, Financeur, SensAvis, SensDecision, Statut
from projets.journal import consigner
from projets.models import AvisTroika, Courriel, PointOrdreDuJour, Projet
from projets.workflow import executer

from .. import fabriques
from .parcours import connecte

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]

# What nobody but the services may read: words that are on no other page.
SECRETS = {
    "voix": "Une voix longuement discutée",
    "notes": "Notes prises en séance",
    "avis": "Motif d’avis réservé aux services",
    "interne": "Message entre services",
    "journal": "Ligne du journal interne",
}
SECTIONS = ("argent", "decision", "bilans", "budget")
DELIBERATIONS = {
    "Avis rendu sur le temps scolaire",
    "Avis modifié sur le temps scolaire",
    "Décision préparée en séance",
    "Retiré de l’ordre du jour",
}


def texte(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\u00a0", " ").split())


def faits(html):
    """Steps that are done, each with its day."""
    faites = re.findall(r'<li class="fait">(.*?)</li>', html, re.S)
    titres = [re.search(r'chronologie-titre">(.*?)<span', une, re.S)[1].strip() for une in faites]
    jours = [re.search(r'chronologie-date">([^<,]*)', une) for une in faites]
    return {(titre, jour[1].strip() if jour else "") for titre, jour in zip(titres, jours, strict=True)}


def cellules(html, section):
    """What the tables and the words of one section say, whatever the links are called."""
    trouvee = re.search(rf'<section aria-labelledby="{section}".*?</section>', html, re.S)
    if trouvee is None:
        return None
    sans_liens = re.sub(r"<a\b.*?</a>", "", trouvee[0], flags=re.S)
    return texte(sans_liens)


def deliberer(projet):
    """Everything that the services say of a project, with words of its own."""
    PointOrdreDuJour.objects.filter(projet=projet).update(notes=SECRETS["notes"])
    AvisTroika.objects.filter(point__projet=projet).update(motif=SECRETS["voix"])
    projet.avis_ien.exclude(rendu_le=None).update(motif=SECRETS["avis"], sens=SensAvis.RESERVE)
    ville = fabriques.de_role(Role.COORDINATEUR_VILLE)
    messagerie.ecrire_message(projet, par=ville, texte=SECRETS["interne"], interne=True)
    consigner(projet, Fait.VOIX, par=fabriques.de_role(Role.PILOTE_EN), motif=SECRETS["journal"])


@pytest.mark.parametrize("statut", [statut for statut in Statut if statut is not Statut.BROUILLON])
def test_la_page_du_porteur_dit_tous_les_faits_et_aucune_deliberation(appel, statut):
    projet = fabriques.projet_en(statut)
    if statut is Statut.INSCRIT:
        fabriques.decider(projet, SensDecision.AJOURNE, motif="Décision qui attend sa publication")
    deliberer(projet)
    porteur, services = (
        connecte(qui).get(projet.get_absolute_url()).content.decode()
        for qui in (projet.porteur, fabriques.coordinateur_de(projet))
    )
    assert {titre for titre, _ in faits(services) - faits(porteur)} <= DELIBERATIONS
    assert faits(porteur) <= faits(services)
    for section in SECTIONS:
        assert cellules(porteur, section) == cellules(services, section), section
    lu = texte(porteur)
    assert not [nom for nom, mots in SECRETS.items() if mots in lu]
    assert "Décision qui attend sa publication" not in lu
    assert SECRETS["interne"] in texte(services)
    assert SECRETS["journal"] in texte(services)
    assert "Où en est votre projet" in lu
    assert ("Maintenant" in lu) is not statut.est_final


def test_la_page_dit_qui_a_la_main_pour_quand_et_ce_qui_est_attendu(appel):
    projet = fabriques.projet_en(Statut.DEPOSE)
    dans_dix_jours = timezone.now() + timedelta(days=10)
    fabriques.seance(date=dans_dix_jours)
    html = texte(connecte(projet.porteur).get(projet.get_absolute_url()).content.decode())
    assert "Qui a la main Coordination" in html
    assert "Examen par la troïka (à venir) prochaine séance le" in html
    assert "Vous n’avez rien à faire" in html

    limite = timezone.localdate() + timedelta(days=8)
    executer(
        projet,
        Action.DEMANDER_COMPLEMENTS,
        par=fabriques.coordinateur_de(projet),
        champs={"resume": "Précisez."},
        attendue_le=limite,
    )
    html = connecte(projet.porteur).get(projet.get_absolute_url()).content.decode()
    assert "Qui a la main Vous Pour quand Attendu avant le" in texte(html)
    assert html.count(f'href="{reverse("projet_modifier", args=[projet.numero])}"') == 1
    assert "Qui appeler" in html


def test_les_suites_de_la_decision_sont_des_etapes_pour_tous_deux(appel):
    projet = fabriques.projet_en(Statut.VALIDE)
    fabriques.remettre_les_bilans(projet)
    pages = [
        connecte(qui).get(projet.get_absolute_url()).content.decode()
        for qui in (projet.porteur, fabriques.coordinateur_de(projet))
    ]
    for html in pages:
        titres = [titre for titre, _ in faits(html)]
        assert {"Bilan 2026 déposé", "Bilan 2026 accepté"} <= set(titres)
    ien = connecte(fabriques.de_role(Role.IEN)).get(projet.get_absolute_url()).content.decode()
    assert "Bilan 2026 déposé" not in ien


# --- withdrawing, deleting a draft -------------------------------------------------------------------------------------

RETIRABLES = [Statut.DEPOSE, Statut.A_COMPLETER, Statut.AVIS_IEN, Statut.PRET, Statut.INSCRIT, Statut.AJOURNE]


@pytest.mark.parametrize("statut", RETIRABLES)
def test_le_retrait_dit_ses_consequences_et_previent_ceux_qui_ont_le_projet(appel, statut):
    projet = fabriques.projet_en(statut)
    for role in (Role.PILOTE_PREFECTURE, Role.PILOTE_VILLE, Role.COORDINATEUR_VILLE, Role.IEN):
        fabriques.de_role(role)
    client, adresse = connecte(projet.porteur), reverse("projet_action", args=[projet.numero, "retirer"])
    html = client.get(adresse).content.decode()
    assert ("ne seront plus attendus" in html) is (statut is Statut.AVIS_IEN)
    assert ("quitte l’ordre du jour" in html) is (statut is Statut.INSCRIT)
    Courriel.objects.all().delete()
    assert client.post(adresse, {"version": projet.version}).url == projet.get_absolute_url()  # without a reason
    ecrits = set(Courriel.objects.values_list("gabarit", "destinataire"))
    assert ("projet_retire", fabriques.coordinateur_de(projet).email) in ecrits
    assert (("retrait_avis", fabriques.de_role(Role.IEN).email) in ecrits) is (statut is Statut.AVIS_IEN)
    assert (("retrait_seance", fabriques.de_role(Role.PILOTE_VILLE).email) in ecrits) is (statut is Statut.INSCRIT)
    assert "Reprendre ce dossier" in client.get(projet.get_absolute_url()).content.decode()


def test_un_projet_valide_ne_se_retire_pas(appel):
    projet = fabriques.projet_en(Statut.VALIDE)
    client, adresse = connecte(projet.porteur), reverse("projet_action", args=[projet.numero, "retirer"])
    assert "n’est pas possible" in client.get(adresse).content.decode()
    assert client.post(adresse, {"version": projet.version}).status_code == 409


def test_un_brouillon_jamais_depose_se_supprime_avec_son_fichier(appel, django_capture_on_commit_callbacks):
    brouillon = fabriques.brouillon()
    fichier = brouillon.piece_dossier.fichier
    adresse = reverse("brouillon_supprimer", args=[brouillon.jeton])
    assert connecte(fabriques.utilisateur("autre@example.org")).post(adresse).status_code == 404
    client = connecte(brouillon.porteur)
    assert adresse in client.get("/suivi/").content.decode()
    assert "C’est sans retour" in client.get(adresse).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(adresse).url == "/suivi/"
    assert not Projet.objects.filter(pk=brouillon.pk).exists()
    assert not fichier.storage.exists(fichier.name)
    assert client.get(adresse).status_code == 404


def test_le_collegue_qui_ecrit_avec_le_porteur_ne_supprime_pas(appel):
    brouillon, collegue = fabriques.brouillon(), fabriques.utilisateur("collegue@example.org")
    brouillon.partages.create(
        par=brouillon.porteur, courriel=collegue.email, accepte_le=timezone.now(), accepte_par=collegue
    )
    adresse = reverse("brouillon_supprimer", args=[brouillon.jeton])
    client = connecte(collegue)
    assert client.get(brouillon.get_absolute_url()).status_code == 200
    assert client.post(adresse).status_code == 403
    assert adresse not in client.get("/suivi/").content.decode()
    assert Projet.objects.filter(pk=brouillon.pk).exists()


def test_un_projet_depose_ne_se_supprime_pas(appel):
    projet = fabriques.projet_en(Statut.DEPOSE)
    client = connecte(projet.porteur)
    client.post(reverse("brouillon_supprimer", args=[projet.jeton]))
    assert Projet.objects.filter(pk=projet.pk).exists()


def test_un_versement_est_une_etape_le_jour_ou_il_a_eu_lieu(appel):
    projet = fabriques.projet_en(Statut.VALIDE)
    exercice = projet.exercices.get()
    exercice.versements.create(
        financeur=Financeur.ETAT,
        montant=Decimal(250),
        date=timezone.localdate(),
        saisi_par=fabriques.de_role(Role.ADMIN),
    )
    for qui in (projet.porteur, fabriques.coordinateur_de(projet)):
        html = connecte(qui).get(projet.get_absolute_url()).content.decode()
        assert "Versement : 250,00 €" in {titre.replace("\u00a0", " ") for titre, _ in faits(html)}
