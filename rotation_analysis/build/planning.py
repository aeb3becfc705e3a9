"""Which reports there are, and which of them a build is to make: each notebook with its audience and what
it is about, a selection of them, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ..disclosure.publications import Edition, Publication
from ..errors import UsageError, UserError, did_you_mean
from ..programme.model import Audience, Programme, check_cohort, check_person
from ..texts import list_languages
from .notebooks.notebook_files import check_parameters, find_notebooks

About = Literal["programme", "cohort", "person", "graduate"]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of report: for whom, about what (a graduate: a person who has returned), its file's name."""

    audience: Audience
    about: About
    file: str


REPORTS: Mapping[str, Kind] = {
    "programme": Kind(audience="owner", about="programme", file="programme"),
    "skill_growth": Kind(audience="owner", about="cohort", file="skill-growth"),
    "workload": Kind(audience="owner", about="cohort", file="workload"),
    "team_impact": Kind(audience="owner", about="cohort", file="team-impact"),
    "leadership_summary": Kind(audience="leadership", about="programme", file="summary"),
    "home_manager_letter": Kind(audience="home_manager", about="graduate", file="letter"),
    "graduate_pack": Kind(audience="graduate", about="person", file="graduate-pack"),
}
"""Every notebook that becomes a report, in the order of the index."""
INDEX = "index.html"
COMPARING = ("programme",)
"""Those that compare with an earlier report."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What to build; empty means all."""

    notebooks: tuple[str, ...] = ()
    cohorts: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.notebooks or self.cohorts or self.persons or self.languages)

    def takes(self, kind: Kind) -> bool:
        """Whether reports of a kind can be in it: a cohort leaves out all that is not about a cohort."""
        if not self.cohorts and not self.persons:
            return True
        return bool(self.cohorts if kind.about == "cohort" else self.persons) and kind.about != "programme"


