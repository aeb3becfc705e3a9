"""The cases of broken content, one after the other: what is given, what becomes of it, where, and why.

Each case is named by the words of the trust policy ("broken content: accept, set aside, or refuse; never
guess in silence").  What is not told of a case did not happen: its other records are used, its other cells
are read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rotation_analysis.cohorts.cohort import Cohorts, build_cohorts
from rotation_analysis.measures.workload import measure_workload
from rotation_analysis.reading.account import ADVICE
from rotation_analysis.reading.columns import EXPECTED
from rotation_analysis.reading.exports import Reading
from rotation_analysis.starter.inspection import check_programme, render_check
from tests.files.test_workbooks import build, row, text, value
from tests.small_programme import (
    BACKLOG,
    BACKLOG_HEADER,
    INCIDENTS,
    JIRA,
    JIRA_HEADER,
    PAGERDUTY_HEADER,
    STEM,
    SURVEY,
    TOML,
    backlog_row,
    lines,
    read_small,
    replace_once,
    survey,
    warnings_of,
    write_programme,
)

Files = dict[str, str | bytes]


@dataclass(frozen=True, kw_only=True)
class Fate:
    """One line of the account: outcome, reason and place; `next` is in its next step.

    `outcome`: set_aside, refused, cell; `file` = the file is refused as a whole.
    """

    outcome: str
    reason: str
    row: int | None = None
    column: str | None = None
    file: str
    next: str = ""

    @property
    def key(self) -> tuple[str, int | None, str | None, str, str]:
        return self.file, self.row, self.column, self.outcome, self.reason


@dataclass(frozen=True, kw_only=True)
class Case:
    """Files beside a programme; all that is told of them; what the tables then hold (table, column → values).

    `cohorts`: whether people, teams, waves and `as_of` are needed to see it; `gaps` are then told, too.
    """

    trust: str
    given: str
    files: Files
    toml: str = TOML + BACKLOG
    told: tuple[Fate, ...] = ()
    warnings: Mapping[str, int] = field(default_factory=dict)
    shown: Mapping[tuple[str, str], list[Any]] = field(default_factory=dict)
    gaps: Mapping[str, int] = field(default_factory=dict)
    cohorts: bool = False


# --- how a case is written ------------------------------------------------------------------------------

BACKLOG_FILE, SURVEY_FILE, PAGERDUTY_FILE = "backlog.csv", "survey.csv", "pagerduty.csv"
ON = "2024/06/28 10:00:00"
OS = f"{STEM} [OS・プロセス]"
TITLE, ID, LEVEL, STATE = (
    ("requests", "title"),
    ("requests", "id"),
    ("responses", "level"),
    ("responses", "state"),
)
CREATED = ("requests", "created")
UTC_ROW = "1,2024-02-01 10:00:00,2024-02-01 11:00:00,aoi,"


SHEET = row(1, text("A1", "キー"), text("B1", "件名"), text("C1", "登録日")) + row(
    2, text("A2", "A-1"), text("B2", "t"), text("C2", "2024/02/01 10:00")
)


def told(outcome: str, reason: str, row: int | None = None, column: str | None = None, **more: str) -> Fate:
    return Fate(outcome=outcome, reason=reason, row=row, column=column, **{"file": BACKLOG_FILE, **more})


def of_survey(
    outcome: str, reason: str, row: int | None = None, column: str | None = OS, **more: str
) -> Fate:
    return told(outcome, reason, row, column, **{"file": SURVEY_FILE, **more})


def backlog(*rows: str) -> str:
    return lines(BACKLOG_HEADER, *rows)


def one(content: str | bytes) -> Files:
    return {BACKLOG_FILE: content}


def declared(*pairs: tuple[str, str], toml: str = BACKLOG) -> str:
    """The programme with a source that declares something else, too."""
    return TOML + replace_once(toml, *pairs)


def with_encoding(name: str, toml: str = BACKLOG) -> str:
    return declared(("\nfiles", f'\nencoding = "{name}"\nfiles'), toml=toml)


def with_zone(name: str) -> str:
    return declared(("\nfiles", f'\ntimezone = "{name}"\nfiles'))


def planned(*entries: str, toml: str = TOML) -> str:
    """The programme with more entries before its plan."""
    return replace_once(toml, ("[plan]", "\n".join((*entries, "[plan]"))))


def alias(meaning: str, kind: str, id_: str = "") -> str:
    return "\n".join(
        ("[[aliases]]", f'text = "{meaning}"', f'kind = "{kind}"', *([f'id = "{id_}"'] if id_ else []))
    )


def answers(*cells: str) -> Files:
    """One question, answered by p1 in as many sendings as there are cells, a minute apart."""
    sent = [(f"2024/06/28 10:{n:02d}:00", "p1", cell) for n, cell in enumerate(cells)]
    return {SURVEY_FILE: survey(*sent)}


def utc(*moments: str) -> list[pd.Timestamp]:
    return [pd.Timestamp(moment, tz="UTC") for moment in moments]


def pulls(*logins: str) -> str:
    """Pull requests as GitHub's REST gives them."""
    return json.dumps(
        [
            {
                "number": number,
                "title": "t",
                "user": {"login": login, "type": "Bot" if login.endswith("[bot]") else "User"},
                "created_at": "2024-02-01T10:00:00Z",
                "merged_at": None,
                "closed_at": None,
                "head": {},
                "base": {},
                "html_url": f"https://github.com/invented/invented/pull/{number}",
            }
            for number, login in enumerate(logins, start=1)
        ]
    )


def doubtful() -> Files:
    """An incident that a bot, somebody unknown and one of two people acknowledged."""
    return {PAGERDUTY_FILE: lines(PAGERDUTY_HEADER, '1,2024-02-01 10:00:00,,aoi,"robot,誰か,はる,試験 一"')}


def named() -> Files:
    """A home team's form with a team that is on no list, an exit survey's text that names a colleague."""
    home = lines("Timestamp,Which team are you in?,I would support sending someone again", f"{ON},nowhere,4")
    last = lines("タイムスタンプ,メールアドレス,一番大変だったこと", f"{ON},p1,導き 手さんと合わなかった")
    return {"home.csv": home, "exit.csv": last}


def pagerduty(*rows: str) -> Files:
    return {PAGERDUTY_FILE: lines(PAGERDUTY_HEADER, *rows)}


