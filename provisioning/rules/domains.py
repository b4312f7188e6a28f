"""Read the domain of an order: a name that the customer can own, as DNS carries it (IDNA 2008)."""

from __future__ import annotations

import functools
import ipaddress
import unicodedata
from enum import StrEnum

import idna
from publicsuffixlist import PublicSuffixList

from provisioning.rules.names import Name


class DomainFault(StrEnum):
    """Why a text cannot be the domain of an order."""

    EMPTY = "empty"
    ADDRESS = "address"
    EMAIL = "email"
    MALFORMED = "malformed"
    SINGLE_LABEL = "single_label"
    NOT_PUBLIC = "not_public"
    PUBLIC_SUFFIX = "public_suffix"
    HOST = "host"
    OURS = "ours"
    TOO_LONG = "too_long"


class BadDomain(ValueError):
    """The text cannot be the domain of an order; fault says why, domain what was read."""

    def __init__(self, fault: DomainFault, domain: str = "") -> None:
        super().__init__(f"{fault}: {domain}")
        self.fault = fault
        self.domain = domain


# The records have labels in front of the domain, and the TLS front has a file named after it.
LONGEST = 200
# Where people have private addresses: nobody's company.
SHARED = frozenset(
    f"{name}.{ending}"
    for ending, names in {
        "com": "gmail googlemail outlook hotmail live msn yahoo icloud me mac protonmail gmx telia",
        "dk": "outlook hotmail live yahoo mail jubii sol stofanet ofir webspeed post.tele mail.tele",
        "se": "spray hotmail live yahoo",
        "net": "gmx bredband",
        "me": "proton",
    }.items()
    for name in names.split()
)
# A browser shows these in front of a domain; nobody's addresses end in them.
_HOSTS = ("www", "sip", "lyncdiscover", "autodiscover", "mail", "_sip", "_sipfederationtls")


@functools.cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)


def read_domain(text: str, *, platform_zone: str) -> str:
    """Return the domain in its ASCII form, lower case, without final dot; raise BadDomain.

    Forgives what people paste: spaces, capitals, a final dot, http:// in front and a path behind. Refuses public
    suffixes (nobody owns dk or co.uk), names below our own zone, addresses and host names such as www.
    """
    bare = text.strip().lower()
    if not bare:
        raise BadDomain(DomainFault.EMPTY)
    for scheme in ("https://", "http://"):
        bare = bare.removeprefix(scheme)
    bare = bare.partition("/")[0]
    if "@" in bare:
        raise BadDomain(DomainFault.EMAIL, bare)
    if _is_address(bare):
        raise BadDomain(DomainFault.ADDRESS, bare)
    try:
        domain = idna.encode(bare, uts46=True, std3_rules=True).decode().removesuffix(".").lower()
        name = Name.parse(domain)
    except (idna.IDNAError, ValueError) as error:
        raise BadDomain(DomainFault.MALFORMED, bare) from error
    if len(domain) > LONGEST:
        raise BadDomain(DomainFault.TOO_LONG, domain)
    if len(name.labels) < 2:
        raise BadDomain(DomainFault.SINGLE_LABEL, domain)
    if name.within(Name.parse(platform_zone)):
        raise BadDomain(DomainFault.OURS, domain)
    if _suffixes().publicsuffix(domain) is None:
        raise BadDomain(DomainFault.NOT_PUBLIC, domain)
    if _suffixes().privatesuffix(domain) is None:
        raise BadDomain(DomainFault.PUBLIC_SUFFIX, domain)
    if name.labels[0] in _HOSTS:
        raise BadDomain(DomainFault.HOST, domain)
    return domain


def shown(domain: str) -> str:
    """Return the domain as people write it, with its national letters."""
    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain


def clear(domain: str) -> str:
    """Return the domain as people write it, or as the internet knows it where it could be taken for another."""
    return domain if is_look_alike(domain) else shown(domain)


def is_look_alike(domain: str) -> bool:
    """Tell whether a label of the domain has letters that readers here take for others (Unicode TS 39).

    True where a label mixes scripts, or is written in another one than Latin: Cyrillic а, с, е look like ours.
    """
    return any(_scripts(label) - {"LATIN"} for label in shown(domain).split("."))


def _scripts(label: str) -> set[str]:
    return {unicodedata.name(letter, "?").split()[0] for letter in label if letter.isalpha()}


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True
