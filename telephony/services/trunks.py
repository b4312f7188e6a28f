"""Have trunks with TLS carried by the front that calls leave through."""

from __future__ import annotations

import uuid

from myfone.kernel import jobs
from myfone.kernel.gateways import gateway
from telephony.gateways.trunkfront import TrunkFront
from telephony.models import Trunk, TrunkTransport
from telephony.rules.trunk_front import Line

JOB = "telephony.carry_trunks"


def changed() -> None:
    """Let what was changed of a trunk's TLS hold for calls that leave, inside the caller's transaction."""
    jobs.enqueue(JOB, key=f"{JOB}:{uuid.uuid4()}")


def lines() -> tuple[Line, ...]:
    """Return the trunks in use that have TLS."""
    rows = Trunk.objects.filter(is_enabled=True, transport=TrunkTransport.TLS).order_by("pk")
    return tuple(Line(row.pk, row.gateway, row.tls_name, row.tls_ca) for row in rows)


def carry() -> bool:
    """Have exactly these trunks at the front; say whether anything had to be changed. Raises GatewayError."""
    front: TrunkFront = gateway("trunkfront")
    wanted = lines()
    has_changed = front.carry(wanted)
    # Somebody may have changed them while another job brought the same ones.
    while (now := lines()) != wanted:
        has_changed = front.carry(now) or has_changed
        wanted = now
    return has_changed
