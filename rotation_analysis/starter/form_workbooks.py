"""Forms as XLSX: what to copy into Microsoft Forms, and sheets in the shape of its answers to type into.

The same forms give the same bytes: the day on which a workbook says it was made is fixed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_range_abs

from ..texts import Texts
from .form_items import Item
from .form_rounds import Form

MADE = datetime(2000, 1, 1)
LONGEST_SHEET_NAME = 31
TEXT_STAYS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
COLUMNS = {
    "number": 6.0,
    "kind": 22.0,
    "question": 60.0,
    "statements": 44.0,
    "choices": 30.0,
    "needed": 10.0,
    "hint": 44.0,
}
"""What is said of each question, and how wide."""
HEADED_BY_TOOL = {  # as profiles/ms_forms.toml knows them
    "ja": ("ID", "開始時刻", "完了時刻", "メール", "名前"),
    "en": ("ID", "Start time", "Completion time", "Email", "Name"),
}
WRAPPED = {"text_wrap": True, "valign": "top"}
TIMES = (1, 2)
ANSWERED, RESPONDENT = 2, 3
LONGEST_MESSAGE = 255
ROWS_TO_TYPE = 1000
CHOICES = "choices"


# --- to copy from -----------------------------------------------------------------------------------------


def write_questions(forms: Sequence[Form], texts: Texts) -> bytes:
    """A workbook with one sheet a form: every statement and choice in a cell of its own, to be copied."""
    content = io.BytesIO()
    with _make_workbook(content) as workbook:
        bold, wrapped = workbook.add_format({"bold": True}), workbook.add_format(WRAPPED)
        for number, form in enumerate(forms, start=1):
            sheet = workbook.add_worksheet(f"{number} {form.name}"[:LONGEST_SHEET_NAME])
            for column, width in enumerate(COLUMNS.values()):
                sheet.set_column(column, column, width)
            top = _write_head(sheet, form, texts, bold)
            for column, name in enumerate(COLUMNS):
                sheet.write_string(top, column, texts.say(f"form.column.{name}"), bold)
            for row, cells in enumerate(_list_rows(form, texts), start=top + 1):
                for column, text in enumerate(cells):
                    sheet.write_string(row, column, text, wrapped)
    return content.getvalue()


def _write_head(sheet: Any, form: Form, texts: Texts, bold: Any) -> int:
    """Title, whom and when, what is said first; the row below with one left empty."""
    sheet.write_string(0, 0, form.title, bold)
    named = texts.say(f"form.page.{'anonymous' if form.anonymous else 'named'}")
    told = [texts.say("form.page.who", who=form.who), *form.when, named, "", *form.introduction]
    for row, text in enumerate(told, start=1):
        sheet.write_string(row, 0, text)
    return len(told) + 2


def _list_rows(form: Form, texts: Texts) -> Iterator[tuple[str, ...]]:
    """The cells below the heads of `COLUMNS`, question by question."""
    for number, item in enumerate(form.items, start=1):
        for guide in item.guides:
            yield from _lay_out(kind=(texts.say("form.tool.guide"),), question=(guide.title, *guide.lines))
        needed = texts.say("form.page.required" if item.required else "form.page.optional")
        yield from _lay_out(
            number=(str(number),),
            kind=(texts.say(f"form.tool.{item.kind}"),),
            question=(item.title,),
            statements=_list_statements(item, form),
            choices=(*item.choices, *((texts.say("form.page.other"),) if item.other else ())),
            needed=(needed,),
            hint=(item.hint,),
        )


def _lay_out(**columns: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Rows with the texts of each column below each other."""
    return zip_longest(*(columns.get(name, ()) for name in COLUMNS), fillvalue="")


def _list_statements(item: Item, form: Form) -> tuple[str, ...]:
    """The rows of a grid, with their question where an answer that is headed by them may be another's."""
    return item.rows if form.rows_tell or not item.rows else item.headers


# --- to type into -----------------------------------------------------------------------------------------


def write_answers(form: Form, texts: Texts) -> bytes:
    """A workbook headed as the tool heads the answers, with lists to choose from and no answer."""
    content = io.BytesIO()
    with _make_workbook(content) as workbook:
        wrapped, time = workbook.add_format(WRAPPED), workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet, lists = workbook.add_worksheet("Sheet1"), workbook.add_worksheet(CHOICES)
        lists.hide()
        sheet.freeze_panes(1, 0)
        told_by_tool = HEADED_BY_TOOL.get(texts.language, HEADED_BY_TOOL["en"])
        for column, header in enumerate(told_by_tool):
            sheet.write_string(0, column, header, wrapped)
            sheet.set_column(column, column, 18, time if column in TIMES else None)
        who = "nobody" if form.anonymous else "respondent"
        _explain(sheet, ANSWERED, texts.say("form.hint.answered"))
        _explain(sheet, RESPONDENT, texts.say(f"form.hint.{who}"))
        headed = [
            (item, text) for item in form.items for text in _list_statements(item, form) or item.headers
        ]
        for column, (item, header) in enumerate(headed, start=len(told_by_tool)):
            sheet.write_string(0, column, header, wrapped)
            sheet.set_column(column, column, 28)
            if item.kind == "checkboxes":
                _explain(sheet, column, "; ".join((texts.say("form.hint.several"), *item.choices)))
            elif item.choices:
                _offer_choices(sheet, lists, column, item.choices)
    return content.getvalue()


def _offer_choices(sheet: Any, lists: Any, column: int, choices: Sequence[str]) -> None:
    """A list to choose one of; other words are only warned of: a reader of answers knows more than these."""
    for row, choice in enumerate(choices):
        lists.write_string(row, column, choice)
    source = f"={CHOICES}!{xl_range_abs(0, column, len(choices) - 1, column)}"
    allowed = {"validate": "list", "source": source, "error_type": "warning"}
    sheet.data_validation(1, column, ROWS_TO_TYPE, column, allowed)


def _explain(sheet: Any, column: int, text: str) -> None:
    """What a spreadsheet shows beside a cell of the column that is being typed into."""
    told = {"validate": "any", "input_message": text[:LONGEST_MESSAGE]}
    sheet.data_validation(1, column, ROWS_TO_TYPE, column, told)


def _make_workbook(content: io.BytesIO) -> Any:
    workbook = Workbook(content, {"in_memory": True, **TEXT_STAYS_TEXT})
    workbook.set_properties({"created": MADE})
    return workbook
