"""The help: every link, anchor and picture of the guides leads somewhere, and the pages say when they changed."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import RequestFactory
from django.urls import get_resolver, resolve

from correspondants.enums import Role
from projets import guides
from projets.contexte import aide

from . import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]
DOCS = Path(settings.BASE_DIR) / "docs"
PORTAIL = {nom for nom in get_resolver().reverse_dict if isinstance(nom, str)}


def textes() -> dict[str, str]:
    return {code: (guides.DOSSIER / f"{code}.md").read_text(encoding="utf-8") for code in guides.PLAN}


def test_chaque_fichier_est_un_guide_et_chaque_guide_un_fichier() -> None:
    assert {fichier.stem for fichier in guides.DOSSIER.glob("*.md")} == set(guides.PLAN)


def test_les_liens_et_les_images_des_guides_menent_quelque_part() -> None:
    ancres = {un.code: dict(un.sommaire) for un in guides.guides()}
    for code, texte in textes().items():
        for cible in re.findall(r"(?<!!)\[[^\]]+\]\(([^)]+)\)", texte):
            if trouve := re.fullmatch(r"([a-z]+)\.md(?:#(.+))?", cible):
                assert trouve[1] in guides.PLAN, (code, cible)
                assert not trouve[2] or trouve[2] in ancres[trouve[1]], (code, cible)
            else:
                assert resolve(cible), (code, cible)
        for alternatif, image in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", texte):
            assert len(alternatif) > 15, (code, image)
            assert (guides.DOSSIER / image).resolve().parent == DOCS / "images", (code, image)
            assert (guides.DOSSIER / image).exists(), (code, image)
        assert len(set(ancres[code])) == len(re.findall(r"^## ", texte, re.M)), f"{code} : deux titres semblables"
        assert "<" not in texte, code


def test_les_pages_du_portail_renvoient_a_une_partie_qui_existe() -> None:
    ancres = {un.code: dict(un.sommaire) for un in guides.guides()}
    for vue, (code, ancre) in [*guides.SECTIONS.items(), *guides.SECTIONS_DU_PORTEUR.items()]:
        assert ancre in ancres[code], (vue, ancre)
        assert vue in PORTAIL or any(nom.startswith(vue[:-1]) for nom in PORTAIL if vue.endswith("*")), vue
    assert guides.renvoi_pour("troika_publier").adresse == "/aide/troika/#publier-les-decisions"
    assert guides.renvoi_pour("troika_seance").adresse == "/aide/troika/#tenir-la-seance"
    assert guides.renvoi_pour("accueil") is None
    assert guides.renvoi_pour("bilans", porteur=True).adresse == "/aide/porteur/#faire-le-bilan"


def test_les_images_de_la_documentation_restent_legeres() -> None:
    poids = sum(fichier.stat().st_size for fichier in (DOCS / "images").iterdir())
    assert poids <= 2_000_000


def test_un_guide_se_lit_et_se_garde(client) -> None:
    reponse = client.get("/aide/coordination/")
    page = reponse.content.decode()
    assert 'id="verifier-un-dossier"' in page
    assert 'href="#verifier-un-dossier"' in page
    assert re.search(r'<img src="/static/aide/[a-z-]+\.[a-z]+" alt="[^"]{15,}"', page)
    assert '<th scope="col">' in client.get("/aide/porteur/").content.decode()
    assert reponse["Last-Modified"]
    assert client.get("/aide/coordination/", headers={"if-none-match": reponse["ETag"]}).status_code == 304
    assert client.get("/aide/coordination/", headers={"if-modified-since": reponse["Last-Modified"]}).status_code == 304
    assert client.get("/aide/inconnu/").status_code == 404


def test_qui_se_connecte_ne_garde_pas_la_page_d_un_visiteur(client) -> None:
    ancienne = client.get("/aide/")
    client.force_login(fabriques.de_role(Role.IEN))
    page = client.get("/aide/", headers={"if-none-match": ancienne["ETag"]})
    assert page.status_code == 200
    assert "Votre guide" in page.content.decode()
    assert page.content.decode().index("temps scolaire") < page.content.decode().index("Guide du porteur")


def test_une_balise_ecrite_dans_un_guide_reste_du_texte() -> None:
    assert "&lt;script&gt;" in guides._markdown().render("<script>alert(1)</script> et [x](javascript:alert(1))")
    assert "href" not in guides._markdown().render("[x](javascript:alert(1))")


def test_le_renvoi_n_est_lu_que_s_il_sert() -> None:
    requete = RequestFactory().get("/")
    assert not aide(requete)["renvoi_aide"]
