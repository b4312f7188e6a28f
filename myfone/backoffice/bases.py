"""What lists of the admin area are made of."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from myfone.tenancy.actor import Role
from myfone.tenancy.admin import TenantAdmin

PROVIDER = frozenset({Role.PROVIDER_STAFF})
PAGE = 50


class ListAdmin(TenantAdmin):
    """Rows together with what they point at: asked for one by one, a related row would not be scoped."""

    list_per_page = PAGE

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        related = self.list_select_related
        rows = super().get_queryset(request)
        return rows.select_related(*related) if isinstance(related, tuple) else rows


class ReadOnlyAdmin(ListAdmin):
    """Rows that came about elsewhere, and are looked at here."""

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [field.name for field in self.model._meta.fields if field.name != "id"]


class ProviderAdmin(TenantAdmin):
    """What is the provider's alone; for resellers it is not there."""

    may_add = may_change = PROVIDER

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._role(request) in PROVIDER

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._role(request) in PROVIDER
