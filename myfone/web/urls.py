"""Addresses of the shell."""

from django.urls import path

from myfone.web.views import settings, today

urlpatterns = [
    path("", today.today, name="today"),
    path("settings/", settings.index, name="settings"),
    path("settings/profile/", settings.profile, name="settings_profile"),
    path("settings/security/", settings.security, name="settings_security"),
    path("settings/security/second-step/", settings.second_factor, name="second_factor"),
    path("language/", settings.set_language, name="set_language"),
]
