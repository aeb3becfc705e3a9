"""What is kept of an earlier build: only what is made of the same and lies there byte by byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rotation_analysis.build.folder import hash_file, write_text
from rotation_analysis.build.manifest import (
    Build,
    check_same_state,
    describe_report,
    find_reusable_reports,
    hash_report,
    is_unchanged,
    read_build,
)
from rotation_analysis.build.planning import BuildRequest, ReportSpec
from rotation_analysis.errors import UserError

WORK = ReportSpec(notebook="workload", cohort="1", language="ja")
WHOLE = ReportSpec(notebook="programme", language="ja")
STATE: dict[str, Any] = {
    "version": "1",
    "library": "l" * 64,
    "programme": "p" * 64,
    "as_of": "2025-03-31",
    "plan": "q" * 64,
    "inputs": {"programme.toml": "p" * 64, "survey.csv": "s" * 64},
    "notebooks": {"workload.ipynb": "w" * 64, "programme.ipynb": "n" * 64},
}


def write_build(out: Path, **other: object) -> Build:
    """A folder of two reports as a build leaves it."""
    for spec in (WORK, WHOLE):
        write_text(out / spec.path, spec.path)
    made = [describe_report(spec, made_of=spec.notebook, files=[spec.path]) for spec in (WHOLE, WORK)]
    outputs = {spec.path: hash_file(out / spec.path) for spec in (WORK, WHOLE)}
    manifest = {**STATE, "reports": made, "missing": [], "outputs": outputs, **other}
    write_text(out / "manifest.json", json.dumps(manifest))
    found = read_build(out)
    assert found is not None
    return found


def unchanged(
    build: Build, *specs: ReportSpec, narrowed: bool = False, compared: str | None = None, **state: object
) -> bool:
    nothing: Any = None
    order = BuildRequest(
        programme=nothing,
        specs=specs or ([WORK] if narrowed else [WHOLE, WORK]),
        narrowed=narrowed,
        state={**STATE, **state},
        earlier=None,
        previous=None,
        compared=compared,
        jobs=1,
        scheduler=None,
    )
    return is_unchanged(build, order)


def test_the_same_state_reports_and_bytes_are_unchanged(tmp_path: Path) -> None:
    build = write_build(tmp_path)
    assert unchanged(build)
    assert unchanged(build, narrowed=True)


@pytest.mark.parametrize("key", STATE)
def test_any_other_state_is_a_change(tmp_path: Path, key: str) -> None:
    assert not unchanged(write_build(tmp_path), **{key: "other"})


@pytest.mark.parametrize("others", [False, True])
def test_an_altered_a_missing_or_a_strange_file_is_a_change(tmp_path: Path, others: bool) -> None:
    write_build(tmp_path / "a")
    write_text(tmp_path / "a" / WHOLE.path, "altered")
    write_build(tmp_path / "b")
    (tmp_path / "b" / WHOLE.path).unlink()
    write_build(tmp_path / "c")
    write_text(tmp_path / "c" / "strange.txt", "")
    for name in "abc":
        build = read_build(tmp_path / name)
        assert build is not None
        assert not unchanged(build, narrowed=others)
        with pytest.raises(UserError, match=r"is not as it was built \(.*\): build all reports"):
            check_same_state(build, STATE)


def test_reports_more_or_fewer_than_wanted_are_a_change(tmp_path: Path) -> None:
    build = write_build(tmp_path)
    assert not unchanged(build, WHOLE)
    more = ReportSpec(notebook="workload", cohort="2", language="ja")
    assert not unchanged(build, WHOLE, WORK, more)
    assert not unchanged(build, more, narrowed=True)


@pytest.mark.parametrize(
    ("state", "named"),
    [
        ({"inputs": {**STATE["inputs"], "survey.csv": "c" * 64}}, r"survey\.csv"),
        ({"inputs": {**STATE["inputs"], "more.csv": "c" * 64}}, r"more\.csv"),
        ({"inputs": {"programme.toml": "p" * 64}}, r"survey\.csv"),
        *(({key: "other"}, key) for key in ("as_of", "version", "library", "plan")),
        (
            {"inputs": {**STATE["inputs"], **{f"{n}.csv": "c" for n in range(9)}}},
            r"0\.csv, 1\.csv, 2\.csv and 6 more",
        ),
    ],
)
def test_a_narrowed_build_beside_another_state_is_refused(
    tmp_path: Path, state: dict[str, Any], named: str
) -> None:
    with pytest.raises(UserError, match=rf"another state \({named} changed\): build all reports"):
        check_same_state(write_build(tmp_path), {**STATE, **state})


def test_what_is_missing_is_tried_again(tmp_path: Path) -> None:
    gap = {"report": WORK.path, "section": "frame.title", "reason": "an error"}
    build = write_build(tmp_path, missing=[gap])
    assert not unchanged(build)
    assert list(find_reusable_reports(build, {WORK: "workload", WHOLE: "programme"})) == [WHOLE]


def test_another_comparison_is_a_change_of_the_report_that_compares_alone(tmp_path: Path) -> None:
    build = write_build(tmp_path)
    assert not unchanged(build, compared="e" * 64)
    assert unchanged(build, narrowed=True, compared="e" * 64)
    assert hash_report(WORK, "{}", STATE, previous="e" * 64) == hash_report(WORK, "{}", STATE, previous=None)
    assert hash_report(WHOLE, "{}", STATE, previous="e" * 64) != hash_report(
        WHOLE, "{}", STATE, previous=None
    )


def test_a_report_is_kept_where_it_is_made_of_the_same_and_its_files_are_as_they_were(tmp_path: Path) -> None:
    build = write_build(tmp_path)
    assert list(find_reusable_reports(build, {WORK: "workload", WHOLE: "other"})) == [WORK]
    write_text(tmp_path / WORK.path, "altered")
    assert (
        list(find_reusable_reports(Build(folder=tmp_path, manifest=build.manifest), {WORK: "workload"})) == []
    )
    assert find_reusable_reports(None, {WORK: "workload"}) == {}


@pytest.mark.parametrize(
    "change", ["publication", "notebook", "library", "version", "language", "cohort", "none"]
)
def test_what_a_report_is_made_of_changes_with_each_of_its_parts_and_with_nothing_else(change: str) -> None:
    state = {**STATE, "inputs": {}, "programme": "", "plan": "", "as_of": ""}  # told by the publication
    if change in ("library", "version"):
        state |= {change: "other"}
    if change == "notebook":
        state |= {"notebooks": {**STATE["notebooks"], "workload.ipynb": "other"}}
    other = {"language": "en"} if change == "language" else {"cohort": "2"} if change == "cohort" else {}
    spec = ReportSpec(**{"notebook": "workload", "cohort": "1", "language": "ja", **other})
    text = '{"a": 1}' if change == "publication" else "{}"
    same = hash_report(spec, text, state, previous=None) == hash_report(WORK, "{}", STATE, previous=None)
    assert same is (change == "none")


@pytest.mark.parametrize(
    "manifest", [{"reports": []}, {"reports": [{}], "missing": []}, {"reports": 3, "missing": []}]
)
def test_a_folder_of_something_else_is_no_build(tmp_path: Path, manifest: dict[str, object]) -> None:
    write_text(tmp_path / "manifest.json", json.dumps({"inputs": {}, "outputs": {}, **manifest}))
    with pytest.raises(UserError, match=r"holds no reports by its manifest\.json: name another folder"):
        read_build(tmp_path)
    assert read_build(tmp_path / "nowhere") is None
