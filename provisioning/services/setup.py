"""Take a setup through the stages of the guide (G11–G16): confirm, reopen, name who gets the report."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from myfone.accounts.selectors import name_of
from myfone.kernel import audit
from myfone.kernel.events import publish
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Customer
from provisioning import events
from provisioning.models import Order, Setup, StageConfirmation
from provisioning.rules.contact import BadContactName, read_contact_name
from provisioning.rules.stages import Obstacle, StageName, obstacle
from provisioning.selectors.moving import unanswered
from provisioning.selectors.setups import Standing, find
from provisioning.services.customers import staff_alone

OBSTACLES: dict[Obstacle, Promise] = {
    Obstacle.NOT_ORDERED: gettext_lazy("Skype for Business is not ordered yet. Order it first."),
    Obstacle.CONTACTS_UNCONFIRMED: gettext_lazy(
        "Confirm first that all employees have exported their contacts. Contacts that are not exported are lost."
    ),
    Obstacle.DEACTIVATION_UNCONFIRMED: gettext_lazy(
        "Confirm first that Skype for Business Online is deactivated in Office 365."
    ),
    Obstacle.DNS_UNVERIFIED: gettext_lazy("The DNS records are not in place yet. We go on when they are."),
    Obstacle.NO_CERTIFICATE: gettext_lazy(
        "The certificate is made in the night after the DNS records are in place."
        " Employees can begin as soon as it is in use."
    ),
    Obstacle.USERS_MISSING: gettext_lazy("Not all employees have created their user yet."),
    Obstacle.DOMAIN_BROKEN: gettext_lazy(
        "The domain no longer points at us, so it does not work. Mend the DNS records first."
    ),
}
CONTACT_FAULTS: dict[str, Promise] = {
    "empty": gettext_lazy("Enter a name."),
    "too_long": gettext_lazy("The name is too long. 80 characters will do."),
    "control": gettext_lazy("The name holds a character that no keyboard writes. Type it again."),
    "link": gettext_lazy("Enter a name alone, without links and addresses."),
}
# Stages that a person confirms; the others follow from what was found.
CONFIRMED_BY_HAND = frozenset({StageName.CONTACTS, StageName.DEACTIVATION, StageName.DNS, StageName.DONE})
LONGEST_EMAIL = 254


class StageClosed(Exception):
    """The stage is not open; the text says what comes first."""

    def __init__(self, reason: Obstacle) -> None:
        super().__init__(str(OBSTACLES[reason]))
        self.reason = reason


class ReportAddressRefused(Exception):
    """The report's name or address cannot be used; field says which."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@transaction.atomic
def confirm_stage(
    *, actor: Actor, customer: Customer, stage: StageName, at: dt.datetime, setup: Setup | None = None
) -> StageConfirmation:
    """Write down who says that a stage is done; said twice, the first stands.

    Where the customer has several domains, setup says for which. Raises StageClosed, SeveralDomains, NotAllowed.
    """
    standing = _standing(actor, customer, setup)
    # To close with employees missing is what confirming the last stage is for.
    _open(StageName.USERS if stage is StageName.DONE else stage, standing)
    if stage is StageName.DONE and standing.progress.broken:
        raise StageClosed(Obstacle.DOMAIN_BROKEN)
    assert stage in CONFIRMED_BY_HAND
    assert standing.setup is not None
    confirmation = StageConfirmation(
        customer_id=customer.pk,
        setup=standing.setup,
        stage=stage.value,
        confirmed_by=actor.id,
        confirmed_by_name=name_of(actor),
        confirmed_at=at,
    )
    try:
        with transaction.atomic():
            confirmation.save()
    except IntegrityError:
        stands: StageConfirmation = StageConfirmation.objects.visible_to(actor).get(
            setup=standing.setup, stage=stage.value, reopened_at=None
        )
        return stands
    details = {}
    if stage is StageName.CONTACTS and (left := unanswered(actor=actor, setup=standing.setup).count()):
        # Nobody signs for what employees have not said.
        details["unanswered"] = left
    audit.record(actor=actor, action="stage.confirmed", object=standing.setup, stage=stage.value, **details)
    publish(
        events.StageConfirmed(
            customer_id=customer.pk, at=at, setup_id=standing.setup.pk, stage=stage.value, reopened=False
        )
    )
    return confirmation


@transaction.atomic
def reopen_stage(
    *, actor: Actor, customer: Customer, stage: StageName, at: dt.datetime, setup: Setup | None = None
) -> bool:
    """Take a confirmation back and keep it as history; return whether there was one.

    What was found since (records, certificate, linked users) stays as it is. Raises StageClosed, SeveralDomains.
    """
    standing = _standing(actor, customer, setup)
    if standing.setup is None:
        raise StageClosed(Obstacle.NOT_ORDERED)
    held = (
        StageConfirmation.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .filter(setup=standing.setup, stage=stage.value, reopened_at=None)
        .first()
    )
    if held is None:
        return False
    held.reopened_at = at
    held.save(update_fields=["reopened_at"])
    audit.record(actor=actor, action="stage.reopened", object=standing.setup, stage=stage.value)
    publish(
        events.StageConfirmed(
            customer_id=customer.pk, at=at, setup_id=standing.setup.pk, stage=stage.value, reopened=True
        )
    )
    return True


@transaction.atomic
def name_report_recipient(
    *,
    actor: Actor,
    customer: Customer,
    name: str,
    email: str,
    language: str,
    at: dt.datetime,
    setup: Setup | None = None,
) -> Setup:
    """Say who gets the report of the DNS watch, and in which language (G13).

    Both go into mail that we send, so both are checked here too. Raises ReportAddressRefused, StageClosed,
    SeveralDomains.
    """
    standing = _standing(actor, customer, setup)
    _open(StageName.DNS, standing)
    assert standing.setup is not None
    try:
        clean_name = read_contact_name(name)
    except BadContactName as error:
        raise ReportAddressRefused("name", str(CONTACT_FAULTS[error.code])) from error
    address = email.strip(" ")
    try:
        if len(address) > LONGEST_EMAIL:
            raise ValidationError("too long")
        validate_email(address)
    except ValidationError as error:
        raise ReportAddressRefused("email", _("Enter one e-mail address, as in name@company.dk.")) from error
    held = standing.setup
    held.report_name, held.report_email, held.report_language = clean_name, address, language
    held.save(update_fields=["report_name", "report_email", "report_language"])
    audit.record(actor=actor, action="setup.report_named", object=held, email=address)
    return held


def _standing(actor: Actor, customer: Customer, setup: Setup | None) -> Standing:
    """Return where the setup stands among the customer's own; one that has ended, or is another's, is not ordered."""
    staff_alone(actor)
    try:
        return find(actor=actor, customer_public_id=customer.public_id, setup=setup)
    except Order.DoesNotExist as error:
        raise StageClosed(Obstacle.NOT_ORDERED) from error


def _open(stage: StageName, standing: Standing) -> None:
    reason = obstacle(stage, standing.progress)
    if reason is not None:
        raise StageClosed(reason)
