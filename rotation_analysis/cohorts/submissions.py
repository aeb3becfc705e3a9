"""Assign answers to people, survey rounds and periods; choose one of several submissions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache

import pandas as pd

from ..files.cells import fold
from ..programme.model import Programme, Rotation, Wave
from .name_detection import find_mentions
from .people import AMBIGUOUS, PERSON, TEAM, TEST, UNKNOWN, look_up
from .record_matching import Matching

CORRECTED_WITHIN = pd.Timedelta(days=7)
"""A second answer for one period within this time is a correction; a later one is a contradiction."""
_DAY = re.compile(r"[0-9]{4}[-/年.][0-9]{1,2}[-/月.][0-9]{1,2}")
COVERAGE_COLUMNS = ("person", "cohort", "rater", "wave", "instrument", "due", "status", "comparable")
OTHER = "other"
"""The option of a free-text answer to a question with options."""
_GROUP = ["person", "rater", "instrument", "cohort", "wave", "period_start"]


def resolve_responses(
    responses: pd.DataFrame, matching: Matching, repeated: Mapping[str, str]
) -> pd.DataFrame:
    """Add `person`, `cohort`, `wave`, `period_start` and `day`; resolve `team` to its id on that day.

    `names_somebody`: whether free text names a colleague or a customer.  `repeated`: policy by file.
    """
    columns = {"person": None, "cohort": None, "wave": None, "period_start": pd.NaT, "day": pd.NaT}
    if responses.empty:
        return responses.assign(**columns, names_somebody=False)
    people, instruments = matching.people, matching.programme.all_instruments
    days = matching.local_days(responses["answered_at"])
    about = responses["subject"].fillna(responses["respondent"])
    found = look_up(people, about, days)
    named = look_up(people, responses["respondent_name"], days)
    by_name = responses["subject"].isna() & found["outcome"].eq(UNKNOWN) & named["outcome"].ne(UNKNOWN)
    found = found.where(~by_name, named)
    about = about.where(~by_name, responses["respondent_name"]).fillna(responses["respondent_name"])
    sender = look_up(people, responses["respondent"], days)
    table = responses.assign(person=found["id"].where(found["outcome"].eq(PERSON)), day=days)
    table = _assign_waves(table, matching.programme)
    anonymous = table["instrument"].isin([i.id for i in instruments.values() if i.anonymous])
    table = matching.exclude_people(
        table,
        found,
        about,
        ("test_answer", "bot", "ambiguous_person", "not_in_roster", "after_as_of", "outside_window"),
        test_answer=found["outcome"].eq(TEST) | sender["outcome"].eq(TEST),
        ambiguous_person=found["outcome"].eq(AMBIGUOUS) & ~anonymous,
        not_in_roster=~table["person"].isin(matching.programme.participants) & ~anonymous,
        outside_window=table["cohort"].isna() & ~anonymous,
    )
    named_answers = table[~anonymous.reindex(table.index)]
    kept = _select_submissions(named_answers, matching, about, repeated)
    _check_periods(kept, matching)
    table = table[~table.index.isin(named_answers.index.difference(kept.index))]
    teams = look_up(matching.teams, table["team"], table["day"])
    unmatched = table["team"].fillna("").str.strip().ne("") & teams["outcome"].ne(TEAM)
    matching.warn(table[unmatched].drop_duplicates(["file", "row"]), "unknown_team")
    typed = table[["level", "scale", "option", "number"]].notna().any(axis=1)
    free = table["state"].eq("answered") & (~typed | table["option"].eq(OTHER))
    writers = sender["id"].where(sender["outcome"].eq(PERSON), named["id"].where(named["outcome"].eq(PERSON)))
    naming = find_mentions(table.loc[free, "answer"], writers.reindex(table.index)[free], matching.programme)
    table = table.assign(
        team=teams["id"].where(teams["outcome"].eq(TEAM)),
        names_somebody=naming.reindex(table.index, fill_value=False),
    )
    naming_rows = table[table["names_somebody"]].drop_duplicates(["file", "row", "wording"])
    matching.warn(naming_rows, "names_in_text")
    return table


def _assign_waves(table: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    """Add cohort and survey round of every answer: the window that contains its day; if several, nearest due.

    For questionnaires asked in periods: the cohort of the rotation and the first day of the period.
    """
    placed: dict[tuple[object, object], tuple[object, object, object]] = {}
    for sent in table.drop_duplicates(["file", "row"]).itertuples():
        stays = [stay for stay in programme.rotations if stay.person == sent.person]
        instrument = programme.all_instruments.get(str(sent.instrument))
        place: tuple[object, object, object] = (None, None, pd.NaT)
        if instrument is not None and instrument.every_days:
            first, _ = parse_period(sent.period, sent.day, instrument.every_days)
            begun = [] if pd.isna(first) else [stay for stay in stays if stay.start <= first.date()]
            matches = (stay.cohort for stay in begun if first.date() <= (stay.end or programme.as_of))
            place = (next(matches, None), None, first)
        elif not pd.isna(sent.day):
            waves = [(stay, wave) for stay in stays for wave in programme.waves if wave.rater == sent.rater]
            offs = [((sent.day.date() - due_date(wave, stay)).days, stay, wave) for stay, wave in waves]
            near = [(abs(n), s.cohort, w.id) for n, s, w in offs if w.window[0] <= n <= w.window[1]]
            place = (*min(near)[1:], pd.NaT) if near else place
        placed[sent.file, sent.row] = place
    rows = [placed[key] for key in zip(table["file"], table["row"], strict=True)]
    columns = pd.DataFrame(rows, index=table.index, columns=["cohort", "wave", "period_start"], dtype=object)
    return table.assign(
        cohort=columns["cohort"],
        wave=columns["wave"],
        period_start=pd.to_datetime(columns["period_start"]).dt.as_unit("us"),
    )


def parse_period(text: object, day: pd.Timestamp, every_days: int) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Parse first and last day of a stated period; if none is stated, use the days up to the answer.

    >>> [str(day.date()) for day in parse_period("2023/04/03〜2023/04/16", pd.Timestamp("2023-04-20"), 14)]
    ['2023-04-03', '2023-04-16']
    """
    days = _parse_days(text)
    span = pd.Timedelta(days=every_days - 1)
    if not days:
        return day - span, day
    return days[0], days[1] if len(days) > 1 else days[0] + span


