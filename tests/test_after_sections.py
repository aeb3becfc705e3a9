"""A8 and what comes afterwards, on literal publications in both languages and on the sample."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from rotation_analysis import after_sections
from rotation_analysis.cohort import STATUSES
from rotation_analysis.measures import Measure
from rotation_analysis.parts import Part, Report
from rotation_analysis.publications import make_voice_frame
from rotation_analysis.texts import read_texts
from rotation_analysis.voices import Voice
from tests.publications import (
    COHORTS,
    HOSTILE,
    displayed,
    html_of,
    make_report,
    make_row,
    make_stay,
    read_sample,
    sample_report,
)

LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])
WAVE = "after_6m"
USES = ("weekly", "monthly", "hardly")
PARTS = (
    after_sections.voices,
    after_sections.cases,
    after_sections.exit_answers,
    after_sections.fixes,
    after_sections.follow_ups,
    after_sections.barriers,
    after_sections.durability,
    after_sections.stand_ins,
)
TWO = [make_stay(), make_stay("p2", "見本 二", "kaede")]
NEUTRAL = [make_stay(name="N-1", team_name={"ja": "T-1", "en": "T-1"})]
SKILLS = [{"id": "os", "ja": "S-1", "en": "S-1"}]
ENGLISH, JAPANESE = re.compile(r"[A-Za-z]{2,}"), re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff00-\uff9f]+")


def status(measure: str, name: str, n: int = 1, **other: Any) -> Measure:
    fields = {"unit": "persons", "counts": "records", "notes": (f"STATUS_{name.upper()}",), "n": n, **other}
    return make_row(measure, float(n), **fields)


def survey(instrument: str, name: str, n: int = 1, wave: str = "end") -> Measure:
    """How many of cohort 1 are in a state of a questionnaire."""
    return status("coverage.survey", name, n, kind=instrument, wave=wave)


def states(instrument: str, wave: str, *counts: int) -> list[Measure]:
    """The programme's five states of a round."""
    return [
        status(f"{instrument}.status", name, n, wave=wave, cohort=None)
        for name, n in zip(STATUSES, counts, strict=True)
    ]


def count(measure: str, kind: str, value: float | None, **other: Any) -> Measure:
    return make_row(
        measure, value, **{"cohort": None, "unit": "persons", "kind": kind, "n": 8, "missing": 3, **other}
    )


def share(question: str, value: float | None = 0.7, **other: Any) -> Measure:
    fields = {"cohort": None, "unit": "share", "low": 0.4, "high": 0.89, "n": 10, "missing": 1, **other}
    return make_row(f"exit.{question}", value, **fields)


def lasting(value: float | None = -0.1, kind: str | None = None, **other: Any) -> Measure:
    fields = {"cohort": None, "kind": kind, "wave": WAVE, "n": 8, "missing": 2, "low": -0.6, "high": 0.7}
    return make_row("skill.durability", value, **{**fields, "verdict": "not_enough_data", **other})


def able(skill: str, value: float | None) -> Measure:
    return make_row("skill.teams_at_level_3", value, cohort=None, unit="teams", skill=skill, n=3, missing=1)


def hidden(row: Measure, reason: str = "FEW_PEOPLE:5") -> Measure:
    """The row as the gate hides it."""
    empty = {"value": None, "low": None, "high": None, "n": None, "missing": None}
    return replace(row, **empty, verdict="hidden", notes=(reason,))  # type: ignore[arg-type]


def not_measured(row: Measure, reason: str) -> Measure:
    empty = {"value": None, "low": None, "high": None, "n": 0}
    return replace(row, **empty, verdict="not_measurable", notes=(reason,))  # type: ignore[arg-type]


def say(text: str, person: str = "p1", question: str = "ex_change", **other: str) -> Voice:
    values = {"cohort": "1", "instrument": "exit", "wave": "end", **other}
    return Voice(person=person, question=question, text=text, **values)


def tell(text: str, person: str = "p1", wave: str = WAVE) -> Voice:
    return say(text, person, "fu_view", instrument="followup", wave=wave)


