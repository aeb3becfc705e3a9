"""The script builds the forms, run in a browser against a small stand-in for Google's FormApp."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from rotation_analysis.programme.file import read_programme
from rotation_analysis.starter.form_items import Guide, Item
from rotation_analysis.starter.form_rounds import Form, list_forms
from rotation_analysis.starter.forms import write_script
from rotation_analysis.texts import read_texts
from tests.browser import Browser, needs_browser, start_browser
from tests.publications import SAMPLE

# What the script can call, with the rules by which Google's service rejects; every call is recorded.
FORM_APP = """
const BUILT = [], LOG = [];
const Logger = { log: (text) => LOG.push(text) };
function wantTexts(texts) {
  const full = Array.isArray(texts) && texts.length > 0;
  const fine = full && texts.every((text) => typeof text === "string" && text);
  if (!fine || new Set(texts).size !== texts.length) throw new Error("texts expected, each once: " + texts);
}
function makeItem(form, type, allowed) {
  const item = { type };
  const keep = (name, wanted) => (value) => {
    if (wanted === "texts") wantTexts(value);
    else if (typeof value !== wanted) throw new Error(`${name}: ${wanted} expected, not ${value}`);
    item[name] = value;
    return api;
  };
  const calls = { setTitle: ["title", "string"], setHelpText: ["hint", "string"], ...allowed };
  if (type !== "SECTION_HEADER") calls.setRequired = ["required", "boolean"];
  const api = Object.fromEntries(Object.entries(calls).map(([call, fields]) => [call, keep(...fields)]));
  form.items.push(item);
  return api;
}
const CHOICES = { setChoiceValues: ["choices", "texts"] };
const FormApp = {
  create(title) {
    if (typeof title !== "string" || !title) throw new Error("a title expected");
    const form = { title, items: [] };
    const number = BUILT.push(form);
    const add = (type, allowed) => () => makeItem(form, type, allowed);
    const api = {
      setDescription(text) { form.description = text; return api; },
      setCollectEmail(wanted) { form.collectsEmail = wanted; return api; },
      addSectionHeaderItem: add("SECTION_HEADER", {}),
      addGridItem: add("GRID", { setRows: ["rows", "texts"], setColumns: ["choices", "texts"] }),
      addMultipleChoiceItem: add("MULTIPLE_CHOICE", { ...CHOICES, showOtherOption: ["other", "boolean"] }),
      addListItem: add("LIST", CHOICES),
      addCheckboxItem: add("CHECKBOX", { ...CHOICES, showOtherOption: ["other", "boolean"] }),
      addTextItem: add("TEXT", { setValidation: ["validation", "string"] }),
      addParagraphTextItem: add("PARAGRAPH_TEXT", {}),
      getEditUrl: () => `edit ${number}`,
      getPublishedUrl: () => `send ${number}`,
    };
    return api;
  },
  createTextValidation: () => ({
    requireNumberGreaterThanOrEqualTo: (least) => ({ build: () => `number from ${least}` }),
  }),
};
"""
TYPES = {
    "grid": "GRID",
    "choice": "MULTIPLE_CHOICE",
    "list": "LIST",
    "checkboxes": "CHECKBOX",
    "number": "TEXT",
    "short": "TEXT",
    "long": "PARAGRAPH_TEXT",
}
HOSTILE = 'a"b\\c</script>*/`${x}\u2028\u202e\n=1+1'


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with start_browser(tmp_path_factory.mktemp("browser")) as started:
        yield started


def run(browser: Browser, folder: Path, script: str) -> dict[str, Any]:
    """What the script built and logged in an empty page."""
    page = folder / "empty.html"
    page.write_text("<!doctype html><title>empty</title>", encoding="utf-8")
    with browser.open(page, 800) as opened:
        result = opened.ask(f"{FORM_APP}\n{script}\nbuildForms();\nJSON.stringify({{BUILT, LOG}})")
        assert opened.complaints == ()
    return dict(json.loads(result))


def forms(language: str) -> tuple[Form, ...]:
    return list_forms(read_programme(SAMPLE), read_texts(language))


def describe(form: Form) -> dict[str, Any]:
    """The form as the stand-in records it."""
    items = [part for item in form.items for part in (*map(_section, item.guides), _question(item))]
    return {
        "title": form.title,
        "description": "\n".join(form.introduction),
        "collectsEmail": not form.anonymous,
        "items": items,
    }


def _section(guide: Guide) -> dict[str, Any]:
    return {"type": "SECTION_HEADER", "title": guide.title, "hint": "\n".join(guide.lines)}


def _question(item: Item) -> dict[str, Any]:
    question: dict[str, Any] = {"type": TYPES[item.kind], "title": item.title, "hint": item.hint}
    question |= {"choices": [*item.choices]} if item.choices else {}
    question |= {"rows": [*item.rows]} if item.rows else {}
    question |= {"other": item.other} if item.kind == "checkboxes" else {}
    question |= {"validation": "number from 0"} if item.kind == "number" else {}
    return question | {"required": item.required}


@needs_browser
@pytest.mark.parametrize("language", ["ja", "en"])
def test_script_builds_the_forms_of_the_sample(browser: Browser, tmp_path: Path, language: str) -> None:
    asked = forms(language)
    done = run(browser, tmp_path, write_script(asked))
    assert done["BUILT"] == [describe(form) for form in asked]
    assert len(asked) == 9
    for number, (form, logged) in enumerate(zip(asked, done["LOG"], strict=True), start=1):
        assert logged.split("\n") == [form.title, form.who, *form.when, f"edit {number}", f"send {number}"]


@needs_browser
def test_only_last_self_rating_has_then_test(browser: Browser, tmp_path: Path) -> None:
    then = "いまの物差しで、留学を始める前の自分を評価するとどれに近いですか"
    built = run(browser, tmp_path, write_script(forms("ja")))["BUILT"]
    asking = [form for form in built if then in [item["title"] for item in form["items"]]]
    assert [form["title"] for form in asking] == ["スキルの自己評価(終了)"]
    grids = [item["title"] for item in asking[0]["items"] if item["type"] == "GRID"]
    assert grids[0].startswith("次の仕事について")
    assert grids[1:] == [then]


@needs_browser
def test_only_the_forms_named_are_built(browser: Browser, tmp_path: Path) -> None:
    script = write_script(forms("en")).replace("const ONLY = [];", 'const ONLY = ["pulse", "host"];')
    built = run(browser, tmp_path, script)["BUILT"]
    assert [(form["title"], form["collectsEmail"]) for form in built] == [
        ("The last two weeks", True),
        ("Survey of the host team", False),
    ]


@needs_browser
def test_typed_words_stay_words_whatever_they_are(browser: Browser, tmp_path: Path) -> None:
    plain = next(form for form in forms("ja") if form.name == "followup")
    items = tuple(
        replace(item, title=item.title + HOSTILE, choices=tuple(choice + HOSTILE for choice in item.choices))
        for item in plain.items
    )
    form = replace(plain, title=HOSTILE, introduction=(HOSTILE,), items=items)
    script = write_script([form])
    assert not {"\u2028", "\u202e"} & set(script)
    assert run(browser, tmp_path, script)["BUILT"] == [describe(form)]


def test_script_is_constant_except_one_json_block() -> None:
    empty, full = write_script([]), write_script(forms("ja"))
    before, after = empty.split("const FORMS = [];")
    assert full.startswith(f"{before}const FORMS = ")
    assert full.endswith(f";{after}")
    content = full.removeprefix(f"{before}const FORMS = ").removesuffix(f";{after}")
    assert json.loads(content) == json.loads(json.dumps([asdict(form) for form in forms("ja")]))
