"""Reach outside systems: one error family, and the gateway that the settings chose."""

from __future__ import annotations

import functools
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


class GatewayError(Exception):
    """An outside system did not do what was asked.

    `permanent` says that asking again is of no use. `retry_after` is in seconds, where the system named it.
    """

    def __init__(self, message: str, *, permanent: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
        self.retry_after = retry_after


@functools.cache
def gateway(name: str) -> Any:
    """Return the configured gateway; settings.GATEWAYS maps its name to a factory without arguments."""
    return import_string(settings.GATEWAYS[name])()


def is_live(name: str) -> bool:
    """Say whether the gateway reaches the real system; pages name a stand-in as one."""
    return ".live." in settings.GATEWAYS[name]
