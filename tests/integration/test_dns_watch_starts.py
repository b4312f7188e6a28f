"""Starting the DNS watch: each start ends with a mail, so there are not many of them."""

from __future__ import annotations

import datetime as dt

import pytest

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from provisioning.models import DnsWatch, Order, Setup, WatchState
from provisioning.services import dns_watch
from tests.cast import Cast
from tests.dns_cases import DOMAIN


def test_nobodys_mailbox_is_filled_by_starting_it_again_and_again(cast: Cast) -> None:
    at, actor = clock.now(), cast.jonas.actor
    with tenant(actor):
        order = Order(customer=cast.bixen, domain=DOMAIN, created_by=actor.id)
        order.save()
        setup = Setup(customer=cast.bixen, order=order, domain=DOMAIN, report_email="s@elsewhere.example")
        setup.save()
        for minute in range(dns_watch.STARTS_AN_HOUR):
            watch = dns_watch.start(actor=actor, setup=setup, at=at + dt.timedelta(minutes=minute))
            DnsWatch.objects.visible_to(actor).filter(pk=watch.pk).update(state=WatchState.APPROVED)
        with pytest.raises(dns_watch.StartedTooOften):
            dns_watch.start(actor=actor, setup=setup, at=at + dt.timedelta(minutes=10))
        dns_watch.start(actor=actor, setup=setup, at=at + dt.timedelta(hours=1, minutes=1))


def test_a_day_has_room_for_so_many(cast: Cast) -> None:
    at, actor = clock.now(), cast.jonas.actor
    with tenant(actor):
        order = Order(customer=cast.bixen, domain=DOMAIN, created_by=actor.id)
        order.save()
        setup = Setup(customer=cast.bixen, order=order, domain=DOMAIN, report_email="s@elsewhere.example")
        setup.save()
        for number in range(dns_watch.STARTS_A_DAY):
            begun = at + number * dt.timedelta(minutes=15)
            watch = dns_watch.start(actor=actor, setup=setup, at=begun)
            DnsWatch.objects.visible_to(actor).filter(pk=watch.pk).update(state=WatchState.APPROVED)
        with pytest.raises(dns_watch.StartedTooOften):
            dns_watch.start(actor=actor, setup=setup, at=at + dt.timedelta(hours=12))
        dns_watch.start(actor=actor, setup=setup, at=at + dt.timedelta(hours=24, minutes=1))
