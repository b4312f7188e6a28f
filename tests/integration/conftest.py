"""Real servers around the portal: names, certificate authority, TLS front; and the portal behind the front."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import dns.query
import dns.update
import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread

from provisioning.gateways.acme.live import LiveAcme
from provisioning.gateways.dns.live import LiveDns
from provisioning.gateways.tlsfront.live import HAProxyFront
from stack.machine import DEMO_ZONE, Machine
from stack.ports import free_port
from tests.certificates import Outside


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Real servers, the portal behind the front, and the customer's records in place."""
    machine = Machine(tmp_path_factory.mktemp("machine"), portal_port=free_port(), durable=False)
    machine.start_surroundings()
    assert machine.knot
    assert machine.unbound
    assert machine.haproxy
    assert machine.pebble
    change = dns.update.Update(DEMO_ZONE)
    for host in ("sip", "lyncdiscover"):
        change.replace(host, 600, "CNAME", f"{host}.flexskype.dk.")
    for address in machine.knot.addresses[:1]:
        assert dns.query.udp(change, address, port=machine.knot.port, timeout=5).rcode() == 0
    portal = LiveServerThread(
        "127.0.0.1", StaticFilesHandler, connections_override={}, port=machine.portal_port
    )
    portal.daemon = True
    portal.start()
    portal.is_ready.wait()
    assert portal.error is None
    yield machine
    portal.terminate()
    machine.stop()


@pytest.fixture
def outside(machine: Machine, live_db: None, monkeypatch: pytest.MonkeyPatch) -> Outside:
    """Everything outside, for this process."""
    assert machine.pebble
    assert machine.haproxy
    assert machine.unbound
    here = dataclasses.replace(settings.ENVIRONMENT, platform_addresses=(machine.address,))
    monkeypatch.setattr(settings, "ENVIRONMENT", here)
    acme = LiveAcme(directory_url=machine.pebble.directory_url, ca_bundle=str(machine.pebble.ca_bundle))
    front = HAProxyFront(
        directory=machine.haproxy.certificates,
        runtime=machine.haproxy.socket,
        address=machine.address,
        port=machine.haproxy.https_port,
    )
    names = LiveDns([f"{machine.unbound.address}:{machine.unbound.port}"])
    front.remove(name=DEMO_ZONE)
    return Outside(acme, front, names).use(monkeypatch)
