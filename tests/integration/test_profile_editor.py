"""The editor of a ring profile: what is typed is kept, what would not work is told, two people see each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from telephony.models import CallPolicy, Extension, ProfileChoice, RingMember, RingProfile, RingTarget
from telephony.rules.profiles import Draft, Target
from telephony.services import blocking, phones, profiles
from tests.cast import Cast, signed_in

Fill = Callable[..., dict[str, Any]]


@pytest.fixture
def office(cast: Cast) -> RingProfile:
    """Mette's profile "Office", which rings her mobile."""
    with tenant(cast.sara.actor):
        for person, number in ((cast.mette, "203"), (cast.line, "205"), (cast.sara, "201")):
            Extension(customer=cast.bixen, number=number, employee=person.employee).save()
            assert person.employee is not None
            phones.add_mobile(
                actor=cast.sara.actor, employee=person.employee, number="+45223344" + number[1:]
            )
        for person in (cast.mette, cast.line):
            assert person.employee is not None
            profiles.create_templates(actor=person.actor, employee=person.employee)
    with tenant(cast.mette.actor):
        return RingProfile.objects.visible_to(cast.mette.actor).get(template="office")


@pytest.fixture
def browser(cast: Cast) -> Client:
    client = signed_in(cast.mette)
    client.cookies["language"] = "en"
    return client


def at(profile: RingProfile) -> str:
    return f"/profiles/{profile.public_id}/"


def mobile(profile: RingProfile) -> int:
    (row,) = RingMember.objects.visible_to(profiles.Actor.system(profile.customer_id)).filter(
        step__profile=profile
    )[:1]
    return row.phone_id or 0


def read_again(profile: RingProfile) -> None:
    with tenant(profiles.Actor.system(profile.customer_id)):
        profile.refresh_from_db()


def filled(profile: RingProfile, **changes: Any) -> dict[str, Any]:
    with tenant(profiles.Actor.system(profile.customer_id)):
        phone = mobile(profile)
    return {
        "do": "save",
        "version": 1,
        "steps": 1,
        "step-0-seconds": "15",
        "step-0-phone": phone,
        **changes,
    }


def test_what_is_saved_is_shown_again_and_rings(cast: Cast, office: RingProfile, browser: Client) -> None:
    form = filled(
        office,
        **{
            "name": "Kontoret",
            "steps": 2,
            "step-1-seconds": "20",
            "step-1-other": ["Sara Abildgaard (201)", "22 33 44 99", ""],
            "target-no_answer-everybody": "to",
            "target-no_answer-everybody-to": "205",
            "target-busy-internal": "end",
            "state": "busy",
            "note": "På kontoret",
            "ends_at": "16.00",
            "is_busy_in_call": "1",
        },
    )
    page = browser.post(at(office), form, follow=True)
    shown = page.content.decode()
    assert "Saved. It holds" in shown
    typed = page.context["typed"]
    assert [step.seconds for step in typed.steps] == ["15", "20"]
    assert sorted(typed.steps[1].others) == ["22 33 44 99", "Sara Abildgaard (201)"]
    assert 'value="Line Mark (205)"' in shown
    assert (typed.name, typed.state, typed.ends_at, typed.is_busy_in_call) == (
        "Kontoret",
        "busy",
        "16:00",
        True,
    )
    read_again(office)
    assert (office.version, str(office)) == (2, "Kontoret")
    today = browser.get("/").content.decode()
    assert "Set by your ring profile, while it holds" in today
    assert "The ring profile says: På kontoret" in today
    with tenant(cast.mette.actor):
        at_noon = dt.datetime(2026, 11, 23, 11, tzinfo=dt.UTC)
        choice = profiles.choose(actor=cast.mette.actor, profile=office, until=None, at=at_noon)
        assert choice.until == dt.datetime(2026, 11, 23, 15, tzinfo=dt.UTC)


def test_a_number_without_a_country_code_is_one_of_the_companys_own_country(
    cast: Cast, office: RingProfile, browser: Client
) -> None:
    with tenant(cast.jonas.actor):
        CallPolicy(customer=cast.bixen, country="NO").save()
    with tenant(cast.mette.actor):
        blocked = blocking.block(actor=cast.mette.actor, number="22 33 44 56")
        assert blocked.number == "+4722334456"
    browser.post(at(office), filled(office, **{"step-0-other": "22 33 44 55"}))
    with tenant(cast.mette.actor):
        numbers = (
            RingMember.objects.visible_to(cast.mette.actor).filter(step__profile=office).exclude(number="")
        )
        assert list(numbers.values_list("number", flat=True)) == ["+4722334455"]
    assert browser.get(at(office)).context["typed"].steps[0].others == ["22 33 44 55"]


