"""The admin area of provider and resellers: Django's own, in the product's clothes."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from myfone.backoffice.overview import overview
from myfone.tenancy.admin import TenantAdmin


class Backoffice(AdminSite):
    site_title = site_header = "Myfone"
    index_title = _("Administration")
    enable_nav_sidebar = False
    empty_value_display = ""

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in provider and reseller staff, as the middleware found them."""
        actor = getattr(request, "actor", None)
        return bool(actor and actor.is_staff and request.user.is_active)

    def get_urls(self) -> list[Any]:
        """Leave out pages of the stock admin that tell of other tenants' rows or stand beside our own."""
        left_out = {"password_change_done", "autocomplete", "view_on_site"}
        return [entry for entry in super().get_urls() if getattr(entry, "name", None) not in left_out]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show customers with their stage, and what waits for the reader."""
        return super().index(request, {**overview(request.actor), **(extra_context or {})})  # type: ignore[attr-defined]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        """Send on to the one sign-in that asks for the second factor and counts attempts."""
        if request.user.is_authenticated:
            return redirect("today")
        return redirect_to_login(request.GET.get("next", request.path), "account_login")

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send on to the page that knows the password policy."""
        return redirect("account_change_password")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        if admin_class is None or not issubclass(admin_class, TenantAdmin):
            raise TypeError("Register with a TenantAdmin, which keeps other tenants' rows out")
        super().register(model_or_iterable, admin_class, **options)


site = Backoffice(name="admin")
