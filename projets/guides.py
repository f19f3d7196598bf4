"""The guides of the help: Markdown files of ``docs/guides``, read once, made into pages with anchors. Reads no database.

A guide is written by us and still trusted with nothing: raw HTML is shown as text, links and pictures go only where the
tests say they may. ``SECTIONS`` says which part of which guide helps on a page of the portal.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token
from PIL import Image

from correspondants.enums import AUTORITES, COORDINATEURS, PILOTES, Role

DOSSIER = Path(settings.BASE_DIR) / "docs" / "guides"
IMAGES = Path(settings.BASE_DIR) / "docs" / "images"

# In the order of the index. For whom (roles; none: everybody), in one line.
PLAN: dict[str, tuple[frozenset[str], str]] = {
    "porteur": (frozenset(), "Vous avez un projet pour des enfants ou des jeunes."),
    "coordination": (COORDINATEURS | {Role.OBSERVATEUR}, "Vous recevez, vérifiez et suivez les projets."),
    "avis": (AUTORITES, "Vous donnez un avis sur le temps scolaire."),
    "troika": (PILOTES | COORDINATEURS, "Vous préparez ou tenez une séance de la troïka."),
    "administration": (frozenset({Role.ADMIN}), "Vous réglez le portail et ouvrez les accès."),
    "questions": (frozenset(), "Une question précise, une réponse courte."),
    "glossaire": (frozenset(), "Les mots de l’appel à projets et du portail."),
}

# The part of a guide that helps on a page, by the name of its address; a name that ends with « * » is a beginning.
SECTIONS: dict[str, tuple[str, str]] = {
    "deposer": ("porteur", "deposer-avec-un-fichier-word"),
    "deposer*": ("porteur", "remplir-en-ligne"),
    "brouillon_partage": ("porteur", "remplir-en-ligne"),
    "brouillon_reprendre": ("porteur", "remplir-en-ligne"),
    "brouillon*": ("porteur", "construire-le-budget"),
    "projet_reconduire": ("porteur", "reconduire-un-projet"),
    "structure*": ("porteur", "travailler-a-plusieurs-dans-une-structure"),
    "suivi": ("porteur", "savoir-ou-en-est-votre-projet"),
    "projet_modifier": ("porteur", "completer-un-dossier"),
    "projet_redeposer": ("porteur", "completer-un-dossier"),
    "projet_coller": ("porteur", "construire-le-budget"),
    "projet_repartir": ("porteur", "construire-le-budget"),
    "projet_communication": ("porteur", "communiquer-sur-le-projet"),
    "budget_revise*": ("porteur", "etre-paye"),
    "versements": ("porteur", "etre-paye"),
    "versement*": ("coordination", "suivre-les-versements"),
    "images": ("porteur", "prendre-et-montrer-des-photos"),
    "prise_de_vues*": ("porteur", "prendre-et-montrer-des-photos"),
    "vitrine": ("porteur", "prendre-et-montrer-des-photos"),
    "bilan_modifier": ("porteur", "faire-le-bilan"),
    "bilan_word_deposer": ("porteur", "faire-le-bilan"),
    "coordination": ("coordination", "commencer-sa-journee"),
    "coordination_lot": ("coordination", "agir-sur-plusieurs-projets"),
    "coordination_filtre*": ("coordination", "retrouver-des-projets"),
    "projet_action": ("coordination", "verifier-un-dossier"),
    "bilans": ("coordination", "examiner-un-bilan"),
    "bilan_action": ("coordination", "examiner-un-bilan"),
    "courriels": ("coordination", "verifier-qu-un-courriel-est-parti"),
    "avis": ("avis", "donner-un-avis-en-cinq-minutes"),
    "avis_rendre": ("avis", "donner-un-avis-en-cinq-minutes"),
    "avis_lien": ("avis", "donner-un-avis-en-cinq-minutes"),
    "avis_lot": ("avis", "rendre-le-meme-avis-sur-plusieurs-projets"),
    "avis_transmettre": ("avis", "transmettre-la-demande"),
    "avis_lien_transmettre": ("avis", "transmettre-la-demande"),
    "troika": ("troika", "preparer-une-seance"),
    "troika_publier": ("troika", "publier-les-decisions"),
    "troika*": ("troika", "tenir-la-seance"),
    "pilotage": ("troika", "suivre-l-argent"),
    "enveloppe*": ("troika", "suivre-l-argent"),
    "pilotage_versements": ("coordination", "suivre-les-versements"),
    "export*": ("coordination", "faire-les-documents-de-fin-d-annee"),
    "donnees_ouvertes*": ("coordination", "faire-les-documents-de-fin-d-annee"),
    "journal": ("administration", "lire-le-journal"),
    "second_facteur": ("questions", "pourquoi-un-second-facteur"),
    "account_login": ("questions", "je-n-ai-pas-recu-mon-code"),
    "account_request_login_code": ("questions", "je-n-ai-pas-recu-mon-code"),
    "account_confirm_login_code": ("questions", "je-n-ai-pas-recu-mon-code"),
}
# The same pages, for the reader without a role.
SECTIONS_DU_PORTEUR: dict[str, tuple[str, str]] = {
    "bilans": ("porteur", "faire-le-bilan"),
    "bilan": ("porteur", "faire-le-bilan"),
    "bilan_action": ("porteur", "faire-le-bilan"),
    "projet": ("porteur", "savoir-ou-en-est-votre-projet"),
    "projet_action": ("porteur", "savoir-ou-en-est-votre-projet"),
}


@dataclass(frozen=True)
class Guide:
    """One guide, ready to be shown. ``sommaire``: (anchor, title) of its parts."""

    code: str
    titre: str
    resume: str
    pour: str
    corps: SafeString
    sommaire: tuple[tuple[str, str], ...]
    modifie: datetime

    @property
    def adresse(self) -> str:
        return reverse("aide_guide", args=[self.code])

    def titre_de(self, ancre: str) -> str:
        return dict(self.sommaire)[ancre]


@dataclass(frozen=True)
class Renvoi:
    """The link to the help that a page of the portal shows."""

    adresse: str
    libelle: str


def guide(code: str) -> Guide:
    """A guide by its code; KeyError when there is none of that name."""
    PLAN[code]
    fichier = DOSSIER / f"{code}.md"
    return _lire(code, fichier.stat().st_mtime_ns)


def guides() -> list[Guide]:
    return [guide(code) for code in PLAN]


def guides_de(roles: Iterable[str]) -> list[str]:
    """Codes of the guides written for these roles; the porteur's for who has none."""
    tenus = set(roles)
    return [code for code, (pour, _) in PLAN.items() if pour & tenus] or ["porteur"]


