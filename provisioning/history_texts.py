"""Say in the reader's language what was done to an order and its setup, and at which of the stages.

The one source of these words: the history and the order's own page both read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from billing.rules import NO_SKYPE
from billing.selectors import Offer
from billing.templatetags.money import kroner
from provisioning.models import Answer
from provisioning.precondition_texts import TEXTS as PRECONDITIONS
from provisioning.rules.domains import clear
from provisioning.rules.preconditions import Precondition
from provisioning.rules.stages import StageName

Said = tuple[StageName, "str | Promise"]
_SAID: dict[str, Said] = {
    "order.confirmed": (StageName.ORDER, gettext_lazy("Ordered %(domain)s for %(price)s a month")),
    "order.changed": (StageName.ORDER, gettext_lazy("Changed the order")),
    "licences.reported": (StageName.ORDER, gettext_lazy("Reported a licence for all")),
    "order.discarded": (StageName.ORDER, gettext_lazy("Dropped the draft for %(domain)s")),
    "order.cancelled": (StageName.ORDER, gettext_lazy("Cancelled the order of %(domain)s: %(reason)s")),
    "order.licences_mixed": (StageName.ORDER, gettext_lazy("Went from one licence for all to one for each")),
    "order.declared": (StageName.ORDER, gettext_lazy("Declared: %(what)s")),
    "customer.price_plan_changed": (StageName.ORDER, gettext_lazy("Changed the price plan")),
    "employees.invited": (
        StageName.ORDER,
        ngettext_lazy("Invited %(employees)d employee", "Invited %(employees)d employees", "employees"),
    ),
    "contract.end_announced": (StageName.ORDER, gettext_lazy("Announced the end; last day %(last_day)s")),
    "contract.end_withdrawn": (StageName.ORDER, gettext_lazy("Took back the end of the contract")),
    "setup.closed": (StageName.ORDER, gettext_lazy("Closed the setup of %(domain)s")),
    "contacts.asked_for": (
        StageName.CONTACTS,
        ngettext_lazy(
            "Sent the mail about contacts to %(people)d employee",
            "Sent the mail about contacts to %(people)d employees",
            "people",
        ),
    ),
    "contacts.answered": (StageName.CONTACTS, gettext_lazy("Answered about contacts: %(answer)s")),
    "setup.report_named": (StageName.DNS, gettext_lazy("The report goes to %(email)s")),
    "dns_watch.started": (StageName.DNS, gettext_lazy("Started the check of the records")),
    "dns_watch.approved": (StageName.DNS, gettext_lazy("Found the records in place")),
    "dns_watch.gave_up": (StageName.DNS, gettext_lazy("Did not find the records in time")),
    "domain.claimed": (StageName.DNS, gettext_lazy("Took up %(domain)s")),
    "domain.claim_renewed": (StageName.DNS, gettext_lazy("Took up %(domain)s for seven more days")),
    "domain.proven": (StageName.DNS, gettext_lazy("Found the proof that %(domain)s is the customer's")),
    "domain.claim_ended": (StageName.DNS, gettext_lazy("Gave up %(domain)s")),
    "domain.move_begun": (StageName.DNS, gettext_lazy("Began to move %(domain)s here")),
    "domain.move_stopped": (StageName.DNS, gettext_lazy("Stopped the move of %(domain)s")),
    "domain.broken": (StageName.DNS, gettext_lazy("Saw that %(domain)s no longer points at us")),
    "domain.mended": (StageName.DNS, gettext_lazy("Saw that %(domain)s points at us again")),
    "domain.released": (StageName.DNS, gettext_lazy("Gave %(domain)s free")),
    "certificate.confirmed": (StageName.USERS, gettext_lazy("Took the certificate into use")),
    "certificate.ended": (StageName.USERS, gettext_lazy("Took the certificate out of use")),
    "certificate.revoked": (StageName.USERS, gettext_lazy("Had the certificate revoked")),
    "employees.reminded": (
        StageName.USERS,
        ngettext_lazy("Reminded %(employees)d employee", "Reminded %(employees)d employees", "employees"),
    ),
    "skype.linked": (StageName.USERS, gettext_lazy("Connected Skype as %(address)s")),
    "skype.disconnected": (StageName.USERS, gettext_lazy("Disconnected Skype: %(address)s")),
}
_CONFIRMED: dict[StageName, str | Promise] = {
    StageName.CONTACTS: gettext_lazy("Confirmed that all employees have exported"),
    StageName.DEACTIVATION: gettext_lazy("Confirmed that Skype Online is deactivated"),
    StageName.DNS: gettext_lazy("Said that the DNS records are set up"),
    StageName.DONE: gettext_lazy("Completed the setup"),
}
_WITHOUT_ANSWER = ngettext_lazy(
    "Went on although %(people)d employee had not said whether the contacts are exported",
    "Went on although %(people)d employees had not said whether the contacts are exported",
    "people",
)
_OF_STAGE = ("stage.confirmed", "stage.reopened")
ACTIONS = (*_SAID, *_OF_STAGE)


def actions_of(stage: StageName) -> tuple[str, ...]:
    """Return the actions that belong to a stage; those that may be of any stage say so themselves."""
    return tuple(action for action, (where, _text) in _SAID.items() if where is stage)


def stage_of(action: str, details: Mapping[str, Any]) -> StageName:
    """Return the stage at which something was done."""
    return StageName(details["stage"]) if action in _OF_STAGE else _SAID[action][0]


def licence_names(offers: Iterable[Offer]) -> dict[str, str]:
    """Return the names of licences by code, and of having none."""
    return {offer.code: offer.name for offer in offers} | {NO_SKYPE: _("No Skype")}


def sentence(action: str, details: Mapping[str, Any], licences: Mapping[str, str]) -> str:
    """Say what was done; a detail that an older entry lacks is left out. licences are names by code."""
    if action == "stage.reopened":
        return _("Opened the stage again")
    if action == "stage.confirmed":
        if left := details.get("unanswered"):
            return str(_WITHOUT_ANSWER % {"people": left})
        return str(_CONFIRMED[StageName(details["stage"])])
    if action in ("order.changed", "licences.reported"):
        more = ", ".join(_changes(details, licences))
        return f"{_SAID[action][1]}: {more}" if more else str(_SAID[action][1])
    values: dict[str, Any] = dict.fromkeys(
        ("domain", "price", "reason", "what", "email", "address", "last_day", "answer"), ""
    )
    values |= {"employees": 0, "people": 0, **details}
    if action == "order.declared":
        said = values.get("precondition", "")
        what = str(PRECONDITIONS[Precondition(said)]) if said in set(Precondition) else ""
        return (
            _("Declared: %(what)s") % {"what": what}
            if details.get("holds", True)
            else _("Took back: %(what)s") % {"what": what}
        )
    if values["domain"]:
        values["domain"] = clear(values["domain"])
    if values["price"]:
        values["price"] = kroner(Decimal(values["price"]))
    if values["answer"]:
        values["answer"] = Answer(values["answer"]).label
    if day := parse_date(str(values["last_day"])[:10]) if values["last_day"] else None:
        values["last_day"] = date_format(day, "DATE_FORMAT")
    return str(_SAID[action][1] % values).strip(" :")


def _changes(details: Mapping[str, Any], licences: Mapping[str, str]) -> Iterator[str]:
    """Yield what is different now, and how it was before where that is known."""
    if isinstance(domain := details.get("domain"), dict):
        yield f"{clear(domain['before'])} → {clear(domain['after'])}"
    licence = details.get("licence")
    if isinstance(licence, dict):
        several = _("Different ones")
        yield " → ".join(licences.get(licence[key] or "", several) for key in ("before", "after"))
    elif licence:
        yield licences.get(licence, licence)
