from django.http import HttpRequest, HttpResponse


def bilan(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("bilans.bilan")


def modifier(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("bilans.modifier")


def pdf(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("bilans.pdf")


def action(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("bilans.action")


def liste(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("bilans.liste")
