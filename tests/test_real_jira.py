"""A programme whose request log somebody else's Jira wrote: no reader knows that file, only a profile does.

Nothing of the file stands here: it is read where it lies, its reporters by their place in it, and what is
asserted are counts made by hand.  Teams, stay, zone and calendar are invented.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from datetime import date, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rotation_analysis.cli import app
from rotation_analysis.cohorts.cohort import build_cohorts
from rotation_analysis.disclosure.publications import Edition
from rotation_analysis.programme.file import read_programme
from rotation_analysis.reading.exports import read_exports
from rotation_analysis.reading.profiles import FOLDER as PROFILES
from rotation_analysis.study import analyse
from rotation_analysis.texts import read_texts
from tests.builders import SHARED
from tests.small_programme import lines, replace_once, write_programme

FILE = SHARED / "exports" / "files" / "jira" / "ericmedlock_cloud_en.csv"
pytestmark = pytest.mark.skipif(
    not FILE.is_file(), reason="the real exports (../shared/exports/files) are absent"
)

TOML = """\
consents = [
  { person = "p1", kind = "skills", audience = "owner", given = 2025-08-18 },
  { person = "p1", kind = "incidents", audience = "owner", given = 2025-08-18 },
]
waves = [
  { id = "start", rater = "self", anchor = "start", window = [-21, 27] },
  { id = "end", rater = "self", anchor = "end", window = [-21, 35] },
]

[programme]
name = { ja = "架空の留学", en = "Invented rotation" }
company = { ja = "架空社", en = "Invented Inc." }
as_of = 2025-09-26
timezone = "America/New_York"
host_team = "sre"
data_start = 2025-08-18

[calendar]
country = "US"

[sheets]
people = "people.csv"
rotations = "rotations.csv"
aliases = "aliases.csv"
teams = "teams.csv"

[[sources]]
name = "requests"
files = ["exports/*.csv"]
# kind

[plan]
declared = 2025-08-01
primary = [{ measure = "impact.self_resolution.first_graduate", account = "home_team" }]
"""
KIND = 'columns = { kind = "Issue Type" }\nlabels = { kind = { work = ["Task"], consult = ["Story"] } }'
TEAMS = lines("id,ja,en", "sre,SRE,SRE", "aoi,葵,Aoi", "kaede,楓,Kaede")
PEOPLE = lines("id,name,team", "p1,見本 一,aoi", "a1,見本 葵,aoi", "k1,見本 楓,kaede")
STAY_HEADER = "person,cohort,home_team,host_team,start,planned_end,end,ending,now"
AROUND = "p1,1,aoi,sre,2025-08-25,2025-09-17,2025-09-17,as_planned,home"
RUNNING = "p1,1,aoi,sre,2025-08-25,2025-10-31,,running,host"
LATER = "p1,1,aoi,sre,2026-01-05,2026-01-30,2026-01-30,as_planned,home"

# Counted by hand: the 22 records listed one a line with Reporter, Created and Issue Type, and the lines of
# each day told off, Task and Story apart.  aoi is whoever reported the topmost record (12 in all), kaede the
# only other reporter (10 in all).
BY_HAND = [  # day, team, tasks, stories
    ("2025-08-20", "aoi", 0, 8),
    ("2025-08-22", "kaede", 1, 0),
    ("2025-08-28", "kaede", 0, 1),
    ("2025-09-03", "kaede", 1, 5),
    ("2025-09-10", "kaede", 0, 1),
    ("2025-09-17", "aoi", 1, 0),
    ("2025-09-19", "aoi", 2, 0),
    ("2025-09-22", "aoi", 1, 0),
    ("2025-09-22", "kaede", 1, 0),
]


def count_file() -> tuple[list[dict[str, str]], list[int]]:
    """The records by the standard library alone (of repeated headers the first), and where they start."""
    with FILE.open(encoding="utf-8", newline="") as opened:
        reader = csv.reader(opened, strict=True)
        header = next(reader)
        records, starts, start = [], [], reader.line_num + 1
        for cells in reader:
            records.append(dict(reversed(list(zip(header, cells, strict=True)))))
            starts.append(start)
            start = reader.line_num + 1
    return records, starts


def reporters() -> list[tuple[str, str]]:
    """(name, account) of the two who asked, in the order of the file."""
    return list(dict.fromkeys((record["Reporter"], record["Reporter Id"]) for record in count_file()[0]))


def write_real(
    folder: Path, *, stay: str = AROUND, as_of: str = "2025-09-26", kind: str = "", copies: int = 1
) -> Path:
    """The programme with the file as its only source: one reporter met by account, the other by name."""
    (_, account), (name, _) = reporters()
    toml = replace_once(TOML, ("as_of = 2025-09-26", f"as_of = {as_of}"), ("# kind", kind))
    files: dict[str, str | bytes] = {
        "people.csv": PEOPLE,
        "teams.csv": TEAMS,
        "rotations.csv": lines(STAY_HEADER, stay),
        "aliases.csv": lines("text,kind,id", f"{account},person,a1", f"{name},person,k1"),
    }
    files |= {f"exports/requests-{n}.csv": FILE.read_bytes() for n in range(copies)}
    return write_programme(folder, toml, files)


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def check(folder: Path) -> dict[str, Any]:
    result = run("check", folder, "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def exports_of(checked: dict[str, Any]) -> list[dict[str, Any]]:
    return [file for file in checked["files"] if file["file"].startswith("exports/")]


def publish(folder: Path) -> list[dict[str, Any]]:
    """The measures of the owner's results.json."""
    publication = analyse(read_programme(folder)).open_edition(Edition(audience="owner", cohort="1"))
    return list(json.loads(publication.to_json())["measures"])


