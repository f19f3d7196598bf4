"""PDF documents, tagged for screen readers (PDF/UA-1): the one way to print a template, and the fiche of a project.

WeasyPrint is imported on first use: it costs half a second and needs Pango, which a mail worker does without.
"""

import atexit
import logging
import mimetypes
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.utils import timezone

from ..blocs import Imprime
from ..budget import TableauSynthese, syntheses, tabuler
from ..dossier import Dossier
from ..enums import Statut
from ..models import IdentiteEnVigueur, Projet, identite_en_vigueur
from ..presentation import SectionAffichee, presenter

BASE = "http://statiques.invalid/"  # a name that cannot exist: what starts with it is read from our static files


VARIANTE = "pdf/ua-1"


def rendre(gabarit: str, contexte: Mapping[str, Any], *, titre: str, garder: bool = True) -> bytes:
    """The PDF of a template that extends ``projets/documents/base_pdf.html``.

    ``contexte`` may hold ``cite``, ``appel_titre`` (head of the document), ``reference`` (running head) and ``filigrane``.
    Addresses in the template are relative to the static files; anything else is not fetched. Asked for again with the same
    content, the same bytes, kept unless ``garder`` is false.
    """
    texte, propres = _texte(gabarit, contexte, titre), _identite()
    if not garder or len(texte) > TEXTE_GARDE:
        return _mettre_en_pages(texte, propres).write_pdf(pdf_variant=VARIANTE)
    return _ecrit(texte, tuple(sorted(propres.items())))


TEXTE_GARDE = 150_000  # signs of HTML: beyond, a document is too heavy to be kept in memory


@lru_cache(maxsize=24)
def _ecrit(texte: str, propres: tuple[tuple[str, tuple[bytes, str]], ...]) -> bytes:
    return _mettre_en_pages(texte, dict(propres)).write_pdf(pdf_variant=VARIANTE)


def composer(gabarit: str, contexte: Mapping[str, Any], *, titre: str) -> Any:
    """The same, laid out in pages but not written yet: WeasyPrint's Document."""
    return _mettre_en_pages(_texte(gabarit, contexte, titre), _identite())


def _texte(gabarit: str, contexte: Mapping[str, Any], titre: str) -> str:
    titre = " ".join(titre.split())[:250]
    return render_to_string(gabarit, {"edite_le": timezone.localdate(), **contexte, "titre_document": titre})


def _mettre_en_pages(texte: str, propres: Mapping[str, tuple[bytes, str]]) -> Any:
    from weasyprint import HTML

    feuille, polices = _feuille()
    html = HTML(string=texte, base_url=BASE, url_fetcher=_lecteur(propres))
    return html.render(stylesheets=[feuille], font_config=polices, pdf_variant=VARIANTE)


_du_fil = threading.local()
atexit.register(_du_fil.__dict__.clear)  # fonts are given back while there still is an interpreter


def _feuille() -> tuple[Any, Any]:
    """Our style sheet, read, and the fonts it brings: once per thread, for what Pango holds is not to be shared."""
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    if not hasattr(_du_fil, "feuille") or settings.DEBUG:
        polices = FontConfiguration()
        _du_fil.feuille = CSS(url=f"{BASE}css/document.css", url_fetcher=_lecteur(), font_config=polices), polices
    return _du_fil.feuille


def _identite() -> dict[str, tuple[bytes, str]]:
    """The two files that the look of the cité adds to our static ones, with their types; an empty sheet when it has none."""
    publiee = identite_en_vigueur()
    regles, fichiers = "", {}
    if publiee:
        regles = f":root{{--primaire:{publiee.primaire};--accent:{publiee.accent}}}"
        logo = _octets(publiee)
        if logo:
            largeur = f"{11 * publiee.largeur_affichee / 48:.1f}mm"
            regles += (
                f".entete{{background-image:url(logo);background-size:auto 11mm;padding-left:calc({largeur} + 4mm)}}"
            )
            fichiers["identite/logo"] = (logo, mimetypes.guess_type(publiee.logo)[0] or "image/png")
    return fichiers | {"identite/document.css": (regles.encode(), "text/css")}


def _octets(publiee: IdentiteEnVigueur) -> bytes:
    """Its logo; nothing when there is none, or when its file is gone: a document is worth more than its head."""
    if not publiee.logo:
        return b""
    try:
        with default_storage.open(publiee.logo) as fichier:
            return fichier.read()
    except FileNotFoundError:
        return b""


