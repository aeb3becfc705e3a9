"""Decode a file's bytes to text, or reject the file with position and remedy.

Never guess silently: the byte order mark decides, otherwise the declaration, otherwise strict UTF-8,
otherwise, for CSV only, CP932 if nothing contradicts it (with a warning).
"""

from __future__ import annotations

import codecs
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from ..errors import FileError, did_you_mean, refused

ENCODINGS = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "ascii"),
    *("cp932", "euc_jp", "iso2022_jp", "cp1252", "iso8859-1", "iso8859-15", "mac-roman"),
)
_SPELLINGS = {
    **{re.sub(r"[-_]", "", name): name for name in ENCODINGS},
    # Files declared as Shift_JIS come from Windows and are CP932.
    **dict.fromkeys(("shiftjis", "sjis", "windows31j", "ms932", "mskanji"), "cp932"),
    **dict.fromkeys(("windows1252", "ansi"), "cp1252"),
    **dict.fromkeys(("macroman", "macintosh"), "mac-roman"),
    "latin1": "iso8859-1",
}
_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_MAGIC = (
    (b"PK\x03\x04", "a zip or a workbook", "name it .xlsx if it is a workbook, unpack it if it is a zip"),
    (b"\xd0\xcf\x11\xe0", "an old or a locked Excel workbook", "save it as .xlsx without a password"),
    (b"\x1f\x8b", "a gzip file", "unpack it"),
    (b"%PDF-", "a PDF", "export the data itself"),
    (b"\x89PNG", "a picture", "export the data itself"),
)
_FIRST_LINE = 1_000_000
_MOST_LINES = 1_000
_WINDOW = 2**23
_LONGEST = 4  # characters of a pattern that the end of a window can cut: mojibake, an escape
_PAGE = re.compile(r"\s*<(?:!doctype|html|head|body|\?xml)\b", re.IGNORECASE)
_JSON = re.compile(r'\s*(?:\{\s*"|\[\s*\{)')
_ISO_2022 = re.compile(r"\x1b[$(][@BJ]")
_PRIVATE = re.compile("[\ue000-\uf8ff\u0080\u00a0]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_KANA = re.compile("[\u3041-\u30fa]")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff][^\r\n]*")
_LIKELY = ("cp932", "euc_jp", "cp1252", "mac-roman")
"""Likely encodings of a file that is not UTF-8, suggested in the remedy."""
_BY_LINE = frozenset(ENCODINGS) - {"utf-16", "utf-16-le", "utf-16-be", "utf-32", "iso2022_jp"}
_SHOWN = 8  # letters shown before and after the position
_LATIN = "\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
LEADS = "\ufffdÃâãäåæçèé縺繧繝"
MOJIBAKE = re.compile(
    f"\ufffd|[Ãâ][{_LATIN}]|ã[\u0080-\u0083€‚ƒ]|[äåæçèé](?!\xa0»)[{_LATIN}]{{2}}|[縺繧繝][\uff61-\uff9f\u3040-\u9fff]"
)
"""Text once decoded with the wrong encoding: UTF-8 as Latin or as CP932, or U+FFFD.

Always contains one of the `LEADS`: testing for these first is far quicker on long clean text.
"""


@dataclass(frozen=True)
class Text:
    """A file as UTF-8 without a mark; `encoding`: the original; `guessed`, `garbled`: reasons to warn."""

    body: bytes
    encoding: str
    guessed: bool
    garbled: bool


def list_folder(folder: Path) -> list[Path]:
    """List a folder next to the programme in the order of names; an absent folder is empty.

    Raises `FileError` if the path exists but is not a readable folder, such as a broken or circular link:
    its content must not be skipped silently.
    """
    try:
        return sorted(folder.iterdir()) if folder.exists() or folder.is_symlink() else []
    except (OSError, RuntimeError) as error:
        remedy = getattr(error, "strerror", None) or "check the link"
        raise refused(folder.name, "not_a_file", "a folder", remedy) from None


def read_bytes(path: Path, *, name: str, limit: int, next_step: str, may_be_empty: bool = False) -> bytes:
    """Read the bytes of a file called `name`, at most `limit`; `next_step` is the advice if there are more.

    Raises `FileError`: not_a_file, too_large, empty_file.
    """
    try:
        found = path.stat()
        # Opening a pipe or a device could block for ever.
        if not stat.S_ISREG(found.st_mode):
            raise refused(name, "not_a_file", "a file", "name the exported file itself")
        if found.st_size > limit:
            raise refused(name, "too_large", f"at most {limit:,} bytes", next_step)
        with path.open("rb") as file:
            raw = file.read(found.st_size + 1)
        if len(raw) != found.st_size:
            raise refused(name, "not_a_file", "a file that nobody is writing", "wait, and read it again")
    except (OSError, ValueError) as error:
        remedy = getattr(error, "strerror", None) or "check the path"
        raise refused(name, "not_a_file", "a readable file", remedy) from None
    if not may_be_empty and (not raw or raw.isspace()):
        raise refused(name, "empty_file", "records; the file is empty", "export it again")
    return raw


