"""How far the claims about home teams carry: a second source, other ways, disturbances, trends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from . import impact_figures, impact_narrative, narrative
from .host_cells import list_cells, list_heads, say_range
from .impact_figures import STAGES
from .impact_narrative import argument, has_range, has_value
from .impact_parts import value_and_range, why_no_rows
from .parts import Part, Report, count_text, details, lookup_table, state_box, why_empty

SUFFIX = ".sensitivity"
AS_DECLARED = "as_declared"
FLIPPED = "FLIPS_CLAIM"


# --- sensitivity ----------------------------------------------------------------------------------------


def sensitivity(report: Report) -> Part:
    """Each claim computed in other ways: one line a claim, every way folded."""
    publication, texts = report.publication, report.texts
    computed = list(_claims(report))
    claims = [pair for pair in computed if impact_narrative.claims_something(pair[0])]
    columns = [
        report.say(f"sensitivity.column_{name}") for name in ("claim", "declared", "others", "flips", "zero")
    ]
    lines = [_claim_line(report, row, variants) for row, variants in claims]
    said = [
        impact_narrative.stays_sentence(publication, texts, row, variants=len(_others(variants)))
        for row, variants in claims[:1]
    ]
    return Part(
        question=report.say("sensitivity.question"),
        sentences=tuple(said) or ((report.say("sensitivity.no_claim", n=len(computed)),) if computed else ()),
        table=lookup_table(pd.DataFrame(lines, columns=columns), name="sensitivity") if claims else "",
        state=None if computed else state_box(report, *_why_none(publication)),
        note=narrative.joined(texts, [*_sensitivity_notes(report, computed, claims)]) if claims else "",
        numbers="".join(_variants_table(report, row, variants) for row, variants in claims),
    )


def _sensitivity_notes(report: Report, computed: list[Any], claims: list[Any]) -> Iterator[str]:
    """What changing means; which comparisons claim nothing that could change; ways that could not be had."""
    yield report.say("sensitivity.note", n=len(claims))
    unclaimed = [row for row, _ in computed if not impact_narrative.claims_something(row)]
    if unclaimed:
        names = [report.say(f"sensitivity.claim.{_short(row.measure)}") for row in unclaimed]
        yield report.say("sensitivity.unclaimed", n=len(unclaimed), list=" / ".join(names))
    ways = {
        (row.kind, row.notes[0]): None
        for _, variants in claims
        for row in variants[variants["value"].isna()].itertuples(index=False)
    }
    for kind, reason in ways:
        why = narrative.reason_text(report.texts, reason)
        yield report.say("sensitivity.not_computed", way=report.say(f"kind.{kind}"), reason=why)


def _claims(report: Report) -> Iterator[tuple[Any, pd.DataFrame]]:
    """Each claim with a value that was computed in other ways, the declared first, and those ways."""
    publication = report.publication
    names = [name for name in dict.fromkeys(publication.measures["measure"]) if name.endswith(SUFFIX)]
    found = [
        (row, publication.rows(name))
        for name in names
        if (row := narrative.first_row(publication.rows(name.removesuffix(SUFFIX), team=None, cohort=None)))
        is not None
        and has_value(row)
    ]
    first = [row.measure for row in impact_narrative.comparisons_of(publication)]
    order = {measure: number for number, measure in enumerate(first)}
    yield from sorted(found, key=lambda pair: order.get(pair[0].measure, len(order)))


def _why_none(publication: Any) -> tuple[str, str]:
    rows = publication.rows("impact.self_resolution.first_graduate", team=None, cohort=None)
    return why_empty(rows) if len(rows) and rows["value"].isna().all() else ("not_measurable", "NO_RECORDS")


def _others(variants: pd.DataFrame) -> pd.DataFrame:
    """The ways with a value besides the declared one."""
    return variants[variants["value"].notna() & variants["kind"].ne(AS_DECLARED)]


def _claim_line(report: Report, row: Any, variants: pd.DataFrame) -> list[str]:
    """The claim, its value, the span of the others in the same unit, how many flip, how many hold 0."""
    texts, others = report.texts, _others(variants)
    alike = others[others["unit"].eq(row.unit)]["value"].astype(float)
    span = "–"
    if len(alike):
        low, high = (narrative.value_text(texts, row.unit, end) for end in (alike.min(), alike.max()))
        span = report.say("part.ends", low=low, high=high)
    ways = str(len(others))
    flips, zero = (argument(row, name) for name in ("FLIPS", "VARIANTS_HOLD_ZERO"))
    return [
        report.say(f"sensitivity.claim.{_short(row.measure)}"),
        value_and_range(report, row),
        span,
        _k_of_n(report, flips, ways),
        _k_of_n(report, zero, ways),
    ]


def _short(measure: str) -> str:
    """impact.self_resolution.away → self_resolution_away."""
    return measure.removeprefix("impact.").replace(".", "_")


def _k_of_n(report: Report, told: str | None, ways: str) -> str:
    k, n = told.split(":") if told else ("–", ways)
    return report.say("sensitivity.k_of_n", k=k, n=n)


def _variants_table(report: Report, row: Any, variants: pd.DataFrame) -> str:
    """Every way with a value: estimate, interval, teams, and whether the claim flips; folded.

    Comparison teams left out in turn are one line, but for those without which the claim flips.
    """
    head = ["", *(report.say(key) for key in ("part.value", "part.interval")), "n"]
    head.append(report.say("sensitivity.column_becomes"))
    rows = [each for each in variants.itertuples(index=False) if has_value(each)]
    without = [each for each in rows if each.kind == "without" and not _flips(each)]
    body = [_variant_line(report, each) for each in rows if not (each.kind == "without" and each in without)]
    if without:
        body.append(_line_of_each_left_out(report, without))
    return details(report, head, body, title=f"sensitivity.claim.{_short(row.measure)}")


def _flips(row: Any) -> bool:
    """Whether the claim is another one in this way."""
    return FLIPPED in row.notes


def _variant_line(report: Report, row: Any) -> tuple[str, ...]:
    texts, label = report.texts, report.say(f"kind.{row.kind}")
    if row.kind == "without":
        team = texts.label(report.publication.facts["teams"][row.team])
        label = report.say("sensitivity.without", team=team)
    value = narrative.value_text(texts, row.unit, row.value, with_unit=True)
    return label, value, say_range(report, row), count_text(row.n), _becomes(report, row)


def _line_of_each_left_out(report: Report, rows: Sequence[Any]) -> tuple[str, ...]:
    """The span of the values and of the intervals with each comparison team left out in turn."""
    texts, label = report.texts, report.say("sensitivity.without_each", n=len(rows))
    unit, ranged = rows[0].unit, [row for row in rows if has_range(row)]

    def span(ends: Sequence[float]) -> str:
        low, high = (narrative.value_text(texts, unit, end) for end in (min(ends), max(ends)))
        return report.say("part.ends", low=low, high=high)

    holds = sum(row.low <= 0 <= row.high for row in ranged)
    key = "same" if not holds else "holds_zero" if holds == len(rows) else "holds_zero_some"
    return (
        label,
        span([row.value for row in rows]),
        span([end for row in ranged for end in (row.low, row.high)]) if ranged else "–",
        count_text(min(row.n for row in rows)),
        report.say(f"sensitivity.{key}"),
    )


def _becomes(report: Report, row: Any) -> str:
    """Whether the claim flips here, and whether the interval holds 0."""
    holds = has_range(row) and row.low <= 0 <= row.high
    key = "flips_here" if _flips(row) else "holds_zero" if holds else "same"
    return report.say(f"sensitivity.{key}")


# --- what could disturb the comparison --------------------------------------------------------------------


def disturbances(report: Report) -> Part:
    """What could make the comparison wrong, as far as it can be seen."""
    publication, texts = report.publication, report.texts
    lines = list(_disturbance_lines(report))
    columns = [report.say(f"disturb.column_{name}") for name in ("what", "seen", "means")]
    left_out = impact_narrative.left_out_sentence(publication, texts)
    return Part(
        question=report.say("disturb.question"),
        sentences=(left_out or report.say("disturb.none_left_out"),),
        table=lookup_table(pd.DataFrame(lines, columns=columns), name="disturb"),
        note=report.say("disturb.note", n=len(lines)),
    )


def _disturbance_lines(report: Report) -> Iterator[list[str]]:
    """Anticipation, never-senders reached all the same, people who moved: what is seen, what it does."""
    for key, measure, kind in (
        ("anticipation", "impact.anticipation", None),
        ("sessions", "impact.contamination", "sessions"),
        ("moved", "impact.contamination", "moved"),
    ):
        where = {} if kind is None else {"kind": kind}
        row = narrative.first_row(report.publication.rows(measure, cohort=None, team=None, **where))
        if row is None or not has_value(row):
            code = row.notes[0] if row is not None and row.notes else "NO_RECORDS"
            seen = report.say("disturb.unseen", reason=narrative.reason_text(report.texts, code))
        else:
            value, n = value_and_range(report, row), count_text(row.n)
            seen = report.say(f"disturb.seen_{key}", value=value, n=n, missing=count_text(row.missing))
        yield [report.say(f"disturb.{key}"), seen, report.say(f"disturb.means_{key}")]


# --- trends ---------------------------------------------------------------------------------------------


def trends(report: Report) -> Part:
    """Weekly requests of each team, raw beside adjusted for trend and season: a description."""
    publication, texts = report.publication, report.texts
    rows = publication.rows("impact.trend", cohort=publication.cohort)
    by_team = {
        team: {row.kind: row for row in part.itertuples(index=False)}
        for team, part in rows.groupby("team", sort=False)
    }
    head = ["", *(report.say(f"trends.column_{kind}") for kind in ("raw", "adjusted")), "n"]
    head.append(report.say("part.missing"))
    told = {team: kinds for team, kinds in by_team.items() if any(map(has_value, kinds.values()))}
    body = [
        (texts.label(publication.facts["teams"][team]), *_trend_cells(report, kinds))
        for team, kinds in by_team.items()
    ]
    return Part(
        question=report.say("trends.question"),
        sentences=(report.say("trends.sentence"),) if told else (),
        state=None if told else state_box(report, *_why_no_trend(report, rows)),
        note=report.say("trends.note", n=len(told)) if told else "",
        numbers=details(report, head, body, title="part.table") if told else "",
    )


def _why_no_trend(report: Report, rows: pd.DataFrame) -> tuple[str, str]:
    """The reason of the rows; without any, why the cohort's teams have no time after a return."""
    if len(rows):
        return why_empty(rows)
    reasons = sorted(report.publication.facts["why_nothing_after"].values())
    return "not_measurable", max(reasons, key=reasons.count, default="NO_POST_WINDOW")


