"""What the documents say is what the code does: tables are declared ones, commands and examples run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from rotation_analysis.cli import app
from rotation_analysis.measures.skills.opportunities import measure_chances
from rotation_analysis.measures.skills.ratings import GROWTH, list_differences
from rotation_analysis.programme.model import (
    Adjustment,
    Alias,
    Approval,
    Calendar,
    Consent,
    Correction,
    Costs,
    DaysOff,
    DisclosurePolicy,
    Event,
    Header,
    Incidents,
    Leave,
    OwnScale,
    Person,
    Reply,
    Requests,
    Rotation,
    Skill,
    Source,
    Team,
    Wave,
    Wording,
)
from rotation_analysis.programme.plan import EvaluationPlan, Primary, Triggers
from rotation_analysis.programme.questionnaires import ChanceRule, Instrument, Option, Question
from rotation_analysis.programme.tables import SHEETS, TABLES
from rotation_analysis.programme.words import (
    Case,
    Concern,
    Decision,
    LeadershipWords,
    LetterWords,
    Mistake,
    OwnerWords,
    PackWords,
    PastDecision,
    Task,
)
from rotation_analysis.reading.exports import Reading
from rotation_analysis.reading.profiles import HeaderRows, Profile, ProfileColumn, SetAside
from tests.builders import pick
from tests.format_table import render_table
from tests.publications import read_sample
from tests.small_programme import (
    BACKLOG,
    BACKLOG_HEADER,
    TOML,
    backlog_row,
    lay_out,
    lines,
    outcomes,
    read_small,
    replace_once,
    warnings_of,
    write_programme,
)

DOCS = Path(__file__).parents[1] / "docs"
HOW_TO = (DOCS / "how-to-profile.md").read_text(encoding="utf-8")
MEASURES = (DOCS / "measures.md").read_text(encoding="utf-8")
QUESTIONNAIRE = (DOCS / "how-to-questionnaire.md").read_text(encoding="utf-8")


def blocks(language: str, document: str = HOW_TO) -> list[str]:
    """The fenced blocks of a how-to in a language ("" = commands), without their indentation."""
    found = re.findall(r"^( *)```(\w*)\n(.*?)^ *```$", document, re.S | re.M)
    return [re.sub(rf"^{indent}", "", text, flags=re.M) for indent, of, text in found if of == language]


def run(folder: Path, command: str) -> tuple[int, str]:
    """Exit code and output of a command of the document, its files taken from `folder`."""
    words = shlex.split(command)
    assert words[0] == "rotation-analysis"
    named = [str(folder / word) if (folder / word).exists() else word for word in words[1:]]
    result = CliRunner().invoke(app, named)
    return result.exit_code, result.output


def test_the_table_of_formats_is_what_the_profiles_declare() -> None:
    assert render_table() in (DOCS / "formats.md").read_text(encoding="utf-8"), (
        "docs/formats.md: put in what `python -m tests.format_table` prints"
    )


def test_an_unknown_file_is_read_by_a_profile_written_as_the_how_to_says(tmp_path: Path) -> None:
    (tmp_path / "programme.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "kitchen.csv").write_text(blocks("csv")[0], encoding="utf-8")
    look, draft, look_again = (text.strip() for text in blocks(""))
    profile, source = blocks("toml")
    code, told = run(tmp_path, look)
    assert code == 1
    assert "no_profile" in told
    assert "--draft" in told
    code, told = run(tmp_path, draft)
    assert code == 0
    assert 'field = "created"\nheaders = ["依頼日"]' in told
    assert len(profile.strip().splitlines()) <= 30
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "kitchen.toml").write_text(profile, encoding="utf-8")
    code, told = run(tmp_path, look_again)
    assert code == 0, told
    assert told.startswith("kitchen.csv: kitchen, utf-8\n  2 read = 2 used + 0 set aside + 0 refused\n")
    assert "分類 -> kind" in told
    assert "not understood" not in told
    toml = TOML.replace("[plan]", f"{source}\n[plan]")
    (tmp_path / "programme.toml").write_text(toml, encoding="utf-8")
    code, told = run(tmp_path, "rotation-analysis check programme.toml")
    assert code == 0, told
    assert "kitchen.csv: kitchen" in told


def test_what_one_stumbles_over_becomes_what_the_how_to_says(tmp_path: Path) -> None:
    profile, source = blocks("toml")
    profile = replace_once(profile, ('dates = "ymd"\n', ""))
    rows = (
        "No,依頼日,内容,依頼者,完了日,部署,分類,メモ",
        "1,2024年4月1日 10:00,表,見本 花子,2024/04/01 午後3:00,葵,作業,急ぎ",
        "2,2024年4月31日 10:00,表,見本 花子,,葵,おねがい,",
        "3,2024年4月2日 10:00,表,と,椅子,見本 花子,,葵,作業,",
    )
    files: dict[str, str | bytes] = {
        "kitchen.csv": lines(*rows).encode("cp932"),
        "profiles/kitchen.toml": profile,
    }
    _, reading = read_small(write_programme(tmp_path, f"{TOML}\n{source}", files))
    assert outcomes(reading) == [
        ("kitchen.csv", 3, "cell", "bad_date"),
        ("kitchen.csv", 3, "cell", "unmapped_label"),
        ("kitchen.csv", 4, "refused", "field_count"),
    ]
    assert warnings_of(reading) == {"encoding_guessed": 1}
    first = reading.tables["requests"].iloc[0]
    assert str(first["created"]) == "2024-04-01 01:00:00+00:00"
    assert str(first["resolved"]) == "2024-04-01 06:00:00+00:00"


@pytest.mark.parametrize("name", SHEETS)
def test_the_columns_of_an_owner_s_sheet_are_the_declared_ones(name: str) -> None:
    text = (DOCS / "formats.md").read_text(encoding="utf-8")
    (told,) = re.findall(rf"^\| `{name}` \| (.*) \|$", text.split("Sheets of records")[1], re.M)
    for column in (column for column in TABLES[name].columns if column.captions):
        assert "/".join(column.captions) in told.replace("**", "")
        bold = f"**{column.captions[0]}**" in told
        assert bold == (column.name in SHEETS[name]), column.name


def write_questionnaire(folder: Path, *toml: str) -> Reading:
    """The example files of how-to-questionnaire.md, read with these blocks of it."""
    names = ("furikaeri.csv", "furikaeri_2.csv")
    files = dict(zip(names, blocks("csv", QUESTIONNAIRE), strict=True))
    _, reading = read_small(write_programme(folder, "\n".join((TOML, *toml)), dict(files)))
    return reading


def answers_of(reading: Reading, file: str) -> set[tuple[str, str, str, str, str]]:
    """Row, question, cell, state and what it became ("–": nothing) of a file's answers."""
    responses = reading.tables["responses"]
    here = responses[responses["file"].eq(file)]
    found = set()
    for (row, question), cell in here.groupby(["row", "question"], sort=False):
        first = cell.iloc[0]
        answer = "" if pd.isna(first["answer"]) else str(first["answer"])
        values = [first["level"], first["number"], *cell["option"]]
        if pd.isna(first["level"]) and not pd.isna(first["scale"]):
            values.append(first["scale"])  # an answer on another scale
        told = [f"{v:g}" if isinstance(v, float) else str(v) for v in values if not pd.isna(v)]
        text = answer if question == "fk_note" and answer else "–"
        found.add((str(row), str(question), answer, str(first["state"]), ", ".join(told) or text))
    return found


