"""The story from a programme's files to what its readers may see.

read → cohorts → measures → verdicts → publication, once for all reports.  A notebook opened alone runs the
same story in its first cell; the runner hands it the finished publication.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from html import escape
from pathlib import Path

import pandas as pd

from .cohorts.cohort import Cohorts, build_cohorts
from .disclosure.facts import build_facts
from .disclosure.gate import publish, rest_on_shown, withhold
from .disclosure.own_records import list_entries, list_own_words, list_voices
from .disclosure.publications import Edition, Publication, Quotation, read_publication
from .disclosure.releases import Key, Release, key_of, read_releases
from .errors import Problem, ProgrammeError, did_you_mean
from .measure_row import MEASURE_COLUMNS, Measure, measure_frame
from .measures.impact import measure_impact
from .measures.parties.organisation import measure_destinations
from .measures.skills import measure_skills
from .measures.workload import measure_workload
from .programme.file import read_programme
from .programme.model import Audience, Programme, Withheld, check_cohort, check_person
from .programme.policy import is_withheld, matches_measure
from .progress_events import Progress, Step
from .reading.exports import read_exports
from .reports import find_report
from .reports.kit import Opened
from .statistics.verdicts import judge_all
from .texts import read_texts


class Published(Publication):
    """What the readers of one edition may see, and the reports made of it."""

    def report(self, name: str, *, language: str = "ja") -> Opened:
        """A report on this edition; in JupyterLab it shows itself, and so does each section: `["moved"]`.

        `UsageError` for a name that is no report, and for a language without texts.
        """
        return find_report(name).open(self, read_texts(language))

    def _repr_html_(self) -> str:
        """What JupyterLab shows of it: what it is, and its first and last rows."""
        return f"<p>{escape(repr(self))}</p>{self.measures.to_html(max_rows=10, notebook=True)}"


@dataclass(frozen=True, repr=False)
class Study:
    """A programme read, laid out, measured and judged: what an analyst works with.

    Nothing of it has passed the gate: it holds everybody's answers.  What may be shown to somebody else is
    what `publish` gives.  `rows` are the measures as objects, `cohorts` what they were made of.
    """

    programme: Programme
    cohorts: Cohorts
    rows: tuple[Measure, ...]

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The canonical tables by name, people, teams, waves and days resolved, times in UTC; and, besides,

        `coverage` (a stay × wave × questionnaire), `person_phases` and `team_phases` (dated intervals).
        """
        names = ("coverage", "person_phases", "team_phases")
        return {**self.cohorts.tables, **{name: getattr(self.cohorts, name) for name in names}}

    @cached_property
    def account(self) -> pd.DataFrame:
        """What became of the records of each file: file, outcome, reason (empty if used), records."""
        records = self.cohorts.account.records.fillna({"reason": ""})
        counted = records.groupby(["file", "outcome", "reason"], sort=False).size()
        return counted.rename("records").reset_index()

    @cached_property
    def measures(self) -> pd.DataFrame:
        """One row a measure with n, missing, value, interval, unit, method, verdict and notes."""
        frame = measure_frame(self.rows)[list(MEASURE_COLUMNS)]
        numbers = ["value", "low", "high"]
        return frame.astype(dict.fromkeys(numbers, "float64") | dict.fromkeys(["n", "missing"], "Int64"))

    def publish(
        self, audience: Audience, *, cohort: str | int | None = None, person: str | None = None
    ) -> Published:
        """What the readers of an edition may see: of a cohort, a person, or else the whole programme.

        `cohort` may be a number, as papermill makes it.  `UsageError` for one that is not there.
        """
        opened = self.open_edition(_choose_edition(self.programme, audience, cohort, person))
        return Published(**{each.name: getattr(opened, each.name) for each in fields(opened)})

    def __repr__(self) -> str:
        programme = self.programme
        return (
            f"<study of {programme.programme.company.en}: {len(programme.cohorts)} cohorts, "
            f"{len(programme.participants)} people, data until {programme.as_of}; "
            f"{self.cohorts.account.summary}; {len(self.rows):,} measures>"
        )

    @cached_property
    def for_readers(self) -> tuple[tuple[Measure, ...], frozenset[int]]:
        """The measures as editions may show them, and places in them that none shows: others would tell them.

        What would tell of few who are hidden is measured again over the people who are shown.
        """
        policy, consents = self.programme.disclosure, self.programme.consents
        as_of = self.programme.as_of.isoformat()
        telling = withhold(self.rows, policy, consents, as_of=as_of, earlier=self.earlier)
        rows, hidden = rest_on_shown(
            self.rows, telling, policy, consents, as_of=as_of, again=self._measure_again
        )
        return tuple(judge_all(rows, self.programme.plan, self.programme.first_ends)), hidden

    def _measure_again(self, people: frozenset[str]) -> Mapping[Key, Measure]:
        """What is asked of participants, measured with the answers of these alone."""
        if len(people) < self.programme.disclosure.k:
            return {}
        found = measure_skills(self.cohorts.only(people), self.programme.skill_ids)
        return {key_of(measure): measure for measure in found if measure.person is None}

    @cached_property
    def earlier(self) -> tuple[Release, ...]:
        """What went out before, as the files beside the programme tell it."""
        return read_releases(self.programme.folder)

    @cached_property
    def voices(self) -> tuple[Quotation, ...]:
        """What participants wrote that others may come to read: the same before every edition's gate."""
        return tuple(list_voices(self.cohorts))

    def open_edition(self, edition: Edition) -> Publication:
        """What the readers of an edition may see."""
        reader = edition.reader
        measures, withheld = self.for_readers
        return publish(
            measures,
            edition,
            self.programme.disclosure,
            self.programme.consents,
            facts=build_facts(
                self.cohorts, audience=edition.audience, cohort=edition.cohort, person=edition.person
            ),
            voices=self.voices if reader is None else list_own_words(self.cohorts, reader),
            records=[] if reader is None else list_entries(self.cohorts, reader),
            approvals=self.programme.approvals,
            replies=self.programme.replies,
            words=self.programme.words_for(edition.folder),
            withheld=withheld,
            earlier=self.earlier,
        )