OWN_PROFILE = 'name = "own_NAME"\ntool = "Own"\nexport = "requests"\nformat = "csv"\ntable = "requests"\n'
OWN_PROFILE += '[[columns]]\nfield = "id"\nheaders = ["No"]\nkind = "id"\nclaim = true\n'
TWO_PROFILES: Files = {f"profiles/{name}.toml": OWN_PROFILE.replace("NAME", name) for name in "ab"}
PULLS = '\n[[sources]]\nname = "pulls"\nfiles = ["pulls.json"]\n'
JIRA_TWICE = f"{JIRA_HEADER},Labels,Labels"
REVERSED = """
[[instruments]]
id = "own"
rater = "self"

[[instruments.questions]]
id = "own_tired"
kind = "scale"
wordings = ["疲れた"]
scale = "freq5"
reversed = true

[[instruments.questions]]
id = "own_hours"
kind = "number"
wordings = ["時間"]
"""
OWN = '\n[[sources]]\nname = "own"\nfiles = ["own.csv"]\ninstrument = "own"\ndates = "ymd"\n'
PULSE = '\n[[sources]]\nname = "pulse"\nfiles = ["pulse.csv"]\ninstrument = "pulse"\ndates = "ymd"\n'
STRAIN = "疲れが翌朝まで残った"


def own(*cells: str, question: str = "疲れた") -> Files:
    sent = [f"2024/06/28 10:{n:02d}:00,p1,{cell}" for n, cell in enumerate(cells)]
    return {"own.csv": lines(f"タイムスタンプ,メールアドレス,{question}", *sent)}


def qualtrics(*sent: tuple[str, str]) -> str:
    """Qualtrics' three header rows, then (status, cell) of each answer."""
    return lines(
        "StartDate,EndDate,Status,RecipientEmail,Q1",
        f'Start Date,End Date,Response Type,Recipient Email,"{OS}"',
        *(['"{""ImportId"":""startDate""}","{""ImportId"":""endDate""}",{},{},{}']),
        *(
            f"2024-06-28 09:00:00,2024-06-28 10:00:00,{status},p1@invented.example,{cell}"
            for status, cell in sent
        ),
    )


# --- the cases ------------------------------------------------------------------------------------------

ENCODINGS = "UTF-8 ± BOM, UTF-16 with BOM, CRLF/CR/CRCRLF, embedded newlines, sep= line"
JAPANESE = backlog(backlog_row(title="表示〜"))
PLAIN = backlog(backlog_row("A-1", title="a"), backlog_row("A-2", title="b", kind="雑談"))
FILES = (
    *(
        Case(trust=ENCODINGS, given=given, files=one(content), shown={TITLE: ["表示〜"]})
        for given, content in (
            ("UTF-8", JAPANESE.encode()),
            ("UTF-8 with BOM", JAPANESE.encode("utf-8-sig")),
            ("UTF-16, little end first", b"\xff\xfe" + JAPANESE.encode("utf-16-le")),
            ("UTF-16, big end first", b"\xfe\xff" + JAPANESE.encode("utf-16-be")),
        )
    ),
    *(
        Case(
            trust=ENCODINGS,
            given=given,
            files=one(content),
            told=(told("cell", "unmapped_label", line, "区分"),),
            shown={TITLE: ["a", "b"]},
        )
        for given, content, line in (
            ("CRLF", PLAIN.replace("\n", "\r\n"), 3),
            ("CR alone", PLAIN.replace("\n", "\r"), 3),
            ("CR CR LF", PLAIN.replace("\n", "\r\r\n"), 5),
            ("a blank line between", PLAIN.replace("\nA-2", "\n\nA-2"), 4),
            ("sep=; line", "sep=;\n" + PLAIN.replace(",", ";"), 4),
        )
    ),
    Case(
        trust=ENCODINGS,
        given="line ends inside cells",
        files=one(
            backlog(backlog_row(title='"a\nb"'), backlog_row("A-2", title='"c\r\nd"'), backlog_row(""))
        ),
        told=(told("refused", "missing_key", 6, "キー"),),
        shown={TITLE: ["a\nb", "c\r\nd"]},
    ),
    Case(
        trust="CP932 accepted if declared",
        given="CP932, declared as Shift_JIS",
        files=one(backlog(backlog_row(title="表示～")).encode("cp932")),
        toml=with_encoding("Shift_JIS"),
        shown={TITLE: ["表示～"]},
    ),
    Case(
        trust="CP932 accepted if it alone works; say so",
        given="CP932, not declared",
        files=one(backlog(backlog_row(title="表示～")).encode("cp932")),
        warnings={"encoding_guessed": 1},
        shown={TITLE: ["表示～"]},
    ),
    Case(
        trust="CP932: private-use characters speak against it",
        given="a character of a vendor's own",
        files=one(backlog(backlog_row(title="表示")).encode("cp932") + b"\xf0\x40\n"),
        told=(told("file", "bad_encoding", 3),),
    ),
    Case(
        trust="〜/～ and −/－ folded for matching keys, never in shown text",
        given="a label and a title with the other tilde and the other minus",
        files=one(backlog(backlog_row(title="1〜2−3", kind="相談～－"))),
        toml=declared(('["相談"]', '["相談〜−"]')),
        shown={TITLE: ["1〜2−3"], ("requests", "kind"): ["consult"]},
    ),
    *(
        Case(
            trust="EUC-JP, ISO-2022-JP, UTF-16 without BOM need a declared encoding",
            given=f"{name}, not declared",
            files=one(JAPANESE.encode(name)),
            told=(told("file", "bad_encoding", line, next=hint),),
        )
        for name, line, hint in (
            ("euc_jp", 1, "declare its encoding"),
            ("iso2022_jp", None, "encoding = iso2022_jp"),
            ("utf-16-le", 1, "declare its encoding"),
        )
    ),
    *(
        Case(
            trust="EUC-JP, ISO-2022-JP, UTF-16 without BOM need a declared encoding",
            given=f"{name}, declared",
            files=one(JAPANESE.encode(name)),
            toml=with_encoding(name),
            shown={TITLE: ["表示〜"]},
        )
        for name in ("euc_jp", "iso2022_jp", "utf-16-le")
    ),
    Case(
        trust="where such bytes happen to be valid CP932 as well, say encoding_guessed",
        given="EUC-JP whose bytes are half-width kana in CP932",
        files={PAGERDUTY_FILE: lines(PAGERDUTY_HEADER, "1,2024-02-01 10:00:00,,あい,").encode("euc_jp")},
        toml=TOML + INCIDENTS,
        warnings={"encoding_guessed": 1},
        shown={("incidents", "service"): ["､｢､､"]},
    ),
    Case(
        trust="wrong field count: that record is refused",
        given="one field too many, one too few",
        files=one(backlog(backlog_row("A-1"), backlog_row("A-2") + ",x", "A-3", backlog_row("A-4"))),
        told=(told("refused", "field_count", 3), told("refused", "field_count", 4)),
        shown={ID: ["A-1", "A-4"]},
    ),
    Case(
        trust="one extra field on every row: refuse every record",
        given="each row ends with a comma, the header does not",
        files=one(backlog(backlog_row("A-1") + ",", backlog_row("A-2") + ",")),
        told=(told("refused", "field_count", 2), told("refused", "field_count", 3)),
        shown={ID: []},
    ),
    *(
        Case(
            trust="mixed encodings, cut inside a character, unbalanced quote, HTML page, empty, header only",
            given=given,
            files=one(content),
            told=(told("file", reason, line, column, next=hint),),
        )
        for given, content, reason, line, column, hint in (
            (
                "UTF-8, then CP932",
                JAPANESE.encode() + backlog_row("A-2", title="表示").encode("cp932"),
                "bad_encoding",
                3,
                None,
                "save the file as UTF-8",
            ),
            (
                "cut inside a character",
                JAPANESE.encode().partition("〜".encode())[0] + b"\xe3\x80",
                "bad_encoding",
                2,
                None,
                "save the file as UTF-8",
            ),
            (
                "a quote that never closes",
                backlog(backlog_row("A-1"), backlog_row("A-2", title='"open')),
                "bad_quote",
                3,
                "件名",
                "close the quote",
            ),
            (
                "an HTML page",
                "<!DOCTYPE html><html></html>\n",
                "not_a_table",
                None,
                None,
                "sign in to the tool",
            ),
            ("JSON named .csv", '[{"a": 1}]\n', "not_a_table", None, None, "name it .json"),
            ("no byte", b"", "empty_file", None, None, "export it again"),
            ("a header alone", lines(BACKLOG_HEADER), "empty_file", None, None, "export it again"),
            (
                "a cell of more than a million characters",
                backlog(backlog_row("A-1"), backlog_row("A-2", title="x" * 1_000_001)),
                "too_large",
                3,
                "件名",
                "shorten the cell",
            ),
        )
    ),
    Case(
        trust="a folder, a pipe, a device: no file",
        given="a folder that is called like an export",
        files={"backlog.csv/inside.txt": "x"},
        told=(told("file", "not_a_file", next="name the exported file itself"),),
    ),
    Case(
        trust="a file that no profile claims",
        given="a tracker that nobody knows",
        files=one("キー,件名,担当\nA-1,t,x\n"),
        told=(told("file", "no_profile", 1, next="nearest: backlog_csv (lacks 登録日)"),),
    ),
    Case(
        trust="a file that two profiles claim",
        given="two own profiles for one export",
        files={**TWO_PROFILES, **one("No,Title\n1,t\n")},
        told=(told("file", "two_profiles", next='profile = "own_a"'),),
    ),
    Case(
        trust="text already mojibake: accept with a warning, never repair",
        given="U+FFFD, UTF-8 read as Latin, UTF-8 read as CP932",
        files=one(
            backlog(
                *(backlog_row(f"A-{n}", title=t) for n, t in enumerate(("\ufffd", "ã‚ã", "縺ゅ", "sound")))
            )
        ),
        warnings={"mojibake": 3},
        shown={TITLE: ["\ufffd", "ã‚ã", "縺ゅ", "sound"]},
    ),
    Case(
        trust="a NUL byte is no text",
        given="a NUL in one cell",
        files=one(backlog(backlog_row("A-1"), backlog_row("A-2", title="a\0b"))),
        told=(told("refused", "bad_encoding", 3),),
        shown={ID: ["A-1"]},
    ),
)

