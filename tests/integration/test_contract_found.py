"""What is done with an order is found from every stage, and its end is said where it counts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import time_machine

from myfone.kernel import clock, outbox
from myfone.kernel.models import OutboxMail
from myfone.tenancy.context import tenant
from provisioning.models import Ending, Setup
from provisioning.rules.stages import StageName
from provisioning.services import ending_mails
from provisioning.services import setup as service
from tests.cast import Cast, signed_in
from tests.certificates import Outside, stand_ins
from tests.endings import in_use, ordered
from tests.integration.test_second_domain import FIRST, NOW, PAGES, SECOND, base, order_second

pytestmark = PAGES
LAST = dt.date(2026, 12, 31)


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outside:
    return stand_ins(tmp_path, FIRST, SECOND).use(monkeypatch)


def page(cast: Cast, address: str) -> str:
    answer = signed_in(cast.jonas).get(address, headers={"accept-language": "da"})
    assert answer.status_code == 200, address
    return " ".join(answer.content.decode().split())


def side(cast: Cast, address: str) -> str:
    found = page(cast, address)
    start = found.index('<nav class="manage"')
    return found[start : found.index("</nav>", start)]


def completed(cast: Cast) -> Setup:
    """A domain in use whose setup was completed without the rest."""
    setup, actor = in_use(cast, FIRST, cast.line), cast.jonas.actor
    with tenant(actor):
        for stage in (StageName.CONTACTS, StageName.DEACTIVATION, StageName.DONE):
            service.confirm_stage(actor=actor, customer=cast.bixen, stage=stage, at=clock.now(), setup=setup)
    return setup


@time_machine.travel(NOW, tick=False)
def test_every_stage_leads_to_what_is_done_with_an_order(cast: Cast, outside: Outside) -> None:
    skype = base(cast)
    assert '<nav class="manage"' not in page(cast, skype)
    ordered(cast)
    for stage in ("contacts/", "order/", "users/"):
        links = side(cast, f"{skype}{stage}")
        for address in ("licences/", "employees/", "add/", "order/cancel/"):
            assert f'href="{skype}{address}"' in links, (stage, address)
        assert f'href="{skype}end/"' not in links


@time_machine.travel(NOW, tick=False)
def test_the_end_is_told_where_the_setup_is_completed(cast: Cast, outside: Outside) -> None:
    skype = base(cast)
    completed(cast)
    assert f'href="{skype}end/"' in side(cast, f"{skype}done/")
    assert "Aftalen er opsagt" not in page(cast, f"{skype}done/")
    sent = {"last_day": LAST.isoformat(), "domain": FIRST}
    answer = signed_in(cast.jonas).post(f"{skype}end/", sent, follow=True)
    told = " ".join(answer.content.decode().split())
    assert "<h1>Aftalen er opsagt</h1>" in told
    assert "Alle, det vedrører, får besked på mail" in told
    for address in ("done/", "users/"):
        assert "Opsagt til 31. december" in side(cast, f"{skype}{address}")
    assert "Aftalen er opsagt: Sidste dag er 31. december 2026" in page(cast, f"{skype}done/")


@time_machine.travel(NOW, tick=False)
def test_the_link_of_the_mail_leads_to_the_end_of_that_domain(cast: Cast, outside: Outside) -> None:
    first = completed(cast)
    order_second(cast)
    sent = {"last_day": LAST.isoformat(), "domain": FIRST}
    assert signed_in(cast.jonas).post(f"{base(cast, first)}end/", sent).status_code == 302
    with tenant(cast.jonas.actor):
        ending = Ending.objects.visible_to(cast.jonas.actor).get()
    ending_mails.promise(actor=cast.jonas.actor, ending_id=ending.pk, kind="announced")
    with tenant(cast.provider.actor):
        mail = outbox.render(
            OutboxMail.objects.get(template="ending_customer", recipient=cast.jonas.user.email)
        )
    path = f"{base(cast, first)}end/"
    assert f"{path}\n" in mail.body
    assert "Træk tilbage" in page(cast, path)
