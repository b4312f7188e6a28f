"""After the limit: a quiet look once an hour for three days, and a mail when it works after all (G13)."""

from __future__ import annotations

import datetime as dt

from django.template.loader import render_to_string

from myfone.kernel import outbox
from myfone.kernel.models import OutboxMail
from myfone.tenancy.context import tenant
from provisioning.gateways.dns.fake import FakeDns
from provisioning.models import DnsWatch, WatchState
from provisioning.rules.dns_schedule import LASTS, QUIET, QUIET_LASTS
from provisioning.selectors.dns import dns_standing, find_setup
from provisioning.services import dns_watch
from tests.cast import Cast
from tests.dns_cases import DOMAIN, GOOD, fill
from tests.integration.test_dns_watch import (
    START,
    Clock,
    dns,
    mails,
    now_of,
    start,
    time,
    until,
    watched,
    work,
)

__all__ = ["dns", "time", "watched"]
LIMIT = START + LASTS


def gave_up(cast: Cast, watch: DnsWatch, clock: Clock) -> DnsWatch:
    until(clock, cast, watch, LIMIT + dt.timedelta(minutes=2))
    seen = now_of(cast, watch)
    assert (seen.state, seen.ended_at) == (WatchState.GAVE_UP, None)
    return seen


def test_it_is_mailed_when_it_works_after_all(
    cast: Cast, watched: DnsWatch, dns: FakeDns, time: Clock
) -> None:
    seen = gave_up(cast, watched, time)
    assert dt.timedelta(minutes=50) < seen.next_at - time.at < dt.timedelta(minutes=70)
    (failed,) = mails(cast)
    assert "For three days more we look once an hour" in outbox.render(failed).body
    asked = len(dns.asked)
    for _ in range(3):
        time.forward(hours=1.2)
        work()
    assert len(dns.asked) == asked + 3
    assert len(mails(cast)) == 1
    dns.clear(DOMAIN)
    fill(dns, GOOD)
    time.forward(hours=1.2)
    work()
    seen = now_of(cast, watched)
    assert (seen.state, seen.ended_at, seen.setup.dns_verified_at) == (WatchState.APPROVED, time.at, time.at)
    assert [mail.template for mail in mails(cast)] == ["dns_failed", "dns_approved"]
    time.forward(hours=2)
    work()
    assert len(mails(cast)) == 2


def test_it_ends_after_three_days_without_another_mail(
    cast: Cast, watched: DnsWatch, dns: FakeDns, time: Clock
) -> None:
    gave_up(cast, watched, time)
    while time.at < LIMIT + QUIET_LASTS + QUIET:
        time.forward(hours=6)
        work()
    seen = now_of(cast, watched)
    assert seen.state == WatchState.GAVE_UP
    assert seen.ended_at is not None
    asked = len(dns.asked)
    time.forward(hours=6)
    work()
    assert (len(dns.asked), len(mails(cast))) == (asked, 1)


def test_a_new_start_takes_its_place(cast: Cast, watched: DnsWatch, dns: FakeDns, time: Clock) -> None:
    gave_up(cast, watched, time)
    again = start(cast, now_of(cast, watched).setup, time.at)
    assert again.pk != watched.pk
    assert now_of(cast, watched).ended_at == time.at
    dns.clear(DOMAIN)
    fill(dns, GOOD)
    time.forward(hours=2)
    work()
    assert [mail.template for mail in mails(cast)] == ["dns_failed", "dns_approved"]
    assert now_of(cast, again).state == WatchState.APPROVED


def test_stopping_ends_the_quiet_check_too(cast: Cast, watched: DnsWatch, dns: FakeDns, time: Clock) -> None:
    seen = gave_up(cast, watched, time)
    with tenant(cast.jonas.actor):
        assert dns_watch.stop(actor=cast.jonas.actor, setup=seen.setup, at=time.at)
    asked = len(dns.asked)
    time.forward(hours=2)
    work()
    assert len(dns.asked) == asked


def test_a_report_that_did_not_arrive_is_told_on_the_page(
    cast: Cast, watched: DnsWatch, dns: FakeDns, time: Clock
) -> None:
    seen = gave_up(cast, watched, time)
    with tenant(cast.jonas.actor):
        (failed,) = mails(cast)
        setup = find_setup(actor=cast.jonas.actor, public_id=seen.setup.public_id)
        standing = dns_standing(actor=cast.jonas.actor, setup=setup, at=time.at)
        assert standing.undelivered == ""
        OutboxMail.objects.filter(pk=failed.pk).update(fault="550 no such user", failed_at=time.at)
        standing = dns_standing(actor=cast.jonas.actor, setup=setup, at=time.at)
        assert standing.undelivered == "550 no such user"
        page = render_to_string("provisioning/dns_status.html", {"dns": standing, "setup": setup})
    assert "550 no such user" in page
