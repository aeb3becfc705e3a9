"""Kernels that builds lend each other: one process to fork them from, instead of one a build."""

from __future__ import annotations

from collections.abc import Sequence

from rotation_analysis.kernels import Kernels


class LentKernels(Kernels):
    """Kernels that outlive the build which works with them, unless it closes them because it failed."""

    closed = False

    def __exit__(self, *_: object) -> None:
        """They go on to the next build."""

    def close(self) -> None:
        self.closed = True
        super().close()


class Lender:
    """Stands in for `open_kernels`: lends every build the kernels of the build before."""

    def __init__(self) -> None:
        self._kernels: LentKernels | None = None

    def open_kernels(self, *, preload: Sequence[str] = ()) -> Kernels:
        """Every notebook still has a kernel of its own."""
        if self._kernels is None or self._kernels.closed:
            self._kernels = LentKernels(preload=preload, forked=True)
        return self._kernels

    def close(self) -> None:
        if self._kernels is not None:
            self._kernels.close()
