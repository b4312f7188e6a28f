"""Whoever gets hold of a password can call out on so many lines, and abroad for so long a day."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings

from myfone.kernel import clock, outbox
from myfone.kernel.models import OutboxMail
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import CallPolicy, CapAlert, Trunk
from telephony.models.numbers import DEFAULT_CALLS_AT_ONCE, DEFAULT_MINUTES_ABROAD
from telephony.rules.numbers import HOMES
from telephony.services import cap_alerts
from tests.cast import Cast
from tests.recording import Switch, open_switch

HOME, ABROAD = "+4522334455", "+46812345678"


@pytest.fixture
def switch(live_cast: Cast, postgres: Postgres) -> Iterator[Switch]:
    Trunk.objects.create(name="carrier", gateway="192.0.2.1:5060")
    with open_switch(live_cast, postgres) as told:
        yield told


def decide(switch: Switch, **limits: int) -> None:
    # Where it is noon, no midnight comes between a test and what it counts. In these names west is plus.
    noon = f"Etc/GMT{clock.now().hour - 12:+}"
    with tenant(switch.cast.sara.actor):
        CallPolicy(customer=switch.cast.bixen, time_zone=noon, **limits).save()


def call_out(switch: Switch, number: str, call: str) -> None:
    sara = switch.cast.sara.employee
    assert sara
    switch.begins(f"1,trunk,0,{sara.pk},public_network,{number}", dialled=number, call=call)
    switch.replies(1, 200, number=number, call=call)


def outcome(switch: Switch, number: str) -> tuple[str, str]:
    """Return what a call from Sara's phone would do: the kind of its first step and why."""
    row = switch.connection.execute(
        "SELECT kind, why FROM switch.route_call('it-bixen.dk', 'sara-desk', %s) WHERE step > 0 ORDER BY step LIMIT 1",
        [number],
    ).fetchone()
    assert row
    return row[0], row[1]


def test_only_so_many_calls_with_the_outside_are_up_at_once(switch: Switch) -> None:
    decide(switch, calls_at_once=2)
    call_out(switch, HOME, "a")
    assert outcome(switch, HOME) == ("trunk", "public_network")
    call_out(switch, HOME, "b")
    assert outcome(switch, HOME) == ("end", "calls_at_once")
    # Colleagues and help are reached all the same.
    assert outcome(switch, "203")[0] == "phone"
    assert outcome(switch, "112") == ("trunk", "emergency")
    switch.ends(9, "caller", call="a")
    assert outcome(switch, HOME) == ("trunk", "public_network")


def test_calls_among_colleagues_do_not_count(switch: Switch) -> None:
    decide(switch, calls_at_once=1)
    switch.begins(switch.leg(1, "mette-desk"))
    assert outcome(switch, HOME) == ("trunk", "public_network")


def test_minutes_abroad_are_used_up_until_midnight(switch: Switch) -> None:
    decide(switch, minutes_abroad=1)
    call_out(switch, HOME, "a")
    switch.ends(3600, "caller", call="a")
    assert outcome(switch, ABROAD) == ("trunk", "public_network")
    call_out(switch, ABROAD, "b")
    switch.ends(62, "caller", call="b")
    assert outcome(switch, ABROAD) == ("end", "minutes_abroad")
    assert outcome(switch, HOME) == ("trunk", "public_network")
    assert outcome(switch, "112") == ("trunk", "emergency")


def test_no_minutes_abroad_shut_what_is_abroad_alone(switch: Switch) -> None:
    decide(switch, minutes_abroad=0)
    assert outcome(switch, ABROAD) == ("end", "minutes_abroad")
    assert outcome(switch, HOME) == ("trunk", "public_network")


def test_the_switch_knows_how_numbers_are_dialled_where_a_company_may_be_at_home(switch: Switch) -> None:
    with psycopg.connect(switch.postgres.superuser_url(settings.DATABASES["default"]["NAME"])) as server:
        known = server.execute("SELECT code FROM switch.country").fetchall()
    assert sorted(code for (code,) in known) == sorted(HOMES)


def test_in_a_country_that_the_switch_does_not_know_everything_is_abroad(switch: Switch) -> None:
    decide(switch, minutes_abroad=1, country="FR")
    call_out(switch, ABROAD, "a")
    switch.ends(62, "caller", call="a")
    assert outcome(switch, ABROAD) == ("end", "minutes_abroad")


def test_help_is_called_through_one_trunk_after_the_other(switch: Switch) -> None:
    Trunk.objects.all().update(rank=5)
    Trunk.objects.create(name="Second", gateway="192.0.2.2", rank=7)
    Trunk.objects.create(name="Off", gateway="192.0.2.3", rank=6, is_enabled=False)
    rows = switch.connection.execute(
        "SELECT step, split_part(uri, '@', 2), if_busy, if_unanswered FROM switch.route_call("
        "'it-bixen.dk', 'sara-desk', '112') WHERE step > 0 ORDER BY step"
    ).fetchall()
    first = Trunk.objects.get(rank=5)
    assert rows == [(1, f"{first.gateway};user=phone", 2, 2), (2, "192.0.2.2;user=phone", 0, 0)]


def test_a_call_that_is_up_counts_as_long_as_it_lasts(switch: Switch) -> None:
    decide(switch, minutes_abroad=1)
    switch.began -= 120
    call_out(switch, ABROAD, "a")
    assert outcome(switch, ABROAD) == ("end", "minutes_abroad")


