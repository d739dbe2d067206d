"""How doors of IFC files swing (IfcDoorTypeOperationEnum of IFC4 and IFC4x3), and which triangles are their leaves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.building import door_leaf
from twin.building.ifc import spatial_structure
from twin.building.ifc.geometry_process import PlacedShape
from twin.model.space import DoorLeaf

OPEN_DEG = 90.0
_FRAME_M = 0.05
_WIDEST_M = 6.0
_TALL = 0.7
"""Least height of a leaf as a share of the door's."""
_THICK_M = 0.15
_FULL = 0.4
"""Least share of its outline that a leaf covers (a single face counts half); glazed leaves have holes."""

_BOTH = ((0.0, 0.5, 1.0), (1.0, 0.5, 1.0))
_OPERATIONS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "SINGLE_SWING_LEFT": ((0.0, 1.0, 1.0),),
    "SINGLE_SWING_RIGHT": ((1.0, 1.0, 1.0),),
    "DOUBLE_SWING_LEFT": ((0.0, 1.0, 1.0),),
    "DOUBLE_SWING_RIGHT": ((1.0, 1.0, 1.0),),
    "SWING_FIXED_LEFT": ((0.0, 0.5, 1.0),),
    "SWING_FIXED_RIGHT": ((1.0, 0.5, 1.0),),
    "DOUBLE_DOOR_SINGLE_SWING": _BOTH,
    "DOUBLE_DOOR_DOUBLE_SWING": _BOTH,
    "DOUBLE_PANEL_SINGLE_SWING": _BOTH,
    "DOUBLE_PANEL_DOUBLE_SWING": _BOTH,
    "DOUBLE_DOOR_SINGLE_SWING_OPPOSITE_LEFT": ((0.0, 0.5, 1.0), (1.0, 0.5, -1.0)),
    "DOUBLE_DOOR_SINGLE_SWING_OPPOSITE_RIGHT": ((0.0, 0.5, -1.0), (1.0, 0.5, 1.0)),
    "DOUBLE_PANEL_SINGLE_SWING_OPPOSITE_LEFT": ((0.0, 0.5, 1.0), (1.0, 0.5, -1.0)),
    "DOUBLE_PANEL_SINGLE_SWING_OPPOSITE_RIGHT": ((0.0, 0.5, -1.0), (1.0, 0.5, 1.0)),
}
"""Per leaf: position of its hinge along the door's x (0 left, 1 right, seen along its y), share of the width, and
direction of opening (1 towards +y, -1 away). Sliding, folding and revolving doors have no swinging leaf.
"""


@dataclass(slots=True)
class DoorSwings:
    """Leaves of doors, computed once per door and per shared shape."""

    _leaves: dict[int, tuple[DoorLeaf, ...]] = field(default_factory=dict[int, tuple[DoorLeaf, ...]])
    _solids: dict[int, NDArray[np.intp]] = field(default_factory=dict[int, NDArray[np.intp]])

    def leaves(self, door: Any, parts: Sequence[PlacedShape], origin: NDArray[np.float64]) -> tuple[DoorLeaf, ...]:
        """The leaves of a placed door, relative to `origin`; empty where its type does not swing or its shape shows
        none.
        """
        if door.id() not in self._leaves:
            found = _OPERATIONS.get(_operation(door), ())
            self._leaves[door.id()] = self._found(found, parts, origin) if found and parts else ()
        return self._leaves[door.id()]

    def apart(
        self, placed: PlacedShape, positions: NDArray[np.float64], found: Sequence[DoorLeaf]
    ) -> Iterator[tuple[int, NDArray[np.bool_] | slice]]:
        """(leaf number, rows of the shape's triangles), the frame's (-1) first."""
        if not found:
            yield -1, slice(None)
            return
        number = door_leaf.leaf_of_triangles(positions, placed.shape.triangles, found, self._solid(placed))
        for i in range(-1, len(found)):
            if (mine := number == i).any():
                yield i, mine

    def _solid(self, placed: PlacedShape) -> NDArray[np.intp]:
        key = id(placed.shape)
        if key not in self._solids:
            self._solids[key] = door_leaf.components(placed.shape.positions, placed.shape.triangles)
        return self._solids[key]

    def _found(
        self, wanted: Sequence[tuple[float, float, float]], parts: Sequence[PlacedShape], origin: NDArray[np.float64]
    ) -> tuple[DoorLeaf, ...]:
        x, y = (parts[0].matrix[:2, column].copy() for column in (0, 1))
        if min(np.hypot(*x), np.hypot(*y)) < 0.9 or abs(x @ y) > 0.1:
            return ()  # it does not stand upright
        turned = [_turned(placed.world - origin, x, y) for placed in parts]
        low = np.min([points.min(0) for points in turned], axis=0)
        high = np.max([points.max(0) for points in turned], axis=0)
        if not 0.3 < high[0] - low[0] < _WIDEST_M:
            return ()
        panels = [
            panel
            for points, placed in zip(turned, parts, strict=True)
            for panel in _panels(points, placed.shape.triangles, self._solid(placed), float(high[2] - low[2]))
        ]
        box = _Panel(float(low[0]), float(high[0]), float(low[1] + high[1]) / 2)
        return tuple(_leaf(one, (x, y), box, panels) for one in wanted)