def rates(measures: list[dict[str, Any]]) -> dict[tuple[str | None, str, str], tuple[int, float]]:
    """(team, phase, kind) → requests and requests per team-week as printed, where there are any.

    A phase of the never-senders has "never " before it.
    """
    return {
        (row["team"], "never " * row["measure"].endswith("never_senders") + row["phase"], row["kind"]): (
            row["n"],
            row["value"],
        )
        for row in measures
        if row["measure"].startswith("requests.per_team_week") and row["n"]
    }


# --- the count by hand ----------------------------------------------------------------------------------


def test_count_by_hand_is_what_the_csv_module_and_the_library_find(tmp_path: Path) -> None:
    by_hand = {
        (date.fromisoformat(day), team, kind): n
        for day, team, tasks, stories in BY_HAND
        for kind, n in (("Task", tasks), ("Story", stories))
        if n
    }
    teams = dict(zip([name for name, _ in reporters()], ("aoi", "kaede"), strict=True))
    assert by_hand == Counter(
        (datetime.strptime(r["Created"].split()[0], "%d/%b/%y").date(), teams[r["Reporter"]], r["Issue Type"])
        for r in count_file()[0]
    )
    programme = read_programme(write_real(tmp_path, kind=KIND))
    cohorts = build_cohorts(programme, read_exports(programme))
    assert by_hand == Counter(
        (row.day.date(), row.team, {"work": "Task", "consult": "Story"}[row.kind])
        for row in cohorts.tables["requests"].itertuples()
    )
    assert sum(by_hand.values()) == 22


# --- reading --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "stay", "used", "open_requests"),
    [("2025-09-26", AROUND, 22, 12), ("2025-09-19", AROUND, 20, 10), ("2025-09-02", RUNNING, 10, 5)],
)
def test_check_accounts_for_each_record(
    tmp_path: Path, as_of: str, stay: str, used: int, open_requests: int
) -> None:
    checked = check(write_real(tmp_path, as_of=as_of, stay=stay))
    (file,) = exports_of(checked)
    assert (file["read"], file["used"], file["refused"], file["cells"]) == (22, used, {}, {})
    assert file["set_aside"] == ({"after_as_of": 22 - used} if used < 22 else {})
    # the export has the newest record first
    aside = [(row["row"], row["outcome"], row["reason"]) for row in checked["rows"]]
    assert aside == [(line, "set_aside", "after_as_of") for line in count_file()[1][: 22 - used]]
    assert all(row["value"] and row["expected"] and row["next"] for row in checked["rows"])
    assert checked["gaps"]["open_requests"] == open_requests
    assert checked["gaps"]["requests_without_kind"] == used
    assert checked["gaps"]["requests_without_team"] == 0
    assert checked["problems"] == []


def test_same_export_twice_is_set_aside_and_changes_no_figure(tmp_path: Path) -> None:
    twice = write_real(tmp_path, copies=2)
    checked = check(twice)
    first, second = exports_of(checked)
    assert (first["used"], second["used"]) == (22, 0)
    assert second["set_aside"] == {"duplicate_file": 22}
    starts = count_file()[1]  # some comments have several lines
    assert [row["row"] for row in checked["rows"]] == starts != list(range(2, 24))
    assert rates(publish(twice)) == UNKNOWN_KIND


