"""The part of the skill growth report on chances: what people were given to do beside what they grew in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from . import narrative
from .parts import Part, Report, count_text, details, lookup_table, state_box, why_empty
from .replies import carry_replies

CHANCES, FINDING, NO_CHANCE = "skill.chances", "skill.chance_finding", "skill.no_chance"
ARMS = ("skill.growth.now_minus_start", "skill.growth.now_minus_then", "skill.growth.mentor")
COMPARED = ("growth_without_chance", "chance_without_growth")
KINDS = (*COMPARED, "no_chance_given")
END = "end"
MOST_NAMED = 3


@carry_replies(CHANCES, FINDING, NO_CHANCE)
def chances(report: Report) -> Part:
    """A3: chances on record beside growth, person by person as far as shown, and "no chance" over all."""
    publication = report.publication
    rows = publication.rows(CHANCES, cohort=publication.cohort)
    shown = rows[rows["value"].notna()]
    running = list(_running_sentences(report, shown))
    over = len(shown) and not _all_running(report, shown)
    sentences = [
        *([] if over else running),
        *(_found_sentences(report) if over else []),
        *([] if running and not over else _answer_sentences(report)),
        *_programme_sentences(report),
        *(running if over else []),
    ]
    columns = [
        report.say("chances.column_who"),
        report.say("chances.column_skill"),
        report.say("chances.column_chances"),
        report.say("chances.column_change", of=len(ARMS)),
        report.say("chances.column_finding"),
    ]
    lines = list(_lines(report))
    found = pd.DataFrame([line for line, holds in lines if holds], columns=columns)
    return Part(
        question=report.say("chances.question"),
        sentences=tuple(sentences),
        state=None if len(shown) else state_box(report, *why_empty(rows)),
        table=lookup_table(found, name="chances", unbroken=[columns[0], columns[3]]) if len(found) else "",
        note=_note(report, rows, shown),
        numbers=_numbers(report, columns, [line for line, _ in lines] if len(shown) else []),
    )


# --- sentences ------------------------------------------------------------------------------------------


def _found_sentences(report: Report) -> Iterator[str]:
    """How often chances and growth part, of how many skills that could be judged."""
    publication = report.publication
    rows = publication.rows(FINDING, cohort=publication.cohort)
    people = publication.rows(CHANCES, cohort=publication.cohort)
    people = people[people["value"].notna()]["person"].nunique()
    own = rows[rows["kind"].isin(COMPARED) & rows["verdict"].ne("hidden")]
    if own["value"].notna().sum() == 0:
        yield report.say("chances.sentence_found_none", missing=_pairs(own))
        return
    held = {kind: int(own.loc[own["kind"].eq(kind), "value"].dropna().sum()) for kind in COMPARED}
    for number, kind in enumerate(sorted(COMPARED, key=lambda kind: -held[kind])):
        of_kind = own[own["kind"].eq(kind)]
        values: dict[str, Any] = {
            "kind": report.say(f"kind.{kind}"),
            "k": held[kind],
            "judged": int(of_kind["value"].notna().sum()),
            "missing": int(of_kind["value"].isna().sum()),
        }
        if number:
            yield report.say("chances.sentence_found_more", **values)
        else:
            yield report.say("chances.sentence_found", n=people, **values)


def _pairs(rows: pd.DataFrame) -> int:
    """Skills of persons among rows of several kinds."""
    return len(rows[["person", "skill"]].drop_duplicates())


def _answer_sentences(report: Report) -> Iterator[str]:
    """ "No chance" at the end, over the persons who can be shown."""
    publication = report.publication
    rows = publication.rows(NO_CHANCE, cohort=publication.cohort, wave=END)
    shown = rows[rows["value"].notna()]
    if shown.empty:
        yield report.say("chances.sentence_no_answer")
        return
    k = int(shown["value"].sum())
    values = {"asked": int(shown["n"].sum()), "missing": int(shown["missing"].sum())}
    if not k:
        yield report.say("chances.sentence_no_chance_none", **values)
        return
    yield report.say("chances.sentence_no_chance", k=k, **values)
    yield from _contradictions(report)


def _contradictions(report: Report) -> Iterator[str]:
    """Where "no chance" was answered and records hold chances: rules and answers do not say the same."""
    publication = report.publication
    answers = publication.rows(FINDING, cohort=publication.cohort, kind=KINDS[2], value=1)
    found = [_row_of(report, CHANCES, row.person, row.skill) for row in answers.itertuples(index=False)]
    known = [row for row in found if row is not None and row.value is not None]
    if k := sum(row.value > 0 for row in known):
        yield report.say("chances.sentence_no_chance_recorded", k=k, n=len(known))


def _programme_sentences(report: Report) -> Iterator[str]:
    """The skills that most people had no chance in, each with its n."""
    rows = _over_people(report, NO_CHANCE)
    shown = rows[rows["value"].notna()]
    if shown.empty:
        reason = rows["notes"].iloc[0][0] if len(rows) else "NO_SURVEY"
        yield report.say(
            "chances.sentence_programme_unknown", reason=narrative.reason_text(report.texts, reason)
        )
        return
    some = shown[shown["value"].gt(0)].sort_values("value", ascending=False, kind="stable")
    if some.empty:
        n, missing = (_range_text(shown[name]) for name in ("n", "missing"))
        yield report.say("chances.sentence_programme_none", n=n, missing=missing)
        return
    names = _skill_names(report)
    named = [
        report.say(
            "chances.entry",
            skill=names[row.skill],
            k=count_text(row.value),
            n=count_text(row.n),
            missing=count_text(row.missing),
        )
        for row in some.head(MOST_NAMED).itertuples(index=False)
    ]
    rest = len(some) - len(named)
    named += [report.say("chances.entry_rest", m=rest)] if rest else []
    yield report.say("chances.sentence_programme", list=" / ".join(named))


def _range_text(counts: pd.Series) -> str:
    low, high = int(counts.min()), int(counts.max())
    return str(low) if low == high else f"{low}–{high}"


def _running_sentences(report: Report, shown: pd.DataFrame) -> Iterator[str]:
    """Whose stay is under way, and until when is counted."""
    n = shown.loc[shown["person"].isin(_running(report)), "person"].nunique()
    if n:
        yield report.say("chances.sentence_running", n=n, day=report.texts.day(report.publication.as_of))


def _all_running(report: Report, shown: pd.DataFrame) -> bool:
    """Whether nobody who is shown has finished: there is nothing to hold against growth."""
    return bool(shown["person"].isin(_running(report)).all())


def _running(report: Report) -> list[str]:
    return [stay["person"] for stay in report.publication.facts["stays"] if stay["end"] is None]


def _over_people(report: Report, measure: str, **where: object) -> pd.DataFrame:
    """The programme's rows of a measure."""
    rows = report.publication.rows(measure, person=None, **where)
    return rows[rows["skill"].notna()]


