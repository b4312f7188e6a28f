"""Look at a domain once: ask its servers, clear up what is in doubt, judge."""

from __future__ import annotations

import secrets
from dataclasses import replace

from django.conf import settings

from myfone.kernel.gateways import gateway
from provisioning.gateways.dns import DnsGateway
from provisioning.rules.dns_verdict import Verdict, names_to_resolve, verdict_on
from provisioning.rules.names import Name
from provisioning.rules.observation import probe_name, questions_for
from provisioning.rules.records import RecordSet, required_records


def records_of(domain: str, challenge: str = "") -> RecordSet:
    """Return the records that a domain needs on this platform, with the proof of control if any. Raises BadName."""
    environment = settings.ENVIRONMENT
    return required_records(
        Name.parse(domain),
        sip_target=Name.parse(environment.sip_target),
        lyncdiscover_target=Name.parse(environment.lyncdiscover_target),
        addresses=frozenset(environment.platform_addresses),
        challenge=challenge,
    )


def look_at(domain: str, *, challenge: str = "", dns: DnsGateway | None = None) -> Verdict:
    """Ask all name servers of a domain and judge the answers; with a challenge, ask for its proof too.

    Takes up to 40 s when servers are silent, so never inside a transaction or a request.
    """
    asked = dns or gateway("dns")
    records = records_of(domain, challenge)
    probe = probe_name(records.domain, secrets.token_hex(4))
    seen = asked.observe(records.domain, questions_for(records, probe))
    doubts = names_to_resolve(records, seen, probe=probe)
    seen = replace(seen, resolutions=tuple(asked.resolve(name) for name in doubts))
    return verdict_on(records, seen, probe=probe)
