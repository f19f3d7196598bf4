"""Opinions corrected, given by lot, found again, and sent to the right person of each circonscription."""

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import Degre, Role
from correspondants.models import Correspondant, Etablissement
from projets import avis as avis_scolaires
from projets.avis import PartieScolaire
from projets.dossier import InterventionPrevue
from projets.enregistrement import enregistrer
from projets.enums import Action, SensAvis, Statut
from projets.liens_avis import jeton_avis
from projets.models import AvisIEN, Courriel, Passage, Projet
from projets.permissions import LienAvis
from projets.workflow import ActionImpossible, ActionInterdite, executer

from ..fabriques import charger_appel, coordinateur_de, de_role, dossier_complet, projet_en, seance, utilisateur
from .test_ien import client_de, deux_autorites, etat

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.fixture
def ien() -> Client:
    return client_de(de_role(Role.IEN))


@pytest.fixture
def projet() -> Projet:
    de_role(Role.IEN)
    return projet_en(Statut.AVIS_IEN)


@pytest.fixture
def avis(projet: Projet) -> AvisIEN:
    return projet.avis_ien.get()


def adresse_de(avis: AvisIEN) -> str:
    return reverse("avis_rendre", args=[avis.pk])


def lien(avis: AvisIEN) -> str:
    return reverse("avis_lien", args=[jeton_avis(avis)])


def vu(avis: AvisIEN) -> str:
    return AvisIEN.objects.get(pk=avis.pk).rendu_le.isoformat()


# --- correcting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("par_lien", [True, False])
def test_une_erreur_de_bouton_se_repare_et_l_ancien_avis_reste(client: Client, ien: Client, avis: AvisIEN, par_lien):
    qui, adresse = (client, lien(avis)) if par_lien else (ien, adresse_de(avis))
    qui.post(adresse, {"sens": "defavorable", "motif": "Pouce trop rapide."})
    assert "Modifier mon avis" in qui.get(adresse).content.decode()
    avant = etat(avis.projet)
    page = qui.get(adresse + "?modifier=1").content.decode()
    assert "Pouce trop rapide." in page
    assert vu(avis) in page
    assert etat(avis.projet) == avant
    assert qui.post(adresse, {"sens": "favorable", "motif": "", "vu": vu(avis)}).status_code == 302
    avis.refresh_from_db()
    ancien = AvisIEN.objects.get(projet=avis.projet, remplace=True)
    assert (avis.sens, avis.projet.statut) == ("favorable", Statut.PRET)
    assert (ancien.sens, ancien.motif) == ("defavorable", "Pouce trop rapide.")
    assert ancien.corrige_le
    assert Passage.objects.filter(action=Action.CORRIGER_AVIS, projet=avis.projet).count() == 1
    page = client_de(coordinateur_de(avis.projet)).get(avis.projet.get_absolute_url()).content.decode()
    assert "modifié ensuite" in page
    assert "Pouce trop rapide." in page
    assert Courriel.objects.filter(gabarit="avis_rendu", objet__contains="(modifié)").exists()
    porteur = client_de(avis.projet.porteur).get(avis.projet.get_absolute_url()).content.decode()
    assert "Pouce trop rapide." not in porteur
    assert "modifié" not in porteur


def test_correction_perimee_est_dite_et_la_saisie_rendue(ien: Client, avis: AvisIEN):
    ien.post(adresse_de(avis), {"sens": "favorable"})
    ancien = vu(avis)
    ien.post(adresse_de(avis), {"sens": "reserve", "motif": "Premier changement.", "vu": ancien})
    for faux in (ancien, "hier", "2026-99-99", "2026-01-01T00:00:00"):
        reponse = ien.post(adresse_de(avis), {"sens": "defavorable", "motif": "Second, en retard.", "vu": faux})
        assert reponse.status_code == 409
        assert "Second, en retard." in reponse.content.decode()
        assert "vient d’être modifié" in reponse.content.decode()
    assert AvisIEN.objects.get(pk=avis.pk).sens == "reserve"


