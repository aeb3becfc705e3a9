"""What a long run tells of itself while it goes on; how it is shown is `progress`' business.

Whoever works takes a `Progress` and calls it with a `Step`.  No step holds a time: the same run tells the
same steps on any machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Literal

Phase = Literal["reading", "measuring", "reports", "audit", "printing"]


@dataclass(frozen=True)
class Step:
    """Where a run is: `done` of `total` (0: not known) files, reports or pages; `name`: the one at hand.

    `records` were read so far.  `kept` reports need not be built again: they count in `done`, not in the
    pace.
    """

    phase: Phase
    _: KW_ONLY
    name: str = ""
    done: int = 0
    total: int = 0
    records: int = 0
    kept: int = 0


Progress = Callable[[Step], None]
