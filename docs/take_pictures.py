"""Pictures of the sample's real pages for the READMEs: `make pictures`, after looks or pages have changed.

Each is what a browser shows of a finished folder, from a heading on.  Needs Chromium and the extra `pdf`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page, sync_playwright

from rotation_analysis.printing import find_browser
from rotation_analysis.texts import read_texts

PICTURES = Path(__file__).parent / "pictures"
LANGUAGES = ("en", "ja")
LARGEST = 200_000  # bytes of a picture: who clones the repository gets them all


class View(NamedTuple):
    """A part of a page: from the heading with that text (an id of the texts; "" = the top) so many pixels."""

    name: str
    page: str
    heading: str
    height: int


VIEWS = (
    View("impact", "owner/cohort-1/team-impact", "difference.question", 800),
    View("skills", "owner/cohort-3/skill-growth", "bracket.question", 950),
    View("leadership", "leadership/summary", "", 930),
)
WIDTH = 794  # A4 at 96 dots an inch
ABOVE = 16  # pixels between the upper edge and the heading


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
    """One view of an open page; its heading is looked for by the words the page has."""
    if page.locator("script").count():  # the page tells when its figures are drawn
        page.wait_for_selector("html[data-figures=drawn]", state="attached")
    if view.heading:
        heading = page.get_by_role("heading", name=read_texts(language).say(view.heading), exact=True)
        heading.evaluate(f"heading => scrollTo(0, heading.getBoundingClientRect().top - {ABOVE})")
    path = PICTURES / f"{view.name}.{language}.png"
    path.write_bytes(page.screenshot())
    if path.stat().st_size > LARGEST:
        raise SystemExit(f"{path.name} has more than {LARGEST:,} bytes: show less of the page")
    return path


if __name__ == "__main__":
    for picture in take_pictures(Path(sys.argv[1] if len(sys.argv) > 1 else "reports")):
        print(f"{picture.name}: {picture.stat().st_size:,} bytes")
