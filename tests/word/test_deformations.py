"""A filled form that editors have mangled still says the same; what people type in their own way is read or questioned."""

import copy
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from projets.constats import Gravite
from projets.dossier import Dossier
from projets.questionnaire import Referentiel
from projets.word.ecriture import ecrire
from projets.word.formulaires import DOSSIER
from projets.word.lecture import Lecture, NonReconnu, Source, lire
from projets.word.noms import W14, W
from tests.word.conftest import NOMS
from tests.word.deformations import (
    DEFORMATIONS,
    cases_tapees,
    cases_wingdings,
    cellule_de,
    ecrire_dans,
    element,
    facon_google,
    libelles_perdus,
    libelles_seuls,
    modifier,
    notes_repliees,
    reecrire,
    runs_coupes,
    sans_controles,
    sans_signets,
    suivi,
    tableau_de,
)

Saisir = Callable[..., Lecture]


@pytest.mark.parametrize("deformation", DEFORMATIONS, ids=lambda geste: geste.__name__)
@pytest.mark.parametrize("nom", NOMS)
def test_une_deformation_ne_perd_rien(
    nom: str,
    deformation: Callable[[Any], None],
    verite: Callable[[str], Dossier],
    ecrits: Callable[[str], bytes],
    referentiel: Referentiel,
) -> None:
    lue = lire(modifier(ecrits(nom), deformation), referentiel)
    assert lue.dossier == verite(nom)
    assert [fragment.texte for fragment in lue.non_reconnu] == []
    assert [a for a in lue.anomalies if a.gravite is Gravite.BLOQUANT] == []


@pytest.mark.parametrize("seconde", [runs_coupes, suivi, notes_repliees], ids=lambda geste: geste.__name__)
def test_deux_deformations_a_la_fois(
    seconde: Callable[[Any], None], theatre: Dossier, formulaire: bytes, referentiel: Referentiel
) -> None:
    for premiere in DEFORMATIONS:
        if premiere not in (cases_tapees, cases_wingdings, libelles_perdus, facon_google):
            assert lire(modifier(formulaire, premiere, seconde), referentiel).dossier == theatre, premiere


@pytest.fixture
def saisir(referentiel: Referentiel) -> Saisir:
    """Types values by hand in the cells of the blank form, then reads it."""

    def _saisir(*gestes: Callable[[Any], None], dossier: Dossier | None = None, **valeurs: str) -> Lecture:
        def taper(racine: Any) -> None:
            for champ, texte in valeurs.items():
                ecrire_dans(cellule_de(racine, champ), *texte.split("\n"))

        return lire(modifier(ecrire(dossier or Dossier(), referentiel), *gestes, taper), referentiel)

    return _saisir


@pytest.mark.parametrize(
    "geste", [lambda racine: None, sans_controles, sans_signets], ids=["tel quel", "sans contrôles", "sans signets"]
)
def test_des_valeurs_tapees_a_la_main(saisir: Saisir, geste: Callable[[Any], None]) -> None:
    lue = saisir(
        date_debut="lundi 12 janvier 2026", date_fin="30.6.26", annee="année 2026", nombre_parents="24 parents",
        structure_nature="association", objectif_principal="1.2.2", reconduction="Nouveau projet", engagement_bilan="X",
        engagement_exactitude="oui", communication_engagement="☑", parcours="Parcours citoyen\nparcours d'avenir",
    )  # fmt: skip
    assert lue.dossier.date_debut == date(2026, 1, 12)
    assert lue.dossier.date_fin == date(2026, 6, 30)
    assert (lue.dossier.annee, lue.dossier.nombre_parents) == (2026, 24)
    assert (lue.dossier.structure_nature, lue.dossier.objectif_principal) == ("association", "1.2.2")
    assert (lue.dossier.reconduction, lue.dossier.parcours) == ("nouveau", ("citoyen", "avenir"))
    assert (
        lue.dossier.engagement_bilan
        is lue.dossier.engagement_exactitude
        is lue.dossier.communication_engagement
        is True
    )


