"""What happened in the invented company: the planted truth drawn as DataFrames.

No tool, language or file format occurs here; `make_sample.py` writes the frames in the dialects of tools.
Times are naive `datetime64[s]` in Asia/Tokyo.  Every topic draws from its own `numpy.random.RandomState`
(a stream that NumPy has frozen), so that a new topic never moves an old one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .incidents import draw_incidents, draw_participation
from .planted import (
    CLOSES,
    DAY,
    FULL,
    HOURS_A_DAY,
    OPENS,
    OUTSIDE,
    TINY,
    TRACKER_MOVES,
    Scenario,
    Team,
    Truth,
    list_present,
    stream,
)
from .pulse import draw_pulse
from .ratings import draw_mentors, draw_skills
from .surveys import draw_exits, draw_follow_ups
from .working_days import WorkingDays


@dataclass(frozen=True)
class World:
    """One history.

    `team_weeks`: a row a team and week, expected shares beside the drawn counts.
    `tickets`: a home team's own problems; `requests`: what reached SRE, numbered by `created`.
    `incidents`, `participation`: every incident, and who of rotators, graduates and SRE took which step.
    `skills`, `mentors`: ratings of 1–5 (NaN = no chance, not seen), a row a person, wave and skill.
    `pulse`: how every fortnight of a stay was, answered or not.
    `exits`, `follow_ups`: what was answered in the last week, and three and six months after it.
    """

    seed: int
    scenario: Scenario
    truth: Truth
    team_weeks: pd.DataFrame
    tickets: pd.DataFrame
    requests: pd.DataFrame
    incidents: pd.DataFrame
    participation: pd.DataFrame
    skills: pd.DataFrame
    mentors: pd.DataFrame
    pulse: pd.DataFrame
    exits: pd.DataFrame
    follow_ups: pd.DataFrame


def simulate(seed: int, *, null: bool = False, tiny: bool = False) -> World:
    """The same `seed` gives the same world; `null` plants no effect, `tiny` is a company of three teams."""
    scenario = TINY if tiny else FULL
    truth = Truth().without_effects() if null else Truth()
    calendar = WorkingDays(scenario)
    team_weeks = draw_team_weeks(stream(seed, "problems"), scenario, truth, calendar)
    incidents = draw_incidents(stream(seed, "incidents"), scenario, truth)
    problems = draw_problems(stream(seed, "days"), team_weeks, scenario, calendar)
    requests = draw_requests(stream(seed, "requests"), problems, incidents, scenario, calendar)
    requests = draw_waiting(stream(seed, "waiting"), requests, scenario, truth, calendar)
    requests = draw_assignees(stream(seed, "assignees"), requests, scenario)
    return World(
        seed=seed,
        scenario=scenario,
        truth=truth,
        team_weeks=team_weeks,
        tickets=draw_tickets(stream(seed, "tickets"), problems, requests, scenario, calendar),
        requests=requests,
        incidents=incidents,
        participation=draw_participation(stream(seed, "participation"), incidents, scenario, truth),
        skills=draw_skills(seed, scenario, truth),
        mentors=draw_mentors(seed, scenario, truth),
        pulse=draw_pulse(seed, scenario, truth),
        exits=draw_exits(seed, scenario),
        follow_ups=draw_follow_ups(seed, scenario),
    )


def self_resolution(
    team: Team, days: np.ndarray, scenario: Scenario, truth: Truth
) -> tuple[np.ndarray, np.ndarray]:
    """For each of `days`: the share solved without SRE, and how far (0–1) the way of asking has changed."""
    share = np.full(len(days), team.base) + truth.portal * (days >= TRACKER_MOVES)
    changed = np.zeros(len(days))
    graduates = 0
    stays = [rotation for rotation in scenario.rotations if rotation.team == team.id]
    for number, stay in enumerate(stays):
        start, end = np.datetime64(stay.start), np.datetime64(stay.end or "2099-12-31")
        share += truth.away * ((days >= start) & (days <= end))
        if number == 0:
            share += truth.dip * ((days >= start - truth.dip_days * DAY) & (days < start))
        if stay.now not in ("home", "left"):
            continue
        until = np.datetime64(stay.now_since) if stay.now == "left" else np.datetime64("2099-12-31")
        weight = truth.early_weight if stay.ending == "early" else 1.0
        ramp = weight * np.clip((days - end) / (truth.ramp_days * DAY), 0, 1) * (days <= until)
        share += ramp * (truth.further_graduate if graduates else truth.first_graduate)
        changed = np.maximum(changed, ramp)
        graduates += 1
    return share, changed


def draw_team_weeks(
    random: np.random.RandomState, scenario: Scenario, truth: Truth, calendar: WorkingDays
) -> pd.DataFrame:
    """A row a team and week: working days, expectations (`expected`, `share`, `changed`), drawn counts."""
    last = np.datetime64(scenario.as_of)
    mondays = np.arange(np.datetime64(scenario.start), last + DAY, 7 * DAY)
    until = np.minimum(mondays + 7 * DAY, last + DAY)
    working = np.busday_count(mondays, until, busdaycal=calendar.calendar)
    season = np.array([season_factor(int(str(day)[5:7])) for day in mondays])
    frames = []
    for team in scenario.teams:
        days = mondays[:, None] + np.arange(5) * DAY
        share, changed = self_resolution(team, days.ravel(), scenario, truth)
        frames.append(
            pd.DataFrame(
                {
                    "team": team.id,
                    "week": mondays.astype("datetime64[s]"),
                    "working_days": working,
                    "expected": team.problems * scenario.volume * season * working / 5,
                    "share": share.reshape(days.shape).mean(axis=1),
                    "changed": changed.reshape(days.shape).mean(axis=1),
                }
            )
        )
    return draw_counts(random, pd.concat(frames, ignore_index=True), truth)


def season_factor(month: int) -> float:
    """Problems by month, as a multiple of the year's mean."""
    factors = {4: 1.35, 5: 1.35, 1: 1.15, 2: 1.15, 8: 0.85}
    return factors.get(month, 1.0) / ((sum(factors.values()) + 7) / 12)


