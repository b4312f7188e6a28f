"""Say what happens in provisioning to those who want to know."""

from __future__ import annotations

from dataclasses import dataclass

from myfone.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class DomainLive(Event):
    """A domain's certificate answers at the TLS front: employees can create accounts from now on (G15)."""

    setup_id: int
    domain: str
