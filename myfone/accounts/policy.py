"""Who must sign in how, and for how long: one place for the rules of sessions."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpResponse

from myfone.accounts.models import Membership
from myfone.tenancy.actor import STAFF

STAFF_IDLE = 3 * 3600
STAFF_ABSOLUTE = 12 * 3600
THEME_COOKIE = "theme"
A_YEAR = 365 * 24 * 3600


def must_have_second_factor(user: AbstractBaseUser) -> bool:
    """Tell whether the user works for the provider or a reseller, who see other people's data."""
    return Membership.objects.filter(user_id=user.pk, role__in=STAFF).exists()


def remember_preferences(response: HttpResponse, user: AbstractBaseUser) -> None:
    """Write language and theme to cookies, so that pages know them without asking the database."""
    secure = settings.SESSION_COOKIE_SECURE
    language = getattr(user, "language", settings.LANGUAGE_CODE)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=A_YEAR, samesite="Lax", secure=secure
    )
    response.set_cookie(
        THEME_COOKIE, getattr(user, "theme", "system"), max_age=A_YEAR, samesite="Lax", secure=secure
    )
