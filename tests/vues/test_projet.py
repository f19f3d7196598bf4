"""The project page and the action view: who sees what, what each action does, and what no forged request can do."""

import re

import pytest
from django.urls import reverse

from correspondants.enums import Role
from projets.enums import Action, SensAvis, SensDecision, Statut
from projets.fiche import composer
from projets.forms.coordination import QUI_EST_PREVENU
from projets.models import Courriel, DemandeComplements, Passage, Projet, SeanceTroika
from projets.notifications import jeton_avis
from projets.workflow import TRANSITIONS, executer

from .. import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]

EN, VILLE = Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE
STATUTS = [statut for statut in Statut if statut is not Statut.BROUILLON]
SERVICES = [EN, VILLE, Role.PILOTE_EN, Role.PILOTE_PREFECTURE, Role.PILOTE_VILLE, Role.OBSERVATEUR, Role.ADMIN]
MOTIF_AVIS = "Le déplacement des CM1 demande un second accompagnateur"
MOTIF_DECISION = "Le partenariat reste à écrire noir sur blanc"
MOTIF_VOIX = "Voix donnée après une longue discussion"


@pytest.fixture
def entrer(client):
    def _entrer(qui):
        client.force_login(qui if not isinstance(qui, str) else fabriques.de_role(qui))
        return client

    return _entrer


def adresse(projet, action=None):
    return reverse("projet_action", args=[projet.numero, action]) if action else reverse("projet", args=[projet.numero])


def page(client, projet):
    reponse = client.get(adresse(projet))
    assert reponse.status_code == 200
    return reponse.content.decode()


# --- the page -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statut", STATUTS)
def test_projet_s_ouvre_a_chaque_lecteur_dans_chaque_statut(entrer, statut):
    projet = fabriques.projet_en(statut)
    autorites = [Role.IEN] if projet.avis_ien.exists() else []
    for lecteur in (projet.porteur, *SERVICES, *autorites):
        html = page(entrer(lecteur), projet)

        assert projet.numero in html
        assert "Une mare pédagogique" in html
        assert "Où en est" in html


@pytest.mark.parametrize("qui", ["autre@example.org", Role.IEN, Role.AUTORITE_EN])
def test_projet_est_introuvable_pour_un_etranger(entrer, qui):
    projet = fabriques.projet_en(Statut.DEPOSE)
    etranger = fabriques.utilisateur(qui) if "@" in qui else fabriques.de_role(qui)

    assert entrer(etranger).get(adresse(projet)).status_code == 404
    assert entrer(etranger).get(adresse(projet, Action.RETIRER)).status_code == 404


def test_projet_demande_de_se_connecter(client):
    projet = fabriques.projet_en(Statut.DEPOSE)

    assert client.get(adresse(projet)).status_code == 302


@pytest.mark.parametrize("numero", ["2026-9999", "%00", "é" * 300, "' OR 1=1", "None"])
def test_projet_de_numero_impossible_est_introuvable(entrer, numero):
    fabriques.projet_en(Statut.DEPOSE)

    assert entrer(EN).get(f"/projets/{numero}/").status_code == 404
    assert entrer(EN).get(f"/projets/{numero}/actions/clore/").status_code == 404


