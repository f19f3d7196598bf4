"""What answers JSON: the saving while somebody types, the reading of pasted lines, the probes. Schemas, and junk by Hypothesis.

Schemathesis is left aside: it wants an OpenAPI document of an interface, and these are four addresses of forms, answered to our
own scripts only. The schema of each is here, closed (no property that it does not name); the requests are drawn from the names
that the forms really have. Whatever is sent: never an error of ours, never a page for a script, always the type that is said.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from projets.enums import Statut

from . import fabriques
from .formulaires import postees

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base, pytest.mark.hypothesis]

EXEMPLES = 1000 if settings.get_current_profile_name() == "large" else 12  # ``make fuzz``
FUZZ = settings(max_examples=EXEMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def objet(**proprietes: Any) -> dict[str, Any]:
    return {"type": "object", "properties": proprietes, "required": list(proprietes), "additionalProperties": False}


def liste(de: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": de}


TEXTE = {"type": "string"}
REFUS = objet(erreur=TEXTE, requete=TEXTE)
SCHEMAS = {
    "autosave": objet(
        version={"type": "integer"},
        vu={"type": ["string", "object"]},
        message=TEXTE,
        constats={
            "type": "object",
            "additionalProperties": liste(
                objet(gravite={"enum": ["bloquant", "a_verifier", "conseil"]}, message=TEXTE)
            ),
        },
        illisibles=liste(objet(ancre=TEXTE, message=TEXTE)),
        conflits=liste(TEXTE),
        presence=TEXTE,
    ),
    "collage": objet(
        lignes=liste(
            objet(
                champ={"enum": ["charges", "produits"]},
                compte=TEXTE,
                montants={
                    "type": "array",
                    "items": {"type": ["string", "null"], "pattern": "^−?[0-9 \u00a0\u202f]+,[0-9]{2}$"},
                },
                detail=TEXTE,
                texte=TEXTE,
            )
        ),
        a_voir=liste(TEXTE),
        laissees={"type": "integer", "minimum": 0},
    ),
    "sonde": objet(statut={"enum": ["ok", "indisponible"]}),
    "conflit": objet(message=TEXTE),
}


def verifier(reponse: HttpResponse, schema: str) -> Any:
    """The answer, read as a script would: its type, then its shape."""
    assert reponse.status_code < 500, reponse.content
    assert reponse["X-Content-Type-Options"] == "nosniff"
    if reponse.status_code in (302, 405):
        assert not reponse.content, "une redirection n’a rien à dire"
        return None
    assert reponse["Content-Type"] == "application/json", (reponse.status_code, reponse.content[:200])
    lu = json.loads(reponse.content)
    attendu = {200: SCHEMAS[schema], 409: SCHEMAS["conflit"]}.get(reponse.status_code, REFUS)
    Draft202012Validator(attendu).validate(lu)
    return lu


@pytest.fixture
def script(appel: object) -> Iterator[tuple[Client, Any]]:
    projet = fabriques.brouillon()
    client = Client(raise_request_exception=False)
    client.force_login(projet.porteur)
    return client, projet


SALETES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", "-1", "NaN", "1e999", "9" * 40, "\x00", "12,345", "1 234,50 €", "2026-13-45", "٣", "<b>", "=1+1", "\u202e"]
    ),
    st.integers().map(str),
)


def saisies(client: Client, adresse: str, formulaire: str) -> st.SearchStrategy[dict[str, str]]:
    """Answers to the fields that the page really has, to rows that it may not have, and to what no page asks."""
    champs = sorted(postees(client.get(adresse).content, formulaire))
    assert len(champs) > 3, champs
    reels = st.sampled_from(champs)
    lignes = [champ for champ in champs if re.search(r"-\d+-", champ)]
    decales = st.builds(
        lambda champ, rang: re.sub(r"-\d+-", f"-{rang}-", champ, count=1),
        st.sampled_from(lignes or champs),
        st.sampled_from(["1", "999", "-1", "x"]),
    )
    autres = st.sampled_from(["vu", "relu", "choix-titre", "choix-charges", "inconnu", "charges-TOTAL_FORMS"])
    return st.dictionaries(st.one_of(reels, reels, decales, autres), SALETES, max_size=12)


def envoyer(client: Client, adresse: str, donnees: dict[str, str], entete: str) -> HttpResponse:
    with transaction.atomic():
        reponse = client.post(adresse, donnees, headers={entete: "automatique"})
        transaction.set_rollback(True)
    return reponse


def test_l_enregistrement_automatique_ne_repond_que_du_json(script: tuple[Client, Any]) -> None:
    client, projet = script
    adresses = [reverse("deposer_tout", args=[projet.jeton]), reverse("deposer_section", args=[projet.jeton, "budget"])]

    cas = st.one_of(*(st.tuples(st.just(une), saisies(client, une, "dossier")) for une in adresses))

    @FUZZ
    @given(cas=cas, version=st.sampled_from(["", "0", str(projet.version)]))
    def essayer(cas: tuple[str, dict[str, str]], version: str) -> None:
        adresse, donnees = cas
        verifier(envoyer(client, adresse, {"version": version, **donnees}, "X-Enregistrement"), "autosave")

    essayer()
    lu = verifier(envoyer(client, adresses[0], {"version": str(projet.version)}, "X-Enregistrement"), "autosave")
    assert lu["version"] >= projet.version


def test_la_lecture_des_lignes_collees_ne_repond_que_du_json(script: tuple[Client, Any]) -> None:
    client, projet = script
    adresse = reverse("brouillon_coller", args=[projet.jeton])
    cellules = st.one_of(SALETES, st.sampled_from(["60", "Achats", "Ville", "Autofinancement", "1 500,00", "Total"]))
    textes = st.lists(st.lists(cellules, max_size=4).map("\t".join), max_size=6).map("\n".join)

    @FUZZ
    @given(texte=textes, autres=saisies(client, reverse("deposer_tout", args=[projet.jeton]), "dossier"))
    def essayer(texte: str, autres: dict[str, str]) -> None:
        verifier(envoyer(client, adresse, {**autres, "texte": texte}, "X-Lecture"), "collage")

    essayer()
    lu = verifier(envoyer(client, adresse, {"texte": "60 Achats\t1 500,00"}, "X-Lecture"), "collage")
    assert lu["lignes"] or lu["a_voir"]


def test_un_refus_se_dit_en_json_a_un_script_et_en_page_a_une_personne(script: tuple[Client, Any]) -> None:
    client, projet = script
    autre = fabriques.projet_en(Statut.DEPOSE, porteur=fabriques.utilisateur("autre@example.org"))
    exigeant = Client(enforce_csrf_checks=True)
    exigeant.force_login(projet.porteur)
    refus = {
        reverse("deposer_tout", args=["00000000-0000-4000-8000-000000000000"]): (client, 404),
        reverse("projet_modifier", args=[autre.numero]): (client, 404),
        reverse("deposer_tout", args=[projet.jeton]): (exigeant, 403),
    }
    for adresse, (qui, statut) in refus.items():
        for entetes in (
            {"X-Enregistrement": "automatique"},
            {"X-Lecture": "automatique"},
            {"Accept": "application/json"},
        ):
            reponse = qui.post(adresse, headers=entetes)
            assert reponse.status_code == statut, adresse
            verifier(reponse, "autosave")
        page = qui.post(adresse, headers={"Accept": "text/html,application/json;q=0.9"})
        assert (page.status_code, page["Content-Type"]) == (statut, "text/html; charset=utf-8")
        assert "<html" in page.content.decode()


@pytest.mark.parametrize("nom", ["sante", "sante_vivant", "sante_pret"])
def test_les_sondes_disent_leur_statut_et_rien_d_autre(client: Client, nom: str) -> None:
    assert verifier(client.get(reverse(nom), {"q": "\x00"}, headers={"Accept": "*/*"}), "sonde") == {"statut": "ok"}
    assert client.post(reverse(nom)).status_code == 405
