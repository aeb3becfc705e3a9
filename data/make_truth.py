"""Computes `data/sample/truth.toml`: what was planted, and what the product's own measures give over seeds.

`python data/make_truth.py [--seeds N] [--cache DIR]`.  Each seed is written as files, read, measured and
judged by the same path as any programme; nothing here is typed but what was planted (`effects.py`).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # two processes on two cores: its threads would only wait

import numpy as np
from effects import EFFECTS, KEYS, Effect
from make_sample import SEED
from seeds import CACHE, SAMPLE, Seed, run_seeds

SEEDS = 200


def render(found: Sequence[Seed], stored: Seed) -> str:
    """truth.toml: per effect what was planted, mean, spread and range over seeds, and the stored sample's.

    `truth` is what an interval should hold, where that is known without seeds.  nan = not measurable on a
    seed; where that occurs, `measured` says on how many it was.
    """
    lines = [
        "# SYNTHETIC: planted truth of the sample programme, and what the product's own measures give.",
        f"# Computed by `python data/make_truth.py` over {len(found)} seeds; the sample is seed {SEED}.",
        "",
        f"seeds = {len(found)}",
    ]
    for effect in EFFECTS:
        lines += ["", f"[{effect.key}]", *_render_effect(effect, found, stored)]
    return "\n".join(lines) + "\n"


def _render_effect(effect: Effect, found: Sequence[Seed], stored: Seed) -> list[str]:
    values = np.array([seed.findings[effect.key].value for seed in found])
    column = values[~np.isnan(values)]
    if len(column) < 2:
        raise SystemExit(f"{effect.key}: the product measures it on {len(column)} of {len(values)} seeds")
    low, high = np.percentile(column, [2.5, 97.5])
    truth = stored.truths[effect.key]
    return [
        f'planted = "{effect.planted}"',
        f'estimator = "{effect.estimator}"',
        f'windows = "{effect.windows}"',
        f"recoverable = {str(effect.recoverable).lower()}",
        *([f"truth = {truth:.4f}"] if truth is not None else []),
        *([f"measured = {len(column)}"] if len(column) < len(values) else []),
        f"expected = {column.mean():.4f}",
        f"sd = {column.std(ddof=1):.4f}",
        f"low = {low:.4f}",
        f"high = {high:.4f}",
        f"stored = {stored.findings[effect.key].value:.4f}",
    ]


def main() -> None:
    """Run all seeds on two processes and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--cache", type=Path, default=CACHE, help="where what seeds gave is kept")
    options = parser.parse_args()
    stored, *found = run_seeds([SEED, *range(1, options.seeds + 1)], cache=options.cache)
    (SAMPLE / "truth.toml").write_text(render(found, stored), encoding="utf-8")
    print(f"wrote {SAMPLE / 'truth.toml'}: {len(KEYS)} effects", file=sys.stderr)


if __name__ == "__main__":
    main()
