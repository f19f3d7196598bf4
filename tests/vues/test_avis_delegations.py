"""A request for an opinion handed on, taken back, sent again, revoked, asked again from an expired link; and every attack on it."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import Role
from projets import demandes_avis
from projets.enums import Action, Fait, Statut
from projets.liens_avis import jeton_avis, jeton_delegation
from projets.mentions import eclaircir
from projets.models import AvisIEN, Courriel, DelegationAvis, Passage, Projet
from projets.permissions import LienAvis
from projets.relances import relancer_avis
from projets.workflow import ActionImpossible, ActionInterdite, executer

from ..fabriques import coordinateur_de, de_role, dossier_complet, projet_en, utilisateur
from .test_ien import client_de, etat

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]

COLLEGUE = {
    "nom": "La conseillère pédagogique",
    "courriel": "conseillere@example.org",
    "message": "Pouvez-vous répondre ?",
}


@pytest.fixture
def projet() -> Projet:
    de_role(Role.IEN)
    return projet_en(Statut.AVIS_IEN)


@pytest.fixture
def avis(projet: Projet) -> AvisIEN:
    return projet.avis_ien.get()


@pytest.fixture
def delegation(avis: AvisIEN) -> DelegationAvis:
    return demandes_avis.transmettre(avis, par=LienAvis(avis), **COLLEGUE)


def lien(avis: AvisIEN, nom: str = "avis_lien") -> str:
    return reverse(nom, args=[jeton_avis(AvisIEN.objects.get(pk=avis.pk))])


def lien_delegue(delegation: DelegationAvis, nom: str = "avis_lien") -> str:
    return reverse(nom, args=[jeton_delegation(delegation)])


def textes(gabarit: str) -> list[str]:
    return list(Courriel.objects.filter(gabarit=gabarit).order_by("pk").values_list("texte", flat=True))


# --- handing on -----------------------------------------------------------------------------------------------------


def test_transmettre_par_le_lien_ecrit_au_collegue_et_a_l_annuaire(client: Client, avis: AvisIEN):
    assert "Transmettre à une ou un collègue" in client.get(lien(avis)).content.decode()
    assert client.get(lien(avis, "avis_lien_transmettre")).status_code == 200
    reponse = client.post(lien(avis, "avis_lien_transmettre"), COLLEGUE)
    assert reponse.status_code == 302
    assert client.get(reponse.url).status_code == 200
    delegation = avis.delegations.get()
    assert (delegation.par, delegation.par_lien, delegation.est_active) == (None, True, True)
    (pour_elle,), (copie,) = textes("avis_transmis"), textes("avis_transmis_copie")
    assert "Pouvez-vous répondre" in pour_elle
    assert "/avis/" in pour_elle
    assert "conseillere@example.org" in copie
    assert "depuis le lien de votre courriel" in copie
    assert Courriel.objects.get(gabarit="avis_transmis_copie").destinataire == "ien@example.org"
    passage = Passage.objects.get(action=Fait.AVIS_TRANSMIS)
    assert (passage.par, passage.au_titre_de, passage.pour_services) == (None, "IEN (1er degré)", True)
    assert "conseillere@example.org" in client.get(lien(avis)).content.decode()


def test_le_delegue_rend_l_avis_sur_delegation_et_l_autorite_le_lit(client: Client, avis: AvisIEN, delegation):
    page = client.get(lien_delegue(delegation)).content.decode()
    assert "Chantier et plantations" in page
    assert "sur délégation de IEN (1er degré)" in page
    assert "Transmettre" not in page
    assert client.post(lien_delegue(delegation), {"sens": "reserve", "motif": "Un repli."}).status_code == 302
    avis.refresh_from_db()
    assert (avis.sens, avis.delegation, avis.par, avis.par_lien) == ("reserve", delegation, None, True)
    assert avis.rendu_par == "La conseillère pédagogique, sur délégation de IEN (1er degré)"
    assert avis.projet.passages.last().au_titre_de == avis.rendu_par
    destinataires = Courriel.objects.filter(gabarit="avis_rendu").values_list("destinataire", flat=True)
    assert "ien@example.org" in destinataires
    reponse = client.post(lien(avis), {"sens": "favorable", "motif": "Je réponds aussi."})
    page = reponse.content.decode()
    assert reponse.status_code == 410
    assert "La conseillère pédagogique" in page
    assert "Je réponds aussi." in page
    assert "Un repli." in client.get(lien_delegue(delegation)).content.decode()


def test_l_autorite_repond_la_premiere_le_delegue_l_apprend_sans_lire_l_avis(client: Client, avis: AvisIEN, delegation):
    client.post(lien(avis), {"sens": "defavorable", "motif": "Un motif à garder."})
    reponse = client.post(lien_delegue(delegation), {"sens": "favorable"})
    page = reponse.content.decode()
    assert reponse.status_code == 410
    assert "déjà rendu" in page
    assert "IEN (1er degré)" in page
    assert "Un motif à garder." not in page
    assert AvisIEN.objects.get(pk=avis.pk).sens == "defavorable"


def test_reprendre_tue_le_lien_du_delegue(client: Client, projet: Projet, avis: AvisIEN, delegation):
    adresse = reverse("avis_lien_reprendre", args=[jeton_avis(avis), delegation.pk])
    assert "Reprendre la demande" in client.get(adresse).content.decode()
    assert DelegationAvis.objects.actives().exists()
    assert client.post(adresse).status_code == 302
    avant = etat(projet)
    for reponse in (client.get(lien_delegue(delegation)), client.post(lien_delegue(delegation), {"sens": "favorable"})):
        assert reponse.status_code == 410
        assert projet.titre not in reponse.content.decode()
    assert client.post(adresse).status_code == 409
    assert etat(projet) == avant
    passage = eclaircir(Passage.objects.filter(action=Fait.LIEN_REVOQUE))[-1]
    assert passage.mention == str(delegation)


def test_un_delegue_ne_transmet_ni_ne_reprend(client: Client, projet: Projet, delegation: DelegationAvis):
    autre = demandes_avis.transmettre(
        projet.avis_ien.get(), par=de_role(Role.IEN), nom="Autre", courriel="autre@example.org"
    )
    avant = etat(projet)
    essais = [
        client.post(lien_delegue(delegation, "avis_lien_transmettre"), {**COLLEGUE, "courriel": "x@example.org"}),
        client.post(reverse("avis_lien_reprendre", args=[jeton_delegation(delegation), autre.pk])),
    ]
    assert [essai.status_code for essai in essais] == [403, 403]
    assert all(essai.headers["Referrer-Policy"] == "no-referrer" for essai in essais)
    porteur = LienAvis(projet.avis_ien.get(), delegation)
    with pytest.raises(ActionInterdite):
        demandes_avis.transmettre(projet.avis_ien.get(), par=porteur, nom="X", courriel="x@example.org")
    with pytest.raises(ActionInterdite):
        demandes_avis.reprendre(autre, par=porteur)
    assert etat(projet) == avant


@pytest.mark.parametrize(
    ("changement", "phrase"),
    [
        ({"courriel": "porteur@example.org"}, "porteur du projet"),
        ({"courriel": "PORTEUR+avis@Example.org"}, "porteur du projet"),
        ({"courriel": "ien@example.org"}, "déjà reçu"),
        ({"courriel": "pas une adresse"}, "adresse complète"),
        ({"courriel": "a@example.org\nBcc: b@example.org"}, "adresse complète"),
        ({"courriel": "\x00@example.org"}, "nul"),
        ({"courriel": ""}, "obligatoire"),
        ({"nom": " \u200b"}, "prénom et le nom"),
        ({"nom": "N" * 100_000}, "80"),
        ({"nom": "Gagnez www.example.com"}, "adresse internet"),
        ({"message": "Voyez https://example.com/"}, "adresse internet"),
        ({"message": "M" * 100_000}, "500"),
    ],
)
def test_transmission_refusee_garde_la_saisie_et_n_ecrit_a_personne(client: Client, avis: AvisIEN, changement, phrase):
    avant = Courriel.objects.count()
    reponse = client.post(lien(avis, "avis_lien_transmettre"), {**COLLEGUE, "nom": "Mme Saisie", **changement})
    assert reponse.status_code in (200, 409)
    assert phrase in reponse.content.decode()
    assert "nom" in changement or "Mme Saisie" in reponse.content.decode()
    assert Courriel.objects.count() == avant
    assert not DelegationAvis.objects.exists()


def test_un_lien_qui_fuit_n_ecrit_pas_au_monde_entier(client: Client, avis: AvisIEN):
    adresse = lien(avis, "avis_lien_transmettre")

    def envoyer(rang: int) -> int:
        return client.post(adresse, {**COLLEGUE, "courriel": f"c{rang}@example.org"}).status_code

    assert [envoyer(rang) for rang in (1, 2, 3, 4)] == [302, 302, 302, 409]
    assert client.post(adresse, {**COLLEGUE, "courriel": "c1@example.org"}).status_code == 409
    for delegation in DelegationAvis.objects.all():
        demandes_avis.reprendre(delegation, par=LienAvis(avis))
    assert [envoyer(rang) for rang in (5, 6, 7)] == [302, 302, 409]  # five in a day, even taken back
    assert Courriel.objects.filter(gabarit="avis_transmis").count() == 5


def test_seuls_les_domaines_choisis(client: Client, avis: AvisIEN, settings):
    settings.DELEGATIONS_DOMAINES = ["ecole.example"]
    reponse = client.post(lien(avis, "avis_lien_transmettre"), COLLEGUE)
    assert "ecole.example" in reponse.content.decode()
    assert not DelegationAvis.objects.exists()


def test_html_et_caracteres_interdits_sont_montres_comme_du_texte(client: Client, avis: AvisIEN):
    nom = "<script>alert(1)</script>\x00"
    client.post(lien(avis, "avis_lien_transmettre"), {**COLLEGUE, "nom": nom.replace("\x00", "")})
    page = client.get(lien(avis)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_transmettre_avec_un_compte_puis_les_autres_roles(projet: Projet, avis: AvisIEN):
    adresse = reverse("avis_transmettre", args=[avis.pk])
    for role in Role:
        reponse = client_de(de_role(role)).post(adresse, {**COLLEGUE, "courriel": f"{role}-x@example.org"})
        assert reponse.status_code == (302 if role == Role.IEN else 404), role
    assert client_de(projet.porteur).post(adresse, COLLEGUE).status_code == 404
    assert Client().post(adresse, COLLEGUE).status_code == 302
    delegation = DelegationAvis.objects.get()
    assert delegation.par == de_role(Role.IEN)
    reprise = reverse("avis_reprendre", args=[avis.pk, delegation.pk])
    assert client_de(de_role(Role.AUTORITE_EN)).post(reprise).status_code == 404
    assert client_de(de_role(Role.IEN)).post(reprise).status_code == 302
    assert not DelegationAvis.objects.actives().exists()


def test_delegation_d_un_autre_avis_n_est_pas_la_sienne(client: Client, avis: AvisIEN, delegation: DelegationAvis):
    autre = projet_en(Statut.AVIS_IEN, dossier_complet(titre="Un autre projet")).avis_ien.get()
    assert client.post(reverse("avis_lien_reprendre", args=[jeton_avis(autre), delegation.pk])).status_code == 404
    with pytest.raises((ActionInterdite, ActionImpossible)):
        executer(autre.projet, Action.RENDRE_AVIS, par=LienAvis(avis, delegation), avis=autre, sens="favorable")
    assert DelegationAvis.objects.actives().filter(pk=delegation.pk).exists()


# --- the coordination in charge ---------------------------------------------------------------------------------------


def test_renvoyer_donne_un_nouveau_lien_et_tue_l_ancien(client: Client, projet: Projet, avis: AvisIEN):
    ancien, coordination = lien(avis), client_de(coordinateur_de(projet))
    page = coordination.get(projet.get_absolute_url()).content.decode()
    assert "Lien valable jusqu’au" in page
    assert "ien@example.org" in page
    adresse = reverse("avis_gerer", args=[projet.numero, avis.pk, "renvoyer"])
    assert "nouveau lien" in coordination.get(adresse).content.decode()
    assert client.get(ancien).status_code == 200
    assert coordination.post(adresse).status_code == 302
    assert client.get(ancien).status_code == 410
    assert client.get(lien(avis)).status_code == 200
    assert len(textes("avis_demande")) == 2
    assert "Le lien le plus récent est le bon" in textes("avis_demande")[-1]
    assert Passage.objects.get(action=Fait.AVIS_RENVOYE).par == coordinateur_de(projet)


def test_revoquer_ferme_tout_lien_mais_pas_le_compte(client: Client, projet: Projet, avis: AvisIEN, delegation):
    ancien, coordination = lien(avis), client_de(coordinateur_de(projet))
    adresse = reverse("avis_gerer", args=[projet.numero, avis.pk, "revoquer"])
    assert coordination.post(adresse).status_code == 302
    for mort in (ancien, lien(avis), lien_delegue(delegation)):
        assert client.post(mort, {"sens": "favorable"}).status_code == 410
        client.post(mort + "nouveau-lien/")  # the coordination closed it: nobody opens it again from outside
    assert len(textes("avis_demande")) == 1
    assert coordination.post(adresse).status_code == 409
    assert "Lien révoqué" in coordination.get(projet.get_absolute_url()).content.decode()
    assert relancer_avis(timezone.localdate() + timedelta(days=7)) == 0
    compte = client_de(de_role(Role.IEN))
    assert compte.post(reverse("avis_rendre", args=[avis.pk]), {"sens": "favorable"}).status_code == 302


def test_lien_ouvert_avant_la_revocation_n_agit_plus_apres(projet: Projet, avis: AvisIEN):
    ouvert = LienAvis(avis)
    demandes_avis.revoquer(avis, par=coordinateur_de(projet))
    for par in (ouvert, LienAvis(avis, secret=ouvert.secret)):
        with pytest.raises(ActionImpossible):
            executer(projet, Action.RENDRE_AVIS, par=par, avis=avis, sens="favorable")
    assert not AvisIEN.objects.get(pk=avis.pk).est_rendu


@pytest.mark.une_seule_base
@pytest.mark.parametrize("geste", ["renvoyer", "revoquer", "effacer"])
def test_gerer_est_ferme_aux_autres(projet: Projet, avis: AvisIEN, geste: str):
    avant, adresse = etat(projet), reverse("avis_gerer", args=[projet.numero, avis.pk, geste])
    autres = [role for role in Role if role != projet.coordination]
    for qui in (*map(de_role, autres), projet.porteur, utilisateur("etranger@example.org")):
        client = client_de(qui)
        assert {client.get(adresse).status_code, client.post(adresse).status_code} <= {403, 404}, qui
    assert Client().post(adresse).status_code == 302
    autre = projet_en(Statut.AVIS_IEN, dossier_complet(titre="Un autre"))
    croisee = reverse("avis_gerer", args=[autre.numero, avis.pk, geste])
    assert client_de(coordinateur_de(projet)).post(croisee).status_code == 404
    assert etat(projet)[:2] == avant[:2]


def test_la_page_ne_montre_les_liens_a_personne(projet: Projet, avis: AvisIEN, delegation: DelegationAvis):
    for qui in (coordinateur_de(projet), de_role(Role.ADMIN), de_role(Role.PILOTE_VILLE), projet.porteur):
        page = client_de(qui).get(projet.get_absolute_url()).content.decode()
        assert jeton_avis(avis).split(":")[0] not in page
        assert jeton_delegation(delegation).split(":")[0] not in page
    assert "conseillere" not in page  # the porteur


# --- an expired link ----------------------------------------------------------------------------------------------------


def test_lien_expire_en_demande_un_nouveau_a_l_annuaire_seulement(client: Client, avis: AvisIEN, delegation):
    ancien, du_delegue = lien(avis), lien_delegue(delegation)
    plus_tard = timezone.now() + timedelta(seconds=settings.DUREE_LIEN_AVIS + 5)
    with time_machine.travel(plus_tard, tick=False):
        assert "Recevoir un nouveau lien" in client.get(ancien).content.decode()
        assert client.get(ancien + "nouveau-lien/").status_code == 302  # a scanner that follows it asks for nothing
        assert len(textes("avis_demande")) == 1
        reponses = [
            client.post(adresse + "nouveau-lien/", {"courriel": "pirate@example.org"})
            for adresse in (ancien, du_delegue) * 3
        ]
        assert {reponse.status_code for reponse in reponses} == {200}
        assert len({reponse.content for reponse in reponses}) == 1  # the page says nothing of what was sent
        assert "ien@example.org" not in reponses[0].content.decode()
        assert avis.projet.titre not in reponses[0].content.decode()
        envois = Courriel.objects.filter(gabarit="avis_demande").values_list("destinataire", flat=True)
        assert list(envois) == ["ien@example.org"] * 2  # once an hour
        assert client.get(ancien).status_code == 410
        assert client.get(lien(avis)).status_code == 200
    with time_machine.travel(plus_tard + timedelta(hours=2), tick=False):
        client.post(ancien + "nouveau-lien/")
        assert client.get(lien(avis)).status_code == 200  # an old link does not kill the new one


def test_nouveau_lien_ne_sert_plus_quand_l_avis_n_est_plus_attendu(client: Client, projet: Projet, avis: AvisIEN):
    adresse = lien(avis, "avis_lien_nouveau")
    client.post(lien(avis), {"sens": "favorable"})
    avant = etat(projet)
    with time_machine.travel(timezone.now() + timedelta(hours=3), tick=False):
        assert client.post(adresse).status_code == 200
    assert client.post(reverse("avis_lien_nouveau", args=["n-importe-quoi"])).status_code == 404
    assert etat(projet) == avant


def test_relances_vont_aussi_au_delegue_par_un_lien_qui_ouvre(
    client: Client, avis: AvisIEN, delegation: DelegationAvis
):
    jour = timezone.localdate()
    with time_machine.travel(timezone.now() + timedelta(days=42), tick=False):
        assert relancer_avis(jour + timedelta(days=42)) == 2
        assert relancer_avis(jour + timedelta(days=42)) == 0
    recus = dict(Courriel.objects.filter(gabarit="relance_avis").values_list("destinataire", "texte"))
    assert set(recus) == {"ien@example.org", "conseillere@example.org"}
    with time_machine.travel(timezone.now() + timedelta(days=60), tick=False):  # past the first date
        assert client.get(lien(avis)).status_code == 200
        assert client.post(lien_delegue(delegation), {"sens": "favorable"}).status_code == 302
        assert relancer_avis(jour + timedelta(days=63)) == 0


# --- prefetch and hostile input on every page of a link ------------------------------------------------------------------


def test_get_head_options_ne_changent_rien_nulle_part(client: Client, projet: Projet, avis: AvisIEN, delegation):
    avant = etat(projet)
    for jeton in (jeton_avis(avis), jeton_delegation(delegation)):
        for nom in ("avis_lien", "avis_lien_transmettre", "avis_lien_nouveau"):
            adresse = reverse(nom, args=[jeton])
            for reponse in (client.get(adresse, COLLEGUE), client.head(adresse), client.options(adresse)):
                assert reponse.status_code < 500
        client.get(reverse("avis_lien_reprendre", args=[jeton, delegation.pk]))
    assert etat(projet) == avant
    assert DelegationAvis.objects.actives().count() == 1


@pytest.mark.parametrize("motif", ["a" * 100_000, "<img src=x onerror=alert(1)>" * 200, "\x00" * 10])
def test_motif_hostile_par_le_lien(client: Client, avis: AvisIEN, motif: str):
    reponse = client.post(lien(avis), {"sens": "reserve", "motif": motif})
    assert reponse.status_code in (200, 302)
    assert "<img src=x" not in reponse.content.decode()
    assert "<img src=x" not in client.get(lien(avis)).content.decode()
