"""The gate: who may see what; what is hidden carries no number; bytes depend on nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.disclosure.gate import may_show, publish
from rotation_analysis.disclosure.publications import (
    VOICE_COLUMNS,
    Edition,
    Publication,
    Quotation,
    read_publication,
)
from rotation_analysis.disclosure.releases import Release, release_row
from rotation_analysis.errors import FileError
from rotation_analysis.measure_row import MEASURE_COLUMNS, Measure
from rotation_analysis.programme.model import Approval, Audience, Consent, DisclosurePolicy, Reply
from tests.builders import day

FACTS = {
    "as_of": "2025-03-31",
    "programme_sha256": "f" * 64,
    "teams": {"aoi": {"ja": "葵"}},
    "company": {"ja": "架空社", "en": "Invented Inc."},
    "name": {"ja": "制度", "en": "Programme"},
    "k": 5,
    "version": "1.2.3",
    "stays": [],
}
POLICY = DisclosurePolicy(k=5)
OWNER = Edition(audience="owner", cohort="1")
SIX = ("p01", "p02", "p03", "p04", "p05", "p06")


def make_consent(person: str = "p01", **other: Any) -> Consent:
    values: dict[str, Any] = {"kind": "skills", "audience": "owner", "given": day("2024-01-01")}
    return Consent(person=person, **(values | other))


def own_row(**other: Any) -> Measure:
    values: dict[str, Any] = {
        "measure": "skill.growth.now_minus_then",
        "unit": "levels",
        "method": "m",
        "counts": "persons",
        "cohort": "1",
        "person": "p01",
        "people": ("p01",),
        "consent": "skills",
        "n": 1,
        "missing": 0,
        "value": 1.0,
        "notes": ("N1",),
        "verdict": "not_enough_data",
    }
    return Measure(**(values | other))


def aggregate(people: Sequence[str], **other: Any) -> Measure:
    values = {"person": None, "consent": None, "cohort": None, "people": tuple(people), "n": len(people)}
    return own_row(**(values | {"low": 0.25, "high": 1.75} | other))


def pass_gate(
    measures: Sequence[Measure],
    consents: Sequence[Consent] = (),
    edition: Edition = OWNER,
    *,
    policy: DisclosurePolicy = POLICY,
    facts: dict[str, Any] = FACTS,
    **other: Any,
) -> Publication:
    return publish(measures, edition, policy, consents, facts=facts, **other)


def only_row(publication: Publication) -> dict[str, Any]:
    (row,) = publication.measures.to_dict("records")
    return row  # type: ignore[return-value]


# --- one person -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("consents", "shown"),
    [
        ([], False),  # no entry = no
        ([make_consent()], True),
        ([make_consent("p02")], False),
        ([make_consent(kind="incidents")], False),
        ([make_consent(audience="leadership")], False),
        ([make_consent(given=day("2025-03-31"))], True),
        ([make_consent(given=day("2025-04-01"))], False),  # after the day of the data
        ([make_consent(withdrawn=day("2025-03-30"))], False),
        ([make_consent(withdrawn=day("2025-03-31"))], False),
        ([make_consent(withdrawn=day("2025-04-01"))], True),
        ([make_consent(withdrawn=day("2024-06-30")), make_consent(given=day("2024-09-01"))], True),
    ],
)
def test_a_person_is_shown_as_far_as_their_consent_says(consents: list[Consent], shown: bool) -> None:
    row = only_row(pass_gate([own_row()], consents))
    assert (row["value"] == 1.0) is shown
    assert (row["verdict"] == "hidden") is not shown


def test_who_is_hidden_does_not_depend_on_what_they_answered() -> None:
    texts = {
        pass_gate([own_row(value=value, n=n, missing=1 - n, declined=declined)]).to_json()
        for value, n, declined in ((1.0, 1, None), (-2.0, 1, None), (None, 0, "NO_CHANCE"))
    }
    assert len(texts) == 1


def test_hidden_rows_of_a_person_do_not_tell_which_skills_have_a_level() -> None:
    some = [own_row(measure="skill.level", unit="level", skill=skill) for skill in ("os", "db")]
    one = [own_row(measure="skill.level", unit="level", skill="network")]
    assert pass_gate(some).to_json() == pass_gate(one).to_json()
    assert len(pass_gate(some, [make_consent()]).measures) == 2


# --- aggregates -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "counts", "shown"),
    [
        (SIX[:5], "persons", True),
        (SIX, "persons", True),
        (SIX[:4], "persons", False),
        (SIX[:1], "persons", False),
        ((*SIX[:4], "p01", "p02"), "persons", False),  # people are counted, not answers
        ((), "persons", False),  # an answer of nobody knows whom: whose it is was forgotten
        (SIX[:1], "records", True),
        (SIX[:1], "teams", True),
    ],
)
def test_an_aggregate_of_answers_needs_k_people(people: tuple[str, ...], counts: str, shown: bool) -> None:
    assert may_show(aggregate(people, counts=counts), 5, set()) is shown


def test_a_row_of_a_person_needs_consent_where_it_declares_one_however_many_are_behind_it() -> None:
    assert not may_show(own_row(people=SIX), 5, set())
    assert may_show(own_row(measure="cost.person_weeks_away", consent=None), 5, set())


def test_k_four_is_the_least_a_policy_may_declare() -> None:
    assert may_show(aggregate(SIX[:4]), DisclosurePolicy(k=4).k, set())
    with pytest.raises(ValueError, match="greater than or equal to 4"):
        DisclosurePolicy(k=3)


@pytest.mark.parametrize(
    ("row", "reason"), [(own_row(), "NO_CONSENT"), (aggregate(SIX[:4], notes=("N_SMALL",)), "FEW_PEOPLE:5")]
)
def test_a_hidden_row_carries_no_number_and_says_why(row: Measure, reason: str) -> None:
    told = only_row(pass_gate([row]))
    assert [told[name] for name in ("n", "missing", "value", "low", "high")] == [None] * 5
    assert told["notes"] == (reason,)
    assert told["verdict"] == "hidden"


def test_only_the_editions_cohort_and_the_whole_programme_are_in_it() -> None:
    rows = [aggregate(SIX, cohort=cohort, skill=str(cohort)) for cohort in (None, "1", "2")]
    assert pass_gate(rows).measures["skill"].tolist() == ["None", "1"]
    whole = pass_gate(rows, edition=Edition(audience="owner"))
    assert whole.measures["skill"].tolist() == ["None"]


def test_what_is_for_the_gate_does_not_pass_it() -> None:
    publication = pass_gate([aggregate(SIX, p=0.0123456, sources={"mentor": 0.7654321})])
    assert publication.measures.columns.tolist() == list(MEASURE_COLUMNS)
    text = publication.to_json()
    for word in ("people", "consent", "p01", "0.0123456", "0.7654321"):
        assert word not in text


@pytest.mark.parametrize(("people", "shown"), [(SIX, True), (SIX[:5], False), (SIX[1:], True)])
def test_behind_an_aggregate_others_than_the_reader_are_counted(people: Sequence[str], shown: bool) -> None:
    row = aggregate(people, measure="followup.barrier", unit="persons", value=5.0)
    told = only_row(pass_gate([row], edition=Edition(audience="graduate", person="p01")))
    assert (told["verdict"] != "hidden") is shown
    assert told["notes"] == (("N1",) if shown else ("FEW_PEOPLE:5",))


def test_a_value_whose_people_were_forgotten_is_hidden_and_no_answer_is_not() -> None:
    forgotten = only_row(pass_gate([aggregate(())]))
    assert forgotten["notes"] == ("FEW_PEOPLE:5",)
    nobody = only_row(pass_gate([aggregate((), value=None, low=None, high=None, notes=("WAVE_MISSING",))]))
    assert (nobody["verdict"], nobody["notes"], nobody["n"]) == ("not_enough_data", ("WAVE_MISSING",), 0)


@pytest.mark.parametrize("name", ["skill.growth.now_minus_then", "skill.growth", "skill"])
def test_what_the_owner_withholds_is_shown_to_nobody(name: str) -> None:
    policy = DisclosurePolicy(withhold=(name,))
    rows = [own_row(), aggregate(SIX), aggregate((), counts="records")]
    for edition in (OWNER, Edition(audience="graduate", person="p01")):
        told = pass_gate(rows, [make_consent()], edition, policy=policy).measures
        assert len(told)
        assert set(told["notes"]) == {("WITHHELD",)}
        assert told[["n", "value", "low", "high"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("part", "hidden"),
    [
        ({"skill": "os"}, [True, False, True]),
        ({"wave": "end"}, [True, True, False]),
        ({"skill": "os", "wave": "end"}, [True, False, False]),
        ({"kind": "now"}, [False, False, False]),
    ],
)
def test_a_skill_or_a_wave_of_a_measure_can_be_withheld(part: dict[str, str], hidden: list[bool]) -> None:
    cells = (("os", "end"), ("db", "end"), ("os", "middle"))
    policy = DisclosurePolicy(withhold=({"measure": "skill.growth", **part},))  # type: ignore[arg-type]
    for make in (own_row, partial(aggregate, SIX)):
        rows = [make(skill=skill, wave=wave) for skill, wave in cells]
        told = [only_row(pass_gate([row], [make_consent()], policy=policy)) for row in rows]
        assert [row["notes"] == ("WITHHELD",) for row in told] == hidden


@pytest.mark.parametrize("ticks", range(9))
def test_of_ticks_fewer_than_k_nobody_is_told_how_many(ticks: int) -> None:
    """0 would tell everybody's answer; it looks like any other number under k."""
    people = (*SIX, "p07", "p08")
    row = aggregate(people, measure="followup.barrier", unit="persons", kind="time", low=None, high=None)
    shown = [
        only_row(pass_gate([replace(row, value=float(ticks))], edition=edition))
        for edition in (OWNER, Edition(audience="graduate", person="p09"))
    ]
    assert [each["value"] for each in shown] == [ticks if ticks >= 5 else None] * 2
    assert {each["notes"] for each in shown} == {("N1",) if ticks >= 5 else ("FEWER_THAN:5", "N1")}
    assert {each["n"] for each in shown} == {8}
    if ticks < 5:
        assert pass_gate([replace(row, value=float(ticks))]).to_json() == pass_gate([row]).to_json()


