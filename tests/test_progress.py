"""What a person is told while a run goes on: few lines, true counts, a time left that can be believed."""

from __future__ import annotations

import heapq
import io
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation_analysis import cli as progress
from rotation_analysis.build import assembly
from rotation_analysis.build.audit.audit import Finding
from rotation_analysis.build.making import RenderedReport
from rotation_analysis.build.planning import ReportSpec, Selection
from rotation_analysis.build.report import build_reports
from rotation_analysis.cli import SECONDS_BETWEEN_LINES, Course, TimeLeft, say_time_left, show_progress
from rotation_analysis.progress_events import Progress, Step
from tests.small_programme import BACKLOG, BACKLOG_HEADER, TOML, backlog_row, lines, write_programme

ROUNDING = 10.0


class Clock:
    """Stands still until it is told how much time has passed."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """A stream that takes a bar."""

    def isatty(self) -> bool:
        return True


def report(done: int, total: int, kept: int = 0) -> Step:
    return Step("reports", name=f"report {done}", done=done, total=total, kept=kept)


def finish_at(durations: Sequence[float], *, jobs: int) -> list[float]:
    """When each of some reports is done, sorted, where so many are made at once in the order given."""
    free = [0.0] * jobs
    ends = []
    for duration in durations:
        ends.append(heapq.heappop(free) + duration)
        heapq.heappush(free, ends[-1])
    return sorted(ends)


def run_through(ends: Sequence[float], *, kept: int = 0) -> Iterator[tuple[float, float | None]]:
    """(time, seconds left) after every report that is made."""
    course = TimeLeft(0.0)
    course.update(made=0, to_make=len(ends), now=0.0)
    for made, now in enumerate(ends, start=1):
        course.update(made=made, to_make=len(ends) - made, now=now)
        yield now, course.at(now)


@contextmanager
def plain_lines() -> Iterator[tuple[Progress, Clock, io.StringIO]]:
    clock, stream = Clock(), io.StringIO()
    with show_progress(stream, clock=clock) as tell:
        yield tell, clock, stream


# --- the time left ----------------------------------------------------------------------------------------

PACES = st.lists(st.floats(0.001, 300, allow_nan=False), min_size=1, max_size=60)


@given(PACES, st.integers(1, 8), st.floats(0, 600))
def test_the_time_left_is_never_negative_and_never_grows_faster_than_time_passes(
    durations: list[float], jobs: int, waiting: float
) -> None:
    ends = finish_at(durations, jobs=jobs)
    shown = [(now, left) for now, left in run_through(ends) if left is not None]
    assert all(left >= 0 for _, left in shown)
    for (before, was), (now, left) in pairwise(shown):
        assert left <= was + (now - before) + 1e-6
    course = TimeLeft(0.0)
    for made, now in enumerate(ends, start=1):
        course.update(made=made, to_make=len(ends) - made + 1, now=now)
    if (left := course.at(ends[-1])) is not None:  # the last one does not come: it counts down to nothing
        later = course.at(ends[-1] + waiting)
        assert later == pytest.approx(max(0.0, left - waiting))


@given(st.floats(0.01, 60), st.integers(3, 200), st.integers(1, 8))
def test_an_even_pace_is_told_to_within_one_round(duration: float, reports: int, jobs: int) -> None:
    ends = finish_at([duration] * reports, jobs=jobs)
    last_of_round = dict(run_through(ends))  # those of one round come at the same instant
    told = {now: left for now, left in last_of_round.items() if left is not None}
    assert len(told) >= len(last_of_round) - 1
    for now, left in told.items():
        assert abs(left - (ends[-1] - now)) <= duration + 1e-6


@pytest.mark.parametrize(("long_ones", "near_enough"), [(0, 0.95), (0.25, 0.7)])
def test_uneven_reports_are_told_to_within_a_third_of_what_is_left(
    long_ones: float, near_enough: float
) -> None:
    """200 made-up runs: reports of 1 to 6 s, or some of 4 to 6 s first and then shorter ones, which nobody
    can know before they come; one to four at once, processes that start for 1 to 12 s."""
    drawn = random.Random(8)
    told = []
    for _ in range(200):
        reports, jobs = drawn.randint(40, 120), drawn.randint(1, 4)
        first = [drawn.uniform(4, 6) for _ in range(round(long_ones * reports))]
        others = [drawn.uniform(1, 2 if first else 6) for _ in range(reports - len(first))]
        starting = drawn.uniform(1, 12)
        ends = [starting + end for end in finish_at([*first, *others], jobs=jobs)]
        told += [(left, ends[-1] - now) for now, left in run_through(ends) if left is not None]
    near = [abs(left - true) <= max(true / 3, ROUNDING) for left, true in told]
    assert len(told) > 10_000
    assert sum(near) / len(near) > near_enough


def test_no_time_is_told_before_there_is_a_pace() -> None:
    ends = finish_at([4.0] * 12, jobs=4)  # four come at once, and say nothing of the fifth
    lefts = [left for _, left in run_through(ends)]
    assert lefts[:4] == [None] * 4
    assert None not in lefts[7:]


def test_kept_reports_do_not_make_the_pace_quicker_than_it_is() -> None:
    clock = Clock()
    course = Course(clock)
    course.take(report(80, 90, kept=80))
    for made in range(1, 6):
        clock.now += 12
        course.take(report(80 + made, 90, kept=80))
    assert course.describe() == "85 of 90, 80 kept, about 60 s left, then the audit"


def test_another_phase_begins_without_a_time() -> None:
    clock = Clock()
    course = Course(clock)
    for done in range(6):
        course.take(report(done, 10))
        clock.now += 3
    assert course.describe().endswith("left, then the audit")
    course.take(Step("audit"))
    assert course.describe() == ""


def test_a_report_that_does_not_come_is_said_to_take_long() -> None:
    clock = Clock()
    course = Course(clock)
    for done in range(6):
        course.take(report(done, 6 + 1))
        clock.now += 3
    assert course.describe() == "5 of 7, a few seconds left, then the audit"
    clock.now += 60
    assert course.describe() == "5 of 7, taking longer than expected, then the audit"


@given(st.floats(0.001, 100_000))
def test_a_time_as_said_is_round_and_near(seconds: float) -> None:
    said = say_time_left(seconds)
    if said == "a few seconds left":
        assert seconds <= 5
        return
    words = said.removeprefix("about ").removesuffix(" left").split()
    units = {"s": 1, "min": 60, "h": 3600}
    told = sum(int(n) * units[unit] for n, unit in zip(words[::2], words[1::2], strict=True))
    assert -30 <= told - seconds <= max(ROUNDING, 30, 0.35 * seconds)


# --- plain lines ------------------------------------------------------------------------------------------


def test_a_run_of_a_minute_is_told_in_a_dozen_lines() -> None:
    with plain_lines() as (tell, clock, stream):
        for n in range(32):
            tell(Step("reading", name=f"exports/{n}.csv", done=n, total=32, records=n * 100))
            clock.now += 0.1
        tell(Step("reading", done=32, total=32, records=3200))
        tell(Step("measuring"))
        clock.now += 3
        for done in range(30, 87):
            tell(report(done, 86 + 30 - 30, kept=30))
            clock.now += 1
        tell(Step("audit"))
    assert stream.getvalue().splitlines() == [
        "reading 0 of 32 files: exports/0.csv",
        "reading 32 of 32 files, 3,200 records",
        "measuring",
        "reports 30 of 86, 30 kept",
        "reports 40 of 86, 30 kept, about 50 s left, then the audit",
        "reports 50 of 86, 30 kept, about 40 s left, then the audit",
        "reports 60 of 86, 30 kept, about 30 s left, then the audit",
        "reports 70 of 86, 30 kept, about 20 s left, then the audit",
        "reports 80 of 86, 30 kept, about 10 s left, then the audit",
        "reports 86 of 86, 30 kept",
        "audit",
    ]


@given(st.lists(st.floats(0, 30), min_size=1, max_size=80), st.integers(0, 5))
def test_plain_lines_are_few_whatever_the_pace(durations: list[float], kept: int) -> None:
    total = len(durations) + kept
    with plain_lines() as (tell, clock, stream):
        began = clock.now
        tell(report(kept, total, kept=kept))
        for made, duration in enumerate(durations, start=1):
            clock.now += duration
            tell(report(kept + made, total, kept=kept))
    lines = stream.getvalue().splitlines()
    assert len(lines) <= 2 + (clock.now - began) / SECONDS_BETWEEN_LINES
    assert lines[-1].startswith(f"reports {total} of {total}")
    assert len(set(lines)) == len(lines)


def test_nothing_to_do_is_one_line() -> None:
    with plain_lines() as (tell, _, stream):
        tell(report(86, 86, kept=86))
    assert stream.getvalue() == "reports 86 of 86, 86 kept\n"


def test_a_build_tells_its_phases_in_order_and_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make_all(
        folder: Path, specs: Sequence[ReportSpec], **_: object
    ) -> Iterator[tuple[ReportSpec, RenderedReport]]:
        yield from ((spec, RenderedReport(files={spec.path: spec.language})) for spec in reversed(specs))

    def tell_audit(*_: object, progress: Progress) -> list[Finding]:
        progress(Step("audit"))
        return []

    monkeypatch.setattr(assembly, "make_all", make_all)
    monkeypatch.setattr(assembly, "audit_folder", tell_audit)
    files = {"backlog.csv": lines(BACKLOG_HEADER, backlog_row())}
    small = write_programme(tmp_path / "small", TOML + BACKLOG, files)
    steps: list[Step] = []

    def build(*notebooks: str) -> list[Step]:
        steps.clear()
        selection = Selection(notebooks=notebooks, languages=("ja",))
        build_reports(small, tmp_path / "out", selection=selection, progress=steps.append)
        return [step for step in steps if step.phase == "reports"]

    made = build("graduate_pack")
    assert list(dict.fromkeys(step.phase for step in steps)) == ["reading", "measuring", "reports", "audit"]
    people = len(made) - 1
    assert made[0] == Step("reports", total=people)
    assert [step.done for step in made] == list(range(people + 1))
    assert [step.name for step in made[1:]] == sorted((step.name for step in made[1:]), reverse=True)
    both = ("graduate_pack", "home_manager_letter")  # no pack links to a letter
    made = build(*both)
    total = made[0].total
    assert total > people
    assert made[0] == Step("reports", done=people, total=total, kept=people)
    assert [step.done for step in made] == list(range(people, total + 1))
    assert {step.kept for step in made} == {people}
    assert build(*both) == [Step("reports", done=total, total=total, kept=total)]
    assert len(steps) == 1


# --- a bar ------------------------------------------------------------------------------------------------


def test_a_terminal_gets_a_bar_that_is_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    stream, clock = Terminal(), Clock()
    with show_progress(stream, clock=clock) as tell:
        for done in range(6):
            tell(report(done, 10))
            clock.now += 3
    drawn = stream.getvalue()
    assert "5 of 10, about 20 s left" in drawn  # the last picture is drawn when the block ends
    assert drawn.endswith("\x1b[2K")  # … and taken away


def test_a_bar_counts_down_between_two_reports() -> None:
    from rich.console import Console

    clock = Clock()
    course = Course(clock)
    console = Console(file=Terminal(), width=100, record=True, force_terminal=True)
    console.print(progress._draw(course, clock))
    for done in range(5):
        course.take(report(done, 10))
        clock.now += 10
    for _ in range(2):
        console.print(progress._draw(course, clock))
        clock.now += 30
    shown = [line.split() for line in console.export_text().splitlines() if line.strip()]
    assert [(words[0], " ".join(words[2:])) for words in shown] == [
        ("reports", "4 of 10, about 50 s left, then the audit"),
        ("reports", "4 of 10, about 20 s left, then the audit"),
    ]


def test_a_terminal_that_cannot_draw_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()
    with show_progress(stream, clock=Clock()) as tell:
        tell(Step("audit"))
    assert stream.getvalue() == "audit\n"