def test_reporter_whom_no_alias_maps_is_in_no_team(tmp_path: Path) -> None:
    folder = write_real(tmp_path)
    aliases = (folder / "aliases.csv").read_text(encoding="utf-8").splitlines()[:2]
    (folder / "aliases.csv").write_text(lines(*aliases), encoding="utf-8")
    checked = check(folder)
    assert exports_of(checked)[0]["used"] == 22
    assert checked["gaps"]["requests_without_team"] == 10
    assert rates(publish(folder))[None, "stay", "all"] == (1, 0.15)


def test_only_a_profile_knows_the_file(tmp_path: Path) -> None:
    folder = write_real(tmp_path)
    (file,) = exports_of(check(folder))
    assert file["profile"] == "jira_csv"
    raw = FILE.read_bytes().replace(b",Created,", b",Opened on,", 1)
    (folder / "exports" / "requests-0.csv").write_bytes(raw)
    refused = run("check", folder, "--json")
    assert refused.exit_code == 1
    assert [problem["reason"] for problem in json.loads(refused.stdout)["problems"]] == ["no_profile"]
    profile = (PROFILES / "jira_csv.toml").read_text(encoding="utf-8")
    own = replace_once(profile, ('"jira_csv"', '"own_jira"'), ('"Created"', '"Opened on"'))
    write_programme(folder / "profiles", own)
    (folder / "profiles" / "programme.toml").rename(folder / "profiles" / "own_jira.toml")
    assert exports_of(check(folder))[0]["profile"] == "own_jira"
    assert rates(publish(folder)) == UNKNOWN_KIND


def test_library_names_nothing_of_the_file() -> None:
    records = count_file()[0]
    columns = ("Summary", "Issue key", "Project name", "Reporter", "Reporter Id", "Assignee", "Assignee Id")
    words = {record[column] for record in records for column in columns if record[column]}
    assert len(words) > 2 * len(records)
    files = [path for path in PROFILES.parent.rglob("*") if path.suffix in (".py", ".toml", ".html", ".js")]
    texts = [path.read_text(encoding="utf-8") for path in files]
    assert len(files) > 30
    assert [word for word in sorted(words) if any(word in text for text in texts)] == []


# --- requests per team-week -----------------------------------------------------------------------------

# Working weeks by a US calendar (Labor Day, 1 Sep, off): 18–24 Aug 5 days = 1; 25 Aug–17 Sep 17 days = 3.4;
# 18–26 Sep 7 days = 1.4; 18 Aug–5 Oct 34 days = 6.8.  Two teams over the stay: 2 × 3.4 = 6.8 team-weeks.
UNKNOWN_KIND = {
    (None, "stay", "all"): (9, 1.32),  # aoi 1 + kaede 8, ÷ 6.8
    (None, "stay", "unknown"): (9, 1.32),
    ("aoi", "dip", "all"): (8, 8.0),  # 20 Aug, ÷ 1
    ("aoi", "dip", "unknown"): (8, 8.0),
    ("aoi", "away", "all"): (1, 0.29),  # 17 Sep, the last day of the stay, ÷ 3.4
    ("aoi", "away", "unknown"): (1, 0.29),
    ("aoi", "ramp", "all"): (3, 2.14),  # 19 and 22 Sep, ÷ 1.4
    ("aoi", "ramp", "unknown"): (3, 2.14),
}
BY_KIND = {
    (None, "stay", "all"): (9, 1.32),
    (None, "stay", "work"): (2, 0.29),  # 3 and 17 Sep
    (None, "stay", "consult"): (7, 1.03),  # 28 Aug, five on 3 Sep, 10 Sep
    ("aoi", "dip", "all"): (8, 8.0),
    ("aoi", "dip", "consult"): (8, 8.0),
    ("aoi", "away", "all"): (1, 0.29),
    ("aoi", "away", "work"): (1, 0.29),
    ("aoi", "ramp", "all"): (3, 2.14),
    ("aoi", "ramp", "work"): (3, 2.14),
}
BOTH_TEAMS = {  # the whole file lies in aoi's baseline, kaede never sends
    ("aoi", "baseline", "all"): (12, 1.76),
    ("aoi", "baseline", "work"): (4, 0.59),
    ("aoi", "baseline", "consult"): (8, 1.18),
    ("aoi", "never baseline", "all"): (10, 1.47),
    ("aoi", "never baseline", "work"): (3, 0.44),
    ("aoi", "never baseline", "consult"): (7, 1.03),
}


