"""`publish`: an edition of a report folder goes out and into the history, or is refused with reasons.

Everything is read, measured and gated again, so that what is recorded is what the folder holds; only here may
a refusal depend on what people answered (docs/disclosure.md).  Nothing is recorded unless all of it passes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from ..disclosure.differencing import (
    find_revealed_answers,
    list_history,
    reuse_released_figures,
)
from ..disclosure.publications import Edition
from ..disclosure.releases import (
    FOLDER,
    Key,
    Release,
    as_measure,
    check_threshold,
    hash_content,
    hash_newest,
    key_of,
    read_releases,
    release_row,
    write_release,
)
from ..disclosure.suppression import Named, find_withheld, list_revealing_measures
from ..errors import UsageError, UserError, did_you_mean
from ..files.declarations import hash_toml
from ..measure_row import KEY_COLUMNS, Measure, MeasureRow
from ..programme.file import find_programme, find_sample, read_programme
from ..programme.model import Withheld
from ..progress_events import Progress
from ..study import Study, analyse
from ..texts import read_texts
from .audit.audit import audit_folder, format_findings
from .audit.people import know
from .folder import add_file, hash_file, read_manifest
from .manifest import describe_state, find_changes, list_audience_folders


@dataclass(frozen=True, kw_only=True)
class ReleaseConflict:
    """One figure that may not go out: its id, the figure in words, why, and what may go out instead."""

    measure: str
    figure: str
    reason: str
    instead: str

    def __str__(self) -> str:
        return f"{self.figure} [{self.measure}]: {self.reason}; {self.instead}"


@dataclass(frozen=True, kw_only=True)
class Published:
    """What came of it: the release with its file; `refused` and no file; or `already` in the history."""

    edition: str
    programme: Path
    release: Release | None = None
    already: bool = False
    refused: tuple[ReleaseConflict, ...] = ()

    @property
    def file(self) -> Path | None:
        """The release's file beside programme.toml."""
        return None if self.release is None else self.programme / FOLDER / f"{self.release.number:03}.json"

    def as_json(self) -> dict[str, Any]:
        """For scripts: the edition, the release's number and file, whether it was there, what was refused."""
        return {
            "edition": self.edition,
            "number": None if self.release is None else self.release.number,
            "file": None if self.file is None else str(self.file),
            "already": self.already,
            "refused": [asdict(refusal) for refusal in self.refused],
        }


def render_published(published: Published) -> str:
    """One line of what was recorded, or one for each figure that may not go out."""
    if published.refused:
        lines = [f"REFUSED  {refusal}" for refusal in published.refused]
        return "\n".join([*lines, f"nothing was recorded: {published.edition} was not published"])
    assert published.release is not None
    if published.already:
        return f"already  {published.edition} went out just so: {published.file}; nothing new was recorded"
    figures = sum(row.person is None for row in published.release.rows)
    return (
        f"recorded {published.file}: {published.edition} as of {published.release.as_of}, "
        f"{figures} figures and {len(published.release.rows) - figures} rows of persons, k = "
        f"{published.release.k}\n"
        "keep     this file beside programme.toml: every later report is compared with it"
    )


