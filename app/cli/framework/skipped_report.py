"""Lists of entries that links skipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from app.i18n import reason_json, translate
from twin.model.skipped import Skipped

if TYPE_CHECKING:
    from app.engine.engine import Engine

SHOWN = 20
"""Most entries shown without --json."""


def skipped_rows(engine: Engine) -> list[dict[str, object]]:
    """JSON rows of entries that the running links skipped: link, where, reason, code, args."""
    return [
        {"link": runner.link.title or runner.link.address} | skipped_json(one)
        for runner in engine.session.links.running
        for one in runner.skipped
    ]


def skipped_json(one: Skipped) -> dict[str, object]:
    """JSON of one skipped entry: where, reason, code, args."""
    return {"where": one.where} | reason_json(one.reason)


def skipped_lines(rows: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    """Lines for users about skipped entries, at most SHOWN; empty where there are none."""
    if not rows:
        return ()
    shown = [f"  {row['where'] or row['link']}: {row['reason']}" for row in rows[:SHOWN]]
    more = ["  " + translate("cli.skipped.more", n=len(rows) - SHOWN)] if len(rows) > SHOWN else []
    return (translate("cli.skipped.head", n=len(rows)), *shown, *more)
