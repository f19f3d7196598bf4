"""What an installation promises: reproducible, private by default, ruled by its environment, closed while it is tested."""

import json
import os
import re
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.http.multipartparser import MultiPartParser
from django.template import engines
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from cite_educative.cle_secrete import cle_secrete
from cite_educative.stockage import StockagePrive
from cite_educative.televersement import TeleversementBorne

RACINE = settings.BASE_DIR
# Open to all: who writes a new name here has decided that a page needs no account.
PAGES_PUBLIQUES = {
    "accessibilite",
    "accueil",
    "aide",
    "aide_guide",
    "appel",
    "agenda",  # its address is its key
    "avis_lien",
    "brouillon_partage",  # their address is their key
    "brouillon_reprendre",
    "avis_lien_nouveau",
    "avis_lien_reprendre",
    "avis_lien_transmettre",
    "communication",
    "correspondants",
    "demonstration",
    "deposer",
    "donnees_personnelles",
    "invitation",
    "logo_communication",
    "mentions_legales",
    "metriques",  # asks for a token of its own
    "modele_word",
    "plan_du_site",
    "projet_messages",  # keeps what was typed in a session that ended, then asks for the account
    "sante",
    "exemples",
    "favicon",
    "identite_feuille",
    "identite_logo",
    "exemple_photo",
    "sante_pret",
    "sante_vivant",
    "recherche",
    "robots",
    "securite_txt",
    "structure_rejoindre",  # its address is its key
    "transmission",
}
# Open without an account, but not to anyone: each checks by itself that the draft, or the project, is the visitor's.
PAGES_DU_BROUILLON = {
    "brouillon_coller",
    "brouillon_repartir",
    "brouillon_supprimer",
    "brouillon_word",
    "deposer_courriel",
    "deposer_en_ligne",
    "deposer_finaliser",
    "deposer_a_plusieurs",
    "deposer_partage_retirer",
    "deposer_plus_tard",
    "deposer_section",
    "deposer_section_page",
    "deposer_tout",
    "deposer_verification",
    "projet_coller",
    "projet_modifier",
    "projet_redeposer",
    "projet_repartir",
}


