"""Start a server, wait until it really answers, and stop it with everything that it started."""

from __future__ import annotations

import atexit
import contextlib
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

POLL = 0.02  # seconds between two looks at a condition
# In the environment of what stack.server starts; a service has its pid file for that instead.
MARK = "MYFONE_RUN"
LOG_TAIL = 2000  # characters of a dead server's log that its error carries


class ServiceFailed(RuntimeError):
    """A server did not start, died, or did not become ready; the message carries the end of its log."""


class Service:
    """Run one server process from a directory of its own.

    Give `command` (and `check`) to the constructor, or subclass and override `configure`, `arguments` and
    `check`. The process leads a session of its own, so `stop` reaches its children too, and a terminal's
    Ctrl-C reaches the caller alone. A pid file lets the next `start` remove what a killed caller left behind.
    """

    name = "service"
    deadline = 60.0  # seconds from start to ready
    grace = 10.0  # seconds from the stop signal to SIGKILL
    stop_signal = signal.SIGTERM
    user: str | None = None  # the account to drop to when the caller is root

    def __init__(
        self,
        directory: Path,
        *,
        name: str | None = None,
        command: Sequence[str | Path] | None = None,
        check: Callable[[], bool] | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
        deadline: float | None = None,
    ) -> None:
        self.directory = directory.absolute()
        self.name = name or self.name
        self.env = dict(env or {})
        self.cwd = cwd
        self.user = user or self.user
        self.deadline = deadline or self.deadline
        self.process: subprocess.Popen[bytes] | None = None
        self._command = [str(part) for part in command or ()]
        self._check = check

    # What a subclass says about its server.

    def configure(self) -> None:
        """Render the configuration into the directory; called before each start."""

    def arguments(self) -> list[str]:
        """Return the command line."""
        return self._command

    def check(self) -> bool:
        """Tell whether the server answers now; one look, no waiting."""
        return self._check() if self._check else self.running

    # What a caller does with it.

    @property
    def log(self) -> Path:
        return self.directory / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        return self.directory / f"{self.name}.service"

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> Self:
        """Start the server and return when it answers; a server that already runs is left alone.

        Raises ServiceFailed, with the log's tail when it dies or stays silent past its deadline, and with the fault
        when it cannot be set up or looked at.
        """
        if self.running:
            return self
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            if self.process is not None:
                # It died, and what it started may still hold its ports.
                _kill_group(self.process.pid)
            self.remove_leftover()
            self.configure()
            self._spawn()
            self.ready()
        except ServiceFailed:
            self.stop()
            raise
        except Exception as error:
            # Whoever starts several servers goes on without this one, whatever is wrong with it.
            self.stop()
            raise ServiceFailed(f"{self.name} cannot be started: {error!r}") from error
        except BaseException:
            self.stop()
            raise
        return self

    def ready(self, deadline: float | None = None) -> None:
        """Wait until `check` holds, for at most `deadline` seconds."""
        limit = deadline or self.deadline
        end = time.monotonic() + limit
        while True:
            if not self.running:
                code = self.process.returncode if self.process else "not started"
                raise ServiceFailed(f"{self.name} ended ({code}) before it was ready.\n{self.tail()}")
            if self.check():
                return
            if time.monotonic() > end:
                raise ServiceFailed(f"{self.name} was not ready within {limit:g} s.\n{self.tail()}")
            time.sleep(POLL)

    def stop(self) -> None:
        """Ask the process to end, and kill it and its children when the grace has passed."""
        if self.process is None:
            return
        family = descendants(self.process.pid)
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(self.grace)
        self._kill_all(family)
        self.process = None
        self.pid_file.unlink(missing_ok=True)
        _started.discard(self)

    def kill(self) -> None:
        """Kill the process and its children with SIGKILL, as a crash would (for fault tests)."""
        if self.process is not None:
            self._kill_all(descendants(self.process.pid))
            self.process = None
            _started.discard(self)

    def detach(self) -> None:
        """Leave the server running when this process ends."""
        _started.discard(self)

    def reload(self, sign: signal.Signals = signal.SIGHUP) -> None:
        """Send a signal to the main process, by default the one that rereads a configuration."""
        if self.process is not None:
            self.process.send_signal(sign)

    def tail(self, size: int = LOG_TAIL) -> str:
        """Return the end of the log, or say that there is none."""
        try:
            with open(self.log, "rb") as log:
                log.seek(max(0, os.fstat(log.fileno()).st_size - size))
                text = log.read().decode(errors="replace")
        except OSError:
            return f"(no log at {self.log})"
        return f"{self.log}:\n{text}".rstrip()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _kill_all(self, family: Sequence[psutil.Process]) -> None:
        if self.process is None:
            return
        self.process.kill()
        _kill_group(self.process.pid)
        self.process.wait()
        # Children may have sessions of their own, or be held still by a fault test.
        for child in family:
            with contextlib.suppress(psutil.Error):
                child.kill()

    def _spawn(self) -> None:
        command = self.arguments()
        account = account_of(self.user) if self.user and os.geteuid() == 0 else None
        with open(self.log, "ab") as log:
            try:
                self.process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=self.cwd or self.directory,
                    env={name: value for name, value in os.environ.items() if name != MARK} | self.env,
                    start_new_session=True,
                    user=account.pw_uid if account else None,
                    group=account.pw_gid if account else None,
                    extra_groups=[] if account else None,
                )
            except OSError as error:
                raise ServiceFailed(f"{self.name} cannot be started: {error}") from error
        _started.add(self)
        with contextlib.suppress(psutil.NoSuchProcess):
            born = psutil.Process(self.process.pid).create_time()
            self.pid_file.write_text(f"{self.process.pid} {born}\n")

    def remove_leftover(self) -> None:
        """End the process that a killed caller left behind, if there is one."""
        try:
            number, born = self.pid_file.read_text().split()
            leftover = psutil.Process(int(number))
        except (OSError, ValueError, psutil.NoSuchProcess):
            return
        # A pid alone may belong to somebody else by now; with its time of birth it cannot.
        if abs(leftover.create_time() - float(born)) < 0.05:
            with contextlib.suppress(psutil.NoSuchProcess):
                leftover.send_signal(self.stop_signal)
                with contextlib.suppress(psutil.TimeoutExpired):
                    leftover.wait(self.grace)
            _kill_group(leftover.pid)
            with contextlib.suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
                leftover.wait(self.grace)
        self.pid_file.unlink(missing_ok=True)


def account_of(*names: str) -> pwd.struct_passwd:
    """Return the first of these accounts that exists on this machine."""
    for name in names:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise ServiceFailed(f"None of these accounts exists: {', '.join(names)}. Run as an ordinary user.")


def descendants(pid: int) -> list[psutil.Process]:
    """Return the living children of a process and theirs."""
    try:
        children: list[psutil.Process] = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return children


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


_started: set[Service] = set()
_owner = os.getpid()


@atexit.register
def _stop_all() -> None:
    # A forked child inherits the set, but the servers are its parent's.
    if os.getpid() == _owner:
        for service in list(_started):
            service.stop()
