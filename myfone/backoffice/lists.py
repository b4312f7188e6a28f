"""The lists of the admin area that every reseller needs: customers and their employees."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import display
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from myfone.backoffice.overview import address_of
from myfone.backoffice.site import site
from myfone.tenancy.actor import STAFF
from myfone.tenancy.admin import TenantAdmin
from myfone.tenancy.models import Customer, Employee


class CustomerAdmin(TenantAdmin):
    """Customers of the reader; new ones are made where one orders for them."""

    may_change = STAFF
    list_display = ("name", "cvr", "price_plan", "reseller", "skype")
    list_filter = ("price_plan",)
    search_fields = ("name", "cvr")
    search_help_text = _("Name or CVR number")
    ordering = ("name", "pk")
    fields = ("name", "cvr", "price_plan", "reseller")
    readonly_fields = ("reseller",)
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("reseller")

    @display(description="Skype for Business")
    def skype(self, customer: Customer) -> SafeString | str:
        """Link to the customer's setup."""
        address = address_of(str(customer.public_id))
        return format_html('<a href="{}">{}</a>', address, _("Open")) if address else ""


class EmployeeAdmin(TenantAdmin):
    """Employees of the reader's customers."""

    may_change = STAFF
    list_display = ("name", "email", "department", "customer")
    search_fields = ("name", "email", "customer__name")
    search_help_text = _("Name, e-mail address or customer")
    ordering = ("name", "pk")
    fields = ("name", "email", "department", "customer")
    readonly_fields = ("customer",)
    list_per_page = 50

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Leave those who have left as they are."""
        left = isinstance(obj, Employee) and obj.ended_at is not None
        return not left and super().has_change_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(ended_at=None).select_related("customer")


site.register(Customer, CustomerAdmin)
site.register(Employee, EmployeeAdmin)
