from django.http import HttpRequest, HttpResponse


def projet(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("projet.projet")


def action(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("projet.action")
