"""How often one may try to prove who one is. Counted by kernel.ratelimit, in force on every process at once."""

from __future__ import annotations

import ipaddress

from django.utils.translation import ngettext

from myfone.kernel.ratelimit import Limit

# One person at one place mistypes; a password guesser comes from one place, or from many to one account.
SIGN_IN_HERE = Limit("sign-in account and address", amount=5, seconds=5 * 60)
SIGN_IN_ACCOUNT = Limit("sign-in account", amount=30, seconds=60 * 60)
SIGN_IN_ADDRESS = Limit("sign-in address", amount=60, seconds=10 * 60)
# A browser that its owner signed in with before is counted by itself: strangers use up nothing of it.
SIGN_IN_DEVICE = Limit("sign-in known device", amount=10, seconds=10 * 60)
SECOND_FACTOR = Limit("second factor", amount=6, seconds=5 * 60)
# With three codes right at a time, six guesses every five minutes would find one within months.
SECOND_FACTOR_LONG = Limit("second factor for long", amount=50, seconds=24 * 60 * 60)
CODE_USED = Limit("code used", amount=1, seconds=3 * 60)
RESET_ACCOUNT = Limit("reset account", amount=3, seconds=15 * 60)
RESET_ADDRESS = Limit("reset address", amount=20, seconds=15 * 60)
# Each change of somebody's address in the company's list sends two mails, one of them to whom the list names.
ADDRESS_OF_EMPLOYEE = Limit("address of an employee", amount=4, seconds=24 * 60 * 60)
ADDRESSES_BY_ACTOR = Limit("addresses by an actor", amount=60, seconds=60 * 60)


def place(address: str) -> str:
    """Return what an address is counted under: of IPv6 the /64, for each customer of a network has one at least."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def wait_text(seconds: int) -> str:
    """Say in words how long to wait."""
    minutes = max(1, -(-seconds // 60))
    return ngettext(
        "Too many attempts. Try again in %(minutes)d minute.",
        "Too many attempts. Try again in %(minutes)d minutes.",
        minutes,
    ) % {"minutes": minutes}
