"""Read the environment once, typed, and fail loudly with every fault at once."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

GATEWAY_KINDS = ("live", "fake")


class BadEnvironment(RuntimeError):
    """The environment does not hold what the product needs; the text lists every fault."""


@dataclass(frozen=True)
class Endpoint:
    """An address and port; the address may be a name."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str, default_port: int) -> Endpoint:
        parts = urlsplit(f"//{text.strip()}")
        if not parts.hostname:
            raise ValueError("expected host:port")
        return cls(parts.hostname, parts.port or default_port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True)
class Environment:
    """Every setting that differs between machines; docs/operations.md explains each."""

    debug: bool = False
    demo: bool = False
    static_looked_up: bool = False
    secret_key: str = ""
    allowed_hosts: tuple[str, ...] = ("localhost", "127.0.0.1")
    portal_url: str = "http://localhost:8000"
    database_url: str = ""
    migrator_database_url: str = ""
    smtp_url: str = "smtp://127.0.0.1:8025"
    mail_from: str = "Myfone <myfone@flexskype.dk>"
    platform_zone: str = "flexskype.dk"
    sip_target: str = "sip.flexskype.dk"
    lyncdiscover_target: str = "lyncdiscover.flexskype.dk"
    platform_addresses: tuple[str, ...] = ("127.0.0.1",)
    gateway_dns: str = "fake"
    gateway_acme: str = "fake"
    gateway_tlsfront: str = "fake"
    gateway_controller: str = "fake"
    controller_socket: str = ""
    gateway_music: str = "fake"
    music_directory: str = ""
    gateway_trunkfront: str = "fake"
    trunks_directory: str = ""
    trunks_listen: Endpoint = Endpoint("127.0.0.1", 20000)
    dns_resolvers: tuple[Endpoint, ...] = (Endpoint("127.0.0.1", 53),)
    dns_authoritative_port: int = 53
    acme_directory_url: str = ""
    acme_ca_bundle: str = ""
    acme_contact: str = "drift@flexskype.dk"
    acme_caa_identities: tuple[str, ...] = ("letsencrypt.org",)
    tlsfront_socket: str = ""
    tlsfront_directory: str = ""
    tlsfront_connect: Endpoint = Endpoint("127.0.0.1", 443)
    tlsfront_http_port: int = 80
    secrets_keys: tuple[str, ...] = ()
    trusted_proxies: int = 0
    log_format: str = "json"
    metrics_token: str = ""
    var_directory: Path = field(default_factory=lambda: Path("var"))


def _flag(text: str) -> bool:
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError("expected yes or no")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _kind(text: str) -> str:
    if text not in GATEWAY_KINDS:
        raise ValueError(f"expected one of {', '.join(GATEWAY_KINDS)}")
    return text


def _keys(text: str) -> tuple[str, ...]:
    keys = _words(text)
    for key in keys:
        if len(base64.urlsafe_b64decode(key.partition(":")[2])) != 32:
            raise ValueError("each key is ID:BASE64 with 32 bytes")
    return keys


READERS: dict[str, Callable[[str], object]] = {
    "debug": _flag,
    "demo": _flag,
    "static_looked_up": _flag,
    "allowed_hosts": _words,
    "platform_addresses": _words,
    "acme_caa_identities": _words,
    "gateway_dns": _kind,
    "gateway_acme": _kind,
    "gateway_tlsfront": _kind,
    "gateway_controller": _kind,
    "gateway_music": _kind,
    "gateway_trunkfront": _kind,
    "trunks_listen": lambda text: Endpoint.parse(text, 20000),
    "dns_resolvers": lambda text: tuple(Endpoint.parse(word, 53) for word in _words(text)),
    "dns_authoritative_port": int,
    "trusted_proxies": int,
    "tlsfront_http_port": int,
    "tlsfront_connect": lambda text: Endpoint.parse(text, 443),
    "secrets_keys": _keys,
    "var_directory": Path,
}
REQUIRED = ("secret_key", "database_url", "secrets_keys")
REQUIRED_WHEN = {
    "gateway_acme": ("acme_directory_url",),
    "gateway_tlsfront": ("tlsfront_socket", "tlsfront_directory"),
    "gateway_controller": ("controller_socket",),
    "gateway_music": ("music_directory",),
    "gateway_trunkfront": ("trunks_directory",),
}


def read(environ: Mapping[str, str]) -> Environment:
    """Return the settings found in environ; raise BadEnvironment naming every fault."""
    values: dict[str, object] = {}
    faults: list[str] = []
    for name in Environment.__dataclass_fields__:
        text = environ.get(name.upper())
        if text is None:
            continue
        try:
            values[name] = READERS.get(name, str)(text)
        except ValueError as error:
            faults.append(f"{name.upper()}: {error}")
    faults += [f"{name.upper()} is not set" for name in REQUIRED if not values.get(name)]
    for switch, needed in REQUIRED_WHEN.items():
        if values.get(switch) == "live":
            faults += [
                f"{name.upper()} is not set, and {switch.upper()} is live"
                for name in needed
                if not values.get(name)
            ]
    if faults:
        raise BadEnvironment("The environment is not complete:\n  " + "\n  ".join(faults))
    return Environment(**values)  # type: ignore[arg-type]
