"""How a run's steps are shown: a bar on a terminal, a few plain lines elsewhere, and the time that is left.

The time left comes from this run's own pace.  It is said once there is a pace, in round numbers; it counts
down between two reports, is never negative, and from one report to the next it grows by no more than the time
that has passed.  Nothing that is written into a report comes from here.
"""

from __future__ import annotations

import math
import os
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from .steps import Progress, Step

if TYPE_CHECKING:
    from rich.table import Table

Clock = Callable[[], float]
SECONDS_BETWEEN_LINES = 10.0  # a minute of work is half a dozen lines in a log
LEAST_RECENT = 8  # reports: fewer make no pace that one can believe
BAR_WIDTH = 30
EVEN = ("reports", "printing")
"""Phases with a pace, since their steps are alike; one export may be a thousand times as long as another."""


@contextmanager
def show_progress(stream: TextIO | None = None, *, clock: Clock = time.monotonic) -> Iterator[Progress]:
    """Shows the steps of the block it is given for: on standard error, or on `stream`."""
    stream = stream or sys.stderr
    course = Course(clock)
    if not _can_draw(stream):
        yield _Lines(course, stream=stream, clock=clock)
        return
    from rich.console import Console
    from rich.live import Live

    live = Live(
        get_renderable=lambda: _draw(course, clock),
        console=Console(file=stream),
        refresh_per_second=4,
        transient=True,
    )
    with live:
        yield course.take


class Course:
    """The last step of a run, and how long the rest of its phase will take."""

    def __init__(self, clock: Clock) -> None:
        self.step: Step | None = None
        self._clock = clock
        self._time_left = TimeLeft(clock())

    def take(self, step: Step) -> None:
        """Go on to a step; a new phase has a pace of its own."""
        now = self._clock()
        if self.step is None or step.phase != self.step.phase:
            self._time_left = TimeLeft(now)
        if step.phase in EVEN:
            self._time_left.update(made=step.done - step.kept, to_make=step.total - step.done, now=now)
        self.step = step

    def describe(self) -> str:
        """How far it is, without the phase: `12 of 86, 30 kept, about 40 s left`."""
        if self.step is None:
            return ""
        left = self._time_left.at(self._clock()) if self.step.done < self.step.total else None
        if left is None:
            return describe_step(self.step)
        after = ", then the audit" if self.step.phase == "reports" else ""
        return f"{describe_step(self.step)}, {say_time_left(left)}{after}"


class TimeLeft:
    """How long the reports that are still to be made will take, told by those that were made since `began`.

    The pace is that of the last quarter of them: kernels take long to start, and the longest reports come
    first.  Several are made at once, so that there is a pace only when as much time again has passed as it
    took to make the first.
    """

    def __init__(self, began: float) -> None:
        self._began = began
        self._ends: list[float] = []
        self._left: float | None = None
        self._told_at = began

    def update(self, *, made: int, to_make: int, now: float) -> None:
        """Take note that `made` reports have been made by `now`, and `to_make` are to be made."""
        if made <= len(self._ends):
            return
        self._ends += [now] * (made - len(self._ends))
        since = self._ends[max(0, made - max(LEAST_RECENT, made // 4) - 1)]
        recent = made - bisect_right(self._ends, since)  # those of one round come at once
        if not recent or now - self._began < 2 * (self._ends[0] - self._began):
            return
        left = to_make * (now - since) / recent
        if self._left is not None:  # a slow report says little of the others
            left = min(left, self._left + now - self._told_at)
        self._left, self._told_at = left, now

    def at(self, now: float) -> float | None:
        """Seconds left; 0 where they have run out and the work has not, None before there is a pace."""
        return None if self._left is None else max(0.0, self._left - (now - self._told_at))


def describe_step(step: Step) -> str:
    """How far a step is, without the time.

    >>> describe_step(Step("reading", name="a.csv", done=3, total=32, records=1214))
    '3 of 32 files, 1,214 records: a.csv'
    >>> describe_step(Step("reports", name="owner/programme.ja.html", done=42, total=86, kept=30))
    '42 of 86, 30 kept'
    """
    told = f"{step.done} of {step.total}" if step.total else ""
    if step.phase == "reading" and step.total:
        told += " file" if step.total == 1 else " files"
        told += f", {step.records:,} record{'' if step.records == 1 else 's'}" if step.records else ""
        return told + (f": {step.name}" if step.name else "")
    told += {"printing": " pages", "audit": " checks"}.get(step.phase, "") if told else ""
    return told + (f", {step.kept} kept" if step.kept else "")


def say_time_left(seconds: float) -> str:
    """A time as one would say it: up to the next 10 s; from a minute and a half on to the minute, or ten.

    >>> say_time_left(33.4), say_time_left(61), say_time_left(100), say_time_left(4000)
    ('about 40 s left', 'about 70 s left', 'about 2 min left', 'about 1 h 10 min left')
    >>> say_time_left(4), say_time_left(0)
    ('a few seconds left', 'taking longer than expected')
    """
    if seconds <= 0:
        return "taking longer than expected"
    if seconds <= 5:
        return "a few seconds left"
    if seconds <= 90:
        return f"about {math.ceil(seconds / 10) * 10} s left"
    minutes = round(seconds / 60)
    minutes = minutes if minutes <= 30 else math.ceil(minutes / 10) * 10
    hours, rest = divmod(minutes, 60)
    told = [f"{hours} h"] if hours else []
    told += [f"{rest} min"] if rest else []
    return f"about {' '.join(told)} left"


class _Lines:
    """A line when a phase begins, when it is done, and now and then in between."""

    def __init__(self, course: Course, *, stream: TextIO, clock: Clock) -> None:
        self._course, self._stream, self._clock = course, stream, clock
        self._phase = self._printed = ""
        self._printed_at = 0.0

    def __call__(self, step: Step) -> None:
        self._course.take(step)
        line = f"{step.phase} {self._course.describe()}".rstrip()
        is_new, is_done = step.phase != self._phase, step.done == step.total > 0
        is_due = self._clock() - self._printed_at >= SECONDS_BETWEEN_LINES
        if (is_new or is_done or is_due) and line != self._printed:
            print(line, file=self._stream, flush=True)
            self._phase, self._printed, self._printed_at = step.phase, line, self._clock()


def _can_draw(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM", "").lower() not in ("dumb", "unknown")


def _draw(course: Course, clock: Clock) -> Table:
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    if (step := course.step) is not None:
        bar = ProgressBar(
            total=step.total or None, completed=step.done, width=BAR_WIDTH, animation_time=clock()
        )
        told = Text(course.describe(), no_wrap=True, overflow="ellipsis")
        grid.add_row(Text(step.phase), bar, told)
    return grid
