"""Missed calls are counted beside the list of calls and told at the bell until the list was opened."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stack.postgres import Postgres
from tests.bench.pages import AIM, counted
from tests.cast import Cast, Person, signed_in
from tests.recording import Switch, open_switch
from tests.streams import Follower, streams


@pytest.fixture
def switch(live_cast: Cast, postgres: Postgres) -> Iterator[Switch]:
    with open_switch(live_cast, postgres) as told:
        yield told


def page(person: Person, path: str = "/settings/") -> str:
    browser = signed_in(person)
    browser.cookies["language"] = "en"
    return " ".join(browser.get(path).content.decode().split())


def count(person: Person) -> str:
    """Return what stands beside the list of calls in the rail."""
    said = re.search(r'data-live="missed">(.*?)</a>', page(person))
    assert said
    return re.sub(r"<[^>]+>", " ", said[1]).strip()


def missed(switch: Switch, call: str, *, at: float = 0.0, ends: bool = True) -> None:
    switch.tell(
        "b", call, at, *(text.encode().hex() for text in ("", "+4522334455", "+4569142403", "")),
        switch.leg(1, "mette-desk", "profile") + ";",
    )  # fmt: skip
    switch.replies(at + 0.1, 180, "mette-desk", call=call)
    if ends:
        switch.ends(at + 20, "cancelled", call=call)


def test_a_missed_call_is_counted_until_the_list_was_opened(switch: Switch) -> None:
    mette = switch.cast.mette
    assert count(mette) == ""
    missed(switch, "a", at=-60)
    missed(switch, "b", at=-30, ends=False)
    assert count(mette).startswith("1 ")  # the other one still rings
    switch.ends(-5, "cancelled", call="b")
    assert re.sub(" +", " ", count(mette)) == "2 2 new missed calls"
    bell = page(mette)
    assert "2 missed calls</b>" in bell
    assert "Latest: 22 33 44 55, " in bell
    assert "1 new message" in bell
    assert count(switch.cast.line) == ""
    # What shows no missed calls leaves them new.
    for path in ("/calls/?show=out", "/calls/?q=22", "/calls/?from=2020-01-01"):
        page(mette, path)
    assert count(mette) != ""
    opened = page(mette, "/calls/")
    assert opened.count('<span class="pill">New</span>') == 2
    assert count(mette) == ""
    assert "No new messages" in page(mette)
    assert '<span class="pill">New</span>' not in page(mette, "/calls/")
    # One that rang while the list was opened, and one that is told late.
    missed(switch, "c", at=-40)
    assert count(mette).startswith("1 ")


def test_a_call_that_somebody_took_is_nobodys_missed_call(switch: Switch) -> None:
    switch.begins(switch.leg(1, "mette-desk"), switch.leg(1, "line-desk"), caller="+4522334455", domain="")
    switch.replies(0.1, 180, "mette-desk")
    switch.replies(3, 200, "line-desk")
    switch.ends(9, "caller")
    assert count(switch.cast.mette) == count(switch.cast.line) == ""


def test_the_bell_marks_missed_calls_as_seen(switch: Switch) -> None:
    missed(switch, "a", at=-30)
    assert signed_in(switch.cast.mette).post("/presence/bell/", {"next": "/"}).status_code == 302
    assert count(switch.cast.mette) == ""


def test_live_pages_are_told_also_where_no_phone_rang(switch: Switch) -> None:
    mette = switch.cast.mette
    with streams() as port:
        follower = Follower(port, mette)
        assert "new missed" not in follower.next()[1]["places"]["missed"]
        switch.begins(
            f"1,end,0,{mette.employee.pk},dnd,486", caller="+4522334455", domain="", dialled="+4569142403"
        )
        switch.ends(0.2, "switch", 486)
        assert "1 new missed call" in follower.until("new missed")[1]["places"]["missed"]
        page(mette, "/calls/")
        assert "No new messages" in follower.until("No new messages")[1]["places"]["bell"]
        follower.close()


def test_the_list_of_calls_asks_as_little_with_news_as_without(switch: Switch) -> None:
    browser = signed_in(switch.cast.mette)
    browser.get("/calls/")  # what only a first request does is done
    missed(switch, "a", at=-30)
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get("/calls/")
    assert counted(captured.captured_queries, answer.status_code).statements <= AIM