def test_projet_ne_montre_au_porteur_rien_de_ce_qui_est_aux_services(entrer):
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    fabriques.rendre_les_avis(projet, SensAvis.RESERVE, MOTIF_AVIS)
    fabriques.enveloppes()
    executer(projet, Action.INSCRIRE, par=fabriques.de_role(EN), seance=fabriques.seance(notes="Notes de la séance"))
    executer(projet, Action.DESINSCRIRE, par=fabriques.de_role(EN), motif="Agenda trop chargé")
    executer(projet, Action.INSCRIRE, par=fabriques.de_role(EN), seance=fabriques.seance())
    fabriques.decider(projet, SensDecision.AJOURNE, motif=MOTIF_DECISION)
    point = projet.points.get(seance__publiee_le=None)
    point.voix.update(motif=MOTIF_VOIX)
    point.notes = "Notes prises en séance"
    point.save()

    html = page(entrer(projet.porteur), projet)

    secrets = (
        MOTIF_AVIS, "Favorable avec réserves", MOTIF_DECISION, MOTIF_VOIX, "Notes", "Agenda trop chargé", "Décision prép",
        "Le journal", "Ce que le portail a relevé", "coordinateur-en@", "ien@example.org", "/avis/", "La décision de",
    )  # fmt: skip
    assert [secret for secret in secrets if secret in html] == []
    assert "IEN (1er degré)" in html  # an opinion was asked, and given
    assert "Avis rendu" in html
    services = page(entrer(EN), projet)
    assert MOTIF_AVIS in services
    assert "Agenda trop chargé" in services
    assert MOTIF_DECISION not in services or "Le journal" in services


def test_projet_montre_la_decision_au_porteur_une_fois_publiee(entrer):
    projet = fabriques.projet_en(Statut.AJOURNE)

    html = page(entrer(projet.porteur), projet)

    assert "La décision de la troïka" in html
    assert "Le budget est à préciser." in html


def test_projet_montre_l_argent_accorde_par_annee_et_financeur(entrer):
    projet = fabriques.projet_en(Statut.VALIDE, fabriques.dossier_deux_ans())

    html = page(entrer(projet.porteur), projet)

    assert "État (préfecture)" in html
    for montant in ("700,00\u00a0€", "400,00\u00a0€", "1\u202f100,00\u00a0€"):
        assert montant in html
    assert "Bilan intermédiaire" in html
    assert "15\u00a0décembre 2026" in html


def test_projet_ne_montre_a_l_ien_que_la_partie_scolaire(entrer):
    dossier = fabriques.dossier_complet(porteur_telephone="01 02 03 04 05")
    scolaire = dossier.interventions[0]
    ailleurs = type(scolaire)(**{**vars(scolaire), "intitule": "Fête du samedi", "temps": "extrascolaire"})
    dossier = dossier.remplacer(interventions=(scolaire, ailleurs))
    projet = fabriques.projet_en(Statut.AVIS_IEN, dossier)

    html = page(entrer(Role.IEN), projet)

    assert "Chantier et plantations" in html
    assert "École des Tilleuls" in html
    assert "1.1.2" in html
    absents = ("Fête du samedi", "€", "Une mare est creusée", "01 02 03", "porteur@example.org", "sha256", "Le journal",
               "fiche.pdf", "dossier.docx", "Les courriels")  # fmt: skip
    assert [absent for absent in absents if absent in html] == []
    assert reverse("avis_rendre", args=[projet.avis_ien.get().pk]) in html


def test_projet_cache_le_lien_signe_des_courriels(entrer):
    fabriques.de_role(Role.IEN)
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    avis = projet.avis_ien.get()
    courriel = Courriel.objects.filter(gabarit="avis_demande", projet=projet).first()
    assert courriel is not None
    assert jeton_avis(avis).split(":")[0] in courriel.texte

    html = page(entrer(Role.OBSERVATEUR), projet)

    assert "lien personnel, masqué" in html
    assert jeton_avis(avis).split(":")[0] not in html


def test_projet_montre_aux_services_tous_les_courriels_et_au_porteur_les_siens(entrer):
    projet = fabriques.projet_en(Statut.A_COMPLETER)
    objets = dict(projet.courriels.values_list("gabarit", "objet"))

    services, porteur = page(entrer(EN), projet), page(entrer(projet.porteur), projet)

    assert services.count("Écrit le") == projet.courriels.count()
    assert porteur.count("Écrit le") == projet.courriels.filter(pour_services=False).count() == 2
    assert set(objets) == {"accuse_reception", "nouveau_depot", "complements_demandes"}


