"""Times are read and shown by the clock on the company's wall, over the nights that have an hour more or less too."""

from __future__ import annotations

import datetime as dt
import io
import zoneinfo

import pytest
from django.core.management import call_command
from django.test import Client

from myfone.kernel import clock, home, outbox
from myfone.kernel.models import OutboxMail
from myfone.live import state
from myfone.live.admission import admit
from myfone.tenancy.context import tenant
from telephony.models import CallPolicy, ProfileChoice, RingProfile, ScheduleException, SipDomain
from telephony.selectors.profiles import active_profile
from telephony.services import profiles
from tests.cast import Cast, Person, signed_in

# Helsinki is two hours before UTC in winter; on 28 March 2027 it skips 3 to 4, on 25 October 2026 it has 3 to 4 twice.
SPRING = dt.datetime(2027, 3, 27, 22, 30, tzinfo=dt.UTC)
AUTUMN = dt.datetime(2026, 10, 25, 0, 50, tzinfo=dt.UTC)
MONDAY = dt.datetime(2026, 11, 23, 5, 30, tzinfo=dt.UTC)


def at_home(cast: Cast, zone: str, country: str = "DK") -> None:
    with tenant(cast.jonas.actor):
        CallPolicy(customer=cast.bixen, time_zone=zone, country=country).save()


def mine(person: Person) -> dict[str, RingProfile]:
    with tenant(person.actor):
        assert person.employee is not None
        made = profiles.create_templates(actor=person.actor, employee=person.employee)
        return {str(profile.template): profile for profile in made}


def browser(person: Person) -> Client:
    client = signed_in(person)
    client.cookies["language"] = "en"
    return client


