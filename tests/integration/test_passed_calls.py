"""What the history tells of calls that were passed on: one line a conversation, who passed it on, and both records."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony import call_reasons
from telephony import call_texts as texts
from telephony.selectors import calls
from telephony.selectors.calls import Wanted
from telephony.selectors.live import my_now
from telephony.templatetags.live import origin_text
from tests.cast import Cast, Person, signed_in
from tests.recording import Switch, hexed, open_switch


@pytest.fixture
def switch(live_cast: Cast, postgres: Postgres) -> Iterator[Switch]:
    with open_switch(live_cast, postgres) as told, translation.override("en"):
        yield told


def lines(person: Person) -> list[str]:
    with tenant(person.actor):
        found = calls.history(actor=person.actor, wanted=Wanted(), limit=9)
        return [f"{texts.title(line)}: {texts.summary(line)}" for line in found]


def pages(person: Person) -> list[str]:
    client = signed_in(person)
    client.cookies["language"] = "en"
    with tenant(person.actor):
        found = calls.history(actor=person.actor, wanted=Wanted(), limit=9)
    return [client.get(f"/calls/{line.public_id}/").content.decode() for line in found]


def origin(person: Person) -> str:
    """Return what Today says of how the call came that goes on."""
    with tenant(person.actor):
        (now,) = my_now(person.actor).calls
    return origin_text(now.origin) if now.origin else ""


def passes(
    switch: Switch, after: float, *, kept: str = "sara-desk", seen: str = "201", to: str = "205"
) -> None:
    """Mette, who is in both calls, puts who called her through: Sara, or a number outside that has no phone here."""
    left = switch.phones["mette-desk"].pk
    told = ".".join(
        ("moves", *(hexed(word) for word in ("a", "tag", "initiator", "b", "tag", "initiator", to)))
    )
    who = f"{switch.phones[kept].pk if kept else 0}.{left}.{hexed(seen)}.{hexed(to)}"
    assert switch.ask("SELECT switch.record_moves(%s, %s, %s)", switch.began + after, told, who) == 2


def talks(switch: Switch, answered: float) -> None:
    switch.begins(switch.leg(1, "mette-desk"), dialled="203")
    switch.replies(2, 200, "mette-desk")
    switch.begins(switch.leg(1, "line-desk"), caller="mette-desk", dialled="205", call="b")
    switch.replies(answered, 200, "line-desk", call="b")


@pytest.mark.parametrize("is_blind", [True, False])
def test_a_call_that_was_passed_on_is_told_to_each_as_they_had_it(switch: Switch, is_blind: bool) -> None:
    cast = switch.cast
    talks(switch, answered=20 if is_blind else 10)
    line_talks = ("200", hexed("ruid-line-desk"), "", switch.phones["mette-desk"].pk, "203", "205")
    switch.tell("r", "b", 20, *line_talks)
    assert origin(cast.line) == ""
    passes(switch, 20.1)
    assert origin(cast.line) == "Sent on by Mette Hansen"
    switch.ends(20.2, "callee")
    switch.ends(60, "caller", call="b")
    assert lines(cast.sara) == ["Mette Hansen: You called\xa0· passed on to Line Mark"]
    assert lines(cast.line) == ["Sara Abildgaard: You answered\xa0· passed on by Mette Hansen"]
    received = "Sara Abildgaard: You answered\xa0· passed on to Line Mark"
    also = [] if is_blind else ["Line Mark: You called\xa0· put together with Sara Abildgaard"]
    assert lines(cast.mette) == [*also, received]
    with tenant(cast.line.actor):
        line = calls.history(actor=cast.line.actor, wanted=Wanted(), limit=1)[0]
        assert line.dial == "201"
        found = calls.call(actor=cast.line.actor, public_id=line.public_id)
        assert found
        assert "Sara Abildgaard came in when the call was passed on." in call_reasons.reasons(*found)
    # The one call leads to the other, for those who were in both.
    for person in (cast.sara, cast.mette):
        page = pages(person)[-1]
        assert "It goes on in this call" in page
        other = page.partition("It goes on in this call")[0].rpartition('href="')[2].partition('"')[0]
        assert "It came from this call" in signed_in_english(person, other)
    assert "this call" not in pages(cast.line)[0]


@pytest.mark.parametrize("is_colleague", [True, False])
def test_what_was_sent_out_of_the_house_went_on_with_the_number_and_not_with_who_sent_it(
    switch: Switch, is_colleague: bool
) -> None:
    cast = switch.cast
    came = {} if is_colleague else {"domain": "", "caller": "22334455"}
    switch.begins(switch.leg(1, "mette-desk"), dialled="203", **came)
    switch.replies(2, 200, "mette-desk")
    out = f"1,trunk,0,{switch.phones['mette-desk'].employee_id},public_network,+4540506070"
    switch.begins(out, caller="mette-desk", dialled="40506070", call="b")
    switch.replies(20, 200, number="+4540506070", call="b")
    seen = "201" if is_colleague else "22334455"
    passes(switch, 20.1, kept="sara-desk" if is_colleague else "", seen=seen, to="40506070")
    switch.ends(20.2, "callee")
    switch.ends(60, "caller", call="b")
    who = "Sara Abildgaard" if is_colleague else "22\xa033\xa044\xa055"
    (line,) = lines(cast.mette)
    assert line.endswith(": You answered\xa0· passed on to 40\xa050\xa060\xa070")
    (first,) = pages(cast.mette)
    assert "It was passed on, and went on with 40 50 60 70." in first
    second = other_page(cast.mette, first)
    assert f"You passed {who} on to here" in second
    assert "put together" not in second
    assert "Mette Hansen\xa0· 40" not in second
    if is_colleague:
        assert lines(cast.sara) == ["Mette Hansen: You called\xa0· passed on to 40\xa050\xa060\xa070"]
        assert "You came in when the call was passed on" in other_page(cast.sara, pages(cast.sara)[0])


def test_two_who_had_both_called_are_told_that_they_went_on_with_each_other(switch: Switch) -> None:
    switch.begins(switch.leg(1, "mette-desk"), dialled="203")
    switch.replies(2, 200, "mette-desk")
    switch.begins(switch.leg(1, "mette-desk"), caller="line-desk", dialled="203", call="b")
    switch.replies(4, 200, "mette-desk", call="b")
    passes(switch, 20)
    assert lines(switch.cast.sara) == ["Mette Hansen: You called\xa0· passed on to Line Mark"]


def test_a_call_that_goes_on_in_another_was_not_hung_up(switch: Switch) -> None:
    talks(switch, answered=10)
    passes(switch, 20.1)
    switch.ends(20.2, "caller")
    for person in (switch.cast.sara, switch.cast.mette):
        page = pages(person)[-1]
        assert "It was passed on, and went on with Line Mark." in page
        assert "hung up" not in page


def other_page(person: Person, page: str) -> str:
    """Return the page of the call in which this one goes on."""
    return signed_in_english(
        person, page.partition("It goes on in this call")[0].rpartition('href="')[2].partition('"')[0]
    )


def signed_in_english(person: Person, path: str) -> str:
    client = signed_in(person)
    client.cookies["language"] = "en"
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_phone_that_was_stopped_says_what_stopped_it(switch: Switch) -> None:
    both = (switch.leg(1, "mette-desk"), switch.leg(1, "line-desk"))
    switch.begins(*both)
    switch.replies(4, 200, "line-desk")
    switch.replies(4.1, 487, "mette-desk")
    switch.ends(9, "caller")
    assert "Stopped ringing: the call was taken elsewhere" in pages(switch.cast.mette)[0]
    switch.begins(*both, call="b")
    switch.ends(6, "cancelled", 487, call="b")
    assert "Stopped ringing: the caller gave up" in pages(switch.cast.mette)[0]
