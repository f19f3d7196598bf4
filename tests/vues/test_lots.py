"""Actions on several projects at once: summary before, report after, refusals one by one, and nothing done twice."""

import uuid
from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import Role
from projets.enums import Action, Fait, Statut
from projets.forms import lots as formulaires
from projets.lots import ACTIONS, MAXIMUM
from projets.models import AvisIEN, Courriel, Message, Passage, Projet
from projets.views import lots as vue

from .. import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]

EN, VILLE = Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE


@pytest.fixture
def entrer(client):
    def _entrer(qui):
        client.force_login(qui if not isinstance(qui, str) else fabriques.de_role(qui))
        return client

    return _entrer


def depose(titre, statut=Statut.DEPOSE, porteur=None, **changements):
    return fabriques.projet_en(statut, fabriques.dossier_complet(titre=titre, **changements), porteur)


def jetons(*projets):
    return [f"{projet.numero}:{projet.version}" for projet in projets]


def resumer(client, action, *projets, **donnees):
    return client.post(reverse("coordination_lot"), {"action": action, "projets": jetons(*projets), **donnees})


def confirmer(client, action, *projets, **donnees):
    return resumer(client, action, *projets, **{"jeton": uuid.uuid4(), "confirmer": "oui", **donnees})


# --- agenda entries -------------------------------------------------------------------------------------------------


def test_lot_resume_puis_inscrit_puis_rend_compte(entrer):
    pret, autre = depose("Prêt", Statut.PRET), depose("Prêt aussi", Statut.PRET)
    attend = depose("Attend un avis", Statut.AVIS_IEN)
    seance, client = fabriques.seance(), entrer(VILLE)

    html = resumer(client, "inscrire", pret, autre, attend).content.decode()
    assert "Inscrire 2 projets à l’ordre du jour" in html
    assert "Laissés de côté (1)" in html
    assert "le projet est «\u00a0En attente d’avis\u00a0»" in html
    assert not Passage.objects.filter(action=Action.INSCRIRE).exists()

    rapport = confirmer(client, "inscrire", pret, autre, attend, seance=seance.pk)

    html = rapport.content.decode()
    assert "2 projets inscrits" in html
    assert "Refusés (1)" in html
    assert attend.numero in html
    assert reverse("troika_seance", args=[seance.pk]) in html
    assert set(seance.points.values_list("projet", flat=True)) == {pret.pk, autre.pk}
    attend.refresh_from_db()
    assert attend.statut == Statut.AVIS_IEN
    assert Passage.objects.filter(action=Action.INSCRIRE).count() == 2


def test_lot_envoye_deux_fois_n_inscrit_qu_une(entrer):
    pret, seance, client = depose("Prêt", Statut.PRET), fabriques.seance(), entrer(EN)

    confirmer(client, "inscrire", pret, seance=seance.pk)
    seconde = confirmer(client, "inscrire", pret, seance=seance.pk)

    assert "C’est déjà fait." in seconde.content.decode()
    assert "vient d’être modifié" in confirmer(entrer(VILLE), "inscrire", pret, seance=seance.pk).content.decode()
    assert seance.points.count() == 1


@pytest.mark.parametrize("code", [*ACTIONS, "exporter"])
@pytest.mark.parametrize("role", [Role.OBSERVATEUR, Role.PILOTE_VILLE, Role.ADMIN, Role.IEN, None])
def test_lot_est_refuse_a_qui_ne_coordonne_pas(entrer, role, code):
    pret, seance = depose("Prêt", Statut.PRET), fabriques.seance()
    client = entrer(role or pret.porteur)
    courriels = Courriel.objects.count()

    reponse = confirmer(client, code, pret, seance=seance.pk, texte="Bonjour")

    assert reponse.status_code == 403
    pret.refresh_from_db()
    assert pret.statut == Statut.PRET
    assert Courriel.objects.count() == courriels
    if role not in (Role.IEN, None):
        assert 'name="projets"' not in client.get(reverse("coordination")).content.decode()


@pytest.mark.parametrize(
    "projets", [[], ["abc"], ["2026-0001:"], ["\x00:1"], ["2026-9999:0"], [":::"], ["2026-0001:²"], ["x" * 100_000]]
)
@pytest.mark.parametrize("code", ["inscrire", "exporter"])
def test_lot_sans_projet_valable_revient_a_la_liste(entrer, projets, code):
    depose("Prêt", Statut.PRET)

    reponse = entrer(EN).post(reverse("coordination_lot"), {"action": code, "projets": projets})

    assert reponse.status_code == 302 or (code == "exporter" and b"".join(reponse.streaming_content))
    assert not Passage.objects.filter(action=Action.INSCRIRE).exists()


