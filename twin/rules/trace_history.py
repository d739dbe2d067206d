"""What the steps of a rule's run tell: which are ordinary (runs with another one are kept longer; research: rules,
section 2), in which it did less than it should, and what came of a start."""

from __future__ import annotations

from collections.abc import Sequence

from twin.model.rule_status import RunLogEntry
from twin.model.text import as_text

ORDINARY_STEPS = frozenset((
    "run.started", "run.command", "run.confirmed", "run.finished", "run.waits", "run.waits_for", "run.branch", "run.told",
    "run.scene", "run.raised", "run.refused", "run.busy", "run.queued", "run.same_command",
))  # fmt: skip
"""Codes of ordinary steps; any other one makes its run notable."""
SHORTFALLS = frozenset((
    "run.refused", "run.busy", "run.dropped", "run.circles", "run.failed", "run.no_answer", "run.nothing_to_command",
    "run.by_hand", "run.overruled",
))  # fmt: skip
"""Codes of steps in which a run did less than it should."""
_STARTS = frozenset(("run.started", "run.refused", "run.busy", "run.queued", "run.dropped", "run.circles"))
"""Codes of steps that tell what became of a start."""
_ASKED = frozenset(("trigger.asked", "trigger.asked_by"))
"""Codes of the causes of a start that a person asked for."""


def start_outcome(before: Sequence[RunLogEntry], after: Sequence[RunLogEntry]) -> RunLogEntry | None:
    """What came of a rule's start that a person asked for, by the newest entries of the rule's log, newest first, `before` and
    `after` it: that it started, that it did not, or in what its run fell short at once. None where that is not known."""
    new = [one for one in after if one not in before]
    starts = [one for one in new if one.reason.code in _STARTS]
    begun = next(filter(_was_asked, starts), starts[0] if starts else None)
    if begun is None or not begun.run:
        return begun
    return next((one for one in reversed(new) if one.run == begun.run and one.reason.code in SHORTFALLS), begun)


def _was_asked(entry: RunLogEntry) -> bool:
    cause = as_text(entry.reason.args.get("cause"))
    return cause is not None and cause.code in _ASKED
