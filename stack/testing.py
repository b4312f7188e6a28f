"""Run the tests in their order, with servers of their own: what script/test calls."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# What is quick and narrow fails first.
ORDER = ("tests/unit", "tests/integration", "tests/contract", "tests/architecture", "tests/e2e")


def main() -> int:
    """Run pytest in this process and return its exit status."""
    os.chdir(ROOT)
    # Tests list the files that git knows, also in a checkout that belongs to another account (CI).
    os.environ |= {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": str(ROOT),
    }
    given = sys.argv[1:]
    everything = not any(not word.startswith("-") for word in given)
    places = [place for place in ORDER if (ROOT / place).is_dir()] if everything else []
    complete = ["--must-run-all"] if everything and "-k" not in given and "-m" not in given else []
    # Each processor takes the next file when it is through with one; a file's tests stay together.
    processors = min(os.cpu_count() or 1, 4)
    shared = ["-n", str(processors), "--dist", "loadfile", "--no-loadscope-reorder"] if everything else []
    return int(pytest.main(["-q", "-p", "tests.notrun", *complete, *shared, *given, *places]))


if __name__ == "__main__":
    sys.exit(main())