@cache
def _parse_days(text: object) -> tuple[pd.Timestamp, ...]:
    """Parse all dates with a year in a text."""
    written = _DAY.findall(fold(text)) if isinstance(text, str) else []
    found = pd.Series([re.sub("[/年月.]", "-", each) for each in written], dtype="str")
    return tuple(pd.to_datetime(found, format="%Y-%m-%d", errors="coerce").dropna())


# --- which submission counts ------------------------------------------------------------------------------


def _select_submissions(
    table: pd.DataFrame, matching: Matching, about: pd.Series, repeated: Mapping[str, str]
) -> pd.DataFrame:
    """Exclude copies of a submission in several exports; of repeated submissions, keep one by policy."""
    texts = table[["question", "skill", "answer"]].astype(object).fillna("")
    submissions = (
        table.assign(content=texts["question"] + "\t" + texts["skill"] + "\t" + texts["answer"])
        .groupby([*_GROUP, "file", "row"], dropna=False, sort=False)
        .agg(
            respondent=("respondent", "first"),
            answered_at=("answered_at", "first"),
            content=("content", lambda texts: "\n".join(sorted(texts))),
        )
        .reset_index()
    )
    # the same time in a newer export: a copy of the submission, or a newer version
    one = [*_GROUP, "respondent", "answered_at"]
    again = submissions.groupby(one, dropna=False)["content"].shift().eq(submissions["content"])
    versions = submissions[~again & submissions["answered_at"].notna()]
    newest = versions.groupby(one, dropna=False)["file"].transform("last")
    older = versions["file"].ne(newest).reindex(submissions.index, fill_value=False)
    reasons = pd.Series("", submissions.index).mask(again, "duplicate_row").mask(older, "superseded")
    ordered = submissions[reasons.eq("")].sort_values("answered_at", kind="stable")
    for _, group in ordered.groupby(_GROUP, dropna=False, sort=False):
        if len(group) > 1:
            instrument = matching.programme.all_instruments.get(str(group["instrument"].iloc[0]))
            in_periods = instrument is not None and instrument.every_days is not None
            judged = _judge_group(group, repeated.get(group["file"].iloc[-1]), in_periods=in_periods)
            reasons.update(judged)
    by_row = dict(zip(zip(submissions["file"], submissions["row"], strict=True), reasons, strict=True))
    keys = zip(table["file"], table["row"], strict=True)
    reason_by_answer = pd.Series([by_row[key] for key in keys], index=table.index, dtype="str")
    for reason in ("duplicate_row", "superseded", "conflicting_answer"):
        table = matching.exclude(table, reason, reason_by_answer.eq(reason), about)
    return table


