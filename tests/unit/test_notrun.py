"""A run says what it left out, and on root Debian leaving out is failing."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest
def test_runs(): assert True
@pytest.mark.skip(reason="no switch here")
def test_skipped(): assert False
@pytest.mark.xfail(reason="not yet")
def test_expected_to_fail(): assert False
def test_left_out(): assert True
"""
RUN = """
import shutil, sys
import pytest
import tests.notrun as notrun
notrun.shutil = type("Everything", (), {"which": staticmethod(lambda program, path=None: MISSING != program)})
notrun.is_root_on_debian = lambda: ROOT_ON_DEBIAN
sys.exit(pytest.main(["-q", "-p", "no:django", "-p", "no:cacheprovider", "-p", "tests.notrun",
                      "-c", "pytest.ini", *sys.argv[1:]]))
"""


def run(place: Path, text: str, *words: str, root: bool = True, missing: str = "") -> tuple[int, str]:
    (place / "pytest.ini").write_text("[pytest]\n")
    (place / "test_it.py").write_text(text)
    script = f"ROOT_ON_DEBIAN, MISSING = {root!r}, {missing!r}\n{RUN}"
    done = subprocess.run(
        [sys.executable, "-c", script, "test_it.py", *words],
        cwd=place,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout


def test_what_was_left_out_is_named_with_its_reason(tmp_path: Path) -> None:
    status, output = run(tmp_path, TESTS, "--deselect", "test_it.py::test_left_out")
    assert "test_it.py::test_skipped: no switch here" in output
    assert "test_it.py::test_expected_to_fail: expected to fail: not yet" in output
    assert "test_it.py::test_left_out: deselected" in output
    assert status == 0


def test_what_several_processes_left_out_is_named_once(tmp_path: Path) -> None:
    (tmp_path / "test_absent.py").write_text('import pytest\npytest.importorskip("no_such_package")\n')
    words = ("test_absent.py", "-n", "2", "--deselect", "test_it.py::test_left_out", "--must-run-all")
    status, output = run(tmp_path, TESTS, *words)
    assert "test_it.py::test_skipped: no switch here" in output
    assert "test_absent.py: could not import 'no_such_package'" in output
    assert output.count("test_it.py::test_left_out: deselected") == 1
    assert status == 1


def test_leaving_out_fails_the_whole_run_for_root_on_debian(tmp_path: Path) -> None:
    assert run(tmp_path, TESTS, "--must-run-all")[0] == 1
    assert run(tmp_path, TESTS, "--must-run-all", root=False)[0] == 0


def test_a_missing_server_is_named_and_fails(tmp_path: Path) -> None:
    status, output = run(tmp_path, "def test_it(): assert True", "--must-run-all", missing="kamailio")
    assert "kamailio is not installed: the switch is not tested" in output
    assert status == 1


def test_a_complete_run_says_so(tmp_path: Path) -> None:
    status, output = run(tmp_path, "def test_it(): assert True", "--must-run-all")
    assert status == 0
    assert "Not run: nothing" in output
    assert output.rstrip().splitlines()[-1].startswith("1 passed")
