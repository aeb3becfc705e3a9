"""The letter to a graduate's manager, one page: what the graduate can do, what it takes, what cover cost.

As far as the graduate shares it, from the edition for home managers alone.  What only a person can say
comes from `words/home-manager-….toml`, or is a prompt to write it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import narrative
from .host_cells import find_whole, has_value, say_range, say_value
from .parts import Foot, Head, Part, Report, count_text, escape, plain_table
from .prompts import ask, cell_text, render, written, written_list
from .replies import carry_replies

CSS = "part letter"
ADDRESS = ("day", "to", "sender")
ALONE = 3
"""The level from which routine work is done alone."""
SELF_WAVES = ("after_12m", "after_6m", "after_3m", "end")  # the latest answer counts
MENTOR_WAVES = ("end",)
IN_STAY = ("month_1", "months_2_3", "months_4_end")
STEPS = ("observer", "helper", "responder", "lead", "lone_commander", "step_unknown")
SHARED_KINDS: Mapping[str, str] = {
    "skills": "skill.level",
    "incidents": "incident.participation",
    "time": "improvement.in_use",
}
"""What a graduate consents to share, with a measure by which it shows whether they did."""
OWN_TEAM = "impact.self_resolution"
TEAM_PHASES = ("baseline", "away", "after_first", "after_second")
QUESTIONS = ("alone", "did", "next")


@dataclass(frozen=True, kw_only=True)
class LetterHead(Head):
    """The head with the lines of address."""

    def html_before(self) -> str:
        banners = "".join(f'<p class="banner">{escape(text)}</p>' for text in self.notices)
        note = f'<p class="note">{escape(self.note)}</p>'
        title = f"<h1>{escape(self.question)}</h1>"
        return f'<header class="report letter">{banners}{title}{note}{self.table}</header>'


def head(report: Report) -> Part:
    """Title, day, to whom, from whom; what the letter must not be used for."""
    facts, texts = report.publication.facts, report.texts
    stay = _find_stay(report)
    note = (
        texts.label(facts["company"]),
        texts.label(facts["name"]),
        report.say("report.data_until", day=texts.day(report.publication.as_of)),
    )
    return LetterHead(
        question=report.say("letter.title", person=stay["name"], cohort=stay["cohort"]),
        note=" · ".join(note),
        table=_address(report),
        notices=(
            *((report.say("report.synthetic"),) if facts["synthetic"] else ()),
            report.say("report.notice"),
        ),
    )


def _address(report: Report) -> str:
    found = {field: written(report, field) for field in ADDRESS}
    asked = [field for field in ADDRESS if found[field].asked]
    cells = [cell_text(report, "" if found[field].asked else found[field].text) for field in ADDRESS]
    table = plain_table([report.say(f"letter.{field}") for field in ADDRESS], [cells], css="address")
    return table + (render(ask(report, *asked)) if asked else "")


def _find_stay(report: Report) -> Mapping[str, Any]:
    """The stay that the letter is about: the last one that ended with a return, else the last."""
    stays = sorted(
        report.publication.facts["stays"], key=lambda stay: (bool(stay["returned"]), stay["start"])
    )
    return dict(stays[-1])


# --- what the graduate can do -----------------------------------------------------------------------------


@carry_replies(*SHARED_KINDS.values())
def can_do(report: Report) -> Part:
    """Skills on which views agree, incidents, improvements in use, as far as shared; else what to ask."""
    stay = _find_stay(report)
    told = [*_say_skills(report, stay), *_say_incidents(report, stay), *_say_improvements(report, stay)]
    kept = [kind for kind, measure in SHARED_KINDS.items() if _is_hidden(report, measure, stay)]
    lines = []
    if kept:
        listed = report.say("list.separator").join(report.say(f"letter.kind.{kind}") for kind in kept)
        lines.append(report.say("letter.not_shared" if told else "letter.nothing_shared", list=listed))
    if not told and not kept:
        lines.append(report.say("letter.no_records"))
    questions = [] if told else [report.say(f"letter.ask.{name}") for name in QUESTIONS]
    lead = [report.say("letter.ask_lead")] if questions else []
    return Part(
        question=report.say("letter.can_do"),
        table=_paragraphs([*told, *lines, *lead]) + _list(questions),
        css=CSS,
    )


def _is_hidden(report: Report, measure: str, stay: Mapping[str, Any]) -> bool:
    rows = report.publication.rows(measure, person=stay["person"], cohort=stay["cohort"])
    return bool(len(rows)) and bool(rows["verdict"].eq("hidden").all())


def _say_skills(report: Report, stay: Mapping[str, Any]) -> Iterator[str]:
    """Skills done alone by both views, and by one of them only; without a mentor's view by the own one."""
    own, own_wave = _latest_levels(report, stay, "self", SELF_WAVES)
    mentor, mentor_wave = _latest_levels(report, stay, "mentor", MENTOR_WAVES)
    both = [skill for skill in own if skill in mentor]
    if not both:
        for views, wave, key in ((own, own_wave, "self"), (mentor, mentor_wave, "mentor")):
            if views:
                alone = [skill for skill, level in views.items() if level >= ALONE]
                told = {"n": len(views), "k": len(alone), "list": _name_skills(report, alone)}
                yield report.say(f"letter.skills_{key}", wave=report.say(f"wave.{wave}"), **told)
        return
    agreed = [skill for skill in both if min(own[skill], mentor[skill]) >= ALONE]
    one = [skill for skill in both if max(own[skill], mentor[skill]) >= ALONE and skill not in agreed]
    waves = {"own": report.say(f"wave.{own_wave}"), "mentor": report.say(f"wave.{mentor_wave}")}
    yield report.say("letter.skills", n=len(both), k=len(agreed), list=_name_skills(report, agreed), **waves)
    if one:
        yield report.say("letter.skills_one", list=_name_skills(report, one))


