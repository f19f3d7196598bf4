"""Figures of the « revue de projets »: worked out on paper for the known year, filtered, in a constant number of queries."""

import csv
import io
from decimal import Decimal

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from correspondants.enums import Role
from projets.enums_portail import MesureANCT
from projets.indicateurs import indicateurs_de
from projets.models import Appel, IndicateurANCT, Parcours, Projet, Thematique

from . import annee_connue as connue
from . import fabriques

pytestmark = pytest.mark.django_db
ATTENDUS = {
    MesureANCT.PROJETS_DEPOSES: 4,
    MesureANCT.PROJETS_VALIDES: 3,
    MesureANCT.STRUCTURES: 1,
    MesureANCT.PARTENAIRES: 3,
    MesureANCT.ENFANTS_PREVUS: connue.ENFANTS_PREVUS,
    MesureANCT.ENFANTS_TOUCHES: connue.ENFANTS_TOUCHES,
    MesureANCT.PARENTS_PREVUS: 30,
    MesureANCT.PARENTS_TOUCHES: 7,
    MesureANCT.PROFESSIONNELS_TOUCHES: 0,
    MesureANCT.MONTANT_DEMANDE: Decimal("3700.00"),
    MesureANCT.MONTANT_ACCORDE: connue.ACCORDE,
    MesureANCT.MONTANT_DEPENSE: connue.CHARGES_REALISEES,
    MesureANCT.COUT_PAR_ENFANT: Decimal("34.01"),
    MesureANCT.PART_QPV: Decimal("0.333"),
    MesureANCT.PART_SCOLAIRE: Decimal("1.000"),
}


@pytest.fixture
def annee(appel):
    _, b, c = connue.construire()
    b.exercices.get(annee=2026).bilan.__class__.objects.filter(exercice__projet=b).update(parents=7)
    c.quartiers.add(*b.quartiers.model.objects.all()[:2])
    return appel


def seul(appel, mesure, **champs) -> IndicateurANCT:
    IndicateurANCT.objects.all().delete()
    return IndicateurANCT.objects.create(appel=appel, code="x", libelle="Essai", mesure=mesure, **champs)


def test_chaque_mesure_sur_l_annee_connue(annee):
    IndicateurANCT.objects.all().delete()
    for rang, mesure in enumerate(MesureANCT):
        IndicateurANCT.objects.create(appel=annee, code=mesure.value, libelle=mesure.label, mesure=mesure, ordre=rang)
    assert {un.code: un.valeur for un in indicateurs_de(2026)} == {m.value: v for m, v in ATTENDUS.items()}
    vides = {un.code: un.valeur for un in indicateurs_de(2031)}
    assert vides[MesureANCT.PART_QPV] is None
    assert vides[MesureANCT.COUT_PAR_ENFANT] is None
    assert vides[MesureANCT.MONTANT_ACCORDE] == 0


def test_un_perimetre_restreint_ne_multiplie_rien(annee):
    parcours = list(Parcours.objects.filter(appel=annee))
    for projet in Projet.objects.all():
        projet.parcours.set(parcours)
    seul(annee, MesureANCT.MONTANT_ACCORDE, parcours=parcours[0], thematique=Thematique.objects.get(code="1"))
    (un,) = indicateurs_de(2026)
    assert un.valeur == connue.ACCORDE
    assert str(parcours[0]) in un.perimetre
    seul(annee, MesureANCT.MONTANT_ACCORDE, thematique=Thematique.objects.get(code="2"))
    assert indicateurs_de(2026)[0].valeur == 0


def test_le_perimetre_est_du_meme_appel_et_l_inactif_se_tait(annee):
    autre = Appel.objects.create(
        code="autre", titre="Autre", cite="Autre", presentation="x", texte_depot="x", texte_financement="x",
        texte_communication="x", plafond_materiel_ht=500, phrase_communication="x",
    )  # fmt: skip
    ailleurs = Parcours.objects.create(appel=autre, code="p", libelle="P")
    with pytest.raises(ValidationError, match="même appel"):
        IndicateurANCT(appel=annee, code="y", libelle="Y", mesure="projets_valides", parcours=ailleurs).full_clean()
    seul(annee, MesureANCT.PROJETS_VALIDES, actif=False)
    assert indicateurs_de(2026) == ()


def test_le_nombre_de_requetes_ne_depend_pas_des_indicateurs(annee, django_assert_num_queries):
    assert IndicateurANCT.objects.count() > 10
    with django_assert_num_queries(2):
        indicateurs_de(2026)


@pytest.mark.une_seule_base
@pytest.mark.parametrize("code", ["xlsx", "ods", "csv"])
def test_les_indicateurs_se_telechargent(client, annee, code):
    client.force_login(fabriques.de_role(Role.COORDINATEUR_EN))
    page = client.get(reverse("pilotage"), {"annee": "2026"}).content.decode()
    assert "Structures financées" in page
    reponse = client.get(reverse("exporter_revue", args=[2026, code]))
    octets = b"".join(reponse.streaming_content)
    reponse.close()
    if code == "csv":
        lignes = {x["Code"]: x for x in csv.DictReader(io.StringIO(octets.decode("utf-8-sig")), delimiter=";")}
        assert lignes["accorde"]["2026"] == "2550,55"
        assert lignes["part-scolaire"]["2026"] == "100,0"
    elif code == "xlsx":
        feuille = openpyxl.load_workbook(io.BytesIO(octets))["Revue de projets"]
        trouvees = {ligne[0].value: ligne[3] for ligne in feuille.iter_rows()}
        assert trouvees["accorde"].value == pytest.approx(2550.55)
        assert "€" in trouvees["accorde"].number_format
        assert trouvees["part-scolaire"].number_format == "0.0%"


@pytest.mark.parametrize(("annee_", "code"), [(2026, "pdf"), (2026, "exe"), (1999, "csv")])
def test_un_format_inconnu_est_introuvable(client, appel, annee_, code):
    client.force_login(fabriques.de_role(Role.ADMIN))
    assert client.get(f"/pilotage/revue-{annee_}.{code}").status_code == 404
    client.force_login(fabriques.de_role(Role.PILOTE_VILLE))
    assert client.get("/pilotage/revue-2026.csv").status_code == 403
