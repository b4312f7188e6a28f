"""Hand out tables as CSV and as XLSX, so that no program that opens them takes a text for a formula (ASVS 1.2.10)."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

import xlsxwriter
from django.utils import timezone
from django.utils.formats import number_format

Cell = str | int | Decimal | dt.datetime | None
# What begins with one of these is a formula to some program; a number with its sign is one too.
STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n")
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDEST = 40


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return the table as CSV in UTF-8 with semicolons, as Excel opens it in this part of the world.

    Amounts are written with the decimal mark of the reader's language. A text that a program could take for a formula
    gets an apostrophe in front.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([_harmless(one) for one in header])
    for row in rows:
        writer.writerow([_harmless(_text(cell)) for cell in row])
    # The mark in front is how Excel knows the encoding.
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx(title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return the table as a workbook of one sheet with a filter; texts are cells of text, whatever they begin with."""
    out = io.BytesIO()
    # Times are the local ones of whoever reads; a workbook knows no zones.
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(title[:31])
        bold, when = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        widths = [len(one) for one in header]
        sheet.write_row(0, 0, header, bold)
        last = 0
        for last, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, dt.datetime):
                    sheet.write_datetime(last, column, timezone.localtime(cell).replace(tzinfo=None), when)
                elif isinstance(cell, (int, Decimal)):
                    sheet.write_number(last, column, cell)
                elif cell:
                    sheet.write_string(last, column, cell)
                widths[column] = max(widths[column], len(_text(cell)))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, min(width + 2, WIDEST))
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, last, len(header) - 1)
    return out.getvalue()


def _text(cell: Cell) -> str:
    if isinstance(cell, dt.datetime):
        return timezone.localtime(cell).strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, Decimal):
        return decimal(cell)
    return "" if cell is None else str(cell)


def decimal(amount: Decimal) -> str:
    """Return an amount for a cell of a file: 30,00 in Danish and Swedish, 30.00 in English, without groups."""
    return number_format(amount, use_l10n=True, force_grouping=False)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(STARTERS) else text
