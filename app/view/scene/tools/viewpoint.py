"""Named viewpoints: camera or walker, storey, cut and colours. Stored with the project."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from app.selection import SelectionState
from app.view.scene.camera.camera import CameraPose
from app.view.scene.camera.walker import Walker
from twin.model.ids import clean_name

if TYPE_CHECKING:
    from app.view.scene.scene import Scene

AT_MOST = 60
_LONGEST_THUMBNAIL = 200_000
_FARTHEST_M = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewpoint:
    """The state of a view that is needed to restore it; `thumbnail` is a PNG in base64."""

    name: str
    pose: CameraPose
    storey: str = ""
    cut_m: float = 1.35
    colour_by: str = ""
    exploded: bool = False
    ghosts: bool = False
    walker: Walker | None = None
    thumbnail: str = ""

    def document(self) -> dict[str, object]:
        """The viewpoint as a JSON document; `read` is the inverse."""
        p, w = self.pose, self.walker
        return {
            "name": self.name,
            "pose": [*p.target, p.azimuth_deg, p.elevation_deg, p.distance_m, p.view_deg, p.parallel],
            "storey": self.storey,
            "cut_m": self.cut_m,
            "colour_by": self.colour_by,
            "exploded": self.exploded,
            "ghosts": self.ghosts,
            "walker": [w.x, w.y, w.floor_m, w.heading_deg, w.pitch_deg] if w else None,
            "thumbnail": self.thumbnail,
        }


def seen(scene: Scene, picked: SelectionState, walker: Walker | None, name: str) -> Viewpoint:
    """The viewpoint of the scene's current state, without a thumbnail."""
    return Viewpoint(
        name=name,
        pose=scene.pose,
        storey=picked.storey or "",
        cut_m=scene.storey_stack.cut_m,
        colour_by=picked.colour_by,
        exploded=scene.shown.exploded,
        ghosts=scene.shown.ghosts,
        walker=walker,
    )


def read(found: object) -> tuple[Viewpoint, ...]:
    """The valid viewpoints in a project's setting; damaged ones are skipped."""
    rows = cast("list[object]", found) if isinstance(found, list) else []
    made = (_one(cast("Mapping[str, object]", row)) for row in rows[:AT_MOST] if isinstance(row, dict))
    return tuple(one for one in made if one is not None)


def _one(row: Mapping[str, object]) -> Viewpoint | None:
    pose = _numbers(row.get("pose"), 8)
    cut = _numbers([row.get("cut_m")], 1)
    walker = _numbers(row.get("walker"), 5)
    if pose is None or cut is None or not 0 < pose[5] <= _FARTHEST_M or not 1 < pose[6] < 170:
        return None
    thumbnail = row.get("thumbnail")
    fits = isinstance(thumbnail, str) and len(thumbnail) <= _LONGEST_THUMBNAIL
    return Viewpoint(
        name=clean_name(row.get("name") or "") or "…",
        pose=CameraPose(
            (pose[0], pose[1], pose[2]), pose[3], max(-89.0, min(89.0, pose[4])), pose[5], pose[6], bool(pose[7])
        ),
        storey=clean_name(row.get("storey") or ""),
        cut_m=max(0.05, min(50.0, cut[0])),
        colour_by=clean_name(row.get("colour_by") or ""),
        exploded=row.get("exploded") is True,
        ghosts=row.get("ghosts") is True,
        walker=Walker(*walker) if walker else None,
        thumbnail=str(thumbnail) if fits else "",
    )


def _numbers(found: object, count: int) -> list[float] | None:
    """A list of exactly `count` finite numbers within limits, else None."""
    if not isinstance(found, list) or len(cast("list[object]", found)) != count:
        return None
    values = cast("list[object]", found)
    if not all(isinstance(value, int | float) for value in values):
        return None
    numbers = [float(cast("float", value)) for value in values]
    good = all(math.isfinite(value) and abs(value) <= _FARTHEST_M for value in numbers)
    return numbers if good else None
