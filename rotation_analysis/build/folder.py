"""Folders that are whole or not there: built beside their place, moved into it in one step.

A run that fails, at whatever instant, leaves the last good folder as it was; what it left behind is swept at
the next start.  What the disk refuses is told as one sentence with the path.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeGuard

from filelock import FileLock, Timeout

from ..errors import UserError

MANIFEST = "manifest.json"
_NEXT_STEPS: Mapping[int, str] = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room on the disk",
    errno.EFBIG: "raise the limit of a file's size",
    errno.EIO: "have the disk looked after",
    errno.EROFS: "name a place that may be written to",
    errno.EACCES: "name a place that may be written to",
    errno.EPERM: "name a place that may be written to",
    errno.EEXIST: "a file stands where a folder is to be: name another place",
    errno.ENOTDIR: "a file stands where a folder is to be: name another place",
    errno.ELOOP: "a link there leads round in a circle: name another place",
    errno.ENAMETOOLONG: "name a place with a shorter path",
    errno.EBUSY: "where a volume is mounted nothing can be exchanged: name a folder in it",
    errno.EXDEV: "where a volume is mounted nothing can be exchanged: name a folder in it",
}
"""What a disk may refuse, and what helps; any other error of the system is a bug."""
_UNKNOWN_TO_VOLUME = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM)
_IN_THIS_FOLDER, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


@contextmanager
def lock_folder(out: Path) -> Iterator[None]:
    """One run at a time may build `out`; what an earlier one left beside it is swept first.

    Raises `UserError` where another run builds it, where `out` holds other things than a build, or where it
    lies in another build.
    """
    out = locate(out)
    for folder in out.parents:  # whose next build would take away what is no report of its own
        if read_manifest(folder) is not None:
            raise UserError(f"{out} lies in the report folder {folder}: name a folder beside it")
    with _lock(out, f"another run builds {out} now: wait for it, or name another folder with --out"):
        building, previous = _name_beside(out)
        with _tell_refusal(out):
            # half a build that an earlier run left goes, a good folder that it moved aside comes back
            if previous.exists() and not out.exists():
                previous.rename(out)
            for left in (building, previous):
                if left.exists():
                    shutil.rmtree(left)
        _check_replaceable(out)
        yield


@contextmanager
def _lock(path: Path, refusal: str) -> Iterator[None]:
    """Hold what stands for `path`, until this process ends at the latest; `refusal`: another holds it."""
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=0)
    with _tell_refusal(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout:
            raise UserError(refusal) from None
    try:
        yield
    finally:
        with suppress(OSError):  # whoever holds it next sees that it is gone, and takes another
            Path(lock.lock_file).unlink()
        lock.release()


@contextmanager
def build_folder(out: Path) -> Iterator[Path]:
    """A fresh folder on the same volume that takes the place of `out` when the block ends without an error.

    To be used inside `lock_folder`.  Raises `UserError` where the disk refuses something; `out` is then as it
    was.
    """
    out = locate(out)
    building, previous = _name_beside(out)
    try:
        with _tell_refusal(building):
            building.mkdir()
            yield building
            # all on the disk, so that a power cut cannot leave names without contents
            for path in sorted(building.rglob("*"), reverse=True):
                (_sync_names if path.is_dir() else _sync_content)(path)
            _sync_names(building)
            replaced = _put_in_place(building, out, previous)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    with suppress(OSError):  # until the new one is known to be on the disk, the old one stays beside it
        _sync_names(out.parent)
        shutil.rmtree(replaced)


def check_free(folder: Path) -> None:
    """For what replaces nothing: raises `UserError` where `folder` holds something, or is stood in."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; name a folder that does not exist yet")
    if folder.exists() and any(folder.iterdir()):
        raise UserError(f"{folder} is not empty; name a folder that does not exist yet")
    here, place = Path.cwd(), locate(folder)
    if place in (here, *here.parents):
        raise UserError(f"you are inside {place}; name a folder below it")


def locate(path: Path) -> Path:
    """The path without the links in it; `UserError` where they lead round in a circle, or through a file."""
    with _tell_refusal(path), suppress(FileNotFoundError):
        path.stat()
    return Path(os.path.realpath(path))


def _name_beside(out: Path) -> tuple[Path, Path]:
    """The folder that is built, and the one that was good until it took its place."""
    return out.with_name(f".{out.name}.building"), out.with_name(f".{out.name}.previous")


