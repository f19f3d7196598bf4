"""The map: outlines and schools in their places, north up; no map at all rather than half of one."""

import copy
import re

import pytest
from django.core.cache import caches
from django.core.exceptions import ValidationError

from correspondants.geometrie import lire_contour
from correspondants.models import Etablissement, Quartier
from projets.carte import HAUTEUR_MAX, LARGEUR, carte

pytestmark = pytest.mark.une_seule_base
CARRE = {
    "type": "Polygon",
    "coordinates": [[[2.75, 50.41], [2.76, 50.41], [2.76, 50.42], [2.75, 50.42], [2.75, 50.41]]],
}


def deplace(contour: dict, est: float, nord: float) -> dict:
    copie = copy.deepcopy(contour)
    copie["coordinates"] = [[[x + est, y + nord] for x, y in anneau] for anneau in copie["coordinates"]]
    return copie


@pytest.mark.parametrize(
    "contour",
    [
        None, [], "x", {"type": "Point", "coordinates": [2, 50]}, {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}, {"type": "Polygon", "coordinates": "abc"},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
        {"type": "Polygon", "coordinates": [[[50.4, 91], [1, 0], [1, 1], [50.4, 91]]]},
        {"type": "Polygon", "coordinates": [[[True, 0], [1, 0], [1, 1], [True, 0]]]},
        {"type": "Feature", "geometry": None}, {"type": "MultiPolygon", "coordinates": [1]},
    ],
)  # fmt: skip
def test_un_contour_faux_est_refuse_avec_une_phrase(contour):
    with pytest.raises(ValueError, match=r"GeoJSON|vide"):
        lire_contour(contour)
    if contour is not None:
        with pytest.raises(ValidationError):
            Quartier(code="q", nom="Q", contour=contour).clean()


def test_un_contour_se_lit_sous_ses_trois_formes():
    anneaux = lire_contour(CARRE)
    assert lire_contour({"type": "Feature", "geometry": CARRE}) == anneaux
    assert lire_contour({"type": "MultiPolygon", "coordinates": [CARRE["coordinates"]]}) == anneaux


def test_la_carte_garde_les_places_et_les_proportions():
    quartiers = [Quartier(nom="Sud-ouest", contour=CARRE), Quartier(nom="Nord-est", contour=deplace(CARRE, 0.02, 0.03))]
    ecoles = [Etablissement(nom="Au sud", longitude="2.755", latitude="50.405"), Etablissement(nom="Sans lieu")]
    dessin = carte(quartiers, ecoles)
    ouest, est = dessin.zones
    assert (ouest.lettre, est.lettre) == ("A", "B")
    assert ouest.x < est.x
    assert ouest.y > est.y  # the north is up
    (ecole,) = dessin.reperes
    assert ecole.y > ouest.y
    nombres = [int(n) for n in re.findall(r"\d+", ouest.trace + est.trace)]
    assert min(nombres) > 0
    assert max(nombres[::2]) < LARGEUR
    assert max(nombres[1::2]) < dessin.hauteur <= HAUTEUR_MAX
    xs, ys = nombres[0:10:2], nombres[1:10:2]
    assert (max(xs) - min(xs)) / (max(ys) - min(ys)) == pytest.approx(
        0.637, abs=0.01
    )  # cos(50.4°): metres, not degrees
    assert carte([*quartiers, Quartier(nom="Sans contour")], ecoles) is None
    assert carte([], ecoles) is None


@pytest.mark.django_db
def test_la_page_de_l_appel_montre_la_carte_quand_tout_est_situe(client, appel):
    assert "Carte des quartiers" not in client.get("/appel/?x=1").content.decode()
    for rang, quartier in enumerate(Quartier.objects.all()):
        quartier.contour = deplace(CARRE, rang * 0.02, 0)
        quartier.save()
    Etablissement.objects.exclude(niveau=None).update(longitude="2.76", latitude="50.41")
    caches["memoire"].clear()
    page = client.get("/appel/?x=1").content.decode()
    assert page.count('class="carte-zone"') == Quartier.objects.count()
    assert "style=" not in page