def test_par_lien_un_jour_seulement_puis_avec_un_compte(client: Client, ien: Client, avis: AvisIEN):
    client.post(lien(avis), {"sens": "favorable"})
    demain = timezone.now() + timedelta(hours=25)
    moment = vu(avis)
    with time_machine.travel(demain, tick=False):
        assert "ne se modifie plus par ce lien" in client.get(lien(avis)).content.decode()
        reponse = client.post(lien(avis), {"sens": "defavorable", "motif": "Trop tard.", "vu": moment})
        assert reponse.status_code == 410
        ien = client_de(de_role(Role.IEN))
        assert ien.post(adresse_de(avis), {"sens": "reserve", "motif": "Encore.", "vu": moment}).status_code == 302
        # Given with an account, an opinion is not changed by a link.
        assert client.post(lien(avis), {"sens": "favorable", "vu": vu(avis)}).status_code == 410
    assert AvisIEN.objects.get(pk=avis.pk).sens == "reserve"


def test_inscrit_l_avis_ne_bouge_plus(client: Client, ien: Client, projet: Projet, avis: AvisIEN):
    client.post(lien(avis), {"sens": "favorable"})
    projet.refresh_from_db()
    executer(projet, Action.INSCRIRE, par=coordinateur_de(projet), seance=seance())
    avant = etat(projet)
    for qui, adresse in ((client, lien(avis)), (ien, adresse_de(avis))):
        assert "Modifier mon avis" not in qui.get(adresse + "?modifier=1").content.decode()
        assert qui.post(adresse, {"sens": "defavorable", "motif": "Non.", "vu": vu(avis)}).status_code == 410
    with pytest.raises(ActionImpossible):
        avis_scolaires.corriger(
            AvisIEN.objects.get(pk=avis.pk), de_role(Role.IEN), sens="favorable", motif="", vu=avis.rendu_le
        )
    assert etat(projet) == avant


def test_corriger_pendant_qu_une_autre_autorite_est_attendue(client: Client):
    projet = deux_autorites()
    mien, autre = projet.avis_ien.get(autorite=Role.IEN), projet.avis_ien.get(autorite=Role.AUTORITE_EN)
    client.post(lien(mien), {"sens": "favorable"})
    client.post(lien(mien), {"sens": "reserve", "motif": "Un repli.", "vu": vu(mien)})
    projet.refresh_from_db()
    assert projet.statut == Statut.AVIS_IEN
    mien.refresh_from_db()
    for par in (de_role(Role.AUTORITE_EN), LienAvis(autre)):
        with pytest.raises((ActionInterdite, ActionImpossible)):
            executer(projet, Action.CORRIGER_AVIS, par=par, avis=mien, sens="favorable", vu=mien.rendu_le)
    assert AvisIEN.objects.get(pk=mien.pk).sens == "reserve"


# --- several at once --------------------------------------------------------------------------------------------------


def attendus(*titres: str) -> list[AvisIEN]:
    return [projet_en(Statut.AVIS_IEN, dossier_complet(titre=titre)).avis_ien.get() for titre in titres]


def test_lot_montre_puis_rend_et_dit_ce_qui_a_change(ien: Client):
    premier, second, tiers = attendus("Un", "Deux", "Trois")
    cles = [premier.pk, second.pk, tiers.pk]
    page = ien.post(reverse("avis_lot"), {"avis": cles}).content.decode()
    assert page.count("Chantier et plantations") == 3
    assert "€" not in page
    assert not AvisIEN.objects.exclude(rendu_le=None).exists()
    executer(tiers.projet, Action.RETIRER, par=tiers.projet.porteur)
    envoi = {
        "avis": cles,
        "confirmer": "oui",
        "sens": "reserve",
        "motif": "Prévoir un repli.",
        f"motif_{second.pk}": "Autre.",
    }
    page = ien.post(reverse("avis_lot"), envoi).content.decode()
    assert "2\u00a0avis rendus" in page.replace(" avis", "\u00a0avis")
    assert "retiré son projet" in page
    assert list(AvisIEN.objects.filter(pk__in=cles).order_by("pk").values_list("motif", flat=True)) == [
        "Prévoir un repli.",
        "Autre.",
        "",
    ]
    page = ien.post(reverse("avis_lot"), envoi | {"sens": "favorable"}).content.decode()
    assert "Aucun avis rendu" in page
    assert "déjà rendu" in page
    assert set(AvisIEN.objects.filter(pk__in=cles[:2]).values_list("sens", flat=True)) == {"reserve"}