HEADERS = (
    Case(
        trust="repeated header names are kept by position",
        given="Jira's two columns of labels",
        files={"jira.csv": lines(JIRA_TWICE, "J-1,t,05/Mar/24 10:00 AM,,x,葵,,one,two")},
        toml=TOML + JIRA,
        shown={("requests", "id"): ["J-1"]},
    ),
    Case(
        trust="repeated header names are kept by position",
        given="a question that the form asks twice",
        files={SURVEY_FILE: lines(f"タイムスタンプ,メールアドレス,{OS},{OS}", f"{ON},p1,,4")},
        toml=TOML + SURVEY,
        shown={LEVEL: [4]},
    ),
    Case(
        trust="header differs in space, case, width, zero-width: logged",
        given="a question in half-width kana with a zero-width space",
        files={SURVEY_FILE: lines(f"ﾀｲﾑｽﾀﾝﾌﾟ,メール\u200bアドレス ,{STEM}  ［OS・ﾌﾟﾛｾｽ］", f"{ON},p1,4")},
        toml=TOML + SURVEY,
        warnings={"header_spelling": 3},
        shown={LEVEL: [4], ("responses", "respondent"): ["p1"]},
    ),
    Case(
        trust="question renamed between waves: not understood until mapped; nearest question suggested",
        given="a row of the grid in other words",
        files={SURVEY_FILE: survey((ON, "p1", "4"), skill="OSとプロセス")},
        toml=TOML + SURVEY,
        told=(of_survey("cell", "unmapped_question", 1, f"{STEM} [OSとプロセス]", next='question = "os"'),),
        shown={LEVEL: []},
    ),
    Case(
        trust="question renamed between waves: mapped",
        given="the same with the lines that were suggested",
        files={SURVEY_FILE: survey((ON, "p1", "4"), skill="OSとプロセス")},
        toml=planned('[[wordings]]\nquestion = "os"\nwording = "OSとプロセス"\nsame_meaning = true') + SURVEY,
        warnings={"renamed_question": 1},
        shown={LEVEL: [4], ("responses", "skill"): ["os"]},
    ),
)

NAMES_AND_IDS = (
    Case(
        trust='a person called "NA", "None", "Null" is a name',
        given="three requesters, one of whom the programme knows",
        files=one(
            backlog(*(backlog_row(f"A-{n}", who=w, team="") for n, w in enumerate(("NA", "None", "Null"))))
        ),
        toml=replace_once(TOML, ('name = "試験 二"', 'name = "Null"')) + BACKLOG,
        shown={
            ("requests", "requester"): ["NA", "None", "Null"],
            ("requests", "team"): [None, None, "kaede"],
        },
        gaps={"requests_without_team": 2},
        cohorts=True,
    ),
    Case(
        trust="ids are text always",
        given="leading zeros, digits beyond what a float holds",
        files=one(backlog(backlog_row("007"), backlog_row("12345678901234567890"))),
        shown={ID: ["007", "12345678901234567890"]},
    ),
    Case(
        trust="ids: 1.2E+19 refused",
        given="what a spreadsheet made of an id, and no id at all",
        files=one(backlog(backlog_row("1.2E+19"), backlog_row("#N/A"), backlog_row(" "), backlog_row("A-1"))),
        told=(
            told("refused", "damaged_id", 2, "キー"),
            told("refused", "damaged_id", 3, "キー"),
            told("refused", "missing_key", 4, "キー"),
        ),
        shown={ID: ["A-1"]},
    ),
    Case(
        trust="ids: 1.2E+19 refused",
        given="the same in a column that is no key: the record stays, the cell is unusable",
        files=one(backlog(backlog_row(account="1.2E+19"))),
        told=(told("cell", "damaged_id", 2, "登録者ID"),),
        shown={("requests", "requester_id"): [None]},
    ),
    Case(
        trust="ids: NFKC duplicates are a conflict",
        given="A-1 in full width beside A-1, with the same content",
        files=one(backlog(backlog_row("A-1"), backlog_row("Ａ-１"), backlog_row("A-2"))),
        told=(told("refused", "conflicting_key", 2), told("refused", "conflicting_key", 3)),
        shown={ID: ["A-2"]},
    ),
    Case(
        trust="ids: NFKC duplicates are a conflict",
        given="the same in two exports",
        files={"backlog_1.csv": backlog(backlog_row("A-1")), "backlog_2.csv": backlog(backlog_row("Ａ-1"))},
        told=(
            told("refused", "conflicting_key", 2, file="backlog_1.csv"),
            told("refused", "conflicting_key", 2, file="backlog_2.csv"),
        ),
        shown={ID: []},
    ),
    Case(
        trust="two identities of one person: the alias table decides",
        given="a name and an address, one of them an alias; later sending counts",
        files={SURVEY_FILE: survey((ON, "はる", "3"), ("2024/06/28 11:00:00", "p1@invented.example", "4"))},
        toml=planned(alias("はる", "person", "p1")) + SURVEY,
        told=(of_survey("set_aside", "superseded", 2, None),),
        shown={LEVEL: [4], ("responses", "person"): ["p1"]},
        cohorts=True,
    ),
    Case(
        trust="two people of one name: set aside with the ready-to-paste alias line",
        given="はる means p1 and p2",
        files={SURVEY_FILE: survey((ON, "はる", "3"))},
        toml=planned(alias("はる", "person", "p1"), alias("はる", "person", "p2")) + SURVEY,
        told=(
            of_survey(
                "set_aside", "ambiguous_person", 2, None, next="add to the alias sheet: はる,person,p1|p2,,"
            ),
        ),
        shown={LEVEL: []},
        cohorts=True,
    ),
)

