from django.http import HttpRequest, HttpResponse


def deposer(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("porteur.deposer")


def commencer_en_ligne(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("porteur.commencer_en_ligne")


def verifier(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("porteur.verifier")


def confirmer_courriel(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("porteur.confirmer_courriel")


def finaliser(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("porteur.finaliser")


def suivi(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("porteur.suivi")


def depot_confirme(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("porteur.depot_confirme")


def modifier(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("porteur.modifier")


def redeposer(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("porteur.redeposer")
