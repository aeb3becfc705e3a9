"""Changes since the last report: two literal publications of a programme compared."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rotation_analysis.disclosure import publications
from rotation_analysis.disclosure.publications import Publication, read_publication
from rotation_analysis.errors import FileError, UserError
from rotation_analysis.measure_row import Measure
from rotation_analysis.reports.changes_since import (
    ANSWERS,
    PEOPLE_EXCEPTIONS,
    RECORD_FAMILIES,
    Changes,
    compare_publications,
)
from tests.publications import make_publication, make_row, make_stay, read_sample
from tests.publications import sample_publication as published

GROWTH, IMPACT = "skill.growth.now_minus_start", "impact.self_resolution.first_graduate"
WAITING = "waiting.by_rotators"


def programme(*rows: Measure, as_of: str = "2025-03-31", **facts: Any) -> Publication:
    """The whole programme's publication with exactly these rows."""
    publication = make_publication(*rows, as_of=as_of, **facts)
    return replace(publication, cohort=None, as_of=as_of)


def row(measure: str = IMPACT, value: float | None = None, **other: Any) -> Measure:
    return make_row(measure, value, **{"cohort": None, "n": 7, **other})


def compare(earlier: Measure | None, later: Measure | None, **facts: Any) -> Changes:
    """Changes between two programmes of one row each."""
    return compare_publications(
        programme(*([earlier] if earlier else []), as_of="2024-09-30", **facts),
        programme(*([later] if later else []), **facts),
    )


def list_changes(changes: Changes) -> list[tuple[Any, ...]]:
    columns = ["change", "verdict_earlier", "verdict_later"]
    return list(changes.rows[columns].itertuples(index=False, name=None))


# --- rows -------------------------------------------------------------------------------------------------


def hidden(measure: str) -> Measure:
    return row(measure, verdict="hidden", n=None, missing=None, notes=("FEW_PEOPLE:5",))


def points(value: float, verdict: str | None = "leaning") -> Measure:
    return row(value=value, unit="share_points", verdict=verdict)


NOT_BACK = row("programme.left_later", verdict="not_measurable", unit="stays", notes=("NOBODY_BACK",))
CHANGES: dict[str, tuple[Measure, Measure, list[tuple[str, str | None, str | None]]]] = {
    "another verdict": (
        row(value=0.05, verdict="leaning"),
        row(value=0.12, verdict="supported"),
        [("verdict", "leaning", "supported")],
    ),
    "printed otherwise": (points(0.10), points(0.12), [("value", "leaning", "leaning")]),
    "the same once rounded": (points(0.104), points(0.1), []),  # a file of a version of more digits
    "the same": (row(value=0.1, verdict="leaning"), row(value=0.1, verdict="leaning"), []),
    "a claim becomes measurable": (
        row(verdict="not_measurable", notes=("NO_POST_WINDOW",)),
        row(value=0.12, verdict="leaning"),
        [("verdict", "not_measurable", "leaning")],
    ),
    "a count becomes measurable": (NOT_BACK, row("programme.left_later", 1.0, unit="stays"), []),
    "another unit is another row": (points(0.1, None), row(value=0.9, unit="ratio"), []),
    "of one version alone": (row("waiting.old", 0.1), row("waiting.added", 0.3, verdict="supported"), []),
    "records and teams": (row(value=0.1), row(value=0.2, n=8), [("value", None, None)]),
    "few people came": (row(GROWTH, 0.8), row(GROWTH, 0.8, n=8), [("few", None, None)]),
    "few came, another verdict": (
        row(GROWTH, 0.8, verdict="leaning"),
        row(GROWTH, 0.9, n=8, verdict="supported"),
        [("verdict", "leaning", "supported")],
    ),
}
for measure in (GROWTH, IMPACT):
    shown = row(measure, 0.8, verdict="leaning")
    CHANGES |= {
        f"{measure} shown again": (hidden(measure), shown, [("shown", None, None)]),
        f"{measure} hidden now": (shown, hidden(measure), [("hidden", None, None)]),
        f"{measure} hidden in both": (hidden(measure), hidden(measure), []),
    }


