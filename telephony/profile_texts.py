"""Say in words what a ring profile does, and what is wrong with one."""

from __future__ import annotations

from django.utils.translation import gettext as _

from telephony.models import Callers, HandState, Situation
from telephony.rules.numbers import shown
from telephony.rules.profiles import Draft, Fault, Finding, MemberDraft, Target
from telephony.selectors.profile_editor import Known


def sentence(finding: Finding, known: Known) -> str:
    """Say what is wrong, where, and what to do about it."""
    target = finding.target
    words = {
        "step": finding.step or 0,
        "situation": _situation(target) if target else "",
        "to": _to(target, known) if target else "",
    }
    if finding.colleague is not None:
        words["to"] = _member(MemberDraft(colleague=finding.colleague), known)
    texts = {
        Fault.EMPTY_STEP: _("Step %(step)s rings nobody. Choose a phone in it, or remove the step."),
        Fault.NOTHING_RINGS: _("Nothing rings, and calls go nowhere. Add a step, or say where calls go."),
        Fault.NEVER_REACHED: _(
            "The steps never ring, because “%(situation)s” sends every call to %(to)s. Take that away to let them ring."
        ),
        Fault.LOOP: _(
            "“%(situation)s” goes to %(to)s, and from there calls come back to this profile. Choose something else."
        ),
        Fault.TO_MYSELF: _("“%(situation)s” sends calls to yourself. Choose somebody else."),
        Fault.DEAD_END: _("“%(situation)s” goes to %(to)s, who has no phone: calls end there."),
        Fault.SILENT_MEMBER: _("Step %(step)s names %(to)s, who has no phone: nothing rings there."),
        Fault.TARGET_UNUSED: _(
            "“%(situation)s” never comes to pass, because other choices take those calls."
        ),
    }
    return texts[finding.fault] % words


def in_words(draft: Draft, known: Known) -> list[tuple[str, str]]:
    """Return what a draft does, as pairs of what and how; for two versions side by side."""
    lines = [(_("Name"), draft.name or "–")]
    for place, step in enumerate(draft.steps, 1):
        members = ", ".join(_member(member, known) for member in step.members) or "–"
        lines.append(
            (
                _("Step %(number)d") % {"number": place},
                _("%(members)s, %(seconds)d seconds") % {"members": members, "seconds": step.seconds},
            )
        )
    lines += [(_situation(target), _to(target, known)) for target in draft.targets]
    number = next((number for pk, number, _main in known.outgoing if pk == draft.outgoing), "")
    lines.append((_("Number shown"), shown(number, known.country) if number else _("As usual")))
    lines.append((_("Status"), str(HandState(draft.state).label) if draft.state else _("Unchanged")))
    lines.append((_("Note"), draft.note or _("Unchanged")))
    lines.append((_("Ends by itself at"), f"{draft.ends_at:%H.%M}" if draft.ends_at else "–"))
    lines.append((_("Busy during a call"), _("Yes") if draft.is_busy_in_call else _("No")))
    return lines


def _situation(target: Target) -> str:
    label = str(Situation(target.situation).label)
    if target.callers == Callers.EVERYBODY:
        return label
    return f"{label} – {Callers(target.callers).label}"


def _to(target: Target, known: Known) -> str:
    if target.profile is not None:
        return next((name for pk, name in known.profiles if pk == target.profile), "?")
    if target.queue is not None:
        title = next((queue.title for queue in known.queues if queue.id == target.queue), "?")
        return _("the queue %(name)s") % {"name": title}
    if target.is_end:
        return _("the end of the call")
    return _member(MemberDraft(colleague=target.colleague, number=target.number), known)


def _member(member: MemberDraft, known: Known) -> str:
    if member.phone is not None:
        return next((phone.title for phone in known.phones if phone.id == member.phone), "?")
    if member.colleague is not None:
        person = known.person(member.colleague)
        return person.title if person else "?"
    return shown(member.number, known.country)
