"""A domain in use that somebody points elsewhere: seen within the hour, told once, and told again when mended."""

from __future__ import annotations

import datetime as dt

import pytest

from myfone.kernel import clock, jobs, nightly, outbox
from myfone.kernel.models import Job, OutboxMail
from myfone.tenancy.context import tenant
from provisioning.gateways.dns.fake import FakeDns
from provisioning.models import DnsWatch, Setup, Upkeep, WatchState
from provisioning.rules.names import Name
from provisioning.rules.observation import Outcome
from provisioning.rules.upkeep import EVERY, LEASE, SECOND_LOOK
from provisioning.services import dns_look, dns_watch, upkeep
from tests.cast import Cast
from tests.certificates import verified
from tests.dns_cases import DOMAIN, GOOD, OFFICE365, fill, world

START = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
MOVED = (*GOOD[:1], OFFICE365[1], *GOOD[2:])


class Clock:
    at = START

    def __call__(self) -> dt.datetime:
        return self.at

    def forward(self, span: dt.timedelta) -> None:
        self.at += span


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(clock, "now", made)
    return made


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> FakeDns:
    made = world(GOOD)
    monkeypatch.setattr(dns_look, "gateway", lambda name: made)
    return made


@pytest.fixture
def in_use(cast: Cast, time: Clock) -> Setup:
    setup = verified(cast.bixen, cast.sara)
    with tenant(cast.jonas.actor):
        Setup.objects.visible_to(cast.jonas.actor).filter(pk=setup.pk).update(live_at=time.at)
        setup.refresh_from_db()
        upkeep.begin(actor=cast.jonas.actor, setup=setup, at=time.at)
    return setup


def work(at: dt.datetime) -> None:
    """Deliver the day's job once, as the supervisor does every fifteen seconds."""
    nightly.begin(upkeep.JOB, clock.local_date(at), at)
    row = Job.objects.get(key=f"{upkeep.JOB}:{clock.local_date(at)}")
    Job.objects.filter(pk=row.pk).update(run_at=at)
    jobs.run(row.pk)
    row.refresh_from_db()
    assert row.fault == ""


def row_of(cast: Cast) -> Upkeep:
    with tenant(cast.jonas.actor):
        return Upkeep.objects.visible_to(cast.jonas.actor).get()


def told(cast: Cast) -> list[OutboxMail]:
    with tenant(cast.jonas.actor):
        return list(
            OutboxMail.objects.filter(template__startswith="domain_").order_by("template", "recipient")
        )


def mails(cast: Cast) -> list[tuple[str, str]]:
    return [(mail.template, mail.recipient) for mail in told(cast)]


def become(dns: FakeDns, zone: tuple[str, ...]) -> None:
    dns.clear(DOMAIN)
    fill(dns, zone)


def test_a_domain_in_use_that_moves_away_is_told_once_and_once_when_it_is_back(
    cast: Cast, in_use: Setup, dns: FakeDns, time: Clock
) -> None:
    time.forward(EVERY * 1.5)
    work(time.at)
    seen = row_of(cast)
    assert (seen.looked_at, seen.broken_at, seen.taken_until) == (time.at, None, None)
    asked = len(dns.asked)
    work(time.at)
    assert len(dns.asked) == asked

    become(dns, MOVED)
    time.forward(EVERY * 1.5)
    work(time.at)
    seen = row_of(cast)
    assert (seen.doubted_at, seen.broken_at) == (time.at, None)
    assert mails(cast) == []
    for _ in range(3):
        time.forward(SECOND_LOOK)
        work(time.at)
    assert row_of(cast).broken_at == START + EVERY * 3 + SECOND_LOOK
    assert mails(cast) == [
        ("domain_broken", "jonas@nordlystele.dk"),
        ("domain_broken", "sara@it-bixen.dk"),
    ]
    to_jonas, to_sara = (outbox.render(mail) for mail in told(cast))
    assert "/admin/" not in to_sara.body
    assert f"/admin/setup/{in_use.public_id}/dns/" in to_jonas.body
    assert to_jonas.subject == "it-bixen.dk peger ikke længere på os – medarbejdere kan ikke logge på"
    assert "CNAME lyncdiscover.it-bixen.dk: Peger stadig på Office 365" in to_sara.body

    become(dns, GOOD)
    time.forward(SECOND_LOOK)
    work(time.at)
    seen = row_of(cast)
    assert (seen.doubted_at, seen.broken_at) == (None, None)
    assert [template for template, _ in mails(cast)] == ["domain_broken"] * 2 + ["domain_mended"] * 2
    assert outbox.render(told(cast)[-1]).subject == "it-bixen.dk virker igen"


