"""The porteur's own file comes back with one comment per Constat, untouched otherwise, and opens everywhere."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import pytest
from lxml import etree

from projets.dossier import Dossier
from projets.questionnaire import Referentiel
from projets.regles import Constat, Gravite, constater
from projets.word.annotation import annoter
from projets.word.controle import en_strict
from projets.word.ecriture import ecrire
from projets.word.lecture import lire
from projets.word.noms import W
from projets.word.refus import FichierRefuse
from projets.word.resultats import AUTEUR_DU_PORTAIL
from tests.word.conftest import EXEMPLES
from tests.word.deformations import DEFORMATIONS, element, modifier, reecrire

CONSTATS = (
    Constat("titre", Gravite.BLOQUANT, "Répondez à « Titre du projet ».", extrait="?"),
    Constat("resume", Gravite.A_VERIFIER, "Raccourcissez le texte."),
    Constat("charges.0.montant_n", Gravite.BLOQUANT, "Écrivez le montant."),
    Constat("charges.99.montant_n", Gravite.BLOQUANT, "Une ligne qui n’existe pas."),
    Constat("produits", Gravite.BLOQUANT, "Le budget n’est pas équilibré.", "Cerfa 12156"),
    Constat("parcours", Gravite.CONSEIL, "Un seul parcours suffit."),
    Constat("", Gravite.CONSEIL, "Merci pour ce beau projet."),
)


RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def commentaires(octets: bytes) -> list[tuple[str, str]]:
    """Author and text of each comment."""
    racine = etree.fromstring(zipfile.ZipFile(io.BytesIO(octets)).read("word/comments.xml"))
    return [(c.get(f"{W}author"), "".join(c.itertext())) for c in racine.iter(f"{W}comment")]


def texte_ancre(octets: bytes, rang: int) -> str:
    """Text between the marks of one comment."""
    racine = etree.fromstring(zipfile.ZipFile(io.BytesIO(octets)).read("word/document.xml"))
    dedans, textes = False, []
    for noeud in racine.iter(f"{W}commentRangeStart", f"{W}commentRangeEnd", f"{W}t"):
        if noeud.tag == f"{W}t":
            textes += [noeud.text or ""] if dedans else []
        elif noeud.get(f"{W}id") == str(rang):
            dedans = noeud.tag == f"{W}commentRangeStart"
    return "".join(textes)


def test_un_commentaire_par_constat_a_sa_place(formulaire: bytes, theatre: Dossier, referentiel: Referentiel) -> None:
    annote = annoter(formulaire, CONSTATS, referentiel)
    assert [auteur for auteur, _ in commentaires(annote)] == [AUTEUR_DU_PORTAIL] * len(CONSTATS)
    assert "À corriger – Titre du projet. Répondez" in commentaires(annote)[0][1]
    assert "Nous avons lu" in commentaires(annote)[0][1]
    assert texte_ancre(annote, 0) == theatre.titre
    assert texte_ancre(annote, 1) == theatre.resume.replace("\n", "")
    assert texte_ancre(annote, 2) == "380,00"
    assert texte_ancre(annote, 4) == "Produits"
    assert texte_ancre(annote, 5).startswith("☐ Parcours citoyen")


def test_le_contenu_reste_le_meme(formulaire: bytes, referentiel: Referentiel) -> None:
    annote = annoter(formulaire, CONSTATS, referentiel)
    assert lire(annote, referentiel) == lire(formulaire, referentiel)
    textes = [
        "".join(etree.fromstring(zipfile.ZipFile(io.BytesIO(octets)).read("word/document.xml")).itertext(f"{W}t"))
        for octets in (formulaire, annote)
    ]
    assert textes[0] == textes[1]


def test_annoter_deux_fois_remplace_les_commentaires_du_portail(formulaire: bytes, referentiel: Referentiel) -> None:
    document = docx.Document(io.BytesIO(formulaire))
    document.add_comment(
        document.paragraphs[0].add_run("x"), text="À relire ensemble", author="Une collègue", initials="UC"
    )
    document.save(sortie := io.BytesIO())
    une_fois = annoter(sortie.getvalue(), CONSTATS, referentiel)
    deux_fois = annoter(une_fois, CONSTATS[:2], referentiel)
    assert [auteur for auteur, _ in commentaires(deux_fois)] == ["Une collègue", AUTEUR_DU_PORTAIL, AUTEUR_DU_PORTAIL]
    racine = etree.fromstring(zipfile.ZipFile(io.BytesIO(deux_fois)).read("word/document.xml"))
    for marque in ("commentRangeStart", "commentRangeEnd", "commentReference"):
        assert len(list(racine.iter(f"{W}{marque}"))) == 3
    sans = annoter(deux_fois, (), referentiel)
    assert [auteur for auteur, _ in commentaires(sans)] == ["Une collègue"]
    assert "À relire ensemble" in [fragment.texte for fragment in lire(sans, referentiel).non_reconnu]


@pytest.mark.parametrize("deformation", DEFORMATIONS, ids=lambda geste: geste.__name__)
def test_un_fichier_deforme_s_annote(
    deformation: Callable[[Any], None], theatre: Dossier, formulaire: bytes, referentiel: Referentiel
) -> None:
    annote = annoter(modifier(formulaire, deformation), CONSTATS, referentiel)
    assert len(commentaires(annote)) == len(CONSTATS)
    assert lire(annote, referentiel).dossier == theatre


def test_le_formulaire_vierge_s_annote(referentiel: Referentiel) -> None:
    constats = constater(Dossier(), referentiel)
    assert len(commentaires(annoter(ecrire(Dossier(), referentiel), constats, referentiel))) == len(constats) > 10


def test_une_cellule_sans_paragraphe_s_annote(formulaire: bytes, referentiel: Referentiel) -> None:
    def vider(racine: Any) -> None:
        marque = next(m for m in racine.iter(f"{W}bookmarkStart") if m.get(f"{W}name") == "cel_titre")
        cellule = next(marque.iterancestors(f"{W}tc")).getnext()
        for paragraphe in list(cellule.iter(f"{W}p")):
            cellule.remove(paragraphe)

    assert len(commentaires(annoter(modifier(formulaire, vider), CONSTATS[:1], referentiel))) == 1


def test_libreoffice_ouvre_le_fichier_annote_et_garde_les_commentaires(
    libreoffice: Callable[..., list[bytes]], formulaire: bytes, referentiel: Referentiel
) -> None:
    faute = (EXEMPLES / "mare-pedagogique.docx").read_bytes()
    fautes = constater(lire(faute, referentiel).dossier, referentiel)
    rendus = libreoffice(annoter(formulaire, CONSTATS, referentiel), annoter(faute, fautes, referentiel))
    assert [len(commentaires(octets)) for octets in rendus] == [len(CONSTATS), 3]


def parties(octets: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        return {nom: archive.read(nom) for nom in archive.namelist()}


def test_les_autres_parties_sont_les_memes_octet_pour_octet(formulaire: bytes, referentiel: Referentiel) -> None:
    avec_image = reecrire(formulaire, {}, ajouts={"word/media/photo.jpg": bytes(range(256)) * 40})
    avant, apres = parties(avec_image), parties(annoter(avec_image, CONSTATS, referentiel))
    assert set(apres) - set(avant) == {"word/comments.xml"}
    changees = {nom for nom, contenu in avant.items() if apres[nom] != contenu}
    assert changees == {"[Content_Types].xml", "word/document.xml", "word/_rels/document.xml.rels"}
    assert annoter(formulaire, (), referentiel) != b""


@pytest.mark.parametrize("cible", ["media/absente.png", "NULL", "../customXml/item9.xml"])
def test_une_relation_qui_ne_mene_nulle_part_ne_gene_pas(
    cible: str, formulaire: bytes, referentiel: Referentiel
) -> None:
    lien = f'<Relationship Id="rId901" Type="{RELATIONS}/image" Target="{cible}"/></Relationships>'.encode()
    relations = {"word/_rels/document.xml.rels": lambda c: c.replace(b"</Relationships>", lien)}
    annote = annoter(reecrire(formulaire, relations), CONSTATS, referentiel)
    assert len(commentaires(annote)) == len(CONSTATS)


def test_un_document_strict_le_reste(formulaire: bytes, referentiel: Referentiel) -> None:
    strict = reecrire(formulaire, dict.fromkeys(parties(formulaire), en_strict))
    annote = annoter(strict, CONSTATS, referentiel)
    assert b"schemas.openxmlformats.org/wordprocessingml" not in parties(annote)["word/document.xml"]
    assert b"schemas.openxmlformats.org/wordprocessingml" not in parties(annote)["word/comments.xml"]
    assert lire(annote, referentiel) == lire(strict, referentiel) == lire(formulaire, referentiel)
    assert len(list(etree.fromstring(parties(annote)["word/comments.xml"]))) == len(CONSTATS)


def test_ce_que_word_attache_a_nos_commentaires_part_avec_eux(formulaire: bytes, referentiel: Referentiel) -> None:
    """Word marks every paragraph of a comment, and says in another part which ones answer which."""
    marque = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" w14:paraId="0A0A0A0A"'
    annote = annoter(formulaire, CONSTATS[:1], referentiel)
    suite = (
        '<x:commentsEx xmlns:x="http://schemas.microsoft.com/office/word/2012/wordml">'
        '<x:commentEx x:paraId="0A0A0A0A" x:done="0"/><x:commentEx x:paraId="0B" x:done="0"/></x:commentsEx>'
    )
    lien = (
        '<Relationship Id="rId902" Target="commentsExtended.xml" '
        'Type="http://schemas.microsoft.com/office/2011/relationships/commentsExtended"/></Relationships>'
    )
    par_word = reecrire(
        annote,
        {
            "word/comments.xml": lambda c: c.replace(b"<w:p>", f"<w:p {marque}>".encode(), 1),
            "word/_rels/document.xml.rels": lambda c: c.replace(b"</Relationships>", lien.encode()),
        },
        ajouts={"word/commentsExtended.xml": suite.encode()},
    )
    reste = parties(annoter(par_word, (), referentiel))
    assert b"0A0A0A0A" not in reste["word/commentsExtended.xml"]
    assert b'paraId="0B"' in reste["word/commentsExtended.xml"]
    assert commentaires(annoter(par_word, (), referentiel)) == []


def test_un_fichier_refuse_n_est_pas_annote(referentiel: Referentiel) -> None:
    with pytest.raises(FichierRefuse) as refus:
        annoter(b"%PDF-1.7", CONSTATS, referentiel)
    assert refus.value.code == "pdf"


def test_un_texte_dans_une_balise_inattendue_ne_gene_pas(formulaire: bytes, referentiel: Referentiel) -> None:
    def geste(racine: Any) -> None:
        racine.find(f"{W}body").insert(0, element('<w:customXml w:element="x"><w:p/></w:customXml>'))

    assert len(commentaires(annoter(modifier(formulaire, geste), CONSTATS, referentiel))) == len(CONSTATS)
