"""A bench runs: in its smallest form it still prints its figures.

`script/bench route --tiny` is for hands: four switches one after the other take too long on a machine at load.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIGURES = {
    "live": {"sse_deliveries_per_cpu", "sse_after_reconnect"},
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
