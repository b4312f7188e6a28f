"""Stop a database server in its tracks, as a machine does whose disk no longer answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
from django.db import connections

from stack.postgres import Postgres


def processes(postgres: Postgres) -> list[psutil.Process]:
    """Return the server's processes, their parent first."""
    parent = psutil.Process(int((postgres.data / "postmaster.pid").read_text().split()[0]))
    return [parent, *parent.children(recursive=True)]


def process_of(postgres: Postgres, duty: str) -> psutil.Process:
    """Return the first of the server's processes that bears a word in its name, such as writer."""
    for process in processes(postgres)[1:]:
        # Clients' processes come and go meanwhile.
        with suppress(psutil.NoSuchProcess):
            if duty in " ".join(process.cmdline()):
                return process
    raise LookupError(duty)


@contextmanager
def held_still(postgres: Postgres) -> Iterator[None]:
    """Stop the server and all its processes, and let them go on afterwards whatever happens."""
    connections.close_all()
    stopped = processes(postgres)
    try:
        for process in stopped:
            # Those that stood on their way out are gone by now.
            with suppress(psutil.NoSuchProcess):
                process.suspend()
        yield
    finally:
        for process in reversed(stopped):
            with suppress(psutil.NoSuchProcess):
                process.resume()


@contextmanager
def shut_down(postgres: Postgres) -> Iterator[None]:
    """Shut the server down, and start it afterwards whatever happens."""
    connections.close_all()
    postgres.shut_down()
    try:
        yield
    finally:
        postgres.start()
