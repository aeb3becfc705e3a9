"""The one door between measures and readers.

`publish` is the only way to a `Publication`; figures and sentences accept nothing else.  The rule: a
person is shown as far as that person's recorded consent says (no entry = no), an aggregate of people's
answers needs k people other than the reader and may give nothing away by subtraction, everything is rounded
to what is printed, nobody is quoted without approval of just that text.  Who is hidden depends on who
answered and consented, never on what they answered.  The rules in words: docs/disclosure.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace
from typing import Any, get_args

from ..measure_row import MEASURE_COLUMNS, Measure, measure_frame
from ..programme.model import Approval, Audience, Consent, ConsentKind, DisclosurePolicy, Reply
from ..programme.policy import ASKED, RULES, TICKED, is_withheld, matches_measure, reveals_spread
from .differencing import reuse_released_figures
from .own_records import Entry
from .publications import DECIMALS, Edition, Publication, Quotation, make_voice_frame
from .releases import Key, Release, as_measure, key_of
from .suppression import SHOWN_ONLY, Named, People, find_withheld

SENT_BY = "cost.person_weeks_away"
"""The measure that has a row a stay, with its home team."""


@dataclass(frozen=True, kw_only=True)
class Permission:
    """What one edition may show: by the policy, and by what people agreed to for its audience.

    `allowed`: (person, kind of consent).  `approved`: (person, text).  `teams`: whose own figures may be
    shown, None meaning every team's; `cohorts`: in reports about which that counts.  `one_sender`: what is
    told of all teams that sent somebody is told of one.
    """

    edition: Edition
    policy: DisclosurePolicy
    allowed: frozenset[tuple[str, str]] = frozenset()
    approved: frozenset[tuple[str, str]] = frozenset()
    teams: frozenset[str] | None = None
    cohorts: frozenset[str] = frozenset()
    one_sender: bool = False


def publish(
    measures: Sequence[Measure],
    edition: Edition,
    policy: DisclosurePolicy,
    consents: Iterable[Consent],
    *,
    facts: Mapping[str, Any],
    voices: Iterable[Quotation] = (),
    records: Iterable[Entry] = (),
    approvals: Iterable[Approval] = (),
    replies: Iterable[Reply] = (),
    words: Mapping[str, Any] | None = None,
    withheld: frozenset[int] | None = None,
    earlier: Sequence[Release] = (),
) -> Publication:
    """The measures that may pass for an edition, rounded as printed; those that may not say so.

    The edition's cohort and the whole programme are in it, without a cohort the programme alone and nobody's
    own row, with a person that person's and the own team's.  `voices`: for a graduate all own words, else
    those of the cohort's participants that they approved for this audience, and no trace of the others.
    `withheld`: places in `measures` that subtraction keeps back, as `withhold` finds them.  `earlier`: what
    was published before.
    """
    consents, as_of = tuple(consents), str(facts["as_of"])
    if withheld is None:
        withheld = withhold(measures, policy, consents, as_of=as_of, earlier=earlier)
    permission = permit(edition, policy, consents, approvals, facts=facts)
    senders = {m.team for m in measures if m.measure == SENT_BY and m.team is not None}
    permission = replace(permission, one_sender=len(senders) == 1)
    if edition.person is not None:  # who knows one person's answers needs fewer others to tell the rest
        withheld |= withhold(measures, policy, consents, as_of=as_of, permission=permission, earlier=earlier)
    wanted = [(place, m) for place, m in enumerate(measures) if _belongs(m, permission)]
    now = _list_named(measures, policy, _list_told(consents, as_of, permission))
    by_name = edition.audience == "owner"

    def follows(row: Measure) -> bool:
        """Whether the reader alone can be in a figure, or finds by name everybody who can."""
        own = bool(row.people) and now.everybody(row) == {edition.reader}
        return own or (by_name and now.tells_all(row))

    judged = [
        (m, find_reason(m, permission, withheld=place in withheld, follows=follows(m))) for place, m in wanted
    ]
    before = _list_named_before(earlier, permission)
    passed = iter(
        reuse_released_figures(
            [m for m, reason in judged if reason is None],
            earlier,
            k=policy.k,
            as_of=as_of,
            reader=edition.reader,
            known=lambda row: (now.of(row), now.of(row) | (before.of(row) if before else frozenset())),
            may_carry=lambda row, old: (
                find_reason(old, permission) is None and (SHOWN_ONLY not in row.notes or now.tells(old))
            ),
            follows=lambda row: by_name and now.tells(row),
        )
    )
    ended = (_round(row if follows(row) else _floor(row, policy.k)) for row in passed)
    shown = [next(ended) if reason is None else m.hidden(reason) for m, reason in judged]
    return Publication(
        edition=edition.name,
        programme=str(facts["programme_sha256"]),
        cohort=edition.cohort,
        person=edition.person,
        as_of=as_of,
        measures=measure_frame(_tell_once(shown))[list(MEASURE_COLUMNS)],
        facts=facts,
        voices=make_voice_frame(voice for voice in voices if may_quote(voice, permission)),
        records=tuple(asdict(entry) for entry in records) if edition.reader is not None else (),
        replies=tuple(_list_replies(replies, shown, edition, as_of)),
        words=words or {},
    )


# --- who is permitted what --------------------------------------------------------------------------------


def permit(
    edition: Edition,
    policy: DisclosurePolicy,
    consents: Iterable[Consent],
    approvals: Iterable[Approval] = (),
    *,
    facts: Mapping[str, Any],
) -> Permission:
    """What people agreed to for an edition by the day of the data, and whose teams it is about."""
    as_of = str(facts["as_of"])
    allowed = list_agreed(consents, edition.audience, as_of=as_of)
    if RULES[edition.audience].own and edition.reader is not None:
        allowed |= {(edition.reader, kind) for kind in get_args(ConsentKind)}
    stays = [stay for stay in facts.get("stays", ()) if stay["person"] == edition.person]
    rule = RULES[edition.audience].teams
    every = rule == "all" or (rule == "policy" and policy.teams_to_leadership == "named")
    return Permission(
        edition=edition,
        policy=policy,
        allowed=allowed,
        approved=frozenset(
            (a.person, _as_typed(a.text))
            for a in approvals
            if a.audience == edition.audience and is_in_force(a, as_of)
        ),
        teams=None if every else frozenset(stay["team"] for stay in stays),
        cohorts=frozenset(stay["cohort"] for stay in stays),
    )


def list_agreed(consents: Iterable[Consent], audience: Audience, *, as_of: str) -> frozenset[tuple[str, str]]:
    """(person, kind) of the consents for an audience that are in force on a day."""
    return frozenset((c.person, c.kind) for c in consents if c.audience == audience and is_in_force(c, as_of))


def withhold(
    measures: Sequence[Measure],
    policy: DisclosurePolicy,
    consents: Iterable[Consent],
    *,
    as_of: str,
    permission: Permission | None = None,
    earlier: Sequence[Release] = (),
) -> frozenset[int]:
    """Places in `measures` that are not shown, because the owner's pages together would tell the rest.

    They are the widest view there is of others: whoever reads another edition may have read them.  What an
    edition of one person tells besides (`permission`) counts as known, too.  Who was shown by name at an
    earlier release stays known: consent can be taken back, a report that was read cannot.
    """
    reader = None if permission is None else permission.edition.reader
    told = _list_told(consents, as_of, permission)
    before = _list_named_before(earlier, permission)
    withheld = frozenset[int]()
    for named in (None, before) if before is not None else (None,):
        withheld |= find_withheld(
            measures,
            k=policy.k,
            shown_persons=told,
            reader=reader,
            left_out=policy.withhold,
            named_before=named,
        )
    return withheld


def rest_on_shown(
    measures: Sequence[Measure],
    withheld: frozenset[int],
    policy: DisclosurePolicy,
    consents: Iterable[Consent],
    *,
    as_of: str,
    again: Callable[[People], Mapping[Key, Measure]],
) -> tuple[list[Measure], frozenset[int]]:
    """The measures with what subtraction keeps back over those shown by name, and the places still withheld.

    `again` measures with the answers of some people alone, so that the others count as missing; where k of
    them have a value under their name, it follows from what is shown already.  What other figures are judged
    by comes of the same people, and a figure that stays hidden weighs in no family of claims.
    """
    named = _list_named(measures, policy, _list_told(consents, as_of, None))
    asked = [measures[place] for place in withheld if matches_measure(measures[place].measure, ASKED)]
    worlds = {shown: again(shown) for shown in {named.of(row) for row in asked}}
    rows, hidden = [], set()
    for place, row in enumerate(measures):
        found = worlds.get(named.of(row), {}).get(key_of(row)) if row.person is None else None
        if found is not None and (place in withheld or found.n != row.n):
            found = replace(found, notes=(*found.notes, SHOWN_ONLY))
        if place in withheld and (found is None or not named.tells(found) or not may_show(found, policy.k)):
            rows.append(replace(row, p=None))
            hidden.add(place)
        elif found is not None and (place in withheld or found.people == row.people):
            rows.append(found)  # nobody hidden is in it, neither in what it leans on
        elif found is not None:
            rows.append(replace(row, sources=found.sources, compared=found.compared))
        else:
            rows.append(row)
    return rows, frozenset(hidden)


def _list_told(
    consents: Iterable[Consent], as_of: str, permission: Permission | None
) -> frozenset[tuple[str, str]]:
    """(person, kind) of everybody whom the owner's pages and an edition of one person show by name."""
    told = list_agreed(consents, "owner", as_of=as_of)
    if permission is not None:
        told |= {each for each in permission.allowed if each[0] == permission.edition.person}
    return told


