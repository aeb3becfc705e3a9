"""The three accounts from literal publications: one number a cell, or why there is none."""

from __future__ import annotations

from typing import Any

import pytest

from rotation_analysis.account_narrative import account_cells
from rotation_analysis.disclosure import Publication
from rotation_analysis.measures import Measure
from rotation_analysis.texts import Texts, read_texts
from tests.publications import make_publication, make_row, make_stay

JA, EN = read_texts("ja"), read_texts("en")
BOTH = pytest.mark.parametrize("texts", [JA, EN], ids=["ja", "en"])
START, THEN = "skill.growth.now_minus_start", "skill.growth.now_minus_then"
SELF = "impact.self_resolution"
WHAT = "self-rated growth from start to end"


def growth(measure: str = START, value: float | None = 0.7, **other: Any) -> Measure:
    return make_row(measure, value, **{"cohort": None, "n": 9, **other})


def difference(name: str, value: float | None, **other: Any) -> Measure:
    fields = {"unit": "share_points", "counts": "teams", "cohort": None, "n": 7, **other}
    return make_row(f"{SELF}.{name}", value, **fields)


def gained(party: str, *rows: Measure) -> str:
    return account_cells(make_publication(*rows), EN)[party]["gained"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], f"Not measurable, because {EN.say('reason.NO_SURVEY')}: {WHAT}."),
        (
            [growth(value=None, verdict="hidden", notes=("FEW_PEOPLE:5",))],
            f"Not shown, because there are too few people (fewer than 5): {WHAT}.",
        ),
        (
            [growth(), growth(THEN, None, verdict="not_measurable", notes=("NOT_ASKED",))],
            f"Not measurable, because the question was not asked: {EN.say('measure.' + THEN)}.",
        ),
        (
            [growth(value=-0.7), growth(THEN, 0.1, n=8)],
            "Across the programme, self-rated growth is −0.7 levels (against the start, people: n = 9) "
            "to +0.1 levels (against the look-back, people: n = 8)",
        ),
    ],
)
def test_what_persons_gained_is_the_bracket_or_its_own_reason(rows: list[Measure], said: str) -> None:
    assert gained("person", *rows) == said


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            difference("first_graduate", 0.13, low=0.06, high=0.19, verdict="leaning"),
            f"For {EN.say(f'measure.{SELF}.first_graduate')}, the data lean towards +13 points, "
            "but this could be chance (95% range +6 to +19, n = 7).",
        ),
        (
            difference("first_graduate", None, notes=("NO_CONTROL",)),
            EN.say("accounts.organisation_gained_none", reason=EN.say("reason.NO_CONTROL")),
        ),
        (
            difference("first_graduate", 0.13, n=1, verdict="not_enough_data"),
            f"Not enough data to say for "
            f"{EN.say(f'measure.{SELF}.first_graduate')}; the value obtained is +13 points (n = 1).",
        ),
    ],
)
def test_what_the_organisation_gained_has_a_range_or_a_reason(row: Measure, said: str) -> None:
    assert gained("organisation", row) == said


def test_a_home_teams_gain_is_the_cohorts_own() -> None:
    other = difference("first_graduate", 0.5, team="kaede", cohort="2")
    own = difference("first_graduate", 0.11, team="aoi", cohort="1")
    declined = difference("first_graduate", None, team="aoi", cohort="1", notes=("WINDOW_TOO_SHORT",))
    assert gained("home_team", other, own) == EN.say("accounts.home_team_gained", list="Aoi +11 points")
    for rows, reason in (([other, declined], "WINDOW_TOO_SHORT"), ([other], "NO_POST_WINDOW")):
        told = EN.say("accounts.home_team_gained_none", reason=EN.say(f"reason.{reason}"))
        assert gained("home_team", *rows) == told


def test_no_home_team_of_the_cohort_is_left_out_of_its_account() -> None:
    stays = [make_stay(), make_stay("p2", team="kaede"), make_stay("p3", team="kiri")]
    rows = [
        difference("first_graduate", 0.11, team="aoi", cohort="1"),
        difference("first_graduate", None, team="kaede", cohort="1", notes=("WINDOW_TOO_SHORT",)),
        difference("second_graduate", -0.08, team="kiri", cohort="1"),
        difference("away", 0.02, team="kiri", cohort="1"),
    ]
    teams = {team: {"ja": team, "en": team.title()} for team in ("aoi", "kaede", "kiri")}
    cells = account_cells(make_publication(*rows, stays=stays, teams=teams), EN)["home_team"]
    assert "Aoi +11 points / Kaede no value / Kiri −8 points (second graduate)" in cells["gained"]
    assert "Aoi no value / Kaede no value / Kiri +2 points" in cells["paid"]


@pytest.mark.parametrize("gained_why", ["NO_POST_WINDOW", "NOT_RETURNED"])
def test_a_home_team_without_a_value_says_what_is_lacking(gained_why: str) -> None:
    publication = make_publication(why_nothing_after={"aoi": gained_why})
    cells = account_cells(publication, EN)["home_team"]
    for side, why in (("gained", gained_why), ("paid", "LATER_SENDING")):
        assert cells[side] == EN.say(f"accounts.home_team_{side}_none", reason=EN.say(f"reason.{why}"))


