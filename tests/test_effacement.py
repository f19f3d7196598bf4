"""A person erased: nothing names her any more but what must be kept, the journal stays true, and nothing goes by mistake."""

import io
import json
import zipfile

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import models
from django.urls import reverse

from correspondants.enums import Role
from correspondants.models import Utilisateur
from projets import effacement, integrite, messagerie, personne, sceaux
from projets.enums import Fait, GenrePiece, Statut
from projets.enums_portail import EtatExport
from projets.exports import preparer_tout
from projets.models import DureeConservation, ExportDemande, Passage, Projet

from . import fabriques

pytestmark = pytest.mark.django_db

NOM, ADRESSE = "Dominique Zyxwvut", "dominique.zyxwvut@example.org"


@pytest.fixture
def compte(appel) -> Utilisateur:
    return fabriques.utilisateur(ADRESSE, nom=NOM)


def dossier():
    return fabriques.dossier_complet(
        porteur_nom=NOM, porteur_courriel=ADRESSE, signataire_nom=NOM, representant_nom=NOM
    )


def traces(*mots: str) -> set[str]:
    """« model.field » of every column of ours where a word is still written, journal apart."""
    trouvees = set()
    for modele in apps.get_models():
        if modele is Passage or not modele._meta.managed:
            continue
        champs = [
            c.attname
            for c in modele._meta.concrete_fields
            if isinstance(c, models.CharField | models.TextField | models.JSONField)
        ]
        for ligne in modele._base_manager.values(*champs) if champs else ():
            for champ, valeur in ligne.items():
                if any(mot.lower() in str(valeur).lower() for mot in mots):
                    trouvees.add(f"{modele._meta.label}.{champ}")
    return trouvees


@pytest.mark.parametrize("statut", [Statut.BROUILLON, Statut.REFUSE, Statut.AJOURNE, Statut.RETIRE])
def test_personne_sans_dossier_a_garder_ne_laisse_aucune_trace(compte, statut, django_capture_on_commit_callbacks):
    projet = (
        fabriques.brouillon(dossier(), compte)
        if statut == Statut.BROUILLON
        else fabriques.projet_en(statut, dossier(), compte)
    )
    noms = [piece.fichier.name for piece in projet.pieces.all()]
    sceaux.sceller()
    lignes = list(Passage.objects.order_by("pk").values_list("pk", "par", "empreinte"))
    assert traces("zyxwvut")
    with django_capture_on_commit_callbacks(execute=True):
        effacement.effacer_compte(compte, par=fabriques.de_role(Role.ADMIN), motif="Demande reçue par courrier")
    assert traces("zyxwvut") == set()
    assert not any(default_storage.exists(nom) for nom in noms)
    compte.refresh_from_db()
    assert (str(compte), compte.is_active, compte.has_usable_password()) == (f"Compte effacé {compte.pk}", False, False)
    # The lines already written are those that were written, and still point to the account.
    assert list(Passage.objects.order_by("pk").values_list("pk", "par", "empreinte"))[: len(lignes)] == lignes
    assert (
        Passage.objects.get(action=Fait.COMPTE_EFFACE).motif == f"Compte effacé {compte.pk}. Demande reçue par courrier"
    )
    sceaux.sceller()
    assert integrite.examiner().est_intact


def test_dossier_finance_reste_et_c_est_dit(compte):
    projet = fabriques.projet_en(Statut.CLOS, dossier(), compte)
    assert any("1 projet financé" in phrase for phrase in effacement.apercu(compte).reste)
    effacement.effacer_compte(compte, par=None, motif="")
    projet.refresh_from_db()
    assert projet.contenu.porteur_nom == NOM
    assert str(projet.porteur) == f"Compte effacé {compte.pk}"
    assert not {trace for trace in traces("zyxwvut") if "Courriel" in trace or "Utilisateur" in trace}


def test_refus_ne_change_rien(compte):
    fabriques.projet_en(Statut.DEPOSE, dossier(), compte)
    avant = traces("zyxwvut")
    for personne_, phrase in (
        (compte, "1 projet en cours doit"),
        (fabriques.de_role(Role.IEN), "d’abord remplacée"),
        (Utilisateur.objects.create_superuser("racine@example.org"), "administre la machine"),
    ):
        with pytest.raises(effacement.EffacementImpossible, match=phrase):
            effacement.effacer_compte(personne_, par=None, motif="")
    assert traces("zyxwvut") == avant


# --- the copy ---------------------------------------------------------------------------------------------------------


