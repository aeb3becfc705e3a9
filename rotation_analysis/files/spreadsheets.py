"""CSV output, with formula escaping: spreadsheets show every cell as it is and compute none.

Excel, LibreOffice and Google Sheets treat a cell that begins with = + - @ as a formula,
also after blanks and in full width (https://owasp.org/www-community/attacks/CSV_Injection).  Such texts are
prefixed with an apostrophe, which marks the cell as text; numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Sequence

Cell = str | int | float | None
BYTE_ORDER_MARK = "\ufeff"  # without it Excel decodes Japanese with the machine's code page
FORMULA = frozenset("=+-@")
"""After NFKC, which maps full-width and small forms to these."""
UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
SEPARATORS = re.compile(r"(?<=[;\t])")


def write_rows(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    r"""Write CSV (RFC 4180) with a byte order mark and CRLF, for spreadsheet programs.

    Raises ValueError for a row that is not as wide as `head`, and for a number that is not finite.

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


def escape_formula(text: str) -> str:
    """Put an apostrophe before each part of a text that a spreadsheet would compute.

    Parts are the text's beginning and what follows a semicolon or a tab: with a comma as the decimal
    separator, programs split cells there.

    >>> escape_formula("　＝1+1"), escape_formula("a=1"), escape_formula("a; =1")
    ("'　＝1+1", 'a=1', "a;' =1")
    """
    pieces = SEPARATORS.split(text)
    return "".join(f"'{piece}" if _starts_formula(piece) else piece for piece in pieces)


def _cell(value: Cell) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, str):
        # LF ends lines; programs stop at NUL, and lone surrogates cannot be encoded
        plain = value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        return escape_formula(plain.encode("utf-8", "replace").decode("utf-8"))
    if not math.isfinite(value):
        raise ValueError(f"no number for a spreadsheet: {value}")
    return value


def _starts_formula(piece: str) -> bool:
    """Return True for a leading tab or formula sign, also after blanks, quotes and invisible characters."""
    if piece[:1] in ("\t", "\r", "\n"):
        return True
    for letter in piece:
        if letter != '"' and unicodedata.category(letter) not in UNSEEN:
            return unicodedata.normalize("NFKC", letter)[:1] in FORMULA
    return False
