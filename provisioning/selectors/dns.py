"""Read where a domain's DNS stands, for the page that shows it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from myfone.kernel.models import OutboxMail
from myfone.tenancy.actor import Actor
from provisioning import dns_texts
from provisioning.models import DnsWatch, Setup, Upkeep, WatchState
from provisioning.rules.claims import WARNING
from provisioning.rules.dns_findings import State
from provisioning.rules.dns_schedule import QUIET_LASTS, is_looking
from provisioning.rules.records import LEFTOVERS, RecordSet
from provisioning.selectors.claims import ClaimStanding, claim_standing
from provisioning.services.dns_look import records_of

REPORTS = ("dns_approved", "dns_failed", "domain_moves")
UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Hint:
    severity: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one server has of a record on which the servers differ."""

    server: str
    state: str
    found: str


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the guide: what it must be, and what was found."""

    type: str
    name: str
    expected: str
    state: str
    found: str
    hints: tuple[Hint, ...]
    fields: str
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class DnsStanding:
    """All that the page shows; `seen` changes with each look, so that a browser asks for news alone."""

    setup: Setup
    watch: DnsWatch | None
    records: RecordSet
    rows: tuple[Row, ...]
    leftovers: tuple[Hint, ...]
    notes: tuple[Hint, ...]
    problems: tuple[str, ...]
    servers: tuple[str, ...]
    decision: str
    minutes_left: int
    share_used: float
    checking: bool
    #: What the mail server answered where it refused a report for good.
    undelivered: str
    #: Names of an older Skype setup that we look for; empty once a look has told which of them exist.
    older: tuple[str, ...]
    claim: ClaimStanding
    lapses_soon: bool
    #: The regular look at a domain in use; None before it is in use, and until the first is planned.
    upkeep: Upkeep | None = None

    @property
    def in_use(self) -> bool:
        return self.setup.live_at is not None and self.setup.ended_at is None

    @property
    def broken_at(self) -> dt.datetime | None:
        return self.upkeep.broken_at if self.upkeep else None

    @property
    def doubted(self) -> bool:
        return self.upkeep is not None and self.upkeep.doubted_at is not None and self.broken_at is None

    @property
    def silent(self) -> bool:
        """Tell whether the last look at a domain in use got no answer."""
        return self.upkeep is not None and self.upkeep.looked_at != self.upkeep.told_at

    @property
    def running(self) -> bool:
        return not self.in_use and self.watch is not None and self.watch.state == WatchState.RUNNING

    @property
    def approved(self) -> bool:
        if self.watch is None or self.watch.state != WatchState.APPROVED or self.claim.lapsed:
            return False
        # Right records do not make the domain the customer's, where a move of it was stopped.
        return self.setup.dns_verified_at is not None or self.claim.moves_at is not None

    @property
    def gave_up(self) -> bool:
        return self.watch is not None and self.watch.state == WatchState.GAVE_UP

    @property
    def quiet_until(self) -> dt.datetime | None:
        """Return until when we still look once an hour, after the limit has passed."""
        if self.watch is None or not self.gave_up or self.watch.ended_at is not None:
            return None
        return self.watch.give_up_at + QUIET_LASTS

    @property
    def right(self) -> int:
        return sum(1 for row in self.rows if row.state == State.RIGHT)

    @property
    def news(self) -> str:
        """Return what is worth saying aloud when it changes."""
        return f"{self.watch.state if self.watch else ''}-{self.right}-{len(self.rows)}"

    @property
    def seen(self) -> str:
        if self.in_use:
            return f"{self.news}-{self.upkeep.looked_at if self.upkeep else None}".replace(" ", "T").replace(
                "+", "Z"
            )
        return f"{self.news}-{self.watch.pk if self.watch else 0}-{self.watch.looks if self.watch else 0}"


def find_setup(*, actor: Actor, public_id: object) -> Setup:
    """Return a setup that the actor may see, with its customer and reseller. Raises Setup.DoesNotExist."""
    setup: Setup = (
        Setup.objects.visible_to(actor)
        .select_related("customer__reseller", "order", "upkeep")
        .get(public_id=public_id)
    )
    return setup


def dns_standing(*, actor: Actor, setup: Setup, at: dt.datetime) -> DnsStanding:
    """Return where the setup's DNS stands: the latest watch and what it last saw, in the reader's language."""
    watch: Any = (
        DnsWatch.objects.visible_to(actor)
        .filter(setup=setup)
        .annotate(undelivered=Subquery(_undelivered()))
        .order_by("-started_at", "-pk")
        .first()
    )
    claim = claim_standing(actor=actor, setup=setup)
    records = records_of(setup.domain, claim.challenge)
    upkeep: Upkeep | None = getattr(setup, "upkeep", None) if setup.live_at and not setup.ended_at else None
    told = upkeep if upkeep and upkeep.verdict else watch
    verdict: Mapping[str, Any] = (told.verdict if told else None) or {}
    judged = {record["key"]: record for record in verdict.get("records", ())}
    lasts = (watch.give_up_at - watch.started_at).total_seconds() if watch else 1.0
    left = max(0.0, (watch.give_up_at - at).total_seconds()) if watch else 0.0
    return DnsStanding(
        setup=setup,
        watch=watch,
        records=records,
        rows=tuple(
            Row(
                record.type,
                str(record.name),
                str(record.value),
                judged[record.key]["state"] if record.key in judged else UNCHECKED,
                dns_texts.found_text(judged[record.key]) if record.key in judged else "",
                _hints(judged.get(record.key, {}).get("findings", ()), beside=True),
                dns_texts.fields_text(record),
                _answers(judged.get(record.key, {})),
            )
            for record in records
        ),
        leftovers=_hints(verdict.get("leftovers", ())),
        notes=_hints(verdict.get("notes", ())),
        problems=tuple(_problems(verdict)) if verdict else (),
        servers=tuple(dict.fromkeys(server["name"] for server in verdict.get("servers", ()))),
        decision=str(verdict.get("decision", "")),
        minutes_left=math.ceil(left / 60),
        share_used=1 - left / lasts,
        checking=_upkeep_looks(upkeep, at)
        if upkeep
        else watch is not None
        and watch.state == WatchState.RUNNING
        and is_looking(looked_at=watch.looked_at, next_at=watch.next_at, at=at),
        undelivered=(watch.undelivered if watch else None) or "",
        older=() if verdict else tuple(str(records.domain.under(*leftover.labels)) for leftover in LEFTOVERS),
        claim=claim,
        lapses_soon=claim.lapses_at is not None
        and claim.moves_at is None
        and claim.lapses_at - WARNING <= at,
        upkeep=upkeep,
    )


def _upkeep_looks(upkeep: Upkeep, at: dt.datetime) -> bool:
    """Tell whether a look is due or under way."""
    under_way = upkeep.taken_until is not None and upkeep.taken_until > at
    return under_way or (upkeep.next_at is not None and upkeep.next_at <= at)


def _undelivered() -> QuerySet[OutboxMail, str]:
    keys = Q()
    for template in REPORTS:
        keys |= Q(key=Concat(Value("dns-watch:"), Cast(OuterRef("pk"), CharField()), Value(f":{template}")))
    return OutboxMail.objects.filter(keys, failed_at__isnull=False).values_list("fault", flat=True)[:1]


def _problems(verdict: Mapping[str, Any]) -> Iterator[str]:
    for problem in dns_texts.problems(verdict):
        yield f"{problem['name']}: {problem['text']}" if problem["name"] else problem["text"]


def _answers(record: Mapping[str, Any]) -> tuple[Answer, ...]:
    # Verdicts from before this was written down have none.
    return tuple(
        Answer(one["server"], one["state"], dns_texts.found_text(one)) for one in record.get("at", ())
    )


def _hints(findings: Any, *, beside: bool = False) -> tuple[Hint, ...]:
    return tuple(
        Hint(finding["severity"], dns_texts.sentence(finding, beside=beside)) for finding in findings
    )
