"""The reports of a whole programme: every file of the contract, the same bytes anywhere, all or nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rotation_analysis import cli
from rotation_analysis.build import assembly, making, planning
from rotation_analysis.build.folder import hash_file
from rotation_analysis.build.notebooks.notebook_files import find_notebooks
from rotation_analysis.build.notebooks.running import ExecutedNotebook, NotebookFailed
from rotation_analysis.build.planning import REPORTS, MissingOutput, ReportSpec, Selection
from rotation_analysis.build.report import build_reports
from rotation_analysis.cohorts import phases
from rotation_analysis.disclosure import facts
from rotation_analysis.disclosure.facts import hash_plan
from rotation_analysis.disclosure.publications import AUDIENCE_FOLDERS
from rotation_analysis.errors import UsageError, UserError
from rotation_analysis.measure_row import MEASURE_COLUMNS
from rotation_analysis.programme.file import read_programme
from rotation_analysis.programme.policy import RULES
from rotation_analysis.progress_events import Step
from tests.builds import contents, read_once
from tests.publications import reports_about
from tests.small_programme import (
    BACKLOG,
    BACKLOG_HEADER,
    INCIDENTS,
    PAGERDUTY_HEADER,
    SURVEY,
    TOML,
    backlog_row,
    lines,
    replace_once,
    survey,
    write_programme,
)

ROOT = Path(__file__).parents[2]
FILES: dict[str, str | bytes] = {
    "survey.csv": survey(
        ("2024/01/10 10:00:00", "p1@invented.example", "2 支援があればできる"),
        ("2024/07/01 10:00:00", "p1@invented.example", "4 非定型でも判断できる"),
    ),
    "backlog.csv": lines(
        BACKLOG_HEADER,
        *(backlog_row(f"A-{n}", team=("葵", "楓")[n % 2], doer="試験 一") for n in range(1, 7)),
        backlog_row("A-7", team="よその部署"),
        backlog_row("", title="鍵のない題"),
        backlog_row("A-8", created="きのうの昼"),
    ),
    "pagerduty.csv": lines(
        PAGERDUTY_HEADER, "1,2024-03-01T10:00:00+09:00,2024-03-01T11:00:00+09:00,aoi,試験 一"
    ),
}
NAMES = {"p1": "試験 一", "p2": "試験 二"}
COHORT_REPORTS = reports_about("cohort")
SPECS = [
    ReportSpec(notebook=notebook, language=language, **about)
    for about, notebooks in (
        ({}, reports_about("programme")),
        ({"cohort": "1"}, COHORT_REPORTS),
        ({"cohort": "2"}, COHORT_REPORTS),
        ({"person": "p1"}, reports_about("graduate", "person")),
        ({"person": "p2"}, reports_about("person")),  # still there: nobody to write a letter to
    )
    for notebook in notebooks
    for language in ("en", "ja")
]
PAGES = {spec.path for spec in SPECS}
# two machines: local days differ at every instant, so do hash order, encoding, user, folders and workers
MACHINES = (
    ("here", "1", {"PYTHONHASHSEED": "1", "TZ": "Etc/GMT+12", "LC_ALL": "C", "LANG": "C",
                   "USER": "userhere"}),
    ("there", "4", {"PYTHONHASHSEED": "2", "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8",
                    "LANG": "ja_JP.UTF-8", "USER": "userthere", "PYTHONUTF8": "1"}),
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("in_process", "same_state_read_once")


@pytest.fixture(scope="module")
def same_state_read_once() -> Iterator[None]:
    """Builds in this process; `built` has processes of its own, which read by themselves."""
    with pytest.MonkeyPatch.context() as patch:
        read_once(patch)
        yield


def read_json(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def own_text(page: bytes) -> str:
    """A page without plotly.js, the only thing in it that is not ours."""
    return re.sub(r'<script type="text/plain".*?</script>', "", page.decode("utf-8"), flags=re.S)


def without_links(page: bytes) -> str:
    """A page without the links to others, of which a narrowed build in a folder of its own has fewer."""
    text = re.sub(r"<nav.*?</nav>", "", own_text(page), flags=re.S)
    return re.sub(r'<a href="[^"#]+">(.*?)</a>', r"\1", text)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The small programme's reports, built by two processes on machines as different as may be."""
    root = tmp_path_factory.mktemp("machines")
    processes = {}
    for name, jobs, environment in MACHINES:
        write_programme(root / name / "small", TOML + SURVEY + BACKLOG + INCIDENTS, FILES)
        words = ["report", "small", "--out", f"reports-{name}", "--jobs", jobs]
        processes[name] = subprocess.Popen(
            [sys.executable, "-m", "rotation_analysis.cli", *words],
            cwd=root / name,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
    ends = [(process.communicate()[1], process.returncode) for process in processes.values()]
    assert [code for _, code in ends] == [0, 0], ends
    return {name: root / name / f"reports-{name}" for name in processes}


@pytest.fixture(scope="module")
def good(built: dict[str, Path]) -> Path:
    """One of the finished folders; not to be changed."""
    return built["here"]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The programme of `good`, in a folder of its own."""
    return write_programme(tmp_path / "small", TOML + SURVEY + BACKLOG + INCIDENTS, FILES)


@pytest.fixture
def out(good: Path, tmp_path: Path) -> Path:
    """A copy of the finished folder to build over."""
    return Path(shutil.copytree(good, tmp_path / "out"))


@pytest.fixture
def no_notebooks(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_all(*_: object, **__: object) -> None:
        raise AssertionError("a notebook was run")

    monkeypatch.setattr(assembly, "run_all", run_all)


def edit_notebook(
    folder: Path, name: str, *changes: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notebooks, copied to `folder`, with cells of one of them changed."""
    shutil.copytree(find_notebooks(), folder)
    path = folder / f"{name}.ipynb"
    path.write_text(replace_once(path.read_text(encoding="utf-8"), *changes), encoding="utf-8")
    monkeypatch.setattr(planning, "find_notebooks", lambda: folder)


# --- a finished folder ------------------------------------------------------------------------------------


def test_a_report_folder_holds_what_the_contract_names_and_nothing_else(good: Path) -> None:
    assert set(contents(good)) == PAGES | {
        "index.html",
        "manifest.json",
        "owner/manifest.json",
        "owner/account.json",
        "owner/results.json",
        "owner/cohort-1/results.json",
        "owner/cohort-2/results.json",
        "owner/policy.en.html",
        "owner/policy.en.md",
        "owner/policy.ja.html",
        "owner/policy.ja.md",
        "leadership/manifest.json",
        "leadership/publication.json",
        "home-managers/p1/manifest.json",
        "home-managers/p1/results.json",
        *(
            f"graduates/{person}/{name}"
            for person in ("p1", "p2")
            for name in (
                "manifest.json",
                "results.json",
                "graduate-pack.en.md",
                "graduate-pack.ja.md",
                "records.en.csv",
                "records.ja.csv",
            )
        ),
    }


def test_two_machines_write_the_same_bytes(built: dict[str, Path]) -> None:
    here, there = contents(built["here"]), contents(built["there"])
    assert [name for name in here if here[name] != there.get(name)] == []
    assert set(here) == set(there)


def test_no_output_tells_clock_machine_user_or_folder(good: Path) -> None:
    now = datetime.now(UTC)
    host = re.escape(socket.gethostname())
    told = re.compile(
        rf"{now:%Y-%m}|{now:%Y}年|userhere|(?<![\w.-]){host}(?![\w.-])"
        rf"|{re.escape(str(ROOT))}|{re.escape(str(good.parent))}|reports-here|(?<![\w<])/(?:tmp|home|root|Users)/"
    )
    found = {name: told.findall(own_text(content)) for name, content in contents(good).items()}
    assert {name: words for name, words in found.items() if words} == {}


def test_manifests_hash_every_input_notebook_and_output(good: Path, small: Path) -> None:
    whole, owner = read_json(good, "manifest.json"), read_json(good, "owner/manifest.json")
    assert whole["inputs"] == {
        path.name: hash_file(path) for path in sorted(small.iterdir(), key=lambda path: path.name)
    }
    assert whole["programme"] == whole["inputs"]["programme.toml"]
    assert whole["notebooks"] == {
        f"{name}.ipynb": hash_file(find_notebooks() / f"{name}.ipynb") for name in REPORTS
    }
    assert whole["plan"] == hash_plan(read_programme(small))
    assert whole["missing"] == []
    assert [{key: item[key] for key in ("path", "notebook", "parameters")} for item in whole["reports"]] == [
        {"path": spec.path, "notebook": spec.notebook, "parameters": spec.parameters}
        for spec in sorted(SPECS, key=lambda spec: list(AUDIENCE_FOLDERS).index(spec.edition.audience))
    ]
    files = [name for item in whole["reports"] for name in item["files"]]
    beside = {"index.html", "owner/account.json"} | {name for name in whole["outputs"] if "policy" in name}
    data = {
        name
        for name in whole["outputs"]
        if Path(name).name.startswith(("results", "records", "publication", "manifest"))
    }
    assert sorted(files) == sorted(whole["outputs"].keys() - beside - data)  # each file is one report's
    assert len({item["made_of"] for item in whole["reports"]}) == len(SPECS)
    for folder in ("", "owner", "leadership", "graduates/p1", "graduates/p2", "home-managers/p1"):
        manifest = read_json(good / folder, "manifest.json")
        hashes = {name: hash_file(good / folder / name) for name in contents(good / folder)}
        del hashes["manifest.json"]
        assert manifest["outputs"] == hashes
        prefix = f"{folder}/" if folder else ""
        inside = [item["path"] for item in whole["reports"] if item["path"].startswith(prefix)]
        assert [f"{prefix}{item['path']}" for item in manifest["reports"]] == inside
        if folder:
            assert {key for item in manifest["reports"] for key in item} == {"path", "notebook", "parameters"}
        if folder not in ("", "owner"):  # the bytes of what is handed on depend on nothing but what is in it
            assert set(manifest) == {"version", "reports", "missing", "outputs"}
    assert {**owner, "reports": [], "outputs": {}} == {**whole, "reports": [], "outputs": {}}


@pytest.mark.parametrize("cohort", ["1", "2", None])
def test_results_hold_the_measures_of_their_cohort(good: Path, cohort: str | None) -> None:
    folder = "owner" if cohort is None else f"owner/cohort-{cohort}"
    results = read_json(good, f"{folder}/results.json")
    told = (results["edition"], results["cohort"], results["as_of"], results["programme"])
    assert told == ("owner", cohort, "2024-12-31", read_json(good, "manifest.json")["programme"])
    assert results["measures"]
    assert {tuple(row) for row in results["measures"]} == {MEASURE_COLUMNS}
    beside = {row["measure"] for row in results["measures"] if row["cohort"] not in (cohort, None)}
    assert beside <= {*RULES["owner"].beside}
    assert cohort or {row["person"] for row in results["measures"]} == {None}


def test_the_account_names_positions_and_never_a_value(good: Path) -> None:
    account = read_json(good, "owner/account.json")
    for file in account["files"]:
        left = sum(file["set_aside"].values()) + sum(file["refused"].values())
        assert file["read"] == file["used"] + left
    rows = [
        (row["file"], row["row"], row["column"], row["outcome"], row["reason"]) for row in account["rows"]
    ]
    assert rows == [
        ("backlog.csv", 8, None, "set_aside", "other_team"),
        ("backlog.csv", 9, "キー", "refused", "missing_key"),
        ("backlog.csv", 10, "登録日", "cell", "bad_date"),
    ]
    assert {tuple(row) for row in account["rows"]} == {
        ("file", "sheet", "row", "column", "outcome", "reason")
    }
    everything = b"".join(contents(good).values()).decode("utf-8")
    for value in ("よその部署", "鍵のない題", "きのうの昼"):
        assert value not in everything


@pytest.mark.parametrize("name", sorted({*PAGES, "index.html"}))
def test_a_page_is_self_contained_under_a_policy_and_shows_no_code(good: Path, name: str) -> None:
    text = own_text((good / name).read_bytes())
    assert 'Content-Security-Policy" content="default-src &#39;none&#39;' in text
    assert re.findall(r"https?:|//cdn|@import|url\(|src=|<iframe", text) == []
    assert set(re.findall(r"<link[^>]*>", text)) <= {'<link rel="icon" href="data:,">'}
    assert re.findall(r"open_report|report\[|publication=|Traceback|In \[|Section\(", text) == []
    assert text.count("<h1") == (2 if name == "index.html" else 1)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.path)
