"""Write the configuration of the HAProxy that calls leave through by TLS: one port of its own for each trunk."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass
from string import Template

from cryptography import x509

PORT = 5061
LABEL = r"[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?"
HOST = re.compile(rf"{LABEL}(\.{LABEL})*")
# Whom the machine trusts.
EVERYBODY = "@system-ca"
TRUNK = """
listen trunk-{key}
    bind {address}:{port}
    timeout tunnel 1h
    option clitcpka
    option srvtcpka
    server gateway {host}:{there} ssl verify required verifyhost {name} sni str({name}) ca-file {authority} {looked}
"""
LOOKED = "check inter 20s fastinter 2s fall 1 rise 1"
# A name that is not found yet must not keep the other trunks from their work.
FOUND = " init-addr last,libc,none resolvers system"


class BadAuthority(ValueError):
    """Say that a text holds no certificate of an authority."""


@dataclass(frozen=True)
class Line:
    """A trunk with TLS: its id, host and port, the name that its certificate must have, and who must have signed it.

    `authority` is PEM; empty means whom the machine trusts.
    """

    key: int
    gateway: str
    name: str = ""
    authority: str = ""

    @property
    def host(self) -> str:
        return self.gateway.partition(":")[0]

    @property
    def port(self) -> int:
        return int(self.gateway.partition(":")[2] or PORT)

    @property
    def checked_name(self) -> str:
        return self.name or self.host

    @property
    def authority_file(self) -> str:
        """Return the name of the file that the authority is kept in; another authority has another file."""
        return f"trunk-{self.key}-{hashlib.sha256(self.authority.encode()).hexdigest()[:16]}.pem"


@dataclass(frozen=True)
class Front:
    """What HAProxy is to read: the text, files by name, and the mark that it shows once it has read them."""

    text: str
    files: dict[str, str]
    mark: str


def written(lines: tuple[Line, ...], *, head: str, directory: str, address: str, port: int) -> Front:
    """Return the configuration for these trunks.

    `head` is deploy/haproxy-trunks.cfg. It listens at `address`; a trunk's port is `port` plus its id. `directory` is
    where the files are. Raises ValueError where a name could be anything but a name.
    """
    told, files = "", {}
    for line in sorted(lines, key=lambda one: one.key):
        # A file that HAProxy cannot read would take every trunk with it when it starts.
        if not is_place(line.gateway) or not HOST.fullmatch(line.checked_name):
            raise ValueError(f"{line.gateway} {line.name}")
        if line.authority:
            files[line.authority_file] = line.authority
        told += TRUNK.format(
            key=line.key,
            address=address,
            port=port + line.key,
            host=line.host,
            there=line.port,
            name=line.checked_name,
            authority=f"{directory}/{line.authority_file}" if line.authority else EVERYBODY,
            looked=LOOKED if is_address(line.host) else LOOKED + FOUND,
        )
    mark = hashlib.sha256(f"{head}{directory}{address}{port}{told}".encode()).hexdigest()[:32]
    text = Template(head).substitute(directory=directory, address=address, port=port, mark=mark)
    return Front(text + told, files, mark)


def is_place(gateway: str) -> bool:
    """Say whether a text is a host, with a port or without."""
    host, colon, port = gateway.partition(":")
    has_port = port.isascii() and port.isdigit() and 0 < int(port) < 65536
    return HOST.fullmatch(host) is not None and (has_port or not colon)


def is_address(host: str) -> bool:
    """Say whether a host is an IP address, which no certificate is issued to by name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def authorities(text: str) -> str:
    """Return the certificates in a text as PEM, and nothing else of it. Raises BadAuthority."""
    try:
        found = x509.load_pem_x509_certificates(text.encode())
    except ValueError as error:
        raise BadAuthority("no certificate") from error
    for certificate in found:
        try:
            signs = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except (x509.ExtensionNotFound, ValueError):
            signs = certificate.issuer == certificate.subject
        if not signs:
            raise BadAuthority("signs none")
    marks = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL)
    return "".join(f"{mark.strip()}\n" for mark in marks)