def shown(client: Client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


@pytest.mark.parametrize(
    ("now", "typed", "until", "said"),
    [
        (SPRING, "02:30", dt.datetime(2027, 3, 28, 0, 30, tzinfo=dt.UTC), "02:30"),
        (SPRING, "03:30", dt.datetime(2027, 3, 28, 1, 30, tzinfo=dt.UTC), "04:30"),
        (SPRING, "08:00", dt.datetime(2027, 3, 28, 5, 0, tzinfo=dt.UTC), "08:00"),
        (AUTUMN, "03:55", dt.datetime(2026, 10, 25, 0, 55, tzinfo=dt.UTC), "03:55"),
        # The first 3.45 of the night is over; the second is to come.
        (AUTUMN, "03:45", dt.datetime(2026, 10, 25, 1, 45, tzinfo=dt.UTC), "03:45"),
        (AUTUMN, "08:00", dt.datetime(2026, 10, 25, 6, 0, tzinfo=dt.UTC), "08:00"),
    ],
)
def test_an_end_is_a_time_of_the_companys_clock(
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    now: dt.datetime,
    typed: str,
    until: dt.datetime,
    said: str,
) -> None:
    at_home(cast, "Europe/Helsinki")
    profile = mine(cast.mette)["move"]
    monkeypatch.setattr(clock, "now", lambda: now)
    client = browser(cast.mette)
    assert client.post(f"/profiles/{profile.public_id}/choose/", {"until": typed}).status_code == 302
    with tenant(cast.mette.actor):
        assert ProfileChoice.objects.visible_to(cast.mette.actor).get().until == until
    assert said in shown(client, "/profiles/")


def test_what_an_open_page_is_sent_goes_by_the_same_clock(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(cast, "Asia/Tokyo")
    # The database goes by when the transaction of this test began.
    begun = clock.now() - dt.timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: begun)
    profile = mine(cast.mette)["move"]
    client = browser(cast.mette)
    typed = f"{clock.now().astimezone(zoneinfo.ZoneInfo('Asia/Tokyo')) + dt.timedelta(hours=2):%H:%M}"
    client.post(f"/profiles/{profile.public_id}/choose/", {"until": typed})
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    visitor = admit(cookies, language="en", people=[])
    assert visitor is not None
    me = visitor.employee_id
    _people, own = state.read(
        visitor.customer_id, {}, {}, {me: {"en"}}, {}, wall=(visitor.time_zone, visitor.country)
    )
    assert typed in own[me].parts["en"]


def test_numbers_are_read_and_shown_in_the_form_of_the_companys_country(cast: Cast) -> None:
    at_home(cast, "Europe/Stockholm", "SE")
    swede, dane = browser(cast.mette), browser(cast.freja)
    for client in (swede, dane):
        client.post("/calls/blocked/", {"number": "+45 22 33 44 55"})
        client.post("/calls/blocked/", {"number": "+46 8 123 456 78"})
    said = shown(swede, "/calls/blocked/").replace("\N{NO-BREAK SPACE}", " ")
    assert "08-123 456 78" in said
    assert "+45 22 33 44 55" in said
    said = shown(dane, "/calls/blocked/").replace("\N{NO-BREAK SPACE}", " ")
    assert "+46 8 123 456 78" in said
    assert ">22 33 44 55" in said
    # What is typed without a code is one of the company's country, in contacts too.
    swede.post("/contacts/new/", {"name": "Bo Ek", "phone-0": "08-123 456 99"})
    said = shown(swede, "/contacts/").replace("\N{NO-BREAK SPACE}", " ")
    assert "08-123 456 99" in said
    with tenant(cast.mette.actor):
        visitor = admit(
            {name: morsel.value for name, morsel in swede.cookies.items()}, language="en", people=[]
        )
        assert visitor
        assert (visitor.country, home.country()) == ("SE", "DK")


def test_mails_of_jobs_say_times_by_the_companys_clock(cast: Cast) -> None:
    at_home(cast, "Europe/Helsinki", "FI")
    said = {}
    for customer in (cast.bixen, cast.havnen):
        params = {"name": "Mette", "phone": "x", "number": "y", "at": "2026-11-23T05:30:00+00:00"}
        mail = OutboxMail(template="forward_dialled", language="da", params=params, customer_id=customer.pk)
        said[customer.pk] = outbox.render(mail).body
    assert "07:30" in said[cast.bixen.pk]
    assert "06:30" in said[cast.havnen.pk]


def test_schedule_and_exceptions_are_written_by_the_clock_that_the_switch_goes_by(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(cast, "Europe/Helsinki", "FI")
    chosen = mine(cast.mette)
    monkeypatch.setattr(clock, "now", lambda: MONDAY)
    client = browser(cast.mette)
    week = {
        "do": "save", "version": 0, "lines": 1, "otherwise": chosen["off"].pk, "country": "FI",
        "holiday": chosen["holiday"].pk, "line-0-day": ["1", "2", "3", "4", "5"], "line-0-begins": "08:00",
        "line-0-ends": "16:00", "line-0-profile": chosen["office"].pk,
    }  # fmt: skip
    assert client.post("/profiles/schedule/", week).status_code == 302
    page = shown(client, "/profiles/schedule/")
    assert "Times are those of Europe/Helsinki" in page
    assert "Mon 2026-11-23 08:00" in page or "Mon 23 Nov 2026 08:00" in page
    days = {
        "name": "Meeting", "first_day": "2026-11-24", "begins": "10:00", "last_day": "2026-11-24",
        "ends": "11:00", "profile": chosen["move"].pk,
    }  # fmt: skip
    answer = client.post("/profiles/schedule/days/", days)
    assert answer.status_code == 302, answer.content.decode()
    actor, who = cast.mette.actor, cast.mette.actor.employee_id
    assert who is not None
    with tenant(actor):
        assert ScheduleException.objects.visible_to(actor).count() == 1
        for hour, minute, day, name in (
            (5, 59, 23, "off"),
            (6, 0, 23, "office"),
            (14, 0, 23, "off"),
            (7, 59, 24, "office"),
            (8, 0, 24, "move"),
            (9, 0, 24, "office"),
        ):
            at = dt.datetime(2026, 11, day, hour, minute, tzinfo=dt.UTC)
            assert active_profile(who, at) == chosen[name].pk, at


def test_london_has_its_own_clock_and_staff_are_told_which_they_see(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(cast, "Europe/London")
    profile = mine(cast.mette)["move"]
    with tenant(cast.sara.actor):
        SipDomain(customer=cast.bixen, name="it-bixen.dk").save()
    out = io.StringIO()
    call_command("explain_call", "it-bixen.dk", "+4511223344", "999", "--at", "2026-11-23T10:15", stdout=out)
    assert "2026-11-23 10:15 Europe/London" in out.getvalue()
    monkeypatch.setattr(clock, "now", lambda: MONDAY)
    client = browser(cast.mette)
    client.post(f"/profiles/{profile.public_id}/choose/", {"until": "14:00"})
    with tenant(cast.mette.actor):
        until = ProfileChoice.objects.visible_to(cast.mette.actor).get().until
    assert until == dt.datetime(2026, 11, 23, 14, 0, tzinfo=dt.UTC)
    # A company next door has another clock, in the same process.
    assert browser(cast.freja).get("/profiles/").status_code == 200
    assert "14:00" in shown(client, "/profiles/")
    assert "Times are those of Europe/Copenhagen" in shown(browser(cast.jonas), "/admin/")
    assert "Times are those of" not in shown(browser(cast.mette), "/")
