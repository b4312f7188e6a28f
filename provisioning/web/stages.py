"""Pages of the wizard after the order: contacts, deactivation, report, next steps, users, done (G11–G16)."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from myfone.kernel import clock, outbox
from myfone.kernel.models import OutboxMail
from myfone.kernel.ratelimit import Limit, attempt
from myfone.tenancy.actor import Actor
from provisioning.certificate_texts import report_of
from provisioning.guides import guide
from provisioning.rules.domains import shown
from provisioning.rules.stages import StageName, obstacle
from provisioning.selectors.moving import employees_with_answer, moving
from provisioning.selectors.setups import Standing
from provisioning.selectors.skype_accounts import employees_with_link
from provisioning.services import moving as moving_service
from provisioning.services import setup as service
from provisioning.services.setup import StageClosed
from provisioning.web.forms import ReportForm
from provisioning.web.ordering import page_of
from provisioning.web.wizard import PAGES, closed_page, hint, of_customer, page, stage_page, to

SHORT = 4
TOO_MANY = 429
REPORT_ADDRESSES = Limit("report address of a customer", amount=10, seconds=24 * 3600)


def _confirm(request: HttpRequest, actor: Actor, standing: Standing, stage: StageName) -> HttpResponse:
    try:
        service.confirm_stage(
            actor=actor, customer=standing.customer, stage=stage, at=clock.now(), setup=standing.setup
        )
    except service.StageClosed as closed:
        return closed_page(request, standing, stage, closed.reason)
    return to("setup", standing)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_customer
def contacts(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Have employees export their contacts, and take the confirmation that they have (G11)."""
    if request.method == "POST":
        return _confirm(request, actor, standing, StageName.CONTACTS)
    context: dict[str, Any] = {
        "confirmed": standing.confirmations.get("contacts"),
        "languages": [(code, name.capitalize()) for code, name in _own_names()],
    }
    if standing.setup is not None and standing.order is not None and standing.order.had_skype:
        rows = employees_with_answer(actor=actor, setup=standing.setup)
        found = moving(actor=actor, setup=standing.setup)
        context |= {
            "moving": found,
            "left": max(0, standing.progress.employees - found.answered),
            "listed": page_of(request, rows, standing),
        }
    return stage_page(request, standing, StageName.CONTACTS, "provisioning/contacts.html", context)


