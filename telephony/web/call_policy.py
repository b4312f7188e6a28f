"""What a customer may call, and its caps, for staff: what changes is said before it is saved."""

from __future__ import annotations

import zoneinfo
from dataclasses import asdict

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from telephony.country_texts import COUNTRIES
from telephony.rules.numbers import HOMES
from telephony.services import call_policy as services
from telephony.services.call_policy import Policy
from telephony.web.numbers import FORM, Place, addresses, for_numbers

MOST_CALLS, MOST_MINUTES = 1000, 100_000
# What the field suggests; any other zone can be written.
ZONES = sorted(zone for zone in zoneinfo.available_timezones() if zone.startswith(("Europe/", "Atlantic/")))


class PolicyForm(forms.Form):
    """A customer's call policy."""

    allows_premium = forms.BooleanField(
        required=False,
        label=gettext_lazy("Premium numbers may be called"),
        help_text=gettext_lazy(
            "What is charged on top of the call, such as numbers that begin with 90 in Denmark."
        ),
    )
    allows_satellite = forms.BooleanField(
        required=False, label=gettext_lazy("Satellite phones may be called")
    )
    allows_high_risk = forms.BooleanField(
        required=False,
        label=gettext_lazy("Countries with a risk of fraud may be called"),
        help_text=gettext_lazy("Fraudsters earn on calls to them, which they make with stolen passwords."),
    )
    calls_at_once = forms.IntegerField(
        label=gettext_lazy("Calls with the public network at once"), min_value=1, max_value=MOST_CALLS
    )
    minutes_abroad = forms.IntegerField(
        label=gettext_lazy("Minutes abroad a day"),
        min_value=0,
        max_value=MOST_MINUTES,
        help_text=gettext_lazy("All of the company's calls abroad together, from midnight to midnight."),
    )
    is_suspended = forms.BooleanField(
        required=False,
        label=gettext_lazy("The company is blocked from calling out"),
        help_text=gettext_lazy(
            "Its people still reach each other, 112 and 114. What is ticked above does not count then."
        ),
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        choices=[(code, COUNTRIES[code]) for code in HOMES],
        help_text=gettext_lazy("Numbers without a country code are read as its own."),
    )
    time_zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        max_length=40,
        help_text=gettext_lazy("Opening hours and days go by it. Write a city, and choose from the list."),
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"}),
    )

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"].strip()
        if zone not in zoneinfo.available_timezones():
            raise forms.ValidationError(
                _("There is no such time zone. Write one such as Europe/Copenhagen or Europe/Stockholm.")
            )
        return zone


@require_http_methods(FORM)
@for_numbers
def edit(request: HttpRequest, place: Place) -> HttpResponse:
    """Show what a customer may call, say what a change means, and save it when that is confirmed."""
    assert place.customer is not None
    now = services.policy_of(place.actor, place.customer)
    form = PolicyForm(request.POST if request.method == "POST" else None, initial=asdict(now))
    changes: list[str] = []
    fault = ""
    if form.is_bound and form.is_valid():
        wanted = Policy(**form.cleaned_data)
        changes = said(now, wanted)
        if not changes or request.POST.get("confirm"):
            try:
                services.set_policy(
                    actor=place.actor,
                    customer=place.customer,
                    policy=wanted,
                    seen=request.POST.get("seen", "")[:400],
                )
            except services.ChangedMeanwhile as error:
                fault = str(error)
            else:
                messages.success(request, _("Saved. It holds from the next call on."))
                return HttpResponseRedirect(place.url("call_policy"))
    context = {
        "place": place,
        "form": form,
        "changes": changes,
        "fault": fault,
        "seen": now.mark,
        "zones": ZONES,
        **addresses(place),
    }
    status = 409 if fault else 422 if form.errors else 200
    return TemplateResponse(request, "telephony/call_policy.html", context, status=status)


def said(before: Policy, after: Policy) -> list[str]:
    """Say what a change of policy means for the calls of the company."""
    lines = []
    if before.is_suspended != after.is_suspended:
        lines.append(
            _("The company is suspended: its people reach each other, 112 and 114, and nobody else.")
            if after.is_suspended
            else _("The company is no longer suspended, and calls as before.")
        )
    opened = {
        "allows_premium": (
            _("Premium numbers can be called."),
            _("Premium numbers can no longer be called."),
        ),
        "allows_satellite": (
            _("Satellite phones can be called."),
            _("Satellite phones can no longer be called."),
        ),
        "allows_high_risk": (
            _("High-risk countries can be called."),
            _("High-risk countries can no longer be called."),
        ),
    }
    for field, (opens, shuts) in opened.items():
        if getattr(before, field) != getattr(after, field):
            lines.append(opens if getattr(after, field) else shuts)
    for field, words in (
        ("calls_at_once", _("Calls with the public network at once: %(after)s instead of %(before)s.")),
        ("minutes_abroad", _("Minutes abroad a day: %(after)s instead of %(before)s.")),
        ("country", _("Country: %(after)s instead of %(before)s.")),
        ("time_zone", _("Time zone: %(after)s instead of %(before)s.")),
    ):
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            lines.append(words % {"before": old, "after": new})
    return lines
