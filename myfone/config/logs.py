"""Structured logs: one JSON object a line, and never a secret in it."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from django.http import HttpRequest

SECRET_NAMES = re.compile(r"pass|secret|token|key|ha1|authorization|cookie|csrf|recovery", re.IGNORECASE)
SECRET_TEXT = re.compile(
    r"(-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----)"
    r"|(\b(?:Digest|Bearer|Basic)\s+\S[^\r\n]*)"
    # Links that open an account or name somebody, where a request for one is logged.
    r"|(?<=/account/invitation/)[^/\s\"]+|(?<=/account/password/reset/key/)[^/\s\"]+"
    r"|(?<=/account/join/)[^/\s\"]+|(?<=/account/address/)[^/\s\"]+|(?<=/m/)[^/\s\"]+(?=\.xml)"
    r"|(://[^/\s:@]+:)[^@\s/]+(?=@)",
    re.DOTALL,
)
PUBLIC_NAMES = {"key_id", "job_key", "public_key_type"}


def hide_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace values whose name or text says that they are secret."""
    for name, kept in event.items():
        # Django logs a request as it is; its text holds the path.
        value = repr(kept) if isinstance(kept, HttpRequest) else kept
        if name not in PUBLIC_NAMES and SECRET_NAMES.search(name):
            event[name] = "[hidden]"
        elif isinstance(value, str):
            event[name] = SECRET_TEXT.sub(
                lambda match: f"{match[3]}[hidden]" if match[3] else "[hidden]", value
            )
    return event


def configuration(log_format: str) -> dict[str, Any]:
    """Return Django's LOGGING for 'json' or 'text' and set structlog up the same way."""
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    last = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [structlog.stdlib.ExtraAdder(), *before],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    hide_secrets,
                    last,
                ],
            }
        },
        "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stream"], "level": "INFO"},
        "loggers": {"django.server": {"handlers": ["stream"], "level": "WARNING", "propagate": False}},
    }
