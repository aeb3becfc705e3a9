"""A folder is whole or not there: a run that fails at any instant leaves the last good one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rotation_analysis.errors import UserError
from rotation_analysis.folders import build_folder, hash_file, write_text

INPUTS = {"programme.toml": "a" * 64, "exports/x.csv": "b" * 64}
STATE = {"version": "1", "as_of": "2025-03-31", "inputs": INPUTS}


def manifest(**other: object) -> str:
    return json.dumps({"programme": "a" * 64, "outputs": {}, **STATE, **other})


def write_good(out: Path, **facts: object) -> dict[str, bytes]:
    """A folder as a finished build leaves it; what is in it."""
    write_text(out / "manifest.json", manifest(**facts))
    write_text(out / "owner" / "page.html", "good")
    return contents(out)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def build(out: Path, text: str = "new", *, keep: bool = False, **state: object) -> None:
    with build_folder(out, keep=keep, state={**STATE, **state}) as folder:
        write_text(folder / "owner" / "other.html", text)
        write_text(folder / "manifest.json", manifest())


def test_a_build_appears_where_nothing_was_with_the_folders_above(tmp_path: Path) -> None:
    build(tmp_path / "a" / "b" / "reports")
    assert set(contents(tmp_path)) == {"a/b/reports/manifest.json", "a/b/reports/owner/other.html"}


def test_a_full_build_takes_the_place_of_the_last_one_and_keeps_nothing_of_it(tmp_path: Path) -> None:
    write_good(tmp_path / "reports")
    build(tmp_path / "reports")
    assert set(contents(tmp_path)) == {"reports/manifest.json", "reports/owner/other.html"}


def stop(out: Path, error: type[BaseException], *, keep: bool = False) -> None:
    """A build that has written something when it stops; until then the folder is as it was."""
    before = contents(out)
    with build_folder(out, keep=keep, state=STATE) as folder:
        write_text(folder / "owner" / "page.html", "half")
        assert contents(out) == before
        raise error


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("keep", [False, True])
def test_the_last_good_folder_stays_when_a_build_stops(
    tmp_path: Path, error: type[BaseException], keep: bool
) -> None:
    good = write_good(tmp_path / "reports")
    with pytest.raises(error):
        stop(tmp_path / "reports", error, keep=keep)
    assert contents(tmp_path / "reports") == good
    assert [path.name for path in tmp_path.iterdir()] == ["reports"]


def test_a_first_build_that_stops_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        stop(tmp_path / "reports", KeyboardInterrupt)
    assert not list(tmp_path.iterdir())


def test_the_finished_folder_is_seen_only_at_the_end(tmp_path: Path) -> None:
    with build_folder(tmp_path / "reports", keep=False, state=STATE) as folder:
        write_text(folder / "page.html", "half")
        assert not (tmp_path / "reports").exists()
    assert (tmp_path / "reports" / "page.html").read_text(encoding="utf-8") == "half"


def test_what_a_killed_run_left_is_swept_by_the_next(tmp_path: Path) -> None:
    good = write_good(tmp_path / "reports")
    code = (
        "import os, signal; from pathlib import Path; from rotation_analysis.folders import *\n"
        f"with build_folder(Path('reports'), keep=False, state={STATE!r}) as folder:\n"
        "    write_text(folder / 'stale.html', 'half'); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert contents(tmp_path / "reports") == good
    assert len(list(tmp_path.iterdir())) == 2
    build(tmp_path / "reports")
    assert set(contents(tmp_path)) == {"reports/manifest.json", "reports/owner/other.html"}


def test_a_good_folder_that_a_killed_run_had_moved_aside_comes_back(tmp_path: Path) -> None:
    good = write_good(tmp_path / ".reports.previous")
    with pytest.raises(UserError, match="version changed"):
        build(tmp_path / "reports", keep=True, version="2")
    assert contents(tmp_path / "reports") == good
    assert [path.name for path in tmp_path.iterdir()] == ["reports"]


def test_a_folder_left_over_after_the_swap_is_swept(tmp_path: Path) -> None:
    write_good(tmp_path / ".reports.previous")
    write_good(tmp_path / "reports")
    build(tmp_path / "reports")
    assert [path.name for path in tmp_path.iterdir()] == ["reports"]


def test_a_narrowed_build_keeps_what_is_there(tmp_path: Path) -> None:
    good = write_good(tmp_path / "reports")
    build(tmp_path / "reports", keep=True)
    now = contents(tmp_path / "reports")
    assert now["owner/page.html"] == good["owner/page.html"]
    assert now["owner/other.html"] == b"new"


@pytest.mark.parametrize(
    ("state", "named"),
    [
        ({"inputs": {**INPUTS, "exports/x.csv": "c" * 64}}, "exports/x.csv"),
        ({"inputs": {**INPUTS, "exports/y.csv": "c" * 64}}, "exports/y.csv"),
        ({"inputs": {"programme.toml": "a" * 64}}, "exports/x.csv"),
        ({"as_of": "2024-06-30"}, "as_of"),
        ({"version": "2"}, "version"),
    ],
)
def test_a_narrowed_build_beside_another_state_is_refused(
    tmp_path: Path, state: dict[str, object], named: str
) -> None:
    good = write_good(tmp_path / "reports")
    with pytest.raises(UserError, match=rf"{named} changed.*build all reports"):
        build(tmp_path / "reports", keep=True, **state)
    assert contents(tmp_path / "reports") == good
    build(tmp_path / "reports", **state)
    assert set(contents(tmp_path)) == {"reports/manifest.json", "reports/owner/other.html"}


def test_many_changed_inputs_are_named_shortly(tmp_path: Path) -> None:
    write_good(tmp_path / "reports", inputs={f"{n}.csv": "a" for n in range(9)})
    with pytest.raises(UserError, match=r"\(0\.csv, 1\.csv, 2\.csv, … changed\)"):
        build(tmp_path / "reports", keep=True)


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize(
    "files",
    [
        {"thesis.odt": "years of work"},
        {"manifest.json": '{"name": "a web page of mine", "icons": []}', "app.js": "work"},
        {"manifest.json": "[1, 2]"},
        {"manifest.json": "no JSON"},
        {"owner/manifest.json": manifest()},
    ],
)
def test_a_folder_of_other_things_is_refused_and_untouched(
    tmp_path: Path, files: dict[str, str], keep: bool
) -> None:
    for name, text in files.items():
        write_text(tmp_path / "mine" / name, text)
    before = contents(tmp_path)
    with pytest.raises(UserError, match="holds other things than reports"):
        build(tmp_path / "mine", keep=keep)
    assert contents(tmp_path) == before


def test_a_file_in_the_place_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="is a file; name a folder with --out"):
        build(tmp_path / "reports")
    assert contents(tmp_path) == {"reports": b"mine"}


@pytest.mark.parametrize("keep", [False, True])
def test_an_empty_folder_is_taken(tmp_path: Path, keep: bool) -> None:
    (tmp_path / "reports").mkdir()
    build(tmp_path / "reports", keep=keep)
    assert set(contents(tmp_path)) == {"reports/manifest.json", "reports/owner/other.html"}


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    write_good(tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    build(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert set(contents(tmp_path / "real")) == {"manifest.json", "owner/other.html"}


def test_a_relative_place_is_meant_from_where_the_build_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with build_folder(Path("reports"), keep=False, state=STATE) as folder:
        os.chdir(tmp_path / "elsewhere")
        write_text(folder / "page.html", "whole")
    assert contents(tmp_path) == {"reports/page.html": b"whole"}


def test_text_is_utf_8_with_line_feeds_and_its_hash_known(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "b.txt", "第3期\nabc")
    assert (tmp_path / "a" / "b.txt").read_bytes() == "第3期\nabc".encode()
    write_text(tmp_path / "abc", "abc")
    assert hash_file(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
