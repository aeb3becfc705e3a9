"""The three accounts of every report: person, home team, organisation × gained, paid, not known (三方よし).

Each cell is one number or why there is none; the column of what is not known is always filled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .decisions import find_last_balance
from .disclosure import DECIMALS, Publication
from .narrative import (
    claim,
    claim_missing,
    first_row,
    growth_row,
    joined,
    reason_text,
    value_text,
    verdict_word,
)
from .texts import Texts


def account_cells(publication: Publication, texts: Texts) -> dict[str, dict[str, str]]:
    """Person, home team, organisation × gained, paid, not known: each one number or why there is none."""
    of_programme = publication.cohort is None
    return {
        "person": {
            "gained": _person_gained(publication, texts),
            "paid": _person_paid(publication, texts),
            "unknown": _person_unknown(publication, texts),
        },
        "home_team": {
            "gained": _home_teams_gained(publication, texts)
            if of_programme
            else _home_team(publication, texts, ("first_graduate", "second_graduate"), "gained"),
            "paid": _home_teams_paid(publication, texts)
            if of_programme
            else _home_team(publication, texts, ("away",), "paid"),
            "unknown": _home_team_unknown(publication, texts),
        },
        "organisation": {
            "gained": _organisation_gained_so_far(publication, texts)
            if of_programme
            else _organisation_gained(publication, texts),
            "paid": _organisation_paid(publication, texts),
            "unknown": _organisation_unknown(publication, texts),
        },
    }


def _person_gained(publication: Publication, texts: Texts) -> str:
    low, high = growth_row(publication, "now_minus_start"), growth_row(publication, "now_minus_then")
    for row in (low, high):
        if row is None:
            return claim_missing(texts, "skill.growth.now_minus_start", "NO_SURVEY")
        if row.value is None:
            return claim(texts, row)
    running = all(stay["end"] is None for stay in publication.facts["stays"])
    of_cohort = publication.cohort is not None
    return texts.say(
        "accounts.person_gained_running" if running and of_cohort else "accounts.person_gained",
        low=value_text(texts, "levels", low.value),  # type: ignore[union-attr]
        high=value_text(texts, "levels", high.value),  # type: ignore[union-attr]
        n_low=low.n,  # type: ignore[union-attr]
        n_high=high.n,  # type: ignore[union-attr]
    )


def _person_paid(publication: Publication, texts: Texts) -> str:
    """How often it was too much, over the programme; how many of the page's went long without a 1:1."""
    panic = _whole(publication, "strain.panic_share")
    gaps = first_row(publication.rows("one_to_one.gap_over", cohort=publication.cohort, person=None))
    said = []
    if panic is None or panic.value is None:
        reason = "NO_SURVEY" if panic is None else str(panic.notes[0])
        said.append(texts.say("accounts.person_paid_none", reason=reason_text(texts, reason)))
    else:
        share = value_text(texts, "share", panic.value)
        bounds = _whole(publication, "strain.panic_share.bounds")
        missing = "–" if bounds is None or bounds.missing is None else bounds.missing
        said.append(texts.say("accounts.person_paid", value=share, n=panic.n, missing=missing))
    if gaps is not None and gaps.value is not None:
        weeks = publication.facts["triggers"]["weeks_without_one_to_one"]
        key = "person_paid_gaps" if publication.cohort is not None else "person_paid_gaps_programme"
        said.append(texts.say(f"accounts.{key}", weeks=weeks, k=int(gaps.value), n=gaps.n))
    return joined(texts, said)


def _whole(publication: Publication, measure: str, **where: object) -> Any | None:
    """The row of the whole programme."""
    return first_row(publication.rows(measure, cohort=None, person=None, team=None, **where))


def _person_unknown(publication: Publication, texts: Texts) -> str:
    """What is not known of the person's side: whether what was learned is used, and lasts."""
    rows = publication.rows("followup.use", person=None)
    answered = rows[rows["value"].notna()]
    if len(answered):
        n = int(answered["n"].max())
        return texts.say("accounts.person_unknown_lasting", n=n, k=publication.facts["k"])
    if rows["verdict"].eq("hidden").any():
        return texts.say("accounts.person_unknown_few", k=publication.facts["k"])
    return texts.say("accounts.person_unknown")


