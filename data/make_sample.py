"""Writes the exports of the sample programme: everything in them is invented, the same bytes every time.

`python data/make_sample.py [--out DIR] [--seed N] [--tiny] [--null]`; one function a file.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from synthetic import monitoring
from synthetic.company import TEST_ADDRESS, full_name, list_aliases, mail, mail_used
from synthetic.datadog import datadog_incidents
from synthetic.deliveries import draw_improvements, draw_sessions, improvement_rows, session_rows
from synthetic.dialects import (
    ExcelRow,
    Row,
    api_answer,
    backlog_csv,
    form_answers,
    form_sheet,
    form_time,
    gh_answer,
    jira_csv,
    owner_sheet,
    sheet_time,
    survey_csv,
    write_workbook,
)
from synthetic.home_team import draw_home_answers, home_rows
from synthetic.hosting import draw_host_answers, draw_manager_answers, host_rows, manager_rows
from synthetic.load import draw_notifications, draw_time_sheets, notification_rows, time_sheet_rows
from synthetic.one_to_ones import draw_one_to_ones, one_to_one_rows
from synthetic.paging import write_pagerduty, write_participants
from synthetic.planted import SKILLS, Scenario, pick_text, stream
from synthetic.pulls import pull_rows
from synthetic.pulse import pulse_rows, submit_pulse
from synthetic.surveys import exit_rows, follow_up_rows
from synthetic.trackers import backlog_rows, jira_rows, label_requests, ticket_rows
from synthetic.world import World, simulate

SEED = 20_250_331  # the day of the data, not a draw that was looked for
REPOSITORY = Path(__file__).resolve().parents[1]
FIRST_FORM_ID = 4  # the organisers deleted their own three answers
SKILL_NAMES = {
    "os": "OS・プロセス", "db": "データベース", "network": "ネットワーク", "cloud_iac": "クラウド基盤・IaC",
    "observability": "監視・可観測性", "incident": "障害対応", "capacity_cost": "キャパシティ・コスト",
    "change_safety": "変更の安全性(事前検死・切り戻し)", "landscape": "サービスとインフラの全体像",
    "consulting": "相談対応・伝え方",
}  # fmt: skip
NOW_STEM = "次の仕事について、いまの自分に最も近いものを選んでください(機会がなかったものは「機会なし」)"
THEN_STEM = "いまの物差しで、留学を始める前の自分を評価するとどれに近いですか"
MENTOR_STEM = "この人が実際の仕事でしている様子に最も近いものを選んでください(見ていないものは「見ていない」)"
TEXT_QUESTION = "この期間で一番印象に残った仕事"
# the first form as it was: one skill under its old name, full-width brackets, a trailing space (M4)
OLD_GRID = {"incident": " [インシデント対応]", "db": " ［データベース］", "network": " ［ネットワーク］",
            "landscape": " [サービスとインフラの全体像] "}  # fmt: skip
FIVE = {1: "1 これから", 2: "2 支援があればできる", 3: "3 定型なら一人でできる", 4: "4 非定型でも判断できる",
        5: "5 仕組みを変え、教えられる"}  # fmt: skip
FOUR = {1: "1 できない", 2: "2 手伝えばできる", 3: "3 だいたいできる", 4: "4 できる"}
TEST_TIMES = ("2022-03-25T11:02:03", "2023-04-28T17:40:10", "2023-04-28T17:41:55", "2024-10-25T10:00:09")
QUOTED = ("p01", "p03", "p08")
SHARED = {"p01": ("skills",), "p03": ("skills", "incidents", "quotes"), "p08": ("skills",)}
"""What each lets the manager of the home team see (the sample truth tells of the owner only)."""
REPLIES = (
    (
        "p03",
        "skill.growth.now_minus_start",
        "",
        "始めたときは、何を知らないかも分かっていなかった。",
        "2024-05-20",
    ),
    ("p08", "strain", "", "6週目からは、所属チームの締め切りと重なっていた。", "2024-11-20"),
)
"""What two graduates add to numbers about them."""
IMPRESSIONS = (
    "しきい値を見直して、夜間の通知を減らした",
    "構成の図を描き直した。\n知らない依存が、思ったより多かった",
    "切り戻しの手順を先に書くようになった",
    "相談に「なぜ」を添えて答えられた, と思う",
    "不要なリソースの棚卸し",
    "",
)
SEEN = (
    "手順を自分で書いてから作業していた",
    "相手チームの事情を聞いてから提案していた。\n判断の理由も残していた",
    "監視の変更を一人で出した",
    "障害の連絡を分担した",
)


def list_files(world: World) -> dict[str, bytes]:
    """Every file of the sample by name (without the mark), as bytes."""
    requests = label_requests(world)
    files = {
        "people.csv": write_people(world.scenario),
        "rotations.csv": write_rotations(world.scenario),
        "teams.csv": write_teams(world.scenario),
        "aliases.csv": owner_sheet(
            [("text", "kind", "id", "valid_from", "valid_until"), *list_aliases(world.scenario)]
        ),
        "events.csv": write_events(),
        "consents.csv": write_consents(world.scenario),
        "approvals.csv": write_approvals(world),
        "スキル自己評価_第3期以降.csv": write_later_self_ratings(world),
        "backlog_課題一覧.csv": backlog_csv(backlog_rows(requests)),
        "jira_export.csv": jira_csv(jira_rows(requests, utc=False)),
        "home_infra_tickets.csv": owner_sheet(ticket_rows(world)),
        "pagerduty_incidents.csv": write_pagerduty(world),
        "障害参加者.xlsx": write_participants(world),
    }
    if world.scenario.pulls:
        files["replies.csv"] = owner_sheet([("person", "measure", "skill", "text", "given"), *REPLIES])
    if any(stay.cohort in ("1", "2") for stay in world.scenario.rotations):
        files["スキル自己評価_第1-2期.csv"] = write_first_self_ratings(world)
    if world.scenario.mess.in_utc:
        files["jira_export_2024-02-04.csv"] = jira_csv(jira_rows(requests, utc=True))
    files |= list_pulse_files(world) | list_survey_files(world) | list_load_files(world)
    return files | list_later_files(world)


def list_load_files(world: World) -> dict[str, bytes]:
    """The owner's sheets of what a stay held, both pagers' notifications, the hosts' monthly form."""
    seed, scenario, truth = world.seed, world.scenario, world.truth
    meetings = draw_one_to_ones(seed, scenario, world.pulse)
    disturbed = draw_notifications(seed, scenario, truth, world.incidents, world.participation)
    return {
        "oncall_notifications.csv": owner_sheet(notification_rows(seed, disturbed)),
        "one_on_one.csv": owner_sheet(one_to_one_rows(seed, scenario, meetings)),
        "週報_時間配分.csv": owner_sheet(time_sheet_rows(scenario, draw_time_sheets(seed, scenario, truth))),
        "改善一覧.csv": owner_sheet(improvement_rows(draw_improvements(seed, scenario))),
        "勉強会.csv": owner_sheet(session_rows(draw_sessions(seed, scenario))),
        "受け入れ側_月次.csv": form_answers(host_rows(draw_host_answers(seed, scenario, truth))),
    }


