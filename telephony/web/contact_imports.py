"""Take contacts in from a file: choose it, look at what is in it, confirm, and undo (G11)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from myfone.kernel import clock
from myfone.kernel.ratelimit import Limit, attempt
from myfone.tenancy.actor import Actor
from telephony.contact_texts import COLUMNS, REGIONS, sentence
from telephony.models import ContactImport, ImportState
from telephony.rules.contact_columns import Column
from telephony.rules.contact_files import LARGEST, MOST
from telephony.rules.contacts import Choice
from telephony.selectors import contacts as selectors
from telephony.services import contacts as service
from telephony.web.contact_forms import COLUMN_CHOICES, ChoiceForm, UploadForm
from telephony.web.contacts import for_employees

SHOWN = 50
UPLOADS = Limit("contact upload", amount=40, seconds=3600)
TOO_MANY = 429
MEGABYTE = 1024 * 1024


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
def upload(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Ask for a file, and read it; what was read waits for a confirmation."""
    posted = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if posted else UploadForm()
    status = 200
    if posted and form.is_valid():
        file = form.cleaned_data["file"]
        if not attempt(UPLOADS, str(actor.employee_id)).allowed:
            form.add_error("file", _("You have taken in many files. Wait an hour, then go on."))
            status = TOO_MANY
        elif file.size > LARGEST:
            text = _("The file is larger than %(most)d MB. Export it without pictures, or in parts.")
            form.add_error("file", text % {"most": LARGEST // MEGABYTE})
        else:
            try:
                batch = service.upload(
                    actor=actor,
                    file_name=file.name,
                    data=file.read(),
                    region=form.cleaned_data["region"],
                    at=clock.now(),
                )
            except service.ContactRefused as error:
                form.add_error("file", str(error))
            else:
                return redirect("contact_preview", batch=batch.public_id)
    context = {"form": form, "most": MOST, "megabytes": LARGEST // MEGABYTE}
    return TemplateResponse(request, "telephony/contact_import.html", context, status=status)


def _batch(actor: Actor, public_id: UUID) -> ContactImport:
    try:
        found: ContactImport = ContactImport.objects.visible_to(actor).get(public_id=public_id)
    except ContactImport.DoesNotExist as error:
        raise Http404 from error
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
def preview(request: HttpRequest, actor: Actor, batch: UUID) -> HttpResponse:
    """Show what is in a file and what it would do; a POST says what its columns hold."""
    found = _batch(actor, batch)
    if found.state != ImportState.PREVIEW:
        return redirect("contacts")
    if request.method == "POST":
        columns = [request.POST.get(f"column-{n}", said) for n, said in enumerate(found.columns)]
        service.say_columns(
            actor=actor, public_id=batch, columns=columns, region=request.POST.get("region", "")
        )
        return redirect("contact_preview", batch=batch)
    seen = selectors.preview(actor=actor, batch=found)
    known = seen.known
    context = {
        "batch": found,
        "columns": [
            {
                "seen": column,
                "choices": COLUMN_CHOICES,
                "is_label": column.column is Column.LABEL,
                "label": COLUMNS[column.column],
            }
            for column in seen.columns
        ],
        "unknown": sum(column.column is Column.IGNORED for column in seen.columns),
        "regions": REGIONS.items(),
        "entries": [{"entry": entry, "known": entry.line in known} for entry in seen.entries[:SHOWN]],
        "more": max(0, len(seen.entries) - SHOWN),
        "count": len(seen.entries),
        "known": len(known),
        "fresh": len(seen.entries) - len(known),
        "lost": [_told(fault) for fault in seen.faults if fault.lost][:SHOWN],
        "lost_count": len({fault.line for fault in seen.faults if fault.lost}),
        "remarks": [_told(fault) for fault in seen.faults if not fault.lost][:SHOWN],
        "remark_count": sum(not fault.lost for fault in seen.faults),
        "form": ChoiceForm(),
    }
    return TemplateResponse(request, "telephony/contact_preview.html", context)


def _told(fault: selectors.Fault) -> dict[str, object]:
    return {"line": fault.line, "text": sentence(fault)}


@require_POST
@for_employees
def confirm(request: HttpRequest, actor: Actor, batch: UUID) -> HttpResponse:
    """Take the contacts in."""
    found = _batch(actor, batch)
    form = ChoiceForm(request.POST)
    choice = Choice(form.cleaned_data["choice"]) if form.is_valid() else Choice.MERGE
    try:
        done = service.confirm(actor=actor, public_id=found.public_id, choice=choice, at=clock.now())
    except service.ContactRefused as error:
        messages.error(request, str(error))
        return redirect("contact_preview", batch=batch)
    messages.success(request, _summary(done))
    return redirect("contacts")


def _summary(done: ContactImport) -> str:
    parts = [
        ngettext("%(count)d contact is added.", "%(count)d contacts are added.", done.added)
        % {"count": done.added}
    ]
    if done.changed:
        text = ngettext("%(count)d has got more.", "%(count)d have got more.", done.changed)
        parts.append(text % {"count": done.changed})
    if done.skipped:
        text = ngettext("%(count)d was there already.", "%(count)d were there already.", done.skipped)
        parts.append(text % {"count": done.skipped})
    return " ".join(parts)


@require_POST
@for_employees
def discard(request: HttpRequest, actor: Actor, batch: UUID) -> HttpResponse:
    """Drop a file that was looked at."""
    service.discard(actor=actor, public_id=_batch(actor, batch).public_id)
    messages.info(request, _("Nothing was taken in."))
    return redirect("contacts")


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
def undo(request: HttpRequest, actor: Actor, batch: UUID) -> HttpResponse:
    """Ask whether an import is to be undone, and undo it."""
    found = _batch(actor, batch)
    if found.state == ImportState.PREVIEW:
        return redirect("contact_preview", batch=batch)
    if request.method == "POST":
        _undone, stay = service.undo(actor=actor, public_id=batch, at=clock.now())
        messages.success(request, _("The import of %(file)s is undone.") % {"file": found.file_name})
        if stay:
            text = ngettext(
                "%(count)d contact stays: you have changed it since.",
                "%(count)d contacts stay: you have changed them since.",
                stay,
            )
            messages.info(request, text % {"count": stay})
        return redirect("contacts")
    return TemplateResponse(request, "telephony/contact_undo.html", {"batch": found})