# --- the table ------------------------------------------------------------------------------------------


def _skill_names(report: Report) -> dict[str, str]:
    return {skill["id"]: report.texts.label(skill) for skill in report.publication.facts["skills"]}


def _lines(report: Report) -> Iterator[tuple[list[str], bool]]:
    """A line a person shown × skill, and whether anything was found."""
    publication = report.publication
    own = publication.rows(FINDING, cohort=publication.cohort)
    own = own[own["skill"].notna()]
    for stay in publication.facts["stays"]:
        for skill, name in _skill_names(report).items():
            rows = own[own["person"].eq(stay["person"]) & own["skill"].eq(skill)]
            if rows.empty:
                continue
            finding, holds = _finding_cell(report, rows)
            cells = [_chance_cell(report, stay["person"], skill), _change_cell(report, stay["person"], skill)]
            if finding in {report.say("chances.cell_unknown", reason=cell) for cell in cells}:
                finding = report.say("chances.cell_unknown_plain")  # the reason stands beside it
            yield [stay["name"], name, *cells, finding], holds


def _row_of(report: Report, measure: str, person: str, skill: str) -> Any | None:
    publication = report.publication
    where = {"cohort": publication.cohort, "person": person, "skill": skill}
    return narrative.first_row(publication.rows(measure, **where))


