"""Files made to do harm, written where a test wants them and never stored; and a reader that survives them.

As a script this reads the files it is told, each in a process of its own with bounds on memory and time.
"""

from __future__ import annotations

import gc
import io
import json
import os
import random
import resource
import signal
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

MEMORY = 500_000_000
"""Bytes of address space a child may take beyond those of an interpreter that has pandas imported."""
SECONDS = 5
"""Of processor time."""

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MEGABYTE = 1_000_000
BLANKS = b" " * MEGABYTE
BOOK, STYLES = "xl/workbook.xml", "xl/styles.xml"
SHEET, SHARED = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"

HEADER = '<row r="1"><c r="A1" t="str"><v>id</v></c><c r="B1" t="str"><v>answer</v></c></row>'
RECORD = '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2"><v>3</v></c></row>'
LAUGHS = (
    '<!DOCTYPE laughs [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)


Runs = list[tuple[bytes, int]]
"""Blocks, and how often each comes in a row."""


def make_sheet(rows: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def write_part(archive: zipfile.ZipFile, name: str, runs: Runs) -> None:
    """A part of a workbook; what repeats is deflated once, each block without regard to those before it."""
    assert archive.fp is not None
    packed, checksum = io.BytesIO(), 0
    for block, times in runs:
        deflate = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
        packed.write((deflate.compress(block) + deflate.flush(zlib.Z_FULL_FLUSH)) * times)
        for _ in range(times):
            checksum = zlib.crc32(block, checksum)
    part = zipfile.ZipInfo(name)
    archive.writestr(part, packed.getvalue() + zlib.compress(b"", wbits=-zlib.MAX_WBITS))
    part.compress_type, part.CRC = zipfile.ZIP_DEFLATED, checksum
    part.file_size = sum(len(block) * times for block, times in runs)
    end = archive.fp.tell()
    archive.fp.seek(part.header_offset)
    archive.fp.write(part.FileHeader())
    archive.fp.seek(end)


def make_workbook(
    rows: str = HEADER + RECORD,
    *,
    shared: str = "<si><t>x</t></si>",
    prologue: dict[str, str] | None = None,
    extra: Iterable[tuple[str, bytes | Runs]] = (),
    styles: str = "",
    sheet: str | None = None,
    shared_part: str | None = None,
    fill: tuple[str, Runs] = ("", []),
) -> bytes:
    """A workbook of one sheet; `prologue`: part → what stands before its XML.

    `fill`: a part, and what fills it up, behind its last element.
    """
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        BOOK: f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target="{target}"/>'
            for key, kind, target in (
                ("r1", "worksheet", "worksheets/sheet1.xml"),
                ("r2", "sharedStrings", "sharedStrings.xml"),
                ("r3", "styles", "styles.xml"),
            )
        )
        + "</Relationships>",
        STYLES: f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>',
        SHARED: shared_part or f'<sst xmlns="{MAIN}">{shared}</sst>',
        SHEET: sheet or make_sheet(rows),
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            xml = ((prologue or {}).get(name, "") + content).encode()
            end = xml.find(b"</sheetData>") if name == SHEET else xml.rfind(b"</")
            filled = fill[1] if name == fill[0] else []
            write_part(archive, name, [(xml[:end], 1), *filled, (xml[end:], 1)])
        for name, more in extra:
            write_part(archive, name, [(more, 1)] if isinstance(more, bytes) else more)
    return target.getvalue()


def cell(at: str, value: object, kind: str = "n") -> str:
    return f'<c r="{at}" t="{kind}"><v>{value}</v></c>'


def write(name: str, content: Callable[[], bytes]) -> Callable[[Path], Path]:
    """A maker of a file called `name`; what it holds is made only then."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content())
        return path

    return make


def link(name: str, target: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).symlink_to(target)
        return folder / name

    return make


def make_folder(folder: Path) -> Path:
    (folder / "a.csv").mkdir()
    return folder / "a.csv"


def make_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "a.json")
    return folder / "a.json"


def make_sparse(name: str, size: int) -> Callable[[Path], Path]:
    """Zeros that take no room on the disk."""

    def make(folder: Path) -> Path:
        with (folder / name).open("wb") as file:
            file.truncate(size)
        return folder / name

    return make


def nest(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def shuffle(size: int) -> bytes:
    return random.Random(1).randbytes(size)


def incompressible(size: int) -> str:
    return random.Random(1).randbytes(size // 2).hex()


def lie_about_size(megabytes: int = 100, *, told: int = 1_000) -> bytes:
    """A bomb whose entries say that it is small."""
    return pad_sheet(megabytes).replace(
        (megabytes * MEGABYTE).to_bytes(4, "little"), told.to_bytes(4, "little")
    )


def pad_sheet(megabytes: int) -> bytes:
    """A workbook whose sheet has so many megabytes, nearly all of them blanks."""
    own = len(make_sheet(HEADER + RECORD))
    return make_workbook(fill=(SHEET, [(BLANKS, megabytes - 1), (b" " * (MEGABYTE - own), 1)]))


def pack_tightly(unit: str, megabytes: int) -> Runs:
    """XML of so many bytes that deflate makes 150 times smaller only, as no bound on the ratio suspects."""
    piece = unit * (megabytes * 1_000 // len(unit))
    return [(f"{piece}<!--{incompressible(megabytes * 1_000 // 150)}-->".encode(), 1_000)]


def quote_in_quotes() -> bytes:
    return b'a,b\n"' + b'""' * (5 * MEGABYTE)


FAR = HEADER + f'<row r="1048576">{cell("XFD1048576", 1)}</row>'
COLUMN = "".join(f'<row r="{n}">{cell(f"A{n}", n)}</row>' for n in range(2, 60_000))
MANY_ATTRIBUTES = " ".join(f"a{n}='1'" for n in range(300_000))

WORKBOOKS: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "last cell": (lambda: make_workbook(FAR), "too_large"),
    "last column, many rows": (
        lambda: make_workbook(HEADER + COLUMN + f'<row r="70000">{cell("XFD70000", 1)}</row>'),
        "too_large",
    ),
    "bomb in the sheet": (lambda: pad_sheet(50), "too_large"),
    "bomb beside the sheet": (
        lambda: make_workbook(extra=[("xl/media/a.bin", [(bytes(MEGABYTE), 50)])]),
        "too_large",
    ),
    "bomb in the shared strings": (
        lambda: make_workbook(shared="<si><t>x", fill=(SHARED, [(b"x" * MEGABYTE, 50), (b"</t></si>", 1)])),
        "too_large",
    ),
    "bomb that lies": (lie_about_size, "not_a_table"),
    "large bomb that lies": (lambda: lie_about_size(800), "not_a_table"),
    "large bomb that says it is at the limit": (
        lambda: lie_about_size(800, told=5 * MEGABYTE),
        "not_a_table",
    ),
    "bomb that lies beside the sheet": (
        lambda: make_workbook(extra=[("xl/media/a.xml", [(BLANKS, 200)])]).replace(
            (200 * MEGABYTE).to_bytes(4, "little"), MEGABYTE.to_bytes(4, "little")
        ),
        None,
    ),
    **{
        f"slow bomb of {size} MB {where}": (
            lambda size=size, options=options: make_workbook(**options(size)),  # type: ignore[misc]
            "too_large" if size > 160 and where != "beside the sheet" else None,
        )
        for size in (150, 290)
        for where, options in (
            ("in the sheet", lambda size: {"fill": (SHEET, pack_tightly('<row><c s="1"/></row>', size))}),
            ("of text in the sheet", lambda size: {"fill": (SHEET, pack_tightly("text ", size))}),
            ("in the shared strings", lambda size: {"fill": (SHARED, pack_tightly("<r/>", size))}),
            ("in the styles", lambda size: {"fill": (STYLES, pack_tightly("<a/>", size))}),
            ("beside the sheet", lambda size: {"extra": [("xl/media/a.xml", pack_tightly("<a/>", size))]}),
        )
    },
    "number of texts that is not true": (
        lambda: make_workbook(
            shared_part=f'<sst xmlns="{MAIN}" uniqueCount="4294967295"><si><t>x</t></si></sst>'
        ),
        None,
    ),
    "range that is not true": (
        lambda: make_workbook(
            sheet=f'<worksheet xmlns="{MAIN}"><dimension ref="A1:B4294967295"/><sheetData>{HEADER}{RECORD}'
            "</sheetData></worksheet>"
        ),
        None,
    ),
    "cell in another row than its own": (
        lambda: make_workbook(HEADER + f'<row r="1000000">{cell("XFC1", 1)}<c><v>1</v></c></row>'),
        "not_a_table",
    ),
    "negative days": (
        lambda: make_workbook(
            HEADER
            + "".join(f'<row r="{n}"><c r="A{n}" s="1"><v>-1e99</v></c></row>' for n in range(2, 100_000)),
            styles='<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>',
        ),
        None,
    ),
    "a list of parts without end": (lambda: make_workbook() + b"PK\x01\x02" * 100_000, "too_large"),
    "entities in the sheet": (
        lambda: make_workbook(HEADER + RECORD.replace("<v>3", "<v>&a9;"), prologue={SHEET: LAUGHS}),
        "not_a_table",
    ),
    "entities in the shared strings": (
        lambda: make_workbook(shared="<si><t>&a9;</t></si>", prologue={SHARED: LAUGHS}),
        "not_a_table",
    ),
    "entities in the workbook": (lambda: make_workbook(prologue={BOOK: LAUGHS}), "not_a_table"),
    "entity of a file": (
        lambda: make_workbook(
            shared="<si><t>&f;</t></si>",
            prologue={SHARED: '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'},
        ),
        "not_a_table",
    ),
    "thousands of parts": (
        lambda: make_workbook(extra=[(f"xl/media/{n}", b"") for n in range(20_000)]),
        "too_large",
    ),
    "parts outside": (
        lambda: make_workbook(
            extra=[("../../a.xml", b"<a/>"), ("/etc/a.xml", b"<a/>"), ("..\\a.xml", b"<a/>")]
        ),
        None,
    ),
    "two cells at one place": (
        lambda: make_workbook(HEADER + RECORD + RECORD.replace("<v>3", "<v>4")),
        "not_a_table",
    ),
    "rows backwards": (lambda: make_workbook(RECORD + HEADER), None),
    "cell in another row": (lambda: make_workbook(HEADER + f'<row r="2">{cell("A9", 1)}</row>'), None),
    "row zero": (lambda: make_workbook(HEADER + f'<row r="0">{cell("A0", 1)}</row>'), "not_a_table"),
    "row beyond the last": (
        lambda: make_workbook(HEADER + f'<row r="9999999">{cell("A9999999", 1)}</row>'),
        "too_large",
    ),
    "row that is negative": (lambda: make_workbook(HEADER + f'<row r="-5">{cell("A2", 1)}</row>'), None),
    "shared string that is not there": (
        lambda: make_workbook(HEADER + RECORD.replace("<v>0", "<v>99999999999")),
        "not_a_table",
    ),
    "shared string before the first": (
        lambda: make_workbook(HEADER + RECORD.replace("<v>0", "<v>-1")),
        "not_a_table",
    ),
    "style that is not there": (
        lambda: make_workbook(HEADER + '<row r="2"><c r="A2" s="99999"><v>1</v></c></row>'),
        None,
    ),
    "millions of styles": (
        lambda: make_workbook(styles="<cellXfs>" + '<xf numFmtId="1"/>' * (2 * MEGABYTE) + "</cellXfs>"),
        "too_large",
    ),
    "texts elsewhere": (
        lambda: make_workbook().replace(b"xl/sharedStrings.xml", b"xl/sharedStringz.xml"),
        "not_a_table",
    ),
    "huge shared strings": (
        lambda: make_workbook(shared=f"<si><t>{incompressible(10 * MEGABYTE)}</t></si>"),
        "too_large",
    ),
    "many shared strings": (
        lambda: make_workbook(
            shared="".join(f"<si><t>{n * 7919 % 1000003}</t></si>" for n in range(2_100_000))
        ),
        "too_large",
    ),
    "one string in every cell": (
        lambda: make_workbook(
            HEADER + "".join(f'<row r="{n}">{cell(f"A{n}", 0, "s")}</row>' for n in range(2, 100_000)),
            shared="<si><t>" + "x" * 32_000 + "</t></si>",
        ),
        None,
    ),
    "number without end": (lambda: make_workbook(HEADER + RECORD.replace("<v>3", "<v>" + "9" * 300)), None),
    "number that is none": (lambda: make_workbook(HEADER + RECORD.replace("<v>3", "<v>NaN")), None),
    "date before all": (
        lambda: make_workbook(
            HEADER + '<row r="2"><c r="A2" s="1"><v>-1e300</v></c></row>',
            styles='<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>',
        ),
        None,
    ),
    "elements in elements": (
        lambda: make_workbook(HEADER + RECORD + "<a>" * 300_000 + "</a>" * 300_000),
        None,
    ),
    "attributes without end": (
        lambda: make_workbook(HEADER + f'<row r="2" {MANY_ATTRIBUTES}>{cell("A2", 1)}</row>'),
        None,
    ),
    "merged over everything": (
        lambda: make_workbook(
            sheet=f'<worksheet xmlns="{MAIN}"><dimension ref="A1:XFD1048576"/><sheetData>{HEADER}{RECORD}'
            '</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>'
        ),
        None,
    ),
    "binary workbook": (lambda: make_workbook(extra=[("xl/workbook.bin", shuffle(1_000))]), None),
    "old or locked workbook": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + shuffle(MEGABYTE),
        "not_a_table",
    ),
    "cut workbook": (lambda: make_workbook()[:-200], "not_a_table"),
    "CSV called .xlsx": (lambda: b"a,b\n1,2\n", "not_a_table"),
    "HTML called .xlsx": (lambda: b"<!DOCTYPE html><table><tr><td>1</td></tr></table>", "not_a_table"),
    "picture called .xlsx": (lambda: b"\x89PNG\r\n\x1a\n" + shuffle(10_000), "not_a_table"),
    "noise called .xlsx": (lambda: shuffle(MEGABYTE), "not_a_table"),
}
"""What it is → its bytes, and the reason for which it is refused; None: harmless, read or refused."""

TABLES: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "one long line": (lambda: b"a,b\n" + b"x," * (50 * MEGABYTE), "too_large"),
    "one long line, beyond ASCII": (lambda: "a,b\n😀".encode() + b"x," * (50 * MEGABYTE), "too_large"),
    "one large cell": (lambda: b'a,b\n1,"' + b"x" * (50 * MEGABYTE) + b'"\n', "too_large"),
    "one large cell of lines": (lambda: b'a,b\n1,"' + b"xxxxxxx\n" * (6 * MEGABYTE) + b'"\n', "bad_quote"),
    "quote that never closes": (lambda: b'a,b\n1,"2\n' + b"1,2\n" * (10 * MEGABYTE), "bad_quote"),
    "very many columns": (lambda: b"a," * 200_000 + b"a\n" + b"1," * 200_000 + b"1\n", "too_large"),
    "columns without names": (lambda: b"," * 200_000 + b"\n" + b"," * 200_000 + b"\n", "too_large"),
    "very many short lines": (lambda: b"a\n" + b"1\n" * (30 * MEGABYTE), "too_large"),
    "very many empty lines": (lambda: b"a\n" + b"\n" * (60 * MEGABYTE), "too_large"),
    "very many carriage returns": (lambda: b"a\r" * (30 * MEGABYTE), "too_large"),
    "short lines, not UTF-8": (lambda: b"\x82\xa0\n" * (30 * MEGABYTE), "too_large"),
    "one lone byte after much": (lambda: b"a,b\n" + b"1,2\n" * (4 * MEGABYTE) + b"\x82\n", None),
    "quotes alone": (lambda: b'"' * (10 * MEGABYTE + 1), "too_large"),
    "quotes in quotes": (quote_in_quotes, "too_large"),
    "quoted lines": (lambda: b'""\n' * 300_000, None),
    "separators alone": (lambda: b"a\n" + (b"," * 10_000 + b"\n") * 500, None),
    "wide header, many short records": (lambda: b"a," * 10_000 + b"a\n" + b"1\n" * 200_000, None),
    "noise": (lambda: shuffle(5 * MEGABYTE), None),
    "NUL alone": (lambda: b"\0" * (10 * MEGABYTE), "bad_encoding"),
    "spaces alone": (lambda: b" " * (20 * MEGABYTE), "empty_file"),
    "spaces before a page": (lambda: b" " * (10 * MEGABYTE) + b"<html>", "not_a_table"),
    "many separators to choose": (lambda: b'"' + b",;\t" * (3 * MEGABYTE), "too_large"),
    "opened brackets in the header": (lambda: b"id," + b"[" * 900_000 + b"\n1,2\n", None),
    "spaces in the header": (lambda: b"id,a" + b" " * 900_000 + b"b\n1,2\n", None),
    "long date": (lambda: b"id,a\n1,2024-01-01" + b" " * 900_000 + b"\n", None),
    "date of digits": (lambda: b"id,a\n1," + b"1" * 900_000 + b"\n", None),
    "date of letters": (lambda: b"id,a\n1,1 " + b"a" * 900_000 + b" 1\n", None),
    "date in brackets": (lambda: b"id,a\n1,1 Jan 2024 10:00:00 " + b"(" * 900_000 + b"\n", None),
    "number of commas": (lambda: b'id,a\n1,"1' + b",111" * 200_000 + b'x"\n', None),
    "level of spaces": (lambda: b"id,a\n1,1" + b" " * 900_000 + b"x\n", None),
    "level of ideographic spaces": (lambda: "id,a\n1,1{}x\n".format("\u3000" * 300_000).encode(), None),
    "letters that grow": (lambda: "id,a\n1,{}\n".format("\ufdfa" * 300_000).encode(), None),
}

DOCUMENTS: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "deep": (lambda: nest(5 * MEGABYTE // 2), "too_large"),
    "deep enough": (lambda: nest(500_000), "too_large"),
    "deep objects": (lambda: b'{"a":' * 200_000 + b"1" + b"}" * 200_000, "too_large"),
    "deep and cut": (lambda: b"[" * 900_000, "too_large"),
    "closed and closed": (lambda: b"[" + b"]" * (20 * MEGABYTE), "not_a_table"),
    "very many numbers": (lambda: b"[1" + b",1" * (10 * MEGABYTE) + b"]", "too_large"),
    "very many objects": (lambda: b"[{}" + b",{}" * (10 * MEGABYTE) + b"]", "too_large"),
    "as many keys as there may be": (
        lambda: b"{" + b",".join(b'"%d":%d' % (n, n * 1_000_003) for n in range(1_240_000)) + b"}",
        None,
    ),
    "as many objects as there may be": (
        lambda: b"[" + b",".join(b'{"a":%d}' % (n * 1_000_003) for n in range(990_000)) + b"]",
        None,
    ),
    "as many objects of nothing as there may be": (
        lambda: b"[" + b",".join([b"{}"] * 999_000) + b"]",
        "no_profile",
    ),
    "lines of nothing": (lambda: b"{}\n" * 500_000, "no_profile"),
    "keys that repeat at the end": (
        lambda: b"{" + b",".join(b'"%d":%d' % (n, n) for n in range(400_000)) + b',"0":0}',
        "not_a_table",
    ),
    "one long text": (lambda: b'["' + b"x" * (60 * MEGABYTE) + b'"]', None),
    "one long text beyond ASCII": (lambda: '["😀'.encode() + b"x" * (20 * MEGABYTE) + b'"]', None),
    "one long text of escapes": (lambda: b'["' + b"\\n" * (10 * MEGABYTE) + b'"]', None),
    "halves of characters": (lambda: b'["' + b"\\ud83d" * (2 * MEGABYTE) + b'"]', None),
    "text of escapes that never ends": (lambda: b'["' + b'\\"' * (10 * MEGABYTE), "not_a_table"),
    "backslashes": (lambda: b'["' + b"\\\\" * (10 * MEGABYTE) + b'u0000"]', None),
    "texts that never end": (lambda: b'"' * (10 * MEGABYTE + 1), "not_a_table"),
    "spaces before nothing": (lambda: b"[" + b" " * (20 * MEGABYTE), "not_a_table"),
    "spaces after a key": (lambda: b'{"a"' + b" " * (20 * MEGABYTE), "not_a_table"),
    "lines of spaces": (lambda: (b" " * 1_000 + b"\n") * 10_000 + b"[1]", None),
    "number of 300 digits": (lambda: b"[" + b"9" * 300 + b"]", None),
    "number without end": (lambda: b"[" + b"9" * (20 * MEGABYTE) + b"]", None),
    "number with an exponent": (lambda: b"[1e999999999]", None),
    "noise": (lambda: shuffle(5 * MEGABYTE), "bad_encoding"),
    "workbook": (make_workbook, "not_a_table"),
    "page": (lambda: b"<!DOCTYPE html><title>Sign in</title>", "not_a_table"),
    "CSV": (lambda: b"a,b\n1,2\n", "not_a_table"),
}

PATHS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "folder": (make_folder, "not_a_file"),
    "pipe": (make_pipe, "not_a_file"),
    "loop of links": (link("a.csv", "a.csv"), "not_a_file"),
    "link to a device": (link("a.json", "/dev/zero"), "not_a_file"),
    "link to noise": (link("a.xlsx", "/dev/urandom"), "not_a_file"),
    "link to a file of the system": (link("a.csv", "/proc/self/maps"), "not_a_file"),
    "link to nothing": (link("a.jsonl", "nothing"), "not_a_file"),
    "a terabyte of nothing": (make_sparse("a.csv", 10**12), "too_large"),
    "a terabyte of nothing, JSON": (make_sparse("a.json", 10**12), "too_large"),
    "a terabyte of nothing, XLSX": (make_sparse("a.xlsx", 10**12), "too_large"),
}

FILES: dict[str, tuple[Callable[[Path], Path], str | None]] = {
    **{f"XLSX: {what}": (write("a.xlsx", make), reason) for what, (make, reason) in WORKBOOKS.items()},
    **{f"CSV: {what}": (write("a.csv", make), reason) for what, (make, reason) in TABLES.items()},
    **{f"JSON: {what}": (write("a.json", make), reason) for what, (make, reason) in DOCUMENTS.items()},
    "JSON: very many lines": (write("a.jsonl", lambda: b"1\n" * (30 * MEGABYTE)), "too_large"),
    **{f"path: {what}": made for what, made in PATHS.items()},
}
"""What it is → its maker, and the reason for which it is refused; None: harmless, read or refused."""


def read(path: Path) -> dict[str, object]:
    """How the file ends: `read` (how much), or `reason`, `expected` and `next_step`."""
    from rotation_analysis.errors import FileError
    from rotation_analysis.files import cells
    from rotation_analysis.files.documents import read_document
    from rotation_analysis.files.records import read_records
    from rotation_analysis.programme.model import Source
    from rotation_analysis.reading.profile_matching import choose_profile
    from rotation_analysis.reading.profiles import read_profiles

    try:
        if path.suffix in (".json", ".jsonl"):
            document = read_document(path, name="a")
            choose_profile(document, Source(name="a", files=("*",)), read_profiles())
            return {"read": 1}
        found = read_records(path, name="a")
    except FileError as refusal:
        problem = refusal.problem
        return {
            "reason": problem.reason,
            "expected": problem.expected,
            "next_step": problem.next_step,
            "shown": len(str(problem)),
        }
    if len(found.rows) == 1:
        text = found.cells[found.cells.columns[-1]]
        cells.read_datetimes(text, order=None, timezone="Asia/Tokyo")
        cells.read_dates(text, order="dmy")
        cells.read_levels(text, {1: ["bad"], 5: ["good"]}, low=1, high=5)
        cells.read_numbers(text)
        cells.read_ids(text)
        cells.read_flags(text, ["yes"], ["no"])
        for title in found.header:
            cells.fold(title)
    return {"read": len(found.rows), "refused": len(found.refused)}


def read_bounded(path: Path, answer: int) -> None:
    """`read` in this process, which has no more to live for."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    bound = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    signal.alarm(6 * SECONDS)
    try:
        outcome = read(path)
    except BaseException as error:
        outcome = {"error": f"{type(error).__name__}: {str(error)[:200]}"}
    used = resource.getrusage(resource.RUSAGE_SELF)
    outcome |= {"seconds": round(used.ru_utime + used.ru_stime, 1), "peak": used.ru_maxrss // 1_000}
    os.write(answer, json.dumps(outcome).encode())


def serve() -> None:
    """Reads every path of the standard input in a child, and answers with a line of JSON."""
    with tempfile.TemporaryDirectory() as folder:  # once each way, so that no child imports anything
        for name, content in (("a.csv", b"a,b\n1,2\n"), ("a.xlsx", make_workbook()), ("a.json", b"[{}]")):
            read(write(name, lambda content=content: content)(Path(folder)))  # type: ignore[misc]
    gc.freeze()  # a child's collector leaves the memory that it shares alone

    for line in sys.stdin:
        told, answer = os.pipe()
        child = os.fork()
        if child == 0:
            read_bounded(Path(line.rstrip("\n")), answer)
            os._exit(0)
        os.close(answer)
        with open(told, "rb") as pipe:  # noqa: PTH123
            outcome = pipe.read()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(outcome.decode() if outcome else json.dumps({"ended": status}), flush=True)


if __name__ == "__main__":
    serve()