def test_a_page_is_about_its_cohort_in_its_language(good: Path, spec: ReportSpec) -> None:
    text = own_text((good / spec.path).read_bytes())
    assert f'<html lang="{spec.language}">' in text
    of_all = {"ja": "これまでの2期", "en": "2 cohorts"}
    of_one = {"ja": f"第{spec.cohort}期", "en": f"cohort {spec.cohort}"}
    (head,) = re.findall(r"<header.*?</header>", text, re.S)
    if spec.edition.audience == "owner":
        assert (of_one if spec.cohort else of_all)[spec.language].casefold() in head.casefold()
    named = {name for name in NAMES.values() if name in text}  # nobody agreed to be shown to the owner
    assert named == ({NAMES[spec.person]} if spec.person else set())


def test_the_index_leads_to_every_page_once_and_to_the_accounts(good: Path) -> None:
    links = re.findall(r'<a href="([^"]*)"', (good / "index.html").read_text(encoding="utf-8"))
    pages = [link for link in links if link.endswith(".html") and "policy" not in link]
    assert sorted(pages) == sorted(PAGES)
    assert links[0] == "owner/programme.ja.html"
    policies = {f"owner/policy.{language}.html" for language in ("en", "ja")}
    assert set(links) - PAGES == {"owner/account.json", "manifest.json", *policies}


