"""Table of the plan's tools. A new tool is one row."""

from __future__ import annotations

from dataclasses import dataclass

from app.view.plan.drawing_tools import MeasureTool, OpeningTool, PassageTool, RoomNameTool, ScaleTool, Tool, WindowTool
from app.view.plan.select_tool import BackdropTool, SelectTool
from app.view.plan.wall_tools import BoxTool, WallTool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRow:
    """One tool: name, title, key, icon, class, and hint for the property strip."""

    name: str
    title: str
    key: str
    icon: str
    tool: type[Tool]
    hint: str
    on_bar: bool = True


TOOLS: tuple[ToolRow, ...] = (
    ToolRow(name="select", title="Select and move", key="V", icon="cursor", tool=SelectTool,
        hint="Click to select, drag to move, double-click a room to name it."),
    ToolRow(name="wall", title="Wall", key="W", icon="wall", tool=WallTool,
        hint="Click corner after corner, or type a length. Esc or a double click ends."),
    ToolRow(name="box", title="Room", key="B", icon="room", tool=BoxTool,
        hint="Drag from corner to corner: four walls at once."),
    ToolRow(name="door", title="Door", key="D", icon="door", tool=OpeningTool, hint="Click a wall to put a door in."),
    ToolRow(name="window", title="Window", key="N", icon="window", tool=WindowTool, hint="Click a wall to put a window in."),
    ToolRow(name="passage", title="Opening", key="O", icon="passage", tool=PassageTool,
        hint="Click a wall to open it, without a door."),
    ToolRow(name="room", title="Room name", key="R", icon="label", tool=RoomNameTool, hint="Click a room to name it."),
    ToolRow(name="measure", title="Measure", key="M", icon="ruler", tool=MeasureTool, hint="Click two points."),
    ToolRow(name="scale", title="Set scale…", key="", icon="ruler", tool=ScaleTool, on_bar=False,
        hint="Click two points of the picture, then type how far apart they are."),
    ToolRow(name="slide", title="Move the picture", key="", icon="picture", tool=BackdropTool, on_bar=False,
        hint="Drag the picture to where it belongs."),
)  # fmt: skip
