"""The parts on what changed in home teams: difference, open claims, mix, other outcomes, quarters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from . import impact_figures, impact_narrative, narrative
from .host_cells import fold_rows
from .impact_figures import COMPARISONS, QUARTERS, SELF
from .impact_narrative import COMPARED, OTHERS, argument, has_range, has_value
from .parts import Part, Report, count_text, details, lookup_table, state_box, why_empty
from .share_parts import labelled_texts

UNCHANGED = ("incidents", "time_to_restore")
GROUPS = ("sender", "never")
LEAST_TEAMS = 2  # of what nothing was expected of: one team's value would be taken for a finding
AROUND = 4  # quarters before and after an event


# --- the difference -------------------------------------------------------------------------------------


def difference(report: Report) -> Part:
    """A9: differences to never-senders with interval, single teams by place, before/after as no answer."""
    publication, texts = report.publication, report.texts
    figure = impact_figures.impact_difference(publication, texts)
    rows = pd.concat([publication.rows(f"{SELF}.{name}") for name in (*COMPARISONS, "before_after")])
    shown = [row for _, row in impact_figures.difference_rows(publication)]

    def label(row: Any) -> str:
        return impact_figures.difference_label(publication, texts, row)

    return Part(
        question=report.say("difference.question"),
        sentences=tuple(impact_narrative.difference_sentences(publication, texts)),
        figure=figure,
        state=None if figure else state_box(report, *why_empty(rows)),
        alt=report.say(
            "difference.alt", list=" / ".join(labelled_texts(report, [(label(row), row) for row in shown]))
        ),
        note=report.say(
            "difference.note",
            **_compared_teams(rows),
            s=texts.number(100 * publication.facts["smallest_change"]["share_points"]),
            method=report.say("method.difference_randomised"),
        ),
        numbers=_design_table(report) + fold_rows(report, [(label(row), row) for row in shown])
        if figure
        else "",
    )


def _compared_teams(rows: pd.DataFrame) -> dict[str, str]:
    """n and missing of each comparison over the programme."""
    whole = rows[rows["team"].isna()]
    found: dict[str, str] = {}
    for name in COMPARISONS:
        row = narrative.first_row(whole[whole["measure"].eq(f"{SELF}.{name}")])
        found[name] = count_text(0 if row is None else row.n)
        found[f"{name}_missing"] = count_text(0 if row is None else row.missing)
    return found


def _design_table(report: Report) -> str:
    """What each comparison can show: teams, the smallest p it can take, half-width, teams still needed."""
    names = ("comparison", "teams", "compared", "smallest_p", "half_width", "more")
    s = impact_narrative.smallest_text(report.publication, report.texts, "share_points")
    head = [report.say(f"difference.design.{name}", s=s) for name in names]
    body = []
    for row in impact_narrative.comparisons_of(report.publication):
        half, more = argument(row, "HALF_WIDTH"), argument(row, "MORE_ROTATIONS")
        body.append(
            (
                report.say(f"difference.short.{row.measure.rsplit('.', 1)[1]}"),
                count_text(row.n),
                argument(row, "COMPARED_WITH") or "–",
                argument(row, "SMALLEST_P") or "–",
                report.say("unit.share_points", value=f"±{half}") if half else "–",
                more or "–",
            )
        )
    return details(report, head, body, title="difference.design.title") if body else ""


def open_claims(report: Report) -> Part:
    """What cannot be judged: why not, and what would make it answerable; a result like the others."""
    lines = impact_narrative.open_claims(report.publication, report.texts)
    columns = [report.say(f"open_claims.column_{name}") for name in ("what", "why", "mend")]
    table = pd.DataFrame(lines, columns=columns)
    key = "open_claims.sentence" if lines else "open_claims.sentence_none"
    return Part(
        question=report.say("open_claims.question"),
        sentences=(report.say(key, n=len(lines)),),
        table=lookup_table(table, name="open-claims") if lines else "",
        note=report.say("open_claims.note", n=len(lines)),
    )


# --- the mix --------------------------------------------------------------------------------------------


def mix(report: Report) -> Part:
    """Of all problems: solved alone, with a review, by the host team; by team and phase."""
    publication, texts = report.publication, report.texts
    figure = impact_figures.impact_mix(publication, texts)
    rows = publication.rows("impact.mix")
    bars = list(impact_figures.mix_bars(publication, texts))
    kinds = tuple(impact_figures.MIX_STYLE)
    head = ["", *(report.say(f"impact_mix.kind.{kind}") for kind in kinds), "n", report.say("part.missing")]
    body = [(label, *_mix_cells(report, found, kinds)) for label, found in bars]
    entries = [report.say("impact_mix.entry", label=cells[0], list=" / ".join(cells[1:4])) for cells in body]
    once = rows[rows["kind"].eq("alone")]
    return Part(
        question=report.say("impact_mix.question"),
        sentences=(report.say("impact_mix.sentence"),) if figure else (),
        figure=figure,
        state=None if figure else state_box(report, *why_no_rows(rows, "NO_TICKETS")),
        alt=report.say("impact_mix.alt", list=" / ".join(entries)),
        note=report.say(
            "impact_mix.note",
            n=count_text(once["n"].dropna().sum()),
            missing=count_text(once["missing"].dropna().sum()),
        ),
        numbers=details(report, head, body) if figure else "",
    )


def _mix_cells(report: Report, found: dict[str, Any], kinds: Sequence[str]) -> list[str]:
    one = next(iter(found.values()))
    shares = [
        narrative.value_text(report.texts, "share", found[kind].value if kind in found else None)
        for kind in kinds
    ]
    return [*shares, count_text(one.n), count_text(one.missing)]


def why_no_rows(rows: pd.DataFrame, otherwise: str) -> tuple[str, str]:
    """Kind of state and reason; `otherwise` where the programme has no such rows at all."""
    return ("not_measurable", otherwise) if rows.empty else why_empty(rows)


# --- other outcomes -------------------------------------------------------------------------------------


def outcomes(report: Report) -> Part:
    """The other signs of solving more alone: difference with interval, and what may be said of it."""
    texts = report.texts
    found = _outcome_rows(report, OTHERS)
    rows = [row for by in found.values() for row in by.values()]
    first = found.get("do_it_for_me", {}).get("first_graduate")
    exploratory = any("EXPLORATORY" in row.notes for row in rows)
    ranged = [row for row in rows if has_value(row) and has_range(row)]
    away_from_zero = sum(not row.low <= 0 <= row.high for row in ranged)
    said = [narrative.claim(texts, first)] if first is not None else []
    said += [report.say("outcomes.sentence", n=len(ranged), k=away_from_zero)] if ranged else []
    return Part(
        question=report.say("outcomes.question"),
        sentences=(*said, *_say_alone_together(report)),
        table=_outcome_table(report, found, judged=True),
        state=None if rows else state_box(report, "not_measurable", "NO_RECORDS"),
        note=report.say(
            "outcomes.note",
            n=len(rows),
            exploratory=report.say("outcomes.exploratory") if exploratory else "",
            method=report.say("method.difference_randomised"),
        ),
    )


def _say_alone_together(report: Report) -> Iterator[str]:
    """The share of incidents restored alone, all teams together; or why there is none."""
    rows = list(report.publication.rows("impact.home_alone.together").itertuples(index=False))
    if any(has_value(row) for row in rows):
        entries = " / ".join(_alone_entry(report, row) for row in rows)
        yield report.say("outcomes.alone_together", list=entries)
    elif rows:
        reason = narrative.reason_text(report.texts, rows[0].notes[0])
        yield report.say("outcomes.alone_none", reason=reason)


def _alone_entry(report: Report, row: Any) -> str:
    texts, who = report.texts, report.say(f"kind.{row.kind}")
    if not has_value(row):
        return report.say(
            "outcomes.alone_unknown", who=who, reason=narrative.reason_text(texts, row.notes[0])
        )
    value, low, high = (narrative.value_text(texts, row.unit, x) for x in (row.value, row.low, row.high))
    counts = {"n": count_text(row.n), "missing": count_text(row.missing)}
    return report.say("outcomes.alone_entry", who=who, value=value, low=low, high=high, **counts)


def unchanged(report: Report) -> Part:
    """What nothing was expected of: looked at, and nothing claimed."""
    found = _outcome_rows(report, UNCHANGED)
    return Part(
        question=report.say("unchanged.question"),
        sentences=(report.say("unchanged.sentence"),),
        table=_outcome_table(report, found, judged=False),
        state=None if found else state_box(report, "not_measurable", "NO_INCIDENT_RECORDS"),
        note=report.say("unchanged.note", n=sum(map(len, found.values()))),
    )


def _outcome_rows(report: Report, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The programme's rows there are, by outcome and comparison."""
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        for comparison in COMPARED:
            rows = report.publication.rows(f"impact.{name}.{comparison}", team=None, cohort=None)
            if (row := narrative.first_row(rows)) is not None:
                found.setdefault(name, {})[comparison] = row
    return found


