"""What one edition's readers may see, as it is printed; written as JSON and read back strictly.

Only `disclosure.publish` makes one of measures; figures and sentences accept nothing else.
"""

from __future__ import annotations

import json
import re
import stat
from collections import namedtuple
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, create_model

from ..errors import FileError, Problem, did_you_mean, shorten
from ..measure_row import MEASURE_COLUMNS, list_file_fields
from ..programme.model import Audience

_UNITS = {
    0: "level windows weeks days requests deliverables monitors widgets sessions answers one_to_ones nights "
    "persons teams incidents person_weeks attendances money chances skills findings stays",
    1: "levels per_engineer per_week per_month strain hours business_hours ratio rounds own_unit "
    "strain_level survey_level person_weeks_per_stay host_weeks",
    2: "share share_points per_team_week waiting_ratio rate_ratio log_ratio",
}
DECIMALS: Mapping[str, int] = {unit: digits for digits, units in _UNITS.items() for unit in units.split()}
"""With how many decimals a value of each unit is printed."""
AUDIENCE_FOLDERS: Mapping[str, str] = {
    "owner": "owner",
    "graduate": "graduates",
    "home_manager": "home-managers",
    "leadership": "leadership",
}


@dataclass(frozen=True, kw_only=True)
class Quotation:
    """What one participant wrote; it passes the gate only with that person's approval of just these words.

    `wave`: the round, or of a repeated form the first day of the period it is about (ISO); "" where neither
    is known.  `names_somebody`: it holds the name of a colleague or a customer, which only its author reads.
    """

    person: str
    cohort: str
    instrument: str
    question: str
    wave: str
    text: str
    names_somebody: bool = False


VOICE_COLUMNS = tuple(field.name for field in fields(Quotation))


def make_voice_frame(voices: Iterable[Quotation] = ()) -> pd.DataFrame:
    """Quotations as a frame with `VOICE_COLUMNS`, sorted by all of them."""
    rows = sorted(tuple(asdict(voice).values()) for voice in voices)
    return pd.DataFrame(rows, columns=list(VOICE_COLUMNS), dtype=object)


@dataclass(frozen=True, kw_only=True)
class Edition:
    """For whom a publication is, and about whom: a cohort, a person, or else the whole programme."""

    audience: Audience
    cohort: str | None = None
    person: str | None = None

    @property
    def name(self) -> str:
        """As the files name it: owner."""
        return self.audience

    @property
    def reader(self) -> str | None:
        """The participant who reads it, where there is one: behind an aggregate others are counted."""
        return self.person if self.audience == "graduate" else None

    @property
    def folder(self) -> str:
        """Where it lies below the report folder: owner/cohort-3, graduates/p03, leadership."""
        folder = AUDIENCE_FOLDERS[self.audience]
        if self.person is not None:
            return f"{folder}/{self.person}"
        return folder if self.cohort is None else f"{folder}/cohort-{self.cohort}"

    @property
    def results(self) -> str:
        """Path of the publication below the report folder."""
        return f"{self.folder}/{'publication' if self.audience == 'leadership' else 'results'}.json"


@dataclass(frozen=True, kw_only=True, repr=False)
class Publication:
    """What one edition's readers may see: measures as printed, and the programme's own facts around them.

    `measures` has `MEASURE_COLUMNS`, `voices` has `VOICE_COLUMNS`; `facts` holds what is no answer of
    anybody: names of teams and skills, stays, events, the account's sums, the policy, the plan.  `records`
    are the reader's own (`own_records.Entry` as mappings), `replies` what people add to their own numbers
    (`programme.Reply`), `words` what only people can supply (`words`), each as plain JSON.
    """

    edition: str
    programme: str
    cohort: str | None
    as_of: str
    measures: pd.DataFrame
    facts: Mapping[str, Any]
    voices: pd.DataFrame = field(default_factory=make_voice_frame)
    person: str | None = None
    records: tuple[Mapping[str, Any], ...] = ()
    replies: tuple[Mapping[str, Any], ...] = ()
    words: Mapping[str, Any] = field(default_factory=dict)

    def rows(self, measure: str, **where: object) -> pd.DataFrame:
        """The rows of a measure; `where` are columns with their value, None meaning empty."""
        frame = self._by_measure.get(measure)
        if frame is None:
            return self.measures.iloc[:0]
        kept = [True] * len(frame)
        for column, value in where.items():
            found = frame[column].tolist()
            kept = [
                was and (_is_missing(cell) if value is None else bool(cell == value))
                for was, cell in zip(kept, found, strict=True)
            ]
        return frame[kept]

    def __getitem__(self, measure: str) -> pd.DataFrame:
        """The rows of a measure, or of all whose ids begin with it up to a dot, as in "skill.growth"."""
        names = [name for name in self._by_measure if f"{name}.".startswith(f"{measure}.")]
        if not names:
            hint = did_you_mean(measure, list(self._by_measure)) or "publication.measures has all rows"
            raise KeyError(f"no row of {measure!r} in this edition. {hint}")
        return pd.concat([self._by_measure[name] for name in names])

    def __repr__(self) -> str:
        of = self.person or (f"cohort {self.cohort}" if self.cohort else "the whole programme")
        hidden = int(self.measures["verdict"].eq("hidden").sum())
        return (
            f"<publication for {self.edition}, {of}: {len(self.measures):,} rows of {len(self._by_measure)} "
            f"measures, {hidden:,} hidden, data until {self.as_of}>"
        )

    @cached_property
    def _by_measure(self) -> dict[str, pd.DataFrame]:
        """Pages ask a thousand times for the rows of some measure."""
        return {str(name): frame for name, frame in self.measures.groupby("measure", sort=False)}

    def to_json(self) -> str:
        """`results.json` of the edition; the same publication gives the same bytes."""
        rows = [
            {
                str(name): list(value) if isinstance(value, tuple) else None if _is_missing(value) else value
                for name, value in row.items()
            }
            for row in self.measures.to_dict("records")
        ]
        content = {
            "edition": self.edition,
            "programme": self.programme,
            "cohort": self.cohort,
            "person": self.person,
            "as_of": self.as_of,
            "measures": rows,
            "voices": self.voices.to_dict("records"),
            "records": list(self.records),
            "replies": list(self.replies),
            "words": self.words,
            "facts": self.facts,
        }
        return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def list_rows(frame: pd.DataFrame) -> list[Any]:
    """The rows of a frame as `itertuples(index=False)` gives them, in a tenth of the time.

    >>> list_rows(pd.DataFrame({"measure": ["a"], "n": [1]}))
    [Row(measure='a', n=1)]
    """
    row = _make_row_type(tuple(map(str, frame.columns)))
    return [row(*values) for values in zip(*(frame[name].tolist() for name in frame.columns), strict=True)]


