from django.http import HttpRequest, HttpResponse


def liste(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("troika.liste")


def nouvelle(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("troika.nouvelle")


def seance(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("troika.seance")


def modifier(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("troika.modifier")


def ordre(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("troika.ordre")


def voix(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("troika.voix")


def decision(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("troika.decision")


def publier(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("troika.publier")


def compte_rendu(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("troika.compte_rendu")
