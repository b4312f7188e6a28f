"""Have trunks with TLS carried by the front that calls leave through."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import Q

from myfone.kernel import jobs
from myfone.kernel.gateways import GatewayError, gateway
from telephony.gateways.trunkfront import TrunkFront
from telephony.models import Trunk, TrunkTransport
from telephony.rules.trunk_front import Line

JOB = "telephony.carry_trunks"
WATCH = "telephony.watch_trunks"
PAUSE = dt.timedelta(minutes=1)
NO_FRONT = "no_front"


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


def watch(*, at: dt.datetime) -> int:
    """Write down which trunks with TLS were found otherwise than before, and return how many."""
    known = [line.key for line in lines()]
    if not known:
        return 0
    front: TrunkFront = gateway("trunkfront")
    try:
        found = {key: seen.fault for key, seen in front.seen().items()}
    except GatewayError:
        found = dict.fromkeys(known, NO_FRONT)
    changed = 0
    for key in known:
        if key in found:
            is_news = ~Q(tls_fault=found[key]) | Q(tls_since=None)
            changed += Trunk.objects.filter(is_news, pk=key).update(tls_fault=found[key], tls_since=at)
    return changed
