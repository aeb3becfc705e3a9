"""A finished folder goes to an object store, file by file, by papermill's own handlers (`s3://`, `gs://` …).

The manifest goes last: a copy is whole when the files there are those that its manifest names.  What an
earlier copy left under other names stays, since papermill's handlers take nothing away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any

from .errors import UsageError, UserError, shorten
from .folders import MANIFEST, is_manifest
from .steps import Progress, Step

# what papermill's handlers import when they are first used, and papermill's extra that brings it
STORES = {
    "s3://": ("boto3", "s3"),
    "gs://": ("gcsfs", "gcs"),
    "abs://": ("azure.storage.blob", "azure"),
    "adl://": ("azure.datalake.store", "azure"),
    "hdfs://": ("pyarrow", "hdfs"),
}
NO_STORES = ("http://", "https://")  # papermill puts notebooks there, and nothing else


def check_target(url: str) -> None:
    """Before anything is built: `UsageError` where `url` names no store, `UserError` without its package."""
    handler = _find_handler(url)
    scheme, _, rest = url.partition("://")
    if handler is None or not rest.strip("/"):
        known = ", ".join(STORES)
        raise UsageError(
            f"{hide_query(url)!r} names no place in an object store; expected e.g. s3://bucket/reports "
            f"(papermill knows {known}; a package may register more)"
        )
    package, extra = STORES.get(f"{scheme}://", ("", ""))
    if package and not _is_installed(package):
        raise UserError(
            f"copying to {scheme}:// needs the package {package}: "
            f"install it with  pip install 'papermill[{extra}]'"
        )


def copy_folder(folder: Path, url: str, *, progress: Progress = lambda step: None) -> int:
    """Copy every file of the finished report folder `folder` to `url`; how many there were.

    Raises what `check_target` raises, and `UserError` where the folder is not as its manifest says or the
    store does not take a file: then the manifest has not been copied.
    """
    check_target(url)
    handler = _find_handler(url)
    manifest = _read_manifest_text(folder)
    names = [*_list_names(json.loads(manifest)["outputs"]), (MANIFEST, None)]
    progress(Step("copying", total=len(names)))
    for number, (name, digest) in enumerate(names, start=1):
        text = manifest if digest is None else _read_text(folder, name, digest)
        try:
            handler.write(text, _join(url, name))
        except Exception as error:  # each store has errors of its own
            raise UserError(
                f"{hide_query(_join(url, name))} could not be copied: {_tell(error, url)}. "
                f"The reports stand in {folder}; the copy is not whole, and its {MANIFEST} is not of this "
                "build: mend what is named and run the same command again"
            ) from error
        progress(Step("copying", name=name, done=number, total=len(names)))
    return len(names)


def _read_manifest_text(folder: Path) -> str:
    """What vouches for the copy: read once, since another build may take the folder's place meanwhile."""
    try:
        text = (folder / MANIFEST).read_bytes().decode("utf-8")
        if is_manifest(json.loads(text)):
            return text
    except (OSError, ValueError):
        pass
    raise UserError(f"{folder} is no report folder (no {MANIFEST} of a build)")


def _list_names(outputs: Mapping[str, str]) -> list[tuple[str, str | None]]:
    """Every file with its hash: the contents, then the audiences' manifests."""
    return sorted(outputs.items(), key=lambda item: (PurePosixPath(item[0]).name == MANIFEST, item))


def _read_text(folder: Path, name: str, digest: str) -> str:
    try:
        content = (folder / name).read_bytes()
        if digest != sha256(content).hexdigest():
            raise UserError(f"{folder / name} was changed after the build; build the reports again")
        return content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{folder / name} cannot be read: {error}") from None


def _find_handler(url: str) -> Any:
    """papermill's handler of an object store, or None; its handler of last resort writes local files."""
    from papermill.iorw import papermill_io

    handler = papermill_io.get_handler(url)
    is_local = handler is papermill_io.get_handler("local") or "://" not in url
    return None if is_local or url.startswith(NO_STORES) else handler


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # not even the package that it is part of
        return False


def _join(url: str, name: str) -> str:
    """
    >>> _join("s3://bucket/reports/", "owner/results.json")
    's3://bucket/reports/owner/results.json'
    >>> _join("abs://account.blob.core.windows.net/reports?sig=secret", "index.html")
    'abs://account.blob.core.windows.net/reports/index.html?sig=secret'
    """
    place, mark, query = url.partition("?")
    return f"{place.rstrip('/')}/{name}{mark}{query}"


def hide_query(url: str) -> str:
    """An address as it may be shown: what follows the question mark may be a key."""
    return url.partition("?")[0]


def _tell(error: Exception, url: str) -> str:
    told = f"{type(error).__name__}: {error}"
    query = url.partition("?")[2]
    return shorten(told.replace(query, "…") if query else told, 300)
