"""Starts an automation for the user, and tells at once whether it ran, and if not, why."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from app.i18n import sentence, tr
from app.view.feed import Feed
from app.view.formatting import format_reason
from app.view.shown_moment import refuses_in_past
from twin.model.definition import DefinitionKind
from twin.model.rule_status import RunLogEntry
from twin.rules.alarm_list import rule_title
from twin.rules.trace_history import start_outcome

NEWEST = 50
"""Newest entries of the log that are read before and after the start."""
_EVER_MS = 1 << 53

type Log = tuple[RunLogEntry, ...]


def start_rule(feed: Feed, rule: str, told: Callable[[str], object]) -> None:
    """Starts an automation, and calls `told` with the outcome by its log; does nothing while a past moment is shown."""
    if refuses_in_past(feed):
        return
    api = feed.api

    def log() -> Future[Log]:
        return api.run_log(0, _EVER_MS, NEWEST, rule)

    def start(before: Log) -> None:
        feed.when(api.run_rule(rule), lambda _: feed.when(log(), partial(tell, before)))

    def tell(before: Log, after: Log) -> None:
        outcome = start_outcome(before, after)
        told(format_reason(outcome.reason) if outcome is not None else tr("Whether it started is not known."))

    feed.when(log(), start)


def titled(feed: Feed, rule: str, text: str) -> str:
    """What came of an automation's start, after its title: where its card is not seen."""
    found = feed.twin.definitions.find(DefinitionKind.AUTOMATION, rule)
    title = sentence(rule_title(rule, found.title if found is not None else "", feed.twin))
    return f"{title} · {text}"