def test_what_follows_by_subtraction_is_hidden_and_says_so() -> None:
    others = [own_row(person=person, people=(person,)) for person in SIX]
    consents = [make_consent(person) for person in SIX[:5]]
    told = pass_gate([*others, aggregate(SIX)], consents).measures
    (row,) = told[told["person"].isna()].to_dict("records")
    assert (row["verdict"], row["notes"], row["n"]) == ("hidden", ("SUBTRACTION:5",), None)
    everybody = pass_gate([*others, aggregate(SIX)], [*consents, make_consent("p06")]).measures
    assert everybody["verdict"].ne("hidden").all()


def test_what_was_found_to_tell_stays_hidden_in_every_edition() -> None:
    row = aggregate(SIX, measure="host.again")
    for edition in (OWNER, Edition(audience="leadership")):
        assert only_row(pass_gate([row], edition=edition, withheld=frozenset({0})))["verdict"] == "hidden"
        assert only_row(pass_gate([row], edition=edition, withheld=frozenset()))["value"] == 1.0


def withdraw_all_but_one(*earlier: Release, consents: Sequence[Consent] = ()) -> Publication:
    """Six people's mean, of whom five were shown by name once."""
    rows = [
        own_row(person=None, people=SIX, n=6, cohort=None, consent=None),
        *(own_row(person=person, people=(person,)) for person in SIX),
    ]
    return publish(rows, OWNER, POLICY, consents, facts=FACTS, earlier=earlier)


