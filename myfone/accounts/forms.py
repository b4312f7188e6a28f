"""Sign-in forms: allauth's, with our limits and without words in the fields that the labels say already."""

from __future__ import annotations

import re
from typing import Any

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from myfone.accounts.limits import (
    CODE_USED,
    RESET_ACCOUNT,
    RESET_ADDRESS,
    SECOND_FACTOR,
    SECOND_FACTOR_LONG,
    place,
    wait_text,
)
from myfone.accounts.passwords import LengthByFactors, NotFromContext
from myfone.kernel.ratelimit import attempt, forget


class Plain(forms.Form):
    """Take placeholders away: a label that vanishes while one types is no label."""

    labels: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in self.labels:
                field.label = self.labels[name]
            if name == "password1":
                # One sentence in place of a list of what each validator says.
                field.help_text = f"{LengthByFactors().get_help_text()} {NotFromContext().get_help_text()}"


class LoginForm(Plain, account.LoginForm):
    """E-mail and password; staying signed in is the rule for employees, and never for staff."""

    labels = {"login": _("E-mail"), "password": _("Password")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The page has its own link, placed where it reads well.
        self.fields["password"].help_text = ""


class ResetPasswordForm(Plain, account.ResetPasswordForm):
    """Ask for a link; the answer is the same whether the address is known, unknown or asked for too often."""

    labels = {"email": _("E-mail")}

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Send the mail unless the address has had its share; return the address as allauth does."""
        email: str = self.cleaned_data["email"]
        address = place(get_adapter(request).get_client_ip(request))
        if attempt(RESET_ADDRESS, address).allowed and attempt(RESET_ACCOUNT, email.casefold()).allowed:
            super().save(request, **kwargs)
        return email


class ResetPasswordKeyForm(Plain, account.ResetPasswordKeyForm):
    labels = {"password1": _("New password"), "password2": _("New password again")}


class ChangePasswordForm(Plain, account.ChangePasswordForm):
    labels = {
        "oldpassword": _("Password now"),
        "password1": _("New password"),
        "password2": _("New password again"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].help_text = ""

    def clean_oldpassword(self) -> str:
        """Count wrong passwords: whoever finds an open browser must not guess on."""
        subject = f"change:{self.user.pk}"
        tried = attempt(SECOND_FACTOR, subject)
        if not tried.allowed:
            raise forms.ValidationError(wait_text(tried.retry_after), code="too_many")
        password: str = super().clean_oldpassword()
        forget(SECOND_FACTOR, subject)
        return password


class ReauthenticateForm(Plain, account.ReauthenticateForm):
    labels = {"password": _("Password")}


class CountedCode(Plain):
    """Count wrong codes per person, and let a right one through once only."""

    user: AbstractBaseUser

    def clean_code(self) -> str:
        """Raise ValidationError for a wrong code, a used one, or too many."""
        subject = str(self.user.pk)
        for limit in (SECOND_FACTOR, SECOND_FACTOR_LONG):
            tried = attempt(limit, subject)
            if not tried.allowed:
                raise forms.ValidationError(wait_text(tried.retry_after), code="too_many")
        code: str = super().clean_code()  # type: ignore[misc]
        # A code that was looked over a shoulder must not open a second session within its 30 seconds, nor must it
        # with a dash or a blank in it, which allauth leaves out when it compares.
        spelled = re.sub(r"[\W_]", "", code).casefold()
        if not attempt(CODE_USED, f"{subject}:{spelled}").allowed:
            raise forms.ValidationError(_("This code has been used. Wait for the next one."), code="used")
        forget(SECOND_FACTOR, subject)
        forget(SECOND_FACTOR_LONG, subject)
        return code


class SecondFactorForm(CountedCode, mfa.AuthenticateForm):
    labels = {"code": _("Code")}


class SecondFactorAgainForm(CountedCode, mfa.ReauthenticateForm):
    labels = {"code": _("Code")}


class ActivateTotpForm(Plain, totp.ActivateTOTPForm):
    labels = {"code": _("Code from the app")}

    def clean_code(self) -> str:
        """Count wrong codes here as well: a stolen session must not guess its way to a factor of its own."""
        subject = f"activate:{context.request.user.pk}"
        tried = attempt(SECOND_FACTOR, subject)
        if not tried.allowed:
            raise forms.ValidationError(wait_text(tried.retry_after), code="too_many")
        code: str = super().clean_code()
        forget(SECOND_FACTOR, subject)
        return code