def _put_in_place(building: Path, out: Path, previous: Path) -> Path:
    """`building` becomes `out`; where that is now which stood there before, if any did."""
    if not out.exists():
        building.rename(out)
        return building
    if _exchange(building, out):
        return building
    out.rename(previous)
    try:
        building.rename(out)
    except BaseException:
        with suppress(OSError):  # it is in place already where the run was stopped behind it
            previous.rename(out)
        raise
    return previous


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where system or volume cannot."""
    renameat2 = (
        getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if sys.platform == "linux" else None
    )
    if renameat2 is None:
        return False
    first, second = os.fsencode(one), os.fsencode(other)
    if renameat2(_IN_THIS_FOLDER, first, _IN_THIS_FOLDER, second, _EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNKNOWN_TO_VOLUME:
        return False
    raise OSError(code, os.strerror(code), str(other))


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


def read_json(path: Path) -> Any:
    """The content of a JSON file that a build wrote; OSError or ValueError where it is none."""
    return json.loads(path.read_text(encoding="utf-8"))


def read_manifest(out: Path) -> dict[str, Any] | None:
    """What a build says of its folder; None where there is none, or another program's file of that name."""
    try:
        content = read_json(out / MANIFEST)
    except (OSError, ValueError):
        return None
    return content if is_manifest(content) else None


def is_manifest(content: object) -> TypeGuard[dict[str, Any]]:
    """Whether JSON of that name is what a build wrote."""
    return isinstance(content, dict) and {"inputs", "outputs"} <= content.keys()


def verify_hash(file: Path) -> None:
    """`UserError` where the manifest beside a file names it with other bytes; kept alone it is believed.

    A manifest that is no JSON was once whole, and is no other program's: it vouches for nothing.
    """
    beside = file.parent / MANIFEST
    try:
        read_json(beside)
    except FileNotFoundError:
        return
    except (OSError, ValueError):
        raise UserError(
            f"the {MANIFEST} beside {file} is damaged: give a file from a folder as `report` built it"
        ) from None
    manifest = read_manifest(file.parent)
    named = None if manifest is None else dict(manifest["outputs"]).get(file.name)
    if named is not None and hash_file(file) != named:
        raise UserError(
            f"{file} is not the file that {MANIFEST} beside it names: give one from a folder as "
            "`report` built it"
        )


# --- the disk ---------------------------------------------------------------------------------------------


@contextmanager
def _tell_refusal(path: Path) -> Iterator[None]:
    """What a disk refuses is no bug: one sentence with the path, and what helps."""
    try:
        yield
    except OSError as error:
        helps = _NEXT_STEPS.get(error.errno or 0)
        if helps is None:
            raise
        told = f"{error.filename or path}: {error.strerror}; nothing was replaced"
        raise UserError(f"{told}: {helps}, then run the command again") from error


def _sync_content(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sync_names(folder: Path) -> None:
    """The names in a folder, where the system lets a folder be opened and the volume can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNKNOWN_TO_VOLUME:
            raise
    finally:
        os.close(descriptor)


# --- files ------------------------------------------------------------------------------------------------


def write_text(path: Path, text: str) -> None:
    """UTF-8 with LF, whatever the machine."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """A new file of that name: what else the old one is called by (`keep_file`) stays as it was."""
    with _tell_refusal(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with path.open("xb") as file:
            file.write(content)


def write_files(folder: Path, contents: Mapping[str, bytes | str]) -> None:
    """Each content at its path below `folder`."""
    for name, content in contents.items():
        if isinstance(content, bytes):
            write_bytes(folder / name, content)
        else:
            write_text(folder / name, content)


def keep_file(source: Path, target: Path) -> None:
    """`target` is the file that `source` is: one file with two names where the volume can, else a copy."""
    with _tell_refusal(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        try:
            os.link(source, target)
        except OSError as error:
            if error.errno not in (*_UNKNOWN_TO_VOLUME, errno.EMLINK, errno.EXDEV):
                raise
            shutil.copyfile(source, target)


def add_file(path: Path, text: str) -> None:
    """A file that is on the disk whole or not there at all, and never over another.

    Raises `UserError` where there is one of that name, where another run is adding one beside it, or where
    the disk refuses something.
    """
    with _lock(path.parent, f"another run writes into {path.parent} now: run the command again"):
        for left in path.parent.glob(".*.writing"):
            left.unlink()
        half = path.with_name(f".{path.name}.writing")
        try:
            write_text(half, text)
            with _tell_refusal(path):
                _sync_content(half)
                _give_name(half, path)
        finally:
            with suppress(OSError):
                half.unlink(missing_ok=True)
                path.parent.rmdir()  # where nothing else is in it


def _give_name(half: Path, path: Path) -> None:
    """The finished file under its name, in one step; it is taken back where the disk does not confirm it."""
    try:
        _name_once(half, path)
    except FileExistsError:
        raise UserError(f"{path} was written by another run meanwhile: run the command again") from None
    try:
        _sync_names(path.parent)
        _sync_names(path.parent.parent)
    except OSError:
        path.unlink()
        raise


def _name_once(half: Path, path: Path) -> None:
    """`FileExistsError` where there is one of that name; without links, the lock keeps other runs away."""
    try:
        os.link(half, path)
    except OSError as error:
        if error.errno not in _UNKNOWN_TO_VOLUME:
            raise
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        half.rename(path)


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
