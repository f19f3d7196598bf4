"""What every template knows of the call, and of the pages that its reader may open."""

from collections.abc import Callable
from typing import NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from cite_educative.preparees import Objets
from correspondants.enums import AUTORITES, COORDINATEURS, Role
from correspondants.models import Utilisateur

from .accessibilite import etat
from .guides import Renvoi, renvoi_pour
from .models import Appel
from .permissions import est_des_services, peut_lire_journal, peut_voir_pilotage, peut_voir_seances


class Entree(NamedTuple):
    """One link of the menu: the name of a URL, its label, and whose it is (None stands for a visitor)."""

    nom: str
    libelle: str
    pour: Callable[[Utilisateur | None], bool]


def _porteurs(utilisateur: Utilisateur | None) -> bool:
    return not utilisateur or not utilisateur.roles or utilisateur.a_role(*COORDINATEURS, Role.ADMIN)


def _sans_role(utilisateur: Utilisateur | None) -> bool:
    return not utilisateur or not utilisateur.roles


def _compte(permission: Callable[[Utilisateur], bool]) -> Callable[[Utilisateur | None], bool]:
    return lambda utilisateur: utilisateur is not None and permission(utilisateur)


MENU = (
    Entree("accueil", "Accueil", lambda _: True),
    Entree("appel", "L’appel", _sans_role),
    Entree("deposer", "Déposer un projet", _porteurs),
    Entree("suivi", "Mes projets", _porteurs),
    Entree("coordination", "Coordination", _compte(est_des_services)),
    Entree("avis", "Avis", _compte(lambda utilisateur: utilisateur.a_role(*AUTORITES))),
    Entree("troika", "Troïka", _compte(peut_voir_seances)),
    Entree("bilans", "Bilans", _compte(est_des_services)),
    Entree("pilotage", "Pilotage", _compte(peut_voir_pilotage)),
    Entree("journal", "Journal", _compte(peut_lire_journal)),
    Entree("correspondants", "Correspondants", lambda _: True),
    Entree("communication", "Communication", _sans_role),
    Entree("admin:index", "Administration", _compte(lambda utilisateur: utilisateur.is_staff)),
)


def appel(request: HttpRequest) -> dict[str, object]:
    """``appel``: the current call, read only if the template looks at it; None before the first fixture is loaded.

    ``identite``: the logo and colours that its cité published, read with it; None for those of the portal.
    """
    courant = SimpleLazyObject(lambda: appel_courant(request))
    return {"appel": courant, "identite": SimpleLazyObject(lambda: _identite(courant))}


def appel_courant(request: HttpRequest) -> Appel | None:
    """The current call, read once for the view and for its template."""
    if "_appel_courant" not in request.__dict__:
        request._appel_courant = next(iter(_COURANT.lire()), None)
    return request._appel_courant


_COURANT = Objets(lambda: Appel.objects.select_related("identite_publiee").filter(courant=True)[:1])


def _identite(appel: Appel | None) -> dict[str, object] | None:
    publiee = getattr(appel, "identite_publiee", None) if appel else None
    if publiee is None:
        return None
    return {
        "feuille": reverse("identite_feuille", args=[publiee.palette.empreinte()]),
        "logo": reverse("identite_logo", args=[publiee.nom_logo]) if publiee.logo else "",
        "largeur": publiee.largeur_affichee,
        "primaire": publiee.primaire,
    }


def menu(request: HttpRequest) -> dict[str, object]:
    """``menu``: the pages to offer to the reader. A link of the menu never leads to a refusal."""
    utilisateur = getattr(request, "user", None)
    connecte = utilisateur if utilisateur is not None and utilisateur.is_authenticated else None
    return {"menu": [entree for entree in MENU if entree.pour(connecte)]}


def aide(request: HttpRequest) -> dict[str, object]:
    """``renvoi_aide``: the part of the help that tells of this very page, read only if the template looks at it;
    ``conformite``: what each page says of accessibility."""
    return {"renvoi_aide": SimpleLazyObject(lambda: _renvoi(request)), "conformite": etat()}


def _renvoi(request: HttpRequest) -> Renvoi | None:
    trouvee = getattr(request, "resolver_match", None)
    utilisateur = getattr(request, "user", None)
    sans_role = utilisateur is None or not utilisateur.is_authenticated or not utilisateur.roles
    return renvoi_pour(trouvee.view_name, porteur=sans_role) if trouvee is not None else None
