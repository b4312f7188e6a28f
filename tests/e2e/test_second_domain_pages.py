"""The pages of a customer with several domains, looked at as everybody would."""

from __future__ import annotations

from pathlib import Path

import pytest

from myfone.tenancy.context import tenant
from provisioning.models import Order
from tests.certificates import Outside, stand_ins
from tests.e2e.accessibility import Reader
from tests.e2e.conftest import Portal
from tests.endings import in_use
from tests.integration.test_second_domain import FIRST, SECOND, base, begin, second_in_use


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outside:
    return stand_ins(tmp_path, FIRST, SECOND).use(monkeypatch)


def test_everybody_can_use_the_pages_of_several_domains(portal: Portal, outside: Outside) -> None:
    cast = portal.cast
    in_use(cast, FIRST, cast.line)
    second = second_in_use(cast)
    skype = base(cast)
    begin(cast, "tredje.dk")
    with tenant(cast.jonas.actor):
        draft = Order.objects.visible_to(cast.jonas.actor).get(domain="tredje.dk")
    addresses = (
        skype,
        f"{base(cast, second)}order/",
        f"{base(cast, second)}users/",
        f"{skype}{draft.public_id}/order/",
        f"{skype}{draft.public_id}/order/confirm/",
    )
    staff, user = Reader(portal, cast.jonas), Reader(portal, cast.mette)
    looks = [(staff, address) for address in addresses] + [(user, "/settings/skype-for-business/")]
    assert [fault for reader, address in looks for fault in reader.faults(address)] == []
