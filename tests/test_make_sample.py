"""The sample programme: the same bytes everywhere, every planted mess in its count, effects in sight."""

from __future__ import annotations

import csv
import doctest
import importlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from io import StringIO
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
STORED = ROOT / "data" / "sample" / "exports"
TINY = ROOT / "rotation_analysis" / "sample" / "exports"
INSTRUMENTS = ROOT / "rotation_analysis" / "questionnaires" / "instruments.toml"
COMMANDER = "Incident Commander"
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def modules() -> Any:
    """Imports a module of `data/`, which is no package."""
    sys.path.insert(0, str(ROOT / "data"))
    yield importlib.import_module
    sys.path.remove(str(ROOT / "data"))


@pytest.fixture(scope="module")
def maker(modules: Any) -> ModuleType:
    return modules("make_sample")


@pytest.fixture(scope="module")
def simulate(maker: ModuleType) -> Any:
    """The generator's function; each world is made once."""
    return cache(maker.simulate)


@pytest.fixture(scope="module")
def world(maker: ModuleType, simulate: Any) -> Any:
    return simulate(maker.SEED)


@pytest.fixture(scope="module")
def pulses(modules: Any) -> Any:
    """Of the company with and without effects the fortnights of sixty seeds."""
    pulse, planted = modules("synthetic.pulse"), modules("synthetic.planted")
    truths = planted.Truth(), planted.Truth().without_effects()
    return [[pulse.draw_pulse(seed, planted.FULL, truth) for seed in range(60)] for truth in truths]


def read_csv(name: str, encoding: str = "utf-8", folder: Path = STORED) -> tuple[list[str], list[list[str]]]:
    text = (folder / f"SYNTHETIC_{name}").read_bytes().decode(encoding)
    rows = list(csv.reader(StringIO(text, newline=""), strict=True))
    assert all(len(row) == len(rows[0]) for row in rows)
    return rows[0], rows[1:]


def read_records(name: str, encoding: str = "utf-8") -> Rows:
    header, rows = read_csv(name, encoding)
    return [dict(zip(header, row, strict=True)) for row in rows]


def read_sheet(name: str, folder: Path = STORED) -> list[dict[str, str]]:
    with zipfile.ZipFile(folder / f"SYNTHETIC_{name}") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
    rows = []
    for line in re.findall(r"<row [^>]*>(.*?)</row>", xml):
        cells = re.findall(r'<c r="([A-Z])\d+"[^>]*>(?:<is><t>|<v>)(.*?)<', line)
        rows.append(dict(cells))
    return [{name: row.get(letter, "") for letter, name in rows[0].items()} for row in rows[1:]]


def test_exports_are_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    settings = {
        "PYTHONHASHSEED": "4242",
        "TZ": "America/New_York",
        "LC_ALL": "tr_TR.UTF-8",
        "LANG": "tr_TR.UTF-8",
    }
    for options, stored in (((), STORED), (("--tiny",), TINY)):
        out = tmp_path / "-".join(("out", *options))
        command = [sys.executable, str(ROOT / "data" / "make_sample.py"), "--out", str(out), *options]
        subprocess.run(command, check=True, env=os.environ | settings, timeout=60)
        fresh = {path.name: path.read_bytes() for path in out.iterdir()}
        assert {path.name: path.read_bytes() for path in stored.glob("SYNTHETIC_*")} == fresh


def test_another_seed_gives_another_history_with_the_same_counts(modules: Any, maker: ModuleType) -> None:
    labels = modules("synthetic.trackers").label_requests(maker.simulate(7))
    assert labels["completed"].isna().sum() == 61
    assert labels["migrated"].sum() == 34
    assert (labels["project"] == "SREP").sum() == 212
    assert (labels["kind_label"] == "").sum() == round(0.05 * len(labels))
    assert (labels["completed"] < labels["created"]).sum() == 3
    assert labels["completed"].max() < pd.Timestamp("2025-04-01")


