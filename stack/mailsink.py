"""Take every mail that is sent and keep it as a file: the demo's and the tests' mail server.

Usage: `python -m stack.mailsink DIRECTORY ADDRESS PORT`.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from stack import ports
from stack.process import Service

SIZE_LIMIT = 20 * 1024 * 1024  # bytes of one message


class MailSink(Service):
    """Run an SMTP server that accepts all and delivers nothing; `messages` lists what came in."""

    name = "mailsink"

    def __init__(self, directory: Path, *, address: str | None = None, port: int | None = None) -> None:
        super().__init__(directory)
        self.address = address or ports.loopback(directory)
        self.port = port or ports.free_port(self.address)
        self.box = self.directory / "mail"

    @property
    def url(self) -> str:
        return f"smtp://{self.address}:{self.port}"

    def arguments(self) -> list[str]:
        return [sys.executable, "-m", "stack.mailsink", str(self.box), self.address, str(self.port)]

    def configure(self) -> None:
        self.env["PYTHONPATH"] = str(Path(__file__).parents[1])
        self.box.mkdir(parents=True, exist_ok=True)

    def check(self) -> bool:
        return ports.answers(self.address, self.port)

    def messages(self) -> list[Path]:
        """Return the stored messages (RFC 5322 files), the oldest first."""
        return sorted(self.box.glob("*.eml"))


class Keeper:
    """Store each accepted message in a directory, one file a message, complete or not at all."""

    def __init__(self, box: Path) -> None:
        self.box = box

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        head = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
        name = f"{time.time_ns()}-{secrets.token_hex(4)}.eml"
        unfinished = self.box / f".{name}"
        unfinished.write_bytes(head.encode() + content)
        unfinished.rename(self.box / name)
        return "250 Kept"


async def serve(box: Path, address: str, port: int) -> None:
    """Accept mail until the process is told to end."""
    box.mkdir(parents=True, exist_ok=True)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, ended.set)

    def conversation() -> SMTP:
        return SMTP(Keeper(box), hostname="mailsink", data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True)

    server = await loop.create_server(conversation, address, port)
    async with server:
        print(f"Mail to {address}:{port} is kept in {os.path.relpath(box)}", flush=True)
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
