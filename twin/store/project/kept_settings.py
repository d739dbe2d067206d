"""Names of settings of a project; those of its engine's log, grants and measurements belong not to the building: no export has them."""

from __future__ import annotations

from typing import cast

AUDIT_END = "audit_end"
"""`{"rows", "head"}`: number and hash of the last row of the event log that was seen on disk."""
ENDED_GRANTS = "ended_grants"
"""Ids of grants whose end was seen to have come, also where the clock is set back later."""
DEFINITION_AUTHORS = "definition_authors"
"""Names of those who wrote what an automation, schedule or scene does, by its kind and id."""
CARE = "care"
"""What a person has agreed to be watched for, and when."""
CARE_RENAMED = "care_renamed"
"""New key of a person in care by the old one, until the history names the new ones, too."""
CARE_ENDED = "care_ended"
"""Name of each person whose care has ended by the key of her consent, until nothing tells of it any more; empty where only the
file has to be written anew."""
RADIO_SURVEYS = "radio_surveys"
"""What devices told of their radio links at the last survey."""
LINKS_WITH_LOGIN = "links_with_login"
"""Ids of links that have a secret on the computer on which they were used last."""
IGNORED_CANDIDATES = "ignored_candidates"
"""Keys of discovered devices that the users of the project do not want: mostly those of the neighbours."""
SETUP_CODES = "setup_codes"
"""Which setup code is kept for which device, and where that is; the codes are not in the project."""
NOT_EXPORTED = frozenset(
    {AUDIT_END, ENDED_GRANTS, DEFINITION_AUTHORS, CARE, CARE_RENAMED, CARE_ENDED, RADIO_SURVEYS}
    | {IGNORED_CANDIDATES, SETUP_CODES}
)
LAST_VIEW = "last_view"
"""Setting in which a window saves its camera every few seconds."""
OF_WINDOWS = frozenset({LAST_VIEW, "viewpoints"})
"""Settings that clients of the engine may read and write; the others belong to the engine's own parts."""


def ids_of(stored: object) -> tuple[str, ...] | None:
    """The ids in the value of a setting; None where it is no list of texts."""
    if stored is None:
        return ()
    rows = cast("list[object]", stored) if isinstance(stored, list) else [None]
    found = tuple(row for row in rows if isinstance(row, str))
    return found if len(found) == len(rows) else None
