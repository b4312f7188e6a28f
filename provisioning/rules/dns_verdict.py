"""Turn an observation of a domain into a verdict: what is right, what is not, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from provisioning.rules.dns_findings import Code, Finding, Severity, State, error, info, warning
from provisioning.rules.dns_judgement import Bench, Judgement, judge, leftover_values
from provisioning.rules.names import Name
from provisioning.rules.observation import TELLING, Observation, Outcome, Question, ServerLook
from provisioning.rules.records import (
    LEFTOVERS,
    Alias,
    LeftoverName,
    Record,
    RecordSet,
    Service,
    Text,
    Value,
    is_office365,
)


class Decision(StrEnum):
    APPROVED = "approved"
    NOT_YET = "not_yet"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """What one server has of one record; server is its name, with the address where it has several."""

    server: str
    state: State
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordVerdict:
    """One record of the guide: what should be, what was seen, and what it means.

    at says it server by server, where servers do not say the same.
    """

    record: Record
    state: State
    found: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    at: tuple[ServerAnswer, ...] = ()

    def as_data(self) -> dict[str, object]:
        """Return the verdict on one record as JSON data."""
        return {
            "key": self.record.key,
            "type": self.record.type.value,
            "name": str(self.record.name),
            "expected": str(self.record.value),
            "state": self.state.value,
            "found": list(self.found),
            "findings": [finding.as_data() for finding in self.findings],
            "at": [
                {"server": one.server, "state": one.state.value, "found": list(one.found)} for one in self.at
            ],
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at a domain means; `as_data` is what is stored, mailed and printed."""

    domain: Name
    decision: Decision
    records: tuple[RecordVerdict, ...]
    leftovers: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    zone: Name | None = None
    servers: tuple[ServerLook, ...] = ()

    @property
    def right(self) -> int:
        """Return how many of the records are right."""
        return sum(1 for record in self.records if record.state is State.RIGHT)

    def as_data(self) -> dict[str, object]:
        """Return the verdict as JSON data: codes and parameters, no sentences."""
        return {
            "domain": str(self.domain),
            "decision": self.decision.value,
            "right": self.right,
            "zone": str(self.zone) if self.zone else None,
            "servers": [
                {"name": str(look.name), "address": look.address, "outcome": look.outcome.value}
                for look in self.servers
            ],
            "records": [record.as_data() for record in self.records],
            "leftovers": [finding.as_data() for finding in self.leftovers],
            "notes": [finding.as_data() for finding in self.notes],
        }


def verdict_on(records: RecordSet, observation: Observation, *, probe: Name) -> Verdict:
    """Judge a look at a domain.

    Approved when every record is right at every server that answers, at least one answers, and nothing
    that a client tries before us is left behind. Not yet when anything is known to be wrong. Else
    unknown: servers that time out, fail or refuse say nothing about the zone.
    """
    notes = _notes(records, observation, probe)
    judged = tuple(_merge(record, records, observation, probe) for record in records)
    leftovers = tuple(_leftovers(records, observation, probe))
    return Verdict(
        domain=records.domain,
        decision=_decide(judged, (*leftovers, *notes)),
        records=judged,
        leftovers=leftovers,
        notes=notes,
        zone=observation.zone,
        servers=observation.servers,
    )


def names_to_resolve(records: RecordSet, observation: Observation, *, probe: Name) -> tuple[Name, ...]:
    """List what the recursive resolver should be asked before the verdict is final.

    Targets that may still lead to us, and, once all else is right, our own names: only a validating
    resolver sees a broken DNSSEC chain. Never earlier, so that its cache does not take up old answers.
    """
    verdict = verdict_on(records, observation, probe=probe)
    if verdict.decision is Decision.APPROVED:
        return tuple(record.name for record in (records.sip, records.lyncdiscover))
    return tuple(
        {
            Name.parse(finding.params["found"]): None
            for judged in verdict.records
            for finding in judged.findings
            if finding.code is Code.WRONG_TARGET and isinstance(judged.record.value, Alias)
        }
    )


def _decide(judged: Iterable[RecordVerdict], findings: Iterable[Finding]) -> Decision:
    states = {verdict.state for verdict in judged}
    if states & {State.WRONG, State.MISSING}:
        return Decision.NOT_YET
    errors = {finding.code for finding in findings if finding.severity is Severity.ERROR}
    doubts = {Code.LEFTOVER_UNKNOWN, Code.RESOLVER_SILENT}
    if errors - doubts:
        return Decision.NOT_YET
    if State.UNKNOWN in states or errors:
        return Decision.UNKNOWN
    return Decision.APPROVED


def _merge(record: Record, records: RecordSet, observation: Observation, probe: Name) -> RecordVerdict:
    if observation.outcome is Outcome.NXDOMAIN:
        return RecordVerdict(record, State.MISSING, findings=(error(Code.MISSING, name=record.name),))
    at: list[tuple[str, Judgement]] = [
        (label, judge(record, Bench(records, observation, server, probe)))
        for label, server in _labelled(observation.servers)
    ]
    told = [(label, judgement) for label, judgement in at if judgement.state is not State.UNKNOWN]
    if not told:
        reason = at[0][1].findings[0].params["reason"] if at else str(observation.outcome)
        unknown = error(Code.UNKNOWN, name=record.name, reason=reason)
        return RecordVerdict(record, State.UNKNOWN, findings=(unknown,))
    unheard = _unheard(observation, {label for label, _ in told}) if isinstance(record.value, Text) else ()
    if unheard and all(judgement.state is State.RIGHT for _, judgement in told):
        # Whoever runs one of several servers must not be able to prove control while the others are silent.
        unknown = error(Code.UNKNOWN, name=record.name, reason=unheard[0].outcome)
        return RecordVerdict(record, State.UNKNOWN, findings=(unknown,))
    first = told[0][1]
    if all(judgement.found == first.found and judgement.state == first.state for _, judgement in told):
        return RecordVerdict(record, first.state, first.found, first.findings)
    answers = tuple(ServerAnswer(label, judgement.state, judgement.found) for label, judgement in at)
    return replace(_disagreement(record, told), at=answers)


