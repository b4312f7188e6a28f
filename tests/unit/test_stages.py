"""How far a setup is, and why a stage is not open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from provisioning.rules.stages import Obstacle, Progress, StageName, StageState, current, obstacle, states

ORDERED = Progress(ordered=True, employees=3)
CONTACTS = replace(ORDERED, confirmed=frozenset({"contacts"}))
DEACTIVATED = replace(ORDERED, confirmed=frozenset({"contacts", "deactivation"}))
VERIFIED = replace(DEACTIVATED, dns_verified=True)
LIVE = replace(VERIFIED, live=True)
LINKED = replace(LIVE, linked=3)
CLOSED = replace(LIVE, confirmed=LIVE.confirmed | {"done"})


@pytest.mark.parametrize(
    ("progress", "stage"),
    [
        (Progress(), "order"),
        (ORDERED, "contacts"),
        (CONTACTS, "deactivation"),
        (DEACTIVATED, "dns"),
        (VERIFIED, "users"),
        (LIVE, "users"),
        (LINKED, "done"),
        (CLOSED, "done"),
    ],
)
def test_the_first_stage_that_is_not_done_is_current(progress: Progress, stage: str) -> None:
    assert current(progress) == stage


@pytest.mark.parametrize(
    ("stage", "progress", "reason"),
    [
        ("order", Progress(), None),
        ("contacts", Progress(), Obstacle.NOT_ORDERED),
        ("dns", Progress(), Obstacle.NOT_ORDERED),
        ("deactivation", ORDERED, Obstacle.CONTACTS_UNCONFIRMED),
        ("dns", ORDERED, Obstacle.CONTACTS_UNCONFIRMED),
        ("dns", CONTACTS, Obstacle.DEACTIVATION_UNCONFIRMED),
        ("dns", DEACTIVATED, None),
        ("users", DEACTIVATED, Obstacle.DNS_UNVERIFIED),
        ("users", VERIFIED, Obstacle.NO_CERTIFICATE),
        ("users", LIVE, None),
        ("done", LIVE, Obstacle.USERS_MISSING),
        ("done", LINKED, None),
        ("done", CLOSED, None),
        ("done", replace(LIVE, employees=0), Obstacle.USERS_MISSING),
    ],
)
def test_a_stage_says_why_it_is_not_open(stage: str, progress: Progress, reason: Obstacle | None) -> None:
    assert obstacle(StageName(stage), progress) == reason


def test_reopening_a_stage_closes_what_follows_it() -> None:
    reopened = replace(LINKED, confirmed=frozenset({"deactivation"}))
    assert current(reopened) == "contacts"
    assert list(states(reopened).values()) == [
        StageState.DONE,
        StageState.OPEN,
        StageState.CLOSED,
        StageState.CLOSED,
        StageState.CLOSED,
        StageState.CLOSED,
    ]