def decode(raw: bytes, *, name: str, encoding: str | None = None) -> Text:
    """Decode a CSV file called `name`; `encoding` as declared by its owner.

    A byte order mark overrides the declaration.  Raises `FileError`: bad_encoding, not_a_table.
    """
    _check_magic(raw, name, "a CSV file")
    known = _find_encoding(raw, encoding, name)
    guessed = False
    try:
        body, garbled = _decode_checked(raw, known or "utf-8", name=name, declared=encoding is not None)
    except UnicodeError as error:
        if known is not None or not isinstance(error, UnicodeDecodeError):
            raise _build_decode_error(raw, error, name=name, encoding=known or "utf-8") from None
        _check_cp932(raw, error, name)
        known, guessed = "cp932", True
        body, garbled = _decode_checked(raw, known, name=name, declared=encoding is not None)
    return Text(body, known or "utf-8", guessed, garbled)


def _decode_checked(raw: bytes, encoding: str, *, name: str, declared: bool) -> tuple[bytes, bool]:
    """Return the text as UTF-8 without a byte order mark, and whether it looks garbled.

    Works in windows: decoding at once would hold a large Japanese file in memory three times.
    """
    bodies, begun, garbled, nuls, letters, tail = [], False, False, 0, 0, ""
    same = encoding in ("utf-8", "ascii") and not raw.startswith(b"\xef\xbb\xbf")
    for number, piece in enumerate(_read_windows(raw, encoding)):
        text = piece.lstrip("\ufeff") if number == 0 else piece
        if not begun and not text.isspace():
            _check_page(text, name, "a CSV file")
            if _JSON.match(text):
                raise refused(name, "not_a_table", "a CSV file; this is JSON", "name it .json")
            if any("\0" in line for line in text[:_FIRST_LINE].splitlines()[:1]):
                raise _build_nul_error(name)
            begun = True
        joined = tail + text
        if not declared and "\x1b" in joined and _ISO_2022.search(joined):
            expected = "UTF-8; this may be ISO-2022-JP"
            raise refused(name, "bad_encoding", expected, "declare its encoding (encoding = iso2022_jp)")
        garbled = garbled or (any(lead in joined for lead in LEADS) and MOJIBAKE.search(joined) is not None)
        nuls, letters, tail = nuls + text.count("\0"), letters + len(text), text[-_LONGEST:]
        if not same:
            bodies.append(text.encode("utf-8"))
    if nuls * 4 > letters:
        raise _build_nul_error(name)
    return raw if same else b"".join(bodies), garbled