@pytest.mark.parametrize(
    ("folder", "told", "hidden"), [("owner", 5, True), ("owner", 0, False), ("graduates/p01", 5, False)]
)
def test_consent_taken_back_does_not_make_a_figure_safe_that_names_had_made_telling(
    folder: str, told: int, hidden: bool
) -> None:
    """Who had no answer yet when shown by name (all six rows) is not known by it."""
    named = tuple(
        release_row(own_row(person=p, people=(p,), value=1.0 if place < told else None))
        for place, p in enumerate(SIX)
    )
    before = Release(
        number=1, edition=folder, as_of="2024-09-30", k=5, publication_sha256="a" * 64, rows=named
    )
    for consents in ((), tuple(make_consent(p, withdrawn=day("2025-01-01")) for p in SIX[:5])):
        (row,) = (
            withdraw_all_but_one(before, consents=consents)
            .rows("skill.growth.now_minus_then", cohort=None)
            .to_dict("records")
        )
        assert (row["verdict"] == "hidden") is hidden
        assert row["notes"] == (("SUBTRACTION:5",) if hidden else ("N1",))


def test_a_figure_that_went_out_before_is_shown_again_where_few_are_new() -> None:
    before = release_row(aggregate(SIX[:5], value=0.5))
    old = Release(number=1, edition="owner", as_of="2024-09-30", k=5, publication_sha256="", rows=(before,))
    told = only_row(pass_gate([aggregate(SIX)], earlier=[old]))
    assert (told["value"], told["n"], told["notes"]) == (0.5, 5, ("N1", "CARRIED:2024-09-30"))
    hidden = only_row(pass_gate([aggregate(SIX[:3])], earlier=[old]))
    assert hidden["notes"] == ("FEW_PEOPLE:5",)  # what may not be shown now is not shown again


