"""What was done to a project, for the event log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ProjectNote:
    """An edit, undo, redo, grant or revocation that was committed; `body` holds JSON values."""

    kind: str
    body: Mapping[str, Any]
