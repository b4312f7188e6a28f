"""A new address: proposed by the company, confirmed by its owner, and nothing goes there before."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import reverse

from myfone.accounts import invitations, limits
from myfone.accounts.models import Invitation, Membership, User
from myfone.kernel.models import OutboxMail
from myfone.kernel.outbox import render
from myfone.tenancy.context import tenant
from tests.cast import Cast, Person, signed_in

NEW = "mette.ny@it-bixen.dk"


def propose(cast: Cast, email: str = NEW) -> None:
    """Jonas, the reseller, changes the address in the list of employees."""
    assert cast.mette.employee is not None
    page = signed_in(cast.jonas)
    path = f"/admin/tenancy/employee/{cast.mette.employee.pk}/change/"
    assert page.post(path, {"name": "Mette Hansen", "email": email, "department": ""}).status_code == 302


def mails(person: Person) -> dict[str, OutboxMail]:
    with tenant(person.actor):
        return {f"{mail.template} {mail.recipient}": mail for mail in OutboxMail.objects.all()}


def link(cast: Cast, email: str = NEW) -> str:
    body = str(render(mails(cast.mette)[f"address_confirm {email}"]).body)
    found = re.search(r"/account/address/\S+", body)
    assert found
    return found[0]


def signs_in_with(cast: Cast) -> str:
    return User.objects.get(pk=cast.mette.user.pk).email


def test_until_it_is_confirmed_the_old_address_holds(live_cast: Cast) -> None:
    propose(live_cast)
    assert signs_in_with(live_cast) == "mette@it-bixen.dk"
    assert set(mails(live_cast.mette)) == {
        "address_proposed mette@it-bixen.dk",
        f"address_confirm {NEW}",
    }
    with connections["migrator"].cursor() as cursor:
        cursor.execute(
            "SELECT actor, details->>'before', details->>'after' FROM kernel_auditentry"
            " WHERE action = 'employee.email_changed'"
        )
        assert cursor.fetchall() == [(live_cast.jonas.actor.id, "mette@it-bixen.dk", NEW)]


def test_its_owner_confirms_it_once(live_cast: Cast) -> None:
    propose(live_cast)
    there = link(live_cast)
    mette = signed_in(live_cast.mette)
    # Mail programs look at links: looking changes nothing.
    assert mette.get(there).status_code == 200
    assert signs_in_with(live_cast) == "mette@it-bixen.dk"
    assert mette.post(there).status_code == 302
    assert signs_in_with(live_cast) == NEW
    told = {key for key in mails(live_cast.mette) if key.startswith("address_changed")}
    with connections["migrator"].cursor() as cursor:
        cursor.execute("SELECT recipient FROM kernel_outboxmail WHERE template = 'address_changed'")
        assert {row[0] for row in cursor.fetchall()} == {"mette@it-bixen.dk", NEW}
    assert told
    # The link died with the address that it was made for.
    assert mette.get(there).status_code == 302


@pytest.mark.parametrize("who", ["nobody", "jonas", "line", "stig"])
def test_nobody_else_confirms_it(live_cast: Cast, who: str) -> None:
    propose(live_cast)
    there = link(live_cast)
    browser = Client() if who == "nobody" else signed_in(getattr(live_cast, who))
    assert browser.post(there).status_code == 302
    assert signs_in_with(live_cast) == "mette@it-bixen.dk"


def test_an_address_that_somebody_signs_in_with_cannot_be_taken(live_cast: Cast) -> None:
    propose(live_cast, "stig@fremmed.dk")
    signed_in(live_cast.mette).post(link(live_cast, "stig@fremmed.dk"))
    assert signs_in_with(live_cast) == "mette@it-bixen.dk"
    assert User.objects.get(pk=live_cast.stig.user.pk).email == "stig@fremmed.dk"


def invited(cast: Cast) -> tuple[User, str]:
    """Give Mette a user that waits for a password, and return it with the link that her address was mailed."""
    cast.mette.user.set_unusable_password()
    cast.mette.user.save()
    return cast.mette.user, invitations.link(cast.mette.user).removeprefix(settings.PORTAL_URL)


def where(answer: Any) -> str:
    assert answer.status_code == 302
    return str(answer.url)


def test_an_invitation_to_a_wrong_address_is_void_once_the_address_is_mended(live_cast: Cast) -> None:
    user, wrong = invited(live_cast)
    reset = where(Client().get(wrong))
    assert "/key/" in reset
    propose(live_cast)
    user.refresh_from_db()
    assert user.email == NEW
    assert where(Client().get(wrong)) == reverse("account_reset_password")
    # Nor does the form help that the wrong address had opened before.
    password = "Fjorten-Ugler-Over-Skoven"
    Client().post(reset, {"password1": password, "password2": password}, follow=True)
    user.refresh_from_db()
    assert not user.has_usable_password()
    (mail,) = mails(live_cast.mette).values()
    assert (mail.template, mail.recipient) == ("invitation", NEW)
    found = re.search(r"/account/invitation/\S+", str(render(mail).body))
    assert found
    assert "/key/" in where(Client().get(found[0]))


def test_a_mended_address_that_somebody_signs_in_with_is_asked_to_join(live_cast: Cast) -> None:
    user, _wrong = invited(live_cast)
    propose(live_cast, "stig@fremmed.dk")
    assert not User.objects.filter(pk=user.pk).exists()
    (mail,) = mails(live_cast.mette).values()
    assert (mail.template, mail.recipient) == ("join", "stig@fremmed.dk")
    # And mended once more, that invitation is void too.
    propose(live_cast)
    assert Membership.objects.get(employee=live_cast.mette.employee).user.email == NEW
    assert not Invitation.objects.filter(employee=live_cast.mette.employee).exists()


def test_an_address_is_changed_a_few_times_a_day(live_cast: Cast) -> None:
    for turn in range(limits.ADDRESS_OF_EMPLOYEE.amount):
        propose(live_cast, f"mette.{turn}@it-bixen.dk")
    sent = len(mails(live_cast.mette))
    assert live_cast.mette.employee is not None
    path = f"/admin/tenancy/employee/{live_cast.mette.employee.pk}/change/"
    fields = {"name": "Mette Hansen", "email": NEW, "department": ""}
    answer = signed_in(live_cast.jonas).post(path, fields)
    assert "i morgen" in answer.content.decode()
    assert len(mails(live_cast.mette)) == sent
    # All else can be changed, and a colleague's address is refused before anybody is mailed.
    assert signed_in(live_cast.jonas).post(path, fields | {"email": "mette.3@it-bixen.dk"}).status_code == 302
    taken = signed_in(live_cast.jonas).post(path, fields | {"email": "Line@it-bixen.dk"})
    assert "findes allerede" in taken.content.decode()
