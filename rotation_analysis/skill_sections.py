"""The parts of the skill growth report, in the order of its page: a sentence and a picture or table each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pandas as pd

from . import narrative, skill_figures, skill_narrative
from .parts import Part, Parts, Report, count_text, details, lookup_table, state_box, why_empty
from .replies import carry_replies


@carry_replies("skill.growth", "skill.level")
def skill_bracket(report: Report) -> Part:
    """A3: levels of the persons shown, self and mentor, and the programme's bracket."""
    publication, texts = report.publication, report.texts
    figure = skill_figures.skill_bracket(publication, texts)
    levels = publication.rows("skill.level")
    shown = levels[levels["value"].notna()]
    changes = publication.rows("skill.growth.now_minus_start", cohort=publication.cohort)
    per_skill = changes[changes["skill"].notna()]
    state = None if figure else state_box(report, *why_empty(levels if len(levels) else changes))
    return Part(
        question=report.say("bracket.question"),
        sentences=(
            *skill_narrative.bracket_sentences(publication, texts),
            *skill_narrative.look_again(publication, texts),
        ),
        figure=figure,
        state=state,
        alt=report.say("bracket.alt", list=_bracket_alt(report, shown)),
        note=report.say(
            "bracket.note",
            n=shown["person"].nunique(),
            hidden=narrative.hidden_people(publication, "skill.growth.now_minus_start"),
            missing=int(per_skill["verdict"].eq("not_measurable").sum()),
        ),
        numbers=_bracket_numbers(report, shown) if figure else "",
    )


def _bracket_cells(report: Report, shown: pd.DataFrame) -> list[tuple[str, str, dict[str, str]]]:
    """Person, skill and the level of each view as text."""
    publication, texts = report.publication, report.texts
    skills = {skill["id"]: texts.label(skill) for skill in publication.facts["skills"]}
    cells = []
    by_pair = dict(list(shown.groupby(["person", "skill"], sort=False)))
    people = dict.fromkeys(stay["person"] for stay in publication.facts["stays"])
    for person, skill in (pair for pair in product(people, skills) if pair in by_pair):
        rows = by_pair[person, skill]
        at = {(row.kind, row.wave): str(int(row.value)) for row in rows.itertuples()}
        now = at.get(("self", "end")) or at.get(("self", "middle")) or "–"
        mentor = at.get(("mentor", "end")) or at.get(("mentor", "middle")) or "–"
        views = {
            "start": at.get(("self", "start"), "–"),
            "then": at.get(("then", "end"), "–"),
            "now": now,
            "mentor": mentor,
        }
        cells.append((narrative.name_of(publication, person), skills[skill], views))
    return cells


def _bracket_alt(report: Report, shown: pd.DataFrame) -> str:
    return " / ".join(
        report.say("bracket.alt_entry", person=person, skill=skill, **views)
        for person, skill, views in _bracket_cells(report, shown)
    )


def _bracket_numbers(report: Report, shown: pd.DataFrame) -> str:
    head = ["", *(report.say(f"figure.bracket.{key}") for key in ("start", "then", "now", "mentor"))]
    body = [
        (f"{person} · {skill}", *views.values()) for person, skill, views in _bracket_cells(report, shown)
    ]
    return details(report, head, body)


@carry_replies("skill.growth", "skill.level")
def growth_table(report: Report) -> Part:
    """A3: the three arms of the bracket, person by person, and over the programme with interval."""
    publication = report.publication
    arms = {"start": "now_minus_start", "then": "now_minus_then", "mentor": "mentor"}
    lines = []
    for stay in publication.facts["stays"]:
        rows = {
            key: narrative.growth_row(publication, arm, person=stay["person"]) for key, arm in arms.items()
        }
        lines.append([stay["name"], *(_growth_cell(report, row) for row in rows.values())])
    programme = [narrative.growth_row(publication, arm) for arm in arms.values()]
    lines.append([report.say("growth.programme"), *(_whole_cell(report, row) for row in programme)])
    columns = [report.say(f"growth.column_{key}") for key in ("who", *arms)]
    frame = pd.DataFrame(lines, columns=columns)
    return Part(
        question=report.say("growth.question"),
        sentences=(
            skill_narrative.programme_claim(publication, report.texts),
            *skill_narrative.missing_sentences(publication, report.texts),
            *skill_narrative.against_error(publication, report.texts),
        ),
        table=lookup_table(frame, name="growth", numbers=columns[1:], unbroken=columns[:1]),
        note=report.say("growth.note"),
    )