def _turned(points: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points in the door's own axes: along, across, up."""
    return np.column_stack([points[:, :2] @ x, points[:, :2] @ y, points[:, 2]])


@dataclass(frozen=True, slots=True)
class _Panel:
    """A flat solid that fills its outline: from where to where along the door, and the middle of its thickness."""

    low: float
    high: float
    middle: float


def _panels(
    points: NDArray[np.float64], triangles: NDArray[np.int32], solid: NDArray[np.intp], height: float
) -> list[_Panel]:
    """Panels that can be leaves, in the door's own axes; frames are left out, since their middle is open."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    front = np.abs(np.cross(b - a, c - a)[:, 1]) / 4  # seen from the front and from behind: half each
    found: list[_Panel] = []
    for number in range(int(solid.max()) + 1 if len(solid) else 0):
        rows = solid == number
        own = points[triangles[rows].ravel()]
        low, high = own.min(0), own.max(0)
        wide, thick, tall = high - low
        if tall > _TALL * height and thick < _THICK_M and front[rows].sum() > _FULL * wide * tall > 0:
            found.append(_Panel(float(low[0]), float(high[0]), float(low[1] + high[1]) / 2))
    return found


def _leaf(
    one: tuple[float, float, float],
    axes: tuple[NDArray[np.float64], NDArray[np.float64]],
    box: _Panel,
    panels: Sequence[_Panel],
) -> DoorLeaf:
    """A leaf where the door has such a panel, else within its frame."""
    (side, share, way), (x, y) = one, axes
    width = box.high - box.low
    fitting = [panel for panel in panels if 0.4 * share < (panel.high - panel.low) / width <= 1.05 * share]
    inner = (box.low + _FRAME_M, box.high - _FRAME_M)
    half = (inner[1] - inner[0]) * share
    usual = _Panel(inner[1] - half, inner[1], box.middle) if side else _Panel(inner[0], inner[0] + half, box.middle)
    panel = min(
        fitting, key=lambda own: abs((own.high if side else own.low) - (box.high if side else box.low)), default=usual
    )
    hinge = x * (panel.high if side else panel.low) + y * panel.middle
    shut = x * (1 - 2 * side)
    hand = float(np.sign(x[0] * y[1] - x[1] * y[0]))  # a mirrored placement turns the other way
    return DoorLeaf(
        (round(float(hinge[0]), 4), round(float(hinge[1]), 4)),
        round(math.degrees(math.atan2(shut[1], shut[0])), 2),
        OPEN_DEG * way * hand * (1 - 2 * side),
        round(panel.high - panel.low, 4),
    )


def _operation(door: Any) -> str:
    """The door's operation type: its own, else that of its type or style."""
    own = spatial_structure.safe(door, "OperationType")
    if own and own not in ("NOTDEFINED", "USERDEFINED"):
        return str(own)
    for relation in (
        *(spatial_structure.safe(door, "IsTypedBy") or ()),
        *(spatial_structure.safe(door, "IsDefinedBy") or ()),
    ):
        if relation.is_a("IfcRelDefinesByType"):
            return str(spatial_structure.safe(relation.RelatingType, "OperationType") or "")
    return ""