def publish_edition(
    folder: Path,
    edition: str,
    *,
    programme: Path | None = None,
    progress: Progress = lambda step: None,
) -> Published:
    """Record an edition of a report folder as gone out; `programme`: where its files are, else looked for.

    Raises `UserError` where the folder is not what the programme's files give now, or does not pass the
    audit; `FileError` where the history was changed; `UsageError` for an edition that is not there.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise UserError(f"{folder} is no report folder (no manifest.json of a build)")
    editions = _list_publications(folder, edition)
    source = _find_source(folder, manifest, programme)
    try:
        as_of = date.fromisoformat(str(manifest.get("as_of")))
    except ValueError:
        raise UserError("manifest.json names no day (as_of): build the reports again") from None
    declared = read_programme(source, as_of=as_of)
    earlier = read_releases(declared.folder)
    check_threshold(declared.disclosure, earlier)
    study = analyse(declared, progress=progress)
    found = find_changes(manifest, describe_state(study.programme))
    # releases that were recorded since are no other input: each publication is compared as a whole
    if changed := [name for name in found if not name.startswith(f"{FOLDER}/")]:
        raise _say_stale(folder, f"{', '.join(changed[:3])}{', …' if len(changed) > 3 else ''} changed")
    hashes, printed = _check_publications(folder, editions, study)
    _refuse_findings(folder, edition, study)
    release = Release(
        number=len(earlier) + 1,
        edition=edition,
        as_of=declared.as_of.isoformat(),
        k=declared.disclosure.k,
        publication_sha256=next(iter(hashes.values())) if len(hashes) == 1 else hash_content(hashes),
        rows=tuple(attach_contributors(printed, study.for_readers[0], earlier)),
    )
    newest = next((each for each in reversed(earlier) if each.edition == edition), None)
    if newest is not None and newest.publication_sha256 == release.publication_sha256:
        return Published(edition=edition, programme=declared.folder, release=newest, already=True)
    own = [release_row(each) for each in study.rows if each.person is not None]
    refused = tuple(dict.fromkeys(list_refusals(release, earlier, own=own)))
    if refused:
        return Published(edition=edition, programme=declared.folder, refused=refused)
    published = Published(edition=edition, programme=declared.folder, release=release)
    assert published.file is not None
    add_file(published.file, write_release(release, previous=hash_newest(declared.folder)))
    return published


# --- what is to go out ------------------------------------------------------------------------------------


def _list_publications(folder: Path, edition: str) -> list[Edition]:
    """The publications of an edition in the folder: the owner's are the programme's and all cohorts'."""
    known = [path.relative_to(folder).as_posix() for path in list_audience_folders(folder)]
    if edition not in known:
        hint = did_you_mean(edition, known)
        raise UsageError(
            f"edition {edition!r} is not in {folder}; it has {', '.join(known)}"
            + (f"; {hint}" if hint else "")
        )
    audience, _, person = edition.partition("/")
    if person:
        return [Edition(audience="graduate" if audience == "graduates" else "home_manager", person=person)]
    if audience == "leadership":
        return [Edition(audience="leadership")]
    labels = sorted(path.name.removeprefix("cohort-") for path in (folder / edition).glob("cohort-*"))
    found = [Edition(audience="owner"), *(Edition(audience="owner", cohort=label) for label in labels)]
    return [each for each in found if (folder / each.results).is_file()]


def _find_source(folder: Path, manifest: Mapping[str, Any], given: Path | None) -> Path:
    """The programme.toml that the folder was built from, known by its SHA-256."""
    if given is not None:
        return find_programme(given)
    above = folder.resolve().parents
    for place in (Path(), *above, find_sample()):
        file = place / "programme.toml"
        if file.is_file() and hash_toml(file) == manifest.get("programme"):
            return file
    raise UserError(
        f"the programme.toml that {folder} was built from was not found (it may have changed since): "
        "name its folder with --programme"
    )


def _say_stale(folder: Path, what: str) -> UserError:
    return UserError(
        f"{folder} is not what the programme's files give now ({what}): build it again with "
        "`rotation-analysis report`, read it, and publish then"
    )


def _check_publications(
    folder: Path, editions: Sequence[Edition], study: Study
) -> tuple[dict[str, str], list[Mapping[str, Any]]]:
    """SHA-256 of the publications by path, and their rows as printed, once each.

    `UserError` where the folder's publication is another.
    """
    rows: dict[tuple[object, ...], Mapping[str, Any]] = {}
    hashes: dict[str, str] = {}
    for edition in editions:
        publication = study.open_edition(edition)
        path = folder / edition.results
        digest = hashes[edition.results] = hashlib.sha256(publication.to_json().encode()).hexdigest()
        if not path.is_file() or hash_file(path) != digest:
            raise _say_stale(folder, f"{edition.results} differs")
        for row in publication.measures.to_dict("records"):
            rows.setdefault(tuple(row[name] for name in (*KEY_COLUMNS, "value", "n")), row)
    return hashes, list(rows.values())


def _refuse_findings(folder: Path, edition: str, study: Study) -> None:
    """`UserError` with what the audit found in the edition, or in what is nobody's own folder."""
    others = [path.relative_to(folder).as_posix() for path in list_audience_folders(folder)]
    findings = [
        finding
        for finding in audit_folder(folder, know(study))
        if not any(finding.file.startswith(f"{other}/") for other in others if other != edition)
    ]
    if findings:
        told = format_findings(findings, most=len(findings))
        raise UserError(f"the audit of {folder} found what may not be there; nothing was recorded:\n{told}")


def attach_contributors(
    printed: Iterable[Mapping[str, Any]], measures: Iterable[Measure], earlier: Sequence[Release]
) -> Iterator[MeasureRow]:
    """The printed rows that tell anything, with the people behind them.

    Of an older figure that is shown again the people are those of then.
    """
    people: dict[Key, Measure] = {key_of(measure): measure for measure in measures}
    history = list_history(earlier)
    for row in printed:
        told = {name: None if isinstance(v, float) and v != v else v for name, v in row.items()}
        if all(told[name] is None for name in ("value", "low", "high", "n")):
            continue
        key: Key = tuple(told[name] for name in KEY_COLUMNS)
        again = any(str(note).startswith("CARRIED:") for note in told["notes"] or ())
        behind = history[key][-1][1].people if again else people[key].people
        kept = {name: told[name] for name in MeasureRow.__dataclass_fields__ if name in told}
        yield MeasureRow(
            **kept
            | {
                "notes": tuple(told["notes"] or ()),
                "counts": people[key].counts,
                "people": tuple(sorted(set(behind))),
            }
        )