def stated_answers() -> set[tuple[str, ...]]:
    """The rows of the document's table of answers."""
    rows = re.findall(r"^ *\| (\d+) \| `(\w+)` \| (.*?) ?\| (\w+) \| (.*?) \|$", QUESTIONNAIRE, re.M)
    assert len(rows) == 24
    return set(rows)


def test_an_own_questionnaire_becomes_the_answers_that_the_how_to_states(tmp_path: Path) -> None:
    declared, _ = blocks("toml", QUESTIONNAIRE)
    reading = write_questionnaire(tmp_path, declared)
    assert answers_of(reading, "furikaeri.csv") == stated_answers()
    (command,) = (text.strip() for text in blocks("", QUESTIONNAIRE))
    code, told = run(tmp_path, command)
    assert code == 0, told
    for cell in (
        "row 4, 学べた度合い: unmapped_label: 'まあまあ'",
        "row 4, 相談した回数: bad_number: '2回'",
        "row 4, いちばん近い気分: unmapped_label: '雪'",
    ):
        assert f"furikaeri.csv, {cell}" in told
    assert "furikaeri_2.csv, row 1, どのくらい学べましたか: unmapped_question" in told


@pytest.mark.parametrize(
    ("same", "question"), [("true", "fk_learned"), ("false", "fk_learned.other_meaning")]
)
def test_a_renamed_question_becomes_what_the_how_to_states(tmp_path: Path, same: str, question: str) -> None:
    declared, renamed = blocks("toml", QUESTIONNAIRE)
    renamed = replace_once(renamed, ("same_meaning = true", f"same_meaning = {same}"))
    reading = write_questionnaire(tmp_path, declared, renamed)
    assert answers_of(reading, "furikaeri_2.csv") == {("2", question, "とても", "answered", "5")}
    assert outcomes_of(reading, "furikaeri_2.csv") == []


def outcomes_of(reading: Reading, file: str) -> list[tuple[int, str]]:
    """Row and reason of a file's records and cells that are not used."""
    return [(row, reason) for name, row, _, reason in outcomes(reading) if name == file]


