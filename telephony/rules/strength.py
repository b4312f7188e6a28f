"""Say how long a password would hold out against guessing: an estimate to learn from, not a condition.

static/js/skype-password.js estimates by the same rule while one types; a test holds the two together.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Container
from enum import IntEnum

# Letters beyond these three classes and the digits: signs, blanks, and what is not in a-z.
_OTHERS = 33
# A repeated character, or the next of a row such as abc or 321, adds little.
_PREDICTABLE = 0.25


class Strength(IntEnum):
    """How strong a password is, as the meter shows it."""

    WEAK = 1
    FAIR = 2
    GOOD = 3
    STRONG = 4


# Bits from which on a password is fair, good, strong. A digest that leaks is tried 10^11 times a second on one card:
# 50 bits hold for hours, 60 for months, 75 for longer than anybody waits.
_STEPS = ((75.0, Strength.STRONG), (60.0, Strength.GOOD), (45.0, Strength.FAIR))


def bits(password: str, *, username: str = "") -> float:
    """Return the logarithm of how many guesses the characters allow; the user name inside counts as one."""
    text = unicodedata.normalize("NFKC", password)
    name = unicodedata.normalize("NFKC", username.partition("@")[0]).lower()
    if len(name) >= 3:
        text = text.lower().replace(name, "\0") if name in text.lower() else text
    pool = (
        26 * any("a" <= letter <= "z" for letter in text)
        + 26 * any("A" <= letter <= "Z" for letter in text)
        + 10 * any("0" <= letter <= "9" for letter in text)
        + _OTHERS * any(not (letter.isascii() and letter.isalnum()) for letter in text)
    )
    length, before, step = 0.0, 0, 99
    for letter in text:
        here = ord(letter)
        move = here - before
        length += _PREDICTABLE if move == 0 or (abs(move) == 1 and move == step) else 1.0
        before, step = here, move
    return length * math.log2(pool) if pool else 0.0


def strength(password: str, *, username: str = "", common: Container[str] = ()) -> Strength:
    """Return how strong a password is; one that everybody tries is weak with digits and signs around it too."""
    core = password.casefold().strip("0123456789!?.,-_*# ")
    if core in common or password.casefold() in common:
        return Strength.WEAK
    found = bits(password, username=username)
    return next((level for least, level in _STEPS if found >= least), Strength.WEAK)
