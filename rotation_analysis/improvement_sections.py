"""What was improved during the stays, whether it is in use, and which services gained monitoring.

Parts of the workload report.  Unlike things stand beside one another and are never added.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd

from . import narrative
from .parts import Part, Parts, Report, count_text, details, plain_table, state_box, why_empty
from .replies import carry_replies

DELIVERED, AMOUNT, IN_USE = "improvement.delivered", "improvement.amount", "improvement.in_use"
GAINED, MADE = "monitoring.gained", "monitoring.made"
COLUMNS = ("kind", "delivered", "amount", "yes", "no", "unknown", "not_due")
LISTED = ("monitors", "widgets")
MOST_NAMED = 3


def improvements(report: Report) -> Parts:
    """What was delivered and is in use; which services gained monitors and widgets."""
    return Parts((deliverables(report), monitoring(report)))


# --- deliverables ---------------------------------------------------------------------------------------


@carry_replies(DELIVERED, AMOUNT, IN_USE)
def deliverables(report: Report) -> Part:
    """Each kind in its own unit, and how much of it is in use half a year on."""
    publication, texts = report.publication, report.texts
    where = {"cohort": publication.cohort, "person": None}
    rows = publication.rows(DELIVERED, **where)
    if rows["value"].isna().all():
        return Part(question=report.say("improvements.question"), state=state_box(report, *why_empty(rows)))
    amounts, in_use = publication.rows(AMOUNT, **where), publication.rows(IN_USE, **where)
    shown = list(_rows_shown(rows))
    n, missing = int(rows["n"].iloc[0]), int(rows["missing"].iloc[0])
    head = [report.say(f"improvements.column_{name}") for name in COLUMNS]
    rows_of = Counter(row.kind for row in shown)
    body = [_line(report, row, amounts, in_use, alone=rows_of[row.kind] == 1) for row in shown]
    codes = {code for notes in amounts["notes"] for code in notes if code == "AS_ESTIMATED"}
    return Part(
        question=report.say("improvements.question"),
        sentences=(
            _delivered_sentence(report, shown, amounts, n),
            _use_sentence(report, in_use, n),
            *_over_all(report),
        ),
        table=plain_table(head, body, css="lookup", numbers=True) if body else "",
        note=report.say("improvements.note", n=n, missing=missing, notes=narrative.notes_text(texts, codes)),
        numbers=_by_person(report),
    )


def _rows_shown(rows: pd.DataFrame) -> Iterator[Any]:
    """The kinds that something was delivered of; of kinds that are none of ours each by its name."""
    some = rows[rows["value"].gt(0)]
    named = set(some.loc[some["label"].notna(), "kind"])
    for row in some.itertuples(index=False):
        if row.label is not None or row.kind not in named:
            yield row


def _kind_label(report: Report, row: Any) -> str:
    kind = report.say(f"kind.{row.kind}")
    return kind if row.label is None else report.say("improvements.named", kind=kind, label=row.label)


def _amounts_of(report: Report, row: Any, amounts: pd.DataFrame) -> list[str]:
    """Each sum with its unit, as the list calls it."""
    own = amounts[amounts["kind"].eq(row.kind) & amounts["value"].notna()]
    head = "" if row.label is None else f"{row.label}: "
    own = own[own["label"].str.startswith(head)] if head else own
    return [
        report.say(
            "improvements.amount",
            value=_plain_number(report, amount.value),
            unit=str(amount.label).removeprefix(head),
        )
        for amount in own.itertuples(index=False)
    ]


def _plain_number(report: Report, value: float) -> str:
    """A number with a decimal only where it has one."""
    return report.texts.number(value, 0 if float(value).is_integer() else 1)


def _line(
    report: Report, row: Any, amounts: pd.DataFrame, in_use: pd.DataFrame, *, alone: bool
) -> tuple[str, ...]:
    """One line; what is in use is told of a kind, so of several names of one kind it is nobody's line."""
    use = narrative.first_row(in_use[in_use["kind"].eq(row.kind)])
    told = "–", "–", "–", "–"
    if use is not None and (row.label is None or alone):
        yes = 0 if use.value is None else int(use.value)
        told = tuple(map(count_text, (yes, use.n - yes, use.missing, int(row.value) - use.n - use.missing)))  # type: ignore[assignment]
    amount = " / ".join(_amounts_of(report, row, amounts)) or "–"
    return (_kind_label(report, row), count_text(row.value), amount, *told)