def _latest_levels(
    report: Report, stay: Mapping[str, Any], view: str, waves: Sequence[str]
) -> tuple[dict[str, float], str]:
    """Level by skill in the order of the grid, in the latest of the rounds that has any; and that round."""
    rows = report.publication.rows("skill.level", person=stay["person"], cohort=stay["cohort"], kind=view)
    for wave in waves:
        here = rows[rows["wave"].eq(wave) & rows["value"].notna()]
        if len(here):
            levels = dict(zip(here["skill"], here["value"], strict=True))
            order = [skill["id"] for skill in report.publication.facts["skills"]]
            return {skill: levels[skill] for skill in order if skill in levels}, wave
    return {}, ""


def _name_skills(report: Report, skills: Iterable[str]) -> str:
    names = {skill["id"]: report.texts.label(skill) for skill in report.publication.facts["skills"]}
    listed = report.say("list.separator").join(names[skill] for skill in skills)
    return listed or report.say("letter.none")


def _say_incidents(report: Report, stay: Mapping[str, Any]) -> Iterator[str]:
    """The incidents of the stay by the graduate's step in them."""
    rows = report.publication.rows("incident.participation", person=stay["person"], cohort=stay["cohort"])
    here = rows[rows["phase"].isin(IN_STAY) & rows["value"].notna()]
    if here.empty:
        return
    counts = {step: int(here.loc[here["kind"].eq(step), "value"].sum()) for step in STEPS}
    listed = report.say("list.separator").join(
        report.say("letter.step", step=report.say(f"step.{step}"), n=n) for step, n in counts.items() if n
    )
    once = here.drop_duplicates("phase")
    yield report.say(
        "letter.incidents",
        list=listed or report.say("letter.none"),
        n=int(once["n"].sum()),
        missing=int(once["missing"].sum()),
    )


def _say_improvements(report: Report, stay: Mapping[str, Any]) -> Iterator[str]:
    rows = report.publication.rows(
        "improvement.in_use", person=stay["person"], cohort=stay["cohort"], kind="all"
    )
    row = narrative.first_row(rows)
    if has_value(row):
        yield report.say("letter.improvements", k=int(row.value), n=row.n, missing=row.missing)


# --- what it takes, what it cost, what comes next ---------------------------------------------------------


def needs(report: Report) -> Part:
    """What the graduate needs, in a person's words; beside it what got in the way of earlier graduates."""
    texts = [entry["text"] for entry in written_list(report, "needs")]
    rows = report.publication.rows("followup.barrier")
    named = rows[rows["value"].gt(0) & rows["kind"].ne("none")]
    said = []
    if len(named):
        most = named[named["value"].eq(named["value"].max())]
        first: Any = narrative.first_row(most)
        listed = " / ".join(_name_option(report, kind) for kind in most["kind"])
        told = {"list": listed, "value": int(first.value), "n": first.n, "missing": first.missing}
        said.append(report.say("letter.barriers", **told))
    words = _list(texts) if texts else render(ask(report, "needs"))
    return Part(question=report.say("letter.needs"), table=words + _paragraphs(said), css=CSS)


