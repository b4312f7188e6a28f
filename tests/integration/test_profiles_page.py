"""The page of ring profiles: what holds, what rings, switching and undoing."""

from __future__ import annotations

import datetime as dt

import pytest

from myfone.tenancy.context import tenant
from telephony.models import FeatureCode, Forward, ProfileChoice, RingProfile
from telephony.services import phones
from telephony.web.profiles import until_time
from tests.cast import Cast, signed_in

AT = dt.datetime(2026, 11, 23, 9, 15, tzinfo=dt.UTC)  # 10.15 in Copenhagen


def mine(cast: Cast) -> dict[str, RingProfile]:
    with tenant(cast.mette.actor):
        return {p.template: p for p in RingProfile.objects.visible_to(cast.mette.actor)}


def test_one_click_switches_and_another_takes_it_back(cast: Cast) -> None:
    assert cast.mette.employee is not None
    with tenant(cast.sara.actor):
        phones.add_mobile(actor=cast.sara.actor, employee=cast.mette.employee, number="+4522334455")
    browser = signed_in(cast.mette)
    browser.cookies["language"] = "en"
    assert "You have no profiles yet" in browser.get("/profiles/").content.decode()
    browser.post("/profiles/begin/")
    browser.post("/profiles/begin/")
    profiles = mine(cast)
    assert len(profiles) == 5
    page = browser.get("/profiles/")
    assert page.context["active"] == profiles["office"].pk
    page = browser.post(f"/profiles/{profiles['off'].public_id}/choose/", {"until": "23.59"}, follow=True)
    shown = page.content.decode()
    assert page.context["active"] == profiles["off"].pk
    assert page.context["choice"].until is not None
    assert "The profile sends it no further" in shown
    assert "Off holds from the next call on, until 23:59." in shown
    page = browser.post(f"/profiles/{profiles['off'].public_id}/choose/", {"until": "soon"}, follow=True)
    assert "Nothing was changed" in page.content.decode()
    page = browser.post("/profiles/undo/", {"choice": page.context["choice"].public_id}, follow=True)
    assert page.context["active"] == profiles["office"].pk
    assert "Something else" in browser.post("/profiles/undo/", follow=True).content.decode()


def test_a_template_that_turns_calls_away_says_so_to_colleagues(live_cast: Cast) -> None:
    cast = live_cast
    browser = signed_in(cast.mette)
    browser.post("/profiles/begin/")
    profiles = mine(cast)
    assert {name: profile.state for name, profile in profiles.items()} == {
        "office": "",
        "move": "",
        "home": "",
        "off": "off",
        "holiday": "off",
    }
    colleague = signed_in(cast.line)
    colleague.cookies["language"] = "en"
    pages = ("/", "/colleagues/")
    before = [colleague.get(path).content.decode().count("Off work") for path in pages]
    browser.post(f"/profiles/{profiles['off'].public_id}/choose/")
    # One's own status is chosen there too.
    assert all(
        colleague.get(path).content.decode().count("Off work") > known
        for path, known in zip(pages, before, strict=True)
    )
    made = browser.post("/profiles/new/", {"template": "holiday", "name": "Ferie"}, follow=True)
    assert made.context["profile"].state == "off"


def test_nobody_switches_a_colleagues_profile(cast: Cast) -> None:
    signed_in(cast.mette).post("/profiles/begin/")
    off = mine(cast)["off"].public_id
    for other in (cast.sara, cast.line, cast.stig):
        assert signed_in(other).post(f"/profiles/{off}/choose/").status_code == 404
    with tenant(cast.mette.actor):
        assert not ProfileChoice.objects.visible_to(cast.mette.actor).exists()


def test_a_forward_that_was_dialled_is_seen_and_stopped_in_the_browser(cast: Cast) -> None:
    with tenant(cast.mette.actor):
        assert cast.mette.employee is not None
        Forward(customer=cast.bixen, employee=cast.mette.employee, number="+4522334455").save()
    browser = signed_in(cast.mette)
    browser.cookies["language"] = "en"
    page = browser.get("/profiles/").content.decode()
    assert "All your calls go to 22" in page.replace("\N{NO-BREAK SPACE}", " "), page
    # A colleague sees nothing of it and stops nothing.
    assert "All your calls go to" not in signed_in(cast.line).get("/profiles/").content.decode()
    signed_in(cast.line).post("/profiles/forward/stop/")
    page = browser.post("/profiles/forward/stop/", follow=True).content.decode()
    assert "no longer forwarded" in page
    assert "All your calls go to" not in page
    assert "not forwarded any more" in browser.post("/profiles/forward/stop/", follow=True).content.decode()


def test_the_codes_that_can_be_dialled_are_listed(cast: Cast) -> None:
    with tenant(cast.sara.actor):
        FeatureCode(customer=cast.bixen, action="forward", digits="55*").save()
        FeatureCode(customer=cast.bixen, action="dnd", digits="7*", is_enabled=False).save()
    browser = signed_in(cast.mette)
    browser.cookies["language"] = "en"
    page = browser.get("/profiles/codes/")
    assert [code.digits for code in page.context["codes"] if code.action in ("forward", "dnd")] == ["55*"]
    assert "Forward my calls" in page.content.decode()


@pytest.mark.parametrize(
    ("typed", "end"),
    [
        ("14:00", dt.datetime(2026, 11, 23, 13, 0, tzinfo=dt.UTC)),
        ("8.30", dt.datetime(2026, 11, 24, 7, 30, tzinfo=dt.UTC)),
        ("2026-11-27T16:00", dt.datetime(2026, 11, 27, 15, 0, tzinfo=dt.UTC)),
        ("25:00", None),
        ("2026-13-40T10:00", None),
        ("later", None),
    ],
)
def test_an_end_is_the_next_such_time(typed: str, end: dt.datetime | None) -> None:
    assert until_time(typed, AT) == end
