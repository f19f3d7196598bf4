"""What people do by hand beside an answer: nothing of it is lost, and what can be understood is."""

from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from projets.constats import Gravite
from projets.dossier import Dossier
from projets.questionnaire import Referentiel
from projets.word.analyse import ANOMALIES_MAXIMUM, PASSAGES_MAXIMUM
from projets.word.ecriture import ecrire
from projets.word.lecture import Lecture, lire
from projets.word.noms import W
from tests.word.deformations import (
    cellule_de,
    ecrire_dans,
    element,
    libelles_seuls,
    modifier,
    sans_controles,
    tableau_de,
)

Geste = Callable[[Any], None]
Lire = Callable[..., Lecture]


@pytest.fixture
def apres(formulaire: bytes, referentiel: Referentiel) -> Lire:
    """What the theatre file says once these gestures were made on it."""
    return lambda *gestes: lire(modifier(formulaire, *gestes), referentiel)


@pytest.fixture
def sur_vierge(referentiel: Referentiel) -> Lire:
    return lambda *gestes: lire(modifier(ecrire(Dossier(), referentiel), *gestes), referentiel)


def perdus(lue: Lecture) -> list[str]:
    return [fragment.texte for fragment in lue.non_reconnu]


def controle(racine: Any, etiquette: str) -> Any:
    return next(t for t in racine.iter(f"{W}tag") if t.get(f"{W}val") == etiquette).getparent().getparent()


def marque(racine: Any, nom: str) -> Any:
    return next(m for m in racine.iter(f"{W}bookmarkStart") if m.get(f"{W}name") == nom)


def run(texte: str, forme: str = "") -> Any:
    return element(f"<w:r>{f'<w:rPr>{forme}</w:rPr>' if forme else ''}<w:t>{texte}</w:t></w:r>")


# --- tick lists -----------------------------------------------------------------------------------------------------


def test_des_mots_ajoutes_a_une_option_reviennent(apres: Lire, theatre: Dossier) -> None:
    lue = apres(lambda r: controle(r, "dispositifs:pedt").getparent().append(run(" (avec le collège)")))
    assert lue.dossier == theatre
    assert len(perdus(lue)) == 1
    assert perdus(lue)[0].endswith("(avec le collège)")


def test_un_x_colle_a_la_derniere_lettre_coche(sur_vierge: Lire) -> None:
    lue = sur_vierge(lambda r: controle(r, "parcours:citoyen").getparent().append(run("X")))
    assert lue.dossier.parcours == ("citoyen",)
    assert [(a.champ, a.gravite) for a in lue.anomalies] == [("parcours", Gravite.A_VERIFIER)]


@pytest.mark.parametrize(
    "forme",
    [
        "<w:b/>",
        '<w:u w:val="single"/>',
        '<w:highlight w:val="yellow"/>',
        '<w:color w:val="FF0000"/>',
        '<w:shd w:val="clear" w:fill="FFFF00"/>',
    ],
)
def test_un_choix_mis_en_evidence_se_lit_comme_coche(forme: str, sur_vierge: Lire) -> None:
    def souligner(racine: Any) -> None:
        for run_ in controle(racine, "parcours:citoyen").getparent().iter(f"{W}r"):
            proprietes = run_.find(f"{W}rPr")
            if proprietes is None:
                proprietes = etree.Element(f"{W}rPr")
                run_.insert(0, proprietes)
            proprietes.append(element(forme))

    lue = sur_vierge(souligner)
    assert lue.dossier.parcours == ("citoyen",)
    assert [a.champ for a in lue.anomalies] == ["parcours"]


def test_les_mentions_inutiles_rayees_laissent_le_choix(sur_vierge: Lire) -> None:
    def rayer(racine: Any) -> None:
        for tag in racine.iter(f"{W}tag"):
            nom = tag.get(f"{W}val")
            if nom.startswith("parcours:") and nom != "parcours:citoyen":
                for run_ in tag.getparent().getparent().getparent().iter(f"{W}r"):
                    run_.insert(0, element("<w:rPr><w:strike/></w:rPr>"))

    assert sur_vierge(rayer).dossier.parcours == ("citoyen",)


def test_tout_en_gras_ne_dit_rien(sur_vierge: Lire) -> None:
    def grossir(racine: Any) -> None:
        for run_ in cellule_de(racine, "parcours").iter(f"{W}r"):
            run_.insert(0, element("<w:rPr><w:b/></w:rPr>"))

    lue = sur_vierge(grossir)
    assert (lue.dossier.parcours, lue.anomalies) == ((), ())


def test_une_ancienne_liste_deroulante_dit_son_choix(sur_vierge: Lire) -> None:
    def remplacer(racine: Any) -> None:
        cellule = cellule_de(racine, "structure_nature")
        ecrire_dans(cellule, "")
        cellule.find(f"{W}p").append(
            element(
                '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/>'
                '<w:listEntry w:val="École"/><w:listEntry w:val="Association"/></w:ddList></w:ffData></w:fldChar></w:r>'
            )
        )

    assert sur_vierge(remplacer).dossier.structure_nature == "association"


