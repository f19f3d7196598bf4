"""Open data of grants: valid against the schema (Frictionless), complete or refused, without natural persons.

``sources/scdl-subventions-2.1.1.json`` holds the fields and constraints of the published schema.
"""

import csv
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from frictionless import Dialect, Resource, Schema, formats

from correspondants.enums import Role
from correspondants.models import Structure
from projets.enums import ConditionsVersement, Financeur
from projets.identifiants import siret_valide
from projets.models import Attribuant, Convention, Passage, SeanceTroika
from projets.publication import Preparation, subventions_de

from . import annee_connue as connue
from . import fabriques

pytestmark = pytest.mark.django_db
SCHEMA = Path(__file__).parent / "sources" / "scdl-subventions-2.1.1.json"
SIRET = "73282932000074"
SIRET_STRUCTURE = "35600000000048"  # La Poste: its own rule, which the schema admits


def attribuants(appel) -> None:
    for financeur in (Financeur.ETAT, Financeur.VILLE):
        Attribuant.objects.create(appel=appel, financeur=financeur, nom=f"Attribuant {financeur}", siret=SIRET)


def erreurs(fichier: Path) -> list[str]:
    """What Frictionless says of a file, then the two checks that the schema's own validator adds."""
    dialecte = Dialect(controls=[formats.CsvControl(delimiter=",")])
    ressource = Resource(
        path=fichier.name, basepath=str(fichier.parent), encoding="utf-8", dialect=dialecte,
        schema=Schema.from_descriptor(json.loads(SCHEMA.read_text("utf-8"))),
    )  # fmt: skip
    trouvees = [erreur.message for tache in ressource.validate().tasks for erreur in tache.errors]
    for ligne in lire(fichier):
        trouvees += [f"{n} n’est pas un SIRET" for n in (ligne["idAttribuant"], ligne["idBeneficiaire"])
                     if n and not siret_valide(n)]  # fmt: skip
        if not ligne["idBeneficiaire"] and not ligne["rnaBeneficiaire"]:
            trouvees.append("ni idBeneficiaire ni rnaBeneficiaire")
    return trouvees


def lire(fichier: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(fichier.read_text("utf-8"))))


@pytest.fixture
def annee_complete(appel):
    projets = connue.construire()
    attribuants(appel)
    Structure.objects.update(siret=SIRET_STRUCTURE)
    return projets


def exporter(dossier: Path, **options: object) -> Path:
    sortie = dossier / "subventions.csv"
    call_command("exporter_bilans", 2026, format="scdl", sortie=str(sortie), **options)
    return sortie


def test_une_annee_complete_est_valide_et_donne_l_argent_au_centime(annee_complete, tmp_path):
    a, b, _ = annee_complete
    Convention.objects.create(
        exercice=b.exercices.get(annee=2026), financeur=Financeur.ETAT, signee_le=date(2026, 3, 1), reference="=1+1",
        versement=ConditionsVersement.AUTRE, modalites="70 %, puis le solde", verse_du=date(2026, 4, 1),
        verse_au=date(2026, 12, 1),
    )  # fmt: skip
    fichier = exporter(tmp_path)
    assert erreurs(fichier) == []
    lignes = lire(fichier)
    assert sum(Decimal(ligne["montant"]) for ligne in lignes) == connue.ACCORDE
    assert [(x["objet"][:2], x["montant"]) for x in lignes] == [
        ("'=", "700.00"), ("..", "600.00"), ("..", "400.00"), ("'@", "850.55"),
    ]  # fmt: skip
    assert lignes[0]["datesPeriodeVersement"] == "2026-01-01/2026-12-31"
    assert lignes[0]["referenceDecision"] == f"{a.numero}-2026"
    convenue = lignes[1]
    assert convenue["dateConvention"] == "2026-03-01"
    assert convenue["referenceDecision"] == "'=1+1"
    assert convenue["conditionsVersement"] == "70 %, puis le solde"
    assert convenue["datesPeriodeVersement"] == "2026-04-01/2026-12-01"


