"""Writes a Dossier as the Word form: ``ecrire(Dossier(), referentiel)`` is the blank form, any other a filled one.

``lecture.lire`` reads back exactly the same Dossier. The form follows what editors were measured to keep: one row per
question, a bookmark around each label, inline controls for short answers, plain cells for long texts, plain tables that
grow by a row.
"""

import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from ..dossier import CLASSES_VOLONTAIRES
from ..questionnaire import Genre, Option, Question, Referentiel, normaliser, texte_propre
from ..valeurs import date_courte, insecables, nombre
from . import composition as c
from .formulaire import Formulaire
from .formulaires import DOSSIER
from .gabarit import (
    DESCRIPTION_QUESTIONS,
    DESCRIPTION_TETE,
    INDICATION_LIGNES,
    LOGO,
    LOGOS_A_INSERER,
    PHRASE_A_INSERER,
    TITRE_TETE,
    TOTAL,
    affichages,
    aides,
    description_tableau,
    entete_affichee,
    libelle_affiche,
    phrase_citee,
    prompt,
    titres_de_groupe,
)

COLONNES_DU_PAYSAGE = 7  # a table with that many columns needs the page on its side
LIGNES_VIERGES = {"partenaires": 4, "interventions": 8, "materiels": 4, "indicateurs": 4}
LARGEURS = {  # relative widths of columns
    "partenaires": (4, 7),
    "effectifs": (5, 2, 2),
    "interventions": (24, 13, 13, 18, 13, 14, 11, 17, 14),
    "charges": (46, 24, 15, 15),
    "produits": (46, 24, 15, 15),
    "materiels": (8, 2, 3, 3),
    "indicateurs": (6, 4, 5),
    "indicateurs.4": (6, 4, 5, 4),  # those of a bilan
}
CENTREES = frozenset({Genre.MONTANT, Genre.ENTIER, Genre.NOMBRE, Genre.ANNEE})


def ecrire(dossier: Any, referentiel: Referentiel, formulaire: Formulaire = DOSSIER) -> bytes:
    """The .docx of a Dossier, or of what another form is filled with.

    Empty answers show their grey prompt; tables keep some blank rows.
    """
    from docx.oxml import parse_xml  # python-docx is loaded by the first file that is written

    from .mise_en_page import document_vierge

    document = document_vierge(referentiel, formulaire.titre)
    corps = _Redaction(normaliser(dossier), referentiel, formulaire).corps()
    noeuds = list(parse_xml(f"{c.RACINE}{corps}</w:body>"))
    ancien = document.element.body
    final = ancien.sectPr
    references = [ref for ref in final if ref.tag.endswith("Reference")]
    ancien.remove(final)
    for noeud in noeuds:
        ancien.append(noeud)
    premiere = next(ancien.iter("{*}sectPr"))
    for rang, reference in enumerate(references):
        premiere.insert(rang, reference)
    octets = io.BytesIO()
    document.save(octets)
    return octets.getvalue()


