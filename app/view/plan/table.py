"""Which tools the plan has. A new tool is one row."""

from __future__ import annotations

from dataclasses import dataclass

from app.view.plan.select import Select, Slide
from app.view.plan.tool import Measure, Name, Opening, Passage, Scale, Tool, Window
from app.view.plan.walling import Box, Wall


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One tool: its button, its key, what it says in the strip."""

    name: str
    title: str
    key: str
    icon: str
    tool: type[Tool]
    hint: str
    on_bar: bool = True


TOOLS: tuple[Row, ...] = (
    Row(name="select", title="Select and move", key="V", icon="cursor", tool=Select,
        hint="Click to select, drag to move, double-click a room to name it."),
    Row(name="wall", title="Wall", key="W", icon="wall", tool=Wall,
        hint="Click corner after corner, or type a length. Esc or a double click ends."),
    Row(name="box", title="Room", key="B", icon="room", tool=Box,
        hint="Drag from corner to corner: four walls at once."),
    Row(name="door", title="Door", key="D", icon="door", tool=Opening, hint="Click a wall to put a door in."),
    Row(name="window", title="Window", key="N", icon="window", tool=Window, hint="Click a wall to put a window in."),
    Row(name="passage", title="Opening", key="O", icon="passage", tool=Passage,
        hint="Click a wall to open it, without a door."),
    Row(name="room", title="Room name", key="R", icon="label", tool=Name, hint="Click a room to name it."),
    Row(name="measure", title="Measure", key="M", icon="ruler", tool=Measure, hint="Click two points."),
    Row(name="scale", title="Set scale…", key="", icon="ruler", tool=Scale, on_bar=False,
        hint="Click two points of the picture, then type how far apart they are."),
    Row(name="slide", title="Move the picture", key="", icon="picture", tool=Slide, on_bar=False,
        hint="Drag the picture to where it belongs."),
)  # fmt: skip