def _delivered_sentence(report: Report, shown: list[Any], amounts: pd.DataFrame, n: int) -> str:
    if not shown:
        return report.say("improvements.sentence_none", n=n)
    entries = []
    for row in shown:
        own = _amounts_of(report, row, amounts)
        values = {"kind": _kind_label(report, row), "value": count_text(row.value)}
        if own:
            listed = report.say("list.separator").join(own)
            entries.append(report.say("improvements.entry_amount", amounts=listed, **values))
        else:
            entries.append(report.say("improvements.entry", **values))
    return report.say("improvements.sentence", list=report.say("list.separator").join(entries), n=n)


def _use_sentence(report: Report, in_use: pd.DataFrame, n: int) -> str:
    row = narrative.first_row(in_use[in_use["kind"].eq("all")])
    if row is None or row.value is None:
        reason = row.notes[0] if row is not None else "NO_IMPROVEMENTS"
        return report.say("improvements.in_use_none", reason=narrative.reason_text(report.texts, reason))
    return report.say(
        "improvements.in_use",
        n=row.n,
        value=count_text(row.value),
        missing=row.missing,
        not_due=n - row.n - row.missing,
    )


def _over_all(report: Report) -> Iterator[str]:
    row = narrative.first_row(report.publication.rows(IN_USE, cohort=None, person=None, kind="all"))
    whole = narrative.first_row(report.publication.rows(DELIVERED, cohort=None, person=None))
    if row is not None and whole is not None and row.value is not None:
        yield report.say(
            "improvements.programme",
            delivered=count_text(whole.n),
            n=row.n,
            value=count_text(row.value),
            missing=row.missing,
            not_due=whole.n - row.n - row.missing,
        )


def _by_person(report: Report) -> str:
    """Who delivered what, as far as each consents; folded."""
    publication = report.publication
    rows = publication.rows(DELIVERED, cohort=publication.cohort)
    rows = rows[rows["person"].notna() & rows["value"].notna() & rows["label"].isna()]
    kinds = list(dict.fromkeys(rows.loc[rows["value"].gt(0), "kind"]))
    if not kinds:
        return ""
    head = [report.say("improvements.column_who"), *(report.say(f"kind.{kind}") for kind in kinds)]
    body = []
    for person in dict.fromkeys(rows["person"]):
        counts = rows[rows["person"].eq(person)].set_index("kind")["value"]
        cells = [count_text(counts.get(kind)) for kind in kinds]
        body.append((narrative.name_of(publication, person), *cells))
    return details(report, head, body, title="improvements.by_person")


# --- monitoring -----------------------------------------------------------------------------------------