def _chance_cell(report: Report, person: str, skill: str) -> str:
    row = _row_of(report, CHANCES, person, skill)
    if row is None:  # the person's other rows are shown: this skill's rules look at incidents
        return narrative.reason_text(report.texts, "NO_CONSENT")
    if row.value is None:
        return narrative.reason_text(report.texts, row.notes[0])
    value = narrative.value_text(report.texts, row.unit, row.value)
    return report.say(
        "chances.cell_chances", value=value, n=count_text(row.n), missing=count_text(row.missing)
    )


def _change_cell(report: Report, person: str, skill: str) -> str:
    """The range of the views that have a change, and how many of them there are."""
    rows = [_row_of(report, arm, person, skill) for arm in ARMS]
    values = sorted(row.value for row in rows if row is not None and row.value is not None)
    if not values:
        reasons = [row.notes[0] for row in rows if row is not None and row.notes]
        return narrative.reason_text(report.texts, reasons[0] if reasons else "NOT_ASKED")
    low, high = (report.texts.number(value, signed=True) for value in (values[0], values[-1]))
    if low == high:
        return report.say("chances.cell_change", value=low, n=len(values))
    return report.say("chances.cell_range", low=low, high=high, n=len(values))


def _finding_cell(report: Report, rows: pd.DataFrame) -> tuple[str, bool]:
    """What was found, else that nothing was, else why it cannot be judged; and whether anything was."""
    values = dict(zip(rows["kind"], rows["value"], strict=True))
    holding = [kind for kind in KINDS if values.get(kind) == 1]
    if holding:
        return " / ".join(report.say(f"kind.{kind}") for kind in holding), True
    compared = rows[rows["kind"].isin(COMPARED)]
    if compared.empty:
        return narrative.reason_text(report.texts, "NO_CONSENT"), False
    if compared["value"].isna().all():
        reason = narrative.reason_text(report.texts, compared["notes"].iloc[0][0])
        return report.say("chances.cell_unknown", reason=reason), False
    return report.say("chances.cell_nothing"), False


def _numbers(report: Report, columns: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Every person and skill, and the programme skill by skill; folded."""
    head = ["", *columns[2:]]
    persons = [(f"{who} · {skill}", *cells) for who, skill, *cells in lines]
    names = _skill_names(report)
    body = []
    for skill in names:
        own = [narrative.first_row(_over_people(report, NO_CHANCE, skill=skill))]
        own += [narrative.first_row(_over_people(report, FINDING, skill=skill, kind=k)) for k in COMPARED]
        if any(row is not None for row in own):
            body.append((names[skill], *(_persons_cell(report, row) for row in own)))
    over = ["", *(report.say(f"kind.{kind}") for kind in (KINDS[2], *COMPARED))]
    tables = (("people", head, persons), ("programme", over, body))
    return "".join(
        details(report, columns, rows, title=f"chances.numbers_{name}", numbers=False)
        for name, columns, rows in tables
        if rows
    )


def _persons_cell(report: Report, row: Any | None) -> str:
    if row is None or row.value is None:
        return narrative.reason_text(report.texts, row.notes[0] if row is not None else "NOT_ASKED")
    value = narrative.value_text(report.texts, row.unit, row.value)
    return report.say(
        "chances.cell_persons", value=value, n=count_text(row.n), missing=count_text(row.missing)
    )


def _note(report: Report, rows: pd.DataFrame, shown: pd.DataFrame) -> str:
    """n, who is hidden, and what the counts leave out (each told once, at its worst)."""
    codes = {code.split(":")[0]: code for notes in shown["notes"] for code in sorted(notes)}
    hidden = set(rows.loc[rows["verdict"].eq("hidden"), "person"]) - set(shown["person"])
    return report.say(
        "chances.note",
        n=shown["person"].nunique(),
        hidden=len(hidden),
        notes=narrative.notes_text(report.texts, [codes[name] for name in sorted(codes, reverse=True)]),
    )
