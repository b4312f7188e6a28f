"""Say whether a name leads to the platform, as the authority that proves it will see."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from provisioning.rules.observation import Outcome, Resolution


class Where(StrEnum):
    HERE = "here"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Whereabouts:
    """Where a name leads, with the addresses that it leads to."""

    name: str
    where: Where
    addresses: tuple[str, ...] = ()


def whereabouts(resolution: Resolution, ours: Collection[str]) -> Whereabouts:
    """Judge what the resolver said: here only if every address is ours; silence is unknown, never elsewhere.

    Where one of the two kinds of address fails validation, the authority will not believe the other either.
    """
    if resolution.addresses and resolution.outcome is Outcome.ANSWER:
        here = set(resolution.addresses) <= set(ours)
        where = Where.HERE if here else Where.ELSEWHERE
    elif resolution.outcome in {Outcome.NXDOMAIN, Outcome.NODATA, Outcome.ANSWER}:
        where = Where.ELSEWHERE
    else:
        where = Where.UNKNOWN
    return Whereabouts(str(resolution.name), where, resolution.addresses)