def use(person: str, kind: str | None, **other: Any) -> Measure:
    return make_row(
        "skill.use", 1.0, **{"unit": "persons", "person": person, "kind": kind, "wave": WAVE, **other}
    )


def make_said(
    rows: Sequence[Measure] = (), voices: Sequence[Voice] = (), *, language: str = "en", **facts: Any
) -> Report:
    report = make_report(*rows, language=language, **facts)
    return replace(report, publication=replace(report.publication, voices=make_voice_frame(voices)))


def words_of(part: Part) -> str:
    return (
        re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html_of(part)))).replace("\u00a0", " ").strip()
    )


def cells_of(part: Part) -> list[list[str]]:
    """The body rows of all tables of a part, folded ones where there are no others, as text."""
    rows = re.findall(r"<tr>(.*?)</tr>", part.table or part.numbers, re.S)
    body = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows if "<td" in row]
    return [[unescape(cell).replace("\u00a0", " ") for cell in row] for row in body]


FULL = [
    survey("exit", "answered", 1),
    survey("followup", "answered", 1, WAVE),
    use("p1", "hardly"),
    share("ex_brief"),
    share("ex_match", 0.5),
    *(count("exit.ex_length", kind, n, n=10) for kind, n in (("short", 3.0), ("right", 6.0), ("long", 1.0))),
    *states("exit", "end", 10, 1, 2, 0, 0),
    *states("followup", WAVE, 8, 3, 2, 1, 1),
    *(count("followup.use", kind, n, wave=WAVE) for kind, n in zip(USES, (3.0, 2.0, 3.0), strict=True)),
    *(count("followup.taught", kind, 4.0, wave=WAVE) for kind in ("yes", "no")),
    *(count("followup.barrier", kind, n) for kind, n in (("chance", 5.0), ("time", 2.0), ("none", 3.0))),
    able("os", 2.0),
    lasting(),
    *(lasting(0.2, kind, n=5, missing=4) for kind in USES),
]


# --- words ----------------------------------------------------------------------------------------------


@LANGUAGES
def test_words_are_quoted_as_written_and_never_as_markup(language: str) -> None:
    text = f"{HOSTILE} ![i](http://a.invalid) **b** {{n}} =1+1\n二行目"
    part = after_sections.voices(make_said([survey("exit", "answered")], [say(text)], language=language))
    assert cells_of(part)[0][2] == text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; %{x}" in part.table
    assert "<script" not in html_of(part)
    assert "<img" not in html_of(part)
    assert "&amp;lt;" not in html_of(part)


@LANGUAGES
def test_words_stand_by_question_and_then_in_the_order_of_stays(language: str) -> None:
    voices = [
        say("b", "p2"),
        say("a", "p1"),
        say("c", "p2", "ex_hard"),
        say("d", question="ex_premortem"),
        tell("e"),
    ]
    part = after_sections.voices(
        make_said([survey("exit", "answered", 2)], voices, language=language, stays=TWO)
    )
    assert [row[1:] for row in cells_of(part)] == [["見本 一", "a"], ["見本 二", "b"], ["見本 二", "c"]]
    texts = read_texts(language)
    assert part.sentences == (texts.say("voices.sentence", n=2),)
    assert part.state is None


@LANGUAGES
@pytest.mark.parametrize("section", [after_sections.voices, after_sections.cases])
def test_nobody_answered_yet_and_nobody_agreed_are_two_states(section: Any, language: str) -> None:
    texts, kind = read_texts(language), "exit" if section is after_sections.voices else "followup"
    name = "voices" if section is after_sections.voices else "cases"
    found = [section(make_said([survey(kind, state)], language=language)) for state in STATUSES]
    answered, *others = [part.state for part in found]
    assert answered == tuple(texts.say(f"{name}.none_{line}") for line in ("to_show", "reason", "mend"))
    for status_, state in zip(STATUSES[1:], others, strict=True):
        assert state is not None
        reason = texts.say(f"reason.WAVE_{status_.upper()}")
        assert state[:2] == (texts.say("voices.none_yet"), reason[:1].upper() + reason[1:])
    planned = section(make_said(language=language)).state
    assert planned is not None
    assert planned[1].lower() == texts.say("reason.WAVE_NOT_DECLARED").lower()
    assert all(not part.table and not part.sentences for part in found)


