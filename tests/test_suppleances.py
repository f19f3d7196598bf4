"""Absences: the substitute holds the roles for those days, nobody speaks twice, and nothing outlives the absence."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from correspondants import suppleances as regles
from correspondants.enums import PILOTES, Role
from correspondants.models import Correspondant, Etablissement, Suppleance, Utilisateur
from projets import suppleances
from projets.enums import Action, SensAvis, Statut
from projets.models import Courriel, Passage
from projets.notifications import courriels_de_role
from projets.workflow import ActionInterdite, executer

from . import fabriques
from .fabriques import de_role

pytestmark = pytest.mark.django_db
PAGE = reverse("mon_compte_absence")


def frais(compte: Utilisateur) -> Utilisateur:
    return Utilisateur.objects.get(pk=compte.pk)


def absence(absent: str, suppleant: str, debut: int = 0, fin: int = 5, **champs: object) -> Suppleance:
    """From ``debut`` to ``fin`` days from now."""
    aujourdhui = timezone.localdate()
    return suppleances.declarer(
        absent=de_role(absent).correspondant,
        suppleant=de_role(suppleant).correspondant,
        du=aujourdhui + timedelta(days=debut),
        au=aujourdhui + timedelta(days=fin),
        par=de_role(absent),
        **champs,
    )


def test_le_suppleant_tient_les_roles_ces_jours_la_seulement():
    with time_machine.travel("2026-03-10 12:00 +0100"):
        une = absence(Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE, 1, 3)
    roles = {}
    for jour in range(10, 16):
        with time_machine.travel(f"2026-03-{jour} 23:30 +0100"):
            roles[jour] = frais(de_role(Role.COORDINATEUR_VILLE)).roles
    attendus = {Role.COORDINATEUR_VILLE}
    assert [jour for jour, tenus in roles.items() if Role.COORDINATEUR_EN in tenus] == [11, 12, 13]
    assert roles[10] == roles[14] == attendus
    with time_machine.travel("2026-03-11 12:00 +0100"):
        assert Role.COORDINATEUR_EN in frais(une.absent.utilisateur).roles, "l’absent garde ses droits"
        suppleances.annuler(une)
        assert frais(une.suppleant.utilisateur).roles == attendus


def test_un_role_supplee_se_lit_en_une_requete(django_assert_num_queries):
    absence(Role.IEN, Role.AUTORITE_EN)
    compte = frais(de_role(Role.AUTORITE_EN))
    with django_assert_num_queries(1):
        assert compte.roles == {Role.IEN, Role.AUTORITE_EN}
        assert [str(tenu) for tenu in compte.suppleances] == ["IEN (1er degré), en l’absence de Compte de test"]


def test_pas_de_chaine_ni_d_administration_confiee():
    absence(Role.IEN, Role.AUTORITE_EN)
    with pytest.raises(regles.SuppleanceImpossible, match="supplée"):
        absence(Role.AUTORITE_EN, Role.COORDINATEUR_EN)
    # Recorded all the same, by whoever writes in the database: only the roles held by right pass on.
    Suppleance.objects.create(
        absent=de_role(Role.AUTORITE_EN).correspondant,
        suppleant=de_role(Role.COORDINATEUR_EN).correspondant,
        du=timezone.localdate(),
        au=timezone.localdate(),
        cree_par=de_role(Role.ADMIN),
    )
    assert frais(de_role(Role.COORDINATEUR_EN)).roles == {Role.COORDINATEUR_EN, Role.AUTORITE_EN}
    fabriques.utilisateur("ien@example.org", Role.ADMIN)
    assert Role.ADMIN not in frais(de_role(Role.AUTORITE_EN)).roles
    with pytest.raises(regles.SuppleanceImpossible, match="aucun rôle"):
        absence(Role.ADMIN, Role.OBSERVATEUR)


@pytest.mark.parametrize("pilote", sorted(PILOTES))
def test_un_pilote_ne_donne_jamais_deux_voix(pilote):
    autres = sorted(PILOTES - {pilote})
    for autre in autres:
        with pytest.raises(regles.SuppleanceImpossible, match="deux voix"):
            absence(pilote, autre)
    absence(pilote, Role.COORDINATEUR_EN)
    with pytest.raises(regles.SuppleanceImpossible, match="deux voix"):
        absence(autres[0], Role.COORDINATEUR_EN)
    absence(autres[0], Role.COORDINATEUR_EN, 10, 12)
    assert frais(de_role(Role.COORDINATEUR_EN)).roles & PILOTES == {pilote}
    # The substitute becomes a pilot meanwhile: one's own voice, and no other.
    fabriques.utilisateur("coordinateur-en@example.org", autres[1])
    assert frais(de_role(Role.COORDINATEUR_EN)).roles & PILOTES == {autres[1]}


@pytest.mark.parametrize(
    ("debut", "fin", "phrase"),
    [(3, 1, "avant le premier"), (-5, -1, "déjà passée"), (0, 400, "plus une absence")],
)
def test_dates_impossibles(debut, fin, phrase):
    with pytest.raises(regles.SuppleanceImpossible, match=phrase):
        absence(Role.IEN, Role.AUTORITE_EN, debut, fin)


def test_suppleants_impossibles():
    sans_compte = Correspondant.objects.create(code="sans-compte", fonction="Sans compte")
    sans_compte.habilitations.create(role=Role.IEN)
    sans_role = Correspondant.objects.create(
        code="sans-role", fonction="Sans rôle", utilisateur=fabriques.utilisateur("porteur@example.org")
    )
    ferme = de_role(Role.OBSERVATEUR)
    Utilisateur.objects.filter(pk=ferme.pk).update(is_active=False)
    absent = de_role(Role.IEN).correspondant
    jour = timezone.localdate()
    for suppleant in (sans_compte, sans_role, ferme.correspondant, absent):
        assert regles.obstacles(absent, suppleant, jour, jour), suppleant
    absence(Role.AUTORITE_EN, Role.COORDINATEUR_EN)
    with pytest.raises(regles.SuppleanceImpossible, match="aussi en congé"):
        absence(Role.IEN, Role.AUTORITE_EN)
    with pytest.raises(regles.SuppleanceImpossible, match="déjà enregistrée"):
        absence(Role.AUTORITE_EN, Role.COORDINATEUR_VILLE, 5, 6)


def test_les_courriels_du_role_vont_aussi_au_suppleant(appel):
    Correspondant.objects.exclude(code__startswith="test-").update(courriel="")
    absence(Role.IEN, Role.AUTORITE_EN)
    assert set(courriels_de_role(Role.IEN)) == {"ien@example.org", "autorite-en@example.org"}
    assert courriels_de_role(Role.AUTORITE_EN) == ["autorite-en@example.org"]
    assert set(Courriel.objects.values_list("destinataire", flat=True)) == {
        "ien@example.org",
        "autorite-en@example.org",
    }


def test_le_journal_dit_au_titre_de_qui(appel):
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    absence(Role.IEN, Role.OBSERVATEUR)
    suppleant = frais(de_role(Role.OBSERVATEUR))
    avis = projet.avis_ien.get()
    executer(projet, Action.RENDRE_AVIS, par=suppleant, avis=avis, sens=SensAvis.FAVORABLE)
    passage = Passage.objects.filter(projet=projet).latest("pk")
    assert (passage.par, passage.au_titre_de) == (suppleant, "IEN (1er degré), en l’absence de Compte de test")
    absence(projet.coordination, Role.AUTORITE_EN)
    executer(projet, Action.DEMANDER_COMPLEMENTS, par=frais(de_role(Role.AUTORITE_EN)), champs={"resume": "Précisez."})
    assert Passage.objects.latest("pk").au_titre_de.endswith("en l’absence de Compte de test")


def test_un_suppleant_ne_juge_pas_son_propre_projet(appel):
    porteur = de_role(Role.OBSERVATEUR)
    projet = fabriques.projet_en(Statut.AVIS_IEN, porteur=porteur)
    absence(Role.IEN, Role.OBSERVATEUR)
    absence(projet.coordination, Role.OBSERVATEUR)
    with pytest.raises(ActionInterdite):
        executer(projet, Action.RENDRE_AVIS, par=frais(porteur), avis=projet.avis_ien.get(), sens=SensAvis.FAVORABLE)
    with pytest.raises(ActionInterdite):
        executer(projet, Action.DEMANDER_COMPLEMENTS, par=frais(porteur), champs={"resume": "x"})


# --- the page -----------------------------------------------------------------------------------------------------------


def envoi(suppleant: str, **champs: object) -> dict[str, object]:
    jour = timezone.localdate()
    return {"du": jour, "au": jour + timedelta(days=3), "suppleant": de_role(suppleant).correspondant.pk, **champs}


def test_chacun_declare_et_annule_la_sienne(client):
    client.force_login(de_role(Role.PILOTE_VILLE))
    reponse = client.post(PAGE, envoi(Role.COORDINATEUR_VILLE, motif="<b>Congés</b>"), follow=True)
    assert "&lt;b&gt;Congés&lt;/b&gt;" in reponse.content.decode()
    une = Suppleance.objects.get()
    assert (une.cree_par, une.absent.utilisateur) == (de_role(Role.PILOTE_VILLE),) * 2
    assert Courriel.objects.filter(gabarit="suppleance_declaree").count() == 2

    client.force_login(de_role(Role.COORDINATEUR_VILLE))
    accueil = client.get(reverse("coordination")).content.decode()
    assert "vous agissez <strong>en l’absence de Compte de test</strong>" in accueil
    assert client.get(reverse("troika")).status_code == 200
    assert "en l’absence de Compte de test" in client.get(reverse("mon_compte")).content.decode()

    client.force_login(de_role(Role.IEN))
    annulation = reverse("mon_compte_absence_annuler", args=[une.pk])
    assert client.post(annulation).status_code == 404
    assert client.get(annulation).status_code == 405
    client.force_login(de_role(Role.PILOTE_VILLE))
    for _ in range(2):  # a double click tells nobody anything twice
        assert client.post(annulation).status_code == 302
    assert Courriel.objects.filter(gabarit="suppleance_annulee").count() == 2
    assert "Annulée le" in client.get(PAGE).content.decode()


def test_ce_qui_est_refuse_est_dit_et_rien_n_est_perdu(client):
    client.force_login(de_role(Role.PILOTE_VILLE))
    reponse = client.post(PAGE, envoi(Role.PILOTE_EN, motif="Formation"))
    assert reponse.status_code == 409
    contenu = reponse.content.decode()
    assert "ne donne pas deux voix" in contenu
    assert 'value="Formation"' in contenu
    for faux in (
        {"du": "hier"},
        {"au": "9999-99-99"},
        {"suppleant": "10" * 12},
        {"suppleant": "\x00"},
        {"motif": "é" * 300},
    ):
        assert client.post(PAGE, envoi(Role.COORDINATEUR_EN) | faux).status_code == 200
    assert not Suppleance.objects.exists()


@pytest.mark.parametrize("qui", ["porteur", Role.ADMIN])
def test_sans_role_a_confier_pas_de_page(client, qui):
    client.force_login(fabriques.utilisateur() if qui == "porteur" else de_role(qui))
    assert client.get(PAGE).status_code == 403
    assert PAGE not in client.get(reverse("mon_compte")).content.decode()


def test_l_annuaire_dit_a_qui_s_adresser(client):
    une = absence(Role.IEN, Role.AUTORITE_EN, motif="Raison privée")
    for ligne, nom in ((une.absent, "Personne absente"), (une.suppleant, "Personne suppléante")):
        Correspondant.objects.filter(pk=ligne.pk).update(nom=nom, dans_annuaire=True)
    page = client.get(reverse("correspondants")).content.decode()
    assert "Absence jusqu’au" in page
    assert "Personne suppléante" in page
    assert "Raison privée" not in page


def test_l_administration_en_declare_une_pour_n_importe_qui(client):
    chef = de_role(Role.ADMIN)
    chef.is_staff = True
    chef.save()
    client.force_login(chef)
    url = reverse("admin:correspondants_suppleance_add")
    donnees = envoi(Role.AUTORITE_EN, absent=de_role(Role.IEN).correspondant.pk)
    assert client.post(url, donnees).status_code == 302
    une = Suppleance.objects.get()
    assert une.cree_par == chef
    assert Courriel.objects.filter(gabarit="suppleance_declaree").count() == 2
    assert "déjà enregistrée" in client.post(url, donnees).content.decode()
    liste = reverse("admin:correspondants_suppleance_changelist")
    client.post(liste, {"action": "annuler_la_selection", "_selected_action": une.pk})
    une.refresh_from_db()
    assert une.annulee_le is not None
    assert une.au >= timezone.localdate()


def test_le_suppleant_d_une_ien_nommee_par_l_ecole_recoit_et_repond(client):
    """A school may name its own IEN: while she is away, her substitute answers, and not every IEN."""
    nommee, remplacante = de_role(Role.IEN), fabriques.utilisateur("autre-ien@example.org", Role.IEN)
    ecole = Etablissement.objects.create(
        code="tilleuls", nom="École des Tilleuls", degre="premier", autorite_correspondant=nommee.correspondant
    )
    projet = fabriques.projet_en(Statut.DEPOSE)
    assert projet.interventions.get().etablissement == ecole
    suppleances.declarer(
        absent=nommee.correspondant,
        suppleant=remplacante.correspondant,
        du=timezone.localdate(),
        au=timezone.localdate(),
        par=nommee,
    )
    executer(projet, Action.DECLARER_COMPLET, par=fabriques.coordinateur_de(projet))
    destinataires = set(Courriel.objects.filter(gabarit="avis_demande").values_list("destinataire", flat=True))
    assert destinataires == {nommee.email, remplacante.email}
    avis = projet.avis_ien.get()
    autre = fabriques.utilisateur("troisieme-ien@example.org", Role.IEN)
    with pytest.raises(ActionInterdite):
        executer(projet, Action.RENDRE_AVIS, par=autre, avis=avis, sens=SensAvis.FAVORABLE)

    client.force_login(frais(remplacante))
    assert client.post(reverse("avis_rendre", args=[avis.pk]), {"sens": "favorable"}).status_code == 302

    avis.refresh_from_db()
    assert avis.par == remplacante
    projet.refresh_from_db()
    assert projet.statut == Statut.PRET
