"""Pull requests of the infrastructure repository: a part of the work that the world already holds.

Who solved a problem writes its code, so that a graduate's team authors more after the return: no effect is
planted here that is not in the tickets and requests.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .company import full_name, list_developers, login, opaque_id, team_label
from .dialects import github_time
from .planted import DAY, OUTSIDE, Scenario, list_present, stream
from .world import World

REPOSITORY_URL = "https://github.example/minamo/infrastructure"
FIRST_NUMBER = 101
BOTS = {"app/dependabot": 0.75, "app/renovate": 0.25}
SUBJECTS = (
    "監視のしきい値を見直す", "キューを追加", "ログの保存期間を変更", "証明書を更新",
    "読み取り用の複製を追加", "不要なリソースを削除", "権限を絞る", "通知先を分ける",
    "インスタンスの大きさを変更", "名前解決を登録",
)  # fmt: skip
BOT_TITLES = ("build(deps): bump the provider group", "chore(deps): update base image digest")
CODE = {"alone": 0.5, "review": 1.0, "consult": 1.0, "sre": 1.0}  # how often a way of solving leaves code
ABANDONED, SECOND_ROUND, UNNAMED = 0.04, 0.25, 0.6
REVERTED_WITHIN = pd.Timedelta(days=12)
UNREVIEWED = {"alone": 0.3, "sre": 0.2}
UNLABELLED, TWO_AREAS = 0.04, 0.015


def draw_pulls(world: World) -> pd.DataFrame:
    """A row a pull request by `created`, with `number, team, how, author, reviewer, merged, closed, state`.

    `how` is the way the problem was solved ("bot" for the rest), `author` and `reviewer` ids of people or
    developers' accounts; `reviewer` is "" where nobody looked.
    """
    random, scenario = stream(world.seed, "pulls"), world.scenario
    work = list_work(world)
    weights = work["how"].map(CODE).to_numpy()
    count = scenario.pulls - scenario.mess.bot_pulls
    chosen = np.sort(random.choice(len(work), count, replace=False, p=weights / weights.sum()))
    rows = place_in_time(random, work.loc[chosen].reset_index(drop=True))
    people = [choose_people(random, row, scenario) for row in rows.itertuples()]
    rows = rows.assign(author=[pair[0] for pair in people], reviewer=[pair[1] for pair in people])
    rows = pd.concat([rows, draw_bots(random, scenario)], ignore_index=True)
    rows = rows.sort_values(["created", "team"], kind="stable", ignore_index=True)
    abandoned = (random.random_sample(len(rows)) < ABANDONED) & rows["done"].notna()
    state = np.select([rows["done"].isna(), abandoned], ["OPEN", "CLOSED"], "MERGED")
    merged = rows["done"].where(state == "MERGED")
    number = np.arange(FIRST_NUMBER, FIRST_NUMBER + len(rows))
    return rows.rename(columns={"done": "closed"}).assign(merged=merged, state=state, number=number)


def list_work(world: World) -> pd.DataFrame:
    """What may leave code: `team, how, began, done` (NaT = open) and `helper`, who of SRE took it up."""
    asked = world.requests
    kinds = {"work": "sre", "access": "sre", "review": "review", "consult": "consult"}
    asked = asked[asked["kind"].isin(kinds) & (asked["team"] != OUTSIDE)]
    how = asked["kind"].map(kinds)
    # a review is asked for when the code is there; all else begins with an answer
    began = asked["created"].where(how == "review", asked["first_answer"].fillna(asked["created"]))
    requests = pd.DataFrame(
        {"team": asked["team"], "how": how, "began": began, "done": asked["completed"],
         "helper": asked["assignee"]}
    )  # fmt: skip
    alone = world.tickets[world.tickets["how"] == "alone"]
    own = pd.DataFrame(
        {"team": alone["team"], "how": "alone", "began": alone["created"], "done": alone["completed"],
         "helper": ""}
    )  # fmt: skip
    rows = pd.concat([requests, own], ignore_index=True)
    return rows.sort_values(["began", "team"], kind="stable", ignore_index=True)


def place_in_time(random: np.random.RandomState, work: pd.DataFrame) -> pd.DataFrame:
    """`work` with `created`: in the first half of the time it took, minutes before the end at least."""
    taken = ((work["done"] - work["began"]) / pd.Timedelta(seconds=1)).fillna(0.0).to_numpy()
    share = np.where(work["how"] == "review", 0.0, 0.5 * random.random_sample(len(work)))
    seconds = np.round(share * taken).astype("timedelta64[s]")
    created = work["began"].to_numpy().astype("datetime64[s]") + seconds
    # much is done in the minute of its first answer
    latest = work["done"].to_numpy() - random.randint(300, 3600, len(work)).astype("timedelta64[s]")
    return work.assign(created=np.where(latest < created, latest, created).astype("datetime64[s]"))


def choose_people(random: np.random.RandomState, pull: Any, scenario: Scenario) -> tuple[str, str]:
    """Author and reviewer ("" = nobody)."""
    day = str(pull.created)[:10]
    if pull.how == "sre":
        author, pool = pull.helper, list_present(day, scenario)
    else:
        pool = list_team(pull.team, day, scenario)
        author = pool[random.randint(0, len(pool))]
    others = [person for person in pool if person != author]
    reviewer = pull.helper if pull.how == "review" else others[random.randint(0, len(others))]
    return author, "" if random.random_sample() < UNREVIEWED.get(pull.how, 0.0) else reviewer


def list_team(team: str, day: str, scenario: Scenario) -> list[str]:
    """Who of a team writes code on `day`: its developers, and of the roster who is at home."""
    hosted = list_present(day, scenario)
    own = [
        stay.person
        for stay in scenario.rotations
        if stay.team == team
        and stay.person not in hosted
        and not (stay.now == "left" and day > stay.now_since)
    ]
    return [*list_developers(team), *own]


def draw_bots(random: np.random.RandomState, scenario: Scenario) -> pd.DataFrame:
    """Updates that machines propose, evenly over the years (M21)."""
    count = scenario.mess.bot_pulls
    days = np.arange(np.datetime64(scenario.start), np.datetime64(scenario.as_of) - 7 * DAY)
    days = np.sort(days[random.permutation(len(days))[:count]])
    created = days.astype("datetime64[s]") + random.randint(3 * 3600, 5 * 3600, count).astype(
        "timedelta64[s]"
    )
    done = created + random.randint(6 * 3600, 60 * 3600, count).astype("timedelta64[s]")
    authors = [list(BOTS)[int(place >= round(BOTS["app/dependabot"] * count))] for place in range(count)]
    return pd.DataFrame(
        {"team": "", "how": "bot", "created": created, "done": done,
         "author": [authors[place] for place in random.permutation(count)],
         "reviewer": [scenario.sre[n] for n in random.randint(0, len(scenario.sre), count)]}
    )  # fmt: skip


def pull_rows(world: World) -> list[dict[str, Any]]:
    """As `gh pr list --json …` prints them, newest first."""
    random, pulls = stream(world.seed, "pull texts"), draw_pulls(world)
    labels = list_labels(world, pulls)
    rows = [
        pull_object(random, pull) | {"labels": names}
        for pull, names in zip(pulls.itertuples(), labels, strict=True)
    ]
    for place, undone in choose_reverts(world, pulls):
        rows[place]["title"] = f'Revert "{rows[undone]["title"]}"'
    return rows[::-1]


def choose_reverts(world: World, pulls: pd.DataFrame) -> list[tuple[int, int]]:
    """Pairs of places in `pulls`: one that takes back another of the same team, merged some days before.

    The first of what is taken back were made by rotators, the others by members of SRE.
    """
    random, scenario = stream(world.seed, "reverts"), world.scenario
    merged = pulls["state"].eq("MERGED") & pulls["how"].ne("bot")
    rotators = [stay.person for stay in scenario.rotations]
    pairs: list[tuple[int, int]] = []
    for writers, count in zip((rotators, scenario.sre), scenario.reverts, strict=True):
        wrote = merged & pulls["how"].eq("sre") & pulls["author"].isin(writers)
        found = 0
        for undone in random.permutation(np.flatnonzero(wrote)).tolist():
            if found == count:
                break
            used = {place for pair in pairs for place in pair}
            later = [place for place in list_followers(pulls, merged, undone) if place not in used]
            if later and undone not in used:
                pairs.append((later[0], undone))
                found += 1
    return pairs


def list_followers(pulls: pd.DataFrame, merged: pd.Series, undone: int) -> list[int]:
    """The merged ones of the same team that were begun and done in the days after one was merged."""
    moment = pulls["merged"].iloc[undone]
    soon = merged & pulls["team"].eq(pulls["team"].iloc[undone]) & (pulls["created"] > moment)
    return np.flatnonzero(soon & (pulls["merged"] <= moment + REVERTED_WITHIN)).tolist()


def pull_object(random: np.random.RandomState, pull: Any) -> dict[str, Any]:
    """One pull request; its title begins with the service it changes."""
    texts = BOT_TITLES if pull.how == "bot" else SUBJECTS
    subject = texts[random.randint(0, len(texts))]
    return {
        "number": pull.number,
        "title": subject if pull.how == "bot" else f"{pull.team}-api: {subject}",
        "author": author_object(random, pull.author, str(pull.created)[:10]),
        "createdAt": github_time(pull.created),
        "mergedAt": github_time(pull.merged),
        "closedAt": github_time(pull.closed),
        "state": pull.state,
        "reviews": review_objects(random, pull),
        "reviewDecision": "",
        "url": f"{REPOSITORY_URL}/pull/{pull.number}",
    }


def list_labels(world: World, pulls: pd.DataFrame) -> list[list[dict[str, str]]]:
    """The labels of every pull request: the area of the team whose part it changes.

    A few have none, a few that of a second team besides; what bots propose is labelled as such.
    """
    random, teams = stream(world.seed, "pull labels"), [team.id for team in world.scenario.teams]
    luck, second = random.random_sample(len(pulls)), random.randint(0, len(teams), len(pulls))
    labels = []
    for pull, chance, place in zip(pulls.itertuples(), luck, second, strict=True):
        areas = [] if chance < UNLABELLED else [pull.team]
        if chance > 1 - TWO_AREAS and teams[place] != pull.team:
            areas.append(teams[place])
        day = str(pull.created)[:10]
        names = ["dependencies"] if pull.how == "bot" else [f"area/{area_name(team, day)}" for team in areas]
        labels.append([label_object(name) for name in names])
    return labels


def area_name(team: str, day: str) -> str:
    """A team in the labels of the repository: its new name once it is renamed.

    >>> area_name("momiji", "2024-03-31"), area_name("momiji", "2024-04-01")
    ('momiji', 'reserve-core')
    """
    return team_label(team, day, "en").lower()


def label_object(name: str) -> dict[str, str]:
    """A label as `gh` prints it."""
    color = "0366d6" if name == "dependencies" else "c2e0c6"
    return {"id": "LA_kwDO" + opaque_id(f"label {name}", length=10), "name": name, "description": "",
            "color": color}  # fmt: skip


def author_object(random: np.random.RandomState, author: str, day: str) -> dict[str, Any]:
    """An account; a bot has neither id nor name, and most people left their name empty."""
    if author in BOTS:
        return {"is_bot": True, "login": author}
    account = login(author, day)
    named = random.random_sample() >= UNNAMED and "-dev" not in author
    name = full_name(author, day) if named else ""
    return {"id": "U_kgDO" + opaque_id(f"github {account}", length=8), "is_bot": False, "login": account,
            "name": name}  # fmt: skip


def review_objects(random: np.random.RandomState, pull: Any) -> list[dict[str, Any]]:
    """Its reviews by time: now and then a round that asks for changes, then the approval."""
    rounds = ["APPROVED"] if pull.state == "MERGED" else ["CHANGES_REQUESTED"]
    if pull.state == "MERGED" and random.random_sample() < SECOND_ROUND:
        rounds = ["CHANGES_REQUESTED", "APPROVED"]
    if not pull.reviewer or pull.state == "OPEN":
        return []
    moments = [0.3 + 0.2 * random.random_sample(), 0.85 + 0.1 * random.random_sample()]
    reviews = []
    for state, share in zip(rounds, moments[-len(rounds) :], strict=True):
        moment = pull.created + share * (pull.closed - pull.created)
        account = login(pull.reviewer, str(moment)[:10])
        name = opaque_id(f"review {pull.number} {state}", length=10)
        reviews.append(
            {"id": f"PRR_{name}", "author": {"login": account}, "body": "", "state": state,
             "submittedAt": github_time(moment)}
        )  # fmt: skip
    return reviews