def list_pulse_files(world: World) -> dict[str, bytes]:
    """The pulse as downloaded, and once more when a few answers had come in (M2)."""
    records = submit_pulse(world.seed, world.scenario, world.pulse)
    new = world.scenario.mess.pulse_new
    files = {"隔週パルス.csv": form_answers(pulse_rows(records.iloc[: len(records) - new]))}
    return files | {"隔週パルス (1).csv": form_answers(pulse_rows(records))} if new else files


def list_survey_files(world: World) -> dict[str, bytes]:
    """What was asked once: in the last week, and after three and six months, as far as anybody answered.

    The second follow-up was downloaded from its sheet.
    """
    files = {"修了アンケート.csv": form_answers(exit_rows(world.exits))} if len(world.exits) else {}
    early, late = (world.follow_ups[world.follow_ups["wave"].eq(f"after_{n}m")] for n in (3, 6))
    if len(early):
        files["フォロー_3か月.csv"] = form_answers(follow_up_rows(early, from_sheet=False))
    if len(late):
        files["フォロー_6か月.csv"] = form_sheet(follow_up_rows(late, from_sheet=True))
    return files


def list_later_files(world: World) -> dict[str, bytes]:
    """A Microsoft form, the managers', Datadog and GitHub.

    The tiny company has its mentors in a Google form, and none of the others.
    """
    if not world.scenario.pulls:
        return {"メンター評価.csv": write_mentor_ratings(world)}
    seed, scenario = world.seed, world.scenario
    return monitoring.list_files(world) | {
        "上長アンケート.csv": form_answers(manager_rows(draw_manager_answers(seed, scenario))),
        "home_team_survey.csv": survey_csv(home_rows(draw_home_answers(seed, scenario, world.truth))),
        "メンター評価.xlsx": write_mentor_form(world),
        "datadog_incidents.json": api_answer(datadog_incidents(world)),
        "github_pulls.json": gh_answer(pull_rows(world)),
    }


