"""The rule for the password of a Skype client (G18), condition by condition, and passwords that obey it.

The portal's own sign-in has another rule: this one is the guide's, and holds for the client's password alone.
"""

from __future__ import annotations

import datetime as dt
import secrets
import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum

SHORTEST = 8
LONGEST = 64
# Shorter names are contained in too many words to be told apart from chance.
SHORTEST_NAME = 3
GENERATED_LENGTH = 20
# How long a password that was mailed works: a mailbox is read by more people, and for longer, than one thinks (G19).
DEFAULT_CODE_DAYS = 7
LONGEST_CODE_DAYS = 30
REMIND_BEFORE = dt.timedelta(days=1)
# Without the letters and digits that are mistaken for each other when read from a screen: I l 1 O 0.
_LOWER = "abcdefghijkmnopqrstuvwxyz"
_UPPER = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_DIGITS = "23456789"
_SPECIAL = "!#%&*+-=?@_"


class Condition(StrEnum):
    """What a password must fulfil; the page ticks them off by these names."""

    LENGTH = "length"
    DIGIT = "digit"
    LOWER = "lower"
    UPPER = "upper"
    NO_USERNAME = "no_username"
    NOT_COMMON = "not_common"


@dataclass(frozen=True)
class Finding:
    """Whether a password fulfils one condition."""

    condition: Condition
    met: bool


def judge(password: str, *, username: str = "", common: Container[str] = ()) -> tuple[Finding, ...]:
    """Return a finding for each condition, in the order in which the page shows them.

    `common` holds passwords that everybody tries first, in lower case.
    """
    folded = _folded(password)
    name = _folded(username.partition("@")[0])
    met = {
        Condition.LENGTH: SHORTEST <= len(password) <= LONGEST,
        Condition.DIGIT: any(letter.isdigit() for letter in password),
        Condition.LOWER: any(letter.islower() for letter in password),
        Condition.UPPER: any(letter.isupper() for letter in password),
        Condition.NO_USERNAME: len(name) < SHORTEST_NAME or name not in folded,
        Condition.NOT_COMMON: bool(password) and folded not in common,
    }
    return tuple(Finding(condition, met[condition]) for condition in Condition)


def failures(password: str, *, username: str = "", common: Container[str] = ()) -> tuple[Condition, ...]:
    """Return the conditions that a password does not fulfil; none means that it may be used."""
    return tuple(
        finding.condition for finding in judge(password, username=username, common=common) if not finding.met
    )


def generate(username: str = "") -> str:
    """Return a random password that fulfils every condition and contains special characters (G19)."""
    alphabet = _LOWER + _UPPER + _DIGITS + _SPECIAL
    while True:
        password = "".join(secrets.choice(alphabet) for _ in range(GENERATED_LENGTH))
        if not failures(password, username=username) and sum(letter in _SPECIAL for letter in password) > 1:
            return password


def lapse(at: dt.datetime, days: int | None) -> dt.datetime | None:
    """Return until when a password works that is mailed at this instant; None: until another replaces it."""
    return None if days is None else at + dt.timedelta(days=days)


def reminder(at: dt.datetime, lapses_at: dt.datetime | None) -> dt.datetime | None:
    """Return when to remind of choosing one's own: a day before, unless the mail itself has just said it."""
    if lapses_at is None or lapses_at - REMIND_BEFORE <= at:
        return None
    return lapses_at - REMIND_BEFORE


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