def test_projet_a_completer_reste_pour_les_services_ce_qui_a_ete_depose(entrer):
    projet = fabriques.projet_en(Statut.A_COMPLETER)
    fabriques.enregistrer(projet, projet.contenu.remplacer(resume="Phrase encore en travaux"))

    assert "Phrase encore en travaux" not in page(entrer(EN), projet)
    assert "Phrase encore en travaux" in page(entrer(projet.porteur), projet)


def test_projet_montre_avant_et_apres_des_complements(entrer):
    projet = fabriques.projet_en(Statut.A_COMPLETER)
    motif = projet.demandes_complements.get().champs.get(champ="resume").motif
    fabriques.enregistrer(projet, projet.contenu.remplacer(resume="Un résumé tout neuf", contexte="Contexte ajouté"))
    executer(projet, Action.DEPOSER, par=projet.porteur)

    for qui in (EN, projet.porteur):
        html = page(entrer(qui), projet)
        assert motif in html
        assert "Les élèves creusent, plantent et observent une mare." in html
        assert "Un résumé tout neuf" in html
        assert "Autres changements du porteur" in html
        assert "Version 2, déposée le" in html


def test_fiche_dit_les_bilans_dus_et_leurs_echeances():
    projet = fabriques.projet_en(Statut.VALIDE, fabriques.dossier_deux_ans())

    bilans = composer(projet, projet.porteur).bilans

    assert [(bilan.annee, str(bilan.echeance)) for bilan in bilans] == [(2026, "2026-12-15"), (2027, "2028-06-30")]
    assert composer(projet, fabriques.de_role(EN)).bilans[0].url == ""  # nothing to read before the deposit


def test_fiche_ne_laisse_personne_juger_son_propre_projet():
    porteur = fabriques.utilisateur("juge@example.org", EN, VILLE)
    projet = fabriques.projet_en(Statut.INSCRIT, porteur=porteur)

    assert [bouton.libelle for bouton in composer(projet, porteur).boutons] == [
        "Transmettre le projet",
        "Retirer le projet",
    ]


def test_projet_explique_pourquoi_une_action_est_empechee(entrer):
    projet = fabriques.projet_en(Statut.VALIDE)

    html = page(entrer(EN), projet)

    assert "«\u00a0Clore le projet\u00a0»" in html
    assert "bilan 2026 attendu" in html
    assert f'href="{adresse(projet, Action.CLORE)}"' not in html


def test_projet_se_lit_en_un_nombre_borne_de_requetes(entrer, django_assert_max_num_queries):
    projet = fabriques.projet_en(Statut.CLOS, fabriques.dossier_deux_ans())
    client = entrer(EN)

    with django_assert_max_num_queries(60):
        page(client, projet)


# --- the actions ------------------------------------------------------------------------------------------------------

# One statut from which each action may leave, and what a page would post.
DEPART = {
    Action.DEPOSER: Statut.A_COMPLETER,
    Action.DEMANDER_COMPLEMENTS: Statut.DEPOSE,
    Action.DECLARER_COMPLET: Statut.DEPOSE,
    Action.RENDRE_AVIS: Statut.AVIS_IEN,
    Action.CORRIGER_AVIS: Statut.PRET,
    Action.INSCRIRE: Statut.PRET,
    Action.DESINSCRIRE: Statut.INSCRIT,
    Action.DECIDER: Statut.INSCRIT,
    Action.PUBLIER: Statut.INSCRIT,
    Action.RETIRER: Statut.DEPOSE,
    Action.CLORE: Statut.VALIDE,
}
ROLES = ["porteur", "etranger", *SERVICES, Role.IEN, Role.AUTORITE_EN]


def personne(role, projet):
    if role == "porteur":
        return projet.porteur
    return fabriques.utilisateur("autre@example.org") if role == "etranger" else fabriques.de_role(role)


