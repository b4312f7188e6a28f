"""Do a certificate's job in a process of its own, and die by SIGKILL where told.

    python -m tests.integration.certificate_worker JOB [STEP before|after]

`before`: what STEP leads to was done outside, and nothing of it is written down. `after`: it is written down, and
nothing follows. Without a place to die it waits for a line on standard input, so that two can begin at once.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import django

TURNS = 2000


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(step: str, moment: str) -> None:
    """Die around the commit of the move that leads on from a step."""
    from provisioning.services import certificates

    move = certificates._move

    def armed(actor: Any, certificate: Any, moved: Any) -> bool:
        # Read now: the move changes it.
        is_there = certificate.step == step
        if is_there and moment == "before":
            die()
        done = move(actor, certificate, moved)
        if is_there and moment == "after":
            die()
        return done

    certificates._move = armed


def main() -> None:
    number, *place = sys.argv[1:]
    django.setup()
    from myfone.kernel import clock, jobs
    from myfone.kernel.models import Job

    if place:
        arm(*place)
    else:
        print("ready", flush=True)  # noqa: T201
        sys.stdin.readline()
    for _ in range(TURNS):
        jobs.run(int(number))
        Job.objects.filter(pk=number, lease_until=None).update(run_at=clock.now())
        if Job.objects.filter(pk=number, done_at=None, failed_at=None).count() == 0:
            return


if __name__ == "__main__":
    main()
