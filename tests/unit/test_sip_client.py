"""The SIP client's own parts: digest, messages, and streams, against the examples of the standards."""

import socket
import threading

import pytest

from demo.sipclient import Account, SignInFailed, sign_in
from demo.sipclient.connection import Datagrams, Stream
from demo.sipclient.digest import UnusableChallenge, authorization, parse_challenge
from demo.sipclient.message import Unreadable, parse_head

RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_digest_answers_the_example_of_rfc_7616(algorithm: str, response: str) -> None:
    value = authorization(
        parse_challenge(RFC_7616.format(algorithm=algorithm)),
        user="Mufasa",
        password="Circle of Life",
        method="GET",
        uri="/dir/index.html",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert f'response="{response}"' in value
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in value


def test_digest_without_qop_answers_the_example_of_rfc_2069() -> None:
    challenge = parse_challenge(
        'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", stale=TRUE'
    )
    value = authorization(
        challenge, user="Mufasa", password="CircleOfLife", method="GET", uri="/dir/index.html"
    )
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in value
    assert "qop" not in value
    assert challenge.stale


def test_quoted_pairs_in_a_challenge_are_taken_apart_and_put_back() -> None:
    challenge = parse_challenge(r'Digest realm="a \"b\", c", nonce="n"')
    assert challenge.realm == 'a "b", c'
    value = authorization(challenge, user="u", password="p", method="REGISTER", uri="sip:x")
    assert r'realm="a \"b\", c"' in value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('Basic realm="x"', "Basic"),
        ('Digest realm="x", nonce="n", algorithm=SHA-512', "SHA-512"),
        ('Digest realm="x", nonce="n", qop="auth-int"', "auth-int"),
        ('Digest realm="x"', "no nonce"),
        ("Digest realm", "cannot be read"),
    ],
)
def test_a_challenge_that_cannot_be_met_says_why(value: str, words: str) -> None:
    with pytest.raises(UnusableChallenge, match=words):
        parse_challenge(value)


def test_compact_and_folded_headers_are_read() -> None:
    parsed = parse_head(b"SIP/2.0 200 OK\r\nv: SIP/2.0/UDP a\r\nContact: <sip:a>,\r\n <sip:b>\r\ni: 7")
    assert parsed.status == 200
    assert parsed.first("Via") == "SIP/2.0/UDP a"
    assert parsed.first("contact") == "<sip:a>, <sip:b>"
    assert parsed.first("Call-ID") == "7"


def test_something_that_is_not_sip_is_refused() -> None:
    with pytest.raises(Unreadable):
        parse_head(b"HTTP/1.1 400 Bad Request")


def test_a_stream_is_cut_into_messages_by_their_length() -> None:
    here, there = socket.socketpair()
    stream = Stream(here, "TCP")
    one = b"SIP/2.0 100 Trying\r\nContent-Length: 3\r\n\r\nabc"
    two = b"SIP/2.0 200 OK\r\nl: 0\r\n\r\n"
    there.sendall(b"\r\n\r\n" + one + two[:10])
    first = stream.receive(1)
    assert (first.status, first.body) == (100, b"abc")
    there.sendall(two[10:])
    assert stream.receive(1).status == 200
    stream.close()
    there.close()


def test_a_refused_sign_in_carries_status_and_steps() -> None:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    seen: list[bytes] = []

    def refuse() -> None:
        data, client = server.recvfrom(65535)
        seen.append(data)
        kept = [
            line
            for line in data.split(b"\r\n")
            if line.lower().startswith((b"via", b"from", b"to", b"call-id", b"cseq"))
        ]
        server.sendto(b"\r\n".join([b"SIP/2.0 403 Forbidden", *kept, b"Content-Length: 0", b"", b""]), client)

    thread = threading.Thread(target=refuse)
    thread.start()
    with pytest.raises(SignInFailed) as failure:
        sign_in(
            Account("anna@it-bixen.dk", "secret"),
            via=lambda: Datagrams("127.0.0.1", server.getsockname()[1]),
        )
    thread.join()
    server.close()
    assert failure.value.status == 403
    assert [step.code for step in failure.value.steps] == ["refused"]
    assert b"From: <sip:anna@it-bixen.dk>" in seen[0]
    assert b"secret" not in seen[0]
