"""The story from a programme's files to what its readers may see.

read → cohorts → measures → verdicts → publication, once for all reports.  A notebook opened alone runs the
same story in its first cell; the runner hands it the finished publication.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .cohorts.cohort import Cohorts, build_cohorts
from .disclosure.facts import gather_facts, list_skills
from .disclosure.gate import publish, rest_on_shown, withhold
from .disclosure.own_records import list_entries
from .disclosure.publications import Edition, Publication, read_publication
from .disclosure.releases import Key, Released, key_of, read_releases
from .disclosure.voices import Voice, list_own_words, list_voices
from .errors import Problem, ProgrammeRefused, did_you_mean
from .measure_row import Measure
from .measures.impact.impact import measure_impact
from .measures.parties.destinations import measure_destinations
from .measures.skills.skills import measure_skills
from .measures.workload import measure_workload
from .programme.file import read_programme
from .programme.model import Audience, Programme, Withheld, check_cohort, check_person
from .programme.policy import concerns, is_withheld
from .reading.exports import read_exports
from .statistics.verdicts import judge_all
from .steps import Progress, Step


@dataclass(frozen=True)
class Retrospective:
    """A programme read, laid out, measured and judged; nothing of it has passed the gate yet."""

    programme: Programme
    cohorts: Cohorts
    measures: tuple[Measure, ...]

    @cached_property
    def for_readers(self) -> tuple[tuple[Measure, ...], frozenset[int]]:
        """The measures as editions may show them, and places in them that none shows: others would tell them.

        What would tell of few who are hidden is measured again over the people who are shown.
        """
        policy, consents = self.programme.disclosure, self.programme.consents
        as_of = self.programme.as_of.isoformat()
        telling = withhold(self.measures, policy, consents, as_of=as_of, earlier=self.earlier)
        rows, hidden = rest_on_shown(
            self.measures, telling, policy, consents, as_of=as_of, again=self._measure_again
        )
        return tuple(judge_all(rows, self.programme.plan, self.programme.first_ends)), hidden

    def _measure_again(self, people: frozenset[str]) -> Mapping[Key, Measure]:
        """What is asked of participants, measured with the answers of these alone."""
        if len(people) < self.programme.disclosure.k:
            return {}
        found = measure_skills(self.cohorts.only(people), list_skills(self.programme))
        return {key_of(measure): measure for measure in found if measure.person is None}

    @cached_property
    def earlier(self) -> tuple[Released, ...]:
        """What went out before, as the files beside the programme tell it."""
        return read_releases(self.programme.folder)

    @cached_property
    def voices(self) -> tuple[Voice, ...]:
        """What participants wrote that others may come to read: the same before every edition's gate."""
        return tuple(list_voices(self.cohorts))

    def publish(self, edition: Edition) -> Publication:
        """What the readers of an edition may see."""
        reader = edition.reader
        measures, withheld = self.for_readers
        return publish(
            measures,
            edition,
            self.programme.disclosure,
            self.programme.consents,
            facts=gather_facts(
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


def build_retrospective(programme: Programme, *, progress: Progress = lambda step: None) -> Retrospective:
    """Read, lay out, measure and judge what `programme` declares.

    Raises `ProgrammeRefused` where any of its files is refused as a whole.
    """
    reading = read_exports(programme, progress=progress)
    if reading.refused:
        raise ProgrammeRefused(reading.refused)
    progress(Step("measuring"))
    cohorts = build_cohorts(programme, reading)
    measures = [
        *measure_skills(cohorts, list_skills(programme)),
        *measure_workload(cohorts),
        *measure_impact(cohorts),
        *measure_destinations(cohorts),
    ]
    check_named_measures(programme, measures)
    return Retrospective(programme, cohorts, tuple(judge_all(measures, programme.plan, programme.first_ends)))


def check_named_measures(programme: Programme, measures: Sequence[Measure]) -> None:
    """`ProgrammeRefused` where what the owner names is no measure.

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
        if not any(concerns(name, (given,)) for name in names)
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
        if any(concerns(name, (given.measure,)) for name in names)
        and not any(is_withheld(measure, [given]) for measure in measures)
    ]
    if problems:
        raise ProgrammeRefused(problems)


def _hint_part(given: Withheld, measures: Sequence[Measure]) -> str | None:
    """What the first part that no figure of the measure has may have been meant as."""
    of_measure = [measure for measure in measures if concerns(measure.measure, (given.measure,))]
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
    label = None if cohort is None else check_cohort(declared, str(cohort))
    about = None if person is None else check_person(declared, person)
    return build_retrospective(declared).publish(Edition(audience=audience, cohort=label, person=about))
