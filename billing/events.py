"""What other apps may hear of billing."""

from __future__ import annotations

from dataclasses import dataclass

from myfone.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class IntegrationActivated(Event):
    """An employee's integration became chargeable; the fee counts from this calendar month (G5)."""

    employee_id: int
    activation_id: int


@dataclass(frozen=True, kw_only=True)
class IntegrationDeactivated(Event):
    """An employee's integration ended; the month it ended in is still charged (G5)."""

    employee_id: int
    activation_id: int


@dataclass(frozen=True, kw_only=True)
class LicencesReported(Event):
    """The reseller reported other licences than before for these employees (G7)."""

    employee_ids: tuple[int, ...]
