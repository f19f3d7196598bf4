"""The page of an error nobody foresaw: an incident of ours (500), or something the portal leans on that is down (503).

A script is answered in JSON, refusals (400, 403, 404) included. Neither page needs a database, a session nor a context:
whatever failed may be one of them.
"""

import errno
import sys
import traceback

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views import csrf, defaults

from .journalisation import requete_en_cours
from .stockage import StockageIndisponible

ATTENTE = 30  # seconds that a browser, a probe or a person is asked to wait
_DISQUE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO}


def est_une_panne(erreur: BaseException | None) -> bool:
    """Whether an error says that the database, the storage or the disk cannot serve now, and will later."""
    while erreur is not None:
        if isinstance(erreur, OperationalError | InterfaceError | StockageIndisponible):
            return True
        if isinstance(erreur, OSError) and erreur.errno in _DISQUE:
            return True
        erreur = erreur.__cause__
    return False


def _base_partie(erreur: BaseException | None) -> bool:
    """Django calls « interrupted » every session that could not be written: closed elsewhere meanwhile, or its database gone."""
    while erreur is not None and not est_une_panne(erreur):
        erreur = erreur.__context__
    return erreur is not None


def _est_un_json_sans_fond(erreur: BaseException | None) -> bool:
    """Brackets in brackets, as deep as the reader can go: Django's JSON fields foresee any other fault of a text, not this one."""
    if not isinstance(erreur, RecursionError) or erreur.__traceback__ is None:
        return False
    *_, (cadre, _) = traceback.walk_tb(erreur.__traceback__)
    return cadre.f_globals.get("__name__") == "json.decoder"


def incident(request: HttpRequest) -> HttpResponse:
    """``handler500``, called while the exception is being handled."""
    erreur = sys.exc_info()[1]
    if _est_un_json_sans_fond(erreur):
        return demande_incorrecte(request, erreur)
    return _dire(request, 503 if est_une_panne(erreur) else 500)


def _dire(request: HttpRequest, statut: int) -> HttpResponse:
    requete = requete_en_cours()
    if _veut_du_json(request):
        reponse: HttpResponse = JsonResponse(
            {"erreur": "indisponible" if statut == 503 else "incident", "requete": requete}
        )
    else:
        reponse = HttpResponse(render_to_string(f"{statut}.html", {"requete": requete}))
    reponse.status_code = statut
    if statut == 503:
        reponse.headers["Retry-After"] = str(ATTENTE)
    return reponse


def demande_incorrecte(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler400``."""
    if isinstance(exception, SessionInterrupted) and _base_partie(exception):
        return _dire(request, 503)
    return _refus_en_json(request, 400, "incorrecte") or defaults.bad_request(request, exception)


def interdit(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler403``."""
    return _refus_en_json(request, 403, "interdit") or defaults.permission_denied(request, exception)


def introuvable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler404``."""
    return _refus_en_json(request, 404, "introuvable") or defaults.page_not_found(request, exception)


def formulaire_perime(request: HttpRequest, reason: str = "") -> HttpResponse:
    """``CSRF_FAILURE_VIEW``."""
    return _refus_en_json(request, 403, "formulaire périmé") or csrf.csrf_failure(request, reason)


def _refus_en_json(request: HttpRequest, statut: int, erreur: str) -> JsonResponse | None:
    if not _veut_du_json(request):
        return None
    return JsonResponse({"erreur": erreur, "requete": requete_en_cours()}, status=statut)


def _veut_du_json(request: HttpRequest) -> bool:
    """A script of ours says so by its header, or asks for JSON and nothing else; a browser takes anything."""
    if "automatique" in (request.headers.get("X-Enregistrement"), request.headers.get("X-Lecture")):
        return True
    return request.headers.get("Accept", "").split(",")[0].strip() == "application/json"
