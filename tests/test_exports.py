"""Long exports: asked for, prepared once whoever dies, given back to whom asked, forgotten in time."""

import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import PILOTES, Role
from projets import exports
from projets.documents import bilans_annuels, dossier_seance
from projets.documents.pdf import rendre_blocs
from projets.enums_portail import EtatExport
from projets.models import ExportDemande

from . import annee_connue as connue
from . import fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordination(appel):
    return fabriques.de_role(Role.COORDINATEUR_VILLE)


def relu(demande: ExportDemande) -> ExportDemande:
    demande.refresh_from_db()
    return demande


def echoir(demande: ExportDemande) -> None:
    ExportDemande.objects.filter(pk=demande.pk).update(reserve_jusqu_a=timezone.now() - timedelta(seconds=1))


def test_du_bouton_au_fichier(client, coordination):
    connue.construire()
    client.force_login(coordination)
    page = client.get(reverse("pilotage"), {"annee": "2026"}).content.decode()
    assert "Archive des bilans (à préparer)" in page
    reponse = client.post(reverse("export_demander"), {"annee": "2026", "genre": "zip"})
    adresse = reponse.url
    assert "js/export.js" in client.get(adresse).content.decode()
    assert client.post(reverse("export_demander"), {"annee": "2026", "genre": "zip"}).url == adresse, (
        "une seule demande"
    )
    call_command("courriels")
    page = client.get(adresse).content.decode()
    assert "Télécharger (" in page
    assert "js/export.js" not in page
    assert "bilan-2026.zip" in client.get(reverse("exports")).content.decode()
    demande = ExportDemande.objects.get()
    assert (demande.etat, demande.progression, demande.tentatives) == (EtatExport.PRET, 100, 1)
    fichier = client.get(reverse("export_fichier", args=[demande.jeton]))
    assert fichier.headers["Cache-Control"] == "private, no-store"
    assert b"".join(fichier.streaming_content).startswith(b"PK")
    fichier.close()


@pytest.mark.parametrize("role", [None, *Role.values])
def test_l_export_d_un_autre_n_existe_pas(client, coordination, role):
    demande = exports.demander(coordination, 2026, "csv")
    exports.preparer_tout()
    client.force_login(fabriques.de_role(role) if role else fabriques.utilisateur())
    ouvre = role == Role.COORDINATEUR_VILLE
    exporte = role in (Role.COORDINATEUR_VILLE, Role.COORDINATEUR_EN, Role.ADMIN)
    siege = exporte or role in (*PILOTES, Role.OBSERVATEUR)  # they have the packs of the meetings made
    attendu = 200 if ouvre else 404 if siege else 403
    assert client.get(reverse("export", args=[demande.jeton])).status_code == attendu
    assert client.get(reverse("exports")).status_code == (200 if siege else 403)
    poste = client.post(reverse("export_demander"), {"annee": "2026", "genre": "pdf"})
    assert poste.status_code == (302 if exporte else 403)
    fichier = client.get(reverse("export_fichier", args=[demande.jeton]))
    assert fichier.status_code == attendu
    fichier.close()


@pytest.mark.parametrize(
    "donnees",
    [{}, {"annee": "2026"}, {"annee": "x", "genre": "csv"}, {"annee": "1999", "genre": "csv"}, {"annee": "٢٠٢٦", "genre": "csv"},
     {"annee": "9" * 5000, "genre": "csv"}, {"annee": "2026", "genre": "exe\x00"}],
)  # fmt: skip
def test_une_demande_absurde_est_introuvable(client, coordination, donnees):
    client.force_login(coordination)
    assert client.post(reverse("export_demander"), donnees).status_code == 404
    assert client.get(reverse("export_demander")).status_code == 405
    assert not ExportDemande.objects.exists()


def test_un_processus_tue_laisse_son_export_a_un_autre(coordination):
    demande = exports.demander(coordination, 2026, "csv")
    mort = exports.reclamer()
    assert exports.reclamer() is None, "tant que le bail court, personne d’autre ne le prend"
    echoir(demande)
    vivant = exports.reclamer()
    assert (vivant.pk, vivant.tentatives) == (demande.pk, 2)
    with pytest.raises(exports.ExportAbandonne):
        exports.avancer(mort, 50)
    exports.preparer(vivant)
    nom = relu(demande).fichier.name
    exports.preparer(mort)  # it wakes up: nothing of it stays
    assert (relu(demande).etat, demande.fichier.name) == (EtatExport.PRET, nom)
    assert demande.fichier.storage.exists(nom)
    assert not demande.fichier.storage.exists(nom.replace("-2.csv", "-1.csv"))


def test_un_export_qui_tue_son_processus_est_abandonne(coordination):
    demande = exports.demander(coordination, 2026, "csv")
    for _ in range(exports.ESSAIS):
        assert exports.reclamer()
        echoir(demande)
    assert exports.reclamer() is None
    assert relu(demande).etat == EtatExport.ECHEC
    assert "interrompue" in demande.erreur


def test_une_panne_se_retente_puis_se_dit(client, coordination, monkeypatch):
    def panne(*args: object, **options: object) -> None:
        raise OSError("disque plein")

    monkeypatch.setattr(bilans_annuels, "exporter", panne)
    demande = exports.demander(coordination, 2026, "csv")
    assert exports.preparer_tout() == 1
    assert (relu(demande).etat, demande.tentatives) == (EtatExport.DEMANDE, 1)
    for _ in range(2):
        echoir(demande)
        exports.preparer_tout()
    assert relu(demande).etat == EtatExport.ECHEC
    client.force_login(coordination)
    page = client.get(reverse("export", args=[demande.jeton])).content.decode()
    assert "n’a pas pu être préparé" in page
    assert "disque plein" not in page
    assert exports.demander(coordination, 2026, "csv").pk != demande.pk, "on peut redemander"