def _home_team(publication: Publication, texts: Texts, names: Sequence[str], side: str) -> str:
    """Each home team's value, those without one too: no team of the cohort is left out."""
    teams = list(dict.fromkeys(stay["team"] for stay in publication.facts["stays"]))
    found = {team: _team_row(publication, team, names) for team in teams}
    if all(row is None or row.value is None for row in found.values()):
        reasons = [_why_no_value(publication, team, row, side) for team, row in found.items()]
        reason = max(sorted(set(reasons)), key=reasons.count) if reasons else "NO_POST_WINDOW"
        said = texts.say(f"accounts.home_team_{side}_none", reason=reason_text(texts, reason))
    else:
        values = [_team_value(texts, publication.facts["teams"][team], row) for team, row in found.items()]
        said = texts.say(f"accounts.home_team_{side}", list=" / ".join(values))
    told = _own_view(publication, texts) if side == "gained" else _cover(publication, texts)
    return joined(texts, [said, told])


def _own_view(publication: Publication, texts: Texts) -> str:
    """What teams that sent someone say themselves, before and after, over the programme."""
    rows = [_whole(publication, "impact.self_solving", kind=f"sender_{when}") for when in ("before", "after")]
    if any(row is None or row.value is None for row in rows):
        return ""
    before, after = rows
    return texts.say(
        "accounts.home_team_view",
        before=value_text(texts, before.unit, before.value),  # type: ignore[union-attr]
        after=value_text(texts, after.unit, after.value),  # type: ignore[union-attr]
        n_before=before.n,  # type: ignore[union-attr]
        n_after=after.n,  # type: ignore[union-attr]
    )


def _cover(publication: Publication, texts: Texts) -> str:
    """How many who covered an absence say that it was a strain, over the programme."""
    row = _whole(publication, "home.cover")
    if row is None or row.value is None:
        return ""
    return texts.say("accounts.home_team_cover", value=value_text(texts, row.unit, row.value), n=row.n)


def _home_team_unknown(publication: Publication, texts: Texts) -> str:
    """What covering took each team; without a survey, what it took at all; and what one team cannot tell."""
    asked = _cover(publication, texts)
    key = "home_team_unknown_cover" if asked else "home_team_unknown"
    return joined(texts, [texts.say(f"accounts.{key}"), texts.say("accounts.home_team_unknown_cause")])


def _team_value(texts: Texts, team: Any, row: Any | None) -> str:
    if row is None or row.value is None:
        return texts.say("accounts.team_none", team=texts.label(team))
    key = "team_value_second" if row.measure.endswith(".second_graduate") else "team_value"
    return texts.say(f"accounts.{key}", team=texts.label(team), value=value_text(texts, row.unit, row.value))


def _team_row(publication: Publication, team: str, names: Sequence[str]) -> Any | None:
    """The cohort's row of a team in the first of the comparisons that has one, a value before a reason."""
    rows = [
        first_row(publication.rows(f"impact.self_resolution.{name}", cohort=publication.cohort, team=team))
        for name in names
    ]
    there = [row for row in rows if row is not None]
    return next((row for row in there if row.value is not None), there[0] if there else None)


def _why_no_value(publication: Publication, team: str, row: Any | None, side: str) -> str:
    if row is not None and row.notes:
        return str(row.notes[0])
    return str(publication.facts["why_nothing_after"][team]) if side == "gained" else "LATER_SENDING"


def _organisation_gained(publication: Publication, texts: Texts) -> str:
    row = first_row(publication.rows("impact.self_resolution.first_graduate", team=None))
    if row is not None and row.value is not None:
        said = claim(texts, row)
    else:
        reason = row.notes[0] if row is not None else "NO_CONTROL"
        said = texts.say("accounts.organisation_gained_none", reason=reason_text(texts, reason))
    return joined(texts, [said, _operating_level(publication, texts)])


def _operating_level(publication: Publication, texts: Texts) -> str:
    """Self-resolution of all home teams in the first and in the last year, whatever it came from."""
    years = [
        _whole(publication, "organisation.self_resolution", kind=kind) for kind in ("first_year", "last_year")
    ]
    if any(row is None or row.value is None for row in years):
        return ""
    first, last = years
    return texts.say(
        "accounts.organisation_level",
        first=value_text(texts, first.unit, first.value),  # type: ignore[union-attr]
        last=value_text(texts, last.unit, last.value),  # type: ignore[union-attr]
        n_first=texts.number(first.n),  # type: ignore[union-attr]
        n_last=texts.number(last.n),  # type: ignore[union-attr]
    )


