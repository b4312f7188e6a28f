"""A server that dies is started again until it stays, and one that was stopped is left alone."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stack.process import Service, ServiceFailed
from stack.watch import watch


class Played(Service):
    """A server whose starts fail as often as it is told."""

    process: Any = None
    fails: int = 0
    starts: int = 0
    after: Callable[[], None] = staticmethod(lambda: None)

    @property
    def running(self) -> bool:
        return self.process == "up"

    def start(self) -> Any:
        self.starts += 1
        self.process = None
        if self.starts <= self.fails:
            raise self.fault
        self.process = "up"
        self.after()

    def stop(self) -> None:
        self.process = None


def played(directory: Path, *, fails: int = 0, fault: Exception | None = None) -> Played:
    service = Played(directory, name="switch")
    service.process, service.fails, service.fault = "dead", fails, fault or ServiceFailed("no database")
    return service


@pytest.mark.parametrize("fault", [ServiceFailed("no database"), OSError("no room on the disk")])
def test_one_that_does_not_come_back_at_once_is_tried_again(tmp_path: Path, fault: Exception) -> None:
    ended, said = threading.Event(), []
    service = played(tmp_path, fails=2, fault=fault)
    service.after = ended.set
    watch(lambda: [service], ended, said.append, look=0.001)
    assert service.starts == 3
    assert [line.partition(":")[0] for line in said] == [
        "switch ended by itself; starting it again",
        "switch does not come back yet",
        "switch is back",
    ]


def test_one_that_was_stopped_stays_so(tmp_path: Path) -> None:
    ended = threading.Event()
    stopped, dead = played(tmp_path / "one"), played(tmp_path / "two")
    stopped.process = None
    dead.after = ended.set
    watch(lambda: [stopped, dead], ended, lambda _: None, look=0.001)
    assert (stopped.starts, dead.starts) == (0, 1)


def test_one_that_comes_back_when_all_ends_is_stopped_again(tmp_path: Path) -> None:
    ended = threading.Event()
    service = played(tmp_path)
    service.after = ended.set
    watch(lambda: [service], ended, lambda _: None, look=0.001)
    assert not service.running