def test_one_bad_look_is_told_to_nobody(cast: Cast, in_use: Setup, dns: FakeDns, time: Clock) -> None:
    become(dns, MOVED)
    time.forward(EVERY * 1.5)
    work(time.at)
    become(dns, GOOD)
    time.forward(SECOND_LOOK)
    work(time.at)
    assert row_of(cast).doubted_at is None
    assert mails(cast) == []


def test_silent_name_servers_break_nothing(cast: Cast, in_use: Setup, dns: FakeDns, time: Clock) -> None:
    time.forward(EVERY * 1.5)
    work(time.at)
    told_at = row_of(cast).told_at
    for server in dns.zones[Name.parse(DOMAIN)].servers:
        server.outcome = Outcome.TIMEOUT
    for _ in range(3):
        time.forward(EVERY * 1.5)
        work(time.at)
    seen = row_of(cast)
    assert (seen.doubted_at, seen.told_at, seen.looked_at) == (None, told_at, time.at)
    assert mails(cast) == []


def test_a_worker_that_wakes_up_late_changes_nothing(
    cast: Cast, in_use: Setup, dns: FakeDns, time: Clock
) -> None:
    time.forward(EVERY * 1.5)
    (late,) = upkeep.take(at=time.at)
    assert upkeep.take(at=time.at) == []
    time.forward(LEASE)
    (again,) = upkeep.take(at=time.at)
    upkeep.report(turn=late, verdict=None, at=time.at)
    assert row_of(cast).looked_at is None
    upkeep.report(turn=again, verdict=None, at=time.at)
    assert row_of(cast).looked_at == time.at


def test_an_ended_setup_is_looked_at_no_more(cast: Cast, in_use: Setup, dns: FakeDns, time: Clock) -> None:
    with tenant(cast.jonas.actor):
        Setup.objects.visible_to(cast.jonas.actor).update(ended_at=time.at)
    time.forward(EVERY * 1.5)
    assert upkeep.take(at=time.at) == []
    assert row_of(cast).next_at is None


def test_domains_that_went_live_unnoticed_are_found_in_the_night(cast: Cast, time: Clock) -> None:
    setup = verified(cast.bixen, cast.sara)
    assert upkeep.open_missing(at=time.at) == 0
    with tenant(cast.jonas.actor):
        Setup.objects.visible_to(cast.jonas.actor).filter(pk=setup.pk).update(live_at=time.at)
    assert upkeep.open_missing(at=time.at) == 1
    assert upkeep.open_missing(at=time.at) == 0


def test_a_look_by_hand_comes_at_once_but_not_twice(
    cast: Cast, in_use: Setup, dns: FakeDns, time: Clock
) -> None:
    with tenant(cast.jonas.actor):
        upkeep.look_now(actor=cast.jonas.actor, setup=in_use, at=time.at)
    work(time.at)
    assert row_of(cast).looked_at == time.at
    with tenant(cast.jonas.actor), pytest.raises(upkeep.LookedJustNow):
        upkeep.look_now(actor=cast.jonas.actor, setup=in_use, at=time.at)


def test_a_first_setups_watch_ends_without_a_mail_when_the_domain_is_in_use(
    cast: Cast, in_use: Setup, dns: FakeDns, time: Clock
) -> None:
    with tenant(cast.jonas.actor):
        watch = DnsWatch(
            customer=cast.bixen, setup=in_use, started_at=time.at, next_at=time.at, give_up_at=time.at
        )
        watch.save()
    assert dns_watch.take(watch_id=watch.pk, customer_id=cast.bixen.pk, at=time.at) is None
    with tenant(cast.jonas.actor):
        watch.refresh_from_db()
    assert (watch.state, watch.ended_at) == (WatchState.STOPPED, time.at)