@pytest.mark.parametrize(
    ("donnees", "phrase"),
    [
        ({"sens": "defavorable"}, "Écrivez le motif"),
        ({"sens": ""}, "Choisissez un avis"),
        ({"sens": "peut-être", "motif": "Gardé."}, "Gardé."),
        ({"sens": "reserve", "motif": "m" * 100_000}, "m" * 100_000),
    ],
)
def test_lot_mal_rempli_garde_tout(ien: Client, avis: AvisIEN, donnees, phrase):
    page = ien.post(reverse("avis_lot"), {"avis": [avis.pk], "confirmer": "oui", **donnees}).content.decode()
    assert phrase in page
    assert not AvisIEN.objects.get(pk=avis.pk).est_rendu


def test_lot_n_agit_que_sur_les_siens(avis: AvisIEN):
    envoi = {"avis": [avis.pk, "9" * 30, "-1", "\x00", "²"], "confirmer": "oui", "sens": "favorable"}
    for role in Role:
        if role != Role.IEN:
            reponse = client_de(de_role(role)).post(reverse("avis_lot"), envoi)
            assert reponse.status_code == (302 if role == Role.AUTORITE_EN else 403), role
    assert client_de(avis.projet.porteur).post(reverse("avis_lot"), envoi).status_code == 403
    assert Client().post(reverse("avis_lot"), envoi).status_code == 302
    assert client_de(de_role(Role.IEN)).get(reverse("avis_lot")).status_code == 405
    assert not AvisIEN.objects.get(pk=avis.pk).est_rendu


@pytest.mark.parametrize("nombre", [1, 3])
def test_lot_coute_le_meme_nombre_de_requetes(ien: Client, nombre: int, django_assert_num_queries):
    cles = [avis.pk for avis in attendus(*(f"Projet {rang}" for rang in range(nombre)))]
    with django_assert_num_queries(6):
        ien.post(reverse("avis_lot"), {"avis": cles})


# --- history ----------------------------------------------------------------------------------------------------------


def test_historique_se_cherche_et_ne_trahit_aucune_decision(ien: Client):
    projet_en(Statut.PRET, dossier_complet(titre="Une mare"))
    projet_en(Statut.INSCRIT, dossier_complet(titre="Un potager"))
    projet_en(Statut.VALIDE, dossier_complet(titre="Une fresque"))
    AvisIEN.objects.filter(projet__titre="Une mare").update(sens=SensAvis.RESERVE, motif="Un repli.")

    def titres(**choix: object) -> set[str]:
        page = ien.get(reverse("avis"), choix)
        return {rendu.titre for rendu in page.context["rendus"]}

    issues = {rendu.titre: rendu.suite for rendu in ien.get(reverse("avis")).context["rendus"]}
    assert issues == {
        "Une mare": "En cours d’instruction",
        "Un potager": "En cours d’instruction",
        "Une fresque": "Validé",
    }
    assert titres(sens="reserve") == {"Une mare"}
    assert titres(q="fresque TILLEULS") == {"Une fresque"}
    assert titres(annee=timezone.localdate().year) == set(issues)
    assert titres(annee="zzz", etablissement="9" * 30, sens="x", q="\x00") == set(issues)
    assert titres(q="introuvable") == set()
    assert "Aucun avis rendu ne correspond" in ien.get(reverse("avis"), {"q": "introuvable"}).content.decode()


def test_historique_par_ecole(ien: Client):
    ecole = Etablissement.objects.filter(degre=Degre.PREMIER).first() or Etablissement.objects.create(
        code="ecole-test", nom="École du Test", degre=Degre.PREMIER
    )
    chez = InterventionPrevue("Visite", date(2026, 3, 2), None, ecole.nom, "CM2", "", None, "", "scolaire")
    projet_en(Statut.PRET, dossier_complet(titre="Dans cette école", interventions=(chez,)))
    projet_en(Statut.PRET, dossier_complet(titre="Ailleurs"))
    page = ien.get(reverse("avis"), {"etablissement": ecole.pk})
    assert [rendu.titre for rendu in page.context["rendus"]] == ["Dans cette école"]


