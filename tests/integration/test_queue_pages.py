"""The pages of queues, as people use them without JavaScript."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from html import unescape
from itertools import takewhile
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import Presence, Queue, QueueCall, QueueDay, QueueHours, QueueMember, RingProfile
from telephony.services import profiles
from telephony.services import queues as services
from tests.cast import Cast, Person, signed_in
from tests.queue_office import Office, opened


@pytest.fixture
def office(live_cast: Cast, postgres: Postgres) -> Iterator[Office]:
    with opened(live_cast, postgres) as office:
        yield office


def browser(person: Person) -> Client:
    client = signed_in(person)
    client.cookies["language"] = "en"
    return client


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer
    return " ".join(answer.content.decode().split())


def send(client: Client, path: str, **values: object) -> str:
    """Post a form, and return the page that it leads to."""
    answer = client.post(path, values)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return page(client, answer["Location"])


def settings_of(client: Client, path: str) -> dict[str, object]:
    """Return what the form of a queue would send as it stands."""
    form = client.get(path).context["form"]
    return {name: form[name].value() for name in form.fields if name != "file"}


def test_a_queue_is_told_of_when_an_agents_phone_comes_or_goes(office: Office) -> None:
    cast, server = office.cast, office.server
    told = f"{cast.bixen.pk} q{office.queue.pk}"

    def heard() -> int:
        # What is told comes in the order in which it was committed, so nothing is on its way behind this.
        server.execute("SELECT pg_notify('live', 'fence')")
        said = list(
            takewhile(lambda one: one != "fence", (one.payload for one in server.notifies(timeout=10)))
        )
        return said.count(told)

    phone = office.phone(cast.mette, "mette")
    member = office.enrol(cast.mette)
    office.sign(cast.mette, member)
    server.execute("LISTEN live")
    server.execute("DELETE FROM kam.location WHERE username = %s", [phone.username])
    assert heard() == 1
    office.phone(cast.line, "line")
    assert heard() == 0
    with tenant(cast.mette.actor):
        status = Presence(customer=cast.bixen, employee=cast.mette.employee, state="dnd")
        status.save()
    assert heard() == 1
    with tenant(cast.mette.actor):
        Presence.objects.visible_to(cast.mette.actor).update(note="Lunch")
    assert heard() == 0
    office.sign(cast.mette, member, signs_in=False)
    heard()
    office.phone(cast.mette, "mette2")
    assert heard() == 0


def test_today_and_the_queues_say_the_same_of_who_can_take_a_call(office: Office) -> None:
    cast = office.cast
    member = office.enrol(cast.mette)
    office.enrol(cast.line)
    office.sign(cast.mette, member)
    mette = browser(cast.mette)

    def said(figure: str, own: str) -> None:
        # The administrator takes none of its calls, and reads the same.
        assert figure in " ".join(unescape(page(browser(cast.sara), "/queues/")).split())
        for path in ("/", "/queues/"):
            words = " ".join(unescape(page(mette, path)).split())
            assert figure in words, path
            assert own in words, path

    said("nobody waits · 0 of 2 can take a call now", "Signed in, but no phone is")
    phone = office.phone(cast.mette, "mette")
    said("nobody waits · 1 of 2 can take a call now", "Signed in by hand")
    assert office.dial("mette", "7*")[0] == 480
    said("nobody waits · 0 of 2 can take a call now", "Signed in, but not to be disturbed")
    with tenant(cast.mette.actor):
        Presence.objects.visible_to(cast.mette.actor).update(state="")
    office.arrive("call")
    assert office.rung("call") == ["mette"]
    said("1 waits · 0 of 2 can take a call now", "Salg")
    office.over("call")
    with tenant(cast.sara.actor):
        today = timezone.localdate()
        days = {"first_day": today - dt.timedelta(days=1), "last_day": today + dt.timedelta(days=1)}
        QueueDay(customer=cast.bixen, queue=office.queue, name="Lukket", **days).save()
        phone.is_enabled = False
        phone.save(update_fields=["is_enabled"])
    said("Closed now · nobody waits · 0 of 2 can take a call now", "Salg")


def test_one_signs_in_and_out_and_the_page_says_how_long_that_holds(office: Office) -> None:
    cast = office.cast
    member = office.enrol(cast.mette)
    office.phone(cast.mette, "mette")
    mette = browser(cast.mette)
    here = f"/queues/{office.queue.public_id}/"
    act = f"{here}agents/{cast.mette.employee.public_id}/"
    assert "Signed out" in page(mette, "/queues/")
    said = send(mette, act, do="in")
    assert "You are signed in to Salg." in said
    assert "Free for the next call" in said
    assert "Signed in by hand" in said
    assert "until somebody changes it" in said
    office.arrive("call")
    assert office.rung("call") == ["mette"]
    assert "rings at Mette Hansen" in page(mette, here)
    office.over("call")
    assert "already, and stays so." in send(mette, act, do="in", **{"from": "list"})
    assert "already, and stays so until " in send(mette, act, do="in", until="23:59")
    said = send(mette, act, do="out", until="23:59")
    assert "You are signed out of Salg." in said
    assert "until 11:59 p.m., then back" in said or "until 23:59, then back" in said
    assert office.fresh(member).holds_until is not None
    office.arrive("next")
    assert office.rung("next") == []
    assert "Write the end as a time" in send(mette, act, do="in", until="soon")
    assert "Choose what to do" in send(mette, act)
    # A ring profile that signs in is named as what ends it.
    with tenant(cast.mette.actor):
        mine = profiles.create_templates(actor=cast.mette.actor, employee=cast.mette.employee)
    values = {f"profile-{mine[0].public_id}": "in", "phone": str(office.phones["mette"].pk)}
    send(mette, f"{here}mine/", **values)
    shown = page(mette, f"{here}mine/")
    assert 'value="in" selected' in shown
    assert "checked" in shown
    assert "until the ring profile changes" in send(mette, act, do="in")


def test_a_pause_is_had_everywhere_with_its_reason(office: Office) -> None:
    cast = office.cast
    member = office.enrol(cast.mette)
    office.phone(cast.mette, "mette")
    office.sign(cast.mette, member)
    mette, peter = browser(cast.mette), browser(cast.peter)
    act = f"/queues/{office.queue.public_id}/agents/{cast.mette.employee.public_id}/"
    assert "Choose a reason" in send(mette, "/queues/pause/", do="pause", reason="missed")
    said = send(mette, "/queues/pause/", do="pause", reason="lunch")
    assert ": Lunch" in said
    assert said.count('value="resume"') == 1  # one way to end it, in the strip
    assert ": Lunch" in page(peter, f"/queues/{office.queue.public_id}/")
    assert "Free for the next call" in send(peter, act, do="resume")
    assert ": Meeting" in send(mette, act, do="pause", reason="meeting")
    assert 'value="resume"' not in send(mette, "/queues/pause/", do="resume")
    # The same on Today, which says what the pause is.
    today = send(mette, "/queues/pause/", do="pause", reason="work", next="/")
    ours = today[today.index('id="queues-now"') :]
    assert "Pause since" in ours
    # Its end is in the strip, and where it began.
    assert (today.count('value="resume"'), ours.count('value="resume"')) == (2, 1)
    assert 'name="do" value="pause"' in send(mette, "/queues/pause/", do="resume", next="/")


def test_only_who_takes_a_queues_calls_sees_it_and_settles_what_it_missed(office: Office) -> None:
    cast = office.cast
    member = office.enrol(cast.mette)
    here = f"/queues/{office.queue.public_id}/"
    mette, line, sara = browser(cast.mette), browser(cast.line), browser(cast.sara)
    for call in ("first", "second"):
        office.arrive(call)
        office.over(call)
    with tenant(cast.sara.actor):
        first = QueueCall.objects.visible_to(cast.sara.actor).get(call_id="first")
    missed = f"/queues/calls/{first.public_id}/"
    assert "You are in no queue" in page(line, "/queues/")
    assert line.get(here).status_code == 404
    assert line.post(missed, {"do": "take"}).status_code == 404
    act = f"{here}agents/{cast.mette.employee.public_id}/"
    assert line.post(act, {"do": "out"}).status_code == 404
    office.enrol(cast.line)
    assert line.post(act, {"do": "in"}).status_code == 404
    assert not office.fresh(member).is_signed_in
    for path in ("/queues/new/", f"{here}edit/", f"{here}end/", f"{here}agents/"):
        assert mette.get(path).status_code == 404, path
    # Who called in vain twice is called back once.
    shown = page(mette, here)
    assert shown.count("I call back") == 1
    assert "called 2 times" in shown
    assert "You call back" in send(mette, missed, do="take")
    assert "Mette Hansen calls back" in page(line, here)
    assert "Somebody else was faster" in send(line, missed, do="take")
    assert "Choose what to do. Nothing was changed." in send(mette, missed)
    assert "The others can take it again" in send(mette, missed, do="release")
    said = send(mette, missed, do="release")
    assert "You do not call back any more" in said
    assert "I call back" in said
    assert "Nobody to call back" in send(sara, missed, do="done")
    for again in ("done", "take", "release"):
        assert "It is settled already" in send(sara, missed, do=again), again
    assert "Marked as done: Sara Abildgaard" in page(line, here)
    assert "It is settled already" in send(line, missed, do="done", **{"from": "list"})


def test_a_queue_is_made_changed_and_ended_on_its_pages(office: Office) -> None:
    cast = office.cast
    sara, peter = browser(cast.sara), browser(cast.peter)
    values = settings_of(sara, "/queues/new/") | {"name": "Support", "number": "240"}
    said = send(sara, "/queues/new/", **values)
    assert "Support is made. Say who takes its calls." in said
    assert "Support is made already. Say who takes its calls." in send(sara, "/queues/new/", **values)
    for other in ({"name": "Salg"}, {"number": "230"}):
        assert sara.post("/queues/new/", values | other).status_code == 422, other
    with tenant(cast.sara.actor):
        row = Queue.objects.visible_to(cast.sara.actor).get(name="Support")
    here = f"/queues/{row.public_id}/"
    assert "rings as soon as signed in" in send(
        peter, f"{here}agents/", do="add", employee=cast.line.employee.public_id
    )
    assert "Choose somebody" in send(peter, f"{here}agents/", do="add", employee=cast.stig.employee.public_id)
    again = values | {
        "hours": "some", "day1": "8-12, 12.30-16", "day5": "8-13", "overflow": "22 33 44 55", "closed_to": "230",
    }  # fmt: skip
    assert "Saved." in send(sara, f"{here}edit/", **again)
    shown = settings_of(sara, f"{here}edit/")
    # One caller who rings the same agent again counts each time; see test_queue_dispatch.
    assert "rang so many times in a row and was not answered" in page(sara, f"{here}edit/")
    assert (shown["day1"], shown["day5"], shown["day6"]) == ("08:00-12:00, 12:30-16:00", "08:00-13:00", "")
    assert (shown["overflow"], shown["closed_to"]) == ("22 33 44 55", "230")
    for wrong, text in (
        ({"day1": "16-8"}, "“16-8” is no span of time"),
        ({"day1": "", "day5": ""}, "Write when the queue is open"),
        ({"overflow": "240"}, "own number"),
        ({"overflow": "999"}, "neither a local number"),
        ({"number": "230", "closed_to": ""}, "230 is in use already"),
        ({"number": "1"}, "Write two to six digits"),
        ({"name": "Salg"}, "There is a queue of this name"),
        ({"ring_seconds": "1"}, "greater than or equal to 5"),
    ):
        answer = sara.post(f"{here}edit/", again | wrong)
        assert (answer.status_code, text in answer.content.decode()) == (422, True), wrong
    with tenant(cast.sara.actor):
        assert QueueHours.objects.visible_to(cast.sara.actor).filter(queue=row).count() == 3
    assert "no longer takes" in send(
        peter, f"{here}agents/", do="remove", employee=cast.line.employee.public_id
    )
    assert "Nobody takes the calls yet" in page(peter, here)
    assert "Support is ended." in send(sara, f"{here}end/")
    assert sara.get(here).status_code == 404


def test_what_another_browser_took_away_meanwhile_does_not_exist(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = office.cast
    mette, sara = browser(cast.mette), browser(cast.sara)
    here = f"/queues/{office.queue.public_id}/"
    act = f"{here}agents/{cast.mette.employee.public_id}/"
    values = settings_of(sara, f"{here}edit/")

    def removed() -> None:
        services.remove(actor=cast.peter.actor, member=member)

    def ended() -> None:
        services.end_queue(actor=cast.sara.actor, queue=office.queue, at=clock.now())

    for client, name, meanwhile, path, sent in (
        (mette, "sign", removed, act, {"do": "in"}),
        (mette, "prefer", removed, f"{here}mine/", {}),
        (sara, "enrol", ended, f"{here}agents/", {"do": "add", "employee": cast.line.employee.public_id}),
        (sara, "save_queue", ended, f"{here}edit/", values),
    ):
        member = office.enrol(cast.mette)
        wanted = getattr(services, name)

        def late(wanted: Any = wanted, meanwhile: Any = meanwhile, **given: Any) -> Any:
            meanwhile()
            return wanted(**given)

        with monkeypatch.context() as patched:
            patched.setattr(services, name, late)
            assert client.post(path, sent).status_code == 404, name
        with tenant(cast.sara.actor):
            Queue.objects.visible_to(cast.sara.actor).filter(pk=office.queue.pk).update(ended_at=None)


def test_the_figures_count_what_became_of_calls(office: Office) -> None:
    cast = office.cast
    office.enrol(cast.mette)
    at = clock.now()
    with tenant(cast.sara.actor):
        for number, (waited, outcome) in enumerate(
            ((10, "answered"), (50, "answered"), (20, "abandoned"), (90, "waited"))
        ):
            ends = at - dt.timedelta(seconds=1)
            came = ends - dt.timedelta(seconds=waited)
            QueueCall(
                customer=cast.bixen, queue=office.queue, call_id=f"c{number}", t_index=1, t_label=number,
                state="ended", caller="", outcome=outcome, entered_at=came, ended_at=ends,
                answered_at=ends if outcome == "answered" else None,
            ).save()  # fmt: skip
    answer = browser(cast.mette).get(f"/queues/{office.queue.public_id}/")
    week = answer.context["periods"][1]["figures"]
    if clock.now().astimezone().weekday():  # at midnight to a Monday some of the calls are last week's
        assert (week.offered, week.answered, week.gave_up, week.sent_on) == (4, 2, 1, 1)
        assert (week.in_time_percent, week.average_wait, week.longest_wait) == (25, 30, 90)
    assert b'class="answered"' in answer.content


def test_the_page_asks_no_more_with_many_agents_and_calls(office: Office) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    cast = office.cast
    office.enrol(cast.mette)
    mette = browser(cast.mette)
    paths = ("/queues/", f"/queues/{office.queue.public_id}/", f"/queues/{office.queue.public_id}/mine/")

    def asked(path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as held:
            assert mette.get(path).status_code == 200
        kept = [
            one["sql"] for one in held.captured_queries
            if "session" not in one["sql"] and one["sql"].split()[0] in ("SELECT", "WITH", "UPDATE", "INSERT")
        ]  # fmt: skip
        return len(kept)

    before = [asked(path) for path in paths]
    office.enrol(cast.line)
    office.enrol(cast.sara)
    for call in ("one", "two", "three"):
        office.arrive(call, caller=f"+45223344{len(call)}5")
        office.over(call)
    assert [asked(path) for path in paths] == before
    assert max(before) <= 6


def test_a_stranger_finds_no_queue(office: Office) -> None:
    stig = browser(office.cast.stig)
    assert "Salg" not in page(stig, "/queues/")
    here = f"/queues/{office.queue.public_id}/"
    for path in (here, f"{here}edit/", f"{here}end/", f"{here}agents/", f"{here}mine/"):
        assert stig.get(path).status_code == 404
    with tenant(office.cast.sara.actor):
        assert not QueueMember.objects.visible_to(office.cast.sara.actor).exists()
        assert not RingProfile.objects.visible_to(office.cast.sara.actor).exists()
