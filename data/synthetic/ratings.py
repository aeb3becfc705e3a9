"""What people and their mentors answered: planted levels, leaning and noisy, rounded to the scale."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .planted import DAY, NO_CHANCE, SKILLS, Rotation, Scenario, Truth, stream

HARDLY_USED, WEEKLY_OF_USERS = 0.4, 2 / 3  # shares; of those who use it, the others do a few times a month


def list_waves(scenario: Scenario) -> list[tuple[Rotation, str, str]]:
    """Every due wave: rotation, wave, due day (ISO text); who stayed or left has no wave afterwards."""
    due = []
    for stay in scenario.rotations:
        plan = [("start", stay.start), ("middle", add_months(stay.start, 3))]
        if stay.end:
            plan.append(("end", stay.end))
            if stay.now == "home":
                plan.append(("after_6m", add_months(stay.end, 6)))
        due += [(stay, wave, day) for wave, day in plan if day < scenario.as_of]
    return due


def add_months(day: str, months: int) -> str:
    """The same day of a later month, or that month's last."""
    return str((pd.Timestamp(day) + pd.DateOffset(months=months)).date())


def true_level(stay: Rotation, day: np.datetime64, truth: Truth) -> np.ndarray:
    """The ten levels on `day`, without the person's own offset."""
    until = np.datetime64(stay.end) if stay.end else np.datetime64("2099-12-31")
    weeks = float((min(day, until) - np.datetime64(stay.start)).astype(int)) / 7
    share = np.interp(weeks, [0, 4, 13, 26], [0, 0.05, 0.45, 1.0])
    return np.array([base + truth.growth * growth * share for base, growth in SKILLS.values()])


def draw_moment(
    random: np.random.RandomState, due: str, days: tuple[int, int], scenario: Scenario
) -> np.datetime64:
    """An instant `days[0]` to `days[1]` days around `due`, between 9:00 and 22:00, not after `as_of`."""
    day = np.datetime64(due) + int(random.randint(days[0], days[1] + 1)) * DAY
    day = min(day, np.datetime64(scenario.as_of))
    return day + np.timedelta64(int(random.randint(9 * 3600, 22 * 3600)), "s")


def draw_people(seed: int, scenario: Scenario) -> dict[str, tuple[float, str]]:
    """For each person: own offset in levels, and how often they use it once back: weekly, monthly, hardly."""
    random, often = stream(seed, "people"), stream(seed, "use")
    people = {}
    for stay in scenario.rotations:
        offset, hardly = 0.35 * random.standard_normal(), random.random_sample() < HARDLY_USED
        weekly = often.random_sample() < WEEKLY_OF_USERS
        people[stay.person] = (offset, "hardly" if hardly else "weekly" if weekly else "monthly")
    return people


def rate(random: np.random.RandomState, level: np.ndarray, unseen: float) -> np.ndarray:
    """Levels as rated: noise, rounded to 1–5, NaN where there was no chance (`unseen`: the usual share)."""
    noisy = np.clip(np.rint(level + 0.45 * random.standard_normal(len(level))), 1, 5)
    missing = np.array([NO_CHANCE.get(skill, unseen) if unseen else 0.0 for skill in SKILLS])
    return np.where(random.random_sample(len(level)) < missing, np.nan, noisy)


def draw_skills(seed: int, scenario: Scenario, truth: Truth) -> pd.DataFrame:
    """Self-ratings: `person`, `cohort`, `wave`, `answered`, `skill`, `now`, `then`, `scale` (5, or 4: M5)."""
    around = {"start": (-10, 10), "middle": (0, 14), "end": (-7, 10), "after_6m": (0, 20)}
    random, people = stream(seed, "skills"), draw_people(seed, scenario)
    frames = []
    for stay, wave, due in list_waves(scenario):
        offset, use = people[stay.person]
        # a stay that ended a week after its middle wave: the answer must not look like one of the end
        window = (0, 1) if stay.ending == "early" and wave == "middle" else around[wave]
        moment = draw_moment(random, due, window, scenario)
        level = true_level(stay, np.datetime64(due), truth) + offset
        lean = {"start": truth.inflation_at_start, "after_6m": truth.later_use[use]}.get(wave, 0.0)
        four = stay.cohort == "1" and wave == "start"
        # on four points the same range is one step shorter, and nobody could say "no chance"
        now = (
            np.minimum(rate(random, (level + lean) * 0.75 + 0.25, 0.0), 4)
            if four
            else rate(random, level + lean, 0.04)
        )
        before = true_level(stay, np.datetime64(stay.start), truth) + offset + truth.then_bias
        then = rate(random, before, 0.02)
        asked = wave == "end" and stay.cohort not in ("1", "2")
        rows = {
            "person": stay.person,
            "cohort": stay.cohort,
            "wave": wave,
            "answered": moment,
            "skill": list(SKILLS),
        }
        rows |= {"now": now, "then": then if asked else np.nan}
        if (stay.person, wave) not in scenario.silent:
            frames.append(pd.DataFrame(rows | {"scale": 4 if four else 5}))
    return pd.concat(frames, ignore_index=True)


def draw_mentors(seed: int, scenario: Scenario, truth: Truth) -> pd.DataFrame:
    """Mentors' ratings (start = week 4): `person`, `mentor`, `wave`, `answered`, `skill`, `level`."""
    random, people = stream(seed, "mentors"), draw_people(seed, scenario)
    frames = []
    for stay, wave, due in list_waves(scenario):
        if wave == "after_6m":
            continue
        seen = str(np.datetime64(due) + 27 * DAY) if wave == "start" else due
        window = {"start": (-2, 3), "middle": (0, 12), "end": (-7, 8)}[wave]
        moment = draw_moment(random, seen, window, scenario)
        level = true_level(stay, np.datetime64(seen), truth) + people[stay.person][0] + truth.mentor_bias
        rows = {"person": stay.person, "mentor": stay.mentor, "wave": wave, "answered": moment}
        if (stay.person, wave) not in scenario.unseen:
            frames.append(pd.DataFrame(rows | {"skill": list(SKILLS), "level": rate(random, level, 0.05)}))
    return pd.concat(frames, ignore_index=True)
