"""Addresses of the REST API; the version is in the path."""

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView

from myfone.api import views

app_name = "api"
urlpatterns = [
    path("schema.json", SpectacularJSONAPIView.as_view(), name="schema"),
    path("v1/me", views.Me.as_view(), name="me"),
]
