"""Tell of calls that are sent abroad: whoever steals a sign-in sends calls there (toll fraud)."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import translation
from django.utils.translation import gettext as _

from myfone.accounts.selectors import people_behind, reader
from myfone.kernel import audit, outbox
from myfone.kernel.wording import plain
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from telephony.country_texts import country_of
from telephony.models import CallPolicy, RingProfile
from telephony.rules.numbers import international

DEFAULT_COUNTRY = "DK"


def home_of(actor: Actor, customer_id: int) -> str:
    """Return the country whose numbers are at home for a customer."""
    policy = CallPolicy.objects.visible_to(actor).filter(customer_id=customer_id).only("country").first()
    return policy.country if policy else DEFAULT_COUNTRY


def tell(*, actor: Actor, profile: RingProfile, numbers: Iterable[str], version: int) -> None:
    """Promise a mail to the profile's owner and to the company's administrators, in the caller's transaction."""
    sent = sorted(numbers)
    employee = Employee.objects.visible_to(actor).get(pk=profile.employee_id)
    audit.record(actor=actor, action="profile.sent_abroad", object=profile, numbers=sent)
    system = Actor.system(profile.customer_id, doing="forward_abroad")
    people = {
        one.email: (one.name, one.language)
        for one in people_behind(actor=system, customer_id=profile.customer_id)
        # The reseller's staff hear of limits that are reached, not of what each employee chooses.
        if one.user_id in _administrators(system, profile.customer_id)
    }
    own = reader(profile.employee_id)
    if own is not None:
        people[own.email] = (own.name, own.language)
    for email, (name, language) in sorted(people.items()):
        with translation.override(language):
            where = [
                _("%(number)s in %(country)s") % {"number": international(n), "country": country_of(n)}
                for n in sent
            ]
            profile_name = str(profile)
        outbox.send(
            key=f"forward_abroad:{profile.public_id}:{version}:{email}",
            to=email,
            template="forward_abroad",
            language=language,
            params={
                "name": name,
                "employee": plain(employee.name),
                "profile": plain(profile_name),
                "numbers": where,
            },
            customer_id=profile.customer_id,
        )


def _administrators(actor: Actor, customer_id: int) -> set[int]:
    everybody = {one.user_id for one in people_behind(actor=actor, customer_id=customer_id)}
    staff = people_behind(actor=actor, customer_id=customer_id, administrators=False)
    return everybody - {one.user_id for one in staff}
