"""What an undo or redo needs: the role that the edit itself needs, which it makes again the one way or the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from app.server.problems import forbidden
from app.server.roles import NEED, Role
from twin.model.definition import DefinitionKind
from twin.model.problem import ProblemError

EDITED_BY: Mapping[str, str] = {
    **dict.fromkeys(("site", "source", "storey", "room", "door"), "accept"),
    "drawing": "set_drawing",
    "placeholder": "plan_device",
    "link": "add",
    "device": "bind",
    "point": "add",
    "meter_change": "mark_meter",
    "checkout": "check_out",
    **dict.fromkeys((kind.value for kind in DefinitionKind), "change_definitions"),
    DefinitionKind.WORK_ORDER.value: "change_work_orders",
    DefinitionKind.NORMAL_MARK.value: "dismiss_warning",
    DefinitionKind.ENERGY_SETUP.value: "keep_energy_setup",
}
"""By table of a step, a method of EngineApi that edits it."""


def need_of(tables: Collection[str]) -> Role:
    """The role that undoing or redoing a step of these tables needs: at least that of `undo` itself."""
    return max((NEED["undo"], *(NEED[EDITED_BY[table]] for table in tables)))


def check_tables(role: Role, tables: Collection[str]) -> None:
    """Raises ProblemError `door.role` where the role may not make the edits of these tables. As long as `undo` itself needs the
    highest role of all these edits, the door refuses before this does."""
    if role < (need := need_of(tables)):
        raise ProblemError(forbidden("undo", role.name.lower(), need.name.lower()))
