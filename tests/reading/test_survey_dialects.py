"""Equal answers are read equally from every survey tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rotation_analysis.programme.model import Source
from rotation_analysis.programme.questionnaires import Question, read_instruments, read_skill_grid
from rotation_analysis.reading.exports import Export, read_export
from rotation_analysis.reading.profiles import read_profiles
from tests.files.test_workbooks import build, row, text, value

Cell = str | tuple[str, ...]

# --- five people's answers, as people give them -----------------------------------------------------------

TIMES = ("09:12:44", "00:05:00", "12:59:25", "23:59:59", "12:00:01")
PERIOD = "2024/04/01〜2024/04/14"
ANSWERS: Mapping[str, Mapping[str, tuple[tuple[Cell, ...], ...]]] = {
    "pulse": {
        "ja": (
            ("背伸びして学べた", "よくある", "そう思う", "特になし"),
            ("余裕があった", "３", "答えられない", ""),
            ("いっぱいいっぱいで学ぶ余裕がなかった", "いつも", "5", 'コンマ, "引用"\nと改行'),
            ("", "まったくない", "とてもそう思う", "=1+1"),
            ("背伸びして学べた", "6", "", ""),
        ),
        "en": (
            ("Stretched and learning", "often", "Agree", "nothing"),
            ("comfortable", "3", "not applicable", ""),
            ("overwhelmed", "Always", "5", 'a comma, "quotes"\nand a line'),
            ("", "never", "strongly agree", "=1+1"),
            ("stretched and learning", "6", "", ""),
        ),
    },
    "skill_self": {
        "ja": (
            ("2 支援があればできる", "機会なし", "1", "高負荷の調査"),
            ("４", "3", "2", ""),
            ("", "5", "", ""),
            ("機会なし", "4.5", "3", ""),
            ("仕組みを変え、教えられる", "これから", "3 定型なら一人でできる", ""),
        ),
        "en": (
            ("2 With help", "no chance", "1", "high load"),
            ("4", "3", "2", ""),
            ("", "5", "", ""),
            ("No chance", "4.5", "3", ""),
            ("improves and teaches", "not yet", "3 Routine alone", ""),
        ),
    },
    "followup": {
        "ja": (
            ("ほぼ毎週", ("時間がない", "忘れた")),
            ("月に数回", ()),
            ("ほとんどない", ("機会がない", "席が遠い")),
            ("毎日", ("特になし",)),
            ("", ("権限がない",)),
        ),
        "en": (
            ("almost weekly", ("no time", "forgot")),
            ("a few times a month", ()),
            ("hardly ever", ("no chance", "the desk is far away")),
            ("daily", ("nothing in particular",)),
            ("", ("no permission",)),
        ),
    },
}
ASKED = {
    "pulse": (("pl_zone", ""), ("pl_strain", ""), ("pl_support", ""), ("pl_text", "")),
    "skill_self": (("skill.now", "os"), ("skill.now", "db"), ("skill.then", "os"), ("skill.example", "")),
    "followup": (("fu_use", ""), ("fu_barrier", "")),
}
# Expected answers, by hand: a level, an option or options joined by `+`, or a state.
STATES = ("answered", "blank", "no_chance", "not_applicable", "unusable")
BY_HAND: Mapping[str, Mapping[tuple[str, str | None], str]] = {
    "pulse": {
        ("pl_strain", None): "4 3 5 1 unusable",
        ("pl_support", None): "4 not_applicable 5 5 blank",
        ("pl_text", None): "answered blank answered answered blank",
        ("pl_zone", None): "learning comfort panic blank learning",
    },
    "skill_self": {
        ("skill.example", None): "answered blank blank blank blank",
        ("skill.now", "db"): "no_chance 3 5 unusable 1",
        ("skill.now", "os"): "2 4 blank no_chance 5",
        ("skill.then", "os"): "1 2 blank 3 3",
    },
    "followup": {
        ("fu_barrier", None): "forgot+time blank chance+other none permission",
        ("fu_use", None): "weekly monthly hardly unusable blank",
    },
}


def list_meant(question: str, skill: str | None, row: str) -> set[tuple[Any, ...]]:
    """List (who, question, skill, state, level, option) of every answer in a row."""
    answers = [(who, word) for who, cell in enumerate(row.split(), start=1) for word in cell.split("+")]
    return {
        (who, question, skill, word, None, None)
        if word in STATES
        else (who, question, skill, "answered", int(word), None)
        if word.isdecimal()
        else (who, question, skill, "answered", None, word)
        for who, word in answers
    }


MEANT = {
    instrument: set().union(*(list_meant(*place, row) for place, row in rows.items()))
    for instrument, rows in BY_HAND.items()
}
UNUSABLE = {
    "pulse": {"out_of_scale": 1},
    "skill_self": {"out_of_scale": 1},
    "followup": {"unmapped_label": 1},
}


@dataclass(frozen=True)
class Form:
    """Questions (wording, grid row, options of a multiple choice) and five records of cells."""

    language: str
    questions: tuple[tuple[str, str, tuple[str, ...]], ...]
    records: tuple[tuple[Cell, ...], ...]
    about: str  # the question for the period, "" if not asked

    def sheet(self, *, join: str, grid: str = "{} [{}]", end: str = "") -> tuple[list[str], list[list[str]]]:
        """Return headers and cells with one column per question and joined options, as in most tools."""
        heads = [grid.format(stem, line) if line else stem for stem, line, _ in self.questions]
        rows = [
            [cell if isinstance(cell, str) else join.join(cell) + end * bool(cell) for cell in record]
            for record in self.records
        ]
        if self.about:
            return [self.about, *heads], [[PERIOD, *cells] for cells in rows]
        return heads, rows

    def spread(self, yes: str | None, no: str) -> tuple[list[tuple[str, str]], list[list[str]]]:
        """Return one column per option and for others: (question, row or option), cells (`yes` or text)."""
        heads = [(self.about, "")] if self.about else []
        rows = [[PERIOD] if self.about else [] for _ in self.records]
        for at, (stem, line, options) in enumerate(self.questions):
            others = ["その他" if self.language == "ja" else "Other (please specify)"] * bool(options)
            heads += [(stem, name) for name in (*options, *others)] or [(stem, line)]
            for cells, record in zip(rows, self.records, strict=True):
                given = record[at]
                if isinstance(given, str):
                    cells.append(given)
                    continue
                cells += [(yes or option) if option in given else no for option in options]
                cells.append("".join(each for each in given if each not in options))
        return heads, rows


def make_form(instrument: str, language: str) -> Form:
    """Build the instrument's questions in one language, with five people's answers."""
    declared = read_instruments()[instrument]
    asked = {question.id: question for question in declared.questions}
    rows = {skill.id: getattr(skill, language) for skill in read_skill_grid().skills}
    at = ("ja", "en").index(language)

    def options(question: Question) -> tuple[str, ...]:
        return tuple(getattr(o, language) for o in question.options) if question.kind == "choices" else ()

    questions = [(asked[q].wordings[at], rows.get(s, ""), options(asked[q])) for q, s in ASKED[instrument]]
    about = declared.period[at] if declared.period else ""
    return Form(language, tuple(questions), ANSWERS[instrument][language], about)


# --- the tools --------------------------------------------------------------------------------------------


def mail(n: int) -> str:
    return f"p{n}@invented.example"


def time_of(n: int) -> datetime:
    """Return when the n-th answer was sent, in Tokyo time."""
    return datetime.fromisoformat(f"2024-04-17 {TIMES[n - 1]}")


def write_csv(rows: list[list[str]], *, every: bool = False, end: str = "\r\n", start: str = "") -> bytes:
    """Write cells quoted (`every` one, or only if necessary)."""

    def quote(cell: str) -> str:
        plain = not every and not set(cell) & set('",\n')
        return cell if plain else '"' + cell.replace('"', '""') + '"'

    return (start + end.join(",".join(map(quote, cells)) for cells in rows)).encode()


def write_xlsx(title: str, rows: list[list[str | datetime | int]]) -> bytes:
    """Write a workbook with one sheet; times are date cells."""
    xml = []
    for n, cells in enumerate(rows, start=1):
        places = [f"{chr(65 + at)}{n}" for at in range(len(cells))]
        xml.append(
            row(n, *(write_cell(at, cell) for at, cell in zip(places, cells, strict=True) if cell != ""))
        )
    return build({title: "".join(xml)})


def write_cell(at: str, cell: str | datetime | int) -> str:
    if isinstance(cell, datetime):
        return value(at, repr((cell - datetime(1899, 12, 30)) / timedelta(days=1)), style=1)
    return value(at, cell) if isinstance(cell, int) else text(at, escape(cell, quote=False))


def google_direct(form: Form) -> bytes:
    heads, rows = form.sheet(join=";")
    first = {"ja": ["タイムスタンプ", "メールアドレス"], "en": ["Timestamp", "Email Address"]}[form.language]
    sent = [[google_time(form.language, n), mail(n)] for n in range(1, 6)]
    return write_csv([first + heads, *(a + b for a, b in zip(sent, rows, strict=True))], every=True, end="\n")


def google_time(language: str, n: int) -> str:
    """Format `2024/04/17 12:59:25 午後 GMT+9`, or PM: hour without a leading zero, mark after it."""
    at = time_of(n)
    mark = {"ja": ("午前", "午後"), "en": ("AM", "PM")}[language][at.hour >= 12]
    return f"{at:%Y/%m/%d} {at.hour % 12 or 12}:{at:%M:%S} {mark} GMT+9"


def google_sheet(form: Form) -> bytes:
    heads, rows = form.sheet(join=", ")
    first = {"ja": ["タイムスタンプ", "メールアドレス"], "en": ["Timestamp", "Email Address"]}[form.language]
    form_of_time = {"ja": "%Y/%m/%d %H:%M:%S", "en": "4/17/%Y %H:%M:%S"}[form.language]
    sent = [[time_of(n).strftime(form_of_time), mail(n)] for n in range(1, 6)]
    return write_csv([first + heads, *(a + b for a, b in zip(sent, rows, strict=True))])


def google_workbook(form: Form) -> bytes:
    heads, rows = form.sheet(join=", ")
    first = {"ja": ["タイムスタンプ", "メールアドレス"], "en": ["Timestamp", "Email Address"]}[form.language]
    return write_xlsx(
        "Form Responses 1",
        [[*first, *heads], *([time_of(n), mail(n), *cells] for n, cells in enumerate(rows, start=1))],
    )


def google_excel(form: Form) -> bytes:
    heads, rows = form.sheet(join=";")
    first = {"ja": ["タイムスタンプ", "メールアドレス"], "en": ["Timestamp", "Email Address"]}[form.language]
    sent = [[google_time(form.language, n), mail(n)] for n in range(1, 6)]
    return write_xlsx("SYNTHETIC", [[*first, *heads], *([*a, *b] for a, b in zip(sent, rows, strict=True))])


MS_HEADER = {
    "ja": ["ID", "開始時刻", "完了時刻", "メール", "名前"],
    "en": ["ID", "Start time", "Completion time", "Email", "Name"],
}


def ms_workbook(form: Form) -> bytes:
    heads, rows = form.sheet(join=";", end=";")
    sent = [[n + 1, datetime(2024, 4, 1), time_of(n), mail(n), f"見本 {n}"] for n in range(1, 6)]
    header = [*MS_HEADER[form.language], *heads]
    return write_xlsx("Sheet1", [header, *([*a, *b] for a, b in zip(sent, rows, strict=True))])


def ms_csv(form: Form) -> bytes:
    heads, rows = form.sheet(join=";", end=";")
    sent = [
        [str(n), "4/1/24 0:00:00", f"4/17/24 {TIMES[n - 1].removeprefix('0')}", mail(n), f"見本 {n}"]
        for n in range(1, 6)
    ]
    header = [*MS_HEADER[form.language], *heads]
    return write_csv([header, *(a + b for a, b in zip(sent, rows, strict=True))])


QUALTRICS = ["StartDate", "EndDate", "Status", "Finished", "RecordedDate", "ResponseId", "RecipientEmail"]


def qualtrics(form: Form) -> bytes:
    heads, rows = form.sheet(join=",", grid="{} - {}")
    names = [f"Q{n}" for n in range(len(heads))]
    zone = ',"timeZone":"Asia/Tokyo"'
    ids = ['{"ImportId":"' + n + '"' + (zone if "Date" in n else "") + "}" for n in (*QUALTRICS, *names)]
    sent = [
        ["2024-04-01 00:00:00", f"{time_of(n)}", "IP Address", "True", f"{time_of(n)}", f"R_{n}", mail(n)]
        for n in range(1, 6)
    ]
    header = [[*QUALTRICS, *names], [*QUALTRICS, *heads], ids]
    return write_csv([*header, *(a + b for a, b in zip(sent, rows, strict=True))])


def qualtrics_legacy(form: Form) -> bytes:
    heads, rows = form.sheet(join=",", grid="{} - {}")
    meta = ["ResponseID", "ResponseSet", "Name", "EmailAddress", "Status", "EndDate", "Finished"]
    header = [
        [*(f"V{n}" for n in range(1, 8)), *(f"Q{n}" for n in range(len(heads))), ""],
        [*meta, *heads, ""],
    ]
    sent = [["R_1", "Default", f"見本 {n}", mail(n), "0", f"{time_of(n)}", "1"] for n in range(1, 6)]
    body = ([*a, *b, ""] for a, b in zip(sent, rows, strict=True))
    return write_csv([*header, *body], start="\ufeff")


def surveymonkey(form: Form) -> bytes:
    heads, rows = form.spread(None, "")
    meta = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address"]
    above = [stem if at == 0 or heads[at - 1][0] != stem else "" for at, (stem, _) in enumerate(heads)]
    below = [name or "Open-Ended Response" for _, name in heads]
    sent = [
        [f"1239057495{n}", "21", "04/01/2024 12:00:00 AM", f"{time_of(n):%m/%d/%Y %I:%M:%S %p}", "", mail(n)]
        for n in range(1, 6)
    ]
    header = [[*meta, *above], [*[""] * len(meta), *below]]
    return write_csv([*header, *(a + b for a, b in zip(sent, rows, strict=True))], start="\ufeff")


def limesurvey(form: Form) -> bytes:
    heads, rows = form.spread(
        "はい" if form.language == "ja" else "Yes", "いいえ" if form.language == "ja" else "No"
    )
    meta = ["id. Response ID", "submitdate. Date submitted", "seed. Seed", "email. Email address"]
    named = [
        f"q{n}[{n}]. {stem} [{name}]" if name else f"q{n}. {stem}" for n, (stem, name) in enumerate(heads)
    ]
    sent = [[str(n), f"{time_of(n)}", "7", mail(n)] for n in range(1, 6)]
    return write_csv([meta + named, *(a + b for a, b in zip(sent, rows, strict=True))], every=True, end="\n")


TOOLS: Mapping[str, tuple[Callable[[Form], bytes], str, str]] = {
    "google_direct": (google_direct, "google_forms_csv", "csv"),
    "google_sheet": (google_sheet, "google_forms_csv", "csv"),
    "google_workbook": (google_workbook, "google_forms_xlsx", "xlsx"),
    "google_excel": (google_excel, "google_forms_xlsx", "xlsx"),
    "ms_workbook": (ms_workbook, "ms_forms", "xlsx"),
    "ms_csv": (ms_csv, "ms_forms", "csv"),
    "qualtrics": (qualtrics, "qualtrics_csv", "csv"),
    "qualtrics_legacy": (qualtrics_legacy, "qualtrics_legacy_csv", "csv"),
    "surveymonkey": (surveymonkey, "surveymonkey_csv", "csv"),
    "limesurvey": (limesurvey, "limesurvey_csv", "csv"),
}


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, Any]:
    return read_profiles()


def read_tool(folder: Path, tool: str, instrument: str, language: str) -> Export:
    """Read the five answers as written by one tool, declaring only zone and instrument."""
    write, _, ending = TOOLS[tool]
    path = folder / f"SYNTHETIC.{ending}"
    path.write_bytes(write(make_form(instrument, language)))
    source = Source(name="s", files=(path.name,), instrument=instrument, timezone="Asia/Tokyo")
    return read_export(path, name=path.name, source=source, profiles=shipped())


def given(value: Any) -> Any:
    return None if pd.isna(value) else value


@pytest.mark.parametrize("instrument", MEANT)
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("tool", TOOLS)
def test_equal_answers_match_across_tools(tmp_path: Path, tool: str, language: str, instrument: str) -> None:
    export = read_tool(tmp_path, tool, instrument, language)
    assert (export.file.profile, export.candidates) == (TOOLS[tool][1], (TOOLS[tool][1],))
    answers = export.tables["responses"]
    rows = [
        (int(a.respondent[1]), a.question, given(a.skill), a.state, given(a.level), given(a.option))
        for a in answers.itertuples()
    ]
    assert len(rows) == len(set(rows))
    assert set(rows) == MEANT[instrument]
    assert export.records["outcome"].tolist() == ["used"] * 5
    assert export.cells["reason"].value_counts().to_dict() == UNUSABLE[instrument]
    assert export.file.warnings == {}
    sent = {a.respondent: a.answered_at for a in answers.itertuples()}
    assert sent == {mail(n): pd.Timestamp(time_of(n), tz="Asia/Tokyo") for n in range(1, 6)}
    assert set(answers["period"].map(given)) == ({PERIOD} if instrument == "pulse" else {None})
    if instrument == "pulse":  # free text is unchanged
        texts = answers.loc[answers["question"].eq("pl_text"), "answer"].dropna().tolist()
        assert texts == [str(record[3]) for record in ANSWERS["pulse"][language] if record[3]]


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ("1,agree\n2,a response that took long\n", [2, 3]),
        ("1,a response that took long\n2,agree\n", [2, 3]),
        (",Response\n1,agree\n", [3]),
        (",no time\n1,no time\n", [3]),
    ],
)
def test_second_header_row_is_recognised_by_missing_number(
    tmp_path: Path, body: str, rows: list[int]
) -> None:
    (tmp_path / "a.csv").write_text(f"Respondent ID,When stuck I had someone to ask quickly\n{body}")
    source = Source(name="s", files=("a.csv",), instrument="pulse")
    export = read_export(tmp_path / "a.csv", name="a.csv", source=source, profiles=shipped())
    assert export.records["row"].tolist() == rows
    assert export.records["outcome"].tolist() == ["used"] * len(rows)


def test_blank_column_does_not_replace_filled_one(tmp_path: Path) -> None:
    header = "Respondent ID,Email Address,End Date,Date Modified,When stuck I had someone to ask quickly"
    rows = "11,,,2024-02-01 10:00,agree\n12,p2@invented.example,,2024-02-02 10:00,agree\n"
    (tmp_path / "a.csv").write_text(f"{header}\n{rows}", encoding="utf-8")
    source = Source(name="s", files=("a.csv",), instrument="pulse", timezone="UTC")
    export = read_export(tmp_path / "a.csv", name="a.csv", source=source, profiles=shipped())
    answers = export.tables["responses"]
    assert answers["respondent"].tolist() == ["11", "p2@invented.example"]
    assert answers["answered_at"].dt.day.tolist() == [1, 2]