# --- what may not -----------------------------------------------------------------------------------------


def list_refusals(
    release: Release, earlier: Sequence[Release], *, own: Iterable[MeasureRow] = ()
) -> Iterator[ReleaseConflict]:
    """Figures that with all earlier releases tell too much: of few who are new, or what somebody answered.

    `own`: everybody's own rows, for what a participant can work out with the own answer in hand.
    """
    reader = release.edition.removeprefix("graduates/") if release.edition.startswith("graduates/") else None
    rows = [as_measure(row) for row in release.rows]
    named = Named((row for row in rows if row.person is not None), frozenset())
    passed = reuse_released_figures(
        rows, earlier, k=release.k, as_of=release.as_of, reader=reader, follows=named.tells
    )
    passing = []
    for row, may_pass in zip(rows, passed, strict=True):
        if release_row(may_pass) == release_row(row):
            passing.append(row)
        else:
            yield ReleaseConflict(
                measure=row.measure,
                figure=say_figure(row),
                reason=f"its people differ from those of an earlier release by fewer than {release.k}",
                instead="build the reports again: the earlier figure is then shown in its place",
            )
    for left, least in _find_left_alone(passing, release.edition, earlier, reader):
        yield ReleaseConflict(
            measure=left.measure,
            figure=say_figure(left),
            reason="without those who are shown by name it tells of one person",
            instead=f"leave out by what that follows: [disclosure] withhold = {_write_list(least)}",
        )
    for exposure in find_revealed_answers(release, earlier, own=own):
        certain = f"the answer of {exposure.person} is certain"
        some = f"{exposure.values_left} of {exposure.of} answers are left for {exposure.person}"
        yield ReleaseConflict(
            measure=exposure.figure.measure,
            figure=say_figure(exposure.figure),
            reason=f"with all that went out before, {certain if exposure.values_left <= 1 else some}",
            instead=f"leave it out: [disclosure] withhold = {_write_list(map(_name_part, exposure.figures))}",
        )


def _find_left_alone(
    new: Sequence[Measure], edition: str, earlier: Sequence[Release], reader: str | None
) -> Iterator[tuple[MeasureRow, Sequence[Withheld]]]:
    """Aggregates, of now or before, that names shown now leave to one person; the least to withhold.

    By people only, for every measure: also for those whose values the reconstruction does not try.
    """
    public = [each for each in earlier if "/" not in each.edition or each.edition == edition]
    before = [as_measure(row) for each in public for row in each.rows if row.value is not None]
    rows = [*before, *(row for row in new if row.value is not None)]

    def find(some: Sequence[Measure], left_out: Sequence[Withheld] = ()) -> frozenset[int]:
        return find_withheld(some, k=2, shown_persons=frozenset(), reader=reader, left_out=left_out)

    for place in sorted(find(rows) - find(before)):
        row = release_row(rows[place])
        names = (row.measure,) if place >= len(before) else list_revealing_measures(rows[place])
        parts = [("skill", "wave", "kind"), ("skill", "wave"), ("skill",), ()]
        choices = ([_name_part(replace(row, measure=name), of) for name in names] for of in parts)
        whole = [Withheld(measure=name) for name in names]
        yield row, next((least for least in choices if place not in find(rows, least)), whole)


def _name_part(row: MeasureRow, parts: Sequence[str] = ("skill", "wave", "kind")) -> Withheld:
    """The least that the owner can withhold so that a figure is not shown."""
    return Withheld(measure=row.measure, **{name: getattr(row, name) for name in parts})


def _write_list(withheld: Iterable[Withheld]) -> str:
    return f"[{', '.join(dict.fromkeys(map(str, withheld)))}]"


def say_figure(row: MeasureRow) -> str:
    """A figure in words, with what narrows it: growth seen by the mentor (skill os, wave end)."""
    texts = read_texts("en")
    key = f"measure.{row.measure}"
    words = texts.say(key) if texts.has(key) else row.measure
    where = [
        f"{name} {getattr(row, name)}"
        for name in KEY_COLUMNS[1:]
        if name != "person" and getattr(row, name) is not None
    ]
    return words + (f" ({', '.join(where)})" if where else "")
