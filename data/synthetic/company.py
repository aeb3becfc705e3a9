"""Who is who in the invented company: names, addresses, accounts, and the spellings tools know them by."""

from __future__ import annotations

import hashlib

import pandas as pd

from .planted import OUTSIDE, TEAMS, Scenario, list_services

DOMAIN = "minamo.example"
TEST_ADDRESS = f"test@{DOMAIN}"
BOT = "sre-bot"
TERRAFORM = f"terraform@{DOMAIN}"  # the service account that code makes monitors under
RENAME, RENAMED, NEW_LABEL = "2024-04-01", "momiji", "reserve-core"
TEAM_BY_ID = {team.id: team for team in TEAMS}
# person: given name, local part of the address.  p03 and sre05 share their name (M7)
PEOPLE = {
    "p01": ("つむぎ", "tsumugi"), "p02": ("はると", "haruto"), "p03": ("ひかり", "hikari.h"),
    "p04": ("ゆい", "yui"), "p05": ("あかり", "akari"), "p06": ("そうた", "sota"), "p07": ("みお", "mio"),
    "p08": ("りく", "riku"), "p09": ("さな", "sana"), "p10": ("いつき", "itsuki"),
    "p11": ("ひなた", "hinata"), "p12": ("あおと", "aoto"), "p13": ("こはる", "koharu"),
    "sre01": ("だいち", "daichi"),
    "sre02": ("れん", "ren"), "sre03": ("しおり", "shiori"), "sre04": ("つばさ", "tsubasa"),
    "sre05": ("ひかり", "hikari.s"), "sre06": ("めい", "mei"), "sre07": ("たくみ", "takumi"),
}  # fmt: skip
NAMESAKES = ("p03", "sre05")
# what other tools call people; p05 changed the name on 2024-08-01, p09 has two addresses (M6)
NAME_CHANGE = "2024-08-01"
OLD_NAME, OLD_MAIL = "見本 灯里", f"tomori@{DOMAIN}"
SECOND_MAIL = f"sana.mihon@{DOMAIN}"
TRACKER_NAMES = {
    "p03": "見本 ひかり(檜)", "p05": OLD_NAME, "sre02": "ren.m", "sre05": "見本 ひかり(SRE)",
    "sre07": "takumi",
}  # fmt: skip
SHEET_NAMES = {"p02": "はると@SRE", "sre02": "れん(SRE)"}
# GitHub: p05 opened a new account with the new name (M6)
OLD_LOGIN = "tomori-m"
DEVELOPERS_A_TEAM = 2  # who of a team writes to the infrastructure repository
UNKNOWN_NAMES = {"sre04": "つば", "sre06": "めいめい"}


def full_name(person: str, day: str = "9999-12-31") -> str:
    """The name on `day` (ISO text), by default the owner's; every family name means "sample"."""
    if person == "p05" and day < NAME_CHANGE:
        return OLD_NAME
    return f"見本 {PEOPLE[person][0]}"


def mail(person: str, day: str = "9999-12-31") -> str:
    """The address on `day` (ISO text)."""
    if person == "p05" and day < NAME_CHANGE:
        return OLD_MAIL
    return f"{PEOPLE[person][1]}@{DOMAIN}"


def mail_used(person: str, moment: pd.Timestamp) -> str:
    """The address under which a form was sent; p09's second address from the second month on (M6)."""
    if person == "p09" and moment >= pd.Timestamp("2024-06-01"):
        return SECOND_MAIL
    return mail(person, str(moment)[:10])


def login(person: str, day: str = "9999-12-31") -> str:
    """The GitHub account on `day`; who is not in the roster is known by nothing else.

    >>> login("sre05"), login("p05", "2024-07-31"), login("aoi-dev1")
    ('hikari-s-m', 'tomori-m', 'aoi-dev1')
    """
    if person == "p05" and day < NAME_CHANGE:
        return OLD_LOGIN
    return PEOPLE[person][1].replace(".", "-") + "-m" if person in PEOPLE else person


