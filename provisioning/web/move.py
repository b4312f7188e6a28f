"""Where an employee says that the contacts of the old Skype are exported (G11)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from myfone.kernel import clock
from myfone.tenancy.actor import Actor, NotAllowed
from provisioning.models import Answer
from provisioning.selectors.moving import my_move
from provisioning.services.moving import answer


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def move(request: HttpRequest) -> HttpResponse:
    """Show how contacts are exported, and take the answer."""
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    if actor is None or actor.employee_id is None:
        raise Http404
    if request.method == "POST":
        said = request.POST.get("answer", "")
        if said in Answer.values:
            try:
                answer(actor=actor, said=Answer(said), at=clock.now())
            except NotAllowed as refusal:
                messages.warning(request, str(refusal))
            else:
                messages.success(request, _("Thank you. Your company can see that you have answered."))
        return redirect("contacts_move")
    return TemplateResponse(request, "provisioning/contacts_move.html", {"mine": my_move(actor)})
