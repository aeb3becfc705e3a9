"""`publish`: what went out is recorded as it was, once; what tells too much is refused, without a trace."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rotation_analysis import cli
from rotation_analysis.build import publishing
from rotation_analysis.build.folder import write_text
from rotation_analysis.build.manifest import describe_state, write_manifests
from rotation_analysis.build.publishing import (
    Published,
    list_refusals,
    publish_edition,
    render_published,
    say_figure,
)
from rotation_analysis.disclosure.differencing import Exposure
from rotation_analysis.disclosure.publications import Edition
from rotation_analysis.disclosure.releases import (
    Release,
    as_measure,
    read_releases,
    release_row,
    write_release,
)
from rotation_analysis.disclosure.suppression import list_revealing_measures
from rotation_analysis.errors import FileError, ProgrammeError, UsageError, UserError
from rotation_analysis.measure_row import Measure, MeasureRow
from rotation_analysis.programme.file import read_programme
from rotation_analysis.study import Study
from tests.disclosure.test_reconstruction import FIVE, make_release, make_row
from tests.samples import TINY, read_tiny

Place = tuple[Path, Path]
"""A programme's folder and its report folder."""


@pytest.fixture(scope="module")
def tiny() -> Study:
    """The tiny sample with one figure more that enough people have answered for."""
    helped = Measure(
        measure="host.helped",
        unit="share",
        method="share_of_rounds_t",
        counts="persons",
        label="all rounds",
        n=20,
        missing=4,
        value=0.4123,
        low=0.301,
        high=0.524,
        people=tuple(f"host-{number}" for number in range(1, 7)),
    )
    read = read_tiny()
    return replace(read, rows=(*read.rows, helped))


@pytest.fixture(scope="module")
def built(tiny: Study, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The tiny sample with a report folder that holds its publications; not to be changed."""
    root = tmp_path_factory.mktemp("built")
    shutil.copytree(TINY, root / "programme")
    return root / "programme", build_folder(root / "programme", root / "reports", tiny)


@pytest.fixture
def place(built: Place, tmp_path: Path, tiny: Study, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A copy of programme and report folder; the programme's files are measured once."""

    def build(programme: Any, **_: object) -> Study:
        return replace(tiny, programme=programme)

    monkeypatch.setattr(publishing, "analyse", build)
    return tuple(shutil.copytree(each, tmp_path / each.name) for each in built)  # type: ignore[return-value]


def build_folder(programme: Path, out: Path, tiny: Study) -> Path:
    """What a build leaves, without its pages."""
    retrospective = replace(tiny, programme=read_programme(programme))
    cohorts = (None, *retrospective.programme.cohorts)
    editions = [Edition(audience="owner", cohort=cohort) for cohort in cohorts]
    for edition in [*editions, Edition(audience="leadership"), Edition(audience="graduate", person="p03")]:
        write_text(out / edition.results, retrospective.open_edition(edition).to_json())
    write_manifests(out, describe_state(retrospective.programme), [], [])
    return out


def publish(place: Place, edition: str = "owner") -> Published:
    return publish_edition(place[1], edition, programme=place[0])


def history_of(place: Place) -> list[str]:
    return sorted(path.name for path in (place[0] / "releases").glob("*"))


# --- what is recorded -------------------------------------------------------------------------------------


def test_an_edition_goes_into_the_history_with_the_people_behind_its_figures(place: Place) -> None:
    published = publish(place)
    (released,) = read_releases(place[0])
    assert published.release == released
    assert published.file == place[0] / "releases/001.json"
    assert (released.edition, released.as_of, released.k) == ("owner", "2023-08-06", 5)
    row = find_row(published, "host.helped")
    assert (row.n, row.value, row.low, row.high) == (20, 0.41, 0.3, 0.52)
    assert row.people == ("host-1", "host-2", "host-3", "host-4", "host-5", "host-6")
    own = next(row for row in released.rows if row.measure == "skill.level")
    assert own.people == (own.person,)


def test_hidden_rows_leave_nothing_in_the_history(place: Place) -> None:
    released = publish(place).release
    assert released is not None
    assert not [row for row in released.rows if row.verdict == "hidden"]
    few = [row for row in released.rows if row.counts == "persons" and row.person is None]
    named = {(row.measure, row.person) for row in released.rows if row.person is not None}
    for row in few:
        told = all(
            (name, person) in named
            for person in row.people
            for name in list_revealing_measures(as_measure(row))
        )
        assert row.n is None or not row.people or len(row.people) >= 5 or told


def test_publishing_the_same_again_records_nothing_new(place: Place) -> None:
    publish(place)
    again = publish(place)
    assert again.already
    assert again.release is not None
    assert again.release.number == 1
    assert history_of(place) == ["001.json"]


def test_editions_follow_one_another_without_a_new_build(place: Place) -> None:
    for edition in ("leadership", "owner", "graduates/p03"):
        publish(place, edition)
    assert [released.edition for released in read_releases(place[0])] == [
        "leadership",
        "owner",
        "graduates/p03",
    ]
    own = {row.person for row in read_releases(place[0])[2].rows}
    assert own == {None, "p03"}
    assert {row.person for row in read_releases(place[0])[0].rows} == {None}


def test_the_same_folder_gives_the_same_bytes_of_history(place: Place) -> None:
    publish(place)
    first = (place[0] / "releases/001.json").read_bytes()
    (place[0] / "releases/001.json").unlink()
    publish(place)
    assert (place[0] / "releases/001.json").read_bytes() == first


def test_the_programme_is_found_by_what_the_folder_was_built_from(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place[0])
    publish_edition(place[1], "leadership")
    assert history_of(place) == ["001.json"]


def test_a_programme_that_is_not_found_is_asked_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place[1].parent)
    text = (place[1] / "manifest.json").read_text(encoding="utf-8")
    manifest = json.loads(text) | {"programme": "0" * 64}
    (place[1] / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(UserError, match="name its folder with --programme"):
        publish_edition(place[1], "owner")


# --- what is refused as a whole ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "edition", ["owners", "graduates", "graduates/p99", "", "owner/cohort-1", "../owner"]
)
def test_an_edition_that_is_not_there_is_a_wrong_word(place: Place, edition: str) -> None:
    with pytest.raises(UsageError, match="it has owner, leadership, graduates/p03"):
        publish(place, edition)


