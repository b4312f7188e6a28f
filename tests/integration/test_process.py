"""A service is started, awaited, stopped and cleaned up after, also when its caller was killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from stack import ports
from stack.process import Service, ServiceFailed

SERVER = """
import socket, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print("child", child.pid, flush=True)
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    listener.accept()[0].close()
"""


def service(directory: Path, port: int) -> Service:
    return Service(
        directory,
        name="echo",
        command=[sys.executable, "-c", SERVER, str(port)],
        check=lambda: ports.answers("127.0.0.1", port),
    )


def child_of(made: Service) -> psutil.Process:
    line = next(line for line in made.log.read_text().splitlines()[::-1] if line.startswith("child"))
    return psutil.Process(int(line.split()[1]))


def gone(process: psutil.Process) -> bool:
    try:
        process.wait(5)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return process.status() == psutil.STATUS_ZOMBIE
    return True


def test_start_returns_when_it_answers_and_stop_ends_the_children_too(tmp_path: Path) -> None:
    port = ports.free_port()
    with service(tmp_path, port) as running:
        assert ports.answers("127.0.0.1", port)
        child = child_of(running)
        assert child.is_running()
    assert not ports.answers("127.0.0.1", port)
    assert gone(child)


def test_starting_twice_keeps_the_process(tmp_path: Path) -> None:
    with service(tmp_path, ports.free_port()) as running:
        pid = running.pid
        assert running.start().pid == pid


def test_a_server_that_dies_is_reported_with_its_log(tmp_path: Path) -> None:
    dying = Service(
        tmp_path, name="dying", command=[sys.executable, "-c", "raise SystemExit('port is on fire')"]
    )
    dying._check = lambda: False
    with pytest.raises(ServiceFailed, match="port is on fire"):
        dying.start()


def test_a_silent_server_is_stopped_at_its_deadline(tmp_path: Path) -> None:
    silent = Service(
        tmp_path, name="silent", command=["tail", "-f", "/dev/null"], check=lambda: False, deadline=0.2
    )
    with pytest.raises(ServiceFailed, match="was not ready within"):
        silent.start()
    assert silent.pid is None


def test_whatever_is_wrong_with_a_server_is_that_it_did_not_start(tmp_path: Path) -> None:
    def check() -> bool:
        raise ConnectionRefusedError("its second port")

    broken = Service(tmp_path, name="broken", command=["tail", "-f", "/dev/null"], check=check)
    with pytest.raises(ServiceFailed, match="its second port"):
        broken.start()
    assert broken.pid is None


def test_what_a_dead_server_started_does_not_hold_the_port_of_the_next(tmp_path: Path) -> None:
    listens = (
        "import socket, sys, os, signal\n"
        "listener = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n"
        "os.fork()\n"
        "while True: listener.accept()[0].close()"
    )
    port = ports.free_port()
    one = Service(
        tmp_path,
        name="forks",
        command=[sys.executable, "-c", listens, str(port)],
        check=lambda: ports.answers("127.0.0.1", port),
    )
    with one:
        assert one.process is not None
        one.process.kill()
        one.process.wait()
        assert ports.answers("127.0.0.1", port)
        one.start()
        assert one.running


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(ServiceFailed, match="no-such-program"):
        Service(tmp_path, name="missing", command=["no-such-program"]).start()


def test_what_a_killed_caller_left_behind_is_removed_by_the_next_start(tmp_path: Path) -> None:
    port = ports.free_port()
    caller = subprocess.Popen(
        [sys.executable, "-c", CALLER, str(tmp_path), str(port), SERVER],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert caller.stdout is not None
    left = psutil.Process(int(caller.stdout.readline()))
    caller.send_signal(signal.SIGKILL)
    caller.wait()
    assert left.is_running()
    with service(tmp_path, port) as running:
        assert running.pid != left.pid
        assert not left.is_running() or left.status() == psutil.STATUS_ZOMBIE


CALLER = """
import sys
from pathlib import Path
from stack import ports
from stack.process import Service
directory, port, server = sys.argv[1:]
made = Service(Path(directory), name="echo", command=[sys.executable, "-c", server, port],
               check=lambda: ports.answers("127.0.0.1", int(port))).start()
print(made.pid, flush=True)
import signal; signal.pause()
"""


def test_each_directory_has_its_own_loopback_address_with_real_ports(tmp_path: Path) -> None:
    one, other = ports.loopback(tmp_path / "one"), ports.loopback(tmp_path / "other")
    assert one == ports.loopback(tmp_path / "one")
    assert one != other
    port = ports.free_port(one, udp=True)
    assert ports.why_not(one, port, udp=True) is None
    assert ports.choose_port(one, port, udp=True) == port


def test_a_free_port_is_given_once_and_to_no_connection_that_goes_out() -> None:
    given = [ports.free_port() for _ in range(50)]
    assert len(set(given)) == len(given)
    ephemeral = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if ephemeral.exists():
        low, high = map(int, ephemeral.read_text().split())
        assert (low, high) != (32768, 60999) or max(given) < low


def test_a_taken_port_is_explained_and_replaced(tmp_path: Path) -> None:
    port = ports.free_port()
    with service(tmp_path, port):
        assert ports.why_not("127.0.0.1", port) == f"127.0.0.1:{port} is taken by another program"
        assert ports.choose_port("127.0.0.1", port) != port
