"""The TLS front chooses the certificate and the server by the name that the client asks for."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from stack.haproxy import HAProxy
from stack.ports import loopback

PLATFORM = "sip.flexskype.dk"


class Portal(BaseHTTPRequestHandler):
    """Answer with what came in, as the portal behind the front would see it."""

    def do_GET(self) -> None:
        body = "\n".join(
            [self.path, *(f"{name.lower()}: {value}" for name, value in self.headers.items())]
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Stay silent."""


class Switch(threading.Thread):
    """Take connections as the switch would, keep their first line, and answer a word."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.first_lines: list[bytes] = []

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                self.first_lines.append(stream.readline())
                stream.write(b"switch: " + stream.readline())
                stream.flush()


@pytest.fixture(scope="module")
def switch() -> Iterator[Switch]:
    thread = Switch()
    thread.start()
    yield thread
    thread.listener.close()


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory, switch: Switch) -> Iterator[HAProxy]:
    directory = tmp_path_factory.mktemp("front")
    portal = ThreadingHTTPServer(("127.0.0.1", 0), Portal)
    threading.Thread(target=portal.serve_forever, daemon=True).start()
    haproxy = HAProxy(
        directory,
        sip_server=f"127.0.0.1:{switch.listener.getsockname()[1]}",
        web_server=f"127.0.0.1:{portal.server_port}",
        address=loopback(directory),
        default_names=(PLATFORM, "lyncdiscover.flexskype.dk"),
    )
    with haproxy:
        yield haproxy
    portal.shutdown()
    portal.server_close()


def connect(front: HAProxy, port: int, name: str | None) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(front.authority.root))
    context.check_hostname = name is not None
    plain = socket.create_connection((front.address, port), 5)
    return context.wrap_socket(plain, server_hostname=name)


@pytest.mark.parametrize("port", [443, 5061])
@pytest.mark.parametrize("name", [PLATFORM, PLATFORM.upper(), None])
def test_sip_names_and_no_name_reach_the_switch_with_the_clients_address(
    front: HAProxy, switch: Switch, port: int, name: str | None
) -> None:
    with connect(front, port, name) as connection:
        connection.sendall(b"REGISTER\r\n")
        assert connection.recv(100) == b"switch: REGISTER\r\n"
        here = connection.getsockname()

    assert switch.first_lines[-1] == f"PROXY TCP4 {here[0]} {front.address} {here[1]} {port}\r\n".encode()


def test_a_name_that_is_neither_is_closed(front: HAProxy) -> None:
    context = ssl._create_unverified_context()
    plain = socket.create_connection((front.address, 443), 5)
    with context.wrap_socket(plain, server_hostname="www.flexskype.dk") as connection:
        assert connection.recv(10) == b""


def test_discovery_reaches_the_portal_over_tls(front: HAProxy) -> None:
    with connect(front, 443, "lyncdiscover.flexskype.dk") as connection:
        connection.sendall(
            b"GET /x HTTP/1.1\r\nHost: LyncDiscover.flexskype.dk\r\nX-Forwarded-For: 9.9.9.9\r\n"
            b"X-Forwarded-Proto: http\r\nConnection: close\r\n\r\n"
        )
        answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode()

    assert answer.startswith("HTTP/1.0 200")
    assert "x-forwarded-proto: https" in answer
    assert "x-forwarded-for: 127." in answer
    assert "9.9.9.9" not in answer


def test_another_host_than_the_certificates_is_misdirected(front: HAProxy) -> None:
    with connect(front, 443, "lyncdiscover.flexskype.dk") as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: lyncdiscover.it-bixen.dk\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 421")


@pytest.mark.parametrize(
    ("host", "path", "status"),
    [
        ("sip.it-bixen.dk", "/.well-known/acme-challenge/token", 200),
        ("lyncdiscover.it-bixen.dk", "/", 200),
        ("sip.it-bixen.dk", "/", 301),
    ],
)
def test_plain_http_is_for_the_authority_and_for_discovery(
    front: HAProxy, host: str, path: str, status: int
) -> None:
    connection = http.client.HTTPConnection(front.address, 80, timeout=5)
    connection.request("GET", path, headers={"Host": host, "X-Forwarded-Proto": "https"})
    answer = connection.getresponse()

    assert answer.status == status
    if status == 200:
        assert "x-forwarded-proto: http\n" in answer.read().decode() + "\n"
    else:
        assert answer.headers["Location"] == f"https://{host}{path}"
    connection.close()


def test_a_link_that_opens_an_account_is_not_logged(front: HAProxy) -> None:
    invitation, reset = (
        "/account/invitation/WzEsImFAYiJd:1x:s3cret/",
        "/account/password/reset/key/4-s3cret/?n=1",
    )
    others = ("/account/join/WzEs:1x:s3cret/", "/account/address/WzEs:1x:s3cret/", "/m/WzEs:1x:s3cret.xml")
    for path in (invitation, reset, *others):
        connection = http.client.HTTPConnection(front.address, 80, timeout=5)
        connection.request("GET", path, headers={"Host": "portal.flexskype.dk"})
        assert connection.getresponse().headers["Location"].endswith(path)
        connection.close()
    with connect(front, 443, "lyncdiscover.flexskype.dk") as connection:
        connection.sendall(
            f"GET {invitation} HTTP/1.1\r\nHost: lyncdiscover.flexskype.dk\r\nConnection: close\r\n\r\n".encode()
        )
        assert b"s3cret" in b"".join(iter(lambda: connection.recv(4096), b""))

    end = time.monotonic() + 5
    while (log := front.log.read_text()).count("/account/invitation/[hidden]") < 2 and time.monotonic() < end:
        time.sleep(0.02)
    for path in ("/account/password/reset/key", "/account/join", "/account/address", "/m"):
        assert f"{path}/[hidden]" in log
    assert "s3cret" not in log


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_tls_is_refused(front: HAProxy) -> None:
    context = ssl._create_unverified_context()
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    plain = socket.create_connection((front.address, 443), 5)
    with plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname=PLATFORM)


def test_the_runtime_socket_is_for_its_owner_alone(front: HAProxy) -> None:
    assert front.socket.stat().st_mode & 0o777 == 0o600
