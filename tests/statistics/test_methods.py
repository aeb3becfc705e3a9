"""docs/methods.md names functions that exist, all estimators that are used, and references that it lists."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from rotation_analysis.statistics.verdicts import VERDICTS

ROOT = Path(__file__).parents[2]
METHODS = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
TEXT, REFERENCES = METHODS.split("## References")
PUBLIC = ("estimates", "randomisation_test", "pooling", "survival", "within_person")
INNER = {"widen_interval", "name_units", "share_variance", "estimate_quantile"}
"""Steps within an estimate, none of them a method of its own."""
NAMED = sorted(set(re.findall(r"`(\w+)\.(\w+)`", TEXT)))


def find_module(name: str) -> str:
    """The dotted name of the module, or of the package, that methods.md names by its last part."""
    package = ROOT / "rotation_analysis"
    (path,) = (*package.rglob(f"{name}.py"), *package.rglob(f"{name}/__init__.py"))
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize(("module", "name"), NAMED)
def test_every_function_that_is_named_exists(module: str, name: str) -> None:
    assert hasattr(import_module(find_module(module)), name)


@pytest.mark.parametrize("module", PUBLIC)
def test_every_estimator_is_described(module: str) -> None:
    path = ROOT / "rotation_analysis" / "statistics" / f"{module}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    public = {name for name in functions if not name.startswith("_")} - INNER
    assert public
    assert public <= {name for of, name in NAMED if of == module}


def test_the_table_of_verdicts_has_each_of_them_in_the_order_of_judging() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", TEXT, re.M)
    assert set(rows) == set(VERDICTS) - {"hidden"}
    source = (ROOT / "rotation_analysis" / "statistics" / "verdicts.py").read_text(encoding="utf-8")
    judged = re.findall(r'^        return "(\w+)"$|^    return "(\w+)"$', source, re.M)
    assert rows == [first or last for first, last in judged]


def test_every_work_that_is_cited_is_listed_and_every_listed_one_is_cited() -> None:
    listed = [re.sub(r"\s+", " ", entry).strip() for entry in REFERENCES.split("·")]
    years = {match[1] for entry in listed if (match := re.search(r"\((\d{4})\)|bioRxiv (\d{4})", entry))}
    assert len(listed) > 20
    told = re.sub(r"\s+", " ", TEXT)
    for entry in listed:
        author = re.split(r"[ ,&]", entry)[0]
        year = next(filter(None, re.search(r"\((\d{4})\)|bioRxiv (\d{4})", entry).groups()))  # type: ignore[union-attr]
        assert re.search(rf"{author}\b[^|;·]{{0,60}}{year}", told), entry
    cited = set(re.findall(r"[A-Z][\w–-]+(?: (?:& [A-Z]\w+|et al\.))? (\d{4})\b", told))
    assert cited <= years | {"2020"}


def test_no_figure_about_the_product_stands_here() -> None:
    assert not re.search(r"\d\s?%(?! \))", re.sub(r"95 %|5 %", "", TEXT))
    assert not re.search(r"\d seconds?\b|\d MB\b", TEXT)
