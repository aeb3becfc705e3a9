"""What an analyst types: few names, short reprs, frames, and errors that help."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

import rotation_analysis as ra
from rotation_analysis.errors import UsageError
from rotation_analysis.measure_row import MEASURE_COLUMNS
from tests.samples import read_sample


def test_tab_completion_shows_what_is_offered_and_nothing_else() -> None:
    assert dir(ra) == sorted(ra.__all__)
    assert {"analyse", "Study", "read_programme", "open_report", "estimate_waiting"} <= set(dir(ra))
    for name in dir(ra):
        offered = getattr(ra, name)
        assert (offered.__doc__ or "").strip(), name
    with pytest.raises(AttributeError, match="no attribute 'analyze'"):
        ra.analyze  # noqa: B018


def test_reprs_are_short_and_name_what_it_is() -> None:
    study = read_sample()
    owner = study.publish("owner", cohort="3")
    report = owner.report("workload", language="en")
    for shown in (study, study.programme, study.cohorts, study.cohorts.account, owner, report, report["act"]):
        assert re.fullmatch(r"<\w+ .{10,330}>", repr(shown)), repr(shown)[:80]
    assert owner._repr_html_().startswith("<p>&lt;publication for owner, cohort 3")


def test_the_account_and_the_measures_are_tidy_frames() -> None:
    study = read_sample()
    sums = study.account.groupby("outcome")["records"].sum()
    assert sums.to_dict() == study.cohorts.account.records["outcome"].value_counts().to_dict()
    assert list(study.measures) == list(MEASURE_COLUMNS)
    assert len(study.measures) == len(study.rows)
    assert {"requests", "coverage", "team_phases"} <= set(study.tables)


def test_a_publication_gives_the_rows_of_a_measure_or_of_a_family() -> None:
    owner = read_sample().publish("owner", cohort="3")
    assert set(owner["requests.kind_share"]["measure"]) == {
        "requests.kind_share",
        "requests.kind_share.other_cohorts",
    }
    with pytest.raises(KeyError, match="kind_share"):
        owner["requests.kind_shar"]


def test_an_unknown_cohort_person_or_report_is_refused_with_what_there_is() -> None:
    study = read_sample()
    with pytest.raises(UsageError, match="1, 2, 3, 4, 5, 6"):
        study.publish("owner", cohort="9")
    with pytest.raises(UsageError, match="p99"):
        study.publish("graduate", person="p99")
    with pytest.raises(UsageError, match='report "workloads" not found'):
        study.publish("owner").report("workloads")


def test_a_publication_of_an_earlier_version_has_no_events_and_is_shown_all_the_same() -> None:
    owner = read_sample().publish("owner", cohort="1")
    earlier = replace(owner, facts={name: fact for name, fact in owner.facts.items() if name != "events"})
    said, without = (each.report("workload", language="en")["asked"].sentences for each in (owner, earlier))
    assert [line for line in said if line not in without] == [
        "Company-wide during this cohort: 2022-07-01 SRE review became compulsory for pull requests on "
        "shared infrastructure. This can be part of a difference from other cohorts."
    ]
