"""The DNS watch: looks on time, ends once, and mails once, whatever happens around it."""

from __future__ import annotations

import datetime as dt
import smtplib
import threading

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connections, transaction

from myfone.kernel import clock, jobs, outbox
from myfone.kernel.models import AuditEntry, Job, OutboxMail
from myfone.tenancy.context import tenant
from provisioning import jobs as provisioning_jobs
from provisioning.gateways.dns.fake import FakeDns
from provisioning.models import DnsWatch, Order, Setup, WatchState
from provisioning.rules.dns_schedule import LASTS, LEASE
from provisioning.rules.names import Name
from provisioning.rules.observation import Outcome
from provisioning.services import dns_look, dns_watch
from tests.cast import Cast
from tests.dns_cases import DOMAIN, GOOD, OFFICE365, fill, world

START = dt.datetime(2026, 11, 21, 10, 0, tzinfo=dt.UTC)


class Clock:
    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> dt.datetime:
        return self.at

    def forward(self, **span: float) -> None:
        self.at += dt.timedelta(**span)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(clock, "now", made)
    return made


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> FakeDns:
    made = world(OFFICE365)
    monkeypatch.setattr(dns_look, "gateway", lambda name: made)
    return made


def setup_for(cast: Cast, **fields: str) -> Setup:
    values = {"report_email": "jonas@nordlystele.dk", "report_name": "Jonas", "report_language": "en"}
    with tenant(cast.jonas.actor):
        order = Order(customer=cast.bixen, domain=DOMAIN, created_by=cast.jonas.actor.id)
        order.save()
        setup = Setup(customer=cast.bixen, order=order, domain=DOMAIN, **(values | fields))
        setup.save()
    return setup


def start(cast: Cast, setup: Setup, at: dt.datetime) -> DnsWatch:
    with tenant(cast.jonas.actor):
        return dns_watch.start(actor=cast.jonas.actor, setup=setup, at=at)


def check_now(cast: Cast, setup: Setup, at: dt.datetime) -> None:
    with tenant(cast.jonas.actor):
        dns_watch.check_now(actor=cast.jonas.actor, setup=setup, at=at)


def now_of(cast: Cast, watch: DnsWatch) -> DnsWatch:
    with tenant(cast.jonas.actor):
        return DnsWatch.objects.visible_to(cast.jonas.actor).select_related("setup").get(pk=watch.pk)


def mails(cast: Cast) -> list[OutboxMail]:
    with tenant(cast.provider.actor):
        return list(OutboxMail.objects.order_by("pk"))


def the_mail(cast: Cast) -> EmailMessage:
    (row,) = mails(cast)
    return outbox.render(row)


def work() -> None:
    """Do every job that is due, as a worker would."""
    for job in Job.objects.filter(kind=dns_watch.JOB, done_at=None).order_by("pk"):
        jobs.run(job.pk)


def until(time: Clock, cast: Cast, watch: DnsWatch, limit: dt.datetime) -> int:
    """Let time pass from look to look; return how many there were."""
    before = now_of(cast, watch).looks
    while time.at < limit and now_of(cast, watch).state == WatchState.RUNNING:
        time.at = min(now_of(cast, watch).next_at + dt.timedelta(seconds=1), limit)
        work()
    return now_of(cast, watch).looks - before


@pytest.fixture
def watched(cast: Cast, dns: FakeDns, time: Clock) -> DnsWatch:
    return start(cast, setup_for(cast), START)


def test_the_first_look_is_at_once_and_the_next_within_the_minute(
    cast: Cast, watched: DnsWatch, dns: FakeDns, time: Clock
) -> None:
    work()

    seen = now_of(cast, watched)
    assert seen.looks == 1
    assert seen.verdict["right"] == 0
    assert seen.looked_at == START
    assert dt.timedelta(seconds=25) < seen.next_at - START < dt.timedelta(seconds=35)
    time.forward(seconds=10)
    work()
    assert len(dns.asked) == 1


def test_success_is_mailed_at_once_and_ends_the_watch(
    cast: Cast, watched: DnsWatch, dns: FakeDns, time: Clock
) -> None:
    work()
    dns.clear(DOMAIN)
    fill(dns, GOOD)
    time.forward(minutes=1)
    work()

    seen = now_of(cast, watched)
    assert seen.state == WatchState.APPROVED
    assert seen.ended_at == seen.setup.dns_verified_at == time.at
    message = the_mail(cast)
    assert message.subject == "The DNS records on it-bixen.dk are right"
    assert message.to == ["jonas@nordlystele.dk"]
    assert "is made just after midnight on November 22." in message.body
    time.forward(minutes=5)
    work()
    assert len(dns.asked) == 2
    assert len(mails(cast)) == 1


