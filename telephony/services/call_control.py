"""Operate on one's own calls: hang up, hold, send on, join, fetch to another phone, and call (G30).

Each service reads in a transaction of its own whose calls these are, and asks the call controller after it: a
controller that hangs must hold no row. So none of them may be called inside a transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from myfone.kernel.gateways import GatewayError, gateway
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from telephony.gateways.controller import CallControl, ControlRefused, Controls, Outcome, OwnPhone, Place
from telephony.models import Phone, PhoneKind
from telephony.selectors.live import LiveCall, LivePhone, Now, my_now

#: Which phone rings first for a call that was begun in the browser.
PREFERRED = (PhoneKind.DESK, PhoneKind.SKYPE, PhoneKind.SOFTPHONE)


class ControlError(Exception):
    """An operation did not begin; the text may be shown to the person, and nothing has changed."""


class CallIsOver(ControlError):
    """The call is not, or no longer, one of the actor's."""

    def __init__(self) -> None:
        super().__init__(_("That call is over already."))


class NotANumber(ControlError):
    """What was typed cannot be dialled."""

    def __init__(self) -> None:
        super().__init__(_("Write a local number or a telephone number, such as 204 or +45 22 33 44 55."))


class TalkingAlready(ControlError):
    """A call cannot be sent to whom it is with."""

    def __init__(self) -> None:
        super().__init__(_("That is who you are talking with. Choose somebody else."))


class NoPhone(ControlError):
    """No phone of the actor's can ring."""

    def __init__(self) -> None:
        super().__init__(_("None of your phones is signed in, so none can ring. Start one and try again."))


class ControllerAway(ControlError):
    """The controller does not answer."""

    def __init__(self) -> None:
        super().__init__(
            _("Calls cannot be controlled from here right now. They go on; use the buttons of your phone.")
        )


class Refused(ControlError):
    """The controller said no; `code` is its reason."""

    def __init__(self, code: str) -> None:
        super().__init__(
            {
                "gone": _("That call is over already."),
                "direct": _("This call was set up without call control. Use the buttons of your phone."),
                "ringing": _("Answer the call first, then try again."),
                "busy_now": _("Something else is being done with this call. Wait for it, then try again."),
                "no_media": _(
                    "Calls cannot be put on hold from here right now. Use the button of your phone."
                ),
            }.get(code, _("That cannot be done with this call now."))
        )
        self.code = code


@dataclass(frozen=True)
class Begun:
    """An operation that is under way: its id, and whom or what it concerns in words."""

    operation: str
    about: str = ""


@dataclass(frozen=True)
class Controlled:
    """A call of the actor's with what can be done with it; `away` says that the controller does not answer."""

    call: LiveCall
    can: Controls
    away: bool
    others: tuple[LiveCall, ...]
    phones: tuple[LivePhone, ...]


def hang_up(*, actor: Actor, call: str, side: str) -> Begun:
    """End a call, or turn away one that rings. Raises CallIsOver, Refused, ControllerAway."""
    at = _place(actor, call, side)
    with _asked() as control:
        return Begun(control.hang_up(at))


def hold(*, actor: Actor, call: str, side: str) -> Begun:
    """Let the other side of a call wait. Raises CallIsOver, Refused, ControllerAway."""
    at = _place(actor, call, side)
    with _asked() as control:
        return Begun(control.hold(at))


def resume(*, actor: Actor, call: str, side: str) -> Begun:
    """End the wait of the other side. Raises CallIsOver, Refused, ControllerAway."""
    at = _place(actor, call, side)
    with _asked() as control:
        return Begun(control.resume(at))


def send_to(*, actor: Actor, call: str, side: str, number: str) -> Begun:
    """Let the other side of a call talk to a number instead.

    Raises NotANumber, TalkingAlready, CallIsOver, Refused, ControllerAway.
    """
    dialled = dialable(number)
    found = _found(_now(actor), call, side)
    if dialled == found.number:
        raise TalkingAlready
    at = _at(actor, found)
    with _asked() as control:
        return Begun(control.send_to(at, dialled), dialled)


def join(*, actor: Actor, call: str, side: str, other: str, other_side: str) -> Begun:
    """Let the other sides of two calls talk to each other. Raises CallIsOver, Refused, ControllerAway."""
    now = _now(actor)
    first, second = _found(now, call, side), _found(now, other, other_side)
    with _asked() as control:
        return Begun(control.join(_at(actor, first), _at(actor, second)))


