from django.urls import URLPattern, URLResolver

from provisioning.web import dns

urlpatterns: list[URLPattern | URLResolver] = [*dns.urlpatterns]
