"""Backups: restored elsewhere and compared whole, on both databases; and everything that must not pass for a backup."""

import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from projets import sceaux
from projets.enums import GenrePiece, Statut
from projets.enums_portail import EtatCourriel
from projets.models import Courriel, Piece, Projet
from projets.sauvegarde import cibles, sauver
from projets.sauvegarde import fichiers as module_fichiers

from . import fabriques, sauvegarde
from .sauvegarde import ailleurs, contenu, fichiers, ici, jumelle, manage

pytestmark = pytest.mark.django_db(transaction=True)

CLE = "une-clé-de-sauvegarde-assez-longue"
# What a restoration changes on purpose: mails are held, the permissions of a newer Django may be added.
CHANGEES = {"projets_courriel", "projets_arecompter"}  # mails are held; sums are counted again


@pytest.fixture
def portail(appel, settings):
    """Projects, files, journal, seals and mails; the storage holds what the database names, and nothing else."""
    for nom in fichiers(settings.VAR_DIR):
        default_storage.delete(nom)
    projet = fabriques.projet_en(Statut.CLOS)
    fabriques.brouillon(porteur=fabriques.utilisateur("autre@example.org"))
    projet.garder_piece(GenrePiece.JUSTIFICATIF, "Été « photo ».jpg", os.urandom(70_000))
    appel.logo.save("Logo de la cité é.svg", ContentFile(b"<svg/>"))
    sceaux.sceller()
    return projet


def sauver_dans(dossier: Path) -> Path:
    call_command("sauvegarder", str(dossier))
    return next(dossier.glob("portail-*"))


def memes_tables(ici_: dict, la: dict) -> None:
    for table, lignes in ici_.items():
        if table not in CHANGEES:
            assert la[table] == lignes, table


def en_attente(combien: int = 1) -> None:
    """That many mails are still to be sent; the others left."""
    Courriel.objects.update(etat=EtatCourriel.ENVOYE)
    Courriel.objects.filter(pk__in=list(Courriel.objects.values_list("pk", flat=True)[:combien])).update(
        etat=EtatCourriel.A_ENVOYER
    )


def etats_des_courriels(env: dict[str, str]) -> str:
    compter = "from projets.models import Courriel; print(sorted(set(Courriel.objects.values_list('etat', flat=True))))"
    return manage("shell", "-v0", "-c", compter, env=env).stdout.splitlines()[-1]


# A restoration on PostgreSQL runs every migration: in clear, `test_remplacer…` and `test_depot_pendant…` do it there.
@pytest.mark.parametrize("cle", [pytest.param("", id="en clair", marks=pytest.mark.une_seule_base),
                                 pytest.param(CLE, id="chiffrée")])  # fmt: skip
def test_aller_retour_ailleurs(portail, settings, tmp_path, cle):
    """… where the mails that waited are held: they may have been sent since."""
    settings.SAUVEGARDE_CLE = cle
    en_attente()
    archive = sauver_dans(tmp_path / "sauvegardes")
    assert (b"projets_passage" in archive.read_bytes()) is not bool(cle)
    assert archive.stat().st_mode & 0o777 == 0o600
    with ailleurs(tmp_path / "la") as env:
        fait = manage("restaurer", archive, env=env | ({"SAUVEGARDE_CLE": cle} if cle else {}))
        assert fait.returncode == 0, fait.stderr
        assert "intact" in fait.stdout
        memes_tables(contenu(ici()), la := contenu(env))
        assert len(la["projets_courriel"]) == Courriel.objects.count()
        assert fichiers(env["VAR_DIR"]) == fichiers(settings.VAR_DIR) != {}
        assert etats_des_courriels(env) == "['envoye', 'retenu']"
        verifie = manage("verifier", "--journal", env=env)
        assert verifie.returncode == 0, verifie.stdout
        # The numbers go on from where they were.
        suite = manage("shell", "-c", "from projets.models import Compteur; print(Compteur.suivant(2026))", env=env)
        assert suite.stdout.split()[-1] == f"2026-{int(portail.numero[-4:]) + 1:04d}"
        # A second time: the target is not empty.
        encore = manage("restaurer", archive, env=env | ({"SAUVEGARDE_CLE": cle} if cle else {}))
        assert encore.returncode == 2
        assert "--remplacer" in encore.stderr


@pytest.mark.une_seule_base  # that of the second one is replaced after the restoration that was killed
def test_remplacer_efface_ce_qui_etait_la(portail, settings, tmp_path):
    """… and the mails that waited leave, when that is asked."""
    en_attente()
    archive = sauver_dans(tmp_path / "sauvegardes")
    avant = contenu(ici())
    with jumelle(tmp_path / "la") as env:
        plus = (
            "from projets.models import Projet; from django.utils import timezone;"
            "p = Projet.objects.exclude(numero=None).get();"
            "p.garder_piece('justificatif', 'de-trop.pdf', b'de trop'); p.titre = 'Changé'; p.save()"
        )
        assert manage("shell", "-c", plus, env=env).returncode == 0
        assert len(fichiers(env["VAR_DIR"])) == len(fichiers(settings.VAR_DIR)) + 1
        fait = manage("restaurer", archive, "--remplacer", "--envoyer-les-courriels", env=env)
        assert fait.returncode == 0, fait.stderr
        assert etats_des_courriels(env) == "['a_envoyer', 'envoye']"
        assert "1 fichiers de l’ancienne base" in fait.stdout
        memes_tables(avant, contenu(env))
        assert fichiers(env["VAR_DIR"]) == fichiers(settings.VAR_DIR)


