"""Forms of ordering and of the wizard."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from stdnum.dk import cvr as danish_cvr
from stdnum.exceptions import ValidationError as BadNumber

from billing.models import LicenceGroup
from billing.selectors import Offer
from billing.templatetags.money import kroner
from provisioning.models import LicenceMode
from provisioning.rules.contact import LONGEST_NAME

LOCAL_NUMBER = RegexValidator(r"^[0-9]{2,8}\Z", _("A local number has 2 to 8 digits."))
ROWS = 3


def readable_name(text: str) -> str:
    """Return a pasted name without what nobody sees in it: odd spaces, soft hyphens, marks of width nothing."""
    seen = text.translate(dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff")))
    return " ".join(unicodedata.normalize("NFC", seen).split())


class CustomerForm(forms.Form):
    """A new customer; the reseller's own company is one too (G3)."""

    name = forms.CharField(label=_("Company"), max_length=120)
    cvr = forms.CharField(
        label=_("CVR number"),
        max_length=12,
        required=False,
        help_text=_("Eight digits, from the CVR register."),
    )
    is_own_company = forms.BooleanField(
        label=_("This is our own company"),
        required=False,
        help_text=_("Try it on yourselves first: you learn the order and the setup before you sell it."),
    )

    def clean_name(self) -> str:
        name = readable_name(self.cleaned_data["name"])
        if not name.isprintable():
            raise forms.ValidationError(
                _("The name holds a character that no keyboard writes. Type it again.")
            )
        if not any(letter.isalnum() for letter in name):
            raise forms.ValidationError(_("Enter the company's name."))
        return name

    def clean_cvr(self) -> str:
        text: str = self.cleaned_data["cvr"]
        try:
            return danish_cvr.validate(text) if text else ""
        except BadNumber as error:
            raise forms.ValidationError(_("This is not a CVR number. Check the digits.")) from error


class OrderForm(forms.Form):
    """Domain and licences (G10)."""

    domain = forms.CharField(
        label=_("The company's domain"),
        max_length=300,
        help_text=_("What stands behind the @ in the employees' addresses, as in company.dk."),
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
        ),
    )
    had_skype = forms.TypedChoiceField(
        label=_("Does the company use Skype for Business today?"),
        coerce=lambda value: value == "yes",
        choices=[("yes", _("Yes")), ("no", _("No"))],
        initial="yes",
        widget=forms.RadioSelect,
    )
    licence_mode = forms.ChoiceField(
        label=_("Office 365 licences"),
        choices=[
            (LicenceMode.ONE_FOR_ALL.value, _("The same for all employees")),
            (LicenceMode.PER_EMPLOYEE.value, _("Different ones, or none for some")),
        ],
        initial=LicenceMode.ONE_FOR_ALL.value,
        widget=forms.RadioSelect,
    )
    licence_code = forms.ChoiceField(label=_("Licence of all employees"))

    def __init__(self, *args: Any, offers: Iterable[Offer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        licence = self.fields["licence_code"]
        licence.choices = licence_choices(offers)  # type: ignore[attr-defined]
        licence.required = self.data.get("licence_mode") != LicenceMode.PER_EMPLOYEE
        licence.error_messages["required"] = _("Choose the licence that the company has.")


def licence_choices(offers: Iterable[Offer]) -> list[Any]:
    """Return the licences for a select, grouped as they are priced."""
    known = list(offers)
    groups: list[Any] = [("", _("Choose a licence"))]
    for group in LicenceGroup:
        members = [offer for offer in known if offer.group == group]
        if members:
            groups.append((group_label(members[0]), [(offer.code, offer.name) for offer in members]))
    return groups


def group_label(offer: Offer) -> str:
    """Name a licence group with its price."""
    if not offer.each:
        return _("%(group)s – included") % {"group": offer.group_name}
    return _("%(group)s – %(price)s per user and month") % {
        "group": offer.group_name,
        "price": kroner(offer.each, 0),
    }


class EmployeeForm(forms.Form):
    """One row of new employees; an empty row is no employee."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    number = forms.CharField(label=_("Local number"), max_length=8, required=False, validators=[LOCAL_NUMBER])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].widget.attrs["inputmode"] = "numeric"
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"


EmployeeFormSet = forms.formset_factory(EmployeeForm, extra=ROWS, max_num=50, absolute_max=50)


class ReportForm(forms.Form):
    """Who gets the report of the DNS watch (G13); the service checks both again."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME, strip=False)
    email = forms.EmailField(label=_("E-mail"), max_length=254)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["email"].widget.attrs["autocomplete"] = "email"
