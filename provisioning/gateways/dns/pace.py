"""Keep all our processes together from flooding one name server: many customers share one web host."""

from __future__ import annotations

from myfone.kernel.gateways import GatewayError
from myfone.kernel.ratelimit import Pace, reserve

# A look is some thirty questions to each server, so a few looks begin at once and then about one and a half a second.
SERVER = Pace("dns-server", per_second=50, at_once=150, longest_wait=10)


class ServerBusy(GatewayError):
    """So much is booked at a server already that this look has to come later."""

    def __init__(self, address: str) -> None:
        super().__init__(f"too many questions for {address} at the moment", retry_after=SERVER.longest_wait)


def turn_at(address: str, questions: int) -> float:
    """Book questions to a server; return in how many seconds they may begin. Raises ServerBusy."""
    wait = reserve(SERVER, address, questions)
    if wait is None:
        raise ServerBusy(address)
    return wait
