"""A folder is whole or not there: a run that fails at any instant leaves the last good one."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path

import pytest

from rotation_analysis.build import folder as folders
from rotation_analysis.build.folder import (
    add_file,
    build_folder,
    hash_file,
    keep_file,
    lock_folder,
    verify_hash,
    write_text,
)
from rotation_analysis.errors import UserError
from tests.builds import contents

MANIFEST = json.dumps({"inputs": {"programme.toml": "a" * 64}, "outputs": {}})


def write_good(out: Path) -> dict[str, bytes]:
    """A folder as a finished build leaves it; what is in it."""
    write_text(out / "manifest.json", MANIFEST)
    write_text(out / "owner" / "page.html", "good")
    return contents(out)


def build(out: Path, text: str = "new") -> None:
    with lock_folder(out), build_folder(out) as folder:
        write_text(folder / "owner" / "other.html", text)
        write_text(folder / "manifest.json", MANIFEST)


def test_a_build_appears_where_nothing_was_with_the_folders_above(tmp_path: Path) -> None:
    build(tmp_path / "a" / "b" / "reports")
    assert set(contents(tmp_path)) == {"a/b/reports/manifest.json", "a/b/reports/owner/other.html"}


def test_a_full_build_takes_the_place_of_the_last_one_and_keeps_nothing_of_it(tmp_path: Path) -> None:
    write_good(tmp_path / "reports")
    build(tmp_path / "reports")
    assert set(contents(tmp_path)) == {"reports/manifest.json", "reports/owner/other.html"}


def stop(out: Path, error: type[BaseException]) -> None:
    """A build that has written something when it stops; until then the folder is as it was."""
    before = contents(out)
    with lock_folder(out), build_folder(out) as folder:
        write_text(folder / "owner" / "page.html", "half")
        assert contents(out) == before
        raise error


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, SystemExit])
def test_the_last_good_folder_stays_when_a_build_stops(tmp_path: Path, error: type[BaseException]) -> None:
    good = write_good(tmp_path / "reports")
    with pytest.raises(error):
        stop(tmp_path / "reports", error)
    assert contents(tmp_path / "reports") == good
    assert [path.name for path in tmp_path.iterdir()] == ["reports"]


def test_the_finished_folder_is_seen_only_at_the_end(tmp_path: Path) -> None:
    with lock_folder(tmp_path / "reports"), build_folder(tmp_path / "reports") as folder:
        write_text(folder / "page.html", "half")
        assert not (tmp_path / "reports").exists()
    assert (tmp_path / "reports" / "page.html").read_text(encoding="utf-8") == "half"


def test_a_folder_left_over_after_the_swap_is_swept(tmp_path: Path) -> None:
    write_good(tmp_path / ".reports.previous")
    write_good(tmp_path / ".reports.building")
    write_good(tmp_path / "reports")
    build(tmp_path / "reports")
    assert [path.name for path in tmp_path.iterdir()] == ["reports"]


@pytest.mark.parametrize(
    "files",
    [
        {"thesis.odt": "years of work"},
        {"manifest.json": '{"name": "a web page of mine", "icons": []}', "app.js": "work"},
        {"manifest.json": "[1, 2]"},
        {"manifest.json": "no JSON"},
        {"owner/manifest.json": MANIFEST},
    ],
)
def test_a_folder_of_other_things_is_refused_and_untouched(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        write_text(tmp_path / "mine" / name, text)
    before = contents(tmp_path)
    with pytest.raises(UserError, match="holds other things than reports"):
        build(tmp_path / "mine")
    assert contents(tmp_path) == before


def test_a_file_in_the_place_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="is a file; name a folder with --out"):
        build(tmp_path / "reports")
    assert contents(tmp_path) == {"reports": b"mine"}


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    build(tmp_path / "reports")
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
    with lock_folder(Path("reports")), build_folder(Path("reports")) as folder:
        os.chdir(tmp_path / "elsewhere")
        write_text(folder / "page.html", "whole")
    assert contents(tmp_path) == {"reports/page.html": b"whole"}


def test_text_is_utf_8_with_line_feeds_and_its_hash_known(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "b.txt", "第3期\nabc")
    assert (tmp_path / "a" / "b.txt").read_bytes() == "第3期\nabc".encode()
    write_text(tmp_path / "abc", "abc")
    assert hash_file(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_file_that_its_manifest_names_is_believed_only_as_it_was_built(tmp_path: Path) -> None:
    write_text(tmp_path / "results.json", "as built")
    verify_hash(tmp_path / "results.json")  # kept alone
    outputs = {"results.json": hash_file(tmp_path / "results.json")}
    write_text(tmp_path / "manifest.json", json.dumps({"inputs": {}, "outputs": outputs}))
    verify_hash(tmp_path / "results.json")
    write_text(tmp_path / "results.json", "as bui")
    with pytest.raises(UserError, match=r"results\.json is not the file that manifest\.json beside it names"):
        verify_hash(tmp_path / "results.json")


# --- one step ---------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux exchanges folders in one step")
def test_two_folders_change_places_in_one_step(tmp_path: Path) -> None:
    one, other = write_good(tmp_path / "one"), {"page.html": b"other"}
    write_text(tmp_path / "other" / "page.html", "other")
    assert folders._exchange(tmp_path / "one", tmp_path / "other")
    assert (contents(tmp_path / "one"), contents(tmp_path / "other")) == (other, one)
    with pytest.raises(FileNotFoundError):
        folders._exchange(tmp_path / "one", tmp_path / "nowhere")


def test_while_one_run_builds_a_folder_another_is_refused(tmp_path: Path) -> None:
    with lock_folder(tmp_path / "reports"):
        with pytest.raises(UserError, match=r"another run builds \S+reports now: wait"):
            build(tmp_path / "reports")
        build(tmp_path / "others")
    build(tmp_path / "reports")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["others", "reports"]


# --- files that are kept, and added -----------------------------------------------------------------------


def test_a_kept_file_is_one_file_that_nobody_writes_into(tmp_path: Path) -> None:
    write_text(tmp_path / "old" / "page.html", "old")
    write_text(tmp_path / "new" / "page.html", "half")
    keep_file(tmp_path / "old" / "page.html", tmp_path / "new" / "page.html")
    assert (tmp_path / "old" / "page.html").samefile(tmp_path / "new" / "page.html")
    write_text(tmp_path / "new" / "page.html", "new")
    assert contents(tmp_path) == {"old/page.html": b"old", "new/page.html": b"new"}


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EXDEV])
def test_on_a_volume_without_links_files_are_copied_and_added_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    write_text(tmp_path / "old.html", "old")
    monkeypatch.setattr(os, "link", refuse)
    keep_file(tmp_path / "old.html", tmp_path / "new.html")
    assert (tmp_path / "new.html").read_bytes() == b"old"
    if code in (errno.EPERM, errno.ENOTSUP):
        add_file(tmp_path / "releases" / "001.json", "whole")
        with pytest.raises(UserError, match="written by another run"):
            add_file(tmp_path / "releases" / "001.json", "again")
        assert contents(tmp_path / "releases") == {"001.json": b"whole"}


def test_a_file_is_added_whole_and_never_over_another(tmp_path: Path) -> None:
    file = tmp_path / "programme" / "releases" / "001.json"
    add_file(file, "第1版")
    with pytest.raises(UserError, match=r"001\.json was written by another run meanwhile"):
        add_file(file, "第2版")
    assert contents(tmp_path) == {"programme/releases/001.json": "第1版".encode()}
