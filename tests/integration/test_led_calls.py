"""Calls that a ring profile leads on stand in the history of whom they were for, and say so to whoever took them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.utils import translation

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony import call_reasons
from telephony import call_texts as texts
from telephony.models import (
    Extension,
    ProfileChoice,
    Queue,
    QueueMember,
    RingMember,
    RingProfile,
    RingStep,
    RingTarget,
    Trunk,
)
from telephony.selectors import calls
from telephony.selectors.calls import Wanted
from telephony.selectors.live import my_now
from telephony.services import phones
from telephony.templatetags.live import origin_text
from tests.cast import Cast, Person, signed_in
from tests.recording import Switch, hexed, open_switch

THEN = "The profile “Off duty” sends calls to the queue Support then."
OUTSIDE = "+4522334455"
# As kamailio-calls.cfg asks.
TOLD = """
SELECT string_agg(concat_ws(',', step, kind, coalesce(phone_id, 0), coalesce(employee_id, 0), why, CASE kind
    WHEN 'trunk' THEN split_part(substr(uri, 5), '@', 1) WHEN 'phone' THEN '' ELSE uri END,
    CASE WHEN employee_id IS NULL THEN customer_id END), ';') FILTER (WHERE kind <> 'from')
FROM switch.route_call(%s, %s, %s)
"""


class Led:
    """Mette (203, direct number 69 14 24 03) with a ring profile, Line (205), and the queue Support on 230."""

    def __init__(self, switch: Switch) -> None:
        self.switch, self.cast = switch, switch.cast
        assert self.cast.mette.employee
        assert self.cast.line.employee
        self.owned = {"customer": self.cast.bixen, "employee": self.cast.mette.employee}
        with tenant(self.cast.sara.actor):
            extension = Extension.objects.visible_to(self.cast.sara.actor).get(number="203")
            phones.add_ddi(actor=self.cast.sara.actor, extension=extension, number="69142403")
            extension = Extension(customer=self.cast.bixen, number="230")
            extension.save()
            self.queue = Queue(customer=self.cast.bixen, name="Support", extension=extension)
            self.queue.save()
            QueueMember(customer=self.cast.bixen, queue=self.queue, employee=self.cast.line.employee).save()
            self.profile = RingProfile(name="Off duty", **self.owned)
            self.profile.save()

    def leads(self, situation: str, callers: str = "everybody", **to: object) -> None:
        with tenant(self.cast.mette.actor):
            RingTarget(profile=self.profile, situation=situation, callers=callers, **self.owned, **to).save()

    def rings_desk(self) -> None:
        with tenant(self.cast.mette.actor):
            step = RingStep(profile=self.profile, position=0, seconds=10, **self.owned)
            step.save()
            RingMember(step=step, phone=self.switch.phones["mette-desk"], **self.owned).save()

    def comes(self, call: str = "a", caller: str = OUTSIDE) -> None:
        """A call to Mette comes, and is told as the switch tells it."""
        domain, number = ("", "+4569142403") if caller.startswith("+") else ("it-bixen.dk", "203")
        plan = self.switch.ask(TOLD, domain, caller, number)
        assert self.switch.begins(plan, caller=caller, dialled=number, domain=domain, call=call) == 1

    def queue_offers(self, name: str, step: int = 1, after: float = 1, call: str = "a") -> None:
        told = self.switch.leg(step, name, "queue") + ";"
        values = (hexed(call), hexed("tag"), self.switch.began + after, step, told)
        assert self.switch.ask("SELECT switch.queue_legs(%s, %s, %s, %s, 'offer', %s)", *values) == 1

    def unregister(self, name: str) -> None:
        self.switch.connection.execute("DELETE FROM location WHERE username = %s", [name])


@pytest.fixture
def led(live_cast: Cast, postgres: Postgres) -> Iterator[Led]:
    with open_switch(live_cast, postgres) as told, translation.override("en"):
        yield Led(told)


def lines(person: Person, show: str = "all") -> list[str]:
    with tenant(person.actor):
        found = calls.history(actor=person.actor, wanted=Wanted(show=show), limit=9)
        return [f"{texts.title(line)}: {texts.summary(line)}" for line in found]


def rings_now(led: Led, name: str, call: str = "a") -> str:
    """Let a phone ring live, and return what its owner's Today says of how the call came there."""
    person = getattr(led.cast, name)
    words = ("180", hexed(f"ruid-{name}-desk"), "", "0", OUTSIDE, "+4569142403")
    led.switch.tell("r", call, 2, *words)
    with tenant(person.actor):
        (now,) = my_now(person.actor).calls
    return origin_text(now.origin) if now.origin else ""