def test_how_many_answered_is_said_and_nothing_of_what_is_not_shown() -> None:
    rows = [survey("exit", "answered", 3), survey("exit", "missing", 2), survey("exit", "not_yet_due", 1)]
    note = after_sections.voices(make_said(rows, [say("a")])).note
    assert note.startswith("Quoted: n = 1. Exit survey of this cohort: answered 3, missing 2, not yet due 1,")


# --- cases ----------------------------------------------------------------------------------------------


@LANGUAGES
def test_a_case_is_labelled_by_the_use_its_author_told_in_that_round(language: str) -> None:
    texts = read_texts(language)
    rows = [survey("followup", "answered", 2, WAVE), use("p1", "hardly"), use("p2", "weekly")]
    voices = [tell("unused"), tell("used", "p2"), tell("early", wave="after_3m"), say("no case")]
    part = after_sections.cases(make_said(rows, voices, language=language, stays=TWO))
    assert [(row[0], row[1], row[3]) for row in cells_of(part)] == [
        (texts.say("kind.weekly"), "見本 二", "used"),
        (texts.say("kind.hardly"), "見本 一", "unused"),
        (texts.say("cases.untold"), "見本 一", "early"),
    ]
    assert part.sentences == (texts.say("cases.sentence"),)


@pytest.mark.parametrize(
    "row",
    [
        hidden(use("p1", None, wave=None), "NO_CONSENT"),
        use("p1", "weekly", cohort="2"),
        use("p2", "weekly"),
        use("p1", None),
        use("p1", "own_option"),
    ],
)
def test_without_use_that_may_be_shown_a_case_is_neither_success_nor_failure(row: Measure) -> None:
    part = after_sections.cases(make_said([survey("followup", "answered", 1, WAVE), row], [tell("words")]))
    assert [r[0] for r in cells_of(part)] == ["may not be shown"]
    assert len(part.sentences) == 3


@pytest.mark.parametrize(
    ("kind", "lacking"),
    [("weekly", ["cases.without_hardly"]), ("hardly", ["cases.without_weekly"]),
     ("monthly", ["cases.without_weekly", "cases.without_hardly"])],
)  # fmt: skip
def test_a_success_alone_is_not_the_whole_story(kind: str, lacking: list[str]) -> None:
    texts = read_texts("en")
    part = after_sections.cases(make_said([use("p1", kind)], [tell("words")]))
    assert part.sentences[1:] == tuple(texts.say(key) for key in lacking)


# --- exit survey ----------------------------------------------------------------------------------------


@LANGUAGES
def test_exit_answers_are_told_with_interval_n_and_missing(language: str) -> None:
    texts = read_texts(language)
    part = after_sections.exit_answers(make_said(FULL, language=language))
    assert part.sentences == (
        texts.say("exit.sentence.exit.ex_brief", value="70%", low="40%", high="89%", n=10, missing=1),
        texts.say("exit.sentence.exit.ex_match", value="50%", low="40%", high="89%", n=10, missing=1),
        texts.say("exit.length", n=10, missing=3, short=3, right=6, long=1),
    )
    cells = cells_of(part)
    assert cells[0][2:] == ["70%", texts.say("part.ends", low="40%", high="89%"), "10", "1"]
    assert cells[2:] == [
        [texts.say("exit.asked.exit.ex_length"), texts.say(f"kind.{kind}"), n, "–", "10", "3"]
        for kind, n in (("short", "3"), ("right", "6"), ("long", "1"))
    ]


def test_what_is_hidden_of_the_exit_survey_says_so_beside_what_is_shown() -> None:
    rows = [
        share("ex_brief"),
        hidden(share("ex_match")),
        *(hidden(count("exit.ex_length", k, 1.0)) for k in ("short", "right")),
    ]
    part = after_sections.exit_answers(make_said(rows))
    assert len(part.sentences) == 1
    assert cells_of(part)[1][2:] == ["there are too few people (fewer than 5)", "–", "–", "–"]


