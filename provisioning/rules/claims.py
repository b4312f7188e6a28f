"""How long a claim on a domain lasts, and what proves it."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

LASTS = dt.timedelta(days=7)
# The sweep runs once a day, so the warning is between one and two days ahead.
WARNING = dt.timedelta(days=2)
# On a domain that another customer holds the TXT record must stand this long, and its holder is told meanwhile.
STANDS = dt.timedelta(hours=24)
# After so long without a clear second look the move is given up; the claim goes on.
GIVE_UP = dt.timedelta(hours=96)
LOOK_AGAIN = dt.timedelta(minutes=30)


class Need(StrEnum):
    """What a customer has to show for a domain.

    RECORDS: that the four records lead to us, for no other customer ever claimed it. TXT: a TXT record too, because
    records may have been set up by or for somebody else. MOVE: a TXT record that stands for a day, because another
    customer holds the domain or a name above it.
    """

    RECORDS = "records"
    TXT = "txt"
    MOVE = "move"


class Standing(StrEnum):
    """How far a proof has come."""

    PROVEN = "proven"
    LACKS_TXT = "lacks_txt"
    WAITS = "waits"


def standing(need: Need, *, has_txt: bool, txt_since: dt.datetime | None, at: dt.datetime) -> Standing:
    """Judge a look at which all four records were right; txt_since is the first look that saw the TXT record."""
    if need is Need.RECORDS:
        return Standing.PROVEN
    if not has_txt:
        return Standing.LACKS_TXT
    if need is Need.TXT:
        return Standing.PROVEN
    return Standing.PROVEN if txt_since is not None and at >= txt_since + STANDS else Standing.WAITS
