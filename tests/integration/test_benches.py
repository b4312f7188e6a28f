"""The benches run: in their smallest form, each still prints its figures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIGURES = {
    "live": {"sse_deliveries_per_cpu", "sse_after_reconnect"},
    "route": {
        "route_added_ms",
        "route_calls_per_cpu",
        "full_calls_per_cpu",
        "controller_cpu_ms",
        "route_call_growth",
    },
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_bench_prints_its_figures(name: str) -> None:
    said = subprocess.run(
        [sys.executable, "-m", f"tests.bench.{name}", "--tiny"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert said.returncode == 0, said.stderr
    figures = [json.loads(line) for line in said.stdout.splitlines()]
    assert {figure["name"] for figure in figures} == FIGURES[name]
    # What a call adds may be lost in the noise of five calls; that there is something to compare it with may not.
    assert all(figure["reference"] > 0 for figure in figures)
