"""Carry news up: an app publishes what happened, apps above it take it in the same transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import transaction

from myfone.kernel import clock


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened to a customer; a changed shape gets a new class, never a changed field."""

    customer_id: int
    at: dt.datetime = field(default_factory=clock.now)
    id: uuid.UUID = field(default_factory=uuid.uuid4)


E = TypeVar("E", bound=Event)
_receivers: dict[type[Event], list[Callable[[Any], None]]] = defaultdict(list)


def receives(kind: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register the function that follows to be called with each published event of this class."""

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        _receivers[kind].append(function)
        return function

    return register


def publish(event: Event) -> None:
    """Hand the event to its receivers inside the publisher's transaction; a receiver's error undoes both."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An event is published inside the transaction that it tells of")
    for receiver in _receivers[type(event)]:
        receiver(event)
