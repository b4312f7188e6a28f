"""What a customer may call, as staff decide it, and the provider's trunks."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from myfone.kernel import clock, jobs
from myfone.kernel.gateways import gateway
from myfone.kernel.models import AuditEntry, Job
from myfone.tenancy.actor import NotAllowed
from myfone.tenancy.context import tenant
from stack.authority import Authority
from telephony.gateways.trunkfront import Seen
from telephony.models import CallPolicy, Trunk, TrunkSource
from telephony.rules.trunk_front import Line
from telephony.services import trunks
from telephony.services.call_policy import Policy, policy_of, set_policy
from tests.cast import Cast, Person, signed_in


def browser(person: Person) -> Client:
    client = signed_in(person)
    client.cookies["language"] = "en"
    return client


def fields(client: Client, path: str) -> dict[str, object]:
    """Return what the form would send as it stands; an unticked box sends nothing."""
    answer = client.get(path)
    form = answer.context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (False, None)} | {
        "seen": answer.context["seen"]
    }


def test_what_may_be_called_is_changed_after_saying_what_that_means(cast: Cast) -> None:
    jonas, here = browser(cast.jonas), f"/admin/customers/{cast.bixen.public_id}/numbers/policy/"
    wanted = fields(jonas, here) | {"allows_premium": "on", "calls_at_once": 5}
    asked = " ".join(jonas.post(here, wanted).content.decode().split())
    assert "Premium numbers can be called." in asked
    assert "Calls with the public network at once: 5 instead of 30." in asked
    with tenant(cast.jonas.actor):
        assert policy_of(cast.jonas.actor, cast.bixen) == Policy()
    for _ in range(2):  # a double click is one change
        assert jonas.post(here, wanted | {"confirm": "yes"}).status_code == 302
    with tenant(cast.jonas.actor):
        row = CallPolicy.objects.visible_to(cast.jonas.actor).get(customer=cast.bixen)
        assert (row.allows_premium, row.allows_satellite, row.calls_at_once) == (True, False, 5)
    assert AuditEntry.objects.filter(action="call_policy.changed").count() == 1
    # Another window that was opened before.
    late = jonas.post(here, wanted | {"allows_satellite": "on", "confirm": "yes"})
    assert late.status_code == 409
    assert "Meanwhile somebody changed" in late.content.decode()
    wrong = jonas.post(here, wanted | {"country": "XX", "time_zone": "Mars/Base"})
    assert wrong.status_code == 422
    assert "XX is not one of the available choices" in wrong.content.decode()

    assert browser(cast.olga).get(here).status_code == 404
    with tenant(cast.sara.actor), pytest.raises(NotAllowed):
        set_policy(actor=cast.sara.actor, customer=cast.bixen, policy=Policy(), seen="")


def test_the_provider_keeps_trunks_by_address_and_is_asked_before_the_last_ends(cast: Cast) -> None:
    pia, here = browser(cast.provider), "/admin/telephony/trunk/"
    said = {"name": "Nordnet", "gateway": "sip.nordnet.dk:5061", "transport": "udp", "rank": 10}
    said["is_enabled"] = "on"
    wrong = pia.post(f"{here}add/", said | {"addresses": "192.0.2.7:5060"})
    assert "is no IP address" in wrong.content.decode()
    assert pia.post(f"{here}add/", said | {"addresses": "192.0.2.7\n2001:db8::7"}).status_code == 302
    trunk = Trunk.objects.get()
    taken = pia.post(f"{here}add/", said | {"name": "Andet", "addresses": "192.0.2.7"})
    assert "belongs to the trunk Nordnet" in taken.content.decode()
    there = f"{here}{trunk.pk}/change/"
    shown = pia.get(there).content.decode()
    assert "192.0.2.7" in shown
    assert "is not encrypted is refused" in shown
    assert "although no other trunk" not in shown
    assert pia.post(there, said | {"addresses": "192.0.2.8"}).status_code == 302
    assert [source.address for source in TrunkSource.objects.all()] == ["192.0.2.8"]
    ends = {name: value for name, value in said.items() if name != "is_enabled"} | {"addresses": "192.0.2.8"}
    asked = pia.post(there, ends).content.decode()
    assert "No other trunk is in use" in asked
    assert "End it although no other trunk is in use" in asked
    assert pia.post(there, ends | {"confirm": "on"}).status_code == 302
    assert not Trunk.objects.get().is_enabled
    assert browser(cast.jonas).get(here).status_code == 403


def test_a_trunk_with_tls_is_told_whose_certificate_is_right(cast: Cast, tmp_path: Path) -> None:
    pia, here = browser(cast.provider), "/admin/telephony/trunk/add/"
    said = {"name": "Sikker", "gateway": "192.0.2.7", "transport": "tls", "rank": 10, "is_enabled": "on"}
    said["addresses"] = "192.0.2.7"
    assert "The gateway is an IP address" in pia.post(here, said).content.decode()
    assert "is no host name" in pia.post(here, said | {"tls_name": "192.0.2.7"}).content.decode()
    assert "is no host." in pia.post(here, said | {"gateway": "sip.sikker.example:70000"}).content.decode()
    named = said | {"tls_name": "SIP.sikker.example"}
    assert "no certificate of an authority" in pia.post(here, named | {"tls_ca": "BEGIN"}).content.decode()
    authority = Authority(tmp_path)
    leaf, root = authority.issue(["sip.sikker.example"])[0].decode(), authority.root.read_text()
    assert "signs no others" in pia.post(here, named | {"tls_ca": leaf}).content.decode()
    assert not Job.objects.filter(kind=trunks.JOB).exists()
    assert pia.post(here, named | {"tls_ca": f"subject=/CN=x\n{root}"}).status_code == 302
    trunk = Trunk.objects.get()
    assert (trunk.tls_name, trunk.tls_ca) == ("sip.sikker.example", root)
    jobs.run(Job.objects.get(kind=trunks.JOB).pk)
    front = gateway("trunkfront")
    assert front.lines == (Line(trunk.pk, "192.0.2.7", "sip.sikker.example", root),)
    there = f"/admin/telephony/trunk/{trunk.pk}/change/"
    assert "Not looked at yet" in pia.get(there).content.decode()
    for fault, words in (("", "certificate is right, since"), ("untrusted", "Not believed since")):
        front.found = {trunk.pk: Seen(fault, "said")}
        assert [trunks.watch(at=clock.now()) for _ in range(2)] == [1, 0]
        assert words in pia.get(there).content.decode()
    front.is_away = True
    assert trunks.watch(at=clock.now()) == 1
    assert "has not answered since" in pia.get(there).content.decode()
    front.is_away = False
    assert pia.post(there, said | {"transport": "udp", "tls_name": "", "tls_ca": ""}).status_code == 302
    trunks.carry()
    assert front.lines == ()