TWICE: Files = {
    SURVEY_FILE: survey(("2024/06/28 10:00:00", "p1", "3"), ("2024/06/30 10:00:00", "p1", "4")),
}
REPEATS = (
    *(
        Case(
            trust="same form answered twice in a wave: declared policy",
            given=policy or "no policy declared",
            files=TWICE,
            toml=declared(("\nfiles", f'\nrepeated = "{policy}"\nfiles'), toml=SURVEY)
            if policy
            else TOML + SURVEY,
            told=tuple(of_survey("set_aside", reason, line, None) for line, reason in found),
            shown={LEVEL: levels},
            cohorts=True,
        )
        for policy, found, levels in (
            ("last", [(2, "superseded")], [4]),
            ("first", [(3, "superseded")], [3]),
            ("refuse", [(2, "conflicting_answer"), (3, "conflicting_answer")], []),
            ("", [(2, "superseded")], [4]),
        )
    ),
    Case(
        trust="identical rows collapse with a count",
        given="one sending three times, one request twice",
        files={
            SURVEY_FILE: survey((ON, "p1", "3"), (ON, "p1", "3"), (ON, "p1", "3")),
            **one(backlog(backlog_row("A-1"), backlog_row("A-1"))),
        },
        toml=TOML + SURVEY + BACKLOG,
        told=(
            told("set_aside", "duplicate_row", 3),
            of_survey("set_aside", "duplicate_row", 3, None),
            of_survey("set_aside", "duplicate_row", 4, None),
        ),
        shown={LEVEL: [3], ID: ["A-1"]},
        cohorts=True,
    ),
    Case(
        trust="overlapping re-exports: equal rows count once; different rows: the newer file wins, listed",
        given="a request unchanged, one that was resolved since, one that is new",
        files={
            "backlog_1.csv": backlog(backlog_row("A-1"), backlog_row("A-2", resolved="")),
            "backlog_2.csv": backlog(backlog_row("A-1"), backlog_row("A-2"), backlog_row("A-3")),
        },
        told=(
            told("set_aside", "superseded", 3, file="backlog_1.csv"),
            told("set_aside", "duplicate_row", 2, file="backlog_2.csv"),
        ),
        shown={ID: ["A-1", "A-2", "A-3"]},
    ),
    Case(
        trust="overlapping re-exports: equal rows count once; different rows: the newer file wins, listed",
        given="a sending that both exports have, and one whose cell was corrected in the form's sheet",
        files={
            "survey_1.csv": survey((ON, "p1", "3"), ("2024/10/02 10:00:00", "p2", "3")),
            "survey_2.csv": survey((ON, "p1", "4"), ("2024/10/02 10:00:00", "p2", "3")),
        },
        toml=TOML + SURVEY,
        told=(
            of_survey("set_aside", "superseded", 2, None, file="survey_1.csv"),
            of_survey("set_aside", "duplicate_row", 3, None, file="survey_2.csv"),
        ),
        shown={LEVEL: [3, 4], ("responses", "file"): ["survey_1.csv", "survey_2.csv"]},
        cohorts=True,
    ),
    Case(
        trust="overlapping re-exports: two contents under one key within one file",
        given="A-1 twice with two titles",
        files=one(backlog(backlog_row("A-1"), backlog_row("A-1", title="u"))),
        told=(told("refused", "conflicting_key", 2), told("refused", "conflicting_key", 3)),
        shown={ID: []},
    ),
    Case(
        trust="overlapping re-exports: the same file twice",
        given="a copy",
        files={"backlog_1.csv": backlog(backlog_row()), "backlog_2.csv": backlog(backlog_row())},
        told=(told("set_aside", "duplicate_file", 2, file="backlog_2.csv"),),
        shown={ID: ["A-1"]},
    ),
)

