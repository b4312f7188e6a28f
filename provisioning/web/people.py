"""Integration → Skype for Business → Employees (G9): who has which licence and how far each is, with reminders.

The customer's administrator sees the own company, staff all their customers; it is one page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from billing.models import LicenceGroup
from myfone.accounts.models import User
from myfone.kernel import audit, clock, sheets
from myfone.tenancy.actor import Actor, Role
from provisioning.rules.people import REMINDED, PersonState
from provisioning.selectors.people import (
    NEVER,
    NO_LICENCE,
    Choice,
    Filters,
    choices,
    counts,
    described,
    people,
)
from provisioning.services import reminders
from provisioning.web.wizard import for_staff
from telephony.rules.skype_password import DEFAULT_CODE_DAYS, LONGEST_CODE_DAYS
from telephony.services import policies

PAGE_SIZE = 50
# One workbook row is one person; who has more narrows the list, and a page is never held up for minutes.
MOST_EXPORTED = 20_000
LONGEST_SEARCH = 80
EXPORTED = (
    "name",
    "email",
    "department__name",
    "state",
    "skype_username",
    "skype_domain",
    "line_identity",
    "linked_at",
    "licence_name",
    "licence_group",
    "price_each",
    "licence_since",
    "customer__name",
)
STATES = {
    PersonState.NO_USER: (gettext_lazy("No user"), "", "circle-dashed"),
    PersonState.INVITED: (gettext_lazy("Invited"), "warn", "mail"),
    PersonState.WAITING: (gettext_lazy("Not connected"), "accent", "clock"),
    PersonState.CONNECTED: (gettext_lazy("Connected"), "good", "check"),
    PersonState.NO_SKYPE: (gettext_lazy("No Skype"), "", "circle-minus"),
}
View = Callable[..., HttpResponse]


def for_administrators(view: View) -> View:
    """Open a page to customers' administrators; for others it does not exist."""

    @wraps(view)
    @never_cache
    @login_required
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        if actor is None or actor.role is not Role.CUSTOMER_ADMINISTRATOR:
            raise Http404
        return view(request, **kwargs)

    return guarded


@require_safe
@for_administrators
def company(request: HttpRequest) -> HttpResponse:
    """Show the administrator's own company."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return _page(request, actor, _to("company_skype"))


@require_safe
@for_administrators
def company_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Hand out the company's list."""
    return _export(request, kind)


@require_POST
@for_administrators
def company_remind(request: HttpRequest) -> HttpResponse:
    """Remind people of the company."""
    return _remind(request, "company_skype")


@require_POST
@for_administrators
def company_policy(request: HttpRequest) -> HttpResponse:
    """Say how long a mailed password works."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    assert actor.customer_id is not None
    text = request.POST.get("days", "")
    days = None if text == NEVER else int(text) if text.isdecimal() and len(text) < 4 else 0
    try:
        policies.set_code_days(actor=actor, customer_id=actor.customer_id, days=days)
    except policies.PolicyRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Saved. It holds for passwords that are mailed from now on."))
    return HttpResponseRedirect(reverse("company_skype"))


@require_safe
@never_cache
@for_staff
def staff(request: HttpRequest) -> HttpResponse:
    """Show the employees of all customers that the reseller has."""
    return _page(request, request.actor, _to("skype_employees"))  # type: ignore[attr-defined]


@require_safe
@never_cache
@for_staff
def staff_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Hand out the list of all customers, or of what it is narrowed to."""
    return _export(request, kind)


@require_POST
@for_staff
def staff_remind(request: HttpRequest) -> HttpResponse:
    """Remind people of the reseller's customers."""
    return _remind(request, "skype_employees")


def _to(name: str) -> dict[str, str]:
    return {"here": reverse(name), "remind_url": reverse(f"{name}_remind"), "export_name": f"{name}_export"}


def _filters(data: Any) -> Filters:
    names = ("state", "licence", "domain", "department", "customer")
    # Postgres takes no NUL in a text.
    kept = {name: data.get(name, "").replace("\0", "")[:253] for name in names}
    return Filters(text=data.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH], **kept)


def _query(wanted: Filters) -> str:
    named = {
        "q": wanted.text,
        "state": wanted.state,
        "licence": wanted.licence,
        "domain": wanted.domain,
        "department": wanted.department,
        "customer": wanted.customer,
    }
    return urlencode({name: value for name, value in named.items() if value})