def test_depot_pendant_la_sauvegarde(portail, settings, tmp_path, monkeypatch):
    """Between the snapshot and the copy of the files: neither the new project nor its file is in; the rest is whole."""
    veritable = module_fichiers.copier

    def copier(noms, ecrivain, manifeste):
        fabriques.projet_en(Statut.DEPOSE, porteur=fabriques.utilisateur("tard@example.org"))
        effacee = Piece.objects.filter(nom="Été « photo ».jpg").get()
        effacee.fichier.delete(save=False)  # a proof taken back: its line goes too
        effacee.delete()
        return veritable(noms, ecrivain, manifeste)

    monkeypatch.setattr(module_fichiers, "copier", copier)
    projets, pieces = Projet.objects.count(), Piece.objects.count()
    faite = sauver.sauver(tmp_path / "sauvegardes")
    assert not faite.fautes
    assert [raison for _, raison in faite.manifeste.absents] == ["effacé pendant la sauvegarde"]
    assert faite.manifeste.tables["projets_projet"]["lignes"] == projets
    assert faite.manifeste.fichiers == pieces - 1 + 1  # the photo left, the logo is there
    with ailleurs(tmp_path / "la") as env:
        assert manage("restaurer", faite.chemin, env=env).returncode == 0
        assert set(fichiers(env["VAR_DIR"])) < set(fichiers(settings.VAR_DIR))


@pytest.mark.une_seule_base
def test_fichier_absent_ou_change_est_dit_et_n_empeche_rien(portail, tmp_path, capsys):
    premiere, seconde = Piece.objects.all()[:2]
    default_storage.delete(premiere.fichier.name)
    with default_storage.open(seconde.fichier.name, "wb") as fichier:
        fichier.write(b"autre chose")
    with pytest.raises(SystemExit) as sortie:
        call_command("sauvegarder", str(tmp_path), "--garder-jours", "1")
    assert sortie.value.code == 1
    dit = capsys.readouterr()
    assert "n’est plus là" in dit.err
    assert "a changé depuis son arrivée" in dit.err
    assert sauver.verifier(Path(dit.out.strip())).absents == [[premiere.fichier.name, "absent"]]


