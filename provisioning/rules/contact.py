"""Read the name of somebody who gets our mail: it becomes text of a message, and nothing else."""

from __future__ import annotations

import unicodedata

LONGEST_NAME = 80
# What turns a greeting into an advertisement in a mail that we send in somebody's name.
_LINKS = ("://", "www.", "http:", "https:", "@", "<", ">")


class BadContactName(ValueError):
    """The text is not the name of a person: code is empty, too_long, control or link."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_contact_name(text: str) -> str:
    """Return the name with single spaces; raise BadContactName.

    Line breaks and other control characters are refused, not folded: they come from no keyboard.
    """
    stripped = text.strip()
    if any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn") for char in stripped):
        raise BadContactName("control")
    name = " ".join(stripped.split())
    if not name:
        raise BadContactName("empty")
    if len(name) > LONGEST_NAME:
        raise BadContactName("too_long")
    if any(mark in name.lower() for mark in _LINKS):
        raise BadContactName("link")
    return name
