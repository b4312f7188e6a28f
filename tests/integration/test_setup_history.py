"""Who did what when on the way of a setup, read by people."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from myfone.kernel import audit, clock
from myfone.tenancy.context import tenant
from provisioning import history_texts
from provisioning.models import Answer, LicenceMode
from provisioning.rules.preconditions import DECLARED
from provisioning.rules.stages import StageName
from provisioning.selectors.past import history
from provisioning.selectors.setups import find
from provisioning.services import moving, order_changes, setup
from tests.cast import Cast
from tests.integration.test_setup_pages import base, browser, ordered

pytestmark = pytest.mark.django_db(databases=["default", "counters"])
DETAILS = {
    "domain": "xn--rdgrd-vuad.dk",
    "price": "120.00",
    "reason": "changed their mind",
    "precondition": "office365",
    "holds": True,
    "employees": 2,
    "people": 3,
    "email": "jonas@nordlystele.dk",
    "address": "mette@it-bixen.dk",
    "last_day": "2026-12-31",
    "answer": "exported",
    "stage": "contacts",
}


def walked(cast: Cast) -> None:
    ordered(cast, StageName.CONTACTS)
    actor, at = cast.jonas.actor, clock.now()
    with tenant(actor):
        setup.reopen_stage(actor=actor, customer=cast.bixen, stage=StageName.CONTACTS, at=at)
        moving.mail_everybody(actor=actor, customer=cast.bixen, number=1, at=at)
    with tenant(cast.mette.actor):
        moving.answer(actor=cast.mette.actor, said=Answer.NONE, at=at)


@pytest.mark.parametrize("language", ["da", "en", "sv"])
@pytest.mark.parametrize("action", history_texts.ACTIONS)
def test_each_action_is_said_in_each_language(action: str, language: str) -> None:
    with translation.override(language):
        for details in (DETAILS, {"stage": "dns"}):
            text = history_texts.sentence(action, details, {})
            assert text
            assert not {"%", "{"} & set(text)
    assert history_texts.stage_of(action, DETAILS) in set(StageName)


def test_all_of_it_and_one_stage_of_it(cast: Cast) -> None:
    walked(cast)
    client = browser(cast.jonas)
    page = client.get(f"{base(cast.bixen)}history/").content.decode()
    for text in (
        "Ordered it-bixen.dk for DKK\xa0120.00 a month",
        "Declared: The customer has a valid Office 365 licence",
        "Went on although 4 employees had not said whether the contacts are exported",
        "Opened the stage again",
        "Sent the mail about contacts to 4 employees",
        "Answered about contacts: Has none",
    ):
        assert text in page
    assert page.index("Answered about") < page.index("Opened the stage") < page.index("Ordered it-bixen.dk")
    assert "Mette Hansen" in page
    assert "Jonas Holm" in page
    contacts = client.get(f"{base(cast.bixen)}history/?stage=contacts").content.decode()
    assert "Opened the stage again" in contacts
    assert "Ordered it-bixen.dk" not in contacts
    assert (
        "Nothing has happened here yet"
        in client.get(f"{base(cast.bixen)}history/?stage=done").content.decode()
    )
    assert "Ordered" in client.get(f"{base(cast.bixen)}history/?stage=nonsense").content.decode()


def test_each_stage_leads_to_its_own_history(cast: Cast) -> None:
    walked(cast)
    client = browser(cast.jonas)
    for path, stage in (
        ("contacts/", "contacts"),
        ("order/", "order"),
        ("users/", "users"),
        ("", "contacts"),
    ):
        page = client.get(base(cast.bixen) + path, follow=True).content.decode()
        assert f"{base(cast.bixen)}history/?stage={stage}" in page


def test_the_order_tells_it_in_the_same_words(cast: Cast) -> None:
    walked(cast)
    actor, at = cast.jonas.actor, clock.now()
    with tenant(actor):
        standing = find(actor=actor, customer_public_id=cast.bixen.public_id)
        assert standing.order is not None
        order_changes.change(
            actor=actor,
            order=standing.order,
            domain="bixen.dk",
            licence_mode=LicenceMode.ONE_FOR_ALL,
            licence_code="enterprise-e3",
            at=at,
        )
    client = browser(cast.jonas)

    def told(path: str) -> list[str]:
        page = client.get(base(cast.bixen) + path).content.decode()
        part = page[page.index('<ol class="rows history">') :]
        return re.findall(r"<b>(.*?)</b><span class=\"hint\">(.*?)</span>", part[: part.index("</ol>")])

    assert told("order/") == told("history/?stage=order")
    words = [text for text, _who in told("order/")]
    assert "Changed the order: it-bixen.dk → bixen.dk, Business Premium → Enterprise E3" in words
    # Each declaration says which.
    declared = [text for text in words if text.startswith("Declared: ")]
    assert len(declared) == len(set(declared)) == len(DECLARED)


def test_nobody_reads_the_history_of_others(cast: Cast) -> None:
    walked(cast)
    for who in ("olga", "stig", "sara", "mette"):
        assert browser(getattr(cast, who)).get(f"{base(cast.bixen)}history/").status_code == 404
    actor = cast.jonas.actor
    with tenant(actor):
        standing = find(actor=actor, customer_public_id=cast.havnen.public_id)
        assert history(actor=actor, standing=standing, licences={}) == []


def test_it_takes_one_query_however_long_it_is(cast: Cast) -> None:
    walked(cast)
    actor = cast.jonas.actor
    with tenant(actor):
        standing = find(actor=actor, customer_public_id=cast.bixen.public_id)
        for _ in range(250):
            audit.record(actor=actor, action="dns_watch.started", object=standing.setup)
        with CaptureQueriesContext(connection) as seen:
            assert len(history(actor=actor, standing=standing, licences={})) == 200
    assert len(seen) == 1
