"""What a SIP app reads to set itself up: an address to scan, and the file that is found there.

The file is Linphone's remote provisioning, lpconfig 1.0, which other apps read too
(https://wiki.linphone.org/xwiki/wiki/public/view/Lib/Features/Remote%20Provisioning/). It holds no password: the app
asks for it when the switch does.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

NAMESPACE = "http://www.linphone.org/xsds/lpconfig.xsd"


def sip_uri(username: str, domain: str) -> str:
    """Return the address as a SIP URI with TLS (RFC 3261, 19.1)."""
    return f"sip:{username}@{domain};transport=tls"


def linphone(username: str, domain: str, name: str) -> bytes:
    """Return the provisioning file for an account; the server is the one that the domain's records name."""
    config = Element("config", {"xmlns": NAMESPACE})
    quoted = name.replace("\\", "").replace('"', "")
    sections = {
        # Read once: what is changed in the app afterwards stays.
        "misc": {"transient_provisioning": "1"},
        "sip": {"default_proxy": "0", "register_only_when_network_is_up": "1"},
        "proxy_0": {
            "reg_identity": f'"{quoted}" <sip:{username}@{domain}>',
            "reg_proxy": f"<sip:sip.{domain}:443;transport=tls>",
            "reg_sendregister": "1",
            "reg_expires": "300",
            "realm": domain,
            "quality_reporting_enabled": "0",
        },
    }
    for section, entries in sections.items():
        node = SubElement(config, "section", {"name": section})
        for key, value in entries.items():
            SubElement(node, "entry", {"name": key, "overwrite": "true"}).text = value
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(config)
