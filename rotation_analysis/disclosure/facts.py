"""What stands around the measures of an edition: names, stays, events, the account's sums, plan and policy.

Nothing of it is an answer of anybody.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from importlib.metadata import version
from typing import Any

from ..cohorts.cohort import Cohorts
from ..cohorts.phases import (
    MIN_AFTER_WEEKS,
    MIN_BASELINE_WEEKS,
    explain_missing_after,
    list_cohort_phases,
    list_person_phases,
    list_team_phases,
)
from ..measure_row import CLAIMED
from ..programme.model import Audience, Programme, Rotation, Team
from ..programme.plan import DEFAULT_SMALLEST_CHANGE, Triggers
from ..programme.questionnaires import read_skill_grid
from ..reading.profiles import read_profiles
from .releases import hash_content


def build_facts(
    cohorts: Cohorts, *, audience: Audience = "owner", cohort: str | None = None, person: str | None = None
) -> dict[str, Any]:
    """What is no answer of anybody: names, stays, events, the account's sums, plan and policy.

    Of the stays those that the edition is about: a cohort's, a person's, all; leaders are told of none.
    """
    facts = _gather_all(cohorts, cohort, person)
    if audience == "owner":
        return facts
    facts["account"] = {**facts["account"], "corrections": []}  # they name files and people
    if audience == "graduate":
        facts["anchors"] = {
            skill.id: [
                {"ja": ja, "en": en} for ja, en in zip(skill.anchors_ja, skill.anchors_en, strict=True)
            ]
            for skill in read_skill_grid().core
        }
        facts["consents"] = [
            consent.model_dump(mode="json", include={"kind", "audience", "given", "withdrawn"})
            for consent in cohorts.programme.consents
            if consent.person == person
        ]
    if audience == "leadership":
        facts |= {"stays": [], "why_nothing_after": {}, "team_phases": [], "account": {}}
        if cohorts.programme.disclosure.teams_to_leadership == "together":
            facts["teams"] = {}
        facts["programme_sha256"] = ""  # the file holds more than is released; what is released is hashed
        facts["programme_sha256"] = hash_content(facts)
    return facts


def _gather_all(cohorts: Cohorts, cohort: str | None, person: str | None) -> dict[str, Any]:
    programme, phases = cohorts.programme, cohorts.team_phases
    stays = [
        stay
        for stay in programme.rotations
        if cohort in (None, stay.cohort) and person in (None, stay.person)
    ]
    names = {each.id: each.name for each in programme.people}
    teams = {team.id: {"ja": team.ja, "en": team.en} for team in programme.teams}
    return {
        "programme_sha256": programme.read_from[0].sha256,
        "version": version("rotation-analysis"),
        "as_of": programme.as_of.isoformat(),
        "name": programme.programme.name.model_dump(),
        "company": programme.programme.company.model_dump(),
        "synthetic": programme.programme.synthetic,
        "k": programme.disclosure.k,
        "plan": describe_plan(programme),
        "triggers": programme.triggers.model_dump(mode="json"),
        "default_triggers": sorted(set(Triggers.model_fields) - programme.triggers.model_fields_set),
        "smallest_change": {**DEFAULT_SMALLEST_CHANGE, **programme.plan.smallest_change},
        "teams": teams,
        "skills": [{"id": skill.id, "ja": skill.ja, "en": skill.en} for skill in programme.all_skills],
        "stays": [
            {
                "person": stay.person,
                "name": names[stay.person],
                "cohort": stay.cohort,
                "team": stay.home_team,
                "team_name": teams[stay.home_team],
                **stay.model_dump(mode="json", include={"start", "planned_end", "end", "ending", "now"}),
                "returned": stay.has_returned,
            }
            for stay in stays
        ],
        "why_nothing_after": {
            team: explain_missing_after(stay for stay in stays if stay.home_team == team)
            for team in dict.fromkeys(stay.home_team for stay in stays)
        },
        "events": [event.model_dump(mode="json", include={"date", "ja", "en"}) for event in programme.events],
        "question_changes": [
            each.model_dump(mode="json", include={"question", "wording", "same_meaning", "since"})
            for each in programme.wordings
        ],
        "adjustments": [
            each.model_dump(include={"cohort", "ja", "en", "because_ja", "because_en"})
            for each in sorted(programme.adjustments, key=lambda each: programme.cohorts.index(each.cohort))
        ],
        "team_phases": [
            {
                "team": row.team,
                "phase": row.phase,
                "first": row.first.date().isoformat(),
                "last": row.last.date().isoformat(),
            }
            for row in (phases if cohort is None else list_cohort_phases(phases, cohort)).itertuples()
            if row.team in {stay.home_team for stay in stays}
        ],
        "account": summarise_account(cohorts),
        "sources": describe_sources(cohorts),
    }


def describe_sources(cohorts: Cohorts) -> dict[str, str]:
    """What became of each table and questionnaire: why a measure has no row at all.

    `read`: records are in use; `empty`: a file of that kind was read and holds none; `not_yet_due`: of a
    questionnaire no round is due; `absent`: no such file was read.
    """
    profiles = read_profiles(cohorts.programme.folder / "profiles")
    given = [profiles[file.profile] for file in cohorts.account.files if file.profile in profiles]
    tables = {table for p in given for table in (p.table, *(column.table for column in p.columns)) if table}
    states = {
        name: "read" if len(table) else "empty" if name in tables else "absent"
        for name, table in cohorts.tables.items()
    }
    answered = set(cohorts.tables["responses"]["instrument"])
    due = set(cohorts.coverage.loc[cohorts.coverage["status"].ne("not_yet_due"), "instrument"])
    planned = set(cohorts.coverage["instrument"]) - due
    for name in cohorts.programme.all_instruments:
        states[name] = "read" if name in answered else "not_yet_due" if name in planned else "absent"
    return states


def summarise_account(cohorts: Cohorts) -> dict[str, Any]:
    """The account's sums over all files, and per outcome the reasons with their counts."""
    sums = cohorts.account.sums()
    reasons = {name: Counter[str]() for name in ("set_aside", "refused", "cell", "warning")}
    for file in sums:
        for outcome, name in (("set_aside", "set_aside"), ("refused", "refused"), ("cell", "cells")):
            reasons[outcome].update(file[name])
        reasons["warning"].update({warning["code"]: warning["n"] for warning in file["warnings"]})
    made = cohorts.account.corrected.to_dict("records")  # place, why, who and when, without the values
    told = ("file", "row", "column", "why", "who", "when")
    return {
        "files": len(sums),
        "read": sum(file["read"] for file in sums),
        "used": sum(file["used"] for file in sums),
        "set_aside": sum(reasons["set_aside"].values()),
        "refused": sum(reasons["refused"].values()),
        "cells": sum(reasons["cell"].values()),
        "reasons": {outcome: dict(sorted(counts.items())) for outcome, counts in reasons.items()},
        "corrections": [
            {name: int(row[name]) if name == "row" else str(row[name]) for name in told} for row in made
        ],
    }


