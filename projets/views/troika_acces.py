"""What every view of the troïka starts with: the meeting, the point, who holds which place."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from correspondants.enums import Role

from .. import lecture_seance
from ..models import PointOrdreDuJour, SeanceTroika
from ..permissions import est_porteur, peut_donner_voix, peut_tenir_seance, peut_voir_seances
from ..seances import PILOTES_EN_ORDRE

PK_MAX = 2**63 - 1
CONSULTER = ["GET", "HEAD", "POST"]


def exiger_coordination(request: HttpRequest) -> None:
    if not peut_tenir_seance(request.user):
        raise PermissionDenied


def seance_ou_404(request: HttpRequest, pk: int) -> SeanceTroika:
    if not peut_voir_seances(request.user):
        raise PermissionDenied
    if pk > PK_MAX or (trouvee := lecture_seance.seance(pk)) is None:
        raise Http404("Cette séance n’existe pas.")
    return trouvee


def point_ouvert(request: HttpRequest, seance: SeanceTroika, pk: int) -> PointOrdreDuJour | None:
    """The point of an open meeting, None when it is no more; never for the porteur of the project."""
    point = (
        seance.points.select_related("projet__appel", "seance").filter(pk=pk).first() if seance.est_ouverte else None
    )
    if point and est_porteur(request.user, point.projet):
        raise PermissionDenied
    return point


def pilotes_de(request: HttpRequest) -> list[Role]:
    """The pilots for whom the person may speak."""
    return [pilote for pilote in PILOTES_EN_ORDRE if peut_donner_voix(request.user, pilote)]


def entier(texte: str) -> int:
    return int(texte) if texte.isascii() and texte.isdecimal() and len(texte) < 10 else 0