def _read_windows(raw: bytes, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    view = memoryview(raw)
    for begin in range(0, len(raw), _WINDOW):
        end = begin + _WINDOW
        try:
            yield decoder.decode(view[begin:end], final=end >= len(raw))
        except UnicodeDecodeError:
            # The error has the offset within the window; decoding everything gives the byte.
            raw.decode(encoding)
            raise


def decode_json(raw: bytes, *, name: str, encoding: str | None = None) -> tuple[str, str]:
    """Return text (without a byte order mark) and encoding of a JSON file; UTF-8 by default, never guessed.

    Raises `FileError`: bad_encoding, not_a_table.
    """
    wanted = "a JSON file"
    _check_magic(raw, name, wanted)
    known = _find_encoding(raw, encoding, name) or "utf-8"
    try:
        text = raw.decode(known)
    except UnicodeError as error:
        raise _build_decode_error(raw, error, name=name, encoding=known) from None
    _check_page(text, name, wanted)
    if text.count("\0") * 4 > len(text):
        raise _build_nul_error(name)
    return text.lstrip("\ufeff"), known


def _find_encoding(raw: bytes, encoding: str | None, name: str) -> str | None:
    marked = next((found for mark, found in _BOMS if raw.startswith(mark)), None)
    if marked or encoding is None:
        return marked
    known = _SPELLINGS.get(re.sub(r"[-_ ]", "", encoding.lower()))
    if known is None:
        hint = did_you_mean(encoding, ENCODINGS) or f"known: {', '.join(ENCODINGS)}"
        raise refused(name, "bad_encoding", "the name of an encoding", hint, value=encoding)
    return known


def _check_cp932(raw: bytes, error: UnicodeDecodeError, name: str) -> None:
    """Raise unless bytes that are not UTF-8 can be CP932, and not UTF-8 that was cut, damaged or mixed."""
    refusal = _build_decode_error(raw, error, name=name, encoding="utf-8")
    if error.reason == "unexpected end of data" or _contains_utf8(raw, error.start):
        raise refusal from None
    if _can_decode(raw, "cp932"):
        return
    good, bad = _classify_lines(raw, "cp932")
    if len(bad) == 1 and any(map(_KANA.search, good)) and not _can_decode(raw, "euc_jp"):
        broken = UnicodeDecodeError("cp932", raw, bad[0], bad[0] + 1, "broken line")
        raise _build_decode_error(raw, broken, name=name, encoding="cp932") from None
    raise refusal from None


def _can_decode(raw: bytes, encoding: str) -> bool:
    """Return True if an encoding decodes all bytes, without characters that never occur in such text."""
    never = _PRIVATE if encoding == "cp932" else _CONTROLS
    try:
        return not any(never.search(text) for text in _read_windows(raw, encoding))
    except UnicodeDecodeError:
        return False


def _classify_lines(raw: bytes, encoding: str) -> tuple[list[str], list[int]]:
    """Return the first non-ASCII lines that an encoding decodes, and the first bad byte of those it does not.

    Stops at the second bad line.
    """
    good, bad = list[str](), list[int]()
    for begin, line in _list_lines_beyond_ascii(raw):
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError as error:
            bad.append(begin + error.start)
        else:
            private = _PRIVATE.search(text) if encoding == "cp932" else None
            if private:
                bad.append(begin + len(text[: private.start()].encode(encoding)))
            elif len(good) < _MOST_LINES:
                good.append(text)
        if len(bad) == 2:
            break
    return good, bad


def _list_lines_beyond_ascii(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield start and bytes of each non-ASCII line; a file can have millions of others."""
    end = 0
    while found := _BEYOND_ASCII.search(raw, end):
        breaks = (raw.rfind(each, end, found.start()) for each in (b"\n", b"\r"))
        begin, end = max(end, *(at + 1 for at in breaks)), found.end()
        yield begin, raw[begin:end]


def _contains_utf8(raw: bytes, bad: int) -> bool:
    """Return True if a line, or the start of the line with the first bad byte, is UTF-8 and not by chance.

    Half-width katakana in CP932 look like two-byte UTF-8 letters; longer sequences hardly ever occur.
    """
    begin = max(raw.rfind(b"\n", 0, bad), raw.rfind(b"\r", 0, bad)) + 1
    for piece in chain([raw[begin:bad]], (line for _, line in _list_lines_beyond_ascii(raw))):
        try:
            if max(piece.decode("utf-8"), default="") >= "\u0800":
                return True
        except UnicodeDecodeError:
            continue
    return False


def _check_magic(raw: bytes, name: str, wanted: str) -> None:
    for magic, kind, next_step in _MAGIC:
        if raw.startswith(magic):
            raise refused(name, "not_a_table", f"{wanted}; this is {kind}", next_step)


def _check_page(text: str, name: str, wanted: str) -> None:
    if _PAGE.match(text):
        expected = f"{wanted}; this is a web page"
        raise refused(name, "not_a_table", expected, "sign in to the tool and export it again")


def _build_nul_error(name: str) -> FileError:
    expected = "text without NUL bytes; this may be UTF-16 without its mark"
    remedy = "declare its encoding (encoding = utf-16-le), or save the file as UTF-8"
    return refused(name, "bad_encoding", expected, remedy, row=1)


def _build_decode_error(raw: bytes, error: UnicodeError, *, name: str, encoding: str) -> FileError:
    start = error.start if isinstance(error, UnicodeDecodeError) else 0
    before = raw[:start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    row, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
    return refused(
        name,
        "bad_encoding",
        f"{encoding}, but byte {column} of line {row} is not",
        _find_remedy(raw, error, encoding=encoding, row=row),
        row=row,
        value=raw[start : start + 4].hex(" ").upper(),
    )


def _find_remedy(raw: bytes, error: UnicodeError, *, encoding: str, row: int) -> str:
    """Suggest fixing the one broken line, or declaring an encoding that decodes the file, with examples."""
    usual = "save the file as UTF-8"
    if not isinstance(error, UnicodeDecodeError) or encoding not in _BY_LINE:
        return f"{usual}, or declare its encoding (encoding = …)"
    good, bad = _classify_lines(raw, encoding)
    cut = error.reason == "unexpected end of data" and error.end == len(raw)
    if good and len(bad) == 1:
        return f"line {row} alone is not {encoding}: correct it, or {usual}"
    if cut or (encoding == "utf-8" and _contains_utf8(raw, error.start)):
        return f"{usual}, or declare its encoding (encoding = …)"
    fitting = [each for each in _LIKELY if each != encoding and _can_decode(raw, each)]
    shown = ", ".join(
        f'encoding = "{each}" reads "{_format_context(raw, error.start, each)}"' for each in fitting
    )
    return f"{usual}, or declare its encoding ({shown or 'encoding = …'})"


def _format_context(raw: bytes, at: int, encoding: str) -> str:
    """Format the text around a byte of its line, decoded with an encoding."""
    begin = max(raw.rfind(mark, 0, at) for mark in (b"\n", b"\r")) + 1
    ends = [end for mark in (b"\n", b"\r") if (end := raw.find(mark, at)) >= 0]
    position = len(raw[begin:at].decode(encoding, errors="ignore"))
    line = raw[begin : min(ends, default=len(raw))].decode(encoding)
    return line[max(0, position - _SHOWN) : position + _SHOWN]
