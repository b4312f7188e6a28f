"""Forms of the address book."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from myfone.kernel import home
from telephony.contact_texts import COLUMNS, KINDS, REGIONS, sentence
from telephony.rules.contact_columns import CHOICES
from telephony.rules.contacts import (
    LONGEST_NAME,
    LONGEST_NOTE,
    MOST_EMAILS,
    MOST_PHONES,
    Choice,
    Entry,
    Raw,
    finish,
)

SPARE = 2


def region() -> str:
    """Return the country of numbers without a country code: that of the company."""
    return home.country() if home.country() in dict(REGIONS) else home.USUAL


class ContactForm(forms.Form):
    """One contact; numbers and addresses have a spare row each, and an empty one is left out."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    company = forms.CharField(label=_("Company"), max_length=LONGEST_NAME, required=False)
    title = forms.CharField(label=_("Title"), max_length=LONGEST_NAME, required=False)
    note = forms.CharField(
        label=_("Note"), max_length=LONGEST_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, held: Entry | None = None, **kwargs: Any) -> None:
        self.held = held
        if held is not None:
            kwargs["initial"] = {
                "name": held.name,
                "company": held.company,
                "title": held.title,
                "note": held.note,
            }
        super().__init__(*args, **kwargs)
        phones, emails = (held.phones, held.emails) if held else ((), ())
        self.phone_rows = self._rows("phone", min(len(phones) + SPARE, MOST_PHONES))
        self.email_rows = self._rows("email", min(len(emails) + SPARE, MOST_EMAILS))
        for number in range(self.phone_rows):
            known = phones[number] if number < len(phones) else None
            self.fields[f"kind-{number}"] = forms.ChoiceField(
                label=_("Kind"),
                choices=[(kind.value, label) for kind, label in KINDS.items()],
                required=False,
            )
            self.fields[f"phone-{number}"] = forms.CharField(
                label=_("Number"),
                max_length=60,
                required=False,
                widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
            )
            if known:
                said = f"{known.number} ext {known.extension}" if known.extension else known.number
                self.initial[f"kind-{number}"] = known.kind.value
                self.initial[f"phone-{number}"] = said
        for number in range(self.email_rows):
            self.fields[f"email-{number}"] = forms.CharField(
                label=_("E-mail"),
                max_length=254,
                required=False,
                widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off"}),
            )
            if number < len(emails):
                self.initial[f"email-{number}"] = emails[number]
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def _rows(self, name: str, least: int) -> int:
        """Return how many rows there are: what was posted counts too, for another tab may have added some."""
        return max([least, *(n + 1 for n in range(MOST_PHONES) if f"{name}-{n}" in (self.data or {}))])

    def phones(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Return the rows of numbers: kind and number."""
        return [(self[f"kind-{n}"], self[f"phone-{n}"]) for n in range(self.phone_rows)]

    def emails(self) -> list[forms.BoundField]:
        """Return the rows of addresses."""
        return [self[f"email-{n}"] for n in range(self.email_rows)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        for field in [f"phone-{number}" for number in range(self.phone_rows)]:
            _entry, faults = finish(
                Raw(0, name="x", phones=[("other", cleaned.get(field) or "")]), home.country()
            )
            if faults:
                self.add_error(
                    field, _("This is not a telephone number. Write it with digits, as in +45 69 14 24 24.")
                )
        for field in [f"email-{number}" for number in range(self.email_rows)]:
            _entry, faults = finish(Raw(0, name="x", emails=[cleaned.get(field) or ""]), home.country())
            if faults:
                self.add_error(field, _("Enter one e-mail address, as in name@company.dk."))
        if not self.errors:
            self.entry, faults = finish(self._raw(cleaned), home.country())
            for fault in faults:
                self.add_error(None, sentence(fault))
        return cleaned

    def _raw(self, cleaned: dict[str, Any]) -> Raw:
        phones = [
            (cleaned.get(f"kind-{n}") or "mobile", cleaned[f"phone-{n}"])
            for n in range(self.phone_rows)
            if cleaned.get(f"phone-{n}")
        ]
        emails = [cleaned[f"email-{n}"] for n in range(self.email_rows) if cleaned.get(f"email-{n}")]
        texts = {name: cleaned[name] for name in ("name", "company", "title", "note")}
        return Raw(0, **texts, phones=phones, emails=emails)


class UploadForm(forms.Form):
    """A file of contacts, and where its numbers are from."""

    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.vcf,.txt,text/csv,text/vcard,text/plain"}),
        error_messages={
            "required": _("Choose a file first."),
            "empty": _(
                "The file is empty. Export the contacts again, and check that the file holds something."
            ),
        },
    )
    region = forms.ChoiceField(
        label=_("Numbers without a country code are from"),
        choices=list(REGIONS.items()),
        initial=region,
    )


class ChoiceForm(forms.Form):
    """What to do with contacts that are there already."""

    choice = forms.ChoiceField(
        label=_("Contacts that you have already"),
        choices=[
            (Choice.MERGE.value, _("Add what is new to them")),
            (Choice.SKIP.value, _("Leave them as they are")),
            (Choice.KEEP.value, _("Keep both")),
        ],
        initial=Choice.MERGE.value,
        widget=forms.RadioSelect,
    )


COLUMN_CHOICES = [(column.value, COLUMNS[column]) for column in CHOICES]
