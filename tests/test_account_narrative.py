"""The three accounts from literal publications: one number a cell, or why there is none."""

from __future__ import annotations

from typing import Any

import pytest

from rotation_analysis.account_narrative import account_cells
from rotation_analysis.measures import Measure
from rotation_analysis.publications import Publication
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


def test_what_home_teams_gained_is_not_counted_again_as_the_organisation_s() -> None:
    row = difference("first_graduate", 0.13, low=0.06, high=0.19, verdict="leaning")
    used = make_row("improvement.in_use", 5, kind="all", unit="improvements", cohort=None, n=7)
    assert gained("organisation", row) == EN.say("accounts.organisation_gained_nothing")
    said = gained("organisation", row, used)
    assert said == EN.say("accounts.organisation_gained_improvements", k=5, n=7)


def test_a_home_teams_gain_is_the_cohorts_own() -> None:
    other = difference("first_graduate", 0.5, team="kaede", cohort="2")
    own = difference("first_graduate", 0.11, team="aoi", cohort="1")
    declined = difference("first_graduate", None, team="aoi", cohort="1", notes=("WINDOW_TOO_SHORT",))
    assert gained("home_team", other, own) == EN.say(
        "accounts.home_team_gained", list="Aoi +11 points", few="a single team"
    )
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
    short = EN.say("accounts.team_none", team="Kaede", reason=EN.say("reason.WINDOW_TOO_SHORT"))
    assert f"Aoi +11 points / {short} / Kiri −8 points (second graduate)" in cells["gained"]
    assert "(each a single team, for reference only)" in cells["gained"]
    compared = "Aoi not compared (first sending only) / Kaede not compared (first sending only)"
    assert f"{compared} / Kiri +2 points (a single team, for reference only)" in cells["paid"]


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


@pytest.mark.parametrize("n", [1, 2])
@BOTH
def test_of_a_cohort_of_one_only_the_programme_s_gaps_are_told(texts: Texts, n: int) -> None:
    rows = [
        make_row("one_to_one.gap_over", 1, unit="persons", n=n),
        make_row("one_to_one.gap_over", 4, unit="persons", n=13, cohort=None),
    ]
    said = account_cells(make_publication(*rows), texts)["person"]["paid"]
    own = texts.say("accounts.person_paid_gaps", weeks=3, k=1, n=n)
    whole = texts.say("accounts.person_paid_gaps_alone", weeks=3, k=4, n=13)
    assert (own in said, whole in said) == (n > 1, n == 1)
    alone = account_cells(make_publication(rows[0]), texts)["person"]["paid"]
    assert (own in alone) is (n > 1)


def test_home_teams_own_words_have_something_to_be_compared_with() -> None:
    fields: dict[str, Any] = {"unit": "levels", "counts": "teams", "cohort": None, "n": 6}
    view = make_row("impact.self_solving.first_graduate", 0.5, low=0.0, high=1.0, verdict="leaning", **fields)
    told = {"value": "+0.5 levels", "n": 6}
    assert cell("home_team", "gained", view).endswith(
        EN.say("accounts.home_team_view", range="±0.0 to +1.0", verdict="up or down", **told)
    )
    alone = make_row("impact.self_solving.first_graduate", 0.5, verdict="not_enough_data", **fields)
    assert cell("home_team", "gained", alone).endswith(
        EN.say("accounts.home_team_view_alone", verdict="not enough data", **told)
    )
    levels = make_row("impact.self_solving", 2.7, unit="strain_level", kind="sender_before", cohort=None)
    assert "2.7" not in cell("home_team", "gained", levels)
