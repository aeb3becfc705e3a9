"""Every relative link of the documents leads to a file and a heading that are there; no other is followed."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "data").glob("*.md")],
    key=lambda path: path.relative_to(ROOT).as_posix(),
)
LARGEST_PICTURE = 200_000
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
EACH = pytest.mark.parametrize("path", DOCUMENTS, ids=[path.name for path in DOCUMENTS])


def prose_of(path: Path) -> str:
    """A document without its fenced blocks and code: what stands there is no link."""
    text = re.sub(r"^ *```.*?^ *```$", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors_of(path: Path) -> set[str]:
    """The headings as one links to them: small, no punctuation, spaces as hyphens; repeated ones counted."""
    anchors: set[str] = set()
    text = re.sub(r"^ *```.*?^ *```$", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)
    for heading in re.findall(r"^#{1,6} (.+)$", text, re.M):
        words = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        number = sum(1 for known in anchors if re.fullmatch(rf"{re.escape(words)}(-\d+)?", known))
        anchors.add(f"{words}-{number}" if number else words)
    return anchors


@EACH
def test_every_link_leads_somewhere(path: Path) -> None:
    lost = []
    for link in LINK.findall(prose_of(path)):
        parts = urlsplit(link)
        if parts.scheme:
            assert parts.scheme == "https", link
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        assert target.is_relative_to(ROOT), f"{link} leads out of the repository"
        if not target.exists() or (parts.fragment and unquote(parts.fragment) not in anchors_of(target)):
            lost.append(link)
    assert lost == []


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        reached.add(path)
        for link in LINK.findall(prose_of(path)):
            target = (path.parent / urlsplit(link).path).resolve()
            if target.suffix == ".md" and target.is_file() and target not in reached:
                waiting.append(target)
    assert {path.name for path in DOCUMENTS if path.parent.name != "data"} <= {path.name for path in reached}


def test_pictures_are_shown_small_and_none_is_left_over() -> None:
    shown = set()
    for path in DOCUMENTS:
        for link in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", path.read_text(encoding="utf-8")):
            shown.add((path.parent / link).resolve())
    stored = set((ROOT / "docs" / "pictures").glob("*"))
    assert shown == stored
    assert len(stored) >= 6
    for picture in stored:
        content = picture.read_bytes()
        assert content.startswith(b"\x89PNG\r\n\x1a\n")
        assert len(content) <= LARGEST_PICTURE


def test_both_readmes_have_one_structure() -> None:
    shapes = []
    for name in ("README.md", "README.ja.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        blocks = re.findall(r"^```.*?^```$", text, re.S | re.M)
        marks = [line.split(" ")[0] for line in text.splitlines() if line.startswith("#")]
        links = [link for link in LINK.findall(text) if link.startswith("docs/") and link.endswith(".md")]
        rows = sum(line.startswith("|") for line in text.splitlines())
        shapes.append((blocks, marks, sorted(set(links)), rows))
    english, japanese = shapes
    assert english == japanese