def reasons(person: Person) -> list[str]:
    with tenant(person.actor):
        line = calls.history(actor=person.actor, wanted=Wanted(), limit=1)[0]
        found = calls.call(actor=person.actor, public_id=line.public_id)
        assert found
        return call_reasons.reasons(*found)


@pytest.mark.parametrize(
    ("situation", "why"),
    [
        ("always", "Mette Hansen’s profile “Off duty” sends every call to the queue Support."),
        (
            "offline",
            "No phone of Mette Hansen’s was signed in. The profile “Off duty” sends calls to the queue Support then.",
        ),
        (
            "busy",
            "Mette Hansen was not to be disturbed. The profile “Off duty” sends calls to the queue Support then.",
        ),
    ],
)
def test_a_call_led_to_a_queue_stands_with_whom_it_was_for(led: Led, situation: str, why: str) -> None:
    led.leads(situation, queue=led.queue)
    if situation == "offline":
        led.unregister("mette-desk")
    if situation == "busy":
        with tenant(led.cast.mette.actor):
            RingProfile.objects.visible_to(led.cast.mette.actor).update(state="dnd")
    led.comes()
    led.queue_offers("line-desk")
    assert rings_now(led, "line") == "From the queue Support\xa0· For Mette Hansen, by a ring profile"
    led.switch.replies(4, 200, "line-desk")
    led.switch.ends(64, "caller")
    assert lines(led.cast.mette) == [
        "22 33 44 55: Your profile “Off duty” sent it to the queue Support\xa0· Line Mark answered"
    ]
    assert lines(led.cast.mette, "missed") == []
    # Who took it sees through whom it came.
    assert lines(led.cast.line) == ["22 33 44 55: You answered\xa0· Support, through Mette Hansen"]
    for person in (led.cast.mette, led.cast.line):
        told = reasons(person)
        assert told[:2] == ["22 33 44 55 called 69 14 24 03.", why]
    record = led.switch.record(led.cast.line)
    assert (record.employee_id, record.queue_id) == (led.owned["employee"].pk, led.queue.pk)
    # The queue's page has it, for who takes its calls and who looks after it; nobody else sees it there or by its page.
    here, there = f"/queues/{led.queue.public_id}/calls/", f"/calls/{record.public_id}/"
    for person in (led.cast.line, led.cast.peter):
        client = signed_in(person)
        client.cookies["language"] = "en"
        for query in ("", "?show=today", "?few", "?show=all"):
            text = client.get(here + query).content.decode()
            assert "Line Mark answered, through Mette Hansen" in text
            assert "waited 0:04\xa0· talked 1:00" in text
            assert there in text
        assert (
            "Line Mark answered\xa0· Support" in client.get(there).content.decode() or person is led.cast.line
        )
    for person in (led.cast.stig, led.cast.freja):
        assert signed_in(person).get(here).status_code == 404
        assert signed_in(person).get(there).status_code == 404
    # Mette is no agent: the call was hers, the queue is not.
    assert signed_in(led.cast.mette).get(there).status_code == 200
    assert signed_in(led.cast.mette).get(here).status_code == 404


