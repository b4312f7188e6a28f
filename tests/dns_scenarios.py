"""DNS as it goes wrong at web hosts, one row a scenario: what the zone holds, how servers fail, and the codes.

Every row is played on real servers: two Knots with the zone, behind proxies that fail as scripted, and a validating
Unbound. One row has its answers rewritten on their way, because Knot refuses to serve such a zone; it says so.
"""

# ruff: noqa: E501, RUF024 - one row a scenario, however long
from __future__ import annotations

from dataclasses import dataclass, field

from provisioning.rules.dns_findings import Code as C
from provisioning.rules.dns_verdict import Decision
from stack.dns_faults import HEADER, NONE, Fault, end_of_question
from tests.dns_cases import CLIENT, DOMAIN, FEDERATION, GOOD, LYNCDISCOVER, OFFICE365, SIP
from tests.dns_world import BOGUS, BROKEN, CACHED, DEAD, IDN, LAME, REFUSED

OK, NO, HM = Decision.APPROVED, Decision.NOT_YET, Decision.UNKNOWN
TOKEN = "k3Jx0Zq9-token-of-the-customer"
PROOF = f'_myfone-challenge TXT "myfone={TOKEN}"'
FOUR = ("sip", "lyncdiscover", "client", "federation")
ALL_UNKNOWN = dict.fromkeys(FOUR, [C.UNKNOWN])
FIRST, BOTH = (0,), (0, 1)


@dataclass(frozen=True)
class Scenario:
    """codes: by record key, or `leftovers` and `notes`; what is not named has none, and its record is right."""

    name: str
    zone: tuple[str, ...] = GOOD
    decision: Decision = NO
    codes: dict[str, list[C]] = field(default_factory=dict)
    second: tuple[str, ...] | None = None  # the zone at the second server, if it is another
    fault: Fault = NONE
    at: tuple[int, ...] = (1,)  # the servers that fail
    domain: str = DOMAIN
    challenge: str = ""
    resolver: bool = True


def but(*lines: str) -> tuple[str, ...]:
    """Return the right zone with these lines in place of what they replace by owner name."""
    owners = {line.split()[0].lower() for line in lines}
    return (*(line for line in GOOD if line.split()[0] not in owners), *lines)


def less(*gone: str) -> tuple[str, ...]:
    return tuple(line for line in GOOD if line not in gone)


def plus(*lines: str) -> tuple[str, ...]:
    return (*GOOD, *lines)


def two_aliases(wire: bytes) -> bytes:
    """Put a second alias, to web.host.dk, before the one of a CNAME answer."""
    question, header = end_of_question(wire), list(HEADER.unpack_from(wire))
    if not header[3] or wire[question + 2 : question + 4] != b"\0\5":
        return wire
    header[3] += 1
    alias = b"\xc0\x0c\0\5\0\1\0\0\2\x58\0\x0d" + b"\3web\4host\2dk\0"
    return HEADER.pack(*header) + wire[HEADER.size : question] + alias + wire[question:]


def below(line: str) -> str:
    """Return a line for the domain kontor below the zone's cut."""
    owner, rest = line.split(maxsplit=1)
    return f"{owner}.kontor {rest.replace(f'sip.{DOMAIN}', f'sip.kontor.{DOMAIN}')}"


BELOW = tuple(below(line) for line in GOOD)
KONTOR = f"kontor.{DOMAIN}"