def pull(*, actor: Actor, call: str, side: str, phone: int) -> Begun:
    """Go on with a call at another phone of the actor's. Raises CallIsOver, NoPhone, Refused, ControllerAway."""
    now = _now(actor)
    at = _at(actor, _found(now, call, side))
    to = next((one for one in now.phones if one.id == phone and one.registered), None)
    own = _phone(actor, to)
    with _asked() as control:
        return Begun(control.pull(at, own))


def call(*, actor: Actor, number: str, phone: int | None = None) -> Begun:
    """Ring a phone of the actor's, and when it is taken a number.

    Without a phone, the first that is signed in rings, a desk phone before others. Raises NotANumber, NoPhone, Refused,
    ControllerAway.
    """
    dialled = dialable(number)
    ready = [one for one in _now(actor).phones if one.registered and phone in (None, one.id)]
    ready.sort(
        key=lambda one: PREFERRED.index(PhoneKind(one.kind)) if one.kind in PREFERRED else len(PREFERRED)
    )
    own = _phone(actor, ready[0] if ready else None)
    with _asked() as control:
        return Begun(control.call(own, dialled), dialled)


def outcome(*, actor: Actor, operation: str) -> Outcome:
    """Return what became of an operation; `gone` where nobody knows any more. Raises ControllerAway."""
    assert actor.customer_id is not None
    _outside()
    try:
        with _asked() as control:
            return control.outcome(actor.customer_id, operation)
    except Refused:
        return Outcome("gone")


def controlled(*, actor: Actor, call: str, side: str) -> Controlled:
    """Return what can be done with a call of the actor's. Raises CallIsOver."""
    assert actor.customer_id is not None
    now = _now(actor)
    found = _found(now, call, side)
    up = [one for one in now.calls if one.is_up and one is not found]
    try:
        with _asked() as control:
            known = control.controls(actor.customer_id, [one.id for one in (found, *up)])
    except ControlError:
        return Controlled(found, Controls(), True, (), ())
    can = known.get(found.id, Controls(why_not="direct"))
    if can.why_not == "direct" and not found.is_up:
        # It may not have come to the controller yet: how it was set up shows when it is answered.
        can = Controls(why_not="ringing")
    others = tuple(one for one in up if "join" in known.get(one.id, Controls()).possible)
    phones = tuple(one for one in now.phones if one.registered and one.id not in found.phone_ids)
    return Controlled(found, can, False, others, phones)


def dialable(typed: str) -> str:
    """Return digits as a phone dials them. Raises NotANumber."""
    digits = re.sub(r"[\s().\N{NO-BREAK SPACE}-]", "", typed)
    if not re.fullmatch(r"[+]?[0-9]{2,20}", digits):
        raise NotANumber
    return digits


def _outside() -> None:
    # Raises inside a transaction, so that no gateway is ever asked in one.
    with transaction.atomic(durable=True):
        pass


def _now(actor: Actor) -> Now:
    _outside()
    with tenant(actor):
        return my_now(actor)


def _found(now: Now, call: str, side: str) -> LiveCall:
    found = next((one for one in now.calls if (one.id, one.direction) == (call, side)), None)
    if found is None:
        raise CallIsOver
    return found


def _place(actor: Actor, call: str, side: str) -> Place:
    return _at(actor, _found(_now(actor), call, side))


def _at(actor: Actor, found: LiveCall) -> Place:
    assert actor.customer_id is not None
    return Place(actor.customer_id, found.id, found.direction)


def _phone(actor: Actor, wanted: LivePhone | None) -> OwnPhone:
    if wanted is None:
        raise NoPhone
    with tenant(actor):
        row = (
            Phone.objects.visible_to(actor)
            .filter(employee_id=actor.employee_id, ended_at=None, pk=wanted.id)
            .select_related("sip_domain")
            .first()
        )
        if row is None:
            raise NoPhone
        return OwnPhone(row.customer_id, str(row), row.pk)


@contextmanager
def _asked() -> Iterator[CallControl]:
    control: CallControl = gateway("controller")
    try:
        yield control
    except ControlRefused as refused:
        raise Refused(refused.code) from refused
    except GatewayError as error:
        raise ControllerAway from error
