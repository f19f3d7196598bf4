"""A small OpenID provider on the loopback, shaped as ProConnect: nonce and PKCE required, userinfo as a signed JWT.

What it answers is bent by the attributes of ``Fournisseur``, one defect at a time.
"""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "portail", "un-secret-de-test"


class Fournisseur:
    def __init__(self, adresse: str) -> None:
        self.adresse = adresse
        self.cle, self.autre_cle = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
        self.codes: dict[str, dict[str, str]] = {}
        self.remettre()

    def remettre(self) -> None:
        """As ProConnect answers: nothing bent."""
        self.personne = {
            "sub": "agent-1",
            "email": "agent@example.org",
            "email_verified": True,
            "given_name": "Agent",
            "usual_name": "PUBLIC",
            "siret": "13002526500013",
        }
        self.acr = "eidas1"
        self.defauts: set[str] = set()
        self.demande: dict[str, str] = {}

    def signer(self, contenu: dict[str, object], *, defaut: str) -> str:
        maintenant = int(time.time())
        contenu = {"iss": self.adresse, "aud": CLIENT, "iat": maintenant, "exp": maintenant + 60} | contenu
        if f"{defaut}:audience" in self.defauts:
            contenu["aud"] = "un-autre-service"
        if f"{defaut}:emetteur" in self.defauts:
            contenu["iss"] = "https://ailleurs.example"
        if f"{defaut}:perime" in self.defauts:
            contenu["exp"] = maintenant - 600
        if f"{defaut}:sans_signature" in self.defauts:
            return jwt.encode(contenu, None, algorithm="none", headers={"kid": "k1"})
        if f"{defaut}:secret_partage" in self.defauts:
            return jwt.encode(contenu, SECRET * 2, algorithm="HS256", headers={"kid": "k1"})
        cle = self.autre_cle if f"{defaut}:signature" in self.defauts else self.cle
        return jwt.encode(contenu, cle, algorithm="RS256", headers={"kid": "k1"})

    def configuration(self) -> dict[str, object]:
        pages = {"authorization": "authorize", "token": "token", "userinfo": "userinfo", "end_session": "fin"}
        return {"issuer": self.adresse, "jwks_uri": f"{self.adresse}/jwks"} | {
            f"{nom}_endpoint": f"{self.adresse}/{chemin}" for nom, chemin in pages.items()
        }

    def cles(self) -> dict[str, object]:
        publique = jwt.algorithms.RSAAlgorithm.to_jwk(self.cle.public_key(), as_dict=True)
        return {"keys": [publique | {"kid": "k1", "use": "sig", "alg": "RS256"}]}

    def autoriser(self, demande: dict[str, str]) -> str:
        """The person says yes: the address to come back to."""
        self.demande = demande
        code = f"code-{len(self.codes)}"
        self.codes[code] = demande
        return demande["redirect_uri"] + "?" + urlencode({"code": code, "state": demande["state"]})

    def jetons(self, recu: dict[str, str]) -> dict[str, object] | None:
        demande = self.codes.pop(recu.get("code", ""), None)
        if demande is None or (recu.get("client_id"), recu.get("client_secret")) != (CLIENT, SECRET):
            return None
        empreinte = hashlib.sha256(recu.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(empreinte).rstrip(b"=").decode() != demande.get("code_challenge"):
            return None
        nonce = "un-autre-nonce" if "nonce" in self.defauts else demande["nonce"]
        jeton = self.signer({"sub": self.personne["sub"], "nonce": nonce, "acr": self.acr}, defaut="jeton")
        return {"access_token": "acces", "token_type": "Bearer", "expires_in": 60, "id_token": jeton}

    def userinfo(self) -> str:
        personne = self.personne | ({"sub": "quelqu’un-d-autre"} if "autre_personne" in self.defauts else {})
        if "userinfo:json" in self.defauts:
            return json.dumps(personne)
        return self.signer(personne, defaut="userinfo")


class Reponses(BaseHTTPRequestHandler):
    server: "Serveur"

    def log_message(self, *args: object) -> None:
        """Silent: the tests look at answers."""

    def do_GET(self) -> None:
        fournisseur, url = self.server.fournisseur, urlsplit(self.path)
        if url.path == "/.well-known/openid-configuration":
            self._json(fournisseur.configuration())
        elif url.path == "/jwks":
            self._json(fournisseur.cles())
        elif url.path == "/userinfo" and self.headers["Authorization"] == "Bearer acces":
            self._repondre(fournisseur.userinfo().encode(), "application/jwt")
        elif url.path == "/authorize":
            self.send_response(302)
            self.send_header("Location", fournisseur.autoriser({c: v[0] for c, v in parse_qs(url.query).items()}))
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        corps = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        jetons = self.server.fournisseur.jetons({champ: v[0] for champ, v in parse_qs(corps).items()})
        if self.path == "/token" and jetons:
            self._json(jetons)
        else:
            self.send_error(400)

    def _json(self, contenu: object) -> None:
        self._repondre(json.dumps(contenu).encode(), "application/json")

    def _repondre(self, octets: bytes, genre: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", genre)
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)


class Serveur(ThreadingHTTPServer):
    daemon_threads = True
    fournisseur: Fournisseur


@contextmanager
def fournisseur_en_marche() -> Iterator[Fournisseur]:
    with Serveur(("127.0.0.1", 0), Reponses) as serveur:
        serveur.fournisseur = Fournisseur(f"http://127.0.0.1:{serveur.server_port}")
        fil = threading.Thread(target=serveur.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        fil.start()
        try:
            yield serveur.fournisseur
        finally:
            serveur.shutdown()
            fil.join(timeout=5)