# --- as printed -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "value", "printed"),
    [
        ("level", 3.0, "3"),
        ("levels", 0.8499, "0.8"),
        ("levels", 1.0, "1.0"),
        ("levels", -0.04, "0.0"),  # never -0.0
        ("share", 0.41667, "0.42"),
        ("share_points", -0.004, "0.0"),
        ("share_points", 0.118, "0.12"),
        ("per_team_week", 1.2345, "1.23"),
        ("persons", 4.0, "4"),
        ("incidents", 12.0, "12"),
        ("person_weeks", 23.6, "24"),
        ("person_weeks", -0.3, "0"),
    ],
)
def test_numbers_are_rounded_to_what_is_printed(unit: str, value: float, printed: str) -> None:
    row = aggregate(SIX, unit=unit, value=value, low=value, high=value)
    (told,) = json.loads(pass_gate([row]).to_json(), parse_float=str, parse_int=str)["measures"]
    assert (told["value"], told["low"], told["high"]) == (printed, printed, printed)


def test_a_unit_without_a_rounding_does_not_pass() -> None:
    with pytest.raises(KeyError, match="yen"):
        pass_gate([aggregate(SIX, unit="yen")])


def test_a_publication_reads_back_to_the_same_bytes(tmp_path: Path) -> None:
    rows = [own_row(), own_row(person="p02", people=("p02",)), aggregate(SIX), aggregate(SIX[:2])]
    publication = pass_gate(rows, [make_consent()])
    path = tmp_path / "results.json"
    path.write_text(publication.to_json(), encoding="utf-8", newline="\n")
    again = read_publication(path)
    assert again.to_json() == publication.to_json()
    assert (again.cohort, again.as_of, again.facts) == ("1", "2025-03-31", FACTS)
    assert again.rows("skill.growth.now_minus_then", person="p01")["notes"].tolist() == [("N1",)]
    assert again.rows("skill.growth.now_minus_then", person=None)["value"].tolist()[:1] == [1.0]


def test_what_is_missing_is_null_and_never_zero() -> None:
    (told,) = json.loads(pass_gate([aggregate(SIX, low=None, high=None)]).to_json())["measures"]
    assert (told["low"], told["high"], told["team"]) == (None, None, None)


