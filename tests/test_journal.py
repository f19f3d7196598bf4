"""The journal: where a line comes from, its chain, its seals, and every way of touching it that must be seen."""

import importlib
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.test import Client, override_settings
from django.urls import reverse

from cite_educative import origine
from projets import declencheurs, integrite, sceaux
from projets.chaine import CHAMPS_DU_PASSAGE, canonique, empreinte_du_passage
from projets.enums import Fait, Statut, Voie
from projets.journal import consigner
from projets.models import JournalImmuable, Passage, Pouls, Sceau
from projets.notifications import jeton_avis

from . import fabriques
from .journal import lignes, projet, sans_declencheurs

pytestmark = pytest.mark.django_db

__all__ = ["projet"]


def natures(**options) -> set[str]:
    return {faute.nature for faute in integrite.examiner(**options).fautes}


# --- written once ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", declencheurs.TABLES)
@pytest.mark.parametrize("ordre", ["UPDATE {} SET rang = rang + 1", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_sql_ne_change_ni_n_efface_le_journal(projet, table, ordre):
    if ordre.startswith("TRUNCATE") and connection.vendor == "sqlite":
        return  # SQLite has no TRUNCATE
    sceaux.sceller()
    if connection.vendor == "postgresql":
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="Le journal ne se modifie pas"), transaction.atomic():
        connection.cursor().execute(ordre.format(table))


def test_orm_ne_change_ni_n_efface_le_journal(projet):
    passage = lignes(projet)[0]
    sceaux.sceller()
    sceau = Sceau.objects.dernier()
    for tentative in (
        passage.save,
        passage.delete,
        Passage.objects.all().delete,
        lambda: Passage.objects.update(motif=""),
        lambda: Passage.objects.bulk_update([passage], ["motif"]),
        Passage(projet=projet, action=Fait.MESSAGE).save,
        sceau.save,
        sceau.delete,
        Sceau.objects.all().delete,
    ):
        with pytest.raises(JournalImmuable):
            tentative()


def test_declencheurs_reviennent_apres_une_migration():
    declencheurs.lever(connection)
    assert len(declencheurs.manquants(connection)) == 4
    declencheurs.apres_migration(None, using="default")
    assert not declencheurs.manquants(connection)


def test_les_lignes_d_avant_sont_enchainees_par_la_migration(projet):
    consigner(None, Fait.REGLAGE_MODIFIE, par=None)
    with sans_declencheurs() as curseur:
        curseur.execute("UPDATE projets_passage SET rang = id + 1000, precedente = '', empreinte = '', voie = ''")
    assert not integrite.examiner().est_intact
    fichiers = (Path(__file__).parent.parent / "projets" / "migrations").glob("*.py")
    (fichier,) = (fichier for fichier in fichiers if "def enchainer(" in fichier.read_text(encoding="utf-8"))
    migration = importlib.import_module(f"projets.migrations.{fichier.stem}")
    declencheurs.lever(connection)
    migration.enchainer(apps, SimpleNamespace(connection=connection))
    declencheurs.poser(connection)
    bilan = integrite.examiner()
    assert bilan.est_intact
    assert bilan.chaines == 2


# --- the chain ------------------------------------------------------------------------------------------------------


def test_les_lignes_s_enchainent_par_projet(projet):
    consigner(None, Fait.REGLAGE_MODIFIE, par=None, motif="Un réglage")
    autre = fabriques.projet_en(Statut.DEPOSE, fabriques.dossier_complet(titre="Autre"))
    for chaine in (lignes(projet), lignes(autre), lignes(None)):
        assert [ligne.rang for ligne in chaine] == list(range(1, len(chaine) + 1))
        assert [ligne.precedente for ligne in chaine] == ["", *(ligne.empreinte for ligne in chaine[:-1])]
        for ligne in chaine:
            assert ligne.empreinte == empreinte_du_passage({c: getattr(ligne, c) for c in CHAMPS_DU_PASSAGE})


def test_plusieurs_lignes_d_un_coup_s_enchainent_aussi(projet):
    autre = fabriques.projet_en(Statut.DEPOSE, fabriques.dossier_complet(titre="Autre"))
    Passage.objects.bulk_create(
        [Passage(projet=p, action=Fait.MESSAGE, motif=str(i)) for i in range(3) for p in (projet, None, autre)]
    )
    assert integrite.examiner().est_intact
    assert [ligne.motif for ligne in lignes(autre)][-3:] == ["0", "1", "2"]


def test_l_empreinte_ne_depend_pas_de_l_ordre_ni_du_fuseau():
    assert canonique({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()
    assert len({canonique({"statut": Statut.DEPOSE}), canonique({"statut": "depose"})}) == 1


# --- from where -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("adresse", "reseau"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
        ("unix:", ""),
        ("<script>", ""),
    ],
)
def test_une_adresse_n_est_jamais_gardee_entiere(adresse, reseau):
    assert origine.reseau(adresse) == reseau


def test_origine_page_et_lien_du_courriel(appel, settings):
    settings.PROXYS_DE_CONFIANCE = 1  # the name of a request is taken from a proxy we know, never from a visitor
    projet = fabriques.projet_en(Statut.DEPOSE)
    client = Client(REMOTE_ADDR="198.51.100.23", headers={"x-request-id": "visite-00000001"})
    client.force_login(fabriques.coordinateur_de(projet))
    adresse = reverse("projet_action", args=[projet.numero, "declarer_complet"])
    client.post(adresse, {"version": projet.version})
    passage = lignes(projet)[-1]
    assert (passage.voie, passage.reperage, passage.adresse) == (Voie.WEB, "visite-00000001", "198.51.100.0/24")
    Client(REMOTE_ADDR="203.0.113.9").post(
        reverse("avis_lien", args=[jeton_avis(projet.avis_ien.get())]), {"sens": "favorable"}
    )
    passage = lignes(projet)[-1]
    assert (passage.action, passage.voie, passage.adresse) == ("rendre_avis", Voie.LIEN, "203.0.113.0/24")
    assert lignes(projet)[0].voie == "", "rien d’une visite ne reste après elle"


@pytest.mark.parametrize(
    ("mandataires", "entete", "attendue"),
    [
        (0, "203.0.113.1", "198.51.100.0/24"),
        (1, "10.9.9.9, 203.0.113.1", "203.0.113.0/24"),
        (2, "203.0.113.1, 10.0.0.1", "203.0.113.0/24"),
        (2, "203.0.113.1", "198.51.100.0/24"),
        (1, "n’importe quoi", ""),
    ],
)
def test_origine_croit_les_mandataires_connus_et_eux_seuls(rf, mandataires, entete, attendue):
    requete = rf.get("/", REMOTE_ADDR="198.51.100.23", headers={"x-forwarded-for": entete})
    with override_settings(PROXYS_DE_CONFIANCE=mandataires):
        assert origine.reseau(origine.adresse_du_client(requete)) == attendue


def test_origine_commande(projet):
    with origine.depuis(origine.COMMANDE, "relances"):
        passage = consigner(projet, Fait.MESSAGE, par=None)
    assert (passage.voie, passage.reperage, passage.adresse) == (Voie.COMMANDE, "relances", "")


# --- touched --------------------------------------------------------------------------------------------------------


def test_un_journal_intact_l_est(projet):
    assert sceaux.sceller() == 1
    assert sceaux.sceller() == 0, "rien de nouveau, pas de sceau"
    consigner(projet, Fait.MESSAGE, par=None)
    bilan = integrite.examiner()
    assert bilan.est_intact
    assert (bilan.passages, bilan.sceaux, bilan.non_scelles) == (Passage.objects.count(), 1, 1)
    assert not bilan.remarques
    assert sceaux.sceller() == 1
    assert integrite.examiner(Sceau.objects.get(rang=1).empreinte).est_intact


@pytest.mark.parametrize(
    ("champ", "valeur"),
    [("motif", "autre chose"), ("par_id", None), ("pour_services", True), ("adresse", "10.0.0.0/24"), ("vers", "clos")],
)
def test_un_champ_change_se_voit(projet, champ, valeur):
    if champ == "pour_services":
        valeur = not lignes(projet)[2].pour_services
    with sans_declencheurs() as curseur:
        curseur.execute(f"UPDATE projets_passage SET {champ} = %s WHERE id = %s", [valeur, lignes(projet)[2].pk])
    (faute,) = integrite.examiner().fautes
    assert (faute.ou, faute.rang, faute.nature) == (f"Projet {projet.numero}", 3, "modifiée")


def test_une_microseconde_se_voit(projet):
    with sans_declencheurs() as curseur:
        ligne = lignes(projet)[1]
        curseur.execute(
            "UPDATE projets_passage SET le = %s WHERE id = %s", [ligne.le + timedelta(microseconds=1), ligne.pk]
        )
    assert natures() == {"modifiée"}


def test_une_ligne_supprimee_au_milieu_se_voit(projet):
    with sans_declencheurs() as curseur:
        curseur.execute("DELETE FROM projets_passage WHERE id = %s", [lignes(projet)[2].pk])
    (faute,) = integrite.examiner().fautes
    assert (faute.rang, faute.nature) == (3, "supprimée")
    assert projet.numero in str(faute)


def test_la_fin_coupee_se_voit(projet):
    sceaux.sceller()
    with sans_declencheurs() as curseur:
        curseur.execute("DELETE FROM projets_passage WHERE id = %s", [lignes(projet)[-1].pk])
    assert natures() == {"supprimée"}


def test_une_chaine_entiere_supprimee_se_voit(projet):
    sceaux.sceller()
    with sans_declencheurs() as curseur:
        curseur.execute("DELETE FROM projets_passage WHERE projet_id = %s", [projet.pk])
    assert natures() == {"supprimée"}


def copie(curseur, ligne: Passage, **changes) -> None:
    valeurs = {c: getattr(ligne, c) for c in (*CHAMPS_DU_PASSAGE, "empreinte")} | changes
    curseur.execute(
        f"INSERT INTO projets_passage ({', '.join(valeurs)}) VALUES ({', '.join(['%s'] * len(valeurs))})",
        list(valeurs.values()),
    )


def test_une_ligne_inseree_sans_etre_enchainee_se_voit(projet):
    derniere = lignes(projet)[-1]
    with sans_declencheurs() as curseur:
        copie(curseur, derniere, rang=derniere.rang + 1, motif="Glissée là", precedente="", empreinte="0" * 64)
    assert natures() == {"insérée"}


def test_une_ligne_inseree_au_milieu_se_voit(projet):
    milieu = lignes(projet)[2]
    with sans_declencheurs() as curseur:
        for ligne in reversed(lignes(projet)[2:]):
            curseur.execute("UPDATE projets_passage SET rang = rang + 1 WHERE id = %s", [ligne.pk])
        copie(curseur, milieu, motif="Glissée là", empreinte="0" * 64)
    assert natures() == {"insérée", "déplacée"}


def test_deux_lignes_echangees_se_voient(projet):
    une, autre = lignes(projet)[1:3]
    with sans_declencheurs() as curseur:
        for pk, rang in ((une.pk, 99), (autre.pk, une.rang), (une.pk, autre.rang)):
            curseur.execute("UPDATE projets_passage SET rang = %s WHERE id = %s", [rang, pk])
    assert natures() == {"déplacée"}


def test_une_chaine_reecrite_avec_ses_empreintes_se_voit(projet):
    sceaux.sceller()
    with sans_declencheurs() as curseur:
        precedente = ""
        for ligne in lignes(projet):
            ligne.motif, ligne.precedente = "Réécrit", precedente
            precedente = empreinte_du_passage({c: getattr(ligne, c) for c in CHAMPS_DU_PASSAGE})
            curseur.execute(
                "UPDATE projets_passage SET motif = %s, precedente = %s, empreinte = %s WHERE id = %s",
                [ligne.motif, ligne.precedente, precedente, ligne.pk],
            )
    (faute,) = integrite.examiner().fautes
    assert (faute.nature, faute.rang) == ("réécrite", len(lignes(projet)))


def test_un_sceau_touche_ou_ote_se_voit(projet):
    for _ in range(3):
        consigner(projet, Fait.MESSAGE, par=None)
        sceaux.sceller()
    connu = Sceau.objects.get(rang=2).empreinte
    with sans_declencheurs() as curseur:
        curseur.execute("UPDATE projets_sceau SET passages = passages - 1 WHERE rang = 3")
    assert "modifiée" in natures()
    with sans_declencheurs() as curseur:
        curseur.execute("DELETE FROM projets_sceau WHERE rang = 2")
    assert "supprimée" in natures(sceau_connu=connu)
    with sans_declencheurs() as curseur:
        curseur.execute("DELETE FROM projets_sceau WHERE rang > 1")
    assert natures() == {"supprimée"}, "le dernier sceau posé est retenu à part"


def test_un_journal_tout_entier_refait_n_a_pas_la_cle(projet):
    """Chains, seals, fingerprints: all made again by somebody who holds the database and not the key."""
    sceaux.sceller()
    with override_settings(SECRET_KEY="une autre"), sans_declencheurs() as curseur:
        curseur.execute("DELETE FROM projets_sceau")
        sceaux.sceller()
    bilan = integrite.examiner()
    assert bilan.est_intact
    assert "réécrit" in bilan.remarques[0]


def test_un_sceau_ajoute_sans_la_cle_se_voit_et_une_rotation_n_est_pas_une_faute(projet):
    sceaux.sceller()
    consigner(projet, Fait.MESSAGE, par=None)
    with override_settings(SECRET_KEY="une autre"):
        sceaux.sceller()
    assert natures() == {"insérée"}
    with override_settings(SECRET_KEY="une autre", SECRET_KEY_FALLBACKS=["tests"]):
        assert integrite.examiner().est_intact
    with override_settings(SECRET_KEY="une autre"):
        bilan = integrite.examiner()
        assert bilan.est_intact
        assert bilan.remarques


def test_un_sceau_tient_par_lots(projet, monkeypatch):
    monkeypatch.setattr(sceaux, "LIGNES_PAR_SCEAU", 2)
    assert sceaux.sceller() == -(-Passage.objects.count() // 2)
    monkeypatch.setattr(integrite, "LOT", 2)
    assert integrite.examiner().est_intact
    assert Pouls.objects.get(nom="sceau").detail["rang"] == Sceau.objects.count()


def test_verifier_marche_en_nombre_constant_de_requetes(projet, django_assert_max_num_queries):
    for rang in range(40):
        consigner(projet, Fait.MESSAGE, par=None, motif=str(rang))
    sceaux.sceller()
    with django_assert_max_num_queries(8):
        integrite.examiner()