def write_exports(world: World, folder: Path) -> None:
    """Writes the world's files into `folder`, each marked SYNTHETIC; other marked files there are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("SYNTHETIC_*"):
        old.unlink()
    for name, content in list_files(world).items():
        (folder / f"SYNTHETIC_{name}").write_bytes(content)


def write_people(scenario: Scenario) -> bytes:
    """The owner's roster."""
    rows = [
        (stay.person, full_name(stay.person), stay.team, mail(stay.person)) for stay in scenario.rotations
    ]
    rows += [(person, full_name(person), "sre", mail(person)) for person in scenario.sre]
    return owner_sheet([("id", "name", "team", "mail"), *rows])


def write_rotations(scenario: Scenario) -> bytes:
    """The owner's list of stays."""
    header = (
        "person", "cohort", "home_team", "host_team", "direction", "start", "planned_end", "end", "ending",
        "now", "now_since", "share", "mentor",
    )  # fmt: skip
    rows = [
        (stay.person, stay.cohort, stay.team, "sre", "dev_to_sre", stay.start, stay.planned_end, stay.end,
         stay.ending, stay.now, stay.now_since, "1.0", stay.mentor)
        for stay in scenario.rotations
    ]  # fmt: skip
    return owner_sheet([header, *rows])


def write_teams(scenario: Scenario) -> bytes:
    """The owner's list of teams; the host team is the last."""
    rows = [(team.id, team.ja, team.id.capitalize(), str(team.size), "", "") for team in scenario.teams]
    host = ("sre", "SRE", "SRE", str(len(scenario.sre)), "", "")
    return owner_sheet([("id", "ja", "en", "size", "valid_from", "valid_until"), *rows, host])


def write_events() -> bytes:
    """What else changed in the company, dated."""
    return owner_sheet(
        [
            ("date", "ja", "en"),
            ("2022-07-01", "共有インフラのPRでSREレビューを必須化",
             "SRE review became compulsory for pull requests on shared infrastructure"),
            ("2023-07-03", "セルフサービス画面を公開、BacklogからJiraへ移行",
             "Self-service portal opened; requests moved from Backlog to Jira"),
            ("2024-01-09", "PagerDutyからDatadogへ移行", "Incidents moved from PagerDuty to Datadog"),
            ("2024-04-01", "momiji を reserve-core に改名", "Team momiji renamed to reserve-core"),
        ]
    )  # fmt: skip