def _outcome_table(report: Report, found: dict[str, dict[str, Any]], *, judged: bool) -> str:
    """A line an outcome, a column a comparison."""
    if not found:
        return ""
    columns = [report.say("outcomes.column_what")]
    columns += [report.say(f"outcomes.column_{name}") for name in COMPARED]
    lines = [
        [
            report.say(f"outcomes.name.{name}"),
            *(_outcome_cell(report, by[c], judged=judged) if c in by else "–" for c in COMPARED),
        ]
        for name, by in found.items()
    ]
    return lookup_table(pd.DataFrame(lines, columns=columns), name="outcomes" if judged else "unchanged")


def _outcome_cell(report: Report, row: Any, *, judged: bool) -> str:
    """Value, interval, teams; where it is `judged` what may be said, else at most why there is none."""
    texts, said = report.texts, ""
    if judged:
        said = impact_narrative.verdict_text(report.publication, texts, row)
    elif not has_value(row):
        said = report.say("disturb.unseen", reason=narrative.reason_text(texts, row.notes[0]))
    elif row.n < LEAST_TEAMS or not has_range(row):
        return report.say("unchanged.few", n=count_text(row.n), missing=count_text(row.missing))
    if not has_value(row):
        return said
    cell = report.say(
        "outcomes.cell",
        value=value_and_range(report, row),
        n=count_text(row.n),
        missing=count_text(row.missing),
    )
    return narrative.joined(texts, [cell, said])


