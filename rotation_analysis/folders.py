"""Folders that are whole or not there: built beside their place, moved into it by renaming.

A run that fails, at whatever instant, leaves the last good folder as it was; what it left behind is swept at
the next start.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from .errors import UserError

MANIFEST = "manifest.json"


@contextmanager
def lock_folder(out: Path) -> Iterator[None]:
    """One run at a time may build `out`; what an earlier one left beside it is swept first.

    Raises `UserError` where another run builds it, or where `out` holds other things than a build.
    """
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(out.with_name(f".{out.name}.lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UserError(
            f"another run builds {out} now: wait for it, or name another folder with --out"
        ) from None
    with lock:
        building, previous = _name_beside(out)
        _sweep(out, building, previous)
        _check_replaceable(out)
        yield


@contextmanager
def build_folder(out: Path) -> Iterator[Path]:
    """A fresh folder on the same volume that takes the place of `out` when the block ends without an error.

    To be used inside `lock_folder`.
    """
    out = out.resolve()
    building, previous = _name_beside(out)
    building.mkdir()
    try:
        yield building
        _sync(building)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    if out.exists():
        out.rename(previous)
    building.rename(out)
    shutil.rmtree(previous, ignore_errors=True)


def _name_beside(out: Path) -> tuple[Path, Path]:
    """The folder that is built, and the one that was good until it took its place."""
    return out.with_name(f".{out.name}.building"), out.with_name(f".{out.name}.previous")


def keep_file(source: Path, target: Path) -> None:
    """`target` is the file that `source` is: one file with two names where the volume can, else a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _sweep(out: Path, building: Path, previous: Path) -> None:
    """Undo what an earlier run left: half a build goes, a good folder that was moved aside comes back."""
    if building.exists():
        shutil.rmtree(building)
    if previous.exists() and not out.exists():
        previous.rename(out)
    elif previous.exists():
        shutil.rmtree(previous)


def _check_replaceable(out: Path) -> None:
    """Only a folder that a build made, or an empty one, is ever replaced."""
    if not out.exists():
        return
    if not out.is_dir():
        raise UserError(f"{out} is a file; name a folder with --out")
    if any(out.iterdir()) and read_manifest(out) is None:
        raise UserError(
            f"{out} holds other things than reports (no manifest.json of a build); "
            "name another folder with --out"
        )


def read_manifest(out: Path) -> dict[str, Any] | None:
    """What a build says of its folder; None where there is none, or another program's file of that name."""
    try:
        content = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and {"inputs", "outputs"} <= content.keys() else None


def _sync(folder: Path) -> None:
    """Every file on the disk before the rename, so that a power cut cannot leave names without contents."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def write_text(path: Path, text: str) -> None:
    """UTF-8 with LF, whatever the machine."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """A new file of that name: what else the old one is called by (`keep_file`) stays as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
