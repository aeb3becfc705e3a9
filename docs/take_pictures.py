"""Pictures of the sample's real pages for the READMEs: `make pictures`, after looks or pages have changed.

Each is what a browser shows first of a page of a finished folder.  Needs Chromium and the extra `pdf`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page, sync_playwright

from rotation_analysis.build.pdf import find_browser

PICTURES = Path(__file__).parent / "pictures"
LANGUAGES = ("en", "ja")
LARGEST = 200_000  # bytes of a picture: who clones the repository gets them all


class View(NamedTuple):
    """The first screen of a page, so many pixels of it."""

    name: str
    page: str
    height: int


VIEWS = (
    View("impact", "owner/cohort-3/team-impact", 800),
    View("skills", "owner/cohort-3/skill-growth", 950),
    View("leadership", "leadership/summary", 930),
)
WIDTH = 794  # A4 at 96 dots an inch


def take_pictures(reports: Path) -> Iterator[Path]:
    """Take every view of the finished folder `reports` in every language; the files that were written."""
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        for view in VIEWS:
            for language in LANGUAGES:
                page = browser.new_page(viewport={"width": WIDTH, "height": view.height})
                page.goto((reports / f"{view.page}.{language}.html").resolve().as_uri())
                yield take_picture(page, view, language)
                page.close()
        browser.close()


def take_picture(page: Page, view: View, language: str) -> Path:
    """One view of an open page."""
    if page.locator("script").count():  # the page tells when its figures are drawn
        page.wait_for_selector("html[data-figures=drawn]", state="attached")
    path = PICTURES / f"{view.name}.{language}.png"
    path.write_bytes(page.screenshot())
    if path.stat().st_size > LARGEST:
        raise SystemExit(f"{path.name} has more than {LARGEST:,} bytes: show less of the page")
    return path


if __name__ == "__main__":
    for picture in take_pictures(Path(sys.argv[1] if len(sys.argv) > 1 else "reports")):
        print(f"{picture.name}: {picture.stat().st_size:,} bytes")