def test_le_controle_voit_ce_qui_est_faux(annee_complete, tmp_path):
    """The validator itself is tried: a file that is wrong in each way is refused."""
    bon = exporter(tmp_path).read_text("utf-8")
    for avant, apres in (
        (SIRET, "73282932000075"), (",1,", ",1.5,"), ("numéraire", "especes"), ("700.00", '"700,00"'), (",non,", ",no,"),
    ):  # fmt: skip
        faux = tmp_path / "faux.csv"
        faux.write_text(bon.replace(avant, apres), "utf-8")
        assert erreurs(faux), (avant, apres)


def test_sans_rien_de_plus_chaque_manque_est_dit_et_rien_ne_s_ecrit(appel, tmp_path, capsys):
    connue.construire()
    with pytest.raises(CommandError, match="4 ligne") as refus:
        exporter(tmp_path)
    assert refus.value.returncode == 3
    assert not (tmp_path / "subventions.csv").exists()
    assert "Le SIRET de la structure" in capsys.readouterr().err
    preparation = Preparation.de(2026)
    assert (preparation.pretes, preparation.incompletes, preparation.montant_incomplet) == (0, 4, connue.ACCORDE)
    assert preparation.financeurs == ("État (préfecture)", "Ville")
    assert len(preparation.projets) == 3
    assert lire(exporter(tmp_path, sans_incompletes=True)) == []


def test_les_incompletes_ne_sont_ecartees_que_sur_demande(annee_complete, tmp_path):
    Attribuant.objects.filter(financeur=Financeur.VILLE).delete()
    with pytest.raises(CommandError):
        exporter(tmp_path)
    fichier = exporter(tmp_path, sans_incompletes=True)
    assert erreurs(fichier) == []
    assert sum(Decimal(ligne["montant"]) for ligne in lire(fichier)) == connue.ACCORDE_ETAT


def test_une_personne_physique_n_est_jamais_publiee(annee_complete, tmp_path):
    Structure.objects.update(personne_physique=True)
    assert lire(exporter(tmp_path)) == []
    assert Preparation.de(2026).personnes_physiques == 4


@pytest.mark.parametrize(
    ("nature", "siret", "rna", "publiable"),
    [
        ("association", "", "W123456789", True),
        ("association", "", "W12345678", False),
        ("ecole", "", "W123456789", False),
        ("association", "12345678901234", "W123456789", False),
        ("prive", SIRET, "", True),
    ],
)
def test_siret_ou_rna(annee_complete, nature, siret, rna, publiable):
    Structure.objects.update(nature=nature, siret=siret, rna=rna)
    assert {une.est_publiable for une in subventions_de(2026)} == {publiable}


def test_un_long_titre_tient_dans_le_schema(annee_complete, tmp_path):
    a = annee_complete[0]
    a.titre = "=" + "Très long\r\n" * 60
    a.save()
    fichier = exporter(tmp_path)
    assert erreurs(fichier) == []
    assert lire(fichier)[0]["objet"].startswith("'=Très long Très")


def test_la_preparation_dit_ce_que_disent_les_lignes(annee_complete):
    _, b, _ = annee_complete
    SeanceTroika.objects.update(publiee_le=None)
    Attribuant.objects.filter(financeur=Financeur.VILLE).delete()
    Convention.objects.create(
        exercice=b.exercices.get(annee=2026), financeur=Financeur.ETAT, signee_le=date(2026, 3, 1)
    )
    lignes, preparation = list(subventions_de(2026)), Preparation.de(2026)
    pretes = [une for une in lignes if une.est_publiable]
    assert len(pretes) == preparation.pretes == 1, "une convention signée tient lieu de date"
    assert preparation.montant_pret == sum(une.montant for une in pretes)
    assert preparation.nombre == len(lignes)
    assert preparation.montant_pret + preparation.montant_incomplet == connue.ACCORDE
    for projet in preparation.projets:
        siennes = [une for une in lignes if une.numero == projet.numero and une.manques]
        assert projet.montant == sum(une.montant for une in siennes)
        assert set(projet.manques) == {manque for une in siennes for manque in une.manques}
        assert (projet.titre, projet.structure) == (siennes[0].titre, siennes[0].structure)


