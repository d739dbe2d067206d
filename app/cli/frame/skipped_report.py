"""What links could not read, as verbs print it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.engine.engine import Engine

SHOWN = 20
"""Entries that a person sees without --json."""


def skipped_rows(engine: Engine) -> list[dict[str, str]]:
    """What the running links could not read, for `--json`: link, where, reason."""
    return [
        {"link": runner.link.title or runner.link.address} | one.as_json()
        for runner in engine.session.links.running
        for one in runner.skipped
    ]


def skipped_lines(rows: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """The same for a person; nothing where nothing was left out."""
    if not rows:
        return ()
    shown = [f"  {row['where'] or row['link']}: {row['reason']}" for row in rows[:SHOWN]]
    more = [f"  and {len(rows) - SHOWN} more; --json lists all"] if len(rows) > SHOWN else []
    return (f"Not read ({len(rows)}):", *shown, *more)
