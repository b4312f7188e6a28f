"""Linking a Skype client: what the service keeps, refuses and mails."""

from __future__ import annotations

import smtplib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from myfone.kernel import clock, jobs
from myfone.kernel.models import Job
from myfone.tenancy.context import tenant
from telephony.models import Extension, Phone, SipDomain
from telephony.rules.skype_account import ha1
from telephony.rules.skype_password import Condition
from telephony.selectors.phones import clients, refusals, skype_phone
from telephony.services import skype as services
from tests.cast import Cast, Person

PASSWORD = "Gul-Kanin-47"


@pytest.fixture
def domain(cast: Cast) -> SipDomain:
    with tenant(cast.sara.actor):
        domain = SipDomain(customer=cast.bixen, name="it-bixen.dk")
        domain.save()
    return domain


def link(person: Person, domain: SipDomain, username: str = "mette", password: str = PASSWORD) -> Phone:
    assert person.employee is not None
    with tenant(person.actor):
        return services.create_skype_phone(
            actor=person.actor,
            employee=person.employee,
            sip_domain=domain,
            username=username,
            password=password,
            at=clock.now(),
        )


def kept(phone: Phone) -> Any:
    """The digest that the switch would see, asked as its owner would."""
    from django.db import connections

    with connections["migrator"].cursor() as cursor:
        cursor.execute("SELECT ha1 FROM switch.credential WHERE phone_id = %s", [phone.pk])
        return cursor.fetchone()


def audited() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT action FROM kernel_auditentry")
        return {row[0] for row in cursor.fetchall()}


def test_a_linked_client_has_address_number_and_digest(live_cast: Cast) -> None:
    with tenant(live_cast.sara.actor):
        domain = SipDomain(customer=live_cast.bixen, name="it-bixen.dk")
        domain.save()
        Extension(customer=live_cast.bixen, employee=live_cast.mette.employee, number="117").save()
    phone = link(live_cast.mette, domain, " Mette.Hansen ")
    with tenant(live_cast.mette.actor):
        found = skype_phone(live_cast.mette.actor, phone.employee_id)
        assert str(found) == "mette.hansen@it-bixen.dk"
        assert phone.line_identity == f"8{len(str(live_cast.bixen.pk))}{live_cast.bixen.pk}117"
        assert (clients([phone]), refusals([phone])) == ([], [])
    assert kept(phone) == (ha1("mette.hansen", "it-bixen.dk", PASSWORD),)
    with tenant(live_cast.mette.actor):
        services.disconnect(actor=live_cast.mette.actor, phone=phone, at=clock.now())
        assert skype_phone(live_cast.mette.actor, phone.employee_id) is None
        assert audited() == {"skype.linked", "skype.disconnected"}
    assert kept(phone) is None


def test_who_has_no_local_number_is_given_the_first_free_one(cast: Cast, domain: SipDomain) -> None:
    with tenant(cast.sara.actor):
        Extension(customer=cast.bixen, employee=cast.sara.employee, number="201").save()
    phone = link(cast.mette, domain)
    assert phone.line_identity.endswith("202")


@pytest.mark.parametrize(
    ("password", "missing"),
    [("kort", Condition.LENGTH), ("Mette12345", Condition.NO_USERNAME), ("Password1", Condition.NOT_COMMON)],
)
def test_a_password_against_the_rule_is_refused_with_what_is_missing(
    cast: Cast, domain: SipDomain, password: str, missing: Condition
) -> None:
    with pytest.raises(services.PasswordRefused) as refusal:
        link(cast.mette, domain, password=password)
    assert missing in refusal.value.conditions
    with tenant(cast.mette.actor):
        assert Phone.objects.visible_to(cast.mette.actor).count() == 0


def test_a_colleagues_user_name_is_refused_whatever_its_case(cast: Cast, domain: SipDomain) -> None:
    link(cast.mette, domain, "hansen")
    with pytest.raises(services.UsernameTaken, match=r"hansen@it-bixen\.dk"):
        link(cast.line, domain, "Hansen")


