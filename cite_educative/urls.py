"""URLs of the portal: the administration, the accounts, then each app's own."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

# One door to log in: the administration gets the rate limits and the second factor of the accounts.
admin.site.login = secure_admin_login(admin.site.login)
admin.site.site_header = "Cité éducative : administration"
admin.site.site_title = "Cité éducative"
admin.site.index_title = "Réglages du portail"

handler400 = "cite_educative.pannes.demande_incorrecte"
handler403 = "cite_educative.pannes.interdit"
handler404 = "cite_educative.pannes.introuvable"
handler500 = "cite_educative.pannes.incident"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("comptes/", include("allauth.urls")),
    path("", include("correspondants.urls")),
    path("", include("projets.urls")),
]