def test_une_invite_restee_a_cote_de_la_reponse_ne_compte_pas(saisir: Saisir) -> None:
    def taper_a_cote(racine: Any) -> None:
        for champ, texte in (("titre", "La mare"), ("date_debut", "12/03/2026"), ("nombre_parents", "24")):
            cellule_de(racine, champ).find(f"{W}p").append(element(f"<w:r><w:t>{texte}</w:t></w:r>"))

    lue = saisir(sans_controles, taper_a_cote)
    assert (lue.dossier.titre, lue.dossier.date_debut, lue.dossier.nombre_parents) == ("La mare", date(2026, 3, 12), 24)


def test_une_valeur_illisible_reste_vide_et_se_dit(saisir: Saisir) -> None:
    lue = saisir(
        date_debut="mars 2026", nombre_parents="une dizaine", structure_nature="autre chose", annee="2026-2027"
    )
    assert (lue.dossier.date_debut, lue.dossier.nombre_parents, lue.dossier.structure_nature, lue.dossier.annee) == (
        None,
        None,
        "",
        None,
    )
    dites = {a.champ: (a.gravite, a.extrait) for a in lue.anomalies}
    assert dites == {
        "date_debut": (Gravite.BLOQUANT, "mars 2026"),
        "nombre_parents": (Gravite.BLOQUANT, "une dizaine"),
        "structure_nature": (Gravite.BLOQUANT, "autre chose"),
        "annee": (Gravite.BLOQUANT, "2026-2027"),
    }


def test_le_jour_de_semaine_contredit_se_dit_et_la_date_reste(saisir: Saisir) -> None:
    lue = saisir(date_debut="mardi 12 janvier 2026")
    assert lue.dossier.date_debut == date(2026, 1, 12)
    assert [(a.champ, a.gravite) for a in lue.anomalies] == [("date_debut", Gravite.A_VERIFIER)]


def test_une_croix_a_cote_d_une_case_vide_compte_et_se_dit(saisir: Saisir) -> None:
    def croix(racine: Any) -> None:
        paragraphe = cellule_de(racine, "parcours").findall(f"{W}p")[1]
        paragraphe.append(element("<w:r><w:t xml:space='preserve'> X</w:t></w:r>"))
        cellule_de(racine, "engagement_bilan").find(f"{W}p").append(element("<w:r><w:t>x</w:t></w:r>"))

    lue = saisir(croix)
    assert lue.dossier.parcours == ("avenir",)
    assert lue.dossier.engagement_bilan is True
    assert {a.champ for a in lue.anomalies} == {"parcours", "engagement_bilan"}


def test_l_etat_du_controle_suffit_a_cocher(saisir: Saisir) -> None:
    def cocher(racine: Any) -> None:
        for marque in cellule_de(racine, "quartiers").iter(f"{W14}checked"):
            del marque.attrib[f"{W14}val"]

    assert len(saisir(cocher).dossier.quartiers) == 3


def test_une_liste_dont_les_cases_ont_disparu_n_est_pas_toute_cochee(saisir: Saisir) -> None:
    def sans_cases(racine: Any) -> None:
        for controle in list(cellule_de(racine, "parcours").iter(f"{W}sdt")):
            controle.getparent().remove(controle)

    lue = saisir(sans_cases)
    assert lue.dossier.parcours == ()
    assert [a.champ for a in lue.anomalies] == ["parcours"]


def test_un_choix_inconnu_dans_une_liste_n_est_pas_perdu(saisir: Saisir) -> None:
    def autre(racine: Any) -> None:
        cellule_de(racine, "dispositifs").append(
            element("<w:p><w:r><w:t>Autre : résidence d’artiste</w:t></w:r></w:p>")
        )

    assert (
        NonReconnu("Autre : résidence d’artiste", "Dispositifs auxquels le projet est lié") in saisir(autre).non_reconnu
    )