@require_POST
@of_customer
def contacts_send(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Send the mail to all who have not answered (G11)."""
    number = request.POST.get("round", "")
    try:
        sent = moving_service.mail_everybody(
            actor=actor,
            customer=standing.customer,
            number=int(number) if number.isdecimal() and len(number) < SHORT else 0,
            at=clock.now(),
            setup=standing.setup,
        )
    except StageClosed as closed:
        return closed_page(request, standing, StageName.CONTACTS, closed.reason)
    except moving_service.MailRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        text = ngettext(
            "The mail is on its way to %(count)d employee.",
            "The mail is on its way to %(count)d employees.",
            sent.people,
        )
        messages.success(request, text % {"count": sent.people})
    return to("setup-contacts", standing)


def _own_names() -> list[tuple[str, str]]:
    return [(code, translation.get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]


@require_safe
@of_customer
def contacts_mail(
    request: HttpRequest, actor: Actor, standing: Standing, language: str, kind: str
) -> HttpResponse:
    """Hand out the mail that tells employees how to export, as text or as a draft for a mail program."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    if obstacle(StageName.CONTACTS, standing.progress):
        return to("setup-contacts", standing)
    params = moving_service.mail_params(standing.customer)
    mail = outbox.render(OutboxMail(template=moving_service.TEMPLATE, language=language, params=params))
    subject, body = str(mail.subject), str(mail.body)
    if kind == "eml":
        draft = EmailMessage()
        draft["Subject"] = subject
        # Outlook opens what says so as a draft that is ready to send.
        draft["X-Unsent"] = "1"
        draft.set_content(body)
        content, content_type = bytes(draft), "message/rfc822"
    else:
        content, content_type = f"{subject}\n\n{body}".encode(), "text/plain; charset=utf-8"
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="skype-{language}.{kind}"'
    answer["Content-Language"] = language
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_customer
def deactivation(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Show how Skype for Business Online is deactivated, and take the confirmation (G12)."""
    if request.method == "POST":
        return _confirm(request, actor, standing, StageName.DEACTIVATION)
    told = guide("deactivation", translation.get_language() or "da")
    context = {
        "confirmed": standing.confirmations.get("deactivation"),
        "guide": told,
        "declared_for": _deactivated_for(standing),
        "text": mark_safe(told.html),  # noqa: S308 - our own file, rendered with raw HTML off
    }
    return stage_page(request, standing, StageName.DEACTIVATION, "provisioning/deactivation.html", context)


def _deactivated_for(standing: Standing) -> str:
    """Return another domain of the customer for which this was confirmed already; empty where there is none."""
    stage = StageName.DEACTIVATION.value
    for one in standing.others:
        if any(said["stage"] == stage for said in one.confirmations):  # type: ignore[attr-defined]
            return shown(one.domain)
    return ""


@require_POST
@of_customer
def reopen(request: HttpRequest, actor: Actor, standing: Standing, stage: str) -> HttpResponse:
    """Take a confirmation back."""
    if stage not in service.CONFIRMED_BY_HAND:
        raise Http404
    try:
        service.reopen_stage(
            actor=actor,
            customer=standing.customer,
            stage=StageName(stage),
            at=clock.now(),
            setup=standing.setup,
        )
    except service.StageClosed as closed:
        return closed_page(request, standing, StageName(stage), closed.reason)
    return to(PAGES[StageName(stage)], standing)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_customer
def report(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Ask who gets the report of the DNS watch (G13)."""
    reason = obstacle(StageName.DNS, standing.progress)
    if reason is not None or standing.setup is None:
        return stage_page(request, standing, StageName.DNS, "provisioning/report.html")
    found = standing.setup
    initial = {
        "name": found.report_name or request.user.name,  # type: ignore[union-attr]
        "email": found.report_email or request.user.email,  # type: ignore[union-attr]
    }
    form = ReportForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if request.method == "POST" and form.is_valid() and _asks_too_often(standing, form.cleaned_data["email"]):
        text = _(
            "The report has been given many addresses today. Wait until tomorrow, or use an earlier one."
        )
        form.add_error("email", text)
        status = TOO_MANY
    if request.method == "POST" and form.is_valid():
        try:
            service.name_report_recipient(
                actor=actor,
                customer=standing.customer,
                language=translation.get_language(),
                at=clock.now(),
                setup=standing.setup,
                **form.cleaned_data,
            )
        except service.ReportAddressRefused as error:
            form.add_error(error.field, str(error))
        else:
            return to("setup-records", standing)
    return page(request, standing, StageName.DNS, "provisioning/report.html", {"form": form}, status=status)


def _asks_too_often(standing: Standing, email: str) -> bool:
    """Count addresses that are new to a customer's report: anybody's may be typed, and we write to them."""
    assert standing.setup is not None
    if email.strip().casefold() == standing.setup.report_email.casefold():
        return False
    return not attempt(REPORT_ADDRESSES, str(standing.customer.pk)).allowed


@require_safe
@never_cache
@of_customer
def records(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Lead to the records, by way of who gets the report."""
    reason = obstacle(StageName.DNS, standing.progress)
    if reason is not None or standing.setup is None:
        return stage_page(request, standing, StageName.DNS, "provisioning/report.html")
    if not standing.setup.report_email:
        return to("setup-report", standing)
    return redirect("setup-dns", setup=standing.setup.public_id)


@require_safe
@never_cache
@of_customer
def next_steps(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Say what happens by itself now, and what comes then (G16)."""
    context = {"certificate": report_of(standing, clock.now()), "found": hint(StageName.DNS, standing)}
    return stage_page(request, standing, StageName.DNS, "provisioning/next_steps.html", context)


@require_safe
@never_cache
@of_customer
def users(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Show who has created a Skype user and who has not, and when it opens (G15, G17)."""
    if standing.setup is None:
        return stage_page(request, standing, StageName.USERS, "provisioning/users.html")
    rows = employees_with_link(actor=actor, customer_id=standing.customer.pk)
    listed = page_of(request, rows, standing)
    context = {
        "listed": listed,
        "reason": service.OBSTACLES.get(obstacle(StageName.USERS, standing.progress)),  # type: ignore[arg-type]
        "certificate": report_of(standing, clock.now()),
    }
    shown = page(request, standing, StageName.USERS, "provisioning/users.html", context)
    if request.headers.get("HX-Target") == "certificate" and standing.progress.live:
        # The page that waited for the certificate is another one now.
        shown["HX-Refresh"] = "true"
    return shown


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_customer
def done(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Say that all is done; a POST closes the setup although some employees have not created a user."""
    if request.method == "POST":
        try:
            service.confirm_stage(
                actor=actor,
                customer=standing.customer,
                stage=StageName.DONE,
                at=clock.now(),
                setup=standing.setup,
            )
        except service.StageClosed as closed:
            return closed_page(request, standing, StageName.DONE, closed.reason)
        messages.success(request, _("The setup is completed."))
        return to("setup-done", standing)
    context = {"confirmed": standing.confirmations.get("done")}
    return stage_page(request, standing, StageName.DONE, "provisioning/done.html", context)
