"""What is wrong with a ring profile, before calls find out."""

from __future__ import annotations

import pytest

from telephony.rules.profiles import Fault, Finding, Shape, Step, Target, faults

METTE, SARA, LINE, LARS = 1, 2, 3, 4
RINGS = (Step(20, 1),)
EVERY_CALLER = ("everybody", "internal", "external")


def judge(shape: Shape, **others: Shape) -> list[Fault]:
    profiles = {int(name.removeprefix("p")): shape for name, shape in others.items()}
    found = faults(
        shape,
        profile=10,
        profiles=profiles,
        colleagues={METTE: {10}, SARA: {20}, LINE: {30}},
        unreachable=[LARS],
    )
    return [finding.fault for finding in found]


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
        (Shape(METTE, RINGS, (Target("busy", colleague=LARS),)), [Fault.DEAD_END]),
        (Shape(METTE, (), (Target("always"), Target("busy"))), [Fault.TARGET_UNUSED]),
        (Shape(METTE, (), (Target("offline"), Target("busy"))), [Fault.TARGET_UNUSED]),
        (Shape(METTE, (), (Target("offline"), Target("busy")), busy_in_call=True), []),
        (
            Shape(METTE, RINGS, tuple(Target("busy", callers) for callers in EVERY_CALLER)),
            [Fault.TARGET_UNUSED],
        ),
        (
            Shape(METTE, RINGS, tuple(Target("always", callers) for callers in EVERY_CALLER[1:])),
            [Fault.NEVER_REACHED],
        ),
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


def test_a_finding_says_where() -> None:
    target = Target("no_answer", colleague=SARA)
    shape = Shape(METTE, (Step(20, 1), Step(5, 0)), (Target("busy"), target))
    back = Shape(SARA, RINGS, (Target("busy", profile=10),))
    found = faults(shape, profile=10, profiles={20: back}, colleagues={SARA: {20}})
    assert found == [Finding(Fault.EMPTY_STEP, step=2), Finding(Fault.LOOP, target=target)]


def test_a_queue_that_leads_back_is_found_through_others_too() -> None:
    sales, service = 7, 8
    queues = {sales: {SARA}, service: {METTE}}
    mine = Shape(METTE, RINGS, (Target("no_answer", queue=sales),))
    held = {METTE: {11}, SARA: {20, 21}}

    def judged(shape: Shape, **others: Shape) -> list[Fault]:
        profiles = {int(name.removeprefix("p")): other for name, other in others.items()}
        found = faults(shape, profile=10, profiles=profiles, colleagues=held, queues=queues)
        return [finding.fault for finding in found]

    assert judged(mine) == []
    assert judged(Shape(METTE, RINGS, (Target("busy", queue=service),))) == [Fault.LOOP]
    # Whichever of her profiles her week chooses, one of them sends calls on to where they come back.
    back = Shape(SARA, RINGS, (Target("always", queue=service),))
    assert judged(mine, p20=Shape(SARA, RINGS), p21=back) == [Fault.LOOP]
    assert judged(Shape(METTE, (), (Target("always", queue=sales),))) == []