# --- the evaluation plan ----------------------------------------------------------------------------------


def describe_plan(programme: Programme) -> dict[str, Any]:
    """The plan as a report tells it: when it was declared, what is judged together, errors, windows, hash.

    `when`: `before_stays`, `during` (data were arriving) or `after_data` (then nothing counts as declared).
    """
    plan = programme.plan
    first = min((stay.start for stay in programme.rotations), default=None)
    in_time = first is None or plan.declared < first
    when = "before_stays" if in_time else "during"
    return {
        "declared": plan.declared.isoformat(),
        "when": "after_data" if plan.declared >= programme.as_of else when,
        "first_stay": first.isoformat() if first else None,
        "sha256": hash_plan(programme),
        "waves": len(programme.waves),
        "primary": [primary.measure for primary in plan.primary],
        "families": [
            {
                "name": family.name,
                "skills": family.skills,
                "measures": [
                    {"measure": name, "unit": CLAIMED[name], "s": plan.smallest(CLAIMED[name])}
                    for name in family.measures
                ],
            }
            for family in plan.all_families
        ],
        "measurement_error": {error.of: error.model_dump() for error in plan.measurement_error},
    }


def hash_plan(programme: Programme) -> str:
    """SHA-256 of everything a verdict was declared to rest on, in canonical JSON.

    The plan with the smallest changes in force, the waves with their windows, and the phases as this version
    bounds them.  A key left out is the same as its default said; comments and the order of keys do not count.
    """
    plan = programme.plan.model_dump(mode="json", exclude={"smallest_change"}, exclude_defaults=True)
    content = {
        "plan": plan,
        "smallest_change": {**DEFAULT_SMALLEST_CHANGE, **programme.plan.smallest_change},
        "waves": [wave.model_dump(mode="json", exclude_defaults=True) for wave in programme.waves],
        "phases": _lay_out_phases(programme),
    }
    return hash_content(content)


def _lay_out_phases(programme: Programme) -> dict[str, Any]:
    """The bounds of the phases, shown by two made-up stays: other bounds in `phases` give other days."""
    header = {"as_of": date(2010, 12, 31), "host_team": "host", "data_start": None}
    home = {"home_team": "home", "host_team": "host", "ending": "as_planned", "now": "home"}
    days = (("a", date(2001, 1, 1), date(2001, 12, 31)), ("b", date(2003, 1, 6), date(2003, 12, 31)))
    stays = tuple(
        Rotation(person=person, cohort=person, start=first, planned_end=last, end=last, **home)  # type: ignore[arg-type]
        for person, first, last in days
    )
    example = programme.model_copy(
        update={
            "programme": programme.programme.model_copy(update=header),
            "teams": (Team(id="home", ja="-", en="-"),),
            "rotations": stays,
        }
    )
    laid_out = {"person": list_person_phases(example), "team": list_team_phases(example)}
    return {
        "least_weeks": {"baseline": MIN_BASELINE_WEEKS, "after": MIN_AFTER_WEEKS},
        **{
            of: [
                [row.person, row.phase, row.first.date().isoformat(), row.last.date().isoformat()]
                for row in phases.itertuples()
            ]
            for of, phases in laid_out.items()
        },
    }
