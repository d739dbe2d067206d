"""Progress of a verb on the terminal, apart from its answer: a share on stderr, with `--json` a line of JSON for each percent."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from app.cli.framework.output import dumped
from app.cli.framework.running_engine import running

type ShowProgress = Callable[[str, float | None], None]
"""Shows how far a step is: its title, and its share of 0 to 1 (None: not known)."""


@contextmanager
def terminal_progress(job: str = "", *, as_json: bool = False) -> Generator[ShowProgress]:
    """Shows progress while the block runs. With `as_json` as `{"job", "progress"}` on stderr, so that stdout stays one
    document; else in one line of a terminal, and not at all where stderr is none."""
    if running() is not None or not (as_json or sys.stderr.isatty()):
        yield lambda title, fraction: None
        return
    last = ""

    def show(title: str, fraction: float | None) -> None:
        nonlocal last
        share = "" if fraction is None else f"{fraction:4.0%}"
        line = (
            dumped({"job": job, "progress": fraction and round(fraction, 2)}) + "\n" if as_json else _bar(title, share)
        )
        if line != last:
            last = line
            print(line, end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        if not as_json:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)


def _bar(title: str, share: str) -> str:
    return f"\r\x1b[2K{title} {share}".rstrip()
