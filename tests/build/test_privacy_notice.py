"""The policy in words says what the gate's table says, and what it does not protect against."""

from __future__ import annotations

import re
from html import unescape
from typing import get_args

import pytest

from rotation_analysis.build import privacy_notice as policy_page
from rotation_analysis.build.privacy_notice import (
    COLUMNS,
    LIMITS,
    Section,
    list_sections,
    render_policy,
    write_markdown,
)
from rotation_analysis.programme.model import ConsentKind, DisclosurePolicy, Header, Label, Programme
from rotation_analysis.programme.plan import EvaluationPlan
from rotation_analysis.programme.policy import RULES, Rule
from rotation_analysis.texts import Texts, read_texts
from tests.publications import HOSTILE

EN, JA = read_texts("en"), read_texts("ja")
BOTH = pytest.mark.parametrize("texts", [JA, EN], ids=["ja", "en"])


def make_programme(*, name: str = "Rotation", synthetic: bool = False, **disclosure: object) -> Programme:
    label = Label(ja=name, en=name)
    return Programme(
        programme=Header(name=label, company=label, as_of="2025-03-31", host_team="sre", synthetic=synthetic),  # type: ignore[arg-type]
        plan=EvaluationPlan(declared="2025-01-01"),  # type: ignore[arg-type]
        disclosure=DisclosurePolicy(**disclosure),  # type: ignore[arg-type]
    )


def who_sees(texts: Texts = EN, **disclosure: object) -> Section:
    return list_sections(DisclosurePolicy(**disclosure), texts)[0]  # type: ignore[arg-type]


def cells_of(audience: str, **disclosure: object) -> tuple[str, ...]:
    row = list(RULES).index(audience)  # type: ignore[arg-type]
    return who_sees(**disclosure).body[row]


def test_every_audience_has_its_line_in_the_words_of_the_gate_s_table() -> None:
    assert [row[0] for row in who_sees().body] == [EN.say(f"policy.reader.{name}") for name in RULES]
    assert cells_of("owner")[1:] == (
        "only the kinds that the person agreed to for this reader",
        "from 5 people on",
        "all teams",
        "only a text that its author approved",
    )
    assert cells_of("graduate")[1] == "only their own"
    assert cells_of("leadership")[1:] == (
        "never",
        "a fixed list of measures, from 5 people on",
        "all teams together only",
        "never quoted",
    )


def test_what_is_changed_in_the_table_changes_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_page, "RULES", {"owner": Rule(named=False, teams="own", spread_from=12)})
    section = who_sees()
    assert section.body == (
        (
            "Owner of the programme",
            "never",
            "from 5 people on",
            "only their own home team",
            "never quoted",
        ),
    )
    assert "under 12 people: Owner of the programme" in section.points[0]


def test_what_an_owner_chose_stands_on_the_page() -> None:
    assert "at least 8 people" in who_sees(k=8).paragraphs[0]
    assert cells_of("owner", k=8)[2] == "from 8 people on"
    assert cells_of("leadership", teams_to_leadership="named")[3] == "by name"
    left_out = who_sees(withhold=("impact.self_resolution.away", "skill.own")).points
    assert any(f"{EN.say('measure.impact.self_resolution.away')}, skill.own" in text for text in left_out)
    part = {"measure": "skill.growth.mentor", "wave": "end", "skill": "os"}
    named = f"{EN.say('measure.skill.growth.mentor')} (os, {EN.say('wave.end')})"
    assert any(named in text for text in who_sees(withhold=(part,)).points)
    assert not any("shown to nobody" in text for text in who_sees().points)
    assert any("otherwise “fewer than 8”" in text for text in who_sees(k=8).points)


def test_a_number_of_people_under_the_usual_one_is_said() -> None:
    assert any("fewer than the usual 5" in text for text in who_sees(k=4).paragraphs)
    assert len(who_sees(k=5).paragraphs) == 1


@BOTH
def test_consent_withdrawal_releases_and_limits_are_told(texts: Texts) -> None:
    sections = list_sections(DisclosurePolicy(), texts)
    assert len(sections[1].points) == len(get_args(ConsentKind))
    assert len(sections[-1].points) == len(LIMITS)
    assert all(len(section.head) in (0, len(COLUMNS)) for section in sections)
    assert len(sections) == 5


@BOTH
def test_page_and_markdown_say_the_same(texts: Texts) -> None:
    programme = make_programme(synthetic=True, withhold=("home.cover",))
    page = unescape(re.sub(r"<[^>]+>", "\n", render_policy(programme, texts).split("<main>")[1]))
    markdown = write_markdown(programme, texts).replace("\\", "")
    for section in list_sections(programme.disclosure, texts):
        for text in (section.title, *section.paragraphs, *section.points, *section.head):
            assert text in page
            assert text in markdown
    assert texts.say("policy.synthetic") in page


@BOTH
def test_nothing_typed_becomes_markup_and_nothing_is_fetched(texts: Texts) -> None:
    programme = make_programme(name=HOSTILE, withhold=("<b>x", "[a](http://h.example)"))
    page = render_policy(programme, texts)
    assert "<script" not in page
    assert "<b>" not in page
    assert not re.search(r"(src|href)=\"(?!data:,)", page)
    markdown = write_markdown(programme, texts)
    assert "<script" not in markdown.replace("\\<", "")
    assert "](http" not in re.sub(r"`[^`]*`", "", markdown)  # as code it is no link


def test_the_same_policy_gives_the_same_bytes() -> None:
    assert render_policy(make_programme(), JA) == render_policy(make_programme(), JA)
    assert write_markdown(make_programme(), JA).endswith("\n")