def analyse(programme: Programme | Path | str, *, progress: Progress = lambda step: None) -> Study:
    """Read, lay out, measure and judge a programme: its folder, its programme.toml, "sample", or one read.

    Raises `ProgrammeError` with all problems at once where the programme, or a file as a whole, cannot be
    used.

    >>> study = analyse("sample")
    >>> study  # doctest: +ELLIPSIS
    <study of Minamo Inc. (invented): 6 cohorts, 13 people, data until 2025-03-31; 33,959 records = ...>
    >>> owner = study.publish("owner", cohort="3")
    >>> owner
    <publication for owner, cohort 3: 1,537 rows of 148 measures, 99 hidden, data until 2025-03-31>
    >>> share = owner["requests.permission_bound_share"]
    >>> share[["cohort", "n", "value"]].query("cohort == '3'").values.tolist()
    [['3', 1497, 0.09]]
    >>> owner.report("workload", language="en")
    <report workload: time, asked, shift, wait, act, left, strain, cost>
    """
    if not isinstance(programme, Programme):
        programme = read_programme(Path(programme))
    reading = read_exports(programme, progress=progress)
    if reading.refused:
        raise ProgrammeError(reading.refused)
    progress(Step("measuring"))
    cohorts = build_cohorts(programme, reading)
    measures = [
        *measure_skills(cohorts, programme.skill_ids),
        *measure_workload(cohorts),
        *measure_impact(cohorts),
        *measure_destinations(cohorts),
    ]
    check_named_measures(programme, measures)
    return Study(programme, cohorts, tuple(judge_all(measures, programme.plan, programme.first_ends)))


def check_named_measures(programme: Programme, measures: Sequence[Measure]) -> None:
    """`ProgrammeError` where what the owner names is no measure.

    A figure to withhold that is misspelt would be shown; a reply would stand nowhere.
    """
    names = sorted({measure.measure for measure in measures})
    named = [("disclosure.withhold", given.measure) for given in programme.disclosure.withhold]
    named += [(f"replies.{place}.measure", r.measure) for place, r in enumerate(programme.replies)]
    problems = [
        Problem(
            reason="programme",
            column=place,
            value=given,
            expected="the id of a measure of this programme, or its beginning up to a dot",
            next_step=did_you_mean(given, names) or "correct it or take it out",
        )
        for place, given in named
        if not any(matches_measure(name, (given,)) for name in names)
    ]
    problems += [
        Problem(
            reason="programme",
            column="disclosure.withhold",
            value=str(given),
            expected=f"a skill, wave or kind that figures of {given.measure} have together",
            next_step=_hint_part(given, measures) or "correct it or take it out",
        )
        for given in programme.disclosure.withhold
        if any(matches_measure(name, (given.measure,)) for name in names)
        and not any(is_withheld(measure, [given]) for measure in measures)
    ]
    if problems:
        raise ProgrammeError(problems)


def _hint_part(given: Withheld, measures: Sequence[Measure]) -> str | None:
    """What the first part that no figure of the measure has may have been meant as."""
    of_measure = [measure for measure in measures if matches_measure(measure.measure, (given.measure,))]
    for name, value in given.parts.items():
        known = sorted({str(getattr(measure, name)) for measure in of_measure if getattr(measure, name)})
        if value not in known:
            return did_you_mean(value, known)
    return None


def open_publication(
    *,
    programme: str,
    cohort: str | int | None = None,
    person: str | None = None,
    publication: str = "",
    audience: Audience = "owner",
) -> Publication:
    """The publication a notebook works with: the finished file, or else built here from the programme.

    Without a cohort and a person it is that of the whole programme.
    """
    if publication:
        return read_publication(Path(publication))
    declared = read_programme(Path(programme))
    edition = _choose_edition(declared, audience, cohort, person)  # before the files are read
    return analyse(declared).open_edition(edition)


def _choose_edition(
    programme: Programme, audience: Audience, cohort: str | int | None, person: str | None
) -> Edition:
    """The edition as asked for; `UsageError` for a cohort or person that the programme does not have."""
    return Edition(
        audience=audience,
        cohort=None if cohort is None else check_cohort(programme, str(cohort)),
        person=None if person is None else check_person(programme, person),
    )


def open_report(
    name: str,
    *,
    programme: str,
    language: str,
    cohort: str | int | None = None,
    person: str | None = None,
    publication: str = "",
    previous: str = "",
    audience: Audience = "owner",
) -> Opened:
    """The report a notebook puts in order: on the finished `publication`, or one built here.

    `programme` is a programme.toml, its folder, or "sample"; papermill turns `-p cohort 3` into a number,
    which is accepted; without a cohort the report is the whole programme's.  `previous` is the results.json
    of an earlier report to compare with.  Raises `UserError` for a programme, cohort, language or earlier
    report that cannot be used.
    """
    opened = open_publication(
        programme=programme, cohort=cohort, person=person, publication=publication, audience=audience
    )
    earlier = open_publication(programme=programme, publication=previous) if previous else None
    return find_report(name).open(opened, read_texts(language), earlier)