@pytest.mark.parametrize("case", CHANGES)
def test_change_of_a_row_is_classified(case: str) -> None:
    earlier, later, change = CHANGES[case]
    changes = compare(earlier, later)
    assert list_changes(changes) == change
    assert changes.as_of == ("2024-09-30", "2025-03-31")
    assert changes.stays == ()
    assert [changes.select(kind)["measure"].tolist() for kind, *_ in change] == [[earlier.measure]] * len(
        change
    )


def test_rows_are_matched_by_what_they_are_about() -> None:
    earlier = [row(WAITING, 1.0, unit="waiting_ratio", kind=kind) for kind in ("1", "2", "3")]
    later = [row(WAITING, value, unit="waiting_ratio", kind=k) for k, value in (("3", 1.5), ("1", 1.0))]
    changes = compare_publications(programme(*earlier), programme(*later))
    assert changes.rows["kind"].tolist() == ["3"]


def test_another_unit_is_another_row() -> None:
    assert list_changes(compare(row(value=0.1, unit="share_points"), row(value=0.9, unit="ratio"))) == []


def test_answer_counts_are_distinguished_by_note() -> None:
    def rows(answered: int, missing: int) -> list[Measure]:
        numbers = {"STATUS_ANSWERED": answered, "STATUS_MISSING": missing}
        return [
            row("programme.status", float(n), unit="persons", n=n, notes=(note,))
            for note, n in numbers.items()
        ]

    changes = compare_publications(programme(*rows(10, 3)), programme(*rows(16, 3)))
    assert changes.rows["status"].tolist() == ["STATUS_ANSWERED"]


def test_measures_of_one_version_alone_are_not_compared() -> None:
    changes = compare(row("waiting.old", 0.1), row("waiting.added", 0.3, verdict="supported"))
    assert list_changes(changes) == []


def test_rows_of_people_and_cohorts_are_never_compared() -> None:
    earlier = [row(value=0.1, person="p1"), row(value=0.1, cohort="1")]
    later = [row(value=0.9, person="p1"), row(value=0.9, cohort="1")]
    changes = compare_publications(programme(*earlier), programme(*later))
    assert list_changes(changes) == []


# --- few people ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "change"), [(12, "value"), (11, "few"), (8, "few"), (7, "few"), (2, "value")])
def test_people_values_compared_if_n_differs_by_k(n: int, change: str) -> None:
    changes = compare(row(GROWTH, 0.8), row(GROWTH, 0.9, n=n))
    assert list_changes(changes) == [(change, None, None)]


def test_k_is_the_greater_of_the_two_reports() -> None:
    earlier = programme(row(GROWTH, 0.8), k=6)
    assert list_changes(compare_publications(earlier, programme(row(GROWTH, 0.9, n=12), k=5)))[0][0] == "few"


def test_record_families_contain_no_answers_of_people() -> None:
    rows = [m for m in read_sample().rows if m.cohort is None and m.measure.startswith(RECORD_FAMILIES)]
    of_people = {m.measure for m in rows if m.counts == "persons" and m.people}
    assert {measure for measure in of_people if not measure.startswith(PEOPLE_EXCEPTIONS)} == set()
    assert {m.measure.split(".")[0] + "." for m in rows} <= set(RECORD_FAMILIES)


@pytest.mark.parametrize(
    "measure",
    [
        "home.cover", "home.send_again", "home.delay_within_plan", "spread.used", "impact.self_solving",
        "impact.self_solving.by_team", "impact.survey_ask", "host.teaching_hours", "host.helped",
        "host.balance", "cost.account",
    ],
)  # fmt: skip
@pytest.mark.parametrize(("value", "n"), [(4.0, 26), (3.0, 26), (4.0, 20)])
def test_monthly_forms_of_one_person_are_not_compared(measure: str, value: float, n: int) -> None:
    changes = compare(row(measure, 3.0, n=20, verdict="leaning"), row(measure, value, n=n, verdict="leaning"))
    assert list_changes(changes) == [("few", "leaning", "leaning")]
    judged = compare(
        row(measure, 3.0, n=20, verdict="leaning"), row(measure, value, n=n, verdict="supported")
    )
    assert list_changes(judged) == [("verdict", "leaning", "supported")]


