"""The bare page: a Django view behind login, fifty rows, three queries (session, account, rows), one template."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.template import Engine
from django.urls import path

# Those of ``startproject``, and the one that asks for a login.
MIDDLEWARE = [
    "tests.banc.nue.adresses_nues",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
GABARIT = """<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Projets</title></head><body>
<h1>Projets</h1><p>{{ user.email }}</p><table><thead><tr><th>Numéro<th>Titre<th>Structure<th>Statut<th>Déposé le<th>Enfants</thead>
<tbody>{% for p in projets %}<tr>
<td><a href="{% url 'nue_projet' p.numero %}">{{ p.numero }}</a></td>
<td>{{ p.titre }}</td><td>{{ p.structure.nom }}</td>
<td><span class="statut {{ p.statut }}">{{ p.get_statut_display }}</span></td>
<td>{{ p.depose_le|date:"j F Y" }}</td>
<td>{% if p.nombre_enfants %}{{ p.nombre_enfants }}{% else %}—{% endif %}</td>
</tr>{% endfor %}</tbody></table></body></html>"""
_gabarit = None


def adresses_nues(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        request.urlconf = "tests.banc.nue"
        return get_response(request)

    return middleware


def page(request: HttpRequest) -> HttpResponse:
    from django.template import Context

    from projets.models import Projet

    global _gabarit
    if _gabarit is None:
        _gabarit = Engine().from_string(GABARIT)
    projets = (
        Projet.objects.exclude(depose_le=None).select_related("structure").defer("donnees", "recherche", "lecture")
    )
    contexte = Context({"projets": projets.order_by("-pk")[:50], "user": request.user})
    return HttpResponse(_gabarit.render(contexte))


urlpatterns = [path("nue/", page, name="nue"), path("nue/<str:numero>/", page, name="nue_projet")]
