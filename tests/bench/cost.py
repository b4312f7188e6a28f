"""What a server and a database cost: processor time of whole trees of processes, beside the clock."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from stack.process import descendants

TICK = os.sysconf("SC_CLK_TCK")


def processor(*roots: int, without: tuple[int, ...] = ()) -> float:
    """Return the seconds of processor time that these processes and their children have used.

    The kernel's own account in nanoseconds (`schedstat`); of children that have ended, what their parent has reaped.
    """
    total = 0.0
    for root in roots:
        try:
            tree = [psutil.Process(root), *descendants(root)]
        except psutil.NoSuchProcess:
            continue
        total += sum(_running(one.pid) + _reaped(one.pid) for one in tree if one.pid not in without)
    return total


def _running(pid: int) -> float:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def _reaped(pid: int) -> float:
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(after_name[13]) + int(after_name[14])) / TICK