def test_every_file_is_marked_synthetic_and_holds_about_the_planned_rows() -> None:
    assert len(list(STORED.iterdir())) == 40
    assert all(path.name.startswith("SYNTHETIC_") for path in STORED.iterdir())
    assert 5900 <= len(read_records("backlog_課題一覧.csv", "cp932")) <= 6300
    jira = len(read_csv("jira_export.csv")[1]) + len(read_csv("jira_export_2024-02-04.csv")[1])
    assert 4700 <= jira <= 5200
    assert 15000 <= len(read_csv("home_infra_tickets.csv", "utf-8-sig")[1]) <= 16500
    assert 100 <= len(read_csv("pagerduty_incidents.csv")[1]) <= 170  # Poisson of mean 135, three deviations
    assert 380 <= len(read_sheet("障害参加者.xlsx")) <= 560
    assert len(read_csv("people.csv", "utf-8-sig")[1]) == 20
    assert len(read_csv("teams.csv", "utf-8-sig")[1]) == 16
    assert len(read_csv("events.csv", "utf-8-sig")[1]) == 4
    assert len(read_csv("rotations.csv", "utf-8-sig")[1]) == 13
    aliases = read_records("aliases.csv", "utf-8-sig")
    logins = [row for row in aliases if re.fullmatch(r"[a-z-]+-(m|dev\d)", row["text"])]
    assert len(logins) == 21 + 2 * 15  # the roster's people, p05 twice; two developers a team
    assert 55 <= len(aliases) - len(logins) <= 66


def test_tiny_sample_stays_under_four_hundred_rows_and_has_an_end_wave() -> None:
    names = [path.name.removeprefix("SYNTHETIC_") for path in TINY.glob("*.csv")]
    encodings = {"backlog_課題一覧.csv": "cp932"}
    rows = sum(len(read_csv(name, encodings.get(name, "utf-8-sig"), TINY)[1]) for name in names)
    assert rows + len(read_sheet("障害参加者.xlsx", TINY)) < 400
    header, answers = read_csv("スキル自己評価_第3期以降.csv", folder=TINY)
    assert any(answer[12] and answer[1] == "hikari.h@minamo.example" for answer in answers)
    assert header[12].startswith("いまの物差し")
    assert [row[1] for row in read_csv("修了アンケート.csv", folder=TINY)[1]] == ["hikari.h@minamo.example"]
    assert not list(TINY.glob("*フォロー*"))  # nobody was away for three months yet
    sheets = ("one_on_one", "週報_時間配分", "改善一覧", "勉強会", "受け入れ側_月次", "oncall_notifications")
    assert {f"{name}.csv" for name in sheets} <= set(names)
    first = {
        name: min(row[0] for row in read_csv(f"{name}.csv", "utf-8-sig", TINY)[1]) for name in sheets[:2]
    }
    assert all(day >= "2023/05/15" for day in first.values())  # as all other data


def test_strain_has_a_hump_and_is_higher_in_cohort_five_but_not_in_the_null_world(pulses: Any) -> None:
    """E13, over many seeds; weeks 7 and 8 are the fourth fortnight."""
    for drawn, hump, cohort in zip(pulses, (0.5, 0.0), (0.4, 0.0), strict=True):
        rows = pd.concat(drawn)
        fourth, rest = rows["fortnight"] == 4, rows["fortnight"] > 6
        fifth, settled = rows["cohort"] == "5", rows["fortnight"] > 6
        gaps = [
            rows.loc[fourth & ~fifth, "strain"].mean() - rows.loc[rest & ~fifth, "strain"].mean(),
            rows.loc[fifth & settled, "strain"].mean() - rows.loc[~fifth & settled, "strain"].mean(),
        ]
        assert gaps == pytest.approx([hump, cohort], abs=0.1)


