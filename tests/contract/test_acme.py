"""What the product relies on from a certificate authority: the stand-in and a real Pebble keep it alike."""

from __future__ import annotations

import base64
import datetime as dt
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import dns.message
import dns.rdatatype
import dns.rrset
import pytest
import requests

from provisioning.gateways.acme import Account, Acme, AcmeError, Challenge, Order, State
from provisioning.gateways.acme.fake import FakeAcme
from provisioning.gateways.acme.live import LiveAcme
from provisioning.rules.certificates import (
    Bundle,
    KeyKind,
    Reason,
    checked,
    facts,
    leaf,
    names_for,
    new_key,
    request_for,
)
from stack.pebble import Pebble
from stack.ports import free_port
from tests.renewal_info import RenewalInfoDouble

LOOKS = 500


class Port80(ThreadingHTTPServer):
    """Answer http-01 from a table, for every host."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        super().__init__(("127.0.0.1", 0), _Port80Handler)

    def fetch(self, name: str, token: str) -> str | None:
        return self.answers.get(token)


class _Port80Handler(BaseHTTPRequestHandler):
    server: Port80

    def do_GET(self) -> None:
        found = self.server.answers.get(self.path.rpartition("/")[2])
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write((found or "").encode())

    def log_message(self, *args: object) -> None:
        """Stay silent."""


class Everywhere(threading.Thread):
    """A name server for which every host has the address 127.0.0.1."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", free_port(udp=True)))

    @property
    def address(self) -> str:
        host, port = self.socket.getsockname()
        return f"{host}:{port}"

    def run(self) -> None:
        while True:
            try:
                wire, client = self.socket.recvfrom(4096)
            except OSError:
                return
            query = dns.message.from_wire(wire)
            answer = dns.message.make_response(query)
            asked = query.question[0]
            if asked.rdtype == dns.rdatatype.A:
                answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "A", "127.0.0.1"))
            self.socket.sendto(answer.to_wire(), client)


@dataclass
class Authority:
    acme: Acme
    port80: Port80
    root: Callable[[], bytes]
    placed: Callable[[], int]
    revoked: Callable[[str], int | None]


@pytest.fixture(scope="module")
def port80() -> Iterator[Port80]:
    server = Port80()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def pebble(tmp_path_factory: pytest.TempPathFactory, port80: Port80) -> Iterator[Pebble]:
    names = Everywhere()
    names.start()
    directory = tmp_path_factory.mktemp("pebble")
    with Pebble(directory, dns=names.address, http_port=port80.server_port, nonces_refused=30) as service:
        yield service
    names.socket.close()


@pytest.fixture(params=["internal CA", "Pebble"])
def authority(request: pytest.FixtureRequest, port80: Port80, tmp_path: Path) -> Authority:
    port80.answers.clear()
    if request.param == "internal CA":
        fake = FakeAcme(tmp_path / "ca", fetch=port80.fetch)
        return Authority(fake, port80, lambda: fake.root, fake.count, lambda serial: fake.revoked.get(serial))
    service: Pebble = request.getfixturevalue("pebble")
    live = LiveAcme(directory_url=service.directory_url, ca_bundle=str(service.ca_bundle))
    return Authority(live, port80, service.issuing_root, service.orders, service.revoked)


def open_account(authority: Authority) -> Account:
    return authority.acme.open_account(key=new_key(), contact="drift@flexskype.dk")


def look_until(authority: Authority, account: Account, order: Order, state: State) -> Order:
    for _ in range(LOOKS):
        order = authority.acme.order(account, url=order.url)
        if order.state is state:
            return order
    raise AssertionError(f"still {order.state} after {LOOKS} looks")


def answer_all(authority: Authority, account: Account, order: Order) -> tuple[Challenge, ...]:
    challenges = authority.acme.challenges(account, order=order)
    for challenge in challenges:
        authority.port80.answers[challenge.token] = challenge.key_authorization
        authority.acme.answer(account, challenge=challenge)
    return challenges


