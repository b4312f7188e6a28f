"""Say in the reader's language where a certificate stands, what stops it and what happens next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format, time_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from myfone.kernel.gateways import gateway, is_live
from provisioning.models import Certificate, CertificateStep, Setup
from provisioning.rules.certificate_plan import next_run, next_try
from provisioning.selectors.setups import Standing
from provisioning.services.certificates import spent_at

FAULTS: dict[str, Promise] = {
    "dns_moved": gettext_lazy(
        "%(name)s does not point to us any more (it leads to %(addresses)s), so nothing was ordered."
        " Set the record as the DNS page shows it."
    ),
    "dns_gone": gettext_lazy(
        "%(name)s is gone from the DNS, so nothing was ordered. Set the record as the DNS page shows it."
    ),
    "dns_unknown": gettext_lazy(
        "The name servers gave no usable answer for %(name)s. That says nothing about the record."
    ),
    "caa_unknown": gettext_lazy(
        "The name servers gave no usable answer to the question who may issue certificates for %(name)s (CAA)."
        " The certificate authority would refuse, so nothing was ordered."
    ),
    "caa_refused": gettext_lazy(
        "The CAA records at %(at)s let only others issue certificates for %(name)s (%(records)s), so nothing was"
        ' ordered. Add this record at %(at)s: CAA 0 issue "%(issuer)s".'
    ),
    "caa_account": gettext_lazy(
        "The CAA record at %(at)s binds certificates for %(name)s to somebody else's account (%(records)s), so"
        " nothing was ordered. Change accounturi in it to %(account)s, or take accounturi out."
    ),
    "caa_method": gettext_lazy(
        "The CAA record at %(at)s does not let %(name)s be proven by http-01 (%(records)s), so nothing was ordered."
        " Add http-01 to validationmethods in it, or take validationmethods out."
    ),
    "caa_critical": gettext_lazy(
        "The CAA records at %(at)s hold one that must be understood and is not (%(records)s), so nobody may issue"
        " for %(name)s, and nothing was ordered. Delete that record."
    ),
    "acme_unreachable": gettext_lazy("The certificate authority does not answer. Nothing is lost."),
    "acme_busy": gettext_lazy("The certificate authority asks us to wait. Nothing is lost."),
    "acme_refused": gettext_lazy(
        "The certificate authority could not see our proof at %(name)s. It says: “%(detail)s”"
    ),
    "acme_refused_order": gettext_lazy("The certificate authority refuses the order. It says: “%(detail)s”"),
    "proof_hidden": gettext_lazy(
        "Our proof at %(name)s cannot be seen on port 80, so the certificate authority was not asked to look."
    ),
    "acme_forgot": gettext_lazy("The certificate authority does not know the order any more."),
    "acme_unfit": gettext_lazy("The certificate that came cannot be used: %(detail)s."),
    "front_unreachable": gettext_lazy(
        "The certificate is issued and kept, but the TLS front that is to use it does not answer."
    ),
    "front_refused": gettext_lazy("The TLS front did not take the certificate. It says: “%(detail)s”"),
    "front_not_served": gettext_lazy("The TLS front has the certificate, but does not show it yet."),
    "key_closed": gettext_lazy(
        "The private key cannot be opened with the keys of this installation (SECRETS_KEYS)."
    ),
}
# What a reader can tell apart, and the step with which each is done.
LINES: tuple[tuple[Promise, CertificateStep], ...] = (
    (gettext_lazy("Order at the certificate authority"), CertificateStep.ORDERED),
    (gettext_lazy("Proof of the domain"), CertificateStep.VALIDATED),
    (gettext_lazy("Issuing"), CertificateStep.DOWNLOADED),
    (gettext_lazy("Taking into use"), CertificateStep.CONFIRMED),
)
OFTEN, SELDOM = 2, 5  # seconds
STEPS = list(CertificateStep)


@dataclass(frozen=True)
class CertificateReport:
    """What a page says of a certificate: tone is good, warn, bad or empty; lines are for components/steps.

    seconds: how soon a page that is being looked at should ask again; 0 for not at all.
    """

    tone: str
    heading: str
    text: str
    lines: tuple[dict[str, str], ...] = ()
    stand_in: str = ""
    seconds: int = 0


def fault_text(fault: Mapping[str, Any]) -> str:
    """Return the sentence of a stored fault; one that is not known is shown by its code."""
    code, params = str(fault["code"]), dict(fault.get("params") or {})
    if code == "dns_moved" and not params.get("addresses"):
        code = "dns_gone"
    if code == "acme_refused" and not params.get("name"):
        code = "acme_refused_order"
    text = FAULTS.get(code)
    return str(text) % params if text else code


def report(
    *,
    step: str = "",
    since: dt.datetime | None = None,
    fault: Mapping[str, Any] | None = None,
    not_after: dt.datetime | None = None,
    verified: bool = False,
    live: bool = False,
    at: dt.datetime,
) -> CertificateReport:
    """Say what step, since when, and what happens next; without a step there is no certificate row."""
    stand_in = "" if is_live("acme") else str(gateway("acme").label)
    lines = _lines(step, since, fault)
    if step == CertificateStep.CONFIRMED or (live and not fault):
        until = _("It holds until %(date)s, and is renewed by itself.") % {"date": _date(not_after)}
        return CertificateReport("good", _("The certificate is in use"), until, lines, stand_in)
    if fault:
        heading = _("The certificate is in use, but not renewed") if live else _("No certificate yet")
        text = f"{fault_text(fault)} {_next_try(fault, at)}"
        tone = "bad" if fault.get("permanent") else "warn"
        return CertificateReport(tone, heading, text, lines, stand_in, SELDOM)
    if not verified:
        text = _("It is made in the night after the DNS records are in place.")
        return CertificateReport("", _("No certificate yet"), text, (), stand_in)
    if step in {"", CertificateStep.PLANNED}:
        text = _("As soon as it is in use, the employees can create their Skype accounts.")
        heading = _("The certificate is made %(moment)s") % {"moment": moment(next_run(at), at)}
        return CertificateReport("", heading, text, lines, stand_in, SELDOM)
    text = _("It takes a few minutes. Since %(time)s.") % {"time": _time(since or at)}
    return CertificateReport("", _("The certificate is being made"), text, lines, stand_in, OFTEN)


def report_of(standing: Standing, at: dt.datetime) -> CertificateReport:
    """Say where the latest certificate of a setup stands."""
    found, setup = standing.certificate, standing.setup
    return report(
        step=found.step if found else "",
        since=found.step_at if found else None,
        fault=found.fault if found else None,
        not_after=found.not_after if found else None,
        verified=bool(setup and setup.dns_verified_at),
        live=bool(setup and setup.live_at),
        at=at,
    )


def certificate_report(
    *, certificate: Certificate | None, setup: Setup, at: dt.datetime
) -> CertificateReport:
    """Say where this certificate of a setup stands; None means that there is no row yet."""
    return report(
        step=certificate.step if certificate else "",
        since=certificate.step_at if certificate else None,
        fault=certificate.fault if certificate else None,
        not_after=certificate.not_after if certificate else None,
        verified=setup.dns_verified_at is not None,
        live=setup.live_at is not None,
        at=at,
    )


def next_action(fault: Mapping[str, Any] | None, not_after: dt.datetime | None, at: dt.datetime) -> str:
    """Say in a line of a list what happens next with a certificate."""
    if fault:
        return f"{fault_text(fault)} {_next_try(fault, at)}"
    if not_after is None:
        return _("It is made %(moment)s.") % {"moment": moment(next_run(at), at)}
    return _("Renewed by itself before %(date)s.") % {"date": _date(not_after)}


def moment(run: dt.datetime, at: dt.datetime) -> str:
    """Say when a certificate is begun, as people say it; the one phrase for pages, mails and lists.

    The night begins it at the full hour `run`, and it is in use some minutes later.
    """
    local = localtime(run)
    day = date_format(local, "MONTH_DAY_FORMAT")
    if local.hour == 0:
        return _("just after midnight on %(day)s") % {"day": day}
    hour = {"time": time_format(local, "H:i"), "day": day}
    if local.date() == localtime(at).date():
        return _("today just after %(time)s") % hour
    return _("on %(day)s just after %(time)s") % hour


def _next_try(fault: Mapping[str, Any], at: dt.datetime) -> str:
    if fault.get("permanent"):
        return _("We try again %(moment)s.") % {"moment": moment(next_try(at, spent_at(fault)), at)}
    if (until := dt.datetime.fromisoformat(fault.get("until") or at.isoformat())) > at:
        return _("We go on at %(time)s.") % {"time": _time(until)}
    return _("We keep trying, at least every quarter of an hour.")


def _lines(
    step: str, since: dt.datetime | None, fault: Mapping[str, Any] | None
) -> tuple[dict[str, str], ...]:
    if not step:
        return ()
    reached, lines, current = STEPS.index(CertificateStep(step)), [], False
    for label, done_with in LINES:
        state, hint = "", ""
        if STEPS.index(done_with) <= reached:
            state = "done"
        elif not current:
            current, state = True, "failed" if fault and fault.get("permanent") else "current"
            hint = _("since %(time)s") % {"time": _time(since)} if since else ""
        lines.append({"label": str(label), "state": state, "hint": hint})
    return tuple(lines)


def _date(at: dt.datetime | None) -> str:
    return date_format(localtime(at), "DATE_FORMAT") if at else "–"


def _time(at: dt.datetime) -> str:
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT")
