"""A double for the one thing that Debian's Pebble lacks: the renewalInfo endpoint of RFC 9773.

It hands out Pebble's own directory with `renewalInfo` added, and names the window that a test sets. All else, new
orders with `replaces` too, goes to Pebble itself, which does not look at that field.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class RenewalInfoDouble(ThreadingHTTPServer):
    """Serve a directory that names windows; `asked` holds what was asked for, as the RFC calls a certificate."""

    def __init__(self, directory: dict[str, Any], window: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.window, self.asked = window, list[str]()
        self.directory = directory | {"renewalInfo": f"http://127.0.0.1:{self.server_port}/renewal"}

    def __enter__(self) -> RenewalInfoDouble:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/dir"


class _Handler(BaseHTTPRequestHandler):
    server: RenewalInfoDouble

    def do_GET(self) -> None:
        said: dict[str, Any] = self.server.directory
        if self.path.startswith("/renewal/"):
            self.server.asked.append(self.path.removeprefix("/renewal/"))
            said = {"suggestedWindow": self.server.window}
        body = json.dumps(said).encode()
        self.send_response(200)
        for name, text in (("Content-Type", "application/json"), ("Retry-After", "21600")):
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Stay silent."""
