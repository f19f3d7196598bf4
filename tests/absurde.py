"""What the tests of the whole surface share: answers that no form sends, documents laid out once, refusals drawn once."""

from typing import ClassVar

import pytest
import weasyprint
from django.http import HttpRequest, HttpResponse
from django.urls import get_resolver
from weasyprint import HTML

from cite_educative import urls

# Names that the views read, each with what it cannot be.
ABSURDE = {
    "page": "zzz",
    "annee": "9" * 30,
    "q": "\x00'\"<é\U0001f600",
    "montant_min": "NaN",
    "montant_max": "1e999",
    "statut": "\ud800".encode("utf-8", "replace").decode(),
    "tri": "-pk;drop",
    "version": "-1",
    "titre": "T" * 10_000,
    "charges-TOTAL_FORMS": "-1",
    "interventions-TOTAL_FORMS": "abc",
    "sens": "peut-être",
    "seance": "99999999999999999999",
    "montant-2026-etat": "-1e30",
    "deposer": "1",
    "reference": "2026-0001-L1' --\x00",
    "lever": "personne",
    "placer": "9" * 30,
    "prendre": "\x00",
    "presences-autres_presents": "P" * 10_000,
    "genre": "zip\x00",
    "thematique": "9" * 40,
    "quartier": "-1",
    "convention-etat-verse_du": "99999-99-99",
    "structure-siret": "٣" * 14,
}


class HTMLDejaCompose:
    """WeasyPrint's HTML, which lays the same text out once: what it makes of a text depends on nothing else."""

    faits: ClassVar[dict[str, tuple[object, dict[str, bytes]]]] = {}

    def __init__(self, string: str, **options: object) -> None:
        self.texte, self.options = string, options

    def render(self, **options: object) -> "HTMLDejaCompose":
        if self.texte not in self.faits:
            document = HTML(string=self.texte, **self.options).render(**options)
            self.faits[self.texte] = document, {}
        return self

    def __getattr__(self, nom: str) -> object:  # pages, copy: those of the document
        return getattr(self.faits[self.texte][0], nom)

    def write_pdf(self, **options: object) -> bytes:
        document, ecrits = self.faits[self.texte]
        cle = repr(sorted(options.items()))
        if cle not in ecrits:
            ecrits[cle] = document.write_pdf(**options)
        return ecrits[cle]


def dessiner_une_fois(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody is given the same few documents, and told no hundreds of times: each is made once, and served again."""
    monkeypatch.setattr(weasyprint, "HTML", HTMLDejaCompose)
    faits: dict[tuple[int, object], HttpResponse] = {}

    def refus(code: int) -> None:
        veritable = get_resolver().resolve_error_handler(code)

        def vue(request: HttpRequest, exception: Exception) -> HttpResponse:
            cle = code, getattr(getattr(request, "user", None), "pk", None)
            if cle not in faits:
                faits[cle] = veritable(request, exception=exception)
            fait = faits[cle]
            return HttpResponse(fait.content, status=fait.status_code, headers=dict(fait.headers))

        monkeypatch.setattr(urls, f"handler{code}", vue)

    refus(403)
    refus(404)