class _Redaction:
    """One form being written: the dossier, the call and the running numbers of bookmarks and controls."""

    def __init__(self, dossier: Any, referentiel: Referentiel, formulaire: Formulaire):
        self.formulaire = formulaire
        self.dossier = dossier
        self.referentiel = referentiel
        self.numeros = c.Numeros()

    def corps(self) -> str:
        """The whole body: heading, instructions, then each section on its side of the page."""
        morceaux = [*self._tete()]
        paysage = False
        for section in self.formulaire.sections:
            questions = self.formulaire.questions_de_section(section.code)
            voulu = any(len(question.colonnes) >= COLONNES_DU_PAYSAGE for question in questions)
            if voulu != paysage:
                morceaux.append(c.paragraphe("", "CiteAir", c.page(paysage=paysage)))
                paysage = voulu
            self.largeur = c.LARGEUR_PAYSAGE if paysage else c.LARGEUR_PORTRAIT
            morceaux.append(c.paragraphe(c.run(section.titre), "Heading1"))
            if section.aide:
                morceaux.append(c.paragraphe(c.run(insecables(section.aide)), "CiteIndication"))
            if section.code == "communication":
                morceaux += self._communication()
            morceaux += self._questions(questions, section.titre)
        return "".join(morceaux) + c.page(paysage=paysage)

    def _tete(self) -> Iterator[str]:
        largeurs = (c.LARGEUR_PORTRAIT - 2600, 2600)
        titre = (
            c.paragraphe(c.run(texte_propre(self.referentiel.cite)), "Subtitle")
            + c.paragraphe(c.run(self.formulaire.titre), "Title")
            + c.paragraphe(c.run(texte_propre(self.referentiel.titre)), "CiteReponse")
        )
        logo = c.paragraphe(c.run(LOGO), "CiteLogo")
        yield c.tableau(
            [
                c.rangee(
                    [c.cellule(titre, largeurs[0]), c.cellule(logo, largeurs[1], fond=c.FOND_GROUPE, centree=True)],
                    hauteur=1500,
                )
            ],
            largeurs,
            titre=TITRE_TETE,
            description=DESCRIPTION_TETE,
            entete=False,
        ).replace('w:val="single"', 'w:val="nil"')
        # Small as a heading of the second level, and of the first for who goes from one to the next by ear.
        yield c.paragraphe(c.run(self.formulaire.consignes[0]), "Heading2", '<w:outlineLvl w:val="0"/>')
        for consigne in self.formulaire.consignes[1:]:
            yield c.paragraphe(c.run(insecables(consigne)), "CiteIndication")

    def _communication(self) -> Iterator[str]:
        if self.referentiel.phrase_communication:
            yield c.paragraphe(c.run(insecables(PHRASE_A_INSERER)), "CiteIndication")
            yield c.paragraphe(c.run(texte_propre(phrase_citee(self.referentiel)), "", "<w:i/>"), "CiteReponse")
        if self.referentiel.texte_logos:
            logos = f"{LOGOS_A_INSERER} {texte_propre(self.referentiel.texte_logos)}"
            yield c.paragraphe(c.run(logos), "CiteIndication")

    def _questions(self, questions: Sequence[Question], titre: str) -> Iterator[str]:
        """One two-column table per run of plain questions, one table of its own for each TABLEAU."""
        rangees: list[str] = []
        for question in questions:
            if question.genre is not Genre.TABLEAU:
                rangees.append(self._rangee(question))
                continue
            yield from self._bloc(rangees, titre)
            rangees = []
            yield from self._tableau(question)
        yield from self._bloc(rangees, titre)

    def _bloc(self, rangees: list[str], titre: str) -> Iterator[str]:
        if rangees:
            yield c.tableau(rangees, self._largeurs(), titre=titre, description=DESCRIPTION_QUESTIONS, entete=False)
            yield c.paragraphe("", "CiteAir")

    def _largeurs(self) -> tuple[int, int]:
        libelle = 3300
        return libelle, self.largeur - libelle

    # --- one question -----------------------------------------------------------------------------------------------

    def _rangee(self, question: Question) -> str:
        gauche, droite = self._largeurs()
        libelle = self.numeros.signet(self.formulaire.signet(question.identifiant), c.run(libelle_affiche(question)))
        contenu = c.paragraphe(libelle, "CiteLibelle")
        contenu += "".join(c.paragraphe(c.run(aide), "CiteAide") for aide in aides(question))
        secable = question.genre in (Genre.TEXTE_LONG, Genre.CHOIX_MULTIPLE)
        hauteur = {Genre.TEXTE_LONG: min(self.formulaire.hauteur_texte, 700 + (question.maximum or 0) // 4)}.get(
            question.genre, 400
        )
        return c.rangee(
            [c.cellule(contenu, gauche, fond=c.FOND_LIBELLE), c.cellule(self._reponse(question), droite)],
            secable=secable,
            hauteur=hauteur,
        )

    def _reponse(self, question: Question) -> str:
        """Content of the value cell."""
        valeur = getattr(self.dossier, question.identifiant)
        if question.genre is Genre.TEXTE_LONG:
            return "".join(c.paragraphe(c.run(ligne) if ligne else "", "CiteReponse") for ligne in valeur.split("\n"))
        if question.genre is Genre.CHOIX_MULTIPLE:
            return self._cases(question, valeur)
        return c.paragraphe(self._controle(question.identifiant, question, valeur), "CiteReponse")

    def _controle(self, etiquette: str, question: Question, valeur: Any) -> str:
        """Inline control of a short answer."""
        etiquette, libelle, invite = self.formulaire.etiquette(etiquette), question.libelle, prompt(question)
        if question.genre is Genre.COCHE:
            return self.numeros.case(etiquette, libelle, cochee=valeur)
        if question.genre is Genre.DATE:
            return self.numeros.date(etiquette, libelle, valeur, date_courte(valeur), invite)
        if question.genre is Genre.CHOIX:
            choix = affichages(self.referentiel.options(question.options))
            return self.numeros.liste(etiquette, libelle, choix.items(), choix.get(valeur, valeur), invite)
        return self.numeros.texte(etiquette, libelle, _texte(question, valeur), invite)

    def _cases(self, question: Question, cochees: tuple[str, ...]) -> str:
        """One line per option under its headings; codes that this call does not know are not shown."""
        options = self.referentiel.options(question.options)
        textes = affichages(options)
        nom, lignes = question.identifiant, []
        for option, groupes in titres_de_groupe(options):
            for groupe in groupes:
                style = "CiteThematique" if groupe == option.groupes[0] != option.groupes[-1] else "CiteGroupe"
                lignes.append(c.paragraphe(c.run(texte_propre(groupe)), style))
            code, texte = option.code, textes[option.code]
            case = self.numeros.case(self.formulaire.etiquette(f"{nom}:{code}"), texte, cochee=code in cochees)
            texte = self.numeros.signet(self.formulaire.signet_option(nom, code), c.run(texte))
            lignes.append(c.paragraphe(case + c.run(" ") + texte, "CiteCase"))
        return "".join(lignes) or c.paragraphe("")

    # --- tables -----------------------------------------------------------------------------------------------------

    def _tableau(self, question: Question) -> Iterator[str]:
        nom = self.numeros.signet(self.formulaire.signet(question.identifiant), c.run(libelle_affiche(question)))
        yield c.paragraphe(nom, "Heading2")
        indications = [*aides(question)] + ([] if question.preremplie or question.fermee else [INDICATION_LIGNES])
        for indication in indications:
            yield c.paragraphe(c.run(indication), "CiteIndication")
        nombre = len(question.colonnes)
        parts = LARGEURS.get(f"{question.identifiant}.{nombre}", LARGEURS.get(question.identifiant, (1,) * nombre))
        largeurs = [self.largeur * part // sum(parts) for part in parts]
        largeurs[-1] += self.largeur - sum(largeurs)
        yield c.tableau(
            [self._entete(question, largeurs), *self._lignes(question, largeurs)],
            largeurs,
            titre=question.libelle,
            description=description_tableau(question),
            entete=True,
            air=30 if question.preremplie else 50,
        )
        yield c.paragraphe("", "CiteAir")

    def _entete(self, question: Question, largeurs: Sequence[int]) -> str:
        cellules = []
        for colonne, largeur in zip(question.colonnes, largeurs, strict=True):
            texte = c.run(entete_affichee(question, colonne, self.dossier.annee))
            marque = self.numeros.signet(self.formulaire.signet(question.identifiant, colonne.identifiant), texte)
            cellules.append(c.cellule(c.paragraphe(marque, "CiteEntete"), largeur, fond=c.FOND_ENTETE, centree=True))
        return c.rangee(cellules, entete=True)

    def _lignes(self, question: Question, largeurs: Sequence[int]) -> Iterator[str]:
        lignes = getattr(self.dossier, question.identifiant)
        if question.preremplie:
            yield from self._lignes_preremplies(question, lignes, largeurs)
            return
        vierges = max(LIGNES_VIERGES.get(question.identifiant, 3) - len(lignes), 1 + question.totalise if lignes else 2)
        vierges = 0 if question.fermee and lignes else vierges
        toutes = (*lignes, *(question.ligne() for _ in range(vierges)))
        for rang, ligne in enumerate(toutes, start=1):
            yield self._ligne(question, ligne, largeurs, liee=question.totalise and rang == len(toutes))
        if question.totalise:
            yield self._total(question, lignes, largeurs)

    def _ligne(
        self, question: Question, ligne: Any, largeurs: Sequence[int], premiere: str = "", *, liee: bool = False
    ) -> str:
        """One row; ``premiere`` is the content of the first cell when it is preset, ``liee`` keeps it with the next row."""
        cellules, garder = [], "<w:keepNext/>" if liee else ""
        for rang, (colonne, largeur) in enumerate(zip(question.colonnes, largeurs, strict=True)):
            if premiere and rang == 0:
                cellules.append(
                    c.cellule(c.paragraphe(premiere, "CiteCellule", garder), largeur, fond=c.FOND_LIBELLE, centree=True)
                )
                continue
            valeur = getattr(ligne, colonne.identifiant)
            if colonne.genre in (Genre.DATE, Genre.CHOIX, Genre.COCHE):
                contenu = self._controle(f"{question.identifiant}.{colonne.identifiant}", colonne, valeur)
            else:
                texte = _texte(colonne, valeur)
                contenu = c.run(texte) if texte else ""
            style = "CiteMontant" if colonne.genre in CENTREES else "CiteCellule"
            cellules.append(c.cellule(c.paragraphe(contenu, style, garder), largeur, centree=question.preremplie))
        return c.rangee(cellules, hauteur=285 if question.preremplie else 340)

    def _lignes_preremplies(self, question: Question, lignes: Sequence[Any], largeurs: Sequence[int]) -> Iterator[str]:
        """Every option once at least, in the order of the call; the filled rows keep their own order."""
        nom, *_ = (colonne.identifiant for colonne in question.colonnes)
        options = self.referentiel.options(question.options)
        textes = affichages(options)
        titres: tuple[str, ...] | None = None
        toutes = list(_entrelacer(options, lignes, nom))
        for rang, (code, ligne) in enumerate(toutes, start=1):
            option = next((o for o in options if o.code == code), None)
            ouverts, seul = _titres(options, option)
            if ouverts != titres and ouverts and not seul:
                groupe = c.paragraphe(c.run(texte_propre(ouverts[-1])), "CiteGroupe")
                yield c.rangee([c.cellule(groupe, sum(largeurs), fond=c.FOND_GROUPE, colonnes=len(largeurs))])
            titres = ouverts
            libelle = ""
            if option:
                texte = c.run(textes[option.code])
                premiere = next((autre for autre in lignes if getattr(autre, nom) == code), None)
                marque = self.formulaire.signet_option(question.identifiant, code)
                libelle = texte if premiere is not ligne else self.numeros.signet(marque, texte)
            liee = question.totalise and rang == len(toutes)
            yield self._ligne(question, ligne or question.ligne(), largeurs, libelle or c.run(code), liee=liee)
        if question.totalise:
            yield self._total(question, lignes, largeurs)

    def _total(self, question: Question, lignes: Sequence[Any], largeurs: Sequence[int]) -> str:
        cellules = [
            c.cellule(
                c.paragraphe(c.run(TOTAL), "CiteEntete"), largeurs[0] + largeurs[1], fond=c.FOND_ENTETE, colonnes=2
            )
        ]
        for colonne, largeur in list(zip(question.colonnes, largeurs, strict=True))[2:]:
            especes = [
                getattr(ligne, colonne.identifiant)
                for ligne in lignes
                if not ligne.compte.startswith(CLASSES_VOLONTAIRES)
            ]
            montants = [montant for montant in especes if montant is not None]
            # The last column of a table that is given half filled has yet to be written: its sum would soon be wrong.
            a_finir = not question.preremplie and colonne is question.colonnes[-1] and len(montants) < len(especes)
            texte = nombre(sum(montants, Decimal(0)), decimales=2) if montants and not a_finir else ""
            contenu = c.paragraphe(c.run(texte, "", "<w:b/>") if texte else "", "CiteMontant")
            cellules.append(c.cellule(contenu, largeur, fond=c.FOND_ENTETE, centree=True))
        return c.rangee(cellules)


def _texte(question: Question, valeur: Any) -> str:
    """A short answer as it is shown; French numbers."""
    if valeur is None:
        return ""
    if question.genre is Genre.ANNEE:
        return str(valeur)
    if question.genre is Genre.MONTANT:
        return nombre(valeur, decimales=2)
    if question.genre in (Genre.ENTIER, Genre.NOMBRE):
        return nombre(valeur)
    return str(valeur)


def _titres(options: Sequence[Option], option: Option | None) -> tuple[tuple[str, ...], bool]:
    """Headings of an option, and whether the option stands alone for its class."""
    if option is None:
        return (), True
    suivants = dict(
        titres_de_groupe((option, *(o for o in options if o.groupes == option.groupes and o is not option)))
    )
    return option.groupes, not suivants[option]


def _entrelacer(options: Sequence[Option], lignes: Sequence[Any], nom: str) -> Iterator[tuple[str, Any]]:
    """(code, row or None): the rows in their order, each missing option slipped in at its place in the call."""
    rangs = {option.code: rang for rang, option in enumerate(options)}
    presents = {getattr(ligne, nom) for ligne in lignes}
    manquants = [option.code for option in options if option.code not in presents]
    for ligne in lignes:
        code = getattr(ligne, nom)
        while manquants and rangs[manquants[0]] < rangs.get(code, -1):
            yield manquants.pop(0), None
        yield code, ligne
    for code in manquants:
        yield code, None
