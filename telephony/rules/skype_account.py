"""The address of a Skype client, the digest of its password, and its number (G17, G22)."""

from __future__ import annotations

import hashlib
import re

# The switch takes the same letters and no others, deploy/kamailio.cfg.
_PARTS = re.compile(r"(?<![a-z0-9])[a-z]")
_USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._+-]{0,62}[a-z0-9])?")


def normal_username(text: str) -> str:
    """Return a user name as it is kept: without blanks around it and in lower case."""
    return text.strip().lower()


def is_username(username: str) -> bool:
    """Tell whether a user name can stand in a SIP address: a-z, 0-9 and . _ + - inside, at most 64, one a letter.

    Without a letter it would be taken for a local number, and watchers of that number would see its owner.
    """
    has_letter = any(letter.isalpha() for letter in username)
    return has_letter and bool(_USERNAME.fullmatch(username)) and ".." not in username


def suggested_username(email: str) -> str:
    """Return what stands before the @ of somebody's e-mail address, if it can be a user name."""
    name = normal_username(email.partition("@")[0])
    return name if is_username(name) else ""


def ha1(username: str, realm: str, password: str) -> str:
    """Return the digest that stands for the password at the switch: MD5(user:realm:password), RFC 7616 3.4.2."""
    return hashlib.md5(f"{username}:{realm}:{password}".encode(), usedforsecurity=False).hexdigest()


def spellings(username: str, domain: str, *more: str) -> frozenset[str]:
    """Return the ways in which people write a user name, alone and with its domain, but for all in lower case.

    A client sends the name as it was typed, and its digest is made from that. `more` are spellings that its owner
    is known to use; those of other names are left out.
    """
    locals_ = {name.partition("@")[0] for name in more if name}
    locals_ = {name for name in locals_ if name.lower() == username} | _cased(username)
    host, dot, top = domain.rpartition(".")
    domains = _cased(domain) | {written + dot + top for written in _cased(host)}
    whole = {f"{name}@{where}" for name in locals_ for where in domains}
    return frozenset(locals_ | whole) - {username}


def _cased(text: str) -> frozenset[str]:
    """Return a name in lower case, in capitals, and with a capital letter in front, or in front of each part."""
    return frozenset({text, text.upper(), text.capitalize(), _PARTS.sub(lambda m: m[0].upper(), text)})


def line_identity(customer_id: int, local_number: str) -> str:
    """Return "my number": made from the local number, and the same for no two clients of the platform.

    8, the number of digits of the customer's id, that id, and the local number.
    """
    customer = str(customer_id)
    return f"8{len(customer)}{customer}{local_number}"
