"""An audit finds what is planted in a finished folder, whatever the channel, and nothing in a clean one."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from rotation_analysis.build import pages
from rotation_analysis.build.audit import audit
from rotation_analysis.build.audit import files as audit_files
from rotation_analysis.build.audit.audit import CHECKS, KNOWING_CHECKS, audit_folder
from rotation_analysis.build.audit.files import Document, read_folder
from rotation_analysis.build.audit.people import NOBODY_KNOWN, ROW_KEY, know
from rotation_analysis.build.audit.schema import find_foreign, is_measure
from rotation_analysis.cli import app
from rotation_analysis.disclosure.publications import Edition
from rotation_analysis.errors import UsageError
from rotation_analysis.programme.file import read_programme
from rotation_analysis.progress_events import Step
from rotation_analysis.study import analyse
from tests.small_programme import STEM, SURVEY, TOML, lines, write_programme
from tests.small_reports import (
    ANSWERS,
    FIGURE,
    OTHER,
    WORDS,
    make_knowledge,
    make_page,
    write_manifests,
    write_reports,
)

OWNER, LETTER = "owner/programme.ja.html", "home-managers/p03/letter.ja.html"
PACK, LEADERS = "graduates/p03/graduate-pack.ja.html", "leadership/summary.ja.html"
MARKDOWN, PICTURE = "graduates/p03/graduate-pack.ja.md", "leadership/figures/growth.ja.svg"
RECORDS, TOLD = "graduates/p03/records.ja.csv", "leadership/publication.json"
KNOWLEDGE = make_knowledge()
SKILLS = ("OS・プロセス", "データベース", "ネットワーク", "クラウド基盤・IaC", "監視・可観測性", "障害対応")
Plant = Callable[[Path], None]


@pytest.fixture(scope="module", autouse=True)
def _small_pages() -> Iterator[None]:
    """Pages without the two megabytes of plotly.js: no browser opens them here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "read_plotly", lambda: "AAAA")
        yield