@dataclass(frozen=True, kw_only=True)
class ReportSpec:
    """One report to build: which notebook about which cohort or person in which language, where it goes."""

    notebook: str
    cohort: str | None = None
    person: str | None = None
    language: str
    beside: tuple[tuple[str, str], ...] = ()
    """Pages that the same reader holds: a link's name and its path below the report folder."""

    @property
    def edition(self) -> Edition:
        """For whom and about whom it is."""
        return Edition(audience=REPORTS[self.notebook].audience, cohort=self.cohort, person=self.person)

    @property
    def path(self) -> str:
        """Path below the report folder."""
        return f"{self.edition.folder}/{REPORTS[self.notebook].file}.{self.language}.html"

    @property
    def results(self) -> str:
        """Path of its publication below the report folder."""
        return self.edition.results

    @property
    def file(self) -> Path:
        """The notebook it is made of."""
        return find_notebooks() / f"{self.notebook}.ipynb"

    @property
    def parameters(self) -> dict[str, str]:
        """The notebook's parameters that tell which report it is."""
        about = {"cohort": self.cohort, "person": self.person, "language": self.language}
        return {name: value for name, value in about.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class BuildRequest:
    """What is to be built of which state of the programme, found before any export has been read.

    `specs` are the selected reports in the order of the index, `narrowed` where others are left as they are;
    `state` is what the manifest says of inputs, notebooks and library.  A report that compares does so with
    `earlier`, the publication at `previous`, whose SHA-256 is `compared`.  `jobs` reports are made at once
    here, or as many as there are workers on the dask cluster of a `scheduler`.
    """

    programme: Programme
    specs: Sequence[ReportSpec]
    narrowed: bool
    state: Mapping[str, Any]
    earlier: Publication | None
    previous: Path | None
    compared: str | None
    jobs: int
    scheduler: str | None


@dataclass(frozen=True, kw_only=True)
class MissingOutput:
    """What is missing: a whole report, or one part of it (`section`: the function that makes it).

    `reason` tells kind and place of the error and goes into the manifest; `told` has the error's own text,
    which may hold anybody's words, and goes to the terminal alone.
    """

    report: str
    section: str = ""
    reason: str
    told: str


@dataclass(frozen=True, kw_only=True)
class BuildResult:
    """What came of a build: reports made and kept, what is missing, the account's sums by file."""

    folder: Path
    reports: tuple[ReportSpec, ...] = ()
    kept: tuple[ReportSpec, ...] = ()
    missing: tuple[MissingOutput, ...] = ()
    account: tuple[Mapping[str, Any], ...] = ()


def check_selection(selection: Selection) -> None:
    """`UsageError` for a notebook or language that does not exist; before any file is read."""
    known: list[tuple[str, Iterable[str], Sequence[str]]] = [
        ("notebook", selection.notebooks, tuple(REPORTS)),
        ("language", selection.languages, list_languages()),
    ]
    for kind, given, existing in known:
        for word in given:
            if word not in existing:
                hint = did_you_mean(word, existing)
                told = f"{kind} {word!r} does not exist; there are {', '.join(existing)}"
                raise UsageError(told + (f"; {hint}" if hint else ""))
    for notebook in selection.notebooks:
        if not selection.takes(REPORTS[notebook]):
            about = {"programme": "all cohorts", "cohort": "a cohort"}.get(
                REPORTS[notebook].about, "one person"
            )
            options = {"--cohort": selection.cohorts, "--person": selection.persons}
            superfluous = " and ".join(name for name, values in options.items() if values)
            raise UsageError(f"the report {notebook!r} is about {about}; leave out {superfluous}")


def plan_reports(programme: Programme, selection: Selection) -> list[ReportSpec]:
    """The reports of a selection, parameters checked against the notebooks; no export has been read.

    Raises `UsageError` for a cohort or person that does not exist, and `UserError` where there is no stay.
    """
    if not programme.rotations:
        raise UserError(
            "this programme has no stay yet, so there is nothing to report; "
            "`rotation-analysis check PROGRAMME` lists what is still missing, in order"
        )
    cohorts = tuple(check_cohort(programme, cohort) for cohort in selection.cohorts) or programme.cohorts
    persons = tuple(check_person(programme, person) for person in selection.persons) or programme.participants
    wanted = [name for name in selection.notebooks or REPORTS if selection.takes(REPORTS[name])]
    graduates = [stay.person for stay in programme.rotations if stay.has_returned]
    about: dict[About, list[dict[str, str]]] = {
        "programme": [{}],
        "cohort": [{"cohort": cohort} for cohort in cohorts],
        "person": [{"person": person} for person in persons],
        "graduate": [{"person": person} for person in persons if person in graduates],
    }
    specs = [
        ReportSpec(
            notebook=notebook, cohort=where.get("cohort"), person=where.get("person"), language=language
        )
        for notebook in sorted(wanted, key=list(REPORTS).index)
        for where in about[REPORTS[notebook].about]
        for language in selection.languages or list_languages()
    ]
    for spec in specs:
        check_parameters(spec.file, {**spec.parameters, "publication": "results.json"})
    return sorted(specs, key=_order_of)


def link_reports(
    specs: Sequence[ReportSpec], *, cohorts: Sequence[str], others: Iterable[str] = ()
) -> list[ReportSpec]:
    """The same reports, each with the pages its reader can go to; `others` lie in the folder already."""
    paths = {*(spec.path for spec in specs), *others, INDEX}
    return [
        replace(
            spec, beside=tuple((name, path) for name, path in _list_beside(spec, cohorts) if path in paths)
        )
        for spec in specs
    ]


def _list_beside(spec: ReportSpec, cohorts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Siblings, the programme, the index, the other languages; from the programme to each cohort."""
    if spec.edition.audience == "owner":
        for name, kind in REPORTS.items():
            if kind.about == "cohort" and spec.cohort is not None and name != spec.notebook:
                yield name, replace(spec, notebook=name).path
        if spec.cohort is not None:
            yield "programme", replace(spec, notebook="programme", cohort=None).path
        else:
            for cohort in cohorts:
                yield f"cohort_{cohort}", replace(spec, notebook="skill_growth", cohort=cohort).path
        yield "index", INDEX
    for language in list_languages():
        if language != spec.language:
            yield f"language_{language}", replace(spec, language=language).path


def _order_of(spec: ReportSpec) -> tuple[int, int, str, int]:
    """The programme, the cohorts one after another, leaders, then each person."""
    place = {"programme": 0, "cohort": 1}.get(REPORTS[spec.notebook].about, 2)
    number = list(REPORTS).index(spec.notebook)
    return place, number if place == 0 else 0, spec.cohort or spec.person or "", number


def list_editions(specs: Iterable[ReportSpec]) -> Iterator[Edition]:
    """Every edition once, in the order of its first report."""
    return iter(dict.fromkeys(spec.edition for spec in specs))