def value_and_range(report: Report, row: Any) -> str:
    """A value with its unit and interval as one cell; "–" where there is none."""
    if not has_value(row):
        return "–"
    value = narrative.value_text(report.texts, row.unit, row.value, with_unit=True)
    if not has_range(row):
        return value
    low, high = (narrative.value_text(report.texts, row.unit, end) for end in (row.low, row.high))
    return report.say("part.value_interval", value=value, low=low, high=high)


# --- over time ------------------------------------------------------------------------------------------


def quarters(report: Report) -> Part:
    """Senders and never-senders quarter by quarter; events are marked and never credited."""
    publication, texts = report.publication, report.texts
    figure = impact_figures.impact_quarters(publication, texts)
    rows = pd.concat([publication.rows(f"impact.quarter.{name}") for name in (*QUARTERS, "requests")])
    own = rows[rows["measure"].eq("impact.quarter.self_resolution")]
    return Part(
        question=report.say("quarters.question"),
        sentences=(*_say_ends(report), report.say("quarters.sentence")) if figure else (),
        figure=figure,
        state=None if figure else state_box(report, *why_no_rows(rows, "NO_TICKETS")),
        alt=report.say("quarters.alt", list=" / ".join(_quarter_entries(report))),
        note=report.say(
            "quarters.note" if figure else "quarters.note_none",
            n=count_text(own["n"].dropna().sum()),
            missing=count_text(own["missing"].dropna().sum()),
            events=report.say("quarters.note_events") if publication.facts["events"] else "",
        ),
        numbers=_quarter_numbers(report, rows) if figure else "",
    )


def _say_ends(report: Report) -> Iterator[str]:
    """Self-resolution in the first and in the last quarter that both groups have."""
    found = {
        group: impact_figures.quarter_rows(report.publication, "self_resolution", group).set_index("label")
        for group in GROUPS
    }
    both = sorted(set(found["sender"].index) & set(found["never"].index))
    if len(both) < 2:
        return
    ends = {"first": both[0], "last": both[-1]}
    told = {
        f"{group}_{end}": _counted(report, rows.loc[label])
        for group, rows in found.items()
        for end, label in ends.items()
    }
    days = {f"day_{end}": report.texts.day(label) for end, label in ends.items()}
    yield report.say("quarters.ends", **told, **days)


