"""The page of an error nobody foresaw: an incident of ours (500), or something the portal leans on that is down (503).

Neither page needs a database, a session nor a context: whatever failed may be one of them.
"""

import errno
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

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


def incident(request: HttpRequest) -> HttpResponse:
    """``handler500``, called while the exception is being handled."""
    statut = 503 if est_une_panne(sys.exc_info()[1]) else 500
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


def _veut_du_json(request: HttpRequest) -> bool:
    """A script of ours asks for JSON and nothing else; a browser takes anything."""
    return request.headers.get("Accept", "").split(",")[0].strip() == "application/json"
