"""The story from files to publication on a small programme: what is told around the measures, and that
nothing of a person without consent gets out: no answer, no number, no difference in any byte.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from rotation_analysis import study as retrospective
from rotation_analysis.build.planning import Selection
from rotation_analysis.build.report import build_reports
from rotation_analysis.disclosure.publications import Edition, Publication
from rotation_analysis.errors import ProgrammeError, UsageError
from rotation_analysis.programme.file import read_programme
from rotation_analysis.programme.model import Audience
from rotation_analysis.programme.policy import RULES
from rotation_analysis.progress_events import Step
from rotation_analysis.statistics.verdicts import VERDICTS
from rotation_analysis.study import Study, analyse, open_publication
from tests.builds import analyse_once, read_once
from tests.publications import COHORTS, read_sample, sample_publication
from tests.samples import TINY, read_tiny
from tests.small_programme import (
    BACKLOG,
    BACKLOG_HEADER,
    INCIDENTS,
    PAGERDUTY_HEADER,
    STEM,
    SURVEY,
    TOML,
    backlog_row,
    lines,
    replace_once,
    write_programme,
)

AUDIENCES: tuple[Audience, ...] = get_args(Audience)
TEXT = "この期間で一番印象に残った仕事"
THEN = "いまの物差しで、留学を始める前の自分を評価するとどれに近いですか"
HIDDEN, MAIL, EXAMPLE = "試験 二", "p2@invented.example", "夜中のフェイルオーバー"
CONSENTS = """
[[consents]]
person = "p1"
kind = "skills"
audience = "owner"
given = 2024-01-08

[[consents]]
person = "p1"
kind = "incidents"
audience = "owner"
given = 2024-01-08
"""
# both stay in cohort 1 over the same days; only p1 has consented
BOTH = replace_once(
    TOML,
    ('person = "p2"\ncohort = "2"', 'person = "p2"\ncohort = "1"'),
    ("start = 2024-10-01", "start = 2024-01-08"),
    ("planned_end = 2025-03-31", "planned_end = 2024-06-28\nend = 2024-06-28"),
    ('ending = "running"\nnow = "host"', 'ending = "as_planned"\nnow = "home"'),
)
PROGRAMME = BOTH + CONSENTS + SURVEY + BACKLOG + INCIDENTS


def answers(at: str, who: str, *cells: str) -> str:
    return ",".join((f"{at} 10:00:00", who, *cells))


def write_small(
    folder: Path, levels: tuple[str, ...] = ("2", "4", "3"), text: str = EXAMPLE, acting: str = f",{HIDDEN}"
) -> Path:
    """The programme with p2's answers as given: level at the start, at the end, looking back, and a text."""
    start, end, then = levels
    header = f"タイムスタンプ,メールアドレス,{STEM} [OS・プロセス],{THEN} [OS・プロセス],{TEXT}"
    survey = lines(
        header,
        answers("2024/01/09", "p1@invented.example", "1", "", "静かな週"),
        answers("2024/01/09", MAIL, start, "", text),
        answers("2024/06/27", "p1@invented.example", "3", "2", "静かな月"),
        answers("2024/06/27", MAIL, end, then, text),
    )
    incidents = lines(
        PAGERDUTY_HEADER,
        f'1,2024-02-01 10:00:00,2024-02-01 11:00:00,aoi,"試験 一{acting}"',
        "2,2024-03-01 10:00:00,2024-03-01 11:00:00,kaede,試験 一",
    )
    requests = lines(BACKLOG_HEADER, backlog_row(), backlog_row("A-2", who=HIDDEN, team="楓"))
    files: dict[str, str | bytes] = {
        "survey.csv": survey,
        "pagerduty.csv": incidents,
        "backlog.csv": requests,
    }
    return write_programme(folder, PROGRAMME, files)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return analyse_once(read_programme(write_small(tmp_path_factory.mktemp("programme"))))


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, list[Step]]:
    """The same files read another time, and the progress that was reported."""
    steps: list[Step] = []
    folder = write_small(tmp_path_factory.mktemp("again"))
    return analyse(read_programme(folder), progress=steps.append), steps


