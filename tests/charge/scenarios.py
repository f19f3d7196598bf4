"""The day of each role, as locust users: what they open, in the proportions of a busy day, with the pauses of people.

Read by locust, not by pytest. ``CHARGE`` names the JSON that ``preparer`` wrote, ``CHARGE_NUE`` the address of the bare page.
"""

import json
import os
import random
from pathlib import Path

from locust import HttpUser, between, task
from locust.clients import ResponseContextManager
from lxml import html

MONDE = json.loads(Path(os.environ["CHARGE"]).read_text(encoding="utf-8"))
NUE = os.environ["CHARGE_NUE"]
WORD = bytes.fromhex(MONDE["word"])
TYPE_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class Personne(HttpUser):
    """Somebody logged in, who reads for a moment between two gestures."""

    abstract = True
    wait_time = between(0.5, 1.5)
    role = ""

    def on_start(self) -> None:
        if self.role:
            self.client.cookies.set(MONDE["cookie"], random.choice(MONDE["sessions"][self.role]))

    def lire(self, adresse: str, nom: str, **options: object) -> html.HtmlElement | None:
        with self.client.get(adresse, name=nom, catch_response=True, **options) as reponse:
            return self._page(reponse)

    def envoyer(self, page: html.HtmlElement, repere: str, nom: str, valeurs: dict[str, str], **options: object) -> str:
        """Sends the form that has the field ``repere``, or whose address is that one; where it led, empty without such a form."""
        posts = [f for f in page.xpath("//main//form") if f.method == "POST"]
        formulaire = next(
            (f for f in posts if repere in f.fields or (f.action or page.base_url).endswith(repere)), None
        )
        if formulaire is None:
            return ""
        champs = [(cle, valeur) for cle, valeur in formulaire.form_values() if cle not in valeurs]
        adresse = formulaire.action or page.base_url
        entetes = {"Referer": page.base_url}
        with self.client.post(
            adresse, [*champs, *valeurs.items()], name=nom, catch_response=True, headers=entetes, **options
        ) as reponse:
            if reponse.status_code in (409, 410, 422):  # somebody else was there first: an answer, not a fault
                reponse.success()
            return reponse.url if self._page(reponse) is not None else ""

    @staticmethod
    def _page(reponse: ResponseContextManager) -> html.HtmlElement | None:
        if reponse.status_code >= 500 or not reponse.content:
            reponse.failure(f"{reponse.status_code}")
            return None
        page = html.fromstring(reponse.content, base_url=reponse.url)
        page.make_links_absolute(reponse.url)
        return page


class Visiteur(Personne):
    weight = 2

    @task
    def accueil(self) -> None:
        self.lire("/", "accueil")
        self.lire("/correspondants/", "annuaire")


class Porteur(Personne):
    weight = 4
    role = "porteur"

    @task(3)
    def suivre(self) -> None:
        page = self.lire("/suivi/", "suivi")
        if page is None:
            return
        projets = [lien for lien in page.xpath("//main//a/@href") if "/projets/" in lien]
        if projets:
            self.lire(random.choice(projets[:5]), "une page du suivi")

    @task(1)
    def deposer(self) -> None:
        """A Word file, from the door to the acknowledgement."""
        page = self.lire("/deposer/", "déposer : la porte")
        if page is None:
            return
        fichier = {"fichier": ("projet.docx", WORD, TYPE_WORD)}
        jeton = self.envoyer(page, "fichier", "déposer : le fichier Word", {}, files=fichier).rstrip("/")
        if "/deposer/" not in jeton:
            return
        page = self.lire(f"{jeton}/deposer/", "déposer : la dernière lecture")
        if page is not None:
            self.envoyer(page, "/deposer/", "déposer : le dépôt", {})


class Coordination(Personne):
    weight = 3
    role = "coordination"

    @task(4)
    def bureau(self) -> None:
        self.lire("/coordination/", "coordination : le bureau")

    @task(2)
    def toute_la_liste(self) -> None:
        page = random.randint(1, 10)
        self.lire(f"/coordination/?tout=1&page={page}", "coordination : la liste")

    @task(2)
    def chercher(self) -> None:
        mot = random.choice(("lecture", "théâtre", "sport", "jardin", "robot"))
        self.lire(f"/coordination/?tout=1&q={mot}", "coordination : une recherche")

    @task(4)
    def projet(self) -> None:
        self.lire(f"/projets/{random.choice(MONDE['numeros'])}/", "coordination : un projet")


class Ien(Personne):
    weight = 1
    role = "ien"

    @task
    def rendre_un_avis(self) -> None:
        page = self.lire("/avis/", "IEN : les avis attendus")
        if page is None:
            return
        demandes = [lien for lien in page.xpath("//main//a/@href") if lien.rstrip("/").rpartition("/")[2].isdigit()]
        if demandes:
            demande = self.lire(random.choice(demandes), "IEN : une demande")
            if demande is not None:
                valeurs = {"sens": "favorable", "motif": "Avis rendu sous charge."}
                self.envoyer(demande, "motif", "IEN : l’avis", valeurs)


class Pilote(Personne):
    weight = 2
    role = "pilote"

    @task(1)
    def seance(self) -> None:
        """The room as it is held: the page once, then what changed every few seconds, and one voice."""
        page = self.lire(f"/troika/{MONDE['seance']}/", "troïka : la séance")
        vu = ""
        for _ in range(5):
            entetes = {"If-None-Match": vu} if vu else {}
            with self.client.get(
                f"/troika/{MONDE['seance']}/etat/", name="troïka : l’état", headers=entetes, catch_response=True
            ) as reponse:
                vu = reponse.headers.get("ETag", "")
                if reponse.status_code in (200, 304):
                    reponse.success()
            self.wait()
        if page is not None and (formulaires := [f for f in page.forms if "/voix/" in (f.action or "")]):
            formulaire = random.choice(formulaires)
            voix = {nom: "pour" for nom in formulaire.fields if nom.startswith("voix_")}
            self.envoyer(page, formulaire.action, "troïka : une voix", voix)

    @task(1)
    def pilotage(self) -> None:
        self.lire("/pilotage/", "pilotage")


class Nue(HttpUser):
    """The measure: the bare Django page, on the same machine at the same moment."""

    weight = 2
    host = NUE
    wait_time = between(0.5, 1.5)

    def on_start(self) -> None:
        self.client.cookies.set(MONDE["cookie"], MONDE["sessions"]["coordination"][0])

    @task
    def page(self) -> None:
        self.client.get(f"{NUE}/nue/", name="page nue")