LEFT_OUT = (
    Case(
        trust="not in the roster, outside every rotation window, tests",
        given="nobody here, a mentor, a day before every wave, a test answer, and one that counts",
        files={
            SURVEY_FILE: survey(
                (ON, "誰か", "3"),
                (ON, "m1", "3"),
                ("2023/06/01 10:00:00", "p1", "3"),
                (ON, "テスト", "3"),
                (ON, "p1", "5"),
            )
        },
        toml=planned(alias("テスト", "test")) + SURVEY,
        told=(
            of_survey("set_aside", "not_in_roster", 2, None, next="誰か,person,<id>,,"),
            of_survey("set_aside", "not_in_roster", 3, None),
            of_survey("set_aside", "outside_window", 4, None),
            of_survey("set_aside", "test_answer", 5, None),
        ),
        shown={LEVEL: [5]},
        cohorts=True,
    ),
    Case(
        trust="previews",
        given="Qualtrics' preview beside an answer",
        files={SURVEY_FILE: qualtrics(("Survey Preview", "1"), ("IP Address", "4"))},
        toml=TOML + SURVEY,
        told=(of_survey("set_aside", "test_answer", 4, "Status"),),
        shown={LEVEL: [4]},
    ),
    Case(
        trust="bots",
        given="pull requests of a person and of two bots, one of them known by its alias alone",
        files={"pulls.json": pulls("p1", "dependabot[bot]", "invented-robot")},
        toml=planned(alias("invented-robot", "bot")) + PULLS,
        told=tuple(told("set_aside", "bot", place, file="pulls.json") for place in (2, 3)),
        shown={("changes", "person"): ["p1"]},
        cohorts=True,
    ),
    Case(
        trust="bots, ambiguous names: who took part in a record that stays used is left out and warned of",
        given="an incident that a bot, somebody unknown and one of two people acknowledged",
        files=doubtful(),
        toml=planned(alias("robot", "bot"), alias("はる", "person", "p1"), alias("はる", "person", "p2"))
        + INCIDENTS,
        warnings={"bot": 1, "unknown_person": 1, "ambiguous_person": 1},
        shown={("participation", "name"): ["試験 一", "誰か"], ("incidents", "id"): ["1"]},
        cohorts=True,
    ),
    Case(
        trust="a team on no list: the answer stays; free text that names a colleague: the owner is told",
        given="an anonymous answer of such a team, an exit survey's text about a mentor",
        files=named(),
        toml=TOML
        + SURVEY.replace("survey", "home").replace('"self"', '"home"').replace("skill_self", "home")
        + SURVEY.replace("survey", "exit").replace('"self"', '"exit"').replace("skill_self", "exit"),
        warnings={"unknown_team": 1, "names_in_text": 1},
        shown={LEVEL: [4, None], ("responses", "team"): [None, None]},
        cohorts=True,
    ),
    Case(
        trust="records of nobody here: another team, another project, a migrated copy",
        given="one of each, and its original",
        files={
            **one(
                lines(
                    f"{BACKLOG_HEADER},プロジェクト名",
                    backlog_row("A-1") + ",基盤",
                    backlog_row("A-2", team="よその部") + ",基盤",
                    backlog_row("A-3") + ",よそ",
                )
            ),
            "jira.csv": lines(JIRA_HEADER, "J-1,t,05/Mar/24 10:00 AM,,x,葵,A-1"),
        },
        toml=declared(("\nfiles", '\nprojects = ["基盤"]\nfiles')) + JIRA,
        told=(
            told("set_aside", "other_team", 3),
            told("set_aside", "other_project", 4, "プロジェクト名"),
            told("set_aside", "migrated_copy", 2, file="jira.csv"),
        ),
        shown={ID: ["A-1"]},
        cohorts=True,
    ),
    Case(
        trust="records of a kind that nobody reads",
        given="an issue list of GitHub that holds a pull request",
        files={
            "pulls.json": json.dumps(
                [
                    {
                        "number": n,
                        "title": "t",
                        "user": {"login": "x"},
                        "created_at": "2024-02-01T10:00:00Z",
                        "closed_at": None,
                        "state": "open",
                        **({"pull_request": {"url": "x"}} if n == 2 else {}),
                    }
                    for n in (1, 2)
                ]
            )
        },
        toml=TOML + PULLS,
        told=(told("set_aside", "other_kind", 2, file="pulls.json"),),
        shown={ID: ["1"]},
    ),
    Case(
        trust="an account that several share is nobody",
        given="the team's account took a request",
        files=one(backlog(backlog_row(doer="sre-bot"))),
        toml=planned(alias("sre-bot", "shared", "sre")) + BACKLOG,
        warnings={"shared_account": 1},
        shown={("requests", "person"): [None]},
        cohorts=True,
    ),
)


def dated(*moments: str, **more: Any) -> Case:
    """Requests created at these moments as written."""
    rows = (backlog_row(f"A-{n}", created=moment, resolved="") for n, moment in enumerate(moments))
    return Case(files=one(backlog(*rows)), **more)


def workbook(*cells: str) -> bytes:
    """A Backlog export in Excel: key, title, and when it was made as a cell of any type."""
    header = row(1, text("A1", "キー"), text("B1", "件名"), text("C1", "登録日"))
    rows = (
        row(n, text(f"A{n}", f"A-{n}"), text(f"B{n}", "t"), cell) for n, cell in enumerate(cells, start=2)
    )
    return build({"課題": "".join((header, *rows))})


