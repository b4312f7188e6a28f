"""Speak to a certificate authority (ACME, RFC 8555), one persistable step at a time.

Nothing here waits: a step that is not finished says so, with the seconds the server asked for, and the caller
saves what it has and comes back. Every step may be repeated with the same values after a crash.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from myfone.kernel.gateways import GatewayError


class AcmeError(GatewayError):
    """Carry the authority's own problem code (RFC 8555, 6.7), or `unreachable` or `tls` of our own."""

    def __init__(
        self, message: str, *, permanent: bool, code: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(message, permanent=permanent, retry_after=retry_after)
        self.code = code


class State(StrEnum):
    """Name the states of orders, authorizations and challenges (RFC 8555, 7.1.6)."""

    PENDING = "pending"
    READY = "ready"
    PROCESSING = "processing"
    VALID = "valid"
    INVALID = "invalid"


@dataclass(frozen=True)
class Account:
    """Hold the authority's name for us and the key that proves it (PKCS #8 PEM)."""

    url: str
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class Problem:
    """Hold what the authority said went wrong: its code (without the urn) and its own words, in English."""

    code: str
    detail: str


@dataclass(frozen=True)
class Order:
    """Hold one look at an order; `retry_after` in seconds where the authority asked for it."""

    url: str
    state: State
    names: tuple[str, ...]
    authorizations: tuple[str, ...]
    finalize_url: str
    certificate_url: str | None = None
    retry_after: int | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class Challenge:
    """Hold one http-01 challenge: what to answer at /.well-known/acme-challenge/<token> on port 80."""

    name: str
    url: str
    token: str
    key_authorization: str
    state: State
    problem: Problem | None = None
    retry_after: int | None = None


@dataclass(frozen=True)
class Window:
    """Hold between which instants the authority wants a certificate renewed, and in how many seconds to ask again."""

    start: datetime
    end: datetime
    retry_after: int | None = None


class Acme(Protocol):
    """Issue certificates; every method is one exchange and raises AcmeError."""

    label: str
    """What a person reads for this authority; a stand-in says that it is one."""
    directory: str
    """Where the authority is found; our account is kept under it."""

    def open_account(self, *, key: bytes, contact: str) -> Account:
        """Return the account of this key, made now if the authority does not know it."""
        ...

    def new_order(self, account: Account, *, names: tuple[str, ...], replaces: bytes = b"") -> Order:
        """Place a new order; the one step that is not safe to repeat: ask `find_order` first.

        `replaces` is the chain of the certificate that this one follows; where the authority names renewal windows,
        the order says so (RFC 9773, 5), and is not counted against its limits.
        """
        ...

    def renewal_window(self, account: Account, *, chain: bytes) -> Window | None:
        """Ask when the leaf of a chain is to be renewed (RFC 9773, 4); None where the authority does not say."""
        ...

    def find_order(self, account: Account, *, names: tuple[str, ...]) -> Order | None:
        """Return an order of ours for exactly these names that can still be finished.

        An order whose reply was lost is found again so. None where the authority keeps no list (RFC 8555,
        7.1.2.1, is optional); Let's Encrypt keeps none, and answers an equal new order with the old one.
        """
        ...

    def order(self, account: Account, *, url: str) -> Order:
        """Return the order as it stands."""
        ...

    def challenges(self, account: Account, *, order: Order) -> tuple[Challenge, ...]:
        """Return the http-01 challenge of each name in the order, as it stands."""
        ...

    def answer(self, account: Account, *, challenge: Challenge) -> None:
        """Tell the authority that the answer is in place; no effect when it knows already."""
        ...

    def finalize(self, account: Account, *, order: Order, request: bytes) -> Order:
        """Hand in the certificate request (PEM); no effect on an order that has one already."""
        ...

    def download(self, account: Account, *, order: Order) -> bytes:
        """Return the chain of a valid order as PEM, leaf first."""
        ...

    def revoke(self, account: Account, *, chain: bytes, reason: int) -> None:
        """Take the leaf of a PEM chain back (RFC 8555, 7.6); no effect when it is taken back already.

        The reason is a code of RFC 5280, 5.3.1.
        """
        ...
