"""What names somebody in free text, and what only looks like it."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from rotation_analysis.cohorts.name_detection import find_mentions
from rotation_analysis.programme.model import Alias, DisclosurePolicy, Person, Programme
from tests.builders import make_programme, make_rotation

PEOPLE = (
    Person(id="p1", name="見本 はると", team="aoi", mail="haruto@invented.example"),
    Person(id="p2", name="例示 ゆい", team="sre"),
    Person(id="p3", name="Mark Taylor", team="sre"),
    Person(id="p4", name="森 一郎", team="sre", mail="ichiro.mori@invented.example"),
    Person(id="p5", name="Suzuki Hanako", team="sre", mail="hsuzuki@invented.example"),
    Person(id="p6", name="マリ ユイ", team="sre"),
)
ALIASES = (
    Alias(text="ゆいゆい", kind="person", id="p2", valid_until=date(2023, 3, 31)),
    Alias(text="mark-t", kind="person", id="p3"),
    Alias(text="mark", kind="person", id="p3"),
    Alias(text="sre-bot", kind="bot"),
)


def declared() -> Programme:
    stay = make_rotation("p1", "aoi", "2024-01-08", "2024-06-28")
    policy = DisclosurePolicy(customer_words=("みほん商事", "Acme", "Big Shop", "Red-Star 社"))
    return make_programme(stay, people=PEOPLE, aliases=ALIASES, disclosure=policy)


def names(text: str, writer: str | None = "p1") -> bool:
    (found,) = find_mentions(pd.Series([text]), pd.Series([writer], dtype=object), declared())
    return bool(found)


@pytest.mark.parametrize(
    "text",
    [
        "例示ゆいに頼んだ",
        "例示　ゆい",
        "ゆい・例示",
        "ゆいさんに聞いた",
        "ゆいゆいちゃん",  # whenever the nickname was used
        "@ゆいゆい ありがとう",
        "TAYLOR, Mark said so",
        "I asked mark-san twice",
        "see mark-t's change",
        "みほん商事の障害",
        "an outage at ACME",
        "森様より",
        "森さまに",
        "ゆいサンに",
        "マリｻﾝ",
        "森部長と森課長",
        "一郎先生",
        "昨日森さんに聞いた",
        "担当の森さん",
        "ichiro.mori に頼んだ",
        "cc @ichiro.mori",
        "ichiro.mori@old.example",
        "@hsuzuki did it",
        "Hanako.Suzuki wrote",
        "hanako-suzuki",
        "Suzuki Hanako wrote",
        "Hanako’s review",
        "mark's review",
        "thanks to Ms. Suzuki",
        "Mr Taylor came",
        "suzukisan helped",
        "suzuki kun helped",
        "Suzuki-san, thanks",
        "big-shop was down",
        "BigShop",
        "Big\u3000Shop",
        "Red Star社",
        "redstar-社",
    ],
)
def test_whoever_is_named_is_found(text: str) -> None:
    assert names(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "はるとさんと見本 はると、haruto@invented.example",  # who writes
        "ゆいいつの方法",  # a part of a name inside a word
        "ゆいゆい",  # a nickname alone may be a word
        "the benchmark: taylored to us",
        "mark the day",
        "smark-to",
        "Acmeist poets",
        "sre-bot が直した",
        "大森さんに聞いた",
        "大森部長",
        "森の様子",
        "アマリさん",
        "ゆいサンプル",
        "森様子見",
        "xichiro.mori",
        "ichiro.morita",
        "the hsuzuki host",
        "Ms. Suzukian",
        "suzukisanta",
        "hanako grew",
        "bigger shop",
        "bigshops",
    ],
)
def test_what_is_no_other_persons_name_is_not_found(text: str) -> None:
    assert not names(text)


def test_where_nobody_is_known_to_have_written_it_every_name_counts() -> None:
    assert names("見本はると", None)
    assert names("haruto@invented.example", "p2")
    assert not names("xharuto@invented.example", "p2")
    assert names("見本さん", "p2")
    assert not names("見本さん", "p1")  # nobody else is called so


def test_missing_text_names_nobody_and_the_index_is_kept() -> None:
    texts = pd.Series(["例示ゆい", None], index=[7, 3], dtype="str")
    found = find_mentions(texts, pd.Series([None, None], index=[7, 3], dtype=object), declared())
    assert found.to_dict() == {7: True, 3: False}
