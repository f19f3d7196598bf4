"""axe measures a way of drawing a text once; another way, whatever makes it other, it measures anew."""

import pytest
from playwright.sync_api import Page

from . import axe

pytestmark = pytest.mark.une_seule_base
PAGE = """<!doctype html><html lang="fr"><title>Essai</title><style>{style}</style>
<body{corps}><main><h1>Essai</h1><div><p class="note"{attributs}>Un texte de plusieurs mots</p></div></main></body></html>"""
BON, PALE, SOMBRE = ".note {color: #222}", ".note {color: #ccc}", "body {background: #333}"


@pytest.mark.parametrize(
    "autre",
    [
        {"style": PALE},
        {"style": f"{BON} {SOMBRE}"},
        {"style": f"{BON} div {{opacity: .3}}"},
        {"style": f"{BON} main {{background: #444}}"},
        {"style": f"{BON} .pale {{color: #ccc}}", "corps": ' class="pale"', "attributs": ' style="color: inherit"'},
        {"style": f"{BON} p:first-child {{color: #ccc}}"},
        {"style": f"{BON} @media (max-width: 500px) {{p.note {{color: #ccc}}}}", "largeur": 390},
        {"style": f"{BON} @media (prefers-color-scheme: dark) {{p.note {{color: #ccc}}}}", "theme": "dark"},
    ],
)
def test_ce_qui_se_dessine_autrement_est_mesure(
    page: Page, autre: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(axe, "VUES", set())
    page.set_content(PAGE.format(style=BON, corps="", attributs=""))
    assert axe.remarques_axe(page) == []
    connues = set(axe.VUES)
    assert len(connues) == 2  # the title and the text
    assert axe.remarques_axe(page) == []
    assert connues == axe.VUES
    page.set_content(PAGE.format(**{"corps": "", "attributs": "", **autre}))
    page.set_viewport_size({"width": int(autre.get("largeur", 1280)), "height": 900})
    page.emulate_media(color_scheme=autre.get("theme", "light"))
    assert any("color-contrast" in remarque for remarque in axe.remarques_axe(page))


def test_un_texte_connu_n_est_plus_mesure(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(axe, "VUES", set())
    page.set_content(PAGE.format(style=BON, corps="", attributs=""))
    axe.remarques_axe(page)
    page.evaluate("axe._audit.checks['color-contrast'].mesurer = () => false")
    assert axe.remarques_axe(page) == []
    page.set_content(PAGE.format(style=f"{BON} div {{position: absolute}}", corps="", attributs=""))
    axe.remarques_axe(page)
    page.evaluate("axe._audit.checks['color-contrast'].mesurer = () => false")
    assert len(axe.remarques_axe(page)) == 1  # the text is placed: measured each time; the title is not
