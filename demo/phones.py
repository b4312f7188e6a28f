"""Give the guide's company numbers and desk phones that ring, and a stand-in for the public network."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping

from django.conf import settings
from django.db import connection

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Customer, Employee
from telephony.models import Ddi, Extension, Phone, PhoneKind, SipDomain, Site, Trunk, TrunkSource
from telephony.rules import skype_account

# The company's own domain is what the demo's order is about; its desk phones sign in at one of the platform's.
PHONE_DOMAIN = "it-bixen.flexskype.dk"
WITH_PHONES = (
    "Sara Abildgaard",
    "Mette Hansen",
    "Jonas Nygaard",
    "Line Mark",
    "Anders Bach",
    "Birgitte Dam",
)
# Number, and the local number that it leads to; the first is the main number.
DDIS = (
    ("+4569142400", "208"),
    *((f"+456914240{place}", f"20{place}") for place in range(1, 8)),
    ("+4569142430", "230"),
    ("+4569142440", "240"),
    ("+4569142450", ""),
    ("+4569142451", ""),
)
# A name that reads the same in every language: people see it in the list of their calls.
NETWORK = "Demo-SIP"
FORMER_NETWORK = "Demo network (stand-in)"
FROM_OUTSIDE = "+4522334455"


def password_of(username: str) -> str:
    """Return the password of a demo phone; it differs between installations."""
    mark = hmac.digest(settings.SECRET_KEY.encode(), f"demo phone {username}".encode(), hashlib.sha256)
    return base64.b32encode(mark[:20]).decode().lower()


def seed_network() -> None:
    """Write down the trunk that the stand-in of the public network is; its address is the machine's choice."""
    place = os.environ.get("DEMO_TRUNK", "")
    if not place:
        return
    if not Trunk.objects.filter(name=NETWORK).exists():
        Trunk.objects.filter(name=FORMER_NETWORK).update(name=NETWORK)
    trunk, _ = Trunk.objects.update_or_create(
        name=NETWORK, defaults={"gateway": place, "takes_location": True}
    )
    TrunkSource.objects.get_or_create(address=place.rpartition(":")[0], defaults={"trunk": trunk})


def seed_phones(actor: Actor, customer: Customer, people: Mapping[str, Employee]) -> None:
    """Give a company that has no desk phones some, and direct numbers."""
    domains = SipDomain.objects.visible_to(actor)
    if domains.filter(customer=customer, name=PHONE_DOMAIN).exists():
        return
    domain = SipDomain(customer=customer, name=PHONE_DOMAIN)
    domain.save()
    for name in WITH_PHONES:
        if name not in people:
            continue
        username = f"{people[name].email.partition('@')[0]}-desk"
        phone = Phone(
            customer=customer,
            employee=people[name],
            kind=PhoneKind.DESK,
            sip_domain=domain,
            username=username,
            password_changed_at=clock.now(),
        )
        phone.save()
        digest = skype_account.ha1(username, PHONE_DOMAIN, password_of(username))
        with connection.cursor() as cursor:
            cursor.execute("SELECT switch.set_credential(%s, %s)", [phone.pk, digest])
    local = {row.number: row for row in Extension.objects.visible_to(actor).filter(customer=customer)}
    Site(
        customer=customer,
        name="Hovedkontoret",
        street="Åboulevarden",
        house_number="12",
        details="2. sal",
        postcode="8000",
        town="Aarhus C",
        is_default=True,
    ).save()
    has_any = Ddi.objects.visible_to(actor).filter(customer=customer).exists()
    if not has_any:
        Ddi.objects.bulk_create(
            Ddi(customer=customer, number=number, extension=local.get(leads_to), is_main=place == 0)
            for place, (number, leads_to) in enumerate(DDIS)
        )
