"""Workbooks to text: types, limits, and hostile workbooks."""

import io
import time
import zipfile
from pathlib import Path

import pytest

from rotation_analysis.errors import FileError
from rotation_analysis.files import workbooks
from rotation_analysis.files.cells import NO_VALUE
from rotation_analysis.files.records import read_records
from rotation_analysis.files.workbooks import read_sheet
from tests import hostile_files

EXPORTS = Path(__file__).parents[3] / "shared" / "exports" / "files"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
# Formats of styles 0 … 4: general, date and time, date, time, hours beyond a day.
FORMATS = (0, 22, 14, 21, 46)


def relations(**targets: str) -> str:
    written = "".join(
        f'<Relationship Id="{key}" Type="{OFFICE}/{target.split(" ")[0]}" Target="{target.split(" ")[1]}"/>'
        for key, target in targets.items()
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{written}</Relationships>'


def build(
    sheets: dict[str, str], *, hidden=(), prologue="", extra=(), compression=zipfile.ZIP_DEFLATED
) -> bytes:
    """Build a workbook from the XML of its sheets' rows."""
    ids = {title: f"r{at}" for at, title in enumerate(sheets)}
    states = {title: "hidden" if title in hidden else "visible" for title in sheets}
    entries = "".join(
        f'<sheet name="{title}" sheetId="{at + 1}" r:id="r{at}" state="{states[title]}"/>'
        for at, title in enumerate(sheets)
    )
    book = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{entries}</sheets></workbook>'
    styles = "".join(f'<xf numFmtId="{number}"/>' for number in FORMATS)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": relations(r1="officeDocument xl/workbook.xml"),
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": relations(
            s="styles styles.xml",
            **{ids[title]: f"worksheet worksheets/sheet{at}.xml" for at, title in enumerate(sheets)},
        ),
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs>{styles}</cellXfs></styleSheet>',
    }
    for at, rows in enumerate(sheets.values()):
        xml = f'{prologue}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        parts[f"xl/worksheets/sheet{at}.xml"] = xml
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in [*parts.items(), *extra]:
            archive.writestr(name, content)
    return target.getvalue()


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def text(at: str, content: str) -> str:
    return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{content}</t></is></c>'


def value(at: str, content: object, *, style=0, kind="n") -> str:
    return f'<c r="{at}" s="{style}" t="{kind}"><v>{content}</v></c>'


HEADER = row(1, text("A1", "id"), text("B1", "answer"))


def refuse(raw: bytes, **options):
    with pytest.raises(FileError) as caught:
        read_sheet(raw, name="a.xlsx", **options)
    problem = caught.value.problem
    assert problem.file == "a.xlsx"
    assert problem.next_step
    return problem


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (value("B2", 3), "3"),
        (value("B2", "3.0"), "3"),
        (value("B2", "-0"), "0"),
        (value("B2", 4.5), "4.5"),
        (value("B2", "0.30000000000000004"), "0.3"),
        (value("B2", 12345678901), "12345678901"),
        (value("B2", "12345678901234567890"), "1.234567890123457E+19"),
        (value("B2", "1.2E+19"), "1.2E+19"),
        (value("B2", "45298.82061342593", style=1), "2024-01-07 19:41:41"),
        (value("B2", "45298.82061487269", style=1), "2024-01-07 19:41:41.125"),
        (value("B2", 45298, style=2), "2024-01-07"),
        (value("B2", 0.5, style=3), "12:00:00"),
        (value("B2", 1.5, style=4), "36:00:00"),
        (value("B2", 1, kind="b"), "true"),
        (value("B2", 0, kind="b"), "false"),
        (text("B2", "NA"), "NA"),
        (text("B2", " 007 "), " 007 "),
        (value("B2", "x", kind="str"), "x"),
        (value("B2", 2_958_465, style=2), "9999-12-31"),
        *((value("B2", "-1E+300", style=style), "-1E+300") for style in (1, 2, 3, 4)),
        *((value("B2", "1e12", style=style), "1000000000000") for style in (1, 2, 3, 4)),
        (value("B2", "-1", style=2), "-1"),
        *((value("B2", odd, style=style), odd) for odd in ("inf", "NaN", "1e999") for style in (0, 2, 4)),
        *((value("B2", "odd", kind=kind), "odd") for kind in ("n", "b", "zz")),
        (value("B2", "odd", kind="e"), "#N/A"),
        (value("B2", "#SPILL!", kind="e"), "#SPILL!"),
    ],
)
def test_typed_cell_becomes_text(cell, expected):
    found = read_sheet(build({"S": HEADER + row(2, text("A2", "1"), cell)}), name="a.xlsx")
    assert found.cells == [["1", expected]]