def _growth_cell(report: Report, row: Any | None) -> str:
    if row is None or row.value is None:
        reason = row.notes[0] if row is not None and row.notes else "NOT_ASKED"
        return narrative.reason_text(report.texts, reason)
    skills = len(report.publication.facts["skills"]) - int(row.missing)
    value = narrative.value_text(report.texts, row.unit, row.value)
    error = [code.split(":") for code in row.notes if code.startswith(("BEYOND_ERROR:", "WITHIN_ERROR:"))]
    key = f"growth.cell_{error[0][0].lower()}" if error else "growth.cell"
    return report.say(key, value=value, n=skills)


# --- the programme ----------------------------------------------------------------------------------------

THEMES = ("landscape", "pre_mortem", "low_layer")
NOTHING = "–"


def programme_level(report: Report) -> Parts:
    """The programme beside the cohort: contrasts, which skills, what graduates tell of, across cohorts."""
    return Parts((contrasts(report), which_skills(report), themes(report), across_cohorts(report)))


def which_skills(report: Report) -> Part:
    """A3: which skills grew most and least, as sets that cannot be told apart."""
    publication, texts = report.publication, report.texts
    figure = skill_figures.skill_bands(publication, texts)
    rows = skill_figures.band_rows(publication)
    everything = publication.rows("skill.band", kind="relative")
    label = _skill_label(report)
    return Part(
        question=report.say("bands.question"),
        sentences=(
            *skill_narrative.band_sentences(publication, texts),
            *skill_narrative.skill_claims(publication, texts),
        ),
        figure=figure,
        state=None if figure else state_box(report, *why_empty(everything)),
        alt=report.say(
            "bands.alt", list=" / ".join(_valued(report, label(row), row) for row in _records(rows))
        ),
        note=report.say("bands.note", n=_range_text(rows["n"]), k=publication.facts["k"]) if figure else "",
        numbers=_band_numbers(report) if figure else "",
    )


def _records(rows: pd.DataFrame) -> list[Any]:
    return list(rows.drop(columns=[c for c in rows if str(c).startswith("_")]).itertuples(index=False))


def _skill_label(report: Report) -> Callable[[Any], str]:
    names = {skill["id"]: report.texts.label(skill) for skill in report.publication.facts["skills"]}
    return lambda row: names[row.skill]


def _valued(report: Report, label: str, row: Any) -> str:
    return f"{label} {_interval(report, row)} (n = {count_text(row.n)})"


def _interval(report: Report, row: Any) -> str:
    """Value and interval as one cell."""
    value = narrative.value_text(report.texts, row.unit, row.value)
    if row.low is None or pd.isna(row.low):
        return value
    low, high = (narrative.value_text(report.texts, row.unit, end) for end in (row.low, row.high))
    return report.say("part.value_interval", value=value, low=low, high=high)


def _counted(report: Report, row: Any) -> str:
    """Value, interval where there is one, n and what is missing as one cell."""
    values = {
        name: narrative.value_text(report.texts, row.unit, getattr(row, name))
        for name in ("value", "low", "high")
    }
    key = "growth.cell_missing" if row.low is None or pd.isna(row.low) else "growth.cell_interval_missing"
    return report.say(key, n=row.n, missing=row.missing, **values)


def _range_text(counts: pd.Series) -> str:
    known = counts.dropna()
    if known.empty:
        return "0"
    low, high = int(known.min()), int(known.max())
    return str(low) if low == high else f"{low}–{high}"