def draw_counts(random: np.random.RandomState, weeks: pd.DataFrame, truth: Truth) -> pd.DataFrame:
    """`weeks` with the drawn counts: problems by outcome, permission-bound, requests without ticket."""
    share, changed = weeks["share"].to_numpy(), weeks["changed"].to_numpy()
    load = weeks["working_days"].to_numpy() / 5
    problems = random.poisson(weeks["expected"].to_numpy())
    own = random.beta(share * truth.overdispersion, (1 - share) * truth.overdispersion)
    solved = random.binomial(problems, own)
    review = random.binomial(solved, np.interp(changed, [0, 1], truth.review_share))
    ruled = weeks["week"].to_numpy() >= np.datetime64("2022-07-01")
    forced = random.poisson(truth.compulsory_reviews * load * ruled)
    forced = np.minimum(forced, solved - review)
    consult_share = np.interp(changed, [0, 1], truth.consult_share)
    consult = random.binomial(problems - solved, consult_share)
    asked = weeks["expected"].to_numpy() * (1 - share) * (1 - consult_share)
    return weeks.assign(
        problems=problems,
        alone=solved - review - forced,
        review=review + forced,
        consult=consult,
        sre=problems - solved - consult,
        bound=random.poisson(truth.permission_bound * load),
        no_ticket=random.poisson(asked * truth.no_ticket),
    )


def draw_problems(
    random: np.random.RandomState, weeks: pd.DataFrame, scenario: Scenario, calendar: WorkingDays
) -> pd.DataFrame:
    """A row a problem: `team`, `created`, `how`, `bound`, `ticketed`; ordered by time."""
    outcomes = (("alone", "alone"), ("review", "review"), ("consult", "consult"), ("sre", "sre"),
                ("bound", "sre"), ("no_ticket", "sre"))  # fmt: skip
    days = working_days_of_weeks(weeks["week"].to_numpy(), scenario, calendar)
    frames = []
    for column, how in outcomes:
        rows = np.repeat(np.arange(len(weeks)), weeks[column].to_numpy())
        nth = (random.random_sample(len(rows)) * weeks["working_days"].to_numpy()[rows]).astype(int)
        frame = pd.DataFrame({"team": weeks["team"].to_numpy()[rows], "day": days[rows, nth], "how": how})
        frames.append(frame.assign(bound=column == "bound", ticketed=column != "no_ticket"))
    rows_ = pd.concat(frames, ignore_index=True)
    created = draw_clock(random, rows_.pop("day").to_numpy(), scenario)
    return rows_.assign(created=created).sort_values(["created", "team"], kind="stable", ignore_index=True)


