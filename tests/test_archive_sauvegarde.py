"""The archive itself, without a database: hostile contents, every byte, flat memory; and which archives are kept."""

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from projets.sauvegarde import scelle
from projets.sauvegarde.archive import PART, Ecrivain, Lecteur, Manifeste, nom_sur
from projets.sauvegarde.retention import a_garder, date_d_archive, nom_d_archive
from projets.sauvegarde.scelle import ArchiveRefusee

CLE = "une-clé-de-sauvegarde-assez-longue"


def manifeste(**champs: object) -> Manifeste:
    return Manifeste(**{"moteur": "sqlite", "serveur": "3", "le": "2026", "django": "5.2", "migrations": []} | champs)


def ecrire(fichiers: dict[str, bytes], cle: str = "") -> bytes:
    sortie = io.BytesIO()
    ecrivain = Ecrivain(scelle.ecriture(sortie, cle))
    ecrivain.ajouter_part("projets_appel", 1, b"1\tAppel\n")
    for nom, octets in fichiers.items():
        ecrivain.ajouter(f"fichiers/{nom}", io.BytesIO(octets), len(octets), hashlib.sha256(octets).hexdigest())
    ecrivain.finir(manifeste(fichiers=len(fichiers), octets=sum(map(len, fichiers.values()))))
    return sortie.getvalue()


def lire(octets: bytes, *cles: str) -> dict[str, bytes]:
    lus = {}
    for membre in Lecteur(scelle.lecture(io.BytesIO(octets), cles)):
        lus[membre.fichier or membre.table] = membre.decomprimer() if membre.table else membre.flux.read()
    return lus


@pytest.mark.parametrize("cle", ["", CLE])
def test_ce_qui_est_ecrit_est_relu(cle: str) -> None:
    fichiers = {"a/b.docx": b"x" * 200_000, "a/c.pdf": b"", "identite/Logo é « 1 ».svg": os.urandom(65_536)}
    assert lire(ecrire(fichiers, cle), cle) == {"projets_appel": b"1\tAppel\n", **fichiers}


@pytest.mark.parametrize("cle", ["", CLE])
@pytest.mark.parametrize("taille", [65_535, 65_536, 65_537, 131_072, 0])
def test_coupure_a_la_limite_d_un_bloc(cle: str, taille: int) -> None:
    """The encrypted stream alone: a file cut exactly between two chunks is refused like any other."""
    sortie = io.BytesIO()
    flux = scelle.ecriture(sortie, cle)
    flux.write(b"z" * taille)
    flux.finir()
    lu = scelle.lecture(io.BytesIO(sortie.getvalue()), [cle])
    assert lu.read(taille) == b"z" * taille
    lu.finir()
    for fin in {scelle.ENTETE, scelle.ENTETE + 65_552, len(sortie.getvalue()) - 1} - {len(sortie.getvalue())}:
        if fin < len(sortie.getvalue()):
            with pytest.raises(ArchiveRefusee):
                scelle.lecture(io.BytesIO(sortie.getvalue()[:fin]), [cle]).finir()


@pytest.mark.parametrize("cle", ["", CLE])
def test_aucun_octet_change_ne_passe(cle: str) -> None:
    bons = ecrire({"a/b.docx": b"contenu" * 30}, cle)
    for ou in range(0, len(bons), 1 if not cle else 197):
        mauvais = bytearray(bons)
        mauvais[ou] ^= 0x20
        with pytest.raises(ArchiveRefusee):
            lire(bytes(mauvais), *([cle] if cle else []))


def test_blocs_chiffres_ne_se_deplacent_pas() -> None:
    bons = ecrire({"a": os.urandom(300_000)}, CLE)
    bloc, debut = scelle.BLOC + scelle.SCEAU, scelle.ENTETE
    un, deux = bons[debut : debut + bloc], bons[debut + bloc : debut + 2 * bloc]
    for melange in (
        bons[:debut] + deux + un + bons[debut + 2 * bloc :],
        bons[:debut] + deux + bons[debut + 2 * bloc :],
    ):
        with pytest.raises(ArchiveRefusee):
            lire(melange, CLE)
    assert ecrire({"a": b"x"}, CLE) != ecrire({"a": b"x"}, CLE)


