"""Two clicks at once give an employee one phone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from telephony.models import Phone, PhoneKind, SipDomain
from telephony.services import phones
from tests.cast import Cast

CLICKS = 3


def test_clicks_at_once_make_one_phone_and_the_others_are_told(live_cast: Cast) -> None:
    sara, mette = live_cast.sara.actor, live_cast.mette.employee
    assert mette is not None
    with tenant(sara):
        domain = SipDomain(customer=live_cast.bixen, name="it-bixen.dk")
        domain.save()
    together = Barrier(CLICKS, timeout=20)

    def click(_number: int) -> str:
        try:
            with tenant(sara):
                together.wait()
                _phone, password = phones.add_sip_phone(
                    actor=sara, employee=mette, sip_domain=domain, kind=PhoneKind.DESK, seen=0, at=clock.now()
                )
            return password
        except phones.PhonesChanged:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(CLICKS) as threads:
        passwords = list(threads.map(click, range(CLICKS)))
    assert len([one for one in passwords if one]) == 1
    with tenant(sara):
        assert Phone.objects.visible_to(sara).filter(employee=mette, kind=PhoneKind.DESK).count() == 1
