"""Exports of a form built as given are read without any declaration."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from html import escape, unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from rotation_analysis.cohorts.cohort import build_cohorts
from rotation_analysis.files.cells import fold
from rotation_analysis.programme.file import read_programme
from rotation_analysis.programme.model import OwnScale, Programme, Source
from rotation_analysis.programme.questionnaires import Instrument, Option, Question, read_skill_grid
from rotation_analysis.programme.validation import validate_questionnaires
from rotation_analysis.reading.exports import Export, read_export, read_exports
from rotation_analysis.reading.profiles import read_profiles
from rotation_analysis.starter.form_items import Item
from rotation_analysis.starter.form_rounds import Form, list_forms
from rotation_analysis.starter.form_workbooks import write_answers, write_questions
from rotation_analysis.texts import read_texts
from tests.builders import make_programme
from tests.small_programme import TOML, outcomes, replace_once, warnings_of, write_programme

MORE = """
[[waves]]
id = "start"
rater = "mentor"
anchor = "start"
days = 28
window = [-10, 70]

[[waves]]
id = "start"
rater = "manager"
anchor = "start"
window = [-21, 100]

[[skills]]
id = "oncall"
ja = "当番"
en = "On call"

[[scales]]
id = "weather3"
labels = ["雨", "曇り", "晴れ, ときどき曇り"]

[[instruments]]
id = "ふりかえり"
rater = "self"
period = ["回答の対象期間"]
every_days = 28

[[instruments.questions]]
id = "fk_weather"
kind = "scale"
wordings = ["気分は?  (近いもの)"]
scale = "weather3"
reversed = true

[[instruments.questions]]
id = "fk_tools"
kind = "choices"
wordings = ["使った道具"]
other = true
options = [
  { id = "iac", ja = "Terraform, Ansible など", en = "Terraform, Ansible and the like" },
  { id = "dash", ja = "画面(Grafana, Datadog)", en = "dashboards (Grafana, Datadog)" },
]

"""
ASKS = '[[waves]]\nid = "end"\nrater = "self"\n'
WORDS = '=SUM(1,2), "引用"\nと改行; そして'
SENT = datetime(2024, 12, 20, 18, 1, 2)
WHO = {"self": "p2@invented.example", "mentor": "m1@invented.example"}
Cell = str | tuple[str, ...]
Columns = Sequence[tuple[str, list[Cell]]]


@cache
def programme() -> Programme:
    """Read the small programme with all survey rounds, and its own questionnaire, scale and skill."""
    with TemporaryDirectory() as folder:
        return read_programme(write_programme(Path(folder), toml()))


def toml() -> str:
    return replace_once(TOML, (ASKS, f'{ASKS}asks = ["skill_self", "exit"]\n'), ("[plan]", f"{MORE}[plan]"))


def who(form: Form) -> str:
    """Return the address of a respondent."""
    return WHO.get(programme().all_instruments[form.instrument].rater, "x@invented.example")


def forms(language: str) -> tuple[Form, ...]:
    return list_forms(programme(), read_texts(language))


# --- how each tool writes answers down ------------------------------------------------------------------


def google_form(form: Form, columns: Columns, who: str, language: str) -> bytes:
    """Write the form's own export: all quoted, LF, zone after the time, choices joined by `;`."""
    head = {"ja": ("タイムスタンプ", "メールアドレス"), "en": ("Timestamp", "Email Address")}[language]
    mark = {"ja": "6:01:{:02} 午後 GMT+9", "en": "6:01:{:02} PM GMT+9"}[language]
    times = [f"2024/12/20 {mark.format(n)}" for n in range(len(columns[0][1]))]
    table = write_table(form, head, times, columns, who, join=";")
    return "\n".join(",".join('"' + c.replace('"', '""') + '"' for c in row) for row in table).encode()


def google_sheet(form: Form, columns: Columns, who: str, language: str) -> bytes:
    """Write the export of its sheet: minimal quotes, CRLF, no zone, choices joined by `, `."""
    head = {"ja": ("タイムスタンプ", "メールアドレス"), "en": ("Timestamp", "Email Address")}[language]
    times = [f"2024/12/20 18:01:{n:02}" for n in range(len(columns[0][1]))]
    text = io.StringIO()
    csv.writer(text).writerows(write_table(form, head, times, columns, who, join=", "))
    return text.getvalue().encode()


def google_workbook(form: Form, columns: Columns, who: str, language: str) -> bytes:
    """Write its sheet as a workbook, with date cells."""
    table = csv.reader(io.StringIO(google_sheet(form, columns, who, language).decode(), newline=""))
    content = io.BytesIO()
    with Workbook(content, {"strings_to_formulas": False, "default_date_format": "m/d/yyyy h:mm:ss"}) as book:
        sheet = book.add_worksheet("Form Responses 1")
        for number, row in enumerate(table):
            sheet.write_row(number, 0, row)
            if number:
                sheet.write_datetime(number, 0, datetime.strptime(row[0], "%Y/%m/%d %H:%M:%S"))
    return content.getvalue()


