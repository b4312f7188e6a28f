"""A contract ends on real servers: the authority revokes, the front serves the names no more."""

from __future__ import annotations

import pytest

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from provisioning.gateways.tlsfront import TlsFrontError
from provisioning.models import EndingStep
from provisioning.services import endings
from stack.machine import DEMO_ZONE, Machine
from tests.cast import Cast
from tests.certificates import Outside
from tests.endings import carried_out, certificate_of, in_use


def test_a_customer_leaves_and_comes_back(machine: Machine, live_cast: Cast, outside: Outside) -> None:
    assert machine.pebble
    actor = live_cast.jonas.actor
    for _ in range(2):
        setup = in_use(live_cast, DEMO_ZONE)
        serial = certificate_of(live_cast, setup).serial
        assert outside.front.served(server_name=f"sip.{DEMO_ZONE}").serial == serial
        assert machine.pebble.revoked(serial) is None
        today = clock.local_date(clock.now())
        with tenant(actor):
            ending = endings.announce(
                actor=actor, setup=setup, last_day=today, typed=DEMO_ZONE, at=clock.now()
            )
        assert carried_out(ending).step == EndingStep.DONE
        assert machine.pebble.revoked(serial) == 5
        with pytest.raises(TlsFrontError):
            outside.front.served(server_name=f"sip.{DEMO_ZONE}")
