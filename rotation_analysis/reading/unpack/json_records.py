"""JSON trees: what a document's value is taken apart into, and how to look into it without a surprise.

What may stand anywhere in a document is a dict, a list, a text or None; nothing here fails on the wrong one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

Flat = dict[str, str]
Value = Any  # what `documents.read_document` gives: dict, list, str or None
OWN = ""
UNUSED = "-"
DEEPEST = 3
LONGEST_TOTAL = 15
"""Digits of a number of records; Python refuses to read one of thousands."""
NAMES = ("name", "value", "displayName", "login")


class Piece(NamedTuple):
    """One JSON object of the list: its fields, and by table the records that hang on it.

    `table`: OWN (the profile's table), the name of another, or UNUSED for a kind of record nobody reads.
    """

    fields: Flat
    others: Mapping[str, Sequence[Flat]] = MappingProxyType({})
    table: str = OWN


@dataclass(frozen=True)
class Tree:
    """The pieces of a document in order; `total`: how many there are as the tool says; `more`: it cut."""

    pieces: Iterable[Piece]
    total: int | None = None
    more: bool = False


Unpack = Callable[[Value], Tree | None]


def flatten(value: Mapping[str, Value], *, deepest: int = DEEPEST) -> Flat:
    """Dotted names and texts of a nested object; a list of texts is joined, a list of objects left out.

    >>> flatten({"id": "7", "user": {"login": "mihon", "team": None}, "labels": ["a", "b"], "notes": [{}]})
    {'id': '7', 'user.login': 'mihon', 'user.team': '', 'labels': 'a, b'}
    """
    flat: Flat = {}
    for name, item in value.items():
        if isinstance(item, str):
            flat[name] = item
        elif isinstance(item, dict):
            if deepest > 1:
                inner = flatten(item, deepest=deepest - 1)
                flat.update({f"{name}.{key}": text for key, text in inner.items()})
        elif isinstance(item, list):
            if all(isinstance(each, str) for each in item):
                flat[name] = ", ".join(item)
        else:
            flat[name] = ""
    return flat


def list_objects(value: Value) -> list[dict[str, Value]] | None:
    """A list of objects, or one object as a list of one."""
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list) and set(map(type, value)) == {dict}:
        return value
    return None


def list_under(value: Value, *keys: str) -> list[dict[str, Value]] | None:
    """The list of objects under the first of `keys` that the value has, or the value itself as a list."""
    if isinstance(value, dict):
        found = next((value[key] for key in keys if isinstance(value.get(key), (list, dict))), None)
        if found is not None:
            return list_objects(found)
    return list_objects(value)


def having(items: list[dict[str, Value]] | None, *keys: str) -> list[dict[str, Value]] | None:
    """The items, where one of them has all of `keys`; that one tells what the list is (`sample_of`)."""
    return items if items and sample_of(items, *keys) else None


def sample_of(items: Sequence[dict[str, Value]], *keys: str) -> dict[str, Value]:
    """The first item that has all of `keys`, {} where none has: a list may begin with another kind."""
    wanted, first = {*keys}, keys[0]  # asking for one key first is five times as fast in a list of others
    return next((item for item in items if first in item and wanted <= item.keys()), {})


def value_at(value: Value, *keys: str) -> Value:
    """What stands under nested keys, or None."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def dicts_in(value: Value) -> list[dict[str, Value]]:
    """The objects of a list; nothing of what is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def dict_of(value: Value) -> dict[str, Value]:
    """The object, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def text_of(value: Value) -> str:
    """The text, or "" in place of anything else."""
    return value if isinstance(value, str) else ""


def join_names(item: Mapping[str, Value]) -> Flat:
    """The lists of named objects that an item has, as their names: labels, categories, components."""
    named = {
        key: [text_of(next((each[k] for k in NAMES if each.get(k)), None)) for each in dicts_in(given)]
        for key, given in item.items()
    }
    return {key: ", ".join(filter(None, names)) for key, names in named.items() if any(names)}


def find_total(value: Value, *places: tuple[str, ...]) -> int | None:
    """The number the tool gives as its total."""
    texts = [text_of(value_at(value, *place)) for place in places]
    return next((int(text) for text in texts if text.isdecimal() and len(text) <= LONGEST_TOTAL), None)


def make_tree(value: Value, items: list[dict[str, Value]] | None, *totals: tuple[str, ...]) -> Tree | None:
    """The items as they stand, flattened; None where there are none."""
    if items is None:
        return None
    return Tree(map(Piece, map(flatten, items)), find_total(value, *totals))
