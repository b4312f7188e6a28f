"""Say what happens in provisioning to those who want to know."""

from __future__ import annotations

from dataclasses import dataclass

from myfone.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class OrderConfirmed(Event):
    """Skype for Business was ordered for a customer's domain; the setup begins (G10)."""

    order_id: int
    setup_id: int
    domain: str


@dataclass(frozen=True, kw_only=True)
class StageConfirmed(Event):
    """Somebody said that a stage is done, or took it back (G11–G16)."""

    setup_id: int
    stage: str
    reopened: bool


@dataclass(frozen=True, kw_only=True)
class DomainLive(Event):
    """A domain's certificate answers at the TLS front: employees can create accounts from now on (G15)."""

    setup_id: int
    domain: str


@dataclass(frozen=True, kw_only=True)
class SetupClosed(Event):
    """A setup ended: its order was cancelled, or its contract is over; the domain is given free after this."""

    setup_id: int
    domain: str
