"""A switch behind a TLS front, on the tests' database, with names that lead there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import pytest

from demo.sipclient.connection import Datagrams
from stack import ports, zones
from stack.authority import Authority
from stack.haproxy import HAProxy
from stack.kamailio import Kamailio
from stack.knot import Knot
from stack.postgres import Postgres
from stack.process import descendants
from stack.unbound import Unbound
from tests.cast import Cast
from tests.contract.calling import Office, open_office
from tests.contract.switching import (
    BAN_AFTER,
    BAN_SECONDS,
    SOURCE_BAN_AFTER,
    Linked,
    Via,
    link,
    own_switch,
)

_sources = count(1)
SHOWN = 6000  # characters of the switch's log below a test that failed


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Say below a failed test what its switch was doing: what phones saw does not tell why."""
    outcome: Any = yield
    report = outcome.get_result()
    switch = getattr(item, "funcargs", {}).get("switch")
    if report.failed and isinstance(switch, Kamailio):
        report.sections.append(("the switch", f"{doing(switch)}\n{switch.tail(SHOWN)}"))


def doing(switch: Kamailio) -> str:
    """Return a line for each of the switch's processes: whether it runs, and in which system call it waits."""
    if not switch.running or switch.pid is None:
        return f"It has ended: {switch.process.returncode if switch.process else 'not started'}."
    lines = []
    for process in (psutil.Process(switch.pid), *descendants(switch.pid)):
        with suppress(psutil.Error, OSError):
            waits = [
                Path(f"/proc/{process.pid}/{name}").read_text().split(" ")[0] for name in ("wchan", "syscall")
            ]
            lines.append(
                f"{process.pid} {process.status()} {' '.join(waits).strip()} {process.cpu_times()[:2]}"
            )
    return "\n".join(lines)


@pytest.fixture(scope="module")
def switch(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, django_db_setup: None
) -> Iterator[Kamailio]:
    directory = tmp_path_factory.mktemp("kamailio")
    bans = {"ban_after": BAN_AFTER, "source_ban_after": SOURCE_BAN_AFTER, "ban_seconds": BAN_SECONDS}
    with own_switch(directory, postgres, **bans) as service:
        yield service


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def sip_front(
    tmp_path_factory: pytest.TempPathFactory, switch: Kamailio, authority: Authority
) -> Iterator[HAProxy]:
    directory = tmp_path_factory.mktemp("front")
    with HAProxy(
        directory,
        sip_server=f"{switch.address}:{switch.tls_port}",
        plain_sip_server=f"{switch.address}:{switch.plain_port}",
        web_server=f"127.0.0.1:{ports.free_port()}",
        address=switch.address,
        authority=authority,
    ) as service:
        certificate, key = authority.issue(["sip.it-bixen.dk", "lyncdiscover.it-bixen.dk"])
        pem = service.certificates / "it-bixen.dk.pem"
        pem.write_bytes(certificate + key)
        with service.crt_list.open("a") as crt_list:
            crt_list.write(f"{pem}\n")
        service.stop()
        yield service.start()


@pytest.fixture(scope="module")
def resolver(tmp_path_factory: pytest.TempPathFactory, sip_front: HAProxy) -> Iterator[str]:
    """A resolver that knows the zones of the guide's company and of the platform."""
    directory = tmp_path_factory.mktemp("dns")
    nameserver, address = ports.loopback(directory / "knot"), ports.loopback(directory / "unbound")
    served = {
        "it-bixen.dk": zones.zone_text(
            "it-bixen.dk",
            ["ns1.flexskype.dk"],
            ["sip CNAME sip.flexskype.dk.", "_sip._tls SRV 100 1 443 sip.it-bixen.dk."],
        ),
        "flexskype.dk": zones.zone_text("flexskype.dk", ["ns1.flexskype.dk"], [f"sip A {sip_front.address}"]),
    }
    with (
        Knot(directory / "knot", [nameserver], served),
        Unbound(directory / "unbound", address, {zone: [f"{nameserver}@53"] for zone in served}),
    ):
        yield f"{address}:53"


@pytest.fixture
def mette(live_cast: Cast) -> Linked:
    return link(live_cast.mette, "it-bixen.dk", "mette")


@pytest.fixture
def source() -> str:
    """An address that no other test signs in from, so that nobody is shut out for somebody else's deeds."""
    return f"127.201.7.{next(_sources)}"


@pytest.fixture
def udp(switch: Kamailio, source: str) -> Via:
    return lambda: Datagrams(switch.address, switch.port, source=source)


@pytest.fixture
def office(live_cast: Cast, switch: Kamailio) -> Iterator[Office]:
    """IT-bixen with Sara (201), Mette (203, +45 69 14 24 03) and Line (205), each with a desk phone, and a trunk."""
    with ExitStack() as closing:
        place = open_office(live_cast, switch, closing)
        place.employ(live_cast.sara, "201", "69142424", is_main=True)
        place.employ(live_cast.mette, "203", "69142403")
        place.employ(live_cast.line, "205")
        place.equip(live_cast.sara, "sara")
        place.equip(live_cast.mette, "mette")
        place.equip(live_cast.line, "line")
        yield place
