"""Security headers that neither Django nor django-csp sends, and those they would forget on a file or an error."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Reponse = Callable[[HttpRequest], HttpResponse]

# The portal asks nothing of the visitor's device, and takes no part in what browsers do for advertisers. Names that some
# browsers do not know (« web-share », « attribution-reporting ») are left out: each page would complain in the console.
PERMISSIONS_POLICY = ", ".join(
    f"{fonction}=()"
    for fonction in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "encrypted-media",
        "fullscreen",
        "geolocation",
        "gyroscope",
        "hid",
        "idle-detection",
        "local-fonts",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "picture-in-picture",
        "screen-wake-lock",
        "serial",
        "usb",
        "xr-spatial-tracking",
    )
)


def _est_a_quelqu_un(request: HttpRequest) -> bool:
    """Whether the answer was made for one visitor: logged in, or known by a session."""
    if hasattr(request, "user") and request.user.is_authenticated:
        return True
    return hasattr(request, "session") and not request.session.is_empty()


def entetes_de_securite(get_response: Reponse) -> Reponse:
    """Middleware: close the device's sensors, keep private pages out of shared caches, and harden every answer alike.

    It stands in front of all that may answer by itself (redirection to HTTPS, static files, an error), so that nothing goes
    out bare.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        # Forms are in UTF-8. Another name, which only a forger gives, would have Python decode them by any codec it knows.
        if request.content_params and request.content_params.get("charset"):
            request.encoding = "utf-8"
        reponse = get_response(request)
        for nom, valeur in (
            ("Permissions-Policy", PERMISSIONS_POLICY),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", settings.SECURE_CROSS_ORIGIN_OPENER_POLICY),
            ("Referrer-Policy", settings.SECURE_REFERRER_POLICY),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", settings.X_FRAME_OPTIONS),
            ("X-Permitted-Cross-Domain-Policies", "none"),
        ):
            reponse.headers.setdefault(nom, valeur)
        # A page seen by someone logged in must not come back with the "previous" button after they left. An error is not
        # asked who it is for: the database that would say is perhaps what failed.
        if reponse.status_code >= 500:
            reponse.headers["Cache-Control"] = "no-store"
        # Somebody without an account has a draft too: it is their session that says whose page this is.
        elif _est_a_quelqu_un(request):
            reponse.headers.setdefault("Cache-Control", "private, no-cache")
        return reponse

    return middleware