def test_le_texte_hors_des_questions_revient(saisir: Saisir) -> None:
    def ajouts(racine: Any) -> None:
        corps = racine.find(f"{W}body")
        tableau = corps.findall(f"{W}tbl")[1]
        tableau.addnext(element("<w:p><w:r><w:t>Nous joignons un devis.</w:t></w:r></w:p>"))
        corps.insert(0, element("<w:tbl><w:tblPr/><w:tr><w:tc><w:p><w:r><w:t>Budget annexe</w:t></w:r></w:p></w:tc>"
                                "<w:tc><w:p><w:r><w:t>300</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"))  # fmt: skip

    textes = [fragment.texte for fragment in saisir(ajouts).non_reconnu]
    assert textes == ["Nous joignons un devis.", "Budget annexe | 300"]


def test_le_texte_d_une_zone_flottante_dans_une_reponse_est_lu(saisir: Saisir) -> None:
    def zone(racine: Any) -> None:
        boite = element(
            '<w:r xmlns:v="urn:schemas-microsoft-com:vml"><w:pict><v:shape><v:textbox><w:txbxContent><w:p><w:r><w:t>En zone'
            "</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
        )
        cellule_de(racine, "contexte").find(f"{W}p").append(boite)

    assert saisir(zone).dossier.contexte == "En zone"


def test_une_reponse_ecrite_sous_le_libelle_est_lue(saisir: Saisir) -> None:
    def sous_le_libelle(racine: Any) -> None:
        libelle = cellule_de(racine, "structure_nom").getprevious()
        libelle.append(element("<w:p><w:r><w:t>École Jean-Macé</w:t></w:r></w:p>"))

    assert saisir(sous_le_libelle).dossier.structure_nom == "École Jean-Macé"


def test_un_controle_copie_d_une_autre_question_ne_trompe_pas(saisir: Saisir, referentiel: Referentiel) -> None:
    def copier(racine: Any) -> None:
        controle = next(cellule_de(racine, "porteur_nom").iter(f"{W}sdt"))
        cible = cellule_de(racine, "signataire_nom")
        for ancien in list(cible.iter(f"{W}sdt")):
            ancien.getparent().replace(ancien, copy.deepcopy(controle))

    lue = saisir(copier, dossier=Dossier(porteur_nom="La direction"))
    assert (lue.dossier.porteur_nom, lue.dossier.signataire_nom) == ("La direction", "La direction")


def test_deux_reponses_a_une_question_se_disent(saisir: Saisir) -> None:
    def doubler(racine: Any) -> None:
        rangee = next(cellule_de(racine, "titre").iterancestors(f"{W}tr"))
        copie = copy.deepcopy(rangee)
        ecrire_dans(copie.findall(f"{W}tc")[1], "Autre titre")
        rangee.addnext(copie)

    lue = saisir(doubler, dossier=Dossier(titre="La mare"))
    assert lue.dossier.titre == "La mare"
    assert [(a.champ, a.extrait) for a in lue.anomalies] == [("titre", "Autre titre")]
    assert [fragment.texte for fragment in lue.non_reconnu] == ["Autre titre"]


def test_deux_formulaires_dans_un_fichier_se_disent(theatre: Dossier, referentiel: Referentiel) -> None:
    def doubler(racine: Any) -> None:
        corps = racine.find(f"{W}body")
        for bloc in [copy.deepcopy(enfant) for enfant in corps if enfant.tag != f"{W}sectPr"]:
            for texte in bloc.iter(f"{W}t"):
                texte.text = (texte.text or "").replace("380,00", "999,00").replace("Gaillettes", "Mouettes")
            corps.append(bloc)

    lue = lire(modifier(ecrire(theatre, referentiel), doubler), referentiel)
    assert lue.dossier == theatre
    assert {"structure_nom", "charges"} <= {a.champ for a in lue.anomalies}
    assert any("999,00" in fragment.texte for fragment in lue.non_reconnu)


def test_les_annees_viennent_des_entetes(theatre: Dossier, referentiel: Referentiel) -> None:
    def echanger(racine: Any) -> None:
        for champ in ("charges", "produits"):
            rangee = tableau_de(racine, champ).find(f"{W}tr")
            for texte in rangee.iter(f"{W}t"):
                texte.text = {"Année 2026 (€)": "Budget 2027", "Année 2027 (€)": "Budget 2026"}.get(
                    texte.text, texte.text
                )

    lue = lire(modifier(ecrire(theatre, referentiel), echanger), referentiel)
    assert [(c.montant_n, c.montant_n1) for c in lue.dossier.charges] == [
        (c.montant_n1, c.montant_n) for c in theatre.charges
    ]


