"""Addresses of ordering and of the wizard, below /admin/."""

from django.urls import URLPattern, URLResolver, path

from provisioning.web import certificates, contract, dns, licences, ordering, past, people, stages

_SKYPE = "customers/<uuid:customer>/skype/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("customers/new/", ordering.new_customer, name="new-customer"),
    path(_SKYPE, ordering.product, name="setup"),
    path(f"{_SKYPE}order/", ordering.order, name="setup-order"),
    path(f"{_SKYPE}order/price/", ordering.price, name="setup-price"),
    path(f"{_SKYPE}order/confirm/", ordering.confirm, name="setup-confirm"),
    path(f"{_SKYPE}order/declare/", ordering.declare, name="setup-declare"),
    path(f"{_SKYPE}order/discard/", ordering.discard, name="setup-discard"),
    path(f"{_SKYPE}order/change/", contract.change, name="setup-change"),
    path(f"{_SKYPE}order/cancel/", contract.cancel, name="setup-cancel"),
    path(f"{_SKYPE}end/", contract.end, name="setup-end"),
    path(f"{_SKYPE}end/withdraw/", contract.withdraw, name="setup-end-withdraw"),
    path(f"{_SKYPE}end/retry/", contract.retry, name="setup-end-retry"),
    path(f"{_SKYPE}price-plan/", ordering.new_price_plan, name="setup-price-plan"),
    path(f"{_SKYPE}employees/", ordering.employees, name="setup-employees"),
    path(f"{_SKYPE}employees/invite/", ordering.invite, name="setup-invite"),
    path(f"{_SKYPE}licences/", licences.licences, name="setup-licences"),
    path(f"{_SKYPE}licences/all/", licences.for_all, name="setup-licences-all"),
    path(f"{_SKYPE}licences/price/", licences.price, name="setup-licences-price"),
    path(f"{_SKYPE}licences/import/", licences.load, name="setup-licences-import"),
    path(f"{_SKYPE}licences/export.csv", licences.export, name="setup-licences-export"),
    path(f"{_SKYPE}contacts/", stages.contacts, name="setup-contacts"),
    path(f"{_SKYPE}contacts/send/", stages.contacts_send, name="setup-contacts-send"),
    path(
        f"{_SKYPE}contacts/mail/<str:language>.txt",
        stages.contacts_mail,
        {"kind": "txt"},
        name="setup-contacts-mail",
    ),
    path(
        f"{_SKYPE}contacts/mail/<str:language>.eml",
        stages.contacts_mail,
        {"kind": "eml"},
        name="setup-contacts-draft",
    ),
    path(f"{_SKYPE}deactivation/", stages.deactivation, name="setup-deactivation"),
    path(f"{_SKYPE}<str:stage>/reopen/", stages.reopen, name="setup-reopen"),
    path(f"{_SKYPE}dns/", stages.records, name="setup-records"),
    path(f"{_SKYPE}dns/report/", stages.report, name="setup-report"),
    path(f"{_SKYPE}next/", stages.next_steps, name="setup-next"),
    path(f"{_SKYPE}users/", stages.users, name="setup-users"),
    path(f"{_SKYPE}history/", past.history, name="setup-history"),
    path(f"{_SKYPE}done/", stages.done, name="setup-done"),
    path("skype-for-business/employees/", people.staff, name="skype_employees"),
    path("skype-for-business/employees.<str:kind>", people.staff_export, name="skype_employees_export"),
    path("skype-for-business/employees/remind/", people.staff_remind, name="skype_employees_remind"),
    *certificates.urlpatterns,
    *dns.urlpatterns,
]
