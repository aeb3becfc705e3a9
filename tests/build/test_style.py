"""The style sheet: one scale of sizes and one set of colours; nothing stands alone at the end of a sheet."""

from __future__ import annotations

import io
import re
from importlib.resources import files
from pathlib import Path

import pypdf

from rotation_analysis.build.pages import render_template
from rotation_analysis.build.pdf import _open_browser, _print_page, find_browser
from tests.browser import needs_browser
from tests.small_reports import make_page

CSS = files("rotation_analysis").joinpath("templates", "page.css").read_text(encoding="utf-8")
TITLE, WORDS = "何が変わったか", "続きの文である。"


def list_values(name: str) -> list[str]:
    """What a property is set to, wherever it is."""
    plain = re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)
    plain = re.sub(r"@page \{.*?\n  @bottom.*?\n", "", plain, flags=re.DOTALL)
    return [told.strip() for told in re.findall(rf"(?:^|[;{{\s]){name}:\s*([^;}}]+)", plain)]


def test_sizes_of_letters_come_from_one_scale() -> None:
    sizes = list_values("font-size")
    assert len(sizes) > 20
    assert [size for size in sizes if not size.startswith("var(--t-")] == []


def test_colours_have_names() -> None:
    used = [*list_values("color"), *list_values("background"), *list_values("border-left")]
    assert len(used) > 20
    assert [told for told in used if "#" in told] == ["#fff"]  # around the page


def test_every_name_is_declared_and_used() -> None:
    """The heights of a picture are declared where the picture is."""
    declared = set(re.findall(r"(?:^|[\s{;])(--[a-z0-9-]+):", CSS))
    assert declared | {"--wide", "--narrow"} == set(re.findall(r"var\((--[a-z0-9-]+)\)", CSS))


def test_letters_are_dark_enough_on_white_and_on_the_ground_of_boxes() -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1."""
    colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6});", CSS.split("@media print")[0]))
    for letters in ("ink", "ink-2", "ink-3", "link", "alert"):
        for ground in ("#ffffff", colours["wash"]):
            assert contrast(colours[letters], ground) >= 4.5, (letters, ground)
    assert contrast("#777777", "#ffffff") < 4.5  # the rule tells them apart


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# --- on paper -----------------------------------------------------------------------------------------------


def write_long_page(path: Path) -> None:
    """Forty parts of growing length: headings, folded tables and notes come to lie anywhere on a sheet."""
    parts = [
        f'<section class="part"><h2>{TITLE}</h2><p class="sentence">{WORDS * 2}</p>'
        + f"<p>{WORDS * 9}</p>" * (number % 7)
        + '<table class="lookup"><thead><tr><th>項目</th></tr></thead><tbody>'
        + f"<tr><th>{WORDS}</th></tr>" * (number % 5 + 5)
        + f'</tbody></table></section><div class="after"><details class="numbers"><summary>{TITLE}</summary>'
        + '<table class="lookup"><tbody>'
        + f"<tr><th>{WORDS}</th></tr>" * (number % 11 + 5)
        + f'</tbody></table></details><p class="note">注: {WORDS}</p></div>'
        for number in range(40)
    ]
    path.write_text(make_page(*parts), encoding="utf-8")


def list_ends(pdf: bytes) -> list[tuple[str, str]]:
    """First and last line of every sheet, the number of the sheet left out."""
    sheets = [sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    lines = [[line.strip() for line in sheet.split("\n") if line.strip()] for sheet in sheets]
    kept = [[line for line in each if not re.fullmatch(r"\d+ / \d+", line)] for each in lines]
    return [(each[0], each[-1]) for each in kept]


@needs_browser
def test_no_heading_ends_a_sheet_and_no_note_begins_one(tmp_path: Path) -> None:
    path, careless = tmp_path / "page.html", tmp_path / "careless.html"
    write_long_page(path)
    careless.write_text(re.sub(r"break-(?:after|before): avoid", "", path.read_text("utf-8")), "utf-8")
    with _open_browser(find_browser()) as context:
        ends = list_ends(_print_page(context, path))
        odd = list_ends(_print_page(context, careless))
    assert len(ends) > 15
    assert [last for _, last in ends if TITLE in last] == []
    assert [first for first, _ in ends if first.startswith("注")] == []
    assert [last for _, last in odd if TITLE in last]  # without the rules there are some
    assert [first for first, _ in odd if first.startswith("注")]


def test_all_pages_have_the_same_head() -> None:
    """Policy before anything that it governs, one style, nothing fetched."""
    page = render_template("policy.html", title="<a>", language="ja", notices=(), note="", sections=())
    other = make_page("<p>a</p>")
    head = re.compile(r"<title>.*?</title>")
    assert "<title>&lt;a&gt;</title>" in page
    assert head.sub("", page.split("<body>")[0]) == head.sub("", other.split("<body>")[0])