def _quarter_entries(report: Report) -> Iterator[str]:
    """First and last quarter of each line."""
    for name in QUARTERS:
        for group in GROUPS:
            rows = impact_figures.quarter_rows(report.publication, name, group)
            if len(rows):
                first, last = rows.iloc[0], rows.iloc[-1]
                yield report.say(
                    "quarters.entry",
                    what=report.say(f"quarters.panel.{name}"),
                    group=report.say(f"quarters.group.{group}"),
                    first=narrative.value_text(report.texts, first["unit"], first["value"]),
                    last=narrative.value_text(report.texts, last["unit"], last["value"]),
                    day_first=report.texts.day(first["label"]),
                    day_last=report.texts.day(last["label"]),
                )


def _quarter_numbers(report: Report, rows: pd.DataFrame) -> str:
    """Every quarter: each measure of senders and of never-senders with n; folded."""
    places = [(name, group) for name in (*QUARTERS, "requests") for group in GROUPS]
    head = [report.say("quarters.column_quarter")]
    head += [
        report.say(
            "quarters.column",
            what=report.say(f"quarters.panel.{name}"),
            group=report.say(f"quarters.group.{group}"),
        )
        for name, group in places
    ]
    found = {
        (row.measure.rsplit(".", 1)[1], row.kind, row.label): row for row in rows.itertuples(index=False)
    }
    body = []
    for label in sorted(set(rows["label"].dropna())):
        cells = [_counted(report, found.get((name, group, label))) for name, group in places]
        body.append((report.texts.day(label), *cells))
    return details(report, head, body)


def _counted(report: Report, row: Any | None) -> str:
    if row is None or not has_value(row):
        return "–"
    value = narrative.value_text(report.texts, row.unit, row.value)
    return report.say("quarters.cell", value=value, n=count_text(row.n))


def events(report: Report) -> Part:
    """A9: what else changed, for everybody; how never-senders moved around that day as well."""
    publication, texts = report.publication, report.texts
    entries = publication.facts["events"]
    if not entries:
        return Part(question=report.say("events.question"), sentences=(report.say("events.sentence_none"),))
    own = publication.cohort is not None
    names = ("number", "date", "what", *(["phases"] if own else []), *QUARTERS)
    columns = [report.say(f"events.column_{name}") for name in names]
    lines = [
        [
            f"({number})",
            texts.day(entry["date"]),
            texts.label(entry),
            *([_phases_at(report, entry["date"])] if own else []),
            *(_around(report, name, entry["date"]) for name in QUARTERS),
        ]
        for number, entry in enumerate(entries, start=1)
    ]
    return Part(
        question=report.say("events.question"),
        sentences=(report.say("events.sentence"),),
        table=lookup_table(pd.DataFrame(lines, columns=columns), name="events", unbroken=columns[:2]),
        note=report.say("events.note", n=len(entries), quarters=AROUND),
    )


def _phases_at(report: Report, day: str) -> str:
    """In which phase of this cohort's each of its home teams was on a day."""
    names = report.publication.facts["teams"]
    found = [
        f"{report.texts.label(names[phase['team']])}: {report.say('phase.' + phase['phase'])}"
        for phase in report.publication.facts["team_phases"]
        if phase["first"] <= day <= phase["last"]
    ]
    return " / ".join(found) or "–"


def _around(report: Report, name: str, day: str) -> str:
    """Never-senders over the whole quarters before and after a day, at most `AROUND` of each."""
    rows = impact_figures.quarter_rows(report.publication, name, "never")
    ends = (pd.to_datetime(rows["label"]) + pd.DateOffset(months=3)).dt.strftime("%Y-%m-%d")
    before, after = rows[ends.le(day)].tail(AROUND), rows[rows["label"].ge(day)].head(AROUND)
    if before.empty or after.empty:
        return "–"
    means = [
        narrative.value_text(report.texts, rows["unit"].iloc[0], _mean(part)) for part in (before, after)
    ]
    counts = [count_text(part["n"].sum()) for part in (before, after)]
    return report.say("events.around", before=means[0], after=means[1], n_before=counts[0], n_after=counts[1])


def _mean(rows: pd.DataFrame) -> float:
    """Shares by their records, rates with every quarter alike."""
    value = rows["value"].astype(float)
    if rows["unit"].iloc[0] == "share":
        return float((value * rows["n"].astype(float)).sum() / rows["n"].astype(float).sum())
    return float(value.mean())
