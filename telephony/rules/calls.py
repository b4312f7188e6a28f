"""What people read of a call: how long it took, why it went where it went, and how a history becomes a file."""

from __future__ import annotations

# Calls are kept for a year, as long as bills are disputed; the nightly job drops older months.
MONTHS_KEPT = 12
