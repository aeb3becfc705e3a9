"""The one door between measures and readers.

`publish` is the only way to a `Publication`; figures and sentences accept nothing else.  The rule: a
person is shown as far as that person's recorded consent says (no entry = no), an aggregate of people's
answers needs k people, everything is rounded to what is printed, nobody is quoted without consent to just
that.  Who is hidden depends on who answered and consented, never on what they answered.

To come, each in this module: complementary suppression, the leadership and graduate editions, the release
history (`releases`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, get_args

from .measures import MEASURE_COLUMNS, Measure, measure_frame
from .own_records import Entry
from .policy import RULES, concerns
from .programme import Consent, ConsentKind, DisclosurePolicy
from .publications import DECIMALS, Edition, Publication, make_voice_frame
from .voices import Voice

NEVER_QUOTED_TO = frozenset({"leadership"})
"""Audiences that read themes, never words: also with consent (TRUST, small groups)."""


def publish(
    measures: Sequence[Measure],
    edition: Edition,
    policy: DisclosurePolicy,
    consents: Iterable[Consent],
    *,
    facts: Mapping[str, Any],
    voices: Iterable[Voice] = (),
    records: Iterable[Entry] = (),
) -> Publication:
    """The measures that may pass for an edition, rounded as printed; those that may not say so.

    The edition's cohort and the whole programme are in it, without a cohort the programme alone and nobody's
    own row; of `voices` those of the cohort's participants who agreed to be quoted to this audience, and no
    trace of the others.
    """
    allowed: set[tuple[str, str]] = {
        (c.person, c.kind)
        for c in consents
        if c.audience == edition.audience and _holds(c, str(facts["as_of"]))
    }
    if edition.reader is not None:
        allowed |= {(edition.reader, kind) for kind in get_args(ConsentKind)}
    wanted = [m for m in measures if _belongs(m, edition)]
    shown = [_round(m) if may_show(m, policy.k, allowed) else _hide(m, policy.k) for m in wanted]
    return Publication(
        edition=edition.name,
        programme=str(facts["programme_sha256"]),
        cohort=edition.cohort,
        person=edition.person,
        as_of=str(facts["as_of"]),
        measures=measure_frame(_tell_once(shown))[list(MEASURE_COLUMNS)],
        facts=facts,
        voices=make_voice_frame(voice for voice in voices if may_quote(voice, edition, allowed)),
        records=tuple(asdict(entry) for entry in records) if edition.reader is not None else (),
    )


def _belongs(measure: Measure, edition: Edition) -> bool:
    """Whether a row is what an edition is about."""
    rule = RULES[edition.audience]
    if rule.measures and not concerns(measure.measure, rule.measures):
        return False
    if measure.person is not None:
        return measure.person == edition.person or (
            edition.cohort is not None and measure.cohort == edition.cohort
        )
    return measure.cohort is None or measure.cohort == edition.cohort


def may_quote(voice: Voice, edition: Edition, allowed: set[tuple[str, str]]) -> bool:
    """Whether an edition may hold somebody's words; `allowed`: (person, kind of consent) for its audience."""
    of_cohort = edition.cohort is not None and voice.cohort == edition.cohort
    return of_cohort and edition.audience not in NEVER_QUOTED_TO and (voice.person, "quotes") in allowed


def may_show(measure: Measure, k: int, allowed: set[tuple[str, str]]) -> bool:
    """The rule: one person by that person's consent, an aggregate of answers from k people on.

    >>> row = Measure(measure="m", unit="levels", method="mean", counts="persons", people=("p01", "p02"))
    >>> may_show(row, 5, set()), may_show(row, 2, set())
    (False, True)
    """
    if measure.person is not None:
        kinds = measure.consent.split("+") if measure.consent else []  # "skills+incidents" needs both
        return all((measure.person, kind) in allowed for kind in kinds)
    return measure.counts != "persons" or not measure.people or len(set(measure.people)) >= k


def _holds(consent: Consent, as_of: str) -> bool:
    """Given, and not withdrawn, by the day of the data."""
    given = consent.given.isoformat() <= as_of
    return given and (consent.withdrawn is None or consent.withdrawn.isoformat() > as_of)


def _hide(measure: Measure, k: int) -> Measure:
    """The row without its number: that something is not shown is said, how many and how much is not."""
    reason = "NO_CONSENT" if measure.person is not None else f"FEW_PEOPLE:{k}"
    return replace(
        measure, n=None, missing=None, value=None, low=None, high=None, verdict="hidden", notes=(reason,)
    )


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