def test_une_annee_qui_contredit_les_entetes_se_dit(saisir: Saisir, theatre: Dossier) -> None:
    lue = saisir(dossier=theatre, annee="2030")
    assert [(a.champ, a.gravite) for a in lue.anomalies] == [("annee", Gravite.BLOQUANT)]
    assert lue.dossier.charges == theatre.charges


def test_un_total_faux_se_dit(theatre: Dossier, referentiel: Referentiel) -> None:
    def fausser(racine: Any) -> None:
        total = tableau_de(racine, "charges").findall(f"{W}tr")[-1]
        ecrire_dans(total.findall(f"{W}tc")[1], "7 000,00")

    lue = lire(modifier(ecrire(theatre, referentiel), fausser), referentiel)
    assert lue.dossier == theatre
    assert [(a.champ, a.gravite, a.extrait) for a in lue.anomalies] == [
        ("charges", Gravite.A_VERIFIER, "7\u202f000,00\u00a0€")
    ]


def test_un_montant_ambigu_dans_un_tableau_garde_sa_ligne(theatre: Dossier, referentiel: Referentiel) -> None:
    def ambigu(racine: Any) -> None:
        rangee = next(
            r for r in tableau_de(racine, "charges").findall(f"{W}tr") if "Projecteurs" in "".join(r.itertext())
        )
        ecrire_dans(rangee.findall(f"{W}tc")[3], "1.234")

    lue = lire(modifier(ecrire(theatre, referentiel), ambigu), referentiel)
    rang = next(rang for rang, charge in enumerate(theatre.charges) if charge.detail == "Projecteurs")
    assert "charges" in {a.champ.split(".")[0] for a in lue.anomalies}
    assert [a.extrait for a in lue.anomalies if a.champ.startswith("charges.") or a.extrait == "1.234"] == ["1.234"]
    assert len(lue.dossier.charges) in (len(theatre.charges), len(theatre.charges) - 1)
    assert lue.dossier.charges[rang] != theatre.charges[rang]


def test_une_colonne_inconnue_n_est_pas_perdue(theatre: Dossier, referentiel: Referentiel) -> None:
    def ajouter(racine: Any) -> None:
        for rang, rangee in enumerate(tableau_de(racine, "partenaires").findall(f"{W}tr")):
            rangee.append(
                element(
                    f"<w:tc><w:p><w:r><w:t>{'Observations' if rang == 0 else f'note {rang}'}</w:t></w:r></w:p></w:tc>"
                )
            )

    lue = lire(modifier(ecrire(theatre, referentiel), ajouter), referentiel)
    assert lue.dossier == theatre
    assert "Observations : note 1" in [fragment.texte for fragment in lue.non_reconnu]


def test_une_cellule_fusionnee_vaut_pour_ses_lignes(theatre: Dossier, referentiel: Referentiel) -> None:
    def fusionner(racine: Any) -> None:
        rangees = tableau_de(racine, "interventions").findall(f"{W}tr")
        for rangee, valeur in ((rangees[1], "restart"), (rangees[2], "continue")):
            cellule = rangee.findall(f"{W}tc")[7]
            cellule.find(f"{W}tcPr").insert(1, element(f'<w:vMerge w:val="{valeur}"/>'))
            if valeur == "continue":
                ecrire_dans(cellule)

    lue = lire(modifier(ecrire(theatre, referentiel), fusionner), referentiel)
    assert [i.intervenants for i in lue.dossier.interventions] == [i.intervenants for i in theatre.interventions]


def test_strict_et_partie_principale_d_un_autre_nom(
    theatre: Dossier, formulaire: bytes, referentiel: Referentiel
) -> None:
    def strict(contenu: bytes) -> bytes:
        return contenu.replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        )

    def autre_nom(contenu: bytes) -> bytes:
        return contenu.replace(b"word/document.xml", b"word/document2.xml")

    octets = reecrire(
        formulaire,
        {"word/document.xml": strict, "_rels/.rels": autre_nom, "[Content_Types].xml": autre_nom},
        {"word/document.xml": "word/document2.xml", "word/_rels/document.xml.rels": "word/_rels/document2.xml.rels"},
    )
    assert lire(octets, referentiel).dossier == theatre