# fmt: off
SCENARIOS = (
    # --- right -------------------------------------------------------------------------------------
    Scenario("everything as the guide has it", decision=OK),
    Scenario("names and targets in capitals", but("SIP CNAME Sip.FlexSkype.DK."), OK),
    Scenario("mail and autodiscover are none of ours", plus("autodiscover CNAME autodiscover.outlook.com.", "@ MX 10 mx.host.dk."), OK),
    Scenario("a domain below the zone's cut", BELOW, OK, domain=KONTOR),
    Scenario("an international name", decision=OK, domain=IDN),
    # --- missing -----------------------------------------------------------------------------------
    Scenario("an empty zone", (), NO, dict.fromkeys(FOUR, [C.MISSING])),
    Scenario("an alias is missing", less(LYNCDISCOVER), NO, {"lyncdiscover": [C.MISSING]}),
    Scenario("a service is missing", less(FEDERATION), NO, {"federation": [C.MISSING]}),
    Scenario("nobody has the domain", (), NO, dict.fromkeys(FOUR, [C.MISSING]) | {"notes": [C.DOMAIN_UNKNOWN]}, domain="nobody-has-this.invalid"),
    # --- aliases that lead elsewhere ---------------------------------------------------------------
    Scenario("an alias to somewhere", but("sip CNAME web.host.dk."), NO, {"sip": [C.WRONG_TARGET]}),
    Scenario("the two aliases exchanged", but("sip CNAME lyncdiscover.flexskype.dk.", "lyncdiscover CNAME sip.flexskype.dk."), NO, {"sip": [C.WRONG_TARGET], "lyncdiscover": [C.WRONG_TARGET]}),
    Scenario("an alias of office 365", but(OFFICE365[0]), NO, {"sip": [C.OFFICE365]}),
    Scenario("discovery of office 365", but(OFFICE365[1]), NO, {"lyncdiscover": [C.OFFICE365]}),
    Scenario("a chain of aliases that ends here", but("sip CNAME phone", "phone CNAME sip.flexskype.dk."), OK, {"sip": [C.CHAIN]}),
    Scenario("a chain of aliases that ends elsewhere", but("sip CNAME desk", "desk CNAME web.host.dk."), NO, {"sip": [C.WRONG_TARGET]}),
    Scenario("aliases in a circle", but("sip CNAME round", "round CNAME sip"), NO, {"sip": [C.WRONG_TARGET]}),
    Scenario("an alias without its final dot", but("sip CNAME sip.flexskype.dk"), NO, {"sip": [C.MISSING_DOT]}),
    Scenario("an alias without its final dot below the cut", (*BELOW[1:], "sip.kontor CNAME sip.flexskype.dk"), NO, {"sip": [C.MISSING_DOT]}, domain=KONTOR),
    Scenario("two aliases of one name (rewritten on its way: no server loads that)", decision=NO, codes={"sip": [C.SEVERAL_ALIASES], "lyncdiscover": [C.SEVERAL_ALIASES]}, fault=Fault(rewrite=two_aliases), at=BOTH),
    # --- addresses in place of aliases -------------------------------------------------------------
    Scenario("flattened to our address", but("sip A 198.51.100.7"), OK, {"sip": [C.ADDRESS_OURS]}),
    Scenario("flattened to both our addresses", but("lyncdiscover A 198.51.100.7", "lyncdiscover AAAA 2001:db8::7"), OK, {"lyncdiscover": [C.ADDRESS_OURS]}),
    Scenario("a proxy's address", but("sip A 203.0.113.9"), NO, {"sip": [C.ADDRESS_FOREIGN]}),
    Scenario("ours over IPv4, another over IPv6", but("sip A 198.51.100.7", "sip AAAA 2001:db8::9"), NO, {"sip": [C.ADDRESS_FOREIGN]}),
    # --- services ----------------------------------------------------------------------------------
    Scenario("the wrong port", but("_sip._tls SRV 100 1 5061 sip"), NO, {"client": [C.WRONG_PORT]}),
    Scenario("port and priority exchanged", but("_sip._tls SRV 443 1 100 sip"), NO, {"client": [C.WRONG_PORT]}),
    Scenario("priority and weight exchanged", but("_sip._tls SRV 1 100 443 sip"), OK, {"client": [C.PRIORITY_WEIGHT]}),
    Scenario("a service to somewhere", but("_sip._tls SRV 100 1 443 pbx.other.dk."), NO, {"client": [C.WRONG_TARGET]}),
    Scenario("a service straight to the platform", but("_sip._tls SRV 100 1 443 sip.flexskype.dk."), NO, {"client": [C.CROSS_DOMAIN]}),
    Scenario("federation straight to the platform", but("_sipfederationtls._tcp SRV 100 1 5061 sip.flexskype.dk."), NO, {"federation": [C.CROSS_DOMAIN]}),
    Scenario("a service switched off", but("_sip._tls SRV 0 0 0 ."), NO, {"client": [C.SERVICE_OFF]}),
    Scenario("an alias in place of a service", but("_sip._tls CNAME sip.flexskype.dk."), NO, {"client": [C.ALIAS_FOR_SERVICE]}),
    Scenario("a service without its final dot", but(f"_sip._tls SRV 100 1 443 sip.{DOMAIN}"), NO, {"client": [C.MISSING_DOT]}),
    Scenario("a service without its final dot below the cut", (*BELOW[:2], BELOW[3], f"_sip._tls.kontor SRV 100 1 443 sip.{KONTOR}"), NO, {"client": [C.MISSING_DOT]}, domain=KONTOR),
    Scenario("the service of office 365", but(OFFICE365[2]), NO, {"client": [C.OFFICE365]}),
    Scenario("office 365 beside ours", plus(OFFICE365[3]), NO, {"federation": [C.EXTRA_OFFICE365]}),
    Scenario("another service beside ours", plus("_sip._tls SRV 10 1 443 pbx.other.dk."), NO, {"client": [C.EXTRA_RECORD]}),
    Scenario("ours twice, with two weights", plus("_sip._tls SRV 100 5 443 sip"), NO, {"client": [C.EXTRA_RECORD]}),
    Scenario("40 services, more than a datagram holds", plus(*(f"_sip._tls SRV 10 {n} 443 a-long-name-of-a-server-{n}.other.dk." for n in range(40))), NO, {"client": [C.EXTRA_RECORD] * 40}),
    Scenario("everything of office 365", OFFICE365, NO, dict.fromkeys(FOUR, [C.OFFICE365])),
    # --- wildcards ---------------------------------------------------------------------------------
    Scenario("a wildcard beside right records", plus("* CNAME web.host.dk."), OK, {"notes": [C.WILDCARD]}),
    Scenario("a wildcard for a missing alias", (*less(SIP), "* CNAME web.host.dk."), NO, {"sip": [C.MISSING_WILDCARD], "notes": [C.WILDCARD]}),
    Scenario("a wildcard address for a missing alias", (*less(SIP), "* A 203.0.113.9"), NO, {"sip": [C.MISSING_WILDCARD], "notes": [C.WILDCARD]}),
    Scenario("a wildcard for a missing service", (*less(CLIENT), "* CNAME web.host.dk."), NO, {"client": [C.MISSING_WILDCARD], "notes": [C.WILDCARD]}),
    # --- what must go ------------------------------------------------------------------------------
    Scenario("lyncdiscoverinternal to office 365", plus("lyncdiscoverinternal CNAME webdir.online.lync.com."), NO, {"leftovers": [C.LEFTOVER_FIRST]}),
    Scenario("lyncdiscoverinternal to a server in the house", plus("lyncdiscoverinternal A 10.0.0.5"), NO, {"leftovers": [C.LEFTOVER_FIRST]}),
    Scenario("_sipinternaltls", plus("_sipinternaltls._tcp SRV 0 0 5061 pool.corp.dk."), NO, {"leftovers": [C.LEFTOVER_FIRST]}),
    Scenario("_sipinternal", plus("_sipinternal._tcp SRV 0 0 5060 pool.corp.dk."), NO, {"leftovers": [C.LEFTOVER_FIRST]}),
    Scenario("_sip._tcp of a telephone system", plus("_sip._tcp SRV 0 0 5060 pbx.corp.dk."), OK, {"leftovers": [C.LEFTOVER]}),
    Scenario("sipinternal and ucupdates-r2", plus("sipinternal A 10.0.0.5", "ucupdates-r2 A 10.0.0.6"), OK, {"leftovers": [C.LEFTOVER, C.LEFTOVER]}),
    Scenario("sipexternal to office 365", plus("sipexternal CNAME sipdir.online.lync.com."), OK, {"leftovers": [C.LEFTOVER_OFFICE365]}),
    Scenario("whether lyncdiscoverinternal is there cannot be seen", decision=HM, codes={"leftovers": [C.LEFTOVER_UNKNOWN]}, fault=Fault(only="lyncdiscoverinternal", drop=1), at=BOTH),
    # --- changes on their way ----------------------------------------------------------------------
    Scenario("one server has it, the other still has office 365", second=but(OFFICE365[0]), codes={"sip": [C.PROPAGATING]}),
    Scenario("one server has it, the other has nothing", second=less(SIP), codes={"sip": [C.PROPAGATING]}),
    Scenario("two servers, two wrong answers", but("sip CNAME web.host.dk."), codes={"sip": [C.SERVERS_DISAGREE, C.WRONG_TARGET, C.OFFICE365]}, second=but(OFFICE365[0])),
    Scenario("an alias here, our address there", decision=OK, codes={"sip": [C.ADDRESS_OURS]}, second=but("sip A 198.51.100.7")),
    Scenario("wrong, and kept for a day", but("sip 86400 CNAME web.host.dk."), NO, {"sip": [C.WRONG_TARGET, C.OLD_TTL]}),
    Scenario("on its way, and the old kept for an hour", second=but("sip 3600 CNAME sipdir.online.lync.com."), codes={"sip": [C.PROPAGATING, C.OLD_TTL]}),
    Scenario("right, and kept for a day", but("sip 86400 CNAME sip.flexskype.dk."), OK, {"sip": [C.TTL_LONG]}),
    Scenario("right at the servers, another answer in a cache", decision=OK, codes={"notes": [C.CACHED_ELSEWHERE] * 2}, domain=CACHED),
    # --- servers and networks that fail: unknown is never missing ----------------------------------
    Scenario("one server of two is silent", decision=OK, codes={"notes": [C.SERVER_SILENT]}, fault=Fault(drop=1)),
    Scenario("both servers are silent", decision=HM, codes=ALL_UNKNOWN | {"notes": [C.SERVER_SILENT] * 2}, fault=Fault(drop=1), at=BOTH),
    Scenario("a silent server that is dead", (), HM, ALL_UNKNOWN | {"notes": [C.SERVER_SILENT]}, domain=DEAD),
    Scenario("one server of two fails", decision=OK, codes={"notes": [C.SERVER_SILENT]}, fault=Fault(servfail=1)),
    Scenario("both servers fail", decision=HM, codes=ALL_UNKNOWN | {"notes": [C.SERVER_SILENT] * 2}, fault=Fault(servfail=1), at=BOTH),
    Scenario("a zone that its server could not load", (), HM, ALL_UNKNOWN | {"notes": [C.SERVER_SILENT]}, domain=BROKEN),
    Scenario("a server that does not know the zone", (), HM, ALL_UNKNOWN | {"notes": [C.SERVER_SILENT]}, domain=REFUSED),
    Scenario("a lame delegation", (), HM, ALL_UNKNOWN | {"notes": [C.SERVER_SILENT]}, domain=LAME),
    Scenario("one server answers out of a cache", decision=OK, codes={"notes": [C.SERVER_SILENT]}, fault=Fault(strip_aa=True)),
    Scenario("both fail for one name alone", decision=HM, codes={"sip": [C.UNKNOWN]}, fault=Fault(only="sip.", servfail=1), at=BOTH),
    Scenario("silence for one name, where something else is wrong", less(CLIENT), NO, {"sip": [C.UNKNOWN], "client": [C.MISSING]}, fault=Fault(only="sip.", drop=1), at=BOTH),
    Scenario("the first datagram of each question is lost", decision=OK, fault=Fault(drop_first=1), at=BOTH),
    Scenario("answers are late", decision=OK, fault=Fault(delay=0.1), at=BOTH),
    Scenario("answers come cut off and are fetched over TCP", decision=OK, fault=Fault(truncate=True), at=BOTH),
    Scenario("answers come cut off and TCP is closed", decision=HM, codes=ALL_UNKNOWN | {"notes": [C.SERVER_SILENT] * 2}, fault=Fault(truncate=True, refuse_tcp=True), at=BOTH),
    Scenario("servers that know no EDNS", decision=OK, fault=Fault(no_edns=True), at=BOTH),
    Scenario("our own resolver is silent", decision=HM, codes=ALL_UNKNOWN | {"notes": [C.RESOLVER_SILENT]}, resolver=False),
    Scenario("a broken chain of DNSSEC", (), NO, ALL_UNKNOWN | {"notes": [C.DNSSEC_BOGUS]}, domain=BOGUS),
    # --- proof of control --------------------------------------------------------------------------
    Scenario("the proof is there", plus(PROOF), OK, challenge=TOKEN),
    Scenario("the proof is missing", GOOD, NO, {"ownership": [C.OWNERSHIP_MISSING]}, challenge=TOKEN),
    Scenario("another customer's proof", plus('_myfone-challenge TXT "myfone=another"'), NO, {"ownership": [C.OWNERSHIP_OTHER]}, challenge=TOKEN),
    Scenario("the proof among others, in two strings", plus('_myfone-challenge TXT "myfone=another"', f'_myfone-challenge TXT "myfone=" "{TOKEN}"'), OK, challenge=TOKEN),
    Scenario("an alias in place of the proof", plus("_myfone-challenge CNAME sip.flexskype.dk."), NO, {"ownership": [C.OWNERSHIP_OTHER]}, challenge=TOKEN),
    Scenario("the proof at one server of two", plus(PROOF), NO, {"ownership": [C.PROPAGATING]}, second=GOOD, challenge=TOKEN),
    Scenario("the proof at one server, the other silent", plus(PROOF), HM, {"ownership": [C.UNKNOWN], "notes": [C.SERVER_SILENT]}, fault=Fault(drop=1), challenge=TOKEN),
)
# fmt: on