def lire(octets: bytes) -> tuple[dict, dict[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        assert archive.testzip() is None
        fichiers = {nom: archive.read(nom) for nom in archive.namelist()}
    return json.loads(fichiers["donnees.json"]), fichiers


def test_copie_dit_tout_de_soi_et_rien_des_services(compte):
    projet = fabriques.projet_en(Statut.AVIS_IEN, dossier(), compte)
    projet.garder_piece(GenrePiece.JUSTIFICATIF, "../Reçu « été ».PDF", b"octets", compte)
    coordination = fabriques.coordinateur_de(projet)
    messagerie.ecrire_message(projet, texte="Un mot entre nous", par=coordination, interne=True)
    messagerie.ecrire_message(projet, texte="Bonjour, merci du dossier", par=coordination, interne=False)
    sortie = io.BytesIO()
    personne.ecrire(compte, sortie)
    contenu, fichiers = lire(sortie.getvalue())
    assert contenu["compte"]["adresse"] == ADRESSE
    assert contenu["projets"][0]["dossier"]["porteur_nom"] == NOM
    assert [message["texte"] for message in contenu["messages_recus"]] == ["Bonjour, merci du dossier"]
    assert {ligne["action"] for ligne in contenu["journal"]} >= {"deposer"}
    tout = json.dumps(contenu, ensure_ascii=False)
    assert "entre nous" not in tout
    assert all(avis.secret not in tout for avis in projet.avis_ien.all())
    assert [nom for nom in fichiers if nom.endswith("-recu-ete.pdf")]
    assert not any(".." in nom or nom.startswith("/") for nom in fichiers)
    assert fichiers[next(nom for nom in fichiers if nom.endswith(".pdf"))] == b"octets"


# --- the pages --------------------------------------------------------------------------------------------------------


@pytest.fixture
def client_admin(client, db):
    admin = fabriques.de_role(Role.ADMIN)
    admin.is_staff = True
    admin.save()
    client.force_login(admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.mark.une_seule_base
def test_mes_donnees_se_preparent_et_ne_sont_qu_a_moi(client, compte):
    fabriques.projet_en(Statut.DEPOSE, dossier(), compte)
    client.force_login(compte)
    assert "Préparer mes données" in client.get(reverse("mes_donnees")).content.decode()
    assert reverse("mes_donnees") in client.get(reverse("mon_compte")).content.decode()
    reponse = client.post(reverse("mes_donnees_preparer"), follow=True)
    demande = ExportDemande.objects.get()
    assert demande.etat == EtatExport.PRET
    assert "Vos données sont prêtes" in reponse.content.decode()
    adresse = reverse("mes_donnees_fichier", args=[demande.jeton])
    contenu, _ = lire(b"".join(client.get(adresse).streaming_content))
    assert contenu["compte"]["nom"] == NOM
    for autre in (fabriques.utilisateur("autre@example.org"), fabriques.de_role(Role.COORDINATEUR_EN)):
        client.force_login(autre)
        assert client.get(adresse).status_code == 404
        assert client.get(reverse("export", args=[demande.jeton])).status_code in (403, 404)
    client.logout()
    assert client.get(adresse).status_code == 302


@pytest.mark.une_seule_base
def test_longue_copie_est_preparee_par_la_tache(client, compte, monkeypatch):
    monkeypatch.setattr(personne, "EN_LIGNE", 0)
    fabriques.projet_en(Statut.DEPOSE, dossier(), compte)
    client.force_login(compte)
    page = client.post(reverse("mes_donnees_preparer"), follow=True).content.decode()
    client.post(reverse("mes_donnees_preparer"))  # a second click asks for nothing more
    assert "se préparent" in page
    demande = ExportDemande.objects.get()
    assert demande.etat == EtatExport.DEMANDE
    assert preparer_tout() == 1
    demande.refresh_from_db()
    assert demande.etat == EtatExport.PRET


@pytest.mark.une_seule_base
def test_administration_efface_apres_deux_confirmations(client_admin, compte):
    adresse = reverse("admin:correspondants_utilisateur_effacer", args=[compte.pk])
    assert "Ce qui reste, et pourquoi" in client_admin.get(adresse).content.decode()
    bon = {"adresse": ADRESSE, "motif": "Demande écrite", "certain": "on"}
    for faux in (
        {},
        bon | {"adresse": "autre@example.org"},
        {**bon, "certain": ""},
        bon | {"motif": f"Demande de {NOM}"},
    ):
        page = client_admin.post(adresse, faux)
        assert (page.status_code, "Rien n’est effacé" in page.content.decode()) == (200, True)
    compte.refresh_from_db()
    assert compte.nom == NOM
    assert client_admin.post(adresse, bon).status_code == 302
    compte.refresh_from_db()
    assert effacement.est_efface(compte)


@pytest.mark.une_seule_base
@pytest.mark.parametrize("geste", ["effacer", "donnees"])
def test_gestes_de_l_administration_sont_fermes_aux_autres(client, compte, geste):
    adresse = reverse(f"admin:correspondants_utilisateur_{geste}", args=[compte.pk])
    for qui in (None, compte, fabriques.de_role(Role.COORDINATEUR_VILLE), fabriques.de_role(Role.PILOTE_EN)):
        client.logout()
        if qui:
            client.force_login(qui)
        for methode in (client.get, client.post):
            assert methode(adresse, {"adresse": ADRESSE, "motif": "x", "certain": "on"}).status_code in (302, 403)
    assert Utilisateur.objects.get(pk=compte.pk).nom == NOM
    assert not ExportDemande.objects.exists()


@pytest.mark.une_seule_base
def test_administratrice_ne_touche_pas_a_un_superutilisateur(client_admin):
    racine = Utilisateur.objects.create_superuser("racine@example.org")
    assert client_admin.get(reverse("admin:correspondants_utilisateur_effacer", args=[racine.pk])).status_code == 403
    assert client_admin.get(reverse("admin:correspondants_utilisateur_effacer", args=["9" * 30])).status_code == 404


def test_durees_affichees_sont_celles_du_portail(client, appel):
    DureeConservation.objects.create(categorie="brouillon", jours=90)
    page = client.get(reverse("donnees_personnelles")).content.decode().replace("\u00a0", " ")
    assert "3 mois" in page
    assert "10 ans" in page
    assert Projet.objects.count() == 0
