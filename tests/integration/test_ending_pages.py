"""The pages that cancel an order and end a contract, as a reseller meets them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from provisioning.models import Ending, Order
from tests.cast import Cast, signed_in
from tests.certificates import Outside, stand_ins
from tests.endings import carried_out, in_use, ledger, ordered


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outside:
    return stand_ins(tmp_path, "it-bixen.dk").use(monkeypatch)


def base(cast: Cast) -> str:
    return f"/admin/customers/{cast.bixen.public_id}/skype/"


def test_a_contract_is_ended_withdrawn_and_ended_at_once(live_cast: Cast, outside: Outside) -> None:
    in_use(live_cast)
    browser, skype = signed_in(live_cast.jonas), base(live_cast)
    assert f"{skype}end/" in browser.get(f"{skype}order/").content.decode()
    assert "Hvad der sker" in browser.get(f"{skype}end/").content.decode()
    later = (clock.local_date(clock.now()) + dt.timedelta(days=40)).isoformat()

    wrong = browser.post(f"{skype}end/", {"last_day": later, "domain": "it-bixen.com"}).content.decode()
    assert "Det er ikke domænet" in wrong
    for domain, says in (("it-bixen.com", "Det er ikke domænet"), ("", "Dette felt er påkrævet")):
        both = browser.post(f"{skype}end/", {"last_day": "2020-01-01", "domain": domain}).content.decode()
        assert says in both
        assert "Den dag er passeret" in both
    assert f'value="{later}"' in wrong
    for _ in range(2):
        assert browser.post(f"{skype}end/", {"last_day": later, "domain": "IT-Bixen.dk"}).status_code == 302
    announced = browser.get(f"{skype}end/").content.decode()
    assert "Træk tilbage" in announced
    assert "Ophører" in browser.get("/admin/").content.decode()
    mine = signed_in(live_cast.mette)
    assert "Din konto lukkes" in mine.get("/settings/skype-for-business/").content.decode()

    assert browser.post(f"{skype}end/withdraw/").status_code == 302
    assert "Din konto lukkes" not in mine.get("/settings/skype-for-business/").content.decode()
    assert "Træk tilbage" not in browser.get(f"{skype}end/").content.decode()

    today = clock.local_date(clock.now()).isoformat()
    browser.post(f"{skype}end/", {"last_day": today, "domain": "it-bixen.dk"})
    under_way = browser.get(f"{skype}end/").content.decode()
    assert "hx-trigger" in under_way
    assert browser.post(f"{skype}end/withdraw/", follow=True).status_code == 200
    with tenant(live_cast.jonas.actor):
        ending = Ending.objects.visible_to(live_cast.jonas.actor).get(withdrawn_at=None)
    carried_out(ending)
    assert all(until for _name, until in ledger(live_cast))
    done = browser.get(f"{skype}end/").content.decode()
    assert "it-bixen.dk er frit" in done
    assert browser.post(f"{skype}end/retry/").status_code == 302
    assert "Ikke bestilt endnu" in browser.get(skype).content.decode()
    assert browser.get(f"{skype}order/cancel/").status_code == 302


def test_an_order_is_cancelled_with_a_reason(live_cast: Cast) -> None:
    ordered(live_cast)
    browser, skype = signed_in(live_cast.jonas), base(live_cast)
    assert f"{skype}order/cancel/" in browser.get(f"{skype}order/").content.decode()
    assert browser.get(f"{skype}end/").status_code == 302
    assert "Intet opkræves" in browser.get(f"{skype}order/cancel/").content.decode()
    assert browser.post(f"{skype}order/cancel/", {"reason": "x" * 201}).status_code == 409
    for _ in range(2):
        assert browser.post(f"{skype}order/cancel/", {"reason": "Fortrudt"}).status_code == 302
    with tenant(live_cast.jonas.actor):
        order = Order.objects.visible_to(live_cast.jonas.actor).get()
    assert order.cancel_reason == "Fortrudt"
    assert "Ikke bestilt endnu" in browser.get(skype).content.decode()
