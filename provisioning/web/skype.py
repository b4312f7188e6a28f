"""Settings → Skype for Business: the guide's page for the employee (G17–G22)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from myfone.kernel import clock
from myfone.kernel.ratelimit import Limit, attempt
from myfone.tenancy.actor import Actor
from provisioning.rules.domains import shown
from provisioning.rules.upkeep import keeps_people_out
from provisioning.selectors.endings import account_with_end
from provisioning.selectors.skype_accounts import linking
from provisioning.services import skype_accounts
from telephony.models import Phone, SipDomain
from telephony.rules import skype_account, skype_password
from telephony.rules.skype_password import Condition
from telephony.rules.strength import Strength, strength
from telephony.selectors.phones import clients, refusals, skype_phone
from telephony.selectors.policies import code_days
from telephony.services import skype as telephony

SECRETS = ("password", "repeat")
SUGGESTED = "suggested"
RESETS = Limit("skype-password", amount=3, seconds=3600)
RULES = {
    Condition.LENGTH: gettext_lazy("At least 8 characters"),
    Condition.DIGIT: gettext_lazy("A digit"),
    Condition.LOWER: gettext_lazy("A lower case letter"),
    Condition.UPPER: gettext_lazy("An upper case letter"),
    Condition.NO_USERNAME: gettext_lazy("Not your user name in it"),
    Condition.NOT_COMMON: gettext_lazy("Not a password that everybody tries first"),
}
STRENGTHS = {
    Strength.WEAK: gettext_lazy("Weak: guessed within hours if it leaks"),
    Strength.FAIR: gettext_lazy("Fair: make it longer"),
    Strength.GOOD: gettext_lazy("Good"),
    Strength.STRONG: gettext_lazy("Strong"),
}
View = Callable[..., HttpResponse]


class PasswordForm(forms.Form):
    """A password for the Skype client, typed twice."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(
            attrs={
                "autocomplete": "new-password",
                "maxlength": skype_password.LONGEST,
                "aria-describedby": "password-rules",
                "data-skype-password": "",
            }
        ),
    )
    repeat = forms.CharField(
        label=gettext_lazy("Repeat password"),
        strip=False,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "new-password", "maxlength": skype_password.LONGEST}
        ),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("repeat") and cleaned.get("password") != cleaned.get("repeat"):
            self.add_error("repeat", _("The two passwords are not the same."))
        return cleaned

    def fill_in(self, password: str) -> None:
        """Show a generated password, so that it can be read and kept before it is saved."""
        for name in SECRETS:
            shown = forms.TextInput(attrs=self.fields[name].widget.attrs)
            self.fields[name].widget = shown
            self.initial[name] = password

    def keep_suggested(self) -> str:
        """Show the generated password again in a form that is refused, and return it.

        A password that the person chose is not sent back, nor one that is refused itself.
        """
        suggested: str = self.data.get(SUGGESTED, "")
        if not suggested or "password" in self.errors:
            return ""
        if any(self.data.get(name) != suggested for name in SECRETS):
            return ""
        self.fill_in(suggested)
        return suggested


