"""What the people of the home teams answered, anonymously: before, during and after a stay, and once a year.

A sender team is asked around its first stay: in the month before it, after three months, in its last month,
and three and six months later; teams that never sent anybody in two Septembers.  Planted are the levels of
`hm_selfsolve`; a team whose participant stayed with SRE has nobody back, and stays where it was.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from .company import team_label
from .dialects import Row, survey_time
from .planted import DAY, Rotation, Scenario, Team, Truth, stream
from .pulse import to_scale
from .ratings import add_months
from .working_days import WorkingDays

METADATA = (
    "Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name",
    "Last Name", "Custom Data 1",
)  # fmt: skip
QUESTIONS = {
    "team": "Which team are you in?",
    "cover": "The team copes without strain during the absence",
    "selfsolve": "We solve infrastructure and operations problems without SRE",
    "ask": "Someone in the team can answer infrastructure questions",
    "spread": "I used in my own work something learned from the graduate",
    "sendagain": "I would support sending someone again",
}
AGREEMENTS = {1: "Strongly disagree", 2: "Disagree", 3: "Neither", 4: "Agree", 5: "Strongly agree"}
UNABLE = "Cannot say"
COLLECTORS = {"sender": "414203377", "never": "414871902"}  # one link for each of the two lists of teams
FIRST_RESPONDENT = 13_208_440_117
YEARLY = {"never_first": "2023-09", "never_last": "2024-09"}
FEW_TEAM, FEW = "yanagi", 3  # of a team of four hardly anybody answers (M18)
TEAM_SD, PERSON_SD, ANSWER_SD, CANNOT_SAY = 0.2, 0.4, 0.45, 0.03
OPENS, CLOSES = 14, 25  # the days of the month (from 0) on which a form is answered


def list_rounds(scenario: Scenario) -> list[tuple[Team, str, str]]:
    """Team, month and phase of every round: sender_before, _away, _after, _alone, never_first, never_last.

    `sender_alone`: nobody came back, or not yet.  A round is sent when its month is over by `as_of`.
    """
    first: dict[str, Rotation] = {}
    for stay in sorted(scenario.rotations, key=lambda stay: stay.start):
        first.setdefault(stay.team, stay)
    rounds = []
    for team in scenario.teams:
        if team.id not in first:
            rounds += [(team, month, phase) for phase, month in YEARLY.items()]
            continue
        rounds += [(team, month, phase) for month, phase in _around(first[team.id])]
    return [each for each in rounds if scenario.start[:7] <= each[1] < scenario.as_of[:7]]


def _around(stay: Rotation) -> list[tuple[str, str]]:
    """Months and phases around one stay; a stay that is over by its middle has no round there."""
    middle = add_months(stay.start, 3)[:7]
    rounds = [(add_months(stay.start, -1)[:7], "sender_before"), (middle, "sender_away")]
    if not stay.end:
        return rounds
    after = "sender_after" if stay.now in ("home", "left") else "sender_alone"
    rounds = [each for each in rounds if each[0] < stay.end[:7]] + [(stay.end[:7], "sender_away")]
    return rounds + [(add_months(stay.end, months)[:7], after) for months in (3, 6)]


def list_asked(scenario: Scenario) -> pd.DataFrame:
    """A row a person asked: `team, month, phase, number` (of the person in the team)."""
    rows = []
    for team, month, phase in list_rounds(scenario):
        # who is with SRE is not at home, nor is who stayed there
        gone = sum(
            stay.team == team.id
            and stay.start[:7] <= month
            and (not stay.end or month <= stay.end[:7] or stay.now == "host")
            for stay in scenario.rotations
        )
        rows += [(team.id, month, phase, number) for number in range(team.size - gone)]
    return pd.DataFrame(rows, columns=["team", "month", "phase", "number"])


def draw_home_answers(seed: int, scenario: Scenario, truth: Truth) -> pd.DataFrame:
    """The answers received, by time: `team, month, phase, began, answered`, then the questions.

    `cover, selfsolve, ask, sendagain` are 1–5 (NaN = cannot say), `spread` yes, no or "" (cannot say).
    """
    random = stream(seed, "home survey")
    asked = list_asked(scenario)
    if asked.empty:
        return asked
    people = list(dict.fromkeys(zip(asked["team"], asked["number"], strict=True)))
    own = dict(zip(people, PERSON_SD * random.standard_normal(len(people)), strict=True))
    team = {each.id: TEAM_SD * random.standard_normal() for each in scenario.teams}
    lean = np.array([own[key] + team[key[0]] for key in zip(asked["team"], asked["number"], strict=True)])
    answers = asked.assign(**_draw_levels(random, asked["phase"], lean, truth))
    answers["spread"] = _draw_use(random, asked["phase"], truth)
    answers["answered"] = _draw_moments(random, asked["month"], scenario)
    took = random.randint(90, 600, len(asked)).astype("timedelta64[s]")
    answers["began"] = answers["answered"].to_numpy() - took
    kept = _choose_answers(random, asked, scenario.home_answers)
    return answers.loc[kept].sort_values(["answered", "team"], kind="stable", ignore_index=True)


def _draw_levels(
    random: np.random.RandomState, phase: pd.Series, lean: np.ndarray, truth: Truth
) -> dict[str, np.ndarray]:
    """The answers 1–5 to the four questions; only who sent somebody can tell how it copes."""
    levels = {}
    for question, means in truth.home_survey.items():
        noisy = phase.map(means).to_numpy(dtype=float) + lean + ANSWER_SD * random.standard_normal(len(lean))
        unable = random.random_sample(len(lean)) < CANNOT_SAY
        levels[question] = np.where(unable | np.isnan(noisy), np.nan, to_scale(np.nan_to_num(noisy)))
    return levels


def _draw_use(random: np.random.RandomState, phase: pd.Series, truth: Truth) -> np.ndarray:
    """Whether something learned from the graduate was used; without a graduate most cannot say."""
    luck, tells = random.random_sample(len(phase)), random.random_sample(len(phase))
    back = phase.eq("sender_after").to_numpy()
    used = luck < np.where(back, truth.home_use, 0.0)
    return np.where(back | (tells < 0.2), np.where(used, "yes", "no"), "")


def _draw_moments(random: np.random.RandomState, months: pd.Series, scenario: Scenario) -> np.ndarray:
    """An instant between 10:00 and 20:00 on a working day in the second half of the month."""
    calendar = WorkingDays(scenario).calendar
    firsts = months.to_numpy().astype("datetime64[M]").astype("datetime64[D]")
    days = np.array(
        [
            random.choice(
                np.flatnonzero(np.is_busday(first + np.arange(OPENS, CLOSES) * DAY, busdaycal=calendar))
            )
            for first in firsts
        ]
    )
    seconds = random.randint(10 * 3600, 20 * 3600, len(days)).astype("timedelta64[s]")
    return (firsts + (OPENS + days) * DAY).astype("datetime64[s]") + seconds


def _choose_answers(random: np.random.RandomState, asked: pd.DataFrame, count: int) -> np.ndarray:
    """Who answers: `count` in all, of which of one small team three and no more (M18)."""
    order = random.permutation(len(asked))
    few = asked["team"].eq(FEW_TEAM).to_numpy()
    small = [place for place in order if few[place]][:FEW]
    others = [place for place in order if not few[place]][: count - len(small)]
    return np.sort([*small, *others])


def home_rows(answers: pd.DataFrame) -> list[Row]:
    """As SurveyMonkey downloads all answers: two header rows; nobody is named, no address is kept."""
    rows: list[Row] = [
        (*METADATA, *QUESTIONS.values()),
        (*[""] * len(METADATA), *["Response"] * len(QUESTIONS)),
    ]
    for place, each in enumerate(answers.itertuples()):
        collector = COLLECTORS["never" if each.phase.startswith("never") else "sender"]
        levels = [
            UNABLE if np.isnan(level) else AGREEMENTS[int(level)]
            for level in (each.cover, each.selfsolve, each.ask, each.sendagain)
        ]
        used = {"yes": "Yes", "no": "No", "": UNABLE}[each.spread]
        team = team_label(each.team, str(each.answered)[:10], "en")
        moments = (survey_time(each.began), survey_time(each.answered))
        # ids grow by what others are asked elsewhere in the meantime
        number = FIRST_RESPONDENT + int(each.answered.timestamp()) // 40 + place
        anonymous = ("", "", "", "", "")
        rows.append((str(number), collector, *moments, *anonymous, team, *levels[:3], used, levels[3]))
    return rows