def _band_numbers(report: Report) -> str:
    """A row a skill: relative growth, and by view the shrunk mean with its n and what is missing."""
    publication = report.publication
    head = ["", report.say("bands.column_relative")]
    head += [report.say(f"growth.column_{key}") for key in ("start", "then", "mentor")]
    body = []
    for row in _records(skill_figures.band_rows(publication)):
        cells = [_skill_label(report)(row), _valued(report, "", row).strip()]
        for arm in skill_narrative.ARMS:
            view = narrative.first_row(publication.rows("skill.band", kind=arm, skill=row.skill))
            if view is None:
                cells.append("–")
            elif view.value is None:
                cells.append(narrative.reason_text(report.texts, view.notes[0]))
            else:
                cells.append(_valued(report, "", view).strip())
        body.append(cells)
    return details(report, head, body, numbers=False)


@carry_replies("skill.theme")
def themes(report: Report) -> Part:
    """A3: what graduates say they learned: the landscape, the pre-mortem, the low layer."""
    publication = report.publication
    columns = [report.say(f"growth.column_{key}") for key in ("theme", "start", "then", "mentor")]
    whole = {name: _theme_rows(report, name) for name in THEMES}
    lines = [
        [report.say(f"kind.{name}"), *(_whole_cell(report, row) for row in rows)]
        for name, rows in whole.items()
        if any(row is not None for row in rows)
    ]
    people = [line for name in THEMES for line in _theme_lines_of_people(report, name)]
    table = pd.DataFrame(lines, columns=columns)
    return Part(
        question=report.say("themes.question"),
        sentences=tuple(_theme_sentences(report, whole)),
        table=lookup_table(table, name="themes", numbers=columns[1:], unbroken=columns[:1]) if lines else "",
        state=None if lines else state_box(report, "not_measurable", "NO_SURVEY"),
        note=report.say("themes.note", k=publication.facts["k"]),
        numbers=details(report, ["", *columns[1:]], people, title="themes.people") if people else "",
    )


def _theme_rows(report: Report, name: str) -> list[Any | None]:
    """The programme's rows of a theme, one a view."""
    return [
        narrative.first_row(report.publication.rows(f"skill.theme.{arm}", kind=name, person=None))
        for arm in skill_narrative.ARMS
    ]


def _theme_sentences(report: Report, whole: dict[str, list[Any | None]]) -> Iterator[str]:
    """Each theme's growth over the programme as the range of the views, with n."""
    told = []
    for name, rows in whole.items():
        known = sorted((row for row in rows if row and row.value is not None), key=lambda row: row.value)
        if known:
            low, high = (
                narrative.value_text(report.texts, "levels", row.value) for row in (known[0], known[-1])
            )
            n = _range_text(pd.Series([row.n for row in known]))
            told.append(report.say("themes.entry", theme=report.say(f"kind.{name}"), low=low, high=high, n=n))
    listed = report.say("list.separator").join(told)
    yield report.say("themes.sentence" if told else "themes.sentence_none", list=listed)


def _theme_lines_of_people(report: Report, name: str) -> Iterator[list[str]]:
    """The lines of a theme of the persons shown."""
    publication = report.publication
    theme = report.say(f"kind.{name}")
    for stay in publication.facts["stays"]:
        own = [
            narrative.first_row(
                publication.rows(
                    f"skill.theme.{arm}", kind=name, person=stay["person"], cohort=publication.cohort
                )
            )
            for arm in skill_narrative.ARMS
        ]
        if any(row is not None and row.value is not None for row in own):
            yield [f"{stay['name']} · {theme}", *(_own_theme_cell(report, row) for row in own)]


def _own_theme_cell(report: Report, row: Any | None) -> str:
    if row is None or row.value is None:
        return narrative.reason_text(report.texts, row.notes[0] if row is not None else "NOT_ASKED")
    return narrative.value_text(report.texts, row.unit, row.value)


def _whole_cell(report: Report, row: Any | None) -> str:
    """A programme's value with interval, n and what is missing, or why there is none."""
    if row is None or row.value is None:
        return narrative.reason_text(report.texts, row.notes[0] if row is not None else "NOT_ASKED")
    return _counted(report, row)