@pytest.mark.parametrize("action", ["", "retirer", "\x00", "publier", "deposer"])
def test_lot_d_une_action_inconnue_revient_a_la_liste(entrer, action):
    assert resumer(entrer(EN), action, depose("Prêt", Statut.PRET)).status_code == 302


@pytest.mark.parametrize("seance", ["", "abc", "999999", "9" * 30])
def test_lot_sans_seance_valable_garde_le_choix(entrer, seance):
    pret = depose("Prêt", Statut.PRET)
    fabriques.seance()

    reponse = confirmer(entrer(EN), "inscrire", pret, seance=seance)

    assert reponse.status_code == 422
    assert jetons(pret)[0] in reponse.content.decode()
    pret.refresh_from_db()
    assert pret.statut == Statut.PRET


def test_lot_sans_seance_ouverte_propose_d_en_creer_une(entrer):
    html = resumer(entrer(EN), "inscrire", depose("Prêt", Statut.PRET)).content.decode()

    assert reverse("troika_nouvelle") in html


def test_lot_refuse_un_projet_change_depuis_la_lecture(entrer):
    pret, seance = depose("Prêt", Statut.PRET), fabriques.seance()
    pret.version -= 1

    reponse = confirmer(entrer(EN), "inscrire", pret, seance=seance.pk)

    assert "vient d’être modifié" in reponse.content.decode()
    pret.refresh_from_db()
    assert pret.statut == Statut.PRET


def test_lot_ne_juge_pas_son_propre_projet(entrer):
    agent = fabriques.utilisateur("agent@example.org", EN)
    sien, seance = depose("Le sien", Statut.PRET, agent), fabriques.seance()

    page = resumer(entrer(agent), "inscrire", sien).content.decode()
    assert "Aucun des projets choisis n’est concerné" in page
    assert "?</h1>" not in page, "rien à faire : rien à demander"
    assert "Refusés (1)" in confirmer(entrer(agent), "inscrire", sien, seance=seance.pk).content.decode()


# --- the other actions ----------------------------------------------------------------------------------------------


def test_lot_declare_complet_ce_dont_on_est_charge(entrer):
    scolaire = depose("Scolaire")
    ville = fabriques.projet_en(
        Statut.DEPOSE,
        fabriques.hors_temps_scolaire(fabriques.dossier_complet(titre="De la ville", structure_nature="association")),
    )
    autre = fabriques.projet_en(Statut.DEPOSE, fabriques.hors_temps_scolaire(fabriques.dossier_complet()))
    client = entrer(EN)

    html = resumer(client, "declarer_complet", scolaire, ville, autre).content.decode()
    assert "Déclarer 2 dossiers complets" in html
    assert "cela revient à la coordination en charge" in html
    confirmer(client, "declarer_complet", scolaire, ville, autre)

    statuts = dict(Projet.objects.values_list("pk", "statut"))
    assert (statuts[scolaire.pk], statuts[ville.pk], statuts[autre.pk]) == ("avis_ien", "depose", "pret")
    assert AvisIEN.objects.filter(projet=scolaire).count() == 1


def test_lot_relance_les_avis_une_fois_par_jour(entrer):
    fabriques.de_role(Role.IEN)
    attend, pret = depose("Attend", Statut.AVIS_IEN), depose("Prêt", Statut.PRET)
    client = entrer(EN)
    avant = Courriel.objects.filter(gabarit="relance_avis").count()

    assert "aucun avis n’est attendu" in resumer(client, "relancer_avis", attend, pret).content.decode()
    assert "1 projet relancé" in confirmer(client, "relancer_avis", attend, pret).content.decode()
    assert "Déjà relancé aujourd’hui" in confirmer(client, "relancer_avis", attend).content.decode()

    envoyes = Courriel.objects.filter(gabarit="relance_avis").count() - avant
    assert envoyes >= 1
    assert Passage.objects.filter(projet=attend, action=Fait.RELANCE, pour_services=True).count() == 1
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        confirmer(client, "relancer_avis", attend)
    assert Courriel.objects.filter(gabarit="relance_avis").count() == avant + 2 * envoyes


