"""Words looked for: accents and case do not count, and what is shown is the text itself."""

import pytest

from projets.surlignage import _REDUCTIONS, GARDEES, contient, extrait, mots_de, reduire, surligner


@pytest.mark.parametrize(
    ("cherche", "mots"),
    [
        ("Parents, ÉCOLE !", ["parent", "ecole"]),
        ("cœur d’été", ["coeur", "ete"]),
        ("1.1.2, fin.", ["1.1.2", "fin"]),
        ("a", []),
        ("mare mare", ["mare"]),
        ("\x00 ''", []),
    ],
)
def test_mots(cherche, mots):
    assert mots_de(cherche) == mots


@pytest.mark.parametrize(
    "texte",
    ["Élèves et élève", "Le cœur de l’œuvre", "ﬁlles et garçons", "e\u0301le\u0300ve", "", "Straße İstanbul", "\u0301"],
)
@pytest.mark.parametrize("mots", [["eleve"], ["coeur", "oeuvre"], ["fill"], ["e"], []])
def test_les_morceaux_font_le_texte(texte, mots):
    morceaux = surligner(texte, mots)
    assert "".join(morceau.texte for morceau in morceaux) == texte
    assert any(morceau.trouve for morceau in morceaux) == any(contient(texte, [mot]) for mot in mots)


def test_ce_qui_est_trouve_est_marque():
    assert [m.texte for m in surligner("Élèves et œuvres", ["eleve", "oeuvre"]) if m.trouve] == ["Élève", "œuvre"]
    assert contient("La culture des PARENTS", mots_de("parent cultures"))
    assert not contient("La culture", mots_de("parent culture"))
    assert not contient("Ils se préparent", mots_de("parents"))  # a word is found by its beginning


def test_l_extrait_entoure_le_mot():
    long = "début " * 80 + "une mare pédagogique " + "fin " * 80
    court = extrait(long, ["mare"], 100)
    assert "mare pédagogique" in court
    assert court.startswith("… ")
    assert court.endswith(" …")
    assert len(court) < 110
    assert extrait("court", ["mare"]) == "court"


def test_ce_que_devient_un_caractere_n_est_garde_que_pour_les_plus_courants():
    rares = "".join(map(chr, range(GARDEES, GARDEES + 500)))
    avant = len(_REDUCTIONS)
    assert len(reduire(rares)) >= 1
    assert reduire("Œuvre d’ÉTÉ") == reduire("oeuvre d ete")
    assert avant <= len(_REDUCTIONS) <= GARDEES
    assert not any(code >= GARDEES for code in _REDUCTIONS)
