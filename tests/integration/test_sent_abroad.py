"""Calls are sent abroad by whoever means it: in a second step, and people are told by mail (toll fraud)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from myfone.kernel import outbox
from myfone.kernel.models import AuditEntry, OutboxMail
from myfone.tenancy.context import tenant
from telephony.models import CallPolicy, RingProfile, RingTarget
from telephony.rules.abroad import region
from telephony.rules.profiles import Draft, Target
from telephony.services import profiles
from tests.cast import Cast, signed_in

SWEDEN = "+46812345678"


@pytest.fixture
def office(cast: Cast) -> RingProfile:
    assert cast.mette.employee is not None
    with tenant(cast.mette.actor):
        profiles.create_templates(actor=cast.mette.actor, employee=cast.mette.employee)
        return RingProfile.objects.visible_to(cast.mette.actor).get(template="office")


@pytest.fixture
def browser(cast: Cast) -> Client:
    client = signed_in(cast.mette)
    client.cookies["language"] = "en"
    return client


def send(browser: Client, office: RingProfile, do: str, number: str = SWEDEN, version: int = 1, **more: str):  # type: ignore[no-untyped-def]
    form = {"do": do, "version": version, "steps": 0, "target-always-everybody": "to"}
    form |= {"target-always-everybody-to": number, **more}
    return browser.post(f"/profiles/{office.public_id}/", form, follow=True)


def sent_to(cast: Cast) -> list[str]:
    with tenant(cast.sara.actor):
        targets = RingTarget.objects.visible_to(cast.mette.actor).filter(situation="always")
        return sorted(targets.exclude(number="").values_list("number", flat=True))


def mails(cast: Cast) -> list[OutboxMail]:
    with tenant(cast.sara.actor):
        return list(OutboxMail.objects.filter(template="forward_abroad").order_by("recipient"))


def test_a_number_abroad_is_shown_with_its_country_and_confirmed(
    cast: Cast, office: RingProfile, browser: Client
) -> None:
    asked = send(browser, office, "save")
    shown = asked.content.decode()
    assert asked.status_code == 422
    assert "Send calls abroad?" in shown
    assert ("+46 8 123 456 78" in shown, "Sweden" in shown) == (True, True)
    assert "Premium numbers, satellite phones and some countries stay closed" in shown
    assert (sent_to(cast), mails(cast)) == ([], [])
    # What was confirmed is what was shown: another number is asked about anew.
    other = send(browser, office, "confirm", number="+4612345678", abroad=SWEDEN)
    assert other.status_code == 422
    assert sent_to(cast) == []
    saved = send(browser, office, "confirm", abroad=SWEDEN)
    assert "Saved. It holds" in saved.content.decode()
    assert sent_to(cast) == [SWEDEN]
    told = mails(cast)
    assert [mail.recipient for mail in told] == sorted([cast.mette.user.email, cast.sara.user.email])
    with translation.override("en"):
        assert "+46 8 123 456 78" in outbox.render(told[0]).body
    with tenant(cast.sara.actor):
        assert AuditEntry.objects.filter(action="profile.sent_abroad").count() == 1
    # What is confirmed is not asked about again.
    assert "Saved. It holds" in send(browser, office, "save", version=2).content.decode()
    assert len(mails(cast)) == 2


def test_abroad_is_where_the_company_is_not(cast: Cast, office: RingProfile) -> None:
    draft = Draft(targets=(Target("always", number="+4522334455"),))
    with tenant(cast.sara.actor):
        CallPolicy(customer=cast.bixen, country="SE").save()
    with tenant(cast.mette.actor):
        with pytest.raises(profiles.AbroadUnconfirmed) as refused:
            profiles.save(actor=cast.mette.actor, profile=office, version=1, draft=draft)
        assert refused.value.numbers == ("+4522334455",)
        home = Draft(targets=(Target("always", number=SWEDEN),))
        profiles.save(actor=cast.mette.actor, profile=office, version=1, draft=home)
    assert mails(cast) == []


@pytest.mark.parametrize(("number", "code"), [(SWEDEN, "SE"), ("+8816123456", ""), ("nonsense", "")])
def test_a_number_tells_its_country(number: str, code: str) -> None:
    assert region(number) == code
