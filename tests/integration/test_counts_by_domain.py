"""With several domains, accounts and certificates belong to one of them each."""

from __future__ import annotations

from pathlib import Path

import pytest
import time_machine

from myfone.tenancy.context import tenant
from provisioning import history_texts
from provisioning.selectors import customers_with_stage
from provisioning.selectors.past import history
from provisioning.selectors.setups import standings
from tests.cast import Cast, signed_in
from tests.certificates import Outside, stand_ins
from tests.endings import in_use
from tests.integration.test_second_domain import FIRST, NOW, SECOND, base, second_in_use


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outside:
    return stand_ins(tmp_path, FIRST, SECOND).use(monkeypatch)


@pytest.mark.django_db(databases=["default", "counters"])
def test_accounts_and_certificates_count_for_their_own_domain(cast: Cast, outside: Outside) -> None:
    actor = cast.jonas.actor
    with time_machine.travel(NOW, tick=False):
        first = in_use(cast, FIRST, cast.line)
        second = second_in_use(cast)
        with tenant(actor):
            found = standings(actor=actor, customer_public_id=cast.bixen.public_id)
            told = [history(actor=actor, standing=each, licences={}) for each in found]
            (listed,) = [one for one in customers_with_stage(actor=actor) if one.customer == cast.bixen]
        page = signed_in(cast.jonas).get(f"{base(cast, second)}users/").content.decode()
    # Line is at the first domain: the second neither counts nor awaits her.
    at_first, at_second = (one.progress for one in found)
    assert [one.setup for one in found] == [first, second]
    assert (at_first.linked, at_second.linked) == (1, 0)
    assert (at_first.awaited, at_second.awaited) == (4, 3)
    assert at_second.employees == 4
    assert (listed.linked, listed.employees) == (1, at_first.employees)
    assert "line@it-bixen.dk" in page
    assert "På et andet af virksomhedens domæner" in page
    issued = history_texts.sentence("certificate.confirmed", {}, {})
    assert [sum(one.text == issued for one in happened) for happened in told] == [1, 1]
