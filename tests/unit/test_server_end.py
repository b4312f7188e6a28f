"""What a start says at its end: that all is well, or which part did not start and what does not work."""

import time
from pathlib import Path
from typing import Any

import pytest

from stack.machine import FAILED, Machine
from stack.process import Service, ServiceFailed
from stack.server import PortalRun


class Broken(Service):
    """A server that ends at once."""

    def start(self) -> Any:
        raise ServiceFailed("kamailio ended (255).\nno memory")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, 8000)


def introduced(machine: Machine, said: pytest.CaptureFixture[str]) -> str:
    portal = PortalRun.__new__(PortalRun)
    portal.machine, portal.begun = machine, time.monotonic()
    portal.introduce("how to sign in")
    return said.readouterr().out


def test_a_start_without_a_fault_says_ready(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    assert introduced(machine, capsys).splitlines()[-1].startswith("==> Ready after")


def test_the_last_lines_name_the_part_that_did_not_start(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Broken(machine.directory / "kamailio", name="kamailio")
    assert machine._run("Kamailio", broken, "127.0.0.1:5060", "nobody can sign in with a client") is None
    assert machine.parts["Kamailio"].state == FAILED
    said = introduced(machine, capsys)
    fault, last = said.splitlines()[-2:]
    assert "Kamailio did not start: nobody can sign in with a client" in fault
    assert str(broken.log) in fault
    assert "Not all of it works" in last
    assert last.endswith("Ctrl-C stops everything.")
    assert "Ready" not in said
