"""Lists of the admin area: customers, employees with their licences, the ledger, orders, prices."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.models import Activation, EmployeeLicence, LicenceType, Price
from billing.selectors import with_licence
from billing.templatetags.money import fee
from myfone.accounts import addresses
from myfone.backoffice import trunks  # noqa: F401 - registers its list
from myfone.backoffice.bases import PROVIDER, ListAdmin, ProviderAdmin, ReadOnlyAdmin
from myfone.backoffice.filters import ByProgress, OwnLicences, OwnRows
from myfone.backoffice.site import site
from myfone.kernel import clock
from myfone.tenancy.actor import STAFF, Actor, Role
from myfone.tenancy.models import Customer, Department, Employee, Reseller
from provisioning.models import Order, Setup
from provisioning.rules.domains import clear
from provisioning.selectors.customer_stages import stage_of, with_standing
from provisioning.stage_texts import next_step
from provisioning.web.wizard import address_of


def _today() -> dt.date:
    return clock.local_date(clock.now())


@admin.register(Reseller, site=site)
class ResellerAdmin(ListAdmin):
    may_add = may_change = PROVIDER
    list_display = ("name", "support_phone")
    search_fields = ("name",)
    fields = ("name", "support_phone")
    ordering = ("name",)


@admin.register(Customer, site=site)
class CustomerAdmin(ListAdmin):
    may_change = STAFF
    list_display = ("name", "reseller", "stage", "domain", "employees", "connected", "price_plan", "numbers")
    list_filter = (ByProgress, "price_plan", ("reseller", OwnRows))
    list_select_related = ("reseller",)
    search_fields = ("name", "cvr")
    search_help_text = _("Name or CVR number")
    fields = ("name", "cvr", "price_plan", "skype", "numbers")
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).filter(ended_at=None)
        return with_standing(request.actor, rows)  # type: ignore[attr-defined]

    def get_list_display(self, request: HttpRequest) -> Any:
        """Leave the reseller out where there is one alone."""
        own = self._role(request) == Role.RESELLER_STAFF
        return tuple(name for name in self.list_display if not (own and name == "reseller"))

    def get_list_filter(self, request: HttpRequest) -> Any:
        own = self._role(request) == Role.RESELLER_STAFF
        return self.list_filter[:2] if own else self.list_filter

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        # A reseller moves a customer to the new plan while ordering; back again moves the provider alone.
        own = ("skype", "numbers")
        return own if self._role(request) in PROVIDER else (*own, "price_plan")

    @admin.display(description=_("Skype for Business"))
    def stage(self, row: Any) -> str:
        found = stage_of(row)
        if not found.several:
            return format_html('<a href="{}">{}</a>', address_of(found), next_step(found))
        lines = ((address_of(one), clear(one.domain), next_step(one)) for one in found.domains)
        items = format_html_join("", '<li><a href="{}">{}</a><span class="hint">{}</span></li>', lines)
        return format_html('<ul class="domains">{}</ul>', items)

    @admin.display(description=_("domain"))
    def domain(self, row: Any) -> str:
        return ", ".join(clear(one.domain) for one in stage_of(row).domains) or "–"

    @admin.display(description=_("employees"))
    def employees(self, row: Any) -> int:
        return int(row.employee_count)

    @admin.display(description=_("connected"))
    def connected(self, row: Any) -> int:
        return int(row.linked_count)

    @admin.display(description=_("Numbers"))
    def numbers(self, row: Any) -> str:
        if row.pk is None:
            return "–"
        url = reverse("customer_numbers", args=[row.public_id])
        return format_html('<a href="{}">{}</a>', url, gettext("Numbers"))

    @admin.display(description="Skype for Business")
    def skype(self, row: Any) -> str:
        return self.stage(row)


class EmployeeForm(forms.ModelForm):  # type: ignore[type-arg]
    """An employee's own data; `actor` is set by the page, and every new address is counted."""

    actor: ClassVar[Actor]

    def clean_email(self) -> str:
        """Refuse an address that a colleague has, and more changes than anybody needs."""
        email: str = self.cleaned_data["email"]
        if email.lower() == self.instance.email.lower():
            return email
        colleagues = Employee.objects.visible_to(self.actor).filter(customer_id=self.instance.customer_id)
        if colleagues.filter(email__iexact=email, ended_at=None).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("An employee with this e-mail exists already."))
        try:
            addresses.count(actor=self.actor, employee=self.instance)
        except (addresses.TooOften, addresses.TooMany) as error:
            raise forms.ValidationError(str(error)) from error
        return email