# --- labels ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "intitule",
    ["Titre du projet (obligatoire)", "Question 4 : Titre du projet", "N°4 - Titre du projet", "Q4. Titre du projet :"],
)
def test_un_intitule_numerote_ou_commente_reste_le_meme(intitule: str, apres: Lire, theatre: Dossier) -> None:
    def retaper(racine: Any) -> None:
        next(marque(racine, "cel_titre").getparent().iter(f"{W}t")).text = intitule

    lue = apres(retaper, libelles_seuls)
    assert lue.dossier == theatre
    assert perdus(lue) == []


def test_des_mots_devant_ou_derriere_un_intitule_ne_se_perdent_pas(apres: Lire, theatre: Dossier) -> None:
    def annoter_les_intitules(racine: Any) -> None:
        marque(racine, "cel_titre").addprevious(run("À revoir avec Claire "))
        marque(racine, "cel_partenaires").getparent().append(run(" : voir la liste jointe"))

    lue = apres(annoter_les_intitules)
    assert lue.dossier == theatre
    assert sorted(perdus(lue)) == ["voir la liste jointe", "À revoir avec Claire"]


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("RNA (associations) : W629999999", ("structure_rna", "W629999999")),
        ("Fait à : Liévin.", ("signature_lieu", "Liévin.")),
        ("En cas de reconduction : titre ou numéro du projet précédent : 2025-0012", ("projet_precedent", "2025-0012")),
    ],
)
def test_une_reponse_sur_la_ligne_de_l_intitule(texte: str, attendu: tuple[str, str], sur_vierge: Lire) -> None:
    champ, valeur = attendu

    def taper(racine: Any) -> None:
        cellule = cellule_de(racine, champ)
        ecrire_dans(cellule.getprevious(), texte)
        ecrire_dans(cellule)

    lue = sur_vierge(taper, libelles_seuls)
    assert getattr(lue.dossier, champ) == valeur
    assert perdus(lue) == []


def test_intitule_et_reponse_echanges(apres: Lire, theatre: Dossier) -> None:
    def echanger(racine: Any) -> None:
        cellule = cellule_de(racine, "titre")
        cellule.addnext(cellule.getprevious())

    assert apres(echanger).dossier == theatre


def test_la_reponse_ecrite_sous_l_intitule(sur_vierge: Lire) -> None:
    def ajouter(racine: Any) -> None:
        rangee = next(cellule_de(racine, "titre").iterancestors(f"{W}tr"))
        rangee.addnext(element("<w:tr><w:tc><w:p/></w:tc><w:tc><w:p><w:r><w:t>La mare</w:t></w:r></w:p></w:tc></w:tr>"))

    lue = sur_vierge(ajouter)
    assert lue.dossier.titre == "La mare"
    assert [(a.champ, a.extrait) for a in lue.anomalies] == [("titre", "La mare")]
    assert perdus(lue) == []


def test_un_intitule_inconnu_sans_reponse_n_en_est_pas_une(sur_vierge: Lire) -> None:
    def ajouter(racine: Any) -> None:
        rangee = next(cellule_de(racine, "titre").iterancestors(f"{W}tr"))
        rangee.addnext(element("<w:tr><w:tc><w:p><w:r><w:t>Slogan</w:t></w:r></w:p></w:tc><w:tc><w:p/></w:tc></w:tr>"))

    lue = sur_vierge(ajouter)
    assert lue.dossier == Dossier()
    assert perdus(lue) == ["Slogan"]


def test_une_reponse_encadree_avec_son_controle(apres: Lire, theatre: Dossier) -> None:
    def encadrer(racine: Any) -> None:
        cellule = cellule_de(racine, "titre")
        cadre = element("<w:tbl><w:tr><w:tc/></w:tr></w:tbl>")
        cadre.find(f".//{W}tc").extend(cellule.findall(f"{W}p"))
        cellule.append(cadre)
        cellule.append(element("<w:p/>"))

    lue = apres(encadrer)
    assert lue.dossier == theatre
    assert perdus(lue) == []


# --- numbers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("champ", "texte", "valeur", "reste"),
    [
        ("structure_siret", "néant", "", []),
        ("structure_uai", "-", "", []),
        ("structure_siret", "SIRET : 123 456 782 00010", "12345678200010", []),
        ("structure_code_postal", "62800 Liévin", "62800", ["62800 Liévin"]),
    ],
)
def test_un_numero_au_milieu_de_mots(champ: str, texte: str, valeur: str, reste: list[str], sur_vierge: Lire) -> None:
    lue = sur_vierge(lambda r: ecrire_dans(cellule_de(r, champ), texte))
    assert getattr(lue.dossier, champ) == valeur
    assert perdus(lue) == reste