def envoi(projet, **donnees):
    return {
        "version": projet.version,
        "champ_resume": "on",
        "motif_resume": "Précisez.",
        "sens": "favorable",
        "seance": getattr(SeanceTroika.objects.ouvertes().first(), "pk", ""),
        **donnees,
    }


@pytest.mark.une_seule_base
@pytest.mark.parametrize("action", list(Action))
def test_action_forgee_par_le_mauvais_role_est_refusee(entrer, action):
    projet = fabriques.projet_en(DEPART[action])
    fabriques.seance()
    passages, intrus = Passage.objects.count(), [personne(role, projet) for role in ROLES]
    intrus = [qui for qui in intrus if not TRANSITIONS[action].acteur(qui, projet)]
    assert len(intrus) >= len(ROLES) - 2
    for qui in intrus:
        client = entrer(qui)

        reponses = [client.post(adresse(projet, action), envoi(projet)), client.get(adresse(projet, action))]

        assert {reponse.status_code for reponse in reponses} <= {403, 404}
        projet.refresh_from_db()
        assert projet.statut == DEPART[action]
    assert Passage.objects.count() == passages


@pytest.mark.une_seule_base
@pytest.mark.parametrize("statut", STATUTS)
def test_action_hors_de_son_statut_est_expliquee_jamais_faite(entrer, statut):
    projet = fabriques.projet_en(statut)
    fabriques.seance()
    dernier = projet.passages.order_by("-pk").first()
    impossibles = [action for action in Action if statut not in TRANSITIONS[action].depuis]
    personnes = (projet.porteur, fabriques.de_role(EN), fabriques.de_role(VILLE))
    for action, qui in ((action, qui) for action in impossibles for qui in personnes):
        reponse = entrer(qui).post(adresse(projet, action), envoi(projet))

        deja_faite = dernier.action == action and dernier.par_id == qui.pk
        assert reponse.status_code in ((302,) if deja_faite else (403, 409))
        projet.refresh_from_db()
        assert projet.statut == statut
        assert projet.passages.order_by("-pk").first() == dernier


@pytest.mark.parametrize("action", [Action.RENDRE_AVIS, Action.DECIDER, Action.PUBLIER])
def test_action_a_page_dediee_y_renvoie_et_ne_se_force_pas(entrer, action):
    projet = fabriques.projet_en(DEPART[action])
    client = entrer(Role.IEN if action is Action.RENDRE_AVIS else EN)

    vers = client.get(adresse(projet, action))
    force = client.post(adresse(projet, action), envoi(projet, point="1", avis="1", montants="1"))

    attendue = (
        reverse("avis_rendre", args=[projet.avis_ien.get().pk])
        if action is Action.RENDRE_AVIS
        else reverse("troika_seance", args=[projet.points.get().seance_id])
    )
    assert vers.status_code == 302
    assert vers.url == attendue
    assert force.status_code == 409
    projet.refresh_from_db()
    assert projet.statut == DEPART[action]


@pytest.mark.parametrize(
    ("action", "role", "arrivee"),
    [
        (Action.DEMANDER_COMPLEMENTS, EN, Statut.A_COMPLETER),
        (Action.DECLARER_COMPLET, EN, Statut.AVIS_IEN),
        (Action.INSCRIRE, VILLE, Statut.INSCRIT),
        (Action.DESINSCRIRE, VILLE, Statut.PRET),
        (Action.RETIRER, "porteur", Statut.RETIRE),
    ],
)
def test_action_se_confirme_puis_se_fait_une_seule_fois(entrer, action, role, arrivee):
    projet = fabriques.projet_en(DEPART[action])
    fabriques.seance()
    client = entrer(personne(role, projet))
    confirmation = client.get(adresse(projet, action))
    assert confirmation.status_code == 200
    assert Projet.objects.get(pk=projet.pk).statut == DEPART[action]
    donnees = envoi(projet)

    premiere, seconde = client.post(adresse(projet, action), donnees), client.post(adresse(projet, action), donnees)

    assert premiere.status_code == seconde.status_code == 302
    assert premiere.url == adresse(projet)
    projet.refresh_from_db()
    assert projet.statut == arrivee
    assert projet.passages.filter(action=action).count() == 1


