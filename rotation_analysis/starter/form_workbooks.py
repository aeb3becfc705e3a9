"""Forms as XLSX: texts to copy into Microsoft Forms, and sheets shaped like its exports to type into.

The same forms give the same bytes: the creation date of a workbook is fixed.
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

CREATED = datetime(2000, 1, 1)
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
"""Column of the question sheet → width."""
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
    """Build a workbook with one sheet per form: each statement and choice in its own cell, to copy."""
    content = io.BytesIO()
    with _build_workbook(content) as workbook:
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
    """Write title, recipients, dates and introduction; return the row after an empty one."""
    sheet.write_string(0, 0, form.title, bold)
    named = texts.say(f"form.page.{'anonymous' if form.anonymous else 'named'}")
    lines = [texts.say("form.page.who", who=form.who), *form.when, named, "", *form.introduction]
    for row, text in enumerate(lines, start=1):
        sheet.write_string(row, 0, text)
    return len(lines) + 2


def _list_rows(form: Form, texts: Texts) -> Iterator[tuple[str, ...]]:
    """List the cells below the headers of `COLUMNS`, question by question."""
    for number, item in enumerate(form.items, start=1):
        for guide in item.guides:
            yield from _stack_rows(kind=(texts.say("form.tool.guide"),), question=(guide.title, *guide.lines))
        needed = texts.say("form.page.required" if item.required else "form.page.optional")
        yield from _stack_rows(
            number=(str(number),),
            kind=(texts.say(f"form.tool.{item.kind}"),),
            question=(item.title,),
            statements=_list_statements(item, form),
            choices=(*item.choices, *((texts.say("form.page.other"),) if item.other else ())),
            needed=(needed,),
            hint=(item.hint,),
        )


def _stack_rows(**columns: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Return rows with the texts of each column below each other."""
    return zip_longest(*(columns.get(name, ()) for name in COLUMNS), fillvalue="")


def _list_statements(item: Item, form: Form) -> tuple[str, ...]:
    """Return the rows of a grid, with their question if a row alone is ambiguous."""
    return item.rows if form.rows_are_distinct or not item.rows else item.headers


# --- to type into -----------------------------------------------------------------------------------------


def write_answers(form: Form, texts: Texts) -> bytes:
    """Build an empty workbook with the tool's headers and lists to choose from."""
    content = io.BytesIO()
    with _build_workbook(content) as workbook:
        wrapped, time = workbook.add_format(WRAPPED), workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet, lists = workbook.add_worksheet("Sheet1"), workbook.add_worksheet(CHOICES)
        lists.hide()
        sheet.freeze_panes(1, 0)
        tool_headers = HEADED_BY_TOOL.get(texts.language, HEADED_BY_TOOL["en"])
        for column, header in enumerate(tool_headers):
            sheet.write_string(0, column, header, wrapped)
            sheet.set_column(column, column, 18, time if column in TIMES else None)
        who = "nobody" if form.anonymous else "respondent"
        _explain(sheet, ANSWERED, texts.say("form.hint.answered"))
        _explain(sheet, RESPONDENT, texts.say(f"form.hint.{who}"))
        headed = [
            (item, text) for item in form.items for text in _list_statements(item, form) or item.headers
        ]
        for column, (item, header) in enumerate(headed, start=len(tool_headers)):
            sheet.write_string(0, column, header, wrapped)
            sheet.set_column(column, column, 28)
            if item.kind == "checkboxes":
                _explain(sheet, column, "; ".join((texts.say("form.hint.several"), *item.choices)))
            elif item.choices:
                _offer_choices(sheet, lists, column, item.choices)
    return content.getvalue()


def _offer_choices(sheet: Any, lists: Any, column: int, choices: Sequence[str]) -> None:
    """Offer a list; other words only trigger a warning, as the reader of answers accepts more."""
    for row, choice in enumerate(choices):
        lists.write_string(row, column, choice)
    source = f"={CHOICES}!{xl_range_abs(0, column, len(choices) - 1, column)}"
    allowed = {"validate": "list", "source": source, "error_type": "warning"}
    sheet.data_validation(1, column, ROWS_TO_TYPE, column, allowed)


def _explain(sheet: Any, column: int, text: str) -> None:
    """Add the tip that a spreadsheet shows next to a cell of the column while typing."""
    tip = {"validate": "any", "input_message": text[:LONGEST_MESSAGE]}
    sheet.data_validation(1, column, ROWS_TO_TYPE, column, tip)


def _build_workbook(content: io.BytesIO) -> Any:
    workbook = Workbook(content, {"in_memory": True, **TEXT_STAYS_TEXT})
    workbook.set_properties({"created": CREATED})
    return workbook
