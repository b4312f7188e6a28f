"""Set a stage for certificates: a verified domain, and stand-ins for what lies outside."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from myfone.kernel import clock, jobs
from myfone.kernel.models import Job
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Customer
from provisioning.gateways.acme import Acme
from provisioning.gateways.acme.fake import FakeAcme
from provisioning.gateways.dns import DnsGateway
from provisioning.gateways.dns.fake import FakeDns
from provisioning.gateways.tlsfront import TlsFront
from provisioning.gateways.tlsfront.fake import FakeTlsFront
from provisioning.models import AcmeChallenge, Certificate, Order, Setup
from provisioning.services import certificates, claims
from tests.cast import Cast, Person

ADDRESS = "127.0.0.1"


@dataclass
class Outside:
    """What lies outside, as the steps will find it."""

    acme: Acme
    front: TlsFront
    dns: FakeDns | DnsGateway

    def gateway(self, name: str) -> object:
        return {"acme": self.acme, "tlsfront": self.front, "dns": self.dns}[name]

    def use(self, monkeypatch: pytest.MonkeyPatch) -> Outside:
        monkeypatch.setattr("provisioning.services.certificate_steps.gateway", self.gateway)
        return self


def names_here(*domains: str) -> FakeDns:
    """Return a name system in which these domains lead to the platform."""
    dns = FakeDns()
    dns.add_zone("flexskype.dk", {"ns.flexskype.dk": "192.0.2.1"})
    for host in ("sip", "lyncdiscover"):
        dns.put("flexskype.dk", host, "A", ADDRESS)
    for domain in domains:
        dns.add_zone(domain, {"ns.host.dk": "192.0.2.2"})
        for host in ("sip", "lyncdiscover"):
            dns.put(domain, host, "CNAME", f"{host}.flexskype.dk.")
    return dns


def laid_out(name: str, token: str) -> str | None:
    """Answer http-01 from the table, as the portal does."""
    found = AcmeChallenge.objects.filter(token=token).first()
    return found.key_authorization if found else None


def stand_ins(directory: Path, *domains: str) -> Outside:
    """Return stand-ins for everything outside; the authority looks at what is laid out in the table."""
    acme = FakeAcme(directory / "ca", fetch=laid_out)
    return Outside(acme, FakeTlsFront(directory / "front"), names_here(*domains))


def verified(customer: Customer, by: Person, domain: str = "it-bixen.dk") -> Setup:
    """Write an order and a setup whose domain was proven."""
    at = clock.now()
    with tenant(by.actor):
        order = Order(customer=customer, domain=domain, created_by=by.actor.id, confirmed_at=at)
        order.save()
        setup = Setup(
            customer=customer,
            order=order,
            domain=domain,
            report_name="Sara",
            report_email=f"sara@{domain}",
        )
        setup.save()
        claims.prove(actor=by.actor, setup=setup, has_txt=True, at=at)
        setup.refresh_from_db()
    return setup


def planned(cast: Cast, domain: str = "it-bixen.dk") -> Certificate:
    """Write a verified domain and let the night plan its certificate."""
    verified(cast.bixen, cast.sara, domain)
    (certificate,) = certificates.tonight(at=clock.now())
    return certificate


def acme_of(outside: Outside) -> FakeAcme:
    assert isinstance(outside.acme, FakeAcme)
    return outside.acme


def front_of(outside: Outside) -> FakeTlsFront:
    assert isinstance(outside.front, FakeTlsFront)
    return outside.front


def read(certificate: Certificate) -> Certificate:
    actor = Actor.system(certificate.customer_id)
    with tenant(actor):
        found: Certificate = Certificate.objects.visible_to(actor).get(pk=certificate.pk)
    return found


def work(certificate: Certificate, turns: int = 20) -> Certificate:
    """Deliver the certificate's job as often as it asks for."""
    for _ in range(turns):
        Job.objects.filter(key=certificates.job_key(certificate)).update(run_at=clock.now())
        jobs.run(Job.objects.get(key=certificates.job_key(certificate)).pk)
        row = Job.objects.get(key=certificates.job_key(certificate))
        if row.done_at or row.failed_at:
            break
    return read(certificate)
