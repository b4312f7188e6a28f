"""Make, change and end queues, say who takes their calls, and how a queue rings oneself (G27)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Exists, OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from telephony.models import Phone, ProfileQueue, Queue, QueueHours, QueuePhone, RingProfile
from telephony.selectors import queues as selectors
from telephony.selectors.colleagues import danish
from telephony.services import queues as services
from telephony.services.queue_music_choice import choose
from telephony.web.queue_forms import MusicForm, QueueForm
from telephony.web.queues import for_queues, member_of, open_queue

FORM = ["GET", "HEAD", "POST"]
STEERS = {"": None, "in": True, "out": False}


@require_http_methods(FORM)
@for_queues
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Make a queue."""
    if not selectors.administers(actor):
        raise Http404
    return _form(request, actor, None)


@require_http_methods(FORM)
@for_queues
def edit(request: HttpRequest, actor: Actor, queue: UUID) -> HttpResponse:
    """Change a queue."""
    return _form(request, actor, administered(actor, queue))


@require_http_methods(FORM)
@for_queues
def end(request: HttpRequest, actor: Actor, queue: UUID) -> HttpResponse:
    """Ask whether to end a queue, and end it."""
    row = administered(actor, queue)
    if request.method != "POST":
        return TemplateResponse(request, "telephony/queue_end.html", {"queue": row})
    try:
        services.end_queue(actor=actor, queue=row, at=clock.now())
    except services.QueueError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("queue_edit", args=[queue]))
    messages.success(request, _("%(name)s is ended.") % {"name": row.name})
    return HttpResponseRedirect(reverse("queues"))


@require_http_methods(FORM)
@for_queues
def agents(request: HttpRequest, actor: Actor, queue: UUID) -> HttpResponse:
    """Say who takes a queue's calls."""
    if not selectors.supervises(actor):
        raise Http404
    head = open_queue(actor, queue, clock.now())
    if request.method == "POST":
        _enrol(request, actor, queue)
        return HttpResponseRedirect(reverse("queue_agents", args=[queue]))
    listed = selectors.board([head.id])
    others = (
        Employee.objects.visible_to(actor)
        .filter(customer_id=actor.customer_id, ended_at=None)
        .exclude(pk__in=[agent.employee_id for agent in listed])
        .order_by(danish("name"))
    )
    context = {"queue": head, "agents": listed, "others": others}
    return TemplateResponse(request, "telephony/queue_agents.html", context)


@require_http_methods(FORM)
@for_queues
def music(request: HttpRequest, actor: Actor, queue: UUID) -> HttpResponse:
    """Choose what callers hear who wait."""
    if not selectors.supervises(actor):
        raise Http404
    row = _row(actor, queue)
    data = request.POST if request.method == "POST" else None
    form = MusicForm(data, request.FILES or None, queue=row, initial={"music": row.music})
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        try:
            choose(actor=actor, queue=row, music=said["music"], file=said["file"])
        except services.NoMusic as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, _("Saved. It holds from the next call on."))
            return HttpResponseRedirect(reverse("queue", args=[queue]))
    context = {"form": form, "queue": row}
    return TemplateResponse(
        request, "telephony/queue_music.html", context, status=422 if form.is_bound else 200
    )


@require_http_methods(FORM)
@for_queues
def mine(request: HttpRequest, actor: Actor, queue: UUID) -> HttpResponse:
    """Choose which of one's phones ring for a queue, and what one's ring profiles do with it."""
    head = open_queue(actor, queue, clock.now())
    if not head.is_mine:
        raise Http404
    own = {"employee_id": actor.employee_id, "ended_at": None}
    member = {"member__queue_id": head.id, "member__employee_id": actor.employee_id}
    picked = QueuePhone.objects.visible_to(actor).filter(phone=OuterRef("pk"), **member)
    says = ProfileQueue.objects.visible_to(actor).filter(profile=OuterRef("pk"), queue_id=head.id)
    phones = list(
        Phone.objects.visible_to(actor)
        .filter(**own)
        .annotate(is_picked=Exists(picked))
        .order_by("kind", "name", "pk")
    )
    profiles = list(
        RingProfile.objects.visible_to(actor)
        .filter(**own)
        .annotate(signs_in=Subquery(says.values("signs_in")[:1]))
        .order_by("position", "pk")
    )
    if request.method == "POST":
        employee = Employee.objects.visible_to(actor).get(pk=actor.employee_id)
        services.prefer(
            actor=actor,
            member=member_of(actor, head, employee.public_id),
            phones=[phone for phone in phones if str(phone.pk) in request.POST.getlist("phone")],
            steers={row: STEERS.get(request.POST.get(f"profile-{row.public_id}", "")) for row in profiles},
        )
        messages.success(request, _("Saved. It holds from the next call on."))
        return HttpResponseRedirect(reverse("queue", args=[queue]))
    names = {None: "", True: "in", False: "out"}
    context = {
        "queue": head,
        "phones": phones,
        "profiles": [(row, names[row.signs_in]) for row in profiles],
    }
    return TemplateResponse(request, "telephony/queue_mine.html", context)