def test_steps_are_added_moved_and_removed_without_saving(office: RingProfile, browser: Client) -> None:
    form = filled(office, do="add", note="kept")
    typed = browser.post(at(office), form).context["typed"]
    assert ([step.seconds for step in typed.steps], typed.note) == (["15", "20"], "kept")
    two = filled(office, **{"steps": 2, "step-1-seconds": "9", "step-1-other": "nobody at all"})
    for wanted, seconds in (("up:1", ["9", "15"]), ("down:0", ["9", "15"]), ("remove:0", ["9"])):
        page = browser.post(at(office), {**two, "do": wanted})
        assert [step.seconds for step in page.context["typed"].steps] == seconds
        assert "Not saved yet" in page.content.decode()
    read_again(office)
    assert office.version == 1


def test_the_number_that_is_shown_is_saved(cast: Cast, office: RingProfile, browser: Client) -> None:
    with tenant(cast.sara.actor) as actor:
        own = Extension.objects.visible_to(actor).get(number="203")
        shown = phones.add_ddi(actor=actor, extension=own, number="69142403")
    assert browser.post(at(office), filled(office, outgoing=shown.pk)).status_code == 302
    read_again(office)
    assert office.outgoing_id == shown.pk


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"step-0-seconds": "900"}, "A step rings for 3 to 120 seconds"),
        ({"step-0-other": "Bodil fra bageriet"}, "“Bodil fra bageriet” is neither"),
        ({"step-0-other": "112"}, "“112” is neither"),
        ({"target-busy-everybody": "to"}, "Write a colleague"),
        ({"target-busy-everybody": "profile:999999"}, "deleted meanwhile"),
        ({"ends_at": "noon"}, "Write the end as a time"),
        ({"note": "x" * 201}, "The note is too long"),
        ({"name": "x" * 41}, "The name is too long"),
        ({"state": "asleep"}, "Choose a status"),
        ({"outgoing": "999999"}, "not yours to show"),
        ({"steps": 2, "step-1-seconds": "20"}, "Step 2 rings nobody"),
        ({"steps": 0}, "Nothing rings, and calls go nowhere"),
        ({"target-busy-everybody": "to", "target-busy-everybody-to": "203"}, "sends calls to yourself"),
    ],
)
def test_what_cannot_be_is_told_and_what_was_typed_stays(
    office: RingProfile, browser: Client, changes: dict[str, Any], told: str
) -> None:
    page = browser.post(at(office), filled(office, **{"note": "my note", **changes}))
    assert page.status_code == 422
    assert told in page.content.decode().replace("&#x27;", "'")
    typed = page.context["typed"]
    assert typed.note == changes.get("note", "my note")
    if "step-0-other" in changes:
        assert typed.steps[0].others == [changes["step-0-other"]]
    read_again(office)
    assert office.version == 1


def test_a_ring_that_leads_back_is_named(cast: Cast, office: RingProfile, browser: Client) -> None:
    """Mette may not see what Line's profiles do; that they lead back to hers she is told."""
    with tenant(cast.line.actor):
        hers = RingProfile.objects.visible_to(cast.line.actor).get(template="office")
        assert cast.mette.employee is not None
        back = Draft(targets=(Target("always", colleague=cast.mette.employee.pk),))
        profiles.save(actor=cast.line.actor, profile=hers, version=1, draft=back)
    to_line = {"target-no_answer-everybody": "to", "target-no_answer-everybody-to": "Line Mark (205)"}
    page = browser.post(at(office), filled(office, **to_line))
    assert page.status_code == 422
    assert "“Nobody answers” goes to Line Mark (205), and from there calls come back" in page.content.decode()


def test_the_second_to_save_sees_both_and_decides(cast: Cast, office: RingProfile, browser: Client) -> None:
    browser.post(at(office), filled(office, note="the first"))
    page = browser.post(at(office), filled(office, note="the second", **{"step-0-seconds": "33"}))
    shown = page.content.decode()
    assert page.status_code == 409
    assert "Somebody has saved this profile" in shown
    assert ("Note", "the first") in page.context["both"]["theirs"]
    assert ("Note", "the second") in page.context["both"]["mine"]
    assert page.context["typed"].steps[0].seconds == "33"
    again = filled(office, note="the second", version=page.context["typed"].version)
    browser.post(at(office), again)
    read_again(office)
    assert (office.note, office.version) == ("the second", 3)


def test_the_story_beside_is_of_what_is_typed_and_changes_nothing(
    office: RingProfile, browser: Client
) -> None:
    page = browser.post(at(office), filled(office, **{"do": "", "step-0-seconds": "77"}))
    assert [ringing.why for ringing in page.context["told"].unanswered] == ["offline"]
    going = {"target-always-everybody": "end"}
    page = browser.post(at(office), filled(office, **{"do": "", **going}))
    assert [ringing.why for ringing in page.context["told"].unanswered] == ["ended_by_profile"]
    assert "The steps never ring" in page.content.decode()
    with tenant(profiles.Actor.system(office.customer_id)) as system:
        assert not RingTarget.objects.visible_to(system).filter(profile=office).exists()


