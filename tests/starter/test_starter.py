"""A new programme: what `init` writes is read unchanged, filled in by typing, and reported."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner

from rotation_analysis.cli import app
from rotation_analysis.errors import UserError
from rotation_analysis.programme.file import SHEET_ROWS, read_programme
from rotation_analysis.programme.model import Programme
from rotation_analysis.programme.plan import Triggers
from rotation_analysis.programme.tables import SHEETS, TABLES
from rotation_analysis.programme.words import LeadershipWords, OwnerWords, Words
from rotation_analysis.reading.exports import read_exports
from rotation_analysis.starter import init as starter
from rotation_analysis.starter.init import start_programme
from rotation_analysis.starter.inspection import COMPANY, check_programme, render_check
from tests.typed_programme import DAY, TYPED, begin, fill

JAPANESE = re.compile("[ぁ-んァ-ヶ一-龥]")
FOLDERS = {"sheets", "answers", "records", "exports", "questionnaires", "words"}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A programme as `init` writes it, read-only."""
    return begin(tmp_path_factory.mktemp("begun") / "programme")


@pytest.fixture
def own(begun: Path, tmp_path: Path) -> Path:
    """A programme as `init` writes it, to modify."""
    return Path(shutil.copytree(begun, tmp_path / "programme"))


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def run(*words: str | Path) -> tuple[int, str, str]:
    """Exit code and what a command printed, as the installed program ends."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, UserError):
        return result.exception.exit_code, result.stdout, str(result.exception)
    return result.exit_code, result.stdout, result.stderr


# --- what is written --------------------------------------------------------------------------------------


def test_init_writes_settings_sheets_and_bilingual_surveys(begun: Path) -> None:
    written = set(files_of(begun))
    assert {"README.md", "programme.toml", "exports/.keep"} <= written
    assert {f"sheets/{name}.csv" for name in SHEET_ROWS} <= written
    assert {f"records/{name}/typed.csv" for name in SHEETS} <= written
    assert {f"questionnaires/{language}/skill_self.md" for language in ("ja", "en")} <= written
    places = {name.split("/")[0] for name in written}
    assert places == {"README.md", "programme.toml", *FOLDERS}
    readme = (begun / "README.md").read_text(encoding="utf-8")
    assert all(f"`{place}/`" in readme for place in FOLDERS)


@pytest.mark.parametrize("part", [0, 1])
def test_readme_names_every_column_and_word_of_sheets(begun: Path, part: int) -> None:
    halves = (begun / "README.md").read_text(encoding="utf-8").split("# Looking back on this programme")
    for name, model in SHEET_ROWS.items():
        (row,) = re.findall(rf"^\| `{name}` \| (.*) \|$", halves[part], re.M)
        columns, listed = set(model.model_fields), set(re.findall(r"`(\w+)`", row))
        kinds = [word for field in model.model_fields.values() for word in get_args(field.annotation)]
        words = {word for word in kinds if isinstance(word, str)}
        assert columns <= listed <= columns | words, name
        assert all(f"`{word}`" in halves[part] for word in words), name
    for table in SHEETS:
        for column in TABLES[table].columns:
            for label in column.labels:
                assert (label if part else column.words[label][0]) in halves[part]


def test_the_same_day_gives_the_same_bytes(begun: Path, tmp_path: Path) -> None:
    assert files_of(begin(tmp_path / "elsewhere")) == files_of(begun)
    other = start_programme(tmp_path / "later", day=date(2025, 4, 1), language="ja")
    changed = {name for name in other if files_of(tmp_path / "later")[name] != files_of(begun)[name]}
    assert "programme.toml" in changed
    assert not changed & {"README.md", *(f"sheets/{name}.csv" for name in SHEET_ROWS)}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_sheet_is_read_with_every_column(tmp_path: Path, language: str) -> None:
    programme = read_programme(begin(tmp_path / "programme", language=language))
    reading = read_exports(programme)
    assert reading.refused == ()
    assert reading.account.cells.empty, reading.account.cells
    unknown = {
        (file.file, column): became
        for file in reading.account.files
        for column, became in file.columns.items()
        if became is None and column not in ("ID", "開始時刻", "Start time")
    }
    assert unknown == {}
    found = {Path(file.file).parent.name: file.profile for file in reading.account.files}
    assert {name: found[name] for name in SHEETS} == {name: f"{name}_sheet" for name in SHEETS}
    assert {found[name] for name in programme.all_instruments} == {"ms_forms"}
    assert [team.id for team in programme.teams] == [programme.programme.host_team]


def test_every_questionnaire_and_record_table_has_optional_source(begun: Path) -> None:
    programme = read_programme(begun)
    asked = {source.instrument: source.files for source in programme.sources if source.instrument}
    assert asked == {name: (f"answers/{name}/*",) for name in programme.all_instruments}
    kept = {source.files for source in programme.sources if not source.instrument}
    assert kept == {*((f"records/{name}/*",) for name in SHEETS), ("exports/*",)}
    assert all(source.awaited for source in programme.sources)
    assert programme.as_of == programme.plan.declared == programme.triggers.declared == DAY


def test_settings_blocks_are_explained_in_both_languages(begun: Path) -> None:
    toml = (begun / "programme.toml").read_text(encoding="utf-8")
    blocks = re.split(r"^# --- (?=.*-$)", toml, flags=re.M)[1:]
    assert len(blocks) == 10
    for block in blocks:
        title, *rest = block.splitlines()
        before = [line for line in rest if line.startswith("#")]
        assert " / " in title, title
        assert any(JAPANESE.search(line) for line in before), title
        assert any(re.search(r"[A-Za-z]{4}", line) and not JAPANESE.search(line) for line in before) or any(
            " / " in line for line in before
        ), title


def test_commented_values_are_the_defaults(begun: Path) -> None:
    toml = (begun / "programme.toml").read_text(encoding="utf-8")
    default = dict(re.findall(r"^# (\w+) = ([\d.]+) # ", toml.split("[triggers]")[1].split("# ---")[0], re.M))
    held = {name: field.default for name, field in Triggers.model_fields.items() if name != "declared"}
    assert {name: float(value) for name, value in default.items()} == held


@pytest.mark.parametrize(
    ("block", "taken"),
    [
        ("[[plan.measurement_error]]", lambda programme: programme.plan.error_for("composite").r),
        ("[costs]", lambda programme: programme.costs.person_week),
        ('[[sources]]\n# name = "依頼(', lambda programme: programme.sources[-1].labels["kind"]["work"]),
    ],
)
def test_commented_block_can_be_uncommented(own: Path, block: str, taken: Callable[[Programme], Any]) -> None:
    settings = own / "programme.toml"
    toml = settings.read_text(encoding="utf-8")
    before, comment, after = re.split(rf"^(# {re.escape(block)}(?:.|\n)*?)(?=\n\n|\Z)", toml, flags=re.M)
    used = re.sub("^# ", "", comment, flags=re.M).replace("backlog/*", "records/requests/*")
    settings.write_text(before + used + after, encoding="utf-8")
    assert taken(read_programme(own))


@pytest.mark.parametrize(("name", "model"), [("owner", OwnerWords), ("leadership", LeadershipWords)])
def test_words_start_empty_and_every_key_is_usable(own: Path, name: str, model: type[Words]) -> None:
    path = own / f"words/{name}.toml"
    assert read_programme(own).words_for(name) == model().model_dump(mode="json")
    introduction, *examples = path.read_text(encoding="utf-8").split("\n\n")
    used = re.sub("^# ", "", "\n\n".join(examples), flags=re.M)
    path.write_text(f"{introduction}\n{used}", encoding="utf-8")
    words = read_programme(own).words[name]
    assert words.model_fields_set == set(model.model_fields) - model.unshown


def test_english_programme_has_english_sheet_headers(tmp_path: Path) -> None:
    folder = begin(tmp_path / "programme", language="en")
    heads = (folder / "records/time_use/typed.csv").read_text(encoding="utf-8-sig")
    assert heads == "Name,Week,Request,Improvement,Incident,Home,Learning,Hours\n"
    assert not JAPANESE.search((folder / "records/requests/typed.csv").read_text(encoding="utf-8"))


# --- completely or not at all -----------------------------------------------------------------------------


def test_init_prints_files_and_next_step(tmp_path: Path) -> None:
    code, printed, _ = run("init", tmp_path / "own", "--day", "2025-03-31")
    assert code == 0
    made, read, onward = printed.splitlines()
    assert re.fullmatch(
        r"made     .*/own: \d+ files \(README.md, programme.toml, words/, exports/, .*\)", made
    )
    assert read.startswith(f"read     {tmp_path}/own/README.md")
    assert onward == f"next     rotation-analysis check {tmp_path}/own"
    assert read_programme(tmp_path / "own").as_of == date(2025, 3, 31)
    code, printed, _ = run("init", tmp_path / "other", "--json")
    assert (code, set(json.loads(printed)["files"])) == (0, set(files_of(tmp_path / "other")))


def test_only_an_empty_folder_is_accepted(tmp_path: Path) -> None:
    empty, full, file = tmp_path / "empty", tmp_path / "full", tmp_path / "file"
    empty.mkdir()
    full.mkdir()
    (full / "mine.txt").write_text("mine", encoding="utf-8")
    file.write_text("mine", encoding="utf-8")
    assert run("init", empty)[0] == 0
    for taken in (full, file, empty):
        before = files_of(tmp_path)
        code, _, error = run("init", taken)
        assert code == 1
        assert "name a folder that does not exist yet" in error
        assert files_of(tmp_path) == before


def test_current_directory_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own").mkdir()
    monkeypatch.chdir(tmp_path / "own")
    code, _, error = run("init", ".")
    assert (code, files_of(tmp_path)) == (1, {})
    assert "name a folder below it" in error


def test_unfinished_programme_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(starter, "render_forms", fail)
    with pytest.raises(Exception, match="no space left"):
        begin(tmp_path / "own")
    assert not (tmp_path / "own").exists()


def test_unknown_language_error_lists_available_languages(tmp_path: Path) -> None:
    code, _, error = run("init", tmp_path / "own", "--language", "fr")
    assert (code, list(tmp_path.iterdir())) == (2, [])
    assert "known: en, ja" in error


# --- what is still missing --------------------------------------------------------------------------------


def missing_of(folder: Path) -> list[tuple[str, tuple[str, ...]]]:
    check = check_programme(folder)
    assert check.is_clean, render_check(check)
    return [(each.what, each.files) for each in check.missing]


@pytest.fixture(scope="module")
def missing_at_first(begun: Path) -> list[tuple[str, tuple[str, ...]]]:
    return missing_of(begun)


def test_check_lists_missing_items_in_order(
    begun: Path, missing_at_first: list[tuple[str, tuple[str, ...]]]
) -> None:
    missing = missing_at_first
    assert missing[:5] == [
        ("the company's name", ("programme.toml",)),
        ("no team but the host team", ("sheets/teams.csv",)),
        ("no people", ("sheets/people.csv",)),
        ("no stays", ("sheets/rotations.csv",)),
        ("no consents", ("sheets/consents.csv",)),
    ]
    (records, where), (answers, to) = missing[5:]
    assert records.startswith("no records of 依頼, 所属チームの課題, 障害")
    assert where == (*(f"records/{name}/*" for name in order_of_records(begun)), "exports/*")
    assert answers.startswith("no answers of スキル自己評価")
    assert len(to) == 8


def order_of_records(folder: Path) -> list[str]:
    sources = read_programme(folder).sources
    return [Path(s.files[0]).parent.name for s in sources if s.files[0].startswith("records/")]


def test_check_of_new_programme_succeeds_and_matches_json(
    begun: Path, missing_at_first: list[tuple[str, tuple[str, ...]]]
) -> None:
    code, printed, _ = run("check", begun)
    assert code == 0
    assert "still missing, first things first:\n  1. the company's name (programme.toml): write it" in printed
    assert printed.count("no record yet:") == 1
    code, printed, _ = run("check", begun, "--json")
    found = json.loads(printed)
    assert (code, found["problems"]) == (0, [])
    assert [(each["what"], tuple(each["files"])) for each in found["still_missing"]] == missing_at_first
    assert all(each["next"] for each in found["still_missing"])


def test_supplied_items_are_no_longer_missing(own: Path) -> None:
    toml = (own / "programme.toml").read_text(encoding="utf-8")
    for name in COMPANY:
        toml = toml.replace(name, "架空社")
    (own / "programme.toml").write_text(toml, encoding="utf-8")
    gone = [missing_of(own)[0][0]]
    assert gone == ["no team but the host team"]
    names = ("teams", "people", "rotations", "consents")
    for name, now_first in zip(names, ("no people", "no stays", "no consents", "no records of"), strict=True):
        fill(own, {f"sheets/{name}.csv": TYPED[f"sheets/{name}.csv"]})
        assert missing_of(own)[0][0].startswith(now_first)


def test_due_answers_are_listed_by_round_open_first(own: Path) -> None:
    check = check_programme(fill(own))
    assert check.is_clean, render_check(check)
    assert [(each.what, each.files) for each in check.missing] == [
        ("the company's name", ("programme.toml",)),
        ("no records of ツールの書き出し", ("exports/*",)),
        ("answers to followup at after_6m of p01 (until 2025-02-26)", ("answers/followup/*",)),
        ("answers to manager at after_6m of p01 (until 2025-02-26)", ("answers/manager/*",)),
        ("answers to skill_self at middle of p01, p02", ("answers/skill_self/*",)),
        ("answers to skill_mentor at middle of p01, p02", ("answers/skill_mentor/*",)),
        ("answers to manager at start of p01, p02", ("answers/manager/*",)),
        ("answers to skill_mentor at start of p02", ("answers/skill_mentor/*",)),
    ]
    steps = [each.next_step for each in check.missing[2:]]
    assert steps == [
        *["ask, or put in what came back"] * 2,
        *["put in what came back in time; it is too late to ask"] * 4,
    ]


def test_missing_mentor_address_and_later_records_are_listed(own: Path) -> None:
    people = [
        {**row, "mail": "" if row["id"] == "p02" else row["mail"]} for row in TYPED["sheets/people.csv"]
    ]
    stays = [{**row, "mentor": ""} for row in TYPED["sheets/rotations.csv"]]
    later = {"番号": "9", "開催日": "2025-04-01", "題名": "来月", "参加人数": "3"}
    typed = {
        **TYPED,
        "sheets/people.csv": people,
        "sheets/rotations.csv": stays,
        "records/study_sessions/typed.csv": (later,),
    }
    missing = missing_of(fill(own, typed))
    assert missing[1:3] == [
        ("no address of p02", ("sheets/people.csv",)),
        ("no mentor of p01, p02", ("sheets/rotations.csv",)),
    ]
    assert missing[-1] == ("a later last day: 1 records are after 2025-02-10", ("programme.toml",))


# --- typing errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sheet", "row", "message"),
    [
        (
            "people",
            {"id": "P01", "name": "試験 一"},
            "id: programme: 'P01' (expected an id: small letters a-z",
        ),
        ("people", {"id": "p01"}, "name: programme (expected this key; it is missing)"),
        ("teams", {"id": "aoi", "ja": "葵", "en": "Aoi", "size": "6名"}, "'6名' (expected a whole number)"),
        ("events", {"date": "1/4/2024", "ja": "窓口", "en": "Portal"}, "(expected a day as 2024-04-01)"),
        (
            "consents",
            {"person": "p01", "kind": "skill", "audience": "owner", "given": "2024-01-05"},
            "kind: programme: 'skill' (expected one of skills, incidents, strain, time, quotes; did you mean "
            '"skills"?)',
        ),
    ],
)
def test_typing_error_is_reported_with_row_and_expectation(
    own: Path, sheet: str, row: dict[str, str], message: str
) -> None:
    fill(own, {f"sheets/{sheet}.csv": (row,)})
    code, shown, _ = run("check", own)
    line = 3 if sheet == "teams" else 2
    assert code == 1
    assert f"problem: sheets/{sheet}.csv, row {line}, " in shown
    assert message in shown
    assert shown.endswith("1 problem\n")


def test_cleared_row_is_ignored(own: Path) -> None:
    people = TYPED["sheets/people.csv"]
    teams = {"sheets/teams.csv": TYPED["sheets/teams.csv"]}
    fill(own, {**teams, "sheets/people.csv": (people[0], {}, people[1])})
    fill(own, {"sheets/people.csv": ({"id": "P", "name": "x"},)})
    (problem,) = check_programme(own).problems
    assert (problem.row, problem.value) == (5, "P")  # as the sheet counts
    text = (own / "sheets/people.csv").read_text(encoding="utf-8").replace("P,x", "m01,x")
    (own / "sheets/people.csv").write_text(text, encoding="utf-8")
    assert [person.id for person in read_programme(own).people] == ["p01", "p02", "m01"]


def test_sheet_in_excel_encoding_is_read(own: Path) -> None:
    fill(own)
    path = own / "sheets/people.csv"
    path.write_bytes(path.read_text(encoding="utf-8-sig").encode("cp932"))
    assert [person.name for person in read_programme(own).people][:2] == ["試験 一", "試験 二"]


# --- reports ----------------------------------------------------------------------------------------------


def test_report_without_stays_prints_error_without_folder(begun: Path, tmp_path: Path) -> None:
    code, printed, error = run("report", begun, "--out", tmp_path / "out")
    assert (code, printed, files_of(tmp_path)) == (1, "", {})
    assert error == (
        "this programme has no stay yet, so there is nothing to report; "
        "`rotation-analysis check PROGRAMME` lists what is still missing, in order"
    )


@pytest.mark.usefixtures("in_process")
def test_typed_values_appear_in_every_edition(own: Path, tmp_path: Path) -> None:
    out = tmp_path / "reports"
    code, printed, error = run("report", fill(own), "--out", out, "--language", "ja")
    assert code == 0, (printed, error)
    pages = {name for name in files_of(out) if name.endswith(".ja.html") and "policy" not in name}
    cohorts = ("skill-growth", "workload", "team-impact")
    assert pages == {
        "owner/programme.ja.html",
        *(f"owner/cohort-{cohort}/{name}.ja.html" for cohort in "12" for name in cohorts),
        "leadership/summary.ja.html",
        "home-managers/p01/letter.ja.html",
        "graduates/p01/graduate-pack.ja.html",
        "graduates/p02/graduate-pack.ja.html",
    }
    account = json.loads((out / "owner/account.json").read_text(encoding="utf-8"))["files"]
    typed = {name: len(rows) + (name == "sheets/teams.csv") for name, rows in TYPED.items()}
    assert {file["file"]: file["used"] for file in account if file["used"]} == typed
    assert sum(file["read"] for file in account) == sum(typed.values())
    assert numbers_of(out / "graduates/p01/results.json") == {
        ("skill.level", "os", "self", "start", 1, 2),
        ("skill.level", "os", "self", "end", 1, 4),
        ("skill.level", "os", "then", "end", 1, 1),
        ("skill.level", "os", "mentor", "start", 1, 2),
        ("skill.level", "observability", "self", "end", 1, 3),  # at the start there was no chance
        ("skill.level", "observability", "self", "after_6m", 1, 4),
        ("skill.growth.now_minus_start", "os", None, "end", 1, 2),
        ("skill.no_chance", None, None, "start", 3, 1),
        ("skill.use", None, "monthly", "after_3m", 1, 1),
        ("strain.fortnight", None, None, None, 1, 3),
        ("incident.participation", None, "helper", None, 1, 1),
        ("improvement.delivered", None, "monitor", None, 1, 1),
        ("one_to_one.day", None, "held", None, 1, 1),
    }


WANTED = {
    ("skill.level", "os"),
    ("skill.level", "observability"),
    ("skill.growth.now_minus_start", "os"),
    ("skill.no_chance", None),
    ("skill.use", None),
    ("strain.fortnight", None),
    ("incident.participation", None),
    ("improvement.delivered", None),
    ("one_to_one.day", None),
}
LEFT_OUT = {("os", "self", "after_6m"), ("os", "mentor", "end"), ("observability", "mentor", "end")}


def numbers_of(results: Path) -> set[tuple[Any, ...]]:
    """Measure, skill, kind, wave, n and value of the rows that are wanted and are not 0."""
    rows = json.loads(results.read_text(encoding="utf-8"))["measures"]
    return {
        (row["measure"], row["skill"], row["kind"], row["wave"], row["n"], row["value"])
        for row in rows
        if (row["measure"], row["skill"]) in WANTED
        and row["value"]
        and (row["skill"], row["kind"], row["wave"]) not in LEFT_OUT
    }
