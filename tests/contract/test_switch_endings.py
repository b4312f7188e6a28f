"""Registrations end with the password that they were made with, and user names are taken as people write them."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import time
from typing import Any

import pytest
from django.db import connections

from demo.sipclient import Account, sign_in
from demo.sipclient.connection import Connection, tls
from demo.sipclient.digest import Challenge, authorization
from myfone.kernel import clock
from myfone.tenancy.context import tenant, unscoped
from stack.authority import Authority
from stack.haproxy import HAProxy
from stack.kamailio import Kamailio
from stack.postgres import Postgres
from telephony.models import Phone
from telephony.services import skype as services
from tests.cast import Cast
from tests.contract.switching import BAN_AFTER, PASSWORD, Linked, Via, eventually, location, refused

NEW = "Anden-Kanin-48"
SOON = 6.0  # seconds; the switch looks each second


def in_memory(switch: Kamailio) -> list[str]:
    """The contacts that the switch routes calls to; an address without any is forgotten a little later."""
    command = ["kamcmd", "-s", f"unix:{switch.control}", "ul.dump"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return re.findall(r"Address: (\S+)", shown)


def change(who: Linked, password: str = NEW) -> None:
    with tenant(who.person.actor):
        services.change_password(actor=who.person.actor, phone=who.phone, password=password, at=clock.now())


def front(sip_front: HAProxy, authority: Authority, source: str) -> Via:
    def via() -> Connection:
        return tls(sip_front.address, 443, host="sip.it-bixen.dk", ca_file=str(authority.root), source=source)

    return via


@pytest.mark.parametrize("end", ["change", "forgotten", "disconnect", "disable", "leave"])
def test_a_registration_ends_with_its_password(
    mette: Linked,
    switch: Kamailio,
    sip_front: HAProxy,
    authority: Authority,
    source: str,
    postgres: Postgres,
    end: str,
) -> None:
    session = sign_in(mette.account, via=front(sip_front, authority, source))
    assert len(in_memory(switch)) == 1
    began = time.monotonic()
    actor = mette.person.actor
    with tenant(actor):
        if end in ("change", "forgotten"):
            services.change_password(actor=actor, phone=mette.phone, password=NEW, at=clock.now())
        elif end == "disconnect":
            services.disconnect(actor=actor, phone=mette.phone, at=clock.now())
        elif end == "disable":
            Phone.objects.visible_to(actor).filter(pk=mette.phone.pk).update(is_enabled=False)
        else:
            assert mette.person.employee is not None
            mette.person.employee.ended_at = clock.now()
            mette.person.employee.save()
    assert eventually(lambda: in_memory(switch) == [] and location(postgres) == [], SOON)
    assert time.monotonic() - began < SOON
    # Its connection stays, so a call that is up goes on over it; the next registration is asked for the password.
    assert session.register().status == 401
    session.close()


def test_who_signs_in_with_the_new_password_stays(
    mette: Linked, switch: Kamailio, udp: Via, postgres: Postgres
) -> None:
    old = sign_in(mette.account, via=udp, agent="Old/1")
    change(mette)
    new = sign_in(Account(str(mette.phone), NEW), via=udp, agent="New/1")
    assert eventually(lambda: [row[2] for row in location(postgres)] == ["New/1"], SOON)
    # Not even when the same client comes back, and after more looks of the switch.
    again = sign_in(Account(str(mette.phone), NEW), via=udp, agent="Old/1")
    assert refused(Account("nobody@it-bixen.dk", "x"), udp) == 401
    end = time.monotonic() + 1.5
    assert not eventually(lambda: len(location(postgres)) != 2, end - time.monotonic())
    old.close()
    for session in (new, again):
        session.sign_out()


def test_a_registration_that_was_on_its_way_when_the_password_changed_ends_too(
    mette: Linked, udp: Via, postgres: Postgres
) -> None:
    change(mette)
    assert refused(mette.account, udp) == 401
    change(mette, PASSWORD)
    session = sign_in(mette.account, via=udp)
    # As the switch would leave it that checked the old password and saved after the change.
    with connections["migrator"].cursor() as cursor:
        cursor.execute("UPDATE switch.registration SET credential = credential - 1")
    assert eventually(lambda: location(postgres) == [], SOON)
    session.close()


def test_a_mailed_password_lapses_and_takes_its_registrations_along(
    mette: Linked, switch: Kamailio, udp: Via, postgres: Postgres
) -> None:
    actor = mette.person.actor
    soon = clock.now() + dt.timedelta(seconds=4)
    with tenant(actor):
        services.take_mailed_password(
            actor=actor, phone=mette.phone, password=NEW, lapses_at=soon, at=clock.now()
        )
    session = sign_in(Account(str(mette.phone), NEW), via=udp)
    assert len(in_memory(switch)) == 1
    assert eventually(lambda: in_memory(switch) == [] and location(postgres) == [], 4 + SOON)
    for _ in range(BAN_AFTER + 1):
        assert refused(Account(str(mette.phone), NEW), udp) == 403
    assert mette.refusals() == []
    # Nobody was shut out for it: the new password works from the same place at once.
    change(mette, PASSWORD)
    sign_in(mette.account, via=udp).sign_out()
    session.close()


def test_a_client_that_still_has_the_former_password_shuts_nobody_out(
    mette: Linked, udp: Via, source: str
) -> None:
    change(mette)
    for written in (str(mette.phone), "Mette@It-Bixen.dk"):
        assert [refused(Account(written, PASSWORD), udp) for _ in range(BAN_AFTER + 1)] == [401] * (
            BAN_AFTER + 1
        )
    assert mette.refusals() == []
    sign_in(Account(str(mette.phone), NEW), via=udp).sign_out()
    # The one before that is a guess again.
    change(mette, "Tredje-Kanin-49")
    assert refused(mette.account, udp) == 401
    assert [one.failures for one in mette.refusals()] == [1]


def test_a_colleague_stays_signed_in(mette: Linked, live_cast: Cast, udp: Via, postgres: Postgres) -> None:
    line = live_cast.line
    assert line.employee is not None
    with tenant(line.actor):
        assert mette.phone.sip_domain is not None
        phone = services.create_skype_phone(
            actor=line.actor,
            employee=line.employee,
            sip_domain=mette.phone.sip_domain,
            username="line",
            password=PASSWORD,
            at=clock.now(),
        )
    one, other = sign_in(mette.account, via=udp), sign_in(Account(str(phone), PASSWORD), via=udp)
    change(mette)
    assert eventually(lambda: [row[0] for row in location(postgres)] == ["line"], SOON)
    one.close()
    other.sign_out()


@pytest.mark.parametrize(
    "address",
    ["Mette@It-Bixen.dk", "METTE@IT-BIXEN.DK", "mette@IT-bixen.dk", "Mette@it-bixen.dk"],
)
def test_capitals_in_the_address_make_no_difference(
    mette: Linked, udp: Via, postgres: Postgres, address: str
) -> None:
    with sign_in(Account(address, PASSWORD), via=udp):
        assert [row[:2] for row in location(postgres)] == [("mette", "it-bixen.dk")]
        assert mette.refusals() == []


def test_a_client_may_give_the_whole_address_as_its_user_name(
    mette: Linked, udp: Via, monkeypatch: pytest.MonkeyPatch
) -> None:
    def whole(challenge: Challenge, *, user: str, **rest: Any) -> str:
        return authorization(challenge, user=f"{user}@It-Bixen.dk", **rest)

    monkeypatch.setattr("demo.sipclient.client.authorization", whole)
    sign_in(mette.account, via=udp).sign_out()
    assert mette.refusals() == []


def test_a_spelling_that_nobody_foresaw_is_shown_to_its_owner(mette: Linked, udp: Via) -> None:
    assert refused(Account("mEtTe@it-bixen.dk", PASSWORD), udp) == 401
    (refusal,) = mette.refusals()
    assert refusal.spelling == "mEtTe"
    assert refused(Account("mette@it-bixen.dk", "Rød-Kanin-48"), udp) == 401
    assert mette.refusals()[0].spelling == ""


def test_the_spelling_at_linking_works_and_outlives_a_change(
    mette: Linked, udp: Via, postgres: Postgres
) -> None:
    actor = mette.person.actor
    with tenant(actor), unscoped("a test writes what a form would"):
        Phone.objects.filter(pk=mette.phone.pk).update(username_as_typed="mEtTe")
    mette.phone.username_as_typed = "mEtTe"
    for password in (NEW, PASSWORD):
        change(mette, password)
        with sign_in(Account("mEtTe@it-bixen.dk", password), via=udp):
            assert [row[:2] for row in location(postgres)] == [("mette", "it-bixen.dk")]
    assert mette.refusals() == []
