"""Addresses of what staff look after of their customers' telephony, below /admin/."""

from django.urls import path

from telephony.web import call_policy, codes, numbers, phones, renumbering, sites

_NUMBERS = "customers/<uuid:customer>/numbers/"

urlpatterns = [
    path(_NUMBERS, numbers.index, name="customer_numbers"),
    path(f"{_NUMBERS}local/", numbers.local, name="customer_numbers_local"),
    path(f"{_NUMBERS}give/", numbers.give, name="customer_numbers_give"),
    path(f"{_NUMBERS}policy/", call_policy.edit, name="customer_call_policy"),
    path(f"{_NUMBERS}codes/", codes.edit_for, name="customer_codes"),
    path(f"{_NUMBERS}sites/", sites.index, name="customer_sites"),
    path(f"{_NUMBERS}sites/new/", sites.new, name="customer_site_new"),
    path(f"{_NUMBERS}sites/<uuid:site>/", sites.edit, name="customer_site"),
    path(f"{_NUMBERS}sites/<uuid:site>/remove/", sites.remove, name="customer_site_remove"),
    path(f"{_NUMBERS}people/<uuid:employee>/number/", renumbering.edit, name="customer_person_number"),
    path(f"{_NUMBERS}people/<uuid:employee>/", phones.show, name="customer_person_phones"),
    path(f"{_NUMBERS}<uuid:ddi>/", numbers.show, name="customer_number"),
    path(f"{_NUMBERS}<uuid:ddi>/lead/", numbers.lead, name="customer_number_lead"),
    path(f"{_NUMBERS}<uuid:ddi>/main/", numbers.main, name="customer_number_main"),
    path(f"{_NUMBERS}<uuid:ddi>/shown/", numbers.shown, name="customer_number_shown"),
    path(f"{_NUMBERS}<uuid:ddi>/end/", numbers.take_back, name="customer_number_end"),
]
