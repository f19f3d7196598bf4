"""The fields that the room writes itself are those that the templates of the portal would write."""

import re

import pytest
from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django.forms import Form
from django.forms.renderers import DjangoTemplates
from django.template.loader import get_template
from django.test.html import parse_html

from projets import seances
from projets.forms.salle import DeportForm, NotesForm, PlaceForm, PresencesForm, VoixForm
from projets.forms.troika import DecisionForm
from projets.models import PointOrdreDuJour
from projets.templatetags.champs_de_salle import champ_partage, champ_seul

from ... import fabriques
from .gestes import COORDINATION, de_role

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]
PIEGE = "\n  « < & > \" ' »\u00a0: {{ x }}</textarea>"


def _formulaires(point: PointOrdreDuJour, donnees: dict[str, str] | None = None) -> list[Form]:
    pilotes = list(seances.PILOTES_EN_ORDRE)
    return [
        VoixForm(donnees, point=point, pilotes=pilotes),
        NotesForm(donnees, point=point),
        DeportForm(donnees, point=point, pilotes=pilotes),
        DeportForm(donnees, point=point, pilotes=pilotes[:1]),
        PresencesForm(donnees, seance=point.seance),
        PlaceForm(donnees, initial={"position": 1, "duree": 10}, point=point.pk),
        DecisionForm(donnees, point=point, par=de_role(COORDINATION), restes={}),
    ]


def _sans_blancs(html: str) -> str:
    """Spaces between tags apart; those of a text, and the line that begins one, are kept."""
    return re.sub(r">\s+<", "><", html.strip())


@pytest.mark.parametrize("rempli", [False, True])
def test_les_champs_ecrits_sont_ceux_des_gabarits(point: PointOrdreDuJour, rempli: bool):
    if rempli:
        fabriques.decider(point.projet)
        point.notes, point.seance.autres_presents = PIEGE, PIEGE
        point.voix.update(motif=PIEGE)
        type(point.decision).objects.update(reserves=PIEGE, hors_temps_scolaire=True)
        point.decision.refresh_from_db()
    comme_avant = get_template("projets/troika/_champ.html")
    for une, autre in zip(_formulaires(point), _formulaires(point), strict=True):
        autre.renderer = DjangoTemplates()
        for nom in une.fields:
            champs = une[nom], autre[nom]
            assert _sans_blancs(str(champs[0])) == _sans_blancs(str(champs[1]))
            gabarit = comme_avant.render({"champ": champs[1], "libelle": "Voix"})
            assert parse_html(champ_partage(champs[0], "Voix")) == parse_html(gabarit)
            if isinstance(une, DecisionForm) and not champs[0].is_hidden:
                assert parse_html(champ_seul(champs[0])) == parse_html(as_crispy_field(champs[1]))


def test_un_champ_qui_revient_garde_ses_erreurs(point: PointOrdreDuJour):
    prefixe = f"decision-{point.pk}"
    form = DecisionForm({f"{prefixe}-motif": "x" * 6000}, point=point, par=de_role(COORDINATION), restes={})
    assert "erreur-champ" in champ_seul(form["motif"])
    assert "is-invalid" in champ_seul(form["sens"])
