"""The end of a contract: announced for a day, withdrawn, carried out step by step, and begun again later."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import time_machine

from myfone.kernel import clock, jobs
from myfone.kernel.models import AuditEntry, Job, OutboxMail
from myfone.tenancy.actor import NotAllowed
from myfone.tenancy.context import tenant
from provisioning.gateways.acme import AcmeError
from provisioning.gateways.tlsfront import TlsFrontError
from provisioning.models import DnsWatch, Ending, EndingStep, Order, Setup, WatchState
from provisioning.selectors.endings import EndingState, latest, state_of
from provisioning.selectors.skype_accounts import Opening, linking
from provisioning.services import endings, orders
from telephony.models import Phone, SipDomain
from tests.cast import Cast
from tests.certificates import Outside, acme_of, front_of, stand_ins
from tests.endings import again, carried_out, certificate_of, deliver, in_use, ledger, ordered

NOW = dt.datetime(2026, 11, 12, 9, 0, tzinfo=dt.UTC)
LAST_DAY = dt.date(2026, 11, 30)
MIDNIGHT = dt.datetime(2026, 11, 30, 22, 59, 59, tzinfo=dt.UTC)


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outside:
    return stand_ins(tmp_path, "it-bixen.dk", "havnens.dk").use(monkeypatch)


def announce(cast: Cast, setup: Setup, last_day: dt.date = LAST_DAY) -> Ending:
    with tenant(cast.jonas.actor):
        return endings.announce(
            actor=cast.jonas.actor, setup=setup, last_day=last_day, typed="it-bixen.dk", at=clock.now()
        )


def mails(cast: Cast, kind: str) -> dict[str, OutboxMail]:
    with tenant(cast.jonas.actor):
        return {row.recipient: row for row in OutboxMail.objects.filter(key__contains=f":{kind}:")}


def templates(cast: Cast, kind: str) -> dict[str, str]:
    return {recipient: row.template for recipient, row in mails(cast, kind).items()}


def test_people_keep_it_until_the_end_of_the_last_day(live_cast: Cast, outside: Outside) -> None:
    with time_machine.travel(NOW, tick=False) as time:
        setup = in_use(live_cast)
        ending = announce(live_cast, setup)
        assert ending.ends_at == MIDNIGHT
        time.move_to(MIDNIGHT - dt.timedelta(seconds=1))
        assert carried_out(ending).step == EndingStep.ANNOUNCED
        with tenant(live_cast.mette.actor):
            assert linking(live_cast.mette.actor).opening is Opening.OPEN
        # The worker comes late, in another month: what is charged ends with the last day all the same.
        time.move_to(MIDNIGHT + dt.timedelta(hours=9))
        with tenant(live_cast.sara.actor):
            assert linking(live_cast.sara.actor).opening is Opening.NOT_ORDERED
        done = carried_out(ending)
    assert (done.step, done.accounts) == (EndingStep.DONE, 2)
    assert ledger(live_cast) == [("Line Mark", MIDNIGHT), ("Mette Hansen", MIDNIGHT)]
    actor = live_cast.jonas.actor
    with tenant(actor):
        assert not Phone.objects.visible_to(actor).filter(ended_at=None).exists()
        assert not SipDomain.objects.visible_to(actor).filter(ended_at=None).exists()
        assert not Setup.objects.visible_to(actor).filter(ended_at=None).exists()
        assert Order.objects.visible_to(actor).get().ended_at is not None
    certificate = certificate_of(live_cast, setup)
    assert certificate.ended_at
    assert certificate.revoked_at
    assert acme_of(outside).revoked == {certificate.serial: 5}
    with pytest.raises(TlsFrontError):
        outside.front.served(server_name="sip.it-bixen.dk")


def test_those_concerned_are_told_by_mail(live_cast: Cast, outside: Outside) -> None:
    with time_machine.travel(NOW, tick=False) as time:
        ending = announce(live_cast, in_use(live_cast))
        deliver(f"ending-mails:{ending.public_id}:announced")
        told = {
            "jonas@nordlystele.dk": "ending_customer",
            "sara@it-bixen.dk": "ending_customer",
            "mette@it-bixen.dk": "ending_employee",
            "line@it-bixen.dk": "ending_employee",
        }
        assert templates(live_cast, "announced") == told
        assert mails(live_cast, "announced")["mette@it-bixen.dk"].params["day"] == "30. november 2026"
        time.move_to(MIDNIGHT)
        carried_out(ending)
        deliver(f"ending-mails:{ending.public_id}:done")
    assert templates(live_cast, "done") == {
        "jonas@nordlystele.dk": "ending_customer_done",
        "sara@it-bixen.dk": "ending_customer_done",
    }


def test_it_is_withdrawn_until_then_and_announced_again(live_cast: Cast, outside: Outside) -> None:
    actor = live_cast.jonas.actor
    with time_machine.travel(NOW, tick=False) as time:
        setup = in_use(live_cast)
        first = announce(live_cast, setup)
        assert announce(live_cast, setup).pk == first.pk
        with pytest.raises(endings.EndingRefused), tenant(actor):
            announce(live_cast, setup, dt.date(2026, 12, 24))
        with tenant(actor):
            assert endings.withdraw(actor=actor, setup=setup, at=clock.now())
            assert not endings.withdraw(actor=actor, setup=setup, at=clock.now())
        deliver(f"ending-mails:{first.public_id}:withdrawn")
        assert templates(live_cast, "withdrawn")["mette@it-bixen.dk"] == "ending_employee_withdrawn"
        time.move_to(MIDNIGHT + dt.timedelta(days=1))
        deliver(endings.job_key(first))
        assert [row for row in ledger(live_cast) if row[1]] == []
        second = announce(live_cast, setup, dt.date(2026, 12, 1))
        assert carried_out(second).step == EndingStep.DONE
        with pytest.raises(endings.TooLate), tenant(actor):
            endings.withdraw(actor=actor, setup=setup, at=clock.now())


@pytest.mark.parametrize(
    ("last_day", "typed", "field"),
    [
        (dt.date(2026, 11, 11), "it-bixen.dk", "last_day"),
        (dt.date(2036, 1, 1), "it-bixen.dk", "last_day"),
        (LAST_DAY, "it-bixen.com", "domain"),
        (LAST_DAY, "", "domain"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    live_cast: Cast, outside: Outside, last_day: dt.date, typed: str, field: str
) -> None:
    actor = live_cast.jonas.actor
    with time_machine.travel(NOW, tick=False):
        setup = in_use(live_cast)
        with pytest.raises(endings.EndingRefused) as refused, tenant(actor):
            endings.announce(actor=actor, setup=setup, last_day=last_day, typed=typed, at=NOW)
    assert refused.value.field == field


def test_only_staff_ends_a_contract(live_cast: Cast, outside: Outside) -> None:
    setup = in_use(live_cast)
    sara = live_cast.sara.actor
    with pytest.raises(NotAllowed), tenant(sara):
        endings.announce(actor=sara, setup=setup, last_day=LAST_DAY, typed="it-bixen.dk", at=NOW)
    olga = live_cast.olga.actor
    with pytest.raises(Setup.DoesNotExist), tenant(olga):
        endings.announce(actor=olga, setup=setup, last_day=LAST_DAY, typed="it-bixen.dk", at=NOW)


def test_a_worker_that_dies_anywhere_is_followed_by_one_that_goes_on(
    live_cast: Cast, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = in_use(live_cast)
    ending = announce(live_cast, setup, clock.local_date(clock.now()))
    seen, go_on = [], endings._go_on

    def die(actor: object, ending: Ending, at: dt.datetime) -> dt.datetime | None:
        go_on(actor, ending, at)  # type: ignore[arg-type]
        seen.append(ending.step)
        raise KeyboardInterrupt

    monkeypatch.setattr(endings, "_go_on", die)
    key = endings.job_key(ending)
    while not Job.objects.filter(key=key).exclude(done_at=None).exists():
        Job.objects.filter(key=key).update(lease_until=None, run_at=clock.now())
        try:
            jobs.run(Job.objects.get(key=key).pk)
        except KeyboardInterrupt:
            deliver(*Job.objects.filter(key__startswith="revoke:").values_list("key", flat=True))
    ending = again(ending)
    assert (ending.step, ending.accounts) == (EndingStep.DONE, 2)
    assert seen == ["announced", "announced", "accounts", "closed"]
    assert len(acme_of(outside).revoked) == 1


def test_a_front_that_is_away_holds_up_nothing_but_the_last_step(live_cast: Cast, outside: Outside) -> None:
    setup = in_use(live_cast)
    away = TlsFrontError("away", code="unreachable")
    front_of(outside).fail("remove", away)
    ending = announce(live_cast, setup, clock.local_date(clock.now()))
    deliver(endings.job_key(ending), turns=10)
    jobs.run(Job.objects.get(key__startswith="revoke:").pk)
    deliver(endings.job_key(ending), turns=3)
    with tenant(live_cast.jonas.actor):
        stuck = endings_of(live_cast)
        assert (stuck.step, stuck.fault["code"]) == (EndingStep.CLOSED, "front_unreachable")
        assert endings.retry(actor=live_cast.jonas.actor, ending=again(ending), at=clock.now())
    with tenant(live_cast.olga.actor):
        assert orders.available_domain("it-bixen.dk", customer_id=live_cast.fremmed.pk) == "it-bixen.dk"
    assert carried_out(ending).step == EndingStep.DONE


def endings_of(cast: Cast) -> EndingState:
    found = latest(actor=cast.jonas.actor, customer_id=cast.bixen.pk)
    assert found is not None
    return state_of(found)


def test_an_authority_that_refuses_to_revoke_does_not_hold_the_end_up(
    live_cast: Cast, outside: Outside
) -> None:
    setup = in_use(live_cast)
    acme_of(outside).fail("revoke", AcmeError("gone", permanent=True, code="malformed"))
    ending = carried_out(announce(live_cast, setup, clock.local_date(clock.now())))
    assert ending.step == EndingStep.DONE
    with tenant(live_cast.jonas.actor):
        assert endings_of(live_cast).fault["permanent"]  # type: ignore[index]


def test_the_same_customer_orders_again_later(live_cast: Cast, outside: Outside) -> None:
    first = in_use(live_cast)
    carried_out(announce(live_cast, first, clock.local_date(clock.now())))
    second = in_use(live_cast)
    assert second.pk != first.pk
    assert (
        outside.front.served(server_name="sip.it-bixen.dk").serial == certificate_of(live_cast, second).serial
    )
    assert [until is None for _name, until in ledger(live_cast)] == [False, True, False, True]
    done = carried_out(announce(live_cast, second, clock.local_date(clock.now())))
    assert (done.step, done.accounts) == (EndingStep.DONE, 2)


def test_many_accounts_are_closed_some_at_a_time(
    live_cast: Cast, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endings, "AT_ONCE", 1)
    setup = in_use(live_cast)
    done = carried_out(announce(live_cast, setup, clock.local_date(clock.now())))
    assert (done.step, done.accounts) == (EndingStep.DONE, 2)


def test_an_order_is_cancelled_before_anybody_can_use_it(live_cast: Cast, outside: Outside) -> None:
    actor = live_cast.jonas.actor
    setup = ordered(live_cast)
    with tenant(actor):
        DnsWatch(customer=live_cast.bixen, setup=setup, started_at=NOW, next_at=NOW, give_up_at=NOW).save()
        ending = endings.cancel(actor=actor, order=setup.order, reason="Fortrudt", at=clock.now())
        assert ending is not None
        assert endings.cancel(actor=actor, order=setup.order, at=clock.now()) is None
        watch = DnsWatch.objects.visible_to(actor).get()
        assert AuditEntry.objects.filter(action="order.cancelled").count() == 1
        order = Order.objects.visible_to(actor).get()
    assert (watch.state, carried_out(ending).step) == (WatchState.STOPPED, EndingStep.DONE)
    assert (order.cancel_reason, order.cancelled_by) == ("Fortrudt", actor.id)
    with tenant(live_cast.olga.actor):
        assert orders.available_domain("it-bixen.dk", customer_id=live_cast.fremmed.pk)
    assert ordered(live_cast).pk != setup.pk
    assert ledger(live_cast) == []


def test_a_cancelled_order_whose_certificate_was_made_gives_it_back(
    live_cast: Cast, outside: Outside
) -> None:
    actor = live_cast.jonas.actor
    setup = in_use(live_cast)
    with tenant(actor):
        with pytest.raises(endings.InUse):
            endings.cancel(actor=actor, order=setup.order, at=clock.now())
        # The last look at the front has not succeeded yet.
        Setup.objects.visible_to(actor).filter(pk=setup.pk).update(live_at=None)
        with pytest.raises(endings.NotInUse):
            announce(live_cast, setup)
        ending = endings.cancel(actor=actor, order=setup.order, at=clock.now())
        assert ending is not None
    assert carried_out(ending).step == EndingStep.DONE
    assert certificate_of(live_cast, setup).revoked_at
