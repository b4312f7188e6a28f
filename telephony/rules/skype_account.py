"""The address of a Skype client, the digest of its password, and its number (G17, G22)."""

from __future__ import annotations

import hashlib
import re

# The switch takes the same letters and no others, deploy/kamailio.cfg.
_USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._+-]{0,62}[a-z0-9])?")


def normal_username(text: str) -> str:
    """Return a user name as it is kept: without blanks around it and in lower case."""
    return text.strip().lower()


def is_username(username: str) -> bool:
    """Tell whether a user name can stand in a SIP address: a-z, 0-9 and . _ + - inside, at most 64."""
    return bool(_USERNAME.fullmatch(username)) and ".." not in username


def suggested_username(email: str) -> str:
    """Return what stands before the @ of somebody's e-mail address, if it can be a user name."""
    name = normal_username(email.partition("@")[0])
    return name if is_username(name) else ""


def ha1(username: str, realm: str, password: str) -> str:
    """Return the digest that stands for the password at the switch: MD5(user:realm:password), RFC 7616 3.4.2."""
    return hashlib.md5(f"{username}:{realm}:{password}".encode(), usedforsecurity=False).hexdigest()


def line_identity(customer_id: int, local_number: str) -> str:
    """Return "my number": made from the local number, and the same for no two clients of the platform.

    8, the number of digits of the customer's id, that id, and the local number.
    """
    customer = str(customer_id)
    return f"8{len(customer)}{customer}{local_number}"
