"""What can be said about a DNS record: codes and parameters, rendered to text elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class State(StrEnum):
    """Where one record stands. What no server could tell is unknown, never missing."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Code(StrEnum):
    """Every finding there is; the comment names its parameters."""

    # of one record
    MISSING = "missing"  # name
    MISSING_WILDCARD = "missing_wildcard"  # name, found
    UNKNOWN = "unknown"  # name, reason
    OFFICE365 = "office365"  # name, found, expected
    WRONG_TARGET = "wrong_target"  # name, found, expected
    MISSING_DOT = "missing_dot"  # name, found, expected
    CHAIN = "chain"  # name, found, expected
    SEVERAL_ALIASES = "several_aliases"  # name, found, expected
    ADDRESS_OURS = "address_ours"  # name, found
    ADDRESS_FOREIGN = "address_foreign"  # name, found, expected
    WRONG_PORT = "wrong_port"  # name, found, expected
    PRIORITY_WEIGHT = "priority_weight"  # name, found, expected
    CROSS_DOMAIN = "cross_domain"  # name, found, expected
    SERVICE_OFF = "service_off"  # name, expected
    ALIAS_FOR_SERVICE = "alias_for_service"  # name, found, expected
    EXTRA_OFFICE365 = "extra_office365"  # name, found
    EXTRA_RECORD = "extra_record"  # name, found
    PROPAGATING = "propagating"  # name, ready, late
    SERVERS_DISAGREE = "servers_disagree"  # name, servers
    TTL_LONG = "ttl_long"  # name, minutes
    OLD_TTL = "old_ttl"  # name, minutes
    OWNERSHIP_MISSING = "ownership_missing"  # name
    OWNERSHIP_OTHER = "ownership_other"  # name, found, expected
    # of a name that must go
    LEFTOVER = "leftover"  # name, found
    LEFTOVER_OFFICE365 = "leftover_office365"  # name, found
    LEFTOVER_FIRST = "leftover_first"  # name, found
    LEFTOVER_UNKNOWN = "leftover_unknown"  # name
    # of the domain as a whole
    DOMAIN_UNKNOWN = "domain_unknown"  # domain
    RESOLVER_SILENT = "resolver_silent"  # domain
    SERVER_SILENT = "server_silent"  # server, reason
    WILDCARD = "wildcard"  # domain, found
    DNSSEC_BOGUS = "dnssec_bogus"  # domain
    CACHED_ELSEWHERE = "cached_elsewhere"  # name


@dataclass(frozen=True, slots=True)
class Finding:
    code: Code
    severity: Severity
    params: dict[str, str] = field(default_factory=dict)

    def as_data(self) -> dict[str, object]:
        """Return the finding as JSON data."""
        return {"code": self.code.value, "severity": self.severity.value, "params": dict(self.params)}


def error(code: Code, **params: object) -> Finding:
    """Make a finding that keeps the domain from being approved."""
    return Finding(code, Severity.ERROR, _texts(params))


def warning(code: Code, **params: object) -> Finding:
    """Make a finding that works today and may hurt later."""
    return Finding(code, Severity.WARNING, _texts(params))


def info(code: Code, **params: object) -> Finding:
    """Make a finding that only explains."""
    return Finding(code, Severity.INFO, _texts(params))


def _texts(params: dict[str, object]) -> dict[str, str]:
    return {key: str(value) for key, value in params.items()}
