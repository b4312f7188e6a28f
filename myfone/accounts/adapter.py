"""What allauth asks us: who may sign up, how attempts are counted, how mail leaves."""

from __future__ import annotations

import time
import uuid
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.stagekit import get_pending_stage
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from myfone.accounts import limits
from myfone.accounts.known_devices import known_device, remember_device
from myfone.accounts.policy import must_have_second_factor, remember_preferences
from myfone.kernel import outbox, secrets
from myfone.kernel.ratelimit import attempt, forgive

# allauth's mails that we send, by the name of our own template.
MAILS = {
    "account/email/password_reset_key": "password_reset",
    "account/email/password_changed": "password_changed",
    "account/email/password_reset": "password_changed",
    "account/email/password_set": "password_changed",
    "mfa/email/totp_activated": "second_factor_added",
    "mfa/email/totp_deactivated": "second_factor_removed",
    "mfa/email/webauthn_added": "second_factor_added",
    "mfa/email/webauthn_removed": "second_factor_removed",
    "mfa/email/recovery_codes_generated": "recovery_codes_made",
}

WAYS = {
    "reauthenticate": _("Use your password"),
    "mfa_reauthenticate": _("Use your authenticator app, or a recovery code"),
    "mfa_reauthenticate:webauthn": _("Use a passkey or security key"),
}
# Said by the page itself: that one is signed in or out, that codes were made.
UNSAID = {
    "account/messages/logged_in.txt",
    "account/messages/logged_out.txt",
    "mfa/messages/recovery_codes_generated.txt",
}


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the company's administrator; attempts are counted in Postgres; mail goes by the outbox."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The e-mail address or the password is not right."),
        "incorrect_password": _("The password is not right."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt against account, address, and both together; refuse when one is used up.

        A browser that the account was signed in with before counts by itself: what strangers used up is not its.
        """
        counted = self._counts(request, credentials)
        for limit, subject in counted:
            tried = attempt(limit, subject)
            if not tried.allowed:
                raise forms.ValidationError(
                    limits.wait_text(tried.retry_after), code="too_many_login_attempts"
                )
        self._counted = counted

    def _rollback_login_failed_rl_usage(self) -> None:
        """Take an honest attempt back out of the account's count; allauth calls this after a right password.

        The address keeps its count: whoever guesses at many accounts must not clear it with one of their own.
        """
        for limit, subject in self._counted:
            if limit is not limits.SIGN_IN_ADDRESS:
                forgive(limit, subject)

    def _counts(self, request: HttpRequest, credentials: dict[str, Any]) -> list[tuple[limits.Limit, str]]:
        account = str(credentials.get("email") or credentials.get("username") or "").strip().casefold()
        address = limits.place(self.get_client_ip(request))
        device = known_device(request, account)
        if device:
            return [(limits.SIGN_IN_ADDRESS, address), (limits.SIGN_IN_DEVICE, f"{account} {device}")]
        return [
            (limits.SIGN_IN_ADDRESS, address),
            (limits.SIGN_IN_HERE, f"{account} {address}"),
            (limits.SIGN_IN_ACCOUNT, account),
        ]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask again for what protects the account, unless the person proved who they are minutes ago."""
        request = allauth_context.request
        proofs = get_authentication_records(request, request.user)
        if proofs and time.time() - proofs[-1].get("at", 0) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
            return False
        required: bool = super().is_reauthentication_required(app=app, **kwargs)
        return required

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Name the ways in the words of our own pages."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [method | {"description": WAYS.get(method["id"], method["description"])} for method in methods]

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        """Carry the person's language and theme to this browser, and know it again."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember_device(request, response, getattr(user, "email", ""))
        remember_preferences(response, user)
        return response

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Leave out what one can see."""
        template = kwargs.get("message_template") or (args[0] if args else "")
        if template not in UNSAID:
            super().add_message(request, level, *args, **kwargs)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link on the portal's own address; the request's Host header is whatever its sender wrote."""
        url: str = super().get_reset_password_from_key_url(key)
        return settings.PORTAL_URL + urlsplit(url).path

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Name the person in the mail, and write to the address of the account."""
        super().send_notification_mail(
            template_prefix, user, {**(context or {}), "user": user}, email or getattr(user, "email", None)
        )

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Promise the mail in this transaction: a mail server that is down, or slow, shows nothing to a stranger."""
        user = context.get("user")
        request = self.request
        params = {
            "name": str(user or ""),
            "url": context.get("password_reset_url", ""),
            "at": context["timestamp"].isoformat() if "timestamp" in context else "",
            "ip": self.get_client_ip(request) if request is not None else "",
        }
        # allauth tells of changes when the request's transaction is over already.
        with transaction.atomic():
            outbox.send(
                key=f"account:{uuid.uuid4()}",
                to=email,
                template=MAILS[template_prefix],
                language=getattr(user, "language", settings.LANGUAGE_CODE),
                params=params,
            )


UNBOUND = "second factor"  # what secrets were bound to before each was bound to its owner


def bound_to(user_id: int) -> str:
    """Return what the secrets of a user's second factors are sealed for: copied to another row they do not open."""
    return f"second factor of user {user_id}"


class MfaAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps are kept encrypted; staff keep at least one second factor."""

    def encrypt(self, text: str) -> str:
        owner = _owner()
        return secrets.seal(text.encode(), bound_to=bound_to(owner) if owner else UNBOUND).hex()

    def decrypt(self, encrypted_text: str) -> str:
        sealed, owner = bytes.fromhex(encrypted_text), _owner()
        if owner:
            try:
                return secrets.unseal(sealed, bound_to=bound_to(owner)).decode()
            except secrets.CannotOpen:
                # From before secrets were bound to their owners; rewrap_secrets leaves none of these behind.
                return secrets.unseal(sealed, bound_to=UNBOUND).decode()
        return secrets.unseal(sealed, bound_to=UNBOUND).decode()

    def is_mfa_enabled(self, user: AbstractBaseUser, types: list[str] | None = None) -> bool:
        """Say whether the user has such a factor. One page asks for each kind twice: on a GET the answer is kept."""
        if user.is_anonymous:
            return False
        found: set[str] | None = getattr(user, "_factors", None)
        if found is None:
            found = set(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True))
            request = allauth_context.request
            if request is not None and request.method == "GET":
                user._factors = found  # type: ignore[attr-defined]
        return bool(found & set(types) if types is not None else found)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Refuse to take the last factor away from somebody who must have one."""
        if authenticator.type == Authenticator.Type.RECOVERY_CODES:
            return True
        others = (
            Authenticator.objects.filter(user_id=authenticator.user_id)
            .exclude(pk__in=[authenticator.pk])
            .exclude(type=Authenticator.Type.RECOVERY_CODES)
        )
        return others.exists() or not must_have_second_factor(authenticator.user)


def _owner() -> int | None:
    """Return whose secret the request is about: who is signed in, or who is on the way to be."""
    request = allauth_context.request
    if request is None:
        return None
    if request.user.is_authenticated:
        return int(request.user.pk)
    stage = get_pending_stage(request)
    return None if stage is None else int(stage.login.user.pk)
