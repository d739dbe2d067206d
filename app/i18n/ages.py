"""Ages as texts: `14 min ago`."""

from __future__ import annotations

from app.i18n.sentences import tr


def format_age(then_ms: int, now_ms: int) -> str:
    """Time since `then_ms` in the largest fitting unit: `14 min ago`."""
    seconds = max(0, (now_ms - then_ms) // 1000)
    if seconds < 10:
        return tr("just now")
    if seconds < 60:
        return tr("%n s ago", seconds)
    if seconds < 3600:
        return tr("%n min ago", seconds // 60)
    if seconds < 48 * 3600:
        return tr("%n h ago", seconds // 3600)
    return tr("%n days ago", seconds // 86400)
