"""Read where a company is, who is where, and what those who help would be told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from myfone.tenancy.actor import Actor
from telephony.models import Phone, Site, SitePlace, Trunk


@dataclass(frozen=True)
class Told:
    """Where those who help are told that somebody is; phones are those that are elsewhere than their owner."""

    site: Site | None
    is_own: bool
    phones: Sequence[tuple[Phone, Site]]


def sites(actor: Actor, customer_id: int) -> QuerySet[Any]:
    """Return a company's sites, the default first, each with how many people and phones are put there."""
    alive = Q(places__employee__ended_at=None)
    rows: QuerySet[Any] = (
        Site.objects.visible_to(actor)
        .filter(customer_id=customer_id)
        .annotate(
            people=Count("places", filter=alive & Q(places__phone=None)),
            phones=Count(
                "places", filter=alive & Q(places__phone__ended_at=None, places__phone__isnull=False)
            ),
        )
        .order_by("-is_default", "name")
    )
    return rows


def users(actor: Actor, site: Site) -> QuerySet[Any]:
    """Return who is at a site by name, phones that are there without their owner included."""
    rows: QuerySet[Any] = (
        SitePlace.objects.visible_to(actor)
        .filter(site=site, employee__ended_at=None)
        .filter(Q(phone=None) | Q(phone__ended_at=None))
        .select_related("employee", "phone__sip_domain")
        .order_by("employee__name", "pk")
    )
    return rows


def told(actor: Actor, customer_id: int, employee_id: int) -> Told:
    """Return what those who help are told of where an employee is; the switch decides it the same way."""
    rows = list(
        SitePlace.objects.visible_to(actor)
        .filter(customer_id=customer_id, employee_id=employee_id)
        .filter(Q(phone=None) | Q(phone__ended_at=None))
        .select_related("site", "phone__sip_domain")
    )
    own = next((row.site for row in rows if row.phone is None), None)
    default = Site.objects.visible_to(actor).filter(customer_id=customer_id, is_default=True).first()
    elsewhere = [(row.phone, row.site) for row in rows if row.phone is not None]
    return Told(own or default, own is not None, elsewhere)


def shown_to_help(employee_id: int, at: dt.datetime) -> str:
    """Return the number that those who help call an employee back at, or an empty text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT switch.help_number(%s, %s)", [employee_id, at])
        row = cursor.fetchone()
    return (row and row[0]) or ""


def is_carried() -> bool:
    """Say whether any line in use takes where callers for help are."""
    return Trunk.objects.filter(is_enabled=True, takes_location=True).exists()


def has_none(actor: Actor, customer_id: int) -> bool:
    """Say whether nobody would be told where a company is."""
    return not Site.objects.visible_to(actor).filter(customer_id=customer_id).exists()
