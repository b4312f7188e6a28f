"""Give each stack an own loopback address, find free ports, and say why a port cannot be had."""

from __future__ import annotations

import errno
import hashlib
import secrets
import socket
import tempfile
from pathlib import Path

# Below the ports that the system hands to whoever connects (Linux from 32768, macOS from 49152), above those of trunks.
FREE = range(21_000, 30_000)
_given: set[int] = set()


def loopback(directory: Path) -> str:
    """Return the loopback address of this run directory, always the same one.

    Linux answers on all of 127.0.0.0/8, so each stack can have the real ports 53, 443 and 5061 for itself.
    Where only 127.0.0.1 exists (macOS), that is the answer.
    """
    mark = hashlib.sha256(str(directory.absolute()).encode()).digest()
    address = f"127.{64 + mark[0] % 64}.{mark[1]}.{1 + mark[2] % 254}"
    return address if _bind_error(address, 0, socket.SOCK_STREAM) is None else "127.0.0.1"


def free_port(address: str = "127.0.0.1", *, udp: bool = False) -> int:
    """Return a port that is free for TCP at this moment, and for UDP too when asked; another one each time.

    Until its server listens there no connection that goes out can take it, and nobody who looks for the server can
    be connected to itself (RFC 9293, 3.5): neither would get a port of this range.
    """
    for _ in range(200):
        port = FREE[secrets.randbelow(len(FREE))]
        if port not in _given and why_not(address, port, udp=udp) is None:
            _given.add(port)
            return port
    raise OSError(errno.EADDRINUSE, f"no port of {address} is free{' for both TCP and UDP' if udp else ''}")


def why_not(address: str, port: int, *, udp: bool = False) -> str | None:
    """Return why this port cannot be listened on (for a person to read), or None when it can."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)[: 1 + udp]:
        error = _bind_error(address, port, kind)
        if error is not None:
            reasons = {errno.EACCES: "needs root", errno.EADDRINUSE: "is taken by another program"}
            return f"{address}:{port} {reasons.get(error, errno.errorcode.get(error, str(error)))}"
    return None


def choose_port(address: str, wanted: int, *, udp: bool = False) -> int:
    """Return the wanted port when it can be had, else a free one."""
    if why_not(address, wanted, udp=udp) is not None:
        return free_port(address, udp=udp)
    _given.add(wanted)
    return wanted


def answers(address: str, port: int, timeout: float = 1.0) -> bool:
    """Tell whether somebody accepts TCP connections there."""
    try:
        socket.create_connection((address, port), timeout).close()
    except OSError:
        return False
    return True


def _bind_error(address: str, port: int, kind: int) -> int | None:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            # Connections of a server that just ended linger in TIME_WAIT and must not count as taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error.errno
    return None


def socket_path(path: Path) -> Path:
    """Return where to have a Unix socket: here, or below the system's own directory where the path is too long."""
    # Its path holds 107 bytes, and a run directory may lie deeper than that.
    if len(str(path).encode()) <= 100:
        return path
    mark = hashlib.sha256(str(path).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"{path.stem}-{mark}.sock"
