"""Names of settings of a project that belong to its engine's log and grants, not to the building: no export has them."""

from __future__ import annotations

AUDIT_END = "audit_end"
"""`{"rows", "head"}`: number and hash of the last row of the event log that was seen on disk."""
ENDED_GRANTS = "ended_grants"
"""Ids of grants whose end was seen to have come, also where the clock is set back later."""
NOT_EXPORTED = frozenset({AUDIT_END, ENDED_GRANTS})
