"""Lights of a home as placeholders."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twin.building.placement import RoomIndex
from twin.building.sh3d.home_rows import Sh3dHome, Sh3dRow
from twin.building.sh3d.model_fitting import colour
from twin.building.stable_ids import StableIds
from twin.model.ids import PlaceholderId, clean_name
from twin.model.space import Placeholder, Storey

_OVERHEAD_M = 1.8
"""Height above the floor, metres, from which a light is a ceiling light."""


def placeholder(
    home: Sh3dHome, row: Sh3dRow, index: int, *, storey: Storey, places: RoomIndex, ids: StableIds
) -> Placeholder:
    """The placeholder of a light at its light sources, with its power and colour."""
    at = _source(home, row, storey)
    key = str(row.get("id") or index)
    inside = places.at(at)
    return Placeholder(
        id=PlaceholderId(ids.of("sh3d light", key, f"{at[0]:.2f} {at[1]:.2f}")),
        kind="light" if at[2] - storey.elevation_m > _OVERHEAD_M else "lamp",
        name=clean_name(row.get("name") or "Light"), storey=storey.id, room=inside[0] if len(inside) == 1 else None,
        candidates=inside if len(inside) != 1 else (),
        position_m=(round(float(at[0]), 4), round(float(at[1]), 4), round(float(at[2]), 4)), source_id=key,
        power=min(1.0, home.number(row, "power")) if "power" in row else None, colour=_colour(row),
    )  # fmt: skip


def _source(home: Sh3dHome, row: Sh3dRow, storey: Storey) -> NDArray[np.float64]:
    """Where the light comes from: the middle of its sources, which lie in the piece's box as shares from its left, front
    and bottom (LightSource); without any the box's middle."""
    size = np.array([home.number(row, name, 10) for name in ("width", "depth", "height")]) / 100
    shares = [[home.number(one, axis, 0.5) for axis in "xyz"] for one in row["sources"][:64]] or [[0.5, 0.5, 0.5]]
    share = np.clip(np.mean(shares, axis=0), -1.0, 2.0)
    side = -1.0 if row.get("modelMirrored") == "true" else 1.0
    across, front = side * (share[0] - 0.5) * size[0], (share[1] - 0.5) * size[1]
    turn = -home.number(row, "angle")
    x = home.number(row, "x") / 100 + across * math.cos(turn) - front * math.sin(turn)
    y = -home.number(row, "y") / 100 + across * math.sin(turn) + front * math.cos(turn)
    return np.array([x, y, storey.elevation_m + home.number(row, "elevation") / 100 + share[2] * size[2]])


def _colour(row: Sh3dRow) -> str:
    """The mean colour of the sources as `#rrggbb`; empty where the home gives none."""
    given = [rgba[:3] for one in row["sources"][:64] if (rgba := colour(one.get("color"))) is not None]
    return (
        "#{:02x}{:02x}{:02x}".format(*(round(sum(part) / len(given)) for part in zip(*given, strict=True)))
        if given
        else ""
    )
