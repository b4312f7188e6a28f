"""The pages of pickup groups (G26)."""

from __future__ import annotations

import re

import pytest

from myfone.tenancy.actor import NotAllowed
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Employee
from telephony.models import PickupGroup, PickupMember
from telephony.services import pickup
from telephony.web.pickup import MOST_FOUND
from tests.cast import Cast, signed_in


def groups(cast: Cast) -> dict[str, set[str]]:
    actor = cast.sara.actor
    with tenant(actor):
        found: dict[str, set[str]] = {row.name: set() for row in PickupGroup.objects.visible_to(actor)}
        for member in PickupMember.objects.visible_to(actor).select_related("group", "employee"):
            found[member.group.name].add(member.employee.name.split()[0])
    return found


def test_a_search_finds_people_and_keeps_who_is_ticked(cast: Cast) -> None:
    browser, actor = signed_in(cast.sara), cast.sara.actor
    browser.cookies["language"] = "en"
    with tenant(actor):
        Employee.objects.bulk_create(
            Employee(customer=cast.bixen, name=f"Aage {place:02}", email=f"aage{place}@it-bixen.dk")
            for place in range(MOST_FOUND)
        )
    assert cast.line.employee is not None
    assert cast.mette.employee is not None
    page = browser.get("/colleagues/pickup/").content.decode()
    assert "There are more." in page
    assert "Mette Hansen" not in page
    sent = {"name": "", "people": [cast.line.employee.pk, cast.stig.employee.pk], "q": "mett", "do": "search"}
    page = browser.post("/colleagues/pickup/", sent).content.decode()
    assert page.count("checked") == 1
    assert "Mette Hansen" in page
    assert "Aage" not in page
    assert "Stig" not in page
    assert "required" not in page.partition('id="people"')[0].partition("errorlist")[2]
    browser.post(
        "/colleagues/pickup/", {"name": "Salg", "people": [cast.line.employee.pk, cast.mette.employee.pk]}
    )
    assert groups(cast) == {"Salg": {"Line", "Mette"}}


def test_an_administrator_makes_changes_and_removes_groups(cast: Cast) -> None:
    browser = signed_in(cast.sara)
    browser.cookies["language"] = "en"
    assert "No pickup groups yet" in browser.get("/colleagues/pickup/").content.decode()
    mette, line = cast.mette.employee, cast.line.employee
    assert mette is not None
    assert line is not None
    sent = {"name": "Salg", "people": [mette.pk, line.pk]}
    page = browser.post("/colleagues/pickup/", sent, follow=True).content.decode()
    assert "Salg is made." in page
    assert "by dialling 88*." in page
    assert groups(cast) == {"Salg": {"Mette", "Line"}}
    again = browser.post("/colleagues/pickup/", sent)
    assert again.status_code == 422
    assert "already" in again.content.decode()
    with tenant(cast.sara.actor):
        row = PickupGroup.objects.visible_to(cast.sara.actor).get()
    here = f"/colleagues/pickup/{row.public_id}/"
    assert browser.get(here).content.decode().count("checked") == 2
    seen = browser.get(here).context["form"]["seen"].value()
    browser.post(here, {"name": "Lager", "seen": seen, "people": [mette.pk, cast.stig.employee.pk]})
    assert groups(cast) == {"Salg": {"Mette", "Line"}}
    for _ in range(2):
        saved = browser.post(here, {"name": "Lager", "seen": seen, "people": [mette.pk]})
        assert saved.status_code == 302
        assert groups(cast) == {"Lager": {"Mette"}}
    # Somebody else opened it before that: they are told what it is now, and save again if theirs is to stand.
    theirs = {"name": "Lager", "people": [mette.pk, line.pk, cast.sara.employee.pk]}
    told = browser.post(here, {**theirs, "seen": seen})
    assert told.status_code == 422
    assert "Somebody else has saved this group since you opened it" in told.content.decode()
    assert "Now it is called Lager, with Mette Hansen" in told.content.decode()
    assert groups(cast) == {"Lager": {"Mette"}}
    now = re.findall(r'name="seen" value="([^"]*)"', told.content.decode())
    assert browser.post(here, {**theirs, "seen": now[0]}).status_code == 302
    assert groups(cast) == {"Lager": {"Mette", "Line", "Sara"}}
    for other in (cast.mette, cast.peter, cast.stig):
        assert signed_in(other).get(here).status_code == 404
    with tenant(cast.mette.actor), pytest.raises(NotAllowed):
        pickup.remove_group(actor=cast.mette.actor, group=row)
    browser.post(here, {"remove": "1"})
    assert groups(cast) == {}
    assert browser.post(here, {"remove": "1"}).status_code == 404
