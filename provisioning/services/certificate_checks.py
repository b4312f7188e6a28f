"""Look, before anything is ordered, whether the order can end well: a failed one counts at the authority."""

from __future__ import annotations

from django.conf import settings

from myfone.kernel.gateways import GatewayError
from provisioning.gateways.acme import Account
from provisioning.gateways.dns import DnsGateway
from provisioning.models import Certificate
from provisioning.rules.caa import CaaVerdict, Issuer, climb, judge
from provisioning.rules.names import Name
from provisioning.rules.whereabouts import Where, whereabouts


class CertificateFault(GatewayError):
    """What stops a certificate, as a code and parameters that a page renders; `back` drops the order."""

    def __init__(
        self,
        code: str,
        *,
        permanent: bool,
        retry_after: float | None = None,
        back: bool = False,
        **params: str,
    ) -> None:
        text = f"{code} {params}" if params else code
        super().__init__(text, permanent=permanent, retry_after=retry_after)
        self.code = code
        self.params = params
        self.back = back


def still_here(resolver: DnsGateway, certificate: Certificate) -> None:
    """Raise unless every name leads to us: a leaver's domain must not be ordered for, nor count as a failure."""
    for name in certificate.names:
        found = whereabouts(resolver.resolve(Name.parse(name)), settings.ENVIRONMENT.platform_addresses)
        if found.where is Where.ELSEWHERE:
            addresses = ", ".join(found.addresses)
            raise CertificateFault("dns_moved", permanent=True, name=name, addresses=addresses)
        if found.where is Where.UNKNOWN:
            raise CertificateFault("dns_unknown", permanent=False, name=name)


def may_be_issued(resolver: DnsGateway, certificate: Certificate, account: Account) -> None:
    """Raise unless the CAA records let our authority, with our account, issue for every name (RFC 8659)."""
    issuer = Issuer(settings.ENVIRONMENT.acme_caa_identities, account.url)
    names = [Name.parse(name) for name in certificate.names]
    asked = {step: None for name in names for step in climb(name)}
    looks = {look.name: look for look in resolver.caa(tuple(asked))}
    for name in names:
        found = judge(name, looks, issuer)
        if found.verdict is CaaVerdict.ALLOWED:
            continue
        if found.verdict is CaaVerdict.UNKNOWN:
            raise CertificateFault("caa_unknown", permanent=False, name=str(found.at))
        raise CertificateFault(
            f"caa_{found.verdict}",
            permanent=True,
            name=str(name),
            at=str(found.at),
            records=", ".join(str(record) for record in found.records),
            issuer=next(iter(issuer.identities), ""),
            account=account.url,
        )
