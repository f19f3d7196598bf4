from django.http import HttpRequest, HttpResponse


def liste(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("coordination.liste")


def export(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("coordination.export")