NEW_YORK = with_zone("America/New_York")
BOTH_ORDERS = "where a file's dates fit two orders and none is declared, the column is refused"
DATES = (
    dated(
        "03/04/2024 10:00",
        "05/06/2024 10:00",
        trust=BOTH_ORDERS,
        given="days and months up to 12",
        told=tuple(told("cell", "ambiguous_date", n, "登録日", next='dates = "ymd"') for n in (2, 3)),
        shown={CREATED: [pd.NaT, pd.NaT]},
    ),
    dated(
        "03/04/2024 10:00",
        "31/06/2024 10:00",
        "30/04/2024 10:00",
        trust=BOTH_ORDERS,
        given="one date that settles the order, and one that is none in any",
        told=(told("cell", "bad_date", 3, "登録日"),),
        shown={CREATED: [*utc("2024-04-03 01:00"), pd.NaT, *utc("2024-04-30 01:00")]},
    ),
    dated(
        "03/04/2024 10:00",
        trust="declared format and zone per source",
        given="month first, UTC",
        toml=declared(("\nfiles", '\ntimezone = "UTC"\ndates = "mdy"\nfiles')),
        shown={CREATED: utc("2024-03-04 10:00")},
    ),
    Case(
        trust="Excel serials only from typed cells",
        given="a cell formatted as a date and time, the same number in a cell without a format, and as text",
        files={
            "backlog.xlsx": workbook(
                value("C2", "45298.5", style=1), value("C3", "45298.5"), text("C4", "45298.5")
            )
        },
        toml=TOML + '\n[[sources]]\nname = "requests"\nfiles = ["backlog.xlsx"]\n',
        told=tuple(told("cell", "bad_date", n, "登録日", file="backlog.xlsx") for n in (3, 4)),
        warnings={"end_unknown": 3},
        shown={CREATED: [*utc("2024-01-07 03:00"), pd.NaT, pd.NaT]},
    ),
    Case(
        trust="cells of a workbook that hold no value: accept with a warning, empty",
        given="#N/A in a title, a formula that nobody ever computed",
        files={
            "backlog.xlsx": build(
                {
                    "課題": row(1, text("A1", "キー"), text("B1", "件名"), text("C1", "登録日"))
                    + row(2, text("A2", "A-1"), value("B2", "#N/A", kind="e"), text("C2", "2024/02/01 10:00"))
                    + row(3, text("A3", "A-2"), "<c r='B3'><f>A1</f></c>", text("C3", "2024/02/01 10:00"))
                }
            )
        },
        toml=TOML + '\n[[sources]]\nname = "requests"\nfiles = ["backlog.xlsx"]\n',
        told=tuple(told("cell", "error_value", n, "件名", file="backlog.xlsx") for n in (2, 3)),
        warnings={"error_cells": 1, "formulas_without_value": 1, "end_unknown": 2},
        shown={TITLE: [None, None], ID: ["A-1", "A-2"]},
    ),
    Case(
        trust="other sheets of a workbook: say which were not read",
        given="a second sheet with requests",
        files={"backlog.xlsx": build({"1月": SHEET, "2月": SHEET})},
        toml=TOML + '\n[[sources]]\nname = "requests"\nfiles = ["backlog.xlsx"]\n',
        warnings={"end_unknown": 1, "unread_sheets": 1},
        shown={ID: ["A-1"]},
    ),
    dated(
        "令和6年4月1日 10:00",
        "R6.4.1 10:00",
        "2024年4月1日 10:00",
        trust="era dates read or refused",
        given="the era in words and in a letter are told as unusable, the same with the year is read",
        told=(told("cell", "bad_date", 2, "登録日"), told("cell", "bad_date", 3, "登録日")),
        shown={CREATED: [pd.NaT, pd.NaT, *utc("2024-04-01 01:00")]},
    ),
    dated(
        "2024/04/01 午後 1:30",
        "2024/04/01 1:30:00 午後",
        "2024/04/01 午前 0:30",
        "2024/04/01 12:30 午前",
        "2024/04/01 午後 13:30",
        trust="午前/午後 before or after the time",
        given="afternoon and midnight both ways, and 午後 13 that cannot be",
        told=(told("cell", "bad_date", 6, "登録日"),),
        shown={
            CREATED: [
                *utc("2024-04-01 04:30", "2024-04-01 04:30", "2024-03-31 15:30", "2024-03-31 15:30"),
                pd.NaT,
            ]
        },
    ),
    dated(
        "0001-01-01",
        "0001-01-01T00:00:00Z",
        trust="0001-01-01 is null",
        given="a tool's word for never, where every record has a time",
        told=tuple(told("cell", "missing_date", n, "登録日") for n in (2, 3)),
        shown={CREATED: [pd.NaT, pd.NaT]},
    ),
    dated(
        "2024/11/03 01:30:00",
        "2024/03/10 02:30:00",
        "2024-11-03T01:30:00-04:00",
        trust="DST fold or gap without offset: the cell is unusable",
        given="an hour that New York had twice, one it never had, and the first of the two by its offset",
        toml=NEW_YORK,
        told=(told("cell", "ambiguous_time", 2, "登録日"), told("cell", "nonexistent_time", 3, "登録日")),
        warnings={"mixed_offsets": 1},
        shown={CREATED: [pd.NaT, pd.NaT, *utc("2024-11-03 05:30")]},
    ),
    Case(
        trust="resolved before created: kept, end_before_start",
        given="resolved a day before",
        files=one(backlog(backlog_row(resolved="2024/01/31 10:00:00"))),
        warnings={"end_before_start": 1},
        shown={ID: ["A-1"], ("requests", "backwards"): [True]},
        cohorts=True,
    ),
    Case(
        trust="created after as_of: set aside; resolved after it: open at as_of",
        given="one that began the day after, one that ended then",
        files=one(
            backlog(
                backlog_row("A-1", created="2025/01/01 00:00:00", resolved=""),
                backlog_row("A-2", resolved="2025/01/01 00:00:00"),
            )
        ),
        told=(told("set_aside", "after_as_of", 2),),
        shown={ID: ["A-2"], ("requests", "resolved"): [pd.NaT]},
        gaps={"open_requests": 1},
        cohorts=True,
    ),
    dated(
        *(f"2024/02/01 {hour:02d}:00:00" for hour in [*range(20, 24), *range(0, 8)] * 3),
        trust="dates: declared zone per source",
        given="36 requests of which every one was made at night",
        warnings={"zone_looks_wrong": 36},
        gaps={"open_requests": 36},
        cohorts=True,
    ),
)

SCALES = (
    "scale labels in Japanese or English, full-width digits, 5 (very good); an unmapped label is unusable"
)
RANGES = "out of range, 99 codes, 4.5 on a 1–5 scale, inf: unusable, never a missing answer"
ANSWERS = (
    Case(
        trust=SCALES,
        given="a level in seven ways",
        files=answers(
            "ほぼ一人でできる",
            "４",
            "4",
            "4 ほぼ一人でできる",
            "4.0",
            "4 (very good)",
            "improves and teaches",
        ),
        toml=TOML + SURVEY,
        told=(of_survey("cell", "unmapped_label", 2),),
        shown={LEVEL: [None, 4, 4, 4, 4, 4, 5], STATE: ["unusable", *["answered"] * 6]},
    ),
    Case(
        trust='scale labels: "not applicable" is its own value',
        given="no chance, in both languages, beside a blank",
        files=answers("機会なし", "no chance", ""),
        toml=TOML + SURVEY,
        shown={LEVEL: [None] * 3, STATE: ["no_chance", "no_chance", "blank"]},
    ),
    Case(
        trust=RANGES,
        given="0, 6, 99, 4.5, inf, -1, 3-4",
        files=answers("0", "6", "99", "4.5", "inf", "-1", "3-4"),
        toml=TOML + SURVEY,
        told=(
            *(of_survey("cell", "out_of_scale", n) for n in range(2, 8)),
            of_survey("cell", "unmapped_label", 8),
        ),
        shown={LEVEL: [None] * 7, STATE: ["unusable"] * 7},
    ),
    Case(
        trust="out of range: a number that is none",
        given="hours in words, a number that has no end, full-width digits",
        files=own("たくさん", "inf", "１．５", question="時間"),
        toml=planned(REVERSED) + OWN,
        told=tuple(told("cell", "bad_number", n, "時間", file="own.csv") for n in (2, 3)),
        shown={("responses", "number"): [None, None, 1.5]},
    ),
    Case(
        trust="hours that people type as they like: none is 0, a range its midpoint, a blank no answer",
        given="なし, 2〜3, 約2, a blank, and a unit that the question does not declare",
        files=own("なし", "2〜3", "約2", "", "2h", question="時間"),
        toml=planned(REVERSED) + OWN,
        told=(told("cell", "bad_number", 6, "時間", file="own.csv"),),
        warnings={"midpoint_of_range": 1},
        shown={
            ("responses", "number"): [0.0, 2.5, 2.0, None, None],
            STATE: ["answered", "answered", "answered", "blank", "unusable"],
        },
    ),
    Case(
        trust="a label of a request that is not declared is unusable",
        given="雑談",
        files=one(backlog(backlog_row(kind="雑談"))),
        told=(told("cell", "unmapped_label", 2, "区分", next="add it to `labels`"),),
        shown={("requests", "kind"): [None]},
    ),
    Case(
        trust="an object that was written down as text is nobody's name",
        given="a reference of ServiceNow's in place of who asked",
        files=one(backlog(backlog_row(who="{'link': 'https://x.example/u'}"))),
        told=(told("cell", "serialised_object", 2, "登録者", next="what the tool shows"),),
        shown={("requests", "requester"): [None]},
    ),
    Case(
        trust="reversed items: direction declared per question",
        given="often (4 of 5) where a high level is a low one",
        files=own("よくある", "never"),
        toml=planned(REVERSED) + OWN,
        shown={LEVEL: [2, 5]},
    ),
    Case(
        trust="an answer that was sent after the next form had opened is remembered, not fresh",
        given="a period, answered a month later",
        files={
            "pulse.csv": lines(
                f"タイムスタンプ,メールアドレス,対象期間,{STRAIN}",
                "2024/03/20 10:00:00,p1,2024/02/05〜2024/02/18,よくある",
            )
        },
        toml=TOML + PULSE,
        warnings={"late_answer": 1},
        shown={LEVEL: [4], ("responses", "period_start"): [pd.Timestamp("2024-02-05")]},
        cohorts=True,
    ),
)