def _list_named_before(earlier: Sequence[Release], permission: Permission | None) -> Named | None:
    """Who was shown by name before to whoever may read an edition; None: nobody."""
    folder = None if permission is None else permission.edition.folder
    rows = [
        as_measure(row)
        for released in earlier
        if released.edition.partition("/")[0] in ("owner", "leadership") or released.edition == folder
        for row in released.rows
        if row.person is not None and row.value is not None
    ]
    return Named(rows, frozenset()) if rows else None


def _list_named(measures: Iterable[Measure], policy: DisclosurePolicy, told: Set[tuple[str, str]]) -> Named:
    return Named((m for m in measures if m.person is not None), told, policy.withhold)


def is_in_force(given: Consent | Approval, as_of: str) -> bool:
    """Given, and not withdrawn, by the day of the data."""
    by_then = given.given.isoformat() <= as_of
    return by_then and (given.withdrawn is None or given.withdrawn.isoformat() > as_of)


# --- rows -------------------------------------------------------------------------------------------------


def _belongs(measure: Measure, permission: Permission) -> bool:
    """Whether a row is what an edition is about."""
    edition, rule = permission.edition, RULES[permission.edition.audience]
    names = rule.measures if measure.person is None else rule.persons
    if names and not matches_measure(measure.measure, names):
        return False
    if measure.person is not None:
        if edition.person is not None:
            return measure.person == edition.person
        return rule.named and edition.cohort is not None and measure.cohort == edition.cohort
    if measure.skill is not None and not rule.skills:
        return False
    if measure.team is not None and permission.teams is not None and measure.team not in permission.teams:
        return False
    if measure.cohort is None or measure.cohort == edition.cohort:
        return True
    if measure.team is None:  # a cohort's sums less the reader's own records are those of one or two others
        return measure.measure in rule.beside
    return measure.cohort in permission.cohorts or (rule.teams == "policy" and permission.teams is None)


