"""The history of releases: read back as written, refused where a file is missing or was changed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from rotation_analysis.disclosure.releases import (
    FIRST,
    Release,
    check_threshold,
    hash_newest,
    key_of,
    list_release_files,
    read_releases,
    release_row,
    write_release,
)
from rotation_analysis.errors import FileError, ProgrammeError
from rotation_analysis.measure_row import Measure, MeasureRow
from rotation_analysis.programme.model import DisclosurePolicy

ROW = MeasureRow(
    measure="skill.shift",
    unit="levels",
    method="mean_of_persons_t",
    counts="persons",
    skill="os",
    wave="end",
    n=5,
    missing=1,
    value=-0.6,
    low=-0.8,
    high=-0.2,
    verdict="supported",
    notes=("EXPLORATORY",),
    people=("p01", "p02", "p03", "p04", "p05"),
)


def make_release(number: int = 1, **other: Any) -> Release:
    values: dict[str, Any] = {"edition": "owner", "as_of": "2025-03-31", "k": 5}
    return Release(number=number, publication_sha256="a" * 64, rows=(ROW,), **(values | other))


def write_history(folder: Path, *releases: Release) -> Path:
    files = folder / "releases"
    files.mkdir()
    for released in releases:
        text = write_release(released, previous=hash_newest(folder))
        (files / f"{released.number:03}.json").write_text(text, encoding="utf-8", newline="")
    return files


def test_releases_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    releases = (make_release(), make_release(2, edition="graduates/p03", k=6), make_release(3))
    files = write_history(tmp_path, *releases)
    assert read_releases(tmp_path) == releases
    assert list_release_files(tmp_path) == {
        f"releases/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(files.iterdir())
    }


def test_a_programme_without_releases_has_none(tmp_path: Path) -> None:
    assert read_releases(tmp_path) == ()
    assert list_release_files(tmp_path) == {}
    assert hash_newest(tmp_path) == FIRST
    (tmp_path / "releases").mkdir()
    assert read_releases(tmp_path) == ()


def test_the_same_release_gives_the_same_bytes_with_sorted_keys() -> None:
    text = write_release(make_release(), previous=FIRST)
    assert text == write_release(make_release(), previous=FIRST)
    content = json.loads(text)
    assert list(content) == sorted(content)
    assert text.endswith("}\n")


def test_a_release_that_was_taken_away_is_missed(tmp_path: Path) -> None:
    files = write_history(tmp_path, make_release(), make_release(2), make_release(3))
    (files / "002.json").unlink()
    with pytest.raises(FileError, match=r"releases/003.json.*releases/002.json before it"):
        read_releases(tmp_path)


def test_a_release_put_in_the_place_of_another_is_noticed(tmp_path: Path) -> None:
    files = write_history(tmp_path, make_release(), make_release(2))
    text = write_release(make_release(k=4), previous=FIRST)
    (files / "001.json").write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=r"releases/002.json.*that one was changed"):
        read_releases(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"k": 5', '"k": 4'),
        ('"value": -0.6', '"value": -0.5'),
        ('"p05"', '"p06"'),
        ('"number": 1', '"number": 2'),
        ('"number": 1', '"number": true'),
        ('"as_of": "2025-03-31"', '"as_of": "2025-02-31"'),
        ('"unit": "levels"', '"unit": "levels", "more": 1'),
        ('"k": 5,', ""),
        ('"value": -0.6', '"value": NaN'),
        ("{", "["),
    ],
)
def test_a_release_that_was_changed_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = write_history(tmp_path, make_release()) / "001.json"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FileError, match=r"releases/001\.json") as error:
        read_releases(tmp_path)
    assert "p05" not in str(error.value)


@pytest.mark.parametrize("name", ["notes.txt", "000.json", "1.json", "001.json.bak", "0001.json"])
def test_other_files_among_the_releases_are_refused(tmp_path: Path, name: str) -> None:
    (write_history(tmp_path, make_release()) / name).write_text("{}", encoding="utf-8")
    with pytest.raises(FileError, match="nothing but"):
        read_releases(tmp_path)


def test_what_begins_with_a_dot_is_no_release(tmp_path: Path) -> None:
    (write_history(tmp_path, make_release()) / ".002.json.writing").write_text("half", encoding="utf-8")
    assert len(read_releases(tmp_path)) == 1


def test_a_file_called_releases_is_refused(tmp_path: Path) -> None:
    (tmp_path / "releases").write_text("", encoding="utf-8")
    with pytest.raises(FileError, match="a folder"):
        read_releases(tmp_path)


def test_a_row_is_kept_with_its_people_sorted_and_once() -> None:
    measure = Measure(
        measure="m",
        unit="levels",
        method="mean",
        counts="persons",
        people=("p2", "p1", "p2"),
        p=0.01,
        value=1.0,
    )
    row = release_row(measure)
    assert (row.people, row.value, row.counts) == (("p1", "p2"), 1.0, "persons")
    assert key_of(row) == key_of(measure)
    assert not hasattr(row, "p")


# --- thresholds -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("k", "released", "refused"), [(5, [5], False), (6, [5], False), (5, [6, 5], True)])
def test_a_threshold_is_never_lowered_after_a_release(k: int, released: list[int], refused: bool) -> None:
    earlier = [make_release(number, k=each) for number, each in enumerate(released, start=1)]
    if not refused:
        check_threshold(DisclosurePolicy(k=k), earlier)
        return
    with pytest.raises(ProgrammeError, match=r"disclosure.k.*'5'.*6 or more, as in releases/001.json"):
        check_threshold(DisclosurePolicy(k=k), earlier)


def test_without_releases_any_threshold_of_the_policy_will_do() -> None:
    check_threshold(DisclosurePolicy(k=4), [])