def test_nobody_takes_the_address_that_is_a_colleagues_mail(cast: Cast, domain: SipDomain) -> None:
    # Sara, the administrator, has no client yet; whoever rings sara@it-bixen.dk means her.
    with pytest.raises(services.UsernameTaken, match=r"sara@it-bixen\.dk"):
        link(cast.mette, domain, "Sara")
    assert link(cast.sara, domain, "sara").username == "sara"


def test_a_user_name_that_is_no_address_is_refused(cast: Cast, domain: SipDomain) -> None:
    with pytest.raises(services.UsernameRefused):
        link(cast.mette, domain, "mette hansen")


def test_one_employee_has_one_client_and_a_new_one_after_disconnecting(cast: Cast, domain: SipDomain) -> None:
    phone = link(cast.mette, domain)
    with pytest.raises(services.AlreadyLinked):
        link(cast.mette, domain, "mette2")
    with tenant(cast.mette.actor):
        services.disconnect(actor=cast.mette.actor, phone=phone, at=clock.now())
    assert link(cast.mette, domain).pk != phone.pk


def test_a_stranger_cannot_change_or_end_a_client(cast: Cast, domain: SipDomain) -> None:
    phone = link(cast.mette, domain)
    with pytest.raises(LookupError), tenant(cast.stig.actor):
        services.change_password(
            actor=cast.stig.actor, phone=phone, password="Anden-Kanin-48", at=clock.now()
        )
    with tenant(cast.stig.actor):
        services.disconnect(actor=cast.stig.actor, phone=phone, at=clock.now())
    with tenant(cast.mette.actor):
        assert skype_phone(cast.mette.actor, phone.employee_id) == phone


def reset(person: Person, phone: Phone) -> Job:
    with tenant(person.actor):
        services.reset_password(actor=person.actor, phone=phone)
        return Job.objects.get(kind="telephony.mail_password")


def test_while_no_mail_goes_out_the_old_password_stays(
    live_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenant(live_cast.sara.actor):
        domain = SipDomain(customer=live_cast.bixen, name="it-bixen.dk")
        domain.save()
    phone = link(live_cast.mette, domain)
    before = kept(phone)

    def refuse(*_: Any) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    job = reset(live_cast.mette, phone)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.done_at, job.failed_at) == (None, None)
    assert job.fault == "SMTPServerDisconnected"
    assert kept(phone) == before


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run each in a thread and a connection of its own; return results and exceptions."""
    results: list[Any] = [None] * len(works)
    start = threading.Barrier(len(works))

    def do(place: int) -> None:
        start.wait()
        try:
            results[place] = works[place]()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_linked_in_two_browsers_at_once_there_is_one_client(live_cast: Cast) -> None:
    with tenant(live_cast.sara.actor):
        domain = SipDomain(customer=live_cast.bixen, name="it-bixen.dk")
        domain.save()
    made, refused = sorted(
        at_once(*[lambda name=name: link(live_cast.mette, domain, name) for name in ("mette", "mh")]),
        key=lambda one: isinstance(one, Exception),
    )
    assert isinstance(made, Phone)
    assert isinstance(refused, services.AlreadyLinked)
    assert kept(made) is not None


def test_colleagues_who_link_at_once_get_different_numbers(live_cast: Cast) -> None:
    with tenant(live_cast.sara.actor):
        domain = SipDomain(customer=live_cast.bixen, name="it-bixen.dk")
        domain.save()
    people = {
        "mette": live_cast.mette,
        "line": live_cast.line,
        "peter": live_cast.peter,
        "sara": live_cast.sara,
    }
    made = at_once(*[lambda name=name, who=who: link(who, domain, name) for name, who in people.items()])
    assert len({phone.line_identity for phone in made}) == 4