def test_ce_qui_fut_juge_se_relit_tel_quel(ien: Client, projet: Projet, avis: AvisIEN):
    ien.post(adresse_de(avis), {"sens": "favorable"})
    projet.refresh_from_db()
    executer(projet, Action.DEMANDER_COMPLEMENTS, par=coordinateur_de(projet), champs={"interventions": "Précisez."})
    nouvelle = InterventionPrevue(
        "Sortie en forêt", date(2026, 5, 4), None, "École des Tilleuls", "CE1", "", None, "", "scolaire"
    )
    enregistrer(projet, projet.contenu.remplacer(titre="Un titre nouveau", interventions=(nouvelle,)))
    executer(projet, Action.DEPOSER, par=utilisateur())
    executer(projet, Action.DECLARER_COMPLET, par=coordinateur_de(projet))
    page = ien.get(adresse_de(avis)).content.decode()
    assert "Chantier et plantations" in page
    assert "Sortie en forêt" not in page
    assert "version 1 du dossier" in page
    suivant = projet.avis_ien.en_vigueur().get()
    assert "Sortie en forêt" in ien.get(adresse_de(suivant)).content.decode()


def test_demande_en_pause_est_renvoyee_quand_le_dossier_revient(projet: Projet, avis: AvisIEN):
    executer(projet, Action.DEMANDER_COMPLEMENTS, par=coordinateur_de(projet), champs={"resume": "Précisez."})
    enregistrer(projet, projet.contenu.remplacer(resume="Un résumé plus précis."))
    executer(projet, Action.DEPOSER, par=utilisateur())
    executer(projet, Action.DECLARER_COMPLET, par=coordinateur_de(projet))
    assert Courriel.objects.filter(gabarit="avis_demande", projet=projet).count() == 2


# --- one IEN per circonscription ----------------------------------------------------------------------------------------


def circonscription(nom: str) -> tuple[Client, Correspondant, Etablissement]:
    compte = utilisateur(f"ien-{nom}@example.org", Role.IEN)
    ecole = Etablissement.objects.create(
        code=f"ecole-{nom}", nom=f"École {nom}", degre=Degre.PREMIER, autorite_correspondant=compte.correspondant
    )
    return client_de(compte), compte.correspondant, ecole


def dossier_chez(*ecoles: Etablissement, **changements: object) -> object:
    return dossier_complet(
        interventions=tuple(
            InterventionPrevue(f"Visite {e.nom}", date(2026, 3, 2), None, e.nom, "CM2", "", None, "", "scolaire")
            for e in ecoles
        ),
        **changements,
    )


def test_chaque_ecole_demande_a_son_ien_et_a_lui_seul():
    charger_appel()
    nord, ligne_nord, ecole_nord = circonscription("nord")
    sud, _, ecole_sud = circonscription("sud")
    projet = projet_en(Statut.AVIS_IEN, dossier_chez(ecole_nord, ecole_sud, titre="Deux circonscriptions"))
    assert projet.avis_ien.count() == 2
    envois = Courriel.objects.filter(gabarit="avis_demande").values_list("destinataire", flat=True)
    assert set(envois) == {"ien-nord@example.org", "ien-sud@example.org"}
    du_nord = projet.avis_ien.get(correspondant=ligne_nord)
    page = nord.get(adresse_de(du_nord)).content.decode()
    assert "Visite École nord" in page
    assert "Visite École sud" not in page
    avant = etat(projet)
    for autre in (sud, client_de(de_role(Role.IEN))):
        assert autre.get(adresse_de(du_nord)).status_code == 404
        assert autre.post(adresse_de(du_nord), {"sens": "favorable"}).status_code == 404
    assert etat(projet) == avant
    with pytest.raises((ActionInterdite, ActionImpossible)):
        executer(projet, Action.RENDRE_AVIS, par=de_role(Role.IEN), avis=du_nord, sens="favorable")
    assert client_de(de_role(Role.IEN)).get(projet.get_absolute_url()).status_code == 404
    assert nord.post(adresse_de(du_nord), {"sens": "favorable"}).status_code == 302
    projet.refresh_from_db()
    assert projet.statut == Statut.AVIS_IEN
    Correspondant.objects.filter(pk=ligne_nord.pk).update(actif=False)  # who left: whoever holds the role takes over
    assert client_de(de_role(Role.IEN)).get(adresse_de(du_nord)).status_code == 200