def test_a_folder_without_a_manifest_is_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no report folder"):
        publish_edition(tmp_path, "owner")


def test_a_publication_that_was_changed_does_not_go_out(place: Place) -> None:
    path = place[1] / "leadership/publication.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"k": 5', '"k": 4'), encoding="utf-8")
    with pytest.raises(UserError, match=r"leadership/publication.json differs.*build it again"):
        publish(place, "leadership")
    assert history_of(place) == []


def test_a_folder_of_other_files_does_not_go_out(place: Place) -> None:
    manifest = json.loads((place[1] / "manifest.json").read_text(encoding="utf-8"))
    name = next(iter(manifest["inputs"]))
    manifest["inputs"][name] = "0" * 64
    (place[1] / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(UserError, match=f"{name} changed.*build it again"):
        publish(place)
    assert history_of(place) == []


@pytest.mark.parametrize(("edition", "goes_out"), [("leadership", False), ("owner", True)])
def test_what_the_audit_finds_in_an_edition_does_not_go_out(
    place: Place, edition: str, goes_out: bool
) -> None:
    (place[1] / "leadership/more.txt").write_text("more", encoding="utf-8")
    if goes_out:
        publish(place, edition)
    else:
        with pytest.raises(UserError, match="nothing was recorded"):
            publish(place, edition)
    assert history_of(place) == ["001.json"] * goes_out


def test_a_history_that_was_changed_stops_everything(place: Place) -> None:
    publish(place)
    path = place[0] / "releases/001.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"k": 5', '"k": 4'), encoding="utf-8")
    with pytest.raises(FileError, match="it was changed"):
        publish(place, "leadership")


def test_a_lower_threshold_than_ever_before_stops_everything(place: Place) -> None:
    add_release(place[0], make_release(k=6))
    with pytest.raises(ProgrammeError, match="6 or more"):
        publish(place)


def add_release(folder: Path, released: Release) -> None:
    text = write_release(released, previous="0" * 64)
    write_text(folder / "releases" / f"{released.number:03}.json", text)


# --- figures that tell too much ---------------------------------------------------------------------------


def test_few_new_answers_leave_the_older_figure_once_it_is_built_again(place: Place, tiny: Study) -> None:
    """Somebody published when one answer fewer was there."""
    older = replace(release_row(tiny.rows[-1]), n=19, value=0.99, low=None, high=None)
    add_release(place[0], make_release(older, as_of="2023-07-01"))
    with pytest.raises(UserError, match=r"owner/results\.json differs"):
        publish(place)
    assert history_of(place) == ["001.json"]
    shutil.rmtree(place[1])
    build_folder(place[0], place[1], tiny)
    again = find_row(publish(place), "host.helped")
    assert (again.value, again.n, again.people) == (0.99, 19, older.people)
    assert "CARRIED:2023-07-01" in again.notes


def find_row(published: Published, measure: str) -> MeasureRow:
    assert published.release is not None
    return next(row for row in published.release.rows if row.measure == measure)


@pytest.mark.parametrize(("named", "refused"), [(4, []), (5, ["strain.weeks_6_10"]), (6, [])])
def test_names_that_leave_an_earlier_figure_to_one_person_do_not_go_out(
    named: int, refused: list[str]
) -> None:
    """Also of a measure whose values nobody tries out."""
    six = (*FIVE, "p06")
    told: dict[str, Any] = {"unit": "strain", "skill": None, "wave": None}
    before = make_release(make_row(six, measure="strain.weeks_6_10", **told))
    own = [make_row((p,), 3.0, measure="strain.fortnight", person=p, **told) for p in six[:named]]
    found = list(list_refusals(make_release(*own, number=2), [before]))
    assert [refusal.measure for refusal in found] == refused
    assert all('withhold = ["strain.fortnight"]' in refusal.instead for refusal in found)


def test_a_refusal_names_the_figure_the_reason_and_what_may_go_out() -> None:
    before = make_release(make_row(value=1.2))
    after = make_release(make_row((*FIVE, "p06"), value=1.5), number=2)
    few, certain = list_refusals(after, [before])
    assert few.figure == "self-rated growth from look-back to end (skill os, wave end)"
    assert few.measure == certain.measure == "skill.growth.now_minus_then"
    assert "fewer than 5" in few.reason
    assert "build the reports again" in few.instead
    assert certain.reason == "with all that went out before, the answer of p06 is certain"
    told = '{measure = "skill.growth.now_minus_then", skill = "os", wave = "end"}'
    assert certain.instead == f"leave it out: [disclosure] withhold = [{told}]"


def test_a_refusal_names_no_more_to_leave_out_than_is_needed() -> None:
    """All five use it weekly: that nobody chose one of the others would tell as much."""
    told: dict[str, Any] = {"measure": "followup.use", "unit": "persons", "skill": None, "wave": "after_3m"}
    counts = [("weekly", 5.0), ("monthly", 0.0), ("hardly", 0.0)]
    use = [make_row(kind=kind, value=value, **told) for kind, value in counts]
    other = make_row(measure="followup.taught", unit="persons", kind="yes", value=3.0, skill=None)
    refused = list(list_refusals(make_release(*use, other), []))
    assert {refusal.measure for refusal in refused} == {"followup.use"}
    (least,) = {refusal.instead for refusal in refused}
    kinds = re.findall(r'\{measure = "followup.use", wave = "after_3m", kind = "(\w+)"\}', least)
    assert len(kinds) == 2
    assert list(list_refusals(make_release(*(row for row in use if row.kind not in kinds)), [])) == []
    assert list(list_refusals(make_release(*(row for row in use if row.kind != kinds[0])), []))


def test_names_that_leave_a_figure_to_one_person_are_left_out_by_skill() -> None:
    six = (*FIVE, "p06")
    told: dict[str, Any] = {"measure": "skill.growth.mentor", "wave": "end"}
    before = make_release(make_row(six, skill="os", **told))
    own = [make_row((p,), 3.0, person=p, skill=skill, **told) for p in FIVE for skill in ("os", "db")]
    (refusal,) = (
        each for each in list_refusals(make_release(*own, number=2), [before]) if "name" in each.reason
    )
    assert refusal.instead.endswith(
        'withhold = [{measure = "skill.growth.mentor", skill = "os", wave = "end"}]'
    )


def test_a_release_without_a_history_is_compared_with_itself() -> None:
    (refusal, *others) = list_refusals(make_release(make_row(value=3.8)), [])
    assert refusal.reason == "with all that went out before, 2 of 9 answers are left for p01"
    assert len(others) == 4
    assert list(list_refusals(make_release(make_row(value=1.0)), [])) == []


def test_a_figure_without_words_is_told_by_its_id() -> None:
    assert say_figure(make_row(measure="a.b", skill=None, wave=None)) == "a.b"


# --- command line -----------------------------------------------------------------------------------------

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run_main(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["rotation-analysis", *map(str, words)])
        with pytest.raises(SystemExit) as ending:
            cli.main()
        captured = capsys.readouterr()
        return int(ending.value.code or 0), captured.out, captured.err

    return run_main


def test_the_command_says_what_was_recorded_and_what_was_there(place: Place, run: Run) -> None:
    code, out, _ = run("publish", place[1], "leadership", "--programme", place[0])
    assert code == 0
    assert out.startswith(f"recorded {place[0] / 'releases/001.json'}: leadership as of 2023-08-06, ")
    code, out, _ = run("publish", place[1], "leadership", "--programme", place[0])
    assert code == 0
    assert out.startswith("already  leadership")


def test_the_command_ends_with_1_and_records_nothing_where_figures_are_refused(
    place: Place, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = make_row()
    monkeypatch.setattr(
        publishing, "find_revealed_answers", lambda *_, **__: [Exposure((figure,), "p01", 1, 9)]
    )
    code, out, _ = run("publish", place[1], "owner", "--programme", place[0])
    assert code == 1
    assert out.startswith("REFUSED  self-rated growth")
    assert 'withhold = [{measure = "skill.growth.now_minus_then", skill = "os", wave = "end"}]' in out
    assert "nothing was recorded" in out
    assert history_of(place) == []
    code, out, _ = run("publish", place[1], "owner", "--programme", place[0], "--json")
    told = json.loads(out)
    assert (code, told["number"], told["file"], len(told["refused"])) == (1, None, None, 1)


def test_a_wrong_edition_ends_with_2(place: Place, run: Run) -> None:
    code, _, err = run("publish", place[1], "leaders", "--programme", place[0])
    assert code == 2
    assert 'did you mean "leadership"?' in err


def test_the_words_of_the_command_need_a_release() -> None:
    told = render_published(Published(edition="owner", programme=Path("p"), release=make_release(make_row())))
    assert "1 figures and 0 rows of persons, k = 5" in told
