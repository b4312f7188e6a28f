"""Ring the demo's phones through the real switch, and say what they do."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from django.conf import settings

from demo.phones import FROM_OUTSIDE, PHONE_DOMAIN, password_of
from demo.sipclient.calls import Call, tag_of
from demo.sipclient.client import Account
from demo.sipclient.connection import ConnectionFailed, Datagrams
from demo.sipclient.message import Message, Request
from demo.sipclient.phone import SipPhone
from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from telephony.models import Phone
from telephony.selectors.profiles import preview
from telephony.templatetags.profiles import call_reason

Say = Callable[[str], None]
#: Phones of demo people register anew before this runs out.
REGISTERED = 300
RINGS_AT_MOST = 45.0


class CannotCall(Exception):
    """There is nothing to call through; the text says what to do."""


@dataclass(frozen=True)
class Desk:
    """A demo phone on a desk."""

    name: str
    number: str
    username: str


class TalkingPhone(SipPhone):
    """A phone that says what it does, for a terminal."""

    def __init__(self, link: Datagrams, account: Account, *, name: str, say: Say, **options: float) -> None:
        self.name, self.say = name, say
        super().__init__(link, account, agent="Myfone demo phone", **options)  # type: ignore[arg-type]

    def _become(self, call: Call, state: str, status: int) -> None:
        super()._become(call, state, status)
        words = {
            ("ringing", True): "hears it ring",
            ("ringing", False): f"rings: {call.number.partition('@')[0]} calls",
            ("up", True): "talks",
            ("up", False): "answers",
        }
        if status == 183:
            return
        if said := words.get((state, call.outgoing)):
            self.say(f"{self.name} {said}")
        elif state == "ended" and _is_done(call):
            self.say(f"{self.name} sees on the display: {_reason(call)}")
        elif state == "ended" and status >= 300:
            self.say(f"{self.name}: " + ("no longer rings" if not call.outgoing else f"no answer ({status})"))
        elif state == "ended":
            self.say(f"{self.name} hangs up")

    def _told(self, request: Request, answer: Message, *, is_repeated: bool) -> None:
        # Sound that comes before anybody answers: a queue's music, or what a code says (early media, RFC 3960).
        call = self._call(answer.first("call-id"), tag_of(answer.first("from")))
        if answer.status == 183 and call and not any(earlier.status == 183 for earlier in call.answers):
            said = "hears what the code says" if "*" in call.number else "waits, and hears music"
            self.say(f"{self.name} {said}")
        super()._told(request, answer, is_repeated=is_repeated)


def switch_place() -> tuple[str, int]:
    """Return where the switch of this machine listens. Raises CannotCall."""
    try:
        parts = json.loads((settings.ENVIRONMENT.var_directory / "parts.json").read_text())
    except (OSError, ValueError):
        parts = []
    address = next((part["address"] for part in parts if part["name"] == "Kamailio"), "")
    host, _, port = address.rpartition(":")
    if not host:
        raise CannotCall(
            "No switch runs here. Start script/server in another terminal, and wait until it is ready."
        )
    return host, int(port)


def desks() -> list[Desk]:
    """Return the demo phones, by local number."""
    actor = Actor.platform(doing="demo_call")
    with tenant(actor):
        rows = list(
            Phone.objects.visible_to(actor)
            .filter(sip_domain__name=PHONE_DOMAIN, sip_domain__ended_at=None, ended_at=None)
            .values_list("employee__name", "employee__extensions__number", "username")
            .order_by("employee__extensions__number")
        )
    if not rows:
        raise CannotCall("There are no demo phones. Run script/server, which writes the demo data.")
    return [Desk(*row) for row in rows]


class Floor:
    """All demo phones, switched on."""

    def __init__(self, closing: ExitStack, say: Say, *, answers_after: float | None) -> None:
        self.say, self.closing = say, closing
        self.host, self.port = switch_place()
        self.phones: dict[str, TalkingPhone] = {}
        #: What the last call was answered in the end; 0 before.
        self.status = 0
        for desk in desks():
            account = Account(f"{desk.username}@{PHONE_DOMAIN}", password_of(desk.username))
            phone = self._phone(account, f"{desk.name} ({desk.number})", answers_after=answers_after)
            self._register(phone)
            closing.callback(_sign_off, phone)
            self.phones[desk.number] = phone
        names = ", ".join(phone.name for phone in self.phones.values())
        say(f"Signed in at {self.host}:{self.port}: {names}")

    def outside(self) -> TalkingPhone:
        """Return somebody in the public network, whose calls come from the trunk's address."""
        address = os.environ.get("DEMO_TRUNK", "").rpartition(":")[0]
        if not address:
            raise CannotCall("The demo's trunk is missing. Start script/server anew, which makes it.")
        account = Account(f"{FROM_OUTSIDE}@demo.invalid", "")
        return self._phone(account, f"The caller {FROM_OUTSIDE}", source=address)

    def call(self, caller: str, number: str, *, seconds: float) -> bool:
        """Let somebody call a number and talk for so many seconds; return whether it was answered, or its code done."""
        phone = self.outside() if caller == "outside" else self.phones.get(caller)
        if phone is None:
            raise CannotCall(
                f"{caller} has no demo phone. Those that have one: {', '.join(self.phones)}, outside."
            )
        self.say(f"{phone.name} dials {number}")
        # From outside a call comes to the switch itself; a colleague's to the domain that the phone signs in at.
        domain = f"{self.host}:{self.port}" if caller == "outside" else ""
        call = phone.call(number, domain=domain)
        with suppress(TimeoutError):
            call.wait("up", "ended", seconds=RINGS_AT_MOST)
        if call.state == "up":
            with suppress(TimeoutError):
                call.wait("ended", seconds=seconds)
        was_up = any(answer.status == 200 for answer in call.answers)
        self.status = call.status
        call.hang_up()
        with suppress(TimeoutError):
            call.wait("ended", seconds=5)
        return was_up or _is_done(call)

    def why_not(self, caller: str, number: str) -> str:
        """Return why a call rings nobody now, by the plan that the switch makes of it; nothing where it rings.

        A number that the switch has just answered to be nobody's is said as that.
        """
        if self.status == 404:
            return unknown(caller, number)
        phone = self.phones.get(caller)
        user = phone.account.address.partition("@")[0] if phone else FROM_OUTSIDE
        with tenant(Actor.platform(doing="demo_call")):
            rows = [row for row in preview(PHONE_DOMAIN, user, number, clock.now()) if row.kind != "from"]
        ends = [row.why for row in rows if row.kind == "end"]
        return call_reason(ends[0]) if ends and len(ends) == len(rows) else ""

    def stay(self) -> None:
        """Keep the phones signed in until somebody presses Ctrl-C."""
        while True:
            time.sleep(REGISTERED / 2)
            for phone in self.phones.values():
                self._register(phone)

    def _phone(
        self, account: Account, name: str, *, source: str = "", answers_after: float | None = None
    ) -> TalkingPhone:
        link = Datagrams(self.host, self.port, source=source)
        options = {} if answers_after is None else {"answers_after": answers_after}
        phone = TalkingPhone(link, account, name=name, say=self.say, **options)
        self.closing.callback(phone.close)
        return phone

    def _register(self, phone: TalkingPhone) -> None:
        try:
            status = phone.register(expires=REGISTERED)
        except (TimeoutError, ConnectionFailed, OSError) as error:
            raise CannotCall("The switch does not answer. Is script/server running?") from error
        if status != 200:
            raise CannotCall(f"The switch refused {phone.account.address}: {status}.")


def unknown(caller: str, number: str) -> str:
    """Return what was wrong with a number that the switch does not know (404), and one that works."""
    if caller != "outside":
        return f"nobody in the company has {number}"
    if not number.startswith("+"):
        return (
            f"{number} is no number of the public network, and the call came from outside. Dial a direct number"
            " such as +4569142403, or let a colleague call: --from 204 --to 203"
        )
    return f"no direct number {number} leads anywhere here"


def _is_done(call: Call) -> bool:
    """Tell whether it was a feature code that was carried out: the switch answers 480 (docs/queues.md)."""
    return call.outgoing and "*" in call.number and call.status == 480


def _reason(call: Call) -> str:
    """Return what the last answer says beside its status."""
    return call.answers[-1].start.split(" ", 2)[-1] if call.answers else ""


def _sign_off(phone: SipPhone) -> None:
    with suppress(TimeoutError, ConnectionFailed, OSError):
        phone.register(expires=0)
