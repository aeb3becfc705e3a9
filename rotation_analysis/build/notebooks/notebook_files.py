"""The notebooks on disk and the parameters they declare, read without starting a kernel.

papermill's own inspection drops declarations in silence and pastes unknown names as code, so names and
types are checked here first.
"""

from __future__ import annotations

import ast
import io
import json
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import FileError, Problem, UsageError, UserError, did_you_mean, shorten

SCALARS = (bool, int, float, str)
KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text", list: "a list"}


@dataclass(frozen=True)
class Parameter:
    """One declared parameter: its name, default, kind (`kind is type(default)`) and end-of-line comment."""

    name: str
    default: object
    kind: type
    help: str


def find_notebooks() -> Path:
    """The folder of the notebooks: inside the package (wheel) or beside it (checkout, editable install)."""
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "notebooks", package.parent / "notebooks"):
        if folder.is_dir():
            return folder
    raise UserError("The notebooks are not installed with rotation_analysis: install the package again.")


def read_parameters(path: Path) -> dict[str, Parameter]:
    """The parameters that the first cell tagged `parameters` declares, in order; `{}` without such a cell.

    Raises `FileError` where the file is no notebook, `UserError` where a line of the cell is anything but
    `name = literal` or `name: type = literal`.
    """
    source = _tagged_source(path)
    try:
        return {parameter.name: parameter for parameter in _declared(source)}
    except SyntaxError as error:
        raise UserError(
            f"{path.name}, cell tagged parameters, line {error.lineno}: {error.msg}; "
            "expected `name = value`, with a number, text, true or false, or a list of these."
        ) from None


def check_parameters(path: Path, given: Mapping[str, object]) -> None:
    """Raises `UsageError`, all findings at once, where the notebook cannot take what is `given`."""
    prepare_parameters(path, given)


def prepare_parameters(path: Path, given: Mapping[str, object]) -> dict[str, object]:
    """What is `given`, with the types the notebook declares: 3 becomes "3" where the default is text.

    Raises `UsageError` for an unknown name (with the nearest known one) or a wrong type.
    """
    declared = read_parameters(path)
    prepared: dict[str, object] = {}
    findings: list[str] = []
    for name, value in given.items():
        if name not in declared:
            hint = did_you_mean(name, list(declared)) or f"it has: {', '.join(declared) or 'none'}"
            findings.append(f"{path.name} has no parameter {shorten(name)!r}; {hint}")
            continue
        try:
            prepared[name] = _converted(value, declared[name])
        except TypeError as error:
            findings.append(f"{path.name}, parameter {name!r}: {error}")
    if findings:
        raise UsageError("\n".join(findings))
    return prepared


def _tagged_source(path: Path) -> str:
    try:
        cells = json.loads(path.read_bytes())["cells"]
        for cell in cells:
            if cell["cell_type"] == "code" and "parameters" in cell.get("metadata", {}).get("tags", []):
                return "".join(cell["source"])
    except OSError as error:
        raise _refused(path, "not_a_file", str(error.strerror)) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _refused(path, "not_a_notebook", "open and save it in JupyterLab") from None
    return ""


def _refused(path: Path, reason: str, next_step: str) -> FileError:
    return FileError(
        Problem(reason=reason, file=path.name, expected="a Jupyter notebook (version 4)", next_step=next_step)
    )


def _declared(source: str) -> Iterator[Parameter]:
    comments = _comments(source)
    for statement in ast.parse(source).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                pass
            case _:
                raise SyntaxError("not the declaration of one parameter", (None, statement.lineno, 0, None))
        try:
            default = ast.literal_eval(value)
        except ValueError:
            raise SyntaxError(
                f"the default of {name} is computed", (None, statement.lineno, 0, None)
            ) from None
        yield Parameter(name, default, type(default), comments.get(statement.end_lineno or 0, ""))


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    try:
        return {t.start[0]: t.string.lstrip("#").strip() for t in tokens if t.type == tokenize.COMMENT}
    except tokenize.TokenError:
        return {}  # ast.parse says it better


def _converted(value: object, parameter: Parameter) -> object:
    """`value` as the parameter's kind, or TypeError; bool is no number here although Python says so."""
    kind: Any = parameter.kind
    if isinstance(value, (list, tuple)) and all(type(item) in SCALARS for item in value):
        value = list(value)
    elif type(value) not in SCALARS and value is not None:
        raise TypeError(f"expected {_expected(kind)}, not {type(value).__name__}")
    if type(value) is kind or (parameter.default is None and not isinstance(value, list)):
        return value
    if type(value) is int and kind in (str, float):
        return kind(value)
    raise TypeError(f"expected {_expected(kind)}, not {shorten(repr(value))}")


def _expected(kind: type) -> str:
    return KINDS.get(kind, "a number, text, true or false")