@pytest.fixture
def small_read_once(small: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook or a build that reads the files of `small` takes over what was made of them."""
    monkeypatch.setattr(retrospective, "analyse", analyse_once)
    read_once(monkeypatch)


def publish(told: Study, audience: Audience = "owner") -> Publication:
    return told.open_edition(Edition(audience=audience, cohort="1"))


def content(publication: Publication) -> dict[str, Any]:
    return dict(json.loads(publication.to_json()))


def rows_of(publication: Publication, person: str) -> list[dict[str, Any]]:
    return [row for row in content(publication)["measures"] if row["person"] == person]


# --- the story --------------------------------------------------------------------------------------------


def test_every_family_is_measured_and_every_claim_judged(small: Study) -> None:
    names = {row.measure.split(".")[0] for row in small.rows}
    assert names == {
        "skill", "exit", "followup", "coverage", "requests", "review", "waiting", "incident", "improvement",
        "monitoring", "time", "strain", "interruption", "one_to_one", "host", "home", "spread", "team",
        "cost", "impact", "programme", "lineage", "organisation",
    }  # fmt: skip
    claims = [row for row in small.rows if row.claims]
    assert claims
    assert {row.verdict for row in claims} <= set(VERDICTS)


def test_progress_is_told_each_file_once(again: tuple[Study, list[Step]]) -> None:
    *files, read, measuring = again[1]
    assert sorted(step.name for step in files) == ["backlog.csv", "pagerduty.csv", "survey.csv"]
    assert [(step.phase, step.done, step.total) for step in files] == [("reading", n, 3) for n in range(3)]
    counts = [step.records for step in (*files, read)]
    assert counts == sorted(counts)
    assert counts[0] == 0 < counts[1]
    assert (read.done, read.total, read.name) == (3, 3, "")
    assert measuring == Step("measuring")


def test_a_programme_is_analysed_by_the_path_of_its_folder_or_file() -> None:
    """As an analyst names it; the samples of other tests are analysed as read programmes."""
    by_path = analyse(str(TINY / "programme.toml"))
    assert by_path.rows == read_tiny().rows
    assert by_path.cohorts.account.sums() == read_tiny().cohorts.account.sums()


def test_one_file_refused_as_a_whole_refuses_the_programme(tmp_path: Path) -> None:
    folder = write_small(tmp_path)
    (folder / "backlog.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ProgrammeError, match=r"backlog\.csv"):
        analyse(read_programme(folder))


def test_the_same_files_give_the_same_bytes(small: Study, again: tuple[Study, list[Step]]) -> None:
    assert publish(again[0]).to_json() == publish(small).to_json()


def test_facts_tell_of_the_editions_cohort_and_of_the_whole_account(tmp_path: Path) -> None:
    toml = TOML + SURVEY + '\n[[skills]]\nid = "own"\nja = "独自"\nen = "Own"\n'
    survey = lines(f"タイムスタンプ,メールアドレス,{STEM} [OS・プロセス]", "2024/01/09 10:00:00,誰か,3")
    told = analyse(read_programme(write_programme(tmp_path, toml, {"survey.csv": survey})))
    facts = told.open_edition(Edition(audience="owner", cohort="2")).facts
    assert [(stay["person"], stay["cohort"], stay["end"], stay["returned"]) for stay in facts["stays"]] == [
        ("p2", "2", None, False)
    ]
    assert {phase["team"] for phase in facts["team_phases"]} == {"kaede"}
    assert [skill["id"] for skill in facts["skills"]] == list(told.programme.skill_ids)
    assert facts["skills"][-1] == {"id": "own", "ja": "独自", "en": "Own"}
    account = facts["account"]
    assert (account["files"], account["read"], account["used"], account["set_aside"]) == (1, 1, 0, 1)
    assert account["reasons"]["set_aside"] == {"not_in_roster": 1}


def test_an_edition_without_a_cohort_is_of_all_stays_and_has_nobodys_own_row(tmp_path: Path) -> None:
    told = analyse(read_programme(write_programme(tmp_path, TOML)))
    whole = told.open_edition(Edition(audience="owner"))
    assert whole.cohort is None
    assert [(stay["person"], stay["cohort"]) for stay in whole.facts["stays"]] == [("p1", "1"), ("p2", "2")]
    assert {phase["team"] for phase in whole.facts["team_phases"]} == {"aoi", "kaede"}
    rows = content(whole)["measures"]
    assert {row["person"] for row in rows} == {None}
    # of single cohorts it holds what each of their owner's reports shows of the others
    assert {row["measure"] for row in rows if row["cohort"]} <= set(RULES["owner"].beside)
    assert content(whole)["voices"] == []
    of_cohort = content(told.open_edition(Edition(audience="owner", cohort="1")))["measures"]
    common = [row for row in rows if row["cohort"] is None]
    assert [row for row in of_cohort if row["cohort"] is None and row["person"] is None] == common


@pytest.mark.usefixtures("small_read_once")
def test_a_notebook_without_a_cohort_opens_the_whole_programme(tmp_path: Path) -> None:
    opened = open_publication(programme=str(write_small(tmp_path)))
    assert (opened.edition, opened.cohort) == ("owner", None)


def test_facts_tell_what_was_changed_in_the_order_of_terms_and_when_a_wording_came(tmp_path: Path) -> None:
    toml = TOML + (
        '\n[[adjustments]]\ncohort = "2"\nja = "面談を隔週に"\nen = "1:1s every two weeks"\n'
        'because_ja = "間が空いた"\nbecause_en = "Gaps were long"\n'
        '\n[[adjustments]]\ncohort = "1"\nja = "初回"\nen = "First term"\n'
        '\n[[wordings]]\nquestion = "incident"\nwording = "障害"\nsame_meaning = false\nsince = 2024-05-01\n'
    )
    told = analyse(read_programme(write_programme(tmp_path, toml)))
    facts = told.open_edition(Edition(audience="owner", cohort="2")).facts
    assert facts["adjustments"] == [
        {"cohort": "1", "ja": "初回", "en": "First term", "because_ja": None, "because_en": None},
        {
            "cohort": "2",
            "ja": "面談を隔週に",
            "en": "1:1s every two weeks",
            "because_ja": "間が空いた",
            "because_en": "Gaps were long",
        },
    ]
    assert facts["question_changes"] == [
        {"question": "incident", "wording": "障害", "same_meaning": False, "since": "2024-05-01"}
    ]


@pytest.mark.parametrize("cohort", COHORTS)
def test_the_samples_account_adds_up_and_its_stays_are_the_cohorts(cohort: str) -> None:
    facts = sample_publication(cohort).facts
    account = facts["account"]
    assert account["read"] == account["used"] + account["set_aside"] + account["refused"]
    for outcome, name in (("set_aside", "set_aside"), ("refused", "refused"), ("cells", "cell")):
        assert account[outcome] == sum(account["reasons"][name].values())
    rotations = [stay for stay in read_sample().programme.rotations if stay.cohort == cohort]
    assert [stay["person"] for stay in facts["stays"]] == [stay.person for stay in rotations]


# --- how a notebook opens it ------------------------------------------------------------------------------


def test_a_cohort_that_does_not_exist_is_refused_before_the_files_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("files were read")

    folder = write_small(tmp_path)
    monkeypatch.setattr(retrospective, "read_exports", never)
    with pytest.raises(UsageError, match="cohort '7' does not exist; this programme has 1"):
        open_publication(programme=str(folder), cohort=7)


@pytest.mark.usefixtures("small_read_once")
def test_an_audience_that_is_asked_for_is_the_edition(tmp_path: Path) -> None:
    folder = write_small(tmp_path)
    opened = open_publication(programme=str(folder), cohort=1, audience="leadership")
    assert opened.edition == "leadership"
    assert len(opened.measures)
    assert rows_of(opened, "p1") == []


# --- a person without consent -----------------------------------------------------------------------------


SHARED = {"skill", "incident", "improvement"}
TOLD: dict[Audience, set[str]] = {
    "owner": SHARED | {"interruption", "one_to_one", "requests", "strain", "time"},
    "home_manager": SHARED,
    "graduate": set(),  # of others there is no row at all
    "leadership": set(),
}


@pytest.mark.parametrize("audience", AUDIENCES)
def test_rows_of_a_hidden_person_say_so_and_nothing_else(small: Study, audience: Audience) -> None:
    rows = rows_of(publish(small, audience), "p2")
    told = [row for row in rows if row["measure"] != "cost.person_weeks_away"]
    assert {row["measure"].split(".")[0] for row in told} == TOLD[audience]
    assert len({row["measure"] for row in told}) == len(told)
    for row in told:
        empty = ("skill", "kind", "label", "phase", "wave", "n", "missing", "value", "low", "high")
        assert [row[name] for name in empty] == [None] * len(empty)
        assert (row["verdict"], row["notes"]) == ("hidden", ["NO_CONSENT"])


@pytest.mark.parametrize("audience", AUDIENCES)
def test_consent_for_one_audience_shows_nothing_to_another(small: Study, audience: Audience) -> None:
    rows = rows_of(publish(small, audience), "p1")
    levels = sorted(row["value"] for row in rows if row["measure"] == "skill.level" and row["value"])
    steps = [row for row in rows if row["measure"] == "incident.participation" and row["value"] is not None]
    assert levels == ([1, 2, 3] if audience == "owner" else [])
    assert bool(steps) is (audience == "owner")


VARIANTS = {
    "other levels": {"levels": ("5", "1", "5")},
    "another text": {"text": "別の話"},
    "no part in incidents": {"acting": ""},
    "no chance at the end": {"levels": ("2", "機会なし", "3")},
    "no chance at all": {"levels": ("機会なし", "機会なし", "機会なし")},
    "nothing but a text": {"levels": ("", "", "")},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_byte_of_any_edition_depends_on_what_a_hidden_person_answered(
    small: Study, variant: str, tmp_path: Path
) -> None:
    other = analyse(read_programme(write_small(tmp_path, **VARIANTS[variant])))  # type: ignore[arg-type]
    for audience in AUDIENCES:
        assert publish(other, audience).to_json() == publish(small, audience).to_json()


def test_what_is_hidden_would_have_been_found(tmp_path: Path) -> None:
    consent = CONSENTS.replace('"p1"', '"p2"')
    published = []
    for name, levels in (("one", ("2", "4", "3")), ("other", ("5", "1", "5"))):
        folder = write_small(tmp_path / name, levels)
        toml = (folder / "programme.toml").read_text(encoding="utf-8")
        (folder / "programme.toml").write_text(toml + consent, encoding="utf-8")
        published.append(publish(analyse(read_programme(folder))))
    assert published[0].to_json() != published[1].to_json()


@pytest.mark.parametrize("audience", AUDIENCES)
def test_name_and_id_of_a_hidden_person_stand_only_where_stays_do(small: Study, audience: Audience) -> None:
    told = content(publish(small, audience))
    text = json.dumps(told, ensure_ascii=False)
    for planted in (MAIL, EXAMPLE, "静かな週", "p1@invented.example"):
        assert planted not in text
    told["facts"]["stays"] = [stay for stay in told["facts"]["stays"] if stay["person"] != "p2"]
    told["measures"] = [row for row in told["measures"] if row["person"] != "p2"]
    rest = json.dumps(told, ensure_ascii=False)
    assert HIDDEN not in rest
    assert '"p2"' not in rest


@pytest.mark.usefixtures("in_process", "small_read_once")
def test_no_output_holds_what_a_hidden_person_wrote_or_did(tmp_path: Path) -> None:
    selection = Selection(languages=("en",))
    built = build_reports(write_small(tmp_path / "programme"), tmp_path / "out", selection=selection)
    texts = {
        path.relative_to(built.folder).as_posix(): path.read_text(encoding="utf-8")
        for path in built.folder.rglob("*")
        if path.is_file()
    }
    assert len(built.reports) == 9
    assert not [name for name, text in texts.items() if MAIL in text]
    assert {
        name.split("/")[:2] == ["graduates", "p2"] for name, text in texts.items() if EXAMPLE in text
    } == {True}
    # who stayed when is no answer: two publications name them, and the operator's own list
    own = ("graduates/p2/", "home-managers/p2/")
    named = {name for name, text in texts.items() if HIDDEN in text and not name.startswith(own)}
    assert named == {"owner/cohort-1/results.json", "owner/results.json", "index.html"}
    assert {name for name, text in texts.items() if "試験 一" in text} > named


@pytest.mark.parametrize("cohort", COHORTS)
def test_in_the_sample_every_row_of_a_person_is_consented_hidden_or_a_stays_length(cohort: str) -> None:
    told = read_sample()
    consented = {(c.person, c.kind) for c in told.programme.consents if c.audience == "owner"}
    kinds = {"skill": "skills", "followup": "skills", "incident": "incidents", "strain": "strain"}
    kinds |= dict.fromkeys(("improvement", "interruption", "one_to_one", "requests", "time"), "time")
    rows = content(sample_publication(cohort))["measures"]
    own = [row for row in rows if row["person"] and row["measure"] != "cost.person_weeks_away"]
    assert own
    for row in own:
        shown = row["n"] is not None or row["value"] is not None
        kind = kinds[row["measure"].split(".")[0]]
        assert not shown or (row["person"], kind) in consented, row
