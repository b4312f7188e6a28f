"""What overviews say of a customer with two domains: each stands for itself, and one hides nothing of the other."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
import time_machine

from myfone.backoffice.overview import overview
from myfone.kernel import clock
from myfone.tenancy.context import tenant
from provisioning.models import Setup
from provisioning.rules.stages import StageName
from provisioning.services import endings
from provisioning.services import setup as service
from tests.cast import Cast, Person, signed_in
from tests.certificates import Outside, stand_ins
from tests.endings import in_use
from tests.integration.test_second_domain import FIRST, NOW, PAGES, SECOND, base, begin, order_second

pytestmark = PAGES
COMMAND = "Bekræft, at Skype Online er deaktiveret"


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outside:
    return stand_ins(tmp_path, FIRST, SECOND).use(monkeypatch)


@pytest.fixture
def two(cast: Cast, outside: Outside) -> tuple[Setup, Setup]:
    """The first domain in use with Line at it, the second before its deactivation."""
    with time_machine.travel(NOW, tick=False):
        first, second = in_use(cast, FIRST, cast.line), order_second(cast)
        actor, at = cast.jonas.actor, clock.now()
        with tenant(actor):
            for setup, stage in (
                (first, StageName.CONTACTS),
                (first, StageName.DEACTIVATION),
                (second, StageName.CONTACTS),
            ):
                service.confirm_stage(actor=actor, customer=cast.bixen, stage=stage, at=at, setup=setup)
    return first, second


def text(person: Person, address: str) -> str:
    answer = signed_in(person).get(address, headers={"accept-language": "da"})
    assert answer.status_code == 200, address
    return " ".join(answer.content.decode().split())


def test_what_is_in_use_stays_so_while_a_second_domain_is_set_up(
    cast: Cast, two: tuple[Setup, Setup]
) -> None:
    with tenant(cast.jonas.actor):
        shown = overview(cast.jonas.actor)
    assert (shown["in_use"], shown["connected"], shown["customers"]) == (1, 1, 1)
    told = [(line.domain, line.live, line.waits, line.linked, line.employees) for line in shown["begun"]]
    assert told == [(FIRST, True, False, 1, 4), (SECOND, False, True, 0, 3)]
    assert [line.domain for line in shown["waiting"]] == [SECOND]
    assert [line.url for line in shown["begun"]] == [base(cast, one) for one in two]


def test_each_domain_has_a_line_wherever_the_reseller_looks(cast: Cast, two: tuple[Setup, Setup]) -> None:
    first, second = two
    for address in ("/admin/", "/admin/tenancy/customer/"):
        page = text(cast.jonas, address)
        assert FIRST in page
        assert SECOND in page
        assert f'href="{base(cast, first)}"' in page
        assert f'href="{base(cast, second)}"' in page
        assert "+1" not in page
    assert f'href="{base(cast, second)}"' in text(cast.jonas, "/")
    # Whoever looks for what is being set up finds it, and whoever looks for what is in use does too.
    for progress in ("begun", "live"):
        assert "IT-bixen" in text(cast.jonas, f"/admin/tenancy/customer/?skype={progress}")


def test_the_company_reads_how_its_own_domains_stand_and_no_commands(
    cast: Cast, two: tuple[Setup, Setup]
) -> None:
    page = text(cast.sara, "/")
    assert COMMAND not in page
    assert re.search(rf"<b>I brug</b><span[^>]*>{FIRST}", page)
    assert re.search(rf"<b>Jeres forhandler sætter det op</b><span[^>]*>{SECOND}", page)
    with time_machine.travel(NOW, tick=False), tenant(cast.jonas.actor):
        endings.announce(
            actor=cast.jonas.actor, setup=two[0], last_day=dt.date(2026, 12, 31), typed=FIRST, at=NOW
        )
    page = text(cast.sara, "/")
    assert re.search(rf"<b>I brug til og med 31\. december 2026</b><span[^>]*>{FIRST}", page)
    # What the reseller only thinks of ordering is not the company's yet.
    assert SECOND in page
    assert "tredje.dk" not in page


def test_a_draft_is_the_resellers_own(cast: Cast) -> None:
    begin(cast)
    page = text(cast.sara, "/")
    assert SECOND not in page
    assert "Bekræft bestillingen" not in page
    assert "Skype for Business er ikke bestilt" in page


def test_the_form_for_one_more_domain_begins_anew_and_can_be_left(
    cast: Cast, two: tuple[Setup, Setup]
) -> None:
    page = text(cast.jonas, f"{base(cast)}add/")
    steps = page[page.index('<ol class="steps"') : page.index("</ol>", page.index('<ol class="steps"'))]
    assert 'class="done"' not in steps
    assert "href" not in steps
    assert f'href="{base(cast)}">Annuller</a>' in page