def hostile(*membres: tuple[tarfile.TarInfo | str, bytes], **champs: object) -> bytes:
    """An archive made by somebody else, with true sums and a true seal around what should not be in it."""
    sortie = io.BytesIO()
    flux = scelle.ecriture(sortie)
    sommes = b""
    with tarfile.open(fileobj=flux, mode="w|") as tar:

        def mettre(membre: tarfile.TarInfo | str, octets: bytes) -> None:
            info = tarfile.TarInfo(membre) if isinstance(membre, str) else membre
            info.size = len(octets)
            tar.addfile(info, io.BytesIO(octets))

        for membre, octets in membres:
            mettre(membre, octets)
            nom = membre if isinstance(membre, str) else membre.name
            sommes += f"{hashlib.sha256(octets).hexdigest()}  {nom}\n".encode()
        mettre("SOMMES.sha256", sommes)
        total = [octets for membre, octets in membres if str(membre).startswith("fichiers/")]
        fait = manifeste(
            **{"fichiers": len(total), "octets": sum(map(len, total)), "sommes": hashlib.sha256(sommes).hexdigest()}
            | champs
        )
        mettre("MANIFESTE.json", json.dumps(vars(fait)).encode())
    flux.finir()
    return sortie.getvalue()


def lien(genre: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo("fichiers/pieces/lien.pdf")
    info.type, info.linkname = genre, "/etc/passwd"
    return info


def test_archive_etrangere_mais_juste_se_lit() -> None:
    assert lire(hostile(("fichiers/pieces/a.pdf", b"a"))) == {"pieces/a.pdf": b"a"}


@pytest.mark.parametrize(
    "membres",
    [
        [("fichiers/../../etc/cron.d/x", b"x")],
        [("fichiers/pieces/../../x", b"x")],
        [("fichiers//etc/passwd", b"x")],
        [("/etc/passwd", b"x")],
        [("../x", b"x")],
        [("fichiers/C:\\x", b"x")],
        [("fichiers/C:/x", b"x")],
        [("fichiers/a\nb", b"x")],
        [("fichiers/./a", b"x")],
        [("fichiers/", b"x")],
        [("autre/chose", b"x")],
        [("base/../x/000001.gz", b"x")],
        [(lien(tarfile.SYMTYPE), b"")],
        [(lien(tarfile.LNKTYPE), b"")],
        [(lien(tarfile.FIFOTYPE), b"")],
        [(lien(tarfile.DIRTYPE), b"")],
        [("fichiers/b", b"x"), ("fichiers/a", b"x")],
        [("fichiers/a", b"x"), ("fichiers/a", b"y")],
        [("fichiers/a", b"x"), ("base/t/000001.gz", gzip.compress(b""))],
        [("base/t/000001.gz", gzip.compress(b"0" * (PART + 1)))],
        [("base/t/000001.gz", b"pas un gzip")],
        [("MANIFESTE.json", b"{}")],
    ],
)
def test_contenu_hostile_est_refuse(membres: list) -> None:
    with pytest.raises(ArchiveRefusee):
        lire(hostile(*membres))


@pytest.mark.parametrize("champs", [{"fichiers": 2}, {"octets": 5}, {"sommes": "0" * 64}, {"format": 2}])
def test_manifeste_qui_ment_est_refuse(champs: dict) -> None:
    with pytest.raises(ArchiveRefusee):
        lire(hostile(("fichiers/a", b"x"), **champs))


@pytest.mark.parametrize("nom", ["", "a//b", "/a", "a/", "..", "a/../b", "a\\b", "c:x", "a\x00", "a" * 501])
def test_nom_interdit(nom: str) -> None:
    assert not nom_sur(nom)


def test_archive_en_clair_se_lit_avec_les_outils_ordinaires(tmp_path) -> None:
    """Without the portal: tar, gzip and sha256sum are enough."""
    (tmp_path / "a.tar").write_bytes(ecrire({"pieces/a b.pdf": b"octets"}))
    suite = "tar xf a.tar && sha256sum --quiet -c SOMMES.sha256 && zcat base/projets_appel/*.gz && cat 'fichiers/pieces/a b.pdf'"
    fait = subprocess.run(["sh", "-ec", suite], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (fait.returncode, fait.stdout) == (0, "1\tAppel\noctets"), fait.stderr


def test_memoire_reste_plate(tmp_path) -> None:
    """Sixty times the bytes, the same memory: within 20 MB."""
    code = """if True:
    import hashlib, io, resource, sys
    from projets.sauvegarde import scelle
    from projets.sauvegarde.archive import Ecrivain, Lecteur, Manifeste
    nombre, octets = int(sys.argv[1]), bytes(5_000_000)
    somme = hashlib.sha256(octets).hexdigest()
    with open(sys.argv[2], "w+b") as fichier:
        ecrivain = Ecrivain(scelle.ecriture(fichier, "k" * 20))
        for rang in range(nombre):
            ecrivain.ajouter(f"fichiers/{rang:04d}", io.BytesIO(octets), len(octets), somme)
        ecrivain.finir(Manifeste("sqlite", "", "", "", [], fichiers=nombre, octets=nombre * len(octets)))
        fichier.seek(0)
        assert sum(1 for _ in Lecteur(scelle.lecture(fichier, ["k" * 20]))) == nombre
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"""
    mesures = [
        int(
            subprocess.run(
                [sys.executable, "-c", code, str(nombre), str(tmp_path / "gros")],
                cwd=settings.BASE_DIR,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for nombre in (1, 60)
    ]
    assert mesures[1] - mesures[0] < 20_000, mesures


# --- retention --------------------------------------------------------------------------------------------------------


def test_nom_dit_la_date_et_rien_d_autre_n_est_efface() -> None:
    moment = datetime(2026, 11, 29, 3, 0, 5, tzinfo=UTC)
    assert date_d_archive(nom_d_archive(moment, True)) == date_d_archive(nom_d_archive(moment, False)) == moment
    for nom in ("portail-20261340T000000Z.tar", "portail-20261129T030005Z.tar.bak", "photo.tar", ".portail.tar"):
        assert date_d_archive(nom) is None


def test_une_par_jour_par_semaine_et_par_mois() -> None:
    """A year of nightly backups, two on the last day."""
    fin = datetime(2026, 11, 29, 3, tzinfo=UTC)
    dates = [fin - timedelta(days=jour) for jour in range(365)] + [fin - timedelta(hours=2)]
    gardees = a_garder(dates, jours=7, semaines=4, mois=6)
    assert {fin - timedelta(days=jour) for jour in range(7)} <= gardees
    assert fin - timedelta(hours=2) not in gardees
    assert datetime(2026, 11, 22, 3, tzinfo=UTC) in gardees  # the last of its week
    assert datetime(2026, 6, 30, 3, tzinfo=UTC) in gardees  # the last of the sixth month
    assert datetime(2026, 5, 31, 3, tzinfo=UTC) not in gardees


@hypothesis_settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(
    st.lists(st.integers(0, 20_000), min_size=1, max_size=60),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(0, 9),
)
def test_la_plus_recente_reste_toujours_et_le_compte_est_borne(heures, jours, semaines, mois) -> None:
    dates = {datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=heure) for heure in heures}
    gardees = a_garder(dates, jours=jours, semaines=semaines, mois=mois)
    assert max(dates) in gardees <= dates
    assert len(gardees) <= max(1, jours + semaines + mois)
    assert a_garder(gardees, jours=jours, semaines=semaines, mois=mois) == gardees  # doing it again erases nothing