def test_a_planned_one_to_one_lowers_strain_and_all_of_them_together_seem_to_do_half(
    modules: Any, pulses: Any
) -> None:
    """E14, over many seeds, within persons and among the answers received; nothing in the null world."""
    pulse, planted = modules("synthetic.pulse"), modules("synthetic.planted")
    for drawn, expected in zip(pulses, (-0.35, 0.0), strict=True):
        slopes: list[list[float]] = []
        means: list[float] = []
        for seed, rows in enumerate(drawn[:50]):
            records = pulse.submit_pulse(seed, planted.FULL, rows)
            answers = records[~records["sent"].isin(["again", "contradicts"])]
            answers = answers.assign(every=answers["held"] + answers["ad_hoc"])
            own = answers[["strain", "held", "every"]]
            own = own - own.groupby(answers["person"]).transform("mean")
            slopes.append([(own["strain"] * own[x]).sum() / (own[x] ** 2).sum() for x in ("held", "every")])
            means.append(rows["strain"].mean())
        by_planned, by_all = np.mean(slopes, axis=0)
        assert by_planned == pytest.approx(expected, abs=0.03)
        if expected:
            assert 0.35 < by_all / by_planned < 0.65
            assert np.mean(means) == pytest.approx(3.13, abs=0.05)  # as before 1:1s were planted


def test_home_survey_holds_the_planted_levels_and_in_the_null_world_none_of_them_moves(modules: Any) -> None:
    home, planted = modules("synthetic.home_team"), modules("synthetic.planted")
    levels = planted.HOME_SURVEY["selfsolve"]
    for truth in (planted.Truth(), planted.Truth().without_effects()):
        rows = pd.concat([home.draw_home_answers(seed, planted.FULL, truth) for seed in range(40)])
        means = rows.groupby("phase")["selfsolve"].mean()
        if truth.home_use:
            assert means.to_dict() == pytest.approx(levels, abs=0.09)
            assert rows.loc[rows["phase"] == "sender_after", "spread"].eq("yes").mean() > 0.4
        else:
            still = {phase: 2.7 if phase.startswith("sender") else 2.8 for phase in levels}
            assert means.to_dict() == pytest.approx(still, abs=0.09)
            assert not rows["spread"].eq("yes").any()
        assert not rows.loc[rows["phase"] != "sender_after", "spread"].eq("yes").any()
        assert rows.loc[rows["phase"].str.startswith("never"), "cover"].isna().all()


def test_nothing_is_planted_on_incidents_but_who_restores_them(modules: Any, simulate: Any) -> None:
    """E16: as many and as long before as after the first return; who leaves leaves in the null world, too."""
    incidents, planted = modules("synthetic.incidents"), modules("synthetic.planted")
    returned: dict[str, pd.Timestamp] = {}
    for stay in planted.ROTATIONS:
        if stay.now in ("home", "left"):
            returned.setdefault(stay.team, pd.Timestamp(stay.end))
    frames = [
        incidents.draw_incidents(planted.stream(seed, "incidents"), planted.FULL, planted.Truth())
        for seed in range(150)
    ]
    rows = pd.concat(frames)
    rows = rows[rows["team"].isin(returned)]
    back = rows["created"] > rows["team"].map(returned)
    taken = np.log((rows["resolved"] - rows["created"]) / pd.Timedelta(hours=1))
    assert taken[back].mean() - taken[~back].mean() == pytest.approx(0, abs=0.05)
    first, last = pd.Timestamp(planted.FULL.start), pd.Timestamp(planted.FULL.as_of)
    days_after = sum((last - day).days for day in returned.values())
    days_before = sum((day - first).days for day in returned.values())
    assert (back.sum() / days_after) / ((~back).sum() / days_before) == pytest.approx(1, abs=0.05)
    with_effects, without = (simulate(3, null=null).scenario.rotations for null in (False, True))
    assert with_effects == without