def test_failure_is_mailed_at_the_limit_with_what_is_wrong(
    cast: Cast, watched: DnsWatch, dns: FakeDns, time: Clock
) -> None:
    looks = until(time, cast, watched, START + LASTS + dt.timedelta(minutes=2))

    seen = now_of(cast, watched)
    assert seen.state == WatchState.GAVE_UP
    assert dt.timedelta() <= seen.looked_at - seen.give_up_at < dt.timedelta(minutes=1)
    assert 80 < looks < 100
    message = the_mail(cast)
    assert message.subject == "The DNS records on it-bixen.dk are not right yet"
    assert "0 of 4 records are right" in message.body
    assert "CNAME sip.it-bixen.dk: Still points to Office 365. Change it to sip.flexskype.dk." in message.body
    assert f"/admin/setup/{seen.setup.public_id}/dns/" in message.body


@pytest.mark.parametrize("outcome", [Outcome.TIMEOUT, Outcome.SERVFAIL])
def test_silent_dns_is_unknown_to_the_end_and_said_so(
    cast: Cast, watched: DnsWatch, dns: FakeDns, time: Clock, outcome: Outcome
) -> None:
    for server in dns.zones[Name.parse(DOMAIN)].servers:
        server.outcome = outcome
    until(time, cast, watched, START + LASTS + dt.timedelta(minutes=2))

    seen = now_of(cast, watched)
    assert seen.state == WatchState.GAVE_UP
    assert {record["state"] for record in seen.verdict["records"]} == {"unknown"}
    message = the_mail(cast)
    assert message.subject == "We could not check the DNS records on it-bixen.dk"
    assert "That says nothing about the records" in message.body
    assert "Not found" not in message.body


def test_the_mail_is_in_the_readers_language(cast: Cast, dns: FakeDns, time: Clock) -> None:
    setup = setup_for(cast, report_language="da")
    dns.clear(DOMAIN)
    fill(dns, GOOD)
    start(cast, setup, START)
    work()

    assert the_mail(cast).subject == "DNS-records på it-bixen.dk er i orden"


