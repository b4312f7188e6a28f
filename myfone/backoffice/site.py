"""The admin area of provider and resellers: Django's own, in the product's clothes."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.admin import TenantAdmin


class Backoffice(AdminSite):
    site_title = site_header = "Myfone"
    index_title = _("Administration")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in provider and reseller staff, as the middleware found them."""
        actor = getattr(request, "actor", None)
        return bool(actor and actor.is_staff and request.user.is_active)

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        if admin_class is None or not issubclass(admin_class, TenantAdmin):
            raise TypeError("Register with a TenantAdmin, which keeps other tenants' rows out")
        super().register(model_or_iterable, admin_class, **options)


site = Backoffice(name="admin")