def write_consents(scenario: Scenario) -> bytes:
    """Who may see what by name; p05 and p10 refused quotes: no row is a no (M22)."""
    rows: list[Row] = []
    for stay in scenario.rotations:
        withdrawn = "2024-03-15" if stay.person == "p07" else ""
        for kind in ("skills", "incidents"):
            rows.append((stay.person, kind, "owner", stay.start, withdrawn))
        if stay.person in ("p08", "p09", "p10", "p11"):
            rows += [(stay.person, kind, "owner", stay.start, "") for kind in ("strain", "time")]
        if stay.person in QUOTED:
            rows += [(stay.person, "quotes", audience, stay.end, "") for audience in ("owner", "leadership")]
        rows += [(stay.person, kind, "home_manager", stay.end, "") for kind in SHARED.get(stay.person, ())]
    return owner_sheet([("person", "kind", "audience", "given", "withdrawn"), *rows])


def write_approvals(world: World) -> bytes:
    """Which texts of theirs p01, p03 and p08 let the owner quote, letter by letter; p03 the manager, too."""
    texts: list[tuple[str, str, str]] = []
    for rows, questions in ((world.exits, ("hard", "premortem", "change")), (world.follow_ups, ("view",))):
        for row in rows.to_dict("records"):
            texts += [(row["person"], row[name], str(row["answered"])[:10]) for name in questions]
    for then, answers in split_self_ratings(world):
        for (person, wave), text in draw_impressions(world, answers, then=then).items():
            own = answers[answers["person"].eq(person) & answers["wave"].eq(wave)]
            texts.append((person, text, str(own["answered"].iloc[0])[:10]))
    given = [
        (person, audience, text, day, "")
        for person, text, day in texts
        for audience in ("owner", *(("home_manager",) if "quotes" in SHARED.get(person, ()) else ()))
        if person in QUOTED and text
    ]
    earliest = {row[:3]: row for row in sorted(given, key=lambda row: row[3], reverse=True)}
    rows = sorted(earliest.values(), key=lambda row: (row[0], row[3], row[1], row[2]))
    return owner_sheet([("person", "audience", "text", "given", "withdrawn"), *rows])


def split_self_ratings(world: World) -> list[tuple[bool, pd.DataFrame]]:
    """The answers of the first form and of the later one, which also asks looking back (then)."""
    first = world.skills["cohort"].isin(("1", "2"))
    return [(then, answers) for then, answers in ((False, world.skills[first]), (True, world.skills[~first]))]


def draw_impressions(world: World, answers: pd.DataFrame, *, then: bool) -> dict[tuple[str, str], str]:
    """The work each remembers most, by person and wave."""
    random = stream(world.seed, f"impressions {then}")
    keys = list(answers.groupby(["person", "wave"], sort=True).groups)
    return {(str(person), str(wave)): pick_text(random, IMPRESSIONS) for person, wave in keys}


def write_first_self_ratings(world: World) -> bytes:
    """Cohorts 1 and 2: no then-question yet; p01's start on another scale (M5), odd headers (M4)."""
    answers = world.skills[world.skills["cohort"].isin(("1", "2"))]
    grid = [NOW_STEM + OLD_GRID.get(skill, f" [{name}]") for skill, name in SKILL_NAMES.items()]
    times = TEST_TIMES[: world.scenario.mess.test_answers[0]]
    return write_self_ratings(world, answers, grid, test_times=times, then=False)


def write_later_self_ratings(world: World) -> bytes:
    """Cohorts 3 and later: the then-grid, filled in at the end only, after the now-grid."""
    answers = world.skills[~world.skills["cohort"].isin(("1", "2"))]
    grid = [f"{stem} [{name}]" for stem in (NOW_STEM, THEN_STEM) for name in SKILL_NAMES.values()]
    times = TEST_TIMES[1:][: world.scenario.mess.test_answers[1]]
    return write_self_ratings(world, answers, grid, test_times=times, then=True)