def test_measures_counting_more_than_people_are_in_answers() -> None:
    rows = [m for m in read_sample().rows if m.cohort is None and m.counts == "persons" and m.people]
    more = {m.measure for m in rows if m.n is not None and m.n > len(set(m.people))}
    # of bounds n counts everybody who was asked
    more = {measure for measure in more if not measure.endswith(".bounds")}
    assert "host.teaching_hours" in more
    assert {measure for measure in more if not measure.startswith(ANSWERS)} == set()


# --- stays ------------------------------------------------------------------------------------------------


def compare_stays(earlier: list[dict[str, Any]], later: list[dict[str, Any]]) -> tuple[Any, ...]:
    return compare_publications(programme(stays=earlier), programme(stays=later)).stays


def test_added_removed_and_changed_stays_are_listed() -> None:
    running = make_stay(end=None, ending="running", now="host", returned=False)
    changed = ("end", "ending", "now", "returned")
    start = make_stay()["start"]
    assert compare_stays([running], [make_stay()]) == tuple(("p1", start, field) for field in changed)
    assert compare_stays([make_stay()], [make_stay(), make_stay("p2")]) == (("p2", start, "added"),)
    assert compare_stays([make_stay(), make_stay("p2")], [make_stay()]) == (("p2", start, "gone"),)
    again = make_stay(start="2025-01-06", end=None)
    assert compare_stays([make_stay()], [make_stay(), again]) == (("p1", "2025-01-06", "added"),)


# --- what cannot be compared ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("earlier", "message"),
    [
        (
            programme(name={"ja": "別", "en": "Another"}),
            r"another programme \(name: 別 / Another, here .*give an",
        ),
        (programme(company={"ja": "他社", "en": "Other"}), "another programme .company: 他社 / Other"),
        (programme(as_of="2025-04-30"), "until 2025-04-30, later than 2025-03-31: give an earlier one"),
        (make_publication(), r"owner edition of cohort 1: give the owner/results\.json"),
        (replace(programme(), edition="leadership"), "leadership edition of the whole programme"),
    ],
    ids=["name", "company", "later day", "cohort", "edition"],
)
def test_report_that_is_not_earlier_is_rejected(earlier: Publication, message: str) -> None:
    with pytest.raises(UserError, match=message):
        compare_publications(earlier, programme())


def test_a_report_of_the_same_day_is_compared() -> None:
    changes = compare_publications(programme(row(value=0.1)), programme(row(value=0.2)))
    assert changes.as_of == ("2025-03-31", "2025-03-31")
    assert len(changes.rows) == 1


# --- files ------------------------------------------------------------------------------------------------