# --- what fails -------------------------------------------------------------------------------------------

ASKED = r"report[\"asked\"]"
BROKEN = "chart = 1 / 0"  # more than an expression: other cells might need it


def test_a_notebook_that_fails_is_named_and_the_other_reports_stand(
    small: Path, good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_notebook(tmp_path / "own", "workload", (ASKED, BROKEN), monkeypatch=monkeypatch)
    some = Selection(notebooks=("workload", "team_impact"), cohorts=("1",), languages=("ja",))
    result = build_reports(small, tmp_path / "out", selection=some)
    (gap,) = result.missing
    assert (gap.report, gap.section) == ("owner/cohort-1/workload.ja.html", "")
    assert gap.told == f"workload.ipynb, code cell 4 ({BROKEN}): ZeroDivisionError: division by zero"
    assert [other.path for other in result.reports] == ["owner/cohort-1/team-impact.ja.html"]
    made = contents(tmp_path / "out")
    pages = {name for name in made if name.endswith("ja.html")}
    assert pages == {"owner/cohort-1/team-impact.ja.html", "owner/policy.ja.html"}
    page = "owner/cohort-1/team-impact.ja.html"
    assert without_links(made[page]) == without_links(contents(good)[page])
    assert "workload.ja.html" not in re.findall(r'href="([^"]*)"', made["index.html"].decode("utf-8"))
    manifest = read_json(tmp_path / "out", "manifest.json")
    assert manifest["missing"] == [
        {"report": gap.report, "reason": "workload.ipynb, code cell 4: ZeroDivisionError"}
    ]
    assert [item["path"] for item in manifest["reports"]] == ["owner/cohort-1/team-impact.ja.html"]


@pytest.mark.parametrize(
    ("notebook", "cell", "page", "said"),
    [
        (
            "workload",
            r"report[\"asked\"]",
            "owner/cohort-1/workload.ja.html",
            "何も示せない。",
        ),
        (
            "leadership_summary",
            r"report[\"parties\"]",
            "leadership/summary.en.html",
            "part that could not be made",
        ),
        (
            "graduate_pack",
            r"report[\"done\"]",
            "graduates/p1/graduate-pack.ja.html",
            "何も示せません。",
        ),
    ],
)
def test_one_broken_part_is_a_labelled_gap_and_the_rest_of_the_page_stands(
    small: Path,
    good: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    notebook: str,
    cell: str,
    page: str,
    said: str,
) -> None:
    # a section that fails with an error whose text holds a person's name and words
    fails = (
        "report = open",
        "broken = type('', (), {'__getitem__': lambda *_: int('試験 二の答え')})(); report = open",
    )
    edit_notebook(
        tmp_path / "own", notebook, fails, (cell, cell.replace("report", "broken")), monkeypatch=monkeypatch
    )
    language = page.rsplit(".", 2)[1]
    persons = ("p1",) if notebook == "graduate_pack" else ()
    cohorts = ("1",) if notebook == "workload" else ()
    some = ["--notebook", notebook, "--language", language]
    some += [word for person in persons for word in ("--person", person)]
    some += [word for cohort in cohorts for word in ("--cohort", cohort)]
    run = CliRunner().invoke(cli.app, ["report", str(small), "--out", str(tmp_path / "out"), *some])
    assert run.exit_code == 3, run.output
    assert f"MISSING  {tmp_path / 'out' / page}" in run.stdout
    assert "試験 二の答え" in run.stdout  # the terminal has the error as it is
    manifest = read_json(tmp_path / "out", "manifest.json")
    ((where, section, reason),) = ((g["report"], g["section"], g["reason"]) for g in manifest["missing"])
    assert f'"{section}' in cell.replace("\\", "")
    assert where == page
    assert reason.endswith(": ValueError")
    text = own_text((tmp_path / "out" / page).read_bytes())
    assert said in text
    asked = re.findall(r"<h[12]>(.*?)</h[12]>", own_text((good / page).read_bytes()))
    gone = [number for number, head in enumerate(asked) if f">{head}</h" not in text]
    assert gone == list(range(gone[0], gone[-1] + 1))  # what one cell shows, and nothing else
    assert len(gone) < len(asked) / 2
    others = contents(tmp_path / "out")
    assert not [name for name, data in others.items() if "試験 二の答え".encode() in data]
    if notebook == "graduate_pack":
        assert said in others[page.replace(".html", ".md")].decode("utf-8")


def test_a_report_with_a_gap_is_made_again_and_the_gap_goes(
    small: Path, good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = Selection(notebooks=("workload",), cohorts=("1",))
    make = assembly.make_report

    def leave_gap(spec: ReportSpec, **given: Any) -> making.RenderedReport:
        gap = MissingOutput(report=spec.path, section="asked", reason="KeyError", told="KeyError: x")
        return replace(make(spec, **given), gaps=(gap,))

    with monkeypatch.context() as patched:
        patched.setattr(assembly, "make_report", leave_gap)
        first = build_reports(small, tmp_path / "out", selection=some)
    assert [(gap.section, gap.reason) for gap in first.missing] == 2 * [("asked", "KeyError")]
    second = build_reports(small, tmp_path / "out", selection=some)
    assert (second.missing, second.kept) == ((), ())
    assert read_json(tmp_path / "out", "manifest.json")["missing"] == []
    page = "owner/cohort-1/workload.ja.html"
    assert without_links((tmp_path / "out" / page).read_bytes()) == without_links((good / page).read_bytes())


def test_a_report_that_fails_ends_the_command_with_3_and_leaves_the_last_good_page_of_the_same_state(
    small: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = "owner/cohort-1/workload.ja.html"
    gap = {"report": page, "section": "asked", "reason": "an earlier error"}
    manifest = read_json(out, "manifest.json")
    (out / "manifest.json").write_text(json.dumps({**manifest, "missing": [gap]}), encoding="utf-8")
    before = contents(out)

    def fail(*_: object, **__: object) -> None:
        raise NotebookFailed(Path("workload.ipynb"), cell=6, line="1 / 0", error="RuntimeError: died")

    monkeypatch.setattr(making, "run_notebook", fail)
    some = ["--notebook", "workload", "--cohort", "1", "--language", "ja"]
    run = CliRunner().invoke(cli.app, ["report", str(small), "--out", str(out), *some])
    assert run.exit_code == 3
    assert f"MISSING  {out / page}: workload.ipynb, code cell 6" in run.stdout
    after = contents(out)
    assert after.keys() == before.keys()
    assert {name for name in before if after[name] != before[name]} <= {
        "manifest.json",
        "owner/manifest.json",
        "index.html",
    }
    assert read_json(out, "manifest.json")["missing"] == [gap]  # what is missing of the page that is there


def test_pages_of_another_notebook_than_todays_are_not_kept(
    small: Path, good: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_notebook(tmp_path / "own", "workload", (ASKED, "1 + 1"), monkeypatch=monkeypatch)
    with pytest.raises(UserError, match=r"another state \(workload\.ipynb changed\): build all reports"):
        build_reports(small, out, selection=Selection(notebooks=("workload",)))
    assert contents(out) == contents(good)


def test_a_page_that_cannot_be_made_is_missing_and_the_others_stand(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    render = making.render_page

    def fail(*given: Any, title: str, **named: Any) -> str:
        if "仕事と負荷" in title:
            raise ValueError("figure-1 has no alternative text")
        return render(*given, title=title, **named)

    monkeypatch.setattr(making, "render_page", fail)
    some = Selection(notebooks=("workload", "team_impact"), cohorts=("1",), languages=("ja",))
    result = build_reports(small, tmp_path / "out", selection=some)
    assert [spec.notebook for spec in result.reports] == ["team_impact"]
    assert [gap.told for gap in result.missing] == [
        "workload.ipynb: ValueError: figure-1 has no alternative text"
    ]


def test_a_report_whose_words_cannot_be_read_is_a_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(language: str) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(making, "run_notebook", lambda *given: ExecutedNotebook(notebook=None))
    monkeypatch.setattr(making, "read_texts", fail)
    made = making.make_report(ReportSpec(notebook="workload", cohort="1", language="en"), folder=tmp_path)
    assert not made.files
    assert [gap.told for gap in made.gaps] == ["workload.ipynb: OSError: the disk is gone"]


@pytest.mark.usefixtures("no_notebooks")
def test_a_parameter_that_a_notebook_lacks_is_told_before_anything_is_read(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = ('cohort = \\"3\\"', 'cohrt = \\"3\\"')
    edit_notebook(tmp_path / "own", "workload", change, monkeypatch=monkeypatch)
    steps: list[Step] = []
    with pytest.raises(
        UsageError, match=r"workload\.ipynb has no parameter 'cohort'; did you mean \"cohrt\""
    ):
        build_reports(small, tmp_path / "out", progress=steps.append)
    assert steps == []
    assert not (tmp_path / "out").exists()


# --- narrowed builds --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "some",
    [
        Selection(cohorts=("2",), languages=("ja",)),
        Selection(notebooks=("team_impact",), languages=("en",)),
        Selection(notebooks=("skill_growth", "workload"), cohorts=("1",), languages=("en",)),
        Selection(notebooks=("programme",), languages=("ja",)),
        Selection(notebooks=("leadership_summary",)),
        Selection(persons=("p1",), languages=("en",)),
    ],
    ids=["of a cohort", "of a notebook", "of all three", "of the programme", "of leaders", "of a person"],
)
def test_a_narrowed_build_makes_what_is_not_there_and_keeps_the_others(
    small: Path, good: Path, out: Path, some: Selection
) -> None:
    chosen = {
        spec.path
        for spec in SPECS
        if (not some.cohorts or spec.cohort in some.cohorts)
        and (not some.persons or spec.person in some.persons)
        and spec.notebook in (some.notebooks or spec.notebook)
        and spec.language in (some.languages or spec.language)
    }
    forget_reports(out, chosen)
    kept = {name: (out / name).stat().st_ino for name in PAGES - chosen}
    result = build_reports(small, out, selection=some)
    assert {spec.path for spec in result.reports} == chosen
    assert contents(out) == contents(good)
    assert {name: (out / name).stat().st_ino for name in kept} == kept


def forget_reports(out: Path, chosen: set[str]) -> None:
    """The folder as a build of all other reports would have left it, so far as a build looks at it."""
    manifest = read_json(out, "manifest.json")
    gone = {name for item in manifest["reports"] if item["path"] in chosen for name in item["files"]}
    for name in gone:
        (out / name).unlink()
    manifest["reports"] = [item for item in manifest["reports"] if item["path"] not in chosen]
    manifest["outputs"] = {name: sha for name, sha in manifest["outputs"].items() if name not in gone}
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.usefixtures("no_notebooks")
def test_a_cohort_is_no_word_for_the_programmes_report(small: Path, tmp_path: Path) -> None:
    some = Selection(notebooks=("programme",), cohorts=("1",))
    with pytest.raises(UsageError, match="'programme' is about all cohorts; leave out --cohort"):
        build_reports(small, tmp_path / "out", selection=some)


# --- what is kept -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_notebooks")
@pytest.mark.parametrize(
    "some", [Selection(), Selection(cohorts=("1",), languages=("ja",))], ids=["all", "some"]
)
def test_where_nothing_changed_nothing_is_read_or_written(
    small: Path, out: Path, some: Selection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object, **__: object) -> None:
        raise AssertionError("an export was read")

    monkeypatch.setattr(assembly, "analyse", read)
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in [out, *out.rglob("*")]}
    result = build_reports(small, out, selection=some)
    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in [out, *out.rglob("*")]} == before
    assert (result.reports, result.missing) == ((), ())
    chosen = [s for s in SPECS if not some.cohorts or (s.cohort, s.language) == ("1", "ja")]
    assert sorted(spec.path for spec in result.kept) == sorted(spec.path for spec in chosen)
    assert list(result.account) == read_json(out, "owner/account.json")["files"]


def test_a_changed_file_makes_only_what_depends_on_it_anew(small: Path, out: Path, tmp_path: Path) -> None:
    (small / "words").mkdir()
    (small / "words" / "graduate-p1.toml").write_text('keep = "手順書を直す会"\n', encoding="utf-8")
    result = build_reports(small, out)
    assert {spec.path for spec in result.reports} == {
        spec.path for spec in SPECS if spec.person == "p1" and spec.notebook == "graduate_pack"
    }
    assert {spec.path for spec in result.kept} == PAGES - {spec.path for spec in result.reports}
    build_reports(small, tmp_path / "anew")
    assert contents(out) == contents(tmp_path / "anew")  # kept or made: no byte tells


def test_a_page_that_was_altered_is_made_anew_and_never_kept(small: Path, good: Path, out: Path) -> None:
    page = "owner/cohort-1/workload.ja.html"
    (out / page).write_bytes((out / page).read_bytes() + b"\n")
    with pytest.raises(UserError, match=rf"is not as it was built \({page}\): build all reports"):
        build_reports(small, out, selection=Selection(cohorts=("2",)))
    result = build_reports(small, out)
    assert [spec.path for spec in result.reports] == [page]
    assert contents(out) == contents(good)


def test_a_file_that_is_no_reports_goes_with_the_next_build(small: Path, good: Path, out: Path) -> None:
    (out / "owner" / "mine.txt").write_text("mine", encoding="utf-8")
    result = build_reports(small, out)
    assert result.reports == ()
    assert contents(out) == contents(good)


def test_a_file_that_changes_while_it_is_read_stops_the_build(
    small: Path, good: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = assembly.analyse

    def change_first(*given: Any, **named: Any) -> Any:
        survey = small / "survey.csv"
        survey.write_text(survey.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        return read(*given, **named)

    (small / "backlog.csv").touch()
    (out / "manifest.json").write_text(
        (out / "manifest.json")
        .read_text(encoding="utf-8")
        .replace('"as_of": "2024-12-31"', '"as_of": "2024-12-30"'),
        encoding="utf-8",
    )
    before = contents(out)
    monkeypatch.setattr(assembly, "analyse", change_first)
    with pytest.raises(
        UserError, match=r"survey\.csv changed while the reports were built; run the command again"
    ):
        build_reports(small, out)
    assert contents(out) == before


# --- what changed since an earlier report -------------------------------------------------------------------

ONLY_PROGRAMME = Selection(notebooks=("programme",), languages=("en",))


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of the programme's report of three months before."""
    root = tmp_path_factory.mktemp("earlier")
    folder = write_programme(root / "small", TOML + SURVEY + BACKLOG + INCIDENTS, FILES)
    build_reports(folder, root / "out", selection=ONLY_PROGRAMME, as_of=date(2024, 9, 30))
    return root / "out" / "owner" / "results.json"


def test_a_report_tells_what_changed_since_the_previous_one_and_the_manifest_which_that_was(
    small: Path, out: Path, earlier: Path
) -> None:
    page = "owner/programme.en.html"
    before = own_text((out / page).read_bytes())
    build_reports(small, out, selection=ONLY_PROGRAMME, previous=earlier)
    after = own_text((out / page).read_bytes())
    assert ("2024-09-30" in before, "2024-09-30" in after) == (False, True)
    for folder in ("", "owner/"):
        reports = read_json(out, f"{folder}manifest.json")["reports"]
        told = {item["path"].removeprefix("owner/"): item["parameters"].get("previous") for item in reports}
        assert told.pop("programme.en.html") == hash_file(earlier)
        assert set(told.values()) == {None}


def test_a_page_that_is_kept_keeps_the_name_of_what_it_was_compared_with(
    small: Path, out: Path, earlier: Path
) -> None:
    build_reports(small, out, selection=ONLY_PROGRAMME, previous=earlier)
    once = read_json(out, "manifest.json")["reports"]
    build_reports(small, out, selection=Selection(notebooks=("workload",), languages=("en",)))
    assert read_json(out, "manifest.json")["reports"] == once


def test_the_previous_report_may_lie_in_the_folder_that_is_replaced(small: Path, out: Path) -> None:
    results = out / "owner" / "results.json"
    digest = hash_file(results)
    build_reports(small, out, selection=ONLY_PROGRAMME, previous=results)
    assert read_json(out, "manifest.json")["reports"][0]["parameters"]["previous"] == digest


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"as_of": "2025-01-31"}, r"holds data until 2025-01-31, later than 2024-12-31: give an earlier one"),
        ({"name": {"ja": "別", "en": "Another"}}, r"another programme \(name: 別 / Another"),
        ({"cohort": "1"}, r"cohort 1: give the owner/results\.json"),
        (None, r"results\.json: no_profile"),
    ],
    ids=["later", "another programme", "a cohort", "no publication"],
)
@pytest.mark.usefixtures("no_notebooks")
def test_a_file_that_is_no_earlier_report_is_refused_and_nothing_is_replaced(
    small: Path, good: Path, out: Path, tmp_path: Path, changes: dict[str, Any] | None, told: str
) -> None:
    results = read_json(good, "owner/results.json")
    if changes and "name" in changes:
        results["facts"] |= changes
    else:
        results |= changes or {}
    path = tmp_path / "results.json"
    path.write_text(json.dumps(results if changes else []), encoding="utf-8")
    with pytest.raises(UserError, match=told):
        build_reports(small, out, previous=path)
    assert contents(out) == contents(good)


@pytest.mark.parametrize("some", [Selection(cohorts=("1",)), Selection(notebooks=("workload",))])
@pytest.mark.usefixtures("no_notebooks")
def test_only_the_programmes_report_takes_a_previous_one(
    small: Path, earlier: Path, tmp_path: Path, some: Selection
) -> None:
    with pytest.raises(UsageError, match=r"only the report 'programme' compares .*leave out --previous"):
        build_reports(small, tmp_path / "out", selection=some, previous=earlier)


@pytest.mark.parametrize("changed", ["backlog.csv", "survey.csv", "programme.toml", "as_of"])
@pytest.mark.usefixtures("no_notebooks")
def test_a_narrowed_build_of_other_data_is_refused(small: Path, good: Path, out: Path, changed: str) -> None:
    as_of = date(2024, 11, 30) if changed == "as_of" else None
    if as_of is None:
        path = small / changed
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(UserError, match=rf"{changed}.* changed\).*build all reports"):
        build_reports(small, out, selection=Selection(languages=("ja",)), as_of=as_of)
    assert contents(out) == contents(good)


# --- the evaluation plan's hash -----------------------------------------------------------------------------


def hash_of(folder: Path, *changes: tuple[str, str]) -> str:
    return hash_plan(read_programme(write_programme(folder, replace_once(TOML, *changes))))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("declared = 2023-12-01", "declared = 2023-12-02"),
        ("[plan]\n", "[plan]\nsmallest_change = { levels = 0.4 }\n"),
        ("[plan]\n", '[plan]\nprimary = [{ measure = "skill.growth.mentor", account = "person" }]\n'),
        ("[plan]\n", '[plan]\nfamilies = [{ name = "one", measures = ["skill.growth.mentor"] }]\n'),
        (
            "[plan]\n",
            '[plan]\nmeasurement_error = [{ of = "skill", r = 0.7, sd = 0.9, source = "assumed" }]\n',
        ),
        ("window = [-21, 27]", "window = [-21, 28]"),
        ("months = 3", "months = 4"),
    ],
)
def test_the_plans_hash_covers_plan_and_waves(tmp_path: Path, old: str, new: str) -> None:
    assert hash_of(tmp_path / "one") != hash_of(tmp_path / "other", (old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[plan]\n", "# what is looked at\n[plan] # beforehand\n"),
        ("[plan]\n", "[plan]\nfamilies = []\n"),
        ("[plan]\n", "[plan]\nsmallest_change = { levels = 0.5 }\n"),  # said or not, it is the default
        ('name = "試験 一"', 'name = "試験 いち"'),
        ("as_of = 2024-12-31", "as_of = 2024-12-30"),
        ("[plan]\n", "[disclosure]\nk = 6\n[plan]\n"),
        ('id = "start"\nrater = "self"\nanchor = "start"', 'anchor = "start"\nrater = "self"\nid = "start"'),
    ],
)
def test_the_plans_hash_covers_nothing_else(tmp_path: Path, old: str, new: str) -> None:
    assert hash_of(tmp_path / "one") == hash_of(tmp_path / "other", (old, new))