def test_un_formulaire_sans_tableaux_se_lit_ligne_a_ligne(referentiel: Referentiel) -> None:
    lignes = [
        "Nom de la structure : École Jean-Macé",
        "Titre du projet\tLa mare",
        "Résumé",
        "Creuser.",
        "Planter.",
        "Courriel : a@example.org",
    ]

    def en_texte(racine: Any) -> None:
        corps = racine.find(f"{W}body")
        for enfant in list(corps):
            corps.remove(enfant)
        for ligne in lignes:
            avant, _, apres = ligne.partition("\t")
            suite = f"<w:tab/><w:t>{apres}</w:t>" if apres else ""
            corps.append(element(f"<w:p><w:r><w:t>{avant}</w:t>{suite}</w:r></w:p>"))

    lue = lire(modifier(ecrire(Dossier(), referentiel), en_texte), referentiel)
    assert lue.dossier == Dossier(
        structure_nom="École Jean-Macé", titre="La mare", resume="Creuser.\nPlanter.", porteur_courriel="a@example.org"
    )
    assert set(lue.provenances.values()) == {Source.LIBELLE}


def test_un_document_qui_n_est_pas_le_formulaire_rend_tout_son_texte(referentiel: Referentiel) -> None:
    def autre(racine: Any) -> None:
        corps = racine.find(f"{W}body")
        for enfant in list(corps):
            corps.remove(enfant)
        corps.append(element("<w:p><w:r><w:t>Cher Monsieur,</w:t></w:r></w:p>"))

    lue = lire(modifier(ecrire(Dossier(), referentiel), autre), referentiel)
    assert lue.dossier == Dossier()
    assert lue.non_reconnu == (NonReconnu("Cher Monsieur,"),)
    assert [(a.gravite, a.message.replace("\u00a0", " ")) for a in lue.anomalies] == [
        (Gravite.BLOQUANT, DOSSIER.non_reconnu)
    ]


def test_les_provenances_disent_ce_qui_a_situe_la_reponse(formulaire: bytes, referentiel: Referentiel) -> None:
    def source(*gestes: Callable[[Any], None]) -> Source:
        return lire(modifier(formulaire, *gestes), referentiel).provenances["titre"]

    assert source() is Source.CONTROLE
    assert source(sans_controles) is Source.SIGNET
    assert source(libelles_seuls) is Source.LIBELLE


def test_un_libelle_meconnaissable_se_lit_par_sa_place_et_se_dit(saisir: Saisir) -> None:
    def renommer(racine: Any) -> None:
        rangee = next(cellule_de(racine, "titre").iterancestors(f"{W}tr")).getnext().getnext()
        ecrire_dans(rangee.findall(f"{W}tc")[0], "Avant, c’était quoi ?")
        ecrire_dans(rangee.findall(f"{W}tc")[1], "Édition 2025")

    lue = saisir(renommer, dossier=Dossier(titre="a", resume="b"))
    assert lue.dossier.projet_precedent == "Édition 2025"
    assert lue.provenances["projet_precedent"] is Source.POSITION
    assert [a.champ for a in lue.anomalies] == ["projet_precedent"]


def test_les_montants_se_lisent_dans_toutes_les_ecritures(theatre: Dossier, referentiel: Referentiel) -> None:
    def ecritures(racine: Any) -> None:
        for champ in ("charges", "produits"):
            for rang, texte in enumerate(tableau_de(racine, champ).iter(f"{W}t")):
                nu = (texte.text or "").replace("\u202f", "")
                if nu.replace(",", "").isdecimal() and "," in nu:
                    valeur = Decimal(nu.replace(",", "."))
                    texte.text = [f"{valeur} €", f"{valeur:,}".replace(",", " ") + " EUR", f"{nu}€", f" {nu} euros "][
                        rang % 4
                    ]

    assert lire(modifier(ecrire(theatre, referentiel), ecritures), referentiel).dossier == theatre
