"""The days on which a queue is open at other times than its hours, or closed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from telephony.models import Queue, QueueDay
from telephony.rules import queues as rules
from telephony.services import queue_days as services
from telephony.services.queues import QueueError
from telephony.web.queue_settings import FORM, administered
from telephony.web.queues import for_queues


class DaysForm(forms.Form):
    """Days and what holds on them: closed, or open for one span."""

    name = forms.CharField(label=gettext_lazy("What it is"), max_length=60, required=False)
    first_day = forms.DateField(
        label=gettext_lazy("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Empty: the first day alone."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
    )
    hours = forms.CharField(
        label=pgettext_lazy("queue", "Open"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("For example 10-14. Empty is closed."),
    )

    def clean(self) -> dict[str, Any]:
        """Read the span that the queue is open for."""
        cleaned = super().clean() or {}
        try:
            spans = rules.read_hours(1, cleaned.get("hours", ""))
        except rules.NotHours as error:
            said = _("“%(text)s” is no span of time. Write it as 8-16 or 8.30-12, the earlier first.")
            self.add_error("hours", said % {"text": error})
            spans = []
        if len(spans) > 1:
            self.add_error("hours", _("Write one span of time, such as 10-14."))
        for name in ("first_day", "last_day"):
            day = cleaned.get(name)
            if day is not None and not 2000 <= day.year <= 2200:
                self.add_error(name, _("Choose a day of these years."))
        cleaned["span"] = spans[0] if spans else None
        return cleaned


@require_http_methods(FORM)
@for_queues
def edit(request: HttpRequest, actor: Actor, queue: UUID) -> HttpResponse:
    """List the days that are different, add some, and remove some."""
    row = administered(actor, queue)
    today = timezone.localdate(clock.now())
    rows = QueueDay.objects.visible_to(actor).filter(queue=row)
    form = DaysForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if request.POST.get("remove"):
            _remove(request, actor, row)
            return HttpResponseRedirect(reverse("queue_days", args=[queue]))
        if form.is_valid() and _added(actor, row, form):
            messages.success(request, _("Saved. It holds from the next call on."))
            return HttpResponseRedirect(reverse("queue_days", args=[queue]))
    context = {
        "queue": row,
        "form": form,
        "days": rows.filter(last_day__gte=today).order_by("first_day"),
    }
    return TemplateResponse(
        request, "telephony/queue_days.html", context, status=422 if form.is_bound else 200
    )


def _added(actor: Actor, queue: Queue, form: DaysForm) -> bool:
    said = form.cleaned_data
    draft = services.Draft(
        said["first_day"],
        said["last_day"] or said["first_day"],
        said["span"],
        " ".join(said["name"].split()),
    )
    try:
        services.add(actor=actor, queue=queue, draft=draft, today=timezone.localdate(clock.now()))
    except QueueError as error:
        form.add_error(error.field or None, str(error))
        return False
    return True


def _remove(request: HttpRequest, actor: Actor, queue: Queue) -> None:
    try:
        wanted = UUID(request.POST["remove"])
    except ValueError:
        return
    rows = QueueDay.objects.visible_to(actor).filter(queue=queue, public_id=wanted)
    for day in rows.select_related("queue"):
        services.remove(actor=actor, day=day)
        messages.success(request, _("Removed. The opening hours count on those days."))
