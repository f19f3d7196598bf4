"""Nothing is lost between a Dossier and its Word form, nor when LibreOffice has saved it in between."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, example, find, given, settings
from hypothesis import strategies as st

from projets.constats import Gravite
from projets.dossier import Charge, Dossier, Partenaire
from projets.questionnaire import Option, Referentiel, normaliser
from projets.regles import constater
from projets.word.ecriture import ecrire
from projets.word.formulaires import DOSSIER
from projets.word.lecture import Source, lire
from tests.referentiels import referentiel as construire
from tests.word.conftest import EXEMPLES, NOMS
from tests.word.strategies import dossiers, lignes

APPEL = construire()
LENT = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@LENT
@given(dossiers(APPEL))
@example(Dossier(signature_lieu="école 5 chiffres…", resume="Écrivez ici…\nnombre…"))
def test_lire_ecrire_ne_perd_rien(dossier: Dossier) -> None:
    lue = lire(ecrire(dossier, APPEL), APPEL)
    assert lue.dossier == dossier
    assert lue.anomalies == lue.non_reconnu == ()
    assert Source.POSITION not in lue.provenances.values()


@settings(LENT, max_examples=5)
@given(st.data(), st.sampled_from([0, 1, 60]))
def test_lire_ecrire_garde_de_0_a_60_lignes(donnees: st.DataObject, nombre: int) -> None:
    valeurs = {}
    for nom in ("partenaires", "interventions", "charges", "produits", "materiels", "indicateurs", "effectifs"):
        classe = next(q.ligne for q in DOSSIER.tableaux if q.identifiant == nom)
        valeurs[nom] = tuple(donnees.draw(lignes(classe, APPEL)) for _ in range(min(nombre, 3))) * (
            20 if nombre == 60 else 1
        )
    dossier = normaliser(Dossier(annee=2026, **valeurs))
    assert lire(ecrire(dossier, APPEL), APPEL).dossier == dossier


def test_le_formulaire_vierge_ne_dit_rien(referentiel: Referentiel) -> None:
    lue = lire(ecrire(Dossier(), referentiel), referentiel)
    assert lue.dossier == Dossier()
    assert lue.anomalies == lue.non_reconnu == ()
    assert len(lue.provenances) == len(Dossier().vers_json())


def test_un_code_d_un_autre_appel_est_dit(referentiel: Referentiel) -> None:
    lue = lire(ecrire(Dossier(structure_nature="inconnue"), referentiel), referentiel)
    assert lue.dossier.structure_nature == ""
    assert [(a.champ, a.gravite, a.extrait) for a in lue.anomalies] == [
        ("structure_nature", Gravite.BLOQUANT, "inconnue")
    ]


def test_des_options_aux_libelles_semblables_restent_distinctes(referentiel: Referentiel) -> None:
    parcours = tuple(
        Option(code, libelle)
        for code, libelle in (("a", "Parcours"), ("b", "parcours !"), ("c-d", "Parcours"), ("x", "X"))
    )
    comptes = (
        Option("60-A", "Achats", ("60 Achats",)),
        Option("60-B", "Achats", ("60 Achats",)),
        Option("tot", "Total", ("Total",)),
    )
    autre = Referentiel(
        "autre", "Un autre appel", "Une autre cité", "7", {**referentiel.listes, "parcours": parcours, "comptes_charges": comptes},
        referentiel.plafond_materiel_ht,
    )  # fmt: skip
    dossier = normaliser(
        Dossier(
            parcours=("b", "x"),
            annee=2026,
            charges=(
                Charge("60-B", "", Decimal(5), None),
                Charge("tot", "", Decimal(7), None),
                Charge("60-B", "bis", None, Decimal(1)),
                Charge("60-A", "", Decimal(2), None),
            ),
        )
    )
    assert lire(ecrire(dossier, autre), autre).dossier == dossier


@pytest.mark.parametrize("nom", NOMS)
def test_les_exemples_disent_leur_verite(nom: str, verite: Callable[[str], Dossier], referentiel: Referentiel) -> None:
    lue = lire((EXEMPLES / f"{nom}.docx").read_bytes(), referentiel)
    assert lue.dossier == verite(nom)
    assert lue.anomalies == lue.non_reconnu == ()
    champs = {c.champ for c in constater(lue.dossier, referentiel)}
    fautes = {"interventions.2.etablissement", "produits", "materiels.0.prix_unitaire_ht"}
    assert champs == (fautes if nom == "mare-pedagogique" else set())


def test_trois_exemples_viennent_de_libreoffice_et_un_court_sur_deux_annees(verite: Callable[[str], Dossier]) -> None:
    assert len(NOMS) == 6
    assert [nom for nom in NOMS if len(verite(nom).annees) == 2] == ["ateliers-theatre"]


def test_libreoffice_enregistre_sans_rien_perdre(
    libreoffice: Callable[..., list[bytes]], verite: Callable[[str], Dossier], referentiel: Referentiel
) -> None:
    textes = {
        "caracteres": Dossier(
            titre="« L’œuf & <la> poule » 🎭", resume="a\n\nb\n—\nc", partenaires=(Partenaire("Total", "x"),)
        )
    }
    envoyes = [Dossier(), *map(verite, NOMS), *textes.values(), *_tires_au_sort()]
    rendus = libreoffice(*(ecrire(dossier, referentiel) for dossier in envoyes))
    for dossier, octets in zip(envoyes, rendus, strict=True):
        lue = lire(octets, referentiel)
        assert lue.dossier == dossier
        assert lue.non_reconnu == ()


def _tires_au_sort() -> list[Dossier]:
    """A few generated dossiers, always the same ones, of the letters that LibreOffice keeps as they are."""
    conditions = (
        lambda d: len(d.charges) > 2 and d.annee is not None,
        lambda d: len(d.interventions) > 2 and len(d.parcours) > 1,
        lambda d: len(d.materiels) > 1 and d.communication_engagement,
    )
    reglage = settings(database=None, derandomize=True, max_examples=300, deadline=None, phases=[Phase.generate],
                       suppress_health_check=list(HealthCheck))  # fmt: skip
    return [find(dossiers(APPEL, lettres="latin"), condition, settings=reglage) for condition in conditions]
