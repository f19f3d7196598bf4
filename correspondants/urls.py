"""Addresses that speak of people and organisations."""

from django.urls import path

from . import views

urlpatterns = [path("correspondants/", views.annuaire, name="correspondants")]
