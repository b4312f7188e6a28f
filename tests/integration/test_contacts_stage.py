"""The contacts stage: the mail to everybody, what employees answer, and what the reseller sees of it (G11)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from myfone.accounts.models import User
from myfone.kernel import outbox
from myfone.kernel.models import Job, OutboxMail
from myfone.tenancy.actor import NotAllowed
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Employee
from provisioning.jobs import contacts_round
from provisioning.models import Answer, ContactsRound
from provisioning.selectors.moving import moving
from provisioning.services import moving as service
from tests.cast import Cast
from tests.integration.test_setup_pages import base, browser, found, ordered

AT = dt.datetime(2026, 11, 12, 9, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def setting(cast: Cast) -> Cast:
    ordered(cast)
    User.objects.filter(pk=cast.line.user.pk).update(language="sv")
    User.objects.filter(pk=cast.peter.user.pk).update(language="en")
    with tenant(cast.jonas.actor):
        Employee(customer=cast.bixen, name="Uden Bruger", email="uden@it-bixen.dk").save()
        Employee.objects.visible_to(cast.jonas.actor).update(created_at=AT - HOUR)
    return cast


def mail(cast: Cast, number: int, at: dt.datetime = AT) -> ContactsRound:
    with tenant(cast.jonas.actor):
        return service.mail_everybody(actor=cast.jonas.actor, customer=cast.bixen, number=number, at=at)


def deliver(cast: Cast) -> None:
    for job in Job.objects.filter(kind=service.JOB):
        contacts_round(job)
        contacts_round(job)  # delivered twice


def sent(cast: Cast) -> list[OutboxMail]:
    with tenant(cast.jonas.actor):
        return list(OutboxMail.objects.filter(template=service.TEMPLATE).order_by("pk"))


def say(cast: Cast, who: str, answer: Answer, at: dt.datetime = AT) -> None:
    actor = getattr(cast, who).actor
    with tenant(actor):
        service.answer(actor=actor, said=answer, at=at)


def test_everybody_gets_one_mail_in_their_own_language(setting: Cast) -> None:
    for _ in range(2):  # a double click
        assert mail(setting, 1).people == 5
    deliver(setting)
    mails = {one.recipient: one for one in sent(setting)}
    assert {address: one.language for address, one in mails.items()} == {
        "sara@it-bixen.dk": "da",
        "peter@it-bixen.dk": "en",
        "mette@it-bixen.dk": "da",
        "line@it-bixen.dk": "sv",
        "uden@it-bixen.dk": "da",
    }
    assert len(sent(setting)) == 5
    message = outbox.render(mails["peter@it-bixen.dk"])
    assert message.subject == "Take your Skype contacts along – before we change at IT-bixen ApS"
    assert "Hello Peter Kold" in message.body
    assert "/contacts/import/" in message.body
    assert "/contacts/move/" in message.body
    assert "Hej Line Mark" in outbox.render(mails["line@it-bixen.dk"]).body


def test_a_reminder_goes_to_those_who_have_not_answered(setting: Cast) -> None:
    mail(setting, 1)
    deliver(setting)
    say(setting, "mette", Answer.EXPORTED)
    say(setting, "line", Answer.NONE)
    with pytest.raises(service.MailRefused, match="11:00"):
        mail(setting, 2, AT + HOUR / 2)
    with pytest.raises(service.MailRefused):
        mail(setting, 3, AT + 2 * HOUR)
    assert mail(setting, 2, AT + 2 * HOUR).people == 3
    deliver(setting)
    assert {one.recipient for one in sent(setting)[5:]} == {
        "sara@it-bixen.dk",
        "peter@it-bixen.dk",
        "uden@it-bixen.dk",
    }


def test_nobody_is_asked_who_has_answered_meanwhile(setting: Cast) -> None:
    mail(setting, 1)
    say(setting, "mette", Answer.EXPORTED)
    deliver(setting)
    assert "mette@it-bixen.dk" not in {one.recipient for one in sent(setting)}


def test_the_reseller_sees_who_has_answered(setting: Cast) -> None:
    client = browser(setting.jonas)
    at = f"{base(setting.bixen)}contacts/"
    page = client.get(at).content.decode()
    assert "Send to all employees" in page
    assert "5 employees have not answered." in page
    after = client.post(f"{at}send/", {"round": "1"}, follow=True).content.decode()
    assert "The mail is on its way to 5 employees." in after
    assert "Remind those who have not answered" in after
    again = client.post(f"{at}send/", {"round": "2"}, follow=True).content.decode()
    assert "less than an hour ago" in again
    for odd in ("", "x", "-1", "9" * 40, "²"):
        assert client.post(f"{at}send/", {"round": odd}).status_code == 302
    for person in ("mette", "sara"):
        assert (
            browser(getattr(setting, person)).post("/contacts/move/", {"answer": "exported"}).status_code
            == 302
        )
    page = client.get(at).content.decode()
    assert "2 of 5 have answered: 2 have exported, 0 have none." in page
    client.post(at)
    assert "What the employees answered" in client.get(at).content.decode()
    with tenant(setting.jonas.actor):
        assert ContactsRound.objects.visible_to(setting.jonas.actor).count() == 1


def test_an_employee_answers_and_changes_the_answer(setting: Cast) -> None:
    client = browser(setting.mette)
    assert "Take your Skype contacts along" in client.get("/").content.decode()
    assert "IT-bixen ApS moves Skype for Business" in client.get("/contacts/move/").content.decode()
    for answer, said in (
        ("none", "You have none to export"),
        ("exported", "You have exported your contacts"),
    ):
        page = client.post("/contacts/move/", {"answer": answer}, follow=True).content.decode()
        assert "Your company can see that you have answered." in page
        assert said in page
    client.post("/contacts/move/", {"answer": "nonsense"})
    assert "Take your Skype contacts along" not in client.get("/").content.decode()
    with tenant(setting.jonas.actor):
        seen = moving(actor=setting.jonas.actor, setup=found(setting))
    assert (seen.exported, seen.none) == (1, 0)


def test_where_nothing_moves_nobody_is_asked(setting: Cast) -> None:
    client = browser(setting.freja)
    assert "Nothing to move" in client.get("/contacts/move/").content.decode()
    after = client.post("/contacts/move/", {"answer": "none"}, follow=True).content.decode()
    assert "Your company has no contacts to move." in after
    assert "Take your Skype contacts along" not in client.get("/").content.decode()


def test_strangers_neither_send_nor_answer(setting: Cast) -> None:
    for who in ("olga", "stig", "sara", "mette"):
        person = getattr(setting, who)
        assert browser(person).post(f"{base(setting.bixen)}contacts/send/", {"round": "1"}).status_code == 404
    assert browser(setting.jonas).get("/contacts/move/").status_code == 404
    with tenant(setting.sara.actor), pytest.raises(NotAllowed):
        service.mail_everybody(actor=setting.sara.actor, customer=setting.bixen, number=1, at=AT)
    assert sent(setting) == []


def test_before_the_order_there_is_nobody_to_ask(cast: Cast) -> None:
    answer = browser(cast.jonas).post(f"{base(cast.bixen)}contacts/send/", {"round": "1"})
    assert (answer.status_code, b"not ordered yet" in answer.content) == (409, True)


def test_the_stage_takes_few_queries_and_no_more_for_many(setting: Cast) -> None:
    client = browser(setting.jonas)
    path = f"{base(setting.bixen)}contacts/"

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path).status_code == 200
        return sum("SAVEPOINT" not in query["sql"] for query in seen)

    queries()
    few = queries()
    with tenant(setting.jonas.actor):
        Employee.objects.bulk_create(
            Employee(customer=setting.bixen, name=f"Nr {n}", email=f"n{n}@it-bixen.dk") for n in range(200)
        )
    assert queries() == few <= 6


def test_who_goes_on_without_answers_signs_for_that_and_the_others_are_still_asked(setting: Cast) -> None:
    say(setting, "mette", Answer.EXPORTED)
    jonas, contacts = browser(setting.jonas, "da"), f"{base(setting.bixen)}contacts/"
    assert "Gå videre, selv om 4 ikke har svaret" in jonas.get(contacts).content.decode()
    jonas.post(contacts)
    past = jonas.get(f"{base(setting.bixen)}history/").content.decode()
    assert "Gik videre, selv om 4 medarbejdere ikke havde svaret om deres kontakter" in past
    asked = "Tag dine Skype-kontakter med"
    assert asked in browser(setting.line, "da").get("/").content.decode()
    assert asked not in browser(setting.mette, "da").get("/").content.decode()
    jonas.post(f"{base(setting.bixen)}deactivation/")
    assert asked not in browser(setting.line, "da").get("/").content.decode()
