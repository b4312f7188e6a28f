"""Filters of the lists: choices of the actor's own tenants alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.scoping import Guarded
from provisioning.models import Order, Setup

MOST_CHOICES = 100


class OwnRows(admin.RelatedOnlyFieldListFilter):
    """Offer related rows that the actor may see; Django's own would ask for everybody's."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        model = field.remote_field.model
        rows = model._default_manager
        if issubclass(model, Guarded):
            rows = model.objects.visible_to(request.actor)  # type: ignore[attr-defined]
        return [(row.pk, str(row)) for row in rows.order_by("name")[:MOST_CHOICES]]


class OwnLicences(OwnRows):
    """Offer licences, and that somebody is to have none."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.empty_value_display = SafeString(gettext("No Skype"))


class ByProgress(admin.SimpleListFilter):
    """Tell customers apart by how far they are with Skype for Business."""

    title = "Skype for Business"
    parameter_name = "skype"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("none", _("Not ordered")),
            ("begun", _("Being set up")),
            ("live", _("In use")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        actor = request.actor  # type: ignore[attr-defined]
        ordered = Exists(
            Order.objects.visible_to(actor)
            .filter(customer=OuterRef("pk"), cancelled_at=None, ended_at=None)
            .exclude(confirmed_at=None)
        )
        live = Exists(
            Setup.objects.visible_to(actor)
            .filter(customer=OuterRef("pk"), ended_at=None)
            .exclude(live_at=None)
        )
        under_way = Exists(
            Setup.objects.visible_to(actor).filter(
                customer=OuterRef("pk"),
                ended_at=None,
                live_at=None,
                order__cancelled_at=None,
                order__ended_at=None,
            )
        )
        match self.value():
            case "none":
                return queryset.filter(~ordered)
            case "begun":
                # One more domain of a customer that has one in use is being set up too.
                return queryset.filter(under_way)
            case "live":
                return queryset.filter(live)
        return queryset