def write_table(
    form: Form,
    head: tuple[str, str],
    times: list[str],
    columns: Columns,
    who: str,
    *,
    join: str,
) -> Iterator[list[str]]:
    named = not form.anonymous
    yield [*head[: 1 + named], *(header for header, _ in columns)]
    for number, time in enumerate(times):
        cells = (answers[number] for _, answers in columns)
        texts = [cell if isinstance(cell, str) else join.join(cell) for cell in cells]
        yield [time, *([who] if named else []), *texts]


def microsoft_form(form: Form, columns: Columns, who: str, language: str) -> bytes:
    """Write a workbook with date cells, `a;b;` for multiple choices, `anonymous` without a name."""
    japanese = ("ID", "開始時刻", "完了時刻", "メール", "名前")
    head = {"ja": japanese, "en": ("ID", "Start time", "Completion time", "Email", "Name")}[language]
    content = io.BytesIO()
    with Workbook(content, {"strings_to_formulas": False, "default_date_format": "m/d/yy h:mm:ss"}) as book:
        sheet = book.add_worksheet("Sheet1")
        sheet.write_row(0, 0, [*head, *(header for header, _ in columns)])
        for n in range(len(columns[0][1])):
            cells = (answers[n] for _, answers in columns)
            texts = [cell if isinstance(cell, str) else "".join(f"{c};" for c in cell) for cell in cells]
            sent = SENT + timedelta(seconds=n)
            whose = ["anonymous", "anonymous"] if form.anonymous else [who, ""]
            sheet.write_row(n + 1, 0, [n + 1, sent - timedelta(minutes=3), sent, *whose, *texts])
    return content.getvalue()


TOOLS = {
    "google_forms_csv form": (google_form, "csv"),
    "google_forms_csv sheet": (google_sheet, "csv"),
    "google_forms_xlsx": (google_workbook, "xlsx"),
    "ms_forms": (microsoft_form, "xlsx"),
}
EVERY_TOOL = pytest.mark.parametrize("tool", TOOLS)
EVERY_LANGUAGE = pytest.mark.parametrize("language", ["ja", "en"])


def headers_of(item: Item, form: Form, tool: str) -> tuple[str, ...]:
    """List a tool's headers for an item; Microsoft Forms uses a grid's statements as copied in."""
    if tool != "ms_forms" or not item.rows:
        return item.headers
    return item.headers if form.instrument == "skill_self" else item.rows


def answer(item: Item, n: int) -> Cell:
    """Return the n-th answer to an item, cycling through the choices."""
    if item.kind == "checkboxes":
        more = ["自由に書いた"] if item.other and n % 3 == 2 else [item.choices[(n + 1) % len(item.choices)]]
        return (item.choices[n % len(item.choices)], *more)
    if item.choices:
        return item.choices[n % len(item.choices)]
    return {"number": f"{n}.5", "short": "見本", "long": WORDS}[item.kind]


def fill(form: Form, tool: str, *, times: int) -> list[tuple[str, list[Cell]]]:
    return [
        (header, [answer(item, n) for n in range(times)])
        for item in form.items
        for header in headers_of(item, form, tool)
    ]


def read_form(folder: Path, form: Form, tool: str, language: str, *, times: int) -> Export:
    write, ending = TOOLS[tool]
    path = folder / f"answers.{ending}"
    path.write_bytes(write(form, fill(form, tool, times=times), who(form), language))
    source = Source(name="form", files=("*",), instrument=form.instrument, dates="ymd")
    return read_export(
        path, name=path.name, source=source, profiles=read_profiles(folder), programme=programme()
    )


# --- what it means ------------------------------------------------------------------------------------------


def mean(item: Item, question: Question, n: int) -> set[tuple[str, int | None, str | None]]:
    """Return state, level and option of the n-th answer, by the position of the declared choice."""
    at = n % len(item.choices) if item.choices else 0
    if question.kind in ("grid", "scale"):
        levels = 5 if question.scale in (None, "scale5", "freq5") else len(item.choices)
        none = "no_chance" if question.kind == "grid" else "not_applicable"
        level = levels - at if question.reversed else at + 1
        return {("answered", level, None) if at < levels else (none, None, None)}
    if question.kind == "choice":
        chosen = question.options[at].id if at < len(question.options) else None
        return {("answered", None, chosen) if chosen else ("not_applicable", None, None)}
    if question.kind == "choices":
        known = {word: option.id for option in question.options for word in (option.ja, option.en)}
        return {("answered", None, known.get(word, "other")) for word in answer(item, n)}
    return {("answered", None, None)}


