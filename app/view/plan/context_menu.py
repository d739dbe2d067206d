"""Context menu entries for the plan's selection."""

from __future__ import annotations

from collections.abc import Callable

from app.i18n import tr
from app.view.plan.drawing_tools import ToolCanvas, name_at
from app.view.plan.plan_draft import PlanDraft
from twin.model import drawing_edits
from twin.model.drawing import DrawnOpening, DrawnWall, OpeningKind, Spot

type PlanMenuEntry = tuple[str, str, Callable[[], object]]
"""Text, icon name and function of a menu entry."""


def menu_entries(draft: PlanDraft, spot: Spot, canvas: ToolCanvas) -> list[PlanMenuEntry]:
    """Menu entries for the selection; without one, for the room at the spot."""
    storey, picked = draft.storey, draft.picked
    walls = [wall for wall in storey.walls if wall.id in picked]
    openings = [one for one in storey.openings if one.id in picked]
    found: list[PlanMenuEntry] = []
    if len(walls) == len(picked) == 1:
        found += _wall(draft, walls[0], spot)
    if len(walls) == len(picked) == 2:
        ids = [wall.id for wall in walls]
        found.append((tr("Join"), "wall", lambda: draft.edit(lambda now: drawing_edits.join(now, ids[0], ids[1]))))
    if len(openings) == len(picked) == 1:
        found += _opening(draft, openings[0])
    if picked:
        return [*found, (tr("Delete"), "remove", draft.remove)]
    return [
        (tr("Name the room…"), "rename", lambda: name_at(canvas, canvas.viewport.px(spot))),
        (tr("Show everything"), "fit", canvas.fit),
    ]


def _wall(draft: PlanDraft, wall: DrawnWall, spot: Spot) -> list[PlanMenuEntry]:
    def add(kind: OpeningKind) -> None:
        if draft.edit(lambda now: drawing_edits.add_opening(now, kind, spot)):
            draft.pick([draft.storey.openings[-1].id])

    return [
        (tr("Door here"), "door", lambda: add(OpeningKind.DOOR)),
        (tr("Window here"), "window", lambda: add(OpeningKind.WINDOW)),
        (tr("Opening here"), "passage", lambda: add(OpeningKind.PASSAGE)),
        (tr("Split here"), "wall", lambda: draft.edit(lambda now: drawing_edits.split(now, wall.id, spot))),
    ]


def _opening(draft: PlanDraft, one: DrawnOpening) -> list[PlanMenuEntry]:
    def change(**fields: bool) -> None:
        draft.edit(lambda now: drawing_edits.set_opening(now, one.id, **fields))

    if one.kind is OpeningKind.PASSAGE:
        return []
    sides: list[PlanMenuEntry] = [(tr("Other side"), one.kind, lambda: change(swings_right=not one.swings_right))]
    if one.kind is OpeningKind.DOOR and one.leaves == 1:
        sides.insert(0, (tr("Other hinge"), one.kind, lambda: change(hinge_at_end=not one.hinge_at_end)))
    return sides