def test_un_fichier_expire_et_son_adresse_le_dit(client, coordination):
    demande = exports.demander(coordination, 2026, "csv")
    exports.preparer_tout()
    nom, reserve = relu(demande).fichier.name, demande.fichier.storage
    ExportDemande.objects.update(expire_le=timezone.now())
    assert exports.nettoyer() == 1
    assert not reserve.exists(nom)
    client.force_login(coordination)
    assert client.get(reverse("export_fichier", args=[demande.jeton])).status_code == 302
    assert "n’est plus gardé" in client.get(reverse("export", args=[demande.jeton])).content.decode()
    ExportDemande.objects.update(fini_le=timezone.now() - exports.TRACE)
    exports.nettoyer()
    assert not ExportDemande.objects.exists()


def test_la_progression_avance_avec_les_lignes(coordination, monkeypatch):
    vues = []
    monkeypatch.setattr(exports, "avancer", lambda demande, progression: vues.append(progression))
    monkeypatch.setattr(exports, "_lignes_attendues", lambda annee, genre: 1000)

    def exporter(annee, genre, sortie, progres):
        for lues in (100, 500, 1000, 2000):
            progres(lues)
        sortie.write(b"x")

    monkeypatch.setattr(bilans_annuels, "exporter", exporter)
    exports.demander(coordination, 2026, "csv")
    exports.preparer_tout()
    assert vues == [9, 47, 95, 95, 97]


def test_une_grosse_annee_ne_repond_pas_au_clic(client, coordination, monkeypatch):
    fabriques.projet_en("clos")
    court = bilans_annuels.FORMATS["csv"]
    monkeypatch.setitem(bilans_annuels.FORMATS, "csv", type(court)(**{**vars(court), "en_ligne": 0}))
    client.force_login(coordination)
    assert "Tableau CSV (à préparer)" in client.get(reverse("pilotage"), {"annee": "2026"}).content.decode()


def test_le_dossier_d_une_longue_seance_se_prepare_en_arriere_plan(client, appel, monkeypatch):
    seance = fabriques.projet_en("inscrit").seances.get()
    observateur = fabriques.de_role(Role.OBSERVATEUR)
    client.force_login(observateur)
    ou = reverse("troika_dossier", args=[seance.pk])
    assert client.get(ou)["Content-Type"] == "application/pdf"  # a short one answers at once
    monkeypatch.setattr(exports, "POINTS_EN_LIGNE", 0)
    page = client.get(ou)
    assert "Préparer le dossier" in page.content.decode()
    assert not ExportDemande.objects.exists()  # looking asks for nothing
    adresse = client.post(ou).url
    assert client.post(ou).url == adresse, "une seule demande"
    assert "suivre sa préparation" in client.get(ou).content.decode()
    parts, avancer = [], exports.avancer
    monkeypatch.setattr(exports, "avancer", lambda demande, part: (parts.append(part), avancer(demande, part)))
    exports.preparer_tout()
    demande = ExportDemande.objects.get()
    assert (demande.etat, demande.par, demande.nom[-4:]) == (EtatExport.PRET, observateur, ".pdf")
    assert parts[0] == 5
    assert parts[-1] == 97
    assert "Télécharger (" in client.get(adresse).content.decode()
    assert "l’ouvrir tel qu’il était" in client.get(ou).content.decode()
    fichier = client.get(reverse("export_fichier", args=[demande.jeton]))
    assert fichier["Content-Type"] == "application/pdf"
    assert b"".join(fichier).startswith(b"%PDF")  # read to its end: the file is then closed
    # Theirs alone, and as long as they see the meetings.
    client.force_login(fabriques.de_role(Role.PILOTE_VILLE))
    assert client.get(adresse).status_code == 404
    observateur.correspondant.habilitations.update(role=Role.IEN)
    client.force_login(observateur)
    assert [client.get(page).status_code for page in (adresse, ou)] == [403, 403]
    assert client.post(ou).status_code == 403


@pytest.mark.une_seule_base
def test_un_export_qui_n_est_plus_permis_ne_se_reprend_pas(client, appel):
    """A pilot keeps the packs; the yearly exports of a former coordinator are no longer theirs to take."""
    ancien = fabriques.de_role(Role.COORDINATEUR_EN)
    demande = exports.demander(ancien, 2026, "csv")
    exports.preparer_tout()
    ancien.correspondant.habilitations.update(role=Role.PILOTE_EN)
    client.force_login(ancien)
    assert client.get(reverse("export_fichier", args=[demande.jeton])).status_code == 403


@pytest.mark.une_seule_base
def test_les_pages_du_dossier_se_comptent_et_peuvent_tout_arreter(appel):
    seance, pages = fabriques.projet_en("inscrit").seances.get(), []
    imprime = dossier_seance.composer(seance, fabriques.de_role(Role.ADMIN))
    rendre_blocs(imprime, lambda: pages.append(1))
    assert len(pages) >= 2

    def abandonner() -> None:
        raise exports.ExportAbandonne

    with pytest.raises(exports.ExportAbandonne):
        rendre_blocs(imprime, abandonner)


@pytest.mark.django_db(transaction=True)
def test_dix_processus_un_seul_preneur(transactional_db):
    fabriques.charger_appel()
    exports.demander(fabriques.de_role(Role.ADMIN), 2026, "csv")
    prises, depart = [], threading.Barrier(10)

    def prendre() -> None:
        try:
            depart.wait()
            prises.append(exports.reclamer())
        finally:
            connections[connection.alias].close()

    fils = [threading.Thread(target=prendre) for _ in range(10)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert len([prise for prise in prises if prise]) == 1
