"""What people may do with codes and dialled forwards, who may not, and what the switch makes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from myfone.tenancy.actor import NotAllowed
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import Extension, FeatureCode, Forward
from telephony.rules.codes import Wish
from telephony.selectors import codes as selectors
from telephony.selectors.profiles import preview
from telephony.services import codes
from telephony.services.codes import CodesChanged, CodeTaken, NotACode, TooLateToUndo
from tests.cast import Cast, signed_in
from tests.queue_office import Office, opened

MONDAY = dt.datetime(2026, 11, 23, 7, 30, tzinfo=dt.UTC)  # 8.30 in Copenhagen
ONLY_ADMINISTRATOR = "Kun en administrator"


@pytest.fixture
def office(live_cast: Cast, postgres: Postgres) -> Iterator[Office]:
    with opened(live_cast, postgres) as office:
        yield office


def wishes(office: Office, **changed: Wish) -> dict[str, Wish]:
    """Return the codes as a page would send them: all, with some that differ."""
    found = selectors.codes(office.cast.bixen.pk)
    return {code.action: Wish(code.digits, code.is_enabled) for code in found} | changed


def test_a_customer_has_codes_of_its_own_and_the_switch_goes_by_them(office: Office) -> None:
    cast, actor = office.cast, office.cast.sara.actor
    member = office.enrol(cast.mette)
    office.phone(cast.mette, "mette")
    assert office.dial("mette", "2*230") == (480, "Logget ind i Salg")
    for _ in range(2):
        with tenant(actor):
            sent = wishes(office, queue_in=Wish("33*", True), queue_out=Wish("2*", True))
            codes.change_codes(actor=actor, wishes=sent | {"pause": Wish("3*", False)})
    assert office.dial("mette", "2*230") == (480, "Logget ud af Salg")
    assert office.dial("mette", "3*")[0] == 404
    assert office.dial("mette", "33*230") == (480, "Logget ind i Salg")
    assert office.fresh(member).set_by == "code"
    with tenant(actor):
        found = {code.action: code for code in selectors.codes(cast.bixen.pk)}
        assert {code.action for code in found.values() if code.is_own} == {"queue_in", "queue_out", "pause"}
        assert (found["queue_in"].label, found["queue_in"].takes, found["dnd"].takes) == (
            "Log ind i en kø",
            "queue",
            "",
        )
        # What is not sent is as the provider has it again.
        codes.change_codes(actor=actor, wishes={})
        assert not any(code.is_own for code in selectors.codes(cast.bixen.pk))
    assert office.audited("codes.changed") == 2
    assert office.dial("mette", "20*230") == (480, "Logget ud af Salg")


def test_codes_are_refused_with_the_reason_and_stay_as_they_are(office: Office) -> None:
    cast, actor = office.cast, office.cast.sara.actor
    for digits in ("2", "*", "1234*", "2*\n", "a*", ""):
        with tenant(actor), pytest.raises(NotACode, match="et til tre cifre"):
            codes.change_codes(actor=actor, wishes={"dnd": Wish(digits, True)})
    for sent in (
        {"dnd": Wish("9*", True), "pause": Wish("9*", True)},
        {"dnd": Wish("2*", True)},  # the provider's for signing in, which was not sent
    ):
        with tenant(actor), pytest.raises(CodeTaken, match="bruges allerede til noget andet") as taken:
            codes.change_codes(actor=actor, wishes=sent)
        assert taken.value.action in sent
    with tenant(actor):
        codes.change_codes(actor=actor, wishes={"dnd": Wish("2*", False)})
        codes.change_codes(actor=actor, wishes={"nothing": Wish("7*", True)})
    for person in (cast.peter, cast.mette, cast.jonas, cast.provider):
        with tenant(person.actor), pytest.raises(NotAllowed, match=ONLY_ADMINISTRATOR):
            codes.change_codes(actor=person.actor, wishes={})
    with tenant(cast.stig.actor):
        codes.change_codes(actor=cast.stig.actor, wishes={"dnd": Wish("9*", True)})
        assert selectors.codes(cast.bixen.pk) == []
    with tenant(actor):
        assert not any(code.is_own for code in selectors.codes(cast.bixen.pk))


def test_a_forward_that_was_dialled_is_taken_back_by_its_owner_alone(office: Office) -> None:
    cast = office.cast
    with tenant(cast.sara.actor):
        Extension(customer=cast.bixen, number="203", employee=cast.mette.employee).save()
        Extension(customer=cast.bixen, number="204", employee=cast.line.employee).save()
    office.phone(cast.mette, "mette")
    office.phone(cast.line, "line")

    def rings(number: str) -> list[str]:
        with tenant(cast.sara.actor):
            rows = preview("it-bixen.dk", "+4511223344", number, MONDAY)
            return [row.uri.removeprefix("sip:").partition("@")[0] for row in rows]

    assert rings("203") == ["mette"]
    assert office.dial("mette", "5*204")[0] == 480
    assert rings("203") == ["line"]
    for person in (cast.stig, cast.sara, cast.line, cast.jonas):
        with tenant(person.actor):
            assert not codes.stop_forwarding(actor=person.actor)
    assert rings("203") == ["line"]
    stopped = []
    for _ in range(2):
        with tenant(cast.mette.actor):
            stopped.append(codes.stop_forwarding(actor=cast.mette.actor))
            assert not Forward.objects.visible_to(cast.mette.actor).exists()
    assert stopped == [True, False]
    assert rings("203") == ["mette"]


def test_two_who_save_are_told_and_a_change_is_taken_back(office: Office) -> None:
    cast, actor = office.cast, office.cast.sara.actor
    with tenant(actor):
        seen = selectors.version(selectors.codes(cast.bixen.pk))
        codes.change_codes(actor=actor, wishes=wishes(office, dnd=Wish("9*", True)), version=seen)
        with pytest.raises(CodesChanged, match="ændret koderne"):
            codes.change_codes(actor=actor, wishes={}, version=seen)
        made = selectors.version(selectors.codes(cast.bixen.pk))
    office.phone(cast.mette, "mette")
    assert office.dial("mette", "9*")[0] == 480
    with tenant(actor):
        codes.undo_change(actor=actor, version=made)
        assert selectors.version(selectors.codes(cast.bixen.pk)) == seen
        for late in (made, seen[:-1]):
            with pytest.raises(TooLateToUndo):
                codes.undo_change(actor=actor, version=late)
    assert office.dial("mette", "9*")[0] == 404
    with tenant(cast.mette.actor), pytest.raises(NotAllowed, match=ONLY_ADMINISTRATOR):
        codes.undo_change(actor=cast.mette.actor, version=seen)
    # The provider's code that the company's own one covers is not there beside it.
    with tenant(actor):
        FeatureCode(customer=cast.bixen, action="dnd", digits="2*").save()
        assert not {c.action: c for c in selectors.codes(cast.bixen.pk)}["queue_in"].is_enabled


def test_the_page_changes_codes_and_says_what_is_wrong(cast: Cast) -> None:
    browser = signed_in(cast.sara)
    browser.cookies["language"] = "en"

    def form(page: Any, **changed: str) -> dict[str, str]:
        rows = [*page.context["queue_rows"], *page.context["rows"]]
        sent = {f"{row.code.action}-digits": row.digits for row in rows}
        sent |= {f"{row.code.action}-on": "1" for row in page.context["rows"] if row.is_enabled}
        return sent | {"queue": "two", "version": page.context["version"]} | changed

    page = browser.get("/profiles/codes/edit/")
    same = browser.post("/profiles/codes/edit/", form(page), follow=True)
    assert "Nothing was changed." in same.content.decode()
    sent = form(page, **{"queue": "one", "queue_toggle-digits": "2", "dnd-digits": "9*", "pause-on": ""})
    second = form(page, **{"dnd-digits": "8"})
    saved = browser.post("/profiles/codes/edit/", sent, follow=True)
    assert "The codes are changed." in saved.content.decode()
    digits = {code.action: code.digits for code in saved.context["codes"]}
    assert (digits["queue_toggle"], digits["dnd"]) == ("2*", "9*")
    assert not {"queue_in", "queue_out", "pause"} & set(digits)
    late = browser.post("/profiles/codes/edit/", second)
    assert late.status_code == 409
    assert "Somebody else has changed" in late.content.decode()
    assert 'value="8"' in late.content.decode()
    page = browser.get("/profiles/codes/edit/")
    assert [value for value, _, is_chosen in page.context["ways"] if is_chosen] == ["one"]
    wrong = browser.post(
        "/profiles/codes/edit/",
        form(page, **{"queue": "one", "profile-digits": "5", "forward_off-digits": "x"}),
    )
    assert wrong.status_code == 422
    faulty = {row.code.action: row.error for row in wrong.context["rows"] if row.error}
    assert set(faulty) == {"profile", "forward", "forward_off"}
    assert "does something else already" in faulty["profile"]
    version = saved.context["version"]
    for answer in ("Undone.", "nothing was undone"):
        back = browser.post("/profiles/codes/undo/", {"version": version}, follow=True).content.decode()
        assert answer in back
    assert {code.digits for code in browser.get("/profiles/codes/").context["codes"]} >= {"2*", "20*", "7*"}
    page = browser.get("/profiles/codes/edit/")
    browser.post("/profiles/codes/edit/", form(page, **{"dnd-digits": "9"}))
    page = browser.get("/profiles/codes/edit/")
    browser.post("/profiles/codes/edit/", form(page) | {"do": "standard"})
    assert not browser.get("/profiles/codes/edit/").context["has_own"]
    for other in (cast.mette, cast.peter):
        assert signed_in(other).get("/profiles/codes/edit/").status_code == 404
        assert signed_in(other).post("/profiles/codes/undo/").status_code == 404
