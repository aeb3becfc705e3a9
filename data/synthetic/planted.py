"""The planted truth of the invented company: its teams, people and dates, and the size of every effect."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

DAY = np.timedelta64(1, "D")
TRACKER_MOVES = np.datetime64("2023-07-03", "D")
OPENS, CLOSES = 10, 19
HOURS_A_DAY = CLOSES - OPENS
SHARED_SERVICES = ("shared-db", "shared-network", "shared-gateway")
OUTSIDE = "outside"
STEPS = ("observer", "helper", "responder", "lead")
STAY_PHASES = ("month_1", "months_2_3", "months_4_end")
SEVERITIES = {"SEV1": 0.05, "SEV2": 0.20, "SEV3": 0.55, "SEV4": 0.20}
# skill: level before, growth over a whole stay
SKILLS = {
    "os": (1.9, 0.5), "db": (2.1, 0.7), "network": (1.8, 0.4), "cloud_iac": (2.2, 1.5),
    "observability": (2.5, 1.6), "incident": (2.0, 0.9), "capacity_cost": (1.8, 1.2),
    "change_safety": (2.0, 1.4), "landscape": (1.6, 1.7), "consulting": (2.3, 1.0),
}  # fmt: skip
IMPROVEMENTS = {
    "monitor": 26, "dashboard": 14, "workflow": 9, "removed_resource": 11, "cost": 8, "iac_module": 4,
    "slo": 2,
}  # fmt: skip
NO_CHANCE = {"network": 0.2, "os": 0.16}
# levels of the home teams' survey by phase of the team; planted is `selfsolve`, the others are plausible
HOME_SURVEY = {
    "cover": {"sender_before": 3.2, "sender_away": 2.9, "sender_after": 3.4, "sender_alone": 2.9},
    "selfsolve": {"sender_before": 2.7, "sender_away": 2.6, "sender_after": 3.4, "sender_alone": 2.7,
                  "never_first": 2.8, "never_last": 3.0},
    "ask": {"sender_before": 2.6, "sender_away": 2.3, "sender_after": 3.8, "sender_alone": 2.5,
            "never_first": 2.7, "never_last": 2.7},
    "sendagain": {"sender_before": 3.3, "sender_away": 3.1, "sender_after": 3.8, "sender_alone": 2.9,
                  "never_first": 3.2, "never_last": 3.3},
}  # fmt: skip


@dataclass(frozen=True)
class Team:
    """`problems`: infrastructure problems a working week; `base`: the share it solves itself at first."""

    id: str
    ja: str
    kana: str
    size: int
    problems: float
    base: float


TEAMS = (
    Team("aoi", "葵", "あおい", 8, 5.8, 0.38),
    Team("kaede", "楓", "かえで", 9, 6.4, 0.42),
    Team("hinoki", "檜", "ひのき", 6, 5.2, 0.46),
    Team("sakura", "桜", "さくら", 7, 5.6, 0.40),
    Team("momiji", "紅葉", "もみじ", 6, 5.0, 0.44),
    Team("keyaki", "欅", "けやき", 7, 5.4, 0.41),
    Team("kiri", "桐", "きり", 6, 5.2, 0.43),
    Team("tsubaki", "椿", "つばき", 7, 5.6, 0.48),
    Team("yanagi", "柳", "やなぎ", 4, 4.6, 0.52),
    Team("kusunoki", "楠", "くすのき", 5, 5.2, 0.45),
    Team("sugi", "杉", "すぎ", 8, 6.0, 0.40),
    Team("matsu", "松", "まつ", 6, 5.4, 0.43),
    Team("ume", "梅", "うめ", 5, 5.0, 0.47),
    Team("kuri", "栗", "くり", 7, 5.6, 0.42),
    Team("kashi", "樫", "かし", 6, 5.2, 0.46),
)


@dataclass(frozen=True)
class Rotation:
    """One stay; dates as ISO text, `end` empty while it runs, `now_since` empty while at the host."""

    person: str
    cohort: str
    team: str
    start: str
    planned_end: str
    end: str
    ending: str
    now: str
    now_since: str
    mentor: str


ROTATIONS = tuple(
    Rotation(*text.split("|"))
    for text in (
        "p01|1|aoi|2022-04-01|2022-09-30|2022-09-30|as_planned|home|2022-10-01|sre01",
        "p02|2|kaede|2022-10-03|2023-03-31|2023-05-31|extended|host|2023-06-01|sre02",
        "p03|3|hinoki|2023-05-08|2023-10-31|2023-10-31|as_planned|home|2023-11-01|sre03",
        "p04|3|sakura|2023-05-08|2023-10-31|2023-10-31|as_planned|home|2023-11-01|sre01",
        "p05|4|aoi|2023-11-01|2024-04-30|2024-04-30|as_planned|home|2024-05-01|sre04",
        "p06|4|kaede|2023-11-01|2024-04-30|2024-04-30|as_planned|home|2024-05-01|sre02",
        "p07|4|momiji|2023-11-01|2024-04-30|2024-02-09|early|home|2024-02-10|sre06",
        "p08|5|hinoki|2024-05-01|2024-10-31|2024-10-31|as_planned|home|2024-11-01|sre03",
        "p09|5|sakura|2024-05-01|2024-10-31|2024-10-31|as_planned|left|2025-01-31|sre01",
        "p10|5|keyaki|2024-05-01|2024-10-31|2024-10-31|as_planned|home|2024-11-01|sre07",
        "p11|5|kiri|2024-05-01|2024-10-31|2024-10-31|as_planned|home|2024-11-01|sre04",
        "p12|6|momiji|2024-11-01|2025-04-30||running|host||sre06",
        "p13|6|kaede|2024-11-01|2025-04-30||running|host||sre02",
    )
)
TINY_ROTATIONS = (
    Rotation("p03", "3", "hinoki", "2023-01-04", "2023-06-30", "2023-06-30", "as_planned", "home",
             "2023-07-01", "sre03"),
    Rotation("p05", "4", "aoi", "2023-07-03", "2023-12-28", "", "running", "host", "", "sre01"),
)  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """The planted numbers (shares as fractions, skill numbers in levels)."""

    first_graduate: float = 0.12
    further_graduate: float = 0.04
    ramp_days: int = 56
    early_weight: float = 0.5
    away: float = -0.04
    dip: float = -0.06
    dip_days: int = 91
    portal: float = 0.08
    overdispersion: float = 30
    review_share: tuple[float, float] = (0.26, 0.35)
    consult_share: tuple[float, float] = (0.26, 0.30)
    compulsory_reviews: float = 0.15
    permission_bound: float = 0.35
    no_ticket: float = 0.05
    waiting: tuple[float, ...] = (1.0, 1.0, 1.05, 1.08, 1.25)
    steps: dict[str, tuple[float, ...]] = field(
        default_factory=lambda: {
            "month_1": (0.75, 0.22, 0.03, 0.00),
            "months_2_3": (0.52, 0.34, 0.13, 0.01),
            "months_4_end": (0.29, 0.40, 0.27, 0.04),
            "after": (0.08, 0.30, 0.47, 0.15),
        }
    )
    capped_at_helper: tuple[str, ...] = ("p01",)
    alone_sender: tuple[float, float] = (0.38, 0.52)
    alone_never: tuple[float, float] = (0.38, 0.42)
    growth: float = 1.0
    inflation_at_start: float = 0.45
    then_bias: float = -0.15
    mentor_bias: float = -0.05
    later_use: dict[str, float] = field(
        default_factory=lambda: {"weekly": 0.15, "monthly": 0.0, "hardly": -0.25}
    )
    time_share: tuple[float, ...] = (0.46, 0.22, 0.06, 0.16, 0.10)
    time_share_cohort_5: tuple[float, ...] = (0.58, 0.14, 0.07, 0.11, 0.10)
    teaching: tuple[float, float] = (5.0, 1.5)
    after_hours: dict[str, float] = field(default_factory=lambda: {"off": 0.9, "sleep": 0.3})
    after_hours_cohort_5: float = 1.6
    strain_hump: float = 0.55
    strain_cohort_5: float = 0.40
    strain_planned: float = -0.35
    strain_ad_hoc: float = -0.10
    panic_hump: float = 3.1
    panic_cohort_5: float = 2.7
    home_survey: dict[str, dict[str, float]] = field(default_factory=lambda: dict(HOME_SURVEY))
    home_use: float = 0.45

    def without_effects(self) -> Truth:
        """The null world: nothing changes anything, and no rating leans; level and noise stay."""
        flat = dict.fromkeys(self.steps, self.steps["months_2_3"])
        return replace(
            self, first_graduate=0.0, further_graduate=0.0, away=0.0, dip=0.0, portal=0.0,
            review_share=(0.26, 0.26), consult_share=(0.26, 0.26), compulsory_reviews=0.0,
            waiting=(1.0,) * 5, steps=flat, capped_at_helper=(), alone_sender=(0.38, 0.38),
            alone_never=(0.38, 0.38), growth=0.0, inflation_at_start=0.0, then_bias=0.0, mentor_bias=0.0,
            later_use=dict.fromkeys(self.later_use, 0.0), strain_hump=0.0, strain_cohort_5=0.0,
            time_share_cohort_5=self.time_share, teaching=(3.25, 3.25), after_hours_cohort_5=1.0,
            strain_planned=0.0, strain_ad_hoc=0.0, panic_hump=1.0, panic_cohort_5=1.0,
            home_survey={name: _hold_still(levels) for name, levels in self.home_survey.items()},
            home_use=0.0,
        )  # fmt: skip


# texts that name a colleague or a customer, by form, person, wave and question (M19)
CUSTOMER = "市立なぎさ図書館"
NAMING = {
    ("exit", "p08", "end", "hard"): "見本 しおりさんが障害対応で離れると、聞ける人がいなくなった",
    ("followup", "p03", "after_3m", "view"): "見本 れんさんの手順書をまねて、切り戻しから先に書いている",
    ("manager", "p04", "end", "example"): "見本 だいちさんに見てもらい、通知の数を半分にできた",
    ("manager", "p06", "after_6m", "example"): f"{CUSTOMER}から予約が遅いと言われた日に、原因まで答えられた",
}  # fmt: skip


def _hold_still(levels: dict[str, float]) -> dict[str, float]:
    """Senders stay where they were before, never-senders where they began."""
    first = {"sender": levels["sender_before"], "never": levels.get("never_first", 0.0)}
    return {phase: first[phase.partition("_")[0]] for phase in levels}


@dataclass(frozen=True)
class Mess:
    """How often each planted mess occurs; counts are exact for every seed."""

    open: int = 61
    stale: int = 6
    migrated: int = 34
    mislabelled: int = 41
    outside: int = 12
    bot: int = 37
    closed_before_created: int = 3
    in_utc: int = 212
    cancelled: tuple[int, int] = (14, 10)
    test_answers: tuple[int, int] = (1, 3)
    namesakes: int = 2
    unknown_names: tuple[tuple[str, int], ...] = (("sre04", 4), ("sre06", 3))
    blank_kind: float = 0.05
    blank_role: float = 0.18
    pulse_missing: int = 28
    pulse_late: tuple[int, int] = (12, 2)
    pulse_double: int = 6
    pulse_contradicted: int = 1
    pulse_new: int = 9
    typed_hours: tuple[int, ...] = (5, 4, 3, 4, 4, 3)
    bot_pulls: int = 60
    test_incidents: int = 2


@dataclass(frozen=True)
class Scenario:
    """Which company, which days, who did not answer."""

    start: str
    as_of: str
    teams: tuple[Team, ...]
    rotations: tuple[Rotation, ...]
    sre: tuple[str, ...]
    mess: Mess
    volume: float = 1.0
    pulls: int = 2500
    reverts: tuple[int, int] = (2, 4)
    held: int = 242
    ad_hoc: int = 61
    host_answers: int = 160
    home_answers: int = 230
    improvements: dict[str, int] = field(default_factory=lambda: dict(IMPROVEMENTS))
    in_use: tuple[int, int] = (48, 9)
    yen: int = 412_000
    sessions: int = 58
    silent: frozenset[tuple[str, str]] = frozenset()
    unseen: frozenset[tuple[str, str]] = frozenset()
    silent_managers: frozenset[tuple[str, str]] = frozenset()


FULL = Scenario(
    start="2021-07-05", as_of="2025-03-31", teams=TEAMS, rotations=ROTATIONS,
    sre=tuple(f"sre{n:02d}" for n in range(1, 8)), mess=Mess(),
    silent=frozenset({("p10", "middle"), ("p07", "end"), ("p10", "after_3m"), ("p04", "after_6m"),
                      ("p06", "after_6m")}),
    unseen=frozenset({("p02", "start"), ("p07", "end")}
                     | {(f"p{n:02d}", "middle") for n in (1, 2, 5, 6, 7, 10, 13)}),
    silent_managers=frozenset({("p07", "end")}),
)  # fmt: skip
TINY = Scenario(
    start="2023-05-15", as_of="2023-08-06", teams=(TEAMS[0], TEAMS[2], TEAMS[8]),
    rotations=TINY_ROTATIONS, sre=("sre01", "sre02", "sre03"), volume=0.6, pulls=0, held=23, ad_hoc=4,
    host_answers=5, improvements={"monitor": 2, "workflow": 1, "cost": 1, "removed_resource": 1},
    in_use=(0, 0), yen=18_000, sessions=2,
    mess=Mess(open=4, stale=1, migrated=2, mislabelled=1, outside=1, bot=1, closed_before_created=1, in_utc=0,
              cancelled=(1, 0),
              test_answers=(0, 1), namesakes=0, unknown_names=(), pulse_missing=2, pulse_late=(1, 0),
              pulse_double=1, pulse_contradicted=0, pulse_new=0, typed_hours=(0, 1, 0, 1, 1, 0), bot_pulls=0,
              test_incidents=0),
)  # fmt: skip


def stream(seed: int, topic: str) -> np.random.RandomState:
    """The random numbers of one topic."""
    digest = hashlib.sha256(f"{seed}:{topic}".encode()).digest()
    return np.random.RandomState(int.from_bytes(digest[:4], "big"))


def pick_text(random: np.random.RandomState, texts: tuple[str, ...]) -> str:
    """One of `texts`."""
    return texts[random.randint(0, len(texts))]


def name_somebody(rows: pd.DataFrame, form: str) -> pd.DataFrame:
    """The answers of a form (`person, wave`, a column a question) with the texts that name somebody (M19)."""
    named = rows.copy()
    for (asked, person, wave, question), text in NAMING.items():
        if asked == form:
            named.loc[named["person"].eq(person) & named["wave"].eq(wave), question] = text
    return named


def list_services(teams: tuple[Team, ...]) -> list[str]:
    """Every service that can page: one a team, and the shared ones."""
    return [f"{team.id}-api" for team in teams] + list(SHARED_SERVICES)


def list_present(day: str, scenario: Scenario) -> list[str]:
    """Who works in the SRE team on `day` (ISO text): members, rotators, and rotators who stayed."""
    hosted = [
        stay.person
        for stay in scenario.rotations
        if stay.start <= day and (not stay.end or day <= stay.end or stay.now == "host")
    ]
    return [*scenario.sre, *hosted]


def phase_of(person: str, day: str, scenario: Scenario) -> str:
    """The phase of a person on `day`: "sre" for members, "stayed" for who stayed there, else ""."""
    stay = next((stay for stay in scenario.rotations if stay.person == person), None)
    if stay is None:
        return "sre"
    if day < stay.start or (stay.now == "left" and day > stay.now_since):
        return ""
    if not stay.end or day <= stay.end:
        week = int((np.datetime64(day) - np.datetime64(stay.start)).astype(int)) // 7 + 1
        return STAY_PHASES[0 if week <= 4 else 1 if week <= 13 else 2]
    return "stayed" if stay.now == "host" else "after"