def _unheard(observation: Observation, told: set[str]) -> tuple[ServerLook, ...]:
    """Return the servers of which no address said anything of the record."""
    labelled = _labelled(observation.servers)
    heard = {look.name for label, look in labelled if label in told}
    return tuple(look for _, look in labelled if look.name not in heard)


def _disagreement(record: Record, told: list[tuple[str, Judgement]]) -> RecordVerdict:
    ready = [label for label, judgement in told if judgement.state is State.RIGHT]
    late = [(label, judgement) for label, judgement in told if judgement.state is not State.RIGHT]
    found = tuple(dict.fromkeys(value for _, judgement in told for value in judgement.found))
    if not late:
        # Every server leads to us, each in its own way (an alias here, the address there).
        findings = tuple(finding for _, judgement in told for finding in judgement.findings)
        return RecordVerdict(record, State.RIGHT, found, findings)
    if ready:
        late_names = ", ".join(label for label, _ in late)
        said = error(Code.PROPAGATING, name=record.name, ready=", ".join(ready), late=late_names)
        late_found = tuple(dict.fromkeys(value for _, judgement in late for value in judgement.found))
        old = [f for _, judgement in late for f in judgement.findings if f.code is Code.OLD_TTL]
        return RecordVerdict(record, late[0][1].state, late_found, (said, *old[:1]))
    state = next((j.state for _, j in late if j.state is State.WRONG), State.MISSING)
    servers = ", ".join(label for label, _ in late)
    findings = (error(Code.SERVERS_DISAGREE, name=record.name, servers=servers),)
    for _, judgement in late:
        findings += tuple(finding for finding in judgement.findings if finding not in findings)
    return RecordVerdict(record, state, found, findings)


def _labelled(servers: tuple[ServerLook, ...]) -> list[tuple[str, ServerLook]]:
    """Name each server for people; one name with several addresses needs the address too."""
    names = [look.name for look in servers]
    return [
        (f"{look.name} ({look.address})" if names.count(look.name) > 1 else str(look.name), look)
        for look in servers
    ]


def _leftovers(records: RecordSet, observation: Observation, probe: Name) -> Iterable[Finding]:
    benches = [
        Bench(records, observation, server, probe)
        for server in observation.servers
        if server.outcome in TELLING
    ]
    if not benches:
        return
    for leftover in LEFTOVERS:
        name = records.domain.under(*leftover.labels)
        values: dict[Value, None] = {}
        for bench in benches:
            values.update(dict.fromkeys(leftover_values(name, leftover.types, bench)))
        if values:
            yield _leftover(name, leftover, tuple(values))
        elif leftover.tried_before_ours and not _told(name, leftover, benches):
            yield error(Code.LEFTOVER_UNKNOWN, name=name)


def _told(name: Name, leftover: LeftoverName, benches: list[Bench]) -> bool:
    return any(
        all(bench.server.reply(Question(name, type_)).outcome in TELLING for type_ in leftover.types)
        for bench in benches
    )


def _leftover(name: Name, leftover: LeftoverName, values: tuple[Value, ...]) -> Finding:
    said = {"name": name, "found": ", ".join(str(value) for value in values)}
    if leftover.tried_before_ours:
        return error(Code.LEFTOVER_FIRST, **said)
    targets = [value.target for value in values if isinstance(value, Alias | Service)]
    if any(is_office365(target) for target in targets):
        return warning(Code.LEFTOVER_OFFICE365, **said)
    return warning(Code.LEFTOVER, **said)


def _notes(records: RecordSet, observation: Observation, probe: Name) -> tuple[Finding, ...]:
    domain = records.domain
    if observation.outcome is Outcome.NXDOMAIN:
        return (error(Code.DOMAIN_UNKNOWN, domain=domain),)
    if observation.outcome is Outcome.BOGUS:
        return (error(Code.DNSSEC_BOGUS, domain=domain),)
    if observation.outcome is not Outcome.ANSWER or not observation.servers:
        return (error(Code.RESOLVER_SILENT, domain=domain),)
    notes = [
        warning(Code.SERVER_SILENT, server=label, reason=look.outcome)
        for label, look in _labelled(observation.servers)
        if look.outcome not in TELLING
    ]
    wild = {
        value
        for server in observation.servers
        for reply in server.replies
        if reply.question.name == probe
        for value in reply.values
    }
    if wild:
        notes.append(info(Code.WILDCARD, domain=domain, found=", ".join(sorted(map(str, wild)))))
    resolved = [observation.resolution(record.name) for record in (records.sip, records.lyncdiscover)]
    for found in filter(None, resolved):
        if found.outcome is Outcome.BOGUS:
            notes = [*notes, error(Code.DNSSEC_BOGUS, domain=domain)]
            break
        if found.outcome in TELLING and not _leads_to_us(records, found.chain, found.addresses):
            notes.append(info(Code.CACHED_ELSEWHERE, name=found.name))
    return tuple(notes)


def _leads_to_us(records: RecordSet, chain: tuple[Name, ...], addresses: tuple[str, ...]) -> bool:
    aliases = (records.sip.value, records.lyncdiscover.value)
    targets = {value.target for value in aliases if isinstance(value, Alias)}
    return bool(targets & set(chain)) or bool(set(addresses) & records.addresses)
