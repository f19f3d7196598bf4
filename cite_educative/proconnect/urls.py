"""Addresses given to ProConnect; allauth includes them under /comptes/."""

from django.urls import path

from . import views

urlpatterns = [
    path("proconnect/", views.login, name="proconnect_login"),
    path("proconnect/retour/", views.callback, name="proconnect_callback"),
]
