"""Say in the reader's language what a DNS finding means and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from provisioning.rules.dns_findings import Code, Finding, State
from provisioning.rules.observation import Outcome
from provisioning.rules.records import Record, Service

_SRV_FIELDS = _("Priority %(priority)s, weight %(weight)s, port %(port)s")
TEXTS: dict[Code, Promise] = {
    Code.MISSING: _("Not found. Add this record at the web host."),
    Code.MISSING_WILDCARD: _(
        "Not found: the zone's wildcard answers instead, with %(found)s. Add this record beside it."
    ),
    Code.UNKNOWN: _(
        "No usable answer from the name servers (%(reason)s). Nothing is known to be wrong; we keep trying."
    ),
    Code.OFFICE365: _("Still points to Office 365. Change it to %(expected)s."),
    Code.WRONG_TARGET: _("Points somewhere else. Change it to %(expected)s."),
    Code.MISSING_DOT: _(
        "The web host has put the domain behind the target. Write it with a final dot: %(expected)s."
    ),
    Code.CHAIN: _("Reaches us by way of %(found)s. It works; straight to %(expected)s is safer."),
    Code.SEVERAL_ALIASES: _("There are several CNAME records. Keep only the one to %(expected)s."),
    Code.ADDRESS_OURS: _(
        "Has our address %(found)s in place of a CNAME. It works, but will not follow if we change address."
    ),
    Code.ADDRESS_FOREIGN: _(
        "Has an address in place of a CNAME. Make it a CNAME to %(expected)s; a proxy at the web host"
        " must be switched off for this name."
    ),
    Code.WRONG_PORT: _("The port is wrong. The record must read %(expected)s."),
    Code.PRIORITY_WEIGHT: _(
        "Priority and weight differ from the guide: %(found)s. It works; the guide has %(expected)s."
    ),
    Code.CROSS_DOMAIN: _(
        "Points straight to our platform, but the client trusts the customer's own domain only."
        " Change it to %(expected)s."
    ),
    Code.SERVICE_OFF: _("Says that there is no such service. Change it to %(expected)s."),
    Code.ALIAS_FOR_SERVICE: _(
        "A CNAME stands where an SRV record must be. Replace it with SRV %(expected)s."
    ),
    Code.EXTRA_OFFICE365: _("Also delete %(found)s (Office 365) – there must be only one record."),
    Code.EXTRA_RECORD: _("Also delete %(found)s – there must be only one record."),
    Code.PROPAGATING: _(
        "Right at %(ready)s, not yet at %(late)s. It usually takes minutes; if it lasts, ask the web host."
    ),
    Code.SERVERS_DISAGREE: _(
        "%(servers)s do not say the same. Correct the record, then wait until all of them have it."
    ),
    Code.TTL_LONG: _("Others may keep it for %(minutes)s minutes, so a later change takes that long."),
    Code.OLD_TTL: _("After the change others may still see the old answer for up to %(minutes)s minutes."),
    Code.OWNERSHIP_MISSING: _("Not found. Add this TXT record; it proves that the domain is the customer's."),
    Code.OWNERSHIP_OTHER: _("Says something else. Add a TXT record with exactly %(expected)s."),
    Code.LEFTOVER: _("%(name)s (%(found)s) belongs to an older Skype setup. Delete it."),
    Code.LEFTOVER_OFFICE365: _("%(name)s still points to Office 365 (%(found)s). Delete it."),
    Code.LEFTOVER_FIRST: _(
        "%(name)s (%(found)s) is tried by the clients before our records. Delete it, or they never reach us."
    ),
    Code.LEFTOVER_UNKNOWN: _("We could not see whether %(name)s still exists. We keep trying."),
    Code.DOMAIN_UNKNOWN: _(
        "%(domain)s has no name servers. Check the spelling, and that the domain is registered."
    ),
    Code.RESOLVER_SILENT: _(
        "We could not find the name servers of %(domain)s just now. That says nothing about the records;"
        " we keep trying."
    ),
    Code.SERVER_SILENT: _("%(server)s gives no usable answer (%(reason)s). If it lasts, tell the web host."),
    Code.WILDCARD: _("The zone answers every name with %(found)s. We have looked past that."),
    Code.DNSSEC_BOGUS: _(
        "The DNSSEC signatures of %(domain)s are broken, so many will not find it."
        " Ask the web host to mend them."
    ),
    Code.CACHED_ELSEWHERE: _(
        "%(name)s is right at the web host. Others may still see the old answer for a while."
    ),
}

# What is said right beside the word for what was found, which need not be said again.
_BESIDE: dict[Code, Promise] = {
    Code.MISSING: _("Add this record at the web host."),
    Code.MISSING_WILDCARD: _(
        "The zone's wildcard answers instead, with %(found)s. Add this record beside it."
    ),
    Code.OWNERSHIP_MISSING: _("Add this TXT record; it proves that the domain is the customer's."),
}
REASONS: dict[str, Promise] = {
    Outcome.TIMEOUT: _("no answer in time"),
    Outcome.SERVFAIL: _("server failure"),
    Outcome.REFUSED: _("refused to answer"),
    Outcome.LAME: _("does not hold the domain"),
    Outcome.MALFORMED: _("unreadable answer"),
    Outcome.FORBIDDEN: _("its address is not on the internet"),
    Outcome.BOGUS: _("broken DNSSEC signature"),
}


def sentence(finding: Finding | Mapping[str, Any], *, beside: bool = False) -> str:
    """Return the text of a finding, live or as stored in a verdict; beside says that `found_text` stands there too."""
    data: Mapping[str, Any] = finding.as_data() if isinstance(finding, Finding) else finding
    params = {key: str(value) for key, value in data["params"].items()}
    if "reason" in params:
        params["reason"] = str(REASONS.get(params["reason"], params["reason"]))
    code = Code(data["code"])
    text = _BESIDE.get(code, TEXTS[code]) if beside else TEXTS[code]
    return str(text) % params


def found_text(record: Mapping[str, Any]) -> str:
    """Return in a word or two what was found of one record of a stored verdict."""
    state, found = State(record["state"]), record["found"]
    if state is State.RIGHT:
        return str(_("Correct"))
    if state is State.UNKNOWN:
        return str(_("No answer yet"))
    if len(found) > 1:
        return ngettext("%(count)s record", "%(count)s records", len(found)) % {"count": len(found)}
    if not found:
        return str(_("Not found"))
    return str(found[0])


def fields_text(record: Record) -> str:
    """Name the numbers of an SRV record, for a web host that asks for each by itself; a CNAME has none."""
    value = record.value
    if not isinstance(value, Service):
        return ""
    return _SRV_FIELDS % {
        "priority": value.priority,
        "weight": value.weight,
        "port": value.port,
    }


def problems(verdict: Mapping[str, Any]) -> list[dict[str, str]]:
    """List what a stored verdict says is to be done, in order: the name and the sentence."""
    out = [
        {"name": f"{record['type']} {record['name']}", "text": sentence(finding)}
        for record in verdict["records"]
        for finding in record["findings"]
        if finding["severity"] == "error"
    ]
    for finding in (*verdict["leftovers"], *verdict["notes"]):
        if finding["severity"] != "info":
            out.append({"name": "", "text": sentence(finding)})
    return out
