"""The page of the weekly schedule: what is typed is kept, what would not work is told, two people see each other."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from myfone.kernel import clock, jobs
from myfone.tenancy.context import tenant
from telephony.jobs import HOLIDAYS, renew_holidays
from telephony.models import ProfileChoice, PublicHoliday, RingProfile, RingSchedule, ScheduleException
from telephony.services import profiles
from tests.cast import Cast, signed_in

PAGE = "/profiles/schedule/"


@pytest.fixture
def mine(cast: Cast) -> dict[str, int]:
    actor = cast.mette.actor
    with tenant(actor):
        assert cast.mette.employee is not None
        profiles.create_templates(actor=actor, employee=cast.mette.employee)
        return {row.template: row.pk for row in RingProfile.objects.visible_to(actor)}


@pytest.fixture
def browser(cast: Cast) -> Client:
    client = signed_in(cast.mette)
    client.cookies["language"] = "en"
    return client


def week(
    mine: dict[str, int], *lines: tuple[str, str, str], version: int = 0, **values: Any
) -> dict[str, Any]:
    typed: dict[str, Any] = {
        "do": "save", "version": version, "lines": len(lines), "otherwise": mine["off"], "country": "DK",
        "holiday": mine["holiday"],
    }  # fmt: skip
    for place, (days, begins, ends) in enumerate(lines):
        typed |= {
            f"line-{place}-day": list(days),
            f"line-{place}-begins": begins,
            f"line-{place}-ends": ends,
            f"line-{place}-profile": mine["office"],
        }
    return typed | values


def test_an_empty_page_teaches_and_a_beginning_is_saved_as_it_stands(
    cast: Cast, browser: Client, mine: dict[str, int]
) -> None:
    page = browser.get(PAGE).content.decode()
    assert "Let the week choose for you" in page
    page = browser.get(PAGE, {"begin": "office"}).content.decode()
    assert "Not saved yet" in page
    assert page.count("08:00–16:00 Office") == 5
    assert "Off and Holiday turns all your calls away" in page
    assert "Days that are different" in page
    away = week(mine, do="show", otherwise=mine["holiday"], country="")
    assert "Holiday begins as soon as you save" in browser.post(PAGE, away).content.decode()
    with tenant(cast.mette.actor):
        assert not RingSchedule.objects.visible_to(cast.mette.actor).exists()
    saved = browser.post(PAGE, week(mine, ("12345", "08:00", "16:00")), follow=True).content.decode()
    assert "by your weekly schedule." in browser.get("/").content.decode()
    assert "The schedule holds from the next call on" in saved
    assert "Coming public holidays" in saved
    # A night is one line, as it was typed.
    night = browser.post(PAGE, week(mine, ("12", "22:00", "06:00"), version=1), follow=True).content.decode()
    assert night.count("22:00–24:00 Office") == 2
    assert 'name="lines" value="1"' in night
    assert 'value="22:00"' in night


def test_what_does_not_fit_together_is_told_and_nothing_is_saved(
    cast: Cast, browser: Client, mine: dict[str, int]
) -> None:
    overlap = browser.post(PAGE, week(mine, ("12345", "08:00", "16:00"), ("5", "15:00", "17:00")))
    assert overlap.status_code == 422
    assert "Two lines both want 15:00–16:00 on Fri" in overlap.content.decode()
    unread = browser.post(PAGE, week(mine, ("12345", "08:00", "25:00"), ("", "9", "9")))
    assert unread.status_code == 422
    assert "“25:00” is no time" in unread.content.decode()
    assert 'value="25:00"' in unread.content.decode()
    nothing = browser.post(PAGE, week(mine, ("", "09:00", "10:00"), ("1", "9", "9.00"))).content.decode()
    assert "Line 1 has no days" in nothing
    assert "Line 2 ends when it begins" in nothing
    gap = browser.post(PAGE, week(mine, ("1", "8", "12"), ("1", "12:30", "16:00")) | {"do": "show"})
    assert "Between 12:00 and 12:30 on Mon no line counts" in gap.content.decode()
    assert browser.post(PAGE, week(mine, country="XX")).status_code == 422
    with tenant(cast.mette.actor):
        assert not RingSchedule.objects.visible_to(cast.mette.actor).exists()


def test_lines_come_and_go_without_saving(browser: Client, mine: dict[str, int]) -> None:
    typed = week(mine, ("12345", "08:00", "16:00"))
    more = browser.post(PAGE, typed | {"do": "add"}).content.decode()
    assert 'name="lines" value="2"' in more
    assert 'name="lines" value="0"' in browser.post(PAGE, typed | {"do": "remove:0"}).content.decode()


def test_the_second_to_save_sees_both(browser: Client, mine: dict[str, int]) -> None:
    browser.post(PAGE, week(mine, ("12345", "08:00", "16:00")))
    late = browser.post(PAGE, week(mine, ("12345", "09:00", "17:00")))
    assert late.status_code == 409
    assert "Mon–Fri 08:00–16:00" in late.content.decode()
    assert "Mon–Fri 09:00–17:00" in late.content.decode()
    page = browser.post(PAGE, week(mine, ("12345", "09:00", "17:00"), version=1), follow=True)
    assert "09:00–17:00 Office" in page.content.decode()


def test_days_that_are_different_are_added_and_removed(
    cast: Cast, browser: Client, mine: dict[str, int]
) -> None:
    days = {
        "name": "Vacation",
        "first_day": "2130-07-01",
        "last_day": "2130-07-14",
        "profile": mine["holiday"],
    }
    assert "Make your week first" in browser.post(f"{PAGE}days/", days, follow=True).content.decode()
    browser.post(PAGE, week(mine, ("12345", "08:00", "16:00")))
    assert "1 Jul 2130 – 14 Jul 2130" in browser.post(f"{PAGE}days/", days, follow=True).content.decode()
    again = browser.post(f"{PAGE}days/", days | {"name": "More", "first_day": "2130-07-10"})
    assert again.status_code == 422
    assert "“Vacation” stands for some of these days already" in again.content.decode()
    assert "Choose the first day" in browser.post(f"{PAGE}days/", {}).content.decode()
    with tenant(cast.mette.actor):
        (row,) = ScheduleException.objects.visible_to(cast.mette.actor)
    for other in (cast.line, cast.stig):
        assert signed_in(other).post(f"{PAGE}days/{row.public_id}/remove/").status_code == 404
    page = browser.post(f"{PAGE}days/{row.public_id}/remove/", follow=True).content.decode()
    assert "The week counts on those days" in page
    browser.post(f"{PAGE}remove/")
    assert "Let the week choose for you" in browser.get(PAGE).content.decode()


def test_the_profiles_page_says_what_steers_it_and_shows_another_time(
    cast: Cast, browser: Client, mine: dict[str, int]
) -> None:
    browser.post(
        PAGE, week(mine, ("1234567", "00:00", "12:00"), ("1234567", "12:00", "00:00"), holiday="", country="")
    )
    page = browser.get("/profiles/").content.decode()
    assert "by the weekly schedule" in page
    browser.post(PAGE, week(mine, ("12345", "08:00", "16:00"), version=1, country=""))
    for typed, name in (("2026-11-23T15:59", "Office"), ("2026-11-23T16:00", "Off")):
        page = browser.get("/profiles/", {"at": typed})
        assert page.context["when_profile"].pk == mine[name.lower()]
    assert "What happens" in page.content.decode()
    for odd in ("soon", "9999-12-31T23:59", "0001-01-01T00:00"):
        assert browser.get("/profiles/", {"at": odd}).context["when"] is None
    with tenant(cast.mette.actor):
        home = RingProfile.objects.visible_to(cast.mette.actor).get(template="home")
    page = browser.post(f"/profiles/{home.public_id}/choose/", follow=True).content.decode()
    assert re.search(r"until [^<]+, then Off", page)
    with tenant(cast.mette.actor):
        (choice,) = ProfileChoice.objects.visible_to(cast.mette.actor)
        assert choice.follows_schedule


def test_the_night_mends_the_holidays_that_somebody_asked_for(browser: Client, mine: dict[str, int]) -> None:
    browser.post(PAGE, week(mine, ("12345", "08:00", "16:00"), country="SE"))
    PublicHoliday.objects.filter(day__year__gte=clock.now().year + 1).delete()
    row = jobs.enqueue(HOLIDAYS, key="tonight")
    renew_holidays(row)
    assert PublicHoliday.objects.filter(country="SE", day__year=clock.now().year + 3).exists()
    assert not PublicHoliday.objects.exclude(country="SE").exists()
