"""What every page of the shell needs to know; no database query."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

THEMES = ("system", "light", "dark")
THEME_COOKIE = "theme"
OWN_NAMES = {"da": "Dansk", "en": "English", "sv": "Svenska"}


def theme_of(request: HttpRequest) -> str:
    """Return the theme this browser shows: the cookie, which sign-in and settings write, or the system's."""
    theme = request.COOKIES.get(THEME_COOKIE, "system")
    return theme if theme in THEMES else "system"


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give templates the theme, the languages and the names of stand-ins in use."""
    return {
        "theme": theme_of(request),
        "languages": [
            {"code": code, "name": OWN_NAMES.get(code, name), "current": code == get_language()}
            for code, name in settings.LANGUAGES
        ],
    }
