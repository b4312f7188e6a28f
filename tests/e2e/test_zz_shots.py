from __future__ import annotations
import datetime as dt, os
from decimal import Decimal
from pathlib import Path
from myfone.kernel import clock
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Employee, Customer
from provisioning.models import *
from provisioning.rules.preconditions import DECLARED
from provisioning.rules.stages import StageName
from provisioning.services import orders, setup as service
from telephony.models import Phone, PhoneKind, Extension

OUT = Path(os.environ.get("SHOTS", "/tmp/so"))
OUT.mkdir(exist_ok=True)


def test_shots(portal):
    cast = portal.cast
    actor = cast.jonas.actor
    at = clock.now()
    base = f"/admin/customers/{cast.bixen.public_id}/skype/"
    variants = [("light", 1440), ("dark", 1440), ("light", 390)]
    pages = {(t, w): portal.page(cast.jonas, theme=t, width=w) for t, w in variants}
    only = os.environ.get("ONLY", "")

    def shoot(name, path, base=base, act=None):
        if only and not any(name.startswith(o) for o in only.split(",")):
            return
        for (t, w), page in pages.items():
            page.goto(base + path)
            if act:
                act(page)
            page.screenshot(path=str(OUT / f"{name}-{t}-{w}.png"), full_page=True)
            wide = page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
            if wide:
                print("WIDE", name, t, w)

    shoot("00-index", "", base="/admin/")
    shoot("00-new", "", base="/admin/customers/new/")
    shoot("01-product", "")
    shoot("02-employees", "employees/")
    shoot("03-order", "order/")

    def pick(page):
        page.select_option("select[name=licence_code]", "business-premium")
        page.wait_for_timeout(600)

    shoot("03-order-picked", "order/", act=pick)

    def each(page):
        page.check("input[value=per_employee]")
        page.wait_for_timeout(600)

    shoot("03-order-each", "order/", act=each)
    with tenant(actor):
        Employee(customer=cast.bixen, name="Uden Bruger", email="uden@it-bixen.dk").save()
        Extension(customer=cast.bixen, number="203", employee=cast.mette.employee).save()
        order = orders.save_draft(
            actor=actor,
            customer=cast.bixen,
            domain="it-bixen.dk",
            had_skype=True,
            licence_mode=LicenceMode.ONE_FOR_ALL,
            licence_code="business-premium",
            at=at,
        )
        orders.declare(actor=actor, order=order, precondition=sorted(DECLARED)[0], at=at)
    shoot("04-confirm", "order/confirm/")
    shoot("05-licences", "licences/")
    with tenant(actor):
        from myfone.accounts import invitations

        invitations.invite(actor=actor, customer=cast.bixen, at=at)
        orders.declare(actor=actor, order=order, precondition=sorted(DECLARED)[1], at=at)
    shoot("04-confirm-ready", "order/confirm/")
    with tenant(actor):
        setup = orders.confirm(actor=actor, order=order, price_shown=Decimal("150.00"), at=at).setup
    shoot("06-contacts", "contacts/")
    shoot("06-ordered", "order/")
    shoot("07-closed", "dns/")
    with tenant(actor):
        service.confirm_stage(actor=actor, customer=cast.bixen, stage=StageName.CONTACTS, at=at)
    shoot("06-contacts-done", "contacts/")
    shoot("08-deactivation", "deactivation/")
    with tenant(actor):
        service.confirm_stage(actor=actor, customer=cast.bixen, stage=StageName.DEACTIVATION, at=at)
    shoot("09-report", "dns/report/")
    with tenant(actor):
        service.name_report_recipient(
            actor=actor,
            customer=cast.bixen,
            name="Jonas Holm",
            email="jonas@nordlystele.dk",
            language="da",
            at=at,
        )
    shoot("10-dns", "dns/")
    shoot("11-next", "next/")
    shoot("12-users-early", "users/")
    with tenant(actor):
        Setup.objects.visible_to(actor).update(dns_verified_at=at)
    shoot("12-users-verified", "users/")
    with tenant(actor):
        Setup.objects.visible_to(actor).update(live_at=at)
        Phone(
            customer=cast.bixen,
            employee=cast.mette.employee,
            kind=PhoneKind.SKYPE,
            username="mette",
            sip_domain=setup.sip_domain,
        ).save()
    shoot("12-users-live", "users/")
    with tenant(actor):
        service.confirm_stage(actor=actor, customer=cast.bixen, stage=StageName.DONE, at=at)
    shoot("13-done", "done/")
    shoot("14-index", "", base="/admin/")
