"""The sample programme as `check` tells it: every record in the account, every planted mess with its count.

What is expected comes from the generator in `data/` or from the files themselves, never from the library.
"""

from __future__ import annotations

import csv
import importlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from click.testing import Result
from python_calamine import load_workbook
from typer.testing import CliRunner

from rotation_analysis.cli import app
from rotation_analysis.starter import inspection
from rotation_analysis.starter.inspection import Check, check_programme
from tests.publications import COHORTS, sample_edition, sample_publication
from tests.samples import SAMPLE, TINY, read_sample

EXPORTS = SAMPLE / "exports"
BACKLOG, JIRA, UTC = "backlog_課題一覧.csv", "jira_export.csv", "jira_export_2024-02-04.csv"
FIRST, LATER = "スキル自己評価_第1-2期.csv", "スキル自己評価_第3期以降.csv"
SHEET = "障害参加者.xlsx"
PULSE, AGAIN = "隔週パルス.csv", "隔週パルス (1).csv"
DATADOG, PULLS = "datadog_incidents.json", "github_pulls.json"
HOST = "受け入れ側_月次.csv"
LAST_LINE = "40 files, 33959 read = 33709 used + 250 set aside + 0 refused"


@pytest.fixture(scope="module")
def planted() -> Iterator[Any]:
    """The generator's own account of the stored sample: `maker`, `company`, `mess`, `world`, `requests`."""
    sys.path.insert(0, str(SAMPLE.parent))
    maker, trackers, company = map(
        importlib.import_module, ("make_sample", "synthetic.trackers", "synthetic.company")
    )
    world = maker.simulate(maker.SEED)
    yield SimpleNamespace(
        maker=maker,
        company=company,
        naming=importlib.import_module("synthetic.planted").NAMING,
        stops=trackers.STOPS_LABELLING,
        mess=world.scenario.mess,
        world=world,
        requests=trackers.label_requests(world),
    )
    sys.path.remove(str(SAMPLE.parent))


