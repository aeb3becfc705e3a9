"""Programmes of another shape, from files to every page: each says what can be said, and why not the rest.

A member of the host team who goes to another team; part-time; one week; one stay where no other team exists.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from rotation_analysis.disclosure.publications import Edition, Publication
from rotation_analysis.programme.file import read_programme
from rotation_analysis.study import analyse
from tests.publications import NOTEBOOKS, show_report, text_of
from tests.small_programme import BACKLOG, BACKLOG_HEADER, SURVEY, lines, replace_once, write_programme
from tests.test_small_reports import ALONE, END, START, answer, form, is_whole

STAY = "start = 2024-01-08\nplanned_end = 2024-06-28\nend = 2024-06-28"
KAEDE = re.compile(r'\[\[(teams|people)\]\]\nid = "(kaede|p2)".*?\n\n', re.S)
SHAPES = {
    "part-time": replace_once(ALONE, ('mentor = "m1"', 'mentor = "m1"\nshare = 0.4')),
    "one week": replace_once(ALONE, (STAY, STAY.replace("06-28", "01-12"))),
    "one stay, no other team": KAEDE.sub("", ALONE),
    "other direction": replace_once(
        ALONE,
        ('name = "試験 一"\nteam = "aoi"', 'name = "試験 一"\nteam = "sre"'),
        (
            'home_team = "aoi"\nhost_team = "sre"',
            'home_team = "sre"\nhost_team = "aoi"\ndirection = "sre_to_dev"',
        ),
    ),
}
DAYS = [f"2024/0{1 + i % 8}/{10 + i % 9}" for i in range(60)]
REQUESTS = lines(
    BACKLOG_HEADER,
    *(
        f"R-{i},{day} 10:00:00,依頼{i},だれか,x{i},試験 一,作業依頼,葵,{day} 15:00:00"
        for i, day in enumerate(DAYS)
    ),
)
EVERY_SHAPE = pytest.mark.parametrize("shape", SHAPES)


@pytest.fixture(scope="module")
def publish(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str | None], Publication]:
    """The owner's publication of a shape, of its cohort or of the whole programme."""
    known = {}
    for shape, toml in SHAPES.items():
        files: dict[str, str | bytes] = {
            "survey.csv": form(answer(START, {}, rest="2"), answer(END, {}, rest="3")),
            "backlog.csv": REQUESTS,
        }
        folder = write_programme(tmp_path_factory.mktemp("shape"), toml + SURVEY + BACKLOG, files)
        known[shape] = analyse(read_programme(Path(folder)))
    return lambda shape, cohort: known[shape].open_edition(Edition(audience="owner", cohort=cohort))


@EVERY_SHAPE
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("notebook", [*NOTEBOOKS, "programme"])
def test_every_part_of_every_page_is_whole(
    publish: Callable[[str, str | None], Publication], shape: str, notebook: str, language: str
) -> None:
    cohort = "1" if notebook in NOTEBOOKS else None
    outputs = show_report(publish(shape, cohort), notebook, language)
    assert is_whole(text_of(outputs))


@EVERY_SHAPE
def test_nothing_is_claimed_of_one_stay(
    publish: Callable[[str, str | None], Publication], shape: str
) -> None:
    for cohort in ("1", None):
        verdicts = set(publish(shape, cohort).measures["verdict"].dropna())
        assert verdicts
        assert verdicts <= {"hidden", "not_measurable", "not_enough_data"}


@pytest.mark.parametrize(("shape", "weeks"), [("part-time", 9), ("one week", 1), ("other direction", 24)])
def test_cost_follows_days_and_share(
    publish: Callable[[str, str | None], Publication], shape: str, weeks: float
) -> None:
    """23.6 working weeks × 0.4 = 9.4; 8 to 12 January 2024 has a public holiday: 0.8."""
    (row,) = publish(shape, "1").rows("cost.account", cohort="1", kind="away").to_dict("records")
    assert row["value"] == weeks


def test_the_other_direction_is_the_reason_and_the_team_gone_to_is_no_comparison(
    publish: Callable[[str, str | None], Publication],
) -> None:
    publication = publish("other direction", "1")
    (row,) = publication.rows("impact.self_resolution.first_graduate", team=None).to_dict("records")
    assert (row["verdict"], row["notes"]) == ("not_measurable", ("OTHER_DIRECTION",))
    assert publication.facts["why_nothing_after"] == {"sre": "OTHER_DIRECTION"}
    assert publication.facts["team_phases"] == []
