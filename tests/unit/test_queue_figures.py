"""How a queue's calls are counted, and where the bars of its plots stand."""

from __future__ import annotations

import datetime as dt

from telephony.rules.queue_figures import PLOT_HEIGHT, Figures, Slot, bars, by_day, by_hour, figures

MONDAY = dt.date(2026, 11, 23)


def slot(hour: int, offered: int, answered: int, *, day: int = 0, in_time: int = 0, gave_up: int = 0) -> Slot:
    return Slot(
        MONDAY + dt.timedelta(days=day), hour, offered, answered, in_time, gave_up, answered * 20.0, 61.4
    )


def test_hours_add_up() -> None:
    sums = figures([slot(9, 5, 4, in_time=3, gave_up=1), slot(14, 3, 1, in_time=1)])
    assert sums == Figures(8, 5, 4, 1, 20, 61)
    assert (sums.sent_on, sums.in_time_percent) == (2, 50)


def test_a_day_without_calls_has_no_average() -> None:
    sums = figures([])
    assert (sums.offered, sums.average_wait, sums.longest_wait, sums.in_time_percent) == (0, None, 0, None)
    assert {bar.answered_height + bar.missed_height for bar in bars(by_hour([]))} == {0}


def test_the_plot_of_a_day_reaches_as_far_as_its_calls() -> None:
    columns = by_hour([slot(5, 1, 1), slot(20, 4, 1)])
    assert [label for label, *_ in columns][:1] + [label for label, *_ in columns][-1:] == ["05", "20"]
    assert columns[0] == ("05", 1, 0)
    assert columns[-1] == ("20", 1, 3)
    placed = bars(columns)
    assert (placed[-1].missed_top, placed[-1].missed_height, placed[-1].answered_height) == (
        0,
        PLOT_HEIGHT * 3 // 4,
        PLOT_HEIGHT // 4,
    )
    assert placed[0].answered_top + placed[0].answered_height == PLOT_HEIGHT


def test_a_week_has_seven_days() -> None:
    names = ["Ma", "Ti", "On", "To", "Fr", "Lø", "Sø"]
    columns = by_day([slot(9, 2, 1), slot(15, 3, 3), slot(9, 4, 0, day=6)], MONDAY, names)
    assert columns[0] == ("Ma", 4, 1)
    assert columns[6] == ("Sø", 0, 4)
    assert len(bars(columns)) == 7