def _trend_cells(report: Report, kinds: dict[str, Any]) -> list[str]:
    """Raw and adjusted with interval or why there is none, then n and missing of the adjusted."""
    cells = []
    for kind in ("raw", "adjusted"):
        row = kinds.get(kind)
        if row is None or not has_value(row):
            code = row.notes[0] if row is not None and row.notes else "NO_RECORDS"
            cells.append(narrative.reason_text(report.texts, code))
        else:
            cells.append(value_and_range(report, row))
    last = kinds.get("adjusted", kinds.get("raw"))
    return [*cells, count_text(getattr(last, "n", None)), count_text(getattr(last, "missing", None))]


# --- the home teams' survey -----------------------------------------------------------------------------


def home_survey(report: Report) -> Part:
    """The second source: what home teams say of solving problems themselves, beside their records."""
    publication, texts = report.publication, report.texts
    figure = impact_figures.self_solving(publication, texts)
    kinds = [kind for group in STAGES.values() for kind in group]
    rows = publication.rows("impact.self_solving", team=None)
    found = {row.kind: row for row in rows.itertuples(index=False)}
    listed = [(report.say(f"self_solving.kind.{kind}"), found.get(kind)) for kind in kinds]
    views = narrative.first_row(publication.rows("impact.self_solving.first_graduate", team=None))
    said = [narrative.claim(texts, views)] if views is not None else []
    said += [text for text in (impact_narrative.views_sentence(publication, texts),) if text]
    entries = [
        report.say(
            "self_solving.entry",
            label=label,
            value=narrative.value_text(texts, row.unit, row.value),
            n=count_text(row.n),
        )
        for label, row in listed
        if row is not None and has_value(row)
    ]
    return Part(
        question=report.say("self_solving.question"),
        sentences=tuple(said) if figure else (),
        figure=figure,
        state=None if figure else state_box(report, *why_no_rows(rows, "NO_SURVEY")),
        alt=report.say("self_solving.alt", list=" / ".join(entries)),
        note=report.say(
            "self_solving.note",
            n=count_text(rows["n"].dropna().sum()),
            missing=count_text(rows["missing"].dropna().sum()),
            k=publication.facts["k"],
            hidden=_count_hidden(report),
        ),
        numbers=details(
            report, list_heads(report, ""), [(label, *list_cells(report, row)) for label, row in listed]
        )
        + _list_asked(report, kinds)
        + _by_team(report)
        if figure
        else "",
    )


