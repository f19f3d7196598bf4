"""The administration: its pages open for an administrator in few queries, for nobody else, and write no statut."""

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from correspondants.enums import NaturePorteur, Role
from correspondants.models import Correspondant, Structure, Succession, Suppleance, Utilisateur
from projets.enums import Financeur, Statut
from projets.enums_portail import EtatCourriel
from projets.models import (
    Appel,
    Attribuant,
    AvisIEN,
    Bilan,
    Courriel,
    Decision,
    Dispositif,
    DureeConservation,
    Enjeu,
    Enveloppe,
    Identite,
    Lettre,
    LogoCommunication,
    Objectif,
    Passage,
    Projet,
    Sceau,
    SeanceTroika,
    Thematique,
)
from projets.sceaux import sceller

from .fabriques import charger_appel, de_role, dossier_complet, projet_en, seance, utilisateur

pytestmark = pytest.mark.une_seule_base
NOTRES = {
    modele: page
    for modele, page in admin.site._registry.items()
    if modele._meta.app_label in ("correspondants", "projets")
}
LECTURE_SEULE = [Projet, Passage, Sceau, Courriel, SeanceTroika, Decision, Lettre, Bilan]
SANS_AJOUT = [*LECTURE_SEULE, Succession]
PAGES = sorted(NOTRES, key=lambda modele: modele._meta.label)
nom_de = pytest.mark.parametrize("modele", PAGES, ids=lambda modele: modele._meta.model_name)

# A list costs the same whatever its length (some have 20 rows here): session, account, roles, counts, rows, then its
# filters and prefetches. A record adds its inlines and its links.
REQUETES_LISTE = 11
REQUETES_FICHE = 24


def adresse(modele: type, page: str, *args: object) -> str:
    return reverse(f"admin:{modele._meta.app_label}_{modele._meta.model_name}_{page}", args=args)


@pytest.fixture
def administratrice(db) -> Utilisateur:
    """Role of the directory and is_staff, without being superuser."""
    compte = de_role(Role.ADMIN)
    compte.is_staff = True
    compte.save()
    return compte


