from django.http import HttpRequest, HttpResponse


def tableau(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("pilotage.tableau")


def exporter(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("pilotage.exporter")