def test_row_numbers_skip_empty_rows():
    rows = (
        HEADER
        + row(3, text("A3", "x"))
        + row(7, text("B7", "y"), text("E7", "z"))
        + row(9, '<c r="A9" s="1"/>')
    )
    found = read_sheet(build({"S": rows}), name="a.xlsx")
    assert found.header == ("id", "answer", "", "", "")
    assert found.cells == [["x", "", "", "", ""], ["", "y", "", "", "z"]]
    assert found.rows == [3, 7]


def test_header_is_read_from_named_row():
    rows = row(1, text("A1", "A report")) + row(4, text("A4", "id")) + row(5, text("A5", "x"))
    found = read_sheet(build({"S": rows}), name="a.xlsx", header_row=4)
    assert (found.header, found.cells, found.rows) == (("id",), [["x"]], [5])


def test_cells_without_reference_are_placed_in_order():
    rows = (
        '<row><c t="str"><v>id</v></c><c t="str"><v>b</v></c></row><row><c><v>1</v></c><c><v>2</v></c></row>'
    )
    found = read_sheet(build({"S": rows}), name="a.xlsx")
    assert (found.header, found.cells) == (("id", "b"), [["1", "2"]])


def test_first_visible_sheet_is_read_by_default():
    data = HEADER + row(2, text("A2", "x"))
    raw = build({"Notes": data, "Empty": "", "Data": data.replace(">x<", ">y<")}, hidden=["Notes"])
    found = read_sheet(raw, name="a.xlsx")
    assert (found.sheet, found.cells) == ("Data", [["y", ""]])
    assert read_sheet(raw, name="a.xlsx", sheet="Notes").cells == [["x", ""]]


def test_unknown_sheet_suggests_nearest_name():
    problem = refuse(build({"Answers": HEADER}), sheet="Answer")
    assert (problem.reason, problem.next_step) == ("not_a_table", 'did you mean "Answers"?')


def test_formulas_without_value_are_marked_without_row():
    rows = HEADER + row(2, text("A2", "x"), value("B2", "#REF!", kind="e"), '<c r="C2"><f>1+1</f></c>')
    rows += row(3, "<c r='A3'><f>1+1</f></c>", value("B3", "#N/A", kind="e")) + row(4, text("A4", " "))
    rows += row(5, "<c r='A5'><f>1+1</f></c>", text("B5", "y"))
    found = read_sheet(build({"S": rows}), name="a.xlsx")
    assert (found.cells, found.rows) == ([["x", "#REF!"], [NO_VALUE, "y"]], [2, 5])
    assert found.warned == {"error_cells": [2, 3], "formulas_without_value": [2, 3, 5]}


def test_unread_sheets_are_listed_unless_one_named():
    data = HEADER + row(2, text("A2", "x"))
    raw = build(
        {"Data": data, "Empty": row(1), "More": data, "Hidden": row(1, value("A1", 1))}, hidden=["Hidden"]
    )
    assert read_sheet(raw, name="a.xlsx").unread == ("More", "Hidden")
    assert read_sheet(raw, name="a.xlsx", sheet="More").unread == ()


@pytest.mark.parametrize("dimension", ["", '<dimension ref="A1:B2"/>'])
def test_far_away_cell_is_rejected_at_once(dimension):
    rows = HEADER + row(1_048_576, value("XFD1048576", 1))
    raw = build({"S": rows}).replace(b"<sheetData>", dimension.encode() + b"<sheetData>")
    begin = time.perf_counter()
    problem = refuse(raw)
    assert time.perf_counter() - begin < 1
    assert (problem.reason, problem.row, problem.column) == ("too_large", 1_048_576, "XFD")


def test_styled_cells_without_value_do_not_count():
    rows = HEADER + row(2, text("A2", "x")) + row(1_048_576, '<c r="XFD1048576" s="1"/>')
    assert read_sheet(build({"S": rows}), name="a.xlsx").rows == [2]


