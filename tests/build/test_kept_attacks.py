"""What is kept, copied, printed or recorded although something moved meanwhile: tried, and refused.

Each state of a programme is read and measured once; pages come without a kernel, and the audit asks for
whole folders only.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tomllib
from collections import namedtuple
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rotation_analysis.build import assembly, planning, publishing
from rotation_analysis.build import manifest as manifests
from rotation_analysis.build import pdf as printing
from rotation_analysis.build.audit.audit import audit_folder
from rotation_analysis.build.folder import hash_file, verify_hash, write_text
from rotation_analysis.build.making import RenderedReport
from rotation_analysis.build.manifest import Build, find_reusable_reports, read_build
from rotation_analysis.build.notebooks.notebook_files import find_notebooks
from rotation_analysis.build.notebooks.running import find_section
from rotation_analysis.build.planning import MissingOutput, ReportSpec, Selection
from rotation_analysis.build.report import build_reports
from rotation_analysis.disclosure.releases import FIRST, Release, write_release
from rotation_analysis.errors import UserError
from rotation_analysis.programme import file as programme_file
from tests.builds import Pages, contents, leave_out_notebooks
from tests.samples import ROOT
from tests.small_programme import SURVEY, TOML, survey, write_programme
from tests.small_reports import make_page, write_manifests, write_reports

PROFILE = """\
name = "own"
tool = "own"
export = "own"
format = "csv"
table = "requests"
[[columns]]
field = "id"
headers = ["Own number"]
kind = "text"
claim = true
"""
ANSWERS = survey(("2024/01/10 10:00:00", "p1@invented.example", "2 支援があればできる"))
CHANGED = r"changed while the reports were built; run the command again"
WORK = Selection(notebooks=("workload",), cohorts=("1",), languages=("ja",))
PACK = Selection(notebooks=("graduate_pack",), persons=("p1",), languages=("ja",))


def read_manifest(out: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((out / "manifest.json").read_text("utf-8"))
    return manifest


def change_manifest(out: Path, **entries: object) -> None:
    write_text(out / "manifest.json", json.dumps({**read_manifest(out), **entries}))


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Pages:
    return leave_out_notebooks(monkeypatch)


def write_small(folder: Path) -> Path:
    files: dict[str, str | bytes] = {"survey.csv": ANSWERS, "profiles/own.toml": PROFILE}
    return write_programme(folder, TOML + SURVEY, files)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_small(tmp_path / "small")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of the small programme, built once; not to be changed."""
    root = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        leave_out_notebooks(patch)
        build_reports(write_small(root / "small"), root / "out")
    return root / "out"


@pytest.fixture
def out(finished: Path, tmp_path: Path, pages: Pages) -> Path:
    """A copy of the finished folder, to build over."""
    return Path(shutil.copytree(finished, tmp_path / "out"))


def append(path: Path, text: str = "\n") -> None:
    """As an editor saves: a new file of the same name."""
    content = path.read_text("utf-8") + text
    path.unlink()
    path.write_text(content, encoding="utf-8")


def after(call: Callable[..., Any], happens: Callable[[], object]) -> Callable[..., Any]:
    def wrapped(*given: Any, **named: Any) -> Any:
        result = call(*given, **named)
        happens()
        return result

    return wrapped


# --- something moves while reports are built ----------------------------------------------------------------


