"""The three accounts of every report: person, home team, organisation × gained, paid, not known (三方よし).

Each cell is one number or why there is none; the column of what is not known is always filled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .decisions import find_last_balance
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
from .publications import DECIMALS, Publication
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
            "gained": _organisation_gained_so_far(publication, texts),
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
    said = []
    if panic is None or panic.value is None:
        reason = "NO_SURVEY" if panic is None else str(panic.notes[0])
        said.append(texts.say("accounts.person_paid_none", reason=reason_text(texts, reason)))
    else:
        share = value_text(texts, "share", panic.value)
        bounds = _whole(publication, "strain.panic_share.bounds")
        missing = "–" if bounds is None or bounds.missing is None else bounds.missing
        said.append(texts.say("accounts.person_paid", value=share, n=panic.n, missing=missing))
    return joined(texts, [*said, _long_gaps(publication, texts)])


LEAST_TOLD = 2
"""Of one participant a count of those without a 1:1 is that person's own value."""


def _long_gaps(publication: Publication, texts: Texts) -> str:
    """How many went long without a 1:1; of a cohort of one, how many of the programme, and why."""
    rows = publication.rows("one_to_one.gap_over", cohort=publication.cohort, person=None)
    own, whole = first_row(rows), _whole(publication, "one_to_one.gap_over")
    if own is None or own.value is None:
        return ""
    few = own.n < LEAST_TOLD and publication.cohort is not None
    row = whole if few else own
    if row is None or row.value is None:
        return ""
    key = "_programme" if publication.cohort is None else "_alone" if few else ""
    weeks = publication.facts["triggers"]["weeks_without_one_to_one"]
    return texts.say(f"accounts.person_paid_gaps{key}", weeks=weeks, k=int(row.value), n=row.n)


def _whole(publication: Publication, measure: str, **where: object) -> Any | None:
    """The row of the whole programme."""
    return first_row(publication.rows(measure, cohort=None, person=None, team=None, **where))


def _person_unknown(publication: Publication, texts: Texts) -> str:
    """What is not known of the person's side: whether what was learned is used, and lasts."""
    rows = publication.rows("followup.use", person=None)
    answered = rows[rows["value"].notna()]
    if len(answered):
        return texts.say("accounts.person_unknown_lasting", k=publication.facts["k"])
    hidden = rows[rows["verdict"].eq("hidden")]
    if len(hidden):
        reason = reason_text(texts, hidden["notes"].iloc[0][0])
        return texts.say("accounts.person_unknown_few", reason=reason)
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
        values = [_team_value(publication, texts, team, row, side) for team, row in found.items()]
        valued = sum(row is not None and row.value is not None for row in found.values())
        few = texts.say(f"accounts.{'a_single_team' if valued == 1 else 'single_teams'}")
        said = texts.say(f"accounts.home_team_{side}", list=" / ".join(values), few=few)
    told = _own_view(publication, texts) if side == "gained" else _cover(publication, texts)
    return joined(texts, [said, told])


def _own_view(publication: Publication, texts: Texts) -> str:
    """What teams that sent someone say themselves, against the change of those that never did."""
    row = _whole(publication, "impact.self_solving.first_graduate")
    if row is None or row.value is None:
        return ""
    value = value_text(texts, row.unit, row.value, with_unit=True)
    told = {"value": value, "n": row.n, "verdict": _low_word(texts, row)}
    if row.low is None or row.high is None:
        return texts.say("accounts.home_team_view_alone", **told)
    low, high = (value_text(texts, row.unit, end) for end in (row.low, row.high))
    return texts.say("accounts.home_team_view", range=texts.say("part.ends", low=low, high=high), **told)


def _low_word(texts: Texts, row: Any) -> str:
    """The word of a verdict within a sentence."""
    word = verdict_word(texts, row)
    return word[:1].lower() + word[1:]


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


def _team_value(publication: Publication, texts: Texts, team: str, row: Any | None, side: str) -> str:
    """A team's value, or why it has none."""
    name = texts.label(publication.facts["teams"][team])
    if row is None or row.value is None:
        reason = _why_no_value(publication, team, row, side)
        if reason == "LATER_SENDING":
            return texts.say("accounts.team_not_compared", team=name)
        return texts.say("accounts.team_none", team=name, reason=reason_text(texts, reason))
    key = "team_value_second" if row.measure.endswith(".second_graduate") else "team_value"
    return texts.say(f"accounts.{key}", team=name, value=value_text(texts, row.unit, row.value))


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
        taught = _whole(publication, "cost.account", kind="teaching")
        if taught is not None and taught.value is not None and taught.low is not None:
            told = {"n": taught.n, "missing": taught.missing}
            said.append(texts.say("accounts.organisation_paid_teaching", **told))
    return joined(texts, said)


def _organisation_unknown(publication: Publication, texts: Texts) -> str:
    """What hosting would have cost otherwise; without a host survey, what it cost at all."""
    teaching = _whole(publication, "host.teaching_hours", kind=None)
    hosted = teaching is not None and teaching.value is not None
    return texts.say(f"accounts.organisation_unknown{'_otherwise' if hosted else ''}")


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
        told = {"value": value, "range": ends, "n": balance.n, "weeks": balance.label}
        said.append(texts.say("accounts.organisation_gained_balance", **told))
    return joined(texts, said) or texts.say("accounts.organisation_gained_nothing")
