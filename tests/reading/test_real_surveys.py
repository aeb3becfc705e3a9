"""An owner's own questions for other people's real survey exports, which are read in place."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copyfile
from typing import Any

import pandas as pd
import pytest

from rotation_analysis.cohorts.cohort import build_cohorts
from rotation_analysis.errors import FileError
from rotation_analysis.programme.file import read_programme
from rotation_analysis.programme.model import Source
from rotation_analysis.reading.exports import Reading, read_export
from rotation_analysis.reading.profiles import read_profiles
from tests.small_programme import TOML, read_small, replace_once, warnings_of, write_programme

EXPORTS = Path(__file__).parents[3] / "shared" / "exports" / "files"
SOURCE = '\n[[sources]]\nname = "s"\nfiles = ["real.*"]\ninstrument = "own"\ntimezone = "UTC"\n'
OWN = '[[instruments]]\nid = "own"\nrater = "host"\nanonymous = true\n'
FIVE = '[[scales]]\nid = "five"\nlabels = ["lowest", "low", "middle", "high", "highest"]\n\n'
EDINBR = """\
name = "edinbr"
tool = "Google Forms, saved again by R"
export = "answers with headings of its own"
format = "csv"
table = "responses"
dates = "dmy"
questions = true
metadata = ["time", "day"]