def test_chances_are_counted_as_the_document_states(tmp_path: Path) -> None:
    section = MEASURES.split("## Chances")[1]
    (declared,) = blocks("toml", section)
    told = re.findall(r'"([^"]+)" \((\w+)\)', section)
    assert len(told) == 4
    words = {"work": "作業依頼", "consult": "相談", "review": "レビュー"}
    rows = [
        backlog_row(f"A-{number}", title=title, kind=words[kind], doer="試験 一")
        for number, (title, kind) in enumerate(told)
    ]
    toml = TOML.replace("[plan]", f'{declared}{BACKLOG}review = ["レビュー"]\n[plan]')
    unread, unknown = "TABLES_UNREAD:1:2", "CHANCES_INCOMPLETE"
    for used, counted, note in ((rows[:2], 2, unread), (rows, 2, unread), (rows[2:], None, unknown)):
        cohorts = lay_out(tmp_path, toml, {"backlog.csv": lines(BACKLOG_HEADER, *used)})
        measures = list(measure_chances(cohorts, list_differences(cohorts, GROWTH, ("db",)), ("db",)))
        row = pick(measures, "skill.chances", person="p1")
        assert (row.value, row.n, row.notes[0]) == (counted, len(used), note)


def is_documented(measure: str) -> bool:
    """Whether a row of measures.md has the id, a star for it, or its last part beside one like it."""
    base = measure.removesuffix(".higher")  # "the same of every difference below"
    stem, last = base.rsplit(".", 1)
    for line in MEASURES.splitlines():
        ids = re.findall(r"`([a-z_]+(?:\.[a-z0-9_*]+)+)`", line)
        if any(re.fullmatch(re.escape(known).replace(r"\*", r"[\w.]+"), base) for known in ids):
            return True
        beside = {known.rsplit(".", 1)[0] for known in ids}
        if f"`.{last}`" in line and beside & {stem, stem.rsplit(".", 1)[0]}:
            return True
    return False


def test_every_measure_of_the_sample_is_in_the_table_of_measures() -> None:
    found = {row.measure for row in read_sample().rows}
    assert len(found) > 100
    assert sorted(measure for measure in found if not is_documented(measure)) == []
    assert not is_documented("waiting.never")


def test_the_examples_of_words_are_read_and_use_every_key(tmp_path: Path) -> None:
    section = (DOCS / "formats.md").read_text(encoding="utf-8").split("## Words only people can supply")[1]
    examples = blocks("toml", section)[:4]
    files: dict[str, str | bytes] = {}
    for text in examples:
        (name,) = re.findall(r"^# (words/[\w-]+\.toml)", text)
        files[name.replace("p03", "p1")] = text
    programme, _ = read_small(write_programme(tmp_path, TOML, files))
    models = {OwnerWords, LeadershipWords, LetterWords, PackWords}
    assert {type(words) for words in programme.words.values()} == models
    for words in programme.words.values():
        assert type(words).model_fields.keys() - words.model_fields_set == words.unshown


@pytest.mark.parametrize(
    ("document", "model"),
    [
        ("how-to-profile.md", Profile),
        ("how-to-profile.md", ProfileColumn),
        ("how-to-profile.md", HeaderRows),
        ("how-to-profile.md", SetAside),
        ("formats.md", Source),
        ("formats.md", Header),
        ("formats.md", Calendar),
        ("formats.md", DaysOff),
        ("formats.md", Wave),
        ("formats.md", Incidents),
        ("formats.md", Requests),
        ("formats.md", Costs),
        ("formats.md", Adjustment),
        ("formats.md", Leave),
        ("measures.md", Triggers),
        ("formats.md", EvaluationPlan),
        ("formats.md", Primary),
        ("formats.md", DisclosurePolicy),
        ("formats.md", Person),
        ("formats.md", Team),
        ("formats.md", Rotation),
        ("formats.md", Alias),
        ("formats.md", Event),
        ("formats.md", Consent),
        ("formats.md", Approval),
        ("formats.md", Reply),
        ("formats.md", Correction),
        ("formats.md", OwnerWords),
        ("formats.md", LeadershipWords),
        ("formats.md", LetterWords),
        ("formats.md", PackWords),
        ("formats.md", Task),
        ("formats.md", Decision),
        ("formats.md", PastDecision),
        ("formats.md", Concern),
        ("formats.md", Case),
        ("formats.md", Mistake),
        ("measures.md", ChanceRule),
        ("how-to-questionnaire.md", Instrument),
        ("how-to-questionnaire.md", Question),
        ("how-to-questionnaire.md", Option),
        ("how-to-questionnaire.md", OwnScale),
        ("how-to-questionnaire.md", Wording),
        ("how-to-questionnaire.md", Skill),
    ],
)
def test_every_key_that_an_owner_may_write_is_explained(document: str, model: type) -> None:
    text = (DOCS / document).read_text(encoding="utf-8")
    told = set(re.findall(r"`\[*([a-z_]+)[^`]*`", text))
    assert set(model.model_fields) - {"columns"} <= told | {"header", "set_aside"}  # type: ignore[attr-defined]