def test_the_calls_of_a_queue_follow_by_key(led: Led, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony.web.queue_history.PAGE_SIZE", 1)
    led.leads("always", queue=led.queue)
    for call in "abc":
        led.comes(call)
        led.switch.ends(40, "cancelled", 487, call=call)
    client, address, seen = signed_in(led.cast.line), "?show=all", set()
    for _ in range(3):
        context = client.get(f"/queues/{led.queue.public_id}/calls/{address}").context_data
        seen |= {(stay.key, stay.outcome) for stay in context["stays"]}
        address = f"?{context['more']}"
    assert len(seen) == 3
    assert {outcome for _, outcome in seen} == {"abandoned"}
    assert address == "?"


def test_what_nobody_takes_is_missed_once_by_the_queue(led: Led) -> None:
    led.leads("no_answer", queue=led.queue)
    led.rings_desk()
    led.comes(caller="sara-desk")
    led.switch.replies(0.1, 180, "mette-desk")
    led.switch.steps(10, 2)
    led.switch.ends(40, "cancelled", 487)
    assert lines(led.cast.mette) == [
        "Sara Abildgaard: It rang at yours, and went on to the queue Support\xa0· nobody answered"
    ]
    assert lines(led.cast.mette, "missed") == []
    assert lines(led.cast.mette, "in") == lines(led.cast.mette)
    assert lines(led.cast.sara) == ["Mette Hansen: You called\xa0· Given up by the caller"]
    assert reasons(led.cast.mette) == [
        "Sara Abildgaard dialled 203.",
        "Mette Hansen’s profile “Off duty” rang desk for 10 seconds.",
        "It came to the queue Support. The caller gave up after 30 seconds.",
        "The caller hung up.",
    ]


def test_a_call_goes_through_two_people_and_says_to_whom(led: Led) -> None:
    """From Mette to Line, whose own profile has chosen the queue for callers from outside, and there to Line again."""
    assert led.cast.line.employee
    led.leads("always", colleague=led.cast.line.employee)
    owned = {"customer": led.cast.bixen, "employee": led.cast.line.employee}
    with tenant(led.cast.line.actor):
        profile = RingProfile(template="off", **owned)
        profile.save()
        RingTarget(profile=profile, situation="always", callers="external", queue=led.queue, **owned).save()
        earlier = clock.now() - dt.timedelta(hours=1)
        ProfileChoice(profile=profile, chosen_by="phone:1", began_at=earlier, **owned).save()
    led.comes()
    led.queue_offers("line-desk")
    led.switch.replies(3, 200, "line-desk")
    assert lines(led.cast.mette) == [
        "22 33 44 55: Your profile “Off duty” sent it to Line Mark\xa0· Line Mark answered"
    ]
    assert lines(led.cast.line) == ["22 33 44 55: You answered\xa0· Support, through Mette Hansen"]
    assert reasons(led.cast.line)[1:3] == [
        "Mette Hansen’s profile “Off duty” sends every call to Line Mark.",
        "Line Mark’s profile “Off” (chosen by a code) sends every call to the queue Support.",
    ]
    # Within the company Line's own phones ring: nothing leads on from there.
    led.comes("b", "sara-desk")
    assert lines(led.cast.mette)[0] == "Sara Abildgaard: Your profile “Off duty” sent it to Line Mark"


def test_a_forward_by_code_says_so(led: Led) -> None:
    asked = "SELECT status FROM switch.feature_code(%s, %s)"
    assert led.switch.ask(asked, led.switch.phones["mette-desk"].pk, hexed("5*205")) == 480
    led.comes("a", "sara-desk")
    assert lines(led.cast.line, "missed") == ["Sara Abildgaard: Rings now, through Mette Hansen"]
    led.switch.ends(9, "cancelled", 487)
    assert lines(led.cast.mette) == [
        "Sara Abildgaard: Your forward sent it to Line Mark\xa0· nobody answered"
    ]
    assert lines(led.cast.line, "missed") == ["Sara Abildgaard: Missed, through Mette Hansen"]
    assert reasons(led.cast.line)[1] == "Mette Hansen had forwarded all calls to Line Mark by a code."


def test_what_a_number_outside_took_was_not_taken_by_whom_it_was_for(led: Led) -> None:
    Trunk.objects.create(name="Nordnet", gateway="127.0.0.1:9")
    led.rings_desk()
    led.leads("no_answer", number="+4570102030")
    led.comes("a", "sara-desk")
    led.switch.replies(2, 480, "mette-desk")
    led.switch.steps(3, 2)
    led.switch.replies(4, 200, number="+4570102030")
    # It is settled at the call's end, and not said to be missed before.
    assert lines(led.cast.mette)[0].endswith("70\xa010\xa020\xa030\xa0· answered")
    led.switch.ends(9, "caller")
    assert lines(led.cast.mette) == [
        "Sara Abildgaard: It rang at yours, and went on to 70\xa010\xa020\xa030\xa0· answered"
    ]
    led.leads("always", number="+4570102040")
    led.comes("b", "sara-desk")
    led.switch.replies(3, 200, number="+4570102040", call="b")
    led.switch.ends(9, "caller", call="b")
    assert lines(led.cast.mette)[0] == (
        "Sara Abildgaard: Your profile “Off duty” sent it to 70\xa010\xa020\xa040\xa0· answered"
    )
    assert reasons(led.cast.mette)[1] == "Mette Hansen’s profile “Off duty” sent it on to 70 10 20 40."
    # A forward goes before the profile, which had no part in it.
    asked = "SELECT status FROM switch.feature_code(%s, %s)"
    assert led.switch.ask(asked, led.switch.phones["mette-desk"].pk, hexed("5*70102050")) == 480
    led.comes("c", "sara-desk")
    led.switch.replies(3, 200, number="+4570102050", call="c")
    led.switch.ends(9, "caller", call="c")
    assert (
        lines(led.cast.mette)[0]
        == "Sara Abildgaard: Your forward sent it to 70\xa010\xa020\xa050\xa0· answered"
    )
    assert reasons(led.cast.mette)[1] == "Mette Hansen had sent calls on to 70 10 20 50."