def test_clore_se_fait_une_fois_les_bilans_acceptes(entrer):
    projet = fabriques.projet_en(Statut.VALIDE)
    client = entrer(EN)
    assert "bilan 2026 attendu" in client.get(adresse(projet, Action.CLORE)).content.decode()
    assert client.post(adresse(projet, Action.CLORE), envoi(projet)).status_code == 409
    fabriques.remettre_les_bilans(projet)

    assert client.post(adresse(projet, Action.CLORE), envoi(projet)).status_code == 302
    projet.refresh_from_db()
    assert projet.statut == Statut.CLOS


def test_demander_complements_n_envoie_que_les_questions_cochees(entrer):
    projet = fabriques.projet_en(Statut.DEPOSE)

    entrer(EN).post(
        adresse(projet, Action.DEMANDER_COMPLEMENTS),
        {"version": projet.version, "champ_resume": "on", "motif_resume": "Pour quel public ?",
         "champ_charges": "on", "motif_charges": "Détaillez.", "message": "Merci !"},
    )  # fmt: skip

    demande = DemandeComplements.objects.get(projet=projet)
    assert demande.message == "Merci !"
    assert dict(demande.champs.values_list("champ", "motif")) == {
        "resume": "Pour quel public ?",
        "charges": "Détaillez.",
    }


@pytest.mark.parametrize(
    ("donnees", "phrase"),
    [
        ({}, "Cochez au moins une question"),
        ({"champ_resume": "on", "motif_resume": "   "}, "Écrivez ce qu’il faut corriger."),
        ({"motif_titre": "Trop court"}, "Cochez cette question, ou effacez la remarque."),
        ({"champ_inconnu": "on", "motif_inconnu": "x"}, "Cochez au moins une question"),
        ({"champ_resume": "on", "motif_resume": "x" * 2001}, "2000"),
        ({"champ_resume": "on", "motif_resume": "a\x00b"}, "nul"),
    ],
)
def test_demander_complements_mal_remplie_garde_la_saisie(entrer, donnees, phrase):
    projet = fabriques.projet_en(Statut.DEPOSE)

    reponse = entrer(EN).post(
        adresse(projet, Action.DEMANDER_COMPLEMENTS),
        {"version": projet.version, "message": "Un mot que je ne veux pas retaper", **donnees},
    )

    html = reponse.content.decode()
    assert reponse.status_code == 200
    assert phrase in html
    assert "Un mot que je ne veux pas retaper" in html
    projet.refresh_from_db()
    assert projet.statut == Statut.DEPOSE


@pytest.mark.parametrize("version", [None, "", "abc", "-1", "99999999999999999999999"])
def test_action_sur_une_page_perimee_est_refusee_sans_rien_perdre(entrer, version):
    projet = fabriques.projet_en(Statut.DEPOSE)
    donnees = envoi(projet, message="Un mot que je ne veux pas retaper", version=version)
    if version is None:
        del donnees["version"]

    reponse = entrer(EN).post(adresse(projet, Action.DEMANDER_COMPLEMENTS), donnees)

    html = reponse.content.decode()
    assert reponse.status_code == 409
    assert "vient d’être modifié par quelqu’un d’autre" in html
    assert "Un mot que je ne veux pas retaper" in html
    assert f'name="version" value="{projet.version}"' in html
    projet.refresh_from_db()
    assert projet.statut == Statut.DEPOSE


