from django.http import HttpRequest, HttpResponse


def accueil(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("public.accueil")


def communication(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("public.communication")


def accessibilite(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("public.accessibilite")


def mentions_legales(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("public.mentions_legales")


def donnees_personnelles(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("public.donnees_personnelles")


def plan_du_site(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("public.plan_du_site")


def demonstration(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("public.demonstration")


def sante(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("public.sante")
