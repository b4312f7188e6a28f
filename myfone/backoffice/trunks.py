"""The provider's trunks to the public network: known by the addresses that their calls come from."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from myfone.backoffice.bases import ProviderAdmin
from myfone.backoffice.site import site
from myfone.kernel import audit
from telephony.models import Trunk, TrunkSource, TrunkTransport
from telephony.rules.trunk_front import BadAuthority, authorities, is_address, is_place
from telephony.services import trunks

NAME = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*")


# What the front found where a trunk with TLS should be; `time` is since when.
FOUND = {
    "": _("Its certificate is right, since %(time)s."),
    "untrusted": _(
        "Not believed since %(time)s: its certificate is for another name, is out of date, or has another authority."
        " Calls go by the next trunk."
    ),
    "unreachable": _("Not reached since %(time)s. Calls go by the next trunk."),
    trunks.NO_FRONT: _("The server that calls leave through by TLS has not answered since %(time)s."),
}
TLS_FIELDS = frozenset({"transport", "gateway", "tls_name", "tls_ca", "is_enabled"})


class TrunkForm(forms.ModelForm):  # type: ignore[type-arg]
    """A trunk with its addresses, one a line."""

    addresses = forms.CharField(
        label=_("Addresses that its calls come from"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line. A call from any other address is refused, unless a phone signs in for it."),
    )
    confirm = forms.BooleanField(
        label=_("End it although no other trunk is in use"),
        required=False,
        help_text=_(
            "Nobody can call the public network then; calls for help go to the emergency gateway alone."
        ),
    )

    class Meta:
        model = Trunk
        fields = (
            "name",
            "gateway",
            "transport",
            "tls_name",
            "tls_ca",
            "takes_location",
            "rank",
            "is_enabled",
        )
        widgets = {"tls_ca": forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})}
        # The model's own word is the one for what is ordered and bought, too.
        labels = {"rank": _("Place in line")}

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if self.instance.pk:
            known = self.instance.sources.order_by("address").values_list("address", flat=True)
            self.fields["addresses"].initial = "\n".join(known)

    def clean_addresses(self) -> list[str]:
        """Read the addresses, and refuse one that another trunk has: the switch could not tell the two apart."""
        found = []
        for line in self.cleaned_data["addresses"].split():
            try:
                found.append(str(ipaddress.ip_address(line)))
            except ValueError as error:
                said = _("%(line)s is no IP address. Write one such as 192.0.2.7, without a port.")
                raise forms.ValidationError(said, params={"line": line}) from error
        others = TrunkSource.objects.filter(address__in=found).exclude(trunk_id=self.instance.pk)
        if other := others.select_related("trunk").first():
            said = _("%(address)s belongs to the trunk %(name)s.")
            raise forms.ValidationError(said, params={"address": other.address, "name": other.trunk.name})
        return sorted(set(found))

    def clean_gateway(self) -> str:
        """Refuse what no call could be sent to; HAProxy would not even start with it."""
        gateway: str = self.cleaned_data["gateway"].strip()
        if not is_place(gateway):
            said = _("%(gateway)s is no host. Write one such as sip.example.com, or sip.example.com:5061.")
            raise forms.ValidationError(said, params={"gateway": gateway})
        return gateway

    def clean_tls_ca(self) -> str:
        """Read the authority's certificates; what stands around them is left out."""
        text = self.cleaned_data["tls_ca"]
        if not text.strip():
            return ""
        try:
            return authorities(text)
        except BadAuthority as error:
            raise forms.ValidationError(
                _("This is no certificate of an authority. Paste the whole PEM text, from BEGIN to END.")
                if error.args == ("no certificate",)
                else _(
                    "One of these certificates signs no others. Paste that of the authority, not of the trunk."
                )
            ) from error

    def clean_tls_name(self) -> str:
        """Refuse what cannot stand in a certificate as a host."""
        name = self.cleaned_data["tls_name"].strip().rstrip(".").lower()
        if name and (is_address(name) or not NAME.fullmatch(name)):
            said = _("%(name)s is no host name. Write one such as sip.example.com.")
            raise forms.ValidationError(said, params={"name": name})
        return name

    def clean(self) -> dict[str, Any]:
        """Ask again before the last trunk in use is ended, and for the name that TLS needs."""
        cleaned = super().clean() or {}
        host = cleaned.get("gateway", "").partition(":")[0]
        needs_name = cleaned.get("transport") == TrunkTransport.TLS and is_address(host)
        if needs_name and not cleaned.get("tls_name") and "tls_name" not in self.errors:
            self.add_error(
                "tls_name",
                _("The gateway is an IP address. Write the name that its certificate is issued to."),
            )
        ends = self.instance.pk and "is_enabled" in self.changed_data and not cleaned.get("is_enabled")
        if ends and not cleaned.get("confirm"):
            others = Trunk.objects.filter(is_enabled=True).exclude(pk=self.instance.pk)
            if not others.exists():
                self.add_error("confirm", _("No other trunk is in use. Tick this to end it all the same."))
        return cleaned


