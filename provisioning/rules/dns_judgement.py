"""Judge what one name server says of one record."""

from __future__ import annotations

from dataclasses import dataclass, replace

from provisioning.rules.dns_findings import Code, Finding, State, error, info, warning
from provisioning.rules.names import Name
from provisioning.rules.observation import TELLING, Observation, Outcome, Question, Reply, ServerLook
from provisioning.rules.records import (
    TTL,
    Address,
    Alias,
    Record,
    RecordSet,
    RecordType,
    Service,
    Text,
    Value,
    is_office365,
)

LONG_TTL = 3600


@dataclass(frozen=True, slots=True)
class Judgement:
    state: State
    findings: tuple[Finding, ...] = ()
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bench:
    """All that a judgement looks at: what should be, one server's answers, and the zone around them."""

    records: RecordSet
    observation: Observation
    server: ServerLook
    probe: Name

    def reply(self, name: Name, type_: RecordType) -> Reply:
        """Return this server's answer to a question."""
        return self.server.reply(Question(name, type_))

    def wildcard(self, type_: RecordType) -> tuple[Value, ...]:
        """Return what this server answers for a name that nobody made."""
        return self.reply(self.probe, type_).values

    def lacks_dot(self, found: Name, wanted: Name) -> bool:
        """Tell whether a target is the wanted one with the zone's own name run onto it."""
        origins = {self.records.domain, self.observation.zone or self.records.domain}
        return any(found == wanted.followed_by(origin) for origin in origins)


