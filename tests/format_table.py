"""The table of docs/formats.md as the profiles declare it; `python -m tests.format_table` prints it."""

from __future__ import annotations

from rotation_analysis.reading.profiles import read_profiles

HEAD = (
    "| profile | tool and export | files | becomes | never seen in a real file |",
    "|---|---|---|---|---|",
)


def render_table() -> str:
    """One row a profile, in the order of names."""
    rows = []
    for name, profile in sorted(read_profiles().items()):
        tables = dict.fromkeys((profile.table, *(column.table for column in profile.columns if column.table)))
        cells = (
            f"`{name}`",
            f"{profile.tool}: {profile.export}",
            ", ".join(profile.format).upper(),
            ", ".join(f"`{table}`" for table in tables),
            "; ".join(profile.unverified) or "–",
        )
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join((*HEAD, *rows)) + "\n"


if __name__ == "__main__":
    print(render_table(), end="")
