"""Addresses of ordering and of the wizard, below /admin/."""

from django.urls import URLPattern, URLResolver, path

from provisioning.web import (
    certificates,
    contract,
    dns,
    domains,
    employees,
    licences,
    ordering,
    past,
    people,
    stages,
)

_SKYPE = "customers/<uuid:customer>/skype/"

# The same pages at two addresses: of the customer that has one domain, and of one domain by its order.
_OF_ORDER = f"{_SKYPE}<uuid:order>/"


def _domain(prefix: str) -> list[URLPattern]:
    """Return the pages of one domain's order and setup."""
    return [
        path(prefix, ordering.product, name="setup"),
        path(f"{prefix}order/", ordering.order, name="setup-order"),
        path(f"{prefix}order/price/", ordering.price, name="setup-price"),
        path(f"{prefix}order/confirm/", ordering.confirm, name="setup-confirm"),
        path(f"{prefix}order/declare/", ordering.declare, name="setup-declare"),
        path(f"{prefix}order/discard/", ordering.discard, name="setup-discard"),
        path(f"{prefix}order/change/", contract.change, name="setup-change"),
        path(f"{prefix}order/cancel/", contract.cancel, name="setup-cancel"),
        path(f"{prefix}end/", contract.end, name="setup-end"),
        path(f"{prefix}end/withdraw/", contract.withdraw, name="setup-end-withdraw"),
        path(f"{prefix}end/retry/", contract.retry, name="setup-end-retry"),
        path(f"{prefix}price-plan/", ordering.new_price_plan, name="setup-price-plan"),
        path(f"{prefix}employees/", employees.employees, name="setup-employees"),
        path(f"{prefix}employees/invite/", ordering.invite, name="setup-invite"),
        path(f"{prefix}employees/<uuid:employee>/", employees.person, name="setup-employee"),
        path(f"{prefix}employees/<uuid:employee>/remove/", employees.remove, name="setup-employee-remove"),
        path(f"{prefix}licences/", licences.licences, name="setup-licences"),
        path(f"{prefix}licences/all/", licences.for_all, name="setup-licences-all"),
        path(f"{prefix}licences/price/", licences.price, name="setup-licences-price"),
        path(f"{prefix}licences/import/", licences.load, name="setup-licences-import"),
        path(f"{prefix}licences/export.csv", licences.export, name="setup-licences-export"),
        path(f"{prefix}contacts/", stages.contacts, name="setup-contacts"),
        path(f"{prefix}contacts/send/", stages.contacts_send, name="setup-contacts-send"),
        path(
            f"{prefix}contacts/mail/<str:language>.txt",
            stages.contacts_mail,
            {"kind": "txt"},
            name="setup-contacts-mail",
        ),
        path(
            f"{prefix}contacts/mail/<str:language>.eml",
            stages.contacts_mail,
            {"kind": "eml"},
            name="setup-contacts-draft",
        ),
        path(f"{prefix}deactivation/", stages.deactivation, name="setup-deactivation"),
        path(f"{prefix}<str:stage>/reopen/", stages.reopen, name="setup-reopen"),
        path(f"{prefix}dns/", stages.records, name="setup-records"),
        path(f"{prefix}dns/report/", stages.report, name="setup-report"),
        path(f"{prefix}next/", stages.next_steps, name="setup-next"),
        path(f"{prefix}users/", stages.users, name="setup-users"),
        path(f"{prefix}history/", past.history, name="setup-history"),
        path(f"{prefix}done/", stages.done, name="setup-done"),
    ]


urlpatterns: list[URLPattern | URLResolver] = [
    path("customers/new/", ordering.new_customer, name="new-customer"),
    path(f"{_SKYPE}add/", domains.add, name="setup-add"),
    *_domain(_SKYPE),
    *_domain(_OF_ORDER),
    path("skype-for-business/employees/", people.staff, name="skype_employees"),
    path("skype-for-business/employees.<str:kind>", people.staff_export, name="skype_employees_export"),
    path("skype-for-business/employees/remind/", people.staff_remind, name="skype_employees_remind"),
    *certificates.urlpatterns,
    *dns.urlpatterns,
]