def rendre_blocs(imprime: Imprime, page: Callable[[], None] | None = None) -> bytes:
    """The PDF of a document made of blocks; ``page`` is called as each page is laid out, and may raise to give up."""
    contexte = {
        "imprime": imprime,
        "cite": imprime.cite,
        "appel_titre": imprime.appel_titre,
        "reference": imprime.reference,
        "filigrane": imprime.filigrane,
    }
    # Whoever follows the pages makes them: a document that was kept would tell of none.
    with _suivre_les_pages(page) if page else nullcontext():
        return rendre("projets/documents/imprime.html", contexte, titre=imprime.titre, garder=page is None)


@contextmanager
def _suivre_les_pages(page: Callable[[], None]) -> Iterator[None]:
    """Hears WeasyPrint say « Page n » in the log of this thread: it tells its progress nowhere else."""
    fil, journal = threading.get_ident(), logging.getLogger("weasyprint.progress")

    class Pages(logging.Handler):
        def emit(self, ligne: logging.LogRecord) -> None:
            if ligne.thread == fil and " - Page " in str(ligne.msg):
                page()

    pages = Pages()
    journal.addHandler(pages)
    journal.setLevel(logging.INFO)
    journal.propagate = False  # for us only: the log of the portal has no use for it
    try:
        yield
    finally:
        journal.removeHandler(pages)


def _lecteur(propres: Mapping[str, tuple[bytes, str]] | None = None) -> Any:
    """A fetcher that knows our static files, those given, and nothing else: neither network, nor disk, nor ``data:``."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class LecteurStatique(URLFetcher):
        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
            nom = url.removeprefix(BASE).split("?")[0] if url.startswith(BASE) else ""
            if propres and nom in propres:
                octets, genre = propres[nom]
                return URLFetcherResponse(url, octets, {"Content-Type": genre})
            chemin = finders.find(nom) if nom else None
            if not chemin:
                raise ValueError(f"Adresse refusée dans un document : {url[:200]}")
            genre = mimetypes.guess_type(chemin)[0] or "application/octet-stream"
            return URLFetcherResponse(url, Path(chemin).read_bytes(), {"Content-Type": genre})

    return LecteurStatique()


@dataclass(frozen=True)
class MontantAnnuel:
    annee: int
    demande: Decimal
    accorde: Decimal


@dataclass(frozen=True)
class FicheProjet:
    """What the fiche prints: the file as its porteur wrote it, where it stands, published grants. No deliberation."""

    cite: str
    appel_titre: str
    numero: str
    titre: str
    structure: str
    statut: str
    depose_le: date | None
    sections: tuple[SectionAffichee, ...]
    montants: tuple[MontantAnnuel, ...]
    montre_accorde: bool
    synthese: TableauSynthese

    @classmethod
    def de(cls, projet: Projet, dossier: Dossier) -> "FicheProjet":
        exercices = projet.exercices.avec_accorde().order_by("annee")
        return cls(
            cite=projet.appel.cite,
            appel_titre=projet.appel.titre,
            numero=projet.numero or "",
            titre=projet.titre or "Projet sans titre",
            structure=dossier.structure_nom,
            statut=Statut(projet.statut).libelle_porteur,
            depose_le=timezone.localtime(projet.depose_le).date() if projet.depose_le else None,
            sections=presenter(dossier, projet.appel.referentiel()),
            montants=tuple(MontantAnnuel(e.annee, e.montant_demande, e.accorde) for e in exercices),
            montre_accorde=projet.statut in (Statut.VALIDE, Statut.CLOS),
            synthese=tabuler(syntheses(dossier)),
        )


def fiche_projet(projet: Projet, dossier: Dossier | None = None) -> bytes:
    """The whole file of a project as a PDF that its porteur may read; ``dossier`` to print another state of it."""
    contexte, titre = contexte_de_la_fiche(projet, dossier or projet.contenu)
    return rendre(FICHE, contexte, titre=titre)


FICHE = "projets/documents/fiche_projet.html"


def contexte_de_la_fiche(projet: Projet, dossier: Dossier) -> tuple[dict[str, Any], str]:
    """What its template knows, and its title."""
    fiche = FicheProjet.de(projet, dossier)
    titre = f"{fiche.numero} {fiche.titre}".strip()
    reference = f"Projet {fiche.numero}" if fiche.numero else "Brouillon"
    contexte = {"fiche": fiche, "cite": fiche.cite, "appel_titre": fiche.appel_titre, "reference": reference}
    return contexte, titre
