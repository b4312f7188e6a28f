"""Run the workers: hand out due jobs, plan the night, and restart a cluster that hangs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, connections

from myfone.kernel import clock, jobs, nightly

log = structlog.get_logger("myfone.work")


class Command(BaseCommand):
    help = "Run the workers until told to stop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=1.0, help="seconds between looks at what is due")
        parser.add_argument("--late", type=float, default=60.0, help="seconds before a hung cluster restarts")

    def handle(self, *args: Any, every: float, late: float, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        cluster = self.start()
        grace = clock.now()
        try:
            while not stop.wait(every):
                at = clock.now()
                try:
                    nightly.plan(at)
                    jobs.send_due(at)
                    age = jobs.oldest_due_age(at)
                except Error as error:
                    log.warning("database away", fault=str(error))
                    connections.close_all()
                    continue
                hung = age > late and (at - grace).total_seconds() > late
                if cluster.poll() is not None or hung:
                    log.error("restarting the workers", oldest_due_seconds=age, exit=cluster.poll())
                    self.end(cluster, patience=1)
                    cluster, grace = self.start(), at
        finally:
            self.end(cluster, patience=10)

    def start(self) -> subprocess.Popen[bytes]:
        # A process group of its own: django-q2 hangs when its children get the signal meant for the parent.
        return subprocess.Popen([sys.executable, "manage.py", "qcluster"], start_new_session=True)

    def end(self, cluster: subprocess.Popen[bytes], patience: float) -> None:
        if cluster.poll() is None:
            cluster.terminate()
            try:
                cluster.wait(patience)
            except subprocess.TimeoutExpired:
                log.warning("the workers did not stop by themselves")
        try:
            os.killpg(cluster.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        cluster.wait()
