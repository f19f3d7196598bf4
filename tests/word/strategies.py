"""Hypothesis strategies for any canonical content of a Word form: what the web form accepts, and a little beyond."""

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from projets.dossier import Dossier
from projets.questionnaire import Genre, Question, Referentiel, normaliser, questions_de
from projets.word.gabarit import CLES_PROMPTS, cle

# Letters of the languages of our schools, marks that Word treats apart, emoji, what XML escapes.
ALPHABET = st.one_of(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn")),
    st.sampled_from("éèêëàâîïôûüçœæÉÈÀÇŒ’'«»…–—&<>\"€°²½§—\u00a0\u202f\u2011\u00ad\u200b 🎭🌱👩‍🏫🇫🇷ﬁ"),
)
MOTS = st.sampled_from(
    ["école", "Liévin", "CM2", "l’élève", "12 h 30", "1 234,50 €", "12/03/2026", "x", "oui", "☐", "[x]", "1.1.1", "Total",
     "Titre du projet", "a@b.fr", "=1+1", "{{ x }}", "</w:t>", "«\u00a0théâtre\u00a0»", "Temps", "N/A", "—"]
)  # fmt: skip
TEXTES = st.one_of(st.just(""), st.lists(st.one_of(MOTS, st.text(ALPHABET, max_size=12)), max_size=8).map(" ".join))
SIMPLES = st.lists(
    st.one_of(st.sampled_from(["l’école", "«\u00a0théâtre\u00a0»", "12/03/2026", "CM2 & 6e", "<b>", "🎭", "oui", "Total"]),
              st.text("abcdéèàçœŒÉ'’…–—()0123456789?!;:", max_size=12)),
    max_size=8,
).map(" ".join)  # fmt: skip
LIGNES = st.lists(st.one_of(st.just(""), TEXTES), max_size=6).map("\n".join)
MONTANTS = st.one_of(
    st.none(), st.decimals(0, 10_000_000, places=2), st.sampled_from([Decimal(0), Decimal("1234.5"), Decimal(1000)])
)


def reponses(
    question: Question, referentiel: Referentiel, *, lignes_maximum: int, lettres: str = ""
) -> st.SearchStrategy[Any]:
    """Any answer to one question; ``lettres="latin"`` keeps to what every editor writes back as it was."""
    if question.genre is Genre.TABLEAU:
        return st.lists(lignes(question.ligne, referentiel, lettres=lettres), max_size=lignes_maximum).map(tuple)
    codes = [option.code for option in referentiel.listes[question.options]] if question.options else []
    if question.genre is Genre.CHOIX_MULTIPLE:
        ensembles = st.sets(st.sampled_from(codes)) if codes else st.just(set())
        return ensembles.map(lambda choisis: tuple(code for code in codes if code in choisis))
    if question.genre is Genre.CHOIX:
        return st.sampled_from(["", *codes])
    if question.genre is Genre.COCHE:
        return st.booleans()
    if question.genre is Genre.DATE:
        return st.one_of(
            st.none(), st.dates(date(1, 1, 1), date(9999, 12, 31)), st.dates(date(2020, 1, 1), date(2035, 1, 1))
        )
    if question.genre is Genre.ANNEE:
        return st.one_of(st.none(), st.integers(2015, 2100))
    if question.genre is Genre.ENTIER:
        return st.one_of(st.none(), st.integers(0, 100_000))
    if question.genre in (Genre.MONTANT, Genre.NOMBRE):
        return MONTANTS
    textes = SIMPLES if lettres == "latin" else TEXTES
    if question.genre is Genre.TEXTE_LONG:
        textes = st.lists(textes, max_size=4).map("\n".join) if lettres == "latin" else LIGNES
    return textes.filter(lambda texte: cle(texte) not in CLES_PROMPTS or not texte.strip())


def lignes(classe: type, referentiel: Referentiel, *, lettres: str = "") -> st.SearchStrategy[Any]:
    """Any row of one kind."""
    champs = {q.identifiant: reponses(q, referentiel, lignes_maximum=0, lettres=lettres) for q in questions_de(classe)}
    return st.builds(classe, **champs)


def contenus(
    classe: type, referentiel: Referentiel, *, lignes_maximum: int = 6, lettres: str = ""
) -> st.SearchStrategy[Any]:
    """Any canonical content of one form; most questions are often empty, tables hold up to ``lignes_maximum`` rows."""
    champs = {
        q.identifiant: reponses(q, referentiel, lignes_maximum=lignes_maximum, lettres=lettres)
        for q in questions_de(classe)
    }
    return st.builds(classe, **champs).map(normaliser)


def dossiers(referentiel: Referentiel, *, lignes_maximum: int = 6, lettres: str = "") -> st.SearchStrategy[Dossier]:
    """Any canonical Dossier of this call."""
    return contenus(Dossier, referentiel, lignes_maximum=lignes_maximum, lettres=lettres)