def list_developers(team: str) -> list[str]:
    """The accounts of a team's people who never rotate."""
    return [f"{team}-dev{number}" for number in range(1, DEVELOPERS_A_TEAM + 1)]


def tracker_name(person: str) -> str:
    """The display name in request and paging tools."""
    return TRACKER_NAMES.get(person) or full_name(person)


def sheet_name(person: str, day: str = "9999-12-31") -> str:
    """The name in a drop-down list of the owner's sheets: where two people bear it, with the team.

    >>> sheet_name("p03"), sheet_name("p05", "2024-01-10")
    ('見本 ひかり(檜)', '見本 灯里')
    """
    return TRACKER_NAMES[person] if person in NAMESAKES else full_name(person, day)


def opaque_id(person: str, *, length: int = 24) -> str:
    """An account id that says nothing, the same each time."""
    return hashlib.sha256(f"account:{person}".encode()).hexdigest()[:length]


def team_label(team: str, day: str, style: str = "ja") -> str:
    """A team as written on `day`; `style`: ja, en, slug or kana.

    >>> team_label("aoi", "2022-04-01", "slug"), team_label("momiji", "2024-04-01")
    ('aoi-team', 'reserve-core')
    """
    if team == OUTSIDE:
        return "データ基盤"
    if team == RENAMED and day >= RENAME:
        return NEW_LABEL
    known = TEAM_BY_ID[team]
    return {"ja": known.ja, "en": team.capitalize(), "slug": f"{team}-team", "kana": known.kana}[style]


def list_aliases(scenario: Scenario) -> list[tuple[str, str, str, str, str]]:
    """Rows `text, kind, id, valid_from, valid_until` for everything people.csv and teams.csv do not say."""
    aliases = []
    for team in scenario.teams:
        aliases += [(f"{team.id}-team", "team", team.id, "", ""), (team.kana, "team", team.id, "", "")]
        if team.id == RENAMED:
            aliases.append((NEW_LABEL, "team", team.id, RENAME, ""))
    for service in list_services(scenario.teams):
        owner = "sre" if service.startswith("shared-") else service.removesuffix("-api")
        aliases.append((service, "team", owner, "", ""))
    present = {stay.person for stay in scenario.rotations} | set(scenario.sre)
    aliases += [row for row in list_personal_aliases() if row[2] in present]
    aliases += [(BOT, "shared", "sre", "", ""), (TEST_ADDRESS, "test", "", "", "")]
    if not scenario.pulls:
        return aliases
    return [*aliases, (TERRAFORM, "bot", "", "", ""), *list_login_aliases(scenario)]


def list_login_aliases(scenario: Scenario) -> list[tuple[str, str, str, str, str]]:
    """GitHub accounts: of a person of the roster, or of somebody of whom only the team is known."""
    people = [*(stay.person for stay in scenario.rotations), *scenario.sre]
    rows = [(login(person), "person", person, "", "") for person in people if person != "p05"]
    rows.append((OLD_LOGIN, "person", "p05", "", "2024-07-31"))
    developers = [(name, team.id) for team in scenario.teams for name in list_developers(team.id)]
    return rows + [(name, "team", team, "", "") for name, team in developers]


def list_personal_aliases() -> list[tuple[str, str, str, str, str]]:
    """Accounts, former names and second addresses; `UNKNOWN_NAMES` lack on purpose."""
    return [
        (OLD_NAME, "person", "p05", "", "2024-07-31"),
        (OLD_MAIL, "person", "p05", "", "2024-07-31"),
        (login("p05"), "person", "p05", "", ""),
        (SECOND_MAIL, "person", "p09", "", ""),
        (TRACKER_NAMES["p03"], "person", "p03", "", ""),
        (TRACKER_NAMES["sre05"], "person", "sre05", "", ""),
        (TRACKER_NAMES["sre02"], "person", "sre02", "", ""),
        (TRACKER_NAMES["sre07"], "person", "sre07", "", ""),
        *((text, "person", person, "", "") for person, text in SHEET_NAMES.items()),
    ]
