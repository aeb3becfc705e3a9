"""The canonical tables keep their columns and dtypes whatever they are given."""

from __future__ import annotations

import pandas as pd
import pytest

from rotation_analysis.measure_row import GATE_COLUMNS, MEASURE_COLUMNS, Measure, measure_frame
from rotation_analysis.programme.tables import DTYPES, KINDS, PROVENANCE, STEPS, TABLES, conform, empty


@pytest.mark.parametrize("name", list(TABLES))
def test_an_empty_table_has_every_column_in_its_dtype(name: str) -> None:
    table, frame = TABLES[name], empty(name)
    assert len(frame) == 0
    assert frame.columns.tolist() == [*(column.name for column in table.columns), *PROVENANCE]
    for column in table.columns:
        assert frame[column.name].dtype == pd.Series(dtype=DTYPES[column.kind]).dtype


@pytest.mark.parametrize("name", list(TABLES))
def test_keys_links_and_labels_are_declared_columns(name: str) -> None:
    table = TABLES[name]
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))
    assert set(table.key) <= set(names)
    assert table.link is None or table.link in names
    assert not set(names) & set(PROVENANCE)
    for column in table.columns:
        assert column.kind in DTYPES
        assert bool(column.labels) == (column.kind == "label"), column.name
        assert column.meaning


def test_an_unknown_column_is_named_with_its_table() -> None:
    with pytest.raises(KeyError, match=r"requests\.kindd"):
        TABLES["requests"].column("kindd")


def test_conform_orders_types_fills_and_drops_columns_without_touching_the_frame() -> None:
    frame = pd.DataFrame(
        {
            "note": ["dropped", "dropped"],
            "row": [3, 2],
            "file": ["a.csv", "a.csv"],
            "permission_bound": [True, None],
            "created": pd.to_datetime(["2024-01-10T01:00:00Z", "2024-01-11T01:00:00Z"], utc=True),
            "id": ["A-1", "A-2"],
            "kind": ["work", None],
        },
        index=[5, 9],
    )
    before = frame.copy()
    table = conform(frame, TABLES["requests"])
    pd.testing.assert_frame_equal(frame, before)
    assert table.index.tolist() == [0, 1]
    assert table["id"].tolist() == ["A-1", "A-2"]
    assert table["row"].tolist() == [3, 2]
    assert table["kind"].isna().tolist() == [False, True]
    assert table["permission_bound"].isna().tolist() == [False, True]
    assert table["title"].isna().all()
    assert "note" not in table
    assert str(table["created"].dtype) == "datetime64[us, UTC]"


def test_a_persons_name_na_stays_text_and_missing_text_is_no_empty_text() -> None:
    frame = pd.DataFrame({"respondent": ["NA", None, "None"], "level": [3, None, 5]})
    table = conform(frame, TABLES["responses"])
    assert table["respondent"].fillna("missing").tolist() == ["NA", "missing", "None"]
    assert table["level"].dtype == "Int64"
    assert table["level"].isna().tolist() == [False, True, False]


def test_measures_become_rows_in_the_order_given() -> None:
    rows = [
        Measure(measure=name, unit="levels", method="m", counts="persons", people=("p01",), p=0.01, value=0.5)
        for name in ("b", "a")
    ]
    frame = measure_frame(rows)
    assert frame.columns.tolist() == [*MEASURE_COLUMNS, *GATE_COLUMNS]
    assert frame["measure"].tolist() == ["b", "a"]
    assert frame["people"].tolist() == [("p01",), ("p01",)]
    assert "p" not in frame
    assert {str(dtype) for dtype in frame.dtypes} == {"object"}


def test_no_measures_become_a_frame_with_the_same_columns() -> None:
    assert measure_frame([]).columns.tolist() == [*MEASURE_COLUMNS, *GATE_COLUMNS]


def test_the_labels_are_those_of_the_definitions() -> None:
    assert TABLES["requests"].column("kind").labels == KINDS
    assert KINDS == ("consult", "work", "review", "incident_help", "access")
    assert TABLES["tickets"].column("how").labels == ("alone", "review", "consult", "sre")
    assert TABLES["participation"].column("step").labels == STEPS
    assert STEPS == ("observer", "helper", "responder", "lead")