@pytest.mark.parametrize(
    ("stay", "as_of", "kind", "expected"),
    [
        pytest.param(AROUND, "2025-09-26", "", UNKNOWN_KIND, id="as the file is"),
        pytest.param(AROUND, "2025-09-26", KIND, BY_KIND, id="issue type declared as kind"),
        pytest.param(LATER, "2026-02-27", KIND, BOTH_TEAMS, id="stay after the file"),
    ],
)
def test_requests_per_team_week_equal_the_count_by_hand(
    tmp_path: Path, stay: str, as_of: str, kind: str, expected: dict[tuple[str | None, str, str], Any]
) -> None:
    assert rates(publish(write_real(tmp_path, stay=stay, as_of=as_of, kind=kind))) == expected


# --- reports --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the reports, in both languages."""
    folder = tmp_path_factory.mktemp("real-jira")
    result = run("report", write_real(folder / "programme"), "--out", folder / "reports")
    assert result.exit_code == 0, result.output
    return folder / "reports"


def read_page(built: Path, report: str, language: str) -> str:
    return (built / f"owner/cohort-1/{report}.{language}.html").read_text(encoding="utf-8")


def test_three_reports_are_built_in_each_language(built: Path) -> None:
    pages = sorted(path.name for path in (built / "owner" / "cohort-1").glob("*.html"))
    reports = ("skill-growth", "team-impact", "workload")
    assert pages == [f"{report}.{language}.html" for report in reports for language in ("en", "ja")]
    account = json.loads((built / "owner" / "account.json").read_text(encoding="utf-8"))
    (file,) = exports_of(account)
    assert (file["read"], file["used"], account["rows"]) == (22, 22, [])


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    ("report", "section", "reason"),
    [
        ("workload", "asked", "KIND_NOT_LABELLED"),
        ("workload", "act", "NO_INCIDENT_RECORDS"),
        ("workload", "left", "NO_IMPROVEMENTS"),
        ("skill-growth", "sure", "WAVE_MISSING"),
        ("skill-growth", "after", "WAVE_NOT_DECLARED"),
        ("team-impact", "moved", "NO_TICKETS"),
    ],
)
def test_section_that_the_file_cannot_fill_is_a_line_of_the_closing_list(
    built: Path, report: str, section: str, reason: str, language: str
) -> None:
    texts = read_texts(language)
    page = read_page(built, report, language)
    words = texts.reports[report.replace("-", "_")][section]
    assert f'<section id="{section}">' not in page
    (closing,) = re.findall(r'<ul class="unsaid">.*?</ul>', page, re.S)
    lines = [unescape(re.sub("<[^>]+>", " ", line)) for line in closing.split("</li>")]
    (line,) = [line for line in lines if words["question"] in line]
    assert texts.say(f"reason.{reason}").lower() in line.lower()


def test_results_hold_no_number_for_what_the_file_cannot_carry(built: Path) -> None:
    results = json.loads((built / "owner/cohort-1/results.json").read_text(encoding="utf-8"))["measures"]
    assert rates(results) == UNKNOWN_KIND
    counted = (
        "requests.per_team_week",
        "cost.",
        "coverage.survey",
        "waiting.",
        "host.sres_per_rotator",
        "impact.quarter.requests",
        "impact.contamination",  # who moved where, and the rows below: the roster tells
        "programme.",
    )
    others = [row for row in results if not row["measure"].startswith(counted)]
    assert {row["measure"] for row in others} >= {
        "skill.growth.now_minus_start",
        "skill.growth.now_minus_then",
        "skill.growth.mentor",
        "requests.do_it_for_me_share",
        "incident.chances",
        "incident.participation",
        "impact.self_resolution",
        "impact.self_resolution.first_graduate",
    }
    texts = read_texts("en")
    for row in others:
        assert (row["measure"], row["value"], row["low"], row["high"]) == (row["measure"], None, None, None)
        assert row["verdict"] in ("not_measurable", "hidden")
        assert texts.has(f"reason.{row['notes'][0].split(':')[0]}")
