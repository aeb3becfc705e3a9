"""The one door into CSV: cells that a spreadsheet shows as they are, and never computes.

Excel, LibreOffice and Google Sheets take a cell that begins with = + - @ for a formula, whoever typed it,
also after blanks and in full width (https://owasp.org/www-community/attacks/CSV_Injection).  Such texts get
an apostrophe in front, which shows that the cell is text; numbers are given as numbers and stay numbers.
"""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Sequence

Cell = str | int | float | None
BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads Japanese in the machine's code page
FORMULA = frozenset("=+-@")
"""After NFKC, so that full-width and small ones are among them."""
UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
SEPARATORS = re.compile(r"(?<=[;\t])")


def write_rows(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    r"""CSV as RFC 4180 has it, with a byte order mark and CRLF, for spreadsheet programs.

    `rows` are as wide as `head`.  Raises ValueError for a row that is not, and for a number
    that is not finite.

    >>> write_rows(["件名", "件数"], [["=1+1", -2], ["a\nb", None]])
    '\ufeff件名,件数\r\n\'=1+1,-2\r\n"a\nb",\r\n'
    """
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text, lineterminator="\r\n")
    for row in (head, *rows):
        if len(row) != len(head):
            raise ValueError(f"a row of {len(row)} cells in a table of {len(head)} columns")
        writer.writerow([_cell(value) for value in row])
    return text.getvalue()


def harmless(text: str) -> str:
    """The text, with an apostrophe before each sign at which a spreadsheet would begin to compute.

    That is its beginning, and what follows a semicolon or a tab: where the decimal sign is a comma, programs
    split cells there.

    >>> harmless("　＝1+1"), harmless("a=1"), harmless("a; =1")
    ("'　＝1+1", 'a=1', "a;' =1")
    """
    pieces = SEPARATORS.split(text)
    return "".join(f"'{piece}" if _computes(piece) else piece for piece in pieces)


def _cell(value: Cell) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, str):
        # LF ends lines; at zeros programs stop, and halves of characters cannot be stored
        plain = value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        return harmless(plain.encode("utf-8", "replace").decode("utf-8"))
    if not math.isfinite(value):
        raise ValueError(f"no number for a spreadsheet: {value}")
    return value


def _computes(piece: str) -> bool:
    """Whether a formula's sign or a tab comes first, or only blanks, quotes, unseen characters before it."""
    if piece[:1] in ("\t", "\r", "\n"):
        return True
    for letter in piece:
        if letter != '"' and unicodedata.category(letter) not in UNSEEN:
            return unicodedata.normalize("NFKC", letter)[:1] in FORMULA
    return False
