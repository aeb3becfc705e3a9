"""A finished folder at an object store: every byte, the manifest last, clear words where it does not work."""

from __future__ import annotations

import json
import re
import shlex
import sys
from hashlib import sha256
from pathlib import Path

import fsspec
import pytest
from papermill.iorw import GCSHandler, papermill_io

from rotation_analysis import cli, copies, report
from rotation_analysis.copies import check_target, copy_folder
from rotation_analysis.errors import UsageError, UserError
from rotation_analysis.orders import Built
from rotation_analysis.steps import Step

FILES = {
    "index.html": "<p>目次</p>\n",
    "owner/results.json": "{}\n",
    "owner/manifest.json": '{"outputs": {}}\n',
    "graduates/p03/records/requests.csv": "\ufeff日,件\r\n1,2\r\n",
    "z.svg": "<svg/>",
}
ORDER = [
    "graduates/p03/records/requests.csv",
    "index.html",
    "owner/results.json",
    "z.svg",
    "owner/manifest.json",
    "manifest.json",
]


class Store:
    """papermill's interface of a handler; `full_after` files it takes no more."""

    def __init__(self, full_after: int = 100) -> None:
        self.objects: dict[str, bytes] = {}
        self.full_after = full_after

    def write(self, buf: str, path: str) -> None:
        if len(self.objects) >= self.full_after:
            raise ConnectionError(f"PUT {path} failed")
        self.objects[path] = buf.encode("utf-8")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store that answers to made:// in this test."""
    made = Store()
    monkeypatch.setattr(papermill_io, "_handlers", list(papermill_io._handlers))
    papermill_io.register("made://", made)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "reports"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode("utf-8"))
    outputs = {name: sha256(text.encode("utf-8")).hexdigest() for name, text in FILES.items()}
    manifest = json.dumps({"inputs": {}, "outputs": outputs})
    (root / "manifest.json").write_text(manifest, encoding="utf-8")
    return root


def test_every_file_arrives_byte_by_byte_and_the_manifest_last(store: Store, folder: Path) -> None:
    steps: list[Step] = []
    assert copy_folder(folder, "made://bucket/team/reports/", progress=steps.append) == len(ORDER)
    assert list(store.objects) == [f"made://bucket/team/reports/{name}" for name in ORDER]
    for name in ORDER:
        assert store.objects[f"made://bucket/team/reports/{name}"] == (folder / name).read_bytes()
    assert [(step.done, step.total) for step in steps] == [(n, len(ORDER)) for n in range(len(ORDER) + 1)]


def test_a_key_in_the_address_stays_behind_the_name_and_out_of_messages(store: Store, folder: Path) -> None:
    store.full_after = 2
    with pytest.raises(UserError) as caught:
        copy_folder(folder, "made://account/reports?sig=secret")
    assert next(iter(store.objects)) == f"made://account/reports/{ORDER[0]}?sig=secret"
    told = str(caught.value)
    assert told.startswith(f"made://account/reports/{ORDER[2]} could not be copied: ConnectionError: PUT ")
    assert "secret" not in told
    assert "run the same command again" in told


