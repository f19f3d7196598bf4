"""The files that install the portal: parsed, and held against what the settings read."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings

RACINE = Path(settings.BASE_DIR)
DEPLOIEMENT = RACINE / "deploiement"
UNITES = sorted((DEPLOIEMENT / "systemd").iterdir())
# Read by gunicorn's file, by make, by the base image or by a library: not by the settings.
AILLEURS = {"HOST", "PORT", "WEB_CONCURRENCY", "WEB_THREADS", "PROMETHEUS_MULTIPROC_DIR"}
DE_PYTHON = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}


def variables_lues() -> set[str]:
    """Every variable that the settings read."""
    fichiers = (RACINE / "cite_educative" / nom for nom in ("settings/base.py", "base_de_donnees.py"))
    texte = "\n".join(fichier.read_text() for fichier in fichiers)
    return set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z][A-Z0-9_]+)"', texte))


def connues() -> set[str]:
    lues = variables_lues() | AILLEURS
    return lues | {f"{nom}_FILE" for nom in lues}


def variables_d_un_fichier(nom: str) -> set[str]:
    return set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (DEPLOIEMENT / nom).read_text(), re.MULTILINE))


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((RACINE / "compose.yaml").read_text())


# --- variables ------------------------------------------------------------------------------------------------------


def test_chaque_variable_nommee_existe(compose: dict) -> None:
    docker = set(
        re.findall(
            r"([A-Z][A-Z0-9_]+)=", re.search(r"FROM [^\n]*\n\nRUN apt.*", (RACINE / "Dockerfile").read_text(), re.S)[0]
        )
    )
    unites = {
        nom for unite in UNITES for nom in re.findall(r"^Environment=([A-Z0-9_]+)=", unite.read_text(), re.MULTILINE)
    }
    nommees = {
        "compose.yaml": set(compose["x-portail"]["environment"]),
        "portail.env.exemple": variables_d_un_fichier("portail.env.exemple"),
        "Dockerfile": docker - DE_PYTHON,
        "systemd": unites,
    }
    inconnues = {ou: noms - connues() for ou, noms in nommees.items() if noms - connues()}
    assert not inconnues
    assert all(nommees.values())


def test_compose_ne_demande_que_ce_que_son_exemple_donne() -> None:
    demandees = set(re.findall(r"\$\{([A-Z_]+)", (RACINE / "compose.yaml").read_text()))
    assert demandees == variables_d_un_fichier("compose.env.exemple")


def test_chaque_reglage_est_documente() -> None:
    texte = (RACINE / "docs" / "exploitation" / "deploiement.md").read_text()
    documentees = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", texte))
    assert variables_lues() - documentees == set()
    lignes = "\n".join(ligne.split("|")[1] for ligne in texte.splitlines() if ligne.startswith("| `"))
    assert set(re.findall(r"`([A-Z][A-Z0-9_]+)`", lignes)) <= connues()


def test_aucun_secret_n_est_versionne() -> None:
    for nom in ("compose.env.exemple", "portail.env.exemple"):
        for ligne in (DEPLOIEMENT / nom).read_text().splitlines():
            variable, _, valeur = ligne.partition("=")
            if re.search(r"(?:SECRET|CLE|MOT_DE_PASSE|PASSWORD|DSN|JETON)", variable) and not ligne.startswith("#"):
                assert not valeur, f"{nom} : {variable}"
    assert {"/.env", "/.venv-audit/"} <= set((RACINE / ".gitignore").read_text().splitlines())


# --- containers -----------------------------------------------------------------------------------------------------


def test_les_morceaux_du_portail_sont_enfermes(compose: dict) -> None:
    services = compose["services"]
    assert {"web", "worker", "taches", "migrations", "base", "reserve", "courrier", "proxy"} <= set(services)
    for nom in ("web", "worker", "taches", "migrations"):
        assert services[nom]["read_only"] is True
        assert services[nom]["cap_drop"] == ["ALL"]
        assert services[nom]["security_opt"] == ["no-new-privileges:true"]
        assert "ports" not in services[nom]
    assert services["web"]["depends_on"]["migrations"]["condition"] == "service_completed_successfully"
    ouverts = [port for un in services.values() for port in un.get("ports", ())]
    assert all("127.0.0.1" in port for port in ouverts), "rien n’est ouvert au réseau sans qu’on l’ait voulu"
    for service in services.values():
        for autre in service.get("depends_on", {}):
            assert autre in services


def test_les_durees_de_conservation_s_appliquent_sans_qu_on_y_pense(compose: dict) -> None:
    """In each installation described, after a backup that succeeded, and never before it."""
    for texte in (
        compose["services"]["taches"]["command"][-1],
        (DEPLOIEMENT / "systemd" / "portail-sauvegarde.service").read_text(),
    ):
        ordre = [texte.index(f"manage.py {commande}") for commande in ("sauvegarder", "purger", "orphelins --effacer")]
        assert ordre == sorted(ordre)


def test_l_image_tourne_sans_droits_et_dit_sa_sante() -> None:
    texte = (RACINE / "Dockerfile").read_text()
    finale = texte[texte.rindex("\nFROM ") :]
    assert finale.index("\nUSER 10001") < finale.index("\nCMD ")
    assert "HEALTHCHECK" in finale
    assert "/sante/vivant/" in finale
    assert "--require-hashes" in texte
    assert not re.search(r"^(?:ADD|ARG .*(?:SECRET|KEY))", texte, re.MULTILINE)


def test_ce_que_l_image_contient_suffit(tmp_path: Path) -> None:
    """Exactly the files that .dockerignore lets in, in a directory of their own: the portal is checked from there."""
    lignes = [un for un in (RACINE / ".dockerignore").read_text().splitlines() if un and not un.startswith("#")]
    assert lignes[0] == "*", "tout est écarté, sauf ce qui est nommé"
    for motif in (un[1:] for un in lignes if un.startswith("!")):
        trouves = list(RACINE.glob(motif))
        assert trouves, f"{motif} n’existe pas"
        for source in trouves:
            cible = tmp_path / source.relative_to(RACINE)
            cible.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, cible, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, cible)
    code = (
        "import runpy, sys; runpy.run_path('deploiement/gunicorn.conf.py');"
        "sys.argv = ['manage.py', 'check', '--deploy', '--fail-level', 'WARNING'];"
        "runpy.run_path('manage.py', run_name='__main__')"
    )
    environnement = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "VAR_DIR": str(tmp_path / "var"),
        "SECRET_KEY": "k" * 40 + "abcdefghijkl",
        "URL_PUBLIQUE": "https://portail.example.org",
        "FORMAT_JOURNAL": "json",
        "S3_BUCKET": "portail",
        "DATABASE_URL": "postgres://portail:mot@base:5432/portail",
        "EMAIL_URL": "smtp://courrier:1025",
    }
    fait = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environnement, capture_output=True, text=True, check=False
    )
    assert fait.returncode == 0, fait.stderr[-3000:]
    assert not (tmp_path / "tests").exists()


# --- systemd, nginx, Procfile ---------------------------------------------------------------------------------------

DURCI = (
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "PrivateTmp=yes",
    "CapabilityBoundingSet=\n",
    "User=portail",
    "UMask=0077",
)


@pytest.mark.parametrize("unite", [un for un in UNITES if un.suffix == ".service"], ids=lambda un: un.stem)
def test_chaque_service_est_durci(unite: Path) -> None:
    texte = unite.read_text()
    assert [trait for trait in DURCI if trait not in texte] == []
    commandes = re.findall(r"^ExecStart=(.*)", texte, re.MULTILINE)
    for commande in commandes:
        assert commande.startswith("/opt/portail/.venv/bin/")
        if "manage.py" in commande:
            nom = commande.split("manage.py ")[1].split()[0]
            assert (RACINE / f"projets/management/commands/{nom}.py").exists() or nom in (
                "migrate",
                "createcachetable",
                "collectstatic",
            )


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="vérifié là où systemd est installé")
def test_systemd_accepte_les_unites(tmp_path: Path) -> None:
    """The paths of an installation are replaced by programs that exist here; all else is as it is."""
    for unite in UNITES:
        texte = re.sub(r"/opt/portail/\.venv/bin/\w+", "/bin/true", unite.read_text())
        (tmp_path / unite.name).write_text(texte)
    fait = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert fait.returncode == 0, fait.stderr
    assert not [ligne for ligne in fait.stderr.splitlines() if "portail-" in ligne]


@pytest.mark.parametrize("fichier", sorted((DEPLOIEMENT / "nginx").iterdir()), ids=lambda un: un.name)
def test_nginx_ne_croit_pas_le_visiteur(fichier: Path) -> None:
    texte = re.sub(r"#.*", "", fichier.read_text())
    assert texte.count("{") == texte.count("}")
    assert all(ligne.strip().endswith((";", "{", "}", "")) for ligne in texte.splitlines())
    if "proxy_set_header" in texte:
        entetes = dict(re.findall(r"proxy_set_header (\S+) ([^;]+);", texte))
        assert entetes["X-Forwarded-For"] == "$remote_addr"
        assert entetes["X-Request-ID"] == "$request_id"
        assert {"Host", "X-Forwarded-Proto"} <= set(entetes)
    if "log_format" in texte:
        (forme,) = re.findall(r"log_format portail '([^']*)'", texte)
        assert not re.search(
            r"\$(?:request|request_uri|args|query_string|http_referer|remote_user|remote_addr)\b", forme
        )


def test_procfile_lance_les_memes_commandes() -> None:
    lignes = dict(ligne.split(": ", 1) for ligne in (RACINE / "Procfile").read_text().splitlines())
    assert set(lignes) == {"release", "web", "worker"}
    assert lignes["web"].endswith("gunicorn -c deploiement/gunicorn.conf.py cite_educative.wsgi")
    assert lignes["worker"] == "python manage.py courriels --continu"
