"""Make, try out and delete ring profiles one at a time (G28)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from myfone.kernel import audit
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from telephony.models import Phone, ProfileChoice, RingProfile, RingTarget, Template
from telephony.rules.profiles import Draft
from telephony.selectors.profile_editor import Stories, rings_of_profile
from telephony.selectors.schedules import uses
from telephony.services.profiles import ProfileError, begin_with, rewrite

MOST_PROFILES = 20


class TooManyProfiles(ProfileError):
    """Nobody finds their way among so many."""

    def __init__(self) -> None:
        super().__init__(
            _("You have %(most)d profiles already. Delete one that you do not use first.")
            % {"most": MOST_PROFILES}
        )


class ProfileInUse(ProfileError):
    """Another profile sends calls to this one."""

    def __init__(self, others: Sequence[RingProfile]) -> None:
        super().__init__(
            _("%(others)s sends calls to this profile. Choose something else there first.")
            % {"others": ", ".join(str(other) for other in others)}
        )


class ProfileScheduled(ProfileError):
    """The weekly schedule chooses this profile."""

    def __init__(self) -> None:
        super().__init__(_("Your weekly schedule chooses this profile. Choose something else there first."))


class _Rehearsed(Exception):
    """Ends a rehearsal, so that nothing of it stays."""


def create(*, actor: Actor, employee: Employee, template: Template, name: str) -> RingProfile:
    """Make a profile that begins as a template does. Raises TooManyProfiles."""
    with transaction.atomic():
        Employee.objects.visible_to(actor).select_for_update(no_key=True).get(pk=employee.pk)
        held = list(RingProfile.objects.visible_to(actor).filter(employee=employee, ended_at=None))
        if len(held) >= MOST_PROFILES:
            raise TooManyProfiles
        is_first = all(other.template != template for other in held) and name in ("", str(template.label))
        phones = list(Phone.objects.visible_to(actor).filter(employee=employee, ended_at=None).order_by("pk"))
        draft = begin_with(template, phones)
        profile = RingProfile(
            customer_id=employee.customer_id,
            employee=employee,
            template=template if is_first else "",
            name="" if is_first else name or str(template.label),
            position=max((other.position for other in held), default=-1) + 1,
            state=draft.state,
        )
        profile.save(force_insert=True)
        rewrite(actor, profile, draft)
        audit.record(actor=actor, action="profile.created", object=profile)
    return profile


def why_kept(*, actor: Actor, profile: RingProfile, at: dt.datetime) -> ProfileError | None:
    """Return why a profile cannot be deleted: another one or the schedule uses it; None where it can."""
    leading = RingTarget.objects.visible_to(actor).filter(other=profile, profile__ended_at=None)
    others = {
        target.profile_id: target.profile
        for target in leading.exclude(profile=profile).select_related("profile")
    }
    if others:
        return ProfileInUse(list(others.values()))
    return ProfileScheduled() if uses(actor, profile, at) else None


def delete(*, actor: Actor, profile: RingProfile, at: dt.datetime) -> None:
    """Take a profile out of use; if it holds now, what comes without it holds from now on. Raises ProfileInUse,
    ProfileScheduled.

    Deleting it again changes nothing.
    """
    with transaction.atomic():
        Employee.objects.visible_to(actor).select_for_update(no_key=True).get(pk=profile.employee_id)
        if kept := why_kept(actor=actor, profile=profile, at=at):
            raise kept
        ended = RingProfile.objects.visible_to(actor).filter(pk=profile.pk, ended_at=None).update(ended_at=at)
        if not ended:
            return
        ProfileChoice.objects.visible_to(actor).filter(profile=profile, ended_at=None).update(ended_at=at)
        audit.record(actor=actor, action="profile.deleted", object=profile)


def rehearse(*, actor: Actor, profile: RingProfile, draft: Draft, internal: bool, at: dt.datetime) -> Stories:
    """Return what a call would ring if the draft were saved and held: the switch's own answer. Nothing is changed."""
    try:
        with transaction.atomic():
            RingProfile.objects.visible_to(actor).filter(pk=profile.pk).update(
                is_busy_in_call=draft.is_busy_in_call
            )
            rewrite(actor, profile, draft)
            told = rings_of_profile(profile, internal=internal, at=at)
            raise _Rehearsed
    except _Rehearsed:
        return told