@pytest.fixture(scope="module")
def clean(_small_pages: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_reports(tmp_path_factory.mktemp("clean"))


@pytest.fixture
def folder(clean: Path, tmp_path: Path) -> Path:
    """A copy of the clean folder to plant something in."""
    shutil.copytree(clean, tmp_path / "reports")
    return tmp_path / "reports"


def put(name: str, old: str, new: str) -> Plant:
    """Plants `new` in the place of `old`, which must be there."""

    def plant(folder: Path) -> None:
        text = (folder / name).read_bytes().decode()
        assert old in text
        (folder / name).write_bytes(text.replace(old, new, 1).encode())

    return plant


def add(name: str, content: str = "a") -> Plant:
    """Plants another file."""

    def plant(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())

    return plant


def into(name: str, html: str) -> Plant:
    """Plants markup at the end of a page's main part."""
    return put(name, "\n</main>", f"{html}\n</main>")


def draw(name: str, *, layout: dict[str, Any] | None = None, **trace: Any) -> Plant:
    """Plants another figure in a page, as the runner would write it."""
    figure = {"data": [{**FIGURE["data"][0], **trace}], "layout": {**FIGURE["layout"], **(layout or {})}}
    return lambda folder: add(name, make_page("<p>結論</p>", figure=figure))(folder)


def change(name: str, edit: Callable[[dict[str, Any]], Any]) -> Plant:
    """Edits a JSON file."""

    def plant(folder: Path) -> None:
        content = json.loads((folder / name).read_text(encoding="utf-8"))
        edit(content)
        (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    return plant


def first_row(**cells: Any) -> Callable[[dict[str, Any]], None]:
    return lambda content: content["measures"][0].update(cells)


NUL = "\u200b"
LEAKS: dict[str, tuple[Plant, set[str]]] = {  # what is planted → the checks that find it
    # names: every way to write one, every place to write it in
    "a name": (into(PACK, f"<p>{OTHER}</p>"), {"names"}),
    "a name the other way round": (into(PACK, "<p>つばさ 試験</p>"), {"names"}),
    "a name over two lines": (into(LETTER, "<p>試験\nつばさ</p>"), {"names"}),
    "a name across tags": (into(LETTER, "<p>試<b>験</b> つ<i>ば</i>さ</p>"), {"names"}),
    "a name across cells": (into(LETTER, "<ul><li>試験</li><li>つばさ</li></ul>"), {"names"}),
    "a name in entities": (into(PACK, "<p>&#x8a66;&#39443;&nbsp;つばさ</p>"), {"names"}),
    "a name with what nobody sees": (into(PACK, f"<p>試{NUL}験 つ&shy;ばさ</p>"), {"names"}),
    "an id": (into(PACK, "<p>p05</p>"), {"names"}),
    "an id in full width": (into(PACK, "<p>Ｐ０５</p>"), {"names"}),
    "an address": (into(PACK, "<p>Tsubasa@Invented.example</p>"), {"names"}),
    "an alias": (into(PACK, "<p>@tsubasa-k:</p>"), {"names"}),
    "an alias with another separator": (into(PACK, "<p>Tsubasa_K</p>"), {"names"}),
    "an alias parted by dots": (into(PACK, "<p>t.s.u.b.a.s.a.k</p>"), {"names"}),
    "an account": (into(LETTER, "<p>U0ABC123</p>"), {"names"}),
    "a name in an attribute": (
        into(PACK, f'<table><tr><td data-label="{OTHER}">a</td></tr></table>'),
        {"names"},
    ),
    "a name in an alternative text": (into(PACK, f'<figure aria-label="{OTHER}"></figure>'), {"names"}),
    "a name in a title": (put(PACK, "<title>", f"<title>{OTHER}"), {"names"}),
    "a name in Markdown": (put(MARKDOWN, "\n\n", "\n\n試験\\_つばさ\n\n"), {"names"}),
    "a name in a table": (put(RECORDS, "監視の追加", f"{OTHER}の相談"), {"names"}),
    "a name in a picture": (put(PICTURE, "<text>結論", f"<text>{OTHER}"), {"names", "sentences"}),
    "a name in a publication": (change("graduates/p03/results.json", first_row(label=OTHER)), {"names"}),
    "a name in a file's name": (add("graduates/p03/tsubasa-k.ja.md"), {"names"}),
    "a name drawn": (draw(PACK, y=[OTHER]), {"names"}),
    "a name along an axis": (draw(PACK, layout={"xaxis": {"ticktext": [f"<b>{OTHER}</b>"]}}), {"names"}),
    "a name in a hover text": (draw(PACK, hovertemplate=f"{OTHER}<extra></extra>"), {"names"}),
    # words and answers
    "words not approved": (into(OWNER, f"<p>「{WORDS}」</p>"), {"words"}),
    "words cut off": (into(PACK, f"<p>「{WORDS[:17]}…」</p>"), {"words"}),
    "words across tags": (into(PACK, f"<p>{WORDS[:5]}<b>{WORDS[5:]}</b></p>"), {"words"}),
    "words in data": (change("graduates/p03/results.json", first_row(label=WORDS)), {"words"}),
    "words of no file": (
        change(TOLD, lambda c: c.update(words={"conclusion": {"ja": "続ける。"}})),
        {"words"},
    ),
    "a raw column drawn": (draw(OWNER, x=list(ANSWERS)), {"answers"}),
    "a raw column in another order": (draw(OWNER, x=sorted(ANSWERS)), {"answers"}),
    "a box": (draw(OWNER, type="box"), {"figures"}),
    "a packed column": (draw(OWNER, x={"dtype": "f8", "bdata": "AAAA"}), {"figures"}),
    "data that nobody sees": (draw(PACK, customdata=["a"]), {"figures"}),
    "a map": (draw(PACK, layout={"geo": {}}), {"figures"}),
    "no figure at all": (put(OWNER, '{"wide":', '{"white":'), {"figures"}),
    # the machine
    "parameters": (into(LETTER, "<p># Parameters</p>"), {"traces"}),
    "a path": (into(OWNER, f"<p>{Path(audit.__file__).parent}/x.py</p>"), {"traces"}),
    "a traceback": (into(OWNER, "<p>Traceback (most recent call last)</p>"), {"traces"}),
    # markup: nothing hidden, fetched or run
    "a comment": (into(LETTER, "<!-- draft -->"), {"markup"}),
    "an attribute of another's": (into(LETTER, '<p data-who="x">a</p>'), {"markup"}),
    "a generator": (put(LETTER, "<title>", '<meta name="author" content="x"><title>'), {"markup"}),
    "metadata of a picture": (put(PICTURE, "<title>", "<metadata></metadata><title>"), {"markup"}),
    "a picture from elsewhere": (into(PACK, '<img src="//a.example/x.png">'), {"markup", "links"}),
    "a link to elsewhere": (into(PACK, '<a href="https://a.example">a</a>'), {"links"}),
    "a style that loads": (into(PACK, '<p style="background: u\\72l(//a.example)">a</p>'), {"markup"}),
    "a style sheet that loads": (put(PACK, "<style>", "<style>@import 'x.css';"), {"markup"}),
    "a form": (into(PACK, "<form></form>"), {"markup"}),
    "a refresh": (put(PACK, "<title>", '<meta http-equiv="refresh" content="0;u"><title>'), {"markup"}),
    "a picture in Markdown": (
        put(MARKDOWN, "\n\n", "\n\n![x](http://a.example/x.png)\n\n"),
        {"markup", "links"},
    ),
    "a picture within a picture": (put(PICTURE, "<text>", "<image/><text>"), {"markup"}),
    "a script": (into(PACK, "<script>alert(1)</script>"), {"markup"}),
    "a packed script": (into(PACK, '<script type="text/plain">BBBB</script>'), {"markup"}),
    "a script of a picture": (put(PICTURE, "<text>", "<script>a</script><text>"), {"markup"}),
    "a handler": (into(PACK, '<p onclick="a()">a</p>'), {"markup"}),
    "a handler of a picture": (put(PICTURE, "<text>", '<text onclick="a()">'), {"markup"}),
    "a link that is a script": (into(PACK, '<a href="javascript:a()">a</a>'), {"links"}),
    "another policy": (put(PACK, "default-src &#39;none&#39;", "default-src *"), {"markup"}),
    "no policy": (put(PACK, '<meta http-equiv="Content-Security-Policy"', "<meta"), {"markup"}),
    "a link out of the folder": (into(PACK, '<a href="../../owner/programme.ja.html">a</a>'), {"links"}),
    "a link to nothing": (into(PACK, '<a href="records.csv">a</a>'), {"links"}),
    # leaders: numbers of the publication, sentences of the reports
    "a number of nobody's": (into(LEADERS, "<p>41.5%</p>"), {"numbers"}),
    "a number in a picture": (put(PICTURE, "<text>結論", "<text>41.5"), {"numbers"}),
    "a number in an attribute": (into(LEADERS, '<figure aria-label="41.5"></figure>'), {"numbers"}),
    "a number drawn as text": (draw(LEADERS, text=["0.47"]), {"numbers"}),
    "a sentence of nobody's": (into(LEADERS, "<p>卒業生は疲れている。</p>"), {"sentences"}),
    "a sentence in an attribute": (into(LEADERS, '<figure aria-label="疲れている"></figure>'), {"sentences"}),
    "a sentence that is drawn": (
        draw(LEADERS, layout={"annotations": [{"text": "退職の噂"}]}),
        {"sentences"},
    ),
    # JSON by schema
    "an invented measure": (change(TOLD, first_row(measure="skill.salary")), {"schema"}),
    "an extra key": (change(TOLD, lambda c: c.update(built_by="x")), {"schema"}),
    "an extra key of a row": (change(TOLD, first_row(people=3)), {"schema"}),
    "an extra key of the facts": (change(TOLD, lambda c: c["facts"].update(made="x")), {"schema"}),
    "an extra key of the account": (change("owner/account.json", lambda c: c.update(values=[])), {"schema"}),
    "a text for a number": (change(TOLD, first_row(value="0.7")), {"schema"}),
    "an unknown unit": (change(TOLD, first_row(unit="yen")), {"schema"}),
    "a verdict of another's": (change(TOLD, first_row(verdict="proved")), {"schema"}),
    "a note that is a text": (change(TOLD, first_row(notes=["he left"])), {"schema"}),
    "words of no file's key": (change(TOLD, lambda c: c.update(words={"view": {}})), {"schema", "words"}),
    "sums that do not agree": (
        change("owner/account.json", lambda c: c["files"].append({"file": "a", "read": 2, "used": 1})),
        {"schema"},
    ),
    "a broken file of data": (add("owner/account.json", "{"), {"schema"}),
    # editions
    "a mean that is not rounded": (change("owner/results.json", first_row(value=0.7123)), {"editions"}),
    "a hidden number": (change("owner/results.json", first_row(verdict="hidden")), {"editions"}),
    "phases told to leaders": (
        change(TOLD, lambda c: c["facts"].update(team_phases=[{"team": "x"}])),
        {"editions"},
    ),
    "an account told to leaders": (
        change(TOLD, lambda c: c["facts"].update(account={"files": 3})),
        {"editions"},
    ),
    "the publication of another": (
        change("graduates/p03/results.json", lambda c: c.update(edition="owner")),
        {"editions"},
    ),
    "a row of another": (
        change("graduates/p03/results.json", lambda c: c["measures"][1].update(person="p05")),
        {"editions", "names"},
    ),
    # rows
    "a person without consent": (
        change("owner/cohort-3/results.json", lambda c: c["measures"][1].update(person="p05")),
        {"rows"},
    ),
    "a number that nobody measured": (
        change("owner/cohort-3/results.json", lambda c: c["measures"][1].update(wave="middle")),
        {"rows"},
    ),
    "a team's number": (change("graduates/p03/results.json", first_row(team="kaede")), {"rows"}),
}
BROKEN: dict[str, Plant] = {  # what makes the folder another than was built
    "a file that was changed": into(OWNER, "<p>a</p>"),
    "a file that is missing": lambda folder: (folder / PICTURE).unlink(),
    "a file that is too many": add("owner/other.ja.md"),
    "a folder that is too many": lambda folder: (folder / "more").mkdir(),
    "no manifest": lambda folder: (folder / "leadership/manifest.json").unlink(),
    "an account in a leaders' folder": add("leadership/account.json", '{"files": [], "rows": []}'),
    "a link": lambda folder: (folder / "leadership/all.ja.html").symlink_to(folder / OWNER),
    "a pipe": lambda folder: os.mkfifo(folder / "leadership/all.ja.html"),
}


@pytest.mark.parametrize("home", ["", "owner", "leadership", "graduates/p03", "home-managers/p03"])
def test_nothing_is_found_in_a_clean_folder_or_in_any_audiences_own(clean: Path, home: str) -> None:
    assert list(map(str, audit_folder(clean / home, KNOWLEDGE))) == []


@pytest.mark.parametrize("name", LEAKS)
def test_leak_is_found_by_the_checks_that_look_for_it_and_by_no_other(folder: Path, name: str) -> None:
    plant, checks = LEAKS[name]
    plant(folder)
    write_manifests(folder)
    findings = audit_folder(folder, KNOWLEDGE)
    assert {finding.check for finding in findings} == checks, "\n".join(map(str, findings))
    assert all(finding.what and finding.next_step and finding.file for finding in findings)


def test_every_check_has_a_leak_that_it_alone_finds() -> None:
    alone = {next(iter(checks)) for _, checks in LEAKS.values() if len(checks) == 1}
    assert alone | {"manifests"} == {*CHECKS, *KNOWING_CHECKS}


# --- whole and unaltered ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BROKEN)
def test_folder_that_is_not_as_it_was_built_is_a_finding(folder: Path, name: str) -> None:
    BROKEN[name](folder)
    assert {finding.check for finding in audit_folder(folder, KNOWLEDGE)} == {"manifests"}


@pytest.mark.parametrize(
    "name",
    ["owner/answers.xlsx", "leadership/.cache/summary.json", "leadership/summary.ipynb", "everybody/a.ja.md"],
)
def test_file_of_no_known_kind_or_place_is_a_finding_although_the_manifest_names_it(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(name)(folder)
    write_manifests(folder)
    opened: list[str] = []
    read = Path.read_bytes
    monkeypatch.setattr(audit_files.Path, "read_bytes", lambda path: opened.append(path.name) or read(path))
    assert {finding.check for finding in audit_folder(folder)} == {"manifests"}
    assert Path(name).name not in opened


def test_file_that_is_not_named_is_not_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add("owner/other.ja.md")(folder)
    opened: list[str] = []
    read = Path.read_bytes
    monkeypatch.setattr(audit_files.Path, "read_bytes", lambda path: opened.append(path.name) or read(path))
    assert "the manifest does not name it" in "".join(found.what for found in audit_folder(folder))
    assert "other.ja.md" not in opened
    assert "programme.ja.html" in opened


def test_report_that_the_manifest_names_and_that_is_not_there_is_a_finding(folder: Path) -> None:
    gone = {"path": "owner/gone.ja.html", "notebook": "programme", "parameters": {}}
    change("manifest.json", lambda content: content["reports"].append(gone))(folder)
    (finding,) = audit_folder(folder)
    assert (finding.check, finding.file) == ("manifests", "owner/gone.ja.html")


def test_inputs_in_a_readers_manifest_are_a_finding(folder: Path) -> None:
    change("leadership/manifest.json", lambda content: content.update(inputs={}))(folder)
    hashed = hashlib.sha256((folder / "leadership/manifest.json").read_bytes()).hexdigest()
    change("manifest.json", lambda c: c["outputs"].update({"leadership/manifest.json": hashed}))(folder)
    assert [(found.check, found.where) for found in audit_folder(folder)] == [("schema", "inputs")]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"outputs": 3}', '{"outputs": ["a"]}', "{" * 9_000])
def test_broken_manifest_is_a_finding_and_no_error(folder: Path, content: str) -> None:
    (folder / "manifest.json").write_text(content, encoding="utf-8")
    assert [finding.check for finding in audit_folder(folder)] == ["manifests"]


@pytest.mark.parametrize("value", [None, 3, "a", [], [3], {}, {"a": {"b": [None]}}])
@pytest.mark.parametrize(
    "key", ["measures", "facts", "voices", "records", "replies", "words", "edition", "person"]
)
def test_publication_of_any_shape_is_judged_without_an_error(folder: Path, key: str, value: Any) -> None:
    for name in ("leadership/publication.json", "graduates/p03/results.json"):
        change(name, lambda content: content.update({key: value}))(folder)
    write_manifests(folder)
    assert all(isinstance(str(finding), str) for finding in audit_folder(folder, KNOWLEDGE))


# --- what people typed ------------------------------------------------------------------------------------

TYPED = (
    "/home/deploy/app",
    r"C:\Users\taro",
    "<!--",
    "<!-- x -->",
    "# Parameters",
    str(Path(audit.__file__)),
    "&lt;",
)


@pytest.mark.parametrize("typed", TYPED)
def test_ordinary_text_of_a_programme_is_no_finding(folder: Path, typed: str) -> None:
    team = {"ja": typed, "en": typed}
    record = {"day": "2024-02-01", "kind": "work", "title": typed, "file": "a.csv", "row": 3}
    for name in ("owner/results.json", "graduates/p03/results.json"):
        change(name, lambda content: content["facts"]["teams"].update(aoi=team))(folder)
    change("graduates/p03/results.json", lambda content: content.update(records=[record]))(folder)
    for name in (OWNER, PACK):
        page = make_page(
            f"<h2>{escape(typed)}</h2><figure aria-label='{escape(typed)}'></figure>", figure=FIGURE
        )
        add(name, page)(folder)
    put(RECORDS, "監視の追加", typed)(folder)
    write_manifests(folder)
    assert list(map(str, audit_folder(folder, KNOWLEDGE))) == []


def test_names_may_stand_in_own_words_and_where_the_report_says_by_whom_it_is(folder: Path) -> None:
    own = f"{OTHER}さんに教わった通りに調べた。"
    into(PACK, f"<p>{own}</p>")(folder)
    into(LETTER, f"<p>報告者: {OTHER}</p>")(folder)
    sender = {"sender": {"ja": f"報告者: {OTHER}", "en": ""}}
    change("home-managers/p03/results.json", lambda content: content.update(words=sender))(folder)
    write_manifests(folder)
    known = make_knowledge(
        texts={**KNOWLEDGE.texts, own: frozenset({"p03"})}, words={"home-managers/p03": sender}
    )
    assert audit_folder(folder, known) == []
    into(PACK, f"<p>{OTHER}</p>")(folder)
    write_manifests(folder)
    assert [finding.check for finding in audit_folder(folder, known)] == ["names"]


def test_words_that_the_reports_bring_along_are_nobodys(folder: Path) -> None:
    into(PACK, "<p>SRE留学制度の報告</p>")(folder)
    write_manifests(folder)
    known = make_knowledge(
        names={"p05": frozenset({"留学制度"})}, texts={"SRE留学制度の報告": frozenset({"p05"})}
    )
    assert audit_folder(folder, known) == []


def test_name_that_is_a_part_of_a_word_of_the_reports_is_found_alone(folder: Path) -> None:
    known = make_knowledge(names={"p05": frozenset({"Lee"})}, vocabulary=("a fleet of teams",))
    into(PACK, "<p>a fleet</p>")(folder)
    write_manifests(folder)
    assert audit_folder(folder, known) == []
    into(PACK, "<p>Lee</p>")(folder)
    write_manifests(folder)
    assert [finding.check for finding in audit_folder(folder, known)] == ["names"]


def test_aggregate_of_few_is_found_and_a_figure_carried_forward_is_not(folder: Path) -> None:
    few = make_knowledge(people={key: frozenset({"p01", "p02"}) for key in KNOWLEDGE.people})
    assert {finding.check for finding in audit_folder(folder, few)} == {"rows"}
    for document in read_folder(folder).list_publications():
        change(document.name, first_row(notes=["CARRIED:2024-12-31"]))(folder)
    write_manifests(folder)
    assert audit_folder(folder, few) == []


def test_aggregate_of_few_who_are_shown_by_name_may_stand_in_the_owner_s_folder_alone(folder: Path) -> None:
    few: Any = {"people": dict.fromkeys(KNOWLEDGE.people, frozenset({"p03"}))}
    everywhere = {finding.file.split("/")[0] for finding in audit_folder(folder, make_knowledge(**few))}
    known = make_knowledge(**few, named=frozenset(KNOWLEDGE.people))
    left = {finding.file.split("/")[0] for finding in audit_folder(folder, known)}
    assert left == everywhere - {"owner"} < everywhere


def test_reader_counts_as_nobody_else_in_the_readers_own_pack(folder: Path) -> None:
    five = frozenset({"p03", "p05", "p06", "p07", "p08"})
    known = make_knowledge(people=dict.fromkeys(KNOWLEDGE.people, five))
    assert {finding.file.split("/")[0] for finding in audit_folder(folder, known)} == {"graduates"}


def test_numbers_that_a_pack_shows_of_its_reader_are_no_column_of_others(folder: Path) -> None:
    own = [{"measure": "skill.level", "person": "p03", "unit": "level", "value": value} for value in ANSWERS]
    change("graduates/p03/results.json", lambda content: content["measures"].extend(own))(folder)
    draw(PACK, x=ANSWERS)(folder)
    draw(OWNER, x=ANSWERS)(folder)
    write_manifests(folder)
    key = tuple({"measure": "skill.level", "person": "p03", "unit": "level"}.get(name) for name in ROW_KEY)
    known = make_knowledge(kinds={**KNOWLEDGE.kinds, key: frozenset({"skills"})})
    assert [(found.check, found.file) for found in audit_folder(folder, known)] == [("answers", OWNER)]


# --- leaders' sentences -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language", "left"),
    [
        ("判断いただきたいこと", "ja", ""),
        ("卒業生が戻ったチームの自己解決率の差は+13ポイントである。", "ja", ""),
        ("卒業生が戻ったチームの自己解決率の差は噂である。", "ja", "噂である。"),
        ("Of 10 who returned, 1 left the company later.", "en", ""),
        (
            "Of 10 who returned, one was dismissed and left the company later.",
            "en",
            "was dismissed and left",
        ),
        ("They left the company.", "en", "they left the company."),
        ("Aoi approves.", "en", ""),
        ("Aois approve.", "en", "aois approve."),
    ],
)
def test_text_is_made_of_whole_sentences_of_the_reports_and_phrases(
    text: str, language: str, left: str
) -> None:
    assert find_foreign(text, ["aoi", "approves"], language)[: len(left) or 1] == left


def test_approved_words_of_the_owner_may_stand_on_the_leaders_page(folder: Path) -> None:
    words = {"conclusion": {"ja": "2名の派遣を続ける。", "en": ""}}
    into(LEADERS, "<p>2名の派遣を続ける。</p>")(folder)
    write_manifests(folder)
    assert {finding.check for finding in audit_folder(folder)} == {"sentences"}
    change(TOLD, lambda content: content.update(words=words))(folder)
    write_manifests(folder)
    assert audit_folder(folder, make_knowledge(words={"leadership": words})) == []


def test_known_measures_are_those_of_the_document() -> None:
    assert all(
        map(is_measure, ("skill.growth.mentor", "impact.self_resolution.first_graduate", "waiting.done.p90"))
    )
    assert not any(
        map(is_measure, ("skill.growth.salary", "skill", "waiting.never", "skill.growth.mentor.x"))
    )


# --- Markdown -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "checks"),
    [
        ("`https://a.example/x`", []),
        ("``https://a.example/`x``", []),
        ("\\`https://a.example/x`", ["markup"]),
        ("`a` https://a.example/x `b`", ["markup"]),
        ("\\![x](figures/growth.ja.svg)", []),
        ("[x](//a.example)", ["links"]),
        ("[x](javascript:a)", ["links"]),
        ("[x]: https://a.example", ["markup"]),
        ("<https://a.example>", ["markup"]),
        ("<b>a</b>", ["markup", "markup"]),
        ("<!-- a", ["markup"]),
        ("\\<b>a\\</b>", []),
        ("a < b > c", []),
    ],
)
def test_address_in_markdown_is_found_where_it_would_be_a_link(
    folder: Path, line: str, checks: list[str]
) -> None:
    put(MARKDOWN, "\n\n", f"\n\n{line}\n\n")(folder)
    write_manifests(folder)
    assert [finding.check for finding in audit_folder(folder)] == checks


