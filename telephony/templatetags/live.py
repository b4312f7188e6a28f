"""Say what goes on at one's phones."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from myfone.kernel.typography import DOT
from telephony.models import PhoneKind
from telephony.rules.contacts import shown_number
from telephony.selectors.live import LiveCall, LivePhone, Origin
from telephony.selectors.standing import Outage
from telephony.templatetags.presence import when

register = template.Library()


@register.filter
def party(call: LiveCall) -> str:
    """Return who is at the other end: a colleague's name, else the number."""
    if call.name:
        return call.name
    if call.number in ("", "anonymous"):
        return _("Hidden number")
    return shown_number(call.number).replace(" ", "\N{NO-BREAK SPACE}")


@register.filter
def call_icon(call: LiveCall) -> str:
    """Return the icon of a call: it comes in, it goes out, or it is up."""
    if call.is_up:
        return "phone"
    return "phone-outgoing" if call.is_mine else "phone-incoming"


@register.filter
def call_text(call: LiveCall) -> str:
    """Return what a call does, on which phones, since when."""
    said = {
        "phones": ", ".join(_phone(*phone) for phone in call.phones),
        "time": when(call.since),
    }
    if call.is_up:
        return _("In a call on %(phones)s since %(time)s") % said
    if call.is_mine:
        return _("You are calling from %(phones)s since %(time)s") % said
    return _("Rings on %(phones)s since %(time)s") % said


@register.filter
def origin_text(origin: Origin) -> str:
    """Return how a call came here: through a queue, for whom it was, and who sent it on last."""
    said = []
    if origin.queue:
        said.append(_("From the queue %(queue)s") % {"queue": origin.queue})
    if origin.through:
        words = _("For %(name)s, by a forward") if origin.forwarded else _("For %(name)s, by a ring profile")
        said.append(words % {"name": origin.through})
    if origin.sent_by:
        said.append(_("Sent on by %(name)s") % {"name": origin.sent_by})
    return DOT.join(said)


@register.filter
def phone_name(phone: LivePhone | Outage) -> str:
    """Return what a phone is called."""
    return _phone(phone.kind, phone.name)


def _phone(kind: str, name: str) -> str:
    return name or str(PhoneKind(kind).label)
