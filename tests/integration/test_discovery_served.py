"""Autodiscovery as a client meets it: DNS, TLS with the customer's own certificate, JSON and XML."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from xml.etree import ElementTree

import pytest

from myfone.kernel import clock, jobs
from myfone.kernel.models import Job
from provisioning.models import Certificate
from provisioning.rules.names import Name
from provisioning.services import certificates
from stack.machine import DEMO_ZONE, Machine
from tests.cast import Cast
from tests.certificates import Outside, planned

HOST = f"lyncdiscover.{DEMO_ZONE}"
ROOT = "/autodiscover/autodiscoverservice.svc/root"


@pytest.fixture
def issued(live_cast: Cast, outside: Outside) -> Certificate:
    """A certificate from Pebble that HAProxy serves."""
    certificate = planned(live_cast, DEMO_ZONE)
    job = Job.objects.get(key=certificates.job_key(certificate))
    for _ in range(500):
        Job.objects.filter(pk=job.pk).update(run_at=clock.now())
        jobs.run(job.pk)
        if Job.objects.filter(pk=job.pk, done_at__isnull=False).exists():
            return certificate
    raise AssertionError(Job.objects.get(pk=job.pk).fault)


def get(
    machine: Machine, outside: Outside, path: str, *, tls: bool = True, **headers: str
) -> tuple[int, bytes]:
    """Ask as a client does that knows the domain alone, and checks the chain."""
    assert machine.pebble
    assert machine.haproxy
    (address,) = outside.dns.resolve(Name.parse(HOST)).addresses
    port = machine.haproxy.https_port if tls else machine.haproxy.http_port
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    plain = socket.create_connection((address, port), 5)
    context = ssl.create_default_context(cafile=str(machine.pebble.roots))
    connection.sock = context.wrap_socket(plain, server_hostname=HOST) if tls else plain
    connection.request("GET", path, headers={name.replace("_", "-"): text for name, text in headers.items()})
    answer = connection.getresponse()
    status, body = answer.status, answer.read()
    connection.close()
    return status, body


def test_a_client_follows_from_the_domain_to_its_server(
    machine: Machine, outside: Outside, issued: Certificate
) -> None:
    status, body = get(machine, outside, f"/?sipuri=sip:mette@{DEMO_ZONE}", tls=False)
    (redirect,) = json.loads(body)["Root"]["Links"]
    assert (status, redirect["token"]) == (200, "Redirect")
    path = redirect["href"].removeprefix(f"https://{HOST}")
    assert path.startswith(ROOT)

    status, body = get(machine, outside, path)
    links = {link["token"]: link["href"] for link in json.loads(body)["Root"]["Links"]}
    assert (status, set(links)) == (200, {"User", "Domain"})

    user = links["User"].removeprefix(f"https://{HOST}")
    assert get(machine, outside, user)[0] == 401
    status, body = get(machine, outside, user, X_MS_WebTicket="t", Accept="application/xml")
    client = ElementTree.fromstring(body).find("User/SipClientExternalAccess")
    assert client is not None
    assert (status, client.attrib) == (200, {"fqdn": f"sip.{DEMO_ZONE}", "port": "443"})

    status, body = get(machine, outside, links["Domain"].removeprefix(f"https://{HOST}"))
    assert json.loads(body)["Domain"]["SipServerExternalAccess"]["port"] == "5061"


def test_the_front_serves_what_pebble_signed(machine: Machine, outside: Outside, issued: Certificate) -> None:
    assert machine.pebble
    assert machine.haproxy
    context = ssl.create_default_context(cafile=str(machine.pebble.roots))
    for name, port in ((f"sip.{DEMO_ZONE}", machine.haproxy.https_port), (HOST, machine.haproxy.sips_port)):
        plain = socket.create_connection((machine.address, port), 5)
        with context.wrap_socket(plain, server_hostname=name) as secured:
            seen = secured.getpeercert()
        assert seen
        assert {value for _, value in seen["subjectAltName"]} == {f"sip.{DEMO_ZONE}", HOST}
