"""What another table of a link would change, as lines and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from app.i18n import translate

if TYPE_CHECKING:
    from twin.model.table_changes import TableChanges


def table_json(changes: TableChanges) -> dict[str, object]:
    """The changes as JSON for `--json`."""
    found = asdict(changes)
    found["altered"] = [{"device": name, "new": new, "gone": gone} for name, new, gone in changes.altered]
    found["renamed"] = [{"before": before, "now": now} for before, now in changes.renamed]
    found["moved"] = [{"device": name, "before": before, "now": now} for name, before, now in changes.moved]
    return found


def table_lines(changes: TableChanges) -> tuple[str, ...]:
    """A line for each device that is new, gone or different, and one for those that stay as they are."""
    lines = [
        *(f"+ {name}" for name in changes.added),
        *(f"- {name}" for name in changes.gone),
        *(f"~ {name}: {translate('cli.links.altered', new=new, gone=gone)}" for name, new, gone in changes.altered),
        *(f"~ {before} → {now}" for before, now in changes.renamed),
        *(f"~ {name}: {before or '–'} → {now or '–'}" for name, before, now in changes.moved),
        translate("cli.links.same", n=changes.same),
    ]
    return tuple(lines)
