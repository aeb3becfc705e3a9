"""The programme over time: lineage of the questions, what each term changed, what the last report said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from . import narrative
from .parts import Part, Report, count_text, details, plain_table, state_box
from .since import Changes, knows_unit

# --- lineage of the questions ---------------------------------------------------------------------------

APART = ("wording_other", "scale_apart")


def lineage(report: Report) -> Part:
    """In which words and on which scale it was asked, from when to when, and whether that is pooled."""
    publication = report.publication
    rows = pd.concat([publication.rows(f"lineage.{name}", cohort=None) for name in ("wording", "scale")])
    head = [
        report.say(f"lineage.column_{name}") for name in ("what", "words", "when", "cohorts", "n", "pooled")
    ]
    body = [_lineage_line(report, row) for row in rows.itertuples(index=False)]
    return Part(
        question=report.say("lineage.question"),
        sentences=tuple(_say_lineage(report, rows)) if body else (),
        numbers=details(report, head, body, title="part.table", numbers=False) if body else "",
        state=None if body else state_box(report, "not_measurable", "NO_SURVEY"),
        note=report.say("lineage.note") if body else "",
    )


def _lineage_line(report: Report, row: Any) -> list[str]:
    told = {code.split(":")[0]: code for code in row.notes}
    first, last = (narrative.note_text(report.texts, told[name]) if name in told else None
                   for name in ("FROM_MONTH", "TO_MONTH"))  # fmt: skip
    cohorts = narrative.note_text(report.texts, told["IN_COHORTS"]) if "IN_COHORTS" in told else None
    return [
        _what(report, row),
        str(row.label) if row.label is not None else report.say("lineage.own_scale"),
        report.say("lineage.months", first=first or "", last=last or "") if first else "–",
        cohorts or "–",
        count_text(row.value),
        report.say(f"kind.{row.kind}"),
    ]


def _what(report: Report, row: Any) -> str:
    if row.measure == "lineage.scale":
        return report.say("lineage.scale")
    skills = {skill["id"]: report.texts.label(skill) for skill in report.publication.facts["skills"]}
    return skills.get(row.skill, report.say("lineage.wording"))


def _say_lineage(report: Report, rows: pd.DataFrame) -> Iterator[str]:
    """How many questions changed; who answered in a way that is kept apart."""
    old = rows[rows["measure"].eq("lineage.wording") & rows["kind"].ne("wording_current")]
    same = int(old["kind"].eq("wording_same").sum())
    yield report.say("lineage.sentence", n=len(old), same=same, other=len(old) - same)
    for row in rows[rows["kind"].eq("scale_apart")].itertuples(index=False):
        cohorts = next((code for code in row.notes if code.startswith("IN_COHORTS:")), None)
        said = narrative.note_text(report.texts, cohorts) if cohorts else None
        where = [said or "", report.say(f"wave.{row.wave}") if row.wave else ""]
        yield report.say(
            "lineage.apart",
            where=report.say("list.separator").join(part for part in where if part),
            labels=str(row.label).count(" / ") + 1 if row.label is not None else "–",
            n=count_text(row.value),
        )


# --- what was changed each term -------------------------------------------------------------------------


def adjustments(report: Report) -> Part:
    """What the owner changed for each term, and why, where that was written down."""
    entries = report.publication.facts["adjustments"]
    head = [report.say(f"adjustments.column_{name}") for name in ("cohort", "what", "because")]
    body = [
        [
            report.say("hosting.of_cohort", cohort=each["cohort"]),
            report.texts.label(each),
            _because(report, each),
        ]
        for each in entries
    ]
    told = sum(_has_because(each) for each in entries)
    key = "adjustments.sentence" if entries else "adjustments.none"
    return Part(
        question=report.say("adjustments.question"),
        sentences=(report.say(key, n=len(entries), k=told),),
        table=plain_table(head, body, css="lookup") if body else "",
        note=report.say("adjustments.note") if body else "",
    )


def _has_because(entry: dict[str, Any]) -> bool:
    return entry["because_ja"] is not None and entry["because_en"] is not None


def _because(report: Report, entry: dict[str, Any]) -> str:
    if not _has_because(entry):
        return report.say("adjustments.untold")
    return report.texts.label({"ja": entry["because_ja"], "en": entry["because_en"]})


# --- what changed since the last report -----------------------------------------------------------------


def since_last(report: Report) -> Part:
    """Verdicts, values and stays that changed, what is declared otherwise; or that nothing is compared."""
    changes = report.changes
    if changes is None:
        lines = (report.say("since.none"), report.say("since.none_why"), report.say("since.none_mend"))
        return Part(question=report.say("since.question"), state=lines)
    is_claim = changes.rows["measure"].map(lambda name: report.texts.has(f"measure.{name}")).astype(bool)
    told = _declared_first(report, changes.rows[is_claim])
    verdicts = told[told["change"].eq("verdict")]
    values = told[told["change"].eq("value") & told["skill"].isna() & told["team"].isna()]
    listed = [list(rows.itertuples(index=False)) for rows in (verdicts, values)]
    judged, moved = ([_change_line(report, row) for row in rows if _is_known(report, row)] for rows in listed)
    unknown = sum(map(len, listed)) - len(judged) - len(moved)
    stays = [_stay_line(report, row) for row in changes.stays.itertuples(index=False)]
    columns = [report.say(f"since.column_{name}") for name in ("what", "earlier", "later")]
    return Part(
        question=report.say("since.question"),
        sentences=tuple(
            _say_changes(
                report, changes, verdicts=len(verdicts), listed=len(judged) + len(moved), unknown=unknown
            )
        ),
        table=(plain_table(columns, judged, css="lookup") if judged else "")
        + (plain_table(columns, stays, css="lookup") if stays else ""),
        numbers=details(report, columns, moved, title="since.moved", numbers=False) if moved else "",
        note=report.say(
            "since.note", n=len(judged), moved=len(moved), stays=len(stays), k=report.publication.facts["k"]
        ),
    )


def _declared_first(report: Report, rows: pd.DataFrame) -> pd.DataFrame:
    """The measures that the plan declared before the others."""
    primary = report.publication.facts["plan"]["primary"]
    declared = rows["measure"].isin(primary)
    return pd.concat([rows[declared], rows[~declared]])


def _say_changes(
    report: Report, changes: Changes, *, verdicts: int, listed: int, unknown: int
) -> Iterator[str]:
    """Between which days, how much changed, and what is not comparable."""
    earlier, later = (report.texts.day(day) for day in changes.as_of)
    counts = {kind: len(changes.of(kind)) for kind in ("verdict", "value", "few", "hidden", "shown")}
    changed = len(changes.rows) - counts["few"]
    told = {"verdicts": verdicts, "n": changed, "stays": len(changes.stays)}
    yield report.say("since.sentence", earlier=earlier, later=later, **told)
    if not listed and not unknown:
        yield report.say("since.no_claim")
    if unknown:
        yield report.say("since.unknown", n=unknown)
    if rest := counts["verdict"] + counts["value"] - listed - unknown:
        yield report.say("since.rest", n=rest)
    if counts["few"]:
        yield report.say("since.few", n=counts["few"], k=report.publication.facts["k"])
    if counts["hidden"] or counts["shown"]:
        yield report.say("since.gate", hidden=counts["hidden"], shown=counts["shown"])
    if changes.new or changes.gone:
        yield report.say("since.measures", new=len(changes.new), gone=len(changes.gone))
    if changes.declared:
        names = [report.say(f"since.{name}") for name in changes.declared]
        yield report.say("since.declared", list=report.say("list.separator").join(names))
    if changes.versions[0] != changes.versions[1]:
        yield report.say("since.versions", earlier=changes.versions[0], later=changes.versions[1])


def _is_known(report: Report, row: Any) -> bool:
    """Whether this version has words for all of a row: a file of another version may hold others."""
    words = {"kind": (row.kind,), "wave": (row.wave,), "verdict": (row.verdict_earlier, row.verdict_later)}
    keys = [f"{name}.{word}" for name, found in words.items() for word in found if word]
    return knows_unit(row.unit) and all(map(report.texts.has, keys))


def _change_line(report: Report, row: Any) -> list[str]:
    """A claim with its verdict and value in both reports."""
    said = report.say(f"measure.{row.measure}")
    about = [
        report.say(f"kind.{row.kind}") if row.kind else "",
        _name_wave(report, row),
        _name_skill(report, row),
    ]
    named = report.say("list.separator").join(part for part in about if part)
    what = report.say("since.what_of", what=said, of=named) if named else said
    return [what[:1].upper() + what[1:], _side(report, row, "earlier"), _side(report, row, "later")]


def _name_wave(report: Report, row: Any) -> str:
    return report.say(f"wave.{row.wave}") if row.wave else ""


def _name_skill(report: Report, row: Any) -> str:
    skills = {skill["id"]: report.texts.label(skill) for skill in report.publication.facts["skills"]}
    return skills.get(row.skill, "")


def _side(report: Report, row: Any, side: str) -> str:
    verdict, value, n = (getattr(row, f"{name}_{side}") for name in ("verdict", "value", "n"))
    said = report.say(f"verdict.{verdict}") if verdict else "–"
    if value is None:
        return said
    text = narrative.value_text(report.texts, row.unit, value, with_unit=True)
    return report.say("since.side", verdict=said, value=text, n=count_text(n))


def _stay_line(report: Report, row: Any) -> list[str]:
    """A stay that came, went or changed, as the owner's roster has it."""
    stay = report.say(
        "since.stay", name=row.name, cohort=row.cohort or "–", start=report.texts.day(row.start)
    )
    if row.field is None:
        sides = (
            ("–", report.say("since.there")) if row.change == "added" else (report.say("since.there"), "–")
        )
        return [stay, *sides]
    what = report.say("since.what_of", what=stay, of=report.say(f"since.field.{row.field}"))
    return [what, *(_stay_value(report, row.field, value) for value in (row.earlier, row.later))]


def _stay_value(report: Report, field: str, value: Any) -> str:
    if value is None:
        return "–"
    if field in ("ending", "now"):
        key = f"{field}.{value}"
        return report.say(key) if report.texts.has(key) else report.say("since.unknown_word", word=value)
    if field == "returned":
        return report.say("since.yes" if value else "since.no")
    return report.texts.day(value)
