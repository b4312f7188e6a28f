"""Say what meets one's calls: forwards, profiles, and queues."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from myfone.kernel import clock
from myfone.kernel.typography import DOT
from telephony.models import PauseReason
from telephony.models.profiles import Callers
from telephony.models.queues import SetBy
from telephony.rules.numbers import shown
from telephony.selectors.standing import Diverted, Missed, OwnQueue, Standing
from telephony.templatetags.presence import when
from telephony.templatetags.queues import pause_since, since

register = template.Library()


@register.filter
def diverted_text(one: Diverted) -> str:
    """Return where calls go at once, and whose."""
    place = one.name or (shown(one.number) if one.number else str(one.profile))
    if not place:
        return {
            Callers.INTERNAL.value: _("Calls of colleagues are turned away"),
            Callers.EXTERNAL.value: _("Calls from outside are turned away"),
        }.get(one.callers, _("All your calls are turned away"))
    said = {
        Callers.INTERNAL.value: _("Calls of colleagues go to %(place)s"),
        Callers.EXTERNAL.value: _("Calls from outside go to %(place)s"),
    }.get(one.callers, _("All your calls go to %(place)s"))
    return said % {"place": place}


@register.filter
def missed_from(missed: Missed) -> str:
    """Return who called last: a colleague's name, else the number."""
    if missed.name:
        return missed.name
    return _("Hidden number") if missed.number in ("", "anonymous") else shown(missed.number)


@register.filter
def queue_names(queues: Sequence[OwnQueue]) -> str:
    """Return the names of queues as a list in words."""
    return get_text_list([queue.name for queue in queues], _("and"))


@register.filter
def pause_text(queues: Sequence[OwnQueue]) -> str:
    """Return since when one has a pause, and why."""
    first = min(queues, key=lambda queue: queue.paused_at)  # type: ignore[arg-type,return-value]
    reason = PauseReason(first.reason).label if first.reason else ""
    time = when(first.paused_at)
    if first.reason == PauseReason.MISSED:
        return _("Since %(time)s, because calls were not answered.") % {"time": time}
    return _("%(reason)s since %(time)s.") % {"reason": reason, "time": time}


@register.filter
def profile_text(standing: Standing) -> str:
    """Return until when the ring profile holds."""
    held = standing.profile
    if held is None:
        return ""
    if held.until:
        return _("%(name)s until %(time)s, then %(usual)s") % {
            "name": held.title,
            "time": when(held.until),
            "usual": held.usual,
        }
    if not held.choice and held.scheduled:
        if held.changes:
            said = _("%(name)s by your weekly schedule, until %(time)s.")
            return said % {"name": held.title, "time": when(held.changes)}
        return _("%(name)s by your weekly schedule.") % {"name": held.title}
    return _("%(name)s holds until you choose another.") % {"name": held.title}


@register.filter
def own_queue_text(queue: OwnQueue) -> str:
    """Return whether one is signed in to a queue, and what ends that."""
    if queue.paused_at and queue.signed_in:
        return pause_since(queue.paused_at, queue.reason)
    if queue.leaves:
        return _("Signs out when the call that goes on is over")
    if queue.signed_in and queue.state == "unreachable":
        return _("Signed in, but no phone is")
    if queue.signed_in and queue.state == "dnd":
        return _("Signed in, but not to be disturbed")
    how = {"how": SetBy(queue.set_by).label}
    said = _("Signed in %(how)s") % how if queue.signed_in else _("Signed out %(how)s") % how
    if queue.holds_until:
        return _("%(said)s, until %(time)s") % {"said": said, "time": when(queue.holds_until)}
    return said


@register.filter
def queue_load(queue: OwnQueue) -> str:
    """Return whether a queue is closed, how many wait in it, and how many agents can take a call, as its page does."""
    waiting = ngettext("%(count)d waits", "%(count)d wait", queue.waiting) % {"count": queue.waiting}
    said = [waiting if queue.waiting else _("nobody waits")]
    if not queue.is_open:
        said.insert(0, _("Closed now"))
    if queue.free is not None:
        said.append(_("%(free)s of %(all)s can take a call now") % {"free": queue.free, "all": queue.agents})
    return DOT.join(said)


@register.filter
def so_far(moment: object) -> str:
    """Return how long something has gone on, in minutes and seconds."""
    return since(moment, clock.now())  # type: ignore[arg-type]
