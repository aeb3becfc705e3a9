"""Texts that people type are looked through in linear time, whatever stands in them.

A pattern that goes back over what it has read takes sixteen times as long over four times as much; a linear
one takes four times.  Every compiled pattern of the package is tried as its module uses it, and what makes
patterns out of names and words by itself.
"""

import ast
import inspect
import itertools
import pkgutil
import re
import time
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module

import pandas as pd
import pytest

import rotation_analysis
from rotation_analysis import markdown
from rotation_analysis.build.audit import people as audit_people
from rotation_analysis.cohorts.name_detection import find_mentions
from rotation_analysis.files import cells
from rotation_analysis.measures.workload import improvements
from rotation_analysis.reading import answers
from tests.cohorts.test_name_detection import declared

UNITS = (
    *"aA1_0 \t\n-.@([{<'\"/\\`|,;:#*é漢ア円",
    *(
        "a.",
        "a@",
        "1,",
        "1 ",
        "<a ",
        "not ",
        "service:",
        "](",
        "``a",
        " a='1'",
        "www.",
        "http://",
        '"": ',
        "]:x",
    ),
    *("/*", "a.a@", "1年", "\\u0000", "- selected choice ", "\u0301"),
)
"""What a text may be of, over and over."""
BEGINNINGS = (
    *(
        "",
        "a",
        "<a ",
        '"',
        "[",
        "(",
        'revert:"',
        "not a:(",
        "service in (",
        '{"bdata":"',
        "1",
        "](",
        "http://a/",
    ),
    *("[a]:", "1:00 (", "約1"),
)
"""What sets a pattern going, and what begins what it never finds the end of."""
LENGTH = 2_000
WORTH_A_LOOK = 0.001
"""Seconds: over so short a text only what goes back takes as long, or what does much else."""
USES = ("sub", "match", "fullmatch", "search", "findall", "finditer", "split")


def modules() -> Iterator[object]:
    # what is made for a cluster needs an extra package, and compiles nothing
    found = pkgutil.walk_packages(rotation_analysis.__path__, "rotation_analysis.")
    return (import_module(each.name) for each in found if not each.name.endswith(".cluster"))


def list_uses(module: object) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(inspect.getsource(module))):  # type: ignore[arg-type]
        if isinstance(node, ast.Attribute) and node.attr in USES and isinstance(node.value, ast.Name):
            yield node.value.id, node.attr


def list_held(module: object) -> Iterator[tuple[tuple[str, int], re.Pattern]]:
    """The patterns that a module's names hold, alone, in a tuple or in a dictionary."""
    for name, value in vars(module).items():
        values = value.values() if isinstance(value, dict) else (value,)
        nested = (part for each in values for part in (each if isinstance(each, tuple) else (each,)))
        for number, pattern in enumerate(each for each in nested if isinstance(each, re.Pattern)):
            yield (name, number), pattern


def list_patterns() -> dict[str, tuple[re.Pattern, tuple[str, ...]]]:
    """Module and name → pattern, and how it is used there (searched for, where the source does not tell)."""
    found = {}
    for module in modules():
        patterns = dict(list_held(module))
        uses = sorted(set(list_uses(module))) if patterns else []
        for (name, number), pattern in patterns.items():
            own = tuple(use for of, use in uses if of == name) or ("search",)
            found[f"{module.__name__.rpartition('.')[2]}.{name}.{number}"] = (pattern, own)
    return found


PATTERNS = list_patterns()


def apply(pattern: re.Pattern, uses: tuple[str, ...]) -> Callable[[str], None]:
    def look_through(text: str) -> None:
        given = text.encode() if isinstance(pattern.pattern, bytes) else text
        for use in uses:
            if use == "sub":
                pattern.sub(given[:0], given)
            elif use == "finditer":
                for _ in pattern.finditer(given):
                    pass
            else:
                getattr(pattern, use)(given)

    return look_through


def measure(look_through: Callable[[str], object], text: str, times: int = 1) -> float:
    spent = []
    for _ in range(times):
        begun = time.process_time()
        look_through(text)
        spent.append(time.process_time() - begun)
    return min(spent)


def find_slow(look_through: Callable[[str], object], texts: Iterable[tuple[str, str, str]]) -> str | None:
    """The first text of which four times as much takes more than seven times as long, time after time."""
    for beginning, unit, end in texts:
        once, long = (beginning + unit * (n // len(unit)) + end for n in (LENGTH // 4, LENGTH))
        if measure(look_through, long) < WORTH_A_LOOK:
            continue
        if measure(look_through, long, 3) > 7 * measure(look_through, once, 3):
            longer = beginning + unit * (4 * LENGTH // len(unit)) + end
            if measure(look_through, longer, 2) > 7 * measure(look_through, long, 2):
                return f"{beginning}{unit}…{end}"
    return None


def test_patterns_are_found() -> None:
    assert len(PATTERNS) > 90
    assert PATTERNS["improvements._TAG.0"][1] == ("findall",)


@pytest.mark.parametrize("name", PATTERNS)
def test_pattern_takes_linear_time(name: str) -> None:
    assert find_slow(apply(*PATTERNS[name]), itertools.product(BEGINNINGS, UNITS, ("", "!"))) is None


def test_measure_tells_a_pattern_that_goes_back() -> None:
    goes_back = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+").findall
    assert find_slow(goes_back, [("", "a", ""), ("", "円 ", "")]) == "a…"


PROGRAMME = declared()
NAMES = ("佐藤 花子", "sato", "a a")
FUNCTIONS: dict[str, Callable[[str], object]] = {
    "mentions": lambda text: find_mentions(pd.Series([text]), pd.Series([None], dtype=object), PROGRAMME),
    "names": lambda text: [audit_people._stands_alone(name, text) for name in NAMES],
    "options": lambda text: answers.split_options(text, {"a": "a", "a a": "b", "1, 1": "c"}),
    "fold": cells.fold,
    "services": lambda text: improvements.find_services(text, text),
    "markdown": markdown.escape_markdown,
}


@pytest.mark.parametrize("what", FUNCTIONS)
def test_text_is_looked_through_in_linear_time(what: str) -> None:
    assert find_slow(FUNCTIONS[what], itertools.product([""], UNITS, ["", "!"])) is None