def judge(record: Record, bench: Bench) -> Judgement:
    """Decide how one record stands at one server, and how long what is wrong there outlives its change."""
    judgement = _judge(record, bench)
    if judgement.state is not State.WRONG:
        return judgement
    types = (record.type, RecordType.A) if record.type is RecordType.CNAME else (record.type,)
    ttls = [reply.ttl for reply in (bench.reply(record.name, type_) for type_ in types) if reply.ttl]
    if not ttls or max(ttls) <= TTL:
        return judgement
    old = info(Code.OLD_TTL, name=record.name, minutes=max(ttls) // 60)
    return replace(judgement, findings=(*judgement.findings, old))


def _judge(record: Record, bench: Bench) -> Judgement:
    if isinstance(record.value, Alias):
        return _judge_alias(record, record.value.target, bench)
    if isinstance(record.value, Text):
        return _judge_text(record, record.value, bench)
    return _judge_service(record, record.value, bench)


def _unknown(record: Record, reply: Reply) -> Judgement:
    return Judgement(State.UNKNOWN, (error(Code.UNKNOWN, name=record.name, reason=reply.outcome),))


def _missing(record: Record, wildcard: tuple[Value, ...] = ()) -> Judgement:
    if wildcard:
        finding = error(Code.MISSING_WILDCARD, name=record.name, found=_listed(wildcard))
    else:
        finding = error(Code.MISSING, name=record.name)
    return Judgement(State.MISSING, (finding,))


def _listed(values: tuple[Value, ...]) -> str:
    return ", ".join(str(value) for value in values)


# --- the two aliases -----------------------------------------------------------------------------


def _judge_alias(record: Record, wanted: Name, bench: Bench) -> Judgement:
    reply = bench.reply(record.name, RecordType.CNAME)
    if reply.outcome not in TELLING:
        return _unknown(record, reply)
    targets = tuple(value.target for value in reply.values if isinstance(value, Alias))
    if not targets:
        return _judge_addresses(record, wanted, bench)
    found = tuple(str(target) for target in targets)
    said = {"name": record.name, "found": ", ".join(found), "expected": wanted}
    if len(targets) > 1:
        return Judgement(State.WRONG, (error(Code.SEVERAL_ALIASES, **said),), found)
    (target,) = targets
    if target == wanted:
        return Judgement(State.RIGHT, _ttl(record, reply), found)
    if reply.values == bench.wildcard(RecordType.A):
        return _missing(record, reply.values)
    if is_office365(target):
        return Judgement(State.WRONG, (error(Code.OFFICE365, **said),), found)
    if bench.lacks_dot(target, wanted):
        return Judgement(State.WRONG, (error(Code.MISSING_DOT, **said),), found)
    onward = bench.observation.resolution(target)
    # A chain that comes back here is a circle: beyond this name a resolver only remembers what was.
    if onward is not None and wanted in onward.chain and record.name not in onward.chain:
        return Judgement(State.RIGHT, (warning(Code.CHAIN, **said), *_ttl(record, reply)), found)
    return Judgement(State.WRONG, (error(Code.WRONG_TARGET, **said),), found)


def _judge_addresses(record: Record, wanted: Name, bench: Bench) -> Judgement:
    """Judge a name without an alias: a web host that flattens aliases serves addresses instead."""
    replies = [bench.reply(record.name, type_) for type_ in (RecordType.A, RecordType.AAAA)]
    addresses = tuple(v.address for reply in replies for v in reply.values if isinstance(v, Address))
    if not addresses:
        silent = [reply for reply in replies if reply.outcome not in TELLING]
        return _unknown(record, silent[0]) if silent else _missing(record)
    wild = bench.wildcard(RecordType.A) + bench.wildcard(RecordType.AAAA)
    if wild and set(addresses) == {str(value) for value in wild}:
        return _missing(record, wild)
    said = {"name": record.name, "found": ", ".join(addresses), "expected": wanted}
    if set(addresses) <= bench.records.addresses:
        return Judgement(State.RIGHT, (warning(Code.ADDRESS_OURS, **said),), addresses)
    return Judgement(State.WRONG, (error(Code.ADDRESS_FOREIGN, **said),), addresses)


# --- the two services ----------------------------------------------------------------------------


def _judge_service(record: Record, wanted: Service, bench: Bench) -> Judgement:
    reply = bench.reply(record.name, RecordType.SRV)
    if reply.outcome not in TELLING:
        return _unknown(record, reply)
    aliases = tuple(value for value in reply.values if isinstance(value, Alias))
    services = tuple(value for value in reply.values if isinstance(value, Service))
    if aliases and not services:
        if aliases == bench.wildcard(RecordType.SRV):
            return _missing(record, aliases)
        found = tuple(str(alias) for alias in aliases)
        said = {"name": record.name, "found": ", ".join(found), "expected": wanted}
        return Judgement(State.WRONG, (error(Code.ALIAS_FOR_SERVICE, **said),), found)
    if not services:
        return _missing(record)
    if services == bench.wildcard(RecordType.SRV) and not any(_reaches(s, wanted) for s in services):
        return _missing(record, services)
    return _judge_services(record, wanted, services, reply, bench)


def _reaches(service: Service, wanted: Service) -> bool:
    return service.target == wanted.target and service.port == wanted.port


def _judge_services(
    record: Record, wanted: Service, services: tuple[Service, ...], reply: Reply, bench: Bench
) -> Judgement:
    found = tuple(str(service) for service in services)
    good = [service for service in services if _reaches(service, wanted)]
    # The one that equals the guide's record is ours; of several that reach us, the others are extra.
    ours = wanted if wanted in good else (good[0] if good else None)
    findings: list[Finding] = []
    for service in services:
        said = {"name": record.name, "found": service, "expected": wanted}
        if service == ours:
            if (service.priority, service.weight) != (wanted.priority, wanted.weight):
                findings.append(warning(Code.PRIORITY_WEIGHT, **said))
        elif ours is not None:
            office = is_office365(service.target)
            findings.append(error(Code.EXTRA_OFFICE365 if office else Code.EXTRA_RECORD, **said))
        else:
            findings.append(error(_fault(service, wanted, bench), **said))
    if ours is None:
        return Judgement(State.WRONG, tuple(findings), found)
    state = State.RIGHT if len(services) == 1 else State.WRONG
    return Judgement(state, (*findings, *_ttl(record, reply)), found)


def _fault(service: Service, wanted: Service, bench: Bench) -> Code:
    if not service.target.labels:
        return Code.SERVICE_OFF
    if service.target == wanted.target:
        return Code.WRONG_PORT
    if is_office365(service.target):
        return Code.OFFICE365
    if bench.lacks_dot(service.target, wanted.target):
        return Code.MISSING_DOT
    aliases = (bench.records.sip.value, bench.records.lyncdiscover.value)
    targets = {value.target for value in aliases if isinstance(value, Alias)}
    if service.target in targets:
        return Code.CROSS_DOMAIN
    return Code.WRONG_TARGET


def _ttl(record: Record, reply: Reply) -> tuple[Finding, ...]:
    if reply.ttl is None or reply.ttl <= LONG_TTL:
        return ()
    return (info(Code.TTL_LONG, name=record.name, minutes=reply.ttl // 60),)


# --- the proof of control ------------------------------------------------------------------------


def _judge_text(record: Record, wanted: Text, bench: Bench) -> Judgement:
    """Judge the proof: other texts at the name do no harm, and an alias in its place is not followed."""
    reply = bench.reply(record.name, RecordType.TXT)
    if reply.outcome not in TELLING:
        return _unknown(record, reply)
    if wanted in reply.values:
        return Judgement(State.RIGHT, (), (str(wanted),))
    if not reply.values:
        return Judgement(State.MISSING, (error(Code.OWNERSHIP_MISSING, name=record.name),))
    said = {"name": record.name, "found": _listed(reply.values), "expected": wanted}
    found = tuple(str(value) for value in reply.values)
    return Judgement(State.WRONG, (error(Code.OWNERSHIP_OTHER, **said),), found)


# --- what must go --------------------------------------------------------------------------------


def leftover_values(name: Name, types: tuple[RecordType, ...], bench: Bench) -> tuple[Value, ...]:
    """Return what a server holds at a name that must go, the wildcard's own answer left out."""
    values: list[Value] = []
    for type_ in types:
        reply = bench.reply(name, type_)
        if reply.outcome is Outcome.ANSWER and reply.values != bench.wildcard(type_):
            values += [value for value in reply.values if value not in values]
    return tuple(values)
