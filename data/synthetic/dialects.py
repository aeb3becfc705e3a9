"""How tools write: CSV dialects, their dates, and a workbook, as bytes that depend on the cells alone."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from io import BytesIO
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

Row = Sequence[str]
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def write_csv(rows: Iterable[Row], *, encoding: str, line_end: str, quote_all: bool = False) -> bytes:
    """Rows as CSV, each record closed by `line_end`; line ends inside cells stay as they are."""
    text = "".join(",".join(quote(cell, always=quote_all) for cell in row) + line_end for row in rows)
    return text.encode(encoding)


def quote(cell: str, *, always: bool = False) -> str:
    """One CSV cell.

    >>> print(quote("a,b"), quote("plain"), quote("plain", always=True))
    "a,b" plain "plain"
    """
    if always or any(mark in cell for mark in ',"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def owner_sheet(rows: Iterable[Row]) -> bytes:
    """As Excel saves "CSV UTF-8": byte order mark, CRLF."""
    return write_csv(rows, encoding="utf-8-sig", line_end="\r\n")


def form_answers(rows: Iterable[Row]) -> bytes:
    """As Google Forms' own CSV download: every cell quoted, LF, no mark, no final line end."""
    return write_csv(rows, encoding="utf-8", line_end="\n", quote_all=True).removesuffix(b"\n")


def form_sheet(rows: Iterable[Row]) -> bytes:
    """As the answers' Google Sheet downloads: quotes where needed, CRLF, no mark, no final line end."""
    return write_csv(rows, encoding="utf-8", line_end="\r\n").removesuffix(b"\r\n")


def backlog_csv(rows: Iterable[Row]) -> bytes:
    """As Backlog in Japanese: CP932, CRLF."""
    return write_csv(rows, encoding="cp932", line_end="\r\n")


def jira_csv(rows: Iterable[Row]) -> bytes:
    """As Jira Cloud: UTF-8 without mark, LF."""
    return write_csv(rows, encoding="utf-8", line_end="\n")


def pagerduty_csv(rows: Iterable[Row]) -> bytes:
    """As PagerDuty's report: UTF-8 without mark, LF."""
    return write_csv(rows, encoding="utf-8", line_end="\n")


def form_time(moment: np.datetime64) -> str:
    """Google Forms in Japanese: the half of the day stands after the time.

    >>> form_time(np.datetime64("2022-04-05T00:12:44")), form_time(np.datetime64("2022-04-05T12:05:00"))
    ('2022/04/05 12:12:44 午前 GMT+9', '2022/04/05 12:05:00 午後 GMT+9')
    """
    time = pd.Timestamp(moment)
    half = "午前" if time.hour < 12 else "午後"
    return (
        f"{time.year}/{time.month:02d}/{time.day:02d} "
        f"{time.hour % 12 or 12}:{time.minute:02d}:{time.second:02d} {half} GMT+9"
    )


def sheet_time(moment: np.datetime64 | pd.Timestamp) -> str:
    """Google Sheets and Backlog in Japanese: `2024/01/07 19:41:41`; empty for NaT."""
    time = pd.Timestamp(moment)
    if pd.isna(time):
        return ""
    return f"{time.year}/{time.month:02d}/{time.day:02d} {time.hour:02d}:{time.minute:02d}:{time.second:02d}"


def excel_time(moment: np.datetime64 | pd.Timestamp) -> str:
    """What Excel makes of it on saving: no padding, no seconds; empty for NaT.

    >>> excel_time(np.datetime64("2023-04-03T09:12:44"))
    '2023/4/3 9:12'
    """
    time = pd.Timestamp(moment)
    if pd.isna(time):
        return ""
    return f"{time.year}/{time.month}/{time.day} {time.hour}:{time.minute:02d}"


def jira_time(moment: np.datetime64 | pd.Timestamp, offset_hours: int = 0) -> str:
    """Jira in English, moved by `offset_hours`; empty for NaT.

    >>> jira_time(np.datetime64("2025-10-25T12:53:10")), jira_time(np.datetime64("2024-02-01T10:00:00"), -9)
    ('25/Oct/25 12:53 PM', '01/Feb/24 1:00 AM')
    """
    time = pd.Timestamp(moment)
    if pd.isna(time):
        return ""
    time += pd.Timedelta(hours=offset_hours)
    half = "AM" if time.hour < 12 else "PM"
    return (
        f"{time.day:02d}/{MONTHS[time.month - 1]}/{time.year % 100:02d} "
        f"{time.hour % 12 or 12}:{time.minute:02d} {half}"
    )


def pagerduty_time(moment: np.datetime64 | pd.Timestamp) -> str:
    """A time in Tokyo as PagerDuty writes it, in UTC: `2023-02-26T00:10:04+00:00`."""
    return (pd.Timestamp(moment) - pd.Timedelta(hours=9)).isoformat() + "+00:00"


def write_workbook(sheet: str, rows: Sequence[Row]) -> bytes:
    """A workbook of one sheet with inline text; a cell of digits is a number, an empty one is left out."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    lines = "".join(sheet_row(number, row) for number, row in enumerate(rows, start=1))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        f'<sheet name="{escape(sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>',
    }
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return zip_parts({name: declaration + text for name, text in parts.items()})


def sheet_row(number: int, row: Row) -> str:
    """One `<row>`; up to 26 columns."""
    cells = []
    for column, cell in enumerate(row):
        place = f'r="{chr(65 + column)}{number}"'
        if cell.isdecimal():
            cells.append(f"<c {place}><v>{cell}</v></c>")
        elif cell:
            cells.append(f'<c {place} t="inlineStr"><is><t>{escape(cell)}</t></is></c>')
    return f'<row r="{number}">{"".join(cells)}</row>'


def zip_parts(parts: dict[str, str]) -> bytes:
    """A ZIP without compression, clock or machine."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            # the default names the operating system
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text.encode("utf-8"))
    return buffer.getvalue()
