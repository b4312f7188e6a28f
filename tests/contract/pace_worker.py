"""Look at one server as fast as it is allowed, in a process of its own: say when each look may begin.

    python -m tests.contract.pace_worker LOOKS

Waits for a line on standard input, so that two begin at once.
"""

from __future__ import annotations

import sys
import time

import django


def main() -> None:
    django.setup()
    from myfone.kernel.ratelimit import reserve
    from tests.contract.test_dns_pace import ADDRESS, LOOK, PACE

    reserve(PACE, "the first connection", 1)
    say("ready")
    sys.stdin.readline()
    for _ in range(int(sys.argv[1])):
        wait = reserve(PACE, ADDRESS, LOOK)
        assert wait is not None
        time.sleep(wait)
        say(str(time.clock_gettime(time.CLOCK_MONOTONIC)))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
