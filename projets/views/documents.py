from django.http import HttpRequest, HttpResponse


def modele_word(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("documents.modele_word")


def brouillon_word(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("documents.brouillon_word")


def projet_word(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("documents.projet_word")


def projet_pdf(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("documents.projet_pdf")


def piece(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("documents.piece")
