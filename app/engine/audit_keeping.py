"""Keeps in the project file what its event log and its grants must not lose: the log's end, and which access has ended.

The history is a file of its own: rows cut off at its end, or a log written anew, are noticed by what the project keeps.
Access that was seen to have ended stays so when the computer's clock is set back.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from threading import Lock

from app.engine.audit_log import AuditLog
from app.engine.context import EngineContext
from app.engine.grant_book import GrantBook
from twin.model.problem import Problem
from twin.store.file_names import history_file
from twin.store.history import History
from twin.store.history.event_log import CUT, LogHead, end_after
from twin.store.project import Project
from twin.store.project.kept_settings import AUDIT_END, ENDED_GRANTS

KEEP_MS = 60_000
"""Least time (ms) between two writes of the log's end."""


class AuditKeeping:
    """Both methods block, and run on the pool."""

    def __init__(
        self, context: EngineContext, project: Project, history: History, audit: AuditLog, grants: GrantBook
    ) -> None:
        self._project, self._events, self._audit, self._grants = project, history.events, audit, grants
        self._now_ms, self._raised = context.now_ms, context.raise_problem
        self._at_work = Lock()
        self._kept: LogHead | None = None
        self._looked = False
        """Whether the end that the project keeps was looked for in the log."""
        self._kept_ms: int | None = None

    def keep(self) -> None:
        """Keeps what changed: ended access at once, the log's end every KEEP_MS. Raises ProblemError."""
        with self._at_work:
            if not self._looked:
                self._look()
            self._keep_ended()
            now_ms = self._now_ms()
            if self._kept_ms is None or abs(now_ms - self._kept_ms) >= KEEP_MS:
                self._kept_ms = now_ms
                self._keep_end(self._events.head())

    def close(self) -> None:
        """Keeps the last state, once the history is closed. Raises ProblemError."""
        with self._at_work:
            if self._looked:
                self._keep_ended()
            history = history_file(Path(self._project.path))
            if history.exists():
                self._keep_end(end_after(history, self._kept if self._looked else kept_end(self._project)))

    def _look(self) -> None:
        """Compares the log with the end that the project keeps of it: where that is gone, a row records it before
        another end is kept."""
        where, kept = str(self._project.path), kept_end(self._project)
        if kept is not None and not self._events.has(kept):
            self._audit.add(CUT, {"rows": kept.rows, "head": kept.hash, "result": "done"}, who="oikos", place="")
            self._events.flush()
            self._raised(Problem(code="history.audit_short", args={"rows": kept.rows}, where=where))
            kept = None
        self._kept, self._looked = kept, True
        self._grants.read()
        if self._project.unreadable_grants:
            self._raised(unreadable_grants(self._project.unreadable_grants, where))

    def _keep_ended(self) -> None:
        ended = sorted(self._grants.ended(self._now_ms()))
        if ended != self._project.setting(ENDED_GRANTS, []):
            self._project.set_setting(ENDED_GRANTS, ended)

    def _keep_end(self, end: LogHead | None) -> None:
        if end is not None and end != self._kept:
            self._project.set_setting(AUDIT_END, {"rows": end.rows, "head": end.hash})
            self._kept = end


def kept_end(project: Project) -> LogHead | None:
    """The end of the event log that a project keeps; None where it keeps none."""
    found = project.setting(AUDIT_END)
    try:
        return LogHead(int(found["rows"]), str(found["head"])) if found else None
    except (ValueError, KeyError, TypeError):
        return None


def unreadable_grants(ids: Collection[str], where: str) -> Problem:
    """Problem: rows of grants are damaged, so that these persons are not let in."""
    return Problem(code="grant.damaged", args={"ids": sorted(ids)}, where=where)