def _name_option(report: Report, option: str) -> str:
    """The words of an option; of an own one of the programme its id."""
    return report.say(f"kind.{option}") if report.texts.has(f"kind.{option}") else option


@carry_replies("cost.person_weeks_away")
def cover(report: Report) -> Part:
    """How long the graduate was away, how teams coped as far as k answered, and the own team's records."""
    stay = _find_stay(report)
    lines = [_say_away(report, stay)]
    away = narrative.first_row(
        report.publication.rows("cost.person_weeks_away", person=stay["person"], cohort=stay["cohort"])
    )
    if has_value(away):
        lines.append(report.say("letter.weeks_away", value=say_value(report, away)))
    for name in ("home.cover", "home.delay_within_plan"):
        row = find_whole(report, name)
        if has_value(row):
            told = {"value": say_value(report, row), "range": say_range(report, row)}
            counts = {"n": count_text(row.n), "missing": count_text(row.missing)}
            lines.append(report.say(f"letter.{name}", **told, **counts))
    return Part(
        question=report.say("letter.cover"),
        table=_paragraphs(lines) + _own_team(report, stay),
        css=CSS,
    )


def _say_away(report: Report, stay: Mapping[str, Any]) -> str:
    start = report.texts.day(stay["start"])
    if stay["end"] is None:
        return report.say("letter.away_running", start=start)
    return report.say("letter.away", start=start, end=report.texts.day(stay["end"]))


def _own_team(report: Report, stay: Mapping[str, Any]) -> str:
    """The own team's self-resolution rate by phase, beside teams that sent nobody over the same days."""
    rows = report.publication.rows(OWN_TEAM, team=stay["team"], cohort=stay["cohort"])
    phases = [phase for phase in TEAM_PHASES if rows["phase"].eq(phase).any()]
    if not phases:
        return ""
    columns = [report.say("letter.own_records"), *(report.say(f"phase.{phase}") for phase in phases)]
    labels = {
        OWN_TEAM: report.texts.label(stay["team_name"]),
        f"{OWN_TEAM}.never_senders": report.say("letter.never"),
    }
    body = []
    for measure, label in labels.items():
        found = report.publication.rows(measure, team=stay["team"], cohort=stay["cohort"])
        cells = (narrative.first_row(found[found["phase"].eq(phase)]) for phase in phases)
        body.append([label, *(_say_share(report, row) for row in cells)])
    return plain_table(columns, body, css="lookup shares") + _paragraphs([report.say("letter.one_team")])


def _say_share(report: Report, row: Any | None) -> str:
    """A share with its n, or why there is none."""
    if row is None:
        return "–"
    if not has_value(row):
        return narrative.reason_text(report.texts, row.notes[0]) if row.notes else "–"
    return report.say("letter.share", value=say_value(report, row), n=count_text(row.n))


def next_steps(report: Report) -> Part:
    """What comes next, by whom, until when, and a message from the graduate."""
    entries = written_list(report, "next_steps")
    message = written(report, "message")
    columns = [report.say(f"letter.column_{name}") for name in ("what", "who", "by")]
    body = [[cell_text(report, entry[name]) for name in ("what", "who", "by")] for entry in entries]
    asked = [*([] if entries else ["next_steps"]), *(["message"] if message.asked else [])]
    table = plain_table(columns, body, css="lookup") if entries else ""
    said = "" if message.asked else _paragraphs([report.say("letter.message")]) + render(message)
    prompt = render(ask(report, *asked)) if asked else ""
    return Part(question=report.say("letter.next"), table=table + said + prompt, css=CSS)


def foot(report: Report) -> Part:
    """Version, the rule of showing, what the letter must not be used for."""
    facts = report.publication.facts
    return Foot(
        question="",
        sentences=(
            report.say("letter.rule", k=facts["k"]),
            *filter(None, (narrative.carried_sentence(report.publication, report.texts),)),
            report.say("report.version", version=facts["version"]),
        ),
    )


def _paragraphs(texts: Iterable[str]) -> str:
    return "".join(f'<p class="said">{escape(text)}</p>' for text in texts)


def _list(texts: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<ul>{items}</ul>" if items else ""