def _form(request: HttpRequest, actor: Actor, queue: Queue | None) -> HttpResponse:
    hours = (
        list(QueueHours.objects.visible_to(actor).filter(queue=queue).order_by("weekday", "opens"))
        if queue
        else []
    )
    data = request.POST if request.method == "POST" else None
    form = QueueForm(
        data, request.FILES or None, queue=queue, hours=hours, country=selectors.country_of(actor)
    )
    if form.is_bound and form.is_valid():
        try:
            saved = services.save_queue(actor=actor, queue=queue, draft=form.draft())
        except services.QueueError as error:
            made = _made_already(actor, form.draft(), error) if queue is None else None
            if made is not None:
                messages.info(
                    request, _("%(name)s is made already. Say who takes its calls.") % {"name": made.name}
                )
                return HttpResponseRedirect(reverse("queue_agents", args=[made.public_id]))
            form.add_error(error.field or None, str(error))
        else:
            if queue is None:
                messages.success(
                    request, _("%(name)s is made. Say who takes its calls.") % {"name": saved.name}
                )
                return HttpResponseRedirect(reverse("queue_agents", args=[saved.public_id]))
            messages.success(request, _("Saved. It holds from the next call on."))
            return HttpResponseRedirect(reverse("queue", args=[saved.public_id]))
    status = 422 if form.is_bound else 200
    context = {"form": form, "queue": queue}
    return TemplateResponse(request, "telephony/queue_edit.html", context, status=status)


def _made_already(actor: Actor, draft: services.Draft, error: services.QueueError) -> Queue | None:
    """Return the queue that a first click on the same button made, where it is what is in the way."""
    if not isinstance(error, services.NumberTaken | services.NameTaken):
        return None
    rows = Queue.objects.visible_to(actor).filter(customer_id=actor.customer_id, ended_at=None)
    found: Queue | None = rows.filter(name=draft.name, extension__number=draft.number).first()
    return found


def _enrol(request: HttpRequest, actor: Actor, queue: UUID) -> None:
    row = _row(actor, queue)
    try:
        wanted = UUID(request.POST.get("employee", ""))
    except ValueError:
        wanted = None
    person = (
        Employee.objects.visible_to(actor)
        .filter(customer_id=actor.customer_id, public_id=wanted, ended_at=None)
        .first()
    )
    if person is None:
        messages.error(request, _("Choose somebody from the list. Nothing was changed."))
    elif request.POST.get("do") == "remove":
        for member in row.members.visible_to(actor).filter(employee=person):
            services.remove(actor=actor, member=member)
        messages.success(request, _("%(name)s no longer takes the queue's calls.") % {"name": person.name})
    else:
        services.enrol(actor=actor, queue=row, employee=person)
        messages.success(
            request, _("%(name)s is an agent now, and rings as soon as signed in.") % {"name": person.name}
        )


def administered(actor: Actor, public_id: UUID) -> Queue:
    """Return a queue that the actor may change; raises Http404."""
    if not selectors.administers(actor):
        raise Http404
    return _row(actor, public_id)


def _row(actor: Actor, public_id: UUID) -> Queue:
    row: Queue | None = (
        Queue.objects.visible_to(actor)
        .filter(customer_id=actor.customer_id, public_id=public_id, ended_at=None)
        .select_related("extension", "file")
        .defer("file__wav")
        .first()
    )
    if row is None:
        raise Http404
    return row
