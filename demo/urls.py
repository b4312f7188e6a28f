"""Addresses of the demo's own pages."""

from django.urls import URLPattern, URLResolver, path

from demo.web import client, inbox, start, webhost

urlpatterns: list[URLPattern | URLResolver] = [
    path("", start.start, name="demo"),
    path("client/", client.client, name="demo_client"),
    path("web-host/", webhost.webhost, name="demo_zone"),
    path("night/", start.night, name="demo_night"),
    path("inbox/", inbox.inbox, name="demo_inbox"),
    path("inbox/<str:name>/", inbox.mail, name="demo_mail"),
]