def test_lot_relance_les_bilans_en_retard_une_fois_par_jour(entrer):
    valide, depose_ = depose("Validé", Statut.VALIDE), depose("Déposé")
    client = entrer(EN)

    assert "Aucun des projets choisis" in resumer(client, "relancer_bilans", valide, depose_).content.decode()
    with time_machine.travel(date(2029, 1, 10)):
        client = entrer(EN)
        assert "1 porteur relancé" in confirmer(client, "relancer_bilans", valide, depose_).content.decode()
        assert "Déjà relancé" in confirmer(client, "relancer_bilans", valide).content.decode()
    courriel = Courriel.objects.get(gabarit="relance_bilan")
    assert courriel.destinataire == valide.porteur.email
    assert "n’est pas encore arrivé" in courriel.texte


def test_lot_ecrit_a_plusieurs_porteurs_une_seule_fois(entrer):
    un, deux = depose("Un"), depose("Deux", porteur=fabriques.utilisateur("autre@example.org"))
    client, jeton = entrer(EN), uuid.uuid4()

    vide = confirmer(client, "ecrire", un, deux, texte="  ", jeton=jeton)
    assert vide.status_code == 422
    for _ in range(2):
        rapport = confirmer(client, "ecrire", un, deux, texte="Réunion le 12 mars", jeton=jeton)

    assert "Déjà faits (2)" in rapport.content.decode()
    assert Message.objects.filter(interne=False, texte="Réunion le 12 mars").count() == 2
    destinataires = Courriel.objects.filter(gabarit="message_porteur").values_list("destinataire", flat=True)
    assert sorted(destinataires) == ["autre@example.org", "porteur@example.org"]


def test_lot_refuse_garde_le_texte(entrer):
    reponse = confirmer(entrer(EN), "ecrire", depose("Un"), texte="é" * 5001)

    assert reponse.status_code == 422
    assert "é" * 5001 in reponse.content.decode()


def test_lot_exporte_la_selection(entrer):
    un, deux = depose("Un"), depose("Deux")
    depose("Trois")

    reponse = resumer(entrer(EN), "exporter", un, deux, format="csv")

    texte = b"".join(reponse.streaming_content).decode("utf-8-sig")
    assert [ligne.split(";")[1] for ligne in texte.splitlines()] == ["Titre", "Un", "Deux"]


# --- the whole filtered list ----------------------------------------------------------------------------------------


def test_lot_sur_toute_la_liste_filtree_est_borne_et_le_dit(entrer, monkeypatch):
    monkeypatch.setattr(vue, "MAXIMUM", 2)
    for titre in ("Verger 1", "Verger 2", "Verger 3"):
        depose(titre)
    depose("Théâtre")

    reponse = entrer(EN).post(
        reverse("coordination_lot"), {"action": "declarer_complet", "tout": "oui", "parametres": "q=verger&tri=titre"}
    )

    html = reponse.content.decode()
    assert "Déclarer 2 dossiers complets" in html
    assert "La liste compte 3 projets" in html
    assert html.count('name="projets"') == 2
    assert [projet.titre for projet, _ in reponse.context["selection"].choisis] == ["Verger 1", "Verger 2"]


@pytest.mark.parametrize("parametres", ["", "a_faire=rien&statut=%00", "%00", "x" * 5000, "tri=-pk;drop"])
def test_lot_sur_toute_la_liste_supporte_tout_parametre(entrer, parametres):
    depose("Un")
    donnees = {"tout": "oui", "parametres": parametres}

    assert entrer(EN).post(reverse("coordination_lot"), {"action": "ecrire", **donnees}).status_code == 200
    assert entrer(EN).post(reverse("coordination_lot"), {"action": "exporter", **donnees}).status_code == 302


def test_lot_ne_depasse_jamais_son_maximum(entrer, monkeypatch):
    monkeypatch.setattr(formulaires, "MAXIMUM", 1)
    un, deux = depose("Un"), depose("Deux")

    confirmer(entrer(EN), "ecrire", un, deux, texte="Bonjour")

    assert Message.objects.count() == 1
    assert MAXIMUM == 200


@pytest.mark.parametrize("code", ACTIONS)
@pytest.mark.parametrize("combien", [1, 3])
def test_resume_lit_en_un_nombre_constant_de_requetes(entrer, code, combien, django_assert_max_num_queries):
    projets = [depose(f"Projet {rang}") for rang in range(combien)]
    client = entrer(EN)
    resumer(client, code, *projets)

    with django_assert_max_num_queries(8):
        resumer(client, code, *projets)