@LANGUAGES
@pytest.mark.parametrize(("make", "kind"), [(hidden, "hidden"), (not_measured, "not_measurable")])
def test_exit_answers_that_nobody_may_or_can_see_are_a_state(make: Any, kind: str, language: str) -> None:
    texts, reason = read_texts(language), "WAVE_NOT_YET_DUE" if make is not_measured else "FEW_PEOPLE:5"
    part = after_sections.exit_answers(make_said([make(share("ex_brief"), reason)], language=language))
    assert part.state is not None
    assert part.state[0] == texts.say(f"state.{kind}")
    assert (part.table, part.sentences) == ("", ())


# --- follow-ups -----------------------------------------------------------------------------------------


@LANGUAGES
def test_five_states_stand_side_by_side_for_each_round(language: str) -> None:
    texts = read_texts(language)
    rows = [*states("followup", "after_3m", 8, 1, 2, 1, 1), *states("followup", WAVE, 4, 2, 5, 1, 1)]
    part = after_sections.follow_ups(make_said(rows, language=language))
    assert cells_of(part) == [
        [texts.say("wave.after_3m"), "8", "1", "2", "1", "1"],
        [texts.say("wave.after_6m"), "4", "2", "5", "1", "1"],
    ]
    for name in STATUSES:
        assert f">{texts.say(f'status.{name}')}</th>" in part.table


@LANGUAGES
def test_use_is_told_by_round_or_why_not(language: str) -> None:
    texts = read_texts(language)
    said, later = texts.say("wave.after_3m"), texts.say("wave.after_6m")
    rows = [
        *states("followup", "after_3m", 8, 1, 2, 1, 1),
        *states("followup", WAVE, 4, 2, 5, 1, 1),
        *(count("followup.use", kind, 2.0, wave="after_3m") for kind in USES),
        *(hidden(count("followup.use", kind, 2.0, wave=WAVE)) for kind in USES),
        *(
            not_measured(count("followup.taught", kind, 2.0, wave=WAVE), "WAVE_MISSING")
            for kind in ("yes", "no")
        ),
        use("p1", "weekly", wave="after_3m"),
    ]
    assert after_sections.follow_ups(make_said(rows, language=language)).sentences == (
        texts.say("follow_ups.use", wave=said, n=8, missing=3, weekly=2, monthly=2, hardly=2),
        texts.say(
            "follow_ups.use_not_told", wave=later, reason=texts.sentences["reason.FEW_PEOPLE"].format(5)
        ),
        texts.say("follow_ups.taught_not_told", wave=later, reason=texts.say("reason.WAVE_MISSING")),
    )


def test_a_programme_that_asks_nobody_afterwards_says_so() -> None:
    part = after_sections.follow_ups(make_said())
    assert part.state is not None
    assert part.state[0] == "Not measurable"
    assert part.table == ""


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"chance": 5.0, "time": 2.0, "none": 8.0}, "Named most often: no chance, by 5 of 8 people"),
        ({"chance": 2.0, "time": 2.0}, "Named most often: no chance / no time, by 2 of 8 people"),
        ({"chance": 0.0, "none": 8.0}, "Of 8 people nobody named anything that got in the way"),
        ({"own_reason": 3.0}, "Named most often: own_reason, by 3 of 8 people"),
    ],
)  # fmt: skip
def test_what_got_in_the_way_is_told_in_people(counts: dict[str, float], said: str) -> None:
    part = after_sections.barriers(
        make_said([count("followup.barrier", kind, n) for kind, n in counts.items()])
    )
    assert part.sentences == (f"{said} (missing 3).",)
    assert [row[1] for row in cells_of(part)] == [str(int(n)) for n in counts.values()]


def test_barriers_of_too_few_people_are_not_shown() -> None:
    part = after_sections.barriers(make_said([hidden(count("followup.barrier", "time", 2.0))]))
    assert part.state is not None
    assert (part.state[0], part.sentences, part.table) == ("Not shown", (), "")


# --- what lasts -----------------------------------------------------------------------------------------


