"""The domain name system, as the DNS watch needs it: a look at every authoritative server of a domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from provisioning.rules.caa import CaaLook
from provisioning.rules.names import Name
from provisioning.rules.observation import Observation, Question, Resolution

__all__ = ["CaaLook", "DnsGateway", "Name", "Observation", "Question", "Resolution"]


class DnsGateway(Protocol):
    """Ask the name servers of the world.

    Silence, failures and refusals are outcomes in what is returned, never exceptions: they are the
    ordinary weather of DNS. A wrong configuration of our own raises a permanent GatewayError.
    """

    def observe(self, domain: Name, questions: Sequence[Question]) -> Observation:
        """Find the zone of a domain and put every question to every authoritative server of it."""
        ...

    def resolve(self, name: Name) -> Resolution:
        """Ask the validating recursive resolver where a name leads: its aliases and its addresses."""
        ...

    def caa(self, names: Sequence[Name]) -> tuple[CaaLook, ...]:
        """Ask the validating recursive resolver for the CAA records at each of these names, aliases followed."""
        ...