def lancer(*commande: str | Path, **environnement: str) -> subprocess.CompletedProcess[str]:
    """Run a command in an environment that holds nothing but what is given."""
    return subprocess.run(
        [str(morceau) for morceau in commande],
        cwd=RACINE,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"} | environnement,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def reglages(tmp_path: Path, *noms: str, **environnement: str) -> dict[str, object]:
    """Production settings, as an environment makes them."""
    code = (
        "import json, cite_educative.settings.base as s;"
        f"print(json.dumps({{nom: getattr(s, nom, None) for nom in {noms!r}}}, default=str))"
    )
    fait = lancer(sys.executable, "-c", code, **({"VAR_DIR": str(tmp_path)} | environnement))
    assert fait.returncode == 0, fait.stderr
    return json.loads(fait.stdout)


# --- Requirements -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nom", ["base", "test"])
def test_requirements_are_hashed_and_name_no_place(nom: str) -> None:
    texte = (RACINE / "requirements" / f"{nom}.txt").read_text()
    entrees = re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n", "", texte, flags=re.MULTILINE))
    sans_empreinte = [e.splitlines()[0] for e in entrees if e.strip() and "--hash=sha256:" not in e]
    assert sans_empreinte == []
    assert not re.search(r"https?:|file:/|--index|--find-links|--extra|/(home|opt|root|tmp|work)/", texte)


def test_test_requirements_hold_the_base_ones_at_the_same_versions() -> None:
    def versions(nom: str) -> set[str]:
        return set(re.findall(r"^[\w.\[\]-]+==\S+", (RACINE / "requirements" / f"{nom}.txt").read_text(), re.MULTILINE))

    assert versions("base") <= versions("test")


# --- Commands ---------------------------------------------------------------------------------------------------


def test_make_names_its_targets() -> None:
    aide = lancer("make", "help").stdout
    for cible in ("demo", "demo-data", "test", "bench", "lint", "screenshots"):
        assert f"make {cible} " in aide


def test_missing_packages_are_named_with_the_command_to_install_them(tmp_path: Path) -> None:
    for nom, corps in {"dpkg-query": "exit 1", "sudo": "exit 1", "id": "echo 1000"}.items():
        (tmp_path / nom).write_text(f"#!/bin/sh\n{corps}\n")
        (tmp_path / nom).chmod(0o755)
    fait = lancer("outils/installer.sh", "test", PATH=f"{tmp_path}:/usr/bin:/bin")
    assert fait.returncode == 1
    assert "apt-get install -y --no-install-recommends libpango-1.0-0" in fait.stderr
    assert "chromium" in fait.stderr
    assert "clamav-daemon" in fait.stderr
    assert "|" not in fait.stderr


@pytest.mark.parametrize("deja_la", [False, True])
def test_packages_start_no_service_and_fetch_no_signature(tmp_path: Path, deja_la: bool) -> None:
    """As an administrator whose every command is noted instead of done; ``deja_la``: ClamAV's updates are already theirs."""
    fausses = {
        "id": "echo 0",
        "dpkg-query": f'[ "${{*: -1}}" = clamav-freshclam ] && echo {"installed" if deja_la else "absent"}',
        # « tee » is fed by a pipe: unread, it would break under the command that writes to it.
        "env": f'echo "$*" >>{tmp_path}/faites; [ "$1" != tee ] || cat >/dev/null; [ "$2" != install ] && [ "$3" != install ]',
    }
    for nom, corps in fausses.items():
        (tmp_path / nom).write_text(f"#!/bin/bash\n{corps}\n")
        (tmp_path / nom).chmod(0o755)
    fait = lancer("/bin/bash", "outils/installer.sh", "test", PATH=f"{tmp_path}:/usr/bin:/bin")
    assert fait.returncode == 1, "l’installation, notée, n’a pas été faite"
    faites = (tmp_path / "faites").read_text().splitlines()
    (rang,) = [rang for rang, ligne in enumerate(faites) if "apt-get install -y --no-install-recommends" in ligne]
    assert "clamav-daemon" in faites[rang]
    assert any("postgresql-common/createcluster.d" in ligne for ligne in faites[:rang])
    masque = "ln -s /dev/null /etc/systemd/system/clamav-freshclam.service"
    assert (masque in faites[:rang]) is not deja_la


def test_busy_port_is_told_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as occupe:
        port = str(occupe.getsockname()[1])
        fait = lancer(sys.executable, "outils/demo.py", "--verifier-le-port", PORT=port)
    assert fait.returncode == 1
    assert f"le port {port} est déjà pris" in fait.stderr
    assert "Traceback" not in fait.stderr


@pytest.mark.parametrize(("hote", "port"), [("127.0.0.1", "abc"), ("127.0.0.1", "70000"), ("192.0.2.1", "8000")])
def test_impossible_address_is_told_in_one_sentence(hote: str, port: str) -> None:
    fait = lancer(sys.executable, "outils/demo.py", "--verifier-le-port", HOST=hote, PORT=port)
    assert fait.returncode == 1
    assert fait.stderr.startswith("\nErreur : ")
    assert "Traceback" not in fait.stderr


# --- Environment ------------------------------------------------------------------------------------------------


def test_empty_environment_is_production_on_sqlite(tmp_path: Path) -> None:
    lus = reglages(
        tmp_path, "DEBUG", "DATABASES", "EMAIL_BACKEND", "EMAIL_FILE_PATH", "STATIC_ROOT", "STORAGES", "ALLOWED_HOSTS"
    )
    assert lus["DEBUG"] is False
    assert lus["DATABASES"]["default"]["NAME"] == str(tmp_path / "portail.sqlite3")
    assert lus["DATABASES"]["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert lus["EMAIL_BACKEND"].endswith("filebased.EmailBackend")
    assert lus["EMAIL_FILE_PATH"] == str(tmp_path / "courriels")
    assert lus["STATIC_ROOT"] == str(tmp_path / "static")
    assert lus["STORAGES"]["default"]["OPTIONS"]["location"] == str(tmp_path / "fichiers")
    assert lus["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]


def test_postgresql_is_pooled(tmp_path: Path) -> None:
    base = reglages(tmp_path, "DATABASES", DATABASE_URL="postgresql://moi@/tmp/prise/portail")["DATABASES"]["default"]
    assert base["ENGINE"] == "django.db.backends.postgresql"
    assert (base["CONN_MAX_AGE"], base["OPTIONS"]["pool"]["max_size"]) == (0, 8)
    assert "init_command" not in base["OPTIONS"]


def test_https_address_hardens_everything(tmp_path: Path) -> None:
    noms = ["SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS"]
    assert not any(reglages(tmp_path, *noms).values())
    lus = reglages(tmp_path, *noms, "CSRF_TRUSTED_ORIGINS", "ALLOWED_HOSTS", URL_PUBLIQUE="https://cite.example.org/")
    assert all(lus[nom] for nom in noms)
    assert lus["CSRF_TRUSTED_ORIGINS"] == ["https://cite.example.org"]
    assert "cite.example.org" in lus["ALLOWED_HOSTS"]


def test_forwarded_headers_are_believed_only_behind_a_declared_proxy(tmp_path: Path) -> None:
    assert reglages(tmp_path, "SECURE_PROXY_SSL_HEADER")["SECURE_PROXY_SSL_HEADER"] is None
    lus = reglages(tmp_path, "SECURE_PROXY_SSL_HEADER", "ALLAUTH_TRUSTED_PROXY_COUNT", PROXYS_DE_CONFIANCE="1")
    assert lus == {
        "SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"],
        "ALLAUTH_TRUSTED_PROXY_COUNT": 1,
    }


def test_mail_server_comes_from_a_url_or_from_its_parts(tmp_path: Path) -> None:
    noms = ["EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_USE_TLS"]
    par_url = reglages(tmp_path, *noms, EMAIL_URL="smtp+tls://nom:mot@courrier.example.org:587")
    assert list(par_url.values())[1:] == ["courrier.example.org", 587, "nom", True]
    en_parties = reglages(tmp_path, *noms, EMAIL_HOST="courrier.example.org", EMAIL_PORT="2525")
    assert list(en_parties.values())[1:] == ["courrier.example.org", 2525, "", False]


def test_demonstration_writes_to_nobody(tmp_path: Path) -> None:
    assert reglages(tmp_path, "COURRIELS_DOMAINES_AUTORISES")["COURRIELS_DOMAINES_AUTORISES"] == []
    lus = reglages(tmp_path, "COURRIELS_DOMAINES_AUTORISES", "DEMO", DEMO="1")
    assert lus == {"COURRIELS_DOMAINES_AUTORISES": ["example.org"], "DEMO": True}


def test_second_factor_is_compulsory_but_in_a_demonstration(tmp_path: Path) -> None:
    nom = "SECOND_FACTEUR_OBLIGATOIRE"
    assert reglages(tmp_path, nom)[nom] is True
    assert reglages(tmp_path, nom, DEMO="1")[nom] is False
    assert reglages(tmp_path, nom, DEMO="1", SECOND_FACTEUR_OBLIGATOIRE="1")[nom] is True


def test_proconnect_is_there_once_configured_and_forms_may_then_leave_for_it(tmp_path: Path) -> None:
    noms = ["PROCONNECT", "SOCIALACCOUNT_PROVIDERS", "CONTENT_SECURITY_POLICY", "INSTALLED_APPS"]
    a_moitie = reglages(tmp_path, *noms, PROCONNECT_URL="https://pro.example.org/api/v2", PROCONNECT_CLIENT_ID="x")
    assert (a_moitie["PROCONNECT"], a_moitie["SOCIALACCOUNT_PROVIDERS"]) == (False, {})
    assert a_moitie["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["form-action"] == ["'self'"]
    lus = reglages(
        tmp_path,
        *noms,
        PROCONNECT_URL="https://pro.example.org/api/v2/",
        PROCONNECT_CLIENT_ID="x",
        PROCONNECT_SECRET="y",
    )
    assert lus["PROCONNECT"] is True
    assert "cite_educative.proconnect" in set(lus["INSTALLED_APPS"]) - set(a_moitie["INSTALLED_APPS"])
    directives = lus["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert directives["form-action"] == ["'self'", "https://pro.example.org"]
    assert directives["script-src"] == directives["connect-src"] == ["'self'"]


def test_deployment_check_is_clean_behind_https(tmp_path: Path) -> None:
    fait = lancer(
        sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING",
        VAR_DIR=str(tmp_path), URL_PUBLIQUE="https://cite.example.org",
    )  # fmt: skip
    assert fait.returncode == 0, fait.stderr


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("le-secret-du-fichier\n")
    assert reglages(tmp_path, "SECRET_KEY", SECRET_KEY_FILE=str(tmp_path / "secret")) == {
        "SECRET_KEY": "le-secret-du-fichier"
    }


def test_secret_key_is_drawn_once_by_many(tmp_path: Path) -> None:
    chemin = tmp_path / "var" / "cle_secrete"
    with ThreadPoolExecutor(16) as groupe:
        cles = set(groupe.map(cle_secrete, [chemin] * 64))
    assert len(cles) == 1
    assert len(cles.pop()) >= 64
    assert stat.S_IMODE(chemin.stat().st_mode) == 0o600
    assert os.listdir(chemin.parent) == ["cle_secrete"]


# --- Requests ---------------------------------------------------------------------------------------------------


def vues(resolveur: URLResolver, prefixe: str = "") -> dict[str, object]:
    trouvees = {}
    for motif in resolveur.url_patterns:
        if isinstance(motif, URLPattern):
            trouvees[f"{prefixe}{motif.name}"] = motif.callback
        elif motif.app_name != "admin" and "allauth" not in str(motif.urlconf_name):
            trouvees |= vues(motif, prefixe)
    return trouvees


def test_pages_ask_for_an_account_unless_they_say_otherwise() -> None:
    ouvertes = {nom for nom, vue in vues(get_resolver()).items() if not getattr(vue, "login_required", True)}
    assert ouvertes - PAGES_PUBLIQUES - PAGES_DU_BROUILLON == set()


@pytest.mark.django_db
def test_signup_asks_for_an_address_only_and_login_for_a_password_too(client: Client) -> None:
    assert set(client.get("/comptes/signup/").context["form"].fields) == {"email"}
    assert {"login", "password"} <= set(client.get("/comptes/login/").context["form"].fields)


# --- Files ------------------------------------------------------------------------------------------------------


def test_large_upload_is_counted_whole_and_kept_in_part(settings: object) -> None:
    settings.TELEVERSEMENT_OCTETS_GARDES = 200_000
    fichier = SimpleUploadedFile("gros.docx", b"x" * 1_000_000)
    requete = RequestFactory().post("/", {"titre": "Une mare", "fichier": fichier})
    donnees, fichiers = MultiPartParser(requete.META, requete, [TeleversementBorne(requete)]).parse()
    recu = fichiers["fichier"]
    assert recu.size == 1_000_000
    assert os.stat(recu.temporary_file_path()).st_size == 200_000
    assert donnees == QueryDict("titre=Une mare")
    recu.close()


def test_received_files_have_no_address_and_belong_to_one(tmp_path: Path) -> None:
    stockage = StockagePrive(**settings.STORAGES["default"]["OPTIONS"] | {"location": tmp_path})
    nom = stockage.save("2026/projet.docx", SimpleUploadedFile("projet.docx", b"x"))
    assert stat.S_IMODE((tmp_path / nom).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "2026").stat().st_mode) == 0o700
    with pytest.raises(ValueError, match="pas d’adresse"):
        stockage.url(nom)


# --- The tests themselves ---------------------------------------------------------------------------------------


def test_network_is_closed_but_for_the_loopback() -> None:
    with pytest.raises(OSError, match="Réseau fermé"):
        socket.create_connection(("example.org", 80), timeout=1)
    with socket.socket() as prise, pytest.raises((UserWarning, RuntimeError), match=r"192\.0\.2\.1"):
        prise.connect(("192.0.2.1", 80))
    with socket.create_server(("127.0.0.1", 0)) as serveur:
        socket.create_connection(serveur.getsockname(), timeout=1).close()


def test_unknown_variable_in_our_templates_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moteur = engines["django"]
    monkeypatch.setattr("cite_educative.settings.test.BASE_DIR", tmp_path)
    dossier = tmp_path / "templates"
    dossier.mkdir()
    monkeypatch.setattr(moteur.engine.template_loaders[0].loaders[0], "dirs", [dossier])
    (dossier / "fautif.html").write_text("{{ incoonnu }}")
    (dossier / "parent.html").write_text('{% include "fautif.html" %}')
    (dossier / "prevoyant.html").write_text('{{ absent|default:"rien" }}')
    assert moteur.get_template("prevoyant.html").render() == "rien"
    for nom in ("fautif", "parent"):
        with pytest.raises(LookupError, match=r"incoonnu.*fautif"):
            moteur.get_template(f"{nom}.html").render()


def test_commits_hold_neither_data_nor_environment() -> None:
    assert {"/.venv/", "/var/", "/.env"} <= set((RACINE / ".gitignore").read_text().splitlines())