def test_a_certificate_step_by_step_and_each_step_twice(authority: Authority, tmp_path: Path) -> None:
    acme, names, key = authority.acme, names_for("It-Bixen.dk"), new_key()
    before = authority.placed()
    account = open_account(authority)
    assert acme.open_account(key=account.key, contact="drift@flexskype.dk") == account

    order = acme.new_order(account, names=names)
    assert (order.state, set(order.names)) == (State.PENDING, set(names))
    found = acme.find_order(account, names=names)
    assert found is not None
    assert found.url == order.url

    challenges = answer_all(authority, account, order)
    assert {challenge.name for challenge in challenges} == set(names)
    for challenge in challenges:
        acme.answer(account, challenge=challenge)
    ready = look_until(authority, account, order, State.READY)
    assert {each.state for each in acme.challenges(account, order=ready)} == {State.VALID}

    for _ in range(2):
        acme.finalize(account, order=ready, request=request_for(names, key))
    valid = look_until(authority, account, order, State.VALID)
    chain = acme.download(account, order=valid)

    assert acme.download(account, order=valid) == chain
    assert set(checked(Bundle(chain, key), names=names).names) == set(names)
    assert authority.placed() - before == 1
    (tmp_path / "root.pem").write_bytes(authority.root())
    (tmp_path / "chain.pem").write_bytes(chain)
    command = ["openssl", "verify", "-CAfile", "root.pem", "-untrusted", "chain.pem", "chain.pem"]
    verdict = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert verdict.returncode == 0, verdict.stderr


def test_an_order_is_found_again_among_many_of_the_account(authority: Authority) -> None:
    account = open_account(authority)
    orders = [authority.acme.new_order(account, names=names_for(f"kunde{n}.dk")) for n in range(5)]

    found = authority.acme.find_order(account, names=names_for("kunde1.dk"))

    assert found is not None
    assert found.url == orders[1].url
    assert authority.acme.find_order(account, names=names_for("kunde9.dk")) is None


def test_a_missing_answer_makes_the_order_invalid_and_says_which_name(authority: Authority) -> None:
    acme, names = authority.acme, names_for("uden-svar.dk")
    account = open_account(authority)
    order = acme.new_order(account, names=names)
    for challenge in acme.challenges(account, order=order):
        acme.answer(account, challenge=challenge)

    refused = look_until(authority, account, order, State.INVALID)

    problems = [each.problem for each in acme.challenges(account, order=refused) if each.problem]
    assert problems
    assert {problem.code for problem in problems} == {"unauthorized"}
    assert acme.find_order(account, names=names) is None
    with pytest.raises(AcmeError):
        acme.finalize(account, order=refused, request=request_for(names, new_key()))


def test_a_request_for_other_names_is_refused_for_good(authority: Authority) -> None:
    acme = authority.acme
    account = open_account(authority)
    order = acme.new_order(account, names=names_for("ordre.dk"))
    answer_all(authority, account, order)
    ready = look_until(authority, account, order, State.READY)

    with pytest.raises(AcmeError) as refused:
        acme.finalize(account, order=ready, request=request_for(names_for("andre.dk"), new_key()))

    assert refused.value.permanent


def test_an_account_that_the_authority_forgot_is_named_so(authority: Authority) -> None:
    account = open_account(authority)
    unknown = Account(url=account.url[:-1] + "x", key=new_key())

    with pytest.raises(AcmeError) as refused:
        authority.acme.new_order(unknown, names=names_for("glemt.dk"))

    assert refused.value.permanent
    assert refused.value.code == "accountDoesNotExist"


def test_an_order_that_the_authority_forgot_is_a_permanent_error(authority: Authority) -> None:
    account = open_account(authority)
    order = authority.acme.new_order(account, names=names_for("tabt.dk"))

    with pytest.raises(AcmeError) as refused:
        authority.acme.order(account, url=order.url + "0")

    assert refused.value.permanent


