"""Digest authentication as a SIP client does it (RFC 7616, RFC 8760; RFC 2617 for servers without qop)."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

# auth-param = token "=" ( token / quoted-string ), RFC 7235 section 2.1.
_PARAM = re.compile(r"""([!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)""")
# Digest in SIP is MD5 by RFC 3261 and by every phone in use; a stronger one is taken where it is offered.
_HASHES: dict[str, Callable[[bytes], str]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}


class UnusableChallenge(Exception):
    """The server asks for a kind of authentication that this client does not speak."""


@dataclass(frozen=True)
class Challenge:
    """What a 401 or 407 asks for."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    opaque: str | None = None
    qop: tuple[str, ...] = ()
    stale: bool = False


def parse_challenge(value: str) -> Challenge:
    """Read the value of a WWW-Authenticate or Proxy-Authenticate header.

    Raises UnusableChallenge for another scheme, an unknown algorithm, or a qop without `auth`.
    """
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "digest":
        raise UnusableChallenge(f"The server asks for {scheme or 'nothing'} instead of Digest.")
    params: dict[str, str] = {}
    rest = rest.strip()
    while rest:
        match = _PARAM.match(rest)
        if match is None:
            raise UnusableChallenge("The server's challenge cannot be read.")
        quoted = match.group(2)
        params[match.group(1).lower()] = (
            re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match.group(3)
        )
        rest = rest[match.end() :].lstrip()
    if "realm" not in params or "nonce" not in params:
        raise UnusableChallenge("The server's challenge has no realm or no nonce.")
    algorithm = params.get("algorithm", "MD5").upper()
    if algorithm not in _HASHES:
        raise UnusableChallenge(f"The server asks for the algorithm {algorithm}.")
    qop = tuple(item.strip().lower() for item in params.get("qop", "").split(",") if item.strip())
    if qop and "auth" not in qop:
        raise UnusableChallenge(f"The server asks for the protection {', '.join(qop)}.")
    return Challenge(
        realm=params["realm"],
        nonce=params["nonce"],
        algorithm=algorithm,
        opaque=params.get("opaque"),
        qop=qop,
        stale=params.get("stale", "").lower() == "true",
    )


def authorization(
    challenge: Challenge, *, user: str, password: str, method: str, uri: str, cnonce: str | None = None
) -> str:
    """Return the value of the Authorization header that answers the challenge."""
    digest = _HASHES[challenge.algorithm]

    def hashed(*parts: str) -> str:
        return digest(":".join(parts).encode())

    ha1 = hashed(user, challenge.realm, password)
    ha2 = hashed(method, uri)
    fields = [
        ("username", _quoted(user)),
        ("realm", _quoted(challenge.realm)),
        ("nonce", _quoted(challenge.nonce)),
        ("uri", _quoted(uri)),
        ("algorithm", challenge.algorithm),
    ]
    if challenge.qop:
        cnonce = cnonce or secrets.token_hex(8)
        response = hashed(ha1, challenge.nonce, "00000001", cnonce, "auth", ha2)
        fields += [("qop", "auth"), ("nc", "00000001"), ("cnonce", _quoted(cnonce))]
    else:
        response = hashed(ha1, challenge.nonce, ha2)
    fields.append(("response", _quoted(response)))
    if challenge.opaque is not None:
        fields.append(("opaque", _quoted(challenge.opaque)))
    return "Digest " + ", ".join(f"{name}={value}" for name, value in fields)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