[[columns]]
field = "answered_at"
headers = ["ans.time"]
kind = "datetime"
claim = true
"""


def ask(question: str, kind: str, wording: str, more: str = "", options: tuple[str, ...] = ()) -> str:
    """Declare a question of an own instrument; options are called o1, o2, …"""
    listed = ", ".join(
        f"{{ id = {json.dumps(f'o{n}')}, ja = {json.dumps(o)}, en = {json.dumps(o)} }}"
        for n, o in enumerate(options, start=1)
    )
    chosen = f"options = [{listed}]\n" if options else ""
    asked = f'[[instruments.questions]]\nid = "{question}"\nkind = "{kind}"\n'
    return f"{asked}wordings = [{json.dumps(wording)}]\n{chosen}{more}\n"


def read_real(folder: Path, file: str, declared: str, *, profile: str = "", source: str = "") -> Reading:
    """Read a real export with declared questions, and a profile next to programme.toml."""
    if not (EXPORTS / file).is_file():
        pytest.skip(f"{file} is not beside the repository")
    toml = replace_once(TOML, ("[plan]", f"{declared}\n[plan]")) + SOURCE + source
    write_programme(folder, toml, {"profiles/own.toml": profile} if profile else None)
    copyfile(EXPORTS / file, folder / f"real{Path(file).suffix}")
    _, reading = read_small(folder)
    assert reading.refused == ()
    return reading


def count_answers(reading: Reading) -> dict[str, dict[Any, int]]:
    """Count each level, option or number, or state without a value, by question."""
    answers = reading.tables["responses"].astype(object)
    value = answers["level"].fillna(answers["option"]).fillna(answers["number"]).fillna(answers["state"])
    counts = answers.assign(value=value).groupby("question")["value"].value_counts()
    return {
        str(question): {value: int(n) for (_, value), n in group.items()}
        for question, group in counts.groupby(level=0)
    }


OSS = ("None, Kubernetes is my first one!", "One more", "2-4", "4+")
K8S = (
    FIVE
    + OWN
    + ask("review", "scale", "Blocker: Code/Doc review", 'scale = "five"\nnot_applicable = ["n/a"]\n')
    + ask(
        "failures", "scale", "Blocker: Debugging test failures", 'scale = "five"\nnot_applicable = ["n/a"]\n'
    )
    + ask("reject", "scale", "Blocker: Having PRs rejected", 'scale = "five"\nreversed = true\n')
    + ask("other_oss", "choice", "Contribute to other OSS?", options=OSS)
)
GRID = 'scale = "ease"\nnot_applicable = ["I didn\'t use this feature"]\n'
EASE = '["Very difficult", "Difficult", "Neither easy nor difficult", "Easy", "Very easy"]'
GENTLECAT = (
    f'[[scales]]\nid = "ease"\nlabels = {EASE}\n\n'
    + OWN
    + ask("editor", "scale", "Ease of use [Dataset editor]", GRID)
    + ask("importer", "scale", "Ease of use [CSV importer]", GRID)
    + ask(
        "unclear",
        "choices",
        "If you didn't understand everything, which parts were unclear?",
        options=("Dataset structure requirements", "Submission process", "Results calculation"),
    )
    + ask("datasets", "number", "How many datasets have you created?")
)
SOFTWARE = (
    "Proprietary software",
    "Cloud-based subscription software",
    "Shareware, with payment option for full version",
    "Freemium, with a payment option for the premium version",
    "Commercial versions of open-source (with additional features or support at cost)",
    "Inhouse developed",
)
LEBELOLERATO = OWN + ask(
    "software",
    "choices",
    "4. What type of software does your company develop for clients?",
    "other = true\n",
    SOFTWARE,
)
VENUES = (
    "7 George Square (where the first meeting was held) and nearby (e.g. informatics)",
    "Roving venues around the city (academic institutes, University buildings and companies)",
    "Pub function rooms in the city",
)
TOPICS = ("working with big data", "RStudio", "Using R on Eddy", "Intro to R")
OWN_EDINBR = (
    OWN
    + ask("venue", "choices", "venue", "other = true\n", VENUES)
    + ask("topic", "choices", "topic", "other = true\n", TOPICS)
    + ask(
        "expertise", "choice", "expertise", options=("No R knowledge", "Beginner", "Intermediate", "Expert")
    )
)
DISHES = (
    "Which of these side dishes aretypically served at your Thanksgiving dinner? "
    "Please select all that apply."
)
THANKSGIVING = (
    OWN
    + ask("dishes", "choices", DISHES, "other = true\n", ("Carrots", "Corn"))
    + ask("celebrate", "choice", "Do you celebrate Thanksgiving?", options=("Yes", "No"))
)
STEAK = OWN + ask(
    "steak",
    "choice",
    "How do you like your steak prepared?",
    options=("Rare", "Medium rare", "Medium", "Medium Well", "Well"),
)
FIELDS = "In which disciplines do you work (select as many as apply)"
TEACHING = "In an average month, how much time do you spend on Teaching"
TEN = '[[scales]]\nid = "ten"\nlabels = ["1 (None at all)", "b", "c", "d", "e", "f", "g", "h", "i", "j"]\n\n'
SSI = (
    TEN
    + OWN
    + ask("fields", "choices", FIELDS, options=("Biological Sciences", "Chemistry", "Civil Engineering"))
    + ask("teaching", "scale", TEACHING, 'scale = "ten"\n')
    + ask("years", "number", "How many years of software development experience do you have?")
)
COLOURS = (
    "Method 4\n\n\t\t\t\n\t\t\t\tPlease select the colors you would like to vote upon.\n\t\t\t\t"
    "Subsequently, please order your selected options. The number next to the option is the number of votes "
    "you give to the respective option. The more options you selected, the more votes you can assign."
)
HAUSLADEN = (
    OWN
    + ask("colours", "choices", COLOURS, options=("green", "blue", "black", "yellow", "red"))
    + ask(
        "all_votes",
        "choice",
        "Did you participate in all of the 16 votes within VoteApp?",
        options=("yes", "no"),
    )
)
MSFORM = OWN + "".join(ask(each, "text", f"What is your {each}?") for each in ("title", "subject", "content"))


# Counted with the csv module (workbooks: by reading them) and by hand.
@pytest.mark.parametrize(
    ("file", "declared", "read", "counts", "cells"),
    [
        (
            "surveymonkey/k8s_contribex_2018.csv",
            K8S,
            160,
            {
                "review": {"not_applicable": 44, 1: 32, 2: 32, 3: 28, 4: 13, 5: 11},
                "failures": {"not_applicable": 44, 1: 19, 2: 27, 3: 35, 4: 24, 5: 11},
                "reject": {"unusable": 44, 5: 51, 4: 38, 3: 20, 2: 4, 1: 3},
                "other_oss": {"o1": 36, "o2": 39, "o3": 51, "o4": 34},
            },
            {"unmapped_label": 44},
        ),
        (
            "google_forms/gentlecat_grid.csv",
            GENTLECAT,
            13,
            {
                "editor": {"not_applicable": 3, 1: 1, 2: 1, 3: 4, 4: 4},
                "importer": {"not_applicable": 8, 1: 1, 3: 3, 4: 1},
                "unclear": {"blank": 5, "o1": 5, "o2": 3, "o3": 5},
                "datasets": {0: 7, 1: 3, 2: 2, 7: 1},
            },
            {},
        ),
        (
            "google_forms/lebelolerato_formscsv_saved_as_xlsx.xlsx",
            LEBELOLERATO,
            15,
            {"software": {"o1": 8, "o2": 6, "o3": 2, "o4": 2, "o5": 3, "o6": 5, "other": 3}},
            {},
        ),
        (
            "surveymonkey/fte_thanksgiving.csv",
            THANKSGIVING,
            199,
            {"dishes": {"o1": 48, "o2": 94, "other": 12, "blank": 80}, "celebrate": {"o1": 181, "o2": 18}},
            {},
        ),
        (
            "surveymonkey/fte_steak.csv",
            STEAK,
            550,
            {"steak": {"o1": 23, "o2": 166, "o3": 132, "o4": 75, "o5": 36, "blank": 118}},
            {},
        ),
        (
            "limesurvey/ssi_2017_nl.csv",
            SSI,
            77,
            {
                "fields": {"o1": 22, "o2": 11, "o3": 4, "blank": 45},
                "teaching": {1: 46, 2: 26, 3: 1, 4: 1, 5: 2, 6: 1},
            },
            {},
        ),
        (
            "qualtrics/hausladen_3header_en.csv",
            HAUSLADEN,
            12,
            {"colours": {"o1": 8, "o2": 8, "o3": 6, "o4": 4, "o5": 4}, "all_votes": {"o1": 12}},
            {},
        ),
        (
            "ms_forms/t0mrg_form.xlsx",
            MSFORM,
            3,
            {each: {"answered": 3} for each in ("title", "subject", "content")},
            {},
        ),
    ],
    ids=lambda given: given.rpartition("/")[2] if isinstance(given, str) and "/" in given[:20] else None,
)
def test_own_questions_match_in_real_export(
    tmp_path: Path,
    file: str,
    declared: str,
    read: int,
    counts: dict[str, dict[Any, int]],
    cells: dict[str, int],
) -> None:
    reading = read_real(tmp_path, file, declared)
    sums = reading.account.sums()[-1]
    assert (sums["read"], sums["used"], sums["set_aside"], sums["refused"]) == (read, read, {}, {})
    counted = count_answers(reading)
    assert {question: counted[question] for question in counts} == counts
    assert {reason: n for reason, n in sums["cells"].items() if reason != "unmapped_question"} == cells
    assert warnings_of(reading) == {}


def test_team_label_in_real_form_gives_team(tmp_path: Path) -> None:
    asks_team = K8S.replace("anonymous = true\n", 'anonymous = true\nteam = ["World Region"]\n')
    aliases = "".join(
        f'[[aliases]]\ntext = "{text}"\nkind = "team"\nid = "{team}"\n\n'
        for text, team in (("europe", "aoi"), ("North America", "kaede"))
    )
    reading = read_real(tmp_path, "surveymonkey/k8s_contribex_2018.csv", asks_team + aliases)
    cohorts = build_cohorts(read_programme(tmp_path), reading)
    table = cohorts.tables["responses"]
    review = table[table["question"].eq("review")]
    assert review["team"].value_counts().to_dict() == {"kaede": 93, "aoi": 45}
    assert review["team"].isna().sum() == 22
    europe = review.loc[review["team"].eq("aoi"), "level"].value_counts()
    assert europe.to_dict() == {1: 9, 2: 8, 3: 10, 4: 2, 5: 4}
    assert {w["code"]: w["n"] for w in cohorts.account.sums()[-1]["warnings"]} == {"unknown_team": 22}
    assert cohorts.account.sums()[-1]["used"] == 160


def test_export_with_custom_headers_needs_own_profile(tmp_path: Path) -> None:
    assert len(EDINBR.splitlines()) <= 30
    file = "google_forms/edinbr_2015.csv"
    reading = read_real(tmp_path, file, OWN_EDINBR, profile=EDINBR)
    assert count_answers(reading) == {
        "venue": {"o1": 46, "o2": 16, "o3": 5, "other": 5, "blank": 2},
        "topic": {"o1": 52, "o2": 34, "o3": 15, "o4": 13, "other": 69, "blank": 3},
        "expertise": {"o1": 2, "o2": 17, "o3": 51, "o4": 4},
    }
    sent = reading.tables["responses"].drop_duplicates("row")["answered_at"]
    assert sent.iloc[0] == pd.Timestamp("2015-02-22 13:09:25", tz="UTC")  # 22/02/2015: day first
    assert sent.notna().all()
    rows = [(r["column"], r["reason"]) for r in reading.account.rows()]
    assert rows == [("attend", "unmapped_question"), ("hack", "unmapped_question")]


def test_export_with_changed_headers_is_not_claimed() -> None:
    file = "google_forms/edinbr_2015.csv"
    if not (EXPORTS / file).is_file():
        pytest.skip(f"{file} is not beside the repository")
    with pytest.raises(FileError) as caught:
        read_export(
            EXPORTS / file, name=file, source=Source(name="s", files=(file,)), profiles=read_profiles()
        )
    problem = caught.value.problem
    assert (problem.reason, problem.row) == ("no_profile", 1)
    assert "ans.time" in (problem.value or "")
    assert "write a profile" in (problem.next_step or "")


def test_microsoft_form_uses_completion_time(tmp_path: Path) -> None:
    answers = read_real(tmp_path, "ms_forms/t0mrg_form.xlsx", MSFORM).tables["responses"]
    first = answers[answers["question"].eq("title")]
    assert list(
        zip(first["row"], first["respondent"], first["respondent_name"], first["answer"], strict=True)
    ) == [
        (2, "j.a.smith@smith.fake", "John Smith", "Introduction to Python"),
        (3, "j.i.smith@smith.fake", "Jane Smith", "Introduction to Jinja"),
        (4, "j.c.smith@smith.fake", "Jo Smith", "Introduction to HTML"),
    ]
    # The first one starts a month after its end; only the end is read.
    assert first["answered_at"].astype(str).tolist() == [
        "2024-01-02 12:00:00+00:00",
        "2024-01-02 12:01:00+00:00",
        "2024-02-01 12:02:00+00:00",
    ]


def test_qualtrics_zone_is_overridden_by_owner(tmp_path: Path) -> None:
    file = "qualtrics/hausladen_3header_en.csv"
    if not (EXPORTS / file).is_file():
        pytest.skip(f"{file} is not beside the repository")
    for declared, zone in ((None, "America/Denver"), ("UTC", "UTC")):
        source = Source(name="s", files=(file,), timezone=declared)
        export = read_export(EXPORTS / file, name=file, source=source, profiles=read_profiles())
        assert export.timezone == zone
        assert export.records["row"].tolist() == list(range(114, 126))  # the lines above contain questions


@pytest.mark.parametrize(
    ("dates", "reasons", "first"),
    [
        (None, {"ambiguous_date": 16}, None),
        ("mdy", {}, "2021-11-05 13:40:15+00:00"),
        ("dmy", {}, "2021-05-11 13:40:15+00:00"),
    ],
)
def test_ambiguous_dates_are_not_guessed(
    tmp_path: Path, dates: str | None, reasons: dict[str, int], first: str | None
) -> None:
    question = "How satisfied are you with using a ChatBot to find the best answer?"
    declared = FIVE + OWN + ask("satisfied", "scale", question, 'scale = "five"\n')
    source = f'dates = "{dates}"\n' if dates else ""
    reading = read_real(tmp_path, "google_forms/naist_erbot.csv", declared, source=source)
    sums = reading.account.sums()[-1]
    assert (sums["read"], sums["used"]) == (16, 16)
    assert {reason: n for reason, n in sums["cells"].items() if reason != "unmapped_question"} == reasons
    assert [*reading.tables["responses"]["answered_at"].dropna()[:1]] == [
        pd.Timestamp(t) for t in (first,) if t
    ]
    assert warnings_of(reading) == {"header_spelling": 1}  # a space at the end of the question