def test_zip_bomb_is_rejected(monkeypatch):
    bomb = build({"S": HEADER}, extra=[("xl/media/a.bin", b"\0" * 20_000_000)])
    assert len(bomb) < 50_000
    assert refuse(bomb).reason == "too_large"
    monkeypatch.setattr(workbooks, "MAX_UNPACKED", 1_000)
    assert refuse(build({"S": HEADER})).reason == "too_large"
    monkeypatch.setattr(workbooks, "MAX_MEMBERS", 3)
    assert refuse(build({"S": HEADER})).reason == "too_large"


def test_wrong_size_in_zip_entry_is_rejected():
    raw = build({"S": HEADER + row(2, text("A2", "x" * 5_000))})
    size = next(
        i.file_size for i in zipfile.ZipFile(io.BytesIO(raw)).infolist() if i.filename.endswith("sheet0.xml")
    )
    lying = raw.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lying != raw
    assert refuse(lying).reason == "not_a_table"


def test_stated_number_of_texts_is_ignored():
    texts = f'<sst xmlns="{MAIN}" count="1" uniqueCount="4294967295"><si><t>x</t></si></sst>'
    raw = hostile_files.make_workbook(shared_part=texts)
    assert read_sheet(raw, name="a.xlsx").cells == [["x", "3"]]


def test_unpacking_stops_at_limit(monkeypatch):
    raw = hostile_files.lie_about_size(100)
    read = []
    piecewise = zipfile.ZipExtFile.read
    monkeypatch.setattr(workbooks, "MAX_UNPACKED", 100_000_000)

    def count(part, n=-1):
        read.append(n)
        return piecewise(part, n)

    monkeypatch.setattr(zipfile.ZipExtFile, "read", count)
    assert refuse(raw).reason == "not_a_table"
    assert all(0 < n <= 2**20 for n in read), "never all at once: a part may be longer than its entry says"


def test_cell_that_names_another_row_is_rejected():
    stray = row(1_000_000, text("XFC1", "x"), "<c><v>1</v></c>")
    assert "row 1000000" in refuse(build({"S": HEADER + stray})).expected


def test_workbook_with_entities_is_rejected():
    entities = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    assert "DOCTYPE" in refuse(build({"S": HEADER}, prologue=entities)).expected


@pytest.mark.parametrize(
    "raw",
    [
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0 an old workbook",
        b"a,b\n1,2\n",
        build({"S": HEADER})[:-40],
        build({"S": HEADER + "<row>"}),
        build({"S": HEADER + row(2, value("ZZZZ2", 1))}),
        build({"S": HEADER + row(2, value("A2", 99, kind="s"))}),
        build({"S": HEADER}, compression=zipfile.ZIP_BZIP2),
    ],
)
def test_damaged_workbook_is_rejected(raw):
    assert refuse(raw).reason == "not_a_table"


@pytest.mark.parametrize(
    ("sheets", "reason"),
    [
        ({"S": HEADER}, "empty_file"),
        ({"S": ""}, "empty_file"),
        ({"S": row(2, text("A2", "x")) + row(3, text("A3", "x"))}, "not_a_table"),
    ],
)
def test_workbook_without_records_is_rejected(sheets, reason):
    assert refuse(build(sheets)).reason == reason


def test_workbook_records_name_their_sheet(tmp_path):
    path = tmp_path / "a.XLSX"
    path.write_bytes(build({"S": HEADER + row(3, text("A3", "x"))}))
    found = read_records(path, name="a.xlsx")
    assert (found.encoding, found.sheet, found.header) == ("xlsx", "S", ("id", "answer"))
    assert found.cells.to_numpy().tolist() == [["x", ""]]
    assert found.rows.tolist() == [3]
    assert found.refused.columns.tolist() == ["row", "reason", "value", "expected"]


REAL = sorted(EXPORTS.rglob("*.xlsx")) if EXPORTS.is_dir() else []


@pytest.mark.skipif(not REAL, reason="the real exports (../shared/exports/files) are absent")
def test_real_workbooks_are_read_completely():
    shapes = {}
    for path in REAL:
        found = read_records(path, name=path.name)
        shapes[path.name] = (found.sheet, found.cells.shape, found.rows.tolist()[-1], found.warnings)
    assert shapes["t0mrg_form.xlsx"] == ("Sheet1", (3, 9), 4, {})
    assert shapes["lebelolerato_formscsv_saved_as_xlsx.xlsx"][1:] == ((15, 39), 16, {})