def test_the_report_outlives_a_mail_server_that_is_down(
    live_cast: Cast, dns: FakeDns, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = setup_for(live_cast)
    dns.clear(DOMAIN)
    fill(dns, GOOD)
    start(live_cast, setup, START)

    def refuse(message: object) -> int:
        raise smtplib.SMTPConnectError(421, b"not now")

    work()
    with monkeypatch.context() as down:
        down.setattr("django.core.mail.EmailMessage.send", refuse)
        jobs.run(Job.objects.get(kind="kernel.mail").pk)
    row = Job.objects.get(kind="kernel.mail")
    assert row.done_at is None
    assert row.failed_at is None
    assert not mail.outbox

    time.forward(minutes=20)
    jobs.run(row.pk)
    jobs.run(row.pk)

    assert [message.subject for message in mail.outbox] == ["The DNS records on it-bixen.dk are right"]


def test_started_twice_it_is_one_watch(cast: Cast, watched: DnsWatch) -> None:
    again = start(cast, watched.setup, START + dt.timedelta(seconds=5))

    assert again.pk == watched.pk
    assert Job.objects.filter(kind=dns_watch.JOB).count() == 1


def test_without_a_reader_nothing_starts(cast: Cast, dns: FakeDns) -> None:
    setup = setup_for(cast, report_email="")

    with pytest.raises(dns_watch.NoReportAddress):
        start(cast, setup, START)


def test_after_giving_up_it_can_be_started_again_and_reports_again(
    cast: Cast, watched: DnsWatch, dns: FakeDns, time: Clock
) -> None:
    until(time, cast, watched, START + LASTS + dt.timedelta(minutes=2))
    dns.clear(DOMAIN)
    fill(dns, GOOD)

    again = start(cast, watched.setup, time.at)
    work()

    assert again.pk != watched.pk
    assert now_of(cast, again).state == WatchState.APPROVED
    assert {row.template for row in mails(cast)} == {"dns_failed", "dns_approved"}


def test_a_person_can_have_it_look_now_but_not_all_the_time(
    cast: Cast, watched: DnsWatch, dns: FakeDns, time: Clock
) -> None:
    with pytest.raises(dns_watch.CheckedJustNow):
        check_now(cast, watched.setup, time.at)
    work()
    time.forward(seconds=11)
    check_now(cast, watched.setup, time.at)
    work()
    assert len(dns.asked) == 2
    time.forward(seconds=3)
    with pytest.raises(dns_watch.CheckedJustNow):
        check_now(cast, watched.setup, time.at)


def test_pressing_while_a_slow_look_is_under_way_does_not_void_it(
    cast: Cast, watched: DnsWatch, dns: FakeDns, time: Clock
) -> None:
    work()
    time.forward(minutes=1)

    def press() -> None:
        time.forward(seconds=30)
        with pytest.raises(dns_watch.CheckedJustNow):
            check_now(cast, watched.setup, time.at)

    dns.before_look = press
    work()

    assert now_of(cast, watched).looks == 2


def test_what_has_ended_cannot_be_hurried(cast: Cast, watched: DnsWatch, dns: FakeDns) -> None:
    dns.clear(DOMAIN)
    fill(dns, GOOD)
    work()

    with pytest.raises(dns_watch.NotRunning):
        check_now(cast, watched.setup, START + dt.timedelta(minutes=1))


def test_no_transaction_is_open_while_the_servers_are_asked(
    live_cast: Cast, dns: FakeDns, time: Clock
) -> None:
    watch = start(live_cast, setup_for(live_cast), START)
    seen: list[bool] = []
    dns.before_look = lambda: seen.append(transaction.get_connection().in_atomic_block)
    work()

    assert seen == [False]
    assert now_of(live_cast, watch).looks == 1


def test_a_worker_that_lost_its_claim_changes_nothing(
    cast: Cast, watched: DnsWatch, dns: FakeDns, time: Clock
) -> None:
    slow = dns_watch.take(watch_id=watched.pk, customer_id=cast.bixen.pk, at=time.at)
    assert isinstance(slow, dns_watch.Look)
    time.forward(seconds=LEASE.total_seconds() + 1)
    work()
    stale = dns_look.look_at(DOMAIN, dns=world(GOOD))

    dns_watch.report(look=slow, verdict=stale, at=time.at)

    seen = now_of(cast, watched)
    assert seen.state == WatchState.RUNNING
    assert seen.looks == 1
    assert not mails(cast)


def test_a_strangers_setup_cannot_be_watched(cast: Cast, watched: DnsWatch) -> None:
    with tenant(cast.olga.actor):
        with pytest.raises(Setup.DoesNotExist):
            dns_watch.start(actor=cast.olga.actor, setup=watched.setup, at=START)
        with pytest.raises(dns_watch.NotRunning):
            dns_watch.check_now(actor=cast.olga.actor, setup=watched.setup, at=START)


@pytest.fixture
def both() -> threading.Barrier:
    return threading.Barrier(2, timeout=10)


def at_once(*calls) -> list[BaseException]:
    """Run the calls in threads with connections of their own; return what they raised."""
    faults: list[BaseException] = []

    def one(call) -> None:
        try:
            call()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


def test_a_job_delivered_to_two_workers_at_once_looks_once_and_mails_once(
    live_cast: Cast, dns: FakeDns, time: Clock, both: threading.Barrier
) -> None:
    watch = start(live_cast, setup_for(live_cast), START)
    dns.clear(DOMAIN)
    fill(dns, GOOD)
    job = Job.objects.get(kind=dns_watch.JOB)

    def deliver() -> None:
        both.wait()
        jobs.run(job.pk)

    assert at_once(deliver, deliver) == []
    assert len(dns.asked) == 1
    assert now_of(live_cast, watch).looks == 1
    assert len(mails(live_cast)) == 1
    with tenant(live_cast.provider.actor):
        ended = AuditEntry.objects.filter(action="dns_watch.approved")
        assert ended.count() == 1


def test_two_jobs_for_one_watch_at_once_look_once(
    live_cast: Cast, dns: FakeDns, time: Clock, both: threading.Barrier
) -> None:
    """Without the job's own lease: the claim on the watch alone keeps the second worker out."""
    watch = start(live_cast, setup_for(live_cast), START)
    dns.clear(DOMAIN)
    fill(dns, GOOD)
    row = Job.objects.get(kind=dns_watch.JOB)

    def sweep() -> None:
        both.wait()
        provisioning_jobs.watch_dns(row)

    assert at_once(sweep, sweep) == []
    assert len(dns.asked) == 1
    assert now_of(live_cast, watch).looks == 1
    assert len(mails(live_cast)) == 1


def test_two_browsers_starting_at_once_start_one_watch(
    live_cast: Cast, dns: FakeDns, time: Clock, both: threading.Barrier
) -> None:
    setup = setup_for(live_cast)

    def press() -> None:
        both.wait()
        start(live_cast, setup, START)

    assert at_once(press, press) == []
    with tenant(live_cast.jonas.actor):
        assert DnsWatch.objects.visible_to(live_cast.jonas.actor).count() == 1
