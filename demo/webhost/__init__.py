"""The customer's web host: the zone of its domain, at a real name server or at the stand-in."""

from demo.webhost.zone import (
    BadRecord,
    Entry,
    NameServerSilent,
    NotTaken,
    StandInHost,
    ZoneHost,
    zone_host,
)

__all__ = ["BadRecord", "Entry", "NameServerSilent", "NotTaken", "StandInHost", "ZoneHost", "zone_host"]
