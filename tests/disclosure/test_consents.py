"""Taking back one person's consent takes that person from the owner's pages and changes nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pandas as pd
import pytest

from rotation_analysis.disclosure.publications import Edition, Publication
from rotation_analysis.study import Study
from tests.builds import once
from tests.publications import read_sample, sample_publication, show_report

KINDS = {"skills": "p05", "incidents": "p05", "time": "p08", "strain": "p10", "quotes": "p03"}
COHORT = {"p05": "4", "p08": "5", "p10": "5", "p03": "3"}
CASES = pytest.mark.parametrize(("kind", "person"), KINDS.items(), ids=KINDS)


measure_once = once(Study._measure_again, lambda read, people: (id(read.cohorts), people))


@pytest.fixture(autouse=True, scope="module")
def measure_the_same_people_once() -> Iterator[None]:
    """A consent to something else leaves those whose answers are measured again as they are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Study, "_measure_again", measure_once)
        yield


def publish_without(person: str, kind: str) -> tuple[Publication, Publication]:
    """The owner's publication of the person's cohort: as it is, and without that consent."""
    whole = read_sample()
    consents = tuple(
        c for c in whole.programme.consents if (c.person, c.kind, c.audience) != (person, kind, "owner")
    )
    assert len(consents) < len(whole.programme.consents)
    edition = Edition(audience="owner", cohort=COHORT[person])
    changed = type(whole)(
        whole.programme.model_copy(update={"consents": consents}), whole.cohorts, whole.rows
    )
    return sample_publication(COHORT[person]), changed.open_edition(edition)


def rows_of(publication: Publication, *, person: str | None) -> list[str]:
    """The rows of a person, or (None) all the others, as text and in their order."""
    frame: pd.DataFrame = publication.measures
    own = frame["person"].eq(person) if person else pd.Series(True, index=frame.index)
    return [repr(row) for row in frame[own].to_dict("records")]


@CASES
def test_only_own_rows_and_sums_that_would_tell_them_change_and_what_is_left_tells_no_number(
    kind: str, person: str
) -> None:
    before, after = publish_without(person, kind)
    own = set(rows_of(before, person=person)) | set(rows_of(after, person=person))
    others = [[row for row in rows_of(p, person=None) if row not in own] for p in (before, after)]
    assert len(others[0]) == len(others[1])
    changed = [pair for pair in zip(*others, strict=True) if pair[0] != pair[1]]
    assert all("'person': None" in now for _, now in changed)
    # hidden, or over those who are shown; a band leans on all skills, also those that somebody hidden rated
    marks = ("SUBTRACTION:5", "FEW_PEOPLE:5", "SHOWN_ONLY", "'skill.band'")
    assert all(any(mark in now for mark in marks) for _, now in changed)
    assert bool(changed) == (kind != "quotes")  # all but this one of the cohort are shown by name
    assert before.facts == after.facts
    if kind == "quotes":
        assert before.voices["person"].eq(person).any()
        assert not after.voices["person"].eq(person).any()
    else:
        assert rows_of(before, person=person) != rows_of(after, person=person)
    consents: dict[str, set[str]] = {}
    for row in read_sample().rows:
        if row.person == person:
            consents.setdefault(row.measure, set()).add(row.consent or "")
    needing = {name for name, told in consents.items() if all(kind in c.split("+") for c in told)}
    rows = after.measures[after.measures["person"].eq(person) & after.measures["measure"].isin(needing)]
    assert kind == "quotes" or len(rows)
    assert not rows["measure"].duplicated().any()  # not even how many rows there were
    assert set(rows["verdict"]) <= {"hidden"}
    assert rows[["value", "low", "high", "n", "missing", "label", "kind", "phase"]].isna().all(axis=None)


def write_page(publication: Publication) -> str:
    """Everything that the page on workload shows or holds of a publication."""
    shown = show_report(publication, "workload", "ja")
    return "".join(str(each) for bundle, about in shown for each in (*bundle.values(), about))


@cache
def write_whole_page() -> str:
    """The page of cohort 5 as it is."""
    return write_page(sample_publication("5"))


@pytest.mark.parametrize("person", ["p08", "p11"])
def test_no_picture_or_table_of_the_page_names_a_person_without_any_consent(person: str) -> None:
    whole = read_sample()
    name = next(p.name for p in whole.programme.people if p.id == person)
    left = tuple(c for c in whole.programme.consents if c.person != person)
    changed = type(whole)(whole.programme.model_copy(update={"consents": left}), whole.cohorts, whole.rows)
    edition = Edition(audience="owner", cohort="5")
    assert name in write_whole_page()
    assert name not in write_page(changed.open_edition(edition))