@cache
def _make_row_type(columns: tuple[str, ...]) -> Any:
    return namedtuple("Row", columns, rename=True)


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and value != value)


# --- a publication read back ------------------------------------------------------------------------------

MAX_BYTES = 50_000_000
_NEXT_STEP = "give the results.json of a report folder"


def _check_day(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("a day as in 2025-03-31 is expected")
    return date.fromisoformat(text).isoformat()


Day = Annotated[str, AfterValidator(_check_day)]


class _Checked(BaseModel):
    """What readers of a publication rely on; what else a version wrote is taken as it stands."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False, hide_input_in_errors=True)


_OPTIONAL = {*MEASURE_COLUMNS} - {"measure", "unit", "notes"}  # earlier versions had fewer columns
_Row = create_model(
    "_Row",
    __base__=_Checked,
    **list_file_fields(optional=_OPTIONAL, without=("counts", "people", "method")),
)


class _Stay(_Checked):
    person: str
    name: str
    cohort: str | None = None
    start: Day
    planned_end: Day | None = None
    end: Day | None = None
    ending: str | None = None
    now: str | None = None
    returned: bool | None = None


class _Facts(_Checked):
    company: dict[str, str]
    name: dict[str, str]
    k: int = Field(ge=1, le=10**6)
    version: str
    stays: list[_Stay]


class _Content(_Checked):
    edition: str
    programme: str
    cohort: str | None
    as_of: Day
    measures: list[_Row]  # type: ignore[valid-type]
    facts: _Facts
    person: str | None = None
    voices: list[dict[str, str | bool]] = []
    records: list[dict[str, Any]] = []
    replies: list[dict[str, Any]] = []
    words: dict[str, Any] = {}


def read_publication(path: Path) -> Publication:
    """A publication as `to_json` wrote it, in this version or an earlier one.

    `FileError` for any other file: not_a_file (a folder, a pipe or a device is not even read), too_large,
    no_profile.  Kinds, waves, units and verdicts are taken as they stand: another version may have others.
    """
    try:
        content = json.loads(_read_text(path))
        json.dumps(content, ensure_ascii=False).encode()  # half a character (\\ud800) can stand on no page
        _Content.model_validate(content)
        return _publication_of(content)
    except OSError as error:
        reason, why = "not_a_file", error.strerror or "it cannot be read"
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = shorten(".".join(map(str, first["loc"]))) or "the file"  # and nothing of its content
        reason, why = "no_profile", f"{place}: {first['msg']}"
    except (RecursionError, MemoryError):
        reason, why = "no_profile", "nested too deep or too much to be one"
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        reason, why = "no_profile", "it is none"
    expected = "a publication (results.json)"
    raise FileError(
        Problem(reason=reason, file=path.name, expected=expected, next_step=f"{why}; {_NEXT_STEP}")
    )


def _read_text(path: Path) -> str:
    """The text of a regular file of at most `MAX_BYTES`; `FileError` before anything else is opened."""
    found = path.stat()
    expected = "a publication (results.json)"
    if not stat.S_ISREG(found.st_mode):
        reason, told = "not_a_file", f"a regular file, {expected}"
    elif found.st_size > MAX_BYTES:
        reason, told = "too_large", f"{expected} of at most {MAX_BYTES:,} bytes"
    else:
        return path.read_text(encoding="utf-8")
    raise FileError(Problem(reason=reason, file=path.name, expected=told, next_step=_NEXT_STEP))


def _publication_of(content: Mapping[str, Any]) -> Publication:
    rows = [{**row, "notes": tuple(row["notes"])} for row in content["measures"]]
    return Publication(
        edition=content["edition"],
        programme=content["programme"],
        cohort=content["cohort"],
        as_of=content["as_of"],
        measures=pd.DataFrame(rows, columns=list(MEASURE_COLUMNS), dtype=object),
        facts=dict(content["facts"]),
        voices=make_voice_frame(
            Quotation(**{name: voice[name] for name in VOICE_COLUMNS if name in voice})
            for voice in content.get("voices", ())
        ),
        person=content.get("person"),
        records=tuple(content.get("records", ())),
        replies=tuple(content.get("replies", ())),
        words=content.get("words", {}),
    )
