"""Opinions on school time: the list, the page of an account, and the signed link attacked from every side."""

from datetime import date, timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import Degre, Role
from correspondants.models import Etablissement
from projets import avis as avis_scolaires
from projets.dossier import InterventionPrevue
from projets.enregistrement import enregistrer
from projets.enums import Action, SensAvis, Statut
from projets.models import AvisIEN, Courriel, ModificationConcurrente, Passage, Projet
from projets.notifications import jeton_avis
from projets.permissions import LienAvis
from projets.workflow import ActionImpossible, ActionInterdite, executer

from ..fabriques import charger_appel, de_role, dossier_complet, projet_en, utilisateur

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]

AUTRES_ROLES = [role for role in Role if role not in (Role.IEN, Role.AUTORITE_EN)]


def client_de(personne) -> Client:
    client = Client()
    client.force_login(personne, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def etat(projet: Projet) -> tuple:
    """Everything a request that should only show must leave as it is."""
    return (
        Projet.objects.filter(pk=projet.pk).values_list("statut", "version", "modifie_le").get(),
        list(AvisIEN.objects.filter(projet=projet).order_by("pk").values_list("sens", "motif", "rendu_le", "secret")),
        Passage.objects.count(),
        Courriel.objects.count(),
    )


def deux_autorites(**changements: object) -> Projet:
    charger_appel()
    college = Etablissement.objects.filter(degre=Degre.SECOND).first()
    interventions = (
        InterventionPrevue(
            "Visite du moulin",
            date(2026, 3, 2),
            None,
            "École des Tilleuls",
            "CM2",
            "Moulin",
            None,
            "Meunier",
            "scolaire",
        ),
        InterventionPrevue(
            "Atelier du collège", date(2026, 3, 9), None, college.nom, "Sixième B", "CDI", None, "Autrice", "scolaire"
        ),
        InterventionPrevue(
            "Goûter du mercredi", date(2026, 3, 11), None, "École des Tilleuls", "", "", None, "", "periscolaire"
        ),
    )
    return projet_en(Statut.AVIS_IEN, dossier_complet(interventions=interventions, **changements))


@pytest.fixture
def projet() -> Projet:
    return projet_en(Statut.AVIS_IEN)


@pytest.fixture
def avis(projet: Projet) -> AvisIEN:
    return projet.avis_ien.get()


@pytest.fixture
def lien(avis: AvisIEN) -> str:
    return reverse("avis_lien", args=[jeton_avis(avis)])


@pytest.fixture
def ien() -> Client:
    return client_de(de_role(Role.IEN))


# --- the list -------------------------------------------------------------------------------------------------------


def test_liste_montre_les_plus_anciens_d_abord_puis_l_historique(ien: Client):
    ancien, recent = (
        projet_en(Statut.AVIS_IEN, dossier_complet(titre="Ancien")),
        projet_en(Statut.AVIS_IEN, dossier_complet(titre="Récent")),
    )
    AvisIEN.objects.filter(projet=ancien).update(demande_le=timezone.now() - timedelta(days=12))
    projet_en(Statut.PRET, dossier_complet(titre="Déjà lu"))
    page = ien.get(reverse("avis")).content.decode()
    assert page.index("Ancien") < page.index("Récent") < page.index("Déjà lu")
    assert "depuis 12\u00a0jours" in page
    assert recent.numero in page


def test_liste_vide_le_dit(ien: Client):
    page = ien.get(reverse("avis")).content.decode()
    assert "Aucun avis n’est attendu de vous" in page
    assert "pas encore rendu d’avis" in page


def test_liste_met_a_part_ce_qui_est_revenu_au_porteur(ien: Client, projet: Projet):
    executer(projet, Action.DEMANDER_COMPLEMENTS, par=de_role(projet.coordination), champs={"resume": "Précisez."})
    reponse = ien.get(reverse("avis"))
    assert "En pause" in reponse.content.decode()
    assert not reponse.context["attendus"]


@pytest.mark.parametrize("nombre", [1, 3])
def test_liste_coute_le_meme_nombre_de_requetes(ien: Client, nombre: int, django_assert_num_queries):
    for rang in range(nombre):
        projet_en(Statut.AVIS_IEN, dossier_complet(titre=f"Attendu {rang}"))
        projet_en(Statut.PRET, dossier_complet(titre=f"Rendu {rang}"))
    with django_assert_num_queries(9):
        ien.get(reverse("avis"))
    with django_assert_num_queries(5):  # what was read is kept until something happens
        ien.get(reverse("avis"))


@pytest.mark.parametrize("role", AUTRES_ROLES)
def test_liste_est_fermee_aux_autres(role: str):
    assert client_de(de_role(role)).get(reverse("avis")).status_code == 403


def test_liste_est_fermee_au_porteur_et_au_visiteur(projet: Projet, client: Client):
    assert client_de(projet.porteur).get(reverse("avis")).status_code == 403
    assert client.get(reverse("avis")).status_code == 302


# --- the page of an account -----------------------------------------------------------------------------------------


def test_page_montre_la_partie_scolaire_de_cette_autorite_et_pas_l_argent(ien: Client):
    projet = deux_autorites()
    avis = projet.avis_ien.get(autorite=Role.IEN)
    page = ien.get(reverse("avis_rendre", args=[avis.pk])).content.decode()
    for attendu in ("Visite du moulin", "CM2", "Meunier", "Moulin", "2\u00a0mars 2026", projet.titre):
        assert attendu in page
    for cache in ("Atelier du collège", "Sixième B", "Goûter du mercredi", "€", "1000", "Bâche et plantes"):
        assert cache not in page


@pytest.mark.parametrize(
    ("sens", "motif"), [("favorable", ""), ("reserve", "Prévoir un repli."), ("defavorable", "Trop d’heures.")]
)
def test_avis_rendu_depuis_un_compte(ien: Client, avis: AvisIEN, sens: str, motif: str):
    reponse = ien.post(reverse("avis_rendre", args=[avis.pk]), {"sens": sens, "motif": motif})
    assert reponse.status_code == 302
    avis.refresh_from_db()
    assert (avis.sens, avis.motif, avis.par, avis.par_lien) == (sens, motif, de_role(Role.IEN), False)
    assert avis.projet.passages.last().action == Action.RENDRE_AVIS


def test_avis_rendu_mene_au_suivant_puis_a_la_liste(ien: Client):
    premier, second = (projet_en(Statut.AVIS_IEN, dossier_complet(titre=t)).avis_ien.get() for t in ("Un", "Deux"))
    reponse = ien.post(reverse("avis_rendre", args=[premier.pk]), {"sens": "favorable"})
    assert reponse.url == reverse("avis_rendre", args=[second.pk])
    assert ien.post(reponse.url, {"sens": "favorable"}).url == reverse("avis")


@pytest.mark.parametrize("sens", ["reserve", "defavorable"])
def test_motif_manquant_est_dit_sous_le_champ(ien: Client, avis: AvisIEN, sens: str):
    reponse = ien.post(reverse("avis_rendre", args=[avis.pk]), {"sens": sens, "motif": "  \u200b "})
    assert "Écrivez le motif" in reponse.content.decode()
    assert not AvisIEN.objects.get(pk=avis.pk).est_rendu


@pytest.mark.parametrize("sens", ["", "n’importe quoi", "FAVORABLE", "\x00"])
def test_sens_inconnu_garde_le_motif_saisi(ien: Client, avis: AvisIEN, sens: str):
    reponse = ien.post(reverse("avis_rendre", args=[avis.pk]), {"sens": sens, "motif": "Mon long motif 🙂"})
    page = reponse.content.decode()
    assert "Choisissez un avis" in page
    assert "Mon long motif 🙂" in page
    assert not AvisIEN.objects.get(pk=avis.pk).est_rendu


def test_motif_trop_long_est_garde(ien: Client, avis: AvisIEN):
    reponse = ien.post(reverse("avis_rendre", args=[avis.pk]), {"sens": "reserve", "motif": "a" * 10_000})
    assert "a" * 10_000 in reponse.content.decode()
    assert "5000" in reponse.content.decode()


@pytest.mark.parametrize("role", [*AUTRES_ROLES, Role.AUTORITE_EN])
def test_avis_d_une_autre_autorite_n_existe_pas(role: str, projet: Projet, avis: AvisIEN):
    avant = etat(projet)
    client = client_de(de_role(role))
    adresse = reverse("avis_rendre", args=[avis.pk])
    assert client.get(adresse).status_code == 404
    assert client.post(adresse, {"sens": "favorable"}).status_code == 404
    assert etat(projet) == avant


def test_avis_n_existe_ni_pour_le_porteur_ni_pour_le_visiteur(projet: Projet, avis: AvisIEN, client: Client):
    adresse = reverse("avis_rendre", args=[avis.pk])
    avant = etat(projet)
    assert client_de(projet.porteur).post(adresse, {"sens": "favorable"}).status_code == 404
    assert client.post(adresse, {"sens": "favorable"}).status_code == 302
    assert etat(projet) == avant


def test_avis_deja_rendu_se_relit_et_ne_se_rend_pas_deux_fois(ien: Client, avis: AvisIEN):
    adresse = reverse("avis_rendre", args=[avis.pk])
    ien.post(adresse, {"sens": "favorable"})
    assert "Votre avis est rendu" in ien.get(adresse).content.decode()
    reponse = ien.post(adresse, {"sens": "defavorable", "motif": "J’ai changé d’idée."})
    assert reponse.status_code == 410
    assert "J’ai changé d’idée." in reponse.content.decode()
    assert AvisIEN.objects.get(pk=avis.pk).sens == SensAvis.FAVORABLE


def test_projet_revenu_au_porteur_est_explique_et_la_saisie_rendue(ien: Client, projet: Projet, avis: AvisIEN):
    executer(projet, Action.DEMANDER_COMPLEMENTS, par=de_role(projet.coordination), champs={"resume": "Précisez."})
    adresse = reverse("avis_rendre", args=[avis.pk])
    assert "revenu à son porteur" in ien.get(adresse).content.decode()
    reponse = ien.post(adresse, {"sens": "reserve", "motif": "Ce que j’avais écrit."})
    assert reponse.status_code == 410
    assert "Ce que j’avais écrit." in reponse.content.decode()


def test_projet_modifie_sans_cesse_est_dit_et_rien_n_est_perdu(ien: Client, projet: Projet, avis: AvisIEN, monkeypatch):
    def toujours_plus_tard(*args: object, **kwargs: object) -> None:
        raise ModificationConcurrente

    monkeypatch.setattr(avis_scolaires, "executer", toujours_plus_tard)
    reponse = ien.post(reverse("avis_rendre", args=[avis.pk]), {"sens": "reserve", "motif": "Ce que j’avais écrit."})
    assert reponse.status_code == 409
    assert "Ce que j’avais écrit." in reponse.content.decode()


# --- the signed link ------------------------------------------------------------------------------------------------


def test_lien_se_lit_sans_compte(client: Client, lien: str, avis: AvisIEN):
    reponse = client.get(lien)
    page = reponse.content.decode()
    assert "Chantier et plantations" in page
    assert "€" not in page
    assert reponse.headers["Referrer-Policy"] == "no-referrer"
    assert reponse.headers["Cache-Control"] == "no-store"
    assert "noindex" in reponse.headers["X-Robots-Tag"]
    assert "<script>" not in page


def test_lien_get_et_head_ne_changent_rien(client: Client, lien: str, projet: Projet):
    avant = etat(projet)
    for methode in (client.get, client.head):
        for suite in ("", "?sens=favorable", "?sens=defavorable&motif=x"):
            assert methode(lien + suite).status_code == 200
    for methode in (client.put, client.patch, client.delete):
        assert methode(lien).status_code == 405
    assert etat(projet) == avant


def test_lien_ecrit_un_avis_et_le_montre_fait(client: Client, lien: str, projet: Projet, avis: AvisIEN):
    reponse = client.post(lien, {"sens": "reserve", "motif": "Prévoir un repli."})
    assert (reponse.status_code, reponse.url) == (302, lien)
    assert reponse.headers["Referrer-Policy"] == "no-referrer"
    avis.refresh_from_db()
    assert (avis.sens, avis.par, avis.par_lien) == (SensAvis.RESERVE, None, True)
    passage = Passage.objects.filter(projet=projet).last()
    assert (passage.par, passage.au_titre_de) == (None, avis.get_autorite_display())
    assert "Votre avis est rendu" in client.get(lien).content.decode()


def test_lien_marche_sous_no_referrer(lien: str, avis: AvisIEN):
    """Under « no-referrer » a browser sends « Origin: null », and mail applications keep no cookie."""
    navigateur = Client(enforce_csrf_checks=True)
    assert navigateur.post(lien, {"sens": "favorable"}, headers={"origin": "null"}).status_code == 302
    assert AvisIEN.objects.get(pk=avis.pk).est_rendu


def test_page_d_un_compte_garde_sa_protection(avis: AvisIEN):
    navigateur = Client(enforce_csrf_checks=True)
    navigateur.force_login(de_role(Role.IEN), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert navigateur.post(reverse("avis_rendre", args=[avis.pk]), {"sens": "favorable"}).status_code == 403


def test_lien_rejoue_ne_change_plus_rien(client: Client, lien: str, projet: Projet):
    client.post(lien, {"sens": "favorable"})
    avant = etat(projet)
    assert client.post(lien, {"sens": "defavorable", "motif": "Rejoué"}).status_code == 410
    assert etat(projet) == avant


def test_lien_expire(lien: str, projet: Projet):
    with time_machine.travel(timezone.now() + timedelta(seconds=settings.DUREE_LIEN_AVIS + 5), tick=False):
        navigateur, avant = Client(), etat(projet)
        for reponse in (navigateur.get(lien), navigateur.post(lien, {"sens": "favorable"})):
            assert reponse.status_code == 410
            assert projet.titre not in reponse.content.decode()
            assert projet.numero not in reponse.content.decode()
            assert "Que faire" in reponse.content.decode()
            assert reponse.headers["Cache-Control"] == "no-store"
        assert etat(projet) == avant


def test_lien_revoque(client: Client, lien: str, projet: Projet, avis: AvisIEN):
    AvisIEN.objects.filter(pk=avis.pk).update(secret="un autre secret")
    assert client.get(lien).status_code == 410
    assert client.post(lien, {"sens": "favorable"}).status_code == 410
    assert not AvisIEN.objects.get(pk=avis.pk).est_rendu


def test_lien_d_un_avis_remplace(client: Client, lien: str, avis: AvisIEN):
    AvisIEN.objects.filter(pk=avis.pk).update(remplace=True)
    assert client.get(lien).status_code == 410
    assert client.post(lien, {"sens": "favorable"}).status_code == 410


@pytest.mark.parametrize(
    "deformer",
    [
        lambda jeton: jeton[:-1],
        lambda jeton: jeton[:-1] + ("A" if jeton[-1] != "A" else "B"),
        lambda jeton: "A" + jeton,
        lambda jeton: ":".join(["WzEsICJ4Il0", *jeton.split(":")[1:]]),  # another payload under the same signature
        lambda jeton: "n-importe-quoi",
        lambda jeton: "::",
        lambda jeton: ".eJwDAAAAAAE:1:1",
        lambda jeton: "é" * 300,
        lambda jeton: signing.dumps([1, "x"], salt="un.autre.usage"),
        lambda jeton: "0",
        lambda jeton: "-1",
    ],
)
def test_lien_contrefait(client: Client, projet: Projet, avis: AvisIEN, deformer):
    faux = reverse("avis_lien", args=[deformer(jeton_avis(avis))])
    avant = etat(projet)
    for reponse in (client.get(faux), client.post(faux, {"sens": "favorable"})):
        assert reponse.status_code in (302, 404)  # « 0 » is the address of an account's page: it asks to log in
        assert projet.titre not in reponse.content.decode()
    assert etat(projet) == avant


def test_lien_d_un_projet_n_agit_que_sur_lui(client: Client, lien: str, avis: AvisIEN):
    autre = projet_en(Statut.AVIS_IEN, dossier_complet(titre="Un autre projet"))
    avant = etat(autre)[0:2]
    client.post(lien, {"sens": "favorable", "avis": autre.avis_ien.get().pk, "projet": autre.pk, "pk": autre.pk})
    assert AvisIEN.objects.get(pk=avis.pk).est_rendu
    assert etat(autre)[0:2] == avant


def test_porteur_d_un_lien_ne_rend_pas_l_avis_d_un_autre(projet: Projet, avis: AvisIEN):
    autre = projet_en(Statut.AVIS_IEN, dossier_complet(titre="Un autre projet"))
    for cible, vise in ((autre, autre.avis_ien.get()), (projet, autre.avis_ien.get()), (autre, avis)):
        with pytest.raises((ActionInterdite, ActionImpossible)):
            executer(cible, Action.RENDRE_AVIS, par=LienAvis(avis), avis=vise, sens=SensAvis.FAVORABLE)
    assert not AvisIEN.objects.exclude(rendu_le=None).exists()


def test_lien_ne_rend_pas_l_avis_de_l_autre_autorite(client: Client):
    projet = deux_autorites()
    mien, autre = projet.avis_ien.get(autorite=Role.AUTORITE_EN), projet.avis_ien.get(autorite=Role.IEN)
    page = client.get(reverse("avis_lien", args=[jeton_avis(mien)])).content.decode()
    assert "Atelier du collège" in page
    assert "Visite du moulin" not in page
    with pytest.raises(ActionInterdite):
        executer(projet, Action.RENDRE_AVIS, par=LienAvis(mien), avis=autre, sens=SensAvis.FAVORABLE)
    client.post(reverse("avis_lien", args=[jeton_avis(mien)]), {"sens": "favorable"})
    projet.refresh_from_db()
    assert projet.statut == Statut.AVIS_IEN  # the other opinion is still waited for


def test_lien_explique_un_projet_retire(client: Client, lien: str, projet: Projet):
    executer(projet, Action.RETIRER, par=projet.porteur)
    assert "retiré son projet" in client.get(lien).content.decode()
    assert client.post(lien, {"sens": "favorable"}).status_code == 410


def test_lien_sert_encore_quand_le_projet_revient_complet(client: Client, lien: str, projet: Projet, avis: AvisIEN):
    """Same school-time part, same request: the first mail still answers it."""
    executer(projet, Action.DEMANDER_COMPLEMENTS, par=de_role(projet.coordination), champs={"resume": "Précisez."})
    enregistrer(projet, projet.contenu.remplacer(resume="Un résumé plus précis."))
    executer(projet, Action.DEPOSER, par=utilisateur())
    executer(projet, Action.DECLARER_COMPLET, par=de_role(projet.coordination))
    assert "Un résumé plus précis." in client.get(lien).content.decode()
    assert client.post(lien, {"sens": "favorable"}).status_code == 302
    assert AvisIEN.objects.get(pk=avis.pk).est_rendu


def test_lien_ne_donne_acces_a_rien_d_autre(client: Client, lien: str, projet: Projet):
    client.get(lien)
    client.post(lien, {"sens": "favorable"})
    for adresse in (projet.get_absolute_url(), reverse("avis"), reverse("troika"), reverse("coordination")):
        assert client.get(adresse).status_code == 302
