"""What people may do with codes and dialled forwards, who may not, and what the switch makes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from myfone.kernel import outbox
from myfone.kernel.models import AuditEntry, OutboxMail
from myfone.tenancy.actor import NotAllowed
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import CodeUse, Extension, FeatureCode, Forward, ForwardNote, PhoneKind
from telephony.rules.codes import Wish
from telephony.rules.skype_account import is_username
from telephony.selectors import codes as selectors
from telephony.selectors.profiles import preview
from telephony.services import codes, dialled_forwards
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
        codes.change_codes(actor=actor, wishes=wishes(office, queue_toggle=Wish("22*", True)))
    assert [office.dial("mette", "22*230")[1] for _ in range(2)] == ["Logget ud af Salg", "Logget ind i Salg"]
    with tenant(actor):
        # What is not sent is as the provider has it again.
        codes.change_codes(actor=actor, wishes={})
        assert not any(code.is_own for code in selectors.codes(cast.bixen.pk))
    assert office.audited("codes.changed") == 3
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
            assert not dialled_forwards.stop(actor=person.actor, employee=person.employee)
    assert rings("203") == ["line"]
    stopped = []
    for _ in range(2):
        with tenant(cast.mette.actor):
            stopped.append(dialled_forwards.stop(actor=cast.mette.actor, employee=cast.mette.employee))
            assert not Forward.objects.visible_to(cast.mette.actor).exists()
    assert stopped == [True, False]
    assert rings("203") == ["mette"]
    assert office.audited("forward.stopped") == 1


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


def test_a_forward_that_was_dialled_is_told_of_once(office: Office) -> None:
    cast, actor = office.cast, office.cast.sara.actor
    phone = office.phone(cast.mette, "mette")
    # Abroad is confirmed in a browser, never on a phone that may be anybody's.
    assert office.dial("mette", "5*0046701740605")[0] == 403
    assert office.dial("mette", "50*")[0] == 480
    assert dialled_forwards.tell(at=MONDAY) == 0
    for dialled in ("5*22334455", "5*22334455", "5*22334466", "50*", "50*"):
        assert office.dial("mette", dialled)[0] == 480
    assert [dialled_forwards.tell(at=MONDAY) for _ in range(2)] == [1, 0]
    with tenant(actor):
        entries = AuditEntry.objects.filter(action__startswith="forward.").order_by("id")
        told = [(entry.action, entry.details["number"], entry.details["phone"]) for entry in entries]
        notes = ForwardNote.objects.visible_to(actor)
        assert set(notes.values_list("told_at", flat=True)) == {MONDAY}
        mail = OutboxMail.objects.get(template="forward_dialled")
    assert told == [
        ("forward.set", "+4522334455", str(phone)),
        ("forward.set", "+4522334466", str(phone)),
        ("forward.stopped", "", str(phone)),
    ]
    assert mail.recipient == cast.mette.user.email
    for language, words in (("da", "viderestilles"), ("sv", "vidarekopplas"), ("en", "forwarded")):
        mail.language = language
        message = outbox.render(mail)
        assert words in message.subject
        for said in ("+45 22 33 44 66", "mette@it-bixen.dk", "/profiles/"):
            assert said in message.body
    with tenant(cast.stig.actor):
        assert not ForwardNote.objects.visible_to(cast.stig.actor).exists()


def test_an_administrator_sees_a_dialled_forward_and_stops_it(office: Office) -> None:
    cast = office.cast
    assert cast.mette.employee is not None
    office.phone(cast.mette, "mette")
    here = f"/numbers/people/{cast.mette.employee.public_id}/"
    sara, mette = signed_in(cast.sara), signed_in(cast.mette)
    for browser in (sara, mette):
        browser.cookies["language"] = "en"
    stop = {"do": "stop", "number": "+4522334455"}
    assert office.dial("mette", "5*22334455")[0] == 480
    assert "All calls go to" in sara.get(here).content.decode()
    assert "All your calls go to" in mette.get("/profiles/").content.decode()
    for person in (cast.stig, cast.mette, cast.jonas):
        assert signed_in(person).post(here, stop).status_code in (403, 404)
    # A forward that was not shown stays.
    other = sara.post(here, stop | {"number": "+4522334466"}, follow=True).content.decode()
    assert ("Nothing was stopped" in other, "All calls go to" in other) == (True, True)
    for words in ("no longer forwarded", "Nothing was stopped"):
        assert words in sara.post(here, stop, follow=True).content.decode()
    assert office.audited("forward.stopped") == 1
    assert "All calls go to" not in sara.get(here).content.decode()
    assert "All your calls go to" not in mette.get("/profiles/").content.decode()


def test_codes_are_for_new_calls_to_numbers_and_not_for_calls_from_skype_to_skype(office: Office) -> None:
    # G29: a Skype client dials codes like any phone, and what it calls from Skype to Skype is an address. No address
    # can be read as a code: the switch takes digits, a star and digits alone for one (route[CODE]).
    cast = office.cast
    skype = office.phone(cast.mette, "mette")
    with tenant(cast.sara.actor):
        type(skype).objects.visible_to(cast.sara.actor).filter(pk=skype.pk).update(
            kind=PhoneKind.SKYPE, line_identity="81203"
        )
    office.enrol(cast.mette)
    assert office.dial("mette", "2*230")[0] == 480
    for address in ("sara", "sara.holm", "2.230", "a2*230", "2*sara"):
        assert office.dial("mette", address)[0] == 404
    assert not any(is_username(name) for name in ("2*230", "88*", "5*22334455", "2*sara"))
    with tenant(cast.sara.actor):
        used = CodeUse.objects.visible_to(cast.sara.actor).exclude(result="unknown_queue")
        assert [one.dialled for one in used] == ["2*230"]