def issued(authority: Authority, account: Account, domain: str, key: bytes) -> bytes:
    names = names_for(domain)
    order = authority.acme.new_order(account, names=names)
    answer_all(authority, account, order)
    ready = look_until(authority, account, order, State.READY)
    authority.acme.finalize(account, order=ready, request=request_for(names, key))
    valid = look_until(authority, account, order, State.VALID)
    return authority.acme.download(account, order=valid)


def test_a_certificate_is_taken_back_once(authority: Authority) -> None:
    account = open_account(authority)
    chain = issued(authority, account, "opsagt.dk", new_key())

    for _ in range(2):
        authority.acme.revoke(account, chain=chain, reason=Reason.CESSATION_OF_OPERATION)

    assert authority.revoked(facts(chain).serial) == Reason.CESSATION_OF_OPERATION


def test_a_strangers_certificate_is_not_taken_back(authority: Authority) -> None:
    chain = issued(authority, open_account(authority), "andres.dk", new_key())

    with pytest.raises(AcmeError) as refused:
        authority.acme.revoke(open_account(authority), chain=chain, reason=Reason.UNSPECIFIED)

    assert refused.value.permanent


@pytest.mark.parametrize("kind", KeyKind)
def test_both_kinds_of_key_are_signed(authority: Authority, kind: KeyKind) -> None:
    names, key = names_for(f"{kind}.dk"), new_key(kind)
    account = open_account(authority)
    order = authority.acme.new_order(account, names=names)
    answer_all(authority, account, order)
    ready = look_until(authority, account, order, State.READY)
    authority.acme.finalize(account, order=ready, request=request_for(names, key))
    chain = authority.acme.download(account, order=look_until(authority, account, order, State.VALID))

    public = leaf(chain).public_key()
    assert public.key_size == {KeyKind.P256: 256, KeyKind.RSA2048: 2048}[kind]  # type: ignore[union-attr]


def test_a_window_is_asked_for_and_the_next_order_says_whom_it_follows(
    pebble: Pebble, port80: Port80
) -> None:
    real = LiveAcme(directory_url=pebble.directory_url, ca_bundle=str(pebble.ca_bundle))
    authority = Authority(real, port80, pebble.issuing_root, pebble.orders, pebble.revoked)
    account = open_account(authority)
    chain = issued(authority, account, "vindue.dk", new_key())
    assert real.renewal_window(account, chain=chain) is None
    directory = requests.get(pebble.directory_url, verify=str(pebble.ca_bundle), timeout=5).json()
    window = {"start": "2027-01-01T00:00:00Z", "end": "2027-01-03T00:00:00Z"}

    with RenewalInfoDouble(directory, window) as double:
        live = LiveAcme(directory_url=double.url, ca_bundle=str(pebble.ca_bundle))
        found = live.renewal_window(account, chain=chain)
        order = live.new_order(account, names=names_for("vindue.dk"), replaces=chain)

    assert found is not None
    assert (found.end - found.start, found.retry_after) == (dt.timedelta(days=2), 21600)
    assert order.state is State.PENDING
    (asked,) = double.asked
    issuer, serial = asked.split(".")
    assert int.from_bytes(base64.urlsafe_b64decode(serial + "==")) == leaf(chain).serial_number
    assert issuer


def test_nobody_at_home_is_temporary() -> None:
    acme = LiveAcme(directory_url=f"https://127.0.0.1:{free_port()}/dir")

    with pytest.raises(AcmeError) as error:
        acme.open_account(key=new_key(), contact="drift@flexskype.dk")

    assert not error.value.permanent
    assert error.value.code == "unreachable"


def test_pebble_is_ready_when_both_its_servers_listen(
    pebble: Pebble, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pebble.check()
    monkeypatch.setattr(pebble, "management_port", free_port())
    assert not pebble.check()


def test_an_untrusted_server_is_temporary_and_named(pebble: Pebble) -> None:
    acme = LiveAcme(directory_url=pebble.directory_url)

    with pytest.raises(AcmeError) as error:
        acme.open_account(key=new_key(), contact="drift@flexskype.dk")

    assert not error.value.permanent
    assert error.value.code == "tls"