@pytest.mark.parametrize("name", ["MIN_BASELINE_WEEKS", "MIN_AFTER_WEEKS"])
def test_the_plans_hash_covers_the_least_weeks_of_a_phase(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = hash_of(tmp_path)
    monkeypatch.setattr(facts, name, 10)
    assert hash_of(tmp_path) != before


@pytest.mark.parametrize("bound", [4, 8, 13, 26, 39])
def test_the_plans_hash_covers_every_bound_of_a_phase(
    tmp_path: Path, bound: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, weeks = hash_of(tmp_path), phases.weeks
    monkeypatch.setattr(phases, "weeks", lambda n: weeks(n + (n == bound)))
    assert hash_of(tmp_path) != before


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([("declared = 2023-12-01", "declared = 2024-06-01")], r"\(plan, programme\.toml changed\)"),
        ([], r"\(plan changed\)"),  # the same file, and a version that bounds phases otherwise
    ],
)
@pytest.mark.usefixtures("no_notebooks")
def test_a_narrowed_build_of_another_plan_is_refused(
    small: Path,
    good: Path,
    out: Path,
    changes: list[tuple[str, str]],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = small / "programme.toml"
    path.write_text(replace_once(path.read_text(encoding="utf-8"), *changes), encoding="utf-8")
    if not changes:
        monkeypatch.setattr(facts, "MIN_AFTER_WEEKS", 9)
    with pytest.raises(UserError, match=told):
        build_reports(small, out, selection=Selection(languages=("ja",)))
    assert contents(out) == contents(good)