class LinkForm(PasswordForm):
    """User name, password and its repetition (G17)."""

    field_order = ("username", "domain", *SECRETS)
    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=64,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    domain = forms.ChoiceField(label=gettext_lazy("Domain"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, domains: Sequence[SipDomain], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(domains) < 2:
            del self.fields["domain"]
            return
        field = self.fields["domain"]
        field.choices = [(one.name, shown(one.name)) for one in domains]  # type: ignore[attr-defined]
        field.initial = domains[0].name
        field.error_messages["invalid_choice"] = _("This domain cannot be used now. Choose another one.")


def for_employees(view: View) -> View:
    """Open a page to signed-in employees; for others it does not exist."""

    @wraps(view)
    @never_cache
    @sensitive_post_parameters(*SECRETS, SUGGESTED)
    @login_required
    def guarded(request: HttpRequest) -> HttpResponse:
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        if actor is None or actor.employee_id is None:
            raise Http404
        return view(request, actor)

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
def account(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the linked account and its clients, or the form that links one."""
    phone, last_day = account_with_end(actor=actor, employee_id=_employee(actor))
    if phone is not None:
        return _linked(request, phone, last_day)
    state = linking(actor)
    suggestion = skype_account.suggested_username(request.user.email)  # type: ignore[union-attr]
    form = LinkForm(initial={"username": suggestion}, domains=state.choices)
    broken: tuple[Condition, ...] | None = None
    level, suggested = 0, ""
    if request.method == "POST" and state.sip_domain is not None:
        if "generate" in request.POST:
            username = request.POST.get("username", "") or suggestion
            chosen = state.choose(request.POST.get("domain", "")) or state.sip_domain
            form = LinkForm(initial={"username": username, "domain": chosen.name}, domains=state.choices)
            suggested = skype_password.generate(skype_account.normal_username(username))
            form.fill_in(suggested)
            broken, level = (), Strength.STRONG
        else:
            form = LinkForm(request.POST, domains=state.choices)
            broken, level = _broken(request.POST), _level(request.POST)
            if form.is_valid() and _link(actor, form):
                messages.success(request, _("Your Myfone is connected to Skype for Business."))
                return HttpResponseRedirect(reverse("settings_skype"))
            _say_all(actor, form)
            suggested = form.keep_suggested()
    return TemplateResponse(
        request,
        "provisioning/skype_link.html",
        {"form": form, "state": state, "suggested": suggested, **_judged(broken, level)},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
def password(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Change the password of the Skype client."""
    phone = skype_phone(actor, _employee(actor))
    if phone is None:
        return HttpResponseRedirect(reverse("settings_skype"))
    form = PasswordForm()
    broken: tuple[Condition, ...] | None = None
    level, suggested = 0, ""
    if request.method == "POST":
        if "generate" in request.POST:
            suggested = skype_password.generate(phone.username)
            form.fill_in(suggested)
            broken, level = (), Strength.STRONG
        else:
            form = PasswordForm(request.POST)
            broken, level = _broken(request.POST, phone.username), _level(request.POST, phone.username)
            if form.is_valid() and _change(actor, phone, form):
                messages.success(
                    request, _("The password is changed. Sign in to your client with the new one.")
                )
                return HttpResponseRedirect(reverse("settings_skype"))
            suggested = form.keep_suggested()
    return TemplateResponse(
        request,
        "provisioning/skype_password.html",
        {"form": form, "phone": phone, "suggested": suggested, **_judged(broken, level)},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
def forgotten(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Have a new password mailed (G19)."""
    phone = skype_phone(actor, _employee(actor))
    if phone is None:
        return HttpResponseRedirect(reverse("settings_skype"))
    if request.method == "POST":
        if not attempt(RESETS, str(phone.public_id)).allowed:
            messages.error(
                request, _("You have asked often enough. Look in your mail, or try again in an hour.")
            )
            return HttpResponseRedirect(reverse("settings_skype"))
        telephony.reset_password(actor=actor, phone=phone)
        messages.success(request, _("A new password is on its way to your e-mail address."))
        return HttpResponseRedirect(reverse("settings_skype"))
    days = code_days(actor, phone.customer_id)
    return TemplateResponse(request, "provisioning/skype_forgotten.html", {"phone": phone, "days": days})


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
def disconnect(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Ask, then end the Skype client."""
    if request.method == "POST":
        if skype_accounts.unlink_account(actor=actor, at=clock.now()):
            messages.success(request, _("Your Myfone is no longer connected to Skype for Business."))
        return HttpResponseRedirect(reverse("settings_skype"))
    phone = skype_phone(actor, _employee(actor))
    if phone is None:
        return HttpResponseRedirect(reverse("settings_skype"))
    return TemplateResponse(request, "provisioning/skype_disconnect.html", {"phone": phone})


def _linked(request: HttpRequest, phone: Phone, last_day: dt.date | None) -> HttpResponse:
    seen = clients([phone])
    return TemplateResponse(
        request,
        "provisioning/skype.html",
        {
            "phone": phone,
            "clients": seen,
            "connected": sum(client.is_connected for client in seen),
            "microsoft": any(client.is_microsoft for client in seen),
            "refusals": refusals([phone]),
            "last_day": last_day,
            "shut_out": phone.broken is not None and keeps_people_out(phone.broken),  # type: ignore[attr-defined]
            "now": clock.now(),
            "lapsed": phone.password_lapses_at is not None and phone.password_lapses_at <= clock.now(),
        },
    )


def _employee(actor: Actor) -> int:
    assert actor.employee_id is not None
    return actor.employee_id


def _link(actor: Actor, form: LinkForm) -> bool:
    values = form.cleaned_data
    try:
        skype_accounts.link_account(
            actor=actor,
            username=values["username"],
            password=values["password"],
            at=clock.now(),
            domain=values.get("domain", ""),
        )
    except skype_accounts.DomainClosed as error:
        form.add_error("domain" if "domain" in form.fields else None, str(error))
    except (skype_accounts.UsernameRefused, skype_accounts.UsernameTaken) as error:
        form.add_error("username", str(error))
    except skype_accounts.PasswordRefused as error:
        form.add_error("password", str(error))
    except skype_accounts.AlreadyLinked:
        # Two browsers at once: the page that follows shows the account that the other one made.
        return True
    except skype_accounts.SkypeError as error:
        form.add_error(None, str(error))
    return not form.errors


def _say_all(actor: Actor, form: LinkForm) -> None:
    """Say everything else that is wrong too, so that nobody sends the form once for each fault."""
    username, secret = (form.data.get(name, "") for name in ("username", "password"))
    for error in skype_accounts.refusals(
        actor=actor, username=username, password=secret, domain=form.cleaned_data.get("domain", "")
    ):
        field = "password" if isinstance(error, skype_accounts.PasswordRefused) else "username"
        if field not in form.errors:
            form.add_error(field, str(error))


def _change(actor: Actor, phone: Phone, form: PasswordForm) -> bool:
    try:
        telephony.change_password(
            actor=actor, phone=phone, password=form.cleaned_data["password"], at=clock.now()
        )
    except telephony.PasswordRefused as error:
        form.add_error("password", str(error))
    return not form.errors


def _broken(data: Any, username: str | None = None) -> tuple[Condition, ...]:
    name = skype_account.normal_username(data.get("username", "")) if username is None else username
    return skype_password.failures(
        data.get("password", ""), username=name, common=telephony.common_passwords()
    )


def _level(data: Any, username: str | None = None) -> int:
    if not data.get("password"):
        return 0
    name = skype_account.normal_username(data.get("username", "")) if username is None else username
    return strength(data["password"], username=name, common=telephony.common_passwords())


def _judged(broken: tuple[Condition, ...] | None, level: int) -> dict[str, Any]:
    return {
        "rules": _rules(broken),
        "strength": int(level),
        "strength_words": list(STRENGTHS.values()),
        "strength_word": STRENGTHS[Strength(level)] if level else "",
    }


def _rules(broken: tuple[Condition, ...] | None) -> list[dict[str, Any]]:
    """Return the conditions in words, each with its state: met, broken, or empty before anything was typed."""
    return [
        {
            "code": str(condition),
            "text": text,
            "state": "" if broken is None else "broken" if condition in broken else "met",
        }
        for condition, text in RULES.items()
    ]
