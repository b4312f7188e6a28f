"""Behind the gear: profile, language and theme; sign-in and security; and what the apps put there."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language as django_set_language

from myfone.accounts.models import User
from myfone.accounts.policy import remember_preferences
from myfone.tenancy.actor import Actor
from myfone.web.forms import ProfileForm
from myfone.web.navigation import settings_entries
from telephony.selectors.colleagues import own_numbers


@require_safe
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """List the settings that exist."""
    context: dict[str, Any] = {"entries": settings_entries(request)}
    actor: Actor | None = getattr(request, "actor", None)
    if actor is not None and actor.employee_id is not None:
        context["local"], context["direct"] = own_numbers(actor)
    return TemplateResponse(request, "web/settings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Show and save name, language and theme."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        with translation.override(user.language):
            messages.success(request, _("Saved."))
        response = HttpResponseRedirect(reverse("settings_profile"))
        remember_preferences(response, user)
        return response
    return TemplateResponse(request, "web/profile.html", {"form": form})


@require_safe
@login_required
def security(request: HttpRequest) -> HttpResponse:
    """Show how the person signs in, and where they are signed in."""
    authenticators = list(Authenticator.objects.filter(user_id=request.user.pk))
    by_type = {
        kind: [a for a in authenticators if a.type == kind] for kind in ("totp", "webauthn", "recovery_codes")
    }
    codes = by_type["recovery_codes"]
    return TemplateResponse(
        request,
        "web/security.html",
        {
            "totp": by_type["totp"],
            "passkeys": len(by_type["webauthn"]),
            "has_codes": bool(codes),
            "codes_left": len(codes[0].wrap().get_unused_codes()) if codes else 0,
            "sessions": UserSession.objects.filter(user_id=request.user.pk).count(),
        },
    )


@require_safe
@login_required
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask staff who have no second factor to choose one; nothing else opens before."""
    return TemplateResponse(request, "web/second_factor.html")


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Change the language of this browser, and of the account when somebody is signed in."""
    response = django_set_language(request)
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES):
        User.objects.filter(pk=request.user.pk).update(language=language)
    return response