def test_publication_read_from_file_has_no_changes(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(published(None).to_json(), encoding="utf-8")
    changes = compare_publications(read_publication(tmp_path / "results.json"), published(None))
    assert (len(changes.rows), changes.stays) == (0, ())


def test_file_of_version_without_quotations_is_read(tmp_path: Path) -> None:
    text = programme(row(value=0.1)).to_json().replace('"voices": [],\n', "")
    assert '"voices"' not in text
    (tmp_path / "results.json").write_text(text, encoding="utf-8")
    assert len(read_publication(tmp_path / "results.json").measures) == 1


def content(**other: Any) -> dict[str, Any]:
    """A results.json as it is read, some of it replaced."""
    return {**json.loads(programme(row(value=0.1)).to_json()), **other}


def without(fact: str) -> dict[str, Any]:
    facts = content()["facts"]
    del facts[fact]
    return content(facts=facts)


def with_row(**other: Any) -> dict[str, Any]:
    (measure,) = content()["measures"]
    return content(measures=[{**measure, **other}])


def with_fact(**other: Any) -> dict[str, Any]:
    return content(facts={**content()["facts"], **other})


@pytest.mark.parametrize(
    ("given", "place"),
    [
        *((without(fact), fact) for fact in ("company", "name", "k", "version", "stays")),
        *((content(as_of=day), "as_of") for day in (None, 20250331, "20250331", "2025-02-30", "soon", "")),
        *((content(cohort=cohort), "cohort") for cohort in (1, ["1"])),
        *((content(facts=facts), "facts") for facts in (None, [], "x")),
        *((content(voices=voices), "voices") for voices in ("x", [1], [{"person": 1}])),
        *((with_fact(k=k), "k") for k in ("5", 5.5, None, True, 0)),
        (with_fact(company="Invented Inc."), "company"),
        (with_fact(name={"ja": 1}), "name"),
        (with_fact(version=1), "version"),
        (with_fact(stays={}), "stays"),
        (with_fact(stays=[{"person": "p1", "name": "x"}]), "start"),
        (with_fact(stays=[make_stay(start="soon")]), "start"),
        (with_fact(stays=[make_stay(end=3)]), "end"),
        (with_fact(stays=[make_stay(ending=["x"])]), "ending"),
        (with_fact(stays=[make_stay(person=None)]), "person"),
        *(
            (with_row(value=value), "value")
            for value in ("0.1", True, [], float("nan"), float("inf"), 10**400)
        ),
        *((with_row(n=n), "n") for n in ("7", 7.5, -1, float("nan"), True)),
        *((with_row(notes=notes), "notes") for notes in (None, "x", [1], {"x": 1})),
        *((with_row(**{name: 1}), name) for name in ("measure", "unit", "kind", "wave", "verdict", "label")),
    ],
)
def test_malformed_file_is_rejected_with_place(tmp_path: Path, given: dict[str, Any], place: str) -> None:
    (tmp_path / "other.json").write_text(json.dumps(given), encoding="utf-8")
    with pytest.raises(FileError, match=rf"other\.json: no_profile .*publication.*\b{place}\b.*give the"):
        read_publication(tmp_path / "other.json")


HALF = programme(row(label="?")).to_json().replace('"?"', '"\\ud800"')
NO_PUBLICATION = ("", "[]", "{}", '{"measures": [1]}', '"x"', '{"measures": null}', "null", "NaN")
BREAKS_READERS = ("[" * 200_000, '{"a":' * 200_000, "9" * 5000, "\x00", HALF)


@pytest.mark.parametrize(
    "content", [*(t.encode() for t in (*NO_PUBLICATION, *BREAKS_READERS)), b"\xff\xfe{}"]
)
def test_file_without_publication_is_rejected_with_next_step(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other.json").write_bytes(content)
    with pytest.raises(FileError, match=r"other\.json: no_profile .*publication.*give the results\.json"):
        read_publication(tmp_path / "other.json")


def test_non_files_are_rejected_without_being_read(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"gone\.json: not_a_file .*publication"):
        read_publication(tmp_path / "gone.json")
    os.mkfifo(tmp_path / "pipe.json")
    for path in (tmp_path / "pipe.json", Path("/dev/zero"), tmp_path):
        with pytest.raises(FileError, match=r"not_a_file .*regular file.*publication.*give the results"):
            read_publication(path)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps(content())
    (tmp_path / "results.json").write_text(text, encoding="utf-8")
    monkeypatch.setattr(publications, "MAX_BYTES", len(text.encode()))
    assert len(read_publication(tmp_path / "results.json").measures) == 1
    monkeypatch.setattr(publications, "MAX_BYTES", len(text.encode()) - 1)
    with pytest.raises(FileError, match=r"results\.json: too_large .*publication.*give the results"):
        read_publication(tmp_path / "results.json")


def test_file_of_other_version_is_compared(tmp_path: Path) -> None:
    given = with_row(kind="sparkling", wave="after_9m", unit="smiles", verdict="certain", added=[1])
    given["facts"]["stays"] = [make_stay(ending="retired", added={})]
    (tmp_path / "results.json").write_text(json.dumps({**given, "added": 1}), encoding="utf-8")
    changes = compare_publications(read_publication(tmp_path / "results.json"), programme(row(value=0.2)))
    assert [what for *_, what in changes.stays] == ["ending"]
    assert list_changes(changes) == []
