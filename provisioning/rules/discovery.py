"""Tell a client of a domain where its server is (MS-OCDISCWS, 2.2.5 and 3.1.5): what lyncdiscover.<domain> answers.

Each resource is answered in JSON or XML. What Microsoft's own client needs beyond this (web tickets, UCWA, the
conferencing services) is a Skype for Business Server's, and no link here pretends to lead there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree import ElementTree

ROOT = "/autodiscover/autodiscoverservice.svc/root"
JSON = "application/vnd.microsoft.rtc.autodiscover+json"
XML = "application/vnd.microsoft.rtc.autodiscover+xml"
CLIENT_PORT = 443
SERVER_PORT = 5061


@dataclass(frozen=True)
class Link:
    """Where a resource is, by its token."""

    token: str
    href: str


@dataclass(frozen=True)
class Server:
    """A server by its role: `SipClientExternalAccess` and its like."""

    role: str
    fqdn: str
    port: int


@dataclass(frozen=True)
class Answer:
    """One answer: its resource is `Root`, `Domain` or `User`."""

    resource: str
    links: tuple[Link, ...] = ()
    servers: tuple[Server, ...] = ()

    def as_json(self) -> bytes:
        """Return the answer as JSON."""
        body: dict[str, object] = {server.role: _place(server) for server in self.servers}
        body["Links"] = [{"href": link.href, "token": link.token} for link in self.links]
        return json.dumps({"AccessLocation": "External", self.resource: body}).encode()

    def as_xml(self) -> bytes:
        """Return the answer as XML."""
        response = ElementTree.Element("AutodiscoverResponse", AccessLocation="External")
        resource = ElementTree.SubElement(response, self.resource)
        for server in self.servers:
            ElementTree.SubElement(resource, server.role, fqdn=server.fqdn, port=str(server.port))
        for link in self.links:
            ElementTree.SubElement(resource, "Link", token=link.token, href=link.href)
        body: bytes = ElementTree.tostring(response, encoding="utf-8", xml_declaration=True)
        return body


def redirect(domain: str, sip_uri: str = "") -> Answer:
    """Return the root that leads on to the root of this domain over HTTPS."""
    asked = f"?sipuri={quote(sip_uri, safe='')}" if sip_uri else ""
    return Answer("Root", (Link("Redirect", f"{_base(domain)}{ROOT}{asked}"),))


def root(domain: str) -> Answer:
    """Return the root of a domain that is served here."""
    base = _base(domain)
    return Answer("Root", (Link("Domain", f"{base}{ROOT}/domain"), Link("User", f"{base}{ROOT}/user")))


def domain_resource(domain: str) -> Answer:
    """Return which servers a domain has."""
    link = Link("External/Autodiscover", f"{_base(domain)}{ROOT}")
    return Answer("Domain", (link,), _servers(domain))


def user_resource(domain: str) -> Answer:
    """Return which servers a user of the domain signs in to; it holds nothing that is that user's own."""
    base = _base(domain)
    links = (Link("External/Autodiscover", f"{base}{ROOT}"), Link("Self", f"{base}{ROOT}/user"))
    return Answer("User", links, _servers(domain))


def domain_of(sip_uri: str) -> str:
    """Return the domain in a SIP URI or address; empty when there is none."""
    address = sip_uri.strip().lower().removeprefix("sips:").removeprefix("sip:")
    _, at, host = address.partition("@")
    return host.partition(";")[0].partition("?")[0].partition(":")[0] if at else ""


def wants_xml(accept: str) -> bool:
    """Say whether the client prefers XML; JSON is what it gets without a wish (MS-OCDISCWS, 2.1)."""
    weights: Mapping[str, float] = dict(_weights(accept))
    xml = max((weights[kind] for kind in weights if kind.endswith(("/xml", "+xml"))), default=0)
    other = max((weights[kind] for kind in weights if kind.endswith(("/json", "+json", "/*"))), default=0)
    return xml > other


def _weights(accept: str) -> list[tuple[str, float]]:
    found = []
    for word in accept.lower().split(","):
        kind, *parameters = (part.strip() for part in word.split(";"))
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            found.append((kind, float(weight)))
        except ValueError:
            continue
    return found


def _place(server: Server) -> dict[str, object]:
    return {"fqdn": server.fqdn, "port": str(server.port)}


def _servers(domain: str) -> tuple[Server, ...]:
    host = f"sip.{domain}"
    return (
        Server("SipClientExternalAccess", host, CLIENT_PORT),
        Server("SipClientInternalAccess", host, CLIENT_PORT),
        Server("SipServerExternalAccess", host, SERVER_PORT),
        Server("SipServerInternalAccess", host, SERVER_PORT),
    )


def _base(domain: str) -> str:
    return f"https://lyncdiscover.{domain}"