def write_self_ratings(
    world: World, answers: pd.DataFrame, grid: list[str], *, test_times: tuple[str, ...], then: bool
) -> bytes:
    """A Google Form's answers by time, the organisers' own tests among them (M21)."""
    impressions = draw_impressions(world, answers, then=then)
    records = []
    for (person, wave), rows in answers.groupby(["person", "wave"], sort=True):
        moment = rows["answered"].iloc[0]
        texts = FOUR if rows["scale"].iloc[0] == 4 else FIVE
        cells = [level_text(level, texts) for level in rows["now"]]
        if then:
            asked = rows["wave"].iloc[0] == "end"
            cells += [level_text(level, FIVE) if asked else "" for level in rows["then"]]
        records.append((moment, mail_used(str(person), moment), *cells, impressions[person, wave]))
    for text in test_times:
        blank = [""] * (len(grid) - len(SKILLS))
        records.append((pd.Timestamp(text), TEST_ADDRESS, *[FIVE[3]] * len(SKILLS), *blank, "テスト"))
    records.sort(key=lambda record: (record[0], record[1]))
    header = ("タイムスタンプ", "メールアドレス", *grid, TEXT_QUESTION)
    return form_answers([header, *((form_time(record[0]), *record[1:]) for record in records)])


def level_text(level: float, texts: dict[int, str], missing: str = "機会なし") -> str:
    """A level as the form words it."""
    return missing if np.isnan(level) else texts[int(level)]


def list_mentor_ratings(world: World) -> list[tuple[Any, ...]]:
    """By time: moment, mentor, and what they answered, the address of the person rated first."""
    random = stream(world.seed, "seen")
    records = []
    for (person, _), rows in world.mentors.groupby(["person", "wave"], sort=True):
        first = rows.iloc[0]
        cells = [level_text(level, FIVE, "見ていない") for level in rows["level"]]
        rated = mail(str(person), str(first["answered"])[:10])
        records.append((first["answered"], first["mentor"], rated, *cells, pick_text(random, SEEN)))
    return sorted(records, key=lambda record: (record[0], record[2]))


def list_mentor_questions() -> list[str]:
    """The mentors' form, without what the tool adds."""
    grid = [f"{MENTOR_STEM} [{name}]" for name in SKILL_NAMES.values()]
    return ["評価する参加者", *grid, "具体的に見たこと"]


def write_mentor_ratings(world: World) -> bytes:
    """The mentors' form as a Google form, downloaded from its sheet."""
    header = ("タイムスタンプ", "メールアドレス", *list_mentor_questions())
    records = list_mentor_ratings(world)
    return form_sheet([header, *((sheet_time(row[0]), mail(row[1]), *row[2:]) for row in records)])


def write_mentor_form(world: World) -> bytes:
    """The same answers as Microsoft Forms in Japanese keeps them: times are numbers, one sheet."""
    random = stream(world.seed, "mentor form")
    rows: list[ExcelRow] = [("ID", "開始時刻", "完了時刻", "メール", "名前", *list_mentor_questions())]
    for number, (moment, mentor, *answers) in enumerate(list_mentor_ratings(world), start=FIRST_FORM_ID):
        begun = moment - pd.Timedelta(seconds=int(random.randint(90, 900)))
        rows.append((str(number), begun, moment, mail(mentor), full_name(mentor), *answers))
    return write_workbook("Sheet1", rows)


def default_folder(*, tiny: bool, null: bool) -> Path:
    """Where the exports lie in the repository."""
    if null:
        return REPOSITORY / ("data/null/tiny/exports" if tiny else "data/null/exports")
    return REPOSITORY / ("rotation_analysis/sample/exports" if tiny else "data/sample/exports")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--out", type=Path, help="folder for the files (default: their place in the repository)"
    )
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--tiny", action="store_true", help="the sample inside the wheel: two people, 12 weeks"
    )
    parser.add_argument("--null", action="store_true", help="the same company without any effect")
    options = parser.parse_args()
    world = simulate(options.seed, null=options.null, tiny=options.tiny)
    write_exports(world, options.out or default_folder(tiny=options.tiny, null=options.null))


if __name__ == "__main__":
    main()
