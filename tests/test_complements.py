"""The exchange on the questions to correct: who closes what and when, the porteur's answers, the Word file to correct."""

import io
import zipfile

import pytest
from django.urls import reverse
from lxml import etree

from correspondants.enums import Role
from projets import complements
from projets.enums import Action, EtatEchange, Fait, Statut
from projets.models import ChampACompleter
from projets.reception import deposer, recevoir_correction
from projets.versions import complements as echanges
from projets.word.lecture import lire
from projets.word.noms import W
from projets.workflow import ActionImpossible, ActionInterdite, executer

from . import fabriques

pytestmark = pytest.mark.django_db
EN, VILLE = Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE


@pytest.fixture
def redepose():
    """A project corrected and deposited again: « resume » changed with a word to the coordination, « indicateurs » not."""
    projet = fabriques.projet_en(Statut.A_COMPLETER)
    complements.garder_reponses(projet, {"resume": "Nous avons précisé le public.", "titre": "Personne ne l’a demandé"})
    fabriques.enregistrer(projet, projet.contenu.remplacer(resume="Vingt-cinq élèves creusent une mare."))
    executer(projet, Action.DEPOSER, par=projet.porteur)
    return projet


def champ(projet, nom):
    return ChampACompleter.objects.select_related("demande").filter(demande__projet=projet, champ=nom).latest("pk")


def etats(projet):
    depots = list(projet.depots.order_by("rang"))
    lus = echanges(projet, depots, projet.appel.referentiel(), en_cours=False)
    return [{c.champ.champ: c.etat for c in demande.champs} for demande in lus]


def adresse(projet, une):
    return reverse("complement_clore", args=[projet.numero, une.pk])


def test_un_champ_attend_puis_se_relit_puis_se_clot(redepose):
    assert etats(redepose) == [{"resume": EtatEchange.A_RELIRE, "indicateurs": EtatEchange.A_RELIRE}]
    coordination = fabriques.de_role(EN)

    complements.clore(champ(redepose, "resume"), par=coordination)

    assert etats(redepose)[0]["resume"] is EtatEchange.CLOS
    passage = redepose.passages.latest("pk")
    assert (passage.action, passage.par, passage.motif) == (Fait.CHAMP_RESOLU, coordination, "Résumé")
    complements.clore(champ(redepose, "resume"), par=coordination, close=False)
    assert etats(redepose)[0]["resume"] is EtatEchange.A_RELIRE
    assert redepose.passages.latest("pk").action == Fait.CHAMP_ROUVERT


def test_une_question_redemandee_suit_sa_nouvelle_demande(redepose):
    executer(redepose, Action.DEMANDER_COMPLEMENTS, par=fabriques.de_role(EN), champs={"resume": "Combien d’élèves ?"})

    assert etats(redepose) == [
        {"resume": EtatEchange.ATTENDU},
        {"resume": EtatEchange.REDEMANDE, "indicateurs": EtatEchange.A_RELIRE},
    ]


def test_declarer_complet_clot_ce_qui_restait_a_relire(redepose):
    coordination = fabriques.de_role(EN)

    executer(redepose, Action.DECLARER_COMPLET, par=coordination)

    assert set(etats(redepose)[0].values()) == {EtatEchange.CLOS}
    assert {un.resolu_par for un in ChampACompleter.objects.all()} == {coordination}


@pytest.mark.parametrize("qui", ["porteur", VILLE, Role.IEN, Role.PILOTE_EN, Role.OBSERVATEUR, Role.ADMIN])
def test_seule_la_coordination_en_charge_clot(redepose, qui, client):
    personne = redepose.porteur if qui == "porteur" else fabriques.de_role(qui)
    une = champ(redepose, "resume")
    with pytest.raises(ActionInterdite):
        complements.clore(une, par=personne)
    client.force_login(personne)

    assert client.post(adresse(redepose, une)).status_code in (403, 404)
    assert "C’est bon" not in client.get(redepose.get_absolute_url()).content.decode()
    assert champ(redepose, "resume").resolu_le is None