def find_reason(
    measure: Measure, permission: Permission, *, withheld: bool = False, follows: bool = False
) -> str | None:
    """Why an edition does not show a row, None where it does.

    `follows`: its readers can work it out from values of persons that it shows them.
    """
    k = permission.policy.k
    if is_withheld(measure, permission.policy.withhold):
        return "WITHHELD"
    if measure.person is not None:
        return None if may_show(measure, k, permission.allowed) else "NO_CONSENT"
    of_senders = measure.measure.startswith("impact.quarter.") and measure.kind == "sender"
    one_team = (measure.counts == "teams" and measure.n == 1) or (of_senders and permission.one_sender)
    if permission.teams == frozenset() and one_team:
        return "SINGLE_TEAM"
    reader = permission.edition.reader
    if not follows and not may_show(measure, k, reader=reader):
        return f"FEW_PEOPLE:{k}"
    least = RULES[permission.edition.audience].spread_from
    if least and reveals_spread(measure.measure) and not may_show(measure, least, reader=reader):
        return f"FEW_PEOPLE:{least}"
    return f"SUBTRACTION:{k}" if withheld else None


def may_show(
    measure: Measure, k: int, allowed: Set[tuple[str, str]] = frozenset(), *, reader: str | None = None
) -> bool:
    """The rule: one person by that person's consent, an aggregate of answers from k other people on.

    >>> row = Measure(measure="m", unit="levels", method="mean", counts="persons", people=("p01", "p02"))
    >>> may_show(row, 5), may_show(row, 2), may_show(row, 2, reader="p01")
    (False, True, False)
    """
    if measure.person is not None:
        kinds = measure.consent.split("+") if measure.consent else []  # "skills+incidents" needs both
        return all((measure.person, kind) in allowed for kind in kinds)
    if measure.counts != "persons" or (not measure.people and measure.value is None):
        return True  # nobody's answers, or nobody answered
    return len(set(measure.people) - {reader}) >= k  # a value of nobody is hidden: whose was forgotten


