"""An audit finds what is planted in a finished folder, whatever the channel, and nothing in a clean one."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from rotation_analysis import audit, pages
from rotation_analysis.audit import CHECKS, KNOWING_CHECKS, audit_folder, know
from rotation_analysis.audit_knowledge import ROW_KEY
from rotation_analysis.cli import app
from rotation_analysis.errors import UsageError
from rotation_analysis.programme_file import read_programme
from rotation_analysis.retrospective import build_retrospective
from rotation_analysis.steps import Step
from tests.small_programme import STEM, SURVEY, TOML, lines, write_programme
from tests.small_reports import (
    ANSWERS,
    FIGURE,
    LONG_ANSWERS,
    OTHER,
    WORDS,
    make_knowledge,
    make_page,
    write_manifests,
    write_reports,
)
from tests.test_decodings import ALL, TEXTS

OWNER, LETTER = "owner/programme.ja.html", "home-managers/p03/letter.ja.html"
PACK, LEADERS = "graduates/p03/graduate-pack.ja.html", "leadership/summary.ja.html"
MARKDOWN, PICTURE = "graduates/p03/graduate-pack.ja.md", "leadership/figures/growth.ja.svg"
KNOWLEDGE = make_knowledge()
SKILLS = ("OS・プロセス", "データベース", "ネットワーク", "クラウド基盤・IaC", "監視・可観測性", "障害対応")
Plant = Callable[[Path], None]


@pytest.fixture(scope="module", autouse=True)
def _small_pages() -> Iterator[None]:
    """Pages without the two megabytes of plotly.js: no browser opens them here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "_plotly_bundle", lambda: "AAAA")
        yield


