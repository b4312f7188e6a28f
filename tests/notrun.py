"""End each test run with what was not run and why; on root Debian that list has to be empty."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

# What the tests need on the machine beside Python's packages: program, and what stays untested without it.
PROGRAMS = {
    "kamailio": "the switch",
    "haproxy": "the TLS front",
    "knotd": "authoritative DNS",
    "unbound": "recursive DNS",
    "pebble": "the ACME authority",
    "chromium": "pages in a browser",
    "sipp": "the switch under many calls",
    "baresip": "a SIP client by somebody else",
}
SBIN = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


def not_run(outcomes: dict[str, str], deselected: Iterable[str], missing: Iterable[str]) -> list[str]:
    """Return one line for each thing that was not run: tests by id, programs by name."""
    lines = [f"{program} is not installed: {PROGRAMS[program]} is not tested" for program in missing]
    lines += [f"{test}: {reason}" for test, reason in sorted(outcomes.items())]
    lines += [f"{test}: deselected" for test in sorted(deselected)]
    return lines


def is_root_on_debian() -> bool:
    """Tell whether script/test could install all that it needs."""
    return os.geteuid() == 0 and Path("/etc/debian_version").exists()


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Return why this was skipped, as the one who skipped it wrote."""
    place = report.longrepr
    return (place[2] if isinstance(place, tuple) else str(place)).removeprefix("Skipped: ")


class Account:
    """Collect over one session what was left out."""

    def __init__(self, complete: bool) -> None:
        self.complete = complete
        self.outcomes: dict[str, str] = {}
        self.deselected: list[str] = []

    def lines(self) -> list[str]:
        missing = [program for program in PROGRAMS if not shutil.which(program, path=SBIN)]
        return not_run(self.outcomes, self.deselected, missing)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self.deselected += [item.nodeid for item in items]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take over what one of several processes left out while it collected."""
        outcomes, deselected = getattr(node, "workeroutput", {}).get("left_out", ({}, []))
        self.outcomes |= outcomes
        self.deselected += [test for test in deselected if test not in self.deselected]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if hasattr(report, "wasxfail"):
            self.outcomes[report.nodeid] = f"expected to fail: {report.wasxfail}"
        elif report.skipped:
            self.outcomes[report.nodeid] = reason_of(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.outcomes[report.nodeid] = reason_of(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workeroutput"):  # the process that shares the tests out has the last word
            session.config.workeroutput["left_out"] = (self.outcomes, self.deselected)
        elif (
            self.complete
            and self.lines()
            and is_root_on_debian()
            and session.exitstatus == pytest.ExitCode.OK
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        lines = self.lines()
        terminalreporter.section("Not run")
        if not lines:
            terminalreporter.line("Not run: nothing")
            return
        terminalreporter.line("Not run:")
        for line in lines:
            terminalreporter.line(f"  - {line}")
        if self.complete and is_root_on_debian():
            terminalreporter.line(
                "As root on Debian everything has to run: this counts as a failure.", red=True
            )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--must-run-all", action="store_true", help="fail as root on Debian when anything was not run"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Account(config.getoption("--must-run-all")), "account")