@admin.register(Employee, site=site)
class EmployeeAdmin(ListAdmin):
    """Integration → Skype for Business → Employees of the guide: who has which licence, at what price (G9)."""

    may_change = STAFF
    form = EmployeeForm
    list_display = ("name", "email", "customer", "number", "licence", "price", "activated")
    list_filter: ClassVar[Any] = (("customer", OwnRows),)
    list_select_related = ("customer",)
    search_fields = ("name", "email", "customer__name")
    search_help_text = _("Name, e-mail address or customer")
    fields = ("customer", "name", "email", "department", "is_hidden", "licence", "price")
    readonly_fields = ("customer", "licence", "price")
    ordering = ("name", "pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).filter(ended_at=None).prefetch_related("extensions")
        return with_licence(actor=request.actor, rows=rows, date=_today())  # type: ignore[attr-defined]

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Offer the departments of the employee's own company."""
        form = super().get_form(request, obj, change, **kwargs)
        form.actor = request.actor  # type: ignore[attr-defined]
        if isinstance(obj, Employee) and "department" in form.base_fields:
            own = Department.objects.visible_to(request.actor)  # type: ignore[attr-defined]
            form.base_fields["department"].queryset = own.filter(customer_id=obj.customer_id).order_by("name")  # type: ignore[attr-defined]
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save; a new address is proposed to the person, who goes on with the old one until they confirm."""
        super().save_model(request, obj, form, change)
        before = form.initial.get("email", "")
        if "email" in form.changed_data and before.lower() != obj.email.lower():
            addresses.changed(actor=request.actor, employee=obj, before=before)  # type: ignore[attr-defined]

    @admin.display(description=_("local number"))
    def number(self, row: Employee) -> str:
        return ", ".join(extension.number for extension in row.extensions.all()) or "–"

    @admin.display(description=_("licence"))
    def licence(self, row: Any) -> str:
        return row.licence_name or "–"

    @admin.display(description=_("price a month"))
    def price(self, row: Any) -> str:
        return fee(row.price_each)

    @admin.display(description=_("activated"))
    def activated(self, row: Any) -> str:
        return gettext("Yes") if row.is_activated else "–"


@admin.register(EmployeeLicence, site=site)
class EmployeeLicenceAdmin(ReadOnlyAdmin):
    """Every licence that was ever reported, with by whom and when (G7)."""

    list_display = ("employee", "customer", "licence", "since", "ended_at")
    list_filter = (("customer", OwnRows), ("licence_type", OwnLicences))
    list_select_related = ("employee", "customer", "licence_type")
    search_fields = ("employee__name", "employee__email")
    ordering = ("-since", "-pk")

    @admin.display(description=_("licence"), ordering="licence_type")
    def licence(self, row: EmployeeLicence) -> str:
        return str(row.licence_type or gettext("No Skype"))


@admin.register(Activation, site=site)
class ActivationAdmin(ReadOnlyAdmin):
    """The ledger that invoices are made from (G5)."""

    list_display = ("employee", "customer", "activated_at", "deactivated_at")
    list_filter = (("customer", OwnRows),)
    list_select_related = ("employee", "customer")
    search_fields = ("employee__name", "employee__email")
    ordering = ("-activated_at", "-pk")


@admin.register(Order, site=site)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ("domain", "customer", "licence_mode", "licence_type", "price_shown", "confirmed_at")
    list_filter = ("licence_mode", ("customer", OwnRows))
    list_select_related = ("customer", "licence_type")
    search_fields = ("domain", "customer__name")
    ordering = ("-created_at", "-pk")


@admin.register(Setup, site=site)
class SetupAdmin(ReadOnlyAdmin):
    list_display = ("domain", "customer", "report_email", "dns_verified_at", "live_at")
    list_filter = (("customer", OwnRows),)
    list_select_related = ("customer", "order", "sip_domain")
    search_fields = ("domain", "customer__name")
    ordering = ("-created_at", "-pk")


@admin.register(LicenceType, site=site)
class LicenceTypeAdmin(ProviderAdmin):
    list_display = ("name", "group", "code")
    list_filter = ("group",)
    fields = ("name", "code", "group", "position")
    ordering = ("position",)


@admin.register(Price, site=site)
class PriceAdmin(ProviderAdmin):
    """Dated prices: a new one is a new row, so that what was invoiced can still be explained."""

    may_change = frozenset()
    list_display = ("group", "amount", "valid_from", "valid_to")
    fields = ("group", "amount", "valid_from")
    ordering = ("group", "-valid_from")
