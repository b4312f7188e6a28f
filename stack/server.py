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
from stack.machine import LIVE, Machine, Part, table
from stack.portal import portal_command, status_of, worker_command
from stack.process import MARK, ServiceFailed

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


def manage(machine: Machine, *arguments: str) -> None:
    """Run a Django command against this machine; end with its output when it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "MYFONE_ENVIRONMENT": str(machine.file)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise ServiceFailed(f"manage.py {arguments[0]} failed:\n{done.stdout}")


def prepare(machine: Machine) -> None:
    """Bring database, demo data and static files up to date."""
    settings = machine.database_settings()
    options = []
    if admin := settings.get("ADMIN_DATABASE_URL"):
        options += ["--admin", admin]
    if kamailio := settings.get("KAMAILIO_DATABASE_URL"):
        options += ["--kamailio-password", unquote(urlsplit(kamailio).password or "")]
    manage(machine, "prepare_demo", *options)


def introduce(machine: Machine, ended: threading.Event, begun: float, text: str) -> None:
    """Wait for the portal, then print what runs where and what to do first."""
    url = f"http://localhost:{machine.portal_port}/"
    while status_of(machine.portal_port, "/ready") != 200:
        if ended.wait(0.1):
            return
    machine.parts["Portal"] = Part("Portal", LIVE, url)
    machine.parts["Worker"] = Part("Worker", LIVE, "", "jobs, mail, DNS watch; restarted when it hangs")
    parts = machine.write_parts(["Portal", "Worker", "Postgres"])
    print(f"\n{table(parts)}\n\n{text}\n", flush=True)
    say(f"Ready after {time.monotonic() - begun:.1f} s. Ctrl-C stops everything.")


def introduction(machine: Machine) -> str:
    """Return addresses, sign-ins and the first thing to try, as the demo data's own command tells them."""
    done = subprocess.run(
        [sys.executable, "manage.py", "demo_introduction"],
        cwd=ROOT,
        env={**os.environ, "MYFONE_ENVIRONMENT": str(machine.file)},
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.rstrip()


def run(directory: Path, wanted: int) -> int:
    """Start all, stay until told to stop, and stop all; return the exit status."""
    begun = time.monotonic()
    # Until honcho takes over, SIGTERM has to end the servers as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if left := remove_leftovers(directory):
        say(f"Removed {left} processes that an earlier start left behind")
    port = ports.choose_port("127.0.0.1", wanted)
    if port != wanted:
        say(f"Port {wanted} is taken by another program; the portal gets {port}")
    machine = Machine(directory, port)
    ended = threading.Event()
    try:
        say("Starting the database and the servers around it")
        machine.start_database()
        surroundings = threading.Thread(target=machine.start_surroundings)
        surroundings.start()
        say("Bringing tables and demo data up to date")
        try:
            prepare(machine)
        finally:
            surroundings.join()
        machine.start_switch()
        return serve(machine, ended, begun)
    except ServiceFailed as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        ended.set()
        machine.stop()
        say("Everything has stopped")


def serve(machine: Machine, ended: threading.Event, begun: float) -> int:
    """Run the portal's processes under honcho until one ends or a signal comes."""
    env = {
        **os.environ,
        "MYFONE_ENVIRONMENT": str(machine.file),
        "PYTHONUNBUFFERED": "1",
    }
    commands = {"portal": portal_command(machine.portal_port), "worker": worker_command()}
    text = introduction(machine)
    terminal = _Terminal(len(commands))
    manager = Manager(Printer(terminal, time_format="%H:%M:%S"))
    for name, command in commands.items():
        manager.add_process(name, f"exec {shlex.join(command)}", cwd=str(ROOT), env=env)

    def attend() -> None:
        # honcho forks its processes, and a lock that another thread holds meanwhile would stay locked in them.
        terminal.all_started.wait()
        threading.Thread(target=machine.watch, args=(ended, say), daemon=True).start()
        introduce(machine, ended, begun, text)

    threading.Thread(target=attend, daemon=True).start()
    manager.loop()
    # Ctrl-C is the way to end it, not a failure.
    return 0 if manager.returncode in (130, 143) else int(manager.returncode or 0)


class _Terminal(io.TextIOBase):
    """Standard output without honcho's own remarks; it tells when all processes have started."""

    def __init__(self, awaited: int) -> None:
        self.awaited = awaited
        self.all_started = threading.Event()

    def write(self, text: str) -> int:
        if "system" in text.partition("|")[0] and "|" in text:
            self.awaited -= " started " in text
            if self.awaited == 0:
                self.all_started.set()
        elif text.strip() and "[django-q]" not in text:
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