EXACTLY = "file with exactly 500, 1,000, 10,000, 20,000 rows, or total larger than rows: possible truncation"


def incidents(number: int) -> Files:
    return pagerduty(*(f"{n},2024-02-01 10:00:00,2024-02-01 11:00:00,aoi," for n in range(number)))


def jira_page(**page: Any) -> Files:
    fields = {"summary": "t", "created": "2024-02-01T10:00:00.000+0900", "resolutiondate": None}
    return {"moved.json": json.dumps({"issues": [{"key": "J-1", "fields": fields}], **page})}


JSON_JIRA = '\n[[sources]]\nname = "moved"\nfiles = ["moved.json"]\n'
MONITOR = {"id": 1, "name": "n", "type": "t", "query": "q"}
UNDATED = Case(
    trust="a list of what there is tells nothing of change without the day it was taken",
    given="a list of one monitor",
    files={"monitors.json": json.dumps([MONITOR])},
    toml=TOML + '\n[[sources]]\nname = "monitors"\nfiles = ["monitors.json"]\n',
    warnings={"undated_list": 1},
    shown={("monitors", "listed"): [pd.NaT]},
)
TRUNCATED = (
    *(
        Case(
            trust=EXACTLY,
            given=f"{number:,} incidents",
            files=incidents(number),
            toml=TOML + INCIDENTS,
            warnings={"possible_truncation": number} if warned else {},
        )
        for number, warned in ((500, True), (501, False), (1_000, True), (10_000, True), (20_000, True))
    ),
    Case(
        trust=EXACTLY,
        given="one of 2 issues",
        files=jira_page(total=2),
        toml=TOML + JSON_JIRA,
        warnings={"possible_truncation": 1},
    ),
    Case(trust=EXACTLY, given="all of 1 issue", files=jira_page(total=1), toml=TOML + JSON_JIRA),
)

RESOLVED = {
    "incident_number": 1,
    "created_at": "2024-02-01T10:00:00Z",
    "resolved_at": "2024-02-01T11:00:00Z",
    "status": "resolved",
    "service": {"summary": "aoi"},
    "title": "t",
    "assignments": [],
    "acknowledgements": [],
}
DATADOG = {
    "type": "incidents",
    "id": "u",
    "attributes": {
        "public_id": 1,
        "title": "t",
        "created": "2024-02-01T10:00:00Z",
        "detected": "2024-02-01T10:00:00Z",
        "resolved": "2024-02-01T11:00:00Z",
        "is_test": False,
        "archived": None,
    },
    "relationships": {"responders": {"data": [{"type": "incident_responders", "id": "r"}]}},
}
COMMANDED = {
    **DATADOG,
    "attributes": {
        **DATADOG["attributes"],
        "public_id": 3,
        "commander": {"data": {"type": "users", "id": "u", "attributes": {"name": "試験 一"}}},
    },
}
JSON_INCIDENTS = '\n[[sources]]\nname = "incidents"\nfiles = ["incidents.json"]\n'
LOG = '\n[[sources]]\nname = "log"\nfiles = ["log.json"]\n'
LOG_ENTRY = {
    "id": "R1",
    "type": "acknowledge_log_entry",
    "created_at": "2024-02-01T10:05:00Z",
    "agent": {"id": "P1", "type": "user_reference", "summary": "試験 一"},
    "incident": {"summary": "[#1] t"},
}
UNKNOWN = ("incidents", "people_unknown")
PEOPLE = (
    Case(
        trust="a resolved PagerDuty incident with empty assignments: participation unknown, never nobody",
        given="one such incident, one that was acknowledged",
        files={
            "incidents.json": json.dumps(
                [
                    RESOLVED,
                    RESOLVED
                    | {
                        "incident_number": 2,
                        "status": "acknowledged",
                        "resolved_at": None,
                        "acknowledgements": [
                            {
                                "at": "2024-02-01T10:05:00Z",
                                "acknowledger": {"id": "P1", "type": "user", "summary": "試験 一"},
                            }
                        ],
                    },
                ]
            )
        },
        toml=TOML + JSON_INCIDENTS,
        shown={UNKNOWN: [True, False], ("participation", "person"): ["p1"]},
        gaps={"incidents_without_people": 1, "participations_without_step": 1},
        cohorts=True,
    ),
    Case(
        trust="a resolved PagerDuty incident with empty assignments: told by another export",
        given="the same with its log entries",
        files={
            "incidents.json": json.dumps([RESOLVED]),
            "log.json": json.dumps({"log_entries": [LOG_ENTRY]}),
        },
        toml=TOML + JSON_INCIDENTS + LOG,
        shown={UNKNOWN: [False], ("participation", "person"): ["p1"]},
        gaps={"participations_without_step": 1},
        cohorts=True,
    ),
    Case(
        trust="a Datadog list without roles: participation unknown, never nobody",
        given="responders that are ids alone, and a test incident",
        files={
            "incidents.json": json.dumps(
                {
                    "data": [
                        DATADOG,
                        DATADOG | {"attributes": DATADOG["attributes"] | {"public_id": 2, "is_test": True}},
                    ]
                }
            )
        },
        toml=TOML + JSON_INCIDENTS,
        told=(told("set_aside", "test_answer", 2, "is_test", file="incidents.json"),),
        shown={UNKNOWN: [True]},
        gaps={"incidents_without_people": 1},
        cohorts=True,
    ),
)
NAMED = (
    Case(
        trust="a Datadog list without roles: participation unknown, never nobody",
        given="one incident that p1 commanded, whoever else was there, and one of which nobody is told",
        files={"incidents.json": json.dumps({"data": [DATADOG, COMMANDED]})},
        toml=TOML + JSON_INCIDENTS,
        shown={UNKNOWN: [True, True], ("participation", "person"): ["p1"]},
        gaps={"incidents_without_people": 2},
        cohorts=True,
    ),
)
CASES = (
    *NAMED,
    *FILES,
    *HEADERS,
    *NAMES_AND_IDS,
    *REPEATS,
    *LEFT_OUT,
    *DATES,
    *ANSWERS,
    *TRUNCATED,
    UNDATED,
    *PEOPLE,
)

# --- what becomes of each -------------------------------------------------------------------------------