@LANGUAGES
def test_what_lasts_is_told_by_use_beside_the_mean_of_all(language: str) -> None:
    texts = read_texts(language)
    rows = [
        lasting(verdict="no_large_change"),
        *(lasting(0.2, k, n=5, missing=4, verdict="leaning") for k in USES),
    ]
    part = after_sections.durability(make_said(rows, language=language))
    assert [row[1] for row in cells_of(part)] == [
        texts.say("unit.levels", value=value) for value in ("−0.1", "+0.2", "+0.2", "+0.2")
    ]
    assert [row[-1] for row in cells_of(part)] == [
        texts.say(f"verdict.{name}") for name in ("no_large_change", *["either_way"] * 3)
    ]
    assert len(part.sentences) == 4
    assert all(re.search(r"n ?= ?(8|5)", sentence) for sentence in part.sentences)
    assert texts.say("note.SELF_ONLY") in part.note


@LANGUAGES
def test_a_mean_alone_is_never_told_without_saying_that_it_cannot_answer(language: str) -> None:
    texts = read_texts(language)
    part = after_sections.durability(
        make_said([lasting(), *(hidden(lasting(kind=k)) for k in USES)], language=language)
    )
    reason = texts.sentences["reason.FEW_PEOPLE"].format(5)
    assert part.sentences[1:] == (
        texts.say("durability.use_not_told", wave=texts.say("wave.after_6m"), reason=reason),
    )
    assert [row[1] for row in cells_of(part)][1:] == [reason] * 3
    assert part.state is None


@LANGUAGES
def test_when_all_of_it_is_hidden_there_is_a_state_and_no_number(language: str) -> None:
    """E11: four answers."""
    rows = [hidden(lasting()), *(hidden(lasting(kind=kind)) for kind in USES)]
    part = after_sections.durability(make_said(rows, language=language))
    assert part.state is not None
    assert part.state[0] == read_texts(language).say("state.hidden")
    assert part.table == ""
    assert not re.search(r"[+−±]\d", words_of(part))


def test_a_round_that_was_not_asked_says_so() -> None:
    rows = [not_measured(lasting(kind=kind), "WAVE_NOT_DECLARED") for kind in (None, *USES)]
    part = after_sections.durability(make_said(rows))
    assert part.state is not None
    assert part.state[1] == "No survey was planned for that wave"
    assert part.sentences == (read_texts("en").say("durability.waiting", k=5),)


@LANGUAGES
def test_in_how_many_teams_somebody_can_do_it_is_told_by_skill(language: str) -> None:
    rows = [able("os", 2.0), able("db", 0.0), able("own", 3.0)]
    skills = [{"id": skill, "ja": skill, "en": skill} for skill in ("os", "db", "own")]
    part = after_sections.stand_ins(make_said(rows, language=language, skills=skills))
    assert cells_of(part) == [["os", "2", "3", "1"], ["db", "0", "3", "1"], ["own", "3", "3", "1"]]
    texts = read_texts(language)
    entry = texts.say("stand_ins.entry", skill="db", n=3)
    assert part.sentences == (texts.say("stand_ins.sentence", list=entry, k=0),)
    gone = after_sections.stand_ins(
        make_said([hidden(row) for row in rows], language=language, skills=skills)
    )
    assert gone.state is not None
    assert (gone.table, gone.sentences) == ("", ())


# --- what to look at ------------------------------------------------------------------------------------


def test_what_two_or_more_said_is_listed_and_overdue_answers_are_too() -> None:
    lines = {row[0]: row[1:] for row in cells_of(after_sections.fixes(make_said(FULL)))}
    assert lines == {
        "Did not say that they knew before starting what was expected": ["3", "10", "1"],
        "Did not say that the work matched what they wanted to learn": ["5", "10", "1"],
        "Found the time too short": ["3", "10", "3"],
        "Named as what got in the way: no chance": ["5", "8", "3"],
        "Named as what got in the way: no time": ["2", "8", "3"],
        "The exit survey is overdue": ["1", "11", "0"],
        "6 months after: the follow-up is overdue": ["3", "11", "0"],
    }