def _floor(measure: Measure, k: int) -> Measure:
    """Of ticks fewer than k people's only that: by the count alone, so that 0 is told like any other."""
    if not matches_measure(measure.measure, TICKED) or measure.value is None or measure.value >= k:
        return measure
    return replace(measure, value=None, notes=(f"FEWER_THAN:{k}", *measure.notes))


def _tell_once(measures: Iterable[Measure]) -> Iterator[Measure]:
    """One row a hidden measure of a person: which skills have a level at all depends on the answers."""
    told: set[tuple[str, str | None, str]] = set()
    for measure in measures:
        if measure.verdict != "hidden" or measure.person is None:
            yield measure
        elif (key := (measure.measure, measure.cohort, measure.person)) not in told:
            told.add(key)
            yield replace(measure, skill=None, kind=None, label=None, phase=None, wave=None)


def _round(measure: Measure) -> Measure:
    digits = DECIMALS[measure.unit]
    rounded = {
        name: None if value is None else round(value, digits or None) + 0  # whole where printed so; no -0.0
        for name, value in (("value", measure.value), ("low", measure.low), ("high", measure.high))
    }
    return replace(measure, **rounded)  # type: ignore[arg-type]


# --- words and replies ------------------------------------------------------------------------------------


def may_quote(voice: Quotation, permission: Permission) -> bool:
    """Whether an edition may hold somebody's words: the author's own, or those approved for its audience."""
    edition = permission.edition
    if edition.reader is not None:
        return voice.person == edition.reader
    if voice.names_somebody or not RULES[edition.audience].quotes:
        return False
    about = voice.person == edition.person or (edition.cohort is not None and voice.cohort == edition.cohort)
    approved = (voice.person, _as_typed(voice.text)) in permission.approved
    return about and approved and (voice.person, "quotes") in permission.allowed


def _as_typed(text: str) -> str:
    """A text as it is compared: without what a spreadsheet makes of line ends and blanks around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _list_replies(
    replies: Iterable[Reply], shown: Sequence[Measure], edition: Edition, as_of: str
) -> Iterator[dict[str, Any]]:
    """What people add to numbers that an edition shows about them; for a graduate all own."""
    numbers = [m for m in shown if m.person is not None and m.verdict != "hidden"]
    for reply in replies:
        given = reply.given.isoformat() <= as_of
        travels = reply.person == edition.reader or any(
            number.person == reply.person
            and matches_measure(number.measure, (reply.measure,))
            and reply.skill in (None, number.skill)
            for number in numbers
        )
        if given and travels:
            yield reply.model_dump(mode="json", include={"person", "measure", "skill", "text", "given"})
