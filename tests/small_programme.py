"""A programme small enough to read at a glance, written to a folder, and the few files that go with it."""

from __future__ import annotations

from pathlib import Path

from rotation_analysis.cohorts.cohort import Cohorts, build_cohorts
from rotation_analysis.programme.file import read_programme
from rotation_analysis.programme.model import Programme
from rotation_analysis.reading.exports import Reading, read_exports

TOML = """\
[programme]
name = { ja = "小さな制度", en = "Small programme" }
company = { ja = "架空社", en = "Invented Inc." }
as_of = 2024-12-31
host_team = "sre"

[[teams]]
id = "sre"
ja = "SRE"
en = "SRE"

[[teams]]
id = "aoi"
ja = "葵"
en = "Aoi"

[[teams]]
id = "kaede"
ja = "楓"
en = "Kaede"

[[people]]
id = "p1"
name = "試験 一"
team = "aoi"
mail = "p1@invented.example"

[[people]]
id = "p2"
name = "試験 二"
team = "kaede"
mail = "p2@invented.example"

[[people]]
id = "m1"
name = "導き 手"
team = "sre"
mail = "m1@invented.example"

[[rotations]]
person = "p1"
cohort = "1"
home_team = "aoi"
host_team = "sre"
start = 2024-01-08
planned_end = 2024-06-28
end = 2024-06-28
ending = "as_planned"
now = "home"
mentor = "m1"

[[rotations]]
person = "p2"
cohort = "2"
home_team = "kaede"
host_team = "sre"
start = 2024-10-01
planned_end = 2025-03-31
ending = "running"
now = "host"

[[waves]]
id = "start"
rater = "self"
anchor = "start"
window = [-21, 27]

[[waves]]
id = "middle"
rater = "self"
anchor = "start"
months = 3
window = [-70, 35]

[[waves]]
id = "end"
rater = "self"
anchor = "end"
window = [-21, 35]

[[waves]]
id = "after_6m"
rater = "self"
anchor = "end"
months = 6
window = [-21, 60]

[plan]
declared = 2023-12-01
"""

OWN_PROFILE = """\
name = "own"
tool = "Own"
export = "requests"
format = "csv"
table = "requests"

[[columns]]
field = "id"
headers = ["No"]
kind = "id"
claim = true
"""
"""A company's own profile: requests whose key is headed No."""
STEM = "次の仕事について、いまの自分に最も近いものを選んでください(機会がなかったものは「機会なし」)"
SURVEY = """
[[sources]]
name = "self"
files = ["survey*.csv"]
instrument = "skill_self"
dates = "ymd"
timezone = "Asia/Tokyo"
"""
BACKLOG = """
[[sources]]
name = "requests"
files = ["backlog*.csv"]
columns = { kind = "区分", team_label = "チーム", resolved = "完了日時" }
[sources.labels.kind]
consult = ["相談"]
work = ["作業依頼"]
"""
JIRA = """
[[sources]]
name = "moved"
files = ["jira*.csv"]
columns = { team_label = "Team", old_id = "Old key" }
"""
INCIDENTS = """
[[sources]]
name = "incidents"
files = ["pagerduty*.csv"]
"""
TICKETS = '\n[[sources]]\nname = "tickets"\nfiles = ["tickets*.csv"]\ndates = "ymd"\n'
TICKETS_HEADER = "チケット,チーム,起票日時,完了日時,解決のしかた"
BACKLOG_HEADER = "キー,登録日,件名,登録者,登録者ID,担当者,区分,チーム,完了日時"
JIRA_HEADER = "Issue key,Summary,Created,Resolved,Reporter,Team,Old key"
PAGERDUTY_HEADER = "incident_number,created_on,resolved_on,service_name,acknowledged_by_user_names"


def replace_once(text: str, *pairs: tuple[str, str]) -> str:
    """`text` with each `old` replaced, which must be in it, at its first place."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def write_programme(folder: Path, toml: str = TOML, files: dict[str, str | bytes] | None = None) -> Path:
    """`toml` as programme.toml and `files` by name (text as UTF-8) in `folder`; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "programme.toml").write_text(toml, encoding="utf-8")
    for name, content in (files or {}).items():
        raw = content.encode("utf-8") if isinstance(content, str) else content
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raw)
    return folder


def alias(text: str, kind: str, id_: str = "", *dates: str) -> str:
    """An entry of the alias list; `dates`: valid from and until, "" for an open end."""
    bounds = dict(zip(("valid_from", "valid_until"), dates, strict=False))
    told = [f'text = "{text}"', f'kind = "{kind}"', *([f'id = "{id_}"'] if id_ else [])]
    told += [f"{name} = {day}" for name, day in bounds.items() if day]
    return "\n".join(("[[aliases]]", *told, ""))


def declare(*entries: str, toml: str = TOML) -> str:
    """The programme with more entries before its plan."""
    return replace_once(toml, ("[plan]", "\n".join((*entries, "[plan]"))))


def lines(*rows: str) -> str:
    """Rows of a CSV file."""
    return "\n".join(rows) + "\n"


def backlog_row(
    key: str = "A-1",
    *,
    created: str = "2024/02/01 10:00:00",
    title: str = "t",
    who: str = "試験 一",
    account: str = "",
    doer: str = "",
    kind: str = "相談",
    team: str = "葵",
    resolved: str = "2024/02/02 10:00:00",
) -> str:
    """One request as a line under `BACKLOG_HEADER`."""
    return ",".join((key, created, title, who, account, doer, kind, team, resolved))


def survey(*answers: tuple[str, str, str], skill: str = "OS・プロセス") -> str:
    """A form's CSV with one question: (time in Tokyo, who, cell) for each answer."""
    return lines(f"タイムスタンプ,メールアドレス,{STEM} [{skill}]", *(",".join(a) for a in answers))


def read_small(folder: Path) -> tuple[Programme, Reading]:
    """The programme in `folder` and its files as read."""
    programme = read_programme(folder)
    return programme, read_exports(programme)


def lay_out(folder: Path, toml: str = TOML, files: dict[str, str | bytes] | None = None) -> Cohorts:
    """A written programme, read and laid out."""
    return build_cohorts(*read_small(write_programme(folder, toml, files)))


def outcomes(reading: Reading | Cohorts) -> list[tuple[str, int, str, str]]:
    """(file, row, outcome, reason) of every record that is not used and of every cell that could not be."""
    return [(r["file"], r["row"], r["outcome"], r["reason"]) for r in reading.account.rows()]


def warnings_of(reading: Reading | Cohorts) -> dict[str, int]:
    """Every warning's count over all files."""
    counts: dict[str, int] = {}
    for file in reading.account.sums():
        for warning in file["warnings"]:
            counts[warning["code"]] = counts.get(warning["code"], 0) + warning["n"]
    return counts
