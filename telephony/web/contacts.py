"""The employee's own address book: list, search, one contact, files to take along."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from telephony.models import Contact
from telephony.rules.contact_export import as_csv, as_vcard
from telephony.selectors import contacts as selectors
from telephony.services import contacts as service
from telephony.web.contact_forms import ContactForm

PAGE_SIZE = 50
LONGEST_QUERY = 80
View = Callable[..., HttpResponse]


def for_employees(view: View) -> View:
    """Open a page to signed-in employees; for others it does not exist."""

    @wraps(view)
    @never_cache
    @login_required
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        if actor is None or actor.employee_id is None:
            raise Http404
        return view(request, actor, **kwargs)

    return guarded


@require_safe
@for_employees
def index(request: HttpRequest, actor: Actor) -> HttpResponse:
    """List the contacts, or those that a search finds."""
    query = " ".join(request.GET.get("q", "")[:LONGEST_QUERY].split()).replace("\0", "")
    listed = Paginator(selectors.find(actor=actor, query=query), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "query": query,
        "listed": listed,
        "imports": [] if query else selectors.imports(actor=actor),
        "longest": LONGEST_QUERY,
    }
    return TemplateResponse(request, "telephony/contacts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Add a contact."""
    return _form(request, actor, ContactForm(request.POST if request.method == "POST" else None), None)


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
def edit(request: HttpRequest, actor: Actor, contact: UUID) -> HttpResponse:
    """Change a contact."""
    found = _found(actor, contact)
    data = request.POST if request.method == "POST" else None
    return _form(request, actor, ContactForm(data, held=selectors.entry_of(found)), found)


def _found(actor: Actor, public_id: UUID) -> Contact:
    try:
        found: Contact = Contact.objects.visible_to(actor).get(public_id=public_id)
    except Contact.DoesNotExist as error:
        raise Http404 from error
    return found


def _form(request: HttpRequest, actor: Actor, form: ContactForm, contact: Contact | None) -> HttpResponse:
    if form.is_bound and form.is_valid():
        public_id = contact.public_id if contact else None
        assert form.entry is not None
        try:
            saved = service.save(actor=actor, entry=form.entry, public_id=public_id, at=clock.now())
        except service.ContactRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": saved.name})
            return redirect("contacts")
    context = {"form": form, "contact": contact}
    return TemplateResponse(request, "telephony/contact.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
def delete(request: HttpRequest, actor: Actor, contact: UUID) -> HttpResponse:
    """Ask whether a contact is to be deleted, and delete it."""
    found = _found(actor, contact)
    if request.method == "POST":
        service.delete(actor=actor, public_id=contact)
        messages.success(request, _("%(name)s is deleted.") % {"name": found.name})
        return redirect("contacts")
    return TemplateResponse(request, "telephony/contact_delete.html", {"contact": found})


@require_safe
@for_employees
def export(request: HttpRequest, actor: Actor, kind: str) -> HttpResponse:
    """Hand out the whole address book as a file."""
    entries = [selectors.entry_of(contact) for contact in selectors.find(actor=actor)]
    if kind == "vcf":
        content, content_type = as_vcard(entries), "text/vcard; charset=utf-8"
    else:
        # Excel takes a file without the mark for one in its own old character set.
        content, content_type = "\ufeff" + as_csv(entries), "text/csv; charset=utf-8"
    answer = HttpResponse(content.encode(), content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="contacts.{kind}"'
    return answer
