"""PDF documents, tagged for screen readers (PDF/UA-1): the one way to print a template, and the fiche of a project.

WeasyPrint is imported on first use: it costs half a second and needs Pango, which a mail worker does without.
"""

import logging
import mimetypes
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

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


def rendre(gabarit: str, contexte: Mapping[str, Any], *, titre: str) -> bytes:
    """The PDF of a template that extends ``projets/documents/base_pdf.html``.

    ``contexte`` may hold ``cite``, ``appel_titre`` (head of the document), ``reference`` (running head) and ``filigrane``.
    Addresses in the template are relative to the static files; anything else is not fetched.
    """
    return composer(gabarit, contexte, titre=titre).write_pdf(pdf_variant=VARIANTE)


def composer(gabarit: str, contexte: Mapping[str, Any], *, titre: str) -> Any:
    """The same, laid out in pages but not written yet: WeasyPrint's Document."""
    from weasyprint import HTML

    titre = " ".join(titre.split())[:250]
    texte = render_to_string(gabarit, {"edite_le": timezone.localdate(), **contexte, "titre_document": titre})
    return HTML(string=texte, base_url=BASE, url_fetcher=_lecteur(_identite())).render(pdf_variant=VARIANTE)


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
    with _suivre_les_pages(page) if page else nullcontext():
        return rendre("projets/documents/imprime.html", contexte, titre=imprime.titre)


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
    fiche = FicheProjet.de(projet, dossier or projet.contenu)
    titre = f"{fiche.numero} {fiche.titre}".strip()
    reference = f"Projet {fiche.numero}" if fiche.numero else "Brouillon"
    contexte = {"fiche": fiche, "cite": fiche.cite, "appel_titre": fiche.appel_titre, "reference": reference}
    return rendre("projets/documents/fiche_projet.html", contexte, titre=titre)
