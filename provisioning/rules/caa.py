"""Say whether an authority may issue for a name, from the CAA records found (RFC 8659, RFC 8657)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from provisioning.rules.names import Name
from provisioning.rules.observation import Outcome

CRITICAL = 128
UNDERSTOOD = frozenset(
    {"issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone"}
)
HTTP_01 = "http-01"
EMPTY = frozenset({Outcome.NODATA, Outcome.NXDOMAIN})


@dataclass(frozen=True, slots=True, order=True)
class CaaRecord:
    """One CAA record: flags, tag in lower case, value as it stands."""

    flags: int
    tag: str
    value: str

    def __str__(self) -> str:
        return f'{self.flags} {self.tag} "{self.value}"'


@dataclass(frozen=True, slots=True)
class CaaLook:
    """What one name answered: `holder` is where the records stand, after following aliases."""

    name: Name
    outcome: Outcome
    records: tuple[CaaRecord, ...] = ()
    holder: Name | None = None


class CaaVerdict(StrEnum):
    ALLOWED = "allowed"
    UNKNOWN = "unknown"
    OTHER_ISSUER = "refused"
    OTHER_ACCOUNT = "account"
    OTHER_METHOD = "method"
    NOT_UNDERSTOOD = "critical"


@dataclass(frozen=True, slots=True)
class CaaFinding:
    """The verdict, the name whose records decide, and those of them that bar the way as they would be read."""

    verdict: CaaVerdict
    at: Name | None = None
    records: tuple[CaaRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who will be asked: the names it goes by in CAA records, and the address of our account there."""

    identities: Collection[str]
    account_url: str


def climb(name: Name) -> tuple[Name, ...]:
    """List the names whose records may decide, from the name itself up to the one below the top-level domain.

    What a registry says at a top-level domain holds for all below it alike; it is left to the authority.
    """
    return tuple(Name(name.labels[depth:]) for depth in range(len(name.labels) - 1))


def judge(name: Name, looks: Mapping[Name, CaaLook], issuer: Issuer, *, wildcard: bool = False) -> CaaFinding:
    """Judge by the first name on the way up that has records; one that gives no usable answer is unknown.

    An authority refuses where a name server fails (RFC 8659, 6.3), so unknown is never taken for allowed.
    """
    for step in climb(name):
        look = looks.get(step)
        if look is None or (look.outcome is not Outcome.ANSWER and look.outcome not in EMPTY):
            return CaaFinding(CaaVerdict.UNKNOWN, step)
        if look.records:
            verdict, records = _allowed(look.records, issuer, wildcard)
            return CaaFinding(verdict, look.holder or step, tuple(sorted(records)))
    return CaaFinding(CaaVerdict.ALLOWED)


def _allowed(
    records: Iterable[CaaRecord], issuer: Issuer, wildcard: bool
) -> tuple[CaaVerdict, tuple[CaaRecord, ...]]:
    records = tuple(records)
    strange = tuple(r for r in records if r.flags & CRITICAL and r.tag not in UNDERSTOOD)
    if strange:
        return CaaVerdict.NOT_UNDERSTOOD, strange
    ruling = tuple(r for r in records if r.tag == "issuewild") if wildcard else ()
    ruling = ruling or tuple(r for r in records if r.tag == "issue")
    if not ruling:
        return CaaVerdict.ALLOWED, ()
    ours = [(record, _read(record.value)) for record in ruling]
    named = [(r, p) for r, p in ours if p is not None and p.issuer in {i.lower() for i in issuer.identities}]
    if not named:
        return CaaVerdict.OTHER_ISSUER, ruling
    accounts = [(r, p) for r, p in named if p.binds_to(issuer.account_url)]
    if not accounts:
        return CaaVerdict.OTHER_ACCOUNT, tuple(r for r, _ in named)
    if not any(p.permits(HTTP_01) for _, p in accounts):
        return CaaVerdict.OTHER_METHOD, tuple(r for r, _ in accounts)
    return CaaVerdict.ALLOWED, ()


@dataclass(frozen=True, slots=True)
class _Permission:
    """An issue value: the issuer's name and the parameters, each with all values that it was given."""

    issuer: str
    parameters: Mapping[str, list[str]] = field(default_factory=dict)

    def binds_to(self, account_url: str) -> bool:
        """Tell whether this account may ask; an account that is named twice is nobody's (RFC 8657, 3)."""
        named = self.parameters.get("accounturi")
        return named is None or named == [account_url]

    def permits(self, method: str) -> bool:
        named = self.parameters.get("validationmethods")
        return named is None or (len(named) == 1 and method in named[0].split(","))


def _read(value: str) -> _Permission | None:
    """Read `issuer; tag=value; …` (RFC 8659, 4.2); None for a text that is not of that form."""
    issuer, *rest = value.split(";")
    parameters: dict[str, list[str]] = {}
    for part in rest:
        tag, equals, said = part.strip().partition("=")
        if not tag and not equals:
            continue
        if not equals or not tag.strip().replace("-", "").isalnum():
            return None
        parameters.setdefault(tag.strip().lower(), []).append(said.strip())
    return _Permission(issuer.strip().lower().rstrip("."), parameters)