def renvoi_pour(vue: str, *, porteur: bool = False) -> Renvoi | None:
    """The part of the help for a page, by the name of its address; None when the index is all there is to say.

    ``porteur``: the reader holds no role.
    """
    candidats = [nom for nom in SECTIONS if vue == nom or (nom.endswith("*") and vue.startswith(nom[:-1]))]
    propre = SECTIONS_DU_PORTEUR.get(vue) if porteur else None
    if not candidats and not propre:
        return None
    code, ancre = propre or SECTIONS[max(candidats, key=lambda nom: (nom == vue, len(nom)))]
    try:
        choisi = guide(code)
    except (OSError, ValueError):  # a deployment without its guides, or their pictures, still has its pages
        return None
    return Renvoi(f"{choisi.adresse}#{ancre}", choisi.titre_de(ancre))


@lru_cache(maxsize=32)
def _lire(code: str, version: int) -> Guide:
    """``version``: the moment of the file, so that a guide that changed is read again."""
    texte = (DOSSIER / f"{code}.md").read_text(encoding="utf-8")
    jetons = _markdown().parse(texte)
    titre = _texte(jetons[1])
    resume = _texte(jetons[4]) if jetons[3].type == "paragraph_open" else ""
    sommaire = tuple(_ancrer(jetons))
    for jeton in jetons:
        for enfant in jeton.children or ():
            _renvoyer(enfant)
    debut = 6 if resume else 3  # the title and the first paragraph are the page's own
    corps = _markdown().renderer.render(jetons[debut:], _markdown().options, {})
    modifie = datetime.fromtimestamp(version / 1e9, tz=UTC)
    return Guide(code, titre, resume, PLAN[code][1], mark_safe(corps), sommaire, modifie)


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    """CommonMark and its tables; « html » off: what looks like a tag is shown as it is written."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _texte(jeton: Token) -> str:
    return "".join(enfant.content for enfant in jeton.children or () if enfant.type in ("text", "code_inline"))


def ancre_de(titre: str) -> str:
    """« Déposer avec un fichier Word » → « deposer-avec-un-fichier-word »."""
    decompose = unicodedata.normalize("NFKD", titre.lower().replace("œ", "oe"))
    nette = "".join(lettre for lettre in decompose if not unicodedata.combining(lettre))
    return re.sub(r"[^a-z0-9]+", "-", nette).strip("-")


def _ancrer(jetons: list[Token]) -> Iterable[tuple[str, str]]:
    """Gives each heading its anchor, each table the name of its part; yields the headings of the second level."""
    dernier = "contenu"
    for ouvert, contenu in pairwise(jetons):
        if ouvert.type == "heading_open":
            titre = _texte(contenu)
            ouvert.attrSet("id", dernier := ancre_de(titre))
            if ouvert.tag == "h2":
                yield ancre_de(titre), titre
        elif ouvert.type == "table_open":
            ouvert.attrSet("class", "tableau")
            ouvert.attrSet("aria-labelledby", dernier)
        elif ouvert.type == "th_open":
            ouvert.attrSet("scope", "col")


def _renvoyer(jeton: Token) -> None:
    """Links from file to file become links from page to page; pictures get their address, their size, and wait."""
    if jeton.type == "link_open":
        cible = str(jeton.attrGet("href") or "")
        if trouve := re.fullmatch(r"([a-z]+)\.md(#[a-z0-9-]+)?", cible):
            jeton.attrSet("href", reverse("aide_guide", args=[trouve[1]]) + (trouve[2] or ""))
    elif jeton.type == "image":
        nom = Path(str(jeton.attrGet("src"))).name
        with Image.open(IMAGES / nom) as image:
            largeur, hauteur = image.size
        jeton.attrSet("src", static(f"aide/{nom}"))
        jeton.attrSet("width", str(largeur))
        jeton.attrSet("height", str(hauteur))
        jeton.attrSet("loading", "lazy")
        jeton.attrSet("class", "capture capture-mobile" if hauteur > largeur else "capture")
