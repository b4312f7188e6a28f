"""Help: guides with search, and headsets with an inquiry to the reseller (G33, G34)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from myfone.kernel import clock
from myfone.kernel.ratelimit import Limit, attempt
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Reseller
from provisioning.guides import Topic, guide, guides
from provisioning.guides.pdf import CannotPrint, as_pdf
from provisioning.guides.search import LONGEST, says, search
from provisioning.headsets import HEADSETS
from provisioning.services import headsets as service

TOPICS = {
    Topic.START: gettext_lazy("Getting started"),
    Topic.CALLS: gettext_lazy("Calls, profiles and queues"),
    Topic.PASSWORD: gettext_lazy("Password"),
    Topic.CLIENT: gettext_lazy("In the client"),
    Topic.MOVE: gettext_lazy("When the company moves here"),
    Topic.BACKGROUND: gettext_lazy("Good to know"),
}
RELATED = 4
INQUIRIES = Limit("headset inquiry", amount=5, seconds=3600)
COMPANY_INQUIRIES = Limit("headset inquiry of a company", amount=20, seconds=24 * 3600)
TOO_MANY = 429


class InquiryForm(forms.Form):
    """How many of each headset, and what else the reseller should know."""

    note = forms.CharField(
        label=gettext_lazy("Message to the reseller"),
        required=False,
        max_length=service.LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for headset in HEADSETS:
            self.fields[headset.code] = forms.IntegerField(
                label=gettext_lazy("Pieces"),
                required=False,
                min_value=0,
                max_value=service.MOST,
                widget=forms.NumberInput(attrs={"inputmode": "numeric", "placeholder": "0"}),
            )

    def amounts(self) -> dict[str, int]:
        """Return how many were asked for, by code, without those that were left out."""
        return {
            headset.code: self.cleaned_data[headset.code]
            for headset in HEADSETS
            if self.cleaned_data[headset.code]
        }


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the guides by topic, or those that a search finds."""
    every = guides(_language())
    query = " ".join(request.GET.get("q", "")[:LONGEST].split())
    context = {
        "query": query,
        "hits": search(every, query) if query else [],
        "headsets_found": bool(query) and request.user.is_authenticated and says(_about_headsets(), query),
        "topics": [
            {"label": label, "guides": [one for one in every if one.topic is topic]}
            for topic, label in TOPICS.items()
        ],
        "reseller": _reseller(request),
        "longest": LONGEST,
    }
    return TemplateResponse(request, "provisioning/help.html", context)


@require_safe
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one guide."""
    try:
        found = guide(slug, _language())
    except KeyError as error:
        raise Http404 from error
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    is_employee = actor is not None and actor.employee_id is not None
    related = [one for one in guides(_language()) if one.topic is found.topic and one is not found]
    context = {
        "guide": found,
        "text": mark_safe(found.html),  # noqa: S308 - our own file, rendered with raw HTML off
        "opens": reverse(found.opens) if found.opens and is_employee else "",
        "related": related[:RELATED],
        "reseller": _reseller(request),
    }
    return TemplateResponse(request, "provisioning/guide.html", context)


@require_safe
def printed(request: HttpRequest, slug: str) -> HttpResponse:
    """Hand out one guide as a PDF; where it cannot be printed, the page has the same text."""
    language = _language()
    try:
        content = as_pdf(slug, language, settings.PORTAL_URL)
    except KeyError as error:
        raise Http404 from error
    except CannotPrint:
        messages.warning(
            request, _("This machine cannot make PDFs. Print the page from your browser instead.")
        )
        return redirect("guide", slug=slug)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{slug}-{language}.pdf"'
    answer["Content-Language"] = language
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def headsets(request: HttpRequest) -> HttpResponse:
    """Show the headsets, and pass an employee's inquiry on to the reseller."""
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    may_ask = actor is not None and actor.employee_id is not None
    form = InquiryForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        if actor is None or not may_ask:
            raise Http404
        if form.is_valid():
            if _ask(request, actor, form):
                return HttpResponseRedirect(reverse("headsets"))
            status = TOO_MANY if form.has_error(NON_FIELD_ERRORS, "too_many") else status
    rows = [{"headset": headset, "field": form[headset.code]} for headset in HEADSETS]
    context = {"form": form, "rows": rows, "may_ask": may_ask, "reseller": _reseller(request)}
    return TemplateResponse(request, "provisioning/headsets.html", context, status=status)


def _ask(request: HttpRequest, actor: Actor, form: InquiryForm) -> bool:
    amounts = form.amounts()
    if not amounts:
        form.add_error(None, _("Say how many you want of at least one headset."))
        return False
    mine = attempt(INQUIRIES, str(actor.employee_id))
    if not mine.allowed or not attempt(COMPANY_INQUIRIES, str(actor.customer_id)).allowed:
        text = _("You have asked often enough. The reseller has your inquiries; try again later.")
        form.add_error(None, forms.ValidationError(text, code="too_many"))
        return False
    answer_to = request.user.email  # type: ignore[union-attr]
    try:
        customer = service.inquire(
            actor=actor,
            amounts=amounts,
            note=form.cleaned_data["note"],
            answer_to=answer_to,
            at=clock.now(),
        )
    except service.InquiryRefused as error:
        form.add_error(None, str(error))
        return False
    pieces = sum(amounts.values())
    text = ngettext(
        "Your inquiry for %(pieces)d headset is on its way to %(reseller)s. They answer to %(email)s.",
        "Your inquiry for %(pieces)d headsets is on its way to %(reseller)s. They answer to %(email)s.",
        pieces,
    )
    values = {"pieces": pieces, "reseller": customer.reseller.name, "email": answer_to}
    messages.success(request, text % values)
    return True


def _about_headsets() -> str:
    """Return the words by which the page of headsets is found."""
    said = _("headset headphones earphones microphone buy price")
    return " ".join((said, *(headset.name for headset in HEADSETS)))


def _language() -> str:
    return (get_language() or "da").split("-")[0]


def _reseller(request: HttpRequest) -> Reseller | None:
    """Return who helps an employee; staff help others, and see none."""
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    if actor is None or actor.customer_id is None:
        return None
    return Reseller.objects.visible_to(actor).filter(customers=actor.customer_id).first()