def test_action_devenue_impossible_garde_la_saisie(entrer):
    projet = fabriques.projet_en(Statut.DEPOSE)
    donnees = envoi(projet, motif_resume="Une longue remarque")
    executer(projet, Action.RETIRER, par=projet.porteur)

    reponse = entrer(EN).post(adresse(projet, Action.DEMANDER_COMPLEMENTS), donnees)

    assert reponse.status_code == 409
    assert "Une longue remarque" in reponse.content.decode()


def test_inscrire_sans_seance_ouverte_propose_d_en_creer_une(entrer):
    projet = fabriques.projet_en(Statut.PRET)

    html = entrer(EN).get(adresse(projet, Action.INSCRIRE)).content.decode()

    assert reverse("troika_nouvelle") in html
    assert 'name="version"' not in html


@pytest.mark.parametrize("seance", ["", "abc", "999999", "-1", "9" * 30])
def test_inscrire_a_une_seance_impossible_est_explique(entrer, seance):
    projet = fabriques.projet_en(Statut.PRET)
    fabriques.seance()

    reponse = entrer(EN).post(adresse(projet, Action.INSCRIRE), envoi(projet, seance=seance))

    assert reponse.status_code == 200
    assert "id_seance_error" in reponse.content.decode()
    projet.refresh_from_db()
    assert projet.statut == Statut.PRET


def test_declarer_complet_dit_quelles_autorites_seront_consultees(entrer):
    projet = fabriques.projet_en(Statut.DEPOSE)
    hors = fabriques.projet_en(Statut.DEPOSE, fabriques.hors_temps_scolaire(fabriques.dossier_complet()))
    client = entrer(EN)

    html = client.get(adresse(projet, Action.DECLARER_COMPLET)).content.decode()
    assert "aucune adresse pour cette autorité" in html

    fabriques.de_role(Role.IEN)
    html = client.get(adresse(projet, Action.DECLARER_COMPLET)).content.decode()
    assert "IEN (1er degré)\u00a0: un avis est demandé sur le temps scolaire" in html
    assert "reçoit un courriel avec un lien" in html
    html = client.get(adresse(hors, Action.DECLARER_COMPLET)).content.decode()
    assert "sera prêt pour la troïka" in html
    assert "reçoit un courriel avec un lien" not in html


def test_declarer_complet_dit_l_avis_garde(entrer):
    projet = fabriques.projet_en(Statut.PRET)
    executer(projet, Action.DEMANDER_COMPLEMENTS, par=fabriques.de_role(EN), champs={"resume": "Précisez."})
    executer(projet, Action.DEPOSER, par=projet.porteur)

    html = entrer(EN).get(adresse(projet, Action.DECLARER_COMPLET)).content.decode()

    assert "avis déjà rendu, gardé" in html


def test_action_inconnue_est_introuvable(entrer):
    projet = fabriques.projet_en(Statut.DEPOSE)

    assert entrer(EN).get(f"/projets/{projet.numero}/actions/effacer/").status_code == 404
    assert entrer(EN).put(adresse(projet, Action.CLORE)).status_code == 405


def test_action_demande_le_jeton_csrf(entrer):
    from django.test import Client

    projet = fabriques.projet_en(Statut.DEPOSE)
    client = Client(enforce_csrf_checks=True)
    client.force_login(projet.porteur)

    assert client.post(adresse(projet, Action.RETIRER), envoi(projet)).status_code == 403


def test_chaque_courriel_d_une_transition_se_dit_en_mots():
    assert {courriel for t in TRANSITIONS.values() for courriel in t.courriels} <= set(QUI_EST_PREVENU)


def test_projet_ecrit_le_francais_avec_ses_insecables(entrer):
    projet = fabriques.projet_en(Statut.A_COMPLETER)

    for url in (adresse(projet), adresse(projet, Action.RETIRER)):
        html = entrer(projet.porteur).get(url).content.decode()
        texte = re.sub(r"<[^>]+>", " ", html.split("<main")[1].split("</main>")[0].split('id="courriels"')[0])
        assert not re.search(r"« |[^\s>] [;?!»](?=\s|$)", texte)