def find_answers(
    export: Export,
) -> dict[tuple[int, str, str | None], set[tuple[str, int | None, str | None]]]:
    """Map (position of the record, question, skill) to the answers read."""
    table = export.tables["responses"].astype(object)
    table = table.where(table.notna(), None)
    places = {row: place for place, row in enumerate(sorted(table["row"].unique()))}
    found: dict[tuple[int, str, str | None], set[tuple[str, int | None, str | None]]] = {}
    for each in table.itertuples():
        key = (places[each.row], each.question, each.skill)
        found.setdefault(key, set()).add((each.state, each.level, each.option))
    return found


@EVERY_LANGUAGE
@EVERY_TOOL
def test_every_choice_of_every_form_is_matched(tmp_path: Path, tool: str, language: str) -> None:
    skills = [*(skill.id for skill in read_skill_grid().core), "oncall"]
    for form in forms(language):
        questions = {each.id: each for each in programme().all_instruments[form.instrument].questions}
        times = max(len(item.choices) for item in form.items) + 1
        export = read_form(tmp_path, form, tool, language, times=times)
        assert export.file.profile == tool.split()[0]
        assert export.cells.empty, (form.name, export.cells.to_dict("records"))
        assert dict(export.file.warnings) == {}, form.name
        asked = [item for item in form.items if item.id in questions]
        assert find_answers(export) == {
            (n, item.id, skill): mean(item, questions[item.id], n)
            for item in asked
            for skill in (skills if item.rows else [None])
            for n in range(times)
        }, form.name


@pytest.mark.parametrize(("tool", "language"), [*zip(TOOLS, ("ja", "en", "en", "ja"), strict=True)])
def test_answer_gets_its_person_round_and_period(tmp_path: Path, tool: str, language: str) -> None:
    write, ending = TOOLS[tool]
    sources, files = "", {}
    for form in forms(language):
        files[f"{form.name}.{ending}"] = write(form, fill(form, tool, times=1), who(form), language)
        sources += f"""
[[sources]]
name = "{form.name}"
files = ["{form.name}.{ending}"]
instrument = "{form.instrument}"
dates = "ymd"
"""
    declared = read_programme(write_programme(tmp_path, toml() + sources, files))
    cohorts = build_cohorts(declared, read_exports(declared))
    # both self-rating forms fall into one round here, so the later file wins
    assert [(file, reason) for file, _, _, reason in outcomes(cohorts)] == [
        (f"skill_self.{ending}", "superseded")
    ]
    assert warnings_of(cohorts) == {"late_answer": 2}  # for October, sent in December: pulse and ふりかえり
    table = cohorts.tables["responses"].drop_duplicates("instrument").set_index("instrument")
    assert set(table.index) == set(declared.all_instruments)
    named = table.loc[~table.index.isin(["host", "home"])]
    assert set(named["person"]) == {"p2"}
    assert set(named["cohort"]) == {"2"}
    assert table["wave"].dropna().to_dict() == {
        **dict.fromkeys(["skill_self", "exit", "followup"], "middle"),
        **dict.fromkeys(["skill_mentor", "manager"], "start"),
    }
    for name in ("pulse", "ふりかえり"):
        assert str(table.loc[name, "period_start"].date()) == "2024-10-01"
    assert table.loc["home", "team"] == "aoi"


# --- questionnaires of anybody's own ----------------------------------------------------------------------

ASKED = "abAB あいう漢字[]［］()-–—:?？「」'\"/%=+@#&<>*_~\n\u3000ｶﾅ,;、|"
CHOSEN = "abAB あいう漢字[]()-:?「」'\"%=+@#&<>*_~"  # without separators of multiple choices


def texts_of(letters: str) -> st.SearchStrategy[str]:
    return st.text(letters, min_size=1, max_size=10).filter(fold)


@st.composite
def questionnaires(draw: st.DrawFn) -> tuple[Instrument, tuple[OwnScale, ...]]:
    """Draw a questionnaire that an owner could declare, and its answer scales."""
    questions, scales = [], []
    for number in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["scale", "choice", "choices", "number", "text"]))
        words = draw(st.lists(texts_of(CHOSEN), min_size=2, max_size=4, unique_by=fold))
        details: dict[str, Any] = {}
        if kind == "scale":
            scales.append(OwnScale(id=f"s{number}", labels=tuple(words)))
            details = {"scale": f"s{number}", "reversed": draw(st.booleans())}
        elif kind in ("choice", "choices"):
            details = {"options": tuple(Option(id=f"o{n}", ja=word, en=word) for n, word in enumerate(words))}
        questions.append(Question(id=f"q{number}", kind=kind, wordings=(draw(texts_of(ASKED)),), **details))
    own = Instrument(id="own", rater="host", anonymous=True, questions=tuple(questions))
    return own, tuple(scales)


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(made=questionnaires(), tool=st.sampled_from(sorted(TOOLS)))
def test_any_questionnaire_reads_back_its_answers(
    made: tuple[Instrument, tuple[OwnScale, ...]], tool: str
) -> None:
    own, scales = made
    declared = make_programme(instruments=(own,), scales=scales)
    assume(not list(validate_questionnaires(declared)))
    form = next(form for form in list_forms(declared, read_texts("ja")) if form.name == "own")
    write, ending = TOOLS[tool]
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"answers.{ending}"
        path.write_bytes(write(form, fill(form, tool, times=5), "", "ja"))
        source = Source(name="form", files=("*",), instrument="own", dates="ymd")
        profiles = read_profiles(Path(folder))
        export = read_export(path, name=path.name, source=source, profiles=profiles, programme=declared)
    assert export.cells.empty
    assert find_answers(export) == {
        (n, item.id, None): mean(item, question, n)
        for item, question in zip(form.items, own.questions, strict=True)
        for n in range(5)
    }


