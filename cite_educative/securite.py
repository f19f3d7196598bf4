"""Security headers that neither Django nor django-csp sends."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Reponse = Callable[[HttpRequest], HttpResponse]

# The portal asks nothing of the visitor's device.
PERMISSIONS_POLICY = ", ".join(
    f"{capteur}=()"
    for capteur in (
        "accelerometer",
        "autoplay",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)


def entetes_de_securite(get_response: Reponse) -> Reponse:
    """Middleware: close the device's sensors, and keep private pages out of shared caches."""

    def middleware(request: HttpRequest) -> HttpResponse:
        reponse = get_response(request)
        reponse.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        reponse.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # A page seen by someone logged in must not come back with the "previous" button after they left.
        if hasattr(request, "user") and request.user.is_authenticated:
            reponse.headers.setdefault("Cache-Control", "private, no-cache")
        return reponse

    return middleware
