"""Inputs that differ only in what is not released give leaders the same bytes (TRUST, non-interference)."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rotation_analysis.build.audit.people import know
from rotation_analysis.build.manifest import hash_inputs
from rotation_analysis.disclosure.publications import Edition
from rotation_analysis.programme.file import read_programme
from rotation_analysis.study import Study, analyse
from tests.publications import LANGUAGES, show_report
from tests.samples import SAMPLE, TINY, read_sample, read_tiny

LEADERS = Edition(audience="leadership")
Rows = list[list[str]]


def texts_of(retrospective: Study) -> list[str]:
    """What was written in own words, the longest first: so that none is replaced within another."""
    return sorted((text for text in know(retrospective).texts if len(text) > 5), key=len, reverse=True)


def replace_everywhere(folder: Path, *pairs: tuple[str, str]) -> int:
    """Each text for another in every export, in whatever encoding, workbooks too; how many files changed."""
    changed = 0
    for path in sorted(folder.glob("exports/*")):
        before = path.read_bytes()
        after = _replace_in_workbook(before, pairs) if path.suffix == ".xlsx" else _replace_in(before, pairs)
        path.write_bytes(after)
        changed += before != after
    return changed


def _replace_in(data: bytes, pairs: tuple[tuple[str, str], ...]) -> bytes:
    for old, new in pairs:
        for codec in ("utf-8", "cp932"):
            data = data.replace(old.encode(codec, "replace"), new.encode(codec, "replace"))
    return data


def _replace_in_workbook(data: bytes, pairs: tuple[tuple[str, str], ...]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, _replace_in(old.read(name), pairs))
    return out.getvalue()


def edit_rows(folder: Path, pattern: str, edit: Callable[[Rows], Rows]) -> int:
    """Other rows below the header of the CSV files that fit; how many files there are."""
    paths = sorted(folder.glob(f"exports/{pattern}"))
    for path in paths:
        data = path.read_bytes()
        codec = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            codec, text = "cp932", data.decode("cp932")
        head, *rows = csv.reader(io.StringIO(text, newline=""))
        out = io.StringIO(newline="")
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows([head, *edit(rows)])
        path.write_bytes(out.getvalue().encode(codec))
    return len(paths)


def change_names(folder: Path, told: Study) -> int:
    return replace_everywhere(folder, ("見本 ", "仮名 "), ("@minamo.example", "@elsewhere.example"))


def change_words(folder: Path, told: Study) -> int:
    return replace_everywhere(folder, *((text, f"{text}(書き直し)") for text in texts_of(told)))


def swap_answers(folder: Path, told: Study) -> int:
    """What is asked about fatigue, and all but the time of the exit survey, goes to other people."""

    def swap(first: int, last: int | None) -> Callable[[Rows], Rows]:
        return lambda rows: [
            [*row[:first], *other[first:last], *(row[last:] if last else [])]
            for row, other in zip(rows, reversed(rows), strict=True)
        ]

    return edit_rows(folder, "*パルス*.csv", swap(4, 5)) + edit_rows(folder, "*修了*.csv", swap(2, None))


def turn_round(folder: Path, told: Study) -> int:
    return edit_rows(folder, "*アンケート*.csv", lambda rows: rows[::-1]) + edit_rows(
        folder, "*people*.csv", lambda rows: rows[::-1]
    )


CHANGES = {
    "names and addresses": change_names,
    "free texts": change_words,
    "answers not released": swap_answers,
    "order of records and people": turn_round,
}


def tell_leaders(retrospective: Study) -> str:
    return retrospective.open_edition(LEADERS).to_json()


@pytest.mark.parametrize("change", CHANGES)
def test_leaders_are_told_the_same_whatever_is_not_released(change: str, tmp_path: Path) -> None:
    folder = tmp_path / "programme"
    shutil.copytree(TINY, folder)
    assert CHANGES[change](folder, read_tiny()) > 0
    other = analyse(read_programme(folder))
    assert hash_inputs(other.programme) != hash_inputs(read_tiny().programme), "nothing was changed"
    assert (other.rows != read_tiny().rows) is (change == "answers not released")
    assert tell_leaders(other) == tell_leaders(read_tiny())


def test_leaders_are_told_otherwise_where_a_released_number_differs(tmp_path: Path) -> None:
    folder = tmp_path / "programme"
    shutil.copytree(TINY, folder)
    edit_rows(folder, "*改善*.csv", lambda rows: rows[1:])
    assert tell_leaders(analyse(read_programme(folder))) != tell_leaders(read_tiny())


def test_leaders_pages_of_the_sample_are_the_same_bytes_when_all_that_is_not_released_differs(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "programme"
    shutil.copytree(SAMPLE, folder)
    for change in CHANGES.values():
        assert change(folder, read_sample()) > 0
    other = analyse(read_programme(folder))
    assert tell_leaders(other) == tell_leaders(read_sample())
    for language in LANGUAGES:
        assert draw_leaders_page(other, language) == draw_leaders_page(read_sample(), language)


def draw_leaders_page(retrospective: Study, language: str) -> list[object]:
    """Every output of the leaders' report."""
    shown: list[object] = [*show_report(retrospective.open_edition(LEADERS), "leadership_summary", language)]
    assert shown
    return shown