@pytest.fixture
def client_admin(client, administratrice):
    client.force_login(administratrice, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def superutilisatrice(db) -> Utilisateur:
    return Utilisateur.objects.create_superuser("super@example.org", "Un-mot-de-passe-0")


@pytest.fixture(scope="class")
def cle_du_projet(base_de_la_classe) -> int:
    """At least one row in every list: the call, its people, and a project that went through everything."""
    DureeConservation.objects.create(categorie="courriel", jours=365)
    Identite.objects.create(appel=charger_appel(), primaire="#0e5360", accent="#a8481f", logo="identite/a.png")
    LogoCommunication.objects.create(appel=charger_appel(), nom="Un logo", fichier="logos/a.png")
    Structure.objects.create(nom="École des Tilleuls", nature=NaturePorteur.ECOLE)
    Attribuant.objects.create(appel=charger_appel(), financeur=Financeur.ETAT, nom="État", siret="73282932000074")
    pilote, ien = (de_role(role).correspondant for role in (Role.PILOTE_VILLE, Role.IEN))
    Suppleance.objects.create(
        absent=pilote, suppleant=ien, du="2026-01-05", au="2026-01-09", cree_par=de_role(Role.ADMIN)
    )
    Succession.objects.create(poste=ien, repris_par=ien, ancien_nom="A", nouveau_nom="B", par=de_role(Role.ADMIN))
    projet = projet_en(Statut.CLOS)
    sceller()
    return projet.pk


@pytest.fixture
def donnees(cle_du_projet, db) -> Projet:
    """Made once for the class: each test finds it whole, whatever the one before did to it."""
    return Projet.objects.get(pk=cle_du_projet)


# --- who enters ------------------------------------------------------------------------------------------------------


@pytest.mark.une_seule_base
@nom_de
def test_pages_are_refused_to_other_roles(client, db, modele):
    for role in set(Role) - {Role.ADMIN}:
        client.force_login(de_role(role))
        assert client.get(adresse(modele, "changelist")).status_code in (302, 403)
        assert client.get(adresse(modele, "add")).status_code in (302, 403)


@pytest.mark.une_seule_base
@nom_de
def test_pages_are_refused_to_staff_without_the_role(client, db, modele):
    client.force_login(utilisateur("equipe@example.org", Role.PILOTE_VILLE, is_staff=True))
    assert client.get(adresse(modele, "changelist")).status_code == 403


@pytest.mark.une_seule_base
@nom_de
def test_pages_are_refused_to_the_role_without_is_staff(client, db, modele):
    client.force_login(de_role(Role.ADMIN))
    assert client.get(adresse(modele, "changelist")).status_code in (302, 403)


@pytest.mark.une_seule_base
@nom_de
def test_pages_are_refused_to_strangers(client, db, modele):
    reponse = client.get(adresse(modele, "changelist"))
    assert reponse.status_code == 302
    assert "/comptes/" in reponse.url or "login" in reponse.url


def test_suggestions_are_refused_to_other_roles(client, db):
    """The lists that complete themselves would tell every address."""
    demande = {"app_label": "correspondants", "model_name": "correspondant", "field_name": "utilisateur", "term": "@"}
    for role in set(Role) - {Role.ADMIN}:
        compte = utilisateur(f"equipe-{role.lower()}@example.org", role, is_staff=True)
        client.force_login(compte)
        assert client.get(reverse("admin:autocomplete"), demande).status_code == 403


def test_index_lists_the_portal(client_admin):
    contenu = client_admin.get(reverse("admin:index")).content.decode()
    assert all(adresse(modele, "changelist") in contenu for modele in PAGES)


def test_administration_needs_no_group_nor_permission():
    assert "auth.Group" not in {modele._meta.label for modele in admin.site._registry}


# --- what is hidden even from administrators -------------------------------------------------------------------------


def test_drafts_are_not_shown(client_admin, db):
    brouillon = projet_en(Statut.BROUILLON)
    assert str(brouillon.titre) not in client_admin.get(adresse(Projet, "changelist")).content.decode()
    assert client_admin.get(adresse(Projet, "change", brouillon.pk)).status_code == 302


def test_mail_is_shown_without_the_link_that_acts_alone(client_admin, db):
    projet_en(Statut.AVIS_IEN)
    charger_appel()
    courriel = Courriel.objects.create(
        cle="essai",
        gabarit="avis_demande",
        destinataire="ien@example.org",
        objet="Avis",
        texte=f"http://x/avis/{'JETON' * 6}:1/ fin",
    )
    contenu = client_admin.get(adresse(Courriel, "change", courriel.pk)).content.decode()
    assert "JETON" not in contenu
    assert "/avis/…/ fin" in contenu


def test_administrator_who_carries_a_project_sees_no_deliberation(client_admin, administratrice):
    projet = projet_en(Statut.INSCRIT, porteur=administratrice)
    fiche = client_admin.get(adresse(Projet, "change", projet.pk))
    inlines = {jeu.opts.model: list(jeu.formset.queryset) for jeu in fiche.context["inline_admin_formsets"]}
    assert AvisIEN.objects.filter(projet=projet).exists()
    assert inlines[AvisIEN] == []
    assert all(not passage.pour_services for passage in inlines[Passage])
    reserves = Passage.objects.filter(projet=projet, pour_services=True)
    assert reserves.exists()
    assert client_admin.get(adresse(Passage, "change", reserves[0].pk)).status_code == 302
    for courriel in Courriel.objects.filter(projet=projet, pour_services=True):
        assert client_admin.get(adresse(Courriel, "change", courriel.pk)).status_code == 302


# --- the call --------------------------------------------------------------------------------------------------------


def formulaire(client, url: str) -> dict[str, object]:
    """What the page would post as it stands: the form and its inlines."""
    contexte = client.get(url).context
    formulaires = [contexte["adminform"].form]
    for jeu in contexte["inline_admin_formsets"]:
        formulaires += [jeu.formset.management_form, *jeu.formset.forms]
    donnees = {}
    for un in formulaires:
        for champ in un:
            valeur = champ.value()
            if valeur is None or valeur is False or champ.field.disabled or champ.name == "logo":
                continue
            donnees[champ.html_name] = "on" if valeur is True else valeur
    return donnees


def test_call_is_saved_unchanged(client_admin, db):
    appel = charger_appel()
    avant = Appel.objects.values().get(pk=appel.pk)
    url = adresse(Appel, "change", appel.pk)
    assert client_admin.post(url, formulaire(client_admin, url)).status_code == 302
    assert Appel.objects.values().get(pk=appel.pk) == avant


def test_list_is_written_one_item_a_line(client_admin, db):
    appel = charger_appel()
    url = adresse(Appel, "change", appel.pk)
    envoi = formulaire(client_admin, url)
    assert envoi["adresses_retrait"] == "citeseducatives@anct.gouv.fr\nlievin@lievin.fr"
    client_admin.post(url, envoi | {"logos": " Ville \r\n\r\nÉtat\r\n", "grands_enjeux": ""})
    appel.refresh_from_db()
    assert appel.logos == ["Ville", "État"]
    assert appel.grands_enjeux == []


def test_dispositif_objectifs_are_written_one_a_line(client_admin, db):
    charger_appel()
    erbm = Dispositif.objects.get(code="erbm")
    url = adresse(Dispositif, "change", erbm.pk)
    envoi = formulaire(client_admin, url)
    client_admin.post(url, envoi | {"objectifs": envoi["objectifs"] + "\nCinquième"})
    assert Dispositif.objects.get(code="erbm").objectifs == [*erbm.objectifs, "Cinquième"]


def test_code_is_chosen_once(client_admin, db):
    charger_appel()
    enjeu = Enjeu.objects.get(code="1.1")
    url = adresse(Enjeu, "change", enjeu.pk)
    envoi = formulaire(client_admin, url) | {"code": "9.9", "objectifs-0-code": "9.9.9", "libelle": "Autre libellé"}
    assert client_admin.post(url, envoi).status_code == 302
    enjeu.refresh_from_db()
    assert (enjeu.code, enjeu.libelle) == ("1.1", "Autre libellé")
    assert not Objectif.objects.filter(code="9.9.9").exists()


def test_tree_grows_from_its_parent(client_admin, db):
    charger_appel()
    thematique = Thematique.objects.get(code="2")
    url = adresse(Thematique, "change", thematique.pk)
    envoi = formulaire(client_admin, url) | {
        "enjeux-TOTAL_FORMS": 4,
        "enjeux-3-code": "2.4",
        "enjeux-3-libelle": "Un quatrième enjeu",
        "enjeux-3-thematique": thematique.pk,
    }
    assert client_admin.post(url, envoi).status_code == 302
    assert Enjeu.objects.filter(thematique=thematique, code="2.4").exists()


def test_envelope_is_written_with_its_call(client_admin, db):
    appel = charger_appel()
    url = adresse(Appel, "change", appel.pk)
    envoi = formulaire(client_admin, url) | {
        "enveloppes-TOTAL_FORMS": 1,
        "enveloppes-0-annee": 2026,
        "enveloppes-0-financeur": Financeur.ETAT,
        "enveloppes-0-montant": "1000.50",
        "enveloppes-0-appel": appel.pk,
    }
    assert client_admin.post(url, envoi).status_code == 302
    assert str(Enveloppe.objects.get().montant) == "1000.50"


def test_only_one_call_is_current(client_admin, db):
    ancien = charger_appel()
    champs = {champ.name: getattr(ancien, champ.name) for champ in Appel._meta.fields if champ.name != "id"}
    nouveau = Appel.objects.create(**champs | {"code": "lievin-2027", "titre": "Appel 2027", "courant": False})
    url = adresse(Appel, "changelist")
    client_admin.post(url, {"action": "rendre_courant", "_selected_action": [ancien.pk, nouveau.pk]})
    assert Appel.objects.courant() == ancien
    client_admin.post(url, {"action": "rendre_courant", "_selected_action": [nouveau.pk]})
    assert Appel.objects.courant() == nouveau


# --- accounts --------------------------------------------------------------------------------------------------------


def test_account_is_created_by_its_address(client_admin, db):
    envoi = {
        "email": "Nouvelle@Example.org",
        "nom": "Nouvelle Personne",
        "usable_password": "true",
        "password1": "Une-phrase-assez-longue-1",
        "password2": "Une-phrase-assez-longue-1",
    }
    assert client_admin.post(adresse(Utilisateur, "add"), envoi).status_code == 302
    compte = Utilisateur.objects.get(email="nouvelle@example.org")
    assert compte.check_password("Une-phrase-assez-longue-1")
    assert not compte.is_staff
    reponse = client_admin.post(adresse(Utilisateur, "add"), envoi | {"email": "NOUVELLE@example.org"})
    assert reponse.status_code == 200
    assert "email" in reponse.context["adminform"].form.errors


def test_only_a_superuser_makes_or_touches_a_superuser(client_admin, administratrice, superutilisatrice):
    url = adresse(Utilisateur, "change", administratrice.pk)
    envoi = formulaire(client_admin, url) | {"is_superuser": "on"}
    assert client_admin.post(url, envoi).status_code == 302
    administratrice.refresh_from_db()
    assert not administratrice.is_superuser
    interdit = adresse(Utilisateur, "change", superutilisatrice.pk)
    assert client_admin.post(interdit, {"email": "prise@example.org"}).status_code == 403
    mot_de_passe = reverse("admin:auth_user_password_change", args=[superutilisatrice.pk])
    assert client_admin.post(mot_de_passe, {"password1": "x", "password2": "x"}).status_code == 403
    client_admin.post(
        adresse(Utilisateur, "changelist"),
        {"action": "delete_selected", "_selected_action": superutilisatrice.pk, "post": "yes"},
    )
    assert Utilisateur.objects.filter(pk=superutilisatrice.pk, email="super@example.org").exists()


def test_directory_line_receives_roles_and_account(client_admin, administratrice, db):
    charger_appel()
    ien, compte = Correspondant.objects.get(code="ien"), utilisateur("ien@example.org")
    url = adresse(Correspondant, "change", ien.pk)
    envoi = formulaire(client_admin, url) | {
        "nom": "Camille DUPONT",
        "utilisateur": compte.pk,
        "habilitations-TOTAL_FORMS": 2,
        "habilitations-1-role": Role.OBSERVATEUR,
        "habilitations-1-correspondant": ien.pk,
    }
    assert client_admin.post(url, envoi).status_code == 302
    assert Utilisateur.objects.get(pk=compte.pk).roles == {Role.IEN, Role.OBSERVATEUR}


# --- the outbox ------------------------------------------------------------------------------------------------------


@pytest.fixture
def courriels(db) -> dict[str, Courriel]:
    return {
        etat: Courriel.objects.create(
            cle=etat,
            gabarit="essai",
            destinataire="a@example.org",
            objet=etat,
            texte="…",
            etat=etat,
            tentatives=5,
            erreur="e",
        )
        for etat in EtatCourriel
    }


def test_stopped_mails_are_queued_again_and_the_others_left(client_admin, courriels):
    choix = [courriel.pk for courriel in courriels.values()]
    client_admin.post(adresse(Courriel, "changelist"), {"action": "remettre_a_envoyer", "_selected_action": choix})
    etats = {etat: Courriel.objects.get(pk=courriel.pk) for etat, courriel in courriels.items()}
    for etat in (EtatCourriel.ECHEC, EtatCourriel.RETENU):
        assert (etats[etat].etat, etats[etat].tentatives, etats[etat].erreur) == (EtatCourriel.A_ENVOYER, 0, "")
    for etat in (EtatCourriel.ENVOYE, EtatCourriel.EN_COURS):
        assert (etats[etat].etat, etats[etat].tentatives) == (etat, 5)
    assert LogEntry.objects.filter(change_message="Remis à envoyer.").count() == 2


def test_meeting_is_read_there(client_admin, db):
    reunion = seance(lieu="Mairie annexe")
    assert "Mairie annexe" in client_admin.get(adresse(SeanceTroika, "change", reunion.pk)).content.decode()


# --- over data that went through everything -------------------------------------------------------------------------


class TestOverEverything:
    """Pages over at least one row of each kind, made once."""

    @nom_de
    def test_list_opens_in_a_constant_number_of_queries(
        self, client_admin, donnees, modele, django_assert_max_num_queries
    ):
        for recherche in ({}, {"q": "é 2026"}) if NOTRES[modele].search_fields else ({},):
            with django_assert_max_num_queries(REQUETES_LISTE):
                assert client_admin.get(adresse(modele, "changelist"), recherche).status_code == 200

    @pytest.mark.une_seule_base
    @nom_de
    def test_record_opens_in_few_queries(self, client_admin, donnees, modele, django_assert_max_num_queries):
        objet = modele._default_manager.first()
        assert objet is not None
        with django_assert_max_num_queries(REQUETES_FICHE):
            assert client_admin.get(adresse(modele, "change", objet.pk)).status_code == 200

    @pytest.mark.une_seule_base
    @pytest.mark.parametrize("modele", [modele for modele in PAGES if modele not in SANS_AJOUT])
    def test_adding_opens(self, client_admin, donnees, modele):
        assert client_admin.get(adresse(modele, "add")).status_code == 200

    @pytest.mark.une_seule_base
    @pytest.mark.parametrize("modele", LECTURE_SEULE)
    def test_growing_list_takes_as_many_queries_with_three_projects(
        self, client_admin, donnees, modele, django_assert_num_queries, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(REQUETES_LISTE) as premiere:
            client_admin.get(adresse(modele, "changelist"))
        for rang in (2, 3):
            projet_en(Statut.CLOS, dossier_complet(titre=f"Projet {rang}", structure_nom=f"École {rang}"))
            sceller()
        with django_assert_num_queries(len(premiere)):
            reponse = client_admin.get(adresse(modele, "changelist"))
        assert len(reponse.context["cl"].result_list) >= 3

    @pytest.mark.une_seule_base
    @pytest.mark.parametrize("modele", LECTURE_SEULE)
    def test_workflow_records_cannot_be_added_changed_nor_deleted(self, client, donnees, superutilisatrice, modele):
        """Not even by a superuser."""
        client.force_login(superutilisatrice)
        objet = modele._default_manager.first()
        avant = modele._default_manager.values().get(pk=objet.pk)
        assert client.get(adresse(modele, "add")).status_code == 403
        assert client.post(adresse(modele, "add"), {"statut": "valide"}).status_code == 403
        assert (
            client.post(adresse(modele, "change", objet.pk), {"statut": "valide", "etat": "envoye"}).status_code == 403
        )
        assert client.post(adresse(modele, "delete", objet.pk), {"post": "yes"}).status_code == 403
        client.post(
            adresse(modele, "changelist"), {"action": "delete_selected", "_selected_action": objet.pk, "post": "yes"}
        )
        assert modele._default_manager.values().get(pk=objet.pk) == avant

    @pytest.mark.une_seule_base
    @nom_de
    def test_no_form_holds_a_statut(self, donnees, superutilisatrice, rf, modele):
        requete = rf.get("/")
        requete.user = superutilisatrice
        page, objet = NOTRES[modele], modele._default_manager.first()
        champs = (
            set(page.get_form(requete, objet, change=True).base_fields)
            if page.has_change_permission(requete, objet)
            else set()
        )
        for formset, inline in page.get_formsets_with_inlines(requete, objet):
            if inline.has_change_permission(requete, objet):
                champs |= set(formset.form.base_fields)
        assert not champs & {"statut", "etat", "publiee", "publiee_le", "depose_le", "version", "de", "vers"}

    def test_journal_cannot_be_emptied_through_what_it_hangs_on(self, client, donnees, superutilisatrice):
        """Deleting the porteur, the call or the structure is refused as long as a project holds on to them."""
        client.force_login(superutilisatrice)
        passages = Passage.objects.count()
        for objet in (donnees.porteur, donnees.appel):
            page = client.post(adresse(type(objet), "delete", objet.pk), {"post": "yes"}).content.decode()
            siens = Projet.objects.filter(**{"porteur" if objet == donnees.porteur else "appel": objet}).count()
            assert f"<li>Projets\u00a0: {siens}</li>" in page  # counted, not listed: a call has thousands
        assert Passage.objects.count() == passages
        assert Projet.objects.filter(pk=donnees.pk).exists()

    def test_secret_of_an_opinion_is_never_shown(self, client_admin, donnees):
        contenu = client_admin.get(adresse(Projet, "change", donnees.pk)).content.decode()
        assert AvisIEN.objects.get(projet=donnees).secret not in contenu