def read_questions(instrument: str) -> list[dict[str, Any]]:
    """The questions of an instrument that comes along, as declared."""
    declared = tomllib.loads(INSTRUMENTS.read_text(encoding="utf-8"))["instruments"]
    (found,) = [each for each in declared if each["id"] == instrument]
    return list(found["questions"])


@pytest.mark.parametrize(
    ("name", "instrument"),
    [("修了アンケート", "exit"), ("フォロー_3か月", "followup"), ("フォロー_6か月", "followup")],
)
def test_surveys_ask_in_the_words_of_the_instrument_and_offer_its_options(name: str, instrument: str) -> None:
    header, rows = read_csv(f"{name}.csv")
    questions = read_questions(instrument)
    assert header == ["タイムスタンプ", "メールアドレス", *(each["wordings"][0] for each in questions)]
    for column, question in enumerate(questions, start=2):
        offered = {option["ja"] for option in question.get("options", ())}
        ticked = {word for row in rows for word in re.split(";|, ", row[column])}
        if question["kind"] == "scale":
            assert ticked <= {"1 全くそう思わない", "2", "3", "4", "5 とてもそう思う", "答えられない"}
        elif question["kind"] in ("choice", "choices"):
            assert ticked <= offered | ({"担当が変わった"} if question.get("other") else set())


def test_texts_of_surveys_are_short_name_nobody_and_come_once_each(modules: Any) -> None:
    surveys, company = modules("synthetic.surveys"), modules("synthetic.company")
    pools = (surveys.HARDEST, surveys.PREMORTEMS, surveys.CHANGES, surveys.VIEWS, surveys.DISTANT_VIEWS)
    names = {name for name, _ in company.PEOPLE.values() if len(name) > 2} | {"見本", "さん", "@"}
    for texts in pools:
        assert len(set(texts)) == len(texts)
        assert all(len(text) <= 45 for text in texts)
        assert not [text for text in texts for name in names if name in text]
    for texts in pools[:4]:  # what a careless reader breaks on
        assert any(", " in text for text in texts)
        assert any("\n" in text for text in texts)
    rows = [row for name in ("修了アンケート", "フォロー_3か月") for row in read_csv(f"{name}.csv")[1]]
    written = [cell for row in rows for cell in row[5:] if cell]
    assert len(set(written)) == len(written)


def test_first_graduates_raise_self_resolution_in_the_world(world: Any) -> None:
    """E1: settled weeks of two teams against their own baseline, beside teams that never sent."""
    weeks = world.team_weeks
    solved = weeks  # expected shares: one draw of two teams says little
    before = solved["week"].between("2022-08-01", "2023-01-30")
    after = solved["week"].between("2024-01-01", "2024-04-22")
    senders = solved["team"].isin(["hinoki", "sakura"])
    never = solved["team"].isin(["yanagi", "kusunoki", "sugi", "matsu", "ume", "kuri", "kashi"])
    change = {
        name: rate(solved[group & after]) - rate(solved[group & before])
        for name, group in (("senders", senders), ("never", never))
    }
    assert change["senders"] - change["never"] > 0.05
    assert change["never"] > 0.03  # E3: the portal raises everybody


def rate(rows: pd.DataFrame) -> float:
    return float(rows["share"].mean())


def test_do_it_for_me_share_falls_after_the_return_in_the_world(world: Any) -> None:
    """E6, over all teams whose first graduate has settled, against the same teams before anybody left."""
    weeks = world.team_weeks
    settled, early = weeks[weeks["changed"] >= 1], weeks[weeks["week"] < "2022-01-01"]
    early = early[early["team"].isin(settled["team"])]
    share = [rows["sre"].sum() / (rows["sre"] + rows["review"]).sum() for rows in (early, settled)]
    assert share[0] - share[1] > 0.1
    requests = [
        (rows["sre"] + rows["review"] + rows["consult"]).sum() / rows["problems"].sum()
        for rows in (early, settled)
    ]
    assert requests[0] - requests[1] < 0.15


