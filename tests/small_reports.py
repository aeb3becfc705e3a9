"""A small report folder of all audiences, clean, and what an audit knows beside it: to plant leaks in."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat

from rotation_analysis.build.audit.people import Knowledge, key_of
from rotation_analysis.build.pages import render_page
from rotation_analysis.disclosure.publications import Publication
from rotation_analysis.measure_row import MEASURE_COLUMNS, Measure, measure_frame
from rotation_analysis.texts import read_texts
from tests.publications import make_facts, make_publication, make_row, make_stay

OWN, OTHER = "見本 ひかり", "試験 つばさ"
ANSWERS = (4.0, 2.0, 5.0, 1.0, 3.0, 3.0, 2.0)
WORDS = "夜間の呼び出しが続いて、とても疲れていた。"
OWN_WORDS = "相談の順番を決めてから、落ち着いて動けるようになった。"
APPROVED = "監視の設計を任せてもらえたことが、いちばん役に立った。"
LEADERS_SENTENCE = "本人の評価で+0.3〜+0.9段階、メンターの評価で+0.7段階、スキルが伸びた(5段階)。"
GROWTH = make_row("skill.growth.now_minus_start", 0.7, cohort=None, n=9, low=0.3, high=0.9)
OWN_ROW = make_row("skill.growth.mentor", 3.2, person="p03", wave="end")
OTHERS_ROW = make_row("skill.growth.mentor", 3.2, person="p05", wave="end")
LEADERSHIP_FACTS: dict[str, Any] = {
    "stays": [],
    "team_phases": [],
    "account": {},
    "why_nothing_after": {},
    "teams": {},
}


def make_knowledge(**other: Any) -> Knowledge:
    """Two people: p03 consents to everything for the owner and has a text approved, p05 to nothing."""
    known: dict[str, Any] = {
        "k": 5,
        "names": {
            "p03": frozenset({"p03", OWN, "hikari.h@invented.example"}),
            "p05": frozenset({"p05", OTHER, "tsubasa@invented.example", "tsubasa-k", "U0ABC123"}),
        },
        "texts": {WORDS: frozenset({"p05"}), OWN_WORDS: frozenset({"p03"}), APPROVED: frozenset({"p03"})},
        "answers": {tuple(sorted(ANSWERS)): (frozenset({"p05"}), "strain")},
        "consents": frozenset(("p03", kind, "owner") for kind in ("skills", "quotes")),
        "approvals": frozenset({("p03", "owner", APPROVED)}),
        "kinds": {key_of(OWN_ROW): frozenset({"skills"}), key_of(OTHERS_ROW): frozenset({"skills"})},
        "people": {key_of(GROWTH): frozenset(f"p0{n}" for n in range(9))},
        "home_teams": {"p03": frozenset({"aoi"}), "p05": frozenset({"kaede"})},
        "vocabulary": ("葵", "Aoi", "SRE留学制度の報告"),
    }
    return Knowledge(**known | other)


def make_edition(audience: str, *rows: Measure, person: str | None = None, **other: Any) -> Publication:
    """A literal publication of the programme for an audience."""
    facts = other.pop("facts", {"stays": [make_stay("p03", OWN)]})
    return replace(
        make_publication(),
        edition=audience,
        cohort=None,
        person=person,
        measures=measure_frame(rows)[list(MEASURE_COLUMNS)],
        facts=make_facts(**facts),
        **other,
    )


def make_page(*html: str, figure: dict[str, Any] | None = None) -> str:
    """A page as the runner makes it, of these parts and at most one figure."""
    outputs = [nbformat.v4.new_output("display_data", {"text/html": part}) for part in html]
    if figure is not None:
        data = {"application/vnd.plotly.v1+json": figure}
        outputs.append(nbformat.v4.new_output("display_data", data, metadata={"alt": "派遣チーム"}))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", id="c", outputs=outputs)])
    return render_page(notebook, report="programme", title="SRE留学制度の報告", texts=read_texts("ja"))


FIGURE = {"data": [{"type": "scatter", "x": [0.7], "y": ["派遣チーム"]}], "layout": {"height": 200}}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>結論</title><text>結論</text></svg>'


def write_reports(folder: Path) -> Path:
    """A folder in which an audit finds nothing."""
    owner = make_edition("owner", GROWTH)
    cohort = replace(make_edition("owner", GROWTH, OWN_ROW), cohort="3")
    pack = make_edition("graduate", GROWTH, OWN_ROW, person="p03")
    letter = make_edition("home_manager", GROWTH, person="p03")
    leaders = make_edition("leadership", GROWTH, facts=LEADERSHIP_FACTS)
    link = '<p><a href="figures/growth.ja.svg">結論</a></p>'
    home = '<p><a href="../index.html">一覧</a></p>'
    files = {
        "index.html": make_page('<p><a href="owner/programme.ja.html">報告</a></p>'),
        "owner/results.json": owner.to_json(),
        "owner/programme.ja.html": make_page(
            f"<p>{OWN}、{OTHER}</p><p>「{APPROVED}」</p>{home}", figure=FIGURE
        ),
        "owner/cohort-3/results.json": cohort.to_json(),
        "owner/account.json": '{"files": [], "rows": []}',
        "graduates/p03/results.json": pack.to_json(),
        "graduates/p03/graduate-pack.ja.html": make_page(f"<p>{OWN}さん</p><p>{OWN_WORDS}</p>{link}"),
        "graduates/p03/graduate-pack.ja.md": f"# {OWN}さん\n\n![図](figures/growth.ja.svg)\n",
        "graduates/p03/figures/growth.ja.svg": SVG,
        "graduates/p03/records.ja.csv": "日付,題名\r\n2024-02-01,監視の追加\r\n",
        "home-managers/p03/results.json": letter.to_json(),
        "home-managers/p03/letter.ja.html": make_page(f"<p>{OWN}さんについて</p>"),
        "leadership/publication.json": leaders.to_json(),
        "leadership/summary.ja.html": make_page(f"<p>{LEADERS_SENTENCE}</p>", figure=FIGURE),
        "leadership/figures/growth.ja.svg": SVG,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    write_manifests(folder)
    return folder


def write_manifests(folder: Path) -> None:
    """A manifest over everything and one in each audience's folder, of what lies there now."""
    homes = [
        folder / "owner",
        folder / "leadership",
        *folder.glob("graduates/*"),
        *folder.glob("home-managers/*"),
    ]
    for home in (*(home for home in homes if home.is_dir()), folder):
        told = {"inputs": {}} if home == folder or home.name == "owner" else {}
        outputs = {
            path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(home.rglob("*"))
            if path.is_file() and path != home / "manifest.json"
        }
        content = {"version": "1.2.3", "reports": [], "missing": [], "outputs": outputs, **told}
        (home / "manifest.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
