"""Incidents, and who took which step in them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .planted import (
    DAY,
    SEVERITIES,
    SHARED_SERVICES,
    STAY_PHASES,
    STEPS,
    Scenario,
    Truth,
    list_present,
    phase_of,
)


def draw_incidents(random: np.random.RandomState, scenario: Scenario, truth: Truth) -> pd.DataFrame:
    """A row an incident: `incident`, `created`, `resolved`, `service`, `team`, `severity`, `alone`.

    `team` is "" for shared services; `alone`: restored without SRE.
    """
    first, last = np.datetime64(scenario.start, "s"), np.datetime64(scenario.as_of, "s") + DAY
    length = (last - first) / np.timedelta64(1, "s")
    count = random.poisson(4.5 * length / (365.25 / 12 * 86400))
    created = first + np.sort(random.random_sample(count) * length).astype("timedelta64[s]")
    shared = random.random_sample(count) < 0.22
    owner = np.array([team.id for team in scenario.teams])[random.randint(0, len(scenario.teams), count)]
    where = np.array(SHARED_SERVICES)[random.randint(0, 3, count)]
    minutes = 55 * np.exp(0.9 * random.standard_normal(count))
    rows = pd.DataFrame(
        {
            "incident": np.arange(1, count + 1),
            "created": created,
            "resolved": created + (minutes * 60).astype("timedelta64[s]"),
            "service": np.where(shared, where, np.char.add(owner, "-api")),
            "team": np.where(shared, "", owner),
            "severity": random.choice(list(SEVERITIES), count, p=list(SEVERITIES.values())),
        }
    )
    chance = [
        alone_share(team, day, scenario, truth) for team, day in zip(rows["team"], created, strict=True)
    ]
    return rows.assign(alone=random.random_sample(count) < np.array(chance, dtype=float))


def alone_share(team: str, day: np.datetime64, scenario: Scenario, truth: Truth) -> float:
    """How likely a team restores its own service without SRE."""
    if not team:
        return 0.0
    stays = [stay for stay in scenario.rotations if stay.team == team]
    if stays:
        back = any(stay.now in ("home", "left") and day > np.datetime64(stay.end) for stay in stays)
        return truth.alone_sender[int(back)]
    first, last = np.datetime64(scenario.start, "s"), np.datetime64(scenario.as_of, "s")
    return truth.alone_never[int(day > first + (last - first) // 2)]


def draw_participation(
    random: np.random.RandomState, incidents: pd.DataFrame, scenario: Scenario, truth: Truth
) -> pd.DataFrame:
    """A row a participation: `incident`, `person`, `phase` ("sre" for members), `step`."""
    rows: list[tuple[int, str, str, str]] = []
    for incident in incidents.itertuples():
        day = str(incident.created)[:10]
        if not incident.alone:
            hosted = list_present(day, scenario)
            members = [person for person in hosted if phase_of(person, day, scenario) in ("sre", "stayed")]
            members = [members[place] for place in random.permutation(len(members))]
            there = [person for person in members if random.random_sample() < 0.64] or members[:1]
            for place, person in enumerate(there):
                later = STEPS[int(random.choice(3, p=[0.1, 0.4, 0.5]))]
                rows.append(
                    (incident.incident, person, "sre", "lead" if place == 0 and len(there) > 1 else later)
                )
        for stay in scenario.rotations:
            phase = phase_of(stay.person, day, scenario)
            hosted_now = phase in STAY_PHASES and not incident.alone and random.random_sample() < 0.92
            own_service = phase == "after" and incident.team == stay.team and random.random_sample() < 0.85
            if hosted_now or own_service:
                step = STEPS[int(random.choice(4, p=truth.steps[phase]))]
                capped = stay.person in truth.capped_at_helper and step in ("responder", "lead")
                rows.append((incident.incident, stay.person, phase, "helper" if capped else step))
    return pd.DataFrame(rows, columns=["incident", "person", "phase", "step"])
