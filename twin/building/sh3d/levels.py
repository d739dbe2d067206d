"""Levels of a home as storeys; basements have negative elevations, levels that are not viewable are left out."""

from __future__ import annotations

import math

from twin.building.sh3d.home_rows import Sh3dHome, Sh3dRow
from twin.building.stable_ids import StableIds
from twin.model.ids import StoreyId, clean_name
from twin.model.space import Storey

SLAB_M = 0.12
"""Thickness of a floor where the home gives none, metres."""
_FLAT_M = 0.1
_THINNEST_M = 0.02


class Sh3dLevels:
    """The storeys of a home, bottom to top, and the storey of each row."""

    def __init__(self, home: Sh3dHome, ids: StableIds) -> None:
        viewable = [row for row in home.levels if row.get("viewable") != "false"]
        hidden = [row for row in home.levels if row.get("viewable") == "false"]
        if viewable:
            self._hidden = {str(row.get("id") or "") for row in hidden}
        else:
            self._hidden, viewable = set[str](), home.levels
        self._warn_hidden(home)
        viewable = sorted(viewable, key=lambda row: (home.number(row, "elevation"), home.number(row, "elevationIndex")))
        self.storeys = [_storey(home, row, i, ids) for i, row in enumerate(viewable)] or [_only(home, ids)]
        slabs = [home.number(row, "floorThickness", SLAB_M * 100) / 100 for row in viewable] or [SLAB_M]
        self._slab = {storey.id: min(slab, self._gap(storey)) for storey, slab in zip(self.storeys, slabs, strict=True)}
        self._of = {storey.source_id: storey for storey in reversed(self.storeys)}

    def _warn_hidden(self, home: Sh3dHome) -> None:
        names = [clean_name(row.get("name") or "") for row in home.levels if str(row.get("id") or "") in self._hidden]
        if names:
            home.warn("sh3d.hidden_level", names=names[:8])

    def of(self, row: Sh3dRow) -> Storey | None:
        """The storey of a row: the lowest where its level does not exist; None where its level is hidden."""
        level = str(row.get("level") or "")
        return None if level and level in self._hidden else self._of.get(level, self.storeys[0])

    def _gap(self, storey: Storey) -> float:
        """Free height between a storey's floor and the walls below it."""
        tops = [
            other.elevation_m + other.height_m
            for other in self.storeys
            if other.elevation_m < storey.elevation_m - 1e-6
        ]
        return max(0.0, storey.elevation_m - max(tops, default=-math.inf))

    def below_m(self, storey: Storey) -> float:
        """How far walls extend below the floor of their storey, metres, as Sweet Home 3D's Wall3D does; never into
        walls below.
        """
        return self._slab[storey.id]

    def slab_m(self, storey: Storey) -> float:
        """Thickness of a storey's floor, metres, which lies below its elevation."""
        return max(self._slab[storey.id], _THINNEST_M)

    def is_last(self, storey: Storey) -> bool:
        """Whether no storey is higher than this one."""
        return storey.elevation_m >= self.storeys[-1].elevation_m


def _only(home: Sh3dHome, ids: StableIds) -> Storey:
    return Storey(
        id=StoreyId(ids.of("sh3d level", "only")),
        name="Ground floor",
        elevation_m=0.0,
        height_m=max(home.wall_height / 100, _FLAT_M),
    )


def _storey(home: Sh3dHome, row: Sh3dRow, index: int, ids: StableIds) -> Storey:
    return Storey(
        id=StoreyId(ids.of("sh3d level", str(row.get("id") or "only"))),
        name=clean_name(row.get("name") or f"Level {index + 1}"),
        elevation_m=home.number(row, "elevation") / 100,
        height_m=max(home.number(row, "height", 250) / 100, _FLAT_M),
        source_id=str(row.get("id") or ""),
    )