def _list_asked(report: Report, kinds: Sequence[str]) -> str:
    """The question beside it, whether somebody in the team can be asked: the same kinds; folded."""
    found = {row.kind: row for row in report.publication.rows("impact.survey_ask").itertuples(index=False)}
    body = [
        (report.say(f"self_solving.kind.{kind}"), *list_cells(report, found[kind]))
        for kind in kinds
        if kind in found
    ]
    return details(report, list_heads(report, ""), body, title="self_solving.ask") if body else ""


def _count_hidden(report: Report) -> int:
    """How many cells of the table by team are not shown, because too few answered."""
    rows = report.publication.rows("impact.self_solving.by_team")
    return int(rows["verdict"].eq("hidden").sum())


def _by_team(report: Report) -> str:
    """How many of each team answered, before, while away and after, or first and last; folded."""
    rows = report.publication.rows("impact.self_solving.by_team")
    found = {(row.team, row.kind): row for row in rows.itertuples(index=False)}
    head = ["", *(report.say(f"self_solving.stage.{stage}") for stage in ("first", "away", "last"))]
    body = []
    for team in dict.fromkeys(rows["team"]):
        kinds = STAGES["never" if (team, "never_first") in found else "sender"]
        first, *away, last = (_answers_cell(report, found.get((team, kind))) for kind in kinds)
        name = report.texts.label(report.publication.facts["teams"][team])
        body.append((name, first, *(away or ["–"]), last))
    return details(report, head, body, title="self_solving.teams") if body else ""


def _answers_cell(report: Report, row: Any | None) -> str:
    if row is None or not has_value(row):
        return report.say("state.hidden") if row is not None and row.verdict == "hidden" else "–"
    return report.say("self_solving.given", n=count_text(row.n), missing=count_text(row.missing))
