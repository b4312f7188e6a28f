"""Hold what codes a company wishes for against each other (G29)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

CODE = r"^[0-9]{1,3}[*]$"


@dataclass(frozen=True)
class Wish:
    """What an action's code shall be."""

    digits: str
    is_enabled: bool


class Fault(StrEnum):
    """Why a code cannot be as it was wished for."""

    NOT_A_CODE = "not_a_code"
    TAKEN = "taken"


def typed(text: str) -> str:
    """Return the code that somebody means: the star at its end may be left out."""
    digits = text.strip()
    return digits if digits.endswith("*") else f"{digits}*"


def faults(wishes: Mapping[str, Wish], defaults: Mapping[str, Wish]) -> dict[str, Fault]:
    """Return what is wrong with wishes, by action; an action that is not wished for is as the provider has it.

    Local numbers have no star, so a code can hide another code alone. Of two with one code, the one that was asked for
    is to blame, not the provider's.
    """
    found = {
        action: Fault.NOT_A_CODE
        for action, wish in wishes.items()
        if action in defaults and not re.fullmatch(CODE, wish.digits)
    }
    becomes = {action: wishes.get(action, wish) for action, wish in defaults.items()}
    enabled = [(action, wish.digits) for action, wish in becomes.items() if wish.is_enabled]
    for action, digits in enabled:
        if action in wishes and any(other != action and digits == theirs for other, theirs in enabled):
            found.setdefault(action, Fault.TAKEN)
    return found