def working_days_of_weeks(mondays: np.ndarray, scenario: Scenario, calendar: WorkingDays) -> np.ndarray:
    """A row a week: its working days first (shape weeks × 5)."""
    grid = mondays.astype("datetime64[D]")[:, None] + np.arange(5) * DAY
    free = ~np.is_busday(grid, busdaycal=calendar.calendar) | (grid > np.datetime64(scenario.as_of))
    order = np.argsort(free, axis=1, kind="stable")
    return np.take_along_axis(grid, order, axis=1)


def draw_clock(random: np.random.RandomState, days: np.ndarray, scenario: Scenario) -> np.ndarray:
    """A time on each of `days`: 10:00–19:00, a few earlier or later, very few on that week's Saturday."""
    u, v = random.random_sample(len(days)), random.random_sample(len(days))
    hour = np.select([u < 0.02, u < 0.05], [8.5 + 1.5 * v, 19 + 2.5 * v], OPENS + HOURS_A_DAY * v)
    days = days.astype("datetime64[D]")  # a DataFrame has made them seconds
    weekday = (days - np.datetime64("2021-07-05")).astype(int) % 7
    saturday = days + (5 - weekday) * DAY
    # the trackers changed between a Friday and a Monday: nothing is dated between them
    allowed = (saturday <= np.datetime64(scenario.as_of)) & (saturday != TRACKER_MOVES - 2 * DAY)
    moved = (random.random_sample(len(days)) < 0.004) & allowed
    return np.where(moved, saturday, days).astype("datetime64[s]") + (hour * 3600).astype("timedelta64[s]")


def draw_requests(
    random: np.random.RandomState,
    problems: pd.DataFrame,
    incidents: pd.DataFrame,
    scenario: Scenario,
    calendar: WorkingDays,
) -> pd.DataFrame:
    """A row a request to SRE: `request` (1…), `team`, `created`, `kind`, `bound`, `problem` (row, or -1)."""
    asked = problems[problems["how"] != "alone"]
    access = asked["bound"].to_numpy() & (random.random_sample(len(asked)) < 0.6)
    kind = np.where(access, "access", asked["how"].replace("sre", "work").to_numpy())
    minutes = np.round(2 + 50 * random.random_sample(len(asked))).astype("timedelta64[m]")
    own = pd.DataFrame(
        {"team": asked["team"], "created": asked["created"] + minutes, "kind": kind, "bound": asked["bound"],
         "problem": asked.index}
    )  # fmt: skip
    frames = [own, help_requests(random, incidents, calendar), outside_requests(random, scenario, calendar)]
    rows = pd.concat(frames, ignore_index=True).sort_values(
        ["created", "team"], kind="stable", ignore_index=True
    )
    return rows.assign(request=np.arange(1, len(rows) + 1))


def help_requests(
    random: np.random.RandomState, incidents: pd.DataFrame, calendar: WorkingDays
) -> pd.DataFrame:
    """Some incidents of team-owned services in which SRE took part are also asked for by a request."""
    days = incidents["created"].to_numpy().astype("datetime64[D]")
    hours = (incidents["created"].to_numpy() - days) / np.timedelta64(1, "h")
    office = np.is_busday(days, busdaycal=calendar.calendar) & (hours >= OPENS) & (hours < CLOSES - 1)
    chosen = (
        office
        & (incidents["team"] != "")
        & ~incidents["alone"]
        & (random.random_sample(len(incidents)) < 0.7)
    )
    rows = incidents.loc[chosen]
    created = rows["created"] + np.timedelta64(4, "m")
    return pd.DataFrame(
        {"team": rows["team"], "created": created, "kind": "incident_help", "bound": False, "problem": -1}
    )


def outside_requests(
    random: np.random.RandomState, scenario: Scenario, calendar: WorkingDays
) -> pd.DataFrame:
    """Requests of a team that the roster does not know (M13)."""
    count = scenario.mess.outside
    days = np.arange(np.datetime64(scenario.start), np.datetime64(scenario.as_of) - 40 * DAY)
    days = days[np.is_busday(days, busdaycal=calendar.calendar)]
    chosen = np.sort(days[random.permutation(len(days))[:count]])
    created = draw_clock(random, chosen, scenario)
    kind = np.array(["work", "consult", "review"])[random.randint(0, 3, count)]
    return pd.DataFrame({"team": OUTSIDE, "created": created, "kind": kind, "bound": False, "problem": -1})


def count_participants_present(days: np.ndarray, scenario: Scenario) -> np.ndarray:
    """How many rotators SRE hosts on each of `days`."""
    present = np.zeros(len(days), dtype=int)
    for stay in scenario.rotations:
        present += (days >= np.datetime64(stay.start)) & (days <= np.datetime64(stay.end or "2099-12-31"))
    return present


