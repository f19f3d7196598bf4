"""What every template knows of the call."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from .models import Appel


def appel(request: HttpRequest) -> dict[str, object]:
    """``appel``: the current call, read only if the template looks at it; None before the first fixture is loaded."""
    return {"appel": SimpleLazyObject(lambda: Appel.objects.filter(courant=True).first())}
