"""What the product relies on from the TLS front: the stand-in and a real HAProxy keep it alike."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from provisioning.gateways.acme.fake import FakeAcme
from provisioning.gateways.tlsfront import TlsFront, TlsFrontError
from provisioning.gateways.tlsfront.fake import FakeTlsFront
from provisioning.gateways.tlsfront.live import HAProxyFront
from provisioning.rules.certificates import Bundle, KeyKind, names_for, new_key, request_for
from stack.haproxy import HAProxy
from stack.ports import free_port, loopback

NAMES = names_for("it-bixen.dk")
PAGE = "/.well-known/acme-challenge/token"


class Echo(threading.Thread):
    """Play the switch: send each line back, after the PROXY line."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.listener.getsockname()[1]}"

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        # HAProxy closes with a reset when the client went without a word.
        with contextlib.suppress(OSError), connection, connection.makefile("rwb") as stream:
            stream.readline()
            for line in stream:
                stream.write(line)
                stream.flush()


@dataclass
class Front:
    """The gateway under test, a fresh look at the same front, and how it is started anew."""

    gateway: TlsFront
    again: Callable[[], TlsFront]
    restart: Callable[[], object]
    haproxy: HAProxy | None = None


class Shown(BaseHTTPRequestHandler):
    """Play the portal: one page, for one host."""

    def do_GET(self) -> None:
        found = (self.headers["Host"], self.path) == (NAMES[0], PAGE)
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(b"shown")

    def log_message(self, *args: object) -> None:
        """Stay silent."""


@pytest.fixture(scope="module")
def haproxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HAProxy]:
    directory = tmp_path_factory.mktemp("haproxy")
    echo = Echo()
    echo.start()
    portal = ThreadingHTTPServer(("127.0.0.1", 0), Shown)
    threading.Thread(target=portal.serve_forever, daemon=True).start()
    service = HAProxy(
        directory,
        sip_server=echo.address,
        web_server=f"127.0.0.1:{portal.server_port}",
        address=loopback(directory),
    )
    with service:
        yield service
    portal.shutdown()
    portal.server_close()
    echo.listener.close()


@pytest.fixture(params=["stand-in", "HAProxy"])
def front(request: pytest.FixtureRequest, tmp_path: Path) -> Front:
    if request.param == "stand-in":
        fake = FakeTlsFront(tmp_path / "front")
        return Front(fake, lambda: FakeTlsFront(tmp_path / "front"), lambda: None)
    service: HAProxy = request.getfixturevalue("haproxy")

    def live() -> HAProxyFront:
        return HAProxyFront(directory=service.certificates, runtime=service.socket, address=service.address)

    def restart() -> None:
        service.kill()
        service.start()

    return Front(live(), live, restart, service)


def make(ca: FakeAcme, domain: str, kind: KeyKind = KeyKind.P256) -> Bundle:
    key, names = new_key(kind), names_for(domain)
    account = ca.open_account(key=new_key(), contact="drift@flexskype.dk")
    order = ca.new_order(account, names=names)
    for challenge in ca.challenges(account, order=order):
        ca.answer(account, challenge=challenge)
    order = ca.finalize(account, order=order, request=request_for(names, key))
    return Bundle(ca.download(account, order=order), key)


@pytest.fixture
def ca(tmp_path: Path) -> FakeAcme:
    return FakeAcme(tmp_path / "ca")


@pytest.mark.parametrize("port", [443, 5061])
def test_both_names_are_served_with_chain_and_serial(front: Front, ca: FakeAcme, port: int) -> None:
    bundle = make(ca, f"ny{port}.dk")
    with pytest.raises(TlsFrontError) as before:
        front.gateway.served(server_name=f"sip.ny{port}.dk", port=port)

    front.gateway.install(name=f"ny{port}.dk", bundle=bundle)

    for name in names_for(f"ny{port}.dk"):
        seen = front.again().served(server_name=name, port=port)
        assert seen.serial == bundle.facts.serial
        assert b"".join(seen.chain) == bundle.chain
    assert before.value.code == "not_served"
    assert not before.value.permanent


def test_a_name_in_capitals_is_the_same_name(front: Front, ca: FakeAcme) -> None:
    bundle = make(ca, "store.dk")
    front.gateway.install(name="store.dk", bundle=bundle)

    assert front.gateway.served(server_name="SIP.Store.DK").serial == bundle.facts.serial


@pytest.mark.parametrize("kinds", [(KeyKind.P256, KeyKind.P256), (KeyKind.P256, KeyKind.RSA2048)])
def test_the_same_name_replaces(front: Front, ca: FakeAcme, kinds: tuple[KeyKind, KeyKind]) -> None:
    old, new = (make(ca, "skift.dk", kind) for kind in kinds)
    front.gateway.install(name="skift.dk", bundle=old)
    front.gateway.install(name="skift.dk", bundle=new)
    front.gateway.install(name="skift.dk", bundle=new)

    assert front.gateway.served(server_name="sip.skift.dk").serial == new.facts.serial


def test_a_key_of_another_certificate_is_refused_and_the_old_one_stays(front: Front, ca: FakeAcme) -> None:
    old, new = make(ca, "noegle.dk"), make(ca, "noegle.dk")
    front.gateway.install(name="noegle.dk", bundle=old)

    with pytest.raises(TlsFrontError) as refused:
        front.gateway.install(name="noegle.dk", bundle=Bundle(new.chain, old.key))

    assert refused.value.permanent
    assert refused.value.code == "refused"
    assert front.gateway.served(server_name="sip.noegle.dk").serial == old.facts.serial
    front.restart()
    assert front.again().served(server_name="sip.noegle.dk").serial == old.facts.serial


