#!/usr/bin/env python3
"""Run a command against a PostgreSQL server of its own, thrown away at the end.

    outils/avec_postgresql.py COMMANDE [ARGUMENT...]

`DATABASE_URL` tells the command where the server is: a Unix socket in a private directory, so that no port is taken
and no other server is touched. The server is made for speed, not for keeping: a power cut would lose everything.
The exit code is the command's; 69 when PostgreSQL is not there.
"""

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

SANS_SERVICE = 69  # EX_UNAVAILABLE
JETABLE = "POSTGRESQL_JETABLE"  # set for the command: the server is its own, to do anything with
REGLAGES = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "autovacuum": "off",
    "timezone": "UTC",
    "random_page_cost": "1.1",  # as compose.yaml has it
    "jit": "off",
}


def binaires() -> Path:
    """The newest server of the distribution: a `pg_ctl` met on the PATH may come from anywhere."""
    trouves = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda chemin: int(re.match(r"\d+", chemin.parts[-3])[0]),
    )
    if trouves:
        return trouves[-1].parent
    if ailleurs := shutil.which("initdb"):
        return Path(ailleurs).resolve().parent
    print("Erreur : PostgreSQL est introuvable. Installez-le : apt-get install postgresql", file=sys.stderr)
    sys.exit(SANS_SERVICE)


@contextlib.contextmanager
def serveur() -> Iterator[str]:
    """Start a server, give its address, stop and erase it whatever happens."""
    bin_ = binaires()
    dossier = Path(tempfile.mkdtemp(prefix="cite-pg-", dir="/tmp"))  # short: a socket's path is limited to 107 bytes
    identite: dict[str, object] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root; the package made an account for it
        compte = pwd.getpwnam("postgres")
        identite = {"user": compte.pw_uid, "group": compte.pw_gid, "extra_groups": []}
        os.chown(dossier, compte.pw_uid, compte.pw_gid)
    environnement = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}

    def lancer(programme: str, *arguments: str, verifier: bool = True) -> None:
        fait = subprocess.run(
            [str(bin_ / programme), *arguments],
            cwd=dossier,
            env=environnement,
            stdin=subprocess.DEVNULL,
            stdout=journal,
            stderr=subprocess.STDOUT,
            check=False,
            **identite,
        )
        if verifier and fait.returncode:
            print((dossier / "journal").read_text(errors="replace"), file=sys.stderr)
            print(f"Erreur : {programme} a échoué.", file=sys.stderr)
            sys.exit(SANS_SERVICE)

    donnees = dossier / "donnees"
    with (dossier / "journal").open("w") as journal:
        try:
            lancer("initdb", "--pgdata", str(donnees), "--auth=trust", "--username=postgres", "--encoding=UTF8",
                   "--locale=C.UTF-8", "--no-sync")  # fmt: skip
            options = " ".join(f"-c {nom}='{valeur}'" for nom, valeur in REGLAGES.items())
            lancer("pg_ctl", "start", "--pgdata", str(donnees), "--wait", "--silent", "--options",
                   f"{options} -k {dossier}")  # fmt: skip
            lancer("createdb", "--host", str(dossier), "--username", "postgres", "portail")
            yield f"postgresql://postgres@/{dossier}/portail"
        finally:
            lancer("pg_ctl", "stop", "--pgdata", str(donnees), "--mode=immediate", "--silent", verifier=False)
            shutil.rmtree(dossier, ignore_errors=True)


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    # TERM becomes an exception, so that the server is stopped and erased on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with (
        serveur() as adresse,
        subprocess.Popen(sys.argv[1:], env=os.environ | {"DATABASE_URL": adresse, JETABLE: "1"}) as commande,
    ):
        try:
            return commande.wait()
        except BaseException:
            commande.terminate()  # Ctrl-C already reached it; a TERM did not
            with contextlib.suppress(subprocess.TimeoutExpired):
                commande.wait(timeout=20)
            commande.kill()
            raise


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
