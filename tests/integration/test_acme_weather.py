"""An authority in bad weather: what it says is kept, and how long it asks to be left alone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from provisioning.gateways.acme import AcmeError
from provisioning.gateways.acme.live import NONCE_TRIES, LiveAcme
from provisioning.rules.certificates import names_for, new_key

ACME = "urn:ietf:params:acme:error:"


class Stub(ThreadingHTTPServer):
    """An ACME server that answers each new order as scripted."""

    def __init__(self) -> None:
        self.script: list[tuple[int, dict[str, str], bytes]] = []
        self.orders = 0
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def problem(self, status: int, code: str, **headers: str) -> None:
        body = json.dumps({"type": ACME + code, "detail": "as scripted"}).encode()
        self.script.append((status, {"Content-Type": "application/problem+json", **headers}, body))


class _Handler(BaseHTTPRequestHandler):
    server: Stub

    def do_HEAD(self) -> None:
        self._answer(200, {}, b"")

    def do_GET(self) -> None:
        places = {name: f"{self.server.url}/{name}" for name in ("newNonce", "newAccount", "newOrder")}
        self._answer(200, {"Content-Type": "application/json"}, json.dumps(places).encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/newAccount":
            place = {"Content-Type": "application/json", "Location": f"{self.server.url}/account/1"}
            self._answer(201, place, b'{"status": "valid"}')
            return
        self.server.orders += 1
        self._answer(*self.server.script.pop(0))

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        self.send_header("Replay-Nonce", "bm9uY2U")
        self.send_header("Content-Length", str(len(body)))
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def stub() -> Iterator[Stub]:
    server = Stub()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def refusal(stub: Stub) -> AcmeError:
    acme = LiveAcme(directory_url=f"{stub.url}/directory")
    account = acme.open_account(key=new_key(), contact="drift@flexskype.dk")
    with pytest.raises(AcmeError) as refused:
        acme.new_order(account, names=names_for("it-bixen.dk"))
    return refused.value


def test_too_many_orders_wait_as_long_as_asked(stub: Stub) -> None:
    stub.problem(429, "rateLimited", **{"Retry-After": "3600"})

    error = refusal(stub)

    assert (error.permanent, error.code, error.retry_after) == (False, "rateLimited", 3600)
    assert stub.orders == 1


def test_a_date_to_come_back_at_is_understood(stub: Stub) -> None:
    stub.problem(503, "serverInternal", **{"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"})

    error = refusal(stub)

    assert not error.permanent
    assert error.retry_after
    assert error.retry_after > 86400


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b'{"no": "problem"}', b""])
def test_an_answer_from_something_in_between_is_temporary(stub: Stub, body: bytes) -> None:
    stub.script.append((502, {"Content-Type": "text/html", "Retry-After": "120"}, body))

    error = refusal(stub)

    assert (error.permanent, error.retry_after) == (False, 120)


@pytest.mark.parametrize("code", ["rejectedIdentifier", "caa", "unsupportedIdentifier", "malformed"])
def test_a_refusal_for_good_says_why(stub: Stub, code: str) -> None:
    stub.problem(403, code)

    error = refusal(stub)

    assert (error.permanent, error.code) == (True, code)
    assert "as scripted" in error.message


def test_refused_nonces_end_some_time(stub: Stub) -> None:
    for _ in range(NONCE_TRIES):
        stub.problem(400, "badNonce")

    error = refusal(stub)

    assert (error.permanent, error.code) == (False, "badNonce")
    assert stub.orders == NONCE_TRIES