def _judge_group(group: pd.DataFrame, policy: str | None, *, in_periods: bool) -> pd.Series:
    """Return the exclusion reasons of submissions (oldest first) for one round or period; "" = counts."""
    reasons = pd.Series("superseded", index=group.index)
    if policy == "refuse":
        reasons[:] = "conflicting_answer"
    elif policy == "first":
        reasons.iloc[0] = ""
    elif policy == "last" or not in_periods:
        reasons.iloc[-1] = ""
    else:
        soon = group["answered_at"] - group["answered_at"].iloc[0] <= CORRECTED_WITHIN
        soon.iloc[0] = True  # even if its time cannot be read
        counting = group[soon].iloc[-1]
        reasons[~soon & group["content"].ne(counting["content"])] = "conflicting_answer"
        reasons[counting.name] = ""
    return reasons


def _check_periods(table: pd.DataFrame, matching: Matching) -> None:
    """Add warnings for answers sent after the next form opened, and cells for unreadable periods.

    Late answers rely on memory.  If the period contains no date, the day of the answer determines it.
    """
    every = {i.id: i.every_days for i in matching.programme.all_instruments.values() if i.every_days}
    stated = table["instrument"].isin(list(every)) & table["period"].fillna("").str.strip().ne("")
    sent = table[stated].drop_duplicates(["file", "row"])
    late = [
        day > parse_period(period, day, every[name])[1] + pd.Timedelta(days=every[name])
        for period, day, name in zip(sent["period"], sent["day"], sent["instrument"], strict=True)
    ]
    matching.warn(sent[pd.Series(late, index=sent.index, dtype=bool)], "late_answer")
    wrong = sent[sent["period"].map(lambda text: not _parse_days(text)).astype(bool)]
    matching.add_cells(
        wrong[["file", "sheet", "row"]].assign(
            column="period",
            reason="bad_date",
            value=wrong["period"],
            expected="first and last day with their year, as 2024/04/01〜2024/04/14",
            next="correct the cell; until then the day of the answer counts",
        )
    )


# --- survey rounds --------------------------------------------------------------------------------------


def due_date(wave: Wave, rotation: Rotation) -> date:
    """Return the due date of a survey round; a running rotation counts with its planned end."""
    anchor = rotation.start if wave.anchor == "start" else (rotation.end or rotation.planned_end)
    return (pd.Timestamp(anchor) + pd.DateOffset(months=wave.months, days=wave.days)).date()


def build_coverage_table(programme: Programme, responses: pd.DataFrame) -> pd.DataFrame:
    """Return due day, status and comparability per rotation × survey round × questionnaire.

    Any grid of the rater answers a round that asks the skill grid; other rounds need their own questionnaire.
    """
    rows = []
    instruments = programme.all_instruments
    responses = responses[["person", "cohort", "rater", "wave", "skill", "instrument", "scale"]]
    for rotation in programme.rotations:
        own = responses[responses["person"].eq(rotation.person) & responses["cohort"].eq(rotation.cohort)]
        for wave in programme.waves:
            due = due_date(wave, rotation)
            round_ = own[own["rater"].eq(wave.rater) & own["wave"].eq(wave.id)]
            for name in programme.asked_in(wave):
                grid = any(question.kind == "grid" for question in instruments[name].questions)
                answers = round_[round_["skill"].notna() if grid else round_["instrument"].eq(name)]
                unanswered = "not_yet_due" if due > programme.as_of else "missing"
                status = "answered" if len(answers) else find_exemption(rotation, wave, due) or unanswered
                levels = answers.loc[answers["scale"].notna(), "scale"]
                comparable = bool(len(answers)) and (not grid or bool(levels.eq("level5").all()))
                rows.append(
                    (rotation.person, rotation.cohort, wave.rater, wave.id, name, due, status, comparable)
                )
    return pd.DataFrame(rows, columns=list(COVERAGE_COLUMNS))


def find_exemption(rotation: Rotation, wave: Wave, due: date) -> str | None:
    """Return why a person is not asked after a rotation: they had left, or did not return; else None."""
    if not wave.id.startswith("after_"):
        return None
    if rotation.now == "left" and rotation.now_since is not None and rotation.now_since <= due:
        return "cannot_be_asked"
    return "not_applicable" if rotation.end is not None and not rotation.has_returned else None
