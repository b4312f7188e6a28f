"""Start a server again when it dies, and again until it stays."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from stack.process import Service

LOOK = 1.0  # seconds between two looks
LONGEST = 30.0  # seconds between two tries


def watch(
    services: Callable[[], Sequence[Service]],
    ended: threading.Event,
    say: Callable[[str], None],
    *,
    look: float = LOOK,
) -> None:
    """Look after the servers until told to end, in their order; one that was stopped is left alone.

    One that does not come back is tried again, at twice the gap each time: the switch cannot start while the database
    that it died of is away too.
    """
    tries: dict[Service, tuple[float, float]] = {}  # when to try again, and the gap before that
    while not ended.wait(look):
        for service in services():
            if ended.is_set():
                return
            if service.running or (service.process is None and service not in tries):
                tries.pop(service, None)
                continue
            at, gap = tries.get(service, (0.0, look))
            if time.monotonic() < at:
                continue
            if service not in tries:
                say(f"{service.name} ended by itself; starting it again")
            try:
                service.start()
            except Exception as error:
                if service not in tries:
                    say(f"{service.name} does not come back yet: {error}")
                tries[service] = time.monotonic() + gap, min(2 * gap, LONGEST)
                continue
            if tries.pop(service, None):
                say(f"{service.name} is back")
            if ended.is_set():
                service.stop()