def across_cohorts(report: Report) -> Part:
    """A3: what the cohorts say together; single cohorts are too small to be shown as means."""
    publication = report.publication
    rows = publication.rows(f"skill.across_cohorts.{skill_narrative.ARMS[0]}")
    columns = [report.say(f"cohorts.column_{key}") for key in ("view", "cohorts", "mean", "next")]
    lines = []
    for key, arm in zip(("start", "then", "mentor"), skill_narrative.ARMS, strict=True):
        row = narrative.first_row(publication.rows(f"skill.across_cohorts.{arm}"))
        if row is not None:
            lines.append([report.say(f"growth.column_{key}"), *_cohort_cells(report, arm, row)])
    if all(line[-1] == NOTHING for line in lines):  # too few cohorts to say what the next may bring
        columns, lines = columns[:-1], [line[:-1] for line in lines]
    return Part(
        question=report.say("cohorts.question"),
        sentences=tuple(skill_narrative.cohort_sentences(publication, report.texts)),
        table=lookup_table(pd.DataFrame(lines, columns=columns), name="cohorts", unbroken=columns[:1])
        if lines
        else "",
        state=None if lines else state_box(report, *why_empty(rows)),
        note=report.say("cohorts.note", k=publication.facts["k"]),
    )


def _cohort_cells(report: Report, arm: str, row: Any) -> list[str]:
    if row.value is None:
        return [NOTHING, narrative.reason_text(report.texts, row.notes[0]), NOTHING]
    coming = narrative.first_row(report.publication.rows(f"skill.across_cohorts.{arm}.next"))
    ahead = NOTHING if coming is None or coming.low is None else _ends(report, coming)
    return [count_text(skill_narrative.cohorts_of(row)), _counted(report, row), ahead]


def _ends(report: Report, row: Any) -> str:
    low, high = (narrative.value_text(report.texts, row.unit, end) for end in (row.low, row.high))
    return report.say("part.ends", low=low, high=high)


@carry_replies(*skill_narrative.CONTRASTS)
def contrasts(report: Report) -> Part:
    """A3: whether the yardstick moved, what the middle looked like, where person and mentor differ."""
    publication, texts = report.publication, report.texts
    names = skill_narrative.CONTRASTS
    figure = skill_figures.skill_contrasts(publication, texts, names)
    rows = pd.concat([publication.rows(name, skill=None) for name in names])
    body = [
        [report.say(f"contrast.{name}"), *_contrast_cells(report, name)]
        for name in names
        if len(publication.rows(name, skill=None))
    ]
    head = ["", report.say("growth.programme"), report.say("contrasts.column_higher")]
    head += [report.say("contrasts.column_verdict"), report.say("contrasts.column_cohort")]
    return Part(
        question=report.say("contrasts.question"),
        sentences=tuple(skill_narrative.contrast_sentences(publication, texts)),
        figure=figure,
        state=None if figure else state_box(report, *why_empty(rows)),
        alt=report.say("contrasts.alt", list=" / ".join(f"{row[0]} {row[1]}" for row in body)),
        note=report.say(
            "contrasts.note",
            n=_range_text(rows.loc[rows["person"].isna(), "n"]),
            shown=rows.loc[rows["person"].notna() & rows["value"].notna(), "person"].nunique(),
            hidden=narrative.hidden_people(publication, names[0]),
            s=texts.number(publication.facts["smallest_change"]["levels"], 1),
        ),
        numbers=details(report, head, body, numbers=False) if figure else "",
    )


def _contrast_cells(report: Report, name: str) -> list[str]:
    """Programme, k of n above 0, verdict, and the persons of the cohort who may be shown."""
    publication, texts = report.publication, report.texts
    row = narrative.first_row(publication.rows(name, skill=None, person=None))
    higher = narrative.first_row(publication.rows(f"{name}.higher"))
    own = publication.rows(name, skill=None, cohort=publication.cohort)
    people = [
        report.say("contrasts.person", person=narrative.name_of(publication, each.person), value=value)
        for each in own[own["person"].notna() & own["value"].notna()].itertuples(index=False)
        if (value := narrative.value_text(texts, each.unit, each.value))
    ]
    said = "–" if row is None else _whole_cell(report, row)
    above = "–"
    if higher is not None and higher.value is not None:
        above = report.say("contrasts.higher", k=count_text(higher.value), n=count_text(higher.n))
    verdict = "–" if row is None else narrative.verdict_word(report.texts, row)
    return [said, above, verdict, " / ".join(people) or "–"]