def find_told(case: Case, reading: Reading, found: Reading | Cohorts) -> list[tuple[Fate, str]]:
    """What the refusals and the account tell, each with its next step, in the order of files and rows."""
    whole = [
        (
            Fate(outcome="file", reason=p.reason, row=p.row, column=p.column, file=str(p.file)),
            p.next_step or "",
        )
        for p in reading.refused
    ]
    single = [
        (
            Fate(outcome=r["outcome"], reason=r["reason"], row=r["row"], column=r["column"], file=r["file"]),
            r["next"] or "",
        )
        for r in found.account.rows(values=True)
    ]
    return whole + single


def check_sums(found: Reading | Cohorts) -> None:
    """Read = used + set aside + refused, of every file."""
    for sums in found.account.sums():
        parts = [sums["used"], *sums["set_aside"].values(), *sums["refused"].values()]
        assert sums["read"] == sum(parts), sums


def plain(values: pd.Series) -> list[Any]:
    return [None if pd.isna(value) and value is not pd.NaT else value for value in values.astype(object)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.trust}: {case.given}")
def test_a_case_is_accepted_set_aside_or_refused_as_declared(tmp_path: Path, case: Case) -> None:
    programme, reading = read_small(write_programme(tmp_path, case.toml, case.files))
    cohorts = build_cohorts(programme, reading) if case.cohorts else None
    found = cohorts or reading
    pairs = find_told(case, reading, found)
    assert [told.key for told, _ in pairs] == [told.key for told in case.told]
    for (_, next_step), wanted in zip(pairs, case.told, strict=True):
        assert next_step
        assert wanted.next in next_step
    assert warnings_of(found) == case.warnings
    check_sums(found)
    for (table, column), values in case.shown.items():
        assert plain(found.tables[table][column]) == values, (table, column)
    if cohorts is not None:
        gaps = {name: n for name, n in cohorts.gaps().items() if n}
        assert {name: n for name, n in gaps.items() if name in case.gaps or name in STRICT_GAPS} == case.gaps


def test_a_warning_of_mojibake_names_the_rows(tmp_path: Path) -> None:
    case = next(case for case in CASES if "mojibake" in case.warnings)
    check = check_programme(write_programme(tmp_path, case.toml, case.files))
    assert check.as_json()["files"][0]["warnings"] == [{"code": "mojibake", "n": 3, "rows": [2, 3, 4]}]
    assert "  warnings: mojibake 3 (rows 2, 3, 4)" in render_check(check).splitlines()


STRICT_GAPS = ("incidents_without_people", "open_requests")
"""Gaps that a case tells whenever there are any; others are small programmes' own."""


CHECKED = {"IDs": NAMES_AND_IDS[2], "a file": FILES[-4], "answers": LEFT_OUT[0], "people": PEOPLE[0]}


@pytest.mark.parametrize("case", CHECKED.values(), ids=CHECKED)
def test_a_check_tells_the_same_as_the_account(tmp_path: Path, case: Case) -> None:
    check = check_programme(write_programme(tmp_path, case.toml, case.files)).as_json()
    rows = [(r["file"], r["row"], r["column"], r["outcome"], r["reason"]) for r in check["rows"]]
    problems = [(p["file"], p["row"], p["column"], "file", p["reason"]) for p in check["problems"]]
    assert problems + rows == [told.key for told in case.told]
    assert {name: check["gaps"][name] for name in case.gaps} == case.gaps


@pytest.mark.parametrize("case", PEOPLE, ids=lambda case: case.given)
def test_an_incident_of_which_nobody_is_told_is_no_chance_that_was_missed(tmp_path: Path, case: Case) -> None:
    cohorts = build_cohorts(*read_small(write_programme(tmp_path, case.toml, case.files)))
    chances = [
        (measure.value, measure.missing)
        for measure in measure_workload(cohorts)
        if measure.measure == "incident.chances" and (measure.person, measure.phase) == ("p1", "month_1")
    ]
    unknown = cohorts.tables["incidents"]["people_unknown"]
    assert chances == [(float((~unknown).sum()), int(unknown.sum()))]


def test_who_is_named_by_an_export_that_cannot_tell_all_was_there_and_others_are_unknown(
    tmp_path: Path,
) -> None:
    (case,) = NAMED
    second = replace_once(
        TOML,
        ("start = 2024-10-01", "start = 2024-01-08"),
        ("planned_end = 2025-03-31", "planned_end = 2025-01-31"),
    )
    folder = write_programme(tmp_path, second + JSON_INCIDENTS, case.files)
    chances = {
        measure.person: (measure.value, measure.missing)
        for measure in measure_workload(build_cohorts(*read_small(folder)))
        if (measure.measure, measure.phase) == ("incident.chances", "month_1")
    }
    assert chances == {"p1": (1.0, 1), "p2": (0.0, 2)}


# --- the closed lists -----------------------------------------------------------------------------------

SET_ASIDE = [
    "duplicate_file",
    "duplicate_row",
    "superseded",
    "conflicting_answer",
    "not_in_roster",
    "outside_window",
    "ambiguous_person",
    "after_as_of",
    "test_answer",
    "bot",
    "other_team",
    "other_project",
    "other_kind",
    "migrated_copy",
]
REFUSED = ["field_count", "bad_encoding", "missing_key", "damaged_id", "conflicting_key"]
FILE = [
    "no_profile",
    "two_profiles",
    "bad_quote",
    "bad_encoding",
    "too_large",
    "not_a_table",
    "empty_file",
    "not_a_file",
]
CELL = [
    "bad_date",
    "ambiguous_date",
    "nonexistent_time",
    "ambiguous_time",
    "missing_date",
    "error_value",
    "bad_number",
    "damaged_id",
    "out_of_scale",
    "unmapped_label",
    "serialised_object",
    "unmapped_question",
]
WARNINGS = [
    "late_answer",
    "renamed_question",
    "header_spelling",
    "encoding_guessed",
    "zone_looks_wrong",
    "end_before_start",
    "possible_truncation",
    "mojibake",
    "shared_account",
    "bot",
    "ambiguous_person",
    "unknown_person",
    "unknown_team",
    "names_in_text",
    "error_cells",
    "formulas_without_value",
    "midpoint_of_range",
    "mixed_offsets",
    "undated_list",
    "end_unknown",
    "unread_sheets",
]


def test_every_reason_of_the_contract_has_a_case() -> None:
    shown = {(told.outcome, told.reason) for case in CASES for told in case.told}
    for outcome, reasons in (("set_aside", SET_ASIDE), ("refused", REFUSED), ("file", FILE), ("cell", CELL)):
        assert {reason for found, reason in shown if found == outcome} == set(reasons), outcome
    assert {code for case in CASES for code in case.warnings} == set(WARNINGS)


def test_every_reason_has_words_of_what_was_expected_and_what_to_do_next() -> None:
    told_by_records = {*SET_ASIDE, *REFUSED} - {
        "field_count",
        "bad_encoding",
    }  # the reader itself tells these
    assert set(ADVICE) == told_by_records
    assert set(EXPECTED) == set(CELL) - {"unmapped_question"}
    assert all(all(words) for words in (*ADVICE.values(), *EXPECTED.values()))
