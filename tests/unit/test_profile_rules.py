"""What is wrong with a ring profile, before calls find out."""

from __future__ import annotations

import pytest

from telephony.rules.profiles import Fault, Shape, Step, Target, faults

METTE, SARA, LINE = 1, 2, 3
RINGS = (Step(20, 1),)


def judge(shape: Shape, **others: Shape) -> list[Fault]:
    profiles = {int(name.removeprefix("p")): shape for name, shape in others.items()}
    return faults(shape, profile=10, profiles=profiles, colleagues={METTE: 10, SARA: 20, LINE: 30})


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        (Shape(METTE, RINGS), []),
        (Shape(METTE, RINGS, (Target("no_answer", colleague=SARA),)), []),
        (Shape(METTE, (Step(20, 0),)), [Fault.EMPTY_STEP]),
        (Shape(METTE), [Fault.NOTHING_RINGS]),
        (Shape(METTE, (), (Target("always"),)), []),
        (Shape(METTE, RINGS, (Target("always", number="+4569142424"),)), [Fault.NEVER_REACHED]),
        (Shape(METTE, RINGS, (Target("always", "external", number="+4569142424"),)), []),
        (Shape(METTE, RINGS, (Target("busy", colleague=METTE),)), [Fault.TO_MYSELF]),
        (Shape(METTE, RINGS, (Target("busy", profile=10),)), [Fault.LOOP]),
    ],
)
def test_a_profile_is_judged(shape: Shape, found: list[Fault]) -> None:
    assert judge(shape) == found


def test_a_ring_of_colleagues_is_found_however_long() -> None:
    mine = Shape(METTE, RINGS, (Target("no_answer", colleague=SARA),))
    sara = Shape(SARA, RINGS, (Target("no_answer", colleague=LINE),))
    assert judge(mine, p20=sara, p30=Shape(LINE, RINGS)) == []
    line = Shape(LINE, RINGS, (Target("busy", profile=31),))
    back = Shape(LINE, RINGS, (Target("always", colleague=METTE),))
    assert judge(mine, p20=sara, p30=line, p31=back) == [Fault.LOOP]


def test_a_ring_that_others_have_among_themselves_is_not_ones_own_fault() -> None:
    mine = Shape(METTE, RINGS, (Target("no_answer", colleague=SARA),))
    sara = Shape(SARA, RINGS, (Target("no_answer", colleague=LINE),))
    line = Shape(LINE, RINGS, (Target("no_answer", colleague=SARA),))
    assert judge(mine, p20=sara, p30=line) == []