@pytest.mark.parametrize("first", [True, False])
def test_a_profile_that_changes_while_files_are_read_stops_the_build(
    small: Path, tmp_path: Path, pages: Pages, first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not first:
        build_reports(small, tmp_path / "out")
        append(small / "survey.csv")
    before = contents(tmp_path / "out")
    changed = after(assembly.analyse, lambda: append(small / "profiles/own.toml"))
    monkeypatch.setattr(assembly, "analyse", changed)
    with pytest.raises(UserError, match=rf"profiles/own\.toml {CHANGED}"):
        build_reports(small, tmp_path / "out")
    assert contents(tmp_path / "out") == before


def test_a_programme_that_changes_while_its_sheets_are_read_is_read_again_by_the_next_build(
    small: Path, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts as what was read, never as what it was a moment later."""
    file = small / "programme.toml"

    def rename() -> None:
        file.write_text(file.read_text("utf-8").replace('"Small programme"', '"Other"'), encoding="utf-8")

    append(file)  # something to build
    with monkeypatch.context() as patch:
        patch.setattr(programme_file, "_read_sheets", after(programme_file._read_sheets, rename))
        build_reports(small, out)
    build_reports(small, out)
    build_reports(small, tmp_path / "anew")
    assert contents(out) == contents(tmp_path / "anew")


def test_a_release_that_is_recorded_while_publications_are_made_stops_the_build(
    small: Path, tmp_path: Path, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = Release(number=1, edition="owner", as_of="2024-12-31", k=5, publication_sha256="0" * 64)

    def record() -> None:
        write_text(small / "releases/001.json", write_release(released, previous=FIRST))

    monkeypatch.setattr(assembly, "analyse", after(assembly.analyse, record))
    with pytest.raises(UserError, match=rf"releases/001\.json {CHANGED}"):
        build_reports(small, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_notebook_that_changes_while_pages_are_made_stops_the_build(
    small: Path, tmp_path: Path, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(find_notebooks(), tmp_path / "notebooks")
    monkeypatch.setattr(planning, "find_notebooks", lambda: tmp_path / "notebooks")
    pages.meanwhile = lambda: append(tmp_path / "notebooks/workload.ipynb")
    with pytest.raises(UserError, match=rf"workload\.ipynb {CHANGED}"):
        build_reports(small, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_earlier_report_that_changes_while_pages_are_made_stops_the_build(
    small: Path, tmp_path: Path, out: Path, pages: Pages
) -> None:
    previous = Path(shutil.copy(out / "owner/results.json", tmp_path / "previous.json"))
    pages.meanwhile = lambda: append(previous)
    before = contents(out)
    with pytest.raises(UserError, match=rf"previous\.json {CHANGED}"):
        build_reports(small, out, previous=previous)
    assert contents(out) == before


@pytest.mark.parametrize("when", ["before it is kept", "in place, after it was kept"])
def test_a_page_that_is_altered_while_others_are_made_is_not_kept(
    small: Path, out: Path, pages: Pages, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One file with two names until the build is over: an edit reaches both."""
    (small / "words").mkdir()
    (small / "words/graduate-p1.toml").write_text('keep = "手順書を直す会"\n', encoding="utf-8")
    page = out / "owner/cohort-1/workload.ja.html"

    def alter() -> None:
        with page.open("a", encoding="utf-8") as file:
            file.write("<!-- mine -->")

    if when == "before it is kept":
        monkeypatch.setattr(assembly, "find_reusable_reports", after(assembly.find_reusable_reports, alter))
    else:
        monkeypatch.setattr(assembly, "_keep", after(assembly._keep, alter))
    with pytest.raises(UserError, match=rf"owner/cohort-1/workload\.ja\.html {CHANGED}"):
        build_reports(small, out)
    assert "<!-- mine -->" in page.read_text("utf-8")  # whoever wrote it still has it


# --- what a folder says of itself ---------------------------------------------------------------------------


@pytest.mark.parametrize("strange", ["a link to a page", "a link to nowhere", "a pipe"])
def test_a_folder_with_links_or_devices_is_made_anew(
    small: Path, tmp_path: Path, out: Path, strange: str
) -> None:
    before = contents(out)
    if strange == "a link to a page":
        page = out / "owner/cohort-1/workload.ja.html"
        page.rename(tmp_path / "elsewhere.html")
        page.symlink_to(tmp_path / "elsewhere.html")
    elif strange == "a link to nowhere":
        (out / "owner/nowhere.html").symlink_to(tmp_path / "nowhere")
    else:
        os.mkfifo(out / "owner/pipe")
    with pytest.raises(UserError, match=r"is not as it was built"):
        build_reports(small, out, selection=WORK)
    build_reports(small, out)
    assert contents(out) == before
    assert not [path for path in out.rglob("*") if path.is_symlink() or path.name == "pipe"]


@pytest.mark.parametrize("outside", ["../secret.html", "owner/../../secret.html", "/secret.html"])
def test_a_manifest_that_names_files_outside_of_its_folder_is_not_believed(
    tmp_path: Path, outside: str
) -> None:
    write_text(tmp_path / "secret.html", "secret")
    (tmp_path / "out/owner").mkdir(parents=True)
    name = str(tmp_path / "secret.html") if outside.startswith("/") else outside
    build = Build(
        folder=tmp_path / "out",
        manifest={
            "inputs": {},
            "outputs": {name: hash_file(tmp_path / "secret.html")},
            "reports": [{"path": name, "notebook": "workload", "parameters": {}, "files": [name]}],
            "missing": [],
        },
    )
    assert build.intact == frozenset()
    assert not build.is_whole


def test_a_report_without_its_page_is_not_kept(out: Path) -> None:
    build = read_build(out)
    assert build is not None
    spec = ReportSpec(notebook="workload", cohort="1", language="ja")
    made_of = build.reports[spec.path]["made_of"]
    assert list(find_reusable_reports(build, {spec: made_of})) == [spec]
    (out / spec.path).unlink()
    for report in build.manifest["reports"]:
        report["files"] = []
    assert find_reusable_reports(Build(folder=out, manifest=build.manifest), {spec: made_of}) == {}


@pytest.mark.parametrize("outputs", [["index.html"], {"index.html": 1}, 3, {"a": None}])
def test_a_manifest_of_another_shape_is_told_in_one_sentence(small: Path, out: Path, outputs: object) -> None:
    change_manifest(out, outputs=outputs)
    with pytest.raises(UserError, match=r"holds no reports by its manifest\.json"):
        build_reports(small, out)


@pytest.mark.parametrize("inside", ["owner", "graduates/p1", "new/reports"])
def test_no_build_goes_into_the_folder_of_another(small: Path, out: Path, inside: str) -> None:
    """The next build of the outer one would take it away."""
    before = contents(out)
    with pytest.raises(UserError, match=r"lies in the report folder \S+out: name a folder beside it"):
        build_reports(small, out / inside)
    assert contents(out) == before
    assert [path.name for path in out.rglob(".*")] == []


def test_a_half_written_manifest_vouches_for_nothing(out: Path, tmp_path: Path) -> None:
    manifest = out / "owner/manifest.json"
    manifest.write_text(manifest.read_text("utf-8")[:-100], encoding="utf-8")
    with pytest.raises(UserError, match=r"manifest\.json beside \S+results\.json is damaged"):
        verify_hash(out / "owner/results.json")
    for text in ("[]", "{}", '{"name": "of a web application"}'):
        write_text(tmp_path / "alone/manifest.json", text)
        shutil.copy(out / "owner/results.json", tmp_path / "alone")
        verify_hash(tmp_path / "alone/results.json")


# --- kept or made anew: the same bytes ----------------------------------------------------------------------


def test_a_report_that_is_made_anew_leaves_no_file_of_its_earlier_attempt(
    small: Path, tmp_path: Path, out: Path, pages: Pages
) -> None:
    """What one attempt drew and the next could not would stand beside a page that says it is missing."""
    page, text = "graduates/p1/graduate-pack.ja.html", "graduates/p1/{}.ja.md"

    def attempt(drawn: str, failed: str) -> RenderedReport:
        files = {page: make_page("<p>頁</p>"), text.format(drawn): drawn}
        gap = MissingOutput(report=page, section=failed, reason=f"{failed}: KeyError", told="-")
        return RenderedReport(files=files, gaps=(gap,))

    append(small / "programme.toml")
    pages.other = {page: attempt("load", "skills")}
    build_reports(small, out)
    pages.other = {page: attempt("skills", "load")}
    build_reports(small, out, selection=PACK)
    assert pages.made[-1] == page
    build_reports(small, tmp_path / "anew")
    assert contents(out) == contents(tmp_path / "anew")


def test_where_all_fails_the_page_that_is_there_stays_with_all_its_files(
    small: Path, out: Path, pages: Pages
) -> None:
    page = "graduates/p1/graduate-pack.ja.html"
    files = {page: make_page("<p>頁</p>"), "graduates/p1/load.ja.md": "text"}
    gap = MissingOutput(report=page, section="x", reason="x: KeyError", told="-")
    append(small / "programme.toml")
    pages.other = {page: RenderedReport(files=files, gaps=(gap,))}
    build_reports(small, out)
    before = contents(out)
    pages.other = {page: RenderedReport(files={}, gaps=(replace(gap, section="", reason="died"),))}
    pages.made.clear()
    build_reports(small, out, selection=PACK)
    assert pages.made == [page]
    assert contents(out) == before


# --- what a page is made of ---------------------------------------------------------------------------------

CHANGES_NO_PAGE = {
    "filelock": "keeps other runs away",
    "ipykernel": "runs cells; shows no page",
    "ipython": "runs cells; shows no page",
    "nbformat": "opens notebooks; shows no page",
    "papermill": "runs notebooks; shows no page",
    "rich": "shows progress",
    "typer": "reads the command line",
    "xlsxwriter": "writes questionnaires",
}


def library_hash(monkeypatch: pytest.MonkeyPatch, **other: object) -> str:
    with monkeypatch.context() as patch:
        for name, value in other.items():
            patch.setattr(manifests, name, value)
        return manifests.hash_library.__wrapped__()


def test_every_package_that_reads_counts_or_draws_is_part_of_what_a_page_is_made_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    packages = {wanted.partition(">")[0] for wanted in project["dependencies"]}
    version, now = manifests.version, library_hash(monkeypatch)
    for package in packages:

        def newer(name: str, package: str = package) -> str:
            return "99" if name == package else version(name)

        changed = library_hash(monkeypatch, version=newer) != now
        assert changed is (package not in CHANGES_NO_PAGE), package


def test_another_python_makes_other_pages_and_a_patch_of_it_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """From 3.12 on `sum` adds floats more exactly, and each brings its own table of characters."""
    info = namedtuple("info", "major minor micro")
    major, minor, micro = sys.version_info[:3]
    now = library_hash(monkeypatch)
    sys_like = namedtuple("sys_like", "version_info")
    assert library_hash(monkeypatch, sys=sys_like(info(major, minor, micro + 1))) == now
    assert library_hash(monkeypatch, sys=sys_like(info(major, minor + 1, micro))) != now


# --- nobody's words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    ['report.people["試験 一"].show()', 'open("試験 一").read()', '(lambda: "試験 一").__call__()'],
)
def test_the_name_of_a_part_is_a_name_and_holds_no_text(source: str) -> None:
    assert find_section(source) is None


# --- folders that move while they are read ------------------------------------------------------------------


def test_pages_of_two_builds_are_never_printed_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pypdf = pytest.importorskip("pypdf", reason="the extra pdf is not installed: nothing printed")
    reports = write_reports(tmp_path / "reports")

    def print_page(context: object, path: Path) -> bytes:
        if path.name == "letter.ja.html":
            (reports / "index.html").write_text(make_page("<p>another build</p>"), encoding="utf-8")
            write_manifests(reports)
        writer = pypdf.PdfWriter()
        writer.add_blank_page(100, 100)
        writer.write(tmp_path / "page.pdf")
        return (tmp_path / "page.pdf").read_bytes()

    monkeypatch.setattr(printing, "find_browser", lambda chosen: Path(sys.executable))
    monkeypatch.setattr(printing, "_open_browser", lambda program: nullcontext())
    monkeypatch.setattr(printing, "_print_page", print_page)
    monkeypatch.setattr(printing, "_draw_figures", lambda context, path: [])
    with pytest.raises(UserError, match=r"index\.html changed while it was printed"):
        printing.print_folder(reports, tmp_path / "pdf")
    assert not (tmp_path / "pdf").exists()
    assert audit_folder(reports) == []


def test_a_page_that_is_taken_away_while_others_are_made_is_told(
    small: Path, out: Path, pages: Pages
) -> None:
    (small / "words").mkdir()
    (small / "words/graduate-p1.toml").write_text('keep = "手順書を直す会"\n', encoding="utf-8")
    pages.meanwhile = (out / "owner/cohort-1/workload.ja.html").unlink
    with pytest.raises(UserError, match=rf"owner/cohort-1/workload\.ja\.html {CHANGED}"):
        build_reports(small, out)


def test_what_is_recorded_is_the_hash_of_what_was_looked_at(
    out: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication = out / "leadership/publication.json"
    digest = hash_file(publication)
    monkeypatch.setattr(publishing, "analyse", assembly.analyse)  # which reads each state once
    monkeypatch.setattr(publishing, "_refuse_findings", lambda *_: append(publication))
    published = publishing.publish_edition(out, "leadership", programme=small)
    assert published.release is not None
    assert published.release.publication_sha256 == digest