@pytest.mark.parametrize(("texte", "valeur"), [("24 (dont deux grands-parents)", 24), ("24 (TTC)", None)])
def test_une_precision_entre_parentheses_se_dit(texte: str, valeur: int | None, sur_vierge: Lire) -> None:
    lue = sur_vierge(lambda r: ecrire_dans(cellule_de(r, "nombre_parents"), texte))
    assert lue.dossier.nombre_parents == valeur
    assert [(a.champ, a.extrait) for a in lue.anomalies] == [("nombre_parents", texte)]


@pytest.mark.parametrize(
    ("texte", "attendus"),
    [
        ("Parcours citoyen ; Parcours d’avenir", ("citoyen", "avenir")),
        ("Parcours citoyen, parcours d'avenir et Parcours co-éducation", ("citoyen", "avenir", "co-education")),
        ("citoyen – Parcours citoyen", ("citoyen",)),
    ],
)
def test_des_choix_ecrits_les_uns_apres_les_autres(texte: str, attendus: tuple[str, ...], sur_vierge: Lire) -> None:
    lue = sur_vierge(lambda r: ecrire_dans(cellule_de(r, "parcours"), texte))
    assert lue.dossier.parcours == attendus
    assert perdus(lue) == []


# --- tables ---------------------------------------------------------------------------------------------------------


def test_un_budget_coupe_en_deux_avec_son_entete_est_un_seul_budget(apres: Lire, theatre: Dossier) -> None:
    def couper(racine: Any) -> None:
        tableau = tableau_de(racine, "charges")
        rangees = tableau.findall(f"{W}tr")
        moitie = etree.fromstring(etree.tostring(tableau))
        for rangee in rangees[20:]:
            tableau.remove(rangee)
        for rangee in moitie.findall(f"{W}tr")[1:20]:
            moitie.remove(rangee)
        for doublon in list(moitie.iter(f"{W}bookmarkStart", f"{W}bookmarkEnd")):
            doublon.getparent().remove(doublon)
        tableau.addnext(moitie)
        tableau.addnext(element("<w:p/>"))

    lue = apres(couper)
    assert lue.dossier == theatre
    assert perdus(lue) == []


def test_un_total_sous_les_tranches_d_age_n_est_pas_une_tranche(apres: Lire, theatre: Dossier) -> None:
    def totaliser(racine: Any) -> None:
        ligne = "".join(f"<w:tc><w:p><w:r><w:t>{mot}</w:t></w:r></w:p></w:tc>" for mot in ("Total", "55", "47"))
        tableau_de(racine, "effectifs").append(element(f"<w:tr>{ligne}</w:tr>"))

    assert apres(totaliser).dossier == theatre


def test_des_mots_dans_un_entete_reviennent(apres: Lire, theatre: Dossier) -> None:
    def commenter(racine: Any) -> None:
        for nom in ("cel_interventions_lieu", "cel_produits_compte"):
            marque(racine, nom).getparent().append(run(" (voir le plan joint)"))

    lue = apres(commenter)
    assert lue.dossier == theatre
    assert perdus(lue) == ["(voir le plan joint)"] * 2


def test_des_mots_dans_la_ligne_des_totaux_reviennent(apres: Lire) -> None:
    def commenter(racine: Any) -> None:
        derniere = tableau_de(racine, "charges").findall(f"{W}tr")[-1]
        ecrire_dans(derniere.findall(f"{W}tc")[-1], "à confirmer par la ville")

    assert perdus(apres(commenter, sans_controles)) == ["à confirmer par la ville"]


# --- bounds ---------------------------------------------------------------------------------------------------------


def test_mille_remarques_n_en_font_pas_mille(sur_vierge: Lire) -> None:
    def remplir(racine: Any) -> None:
        ecrire_dans(cellule_de(racine, "parcours"), *(f"☒ Choix inconnu numéro {n}" for n in range(1000)))

    lue = sur_vierge(remplir)
    assert len(lue.anomalies) == ANOMALIES_MAXIMUM + 1
    assert "autres remarques" in lue.anomalies[-1].message
    assert len(lue.non_reconnu) <= PASSAGES_MAXIMUM + 1
    tout = "\n".join(perdus(lue))
    assert all(f"Choix inconnu numéro {n}" in tout for n in range(1000))


def test_des_invites_les_unes_dans_les_autres_se_lisent_une_fois(sur_vierge: Lire) -> None:
    def emboiter(racine: Any) -> None:
        for _ in range(28):
            dedans = cellule_de(racine, "titre").find(f"{W}p")
            enveloppe = element("<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent/></w:sdt>")
            contenu = enveloppe.find(f"{W}sdtContent")
            contenu.extend(list(dedans))
            dedans.append(enveloppe)

    assert sur_vierge(emboiter).dossier == Dossier()


def test_une_valeur_sans_fin_n_est_pas_une_valeur(sur_vierge: Lire) -> None:
    lue = sur_vierge(
        lambda r: ecrire_dans(cellule_de(r, "nombre_parents"), "(" * 20_000),
        lambda r: ecrire_dans(cellule_de(r, "annee"), "1" * 20_000),
    )
    assert {a.champ for a in lue.anomalies} == {"nombre_parents", "annee"}
    assert all("trop long" in a.message for a in lue.anomalies)