def test_ecole_sans_ien_designe_reste_a_toutes_les_personnes_du_role(projet: Projet, avis: AvisIEN):
    circonscription("nord")
    assert avis.correspondant is None
    assert client_de(utilisateur("ien-nord@example.org")).get(adresse_de(avis)).status_code == 200


def test_designer_quelqu_un_sans_le_role_ne_detourne_rien():
    charger_appel()
    _, ligne, ecole = circonscription("nord")
    ligne.habilitations.all().delete()
    assert projet_en(Statut.AVIS_IEN, dossier_chez(ecole)).avis_ien.get().correspondant is None


def test_avis_rendu_reste_quand_l_ecole_change_d_ien():
    charger_appel()
    _, _, ecole = circonscription("nord")
    projet = projet_en(Statut.AVIS_IEN, dossier_chez(ecole))
    executer(
        projet,
        Action.RENDRE_AVIS,
        par=utilisateur("ien-nord@example.org"),
        avis=projet.avis_ien.get(),
        sens=SensAvis.FAVORABLE,
    )
    autre = utilisateur("ien-est@example.org", Role.IEN)
    Etablissement.objects.filter(pk=ecole.pk).update(autorite_correspondant=autre.correspondant)
    executer(projet, Action.DEMANDER_COMPLEMENTS, par=coordinateur_de(projet), champs={"resume": "Précisez."})
    enregistrer(projet, projet.contenu.remplacer(resume="Un résumé plus précis."))
    executer(projet, Action.DEPOSER, par=utilisateur())
    executer(projet, Action.DECLARER_COMPLET, par=coordinateur_de(projet))
    assert projet.statut == Statut.PRET
    assert projet.avis_ien.count() == 1


def test_personne_ne_juge_son_propre_projet():
    ien = utilisateur("ien-porteur@example.org", Role.IEN)
    projet = projet_en(Statut.AVIS_IEN)
    Projet.objects.filter(pk=projet.pk).update(porteur=ien)
    avis = AvisIEN.objects.get(projet=projet)
    assert client_de(ien).post(adresse_de(avis), {"sens": "favorable"}).status_code == 404
    with pytest.raises(ActionInterdite):
        executer(Projet.objects.get(pk=projet.pk), Action.RENDRE_AVIS, par=ien, avis=avis, sens="favorable")


@pytest.mark.parametrize("autorites", [1, 2])
def test_page_du_lien_coute_peu(client: Client, autorites: int, django_assert_max_num_queries):
    projet = deux_autorites() if autorites == 2 else projet_en(Statut.AVIS_IEN)
    adresse = lien(projet.avis_ien.first())
    with django_assert_max_num_queries(12):
        assert client.get(adresse).status_code == 200


def test_partie_scolaire_survit_a_son_ecriture(avis: AvisIEN):
    (intervention,) = PartieScolaire.de(avis).interventions
    assert (intervention.debut, str(intervention.duree_heures)) == (date(2026, 3, 2), "12.00")


def test_un_lien_qui_fuit_ne_modifie_pas_sans_fin(client: Client, avis: AvisIEN):
    client.post(lien(avis), {"sens": "favorable"})
    for rang in range(6):
        donnees = {"sens": "reserve", "motif": f"Changement {rang}.", "vu": vu(avis)}
        assert client.post(lien(avis), donnees).status_code == (302 if rang < 5 else 409)
    assert AvisIEN.objects.get(pk=avis.pk).motif == "Changement 4."
