"""Whom and which team a text means on its day."""

from __future__ import annotations

import pandas as pd
import pytest

from rotation_analysis.cohorts.people import (
    Directory,
    format_aliases,
    list_candidates,
    list_people,
    list_teams,
    look_up,
    team_on,
)
from rotation_analysis.programme.model import Alias, Person, Team
from tests.builders import day, make_programme, make_rotation

PEOPLE = (
    Person(id="p01", name="見本 はるか", team="aoi", mail="haruka@sample.example"),
    Person(id="p03", name="見本 ひかり", team="aoi", mail="hikari@sample.example"),
    Person(id="sre04", name="見本 ひかり", team="sre", mail="hikari.sre@sample.example"),
)
TEAMS = (
    Team(id="sre", ja="SRE", en="SRE"),
    Team(id="aoi", ja="葵", en="Aoi"),
    Team(id="old", ja="楓", en="Kaede", valid_until=day("2023-03-31")),
    Team(id="new", ja="楓", en="Kaede", valid_from=day("2023-04-01")),
)


def make_alias(
    text: str, kind: str, id_: str | None, first: str | None = None, last: str | None = None
) -> Alias:
    return Alias(
        text=text,
        kind=kind,  # type: ignore[arg-type]
        id=id_,
        valid_from=first and day(first),
        valid_until=last and day(last),
    )


def people(*aliases: Alias) -> Directory:
    return list_people(make_programme(people=PEOPLE, aliases=aliases))


def meaning(directory: Directory, text: str | None, on: str | None = "2024-01-10") -> tuple[str, str | None]:
    found = look_up(directory, pd.Series([text], dtype="str"), pd.to_datetime(pd.Series([on])))
    return found["outcome"].iloc[0], found["id"].iloc[0]


@pytest.mark.parametrize(
    "text",
    [
        "p01",
        "P01",
        "見本 はるか",
        "見本\u3000はるか",
        "  見本  はるか ",
        "haruka@sample.example",
        "Haruka@SAMPLE.example",
        "ｈａｒｕｋａ@sample.example",
        "haruka@sample.example\u200b",
    ],
)
def test_a_person_is_met_by_id_name_and_address_whatever_width_and_case(text: str) -> None:
    assert meaning(people(), text) == ("person", "p01")


def test_half_width_kana_meets_full_width_kana() -> None:
    assert meaning(people(make_alias("ハルカ", "person", "p01")), "ﾊﾙｶ") == ("person", "p01")


def test_a_name_of_two_people_is_ambiguous_their_addresses_are_not() -> None:
    assert meaning(people(), "見本 ひかり") == ("ambiguous", None)
    assert meaning(people(), "hikari@sample.example") == ("person", "p03")
    assert meaning(people(), "hikari.sre@sample.example") == ("person", "sre04")


def test_an_alias_of_two_people_is_ambiguous_an_alias_told_twice_is_not() -> None:
    both = [make_alias("ひかり", "person", "p03"), make_alias("ひかり", "person", "sre04")]
    assert meaning(people(*both), "ひかり") == ("ambiguous", None)
    assert meaning(people(both[0], both[0]), "ひかり") == ("person", "p03")


def test_an_alias_decides_whom_the_name_of_two_people_means() -> None:
    assert meaning(people(make_alias("見本 ひかり", "person", "p03")), "見本 ひかり") == ("person", "p03")


def test_an_alias_decides_only_within_its_dates() -> None:
    directory = people(make_alias("見本 ひかり", "person", "p03", "2023-01-01", "2023-12-31"))
    assert meaning(directory, "見本 ひかり", "2023-12-31") == ("person", "p03")
    assert meaning(directory, "見本 ひかり", "2024-01-01") == ("ambiguous", None)


