"""A SIP client by somebody else signs in: what the switch says must not be understood by our own client alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack.haproxy import HAProxy
from stack.kamailio import Kamailio
from stack.postgres import Postgres
from stack.process import Service
from tests.contract.switching import PASSWORD, Linked, eventually, location

CONFIG = """\
poll_method epoll
sip_listen {source}:0
module_path /usr/lib/baresip/modules
module g711.so
module_tmp uuid.so
module_tmp account.so
"""
ACCOUNT = (
    '<sip:{address};transport={transport}>;auth_pass={password};outbound="sip:{server};transport={transport}"'
)


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_baresip_signs_in(
    mette: Linked,
    switch: Kamailio,
    sip_front: HAProxy,
    postgres: Postgres,
    source: str,
    tmp_path: Path,
    transport: str,
) -> None:
    port = {"udp": switch.port, "tcp": sip_front.sip_port, "tls": sip_front.https_port}[transport]
    (tmp_path / "config").write_text(CONFIG.format(source=source))
    (tmp_path / "accounts").write_text(
        ACCOUNT.format(
            address=mette.phone,
            transport=transport,
            password=PASSWORD,
            server=f"{switch.address}:{port}",
        )
        + "\n"
    )
    with Service(tmp_path, name="baresip", command=["baresip", "-f", tmp_path]) as baresip:
        assert eventually(lambda: location(postgres) != []), baresip.tail()
        ((username, domain, agent, _),) = location(postgres)
        assert (username, domain) == ("mette", "it-bixen.dk")
        assert agent.startswith("baresip")
        (client,) = mette.clients()
        assert client.transport == transport.upper()
        assert client.is_connected
    assert eventually(lambda: location(postgres) == [])
