"""The menu, the footer and the plan of the site offer each person what that person may open, and nothing else."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from correspondants.enums import Role
from tests import fabriques

pytestmark = pytest.mark.une_seule_base

LIENS = re.compile(r'<li><a href="(/[^"]*)"')


@pytest.mark.django_db
@pytest.mark.parametrize("qui", ["visiteur", "porteur", *Role])
def test_liens_du_menu_et_du_plan_s_ouvrent(qui: str, appel: object, client: Client) -> None:
    if qui == "porteur":
        client.force_login(fabriques.utilisateur())
    elif qui != "visiteur":
        compte = fabriques.de_role(qui)
        compte.is_staff = qui == Role.ADMIN
        compte.is_superuser = qui == Role.ADMIN
        compte.save()
        client.force_login(compte)
    adresses = set(LIENS.findall(client.get(reverse("plan_du_site")).content.decode()))
    assert {"/", "/correspondants/", "/mentions-legales/"} <= adresses
    if qui == "visiteur":  # these send to the login page, and back
        adresses -= {"/suivi/", "/bilans/"}
    refusees = {adresse: code for adresse in adresses if (code := client.get(adresse, follow=True).status_code) != 200}
    assert not refusees


@pytest.mark.django_db
def test_menu_de_chacun(appel: object, client: Client) -> None:
    attendus = {
        Role.COORDINATEUR_EN: {"/coordination/", "/troika/", "/bilans/", "/pilotage/", "/deposer/", "/suivi/"},
        Role.IEN: {"/avis/"},
        Role.PILOTE_VILLE: {"/coordination/", "/troika/", "/bilans/", "/pilotage/"},
    }
    for role, adresses in attendus.items():
        client.force_login(fabriques.de_role(role))
        page = client.get("/").content.decode()
        menu = page[page.index('aria-label="Menu principal"') : page.index("</details>", page.index("Menu principal"))]
        assert set(LIENS.findall(menu)) == adresses | {"/", "/correspondants/"}
