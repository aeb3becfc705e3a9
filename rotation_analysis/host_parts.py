"""What hosting costs the host team: hours and waiting, by month of the stay, break-even, opinions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from . import host_figures, narrative
from .host_cells import (
    find_of_cohort,
    find_whole,
    fold_rows,
    has_value,
    name_cohort,
    say_count,
    say_entry,
    say_note,
    say_range,
    say_reason,
    say_rounds,
    say_value,
)
from .parts import Part, Report, count_text, state_box, why_empty

TEACHING, RATIO = "host.teaching_hours", "host.sres_per_rotator"
WAITING, CHANGE = "waiting.by_rotators", "waiting.change_by_rotators"
OPINIONS = ("host.postponed", "host.helped", "host.again")


def hosting(report: Report) -> Part:
    """Teaching hours per SRE-week, over the programme, in the cohort's time, by participants present."""
    publication, texts = report.publication, report.texts
    whole = find_whole(report, TEACHING, kind=None)
    figure = host_figures.host_by_rotators(publication, texts)
    shown = [
        (report.say(f"hosting.label.{name}", n=row.rotators), row)
        for name, measure in (("hours", TEACHING), ("waiting", WAITING), ("change", CHANGE))
        for row in host_figures.by_rotators(publication, measure).itertuples(index=False)
    ]
    return Part(
        question=report.say("hosting.question"),
        sentences=(
            _say_hours(report, whole),
            *_say_silent(report),
            *([] if publication.cohort is None else [_say_cohort_hours(report)]),
            *_say_by_rotators(report),
            _say_waiting(report),
        ),
        figure=figure,
        state=None if figure else state_box(report, *why_empty(publication.rows(TEACHING, cohort=None))),
        alt=report.say("hosting.alt", list=" / ".join(say_entry(report, label, row) for label, row in shown)),
        note=say_note(report, whole, "hosting.note"),
        numbers=fold_rows(report, shown, counted=True) if shown else "",
    )


def _say_hours(report: Report, row: Any | None) -> str:
    if not has_value(row):
        return report.say("hosting.hours_none", reason=say_reason(report, row))
    return report.say(
        "hosting.hours",
        value=say_value(report, row),
        range=say_range(report, row),
        n=count_text(row.n),
        missing=count_text(row.missing),
        **say_rounds(row),
    )


def _say_silent(report: Report) -> Iterator[str]:
    """What the hours would be if those who did not answer had taught none."""
    row = find_whole(report, f"{TEACHING}.silent_none")
    if has_value(row) and row.missing:
        yield report.say("hosting.silent", value=say_value(report, row), missing=count_text(row.missing))


def _say_cohort_hours(report: Report) -> str:
    row = find_of_cohort(report, TEACHING, kind=None)
    if not has_value(row):
        return report.say("hosting.cohort_none", cohort=name_cohort(report), reason=say_reason(report, row))
    return report.say(
        "hosting.cohort",
        cohort=name_cohort(report),
        value=say_value(report, row),
        n=count_text(row.n),
        **say_rounds(row),
    )


def _say_by_rotators(report: Report) -> Iterator[str]:
    rows = host_figures.by_rotators(report.publication, TEACHING)
    if len(rows) > 1:
        listed = " / ".join(
            say_entry(report, report.say("hosting.present", n=row.rotators), row)
            for row in rows.itertuples(index=False)
        )
        yield report.say("hosting.by_rotators", list=listed)


def _say_waiting(report: Report) -> str:
    """How long other teams wait with fewest and most participants present, against days without any."""
    publication = report.publication
    rows = host_figures.by_rotators(publication, CHANGE)
    if rows.empty:
        told = publication.rows(CHANGE, cohort=None)
        row = narrative.first_row(told if len(told) else publication.rows(WAITING, cohort=None))
        nobody = has_value(row)  # a waiting time, and no day with a participant to compare it with
        reason = narrative.reason_text(report.texts, "NOBODY_PRESENT") if nobody else say_reason(report, row)
        return report.say("hosting.waiting_none", reason=reason)
    listed = " / ".join(
        report.say(
            "hosting.waiting_entry",
            present=report.say("hosting.present", n=row.rotators),
            value=say_value(report, row),
            range=say_range(report, row),
            n=say_count(report, row),
        )
        for row in rows.iloc[sorted({0, len(rows) - 1})].itertuples(index=False)
    )
    codes = dict.fromkeys(code for notes in rows["notes"] for code in notes if code == "OBSERVED")
    said = report.say("hosting.waiting", list=listed)
    rest = report.say("hosting.waiting_rest") if len(rows) > 2 else ""
    return narrative.joined(report.texts, [said, rest, narrative.notes_text(report.texts, codes).strip()])


def months(report: Report) -> Part:
    """Hours of the whole host team per participant and week, by month of the stay."""
    rows = report.publication.rows("host.teaching_per_rotator", cohort=None)
    shown = rows[rows["value"].notna()]
    hidden = rows[
        rows["verdict"].eq("hidden")
    ]  # that some may not be shown says more than that some are empty
    labelled = [(report.say(f"kind.{row.kind}"), row) for row in rows.itertuples(index=False)]
    return Part(
        question=report.say("months.question"),
        sentences=tuple(_say_months(report, shown)),
        numbers=fold_rows(report, labelled, first=report.say("months.column")) if len(shown) else "",
        state=None if len(shown) else state_box(report, *why_empty(hidden if len(hidden) else rows)),
        note=say_note(report, _with_all_notes(shown), "months.note") if len(shown) else "",
    )