@LANGUAGES
@pytest.mark.parametrize(
    "rows",
    [
        [],
        [hidden(share("ex_brief")), hidden(count("followup.barrier", "time", 5.0)),
         *states("exit", "end", 5, 0, 0, 0, 0)],
        [share("ex_brief", 0.9), share("ex_match", 1.0), count("exit.ex_length", "right", 9.0),
         count("exit.ex_length", "long", 1.0), count("followup.barrier", "none", 8.0)],
    ],
    ids=["no rows", "hidden", "nothing to mend"],
)  # fmt: skip
def test_where_there_is_nothing_to_list_that_is_said(rows: list[Measure], language: str) -> None:
    part = after_sections.fixes(make_said(rows, language=language))
    assert "<table" not in part.table
    assert part.sentences == (read_texts(language).say("fixes.none", least=2),)


# --- all parts ------------------------------------------------------------------------------------------


@LANGUAGES
@pytest.mark.parametrize("section", PARTS)
@pytest.mark.parametrize(
    "rows",
    [FULL, [], [hidden(row) for row in FULL if row.counts == "persons"]],
    ids=["full", "none", "hidden"],
)
def test_a_part_speaks_one_language_and_fills_every_gap(
    section: Any, rows: list[Measure], language: str
) -> None:
    voices = [say("N-2"), tell("N-2")] if rows is FULL else []
    part = section(make_said(rows, voices, language=language, stays=NEUTRAL, skills=SKILLS))
    said = re.sub(r"programme\.toml|same_meaning|words/\S+ の fixes", "", words_of(part))
    assert part.question
    assert (ENGLISH if language == "ja" else JAPANESE).findall(said) == []
    assert "{" not in said
    assert "nan" not in said.lower().split()
    assert bool(part.table) or part.state is not None or part.sentences


@LANGUAGES
def test_the_cells_of_a_notebook_show_their_parts_one_after_the_other(language: str) -> None:
    report = make_said(FULL, [say("a"), tell("b")], language=language)
    for cell, sections in (
        (after_sections.voices_and_fixes, PARTS[:4]),
        (after_sections.afterwards, PARTS[4:]),
    ):
        assert [part.question for part in cell(report).parts] == [s(report).question for s in sections]


# --- the sample -----------------------------------------------------------------------------------------


@LANGUAGES
def test_the_sample_quotes_those_who_agreed_and_nobody_else(language: str) -> None:
    """M22: p05 and p10 refused to be quoted; p01, p03 and p08 agreed."""
    spoken = read_sample().cohorts.tables["responses"]
    asked = spoken["question"].isin(["ex_change", "ex_hard", "fu_view", "skill.example", "ex_premortem"])
    written = spoken[asked & spoken["rater"].eq("self") & spoken["answer"].fillna("").str.strip().ne("")]
    shown = {"1": {"p01"}, "3": {"p03"}, "5": {"p08"}}
    for cohort in COHORTS:
        report = sample_report("skill_growth", cohort, language)
        assert set(report.publication.voices["person"]) == shown.get(cohort, set())
        said = " ".join(words_of(part(report)) for part in PARTS)
        quotable = set(report.publication.voices["text"])
        for text in set(written["answer"].str.strip()) - quotable:
            assert re.sub(r"\s+", " ", text) not in said
        assert bool(quotable) is (cohort in shown)


@LANGUAGES
def test_the_sample_declines_what_lasts(language: str) -> None:
    """E11: by use, four answers: no number."""
    for cohort in COHORTS:
        part = after_sections.durability(sample_report("skill_growth", cohort, language))
        assert part.state is not None
        assert not re.search(r"[+−±]\d", words_of(part))


@LANGUAGES
def test_the_sample_tells_five_states(language: str) -> None:
    """M8: three months 9 due, 8 answered; six months 6 due, 4 answered."""
    for cohort in ("1", "6"):
        part = after_sections.follow_ups(sample_report("skill_growth", cohort, language))
        assert [row[1:] for row in cells_of(part)] == [["8", "1", "2", "1", "1"], ["4", "2", "5", "1", "1"]]


@LANGUAGES
@pytest.mark.parametrize("cohort", COHORTS)
def test_every_part_of_the_sample_can_be_displayed(cohort: str, language: str) -> None:
    report = sample_report("skill_growth", cohort, language)
    assert all(displayed(part(report)) for part in PARTS)