def test_yesterday_and_other_customers_do_not_count(switch: Switch) -> None:
    decide(switch, minutes_abroad=1)
    switch.began -= 2 * 86400
    call_out(switch, ABROAD, "a")
    switch.ends(3600, "caller", call="a")
    assert outcome(switch, ABROAD) == ("trunk", "public_network")


def test_a_customer_without_a_policy_has_the_defaults(switch: Switch) -> None:
    for number in range(DEFAULT_CALLS_AT_ONCE - 1):
        call_out(switch, HOME, f"call-{number}")
    assert outcome(switch, HOME) == ("trunk", "public_network")
    call_out(switch, HOME, "the last")
    assert outcome(switch, HOME) == ("end", "calls_at_once")


def test_the_minutes_abroad_of_a_customer_without_a_policy_are_the_defaults(switch: Switch) -> None:
    call_out(switch, ABROAD, "far")
    switch.ends(DEFAULT_MINUTES_ABROAD * 60 - 60, "caller", call="far")
    assert outcome(switch, ABROAD) == ("trunk", "public_network")
    call_out(switch, ABROAD, "farther")
    switch.ends(122, "caller", call="farther")
    assert outcome(switch, ABROAD) == ("end", "minutes_abroad")


def test_what_a_queue_passes_on_counts_once_it_rings(switch: Switch) -> None:
    decide(switch, calls_at_once=1)
    onward = f"2,trunk,0,0,public_network,{HOME},{switch.cast.bixen.pk}"
    switch.begins("1,queue,0,0,queue,", onward, domain="", caller="+4511223344", dialled="230")
    switch.steps(60, 2)
    switch.replies(61, 200, number=HOME)
    assert outcome(switch, HOME) == ("end", "calls_at_once")
    switch.ends(70, "caller")
    assert outcome(switch, HOME) == ("trunk", "public_network")


def alerts(switch: Switch) -> list[tuple[str, int, int]]:
    with tenant(switch.cast.sara.actor):
        rows = CapAlert.objects.visible_to(switch.cast.sara.actor).order_by("pk")
        return [(row.cap, row.level, row.used) for row in rows]


def mails(switch: Switch) -> list[OutboxMail]:
    with tenant(switch.cast.sara.actor):
        return list(OutboxMail.objects.filter(template="cap_reached").order_by("pk"))


def test_whoever_comes_near_a_limit_is_told_once_and_again_when_it_is_used_up(switch: Switch) -> None:
    cast = switch.cast
    decide(switch, calls_at_once=5)
    for call in "abc":
        call_out(switch, HOME, call)
    assert alerts(switch) == []
    call_out(switch, HOME, "d")
    assert alerts(switch) == [("calls_at_once", 80, 4)]
    assert (cap_alerts.tell(at=clock.now()), cap_alerts.tell(at=clock.now())) == (1, 0)
    told = mails(switch)
    # The company's administrators and its reseller's staff, each once.
    assert len(told) == len({mail.recipient for mail in told})
    assert {cast.sara.user.email, cast.jonas.user.email} <= {mail.recipient for mail in told}
    assert cast.mette.user.email not in {mail.recipient for mail in told}
    told[0].language = "en"
    assert "had 4 calls with the public network at once today, of 5" in outbox.render(told[0]).body
    # Up and down all day long is no news.
    for call in "efg":
        switch.ends(9, "caller", call="d" if call == "e" else chr(ord(call) - 1))
        call_out(switch, HOME, call)
    assert cap_alerts.tell(at=clock.now()) == 0
    call_out(switch, HOME, "last")
    assert alerts(switch)[1:] == [("calls_at_once", 100, 5)]
    assert cap_alerts.tell(at=clock.now()) == 1
    assert len(mails(switch)) == 2 * len(told)


def test_a_company_of_few_lines_is_not_told_every_day_that_it_uses_them(switch: Switch) -> None:
    decide(switch, calls_at_once=4)
    for call in "abcd":
        call_out(switch, HOME, call)
    assert outcome(switch, HOME) == ("end", "calls_at_once")
    assert alerts(switch) == []


def test_minutes_are_counted_where_a_call_abroad_ends_alone(switch: Switch) -> None:
    # Above what is allowed without anybody having looked: only a count finds it.
    call_out(switch, ABROAD, "a")
    switch.ends(3600, "caller", call="a")
    assert alerts(switch) == []
    decide(switch, minutes_abroad=10)
    call_out(switch, HOME, "b")
    switch.ends(60, "caller", call="b")
    call_out(switch, ABROAD, "c")
    assert alerts(switch) == []
    switch.ends(60, "caller", call="c")
    assert {cap for cap, _level, _used in alerts(switch)} == {"minutes_abroad"}


def test_minutes_that_are_used_up_at_once_are_one_mail_each(switch: Switch) -> None:
    decide(switch, minutes_abroad=10)
    call_out(switch, ABROAD, "a")
    assert alerts(switch) == []
    switch.ends(11 * 60, "caller", call="a")
    assert [(cap, level) for cap, level, _used in alerts(switch)] == [
        ("minutes_abroad", 80),
        ("minutes_abroad", 100),
    ]
    assert cap_alerts.tell(at=clock.now()) == 1
    (first, *rest) = mails(switch)
    assert {mail.params["is_used_up"] for mail in (first, *rest)} == {True}
    first.language = "en"
    assert "Calls abroad are refused until midnight." in outbox.render(first).body
    with tenant(switch.cast.freja.actor):
        assert not CapAlert.objects.visible_to(switch.cast.freja.actor).exists()
