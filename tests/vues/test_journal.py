"""The journal on screen: what the administration writes in it, the page of its administrators, the page of a project."""

import pytest
from django.urls import reverse

from cite_educative import origine
from correspondants.enums import Role
from correspondants.models import Correspondant
from projets import integrite
from projets.enums import Fait, Statut, Voie
from projets.journal import consigner
from projets.models import Enveloppe, Passage
from projets.views import journal as vue_journal

from .. import fabriques
from ..journal import lignes, projet

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]

__all__ = ["projet"]


# --- the administration ---------------------------------------------------------------------------------------------


@pytest.fixture
def administration(appel, client):
    compte = fabriques.utilisateur("admin@example.org", Role.ADMIN, is_staff=True)
    client.force_login(compte)
    return client


def formulaire(client, adresse: str, **changements: object) -> dict:
    """What the page of the administration would send, with some fields changed."""
    page = client.get(adresse).context["adminform"]
    valeurs = {nom: page.form[nom].value() for nom in page.form.fields}
    envoi = {nom: valeur for nom, valeur in valeurs.items() if valeur is not None and valeur is not False}
    for inline in client.get(adresse).context["inline_admin_formsets"]:
        for form in (inline.formset.management_form, *inline.formset.initial_forms):
            envoi |= {f"{form.prefix}-{nom}": form[nom].value() for nom in form.fields if form[nom].value() is not None}
    return {nom: valeur for nom, valeur in (envoi | changements).items() if valeur != ""}


def test_un_reglage_de_l_administration_est_au_journal(administration):
    fabriques.enveloppes(1000)
    enveloppe = Enveloppe.objects.order_by("pk").first()
    adresse = reverse("admin:projets_enveloppe_change", args=[enveloppe.pk])
    assert administration.post(adresse, formulaire(administration, adresse)).status_code == 302
    assert not lignes(None), "rien n’a changé, rien n’est dit"
    reponse = administration.post(adresse, formulaire(administration, adresse, montant="2500"))
    assert reponse.status_code == 302
    (ligne,) = lignes(None)
    assert (ligne.action, ligne.voie, ligne.par.email) == (
        Fait.REGLAGE_MODIFIE,
        Voie.ADMINISTRATION,
        "admin@example.org",
    )
    assert "montant voté (€) : 1000,00 → 2500" in ligne.motif
    administration.post(reverse("admin:projets_enveloppe_delete", args=[enveloppe.pk]), {"post": "yes"})
    assert lignes(None)[-1].action == Fait.REGLAGE_SUPPRIME
    assert integrite.examiner().est_intact


def test_une_personne_remplacee_est_au_journal_sans_ses_coordonnees(administration):
    fabriques.utilisateur("pilote-ville@example.org", Role.PILOTE_VILLE)
    correspondant = Correspondant.objects.get(courriel="pilote-ville@example.org")
    adresse = reverse("admin:correspondants_correspondant_change", args=[correspondant.pk])
    changements = {"courriel": "nouvelle-personne@example.org", "habilitations-0-role": Role.OBSERVATEUR}
    assert administration.post(adresse, formulaire(administration, adresse, **changements)).status_code == 302
    (ligne,) = lignes(None)
    assert "courriel" in ligne.motif
    assert "nouvelle-personne" not in ligne.motif
    assert "Observateur modifié" in ligne.motif


def test_un_mot_de_passe_change_par_l_administration_est_au_journal(client, appel):
    client.force_login(fabriques.utilisateur("chef@example.org", is_staff=True, is_superuser=True))
    autre = fabriques.utilisateur("autre@example.org")
    mot = "phrase-assez-longue-42"
    adresse = reverse("admin:auth_user_password_change", args=[autre.pk])
    client.post(adresse, {"password1": mot, "password2": mot, "usable_password": "true"})
    (ligne,) = lignes(None)
    assert "mot de passe" in ligne.motif
    assert mot not in ligne.motif


# --- the page -------------------------------------------------------------------------------------------------------


def test_le_journal_se_lit_se_filtre_et_s_exporte(administration, projet):
    with origine.depuis(origine.COMMANDE, "relances"):
        consigner(None, Fait.REGLAGE_AJOUTE, par=None, motif='=HYPERLINK("http://x")')
    page = administration.get(reverse("journal"))
    assert [passage.pk for passage in page.context["passages"]] == sorted(
        Passage.objects.values_list("pk", flat=True), reverse=True
    )
    assert "Commande" in page.content.decode()
    filtres = {
        "projet": projet.numero,
        "action": Fait.MESSAGE,
        "personne": projet.porteur.email.upper(),
        "du": "2020-01-01",
        "au": "2099-01-01",
    }
    trouves = administration.get(reverse("journal"), filtres).context["passages"]
    assert len(trouves) == 3
    assert not administration.get(reverse("journal"), {"au": "2020-01-01"}).context["passages"]
    export = b"".join(administration.get(reverse("journal_export"), {"voie": Voie.COMMANDE})).decode("utf-8-sig")
    assert "'=HYPERLINK" in export
    assert len(export.strip().splitlines()) == 2


def test_le_journal_se_tourne_page_apres_page(administration, projet, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(vue_journal, "PAR_PAGE", 4)
    vues, avant = [], None
    while True:
        with django_assert_max_num_queries(8):
            contexte = administration.get(reverse("journal"), {"avant": avant} if avant else {}).context
        vues += [passage.pk for passage in contexte["passages"]]
        if not (avant := contexte["suite"]):
            break
    assert vues == sorted(Passage.objects.values_list("pk", flat=True), reverse=True)


@pytest.mark.parametrize(
    "requete", ["avant=x", "avant=-1", f"avant={'9' * 40}", "du=hier", "personne=%00", "projet=%00x"]
)
def test_le_journal_supporte_ce_qui_n_a_pas_de_sens(administration, projet, requete):
    assert administration.get(f"{reverse('journal')}?{requete}").status_code == 200


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
def test_le_journal_est_a_l_administration(client, appel, role):
    client.force_login(fabriques.de_role(role))
    assert client.get(reverse("journal")).status_code == 403
    assert client.get(reverse("journal_export")).status_code == 403


def test_une_administratrice_n_y_lit_pas_les_deliberations_sur_son_projet(client, appel):
    compte = fabriques.utilisateur("admin-porteuse@example.org", Role.ADMIN)
    projet = fabriques.projet_en(Statut.DEPOSE, porteur=compte)
    consigner(projet, Fait.VOIX, par=None, motif="Secret des services")
    consigner(None, Fait.REGLAGE_MODIFIE, par=None, motif="Un réglage")
    client.force_login(compte)
    page = client.get(reverse("journal")).content.decode()
    assert "Secret des services" not in page
    assert "Un réglage" in page


def test_la_page_du_projet_dit_d_ou(client, projet):
    client.force_login(fabriques.de_role(Role.OBSERVATEUR))
    with origine.depuis(origine.LIEN):
        consigner(projet, Fait.MESSAGE, par=None, au_titre_de="IEN")
    assert "Lien du courriel" in client.get(projet.get_absolute_url()).content.decode()