def test_null_world_expects_the_same_share_in_every_week(simulate: Any) -> None:
    world = simulate(3, null=True)
    assert (world.team_weeks.groupby("team")["share"].nunique() == 1).all()
    assert set(world.truth.review_share) == {0.26}
    assert set(world.truth.waiting) == {1.0}


def test_rotators_slow_answers_only_when_four_are_present(world: Any, modules: Any) -> None:
    """E9: medians in calendar hours, cohort 5 against the same months of the year before."""
    rows = world.requests.dropna(subset="completed")
    days = rows["created"].to_numpy().astype("datetime64[D]")
    hours = (rows["completed"] - rows["created"]) / np.timedelta64(1, "h")
    present = modules("synthetic.world").count_participants_present(days, world.scenario)
    work = rows["kind"].to_numpy() == "work"
    assert hours[work & (present == 4)].median() > 1.1 * hours[work & (present < 2)].median()


def test_truth_takes_the_gap_by_use_from_the_persons_own_composites(modules: Any) -> None:
    effects = modules("effects")
    told = [  # person, skill, wave, use, value, verdict; the programme's own row is declined
        ("p01", None, "after_6m", "weekly", 0.3, None), ("p03", None, "after_6m", "weekly", 0.1, None),
        ("p05", None, "after_6m", "hardly", -0.4, None), ("p01", "os", "after_6m", "weekly", 9.0, None),
        ("p01", None, "after_12m", "weekly", 9.0, None), ("p07", None, "after_6m", "monthly", 9.0, None),
        (None, None, "after_6m", "hardly", 9.0, "not_enough_data"),
        ("p08", None, "after_6m", "hardly", None, None),
    ]  # fmt: skip
    names = ("person", "skill", "wave", "kind", "value", "verdict")
    rows = [
        SimpleNamespace(measure="skill.durability", cohort=None, **dict(zip(names, row, strict=True)))
        for row in told
    ]
    found = effects.use_gap(effects.Rows(rows))
    assert (found.value, found.verdict) == (pytest.approx(0.6), "not_enough_data")
    nobody = [row for row in rows if row.kind != "weekly"]
    assert np.isnan(effects.use_gap(effects.Rows(nobody)).value)
    claimed = SimpleNamespace(**(vars(rows[6]) | {"kind": "weekly", "verdict": "supported"}))
    assert effects.use_gap(effects.Rows([*rows, claimed])).verdict == "supported"


def test_truth_sets_cohort_five_beside_the_mean_of_the_other_cohorts(modules: Any) -> None:
    effects = modules("effects")
    names = ("measure", "cohort", "person", "team", "kind", "phase", "value")
    told = [
        ("strain.mean", "5", None, None, None, None, 3.4),
        ("strain.mean", "1", None, None, None, None, 2.8),
        ("strain.mean", "4", None, None, None, None, 3.0),
        ("strain.mean", "3", None, None, None, None, None),
        ("strain.mean", None, None, None, None, None, 9.0),
        ("strain.mean", "1", "p01", None, None, None, 9.0),
        ("interruption.rate", "5", "p08", None, "off", "months_4_end", 1.0),
        ("interruption.rate", "5", "p09", None, "off", "months_4_end", 2.0),
        ("interruption.rate", "5", "p08", None, "sleep", "months_4_end", 0.5),
        ("interruption.rate", "1", "p01", None, "off", "months_4_end", 0.8),
        ("interruption.rate", "1", "p01", None, "sleep", "months_4_end", 0.2),
        ("interruption.rate", "1", "p01", None, "off", "month_1", 9.0),
        ("interruption.rate", None, None, None, "off", "months_4_end", 9.0),
    ]
    rest = {"skill": None, "low": 8.0, "high": 10.0, "verdict": "leaning"}
    rows = effects.Rows([SimpleNamespace(**dict(zip(names, row, strict=True)), **rest) for row in told])
    assert effects.fifth_cohort(rows, "strain.mean").value == pytest.approx(0.5)
    assert effects.interruptions(rows).value == pytest.approx(0.7 + 0.3)
    assert rows.whole("strain.mean") == effects.Finding(9.0, 8.0, 10.0, "leaning")
    assert np.isnan(rows.whole("strain.weeks_6_10").value)
    assert np.isnan(effects.fifth_cohort(effects.Rows([]), "strain.mean").value)