def _organisation_paid(publication: Publication, texts: Texts) -> str:
    """Weeks away in the cohort; the whole account over the programme as far as it can be told."""
    away = first_row(publication.rows("cost.account", cohort=publication.cohort, kind="away"))
    said = []
    if away is not None and away.value is not None:
        value = texts.number(away.value, DECIMALS["person_weeks"])
        said.append(texts.say("accounts.organisation_paid", value=value, n=away.n))
    else:
        said.append(texts.say("accounts.organisation_paid_none"))
    net = _whole(publication, "cost.account", kind="net")
    if net is not None and net.value is not None:
        total = value_text(texts, net.unit, net.value, with_unit=True)
        said.append(texts.say("accounts.organisation_paid_net", value=total, n=net.n))
    return joined(texts, said)


def _organisation_unknown(publication: Publication, texts: Texts) -> str:
    """What hosting would have cost otherwise; without a host survey, what it cost at all."""
    teaching = _whole(publication, "host.teaching_hours", kind=None)
    hosted = teaching is not None and teaching.value is not None
    said = [texts.say(f"accounts.organisation_unknown{'_otherwise' if hosted else ''}")]
    if _operating_level(publication, texts):
        said.append(texts.say("accounts.organisation_unknown_cause"))
    return joined(texts, said)


# --- the whole programme's page -------------------------------------------------------------------------


def _home_teams_gained(publication: Publication, texts: Texts) -> str:
    """What may be said of the first and of the second graduate over all home teams."""
    found = (_comparison(publication, name) for name in ("first_graduate", "second_graduate"))
    rows = [row for row in found if row is not None]
    if all(row.value is None for row in rows):
        return texts.say("accounts.home_team_gained_none", reason=_why_none(texts, rows))
    said = [_say_briefly(texts, row) for row in rows]
    return texts.say("accounts.home_teams_gained", list=texts.say("list.separator").join(said))


def _home_teams_paid(publication: Publication, texts: Texts) -> str:
    row = _comparison(publication, "away")
    if row is None or row.value is None:
        reason = _why_none(texts, [] if row is None else [row])
        return texts.say("accounts.home_team_paid_none", reason=reason)
    return texts.say("accounts.home_teams_paid", list=_say_briefly(texts, row))


def _why_none(texts: Texts, rows: Sequence[Any]) -> str:
    """The first reason that rows without a value have; without a row there are no tickets."""
    return reason_text(texts, next((str(row.notes[0]) for row in rows if row.notes), "NO_TICKETS"))


def _say_briefly(texts: Texts, row: Any) -> str:
    """A comparison's value with interval, n and the word of its verdict; why it has none."""
    name = texts.say(f"difference.short.{row.measure.rsplit('.', 1)[1]}")
    if row.value is None:
        return texts.say("accounts.brief_none", name=name, reason=reason_text(texts, row.notes[0]))
    value = value_text(texts, row.unit, row.value, with_unit=True)
    low, high = (value_text(texts, row.unit, end) for end in (row.low, row.high))
    told = {"name": name, "value": value, "n": row.n, "verdict": verdict_word(texts, row)}
    if row.low is None or row.high is None:
        return texts.say("accounts.brief_alone", **told)
    return texts.say("accounts.brief", range=texts.say("part.ends", low=low, high=high), **told)


def _comparison(publication: Publication, name: str) -> Any | None:
    return _whole(publication, f"impact.self_resolution.{name}")


def _organisation_gained_so_far(publication: Publication, texts: Texts) -> str:
    """Improvements that are in use, and the host team's time that came back."""
    said = []
    used = _whole(publication, "improvement.in_use", kind="all")
    if used is not None and used.value is not None:
        said.append(texts.say("accounts.organisation_gained_improvements", k=int(used.value), n=used.n))
    balance = first_row(find_last_balance(publication))
    if balance is not None and balance.measure == "host.balance":
        value = value_text(texts, balance.unit, balance.value, with_unit=True)
        low, high = (value_text(texts, balance.unit, end) for end in (balance.low, balance.high))
        ends = texts.say("part.ends", low=low, high=high)
        said.append(texts.say("accounts.organisation_gained_balance", value=value, range=ends, n=balance.n))
    return joined(texts, said) or texts.say("accounts.organisation_gained_nothing")