@pytest.mark.parametrize(
    ("on", "found"),
    [
        ("2022-12-31", ("unknown", None)),
        ("2023-01-01", ("person", "p01")),
        ("2023-06-30", ("person", "p01")),
        ("2023-07-01", ("person", "p03")),
        ("2030-01-01", ("person", "p03")),
        (None, ("unknown", None)),
    ],
)
def test_dates_of_an_alias_include_both_ends(on: str | None, found: tuple[str, str | None]) -> None:
    directory = people(
        make_alias("dev-1", "person", "p01", "2023-01-01", "2023-06-30"),
        make_alias("dev-1", "person", "p03", "2023-07-01"),
    )
    assert meaning(directory, "dev-1", on) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sre-bot", ("shared", "sre")),
        ("テスト回答", ("test", "")),
        ("誰か", ("unknown", None)),
        (None, ("unknown", None)),
    ],
)
def test_shared_accounts_test_answers_and_strangers(text: str | None, found: tuple[str, str | None]) -> None:
    directory = people(make_alias("sre-bot", "shared", "sre"), make_alias("テスト回答", "test", None))
    assert meaning(directory, text) == found


def test_a_person_called_na_is_a_person() -> None:
    directory = list_people(make_programme(people=(Person(id="p09", name="NA"),)))
    assert meaning(directory, "NA") == ("person", "p09")


@pytest.mark.parametrize(
    ("text", "on", "found"),
    [
        ("葵", "2024-01-10", "aoi"),
        ("ＡＯＩ", "2024-01-10", "aoi"),
        ("aoi-team", "2024-01-10", "aoi"),
        ("楓", "2023-03-31", "old"),
        ("楓", "2023-04-01", "new"),
    ],
)
def test_a_team_is_met_by_names_and_aliases_as_of_the_day(text: str, on: str, found: str) -> None:
    declared = {"teams": TEAMS, "aliases": (make_alias("aoi-team", "team", "aoi"),)}
    directory = list_teams(make_programme().model_copy(update=declared))
    assert meaning(directory, text, on) == ("team", found)


def test_aliases_of_teams_mean_no_person_and_those_of_people_no_team() -> None:
    programme = make_programme(
        people=PEOPLE, aliases=(make_alias("あおい", "team", "aoi"), make_alias("はる", "person", "p01"))
    )
    assert meaning(list_people(programme), "あおい") == ("unknown", None)
    assert meaning(list_teams(programme), "はる") == ("unknown", None)


@pytest.mark.parametrize(
    ("on", "team"),
    [("2022-05-01", "old"), ("2023-06-30", "old"), ("2023-07-01", "new"), ("2024-04-01", "aoi")],
)
def test_a_requester_belongs_to_the_team_of_the_day(on: str, team: str) -> None:
    first = make_rotation("p01", "old", "2023-01-02", "2023-06-30")
    second = make_rotation("p01", "new", "2023-10-01", "2024-03-31", cohort="2")
    programme = make_programme(second, first, people=PEOPLE)
    assert team_on(programme, "p01", day(on)) == team
    assert team_on(programme, "p03", day(on)) == "aoi"
    assert team_on(programme, "p99", day(on)) is None


def test_look_up_keeps_order_and_index() -> None:
    texts = pd.Series(["誰か", "p01", "見本 ひかり", "p01"], index=[7, 3, 5, 1], dtype="str")
    found = look_up(people(), texts, pd.Series(pd.Timestamp("2024-01-10"), index=texts.index))
    assert found.index.tolist() == [7, 3, 5, 1]
    assert found["outcome"].tolist() == ["unknown", "person", "ambiguous", "person"]


def test_the_line_to_paste_names_the_candidates() -> None:
    candidates = list_candidates(people(), "見本\u3000ひかり")
    assert candidates == ["p03", "sre04"]
    assert (
        format_aliases(["見本 ひかり"], candidates)
        == "add to the alias sheet: 見本 ひかり,person,p03|sre04,,"
    )
    assert format_aliases(["誰か"]) == "add to the alias sheet: 誰か,person,<id>,,"