@BOTH
def test_a_cohort_under_way_says_that_its_growth_is_not_its_own(texts: Texts) -> None:
    rows = [growth(), growth(THEN, 1.3, n=8)]
    running = make_stay(end=None, ending="running", now="host", returned=False)
    said = [
        account_cells(make_publication(*rows, stays=[stay]), texts)["person"]["gained"]
        for stay in (running, make_stay())
    ]
    numbers = {"low": "+0.7", "high": "+1.3", "n_low": 9, "n_high": 8}
    assert said == [texts.say(f"accounts.person_gained{key}", **numbers) for key in ("_running", "")]


@BOTH
def test_all_nine_cells_of_the_accounts_say_something(texts: Texts) -> None:
    empty: Publication = make_publication()
    cells = account_cells(empty, texts)
    assert list(cells) == ["person", "home_team", "organisation"]
    assert all(text and "{" not in text for row in cells.values() for text in row.values())


# --- what was paid, and what is not known -----------------------------------------------------------------


def cell(party: str, column: str, *rows: Measure) -> str:
    return account_cells(make_publication(*rows), EN)[party][column]


PANIC = {"cohort": None, "unit": "share", "n": 12, "missing": 28}


def test_what_persons_paid_is_the_programme_s_share_and_the_cohort_s_gaps() -> None:
    rows = [
        make_row("strain.panic_share", 0.14, **PANIC),
        make_row("strain.panic_share.bounds", 0.14, **{**PANIC, "n": 131}),
        make_row("one_to_one.gap_over", 1, unit="persons", n=2),
        make_row("one_to_one.gap_over", 9, unit="persons", n=13, cohort=None),
    ]
    assert cell("person", "paid", *rows) == " ".join(
        (
            EN.say("accounts.person_paid", value="14%", n=12, missing=28),
            EN.say("accounts.person_paid_gaps", weeks=3, k=1, n=2),
        )
    )


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], EN.say("reason.NO_SURVEY")),
        (
            [make_row("strain.panic_share", None, verdict="hidden", notes=("FEW_PEOPLE:5",), **PANIC)],
            EN.sentences["reason.FEW_PEOPLE"].format(5),
        ),
    ],
)
def test_load_that_cannot_be_shown_has_its_reason(rows: list[Measure], reason: str) -> None:
    assert cell("person", "paid", *rows) == EN.say("accounts.person_paid_none", reason=reason)


def test_what_the_organisation_paid_is_the_cohort_s_weeks_and_the_programme_s_account() -> None:
    away = make_row("cost.account", 24.4, unit="person_weeks", kind="away")
    net = make_row("cost.account", 252.0, unit="person_weeks", kind="net", cohort=None, n=13)
    alone = cell("organisation", "paid", away)
    assert alone == EN.say("accounts.organisation_paid", value="24", n=1)
    assert cell("organisation", "paid", away, net).startswith(alone)
    assert "252" in cell("organisation", "paid", away, net)
    assert "n = 13" in cell("organisation", "paid", away, net)


def test_what_is_not_known_becomes_less_by_a_survey_and_never_nothing() -> None:
    teaching = make_row("host.teaching_hours", 1.2, unit="hours", cohort=None)
    cover = make_row("home.cover", 0.3, unit="share", cohort=None, n=40)
    assert cell("organisation", "unknown") == EN.say("accounts.organisation_unknown")
    assert cell("organisation", "unknown", teaching) == EN.say("accounts.organisation_unknown_otherwise")
    cause = EN.say("accounts.home_team_unknown_cause")
    assert cell("home_team", "unknown") == f"{EN.say('accounts.home_team_unknown')} {cause}"
    assert cell("home_team", "unknown", cover) == f"{EN.say('accounts.home_team_unknown_cover')} {cause}"
    assert cell("home_team", "paid", cover).endswith(EN.say("accounts.home_team_cover", value="30%", n=40))


def test_home_teams_own_words_and_the_level_of_all_teams_stand_beside_the_claims() -> None:
    view = [
        make_row("impact.self_solving", value, unit="strain_level", kind=kind, cohort=None, n=n)
        for kind, value, n in (("sender_before", 2.7, 90), ("sender_after", 3.4, 60))
    ]
    level = [
        make_row("organisation.self_resolution", value, unit="share", kind=kind, cohort=None, n=n)
        for kind, value, n in (("first_year", 0.41, 3000), ("last_year", 0.55, 3100))
    ]
    assert cell("home_team", "gained", *view).endswith(
        EN.say("accounts.home_team_view", before="2.7", after="3.4", n_before=90, n_after=60)
    )
    assert "2.7" not in cell("home_team", "gained", view[0])
    assert cell("organisation", "gained", *level).endswith(
        EN.say("accounts.organisation_level", first="41%", last="55%", n_first="3,000", n_last="3,100")
    )
    assert EN.say("accounts.organisation_unknown_cause") in cell("organisation", "unknown", *level)
    assert EN.say("accounts.organisation_unknown_cause") not in cell("organisation", "unknown")
