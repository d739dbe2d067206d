"""Which steps of a rule's run are ordinary: runs with another one are kept longer (research: rules, section 2)."""

from __future__ import annotations

ORDINARY_STEPS = frozenset((
    "run.started", "run.command", "run.confirmed", "run.finished", "run.waits", "run.waits_for", "run.branch", "run.told",
    "run.scene", "run.raised", "run.refused", "run.busy", "run.queued", "run.same_command",
))  # fmt: skip
"""Codes of ordinary steps; any other one makes its run notable."""