def test_a_colleague_without_a_phone_is_said_as_soon_as_they_are_named(
    cast: Cast, office: RingProfile, browser: Client
) -> None:
    assert cast.peter.employee is not None
    with tenant(cast.sara.actor):
        Extension(customer=cast.bixen, number="202", employee=cast.peter.employee).save()
    name = cast.peter.employee.name
    said = f"Step 1 names {name} (202), who has no phone: nothing rings there."
    page = browser.post(at(office), filled(office, **{"do": "", "step-0-other": name})).content.decode()
    assert page.count(said) == 1
    assert "No dead ends" not in page
    page = browser.post(
        at(office), filled(office, **{"do": "", "step-0-other": "Line Mark"})
    ).content.decode()
    assert "who has no phone" not in page
    going = {"target-no_answer-everybody": "to", "target-no_answer-everybody-to": name}
    page = browser.post(at(office), filled(office, **{"do": "", **going})).content.decode()
    assert f"goes to {name} (202), who has no phone" in page
    # Without scripts it is told when it is saved.
    saved = browser.post(at(office), filled(office, **{"step-0-other": name}), follow=True)
    assert said in saved.content.decode()


def test_each_look_says_whose_phone_is_missing_and_what_never_rings(
    cast: Cast, office: RingProfile, browser: Client
) -> None:
    good = "No dead ends"
    to_line = {"target-always-everybody": "to", "target-always-everybody-to": "Line Mark"}
    assert browser.post(at(office), filled(office, **to_line)).status_code == 302
    saved = browser.get(at(office)).content.decode()
    assert 'Some of what was chosen never applies. <a href="#noticed">See what and why</a>.' in saved
    assert 'id="noticed"' in saved
    for _ in range(2):
        page = browser.get(at(office))
        shown = page.content.decode()
        (end,) = page.context["told"].unanswered
        assert (end.why, end.colleague) == ("offline", "Line Mark")
        assert "Line Mark&nbsp;· No phone is signed in" in shown
        assert shown.count("The steps never ring") == 1
        assert good not in shown
    away = filled(office, **to_line)
    for name in [name for name in away if name.startswith("step-")]:
        del away[name]
    read_again(office)
    browser.post(at(office), {**away, "steps": 0, "version": office.version})
    shown = browser.get(at(office)).content.decode()
    assert "The steps never ring" not in shown
    assert "Line Mark&nbsp;· No phone is signed in" in shown
    assert good not in shown


def test_profiles_are_made_renamed_and_deleted(cast: Cast, office: RingProfile, browser: Client) -> None:
    page = browser.post("/profiles/new/", {"template": "move", "name": "Messe"}, follow=True)
    made = page.context["profile"]
    assert (str(made), made.template) == ("Messe", "")
    page = browser.post(at(made), filled(office, name=""))
    assert "Give the profile a name" in page.content.decode()
    browser.post(at(made), filled(office, name="Messen"))
    # The name of a template stands in its field, and stays the template's when it is sent as it stood.
    assert 'value="Office" maxlength="40"' in browser.get(at(office)).content.decode()
    browser.post(at(office), filled(office, **{"target-busy-everybody": f"profile:{made.pk}"}))
    page = browser.get(f"{at(made)}delete/")
    assert "Office sends calls to this profile" in page.content.decode()
    assert "Delete</button>" not in page.content.decode()
    page = browser.post(f"{at(made)}delete/", follow=True)
    assert "Office sends calls to this profile" in page.content.decode()
    browser.post(at(office), filled(office, version=2, name="Office"))
    office.refresh_from_db()
    assert office.name == ""
    with tenant(cast.mette.actor):
        made.refresh_from_db()
        profiles.choose(actor=cast.mette.actor, profile=made, until=None, at=clock.now())
    assert "Delete Messen?" in browser.get(f"{at(made)}delete/").content.decode()
    page = browser.post(f"{at(made)}delete/", follow=True)
    assert "Messen was deleted" in page.content.decode()
    assert page.context["active"] == office.pk
    assert made not in page.context["profiles"]
    # Another window says so, and leads back.
    page = browser.post(at(made), filled(office, name="Kantinen"))
    assert page.status_code == 404
    assert "Messen is deleted" in page.content.decode()
    assert "What you changed here was not saved." in page.content.decode()
    page = browser.post(f"{at(made)}choose/", {"next": "/"}, follow=True)
    assert "Messen was deleted meanwhile" in page.content.decode()
    with tenant(cast.mette.actor):
        assert ProfileChoice.objects.visible_to(cast.mette.actor).filter(profile=made).exists()


def test_the_editor_asks_little_of_the_database(
    office: RingProfile, browser: Client, django_assert_max_num_queries: Any
) -> None:
    browser.get(at(office))
    with django_assert_max_num_queries(12):
        browser.get(at(office))
