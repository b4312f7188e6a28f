"""Say preconditions in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from provisioning import certificate_texts
from provisioning.precondition_texts import TEXTS
from provisioning.rules.preconditions import Check, Precondition
from provisioning.web.wizard import address, day

register = template.Library()

UNDECLARED = {
    Precondition.OFFICE365: gettext_lazy(
        "Ask the customer, or look in Office 365; we cannot see it from here."
    ),
    Precondition.NO_ON_PREMISE: gettext_lazy("An installation of its own (on premise) cannot be connected."),
}


@register.filter
def fault_text(fault: Mapping[str, Any]) -> str:
    """Return the sentence of what stopped a certificate."""
    return certificate_texts.fault_text(fault)


@register.simple_tag(takes_context=True)
def setup_url(context: Mapping[str, Any], name: str, *args: object) -> str:
    """Return the address of a page of the domain at hand."""
    return address(name, context["standing"], *args)


@register.simple_tag(takes_context=True)
def setup_action(context: Mapping[str, Any], name: str, *args: object) -> str:
    """Return where a form of the domain at hand is posted to; it names the order, whatever the page's own address."""
    return address(name, context["standing"], *args, explicit=True)


@register.filter
def precondition_text(check: Check) -> str:
    """Return what must be in place."""
    return str(TEXTS[check.precondition])


@register.filter
def precondition_hint(check: Check) -> str:
    """Return how it stands, and how we know."""
    declared = check.declaration
    if declared is not None:
        at = parse_datetime(declared.at)
        assert at is not None
        return _("Declared by %(name)s on %(day)s") % {"name": declared.name, "day": day(at)}
    match check.precondition:
        case Precondition.PRICE_PLAN:
            return _("Checked") if check.is_met else _("The customer is still on the old price plan.")
        case Precondition.MYFONE_USERS if check.missing:
            text = ngettext(
                "%(number)d employee has none yet.", "%(number)d employees have none yet.", check.missing
            )
            return text % {"number": check.missing}
        case Precondition.MYFONE_USERS if check.is_met and check.invited:
            text = ngettext(
                "%(number)d is invited and has not chosen a password yet. You can order all the same.",
                "%(number)d are invited and have not chosen a password yet. You can order all the same.",
                check.invited,
            )
            return text % {"number": check.invited}
        case Precondition.MYFONE_USERS:
            return _("Checked") if check.is_met else _("There are no employees yet.")
        case _:
            return str(UNDECLARED[check.precondition])