def test_an_expired_certificate_is_refused(front: Front, ca: FakeAcme) -> None:
    ca.life = timedelta(minutes=-1)

    with pytest.raises(TlsFrontError) as refused:
        front.gateway.install(name="udloebet.dk", bundle=make(ca, "udloebet.dk"))

    assert refused.value.permanent


def test_a_restart_keeps_what_was_installed_and_not_what_was_removed(front: Front, ca: FakeAcme) -> None:
    stays, goes = make(ca, "bliver.dk"), make(ca, "stopper.dk")
    front.gateway.install(name="bliver.dk", bundle=stays)
    front.gateway.install(name="stopper.dk", bundle=goes)
    front.gateway.remove(name="stopper.dk")
    front.gateway.remove(name="stopper.dk")

    for _ in range(2):
        assert front.again().served(server_name="sip.bliver.dk").serial == stays.facts.serial
        with pytest.raises(TlsFrontError):
            front.again().served(server_name="sip.stopper.dk")
        front.restart()
    front.gateway.install(name="stopper.dk", bundle=goes)
    assert front.gateway.served(server_name="sip.stopper.dk").serial == goes.facts.serial


def test_what_port_80_shows_is_seen(front: Front) -> None:
    assert front.gateway.shows(host=NAMES[0], path=PAGE, body="shown")
    if isinstance(front.gateway, FakeTlsFront):
        front.gateway.hidden.add(NAMES[1])
    assert not front.gateway.shows(host=NAMES[1], path=PAGE, body="shown")


def test_another_answer_on_port_80_is_not_the_right_one(haproxy: HAProxy) -> None:
    gateway = HAProxyFront(directory=haproxy.certificates, runtime=haproxy.socket, address=haproxy.address)

    assert not gateway.shows(host=NAMES[0], path=PAGE, body="something else")
    gateway.http_port = free_port(haproxy.address)
    with pytest.raises(TlsFrontError) as silent:
        gateway.shows(host=NAMES[0], path=PAGE, body="shown")
    assert (silent.value.code, silent.value.permanent) == ("unreachable", False)


@pytest.mark.parametrize("name", ["../default", "", "a/b", "A.dk", "a b", "a\nb", "a..b", ".a"])
def test_a_name_that_is_no_file_name_is_refused(front: Front, ca: FakeAcme, name: str) -> None:
    with pytest.raises(TlsFrontError) as refused:
        front.gateway.install(name=name, bundle=make(ca, "navn.dk"))

    assert refused.value.permanent


def test_a_connection_lives_on_while_its_certificate_is_replaced(haproxy: HAProxy, ca: FakeAcme) -> None:
    gateway = HAProxyFront(directory=haproxy.certificates, runtime=haproxy.socket, address=haproxy.address)
    old, new = make(ca, "samtale.dk"), make(ca, "samtale.dk")
    gateway.install(name="samtale.dk", bundle=old)
    context = ssl.create_default_context(cadata=ca.root.decode())
    plain = socket.create_connection((haproxy.address, 5061), 5)
    with context.wrap_socket(plain, server_hostname="sip.samtale.dk") as call:
        call.sendall(b"before\n")
        assert call.recv(100) == b"before\n"

        gateway.install(name="samtale.dk", bundle=new)

        assert gateway.served(server_name="sip.samtale.dk").serial == new.facts.serial
        call.sendall(b"after\n")
        assert call.recv(100) == b"after\n"


def test_haproxy_itself_refuses_a_foreign_key_and_nothing_of_it_stays(
    haproxy: HAProxy, ca: FakeAcme, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = HAProxyFront(directory=haproxy.certificates, runtime=haproxy.socket, address=haproxy.address)
    monkeypatch.setattr("provisioning.gateways.tlsfront.live.checked", lambda bundle, at: None)
    wrong = Bundle(make(ca, "forkert.dk").chain, new_key())

    with pytest.raises(TlsFrontError, match="inconsistencies") as refused:
        gateway.install(name="forkert.dk", bundle=wrong)

    assert refused.value.permanent
    assert "forkert" not in haproxy.ask("show ssl cert")
    assert "forkert" not in haproxy.crt_list.read_text()
    assert not list(haproxy.certificates.glob("forkert*"))


def test_a_front_that_is_away_gets_the_certificate_when_it_is_back(haproxy: HAProxy, ca: FakeAcme) -> None:
    gateway = HAProxyFront(directory=haproxy.certificates, runtime=haproxy.socket, address=haproxy.address)
    bundle = make(ca, "senere.dk")
    haproxy.kill()
    try:
        with pytest.raises(TlsFrontError) as away:
            gateway.install(name="senere.dk", bundle=bundle)
        with pytest.raises(TlsFrontError) as silent:
            gateway.served(server_name="sip.senere.dk")
    finally:
        haproxy.start()

    assert (away.value.code, away.value.permanent) == ("unreachable", False)
    assert (silent.value.code, silent.value.permanent) == ("unreachable", False)
    gateway.install(name="senere.dk", bundle=bundle)
    assert gateway.served(server_name="sip.senere.dk").serial == bundle.facts.serial


def test_private_keys_are_for_their_owner_alone(haproxy: HAProxy, ca: FakeAcme) -> None:
    gateway = HAProxyFront(directory=haproxy.certificates, runtime=haproxy.socket, address=haproxy.address)
    gateway.install(name="lukket.dk", bundle=make(ca, "lukket.dk"))

    assert (haproxy.certificates / "lukket.dk.pem").stat().st_mode & 0o777 == 0o600
    assert haproxy.certificates.stat().st_mode & 0o777 == 0o700
