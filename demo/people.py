"""Name everybody of the demo: the guide's own company, its reseller, and strangers who must see none of it."""

from __future__ import annotations

from dataclasses import dataclass

from myfone.tenancy.actor import Role

PASSWORD = "Myfone-demo-2025"  # noqa: S105 - printed on the demo's start page; there is nothing behind it
DOMAIN = "it-bixen.dk"


@dataclass(frozen=True)
class Person:
    """Somebody of the demo; one without a role has a phone number and no sign-in."""

    name: str
    email: str
    role: Role | None = None
    department: str = ""
    number: str = ""


@dataclass(frozen=True)
class Company:
    name: str
    cvr: str
    people: tuple[Person, ...]


@dataclass(frozen=True)
class Seller:
    name: str
    support_phone: str
    staff: tuple[Person, ...]
    customers: tuple[Company, ...]


def _team(domain: str, first_number: int, *people: tuple[str, str, Role]) -> tuple[Person, ...]:
    return tuple(
        Person(name, f"{name.split()[0].lower()}@{domain}", role, department, str(first_number + place))
        for place, (name, department, role) in enumerate(people)
    )


PROVIDER = (Person("Pia Platform", "pia@flexskype.dk", Role.PROVIDER_STAFF),)
IT_BIXEN = Company(
    "IT-bixen ApS",
    "33221150",
    _team(
        DOMAIN,
        201,
        ("Sara Abildgaard", "Ledelse", Role.CUSTOMER_ADMINISTRATOR),
        ("Peter Kold", "Salg", Role.QUEUE_SUPERVISOR),
        ("Mette Hansen", "Salg", Role.EMPLOYEE),
        ("Jonas Nygaard", "Salg", Role.EMPLOYEE),
        ("Line Mark", "Support", Role.EMPLOYEE),
        ("Tobias Friis", "Support", Role.EMPLOYEE),
        ("Anders Bach", "Support", Role.EMPLOYEE),
        ("Birgitte Dam", "Reception", Role.EMPLOYEE),
        ("Camilla Eskildsen", "Reception", Role.EMPLOYEE),
        ("Dorthe Fabricius", "Økonomi", Role.EMPLOYEE),
        ("Erik Gram", "Økonomi", Role.EMPLOYEE),
        ("Frederik Højgaard", "Drift", Role.EMPLOYEE),
        ("Gitte Iversen", "Drift", Role.EMPLOYEE),
        ("Henrik Juhl", "Drift", Role.EMPLOYEE),
        ("Ida Krogh", "Udvikling", Role.EMPLOYEE),
        ("Jesper Lauridsen", "Udvikling", Role.EMPLOYEE),
        ("Kirsten Munk", "Udvikling", Role.EMPLOYEE),
        ("Lars Nørgaard", "Udvikling", Role.EMPLOYEE),
        ("Maria Overgaard", "Salg", Role.EMPLOYEE),
        ("Niels Poulsen", "Salg", Role.EMPLOYEE),
        ("Oskar Ravn", "Lager", Role.EMPLOYEE),
        ("Pernille Skov", "Lager", Role.EMPLOYEE),
        ("Rasmus Thorsen", "Lager", Role.EMPLOYEE),
        ("Signe Winther", "Ledelse", Role.EMPLOYEE),
    ),
)
SELLERS = (
    Seller(
        "Nordlys Tele",
        "+4570121212",
        (Person("Jonas Holm", "jonas@nordlystele.dk", Role.RESELLER_STAFF),),
        (
            IT_BIXEN,
            Company(
                "Havnens Rederi A/S",
                "26134439",
                _team("havnens.dk", 301, ("Freja Vind", "Drift", Role.EMPLOYEE)),
            ),
        ),
    ),
    Seller(
        "Sydpol Telefoni",
        "+4570343434",
        (Person("Olga Lund", "olga@sydpol.dk", Role.RESELLER_STAFF),),
        (
            Company(
                "Fremmed ApS",
                "17150413",
                _team("fremmed.dk", 401, ("Stig Fremmed", "Ledelse", Role.CUSTOMER_ADMINISTRATOR)),
            ),
        ),
    ),
)
# What some of IT-bixen say of themselves when the demo begins: status by hand, note, and who wrote it.
SAID = {
    "Peter Kold": ("away", "Tilbage 12.30", "Peter Kold"),
    "Line Mark": ("dnd", "Bestyrelsesmøde", "Line Mark"),
    "Tobias Friis": ("off", "Barsel til 1. februar, ring til Anders Bach", "Sara Abildgaard"),
    "Jonas Nygaard": ("available", "", ""),
    "Camilla Eskildsen": ("brb", "", ""),
    "Erik Gram": ("busy", "Månedsafslutning – helst mail", "Erik Gram"),
    "Ida Krogh": ("available", "Hjemmefra i dag", "Ida Krogh"),
}
# Whom script/call reaches when nobody says otherwise: the agent of Support whose phone is free to ring.
CALLED = "anders@it-bixen.dk"
# Those that the start page and script/server name: one for every role, and those whose phones the first call rings.
SIGN_INS = (
    PROVIDER[0],
    SELLERS[0].staff[0],
    *IT_BIXEN.people[:3],
    IT_BIXEN.people[4],
    IT_BIXEN.people[6],
    SELLERS[1].staff[0],
)