def test_rien_ne_se_clot_avant_la_reponse_ni_apres_la_troika(client):
    en_attente, decide = fabriques.projet_en(Statut.A_COMPLETER), fabriques.projet_en(Statut.INSCRIT)
    une = champ(en_attente, "resume")
    with pytest.raises(ActionInterdite):
        complements.clore(une, par=fabriques.de_role(EN))
    client.force_login(fabriques.de_role(EN))

    assert (
        client.post(reverse("complement_clore", args=[decide.numero, une.pk])).status_code == 404
    )  # another project's


def test_clore_deux_fois_le_dit(redepose, client):
    client.force_login(fabriques.de_role(EN))
    une = champ(redepose, "resume")

    assert client.post(adresse(redepose, une)).status_code == 302
    seconde = client.post(adresse(redepose, une), follow=True).content.decode()

    assert "vient de changer" in seconde
    with pytest.raises(ActionImpossible):
        complements.clore(une, par=fabriques.de_role(EN))
    assert "Revenir dessus" in seconde
    assert client.post(adresse(redepose, une), {"rouvrir": "1"}).status_code == 302
    assert champ(redepose, "resume").resolu_le is None


def test_les_deux_cotes_voient_avant_apres_et_la_reponse(redepose, client):
    for qui in (fabriques.de_role(EN), redepose.porteur):
        client.force_login(qui)
        html = client.get(redepose.get_absolute_url()).content.decode()
        assert "Les élèves creusent, plantent et observent une mare." in html
        assert "Vingt-cinq élèves creusent une mare." in html
        assert "Nous avons précisé le public." in html
        assert "Réponse inchangée" in html
        assert "Personne ne l’a demandé" not in html


def test_le_porteur_repond_a_cote_de_chaque_question(client):
    projet = fabriques.projet_en(Statut.A_COMPLETER)
    client.force_login(projet.porteur)
    page = reverse("projet_modifier", args=[projet.numero])
    assert client.get(page).content.decode().count("Votre réponse à la coordination") == 2
    saisie = {
        "version": projet.version,
        "resume": "Un résumé plus clair.",
        "reponse_resume": "C’est fait.\nVoir aussi la description. <b>",
        "reponse_titre": "forgé",
    }

    assert client.post(page, saisie).status_code == 302

    assert champ(projet, "resume").reponse == "C’est fait.\nVoir aussi la description. <b>"
    assert "Voir aussi la description. &lt;b&gt;" in client.get(page).content.decode()
    projet.refresh_from_db()
    trop = client.post(page, {"version": projet.version, "reponse_resume": "x" * 2001})
    assert trop.status_code == 422
    assert "x" * 2001 in trop.content.decode()
    assert champ(projet, "resume").reponse.startswith("C’est fait.")


def test_une_reponse_ne_s_ecrit_pas_sur_une_version_perimee(client):
    projet = fabriques.projet_en(Statut.A_COMPLETER)
    client.force_login(projet.porteur)
    page = reverse("projet_modifier", args=[projet.numero])

    refus = client.post(page, {"version": projet.version - 1, "resume": "Autre", "reponse_resume": "Un mot à garder"})

    assert refus.status_code == 409
    assert "Un mot à garder" in refus.content.decode()
    assert champ(projet, "resume").reponse == ""


def test_signaler_une_question_ouvre_le_formulaire_sur_elle(redepose, client):
    client.force_login(fabriques.de_role(EN))
    lien = f"{reverse('projet_action', args=[redepose.numero, Action.DEMANDER_COMPLEMENTS])}?champ=resume"
    assert f'href="{lien}#id_champ_resume"' in client.get(redepose.get_absolute_url()).content.decode()

    html = client.get(lien).content.decode()

    assert 'name="champ_resume" id="id_champ_resume" checked' in html
    assert html.count(" checked") == 1
    assert "Déjà demandé le" in html
    assert "Nous avons précisé le public." in html
    for etranger in ("inconnu", "\x00", "<script>"):
        assert client.get(lien, {"champ": etranger}).status_code == 200


