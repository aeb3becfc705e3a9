"""Folders that are whole or not there: built beside their place, moved into it by renaming.

A run that fails, at whatever instant, leaves the last good folder as it was; what it left behind is swept at
the next start.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import UserError


@contextmanager
def build_folder(out: Path, *, keep: bool, state: Mapping[str, Any]) -> Iterator[Path]:
    """A fresh folder on the same volume that takes the place of `out` when the block ends without an error.

    With `keep`, what an earlier build of the same `state` (as the manifest tells it: inputs, version, as_of)
    left in `out` is in it from the start; a folder of another state is refused, since two states of the data
    must not lie side by side.
    """
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    building, previous = out.with_name(f".{out.name}.building"), out.with_name(f".{out.name}.previous")
    _sweep(out, building, previous)
    _check_replaceable(out)
    if keep and (built := read_manifest(out)) is not None:
        _check_same_state(out, built, state)
        shutil.copytree(out, building)
    else:
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
        content = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and {"inputs", "outputs"} <= content.keys() else None


def _check_same_state(out: Path, built: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Raises `UserError` where the folder comes of other files, of another day or version."""
    common = state.keys() - {"inputs", "programme"}  # programme.toml is one of the inputs
    before, now = ({**{key: facts.get(key) for key in common}, **facts["inputs"]} for facts in (built, state))
    changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    if changed:
        named = ", ".join(changed[:3]) + (", …" if len(changed) > 3 else "")
        raise UserError(
            f"{out} was built from another state ({named} changed): build all reports, "
            "or name another folder with --out"
        )


def _sync(folder: Path) -> None:
    """Every file on the disk before the rename, so that a power cut cannot leave names without contents."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def write_text(path: Path, text: str) -> None:
    """UTF-8 with LF, whatever the machine."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