def monitoring(report: Report) -> Part:
    """Which services gained monitors and widgets between the list before and the list after."""
    publication, texts = report.publication, report.texts
    rows = publication.rows(GAINED, cohort=publication.cohort)
    totals = {
        kind: narrative.first_row(rows[rows["kind"].eq(kind) & rows["label"].isna()]) for kind in LISTED
    }
    known = {kind: row for kind, row in totals.items() if row is not None and row.value is not None}
    if not known:
        return Part(question=report.say("monitoring.question"), state=state_box(report, *why_empty(rows)))
    services = _services(rows[rows["label"].notna()])
    changed = services[(services[[f"{kind}_gain" for kind in LISTED]].fillna(0) != 0).any(axis=1)]
    head = [report.say("monitoring.column_service")]
    for kind in LISTED:
        head += [report.say(f"monitoring.column_{kind}"), report.say("monitoring.column_gain")]
    body = [
        (str(service), *(cell for kind in LISTED for cell in _cells(report, row, kind, kind in known)))
        for service, row in changed.iterrows()
    ]
    first = next(iter(known.values()))
    codes = dict.fromkeys(code for row in known.values() for code in row.notes)
    notes = narrative.notes_text(texts, [*codes, "CREATOR_WEAK"])
    same = len(services) - len(changed)
    unchanged = report.say("monitoring.unchanged", n=same) if same else ""
    return Part(
        question=report.say("monitoring.question"),
        sentences=tuple(_gain_sentences(report, totals, changed)),
        numbers=details(report, head, body, title="monitoring.numbers") if body else "",
        note=report.say(
            "monitoring.note",
            n=count_text(first.n),
            missing=count_text(first.missing),
            method=report.say("method.difference_of_lists"),
            notes=narrative.joined(texts, [unchanged, notes]),
        ),
    )


def _services(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a service, those that gained most first: after and gain of each kind, NaN where not listed."""
    found = {
        f"{kind}_{name}": pd.to_numeric(rows[rows["kind"].eq(kind)].set_index("label")[column])
        for kind in LISTED
        for name, column in (("after", "n"), ("gain", "value"))
    }
    table = pd.DataFrame(found).rename_axis("service").sort_index()
    gain = table[[f"{kind}_gain" for kind in LISTED]].fillna(0).sum(axis=1)
    return table.loc[gain.sort_values(ascending=False, kind="stable").index]


def _cells(report: Report, row: pd.Series, kind: str, listed: bool) -> tuple[str, str]:
    """Before → after and the change; a service that is on one kind of list alone has none of the other."""
    if not listed:
        return "–", "–"
    after, gain = (
        0 if pd.isna(row[f"{kind}_{name}"]) else int(row[f"{kind}_{name}"]) for name in ("after", "gain")
    )
    span = report.say("monitoring.cell", before=count_text(after - gain), after=count_text(after))
    return span, report.texts.number(gain, 0, signed=True)


def _gain_sentences(report: Report, totals: dict[str, Any], changed: pd.DataFrame) -> Iterator[str]:
    for kind, row in totals.items():
        name = report.say(f"kind.{kind}")
        if row is None or row.value is None:
            code = row.notes[0] if row is not None else "NO_LIST"
            yield report.say(
                "monitoring.sentence_none", kind=name, reason=narrative.reason_text(report.texts, code)
            )
            continue
        before, after = count_text(row.n - row.value), count_text(row.n)
        yield report.say(
            "monitoring.sentence", kind=name, before=before, after=after, n=after, missing=row.missing
        )
    gains = [f"{kind}_gain" for kind in LISTED]
    most = changed[changed[gains].fillna(0).sum(axis=1).gt(0)].head(MOST_NAMED)
    if most.empty:
        yield report.say("monitoring.gained_none")
    else:
        entries = [
            report.say(
                "monitoring.entry",
                service=service,
                **{
                    kind: report.texts.number(row[f"{kind}_gain"], 0, signed=True)
                    if pd.notna(row[f"{kind}_gain"])
                    else "–"
                    for kind in LISTED
                },
            )
            for service, row in most.iterrows()
        ]
        yield report.say("monitoring.gained", list=report.say("list.separator").join(entries))
    yield from _maker_sentences(report)


def _maker_sentences(report: Report) -> Iterator[str]:
    """Whose name the new ones carry, which says little."""
    publication = report.publication
    for row in publication.rows(MADE, cohort=publication.cohort).itertuples(index=False):
        if row.value is not None and row.n:
            yield report.say(
                "monitoring.made",
                kind=report.say(f"kind.{row.kind}"),
                n=row.n,
                value=count_text(row.value),
                missing=row.missing,
            )
