"""Start everything on this machine and say how to use it: what script/server runs.

Real servers are started one by one, each with its own readiness; the portal's processes run under honcho.
Ctrl-C stops all of it, and a start after a kill removes what was left behind.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import io
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psutil
from honcho.manager import Manager
from honcho.printer import Printer

from stack import ports
from stack.haproxy import HAProxy
from stack.machine import LIVE, STAND_IN, Machine, Part, table
from stack.portal import live_command, portal_command, status_of, worker_command
from stack.process import MARK, Service, ServiceFailed

ROOT = Path(__file__).resolve().parents[1]
WANTED_PORT = 8000


def say(text: str) -> None:
    """Tell the person at the terminal one thing."""
    print(f"==> {text}", flush=True)


@contextlib.contextmanager
def only_one(directory: Path) -> Iterator[None]:
    """Hold the run directory; end with a sentence when another server holds it."""
    directory.mkdir(parents=True, exist_ok=True)
    with open(directory / "server.lock", "a+") as lock:
        try:
            # Not flock: honcho's forked helpers would share that one, and hold it after a kill of this process.
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            sys.exit(
                f"A server of this checkout runs already: {lock.read().strip()}. Stop it with Ctrl-C first."
            )
        lock.truncate(0)
        lock.write(f"process {os.getpid()}")
        lock.flush()
        yield


def remove_leftovers(directory: Path) -> int:
    """End the processes of an earlier start whose manager was killed; return how many there were."""
    left = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == str(directory):
                left.append(process)
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, stubborn = psutil.wait_procs(left, timeout=5)
    for process in stubborn:
        with contextlib.suppress(psutil.Error):
            process.kill()
    return len(left)


def prepare(machine: Machine) -> subprocess.Popen[str]:
    """Begin to bring tables, static files and demo data up to date; the process prints how to sign in."""
    settings = machine.database_settings()
    options = []
    if admin := settings.get("ADMIN_DATABASE_URL"):
        options += ["--admin", admin]
    if kamailio := settings.get("KAMAILIO_DATABASE_URL"):
        options += ["--kamailio-password", unquote(urlsplit(kamailio).password or "")]
    return subprocess.Popen(
        [sys.executable, "manage.py", "prepare_demo", *options],
        cwd=ROOT,
        # Were the machine to fail now, the next start would do the same again: no need to wait for the disk.
        env=environment_of(machine) | {"PGOPTIONS": "-c synchronous_commit=off"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def environment_of(machine: Machine) -> dict[str, str]:
    """Return the environment of this product's own processes."""
    return {**os.environ, "MYFONE_ENVIRONMENT": str(machine.file), "PYTHONUNBUFFERED": "1"}


def run(directory: Path, wanted: int) -> int:
    """Start all, stay until told to stop, and stop all; return the exit status."""
    begun = time.monotonic()
    # Until honcho takes over: SIGTERM ends the servers as Ctrl-C does, and so does SIGINT where a shell that
    # started us in the background had it ignored.
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.default_int_handler)
    if left := remove_leftovers(directory):
        say(f"Removed {left} processes that an earlier start left behind")
    # It holds the portal's port; a start after a kill shall have the same one.
    Service(directory / HAProxy.name, name=HAProxy.name).remove_leftover()
    port = ports.choose_port("127.0.0.1", wanted)
    if port != wanted:
        say(f"Port {wanted} is taken by another program; the portal gets {port}")
    machine = Machine(
        directory, port, web_port=ports.free_port(), live_port=ports.free_port(), controlled=True
    )
    run_of_portal = preparation = None
    try:
        say("Starting the database and the servers around it")
        machine.start_database()
        say("Bringing tables and demo data up to date")
        preparation = prepare(machine)
        machine.start_surroundings()
        # The portal lists the static files when it starts; its first line says that they are there.
        said = preparation.stdout.readline() if preparation.stdout else ""
        if "Static files" not in said:
            raise ServiceFailed(f"manage.py prepare_demo failed:\n{said}{preparation.communicate()[0]}")
        run_of_portal = PortalRun(machine, preparation, begun)
        return run_of_portal.loop()
    except ServiceFailed as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        if run_of_portal:
            run_of_portal.ended.set()
        if preparation:
            preparation.kill()
        machine.stop()
        say("Everything has stopped")


