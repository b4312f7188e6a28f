"""Say how far a setup is: which of the six stages are done, which is next, and why one is not open (G16)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class StageName(StrEnum):
    """The six stages of the guide, in its order."""

    ORDER = "order"
    CONTACTS = "contacts"
    DEACTIVATION = "deactivation"
    DNS = "dns"
    USERS = "users"
    DONE = "done"


class StageState(StrEnum):
    DONE = "done"
    OPEN = "open"
    CLOSED = "closed"


class Obstacle(StrEnum):
    """Why a stage is not open yet."""

    NOT_ORDERED = "not_ordered"
    CONTACTS_UNCONFIRMED = "contacts_unconfirmed"
    DEACTIVATION_UNCONFIRMED = "deactivation_unconfirmed"
    DNS_UNVERIFIED = "dns_unverified"
    NO_CERTIFICATE = "no_certificate"
    USERS_MISSING = "users_missing"
    DOMAIN_BROKEN = "domain_broken"


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of a setup; confirmed holds the stages that somebody has confirmed and nobody reopened.

    broken tells that the domain was in use and no longer points at us.
    """

    ordered: bool = False
    confirmed: frozenset[str] = frozenset()
    dns_verified: bool = False
    live: bool = False
    employees: int = 0
    linked: int = 0
    elsewhere: int = 0  # employees with an account at another of the company's domains
    broken: bool = False

    @property
    def everybody_linked(self) -> bool:
        return self.employees > 0 and self.linked >= self.awaited

    @property
    def awaited(self) -> int:
        """Return how many employees are to have an account at this domain."""
        return self.employees - self.elsewhere

    @property
    def completed(self) -> bool:
        """Tell whether nothing is left: all linked, or the reseller closed the setup without the rest."""
        return self.live and (self.everybody_linked or StageName.DONE in self.confirmed)


def obstacle(stage: StageName, progress: Progress) -> Obstacle | None:
    """Return why the stage is not open yet, or None where it is; what comes first in the guide is said first."""
    if stage is StageName.ORDER:
        return None
    if not progress.ordered:
        return Obstacle.NOT_ORDERED
    if stage is StageName.CONTACTS:
        return None
    if StageName.CONTACTS not in progress.confirmed:
        return Obstacle.CONTACTS_UNCONFIRMED
    if stage is StageName.DEACTIVATION:
        return None
    if StageName.DEACTIVATION not in progress.confirmed:
        return Obstacle.DEACTIVATION_UNCONFIRMED
    if stage is StageName.DNS:
        return None
    if not progress.dns_verified:
        return Obstacle.DNS_UNVERIFIED
    if not progress.live:
        return Obstacle.NO_CERTIFICATE
    if stage is StageName.DONE and progress.broken:
        return Obstacle.DOMAIN_BROKEN
    if stage is StageName.DONE and not progress.completed:
        return Obstacle.USERS_MISSING
    return None


def is_done(stage: StageName, progress: Progress) -> bool:
    """Tell whether the stage needs nothing more; a reopened stage does, and so does what follows it."""
    if obstacle(stage, progress) is not None:
        return False
    match stage:
        case StageName.ORDER:
            return progress.ordered
        case StageName.CONTACTS | StageName.DEACTIVATION:
            return stage in progress.confirmed
        case StageName.DNS:
            return progress.dns_verified and not progress.broken
        case StageName.USERS | StageName.DONE:
            return progress.completed and not progress.broken


def states(progress: Progress) -> dict[StageName, StageState]:
    """Return the state of each stage."""
    result = {}
    for stage in StageName:
        if is_done(stage, progress):
            result[stage] = StageState.DONE
        else:
            result[stage] = StageState.CLOSED if obstacle(stage, progress) else StageState.OPEN
    return result


def current(progress: Progress) -> StageName:
    """Return the stage at which the setup stands: the first that is not done."""
    for stage in StageName:
        if not is_done(stage, progress):
            return stage
    return StageName.DONE
