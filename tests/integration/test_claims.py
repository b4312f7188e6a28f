"""Whose a domain is: claims block nobody, one proof counts, and what led here once proves nothing later."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connections, transaction

from myfone.kernel import clock, jobs
from myfone.kernel.models import AuditEntry, Job, OutboxMail
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Customer
from provisioning.gateways.dns.fake import FakeDns
from provisioning.models import Certificate, ClaimEnd, DnsWatch, DomainClaim, Order, Setup
from provisioning.rules.claims import LASTS, STANDS, Need, Standing
from provisioning.rules.names import Name
from provisioning.rules.observation import Outcome
from provisioning.selectors.claims import need_of
from provisioning.services import claims, dns_look, dns_watch, domain_moves
from telephony.models import Phone, SipDomain
from telephony.services import skype as telephony
from tests.cast import Cast, Person
from tests.dns_cases import DOMAIN, GOOD, fill, world

AT = dt.datetime(2026, 11, 21, 10, 0, tzinfo=dt.UTC)
HOURS = dt.timedelta(hours=1)


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> FakeDns:
    made = world(())
    monkeypatch.setattr(dns_look, "gateway", lambda name: made)
    return made


class Clock:
    at = AT

    def __call__(self) -> dt.datetime:
        return self.at


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(clock, "now", made)
    return made


def ordered(person: Person, customer: Customer, domain: str = DOMAIN) -> Setup:
    with tenant(person.actor):
        order = Order(
            customer=customer,
            domain=domain,
            created_by=person.actor.id,
            confirmed_by=person.actor.id,
            confirmed_at=AT,
        )
        order.save()
        setup = Setup(
            customer=customer, order=order, domain=domain, report_name="R", report_email=f"r@{customer.pk}.dk"
        )
        setup.save()
        claims.claim(actor=person.actor, customer_id=customer.pk, domain=domain, at=AT)
    return setup


def claim_of(person: Person, setup: Setup) -> DomainClaim:
    with tenant(person.actor):
        rows = DomainClaim.objects.visible_to(person.actor).filter(customer=setup.customer_id)
        return rows.filter(domain=setup.domain).latest("pk")


def need(person: Person, setup: Setup) -> Need:
    with tenant(person.actor):
        return need_of(claim_of(person, setup))


def prove(person: Person, setup: Setup, *, has_txt: bool = False, at: dt.datetime = AT) -> Standing:
    with tenant(person.actor):
        return claims.prove(actor=person.actor, setup=setup, has_txt=has_txt, at=at)


def fresh(person: Person, setup: Setup) -> Setup:
    with tenant(person.actor):
        return Setup.objects.visible_to(person.actor).select_related("order", "sip_domain").get(pk=setup.pk)


def watch(person: Person, setup: Setup, time: Clock) -> DnsWatch:
    """Start the watch and let it look once."""
    with tenant(person.actor):
        row = dns_watch.start(actor=person.actor, setup=setup, at=time.at)
    work(dns_watch.JOB)
    with tenant(person.actor):
        return DnsWatch.objects.visible_to(person.actor).get(pk=row.pk)


def work(kind: str) -> None:
    for job in Job.objects.filter(kind=kind, done_at=None).order_by("pk"):
        jobs.run(job.pk)


def mails(cast: Cast, template: str) -> list[str]:
    with tenant(cast.provider.actor):
        return sorted(OutboxMail.objects.filter(template=template).values_list("recipient", flat=True))


def txt(person: Person, setup: Setup) -> str:
    return f'_myfone-challenge TXT "myfone={claim_of(person, setup).token}"'


# --- claims ------------------------------------------------------------------------------------------


def test_a_claim_blocks_nobody_and_neither_learns_of_the_other(cast: Cast) -> None:
    ours, theirs = ordered(cast.jonas, cast.bixen), ordered(cast.olga, cast.fremmed)

    assert claim_of(cast.jonas, ours).token != claim_of(cast.olga, theirs).token
    assert need(cast.jonas, ours) is need(cast.olga, theirs) is Need.TXT
    with tenant(cast.jonas.actor):
        assert DomainClaim.objects.visible_to(cast.jonas.actor).count() == 1


def test_of_two_claims_records_alone_prove_neither(cast: Cast) -> None:
    ours, theirs = ordered(cast.jonas, cast.bixen), ordered(cast.olga, cast.fremmed)

    assert prove(cast.olga, theirs) is Standing.LACKS_TXT
    assert prove(cast.jonas, ours) is Standing.LACKS_TXT
    assert prove(cast.jonas, ours, has_txt=True) is Standing.PROVEN
    assert need(cast.olga, theirs) is Need.MOVE
    assert prove(cast.olga, theirs, has_txt=True) is Standing.WAITS


def test_records_prove_a_domain_that_nobody_else_ever_claimed(cast: Cast) -> None:
    setup = ordered(cast.jonas, cast.bixen)
    with tenant(cast.jonas.actor):
        assert not SipDomain.objects.visible_to(cast.jonas.actor).exists()

    assert prove(cast.jonas, setup) is Standing.PROVEN
    assert prove(cast.jonas, setup, at=AT + HOURS) is Standing.PROVEN

    verified = fresh(cast.jonas, setup)
    assert verified.dns_verified_at == AT
    assert verified.sip_domain is not None
    assert verified.sip_domain.name == DOMAIN


def test_the_database_lets_one_customer_hold_a_domain(cast: Cast) -> None:
    ours, theirs = ordered(cast.jonas, cast.bixen), ordered(cast.olga, cast.fremmed)
    prove(cast.jonas, ours, has_txt=True)

    with tenant(cast.olga.actor), pytest.raises(IntegrityError, match="one_proven_holder"):
        rows = DomainClaim.objects.visible_to(cast.olga.actor)
        with transaction.atomic():
            rows.filter(pk=claim_of(cast.olga, theirs).pk).update(proven_at=AT)


def test_of_two_that_prove_at_once_one_wins(live_cast: Cast) -> None:
    cast = live_cast
    setups = [(cast.jonas, ordered(cast.jonas, cast.bixen)), (cast.olga, ordered(cast.olga, cast.fremmed))]
    barrier = threading.Barrier(2)
    standings: list[Standing] = []

    def run(person: Person, setup: Setup) -> None:
        try:
            barrier.wait(10)
            standings.append(prove(person, setup, has_txt=True))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=one) for one in setups]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(standings) == [Standing.PROVEN, Standing.WAITS]


def test_names_below_a_proven_domain_are_moved_by_proof_alone(cast: Cast) -> None:
    prove(cast.jonas, ordered(cast.jonas, cast.bixen))
    below = ordered(cast.olga, cast.fremmed, f"kontor.{DOMAIN}")

    assert need(cast.olga, below) is Need.MOVE
    assert prove(cast.olga, below) is Standing.LACKS_TXT


# --- lapse -------------------------------------------------------------------------------------------


def test_a_claim_is_warned_of_then_lapses_and_is_taken_up_again(cast: Cast) -> None:
    setup = ordered(cast.jonas, cast.bixen)
    first = claim_of(cast.jonas, setup)

    assert claims.tonight(at=AT + LASTS - 3 * 24 * HOURS) == 0
    assert claims.tonight(at=AT + LASTS - 24 * HOURS) == 1
    assert claims.tonight(at=AT + LASTS - 2 * HOURS) == 0
    assert mails(cast, "claim_lapses") == [cast.jonas.user.email]
    assert claims.tonight(at=AT + LASTS) == 1
    assert claims.tonight(at=AT + LASTS) == 0
    assert mails(cast, "claim_lapsed") == [cast.jonas.user.email]
    assert claim_of(cast.jonas, setup).end_reason == ClaimEnd.LAPSED

    with tenant(cast.jonas.actor):
        again = claims.renew(actor=cast.jonas.actor, setup=setup, at=AT + 2 * LASTS)
    assert again.pk != first.pk
    assert again.token != first.token
    assert again.lapses_at == AT + 3 * LASTS
    assert need(cast.jonas, setup) is Need.RECORDS


def test_a_claim_renewed_in_time_does_not_lapse(cast: Cast) -> None:
    setup = ordered(cast.jonas, cast.bixen)
    claims.tonight(at=AT + LASTS - 24 * HOURS)
    with tenant(cast.jonas.actor):
        claims.renew(actor=cast.jonas.actor, setup=setup, at=AT + LASTS - HOURS)

    assert claims.tonight(at=AT + LASTS) == 0
    assert claim_of(cast.jonas, setup).ended_at is None


def test_a_proven_claim_does_not_lapse(cast: Cast) -> None:
    setup = ordered(cast.jonas, cast.bixen)
    prove(cast.jonas, setup)

    assert claims.tonight(at=AT + 10 * LASTS) == 0


def test_a_claim_that_lapsed_still_makes_the_next_customer_prove_by_txt(cast: Cast) -> None:
    """Its records may have been set up and never looked at."""
    ordered(cast.jonas, cast.bixen)
    claims.tonight(at=AT + LASTS)

    assert need(cast.olga, ordered(cast.olga, cast.fremmed)) is Need.TXT


# --- takeovers ---------------------------------------------------------------------------------------


def test_records_that_a_leaver_left_behind_give_the_domain_to_nobody(
    cast: Cast, dns: FakeDns, time: Clock
) -> None:
    ours = ordered(cast.jonas, cast.bixen)
    fill(dns, GOOD)
    assert watch(cast.jonas, ours, time).state == "approved"
    with tenant(cast.jonas.actor):
        assert claims.release(actor=cast.jonas.actor, customer_id=cast.bixen.pk, domain=DOMAIN, at=time.at)
        assert not claims.release(
            actor=cast.jonas.actor, customer_id=cast.bixen.pk, domain=DOMAIN, at=time.at
        )
        assert not SipDomain.objects.visible_to(cast.jonas.actor).filter(ended_at=None).exists()

    theirs = ordered(cast.olga, cast.fremmed)
    seen = watch(cast.olga, theirs, time)

    assert seen.state == "running"
    assert [record["state"] for record in seen.verdict["records"]] == [*["right"] * 4, "missing"]
    assert fresh(cast.olga, theirs).dns_verified_at is None
    fill(dns, (txt(cast.olga, theirs),))
    time.at += dt.timedelta(minutes=2)
    work(dns_watch.JOB)
    assert fresh(cast.olga, theirs).dns_verified_at == time.at


def test_another_customers_token_proves_nothing(cast: Cast, dns: FakeDns, time: Clock) -> None:
    ours, theirs = ordered(cast.jonas, cast.bixen), ordered(cast.olga, cast.fremmed)
    fill(dns, (*GOOD, txt(cast.jonas, ours)))

    seen = watch(cast.olga, theirs, time)

    assert seen.state == "running"
    assert [f["code"] for f in seen.verdict["records"][4]["findings"]] == ["ownership_other"]
    assert watch(cast.jonas, ours, time).state == "approved"


def move(cast: Cast, dns: FakeDns, time: Clock) -> tuple[Setup, Setup, Phone]:
    """Let IT-bixen use the domain, and Fremmed show a TXT record on it."""
    ours = ordered(cast.jonas, cast.bixen)
    fill(dns, GOOD)
    watch(cast.jonas, ours, time)
    held = fresh(cast.jonas, ours)
    with tenant(cast.jonas.actor):
        phone = telephony.create_skype_phone(
            actor=cast.jonas.actor,
            employee=cast.mette.employee,
            sip_domain=held.sip_domain,
            username="mette",
            password="Sommerferie2026!",
            at=time.at,
        )
        Certificate(customer=cast.bixen, setup=ours, names=[f"sip.{DOMAIN}"], step_at=time.at).save()
    theirs = ordered(cast.olga, cast.fremmed)
    fill(dns, (txt(cast.olga, theirs),))
    assert watch(cast.olga, theirs, time).state == "approved"
    return ours, theirs, phone


def test_a_domain_moves_when_its_txt_record_has_stood_for_a_day(
    cast: Cast, dns: FakeDns, time: Clock
) -> None:
    ours, theirs, phone = move(cast, dns, time)

    told = sorted([cast.jonas.user.email, cast.sara.user.email])
    assert mails(cast, "domain_move_begun") == told
    assert mails(cast, "domain_moves") == [theirs.report_email]
    assert fresh(cast.olga, theirs).dns_verified_at is None
    assert fresh(cast.jonas, ours).ended_at is None
    time.at += STANDS - dt.timedelta(seconds=1)
    work(domain_moves.JOB)
    assert fresh(cast.jonas, ours).ended_at is None
    time.at += dt.timedelta(seconds=2)
    work(domain_moves.JOB)

    assert fresh(cast.olga, theirs).dns_verified_at == time.at
    gone = fresh(cast.jonas, ours)
    assert gone.ended_at == gone.order.ended_at == time.at
    with tenant(cast.jonas.actor):
        phone.refresh_from_db()
        assert Certificate.objects.visible_to(cast.jonas.actor).get().ended_at == time.at
    assert phone.ended_at == time.at
    assert claim_of(cast.jonas, ours).end_reason == ClaimEnd.MOVED
    assert mails(cast, "domain_moved") == told
    work(domain_moves.JOB)
    with tenant(cast.provider.actor):
        assert AuditEntry.objects.filter(action="setup.closed").count() == 1


def test_who_takes_the_txt_record_away_keeps_the_domain(cast: Cast, dns: FakeDns, time: Clock) -> None:
    ours, theirs, _ = move(cast, dns, time)
    dns.clear(DOMAIN, "_myfone-challenge")
    time.at += STANDS + HOURS
    work(domain_moves.JOB)

    assert fresh(cast.jonas, ours).ended_at is None
    assert fresh(cast.olga, theirs).dns_verified_at is None
    assert claim_of(cast.olga, theirs).txt_since is None
    assert mails(cast, "domain_move_stopped") == [cast.olga.user.email]


def test_what_cannot_be_seen_is_looked_at_again_and_not_moved(cast: Cast, dns: FakeDns, time: Clock) -> None:
    _, theirs, _ = move(cast, dns, time)
    dns.resolver_outcome = Outcome.TIMEOUT
    time.at += STANDS + HOURS
    work(domain_moves.JOB)
    assert fresh(cast.olga, theirs).dns_verified_at is None
    dns.resolver_outcome = Outcome.ANSWER
    time.at += HOURS
    work(domain_moves.JOB)

    assert fresh(cast.olga, theirs).dns_verified_at == time.at


def test_a_move_on_one_of_two_servers_is_none(cast: Cast, dns: FakeDns, time: Clock) -> None:
    """Who runs one of the servers, or has it hold still, does not get the domain."""
    ours, theirs = ordered(cast.jonas, cast.bixen), ordered(cast.olga, cast.fremmed)
    fill(dns, GOOD)
    fill(dns, (txt(cast.olga, theirs),), server=0)
    assert watch(cast.olga, theirs, time).state == "running"
    dns.zones[Name.parse(DOMAIN)].servers[1].outcome = Outcome.TIMEOUT
    time.at += dt.timedelta(minutes=2)
    work(dns_watch.JOB)

    assert fresh(cast.olga, theirs).dns_verified_at is None
    assert need(cast.jonas, ours) is Need.TXT


# --- the stranger ------------------------------------------------------------------------------------


def test_a_stranger_sees_and_touches_no_claim(cast: Cast) -> None:
    ordered(cast.jonas, cast.bixen)
    for person in (cast.stig, cast.olga):
        with tenant(person.actor):
            rows = DomainClaim.objects.visible_to(person.actor)
            assert not rows.exists()
            assert not rows.update(lapses_at=AT)