# --- what is not a backup ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cle", ["", CLE], ids=["en clair", "chiffrée"])
def test_octet_change_ou_fin_coupee_est_refuse_avant_d_ecrire(portail, settings, tmp_path, cle):
    settings.SAUVEGARDE_CLE = cle
    archive = sauver_dans(tmp_path / "sauvegardes")
    bons = archive.read_bytes()
    abimee = tmp_path / "abimee"
    places = [0, 30, 70, 600, len(bons) // 3, len(bons) // 2, len(bons) - 11_000, len(bons) - 100, len(bons) - 1]
    mauvais = [bons[:ou] + bytes([bons[ou] ^ 1]) + bons[ou + 1 :] for ou in places]
    mauvais += [b"", bons[:10], bons[:5000], bons[: len(bons) // 2], bons[:-1], bons + b"x", bons[65536:]]
    for octets in mauvais:
        abimee.write_bytes(octets)
        with pytest.raises(CommandError) as refus:
            call_command("sauvegarder", "--verifier", str(abimee), "--en-clair")
        assert refus.value.returncode == 2
    with ailleurs(tmp_path / "la") as env:
        fait = manage("restaurer", abimee, "--en-clair", env=env | {"SAUVEGARDE_CLE": cle})
        assert fait.returncode == 2
        assert "Rien n’a été restauré" in fait.stderr
        assert not fichiers(env["VAR_DIR"])
    call_command("sauvegarder", "--verifier", str(archive))


@pytest.mark.une_seule_base
def test_cle_absente_fausse_ancienne_ou_trop_courte(portail, settings, tmp_path):
    settings.SAUVEGARDE_CLE = "courte"
    with pytest.raises(CommandError, match="trop courte"):
        call_command("sauvegarder", str(tmp_path))
    assert not list(tmp_path.glob("*"))
    settings.SAUVEGARDE_CLE = CLE
    archive = sauver_dans(tmp_path)
    for cle, phrase in ("", "donnez sa clé"), (CLE + "x", "n’est pas celle"):
        settings.SAUVEGARDE_CLE = cle
        with pytest.raises(CommandError, match=phrase):
            call_command("sauvegarder", "--verifier", str(archive))
    settings.SAUVEGARDE_CLES_ANCIENNES = ["une-autre-clé-encore-plus-ancienne", CLE]
    call_command("sauvegarder", "--verifier", str(archive))


@pytest.mark.une_seule_base
def test_archive_en_clair_est_refusee_quand_une_cle_est_reglee(portail, settings, tmp_path):
    archive = sauver_dans(tmp_path)
    settings.SAUVEGARDE_CLE = CLE
    with pytest.raises(CommandError, match="rien ne prouve d’où elle vient"):
        call_command("sauvegarder", "--verifier", str(archive))
    call_command("sauvegarder", "--verifier", str(archive), "--en-clair")


# --- killed, full -----------------------------------------------------------------------------------------------------


def attendre(condition, secondes: float = 300) -> None:
    fin = time.monotonic() + secondes
    while not condition():
        assert time.monotonic() < fin
        time.sleep(0.005)


def test_tuee_au_milieu_ne_laisse_rien_qui_ressemble_a_une_sauvegarde(portail, tmp_path):
    for rang in range(40):
        portail.garder_piece(GenrePiece.JUSTIFICATIF, f"{rang}.bin", os.urandom(3_000_000))
    fait = subprocess.Popen(
        sauvegarde.commande("sauvegarder", tmp_path),
        **{cle: valeur for cle, valeur in sauvegarde.options_de(ici()).items() if cle != "check"},
    )
    attendre(lambda: any(p.stat().st_size > 20_000_000 for p in tmp_path.glob(".*.partiel")) or fait.poll() is not None)
    fait.send_signal(signal.SIGKILL)
    assert fait.wait() == -signal.SIGKILL
    assert not list(tmp_path.glob("portail-*"))
    assert list(tmp_path.glob(".*.partiel"))
    call_command("sauvegarder", str(tmp_path))
    assert not list(tmp_path.glob(".*.partiel"))
    assert len(list(tmp_path.glob("portail-*"))) == 1
    assert not list(Path(settings.VAR_DIR).glob(".sauvegarde-*"))


def test_restauration_tuee_laisse_la_base_telle_qu_elle_etait(portail, settings, tmp_path):
    for rang in range(40):
        portail.garder_piece(GenrePiece.JUSTIFICATIF, f"{rang}.bin", os.urandom(2_000_000))
    archive = sauver_dans(tmp_path / "sauvegardes")
    with jumelle(tmp_path / "la") as env:
        changer = "from projets.models import Projet; Projet.objects.update(titre='Écrit depuis')"
        assert manage("shell", "-c", changer, env=env).returncode == 0
        for nom in fichiers(env["VAR_DIR"]):
            (Path(env["VAR_DIR"]) / "fichiers" / nom).unlink()
        avant = contenu(env)
        fait = subprocess.Popen(
            sauvegarde.commande("restaurer", archive, "--remplacer"),
            **{cle: valeur for cle, valeur in sauvegarde.options_de(env).items() if cle != "check"},
        )
        attendre(lambda: len(fichiers(env["VAR_DIR"])) > 5 or fait.poll() is not None)
        fait.send_signal(signal.SIGKILL)
        assert fait.wait() == -signal.SIGKILL
        assert contenu(env) == avant
        assert manage("restaurer", archive, "--remplacer", env=env).returncode == 0
        memes_tables(contenu(ici()), contenu(env))
        assert fichiers(env["VAR_DIR"]) == fichiers(settings.VAR_DIR)


def test_deux_restaurations_ne_se_marchent_pas_dessus(portail, tmp_path):
    """The second is refused while the first works, on the machine by a lock and on the server by another."""
    archive = sauver_dans(tmp_path / "sauvegardes")
    with cibles.seule(), pytest.raises(CommandError, match="Une autre restauration"):
        call_command("restaurer", str(archive), "--remplacer")
    if connection.vendor == "postgresql":
        with sauvegarde.ouvrir(connection.settings_dict["NAME"]) as autre:
            autre.execute("SELECT pg_advisory_xact_lock(%s)", [cibles.VERROU])
            with pytest.raises(CommandError, match="Une autre restauration"):
                call_command("restaurer", str(archive), "--remplacer")
    assert Projet.objects.filter(pk=portail.pk).exists()


@pytest.mark.une_seule_base
def test_base_absente_se_dit_sans_rien_laisser(tmp_path, monkeypatch):
    def tomber(*_):
        raise OperationalError("couldn't get a connection")

    monkeypatch.setattr(sauver, "instantane", tomber)
    with pytest.raises(CommandError, match="la base ne répond pas") as refus:
        call_command("sauvegarder", str(tmp_path))
    assert refus.value.returncode == 2
    assert not list(tmp_path.iterdir())


def test_disque_plein_ne_laisse_rien_et_le_dit(portail, tmp_path):
    bonne = sauver_dans(tmp_path)
    portail.garder_piece(GenrePiece.JUSTIFICATIF, "gros.bin", os.urandom(8_000_000))
    limite = 4_000_000  # no file of the process may grow larger
    fait = manage(
        "sauvegarder",
        tmp_path,
        "--garder-jours",
        "0",
        env=ici(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limite, limite)),
    )
    assert fait.returncode == 2
    assert "il n’y a plus de place" in fait.stderr
    assert list(tmp_path.iterdir()) == [bonne]
