"""Write down where a company is, and who is where, so that those who help find whoever called 112 or 114."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from myfone.kernel import audit
from myfone.tenancy.actor import Actor, NotAllowed
from myfone.tenancy.models import Customer, Employee
from telephony.country_texts import COUNTRIES
from telephony.models import Phone, Site, SitePlace
from telephony.rules.postal import is_house_number, is_postcode, postcode_example
from telephony.selectors.numbers import looks_after


class SiteError(Exception):
    """Something about an address that cannot be done; the text may be shown to the person."""


class NameTaken(SiteError):
    """The company has a site of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(_("There is an address called %(name)s already.") % {"name": name})


class NotFindable(SiteError):
    """Those who help could not find the address; `faults` has what is wrong by field."""

    def __init__(self, faults: dict[str, str]) -> None:
        self.faults = faults
        super().__init__(" ".join(faults.values()))


class SiteChanged(SiteError):
    """Somebody else has saved the address since it was opened."""

    def __init__(self, site: Site) -> None:
        said = _(
            "Somebody else has saved this address since you opened it: %(name)s, %(address)s. Yours was not saved."
            " Save again if yours is to stand."
        )
        super().__init__(said % {"name": site.name, "address": ", ".join(site.lines)})


class StillDefault(SiteError):
    """The site is the one for everybody who has no other, and another could be."""

    def __init__(self) -> None:
        super().__init__(
            _("It is the address of everybody who has no other. Make another address that one first.")
        )


@dataclass(frozen=True)
class Address:
    """What is written down of a site, as the field's names say; country is two letters."""

    name: str = ""
    street: str = ""
    house_number: str = ""
    details: str = ""
    postcode: str = ""
    town: str = ""
    country: str = "DK"

    @property
    def mark(self) -> str:
        """Return what tells this address from every other, for a form to carry."""
        return "|".join(asdict(self).values())


def address_of(site: Site) -> Address:
    """Return what is written down of a site."""
    return Address(**{field: getattr(site, field) for field in Address.__dataclass_fields__})


def faults(*, house_number: str, postcode: str, country: str) -> dict[str, str]:
    """Return what is wrong with an address, by field; nothing where it can be one."""
    found = {}
    if not is_house_number(house_number):
        found["house_number"] = _("Write the house number with its digits, such as 12 or 12B.")
    if not is_postcode(postcode, country):
        said = _("The postcode does not fit the country (%(country)s). Write it such as %(example)s.")
        named = str(COUNTRIES.get(country, country))
        found["postcode"] = said % {"country": named, "example": postcode_example(country)}
    return found


@transaction.atomic
def save_site(
    *, actor: Actor, customer: Customer, site: Site | None, address: Address, seen: str = ""
) -> Site:
    """Write an address down, or change one; `seen` is the mark of what was looked at. The first is the default.

    Saved twice it is saved once; what is not changed is not judged. Raises NotFindable, NameTaken, SiteChanged,
    NotAllowed.
    """
    _held(actor, customer.pk)
    rows = Site.objects.visible_to(actor).filter(customer=customer)
    if site is None:
        held: Site = Site(customer=customer, is_default=not rows.filter(is_default=True).exists())
        same: Site | None = rows.filter(**asdict(address)).first()
        if same is not None:
            return same
    else:
        held = rows.get(pk=site.pk)
        if address_of(held) == address:
            return held
        if address_of(held).mark != seen:
            raise SiteChanged(held)
    if wrong := faults(house_number=address.house_number, postcode=address.postcode, country=address.country):
        raise NotFindable(wrong)
    for field, value in asdict(address).items():
        setattr(held, field, value)
    try:
        with transaction.atomic():
            held.save()
    except IntegrityError as error:
        raise NameTaken(address.name) from error
    action = "site.changed" if site else "site.added"
    audit.record(actor=actor, action=action, object=held, customer_id=customer.pk, **asdict(address))
    return held


@transaction.atomic
def make_default(*, actor: Actor, site: Site) -> None:
    """Make an address that of everybody who has no other. Raises NotAllowed."""
    _held(actor, site.customer_id)
    rows = Site.objects.visible_to(actor).filter(customer_id=site.customer_id)
    held = rows.get(pk=site.pk)
    if held.is_default:
        return
    rows.filter(is_default=True).update(is_default=False)
    held.is_default = True
    held.save(update_fields=["is_default"])
    audit.record(actor=actor, action="site.made_default", object=held, name=held.name)


@transaction.atomic
def remove_site(*, actor: Actor, site: Site) -> None:
    """Remove an address; who was there is at the default one from the next call on. Raises StillDefault, NotAllowed."""
    _held(actor, site.customer_id)
    rows = Site.objects.visible_to(actor).filter(customer_id=site.customer_id)
    held = rows.filter(pk=site.pk).first()
    if held is None:
        return
    if held.is_default and rows.exclude(pk=held.pk).exists():
        raise StillDefault
    places = SitePlace.objects.visible_to(actor).filter(site=held)
    audit.record(actor=actor, action="site.removed", object=held, name=held.name, people=places.count())
    places._raw_delete(places.db)
    gone = rows.filter(pk=held.pk)
    gone._raw_delete(gone.db)


@transaction.atomic
def place(*, actor: Actor, employee: Employee, site: Site | None, phone: Phone | None = None) -> None:
    """Say where an employee is, or one phone of theirs; None: where the company, or the employee, is.

    Raises NotAllowed.
    """
    _held(actor, employee.customer_id)
    rows = SitePlace.objects.visible_to(actor).filter(employee=employee, phone=phone)
    before = rows.first()
    if (before.site_id if before else None) == (site.pk if site else None):
        return
    if site is None:
        rows._raw_delete(rows.db)
    elif before is not None:
        before.site = site
        before.save(update_fields=["site"])
    else:
        SitePlace(customer_id=employee.customer_id, employee=employee, phone=phone, site=site).save()
    audit.record(
        actor=actor,
        action="site.placed",
        object=employee,
        customer_id=employee.customer_id,
        name=site.name if site else "",
        phone=str(phone) if phone else "",
    )


def _held(actor: Actor, customer_id: int) -> None:
    """Hold the company until the transaction ends: two who change its addresses wait for each other."""
    if not looks_after(actor, customer_id):
        raise NotAllowed(_("Only an administrator of the company or its reseller can do this."))
    Customer.objects.visible_to(actor).select_for_update(of=("self",), no_key=True).get(pk=customer_id)
