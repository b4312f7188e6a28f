"""Receive somebody who accepts an invitation: they choose a password, and are in."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.password_reset import perform_password_reset_login
from allauth.account.views import PasswordResetFromKeyView
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from myfone.accounts.models import User
from myfone.accounts.policy import must_have_second_factor

INVITED = "invited_user"


def remember(request: HttpRequest, user: User) -> None:
    """Note in this browser's session that the user came by an invitation, which was checked."""
    request.session[INVITED] = user.pk


class ChoosePasswordView(PasswordResetFromKeyView):  # type: ignore[misc]
    """Take a new password by the link of a mail.

    Who came by an invitation, and has no password yet, is signed in with the first one: the key in the link died with
    it, nobody was signed in before, and no second step can have been set up. Staff, and whoever forgot a password,
    sign in by hand, with all that this asks for.
    """

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"welcome": self.reset_user if self._is_first() else None}

    def get_form(self, form_class: Any = None) -> forms.Form:
        form: forms.Form = super().get_form(form_class)
        if self._is_first():
            form.fields["password1"].label = gettext_lazy("Password")
            form.fields["password2"].label = gettext_lazy("Password again")
        return form

    def form_valid(self, form: Any) -> HttpResponse:
        if not self._is_first() or must_have_second_factor(self.reset_user):
            response: HttpResponse = super().form_valid(form)
            return response
        form.save()
        del self.request.session[INVITED]
        messages.success(
            self.request,
            _("Welcome to Myfone, %(name)s. Next time you sign in with %(address)s and this password.")
            % {"name": self.reset_user.name, "address": self.reset_user.email},
        )
        return perform_password_reset_login(self.request, self.reset_user)

    def _is_first(self) -> bool:
        user = self.reset_user
        return (
            user is not None
            and self.request.session.get(INVITED) == user.pk
            and not user.has_usable_password()
        )


choose_password = ChoosePasswordView.as_view()
