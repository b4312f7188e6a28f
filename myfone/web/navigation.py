"""What the rail shows: the pages that exist, in the guide's order, the gear last."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.actor import Role


@dataclass(frozen=True)
class Entry:
    """One place in the rail; `url_name` decides whether it exists."""

    label: str | Promise
    icon: str
    url_name: str
    staff_only: bool = False
    employees_only: bool = False
    last: bool = False
    #: Stays in the bar of a phone, which has room for five.
    handy: bool = False
    hint: str | Promise = ""
    #: Other addresses that belong to this place.
    also: tuple[str, ...] = ()


# What the gear opens stands at the gear, wherever its address begins.
SETTINGS_TOO = ("/account/", "/numbers/", "/company/", "/profiles/codes/edit/", "/colleagues/pickup/")
ENTRIES = (
    Entry(_("Today"), "house", "today", handy=True),
    Entry(_("Customers"), "building-2", "admin:index", staff_only=True, handy=True),
    Entry(_("Colleagues"), "users", "colleagues", employees_only=True, handy=True),
    Entry(_("Contacts"), "contact-round", "contacts", employees_only=True),
    Entry(_("Queues"), "list-ordered", "queues", employees_only=True),
    Entry(_("Calls"), "clock", "calls", employees_only=True, handy=True),
    Entry(_("Profiles"), "sliders-horizontal", "profiles", employees_only=True, handy=True),
    Entry(_("Help"), "circle-question-mark", "help", last=True),
    Entry(_("Settings"), "settings", "settings", last=True, also=SETTINGS_TOO),
)

# The gear, in the guide's order (G17): what is mine first.
SETTINGS = (
    Entry(
        _("Profile, language and colours"),
        "user-round",
        "settings_profile",
        hint=_("What others see, and how you see it"),
    ),
    Entry(
        _("Sign-in and security"),
        "shield-check",
        "settings_security",
        hint=_("Password, two-step sign-in, where you are signed in"),
    ),
    Entry(
        "Skype for Business", "phone", "settings_skype", hint=_("Connect your Skype client to your number")
    ),
    Entry(
        _("Skype for Business in the company"),
        "users",
        "company_skype",
        hint=_("Who is connected, reminders, which licence each has, mailed passwords"),
    ),
    Entry(
        _("Numbers"),
        "hash",
        "numbers",
        hint=_("Whom the company's numbers lead to, and who may show which"),
    ),
    Entry(
        _("Your address for 112"),
        "map-pin",
        "my_site",
        hint=_("Where those who help are told that you are, and which number they call back"),
    ),
    Entry(
        _("Addresses for 112"),
        "map-pinned",
        "sites",
        hint=_("Where the company is, and who is where, for calls to 112 and 114"),
    ),
    Entry(
        _("Codes to dial"),
        "asterisk",
        "codes_edit",
        hint=_("Which codes the company's phones know, and what they do"),
    ),
    Entry(_("Pickup groups"), "phone-incoming", "pickup_groups", hint=_("Who takes whose calls by a code")),
    Entry(_("Help"), "circle-question-mark", "help", hint=_("Guides, questions and answers, headsets")),
)
# Who finds what behind the gear; everybody finds the rest.
SETTINGS_FOR = {
    "settings_skype": lambda actor: actor.employee_id is not None,
    "company_skype": lambda actor: actor.role is Role.CUSTOMER_ADMINISTRATOR,
    "my_site": lambda actor: actor.employee_id is not None,
    "sites": lambda actor: actor.role is Role.CUSTOMER_ADMINISTRATOR,
    "numbers": lambda actor: actor.role is Role.CUSTOMER_ADMINISTRATOR,
    "codes_edit": lambda actor: actor.role is Role.CUSTOMER_ADMINISTRATOR,
    "pickup_groups": lambda actor: actor.role is Role.CUSTOMER_ADMINISTRATOR,
}


@lru_cache(maxsize=32)
def _address(url_name: str) -> str | None:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return None


# How many entries the bar of a phone has room for, its "More" among them.
BAR = 5


def rail(request: HttpRequest) -> dict[str, Any]:
    """Give the entries that exist and that the signed-in person may open, and which of them a phone tucks away."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"entries": [], "rest": [], "is_in_rest": False}
    shown: list[dict[str, Any]] = []
    for entry in ENTRIES:
        address = _address(entry.url_name)
        if address is None or (entry.staff_only and not _is_staff(request)):
            continue
        if entry.employees_only and not _is_employee(request):
            continue
        below = (address, *entry.also) if address != "/" else entry.also
        fits = [len(place) for place in below if request.path.startswith(place)]
        here = max([*fits, len(address) if request.path == address else 0])
        shown.append(
            {
                "label": entry.label,
                "icon": entry.icon,
                "url": address,
                "fit": here,
                "last": entry.last,
                "handy": entry.handy,
                "name": entry.url_name,
            }
        )
    # An address within another place's belongs to the narrower one.
    best = max((place["fit"] for place in shown), default=0)
    for place in shown:
        place["current"] = 0 < place["fit"] == best
    handy = [place for place in shown if place["handy"]][: BAR - 1]
    rest = [place for place in shown if place not in handy] if len(shown) > BAR else []
    for place in rest:
        place["tucked"] = True
    return {"entries": shown, "rest": rest, "is_in_rest": any(place["current"] for place in rest)}


def settings_entries(request: HttpRequest) -> list[dict[str, Any]]:
    """List what the gear opens for this person."""
    return [
        {"label": entry.label, "icon": entry.icon, "hint": entry.hint, "url": address}
        for entry in SETTINGS
        if (address := _address(entry.url_name)) is not None and _finds(request, entry.url_name)
    ]


def _is_staff(request: HttpRequest) -> bool:
    actor = getattr(request, "actor", None)
    return bool(actor and actor.is_staff)


def _finds(request: HttpRequest, url_name: str) -> bool:
    actor = getattr(request, "actor", None)
    allowed = SETTINGS_FOR.get(url_name)
    return allowed is None or (actor is not None and allowed(actor))


def _is_employee(request: HttpRequest) -> bool:
    actor = getattr(request, "actor", None)
    return bool(actor and actor.employee_id)