def test_finding_says_its_check_file_and_next_step(folder: Path) -> None:
    into(PACK, f"<p>{OTHER}</p>")(folder)
    write_manifests(folder)
    (finding,) = audit_folder(folder, KNOWLEDGE)
    assert str(finding) == (
        "names: graduates/p03/graduate-pack.ja.html: a name, id, address or account of p05 stands in it; "
        "build the reports again; hand nothing of this folder on"
    )


# --- what is known of a programme ---------------------------------------------------------------------------

MORE = """
[[sources]]
name = "exit"
files = ["exit.csv"]
instrument = "exit"
dates = "ymd"
timezone = "Asia/Tokyo"
[[aliases]]
text = "ichi-s"
kind = "person"
id = "p1"
[[consents]]
person = "p1"
kind = "quotes"
audience = "owner"
given = 2024-06-01
[[consents]]
person = "p1"
kind = "skills"
audience = "owner"
given = 2024-06-01
withdrawn = 2024-07-01
[[approvals]]
person = "p1"
audience = "owner"
text = "依頼が重なる週がつらかった"
given = 2025-06-01
"""


def write_with_answers(folder: Path, *, team: str = "葵") -> Path:
    exit_survey = lines(
        "タイムスタンプ,メールアドレス,一番大変だったこと",
        "2024/06/20 10:00:00,p1@invented.example,依頼が重なる週がつらかった",
    )
    skills = [f"{STEM} [{name}]" for name in SKILLS]
    levels = ["4 応用や判断を任せられる", "2 支援があればできる", "3 定型なら一人でできる"] * 2
    self_survey = lines(
        ",".join(["タイムスタンプ", "メールアドレス", *skills]),
        ",".join(["2024/01/08 10:00:00", "p1@invented.example", *levels]),
    )
    toml = TOML.replace('id = "end"\n', 'id = "end"\nasks = ["skill_self", "exit"]\n', 1) + SURVEY + MORE
    files = {"exit.csv": exit_survey, "survey.csv": self_survey}
    return write_programme(folder, toml.replace('ja = "葵"', f"ja = '{team}'"), files)


