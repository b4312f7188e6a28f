"""Forms of the shell."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from myfone.accounts.models import Theme, User
from myfone.web.context import OWN_NAMES


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name, language and theme of the signed-in person."""

    class Meta:
        model = User
        fields = ("name", "language", "theme")
        widgets = {"language": forms.RadioSelect, "theme": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Each language by its own name: who is lost in the wrong one must find theirs.
        own_names = [(code, OWN_NAMES.get(code, name)) for code, name in settings.LANGUAGES]
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"), choices=own_names, widget=forms.RadioSelect
        )
        self.fields["theme"].label = _("Colours")
        self.fields["theme"].choices = Theme.choices  # type: ignore[attr-defined]
        self.fields["name"].widget.attrs["autocomplete"] = "name"