def test_un_siret_faux_n_entre_pas(appel):
    with pytest.raises(ValidationError):
        Attribuant(appel=appel, financeur="etat", nom="X", siret="12345678901234").full_clean()


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.une_seule_base
@pytest.mark.parametrize("role", Role.values)
def test_qui_prepare_les_donnees_ouvertes(client, role, annee_complete):
    client.force_login(fabriques.de_role(role))
    attendu = 200 if role in (Role.COORDINATEUR_EN, Role.COORDINATEUR_VILLE, Role.ADMIN) else 403
    numero = annee_complete[1].numero
    for adresse in (
        reverse("donnees_ouvertes", args=[2026]),
        reverse("donnees_ouvertes_completer", args=[2026, numero]),
    ):
        assert client.get(adresse).status_code == attendu, adresse
    if attendu == 403:
        client.post(reverse("donnees_ouvertes_completer", args=[2026, numero]), {"structure-siret": ""})
        assert set(Structure.objects.values_list("siret", flat=True)) == {SIRET_STRUCTURE}
    fichier = client.get(reverse("subventions_csv", args=[2026]))
    assert fichier.status_code == attendu
    fichier.close()


def saisie(**champs: str) -> dict[str, str]:
    return {
        "structure-siret": "", "structure-rna": "", "convention-etat-versement": "unique",
        "convention-ville-versement": "unique", **champs,
    }  # fmt: skip


def test_completer_un_projet_le_rend_publiable(client, appel):
    _, b, _ = connue.construire()
    attribuants(appel)
    client.force_login(fabriques.de_role(Role.COORDINATEUR_VILLE))
    adresse = reverse("donnees_ouvertes_completer", args=[2026, b.numero])
    page = client.get(reverse("donnees_ouvertes", args=[2026])).content.decode()
    assert adresse in page
    assert "Télécharger le fichier" not in page
    refuse = client.get(reverse("subventions_csv", args=[2026]))
    assert (refuse.status_code, refuse.url) == (302, reverse("donnees_ouvertes", args=[2026]))
    donnees = saisie(**{"structure-siret": "356 000 000 00048", "convention-etat-signee_le": "2026-03-01"})
    assert client.post(adresse, donnees).status_code == 302
    prete = {une.financeur: une for une in subventions_de(2026, b.numero)}
    assert all(une.est_publiable for une in prete.values())
    assert prete["etat"].date_convention == date(2026, 3, 1)
    fait = Passage.objects.filter(projet=b, action="convention").get()
    assert fait.motif == "2026 : SIRET, Date de la convention"
    client.post(adresse, donnees)
    assert Passage.objects.filter(projet=b, action="convention").count() == 1, "rien n’a changé : rien n’est consigné"
    assert Convention.objects.count() == 1


@pytest.mark.une_seule_base
@pytest.mark.parametrize(
    "champs",
    [
        {"structure-siret": "123"},
        {"structure-siret": "\x00" * 14},
        {"structure-rna": "W123456789"},  # a school has none
        {"convention-etat-verse_au": "2026-01-01"},
        {"convention-etat-verse_du": "2026-02-01", "convention-etat-verse_au": "2026-01-01"},
        {"convention-etat-versement": "autre"},
        {"convention-etat-versement": "jamais"},
        {"convention-etat-modalites": "x" * 300},
        {"convention-etat-signee_le": "hier"},
    ],
)
def test_une_saisie_fausse_revient_avec_ce_qui_a_ete_ecrit(client, appel, champs):
    _, b, _ = connue.construire()
    client.force_login(fabriques.de_role(Role.COORDINATEUR_VILLE))
    adresse = reverse("donnees_ouvertes_completer", args=[2026, b.numero])
    reponse = client.post(adresse, saisie(**champs, **{"convention-ville-reference": "<b>D-12</b>"}))
    assert reponse.status_code == 422
    assert "&lt;b&gt;D-12&lt;/b&gt;" in reponse.content.decode()
    assert not Convention.objects.exists()
    assert set(Structure.objects.values_list("siret", flat=True)) == {""}
