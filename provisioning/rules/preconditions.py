"""List what must hold before Skype for Business is ordered (G2), one by one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Precondition(StrEnum):
    """What the guide asks for; the middle two are declared by a person, the others are looked up."""

    PRICE_PLAN = "price_plan"
    OFFICE365 = "office365"
    NO_ON_PREMISE = "no_on_premise"
    MYFONE_USERS = "myfone_users"


DECLARED = frozenset({Precondition.OFFICE365, Precondition.NO_ON_PREMISE})


@dataclass(frozen=True, slots=True)
class Declaration:
    """Who declared something, and when: name as shown, instant in ISO 8601."""

    by: str
    name: str
    at: str


@dataclass(frozen=True, slots=True)
class Check:
    """One precondition: whether it is met, who declared it, and how many employees stand in its way.

    invited counts those who are invited alone: they have not chosen a password yet, which holds nothing up.
    """

    precondition: Precondition
    is_met: bool
    declaration: Declaration | None = None
    missing: int = 0
    invited: int = 0


def check(
    *,
    on_new_price_plan: bool,
    declarations: dict[str, Declaration],
    employees: int,
    without_user: int,
    invited: int = 0,
) -> tuple[Check, ...]:
    """Check every precondition; a customer without employees has nobody to order for."""

    def declared(precondition: Precondition) -> Check:
        found = declarations.get(precondition)
        return Check(precondition, found is not None, found)

    return (
        Check(Precondition.PRICE_PLAN, on_new_price_plan),
        declared(Precondition.OFFICE365),
        declared(Precondition.NO_ON_PREMISE),
        Check(
            Precondition.MYFONE_USERS,
            employees > 0 and without_user == 0,
            missing=without_user,
            invited=invited,
        ),
    )
