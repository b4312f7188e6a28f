"""Serve the live pages' streams over ASGI, in a process of their own."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "myfone.config.settings")
django.setup()

from myfone.live.stream import Live  # noqa: E402 - it needs the settings

application = Live()