@pytest.fixture(scope="module")
def command() -> tuple[Result, Check]:
    """What the command prints of the sample, and what it has found."""
    found: list[Check] = []

    def keep(*given: Any, **named: Any) -> Check:
        found.append(check_programme(*given, **named))
        return found[0]

    before = sorted(SAMPLE.rglob("*"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inspection, "check_programme", keep)
        printed = CliRunner().invoke(app, ["check", str(SAMPLE)])
    assert sorted(SAMPLE.rglob("*")) == before
    return printed, found[0]


@pytest.fixture(scope="module")
def check(command: tuple[Result, Check]) -> Check:
    return command[1]


@pytest.fixture(scope="module")
def sums(check: Check) -> dict[str, dict[str, Any]]:
    """The account's object of each file, by its name without folder and mark."""
    assert check.account is not None
    return {file["file"].removeprefix("exports/SYNTHETIC_"): file for file in check.account.sums()}


def read_rows(path: Path) -> list[dict[str, str]]:
    """A file's records as any other program sees them."""
    if path.suffix == ".xlsx":
        header, *rows = load_workbook(path).get_sheet_by_index(0).to_python()
    else:
        raw = path.read_bytes()
        text = raw.decode("cp932" if "backlog" in path.name else "utf-8-sig")
        header, *rows = csv.reader(StringIO(text, newline=""), strict=True)
    return [{str(name): str(cell) for name, cell in zip(header, row, strict=True)} for row in rows]


def count_records(path: Path) -> int:
    """How many records a file holds, as any other program counts them."""
    if path.suffix != ".json":
        return len(read_rows(path)) - path.name.endswith("home_team_survey.csv")  # a second header row
    value = json.loads(path.read_text(encoding="utf-8"))
    if "dashboards" in path.name:
        return len(list_widgets(value))
    return len(value["data"] if isinstance(value, dict) else value)


def list_widgets(dashboards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every widget of a list of dashboards; a group is none itself."""
    framed = [
        (widget, widget["definition"].get("widgets")) for each in dashboards for widget in each["widgets"]
    ]
    return [one for widget, inside in framed for one in (inside or [widget])]


def read_json(name: str) -> Any:
    """A JSON file of the sample."""
    return json.loads((EXPORTS / f"SYNTHETIC_{name}").read_text(encoding="utf-8"))


def told(sums: dict[str, dict[str, Any]], kind: str) -> dict[tuple[str, str], int]:
    """Every (file, reason) with its count; `kind`: set_aside, refused, cells or warnings."""
    if kind == "warnings":
        return {(name, row["code"]): row["n"] for name, file in sums.items() for row in file["warnings"]}
    return {(name, reason): n for name, file in sums.items() for reason, n in file[kind].items()}


def by_tracker(planted: Any, chosen: pd.Series) -> Counter[str]:
    """How many chosen requests stand in each tracker's files."""
    return Counter(planted.requests.loc[chosen, "tracker"])


# --- the account ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", [SAMPLE, TINY], ids=["sample", "tiny"])
def test_every_record_of_every_file_is_in_the_account(folder: Path, check: Check) -> None:
    account = (check if folder == SAMPLE else check_programme(folder)).account
    assert account is not None
    files = {path.name: count_records(path) for path in (folder / "exports").iterdir()}
    assert {file["file"].removeprefix("exports/"): file["read"] for file in account.sums()} == files
    for file in account.sums():
        assert file["read"] == file["used"] + sum(file["set_aside"].values()) + sum(file["refused"].values())
    assert len([row for row in account.rows() if row["outcome"] != "cell"]) == sum(
        file["read"] - file["used"] for file in account.sums()
    )


def test_the_command_ends_with_0_and_the_sums_that_add_up(command: tuple[Result, Check]) -> None:
    run = command[0]
    assert run.exit_code == 0, run.stderr
    account, _, missing = run.stdout.partition("still missing, first things first:\n")
    *_, gaps, last = account.splitlines()
    assert "answers to skill_mentor at middle of p01" in missing.splitlines()[0]
    assert last == LAST_LINE
    assert gaps.startswith("gaps: open_requests 61, ")
    first, *_, read = run.stderr.splitlines()
    assert first.startswith("reading 0 of 32 files: exports/")
    assert read == "reading 32 of 32 files, 33,723 records"  # and the owner's sheets


def test_exactly_the_planted_records_are_set_aside(sums: Any, planted: Any) -> None:
    mess, outside = planted.mess, by_tracker(planted, planted.requests["team"].eq("outside"))
    assert told(sums, "set_aside") == {
        (FIRST, "test_answer"): mess.test_answers[0],  # M21
        (LATER, "test_answer"): mess.test_answers[1],
        (BACKLOG, "other_team"): outside["backlog"],  # M13
        (JIRA, "other_team"): outside["jira"],
        (JIRA, "migrated_copy"): mess.migrated,  # M9
        (SHEET, "ambiguous_person"): mess.namesakes,  # M7
        (PULSE, "duplicate_row"): 138 - mess.pulse_new,  # M2
        (AGAIN, "superseded"): mess.pulse_double,  # M3
        (AGAIN, "conflicting_answer"): mess.pulse_contradicted,
        (DATADOG, "test_answer"): 2,
        (PULLS, "bot"): 60,
    }
    assert (mess.pulse_new, mess.pulse_double, mess.pulse_contradicted) == (9, 6, 1)
    assert outside.total() == mess.outside == 12
    assert (sum(mess.test_answers), mess.migrated, mess.namesakes) == (4, 34, 2)
    assert told(sums, "refused") == told(sums, "cells") == {}


def test_exactly_the_planted_warnings_are_told(sums: Any, planted: Any) -> None:
    mess, requests = planted.mess, planted.requests
    bot = by_tracker(planted, requests["account"].eq(planted.company.BOT))
    backwards = by_tracker(planted, requests["completed"] < requests["created"])
    renamed = [
        skill
        for skill, title in planted.maker.OLD_GRID.items()
        if planted.maker.SKILL_NAMES[skill] not in title
    ]
    naming = Counter(form for form, *_ in planted.naming)
    assert told(sums, "warnings") == {
        (FIRST, "renamed_question"): len(renamed),  # M4
        (FIRST, "header_spelling"): len(planted.maker.OLD_GRID) - len(renamed),
        (BACKLOG, "encoding_guessed"): 1,  # M10
        (BACKLOG, "shared_account"): bot["backlog"],  # M6
        (JIRA, "shared_account"): bot["jira"],
        (BACKLOG, "end_before_start"): backwards["backlog"],  # M15
        (JIRA, "end_before_start"): backwards["jira"],
        (UTC, "zone_looks_wrong"): mess.in_utc,  # M11
        (AGAIN, "late_answer"): mess.pulse_late[1],  # M1
        (HOST, "midpoint_of_range"): mess.typed_hours[3],  # M16
        (SHEET, "unknown_person"): sum(count for _, count in mess.unknown_names),
        ("修了アンケート.csv", "names_in_text"): naming["exit"],  # M19
        ("フォロー_3か月.csv", "names_in_text"): naming["followup"],
        ("上長アンケート.csv", "names_in_text"): naming["manager"],
    }
    assert (renamed, len(planted.maker.OLD_GRID)) == (["incident"], 4)
    assert (bot.total(), backwards.total(), mess.in_utc, naming.total()) == (37, 3, 212, 4)


def test_gaps_are_the_planted_ones(check: Check, planted: Any) -> None:
    requests, tickets = planted.requests, planted.world.tickets
    team, since = planted.stops
    unlabelled = tickets["team"].eq(team) & (tickets["created"] >= since)
    assert check.gaps["open_requests"] == requests["completed"].isna().sum() == 61  # M14
    assert check.gaps["requests_without_kind"] == requests["kind_label"].eq("").sum()  # M12
    assert check.gaps["requests_without_team"] == 0
    assert check.gaps["tickets_without_how"] == unlabelled.sum()  # M17
    assert check.gaps["answers_on_another_scale"] == 1  # M5
    silent = [
        incident
        for incident in read_json(DATADOG)["data"]
        if not incident["relationships"]["responders"]["data"] and not incident["attributes"]["is_test"]
    ]
    assert check.gaps["incidents_without_people"] == len(silent) == 18


# --- what became of the planted mess ----------------------------------------------------------------------


def test_what_is_not_found_in_any_list_is_named(check: Check, planted: Any) -> None:
    assert check.account is not None
    rows = check.account.rows(values=True)
    lists = ("other_team", "ambiguous_person", "test_answer")
    values = {(row["reason"], row["value"]) for row in rows if row["reason"] in lists}
    assert values == {
        ("test_answer", "true"),  # Datadog says so itself
        ("other_team", planted.company.team_label("outside", "2024-01-01")),
        ("ambiguous_person", planted.company.full_name("p03")),
        ("test_answer", planted.company.TEST_ADDRESS),
    }
    copies = {row["value"] for row in rows if row["reason"] == "migrated_copy"}
    assert copies == set(planted.requests.loc[planted.requests["migrated"], "key"])
    (advice,) = {row["next"] for row in rows if row["reason"] == "ambiguous_person"}
    assert "p03" in advice
    assert "sre05" in advice


def test_requests_keep_their_instant_through_trackers_encodings_and_the_move(planted: Any) -> None:
    """M9 to M11: as planted to the minute; only the project exported in UTC is nine hours off, as warned."""
    ours = read_sample().cohorts.tables["requests"].set_index("id")
    theirs = planted.requests[planted.requests["team"].ne("outside")].set_index("key")
    assert set(ours.index) == set(theirs.index)
    read = ours["created"].dt.tz_convert("Asia/Tokyo").dt.tz_localize(None).reindex(theirs.index)
    off = theirs["created"].dt.floor("min") - read.dt.floor("min")
    assert set(off[theirs["project"].ne("SREP")]) == {pd.Timedelta(0)}
    assert set(off[theirs["project"].eq("SREP")]) == {pd.Timedelta(hours=9)}
    # CP932 writes the wave dash as a full-width tilde, nothing else changes (M10)
    titles = ours["title"].reindex(theirs.index).str.replace("～", "〜")
    assert titles.eq(theirs["subject"]).all()
    assert titles.str.contains("①").any()


def test_the_team_that_stopped_labelling_has_no_how_from_that_day_and_all_others_do(planted: Any) -> None:
    team, since = planted.stops
    ours = read_sample().cohorts.tables["tickets"]
    assert len(ours) == len(planted.world.tickets)
    stopped = ours["team"].eq(team) & (ours["day"] >= pd.Timestamp(since))
    assert (team, str(since)) == ("tsubaki", "2023-10-02")
    assert ours["how"].isna().equals(stopped)
    # the comparison goes on without it, and says with how many teams
    never = {other.id for other in planted.world.scenario.teams} - {
        stay.team for stay in planted.world.scenario.rotations
    }
    assert team in never
    compared = {
        measure.measure: measure.notes[0]
        for measure in read_sample().rows
        if measure.cohort is None and measure.notes and measure.notes[0].startswith("COMPARED_WITH")
    }
    assert compared["impact.self_resolution.first_graduate"] == f"COMPARED_WITH:{len(never)}"
    assert compared["impact.self_resolution.second_graduate"] == f"COMPARED_WITH:{len(never) - 1}"


def test_answers_are_those_planted_whatever_name_or_address_they_came_under(planted: Any) -> None:
    """M6: p05 changed the name, p09 wrote from two addresses; M5: p01 began on another scale."""
    cover = read_sample().cohorts.coverage
    for rater, answers in (("self", planted.world.skills), ("mentor", planted.world.mentors)):
        here = cover[cover["instrument"].eq(f"skill_{rater}") & cover["status"].eq("answered")]
        found = set(zip(here["person"], here["wave"], strict=True))
        assert found == set(zip(answers["person"], answers["wave"], strict=True))
        other = answers[answers["scale"].ne(5)] if "scale" in answers else answers[:0]
        odd = here[~here["comparable"]]
        assert set(zip(odd["person"], odd["wave"], strict=True)) == set(
            zip(other["person"], other["wave"], strict=True)
        )
    rows = sample_publication("1").rows("skill.growth.now_minus_start", person="p01")
    assert set(rows["notes"]) == {("OTHER_SCALE",)}
    assert rows["value"].isna().all()


def test_surveys_asked_once_are_placed_in_their_wave_with_the_answers_planted(planted: Any) -> None:
    """E11 starts from these: who told what use, in which wave; p05 and p09 wrote under two addresses (M6)."""
    answers = read_sample().cohorts.tables["responses"]
    ours = answers[answers["instrument"].isin(["exit", "followup"])]
    assert set(ours["question"]) == {
        "ex_brief", "ex_match", "ex_length", "ex_hard", "ex_premortem", "ex_change",
        "fu_use", "fu_barrier", "fu_taught", "fu_view",
    }  # fmt: skip
    assert not ours["state"].eq("unusable").any()
    told = {question: rows.set_index(["person", "wave"]) for question, rows in ours.groupby("question")}
    ended = planted.world.exits.set_index(["person", "wave"])
    after = planted.world.follow_ups.set_index(["person", "wave"])
    assert set(told["ex_brief"].index) == set(ended.index)
    assert set(told["fu_use"].index) == set(after.index)
    assert told["ex_brief"]["level"].astype(float).to_dict() == ended["brief"].to_dict()
    unable = told["ex_match"]["state"].eq("not_applicable")
    assert unable.to_dict() == ended["match"].isna().to_dict()
    assert told["fu_use"]["option"].to_dict() == after["use"].to_dict()
    assert told["fu_taught"]["option"].eq("yes").to_dict() == after["taught"].to_dict()
    ticked = told["fu_barrier"].groupby(level=["person", "wave"]).size()
    assert ticked.to_dict() == after["barriers"].map(len).to_dict()
    assert told["fu_view"]["answer"].fillna("").to_dict() == after["view"].to_dict()


def test_texts_that_name_somebody_are_quoted_nowhere(planted: Any) -> None:
    """M19: p03 and p08 agreed to be quoted, those whom they name did not."""
    texts = set(planted.naming.values())
    for cohort in COHORTS:
        assert not texts & set(sample_publication(cohort).voices["text"])
    assert not sample_publication("5").voices.empty


def test_answers_of_the_home_teams_are_nobodys_and_of_the_team_they_name(planted: Any) -> None:
    """The planted rounds, under the team's id of the day; a team of four gave three answers (M18)."""
    home = importlib.import_module("synthetic.home_team")
    drawn = home.draw_home_answers(planted.world.seed, planted.world.scenario, planted.world.truth)
    answers = read_sample().cohorts.tables["responses"]
    ours = answers[answers["question"].eq("hm_selfsolve")].sort_values("row")
    assert ours["person"].isna().all()
    assert ours["team"].tolist() == drawn["team"].tolist()
    levels = ours["level"].astype(float).where(ours["state"].ne("not_applicable"))
    assert levels.fillna(0).tolist() == drawn["selfsolve"].fillna(0).tolist()
    assert ours["team"].eq("yanagi").sum() == 3


def test_every_survey_tells_five_states_apart() -> None:
    """M8, and the same for what else was asked in those rounds."""
    cover = read_sample().cohorts.coverage
    own = cover[cover["rater"].eq("self")]
    people = own.groupby(["wave", "instrument", "status"])["person"].agg(" ".join)
    shared = {"cannot_be_asked": "p09", "not_applicable": "p02"}
    after_6m = shared | {
        "answered": "p01 p03 p05 p07",
        "missing": "p04 p06",
        "not_yet_due": "p08 p10 p11 p12 p13",
    }
    assert people["after_3m", "followup"].to_dict() == shared | {
        "answered": "p01 p03 p04 p05 p06 p07 p08 p11",
        "missing": "p10",
        "not_yet_due": "p12 p13",
    }
    assert people["after_6m", "followup"].to_dict() == after_6m
    assert people["after_6m", "skill_self"].to_dict() == after_6m
    ended = {
        "answered": "p01 p02 p03 p04 p05 p06 p08 p09 p10 p11", "missing": "p07", "not_yet_due": "p12 p13"
    }  # fmt: skip
    assert people["end", "exit"].to_dict() == people["end", "skill_self"].to_dict() == ended
    asked = {(wave, instrument) for wave, instrument, _ in people.index}
    assert asked == {
        ("start", "skill_self"), ("middle", "skill_self"), ("end", "skill_self"), ("end", "exit"),
        ("after_3m", "followup"), ("after_6m", "skill_self"), ("after_6m", "followup"),
    }  # fmt: skip


def test_the_step_is_unknown_where_the_role_was_left_blank(sums: Any, check: Check, planted: Any) -> None:
    """M20; two of the blank roles are in the rows whose person is not known for certain (M7)."""
    rows = read_rows(EXPORTS / f"SYNTHETIC_{SHEET}")
    blank = [row for row in rows if not row["役割"]]
    assert len(blank) == round(planted.mess.blank_role * len(rows))
    known = [row for row in blank if row["氏名"] != planted.company.full_name("p03") or row["メール"]]
    ours = read_sample().cohorts.tables["participation"]
    unknown = ours[ours["step"].isna()]
    assert unknown["file"].str.endswith(SHEET).sum() == len(known)
    assert len(unknown) == check.gaps["participations_without_step"]
    kept = ours[ours["file"].str.endswith(SHEET)]  # before 2024; Datadog tells every role
    assert len(unknown) / len(kept) == pytest.approx(planted.mess.blank_role, abs=0.01)


@pytest.mark.parametrize("cohort", COHORTS)
def test_persons_are_shown_by_consent_and_by_nothing_else(cohort: str) -> None:
    """M22: p07 withdrew what may be seen of skills and incidents; of load, consent is given by cohort 5."""
    rows = read_rows(EXPORTS / "SYNTHETIC_consents.csv")
    own = [row for row in rows if row["audience"] == "owner"]
    withdrew = {(row["person"], row["kind"]) for row in own if row["withdrawn"]}
    assert withdrew == {("p07", "skills"), ("p07", "incidents")}
    allowed = {(row["person"], row["kind"]) for row in own if not row["withdrawn"]}
    measures = sample_publication(cohort).measures
    named = measures[measures["person"].notna()]
    named = named[~named["measure"].isin(("cost.person_weeks_away", "cost.account"))]
    needed = {"skill": "skills", "incident": "incidents", "strain": "strain"}
    kinds = named["measure"].str.split(".").str[0].map(needed).fillna("time")
    shown = pd.Series([key in allowed for key in zip(named["person"], kinds, strict=True)], named.index)
    assert named["verdict"].eq("hidden").equals(~shown)
    hidden = named[~shown]
    assert set(hidden["notes"]) <= {("NO_CONSENT",)}
    assert hidden[["n", "missing", "value", "low", "high", "skill", "wave"]].isna().all(axis=None)
    if cohort == "5":
        assert hidden.empty
        assert {"strain.fortnight", "time.share", "interruption.rate"} <= set(named["measure"])
    if cohort == "4":
        assert shown[named["person"].eq("p07")].sum() == 0
        assert set(kinds) == {"skills", "incidents", "strain", "time"}


# --- load, hosts, deliveries -------------------------------------------------------------------------------


def measured(name: str, **where: Any) -> list[Any]:
    """The rows of a measure that are about no person."""
    rows = [row for row in read_sample().rows if row.measure == name and row.person is None]
    return [row for row in rows if all(getattr(row, key) == value for key, value in where.items())]


def test_hours_typed_freely_become_numbers_and_blank_ones_stay_blank(planted: Any) -> None:
    """M16: of 23 cells five are 0 and four なし, three blank; ranges count by their middle."""
    answers = read_sample().cohorts.tables["responses"]
    hours = answers[answers["question"].eq("ho_hours")].sort_values("row")
    typed = [
        row["先週、留学生に教える・見る・直すのに使った時間(時間)"]
        for row in read_rows(EXPORTS / f"SYNTHETIC_{HOST}")
    ]
    assert len(typed) == len(hours) == 160
    counts = planted.mess.typed_hours
    assert (sum(counts), Counter(typed)["なし"], Counter(typed)["0"]) == (23, counts[1], counts[0])
    assert hours["state"].value_counts().to_dict() == {"answered": 157, "blank": counts[2]}
    for text, number in zip(typed, hours["number"], strict=True):
        low, _, high = text.removesuffix("h").removesuffix("時間").replace("なし", "0").partition("〜")
        if text:
            assert number == (float(low) + float(high or low)) / 2
    assert hours["person"].isna().all()


def test_managers_rounds_tell_the_states_apart() -> None:
    cover = read_sample().cohorts.coverage
    rounds = cover[cover["rater"].eq("manager")].groupby(["wave", "status"])["person"].agg(" ".join)
    assert rounds.to_dict() == {
        ("start", "answered"): "p01 p02 p03 p04 p05 p06 p07 p08 p09 p10 p11 p12 p13",
        ("end", "answered"): "p01 p02 p03 p04 p05 p06 p08 p09 p10 p11",
        ("end", "missing"): "p07",
        ("end", "not_yet_due"): "p12 p13",
        ("after_6m", "answered"): "p01 p03 p04 p05 p06 p07",
        ("after_6m", "not_applicable"): "p02",
        ("after_6m", "cannot_be_asked"): "p09",
        ("after_6m", "not_yet_due"): "p08 p10 p11 p12 p13",
    }


def test_planned_one_to_ones_are_counted_by_the_calendar() -> None:
    (row,) = measured("one_to_one.held_share", cohort=None)
    assert (row.n, row.value) == (310, pytest.approx(242 / 310))
    (booked,) = measured("one_to_one.ad_hoc", cohort=None)
    assert booked.value == 61


def test_cohort_five_spends_the_planted_share_on_requests() -> None:
    """E15: 58 % against 46 %, above the line of one half."""
    shares = {row.cohort: row.value for row in measured("time.share", kind="request")}
    assert shares.pop("5") == pytest.approx(0.58, abs=0.01)
    assert shares.pop(None) == pytest.approx(0.50, abs=0.01)
    assert list(shares.values()) == pytest.approx([0.46] * 5, abs=0.012)
    operations = {row.cohort: row.value for row in measured("time.operations_share")}
    assert operations["5"] > 0.5


def test_improvements_are_told_by_kind_and_in_their_own_unit() -> None:
    kinds = {row.kind: row.value for row in measured("improvement.delivered", cohort=None) if row.value}
    assert kinds == {"monitor": 26, "dashboard": 14, "workflow": 9, "removed_resource": 11, "cost": 8,
                     "iac_module": 4, "slo": 2}  # fmt: skip
    yen = [row.value for row in measured("improvement.amount", cohort=None) if row.label == "円/月"]
    assert sum(yen) == 412_000


def test_tables_of_dynamodb_gained_monitors_and_widgets_while_cohorts_one_and_five_stayed() -> None:
    gained = {
        (row.cohort, row.kind, row.label): row.value
        for row in measured("monitoring.gained")
        if row.label and row.label.startswith("dynamodb:") and row.value
    }
    assert {key: value for key, value in gained.items() if key[0] in ("1", "5")} == {
        ("1", "monitors", "dynamodb:reservations"): 4, ("1", "widgets", "dynamodb:reservations"): 5,
        ("1", "monitors", "dynamodb:waitlist"): 3, ("1", "widgets", "dynamodb:waitlist"): 4,
        ("5", "monitors", "dynamodb:seats"): 3, ("5", "widgets", "dynamodb:seats"): 4,
        ("5", "monitors", "dynamodb:sessions"): 4, ("5", "widgets", "dynamodb:sessions"): 5,
        ("5", "monitors", "dynamodb:notices"): 3, ("5", "widgets", "dynamodb:notices"): 4,
    }  # fmt: skip


def test_every_notification_is_somebodys_and_every_sheet_is_used() -> None:
    tables = read_sample().cohorts.tables
    assert tables["notifications"]["person"].notna().all()
    assert tables["notifications"]["at"].notna().all()
    for name, count in (("one_to_ones", 371), ("time_use", 310), ("improvements", 74)):
        assert len(tables[name]) == count
        assert tables[name]["person"].notna().all()
    assert len(tables["study_sessions"]) == 58


def test_given_up_requests_keep_how_they_ended_and_all_keep_their_topic(planted: Any) -> None:
    requests = read_sample().cohorts.tables["requests"].set_index("id")
    theirs = planted.requests[planted.requests["team"].ne("outside")].set_index("key")
    given_up = requests["resolution"].isin(["対応しない", "Won't Do"]).reindex(theirs.index)
    assert given_up.equals(theirs["cancelled"])
    assert given_up.sum() == sum(planted.mess.cancelled) == 24
    assert requests["topic"].fillna("").reindex(theirs.index).tolist() == theirs["topic"].tolist()


def test_who_refused_is_quoted_nowhere_and_who_withdrew_is_shown_to_nobody_else() -> None:
    """M22: p05 and p10 refused to be quoted, p07 took the consent to skills back; the reports are built."""
    others = [sample_publication(cohort) for cohort in (*COHORTS, None)] + [sample_edition("leadership")]
    quoted = {person for publication in others for person in publication.voices["person"]}
    assert quoted == {"p01", "p03", "p08"}
    own = {person: sample_edition("graduate", person=person) for person in ("p05", "p07", "p10")}
    for person in ("p05", "p10"):
        said = {text for text in own[person].voices["text"] if len(text) > 20}
        assert said, "their own pack holds their words"
        assert not [text for text in said for publication in others if text in publication.to_json()]
    skills = sample_publication("4").measures.query("person == 'p07' and measure.str.startswith('skill.')")
    assert set(skills["verdict"]) == {"hidden"}
    assert skills["value"].isna().all()
    assert own["p07"].rows("skill.level", person="p07")["value"].notna().any()