def _with_all_notes(rows: pd.DataFrame) -> Any | None:
    """A row that stands for all: sums of n and missing, every note once, of mixed months the most."""
    first = narrative.first_row(rows)
    if first is None:
        return None
    codes = {code.split(":")[0]: code for notes in rows["notes"] for code in notes}
    told = rows["missing"].notna().all()
    missing = rows["missing"].sum() if told else None
    return first._replace(
        n=rows["n"].sum(), missing=missing, notes=tuple(codes[name] for name in sorted(codes))
    )


def _say_months(report: Report, shown: pd.DataFrame) -> Iterator[str]:
    rows = list(shown.itertuples(index=False))
    if len(rows) < 2:
        yield from (report.say("months.one", **_month(report, row, "first")) for row in rows)
        return
    yield report.say(
        "months.sentence", **_month(report, rows[0], "first"), **_month(report, rows[-1], "last")
    )


def _month(report: Report, row: Any, name: str) -> dict[str, str]:
    return {
        f"{name}_month": report.say(f"kind.{row.kind}"),
        f"{name}_value": say_value(report, row),
        f"{name}_range": say_range(report, row),
        f"{name}_n": count_text(row.n),
    }


# --- break-even -----------------------------------------------------------------------------------------


def break_even(report: Report) -> Part:
    """From which week on the host team has had its time back."""
    publication = report.publication
    row = find_whole(report, "host.break_even_week")
    balance = host_figures.balance_rows(publication)
    rows = [
        (report.say("break_even.label", week=each.label), each) for each in balance.itertuples(index=False)
    ]
    figure = host_figures.host_balance(publication, report.texts)
    return Part(
        question=report.say("break_even.question"),
        sentences=(_say_break_even(report, row),) if figure else (),
        figure=figure,
        state=None if figure else state_box(report, *why_empty(publication.rows("host.break_even_week"))),
        alt=report.say(
            "break_even.alt", list=" / ".join(say_entry(report, label, each) for label, each in rows)
        ),
        note=say_note(report, row, "break_even.note") if figure else "",
        numbers=fold_rows(report, rows) if figure else "",
    )


def _say_break_even(report: Report, row: Any | None) -> str:
    if row is None:
        return report.say("break_even.none", reason=narrative.reason_text(report.texts, "NO_SURVEY"))
    if not has_value(row):
        return report.say("break_even.not_within", n=count_text(row.n))
    return report.say(
        "break_even.sentence", week=count_text(row.value), range=_weeks(report, row), n=count_text(row.n)
    )


def _weeks(report: Report, row: Any) -> str:
    """The range of the week; open above where the worst case does not get there."""
    if row.low is None or pd.isna(row.low):
        return "–"
    low = count_text(row.low)
    if row.high is None or pd.isna(row.high):
        return report.say("break_even.open", low=low)
    high = count_text(row.high)
    return low if low == high else report.say("part.ends", low=low, high=high)


# --- what the host team says ----------------------------------------------------------------------------


def opinions(report: Report) -> Part:
    """What was put off, whether the team is helped and would host again; rework; members a participant."""
    publication = report.publication
    asked = [
        (f"opinions.label.{name}", row, scope)
        for name in OPINIONS
        for row, scope in (
            (find_whole(report, name), report.say("hosting.of_programme")),
            (find_of_cohort(report, name), name_cohort(report)),
        )
    ]
    reverted = [
        (
            "opinions.label.host.reverted",
            find_whole(report, "host.reverted", kind=kind),
            report.say(f"kind.{kind}"),
        )
        for kind in ("participants", "host_members")
    ]
    ratio = ("opinions.label.host.sres_per_rotator", find_of_cohort(report, RATIO), name_cohort(report))
    rows = [(report.say(key, scope=scope), row) for key, row, scope in (*asked, *reverted, ratio)]
    shown = [row for _, row in rows if has_value(row)]
    told = pd.concat([publication.rows(name, cohort=None) for name in OPINIONS])
    return Part(
        question=report.say("opinions.question"),
        sentences=tuple(_say_opinions(report)),
        numbers=fold_rows(report, rows, first=report.say("opinions.column")) if shown else "",
        state=None if shown else state_box(report, *why_empty(told)),
        note=report.say(
            "opinions.note",
            rows=len(shown),
            all=len(rows),
            k=publication.facts["k"],
            method=report.say("method.share_of_rounds_t"),
        ),
    )


def _opinion(report: Report, row: Any) -> dict[str, str]:
    return {"value": say_value(report, row), "n": count_text(row.n), **say_rounds(row)}


def _say_opinions(report: Report) -> Iterator[str]:
    """Each opinion over the programme, the changes taken back, members a participant."""
    for name in OPINIONS:
        row = find_whole(report, name)
        if has_value(row):
            said = report.say(f"opinions.sentence.{name}", **_opinion(report, row))
            cohort = find_of_cohort(report, name)
            told = has_value(cohort)
            there = (
                report.say("opinions.own", cohort=name_cohort(report), **_opinion(report, cohort))
                if told
                else ""
            )
            yield narrative.joined(report.texts, [said, there])
    own = find_whole(report, "host.reverted", kind="participants")
    members = find_whole(report, "host.reverted", kind="host_members")
    if has_value(own) and has_value(members):
        yield report.say(
            "opinions.sentence.host.reverted",
            value=say_value(report, own),
            n=count_text(own.n),
            members=say_value(report, members),
            members_n=count_text(members.n),
        )
    ratio = find_of_cohort(report, RATIO)
    if has_value(ratio):
        yield report.say(
            "opinions.sentence.host.sres_per_rotator",
            value=say_value(report, ratio),
            n=count_text(ratio.n),
        )