def test_knowledge_of_a_programme_is_its_people_words_answers_and_agreements(tmp_path: Path) -> None:
    told = analyse(read_programme(write_with_answers(tmp_path)))
    tables = {**told.cohorts.tables, "reviews": pd.DataFrame({"reviewer": ["p1", "ichi-s", "octo-guest"]})}
    known = know(replace(told, cohorts=replace(told.cohorts, tables=tables)))
    assert known.names["p1"] >= {"p1", "試験 一", "p1@invented.example", "ichi-s"}
    assert known.names[NOBODY_KNOWN] == {"octo-guest"}
    assert known.texts == {"依頼が重なる週がつらかった": {"p1"}}
    assert known.consents == {("p1", "quotes", "owner")}
    assert known.approvals == frozenset(), "given after the day of the data"
    assert known.answers[2.0, 2.0, 3.0, 3.0, 4.0, 4.0] == ({"p1"}, "skills")
    assert known.home_teams == {"p1": {"aoi"}, "p2": {"kaede"}}
    assert {"葵", "小さな制度"} <= set(known.vocabulary)


@pytest.mark.parametrize("team", ["<!--", "/home/deploy/app", r"C:\Users\taro"])
def test_publications_of_a_programme_with_odd_names_pass_the_audit(tmp_path: Path, team: str) -> None:
    told = analyse(read_programme(write_with_answers(tmp_path / "programme", team=team)))
    folder = tmp_path / "reports"
    for edition in (
        Edition(audience="owner"),
        Edition(audience="graduate", person="p1"),
        Edition(audience="leadership"),
    ):
        add(edition.results, told.open_edition(edition).to_json())(folder)
    add(OWNER, make_page(f"<p>{escape(team)}</p>"))(folder)
    add("index.html", make_page("<p>一覧</p>"))(folder)
    write_manifests(folder)
    assert list(map(str, audit_folder(folder, know(told)))) == []