@admin.register(Trunk, site=site)
class TrunkAdmin(ProviderAdmin):
    """Trunks in the order in which calls leave by them."""

    form = TrunkForm
    list_display = ("name", "gateway", "transport", "place", "is_enabled", "addresses")
    fields = (
        "name",
        "gateway",
        "transport",
        "tls_name",
        "tls_ca",
        "tls_state",
        "addresses",
        "takes_location",
        "rank",
        "is_enabled",
        "confirm",
    )
    readonly_fields = ("tls_state",)
    ordering = ("rank", "pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("sources")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the confirmation once the last trunk in use is to be ended, and tell of TLS where there is some."""
        ends = obj is not None and request.method == "POST" and "is_enabled" not in request.POST
        # What is in use is read anew: a form that was not right has changed the object.
        used = list(Trunk.objects.filter(is_enabled=True).values_list("pk", flat=True)) if ends else []
        left_out = set() if obj is not None and used == [obj.pk] else {"confirm"}
        if obj is None or obj.transport != TrunkTransport.TLS or not obj.is_enabled:
            left_out.add("tls_state")
        return tuple(name for name in self.fields if name not in left_out)

    def save_model(self, request: HttpRequest, obj: Trunk, form: Any, change: bool) -> None:
        """Save the trunk with its addresses; they hold from the next call on, its TLS some seconds later."""
        if TLS_FIELDS & set(form.changed_data):
            obj.tls_fault, obj.tls_since = "", None
        super().save_model(request, obj, form, change)
        if obj.transport == TrunkTransport.TLS or "transport" in form.changed_data:
            trunks.changed()
        wanted = set(form.cleaned_data["addresses"])
        known = {source.address: source for source in obj.sources.all()} if change else {}
        if wanted == set(known):
            return
        for address in set(known) - wanted:
            known[address].delete()
        TrunkSource.objects.bulk_create(
            TrunkSource(trunk=obj, address=address) for address in sorted(wanted - set(known))
        )
        audit.record(
            actor=request.actor,  # type: ignore[attr-defined]
            action="trunk.addresses",
            object=obj,
            was=sorted(known),
            now=sorted(wanted),
        )

    @admin.display(description=_("Place in line"), ordering="rank")
    def place(self, row: Trunk) -> int:
        return row.rank

    @admin.display(description=_("Found there"))
    def tls_state(self, row: Trunk) -> str:
        if row.tls_since is None:
            return str(_("Not looked at yet. That takes a minute."))
        time = date_format(localtime(row.tls_since), "SHORT_DATETIME_FORMAT")
        return str(FOUND[row.tls_fault]) % {"time": time}

    @admin.display(description=_("addresses"))
    def addresses(self, row: Trunk) -> str:
        return ", ".join(source.address for source in row.sources.all()) or "–"