# --- workbooks ------------------------------------------------------------------------------------------


def type_in(raw: bytes, cells: Sequence[str]) -> bytes:
    """Type one row below the workbook's header, as a spreadsheet program saves it."""
    typed = "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in cells)
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as before, zipfile.ZipFile(content, "w") as after:
        for entry in before.namelist():
            part = before.read(entry)
            if entry == "xl/worksheets/sheet1.xml":
                part = part.replace(b"</sheetData>", f'<row r="2">{typed}</row></sheetData>'.encode())
                part = re.sub(rb'<dimension ref="[^"]*"/>', b"", part)
            after.writestr(entry, part)
    return content.getvalue()


@EVERY_LANGUAGE
def test_typed_sheet_answers_equal_tool_answers(tmp_path: Path, language: str) -> None:
    for form in forms(language):
        answers = [cells[0] for _, cells in fill(form, "ms_forms", times=1)]
        texts = [cell if isinstance(cell, str) else ";".join(cell) for cell in answers]
        path = tmp_path / f"{form.name}.xlsx"
        raw = write_answers(form, read_texts(language))
        path.write_bytes(type_in(raw, ["1", "", "2024-12-20 18:01", who(form), "", *texts]))
        source = Source(name="form", files=("*",), instrument=form.instrument, dates="ymd")
        export = read_export(
            path, name=path.name, source=source, profiles=read_profiles(tmp_path), programme=programme()
        )
        assert export.file.profile == "ms_forms"
        assert export.cells.empty
        assert None not in list(export.file.columns.values())[2:]  # all except ID and start time
        assert set(export.tables["responses"]["state"]) == {"answered"}


def test_sheets_offer_choices_except_for_multiple_choice() -> None:
    for form in forms("ja"):
        with zipfile.ZipFile(io.BytesIO(write_answers(form, read_texts("ja")))) as parts:
            sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        offered = [item for item in form.items if item.choices and item.kind != "checkboxes"]
        several = [item for item in form.items if item.kind == "checkboxes"]
        prompts = [unescape(text) for text in re.findall('prompt="([^"]*)"', sheet)]
        assert prompts[0] == read_texts("ja").say("form.hint.answered")
        assert len(prompts) == 2 + len(several)
        assert all(
            choice in text for item, text in zip(several, prompts[2:], strict=True) for choice in item.choices
        )
        assert len(re.findall(r"<formula1>choices!\$", sheet)) == sum(len(item.headers) for item in offered)


@EVERY_LANGUAGE
def test_copy_workbook_contains_every_form_text(language: str) -> None:
    texts, asked = read_texts(language), forms(language)
    book = CalamineWorkbook.from_filelike(io.BytesIO(write_questions(asked, texts)))
    assert len(book.sheet_names) == len(asked)
    for name, form in zip(book.sheet_names, asked, strict=True):
        cells = {str(cell) for row in book.get_sheet_by_name(name).to_python() for cell in row}
        assert cells >= {form.title, *form.when, *form.introduction}
        for item in form.items:
            rows = item.headers if item.rows and form.instrument == "skill_self" else item.rows
            assert cells >= {item.title, *item.choices, *rows}
            assert cells >= {text for guide in item.guides for text in (guide.title, *guide.lines)}


def test_workbook_bytes_do_not_depend_on_time(monkeypatch: pytest.MonkeyPatch) -> None:
    texts, asked = read_texts("ja"), forms("ja")
    before = (write_questions(asked, texts), write_answers(asked[0], texts))
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert (write_questions(asked, texts), write_answers(asked[0], texts)) == before
    for raw in before:
        with zipfile.ZipFile(io.BytesIO(raw)) as parts:
            assert b"2000-01-01T00:00:00Z" in parts.read("docProps/core.xml")
            assert {entry.date_time[0] for entry in parts.infolist()} == {1980}
