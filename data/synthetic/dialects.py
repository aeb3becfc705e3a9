"""How tools write: CSV dialects, their dates, and a workbook, as bytes that depend on the cells alone."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

Row = Sequence[str]
ExcelRow = Sequence[str | pd.Timestamp]
EXCEL_ORIGIN = pd.Timestamp("1899-12-30")
FORM_CLOCK = r"m/d/yy\ h:mm:ss"  # the number format of Microsoft Forms
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


def survey_csv(rows: Iterable[Row]) -> bytes:
    """As SurveyMonkey: byte order mark, CRLF."""
    return write_csv(rows, encoding="utf-8-sig", line_end="\r\n")


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


def survey_time(moment: np.datetime64 | pd.Timestamp) -> str:
    """SurveyMonkey: month first, twelve hours, no mark of the zone.

    >>> survey_time(np.datetime64("2024-04-01T14:03:09"))
    '04/01/2024 02:03:09 PM'
    """
    time = pd.Timestamp(moment)
    half = "AM" if time.hour < 12 else "PM"  # %p follows the language of the machine
    return f"{time.strftime('%m/%d/%Y %I:%M:%S')} {half}"


def github_time(moment: np.datetime64 | pd.Timestamp) -> str | None:
    """A time in Tokyo as GitHub writes it, in UTC; None for NaT.

    >>> github_time(np.datetime64("2024-04-01T08:30:00"))
    '2024-03-31T23:30:00Z'
    """
    time = pd.Timestamp(moment)
    return None if pd.isna(time) else (time - pd.Timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M:%SZ")


def datadog_time(moment: np.datetime64 | pd.Timestamp, microsecond: int) -> str:
    """A time in Tokyo as Datadog writes it, in UTC with microseconds.

    >>> datadog_time(np.datetime64("2024-04-01T08:30:00"), 565010)
    '2024-03-31T23:30:00.565010+00:00'
    """
    time = pd.Timestamp(moment) - pd.Timedelta(hours=9)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S')}.{microsecond:06d}+00:00"


def api_answer(value: dict[str, Any]) -> bytes:
    """As an API answers: one line without spaces, keys as they come."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def gh_answer(rows: list[dict[str, Any]]) -> bytes:
    """As `gh … --json` prints into a file: one line, keys by the alphabet, a line end."""
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return (text + "\n").encode()


def write_workbook(sheet: str, rows: Sequence[ExcelRow]) -> bytes:
    """A workbook of one sheet with inline text; a cell of digits is a number, an empty one is left out.

    Times become numbers in Microsoft Forms' format, and only then the workbook has styles.
    """
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
    if any(isinstance(cell, pd.Timestamp) for row in rows for cell in row):
        parts = add_styles(parts, kind=f"{kind}.styles+xml", relation=f"{office}/styles", main=main)
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return zip_parts({name: declaration + text for name, text in parts.items()})


def add_styles(parts: dict[str, str], *, kind: str, relation: str, main: str) -> dict[str, str]:
    """The same parts with a style sheet: style 0 is plain, style 1 a time."""
    types, relations = "[Content_Types].xml", "xl/_rels/workbook.xml.rels"
    plain = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"'
    styles = (
        f'<styleSheet xmlns="{main}">'
        f'<numFmts count="1"><numFmt numFmtId="164" formatCode="{FORM_CLOCK}"/></numFmts>'
        '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        f'<cellStyleXfs count="1">{plain}/></cellStyleXfs><cellXfs count="2">{plain} xfId="0"/>'
        f'{plain.replace("0", "164", 1)} xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>'
    )
    override = f'<Override PartName="/xl/styles.xml" ContentType="{kind}"/></Types>'
    link = f'<Relationship Id="rId2" Type="{relation}" Target="styles.xml"/></Relationships>'
    return parts | {
        types: parts[types].replace("</Types>", override),
        relations: parts[relations].replace("</Relationships>", link),
        "xl/styles.xml": styles,
    }


def sheet_row(number: int, row: ExcelRow) -> str:
    """One `<row>`; up to 26 columns."""
    cells = []
    for column, cell in enumerate(row):
        place = f'r="{chr(65 + column)}{number}"'
        if isinstance(cell, pd.Timestamp):
            serial = (cell - EXCEL_ORIGIN) / pd.Timedelta(days=1)
            cells.append(f'<c {place} s="1"><v>{serial:.10f}</v></c>')
        elif cell.isdecimal():
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
