"""Let who is held hear music, and nobody the other."""

from __future__ import annotations

from telephony.controller.calls import Call
from telephony.controller.legs import Leg

HOLDS = 1000  # times that the music is played


def hold(call: Call, me: Leg) -> None:
    """Let the other side hear music, and nobody the other. Raises MediaAway, MediaRefused."""
    other = call.other(me)
    assert other is not None
    call.room.part(me.name, other.name)
    call.room.play(other.name, "waiting", times=HOLDS)
    call.held = call.side_of(me)


def resume(call: Call) -> None:
    """Let both hear each other again. Raises MediaAway, MediaRefused."""
    held = call.sides[call.held]
    assert held is not None
    other = call.other(held)
    assert other is not None
    call.room.hush(other.name)
    call.room.connect(held.name, other.name)
    call.held = ""