@pytest.mark.parametrize("text", [None, "", "{", "\x00"])
def test_a_file_that_is_no_publication_is_refused_by_name(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "results.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=r"results\.json"):
        read_publication(path)


CONSENTS = [
    make_consent(person, kind=kind, audience=audience, withdrawn=withdrawn)
    for person in SIX[:2]
    for kind in ("skills", "incidents")
    for audience, withdrawn in (("owner", None), ("owner", day("2024-06-30")), ("leadership", None))
]


# --- quotations -------------------------------------------------------------------------------------------


def say(person: str = "p01", text: str = "席を近くにする", **other: str) -> Quotation:
    values = {"cohort": "1", "instrument": "exit", "question": "ex_change", "wave": "end"}
    return Quotation(person=person, text=text, **(values | other))


def quote(
    voices: Sequence[Quotation], consents: Sequence[Consent], edition: Edition = OWNER, k: int = 5
) -> Publication:
    """With the approval of every text, for every audience: what is left to decide is consent."""
    policy = DisclosurePolicy(k=k)
    approvals = [
        approve(voice.person, voice.text, audience=a) for voice in voices for a in get_args(Audience)
    ]
    return publish([], edition, policy, consents, facts=FACTS, voices=voices, approvals=approvals)


def approve(person: str = "p01", text: str = "席を近くにする", **other: Any) -> Approval:
    values: dict[str, Any] = {"audience": "owner", "given": day("2024-01-01")}
    return Approval(person=person, text=text, **(values | other))


def agreed(person: str = "p01", **other: Any) -> Consent:
    return make_consent(person, **{"kind": "quotes", **other})


@pytest.mark.parametrize(
    ("consents", "shown"),
    [
        ([], False),  # no entry = no
        ([agreed()], True),
        ([agreed("p02")], False),
        ([make_consent(kind=kind) for kind in ("skills", "incidents", "strain", "time")], False),
        ([agreed(audience=audience) for audience in ("graduate", "home_manager", "leadership")], False),
        ([agreed(withdrawn=day("2025-03-31"))], False),
        ([agreed(withdrawn=day("2024-06-30")), agreed(audience="leadership")], False),
        ([agreed(withdrawn=day("2024-06-30")), agreed(given=day("2024-09-01"))], True),
    ],
)
def test_words_pass_only_with_consent_to_be_quoted_to_this_audience(
    consents: list[Consent], shown: bool
) -> None:
    publication = quote([say()], consents)
    assert (publication.voices["text"].tolist() == ["席を近くにする"]) is shown
    assert ("席を近くにする" in publication.to_json()) is shown


def test_no_number_of_people_replaces_the_consent_of_one() -> None:
    assert quote([say(person, "同じ") for person in SIX], [agreed("p02")], k=4).voices["person"].tolist() == [
        "p02"
    ]


@pytest.mark.parametrize(("edition", "shown"), [("1", True), ("2", False), ("11", False), (None, False)])
def test_words_stay_in_the_pages_of_their_own_cohort(edition: str | None, shown: bool) -> None:
    publication = quote([say()], [agreed()], Edition(audience="owner", cohort=edition))
    assert bool(len(publication.voices)) is shown


def test_of_a_person_who_stayed_twice_only_the_words_of_this_stay_are_quoted() -> None:
    voices = [say(text="一度目"), say(text="二度目", cohort="2")]
    assert quote(voices, [agreed()]).voices["text"].tolist() == ["一度目"]


def test_leaders_are_told_themes_and_never_words() -> None:
    edition = Edition(audience="leadership", cohort="1")
    assert quote([say()], [agreed(audience="leadership")], edition).voices.empty


def test_words_that_are_not_shown_leave_no_trace() -> None:
    nobody = quote([], [agreed()]).to_json()
    voices = [say("p02", text) for text in ("秘密", HOSTILE)] + [say("p01", "秘密", cohort="2")]
    assert quote(voices, [agreed()]).to_json() == nobody


@pytest.mark.parametrize(
    ("approval", "shown"),
    [
        ({}, True),
        ({"text": " 席を近くにする\r\n"}, True),  # as a spreadsheet keeps it
        ({"text": "席を近くにする。"}, False),  # another text
        ({"text": "席を"}, False),
        ({"person": "p02"}, False),
        ({"audience": "home_manager"}, False),
        ({"given": day("2025-04-01")}, False),  # after the day of the data
        ({"withdrawn": day("2025-03-31")}, False),
        ({"withdrawn": day("2025-04-01")}, True),
    ],
)
def test_just_the_text_that_its_author_approved_is_quoted(approval: dict[str, Any], shown: bool) -> None:
    told = pass_gate([], [agreed()], voices=[say()], approvals=[approve(**approval)])
    assert (told.voices["text"].tolist() == ["席を近くにする"]) is shown


def test_neither_approval_without_consent_nor_consent_without_approval_suffices() -> None:
    assert pass_gate([], [], voices=[say()], approvals=[approve()]).voices.empty
    assert pass_gate([], [agreed()], voices=[say()]).voices.empty


def test_words_that_name_somebody_are_quoted_to_nobody_but_their_author() -> None:
    voice = replace(say(), names_somebody=True)
    assert pass_gate([], [agreed()], voices=[voice], approvals=[approve()]).voices.empty
    own = pass_gate([], edition=Edition(audience="graduate", person="p01"), voices=[voice, say("p02")])
    assert own.voices[["person", "names_somebody"]].to_numpy().tolist() == [["p01", True]]


def test_a_home_manager_reads_the_words_approved_for_home_managers() -> None:
    edition = Edition(audience="home_manager", person="p01")
    told = pass_gate(
        [],
        [agreed(audience="home_manager"), agreed("p02", audience="home_manager")],
        edition,
        voices=[say(), say("p02")],
        approvals=[approve(audience="home_manager"), approve("p02", audience="home_manager")],
    )
    assert told.voices["person"].tolist() == ["p01"]


# --- replies and words ------------------------------------------------------------------------------------


def reply(person: str = "p01", measure: str = "skill.growth", **other: Any) -> Reply:
    values: dict[str, Any] = {"text": "当番の週だった", "given": day("2025-01-10")}
    return Reply(person=person, measure=measure, **(values | other))


@pytest.mark.parametrize(
    ("added", "shown"),
    [
        (reply(), True),
        (reply(measure="skill.growth.now_minus_then"), True),
        (reply(measure="skill.grow"), False),
        (reply(measure="strain"), False),
        (reply(skill="os"), True),
        (reply(skill="db"), False),
        (reply("p02"), False),  # p02 is not shown
        (reply(given=day("2025-04-01")), False),
    ],
)
def test_a_reply_travels_with_the_number_it_is_about(added: Reply, shown: bool) -> None:
    rows = [own_row(skill="os"), own_row(person="p02", people=("p02",))]
    told = pass_gate(rows, [make_consent()], replies=[added]).replies
    assert [each["text"] for each in told] == (["当番の週だった"] if shown else [])


def test_without_the_number_there_is_no_reply_and_the_own_pack_has_all() -> None:
    assert pass_gate([own_row()], replies=[reply()]).replies == ()
    own = Edition(audience="graduate", person="p01")
    told = pass_gate([], edition=own, replies=[reply(measure="strain"), reply("p02")]).replies
    assert [(each["person"], each["measure"]) for each in told] == [("p01", "strain")]


def test_leaders_read_no_reply() -> None:
    rows = [own_row(measure="strain.panic_share"), aggregate(SIX, measure="strain.panic_share")]
    edition = Edition(audience="leadership")
    consents = [make_consent(audience="leadership")]
    told = pass_gate(rows, consents, edition, replies=[reply(measure="strain")])
    assert (told.replies, len(told.measures)) == ((), 1)


def test_words_of_people_pass_as_they_are() -> None:
    words = {"to": {"ja": "部長", "en": "Head"}}
    assert pass_gate([], words=words).words == words
    assert pass_gate([]).words == {}


HOSTILE = (
    "<script>alert(1)</script> {x} %{y} ![](http://a.invalid/b) [c](javascript:d) =1+1 \u202e \x00 \\ \n🎈"
)


def test_words_pass_as_they_are_and_read_back_to_the_same_bytes(tmp_path: Path) -> None:
    publication = quote([say(text=HOSTILE)], [agreed()])
    path = tmp_path / "results.json"
    path.write_text(publication.to_json(), encoding="utf-8", newline="\n")
    again = read_publication(path)
    assert again.voices.to_dict("records") == [
        dict(zip(VOICE_COLUMNS, ("p01", "1", "exit", "ex_change", "end", HOSTILE, False), strict=True))
    ]
    assert again.to_json() == publication.to_json()


def test_without_voices_there_is_an_empty_frame_of_them(tmp_path: Path) -> None:
    publication = pass_gate([aggregate(SIX)])
    assert (publication.voices.columns.tolist(), len(publication.voices)) == (list(VOICE_COLUMNS), 0)
    assert json.loads(publication.to_json())["voices"] == []
    other = pass_gate([])
    assert other.voices is not publication.voices


VOICES = [
    say(person, text, question=question)
    for person in SIX[:2]
    for text, question in (("b", "ex_hard"), ("a", "ex_change"), ("c", "ex_change"))
]


@settings(max_examples=40, deadline=None)
@given(voices=st.permutations(VOICES))
def test_the_order_in_which_words_were_read_changes_no_byte(voices: list[Quotation]) -> None:
    consents = [agreed("p01"), agreed("p02")]
    publication = quote(voices, consents)
    assert publication.voices["text"].tolist() == ["a", "c", "b"] * 2
    assert publication.to_json() == quote(VOICES, consents).to_json()


@settings(max_examples=40, deadline=None)
@given(consents=st.permutations(CONSENTS))
def test_the_order_of_consents_changes_no_byte(consents: list[Consent]) -> None:
    rows = [own_row(person=person, people=(person,)) for person in SIX] + [aggregate(SIX)]
    assert pass_gate(rows, consents).to_json() == pass_gate(rows, CONSENTS).to_json()
