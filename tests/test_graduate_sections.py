"""The graduate pack on literal publications and on the sample: own things alone, in words, twice written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

import pytest

from rotation_analysis import (
    graduate_figures,
    graduate_narrative,
    graduate_sections,
    pack_candidates,
    pack_records,
)
from rotation_analysis.measures import MEASURE_COLUMNS, Measure, measure_frame
from rotation_analysis.own_records import Entry
from rotation_analysis.pack_parts import PackPart, without_empty
from rotation_analysis.parts import Report
from rotation_analysis.prompts import Answer
from rotation_analysis.publications import Publication, make_voice_frame
from rotation_analysis.texts import read_texts
from rotation_analysis.voices import Voice

from .publications import (
    HOSTILE,
    LANGUAGES,
    displayed,
    html_of,
    make_publication,
    make_report,
    make_row,
    make_stay,
    sample_report_of,
    sections_of,
)

NOTEBOOK = "graduate_pack"
SAMPLED = ("p01", "p03", "p07", "p12")
RUNNING = {"end": None, "ending": "running", "now": "host", "returned": False, "planned_end": "2025-06-30"}


def record(day: str = "2024-02-01", kind: str = "consult", **other: Any) -> Mapping[str, Any]:
    return asdict(Entry(day=day, kind=kind, **other))


def voice(question: str, text: str, wave: str = "end", **other: Any) -> Voice:
    values = {"person": "p1", "cohort": "1", "instrument": "exit"}
    return Voice(**{**values, "question": question, "text": text, "wave": wave, **other})


def publication_of(
    *rows: Measure,
    records: tuple[Mapping[str, Any], ...] = (),
    voices: tuple[Voice, ...] = (),
    words: dict[str, Any] | None = None,
    **facts: Any,
) -> Publication:
    return replace(
        make_publication(**facts),
        edition="graduate",
        cohort=None,
        person="p1",
        measures=measure_frame(rows)[list(MEASURE_COLUMNS)],
        records=records,
        voices=make_voice_frame(voices),
        words=words or {},
    )


def pack(*rows: Measure, language: str = "en", **other: Any) -> Report:
    return Report(publication_of(*rows, **other), read_texts(language), NOTEBOOK)


def narrowed(*rows: Measure, language: str = "en", **other: Any) -> tuple[Publication, Any]:
    whole = publication_of(*rows, **other)
    return pack_records.narrow(whole, whole.facts["stays"][0]), read_texts(language)


def own(measure: str, value: float | None = None, **other: Any) -> Measure:
    return make_row(measure, value, **{"person": "p1", "cohort": "1", **other})


def parts_of(report: Report) -> Iterator[PackPart]:
    for section in sections_of(NOTEBOOK):
        yield from section(report).parts  # type: ignore[union-attr, misc]


def sample_parts_of(person: str, language: str) -> list[PackPart]:
    return list(parts_of(sample_report_of(NOTEBOOK, "graduate", language, person=person)))


def markdown_of(parts: list[PackPart]) -> str:
    return "\n\n".join(
        data["text/markdown"] for part in parts for data, _ in displayed(part) if "text/markdown" in data
    )


def page_of(parts: list[PackPart]) -> str:
    return "".join(html_of(part) for part in parts)


# --- the sample's packs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("person", SAMPLED)
def test_both_languages_show_the_same_parts_and_figures(person: str) -> None:
    shown = [sample_parts_of(person, language) for language in LANGUAGES]
    assert len({len(parts) for parts in shown}) == 1
    assert len({tuple(part.figure_name for part in parts) for parts in shown}) == 1


@pytest.mark.parametrize("person", SAMPLED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_else_of_the_programme_is_named_but_in_the_graduates_own_words(
    person: str, language: str
) -> None:
    from .publications import read_sample

    parts = sample_parts_of(person, language)
    said = markdown_of(parts)
    for _, text, _ in pack_words(parts):
        said = said.replace(text, "")
    people = [each for each in read_sample().programme.people if each.id != person]
    own_name = next(each.name for each in read_sample().programme.people if each.id == person)
    assert own_name in said
    assert not [each.name for each in people if each.name != own_name and each.name in said]


def pack_words(parts: list[PackPart]) -> list[tuple[str, str, str]]:
    """Quotations of the parts, and candidates that hold one, as they stand in Markdown."""
    quoted = [("", " ".join(text.split()), source) for part in parts for text, source in part.quotes]
    return sorted(quoted, key=lambda quote: -len(quote[1]))


@pytest.mark.parametrize("person", SAMPLED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_page_holds_no_level_and_no_number_of_a_scale(person: str, language: str) -> None:
    texts = read_texts(language)
    first = page_of([part for part in sample_parts_of(person, language)[:4] if part.level < 3])
    assert texts.say("pack.timeline.question") in first
    assert not [
        n for n in range(2, 6) if texts.say(f"pack.level.{n}") in first
    ]  # 1, "これから", is a heading, too
    assert not re.search(r"\d\.\d|[+\N{MINUS SIGN}]\d", re.sub(r"\d{4}-\d\d-\d\d", "", first))


@pytest.mark.parametrize("person", SAMPLED)
def test_japanese_packs_speak_politely_and_address_the_graduate(person: str) -> None:
    said = markdown_of(sample_parts_of(person, "ja"))
    assert "さん、" in said
    assert not re.search(r"である。|だった。$", re.sub(r"(?m)^>.*|^\|.*", "", said), re.MULTILINE)


@pytest.mark.parametrize("person", SAMPLED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_and_the_markdown_say_the_same_headings_and_prompts(person: str, language: str) -> None:
    parts = sample_parts_of(person, language)
    said = markdown_of(parts)
    assert said.count("\n# ") + said.startswith("# ") == 1
    assert len(re.findall(r"(?m)^#{1,3} ", said)) == len(parts)
    assert len(re.findall("class=.prompt.", page_of(parts))) == said.count("\n> \\_\\_")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_is_followed_in_markdown_by_its_file(language: str) -> None:
    parts = sample_parts_of("p01", language)
    named = [part.figure_name for part in parts if part.figure is not None]
    assert named == ["timeline", "skills", "load"]
    said = markdown_of(parts)
    assert re.findall(r"\]\(([^)]*)\)", said) == [f"figures/{name}.{language}.svg" for name in named]
    assert all(part.alt for part in parts if part.figure is not None)


def test_who_is_still_away_is_told_what_is_not_due_yet() -> None:
    said = markdown_of(sample_parts_of("p12", "ja"))
    assert "6か月後の調査はまだ先です" in said
    assert "終わりの予定(まだ先です)" in said
    assert "留学を終えた" not in said


def test_who_left_early_is_told_so_plainly() -> None:
    assert "早く留学を終えた" in markdown_of(sample_parts_of("p07", "ja"))


def test_own_words_that_name_somebody_stand_first_among_what_to_check() -> None:
    report = sample_report_of(NOTEBOOK, "graduate", "ja", person="p03")
    first = pack_candidates.find_candidates(report.publication, report.texts)[0]
    assert first.kind == "names"
    assert "見本 れんさん" in first.found[0]
    assert first.where == ("所属チームの仕事の見え方はどう変わったか(3か月後)",)


# --- literal publications -------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_programme_without_surveys_and_records_says_so_everywhere(language: str) -> None:
    parts = list(parts_of(pack(language=language)))
    texts = read_texts(language)
    said = page_of(parts)
    for nothing in ("records", "requests", "incidents", "improvements", "other", "skills", "pulse", "exit"):
        assert texts.say(f"pack.none.{nothing}").split("'")[0] in said
    assert texts.say("pack.six_months.not_asked") in said
    assert not [part for part in parts if part.figure is not None]


def test_records_without_a_team_are_counted_as_of_an_unknown_team() -> None:
    publication, texts = narrowed(records=(record(), record(team="kaede"), record(kind="work", team="kaede")))
    head, body = pack_records.request_grid(publication, texts)
    assert head == ("Team", "Consultation", "Work request", "Sum")
    assert body == (("Kaede", "1", "1", "2"), ("Team not told", "1", "–", "1"), ("Sum", "2", "1", "3"))


def test_two_stays_have_parts_and_figures_of_their_own() -> None:
    stays = [
        make_stay(),
        make_stay(cohort="2", start="2025-01-06", planned_end="2025-03-28", end="2025-03-28"),
    ]
    records = (record("2024-02-01", title="first"), record("2025-02-03", title="second"))
    parts = list(graduate_sections.timeline(pack(records=records, stays=stays)).parts)
    named = [part.figure_name for part in parts if part.figure is not None]
    assert named == ["timeline-1", "timeline-2"]
    first, second = (part for part in parts if part.figure is not None)
    assert "first" in first.lines[1]
    assert "second" in second.lines[1]
    assert "2024-01-08" in first.question
    assert "2025-01-06" in second.question


def test_months_without_work_are_dashes_and_1_1s_not_held_are_not_counted() -> None:
    publication, texts = narrowed(
        stays=[make_stay(end="2024-03-29")],
        records=(
            record("2024-01-10"),
            record("2024-03-01", "one_to_one", step="missed"),
            record("2024-03-08", "one_to_one", step="held"),
        ),
    )
    assert [(row[0], row[1], row[-1]) for row in pack_records.month_rows(publication, texts)] == [
        ("2024-01", "1", "–"),
        ("2024-02", "–", "–"),
        ("2024-03", "–", "1"),
    ]


def test_titles_that_name_somebody_are_counted_and_never_shown() -> None:
    parts = graduate_sections.work(pack(records=(record(left_out="NAMES_SOMEBODY"), record(title="索引"))))
    requests = parts.parts[0]
    assert "1 titles that name somebody else are left out" in requests.note
    assert "索引" in page_of([requests])  # type: ignore[list-item]


def test_levels_are_said_in_words_and_the_range_in_steps() -> None:
    rows = [
        own("skill.level", 2, kind="self", wave="start", skill="os", unit="level"),
        own("skill.level", 4, kind="self", wave="end", skill="os", unit="level"),
        own("skill.level", 1, kind="then", wave="end", skill="os", unit="level"),
        own("skill.level", 2, kind="mentor", wave="start", skill="os", unit="level"),
        own("skill.level", 3, kind="mentor", wave="end", skill="os", unit="level"),
        own("skill.level", 3, kind="self", wave="middle", skill="db", unit="level"),
        own("skill.growth.now_minus_start", 2, skill="os"),
        own("skill.growth.now_minus_then", 3, skill="os"),
        own("skill.growth.mentor", 1, skill="os"),
        own("skill.chance_finding", 1, kind="no_chance_given", skill="db", unit="findings"),
    ]
    publication, texts = narrowed(*rows)
    assert graduate_narrative.skill_rows(publication, texts) == (
        (
            "Systems",
            "With help",
            "Not yet",
            "–",
            "Non-routine alone",
            "With help → Routine alone",
            "+2 to +3",
        ),
        ("Databases", "–", "–", "Routine alone", "no chance", "–", "–"),
    )
    assert graduate_narrative.grown_skills(publication, texts) == ["Systems"]
    assert graduate_narrative.without_chance(publication, texts) == ["Databases"]


def test_a_grown_skill_is_told_by_what_its_level_looks_like_at_work() -> None:
    anchors = {"os": [{"ja": f"段{n}", "en": f"does {n}"} for n in range(1, 6)]}
    rows = [
        own("skill.growth.now_minus_start", 1, skill="os"),
        own("skill.growth.mentor", 1, skill="os"),
        own("skill.level", 2, kind="self", wave="middle", skill="os", unit="level"),
        own("skill.level", 3, kind="self", wave="end", skill="os", unit="level"),
        own("skill.level", 4, kind="mentor", wave="end", skill="os", unit="level"),
    ]
    publication, texts = narrowed(*rows, anchors=anchors)
    told = graduate_narrative.anchor_lines(publication, texts)
    assert told == ["Systems (your answer): does 3", "Systems (your mentor's answer): does 4"]
    publication, texts = narrowed(*rows[:4], anchors=anchors)
    assert graduate_narrative.anchor_lines(publication, texts) == ["Systems (your answer): does 3"]
    publication, texts = narrowed(*rows)
    assert graduate_narrative.anchor_lines(publication, texts) == []


def test_a_skill_is_offered_as_learned_only_where_both_views_rose() -> None:
    rows = [own("skill.growth.now_minus_start", 2, skill="os"), own("skill.growth.mentor", 0, skill="os")]
    publication, texts = narrowed(*rows)
    assert graduate_narrative.grown_skills(publication, texts) == []


def test_fortnights_to_look_back_at_are_tired_ones_overwhelmed_ones_and_those_with_a_note() -> None:
    days = ("2024-01-08", "2024-01-22", "2024-02-05", "2024-02-19", "2024-03-04")
    levels = (2, 4, 2, 2, None)
    rows = [own("strain.fortnight", v, label=d, unit="level") for d, v in zip(days, levels, strict=True)]
    rows.append(own("strain.zone", 1, label=days[2], kind="panic", unit="findings"))
    publication, texts = narrowed(
        *rows,
        voices=(voice("pl_text", "a note", days[3]),),
        records=(record("2024-01-22"), record("2024-02-04"), record("2024-02-05", "incident", step="lead")),
    )
    assert [(row[0], row[2:]) for row in graduate_narrative.hard_rows(publication, texts)] == [
        ("2024-01-22", ("often", "Requests 2", "–")),
        ("2024-02-05", ("rarely", "Incidents 1", "–")),
        ("2024-02-19", ("rarely", "no records", "a note")),
    ]


def test_a_note_whose_fortnight_is_in_no_row_is_quoted_all_the_same() -> None:
    publication, texts = narrowed(voices=(voice("pl_text", "early note", "2023-12-25"),))
    assert graduate_narrative.loose_notes(publication, texts)[0][0] == "early note"


def test_the_same_words_of_several_rounds_stand_once_in_the_order_of_the_rounds() -> None:
    voices = (
        voice("skill.example", "a", "after_6m"),
        voice("skill.example", "a", "start"),
        voice("skill.example", "b"),
    )
    publication, texts = narrowed(voices=voices)
    asked = texts.say("pack.asked.skill.example")
    assert graduate_narrative.quotes(publication, texts, "skill.example") == (
        ("a", f"{asked} (Start, 6 months after)"),
        ("b", f"{asked} (End)"),
    )


def test_words_on_questions_of_the_programmes_own_are_shown_with_the_feedback() -> None:
    (part,) = graduate_sections.feedback(pack(voices=(voice("own_question", "mine"),))).parts
    assert ("mine", "own_question (End)") in part.quotes  # type: ignore[attr-defined]


def test_exit_answers_are_in_words_and_in_the_order_asked() -> None:
    answers = (
        record("2024-07-01", "answer", id="ex_length", option="short", about="exit", wave="end"),
        record("2024-07-01", "answer", id="ex_brief", amount=4.0, title="4", about="exit", wave="end"),
        record("2024-10-01", "answer", id="fu_use", option="weekly", about="followup", wave="after_3m"),
    )
    publication, texts = narrowed(records=answers)
    assert graduate_narrative.answer_rows(publication, texts, "exit") == (
        ("Before starting I knew what was expected", "Agree"),
        ("Length", "too short"),
    )


def test_follow_ups_say_in_five_ways_how_they_stand() -> None:
    for note, said in (
        ("WAVE_NOT_YET_DUE", "not due yet (about 6 months after 2024-06-28)"),
        ("WAVE_MISSING", "there is no answer"),
        ("WAVE_CANNOT_BE_ASKED", "can no longer be asked"),
        ("WAVE_NOT_APPLICABLE", "does not apply to you"),
    ):
        publication, texts = narrowed(own("skill.use", wave="after_6m", unit="persons", notes=(note,)))
        ((wave, told),) = graduate_narrative.follow_up_states(publication, texts)
        assert wave == "after_6m"
        assert said in told
    publication, texts = narrowed(own("skill.use", 1, wave="after_6m", unit="persons"))
    assert "you answered it" in graduate_narrative.follow_up_states(publication, texts)[0][1]


def test_barriers_of_others_stand_on_the_card_only_as_the_gate_gave_them() -> None:
    rows = [make_row("followup.barrier", v, cohort=None, kind=kind, n=8, unit="persons")
            for kind, v in (("time", 2), ("chance", 5), ("none", 3), ("forgot", 0))]  # fmt: skip
    card = graduate_sections.safety(pack(*rows)).parts[1]
    assert card.lines == ("no chance (5 of 8 people)", "no time (2 of 8 people)")  # type: ignore[attr-defined]
    hidden = [
        make_row("followup.barrier", cohort=None, kind="time", n=None, verdict="hidden", unit="persons")
    ]
    card = graduate_sections.safety(pack(*hidden)).parts[1]
    assert card.lines == ()
    assert "too few have answered" in card.sentences[1]


def test_a_title_that_occurs_twice_is_counted_in_the_drafted_sentence() -> None:
    titles = ("Alerts cut", "Cache added", "Alerts cut")
    publication, texts = narrowed(records=tuple(record(kind="improvement", title=t) for t in titles))
    told = pack_records.draft_lines(publication, texts)
    assert told == ["Improvements I delivered: 3 (Alerts cut (2), Cache added)."]


def test_a_study_session_is_called_one_where_it_is_listed() -> None:
    texts = read_texts("ja")
    told = pack_records.talk_lines(texts, [record(kind="session", title="索引の話")])
    assert told == ["2024-02-01 勉強会の発表「索引の話」"]


def test_a_stay_that_ended_early_is_drawn_to_its_end_and_not_to_the_planned_one() -> None:
    stays = [make_stay("p1", end="2024-03-01", planned_end="2024-06-28", ending="ended_early")]
    publication, texts = narrowed(records=(record(),), stays=stays)
    figure = graduate_figures.timeline(publication, texts)
    assert figure is not None
    assert figure.layout.xaxis.range[1] == "2024-03-08"


def test_mistakes_are_only_those_the_graduate_wrote() -> None:
    part = graduate_sections.safety(pack(records=(record(title="障害の原因になった変更"),))).parts[0]
    assert [answer.asked for answer in part.answers] == [True, True]  # type: ignore[attr-defined]
    assert part.lines == ()  # type: ignore[attr-defined]
    text = {"ja": "消した", "en": "I deleted it"}
    words = {"mistakes": [{"what": text, "learned": {"ja": "", "en": "look twice"}}]}
    part = graduate_sections.safety(pack(words=words)).parts[0]
    own = ("I deleted it\nlook twice", "A mistake you chose to tell, and what you learned of it")
    assert part.quotes == (own,)  # type: ignore[attr-defined]
    assert [answer.asked for answer in part.answers] == [True]  # type: ignore[attr-defined]


def test_what_the_graduate_wrote_stands_in_place_of_the_prompt() -> None:
    words = {
        "learned": [{"ja": "聞くこと", "en": "to ask"}],
        "keep": {"ja": "1on1", "en": "the 1:1s"},
        "view": {"ja": "", "en": ""},
    }
    learned = graduate_sections.learned(pack(words=words)).parts[0]
    assert [a.text for a in learned.answers if not a.asked] == ["to ask"]  # type: ignore[attr-defined]
    assert [a.text for a in learned.answers[1:3]] == ["What I learned, 2", "What I learned, 3"]  # type: ignore[attr-defined]
    (part,) = graduate_sections.feedback(pack(words=words)).parts
    assert [a.asked for a in part.answers] == [False, True, True, True]  # type: ignore[attr-defined]


def test_what_the_graduate_added_to_own_numbers_stands_where_they_stand() -> None:
    reply = {"person": "p1", "skill": None, "given": "2024-07-01"}
    told = [{**reply, "measure": m, "text": f"on {m}"} for m in ("skill.growth.mentor", "strain", "incident")]
    report = pack()
    report = replace(report, publication=replace(report.publication, replies=tuple(told)))
    added = {
        part.question: [a.text for a in part.answers if not a.asked]
        for part in parts_of(report)
        if any(not a.asked for a in part.answers)
    }
    assert [len(texts) for texts in added.values()] == [1, 1, 1]
    said = dict(zip(("incident", "skill.growth.mentor", "strain"), added.values(), strict=True))
    assert all(f"on {measure}" in texts[0] for measure, texts in said.items())


def test_records_that_speak_of_rolling_back_are_listed_once_a_title() -> None:
    titles = ("切り戻し手順", "Revert the pool", "切り戻し手順")
    records = tuple(record(f"2024-02-0{n}", title=title) for n, title in enumerate(titles, start=1))
    part = graduate_sections.safety(pack(records=records)).parts[0]
    assert part.lines == (  # type: ignore[attr-defined]
        "切り戻し手順 (2, 2024-02-01 to 2024-02-03)",
        "2024-02-02 Revert the pool",
    )


# --- what to check before publishing --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "given", "found"),
    [
        (
            "names",
            {"voices": (voice("ex_hard", "れんさんと話した", names_somebody=True),)},
            "れんさんと話した",
        ),
        ("left_out", {"records": (record(id="A-1", left_out="NAMES_SOMEBODY"),)}, "2024-02-01 A-1"),
        ("customer", {"records": (record(title="ことり書店", names_customer=True),)}, "ことり書店"),
        ("mail", {"voices": (voice("ex_hard", "ren@a.example へ"),)}, "ren@a.example"),
        ("link", {"records": (record(kind="improvement", link="https://wiki.a/1"),)}, "https://wiki.a/1"),
        ("link", {"voices": (voice("ex_hard", "see https://wiki.a/2 now"),)}, "https://wiki.a/2"),
        (
            "money",
            {"records": (record(kind="improvement", title="t", amount=9.0, unit="円/月"),)},
            "t 9 円/月",
        ),
        ("money", {"voices": (voice("ex_hard", "月に3万円減った"),)}, "月に3万円減った"),
        ("incident", {"records": (record(kind="incident", id="31", step="helper"),)}, "31"),
        (
            "service",
            {"records": (record(kind="incident", about="db", title="db slow", step="helper"),)},
            "db",
        ),
        ("team", {"records": (record(team="kaede"),)}, "Kaede"),
    ],
)
def test_what_is_usually_not_for_the_public_is_found_with_its_place(
    kind: str, given: dict[str, Any], found: str
) -> None:
    candidates = pack_candidates.find_candidates(publication_of(**given), read_texts("en"))
    told = {candidate.kind: candidate for candidate in candidates}
    assert told[kind].found == (found,)
    assert told[kind].where


def test_where_nothing_is_found_the_checklist_stands_all_the_same() -> None:
    (part,) = graduate_sections.publishing(pack(voices=(voice("ex_hard", "夜が長い"),))).parts
    assert part.grids == ()
    assert len(part.tasks) == len(graduate_sections.CHECKS)
    assert "Nothing to look at" in part.sentences[0]


# --- one part, written twice ----------------------------------------------------------------------------


def hostile_part(**other: Any) -> PackPart:
    return PackPart(
        question=HOSTILE,
        language="en",
        sentences=(HOSTILE,),
        lines=(HOSTILE,),
        grids=(((HOSTILE, "b"), ((HOSTILE, HOSTILE),)),),
        quotes=((HOSTILE, HOSTILE),),
        answers=(Answer(text=HOSTILE), Answer(text=HOSTILE, asked=True)),
        tasks=(HOSTILE,),
        note=HOSTILE,
        **other,
    )


def test_every_text_of_a_part_is_escaped_in_both() -> None:
    ((data, _),) = displayed(hostile_part())
    assert "<script" not in data["text/html"]
    assert "&lt;script" in data["text/html"]
    assert not re.search(r"(?<!\\)<script", data["text/markdown"])


def test_a_part_without_a_picture_is_one_output_and_with_one_three() -> None:
    import plotly.graph_objects as go

    assert len(displayed(hostile_part())) == 1
    drawn = hostile_part(figure=go.Figure(), figure_name="a", alt="b")
    outputs = displayed(drawn)
    assert [sorted(data)[-1] for data, _ in outputs] == [
        "text/markdown",
        outputs[1][0].popitem()[0],
        "text/markdown",
    ]
    assert outputs[1][1] == {"alt": "b", "figure_name": "a"}
    assert "](figures/a.en.svg)" in outputs[0][0]["text/markdown"]


def test_columns_that_are_empty_everywhere_are_left_out() -> None:
    assert without_empty(("a", "b", "c"), (("1", "–", "–"), ("2", "–", "3"))) == (
        ("a", "c"),
        (("1", "–"), ("2", "3")),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pack_of_hostile_texts_holds_no_markup_of_theirs(language: str) -> None:
    report = pack(
        language=language,
        stays=[make_stay(name=HOSTILE, **RUNNING)],
        records=(
            record(title=HOSTILE, team="aoi", id=HOSTILE),
            record(kind="incident", title=HOSTILE, id=HOSTILE, step="lead", about=HOSTILE),
            record(kind="improvement", title=HOSTILE, about=HOSTILE, amount=1.0, unit=HOSTILE, link=HOSTILE),
            record(kind="session", title=HOSTILE),
            record(kind="answer", id=HOSTILE, title=HOSTILE, option=HOSTILE, about="exit", wave="end"),
        ),
        voices=(voice(HOSTILE, HOSTILE), voice("ex_hard", HOSTILE), voice("pl_text", HOSTILE, "2024-02-05")),
    )
    parts = list(parts_of(report))
    assert "<script" not in page_of(parts)
    assert not re.search(r"(?<!\\)<script", markdown_of(parts))


# --- C0: own consents -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("consent", "said"),
    [
        ({"withdrawn": None}, "agreed since 2024-01-01"),
        ({"withdrawn": "2024-06-30"}, "taken back on 2024-06-30 (not shown)"),
        ({"withdrawn": "2026-01-01"}, "agreed since 2024-01-01"),  # after the day of the data
        ({"withdrawn": None, "given": "2026-01-01"}, "no consent on record (not shown)"),
        ({"withdrawn": None, "audience": "leadership"}, "no consent on record (not shown)"),
    ],
)
def test_the_pack_says_what_the_reader_agreed_to(consent: dict[str, Any], said: str) -> None:
    given = {"kind": "skills", "audience": "owner", "given": "2024-01-01", **consent}
    report = make_report(language="en", name="graduate_pack", consents=[given])
    _, rows = graduate_narrative.consents_grid(report.publication, report.texts)
    assert rows[0][1] == said
    assert {cell for row in rows[1:] for cell in row[1:]} == {"no consent on record (not shown)"}