def test_papermills_own_handler_writes_the_same_bytes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The handler of gs:// works on any file system of fsspec: here one in memory."""
    memory = fsspec.filesystem("memory")
    handler = GCSHandler()
    handler._client = memory
    monkeypatch.setattr(papermill_io, "_handlers", list(papermill_io._handlers))
    papermill_io.register("memory://", handler)
    try:
        copy_folder(folder, "memory://bucket/reports")
        for name in ORDER:
            assert memory.cat_file(f"/bucket/reports/{name}") == (folder / name).read_bytes()
    finally:
        memory.rm("/bucket", recursive=True)


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_the_command_copies_what_it_built(
    store: Store,
    folder: Path,
    words: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(report, "build_reports", lambda *_, **__: Built(folder=folder))
    given = ["report", "sample", "--out", str(folder), "--copy-to", "made://team?sig=secret", *words]
    monkeypatch.setattr(sys, "argv", ["rotation-analysis", *given])
    with pytest.raises(SystemExit) as ending:
        cli.main()
    told = capsys.readouterr()
    assert ending.value.code == 0
    assert len(store.objects) == len(ORDER)
    if words:
        assert json.loads(told.out)["copied"] == len(ORDER)
    else:
        assert told.out.splitlines()[-1] == f"copied   {len(ORDER)} files to made://team"
    assert told.err == f"copying 0 of {len(ORDER)} files\ncopying {len(ORDER)} of {len(ORDER)} files\n"


def test_the_command_of_the_document_copies(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).parents[1] / "docs/how-to-cluster.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^rotation-analysis .* --copy-to .*$", page, flags=re.MULTILINE)
    monkeypatch.setattr(copies, "_is_installed", lambda package: True)
    papermill_io.register("s3://", store)
    monkeypatch.setattr(report, "build_reports", lambda *_, **__: Built(folder=folder))
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    with pytest.raises(SystemExit) as ending:
        cli.main()
    assert ending.value.code == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"copied   {len(ORDER)} files to s3://bucket/reports"
    assert list(store.objects)[-1] == "s3://bucket/reports/manifest.json"


@pytest.mark.parametrize("taken", range(len(ORDER)))
def test_a_store_that_fails_at_any_file_has_no_manifest_of_this_build(
    store: Store, folder: Path, taken: int
) -> None:
    store.full_after = taken
    with pytest.raises(UserError, match="could not be copied"):
        copy_folder(folder, "made://bucket")
    assert [name.removeprefix("made://bucket/") for name in store.objects] == ORDER[:taken]
    store.full_after = 100
    assert copy_folder(folder, "made://bucket") == len(ORDER)


def test_a_folder_that_was_changed_is_not_copied_whole(store: Store, folder: Path) -> None:
    (folder / "z.svg").write_text("<svg>other</svg>", encoding="utf-8")
    with pytest.raises(UserError, match=r"z\.svg was changed after the build"):
        copy_folder(folder, "made://bucket")
    (folder / "z.svg").unlink()
    with pytest.raises(UserError, match=r"z\.svg cannot be read"):
        copy_folder(folder, "made://bucket")
    assert "made://bucket/manifest.json" not in store.objects


def test_a_folder_of_something_else_is_not_copied(store: Store, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="no report folder"):
        copy_folder(tmp_path, "made://bucket")
    assert not store.objects


@pytest.mark.parametrize(
    "url",
    [
        "reports",
        "/srv/reports",
        "s3:/bucket",
        "s3://",
        "made://",
        "ftp://host/x",
        "https://host/x?sig=secret",
    ],
)
@pytest.mark.usefixtures("store")
def test_what_is_no_store_is_wrong_usage(url: str) -> None:
    with pytest.raises(UsageError, match="names no place in an object store") as caught:
        check_target(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("scheme", copies.STORES)
def test_a_store_without_its_package_is_told_with_what_to_install(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "_is_installed", lambda package: False)
    with pytest.raises(UserError, match=r"needs the package .* pip install 'papermill\[\w+\]'"):
        check_target(f"{scheme}bucket/reports")
    monkeypatch.setattr(copies, "_is_installed", lambda package: True)
    check_target(f"{scheme}bucket/reports")


def test_whether_a_package_is_there_is_seen_without_importing_it() -> None:
    assert copies._is_installed("papermill.iorw")
    assert not copies._is_installed("no_such_package")
    assert not copies._is_installed("no_such_package.part")


def test_papermill_has_a_handler_for_every_store_named() -> None:
    local = papermill_io.get_handler("local")
    assert set(copies.STORES) == {"s3://", "gs://", "abs://", "adl://", "hdfs://"}
    assert all(papermill_io.get_handler(f"{scheme}bucket/x") is not local for scheme in copies.STORES)