def draw_waiting(
    random: np.random.RandomState,
    requests: pd.DataFrame,
    scenario: Scenario,
    truth: Truth,
    calendar: WorkingDays,
) -> pd.DataFrame:
    """`requests` with `first_answer`, `completed` (NaT = open at `as_of`) and `migrated`.

    Waits are log-normal in business hours, and longer while many rotators are present.
    """
    created = requests["created"].to_numpy()
    medians = {"review": 6, "consult": 8, "work": 17, "access": 6, "incident_help": 3}
    slower = np.array(truth.waiting)[count_participants_present(created.astype("datetime64[D]"), scenario)]
    answer = 3.0 * slower * np.exp(random.standard_normal(len(requests)))
    finish = requests["kind"].map(medians).to_numpy() * slower * np.exp(random.standard_normal(len(requests)))
    answer = np.minimum(answer, finish)
    completed = calendar.add_hours(created, finish)
    migrated = choose_migrated(created, completed, scenario.mess.migrated)
    # what was carried over was finished in the new tracker
    resumed = np.full(len(requests), TRACKER_MOVES + np.timedelta64(OPENS + 1, "h"), dtype="datetime64[s]")
    begun = np.where(migrated & (completed < resumed), resumed, created)
    completed = calendar.add_hours(begun, finish)
    first = calendar.add_hours(created, answer)
    is_open = choose_open(random, created, completed, migrated, scenario)
    after = first > np.datetime64(scenario.as_of) + DAY
    return requests.assign(
        first_answer=np.where(after, np.datetime64("NaT", "s"), first),
        completed=np.where(is_open, np.datetime64("NaT", "s"), completed),
        migrated=migrated,
    )


def choose_migrated(created: np.ndarray, completed: np.ndarray, count: int) -> np.ndarray:
    """The requests still open when the trackers changed, filled up or cut to `count` by the newest (M9)."""
    old = created < TRACKER_MOVES
    waiting = old & (completed >= TRACKER_MOVES)
    order = np.lexsort((np.arange(len(created)), waiting & old, old))
    chosen = np.zeros(len(created), dtype=bool)
    chosen[order[-count:]] = True
    return chosen


def choose_open(
    random: np.random.RandomState,
    created: np.ndarray,
    completed: np.ndarray,
    migrated: np.ndarray,
    scenario: Scenario,
) -> np.ndarray:
    """Open at `as_of`: a few forgotten in the old tracker, those still waiting, and the newest (M14)."""
    mess = scenario.mess
    old = np.flatnonzero((created < TRACKER_MOVES) & ~migrated)
    is_open = np.zeros(len(created), dtype=bool)
    is_open[old[random.permutation(len(old))[: mess.stale]]] = True
    waiting = completed >= np.datetime64(scenario.as_of) + DAY
    order = np.lexsort((np.arange(len(created)), waiting))
    is_open[order[-(mess.open - mess.stale) :]] = True
    return is_open


def draw_assignees(random: np.random.RandomState, requests: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """`requests` with `assignee`: SRE members and rotators present on that day, evenly."""
    luck = random.random_sample(len(requests))
    days = requests["created"].dt.strftime("%Y-%m-%d")
    present = {day: list_present(day, scenario) for day in sorted(set(days))}
    people = [present[day][int(u * len(present[day]))] for day, u in zip(days, luck, strict=True)]
    return requests.assign(assignee=people)


def draw_tickets(
    random: np.random.RandomState,
    problems: pd.DataFrame,
    requests: pd.DataFrame,
    scenario: Scenario,
    calendar: WorkingDays,
) -> pd.DataFrame:
    """The home teams' own records: `team`, `created`, `completed` (NaT = open), `how`, `bound`."""
    alone = calendar.add_hours(
        problems["created"].to_numpy(), 6 * np.exp(random.standard_normal(len(problems)))
    )
    closing = pd.Series(alone, index=problems.index)
    asked = requests[requests["problem"] >= 0].set_index("problem")["completed"]
    closing.loc[asked.index] = asked + np.timedelta64(20, "m")
    closing = closing.where(closing < pd.Timestamp(scenario.as_of) + pd.Timedelta(days=1))
    rows = problems.assign(completed=closing)
    return rows[rows["ticketed"]].drop(columns="ticketed").reset_index(drop=True)
