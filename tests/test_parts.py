"""Parts as shown: text is escaped at this one door, a figure brings its words, tables say what is missing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from rotation_analysis.errors import UsageError
from rotation_analysis.measures import Measure, measure_frame
from rotation_analysis.parts import (
    Foot,
    Head,
    Part,
    count_text,
    lookup_table,
    numbers_table,
    open_report,
    plain_table,
    state_box,
    why_empty,
)
from rotation_analysis.programme_file import read_programme
from rotation_analysis.publications import Edition
from rotation_analysis.retrospective import build_retrospective
from rotation_analysis.texts import read_texts
from tests.publications import HOSTILE, NOTEBOOKS, displayed, html_of, make_report, make_row, sample_parts
from tests.small_programme import write_programme

LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])
FIGURE = "application/vnd.plotly.v1+json"


# --- a part -----------------------------------------------------------------------------------------------


def test_a_part_is_its_question_its_sentences_the_picture_and_below_it_numbers_and_note() -> None:
    part = Part(
        question="q?",
        sentences=("one.", "two."),
        note="n = 1",
        alt="a",
        figure=go.Figure(),
        numbers="<b></b>",
    )
    above, picture, below = displayed(part)
    shown = '<h2>q?</h2><p class="sentence">one.</p><p class="sentence">two.</p>'
    assert above[0] == {"text/html": f'<section class="part">{shown}</section>'}
    assert list(picture[0]) == [FIGURE]
    assert picture[1] == {"alt": "a"}
    assert below[0] == {"text/html": '<div class="after"><b></b><p class="note">n\u00a0=\u00a01</p></div>'}


def test_a_figure_travels_as_plain_numbers() -> None:
    drawn = go.Figure(go.Scatter(x=[date(2024, 1, 8), None], y=[np.int64(1), 2]))
    trace = displayed(Part(question="q", figure=drawn, alt="a"))[1][0][FIGURE]["data"][0]
    assert (trace["x"], trace["y"]) == (["2024-01-08", None], [1, 2])


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_the_samples_figures_hold_readable_numbers_and_have_alternative_text(notebook: str) -> None:
    shown = [output for part in sample_parts(notebook, "3", "ja") for output in displayed(part)]
    figures = [(data[FIGURE], about["alt"]) for data, about in shown if FIGURE in data]
    assert figures
    for figure_, alt in figures:
        assert '"bdata"' not in json.dumps(figure_["data"], allow_nan=False)
        assert len(alt) > 30


def test_a_part_without_picture_note_and_numbers_is_one_output() -> None:
    assert len(displayed(Part(question="q"))) == 1
    assert len(displayed(Part(question="q", note="n"))) == 2


def test_a_state_stands_between_sentence_and_table_in_a_box_of_its_own() -> None:
    html = Part(
        question="q", sentences=("s",), state=("what", "why", ""), table="<table></table>"
    ).html_before()
    box = '<div class="state"><p>what</p><p>why</p></div>'
    assert html.endswith(f'<p class="sentence">s</p>{box}<table></table></section>')


@pytest.mark.parametrize(
    "part",
    [
        Part(question=HOSTILE, sentences=(HOSTILE,), note=HOSTILE, state=(HOSTILE, HOSTILE, HOSTILE)),
        Head(question=HOSTILE, sentences=(HOSTILE,), note=HOSTILE, notices=(HOSTILE,)),
        Foot(question="", sentences=(HOSTILE,)),
    ],
    ids=["part", "head", "foot"],
)
def test_every_text_of_a_part_is_escaped(part: Part) -> None:
    html = html_of(part)
    texts = [part.question, *part.sentences, part.note, *(part.state or ()), *part.notices]
    assert "<script" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt; &amp; %{x} &quot;&#x27;") == sum(
        map(bool, texts)
    )


def test_a_head_has_its_banners_first_and_nothing_below() -> None:
    head = Head(question="title", sentences=("lead",), note="company", notices=("first", "second"))
    html = head.html_before()
    places = [html.index(word) for word in ("first", "second", "<h1>title</h1>", "company", "lead")]
    assert places == sorted(places)
    assert html.startswith('<header class="report">')
    assert head.html_after() == ""


def test_a_part_is_named_by_its_question_where_it_is_printed() -> None:
    assert repr(Part(question="q?")) == "Part('q?')"


# --- tables -----------------------------------------------------------------------------------------------


def test_a_lookup_table_is_escaped_aligned_and_the_same_bytes_each_time() -> None:
    frame = pd.DataFrame([[HOSTILE, None, "**b**"]], columns=["a", HOSTILE, "c"])
    table = lookup_table(frame, name="x", numbers=[HOSTILE], unbroken=["c"])
    cells = re.findall(r"<t([hd]) ([^>]*)>(.*?)</t[hd]>", table, re.S)
    assert "<script" not in table
    assert [unescape(text) for _, _, text in cells] == ["a", HOSTILE, "c", HOSTILE, "–", "**b**"]
    assert ["gt_right" in about for _, about, _ in cells] == [False, True, False] * 2
    assert ["nowrap" in about for _, about, _ in cells] == [False] * 5 + [True]
    assert lookup_table(frame, name="x", numbers=[HOSTILE], unbroken=["c"]) == table
    assert 'id="t-x"' in table


def test_a_plain_table_has_row_heads_and_escaped_cells() -> None:
    html = plain_table((HOSTILE, "v"), [("first", HOSTILE)], css="accounts")
    assert html.startswith('<table class="accounts"><thead><tr><th>&lt;script')
    assert "<tbody><tr><th>first</th><td>&lt;script" in html
    assert "<script" not in html
    assert '<td class="number">1</td>' in plain_table(("", "v"), [("first", "1")], css="lookup", numbers=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (float("nan"), "–"), (pd.NA, "–"), (0, "0"), (7.0, "7"), (1234567, "1,234,567")],
)
def test_a_count_that_is_missing_is_never_zero(value: object, text: str) -> None:
    assert count_text(value) == text


@LANGUAGES
def test_numbers_of_a_figure_are_value_interval_n_and_missing(language: str) -> None:
    rows = [
        make_row("m", 0.456, unit="share", low=0.401, high=0.5, n=1234, missing=5),
        make_row("m", -0.5, n=1, missing=0),
        make_row("m", None, n=None, missing=None),
    ]
    report = make_report(*rows, language=language)
    labels = iter([HOSTILE, "two", "three"])
    html = numbers_table(
        report, report.publication.rows("m").itertuples(), lambda row: next(labels), name="x"
    )
    said = [unescape(cell) for cell in re.findall(r"<t[hd](?: [^>]*)?>(.*?)</t[hd]>", html)]
    value, interval, missing = (report.say(f"part.{name}") for name in ("value", "interval", "missing"))
    assert said[:5] == ["", value, interval, "n", missing]
    assert said[5:10] == [HOSTILE, "46%", "40% – 50%", "1,234", "5"]
    assert said[10:] == ["two", "−0.5", "", "1", "0", "three", "–", "", "–", "–"]
    assert "<script" not in html
    assert f"<summary>{report.say('part.numbers')}</summary>" in html


# --- what stands where a picture would ----------------------------------------------------------------------


@LANGUAGES
@pytest.mark.parametrize("kind", ["not_measurable", "hidden"])
def test_every_reason_there_is_makes_a_box_in_its_own_language(kind: str, language: str) -> None:
    report = make_report(language=language)
    texts = read_texts(language)
    reasons = [key.removeprefix("reason.") for key in texts.sentences if key.startswith("reason.")]
    assert len(reasons) > 20
    foreign = r"[\u3040-\u30ff\u4e00-\u9fff]" if language == "en" else r"[A-Za-z]"
    for reason in reasons:
        title, why, mend = state_box(report, kind, f"{reason}:5:7")
        assert title == texts.say(f"state.{kind}")
        assert why.strip()
        assert bool(mend) is texts.has(f"mend.{reason}")
        said = re.sub(
            r"programme\.toml|sources|wordings|same_meaning = true|SRE|1on1|Revert|costs|incidents|listed"
            r"|programme_hours_per_stay|shared_services|disclosure|withhold",
            "",
            title + why + mend,
        )
        assert not re.search(foreign, said), (reason, said)
        assert "{" not in said


def without_value(verdict: str, *notes: str) -> Measure:
    return replace(make_row("m"), verdict=verdict, notes=notes)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], ("not_measurable", "NO_SURVEY")),
        ([("hidden", "NO_CONSENT")], ("hidden", "NO_CONSENT")),
        ([("hidden", "FEW_PEOPLE:5"), ("hidden", "FEW_PEOPLE:5")], ("hidden", "FEW_PEOPLE:5")),
        # what can be said of somebody who is shown comes before what is hidden
        ([("hidden", "NO_CONSENT"), ("not_measurable", "BLANK")], ("not_measurable", "BLANK")),
        # the reason that most rows have, of two the first by name
        (
            [("not_measurable", r) for r in ("BLANK", "NO_CHANCE", "NO_CHANCE")],
            ("not_measurable", "NO_CHANCE"),
        ),
        ([("not_measurable", r) for r in ("NO_CHANCE", "BLANK")], ("not_measurable", "BLANK")),
        ([("not_measurable",)], ("not_measurable", "NO_SURVEY")),
    ],
)
def test_rows_without_a_value_tell_why_in_one_reason(rows: list[Any], told: tuple[str, str]) -> None:
    frame = measure_frame([without_value(*row) for row in rows])
    assert why_empty(frame) == told
    assert why_empty(frame[::-1]) == told


# --- the report a notebook works with -----------------------------------------------------------------------


def test_a_report_is_of_the_finished_publication_or_of_the_same_built_here(tmp_path: Path) -> None:
    folder = write_programme(tmp_path / "programme")
    finished = build_retrospective(read_programme(folder)).publish(Edition(audience="owner", cohort="2"))
    path = tmp_path / "results.json"
    path.write_text(finished.to_json(), encoding="utf-8")
    given = open_report("workload", programme="no such", cohort="9", language="ja", publication=str(path))
    built = open_report("workload", programme=str(folder), cohort=2, language="ja")
    assert given.publication.to_json() == built.publication.to_json() == finished.to_json()
    assert (built.name, built.texts.language, built.publication.cohort) == ("workload", "ja", "2")
    assert built.say("part.missing") == read_texts("ja").say("part.missing")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"language": "jaa"}, "'jaa' does not exist"),
        ({"cohort": 3}, "cohort '3' does not exist; .* has 1, 2"),
    ],
)
def test_a_report_that_cannot_be_opened_names_what_there_is(
    wrong: dict[str, Any], said: str, tmp_path: Path
) -> None:
    asked = {"programme": str(write_programme(tmp_path)), "cohort": "1", "language": "en", **wrong}
    with pytest.raises(UsageError, match=said):
        open_report("workload", **asked)


def test_no_control_character_of_a_text_is_on_a_page() -> None:
    html = html_of(Part(question="a\x1b[31mb\x9b", sentences=("c\x07\x7f", "d\ne")))
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", html)
    assert "a[31mb" in html
    assert "d\ne" in html
