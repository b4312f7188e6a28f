"""Who signs in elsewhere already is invited like anybody else, and alone learns of it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from myfone.accounts import invitations
from myfone.accounts.models import Membership
from myfone.kernel import clock, jobs
from myfone.kernel.models import Job, OutboxMail
from myfone.kernel.outbox import render
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Employee
from provisioning.selectors.people import Filters, people
from provisioning.services import reminders
from tests.cast import Cast, signed_in


def invite(cast: Cast, *emails: str) -> int:
    with tenant(cast.jonas.actor):
        for email in emails:
            Employee(customer=cast.bixen, name="Ny Kollega", email=email).save()
        number = invitations.invite(actor=cast.jonas.actor, customer=cast.bixen, at=clock.now())
    for job in Job.objects.filter(kind="accounts.invitations", done_at=None):
        jobs.run(job.pk)
    return number


def mailed(cast: Cast, address: str) -> list[OutboxMail]:
    with tenant(cast.sara.actor):
        return list(OutboxMail.objects.filter(recipient=address).order_by("pk"))


def link(cast: Cast, address: str = "stig@fremmed.dk") -> str:
    found = re.search(r"/account/join/\S+", str(render(mailed(cast, address)[-1]).body))
    assert found
    return found[0]


def leave(cast: Cast) -> None:
    """Stig leaves his company."""
    assert cast.stig.employee is not None
    with tenant(cast.stig.actor):
        cast.stig.employee.ended_at = clock.now()
        cast.stig.employee.save()


def seen(cast: Cast) -> dict[str, str]:
    with tenant(cast.jonas.actor):
        rows = people(cast.jonas.actor, Filters()).filter(name="Ny Kollega")
        return dict(rows.values_list("email", "state"))


def test_the_answer_does_not_tell_who_signs_in_elsewhere(live_cast: Cast) -> None:
    assert invite(live_cast, "STIG@fremmed.dk", "nobody@it-bixen.dk") == 2
    assert set(seen(live_cast).values()) == {"invited"}
    with tenant(live_cast.jonas.actor):
        left = invitations.without_user(actor=live_cast.jonas.actor, customer_id=live_cast.bixen.pk)
        assert left.count() == 0
    assert invite(live_cast) == 0
    assert Membership.objects.get(user=live_cast.stig.user).employee_id == live_cast.stig.actor.employee_id
    (mail,) = mailed(live_cast, "stig@fremmed.dk")
    assert mail.template == "join"


def test_who_acts_for_another_company_is_told_and_nothing_changes(live_cast: Cast) -> None:
    invite(live_cast, "stig@fremmed.dk")
    stig = signed_in(live_cast.stig)
    for ask in (stig.get, stig.post):
        answer: Any = ask(link(live_cast))
        assert answer.status_code == 409
    assert Membership.objects.get(user=live_cast.stig.user).employee_id == live_cast.stig.actor.employee_id


def test_who_has_left_accepts_once(live_cast: Cast) -> None:
    invite(live_cast, "stig@fremmed.dk")
    leave(live_cast)
    stig, there = signed_in(live_cast.stig), link(live_cast)
    assert stig.get(there).status_code == 200
    assert seen(live_cast) == {"stig@fremmed.dk": "invited"}
    assert stig.post(there).status_code == 302
    assert seen(live_cast) == {"stig@fremmed.dk": "waiting"}
    assert 'id="number-now"' in stig.get("/").content.decode()
    assert stig.post(there).status_code == 302


@pytest.mark.parametrize("who", ["line", "olga"])
def test_nobody_else_accepts(live_cast: Cast, who: str) -> None:
    invite(live_cast, "stig@fremmed.dk")
    person = getattr(live_cast, who)
    assert signed_in(person).post(link(live_cast)).status_code == 302
    assert seen(live_cast) == {"stig@fremmed.dk": "invited"}


def test_a_link_to_a_wrong_address_dies_when_the_address_is_mended(live_cast: Cast) -> None:
    invite(live_cast, "stig@fremmed.dk")
    leave(live_cast)
    with tenant(live_cast.jonas.actor):
        person = Employee.objects.visible_to(live_cast.jonas.actor).get(
            email="stig@fremmed.dk", ended_at=None
        )
        person.email = "stine@it-bixen.dk"
        person.save()
    assert signed_in(live_cast.stig).post(link(live_cast)).status_code == 302
    assert not Membership.objects.filter(employee=person).exists()


def test_a_reminder_sends_the_same_kind_of_mail_again(live_cast: Cast) -> None:
    invite(live_cast, "stig@fremmed.dk", "nobody@it-bixen.dk")
    with tenant(live_cast.sara.actor):
        done = reminders.remind(
            actor=live_cast.sara.actor,
            wanted=Filters(state="invited"),
            chosen=None,
            at=clock.now() + dt.timedelta(days=1),
        )
    assert done.promised == 2
    with tenant(Actor.system(live_cast.bixen.pk)) as actor:
        reminders.mail(actor=actor, customer_id=live_cast.bixen.pk, at=clock.now())
    assert [mail.template for mail in mailed(live_cast, "stig@fremmed.dk")] == ["join", "join"]
    assert [mail.template for mail in mailed(live_cast, "nobody@it-bixen.dk")] == ["invitation", "invitation"]