def _page(request: HttpRequest, actor: Actor, context: dict[str, Any]) -> HttpResponse:
    wanted = _filters(request.GET)
    rows = people(actor, wanted)
    number = counts(rows)
    options = choices(actor)
    is_open = actor.is_staff or bool(options["open"])
    # Before that an invitation alone leads anywhere; a reminder to connect would not.
    reminded = REMINDED if is_open else REMINDED - {PersonState.WAITING}
    chosen_days = options["code_days"][0].value if options["code_days"] else str(DEFAULT_CODE_DAYS)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    paginator = Paginator(described(actor, rows, clock.local_date(clock.now())), PAGE_SIZE)
    paginator.count = number.get(wanted.state, 0) if wanted.state else sum(number.values())
    listed = paginator.get_page(request.GET.get("page"))
    for person in listed.object_list:
        person.word, person.tone, person.icon = STATES[person.state]
        person.can_be_reminded = person.state in reminded
    remindable = [state for state in reminded if wanted.state in ("", state)]
    shown = context | {
        "wanted": wanted,
        "query": _query(wanted),
        "listed": listed,
        "is_staff": actor.is_staff,
        "is_open": is_open,
        "figures": [
            (STATES[state][0], number[state], state.value)
            for state in PersonState
            if number[state] or state is not PersonState.NO_SKYPE
        ],
        "total": sum(number.values()),
        "remindable": sum(number[state] for state in remindable),
        # Staff remind one customer's people at a time, so that nobody writes to all of them by one click.
        "may_remind_all": not actor.is_staff or bool(wanted.customer),
        "selects": _selects(options, wanted),
        "code_days": chosen_days,
        "reseller": options["reseller"][0] if options["reseller"] else None,
        "days": [(str(number), number) for number in range(1, LONGEST_CODE_DAYS + 1)],
        "today": clock.local_date(clock.now()),
    }
    return TemplateResponse(request, "provisioning/people.html", shown)


def _selects(found: Mapping[str, list[Choice]], wanted: Filters) -> list[dict[str, Any]]:
    states = [Choice(state.value, str(words[0])) for state, words in STATES.items()]
    licences = [*found["licence"], Choice(NO_LICENCE, _("None reported"))]
    listed = [
        ("customer", _("Customer"), found["customer"], wanted.customer),
        ("state", _("State"), states, wanted.state),
        ("licence", _("Licence"), licences, wanted.licence),
        ("domain", _("Domain"), found["domain"], wanted.domain),
        ("department", _("Department"), found["department"], wanted.department),
    ]
    return [
        {"name": name, "label": label, "choices": options, "chosen": chosen}
        for name, label, options, chosen in listed
        if options and (len(options) > 1 or chosen or name == "state")
    ]


def _remind(request: HttpRequest, name: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    wanted = _filters(request.POST)
    everybody = "all" in request.POST and (not actor.is_staff or bool(wanted.customer))
    chosen = None if everybody else _uuids(request.POST.getlist("person"))
    back = HttpResponseRedirect(f"{reverse(name)}?{_query(wanted)}".rstrip("?"))
    if chosen is not None and not chosen:
        messages.info(request, _("Choose whom to remind: tick them in the list."))
        return back
    done = reminders.remind(actor=actor, wanted=wanted, chosen=chosen, at=clock.now())
    if done.promised:
        text = ngettext("%(number)d mail is on its way.", "%(number)d mails are on their way.", done.promised)
        messages.success(request, text % {"number": done.promised})
    if done.already:
        text = ngettext(
            "%(number)d was reminded today already, and gets no second mail.",
            "%(number)d were reminded today already, and get no second mail.",
            done.already,
        )
        messages.info(request, text % {"number": done.already})
    if done.closed:
        text = ngettext(
            "%(number)d cannot connect yet, because the domain is not in use: no mail.",
            "%(number)d cannot connect yet, because the domain is not in use: no mail.",
            done.closed,
        )
        messages.info(request, text % {"number": done.closed})
    if not (done.promised or done.already or done.closed):
        messages.info(request, _("Nobody there has to be reminded."))
    return back


def _uuids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _export(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in ("csv", "xlsx"):
        raise Http404
    actor: Actor = request.actor  # type: ignore[attr-defined]
    wanted = _filters(request.GET)
    rows = people(actor, wanted)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    # Plain rows: ten thousand model instances cost seconds.
    found = described(actor, rows, clock.local_date(clock.now())).values(*EXPORTED)[:MOST_EXPORTED]
    header = [
        _("Name"),
        _("E-mail"),
        _("Department"),
        _("State"),
        _("Skype user"),
        _("My number"),
        _("Connected since"),
        _("Licence"),
        _("Group"),
        _("Price a month, DKK"),
        _("Reported"),
    ]
    words = {state.value: str(shown[0]) for state, shown in STATES.items()}
    groups = {group.value: str(group.label) for group in LicenceGroup}
    cells: list[list[sheets.Cell]] = [
        [
            row["name"],
            row["email"],
            row["department__name"],
            words[row["state"]],
            f"{row['skype_username']}@{row['skype_domain']}" if row["skype_username"] else "",
            row["line_identity"],
            row["linked_at"],
            row["licence_name"],
            groups.get(row["licence_group"], ""),
            row["price_each"],
            row["licence_since"],
            *([row["customer__name"]] if actor.is_staff else []),
        ]
        for row in found
    ]
    if actor.is_staff:
        header.append(_("Customer"))
    at = clock.now()
    _remember(actor, len(cells), kind)
    if kind == "csv":
        content, content_type = sheets.as_csv(header, cells), sheets.CSV_TYPE
    else:
        content, content_type = sheets.as_xlsx("Skype for Business", header, cells), sheets.XLSX_TYPE
    answer = HttpResponse(content, content_type=content_type)
    name = f"skype-employees-{clock.local_date(at).isoformat()}.{kind}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _remember(actor: Actor, number: int, kind: str) -> None:
    audit.record(
        actor=actor,
        action="employees.exported",
        object=User(pk=actor.user_id),
        customer_id=actor.customer_id,
        reseller_id=actor.reseller_id,
        employees=number,
        kind=kind,
    )
