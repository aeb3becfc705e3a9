"""Benchmarks print the rows that the contract names; what they measure is no test's business."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from benchmarks import coverage, disclosure, impact, reading, waiting, workload
from benchmarks.write_tables import PAGES, render_table, replace_section
from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.measures.workload.requests import find_mislabelled
from tests.samples import read_tiny

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
DOCS = BENCHMARKS.parent / "docs"
ROW = {"figure": "a", "value": 1.5, "low": 1, "high": 2, "goal": "<= 3", "ok": True}


Rows = list[dict]


@pytest.fixture
def rows_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Rows]:
    """What a benchmark prints with `--json` and these options; its runs are made in this process."""

    def run(benchmark: ModuleType, *options: str) -> Rows:
        in_turn = staticmethod(lambda work, *given: list(map(work, *given)))
        monkeypatch.setattr(benchmark, "run_in_processes", in_turn, raising=False)
        monkeypatch.setattr(sys, "argv", ["benchmark", "--json", *options])
        with pytest.raises(SystemExit) as ended:
            benchmark.main()
        rows = json.loads(capsys.readouterr().out)
        assert {frozenset(row) for row in rows} == {frozenset(ROW)}
        assert len({row["figure"] for row in rows}) == len(rows)
        assert ended.value.code == (0 if all(row["ok"] for row in rows) else 1)
        return rows

    return run


def test_reading_prints_the_rows_of_the_contract(
    rows_of: Callable[..., Rows], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "QUICK_PAIRS", 2)
    monkeypatch.setattr(reading, "measure", reading.measure_here)
    rows = rows_of(reading, "--quick", "--records", "300")
    assert len(rows) == 8
    assert rows[0]["value"] == 300
    assert [row["goal"] for row in rows if row["goal"]] == ["<= 3", "<= 3", "<= 1.15"]
    assert all(row["ok"] for row in rows if row["goal"] is None)
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows[2:])


def test_reading_is_measured_in_an_interpreter_of_its_own(tmp_path: Path):
    log = tmp_path / "log.csv"
    log.write_text("".join(reading.make_records(50)), encoding="utf-8")
    found = reading.measure("read_export", log, log)
    assert found["seconds"] > 0
    assert found["peak"] > 1e7


def test_coverage_prints_the_rows_of_the_contract(
    rows_of: Callable[..., Rows], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(coverage, "MANY", 40_000)
    for name in ("find_truth", "find_reliability"):  # what other tests find is of all persons
        monkeypatch.setattr(coverage, name, lru_cache(getattr(coverage, name).__wrapped__))
    rows = rows_of(coverage, "--runs", "8")
    assert [row["figure"] for row in rows] == [cell.figure for cell in coverage.list_cells()]
    assert {row["goal"] for row in rows} == {"93 to 97", ">= 93", ">= 85", "= 100", "<= 5"}
    shown = [row for row in rows if None not in (row["value"], row["low"])]
    assert len(shown) > 0.9 * len(rows)
    assert all(row["low"] <= row["value"] <= row["high"] for row in shown)


def test_coverage_gives_the_same_row_each_time():
    cell = next(coverage.list_cells())
    few = replace(cell, runs=30)
    assert coverage.measure(few) == coverage.measure(few)


@pytest.mark.parametrize("cut", [0.5, 1.5])
def test_coverage_counts_a_truth_that_the_intervals_miss(monkeypatch: pytest.MonkeyPatch, cut: float):
    """With a truth moved by `cut` levels hardly any interval holds it: the figure can be bad."""
    cell = next(cell for cell in coverage.list_cells() if cell.ask is coverage.ask_t and cell.n == 20)
    real = coverage.find_truth(cell.scenario)
    monkeypatch.setattr(coverage, "find_truth", lambda scenario: real + cut)
    row = coverage.measure(replace(cell, runs=100))
    assert row["value"] < 60
    assert not row["ok"]


def test_truth_of_coverage_is_that_of_the_rounded_and_cut_levels():
    plain, ceiling = coverage.find_truth(coverage.PLAIN), coverage.find_truth(coverage.CEILING)
    assert plain.mean() == pytest.approx(coverage.GAIN, abs=0.1)
    assert ceiling.mean() < 0.75 * plain.mean()
    start, end = coverage.answer(coverage.CEILING, 500, np.random.RandomState(1))
    assert set(np.unique([start, end])) <= {1, 2, 3, 4, 5}
    assert (end == 5).mean() > 0.3


def test_waiting_prints_the_rows_of_the_contract(rows_of: Callable[..., Rows]):
    rows = rows_of(waiting, "--runs", "6")
    assert [row["figure"] for row in rows] == [cell.figure for cell in waiting.list_cells()]
    assert {row["goal"] for row in rows} == {None, "-2 to 2", "-5 to 5", "93 to 97", ">= 90", "<= 5"}
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows if row["low"] is not None)


def test_waiting_gives_the_same_row_each_time():
    cells = list(waiting.list_cells())
    for cell in (cells[1], cells[-1]):
        few = replace(cell, runs=20)
        assert waiting.measure(few) == waiting.measure(few)


def test_made_up_requests_wait_as_long_as_they_should():
    log = waiting.make_log(40_000, np.random.RandomState(1))
    assert (~log.done).mean() == pytest.approx(waiting.OPEN, abs=0.01)
    left = (np.arange(1000) + 0.5) / 1000 * waiting.WINDOW
    expected = np.mean([waiting.mean_until(hours) for hours in left])
    assert log.hours.mean() == pytest.approx(expected, rel=0.02)
    assert log.hours.max() <= waiting.WINDOW


def test_waiting_counts_a_bias_and_a_truth_that_is_missed(monkeypatch: pytest.MonkeyPatch):
    """Were open requests taken for closed ones, the figures would say so: they can be bad."""
    real = waiting.make_log
    monkeypatch.setattr(
        waiting, "make_log", lambda n, random: real(n, random)._replace(done=np.ones(n, bool))
    )
    cells = {cell.figure: replace(cell, runs=60) for cell in waiting.list_cells()}
    for what in ("bias of the median", "interval of the median holds it"):
        row = waiting.measure(cells[f"waiting, {what}; n = 200"])
        assert not row["ok"]


def test_impact_prints_the_rows_of_the_contract(rows_of: Callable[..., Rows]):
    rows = rows_of(impact, "--runs", "2")
    assert [row["figure"] for row in rows] == [cell.figure for cell in impact.list_cells()]
    assert {row["goal"] for row in rows} == {None, "-10 to 10", ">= 93", "<= 5.5", "= 100"}
    assert [row["value"] for row in rows if row["goal"] == "= 100"] == [100.0] * 2
    assert {row["value"] for row in rows if "at most; share; 8 teams, 2 send on" in row["figure"]} == {3.6}


def test_made_up_teams_carry_what_is_planted_in_its_windows_and_nothing_else():
    world = impact.World(impact.DESIGNS[1], effect=True)
    random = np.random.RandomState(3)
    several = [impact.compare(impact.make_cohorts(world, "share", random), "share") for _ in range(60)]
    for name, truth in ((impact.FIRST_GRADUATE, impact.BACK), (impact.WHILE_AWAY, impact.AWAY)):
        assert np.mean([found[name].value for found in several]) == pytest.approx(truth, abs=0.02)
    still = replace(world, effect=False)
    without = [impact.compare(impact.make_cohorts(still, "rate", random), "rate") for _ in range(60)]
    changes = [np.log1p(found[impact.FIRST_GRADUATE].value) for found in without]
    assert np.mean(changes) == pytest.approx(0, abs=0.08)


def test_impact_counts_claims_where_the_comparison_knows_less_than_it_says(monkeypatch: pytest.MonkeyPatch):
    """Were the p values of the plain kind, false claims would be many: the figure can be bad."""
    real = impact.compare

    def compare(cohorts, scale):
        found = real(cohorts, scale)
        return {name: replace(row, p=(row.p or 0) / 4) for name, row in found.items()}

    monkeypatch.setattr(impact, "compare", compare)
    cell = next(cell for cell in impact.list_cells() if cell.goal == impact.FALSE and "12" in cell.figure)
    assert not impact.measure(cell, impact.run(cell.scene, 0, 100))["ok"]


def test_impact_gives_the_same_runs_each_time():
    cell = next(impact.list_cells())
    assert impact.measure(cell, impact.run(cell.scene, 1, 5)) == impact.measure(
        cell, impact.run(cell.scene, 1, 5)
    )


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch) -> Cohorts:
    """The small sample, read once for all tests."""
    monkeypatch.setattr(workload, "lay_out_sample", lambda: read_tiny().cohorts)
    return workload.lay_out_sample()


@pytest.mark.usefixtures("sample")
def test_workload_prints_the_rows_of_the_contract(rows_of: Callable[..., Rows]):
    rows = rows_of(workload, "--records", "2000")
    assert rows[0]["value"] == 2000
    assert [row["goal"] for row in rows if row["goal"]] == ["<= 2", "<= 1.15"]
    parts = [row for row in rows if row["figure"].startswith("of it measure_")]
    assert {"of it measure_request_mix, seconds", "of it measure_waiting, seconds"} <= {
        row["figure"] for row in parts
    }
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows[1:])


def test_made_up_requests_are_what_a_log_holds(sample: Cohorts):
    log = workload.make_requests(sample, 4000)
    assert set(log.columns) == set(sample.tables["requests"].columns)
    assert log["resolved"].isna().mean() == pytest.approx(0.03, abs=0.01)
    assert log["kind"].isna().mean() == pytest.approx(0.05, abs=0.02)
    assert log["title"].is_unique
    moved = find_mislabelled(log)
    assert 0 < len(moved) < 0.02 * len(log)


@pytest.fixture(scope="module")
def histories() -> list[dict]:
    """Two made-up histories under every gate."""
    return [disclosure.run(seed) for seed in (0, 3)]


def test_disclosure_prints_the_rows_of_the_contract(
    rows_of: Callable[..., Rows], histories: list[dict], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(disclosure, "run", histories.__getitem__)
    rows = rows_of(disclosure, "--runs", "2")
    assert rows[0]["value"] == 2
    goals = {row["goal"] for row in rows if row["figure"].startswith("answers certain to")}
    assert goals == {None, "= 0", ">= 1"}
    assert all(row["ok"] for row in rows)


def test_disclosure_gives_the_same_history_each_time():
    world = disclosure.make_world(2)
    first, second = (disclosure.publish_world(world, disclosure.ON) for _ in range(2))
    assert first == second
    assert len(first.released) > world.terms


@pytest.mark.parametrize(
    ("value", "known", "certain"),
    [
        (4.0, set(), {"p1", "p2"}),
        (3.5, set(), set()),  # 3 and 4, nobody knows whose
        (3.5, {"p1"}, {"p2"}),
        (1.0, set(), set()),
    ],
)
def test_the_attacker_finds_what_follows_and_nothing_else(value: float, known: set[str], certain: set[str]):
    answers = {"os": {"p1": 3, "p2": 4} if value == 3.5 else {"p1": int(value), "p2": int(value)}}
    world = replace(disclosure.make_world(1), answers=answers)
    clue = disclosure.Clue(frozenset(["p1", "p2"]), tuple(range(-4, 5)), 2 * value - 0.1, 2 * value + 0.1)
    assert disclosure.find_certain_answers(world, "os", {clue}, known) == certain


def test_the_attacker_counts_a_truth_that_was_printed_wrong_as_a_mistake():
    world = replace(disclosure.make_world(1), answers={"os": {"p1": 3, "p2": 3}})
    clue = disclosure.Clue(frozenset(["p1", "p2"]), tuple(range(-4, 5)), 7.9, 8.1)
    with pytest.raises(AssertionError, match="truth"):
        disclosure.find_certain_answers(world, "os", {clue}, set())


def test_disclosure_counts_what_a_gate_without_its_parts_lets_through(histories: list[dict]):
    by_gate = {gate.name: sum(each[gate.name]["stranger"] for each in histories) for gate in disclosure.GATES}
    assert by_gate.pop(disclosure.ON.name) == 0
    assert all(by_gate.values()), by_gate


def test_a_benchmark_is_a_script_that_runs_in_two_processes(tmp_path: Path):
    command = [sys.executable, str(BENCHMARKS / "disclosure.py"), "--runs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.split()[:2] == ["histories", "1"]


def test_a_table_replaces_its_own_section_and_no_other_words():
    page = "# Page\n\nWords.\n\n## `benchmarks/one.py`\n\nold\n\n## `benchmarks/two.py`\n\nkept\n"
    found = replace_section(page, "one", render_table([ROW]))
    assert found.startswith("# Page\n\nWords.\n\n## `benchmarks/one.py`\n\n| figure |")
    assert found.endswith("| a | 1.5 | 1 to 2 | <= 3 | yes |\n\n## `benchmarks/two.py`\n\nkept\n")
    assert replace_section(found, "one", render_table([ROW])) == found
    assert replace_section("# Page\n", "one", "table\n") == "# Page\n\n## `benchmarks/one.py`\n\ntable\n"


def test_every_benchmark_has_its_table_in_the_documents():
    assert set(PAGES) == {path.stem for path in BENCHMARKS.glob("*.py")} - {"table", "write_tables"}
    for name, page in PAGES.items():
        first = "effect" if name == "planted" else "figure"
        assert f"## `benchmarks/{name}.py`\n\n| {first} |" in (DOCS / page).read_text(encoding="utf-8")
