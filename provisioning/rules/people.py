"""How far an employee is on the way to a connected Skype client."""

from __future__ import annotations

from enum import StrEnum


class PersonState(StrEnum):
    """The states in the order in which a list shows them: what waits longest first."""

    NO_USER = "no_user"
    INVITED = "invited"
    WAITING = "waiting"
    CONNECTED = "connected"
    NO_SKYPE = "no_skype"


# Who is reminded: the invited get a new invitation, the waiting a mail that leads to the page.
REMINDED = frozenset({PersonState.INVITED, PersonState.WAITING})
