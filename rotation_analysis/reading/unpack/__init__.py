"""The functions that take JSON trees of tools apart, by the name that a profile gives in `unpack`.

A function gets a document's value and gives a `Tree`, or None where the value is no such export.  What a
flat record's fields mean is declared in the profile, as for a CSV file.  Shapes: docs/formats.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import code as unpack_code
from . import incidents as unpack_incidents
from . import requests as unpack_requests
from .json_records import Tree, Unpack, Value, list_objects, make_tree


def unpack_objects(value: Value) -> Tree | None:
    """A list of objects as it stands, or the only list of objects under a key: for a user's own profile."""
    if isinstance(value, dict):
        lists = [item for item in value.values() if isinstance(item, list) and list_objects(item)]
        value = lists[0] if len(lists) == 1 else value
    return make_tree(value, list_objects(value))


def _list_functions(*rooms: object) -> Mapping[str, Unpack]:
    """What the rooms call `unpack_…`, by the rest of its name, in alphabetical order."""
    found = {name: value for room in rooms for name, value in vars(room).items()}
    ours = sorted(name for name in found if name.startswith("unpack_"))
    return {name.removeprefix("unpack_"): found[name] for name in ours}


UNPACK: Mapping[str, Unpack] = {
    "objects": unpack_objects,
    **_list_functions(unpack_code, unpack_incidents, unpack_requests),
}