def make_seeds(modules: Any, values: dict[str, list[float]], count: int) -> list[Any]:
    """Seeds that found 1.0 of every effect but those given."""
    effects, seeds = modules("effects"), modules("seeds")
    return [
        seeds.Seed(
            seed,
            {key: effects.Finding(values.get(key, [1.0] * count)[seed]) for key in effects.KEYS},
            dict.fromkeys(effects.KEYS) | {"E3": 0.08},
            (),
        )
        for seed in range(count)
    ]


def test_truth_says_on_how_many_seeds_an_effect_could_be_measured(modules: Any) -> None:
    truth = modules("make_truth")
    found = make_seeds(modules, {"E11": [0.2, np.nan, 0.4, 0.6]}, 4)
    told = tomllib.loads(truth.render(found, found[0]))
    assert told["E11"]["measured"] == 3
    assert told["E11"]["expected"] == pytest.approx(0.4)
    assert not told["E11"]["recoverable"]
    assert "measured" not in told["E1"]
    assert (told["E3"]["truth"], "truth" in told["E6"]) == (0.08, False)
    assert [told[f"E10_skill_{skill}"]["planted"][:10] for skill in ("os", "landscape")] == [
        "growth 0.5", "growth 1.7"
    ]  # fmt: skip
    few = make_seeds(modules, {"E11": [np.nan, np.nan, np.nan, 0.6]}, 4)
    with pytest.raises(SystemExit, match="E11: the product measures it on 1 of 4 seeds"):
        truth.render(few, few[0])


def test_what_the_world_expects_of_the_first_graduates_is_a_little_under_what_was_planted(
    modules: Any, simulate: Any
) -> None:
    """Seven senders, p07 with half the effect, the ramp over in the windows; no season, no portal in it."""
    from rotation_analysis import read_programme
    from rotation_analysis.cohorts.phases import list_team_phases

    effects, programme = modules("effects"), read_programme(ROOT / "data" / "sample")
    cohorts = SimpleNamespace(team_phases=list_team_phases(programme), programme=programme)
    full, null = (simulate(3, null=null) for null in (False, True))
    expected = {
        name: effects.expect_difference(name)(full, cohorts)
        for name in ("first_graduate", "away", "second_graduate")
    }
    assert expected["first_graduate"] == pytest.approx((6 * 0.12 + 0.06) / 7, abs=1e-3)
    assert expected["away"] == pytest.approx(-0.04, abs=1e-3)
    assert expected["second_graduate"] == pytest.approx(0.04, abs=1e-3)
    assert effects.expect_difference("first_graduate")(null, cohorts) == pytest.approx(0, abs=1e-9)


def test_what_a_seed_gave_is_kept_and_not_run_again(
    modules: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = modules("seeds")
    (made,) = make_seeds(modules, {"E2": [np.nan]}, 1)
    monkeypatch.setattr(seeds, "measure_seed", lambda seed, *, null: made)
    first = seeds._measure_once(0, folder=tmp_path, null=False)
    monkeypatch.setattr(seeds, "measure_seed", lambda seed, *, null: pytest.fail("ran again"))
    again = seeds._measure_once(0, folder=tmp_path, null=False)
    assert [path.name for path in tmp_path.iterdir()] == ["0.json"]
    assert repr(again) == repr(first) == repr(made)


def test_examples_in_docstrings_hold(modules: Any) -> None:
    for name in ("synthetic.dialects", "synthetic.company", "synthetic.hosting", "synthetic.pulls"):
        assert doctest.testmod(modules(name)).failed == 0