def test_readable_text_of_a_page_is_what_its_reader_sees_or_hears() -> None:
    page = make_page('<p>a<b>b</b> c</p><figure aria-label="d"></figure>', figure=FIGURE)
    text = Document("owner/programme.ja.html", page.encode()).readable
    assert {"ab c", "d", "派遣チーム"} <= set(text)
    assert not any("AAAA" in each for each in text)


# --- the command ------------------------------------------------------------------------------------------


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["audit", *map(str, arguments)])


def test_every_check_is_told_once_as_it_begins(clean: Path) -> None:
    steps: list[Step] = []
    audit_folder(clean, KNOWLEDGE, progress=steps.append)
    names = [*CHECKS, *KNOWING_CHECKS]
    assert steps == [
        Step("audit"),
        *(Step("audit", name=name, done=done, total=len(names)) for done, name in enumerate(names)),
    ]
    steps.clear()
    audit_folder(clean, progress=steps.append)
    assert [step.name for step in steps] == ["", *CHECKS]


def test_command_ends_with_0_for_a_clean_folder_and_1_with_every_finding(folder: Path) -> None:
    clean = run(folder)
    assert (clean.exit_code, clean.stdout) == (0, f"clean: nothing found in {folder}\n")
    into(OWNER, "<!-- draft -->")(folder)
    found = run(folder)
    assert found.exit_code == 1
    assert [line.split(":")[0] for line in found.stdout.splitlines()] == ["manifests", "manifests", "markup"]
    told = json.loads(run(folder, "--json").stdout)
    assert [finding["check"] for finding in told] == ["manifests", "manifests", "markup"]
    assert told[2]["file"] == OWNER


def test_command_with_a_programme_looks_for_its_people(folder: Path, tmp_path: Path) -> None:
    small = write_programme(tmp_path / "small")
    into(PACK, "<p>導き 手</p>")(folder)
    write_manifests(folder)
    assert run(folder).exit_code == 0
    found = run(folder, "--programme", small)
    assert found.exit_code == 1
    assert "of m1 stands in it" in found.output


def test_command_refuses_what_is_no_folder(folder: Path) -> None:
    assert isinstance(run(folder / OWNER).exception, UsageError)
