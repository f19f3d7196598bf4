from django.http import HttpRequest, HttpResponse


def liste(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("ien.liste")


def rendre(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("ien.rendre")


def par_lien(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("ien.par_lien")