class PortalRun:
    """Portal and worker under honcho, until one of them ends or a signal comes.

    The portal imports while the tables are still being made; the worker waits for them. Both are announced when
    they do their work.
    """

    def __init__(self, machine: Machine, preparation: subprocess.Popen[str], begun: float) -> None:
        self.machine = machine
        self.preparation = preparation
        self.begun = begun
        self.ended = threading.Event()
        self.fault = ""
        self.prepared = machine.directory / "prepared"
        self.prepared.unlink(missing_ok=True)

    def loop(self) -> int:
        """Stay until the end and return the exit status."""
        worker = shlex.join(worker_command())
        prepared = f"until [ -e {shlex.quote(str(self.prepared))} ]; do sleep 0.1; done"
        commands = {
            "portal": f"exec {shlex.join(portal_command(self.machine.pages_port))}",
            "worker": f"{prepared}; exec {worker}",
        }
        if self.machine.haproxy:
            commands["live"] = f"{prepared}; exec {shlex.join(live_command(self.machine.live_port))}"
        self.terminal = _Terminal(len(commands))
        manager = Manager(Printer(self.terminal, time_format="%H:%M:%S"))
        for name, command in commands.items():
            manager.add_process(name, command, cwd=str(ROOT), env=environment_of(self.machine))
        threading.Thread(target=self.attend, daemon=True).start()
        manager.loop()
        if self.fault:
            raise ServiceFailed(self.fault)
        # Ctrl-C is the way to end it, not a failure.
        return 0 if manager.returncode in (130, 143) else int(manager.returncode or 0)

    def attend(self) -> None:
        """Bring the rest up once honcho has its processes, and watch the servers."""
        # honcho forks, and a lock that this thread held at that moment would stay locked in its processes.
        self.terminal.all_started.wait()
        text, _ = self.preparation.communicate()
        if self.preparation.returncode and not self.ended.is_set():
            self.fault = f"manage.py prepare_demo failed:\n{text}"
            os.kill(os.getpid(), signal.SIGTERM)
            return
        threading.Thread(target=self.machine.watch, args=(self.ended, say), daemon=True).start()
        while status_of(self.machine.portal_port, "/ready") != 200:
            if self.ended.wait(0.05):
                return
        self.prepared.touch()
        self.machine.start_switch()
        while not self.terminal.working.wait(0.2):
            if self.ended.is_set():
                return
        self.introduce(text.rstrip())

    def introduce(self, text: str) -> None:
        """Print what runs where, how to sign in, and what to try first."""
        url = f"http://localhost:{self.machine.portal_port}/"
        self.machine.parts["Portal"] = Part("Portal", LIVE, url)
        note = "what changes while one looks" if self.machine.haproxy else "no front: pages ask every 10 s"
        self.machine.parts["Live pages"] = Part(
            "Live pages", LIVE if self.machine.haproxy else STAND_IN, "", note
        )
        note = "jobs, mail, DNS watch; restarted when it hangs"
        self.machine.parts["Worker"] = Part("Worker", LIVE, "", note)
        parts = self.machine.write_parts(["Portal", "Live pages", "Worker", "Postgres"])
        print(f"\n{table(parts)}\n\n{text}\n", flush=True)
        seconds = f"{time.monotonic() - self.begun:.1f} s"
        if not self.machine.failed:
            say(f"Ready after {seconds}. Ctrl-C stops everything.")
            return
        for sentence in self.machine.failed:
            say(sentence)
        say(
            f"Not all of it works, as said above; the rest is ready after {seconds}. Ctrl-C stops everything."
        )


class _Terminal(io.TextIOBase):
    """Standard output without honcho's remarks; it tells when all have started and when the worker works."""

    def __init__(self, awaited: int) -> None:
        self.awaited = awaited
        self.all_started = threading.Event()
        self.working = threading.Event()

    def write(self, text: str) -> int:
        if "system" in text.partition("|")[0] and "|" in text:
            self.awaited -= " started " in text
            if self.awaited == 0:
                self.all_started.set()
        elif "[django-q]" in text:
            if "ready for work" in text:
                self.working.set()
        elif text.strip():
            print(text.rstrip("\n"), flush=True)
        return len(text)


def main() -> None:
    parser = argparse.ArgumentParser(description="Start everything on this machine.")
    parser.add_argument("--port", type=int, default=WANTED_PORT, help="of the portal")
    parser.add_argument("--directory", type=Path, default=ROOT / "var", help="where everything lies")
    given = parser.parse_args()
    directory = given.directory.absolute()
    os.chdir(ROOT)
    if os.environ.get(MARK) != str(directory):
        # Begun anew with the mark, so that honcho's forked helpers carry it as well.
        os.execve(  # noqa: S606
            sys.executable,
            [sys.executable, "-m", "stack.server", *sys.argv[1:]],
            os.environ | {MARK: str(directory)},
        )
    with only_one(directory):
        sys.exit(run(directory, given.port))


if __name__ == "__main__":
    main()
