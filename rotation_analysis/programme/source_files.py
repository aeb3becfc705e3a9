"""Which files a source's pattern means."""

from __future__ import annotations

from pathlib import Path

LEFT_BEHIND = (".", "~")
"""How the names of files begin that an editor or a system leaves in a folder: .DS_Store, ~$answers.xlsx."""


def is_inside(pattern: str) -> bool:
    """Whether a path stays inside the folder it is beside of."""
    return not Path(pattern).is_absolute() and ".." not in Path(pattern).parts


def find_files(folder: Path, pattern: str) -> list[Path]:
    """What lies below `folder` under names that `pattern` fits, in order of paths; none for a bad pattern."""
    try:
        found = sorted(folder.glob(pattern))
    except (
        ValueError,
        OSError,
        RuntimeError,
    ):  # a link that leads round in a circle, `**` beside other text, or longer than a name can be
        return []
    return [path for path in found if not path.name.startswith(LEFT_BEHIND)]