def commentaires(octets):
    racine = etree.fromstring(zipfile.ZipFile(io.BytesIO(octets)).read("word/comments.xml"))
    return ["".join(un.itertext()) for un in racine.iter(f"{W}comment")]


@pytest.mark.parametrize("corrige_en_ligne", [False, True])
def test_le_fichier_word_porte_les_demandes_et_se_redepose(client, corrige_en_ligne):
    projet = fabriques.projet_en(Statut.A_COMPLETER)
    if corrige_en_ligne:
        fabriques.enregistrer(projet, projet.contenu.remplacer(resume="Corrigé en ligne."))
    client.force_login(projet.porteur)

    reponse = client.get(reverse("complements_word", args=[projet.numero]))

    textes = commentaires(reponse.content)
    assert len(textes) == 2
    assert "La coordination vous demande" in textes[0]
    assert "Dites en une phrase ce que feront les enfants." in textes[0]
    lue = lire(reponse.content, projet.appel.referentiel())
    assert lue.dossier.resume == projet.contenu.resume
    recevoir_correction(projet, "corrige.docx", reponse.content, projet.porteur)
    deposer(projet, projet.porteur)
    assert projet.statut == Statut.DEPOSE


@pytest.mark.parametrize("qui", [EN, VILLE, Role.IEN, Role.ADMIN, "etranger"])
def test_le_fichier_a_completer_est_celui_du_porteur(client, qui):
    projet = fabriques.projet_en(Statut.A_COMPLETER)
    client.force_login(fabriques.utilisateur("autre@example.org") if qui == "etranger" else fabriques.de_role(qui))

    assert client.get(reverse("complements_word", args=[projet.numero])).status_code in (403, 404)


def test_sans_demande_ouverte_il_n_y_a_pas_de_fichier_a_completer(redepose, client):
    client.force_login(redepose.porteur)

    assert (
        "Aucune question"
        in client.get(reverse("complements_word", args=[redepose.numero]), follow=True).content.decode()
    )


def test_des_lignes_dans_un_autre_ordre_ne_sont_pas_un_changement():
    projet = fabriques.projet_en(Statut.A_COMPLETER)
    fabriques.enregistrer(projet, projet.contenu.remplacer(produits=tuple(reversed(projet.contenu.produits))))
    executer(projet, Action.DEPOSER, par=projet.porteur)

    demande = echanges(projet, list(projet.depots.order_by("rang")), projet.appel.referentiel(), en_cours=False)[0]

    assert demande.autres == ()


def test_un_jour_souhaite_se_dit_partout_ou_le_porteur_regarde(client):
    projet = fabriques.projet_en(Statut.DEPOSE)
    adresse_action = reverse("projet_action", args=[projet.numero, Action.DEMANDER_COMPLEMENTS])
    saisie = {"version": projet.version, "champ_resume": "on", "motif_resume": "Précisez."}
    client.force_login(fabriques.de_role(EN))
    passee = client.post(adresse_action, saisie | {"attendue_le": "2020-01-01"})
    assert "Cette date est passée" in passee.content.decode()

    assert client.post(adresse_action, saisie | {"attendue_le": "2050-03-12"}).status_code == 302

    assert "avant le 12 mars 2050" in projet.courriels.get(gabarit="complements_demandes").texte.replace("\u00a0", " ")
    client.force_login(projet.porteur)
    for page in (reverse("suivi"), reverse("projet_modifier", args=[projet.numero]), projet.get_absolute_url()):
        assert "12 mars 2050" in " ".join(client.get(page).content.decode().split()), page
