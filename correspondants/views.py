from django.http import HttpRequest, HttpResponse


def annuaire(request: HttpRequest) -> HttpResponse:
    return HttpResponse("annuaire")
