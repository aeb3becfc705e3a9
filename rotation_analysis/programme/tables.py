"""The canonical tables: the contract between reading and measuring, and its documentation.

Every table also carries `file`, `sheet`, `row`: where in which export the row came from.  Times are UTC
with microseconds; text that is missing is NA, never "".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import pandas as pd

from ..files.typed_numbers import Unit

# --- what a canonical table is ----------------------------------------------------------------------------

DTYPES = {
    "text": "str",
    "id": "str",
    "label": "str",
    "datetime": "datetime64[us, UTC]",
    "date": "datetime64[us]",
    "number": "float64",
    "level": "Int64",
    "flag": "boolean",
}


@dataclass(frozen=True)
class Column:
    """One column of a canonical table; `kind` is a key of `DTYPES`, `labels` the closed list of a label.

    `captions` head it in an owner's sheet besides its name, `words` are other words for a label there; a
    number there may be typed with its `unit`.
    """

    name: str
    kind: str
    meaning: str
    labels: tuple[str, ...] = ()
    required: bool = False
    captions: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unit: Unit | None = None


@dataclass(frozen=True)
class Table:
    """A canonical table.

    `key`: under one key stands one content; () where that is judged later.  `apart`: the column that tells
    two records of one key apart.  `any_of`: one of these must be filled.  `link`: the column that points to
    the record another table's record hangs on.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("id",)
    apart: str | None = None
    any_of: tuple[str, ...] = ()
    link: str | None = None
    about_participants: bool = False

    def column(self, name: str) -> Column:
        """The column of that name; KeyError names the table."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")


PROVENANCE = ("file", "sheet", "row")
STEPS = ("observer", "helper", "responder", "lead")
KINDS = ("consult", "work", "review", "incident_help", "access")
ACTIVITIES = ("request", "improvement", "incident", "home", "learning")
RATERS = ("self", "mentor", "host", "home", "manager")

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table(
            "responses",
            "one answer to one question of a survey",
            (
                Column("answered_at", "datetime", "when the form was sent"),
                Column("respondent", "text", "who answered, as the export names them"),
                Column("respondent_name", "text", "their name, where the export has an address and a name"),
                Column("subject", "text", "whom the answer is about, where it is not the respondent"),
                Column("period", "text", "the period the answer is about, as written"),
                Column("team", "text", "team of who answered, where the form asks it, as written"),
                Column("instrument", "id", "the questionnaire"),
                Column("rater", "label", "whose view it is", RATERS),
                Column("question", "id", "stable id of the question: skill.now, pl_strain"),
                Column("wording", "text", "the column as headed"),
                Column("skill", "id", "skill of a grid row"),
                Column(
                    "state",
                    "label",
                    "what the cell is",
                    ("answered", "no_chance", "not_applicable", "blank", "unusable"),
                ),
                Column("level", "level", "the level on its scale, where answered on one"),
                Column(
                    "scale", "id", "the scale it was answered on; only answers of one scale are comparable"
                ),
                Column("option", "id", "the option chosen; one row an option"),
                Column("number", "number", "the number given"),
                Column("answer", "text", "the cell as written"),
            ),
            key=(),
            about_participants=True,
        ),
        Table(
            "requests",
            "one request of a team to the host team",
            (
                Column("id", "id", "key in the tracker", required=True, captions=("依頼番号", "Request")),
                Column(
                    "old_id",
                    "id",
                    "key in the tracker it was migrated from",
                    captions=("移行前の番号", "Old number"),
                ),
                Column("uid", "id", "the tracker's own id, where its key may stand for two requests"),
                Column(
                    "project", "text", "project or queue in the tracker", captions=("プロジェクト", "Project")
                ),
                Column(
                    "created", "datetime", "when it was asked", required=True, captions=("依頼日時", "Asked")
                ),
                Column("answered", "datetime", "first answer", captions=("初回回答日時", "First answer")),
                Column(
                    "resolved", "datetime", "when it was done; missing = open", captions=("完了日時", "Done")
                ),
                Column("status", "text", "status as written", captions=("状態", "Status")),
                Column(
                    "kind",
                    "label",
                    "what was asked for",
                    KINDS,
                    captions=("依頼の種類", "Kind"),
                    words={
                        "consult": ("相談",),
                        "work": ("作業依頼",),
                        "review": ("レビュー依頼",),
                        "incident_help": ("障害支援", "incident help"),
                        "access": ("権限申請",),
                    },
                ),
                Column(
                    "permission_bound",
                    "flag",
                    "only the host team may do it",
                    captions=("SREのみ可", "SRE only"),
                ),
                Column("team_label", "text", "asking team as written", captions=("依頼元チーム", "Team")),
                Column("requester", "text", "who asked, as written", captions=("依頼者", "Requester")),
                Column(
                    "requester_id",
                    "id",
                    "the tracker's id of who asked",
                    captions=("依頼者ID", "Requester ID"),
                ),
                Column("assignee", "text", "who took it, as written", captions=("担当者", "Assignee")),
                Column(
                    "assignee_id",
                    "id",
                    "the tracker's id of who took it",
                    captions=("担当者ID", "Assignee ID"),
                ),
                Column("title", "text", "summary line", captions=("件名", "Title")),
                Column(
                    "topic",
                    "text",
                    "what it is about, as filed: category, component, labels",
                    captions=("分類", "Topic"),
                ),
                Column(
                    "resolution",
                    "text",
                    "how it ended, as written: done, cancelled",
                    captions=("結果", "Resolution"),
                ),
            ),
            apart="uid",
        ),
        Table(
            "tickets",
            "one infrastructure problem in a home team's own tracker",
            (
                Column("id", "id", "key in the tracker", required=True, captions=("チケット", "Ticket")),
                Column(
                    "created",
                    "datetime",
                    "when it was noted",
                    required=True,
                    captions=("起票日時", "Created"),
                ),
                Column(
                    "resolved", "datetime", "when it was done; missing = open", captions=("完了日時", "Done")
                ),
                Column("team_label", "text", "team as written", captions=("チーム", "Team")),
                Column(
                    "how",
                    "label",
                    "how it was solved",
                    ("alone", "review", "consult", "sre"),
                    captions=("解決のしかた", "How"),
                    words={
                        "alone": ("自チームのみ",),
                        "review": ("レビューのみ",),
                        "consult": ("相談して解決",),
                        "sre": ("SREが実施",),
                    },
                ),
                Column(
                    "permission_bound",
                    "flag",
                    "only the host team may do it",
                    captions=("SREのみ可", "SRE only"),
                ),
                Column("title", "text", "summary line", captions=("件名", "Title")),
            ),
        ),
        Table(
            "incidents",
            "one incident",
            (
                Column(
                    "id", "id", "number of the incident", required=True, captions=("障害番号", "Incident")
                ),
                Column("uid", "id", "the tool's own id, where its number may stand for two incidents"),
                Column("created", "datetime", "when it began", required=True, captions=("発生日時", "Began")),
                Column(
                    "resolved",
                    "datetime",
                    "when it was over; missing = open",
                    captions=("復旧日時", "Restored"),
                ),
                Column("service", "text", "service as written", captions=("サービス", "Service")),
                Column("severity", "text", "severity or urgency as written", captions=("重要度", "Severity")),
                Column("title", "text", "summary line", captions=("件名", "Title")),
                Column(
                    "people_told",
                    "flag",
                    "whether the export can tell who took part; no or missing = unknown, never nobody",
                    captions=("参加者が分かる", "People known"),
                ),
            ),
            apart="uid",
        ),
        Table(
            "participation",
            "one person in one incident",
            (
                Column(
                    "incident",
                    "id",
                    "number of the incident",
                    required=True,
                    captions=("障害番号", "Incident"),
                ),
                Column("name", "text", "who, as written", captions=("氏名", "Name")),
                Column("mail", "text", "address, where the export has one", captions=("メール", "Mail")),
                Column("account", "id", "the tool's id of who", captions=("アカウント", "Account")),
                Column(
                    "step",
                    "label",
                    "contribution; missing = unknown",
                    STEPS,
                    captions=("役割", "Step"),
                    words={
                        "observer": ("観察",),
                        "helper": ("補助",),
                        "responder": ("対応",),
                        "lead": ("指揮",),
                    },
                ),
                Column("joined", "datetime", "when they joined", captions=("参加日時", "Joined")),
            ),
            key=(),
            any_of=("name", "mail", "account"),
            link="incident",
        ),
        Table(
            "alerts",
            "one alert of a paging tool",
            (
                Column("id", "id", "the tool's id", required=True),
                Column("created", "datetime", "when it was raised", required=True),
                Column("acknowledged", "datetime", "first acknowledged; missing = never, or not told"),
                Column("closed", "datetime", "when it was closed; missing = open"),
                Column("who", "text", "who acknowledged it, else who owns it, as written"),
                Column("priority", "text", "priority as written"),
                Column("title", "text", "summary line"),
            ),
        ),
        Table(
            "accounts",
            "one account of a tool: what links an opaque id to a name and an address",
            (
                Column("id", "id", "the tool's id", required=True),
                Column("name", "text", "name shown"),
                Column("mail", "text", "address"),
                Column("handle", "text", "name used in mentions"),
                Column("bot", "flag", "not a person"),
                Column("active", "flag", "may still sign in"),
                Column("timezone", "text", "zone of the profile (IANA)"),
            ),
        ),
        Table(
            "changes",
            "one change proposed to code (pull or merge request)",
            (
                Column("id", "id", "number in its repository", required=True),
                Column("repository", "text", "repository"),
                Column("created", "datetime", "when it was opened", required=True),
                Column("merged", "datetime", "when it was merged; missing = not merged"),
                Column("closed", "datetime", "when it was closed; missing = open"),
                Column("author", "text", "account of the author; missing = deleted"),
                Column("author_name", "text", "name of the author, where the export has one"),
                Column("bot", "flag", "opened by a bot"),
                Column("title", "text", "title"),
                Column("area", "text", "labels, joined by commas"),
            ),
            key=("repository", "id"),
        ),
        Table(
            "reviews",
            "one review of a change",
            (
                Column("change", "id", "number of the change", required=True),
                Column("repository", "text", "repository of the change"),
                Column("reviewer", "text", "account of the reviewer; missing = deleted"),
                Column(
                    "state",
                    "label",
                    "what the reviewer decided",
                    ("approved", "changes_requested", "commented", "dismissed", "pending"),
                ),
                Column("submitted", "datetime", "when"),
            ),
            key=(),
            link="change",
        ),
        Table(
            "monitors",
            "one monitor",
            (
                Column("id", "id", "the tool's id", required=True),
                Column("name", "text", "name"),
                Column("type", "text", "type as written"),
                Column("query", "text", "what is watched"),
                Column("created", "datetime", "when it was made"),
                Column("modified", "datetime", "when it was last changed"),
                Column("creator", "text", "who made it last: cloning and Terraform overwrite it"),
                Column("creator_mail", "text", "their address"),
                Column("tags", "text", "tags, joined by commas"),
                Column("listed", "date", "the day the list was taken; missing = not declared"),
            ),
            key=("id", "listed"),
        ),
        Table(
            "dashboards",
            "one widget of a dashboard",
            (
                Column("id", "id", "the tool's id of the dashboard", required=True),
                Column("widget", "id", "the widget's id, or its place in the dashboard", required=True),
                Column("title", "text", "title of the widget"),
                Column("dashboard", "text", "title of the dashboard"),
                Column("kind", "text", "kind of the widget as written"),
                Column("query", "text", "what is shown; several joined by semicolons"),
                Column("created", "datetime", "when the dashboard was made"),
                Column("creator", "text", "who made the dashboard, as written"),
                Column("listed", "date", "the day the list was taken; missing = not declared"),
            ),
            key=("id", "widget", "listed"),
        ),
        Table(
            "notifications",
            "one time that a tool disturbed one person",
            (
                Column(
                    "person",
                    "text",
                    "whom, as written: anybody on call",
                    required=True,
                    captions=("氏名", "Name", "参加者"),
                ),
                Column(
                    "at",
                    "datetime",
                    "when it reached them",
                    required=True,
                    captions=("通知日時", "Notified"),
                ),
                Column("channel", "text", "call, message, mail, as written", captions=("経路", "Channel")),
                Column("incident", "id", "number of the incident, if any", captions=("障害番号", "Incident")),
            ),
            key=(),
        ),
        Table(
            "time_use",
            "hours or shares of one person in one week on one activity",
            (
                Column(
                    "person", "text", "who, as written", required=True, captions=("氏名", "Name", "参加者")
                ),
                Column(
                    "week", "date", "a day of the week", required=True, captions=("週", "Week", "週の開始日")
                ),
                Column("request", "number", "answering requests", captions=("依頼対応",), unit="hours"),
                Column("improvement", "number", "improving", captions=("改善",), unit="hours"),
                Column("incident", "number", "incidents", captions=("障害対応",), unit="hours"),
                Column("home", "number", "work with the home team", captions=("所属チーム",), unit="hours"),
                Column("learning", "number", "learning", captions=("学習",), unit="hours"),
                Column(
                    "hours",
                    "number",
                    "hours worked, where the others are shares",
                    captions=("勤務時間",),
                    unit="hours",
                ),
            ),
            key=("person", "week"),
            about_participants=True,
        ),
        Table(
            "one_to_ones",
            "one 1:1, planned or ad hoc",
            (
                Column(
                    "person",
                    "text",
                    "with whom, as written",
                    required=True,
                    captions=("氏名", "Name", "参加者"),
                ),
                Column(
                    "day",
                    "date",
                    "planned day, or the day it was held",
                    required=True,
                    captions=("日付", "Date"),
                ),
                Column("with", "text", "who held it", captions=("相手", "With")),
                Column("planned", "flag", "planned beforehand", captions=("予定", "Planned")),
                Column("held", "flag", "took place", captions=("実施", "Held")),
                Column("minutes", "number", "how long", captions=("分", "Minutes"), unit="minutes"),
            ),
            key=(),
            about_participants=True,
        ),
        Table(
            "improvements",
            "one improvement delivered",
            (
                Column("id", "id", "its number", required=True, captions=("番号", "No")),
                Column("person", "text", "by whom, as written", captions=("氏名", "Name", "担当")),
                Column("day", "date", "when it was delivered", required=True, captions=("完了日", "Date")),
                Column("kind", "text", "kind: monitoring, cost, automation", captions=("種類", "Kind")),
                Column("title", "text", "what", captions=("内容", "Title")),
                Column("amount", "number", "how much, in its own unit", captions=("効果", "Amount")),
                Column("unit", "text", "unit of the amount", captions=("単位", "Unit")),
                Column("service", "text", "for which service, as written", captions=("サービス", "Service")),
                Column("link", "text", "where it can be seen", captions=("リンク", "Link")),
                Column(
                    "in_use", "flag", "still in use after six months", captions=("6か月後も利用", "In use")
                ),
            ),
        ),
        Table(
            "study_sessions",
            "one study session",
            (
                Column("id", "id", "its number", required=True, captions=("番号", "No")),
                Column("day", "date", "when", required=True, captions=("開催日", "Date")),
                Column("title", "text", "subject", captions=("題名", "Title")),
                Column("speaker", "text", "who spoke, as written", captions=("発表者", "Speaker")),
                Column("attendees", "number", "how many came", captions=("参加人数", "Attendees")),
                Column("teams", "text", "from which teams", captions=("参加チーム", "Teams")),
            ),
        ),
    )
}

SHEETS: Mapping[str, tuple[str, ...]] = {
    "requests": ("id", "team_label", "created", "kind"),
    "incidents": ("id", "created", "service"),
    "participation": ("incident", "name", "step"),
    "tickets": ("id", "team_label", "created", "how"),
    "notifications": ("person", "at", "channel"),
    "time_use": ("person", "week", "request"),
    "one_to_ones": ("person", "day", "held"),
    "improvements": ("id", "day", "kind"),
    "study_sessions": ("id", "day", "attendees"),
}
"""Tables that an owner may keep as a sheet, with the columns by which a sheet is recognised."""


def conform(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """`frame` with exactly the table's columns and provenance, in order, each in its dtype."""
    columns = {
        column.name: frame[column.name].astype(DTYPES[column.kind])
        if column.name in frame
        else pd.Series(index=frame.index, dtype=DTYPES[column.kind])
        for column in table.columns
    }
    for name in PROVENANCE:
        columns[name] = frame[name] if name in frame else pd.Series(index=frame.index, dtype="str")
    return pd.DataFrame(columns, index=frame.index).reset_index(drop=True)


def empty(name: str) -> pd.DataFrame:
    """The canonical table of that name without rows."""
    return _make_empty(name).copy()


@cache
def _make_empty(name: str) -> pd.DataFrame:
    return conform(pd.DataFrame(), TABLES[name])