@pytest.fixture(scope="module")
def clean(_small_pages: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_reports(tmp_path_factory.mktemp("clean"))


@pytest.fixture
def folder(clean: Path, tmp_path: Path) -> Path:
    """A copy of the clean folder to plant something in."""
    shutil.copytree(clean, tmp_path / "reports")
    return tmp_path / "reports"


def put(name: str, old: str, new: str | bytes) -> Plant:
    """Plants `new` in the place of `old`, which must be there."""

    def plant(folder: Path) -> None:
        data = (folder / name).read_bytes()
        assert old.encode() in data
        fresh = new if isinstance(new, bytes) else new.encode()
        (folder / name).write_bytes(data.replace(old.encode(), fresh, 1))

    return plant


def add(name: str, content: str | bytes = "a") -> Plant:
    """Plants another file."""

    def plant(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return plant


def into(name: str, html: str | bytes) -> Plant:
    """Plants markup at the end of a page's main part."""
    return put(name, "\n</main>", (html if isinstance(html, bytes) else html.encode()) + b"\n</main>")


def draw(name: str, *, layout: dict[str, Any] | None = None, **trace: Any) -> Plant:
    """Plants another figure in a page, as the runner would write it."""
    figure = {"data": [{**FIGURE["data"][0], **trace}], "layout": {**FIGURE["layout"], **(layout or {})}}
    return add(name, make_page("<p>a</p>", figure=figure))


def change(name: str, edit: Callable[[dict[str, Any]], None]) -> Plant:
    """Edits a JSON file."""

    def plant(folder: Path) -> None:
        content = json.loads((folder / name).read_text(encoding="utf-8"))
        edit(content)
        (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    return plant


def first_row(**cells: Any) -> Callable[[dict[str, Any]], None]:
    return lambda content: content["measures"][0].update(cells)


def binary(values: tuple[float, ...]) -> dict[str, str]:
    return {"dtype": "f8", "bdata": base64.b64encode(np.array(values).tobytes()).decode()}


def remove(name: str) -> Plant:
    return lambda folder: (folder / name).unlink()


HASHES = [hashlib.new(name, OTHER.encode()).hexdigest() for name in ("md5", "sha1", "sha256")]
CHANNELS: dict[str, tuple[Plant, set[str]]] = {  # what is planted → the checks that find it
    # identities in a page
    "a name": (into(LEADERS, f"<p>{OTHER}</p>"), {"names"}),
    "a name the other way round": (into(PACK, "<p>つばさ 試験</p>"), {"names"}),
    "a name without its space": (into(PACK, "<p>試験つばさ</p>"), {"names"}),
    "a name over two lines": (into(LETTER, "<p>試験\nつばさ</p>"), {"names"}),
    "an id": (into(LEADERS, "<p>p05</p>"), {"names"}),
    "an address": (into(PACK, "<p>Tsubasa@Invented.example</p>"), {"names"}),
    "an alias": (into(PACK, "<p>@tsubasa-k:</p>"), {"names"}),
    "an account": (into(LETTER, "<p>U0ABC123</p>"), {"names"}),
    **{f"a hash of {len(text)}": (into(PACK, f"<p>{text}</p>"), {"names"}) for text in HASHES},
    "a name in Markdown": (put(MARKDOWN, "\n\n", f"\n\n試験\\_つばさ {OTHER}\n\n"), {"names"}),
    "a name in a table": (put("graduates/p03/records.ja.csv", "監視の追加", f"{OTHER}の相談"), {"names"}),
    "a name in a picture": (put(PICTURE, "図", OTHER), {"names"}),
    "a name in a publication": (change("graduates/p03/results.json", first_row(label=OTHER)), {"names"}),
    "a name in a file's name": (add("leadership/tsubasa-k.md"), {"names"}),
    "a surname typed for leaders": (
        change(
            "leadership/publication.json", lambda c: c.update(words={"conclusion": "つばささんが続ける。"})
        ),
        {"typed"},
    ),
    # words and answers
    "words not approved": (into(OWNER, f"<p>「{WORDS}」</p>"), {"words"}),
    "words cut off": (into(LEADERS, f"<p>「{WORDS[:17]}…」</p>"), {"words"}),
    "words of somebody else in a pack": (into(PACK, f"<p>{WORDS}</p>"), {"words"}),
    "a raw column of a box": (draw(OWNER, type="box", y=binary(ANSWERS)), {"figures", "answers"}),
    "a raw column of a histogram": (draw(OWNER, type="histogram", x=binary(ANSWERS)), {"figures", "answers"}),
    "a raw column of a violin": (draw(OWNER, type="violin", y=list(ANSWERS)), {"figures", "answers"}),
    "a raw column turned round": (draw(OWNER, customdata=ANSWERS[::-1]), {"answers"}),
    "a long column, sorted": (draw(OWNER, customdata=sorted(LONG_ANSWERS)), {"answers"}),
    "a long column within another": (draw(PACK, y=[*LONG_ANSWERS, 9]), {"answers"}),
    "a column in any order to leaders": (draw(LEADERS, customdata=sorted(ANSWERS)), {"answers"}),
    "answers as text": (into(PACK, "<p>4, 2, 5, 1, 3, 3, 2</p>"), {"answers"}),
    "answers in meta": (draw(OWNER, meta=list(ANSWERS)), {"figures", "answers"}),
    # what plotly keeps and does not show
    "a name in customdata": (draw(PACK, customdata=[OTHER]), {"names"}),
    "a name in a hover text": (draw(PACK, hovertemplate=f"{OTHER}<extra></extra>"), {"names"}),
    "ids of a trace": (draw(PACK, ids=["a"]), {"figures"}),
    "a map": (draw(PACK, type="choropleth"), {"figures"}),
    "a map in a layout": (draw(PACK, layout={"geo": {}}), {"figures"}),
    "no figure at all": (put(OWNER, '{"data":', '{"date":'), {"figures"}),
    # the machine
    "a notebook": (add("leadership/summary.ipynb", '{"cells": [], "nbformat": 4}'), {"places", "metadata"}),
    "a cache": (add("leadership/.ipynb_checkpoints/summary.json", "{}"), {"places"}),
    "an unknown folder": (add("everybody/summary.html", make_page("<p>a</p>")), {"places"}),
    "a broken file of data": (add("owner/account.json", "{"), {"places"}),
    "parameters": (into(LETTER, "<p># Parameters</p>"), {"metadata"}),
    "a path": (into(OWNER, "<p>/home/somebody/programme.toml</p>"), {"metadata"}),
    "a path of Windows": (into(OWNER, r"<p>C:\Users\somebody</p>"), {"metadata"}),
    "a traceback": (into(OWNER, "<p>Traceback (most recent call last)</p>"), {"metadata"}),
    "a time": (
        change("owner/results.json", lambda c: c["facts"].update(made="2025-04-01T09:30:00")),
        {"metadata"},
    ),
    "a comment": (into(LETTER, "<!-- draft -->"), {"metadata"}),
    "a hidden attribute": (into(LETTER, '<p data-who="x">a</p>'), {"metadata"}),
    "a generator": (put(LETTER, "<title>", '<meta name="author" content="x"><title>'), {"metadata"}),
    "metadata of a picture": (put(PICTURE, "<title>", "<metadata>x</metadata><title>"), {"metadata"}),
    "inputs in a reader's manifest": (lambda folder: None, {"metadata"}),
    # the network
    "a picture from elsewhere": (into(PACK, '<img src="//a.example/x.png">'), {"network"}),
    "a link to elsewhere": (into(PACK, '<a href="https://a.example">a</a>'), {"network"}),
    "a style that loads": (into(PACK, '<p style="background: u\\72l(//a.example)">a</p>'), {"network"}),
    "a style sheet that loads": (put(PACK, "<style>", "<style>@import 'x.css';"), {"network"}),
    "a form": (into(PACK, "<form></form>"), {"network"}),
    "a frame": (into(PACK, '<iframe srcdoc="a"></iframe>'), {"network", "links"}),
    "a picture in Markdown": (put(MARKDOWN, "\n\n", "\n\n![x](http://a.example/x.png)\n\n"), {"network"}),
    "a link in Markdown": (put(MARKDOWN, "\n\n", "\n\nwww.a.example\n\n"), {"network"}),
    "a picture within a picture": (
        put(PICTURE, "<text>", '<image href="http://a.example"/><text>'),
        {"network"},
    ),
    # scripts and links
    "a script": (into(PACK, "<script>alert(1)</script>"), {"scripts"}),
    "a script of a picture": (put(PICTURE, "<text>", "<script>a</script><text>"), {"scripts"}),
    "a handler": (into(PACK, '<p onclick="a()">a</p>'), {"scripts"}),
    "a link that is a script": (into(PACK, '<a href="javascript:a()">a</a>'), {"scripts", "network"}),
    "another policy": (put(PACK, "default-src &#39;none&#39;", "default-src *"), {"scripts"}),
    "no policy": (put(PACK, '<meta http-equiv="Content-Security-Policy"', "<meta"), {"scripts"}),
    "a link out of the folder": (into(PACK, '<a href="../../owner/programme.ja.html">a</a>'), {"links"}),
    "a link to nothing": (into(PACK, '<a href="records.csv">a</a>'), {"links"}),
    # numbers and rows
    "a number of nobody's": (into(LEADERS, "<p>41.5%</p>"), {"numbers"}),
    "a number in a leaders' picture": (put(PICTURE, "0.7", "41.5"), {"numbers"}),
    "a number drawn": (draw(LEADERS, y=[0.47]), {"numbers"}),
    "a mean that is not rounded": (change("owner/results.json", first_row(value=0.7123)), {"editions"}),
    "a hidden number": (change("owner/results.json", first_row(verdict="hidden")), {"editions"}),
    "stays told to leaders": (
        change("leadership/publication.json", lambda c: c["facts"].update(team_phases=[{"team": "x"}])),
        {"editions"},
    ),
    "the publication of another": (
        change("graduates/p03/results.json", lambda c: c.update(edition="owner")),
        {"editions"},
    ),
    "a person without consent": (
        change("owner/cohort-3/results.json", lambda c: c["measures"][1].update(person="p05")),
        {"rows"},
    ),
    "a number about a person that nobody measured": (
        change("owner/cohort-3/results.json", lambda c: c["measures"][1].update(measure="skill.other")),
        {"rows"},
    ),
    "a team's number": (change("graduates/p03/results.json", first_row(team="kaede")), {"rows"}),
    "a file that was changed": (into(OWNER, "<p>a</p>"), {"manifests"}),
    "a file that is missing": (remove(PICTURE), {"manifests"}),
    "a file that is too many": (add("owner/other.md"), {"manifests"}),
    "no manifest": (remove("leadership/manifest.json"), {"manifests"}),
}
UNLISTED = {name for name, (_, checks) in CHANNELS.items() if checks == {"manifests"}}


def plant(folder: Path, name: str) -> None:
    CHANNELS[name][0](folder)
    if name not in UNLISTED:
        write_manifests(folder)
    if name == "inputs in a reader's manifest":
        change("leadership/manifest.json", lambda content: content.update(inputs={"a.csv": "0"}))(folder)
        hashed = hashlib.sha256((folder / "leadership/manifest.json").read_bytes()).hexdigest()
        change("manifest.json", lambda c: c["outputs"].update({"leadership/manifest.json": hashed}))(folder)


def test_nothing_is_found_in_a_clean_folder_or_in_any_audiences_own(clean: Path) -> None:
    assert audit_folder(clean, KNOWLEDGE) == []
    for home in ("owner", "leadership", "graduates/p03", "home-managers/p03"):
        assert audit_folder(clean / home, KNOWLEDGE) == []


@pytest.mark.parametrize("name", CHANNELS)
def test_leak_is_found_by_the_checks_that_look_for_it_and_by_no_other(folder: Path, name: str) -> None:
    plant(folder, name)
    findings = audit_folder(folder, KNOWLEDGE)
    assert {finding.check for finding in findings} == CHANNELS[name][1], "\n".join(map(str, findings))
    assert all(finding.what and finding.next_step and finding.file for finding in findings)


@pytest.mark.parametrize("check", [*audit.CHECKS, *audit.KNOWING_CHECKS])
def test_every_check_is_needed(folder: Path, check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = next(name for name, (_, checks) in CHANNELS.items() if checks == {check})
    plant(folder, name)
    for registry in ("CHECKS", "KNOWING_CHECKS"):
        left = {key: value for key, value in getattr(audit, registry).items() if key != check}
        monkeypatch.setattr(audit, registry, left)
    assert audit_folder(folder, KNOWLEDGE) == [], f"{name} is found without {check}, too"


@pytest.mark.parametrize("wrapping", ALL)
@pytest.mark.parametrize("outer", ["as it is", "entities", "base64"])
def test_name_in_any_wrapping_is_found_in_a_leaders_page(folder: Path, wrapping: str, outer: str) -> None:
    data = ALL[wrapping](OTHER.encode())
    if wrapping not in TEXTS:
        data = base64.b64encode(data)
    into(LEADERS, b"<p>" + TEXTS[outer](data) + b"</p>")(folder)
    write_manifests(folder)
    assert "names" in {finding.check for finding in audit_folder(folder, KNOWLEDGE)}


def test_aggregate_of_few_is_found_and_a_figure_carried_forward_is_not(folder: Path) -> None:
    few = make_knowledge(people={key: frozenset({"p01", "p02"}) for key in KNOWLEDGE.people})
    assert {finding.check for finding in audit_folder(folder, few)} == {"rows"}
    for path in folder.rglob("*.json"):
        if path.name in ("results.json", "publication.json"):
            change(str(path.relative_to(folder)), first_row(notes=["CARRIED:2024-12-31"]))(folder)
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
    draw(PACK, y=ANSWERS)(folder)
    draw(OWNER, y=ANSWERS)(folder)
    write_manifests(folder)
    key = tuple({"measure": "skill.level", "person": "p03", "unit": "level"}.get(name) for name in ROW_KEY)
    known = make_knowledge(kinds={**KNOWLEDGE.kinds, key: frozenset({"skills"})})
    assert [(found.check, found.file) for found in audit_folder(folder, known)] == [("answers", OWNER)]


def test_month_of_a_day_in_the_publication_is_a_number_of_it(folder: Path) -> None:
    draw(LEADERS, x=["2025-03"])(folder)
    write_manifests(folder)
    assert audit_folder(folder) == []
    draw(LEADERS, x=["2025-02"])(folder)
    write_manifests(folder)
    assert [found.check for found in audit_folder(folder)] == ["numbers"]


def test_names_may_stand_in_own_words_and_where_the_report_says_by_whom_it_is(folder: Path) -> None:
    own = f"{OTHER}さんに教わった通りに調べた。"
    into(PACK, f"<p>{own}</p>")(folder)
    into(LETTER, f"<p>報告者: {OTHER}</p>")(folder)
    told = {"sender": {"ja": f"報告者: {OTHER}", "en": ""}}
    change("home-managers/p03/results.json", lambda content: content.update(words=told))(folder)
    write_manifests(folder)
    texts = {**KNOWLEDGE.texts, own: frozenset({"p03"})}
    assert audit_folder(folder, make_knowledge(texts=texts)) == []
    into(PACK, f"<p>{OTHER}</p>")(folder)
    write_manifests(folder)
    assert [finding.check for finding in audit_folder(folder, make_knowledge(texts=texts))] == ["names"]


def test_words_that_the_reports_bring_along_are_nobodys(folder: Path) -> None:
    into(LEADERS, "<p>SRE留学制度の報告</p>")(folder)
    write_manifests(folder)
    told = {
        "names": {"p05": frozenset({"p05", "留学制度"})},
        "texts": {"SRE留学制度の報告": frozenset({"p05"})},
    }
    assert audit_folder(folder, make_knowledge(**told)) == []


@pytest.mark.parametrize(
    ("line", "checks"),
    [
        ("`https://a.example/x`", []),
        ("``https://a.example/`x``", []),
        ("\\`https://a.example/x`", ["network"]),
        ("`a` https://a.example/x `b`", ["network"]),
        ("\\![x](figures/growth.ja.svg)", []),
        ("[x](//a.example)", ["network"]),
        ("[x]: https://a.example", ["network"]),
        ("<https://a.example>", ["network"]),
        ("<b>a</b>", ["network", "network"]),
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


def test_link_in_the_folder_is_a_finding(folder: Path) -> None:
    (folder / "leadership" / "all.html").symlink_to(folder / OWNER)
    assert "places" in {finding.check for finding in audit_folder(folder)}


def test_axis_of_a_leaders_picture_may_have_round_numbers(folder: Path) -> None:
    ticks = "".join(f"<text>{n}%</text>" for n in (20, 40, 60, 80))
    put(PICTURE, "<text>", f"{ticks}<text>")(folder)
    write_manifests(folder)
    assert audit_folder(folder) == []
    put(PICTURE, "<text>", "<text>37%</text><text>")(folder)
    write_manifests(folder)
    assert "37 stands" in "".join(finding.what for finding in audit_folder(folder))


def test_finding_says_its_check_file_place_and_next_step(folder: Path) -> None:
    into(LEADERS, f"<p>{OTHER}</p>")(folder)
    write_manifests(folder)
    (finding,) = audit_folder(folder, KNOWLEDGE)
    assert str(finding) == (
        "names: leadership/summary.ja.html (utf-8): a name, id, address or account of p05 stands in it; "
        "build the reports again; hand nothing of this folder on"
    )


# --- what is known of a programme ---------------------------------------------------------------------------

PULSE = """
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


def test_knowledge_of_a_programme_is_its_people_words_answers_and_agreements(tmp_path: Path) -> None:
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
    toml = TOML.replace('id = "end"\n', 'id = "end"\nasks = ["skill_self", "exit"]\n', 1) + SURVEY + PULSE
    files = {"exit.csv": exit_survey, "survey.csv": self_survey}
    known = know(build_retrospective(read_programme(write_programme(tmp_path, toml, files))))
    assert known.names["p1"] == {"p1", "試験 一", "p1@invented.example", "ichi-s"}
    assert known.texts == {"依頼が重なる週がつらかった": {"p1"}}
    assert known.consents == {("p1", "quotes", "owner")}
    assert known.approvals == frozenset(), "given after the day of the data"
    (numbers,) = known.numbers
    assert (numbers.people, numbers.kind, numbers.values) == ({"p1"}, "skills", (4, 2, 3, 4, 2, 3))
    assert known.home_teams == {"p1": {"aoi"}, "p2": {"kaede"}}
    assert {"葵", "小さな制度"} <= set(known.vocabulary)


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
    assert [line.split(":")[0] for line in found.stdout.splitlines()] == [
        "manifests",
        "manifests",
        "metadata",
    ]
    told = json.loads(run(folder, "--json").stdout)
    assert [finding["check"] for finding in told] == ["manifests", "manifests", "metadata"]
    assert told[2]["file"] == OWNER


def test_command_with_a_programme_looks_for_its_people(folder: Path, tmp_path: Path) -> None:
    small = write_programme(tmp_path / "small")
    into(LEADERS, "<p>導き 手</p>")(folder)
    write_manifests(folder)
    assert run(folder).exit_code == 0
    found = run(folder, "--programme", small)
    assert found.exit_code == 1
    assert "of m1 stands in it" in found.output


def test_command_refuses_what_is_no_folder(folder: Path) -> None:
    assert isinstance(run(folder / OWNER).exception, UsageError)
